//! Scenarios side by side: inputs that differ, figures with the best of each row marked, who wins, when one overtakes
//! another, and how hard each is to undo.

mod apart;
mod break_even;
mod differences;
mod exit;
mod figures;
mod incumbent;
mod inputs;
mod json;
mod months;
mod names;
mod ranking;
mod rows;
mod table;
mod units;
mod volume;

pub use break_even::{Crossing, Utilisation};
pub(in crate::scenario) use exit::UNDO_MONTH;
pub(in crate::scenario) use figures::cents;
pub(in crate::scenario) use names::named_apart;
pub(crate) use ranking::may_win;
pub use ranking::{Candidate, Ranked, rank};
pub use table::{Asked, Chances};
pub use volume::{CostByVolume, VolumeCrossing, VolumeLine};

use std::sync::Arc;

use marginline_store::document::DocumentKind;

use super::Run;
use super::file::{ScenarioFile, base_of, parse, patched, with_value};
use super::resolve::resolve;
use crate::Engine;
use crate::convert::Conversion;
use crate::error::{EngineError, Result};
use crate::view::{Column, ColumnKind, MonthBasis, Override};

/// Scenarios that have run, in column order.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// The runs.
    pub runs: Vec<Arc<Run>>,
}

impl Engine {
    /// Runs scenario texts given as (id, text).
    ///
    /// # Errors
    /// When one cannot be read or resolved.
    pub async fn run_scenarios(&self, texts: &[(String, String)]) -> Result<Comparison> {
        self.run_first(texts, texts.len()).await
    }

    /// Runs so many of the texts; the others are there for those to stand on.
    ///
    /// # Errors
    /// As [`Engine::run_scenarios`].
    pub async fn run_first(&self, texts: &[(String, String)], count: usize) -> Result<Comparison> {
        let kept = match texts.iter().any(|(_, text)| base_of(text).is_some()) {
            true => self.ledger().documents(DocumentKind::Scenario).await?,
            false => Vec::new(),
        };
        let told: Vec<Vec<String>> =
            texts.iter().take(count).map(|(id, text)| bases_told(id, text, texts, &kept)).collect();
        let mut texts = self.standing(texts).await?;
        texts.truncate(count);
        let files: Vec<(String, ScenarioFile)> = texts
            .iter()
            .map(|(id, text)| Ok((id.clone(), parse(text).map_err(|error| error.at(format!("scenario {id}")))?)))
            .collect::<Result<_>>()?;
        let files = self.with_benchmarks(files).await?;
        let facts = match files.iter().any(|(_, file)| file.base.as_ref().is_some_and(|base| base.month.is_some())) {
            true => Some(self.facts_in(Conversion::default(), MonthBasis::BillingMonth).await?),
            false => None,
        };
        let prices = self.price_book().await?;
        let runs = files
            .iter()
            .zip(told)
            .map(|((id, file), told)| {
                let mut resolved = resolve(id, file, facts.as_deref(), &prices)?;
                resolved.notes.splice(0..0, told);
                Run::of(resolved).map(Arc::new)
            })
            .collect::<Result<Vec<Arc<Run>>>>()?;
        Ok(Comparison { runs: named_apart(runs) })
    }

    /// Runs one of the texts; the others are there for it to stand on.
    ///
    /// # Errors
    /// When it is not among them, or as [`Engine::run_scenarios`].
    pub(crate) async fn run_only(&self, texts: &[(String, String)], id: &str) -> Result<Arc<Run>> {
        let missing = || EngineError::usage(format!("there is no scenario {id:?}"));
        let place = texts.iter().position(|(name, _)| name == id).ok_or_else(missing)?;
        let mut texts = texts.to_vec();
        texts.swap(0, place);
        self.run_first(&texts, 1).await?.runs.pop().ok_or_else(missing)
    }

