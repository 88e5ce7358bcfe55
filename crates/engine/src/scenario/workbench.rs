//! What stays the same while numbers are tried out: the workspace's scenarios, what they start from, the price book, and
//! runs of texts seen before. A number that moves costs the reading and running of the scenarios that it is in, and of
//! no other.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use marginline_store::benchmark::BenchmarkRow;
use marginline_store::document::{DocumentKind, Placed};
use rayon::prelude::*;
use tokio::sync::OwnedMutexGuard;

use super::actuals::Actuals;
use super::compare::named_apart;
use super::complete::benchmark::fill;
use super::file::{Base, ScenarioFile, base_of, edited, parse, patched, starts_from_month};
use super::optimise::Optimised;
use super::resolve::{actuals_of, resolve_on};
use super::{Comparison, Run};
use crate::Engine;
use crate::convert::Conversion;
use crate::error::{EngineError, Result};
use crate::facts::Facts;
use crate::prices::PriceBook;
use crate::screen::compare::infos;
use crate::view::{MonthBasis, Override, ScenarioInfo};

/// Runs that are remembered; each holds some tens of kilobytes.
const MOST_RUNS: usize = 64;

/// Scenarios of the workspace with what their runs need.
#[derive(Debug)]
pub struct Workbench {
    version: i64,
    texts: Vec<Placed>,
    infos: Vec<ScenarioInfo>,
    /// Which scenario each text stands on.
    bases: HashMap<String, String>,
    /// Texts with those below them, without changes; made when first asked for.
    whole: HashMap<String, String>,
    facts: Option<Arc<Facts>>,
    /// Imported benchmark results.
    benchmarks: Vec<BenchmarkRow>,
    prices: PriceBook,
    /// By what names them in a file.
    actuals: HashMap<String, Arc<Actuals>>,
    /// The newest last.
    runs: VecDeque<(String, String, Arc<Run>)>,
    /// What the optimiser found last, with the scenario and text that it looked in.
    best: Option<(String, String, Arc<Optimised>)>,
}

impl Engine {
    /// The workbench as the ledger is now. While it is held, others who ask for it wait.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub(crate) async fn workbench(&self) -> Result<Held> {
        let mut held = self.kept_workbench().clone().lock_owned().await;
        let version = self.ledger().version().await?;
        if held.as_ref().is_none_or(|kept| kept.version != version) {
            *held = Some(self.new_workbench(version).await?);
        }
        Ok(Held(held))
    }

    async fn new_workbench(&self, version: i64) -> Result<Workbench> {
        let texts = self.ledger().placed_documents(DocumentKind::Scenario).await?;
        let from_ledger = texts.iter().any(|text| starts_from_month(&text.body));
        let facts = async {
            match from_ledger {
                true => self.facts_in(Conversion::default(), MonthBasis::BillingMonth).await.map(Some),
                false => Ok(None),
            }
        };
        let benchmarks = async { Ok(self.ledger().benchmarks().await?) };
        let (prices, benchmarks, facts) = tokio::try_join!(self.price_book(), benchmarks, facts)?;
        let pairs: Vec<(String, String)> = texts.iter().map(|text| (text.name.clone(), text.body.clone())).collect();
        let infos = infos(&pairs, &prices);
        let based = |text: &Placed| Some((text.name.clone(), base_of(&text.body)?));
        let bases = texts.iter().filter_map(based).collect();
        Ok(Workbench {
            version,
            texts,
            infos,
            bases,
            whole: HashMap::new(),
            facts,
            prices,
            benchmarks,
            actuals: HashMap::new(),
            runs: VecDeque::new(),
            best: None,
        })
    }
}

/// The workbench while somebody works on it.
pub(crate) struct Held(OwnedMutexGuard<Option<Workbench>>);

impl std::ops::Deref for Held {
    type Target = Workbench;

    #[allow(clippy::expect_used, reason = "made only where it was filled")]
    fn deref(&self) -> &Workbench {
        self.0.as_ref().expect("a held workbench is there")
    }
}

impl std::ops::DerefMut for Held {
    #[allow(clippy::expect_used, reason = "made only where it was filled")]
    fn deref_mut(&mut self) -> &mut Workbench {
        self.0.as_mut().expect("a held workbench is there")
    }
}

impl Workbench {
    /// Scenarios in the order in which they were first kept; the place is the colour.
    pub(crate) fn infos(&self) -> &[ScenarioInfo] {
        &self.infos
    }

