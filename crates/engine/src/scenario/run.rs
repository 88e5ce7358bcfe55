//! One scenario, month by month, as the terminal and the file show it. Projected money is rounded to whole
//! cents here, once; sums are of the rounded parts, so a reader can add them up.

use std::sync::{Arc, OnceLock};

use marginline_model::breakeven::MarginByVolume;
use marginline_model::scenario::{Capacity, MonthResult, UnitsOfLine, run};
use marginline_model::{Money, Month};
use serde_json::{Value, json};

use super::Resolved;
use super::evidence::{FigureEvidence, RunEvidence};
use super::file::{BaseModel, assumptions, series};
use super::units::UnitsOverMonths;
pub use super::verdict::Verdict;
use super::verdict::verdicts;
use crate::error::{EngineError, Result};
use crate::number;
use crate::view::{Cell, Column, ColumnKind, Row, RowKind, Table, Tone};

/// Units of a fleet or line looked at when volumes are compared.
const MOST_UNITS: u32 = 1_024;

/// A month with money in whole cents.
#[derive(Debug, Clone)]
pub struct RunMonth {
    /// Month.
    pub month: Month,
    /// Revenue.
    pub revenue: Money,
    /// Cost lines with label and amount.
    pub lines: Vec<(String, Money)>,
    /// Sum of the lines.
    pub cogs: Money,
    /// Tokens of all classes.
    pub tokens: f64,
    /// Requests.
    pub requests: f64,
    /// Capacity, where it is owned.
    pub capacity: Option<Capacity>,
}

impl RunMonth {
    /// Revenue less cost.
    #[must_use]
    pub fn margin(&self) -> Money {
        self.revenue - self.cogs
    }

    /// In percent of revenue; `None` without revenue.
    #[must_use]
    pub fn margin_percent(&self) -> Option<String> {
        number::percent(self.margin(), self.revenue)
    }

    /// Cost per million tokens; `None` without tokens.
    #[must_use]
    pub fn usd_per_mtok(&self) -> Option<String> {
        (self.tokens >= 1.0).then(|| number::per_mtok(self.cogs, self.tokens.round() as u64)).flatten()
    }
}

/// A scenario that has run.
#[derive(Debug, Clone)]
pub struct Run {
    /// The scenario.
    pub resolved: Resolved,
    /// As projected.
    pub projected: Vec<MonthResult>,
    /// In whole cents.
    pub months: Vec<RunMonth>,
    /// Limits.
    pub verdicts: Vec<Verdict>,
    /// Worked out when it is first asked for.
    by_volume: Arc<OnceLock<MarginByVolume>>,
    /// The same.
    evidence: Arc<OnceLock<RunEvidence>>,
    /// The same, or that of the file as it is kept while a number is moved.
    margin_evidence: Arc<OnceLock<FigureEvidence>>,
}

fn cents(usd: f64, label: &str) -> Result<Money> {
    if !usd.is_finite() || usd.abs() >= 9e9 {
        return Err(EngineError::failed(format!("{label} comes to more than 9 billion in a month"))
            .then("check growth and prices"));
    }
    marginline_model::bridge::cents(usd)
        .map(marginline_model::bridge::of_cents)
        .ok_or_else(|| EngineError::failed(format!("{label} is no amount")).then("check growth and prices"))
}

impl Run {
    /// The same, judged as what comes after these models; `None` where that changes no verdict.
    #[must_use]
    pub(super) fn after(&self, served: &[BaseModel]) -> Option<Self> {
        let mut resolved = self.resolved.clone();
        resolved.findings.base_models = served.to_vec();
        let verdicts = verdicts(&resolved, &self.projected);
        (verdicts != self.verdicts).then(|| Self { resolved, verdicts, ..self.clone() })
    }

    /// Runs a scenario.
    ///
    /// # Errors
    /// When growth takes money out of any range.
    pub fn of(resolved: Resolved) -> Result<Self> {
        let projected = run(&resolved.inputs);
        let place = |error: EngineError| error.at(format!("scenario {}", resolved.id));
        let mut months = Vec::with_capacity(projected.len());
        for month in &projected {
            if month.capacity.is_some_and(|c| c.gpus_needed >= 1_000_000) {
                return Err(place(
                    EngineError::failed(format!("{} needs more than a million GPUs", month.month))
                        .then("check growth and tokens per second"),
                ));
            }
            let mut lines = Vec::with_capacity(month.lines.len());
            for line in &month.lines {
                lines.push((line.label.clone(), cents(line.usd, &line.label).map_err(place)?));
            }
            months.push(RunMonth {
                month: month.month,
                revenue: cents(month.totals.revenue_usd, "revenue").map_err(place)?,
                cogs: lines.iter().map(|(_, amount)| *amount).sum(),
                lines,
                tokens: month.totals.tokens,
                requests: month.totals.requests,
                capacity: month.capacity,
            });
        }
        let verdicts = verdicts(&resolved, &projected);
        Ok(Self {
            resolved,
            projected,
            months,
            verdicts,
            by_volume: Arc::default(),
            evidence: Arc::default(),
            margin_evidence: Arc::default(),
        })
    }

