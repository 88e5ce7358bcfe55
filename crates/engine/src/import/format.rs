//! What a format is: how it is recognised, and how a row of it is read.

use marginline_model::{Exact, ExactSum, Money};
use marginline_store::batch::{BatchTotal, Role};
use marginline_store::import::{Place, Rows};

use super::field::FieldError;
use super::header::Header;

/// The fields of one row, all valid UTF-8.
pub type Fields<'a> = [&'a str];

/// Reads rows of one file.
pub trait RowReader: Send {
    /// Reads one row and keeps it.
    ///
    /// # Errors
    /// The first field at fault; the row is not kept then.
    fn read(&mut self, fields: &Fields<'_>, place: Place) -> Result<(), FieldError>;
    /// Rows kept since the last call.
    fn take(&mut self) -> Rows;
    /// Control totals of all rows kept.
    fn totals(&self) -> Vec<BatchTotal>;
}

/// A format that can be imported.
pub struct Format {
    /// Id for `--as` and the ledger.
    pub id: &'static str,
    /// Name for people.
    pub label: &'static str,
    /// Role of its batches.
    pub role: Role,
    /// Columns it cannot do without; each a list of accepted names, the first being the right one.
    pub required: &'static [&'static [&'static str]],
    /// Columns that tell it from other formats.
    pub telling: &'static [&'static str],
    /// Opens a reader for a header that has every required column.
    pub open: fn(&Header) -> Box<dyn RowReader>,
}

impl Format {
    /// Required columns that a header lacks.
    #[must_use]
    pub fn missing(&self, header: &Header) -> Vec<&'static str> {
        self.required.iter().filter(|names| header.find(names).is_none()).map(|names| names[0]).collect()
    }

    /// How many of its telling columns a header has.
    #[must_use]
    pub fn likeness(&self, header: &Header) -> usize {
        self.telling.iter().filter(|name| header.has(name)).count()
    }
}

/// A control total in the making: the file's exact sum beside the ledger's.
#[derive(Debug, Default, Clone)]
pub struct Control {
    seen: bool,
    file: ExactSum,
    ledger: ExactSum,
}

impl Control {
    /// Adds a field that was stored.
    pub fn add(&mut self, exact: Exact, stored: Money) {
        self.seen = true;
        self.file.add(exact);
        self.ledger.add_money(stored);
    }

    /// Was anything added? A column that no row has is unknown, not zero.
    #[must_use]
    pub fn seen(&self) -> bool {
        self.seen
    }

    /// The finished total.
    #[must_use]
    pub fn total(&self, unit: &str, measure: &str) -> BatchTotal {
        BatchTotal {
            unit: unit.to_owned(),
            measure: measure.to_owned(),
            total: self.file.to_string(),
            residue: self.file.minus(&self.ledger).to_string(),
        }
    }
}
