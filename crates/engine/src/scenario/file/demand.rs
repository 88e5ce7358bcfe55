//! Demand and revenue as the file states them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Assumption, Series, Week};

/// Stated demand; what is absent comes from the base.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Demand {
    /// Requests in the first month.
    pub requests_per_month: Option<Assumption>,
    /// Requests month by month instead.
    pub requests_by_month: Option<Series>,
    /// All of these requests over those stated.
    pub level_percent: Option<Assumption>,
    /// Growth of requests.
    pub growth_percent_per_month: Option<Assumption>,
    /// Requests lost per month, apart from growth.
    pub churn_percent_per_month: Option<Assumption>,
    /// Uncached input tokens of a request.
    pub input_tokens_per_request: Option<Assumption>,
    /// Tokens of a request that the prompt cache serves.
    pub cache_read_tokens_per_request: Option<Assumption>,
    /// Tokens of a request that the prompt cache stores.
    pub cache_write_tokens_per_request: Option<Assumption>,
    /// Output tokens of a request.
    pub output_tokens_per_request: Option<Assumption>,
    /// Tokens of the prompt, whatever the base; its composition stays.
    pub prompt_tokens_per_request: Option<Assumption>,
    /// Share of the prompt that the cache serves, whatever the base; the prompt's length stays.
    pub cache_hit_percent: Option<Assumption>,
    /// Requests sent again, per hundred.
    pub retry_percent: Option<Assumption>,
    /// Requests of January to December relative to the trend, in percent: 12 numbers.
    pub month_of_year_percent: Option<Vec<f64>>,
    /// Load by hour of the week.
    pub hour_of_week: Option<Week>,
}

/// Stated revenue; what is absent comes from the base.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Revenue {
    /// Recognised revenue per request.
    pub usd_per_request: Option<Assumption>,
    /// The same month by month instead.
    pub usd_per_request_by_month: Option<Series>,
    /// Revenue over that stated.
    pub level_percent: Option<Assumption>,
    /// Change of that price per month.
    pub price_change_percent_per_month: Option<Assumption>,
    /// Currency of that price instead of USD; one of `[exchange_rates]`.
    pub currency: Option<String>,
}
