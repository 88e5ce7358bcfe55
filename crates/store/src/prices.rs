//! The price book's prices, as files and hands gave them.

mod named;

use chrono::NaiveDate;
use marginline_model::prices::{Price, Resource};
use marginline_model::scenario::Evidence;
use marginline_model::{Currency, Money};
use sqlx::{Row, Sqlite};

use crate::import::{Import, Place, ROWS_PER_STATEMENT, integer};
use crate::{Ledger, StoreError};
pub use named::DearestPrice;

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
                 free_nanos, byte_offset, byte_length) ",
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
                    .push_bind(integer(price.free_per_month_nanos))
                    .push_bind(integer(place.offset))
                    .push_bind(integer(place.length));
            });
            query.build().execute(&mut *self.transaction).await?;
        }
        Ok(())
    }
}

// A list may hold tens of thousands of prices; as one text they are read five times as fast as row by row.
const ALL: &str = "SELECT json_group_array(json_array(json_array(id, batch_id, above_tokens, free_nanos), json_array(resource, \
     provider, item, class, region, purchase, service_tier, window, per, amount, currency, contract, valid_from, \
     COALESCE(valid_to, ''), source, observed, evidence))) FROM (SELECT * FROM price WHERE replaced_by IS NULL ORDER BY id)";
const OF_RESOURCE: &str = "SELECT json_group_array(json_array(json_array(id, batch_id, above_tokens, free_nanos), json_array(resource, \
     provider, item, class, region, purchase, service_tier, window, per, amount, currency, contract, valid_from, \
     COALESCE(valid_to, ''), source, observed, evidence))) FROM (SELECT * FROM price WHERE replaced_by IS NULL \
     AND resource = ? ORDER BY id)";

/// Numbers and words of a price, as the statements above order them.
type Told = ([i64; 4], [String; 17]);

impl Ledger {
    /// Prices that count, of one kind of thing or of all, in the order in which they were given.
    ///
    /// # Errors
    /// When the database cannot be read, or holds a word or number that is none.
    pub async fn prices(&self, resource: Option<Resource>) -> Result<Vec<StoredPrice>, StoreError> {
        let row = match resource {
            None => sqlx::query(ALL).fetch_one(&mut *self.connection().await?).await?,
            Some(resource) => {
                sqlx::query(OF_RESOURCE).bind(resource.id()).fetch_one(&mut *self.connection().await?).await?
            }
        };
        all_of(&row)
    }
}

/// The prices of a row that holds all of them.
fn all_of(row: &sqlx::sqlite::SqliteRow) -> Result<Vec<StoredPrice>, StoreError> {
    let told: Vec<Told> = serde_json::from_str(row.try_get(0)?)
        .map_err(|error| StoreError::Database(format!("the prices cannot be read: {error}")))?;
    told.into_iter().map(stored).collect()
}

impl Ledger {
    /// Formats of the batches that brought prices, by batch.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn price_formats(&self) -> Result<Vec<(i64, String)>, StoreError> {
        let sql = "SELECT id, format FROM batch WHERE EXISTS (SELECT 1 FROM price WHERE batch_id = batch.id)";
        let rows = sqlx::query(sql).fetch_all(&mut *self.connection().await?).await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
    }
}

fn stored(([id, batch, above_tokens, free_nanos], words): Told) -> Result<StoredPrice, StoreError> {
    let bad = |name: &str, text: &str| StoreError::Database(format!("the {name} {text:?} of a price is none"));
    let date = |name: &str, text: &str| text.parse::<NaiveDate>().map_err(|_| bad(name, text));
    let [
        resource,
        provider,
        item,
        class,
        region,
        purchase,
        service_tier,
        window,
        per,
        amount,
        currency,
        contract,
        valid_from,
        valid_to,
        source,
        observed,
        evidence,
    ] = words;
    let price = Price {
        resource: resource.parse().map_err(|_| bad("resource", &resource))?,
        purchase: purchase.parse().map_err(|_| bad("purchase", &purchase))?,
        above_tokens: above_tokens.unsigned_abs(),
        free_per_month_nanos: free_nanos.unsigned_abs(),
        window: (!window.is_empty()).then(|| window.parse()).transpose().map_err(|_| bad("window", &window))?,
        per: per.parse().map_err(|_| bad("per", &per))?,
        amount: Money::parse(&amount).map_err(|_| bad("amount", &amount))?,
        currency: Currency::parse(&currency).map_err(|_| bad("currency", &currency))?,
        valid_from: date("valid_from", &valid_from)?,
        valid_to: (!valid_to.is_empty()).then(|| date("valid_to", &valid_to)).transpose()?,
        observed: date("observed", &observed)?,
        evidence: Evidence::from_word(&evidence).ok_or_else(|| bad("evidence", &evidence))?,
        provider,
        item,
        class,
        region,
        service_tier,
        contract,
        source,
    };
    Ok(StoredPrice { id, batch, price })
}
