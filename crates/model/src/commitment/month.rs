//! A month of a contract: what is taken, what it costs, what is billed. Cheap enough for a loop over draws: nothing is
//! allocated, and what one month leaves to the next is a small value that the caller carries.

use super::contract::{Contract, ContractError, Promise, Shortfall, Terms, held};
use super::owned::OwnedMonth;

/// Use in a month, in the contract's unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Demand<'a> {
    /// So much over the month, spread evenly over its hours: unit-hours, tokens, or USD where the rate is 1.
    Even(f64),
    /// Units in each of equal parts of the month: 744 hours, or 168 hours of a week that stands for the month.
    Hourly(&'a [f64]),
}

/// What a month leaves to the next one. Begin with the default.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Carried {
    /// Taken of this period's promise so far.
    taken: f64,
    /// Prepaid USD of this period that no charge has used.
    credit: f64,
    /// Units paid for in earlier periods and not taken.
    to_make_up: f64,
}

/// A month of a contract; quantities in its unit, money in USD.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct MonthOfContract {
    /// Use.
    pub demand: f64,
    /// Promised, or owned: of the hour's promise all hours, of a period's what was left of it as the month began.
    pub promised: f64,
    /// Taken of that.
    pub taken: f64,
    /// Taken of what earlier periods paid for.
    pub made_up: f64,
    /// Use above it.
    pub above: f64,
    /// EffectiveCost of what was taken.
    pub used_usd: f64,
    /// EffectiveCost of what was bought and not taken.
    pub unused_usd: f64,
    /// Charged for a promise not kept, in the month in which its period ends.
    pub shortfall_usd: f64,
    /// Cost of use above.
    pub above_usd: f64,
    /// EffectiveCost of the month: the four before.
    pub effective_usd: f64,
    /// Billed at the beginning: prepayment, or purchase of hardware.
    pub prepaid_usd: f64,
    /// Billed in the month: prepayment, recurring charges, use above.
    pub billed_usd: f64,
    /// Received for what was sold at the end.
    pub received_usd: f64,
    /// For the next month.
    pub carried: Carried,
}

/// Use of a month against a level that is held in each hour.
struct AtLevel {
    demand: f64,
    taken: f64,
}

/// Largest use of a month.
const LARGEST: f64 = 1e18;

fn checked(value: f64) -> Result<f64, ContractError> {
    held("demand", value, "a number from 0 to 10^18", |value| (0.0..=LARGEST).contains(&value))
}

impl Demand<'_> {
    /// All of it.
    fn quantity(self, hours: f64) -> Result<f64, ContractError> {
        match self {
            Self::Even(quantity) => checked(quantity),
            Self::Hourly(_) => Ok(self.at_level(hours, 0.0)?.demand),
        }
    }

    /// All of it, and what a level covers.
    fn at_level(self, hours: f64, level: f64) -> Result<AtLevel, ContractError> {
        match self {
            Self::Even(quantity) => {
                let demand = checked(quantity)?;
                Ok(AtLevel { demand, taken: demand.min(level * hours) })
            }
            Self::Hourly(levels) => {
                let (mut demand, mut taken) = (0.0, 0.0);
                for each in levels {
                    let each = checked(*each)?;
                    demand += each;
                    taken += each.min(level);
                }
                // A month without parts has no use that could be told.
                let part = held("demand", hours / levels.len() as f64, "at least one part of the month", |_| true)?;
                Ok(AtLevel { demand: checked(demand * part)?, taken: taken * part })
            }
        }
    }
}

