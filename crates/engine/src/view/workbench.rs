//! What the views of the scenario workbench ask: bridge, sensitivity, risk, optimise and capacity by hour of week.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::Override;

/// One scenario with the numbers changed on screen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type, Default)]
pub struct ScenarioQuery {
    /// Scenario id.
    pub scenario: String,
    /// Values changed on screen.
    pub overrides: Vec<Override>,
}

/// From one scenario's margin to another's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type, Default)]
pub struct BridgeQuery {
    /// Scenario id where the bridge begins.
    pub from: String,
    /// Scenario id where it ends.
    pub to: String,
    /// Values changed on screen.
    pub overrides: Vec<Override>,
}

/// Monte Carlo of scenarios.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type, Default)]
pub struct RiskQuery {
    /// Scenario ids in order.
    pub scenarios: Vec<String>,
    /// Values changed on screen.
    pub overrides: Vec<Override>,
    /// Draws of each; those of the command line when absent.
    pub draws: Option<u32>,
    /// Seed; the same gives the same figures. That of the command line when absent.
    pub seed: Option<u32>,
    /// Gross margin in percent whose probability is asked, a decimal string; that of the command line when absent.
    pub target_percent: Option<String>,
}

/// Margin over two inputs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type, Default)]
pub struct TwoWayQuery {
    /// Scenario id.
    pub scenario: String,
    /// Values changed on screen.
    pub overrides: Vec<Override>,
    /// Dotted path that varies from left to right; the one that moves margin most when absent.
    pub x: Option<String>,
    /// Dotted path that varies from bottom to top; the second when absent.
    pub y: Option<String>,
    /// Gross margin in percent around which the colours part, a decimal string; 0, or the scenario's own margin where all
    /// is above or below 0, when absent.
    pub target_percent: Option<String>,
}

/// A month of one scenario, hour by hour of its week.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type, Default)]
pub struct CapacityWeekQuery {
    /// Scenario id.
    pub scenario: String,
    /// Values changed on screen.
    pub overrides: Vec<Override>,
    /// Month of the scenario, 1 the first; the last when absent.
    pub month: Option<u32>,
    /// Name of the component whose fleet, or of the further line whose units, is looked at; all fleets together when absent.
    pub fleet: Option<String>,
}
