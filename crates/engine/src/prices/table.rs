//! Prices as tables: for the terminal, CSV, workbooks, JSON and the window alike.

use chrono::NaiveDate;
use marginline_model::Money;
use marginline_model::prices::{Price, TokenClass};
use serde_json::{Map, Value};

use super::compare::{PriceConflict, RegionTable};
use super::edit::PriceChange;
use super::history::{PriceHistory, words};
use super::listing::{Listed, Origin};
use super::regions::Region;
use crate::number;
use crate::view::{Cell, Column, ColumnKind, Row, RowKind, Table};

type Head = (&'static str, &'static str, &'static str, ColumnKind);

const PRICE: [Head; 19] = [
    ("resource", "Resource", "", ColumnKind::Text),
    ("provider", "Provider", "", ColumnKind::Text),
    ("item", "Item", "", ColumnKind::Text),
    ("class", "Class", "", ColumnKind::Text),
    ("region", "Region", "", ColumnKind::Text),
    ("purchase", "Bought", "", ColumnKind::Text),
    ("service_tier", "Tier", "", ColumnKind::Text),
    ("above_tokens", "Above", "tokens", ColumnKind::Count),
    ("window", "Hours", "UTC", ColumnKind::Text),
    ("amount", "Price", "", ColumnKind::UnitCost),
    ("currency", "Currency", "", ColumnKind::Text),
    ("per", "Per", "", ColumnKind::Text),
    ("contract", "Contract", "", ColumnKind::Text),
    ("valid_from", "From", "", ColumnKind::Text),
    ("valid_to", "Until", "", ColumnKind::Text),
    ("source", "Source", "", ColumnKind::Text),
    ("observed", "Seen", "", ColumnKind::Text),
    ("batch", "Batch", "", ColumnKind::Count),
    ("free_per_month", "Free a month", "", ColumnKind::Measure),
];

fn columns(heads: &[Head]) -> Vec<Column> {
    let column = |(id, label, unit, kind): &Head| Column {
        id: (*id).into(),
        label: (*label).into(),
        unit: (*unit).into(),
        kind: *kind,
    };
    heads.iter().map(column).collect()
}

fn text(words: &str) -> Cell {
    Cell { value: (!words.is_empty()).then(|| words.into()), shown: words.into(), ..Cell::default() }
}

fn date(date: Option<NaiveDate>) -> Cell {
    text(&date.map(|date| date.to_string()).unwrap_or_default())
}

fn unknown() -> Cell {
    Cell { shown: number::UNKNOWN.into(), ..Cell::default() }
}

/// Exact in full; a price is never rounded.
fn amount(amount: Money) -> Cell {
    Cell { value: Some(amount.to_string()), shown: amount.to_string(), ..Cell::default() }
}

/// How much is free each month; nothing is shown where nothing is.
fn free(price: &Price) -> Cell {
    let quantity = number::of_nanos(price.free_per_month_nanos);
    let shown = if price.free_per_month_nanos == 0 { String::new() } else { quantity.clone() };
    Cell { value: Some(quantity), shown, ..Cell::default() }
}

/// The cells of a price, as [`PRICE`] has them.
fn cells(listed: &Listed) -> Vec<Cell> {
    let price = &listed.price;
    let batch = if let Origin::Ledger { batch, .. } = listed.origin { text(&batch.to_string()) } else { text("") };
    let above = if price.above_tokens == 0 {
        Cell { value: Some("0".into()), ..Cell::default() }
    } else {
        Cell {
            value: Some(price.above_tokens.to_string()),
            shown: number::count(price.above_tokens),
            ..Cell::default()
        }
    };
    vec![
        text(price.resource.id()),
        text(&price.provider),
        text(&price.item),
        text(&price.class),
        text(&price.region),
        text(price.purchase.id()),
        text(&price.service_tier),
        above,
        text(&price.window.map(|window| window.to_string()).unwrap_or_default()),
        amount(price.amount),
        text(price.currency.code()),
        text(price.per.id()),
        text(&price.contract),
        date(listed.valid_from()),
        date(price.valid_to),
        text(&price.source),
        date((listed.origin != Origin::Bundled).then_some(price.observed)),
        batch,
        free(price),
    ]
}

fn count(things: usize, one: &str, many: &str) -> String {
    if things == 1 { format!("1 {one}") } else { format!("{} {many}", number::count(things as u64)) }
}

/// Columns that no row fills are left out of what is shown; files keep them.
fn row(key: usize, cells: Vec<Cell>) -> Row {
    Row { key: key.to_string(), kind: RowKind::Row, cells }
}

/// A list of prices.
#[must_use]
pub fn list(prices: &[Listed], as_of: Option<NaiveDate>) -> Table {
    let mut notes = Vec::new();
    if prices.iter().any(|one| one.origin == Origin::Bundled) {
        notes.push("the bundled list tells what holds on a day, and not since when".to_owned());
    }
    let when = as_of.map_or_else(|| "on any day".to_owned(), |date| format!("as of {date}"));
    Table {
        id: "prices".into(),
        title: "Prices".into(),
        subtitle: format!("{} {when}", count(prices.len(), "price", "prices")),
        columns: columns(&PRICE),
        rows: prices.iter().enumerate().map(|(at, one)| row(at, cells(one))).collect(),
        notes,
    }
}

/// How prices moved, a row a step.
#[must_use]
pub fn history(history: &PriceHistory) -> Table {
    let steps = history.lines.values().flatten();
    let rows = steps.enumerate().map(|(at, step)| {
        let mut cells = cells(&step.listed);
        // Of the bundled list the first step began on the first day asked for, or before.
        let asked = step.listed.origin == Origin::Bundled && step.from == history.from;
        cells[13] = if asked { text("") } else { date(Some(step.from)) };
        cells[14] = date(step.to);
        row(at, cells)
    });
    Table {
        id: "price-history".into(),
        title: format!("Price of {}", history.item),
        subtitle: format!("{} to {}", history.from, history.to),
        columns: columns(&PRICE),
        rows: rows.collect(),
        notes: Vec::new(),
    }
}

/// Sources that disagree, a row a price; rows of one thing share a number.
#[must_use]
pub fn conflicts(conflicts: &[PriceConflict], as_of: NaiveDate) -> Table {
    let mut heads = vec![("conflict", "No.", "", ColumnKind::Count)];
    heads.extend(PRICE);
    heads.push(("spread", "Spread", "%", ColumnKind::Percent));
    let rows = conflicts.iter().enumerate().flat_map(|(at, conflict)| {
        let spread = conflict.spread_percent();
        conflict.prices.iter().enumerate().map(move |(nth, one)| {
            let mut all = vec![text(&(at + 1).to_string())];
            all.extend(cells(one));
            all.push(Cell {
                shown: number::rounded_or_unknown(spread.as_deref(), 1),
                value: spread.clone(),
                ..Cell::default()
            });
            Row { key: format!("{at} {nth}"), kind: RowKind::Row, cells: all }
        })
    });
    Table {
        id: "price-conflicts".into(),
        title: "Sources that disagree".into(),
        subtitle: format!("{} priced differently as of {as_of}", count(conflicts.len(), "thing", "things")),
        columns: columns(&heads),
        rows: rows.collect(),
        notes: Vec::new(),
    }
}

/// What things cost where.
#[must_use]
pub fn regions(table: &RegionTable) -> Table {
    let mut heads = columns(&[
        ("provider", "Provider", "", ColumnKind::Text),
        ("region", "Region", "", ColumnKind::Text),
        ("place", "Place", "", ColumnKind::Text),
        ("legal_area", "Legal area", "", ColumnKind::Text),
    ]);
    let per = if table.model.is_some() { "Mtok" } else { "GPU h" };
    let unit = format!("{}/{per}", table.currency);
    heads.extend(table.columns.iter().map(|name| Column {
        id: name.clone(),
        label: label(name),
        unit: unit.clone(),
        kind: ColumnKind::UnitCost,
    }));
    let lowest: Vec<Option<Money>> = (0..table.columns.len()).map(|column| table.lowest(column)).collect();
    let rows = table.rows.iter().enumerate().map(|(at, row_of)| {
        let about =
            |of: fn(&super::regions::Region) -> Option<&str>| text(row_of.about.and_then(of).unwrap_or_default());
        let mut all = vec![
            text(&row_of.provider),
            text(&row_of.region),
            about(|region| Some(&region.place)),
            about(|region| region.legal_area.as_deref()),
        ];
        all.extend(row_of.prices.iter().zip(&lowest).map(|(found, lowest)| match found {
            None => unknown(),
            Some(one) => Cell {
                shown: number::money_at(one.price.amount, 4),
                best: Some(one.price.amount) == *lowest,
                note: Some(note(&one.price)),
                ..amount(one.price.amount)
            },
        }));
        row(at, all)
    });
    let mut notes = vec!["nothing in a cell means that no source says it is sold there".to_owned()];
    if table.other_currencies > 0 {
        let left = count(table.other_currencies, "price in another currency is", "prices in other currencies are");
        notes.push(format!("{left} left out"));
    }
    Table {
        id: "price-regions".into(),
        title: table.model.as_ref().map_or_else(|| "GPU prices by region".into(), |model| format!("{model} by region")),
        subtitle: format!("lowest {} price, {unit}, as of {}", table.purchase.id().replace('_', " "), table.date),
        columns: heads,
        rows: rows.collect(),
        notes,
    }
}

/// The same with how far each region is from one, and how long a round trip takes, both roughly.
#[must_use]
pub fn with_distances(mut shown: Table, table: &RegionTable, from: &Region) -> Table {
    let measure = ColumnKind::Measure;
    shown
        .columns
        .extend(columns(&[("distance_km", "Distance", "km", measure), ("round_trip_ms", "Round trip", "ms", measure)]));
    let rough = |value: Option<f64>| {
        value.map_or_else(unknown, |value| Cell {
            value: Some(format!("{value:.0}")),
            shown: number::rounded(&format!("{value:.0}"), 0),
            ..Cell::default()
        })
    };
    for (row, of) in shown.rows.iter_mut().zip(&table.rows) {
        let (km, ms) = (|to: &Region| from.kilometres_to(to), |to: &Region| from.round_trip_ms_to(to));
        row.cells.extend([rough(of.about.and_then(km)), rough(of.about.and_then(ms))]);
    }
    let place = &from.place;
    shown
        .notes
        .push(format!("distances from {place} are over the globe; round trips are modelled from them, not measured"));
    shown
}

/// A class of tokens in words; a GPU is called as it is.
fn label(name: &str) -> String {
    if name.parse::<TokenClass>().is_ok() { name.replace('_', " ") } else { name.to_owned() }
}

fn note(price: &Price) -> String {
    let class = if price.class.is_empty() { String::new() } else { format!("{}, ", price.class) };
    format!("{class}per {}, {}", words(price.per), price.source)
}

/// What an edit would change, a row a month.
#[must_use]
pub fn change(change: &PriceChange) -> Table {
    let money = |value: Option<Money>| {
        value.map_or_else(unknown, |value| Cell { shown: number::plain_money(value), ..amount(value) })
    };
    let rows = change.months.iter().enumerate().map(|(at, month)| {
        let moved = month.before.zip(month.after).map(|(before, after)| after - before);
        row(at, vec![text(&month.month.to_string()), money(month.before), money(month.after), money(moved)])
    });
    let kind = ColumnKind::Money;
    let mut heads = columns(&[
        ("month", "Month", "", ColumnKind::Text),
        ("before", "Cost of revenue now", "", kind),
        ("after", "with the price", "", kind),
        ("change", "Change", "", kind),
    ]);
    for head in heads.iter_mut().skip(1) {
        head.unit.clone_from(&change.currency);
    }
    Table {
        id: "price-change".into(),
        title: "What the price would change".into(),
        subtitle: match change.months.len() {
            0 => "no month's cost of revenue would move".into(),
            months => format!("cost of revenue would move in {}", count(months, "month", "months")),
        },
        columns: heads,
        rows: rows.collect(),
        notes: change.notes.clone(),
    }
}

/// A table as JSON: an object a row by column id; money as decimal text, `null` for what is unknown.
#[must_use]
pub fn json(table: &Table) -> Value {
    let value = |column: &Column, cell: &Cell| match (&cell.value, column.kind) {
        (None, _) => Value::Null,
        (Some(text), ColumnKind::Count) => text.parse::<u64>().map_or_else(|_| Value::from(text.clone()), Value::from),
        (Some(text), _) => Value::from(text.clone()),
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
    serde_json::json!({ "title": table.title, "subtitle": table.subtitle, "rows": rows, "notes": table.notes })
}

/// Columns that no row fills are left out, for the terminal; files keep them all.
#[must_use]
pub fn shortened(mut table: Table) -> Table {
    let filled: Vec<bool> = (0..table.columns.len())
        .map(|at| table.rows.is_empty() || table.rows.iter().any(|row| !row.cells[at].shown.is_empty()))
        .collect();
    let keep = |at: &mut usize| {
        let kept = filled[*at];
        *at += 1;
        kept
    };
    let mut at = 0;
    table.columns.retain(|_| keep(&mut at));
    for row in &mut table.rows {
        let mut at = 0;
        row.cells.retain(|_| keep(&mut at));
    }
    table
}
