//! Two months by hand, and what must hold of any two.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

fn api(tokens: f64, list: f64, hit: f64, negotiated: f64) -> TokenLine {
    TokenLine {
        tokens,
        placement: "api".into(),
        currency: "USD".into(),
        price: LinePrice::Api {
            list_per_mtok: list,
            cache_read_per_mtok: Some(list / 10.0),
            cache_hit: hit,
            negotiated,
        },
    }
}

fn month(requests: f64, lines: &[(&str, TokenLine)]) -> DriverMonth {
    DriverMonth {
        requests,
        lines: lines.iter().map(|(name, line)| ((*name).to_owned(), line.clone())).collect(),
        rates: BTreeMap::from([("USD".to_owned(), 1.0)]),
        other_cost: 0.0,
        revenue_volume: 0.0,
        revenue_price: 0.0,
        actual_gross_margin: None,
    }
}

fn effect(bridge: &DriverBridge, driver: Driver) -> String {
    let found = bridge.effects.iter().find(|effect| effect.drivers.contains(&driver)).unwrap();
    found.effect.to_string()
}

#[test]
fn requests_double_and_the_price_halves() {
    // 1,000 requests of 10,000 tokens at 10 per Mtok cost 100; 2,000 at 5 cost 100 as well. Requests alone cost 100
    // more or 50 more, the price saves 100 or 50: 75 each way.
    let from = month(1_000.0, &[("chat", api(1e7, 10.0, 0.0, 1.0))]);
    let to = month(2_000.0, &[("chat", api(2e7, 5.0, 0.0, 1.0))]);
    let bridge = driver_bridge(&from, &to).unwrap();
    assert_eq!((bridge.from.to_string(), bridge.to.to_string()), ("-100".to_owned(), "-100".to_owned()));
    assert_eq!(effect(&bridge, Driver::Requests), "-75");
    assert_eq!(effect(&bridge, Driver::ListPrice), "75");
    assert_eq!(effect(&bridge, Driver::Mix), "0");
    let said: Vec<&str> = bridge.effects.iter().map(|effect| effect.sentence.as_str()).collect();
    assert_eq!(said[0], "Customers and requests from 1,000 to 2,000 requests (+100.0 %): gross margin \u{2212}75.00.");
    assert_eq!(said[4], "List prices, chat from 10 to 5 per Mtok: gross margin +75.00.");
    assert_eq!(said[1], "Tokens per request did not move: gross margin 0.00.");
}

#[test]
fn a_line_on_a_gpu_of_its_own_takes_its_prices_with_it() {
    let from = month(1_000.0, &[("chat", api(1e9, 1.0, 0.0, 1.0)), ("code", api(1e9, 2.0, 0.0, 1.0))]);
    let mut to = from.clone();
    let gpu = LinePrice::Gpu { per_gpu_hour: 2.0, tokens_per_gpu_hour: 1e7, utilisation: 0.5 };
    to.lines.insert("chat".into(), TokenLine { price: gpu, placement: "h100".into(), ..to.lines["chat"].clone() });
    to.lines.insert("code".into(), api(1e9, 1.5, 0.0, 1.0));
    let bridge = driver_bridge(&from, &to).unwrap();
    assert_eq!(bridge.placed_elsewhere, ["chat"]);
    assert_eq!(effect(&bridge, Driver::Placement), "600", "1,000 becomes 1,000 Mtok × 0.4");
    assert_eq!(effect(&bridge, Driver::ListPrice), "500", "code alone, in dollars");
    assert_eq!(effect(&bridge, Driver::GpuRate), "0");
}

#[test]
fn a_currency_without_a_rate_before_joins_its_drivers() {
    let from = month(10.0, &[("chat", api(1e6, 10.0, 0.0, 1.0))]);
    let mut to = month(
        10.0,
        &[("chat", TokenLine { currency: "EUR".into(), placement: "eu".into(), ..api(1e6, 10.0, 0.0, 1.0) })],
    );
    to.rates = BTreeMap::from([("EUR".to_owned(), 1.2)]);
    let bridge = driver_bridge(&from, &to).unwrap();
    let joined = bridge.effects.iter().find(|effect| effect.drivers.len() > 1).unwrap();
    assert_eq!(joined.drivers, [Driver::Placement, Driver::ExchangeRates]);
    assert_eq!(joined.effect.to_string(), "-2");
}

