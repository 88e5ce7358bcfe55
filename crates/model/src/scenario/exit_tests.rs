//! Leaving, cash, coverage and payback, by hand and for all.

use proptest::prelude::*;

use super::tests::{api, inputs};
use super::*;

/// Ten GPUs at 2 USD, four of them committed for the first three months at 1 USD.
fn committed() -> Inputs {
    let held = Committed { gpus: 4, usd_per_gpu_hour: 1.0, from: 0, to: Some(2) };
    let gpus = OwnGpus { stated_gpus: Some(10), committed: vec![held], ..OwnGpus::on_demand(100.0, 2.0) };
    Inputs { months: 4, ..inputs(Serving::OwnGpus(gpus)) }
}

fn near(found: f64, expected: f64) -> bool {
    (found - expected).abs() <= 1e-9 * expected.abs().max(1.0)
}

#[test]
fn leaving_after_a_month_pays_the_rest_of_the_contract() {
    let inputs = committed();
    let costs = exit_costs(&inputs, &run(&inputs), &ExitPlan::default()).unwrap();
    // December and January have 744 hours each, November 720.
    let left: Vec<f64> = costs.iter().map(|cost| cost.contract_remainder_usd).collect();
    assert_eq!(left, [4.0 * 1_488.0, 4.0 * 744.0, 0.0, 0.0]);
    assert_eq!(costs[0].unknown(), ["egress", "re_embedding", "parallel_run", "re_evaluation", "people"]);
    assert_eq!(costs[0].known_usd(), Some(5_952.0), "a lower bound, because nothing else is stated");
    assert_eq!(costs[3].known_usd(), None, "nothing stated and no contract left is unknown, not 0");
}

/// Requests are 1 M, 1.1 M and so on; the API costs 1,500 USD in the first month and 1,650 in the second.
#[test]
fn every_part_of_leaving_an_api() {
    let inputs = Inputs { months: 2, ..inputs(api()) };
    let exit = Exit {
        data: Some(DataOut { gb: 100.0, gb_per_request: 0.001, usd_per_gb: 0.1 }),
        re_embedding: Some(ReEmbedding { mtok: 500.0, usd_per_mtok: 0.02 }),
        parallel_run_months: Some(2.0),
        re_evaluation_usd: Some(300.0),
        people: Some(People { weeks: 3.0, usd_per_week: 4_000.0 }),
    };
    let plan = ExitPlan { whole: None, components: vec![Some(exit)] };
    let costs = exit_costs(&inputs, &run(&inputs), &plan).unwrap();
    assert!(near(costs[0].egress_usd.unwrap(), 110.0), "100 GB and 1,000 more at 0.10");
    assert!(near(costs[1].egress_usd.unwrap(), 220.0), "2.1 M requests make 2,100 GB more");
    assert_eq!(costs[0].re_embedding_usd, Some(10.0));
    assert!(near(costs[1].parallel_run_usd.unwrap(), 3_300.0), "two months at 1,650");
    assert!(near(costs[0].known_usd().unwrap(), 110.0 + 10.0 + 3_000.0 + 300.0 + 12_000.0));
    assert!(costs[0].unknown().is_empty());
    let wrong = ExitPlan { whole: Some(Exit { re_evaluation_usd: Some(-1.0), ..exit }), components: vec![] };
    let error = exit_costs(&inputs, &run(&inputs), &wrong).unwrap_err();
    assert_eq!(error.to_string(), "exit.re_evaluation_usd is -1, expected 0 to 1e12");
}

