//! A price set by hand: a batch of one edit with its reason, and what it would change before it is stored.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use marginline_model::{Money, Month};

use crate::Engine;
use crate::error::{EngineError, Result};
use crate::import::{ImportOptions, ImportReport, Watch};
use crate::report::margin::{MarginReport, MarginRequest};
use crate::view::{MarginBy, MonthBasis};

/// Columns of an edit, in the order in which it is written.
const COLUMNS: [&str; 18] = [
    "resource",
    "provider",
    "item",
    "class",
    "region",
    "purchase",
    "service_tier",
    "above_tokens",
    "window",
    "per",
    "amount",
    "discount_percent",
    "currency",
    "contract",
    "valid_from",
    "valid_to",
    "reason",
    "free_per_month",
];

/// A price to be set: fields as in the file format `price-edit`; empty ones take its defaults.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PriceEdit {
    fields: [String; COLUMNS.len()],
}

/// A month whose cost of revenue an edit moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MovedMonth {
    /// Month.
    pub month: Month,
    /// Cost of revenue without the edit; `None` without books.
    pub before: Option<Money>,
    /// With it.
    pub after: Option<Money>,
}

/// What an edit would change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceChange {
    /// Currency of the amounts.
    pub currency: String,
    /// Months that move, the earliest first.
    pub months: Vec<MovedMonth>,
    /// What else is to be said.
    pub notes: Vec<String>,
}

impl PriceEdit {
    /// The same with a field set.
    ///
    /// # Errors
    /// When there is no such field.
    pub fn with(mut self, column: &str, value: &str) -> Result<Self> {
        let at = COLUMNS.iter().position(|name| *name == column).ok_or_else(|| {
            EngineError::usage(format!("a price has no field {column:?}")).then(format!("use {}", COLUMNS.join(", ")))
        })?;
        value.trim().clone_into(&mut self.fields[at]);
        Ok(self)
    }

    fn write(&self, path: &Path) -> Result<()> {
        let cannot = |error: csv::Error| EngineError::failed(format!("the edit cannot be written: {error}"));
        let mut csv = csv::Writer::from_path(path).map_err(cannot)?;
        csv.write_record(COLUMNS).map_err(cannot)?;
        csv.write_record(&self.fields).map_err(cannot)?;
        csv.flush().map_err(|error| cannot(error.into()))
    }
}

impl Engine {
    /// Stores a price set by hand, as a batch that can be undone.
    ///
    /// # Errors
    /// When a field is not right; nothing is stored then.
    pub async fn set_price(&self, edit: &PriceEdit, now: DateTime<Utc>) -> Result<ImportReport> {
        let (_folder, path) = written(edit, now)?;
        let options = ImportOptions { format: Some("price-edit".into()), ..ImportOptions::plain(now) };
        let tried = ImportOptions { dry_run: true, ..options.clone() };
        let trial = self.import(std::slice::from_ref(&path), &tried, &Watch::nobody()).await?;
        right(&trial)?;
        self.import(&[path], &options, &Watch::nobody()).await
    }

    /// Months whose cost of revenue a price would move, worked out on a copy of the workspace.
    ///
    /// # Errors
    /// When a field is not right, or the workspace cannot be copied or read.
    pub async fn try_price(&self, edit: &PriceEdit, now: DateTime<Utc>) -> Result<PriceChange> {
        let (folder, path) = written(edit, now)?;
        let copy = folder.path().join("copy.db");
        self.ledger().copy_to(&copy).await?;
        // Opening holds a connection over its migrations, which no task that moves between threads may.
        let opening =
            tokio::task::spawn_blocking(move || tokio::runtime::Handle::current().block_on(Engine::open(&copy)));
        let other = opening.await.map_err(|_| EngineError::failed("the copy was not opened").then("try again"))??;
        let options =
            ImportOptions { format: Some("price-edit".into()), keep_source: false, ..ImportOptions::plain(now) };
        let report = other.import(&[path], &options, &Watch::nobody()).await?;
        right(&report)?;
        let change = match (self.cost_by_month().await?, other.cost_by_month().await?) {
            (Some(before), Some(after)) => moved(&before, &after),
            _ => PriceChange {
                currency: String::new(),
                months: Vec::new(),
                notes: vec!["the workspace holds neither bills nor revenue".to_owned()],
            },
        };
        other.ledger().close().await;
        Ok(change)
    }

    /// Margin by month; `None` in a workspace without bills and revenue.
    async fn cost_by_month(&self) -> Result<Option<MarginReport>> {
        let books = self
            .ledger()
            .batches()
            .await?
            .into_iter()
            .any(|batch| batch.state == "live" && matches!(batch.role.as_str(), "bill" | "usage" | "revenue"));
        if !books {
            return Ok(None);
        }
        let request = MarginRequest {
            from: None,
            to: None,
            basis: MonthBasis::BillingMonth,
            by: MarginBy::Month,
            conversion: crate::convert::Conversion::default(),
        };
        Ok(Some(self.margin(&request).await?))
    }
}

/// The edit as a file in a folder that goes when it is dropped.
fn written(edit: &PriceEdit, now: DateTime<Utc>) -> Result<(tempfile::TempDir, PathBuf)> {
    let folder = tempfile::tempdir()
        .map_err(|error| EngineError::failed(format!("no temporary folder can be made: {error}")))?;
    let path = folder.path().join(format!("price edit {}.csv", now.format("%Y-%m-%d %H-%M-%S")));
    edit.write(&path)?;
    Ok((folder, path))
}

/// An edit is one row, and that must be right.
fn right(report: &ImportReport) -> Result<()> {
    match report.batches.iter().flat_map(|batch| &batch.problems).next() {
        None => Ok(()),
        Some(problem) => Err(EngineError::usage(format!(
            "{} is not right: found {:?}, expected {}",
            problem.column, problem.found, problem.expected
        ))),
    }
}

fn moved(before: &MarginReport, after: &MarginReport) -> PriceChange {
    let cost = |report: &MarginReport, month: &str| {
        report.rows.iter().find(|(key, _)| key.as_deref() == Some(month)).map(|(_, sums)| sums.cost())
    };
    let months: BTreeSet<String> =
        before.rows.iter().chain(&after.rows).filter_map(|(month, _)| month.clone()).collect();
    let months = months.iter().filter_map(|key| {
        let (was, is) = (cost(before, key), cost(after, key));
        let month = key.parse().ok().filter(|_| was != is)?;
        Some(MovedMonth { month, before: was, after: is })
    });
    let mut notes = Vec::new();
    if before.total.priced.unpriced_tokens != after.total.priced.unpriced_tokens {
        notes.push(format!(
            "tokens without a price: {} now, {} with it",
            crate::number::count(before.total.priced.unpriced_tokens),
            crate::number::count(after.total.priced.unpriced_tokens)
        ));
    }
    PriceChange { currency: after.currency.clone(), months: months.collect(), notes }
}
