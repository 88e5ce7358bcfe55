//! What one unit carries, whatever the unit is.

use super::error::{positive, some_share};
use super::{CapacityError, Pool};

/// Something that comes in whole units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Resource {
    /// Replicas of a model, sized for a waiting time; its load is arrivals per second.
    Pool(Pool),
    /// A plain capacity per unit, such as tokens per second of a GPU, queries per second of a database or a vector
    /// store, or requests per second of a gateway; its load is in the same unit.
    PerUnit {
        /// What one unit carries at most, occupancy limit included.
        most_load: f64,
    },
}

impl Resource {
    /// A plain capacity per unit, of which a share may be used (1 = all of it).
    ///
    /// # Errors
    /// A capacity that is not above 0, or a share that is not above 0 and at most 1.
    pub fn per_unit(capacity: f64, max_occupancy: f64) -> Result<Self, CapacityError> {
        let most_load = positive("per_unit", capacity)? * some_share("max_occupancy", max_occupancy)?;
        positive("per_unit × max_occupancy", most_load)?;
        Ok(Self::PerUnit { most_load })
    }

    /// The most that so many units carry.
    #[must_use]
    pub fn most_load(&self, units: u32) -> f64 {
        match self {
            Self::Pool(pool) => pool.most_arrivals_per_s(units),
            Self::PerUnit { most_load } => f64::from(units) * most_load,
        }
    }

    /// The fewest units that carry a load; `None` beyond any number of them, and for a load that is no number of 0 or
    /// more.
    #[must_use]
    pub fn units_needed(&self, load: f64) -> Option<u32> {
        match self {
            Self::Pool(pool) => pool.replicas_needed(load),
            Self::PerUnit { .. } => super::staircase::fewest(load, u32::MAX, |units| self.most_load(units)),
        }
    }

    /// What a unit carries when it is busy all the time, whatever the target: the whole of utilisation.
    #[must_use]
    pub fn full_load(&self, units: u32) -> f64 {
        match self {
            Self::Pool(pool) => f64::from(units) * f64::from(pool.service().slots) / pool.service().service_s,
            Self::PerUnit { most_load } => f64::from(units) * most_load,
        }
    }
}
