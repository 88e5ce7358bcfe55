//! When one architecture overtakes another: by month, by volume, and by utilisation.
//!
//! Whole GPUs make cost a staircase, so the lines can cross several times; the answer is a list of
//! intervals, never one number (domain §5.1).

mod rising;
mod stairs;
mod utilisation;
mod volume;

pub use utilisation::{UtilisationAhead, Whose, break_even_utilisation};
pub use volume::MarginByVolume;

use crate::scenario::MonthResult;

/// Runs of consecutive months (1 = the first) in which `a` earns a higher margin than `b`.
#[must_use]
pub fn months_ahead(a: &[MonthResult], b: &[MonthResult]) -> Vec<(u32, u32)> {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for (index, (left, right)) in a.iter().zip(b).enumerate() {
        let month = u32::try_from(index).unwrap_or(u32::MAX) + 1;
        if left.totals.margin_usd() <= right.totals.margin_usd() {
            continue;
        }
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == month => *last = month,
            _ => runs.push((month, month)),
        }
    }
    runs
}

/// First month (1 = the first) in which the margin summed so far of `a` exceeds that of `b` and stays so.
#[must_use]
pub fn cumulative_month(a: &[MonthResult], b: &[MonthResult]) -> Option<u32> {
    let mut gap = 0.0;
    let mut since = None;
    for (index, (left, right)) in a.iter().zip(b).enumerate() {
        gap += left.totals.margin_usd() - right.totals.margin_usd();
        if gap <= 0.0 {
            since = None;
        } else if since.is_none() {
            since = Some(u32::try_from(index).unwrap_or(u32::MAX) + 1);
        }
    }
    since
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{
        Api, Component, Demand, Evidence, Inputs, Load, OtherLine, OwnGpus, Revenue, Serving, Sheet, TokenPrices,
        TokensPerRequest, at_volume, run,
    };
    use proptest::prelude::*;

    fn volumes_ahead(a: &Inputs, b: &Inputs, limit: u32) -> Vec<(f64, Option<f64>)> {
        MarginByVolume::of(a, limit).ahead_of(&MarginByVolume::of(b, limit))
    }

    pub fn inputs(serving: Serving) -> Inputs {
        Inputs {
            start: "2026-11".parse().unwrap(),
            months: 24,
            demand: Demand::growing(
                1_000_000.0,
                0.10,
                TokensPerRequest { input: 1_000.0, output: 100.0, ..TokensPerRequest::default() },
            ),
            revenue: Revenue { usd_per_request: 0.01, ..Revenue::default() },
            components: vec![Component::whole("serving", Evidence::Published, Load::even(), serving)],
            other: vec![],
            exchange: vec![],
        }
    }

    pub fn api(usd_per_request: f64) -> Inputs {
        let prices = TokenPrices { input_usd_per_mtok: 1.0, output_usd_per_mtok: 5.0, ..TokenPrices::default() };
        inputs(Serving::Api(Api { usd_per_request, ..Api::at(prices) }))
    }

    pub fn own(is_autoscaled: bool) -> Inputs {
        inputs(Serving::OwnGpus(OwnGpus { is_autoscaled, ..OwnGpus::on_demand(50.0, 2.0) }))
    }

    /// Inside the intervals the first earns more, outside it does not, at 400 volumes.
    fn agrees(a: &Inputs, b: &Inputs, intervals: &[(f64, Option<f64>)]) {
        let sheet = &mut Sheet::default();
        for step in 1..400 {
            let volume = f64::from(step) * 50_000.0 + 7.0;
            let lead = at_volume(a, 0, volume, sheet).margin_usd() - at_volume(b, 0, volume, sheet).margin_usd();
            let inside = intervals.iter().any(|(from, to)| volume > *from && to.is_none_or(|to| volume <= to));
            assert_eq!(lead > 0.0, inside, "at {volume} requests: {intervals:?}");
        }
    }

    #[test]
    fn volume_intervals_agree_with_the_cost_at_every_volume() {
        // One GPU serves 50 tokens/s for 720 h = 1.296 M requests and costs 1,440 USD = 0.96 M API requests.
        let intervals = volumes_ahead(&own(false), &api(0.0), 50);
        assert!((intervals[0].0 - 960_000.0).abs() < 1.0);
        assert!(intervals.len() >= 3, "whole GPUs cross the API several times: {intervals:?}");
        agrees(&own(false), &api(0.0), &intervals);
        agrees(&api(0.0), &own(false), &volumes_ahead(&api(0.0), &own(false), 50));
    }

    #[test]
    fn two_straight_lines_cross_once_or_never() {
        let mut fixed = api(0.0);
        fixed.other = vec![OtherLine { usd_per_month: 1_000.0, ..OtherLine::named("platform", Evidence::Assumed) }];
        let intervals = volumes_ahead(&fixed, &api(0.001), 50);
        assert_eq!(intervals.len(), 1);
        assert!((intervals[0].0 - 1_000_000.0).abs() < 1.0 && intervals[0].1.is_none(), "{intervals:?}");
        let back = volumes_ahead(&api(0.001), &fixed, 50);
        assert!(back[0].0 == 0.0 && back[0].1.is_some_and(|to| (to - 1_000_000.0).abs() < 1.0), "{back:?}");
        assert!(volumes_ahead(&api(0.001), &api(0.001), 50).is_empty());
    }

    #[test]
    fn what_a_stated_fleet_cannot_serve_is_no_lead() {
        let two = inputs(Serving::OwnGpus(OwnGpus { stated_gpus: Some(2), ..OwnGpus::on_demand(50.0, 2.0) }));
        let intervals = volumes_ahead(&two, &api(0.0), 50);
        assert_eq!(intervals.len(), 1);
        // From 2,880 USD of API requests up to what two GPUs serve.
        assert!((intervals[0].0 - 1_920_000.0).abs() < 1.0, "{intervals:?}");
        assert!(intervals[0].1.is_some_and(|to| (to - 2_592_000.0).abs() < 1.0), "{intervals:?}");
    }

    #[test]
    fn where_lines_are_not_straight_a_grid_is_looked_at() {
        let intervals = volumes_ahead(&own(true), &api(0.0), 50);
        assert!((intervals[0].0 / 960_000.0 - 1.0).abs() < 0.05, "{intervals:?}");
    }

    #[test]
    fn months_ahead_are_runs_of_months() {
        let (a, b) = (run(&own(false)), run(&api(0.0)));
        let runs = months_ahead(&a, &b);
        for (from, to) in &runs {
            for month in *from..=*to {
                let index = month as usize - 1;
                assert!(a[index].totals.margin_usd() > b[index].totals.margin_usd());
            }
        }
        assert!(!runs.is_empty());
        assert!(cumulative_month(&a, &b).is_some());
        assert!(months_ahead(&a, &a).is_empty(), "nothing overtakes itself");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        /// At any volume the one that earns more is inside its intervals and the other is not.
        #[test]
        fn inside_the_intervals_the_first_earns_more_and_nowhere_else(
            rates in (10.0..200.0f64, 10.0..200.0f64), prices in (0.5..6.0f64, 0.5..6.0f64),
            units in (1..9u32, 1..5u32), spares in (0..3u32, 0..3u32), share in 0.1..0.9f64, fixed in 0.0..20_000.0f64,
            volumes in proptest::collection::vec(1.0..4e7f64, 40),
        ) {
            let fleet = |rate, price, gpus_per_unit, spare_units| {
                Serving::OwnGpus(OwnGpus { gpus_per_unit, spare_units, ..OwnGpus::on_demand(rate, price) })
            };
            // Half on GPUs and half on an API, against other GPUs with a platform.
            let mut mixed = inputs(fleet(rates.0, prices.0, units.0, spares.0));
            mixed.components[0].share = share;
            mixed.components.extend(api(0.0).components.into_iter().map(|api| Component { share: 1.0 - share, ..api }));
            let mut other = inputs(fleet(rates.1, prices.1, units.1, spares.1));
            other.other =
                vec![OtherLine { usd_per_month: fixed, ..OtherLine::named("platform", Evidence::Assumed) }];
            let limit = 300;
            let sheet = &mut Sheet::default();
            for (a, b) in [(&mixed, &other), (&other, &mixed)] {
                let intervals = volumes_ahead(a, b, limit);
                // Up to where fewer units than the limit are needed.
                for volume in volumes.iter().filter(|volume| **volume < 0.9 * 300.0 * 720.0 * 3_600.0 * 10.0 / 100.0) {
                    let lead = at_volume(a, 0, *volume, sheet).margin_usd() - at_volume(b, 0, *volume, sheet).margin_usd();
                    let inside = intervals.iter().any(|(from, to)| volume > from && to.is_none_or(|to| *volume <= to));
                    prop_assert!(lead.abs() < 1e-3 || (lead > 0.0) == inside, "at {volume}: {lead} {intervals:?}");
                }
            }
        }

        /// What a fleet of a stated size passes on, hour by hour, what failed, and what is not live yet are followed.
        #[test]
        fn work_that_moves_on_is_followed_exactly(
            rates in (10.0..200.0f64, 10.0..200.0f64), stated in 1..40u32, hours in proptest::collection::vec(0.1..3.0f64, 168),
            batch in 0.0..0.5f64, failed in 0.0..0.3f64, live_after in 0.0..0.9f64, fixed in 0.0..20_000.0f64,
            volumes in proptest::collection::vec(1.0..4e7f64, 40),
        ) {
            let load = Load::of_week(&hours).unwrap().with_batch(batch, None);
            let own = |stated_gpus, rate: f64, overflow| {
                Serving::OwnGpus(OwnGpus { stated_gpus, overflow, ..OwnGpus::on_demand(rate, 2.0) })
            };
            // A stated fleet passes on to a second one, which begins within the month, and that to an API.
            let mut chain = inputs(own(Some(stated), rates.0, Some(2)));
            let first = Component { load: load.clone(), failed_share: failed, fallback: Some(1), ..chain.components[0].clone() };
            let second = Component {
                share: 0.0,
                live_after_months: live_after,
                until_live: Some(2),
                load: load.clone(),
                ..inputs(own(None, rates.1, None)).components[0].clone()
            };
            let last = Component { share: 0.0, ..api(0.0).components[0].clone() };
            chain.components = vec![first, second, last];
            let mut plain = api(0.0005);
            plain.other = vec![OtherLine { usd_per_month: fixed, ..OtherLine::named("platform", Evidence::Assumed) }];
            let sheet = &mut Sheet::default();
            for (a, b) in [(&chain, &plain), (&plain, &chain)] {
                prop_assert!(MarginByVolume::of(a, 900).is_exact());
                let intervals = volumes_ahead(a, b, 900);
                for volume in volumes.iter().copied() {
                    let lead = at_volume(a, 0, volume, sheet).margin_usd() - at_volume(b, 0, volume, sheet).margin_usd();
                    let inside = intervals.iter().any(|(from, to)| volume > *from && to.is_none_or(|to| volume <= to));
                    prop_assert!(lead.abs() < 1e-3 || (lead > 0.0) == inside, "at {volume}: {lead} {intervals:?}");
                }
            }
        }
    }
}
