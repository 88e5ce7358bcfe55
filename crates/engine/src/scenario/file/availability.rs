//! How much of the time the service is there, what an outage costs, and how often everything stands.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Assumption, span};

/// Name of the line that it makes.
pub const OUTAGE: &str = "Expected outage";

/// Availability of the whole. Hours down are what is left with the copies there are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Availability {
    /// Hours a year in which it is down.
    pub hours_down_per_year: Option<Assumption>,
    /// The same as share of the time in which it is there.
    pub percent: Option<Assumption>,
    /// Share of the revenue of such an hour that is lost.
    pub revenue_at_risk_percent: Option<Assumption>,
    /// How often own GPUs and lines `per_copy` stand there: 2 with a second region.
    pub copies: Option<u32>,
}

impl Availability {
    /// Is there an expected outage to pay for?
    #[must_use]
    pub fn has_outage(&self) -> bool {
        self.hours_down_per_year.is_some() || self.percent.is_some()
    }

    /// Says what is wrong with it.
    #[must_use]
    pub fn fault(&self) -> Option<String> {
        if self.hours_down_per_year.is_some() && self.percent.is_some() {
            return Some("both hours_down_per_year and percent are stated; leave one out".into());
        }
        if self.revenue_at_risk_percent.is_some() && !self.has_outage() {
            return Some("revenue_at_risk_percent needs hours_down_per_year or percent".into());
        }
        span::fault("Availability", "copies", self.copies.map(f64::from))
    }
}
