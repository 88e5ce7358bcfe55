//! Bundled list prices of our own, `data/list_prices.csv`: what other lists leave out. Prices of service tiers and
//! regions, fees of searches and sessions, storage, egress, provisioned throughput. Columns are those of the format
//! `prices`, so that the file can be imported as well; every row has its source and the day it was seen.

use std::sync::OnceLock;

use chrono::NaiveDate;
use marginline_model::prices::{Price, Purchase};
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

    use marginline_model::prices::{ANY_REGION, Resource, TokenClass};

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