#[test]
fn new_ended_revenue_and_the_unexplained_stand_apart() {
    let mut from = month(10.0, &[("old", api(1e6, 7.0, 0.0, 1.0))]);
    let mut to = month(10.0, &[("fresh", api(1e6, 3.0, 0.0, 1.0))]);
    (from.revenue_volume, from.revenue_price, to.revenue_volume, to.revenue_price) = (10.0, 2.0, 20.0, 3.0);
    (from.other_cost, to.other_cost) = (1.0, 2.0);
    (from.actual_gross_margin, to.actual_gross_margin) = (Some(10.0), Some(60.0));
    let bridge = driver_bridge(&from, &to).unwrap();
    let found = [Driver::New, Driver::Ended, Driver::RevenuePrice, Driver::RevenueVolume, Driver::OtherCost];
    assert_eq!(found.map(|driver| effect(&bridge, driver)), ["-3", "7", "15", "25", "-1"]);
    assert_eq!(effect(&bridge, Driver::Unexplained), "7", "50 less the 43 that the tree tells");
    to.actual_gross_margin = None;
    assert_eq!(driver_bridge(&from, &to), Err(BridgeError::OneActual));
}

#[test]
fn bad_figures_are_told_with_their_place() {
    let from = month(10.0, &[("chat", api(1e6, 7.0, 2.0, 1.0))]);
    let error = driver_bridge(&from, &from).unwrap_err().to_string();
    assert_eq!(error, "from.lines.chat.cache_hit is 2; give a share from 0 to 1");
    let mut from = month(10.0, &[("chat", api(1e6, 7.0, 0.0, 1.0))]);
    from.rates.clear();
    let error = driver_bridge(&from, &from).unwrap_err().to_string();
    assert_eq!(error, "from.rates.USD is nothing; give the rate of every currency that a line is paid in");
}

fn any_line() -> impl Strategy<Value = TokenLine> {
    let api = (0.0..1e12f64, 0.0..100.0f64, 0.0..=1.0f64, 0.0..2.0f64).prop_map(|(t, p, h, n)| api(t, p, h, n));
    let gpu =
        (0.0..1e12f64, 0.0..20.0f64, 1e3..1e8f64, 0.01..=1.0f64).prop_map(|(tokens, rate, speed, busy)| TokenLine {
            tokens,
            placement: "gpu".into(),
            currency: "EUR".into(),
            price: LinePrice::Gpu { per_gpu_hour: rate, tokens_per_gpu_hour: speed, utilisation: busy },
        });
    prop_oneof![api, gpu]
}

prop_compose! {
    fn any_month()(
        requests in 1.0..1e9f64, lines in proptest::collection::btree_map("[abc]", any_line(), 0..4),
        eur in 0.5..2.0f64, other_cost in -1e6..1e6f64, revenue_volume in 0.0..1e6f64, revenue_price in 0.0..1e3f64,
    ) -> DriverMonth {
        let rates = BTreeMap::from([("USD".to_owned(), 1.0), ("EUR".to_owned(), eur)]);
        DriverMonth { requests, lines, rates, other_cost, revenue_volume, revenue_price, actual_gross_margin: None }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn effects_add_up_to_the_cent_and_flip_with_the_sides(from in any_month(), to in any_month()) {
        let forth = driver_bridge(&from, &to).unwrap();
        let sum = forth.effects.iter().map(|effect| effect.effect).sum::<Money>();
        prop_assert_eq!(sum, forth.to - forth.from);
        let back = driver_bridge(&to, &from).unwrap();
        for driver in Driver::TOKEN_COST {
            let find = |bridge: &DriverBridge| {
                bridge.effects.iter().find(|effect| effect.drivers.contains(&driver)).unwrap().effect
            };
            let apart = (find(&forth) + find(&back)).to_f64().abs();
            prop_assert!(apart <= 0.02 + 1e-9 * find(&forth).to_f64().abs(), "{driver:?}: {apart}");
        }
    }

    #[test]
    fn a_month_beside_itself_moves_nothing(from in any_month()) {
        let bridge = driver_bridge(&from, &from).unwrap();
        prop_assert!(bridge.effects.iter().all(|effect| effect.effect == Money::ZERO));
    }
}
