//! Which models served before a patch swapped one, so that the swap needs a score.

use toml::{Table, Value};

/// The models that a text's components name, each once.
fn models(table: &Table) -> Vec<String> {
    let several = table.get("component").and_then(Value::as_array).into_iter().flatten();
    let all = table.get("architecture").into_iter().chain(several);
    let mut found: Vec<String> = Vec::new();
    for component in all {
        let served = component.get("model").or_else(|| component.get("serving")?.get("model"));
        if let Some(model) = served.and_then(Value::as_str)
            && !found.iter().any(|known| known == model)
        {
            found.push(model.to_owned());
        }
    }
    found
}

/// Notes in `base.models` what `before` was served by, where `after` is served by something else and neither states it
/// already. A text that swaps no model stays as it is.
pub(super) fn note_swap(before: &Table, after: &mut Table) {
    let (old, new) = (models(before), models(after));
    let stated = |table: &Table| table.get("base").and_then(|base| base.get("models")).is_some();
    let has_month = before.get("base").and_then(|base| base.get("month")).is_some();
    // The models of a base month are asked of the ledger; the file that stands on it may have swapped already.
    if old.is_empty() || has_month || stated(after) || new.iter().all(|model| old.contains(model)) {
        return;
    }
    let base = after.entry("base").or_insert_with(|| Value::Table(Table::new()));
    if let Some(base) = base.as_table_mut() {
        base.insert("models".into(), Value::Array(old.into_iter().map(Value::String).collect()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(before: &str, text: &str) -> Table {
        let mut table: Table = text.parse().unwrap();
        note_swap(&before.parse().unwrap(), &mut table);
        table
    }

    #[test]
    fn a_swap_is_noted_and_nothing_else_is() {
        let old = "[architecture]\nmodel = \"large\"";
        let swapped = after(old, "[architecture]\nmodel = \"small\"");
        assert_eq!(swapped["base"]["models"], Value::Array(vec![Value::String("large".into())]));
        assert_eq!(after(old, old), old.parse::<Table>().unwrap());
        let stated = "[base]\nmodels = [\"larger\"]\n[architecture]\nmodel = \"small\"";
        assert_eq!(after(old, stated), stated.parse::<Table>().unwrap());
    }
}
