//! Properties of commitments.

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
