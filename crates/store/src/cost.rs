//! Lines of bills: FOCUS columns, narrow.

use std::collections::HashMap;

use chrono::NaiveDate;
use marginline_model::Money;
use sqlx::{Row, Sqlite};

use crate::import::{Import, Place, ROWS_PER_STATEMENT, integer};
use crate::{Ledger, StoreError};

/// What describes a line: FOCUS columns that repeat. Empty is null.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct CostKey {
    /// ProviderName.
    pub provider: String,
    /// PublisherName.
    pub publisher: String,
    /// InvoiceIssuerName.
    pub issuer: String,
    /// BillingAccountId.
    pub billing_account: String,
    /// SubAccountId.
    pub account: String,
    /// SubAccountName.
    pub account_name: String,
    /// RegionId.
    pub region: String,
    /// ServiceCategory.
    pub category: String,
    /// ServiceName.
    pub service: String,
    /// SkuId.
    pub sku: String,
    /// ResourceId.
    pub resource: String,
    /// ResourceType.
    pub resource_type: String,
    /// ChargeCategory.
    pub charge_category: String,
    /// ChargeClass.
    pub charge_class: String,
    /// PricingCategory.
    pub pricing_category: String,
    /// CommitmentDiscountId.
    pub commitment: String,
    /// CommitmentDiscountStatus.
    pub commitment_status: String,
    /// ConsumedUnit.
    pub consumed_unit: String,
    /// Tags as a JSON object with sorted keys, or empty.
    pub tags: String,
}

impl CostKey {
    fn words(&self) -> [&str; 19] {
        [
            &self.provider,
            &self.publisher,
            &self.issuer,
            &self.billing_account,
            &self.account,
            &self.account_name,
            &self.region,
            &self.category,
            &self.service,
            &self.sku,
            &self.resource,
            &self.resource_type,
            &self.charge_category,
            &self.charge_class,
            &self.pricing_category,
            &self.commitment,
            &self.commitment_status,
            &self.consumed_unit,
            &self.tags,
        ]
    }
}

/// One line of a bill.
#[derive(Debug, Clone, PartialEq)]
pub struct CostRow {
    /// What describes it.
    pub key: CostKey,
    /// Month of BillingPeriodStart, `YYYY-MM`.
    pub billing_month: String,
    /// Civil date of ChargePeriodStart.
    pub usage_date: NaiveDate,
    /// BillingCurrency.
    pub currency: String,
    /// BilledCost.
    pub billed: Money,
    /// EffectiveCost.
    pub effective: Money,
    /// ContractedCost; null in some exports.
    pub contracted: Option<Money>,
    /// ListCost; null in some exports.
    pub list: Option<Money>,
    /// ConsumedQuantity in nanos of its unit.
    pub consumed_nanos: Option<i64>,
    /// Where it stood.
    pub place: Place,
}

