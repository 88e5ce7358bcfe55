//! Hardware of one's own: purchase, straight-line depreciation, power, colocation, upkeep.

use super::contract::{ContractError, amount, held, share};

/// Hardware bought at the beginning and sold at the end of a contract's term, which is its life.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OwnedHardware {
    /// Units, such as GPUs.
    pub units: f64,
    /// Purchase price of a unit with its part of server, network and installation, USD.
    pub purchase_usd_per_unit: f64,
    /// What a unit is sold for at the end, USD.
    pub salvage_usd_per_unit: f64,
    /// Power of a unit at work, all-in at the server, kW.
    pub kw_per_unit: f64,
    /// Power when idle, as a share of that.
    pub idle_power_share: f64,
    /// Power of the whole site over that of the servers (PUE), 1 or more.
    pub pue: f64,
    /// USD per kWh.
    pub usd_per_kwh: f64,
    /// Colocation, USD per kW of the servers and month.
    pub colocation_usd_per_kw_month: f64,
    /// Upkeep, support and hands, USD per unit and month.
    pub upkeep_usd_per_unit_month: f64,
}

/// A month of it, USD.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OwnedMonth {
    /// (purchase − salvage) ÷ months of life.
    pub depreciation_usd: f64,
    /// Power, colocation and upkeep, paid in the month.
    pub running_usd: f64,
    /// Cost of hours at work: their share of what does not depend on use, and the power that they drew.
    pub used_usd: f64,
    /// Cost of the other hours.
    pub unused_usd: f64,
}

impl OwnedHardware {
    pub(super) fn check(&self) -> Result<(), ContractError> {
        amount("units", self.units)?;
        amount("purchase_usd_per_unit", self.purchase_usd_per_unit)?;
        let most = self.purchase_usd_per_unit;
        held("salvage_usd_per_unit", self.salvage_usd_per_unit, "from 0 up to the purchase price", |usd| {
            (0.0..=most).contains(&usd)
        })?;
        amount("kw_per_unit", self.kw_per_unit)?;
        share("idle_power_share", self.idle_power_share)?;
        held("pue", self.pue, "1 or more, at most 10", |pue| (1.0..=10.0).contains(&pue))?;
        amount("usd_per_kwh", self.usd_per_kwh)?;
        amount("colocation_usd_per_kw_month", self.colocation_usd_per_kw_month)?;
        amount("upkeep_usd_per_unit_month", self.upkeep_usd_per_unit_month)?;
        Ok(())
    }

    /// A month of so many hours, in which `taken` unit-hours worked, of a life of so many months.
    ///
    /// Depreciation is straight-line: (purchase − salvage) ÷ life. Power = kW × PUE × USD per kWh × hours, idle hours
    /// at `idle_power_share` of it. Colocation is by the kW of the servers; PUE is inside its price.
    #[must_use]
    pub fn month(&self, hours: f64, taken: f64, life_months: u32) -> OwnedMonth {
        let there = self.units * hours;
        let taken = taken.clamp(0.0, there);
        let lost = self.units * (self.purchase_usd_per_unit - self.salvage_usd_per_unit);
        let depreciation_usd = lost / f64::from(life_months.max(1));
        let colocation = self.units * self.kw_per_unit * self.colocation_usd_per_kw_month;
        let upkeep = self.units * self.upkeep_usd_per_unit_month;
        let power_hour = self.kw_per_unit * self.pue * self.usd_per_kwh;
        let (busy, idle) = (taken * power_hour, (there - taken) * power_hour * self.idle_power_share);
        let standing = depreciation_usd + colocation + upkeep;
        let used_standing = if there > 0.0 { standing * (taken / there) } else { 0.0 };
        OwnedMonth {
            depreciation_usd,
            running_usd: colocation + upkeep + busy + idle,
            used_usd: used_standing + busy,
            unused_usd: (standing - used_standing).max(0.0) + idle,
        }
    }

    /// USD per unit and hour at work, over a life of so many months of `hours` hours each, at a utilisation; `None` at
    /// a utilisation of 0, where no hour bears the cost.
    #[must_use]
    pub fn usd_per_hour(&self, hours: f64, utilisation: f64, life_months: u32) -> Option<f64> {
        let taken = self.units * hours * utilisation;
        let month = self.month(hours, taken, life_months);
        let cost = (month.used_usd + month.unused_usd) / taken;
        cost.is_finite().then_some(cost)
    }

    /// Utilisation from which on it is cheaper than renting at `on_demand` USD per unit and hour: what stands whether
    /// used or not ÷ (rent − the power that an hour at work adds). `None` where renting is no dearer than that power,
    /// or there is no unit; above 1 it never pays.
    #[must_use]
    pub fn break_even_utilisation(&self, hours: f64, life_months: u32, on_demand: f64) -> Option<f64> {
        let idle = self.month(hours, 0.0, life_months);
        let added = self.kw_per_unit * self.pue * self.usd_per_kwh * (1.0 - self.idle_power_share);
        let spared = self.units * hours * (on_demand - added);
        let share = idle.unused_usd / spared;
        (spared > 0.0 && share.is_finite()).then_some(share)
    }

    /// Are all values in their ranges?
    ///
    /// # Errors
    /// [`ContractError::Field`] for the first that is not.
    pub fn checked(self) -> Result<Self, ContractError> {
        self.check().map(|()| self)
    }
}
