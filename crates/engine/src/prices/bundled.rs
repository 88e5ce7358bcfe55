//! The bundled list of token prices as rows of the price book, asked for when somebody looks.
//!
//! The crate tells what a request costs on a day, not what its rows are: prices are read off requests of one class at
//! a time, thresholds of long prompts are found by halving, and days of change by asking each day.

use chrono::NaiveDate;
use genai_prices::{Calculator, PriceCalculation, PriceRequest, Usage, UsageKey};
use marginline_model::Money;
use marginline_model::prices::{Per, Price, Purchase, Resource, TokenClass};
use marginline_model::scenario::Evidence;

use super::SOURCE;

/// Below every threshold, and above every one.
const SHORT: u64 = 1_000;
const LONG: u64 = 4_000_000;

/// Providers and models of the list that somebody wants.
#[must_use]
pub fn models(wanted: impl Fn(&str, &str) -> bool) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for provider in Calculator::bundled().providers() {
        for model in provider.models() {
            if wanted(provider.id(), model.id()) {
                found.push((provider.id().to_owned(), model.id().to_owned()));
            }
        }
    }
    found
}

/// What tells the prices of one day from those of another; `None` when the list has none.
#[must_use]
pub fn print(provider: &str, model: &str, date: NaiveDate) -> Option<[u64; 2]> {
    let total = |scale: f64| {
        let used = [
            (UsageKey::INPUT_TOKENS, 100_000.0 * scale),
            (UsageKey::CACHE_READ_TOKENS, 20_011.0 * scale),
            (UsageKey::CACHE_WRITE_TOKENS, 30_013.0 * scale),
            (UsageKey::CACHE_WRITE_1H_TOKENS, 10_007.0 * scale),
            (UsageKey::OUTPUT_TOKENS, 70_001.0 * scale),
        ];
        answer(provider, model, date, &used).map(|found| found.total_price.to_bits())
    };
    Some([total(1.0)?, total(10.0)?])
}

/// Prices of a model on a day, by class and prompt length. Each says the day it was asked for as its first.
#[must_use]
pub fn prices(provider: &str, model: &str, date: NaiveDate) -> Vec<Price> {
    let ask = Ask { provider, model, date };
    let mut found: Vec<Price> = ask.classes(SHORT, 0);
    for threshold in ask.thresholds(SHORT, LONG) {
        found.extend(ask.classes(threshold, threshold - 1));
    }
    found
}

struct Ask<'a> {
    provider: &'a str,
    model: &'a str,
    date: NaiveDate,
}

