//! What a batch takes the place of: rows under the same claims on the days it covers, and measurements that it holds
//! anew.

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::NaiveDate;
use sqlx::Row;

use super::{BlankAccount, Import, Replaced};
use crate::StoreError;

impl Import {
    /// Marks measurements of earlier batches that this one holds anew: the same GPU and moment, the same run.
    pub(super) async fn replace_records(&mut self) -> Result<(), StoreError> {
        for (count, mark) in [
            (
                "SELECT batch_id, COUNT(*) FROM gpu_sample WHERE replaced_by IS NULL AND batch_id <> ?1 \
                 AND record IN (SELECT record FROM gpu_sample WHERE batch_id = ?1) GROUP BY batch_id",
                "UPDATE gpu_sample SET replaced_by = ?1 WHERE replaced_by IS NULL AND batch_id <> ?1 \
                 AND record IN (SELECT record FROM gpu_sample WHERE batch_id = ?1)",
            ),
            (
                "SELECT batch_id, COUNT(*) FROM benchmark WHERE replaced_by IS NULL AND batch_id <> ?1 \
                 AND record IN (SELECT record FROM benchmark WHERE batch_id = ?1) GROUP BY batch_id",
                "UPDATE benchmark SET replaced_by = ?1 WHERE replaced_by IS NULL AND batch_id <> ?1 \
                 AND record IN (SELECT record FROM benchmark WHERE batch_id = ?1)",
            ),
        ] {
            for row in sqlx::query(count).bind(self.batch).fetch_all(&mut *self.transaction).await? {
                add_replaced(&mut self.newer, row.try_get(0)?, row.try_get::<i64, _>(1)?.unsigned_abs());
            }
            sqlx::query(mark).bind(self.batch).execute(&mut *self.transaction).await?;
        }
        Ok(())
    }

    /// Marks the rows of earlier batches that this one's claims cover. Answers those, and every batch that claims one
    /// of these days, be it without a row.
    pub(super) async fn replace(&mut self) -> Result<(Vec<Replaced>, BTreeSet<i64>), StoreError> {
        let mut met = BTreeSet::new();
        let mut replaced: Vec<Replaced> = std::mem::take(&mut self.newer);
        let claims: Vec<_> = self.claims.iter().map(|(key, claim)| (key.clone(), *claim)).collect();
        let blank = self.blank_months().await?;
        for ((kind, source, account, month), claim) in claims {
            let (first, last) = (claim.first.to_string(), claim.last.to_string());
            sqlx::query("UPDATE scope SET first_day = ?, last_day = ? WHERE id = ?")
                .bind(&first)
                .bind(&last)
                .bind(claim.id)
                .execute(&mut *self.transaction)
                .await?;
            if self.append_only {
                continue;
            }
            let any_account = blank.contains(&(kind, source.clone(), month.clone()));
            let earlier = sqlx::query(
                "SELECT s.id, s.batch_id, s.first_day, s.last_day FROM scope s JOIN batch b ON b.id = s.batch_id \
                 WHERE s.kind = ? AND s.source = ? AND s.month = ? AND s.batch_id <> ? \
                 AND (s.account = ? OR (? AND b.format = ?)) \
                 AND b.role = ? AND b.state = 'live' \
                 AND b.delivery <> (SELECT delivery FROM batch WHERE id = ?)",
            )
            .bind(kind)
            .bind(&source)
            .bind(&month)
            .bind(self.batch)
            .bind(&account)
            .bind(any_account)
            .bind(&self.format)
            .bind(self.role.word())
            .bind(self.batch)
            .fetch_all(&mut *self.transaction)
            .await?;
            for row in earlier {
                let (scope, batch): (i64, i64) = (row.try_get("id")?, row.try_get("batch_id")?);
                let (from, to): (String, String) = (row.try_get("first_day")?, row.try_get("last_day")?);
                if from <= last && first <= to {
                    met.insert(batch);
                }
                let (count, mark) = replace_sql(kind);
                let rows: i64 = sqlx::query(count)
                    .bind(scope)
                    .bind(&first)
                    .bind(&last)
                    .fetch_one(&mut *self.transaction)
                    .await?
                    .try_get(0)?;
                if rows == 0 {
                    continue;
                }
                sqlx::query(mark)
                    .bind(self.batch)
                    .bind(scope)
                    .bind(&first)
                    .bind(&last)
                    .execute(&mut *self.transaction)
                    .await?;
                add_replaced(&mut replaced, batch, rows.unsigned_abs());
            }
        }
        replaced.sort_by_key(|entry| entry.batch);
        Ok((replaced, met))
    }

    /// Sources and months in which this batch stands for the same money or usage as earlier ones although one side
    /// names its account and the other does not.
    async fn blank_months(&mut self) -> Result<HashSet<(&'static str, String, String)>, StoreError> {
        let mut found = HashSet::new();
        if self.blank_account == BlankAccount::Own {
            return Ok(found);
        }
        let mut months: HashMap<_, (Vec<String>, (NaiveDate, NaiveDate))> = HashMap::new();
        for ((kind, source, account, month), claim) in &self.claims {
            let place = (*kind, source.clone(), month.clone());
            let (accounts, days) = months.entry(place).or_insert((Vec::new(), (claim.first, claim.last)));
            accounts.push(account.clone());
            *days = (days.0.min(claim.first), days.1.max(claim.last));
        }
        for (place, (now, days)) in months {
            if self.is_blank_month((place.0, &place.1, &place.2), &now, days).await? {
                found.insert(place);
            }
        }
        Ok(found)
    }

