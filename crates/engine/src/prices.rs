//! Prices of tokens on a date, from the bundled `genai-prices` data.
//!
//! Model matching and dates stay with the crate; the arithmetic is ours and exact: it is asked for the price
//! of a fixed quantity of one class at a time, and that is read as a decimal. Where the crate guesses, this
//! says *unpriced*: an unknown service tier is never the standard tier, and a cache class that has no price
//! of its own (the crate then charges the plain input price) has none here either.

use std::collections::HashMap;
use std::sync::Mutex;

use chrono::NaiveDate;
use genai_prices::{Calculator, ErrorKind, PriceRequest, Usage, UsageKey};
use marginline_model::Money;
use marginline_store::token_usage::Tokens;

/// Where the prices come from, for reports.
pub const SOURCE: &str = "genai-prices 0.2.1, list prices";

/// Tokens asked for at a time: below every long-context threshold, so that the answer is the base tier.
const ASKED: f64 = 100_000.0;

/// USD per million tokens, one absolute price a class; `None` has no price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenPrice {
    /// Uncached input.
    pub input: Option<Money>,
    /// Cache reads.
    pub cache_read: Option<Money>,
    /// Cache writes kept five minutes.
    pub cache_write_5m: Option<Money>,
    /// Cache writes kept an hour.
    pub cache_write_1h: Option<Money>,
    /// Output.
    pub output: Option<Money>,
    /// Dearer above a prompt length; an aggregated row cannot tell which requests were.
    pub tiered: bool,
    /// Model as the price list calls it.
    pub model: String,
}

/// Cost of tokens by class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TokenCost {
    /// Input classes.
    pub input: Money,
    /// Output.
    pub output: Money,
}

impl TokenCost {
    /// Both.
    #[must_use]
    pub fn total(self) -> Money {
        self.input + self.output
    }
}

impl TokenPrice {
    /// Exact cost of tokens; the class at fault when one that was used has no price.
    ///
    /// # Errors
    /// The name of the class without a price.
    pub fn cost(&self, tokens: Tokens) -> Result<TokenCost, &'static str> {
        let class = |count: u64, price: Option<Money>, name: &'static str| match (count, price) {
            (0, _) => Ok(Money::ZERO),
            (_, None) => Err(name),
            (count, Some(price)) => price.times(i128::from(count), 1_000_000).ok_or(name),
        };
        Ok(TokenCost {
            input: class(tokens.input, self.input, "input")?
                + class(tokens.cache_read, self.cache_read, "cache reads")?
                + class(tokens.cache_write_5m, self.cache_write_5m, "5-minute cache writes")?
                + class(tokens.cache_write_1h, self.cache_write_1h, "1-hour cache writes")?,
            output: class(tokens.output, self.output, "output")?,
        })
    }
}

type Asked = (String, String, NaiveDate);

/// Remembers what was asked.
#[derive(Debug, Default)]
pub struct PriceBook {
    known: Mutex<HashMap<Asked, Result<TokenPrice, String>>>,
}

impl PriceBook {
    /// Prices of a model on a date, or the reason why there are none.
    ///
    /// # Errors
    /// The reason, for people.
    pub fn price(&self, provider: &str, model: &str, tier: &str, date: NaiveDate) -> Result<TokenPrice, String> {
        if !matches!(tier, "" | "standard" | "default") {
            return Err(format!("service tier {tier:?} has no price in this version"));
        }
        let key = (provider.to_owned(), model.to_owned(), date);
        let mut known = self.known.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        known.entry(key).or_insert_with(|| ask(provider, model, date)).clone()
    }
}

