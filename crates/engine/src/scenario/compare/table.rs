//! The comparison as a table: one row a measure, one column a scenario.

use std::sync::Arc;

use marginline_model::scenario::Capacity;
use marginline_model::uncertainty::Chance;
use serde_json::{Value, json};

use super::Comparison;
use super::exit::bounded;
use super::figures::cents;
use super::rows::{Better, Figure, Measure, decimal, figure};
use crate::error::Result;
use crate::number;
use crate::scenario::knobs::uncertain;
use crate::scenario::simulate::Draws;
use crate::scenario::{Run, RunMonth};
use crate::view::{Cell, Row, Table, Tone};

/// What a comparison is asked beside its figures.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// Month at whose end leaving is looked at, 1 the first; the 18th, or the last of fewer, when absent.
    pub undo_month: Option<u32>,
    /// Probabilities of a target, where they were drawn.
    pub chances: Option<Chances>,
}

/// The probability of a target in each scenario.
#[derive(Debug, Clone)]
pub struct Chances {
    /// What was drawn, and the target.
    pub asked: Draws,
    /// In column order; `None` where no assumption has a range, or a draw earns no revenue.
    pub reaches: Vec<Option<Chance>>,
}

impl Chances {
    pub(super) fn json(&self, comparison: &Comparison) -> Value {
        let told = |(run, chance): (&Arc<Run>, &Option<Chance>)| {
            let chance =
                chance.map(|chance| json!({"probability": chance.share, "low": chance.low, "high": chance.high}));
            json!({"scenario": run.resolved.id, "reaches_target": chance})
        };
        let scenarios: Vec<Value> = comparison.runs.iter().zip(&self.reaches).map(told).collect();
        json!({"draws": self.asked.draws, "seed": self.asked.seed, "target_percent": self.asked.target_percent,
            "scenarios": scenarios})
    }
}

impl Comparison {
    /// Draws each scenario that has a range, for the probability that its margin over all months reaches the target.
    ///
    /// # Errors
    /// When a range cannot be drawn.
    pub fn chances(&self, asked: Draws) -> Result<Chances> {
        let mut reaches = Vec::with_capacity(self.runs.len());
        for run in &self.runs {
            let alone = Self { runs: vec![run.clone()] };
            reaches.push(match uncertain(&run.resolved)?.is_empty() {
                true => None,
                false => alone.simulate(asked)?.outlooks.first().and_then(|outlook| outlook.reaches),
            });
        }
        Ok(Chances { asked, reaches })
    }

    /// The figures, one row a measure.
    #[must_use]
    pub fn table(&self) -> Table {
        self.table_of(&Asked::default())
    }

    /// The figures, one row a measure, with what is asked beside them.
    #[must_use]
    pub fn table_of(&self, asked: &Asked) -> Table {
        let mut rows = self.margin_rows();
        rows.extend(self.capacity_rows());
        rows.extend(self.unit_rows());
        rows.extend(self.money_rows());
        rows.extend(self.undo_rows(asked));
        rows.extend(asked.chances.as_ref().map(|chances| self.chance_row(chances)));
        rows.extend(self.verdict_rows());
        let mut notes: Vec<String> = self
            .runs
            .iter()
            .flat_map(|run| run.resolved.notes.iter().map(|note| format!("{}: {note}", run.resolved.name)))
            .collect();
        notes.extend(self.money_notes());
        Table {
            id: "compare".into(),
            title: format!("Compare {} scenarios", self.runs.len()),
            subtitle: self.period_label(),
            columns: self.columns("Measure"),
            rows,
            notes,
        }
    }

    /// The rows of margin and cost; where the cost of some revenue is unknown they are bounds.
    fn margin_rows(&self) -> Vec<Row> {
        let mut rows = self.known_margin_rows();
        for row in &mut rows {
            let mark = if row.key.starts_with("margin") { "≤ " } else { "≥ " };
            for (cell, run) in row.cells.iter_mut().skip(1).zip(&self.runs) {
                if run.cost_is_lower_bound() {
                    *cell = std::mem::take(cell).marked(mark);
                }
            }
        }
        rows
    }

