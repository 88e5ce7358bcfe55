//! What a format is: how it is recognised, and how a record of it is read.

use chrono::NaiveDate;
use marginline_model::{Exact, ExactSum, Money};
use marginline_store::batch::{BatchTotal, Role};
use marginline_store::import::Rows;

use super::field::FieldError;
use super::header::Header;
use super::node::Node;
use super::record::Record;
use crate::error::Result;

/// The column that a person may tell instead.
pub const BILLING_CURRENCY: &str = "BillingCurrency";

/// Reads the records of one file.
pub trait Reader: Send {
    /// Reads one record and keeps it, or skips one that says nothing.
    ///
    /// # Errors
    /// The first field at fault; the record is not kept then.
    fn read(&mut self, record: &Record<'_>) -> std::result::Result<Taken, FieldError>;
    /// What the file does not say of itself; told before the first record.
    ///
    /// # Errors
    /// What is missing, and how to tell it.
    fn told(&mut self, _told: &Told) -> Result<()> {
        Ok(())
    }
    /// The file has ended: what was held back, because more of it could come, is ready to be taken.
    fn finish(&mut self) {}
    /// Rows kept since the last call, a list for each kind of row.
    fn take(&mut self) -> Vec<Rows>;
    /// Control totals of all rows kept.
    fn totals(&self) -> Vec<BatchTotal>;
}

/// What a price list does not say of itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Told {
    /// The day it is of.
    pub observed: NaiveDate,
    /// Who sells what it lists; empty: nobody told.
    pub provider: String,
    /// The file's name without folder and ending.
    pub file: String,
}

/// What became of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It is a row of the ledger.
    Kept,
    /// It says nothing: an empty bucket, a line that stands for others.
    Skipped,
}

/// A format that can be imported.
pub struct Format {
    /// Id for `--as` and the ledger.
    pub id: &'static str,
    /// Name for people.
    pub label: &'static str,
    /// Role of its batches.
    pub role: Role,
    /// Does the source only add records with ids of their own, so that a new file replaces nothing?
    pub append_only: bool,
    /// The shapes it comes in.
    pub shapes: &'static [Shape],
}

/// One shape of a format.
pub enum Shape {
    /// Lines of fields under a header: CSV, and Parquet read as such.
    Table(Table),
    /// JSON records: one document, an array, or one record a line.
    Json(Json),
    /// Lines of text without a header.
    Lines(Lines),
}

/// A table under a header.
pub struct Table {
    /// Columns it cannot do without; each a list of accepted names, the first being the right one.
    pub required: &'static [&'static [&'static str]],
    /// Columns that tell it from other formats.
    pub telling: &'static [&'static str],
    /// Opens a reader for a header that has every required column.
    pub open: fn(&Header) -> Box<dyn Reader>,
}

/// JSON records.
pub struct Json {
    /// Does the first document of the file, or its first line, look like this format? Higher is surer, 0 is no.
    pub likeness: fn(&Node) -> usize,
    /// The records of a document; of a file with a record a line, each line is a document of one record.
    pub records: fn(Node) -> Vec<Node>,
    /// Opens a reader.
    pub open: fn() -> Box<dyn Reader>,
}

/// Lines of text.
pub struct Lines {
    /// Does the beginning of the file look like this format? Higher is surer, 0 is no.
    pub likeness: fn(&str) -> usize,
    /// Is the first line a header or a comment that holds no record?
    pub skip: fn(&str) -> bool,
    /// Opens a reader; each line comes as a record of one field.
    pub open: fn() -> Box<dyn Reader>,
}

impl Table {
    /// Required columns that a header lacks.
    #[must_use]
    pub fn missing(&self, header: &Header) -> Vec<&'static str> {
        let told = |names: &[&str]| names[0] == BILLING_CURRENCY && header.given_currency.is_some();
        self.required
            .iter()
            .filter(|names| header.find(names).is_none() && !told(names))
            .map(|names| names[0])
            .collect()
    }

    /// How many of its telling columns a header has.
    #[must_use]
    pub fn likeness(&self, header: &Header) -> usize {
        self.telling.iter().filter(|name| header.has(name)).count()
    }
}

impl Format {
    /// Its tables.
    pub fn tables(&self) -> impl Iterator<Item = &'static Table> + use<> {
        self.shapes.iter().filter_map(|shape| if let Shape::Table(table) = shape { Some(table) } else { None })
    }
}

/// A control total in the making: the file's exact sum beside the ledger's.
#[derive(Debug, Default, Clone)]
pub struct Control {
    seen: bool,
    file: ExactSum,
    ledger: i128,
    spilled: ExactSum,
}

impl Control {
    /// Adds a field that was stored.
    pub fn add(&mut self, exact: Exact, stored: Money) {
        self.seen = true;
        self.file.add(exact);
        match self.ledger.checked_add(stored.attos()) {
            Some(sum) => self.ledger = sum,
            None => self.spilled.add_money(stored),
        }
    }

    /// Was anything added? A column that no row has is unknown, not zero.
    #[must_use]
    pub fn seen(&self) -> bool {
        self.seen
    }

    /// The finished total.
    #[must_use]
    pub fn total(&self, unit: &str, measure: &str) -> BatchTotal {
        let mut ledger = self.spilled.clone();
        ledger.add_money(Money::from_attos(self.ledger));
        BatchTotal {
            unit: unit.to_owned(),
            measure: measure.to_owned(),
            total: self.file.to_string(),
            residue: self.file.minus(&ledger).to_string(),
        }
    }
}

/// A total of things that are counted, not paid.
#[must_use]
pub fn count_total(unit: &str, measure: &str, total: impl ToString) -> BatchTotal {
    BatchTotal { unit: unit.to_owned(), measure: measure.to_owned(), total: total.to_string(), residue: "0".to_owned() }
}
