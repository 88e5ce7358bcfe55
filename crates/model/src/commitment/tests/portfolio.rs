//! Portfolios of terms and blends with spot: by hand, against a linear programme, and as properties.

use proptest::prelude::*;

use super::super::*;

fn offer(months: u32, rate: f64, prepaid_share: f64) -> Offer {
    Offer { name: format!("{months} months"), months, rate, prepaid_share }
}

fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() <= 1e-9 * expected.abs().max(1.0), "{found} is not {expected}");
}

#[test]
fn three_terms_over_a_year_that_swells_in_summer() {
    // The optimum of the linear programme over all purchases of all offers in all months, staggered ones too
    // (scipy 1.16 linprog, HiGHS): 241,776 without interest, 234,486.316610 at 10 % a year; all on demand 302,220 and
    // 289,491.820936. Twelve months of 730 h, demand in quarters of the month, 4 USD on demand.
    let month = |at: usize| match at {
        0..6 => vec![3.0, 6.0, 10.0, 12.0],
        6..9 => vec![6.0, 12.0, 16.0, 20.0],
        _ => vec![4.0, 5.0, 6.0, 7.0],
    };
    let demand: Vec<Vec<f64>> = (0..12).map(month).collect();
    let offers = [offer(3, 2.9, 0.0), offer(6, 2.7, 0.0), offer(12, 2.5, 0.5)];
    let free = best_portfolio(&demand, &[730.0; 12], 4.0, &offers, 0.0).unwrap();
    close(free.cost, 241_776.0);
    close(free.on_demand_cost, 302_220.0);
    let level = |month: usize| -> f64 {
        let holds =
            |bought: &&Purchase| (bought.month..bought.month + offers[bought.offer].months as usize).contains(&month);
        free.purchases.iter().filter(holds).map(|bought| bought.units).sum()
    };
    assert_eq!([0, 5, 6, 8, 9, 11].map(level), [6.0, 6.0, 12.0, 12.0, 6.0, 6.0]);
    assert!(free.cost < free.best_single.unwrap().2, "a mix of terms beats each alone");
    let dear = best_portfolio(&demand, &[730.0; 12], 4.0, &offers, 0.1).unwrap();
    assert!((dear.cost - 234_486.316_610_416_44).abs() < 1e-6, "{}", dear.cost);
}

#[test]
fn one_offer_for_one_month_is_the_newsvendor() {
    // Demand of 1 to 10 at 40 % off: level 4, 45 an hour on average of ten.
    let demand: Vec<f64> = (1..=10).map(f64::from).collect();
    let best = best_portfolio(std::slice::from_ref(&demand), &[10.0], 1.0, &[offer(1, 0.6, 0.0)], 0.0).unwrap();
    let level = best_level(&demand, 1.0, 0.6);
    close(best.cost, level.cost);
    close(best.utilisation.unwrap(), 0.85);
    assert_eq!(best.best_single.unwrap().0, 0);
}

#[test]
fn a_term_beyond_the_horizon_is_paid_in_full() {
    // 12 months at 0.10 cost 1.20 × 730 and replace one month at 2.00: bought, with 11 months beyond.
    let best = best_portfolio(&[vec![1.0]], &[730.0], 2.0, &[offer(12, 0.1, 0.0)], 0.0).unwrap();
    close(best.cost, 876.0);
    close(best.beyond_horizon, 803.0);
    let dear = best_portfolio(&[vec![1.0]], &[730.0], 1.0, &[offer(12, 0.1, 0.0)], 0.0).unwrap();
    assert!(dear.purchases.is_empty() && dear.best_single.is_none());
}

#[test]
fn places_of_bad_values_are_named() {
    let none = best_portfolio(&[vec![1.0, -1.0]], &[730.0], 1.0, &[], 0.0).unwrap_err();
    assert_eq!(none.to_string(), "demand[0][1] is -1; expected a number from 0 to 10^12");
    let rate = best_portfolio(&[vec![1.0]], &[730.0], 1.0, &[offer(1, f64::NAN, 0.0)], 0.0).unwrap_err();
    assert!(rate.to_string().starts_with("offers[0].rate is NaN"), "{rate}");
    assert!(best_portfolio(&[], &[], 1.0, &[], 0.0).is_err());
    let prices = BlendPrices { on_demand: 1.0, reserved: 0.5, spot: 0.3, spot_lost_share: 1.0, spot_share: 0.5 };
    assert!(best_blend(&[1.0], &prices).is_err());
}

