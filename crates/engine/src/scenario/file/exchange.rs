//! What other currencies are worth: one rate for all months, or one a month.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Assumption, Series};

/// USD for one unit of a currency.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum RateFile {
    /// In all months.
    Whole(Assumption),
    /// Month by month, the last of them to the end.
    Months(Series),
}

impl RateFile {
    /// The rate of all months, where there is one.
    #[must_use]
    pub fn whole(&self) -> Option<&Assumption> {
        match self {
            Self::Whole(rate) => Some(rate),
            Self::Months(_) => None,
        }
    }

    /// The rates month by month, where they are stated so.
    #[must_use]
    pub fn months(&self) -> Option<&Series> {
        match self {
            Self::Whole(_) => None,
            Self::Months(rates) => Some(rates),
        }
    }
}
