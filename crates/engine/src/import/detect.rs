//! Which format a file is in, from its content and not its name. A file that fits several is not guessed.

use super::FORMATS;
use super::format::{BILLING_CURRENCY, Format, Json, Lines, Reader, Shape, Table};
use super::header::Header;
use super::mapping::{self, Mappings};
use super::node::Node;
use crate::error::{EngineError, Result};

/// Columns past this are no export.
const MOST_COLUMNS: usize = 20_000;

/// A format that fits a table.
pub struct Found {
    /// The format.
    pub format: &'static Format,
    /// Id for the ledger: the format's, or a mapping's.
    pub id: String,
    /// Its name for people, with version.
    pub label: String,
    /// A reader for the table.
    pub reader: Box<dyn Reader>,
}

/// Ids of every format, for messages.
fn names() -> String {
    FORMATS.iter().map(|format| format.id).collect::<Vec<_>>().join(", ")
}

fn wanted_format(id: &str) -> Result<&'static Format> {
    if mapping::is_id(id) {
        return Err(EngineError::failed("is no table, and a mapping reads tables").then("leave out --as"));
    }
    FORMATS
        .iter()
        .copied()
        .find(|format| format.id == id)
        .ok_or_else(|| EngineError::usage(format!("there is no format {id:?}")).then(format!("use one of {}", names())))
}

/// Is it the header of a table at all?
///
/// # Errors
/// When it has more columns than any export.
pub fn bounded(header: &Header) -> Result<()> {
    if header.len() <= MOST_COLUMNS {
        return Ok(());
    }
    Err(EngineError::failed(format!("has {} columns", header.len()))
        .then("no export has so many; check the separator and the quotes of its first line"))
}

/// The format of a table.
///
/// # Errors
/// When none fits, several fit equally well, a needed column is missing or there twice.
pub fn table(header: &Header, wanted: Option<&str>, mappings: &Mappings) -> Result<Found> {
    bounded(header)?;
    if let Some(found) = mappings.find(header, wanted)? {
        return Ok(found);
    }
    let (format, table) = match wanted {
        Some(id) => named(header, wanted_format(id)?)?,
        None => best(header)?,
    };
    let needed: Vec<&str> = table.required.iter().flat_map(|names| names.iter().copied()).collect();
    if let Some(name) = header.twice(&needed) {
        return Err(EngineError::failed(format!("has two columns {name}"))
            .then("only one can be right; remove the other, or export it again"));
    }
    let label = super::label_of(format, header);
    Ok(Found { format, id: format.id.to_owned(), label, reader: (table.open)(header) })
}

fn lacking(format: &Format, missing: &[&str]) -> EngineError {
    if missing == [BILLING_CURRENCY] {
        return EngineError::failed(format!("looks like {} but has no column {BILLING_CURRENCY}", format.label))
            .then("export it with that column, or tell the currency of every amount with --currency, such as USD");
    }
    EngineError::failed(format!("looks like {} but has no column {}", format.label, missing.join(", ")))
        .then("export it with that column; columns are found by name, in any order")
}

fn named(header: &Header, format: &'static Format) -> Result<(&'static Format, &'static Table)> {
    let mut nearest: Option<Vec<&str>> = None;
    for table in format.tables() {
        let missing = table.missing(header);
        if missing.is_empty() {
            return Ok((format, table));
        }
        if nearest.as_ref().is_none_or(|near| missing.len() < near.len()) {
            nearest = Some(missing);
        }
    }
    match nearest {
        Some(missing) => Err(lacking(format, &missing)),
        None => Err(EngineError::failed(format!("is a table, and {} does not come as one", format.label))
            .then("leave out --as, or choose another format")),
    }
}

