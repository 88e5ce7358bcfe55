//! The plan from the window: a scenario adopted, that taken back, and measured figures taken into it.

use chrono::{DateTime, Utc};
use marginline_store::plan::AdoptedPlan;

use super::info_of;
use crate::Engine;
use crate::error::{EngineError, Result};
use crate::report::plan::StandingPlan;
use crate::scenario::calibrate::Calibrated;
use crate::scenario::plan::Adopted;
use crate::screen::month;
use crate::view::{PlanChanged, PlanInfo, ScenarioText, ScenariosChanged};
use marginline_model::Month;

impl Engine {
    /// The plan in force; `None` where no scenario was adopted.
    ///
    /// # Errors
    /// When the workspace cannot be read, or the plan cannot be resolved any more.
    pub async fn plan_info(&self) -> Result<Option<PlanInfo>> {
        match self.standing_plan().await? {
            Some(standing) => Ok(Some(self.info_of_plan(&standing).await?)),
            None => Ok(None),
        }
    }

    /// Adopts a scenario of the workspace, as its file has it, as the plan.
    ///
    /// # Errors
    /// When it is not there, or cannot be run.
    pub async fn adopt_scenario(&self, id: &str, now: DateTime<Utc>) -> Result<PlanChanged> {
        let workbench = self.workbench().await?;
        let texts = [(id.to_owned(), workbench.text(id)?.body.clone())];
        let name = info_of(&workbench, id)?.name;
        drop(workbench);
        let done = Box::pin(self.adopt_plan(&texts, id, now)).await?;
        let words = if done.changed { format!("{name} is the plan") } else { format!("{name} is the plan already") };
        self.told(words, &done).await
    }

    /// Takes the adoption of the plan in force back: the one before it is the plan again.
    ///
    /// # Errors
    /// When there is none.
    pub async fn take_plan_back(&self) -> Result<PlanChanged> {
        let done = self.undo_plan().await?;
        self.told("the plan was taken back".to_owned(), &done).await
    }

    /// Adopts again what was taken back last.
    ///
    /// # Errors
    /// When nothing was.
    pub async fn adopt_again(&self) -> Result<PlanChanged> {
        let done = self.redo_plan().await?;
        self.told("the plan was adopted again".to_owned(), &done).await
    }

    async fn told(&self, done: String, adopted: &Adopted) -> Result<PlanChanged> {
        Ok(PlanChanged { done, changed: adopted.changed, plan: Box::pin(self.plan_info()).await? })
    }

    /// Writes what a month measured into a scenario of the workspace.
    ///
    /// # Errors
    /// When the scenario is not there, cannot be run or is locked, or the month measured nothing that its file states.
    pub async fn calibrate_scenario(&self, id: &str, of: &str) -> Result<ScenariosChanged> {
        let of = month(of)?;
        let found = self.calibrated(id, of).await?;
        let name = info_of(&*self.workbench().await?, id)?.name;
        if found.written.is_empty() {
            return Err(EngineError::failed(format!("{of} measured nothing otherwise that the file of {name} states"))
                .at(format!("scenario {id}"))
                .then("calibrate the scenario that it changes"));
        }
        let count = found.written.len();
        let numbers = if count == 1 { "1 number".to_owned() } else { format!("{count} numbers") };
        let text = ScenarioText { id: id.to_owned(), text: Some(found.text), place: None };
        let done = format!("took {numbers} measured in {} into {name}", of.label());
        self.change_scenarios(done, Some(id.to_owned()), vec![text]).await
    }

    /// The text of a workspace's scenario with what a month measured.
    pub(super) async fn calibrated(&self, id: &str, of: Month) -> Result<Calibrated> {
        let text = self.workbench().await?.text(id)?.body.clone();
        Box::pin(self.calibrate(&[(id.to_owned(), text)], id, of)).await
    }

    /// The plan as the window names it.
    pub(super) async fn info_of_plan(&self, standing: &StandingPlan) -> Result<PlanInfo> {
        let StandingPlan { plan, resolved, start, last, .. } = standing;
        Ok(PlanInfo {
            scenario: plan.scenario.clone(),
            name: resolved.name.clone(),
            adopted_on: plan.adopted_at.get(..10).unwrap_or(&plan.adopted_at).to_owned(),
            period: format!("{} – {}", start.label(), last.label()),
            since: self.since(plan).await?,
        })
    }

    /// How the workspace's scenario differs from the plan that it was adopted as.
    async fn since(&self, plan: &AdoptedPlan) -> Result<Option<String>> {
        let workbench = self.workbench().await?;
        let Ok(text) = workbench.text(&plan.scenario) else {
            return Ok(Some("the scenario was deleted since; the plan stays as it was adopted".to_owned()));
        };
        let texts = [(plan.scenario.clone(), text.body.clone())];
        drop(workbench);
        let now = self.standing(&texts).await.ok().and_then(|mut texts| texts.pop());
        let same = now.is_some_and(|(_, text)| text == plan.body);
        Ok((!same).then(|| "the scenario was changed since; the plan stays as it was adopted".to_owned()))
    }
}
