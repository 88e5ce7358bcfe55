//! Usage and GPU hours by month: what reports read, made in the transaction that changes their rows.

use sqlx::{Row, SqliteConnection};

use crate::{Ledger, StoreError};

/// Prompt tokens of a row.
macro_rules! prompt {
    () => {
        "(input_tokens + cache_read_tokens + cache_write_5m_tokens + cache_write_1h_tokens)"
    };
}

/// Is each row one request, or can no prompt in it reach a step? See [`crate::token_usage::PROMPT_STEPS`].
macro_rules! single {
    () => {
        concat!("requests IS 1 OR ", $crate::month::prompt!(), " <= 32000")
    };
}

/// The largest of [`crate::token_usage::PROMPT_STEPS`] that a row's prompt, or the mean of its prompts, exceeds; 0
/// below all of them, -1 where requests are not counted.
macro_rules! above_tokens {
    () => {
        concat!(
            "CASE WHEN ",
            $crate::month::prompt!(),
            " <= 32000 THEN 0 WHEN COALESCE(requests, 0) = 0 THEN -1",
            $crate::month::step!("1000000"),
            $crate::month::step!("524288"),
            $crate::month::step!("512000"),
            $crate::month::step!("272000"),
            $crate::month::step!("262144"),
            $crate::month::step!("256000"),
            $crate::month::step!("200000"),
            $crate::month::step!("199999"),
            $crate::month::step!("128000"),
            $crate::month::step!("100000"),
            $crate::month::step!("64000"),
            $crate::month::step!("32000"),
            " ELSE 0 END"
        )
    };
}

macro_rules! step {
    ($step:literal) => {
        concat!(" WHEN ", $crate::month::prompt!(), " > ", $step, " * requests THEN ", $step)
    };
}

/// Reasoning over the rows that tell it, and output of those that do not.
macro_rules! reasoning {
    () => {
        "COALESCE(SUM(reasoning_tokens), 0), COALESCE(SUM(CASE WHEN reasoning_tokens IS NULL THEN output_tokens END), 0)"
    };
}

pub(crate) use {above_tokens, prompt, reasoning, single, step};

// A claim of nothing is no price for tokens, so rows that claim 0 (2) are summed apart from those that claim more (0)
// and those that claim no dollars (1).
// Whole units and the nanos below them are summed apart: a sum of nanos alone would leave 64 bits at 9.2 billion.
macro_rules! usage_months {
    () => {
        concat!(
            "SELECT batch_id, key_id, substr(usage_date, 1, 7), \
             CASE WHEN claimed_currency IS NOT 'USD' THEN 1 WHEN claimed_nanos = 0 AND claimed_attos = 0 THEN 2 ELSE 0 END, ",
            single!(), ", ", above_tokens!(), ", COUNT(*), MIN(usage_date), \
             MAX(usage_date), COALESCE(SUM(requests), 0), COUNT(*) - COUNT(requests), SUM(input_tokens), \
             SUM(cache_read_tokens), SUM(cache_write_5m_tokens), SUM(cache_write_1h_tokens), SUM(output_tokens), ",
            reasoning!(), ", \
             COALESCE(SUM(quantity_nanos / 1000000000), 0), COALESCE(SUM(quantity_nanos % 1000000000), 0), \
             COALESCE(SUM(CASE claimed_currency WHEN 'USD' THEN claimed_nanos / 1000000000 END), 0), \
             COALESCE(SUM(CASE claimed_currency WHEN 'USD' THEN claimed_nanos % 1000000000 END), 0), \
             COALESCE(SUM(CASE claimed_currency WHEN 'USD' THEN claimed_attos END), 0) FROM token_usage WHERE replaced_by IS NULL AND batch_id = ? \
             GROUP BY key_id, 3, 4, 5, 6"
        )
    };
}

