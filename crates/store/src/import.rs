//! Writing a batch: one transaction from the first row to the control totals.
//!
//! A batch claims scopes (a source and account in a month, and the days covered). When it is committed, rows
//! of earlier batches under the same claim are marked as replaced: all of them when the new file covers their
//! days, else only the days it covers. Files imported together are parts of one delivery and never replace
//! each other.

mod beside;
mod replace;

pub use beside::Claimed;
pub(crate) use replace::add_replaced;

use std::collections::{BTreeSet, HashMap};

use chrono::NaiveDate;
use marginline_model::Currency;
use sqlx::{Row, Sqlite, Transaction};

use crate::batch::{BatchTotal, QuarantineRow, Role};
use crate::benchmark::BenchmarkRow;
use crate::budget::BudgetRow;
use crate::cost::{CostRows, Fold, make_months};
use crate::difference::{Difference, difference};
use crate::exchange_rate::ExchangeRateRow;
use crate::gpu_hours::GpuHoursRow;
use crate::gpu_sample::GpuSampleRow;
use crate::invoice::InvoiceRow;
use crate::key::Keys;
use crate::ledger::bump_version;
use crate::month::make_usage_months;
use crate::prices::PriceRow;
use crate::request_trace::RequestTraceRow;
use crate::revenue::RevenueRow;
use crate::token_usage::TokenUsageRow;
use crate::{Ledger, StoreError};

/// Rows to a statement: large enough that the statement's own cost vanishes, small enough for SQLite's limit
/// on bound values.
pub(crate) const ROWS_PER_STATEMENT: usize = 500;

/// What is known of a batch before its first row.
#[derive(Debug, Clone)]
pub struct NewBatch {
    /// Format id, or that of a mapping.
    pub format: String,
    /// Role.
    pub role: Role,
    /// File name without folder.
    pub file_name: String,
    /// When, UTC, given by the caller.
    pub imported_at: String,
    /// Will the source file be kept beside the workspace?
    pub source_kept: bool,
    /// How the kept file is read back: `lines`, `json` or `parquet`.
    pub content: &'static str,
    /// Currency of every amount, where a person told it because the file does not.
    pub given_currency: Option<Currency>,
    /// Day of a price list that does not tell it, where a person told it.
    pub given_observed: Option<NaiveDate>,
    /// Who sells what a catalogue lists, where a person told it.
    pub given_provider: Option<String>,
    /// Does the source only ever add records with ids of their own, so that a new file replaces nothing?
    pub append_only: bool,
    /// What it means when a file names no account.
    pub blank_account: BlankAccount,
}

/// What a file says of its account by naming none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BlankAccount {
    /// It is an account like any other.
    #[default]
    Own,
    /// It is one account, and the file does not tell which: where only one is known, that one.
    Unknown,
    /// It is all accounts together.
    All,
}

/// Where a row stood in its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Place {
    /// First byte.
    pub offset: u64,
    /// Number of bytes.
    pub length: u64,
}

/// Rows of one kind, ready to store.
#[derive(Debug, Clone)]
pub enum Rows {
    /// Lines of a bill.
    Cost(CostRows),
    /// Token usage.
    TokenUsage(Vec<TokenUsageRow>),
    /// GPU hours.
    GpuHours(Vec<GpuHoursRow>),
    /// Revenue lines.
    Revenue(Vec<RevenueRow>),
    /// Budget lines.
    Budget(Vec<BudgetRow>),
    /// Received invoices.
    Invoice(Vec<InvoiceRow>),
    /// Samples of GPUs.
    GpuSample(Vec<GpuSampleRow>),
    /// Requests of a load trace.
    RequestTrace(Vec<RequestTraceRow>),
    /// Runs of benchmarks.
    Benchmark(Vec<BenchmarkRow>),
    /// Exchange rates.
    ExchangeRates(Vec<ExchangeRateRow>),
    /// Prices.
    Prices(Vec<PriceRow>),
}

