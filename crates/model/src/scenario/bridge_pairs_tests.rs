//! A bridge adds up to the cent between any two scenarios, and says each effect in one sentence.

use proptest::prelude::*;

use super::tests::{api, inputs};
use super::*;
use crate::Money;

prop_compose! {
    fn serving()(
        kind in any::<bool>(), price in 0.0..20.0f64, change in -0.1..0.1f64, rate in 5.0..500.0f64, unit in 1..9u32,
        held in 0..30u32, stated in prop::option::of(0..60u32), batch in 0.0..=1.0f64,
    ) -> Serving {
        if kind {
            let prices = TokenPrices { input_usd_per_mtok: price, output_usd_per_mtok: 4.0 * price, ..TokenPrices::default() };
            return Serving::Api(Api { batch_share: batch, batch_prices: prices, change_per_month: change, ..Api::at(prices) });
        }
        let committed = vec![Committed { gpus: held, usd_per_gpu_hour: price / 2.0, from: 0, to: Some(1) }];
        Serving::OwnGpus(OwnGpus {
            gpus_per_unit: unit, stated_gpus: stated, committed, change_per_month: change, ..OwnGpus::on_demand(rate, price)
        })
    }
}

prop_compose! {
    /// Two components, the first of which may be late, fail and overflow to the second, and a line that grows.
    fn scenarios()(
        first in serving(), second in serving(), requests in prop_oneof![0.0..1e8f64, Just(0.0)], growth in -0.3..0.3f64,
        tokens in prop::array::uniform4(0.0..5e3f64), share in 0.0..=1.0f64, live in 0.0..3.0f64, failed in 0.0..=1.0f64,
        revenue in 0.0..0.1f64, fixed in 0.0..1e5f64, fee in 0.0..=0.1f64, names in 0..3usize,
    ) -> Inputs {
        let mut inputs = inputs(first);
        inputs.months = 2;
        inputs.demand.requests_per_month = requests;
        inputs.demand.growth_per_month = growth;
        inputs.demand.tokens =
            TokensPerRequest { input: tokens[0], cache_read: tokens[1], cache_write: tokens[2], output: tokens[3] };
        inputs.revenue.usd_per_request = revenue;
        let placed = ["here", "there", "elsewhere"];
        inputs.components[0] = Component {
            share, live_after_months: live, until_live: Some(1), failed_share: failed, fallback: Some(1),
            placement: placed[names].into(), ..inputs.components[0].clone()
        };
        if let Serving::OwnGpus(gpus) = &mut inputs.components[0].serving {
            gpus.overflow = Some(1);
        }
        inputs.components.push(Component {
            share: 1.0 - share, placement: placed[names / 2].into(),
            ..Component::whole("second", Evidence::Assumed, Load::even(), second)
        });
        let line = OtherLine { usd_per_month: fixed, revenue_share: fee, ..OtherLine::named("fees", Evidence::Assumed) };
        inputs.other = vec![line];
        inputs
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_two_scenarios_are_bridged_to_the_cent(from in scenarios(), to in scenarios()) {
        from.check().unwrap();
        to.check().unwrap();
        let bridge = scenario_bridge(&from, &to).unwrap();
        let sum: Money = bridge.effects.iter().map(|each| each.effect).sum();
        prop_assert_eq!(bridge.from + sum, bridge.to);
        let whole = |amount: Money| amount.attos() % crate::bridge::CENT == 0;
        prop_assert!(bridge.effects.iter().all(|each| whole(each.effect)) && whole(bridge.from) && whole(bridge.to));
        for each in &bridge.effects {
            let told = &each.sentence;
            prop_assert!(told.starts_with(each.driver.label()) || told.contains(": gross margin"), "{told}");
            prop_assert!(!told.contains('\n') && told.matches(": gross margin").count() == 1, "one sentence: {told}");
        }
        let mut drivers: Vec<&str> = bridge.effects.iter().map(|each| each.driver.word()).collect();
        let all = drivers.len();
        drivers.dedup();
        prop_assert_eq!(drivers.len(), all, "a driver is told once");
    }

    #[test]
    fn a_scenario_needs_no_bridge_to_itself(scenario in scenarios()) {
        prop_assert!(scenario_bridge(&scenario, &scenario).unwrap().effects.is_empty());
    }
}

#[test]
fn a_pair_by_hand() {
    let mut from = Inputs { months: 1, ..inputs(api()) };
    from.components[0].placement = "API".into();
    let mut to = from.clone();
    to.revenue.usd_per_request = 0.011;
    let bridge = scenario_bridge(&from, &to).unwrap();
    // A million requests at 0.011 instead of 0.010 USD.
    assert_eq!(bridge.effects.len(), 1);
    assert_eq!((bridge.to - bridge.from).to_string(), "1000");
}