    /// Texts that stand by themselves: each with the scenarios that it changes below it, found among the texts first and
    /// in the workspace then.
    ///
    /// # Errors
    /// When a scenario that one changes is not there, or has another hash than the one that it needs.
    pub async fn standing(&self, texts: &[(String, String)]) -> Result<Vec<(String, String)>> {
        if texts.iter().all(|(_, text)| base_of(text).is_none()) {
            return Ok(texts.to_vec());
        }
        self.check_base_hashes(texts).await?;
        let kept = self.ledger().documents(DocumentKind::Scenario).await?;
        let text_of = |wanted: &str| {
            let found = texts.iter().chain(&kept).find(|(id, _)| id == wanted);
            found.map(|(_, text)| text.clone())
        };
        texts.iter().map(|(id, text)| Ok((id.clone(), patched(id, text, &text_of)?))).collect()
    }
}

/// Which scenarios a text changes, and whether each was read from a file or from the workspace, in words.
fn bases_told(id: &str, text: &str, texts: &[(String, String)], kept: &[(String, String)]) -> Vec<String> {
    let mut told = Vec::new();
    let mut seen = vec![id.to_owned()];
    let mut next = base_of(text);
    // A ring of bases is refused where they are laid over one another; here it only must end.
    while let Some(base) = next.filter(|base| !seen.contains(base)) {
        let find = |among: &[(String, String)]| among.iter().find(|(id, _)| *id == base).map(|(_, text)| base_of(text));
        let (from, below) = match (find(texts), find(kept)) {
            (Some(below), None) => ("its file", below),
            (Some(below), Some(_)) => ("its file, and not from the workspace", below),
            (None, Some(below)) => ("the workspace", below),
            (None, None) => break,
        };
        told.push(format!("changes {base}, read from {from}"));
        seen.push(base);
        next = below;
    }
    told
}

/// Scenario texts with numbers changed.
///
/// # Errors
/// When a change names a number that is not there.
pub fn apply(texts: &[(String, String)], overrides: &[Override]) -> Result<Vec<(String, String)>> {
    texts
        .iter()
        .map(|(id, text)| {
            let mut mine = overrides.iter().filter(|change| change.scenario == *id);
            let changed = mine.try_fold(text.clone(), |text, change| with_value(&text, &change.path, &change.value))?;
            Ok((id.clone(), changed))
        })
        .collect()
}

impl Comparison {
    /// At least two?
    ///
    /// # Errors
    /// When there is nothing to compare, or the periods differ.
    pub fn check(&self) -> Result<()> {
        if self.runs.len() < 2 {
            return Err(EngineError::usage("a comparison needs two scenarios").then("name two or more"));
        }
        let period = |run: &Run| (run.resolved.inputs.start, run.resolved.inputs.months);
        if let Some(other) = self.runs.iter().find(|run| period(run) != period(&self.runs[0])) {
            return Err(EngineError::usage(format!(
                "{} runs {} months from {}, {} runs {} from {}",
                self.runs[0].resolved.id,
                self.runs[0].resolved.inputs.months,
                self.runs[0].resolved.inputs.start,
                other.resolved.id,
                other.resolved.inputs.months,
                other.resolved.inputs.start
            ))
            .then("give them the same start and months"));
        }
        Ok(())
    }

    /// `24 months from November 2026`.
    #[must_use]
    pub fn period_label(&self) -> String {
        self.runs.first().map_or_else(String::new, |run| {
            format!("{} months from {}", run.resolved.inputs.months, run.resolved.inputs.start.label())
        })
    }

    fn columns(&self, first: &str) -> Vec<Column> {
        let column = |id: &str, label: &str, kind: ColumnKind| Column {
            id: id.into(),
            label: label.into(),
            unit: String::new(),
            kind,
        };
        std::iter::once(column("measure", first, ColumnKind::Text))
            .chain(self.runs.iter().map(|run| column(&run.resolved.id, &run.resolved.name, ColumnKind::Money)))
            .collect()
    }
}
