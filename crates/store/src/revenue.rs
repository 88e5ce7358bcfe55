//! Revenue lines as invoiced, with the period they are earned over.

use chrono::NaiveDate;
use marginline_model::Money;
use marginline_model::recognise::RevenueKind;
use sqlx::{Row, Sqlite};

use crate::import::{Import, Place, ROWS_PER_STATEMENT, integer};
use crate::{Ledger, StoreError};

/// One revenue line.
#[derive(Debug, Clone, PartialEq)]
pub struct RevenueRow {
    /// Invoice.
    pub invoice_id: String,
    /// Invoice date.
    pub invoice_date: NaiveDate,
    /// Customer; empty is unknown.
    pub customer: String,
    /// Product; empty is unknown.
    pub product: String,
    /// Plan; empty is unknown.
    pub plan: String,
    /// Region sold to; empty is unknown.
    pub region: String,
    /// Kind, which decides when it is earned.
    pub kind: RevenueKind,
    /// First day of service.
    pub service_start: NaiveDate,
    /// Day after the last day of service.
    pub service_end: NaiveDate,
    /// Currency.
    pub currency: String,
    /// Amount without tax; negative for credit notes.
    pub amount: Money,
    /// Where it stood.
    pub place: Place,
}

impl Import {
    pub(crate) async fn store_revenue(&mut self, rows: &[RevenueRow]) -> Result<(), StoreError> {
        let format = self.format.clone();
        for chunk in rows.chunks(ROWS_PER_STATEMENT) {
            let mut scopes = Vec::with_capacity(chunk.len());
            for row in chunk {
                let month = row.invoice_date.format("%Y-%m").to_string();
                scopes.push(self.claim("revenue", &format, "", &month, row.invoice_date).await?);
            }
            let mut query = sqlx::QueryBuilder::<Sqlite>::new(
                "INSERT INTO revenue (batch_id, scope_id, invoice_id, invoice_date, customer, product, plan, region, kind, \
                 service_start, service_end, currency, amount_nanos, amount_attos, byte_offset, byte_length) ",
            );
            query.push_values(chunk.iter().zip(&scopes), |mut values, (row, scope)| {
                let (nanos, attos) = row.amount.parts();
                values
                    .push_bind(self.batch)
                    .push_bind(*scope)
                    .push_bind(row.invoice_id.clone())
                    .push_bind(row.invoice_date.to_string())
                    .push_bind(row.customer.clone())
                    .push_bind(row.product.clone())
                    .push_bind(row.plan.clone())
                    .push_bind(row.region.clone())
                    .push_bind(row.kind.word())
                    .push_bind(row.service_start.to_string())
                    .push_bind(row.service_end.to_string())
                    .push_bind(row.currency.clone())
                    .push_bind(nanos)
                    .push_bind(attos)
                    .push_bind(integer(row.place.offset))
                    .push_bind(integer(row.place.length));
            });
            query.build().execute(&mut *self.transaction).await?;
        }
        Ok(())
    }
}

impl Ledger {
    /// Every revenue line that counts.
    ///
    /// # Errors
    /// When the database cannot be read, or holds a date that is none.
    pub async fn revenue_rows(&self) -> Result<Vec<RevenueRow>, StoreError> {
        let rows = sqlx::query(
            "SELECT invoice_id, invoice_date, customer, product, plan, region, kind, service_start, service_end, currency, \
             amount_nanos, amount_attos, byte_offset, byte_length FROM revenue WHERE replaced_by IS NULL ORDER BY id",
        )
        .fetch_all(&mut *self.connection().await?)
        .await?;
        rows.iter()
            .map(|row| {
                let word = |index: usize| -> Result<String, StoreError> { Ok(row.try_get(index)?) };
                let date = |index: usize| -> Result<NaiveDate, StoreError> {
                    let text: String = row.try_get(index)?;
                    text.parse().map_err(|_| StoreError::Database(format!("{text:?} is not a date")))
                };
                let kind = word(6)?;
                Ok(RevenueRow {
                    invoice_id: word(0)?,
                    invoice_date: date(1)?,
                    customer: word(2)?,
                    product: word(3)?,
                    plan: word(4)?,
                    region: word(5)?,
                    kind: RevenueKind::from_word(&kind)
                        .ok_or_else(|| StoreError::Database(format!("{kind:?} is not a kind of revenue")))?,
                    service_start: date(7)?,
                    service_end: date(8)?,
                    currency: word(9)?,
                    amount: Money::from_parts(row.try_get(10)?, row.try_get(11)?),
                    place: Place {
                        offset: row.try_get::<i64, _>(12)?.unsigned_abs(),
                        length: row.try_get::<i64, _>(13)?.unsigned_abs(),
                    },
                })
            })
            .collect()
    }
}
