//! One number of a scenario's text, found by its dotted path and changed in place.

use toml_edit::{DocumentMut, Item, Table, Value, value};

use super::{base_of, parse};
use crate::error::{EngineError, Result};
use crate::scenario::lock::refuse_locked;

/// The file with one number changed; its comments and order stay.
///
/// # Errors
/// When there is no such number in the file, or the value is no number.
pub fn with_value(text: &str, path: &str, written: &str) -> Result<String> {
    let number: f64 = written.parse().ok().filter(|number: &f64| number.is_finite()).ok_or_else(|| {
        EngineError::usage(format!("{written:?} is not a number")).at(path.to_owned()).then("type digits with a point")
    })?;
    refuse_locked(text)?;
    let mut document: DocumentMut =
        text.parse().map_err(|error| EngineError::failed(format!("the scenario cannot be read: {error}")))?;
    let missing = || EngineError::usage("there is no such number in the scenario").at(path.to_owned());
    let is_patch = base_of(text).is_some();
    if (is_patch || is_looked_up(path)) && item_at(document.as_table_mut(), path).is_none() {
        state(document.as_table_mut(), path).ok_or_else(missing)?;
    }
    let mut item = item_at(document.as_table_mut(), path).ok_or_else(missing)?;
    if item.is_inline_table() || item.is_table() {
        item = item.get_mut("value").ok_or_else(missing)?;
    }
    let Some(old) = item.as_value_mut() else { return Err(missing()) };
    let decor = old.decor().clone();
    *old = if number.fract() == 0.0 && number.abs() < 1e15 { Value::from(number as i64) } else { Value::from(number) };
    *old.decor_mut() = decor;
    let changed = document.to_string();
    if !is_patch {
        parse(&changed)?;
    }
    Ok(changed)
}

/// May the number come from the price book or the serving model, so that a file need not state it?
fn is_looked_up(path: &str) -> bool {
    let key = path.rsplit('.').next().unwrap_or_default();
    (path.starts_with("architecture.") || path.starts_with("component."))
        && ["usd_per_gpu_hour", "output_tokens_per_s_per_gpu"].contains(&key)
}

/// States a number that a patch leaves to its base; `None` where a path cannot be one.
fn state(document: &mut Table, path: &str) -> Option<()> {
    let (first, rest) = path.split_once('.')?;
    let named = match first {
        "component" => "name",
        "cost" => "label",
        _ => {
            let table = document.entry(first).or_insert_with(toml_edit::table).as_table_mut()?;
            table.insert(rest, value(0));
            return Some(());
        }
    };
    let (name, field) = rest.rsplit_once('.')?;
    let entries = document.entry(first).or_insert_with(toml_edit::array).as_array_of_tables_mut()?;
    if !entries.iter().any(|entry| entry.get(named).and_then(Item::as_str) == Some(name)) {
        let mut entry = Table::new();
        entry.insert(named, value(name));
        entries.push(entry);
    }
    let entry = entries.iter_mut().find(|entry| entry.get(named).and_then(Item::as_str) == Some(name))?;
    entry.insert(field, value(0));
    Some(())
}

/// `component.NAME.key` and `cost.LABEL.key` name entries of lists; names may hold points.
pub(crate) fn item_at<'a>(document: &'a mut Table, path: &str) -> Option<&'a mut Item> {
    let (first, rest) = path.split_once('.')?;
    let named = match first {
        "component" => Some("name"),
        "cost" => Some("label"),
        _ => None,
    };
    let Some(key) = named else {
        return rest.split('.').try_fold(document.get_mut(first)?, |item, part| item.get_mut(part));
    };
    let (name, field) = rest.rsplit_once('.')?;
    let entries = document.get_mut(first)?.as_array_of_tables_mut()?;
    let entry = entries.iter_mut().find(|entry| entry.get(key).and_then(Item::as_str) == Some(name))?;
    entry.get_mut(field)
}
