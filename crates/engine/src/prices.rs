//! Prices of tokens on a date, from the bundled `genai-prices` data.
//!
//! Model matching and dates stay with the crate; the arithmetic is ours and exact: it is asked for the price
//! of a fixed quantity of one class at a time, and that is read as a decimal. Where the crate guesses, this
//! says *unpriced*: an unknown service tier is never the standard tier, and a cache class that has no price
//! of its own (the crate then charges the plain input price) has none here either.

mod bundled;
pub mod catalogue;
pub mod compare;
pub mod edit;
pub mod history;
mod kept;
pub mod listing;
pub mod regions;
pub mod table;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::NaiveDate;
use genai_prices::{Calculator, ErrorKind, PriceCalculation, PriceRequest, Usage, UsageKey};
use marginline_model::{Money, Month};
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

/// A price, or the reason why there is none, from a day of its month on.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Period {
    from: NaiveDate,
    price: Result<TokenPrice, String>,
}

/// Periods of each month, oldest first; the first begins with the month.
type Months = BTreeMap<Month, Vec<Period>>;

#[derive(Debug, Default)]
struct Known {
    /// By provider and model.
    prices: HashMap<String, HashMap<String, Months>>,
    /// Was something asked since it was kept?
    is_new: bool,
    /// Was taken up what the workspace keeps?
    is_recalled: bool,
}

/// Remembers what was asked.
#[derive(Debug, Default)]
pub struct PriceBook {
    known: Mutex<Known>,
}

impl PriceBook {
    /// Prices of a model on a date, or the reason why there are none.
    ///
    /// # Errors
    /// The reason, for people.
    pub fn price(&self, provider: &str, model: &str, tier: &str, date: NaiveDate) -> Result<TokenPrice, String> {
        has_price(tier)?;
        self.of_month(provider, model, Month::of(date), |periods| {
            periods
                .iter()
                .rfind(|period| period.from <= date)
                .map_or_else(|| Err(format!("the price list says nothing of {date}")), |period| period.price.clone())
        })
    }

    /// Does a model cost the same on every day from the first to the last, both in one month?
    #[must_use]
    pub fn is_even(&self, provider: &str, model: &str, tier: &str, first: NaiveDate, last: NaiveDate) -> bool {
        if has_price(tier).is_err() {
            return true;
        }
        Month::of(first) == Month::of(last)
            && self.of_month(provider, model, Month::of(first), |periods| {
                let begin = periods.iter().rposition(|period| period.from <= first).unwrap_or(0);
                let mut asked = periods[begin..].iter().take_while(|period| period.from <= last);
                asked.next().is_none_or(|begins| asked.all(|period| period.price == begins.price))
            })
    }

    fn of_month<T>(&self, provider: &str, model: &str, month: Month, read: impl FnOnce(&[Period]) -> T) -> T {
        let mut known = self.known();
        let there = known.prices.get(provider).and_then(|models| models.get(model)?.get(&month));
        if let Some(periods) = there {
            return read(periods);
        }
        known.is_new = true;
        let months = known.prices.entry(provider.to_owned()).or_default().entry(model.to_owned()).or_default();
        read(months.entry(month).or_insert_with(|| periods(provider, model, month)))
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn has_price(tier: &str) -> Result<(), String> {
    match tier {
        "" | "standard" | "default" => Ok(()),
        _ => Err(format!("service tier {tier:?} has no price in this version")),
    }
}

/// Asks for the prices of a month, in full only on the days that some price changes.
fn periods(provider: &str, model: &str, month: Month) -> Vec<Period> {
    let mut periods = Vec::new();
    let mut before = None;
    for date in month.first_day().iter_days().take_while(|date| Month::of(*date) == month) {
        let print = print(provider, model, date);
        // An answer that is neither a price nor an unknown name tells too little to compare by.
        if print.is_err() || before.as_ref() != Some(&print) {
            periods.push(Period { from: date, price: ask(provider, model, date) });
        }
        if print.is_err_and(|kind| matches!(kind, ErrorKind::ProviderNotFound | ErrorKind::ModelNotFound)) {
            break; // Names do not depend on the day.
        }
        before = Some(print);
    }
    periods
}

/// What tells the prices of one day from those of another: the price of a request that uses every class, once below
/// and once above the long prompts. The amounts are such that changes of two prices do not cancel out.
fn print(provider: &str, model: &str, date: NaiveDate) -> Result<[u64; 2], ErrorKind> {
    let total = |scale: f64| {
        let used = [
            (UsageKey::INPUT_TOKENS, ASKED * scale),
            (UsageKey::CACHE_READ_TOKENS, 20_011.0 * scale),
            (UsageKey::CACHE_WRITE_TOKENS, 30_013.0 * scale),
            (UsageKey::CACHE_WRITE_1H_TOKENS, 10_007.0 * scale),
            (UsageKey::OUTPUT_TOKENS, 70_001.0 * scale),
        ];
        answer(provider, model, date, &used).map(|found| found.total_price.to_bits()).map_err(|error| error.kind())
    };
    Ok([total(1.0)?, total(10.0)?])
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
    match answer(provider, model, date, used) {
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

/// What the price list says of a request at noon of a day.
fn answer(
    provider: &str,
    model: &str,
    date: NaiveDate,
    used: &[(UsageKey, f64)],
) -> genai_prices::Result<PriceCalculation> {
    let usage: Usage = used.iter().map(|(key, tokens)| (key.clone(), *tokens)).collect();
    let noon = date.and_hms_opt(12, 0, 0).unwrap_or_default().and_utc();
    let request = PriceRequest::new(model, &usage).with_provider_id(provider).with_timestamp(noon);
    Calculator::bundled().calculate(&request)
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

    /// Models of every provider, and months in which prices changed: what is remembered of a month is what each day says.
    #[test]
    fn a_month_is_asked_once_and_says_what_each_day_says() {
        let book = PriceBook::default();
        let mut changes = 0;
        for provider in Calculator::bundled().providers() {
            for model in provider.models().step_by(7) {
                let (provider, model) = (provider.id(), model.id());
                for month in ["2026-08", "2026-10"].map(|month| month.parse::<Month>().unwrap()) {
                    let first = month.first_day();
                    let last = month.plus(1).first_day().pred_opt().unwrap();
                    let days: Vec<_> =
                        first.iter_days().take_while(|day| *day <= last).map(|day| ask(provider, model, day)).collect();
                    for (day, said) in first.iter_days().zip(&days) {
                        assert_eq!(&book.price(provider, model, "", day), said, "{provider} {model} {day}");
                    }
                    let even = days.iter().all(|said| *said == days[0]);
                    assert_eq!(book.is_even(provider, model, "", first, last), even, "{provider} {model} {month}");
                    changes += usize::from(!even);
                }
            }
        }
        assert!(changes > 0, "some price changed within a month");
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