    async fn is_blank_month(
        &mut self,
        (kind, source, month): (&str, &str, &str),
        now: &[String],
        days: (NaiveDate, NaiveDate),
    ) -> Result<bool, StoreError> {
        let sql = match kind {
            "cost" => {
                "SELECT DISTINCT s.account FROM scope s JOIN batch b ON b.id = s.batch_id WHERE s.kind = 'cost' \
                 AND s.source = ? AND s.month = ? AND b.format = ? AND b.state = 'live' \
                 AND b.delivery <> (SELECT delivery FROM batch WHERE id = ?) \
                 AND EXISTS (SELECT 1 FROM cost c WHERE c.scope_id = s.id AND c.replaced_by IS NULL \
                 AND COALESCE(c.covered_on, c.usage_date) BETWEEN ? AND ?)"
            }
            _ => {
                "SELECT DISTINCT s.account FROM scope s JOIN batch b ON b.id = s.batch_id WHERE s.kind = 'token_usage' \
                 AND s.source = ? AND s.month = ? AND b.format = ? AND b.state = 'live' \
                 AND b.delivery <> (SELECT delivery FROM batch WHERE id = ?) \
                 AND EXISTS (SELECT 1 FROM token_usage t WHERE t.scope_id = s.id AND t.replaced_by IS NULL \
                 AND t.usage_date BETWEEN ? AND ?)"
            }
        };
        let rows = sqlx::query(sql)
            .bind(source)
            .bind(month)
            .bind(&self.format)
            .bind(self.batch)
            .bind(days.0.to_string())
            .bind(days.1.to_string())
            .fetch_all(&mut *self.transaction)
            .await?;
        let earlier: Vec<String> = rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
        let (blank_now, blank_earlier) = (now == [""], earlier == [""]);
        Ok(match self.blank_account {
            BlankAccount::All => blank_now || (blank_earlier && !now.contains(&String::new())),
            _ => (blank_now && earlier.len() == 1) || (blank_earlier && now.len() == 1),
        })
    }
}

pub(crate) fn add_replaced(replaced: &mut Vec<Replaced>, batch: i64, rows: u64) {
    match replaced.iter_mut().find(|entry| entry.batch == batch) {
        Some(entry) => entry.rows += rows,
        None => replaced.push(Replaced { batch, rows }),
    }
}

/// How many rows of a scope a day range covers, and marking them; literal SQL for each table of rows.
fn replace_sql(kind: &str) -> (&'static str, &'static str) {
    match kind {
        "cost" => (
            "SELECT COALESCE(SUM(lines), 0) FROM cost WHERE scope_id = ? AND replaced_by IS NULL AND COALESCE(covered_on, usage_date) BETWEEN ? AND ?",
            "UPDATE cost SET replaced_by = ? WHERE scope_id = ? AND replaced_by IS NULL AND COALESCE(covered_on, usage_date) BETWEEN ? AND ?",
        ),
        "token_usage" => (
            "SELECT COUNT(*) FROM token_usage WHERE scope_id = ? AND replaced_by IS NULL AND usage_date BETWEEN ? AND ?",
            "UPDATE token_usage SET replaced_by = ? WHERE scope_id = ? AND replaced_by IS NULL AND usage_date BETWEEN ? AND ?",
        ),
        "gpu_hours" => (
            "SELECT COUNT(*) FROM gpu_hours WHERE scope_id = ? AND replaced_by IS NULL AND usage_date BETWEEN ? AND ?",
            "UPDATE gpu_hours SET replaced_by = ? WHERE scope_id = ? AND replaced_by IS NULL AND usage_date BETWEEN ? AND ?",
        ),
        "revenue" => (
            "SELECT COUNT(*) FROM revenue WHERE scope_id = ? AND replaced_by IS NULL AND invoice_date BETWEEN ? AND ?",
            "UPDATE revenue SET replaced_by = ? WHERE scope_id = ? AND replaced_by IS NULL AND invoice_date BETWEEN ? AND ?",
        ),
        "invoice" => (
            "SELECT COUNT(*) FROM invoice WHERE scope_id = ? AND replaced_by IS NULL AND month || '-01' BETWEEN ? AND ?",
            "UPDATE invoice SET replaced_by = ? WHERE scope_id = ? AND replaced_by IS NULL AND month || '-01' BETWEEN ? AND ?",
        ),
        "exchange_rate" => (
            "SELECT COUNT(*) FROM exchange_rate WHERE scope_id = ? AND replaced_by IS NULL AND date BETWEEN ? AND ?",
            "UPDATE exchange_rate SET replaced_by = ? WHERE scope_id = ? AND replaced_by IS NULL AND date BETWEEN ? AND ?",
        ),
        "price" => (
            "SELECT COUNT(*) FROM price WHERE scope_id = ? AND replaced_by IS NULL AND observed BETWEEN ? AND ?",
            "UPDATE price SET replaced_by = ? WHERE scope_id = ? AND replaced_by IS NULL AND observed BETWEEN ? AND ?",
        ),
        _ => (
            "SELECT COUNT(*) FROM budget WHERE scope_id = ? AND replaced_by IS NULL AND month || '-01' BETWEEN ? AND ?",
            "UPDATE budget SET replaced_by = ? WHERE scope_id = ? AND replaced_by IS NULL AND month || '-01' BETWEEN ? AND ?",
        ),
    }
}
