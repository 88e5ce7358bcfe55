//! Some months of a scenario in whole cents: revenue and each line of each month are rounded once, as a run shows them, so
//! that whoever sums a scenario comes to the figures that a reader of the run comes to.

use std::ops::Range;

use super::{Inputs, Sheet, Totals, month};
use crate::bridge::cents;

/// Revenue and cost of revenue, in cents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct InCents {
    /// Revenue.
    pub revenue: i64,
    /// Cost of revenue.
    pub cost: i64,
}

impl InCents {
    /// Revenue less cost of revenue, in cents.
    #[must_use]
    pub fn margin(self) -> i64 {
        self.revenue - self.cost
    }

    /// Gross margin in USD.
    #[must_use]
    pub fn margin_usd(self) -> f64 {
        self.margin() as f64 / 100.0
    }

    /// Gross margin in percent of revenue; `None` without revenue.
    #[must_use]
    pub fn margin_percent(self) -> Option<f64> {
        (self.revenue > 0).then(|| 100.0 * self.margin() as f64 / self.revenue as f64)
    }

    /// A month whose parts are in a sheet, added; `None` beyond 10¹⁵ USD in a month.
    pub(super) fn and(self, totals: &Totals, sheet: &Sheet) -> Option<Self> {
        let line = |sum: i64, usd: &f64| sum.checked_add(cents(*usd)?);
        Some(Self {
            revenue: self.revenue.checked_add(cents(totals.revenue_usd)?)?,
            cost: sheet.lines.iter().try_fold(self.cost, line)?,
        })
    }
}

/// Some months of a scenario together; `None` where an amount is beyond 10¹⁵ USD in a month.
#[must_use]
pub fn in_cents(inputs: &Inputs, months: Range<u32>, sheet: &mut Sheet) -> Option<InCents> {
    let mut months = months;
    months.try_fold(InCents::default(), |sum, index| {
        let totals = month(inputs, index, sheet);
        sum.and(&totals, sheet)
    })
}
