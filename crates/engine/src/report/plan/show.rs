//! The plan against actual as a table and as JSON.

use marginline_model::Money;
use serde_json::{Value, json};

use super::{PlanMonth, PlanReport, Side};
use crate::number;
use crate::scenario::calibrate::Measured;
use crate::scenario::plan::plan_json;
use crate::view::{Cell, Column, ColumnKind, Row, RowKind, Table, Tone};

/// The figure of a driver on one side, with its decimals; most drivers have none of their own.
fn figure(word: &str, side: &Side) -> Option<(f64, u32)> {
    let totals = side.totals;
    match word {
        "requests" | "revenue_volume" => Some((totals.requests, 0)),
        "tokens_per_request" => Some((side.tokens_per_request, 1)),
        "cache_hit" => Some((side.cache_hit_share * 100.0, 1)),
        "gpu_utilisation" => Some((side.capacity?.utilisation * 100.0, 1)),
        "revenue_price" if totals.requests > 0.0 => Some((totals.revenue_usd / totals.requests, 6)),
        _ => None,
    }
}

fn number_cell(found: Option<(f64, u32)>) -> Cell {
    let value = found.map(|(value, places)| format!("{value:.*}", places as usize));
    Cell {
        shown: number::rounded_or_unknown(value.as_deref(), found.map_or(0, |(_, places)| places)),
        value,
        ..Cell::default()
    }
}

fn money_cell(amount: Money) -> Cell {
    let tone = if amount < Money::ZERO { Tone::Bad } else { Tone::default() };
    Cell { value: Some(amount.to_string()), shown: amount.shown(0), tone, ..Cell::default() }
}

fn text_cell(text: &str) -> Cell {
    Cell { value: Some(text.to_owned()), shown: text.to_owned(), ..Cell::default() }
}

fn side_json(side: &Side) -> Value {
    let totals = side.totals;
    json!({
        "requests": totals.requests.round(),
        "tokens_per_request": format!("{:.4}", side.tokens_per_request),
        "cache_hit_percent": format!("{:.4}", side.cache_hit_share * 100.0),
        "gpus": side.capacity.map(|capacity| capacity.gpus_provided),
        "utilisation_percent": side.capacity.map(|capacity| format!("{:.4}", capacity.utilisation * 100.0)),
        "revenue": number::fixed(totals.revenue_usd, 2),
        "cost_of_revenue": number::fixed(totals.cost_usd, 2),
        "gross_margin": side.margin.to_string(),
        "gross_margin_percent": totals.margin_percent().map(|percent| format!("{percent:.10}")),
    })
}

impl PlanMonth {
    /// Assumptions that the plan states and the month measured otherwise.
    pub(crate) fn otherwise(&self) -> impl Iterator<Item = &Measured> {
        self.measured.iter().filter(|each| each.stated.is_some() && each.differs())
    }
}

impl PlanReport {
    /// Anything that keeps a figure from being complete?
    #[must_use]
    pub fn has_gaps(&self) -> bool {
        self.moved.is_some() || self.months.iter().any(|month| !month.notes.is_empty())
    }

    /// The JSON document of `report plan`.
    #[must_use]
    pub fn json(&self) -> Value {
        let month = |month: &PlanMonth| {
            let effects: Vec<Value> = month
                .effects
                .iter()
                .map(|each| json!({"driver": each.word, "label": each.label, "effect": each.effect.to_string(), "sentence": each.sentence}))
                .collect();
            json!({
                "month": month.month.to_string(),
                "plan": side_json(&month.plan),
                "actual": side_json(&month.actual),
                "difference": (month.actual.margin - month.plan.margin).to_string(),
                "effects": effects,
                "calibration": month.measured.iter().map(Measured::json).collect::<Vec<_>>(),
                "notes": month.notes,
            })
        };
        json!({
            "plan": plan_json(&self.plan),
            "name": self.name,
            "currency": "USD",
            "months": self.months.iter().map(month).collect::<Vec<_>>(),
            "moved": self.moved,
        })
    }

    /// The table of `report plan`: [`PlanReport::drivers`], with what may be done on the command line.
    #[must_use]
    pub fn table(&self) -> Table {
        let mut table = self.drivers();
        for month in &self.months {
            let (label, differs) = (&month.month, month.otherwise().count());
            if differs > 0 {
                table.notes.push(format!(
                    "{label} measured {differs} assumptions otherwise than the plan states them: `marginline scenario calibrate FILE --month {label}` writes them"
                ));
            }
        }
        table
    }

    /// For each month its margin as planned, the drivers, and its margin as it was.
    #[must_use]
    pub fn drivers(&self) -> Table {
        let column = Column::new;
        let mut rows = Vec::new();
        let mut notes: Vec<String> = self.moved.iter().cloned().collect();
        for month in &self.months {
            let label = month.month.to_string();
            let row = |kind, name: &str, cells: [Cell; 4]| {
                let [plan, actual, effect, sentence] = cells;
                let cells = vec![text_cell(&label), text_cell(name), plan, actual, effect, sentence];
                Row { key: format!("{label} {name}"), kind, cells }
            };
            for each in &month.effects {
                let sides = [&month.plan, &month.actual].map(|side| number_cell(figure(&each.word, side)));
                let [plan, actual] = sides;
                rows.push(row(
                    RowKind::Row,
                    &each.label,
                    [plan, actual, money_cell(each.effect), text_cell(&each.sentence)],
                ));
            }
            let difference = month.actual.margin - month.plan.margin;
            let percent = |side: &Side| {
                side.totals.margin_percent().map_or_else(|| "–".to_owned(), |percent| format!("{percent:.1}%"))
            };
            let words = format!("margin {} planned, {} actual", percent(&month.plan), percent(&month.actual));
            let cells = [
                money_cell(month.plan.margin),
                money_cell(month.actual.margin),
                money_cell(difference),
                text_cell(&words),
            ];
            rows.push(row(RowKind::Total, "Gross margin", cells));
            notes.extend(month.notes.iter().cloned());
        }
        Table {
            id: "plan".into(),
            title: format!("Plan against actual: {}", self.name),
            subtitle: format!(
                "plan {} adopted {} · billing month · effective cost · USD",
                self.plan.scenario,
                self.plan.adopted_at.get(..10).unwrap_or(&self.plan.adopted_at)
            ),
            columns: vec![
                column("month", "Month", "", ColumnKind::Text),
                column("driver", "Driver", "", ColumnKind::Text),
                column("plan", "Plan", "", ColumnKind::Measure),
                column("actual", "Actual", "", ColumnKind::Measure),
                column("effect", "Gross margin", "USD", ColumnKind::Money),
                column("sentence", "What moved", "", ColumnKind::Text),
            ],
            rows,
            notes,
        }
    }
}
