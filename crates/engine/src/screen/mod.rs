//! What the window shows and what `--format` writes: views and charts made from reports.

pub mod charts;
pub mod compare;
pub mod costs;
pub mod difference;
pub mod imports;
pub mod margin;
mod price_item;
pub mod prices;
pub mod quarantine;
pub mod scenario_charts;
mod workbench;

use marginline_model::Month;

use crate::error::{EngineError, Result};
use crate::report::Period;
use crate::view::Choice;

/// A month given as text.
///
/// # Errors
/// When it is none.
pub fn month(text: &str) -> Result<Month> {
    text.parse().map_err(|error| EngineError::usage(format!("{error}")))
}

/// An optional month given as text.
///
/// # Errors
/// When it is none.
pub fn month_or_none(text: Option<&str>) -> Result<Option<Month>> {
    text.map(month).transpose()
}

fn choices(months: &[Month]) -> Vec<Choice> {
    months.iter().map(|month| Choice { id: month.to_string(), label: month.label() }).collect()
}

/// The month before a single month; `None` for longer periods.
fn month_before(period: Period) -> Option<Month> {
    (period.from == period.to).then(|| period.from.plus(-1))
}
