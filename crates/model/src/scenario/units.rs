//! How many whole units a load needs, computed or looked up: both answers are equal.

use super::Waiting;
use crate::queueing::{Target, sizing};

/// More units than this are not counted.
pub(super) const MOST_UNITS: u32 = 1_000_000;
/// More servers than this are not counted one by one: the square root rule is exact enough to a server in thousands.
const MOST_SERVERS: u64 = 2_000;
/// A quotient that is whole but for its last binary digits is whole.
const ROUNDING: f64 = 1.0 - 1e-12;

/// Units for a load in units kept busy: rounded up, or as many as keep the target for waiting (Erlang C over all slots).
///
/// Rises with the load. Beyond a million units it says a million.
#[must_use]
pub fn units_needed(load: f64, waiting: Option<&Waiting>) -> u32 {
    let Some(waiting) = waiting else { return whole(load) };
    if load <= 0.0 {
        return 0;
    }
    let slots = f64::from(waiting.slots_per_unit);
    let target = Target {
        load: load * slots,
        answer: waiting.longest,
        service_level: waiting.share_in_time,
        max_occupancy: waiting.max_occupancy,
        shrinkage: 0.0,
    };
    match sizing(&target, MOST_SERVERS) {
        Some(found) => whole(found.raw_positions as f64 / slots),
        None => {
            let late = 1.0 - waiting.share_in_time;
            let busy = target.load + excess_servers(target.load, late, waiting.longest);
            whole((busy / slots).max(load / waiting.max_occupancy))
        }
    }
}

/// Servers beyond the load so that at most a share `late` waits longer: the x with P(wait) × e^(−x × longest) = late,
/// where P(wait) = 1 ÷ (1 + k Φ(k) ÷ φ(k)) with k = x ÷ √load (Halfin and Whitt 1981). Rises with the load.
fn excess_servers(load: f64, late: f64, longest: f64) -> f64 {
    let root = load.sqrt();
    let waits = |excess: f64| {
        let k = excess / root;
        let density = libm::exp(-k * k / 2.0) / (2.0 * std::f64::consts::PI).sqrt();
        let below = 0.5 * libm::erfc(-k / std::f64::consts::SQRT_2);
        density / (density + k * below) * libm::exp(-excess * longest)
    };
    let (mut low, mut high) = (0.0, 40.0 * root);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if waits(middle) > late { low = middle } else { high = middle }
    }
    high
}

fn whole(load: f64) -> u32 {
    let units = (load * ROUNDING).ceil();
    if units >= f64::from(MOST_UNITS) { MOST_UNITS } else { units.max(0.0) as u32 }
}

/// The loads at which each further unit is needed.
#[derive(Debug, Clone, PartialEq)]
pub struct UnitsTable {
    /// `up_to[n]`: the largest load that n units serve.
    up_to: Vec<f64>,
}

impl UnitsTable {
    /// Up to this many units; beyond, units are computed. The boundaries are exact: the largest `f64` that n units
    /// serve, found by halving the distance in representable numbers.
    #[must_use]
    pub fn of(waiting: &Waiting, units: u32) -> Self {
        let serves = |load: f64, units: u32| units_needed(load, Some(waiting)) <= units;
        let up_to = (0..=units).map(|count| {
            // Positive numbers are ordered like their bits.
            let (mut fits, mut exceeds) = (0.0_f64.to_bits(), (f64::from(count) + 1.0).to_bits());
            while exceeds - fits > 1 {
                let middle = fits + (exceeds - fits) / 2;
                if serves(f64::from_bits(middle), count) { fits = middle } else { exceeds = middle }
            }
            f64::from_bits(fits)
        });
        Self { up_to: up_to.collect() }
    }

    /// Units for a load, equal to [`units_needed`].
    #[must_use]
    pub fn units(&self, load: f64, waiting: Option<&Waiting>) -> u32 {
        let found = self.up_to.partition_point(|most| *most < load);
        if found < self.up_to.len() { found as u32 } else { units_needed(load, waiting) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn waiting(slots_per_unit: u32) -> Waiting {
        Waiting { slots_per_unit, longest: 0.05, share_in_time: 0.95, max_occupancy: 0.9 }
    }

    #[test]
    fn without_a_target_units_are_rounded_up() {
        assert_eq!([0.0, 0.1, 1.0, 1.000_000_000_000_1, 1.1].map(|load| units_needed(load, None)), [0, 1, 1, 1, 2]);
        assert_eq!(units_needed(1e300, None), MOST_UNITS);
    }

    #[test]
    fn a_target_needs_more_and_large_pools_need_relatively_less() {
        // One slot a unit and load 1: Erlang C(3, 1) = 0.0909 and 1 − 0.0909 e^(−2 × 0.05) = 0.918; with 4 it is 0.983.
        assert_eq!(units_needed(1.0, Some(&waiting(1))), 4);
        assert!(units_needed(100.0, Some(&waiting(1))) < 130);
        // With 32 slots, a unit more than the load is enough: 64 servers for 32 erlangs.
        assert_eq!(units_needed(1.0, Some(&waiting(32))), 2);
    }

    #[test]
    fn the_rule_for_large_pools_joins_the_exact_count() {
        // 1,900 erlangs are counted; the rule may differ by a server.
        let exact = units_needed(1_900.0, Some(&waiting(1)));
        let rule = (1_900.0 + excess_servers(1_900.0, 0.05, 0.05)).ceil().max(1_900.0 / 0.9);
        assert!((f64::from(exact) - rule).abs() <= 1.0, "{exact} and {rule}");
        let mut last = 0;
        for load in 1_750..1_900 {
            let units = units_needed(f64::from(load), Some(&Waiting { max_occupancy: 1.0, ..waiting(1) }));
            assert!(units >= last, "rises across the join, at {load}");
            last = units;
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]
        #[test]
        fn looking_up_is_computing(load in 0.0..12.0f64) {
            let table = UnitsTable::of(&waiting(4), 8);
            for load in [load, load.floor(), table.up_to[3], table.up_to[3].next_up()] {
                prop_assert_eq!(table.units(load, Some(&waiting(4))), units_needed(load, Some(&waiting(4))));
            }
        }
    }
}
