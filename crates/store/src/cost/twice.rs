//! The same use told by two bills of one call.

use sqlx::Row;

use crate::StoreError;
use crate::import::Import;

/// A bill that tells what another one told already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Twice {
    /// File name of the other.
    pub file: String,
    /// Rows of the ledger that both have, whatever they cost: the same description, day and quantity.
    pub same: u64,
    /// Rows of the smaller of the two.
    pub lines: u64,
}

// Without a quantity the amount tells lines apart.
const SAME: &str = "SELECT COUNT(*) FROM cost n JOIN cost o ON o.key_id = n.key_id AND o.usage_date = n.usage_date \
     AND o.billing_month = n.billing_month AND o.currency = n.currency AND o.lines = n.lines \
     AND o.consumed_nanos IS n.consumed_nanos AND (n.consumed_nanos IS NOT NULL OR \
     (o.billed_nanos = n.billed_nanos AND o.billed_attos = n.billed_attos)) WHERE n.batch_id = ? AND o.batch_id = ?";

impl Import {
    /// The first of some earlier batches that this one, written so far, repeats in more than half of the smaller one's rows.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn told_twice(&mut self, earlier: &[i64]) -> Result<Option<Twice>, StoreError> {
        let mine = self.cost_rows(self.batch).await?;
        for other in earlier {
            let theirs = self.cost_rows(*other).await?;
            let row = sqlx::query(SAME).bind(self.batch).bind(other).fetch_one(&mut *self.transaction).await?;
            let (same, lines) = (row.try_get::<i64, _>(0)?.unsigned_abs(), mine.min(theirs));
            // Equal lines may stand on both sides of the border between two parts, the second of which is short.
            if same * 2 > lines && (same > 1 || mine == theirs) {
                let row = sqlx::query("SELECT file_name FROM batch WHERE id = ?")
                    .bind(other)
                    .fetch_one(&mut *self.transaction)
                    .await?;
                return Ok(Some(Twice { file: row.try_get(0)?, same, lines }));
            }
        }
        Ok(None)
    }

    async fn cost_rows(&mut self, batch: i64) -> Result<u64, StoreError> {
        let row = sqlx::query("SELECT COUNT(*) FROM cost WHERE batch_id = ?")
            .bind(batch)
            .fetch_one(&mut *self.transaction)
            .await?;
        Ok(row.try_get::<i64, _>(0)?.unsigned_abs())
    }
}
