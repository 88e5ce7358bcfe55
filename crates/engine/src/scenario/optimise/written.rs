//! The best candidate as a scenario file that changes the one it was found in.

use toml::{Table, Value};

use super::Candidate;
use super::field::Field;
use crate::error::{EngineError, Result};
use crate::scenario::Run;
use crate::scenario::file::Goal;

/// The file.
pub(super) fn written(
    stated: &Run,
    (best, patch): (&Candidate, &Table),
    goal: Goal,
    field: &Field<'_>,
) -> Result<String> {
    let text = |text: &str| Value::from(text).to_string();
    let by = match goal {
        Goal::Margin => "gross margin",
        Goal::Cost => "cost",
        Goal::Regret => "regret",
    };
    let search = match field.proven {
        true => format!("the best of {} candidates by {by}; each was tried", field.candidates),
        false => {
            let (tried, all) = (field.trials.len(), field.candidates);
            format!("the best by {by} of {tried} candidates that were tried, out of {all}: not proven to be the best")
        }
    };
    let name = format!("{}: {}", stated.resolved.name, best.name);
    let body = toml::to_string(patch)
        .map_err(|error| EngineError::failed(format!("the result cannot be written: {error}")))?;
    Ok(format!(
        "# Found by `marginline scenario optimise`: {search}.\n[scenario]\nname = {}\n\n[base]\nscenario = {}\n\n{body}",
        text(&name),
        text(&stated.resolved.id)
    ))
}
