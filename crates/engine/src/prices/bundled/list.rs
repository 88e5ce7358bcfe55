//! The bundled list as rows of the price book, for those who look through it: prices at noon of a day, in every
//! service tier that has prices of its own.

use chrono::NaiveDate;
use genai_prices::{Calculator, UsageKey};
use marginline_model::Currency;
use marginline_model::prices::tokens::Ladder;
use marginline_model::prices::{Per, Price, Purchase, Resource, TokenClass};
use marginline_model::scenario::Evidence;

use super::{NOON, Question, print};

/// Service tiers that the list may know, the standard one first.
const TIERS: [&str; 5] = ["", "batch", "flex", "priority", "fast"];

/// What tells the prices of one day from those of another, by tier.
pub type Prints = [Option<[u64; 3]>; TIERS.len()];

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

/// What tells the prices of a day from those of another; `None` when the list has none.
#[must_use]
pub fn prints(provider: &str, model: &str, day: NaiveDate) -> Option<Prints> {
    let prints = TIERS.map(|tier| print(&Question { provider, model, tier }, day, NOON).ok());
    prints[0].is_some().then_some(prints)
}

/// Prices of a model on a day, by class, tier and prompt length. Each says the day it was asked for as its first. The
/// model may be called by any name that the list takes for it.
#[must_use]
pub fn prices(provider: &str, model: &str, day: NaiveDate) -> Vec<Price> {
    let of_tier = |tier| Question { provider, model, tier };
    let Ok(found) = of_tier("").answer(day, NOON, &[(UsageKey::INPUT_TOKENS, 1_000.0)]) else { return Vec::new() };
    let is_free = found.model_id.ends_with(":free");
    let Ok(usual) = of_tier("").in_hours(day, NOON, is_free) else { return Vec::new() };
    let mut rows = Vec::new();
    for tier in TIERS {
        let Ok(hours) = of_tier(tier).in_hours(day, NOON, is_free) else { continue };
        for (class, (own, usual)) in TokenClass::ALL.iter().zip(hours.classes.iter().zip(&usual.classes)) {
            // A tier that the list does not have comes back at the standard price.
            let is_own =
                tier.is_empty() || usual.as_ref().map(|usual| &usual.steps) != own.as_ref().map(|own| &own.steps);
            if let (Ok(ladder), true) = (own, is_own) {
                rows.extend(steps(ladder, *class).map(|price| Price {
                    provider: provider.to_owned(),
                    item: model.to_owned(),
                    service_tier: tier.to_owned(),
                    valid_from: day,
                    observed: day,
                    ..price
                }));
            }
        }
    }
    rows
}

fn steps(ladder: &Ladder, class: TokenClass) -> impl Iterator<Item = Price> + '_ {
    ladder.steps.iter().map(move |(above_tokens, amount)| Price {
        resource: Resource::Tokens,
        provider: String::new(),
        item: String::new(),
        class: class.id().to_owned(),
        region: String::new(),
        purchase: Purchase::OnDemand,
        service_tier: String::new(),
        above_tokens: *above_tokens,
        window: None,
        per: Per::Mtok,
        amount: *amount,
        free_per_month_nanos: 0,
        currency: Currency::USD,
        contract: String::new(),
        valid_from: NaiveDate::MIN,
        valid_to: None,
        source: ladder.source.clone(),
        observed: NaiveDate::MIN,
        evidence: Evidence::Published,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Anthropic's page: Sonnet 4.5 at 3 and 15 USD, and at 6 and 22.50 for prompts of more than 200,000 tokens.
    #[test]
    fn thresholds_are_found_to_the_token() {
        let found = prices("anthropic", "claude-sonnet-4-5", "2026-10-15".parse().unwrap());
        let of = |class: TokenClass| -> Vec<(u64, String)> {
            let standard = found.iter().filter(|price| price.service_tier.is_empty());
            standard.filter(|p| p.class == class.id()).map(|p| (p.above_tokens, p.amount.to_string())).collect()
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
