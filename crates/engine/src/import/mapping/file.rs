//! The text of a mapping: TOML, checked as a whole before anything is read through it.

use std::collections::BTreeMap;

use chrono::FixedOffset;
use marginline_model::{Currency, Exact};
use serde::Deserialize;

use super::cell::{self, DateFormat, Decimal};
use super::fields::{Kind, Target};
use super::fingerprint;
use crate::error::{EngineError, Result};
use crate::import::header::Header;
use crate::import::layout::Layout;

/// How a table is read.
#[derive(Debug, Clone)]
pub struct Mapping {
    /// The text itself.
    pub text: String,
    /// Its name.
    pub name: String,
    /// What its rows become.
    pub target: Target,
    /// The header it is for.
    pub fingerprint: String,
    /// Lines before the header.
    pub skip: u64,
    /// What separates fields; found when absent.
    pub delimiter: Option<u8>,
    /// How its cells are read.
    pub cells: Cells,
    /// Field = column name.
    pub columns: BTreeMap<String, String>,
    /// Field = value of every row.
    pub constants: BTreeMap<String, String>,
}

/// How cells are read.
#[derive(Debug, Clone, Copy)]
pub struct Cells {
    /// Decimal mark.
    pub decimal: Decimal,
    /// Order of dates.
    pub dates: DateFormat,
    /// Where days begin, for moments that tell their zone.
    pub zone: FixedOffset,
    /// Currency where no column holds it.
    pub currency: Option<Currency>,
    /// Are costs written below zero, and credits above?
    pub negated: bool,
    /// What amounts are multiplied by.
    pub multiplier: Exact,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    mapping: Head,
    #[serde(default)]
    columns: BTreeMap<String, String>,
    #[serde(default)]
    constants: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    name: String,
    target: Target,
    header: HeaderIs,
    #[serde(default)]
    skip_lines: u64,
    delimiter: Option<String>,
    #[serde(default)]
    decimal: Decimal,
    #[serde(default)]
    date_format: DateFormat,
    time_zone: Option<String>,
    currency: Option<String>,
    #[serde(default)]
    sign: Sign,
    multiplier: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum HeaderIs {
    Names(Vec<String>),
    Print(String),
}

#[derive(Deserialize, Default, PartialEq)]
#[serde(rename_all = "kebab-case")]
enum Sign {
    #[default]
    Positive,
    Negative,
}

fn failed(what: impl Into<String>) -> EngineError {
    EngineError::failed(what)
}

impl Mapping {
    /// Reads a mapping.
    ///
    /// # Errors
    /// When it is not TOML of this grammar, names a field that its target lacks or a column that its header lacks,
    /// lacks a needed field, or holds a value that cannot be read.
    pub fn parse(text: &str) -> Result<Self> {
        let file: File = toml::from_str(text).map_err(|error| {
            let line = error.span().map_or(1, |span| text[..span.start.min(text.len())].lines().count().max(1));
            failed(format!("the mapping cannot be read at line {line}: {}", error.message()))
                .then("see docs/mapping.md")
        })?;
        let head = file.mapping;
        let name_is_good = !head.name.is_empty() && head.name.len() <= 60;
        if !name_is_good || !head.name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.')) {
            return Err(failed(format!("the mapping has the name {:?}", head.name))
                .then("use 1 to 60 letters, digits, - _ and ."));
        }
        let names = match &head.header {
            HeaderIs::Names(names) => Some(names.clone()),
            HeaderIs::Print(_) => None,
        };
        let mapping = Self {
            text: text.to_owned(),
            target: head.target,
            fingerprint: print_of(&head.header)?,
            skip: head.skip_lines,
            delimiter: head.delimiter.as_deref().map(delimiter).transpose()?,
            cells: cells(&head)?,
            name: head.name,
            columns: file.columns,
            constants: file.constants,
        };
        mapping.check(names.map(Header::of_names).as_ref())?;
        Ok(mapping)
    }

