//! Contracts as they are sold, each in the terms of the one type.

use super::contract::{Contract, ContractError, Per, Promise, Shortfall, Step, Terms, What, amount, held};
use super::owned::OwnedHardware;
use crate::Month;

/// A level from the first month on.
fn level(amount: f64) -> Vec<Step> {
    vec![Step { from_month: 0, amount }]
}

impl Contract {
    /// Reserved instances, resource-based committed-use discounts, provisioned throughput units: so many units in each
    /// hour at a rate per unit and hour, used or not.
    ///
    /// # Errors
    /// As [`Contract::new`].
    pub fn reserved(
        (start, months): (Month, u32),
        units: f64,
        rate: f64,
        prepaid_share: f64,
        on_demand: f64,
    ) -> Result<Self, ContractError> {
        let (what, per, shortfall) = (What::Hours, Per::Hour, Shortfall::Lost);
        let promise = Promise { what, per, steps: level(units), rate, prepaid_share, shortfall };
        Self::new(start, months, Terms::Promise(promise), on_demand, on_demand)
    }

    /// Savings plans and flexible committed-use discounts: so many USD in each hour, which buy use at the plan's rate.
    ///
    /// # Errors
    /// As [`Contract::new`].
    pub fn savings_plan(
        (start, months): (Month, u32),
        usd_per_hour: f64,
        plan_rate: f64,
        prepaid_share: f64,
        on_demand: f64,
    ) -> Result<Self, ContractError> {
        let (what, per, shortfall) = (What::Spend, Per::Hour, Shortfall::Lost);
        let promise = Promise { what, per, steps: level(usd_per_hour), rate: plan_rate, prepaid_share, shortfall };
        Self::new(start, months, Terms::Promise(promise), on_demand, on_demand)
    }

    /// A capacity block: GPUs for so many hours inside the term, paid at the beginning. When in the term they stand is
    /// not modelled; use inside of it counts up to GPUs × hours.
    ///
    /// # Errors
    /// As [`Contract::new`].
    pub fn capacity_block(
        (start, months): (Month, u32),
        gpus: f64,
        hours: f64,
        rate: f64,
        on_demand: f64,
    ) -> Result<Self, ContractError> {
        let (what, per, shortfall) = (What::Hours, Per::Term, Shortfall::Lost);
        let promise = Promise { what, per, steps: level(gpus * hours), rate, prepaid_share: 1.0, shortfall };
        Self::new(start, months, Terms::Promise(promise), on_demand, on_demand)
    }

    /// An enterprise agreement: a spend per period of `period` months (a ramp where it grows), a discount on all use,
    /// and a fee for what is not spent. Use is in USD at the price on demand.
    ///
    /// # Errors
    /// As [`Contract::new`]; a discount of 1 or more.
    pub fn enterprise(
        (start, months): (Month, u32),
        period: u32,
        steps: Vec<Step>,
        discount: f64,
    ) -> Result<Self, ContractError> {
        held("discount", discount, "a share of at least 0 and below 1", |share| (0.0..1.0).contains(&share))?;
        let rate = 1.0 - discount;
        let (what, per, shortfall) = (What::Spend, Per::Months(period), Shortfall::Fee(1.0));
        let promise = Promise { what, per, steps, rate, prepaid_share: 0.0, shortfall };
        Self::new(start, months, Terms::Promise(promise), rate, 1.0)
    }

    /// Take-or-pay: units in each hour (a ramp where they grow), of which a share is paid for, taken or not.
    ///
    /// # Errors
    /// As [`Contract::new`].
    pub fn take_or_pay(
        (start, months): (Month, u32),
        steps: Vec<Step>,
        rate: f64,
        (take_share, prepaid_share): (f64, f64),
        on_demand: f64,
    ) -> Result<Self, ContractError> {
        let (what, per, shortfall) = (What::Hours, Per::Hour, Shortfall::Fee(take_share));
        let promise = Promise { what, per, steps, rate, prepaid_share, shortfall };
        Self::new(start, months, Terms::Promise(promise), on_demand, on_demand)
    }

    /// Hardware of one's own over a life of `months`; use above it is on demand.
    ///
    /// # Errors
    /// As [`Contract::new`].
    pub fn owned(
        (start, months): (Month, u32),
        hardware: OwnedHardware,
        on_demand: f64,
    ) -> Result<Self, ContractError> {
        Self::new(start, months, Terms::Owned(hardware), on_demand, on_demand)
    }

    /// Spot: nothing is promised; a share of the hours is lost to interruptions and done again, so that an hour of work
    /// costs the price ÷ (1 − lost share).
    ///
    /// # Errors
    /// As [`Contract::new`]; a lost share of more than 0.99.
    pub fn spot(
        (start, months): (Month, u32),
        price: f64,
        lost_share: f64,
        on_demand: f64,
    ) -> Result<Self, ContractError> {
        amount("price", price)?;
        held("lost_share", lost_share, "a share from 0 to 0.99", |share| (0.0..=0.99).contains(&share))?;
        let (what, per, shortfall) = (What::Hours, Per::Hour, Shortfall::Lost);
        let promise = Promise { what, per, steps: level(0.0), rate: 0.0, prepaid_share: 0.0, shortfall };
        Self::new(start, months, Terms::Promise(promise), price / (1.0 - lost_share), on_demand)
    }
}
