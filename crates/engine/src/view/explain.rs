//! How a figure of a scenario comes about, in the window.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::{Choice, Kpi, Override, ScenarioInfo, Table};

/// A figure of a month of a scenario.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type, Default)]
pub struct ExplainQuery {
    /// Scenario id.
    pub scenario: String,
    /// Values changed on screen.
    pub overrides: Vec<Override>,
    /// `YYYY-MM`, or `all` for all months together; the first month of the scenario when absent.
    pub month: Option<String>,
    /// The line's name; cost of revenue when absent.
    pub line: Option<String>,
}

/// A figure, explained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct ExplainView {
    /// The scenario.
    pub scenario: ScenarioInfo,
    /// Month explained, `all` for all together.
    pub month: String,
    /// Months to choose from.
    pub months: Vec<Choice>,
    /// Line explained.
    pub line: String,
    /// Lines to choose from, sums first.
    pub lines: Vec<Choice>,
    /// The figure.
    pub figure: Kpi,
    /// Its formula in words; empty where it has none.
    pub formula: String,
    /// The formula with the numbers put in.
    pub numbers: String,
    /// Every step, and each input with source and evidence.
    pub table: Table,
    /// The same as plain text, to be copied.
    pub text: String,
}

/// A row of the comparison's tables whose figures can be explained, one scenario's at a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ExplainedRow {
    /// Id of the table.
    pub table: String,
    /// Key of the row.
    pub row: String,
    /// The line that explains it.
    pub line: String,
    /// `YYYY-MM`, or `all` for all months together.
    pub month: String,
}
