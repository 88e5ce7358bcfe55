//! What each assumption does to gross margin, one at a time.

use std::cell::RefCell;

use marginline_model::scenario::{Inputs, Knob, Sheet, in_cents};
use marginline_model::uncertainty::{Distribution, Input, Tornado, tornado_around};
use serde_json::{Value, json};

use super::Run;
use super::file::assumptions;
use super::follow::Following;
use super::knobs::{knob_of, uncertain};
use super::scale::Scale;
use super::simulate::figure;
use crate::error::{EngineError, Result};
use crate::screen::compare::{label_of, shown};
use crate::view::{Cell, Column, ColumnKind, Row, RowKind, Table};

/// How far an assumption without a range is moved, as a share of its value.
const TENTH: f64 = 0.1;

/// The assumptions of a scenario by what they move.
#[derive(Debug, Clone)]
pub struct Sensitivity {
    /// The scenario.
    pub run: Run,
    /// Gross margin in USD of all months as the scenario runs, to the cent, and the bars by falling swing. Inputs are in the units of the
    /// file.
    pub tornado: Tornado,
    /// Paths that have no range and were moved by a tenth.
    pub by_a_tenth: Vec<String>,
    /// Paths that have no range and no tenth: they are 0.
    pub not_moved: Vec<String>,
    /// Ends at which what serves is too little, where it is enough as the scenario stands: path, the value in the unit of
    /// the file, and why.
    pub short: Vec<(String, f64, String)>,
}

/// A tenth of a value to either side, as far as both sides have room; from the edge of what it may be, to the one side
/// that has. Of a share of the time it is a tenth of the rest, the hours down.
fn tenth(path: &str, value: f64, (least, most): (f64, f64)) -> (f64, f64) {
    let whole = if path == "availability.percent" { 1.0 - value } else { value.abs() };
    let reach = whole * TENTH;
    match reach.min(value - least).min(most - value) {
        room if room > 0.0 => (value - room, value + room),
        _ => ((value - reach).max(least), (value + reach).min(most)),
    }
}

/// A value that rounding took past its edge, which no value of the file could be; one far beyond stays and is refused.
fn at_edge(value: f64, least: f64, most: f64) -> f64 {
    let edge = value.clamp(least, most);
    if (value - edge).abs() <= edge.abs() * 1e-12 { edge } else { value }
}

/// Gross margin of all months in whole cents, as the run tells it; no number beyond what cents can count.
fn margin_cents(inputs: &Inputs) -> f64 {
    in_cents(inputs, 0..inputs.months, &mut Sheet::default()).map_or(f64::NAN, |found| found.margin() as f64)
}

impl Run {
    /// Moves each assumption of the file alone, all others as the file has them: from P10 to P90 where it has a range,
    /// else by a tenth of its value to either side.
    ///
    /// # Errors
    /// When the file states no number that the model can move.
    pub fn sensitivity(&self) -> Result<Sensitivity> {
        let place = |error: EngineError| error.at(format!("scenario {}", self.resolved.id));
        let (mut by_a_tenth, mut not_moved) = (Vec::new(), Vec::new());
        let mut moved: Vec<(Input, Knob, Scale)> = Vec::new();
        for (path, _, drawn) in uncertain(&self.resolved)? {
            let (_, scale) = knob_of(&self.resolved, &path).unwrap_or((drawn.knob, Scale::WHOLE));
            moved.push((Input { name: path, distribution: drawn.distribution }, drawn.knob, scale));
        }
        for (path, assumption) in assumptions(&self.resolved.file) {
            let (None, Some((knob, scale))) = (assumption.range(), knob_of(&self.resolved, &path)) else { continue };
            let value = scale.to_model(assumption.value);
            let (low, high) = tenth(&path, value, knob.range_in(&self.resolved.inputs));
            // Ends of a uniform distribution whose P10 and P90 these are.
            let beyond = (high - low) / 8.0;
            match Distribution::uniform(low - beyond, high + beyond) {
                Ok(distribution) => {
                    by_a_tenth.push(path.clone());
                    moved.push((Input { name: path, distribution }, knob, scale));
                }
                Err(_) => not_moved.push(path),
            }
        }
        if moved.is_empty() {
            return Err(place(
                EngineError::failed("the file states no number that can be moved")
                    .then("state assumptions in the file"),
            ));
        }
        let inputs: Vec<Input> = moved.iter().map(|(input, _, _)| input.clone()).collect();
        // Where the file has them, and not at the medians of their ranges: an end is what a run with that figure gives.
        let rests = moved
            .iter()
            .map(|(_, knob, _)| knob.get(&self.resolved.inputs))
            .collect::<std::result::Result<Vec<f64>, _>>();
        let rests = rests.map_err(|error| place(EngineError::failed(error.to_string())))?;
        let following = Following::of(&self.resolved);
        let refused = RefCell::new(None);
        let tornado = tornado_around(&inputs, &rests, |values| {
            let mut own = self.resolved.inputs.clone();
            let mut set = || {
                for ((_, knob, _), value) in moved.iter().zip(values) {
                    // An end at the edge of what it may be, without what rounding adds.
                    let (least, most) = knob.range_in(&self.resolved.inputs);
                    let value = if (least..=most).contains(value) { *value } else { at_edge(*value, least, most) };
                    knob.set(&mut own, value).map_err(|error| EngineError::failed(error.to_string()))?;
                }
                following.follow(&mut own)
            };
            match set() {
                Ok(()) => margin_cents(&own),
                // No number, so that `tornado` ends here.
                Err(error) => {
                    refused.replace(Some(error));
                    f64::NAN
                }
            }
        });
        let mut tornado = match (tornado, refused.into_inner()) {
            (Ok(tornado), _) => tornado,
            (Err(_), Some(error)) => return Err(place(error)),
            (Err(error), None) => return Err(place(EngineError::failed(error.to_string()))),
        };
        // Counted in cents, so that a swing is the difference of its ends to the cent.
        tornado.base /= 100.0;
        for bar in &mut tornado.bars {
            bar.output = (bar.output.0 / 100.0, bar.output.1 / 100.0);
            bar.swing /= 100.0;
            let scale =
                moved.iter().find(|(input, _, _)| input.name == bar.name).map_or(Scale::WHOLE, |(_, _, scale)| *scale);
            bar.input = (scale.to_file(bar.input.0), scale.to_file(bar.input.1));
        }
        let short = self.short_ends(&tornado, &moved, &following);
        Ok(Sensitivity { run: self.clone(), tornado, by_a_tenth, not_moved, short })
    }
}

