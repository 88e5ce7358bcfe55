//! Interruptible capacity: what an hour of it is worth, and how much must not be interruptible.

use super::CapacityError;
use super::error::{amount, positive, some_share};

/// What spot capacity costs and loses.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spot {
    /// Price of an hour of a unit.
    pub usd_per_unit_hour: f64,
    /// Price of the same hour on demand.
    pub on_demand_usd_per_unit_hour: f64,
    /// Interruptions of a unit per hour.
    pub interruptions_per_hour: f64,
    /// Hours of work lost at each: half of the time between two checkpoints, on average.
    pub lost_hours: f64,
    /// Hours from an interruption until the unit works again.
    pub restart_hours: f64,
}

/// What comes of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SpotValue {
    /// Share of paid hours that is useful, above 0.
    pub useful_share: f64,
    /// Price of a useful hour.
    pub effective_usd_per_unit_hour: f64,
    /// Saving over on demand, as a share; negative when spot is dearer.
    pub saving_share: f64,
    /// Interruptions per hour at which a useful spot hour costs as much as one on demand; `None` when nothing is lost
    /// at an interruption, or spot is dearer to begin with.
    pub break_even_interruptions_per_hour: Option<f64>,
}

/// Units on demand and on spot that together give so many useful units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpotFleet {
    /// Units that are not interrupted.
    pub on_demand_units: u32,
    /// Spot units, those that make up for interruptions included.
    pub spot_units: u32,
}

impl Spot {
    /// Useful share of time, effective price and saving: `1 − interruptions × (lost + restart)` and price ÷ that share.
    ///
    /// # Errors
    /// A figure that is negative or no number, or interruptions so frequent that nothing useful is left.
    pub fn value(&self) -> Result<SpotValue, CapacityError> {
        let spot = amount("usd_per_unit_hour", self.usd_per_unit_hour)?;
        let on_demand = positive("on_demand_usd_per_unit_hour", self.on_demand_usd_per_unit_hour)?;
        let rate = amount("interruptions_per_hour", self.interruptions_per_hour)?;
        let lost = amount("lost_hours", self.lost_hours)? + amount("restart_hours", self.restart_hours)?;
        let useful_share = 1.0 - rate * lost;
        if useful_share < 1e-6 {
            return Err(CapacityError::Figure {
                field: "interruptions_per_hour",
                found: rate.to_string(),
                expected: "fewer than leave no useful time: interruptions × (lost + restart) below 1",
            });
        }
        let effective = spot / useful_share;
        let affordable = 1.0 - spot / on_demand;
        let break_even = (lost > 0.0 && affordable >= 0.0).then(|| affordable / lost);
        Ok(SpotValue {
            useful_share,
            effective_usd_per_unit_hour: effective,
            saving_share: 1.0 - effective / on_demand,
            break_even_interruptions_per_hour: break_even.filter(|rate| rate.is_finite()),
        })
    }

    /// A fleet for so many useful units, of which a share must be on demand.
    ///
    /// # Errors
    /// As [`Self::value`], a floor that is no share, or more units than can be counted.
    pub fn fleet(&self, units: u32, on_demand_floor: f64) -> Result<SpotFleet, CapacityError> {
        let useful = self.value()?.useful_share;
        if on_demand_floor != 0.0 {
            some_share("on_demand_floor", on_demand_floor)?;
        }
        // A product such as 0.3 × 10 must not be rounded up for its last binary digit.
        let on_demand_units = (f64::from(units) * on_demand_floor - 1e-9).ceil().max(0.0) as u32;
        let spot = (f64::from(units - on_demand_units) / useful - 1e-9).ceil().max(0.0);
        if spot > f64::from(u32::MAX) {
            return Err(CapacityError::TooMany { load: spot, most: u32::MAX });
        }
        Ok(SpotFleet { on_demand_units, spot_units: spot as u32 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn spot(interruptions_per_hour: f64) -> Spot {
        Spot {
            usd_per_unit_hour: 1.0,
            on_demand_usd_per_unit_hour: 2.0,
            interruptions_per_hour,
            lost_hours: 0.5,
            restart_hours: 0.5,
        }
    }

    #[test]
    fn one_interruption_in_five_hours_costs_a_fifth() {
        let value = spot(0.2).value().unwrap();
        assert!((value.useful_share - 0.8).abs() < 1e-15, "an hour lost in five");
        assert!((value.effective_usd_per_unit_hour - 1.25).abs() < 1e-15);
        assert!((value.saving_share - 0.375).abs() < 1e-15);
        assert_eq!(value.break_even_interruptions_per_hour, Some(0.5), "half of the time lost at half of the price");
        assert!((spot(0.5).value().unwrap().saving_share).abs() < 1e-12);
    }

    #[test]
    fn the_floor_is_on_demand_and_spot_makes_up_for_itself() {
        assert_eq!(
            spot(0.2).fleet(10, 0.3).unwrap(),
            SpotFleet { on_demand_units: 3, spot_units: 9 },
            "7 ÷ 0.8 = 8.75"
        );
        assert_eq!(spot(0.2).fleet(10, 1.0).unwrap(), SpotFleet { on_demand_units: 10, spot_units: 0 });
        assert_eq!(spot(0.0).fleet(10, 0.0).unwrap(), SpotFleet { on_demand_units: 0, spot_units: 10 });
    }

    #[test]
    fn capacity_that_is_never_there_has_no_price() {
        assert!(spot(1.0).value().is_err());
        assert!(spot(f64::NAN).value().is_err());
        assert!(spot(0.1).fleet(1, -0.1).is_err());
    }

    proptest! {
        #[test]
        fn more_interruptions_never_make_it_cheaper(a in 0.0..0.9f64, b in 0.0..0.9f64) {
            let (few, many) = (spot(a.min(b)).value().unwrap(), spot(a.max(b)).value().unwrap());
            prop_assert!(few.effective_usd_per_unit_hour <= many.effective_usd_per_unit_hour);
            prop_assert!(many.useful_share > 0.0 && many.effective_usd_per_unit_hour.is_finite());
        }
    }
}
