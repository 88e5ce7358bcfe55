//! Gross margin over two assumptions at once: every pair of values through the same month function.

use marginline_model::scenario::{Knob, Sheet, in_cents};
use serde_json::{Value, json};

use super::file::assumptions;
use super::follow::Following;
use super::knobs::knob_of;
use super::simulate::figure;
use super::{Run, Scale};
use crate::error::{EngineError, Result};
use crate::screen::compare::{label_of, shown};
use crate::view::{Cell, Column, ColumnKind, Row, RowKind, Table};

/// How far an assumption without a range is moved to either side, as a share of its value.
const FIFTH: f64 = 0.2;
/// Fewest and most values of an assumption.
const STEPS: std::ops::RangeInclusive<usize> = 2..=101;

/// The values that one assumption takes.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// Dotted path in the file.
    pub path: String,
    /// What it is, for people.
    pub label: String,
    /// Unit of its values.
    pub unit: String,
    /// Values in the unit of the file, ascending, evenly apart.
    pub values: Vec<f64>,
    /// The scenario's own value.
    pub own: f64,
    /// The file states no range, so the value is moved by a fifth to either side.
    pub by_a_fifth: bool,
}

/// What the scenario comes to at one pair of values.
#[derive(Debug, Clone, PartialEq)]
pub struct TwoWayCell {
    /// Gross margin of all months in USD, in the whole cents of a run.
    pub margin_usd: f64,
    /// The same in percent of revenue; `None` without revenue.
    pub margin_percent: Option<f64>,
    /// Why what serves is too little there, where it is enough as the scenario stands: requests are counted that nobody
    /// serves.
    pub short: Option<String>,
}

/// Gross margin over two assumptions.
#[derive(Debug, Clone)]
pub struct TwoWay {
    /// The scenario.
    pub run: Run,
    /// What varies from left to right.
    pub x: Axis,
    /// What varies from row to row.
    pub y: Axis,
    /// One row for each value of `y`, in it one cell for each value of `x`.
    pub cells: Vec<Vec<TwoWayCell>>,
}

impl Run {
    /// Gross margin of all months over two assumptions; what moves margin most, and second most, where a path is absent.
    /// A range is walked from `low` to `high`, a value without one from 80 % to 120 %, in `steps` values (2 to 101).
    ///
    /// # Errors
    /// When a path is no number that the model can move, both are the same, or the model refuses a pair of values.
    pub fn two_way(&self, x: Option<&str>, y: Option<&str>, steps: usize) -> Result<TwoWay> {
        let place = |error: EngineError| error.at(format!("scenario {}", self.resolved.id));
        if !STEPS.contains(&steps) {
            return Err(EngineError::usage(format!("{steps} steps are not {} to {}", STEPS.start(), STEPS.end()))
                .then("take 9, or another number between them"));
        }
        let (x, y) = self.paths(x, y).map_err(place)?;
        let (x, y) = (self.axis(&x, steps).map_err(place)?, self.axis(&y, steps).map_err(place)?);
        let sheet = &mut Sheet::default();
        let following = Following::of(&self.resolved);
        let row = |at: f64, sheet: &mut Sheet| -> Result<Vec<TwoWayCell>> {
            let pair = |value: f64| [(&x.1, value), (&y.1, at)];
            x.0.values.iter().map(|value| cell((self, &following), pair(*value), sheet)).collect()
        };
        let cells = y.0.values.iter().map(|at| row(*at, sheet)).collect::<Result<_>>().map_err(place)?;
        Ok(TwoWay { run: self.clone(), x: x.0, y: y.0, cells })
    }

    /// The two paths: those asked for, and what moves margin most for those that are not.
    fn paths(&self, x: Option<&str>, y: Option<&str>) -> Result<(String, String)> {
        if let (Some(x), Some(y)) = (x, y) {
            if x == y {
                return Err(EngineError::usage(format!("{x} is named twice")).then("name two assumptions"));
            }
            return Ok((x.to_owned(), y.to_owned()));
        }
        let bars = self.sensitivity()?.tornado.bars;
        let mut others = bars.iter().map(|bar| bar.name.as_str()).filter(|name| Some(*name) != x && Some(*name) != y);
        let mut next = |asked: Option<&str>| {
            asked.or_else(|| others.next()).map(str::to_owned).ok_or_else(|| {
                EngineError::failed("fewer than two assumptions move the margin").then("state more in the file")
            })
        };
        Ok((next(x)?, next(y)?))
    }