impl Run {
    /// The ends of bars at which what serves is too little.
    fn short_ends(
        &self,
        tornado: &Tornado,
        moved: &[(Input, Knob, Scale)],
        following: &Following<'_>,
    ) -> Vec<(String, f64, String)> {
        let mut short = Vec::new();
        for bar in &tornado.bars {
            let Some((_, knob, scale)) = moved.iter().find(|(input, ..)| input.name == bar.name) else { continue };
            for value in [bar.input.0, bar.input.1] {
                let mut own = self.resolved.inputs.clone();
                let is_set = knob.set(&mut own, scale.to_model(value)).is_ok() && following.follow(&mut own).is_ok();
                let why = is_set.then(|| self.short_at(own)).flatten();
                short.extend(why.map(|why| (bar.name.clone(), value, why)));
            }
        }
        short
    }
}

impl Sensitivity {
    /// The JSON document of `scenario sensitivity`.
    #[must_use]
    pub fn json(&self) -> Value {
        let bars: Vec<Value> = self
            .tornado
            .bars
            .iter()
            .map(|bar| {
                json!({
                    "path": bar.name, "low": bar.input.0, "high": bar.input.1, "gross_margin_at_low": bar.output.0,
                    "gross_margin_at_high": bar.output.1, "swing": bar.swing, "by_a_tenth": self.by_a_tenth.contains(&bar.name),
                })
            })
            .collect();
        json!({
            "scenario": self.run.resolved.id,
            "name": self.run.resolved.name,
            "hash": self.run.resolved.hash,
            "currency": "USD",
            "gross_margin": self.tornado.base,
            "bars": bars,
            "not_moved": self.not_moved,
        })
    }

    /// The table of `scenario sensitivity`.
    #[must_use]
    pub fn table(&self) -> Table {
        let column = Column::new;
        let columns = vec![
            column("assumption", "Assumption", "", ColumnKind::Text),
            column("low", "Low", "", ColumnKind::Text),
            column("high", "High", "", ColumnKind::Text),
            column("gross_margin_at_low", "Margin at low", "USD", ColumnKind::Money),
            column("gross_margin_at_high", "Margin at high", "USD", ColumnKind::Money),
            column("swing", "Swing", "USD", ColumnKind::Money),
        ];
        let rows = self.tornado.bars.iter().map(|bar| {
            let (label, unit) = label_of(&bar.name);
            let text = |shown: String| Cell { value: Some(shown.clone()), shown, ..Cell::default() };
            let cells = vec![
                text(label),
                text(shown(bar.input.0, unit)),
                text(shown(bar.input.1, unit)),
                figure(Some((bar.output.0, 0))),
                figure(Some((bar.output.1, 0))),
                figure(Some((bar.swing, 0))),
            ];
            Row { key: bar.name.clone(), kind: RowKind::Row, cells }
        });
        let mut notes = self.run.caveats();
        for (path, value, why) in &self.short {
            let (label, unit) = label_of(path);
            notes.push(format!(
                "{label} at {}: the margin counts requests that nobody serves: {why}",
                shown(*value, unit)
            ));
        }
        if !self.by_a_tenth.is_empty() {
            notes.push("what has no range is moved by a tenth of its value to either side".into());
        }
        if !self.not_moved.is_empty() {
            let names: Vec<String> = self.not_moved.iter().map(|path| label_of(path).0).collect();
            notes.push(format!(
                "not moved, because a tenth of 0 is 0: {}; give them low and high to see what they do",
                names.join(", ")
            ));
        }
        Table {
            id: "sensitivity".into(),
            title: format!("What moves the margin of {}", self.run.resolved.name),
            subtitle: "gross margin of all months · one assumption at a time, P10 to P90, all others as stated · USD · projected".into(),
            columns,
            rows: rows.collect(),
            notes,
        }
    }
}
