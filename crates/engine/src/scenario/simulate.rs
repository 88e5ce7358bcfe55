//! Monte Carlo of scenarios: what margin can be, how likely a target is, and which scenario beats which.

use marginline_model::scenario::Simulated;
use marginline_model::uncertainty::{Chance, GENERATOR, Plan, Summary, chance, compare, summarise};
use serde_json::{Value, json};

use super::knobs::uncertain;
use super::{Comparison, Run};
use crate::error::{EngineError, Result};
use crate::number;
use crate::view::{Cell, Column, ColumnKind, Row, RowKind, Table};

/// Draws of a simulation where nobody says how many: in the window, on the command line and in pictures alike.
pub const DRAWS: u32 = 10_000;
/// Their seed.
pub const SEED: u32 = 1;
/// Gross margin in percent of revenue whose probability is asked, where nobody says which.
pub const TARGET_PERCENT: f64 = 60.0;

/// How much is drawn, and what is asked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Draws {
    /// Draws of each scenario.
    pub draws: usize,
    /// Seed; the same gives the same bytes.
    pub seed: u64,
    /// Gross margin in percent, over all months, whose probability is asked.
    pub target_percent: f64,
}

/// A scenario's draws in figures.
#[derive(Debug, Clone)]
pub struct Outlook {
    /// The scenario.
    pub run: Run,
    /// Its draws.
    pub simulated: Simulated,
    /// Paths of what was drawn.
    pub drawn: Vec<String>,
    /// What the draws leave out, in words.
    pub notes: Vec<String>,
    /// Gross margin of all months in USD.
    pub margin_usd: Summary,
    /// Gross margin of all months in percent; `None` when a draw has no revenue.
    pub margin_percent: Option<Summary>,
    /// Probability that it reaches the target.
    pub reaches: Option<Chance>,
    /// Gross margin of each month in USD.
    pub months: Vec<Summary>,
    /// Gross margin of each month in percent of its revenue; `None` where a draw has no revenue in it.
    pub months_percent: Vec<Option<Summary>>,
}

/// Scenarios with their draws.
#[derive(Debug, Clone)]
pub struct Simulation {
    /// One for each scenario.
    pub outlooks: Vec<Outlook>,
    /// What was asked.
    pub asked: Draws,
}

fn failed(error: &impl ToString) -> EngineError {
    EngineError::failed(error.to_string())
}

impl Comparison {
    /// Draws every scenario; assumptions of the same path have the same draws in all of them.
    ///
    /// # Errors
    /// When a range cannot be drawn, or a scenario has none.
    pub fn simulate(&self, asked: Draws) -> Result<Simulation> {
        let plan = Plan { draws: asked.draws, seed: asked.seed, scenario: None };
        let outlooks = self.runs.iter().map(|run| outlook(run, plan, asked.target_percent)).collect::<Result<_>>()?;
        Ok(Simulation { outlooks, asked })
    }
}

fn outlook(run: &Run, plan: Plan, target_percent: f64) -> Result<Outlook> {
    let place = |error: EngineError| error.at(format!("scenario {}", run.resolved.id));
    let uncertain = uncertain(&run.resolved)?;
    if uncertain.is_empty() {
        return Err(place(
            EngineError::failed("no assumption has a range, so there is nothing to draw").then(
                "give an assumption low and high, such as usd_per_gpu_hour = { value = 2.35, low = 2, high = 3 }",
            ),
        ));
    }
    let drawn: Vec<String> = uncertain.iter().map(|(path, _, _)| path.clone()).collect();
    let inputs: Vec<_> = uncertain.into_iter().map(|(_, _, uncertain)| uncertain).collect();
    let (simulated, mut notes) = super::follow::drawn(&run.resolved, &inputs, plan).map_err(place)?;
    notes.extend(run.caveats());
    let summary = |values: &[f64]| summarise(values).map_err(|error| place(failed(&error)));
    let percent = simulated.margin_percent();
    Ok(Outlook {
        drawn,
        notes,
        margin_usd: summary(&simulated.total_margin_usd())?,
        margin_percent: percent.as_deref().map(summary).transpose()?,
        reaches: percent
            .as_deref()
            .map(|values| chance(values, target_percent))
            .transpose()
            .map_err(|error| place(failed(&error)))?,
        months: (0..simulated.months()).map(|month| summary(simulated.margin_usd(month))).collect::<Result<_>>()?,
        months_percent: (0..simulated.months())
            .map(|month| simulated.margin_percent_of(month).as_deref().map(summary).transpose())
            .collect::<Result<_>>()?,
        simulated,
        run: run.clone(),
    })
}

impl Simulation {
    /// Probability that one scenario earns more than another over all months: (first, second, chance).
    ///
    /// # Errors
    /// When draws cannot be compared.
    pub fn beats(&self) -> Result<Vec<(usize, usize, Chance)>> {
        let mut found = Vec::new();
        let margins: Vec<Vec<f64>> = self.outlooks.iter().map(|each| each.simulated.total_margin_usd()).collect();
        for first in 0..margins.len() {
            for second in first + 1..margins.len() {
                let compared = compare(&margins[first], &margins[second]).map_err(|error| failed(&error))?;
                found.push((first, second, compared.first_larger));
            }
        }
        Ok(found)
    }

