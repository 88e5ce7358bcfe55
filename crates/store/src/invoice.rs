//! Received invoices: what issuers asked for by month. A reference that bills are held against, never a cost.

use chrono::NaiveDate;
use marginline_model::{Money, Month};
use sqlx::{Row, Sqlite};

use crate::import::{Import, Place, ROWS_PER_STATEMENT, integer};
use crate::{Ledger, StoreError};

/// One received invoice.
#[derive(Debug, Clone, PartialEq)]
pub struct InvoiceRow {
    /// Who issued it.
    pub issuer: String,
    /// The issuer's name without case and punctuation: a register replaces its months however it writes the name.
    pub issuer_plain: String,
    /// Its number.
    pub number: String,
    /// The month it is for.
    pub month: Month,
    /// Amount without tax.
    pub net: Money,
    /// Tax; unknown where the register does not tell.
    pub tax: Option<Money>,
    /// Currency.
    pub currency: String,
    /// When it came, where the register tells.
    pub received: Option<NaiveDate>,
    /// Where it stood.
    pub place: Place,
}

impl Import {
    pub(crate) async fn store_invoices(&mut self, rows: &[InvoiceRow]) -> Result<(), StoreError> {
        for chunk in rows.chunks(ROWS_PER_STATEMENT) {
            let mut scopes = Vec::with_capacity(chunk.len());
            for row in chunk {
                let month = row.month.to_string();
                scopes.push(self.claim("invoice", &row.issuer_plain, "", &month, row.month.first_day()).await?);
            }
            let mut query = sqlx::QueryBuilder::<Sqlite>::new(
                "INSERT INTO invoice (batch_id, scope_id, issuer, number, month, currency, net_nanos, net_attos, \
                 tax_nanos, tax_attos, received_on, byte_offset, byte_length) ",
            );
            query.push_values(chunk.iter().zip(&scopes), |mut values, (row, scope)| {
                let (net, tax) = (row.net.parts(), row.tax.map(Money::parts));
                values
                    .push_bind(self.batch)
                    .push_bind(*scope)
                    .push_bind(row.issuer.clone())
                    .push_bind(row.number.clone())
                    .push_bind(row.month.to_string())
                    .push_bind(row.currency.clone())
                    .push_bind(net.0)
                    .push_bind(net.1)
                    .push_bind(tax.map(|parts| parts.0))
                    .push_bind(tax.map(|parts| parts.1))
                    .push_bind(row.received.map(|date| date.to_string()))
                    .push_bind(integer(row.place.offset))
                    .push_bind(integer(row.place.length));
            });
            query.build().execute(&mut *self.transaction).await?;
        }
        Ok(())
    }
}

/// Received invoices of an issuer in a month and currency.
#[derive(Debug, Clone, PartialEq)]
pub struct InvoiceSum {
    /// Who issued them.
    pub issuer: String,
    /// `YYYY-MM`.
    pub month: String,
    /// Currency.
    pub currency: String,
    /// How many.
    pub invoices: u64,
    /// Amount without tax.
    pub net: Money,
    /// Tax over those that tell.
    pub tax: Money,
    /// Invoices whose tax is unknown.
    pub tax_missing: u64,
}

impl Ledger {
    /// Received invoices by issuer, month and currency.
    ///
    /// # Errors
    /// [`StoreError::Overflow`] when a sum leaves the ledger's range.
    pub async fn invoice_sums(&self) -> Result<Vec<InvoiceSum>, StoreError> {
        let rows = sqlx::query(
            "SELECT issuer, month, currency, COUNT(*), SUM(net_nanos / 1000000000), SUM(net_nanos % 1000000000), \
             SUM(net_attos), COALESCE(SUM(tax_nanos / 1000000000), 0), COALESCE(SUM(tax_nanos % 1000000000), 0), \
             COALESCE(SUM(tax_attos), 0), COUNT(*) - COUNT(tax_nanos) FROM invoice WHERE replaced_by IS NULL \
             GROUP BY issuer, month, currency ORDER BY month, issuer, currency",
        )
        .fetch_all(&mut *self.connection().await?)
        .await?;
        rows.iter()
            .map(|row| {
                let count =
                    |index: usize| -> Result<u64, StoreError> { Ok(row.try_get::<i64, _>(index)?.unsigned_abs()) };
                let money = |index: usize| -> Result<Money, StoreError> {
                    Ok(Money::from_sums(row.try_get(index)?, row.try_get(index + 1)?, row.try_get(index + 2)?))
                };
                Ok(InvoiceSum {
                    issuer: row.try_get(0)?,
                    month: row.try_get(1)?,
                    currency: row.try_get(2)?,
                    invoices: count(3)?,
                    net: money(4)?,
                    tax: money(7)?,
                    tax_missing: count(10)?,
                })
            })
            .collect()
    }
}
