//! Scenarios as cards: last month's margin, how it got there, and which limits are in doubt.

use super::badges;
use crate::Engine;
use crate::error::Result;
use crate::number;
use crate::scenario::{Run, RunMonth};
use crate::view::{ScenarioCard, ScenarioInfo};

impl Engine {
    /// Every scenario of the workspace as a card, in the order in which they were first kept.
    ///
    /// # Errors
    /// When the workspace cannot be read. A scenario that cannot be run is a card that says why.
    pub async fn scenario_cards(&self) -> Result<Vec<ScenarioCard>> {
        let mut workbench = self.workbench().await?;
        let infos = workbench.infos().to_vec();
        let card_of = |info: ScenarioInfo| {
            let base = workbench.base(&info.id).map(str::to_owned);
            match workbench.run(&info.id, &[]) {
                Ok(run) if info.problem.is_none() => card(info, &run, base),
                Ok(_) => bare(info, base),
                Err(error) => {
                    let problem = info.problem.clone().or_else(|| Some(error.to_string()));
                    bare(ScenarioInfo { problem, ..info }, base)
                }
            }
        };
        Ok(infos.into_iter().map(card_of).collect())
    }
}

/// The card of a scenario that has run.
pub(in crate::screen) fn card(info: ScenarioInfo, run: &Run, base: Option<String>) -> ScenarioCard {
    let margin = run.months.last().and_then(RunMonth::margin_percent);
    let spark = run.projected.iter().map(|month| month.totals.margin_percent()).collect();
    ScenarioCard {
        shown: margin.as_ref().map_or_else(|| number::UNKNOWN.into(), |value| percent(value)),
        note: format!("month {}", run.months.len()),
        badges: badges(run),
        info,
        margin,
        spark,
        base,
        optimises: run.resolved.file.optimise.is_some(),
        has_capacity: !run.pools().is_empty(),
    }
}

fn percent(value: &str) -> String {
    format!("{}%", number::rounded(value, 1))
}

/// The card of one that cannot be run.
fn bare(info: ScenarioInfo, base: Option<String>) -> ScenarioCard {
    ScenarioCard {
        info,
        margin: None,
        shown: number::UNKNOWN.into(),
        note: String::new(),
        spark: Vec::new(),
        badges: Vec::new(),
        base,
        optimises: false,
        has_capacity: false,
    }
}
