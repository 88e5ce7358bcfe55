//! Use cases over the ledger: import, report, scenario, chart, export. One engine, two callers: the command
//! line and the window.

pub mod alias;
pub mod calc;
pub mod chart;
pub mod check;
pub mod convert;
pub mod demo;
pub mod error;
pub mod export;
pub mod facts;
pub mod import;
pub mod job;
pub mod number;
pub mod prices;
pub mod report;
pub mod roles;
pub mod rules;
pub mod scenario;
pub mod screen;
pub mod subject;
pub mod view;

use std::path::Path;
use std::sync::Arc;

pub use error::{Asks, EngineError, ErrorKind, Result};
use marginline_store::Ledger;
use tokio::sync::Mutex;

use crate::convert::KeptConversion;
use crate::facts::Facts;
use crate::prices::Bundled;

/// An open workspace and what is remembered between two questions.
#[derive(Debug, Clone)]
pub struct Engine {
    ledger: Ledger,
    prices: Arc<Bundled>,
    facts: Arc<Mutex<KeptFacts>>,
    conversions: Arc<Mutex<Vec<KeptConversion>>>,
    workbench: Arc<Mutex<Option<scenario::Workbench>>>,
}

/// Facts and the version of the ledger they were made from.
type KeptFacts = Option<(i64, Arc<Facts>)>;

impl Engine {
    /// Opens the workspace at `path`, making it when it is not there.
    ///
    /// # Errors
    /// When the file cannot be made or opened, or is no workspace.
    pub async fn open(path: &Path) -> Result<Self> {
        Ok(Self {
            ledger: Ledger::open(path).await?,
            prices: Arc::default(),
            facts: Arc::default(),
            conversions: Arc::default(),
            workbench: Arc::default(),
        })
    }

    /// The ledger.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    pub(crate) fn bundled_prices(&self) -> &Arc<Bundled> {
        &self.prices
    }

    pub(crate) fn kept_facts(&self) -> &Mutex<KeptFacts> {
        &self.facts
    }

    pub(crate) fn kept_workbench(&self) -> &Arc<Mutex<Option<scenario::Workbench>>> {
        &self.workbench
    }

    pub(crate) fn kept_conversions(&self) -> &Mutex<Vec<KeptConversion>> {
        &self.conversions
    }
}
