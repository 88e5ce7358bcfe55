//! Writes a scenario file: the same file gives the same text, in the order in which docs/scenarios.md tells its keys.

use toml_edit::visit_mut::{VisitMut, visit_table_like_mut};
use toml_edit::{DocumentMut, Item, TableLike, Value};

use super::ScenarioFile;
use crate::error::{EngineError, Result};

/// The text of a scenario. Reading it gives the same scenario, and writing that the same text.
///
/// # Errors
/// When a text of the scenario cannot be written as TOML.
pub fn write(file: &ScenarioFile) -> Result<String> {
    let mut document: DocumentMut = toml_edit::ser::to_document(file)
        .map_err(|error| EngineError::failed(format!("the scenario cannot be written: {error}")))?;
    for (_, item) in document.iter_mut() {
        // Sections stand on their own; what is within one stays in a line.
        let own = std::mem::take(item);
        *item = match own.into_array_of_tables() {
            Ok(entries) => Item::ArrayOfTables(entries),
            Err(other) => other.into_table().map_or_else(|other| other, Item::Table),
        };
    }
    let mut tidy = Tidy;
    tidy.visit_document_mut(&mut document);
    document.retain(|_, item| !is_empty(item));
    Ok(document.to_string().trim_start().to_owned())
}

fn is_empty(item: &Item) -> bool {
    match item {
        Item::None => true,
        Item::Table(table) => table.is_empty(),
        Item::ArrayOfTables(entries) => entries.is_empty(),
        Item::Value(Value::Array(values)) => values.is_empty(),
        Item::Value(Value::InlineTable(table)) => table.is_empty(),
        Item::Value(_) => false,
    }
}

/// Whole numbers are written without a point, and nothing is written that holds nothing.
struct Tidy;

impl VisitMut for Tidy {
    fn visit_value_mut(&mut self, value: &mut Value) {
        if let Value::Float(number) = &value {
            let number = *number.value();
            if number.fract() == 0.0 && number.abs() < 1e15 {
                *value = Value::from(number as i64);
            }
        }
        toml_edit::visit_mut::visit_value_mut(self, value);
    }

    fn visit_table_like_mut(&mut self, table: &mut dyn TableLike) {
        visit_table_like_mut(self, table);
        let empty: Vec<String> =
            table.iter().filter(|(_, item)| is_empty(item)).map(|(key, _)| key.to_owned()).collect();
        for key in empty {
            table.remove(&key);
        }
    }
}
