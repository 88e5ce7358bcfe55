//! The file, its actuals and prices: what every candidate stands on. A candidate is resolved and run by the same code as
//! `scenario run`.

use toml::{Table, Value};

use super::path::{Names, Settings};
use crate::error::{EngineError, Result};
use crate::facts::Facts;
use crate::prices::PriceBook;
use crate::scenario::Run;
use crate::scenario::actuals::Actuals;
use crate::scenario::file::{ScenarioFile, check, lay_over};
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
    actuals: Option<Actuals>,
    prices: &'a PriceBook,
}

impl<'a> Ground<'a> {
    /// The ground of a file: actuals are looked up once, because no candidate may change `[base]`.
    pub(super) fn new(
        id: &'a str,
        (text, file): (&str, &ScenarioFile),
        facts: Option<&Facts>,
        prices: &'a PriceBook,
    ) -> Result<Self> {
        let place = |error: EngineError| error.at(format!("scenario {id}"));
        let mut whole: Table =
            text.parse().map_err(|error: toml::de::Error| place(EngineError::failed(error.message().to_owned())))?;
        whole.remove("optimise");
        let actuals = actuals_of(file, facts).map_err(place)?;
        let futures = vec![("as stated".to_owned(), Settings::new())];
        Ok(Self { id, names: Names::of(&whole), whole, futures, actuals, prices })
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
        let mut whole = self.whole.clone();
        lay_over(&mut whole, patch);
        if let Some((_, set)) = self.futures.get(future).filter(|(_, set)| !set.is_empty()) {
            lay_over(&mut whole, self.names.patch(set)?);
        }
        let file = read(whole)?;
        check(&file)?;
        Run::of(resolve_on(self.id, &file, self.actuals.as_ref(), self.prices)?)
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
