//! Exact sums over the lines that count.

use std::collections::HashMap;

use marginline_model::Money;
use serde::de::DeserializeOwned;
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

// One row a batch: adding up here what several batches hold costs less than the database's sorting.
const OUTLINE_MONTHS: &str = "SELECT outline_id, billing_month, used_month, currency, lines, \
     billed_units, billed_nanos, billed_attos, effective_units, effective_nanos, effective_attos, \
     contracted_units, contracted_nanos, contracted_attos, contracted_lines, \
     list_units, list_nanos, list_attos, list_lines FROM cost_month";
// Whole units and the nanos below them are summed apart: a sum of nanos alone would leave 64 bits at 9.2 billion.
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

// A hundred thousand rows are some 20 MB of text.
const FEW_MONTHS: &str = "SELECT COUNT(*) <= 100000 FROM (SELECT 1 FROM cost_month LIMIT 100001)";
const FEW_OUTLINES: &str = "SELECT COUNT(*) <= 100000 FROM (SELECT 1 FROM cost_outline LIMIT 100001)";
const FEW_KEYS: &str = "SELECT COUNT(*) <= 100000 FROM (SELECT 1 FROM cost_key LIMIT 100001)";

/// How rows are listed.
#[derive(Debug, Clone, Copy)]
enum Parting {
    /// All in one list, where they are few: the database need not sort them.
    Whole,
    /// By keys, a thousand to a list, so that no list is too long.
    Thousands,
}

impl CostSum {
    /// What it is the sum of.
    fn place(&self) -> (i64, &str, &str, &str) {
        (self.key, &self.billing_month, &self.used, &self.currency)
    }

    /// Adds another of the same place.
    fn add(&mut self, more: &Self) {
        self.rows += more.rows;
        self.billed += more.billed;
        self.effective += more.effective;
        self.contracted += more.contracted;
        self.contracted_missing += more.contracted_missing;
        self.list += more.list;
        self.list_missing += more.list_missing;
    }
}

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
        let parting = match (detail, grain) {
            (Detail::Outline, Grain::Month) => self.parting(FEW_MONTHS).await?,
            _ => Parting::Thousands,
        };
        let mut sums: Vec<CostSum> =
            self.lists_in(parting, sql, 19, SUM_SHAPE).await?.into_iter().map(sum_of).collect();
        sums.sort_unstable_by(|a, b| a.place().cmp(&b.place()));
        sums.dedup_by(|more, sum| {
            let same = more.place() == sum.place();
            if same {
                sum.add(more);
            }
            same
        });
        Ok(sums)
    }

    /// Every description by id.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn cost_keys(&self, detail: Detail) -> Result<HashMap<i64, CostKey>, StoreError> {
        let (sql, few) = match detail {
            Detail::Outline => (OUTLINES, FEW_OUTLINES),
            Detail::Full => (KEYS, FEW_KEYS),
        };
        let parting = self.parting(few).await?;
        Ok(self.lists_in(parting, sql, 22, KEY_SHAPE).await?.into_iter().map(key_of).collect())
    }

    /// How to list a table, by a query that tells whether it is a small one.
    async fn parting(&self, is_small: &'static str) -> Result<Parting, StoreError> {
        let row = sqlx::query(is_small).fetch_one(&mut *self.connection().await?).await?;
        Ok(if row.try_get(0)? { Parting::Whole } else { Parting::Thousands })
    }

    /// As [`Ledger::lists_in`], in lists of a thousand.
    pub(crate) async fn lists<T: DeserializeOwned>(
        &self,
        sql: &str,
        columns: usize,
        shape: &str,
    ) -> Result<Vec<T>, StoreError> {
        self.lists_in(Parting::Thousands, sql, columns, shape).await
    }

    /// The rows of a query of `columns` columns, many to a list: a row costs its way between two threads, and
    /// that more than everything in it.
    /// `shape` says how they lie in the list, the columns being `c1`, `c2` …
    async fn lists_in<T: DeserializeOwned>(
        &self,
        parting: Parting,
        sql: &str,
        columns: usize,
        shape: &str,
    ) -> Result<Vec<T>, StoreError> {
        let names: Vec<String> = (1..=columns).map(|column| format!("c{column}")).collect();
        let names = names.join(", ");
        let parts = match parting {
            Parting::Whole => "",
            Parting::Thousands => " GROUP BY c1 >> 10",
        };
        let sql =
            format!("WITH answer ({names}) AS ({sql}) SELECT json_group_array(json_array({shape})) FROM answer{parts}");
        let damaged = |error: serde_json::Error| StoreError::Database(format!("a list cannot be read: {error}"));
        let mut rows = Vec::new();
        for list in sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_all(&mut *self.connection().await?).await? {
            rows.extend(serde_json::from_str::<Vec<T>>(list.try_get(0)?).map_err(damaged)?);
        }
        Ok(rows)
    }
}

