//! One number of a scenario's text, found by its dotted path and changed in place.

use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, Value, value};

use super::patch::RIVALS;
use super::{base_of, parse};
use crate::error::{EngineError, Result};
use crate::scenario::lock::refuse_locked;

/// The file with one number changed; its comments and order stay.
///
/// # Errors
/// When there is no such number in the file, or the value is no number.
pub fn with_value(text: &str, path: &str, written: &str) -> Result<String> {
    let number = number(path, written)?;
    refuse_locked(text)?;
    let mut document = document_of(text)?;
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
    *old = number;
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

/// The file with a figure month by month, such as a pasted column; what said the same as one number gives way to it, and
/// comments and order of the rest stay.
///
/// # Errors
/// When the path is no series of the file, or a value is no number.
pub fn with_series(text: &str, path: &str, written: &[String]) -> Result<String> {
    refuse_locked(text)?;
    let bad = |what: String| EngineError::usage(what).at(path.to_owned());
    let mut values = Array::new();
    for figure in written {
        values.push(number(path, figure)?);
    }
    let mut document = document_of(text)?;
    let key = path.rsplit('.').next().unwrap_or_default();
    let Some((_, rival)) = RIVALS.iter().find(|(series, _)| *series == key && key.ends_with("by_month")) else {
        return Err(bad("there is no such series in a scenario".into()).then(
            "use demand.requests_by_month, revenue.usd_per_request_by_month, usd_per_gpu_hour_by_month or usd_by_month",
        ));
    };
    let is_patch = base_of(text).is_some();
    let owner = path.strip_suffix(key).unwrap_or_default();
    if item_at(document.as_table_mut(), path).is_none() {
        let has_rival = item_at(document.as_table_mut(), &format!("{owner}{rival}")).is_some();
        if !is_patch && !has_rival && matches!(path.split('.').next(), Some("component" | "cost" | "architecture")) {
            return Err(bad("there is no such series in the scenario".into()));
        }
        state(document.as_table_mut(), path).ok_or_else(|| bad("there is no such series in the scenario".into()))?;
    }
    remove_at(document.as_table_mut(), &format!("{owner}{rival}"));
    if let Some(item) = item_at(document.as_table_mut(), path) {
        *item = value(values);
    }
    let changed = document.to_string();
    if !is_patch {
        parse(&changed)?;
    }
    Ok(changed)
}

/// A text of a scenario, to be changed in place.
///
/// # Errors
/// When it is no TOML.
pub(in crate::scenario) fn document_of(text: &str) -> Result<DocumentMut> {
    text.parse().map_err(|error| EngineError::failed(format!("the scenario cannot be read: {error}")))
}

/// A number as somebody wrote it for a path.
pub(super) fn number(path: &str, written: &str) -> Result<Value> {
    let number: f64 = written.trim().parse().ok().filter(|number: &f64| number.is_finite()).ok_or_else(|| {
        EngineError::usage(format!("{written:?} is not a number")).at(path.to_owned()).then("type digits with a point")
    })?;
    Ok(if number.fract() == 0.0 && number.abs() < 1e15 { Value::from(number as i64) } else { Value::from(number) })
}

/// States a number that a patch leaves to its base; `None` where a path cannot be one.
pub(crate) fn state(document: &mut Table, path: &str) -> Option<()> {
    let (first, rest) = path.split_once('.')?;
    let Some(named) = name_key(first) else {
        let table = document.entry(first).or_insert_with(toml_edit::table).as_table_mut()?;
        let (inner, key) = rest.rsplit_once('.').map_or((None, rest), |(inner, key)| (Some(inner), key));
        return put(table, inner, key);
    };
    let (name, inner, field) = entry_path(rest)?;
    let entries = document.entry(first).or_insert_with(toml_edit::array).as_array_of_tables_mut()?;
    if !entries.iter().any(|entry| entry.get(named).and_then(Item::as_str) == Some(name)) {
        let mut entry = Table::new();
        entry.insert(named, value(name));
        entries.push(entry);
    }
    let entry = entries.iter_mut().find(|entry| entry.get(named).and_then(Item::as_str) == Some(name))?;
    put(entry, inner, field)
}

/// A zero to be replaced, in the table or a table within it.
fn put(table: &mut Table, inner: Option<&str>, key: &str) -> Option<()> {
    let Some(inner) = inner else {
        table.insert(key, value(0));
        return Some(());
    };
    // A commitment is known by its place alone, so a patch must state all of them.
    if inner.starts_with("committed") {
        return None;
    }
    let within = table.entry(inner).or_insert_with(|| value(InlineTable::new())).as_table_like_mut()?;
    within.insert(key, value(0));
    Some(())
}

/// By what entries of a list are named.
pub(super) fn name_key(first: &str) -> Option<&'static str> {
    match first {
        "component" => Some("name"),
        "cost" => Some("label"),
        _ => None,
    }
}

