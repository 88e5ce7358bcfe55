use proptest::prelude::*;

use super::*;
use crate::Currency;
use crate::prices::Per;
use crate::scenario::Evidence;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn usd(units: i64) -> Money {
    Money::from_units(units)
}

fn input(from: &str, units: i64) -> Price {
    Price {
        resource: Resource::Tokens,
        provider: "acme".into(),
        item: "a-1".into(),
        class: "input".into(),
        region: String::new(),
        purchase: Purchase::OnDemand,
        service_tier: String::new(),
        above_tokens: 0,
        window: None,
        per: Per::Mtok,
        amount: usd(units),
        free_per_month_nanos: 0,
        currency: Currency::USD,
        contract: String::new(),
        valid_from: day(from),
        valid_to: None,
        source: "own".into(),
        observed: day(from),
        evidence: Evidence::Published,
    }
}

fn on(date: &str) -> Asked<'static> {
    Asked { service_tier: "", region: "", day: day(date), minute: 0 }
}

fn of(prices: &[Price], asked: Asked<'_>) -> Found<Vec<(u64, Money)>> {
    let prices: Vec<&Price> = prices.iter().collect();
    match ladder(&prices, TokenClass::Input, asked) {
        Found::Price(ladder) => Found::Price(ladder.steps),
        Found::Withdrawn(reason) => Found::Withdrawn(reason),
        Found::Nothing => Found::Nothing,
    }
}

fn flat(units: i64) -> Found<Vec<(u64, Money)>> {
    Found::Price(vec![(0, usd(units))])
}

#[test]
fn the_newest_that_holds_wins_then_the_last_given() {
    let spring = Price { valid_to: Some(day("2026-06-01")), ..input("2026-03-01", 2) };
    let prices = [input("2026-01-01", 3), spring, input("2026-09-01", 5), input("2026-09-01", 4)];
    assert_eq!(of(&prices, on("2025-12-31")), Found::Nothing);
    assert_eq!(of(&prices, on("2026-05-31")), flat(2));
    assert_eq!(of(&prices, on("2026-06-01")), flat(3), "the offer is over");
    assert_eq!(of(&prices, on("2026-09-01")), flat(4));
}

#[test]
fn a_region_goes_first_and_a_tier_is_matched_exactly() {
    let europe = Price { region: "eu".into(), ..input("2026-01-01", 7) };
    let batch = Price { service_tier: "batch".into(), ..input("2026-01-01", 1) };
    let prices = [input("2026-02-01", 3), europe, batch];
    assert_eq!(of(&prices, Asked { region: "eu", ..on("2026-03-01") }), flat(7));
    assert_eq!(of(&prices, Asked { region: "us", ..on("2026-03-01") }), flat(3));
    assert_eq!(of(&prices, Asked { service_tier: "batch", ..on("2026-03-01") }), flat(1));
    assert_eq!(of(&prices, Asked { service_tier: "bacth", ..on("2026-03-01") }), Found::Nothing);
}

#[test]
fn tiers_of_two_lists_are_never_mixed() {
    let long = |from: &str, units| Price { above_tokens: 200_000, ..input(from, units) };
    let prices = [input("2026-01-01", 3), long("2026-01-01", 6), input("2026-05-01", 2)];
    assert_eq!(of(&prices, on("2026-04-01")), Found::Price(vec![(0, usd(3)), (200_000, usd(6))]));
    assert_eq!(of(&prices, on("2026-05-01")), flat(2), "the newer list has one price for all prompts");
    assert!(matches!(of(&[long("2026-01-01", 6)], on("2026-04-01")), Found::Withdrawn(_)), "nothing for short prompts");
}

#[test]
fn a_price_of_no_day_takes_the_class_off_the_list() {
    let gone = Price { valid_to: Some(day("2026-05-01")), ..input("2026-05-01", 0) };
    let prices = [input("2026-01-01", 3), gone, input("2026-08-01", 4)];
    assert_eq!(of(&prices, on("2026-04-30")), flat(3));
    assert!(matches!(of(&prices, on("2026-05-01")), Found::Withdrawn(_)));
    assert_eq!(of(&prices, on("2026-08-01")), flat(4));
}

