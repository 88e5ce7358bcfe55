//! Import: detect → parse as a stream → check → quarantine bad rows → store good rows in one transaction →
//! control totals. One file for each format.

mod bill;
mod budget;
mod content;
mod detect;
mod document;
mod field;
mod focus;
mod format;
mod gpu_hours;
mod header;
mod mapping;
mod memo;
mod node;
mod parquet;
mod parts;
mod pipeline;
mod quarantine;
mod read;
mod record;
mod report;
mod revenue;
mod split;
mod table;
mod token_usage;
mod undo;
mod usage;

pub use format::Format;
pub use pipeline::{ImportOptions, Progress, Watch};
pub use report::{
    BatchReport, DifferenceReport, DocumentReport, ImportReport, MovedReport, ReplacedReport, totals_as_objects,
};

/// Every format that can be imported.
pub static FORMATS: [&Format; 5] =
    [&focus::FOCUS, &token_usage::TOKEN_USAGE, &gpu_hours::GPU_HOURS, &revenue::REVENUE, &budget::BUDGET];

/// A format's name for people, with the version that a header tells.
fn label_of(format: &Format, header: &header::Header) -> String {
    if format.id == focus::FOCUS.id { focus::version(header).to_owned() } else { format.label.to_owned() }
}

/// A format's name for people.
#[must_use]
pub fn format_label(id: &str) -> &str {
    FORMATS.iter().find(|format| format.id == id).map_or(id, |format| format.label)
}