/// What is known of a batch once its file is read to the end.
#[derive(Debug, Clone, Default)]
pub struct Ending {
    /// Data rows in the file.
    pub rows_read: u64,
    /// Rows handed over to be stored.
    pub rows_stored: u64,
    /// Rows in quarantine.
    pub rows_quarantined: u64,
    /// Control totals of the stored rows.
    pub totals: Vec<BatchTotal>,
    /// SHA-256 of the content.
    pub file_hash: String,
    /// Size of the content.
    pub file_bytes: u64,
}

/// What an import came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// Rows stored.
    pub rows_stored: u64,
    /// Records that the ledger had already under their own id.
    pub rows_duplicate: u64,
    /// Rows of earlier batches that no longer count.
    pub replaced: Vec<Replaced>,
    /// How the new rows differ from those; `None` when nothing was replaced.
    pub difference: Option<Difference>,
    /// Earlier and later batches that hold the days of these rows under the same claims, rows or none.
    pub met: BTreeSet<i64>,
    /// What the batch says of which months.
    pub claims: Vec<Claimed>,
    /// What other batches of its format say of the same days, and still count.
    pub beside: Vec<Claimed>,
}

/// Rows of an earlier batch that this one replaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replaced {
    /// The earlier batch.
    pub batch: i64,
    /// How many of its rows.
    pub rows: u64,
}

#[derive(Debug, Clone, Copy)]
struct Claim {
    id: i64,
    first: NaiveDate,
    last: NaiveDate,
}

/// An import under way.
#[derive(Debug)]
pub struct Import {
    pub(crate) transaction: Transaction<'static, Sqlite>,
    pub(crate) batch: i64,
    pub(crate) keys: Keys,
    pub(crate) outlines: Keys,
    pub(crate) fold: Fold,
    /// Records that the ledger had already.
    pub(crate) duplicates: u64,
    /// Rows of earlier batches of which this import brought a newer version.
    pub(crate) newer: Vec<Replaced>,
    /// Format id: sources of revenue are told apart by it.
    pub(crate) format: String,
    role: Role,
    append_only: bool,
    blank_account: BlankAccount,
    claims: HashMap<(&'static str, String, String, String), Claim>,
}

impl Ledger {
    /// Begins an import; `delivery` is that of the batches it belongs to, or a new one.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn begin_import(&self, new: &NewBatch, delivery: Option<i64>) -> Result<Import, StoreError> {
        Import::begin(self.change().await?, new, delivery).await
    }

    /// The live batch of this content, if any, even where a later one has replaced rows of it: what was replaced
    /// comes back by undoing the later one.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn same_content(&self, file_hash: &str) -> Result<Option<crate::batch::Batch>, StoreError> {
        let batches = self.batches().await?;
        Ok(batches.into_iter().find(|b| b.file_hash == file_hash && b.state == "live"))
    }
}

/// What the files of a dry run have come to so far; once it is dropped, nothing has happened.
#[derive(Debug)]
pub struct Rehearsal {
    transaction: Transaction<'static, Sqlite>,
    delivery: i64,
}

impl Rehearsal {
    /// Begins with the next file of the same delivery.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn next(self, new: &NewBatch) -> Result<Import, StoreError> {
        Import::begin(self.transaction, new, Some(self.delivery)).await
    }

    /// Takes everything back.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn end(self) -> Result<(), StoreError> {
        Ok(self.transaction.rollback().await?)
    }
}

/// Nobody else writes to the ledger while this is held; dropping it lets go.
#[derive(Debug)]
pub struct WriteLock {
    _transaction: Transaction<'static, Sqlite>,
}

impl Ledger {
    /// Waits until nobody writes, and keeps it so.
    ///
    /// # Errors
    /// When the database cannot be locked.
    pub async fn lock(&self) -> Result<WriteLock, StoreError> {
        Ok(WriteLock { _transaction: self.change().await? })
    }
}

