//! A scenario's text with numbers changed, and with them their ranges and where they come from; several at once.
//!
//! A path names a number (`demand.requests_per_month`), or something said of one (`demand.requests_per_month.source`).
//! Comments and order of the file stay. Not here: names of scenarios and which there are.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use marginline_model::scenario::Evidence;
use toml_edit::{Array, DocumentMut, InlineTable, Item, TableLike, Value};

use super::edit::{document_of, item_at, name_key, number, state};
use super::patch::RIVALS;
use super::{base_of, parse};
use crate::error::{EngineError, Result};
use crate::scenario::lock::refuse_locked;

/// What is said of a number.
const SAID: [&str; 6] = ["source", "observed", "evidence", "low", "high", "shape"];
/// How a number may be spread over its range.
const SHAPES: [&str; 5] = ["pert", "triangular", "uniform", "normal", "lognormal"];
/// A number set on screen is told as such before the source of the one that it replaces.
const BY_HAND: &str = "set by hand, was ";

/// The file with changes made, each a path and what is written there. Nothing written takes a source, a date or an end of
/// a range away, and gives a number of a patch back to its base; several numbers become a list.
///
/// `whole` is the scenario with what lies below it, where a patch takes what it has not stated itself. A number that is
/// set beyond its range stretches it; one whose source was not changed with it is told as set by hand, evidence *assumed*.
///
/// # Errors
/// When there is no such number, or what is written cannot be one.
pub fn edited(text: &str, whole: &str, changes: &[(&str, &str)]) -> Result<String> {
    refuse_locked(text)?;
    let mut document = document_of(text)?;
    let whole = document_of(whole)?;
    let is_patch = base_of(text).is_some();
    let mut set = BTreeSet::new();
    for (path, written) in changes {
        let (number, said) = parts(path);
        if said.is_none() && written.trim().is_empty() {
            take_away(&mut document, number)?;
            continue;
        }
        // What the base's actuals or the price book gave so far may be stated; the grammar says what there is to state.
        if is_patch || has_owner(&mut document, number) {
            stated(&mut document, &whole, number);
        }
        if let Some(rival) = rival(number) {
            // A figure month by month takes the place of the one number.
            if found(&mut document, &rival).is_some() {
                take_away(&mut document, &rival)?;
            }
        }
        let item = found(&mut document, number).ok_or_else(|| missing(number))?;
        match said {
            None => {
                if set_number(item, number, written)? {
                    set.insert(number);
                }
            }
            Some(key) => say(item, path, key, written.trim())?,
        }
    }
    for number in set {
        let said = |key: &str| changes.iter().any(|(path, _)| parts(path) == (number, Some(key)));
        if let Some(item) = found(&mut document, number)
            && let Some(table) = item.as_table_like_mut()
        {
            stretch(table, [said("low"), said("high")]);
            if !["source", "observed", "evidence"].into_iter().any(said) {
                set_by_hand(table, found(&mut whole.clone(), number));
            }
        }
    }
    let changed = document.to_string();
    if !is_patch {
        parse(&changed)?;
    }
    Ok(changed)
}

/// What stands at a path.
fn found<'a>(document: &'a mut DocumentMut, path: &str) -> Option<&'a mut Item> {
    item_at(document.as_table_mut(), path)
}

fn missing(path: &str) -> EngineError {
    EngineError::usage("there is no such number in the scenario").at(path.to_owned())
}

/// The number of a path, and what of it.
fn parts(path: &str) -> (&str, Option<&str>) {
    match path.rsplit_once('.') {
        Some((number, key)) if SAID.contains(&key) => (number, Some(key)),
        _ => (path, None),
    }
}

fn is_list(written: &str) -> bool {
    written.split_whitespace().nth(1).is_some()
}

/// Is there a component or line of that name? Other tables of a file are always there.
fn has_owner(document: &mut DocumentMut, path: &str) -> bool {
    let Some(named) = path.split('.').next().and_then(name_key) else { return true };
    let owner = path.rsplit_once('.').map(|(owner, _)| format!("{owner}.{named}"));
    owner.is_some_and(|owner| found(document, &owner).is_some())
}

/// The number that says the same as a series of months: `demand.requests_per_month` of `demand.requests_by_month`.
fn rival(path: &str) -> Option<String> {
    let (owner, key) = path.rsplit_once('.')?;
    let of_month = |(series, _): &&(&str, &str)| *series == key && key.ends_with("_by_month");
    RIVALS.iter().find(of_month).map(|(_, number)| format!("{owner}.{number}"))
}

/// Lets a patch state what its base says, so that it can be changed there.
fn stated(document: &mut DocumentMut, whole: &DocumentMut, path: &str) {
    if found(document, path).is_some() || state(document.as_table_mut(), path).is_none() {
        return;
    }
    if let Some(item) = found(document, path)
        && let Some(below) = found(&mut whole.clone(), path)
    {
        *item = below.clone();
        if let Some(value) = item.as_value_mut() {
            value.decor_mut().clear();
        }
    }
}