    fn known_margin_rows(&self) -> Vec<Row> {
        let n = self.runs.first().map_or(0, |run| run.resolved.inputs.months);
        let (first, last) = (|run: &Run| run.months.first().cloned(), |run: &Run| run.months.last().cloned());
        let of = |key, label, unit, places, better| Measure { key, label, unit, places, better };
        let (high, low) = (Better::Higher, Better::Lower);
        let whole = format!("{n} months");
        let to = |what: &str| format!("{what}, month {n}");
        vec![
            self.row(of("margin_percent_first", "Gross margin, month 1", "%", 1, high), |_, run| {
                first(run).and_then(|month| month.margin_percent())
            }),
            self.row(of("margin_percent_last", &to("Gross margin"), "%", 1, high), |_, run| {
                last(run).and_then(|month| month.margin_percent())
            }),
            self.row(of("margin_percent_total", &format!("Gross margin, {whole}, %"), "%", 1, high), |_, run| {
                let (revenue, cost) = run.totals();
                number::percent(revenue - cost, revenue)
            }),
            self.row(of("margin_total", &format!("Gross margin, {whole}"), "USD", 0, high), |_, run| {
                let (revenue, cost) = run.totals();
                revenue - cost
            }),
            self.row(
                of("margin_moved_in", &format!("Less moving in and waiting, {whole}"), "USD", 0, high),
                |place, _| self.margin_moved_in(place).0,
            ),
            self.row(of("cost_total", &format!("Cost of revenue, {whole}"), "USD", 0, low), |_, run| run.totals().1),
            self.row(of("usd_per_mtok_first", "Cost per M tokens, month 1", "USD", 3, low), |_, run| {
                first(run).and_then(|month| month.usd_per_mtok())
            }),
            self.row(of("usd_per_mtok_last", &to("Cost per M tokens"), "USD", 3, low), |_, run| {
                last(run).and_then(|month| month.usd_per_mtok())
            }),
            self.row(of("usd_per_request_first", "Cost per request, month 1", "USD", 5, low), |_, run| {
                first(run).and_then(|month| usd_per_request(&month))
            }),
            self.row(of("usd_per_request_last", &to("Cost per request"), "USD", 5, low), |_, run| {
                last(run).and_then(|month| usd_per_request(&month))
            }),
            self.words_row("evidence", "Evidence of gross margin", |run| {
                let known = run.margin_evidence();
                let word = known.word();
                Cell {
                    value: word.map(str::to_owned),
                    shown: word.unwrap_or(number::UNKNOWN).to_owned(),
                    note: word.map(|_| known.words()),
                    ..Cell::default()
                }
            }),
        ]
    }

    fn capacity_rows(&self) -> Vec<Row> {
        let n = self.runs.first().map_or(0, |run| run.resolved.inputs.months);
        let of = |key, label, unit, places| Measure { key, label, unit, places, better: Better::Neither };
        let last = |run: &Run| run.months.last().and_then(|month| month.capacity);
        let gpus = |of: &dyn Fn(Capacity) -> u32, run: &Run| -> Option<String> {
            all(run).map(of).max().map(|gpus| gpus.to_string())
        };
        vec![
            self.row(of("gpus_last", &format!("GPUs, month {n}"), "", 0), |_, run| {
                last(run).map(|capacity| capacity.gpus_provided.to_string())
            }),
            self.row(of("gpus_needed_peak", "GPUs needed at the peak", "", 0), |_, run| {
                gpus(&|capacity| capacity.gpus_needed, run)
            }),
            self.row(of("gpus_provided_peak", "GPUs provided at the most", "", 0), |_, run| {
                gpus(&|capacity| capacity.gpus_provided, run)
            }),
            self.row(of("utilisation_last", &format!("GPU utilisation, month {n}"), "%", 1), |_, run| {
                last(run).map(|capacity| format!("{:.4}", capacity.utilisation * 100.0))
            }),
            self.row(of("headroom_least", "Least headroom", "%", 1), |_, run| {
                decimal(all(run).map(|capacity| 100.0 * capacity.headroom).reduce(f64::min))
            }),
            self.row(of("first_short", "First month short", "", 0), |_, run| first_short(run)),
            self.row(of("commitment_coverage", "Covered by commitments", "%", 1), |_, run| {
                decimal(run.coverage_percent())
            }),
        ]
    }

    fn money_rows(&self) -> Vec<Row> {
        let n = self.runs.first().map_or(0, |run| run.resolved.inputs.months);
        let of = |key, label, unit, places, better| Measure { key, label, unit, places, better };
        let first = self.runs.first().map_or_else(String::new, |run| run.resolved.name.clone());
        let gain = |place: usize| self.gain(place);
        vec![
            self.row(of("cash_first", "Cash paid, month 1", "USD", 0, Better::Lower), |_, run| {
                figure(run.cash().map(|cash| cash.first().map(ToString::to_string)))
            }),
            self.row(of("cash_total", &format!("Cash paid, {n} months"), "USD", 0, Better::Lower), |_, run| {
                figure(run.cash().map(|cash| cash.into_iter().sum::<marginline_model::Money>()))
            }),
            self.row(
                of("npv", "Present value, moving in and waiting counted", "USD", 0, Better::Higher),
                |place, _| figure(self.npv_usd(place)),
            ),
            self.row(
                of("npv_gain", &format!("Present value against {first}"), "USD", 0, Better::Higher),
                |place, _| {
                    let found = gain(place).and_then(|gain| gain.map(|gain| cents(gain.npv_usd)).transpose());
                    figure(found.map(|usd| usd.map(|usd| usd.to_string())))
                },
            ),
            self.row(of("payback", &format!("Payback against {first}, months"), "", 1, Better::Lower), |place, _| {
                let note = |gain: &marginline_model::scenario::Gain| {
                    gain.payback_months.is_none().then(|| format!("not within {n} months"))
                };
                match gain(place) {
                    Ok(Some(gain)) => {
                        Figure { value: decimal(gain.payback_months), note: note(&gain), ..Figure::default() }
                    }
                    Ok(None) => Figure::default(),
                    Err(error) => Figure { note: Some(error.to_string()), ..Figure::default() },
                }
            }),
        ]
    }

