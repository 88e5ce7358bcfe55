//! Budget lines: planned revenue and cost of revenue by month and product.

use chrono::NaiveDate;
use marginline_model::Money;
use sqlx::{Row, Sqlite};

use crate::import::{Import, Place, ROWS_PER_STATEMENT, integer};
use crate::{Ledger, StoreError};

/// What a budget line plans.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Measure {
    /// Recognised revenue.
    Revenue,
    /// Cost of revenue.
    CostOfRevenue,
}

impl Measure {
    /// Its word in the budget CSV.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Revenue => "revenue",
            Self::CostOfRevenue => "cost_of_revenue",
        }
    }

    /// The measure a word names.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Revenue, Self::CostOfRevenue].into_iter().find(|measure| measure.word() == word)
    }
}

/// One budget line.
#[derive(Debug, Clone, PartialEq)]
pub struct BudgetRow {
    /// First day of the month.
    pub month: NaiveDate,
    /// What it plans.
    pub measure: Measure,
    /// Product; empty is the whole company.
    pub product: String,
    /// Currency.
    pub currency: String,
    /// Amount.
    pub amount: Money,
    /// Where it stood.
    pub place: Place,
}

impl Import {
    pub(crate) async fn store_budget(&mut self, rows: &[BudgetRow]) -> Result<(), StoreError> {
        for chunk in rows.chunks(ROWS_PER_STATEMENT) {
            let mut scopes = Vec::with_capacity(chunk.len());
            for row in chunk {
                let month = row.month.format("%Y-%m").to_string();
                scopes.push(self.claim("budget", "budget", "", &month, row.month).await?);
            }
            let mut query = sqlx::QueryBuilder::<Sqlite>::new(
                "INSERT INTO budget (batch_id, scope_id, month, measure, product, currency, amount_nanos, amount_attos, \
                 byte_offset, byte_length) ",
            );
            query.push_values(chunk.iter().zip(&scopes), |mut values, (row, scope)| {
                let (nanos, attos) = row.amount.parts();
                values
                    .push_bind(self.batch)
                    .push_bind(*scope)
                    .push_bind(row.month.format("%Y-%m").to_string())
                    .push_bind(row.measure.word())
                    .push_bind(row.product.clone())
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

/// A budgeted amount.
#[derive(Debug, Clone, PartialEq)]
pub struct BudgetSum {
    /// `YYYY-MM`.
    pub month: String,
    /// What is planned.
    pub measure: Measure,
    /// Product; empty is the whole company.
    pub product: String,
    /// Currency.
    pub currency: String,
    /// Amount.
    pub amount: Money,
}

impl Ledger {
    /// Budget by month, measure, product and currency.
    ///
    /// # Errors
    /// [`StoreError::Overflow`] when a sum leaves the ledger's range.
    pub async fn budget_sums(&self) -> Result<Vec<BudgetSum>, StoreError> {
        let rows = sqlx::query(
            "SELECT month, measure, product, currency, SUM(amount_nanos / 1000000000), SUM(amount_nanos % 1000000000), SUM(amount_attos) FROM budget \
             WHERE replaced_by IS NULL GROUP BY month, measure, product, currency ORDER BY month",
        )
        .fetch_all(&mut *self.connection().await?)
        .await?;
        rows.iter()
            .map(|row| {
                let measure: String = row.try_get(1)?;
                Ok(BudgetSum {
                    month: row.try_get(0)?,
                    measure: Measure::from_word(&measure)
                        .ok_or_else(|| StoreError::Database(format!("{measure:?} is not a measure")))?,
                    product: row.try_get(2)?,
                    currency: row.try_get(3)?,
                    amount: Money::from_sums(row.try_get(4)?, row.try_get(5)?, row.try_get(6)?),
                })
            })
            .collect()
    }
}
