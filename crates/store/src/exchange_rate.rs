//! Exchange rates by day, each with its source.

use marginline_model::fx::Fixing;
use marginline_model::{Currency, Exact};
use sqlx::{Row, Sqlite};

use crate::import::{Import, Place, ROWS_PER_STATEMENT, integer};
use crate::{Ledger, StoreError};

/// A fixing and where it stood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExchangeRateRow {
    /// The fixing.
    pub fixing: Fixing,
    /// Where it stood.
    pub place: Place,
}

impl Import {
    /// A source claims a month of one pair, so that a file with other currencies replaces nothing.
    pub(crate) async fn store_exchange_rates(&mut self, rows: &[ExchangeRateRow]) -> Result<(), StoreError> {
        for chunk in rows.chunks(ROWS_PER_STATEMENT) {
            let mut scopes = Vec::with_capacity(chunk.len());
            for ExchangeRateRow { fixing, .. } in chunk {
                let month = fixing.date.format("%Y-%m").to_string();
                let pair = format!("{}/{}", fixing.base, fixing.quote);
                scopes.push(self.claim("exchange_rate", &fixing.source, &pair, &month, fixing.date).await?);
            }
            let mut query = sqlx::QueryBuilder::<Sqlite>::new(
                "INSERT INTO exchange_rate (batch_id, scope_id, date, base, quote, rate, source, byte_offset, byte_length) ",
            );
            query.push_values(chunk.iter().zip(&scopes), |mut values, (row, scope)| {
                values
                    .push_bind(self.batch)
                    .push_bind(*scope)
                    .push_bind(row.fixing.date.to_string())
                    .push_bind(row.fixing.base.code().to_owned())
                    .push_bind(row.fixing.quote.code().to_owned())
                    .push_bind(row.fixing.rate.to_string())
                    .push_bind(row.fixing.source.clone())
                    .push_bind(integer(row.place.offset))
                    .push_bind(integer(row.place.length));
            });
            query.build().execute(&mut *self.transaction).await?;
        }
        Ok(())
    }
}

impl Ledger {
    /// Every fixing that counts of what is quoted in these currencies, in the order of import. That is enough for any
    /// pair of them, since the base is quoted in nothing.
    ///
    /// # Errors
    /// When the database cannot be read, or holds a date, currency or rate that is none.
    pub async fn fixings(&self, currencies: &[Currency]) -> Result<Vec<Fixing>, StoreError> {
        let mut query = sqlx::QueryBuilder::<Sqlite>::new(
            "SELECT date, base, quote, rate, source FROM exchange_rate WHERE replaced_by IS NULL AND quote IN (",
        );
        let mut list = query.separated(", ");
        for currency in currencies {
            list.push_bind(currency.code().to_owned());
        }
        query.push(") ORDER BY id");
        let rows = query.build().fetch_all(&mut *self.connection().await?).await?;
        rows.iter()
            .map(|row| {
                let word = |index: usize| -> Result<String, StoreError> { Ok(row.try_get(index)?) };
                let bad = |text: &str, what: &str| StoreError::Database(format!("{text:?} is not {what}"));
                let currency = |text: String| Currency::parse(&text).map_err(|_| bad(&text, "a currency"));
                let (date, rate) = (word(0)?, word(3)?);
                Ok(Fixing {
                    date: date.parse().map_err(|_| bad(&date, "a date"))?,
                    base: currency(word(1)?)?,
                    quote: currency(word(2)?)?,
                    rate: Exact::parse(&rate).map_err(|_| bad(&rate, "a rate"))?,
                    source: word(4)?,
                })
            })
            .collect()
    }
}