impl Ask<'_> {
    /// USD per million tokens of input, where `classes` of it are all of it.
    fn input(&self, tokens: u64, classes: &[UsageKey]) -> Option<Money> {
        let used: Vec<_> = std::iter::once((UsageKey::INPUT_TOKENS, tokens as f64))
            .chain(classes.iter().map(|class| (class.clone(), tokens as f64)))
            .collect();
        answer(self.provider, self.model, self.date, &used).and_then(|found| per_mtok(found.input_price, tokens))
    }

    fn output(&self, tokens: u64) -> Option<Money> {
        let used = [(UsageKey::INPUT_TOKENS, tokens as f64), (UsageKey::OUTPUT_TOKENS, tokens as f64)];
        answer(self.provider, self.model, self.date, &used).and_then(|found| per_mtok(found.output_price, tokens))
    }

    /// Shortest prompts that cost another price a token than shorter ones.
    fn thresholds(&self, low: u64, high: u64) -> Vec<u64> {
        let at = |tokens: u64| self.input(tokens, &[]);
        let (mut low, mut found) = (low, Vec::new());
        while at(low) != at(high) && found.len() < 8 {
            let price = at(low);
            let (mut same, mut other) = (low, high);
            while other - same > 1 {
                let middle = same.midpoint(other);
                if at(middle) == price { same = middle } else { other = middle }
            }
            found.push(other);
            low = other;
        }
        found
    }

    /// Every class that has a price of its own. One inside another that has none comes back at the outer one's price.
    fn classes(&self, tokens: u64, above: u64) -> Vec<Price> {
        let input = self.input(tokens, &[]);
        let own =
            |classes: &[UsageKey], outer: Option<Money>| self.input(tokens, classes).filter(|p| Some(*p) != outer);
        let five = own(&[UsageKey::CACHE_WRITE_TOKENS], input);
        let hour = own(&[UsageKey::CACHE_WRITE_TOKENS, UsageKey::CACHE_WRITE_1H_TOKENS], five.or(input));
        let free = input == Some(Money::ZERO);
        let output = self.output(tokens).filter(|price| free || *price != Money::ZERO);
        [
            (TokenClass::Input, input),
            (TokenClass::CacheRead, own(&[UsageKey::CACHE_READ_TOKENS], input)),
            (TokenClass::CacheWrite5m, five),
            (TokenClass::CacheWrite1h, hour),
            (TokenClass::Output, output),
        ]
        .into_iter()
        .filter_map(|(class, amount)| Some(self.price(class, above, amount?)))
        .collect()
    }

    fn price(&self, class: TokenClass, above_tokens: u64, amount: Money) -> Price {
        Price {
            resource: Resource::Tokens,
            provider: self.provider.to_owned(),
            item: self.model.to_owned(),
            class: class.id().to_owned(),
            region: String::new(),
            purchase: Purchase::OnDemand,
            service_tier: String::new(),
            above_tokens,
            window: None,
            per: Per::Mtok,
            amount,
            currency: super::catalogue::us_dollar(),
            contract: String::new(),
            valid_from: self.date,
            valid_to: None,
            source: SOURCE.to_owned(),
            observed: self.date,
            evidence: Evidence::Published,
        }
    }
}

/// The price of so many tokens as USD per million, read to 10⁻⁹.
fn per_mtok(price: f64, tokens: u64) -> Option<Money> {
    Money::parse(&format!("{:.9}", price * 1_000_000.0 / tokens as f64)).ok()
}

/// What the list says of a request at noon of a day.
fn answer(provider: &str, model: &str, date: NaiveDate, used: &[(UsageKey, f64)]) -> Option<PriceCalculation> {
    let usage: Usage = used.iter().map(|(key, tokens)| (key.clone(), *tokens)).collect();
    let noon = date.and_hms_opt(12, 0, 0).unwrap_or_default().and_utc();
    let request = PriceRequest::new(model, &usage).with_provider_id(provider).with_timestamp(noon);
    Calculator::bundled().calculate(&request).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Anthropic's page: Sonnet 4.5 at 3 and 15 USD, and at 6 and 22.50 for prompts of more than 200,000 tokens.
    #[test]
    fn thresholds_are_found_to_the_token() {
        let found = prices("anthropic", "claude-sonnet-4-5", "2026-10-15".parse().unwrap());
        let of = |class: TokenClass| -> Vec<(u64, String)> {
            found.iter().filter(|p| p.class == class.id()).map(|p| (p.above_tokens, p.amount.to_string())).collect()
        };
        assert_eq!(of(TokenClass::Input), [(0, "3".to_owned()), (200_000, "6".to_owned())]);
        assert_eq!(of(TokenClass::Output), [(0, "15".to_owned()), (200_000, "22.5".to_owned())]);
    }

    #[test]
    fn a_class_without_a_price_of_its_own_is_absent() {
        let found = prices("openai", "gpt-5-mini", "2026-10-15".parse().unwrap());
        assert!(found.iter().any(|price| price.class == "cache_read"));
        assert!(found.iter().all(|price| price.class != "cache_write_5m"), "{found:?}");
        assert_eq!(prices("openai", "no-such-model-at-all", "2026-10-15".parse().unwrap()), []);
    }
}