/// Takes the statement of a number away.
fn take_away(document: &mut DocumentMut, path: &str) -> Result<()> {
    let item = found(document, path).ok_or_else(|| missing(path))?;
    *item = Item::None;
    Ok(())
}

fn float(value: &Value) -> Option<f64> {
    value.as_float().or_else(|| value.as_integer().map(|whole| whole as f64))
}

/// Sets a number; answers whether it is another one than before.
fn set_number(item: &mut Item, path: &str, written: &str) -> Result<bool> {
    let new = if is_list(written) {
        Value::from(written.split_whitespace().map(|each| number(path, each)).collect::<Result<Array>>()?)
    } else {
        number(path, written)?
    };
    let place = match item.is_table_like() {
        true => item.as_table_like_mut().and_then(|table| table.get_mut("value")),
        false => Some(item),
    };
    let old = place.and_then(Item::as_value_mut).ok_or_else(|| missing(path))?;
    if float(old).is_some() && float(old) == float(&new) {
        return Ok(false);
    }
    let decor = old.decor().clone();
    *old = new;
    *old.decor_mut() = decor;
    Ok(true)
}

/// Sets what is said of a number.
fn say(item: &mut Item, path: &str, key: &str, written: &str) -> Result<()> {
    let wrong = |expected: String| {
        Err(EngineError::usage(format!("{written:?} is no {key}")).at(path.to_owned()).then(format!("use {expected}")))
    };
    let value = match key {
        _ if written.is_empty() => None,
        "low" | "high" => Some(number(path, written)?),
        "evidence" if Evidence::from_word(written).is_none() => {
            return wrong("billed, measured, published, modelled or assumed".into());
        }
        "shape" if !SHAPES.contains(&written) => return wrong(SHAPES.join(", ")),
        "observed" if written.parse::<NaiveDate>().is_err() => return wrong("a date such as 2026-10-31".into()),
        _ => Some(Value::from(written)),
    };
    let Some(table) = opened(item) else { return Err(missing(path)) };
    match value {
        Some(value) => drop(table.insert(key, Item::Value(value))),
        None => drop(table.remove(key)),
    }
    if let Some(inline) = item.as_inline_table_mut() {
        inline.fmt();
    }
    Ok(())
}

/// The table of a number; one that stands alone becomes `{ value = … }`.
fn opened(item: &mut Item) -> Option<&mut dyn TableLike> {
    if let Some(value) = item.as_value_mut()
        && !value.is_inline_table()
    {
        let decor = value.decor().clone();
        let mut alone = value.clone();
        alone.decor_mut().clear();
        let mut table = InlineTable::new();
        table.insert("value", alone);
        *value = Value::InlineTable(table);
        *value.decor_mut() = decor;
    }
    item.as_table_like_mut()
}

/// A range keeps its number inside; an end that was set with it is left as it was set.
fn stretch(table: &mut dyn TableLike, set: [bool; 2]) {
    let of = |key: &str| table.get(key).and_then(Item::as_value).and_then(float);
    let (Some(value), low, high) = (of("value"), of("low"), of("high")) else { return };
    let beyond = [("low", low.is_some_and(|low| value < low)), ("high", high.is_some_and(|high| value > high))];
    for ((key, beyond), set) in beyond.into_iter().zip(set) {
        if beyond
            && !set
            && let Some(value) = table.get("value").cloned()
        {
            table.insert(key, value);
        }
    }
}

