//! The scenario workbench: cards, changes to the files, and the views beside the comparison.

mod best;
mod capacity;
mod cards;
mod documents;
mod explain;
mod new;
mod new_choices;
mod plan;
mod plan_view;
mod risk;
mod sensitivity;
#[cfg(test)]
mod start_tests;
#[cfg(test)]
mod tests;
mod waterfall;

use crate::error::{EngineError, Result};
use crate::scenario::{Run, Verdict, Workbench};
use crate::view::{Badge, ScenarioInfo, Tone};

pub(super) use cards::card;
pub(super) use explain::explained_rows;
pub(super) use risk::draws_of;

/// A scenario's line in the list.
///
/// # Errors
/// When there is no such scenario.
pub(crate) fn info_of(workbench: &Workbench, id: &str) -> Result<ScenarioInfo> {
    let found = workbench.infos().iter().find(|info| info.id == id);
    found.cloned().ok_or_else(|| EngineError::usage("there is no such scenario").at(id.to_owned()))
}

/// What was found, why, and what mends or settles it.
fn reason(verdict: &Verdict) -> String {
    let found = verdict.value.as_ref().map_or_else(String::new, |value| format!("{value}: "));
    let mend = verdict.mend.as_ref().or(verdict.measure.as_ref()).map_or_else(String::new, |mend| format!("; {mend}"));
    format!("{found}{}{mend}", verdict.reason)
}

/// Limits that are not simply kept: those that fail first.
fn badges(run: &Run) -> Vec<Badge> {
    let mut found: Vec<Badge> = run
        .verdicts
        .iter()
        .filter(|verdict| verdict.verdict != "meets")
        .map(|verdict| Badge {
            limit: verdict.limit.replace('_', " "),
            verdict: verdict.verdict.to_owned(),
            reason: reason(verdict),
            tone: if verdict.verdict == "fails" { Tone::Bad } else { Tone::Warn },
        })
        .collect();
    found.sort_by_key(|badge| ["fails", "unknown", "at_risk"].iter().position(|word| *word == badge.verdict));
    found
}