impl Import {
    async fn begin(
        mut transaction: Transaction<'static, Sqlite>,
        new: &NewBatch,
        delivery: Option<i64>,
    ) -> Result<Self, StoreError> {
        let done = sqlx::query(
            "INSERT INTO batch (format, role, state, file_name, file_hash, file_bytes, imported_at, source_kept, content, \
             given_currency, given_observed, given_provider, delivery) VALUES (?, ?, 'live', ?, '', 0, ?, ?, ?, ?, ?, ?, \
             COALESCE(?, (SELECT COALESCE(MAX(delivery), 0) + 1 FROM batch)))",
        )
        .bind(&new.format)
        .bind(new.role.word())
        .bind(&new.file_name)
        .bind(&new.imported_at)
        .bind(new.source_kept)
        .bind(new.content)
        .bind(new.given_currency.map(|currency| currency.code().to_owned()))
        .bind(new.given_observed.map(|date| date.to_string()))
        .bind(new.given_provider.clone())
        .bind(delivery)
        .execute(&mut *transaction)
        .await?;
        Ok(Self {
            transaction,
            batch: done.last_insert_rowid(),
            keys: Keys::default(),
            outlines: Keys::default(),
            fold: Fold::default(),
            duplicates: 0,
            newer: Vec::new(),
            format: new.format.clone(),
            role: new.role,
            append_only: new.append_only,
            blank_account: new.blank_account,
            claims: HashMap::new(),
        })
    }

    /// The new batch's id.
    #[must_use]
    pub fn batch(&self) -> i64 {
        self.batch
    }

    /// Stores rows.
    ///
    /// # Errors
    /// When the database cannot be written; drop the import then.
    pub async fn store(&mut self, rows: &Rows) -> Result<(), StoreError> {
        match rows {
            Rows::Cost(rows) => self.store_cost(rows).await,
            Rows::TokenUsage(rows) => self.store_token_usage(rows).await,
            Rows::GpuHours(rows) => self.store_gpu_hours(rows).await,
            Rows::Revenue(rows) => self.store_revenue(rows).await,
            Rows::Budget(rows) => self.store_budget(rows).await,
            Rows::Invoice(rows) => self.store_invoices(rows).await,
            Rows::GpuSample(rows) => self.store_gpu_samples(rows).await,
            Rows::RequestTrace(rows) => self.store_request_trace(rows).await,
            Rows::Benchmark(rows) => self.store_benchmark(rows).await,
            Rows::ExchangeRates(rows) => self.store_exchange_rates(rows).await,
            Rows::Prices(rows) => self.store_prices(rows).await,
        }
    }

    /// Writes what is still held in memory, once every row has come.
    ///
    /// # Errors
    /// When the database cannot be written; drop the import then.
    pub async fn write_rest(&mut self) -> Result<(), StoreError> {
        self.finish_cost().await
    }

