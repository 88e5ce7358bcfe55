//! Why one scenario earns another margin than another: a sentence and an amount for each driver of the fixed tree.

use std::sync::Arc;

use marginline_model::Money;
use marginline_model::scenario::{ScenarioBridge, scenario_bridge};
use serde_json::{Value, json};

use super::{Comparison, Run};
use crate::error::{EngineError, Result};
use crate::view::{Cell, Column, ColumnKind, Row, RowKind, Table};

/// Two scenarios and what lies between their margins.
#[derive(Debug, Clone)]
pub struct Bridge {
    /// The first.
    pub from: Arc<Run>,
    /// The second.
    pub to: Arc<Run>,
    /// What lies between.
    pub bridge: ScenarioBridge,
}

impl Comparison {
    /// The bridge from the first scenario to the second.
    ///
    /// # Errors
    /// When there are not two, or they run different months.
    pub fn bridge(&self) -> Result<Bridge> {
        let [from, to] = self.runs.as_slice() else {
            return Err(EngineError::usage(format!("a bridge stands between two scenarios, not {}", self.runs.len()))
                .then("name two"));
        };
        let bridge = scenario_bridge(&from.resolved.inputs, &to.resolved.inputs)
            .map_err(|error| EngineError::failed(error.to_string()))?;
        Ok(Bridge { from: from.clone(), to: to.clone(), bridge })
    }
}

impl Bridge {
    /// The JSON document of `scenario bridge`.
    #[must_use]
    pub fn json(&self) -> Value {
        let effects: Vec<Value> = self
            .bridge
            .effects
            .iter()
            .map(|each| {
                json!({"driver": each.driver.word(), "label": each.driver.label(), "effect": each.effect.to_string(), "sentence": each.sentence})
            })
            .collect();
        json!({
            "from": {"scenario": self.from.resolved.id, "hash": self.from.resolved.hash, "gross_margin": self.bridge.from.to_string()},
            "to": {"scenario": self.to.resolved.id, "hash": self.to.resolved.hash, "gross_margin": self.bridge.to.to_string()},
            "currency": "USD",
            "effects": effects,
            "placed_elsewhere": self.bridge.placed_elsewhere,
        })
    }

    /// The table of `scenario bridge`.
    #[must_use]
    pub fn table(&self) -> Table {
        let column = Column::new;
        let columns = vec![
            column("driver", "Driver", "", ColumnKind::Text),
            column("effect", "Gross margin", "USD", ColumnKind::Money),
            column("sentence", "What moved", "", ColumnKind::Text),
        ];
        let text = |shown: &str| Cell { value: Some(shown.to_owned()), shown: shown.to_owned(), ..Cell::default() };
        let row = |kind, label: &str, amount: Money, sentence: &str| {
            let amount = Cell { value: Some(amount.to_string()), shown: amount.shown(0), ..Cell::default() };
            Row { key: label.into(), kind, cells: vec![text(label), amount, text(sentence)] }
        };
        let mut rows = vec![row(RowKind::Row, &self.from.resolved.name, self.bridge.from, "")];
        rows.extend(
            self.bridge.effects.iter().map(|each| row(RowKind::Row, each.driver.label(), each.effect, &each.sentence)),
        );
        rows.push(row(RowKind::Total, &self.to.resolved.name, self.bridge.to, ""));
        let told = |run: &Run| -> Vec<String> {
            run.caveats().into_iter().map(|caveat| format!("{}: {caveat}", run.resolved.name)).collect()
        };
        let mut notes = [told(&self.from), told(&self.to)].concat();
        if !self.bridge.placed_elsewhere.is_empty() {
            notes.push(format!(
                "{} stands elsewhere and takes its prices and rates with it: these are told as placement",
                self.bridge.placed_elsewhere.join(", ")
            ));
        }
        Table {
            id: "bridge".into(),
            title: format!("From {} to {}", self.from.resolved.name, self.to.resolved.name),
            subtitle: "gross margin of all months · USD · projected".into(),
            columns,
            rows,
            notes,
        }
    }
}
