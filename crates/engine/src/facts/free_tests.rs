//! A box of which ten hours a month are free, and a model with a million free tokens.

use std::sync::Arc;

use marginline_model::prices::tokens::Prompts;
use marginline_model::prices::{Per, Price, Purchase, Resource};
use marginline_model::scenario::Evidence;
use marginline_model::{Currency, Money};
use marginline_store::prices::StoredPrice;
use marginline_store::token_usage::Tokens;
use proptest::prelude::*;

use super::*;
use crate::prices::Layers;
use crate::rules::{DEFAULT_RULES, Rules};

const NANOS: i128 = 1_000_000_000;

fn price(resource: Resource, item: &str, class: &str, per: Per, free_per_month_nanos: u64) -> Price {
    let day = "2026-01-01".parse().unwrap();
    Price {
        resource,
        provider: "house".into(),
        item: item.into(),
        class: class.into(),
        region: String::new(),
        purchase: Purchase::OnDemand,
        service_tier: String::new(),
        above_tokens: 0,
        window: None,
        per,
        amount: Money::from_units(2),
        free_per_month_nanos,
        currency: Currency::USD,
        contract: String::new(),
        valid_from: day,
        valid_to: None,
        source: "our list".into(),
        observed: day,
        evidence: Evidence::Published,
    }
}

fn book() -> PriceBook {
    let prices = [
        price(Resource::Session, "box", "", Per::Hour, 10_000_000_000),
        price(Resource::Tokens, "house-1", "input", Per::Mtok, 1_000_000_000),
    ];
    let stored = prices.into_iter().map(|price| StoredPrice { id: 1, batch: 1, price }).collect();
    PriceBook::new(Arc::default(), Layers::new(stored, &[(1, "prices".into())], &[]))
}

fn keys() -> HashMap<i64, UsageKey> {
    let hours = |project: &str| UsageKey {
        provider: "house".into(),
        model: "box".into(),
        unit: "hours".into(),
        project: project.into(),
        ..UsageKey::default()
    };
    let tokens = UsageKey { model: "house-1".into(), unit: String::new(), ..hours("") };
    [(1, hours("a")), (2, hours("b")), (3, tokens)].into()
}

fn sum(key: i64, day: &str, quantity: i128, input: u64) -> UsageSum {
    UsageSum {
        key,
        first_day: day.into(),
        last_day: day.into(),
        requests: 1,
        requests_missing: 0,
        tokens: Tokens { input, ..Tokens::default() },
        reasoning: 0,
        output_untold: 0,
        prompts: Prompts::Unknown,
        quantity_nanos: quantity * NANOS,
        claimed_usd: Money::ZERO,
        claimed_missing: 1,
        format: "token-usage".into(),
    }
}

fn shares(sums: &[UsageSum]) -> Vec<Free> {
    let (keys, aliases) = (keys(), Rules::parse(DEFAULT_RULES).unwrap().aliases());
    of(&keys, sums, &Counted::of(&keys, sums), &book(), (&aliases, None)).unwrap()
}

#[test]
fn a_month_is_drawn_by_day_whatever_the_order_of_rows_and_the_next_begins_anew() {
    let sums = [
        sum(2, "2026-03-09", 6, 0),
        sum(1, "2026-03-09", 3, 0),
        sum(1, "2026-03-02", 4, 0),
        sum(1, "2026-03-31", 5, 0),
        sum(1, "2026-04-01", 5, 0),
        sum(3, "2026-03-02", 0, 700_000),
        sum(3, "2026-03-03", 0, 700_000),
    ];
    let free = shares(&sums);
    let hours: Vec<i128> = free[..5].iter().map(|free| free.quantity_nanos).collect();
    assert_eq!(hours, [4 * NANOS, 2 * NANOS, 4 * NANOS, 0, 5 * NANOS], "6 are left on the 9th: two thirds and one");
    assert_eq!([free[5].tokens.classes[0], free[6].tokens.classes[0]], [700_000, 300_000], "tokens have their own");
    assert_eq!(free[5].quantity_nanos, 0);
}

proptest! {
    /// All that may be free is given, never more, and the order of rows does not matter.
    #[test]
    fn what_is_given_is_the_smaller_of_use_and_what_is_free(
        used in prop::collection::vec((1..3i64, 1..29u32, 0..8i128), 1..12), turn in 0..12usize,
    ) {
        let mut sums: Vec<UsageSum> =
            used.iter().map(|(key, day, hours)| sum(*key, &format!("2026-03-{day:02}"), *hours, 0)).collect();
        let total: i128 = sums.iter().map(|sum| sum.quantity_nanos).sum();
        let before = shares(&sums);
        prop_assert_eq!(before.iter().map(|free| free.quantity_nanos).sum::<i128>(), total.min(10 * NANOS));
        prop_assert!(before.iter().zip(&sums).all(|(free, sum)| free.quantity_nanos <= sum.quantity_nanos));
        let by_day = |sums: &[UsageSum], shares: &[Free]| {
            let mut days: BTreeMap<String, i128> = BTreeMap::new();
            for (sum, free) in sums.iter().zip(shares) {
                *days.entry(sum.first_day.clone()).or_default() += free.quantity_nanos;
            }
            days
        };
        let told = by_day(&sums, &before);
        let turn = turn % sums.len();
        sums.rotate_left(turn);
        prop_assert_eq!(by_day(&sums, &shares(&sums)), told);
    }
}
