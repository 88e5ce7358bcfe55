//! Bridges between scenarios, by hand and for all.

use proptest::prelude::*;

use super::bridge::{DRIVERS, hybrid};
use super::tests::{api, inputs};
use super::*;
use crate::Money;
use crate::bridge::Driver;

fn effect(bridge: &ScenarioBridge, driver: Driver) -> Option<String> {
    bridge.effects.iter().find(|each| each.driver == driver).map(|each| each.effect.to_string())
}

fn one_month(serving: Serving) -> Inputs {
    let mut inputs = inputs(serving);
    inputs.months = 1;
    inputs
}

/// Cost r × (1,000 × 1 + 100 × p) ÷ 10⁶: from r = 1 M and p = 5 (1,500) to r = 2 M and p = 15 (5,000). Shapley: requests
/// (1,500 + 2,500) ÷ 2 = 2,000, price (1,000 + 2,000) ÷ 2 = 1,500. Revenue doubles by volume.
#[test]
fn requests_and_price_share_what_they_do_together() {
    let from = one_month(api());
    let mut to = from.clone();
    to.demand.requests_per_month = 2e6;
    Knob::OutputUsdPerMtok(0).set(&mut to, 15.0).unwrap();
    let bridge = scenario_bridge(&from, &to).unwrap();
    assert_eq!((bridge.from.to_string(), bridge.to.to_string()), ("8500".into(), "15000".into()));
    assert_eq!(effect(&bridge, Driver::Requests).as_deref(), Some("-2000"));
    assert_eq!(effect(&bridge, Driver::ListPrice).as_deref(), Some("-1500"));
    assert_eq!(effect(&bridge, Driver::RevenueVolume).as_deref(), Some("10000"));
    assert_eq!(bridge.effects.len(), 3, "what is alike in both is left out");
}

#[test]
fn what_stands_elsewhere_takes_its_prices_with_it() {
    let mut from = one_month(api());
    from.components[0].placement = "a small model".into();
    let gpus = Serving::OwnGpus(OwnGpus::on_demand(10.0, 2.0));
    let mut to = one_month(gpus);
    to.components[0].placement = "H100".into();
    to.other = vec![OtherLine { usd_per_month: 100.0, ..OtherLine::named("on-call", Evidence::Assumed) }];
    let bridge = scenario_bridge(&from, &to).unwrap();
    // Four GPUs for 720 hours at 2 USD are 5,760 instead of 1,500.
    assert_eq!(effect(&bridge, Driver::Placement).as_deref(), Some("-4260"));
    assert_eq!(effect(&bridge, Driver::OtherCost).as_deref(), Some("-100"));
    assert_eq!(bridge.effects.len(), 2);
    assert_eq!(bridge.placed_elsewhere, ["serving"]);
    let told: Vec<&str> = bridge.effects.iter().map(|each| each.sentence.as_str()).collect();
    assert_eq!(told[0], "Placement from a small model to H100, with prices and rates: gross margin \u{2212}4,260");
    assert_eq!(told[1], "Other cost of revenue, new on-call: gross margin \u{2212}100");
}

/// A million requests cost 1,500; then half of them go to a new component that would take 3,000 for all, and the first
/// asks 2,500. Mix alone −750, price alone −1,000, both −1,250: by Shapley (750 + 250) ÷ 2 and (1,000 + 500) ÷ 2.
#[test]
fn a_component_that_stays_keeps_its_own_drivers_when_another_comes() {
    let mut from = one_month(api());
    from.components[0].placement = "a model".into();
    let mut to = from.clone();
    let mut second = to.components[0].clone();
    (second.label, second.placement, second.share) = ("second".into(), "another model".into(), 0.5);
    if let Serving::Api(api) = &mut second.serving {
        (api.prices.input_usd_per_mtok, api.prices.output_usd_per_mtok) = (2.0, 10.0);
    }
    to.components[0].share = 0.5;
    // Named otherwise, but the same model at the same place.
    to.components[0].label = "first".into();
    to.components.insert(0, second);
    Knob::OutputUsdPerMtok(1).set(&mut to, 15.0).unwrap();
    let bridge = scenario_bridge(&from, &to).unwrap();
    assert_eq!((bridge.from.to_string(), bridge.to.to_string()), ("8500".into(), "7250".into()));
    assert_eq!(effect(&bridge, Driver::Mix).as_deref(), Some("-500"));
    assert_eq!(effect(&bridge, Driver::ListPrice).as_deref(), Some("-750"));
    assert_eq!(bridge.effects.len(), 2, "{:?}", bridge.effects);
    assert!(bridge.placed_elsewhere.is_empty(), "{:?}", bridge.placed_elsewhere);
    assert!(bridge.effects[0].sentence.contains(", new second: gross margin"), "{:?}", bridge.effects[0]);
    let back = scenario_bridge(&to, &from).unwrap();
    assert!(back.effects[0].sentence.contains(", ended second: gross margin"), "{:?}", back.effects[0]);
    assert_eq!(hybrid(&from, &to, &DRIVERS), to, "with every driver it is the second");
}

