//! How many whole units a load needs: rounded up, or as many as keep a target for waiting.

use super::Waiting;
use crate::capacity::{CapacityError, Pool, Resource, Routing, Service, Target};

/// More units than this are not counted.
pub(super) const MOST_UNITS: u32 = 1_000_000;
/// A quotient that is whole but for its last binary digits is whole.
const ROUNDING: f64 = 1.0 - 1e-12;

impl Waiting {
    /// The pool of slots behind the target; times are in times of service, so a unit carries its slots per time.
    ///
    /// # Errors
    /// A figure out of range.
    pub fn pool(&self) -> Result<Resource, CapacityError> {
        let service = Service {
            service_s: 1.0,
            slots: self.slots_per_unit,
            arrival_scv: 1.0,
            service_scv: 1.0,
            routing: Routing::Pooled,
        };
        let target = Target { wait_s: self.longest, percentile: self.share_in_time, max_occupancy: self.max_occupancy };
        Ok(Resource::Pool(Pool::new(service, target)?))
    }
}

/// Units for a load in units kept busy, rounded up. Beyond a million units it says a million.
#[must_use]
pub fn whole_units(load: f64) -> u32 {
    let units = (load * ROUNDING).ceil();
    if units >= f64::from(MOST_UNITS) { MOST_UNITS } else { units.max(0.0) as u32 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_rounded_up() {
        assert_eq!([0.0, 0.1, 1.0, 1.000_000_000_000_1, 1.1].map(whole_units), [0, 1, 1, 1, 2]);
        assert_eq!(whole_units(1e300), MOST_UNITS);
    }

    #[test]
    fn a_target_needs_more_and_large_pools_need_relatively_less() {
        let waiting =
            |slots_per_unit| Waiting { slots_per_unit, longest: 0.05, share_in_time: 0.95, max_occupancy: 0.9 };
        // One slot a unit and load 1: Erlang C(3, 1) = 0.0909 and 1 − 0.0909 e^(−2 × 0.05) = 0.918; with 4 it is 0.983.
        assert_eq!(waiting(1).pool().unwrap().units_needed(1.0), Some(4));
        // With 32 slots, a unit more than the load is enough: 64 servers for 32 erlangs.
        assert_eq!(waiting(32).pool().unwrap().units_needed(32.0), Some(2));
    }
}
