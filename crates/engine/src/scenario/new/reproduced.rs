//! How closely a scenario's first month reproduces the actuals it was written from, line by line.

use std::collections::BTreeMap;

use marginline_model::bridge::cents;
use marginline_model::scenario::{Inputs, Sheet, in_cents, run};
use serde_json::{Value, json};

use super::text::{fleet_name, kept_name, served_name, times_served};
use crate::number;
use crate::scenario::observed::Observed;
use crate::view::{Cell, Column, ColumnKind, Row, RowKind, Table};

/// One line of both.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Its name.
    pub label: String,
    /// USD of a month by the ledger; `None` where no line of the ledger tells it.
    pub actual_usd: Option<f64>,
    /// USD of the scenario at the period's own demand; `None` where the scenario has no such line.
    pub scenario_usd: Option<f64>,
    /// Why they differ; empty where they do not.
    pub why: String,
}

impl Line {
    fn new(label: &str, actual_usd: Option<f64>, scenario_usd: Option<f64>, why: &str) -> Self {
        let differs = match (actual_usd, scenario_usd) {
            (Some(actual), Some(scenario)) => (scenario - actual).abs() >= 0.005,
            _ => true,
        };
        Self {
            label: label.to_owned(),
            actual_usd,
            scenario_usd,
            why: if differs { why.to_owned() } else { String::new() },
        }
    }

    /// Scenario less actual, where both are known.
    #[must_use]
    pub fn difference_usd(&self) -> Option<f64> {
        Some(self.scenario_usd? - self.actual_usd?)
    }
}

/// Actuals beside the scenario's first month.
#[derive(Debug, Clone, PartialEq)]
pub struct Reproduced {
    /// The period in words.
    pub period: String,
    /// Cost by line; a line of the ledger that the scenario leaves out is one.
    pub lines: Vec<Line>,
    /// Cost of revenue.
    pub cost: Line,
    /// Revenue.
    pub revenue: Line,
    /// What the scenario leaves out, in words.
    pub left_out: Vec<String>,
}

/// USD of a line as the run shows it.
fn shown(usd: f64) -> Option<f64> {
    cents(usd).map(|cents| cents as f64 / 100.0)
}

impl Reproduced {
    /// Compares; the scenario runs the month it was written from, whatever its own start.
    #[must_use]
    pub(super) fn of(observed: &Observed, inputs: &Inputs) -> Self {
        let base = Inputs { start: observed.period.to, months: 1, ..inputs.clone() };
        let months = run(&base);
        // In the whole cents that `scenario run` tells, so that both say the same of this month.
        let usd: BTreeMap<&str, Option<f64>> =
            months.iter().flat_map(|month| &month.lines).map(|line| (line.label.as_str(), shown(line.usd))).collect();
        let of = |label: &str| usd.get(label).copied().flatten();
        let totals = in_cents(&base, 0..1, &mut Sheet::default());
        let mut lines = Vec::new();
        for fleet in &observed.fleets {
            let name = fleet_name(observed, fleet);
            let why = "months of different length, or a fleet that was no whole number of GPUs";
            lines.push(Line::new(&name, Some(fleet.cost_usd), of(&name), why));
        }
        let names = times_served(observed);
        for (provider, billed) in &observed.providers {
            let mine = observed.served.iter().filter(|each| each.provider == *provider);
            let list: f64 = mine.clone().filter_map(|each| of(&served_name(&names, each))).sum();
            let billed = billed + mine.filter_map(|each| each.cost_usd).sum::<f64>();
            lines.push(Line::new(provider, Some(billed), Some(list), "rounded digits"));
        }
        for each in &observed.served {
            if observed.providers.iter().any(|(provider, _)| *provider == each.provider) {
                continue;
            }
            let name = served_name(&names, each);
            let why = match each.cost_usd {
                Some(_) => "rounded digits",
                None => "no line of the ledger tells its cost; its list price stands in",
            };
            lines.push(Line::new(&name, each.cost_usd, of(&name), why));
        }
        for line in &observed.kept {
            let name = kept_name(observed, &line.label);
            lines.push(Line::new(&name, Some(line.usd), of(&name), "rounded digits"));
        }
        let known: f64 = lines.iter().filter_map(|line| line.actual_usd).sum();
        let rest = observed.cost_usd - known;
        if rest.abs() >= 0.005 {
            lines.push(Line::new("Left out", Some(rest), None, "see what is left out"));
        }
        Self {
            period: observed.period.label(),
            lines,
            cost: Line::new(
                "Cost of revenue",
                Some(observed.cost_usd),
                totals.map(|sum| sum.cost as f64 / 100.0),
                "the lines above",
            ),
            revenue: Line::new(
                "Revenue",
                Some(observed.revenue_usd),
                totals.map(|sum| sum.revenue as f64 / 100.0),
                "rounded digits",
            ),
            left_out: observed.left_out.clone(),
        }
    }