/// Exact sums of bill lines that share a key, months and currency.
#[derive(Debug, Clone, PartialEq)]
pub struct CostSum {
    /// Key id, into [`Ledger::cost_keys`].
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

const INSERT_KEY: &str = "INSERT INTO cost_key (fingerprint, provider, publisher, issuer, billing_account, account, \
     account_name, region, category, service, sku, resource, resource_type, charge_category, charge_class, \
     pricing_category, commitment, commitment_status, consumed_unit, tags) \
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
const SELECT_KEY: &str = "SELECT id FROM cost_key WHERE fingerprint = ?";

impl Import {
    pub(crate) async fn store_cost(&mut self, rows: &[CostRow]) -> Result<(), StoreError> {
        for chunk in rows.chunks(ROWS_PER_STATEMENT) {
            let mut ids = Vec::with_capacity(chunk.len());
            for row in chunk {
                let key = self.keys.id(&mut self.transaction, INSERT_KEY, SELECT_KEY, &row.key.words()).await?;
                let source = if row.key.issuer.is_empty() { &row.key.provider } else { &row.key.issuer };
                let scope =
                    self.claim("cost", source, &row.key.billing_account, &row.billing_month, row.usage_date).await?;
                ids.push((key, scope));
            }
            let mut query = sqlx::QueryBuilder::<Sqlite>::new(
                "INSERT INTO cost (batch_id, scope_id, key_id, billing_month, usage_date, currency, billed_nanos, \
                 billed_attos, effective_nanos, effective_attos, contracted_nanos, contracted_attos, list_nanos, \
                 list_attos, consumed_nanos, byte_offset, byte_length) ",
            );
            query.push_values(chunk.iter().zip(&ids), |mut values, (row, (key, scope))| {
                let (billed, effective) = (row.billed.parts(), row.effective.parts());
                let (contracted, list) = (row.contracted.map(Money::parts), row.list.map(Money::parts));
                values
                    .push_bind(self.batch)
                    .push_bind(*scope)
                    .push_bind(*key)
                    .push_bind(row.billing_month.clone())
                    .push_bind(row.usage_date.to_string())
                    .push_bind(row.currency.clone())
                    .push_bind(billed.0)
                    .push_bind(billed.1)
                    .push_bind(effective.0)
                    .push_bind(effective.1)
                    .push_bind(contracted.map(|parts| parts.0))
                    .push_bind(contracted.map(|parts| parts.1))
                    .push_bind(list.map(|parts| parts.0))
                    .push_bind(list.map(|parts| parts.1))
                    .push_bind(row.consumed_nanos)
                    .push_bind(integer(row.place.offset))
                    .push_bind(integer(row.place.length));
            });
            query.build().execute(&mut *self.transaction).await?;
        }
        Ok(())
    }
}

const BY_MONTH: &str = "SELECT key_id, billing_month, substr(usage_date, 1, 7) AS used, currency, COUNT(*) AS n, \
     SUM(billed_nanos / 1000000000), SUM(billed_nanos % 1000000000), SUM(billed_attos), SUM(effective_nanos / 1000000000), SUM(effective_nanos % 1000000000), SUM(effective_attos), \
     COALESCE(SUM(contracted_nanos / 1000000000), 0), COALESCE(SUM(contracted_nanos % 1000000000), 0), COALESCE(SUM(contracted_attos), 0), COUNT(contracted_nanos), \
     COALESCE(SUM(list_nanos / 1000000000), 0), COALESCE(SUM(list_nanos % 1000000000), 0), COALESCE(SUM(list_attos), 0), COUNT(list_nanos) \
     FROM cost WHERE replaced_by IS NULL GROUP BY key_id, billing_month, used, currency";
const BY_DAY: &str = "SELECT key_id, billing_month, usage_date AS used, currency, COUNT(*) AS n, \
     SUM(billed_nanos / 1000000000), SUM(billed_nanos % 1000000000), SUM(billed_attos), SUM(effective_nanos / 1000000000), SUM(effective_nanos % 1000000000), SUM(effective_attos), \
     COALESCE(SUM(contracted_nanos / 1000000000), 0), COALESCE(SUM(contracted_nanos % 1000000000), 0), COALESCE(SUM(contracted_attos), 0), COUNT(contracted_nanos), \
     COALESCE(SUM(list_nanos / 1000000000), 0), COALESCE(SUM(list_nanos % 1000000000), 0), COALESCE(SUM(list_attos), 0), COUNT(list_nanos) \
     FROM cost WHERE replaced_by IS NULL GROUP BY key_id, billing_month, used, currency";

/// Whole units and the nanos below them are summed apart: a sum of nanos alone would leave 64 bits at 9.2 billion.
impl Ledger {
    /// Exact sums of every line that counts, by key, billing month, time of use and currency.
    ///
    /// # Errors
    /// [`StoreError::Overflow`] when a sum leaves the ledger's range.
    pub async fn cost_sums(&self, grain: Grain) -> Result<Vec<CostSum>, StoreError> {
        let sql = match grain {
            Grain::Month => BY_MONTH,
            Grain::Day => BY_DAY,
        };
        let rows = sqlx::query(sql).fetch_all(&self.pool).await?;
        rows.iter()
            .map(|row| {
                let money = |first: usize| -> Result<Money, StoreError> {
                    Ok(Money::from_sums(row.try_get(first)?, row.try_get(first + 1)?, row.try_get(first + 2)?))
                };
                let count: i64 = row.try_get(4)?;
                Ok(CostSum {
                    key: row.try_get(0)?,
                    billing_month: row.try_get(1)?,
                    used: row.try_get(2)?,
                    currency: row.try_get(3)?,
                    rows: count.unsigned_abs(),
                    billed: money(5)?,
                    effective: money(8)?,
                    contracted: money(11)?,
                    contracted_missing: (count - row.try_get::<i64, _>(14)?).unsigned_abs(),
                    list: money(15)?,
                    list_missing: (count - row.try_get::<i64, _>(18)?).unsigned_abs(),
                })
            })
            .collect()
    }

    /// Every key by id.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn cost_keys(&self) -> Result<HashMap<i64, CostKey>, StoreError> {
        let rows = sqlx::query(
            "SELECT id, provider, publisher, issuer, billing_account, account, account_name, region, category, service, \
             sku, resource, resource_type, charge_category, charge_class, pricing_category, commitment, \
             commitment_status, consumed_unit, tags FROM cost_key",
        )
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| {
                let word = |index: usize| -> Result<String, StoreError> { Ok(row.try_get(index)?) };
                let key = CostKey {
                    provider: word(1)?,
                    publisher: word(2)?,
                    issuer: word(3)?,
                    billing_account: word(4)?,
                    account: word(5)?,
                    account_name: word(6)?,
                    region: word(7)?,
                    category: word(8)?,
                    service: word(9)?,
                    sku: word(10)?,
                    resource: word(11)?,
                    resource_type: word(12)?,
                    charge_category: word(13)?,
                    charge_class: word(14)?,
                    pricing_category: word(15)?,
                    commitment: word(16)?,
                    commitment_status: word(17)?,
                    consumed_unit: word(18)?,
                    tags: word(19)?,
                };
                Ok((row.try_get(0)?, key))
            })
            .collect()
    }
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
                    billed: Money::from_sums(row.try_get(2)?, row.try_get(3)?, row.try_get(4)?),
                    effective: Money::from_sums(row.try_get(5)?, row.try_get(6)?, row.try_get(7)?),
                })
            })
            .collect()
    }
}
