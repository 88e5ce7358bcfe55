//! Which number of the model a dotted path of the file is.

use marginline_model::scenario::{Knob, Uncertain};

use super::Resolved;
use super::file::{Assumption, assumptions};
use super::lines::{first_of_file, owners};
use super::scale::Scale;
use crate::error::{EngineError, Result};

/// The knob of a path, and the unit in which the file states it; `None` where the model has no such number.
///
/// Setting the knob to `scale.to_model(figure)` gives the months that the file with that figure gives, to the byte, as
/// long as prices that depend on it stay (those of APIs by the length of a prompt).
#[must_use]
pub fn knob_of(resolved: &Resolved, path: &str) -> Option<(Knob, Scale)> {
    let whole = |knob| Some((knob, Scale::WHOLE));
    let percent = |knob| Some((knob, Scale::PERCENT));
    match path {
        "demand.requests_per_month" => whole(Knob::RequestsPerMonth),
        "demand.level_percent" => percent(Knob::DemandLevel),
        "demand.growth_percent_per_month" => percent(Knob::GrowthPerMonth),
        "demand.churn_percent_per_month" => percent(Knob::ChurnPerMonth),
        "demand.input_tokens_per_request" => whole(Knob::InputTokens),
        "demand.cache_read_tokens_per_request" => whole(Knob::CacheReadTokens),
        "demand.cache_write_tokens_per_request" => whole(Knob::CacheWriteTokens),
        "demand.output_tokens_per_request" => whole(Knob::OutputTokens),
        "demand.prompt_tokens_per_request" => whole(Knob::PromptTokens),
        "demand.cache_hit_percent" => percent(Knob::CacheHitShare),
        "demand.retry_percent" => percent(Knob::RetryShare),
        "revenue.usd_per_request" => whole(Knob::RevenueUsdPerRequest),
        "revenue.level_percent" => percent(Knob::RevenueLevel),
        "revenue.price_change_percent_per_month" => percent(Knob::RevenueChangePerMonth),
        _ => {
            if let Some(code) = path.strip_prefix("exchange_rates.") {
                let place = resolved.inputs.exchange.iter().position(|rate| rate.currency.code() == code)?;
                return whole(Knob::ExchangeRate(place));
            }
            in_line(resolved, path).or_else(|| in_component(resolved, path))
        }
    }
}

fn in_line(resolved: &Resolved, path: &str) -> Option<(Knob, Scale)> {
    let first = first_of_file(&resolved.file, &resolved.inputs);
    for (place, (owner, _, line)) in owners(&resolved.file).into_iter().enumerate() {
        let Some(key) = path.strip_prefix(&owner).and_then(|rest| rest.strip_prefix('.')) else { continue };
        let place = first + place;
        let found = match key {
            "usd_per_month" => Some((Knob::LineUsdPerMonth(place), Scale::WHOLE)),
            "usd_per_request" => Some((Knob::LineUsdPerRequest(place), Scale::WHOLE)),
            "usd_per_mtok" => Some((Knob::LineUsdPerMtok(place), Scale::WHOLE)),
            "revenue_percent" => Some((Knob::LineRevenueShare(place), Scale::PERCENT)),
            "price_change_percent_per_month" => Some((Knob::LinePriceChangePerMonth(place), Scale::PERCENT)),
            "units.requests_per_s_per_unit" => Some((Knob::LineRequestsPerSPerUnit(place), Scale::WHOLE)),
            "units.usd_per_unit_month" => Some((Knob::LineUsdPerUnitMonth(place), Scale::WHOLE)),
            _ => line.parts().iter().enumerate().find_map(|(at, part)| {
                let of =
                    |stated: Option<(&str, Scale)>| stated.filter(|(name, _)| *name == key).map(|(_, scale)| scale);
                let quantity = of(part.quantity).map(|scale| (Knob::PartQuantity(place, at), scale));
                quantity.or_else(|| of(part.price).map(|scale| (Knob::PartPrice(place, at), scale)))
            }),
        };
        if found.is_some() {
            return found;
        }
    }
    None
}

fn in_component(resolved: &Resolved, path: &str) -> Option<(Knob, Scale)> {
    let components = resolved.file.components();
    let (place, key) = components.iter().enumerate().find_map(|(place, (owner, component))| {
        let key = path.strip_prefix(owner.as_str())?.strip_prefix('.')?;
        // Names may hold points: the key is one that this component states or may state.
        let is_key = component.assumptions().iter().any(|(stated, _)| stated == key) || !key.contains('.');
        is_key.then_some((place, key))
    })?;
    let whole = |knob| Some((knob, Scale::WHOLE));
    let percent = |knob| Some((knob, Scale::PERCENT));
    match key {
        "share_percent" => percent(Knob::Share(place)),
        "tokenizer_ratio" => whole(Knob::TokenizerRatio(place)),
        "verbosity" => whole(Knob::Verbosity(place)),
        "input_ratio" => whole(Knob::InputRatio(place)),
        "cache_read_ratio" => whole(Knob::CacheReadRatio(place)),
        "cache_write_ratio" => whole(Knob::CacheWriteRatio(place)),
        "weeks_to_live" => Some((Knob::LiveAfterMonths(place), Scale::WEEKS)),
        "failed_percent" => percent(Knob::FailedShare(place)),
        "batch_percent" => percent(Knob::BatchShare(place)),
        "price_level_percent" => percent(Knob::PriceLevel(place)),
        "price_change_percent_per_month" => percent(Knob::PriceChangePerMonth(place)),
        "usd_per_request" => whole(Knob::ApiUsdPerRequest(place)),
        "output_tokens_per_s_per_gpu" => whole(Knob::OutputTokensPerSPerGpu(place)),
        "input_tokens_per_s_per_gpu" => whole(Knob::InputTokensPerSPerGpu(place)),
        "speedup" => whole(Knob::Speedup(place)),
        "usd_per_gpu_hour" => whole(Knob::UsdPerGpuHour(place)),
        "spot.share_percent" => percent(Knob::SpotShare(place)),
        "spot.usd_per_gpu_hour" => whole(Knob::SpotUsdPerGpuHour(place)),
        "spot.useful_percent" => percent(Knob::SpotUsefulShare(place)),
        "waiting.longest_in_service_times" => whole(Knob::WaitingLongest(place)),
        "waiting.in_time_percent" => percent(Knob::WaitingShareInTime(place)),
        "waiting.max_occupancy_percent" => percent(Knob::WaitingMaxOccupancy(place)),
        _ => {
            let held = key.strip_prefix("committed.")?.strip_suffix(".usd_per_gpu_hour")?.parse::<usize>().ok()?;
            whole(Knob::CommittedUsdPerGpuHour(place, held.checked_sub(1)?))
        }
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
            Ok((path.clone(), assumption, Uncertain { name: path, knob, distribution }))
        })
        .collect()
}
