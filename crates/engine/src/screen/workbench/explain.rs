//! How a figure of a scenario comes about, as the window shows it: the numbers on screen, saved or not.

use marginline_model::Month;

use super::info_of;
use crate::Engine;
use crate::error::{EngineError, Result};
use crate::number;
use crate::scenario::Run;
use crate::scenario::explain::{COST, MARGIN, REVENUE};
use crate::screen::{choices, month_or_none};
use crate::view::{Choice, ExplainQuery, ExplainView, Kpi, Tone};

impl Engine {
    /// Explains a figure of a scenario of the workspace.
    ///
    /// # Errors
    /// When it is not there, cannot be run, or has no such month or line.
    pub async fn explain_view(&self, query: &ExplainQuery) -> Result<ExplainView> {
        let mut workbench = self.workbench().await?;
        let run = workbench.run(&query.scenario, &query.overrides)?;
        let line = query.line.clone().unwrap_or_else(|| COST.to_owned());
        let found = run.explain(month_or_none(query.month.as_deref())?, Some(&line))?;
        let explained = found.lines.first().ok_or_else(|| EngineError::failed("the line was lost"))?;
        let (formula, numbers) = explained.last_formula().unwrap_or_default();
        let value = number::fixed(explained.usd(), 2);
        let figure = Kpi {
            id: "figure".into(),
            label: explained.label.clone(),
            shown: format!("${}", number::rounded(&value, 2)).replace("$\u{2212}", "\u{2212}$"),
            value: Some(value),
            note: format!("{} · USD · projected", found.month.label()),
            tone: Tone::Neutral,
        };
        let months: Vec<Month> = run.months.iter().map(|month| month.month).collect();
        Ok(ExplainView {
            scenario: info_of(&workbench, &query.scenario)?,
            month: found.month.to_string(),
            months: choices(&months),
            line: explained.label.clone(),
            lines: lines(&run),
            figure,
            formula,
            numbers,
            table: found.table(),
            text: found.text(),
        })
    }
}

/// Sums first, then revenue and the cost lines as the run has them.
fn lines(run: &Run) -> Vec<Choice> {
    let own = run.months.first().into_iter().flat_map(|month| month.lines.iter().map(|(label, ..)| label.as_str()));
    let all = [MARGIN, COST, REVENUE].into_iter().chain(own);
    all.map(|name| Choice { id: name.to_owned(), label: name.to_owned() }).collect()
}
