//! The file, its actuals and prices: what every candidate stands on. A candidate is resolved and run by the same code as
//! `scenario run`.

use std::sync::OnceLock;

use marginline_store::benchmark::BenchmarkRow;
use toml::{Table, Value};

use super::path::{Names, Settings};
use crate::error::{EngineError, Result};
use crate::facts::Facts;
use crate::prices::PriceBook;
use crate::prices::gpu_offers::{GpuAsked, Sold};
use crate::scenario::Run;
use crate::scenario::actuals::Actuals;
use crate::scenario::complete::benchmark::fill;
use crate::scenario::file::{ScenarioFile, check, lay_over, note_swap};
use crate::scenario::model_size::ModelShare;
use crate::scenario::resolve::{actuals_of, resolve_on};

/// What candidates are laid over.
pub(super) struct Ground<'a> {
    /// Id of the scenario.
    pub(super) id: &'a str,
    /// The file without `[optimise]`.
    pub(super) whole: Table,
    /// Names of its entries.
    pub(super) names: Names,
    /// Futures with their values; the first is the file as it stands.
    pub(super) futures: Vec<(String, Settings)>,
    /// The file at the bottom of those that this one changes: what served there needs no new score.
    root: Table,
    actuals: Option<Actuals>,
    given: Given<'a>,
    /// What serves in each future as the file at the bottom has it.
    today: OnceLock<Vec<Vec<ModelShare>>>,
}

/// What is the same for every candidate beside the file: actuals, prices and benchmark results.
#[derive(Clone, Copy)]
pub struct Given<'a> {
    /// The ledger, where the file has a base month.
    pub facts: Option<&'a Facts>,
    /// Prices.
    pub prices: &'a PriceBook,
    /// Benchmark results that files name.
    pub benchmarks: &'a [BenchmarkRow],
}

fn table(text: &str) -> Result<Table> {
    text.parse().map_err(|error: toml::de::Error| EngineError::failed(error.message().to_owned()))
}

impl<'a> Ground<'a> {
    /// The ground of a file: actuals are looked up once, because no candidate may change `[base]`.
    pub(super) fn new(id: &'a str, (text, root, file): (&str, &str, &ScenarioFile), given: Given<'a>) -> Result<Self> {
        let place = |error: EngineError| error.at(format!("scenario {id}"));
        let mut whole = table(text).map_err(place)?;
        whole.remove("optimise");
        let root = table(root).map_err(place)?;
        let actuals = actuals_of(file, given.facts).map_err(place)?;
        let futures = vec![("as stated".to_owned(), Settings::new())];
        Ok(Self { id, names: Names::of(&whole), whole, futures, root, actuals, given, today: OnceLock::new() })
    }

    /// Runs the file with values laid over it, in a future.
    ///
    /// # Errors
    /// When the values make no scenario, a price is missing, or money leaves its range.
    pub(super) fn run(&self, set: &[(String, Value)], future: usize) -> Result<Run> {
        self.run_patch(self.names.patch(set)?, future)
    }

    /// As [`Ground::run`], of a patch.
    pub(super) fn run_patch(&self, patch: Table, future: usize) -> Result<Run> {
        let run = self.run_file(self.file(patch, future)?)?;
        let today = self.today.get_or_init(|| (0..self.futures.len()).map(|future| self.served(future)).collect());
        Ok(today.get(future).and_then(|today| run.beside(today)).unwrap_or(run))
    }

    fn run_file(&self, mut file: ScenarioFile) -> Result<Run> {
        check(&file)?;
        fill(&mut file, self.given.benchmarks)?;
        Run::of(resolve_on(self.id, &file, self.actuals.as_ref(), self.given.prices)?)
    }

    /// What serves in a future as the file at the bottom has it; nothing where that does not run by itself.
    fn served(&self, future: usize) -> Vec<ModelShare> {
        let mut whole = self.root.clone();
        whole.remove("optimise");
        let set = self.futures.get(future).map(|(_, set)| self.names.patch(set)).transpose().ok().flatten();
        lay_over(&mut whole, set.unwrap_or_default());
        let run = read(whole).and_then(|file| self.run_file(file));
        run.map(|run| run.model_shares()).unwrap_or_default()
    }

    /// Why a candidate without a price is not sold where it stands; `None` where that is not the reason.
    pub(super) fn not_sold(&self, patch: Table, future: usize) -> Option<String> {
        let file = self.file(patch, future).ok()?;
        file.components().into_iter().find_map(|(_, component)| {
            let asked = GpuAsked {
                cloud: component.cloud.as_deref()?,
                gpu: component.gpu.as_deref()?,
                region: component.region.as_deref().unwrap_or_default(),
                purchase: component.bought(),
                day: component.priced_at.as_deref().and_then(|day| day.parse().ok()),
            };
            match self.given.prices.gpu_sale(asked) {
                Sold::No { reason, .. } => Some(reason),
                Sold::Yes { .. } | Sold::Unknown { .. } => None,
            }
        })
    }

    /// The number in which the GPUs of a component of a patch are sold, by the price book; 1 where one can be had or
    /// nothing is known.
    pub(super) fn together(&self, patch: Table, name: &str) -> Result<u32> {
        let file = self.file(patch, 0)?;
        let components = file.components();
        let of = components.iter().find(|(_, component)| component.name.as_deref() == Some(name));
        let found = of.and_then(|(_, component)| {
            let asked = GpuAsked {
                cloud: component.cloud.as_deref()?,
                gpu: component.gpu.as_deref()?,
                region: component.region.as_deref().unwrap_or_default(),
                purchase: component.bought(),
                day: component.priced_at.as_deref().and_then(|day| day.parse().ok()),
            };
            self.given.prices.gpus_together(asked, component.instance.as_deref())
        });
        Ok(found.map_or(1, |(size, _)| size))
    }

    fn file(&self, patch: Table, future: usize) -> Result<ScenarioFile> {
        let mut whole = self.whole.clone();
        lay_over(&mut whole, patch);
        if let Some((_, set)) = self.futures.get(future).filter(|(_, set)| !set.is_empty()) {
            lay_over(&mut whole, self.names.patch(set)?);
        }
        note_swap(&self.root, &mut whole);
        read(whole)
    }
}

/// Says whether values laid over a file are of its grammar.
pub(super) fn readable(whole: &Table, names: &Names, set: &[(String, Value)]) -> Result<()> {
    let mut laid = whole.clone();
    lay_over(&mut laid, names.patch(set)?);
    read(laid).map(|_| ()).map_err(|error| {
        let paths: Vec<&str> = set.iter().map(|(path, _)| path.as_str()).collect();
        error.at(format!("optimise, {}", paths.join(", ")))
    })
}

fn read(whole: Table) -> Result<ScenarioFile> {
    whole.try_into().map_err(|error: toml::de::Error| {
        EngineError::failed(format!("the scenario cannot be read: {}", error.message().trim()))
            .then("see docs/scenarios.md")
    })
}
