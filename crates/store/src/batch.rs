//! Batches: what was imported, what it totals, what it refused, and taking it back.

use chrono::NaiveDate;
use marginline_model::Currency;
use sqlx::{Row, SqliteConnection};

use crate::cost::make_months;
use crate::ledger::bump_version;
use crate::month::{make_usage_months, remove_usage_months};
use crate::{Ledger, StoreError};

/// What a batch's rows are to the books.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Money that counts.
    Bill,
    /// Quantities and allocation keys, never money.
    Usage,
    /// Somebody else's computed cost: compared, never added.
    Claim,
    /// Money in.
    Revenue,
    /// Budget.
    Plan,
    /// What others are measured by: exchange rates, received invoices.
    Reference,
    /// What machines did: utilisation, load, benchmark runs.
    Measurement,
}

impl Role {
    /// Its word in the ledger.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Bill => "bill",
            Self::Usage => "usage",
            Self::Claim => "claim",
            Self::Revenue => "revenue",
            Self::Plan => "plan",
            Self::Reference => "reference",
            Self::Measurement => "measurement",
        }
    }
}

/// One control total: the exact sum of a column over the stored rows, as the file wrote them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchTotal {
    /// Currency code, or the unit of a quantity.
    pub unit: String,
    /// `billed`, `effective`, `contracted`, `list`, `amount`, `input_tokens` …
    pub measure: String,
    /// Plain decimal string.
    pub total: String,
    /// File less ledger: digits below 10⁻¹⁸ that rounding moved.
    pub residue: String,
}

/// A row that was not stored, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuarantineRow {
    /// Id, once it is in the ledger.
    pub id: i64,
    /// Line in the file, the header being 1.
    pub line: u64,
    /// Column at fault.
    pub column: String,
    /// What stood there.
    pub found: String,
    /// What was expected.
    pub expected: String,
    /// Where the row begins in the kept file.
    pub byte_offset: u64,
    /// Its length.
    pub byte_length: u64,
    /// What a person did about it.
    pub settled: Option<QuarantineState>,
}

/// What a person did about a refused row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuarantineState {
    /// It is not wanted.
    Dismissed,
    /// It was mended and stored in this batch.
    Readmitted(i64),
}

/// An import as the ledger remembers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Id, growing with time.
    pub id: i64,
    /// Format id.
    pub format: String,
    /// Role word.
    pub role: String,
    /// `live` or `undone`.
    pub state: String,
    /// File name without folder.
    pub file_name: String,
    /// SHA-256 of the content.
    pub file_hash: String,
    /// When, UTC.
    pub imported_at: String,
    /// Data rows in the file.
    pub rows_read: u64,
    /// Rows stored.
    pub rows_stored: u64,
    /// Records that the ledger had already under their own id.
    pub rows_duplicate: u64,
    /// Rows in quarantine.
    pub rows_quarantined: u64,
    /// Size of the content.
    pub file_bytes: u64,
    /// How the kept file is read back: `lines`, `json` or `parquet`.
    pub content: String,
    /// Currency of every amount, where a person told it because the file does not.
    pub given_currency: Option<Currency>,
    /// Day of a price list that does not tell it, where a person told it.
    pub given_observed: Option<NaiveDate>,
    /// Who sells what a catalogue lists, where a person told it.
    pub given_provider: Option<String>,
    /// First month it claims.
    pub first_month: Option<String>,
    /// Last month it claims.
    pub last_month: Option<String>,
    /// A later batch that replaced rows of this one.
    pub replaced_by: Option<i64>,
    /// A later batch that holds mended rows of this one.
    pub mended_by: Option<i64>,
    /// Refused rows that nobody has mended or dismissed yet.
    pub quarantine_open: u64,
    /// How many rows of it were replaced.
    pub rows_replaced: u64,
    /// How many rows of earlier batches it replaced.
    pub replaces: u64,
    /// Is its source file kept beside the workspace?
    pub source_kept: bool,
    /// The call it came with; batches of one delivery never replace each other.
    pub delivery: i64,
    /// Set when undone; the largest was undone last.
    pub undone_order: Option<i64>,
}