fn best(header: &Header) -> Result<(&'static Format, &'static Table)> {
    let all: Vec<(&'static Format, &'static Table)> =
        FORMATS.iter().flat_map(|format| format.tables().map(move |table| (*format, table))).collect();
    let mut fitting: Vec<_> = all.iter().copied().filter(|(_, table)| table.missing(header).is_empty()).collect();
    fitting.sort_by_key(|(_, table)| std::cmp::Reverse(table.likeness(header)));
    match fitting.as_slice() {
        [] => {
            let near = all.iter().copied().max_by_key(|(_, table)| table.likeness(header));
            match near.filter(|(_, table)| table.likeness(header) * 2 >= table.telling.len()) {
                Some((format, table)) => Err(lacking(format, &table.missing(header))),
                None => Err(EngineError::failed(format!("has a header of no known format: {}", header.shown()))
                    .then(format!("name the format with --as ({}), or describe its columns in a mapping; `marginline map` guesses one", names()))
                    .unknown_header()),
            }
        }
        [one] => Ok(*one),
        [first, second, ..] if first.1.likeness(header) > second.1.likeness(header) => Ok(*first),
        [first, ..] => {
            let most = first.1.likeness(header);
            let mut candidates: Vec<&'static str> = fitting
                .iter()
                .filter(|(_, table)| table.likeness(header) == most)
                .map(|(format, _)| format.id)
                .collect();
            candidates.dedup();
            match candidates.as_slice() {
                [_] => Ok(*first),
                _ => Err(ambiguous(&candidates)),
            }
        }
    }
}

fn ambiguous(candidates: &[&'static str]) -> EngineError {
    EngineError::failed(format!("could be {}", candidates.join(" or ")))
        .then("name the format with --as")
        .candidates(candidates)
}

/// The format of JSON records, by the first document.
///
/// # Errors
/// When none fits or several fit equally well.
pub fn json(first: &Node, wanted: Option<&str>) -> Result<(&'static Format, &'static Json)> {
    let shapes = |format: &'static Format| {
        format.shapes.iter().filter_map(|shape| if let Shape::Json(json) = shape { Some(json) } else { None })
    };
    if let Some(id) = wanted {
        let format = wanted_format(id)?;
        let fitting = shapes(format).max_by_key(|json| (json.likeness)(first));
        return match fitting.filter(|json| (json.likeness)(first) > 0) {
            Some(json) => Ok((format, json)),
            None => Err(EngineError::failed(format!("is JSON, but not as {} writes it", format.label))
                .then("leave out --as, or choose another format")),
        };
    }
    let mut fitting: Vec<(usize, &'static Format, &'static Json)> = FORMATS
        .iter()
        .flat_map(|format| shapes(format).map(move |json| ((json.likeness)(first), *format, json)))
        .filter(|(likeness, ..)| *likeness > 0)
        .collect();
    fitting.sort_by_key(|(likeness, ..)| std::cmp::Reverse(*likeness));
    match fitting.as_slice() {
        [] => Err(match told_error(first) {
            Some(text) => EngineError::failed(format!("holds no data but an error: {text}"))
                .then("mend what it says and ask the service again"),
            None => EngineError::failed("is JSON of no known format")
                .then(format!("name the format with --as ({})", names())),
        }),
        [one] => Ok((one.1, one.2)),
        [first, second, ..] if first.0 > second.0 => Ok((first.1, first.2)),
        [first, second, ..] => Err(ambiguous(&[first.1.id, second.1.id])),
    }
}

/// The error that a service answered instead of data, as Prometheus and the model providers write it.
fn told_error(document: &Node) -> Option<String> {
    let error = document.get("error")?;
    let text = error.text().or_else(|| error.get("message")?.text())?;
    Some(super::field::cut(text))
}

/// The format of lines without a header, by the beginning of the file.
#[must_use]
pub fn lines(start: &str, wanted: Option<&str>) -> Option<(&'static Format, &'static Lines)> {
    FORMATS
        .iter()
        .filter(|format| wanted.is_none_or(|id| format.id == id))
        .flat_map(|format| {
            format.shapes.iter().filter_map(move |shape| match shape {
                Shape::Lines(lines) => Some(((lines.likeness)(start), *format, lines)),
                _ => None,
            })
        })
        .filter(|(likeness, ..)| *likeness > 0)
        .max_by_key(|(likeness, ..)| *likeness)
        .map(|(_, format, lines)| (format, lines))
}
