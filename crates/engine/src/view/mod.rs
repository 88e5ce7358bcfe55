//! What a screen, a CSV, a spreadsheet and a chart all show: one set of types, made once here.
//!
//! Money crosses as decimal strings in `value`; `shown` is the same figure as a person reads it, so the
//! window and the terminal cannot disagree about rounding. Nothing here computes money.

mod explain;
mod imports;
mod mapping;
mod new;
mod plan;
mod prices;
mod query;
mod scenarios;
mod screens;
mod workbench;

use serde::{Deserialize, Serialize};
use specta::Type;

pub use explain::*;
pub use imports::*;
pub use mapping::*;
pub use new::*;
pub use plan::*;
pub use prices::*;
pub use query::*;
pub use scenarios::*;
pub use screens::*;
pub use workbench::*;

/// Whether a figure is welcome, unwelcome, doubtful or neither. Colour is never its only sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type, Default)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// Nothing to say.
    #[default]
    Neutral,
    /// Moves margin up.
    Good,
    /// Moves margin down.
    Bad,
    /// Incomplete: unpriced, unconverted or unassigned.
    Warn,
}

/// Light or dark, as the window or the command line asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type, Default)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// Dark ink on a light ground.
    #[default]
    Light,
    /// Light ink on a dark ground.
    Dark,
}

/// What kind of value a column holds; decides alignment, sorting and the spreadsheet's number format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum ColumnKind {
    /// Words, left-aligned.
    Text,
    /// An amount in the column's unit.
    Money,
    /// A share in percent, 63.1 meaning 63.1 %.
    Percent,
    /// A difference of two percentages.
    Points,
    /// A whole number of things.
    Count,
    /// Money per unit, such as USD per million tokens.
    UnitCost,
    /// What was measured, in the column's unit: milliseconds, watts, tokens a second.
    Measure,
}

/// A column of a [`Table`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct Column {
    /// Stable name; the CSV header.
    pub id: String,
    /// What a person reads.
    pub label: String,
    /// Unit of every value in it: `USD`, `%`, `pp`, `USD/Mtok`, or empty for words.
    pub unit: String,
    /// What kind of value it holds.
    pub kind: ColumnKind,
}

impl Column {
    /// A column of this name, label, unit and kind.
    #[must_use]
    pub fn new(id: &str, label: &str, unit: &str, kind: ColumnKind) -> Self {
        Self { id: id.to_owned(), label: label.to_owned(), unit: unit.to_owned(), kind }
    }
}

/// One figure or word of a [`Table`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type, Default)]
pub struct Cell {
    /// The exact value: a decimal string or the words; `None` is unknown, never zero.
    pub value: Option<String>,
    /// As a person reads it; `–` where unknown.
    pub shown: String,
    /// Colouring.
    pub tone: Tone,
    /// The best of its row when rows compare scenarios.
    pub best: bool,
    /// A word more, for a tooltip and the screen reader: evidence, reason.
    pub note: Option<String>,
    /// The ends of a figure that may be an estimate or a bound. Where a column has them, every row has, and exports
    /// write them as columns of their own.
    pub range: Option<Range>,
}

impl Cell {
    /// With a mark before what is shown, where anything is known.
    #[must_use]
    pub fn marked(mut self, mark: &str) -> Self {
        if self.value.is_some() {
            self.shown.insert_str(0, mark);
        }
        self
    }
}

/// Between which ends a figure lies; both are the figure itself where it is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type, Default)]
pub struct Range {
    /// Lower end; `None` has no bound.
    pub low: Option<String>,
    /// Upper end; `None` has no bound.
    pub high: Option<String>,
}

/// Which part of a table a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum RowKind {
    /// An ordinary row.
    Row,
    /// What no rule gave to anybody; always shown, never sorted away.
    Unassigned,
    /// The sum of all rows.
    Total,
}

/// One line of a [`Table`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct Row {
    /// Stable key.
    pub key: String,
    /// Which part of the table it is.
    pub kind: RowKind,
    /// One cell a column.
    pub cells: Vec<Cell>,
}

/// A table as shown, copied and exported.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct Table {
    /// Stable name; the export's file name begins with it.
    pub id: String,
    /// Title.
    pub title: String,
    /// Period, basis and currency in words.
    pub subtitle: String,
    /// Columns.
    pub columns: Vec<Column>,
    /// Rows, the total last.
    pub rows: Vec<Row>,
    /// Sentences that belong under it: unconverted currencies, unpriced usage, missing values.
    pub notes: Vec<String>,
}

/// A place in a chart that answers to hover and keyboard, in the chart's own coordinates.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct Mark {
    /// Left edge.
    #[specta(type = i32)] // finite by construction; specta would export f64 as number | null
    pub x: f64,
    /// Top edge.
    #[specta(type = i32)] // finite by construction; specta would export f64 as number | null
    pub y: f64,
    /// Width.
    #[specta(type = i32)] // finite by construction; specta would export f64 as number | null
    pub w: f64,
    /// Height.
    #[specta(type = i32)] // finite by construction; specta would export f64 as number | null
    pub h: f64,
    /// Which series it belongs to.
    pub series: String,
    /// Its place on the axis, such as a month.
    pub label: String,
    /// Its value as a person reads it, with its unit.
    pub shown: String,
}

/// A chart: one picture for the screen, the file and the slide, and its marks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct Chart {
    /// Stable name; the export's file name begins with it.
    pub id: String,
    /// Title, drawn in the picture only when exported.
    pub title: String,
    /// Unit and period in words.
    pub subtitle: String,
    /// Width of the picture in its own units (CSS pixels).
    #[specta(type = i32)] // finite by construction; specta would export f64 as number | null
    pub width: f64,
    /// Height of the picture in its own units.
    #[specta(type = i32)] // finite by construction; specta would export f64 as number | null
    pub height: f64,
    /// The picture.
    pub svg: String,
    /// What it says, for a screen reader.
    pub alt: String,
    /// Hover and keyboard places, in reading order.
    pub marks: Vec<Mark>,
}

/// A headline figure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct Kpi {
    /// Stable name, also the `data-testid`.
    pub id: String,
    /// What it is.
    pub label: String,
    /// The exact value; `None` is unknown.
    pub value: Option<String>,
    /// As a person reads it, with unit, and with `≥` or `≤` where it is a bound.
    pub shown: String,
    /// The line below: change, plan, or what is missing.
    pub note: String,
    /// Colour of the line below.
    pub tone: Tone,
}

/// A sentence with a figure, such as a reason why margin moved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct Sentence {
    /// The words.
    pub text: String,
    /// The figure.
    pub shown: String,
    /// Its colour.
    pub tone: Tone,
}

/// Something that keeps a figure from being complete, and what to do about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct Notice {
    /// Stable name: `unpriced`, `unconverted`, `unassigned`, `quarantine`, `corrections`.
    pub id: String,
    /// The words.
    pub text: String,
    /// Its colour.
    pub tone: Tone,
}

/// A choice in a menu.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct Choice {
    /// What goes into the query.
    pub id: String,
    /// What a person reads.
    pub label: String,
}

/// A picture's size in CSS pixels.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, Type)]
pub struct Size {
    /// Width.
    pub width: u32,
    /// Height.
    pub height: u32,
}

/// An error as a person reads it: what, where, what now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct Problem {
    /// What happened.
    pub what: String,
    /// Where: file, line, column, key.
    pub place: Option<String>,
    /// What to do now.
    pub next: Option<String>,
}