    fn axis(&self, path: &str, steps: usize) -> Result<(Axis, Moved)> {
        let stated = assumptions(&self.resolved.file).into_iter().find(|(name, _)| name == path);
        let unknown = || {
            let names: Vec<String> = assumptions(&self.resolved.file).into_iter().map(|(name, _)| name).collect();
            EngineError::usage(format!("{path} is no number that can be moved"))
                .then(format!("name two of {}", names.join(", ")))
        };
        let (knob, scale) = knob_of(&self.resolved, path).ok_or_else(unknown)?;
        let own = match &stated {
            Some((_, assumption)) => assumption.value,
            None => scale.to_file(knob.get(&self.resolved.inputs).map_err(|_| unknown())?),
        };
        let range = stated.as_ref().and_then(|(_, assumption)| assumption.range());
        let ends = (scale.to_file(knob.range().0), scale.to_file(knob.range().1));
        // A scale may fall, such as that of hours down.
        let (least, most) = (ends.0.min(ends.1), ends.0.max(ends.1));
        let (low, high) = range.unwrap_or((own - own.abs() * FIFTH, own + own.abs() * FIFTH));
        let (low, high) = (low.max(least), high.min(most));
        if low >= high {
            return Err(EngineError::failed(format!("{path} is {own} and has no range"))
                .then("give it low and high in the file"));
        }
        let step = |at: usize| match at {
            // The end as it is written, without what division leaves.
            at if at + 1 == steps => high,
            at => low + (high - low) * at as f64 / (steps - 1) as f64,
        };
        let (label, unit) = label_of(path);
        let values = (0..steps).map(step).collect();
        let axis =
            Axis { path: path.to_owned(), label, unit: unit.to_owned(), values, own, by_a_fifth: range.is_none() };
        Ok((axis, Moved { knob, scale }))
    }
}

/// A number of the model, and how the file's figure becomes it.
struct Moved {
    knob: Knob,
    scale: Scale,
}

