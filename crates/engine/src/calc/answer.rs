//! An answer: figures with their units, the formula they come from, and how much they are worth.

use serde_json::{Map, Value};

use super::Refusal;
use super::field::Notes;

/// Stands for a figure that is no number until the answer is closed.
const NO_NUMBER: &str = "\u{0}no number";

/// A figure. Zero has no sign.
pub(super) fn figure(number: f64) -> Value {
    if number.is_finite() { Value::from(number + 0.0) } else { Value::from(NO_NUMBER) }
}

/// A figure, or null where there is none.
pub(super) fn maybe(number: Option<f64>) -> Value {
    number.map_or(Value::Null, figure)
}

/// Figures.
pub(super) fn list(numbers: impl IntoIterator<Item = f64>) -> Value {
    numbers.into_iter().map(figure).collect()
}

/// Figures by name.
pub(super) fn named(figures: impl IntoIterator<Item = (impl Into<String>, Value)>) -> Value {
    Value::Object(figures.into_iter().map(|(name, value)| (name.into(), value)).collect())
}

/// What a function answers.
#[derive(Debug)]
pub(super) struct Answer {
    formula: &'static str,
    evidence: &'static str,
    fields: Map<String, Value>,
    units: Map<String, Value>,
}

impl Answer {
    /// An answer computed from what was given.
    pub(super) fn of(formula: &'static str) -> Self {
        Self { formula, evidence: "modelled", fields: Map::new(), units: Map::new() }
    }

    /// Says how much it is worth, where it is not `modelled`.
    pub(super) fn evidence(mut self, evidence: &'static str) -> Self {
        self.evidence = evidence;
        self
    }

    /// Adds a field whose unit its name tells, or that has none.
    pub(super) fn put(mut self, name: &str, value: Value) -> Self {
        self.fields.insert(name.to_owned(), value);
        self
    }

    /// Adds a field with its unit.
    pub(super) fn put_in(mut self, unit: &str, name: &str, value: Value) -> Self {
        self.units.insert(name.to_owned(), unit.into());
        self.put(name, value)
    }

    /// The object that goes out.
    pub(super) fn json(self, notes: Notes) -> Result<Value, Refusal> {
        let Self { formula, evidence, mut fields, units } = self;
        if let Some((name, _)) = fields.iter().find(|(_, value)| holds_no_number(value)) {
            return Err(Refusal {
                path: "$".to_owned(),
                found: format!("figures whose {name} is no number: too large, or divided by zero"),
                expected: "figures that give a number".to_owned(),
                name: Some("out_of_range"),
            });
        }
        fields.insert("formula".to_owned(), formula.into());
        fields.insert("unit".to_owned(), Value::Object(units));
        fields.insert("evidence".to_owned(), evidence.into());
        if !notes.0.is_empty() {
            fields.insert("warnings".to_owned(), notes.0.into());
        }
        Ok(Value::Object(fields))
    }
}

fn holds_no_number(value: &Value) -> bool {
    match value {
        Value::String(text) => text == NO_NUMBER,
        Value::Array(items) => items.iter().any(holds_no_number),
        Value::Object(fields) => fields.values().any(holds_no_number),
        _ => false,
    }
}