    /// Keeps rows that could not be stored.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn quarantine(&mut self, rows: &[QuarantineRow]) -> Result<(), StoreError> {
        for chunk in rows.chunks(ROWS_PER_STATEMENT) {
            let mut query = sqlx::QueryBuilder::<Sqlite>::new(
                "INSERT INTO quarantine (batch_id, line, \"column\", found, expected, byte_offset, byte_length) ",
            );
            query.push_values(chunk, |mut values, row| {
                values
                    .push_bind(self.batch)
                    .push_bind(integer(row.line))
                    .push_bind(row.column.clone())
                    .push_bind(row.found.clone())
                    .push_bind(row.expected.clone())
                    .push_bind(integer(row.byte_offset))
                    .push_bind(integer(row.byte_length));
            });
            query.build().execute(&mut *self.transaction).await?;
        }
        Ok(())
    }

    /// The claim a row falls under, widened to its day.
    pub(crate) async fn claim(
        &mut self,
        kind: &'static str,
        source: &str,
        account: &str,
        month: &str,
        day: NaiveDate,
    ) -> Result<i64, StoreError> {
        let key = (kind, source.to_owned(), account.to_owned(), month.to_owned());
        if let Some(claim) = self.claims.get_mut(&key) {
            claim.first = claim.first.min(day);
            claim.last = claim.last.max(day);
            return Ok(claim.id);
        }
        let done = sqlx::query(
            "INSERT INTO scope (batch_id, kind, source, account, month, first_day, last_day) VALUES (?, ?, ?, ?, ?, '', '')",
        )
        .bind(self.batch)
        .bind(kind)
        .bind(source)
        .bind(account)
        .bind(month)
        .execute(&mut *self.transaction)
        .await?;
        let id = done.last_insert_rowid();
        self.claims.insert(key, Claim { id, first: day, last: day });
        Ok(id)
    }

    /// Ends the import: writes claims and totals, replaces what the claims cover, and makes it all count.
    ///
    /// # Errors
    /// When the database cannot be written; then nothing has changed.
    pub async fn commit(mut self, ending: &Ending) -> Result<Settled, StoreError> {
        let settled = self.finish(ending).await?;
        bump_version(&mut self.transaction).await?;
        self.transaction.commit().await?;
        Ok(settled)
    }

    /// As [`Import::commit`], unless `waits` says that somebody has to look first: then nothing is kept.
    ///
    /// # Errors
    /// When the database cannot be written; then nothing has changed.
    pub async fn commit_unless(
        mut self,
        ending: &Ending,
        waits: impl FnOnce(&Settled) -> bool,
    ) -> Result<Settled, StoreError> {
        let settled = self.finish(ending).await?;
        if waits(&settled) {
            self.transaction.rollback().await?;
        } else {
            bump_version(&mut self.transaction).await?;
            self.transaction.commit().await?;
        }
        Ok(settled)
    }

    /// Does everything that [`Import::commit`] does, tells what it would replace, and leaves it to be taken back once
    /// the files that come with it have been rehearsed too.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn rehearse(mut self, ending: &Ending) -> Result<(Settled, Rehearsal), StoreError> {
        let settled = self.finish(ending).await?;
        let delivery = sqlx::query("SELECT delivery FROM batch WHERE id = ?")
            .bind(self.batch)
            .fetch_one(&mut *self.transaction)
            .await?
            .try_get(0)?;
        Ok((settled, Rehearsal { transaction: self.transaction, delivery }))
    }

    async fn finish(&mut self, ending: &Ending) -> Result<Settled, StoreError> {
        self.write_rest().await?;
        let stored = ending.rows_stored.saturating_sub(self.duplicates);
        sqlx::query(
            "UPDATE batch SET rows_read = ?, rows_stored = ?, rows_duplicate = ?, rows_quarantined = ?, file_hash = ?, \
             file_bytes = ? WHERE id = ?",
        )
        .bind(integer(ending.rows_read))
        .bind(integer(stored))
        .bind(integer(self.duplicates))
        .bind(integer(ending.rows_quarantined))
        .bind(&ending.file_hash)
        .bind(integer(ending.file_bytes))
        .bind(self.batch)
        .execute(&mut *self.transaction)
        .await?;
        for (position, total) in ending.totals.iter().enumerate() {
            sqlx::query(
                "INSERT INTO batch_total (batch_id, position, unit, measure, total, residue) VALUES (?, ?, ?, ?, ?, ?)",
            )
            .bind(self.batch)
            .bind(integer(position as u64))
            .bind(&total.unit)
            .bind(&total.measure)
            .bind(&total.total)
            .bind(&total.residue)
            .execute(&mut *self.transaction)
            .await?;
        }
        if self.role == Role::Measurement {
            self.replace_records().await?;
        }
        let (replaced, met) = self.replace().await?;
        let (claims, beside) = (self.claimed(), self.beside().await?);
        if self.fold.is_used() {
            for entry in &replaced {
                make_months(&mut self.transaction, entry.batch).await?;
            }
            self.write_months().await?;
        }
        let kinds: BTreeSet<&'static str> = self.claims.keys().map(|(kind, ..)| *kind).collect();
        let changed: Vec<i64> = replaced.iter().map(|entry| entry.batch).chain([self.batch]).collect();
        for kind in kinds {
            make_usage_months(&mut self.transaction, kind, &changed).await?;
        }
        let difference =
            if replaced.is_empty() { None } else { Some(difference(&mut self.transaction, self.batch).await?) };
        Ok(Settled { rows_stored: stored, rows_duplicate: self.duplicates, replaced, difference, met, claims, beside })
    }
}

pub(crate) fn integer(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
