//! The price book's prices, as files and hands gave them.

use chrono::NaiveDate;
use marginline_model::prices::{Price, Resource};
use marginline_model::scenario::Evidence;
use marginline_model::{Currency, Money};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, Sqlite};

use crate::import::{Import, Place, ROWS_PER_STATEMENT, integer};
use crate::{Ledger, StoreError};

/// A price and where it stood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceRow {
    /// The price.
    pub price: Price,
    /// Where it stood.
    pub place: Place,
}

/// A price of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredPrice {
    /// Its number; a later one was given later.
    pub id: i64,
    /// Batch that brought it.
    pub batch: i64,
    /// The price.
    pub price: Price,
}

impl Import {
    /// A source claims a day of its prices, under its contract if there is one: the list of the same day replaces it,
    /// and a later list leaves it to the days before.
    pub(crate) async fn store_prices(&mut self, rows: &[PriceRow]) -> Result<(), StoreError> {
        for chunk in rows.chunks(ROWS_PER_STATEMENT) {
            let mut scopes = Vec::with_capacity(chunk.len());
            for PriceRow { price, .. } in chunk {
                let month = price.observed.format("%Y-%m").to_string();
                scopes.push(self.claim("price", &price.source, &price.contract, &month, price.observed).await?);
            }
            let mut query = sqlx::QueryBuilder::<Sqlite>::new(
                "INSERT INTO price (batch_id, scope_id, resource, provider, item, class, region, purchase, service_tier, \
                 above_tokens, window, per, amount, currency, contract, valid_from, valid_to, source, observed, evidence, \
                 byte_offset, byte_length) ",
            );
            query.push_values(chunk.iter().zip(&scopes), |mut values, (PriceRow { price, place }, scope)| {
                values
                    .push_bind(self.batch)
                    .push_bind(*scope)
                    .push_bind(price.resource.id())
                    .push_bind(price.provider.clone())
                    .push_bind(price.item.clone())
                    .push_bind(price.class.clone())
                    .push_bind(price.region.clone())
                    .push_bind(price.purchase.id())
                    .push_bind(price.service_tier.clone())
                    .push_bind(integer(price.above_tokens))
                    .push_bind(price.window.map_or_else(String::new, |window| window.to_string()))
                    .push_bind(price.per.id())
                    .push_bind(price.amount.to_string())
                    .push_bind(price.currency.code().to_owned())
                    .push_bind(price.contract.clone())
                    .push_bind(price.valid_from.to_string())
                    .push_bind(price.valid_to.map(|date| date.to_string()))
                    .push_bind(price.source.clone())
                    .push_bind(price.observed.to_string())
                    .push_bind(price.evidence.word())
                    .push_bind(integer(place.offset))
                    .push_bind(integer(place.length));
            });
            query.build().execute(&mut *self.transaction).await?;
        }
        Ok(())
    }
}

const ALL: &str = "SELECT id, batch_id, resource, provider, item, class, region, purchase, service_tier, above_tokens, \
     window, per, amount, currency, contract, valid_from, valid_to, source, observed, evidence FROM price \
     WHERE replaced_by IS NULL ORDER BY id";
const OF_RESOURCE: &str = "SELECT id, batch_id, resource, provider, item, class, region, purchase, service_tier, \
     above_tokens, window, per, amount, currency, contract, valid_from, valid_to, source, observed, evidence FROM price \
     WHERE replaced_by IS NULL AND resource = ? ORDER BY id";

impl Ledger {
    /// Prices that count, of one kind of thing or of all, in the order in which they were given.
    ///
    /// # Errors
    /// When the database cannot be read, or holds a word or number that is none.
    pub async fn prices(&self, resource: Option<Resource>) -> Result<Vec<StoredPrice>, StoreError> {
        let rows = match resource {
            None => sqlx::query(ALL).fetch_all(&self.pool).await?,
            Some(resource) => sqlx::query(OF_RESOURCE).bind(resource.id()).fetch_all(&self.pool).await?,
        };
        rows.iter().map(stored).collect()
    }
}

fn stored(row: &SqliteRow) -> Result<StoredPrice, StoreError> {
    let word = |name: &str| -> Result<String, StoreError> { Ok(row.try_get(name)?) };
    let bad = |name: &str, text: &str| StoreError::Database(format!("the {name} {text:?} of a price is none"));
    let date = |name: &str, text: String| text.parse::<NaiveDate>().map_err(|_| bad(name, &text));
    let read = |name: &str| -> Result<_, StoreError> { Ok((word(name)?, name.to_owned())) };
    let (resource, purchase, per, evidence) = (read("resource")?, read("purchase")?, read("per")?, read("evidence")?);
    let (amount, currency, window) = (word("amount")?, word("currency")?, word("window")?);
    let price = Price {
        resource: resource.0.parse().map_err(|_| bad(&resource.1, &resource.0))?,
        provider: word("provider")?,
        item: word("item")?,
        class: word("class")?,
        region: word("region")?,
        purchase: purchase.0.parse().map_err(|_| bad(&purchase.1, &purchase.0))?,
        service_tier: word("service_tier")?,
        above_tokens: row.try_get("above_tokens")?,
        window: (!window.is_empty()).then(|| window.parse()).transpose().map_err(|_| bad("window", &window))?,
        per: per.0.parse().map_err(|_| bad(&per.1, &per.0))?,
        amount: Money::parse(&amount).map_err(|_| bad("amount", &amount))?,
        currency: Currency::parse(&currency).map_err(|_| bad("currency", &currency))?,
        contract: word("contract")?,
        valid_from: date("valid_from", word("valid_from")?)?,
        valid_to: row.try_get::<Option<String>, _>("valid_to")?.map(|text| date("valid_to", text)).transpose()?,
        source: word("source")?,
        observed: date("observed", word("observed")?)?,
        evidence: Evidence::from_word(&evidence.0).ok_or_else(|| bad(&evidence.1, &evidence.0))?,
    };
    Ok(StoredPrice { id: row.try_get("id")?, batch: row.try_get("batch_id")?, price })
}
