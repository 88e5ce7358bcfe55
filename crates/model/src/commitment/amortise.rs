//! How a commitment's cost is spread over its months and hours.

use thiserror::Error;

use crate::Money;
use crate::allocate::split;

/// A month of a commitment, exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MonthAmortised {
    /// BilledCost: the prepayment in the first month, and the recurring part.
    pub billed: Money,
    /// EffectiveCost, used and unused.
    pub effective: Money,
}

/// Why there is no schedule.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ScheduleError {
    /// A prepayment below 0 or above the whole.
    #[error("{prepaid} of {total} cannot be prepaid; prepay from 0 up to the whole of a cost of 0 or more")]
    Prepaid {
        /// Prepaid.
        prepaid: Money,
        /// The whole.
        total: Money,
    },
    /// A term without hours.
    #[error("the term has no hours to spread a cost over; give at least one month with hours")]
    NoHours,
}

/// Spreads the cost of a commitment over the months of its term, by their hours; exact, so that Σ effective = Σ billed
/// = `total`. The prepayment is billed in the first month (FOCUS 1.2, commitment discounts: the purchase carries the
/// billed cost, the hours the effective one).
///
/// # Errors
/// [`ScheduleError`]: a prepayment outside of the cost, a term without hours.
pub fn schedule(total: Money, prepaid: Money, hours: &[u64]) -> Result<Vec<MonthAmortised>, ScheduleError> {
    if prepaid < Money::ZERO || prepaid > total {
        return Err(ScheduleError::Prepaid { prepaid, total });
    }
    let effective = split(total, hours).ok_or(ScheduleError::NoHours)?;
    let recurring = split(total - prepaid, hours).ok_or(ScheduleError::NoHours)?;
    let months = effective.into_iter().zip(recurring).enumerate();
    let at_first = |index: usize| if index == 0 { prepaid } else { Money::ZERO };
    Ok(months
        .map(|(index, (effective, recurring))| MonthAmortised { billed: recurring + at_first(index), effective })
        .collect())
}

/// Spreads a month's cost over its hours; they add up to it exactly. Empty for a month without hours.
#[must_use]
pub fn hours_of(month: Money, hours: usize) -> Vec<Money> {
    split(month, &vec![1; hours]).unwrap_or_default()
}

/// Parts an hour's effective cost into what was used and what was not: `used` of `promised` units, in any whole-number
/// unit. The two add up to the cost; use above the promise counts as the promise. Nothing promised is all unused.
#[must_use]
pub fn hour_parts(effective: Money, used: u64, promised: u64) -> (Money, Money) {
    let used = used.min(promised);
    match split(effective, &[used, promised - used]) {
        Some(parts) => (parts[0], parts[1]),
        None => (Money::ZERO, effective),
    }
}

/// A commitment to spend an amount each hour of a term.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Commitment {
    /// USD per hour.
    pub usd_per_hour: f64,
    /// Hours of the term.
    pub hours: f64,
    /// Share paid at the beginning.
    pub upfront_share: f64,
    /// Price on demand over the plan's.
    pub on_demand_ratio: f64,
}

/// An hour of a commitment (FOCUS 1.2, commitment discounts): EffectiveCost used and unused, and what is on demand.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AmortisedHour {
    /// EffectiveCost of what was used of it.
    pub used: f64,
    /// EffectiveCost of what was not.
    pub unused: f64,
    /// Cost on demand of what lay above.
    pub standard: f64,
    /// Billed in this hour: the recurring part and what is on demand.
    pub billed: f64,
}

impl Commitment {
    /// BilledCost at the purchase; its EffectiveCost is zero, because the hours carry it.
    #[must_use]
    pub fn purchase_billed(&self) -> f64 {
        self.usd_per_hour * self.hours * self.upfront_share
    }

    /// BilledCost of each hour.
    #[must_use]
    pub fn recurring(&self) -> f64 {
        self.usd_per_hour * (1.0 - self.upfront_share)
    }

    /// An hour in which eligible use would cost this much at the plan's rates.
    #[must_use]
    pub fn hour(&self, eligible: f64) -> AmortisedHour {
        let used = eligible.min(self.usd_per_hour);
        let standard = (eligible - used) * self.on_demand_ratio;
        AmortisedHour { used, unused: self.usd_per_hour - used, standard, billed: self.recurring() + standard }
    }

    /// Σ EffectiveCost (used and unused) − Σ BilledCost of the commitment over these hours, each bearing its part of
    /// what was paid at the beginning: always zero.
    #[must_use]
    pub fn invariant(&self, hours: &[AmortisedHour]) -> f64 {
        let effective: f64 = hours.iter().map(|hour| hour.used + hour.unused).sum();
        let billed = hours.len() as f64 * (self.purchase_billed() / self.hours + self.recurring());
        effective - billed
    }
}
