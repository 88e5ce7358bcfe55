//! The optimise view: the best of what a scenario's file says may vary, and the best kept as a scenario.

use std::sync::Arc;

use toml_edit::{DocumentMut, value};

use super::info_of;
use crate::Engine;
use crate::error::{EngineError, Result};
use crate::number;
use crate::scenario::optimise::Optimised;
use crate::view::{Kpi, OptimiseView, ScenarioQuery, ScenariosChanged, Sentence, Tone};

impl Engine {
    /// The best of what a scenario of the workspace says may vary, looked for once for a text; `tell` hears of the
    /// progress and says whether to go on.
    ///
    /// # Errors
    /// As [`Engine::optimise`].
    pub async fn optimised(
        &self,
        query: &ScenarioQuery,
        tell: impl Fn(usize, usize) -> bool + Send + Sync + 'static,
    ) -> Result<Arc<Optimised>> {
        let workbench = self.workbench().await?;
        let id = query.scenario.clone();
        let text = workbench.text_with(&id, &query.overrides)?;
        if let Some(kept) = workbench.best_of(&id, &text) {
            return Ok(kept);
        }
        drop(workbench);
        let (engine, texts) = (self.clone(), [(id.clone(), text.clone())]);
        // It computes for seconds: on a thread of its own, so that others are answered meanwhile.
        let work = tokio::task::spawn_blocking(move || {
            tokio::runtime::Handle::current().block_on(engine.optimise(&texts, None, &tell))
        });
        let found = work.await.map_err(|error| EngineError::failed(format!("the search was broken off: {error}")))?;
        let found = Arc::new(found?);
        self.workbench().await?.keep_best(id, text, found.clone());
        Ok(found)
    }

    /// The same as the window shows it.
    ///
    /// # Errors
    /// As [`Engine::optimised`].
    pub async fn optimise_view(
        &self,
        query: &ScenarioQuery,
        tell: impl Fn(usize, usize) -> bool + Send + Sync + 'static,
    ) -> Result<OptimiseView> {
        let found = self.optimised(query, tell).await?;
        let scenario = info_of(&*self.workbench().await?, &query.scenario)?;
        let plain = |text: String| Sentence { text, shown: String::new(), tone: Tone::Neutral };
        Ok(OptimiseView {
            kpis: kpis(&found),
            words: found.why().into_iter().map(plain).collect(),
            table: found.table(),
            best: found.winner.as_ref().map(|best| best.name.clone()).filter(|_| found.result.is_some()),
            drawable: !(found.latency_front.is_empty() && found.undo_front.is_empty()),
            scenario,
        })
    }

    /// Keeps the best that was found last as a scenario that changes the one it was looked for in.
    ///
    /// # Errors
    /// When none was found for these numbers, or the name is empty or too long.
    pub async fn keep_best(&self, query: &ScenarioQuery, name: &str) -> Result<ScenariosChanged> {
        let found = self.optimised(query, |_, _| true).await?;
        let result = found.result.as_ref().ok_or_else(|| {
            EngineError::failed("no candidate keeps every limit, so there is none to keep")
                .then("change [limits] or what may vary")
        })?;
        let mut document: DocumentMut =
            result.parse().map_err(|error| EngineError::failed(format!("the result cannot be read: {error}")))?;
        document.entry("scenario").or_insert_with(toml_edit::table)["name"] = value(name.trim());
        self.add_scenario(name, document.to_string()).await
    }
}

fn kpis(found: &Optimised) -> Vec<Kpi> {
    let kpi = |id: &str, label: &str, value: Option<String>, shown: String, note: String, tone: Tone| Kpi {
        id: id.into(),
        label: label.into(),
        value,
        shown,
        note,
        tone,
    };
    let count = |tried: usize| number::count(tried as u64);
    let sure = if found.proven { "every one was tried: none is better" } else { "a better one may be left" };
    let tried = kpi(
        "tried",
        "Candidates",
        Some(found.candidates.to_string()),
        count(found.candidates),
        format!("{} tried; {sure}", count(found.tried)),
        if found.proven { Tone::Neutral } else { Tone::Warn },
    );
    let stated = found.stated.0 - found.stated.1;
    let as_stated = kpi(
        "stated",
        "Margin as the file stands",
        Some(stated.to_string()),
        number::money(stated, "USD"),
        found.stated_standing.word().replace('_', " "),
        Tone::Neutral,
    );
    let best = match &found.winner {
        Some(best) => kpi(
            "best",
            "Margin of the best",
            Some(best.margin.to_string()),
            number::money(best.margin, "USD"),
            best.name.clone(),
            Tone::Good,
        ),
        None => {
            kpi("best", "Margin of the best", None, number::UNKNOWN.into(), "none keeps every limit".into(), Tone::Bad)
        }
    };
    vec![best, as_stated, tried]
}