fn ask(provider: &str, model: &str, date: NaiveDate) -> Result<TokenPrice, String> {
    let plain = |key: UsageKey, tokens: f64| one(provider, model, date, &[(key, tokens)]);
    let (input, matched) = plain(UsageKey::INPUT_TOKENS, ASKED)?;
    let (output, _) = plain(UsageKey::OUTPUT_TOKENS, ASKED)?;
    let (long, _) = plain(UsageKey::INPUT_TOKENS, ASKED * 10.0)?;
    // A class inside another one: without a price of its own it comes back at the outer one's.
    let inside = |classes: &[UsageKey], outer: Option<Money>| -> Result<Option<Money>, String> {
        let mut used = vec![(UsageKey::INPUT_TOKENS, ASKED)];
        used.extend(classes.iter().map(|class| (class.clone(), ASKED)));
        let (price, _) = one(provider, model, date, &used)?;
        Ok(price.filter(|_| price != outer))
    };
    let cache_write_5m = inside(&[UsageKey::CACHE_WRITE_TOKENS], input)?;
    Ok(TokenPrice {
        cache_read: inside(&[UsageKey::CACHE_READ_TOKENS], input)?,
        cache_write_1h: inside(
            &[UsageKey::CACHE_WRITE_TOKENS, UsageKey::CACHE_WRITE_1H_TOKENS],
            cache_write_5m.or(input),
        )?,
        cache_write_5m,
        tiered: long != input.and_then(|price| price.times(10, 1)),
        input,
        output,
        model: matched,
    })
}

/// USD per million for one class, read off the price of [`ASKED`] tokens to 10⁻⁹.
fn one(
    provider: &str,
    model: &str,
    date: NaiveDate,
    used: &[(UsageKey, f64)],
) -> Result<(Option<Money>, String), String> {
    let usage: Usage = used.iter().map(|(key, tokens)| (key.clone(), *tokens)).collect();
    let noon = date.and_hms_opt(12, 0, 0).unwrap_or_default().and_utc();
    let request = PriceRequest::new(model, &usage).with_provider_id(provider).with_timestamp(noon);
    match Calculator::bundled().calculate(&request) {
        Ok(found) => {
            let per_mtok = found.total_price * (1_000_000.0 / ASKED);
            Ok((Money::parse(&format!("{per_mtok:.9}")).ok(), found.model_id))
        }
        Err(error) if error.kind() == ErrorKind::ProviderNotFound => {
            Err(format!("provider {provider:?} is not in the price list"))
        }
        Err(error) if error.kind() == ErrorKind::ModelNotFound => {
            Err(format!("model {model:?} of {provider} is not in the price list"))
        }
        Err(error) => Err(format!("the price list answers: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn price(provider: &str, model: &str) -> Result<TokenPrice, String> {
        PriceBook::default().price(provider, model, "", "2026-10-15".parse().unwrap())
    }

    fn usd(text: &str) -> Option<Money> {
        Some(Money::parse(text).unwrap())
    }

    /// Anthropic's published page: Haiku 4.5 at 1 / 1.25 / 2 / 0.10 / 5 USD per million tokens.
    #[test]
    fn published_prices_come_back_exactly() {
        let haiku = price("anthropic", "claude-haiku-4-5").unwrap();
        let classes = [haiku.input, haiku.cache_write_5m, haiku.cache_write_1h, haiku.cache_read, haiku.output];
        assert_eq!(classes, [usd("1"), usd("1.25"), usd("2"), usd("0.1"), usd("5")]);
        assert!(!haiku.tiered);
        assert!(price("anthropic", "claude-sonnet-4-5").unwrap().tiered, "dearer above 200,000 tokens");
    }

    #[test]
    fn what_has_no_price_is_unpriced_and_never_zero() {
        assert!(price("lumen", "lumen-2-preview").unwrap_err().contains("lumen"));
        assert!(price("openai", "no-such-model-at-all").unwrap_err().contains("no-such-model"));
        let batch = PriceBook::default().price("openai", "gpt-5", "bacth", "2026-10-15".parse().unwrap());
        assert!(batch.unwrap_err().contains("service tier"));
        let mini = price("openai", "gpt-5-mini").unwrap();
        let written = Tokens { cache_write_5m: 1, ..Tokens::default() };
        assert_eq!(mini.cost(written), Err("5-minute cache writes"), "a class without a price of its own");
    }

    #[test]
    fn cost_is_tokens_times_price_by_class() {
        let haiku = price("anthropic", "claude-haiku-4-5").unwrap();
        let tokens = Tokens {
            input: 1_000_000,
            cache_read: 2_000_000,
            cache_write_5m: 1_000_000,
            cache_write_1h: 0,
            output: 200_000,
        };
        let cost = haiku.cost(tokens).unwrap();
        assert_eq!((cost.input.to_string(), cost.output.to_string()), ("2.45".into(), "1".into()));
    }
}
