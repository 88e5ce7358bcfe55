//! `calc`: one formula, a JSON object in, a JSON object out; for spreadsheets, scripts and published figures.
//!
//! Each file reads the input of a family of functions, asks [`marginline_model`] and names what came back. Nothing
//! is computed here. A figure that is no number never gets in and never gets out.

mod anomaly;
mod answer;
mod autoscale;
mod batch_fill;
mod bridge;
mod capacity;
mod commitment;
mod drift;
mod expression;
mod field;
mod forecast;
mod gpu_cost;
mod gpu_mix;
mod growth;
mod investment;
mod margin;
mod migration;
mod queueing;
mod replicas;
mod roofline;
mod search;
mod serving;
mod token_cost;
mod uncertainty;
mod unit_cost;
mod variance;

use serde_json::Value;

use crate::{EngineError, Result};
use answer::Answer;
use field::{Field, Notes};

/// Input that a function cannot work with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Where: `tokens.input`, `flows[2]`, or `$` for the whole input.
    pub path: String,
    /// What stood there.
    pub found: String,
    /// What should stand there.
    pub expected: String,
    /// A word for scripts, where there is something to act on, such as `several_roots`.
    pub name: Option<&'static str>,
}

impl Refusal {
    /// As the command writes it.
    #[must_use]
    pub fn json(&self) -> Value {
        let what = format!("{}: found {}, expected {}", self.path, self.found, self.expected);
        let mut error =
            serde_json::json!({ "path": self.path, "found": self.found, "expected": self.expected, "what": what });
        if let Some(name) = self.name {
            error["name"] = name.into();
        }
        serde_json::json!({ "error": error })
    }
}

/// A function of the door: reads its input, asks the model, names the answer.
type Function = fn(&Field, &mut Notes) -> std::result::Result<Answer, Refusal>;

/// Every function by name.
const FUNCTIONS: &[(&str, Function)] = &[
    ("token-cost", token_cost::token_cost),
    ("cache-break-even", token_cost::cache_break_even),
    ("self-host-cost", unit_cost::self_host_cost),
    ("fleet-day", unit_cost::fleet_day),
    ("margin", unit_cost::margin),
    ("roofline", roofline::roofline),
    ("erlang", queueing::erlang),
    ("staffing", queueing::staffing),
    ("replicas", replicas::replicas),
    ("capacity", capacity::capacity),
    ("hpa", autoscale::hpa),
    ("autoscale", autoscale::autoscale),
    ("batch-fill", batch_fill::batch_fill),
    ("spot", batch_fill::spot),
    ("serving", serving::serving),
    ("schedule-cost", unit_cost::schedule_cost),
    ("commit-waterfall", commitment::commit_waterfall),
    ("amortise", commitment::amortise),
    ("commit-level", commitment::commit_level),
    ("commitment", commitment::commitment),
    ("commit-portfolio", commitment::commit_portfolio),
    ("commit-blend", commitment::commit_blend),
    ("effective-savings-rate", commitment::effective_savings_rate),
    ("sustained-use", commitment::sustained_use),
    ("owned-hardware", commitment::owned_hardware),
    ("gpu-cost", gpu_cost::gpu_cost),
    ("gpu-mix", gpu_mix::gpu_mix),
    ("pvm", variance::pvm),
    ("bridge", bridge::bridge),
    ("driver-bridge", bridge::driver_bridge),
    ("gross-margin", margin::gross_margin),
    ("npv", investment::npv),
    ("irr", investment::irr),
    ("payback", investment::payback),
    ("migration", migration::migration),
    ("depreciation", migration::depreciation),
    ("growth", growth::growth),
    ("forecast", forecast::forecast),
    ("forecast-score", forecast::forecast_score),
    ("anomaly", anomaly::anomaly),
    ("distribution", uncertainty::distribution),
    ("simulate", uncertainty::simulate),
    ("tornado", uncertainty::tornado),
    ("sobol", uncertainty::sobol),
    ("search", search::search),
    ("ks", drift::ks),
    ("drift", drift::drift),
];

/// Names of the functions, in the order of their families.
pub fn names() -> impl Iterator<Item = &'static str> {
    FUNCTIONS.iter().map(|(name, _)| *name)
}

/// Answers a function for an input text.
///
/// The answer holds the function's figures, `formula` (an id that the glossary explains), `unit` by field,
/// `evidence`, and `warnings` when something was left out or not understood.
///
/// # Errors
/// The outer one when there is no such function; the inner one when the input is no good, with its place.
pub fn calc(name: &str, input: &str) -> Result<std::result::Result<Value, Refusal>> {
    let Some((_, function)) = FUNCTIONS.iter().find(|(each, _)| *each == name) else {
        let all = names().collect::<Vec<_>>().join(", ");
        return Err(EngineError::usage(format!("there is no function {name:?}")).then(format!("use one of {all}")));
    };
    Ok(answered(*function, input))
}

fn answered(function: Function, input: &str) -> std::result::Result<Value, Refusal> {
    let input = field::parsed(input)?;
    let mut notes = Notes::default();
    let answer = function(&Field::whole(&input), &mut notes)?;
    answer.json(notes)
}

#[cfg(test)]
mod tests;
