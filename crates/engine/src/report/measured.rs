//! What reports of measurements share: figures as cells, and a table as JSON.

use chrono::DateTime;
use marginline_store::gpu_sample::{Clock, Moment};
use serde_json::{Map, Value};

use crate::number;
use crate::view::{Cell, Column, ColumnKind, Table};

/// A column by its id, label, unit and kind.
pub(super) type Head = (&'static str, &'static str, &'static str, ColumnKind);

pub(super) fn columns(heads: &[Head]) -> Vec<Column> {
    let column = |(id, label, unit, kind): &Head| Column {
        id: (*id).into(),
        label: (*label).into(),
        unit: (*unit).into(),
        kind: *kind,
    };
    heads.iter().map(column).collect()
}

/// A measured value with at most six decimals; further ones are noise of adding.
pub(super) fn decimal(value: f64) -> String {
    let text = format!("{value:.6}");
    let short = text.trim_end_matches('0').trim_end_matches('.');
    if short == "-0" { "0".into() } else { short.into() }
}

/// A measured figure, shown with `places` decimals.
pub(super) fn figure(value: Option<f64>, places: u32) -> Cell {
    let Some(value) = value else { return unknown() };
    if value.is_infinite() {
        return Cell { value: Some("inf".into()), shown: "∞".into(), ..Cell::default() };
    }
    let value = decimal(value);
    Cell { shown: number::rounded(&value, places), value: Some(value), ..Cell::default() }
}

/// A share of 1 in percent.
pub(super) fn percent(share: Option<f64>) -> Cell {
    figure(share.map(|share| share * 100.0), 1)
}

pub(super) fn count(things: u64) -> Cell {
    Cell { value: Some(things.to_string()), shown: number::count(things), ..Cell::default() }
}

/// Words; none are not stated.
pub(super) fn words(text: &str) -> Cell {
    if text.is_empty() {
        return Cell { value: None, shown: "(not stated)".into(), ..Cell::default() };
    }
    Cell { value: Some(text.into()), shown: text.into(), ..Cell::default() }
}

pub(super) fn unknown() -> Cell {
    Cell { value: None, shown: number::UNKNOWN.into(), ..Cell::default() }
}

/// A moment: a date with `Z` in universal time, without in civil time of an unknown zone, seconds on a trace's clock.
pub(super) fn moment(moment: Option<Moment>) -> Cell {
    let Some(moment) = moment else { return unknown() };
    let date = |zone: &str| {
        let date = DateTime::from_timestamp_millis(moment.ms).map(|at| at.format("%Y-%m-%dT%H:%M:%S").to_string());
        date.map_or_else(unknown, |date| words(&format!("{date}{zone}")))
    };
    match moment.clock {
        Clock::Utc => date("Z"),
        Clock::Local => date(""),
        Clock::Trace => words(&format!("{} s", decimal(moment.ms as f64 / 1_000.0))),
    }
}

/// A table as JSON: an object a row by column id, with numbers as numbers and `null` for what is unknown.
pub(super) fn json(table: &Table) -> Value {
    let value = |column: &Column, cell: &Cell| match &cell.value {
        None => Value::Null,
        // Money is a string on the wire, as everywhere.
        Some(text) if matches!(column.kind, ColumnKind::Text | ColumnKind::Money) => Value::from(text.clone()),
        Some(text) => {
            serde_json::from_str::<serde_json::Number>(text).map_or_else(|_| text.clone().into(), Value::Number)
        }
    };
    let rows: Vec<Value> = table
        .rows
        .iter()
        .map(|row| {
            let fields =
                table.columns.iter().zip(&row.cells).map(|(column, cell)| (column.id.clone(), value(column, cell)));
            Value::Object(fields.collect::<Map<_, _>>())
        })
        .collect();
    serde_json::json!({ "title": table.title, "rows": rows, "notes": table.notes })
}