    fn check(&self, header: Option<&Header>) -> Result<()> {
        for id in self.columns.keys().chain(self.constants.keys()) {
            if self.target.kind_of(id).is_none() {
                let mut known: Vec<&str> = self.target.fields().iter().map(|field| field.id).collect();
                known.retain(|known| !known.starts_with("tag:"));
                let tags = if self.target.has_tags() { " or tag:KEY" } else { "" };
                return Err(failed(format!(
                    "the mapping {} tells {id:?}, which a {} has not",
                    self.name,
                    self.target.word()
                ))
                .then(format!("use {}{tags}", known.join(", "))));
            }
            if self.columns.contains_key(id) && self.constants.contains_key(id) {
                return Err(failed(format!("the mapping {} tells {id} by a column and by a constant", self.name))
                    .then("leave one of them out"));
            }
        }
        for (id, value) in &self.constants {
            self.check_constant(id, value)?;
        }
        for needed in self.target.needed() {
            if !needed.iter().any(|id| self.columns.contains_key(*id) || self.constants.contains_key(*id)) {
                return Err(failed(format!("the mapping {} does not tell {}", self.name, needed.join(" or ")))
                    .then("name its column under [columns], or its value under [constants]"));
            }
        }
        let is_money = |id: &String| self.target.kind_of(id) == Some(Kind::Money);
        let has_money = self.columns.keys().chain(self.constants.keys()).any(is_money);
        let told = self.columns.contains_key("currency") || self.constants.contains_key("currency");
        if has_money && self.cells.currency.is_none() && !told {
            return Err(failed(format!("the mapping {} does not tell the currency", self.name))
                .then("name its column under [columns], or write currency = \"EUR\" under [mapping]"));
        }
        header.map_or(Ok(()), |header| self.columns.values().try_for_each(|name| self.column(header, name).map(|_| ())))
    }

    fn check_constant(&self, id: &str, value: &str) -> Result<()> {
        let column = format!("constant {id}");
        let read = match self.target.kind_of(id) {
            Some(Kind::Money | Kind::Quantity | Kind::Count) => self.cells.number(&column, value).map(|_| ()),
            Some(Kind::Date) => self.cells.day(&column, value).map(|_| ()),
            Some(Kind::Month) => self.cells.month(&column, value).map(|_| ()),
            Some(Kind::Currency) => crate::import::field::currency(&column, value).map(|_| ()),
            Some(Kind::Word) | None => Ok(()),
        };
        read.map_err(|error| {
            failed(format!("the mapping {} has the {column} {:?}", self.name, error.found))
                .then(format!("write {}", error.expected))
        })
    }

    /// Where a column of it stands in a header.
    ///
    /// # Errors
    /// When it stands nowhere, or twice.
    pub fn column(&self, header: &Header, name: &str) -> Result<usize> {
        if header.twice(&[name]).is_some() {
            return Err(failed(format!(
                "the mapping {} reads the column {name:?}, which the table has twice",
                self.name
            ))
            .then("only one can be right; rename the other"));
        }
        header.find(&[name]).ok_or_else(|| {
            failed(format!("the mapping {} reads a column {name:?}, which the table has not", self.name))
                .then(format!("its columns are {}", header.shown()))
        })
    }

    /// The layout of a file as it says.
    #[must_use]
    pub fn layout(&self, start: &[u8]) -> Layout {
        Layout::told(start, self.skip, self.delimiter)
    }
}

fn print_of(header: &HeaderIs) -> Result<String> {
    match header {
        HeaderIs::Names(names) if names.is_empty() => {
            Err(failed("the mapping's header names no column").then("list the table's columns in order"))
        }
        HeaderIs::Names(names) => Ok(fingerprint(names)),
        HeaderIs::Print(print) => {
            let plain = print.trim().to_ascii_lowercase();
            if plain.len() == 64 && plain.bytes().all(|b| b.is_ascii_hexdigit()) {
                return Ok(plain);
            }
            Err(failed(format!("the mapping's header {print:?} is no fingerprint"))
                .then("list the table's columns in order, or write the 64 digits that `marginline map` shows"))
        }
    }
}

fn delimiter(text: &str) -> Result<u8> {
    match text {
        "\\t" | "tab" => Ok(b'\t'),
        _ => match text.as_bytes() {
            [byte] if byte.is_ascii() && !byte.is_ascii_alphanumeric() && !matches!(byte, b'"' | b'\n' | b'\r') => {
                Ok(*byte)
            }
            _ => Err(failed(format!("the mapping's delimiter {text:?} is none"))
                .then("use one character, such as \";\", or \"tab\"")),
        },
    }
}

fn cells(head: &Head) -> Result<Cells> {
    let currency = head.currency.as_deref().map(|code| {
        Currency::parse(code).map_err(|_| {
            failed(format!("the mapping has the currency {code:?}")).then("write three letters, such as EUR")
        })
    });
    let multiplier = head.multiplier.as_deref().map_or(Ok(one()), |text| {
        let exact = Exact::parse(text).ok().filter(|exact| *exact != Exact::ZERO && !exact.is_negative());
        exact.ok_or_else(|| {
            failed(format!("the mapping's multiplier {text:?} is none"))
                .then("write a decimal above 0, such as \"0.01\" for cents; the sign is told by sign")
        })
    });
    Ok(Cells {
        decimal: head.decimal,
        dates: head.date_format,
        zone: head.time_zone.as_deref().map_or(Ok(cell::utc()), cell::zone)?,
        currency: currency.transpose()?,
        negated: head.sign == Sign::Negative,
        multiplier: multiplier?,
    })
}

fn one() -> Exact {
    Exact::parse("1").unwrap_or(Exact::ZERO)
}
