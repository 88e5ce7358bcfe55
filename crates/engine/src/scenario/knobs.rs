//! Which number of the model a dotted path of the file is.

use marginline_model::scenario::{Knob, Uncertain};

use super::Resolved;
use super::component::WEEKS_PER_MONTH;
use super::file::{Assumption, assumptions};
use crate::error::{EngineError, Result};

/// The knob of a path, and what the file's figure is multiplied by; `None` where the model has no such number.
#[must_use]
pub fn knob_of(resolved: &Resolved, path: &str) -> Option<(Knob, f64)> {
    let (owner, key) = path.rsplit_once('.')?;
    const PERCENT: f64 = 0.01;
    let whole = |knob| Some((knob, 1.0));
    match (owner, key) {
        ("demand", "requests_per_month") => return whole(Knob::RequestsPerMonth),
        ("demand", "growth_percent_per_month") => return Some((Knob::GrowthPerMonth, PERCENT)),
        ("demand", "churn_percent_per_month") => return Some((Knob::ChurnPerMonth, PERCENT)),
        ("demand", "input_tokens_per_request") => return whole(Knob::InputTokens),
        ("demand", "cache_read_tokens_per_request") => return whole(Knob::CacheReadTokens),
        ("demand", "cache_write_tokens_per_request") => return whole(Knob::CacheWriteTokens),
        ("demand", "output_tokens_per_request") => return whole(Knob::OutputTokens),
        ("demand", "prompt_tokens_per_request") => return whole(Knob::PromptTokens),
        ("demand", "cache_hit_percent") => return Some((Knob::CacheHitShare, PERCENT)),
        ("demand", "retry_percent") => return Some((Knob::RetryShare, PERCENT)),
        ("revenue", "usd_per_request") => return whole(Knob::RevenueUsdPerRequest),
        ("revenue", "price_change_percent_per_month") => return Some((Knob::RevenueChangePerMonth, PERCENT)),
        _ => {}
    }
    if let Some(label) = owner.strip_prefix("cost.") {
        let costs = &resolved.file.cost;
        // Lines of the base come first.
        let first = resolved.inputs.other.len() - costs.len();
        let place = first + costs.iter().position(|cost| cost.label == label)?;
        return match key {
            "usd_per_month" => whole(Knob::LineUsdPerMonth(place)),
            "usd_per_request" => whole(Knob::LineUsdPerRequest(place)),
            _ => None,
        };
    }
    let place = resolved.file.components().iter().position(|(path, _)| path == owner)?;
    match key {
        "share_percent" => Some((Knob::Share(place), PERCENT)),
        "tokenizer_ratio" => whole(Knob::TokenizerRatio(place)),
        "verbosity" => whole(Knob::Verbosity(place)),
        "input_ratio" => whole(Knob::InputRatio(place)),
        "cache_read_ratio" => whole(Knob::CacheReadRatio(place)),
        "cache_write_ratio" => whole(Knob::CacheWriteRatio(place)),
        "weeks_to_live" => Some((Knob::LiveAfterMonths(place), 1.0 / WEEKS_PER_MONTH)),
        "batch_percent" => Some((Knob::BatchShare(place), PERCENT)),
        "price_change_percent_per_month" => Some((Knob::PriceChangePerMonth(place), PERCENT)),
        "output_tokens_per_s_per_gpu" => whole(Knob::OutputTokensPerSPerGpu(place)),
        "usd_per_gpu_hour" => whole(Knob::UsdPerGpuHour(place)),
        _ => None,
    }
}

/// The assumptions of a scenario that have a range, as the model draws them, with their paths.
///
/// # Errors
/// When the model has no such number to draw, or no distribution has that range.
pub fn uncertain(resolved: &Resolved) -> Result<Vec<(String, Assumption, Uncertain)>> {
    let ranged = assumptions(&resolved.file).into_iter().filter(|(_, assumption)| assumption.range().is_some());
    ranged
        .map(|(path, assumption)| {
            let refuse = |what: String| EngineError::failed(what).at(format!("scenario {}, {path}", resolved.id));
            let (knob, scale) = knob_of(resolved, &path)
                .ok_or_else(|| refuse("a range is not drawn for this number".into()).then("leave low and high out"))?;
            let distribution = assumption.distribution(scale).map_err(|error| refuse(error.to_string()))?;
            Ok((path, assumption, Uncertain { knob, distribution }))
        })
        .collect()
}
