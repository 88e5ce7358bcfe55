//! The best candidate as a scenario file that changes the one it was found in.

use std::fmt::Write;

use toml::{Table, Value};
use toml_edit::Key;

use super::Candidate;
use super::field::Field;
use crate::scenario::Run;
use crate::scenario::file::Goal;

/// The file: who it changes, and each section with a key a line.
pub(super) fn written(stated: &Run, (best, patch): (&Candidate, &Table), goal: Goal, field: &Field<'_>) -> String {
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
    let name = Value::from(format!("{}: {}", stated.resolved.name, best.name));
    let base = Value::from(stated.resolved.id.as_str());
    let mut text = format!(
        "# Found by `marginline scenario optimise`: {search}.\n[scenario]\nname = {name}\n\n[base]\nscenario = {base}\n"
    );
    for (section, value) in patch {
        let section = Key::new(section);
        match value {
            Value::Array(entries) if entries.iter().all(Value::is_table) => {
                for entry in entries.iter().filter_map(Value::as_table) {
                    let _ = write!(text, "\n[[{section}]]\n{}", keys(entry));
                }
            }
            Value::Table(table) => {
                let _ = write!(text, "\n[{section}]\n{}", keys(table));
            }
            other => {
                let _ = write!(text, "\n{section} = {other}\n");
            }
        }
    }
    text
}

/// A key a line, its name first; tables stay on their line.
fn keys(table: &Table) -> String {
    let mut lines: Vec<(&String, &Value)> = table.iter().collect();
    lines.sort_by_key(|(key, _)| !matches!(key.as_str(), "name" | "label"));
    lines.iter().map(|(key, value)| format!("{} = {value}\n", Key::new(key.as_str()))).collect()
}
