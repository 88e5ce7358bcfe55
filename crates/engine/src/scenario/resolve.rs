//! From a scenario file to the inputs of `month`: what the file states, and the rest from actuals and prices.

use marginline_model::scenario::Inputs;
use marginline_store::source::hash_of;

use super::actuals::{Actuals, actuals};
use super::complete::{Findings, completed};
use super::component::components;
use super::demand::{demand, revenue};
use super::file::{Kind, ScenarioFile};
use super::lines::{exchange, other_lines};
use super::load::load;
use super::named::told;
use crate::error::{EngineError, Result};
use crate::facts::Facts;
use crate::prices::PriceBook;

/// A scenario with nothing left open.
#[derive(Debug, Clone)]
pub struct Resolved {
    /// Id in the workspace: the file's stem.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// `API · claude-haiku-4-5` or `own GPUs · H100 SXM`.
    pub kind: String,
    /// The file, with what it leaves to the price book, the serving model and measurements filled in.
    pub file: ScenarioFile,
    /// What was found beside the inputs, for the verdicts.
    pub findings: Findings,
    /// Inputs of `month`.
    pub inputs: Inputs,
    /// SHA-256 of the inputs: the same for the same file, base and prices.
    pub hash: String,
    /// What was filled in from actuals and prices, in words.
    pub notes: Vec<String>,
}

/// Resolves a scenario.
///
/// # Errors
/// When demand is neither stated nor in the base, a price is unknown on its date, or a date is none.
pub fn resolve(id: &str, file: &ScenarioFile, facts: Option<&Facts>, prices: &PriceBook) -> Result<Resolved> {
    let actuals = actuals_of(file, facts).map_err(|error| error.at(format!("scenario {id}")))?;
    resolve_on(id, file, actuals.as_ref(), prices)
}

/// The actuals that a file starts from, where it names a month.
///
/// # Errors
/// When the month holds no usage, or not what the base names.
pub(super) fn actuals_of(file: &ScenarioFile, facts: Option<&Facts>) -> Result<Option<Actuals>> {
    match (&file.base, facts) {
        (Some(base), Some(facts)) if base.month.is_some() => actuals(base, facts).map(Some),
        _ => Ok(None),
    }
}

/// As [`resolve`], on actuals that are at hand: many scenarios on one base look them up once.
///
/// # Errors
/// As there.
pub(super) fn resolve_on(
    id: &str,
    file: &ScenarioFile,
    actuals: Option<&Actuals>,
    prices: &PriceBook,
) -> Result<Resolved> {
    let scenario = id.to_owned();
    let place = |error: EngineError| error.at(format!("scenario {scenario}"));
    let mut notes = Vec::new();
    if let (Some(base), Some(actuals)) = (&file.base, actuals) {
        let of = base.product.as_ref().map_or(String::new(), |product| format!(" of {product}"));
        let month = base.month.as_deref().unwrap_or_default();
        notes.push(format!("what the file does not state is taken from the actuals{of} in {month}"));
        notes.extend(actuals.open.clone());
    }
    notes.extend(super::remarks::remarks(file));
    notes.extend(super::unused::notes(file));
    if let Some(open) = file.unpriced() {
        notes.push(format!(
            "the revenue holds that of {open}, whose cost is unknown and left out: cost is ≥ and margin ≤ what is told"
        ));
    }
    let base = actuals;
    let demand = demand(file, base).map_err(place)?;
    let written = file;
    let (file, found) = completed(file, demand.tokens, prices, &mut notes).map_err(place)?;
    let named = file.base.as_ref().map(|base| base.models.clone()).filter(|models| !models.is_empty());
    let base_models = named.or_else(|| base.map(|base| base.models.clone())).unwrap_or_default();
    let findings = Findings { components: found, base_models };
    let file = &file;
    let owns = file.components().iter().any(|(_, component)| component.kind == Kind::OwnGpus);
    if owns && demand.tokens.output <= 0.0 {
        return Err(place(
            EngineError::failed("own GPUs are counted by output tokens, and a request has none")
                .then("state demand.output_tokens_per_request"),
        ));
    }
    let revenue = revenue(file, base).map_err(place)?;
    let load = load("demand.hour_of_week", file.demand.hour_of_week.as_ref(), base, &mut notes).map_err(place)?;
    let inputs = Inputs {
        start: file.scenario.start.parse().map_err(|_| EngineError::failed("scenario.start is no month"))?,
        months: file.scenario.months,
        components: components(file, prices, demand.tokens, (&load, base), &mut notes).map_err(place)?,
        demand,
        revenue,
        other: other_lines(file, base, prices, &mut notes).map_err(place)?,
        exchange: exchange(file).map_err(place)?,
    };
    inputs
        .check()
        .map_err(|error| place(EngineError::failed(told(&error, file, &inputs)).then("correct the scenario file")))?;
    let hash = hash_of(&format!("{inputs:?}"));
    let (id, name, kind) = (id.to_owned(), file.scenario.name.clone(), file.kind());
    let resolved = Resolved { id, name, kind, file: file.clone(), findings, inputs, hash, notes };
    let read = actuals.filter(|_| written.lock.is_some()).map(|actuals| format!("{actuals:?}"));
    super::lock::check(&resolved, written, read).map_err(place)?;
    Ok(resolved)
}

/// The actuals that a file reads, in words that are the same for the same actuals; `None` without a base month.
///
/// # Errors
/// As [`resolve`].
pub(super) fn actuals_words(file: &ScenarioFile, facts: Option<&Facts>) -> Result<Option<String>> {
    match (&file.base, facts) {
        (Some(base), Some(facts)) if base.month.is_some() => Ok(Some(format!("{:?}", actuals(base, facts)?))),
        _ => Ok(None),
    }
}
