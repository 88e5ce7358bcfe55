//! Rows of units of further lines, line by line, next to those of GPUs.

use super::Comparison;
use super::rows::{Better, Figure, Measure, decimal};
use crate::scenario::Run;
use crate::scenario::units::UnitsOverMonths;
use crate::view::Row;

impl Comparison {
    /// Needed, provided, headroom and first month short of each line that any scenario buys in whole units. What a
    /// scenario does not buy in units is unknown there and never 0.
    pub(super) fn unit_rows(&self) -> Vec<Row> {
        let units: Vec<Vec<UnitsOverMonths>> = self.runs.iter().map(|run| run.units()).collect();
        let mut lines: Vec<&str> = Vec::new();
        for each in units.iter().flatten() {
            if !lines.contains(&each.line.as_str()) {
                lines.push(&each.line);
            }
        }
        lines.into_iter().flat_map(|line| self.rows_of_line(line, &units)).collect()
    }

    fn rows_of_line(&self, line: &str, units: &[Vec<UnitsOverMonths>]) -> [Row; 4] {
        let row =
            |key: &str, label: &str, (unit, places): (&str, u32), of: &dyn Fn(&Run, &UnitsOverMonths) -> Figure| {
                let (key, label) = (format!("{key}:{line}"), format!("{line}: {label}"));
                let measure = Measure { key: &key, label: &label, unit, places, better: Better::Neither };
                self.row(measure, |place, run| {
                    let found = units.get(place).and_then(|all| all.iter().find(|each| each.line == line));
                    let none = || Figure { note: Some("it buys no units of that name".into()), ..Figure::default() };
                    found.map_or_else(none, |found| of(run, found))
                })
            };
        let count = |units: u32| Figure::from(Some(units.to_string()));
        [
            row("units_needed_peak", "units needed at the peak", ("", 0), &|_, found| count(found.needed_peak)),
            row("units_provided_peak", "units provided at the most", ("", 0), &|_, found| count(found.provided_peak)),
            row("units_headroom_least", "least headroom", ("%", 1), &|_, found| {
                decimal(Some(100.0 * found.headroom_least)).into()
            }),
            row("units_first_short", "first month short", ("", 0), &|run, found| {
                let month = found.first_short.and_then(|number| run.months.get(number as usize - 1));
                Figure {
                    value: found.first_short.map(|number| number.to_string()),
                    note: Some(month.map_or_else(|| "in no month".to_owned(), |month| month.month.to_string())),
                    ..Figure::default()
                }
            }),
        ]
    }
}
