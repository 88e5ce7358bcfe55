//! An unknown table and how it would be read.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::{Notice, Problem};

/// A column of the table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct MappingColumn {
    /// Its name.
    pub name: String,
    /// Some of its cells as written.
    pub samples: Vec<String>,
    /// Fields that the mapping reads from it.
    pub fields: Vec<String>,
    /// The field it seems to hold.
    pub guess: Option<String>,
    /// How sure that guess is, 0 to 1.
    #[specta(type = i32)] // finite by construction; specta would export f64 as number | null
    pub confidence: f64,
}

/// A field that a column can hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct MappingField {
    /// Its name in a mapping.
    pub id: String,
    /// It, or one that stands for it, is needed.
    pub needed: bool,
}

/// A row as read, beside its cells as written. What is absent could not be read or is not told.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, Type)]
pub struct MappingRow {
    /// Line in the file.
    pub line: u32,
    /// Cells as written.
    pub cells: Vec<String>,
    /// Date of use, posting or invoice: `2026-10-31`.
    pub date: Option<String>,
    /// Amount with sign and multiplier, a decimal string.
    pub amount: Option<String>,
    /// Its currency.
    pub currency: Option<String>,
    /// What the row is about: provider, service, model, customer …
    pub about: String,
    /// Why it would go to quarantine, if so.
    pub problem: Option<String>,
}

/// A cell that cannot be read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct MappingProblem {
    /// Line in the file.
    pub line: u32,
    /// Column.
    pub column: String,
    /// What stands there.
    pub found: String,
    /// What was expected.
    pub expected: String,
}

/// An unknown table, the mapping for it, and what comes of its first rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct MappingPreview {
    /// The mapping's name.
    pub name: String,
    /// `bill`, `usage`, `revenue` or `general-ledger`.
    pub target: String,
    /// The mapping is a guess, neither given nor kept.
    pub guessed: bool,
    /// The mapping that is kept for this header, if there is one.
    pub saved: Option<String>,
    /// The mapping as TOML, to be edited and kept.
    pub text: String,
    /// The header's fingerprint.
    pub fingerprint: String,
    /// Columns in the table's order.
    pub columns: Vec<MappingColumn>,
    /// Fields to choose from; tags besides, as `tag:KEY`, for bills and the general ledger.
    pub fields: Vec<MappingField>,
    /// The first 20 rows.
    pub rows: Vec<MappingRow>,
    /// Cells of the first 200 rows that cannot be read.
    pub problems: Vec<MappingProblem>,
    /// What a person has to settle.
    pub notices: Vec<Notice>,
    /// Why the mapping cannot be used, if so.
    pub problem: Option<Problem>,
}