#[test]
fn a_part_that_one_of_two_components_leaves_open_is_a_lower_bound() {
    let mut inputs = Inputs { months: 1, ..inputs(api()) };
    inputs.components[0].share = 0.5;
    inputs.components.push(inputs.components[0].clone());
    let stated = Exit { re_evaluation_usd: Some(50.0), ..Exit::default() };
    let cost = |whole: Option<Exit>, components: Vec<Option<Exit>>| {
        let plan = ExitPlan { whole, components };
        let cost = exit_costs(&inputs, &run(&inputs), &plan).unwrap()[0];
        (cost.re_evaluation_usd, cost.unknown().contains(&"re_evaluation"), plan.lacking("re_evaluation"))
    };
    assert_eq!(cost(None, vec![None, None]), (None, true, vec![0, 1]));
    assert_eq!(cost(None, vec![Some(stated), None]), (Some(50.0), true, vec![1]));
    assert_eq!(cost(None, vec![Some(stated), Some(stated)]), (Some(100.0), false, vec![]));
    assert_eq!(cost(Some(stated), vec![Some(stated), None]), (Some(100.0), false, vec![]));
}

#[test]
fn cash_pays_a_commitment_when_it_begins() {
    let inputs = committed();
    let months = run(&inputs);
    let amortised: Vec<f64> = months.iter().map(|month| month.totals.cost_usd).collect();
    // 4 × 1 + 6 × 2 USD an hour, and 10 × 2 once the commitment has ended.
    assert_eq!(amortised, [16.0 * 720.0, 16.0 * 744.0, 16.0 * 744.0, 20.0 * 672.0]);
    let all = [Upfront { component: 0, commitment: 0, share: 1.0 }];
    let cash = cash_usd(&inputs, &months, &all, 1_000.0);
    let term = 4.0 * (720.0 + 744.0 + 744.0);
    assert_eq!(cash, [12.0 * 720.0 + term + 1_000.0, 12.0 * 744.0, 12.0 * 744.0, 20.0 * 672.0]);
    assert_eq!(cash_usd(&inputs, &months, &[], 0.0), amortised, "monthly is as it costs");
}

#[test]
fn coverage_is_of_the_hours_that_are_needed() {
    let inputs = committed();
    // 4 of 10 GPUs in 2,208 of 2,880 hours.
    let expected = 4.0 * 2_208.0 / (10.0 * 2_880.0);
    assert!(near(commitment_coverage(&inputs, &run(&inputs)).unwrap(), expected));
    assert!(holds_commitments(&inputs));
    let none = Inputs { months: 2, ..super::tests::inputs(api()) };
    assert_eq!(commitment_coverage(&none, &run(&none)), None, "an API has no GPU hours to cover");
    assert!(!holds_commitments(&none));
}

#[test]
fn payback_is_the_last_crossing() {
    assert_eq!(lasting_payback(100.0, &[40.0; 4]), Some(2.5));
    assert_eq!(lasting_payback(0.0, &[10.0, -30.0, 10.0, 40.0]), Some(3.25), "the first month's gain was lost again");
    assert_eq!(lasting_payback(0.0, &[1.0, 1.0]), Some(0.0));
    assert_eq!(lasting_payback(100.0, &[40.0, 40.0]), None);
    assert_eq!(lasting_payback(0.0, &[0.0, 0.0]), None, "nothing gained is nothing paid back");
}

/// 1,500 USD of API cost go down to 500 from the middle of the second month on; requests do not grow.
#[test]
fn waiting_counts() {
    let mut from = Inputs { months: 4, ..inputs(api()) };
    from.demand.growth_per_month = 0.0;
    let mut to = from.clone();
    let Serving::Api(cheap) = &mut to.components[0].serving else { panic!("an API") };
    cheap.prices = TokenPrices { input_usd_per_mtok: 0.5, ..TokenPrices::default() };
    let margins = |inputs: &Inputs| run(inputs).iter().map(|month| month.totals.margin_usd()).collect::<Vec<f64>>();
    let (before, after) = (margins(&from), margins(&to));
    assert_eq!(margin_live_at_once(&to), None, "all of it is live");
    let change = Change {
        from_usd: &before,
        to_usd: &after,
        to_at_once_usd: &after,
        one_off_usd: 1_250.0,
        wait_months: 1.5,
        yearly_rate: 0.0,
    };
    let found = gain(change).unwrap();
    assert!(found.by_month_usd.iter().zip([0.0, 500.0, 1_000.0, 1_000.0]).all(|(a, b)| near(*a, b)), "{found:?}");
    assert!(near(found.npv_usd, 1_250.0) && near(found.forgone_usd, 1_500.0), "{found:?}");
    assert!(near(found.payback_months.unwrap(), 2.75), "{found:?}");
    // Summed in Python: -1250 + 500/1.1**(2/12) + 1000/1.1**(3/12) + 1000/1.1**(4/12) = 1187.30363168...
    let discounted = gain(Change { yearly_rate: 0.1, ..change }).unwrap().npv_usd;
    assert!((discounted - PYTHON_NPV).abs() < 1e-6, "{discounted}");
}

