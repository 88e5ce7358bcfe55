//! The loads at which each further unit is needed, built once.
//!
//! A projection asks for units thousands of times; the queue behind an answer costs microseconds each. The staircase
//! holds the very figures that the calculation compares with, so looking up equals computing, to the last unit.

use super::{CapacityError, Resource};

/// Most units that a table holds.
const MOST_STEPS: u32 = 1_000_000;

/// The fewest units `n` with `load ≤ most(n)`, by doubling and halving; `most` rises with `n`. `None` above `limit`
/// and for a load that is no number of 0 or more.
pub(super) fn fewest(load: f64, limit: u32, most: impl Fn(u32) -> f64) -> Option<u32> {
    if load == 0.0 {
        return Some(0);
    }
    if !(load > 0.0 && load.is_finite()) {
        return None;
    }
    let (mut below, mut above) = (0u32, 1u32);
    while most(above) < load {
        if above >= limit {
            return None;
        }
        below = above;
        above = above.saturating_mul(2).min(limit);
    }
    while above - below > 1 {
        let middle = below + (above - below) / 2;
        if most(middle) < load { below = middle } else { above = middle }
    }
    Some(above)
}

/// Loads by units: the `n`th step is the most that `n` units carry.
#[derive(Debug, Clone, PartialEq)]
pub struct Staircase {
    resource: Resource,
    most: Vec<f64>,
}

impl Staircase {
    /// A table up to a load: as many steps as that load needs, and one more.
    ///
    /// # Errors
    /// A load that is no number of 0 or more, or that needs more units than a table holds.
    pub fn up_to(resource: Resource, load: f64) -> Result<Self, CapacityError> {
        super::error::amount("load", load)?;
        let needed = resource.units_needed(load).filter(|units| *units < MOST_STEPS);
        let needed = needed.ok_or(CapacityError::TooMany { load, most: MOST_STEPS })?;
        Ok(Self { resource, most: (1..=needed + 1).map(|units| resource.most_load(units)).collect() })
    }

    /// What a unit carries.
    #[must_use]
    pub fn resource(&self) -> &Resource {
        &self.resource
    }

    /// The largest load of the table.
    #[must_use]
    pub fn largest_load(&self) -> f64 {
        self.most.last().copied().unwrap_or(0.0)
    }

    /// The fewest units that carry a load: a look-up, without allocation. Above the table it is computed, with the
    /// same answer. `None` for a load that is no number of 0 or more, or beyond any number of units.
    #[must_use]
    pub fn units_needed(&self, load: f64) -> Option<u32> {
        if load == 0.0 {
            return Some(0);
        }
        if !(load > 0.0 && load <= self.largest_load()) {
            return self.resource.units_needed(load);
        }
        // At most a million and one steps: the place fits.
        u32::try_from(self.most.partition_point(|most| *most < load) + 1).ok()
    }

    /// The most that so many units carry: a look-up where the table reaches.
    #[must_use]
    pub fn most_load(&self, units: u32) -> f64 {
        let place = usize::try_from(units).ok().and_then(|units| units.checked_sub(1));
        let held = place.and_then(|place| self.most.get(place)).copied();
        held.unwrap_or_else(|| self.resource.most_load(units))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capacity::{Pool, Routing, Service, Target};
    use proptest::prelude::*;

    fn pool(slots: u32, routing: Routing) -> Resource {
        let service = Service { service_s: 7.0, slots, arrival_scv: 1.4, service_scv: 0.6, routing };
        Resource::Pool(Pool::new(service, Target { wait_s: 1.5, percentile: 0.9, max_occupancy: 0.9 }).unwrap())
    }

    #[test]
    fn whole_units_of_ten_each() {
        let stairs = Staircase::up_to(Resource::per_unit(10.0, 1.0).unwrap(), 35.0).unwrap();
        let asked = [0.0, 0.1, 10.0, 10.000_001, 35.0, 50.0, 50.1, 1_000.0].map(|load| stairs.units_needed(load));
        assert_eq!(asked, [0, 1, 1, 2, 4, 5, 6, 100].map(Some), "above 50 it is computed");
        assert_eq!(stairs.units_needed(-1.0), None);
        assert_eq!(stairs.units_needed(f64::NAN), None);
        assert_eq!(stairs.units_needed(f64::INFINITY), None);
    }

    #[test]
    fn ten_thousand_single_servers_have_a_table() {
        let resource = pool(1, Routing::Pooled);
        let stairs = Staircase::up_to(resource, 1_380.0).unwrap();
        let last = stairs.units_needed(1_380.0).unwrap();
        assert!((9_600..10_800).contains(&last), "{last} servers for 9,660 erlangs at 90 % busy or less");
    }

    #[test]
    fn a_load_beyond_reason_is_refused() {
        let resource = Resource::per_unit(1.0, 1.0).unwrap();
        assert!(matches!(Staircase::up_to(resource, 1e12), Err(CapacityError::TooMany { .. })));
        assert!(Staircase::up_to(resource, f64::NAN).is_err());
    }

    proptest! {
        #[test]
        fn looking_up_equals_computing(
            slots in 1..80u32, apart: bool, share in 0.0..40.0f64, nudge in -2i64..=2,
        ) {
            let resource = pool(slots, if apart { Routing::Apart } else { Routing::Pooled });
            let per_replica = f64::from(slots) / 7.0;
            let stairs = Staircase::up_to(resource, 12.0 * per_replica).unwrap();
            // Anywhere, and within two last digits of a step.
            let load = share * per_replica;
            prop_assert_eq!(stairs.units_needed(load), resource.units_needed(load));
            let step = stairs.most_load(1 + share as u32 / 4);
            let near = f64::from_bits((step.to_bits() as i64 + nudge) as u64);
            prop_assert_eq!(stairs.units_needed(near), resource.units_needed(near));
        }

        #[test]
        fn more_load_never_needs_fewer(a in 0.0..1e4f64, b in 0.0..1e4f64, per_unit in 0.001..1e3f64) {
            let stairs = Staircase::up_to(Resource::per_unit(per_unit, 0.8).unwrap(), 50.0 * per_unit).unwrap();
            let (less, more) = (a.min(b), a.max(b));
            let (fewer, units) = (stairs.units_needed(less).unwrap(), stairs.units_needed(more).unwrap());
            prop_assert!(fewer <= units);
            prop_assert!(f64::from(units) * per_unit * 0.8 * (1.0 + 1e-12) >= more);
            prop_assert!(units == 0 || f64::from(units - 1) * per_unit * 0.8 < more);
        }
    }
}
