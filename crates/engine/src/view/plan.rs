//! The plan in the window: which scenario it is, and how it compares with what came.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::{Choice, Kpi, Notice, Table};

/// Which month of the plan is looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type, Default)]
pub struct PlanQuery {
    /// `YYYY-MM`; the last month that the ledger holds when absent.
    pub month: Option<String>,
}

/// The plan in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct PlanInfo {
    /// Id of the scenario that was adopted.
    pub scenario: String,
    /// Its name when it was.
    pub name: String,
    /// The day, `YYYY-MM-DD`, UTC.
    pub adopted_on: String,
    /// The months that it runs, in words.
    pub period: String,
    /// How the workspace's scenario of that id differs from the plan now; `None` where it does not.
    pub since: Option<String>,
}

/// What adopting, or taking it back, did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct PlanChanged {
    /// What was done, in words.
    pub done: String,
    /// Did anything change?
    pub changed: bool,
    /// The plan in force now.
    pub plan: Option<PlanInfo>,
}

/// Measured figures that can be taken into the scenario that is the plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct Calibration {
    /// Scenario id.
    pub scenario: String,
    /// Its name.
    pub name: String,
    /// How many numbers of its file would change.
    pub writes: u32,
    /// What is to be known before: what it would leave alone, or why nothing can be written.
    pub note: Option<String>,
}

/// A month of the plan, compared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct PlanCompared {
    /// Months that can be compared.
    pub months: Vec<Choice>,
    /// The month shown driver by driver.
    pub month: String,
    /// Margin planned, difference, margin as it was.
    pub kpis: Vec<Kpi>,
    /// Revenue, cost and margin of each month as planned and as they were.
    pub by_month: Table,
    /// Why the month's margin is not the plan's, driver by driver.
    pub drivers: Table,
    /// What was measured beside what the plan assumes.
    pub measured: Table,
    /// What *Calibrate* would do.
    pub calibration: Calibration,
}

/// The plan against what came.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct PlanView {
    /// The plan; `None` where no scenario was adopted.
    pub plan: Option<PlanInfo>,
    /// `None` where the ledger holds no month of the plan.
    pub compared: Option<PlanCompared>,
    /// What is to be waited for where nothing can be compared.
    pub waits: String,
    /// What keeps the figures from being complete.
    pub notices: Vec<Notice>,
}
