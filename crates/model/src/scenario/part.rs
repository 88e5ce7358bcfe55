//! Parts of a further line that are a quantity times a price: people, retraining, sampled requests, stored data, network,
//! and what an outage is expected to cost.

/// Hours of a year of 365 days, by which availability is told: 99.9 % leave 8.76 hours.
pub const HOURS_PER_YEAR: f64 = 8_760.0;

/// By what a part grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Per {
    /// Paid in each month so many months after the last, from the line's first month on: people, GPU hours of a retraining.
    Due {
        /// 1 for every month.
        every: u32,
    },
    /// Paid for every hour of the month: a NAT gateway, a private endpoint.
    Hour,
    /// Paid for every request: gigabytes sent, requests sampled (the quantity is then a share).
    Request,
    /// Paid each month for everything stored so far: the quantity is what a request adds.
    Stored {
        /// Months for which it is kept, the month itself included; `None` for ever.
        keep: Option<u32>,
    },
    /// A share of revenue: hours down a year × revenue of an hour × the share of it at risk, which is the price.
    HoursDown,
    /// The same by availability: the quantity is the share of the time in which the service is there.
    Availability,
}

/// A quantity times a price.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Part {
    /// By what it grows.
    pub per: Per,
    /// How much of it, of one request, hour or time that it is due.
    pub quantity: f64,
    /// Price of one unit of the quantity.
    pub price: f64,
    /// Quantity of a month that is free.
    pub free: f64,
}

impl Part {
    /// A quantity times a price, of which nothing is free.
    #[must_use]
    pub fn new(per: Per, quantity: f64, price: f64) -> Self {
        Self { per, quantity, price, free: 0.0 }
    }

    /// Is it a share of revenue, and so in its currency and without price changes?
    #[must_use]
    pub fn is_of_revenue(&self) -> bool {
        matches!(self.per, Per::HoursDown | Per::Availability)
    }

    /// Does it grow with the requests of the month?
    #[must_use]
    pub fn grows_with_requests(&self) -> bool {
        matches!(self.per, Per::Request | Per::Stored { .. })
    }

    /// Cost for a count of what it grows by: hours, requests, requests stored, times it is due, or revenue.
    #[must_use]
    pub fn cost(&self, count: f64) -> f64 {
        match self.per {
            Per::HoursDown => count * (self.quantity / HOURS_PER_YEAR) * self.price,
            Per::Availability => count * (1.0 - self.quantity) * self.price,
            _ => (count * self.quantity - self.free).max(0.0) * self.price,
        }
    }
}