/// What undo did, or why not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Undo {
    /// The batch is out of the ledger; this many rows left.
    Done(u64),
    /// No such batch.
    Unknown,
    /// Undone already.
    Already,
    /// A later batch stands on it; that one must be undone first.
    ReplacedBy(i64),
    /// Rows that it refused were mended and stored in a later batch; that one must be undone first.
    MendedBy(i64),
}

const SELECT: &str = "SELECT b.id, b.format, b.role, b.state, b.file_name, b.file_hash, b.imported_at, b.rows_read, \
     b.rows_stored, b.rows_duplicate, b.rows_quarantined, b.file_bytes, b.content, b.given_currency, b.given_observed, b.given_provider, b.source_kept, b.delivery, b.undone_order, \
     (SELECT MIN(month) FROM scope WHERE batch_id = b.id) AS first_month, \
     (SELECT MAX(month) FROM scope WHERE batch_id = b.id) AS last_month, \
     (SELECT MAX(q.readmitted_in) FROM quarantine q WHERE q.batch_id = b.id) AS mended_by, \
     b.rows_quarantined - (SELECT COUNT(*) FROM quarantine q WHERE q.batch_id = b.id AND q.settled IS NOT NULL) AS \
     quarantine_open, \
     (SELECT MAX(r.by) FROM replaced r WHERE r.batch_id = b.id) AS replaced_by, \
     COALESCE((SELECT SUM(r.n) FROM replaced r WHERE r.batch_id = b.id), 0) AS rows_replaced, \
     COALESCE((SELECT SUM(r.n) FROM replaced r WHERE r.by = b.id), 0) AS replaces FROM batch b";

// A record that an earlier batch holds already is replaced by that one, and stands in nobody's way.
// Left to itself SQLite reads every row in the order of their batches instead of the few that were replaced.
const REPLACED: &str = "WITH replaced (batch_id, by, n) AS ( \
     SELECT batch_id, replaced_by, SUM(lines) FROM cost INDEXED BY cost_by_replacer WHERE replaced_by IS NOT NULL GROUP BY 1, 2 UNION ALL \
     SELECT batch_id, replaced_by, COUNT(*) FROM token_usage INDEXED BY token_usage_by_replacer WHERE replaced_by IS NOT NULL AND replaced_by > batch_id GROUP BY 1, 2 UNION ALL \
     SELECT batch_id, replaced_by, COUNT(*) FROM gpu_hours INDEXED BY gpu_hours_by_replacer WHERE replaced_by IS NOT NULL GROUP BY 1, 2 UNION ALL \
     SELECT batch_id, replaced_by, COUNT(*) FROM revenue INDEXED BY revenue_by_replacer WHERE replaced_by IS NOT NULL GROUP BY 1, 2 UNION ALL \
     SELECT batch_id, replaced_by, COUNT(*) FROM exchange_rate INDEXED BY exchange_rate_by_replacer WHERE replaced_by IS NOT NULL GROUP BY 1, 2 UNION ALL \
     SELECT batch_id, replaced_by, COUNT(*) FROM price INDEXED BY price_by_replacer WHERE replaced_by IS NOT NULL GROUP BY 1, 2 UNION ALL \
     SELECT batch_id, replaced_by, COUNT(*) FROM budget INDEXED BY budget_by_replacer WHERE replaced_by IS NOT NULL GROUP BY 1, 2 UNION ALL \
     SELECT batch_id, replaced_by, COUNT(*) FROM invoice INDEXED BY invoice_by_replacer WHERE replaced_by IS NOT NULL GROUP BY 1, 2 UNION ALL \
     SELECT batch_id, replaced_by, COUNT(*) FROM gpu_sample INDEXED BY gpu_sample_by_replacer WHERE replaced_by IS NOT NULL GROUP BY 1, 2 UNION ALL \
     SELECT batch_id, replaced_by, COUNT(*) FROM benchmark INDEXED BY benchmark_by_replacer WHERE replaced_by IS NOT NULL GROUP BY 1, 2) ";

