//! What a screen, a CSV, a spreadsheet and a chart all show: one set of types, made once here.
//!
//! Money crosses as decimal strings in `value`; `shown` is the same figure as a person reads it, so the
//! window and the terminal cannot disagree about rounding. Nothing here computes money.

use serde::{Deserialize, Serialize};
use specta::Type;

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

/// Which month a cost row belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type, Default)]
#[serde(rename_all = "snake_case")]
pub enum MonthBasis {
    /// The issuer's billing period.
    #[default]
    BillingMonth,
    /// The civil date of use.
    UsageDate,
}

impl MonthBasis {
    /// The words for a person.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::BillingMonth => "billing month",
            Self::UsageDate => "usage date",
        }
    }
}

/// How margin is grouped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Type, Default)]
#[serde(rename_all = "snake_case")]
pub enum MarginBy {
    /// By month.
    Month,
    /// By product.
    #[default]
    Product,
    /// By customer.
    Customer,
    /// By region.
    Region,
}

/// What the margin screen asks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type, Default)]
pub struct MarginQuery {
    /// `YYYY-MM`; the last month with data when absent.
    pub month: Option<String>,
    /// Grouping of the table.
    pub by: MarginBy,
    /// Month basis.
    pub basis: MonthBasis,
}

/// The margin screen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct MarginView {
    /// The month shown, `YYYY-MM`.
    pub month: String,
    /// The month shown, in words.
    pub month_label: String,
    /// Months to choose from, oldest first.
    pub months: Vec<Choice>,
    /// `Gross margin`, or `Infrastructure margin` without a general ledger.
    pub headline: String,
    /// Reporting currency.
    pub currency: String,
    /// `billing month` or `usage date`.
    pub basis_label: String,
    /// `effective cost`.
    pub cost_label: String,
    /// Headline figures.
    pub kpis: Vec<Kpi>,
    /// The table by product, customer, region or month.
    pub table: Table,
    /// Why margin moved since the month before, largest first.
    pub words: Vec<Sentence>,
    /// Title over `words`.
    pub words_title: String,
    /// What keeps the figures from being complete.
    pub notices: Vec<Notice>,
}

/// A value that rows must have to be counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct Filter {
    /// A grouping key: `service`, `region`, `tag:product` …
    pub key: String,
    /// The value it must equal.
    pub value: String,
}

/// What the costs screen asks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type, Default)]
pub struct CostsQuery {
    /// First month, `YYYY-MM`; the first with data when absent.
    pub from: Option<String>,
    /// Last month, inclusive; the last with data when absent.
    pub to: Option<String>,
    /// Grouping keys: `month`, `day`, `provider`, `service`, `region`, `account`, `category`, `tag:KEY`.
    pub by: Vec<String>,
    /// Month basis.
    pub basis: MonthBasis,
    /// Rows to count.
    pub filters: Vec<Filter>,
}

/// The costs screen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct CostsView {
    /// First month shown.
    pub from: String,
    /// Last month shown, inclusive.
    pub to: String,
    /// The period in words.
    pub period_label: String,
    /// Months to choose from, oldest first.
    pub months: Vec<Choice>,
    /// Grouping keys to choose from, the tags of the ledger included.
    pub keys: Vec<Choice>,
    /// Reporting currency.
    pub currency: String,
    /// `billing month` or `usage date`.
    pub basis_label: String,
    /// Headline figures.
    pub kpis: Vec<Kpi>,
    /// The grouped table.
    pub table: Table,
    /// What keeps the figures from being complete.
    pub notices: Vec<Notice>,
}

/// A scenario in the workspace.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct ScenarioInfo {
    /// Stable name: the file's stem.
    pub id: String,
    /// Its name as written in the file.
    pub name: String,
    /// `API` or `own GPUs`, with model or GPU.
    pub kind: String,
    /// Index into the palette; the same everywhere.
    pub colour: u32,
    /// Why it cannot be run, if so.
    pub problem: Option<String>,
}

/// A number changed on screen but not yet saved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct Override {
    /// Scenario id.
    pub scenario: String,
    /// Dotted path in its file, such as `demand.growth_percent_per_month`.
    pub path: String,
    /// New value, a decimal string.
    pub value: String,
}

/// What the compare screen asks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type, Default)]
pub struct CompareQuery {
    /// Scenario ids in order; all of the workspace when empty.
    pub scenarios: Vec<String>,
    /// Values changed on screen.
    pub overrides: Vec<Override>,
}