/// Units, the nanos below them and the attos below those.
type Amount = (i64, i64, i64);
/// Key, billing month, time of use, currency, lines; billed, effective, contracted and the lines that hold it, list
/// and the lines that hold it.
type SumRow = (i64, String, String, String, i64, Amount, Amount, Amount, i64, Amount, i64);
const SUM_SHAPE: &str = "c1, c2, c3, c4, c5, json_array(c6, c7, c8), json_array(c9, c10, c11), \
     json_array(c12, c13, c14), c15, json_array(c16, c17, c18), c19";

fn sum_of(row: SumRow) -> CostSum {
    let (key, billing_month, used, currency, lines, billed, effective, contracted, with_contracted, list, with_list) =
        row;
    let money = |(units, nanos, attos): Amount| Money::from_sums(units, nanos, attos);
    CostSum {
        key,
        billing_month,
        used,
        currency,
        rows: lines.unsigned_abs(),
        billed: money(billed),
        effective: money(effective),
        contracted: money(contracted),
        contracted_missing: (lines - with_contracted).unsigned_abs(),
        list: money(list),
        list_missing: (lines - with_list).unsigned_abs(),
    }
}

/// Id, origin, and the other words in the order of [`KEYS`].
type KeyRow = (i64, String, [String; 20]);
const KEY_SHAPE: &str = "c1, c2, json_array(c3, c4, c5, c6, c7, c8, c9, c10, c11, c12, c13, c14, c15, c16, c17, c18, \
     c19, c20, c21, c22)";

fn key_of((id, origin, words): KeyRow) -> (i64, CostKey) {
    let [
        provider,
        publisher,
        issuer,
        billing_account,
        account,
        account_name,
        region,
        category,
        service,
        sku,
        resource,
        resource_type,
        charge_category,
        charge_class,
        pricing_category,
        commitment,
        commitment_status,
        consumed_unit,
        invoice,
        tags,
    ] = words;
    let key = CostKey {
        origin: Origin::from_word(&origin),
        provider,
        publisher,
        issuer,
        billing_account,
        account,
        account_name,
        region,
        category,
        service,
        sku,
        resource,
        resource_type,
        charge_category,
        charge_class,
        pricing_category,
        commitment,
        commitment_status,
        consumed_unit,
        invoice,
        tags,
    };
    (id, key)
}

/// Stored bill money of a batch, replaced rows included.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredBillSum {
    /// Batch.
    pub batch: i64,
    /// Currency.
    pub currency: String,
    /// Is it what somebody else computed, and no bill?
    pub claim: bool,
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
             SUM(billed_attos), SUM(effective_nanos / 1000000000), SUM(effective_nanos % 1000000000), SUM(effective_attos), \
             k.origin = 'claim' FROM cost JOIN cost_key k ON k.id = key_id GROUP BY batch_id, currency, k.origin = 'claim'",
        )
        .fetch_all(&mut *self.connection().await?)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(StoredBillSum {
                    batch: row.try_get(0)?,
                    currency: row.try_get(1)?,
                    claim: row.try_get(8)?,
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
        .fetch_all(&mut *self.connection().await?)
        .await?;
        rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
    }
}
