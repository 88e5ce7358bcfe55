//! The one type of contract: what is promised, for how long, at which rate, and what happens when it is not taken.

use thiserror::Error;

use super::owned::OwnedHardware;
use crate::Month;

/// What is promised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// Hours of a machine: GPU hours, instance hours.
    Hours,
    /// Units of use: tokens, requests, throughput units for an hour.
    Units,
    /// USD at the contract's rates.
    Spend,
}

/// Per how long it is promised. What is not taken inside that time is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Per {
    /// In each hour.
    Hour,
    /// In each period of so many months; 1 is each month, 12 each year.
    Months(u32),
    /// Over the whole term.
    Term,
}

/// What a promise costs that is not taken.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Shortfall {
    /// It was bought: charged in full, and unused.
    Lost,
    /// This share of it is charged when its period ends (take-or-pay at 1 or below).
    Fee(f64),
    /// Charged in full, and what was paid for can be taken later in the term, once a period's own promise is used up.
    MakeUp,
}

/// The promise from a month of the term on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// Months after the start.
    pub from_month: u32,
    /// Promised per hour, period or term, in its unit.
    pub amount: f64,
}

/// A promise to take something at a rate.
#[derive(Debug, Clone, PartialEq)]
pub struct Promise {
    /// What is promised.
    pub what: What,
    /// Per how long.
    pub per: Per,
    /// How much, from the first month on; several are a ramp. In order, the first at month 0.
    pub steps: Vec<Step>,
    /// USD per unit (or unit and hour) taken under the promise.
    pub rate: f64,
    /// Share of the promise that is paid at the beginning.
    pub prepaid_share: f64,
    /// What is not taken.
    pub shortfall: Shortfall,
}

/// What a contract is about.
#[derive(Debug, Clone, PartialEq)]
pub enum Terms {
    /// A promise to take something.
    Promise(Promise),
    /// Hardware of one's own.
    Owned(OwnedHardware),
}

/// A contract over a term of whole months.
#[derive(Debug, Clone, PartialEq)]
pub struct Contract {
    pub(super) start: Month,
    pub(super) months: u32,
    pub(super) terms: Terms,
    pub(super) above: f64,
    pub(super) on_demand: f64,
    /// USD paid at the beginning.
    pub(super) prepayment: f64,
}

/// Longest term, in months.
const LONGEST: u32 = 600;
/// No amount, rate or price is larger: sums of a term stay far from the ends of binary numbers.
const LARGEST: f64 = 1e15;

/// Why there is no contract, or no month of it.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum ContractError {
    /// A value that cannot stand in its field.
    #[error("{field} is {found}; expected {expected}")]
    Field {
        /// Which one.
        field: &'static str,
        /// What stood there.
        found: f64,
        /// What should.
        expected: &'static str,
    },
    /// A ramp out of order.
    #[error(
        "step {index} of the ramp begins in month {from_month}; the first begins in month 0, each later than the one before, inside the term and with a period of the promise"
    )]
    Ramp {
        /// Which one.
        index: usize,
        /// When it begins.
        from_month: u32,
    },
    /// A term that is no whole number of periods.
    #[error("a term of {months} months is no whole number of periods of {period} months; change one of them")]
    Period {
        /// Term.
        months: u32,
        /// Period.
        period: u32,
    },
    /// Less is owed for what is not taken than was prepaid for it.
    #[error("{prepaid_share} is prepaid and only {owed} is owed for what is not taken; prepay no more than that")]
    Prepaid {
        /// Prepaid share.
        prepaid_share: f64,
        /// Share owed.
        owed: f64,
    },
    /// A promise per hour has nothing to make up.
    #[error("a promise per hour cannot be made up later; promise per month or term")]
    MakeUpHour,
    /// A month outside of the term.
    #[error("month {month} is outside of a term of {months} months")]
    Outside {
        /// Asked for, from 0.
        month: u32,
        /// Term.
        months: u32,
    },
}

/// A number in its range, or the error that says so.
pub(super) fn held(
    field: &'static str,
    found: f64,
    expected: &'static str,
    holds: impl Fn(f64) -> bool,
) -> Result<f64, ContractError> {
    if found.is_finite() && holds(found) { Ok(found) } else { Err(ContractError::Field { field, found, expected }) }
}

/// 0 or more.
pub(super) fn amount(field: &'static str, found: f64) -> Result<f64, ContractError> {
    held(field, found, "a number from 0 to 10^15", |value| (0.0..=LARGEST).contains(&value))
}

/// From 0 to 1.
pub(super) fn share(field: &'static str, found: f64) -> Result<f64, ContractError> {
    held(field, found, "a share from 0 to 1", |value| (0.0..=1.0).contains(&value))
}