/// A number of a scenario that can be changed on screen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct Assumption {
    /// Scenario id.
    pub scenario: String,
    /// Dotted path in its file.
    pub path: String,
    /// What it is.
    pub label: String,
    /// Its value, a decimal string.
    pub value: String,
    /// Its unit.
    pub unit: String,
    /// Lower end of the slider.
    #[specta(type = i32)] // finite by construction; specta would export f64 as number | null
    pub min: f64,
    /// Upper end of the slider.
    #[specta(type = i32)] // finite by construction; specta would export f64 as number | null
    pub max: f64,
    /// Step of the slider.
    #[specta(type = i32)] // finite by construction; specta would export f64 as number | null
    pub step: f64,
    /// As a person reads it, with unit.
    pub shown: String,
    /// Source, date and evidence in words.
    pub provenance: String,
}

/// When one scenario is better than another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct BreakEven {
    /// Scenario id that overtakes.
    pub winner: String,
    /// Scenario id that is overtaken.
    pub loser: String,
    /// Months (1 = first) in which the winner's margin is higher, as closed intervals.
    pub months: Vec<(u32, u32)>,
    /// In words, by month and by volume.
    pub text: String,
}

/// Two or more scenarios side by side.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct CompareView {
    /// The scenarios compared, in column order.
    pub scenarios: Vec<ScenarioInfo>,
    /// `24 months from November 2026`.
    pub period_label: String,
    /// Currency.
    pub currency: String,
    /// Figures, one row a measure, one column a scenario; the best of each row marked.
    pub table: Table,
    /// Inputs that differ.
    pub differences: Table,
    /// Month by month.
    pub months: Table,
    /// Numbers that can be changed on screen.
    pub assumptions: Vec<Assumption>,
    /// When the lines cross.
    pub break_even: Vec<BreakEven>,
    /// What keeps the figures from being complete.
    pub notices: Vec<Notice>,
}

/// A chart to draw; drawn at the size asked, on screen and in the file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
#[serde(tag = "chart", rename_all = "snake_case")]
pub enum ChartRequest {
    /// Margin of the last twelve months, plan dashed.
    MarginTrend {
        /// Which margin.
        query: MarginQuery,
    },
    /// Why margin moved since the month before, as a waterfall.
    MarginChange {
        /// Which margin.
        query: MarginQuery,
    },
    /// Cost by month, stacked by the first grouping key.
    Costs {
        /// Which costs.
        query: CostsQuery,
    },
    /// Gross margin by month, a line a scenario, with the break-even band.
    Compare {
        /// Which scenarios.
        query: CompareQuery,
    },
}

/// A table to export.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
#[serde(tag = "table", rename_all = "snake_case")]
pub enum TableRequest {
    /// The margin table.
    Margin {
        /// Which margin.
        query: MarginQuery,
    },
    /// The costs table.
    Costs {
        /// Which costs.
        query: CostsQuery,
    },
    /// The comparison.
    Compare {
        /// Which scenarios.
        query: CompareQuery,
    },
    /// The comparison month by month.
    CompareMonths {
        /// Which scenarios.
        query: CompareQuery,
    },
    /// Rows of a batch that were not stored.
    Quarantine {
        /// Batch id.
        batch: u32,
    },
}

/// A picture's size in CSS pixels.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, Type)]
pub struct Size {
    /// Width.
    pub width: u32,
    /// Height.
    pub height: u32,
}

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
    /// Rows in quarantine.
    pub rows_quarantined: u32,
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

/// The workspace in a line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct Workspace {
    /// The file.
    pub path: String,
    /// No live batch yet.
    pub empty: bool,
    /// It is the sample company.
    pub sample: bool,
    /// Rows in quarantine over all live batches.
    pub quarantined: u32,
    /// Models without a price.
    pub unpriced: u32,
}

/// What the window asks first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct Start {
    /// The workspace.
    pub workspace: Workspace,
    /// Files given as launch arguments, to be imported at once.
    pub launch_files: Vec<String>,
    /// Version of the application.
    pub version: String,
}

/// State of a running import.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// At work.
    Running,
    /// Finished; the ledger has changed unless `message` says otherwise.
    Done,
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
    /// What happened, once it has ended; one line a file.
    pub messages: Vec<String>,
    /// What went wrong, if it failed.
    pub problem: Option<Problem>,
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