/// A month of the old at 1,500 USD is what a component that is live after one month loses at 500 USD.
#[test]
fn a_component_that_waits_forgoes_margin() {
    let mut late = Inputs { months: 2, ..inputs(api()) };
    late.demand.growth_per_month = 0.0;
    let mut cheap = late.components[0].clone();
    let prices = TokenPrices { input_usd_per_mtok: 0.5, ..TokenPrices::default() };
    cheap.serving = Serving::Api(Api::at(prices));
    (cheap.live_after_months, cheap.until_live) = (1.0, Some(1));
    late.components = vec![cheap, Component { share: 0.0, ..late.components[0].clone() }];
    assert_eq!(margin_live_at_once(&late).unwrap(), [9_500.0, 9_500.0]);
    assert_eq!(run(&late).iter().map(|month| month.totals.margin_usd()).collect::<Vec<_>>(), [8_500.0, 9_500.0]);
}

const PYTHON_NPV: f64 = 1_187.303_631_682_658_3;

proptest! {
    #[test]
    fn cash_and_cost_add_up_to_the_same_over_a_term(
        gpus in 0..50u32, price in 0.0..10.0f64, from in 0..6u32, length in 0..6u32, share in 0.0..=1.0f64,
    ) {
        let mut inputs = committed();
        inputs.months = 12;
        let Serving::OwnGpus(own) = &mut inputs.components[0].serving else { panic!("GPUs") };
        own.committed = vec![Committed { gpus, usd_per_gpu_hour: price, from, to: Some(from + length) }];
        let months = run(&inputs);
        let cash: f64 = cash_usd(&inputs, &months, &[Upfront { component: 0, commitment: 0, share }], 0.0).iter().sum();
        let cost: f64 = months.iter().map(|month| month.totals.cost_usd).sum();
        prop_assert!((cash - cost).abs() <= 1e-9 * cost.max(1.0), "{cash} {cost}");
    }

    #[test]
    fn what_is_left_of_a_contract_only_falls_once_it_has_begun(
        gpus in 1..50u32, from in 0..6u32, length in 0..30u32,
    ) {
        let mut inputs = committed();
        inputs.months = 12;
        let Serving::OwnGpus(own) = &mut inputs.components[0].serving else { panic!("GPUs") };
        own.committed = vec![Committed { gpus, usd_per_gpu_hour: 1.0, from, to: Some(from + length) }];
        let left: Vec<f64> = (0..12).map(|index| contract_remainder_usd(&inputs, index)).collect();
        prop_assert!(left[..from as usize].iter().all(|usd| *usd == 0.0), "not begun, not owed");
        prop_assert!(left[from as usize..].windows(2).all(|pair| pair[1] <= pair[0]));
        prop_assert!(left.iter().all(|usd| usd.is_finite() && *usd >= 0.0));
    }

    #[test]
    fn a_payback_is_where_the_sum_settles(one_off in 0.0..500.0f64, gains in prop::collection::vec(-100.0..100.0f64, 1..30)) {
        let sums: Vec<f64> = gains.iter().scan(-one_off, |sum, gain| { *sum += gain; Some(*sum) }).collect();
        match lasting_payback(one_off, &gains) {
            None => prop_assert!(*sums.last().unwrap() <= 0.0),
            Some(months) => {
                prop_assert!(months.is_finite() && (0.0..=gains.len() as f64).contains(&months));
                let after = months.ceil() as usize;
                prop_assert!(sums.iter().skip(after.max(1) - 1).all(|sum| *sum >= 0.0), "{months} {sums:?}");
            }
        }
    }
}
