//! Prices of some items by name, and the dearest ones of all: what a report needs of a list of thousands.

use chrono::NaiveDate;
use marginline_model::Money;
use marginline_model::prices::Resource;
use sqlx::Row;

use super::{ALL, StoredPrice, all_of};
use crate::{Ledger, StoreError};

/// The dearest price of a class of things among those that hold on the same days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DearestPrice {
    /// What is sold: tokens or GPUs.
    pub resource: Resource,
    /// Class of tokens; empty for GPUs.
    pub class: String,
    /// First day on which it holds.
    pub valid_from: NaiveDate,
    /// First day on which it does not hold; `None` as long as nobody says otherwise.
    pub valid_to: Option<NaiveDate>,
    /// USD per the unit that it is sold in.
    pub amount: Money,
}

// The names in any case, and discounts, which may be on everything that a provider sells.
const NAMED: &str = "WHERE id IN (SELECT id FROM price WHERE replaced_by IS NULL AND item COLLATE NOCASE IN \
     (SELECT value FROM json_each(?)) UNION ALL SELECT id FROM price WHERE replaced_by IS NULL AND resource = 'discount') \
     AND replaced_by IS NULL";

// Amounts are plain decimals of no sign; with as many zeros before them as make their whole part 20 digits long, texts
// are in the order of amounts, so that none is rounded on the way.
const DEAREST: &str = "SELECT resource, class, valid_from, COALESCE(valid_to, ''), \
     MAX(substr('00000000000000000000', instr(amount || '.', '.')) || amount) FROM price \
     WHERE replaced_by IS NULL AND currency = 'USD' AND resource IN ('tokens', 'gpu') GROUP BY 1, 2, 3, 4";

impl Ledger {
    /// Does any price count?
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn has_prices(&self) -> Result<bool, StoreError> {
        let row = sqlx::query("SELECT EXISTS (SELECT 1 FROM price WHERE replaced_by IS NULL)")
            .fetch_one(&mut *self.connection().await?)
            .await?;
        Ok(row.try_get(0)?)
    }

    /// Prices that count of the items so named, case apart, and every discount, in the order in which they were given.
    ///
    /// # Errors
    /// As [`Ledger::prices`].
    pub async fn prices_named(&self, names: &[String]) -> Result<Vec<StoredPrice>, StoreError> {
        let sql = ALL.replacen("WHERE replaced_by IS NULL", NAMED, 1);
        let names = serde_json::to_string(names).map_err(|error| StoreError::Database(error.to_string()))?;
        let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(names).fetch_one(&mut *self.connection().await?).await?;
        all_of(&row)
    }

    /// The dearest price in USD of each class of tokens and of a GPU, apart by the days on which they hold.
    ///
    /// # Errors
    /// As [`Ledger::prices`].
    pub async fn dearest_prices(&self) -> Result<Vec<DearestPrice>, StoreError> {
        let bad = |text: &str| StoreError::Database(format!("{text:?} of the dearest prices is none"));
        let rows = sqlx::query(DEAREST).fetch_all(&mut *self.connection().await?).await?;
        rows.iter()
            .map(|row| {
                let word = |index: usize| -> Result<String, StoreError> { Ok(row.try_get(index)?) };
                let (resource, from, to, amount) = (word(0)?, word(2)?, word(3)?, word(4)?);
                let date = |text: &str| text.parse::<NaiveDate>().map_err(|_| bad(text));
                Ok(DearestPrice {
                    resource: resource.parse().map_err(|_| bad(&resource))?,
                    class: word(1)?,
                    valid_from: date(&from)?,
                    valid_to: (!to.is_empty()).then(|| date(&to)).transpose()?,
                    amount: Money::parse(&amount).map_err(|_| bad(&amount))?,
                })
            })
            .collect()
    }
}
