//! A price set by hand: a batch of one edit with its reason, and what it would change before it is stored.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use marginline_model::{Money, Month};

use crate::Engine;
use crate::error::{EngineError, Result};
use crate::import::{ImportOptions, ImportReport, RowProblem, Watch};
use crate::report::margin::{MarginReport, MarginRequest, of_facts as margin};
use crate::view::{MarginBy, MonthBasis};

/// Format of an edit.
pub(crate) const FORMAT: &str = "price-edit";

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
        let options = ImportOptions { format: Some(FORMAT.into()), ..ImportOptions::plain(now) };
        right(&self.read_prices(&path, FORMAT, now).await?.1)?;
        self.import(&[path], &options, &Watch::nobody()).await
    }

    /// Months whose cost of revenue a price would move: the facts are made once more, with the price laid over those of
    /// the ledger. Nothing is written.
    ///
    /// # Errors
    /// When a field is not right, or the workspace cannot be read.
    pub async fn try_price(&self, edit: &PriceEdit, now: DateTime<Utc>) -> Result<PriceChange> {
        let (_folder, path) = written(edit, now)?;
        let (laid, problems) = self.read_prices(&path, FORMAT, now).await?;
        right(&problems)?;
        if !self.has_books().await? {
            return Ok(PriceChange {
                currency: String::new(),
                months: Vec::new(),
                notes: vec!["the workspace holds neither bills nor revenue".to_owned()],
            });
        }
        let request =
            MarginRequest { by: MarginBy::Month, basis: MonthBasis::BillingMonth, ..MarginRequest::default() };
        let before = self.margin(&request).await?;
        let facts = self.facts_with(laid).await?;
        let converted = self.converted(&facts, request.conversion, request.basis).await?;
        Ok(moved(&before, &margin(converted.as_ref().unwrap_or(&facts), &request)?))
    }

    /// Does any bill, usage or revenue count?
    async fn has_books(&self) -> Result<bool> {
        let batches = self.ledger().batches().await?;
        let is_one = |role: &str| matches!(role, "bill" | "usage" | "revenue");
        Ok(batches.iter().any(|batch| batch.state == "live" && is_one(&batch.role)))
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
fn right(problems: &[RowProblem]) -> Result<()> {
    match problems.first() {
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