fn cell((run, following): (&Run, &Following<'_>), pair: [(&Moved, f64); 2], sheet: &mut Sheet) -> Result<TwoWayCell> {
    let refused = |error: String| EngineError::failed(error).then("narrow its range in the file");
    let mut own = run.resolved.inputs.clone();
    for (moved, value) in pair {
        moved.knob.set(&mut own, moved.scale.to_model(value)).map_err(|error| refused(error.to_string()))?;
    }
    following.follow(&mut own)?;
    own.check().map_err(|error| refused(error.to_string()))?;
    let found =
        in_cents(&own, 0..own.months, sheet).ok_or_else(|| refused("a line is beyond 10^15 USD in a month".into()))?;
    let (margin_usd, margin_percent) = (found.margin_usd(), found.margin_percent());
    Ok(TwoWayCell { margin_usd, margin_percent, short: run.short_at(own) })
}

impl TwoWay {
    /// The JSON document of `scenario sensitivity --two-way`.
    #[must_use]
    pub fn json(&self) -> Value {
        let axis = |axis: &Axis| {
            json!({"path": axis.path, "label": axis.label, "unit": axis.unit, "values": axis.values, "own": axis.own,
                "by_a_fifth": axis.by_a_fifth})
        };
        let cells: Vec<Vec<Value>> = self
            .cells
            .iter()
            .map(|row| {
                let cell = |cell: &TwoWayCell| {
                    json!({"gross_margin": cell.margin_usd, "gross_margin_percent": cell.margin_percent,
                        "capacity_fails": cell.short})
                };
                row.iter().map(cell).collect()
            })
            .collect();
        json!({
            "scenario": self.run.resolved.id,
            "name": self.run.resolved.name,
            "hash": self.run.resolved.hash,
            "currency": "USD",
            "x": axis(&self.x),
            "y": axis(&self.y),
            "cells": cells,
        })
    }

    /// The table: margin in percent, then in USD, one column for each value of `x`.
    #[must_use]
    pub fn table(&self) -> Table {
        let mut columns = vec![
            Column::new("measure", "Gross margin", "", ColumnKind::Text),
            Column::new("y", &format!("{} ↓ {} →", self.y.label, self.x.label), "", ColumnKind::Text),
        ];
        let head = |(at, value): (usize, &f64)| {
            Column::new(&format!("x{}", at + 1), &shown(*value, &self.x.unit), "", ColumnKind::Money)
        };
        columns.extend(self.x.values.iter().enumerate().map(head));
        let text = |shown: String| Cell { value: Some(shown.clone()), shown, ..Cell::default() };
        let row = |measure: &str, places: u32, at: usize, of: &dyn Fn(&TwoWayCell) -> Option<f64>| {
            let mut cells = vec![text(measure.to_owned()), text(shown(self.y.values[at], &self.y.unit))];
            cells.extend(self.cells[at].iter().map(|cell| {
                let shown = figure(of(cell).map(|value| (value, places)));
                if cell.short.is_some() { Cell { note: cell.short.clone(), ..shown.marked("! ") } } else { shown }
            }));
            Row { key: format!("{measure} {}", at + 1), kind: RowKind::Row, cells }
        };
        let places = || 0..self.y.values.len();
        let mut rows: Vec<Row> = places().map(|at| row("%", 1, at, &|cell| cell.margin_percent)).collect();
        rows.extend(places().map(|at| row("USD", 0, at, &|cell| Some(cell.margin_usd))));
        let moved = [&self.x, &self.y].into_iter().filter(|axis| axis.by_a_fifth).map(|axis| axis.label.as_str());
        let moved: Vec<&str> = moved.collect();
        let mut notes = self.run.caveats();
        let short = self.cells.iter().flatten().filter(|cell| cell.short.is_some()).count();
        if let Some(why) = self.cells.iter().flatten().find_map(|cell| cell.short.as_deref()) {
            notes.push(format!("{short} pairs, marked !, count requests that nobody serves, such as: {why}"));
        }
        if !moved.is_empty() {
            notes.push(format!("without a range, moved by a fifth to either side: {}", moved.join(", ")));
        }
        Table {
            id: "two-way".into(),
            title: format!("Gross margin of {} by {} and {}", self.run.resolved.name, self.x.label, self.y.label),
            subtitle: "gross margin of all months · percent of revenue and USD · projected".into(),
            columns,
            rows,
            notes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prices::PriceBook;
    use crate::scenario::file::parse;
    use crate::scenario::resolve::resolve;

    /// Two GPUs for the 720 hours of November, a million requests at a cent.
    const TEXT: &str = r#"
[scenario]
name = "Two GPUs"
start = "2026-11"
months = 1

[demand]
requests_per_month = 1000000
growth_percent_per_month = 0
input_tokens_per_request = 1000
output_tokens_per_request = 100

[revenue]
usd_per_request = { value = 0.01, low = 0.005, high = 0.02 }

[architecture]
kind = "own-gpus"
gpu = "H100 SXM"
output_tokens_per_s_per_gpu = 50
usd_per_gpu_hour = 2
gpus = 2
"#;

    fn scenario() -> Run {
        Run::of(resolve("two", &parse(TEXT).unwrap(), None, &PriceBook::default()).unwrap()).unwrap()
    }

    #[test]
    fn every_pair_by_hand() {
        let run = scenario();
        let found = run.two_way(Some("revenue.usd_per_request"), Some("architecture.usd_per_gpu_hour"), 3).unwrap();
        assert_eq!(found.x.values, [0.005, 0.0125, 0.02], "its range");
        assert_eq!(found.y.values, [1.6, 2.0, 2.4], "a fifth to either side");
        assert!(!found.x.by_a_fifth && found.y.by_a_fifth);
        for (y, row) in found.y.values.iter().zip(&found.cells) {
            for (x, cell) in found.x.values.iter().zip(row) {
                // A million requests at x less two GPUs for 720 hours at y.
                let expected = 1e6 * x - 1_440.0 * y;
                assert!((cell.margin_usd - expected).abs() < 1e-6, "{x} {y}: {}", cell.margin_usd);
                assert!((cell.margin_percent.unwrap() - expected / (1e4 * x)).abs() < 1e-9);
            }
        }
        assert_eq!(found.json()["cells"][0][2]["gross_margin"], 17_696.0, "20,000 less 1,440 × 1.60");
        let table = found.table();
        assert_eq!((table.rows.len(), table.columns.len()), (6, 5));
        assert_eq!(table.rows[3].cells[4].shown, "17,696");
    }

    #[test]
    fn its_own_values_give_the_margin_that_the_run_tells() {
        let run = scenario();
        let found = run.two_way(Some("demand.requests_per_month"), Some("architecture.usd_per_gpu_hour"), 3).unwrap();
        assert_eq!((found.x.values[1], found.y.values[1]), (1e6, 2.0));
        assert_eq!(found.cells[1][1].margin_usd, run.margins_usd()[0]);
    }

    #[test]
    fn without_paths_what_moves_margin_most_is_taken() {
        let found = scenario().two_way(None, None, 2).unwrap();
        // Revenue by its wide range, then requests by a tenth of 10,000.
        assert_eq!(
            (found.x.path.as_str(), found.y.path.as_str()),
            ("revenue.usd_per_request", "demand.requests_per_month")
        );
    }

    #[test]
    fn what_cannot_be_asked_is_said() {
        let run = scenario();
        let says = |x: &str, y: &str, steps: usize| run.two_way(Some(x), Some(y), steps).unwrap_err().to_string();
        let rate = "architecture.usd_per_gpu_hour";
        assert!(says(rate, rate, 3).contains("is named twice"));
        assert!(says("demand.nothing", rate, 3).contains("demand.nothing is no number that can be moved"));
        let zero = says("demand.growth_percent_per_month", rate, 3);
        assert!(zero.contains("demand.growth_percent_per_month is 0 and has no range"), "{zero}");
        assert!(says("demand.requests_per_month", rate, 1).contains("1 steps are not 2 to 101"));
    }
}