macro_rules! gpu_months {
    () => {
        "SELECT batch_id, key_id, substr(usage_date, 1, 7), hour, COUNT(*), SUM(allocated_nanos), \
         COALESCE(SUM(busy_nanos), 0), \
         COALESCE(SUM(CASE WHEN busy_nanos IS NULL THEN 0 ELSE allocated_nanos END), 0) \
         FROM gpu_hours WHERE replaced_by IS NULL AND batch_id = ? GROUP BY key_id, 3, hour"
    };
}

/// A kind of rows that is summed by month; literal SQL for each.
struct Kind {
    /// As claims call it: its table of rows.
    name: &'static str,
    clear: &'static str,
    make: &'static str,
    /// Rows of the sums that differ from what the rows that count come to.
    differs: &'static str,
    /// Batches whose rows a batch replaced.
    revived: &'static str,
}

const KINDS: [Kind; 2] = [
    Kind {
        name: "token_usage",
        clear: "DELETE FROM usage_month WHERE batch_id = ?",
        make: concat!("INSERT INTO usage_month ", usage_months!()),
        differs: concat!(
            "WITH made AS (",
            usage_months!(),
            "), kept AS (SELECT * FROM usage_month WHERE batch_id = ?) \
             SELECT (SELECT COUNT(*) FROM (SELECT * FROM made EXCEPT SELECT * FROM kept)) + \
             (SELECT COUNT(*) FROM (SELECT * FROM kept EXCEPT SELECT * FROM made))"
        ),
        revived: "SELECT DISTINCT batch_id FROM token_usage WHERE replaced_by = ?",
    },
    Kind {
        name: "gpu_hours",
        clear: "DELETE FROM gpu_month WHERE batch_id = ?",
        make: concat!("INSERT INTO gpu_month ", gpu_months!()),
        differs: concat!(
            "WITH made AS (",
            gpu_months!(),
            "), kept AS (SELECT * FROM gpu_month WHERE batch_id = ?) \
             SELECT (SELECT COUNT(*) FROM (SELECT * FROM made EXCEPT SELECT * FROM kept)) + \
             (SELECT COUNT(*) FROM (SELECT * FROM kept EXCEPT SELECT * FROM made))"
        ),
        revived: "SELECT DISTINCT batch_id FROM gpu_hours WHERE replaced_by = ?",
    },
];

/// Makes the sums of batches anew from the rows of them that count; `kind` is the rows' table, and tables that are
/// not summed here have none.
///
/// # Errors
/// [`StoreError::Overflow`] when a sum leaves the ledger's range.
pub(crate) async fn make_usage_months(
    connection: &mut SqliteConnection,
    kind: &str,
    batches: &[i64],
) -> Result<(), StoreError> {
    let Some(kind) = KINDS.iter().find(|each| each.name == kind) else { return Ok(()) };
    for batch in batches {
        sqlx::query(kind.clear).bind(batch).execute(&mut *connection).await?;
        sqlx::query(kind.make).bind(batch).execute(&mut *connection).await?;
    }
    Ok(())
}

/// Takes the sums of a batch away, and names the batches whose rows it had replaced, by kind: their sums are to be
/// made anew once those rows count again.
///
/// # Errors
/// When the database cannot be written.
pub(crate) async fn remove_usage_months(
    connection: &mut SqliteConnection,
    batch: i64,
) -> Result<Vec<(&'static str, Vec<i64>)>, StoreError> {
    let mut revived = Vec::new();
    for kind in &KINDS {
        sqlx::query(kind.clear).bind(batch).execute(&mut *connection).await?;
        let rows = sqlx::query(kind.revived).bind(batch).fetch_all(&mut *connection).await?;
        let batches = rows.iter().map(|row| Ok(row.try_get(0)?)).collect::<Result<_, StoreError>>()?;
        revived.push((kind.name, batches));
    }
    Ok(revived)
}

impl Ledger {
    /// Does a batch's usage by month differ from the sum of its rows that count?
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn usage_months_out_of_step(&self, batch: i64) -> Result<bool, StoreError> {
        for kind in &KINDS {
            let row =
                sqlx::query(kind.differs).bind(batch).bind(batch).fetch_one(&mut *self.connection().await?).await?;
            if row.try_get::<i64, _>(0)? != 0 {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