    /// Gross margin of the first month by requests a month, up to [`MOST_UNITS`] units of each fleet.
    pub fn by_volume(&self) -> &MarginByVolume {
        self.by_volume.get_or_init(|| MarginByVolume::of(&self.resolved.inputs, MOST_UNITS))
    }

    /// How well gross margin of all months is known.
    pub(super) fn margin_evidence(&self) -> &FigureEvidence {
        self.margin_evidence.get_or_init(|| self.evidence().whole.margin.clone())
    }

    /// While a number is moved, what is known of the margin stays what it is in the file as it is kept: each month would be
    /// explained anew for each step of a slider.
    pub(super) fn as_known_in(&self, kept: &Self) -> Self {
        kept.margin_evidence();
        Self { margin_evidence: kept.margin_evidence.clone(), ..self.clone() }
    }

    /// How well its figures are known.
    pub fn evidence(&self) -> &RunEvidence {
        self.evidence.get_or_init(|| super::explain::evidence(self))
    }

    /// Revenue and cost over all months.
    #[must_use]
    pub fn totals(&self) -> (Money, Money) {
        (self.months.iter().map(|m| m.revenue).sum(), self.months.iter().map(|m| m.cogs).sum())
    }

    /// The JSON document of `scenario run`.
    #[must_use]
    pub fn json(&self) -> Value {
        let text = |value: Option<String>| value.map_or(Value::Null, Value::from);
        let months: Vec<Value> = (0..self.months.len()).map(|index| self.month_json(index)).collect();
        let units: Vec<Value> = self.units().iter().map(UnitsOverMonths::json).collect();
        let known = self.evidence();
        let (revenue, cogs) = self.totals();
        let verdicts: Vec<Value> = self.verdicts.iter().map(Verdict::json).collect();
        let assumptions: Vec<Value> = assumptions(&self.resolved.file)
            .into_iter()
            .map(|(path, a)| {
                json!({"path": path, "value": a.value, "source": a.source, "observed": a.observed, "evidence": a.evidence.word()})
            })
            .collect();
        let series: Vec<Value> = series(&self.resolved.file)
            .into_iter()
            .map(|(path, s)| {
                json!({"path": path, "values": s.values, "source": s.source, "observed": s.observed, "evidence": s.evidence.word()})
            })
            .collect();
        json!({
            "scenario": self.resolved.id,
            "name": self.resolved.file.scenario.name,
            "hash": self.resolved.hash,
            "currency": "USD",
            "months": months,
            "summary": {
                "revenue": revenue.to_string(),
                "cogs": cogs.to_string(),
                "gross_margin": (revenue - cogs).to_string(),
                "gross_margin_percent": text(number::percent(revenue - cogs, revenue)),
                "evidence": {
                    "revenue": known.whole.revenue.json(),
                    "cogs": known.whole.cogs.json(),
                    "gross_margin": known.whole.margin.json(),
                },
            },
            "units": units,
            "cost_is_lower_bound": self.cost_is_lower_bound(),
            "verdicts": verdicts,
            "accept_unknown": self.resolved.file.limits.accept_unknown,
            "assumptions": assumptions,
            "series": series,
            "notes": self.resolved.notes,
        })
    }

    fn month_json(&self, index: usize) -> Value {
        let text = |value: Option<String>| value.map_or(Value::Null, Value::from);
        let (month, known) = (&self.months[index], &self.evidence().months[index]);
        let ids = ids(month.lines.iter().map(|(label, ..)| label.as_str()));
        let lines: Vec<Value> = month
            .lines
            .iter()
            .zip(ids)
            .zip(&known.lines)
            .map(|(((label, amount), id), known)| {
                json!({"id": id, "label": label, "amount": amount.to_string(), "evidence": known.word(), "evidence_from": known.from()})
            })
            .collect();
        json!({
            "month": month.month.to_string(),
            "requests": month.requests.round(),
            "revenue": month.revenue.to_string(),
            "cogs": month.cogs.to_string(),
            "gross_margin": month.margin().to_string(),
            "gross_margin_percent": text(month.margin_percent()),
            "usd_per_mtok": text(month.usd_per_mtok()),
            "lines": lines,
            "evidence": {"revenue": known.revenue.word(), "cogs": known.cogs.word(), "gross_margin": known.margin.word()},
            "capacity": month.capacity,
            "units": self.units_json(index),
        })
    }

    /// Does the revenue hold that of models whose cost is unknown? Cost is then at least, and margin at most, what is told.
    #[must_use]
    pub fn cost_is_lower_bound(&self) -> bool {
        self.resolved.file.unpriced().is_some()
    }

