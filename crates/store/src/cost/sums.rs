//! Exact sums over the lines that count.

use std::collections::HashMap;

use marginline_model::Money;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::key::{CostKey, Origin};
use crate::{Ledger, StoreError};

/// Exact sums of bill lines that share a description, months and currency.
#[derive(Debug, Clone, PartialEq)]
pub struct CostSum {
    /// Description, into [`Ledger::cost_keys`] of the same [`Detail`].
    pub key: i64,
    /// `YYYY-MM` of the billing period.
    pub billing_month: String,
    /// `YYYY-MM` or `YYYY-MM-DD` of use, by grain.
    pub used: String,
    /// Currency.
    pub currency: String,
    /// Number of lines.
    pub rows: u64,
    /// BilledCost.
    pub billed: Money,
    /// EffectiveCost.
    pub effective: Money,
    /// ContractedCost over the lines that have it.
    pub contracted: Money,
    /// Lines without ContractedCost.
    pub contracted_missing: u64,
    /// ListCost over the lines that have it.
    pub list: Money,
    /// Lines without ListCost.
    pub list_missing: u64,
}

/// How finely sums are taken over time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grain {
    /// By month of use.
    Month,
    /// By day of use.
    Day,
}

/// How finely lines are described.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// Without SKU and resource: what reports need unless a rule asks for either.
    Outline,
    /// With every column.
    Full,
}

// Whole units and the nanos below them are summed apart: a sum of nanos alone would leave 64 bits at 9.2 billion.
const OUTLINE_MONTHS: &str = "SELECT outline_id, billing_month, used_month, currency, SUM(lines), \
     SUM(billed_units), SUM(billed_nanos), SUM(billed_attos), SUM(effective_units), SUM(effective_nanos), \
     SUM(effective_attos), SUM(contracted_units), SUM(contracted_nanos), SUM(contracted_attos), SUM(contracted_lines), \
     SUM(list_units), SUM(list_nanos), SUM(list_attos), SUM(list_lines) \
     FROM cost_month GROUP BY outline_id, billing_month, used_month, currency";
const OUTLINE_DAYS: &str = "SELECT k.outline_id, c.billing_month, c.usage_date AS used, c.currency, SUM(c.lines), \
     SUM(billed_nanos / 1000000000), SUM(billed_nanos % 1000000000), SUM(billed_attos), \
     SUM(effective_nanos / 1000000000), SUM(effective_nanos % 1000000000), SUM(effective_attos), \
     COALESCE(SUM(contracted_nanos / 1000000000), 0), COALESCE(SUM(contracted_nanos % 1000000000), 0), COALESCE(SUM(contracted_attos), 0), SUM(contracted_lines), \
     COALESCE(SUM(list_nanos / 1000000000), 0), COALESCE(SUM(list_nanos % 1000000000), 0), COALESCE(SUM(list_attos), 0), SUM(list_lines) \
     FROM cost c JOIN cost_key k ON k.id = c.key_id \
     WHERE c.replaced_by IS NULL GROUP BY k.outline_id, c.billing_month, used, c.currency";
const FULL_MONTHS: &str = "SELECT key_id, billing_month, substr(usage_date, 1, 7) AS used, currency, SUM(lines), \
     SUM(billed_nanos / 1000000000), SUM(billed_nanos % 1000000000), SUM(billed_attos), \
     SUM(effective_nanos / 1000000000), SUM(effective_nanos % 1000000000), SUM(effective_attos), \
     COALESCE(SUM(contracted_nanos / 1000000000), 0), COALESCE(SUM(contracted_nanos % 1000000000), 0), COALESCE(SUM(contracted_attos), 0), SUM(contracted_lines), \
     COALESCE(SUM(list_nanos / 1000000000), 0), COALESCE(SUM(list_nanos % 1000000000), 0), COALESCE(SUM(list_attos), 0), SUM(list_lines) \
     FROM cost WHERE replaced_by IS NULL GROUP BY key_id, billing_month, used, currency";
const FULL_DAYS: &str = "SELECT key_id, billing_month, usage_date AS used, currency, SUM(lines), \
     SUM(billed_nanos / 1000000000), SUM(billed_nanos % 1000000000), SUM(billed_attos), \
     SUM(effective_nanos / 1000000000), SUM(effective_nanos % 1000000000), SUM(effective_attos), \
     COALESCE(SUM(contracted_nanos / 1000000000), 0), COALESCE(SUM(contracted_nanos % 1000000000), 0), COALESCE(SUM(contracted_attos), 0), SUM(contracted_lines), \
     COALESCE(SUM(list_nanos / 1000000000), 0), COALESCE(SUM(list_nanos % 1000000000), 0), COALESCE(SUM(list_attos), 0), SUM(list_lines) \
     FROM cost WHERE replaced_by IS NULL GROUP BY key_id, billing_month, used, currency";

const OUTLINES: &str = "SELECT id, origin, provider, publisher, issuer, billing_account, account, account_name, \
     region, category, service, '', '', resource_type, charge_category, charge_class, pricing_category, commitment, \
     commitment_status, '', '', tags FROM cost_outline";