/// Tables within an entry; a name may hold points, so the path is read from its end.
const WITHIN: [&str; 5] = ["spot", "waiting", "units", "network", "retraining"];

/// Name, table within and key of `NAME.key` or `NAME.table.key`.
fn entry_path(rest: &str) -> Option<(&str, Option<&str>, &str)> {
    let (before, field) = rest.rsplit_once('.')?;
    if let Some((name, inner)) = before.rsplit_once('.') {
        if WITHIN.contains(&inner) {
            return Some((name, Some(inner), field));
        }
        if inner.parse::<usize>().is_ok()
            && let Some(name) = name.strip_suffix(".committed")
        {
            return Some((name, Some(&before[name.len() + 1..]), field));
        }
    }
    Some((before, None, field))
}

/// The item at a path: `component.NAME.key` and `cost.LABEL.key` name entries of lists, `committed.1` the first
/// commitment.
pub(crate) fn item_at<'a>(document: &'a mut Table, path: &str) -> Option<&'a mut Item> {
    // A key that a table does not have can come back as an item that is nothing.
    found_at(document, path).filter(|item| !item.is_none())
}

fn found_at<'a>(document: &'a mut Table, path: &str) -> Option<&'a mut Item> {
    let (first, rest) = path.split_once('.')?;
    let Some(named) = name_key(first) else {
        return step(document.get_mut(first)?, rest);
    };
    let entries = document.get_mut(first)?.as_array_of_tables_mut()?;
    let is_named = |entry: &Table, name: &str| entry.get(named).and_then(Item::as_str) == Some(name);
    let (name, inner, field) = entry_path(rest)?;
    // A name may end like a table within an entry.
    let whole = rest.rsplit_once('.').map_or(rest, |(whole, _)| whole);
    if entries.iter().any(|entry| is_named(entry, whole)) {
        return entries.iter_mut().find(|entry| is_named(entry, whole))?.get_mut(field);
    }
    let entry = entries.iter_mut().find(|entry| is_named(entry, name))?;
    match inner {
        None => entry.get_mut(field),
        Some(inner) => {
            let (table, place) = inner.split_once('.').map_or((inner, None), |(table, place)| (table, Some(place)));
            let item = entry.get_mut(table)?;
            step(item, &place.map_or_else(|| field.to_owned(), |place| format!("{place}.{field}")))
        }
    }
}

/// Goes down by keys, and by places from 1 in lists.
fn step<'a>(item: &'a mut Item, path: &str) -> Option<&'a mut Item> {
    path.split('.').try_fold(item, |item, part| match part.parse::<usize>() {
        Ok(place) if item.is_array() || item.is_array_of_tables() => item.get_mut(place.checked_sub(1)?),
        _ => item.get_mut(part),
    })
}

fn remove_at(document: &mut Table, path: &str) {
    let Some((owner, key)) = path.rsplit_once('.') else { return };
    let Some((first, name)) = owner.split_once('.') else {
        if let Some(table) = document.get_mut(owner).and_then(Item::as_table_like_mut) {
            table.remove(key);
        }
        return;
    };
    let Some(named) = name_key(first) else { return };
    let Some(entries) = document.get_mut(first).and_then(Item::as_array_of_tables_mut) else { return };
    let mine = entries.iter_mut().filter(|entry| entry.get(named).and_then(Item::as_str) == Some(name));
    mine.for_each(|entry| {
        entry.remove(key);
    });
}
