//! The sensitivity view: what moves a scenario's margin, one number at a time.

use super::info_of;
use crate::Engine;
use crate::error::Result;
use crate::scenario::sensitivity::Sensitivity;
use crate::screen::compare::label_of;
use crate::view::{Choice, ScenarioQuery, SensitivityView};

impl Engine {
    /// What moves the margin of a scenario of the workspace.
    ///
    /// # Errors
    /// When it is not there, cannot be run, or states no number that can be moved.
    pub async fn sensitivity(&self, query: &ScenarioQuery) -> Result<Sensitivity> {
        let run = self.workbench().await?.run(&query.scenario, &query.overrides)?;
        run.sensitivity()
    }

    /// The same as the window shows it.
    ///
    /// # Errors
    /// As [`Engine::sensitivity`].
    pub async fn sensitivity_view(&self, query: &ScenarioQuery) -> Result<SensitivityView> {
        let found = self.sensitivity(query).await?;
        let choice = |path: &String| Choice { id: path.clone(), label: label_of(path).0 };
        Ok(SensitivityView {
            scenario: info_of(&*self.workbench().await?, &query.scenario)?,
            paths: found.tornado.bars.iter().map(|bar| choice(&bar.name)).collect(),
            table: found.table(),
        })
    }
}
