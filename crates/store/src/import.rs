//! Writing a batch: one transaction from the first row to the control totals.
//!
//! A batch claims scopes (a source and account in a month, and the days covered). When it is committed, rows
//! of earlier batches under the same claim are marked as replaced: all of them when the new file covers their
//! days, else only the days it covers. Files imported together are parts of one delivery and never replace
//! each other.

use std::collections::HashMap;

use chrono::NaiveDate;
use sqlx::{Row, Sqlite, Transaction};

use crate::batch::{BatchTotal, QuarantineRow, Role};
use crate::budget::BudgetRow;
use crate::cost::CostRow;
use crate::gpu_hours::GpuHoursRow;
use crate::key::Keys;
use crate::ledger::bump_version;
use crate::revenue::RevenueRow;
use crate::token_usage::TokenUsageRow;
use crate::{Ledger, StoreError};

/// Rows to a statement: large enough that the statement's own cost vanishes, small enough for SQLite's limit
/// on bound values.
pub(crate) const ROWS_PER_STATEMENT: usize = 500;

/// What is known of a batch before its first row.
#[derive(Debug, Clone)]
pub struct NewBatch {
    /// Format id.
    pub format: &'static str,
    /// Role.
    pub role: Role,
    /// File name without folder.
    pub file_name: String,
    /// SHA-256 of the content.
    pub file_hash: String,
    /// Size of the content.
    pub file_bytes: u64,
    /// When, UTC, given by the caller.
    pub imported_at: String,
    /// Will the source file be kept beside the workspace?
    pub source_kept: bool,
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
    Cost(Vec<CostRow>),
    /// Token usage.
    TokenUsage(Vec<TokenUsageRow>),
    /// GPU hours.
    GpuHours(Vec<GpuHoursRow>),
    /// Revenue lines.
    Revenue(Vec<RevenueRow>),
    /// Budget lines.
    Budget(Vec<BudgetRow>),
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
    role: Role,
    claims: HashMap<(&'static str, String, String, String), Claim>,
}

impl Ledger {
    /// Begins an import; `delivery` is that of the batches it belongs to, or a new one.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn begin_import(&self, new: &NewBatch, delivery: Option<i64>) -> Result<Import, StoreError> {
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        let done = sqlx::query(
            "INSERT INTO batch (format, role, state, file_name, file_hash, file_bytes, imported_at, source_kept, delivery) \
             VALUES (?, ?, 'live', ?, ?, ?, ?, ?, \
             COALESCE(?, (SELECT COALESCE(MAX(delivery), 0) + 1 FROM batch)))",
        )
        .bind(new.format)
        .bind(new.role.word())
        .bind(&new.file_name)
        .bind(&new.file_hash)
        .bind(i64::try_from(new.file_bytes).unwrap_or(i64::MAX))
        .bind(&new.imported_at)
        .bind(new.source_kept)
        .bind(delivery)
        .execute(&mut *transaction)
        .await?;
        Ok(Import {
            transaction,
            batch: done.last_insert_rowid(),
            keys: Keys::default(),
            role: new.role,
            claims: HashMap::new(),
        })
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
        Ok(WriteLock { _transaction: self.pool.begin_with("BEGIN IMMEDIATE").await? })
    }
}