    /// The table of `scenario run`.
    #[must_use]
    pub fn table(&self) -> Table {
        let column = Column::new;
        let mut columns = vec![
            column("month", "Month", "", ColumnKind::Text),
            column("revenue", "Revenue", "USD", ColumnKind::Money),
            column("cogs", "Cost of revenue", "USD", ColumnKind::Money),
            column("gross_margin", "Gross margin", "USD", ColumnKind::Money),
            column("gross_margin_percent", "Margin", "%", ColumnKind::Percent),
            column("usd_per_mtok", "Cost", "USD/Mtok", ColumnKind::UnitCost),
            column("gpus", "GPUs", "", ColumnKind::Count),
            column("utilisation", "Utilisation", "%", ColumnKind::Percent),
        ];
        for (line, _) in self.units_in(0) {
            columns.push(column(
                &format!("units_needed:{line}"),
                &format!("{line}, units needed"),
                "",
                ColumnKind::Count,
            ));
            columns.push(column(&format!("units:{line}"), &format!("{line}, units"), "", ColumnKind::Count));
        }
        let of_month = |(index, month): (usize, &RunMonth)| {
            let label = month.month.to_string();
            let mut row =
                self.row(&label, RowKind::Row, (month.revenue, month.cogs), month.usd_per_mtok(), month.capacity);
            row.cells.extend(self.units_in(index).into_iter().flat_map(|(_, units)| unit_cells(units)));
            row
        };
        let mut rows: Vec<Row> = self.months.iter().enumerate().map(of_month).collect();
        let (revenue, cogs) = self.totals();
        let mut total = self.row("Total", RowKind::Total, (revenue, cogs), None, None);
        total.cells.extend(self.units_in(0).into_iter().flat_map(|_| unit_cells(None)));
        rows.push(total);
        let mut notes = self.resolved.notes.clone();
        notes.extend(self.units().iter().map(UnitsOverMonths::words));
        let known = &self.evidence().whole.margin;
        notes.extend(known.word().map(|_| format!("evidence of gross margin: {}", known.words())));
        notes.extend(self.verdicts.iter().map(Verdict::words));
        let accepted = self.resolved.file.limits.accept_unknown.as_ref();
        notes.extend(accepted.map(|why| format!("unknown is accepted: {why}")));
        Table {
            id: "scenario".into(),
            title: self.resolved.name.clone(),
            subtitle: format!("{} · USD · projected · hash {}", self.resolved.kind, &self.resolved.hash[..12]),
            columns,
            rows,
            notes,
        }
    }

    fn row(
        &self,
        key: &str,
        kind: RowKind,
        money: (Money, Money),
        per_mtok: Option<String>,
        capacity: Option<Capacity>,
    ) -> Row {
        let amount = |money: Money| Cell { value: Some(money.to_string()), shown: money.shown(0), ..Cell::default() };
        let (least, most) = if self.cost_is_lower_bound() { ("≥ ", "≤ ") } else { ("", "") };
        let figure = |value: Option<String>, places: u32| Cell {
            shown: number::rounded_or_unknown(value.as_deref(), places),
            value,
            ..Cell::default()
        };
        let percent = number::percent(money.0 - money.1, money.0);
        let short = capacity.is_some_and(|c| c.headroom < 0.0);
        let mut busy = figure(capacity.map(|c| format!("{:.4}", c.utilisation * 100.0)), 1);
        if short {
            busy.tone = Tone::Bad;
            busy.note = Some("fewer GPUs than the busiest hour needs".into());
        }
        let cells = vec![
            Cell { value: Some(key.to_owned()), shown: key.to_owned(), ..Cell::default() },
            amount(money.0),
            amount(money.1).marked(least),
            amount(money.0 - money.1).marked(most),
            figure(percent, 1).marked(most),
            figure(per_mtok, 3).marked(least),
            figure(capacity.map(|c| c.gpus_provided.to_string()), 0),
            busy,
        ];
        Row { key: key.to_owned(), kind, cells }
    }
}

/// Units needed and provided in a month; unknown where there are none.
fn unit_cells(units: Option<UnitsOfLine>) -> [Cell; 2] {
    let count = |units: Option<u32>| {
        let value = units.map(|units| units.to_string());
        Cell { shown: number::rounded_or_unknown(value.as_deref(), 0), value, ..Cell::default() }
    };
    let mut provided = count(units.map(|units| units.provided));
    if units.is_some_and(UnitsOfLine::is_short) {
        provided.tone = Tone::Bad;
        provided.note = Some("fewer units than the busiest hour needs".into());
    }
    [count(units.map(|units| units.needed)), provided]
}

/// An id for each line: its name in small letters and dashes, numbered where another line of the scenario has it already.
fn ids<'a>(labels: impl Iterator<Item = &'a str>) -> Vec<String> {
    let plain = |c: char| if c.is_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let mut known: Vec<String> = Vec::new();
    for label in labels {
        let id: String = label.chars().map(plain).collect();
        let numbered = (2..u32::MAX).map(|number| format!("{id}-{number}"));
        let free = std::iter::once(id.clone()).chain(numbered).find(|id| !known.contains(id));
        known.push(free.unwrap_or(id));
    }
    known
}

#[cfg(test)]
mod tests {
    use super::ids;

    #[test]
    fn every_line_has_an_id_of_its_own() {
        assert_eq!(
            ids(["GPU hours", "gpu-hours", "GPU Hours", "x"].into_iter()),
            ["gpu-hours", "gpu-hours-2", "gpu-hours-3", "x"]
        );
    }
}