    /// In sentences: one on the whole, one for each line that differs by a cent or more.
    #[must_use]
    pub fn words(&self) -> Vec<String> {
        let usd = |value: Option<f64>| {
            value.map_or_else(|| "unknown".to_owned(), |usd| number::rounded(&number::fixed(usd, 2), 2))
        };
        let percent = |line: (Option<f64>, Option<f64>)| match line {
            (Some(revenue), Some(cost)) if revenue > 0.0 => {
                format!("{}%", number::fixed(100.0 * (revenue - cost) / revenue, 2))
            }
            _ => "unknown".to_owned(),
        };
        let mut words = vec![format!(
            "Cost of revenue of a month: {} USD by the ledger, {} here; margin {} and {}.",
            usd(self.cost.actual_usd),
            usd(self.cost.scenario_usd),
            percent((self.revenue.actual_usd, self.cost.actual_usd)),
            percent((self.revenue.scenario_usd, self.cost.scenario_usd)),
        )];
        let differs = self.lines.iter().filter(|line| !line.why.is_empty());
        words.extend(differs.map(|line| {
            format!(
                "{}: {} USD by the ledger, {} here: {}.",
                line.label,
                usd(line.actual_usd),
                usd(line.scenario_usd),
                line.why
            )
        }));
        words
    }

    /// As JSON has it; money in whole cents.
    #[must_use]
    pub fn json(&self) -> Value {
        let usd = |value: Option<f64>| value.map(|usd| number::fixed(usd, 2));
        let line = |line: &Line| {
            json!({"label": line.label, "actual": usd(line.actual_usd), "scenario": usd(line.scenario_usd),
                "difference": usd(line.difference_usd()), "why": line.why})
        };
        json!({
            "period": self.period,
            "currency": "USD",
            "revenue": line(&self.revenue),
            "cost_of_revenue": line(&self.cost),
            "lines": self.lines.iter().map(line).collect::<Vec<_>>(),
            "left_out": self.left_out,
        })
    }

    /// As a table.
    #[must_use]
    pub fn table(&self) -> Table {
        let column = Column::new;
        let text = |shown: &str| Cell { value: Some(shown.to_owned()), shown: shown.to_owned(), ..Cell::default() };
        let usd = |value: Option<f64>| {
            let value = value.map(|usd| number::fixed(usd, 2));
            Cell { shown: number::rounded_or_unknown(value.as_deref(), 0), value, ..Cell::default() }
        };
        let row = |kind, line: &Line| Row {
            key: line.label.clone(),
            kind,
            cells: vec![
                text(&line.label),
                usd(line.actual_usd),
                usd(line.scenario_usd),
                usd(line.difference_usd()),
                text(&line.why),
            ],
        };
        let mut rows = vec![row(RowKind::Row, &self.revenue)];
        rows.extend(self.lines.iter().map(|line| row(RowKind::Row, line)));
        rows.push(row(RowKind::Total, &self.cost));
        Table {
            id: "scenario-new".into(),
            title: "Actuals and the scenario written from them".into(),
            subtitle: format!("{} · a month · USD", self.period),
            columns: vec![
                column("line", "Line", "", ColumnKind::Text),
                column("actual", "Ledger", "USD", ColumnKind::Money),
                column("scenario", "Scenario", "USD", ColumnKind::Money),
                column("difference", "Difference", "USD", ColumnKind::Money),
                column("why", "Why", "", ColumnKind::Text),
            ],
            rows,
            notes: self.left_out.iter().map(|what| format!("left out: {what}")).collect(),
        }
    }
}
