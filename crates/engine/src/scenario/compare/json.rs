//! The JSON document of `scenario compare`.

use std::sync::Arc;

use marginline_model::Money;
use serde_json::{Value, json};

use super::figures::cents;
use super::{Asked, Comparison};
use crate::error::Result;
use crate::scenario::Run;
use crate::view::Row;

impl Comparison {
    /// The JSON document of `scenario compare`: differences of input, the ranking, each scenario with its value, cash, cost
    /// to undo and gain over the first, and where they break even.
    ///
    /// # Errors
    /// When an amount is beyond what is counted, or the month of leaving is not there.
    pub fn json(&self, asked: &Asked) -> Result<Value> {
        let month = self.undo_month(asked.undo_month)?;
        let mut scenarios = Vec::with_capacity(self.runs.len());
        for place in 0..self.runs.len() {
            scenarios.push(self.scenario_json(place, month)?);
        }
        let ranking: Vec<Value> = self
            .ranking()
            .into_iter()
            .map(|ranked| json!({"scenario": ranked.scenario, "rank": ranked.rank, "why": ranked.why}))
            .collect();
        let (rate, is_assumed) = self.runs.first().map_or((0.0, true), |run| run.resolved.file.yearly_rate());
        Ok(json!({
            "differences": self.differences_json(),
            "headline": self.ranking_words(),
            "ranking": ranking,
            "scenarios": scenarios,
            "rows": self.rows_json(asked),
            "break_even": self.break_even_json(),
            "undo_month": month,
            "finance": {"discount_percent_per_year": (100.0 * rate * 1e9).round() / 1e9, "assumed": is_assumed},
            "chances": asked.chances.as_ref().map(|chances| chances.json(self)),
        }))
    }

    /// The rows of the table, each with the places of the best in `scenarios`, 0 the first.
    fn rows_json(&self, asked: &Asked) -> Vec<Value> {
        let told = |row: Row| {
            let label = row.cells.first().map(|cell| cell.shown.clone());
            let cells = || row.cells.iter().skip(1);
            let best: Vec<usize> = cells().enumerate().filter(|(_, cell)| cell.best).map(|(place, _)| place).collect();
            let values: Vec<Option<&String>> = cells().map(|cell| cell.value.as_ref()).collect();
            json!({"row": row.key, "label": label, "values": values, "best": best})
        };
        self.table_of(asked).rows.into_iter().map(told).collect()
    }

    fn scenario_json(&self, place: usize, month: u32) -> Result<Value> {
        let run = &self.runs[place];
        let mut told = run.json();
        let text = |amount: Money| Value::from(amount.to_string());
        let cash = run.cash()?;
        let total: Money = cash.iter().copied().sum();
        told["cash"] = json!({"months": cash.into_iter().map(text).collect::<Vec<_>>(), "total": text(total)});
        told["npv"] = text(self.npv_usd(place)?);
        told["commitment_coverage_percent"] = run.coverage_percent().into();
        told["exit"] = run.exit_json()?;
        told["one_off_usd"] = run.resolved.file.migration_usd().map(cents).transpose()?.map(text).into();
        told["against_first"] = self.gain_json(place, month)?;
        Ok(told)
    }

    fn gain_json(&self, place: usize, month: u32) -> Result<Value> {
        let (Some(gain), Some(gained), Some(first)) =
            (self.gain(place)?, self.gained_by(place, month)?, self.runs.first())
        else {
            return Ok(Value::Null);
        };
        Ok(json!({
            "scenario": first.resolved.id,
            "npv": cents(gain.npv_usd)?.to_string(),
            "payback_months": gain.payback_months,
            "margin_forgone_while_waiting": cents(gain.forgone_usd)?.to_string(),
            "margin_gained_by_undo_month": gained.to_string(),
        }))
    }
}

impl Run {
    /// The JSON document of `scenario run`, with cash, value and cost to undo.
    ///
    /// # Errors
    /// When an amount is beyond what is counted.
    pub fn whole_json(&self) -> Result<Value> {
        let mut told = Comparison { runs: vec![Arc::new(self.clone())] }.scenario_json(0, 1)?;
        if let Some(told) = told.as_object_mut() {
            told.remove("against_first");
            if self.resolved.file.wait_months() > 0.0
                && let Some(notes) = told.get_mut("notes").and_then(Value::as_array_mut)
            {
                let why = "present value (npv) is as if live from the first month, because nothing says what goes on until \
                           then; a comparison counts the wait";
                notes.push(why.into());
            }
        }
        Ok(told)
    }
}