fn batch_of(row: &sqlx::sqlite::SqliteRow) -> Result<Batch, StoreError> {
    let count = |name: &str| -> Result<u64, StoreError> { Ok(row.try_get::<i64, _>(name)?.unsigned_abs()) };
    Ok(Batch {
        id: row.try_get("id")?,
        format: row.try_get("format")?,
        role: row.try_get("role")?,
        state: row.try_get("state")?,
        file_name: row.try_get("file_name")?,
        file_hash: row.try_get("file_hash")?,
        imported_at: row.try_get("imported_at")?,
        rows_read: count("rows_read")?,
        rows_stored: count("rows_stored")?,
        rows_duplicate: count("rows_duplicate")?,
        rows_quarantined: count("rows_quarantined")?,
        file_bytes: count("file_bytes")?,
        content: row.try_get("content")?,
        given_currency: row
            .try_get::<Option<String>, _>("given_currency")?
            .and_then(|code| Currency::parse(&code).ok()),
        given_observed: row.try_get::<Option<String>, _>("given_observed")?.and_then(|date| date.parse().ok()),
        given_provider: row.try_get("given_provider")?,
        first_month: row.try_get("first_month")?,
        last_month: row.try_get("last_month")?,
        replaced_by: row.try_get("replaced_by")?,
        mended_by: row.try_get("mended_by")?,
        quarantine_open: count("quarantine_open")?,
        rows_replaced: count("rows_replaced")?,
        replaces: count("replaces")?,
        source_kept: row.try_get("source_kept")?,
        delivery: row.try_get("delivery")?,
        undone_order: row.try_get("undone_order")?,
    })
}

