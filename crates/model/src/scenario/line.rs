//! Further lines of cost: fixed, growing with load, or by whole units.

use super::demand::power;
use super::series::along;
use super::{Evidence, Part, Per};
use crate::Currency;

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

/// What a month asks of a line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Work {
    /// Month, 0 the first.
    pub(super) index: u32,
    /// Its hours.
    pub(super) hours: f64,
    /// Requests.
    pub(super) requests: f64,
    /// Tokens of all classes.
    pub(super) tokens: f64,
    /// Recognised revenue.
    pub(super) revenue_usd: f64,
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
    /// Further copies of each unit, such as replicas of a database.
    pub replicas: u32,
}

/// A further line of cost.
#[derive(Debug, Clone, PartialEq)]
pub struct OtherLine {
    /// Its name.
    pub label: String,
    /// Fixed part, in the months that the schedule names.
    pub usd_per_month: f64,
    /// The fixed part month by month instead; after the last of them the change of its prices goes on. Empty where one
    /// amount is stated.
    pub by_month: Vec<f64>,
    /// Part that grows with requests.
    pub usd_per_request: f64,
    /// Part that grows with tokens of all classes, per million.
    pub usd_per_mtok: f64,
    /// Part that is a share of revenue: payment fees, or hours down × revenue at risk.
    pub revenue_share: f64,
    /// Part that is bought in units.
    pub units: Option<UnitPrice>,
    /// Parts that are a quantity times a price.
    pub parts: Vec<Part>,
    /// How often all of it stands there, shares of revenue apart: 2 with a second region.
    pub copies: u32,
    /// Currency of its prices; `None` is USD.
    pub currency: Option<Currency>,
    /// Months in which it is there, and its fixed part due.
    pub schedule: Schedule,
    /// Change of its prices per month.
    pub change_per_month: f64,
    /// Evidence of its prices; what it rests on beside them is asked of the whole formula.
    pub evidence: Evidence,
}

impl OtherLine {
    /// A line that costs nothing yet.
    #[must_use]
    pub fn named(label: &str, evidence: Evidence) -> Self {
        Self {
            label: label.to_owned(),
            usd_per_month: 0.0,
            by_month: Vec::new(),
            usd_per_request: 0.0,
            usd_per_mtok: 0.0,
            revenue_share: 0.0,
            units: None,
            parts: Vec::new(),
            copies: 1,
            currency: None,
            schedule: Schedule::default(),
            change_per_month: 0.0,
            evidence,
        }
    }

    /// Cost of a month without its units; `usd_per_unit` is what its currency is worth, and `stored` says how many
    /// requests of this month and those before it are still kept.
    #[must_use]
    pub(super) fn usd(&self, of: &Work, usd_per_unit: f64, stored: impl Fn(u32, u32) -> f64) -> f64 {
        if !self.schedule.runs(of.index) {
            return 0.0;
        }
        let is_due = self.schedule.is_due(of.index);
        let (fixed, listed) = match (is_due, self.by_month.is_empty()) {
            (false, _) => (0.0, 0.0),
            (true, true) => (self.usd_per_month, 0.0),
            (true, false) => {
                let (amount, past) = along(0.0, &self.by_month, of.index);
                (0.0, amount * power(1.0 + self.change_per_month, past))
            }
        };
        let mut priced = fixed + self.usd_per_request * of.requests + self.usd_per_mtok * (of.tokens / 1e6);
        let mut of_revenue = self.revenue_share * of.revenue_usd;
        for part in &self.parts {
            match part.per {
                Per::Due { every } => {
                    let due = Schedule { every, ..self.schedule }.is_due(of.index);
                    priced += part.cost(f64::from(u8::from(due)));
                }
                Per::Hour => priced += part.cost(of.hours),
                Per::Request => priced += part.cost(of.requests),
                Per::Stored { keep } => {
                    let kept = keep.unwrap_or(u32::MAX);
                    let first = (of.index + 1).saturating_sub(kept).max(self.schedule.from);
                    priced += part.cost(stored(first, of.index));
                }
                Per::HoursDown | Per::Availability => of_revenue += part.cost(of.revenue_usd),
            }
        }
        let copies = f64::from(self.copies);
        (priced * self.price_factor(of.index) + listed) * copies * usd_per_unit + of_revenue
    }

    /// Its prices of the `index`th month over those of the first.
    #[must_use]
    pub(super) fn price_factor(&self, index: u32) -> f64 {
        power(1.0 + self.change_per_month, index)
    }
}