    /// Texts as they are kept.
    pub(crate) fn texts(&self) -> &[Placed] {
        &self.texts
    }

    /// The text of a scenario.
    ///
    /// # Errors
    /// When there is no such scenario.
    pub(crate) fn text(&self, id: &str) -> Result<&Placed> {
        self.texts.iter().find(|text| text.name == id).ok_or_else(|| no_such(id))
    }

    /// The texts with changes made, as they would be kept.
    ///
    /// # Errors
    /// When a change names a scenario or number that is not there, or cannot be made.
    pub(crate) fn changed(&self, overrides: &[Override]) -> Result<BTreeMap<&str, String>> {
        let mut by_scenario: BTreeMap<&str, Vec<(&str, &str)>> = BTreeMap::new();
        for change in overrides {
            by_scenario.entry(&change.scenario).or_default().push((&change.path, &change.value));
        }
        let changed = by_scenario.into_iter().map(|(id, changes)| {
            let own = self.text(id)?;
            let whole = self.whole(id, &own.body, &BTreeMap::new())?;
            let text = edited(&own.body, &whole, &changes).map_err(|error| within(error, id))?;
            Ok((own.name.as_str(), text))
        });
        changed.collect()
    }

    /// A text with those below it.
    fn whole(&self, id: &str, text: &str, changed: &BTreeMap<&str, String>) -> Result<String> {
        patched(id, text, &|wanted: &str| {
            let kept = self.texts.iter().find(|text| text.name == wanted).map(|text| text.body.clone());
            changed.get(wanted).cloned().or(kept)
        })
    }

    /// The run of a scenario with changes made. A change to a scenario shows in those that stand on it too.
    ///
    /// # Errors
    /// When it is not there, or cannot be read, resolved or run.
    pub(crate) fn run(&mut self, id: &str, overrides: &[Override]) -> Result<Arc<Run>> {
        self.runs(&[id.to_owned()], overrides)?.pop().ok_or_else(|| no_such(id))
    }

    /// The runs of scenarios in order, with changes made.
    ///
    /// # Errors
    /// As [`Workbench::run`].
    pub(crate) fn runs(&mut self, ids: &[String], overrides: &[Override]) -> Result<Vec<Arc<Run>>> {
        let changed = self.changed(overrides)?;
        let mut standing = Vec::with_capacity(ids.len());
        for id in ids {
            let own = self.text(id)?;
            let text = match changed.get(id.as_str()) {
                None if !self.is_touched(id, &changed) => match self.whole.get(id) {
                    Some(kept) => kept.clone(),
                    None => self.whole(id, &own.body, &changed)?,
                },
                text => self.whole(id, text.unwrap_or(&own.body), &changed)?,
            };
            standing.push((id, text));
        }
        let untouched = |(id, _): &&(&String, String)| !self.is_touched(id, &changed) && !self.whole.contains_key(*id);
        let fresh: Vec<(String, String)> =
            standing.iter().filter(untouched).map(|(id, text)| ((*id).clone(), text.clone())).collect();
        drop(changed);
        self.whole.extend(fresh);
        self.runs_of(standing)
    }

    /// Is this scenario, or one below it, among those changed?
    fn is_touched(&self, id: &str, changed: &BTreeMap<&str, String>) -> bool {
        // A ring of bases is refused where the text is read; here it only must end.
        let below = std::iter::successors(Some(id), |id| self.bases.get(*id).map(String::as_str));
        below.take(self.texts.len() + 1).any(|id| changed.contains_key(id))
    }

    /// Which scenario this one stands on.
    pub(crate) fn base(&self, id: &str) -> Option<&str> {
        self.bases.get(id).map(String::as_str)
    }

    /// The same side by side.
    ///
    /// # Errors
    /// As [`Workbench::run`].
    pub(crate) fn comparison(&mut self, ids: &[String], overrides: &[Override]) -> Result<Comparison> {
        let mut runs = self.runs(ids, overrides)?;
        if !overrides.is_empty() {
            let kept = self.runs(ids, &[])?;
            for (run, kept) in runs.iter_mut().zip(&kept).filter(|(run, kept)| !Arc::ptr_eq(run, kept)) {
                *run = Arc::new(run.as_known_in(kept));
            }
        }
        Ok(Comparison { runs: named_apart(runs) })
    }

