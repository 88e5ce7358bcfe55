//! What each assumption does to gross margin, one at a time.

use marginline_model::scenario::{Inputs, Knob, Sheet, in_cents};
use marginline_model::uncertainty::{Distribution, Input, Tornado, tornado_around};
use serde_json::{Value, json};

use super::Run;
use super::file::assumptions;
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
        let mut by_a_tenth = Vec::new();
        let mut moved: Vec<(Input, Knob, Scale)> = Vec::new();
        for (path, _, drawn) in uncertain(&self.resolved)? {
            let (_, scale) = knob_of(&self.resolved, &path).unwrap_or((drawn.knob, Scale::WHOLE));
            moved.push((Input { name: path, distribution: drawn.distribution }, drawn.knob, scale));
        }
        for (path, assumption) in assumptions(&self.resolved.file) {
            let (None, Some((knob, scale))) = (assumption.range(), knob_of(&self.resolved, &path)) else { continue };
            let value = scale.to_model(assumption.value);
            let (least, most) = knob.range_in(&self.resolved.inputs);
            // Ends that P10 and P90 of a uniform distribution fall on.
            let reach = value.abs() * TENTH / 0.8;
            let (low, high) = ((value - reach).max(least), (value + reach).min(most));
            if let Ok(distribution) = Distribution::uniform(low, high) {
                by_a_tenth.push(path.clone());
                moved.push((Input { name: path, distribution }, knob, scale));
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
        let mut tornado = tornado_around(&inputs, &rests, |values| {
            let mut own = self.resolved.inputs.clone();
            let set = moved.iter().zip(values).try_for_each(|((_, knob, _), value)| knob.set(&mut own, *value));
            // What the model refuses is no number, and `tornado` says which input it was.
            set.map_or(f64::NAN, |()| margin_cents(&own))
        })
        .map_err(|error| place(EngineError::failed(error.to_string())))?;
        // Counted in cents, so that a swing is the difference of its ends to the cent.
        tornado.base /= 100.0;
        for bar in &mut tornado.bars {
            bar.output = (bar.output.0 / 100.0, bar.output.1 / 100.0);
            bar.swing /= 100.0;
            let scale =
                moved.iter().find(|(input, _, _)| input.name == bar.name).map_or(Scale::WHOLE, |(_, _, scale)| *scale);
            bar.input = (scale.to_file(bar.input.0), scale.to_file(bar.input.1));
        }
        Ok(Sensitivity { run: self.clone(), tornado, by_a_tenth })
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
        let mut notes = Vec::new();
        if !self.by_a_tenth.is_empty() {
            notes.push("what has no range is moved by a tenth of its value to either side".into());
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
