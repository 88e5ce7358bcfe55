//! What a batch stands beside: earlier files of its format that hold the same days under other accounts or sources.
//! Whether that is the same use told twice the ledger cannot know.

use std::collections::HashMap;

use chrono::NaiveDate;
use sqlx::Row;

use super::{BlankAccount, Import};
use crate::StoreError;

/// What a batch says of a month.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Claimed {
    /// The batch.
    pub batch: i64,
    /// `cost` or `token_usage`.
    pub kind: String,
    /// Issuer or provider, and which of its exports where that is told.
    pub source: String,
    /// Account, organization or project; empty where the file names none.
    pub account: String,
    /// `YYYY-MM`.
    pub month: String,
}

impl Import {
    /// The claims of this batch.
    pub(super) fn claimed(&self) -> Vec<Claimed> {
        let of = |(kind, source, account, month): &(&'static str, String, String, String)| Claimed {
            batch: self.batch,
            kind: (*kind).to_owned(),
            source: source.clone(),
            account: account.clone(),
            month: month.clone(),
        };
        let mut claims: Vec<Claimed> = self.claims.keys().map(of).collect();
        claims.sort();
        claims
    }

    /// Claims of earlier batches of this format on the same days, of which rows still count. Of formats whose account
    /// means what it says there are none.
    pub(super) async fn beside(&mut self) -> Result<Vec<Claimed>, StoreError> {
        if self.blank_account == BlankAccount::Own {
            return Ok(Vec::new());
        }
        let mut months: HashMap<(&'static str, String), (NaiveDate, NaiveDate)> = HashMap::new();
        for ((kind, _, _, month), claim) in &self.claims {
            let days = months.entry((*kind, month.clone())).or_insert((claim.first, claim.last));
            *days = (days.0.min(claim.first), days.1.max(claim.last));
        }
        let mut found = Vec::new();
        for ((kind, month), (first, last)) in months {
            let sql = match kind {
                "cost" => {
                    "SELECT DISTINCT s.batch_id, s.source, s.account FROM scope s JOIN batch b ON b.id = s.batch_id \
                     WHERE s.kind = 'cost' AND s.month = ? AND b.format = ? AND b.state = 'live' \
                     AND b.delivery <> (SELECT delivery FROM batch WHERE id = ?) \
                     AND EXISTS (SELECT 1 FROM cost c WHERE c.scope_id = s.id AND c.replaced_by IS NULL \
                     AND COALESCE(c.covered_on, c.usage_date) BETWEEN ? AND ?)"
                }
                "token_usage" => {
                    "SELECT DISTINCT s.batch_id, s.source, s.account FROM scope s JOIN batch b ON b.id = s.batch_id \
                     WHERE s.kind = 'token_usage' AND s.month = ? AND b.format = ? AND b.state = 'live' \
                     AND b.delivery <> (SELECT delivery FROM batch WHERE id = ?) \
                     AND EXISTS (SELECT 1 FROM token_usage t WHERE t.scope_id = s.id AND t.replaced_by IS NULL \
                     AND t.usage_date BETWEEN ? AND ?)"
                }
                _ => continue,
            };
            let rows = sqlx::query(sql)
                .bind(&month)
                .bind(&self.format)
                .bind(self.batch)
                .bind(first.to_string())
                .bind(last.to_string())
                .fetch_all(&mut *self.transaction)
                .await?;
            for row in rows {
                let (batch, source, account) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
                found.push(Claimed { batch, kind: kind.to_owned(), source, account, month: month.clone() });
            }
        }
        found.sort();
        Ok(found)
    }
}
