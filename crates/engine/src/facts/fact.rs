//! Single facts: cost, usage and revenue of a month under one description.

use marginline_model::scenario::Evidence;
use marginline_model::{Money, Month};
use marginline_store::token_usage::{Tokens, UsageSum};

use super::Pricing;
use crate::view::MonthBasis;

/// Money of a month under one subject.
#[derive(Debug, Clone)]
pub struct CostFact {
    /// Index into [`super::Facts::subjects`].
    pub subject: usize,
    /// Issuer's month.
    pub billing_month: Month,
    /// Month of use.
    pub usage_month: Month,
    /// Day of use where the grain is a day.
    pub day: Option<String>,
    /// Currency.
    pub currency: String,
    /// Rows of the ledger behind it.
    pub rows: u64,
    /// BilledCost; `None` for an accrual, which nobody has billed.
    pub billed: Option<Money>,
    /// EffectiveCost.
    pub effective: Money,
    /// By how much it may be less: an estimate's way to its lower end.
    pub below: Money,
    /// By how much it may be more.
    pub above: Money,
    /// ContractedCost without purchases of later cover; `None` where no row has it.
    pub contracted: Option<Money>,
    /// Rows that lack it.
    pub contracted_missing: u64,
    /// ListCost without purchases of later cover; `None` where no row has it.
    pub list: Option<Money>,
    /// Rows that lack it.
    pub list_missing: u64,
    /// Billed, or modelled for an accrual.
    pub evidence: Evidence,
}

impl CostFact {
    /// Its month on a basis.
    #[must_use]
    pub fn month(&self, basis: MonthBasis) -> Month {
        match basis {
            MonthBasis::BillingMonth => self.billing_month,
            MonthBasis::UsageDate => self.usage_month,
        }
    }
}

/// Usage of a month under one subject.
#[derive(Debug, Clone)]
pub struct UsageFact {
    /// Index into [`super::Facts::subjects`].
    pub subject: usize,
    /// Month of use.
    pub month: Month,
    /// Tokens.
    pub tokens: Tokens,
    /// Day of use where the grain is a day.
    pub day: Option<String>,
    /// Requests over the rows that count them.
    pub requests: u64,
    /// Rows that do not count requests.
    pub requests_missing: u64,
    /// What `quantity_nanos` counts, where that is no token; else empty.
    pub unit: String,
    /// How many of the unit, in nanos.
    pub quantity_nanos: i128,
    /// Its cost.
    pub pricing: Pricing,
}

/// Revenue earned, or invoiced, in a month.
#[derive(Debug, Clone)]
pub struct RevenueFact {
    /// Month it is earned or invoiced in.
    pub month: Month,
    /// Product; empty is unknown.
    pub product: String,
    /// Customer; empty is unknown.
    pub customer: String,
    /// Region; empty is unknown.
    pub region: String,
    /// Currency.
    pub currency: String,
    /// Amount.
    pub amount: Money,
}

impl UsageFact {
    /// Adds usage of the same kind.
    pub(super) fn merge(&mut self, sum: &UsageSum, pricing: &Pricing) {
        self.tokens.add(sum.tokens);
        self.requests += sum.requests;
        self.requests_missing += sum.requests_missing;
        self.quantity_nanos += sum.quantity_nanos;
        match (&mut self.pricing, pricing) {
            (Pricing::Priced(sum), Pricing::Priced(more)) => sum.add(more),
            (Pricing::Unpriced(sum), Pricing::Unpriced(more)) => {
                sum.most = sum.most.zip(more.most).map(|(sum, more)| sum + more);
            }
            (Pricing::Claimed(sum, _), Pricing::Claimed(more, _)) => *sum += *more,
            _ => {}
        }
    }
}
