//! Further lines of cost: fixed, growing with load, or by whole units.

use super::Evidence;
use super::demand::power;

/// In which months a fixed amount is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schedule {
    /// First month, 0 the scenario's first.
    pub from: u32,
    /// Last month; `None` until the end.
    pub to: Option<u32>,
    /// Every so many months, at least 1.
    pub every: u32,
}

impl Default for Schedule {
    fn default() -> Self {
        Self { from: 0, to: None, every: 1 }
    }
}

impl Schedule {
    /// Is the fixed amount due in this month?
    #[must_use]
    pub fn is_due(self, index: u32) -> bool {
        self.runs(index) && (index - self.from).is_multiple_of(self.every.max(1))
    }

    /// Is the line there in this month?
    #[must_use]
    pub fn runs(self, index: u32) -> bool {
        index >= self.from && self.to.is_none_or(|to| index <= to)
    }
}

/// Something bought in whole units that each carry so much: a database, a vector store, a gateway.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct UnitPrice {
    /// Requests per second that a unit carries.
    pub requests_per_s_per_unit: f64,
    /// Price of a unit for a month.
    pub usd_per_unit_month: f64,
    /// Units beyond what the load needs.
    pub spare_units: u32,
    /// A fixed number of units instead of what the load needs.
    pub stated_units: Option<u32>,
}

/// A further line of cost.
#[derive(Debug, Clone, PartialEq)]
pub struct OtherLine {
    /// Its name.
    pub label: String,
    /// Fixed part, in the months that the schedule names.
    pub usd_per_month: f64,
    /// Part that grows with requests.
    pub usd_per_request: f64,
    /// Part that grows with tokens of all classes, per million.
    pub usd_per_mtok: f64,
    /// Part that is a share of revenue: payment fees, or hours down × revenue at risk.
    pub revenue_share: f64,
    /// Part that is bought in units.
    pub units: Option<UnitPrice>,
    /// Months in which it is there, and its fixed part due.
    pub schedule: Schedule,
    /// Change of its prices per month.
    pub change_per_month: f64,
    /// Where it comes from.
    pub evidence: Evidence,
}

impl OtherLine {
    /// A line that costs nothing yet.
    #[must_use]
    pub fn named(label: &str, evidence: Evidence) -> Self {
        Self {
            label: label.to_owned(),
            usd_per_month: 0.0,
            usd_per_request: 0.0,
            usd_per_mtok: 0.0,
            revenue_share: 0.0,
            units: None,
            schedule: Schedule::default(),
            change_per_month: 0.0,
            evidence,
        }
    }

    /// Cost of the `index`th month without its units.
    #[must_use]
    pub(super) fn usd(&self, index: u32, requests: f64, tokens: f64, revenue: f64) -> f64 {
        if !self.schedule.runs(index) {
            return 0.0;
        }
        let fixed = if self.schedule.is_due(index) { self.usd_per_month } else { 0.0 };
        let priced = fixed + self.usd_per_request * requests + self.usd_per_mtok * (tokens / 1e6);
        priced * self.price_factor(index) + self.revenue_share * revenue
    }

    /// Its prices of the `index`th month over those of the first.
    #[must_use]
    pub(super) fn price_factor(&self, index: u32) -> f64 {
        power(1.0 + self.change_per_month, index)
    }
}