impl Ledger {
    /// Every batch, newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn batches(&self) -> Result<Vec<Batch>, StoreError> {
        let sql = format!("{REPLACED}{SELECT} ORDER BY b.id DESC");
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_all(&mut *self.connection().await?).await?;
        rows.iter().map(batch_of).collect()
    }

    /// Control totals of a batch.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn batch_totals(&self, batch: i64) -> Result<Vec<BatchTotal>, StoreError> {
        let rows =
            sqlx::query("SELECT unit, measure, total, residue FROM batch_total WHERE batch_id = ? ORDER BY position")
                .bind(batch)
                .fetch_all(&mut *self.connection().await?)
                .await?;
        rows.iter()
            .map(|row| {
                Ok(BatchTotal {
                    unit: row.try_get("unit")?,
                    measure: row.try_get("measure")?,
                    total: row.try_get("total")?,
                    residue: row.try_get("residue")?,
                })
            })
            .collect()
    }

    /// Rows of a batch that were not stored, in file order.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn quarantine(&self, batch: i64) -> Result<Vec<QuarantineRow>, StoreError> {
        let rows = sqlx::query(
            "SELECT id, line, \"column\", found, expected, byte_offset, byte_length, settled, readmitted_in FROM quarantine \
             WHERE batch_id = ? ORDER BY line, id",
        )
        .bind(batch)
        .fetch_all(&mut *self.connection().await?)
        .await?;
        rows.iter()
            .map(|row| {
                let settled = match row.try_get::<Option<String>, _>("settled")?.as_deref() {
                    Some("readmitted") => Some(QuarantineState::Readmitted(
                        row.try_get::<Option<i64>, _>("readmitted_in")?.unwrap_or_default(),
                    )),
                    Some(_) => Some(QuarantineState::Dismissed),
                    None => None,
                };
                Ok(QuarantineRow {
                    id: row.try_get("id")?,
                    settled,
                    line: row.try_get::<i64, _>("line")?.unsigned_abs(),
                    column: row.try_get("column")?,
                    found: row.try_get("found")?,
                    expected: row.try_get("expected")?,
                    byte_offset: row.try_get::<i64, _>("byte_offset")?.unsigned_abs(),
                    byte_length: row.try_get::<i64, _>("byte_length")?.unsigned_abs(),
                })
            })
            .collect()
    }

    /// Sets refused rows aside, or takes them up again.
    ///
    /// # Errors
    /// When the database cannot be written; then nothing has changed.
    pub async fn dismiss(&self, batch: i64, rows: &[i64], dismissed: bool) -> Result<u64, StoreError> {
        let mut transaction = self.change().await?;
        let mut done = 0;
        for row in rows {
            done += sqlx::query(
                "UPDATE quarantine SET settled = CASE WHEN ? THEN 'dismissed' END \
                 WHERE id = ? AND batch_id = ? AND readmitted_in IS NULL",
            )
            .bind(dismissed)
            .bind(row)
            .bind(batch)
            .execute(&mut *transaction)
            .await?
            .rows_affected();
        }
        bump_version(&mut transaction).await?;
        transaction.commit().await?;
        Ok(done)
    }

    /// Remembers that refused rows were mended and stored in a batch of their own.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn readmitted(&self, rows: &[i64], batch: i64) -> Result<(), StoreError> {
        let mut transaction = self.change().await?;
        for row in rows {
            sqlx::query("UPDATE quarantine SET settled = 'readmitted', readmitted_in = ? WHERE id = ?")
                .bind(batch)
                .bind(row)
                .execute(&mut *transaction)
                .await?;
        }
        bump_version(&mut transaction).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Takes a batch out of the ledger and gives back what it had replaced. The batch stays in the list as
    /// undone, with its source file, so that it can be imported again.
    ///
    /// # Errors
    /// When the database cannot be written; then nothing has changed.
    pub async fn undo(&self, batch: i64) -> Result<Undo, StoreError> {
        let mut transaction = self.change().await?;
        let sql = format!("{REPLACED}{SELECT} WHERE b.id = ?");
        let found = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(batch).fetch_optional(&mut *transaction).await?;
        let Some(found) = found.as_ref().map(batch_of).transpose()? else { return Ok(Undo::Unknown) };
        if found.state == "undone" {
            return Ok(Undo::Already);
        }
        if let Some(later) = found.replaced_by {
            return Ok(Undo::ReplacedBy(later));
        }
        if let Some(later) = found.mended_by {
            return Ok(Undo::MendedBy(later));
        }
        let removed = remove_rows(&mut transaction, batch).await?;
        sqlx::query(
            "UPDATE batch SET state = 'undone', \
             undone_order = (SELECT COALESCE(MAX(undone_order), 0) + 1 FROM batch) WHERE id = ?",
        )
        .bind(batch)
        .execute(&mut *transaction)
        .await?;
        bump_version(&mut transaction).await?;
        transaction.commit().await?;
        Ok(Undo::Done(removed))
    }

    /// Removes a batch as if it had never been: for an import whose delivery failed as a whole.
    ///
    /// # Errors
    /// When the database cannot be written; then nothing has changed.
    pub async fn forget(&self, batch: i64) -> Result<(), StoreError> {
        let mut transaction = self.change().await?;
        remove_rows(&mut transaction, batch).await?;
        sqlx::query("DELETE FROM batch WHERE id = ?").bind(batch).execute(&mut *transaction).await?;
        bump_version(&mut transaction).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Takes undone batches of this content off the list, once it is in the ledger again.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn forget_undone(&self, file_hash: &str) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM batch WHERE file_hash = ? AND state = 'undone'")
            .bind(file_hash)
            .execute(&mut *self.connection().await?)
            .await?;
        Ok(())
    }

    /// Hashes of source files that a batch, live or undone, still needs.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn wanted_sources(&self) -> Result<Vec<String>, StoreError> {
        let rows =
            sqlx::query("SELECT DISTINCT file_hash FROM batch").fetch_all(&mut *self.connection().await?).await?;
        rows.iter().map(|row| Ok(row.try_get("file_hash")?)).collect()
    }
}

/// Rows of a batch, bills aside.
const ROWS: [&str; 10] = [
    "DELETE FROM token_usage WHERE batch_id = ?",
    "DELETE FROM gpu_hours WHERE batch_id = ?",
    "DELETE FROM revenue WHERE batch_id = ?",
    "DELETE FROM budget WHERE batch_id = ?",
    "DELETE FROM invoice WHERE batch_id = ?",
    "DELETE FROM gpu_sample WHERE batch_id = ?",
    "DELETE FROM request_trace WHERE batch_id = ?",
    "DELETE FROM benchmark WHERE batch_id = ?",
    "DELETE FROM exchange_rate WHERE batch_id = ?",
    "DELETE FROM price WHERE batch_id = ?",
];