impl Promise {
    /// Months of a period in a term of so many; none for a promise per hour.
    pub(super) fn period(&self, months: u32) -> Option<u32> {
        match self.per {
            Per::Hour => None,
            Per::Months(period) => Some(period),
            Per::Term => Some(months),
        }
    }

    /// Promised in a month's hour or period, in units of use (for spend: what it buys at the rate).
    pub(super) fn units(&self, month: u32) -> f64 {
        let step = self.steps.iter().rev().find(|step| step.from_month <= month);
        let amount = step.map_or(0.0, |step| step.amount);
        if self.what == What::Spend { amount / self.rate } else { amount }
    }

    /// Share charged of what is not taken.
    pub(super) fn owed(&self) -> f64 {
        match self.shortfall {
            Shortfall::Fee(share) => share,
            Shortfall::Lost | Shortfall::MakeUp => 1.0,
        }
    }

    fn check(&self, months: u32) -> Result<(), ContractError> {
        amount("rate", self.rate)?;
        if self.what == What::Spend {
            // What a spend buys is amount ÷ rate; it must stay a number of a size that means something.
            held("rate", self.rate, "a rate of at least 10^-9 for a promise to spend", |rate| rate >= 1e-9)?;
        }
        share("prepaid_share", self.prepaid_share)?;
        share("shortfall.share", self.owed())?;
        if self.prepaid_share > self.owed() {
            return Err(ContractError::Prepaid { prepaid_share: self.prepaid_share, owed: self.owed() });
        }
        let period = self.period(months);
        match period {
            None if self.shortfall == Shortfall::MakeUp => return Err(ContractError::MakeUpHour),
            Some(period) if period == 0 || !months.is_multiple_of(period) => {
                return Err(ContractError::Period { months, period });
            }
            _ => {}
        }
        if self.steps.is_empty() {
            return Err(ContractError::Ramp { index: 0, from_month: 0 });
        }
        for (index, step) in self.steps.iter().enumerate() {
            amount("amount", step.amount)?;
            let from_month = step.from_month;
            let after = match index {
                0 => from_month == 0,
                index => from_month > self.steps[index - 1].from_month,
            };
            if !after || from_month >= months || !from_month.is_multiple_of(period.unwrap_or(1)) {
                return Err(ContractError::Ramp { index, from_month });
            }
        }
        Ok(())
    }
}

impl Contract {
    /// A contract from `start` for `months` months. `on_demand` is the price of a unit without it, `above` the price of
    /// a unit beyond what is promised or owned (the price on demand where the contract says nothing else), both in USD.
    ///
    /// # Errors
    /// [`ContractError`]: a value outside of its range, a ramp out of order, a term that is no whole number of periods.
    pub fn new(start: Month, months: u32, terms: Terms, above: f64, on_demand: f64) -> Result<Self, ContractError> {
        held("months", f64::from(months), "1 to 600 months", |_| (1..=LONGEST).contains(&months))?;
        amount("above", above)?;
        amount("on_demand", on_demand)?;
        let mut contract = Self { start, months, terms, above, on_demand, prepayment: 0.0 };
        contract.prepayment = match &contract.terms {
            Terms::Owned(owned) => {
                owned.check()?;
                owned.units * owned.purchase_usd_per_unit
            }
            Terms::Promise(promise) => {
                promise.check(months)?;
                let of = |month: u32| match promise.period(months) {
                    None => promise.units(month) * contract.hours(month),
                    Some(period) if month.is_multiple_of(period) => promise.units(month),
                    Some(_) => 0.0,
                };
                promise.prepaid_share * promise.rate * (0..months).map(of).sum::<f64>()
            }
        };
        Ok(contract)
    }

    /// First month.
    #[must_use]
    pub fn start(&self) -> Month {
        self.start
    }

    /// First month after its end.
    #[must_use]
    pub fn end(&self) -> Month {
        self.start.plus(self.months as i32)
    }

    /// Months of the term.
    #[must_use]
    pub fn months(&self) -> u32 {
        self.months
    }

    /// What it is about.
    #[must_use]
    pub fn terms(&self) -> &Terms {
        &self.terms
    }

    /// USD per unit without it.
    #[must_use]
    pub fn on_demand(&self) -> f64 {
        self.on_demand
    }

    /// USD paid at the beginning: the prepayment, or the purchase of hardware.
    #[must_use]
    pub fn prepayment(&self) -> f64 {
        self.prepayment
    }

    /// Hours of a month of the term, by the calendar.
    #[must_use]
    pub fn hours(&self, month: u32) -> f64 {
        self.start.plus(month as i32).days() as f64 * 24.0
    }
}