#[test]
fn spot_takes_what_can_be_interrupted() {
    // 10 units by day, 4 by night; reserved 0.60, spot 0.27 with a tenth lost (0.30 an hour of work) for half of the use.
    // A fifth unit would be used by day alone, where on demand costs 1: 2 × 0.60 > 1, so 4 are reserved.
    // By day 6 are left: 5 on spot, 1 on demand.
    let prices = BlendPrices { on_demand: 1.0, reserved: 0.6, spot: 0.27, spot_lost_share: 0.1, spot_share: 0.5 };
    let blend = best_blend(&[10.0, 4.0], &prices).unwrap();
    // Of the 4 by night two could run on spot: units 3 and 4 save 0.30 + 1.00 and cost 1.20, so they stay.
    assert_eq!((blend.reserved, blend.spot_hours, blend.on_demand_hours), (4.0, 5.0, 1.0));
    close(blend.cost, 4.8 + 1.5 + 1.0);
}

fn cost_of(demand: &[f64], prices: &BlendPrices, level: f64) -> f64 {
    let work = prices.spot / (1.0 - prices.spot_lost_share);
    let of = |each: &f64| {
        let rest = (each - level).max(0.0);
        let spot = if work < prices.on_demand { rest.min(each * prices.spot_share) } else { 0.0 };
        level * prices.reserved + spot * work + (rest - spot) * prices.on_demand
    };
    demand.iter().map(of).sum()
}

proptest! {
    #[test]
    fn a_portfolio_is_never_dearer_than_one_offer_or_none(
        demand in prop::collection::vec(prop::collection::vec(0.0..50.0f64, 1..6), 1..14),
        offers in prop::collection::vec((1u32..8, 0.0..3.0f64, 0.0..=1.0f64), 0..4), yearly in 0.0..0.5f64,
    ) {
        let offers: Vec<Offer> = offers.into_iter().map(|(months, rate, share)| offer(months, rate, share)).collect();
        let hours = vec![730.0; demand.len()];
        let best = best_portfolio(&demand, &hours, 2.0, &offers, yearly).unwrap();
        let slack = 1e-9 * best.on_demand_cost.max(1.0);
        prop_assert!(best.cost >= 0.0 && best.cost <= best.on_demand_cost + slack);
        for single in &offers {
            let alone = best_portfolio(&demand, &hours, 2.0, std::slice::from_ref(single), yearly).unwrap();
            prop_assert!(best.cost <= alone.best_single.map_or(alone.on_demand_cost, |single| single.2) + slack);
        }
        for share in [best.coverage, best.utilisation].into_iter().flatten() {
            prop_assert!((0.0..=1.0).contains(&share));
        }
        // A level bought once and never renewed is dearer too, whatever the level.
        for (index, single) in offers.iter().enumerate() {
            let factor = |month: usize| (1.0 + yearly).powf(-(month as f64) / 12.0);
            let fee: f64 = (0..single.months as usize)
                .map(|m| single.rate * 730.0 * (single.prepaid_share + (1.0 - single.prepaid_share) * factor(m))).sum();
            let level = demand[0][0];
            let rest: f64 = demand.iter().enumerate().map(|(month, levels)| {
                let held = if month < single.months as usize { level } else { 0.0 };
                let open: f64 = levels.iter().map(|each| (each - held).max(0.0)).sum();
                open / levels.len() as f64 * 730.0 * 2.0 * factor(month)
            }).sum();
            prop_assert!(best.cost <= (level * fee + rest) * (1.0 + 1e-9) + 1e-9, "offer {index}");
        }
    }

    #[test]
    fn no_level_of_a_blend_is_cheaper(
        demand in prop::collection::vec(0.0..100.0f64, 1..40), level in 0.0..120.0f64,
        on_demand in 0.1..5.0f64, reserved in 0.0..5.0f64, spot in 0.0..5.0f64, lost in 0.0..0.9f64,
        share in 0.0..=1.0f64,
    ) {
        let prices = BlendPrices { on_demand, reserved, spot, spot_lost_share: lost, spot_share: share };
        let best = best_blend(&demand, &prices).unwrap();
        prop_assert!((best.cost - cost_of(&demand, &prices, best.reserved)).abs() <= 1e-9 * best.cost.max(1.0));
        for other in demand.iter().chain([&level]) {
            prop_assert!(best.cost <= cost_of(&demand, &prices, *other) * (1.0 + 1e-9) + 1e-9, "at {other}");
        }
        prop_assert!(best.cost <= best.all_on_demand_usd * (1.0 + 1e-9) + 1e-9);
        let no_spot = best_blend(&demand, &BlendPrices { spot_share: 0.0, ..prices }).unwrap();
        prop_assert!((no_spot.cost - best_level(&demand, on_demand, reserved).cost).abs() <= 1e-9 * no_spot.cost.max(1.0));
        prop_assert!(best.cost <= no_spot.cost * (1.0 + 1e-9) + 1e-9);
    }
}
