//! Bundled list prices of our own, `data/list_prices.csv`: what other lists leave out. Prices of service tiers and
//! regions, fees of searches and sessions, storage, egress, provisioned throughput. Columns are those of the format
//! `prices`, so that the file can be imported as well; every row has its source and the day it was seen.

use std::collections::{BTreeSet, HashMap};
use std::sync::OnceLock;

use chrono::NaiveDate;
use marginline_model::prices::{Price, Purchase, Resource};
use marginline_model::scenario::Evidence;
use marginline_model::{Currency, Exact, Money};

use super::catalogue::rows;

const PRICES: &str = include_str!("../../data/list_prices.csv");

/// Every row, in the order of the file.
#[must_use]
pub fn all() -> &'static [Price] {
    static ALL: OnceLock<Vec<Price>> = OnceLock::new();
    ALL.get_or_init(|| rows(PRICES).filter_map(|row| price(&row)).collect())
}

/// What is listed of a provider.
#[derive(Debug, Default)]
pub(super) struct OfProvider {
    /// By item in small letters.
    items: HashMap<String, Vec<&'static Price>>,
    /// Service tiers that tokens are listed in, and whether only of named regions.
    tiers: BTreeSet<(&'static str, bool)>,
    /// Days on which some price begins or ends.
    pub days: BTreeSet<NaiveDate>,
}

impl OfProvider {
    /// May it have a price of tokens in a service tier and region? Most usage is in none that costs more.
    pub fn may_serve(&self, tier: &str, region: &str) -> bool {
        self.tiers.iter().any(|(known, is_regional)| *known == tier && (!is_regional || !region.is_empty()))
    }

    /// Prices of an item.
    pub fn prices(&self, item: &str) -> &[&'static Price] {
        self.items.get(&item.to_lowercase()).map_or(&[], Vec::as_slice)
    }

    /// The dearest that holds on a day, of a class in US dollars.
    pub fn dearest(&self, resource: Resource, class: &str, day: NaiveDate) -> Option<Money> {
        let prices = self.items.values().flatten();
        let fits = prices.filter(|price| price.resource == resource && price.class == class && price.holds_on(day));
        fits.filter(|price| price.currency == Currency::USD).map(|price| price.amount).max()
    }
}

/// What is listed of a provider, by its id.
pub(super) fn of(provider: &str) -> Option<&'static OfProvider> {
    static ALL: OnceLock<HashMap<&'static str, OfProvider>> = OnceLock::new();
    let by_provider = ALL.get_or_init(|| {
        let mut found: HashMap<&'static str, OfProvider> = HashMap::new();
        for price in all() {
            let known = found.entry(&price.provider).or_default();
            known.items.entry(price.item.to_lowercase()).or_default().push(price);
            known.days.extend([Some(price.valid_from), price.valid_to].into_iter().flatten());
            if price.resource == Resource::Tokens {
                known.tiers.insert((&price.service_tier, !price.region.is_empty()));
            }
        }
        found
    });
    by_provider.get(provider)
}

fn price(row: &[String]) -> Option<Price> {
    let [
        resource,
        provider,
        item,
        class,
        region,
        service_tier,
        above_tokens,
        per,
        amount,
        free_per_month,
        currency,
        valid_from,
        valid_to,
        source,
        observed,
    ] = row
    else {
        return None;
    };
    let number = |text: &String| if text.is_empty() { Some(0) } else { text.parse().ok() };
    let end: Option<NaiveDate> = if valid_to.is_empty() { None } else { Some(valid_to.parse().ok()?) };
    Some(Price {
        resource: resource.parse().ok()?,
        provider: provider.clone(),
        item: item.clone(),
        class: class.clone(),
        region: region.clone(),
        purchase: Purchase::OnDemand,
        service_tier: service_tier.clone(),
        above_tokens: number(above_tokens)?,
        window: None,
        per: per.parse().ok()?,
        amount: Money::parse(amount).ok()?,
        free_per_month_nanos: free(free_per_month)?,
        currency: Currency::parse(currency).ok()?,
        contract: String::new(),
        valid_from: valid_from.parse().ok()?,
        valid_to: end,
        source: source.clone(),
        observed: observed.parse().ok()?,
        evidence: Evidence::Published,
    })
}

/// A quantity in nanos; none without it.
fn free(text: &str) -> Option<u64> {
    if text.is_empty() {
        return Some(0);
    }
    u64::try_from(Exact::parse(text).ok()?.to_money().ok()?.attos() / 1_000_000_000).ok()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use marginline_model::prices::{ANY_REGION, TokenClass};

    use super::*;
    use crate::prices::regions;

    #[test]
    fn every_row_is_read_names_its_source_and_stands_once() {
        assert_eq!(all().len(), PRICES.lines().count() - 1, "a row of list_prices.csv cannot be read");
        let mut seen = HashSet::new();
        for price in all() {
            assert!(!price.source.is_empty() && price.amount >= Money::ZERO, "{price:?}");
            assert!(price.valid_from <= price.observed && price.valid_to.is_none_or(|end| end > price.valid_from));
            assert_eq!(crate::import::provider_id(&price.provider), price.provider);
            let place = [&price.provider, &price.item, &price.class, &price.region, &price.service_tier];
            assert!(seen.insert((price.resource, place, price.above_tokens, price.valid_from)), "twice: {price:?}");
        }
    }

    #[test]
    fn regions_are_known_and_classes_are_words() {
        for price in all() {
            let known = ["", ANY_REGION, "us", "eu", "global"].contains(&price.region.as_str())
                || regions::find(&price.provider, &price.region).is_some();
            assert!(known, "{} {} is not in regions.csv", price.provider, price.region);
            assert!(price.resource != Resource::Tokens || price.class.parse::<TokenClass>().is_ok(), "{price:?}");
        }
    }
}
