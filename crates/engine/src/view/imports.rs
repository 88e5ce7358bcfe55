//! What the imports screen shows: the queue, the history, differences and refused rows.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::{Choice, Notice, Problem, Table};

/// One import in the list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct BatchRow {
    /// Batch id.
    pub id: u32,
    /// File name.
    pub file: String,
    /// Format in words, such as `FOCUS 1.0`.
    pub format: String,
    /// `bill`, `usage`, `revenue`, `plan` or `claim`.
    pub role: String,
    /// Months it covers, in words.
    pub period: String,
    /// When it was imported, UTC, `2026-11-21 04:41`.
    pub imported: String,
    /// Rows read.
    pub rows_read: u32,
    /// Rows stored.
    pub rows_stored: u32,
    /// Rows that the ledger had already under their own id.
    pub rows_duplicate: u32,
    /// Rows in quarantine.
    pub rows_quarantined: u32,
    /// Rows in quarantine that nobody has mended or dismissed yet.
    pub quarantine_open: u32,
    /// Rows of earlier imports that it replaced; there is a difference to see.
    pub rows_replaced: u32,
    /// Control totals in words, a currency each.
    pub totals: Vec<String>,
    /// `live`, `replaced` or `undone`.
    pub state: String,
    /// Why it cannot be undone now, if so.
    pub locked: Option<String>,
}

/// The imports screen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct ImportsView {
    /// Newest first.
    pub batches: Vec<BatchRow>,
    /// The undone import that `redo` would bring back.
    pub redo: Option<String>,
    /// Formats to choose from when detection fails.
    pub formats: Vec<Choice>,
    /// What needs a look.
    pub notices: Vec<Notice>,
}

/// State of a running import.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// At work.
    Running,
    /// Finished; the ledger has changed unless `message` says otherwise.
    Done,
    /// Rows of earlier imports would be replaced; nothing was changed, and `differences` say what would be.
    Review,
    /// A file's format or columns are not known; nothing was changed, and `asks` says what to decide.
    Asks,
    /// Failed; nothing was changed.
    Failed,
    /// Cancelled; nothing was changed.
    Cancelled,
}

/// Progress of a job, sent at most ten times a second, and its end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct JobProgress {
    /// Which job.
    pub job: u32,
    /// State.
    pub state: JobState,
    /// File at work.
    pub file: String,
    /// Part done, 0 to 1.
    #[specta(type = i32)] // finite by construction; specta would export f64 as number | null
    pub part: f64,
    /// Rows read so far.
    pub rows: u32,
    /// Rows a second over the last moments; 0 while unknown.
    pub rows_per_second: u32,
    /// Seconds left, once that can be told.
    pub seconds_left: Option<u32>,
    /// Which file is at work, counted from 1.
    pub file_number: u32,
    /// How many files.
    pub files: u32,
    /// What happened, once it has ended; one line a file.
    pub messages: Vec<String>,
    /// What would be replaced, a view each file that replaces rows.
    pub differences: Vec<DifferenceView>,
    /// What only a person can decide.
    pub asks: Option<Ask>,
    /// What went wrong, if it failed.
    pub problem: Option<Problem>,
}

/// What a person has to decide before a file can be imported.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct Ask {
    /// The file.
    pub path: String,
    /// Formats it could be in; empty when its columns need a mapping.
    pub formats: Vec<Choice>,
}

/// How an import differs from what it replaces or has replaced.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct DifferenceView {
    /// `azure-october.csv, against batch 3`.
    pub title: String,
    /// Rows in words: `2 added`, `1 gone`, `3 changed`, `94 as they were`; those of none are left out.
    pub rows: Vec<String>,
    /// Net movement in words, a currency each: `USD −12.50 (1,200.00 → 1,187.50)`.
    pub totals: Vec<String>,
    /// What moved: service, month, before, after, change; the largest first.
    pub table: Table,
}

/// A field of a refused row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct RawField {
    /// Column; empty where the file has none.
    pub name: String,
    /// What stands there.
    pub value: String,
    /// Is this the field at fault?
    pub at_fault: bool,
}

/// A refused row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct RefusedRow {
    /// Row of the quarantine.
    pub id: u32,
    /// Line in the file, the header being 1.
    pub line: u32,
    /// Column at fault.
    pub column: String,
    /// What stood there.
    pub found: String,
    /// What was expected.
    pub expected: String,
    /// `open`, `dismissed` or `readmitted`.
    pub state: String,
    /// The row as it stands in the file; empty when the file was not kept.
    pub fields: Vec<RawField>,
}

/// The refused rows of a batch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct QuarantineView {
    /// Batch.
    pub batch: u32,
    /// `Rows of october.csv that were not stored`.
    pub title: String,
    /// `3 of 1,000 rows; 1 dismissed`.
    pub subtitle: String,
    /// The rows, at most a thousand.
    pub rows: Vec<RefusedRow>,
    /// Why rows cannot be mended here, if so.
    pub fixed: Option<String>,
}

/// A refused row as a person mended it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct MendedRow {
    /// Row of the quarantine.
    pub id: u32,
    /// Its fields, in the order of the file's columns.
    pub fields: Vec<String>,
}
