//! Sums by month under an outline: what reports read, made in the import's own transaction.

use sqlx::{Row, SqliteConnection};

use super::key::{CostKey, INSERT_OUTLINE, Origin, SELECT_OUTLINE};
use crate::StoreError;
use crate::key::Keys;

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
