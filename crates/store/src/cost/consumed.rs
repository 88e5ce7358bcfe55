//! Tokens that bills say were consumed, for comparing them with usage.

use sqlx::Row;

use crate::{Ledger, StoreError};

/// Tokens of the lines of one description and day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsumedTokens {
    /// Description, into [`Ledger::cost_keys`] with every column.
    pub key: i64,
    /// Day of use.
    pub day: String,
    /// Tokens over the lines that tell.
    pub tokens: u64,
    /// Lines that do not.
    pub missing: u64,
}

impl Ledger {
    /// Tokens by description and day, where a bill counts in tokens.
    ///
    /// # Errors
    /// [`StoreError::Overflow`] when a sum leaves the ledger's range.
    pub async fn consumed_tokens(&self) -> Result<Vec<ConsumedTokens>, StoreError> {
        let rows = sqlx::query(
            "SELECT key_id, usage_date, COALESCE(SUM(consumed_nanos / 1000000000), 0), SUM(lines - consumed_lines) \
             FROM cost WHERE replaced_by IS NULL AND key_id IN \
             (SELECT id FROM cost_key WHERE lower(consumed_unit) IN ('token', 'tokens')) \
             GROUP BY key_id, usage_date ORDER BY key_id, usage_date",
        )
        .fetch_all(&mut *self.connection().await?)
        .await?;
        rows.iter()
            .map(|row| {
                let count = |index: usize| -> Result<u64, StoreError> { Ok(row.try_get(index)?) };
                Ok(ConsumedTokens { key: row.try_get(0)?, day: row.try_get(1)?, tokens: count(2)?, missing: count(3)? })
            })
            .collect()
    }
}
