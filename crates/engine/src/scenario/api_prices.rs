//! List prices of a model for requests of some size, in USD per million tokens.

use std::sync::Arc;

use chrono::NaiveDate;
use marginline_model::Currency;
use marginline_model::prices::TokenClass;
use marginline_model::scenario::{TokenPrices, TokensPerRequest, Unpriced};

use crate::error::{EngineError, Result};
use crate::prices::{BEGINS, Model, Offer, PriceBook, standard};

/// What a price list says of a model.
pub(super) struct Listed {
    model: String,
    /// The service tier in words; empty of the standard one.
    tier: String,
    /// Its prices.
    pub(super) offer: Arc<Offer>,
    /// The day of the prices.
    date: NaiveDate,
    /// Tokens of the prompt of the requests for which it was asked.
    pub(super) prompt: u64,
}

impl Listed {
    /// Asks for a model, and tells what the reader of its prices should know.
    ///
    /// # Errors
    /// When no list has it on that day.
    pub(super) fn of(
        prices: &PriceBook,
        asked: Model,
        date: NaiveDate,
        tokens: TokensPerRequest,
        notes: &mut Vec<String>,
    ) -> Result<Self> {
        let model = asked.model;
        let offer = prices.offer(asked, date).map_err(|reason| match prices.first_after(asked, date) {
            _ if is_of_tier(prices, asked, date) => no_tier(asked, date),
            Some(first) => before_list(&format!("the first price of {model} in the price book"), first, date),
            None => EngineError::failed(format!("unpriced: {reason}")).then("name a model of the price list"),
        })?;
        // A saturating cast: no prompt of a scenario is longer than any step.
        let prompt = tokens.prompt().ceil() as u64;
        if offer.is_tiered() {
            notes.push(format!("{model} costs more for long prompts; prices are those of prompts of {prompt} tokens"));
        }
        let longer = prompt + prompt / 10;
        if offer.at(TokenClass::Input, prompt) != offer.at(TokenClass::Input, longer) {
            notes.push(format!(
                "prompts of {prompt} tokens lie within 10% of a step in the price of {model}: one past it costs more as a whole"
            ));
        }
        if offer.prices.hours.len() > 1 {
            notes.push(format!("{model} costs more in some hours of the day; prices are the mean of the day"));
        }
        let sources = offer.sources().into_iter().collect::<Vec<_>>().join(", ");
        notes.push(format!("prices of {} on {date}: {sources}", offer.model));
        let tier =
            if standard(asked.tier).is_empty() { String::new() } else { format!(" in service tier {:?}", asked.tier) };
        Ok(Self { model: model.to_owned(), tier, offer, date, prompt })
    }

    /// Prices of requests with such a prompt, and the classes that have none and are not used.
    ///
    /// # Errors
    /// When a class in use has no price in USD.
    pub(super) fn at(&self, prompt: u64, tokens: TokensPerRequest) -> Result<(TokenPrices, Unpriced)> {
        let class = |class: TokenClass, used: f64, name: &str| match self.offer.at(class, prompt) {
            // What is not used has no price rather than one that nobody says held.
            Ok(_) if self.offer.is_before_list(class, self.date) && used == 0.0 => Ok(None),
            Ok(_) if self.offer.is_before_list(class, self.date) => {
                Err(before_list(&format!("the price list with {}", self.model), BEGINS, self.date))
            }
            Ok((price, Currency::USD)) => Ok(Some(price.to_f64())),
            _ if used == 0.0 => Ok(None),
            Ok((_, currency)) => Err(EngineError::failed(format!("{name} of {} are priced in {currency}", self.model))
                .then("scenarios are in USD; add a price in USD")),
            Err(_) => {
                let (model, tier) = (&self.model, &self.tier);
                Err(EngineError::failed(format!("unpriced: {name} of {model}{tier} have no price of their own"))
                    .then("state 0 of them in demand, or name another model"))
            }
        };
        let input = class(TokenClass::Input, tokens.input, "input tokens")?;
        let cache_read = class(TokenClass::CacheRead, tokens.cache_read, "cache reads")?;
        let cache_write = class(TokenClass::CacheWrite5m, tokens.cache_write, "cache writes")?;
        let output = class(TokenClass::Output, tokens.output, "output tokens")?;
        let found = TokenPrices {
            input_usd_per_mtok: input.unwrap_or(0.0),
            cache_read_usd_per_mtok: cache_read.unwrap_or(0.0),
            cache_write_usd_per_mtok: cache_write.unwrap_or(0.0),
            output_usd_per_mtok: output.unwrap_or(0.0),
        };
        let unpriced = Unpriced {
            input: input.is_none(),
            cache_read: cache_read.is_none(),
            cache_write: cache_write.is_none(),
            output: output.is_none(),
        };
        Ok((found, unpriced))
    }
}

/// Does the list have the model, and only the service tier is lacking?
fn is_of_tier(prices: &PriceBook, asked: Model, date: NaiveDate) -> bool {
    !standard(asked.tier).is_empty() && prices.offer(Model { tier: "", ..asked }, date).is_ok()
}

/// The standard price would be a guess: a batch costs about a half of it, and priority more.
fn no_tier(asked: Model, date: NaiveDate) -> EngineError {
    let Model { provider, model, tier, .. } = asked;
    let key = if tier == "batch" { "batch_percent or service_tier" } else { "service_tier" };
    EngineError::failed(format!("unpriced: no price list has {model} of {provider} in service tier {tier:?} on {date}"))
        .then(format!(
            "leave {key} out, import a price list with service_tier {tier}, or state what a request costs as unlisted"
        ))
}

/// A day before the first price: what held then is unknown, and the first price would be a guess.
pub(super) fn before_list(what: &str, first: NaiveDate, day: NaiveDate) -> EngineError {
    EngineError::failed(format!("unpriced: {what} is of {first}, after {day}")).then(format!(
        "set priced_at to {first} or later, import a price list of {day}, or state what a request costs as unlisted"
    ))
}

/// Prices of a model for requests like these, and the classes that it has none for and they do not use.
///
/// # Errors
/// As [`Listed::of`] and [`Listed::at`].
pub(crate) fn api_prices(
    prices: &PriceBook,
    asked: Model,
    date: NaiveDate,
    tokens: TokensPerRequest,
    notes: &mut Vec<String>,
) -> Result<(TokenPrices, Unpriced)> {
    let listed = Listed::of(prices, asked, date, tokens, notes)?;
    listed.at(listed.prompt, tokens)
}