#[test]
fn hours_of_the_day_go_before_the_whole_of_it() {
    let night = Price { window: Some("16:30-00:30".parse().unwrap()), ..input("2026-01-01", 1) };
    let prices = [night, input("2026-01-01", 3)];
    let at = |minute| of(&prices, Asked { minute, ..on("2026-02-01") });
    assert_eq!([at(29), at(30), at(989), at(990)], [flat(1), flat(3), flat(3), flat(1)]);
}

/// Half price all weekend; 2026-02-06 is a Friday.
#[test]
fn days_of_the_week_are_matched_like_hours() {
    let weekend = Price { window: Some("00:00-00:00 sat,sun".parse().unwrap()), ..input("2026-01-01", 1) };
    let prices = [weekend, input("2026-01-01", 2)];
    assert_eq!(
        ["2026-02-06", "2026-02-07", "2026-02-09"].map(|date| of(&prices, on(date))),
        [flat(2), flat(1), flat(2)]
    );
}

#[test]
fn a_price_of_every_named_region_stands_between() {
    let at = |region: &str, units| Price { region: region.into(), ..input("2026-01-01", units) };
    let prices = [at("*", 11), at("global", 10), input("2026-01-01", 9)];
    let asked = |region| of(&prices, Asked { region, ..on("2026-02-06") });
    assert_eq!([asked("global"), asked("eu-west-1"), asked("")], [flat(10), flat(11), flat(9)]);
}

#[test]
fn a_free_quantity_comes_with_the_price() {
    let price = Price { free_per_month_nanos: 2_500_000_000, ..input("2026-01-01", 1) };
    let Found::Price(found) = ladder(&[&price], TokenClass::Input, on("2026-02-06")) else { panic!() };
    assert_eq!(found.free, 2_500_000, "2.5 million tokens");
    let fee_price = Price { resource: Resource::Request, class: String::new(), per: Per::Request, ..price };
    let Found::Price(found) = fee(&[&fee_price], on("2026-02-06")) else { panic!() };
    assert_eq!(found.free, 2, "whole requests");
}

#[test]
fn a_discount_of_the_model_goes_before_the_providers() {
    let percent = |item: &str, units: i64| Price {
        resource: Resource::Discount,
        item: item.into(),
        class: String::new(),
        per: Per::Percent,
        contract: "C-1".into(),
        ..input("2026-01-01", units)
    };
    let (all, model) = (percent("", 10), percent("a-1", 25));
    let of = |prices: &[&Price]| discount(prices, "input", on("2026-02-01")).unwrap().amount;
    assert_eq!((of(&[&model, &all]), of(&[&all])), (usd(25), usd(10)));
    assert_eq!(discounted(usd(8), &model), Some(usd(6)));
    assert_eq!(discounted(usd(8), &percent("", 101)), None, "more than all of it is no discount");
}

proptest! {
    /// A price that begins later changes no earlier day.
    #[test]
    fn a_later_price_never_changes_an_earlier_day(
        begins in prop::collection::vec((0..365u64, 1..100i64), 0..8),
        later in 1..365u64,
        before in 1..365u64,
        ends in 0..3u64,
    ) {
        let start = day("2026-01-01");
        let at = |days: u64| start + chrono::Days::new(days);
        let mut prices: Vec<Price> =
            begins.iter().map(|(days, units)| Price { valid_from: at(*days), ..input("2026-01-01", *units) }).collect();
        let asked = Asked { day: at(later.saturating_sub(before)), ..on("2026-01-01") };
        let earlier = of(&prices, asked);
        prices.push(Price { valid_from: at(later), valid_to: (ends > 0).then(|| at(later + ends - 1)), ..input("2026-01-01", 999) });
        prop_assert!(asked.day < at(later));
        prop_assert_eq!(of(&prices, asked), earlier);
    }
}
