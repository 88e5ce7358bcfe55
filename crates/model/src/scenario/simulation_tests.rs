//! Draws of scenarios: what they must agree with, and what must not move them.

use super::tests::{api, inputs};
use super::*;
use crate::uncertainty::{Distribution, Plan, summarise};

const PLAN: Plan = Plan { draws: 600, seed: 7, scenario: None };

/// Own GPUs with a target for waiting, half of the load, and an API for the rest.
fn hybrid() -> Inputs {
    let gpus = OwnGpus {
        waiting: Some(Waiting { slots_per_unit: 4, longest: 0.1, share_in_time: 0.95, max_occupancy: 0.9 }),
        gpus_per_unit: 2,
        ..OwnGpus::on_demand(10.0, 2.0)
    };
    let mut inputs = inputs(Serving::OwnGpus(gpus));
    inputs.months = 6;
    inputs.components[0].share = 0.5;
    inputs
        .components
        .push(Component { share: 0.5, ..Component::whole("API", Evidence::Published, Load::even(), api()) });
    inputs
}

fn uncertain() -> Vec<Uncertain> {
    let of = |knob: Knob, distribution: Result<Distribution, _>| Uncertain {
        name: knob.to_string(),
        knob,
        distribution: distribution.unwrap(),
    };
    vec![
        of(Knob::CacheHitShare, Distribution::uniform(0.0, 1.0)),
        of(Knob::PromptTokens, Distribution::lognormal(1_000.0, 300.0)),
        of(Knob::GrowthPerMonth, Distribution::normal(0.05, 0.5)),
        of(Knob::Share(0), Distribution::uniform(0.0, 1.0)),
        of(Knob::OutputTokensPerSPerGpu(0), Distribution::pert(5.0, 10.0, 12.0)),
    ]
}

fn bits(simulated: &Simulated) -> Vec<u64> {
    let months = (0..simulated.months()).flat_map(|month| simulated.margin_usd(month));
    months.chain(simulated.cost_usd()).map(|value| value.to_bits()).collect()
}

#[test]
fn at_zero_spread_a_draw_is_a_run() {
    let inputs = hybrid();
    let all = [Knob::RequestsPerMonth, Knob::PromptTokens, Knob::Share(0), Knob::UsdPerGpuHour(0)];
    let fixed: Vec<Uncertain> = all
        .into_iter()
        .map(|knob: Knob| Uncertain {
            name: knob.to_string(),
            knob,
            distribution: Distribution::fixed(knob.get(&inputs).unwrap()).unwrap(),
        })
        .collect();
    let simulated = simulate(&inputs, &fixed, &[], PLAN).unwrap();
    for index in 0..inputs.months as usize {
        let month = in_cents(&inputs, index as u32..index as u32 + 1, &mut Sheet::default()).unwrap();
        let margin = month.margin_usd().to_bits();
        assert!(simulated.margin_usd(index).iter().all(|draw| draw.to_bits() == margin), "month {index}");
    }
    let all = in_cents(&inputs, 0..inputs.months, &mut Sheet::default()).unwrap().margin_usd().to_bits();
    assert!(simulated.total_margin_usd().iter().all(|draw| draw.to_bits() == all), "all months");
}

#[test]
fn tables_threads_and_order_leave_every_byte_as_it_was() {
    let inputs = hybrid();
    let found = bits(&simulate(&inputs, &uncertain(), &[], PLAN).unwrap());
    let hundred = Plan { draws: 100, ..PLAN };
    let computed = simulate_as_given(&inputs, &uncertain(), &[], hundred).unwrap();
    let looked_up = simulate(&inputs, &uncertain(), &[], hundred).unwrap();
    assert_eq!(bits(&computed), bits(&looked_up), "with and without the table of units");
    for threads in [1, 2, 8] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let again = pool.install(|| simulate(&inputs, &uncertain(), &[], PLAN)).unwrap();
        assert_eq!(bits(&again), found, "{threads} threads");
    }
    let turned: Vec<Uncertain> = uncertain().into_iter().rev().collect();
    assert_eq!(bits(&simulate(&inputs, &turned, &[], PLAN).unwrap()), found, "listed the other way round");
    assert_ne!(bits(&simulate(&inputs, &uncertain(), &[], Plan { seed: 8, ..PLAN }).unwrap()), found);
}

#[test]
fn a_straight_model_has_the_mean_of_its_inputs() {
    // Cost of the first month is 1,000 + 100 × the price of output; its mean is that at the mean price.
    let mut inputs = inputs(api());
    inputs.months = 1;
    let price = Distribution::triangular(2.0, 5.0, 11.0).unwrap();
    let uncertain = [Uncertain { name: "price".into(), knob: Knob::OutputUsdPerMtok(0), distribution: price }];
    let simulated = simulate(&inputs, &uncertain, &[], Plan { draws: 20_000, ..PLAN }).unwrap();
    let summary = summarise(simulated.cost_usd()).unwrap();
    let error = summary.standard_error.unwrap();
    assert!((summary.mean - 1_600.0).abs() < 4.0 * error, "{} ± {error}", summary.mean);
    assert!(summary.p10 < summary.p50 && summary.p50 < summary.p90);
    let percent = simulated.margin_percent().unwrap();
    assert!((percent[0] - (100.0 - simulated.cost_usd()[0] / 100.0)).abs() < 1e-9, "of 10,000 USD");
    assert_eq!(simulated.margin_percent_of(0), Some(percent), "the only month is all months");
    assert_eq!(simulated.margin_percent_of(1), None, "there is no second month");
}

#[test]
fn what_cannot_be_drawn_is_named() {
    let inputs = inputs(api());
    let of = |knob: Knob, distribution: Distribution| {
        simulate(&inputs, &[Uncertain { name: knob.to_string(), knob, distribution }], &[], PLAN)
    };
    let error = of(Knob::UsdPerGpuHour(0), Distribution::fixed(1.0).unwrap()).unwrap_err();
    assert_eq!(error.to_string(), "component[0].usd_per_gpu_hour is not among the inputs of this scenario");
    let error = of(Knob::ChurnPerMonth, Distribution::fixed(3.0).unwrap()).unwrap_err();
    assert_eq!(error.to_string(), "demand.churn_per_month is 3, expected 0 to 0.99");
    // Half of it would be below zero: that half is cut off.
    let drawn = of(Knob::RequestsPerMonth, Distribution::normal(0.0, 1e6).unwrap()).unwrap();
    assert!(drawn.revenue_usd().iter().all(|usd| *usd >= 0.0));
}