/// What hangs on a batch, and the marks that it set.
const MARKS: [&str; 17] = [
    "DELETE FROM cost_block WHERE batch_id = ?",
    "DELETE FROM cost_month WHERE batch_id = ?",
    "DELETE FROM cost WHERE batch_id = ?",
    "UPDATE cost SET replaced_by = NULL WHERE replaced_by = ?",
    "UPDATE token_usage SET replaced_by = NULL WHERE replaced_by = ?",
    "UPDATE gpu_hours SET replaced_by = NULL WHERE replaced_by = ?",
    "UPDATE revenue SET replaced_by = NULL WHERE replaced_by = ?",
    "UPDATE budget SET replaced_by = NULL WHERE replaced_by = ?",
    "UPDATE invoice SET replaced_by = NULL WHERE replaced_by = ?",
    "UPDATE gpu_sample SET replaced_by = NULL WHERE replaced_by = ?",
    "UPDATE benchmark SET replaced_by = NULL WHERE replaced_by = ?",
    "UPDATE exchange_rate SET replaced_by = NULL WHERE replaced_by = ?",
    "UPDATE price SET replaced_by = NULL WHERE replaced_by = ?",
    "UPDATE quarantine SET settled = NULL, readmitted_in = NULL WHERE readmitted_in = ?",
    "DELETE FROM quarantine WHERE batch_id = ?",
    "DELETE FROM batch_total WHERE batch_id = ?",
    "DELETE FROM scope WHERE batch_id = ?",
];

/// Descriptions that no row has any more.
const UNUSED: [&str; 7] = [
    "DELETE FROM cost_key WHERE id NOT IN (SELECT key_id FROM cost)",
    "DELETE FROM cost_outline WHERE id NOT IN (SELECT outline_id FROM cost_key WHERE outline_id IS NOT NULL)",
    "DELETE FROM usage_key WHERE id NOT IN (SELECT key_id FROM token_usage)",
    "DELETE FROM gpu_key WHERE id NOT IN (SELECT key_id FROM gpu_hours)",
    "DELETE FROM gpu_sample_key WHERE id NOT IN (SELECT key_id FROM gpu_sample)",
    "DELETE FROM request_trace_key WHERE id NOT IN (SELECT key_id FROM request_trace)",
    "DELETE FROM benchmark_key WHERE id NOT IN (SELECT key_id FROM benchmark)",
];

/// Deletes a batch's rows and gives back what they had replaced; literal SQL for each table of rows.
async fn remove_rows(connection: &mut SqliteConnection, batch: i64) -> Result<u64, StoreError> {
    let bill: i64 = sqlx::query("SELECT COALESCE(SUM(lines), 0) FROM cost WHERE batch_id = ?")
        .bind(batch)
        .fetch_one(&mut *connection)
        .await?
        .try_get(0)?;
    let mut removed = bill.unsigned_abs();
    let revived = sqlx::query("SELECT DISTINCT batch_id FROM cost WHERE replaced_by = ?")
        .bind(batch)
        .fetch_all(&mut *connection)
        .await?;
    sqlx::query("DELETE FROM token_usage WHERE batch_id = ?1 AND replaced_by < ?1")
        .bind(batch)
        .execute(&mut *connection)
        .await?;
    let revived_usage = remove_usage_months(connection, batch).await?;
    for sql in ROWS {
        removed += sqlx::query(sql).bind(batch).execute(&mut *connection).await?.rows_affected();
    }
    yield_records(connection, batch).await?;
    for sql in MARKS {
        sqlx::query(sql).bind(batch).execute(&mut *connection).await?;
    }
    for row in revived {
        make_months(connection, row.try_get(0)?).await?;
    }
    for (kind, batches) in revived_usage {
        make_usage_months(connection, kind, &batches).await?;
    }
    for sql in UNUSED {
        sqlx::query(sql).execute(&mut *connection).await?;
    }
    Ok(removed)
}

/// Before records that a batch had replaced come back: of several versions of one the newest will count, and it takes
/// the others' place.
async fn yield_records(connection: &mut SqliteConnection, batch: i64) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE token_usage AS t SET replaced_by = (SELECT w.batch_id FROM token_usage w WHERE w.record = t.record AND \
         w.replaced_by = ?1 ORDER BY w.record_version DESC, w.id LIMIT 1) WHERE t.replaced_by = ?1 AND t.record IS NOT \
         NULL AND t.id <> (SELECT w.id FROM token_usage w WHERE w.record = t.record AND w.replaced_by = ?1 \
         ORDER BY w.record_version DESC, w.id LIMIT 1)",
    )
    .bind(batch)
    .execute(&mut *connection)
    .await?;
    Ok(())
}
