//! What holds for all inputs that pass the door.

use proptest::prelude::*;

use super::tests::inputs;
use super::*;

prop_compose! {
    fn api()(
        prices in prop::array::uniform4(0.0..200.0f64), batch_share in 0.0..=1.0f64, change_per_month in -0.2..0.2f64,
    ) -> Serving {
        let prices = TokenPrices {
            input_usd_per_mtok: prices[0], cache_read_usd_per_mtok: prices[1],
            cache_write_usd_per_mtok: prices[2], output_usd_per_mtok: prices[3],
        };
        Serving::Api(Api { batch_share, change_per_month, ..Api::at(prices) })
    }
}

prop_compose! {
    fn gpus()(
        output in prop_oneof![0.5..5_000.0f64, Just(1e-9)], input in prop::option::of(10.0..1e5f64),
        price in 0.0..20.0f64, unit in 1..16u32, spare in 0..4u32, stated in prop::option::of(0..2_000u32),
        held in 0..50u32, spot in prop::option::of((0.0..=1.0f64, 0.0..5.0f64, 0.01..=1.0f64)),
        is_autoscaled in any::<bool>(), waits in any::<bool>(),
    ) -> Serving {
        Serving::OwnGpus(OwnGpus {
            input_tokens_per_s_per_gpu: input,
            gpus_per_unit: unit,
            spare_units: spare,
            stated_gpus: stated,
            committed: vec![Committed { gpus: held, usd_per_gpu_hour: price / 2.0, from: 1, to: Some(3) }],
            spot: spot.map(|(share, usd_per_gpu_hour, useful_share)| Spot { share, usd_per_gpu_hour, useful_share }),
            is_autoscaled: is_autoscaled && !waits,
            waiting: waits.then_some(Waiting {
                slots_per_unit: 2, longest: 0.1, share_in_time: 0.9, max_occupancy: 0.95,
            }),
            ..OwnGpus::on_demand(output, price)
        })
    }
}

prop_compose! {
    /// Two components, the first of which may be late, fail and overflow to the second.
    pub(super) fn scenarios()(
        first in prop_oneof![api(), gpus()], second in prop_oneof![api(), gpus()],
        requests in prop_oneof![0.0..1e9f64, Just(0.0), Just(1e15)], growth in -0.5..0.5f64,
        tokens in prop::array::uniform4(0.0..1e5f64), share in 0.0..=1.0f64, live in 0.0..5.0f64,
        failed in 0.0..=1.0f64, batch in 0.0..=1.0f64, week in prop::collection::vec(0.1..9.0f64, 168),
    ) -> Inputs {
        let mut inputs = inputs(first);
        inputs.months = 6;
        inputs.demand.requests_per_month = requests;
        inputs.demand.growth_per_month = growth;
        inputs.demand.tokens =
            TokensPerRequest { input: tokens[0], cache_read: tokens[1], cache_write: tokens[2], output: tokens[3] };
        let load = Load::of_week(&week).unwrap().with_batch(batch, None);
        inputs.components[0] = Component {
            share, live_after_months: live, until_live: Some(1), failed_share: failed, fallback: Some(1),
            load: load.clone(), ..inputs.components[0].clone()
        };
        if let Serving::OwnGpus(gpus) = &mut inputs.components[0].serving {
            gpus.overflow = Some(1);
        }
        inputs.components.push(Component {
            share: 1.0 - share, ..Component::whole("second", Evidence::Assumed, load, second)
        });
        inputs
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn what_comes_out_is_finite_and_never_negative(inputs in scenarios()) {
        inputs.check().unwrap();
        let is_sound = |figure: f64| figure.is_finite() && figure >= 0.0;
        for month in run(&inputs) {
            for line in &month.lines {
                prop_assert!(is_sound(line.usd), "{}: {}", line.label, line.usd);
            }
            let totals = month.totals;
            prop_assert!([totals.cost_usd, totals.tokens, totals.revenue_usd].into_iter().all(is_sound));
            prop_assert!(totals.unserved_requests <= totals.requests * (1.0 + 1e-9));
            if let Some(capacity) = month.capacity {
                prop_assert!(is_sound(capacity.utilisation) && capacity.headroom <= 1.0);
                prop_assert!(capacity.utilisation <= 1.0 + 1e-12, "nobody serves more than there is: {capacity:?}");
            }
        }
    }

    #[test]
    fn every_request_is_served_or_told(inputs in scenarios()) {
        for month in run(&inputs) {
            let served: f64 = month.sheet.requests.iter().sum();
            let all = served + month.totals.unserved_requests;
            prop_assert!((all - month.totals.requests).abs() <= 1e-9 * month.totals.requests, "{all}");
        }
    }

    #[test]
    fn tables_leave_every_byte_as_it_was(inputs in scenarios()) {
        let bits = |inputs: &Inputs| -> Vec<u64> {
            run(inputs).iter().flat_map(|month| month.lines.iter().map(|line| line.usd.to_bits())).collect()
        };
        prop_assert_eq!(bits(&inputs), bits(&inputs.clone().tabulated(4.0)));
    }

    #[test]
    fn more_requests_never_cost_less(inputs in scenarios(), more in 1.0..3.0f64) {
        let requests = inputs.demand.requests_per_month;
        let mut sheet = Sheet::default();
        // Of one component alone: where work moves between two, the cheaper may take over.
        let alone = Inputs { components: vec![Component { share: 1.0, ..inputs.components[1].clone() }], ..inputs };
        let few = at_volume(&alone, 0, requests, &mut sheet).cost_usd;
        let many = at_volume(&alone, 0, requests * more, &mut sheet).cost_usd;
        prop_assert!(many >= few * (1.0 - 1e-12), "{few} then {many}");
    }

    #[test]
    fn setting_a_knob_to_what_it_is_changes_nothing(inputs in scenarios()) {
        let before = run(&inputs);
        for knob in [Knob::RequestsPerMonth, Knob::GrowthPerMonth, Knob::OutputTokens, Knob::LiveAfterMonths(0), Knob::BatchShare(1)] {
            let mut same = inputs.clone();
            knob.set(&mut same, knob.get(&inputs).unwrap()).unwrap();
            prop_assert_eq!(&run(&same), &before, "{}", knob);
        }
    }
}