    /// Runs of texts: those seen before as they are, the others on all processors.
    fn runs_of(&mut self, standing: Vec<(&String, String)>) -> Result<Vec<Arc<Run>>> {
        let mut found: Vec<Option<Arc<Run>>> = standing.iter().map(|(id, text)| self.seen(id, text)).collect();
        let is_new = |place: &usize| found[*place].is_none();
        let fresh: Vec<usize> = (0..standing.len()).filter(is_new).collect();
        let benchmarks = &self.benchmarks;
        let read = |place: &usize| {
            let (id, text) = &standing[*place];
            let mut file = parse(text).map_err(|error| within(error, id))?;
            fill(&mut file, benchmarks).map_err(|error| within(error, id))?;
            Ok((*place, file))
        };
        let files: Vec<(usize, ScenarioFile)> = fresh.par_iter().map(read).collect::<Result<_>>()?;
        let begun = files.into_iter().map(|(place, file)| {
            let actuals = self.actuals(standing[place].0, &file)?;
            Ok((place, file, actuals))
        });
        let begun: Vec<(usize, ScenarioFile, Option<Arc<Actuals>>)> = begun.collect::<Result<_>>()?;
        let prices = &self.prices;
        let run = |(place, file, actuals): &(usize, ScenarioFile, Option<Arc<Actuals>>)| {
            let resolved = resolve_on(standing[*place].0, file, actuals.as_deref(), prices)?;
            Ok((*place, Arc::new(Run::of(resolved)?)))
        };
        let run: Vec<(usize, Arc<Run>)> = begun.par_iter().map(run).collect::<Result<_>>()?;
        for (place, run) in run {
            let (id, text) = &standing[place];
            self.remember((*id).clone(), text.clone(), run.clone());
            found[place] = Some(run);
        }
        Ok(found.into_iter().flatten().collect())
    }

    /// The run of a text seen before; it is then the newest.
    fn seen(&mut self, id: &str, text: &str) -> Option<Arc<Run>> {
        let place = self.runs.iter().rposition(|(of, seen, _)| of == id && seen == text)?;
        let kept = self.runs.remove(place)?;
        let run = kept.2.clone();
        self.runs.push_back(kept);
        Some(run)
    }

    fn remember(&mut self, id: String, text: String, run: Arc<Run>) {
        if self.runs.len() == MOST_RUNS {
            // The one that nobody has asked for the longest; a number on its way is asked for once.
            self.runs.pop_front();
        }
        self.runs.push_back((id, text, run));
    }

    /// What a file starts from; read once for all files that name the same.
    fn actuals(&mut self, id: &str, file: &ScenarioFile) -> Result<Option<Arc<Actuals>>> {
        let Some(base @ Base { month: Some(_), .. }) = &file.base else { return Ok(None) };
        let key = format!("{base:?}");
        if let Some(kept) = self.actuals.get(&key) {
            return Ok(Some(kept.clone()));
        }
        let found = actuals_of(file, self.facts.as_deref()).map_err(|error| within(error, id))?;
        let Some(found) = found else { return Ok(None) };
        let found = Arc::new(found);
        self.actuals.insert(key, found.clone());
        Ok(Some(found))
    }

    /// The text of a scenario as one that stands by itself, with changes made.
    ///
    /// # Errors
    /// When it is not there, or a change cannot be made.
    pub(crate) fn text_with(&self, id: &str, overrides: &[Override]) -> Result<String> {
        let changed = self.changed(overrides)?;
        let own = self.text(id)?;
        self.whole(id, changed.get(id).unwrap_or(&own.body), &changed)
    }

    /// What the optimiser found in this text, if it looked there last.
    pub(crate) fn best_of(&self, id: &str, text: &str) -> Option<Arc<Optimised>> {
        let (of, looked_in, found) = self.best.as_ref()?;
        (of == id && looked_in == text).then(|| found.clone())
    }

    /// Remembers what the optimiser found.
    pub(crate) fn keep_best(&mut self, id: String, text: String, found: Arc<Optimised>) {
        self.best = Some((id, text, found));
    }

    /// Scenarios that stand directly on this one.
    pub(crate) fn standing_on(&self, id: &str) -> Vec<&str> {
        let on = self.texts.iter().filter(|text| self.base(&text.name) == Some(id));
        on.map(|text| text.name.as_str()).collect()
    }
}

fn no_such(id: &str) -> EngineError {
    EngineError::usage("there is no such scenario").at(id.to_owned()).then("import its file")
}

/// Says in which scenario it went wrong.
fn within(error: EngineError, id: &str) -> EngineError {
    let place = match &error.place {
        Some(place) => format!("scenario {id}, {place}"),
        None => format!("scenario {id}"),
    };
    error.at(place)
}