impl Import {
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
        }
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
    pub async fn commit(
        mut self,
        rows_read: u64,
        rows_stored: u64,
        rows_quarantined: u64,
        totals: &[BatchTotal],
    ) -> Result<Vec<Replaced>, StoreError> {
        let replaced = self.finish(rows_read, rows_stored, rows_quarantined, totals).await?;
        bump_version(&mut self.transaction).await?;
        self.transaction.commit().await?;
        Ok(replaced)
    }

    /// Does everything that [`Import::commit`] does, tells what it would replace, and takes it all back.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn rehearse(
        mut self,
        rows_read: u64,
        rows_stored: u64,
        rows_quarantined: u64,
        totals: &[BatchTotal],
    ) -> Result<Vec<Replaced>, StoreError> {
        let replaced = self.finish(rows_read, rows_stored, rows_quarantined, totals).await?;
        self.transaction.rollback().await?;
        Ok(replaced)
    }

    async fn finish(
        &mut self,
        rows_read: u64,
        rows_stored: u64,
        rows_quarantined: u64,
        totals: &[BatchTotal],
    ) -> Result<Vec<Replaced>, StoreError> {
        sqlx::query("UPDATE batch SET rows_read = ?, rows_stored = ?, rows_quarantined = ? WHERE id = ?")
            .bind(integer(rows_read))
            .bind(integer(rows_stored))
            .bind(integer(rows_quarantined))
            .bind(self.batch)
            .execute(&mut *self.transaction)
            .await?;
        for (position, total) in totals.iter().enumerate() {
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
        self.replace().await
    }

    async fn replace(&mut self) -> Result<Vec<Replaced>, StoreError> {
        let mut replaced: Vec<Replaced> = Vec::new();
        let claims: Vec<_> = self.claims.iter().map(|(key, claim)| (key.clone(), *claim)).collect();
        for ((kind, source, account, month), claim) in claims {
            sqlx::query("UPDATE scope SET first_day = ?, last_day = ? WHERE id = ?")
                .bind(claim.first.to_string())
                .bind(claim.last.to_string())
                .bind(claim.id)
                .execute(&mut *self.transaction)
                .await?;
            let earlier = sqlx::query(
                "SELECT s.id, s.batch_id, s.first_day, s.last_day FROM scope s JOIN batch b ON b.id = s.batch_id \
                 WHERE s.kind = ? AND s.source = ? AND s.account = ? AND s.month = ? AND s.batch_id <> ? \
                 AND b.role = ? AND b.state = 'live' \
                 AND b.delivery <> (SELECT delivery FROM batch WHERE id = ?)",
            )
            .bind(kind)
            .bind(&source)
            .bind(&account)
            .bind(&month)
            .bind(self.batch)
            .bind(self.role.word())
            .bind(self.batch)
            .fetch_all(&mut *self.transaction)
            .await?;
            for row in earlier {
                let (scope, batch): (i64, i64) = (row.try_get("id")?, row.try_get("batch_id")?);
                let (first, last) = (claim.first.to_string(), claim.last.to_string());
                let done = sqlx::query(replace_sql(kind))
                    .bind(self.batch)
                    .bind(scope)
                    .bind(first)
                    .bind(last)
                    .execute(&mut *self.transaction)
                    .await?;
                match replaced.iter_mut().find(|entry| entry.batch == batch) {
                    Some(entry) => entry.rows += done.rows_affected(),
                    None if done.rows_affected() > 0 => replaced.push(Replaced { batch, rows: done.rows_affected() }),
                    None => {}
                }
            }
        }
        replaced.sort_by_key(|entry| entry.batch);
        Ok(replaced)
    }
}

fn replace_sql(kind: &str) -> &'static str {
    match kind {
        "cost" => {
            "UPDATE cost SET replaced_by = ? WHERE scope_id = ? AND replaced_by IS NULL AND usage_date BETWEEN ? AND ?"
        }
        "token_usage" => {
            "UPDATE token_usage SET replaced_by = ? WHERE scope_id = ? AND replaced_by IS NULL AND usage_date BETWEEN ? AND ?"
        }
        "gpu_hours" => {
            "UPDATE gpu_hours SET replaced_by = ? WHERE scope_id = ? AND replaced_by IS NULL AND usage_date BETWEEN ? AND ?"
        }
        "revenue" => {
            "UPDATE revenue SET replaced_by = ? WHERE scope_id = ? AND replaced_by IS NULL AND invoice_date BETWEEN ? AND ?"
        }
        _ => {
            "UPDATE budget SET replaced_by = ? WHERE scope_id = ? AND replaced_by IS NULL AND month || '-01' BETWEEN ? AND ?"
        }
    }
}

pub(crate) fn integer(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
