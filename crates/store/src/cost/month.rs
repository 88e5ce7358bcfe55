//! Sums by month under an outline: what reports read, made in the import's own transaction.

use foldhash::HashMap;
use marginline_model::{Currency, Month};
use sqlx::{Row, SqliteConnection};

use super::key::{CostKey, INSERT_OUTLINE, Origin, SELECT_OUTLINE};
use crate::StoreError;
use crate::key::Keys;

/// Sums of one group, split as the table has them: whole units, the nanos below them, the attos below those.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    lines: i64,
    amounts: [[i64; 3]; 4],
    contracted_lines: i64,
    list_lines: i64,
}

/// Sums by month of a batch in the making, added up as its rows are written.
#[derive(Debug, Default)]
pub(crate) struct Months {
    sums: HashMap<(i64, Month, Month, Currency), Sums>,
}

impl Months {
    /// Adds a row: its outline; billing month, month of use and currency; its lines; and of each amount the nanos,
    /// the attos below them, and the lines that hold it.
    pub(crate) fn add(
        &mut self,
        outline: i64,
        (billing, used, currency): (Month, Month, Currency),
        lines: u32,
        parts: &[((i64, i64), u32); 5],
    ) {
        let sums = self.sums.entry((outline, billing, used, currency)).or_default();
        sums.lines += i64::from(lines);
        for (sum, ((nanos, attos), _)) in sums.amounts.iter_mut().zip(parts) {
            *sum = [sum[0] + nanos / 1_000_000_000, sum[1] + nanos % 1_000_000_000, sum[2] + attos];
        }
        sums.contracted_lines += i64::from(parts[2].1);
        sums.list_lines += i64::from(parts[3].1);
    }

    /// Writes them.
    pub(crate) async fn write(&mut self, connection: &mut SqliteConnection, batch: i64) -> Result<(), StoreError> {
        let mut all: Vec<_> = std::mem::take(&mut self.sums).into_iter().collect();
        all.sort_unstable_by_key(|((outline, billing, used, currency), _)| (*outline, *billing, *used, *currency));
        for ((outline, billing, used, currency), sums) in all {
            let mut query = sqlx::query(
                "INSERT INTO cost_month VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            )
            .bind(batch)
            .bind(outline)
            .bind(billing.to_string())
            .bind(used.to_string())
            .bind(currency.code().to_owned())
            .bind(sums.lines);
            for (index, amount) in sums.amounts.iter().enumerate() {
                for part in amount {
                    query = query.bind(*part);
                }
                query = match index {
                    2 => query.bind(sums.contracted_lines),
                    3 => query.bind(sums.list_lines),
                    _ => query,
                };
            }
            query.execute(&mut *connection).await?;
        }
        Ok(())
    }
}

/// Makes the sums of a batch anew from the rows of it that count.
pub(crate) async fn make_months(connection: &mut SqliteConnection, batch: i64) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM cost_month WHERE batch_id = ?").bind(batch).execute(&mut *connection).await?;
    sqlx::query(
        "INSERT INTO cost_month \
         SELECT c.batch_id, k.outline_id, c.billing_month, substr(c.usage_date, 1, 7), c.currency, SUM(c.lines), \
         SUM(billed_nanos / 1000000000), SUM(billed_nanos % 1000000000), SUM(billed_attos), \
         SUM(effective_nanos / 1000000000), SUM(effective_nanos % 1000000000), SUM(effective_attos), \
         COALESCE(SUM(contracted_nanos / 1000000000), 0), COALESCE(SUM(contracted_nanos % 1000000000), 0), \
         COALESCE(SUM(contracted_attos), 0), SUM(contracted_lines), \
         COALESCE(SUM(list_nanos / 1000000000), 0), COALESCE(SUM(list_nanos % 1000000000), 0), \
         COALESCE(SUM(list_attos), 0), SUM(list_lines) \
         FROM cost c JOIN cost_key k ON k.id = c.key_id WHERE c.batch_id = ? AND c.replaced_by IS NULL \
         GROUP BY k.outline_id, c.billing_month, 4, c.currency",
    )
    .bind(batch)
    .execute(&mut *connection)
    .await?;
    Ok(())
}

/// A workspace of an earlier version has no outlines and no sums by month: makes them once.
pub(crate) async fn outline_missing_keys(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let rows = sqlx::query(
        "SELECT id, provider, publisher, issuer, billing_account, account, account_name, region, category, service, \
         resource_type, charge_category, charge_class, pricing_category, commitment, commitment_status, tags \
         FROM cost_key WHERE outline_id IS NULL",
    )
    .fetch_all(&mut *connection)
    .await?;
    if rows.is_empty() {
        return Ok(());
    }
    let mut outlines = Keys::default();
    for row in rows {
        let word = |index: usize| -> Result<String, StoreError> { Ok(row.try_get(index)?) };
        let key = CostKey {
            origin: Origin::Bill,
            provider: word(1)?,
            publisher: word(2)?,
            issuer: word(3)?,
            billing_account: word(4)?,
            account: word(5)?,
            account_name: word(6)?,
            region: word(7)?,
            category: word(8)?,
            service: word(9)?,
            resource_type: word(10)?,
            charge_category: word(11)?,
            charge_class: word(12)?,
            pricing_category: word(13)?,
            commitment: word(14)?,
            commitment_status: word(15)?,
            tags: word(16)?,
            ..CostKey::default()
        };
        let outline = outlines.id(connection, INSERT_OUTLINE, SELECT_OUTLINE, &key.outline_words()).await?;
        sqlx::query("UPDATE cost_key SET outline_id = ? WHERE id = ?")
            .bind(outline)
            .bind(row.try_get::<i64, _>(0)?)
            .execute(&mut *connection)
            .await?;
    }
    let batches = sqlx::query("SELECT DISTINCT batch_id FROM cost").fetch_all(&mut *connection).await?;
    for batch in batches {
        make_months(connection, batch.try_get(0)?).await?;
    }
    Ok(())
}
