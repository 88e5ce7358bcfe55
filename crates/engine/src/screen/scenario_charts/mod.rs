//! Charts of the scenario workbench: which figures each draws, from the same runs as the tables.

mod compare;

pub use compare::draw_comparison;

use super::charts::Look;
use crate::Engine;
use crate::error::{EngineError, Result};
use crate::number;
use crate::view::{Chart, ChartRequest};

impl Engine {
    /// Draws a chart of scenarios in the workspace.
    pub(super) async fn scenario_chart(&self, request: &ChartRequest, look: Look) -> Result<Chart> {
        match request {
            ChartRequest::Compare { query } => {
                let (comparison, infos) = self.comparison(query).await?;
                draw_comparison(&comparison, &infos, look)
            }
            _ => Err(EngineError::failed("this chart is not drawn yet").then("choose another chart")),
        }
    }
}

/// A percentage with one decimal.
fn percent(value: Option<f64>) -> String {
    value.map_or_else(|| number::UNKNOWN.into(), |v| format!("{}%", number::rounded(&format!("{v:.6}"), 1)))
}