    /// The JSON document of `scenario simulate`.
    ///
    /// # Errors
    /// As [`Simulation::beats`].
    pub fn json(&self) -> Result<Value> {
        let scenarios: Vec<Value> = self.outlooks.iter().map(Outlook::json).collect();
        let id = |place: usize| self.outlooks[place].run.resolved.id.clone();
        let beats: Vec<Value> = self
            .beats()?
            .into_iter()
            .map(|(first, second, chance)| {
                json!({"first": id(first), "second": id(second), "probability": chance.share, "low": chance.low, "high": chance.high})
            })
            .collect();
        Ok(json!({
            "draws": self.asked.draws,
            "seed": self.asked.seed,
            "generator": GENERATOR,
            "target_percent": self.asked.target_percent,
            "currency": "USD",
            "scenarios": scenarios,
            "earns_more": beats,
        }))
    }

    /// The table of `scenario simulate`.
    ///
    /// # Errors
    /// As [`Simulation::beats`].
    pub fn table(&self) -> Result<Table> {
        let column =
            |id: &str, label: &str, kind| Column { id: id.into(), label: label.into(), unit: String::new(), kind };
        let mut columns = vec![column("measure", "Measure", ColumnKind::Text)];
        columns.extend(self.outlooks.iter().map(|each| {
            let resolved = &each.run.resolved;
            column(&resolved.id, &resolved.name, ColumnKind::Text)
        }));
        let measure = |label: &str, of: &dyn Fn(&Outlook) -> Option<(f64, u32)>| {
            let cells = self.outlooks.iter().map(|each| figure(of(each)));
            Row { key: label.into(), kind: RowKind::Row, cells: std::iter::once(text(label)).chain(cells).collect() }
        };
        let target = number::rounded(&self.asked.target_percent.to_string(), 1);
        let rows = vec![
            measure("Gross margin, USD: P10", &|each| Some((each.margin_usd.p10, 0))),
            measure("Gross margin, USD: P50", &|each| Some((each.margin_usd.p50, 0))),
            measure("Gross margin, USD: P90", &|each| Some((each.margin_usd.p90, 0))),
            measure("Gross margin, USD: mean", &|each| Some((each.margin_usd.mean, 0))),
            measure("Monte Carlo standard error, USD", &|each| Some((each.margin_usd.standard_error?, 0))),
            measure("Gross margin, %: P10", &|each| Some((each.margin_percent?.p10, 1))),
            measure("Gross margin, %: P50", &|each| Some((each.margin_percent?.p50, 1))),
            measure("Gross margin, %: P90", &|each| Some((each.margin_percent?.p90, 1))),
            measure(&format!("Probability of {target}% or more, %"), &|each| Some((100.0 * each.reaches?.share, 1))),
        ];
        let name = |place: usize| &self.outlooks[place].run.resolved.name;
        let mut notes: Vec<String> = self
            .beats()?
            .into_iter()
            .map(|(first, second, chance)| {
                let percent = number::rounded(&(100.0 * chance.share).to_string(), 1);
                format!("{} earns more than {} in {percent}% of the draws", name(first), name(second))
            })
            .collect();
        notes.push(format!(
            "{} draws, seed {}, {GENERATOR}; assumptions of the same name share their draws",
            self.asked.draws, self.asked.seed
        ));
        for each in &self.outlooks {
            notes.extend(each.notes.iter().map(|note| format!("{}: {note}", each.run.resolved.name)));
        }
        Ok(Table {
            id: "simulate".into(),
            title: "What margin can be".into(),
            subtitle: "all months · projected".into(),
            columns,
            rows,
            notes,
        })
    }
}

fn text(shown: &str) -> Cell {
    Cell { value: Some(shown.to_owned()), shown: shown.to_owned(), ..Cell::default() }
}

/// A figure with so many decimals; unknown where there is none.
pub(super) fn figure(value: Option<(f64, u32)>) -> Cell {
    let written = value.map(|(value, places)| (number::fixed(value, 6), places));
    match written {
        Some((value, places)) => Cell { shown: number::rounded(&value, places), value: Some(value), ..Cell::default() },
        None => Cell { shown: number::UNKNOWN.into(), ..Cell::default() },
    }
}

impl Outlook {
    fn json(&self) -> Value {
        let summary = |found: &Summary| {
            json!({"mean": found.mean, "sd": found.sd, "standard_error": found.standard_error,
                "p10": found.p10, "p25": found.p25, "p50": found.p50, "p75": found.p75, "p90": found.p90})
        };
        let months: Vec<Value> = self
            .run
            .months
            .iter()
            .zip(&self.months)
            .map(|(month, found)| {
                json!({"month": month.month.to_string(), "p10": found.p10, "p25": found.p25, "p50": found.p50, "p75": found.p75, "p90": found.p90})
            })
            .collect();
        json!({
            "scenario": self.run.resolved.id,
            "name": self.run.resolved.file.scenario.name,
            "hash": self.run.resolved.hash,
            "drawn": self.drawn,
            "notes": self.notes,
            "months": months,
            "gross_margin": summary(&self.margin_usd),
            "gross_margin_percent": self.margin_percent.as_ref().map(summary),
            "reaches_target": self.reaches.map(|chance| {
                json!({"probability": chance.share, "standard_error": chance.standard_error, "low": chance.low, "high": chance.high})
            }),
        })
    }
}
