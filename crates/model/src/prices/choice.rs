//! Which price applies.
//!
//! Within one layer of prices: a region's own price before one for all regions that are named before one that names
//! none, the service tier exactly, and of those
//! that hold on the day the one that began last, then the one that was given last. All context tiers of a class come
//! from that one's source and first day, so that two lists are never mixed in one ladder.

use chrono::NaiveDate;

use super::tokens::Ladder;
use super::{ANY_REGION, Per, Price, Purchase, Resource, TokenClass};
use crate::Money;

/// For what a price is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked<'a> {
    /// Service tier; empty is standard.
    pub service_tier: &'a str,
    /// Region; empty is unknown.
    pub region: &'a str,
    /// Day of use.
    pub day: NaiveDate,
    /// Minute of the day.
    pub minute: u16,
}

/// What a layer says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found<T> {
    /// A price.
    Price(T),
    /// The class is taken off the list, or its price cannot be used; why.
    Withdrawn(String),
    /// Nothing: the next layer is asked.
    Nothing,
}

/// The price of a token class in a layer; `prices` are those of one provider and model, in the order given.
#[must_use]
pub fn ladder(prices: &[&Price], class: TokenClass, asked: Asked<'_>) -> Found<Ladder> {
    let of_class = |price: &&&Price| price.resource == Resource::Tokens && price.class == class.id();
    match chosen(prices.iter().filter(of_class).copied(), asked) {
        None => Found::Nothing,
        Some(first) if first.is_withdrawal() => {
            Found::Withdrawn(format!("{} takes its price off the list", first.source))
        }
        Some(first) => steps(prices.iter().filter(of_class).copied(), first),
    }
}

/// The fee of a request in a layer.
#[must_use]
pub fn fee(prices: &[&Price], asked: Asked<'_>) -> Found<Ladder> {
    let of_class = |price: &&&Price| price.resource == Resource::Request && price.class.is_empty();
    match chosen(prices.iter().filter(of_class).copied(), asked) {
        None => Found::Nothing,
        Some(first) if first.is_withdrawal() => {
            Found::Withdrawn(format!("{} takes its fee off the list", first.source))
        }
        Some(first) => steps(prices.iter().filter(of_class).copied(), first),
    }
}

/// The price of one of anything that has no token classes: a GPU's hour, a search.
#[must_use]
pub fn single<'a>(prices: &[&'a Price], purchase: Purchase, asked: Asked<'_>) -> Found<&'a Price> {
    match newest(prices.iter().copied().filter(|price| price.purchase == purchase), asked) {
        None => Found::Nothing,
        Some(price) if price.is_withdrawal() => {
            Found::Withdrawn(format!("{} takes its price off the list", price.source))
        }
        Some(price) => Found::Price(price),
    }
}

/// Percent off list prices, and the contract that says so.
#[must_use]
pub fn discount<'a>(prices: &[&'a Price], class: &str, asked: Asked<'_>) -> Option<&'a Price> {
    let fits = |price: &&Price| {
        price.resource == Resource::Discount
            && (price.class.is_empty() || price.class == class)
            && (price.service_tier.is_empty() || price.service_tier == asked.service_tier)
            && (price.region.is_empty() || price.region == asked.region)
            && price.holds_on(asked.day)
            && price.window.is_none_or(|window| window.has(asked.day, asked.minute))
    };
    let rank = |price: &&Price| {
        let named = [&price.item, &price.class, &price.service_tier, &price.region];
        (named.map(|word| !word.is_empty()), price.valid_from)
    };
    // Of equal ranks the last one given is taken.
    prices.iter().copied().filter(fits).max_by_key(rank)
}

/// An amount less a discount; `None` where that is no percentage.
#[must_use]
pub fn discounted(amount: Money, discount: &Price) -> Option<Money> {
    // A percentage is taken to six decimals.
    let off = discount.amount.attos() / 1_000_000_000_000;
    (0..=100_000_000).contains(&off).then(|| amount.times(100_000_000 - off, 100_000_000))?
}

fn chosen<'a>(prices: impl Iterator<Item = &'a Price> + Clone, asked: Asked<'_>) -> Option<&'a Price> {
    newest(prices.filter(|price| price.purchase == Purchase::OnDemand), asked)
}

fn newest<'a>(prices: impl Iterator<Item = &'a Price> + Clone, asked: Asked<'_>) -> Option<&'a Price> {
    let fits = move |price: &&Price| {
        price.service_tier == asked.service_tier
            && (price.holds_on(asked.day) || (price.is_withdrawal() && price.valid_from <= asked.day))
            && price.window.is_none_or(|window| window.has(asked.day, asked.minute))
    };
    // Of equals the last one given is taken, and hours of the day before the whole of it.
    let newest = |region: &str| {
        let there = prices.clone().filter(|price| price.region == region).filter(fits);
        there.max_by_key(|price| (price.valid_from, price.window.is_some()))
    };
    let named = !asked.region.is_empty();
    newest(asked.region).or_else(|| if named { newest(ANY_REGION) } else { None }).or_else(|| newest(""))
}

fn steps<'a>(prices: impl Iterator<Item = &'a Price>, first: &Price) -> Found<Ladder> {
    let mut steps: Vec<(u64, Money)> = Vec::new();
    for price in prices.filter(|price| {
        price.source == first.source
            && price.valid_from == first.valid_from
            && price.region == first.region
            && price.service_tier == first.service_tier
            && price.window == first.window
            && price.contract == first.contract
            && price.currency == first.currency
            && price.purchase == first.purchase
            && !price.is_withdrawal()
    }) {
        match steps.iter_mut().find(|(above, _)| *above == price.above_tokens) {
            Some(step) => step.1 = price.amount,
            None => steps.push((price.above_tokens, price.amount)),
        }
    }
    steps.sort_unstable_by_key(|(above, _)| *above);
    match steps.first() {
        Some((0, _)) => {
            let free = first.free_per_month_nanos / if first.per == Per::Mtok { 1_000 } else { 1_000_000_000 };
            Found::Price(Ladder { steps, currency: first.currency, source: first.source.clone(), free })
        }
        Some((above, _)) => Found::Withdrawn(format!("{} has no price up to {above} tokens", first.source)),
        None => Found::Nothing,
    }
}

#[cfg(test)]
#[path = "choice_tests.rs"]
mod tests;