/// What one cannot serve goes to another by its place among the components: the places are those of the side that is
/// looked at, whatever else moves.
#[test]
fn links_follow_the_components_that_are_there() {
    let mut from = one_month(api());
    from.components[0].label = "a".into();
    let mut to = from.clone();
    let mut last = to.components[0].clone();
    (last.label, last.share) = ("z".into(), 0.0);
    (to.components[0].failed_share, to.components[0].fallback) = (0.1, Some(1));
    to.components.push(last);
    to.components[0].live_after_months = 0.5;
    to.components[0].until_live = Some(1);
    for driver in DRIVERS {
        let own = hybrid(&from, &to, &[driver]);
        let most = own.components.len();
        let linked = own.components.iter().flat_map(|each| [each.fallback, each.until_live]).flatten();
        assert!(linked.into_iter().all(|place| place < most), "{driver:?}");
        assert_eq!(most, if driver == Driver::Mix { 2 } else { 1 });
    }
    let bridge = scenario_bridge(&from, &to).unwrap();
    let sum: Money = bridge.effects.iter().map(|each| each.effect).sum();
    assert_eq!(sum, bridge.to - bridge.from);
}

#[test]
fn other_months_have_no_bridge() {
    let from = one_month(api());
    assert_eq!(scenario_bridge(&from, &inputs(api())), Err(ScenarioBridgeError::Period));
}

prop_compose! {
    fn scenarios()(
        kind in any::<bool>(), requests in 1e5..5e6f64, growth in -0.1..0.2f64, prompt in 100.0..5e3f64,
        hit in 0.0..=1.0f64, price in 0.1..20.0f64, rate in 5.0..50.0f64, revenue in 0.0..0.05f64, fixed in 0.0..1e4f64,
    ) -> Inputs {
        let serving = if kind { api() } else { Serving::OwnGpus(OwnGpus::on_demand(rate, price)) };
        let mut inputs = inputs(serving);
        inputs.months = 3;
        inputs.demand.requests_per_month = requests;
        inputs.demand.growth_per_month = growth;
        inputs.demand.tokens = inputs.demand.tokens.with_prompt(prompt).with_cache_hit_share(hit);
        inputs.revenue.usd_per_request = revenue;
        inputs.components[0].placement = if kind { "API" } else { "GPU" }.into();
        if let Serving::Api(api) = &mut inputs.components[0].serving {
            api.prices.input_usd_per_mtok = price;
        }
        let fees = OtherLine { usd_per_month: fixed, revenue_share: 0.03, ..OtherLine::named("fees", Evidence::Assumed) };
        inputs.other = vec![fees];
        inputs
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn effects_add_up_and_mirror_when_turned(from in scenarios(), to in scenarios()) {
        let there = scenario_bridge(&from, &to).unwrap();
        let sum: Money = there.effects.iter().map(|each| each.effect).sum();
        prop_assert_eq!(sum, there.to - there.from);
        let back = scenario_bridge(&to, &from).unwrap();
        // Each is rounded, and what is left over is told by the largest: half a cent an effect, both ways.
        let most = Money::parse(&format!("0.{:02}", there.effects.len() + 1)).unwrap();
        for each in &there.effects {
            let turned = back.effects.iter().find(|other| other.driver == each.driver).unwrap();
            let both = each.effect + turned.effect;
            prop_assert!(both <= most && -both <= most, "{:?}: {both}", each.driver);
        }
        prop_assert!(scenario_bridge(&from, &from).unwrap().effects.is_empty());
    }
}

/// The third month of a year: 1 M requests cost 1,500 and earn 10,000 there too; with cache reads and ratios of a component
/// moved, the bridge of that month is told by mix, and its ends are the margins of that month alone.
#[test]
fn a_bridge_of_one_month_leaves_the_others_out() {
    let mut from = inputs(api());
    from.months = 12;
    from.demand.growth_per_month = 0.0;
    let mut to = from.clone();
    to.components[0].ratios.input = 2.0;
    let bridge = scenario_bridge_of_month(&from, &to, 2).unwrap();
    // 1,000 input tokens more for each of a million requests at 1 USD a million.
    assert_eq!((bridge.from.to_string(), bridge.to.to_string()), ("8500".into(), "7500".into()));
    assert_eq!(effect(&bridge, Driver::Mix).as_deref(), Some("-1000"));
    assert_eq!(bridge.effects.len(), 1);
    assert!(scenario_bridge_of_month(&from, &to, 12).is_err(), "there is no thirteenth month");
}