    fn undo_rows(&self, asked: &Asked) -> Vec<Row> {
        let Ok(month) = self.undo_month(asked.undo_month) else { return Vec::new() };
        let of = |key, label, better| Measure { key, label, unit: "USD", places: 0, better };
        let gained = format!("Margin gained by month {month}");
        let leave = format!("Cost to leave, month {month}");
        vec![
            self.row(of("margin_gained", &gained, Better::Higher), |place, _| {
                figure(self.gained_by(place, month).map(|usd| usd.map(|usd| usd.to_string())))
            }),
            self.row(of("exit_cost", &leave, Better::Neither), |_, run| match run.exit_costs() {
                Err(error) => Figure { note: Some(error.to_string()), ..Figure::default() },
                Ok(costs) => costs.get(month as usize - 1).map_or_else(Figure::default, |cost| {
                    let open = cost.unknown();
                    let note = (!open.is_empty()).then(|| format!("not stated: {}", open.join(", ").replace('_', " ")));
                    match bounded(cost) {
                        Ok(Some((usd, mark))) => Figure { value: Some(usd.to_string()), mark, note },
                        Ok(None) => Figure { note, ..Figure::default() },
                        Err(error) => Figure { note: Some(error.to_string()), ..Figure::default() },
                    }
                }),
            }),
            self.words_row("portable", "Portable", |run| {
                let (portable, words) = run.resolved.file.portability();
                let (word, tone) = match portable {
                    Some(true) => ("portable", Tone::Good),
                    Some(false) => ("proprietary", Tone::Warn),
                    None => ("unknown", Tone::Warn),
                };
                Cell { value: Some(word.into()), shown: word.into(), tone, note: Some(words), ..Cell::default() }
            }),
        ]
    }

    fn chance_row(&self, chances: &Chances) -> Row {
        let target = number::rounded(&chances.asked.target_percent.to_string(), 1);
        let label = format!("Probability of {target}% or more");
        let of = Measure { key: "chance", label: &label, unit: "%", places: 1, better: Better::Higher };
        self.row(of, |place, _| match chances.reaches[place] {
            Some(chance) => decimal(Some(100.0 * chance.share)).into(),
            None => Figure { note: Some("no assumption has a range".into()), ..Figure::default() },
        })
    }

    /// What the present values rest on.
    fn money_notes(&self) -> Vec<String> {
        let Some(first) = self.runs.first() else { return Vec::new() };
        let (rate, is_assumed) = first.resolved.file.yearly_rate();
        let percent = number::rounded(&format!("{:.6}", 100.0 * rate), 1);
        let told = if is_assumed { "an assumption; state finance.discount_percent_per_year" } else { "as stated" };
        let mut notes = vec![format!("present value at {percent}% a year ({told}), margins at the end of each month")];
        for (place, run) in self.runs.iter().enumerate() {
            if let Ok(Some(gain)) = self.gain(place)
                && gain.forgone_usd.abs() >= 0.005
                && let Ok(usd) = cents(gain.forgone_usd)
            {
                notes.push(format!(
                    "{}: {} of margin forgone while it is not live yet, counted in payback and present value",
                    run.resolved.name,
                    number::money(usd, "USD")
                ));
            }
        }
        notes
    }
}

/// The first month whose busiest hour asks own GPUs for more than there is, 1 the first.
fn first_short(run: &Run) -> Figure {
    let is_short = |month: &RunMonth| month.capacity.is_some_and(|capacity| capacity.headroom < 0.0);
    let note = |month: Option<&RunMonth>| match month {
        Some(month) => Some(month.month.to_string()),
        None => all(run).next().map(|_| "in no month".to_owned()),
    };
    let place = run.months.iter().position(is_short);
    let found = place.and_then(|place| run.months.get(place));
    Figure { value: place.map(|place| (place + 1).to_string()), note: note(found), ..Figure::default() }
}

/// Capacity of every month that has one.
fn all(run: &Run) -> impl Iterator<Item = Capacity> {
    run.months.iter().filter_map(|month| month.capacity)
}

fn usd_per_request(month: &RunMonth) -> Option<String> {
    (month.requests >= 1.0).then(|| number::per(month.cogs, month.requests.round() as u64, 1)).flatten()
}
