//! What the formats of prices share: rows gathered once each, and amounts read into the unit of the price book.

use std::collections::HashMap;

use chrono::NaiveDate;
use marginline_model::prices::{Per, Price, Purchase, Resource, TokenClass, Window};
use marginline_model::scenario::Evidence;
use marginline_model::{Exact, Money};
use marginline_store::batch::BatchTotal;
use marginline_store::import::{Place, Rows};
use marginline_store::prices::PriceRow;

use super::field::{FieldError, number};
use super::format::{Taken, count_total};
use crate::prices::catalogue::us_dollar;

/// A price that was read, and the field its amount stood in.
#[derive(Debug, Clone)]
pub struct Found {
    /// The price.
    pub price: Price,
    /// Column of its amount.
    pub column: String,
    /// The amount as written.
    pub text: String,
}

/// All that tells one price from another, less the amount and what is free.
type Key = (Resource, [String; 8], Purchase, Per, u64, Option<Window>, NaiveDate);

fn key(price: &Price) -> Key {
    let Price { provider, item, class, region, service_tier, contract, source, currency, .. } = price.clone();
    let words = [provider, item, class, region, service_tier, contract, source, currency.code().to_owned()];
    (price.resource, words, price.purchase, price.per, price.above_tokens, price.window, price.valid_from)
}

/// Prices of a file, each once.
#[derive(Default)]
pub struct Gathered {
    seen: HashMap<Key, (Money, u64)>,
    rows: Vec<PriceRow>,
    count: u64,
}

impl Gathered {
    /// Keeps the prices of a record: all of them, or none where one says otherwise than an earlier record.
    ///
    /// # Errors
    /// The field at fault.
    pub fn keep(&mut self, found: Vec<Found>, place: Place) -> Result<Taken, FieldError> {
        let mut news: Vec<(Key, Price)> = Vec::with_capacity(found.len());
        for Found { price, column, text } in found {
            let key = key(&price);
            match self.seen.get(&key) {
                Some(had) if *had == (price.amount, price.free_per_month_nanos) => {}
                Some((had, _)) if *had == price.amount => {
                    let expected = format!("as an earlier row has it for {} of {}", price.item, price.provider);
                    let free = crate::number::of_nanos(price.free_per_month_nanos);
                    return Err(FieldError::new("free_per_month", &free, expected));
                }
                Some((had, _)) => {
                    let expected = format!("{had}, as an earlier row has it for {} of {}", price.item, price.provider);
                    return Err(FieldError::new(&column, &text, expected));
                }
                None => news.push((key, price)),
            }
        }
        if news.is_empty() {
            return Ok(Taken::Skipped);
        }
        for (key, price) in news {
            self.seen.insert(key, (price.amount, price.free_per_month_nanos));
            self.rows.push(PriceRow { price, place });
            self.count += 1;
        }
        Ok(Taken::Kept)
    }

    /// Rows since the last call.
    pub fn take(&mut self) -> Vec<Rows> {
        vec![Rows::Prices(std::mem::take(&mut self.rows))]
    }

    /// How many prices.
    pub fn totals(&self) -> Vec<BatchTotal> {
        vec![count_total("prices", "prices", self.count)]
    }
}

/// A list price by use of a standard tier, everywhere and from the first token on; the caller changes what differs.
#[must_use]
pub fn list_price(
    resource: Resource,
    provider: &str,
    item: &str,
    per: Per,
    source: &str,
    observed: NaiveDate,
) -> Price {
    Price {
        resource,
        provider: provider.to_owned(),
        item: item.to_owned(),
        class: String::new(),
        region: String::new(),
        purchase: Purchase::OnDemand,
        service_tier: String::new(),
        above_tokens: 0,
        window: None,
        per,
        amount: Money::ZERO,
        free_per_month_nanos: 0,
        currency: us_dollar(),
        contract: String::new(),
        valid_from: observed,
        valid_to: None,
        source: source.to_owned(),
        observed,
        evidence: Evidence::Published,
    }
}

/// An amount of 0 or more, `shift` powers of ten larger than written.
///
/// # Errors
/// When the text is no such number.
pub fn amount(column: &str, text: &str, shift: i32) -> Result<Money, FieldError> {
    let exact = number(column, text)?;
    let bad = || FieldError::new(column, text, "a price of 0 or more");
    if exact.is_negative() {
        return Err(bad());
    }
    exact.shifted(shift).to_money().map_err(|error| FieldError::new(column, text, error.to_string()))
}

/// A quantity of 0 or more in nanos, exactly.
///
/// # Errors
/// When the text is none, has more than nine decimals or is too large for a row.
pub fn quantity_nanos(column: &str, text: &str) -> Result<u64, FieldError> {
    let bad =
        || FieldError::new(column, text, "a quantity of 0 or more with at most nine decimals, below 9,223,372,036");
    let attos = number(column, text)?.to_money().map_err(|_| bad())?.attos();
    let (nanos, rest) = (attos / 1_000_000_000, attos % 1_000_000_000);
    // More digits than an amount holds would have been rounded off.
    let is_exact = rest == 0 && text.trim().split_once('.').is_none_or(|(_, decimals)| decimals.len() <= 9);
    u64::try_from(nanos).ok().filter(|nanos| is_exact && i64::try_from(*nanos).is_ok()).ok_or_else(bad)
}

/// A number of things, above 0.
#[must_use]
pub fn whole(text: &str) -> Option<u64> {
    let exact = Exact::parse(text.trim()).ok()?.to_money().ok()?;
    let whole = u64::try_from(exact.attos() / marginline_model::money::ATTOS).ok()?;
    (exact.attos() % marginline_model::money::ATTOS == 0 && whole > 0).then_some(whole)
}

/// The share of one of `count` things in an amount, rounded half-even at 10⁻¹⁸.
#[must_use]
pub fn each(amount: Money, count: u64) -> Money {
    amount.times(1, i128::from(count.max(1))).unwrap_or(amount)
}

/// One price per million tokens of a class, from an amount per token or per million.
///
/// # Errors
/// When the amount is none.
pub fn of_tokens(base: &Price, class: TokenClass, column: &str, text: &str, shift: i32) -> Result<Found, FieldError> {
    let price = Price { class: class.id().to_owned(), amount: amount(column, text, shift)?, ..base.clone() };
    Ok(Found { price, column: column.to_owned(), text: text.to_owned() })
}

/// Lists write 0 for what is free and for what they do not know. A model of which every class is 0 is taken as free
/// only where its name says so.
#[must_use]
pub fn says_nothing(found: &[Found], model: &str) -> bool {
    let free = model.ends_with(":free") || model.ends_with("-free") || model.ends_with("/free");
    !free && found.iter().all(|one| one.price.amount == Money::ZERO)
}