impl Contract {
    /// A month of the contract, 0 being its first, with what the month before it left (the default for the first).
    ///
    /// A promise per hour covers each hour up to its level. A promise per period covers use until it is taken; what is
    /// then missing is charged in the period's last month. Charges under a promise use up the period's prepaid part
    /// before anything is billed, so that over the term Σ effective = Σ billed − Σ received.
    ///
    /// # Errors
    /// A month outside of the term; use that is negative or no number.
    pub fn month_cost(&self, month: u32, demand: Demand, before: Carried) -> Result<MonthOfContract, ContractError> {
        if month >= self.months {
            return Err(ContractError::Outside { month, months: self.months });
        }
        let mut found = match &self.terms {
            Terms::Promise(promise) => match promise.period(self.months) {
                None => self.hourly(promise, month, demand)?,
                Some(period) => self.periodic(promise, (month, period), demand, before)?,
            },
            Terms::Owned(owned) => {
                let hours = self.hours(month);
                let at = demand.at_level(hours, owned.units)?;
                let OwnedMonth { running_usd, used_usd, unused_usd, .. } = owned.month(hours, at.taken, self.months);
                let last = month + 1 == self.months;
                MonthOfContract {
                    demand: at.demand,
                    promised: owned.units * hours,
                    taken: at.taken,
                    used_usd,
                    unused_usd,
                    billed_usd: running_usd,
                    received_usd: if last { owned.units * owned.salvage_usd_per_unit } else { 0.0 },
                    ..MonthOfContract::default()
                }
            }
        };
        found.above = (found.demand - found.taken - found.made_up).max(0.0);
        found.above_usd = found.above * self.above;
        found.prepaid_usd = if month == 0 { self.prepayment } else { 0.0 };
        found.effective_usd = found.used_usd + found.unused_usd + found.shortfall_usd + found.above_usd;
        found.billed_usd += found.prepaid_usd + found.above_usd;
        Ok(found)
    }

    fn hourly(&self, promise: &Promise, month: u32, demand: Demand) -> Result<MonthOfContract, ContractError> {
        let hours = self.hours(month);
        let level = promise.units(month);
        let at = demand.at_level(hours, level)?;
        let promised = level * hours;
        let used_usd = at.taken * promise.rate;
        let missing = (promised - at.taken).max(0.0) * promise.rate * promise.owed();
        let (unused_usd, shortfall_usd) = promise.named(missing);
        let credit = promised * promise.rate * promise.prepaid_share;
        Ok(MonthOfContract {
            demand: at.demand,
            promised,
            taken: at.taken,
            used_usd,
            unused_usd,
            shortfall_usd,
            billed_usd: (used_usd + missing - credit).max(0.0),
            ..MonthOfContract::default()
        })
    }

    fn periodic(
        &self,
        promise: &Promise,
        (month, period): (u32, u32),
        demand: Demand,
        before: Carried,
    ) -> Result<MonthOfContract, ContractError> {
        let quantity = demand.quantity(self.hours(month))?;
        let whole = promise.units(month);
        let mut carried = before;
        if month.is_multiple_of(period) {
            carried.taken = 0.0;
            carried.credit = whole * promise.rate * promise.prepaid_share;
        }
        let promised = (whole - carried.taken).max(0.0);
        let taken = quantity.min(promised);
        let made_up = (quantity - taken).min(carried.to_make_up);
        carried.taken += taken;
        carried.to_make_up -= made_up;
        let used_usd = taken * promise.rate;
        let mut missing_usd = 0.0;
        if (month + 1).is_multiple_of(period) {
            let missing = (whole - carried.taken).max(0.0);
            missing_usd = missing * promise.rate * promise.owed();
            if promise.shortfall == Shortfall::MakeUp {
                carried.to_make_up += missing;
            }
        }
        let charged = used_usd + missing_usd;
        let from_credit = charged.min(carried.credit);
        carried.credit -= from_credit;
        let (unused_usd, shortfall_usd) = promise.named(missing_usd);
        Ok(MonthOfContract {
            demand: quantity,
            promised,
            taken,
            made_up,
            used_usd,
            unused_usd,
            shortfall_usd,
            billed_usd: charged - from_credit,
            carried,
            ..MonthOfContract::default()
        })
    }
}

impl Promise {
    /// What is charged for a promise not taken, as unused or as shortfall.
    fn named(&self, missing_usd: f64) -> (f64, f64) {
        if self.shortfall == Shortfall::Lost { (missing_usd, 0.0) } else { (0.0, missing_usd) }
    }
}
