//! Units of further lines, such as a database or a gateway, over all months: needed, provided, and the first month short, as
//! GPUs have.

use marginline_model::scenario::UnitsOfLine;
use serde_json::{Value, json};

use super::Run;
use crate::number;

/// Units of one line over the months in which it is there.
#[derive(Debug, Clone, PartialEq)]
pub struct UnitsOverMonths {
    /// Name of the line.
    pub line: String,
    /// Most units that the busiest hour of a month needs, replicas and copies included.
    pub needed_peak: u32,
    /// Most units that are paid for in a month.
    pub provided_peak: u32,
    /// Least headroom of a month, a share; below 0 where it is short.
    pub headroom_least: f64,
    /// The first month in which more units are needed than there are, 1 the scenario's first; `None` is never.
    pub first_short: Option<u32>,
}

impl Run {
    /// Units of each line that is bought in whole units, in the order of the lines. A line that is there in no month is
    /// left out.
    #[must_use]
    pub fn units(&self) -> Vec<UnitsOverMonths> {
        let lines = self.resolved.inputs.other.iter().enumerate().filter(|(_, line)| line.units.is_some());
        lines.filter_map(|(place, line)| self.units_of(place, &line.label)).collect()
    }

    fn units_of(&self, place: usize, label: &str) -> Option<UnitsOverMonths> {
        let months = || {
            let units = self.projected.iter().map(move |month| month.sheet.units.get(place).copied().flatten());
            units.zip(1u32..).filter_map(|(units, number)| Some((units?, number)))
        };
        Some(UnitsOverMonths {
            line: label.to_owned(),
            needed_peak: months().map(|(units, _)| units.needed).max()?,
            provided_peak: months().map(|(units, _)| units.provided).max()?,
            headroom_least: months().map(|(units, _)| units.headroom).reduce(f64::min)?,
            first_short: months().find(|(units, _)| units.is_short()).map(|(_, number)| number),
        })
    }

    /// Units of each line with units in a month, 0 the first, with the line's name; `None` where it is not there then.
    #[must_use]
    pub fn units_in(&self, index: usize) -> Vec<(&str, Option<UnitsOfLine>)> {
        let sheet = self.projected.get(index).map(|month| &month.sheet);
        let lines = self.resolved.inputs.other.iter().enumerate().filter(|(_, line)| line.units.is_some());
        let units = |place: usize| sheet.and_then(|sheet| sheet.units.get(place).copied().flatten());
        lines.map(|(place, line)| (line.label.as_str(), units(place))).collect()
    }

    /// The `units` of a month in the JSON document.
    pub(super) fn units_json(&self, index: usize) -> Vec<Value> {
        let told = |(line, units): (&str, Option<UnitsOfLine>)| {
            let units = units?;
            Some(json!({"line": line, "needed": units.needed, "provided": units.provided, "headroom": units.headroom}))
        };
        self.units_in(index).into_iter().filter_map(told).collect()
    }
}

impl UnitsOverMonths {
    /// The same as JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        json!({
            "line": self.line,
            "needed_peak": self.needed_peak,
            "provided_peak": self.provided_peak,
            "headroom_least": self.headroom_least,
            "first_month_short": self.first_short,
        })
    }

    /// The same in a sentence.
    #[must_use]
    pub fn words(&self) -> String {
        let headroom = number::rounded(&number::fixed(100.0 * self.headroom_least, 6), 1);
        let short =
            self.first_short.map_or_else(|| "short in no month".into(), |month| format!("short from month {month}"));
        format!(
            "{}: {} units needed at the peak, {} provided at the most, least headroom {headroom}%, {short}",
            self.line, self.needed_peak, self.provided_peak
        )
    }
}
