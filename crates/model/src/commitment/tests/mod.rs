//! Properties of commitments; contracts, portfolios and exact schedules have a file each.

mod contract;
mod exact;
mod portfolio;

use proptest::prelude::*;

use super::*;

fn cost_at(level: f64, demand: &[f64], on_demand: f64, committed: f64) -> f64 {
    demand.iter().map(|each| level * committed + (each - level).max(0.0) * on_demand).sum()
}

#[test]
fn a_plan_covers_a_line_in_part() {
    let line = Line { sku: "gpu".into(), quantity: 4.0, on_demand: 1.0, compute_rate: Some(0.5), ..Line::default() };
    let hour = waterfall(&[line], &Commitments { compute_plan: 1.0, ..Commitments::default() });
    assert_eq!(hour.covered[0].quantity, 2.0);
    assert_eq!((hour.on_demand_usd, hour.total_usd, hour.unused), (2.0, 3.0, 0.0));
}

#[test]
fn the_newsvendor_with_a_normal_demand() {
    // Cachon and Terwiesch, Q12.1: mean 200, deviation 80, underage 8, overage 4: the two-thirds quantile, 234.458.
    use statrs::distribution::{ContinuousCDF, Normal};
    let normal = Normal::new(200.0, 80.0).unwrap();
    let demand: Vec<f64> = (0..10_000).map(|i| normal.inverse_cdf((f64::from(i) + 0.5) / 10_000.0).max(0.0)).collect();
    let best = best_level(&demand, 12.0, 4.0);
    assert!((best.level - 234.458).abs() < 0.02, "{}", best.level);
}

#[test]
fn azure_leaves_the_plan_alone_where_the_negotiated_price_is_lower() {
    let line = |sku: &str, on_demand, plan| Line {
        sku: sku.into(),
        quantity: 1.0,
        on_demand,
        compute_rate: Some(plan),
        ..Line::default()
    };
    let usage = [line("a", 1.0, 0.5), line("b", 0.4, 0.45)];
    let plan = Commitments { reserved: vec![("a".into(), 1.0)], compute_plan: 1.0, ..Commitments::default() };
    let azure = waterfall_of(Provider::Azure, &usage, &plan).unwrap();
    assert_eq!((azure.covered.len(), azure.unused, azure.on_demand_usd), (1, 1.0, 0.4), "the reservation takes a");
    let google = waterfall_of(Provider::Google, &usage, &plan).unwrap();
    assert_eq!((google.covered.len(), google.unused, google.on_demand_usd), (2, 0.55, 0.0));
    assert_eq!(waterfall_of(Provider::Aws, &usage, &plan).unwrap(), waterfall(&usage, &plan));
    let family = Commitments { instance_plans: vec![("a".into(), 1.0)], ..Commitments::default() };
    assert_eq!(waterfall_of(Provider::Azure, &usage, &family), Err(WaterfallError::NoInstancePlans));
}

#[test]
fn sustained_use_is_10_20_and_30_percent_off() {
    // Google Cloud, sustained use discounts: half a month, three quarters, the whole month.
    for (share, price) in [(0.0, 1.0), (0.25, 1.0), (0.5, 0.9), (0.75, 0.8), (1.0, 0.7)] {
        assert!((sustained_use(share, &SUSTAINED_N1).unwrap() - price).abs() < 1e-12, "{share}");
    }
    assert_eq!(sustained_use(1.5, &SUSTAINED_N1), None);
    assert_eq!(sustained_use(0.5, &[(0.5, 1.0)]), None, "bands are a whole month");
}

proptest! {
    #[test]
    fn the_best_level_is_a_demand_and_no_level_is_cheaper(
        demand in proptest::collection::vec(0.0..100.0f64, 1..60), share in 0.01..0.99f64,
    ) {
        let best = best_level(&demand, 1.0, share);
        prop_assert!(demand.contains(&best.level));
        prop_assert!(best.saving >= -1e-9);
        for level in &demand {
            prop_assert!(best.cost <= cost_at(*level, &demand, 1.0, share) + 1e-9);
        }
        // Used at least as much as it must be to pay: 1 − discount.
        prop_assert!(best.utilisation.is_none_or(|used| used >= share - 1e-9));
    }

    #[test]
    fn a_commitment_at_the_price_on_demand_saves_nothing(demand in proptest::collection::vec(0.0..100.0f64, 1..30)) {
        prop_assert_eq!(best_level(&demand, 2.0, 2.0).saving, 0.0);
    }

    #[test]
    fn what_is_effective_is_what_was_billed(
        usd_per_hour in 0.0..100.0f64, upfront_share in 0.0..=1.0f64,
        eligible in proptest::collection::vec(0.0..200.0f64, 1..200),
    ) {
        let commitment =
            Commitment { usd_per_hour, hours: eligible.len() as f64, upfront_share, on_demand_ratio: 1.5 };
        let hours: Vec<_> = eligible.iter().map(|each| commitment.hour(*each)).collect();
        prop_assert!(commitment.invariant(&hours).abs() < 1e-8);
    }

    #[test]
    fn every_unit_is_covered_once_or_on_demand(
        quantities in proptest::collection::vec(0.0..50.0f64, 1..6), plan in 0.0..200.0f64, reserved in 0.0..50.0f64,
    ) {
        let usage: Vec<Line> = quantities.iter().enumerate().map(|(index, quantity)| Line {
            sku: format!("sku{index}"), quantity: *quantity, on_demand: 1.0 + index as f64,
            compute_rate: Some(0.7), instance_rate: Some(0.6), family: Some("a".into()),
        }).collect();
        let commitments = Commitments {
            reserved: vec![("sku0".into(), reserved)],
            instance_plans: vec![("a".into(), plan / 2.0)],
            compute_plan: plan,
        };
        let hour = waterfall(&usage, &commitments);
        for line in &usage {
            let covered: f64 = hour.covered.iter().filter(|each| each.sku == line.sku).map(|each| each.quantity).sum();
            prop_assert!(covered <= line.quantity * (1.0 + 1e-12));
        }
        let spent: f64 = hour.covered.iter().map(|each| each.usd).sum();
        prop_assert!((spent + hour.unused - 1.5 * plan).abs() < 1e-9, "a plan is used or unused");
    }
}
