//! What a file leaves to the price book, the serving model and measurements, filled in before anything is projected; and
//! what was found on the way, for the verdicts.
//!
//! A number that is looked up stands in the completed file as an assumption with source, evidence and range, so that
//! runs, draws, tables and sliders treat it as any other.

pub(crate) mod benchmark;
pub(super) mod instances;
mod operating;
mod price;
mod serving;

use marginline_model::scenario::{Evidence, TokensPerRequest};

use super::component::ratios;
use super::file::{Assumption, BaseModel, ComponentFile, Kind, ScenarioFile, Shape};
use crate::error::{EngineError, Result};
use crate::prices::PriceBook;
use crate::prices::gpu_offers::Sold;

pub(super) use serving::rate_at;
pub use serving::{Served, ServingKnown};

/// What was found about a component.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// Is it sold where it stands? `None` where nobody says who sells it.
    pub sold: Option<Sold>,
    /// What the serving model says of it.
    pub serving: ServingKnown,
    /// The measured point at which it works, where no serving model is stated.
    pub operating: Option<usize>,
    /// The file leaves its rate to the serving model, so that it follows the tokens of a request.
    pub rate_follows: bool,
}

/// What was found about a scenario beside its inputs.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Findings {
    /// By component, in the order of the file.
    pub components: Vec<Finding>,
    /// Models that served before.
    pub base_models: Vec<BaseModel>,
}

/// The file with what it leaves open filled in.
///
/// # Errors
/// When a price or a rate that is left open cannot be found.
pub fn completed(
    file: &ScenarioFile,
    tokens: TokensPerRequest,
    prices: &PriceBook,
    notes: &mut Vec<String>,
) -> Result<(ScenarioFile, Vec<Finding>)> {
    let mut whole = file.clone();
    let mut findings = Vec::new();
    for component in whole.architecture.iter_mut().chain(&mut whole.component) {
        let name = component.name.clone();
        let refuse = |error: EngineError| match &name {
            None => error,
            Some(name) => EngineError { what: format!("component.{name}: {}", error.what), ..error },
        };
        let limits = file.limits.latencies();
        let stated_unit = component.gpus_per_unit;
        let is_open = component.output_tokens_per_s_per_gpu.is_none();
        let (serving, operating) = match component.kind {
            Kind::Api => (ServingKnown::NotStated, None),
            Kind::OwnGpus => serving::fill(component, tokens, &limits, notes).map_err(refuse)?,
        };
        let sold = price::fill(component, stated_unit, prices, notes).map_err(refuse)?;
        let rate_follows = is_open && matches!(serving, ServingKnown::Asked(_));
        findings.push(Finding { sold, serving, operating, rate_follows });
    }
    Ok((whole, findings))
}

/// A figure that was looked up, as an assumption.
fn found(value: f64, source: String, evidence: Evidence) -> Assumption {
    Assumption { value, source: Some(source), observed: None, evidence, low: None, high: None, shape: Shape::Pert }
}

/// The tokens of a request as a component counts them.
pub(super) fn tokens_of(component: &ComponentFile, demand: TokensPerRequest) -> TokensPerRequest {
    let ratio = component.tokenizer_ratio.as_ref().map_or(1.0, |ratio| ratio.value);
    let verbosity = component.verbosity.as_ref().map_or(1.0, |verbosity| verbosity.value);
    let classes = ratios(component);
    TokensPerRequest {
        input: demand.input * ratio * classes.input,
        cache_read: demand.cache_read * ratio * classes.cache_read,
        cache_write: demand.cache_write * ratio * classes.cache_write,
        output: demand.output * ratio * verbosity,
    }
}

#[cfg(test)]
mod tests;
