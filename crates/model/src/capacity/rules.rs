//! What is held beyond what the load needs: spares, and regions that outlive one another.

use super::error::counted;
use super::{CapacityError, Staircase};

/// Units beyond the load's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// Spare units in each region: 1 is N+1.
    pub spare_units: u32,
    /// Regions over which the load is spread; when there are several, the others carry the whole peak when one is
    /// lost.
    pub regions: u32,
}

/// Units of a resource by the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Provided {
    /// Units in each region.
    pub per_region: u32,
    /// Units in all regions.
    pub units: u32,
}

impl Default for Rules {
    /// One region, no spare.
    fn default() -> Self {
        Self { spare_units: 0, regions: 1 }
    }
}

impl Rules {
    /// Rules.
    ///
    /// # Errors
    /// No region.
    pub fn new(spare_units: u32, regions: u32) -> Result<Self, CapacityError> {
        counted("regions", regions)?;
        Ok(Self { spare_units, regions })
    }

    /// The load that one region must carry: all of it when it is alone, `load ÷ (regions − 1)` when each can lose one.
    #[must_use]
    pub fn load_per_region(&self, load: f64) -> f64 {
        load / f64::from(self.regions.saturating_sub(1).max(1))
    }

    /// Units for a load by the rules. Without load nothing is needed, and no spare either. `None` where the staircase
    /// has no answer.
    #[must_use]
    pub fn provided(&self, stairs: &Staircase, load: f64) -> Option<Provided> {
        let needed = stairs.units_needed(self.load_per_region(load))?;
        if needed == 0 {
            return Some(Provided { per_region: 0, units: 0 });
        }
        let per_region = needed.checked_add(self.spare_units)?;
        Some(Provided { per_region, units: per_region.checked_mul(self.regions)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capacity::Resource;
    use proptest::prelude::*;

    fn tens() -> Staircase {
        Staircase::up_to(Resource::per_unit(10.0, 1.0).unwrap(), 200.0).unwrap()
    }

    #[test]
    fn a_peak_of_ninety_in_units_of_ten() {
        let units = |spare, regions| Rules::new(spare, regions).unwrap().provided(&tens(), 90.0).unwrap();
        assert_eq!(units(0, 1).units, 9);
        assert_eq!(units(1, 1).units, 10, "N+1");
        assert_eq!(units(0, 2), Provided { per_region: 9, units: 18 }, "either carries all");
        assert_eq!(units(0, 3), Provided { per_region: 5, units: 15 }, "two of three carry 45 each");
        assert_eq!(units(1, 4), Provided { per_region: 4, units: 16 });
        assert_eq!(Rules::new(1, 3).unwrap().provided(&tens(), 0.0).unwrap().units, 0);
        assert!(Rules::new(0, 0).is_err());
    }

    proptest! {
        #[test]
        fn any_region_can_be_lost(load in 0.0..500.0f64, regions in 2..9u32, spare in 0..3u32) {
            let provided = Rules::new(spare, regions).unwrap().provided(&tens(), load).unwrap();
            let left = f64::from(provided.units - provided.per_region) * 10.0;
            prop_assert!(left >= load * (1.0 - 1e-12));
        }
    }
}
