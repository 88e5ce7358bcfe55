//! What each screen shows.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::{Choice, ExplainedRow, Kpi, Notice, ScenarioCard, Sentence, Table};

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
    /// Its lock; one that has it is not edited, renamed or deleted.
    pub lock: Option<ScenarioLock>,
}

/// What is told of a scenario that is locked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ScenarioLock {
    /// Hash of everything that its run read when it was locked, short as reports tell it.
    pub hash: String,
    /// Day on which it was locked.
    pub locked_on: String,
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
    /// Its value as it is kept; `None` where no scenario of the workspace states it.
    pub kept: Option<String>,
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
    /// Who says so.
    pub source: Option<String>,
    /// When it was so, `YYYY-MM-DD`.
    pub observed: Option<String>,
    /// `billed`, `measured`, `published`, `modelled` or `assumed`.
    pub evidence: String,
    /// Lower end of its range, a decimal string.
    pub low: Option<String>,
    /// Upper end of its range.
    pub high: Option<String>,
    /// How it is spread over the range: `pert`, `triangular`, `uniform`, `normal` or `lognormal`.
    pub shape: String,
    /// Can it have a range that is drawn?
    pub drawable: bool,
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
    /// Rows of both whose figures can be explained.
    pub explained: Vec<ExplainedRow>,
    /// The scenarios as cards.
    pub cards: Vec<ScenarioCard>,
    /// Numbers that can be changed on screen.
    pub assumptions: Vec<Assumption>,
    /// When the lines cross.
    pub break_even: Vec<BreakEven>,
    /// What keeps the figures from being complete.
    pub notices: Vec<Notice>,
}

/// The workspace in a line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct Workspace {
    /// The file.
    pub path: String,
    /// Neither an import that counts nor a scenario yet.
    pub empty: bool,
    /// Imports that count. A workspace without any may hold scenarios.
    pub imports: u32,
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