const KEYS: &str = "SELECT id, origin, provider, publisher, issuer, billing_account, account, account_name, \
     region, category, service, sku, resource, resource_type, charge_category, charge_class, pricing_category, \
     commitment, commitment_status, consumed_unit, invoice, tags FROM cost_key";

fn money(row: &SqliteRow, first: usize) -> Result<Money, StoreError> {
    Ok(Money::from_sums(row.try_get(first)?, row.try_get(first + 1)?, row.try_get(first + 2)?))
}

impl Ledger {
    /// Exact sums of every line that counts, by description, billing month, time of use and currency.
    ///
    /// # Errors
    /// [`StoreError::Overflow`] when a sum leaves the ledger's range.
    pub async fn cost_sums(&self, detail: Detail, grain: Grain) -> Result<Vec<CostSum>, StoreError> {
        let sql = match (detail, grain) {
            (Detail::Outline, Grain::Month) => OUTLINE_MONTHS,
            (Detail::Outline, Grain::Day) => OUTLINE_DAYS,
            (Detail::Full, Grain::Month) => FULL_MONTHS,
            (Detail::Full, Grain::Day) => FULL_DAYS,
        };
        let rows = sqlx::query(sql).fetch_all(&self.pool).await?;
        rows.iter()
            .map(|row| {
                let lines: i64 = row.try_get(4)?;
                Ok(CostSum {
                    key: row.try_get(0)?,
                    billing_month: row.try_get(1)?,
                    used: row.try_get(2)?,
                    currency: row.try_get(3)?,
                    rows: lines.unsigned_abs(),
                    billed: money(row, 5)?,
                    effective: money(row, 8)?,
                    contracted: money(row, 11)?,
                    contracted_missing: (lines - row.try_get::<i64, _>(14)?).unsigned_abs(),
                    list: money(row, 15)?,
                    list_missing: (lines - row.try_get::<i64, _>(18)?).unsigned_abs(),
                })
            })
            .collect()
    }

    /// Every description by id.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn cost_keys(&self, detail: Detail) -> Result<HashMap<i64, CostKey>, StoreError> {
        let sql = match detail {
            Detail::Outline => OUTLINES,
            Detail::Full => KEYS,
        };
        let rows = sqlx::query(sql).fetch_all(&self.pool).await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, key_of(row)?))).collect()
    }
}

fn key_of(row: &SqliteRow) -> Result<CostKey, StoreError> {
    let word = |index: usize| -> Result<String, StoreError> { Ok(row.try_get(index)?) };
    Ok(CostKey {
        origin: Origin::from_word(&word(1)?),
        provider: word(2)?,
        publisher: word(3)?,
        issuer: word(4)?,
        billing_account: word(5)?,
        account: word(6)?,
        account_name: word(7)?,
        region: word(8)?,
        category: word(9)?,
        service: word(10)?,
        sku: word(11)?,
        resource: word(12)?,
        resource_type: word(13)?,
        charge_category: word(14)?,
        charge_class: word(15)?,
        pricing_category: word(16)?,
        commitment: word(17)?,
        commitment_status: word(18)?,
        consumed_unit: word(19)?,
        invoice: word(20)?,
        tags: word(21)?,
    })
}

/// Stored bill money of a batch, replaced rows included.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredBillSum {
    /// Batch.
    pub batch: i64,
    /// Currency.
    pub currency: String,
    /// BilledCost.
    pub billed: Money,
    /// EffectiveCost.
    pub effective: Money,
}

impl Ledger {
    /// What the ledger holds of each bill, for the check against its control totals.
    ///
    /// # Errors
    /// [`StoreError::Overflow`] when a sum leaves the ledger's range.
    pub async fn stored_bill_sums(&self) -> Result<Vec<StoredBillSum>, StoreError> {
        let rows = sqlx::query(
            "SELECT batch_id, currency, SUM(billed_nanos / 1000000000), SUM(billed_nanos % 1000000000), \
             SUM(billed_attos), SUM(effective_nanos / 1000000000), SUM(effective_nanos % 1000000000), SUM(effective_attos) \
             FROM cost GROUP BY batch_id, currency",
        )
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(StoredBillSum {
                    batch: row.try_get(0)?,
                    currency: row.try_get(1)?,
                    billed: money(row, 2)?,
                    effective: money(row, 5)?,
                })
            })
            .collect()
    }

    /// Batches whose sums by month differ from the sum of their rows that count; none when all is well.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn months_out_of_step(&self) -> Result<Vec<i64>, StoreError> {
        let rows = sqlx::query(
            "SELECT batch_id FROM (SELECT batch_id, billed_nanos / 1000000000 AS units, billed_nanos % 1000000000 AS \
             nanos, billed_attos AS attos, lines FROM cost WHERE replaced_by IS NULL UNION ALL SELECT batch_id, \
             -billed_units, -billed_nanos, -billed_attos, -lines FROM cost_month) GROUP BY batch_id \
             HAVING SUM(units) <> 0 OR SUM(nanos) <> 0 OR SUM(attos) <> 0 OR SUM(lines) <> 0",
        )
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
    }
}