/// Says that a number is somebody's own, where the file says whose the old one was.
fn set_by_hand(table: &mut dyn TableLike, before: Option<&mut Item>) {
    let text = |key: &str| table.get(key).and_then(Item::as_str).map(str::to_owned);
    let old = before.and_then(|item| item.as_table_like_mut()?.get("value")?.as_value().cloned());
    if let (Some(source), Some(mut old)) = (text("source"), old)
        && !source.starts_with(BY_HAND)
    {
        old.decor_mut().clear();
        table.insert("source", Item::Value(Value::from(format!("{BY_HAND}{old}: {source}"))));
    }
    if table.contains_key("evidence") {
        table.insert("evidence", Item::Value(Value::from("assumed")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::file::tests::OWN;
    use crate::scenario::file::{Assumption, Shape, patched};

    fn requests(text: &str) -> Assumption {
        parse(text).unwrap().demand.requests_per_month.unwrap()
    }

    #[test]
    fn the_present_value_changes_no_byte() {
        let same = [("demand.requests_per_month", "1000.0"), ("architecture.usd_per_gpu_hour", "2.35")];
        assert_eq!(edited(OWN, OWN, &same).unwrap(), OWN);
    }

    #[test]
    fn a_number_set_by_hand_says_so_and_stretches_its_range() {
        let found = requests(&edited(OWN, OWN, &[("demand.requests_per_month", "1500")]).unwrap());
        assert_eq!((found.value, found.low, found.high), (1_500.0, Some(900.0), Some(1_500.0)));
        assert_eq!(found.source.as_deref(), Some("set by hand, was 1000: traffic log"));
        assert_eq!(found.evidence, Evidence::Assumed);
    }

    #[test]
    fn source_date_evidence_range_and_shape_are_set_together() {
        let path = "demand.requests_per_month";
        let said = [("", "1100"), (".source", "billing"), (".observed", "2026-11-01"), (".evidence", "billed")];
        let more = [(".low", "1000"), (".high", "1300"), (".shape", "uniform")];
        let changes: Vec<(String, &str)> =
            said.into_iter().chain(more).map(|(key, written)| (format!("{path}{key}"), written)).collect();
        let changes: Vec<(&str, &str)> = changes.iter().map(|(path, written)| (path.as_str(), *written)).collect();
        let found = requests(&edited(OWN, OWN, &changes).unwrap());
        assert_eq!((found.value, found.range(), found.shape), (1_100.0, Some((1_000.0, 1_300.0)), Shape::Uniform));
        assert_eq!((found.source.as_deref(), found.evidence), (Some("billing"), Evidence::Billed));
        let changed = edited(OWN, OWN, &changes).unwrap();
        assert!(changed.starts_with("# kept") && changed.contains("= 6 # a guess"), "{changed}");
    }

    #[test]
    fn a_bare_number_gets_a_source_and_loses_it_again() {
        let changed = edited(OWN, OWN, &[("demand.growth_percent_per_month.source", "plan")]).unwrap();
        assert!(changed.contains("growth_percent_per_month = { value = 6, source = \"plan\" } # a guess"), "{changed}");
        let again = edited(&changed, &changed, &[("demand.growth_percent_per_month.source", "")]).unwrap();
        assert!(again.contains("growth_percent_per_month = { value = 6 } # a guess"), "{again}");
    }

    #[test]
    fn a_patch_takes_the_number_of_its_base_with_all_that_is_said_of_it_and_gives_it_back() {
        let patch = "[base]\nscenario = \"own\"\n";
        let whole = patched("mine", patch, &|_| Some(OWN.to_owned())).unwrap();
        let path = "demand.requests_per_month";
        let changed = edited(patch, &whole, &[(path, "2000"), ("demand.requests_per_month.source", "sales")]).unwrap();
        let found = requests(&patched("mine", &changed, &|_| Some(OWN.to_owned())).unwrap());
        assert_eq!((found.value, found.low, found.high), (2_000.0, Some(900.0), Some(2_000.0)));
        assert_eq!((found.source.as_deref(), found.evidence), (Some("sales"), Evidence::Measured));
        let back = edited(&changed, &whole, &[(path, "")]).unwrap();
        assert_eq!(requests(&patched("mine", &back, &|_| Some(OWN.to_owned())).unwrap()), requests(OWN));
    }

    #[test]
    fn a_pasted_column_takes_the_place_of_the_number() {
        let patch = "[base]\nscenario = \"own\"\n\n[demand]\nrequests_per_month = 5\n";
        let changed = edited(patch, patch, &[("demand.requests_by_month", "100 200.5 300")]).unwrap();
        assert!(changed.contains("requests_by_month = [100, 200.5, 300]"), "{changed}");
        assert!(!changed.contains("requests_per_month"), "{changed}");
        assert_eq!(rival("architecture.usd_per_gpu_hour_by_month").unwrap(), "architecture.usd_per_gpu_hour");
        assert_eq!(rival("cost.Support.usd_by_month").unwrap(), "cost.Support.usd_per_month");
        assert_eq!(rival("demand.requests_per_month"), None);
    }

    #[test]
    fn what_cannot_be_is_refused_with_its_place() {
        let says = |path: &str, written: &str, words: &str| {
            let error = edited(OWN, OWN, &[(path, written)]).unwrap_err().to_string();
            assert!(error.contains(words) && error.contains(path), "{words}: {error}");
        };
        let error = edited(OWN, OWN, &[("demand.nothing", "1")]).unwrap_err().to_string();
        assert!(error.contains("unknown field `nothing`"), "{error}");
        says("component.none.usd_per_gpu_hour", "1", "there is no such number");
        says("demand.requests_per_month", "many", "\"many\" is not a number");
        says("demand.requests_per_month.evidence", "sure", "\"sure\" is no evidence");
        says("demand.requests_per_month.observed", "soon", "\"soon\" is no observed");
        says("demand.requests_per_month.shape", "round", "\"round\" is no shape");
        let error = edited(OWN, OWN, &[("demand.requests_per_month.low", "1100")]).unwrap_err().to_string();
        assert!(error.contains("its range is 1100 to 1200, expected a range with 1000 in it"), "{error}");
    }
}
