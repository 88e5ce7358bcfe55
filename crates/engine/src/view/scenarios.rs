//! What the scenario workbench shows: cards, the editor's numbers, and the views beside the comparison.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::{Choice, JobState, Kpi, Notice, Problem, ScenarioInfo, Sentence, Table, Tone};

/// A limit of a scenario and whether it is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct Badge {
    /// What is limited, for people.
    pub limit: String,
    /// `meets`, `at_risk`, `fails` or `unknown`.
    pub verdict: String,
    /// Why, with the value found.
    pub reason: String,
    /// Its colour.
    pub tone: Tone,
}

/// A scenario in the list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct ScenarioCard {
    /// Which it is.
    pub info: ScenarioInfo,
    /// Gross margin in percent of the last month, the exact value; `None` without revenue or when it cannot be run.
    pub margin: Option<String>,
    /// The same as a person reads it.
    pub shown: String,
    /// `month 24`.
    pub note: String,
    /// Gross margin in percent of each month, for a small line; `None` in a month without revenue.
    pub spark: Vec<Option<f64>>,
    /// Limits that are not simply kept.
    pub badges: Vec<Badge>,
    /// The scenario that this one changes.
    pub base: Option<String>,
    /// Does its file say what may vary, so that the optimiser can look for the best?
    pub optimises: bool,
    /// Does it have GPUs of its own, or units of which there can be too few?
    pub has_capacity: bool,
}

/// A scenario's text, to be written back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct ScenarioText {
    /// Scenario id.
    pub id: String,
    /// The text; `None` is no such scenario.
    pub text: Option<String>,
    /// Its place among the documents, so that it keeps its colour when it comes back.
    pub place: Option<u32>,
}

/// Scenarios that were written, with what takes that back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct ScenariosChanged {
    /// What was done, in words.
    pub done: String,
    /// The scenario that it is about, if there is one.
    pub scenario: Option<String>,
    /// The texts as they were.
    pub before: Vec<ScenarioText>,
    /// The texts as they are now.
    pub after: Vec<ScenarioText>,
}

/// A bridge between two scenarios.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct BridgeView {
    /// Scenario where it begins.
    pub from: ScenarioInfo,
    /// Scenario where it ends.
    pub to: ScenarioInfo,
    /// Margin at both ends and what lies between.
    pub kpis: Vec<Kpi>,
    /// One sentence a driver, in the order of the tree.
    pub words: Vec<Sentence>,
    /// The same with amounts.
    pub table: Table,
}

/// What moves the margin of a scenario.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct SensitivityView {
    /// The scenario.
    pub scenario: ScenarioInfo,
    /// One row an assumption, the one that moves margin most first.
    pub table: Table,
    /// Numbers that can be moved, in the same order.
    pub paths: Vec<Choice>,
}

/// What the margin of scenarios can be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct RiskView {
    /// Scenarios that were drawn.
    pub scenarios: Vec<ScenarioInfo>,
    /// Scenarios without a range, which cannot be drawn.
    pub fixed: Vec<ScenarioInfo>,
    /// Probability of the target, one a scenario.
    pub kpis: Vec<Kpi>,
    /// Quantiles of margin.
    pub table: Table,
    /// Probability that the row's scenario earns more than the column's.
    pub beats: Table,
    /// What keeps the figures from being complete.
    pub notices: Vec<Notice>,
    /// Draws of each.
    pub draws: u32,
    /// Their seed.
    pub seed: u32,
    /// Gross margin in percent whose probability is told, a decimal string.
    pub target_percent: String,
}

/// A scenario's capacity in a month.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct CapacityView {
    /// The scenario.
    pub scenario: ScenarioInfo,
    /// Month shown, 1 the first.
    pub month: u32,
    /// Months to choose from.
    pub months: Vec<Choice>,
    /// What is looked at: a fleet or a further line with units by name; empty is all fleets together.
    pub fleet: String,
    /// What there is to look at; empty where nothing has a capacity.
    pub fleets: Vec<Choice>,
    /// GPUs or units needed and provided, and headroom; of GPUs utilisation too.
    pub kpis: Vec<Kpi>,
    /// Capacity by month.
    pub table: Table,
    /// What is short.
    pub notices: Vec<Notice>,
}

/// The best of what a scenario's file says may vary.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct OptimiseView {
    /// The scenario.
    pub scenario: ScenarioInfo,
    /// Margin of the best and of the file as it stands, and how many candidates there are.
    pub kpis: Vec<Kpi>,
    /// Why the winner won and the others did not.
    pub words: Vec<Sentence>,
    /// Candidates by rank.
    pub table: Table,
    /// The winner's name; `None` when none keeps every limit.
    pub best: Option<String>,
    /// Is a front of margin against latency or against cost to undo known?
    pub drawable: bool,
}

/// Progress of the optimiser, sent at most ten times a second, and its end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct OptimiseProgress {
    /// Which job.
    pub job: u32,
    /// State.
    pub state: JobState,
    /// Runs done.
    pub tried: u32,
    /// Runs to do, at most.
    pub of: u32,
    /// What was found.
    pub found: Option<OptimiseView>,
    /// Why it failed.
    pub problem: Option<Problem>,
}
