//! The plan: the scenario that the company works to. One at a time, with its history, and adoption can be taken back.

use chrono::{DateTime, SecondsFormat, Utc};
use marginline_store::plan::AdoptedPlan;
use serde_json::{Value, json};

use crate::Engine;
use crate::error::{EngineError, Result};

/// What adopting did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adopted {
    /// The plan in force now; `None` when none is left.
    pub plan: Option<AdoptedPlan>,
    /// Did anything change?
    pub changed: bool,
}

impl Engine {
    /// Adopts a scenario as the plan. `texts` holds it and those below it that the workspace does not hold.
    ///
    /// # Errors
    /// When it is not among them, or cannot be run.
    pub async fn adopt_plan(&self, texts: &[(String, String)], id: &str, now: DateTime<Utc>) -> Result<Adopted> {
        let run = self.run_only(texts, id).await?;
        let missing = || EngineError::usage(format!("there is no scenario {id:?}"));
        let standing = self.standing(texts).await?;
        let body = standing.iter().find(|(name, _)| name == id).map(|(_, text)| text).ok_or_else(missing)?;
        if let Some(plan) = self.plan().await?.filter(|plan| plan.body == *body && plan.hash == run.resolved.hash) {
            return Ok(Adopted { plan: Some(plan), changed: false });
        }
        let now = now.to_rfc3339_opts(SecondsFormat::Secs, true);
        self.ledger().adopt_plan(id, body, &run.resolved.hash, &now).await?;
        Ok(Adopted { plan: self.plan().await?, changed: true })
    }

    /// Takes the adoption of the plan in force back.
    ///
    /// # Errors
    /// When there is none.
    pub async fn undo_plan(&self) -> Result<Adopted> {
        let moved = self.ledger().move_plan(true).await?;
        moved.ok_or_else(|| EngineError::usage("there is no plan to take back").then("adopt a scenario first"))?;
        Ok(Adopted { plan: self.plan().await?, changed: true })
    }

    /// Adopts again what was taken back last.
    ///
    /// # Errors
    /// When nothing was.
    pub async fn redo_plan(&self) -> Result<Adopted> {
        let moved = self.ledger().move_plan(false).await?;
        moved.ok_or_else(|| EngineError::usage("no plan was taken back"))?;
        Ok(Adopted { plan: self.plan().await?, changed: true })
    }

    /// The plan in force.
    ///
    /// # Errors
    /// When the workspace cannot be read.
    pub async fn plan(&self) -> Result<Option<AdoptedPlan>> {
        Ok(self.ledger().plans().await?.into_iter().rfind(|plan| !plan.is_undone))
    }

    /// Every plan that was adopted, oldest first, without those taken back.
    ///
    /// # Errors
    /// When the workspace cannot be read.
    pub async fn plan_history(&self) -> Result<Vec<AdoptedPlan>> {
        Ok(self.ledger().plans().await?.into_iter().filter(|plan| !plan.is_undone).collect())
    }
}

/// A plan as JSON has it.
#[must_use]
pub fn plan_json(plan: &AdoptedPlan) -> Value {
    json!({"scenario": plan.scenario, "hash": plan.hash, "adopted_at": plan.adopted_at})
}
