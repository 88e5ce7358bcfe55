//! Least and most of every figure of the file, by its key: what the file's door checks and the schema tells editors.

use std::fmt;

use serde_json::{Map, Value, json};

use super::component::MOST_TERM;
use super::serving::MOST_IN_FLIGHT;

/// Between which figures one may lie.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Span {
    /// The least.
    pub least: f64,
    /// The most.
    pub most: f64,
    /// It lies above the least, and not on it.
    is_above: bool,
    /// It lies below the most, and not on it.
    is_below: bool,
}

impl Span {
    const fn of(least: f64, most: f64) -> Self {
        Self { least, most, is_above: false, is_below: false }
    }

    const fn above(least: f64, most: f64) -> Self {
        Self { least, most, is_above: true, is_below: false }
    }

    /// Does a figure lie in it? What is no number lies in none.
    #[must_use]
    pub fn holds(self, figure: f64) -> bool {
        let is_enough = if self.is_above { figure > self.least } else { figure >= self.least };
        is_enough && if self.is_below { figure < self.most } else { figure <= self.most }
    }

    /// Its words of JSON schema.
    pub(super) fn words(self) -> Map<String, Value> {
        let figure = |end: f64| {
            // A whole number is written as one.
            if end.fract() == 0.0 && end.abs() < 9e15 { json!(end as i64) } else { json!(end) }
        };
        let least = if self.is_above { "exclusiveMinimum" } else { "minimum" };
        let most = if self.is_below { "exclusiveMaximum" } else { "maximum" };
        Map::from_iter([(least.to_owned(), figure(self.least)), (most.to_owned(), figure(self.most))])
    }
}

impl fmt::Display for Span {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (above, below) = (if self.is_above { "above " } else { "" }, if self.is_below { "below " } else { "" });
        write!(to, "{above}{} to {below}{}", self.least, self.most)
    }
}

/// Least and most of the assumption or series at a path.
#[must_use]
pub fn span_of(path: &str) -> Span {
    let table = match path.split('.').next().unwrap_or_default() {
        "cost" => "CostFile",
        "exchange_rates" => "RateFile",
        _ => "",
    };
    of_assumption(table, path.rsplit('.').next().unwrap_or_default())
}

/// Least and most of an assumption or series of a table, by its key; `table` is the type that holds it.
pub(super) fn of_assumption(table: &str, key: &str) -> Span {
    match (table, key) {
        ("RateFile", _) => Span::of(1e-9, 1e6),
        ("FinanceFile", _) => Span::of(-99.0, 1_000.0),
        ("MigrationFile", "weeks_to_live") => Span::of(0.0, 520.0),
        ("ExitFile" | "MigrationFile", _) => Span::of(0.0, 1e12),
        ("CostFile", "usd_per_month" | "usd_per_request" | "usd_by_month") => Span::of(0.0, 1e12),
        (_, "growth_percent_per_month" | "price_change_percent_per_month") => Span::of(-99.0, 200.0),
        (_, "churn_percent_per_month") => Span::of(0.0, 99.0),
        (_, "retry_percent") => Span::of(0.0, 10_000.0),
        (_, "useful_percent" | "max_occupancy_percent") => Span::of(1.0, 100.0),
        (_, "in_time_percent") => Span::of(0.0, 99.999_9),
        (
            _,
            "share_percent"
            | "cache_hit_percent"
            | "failed_percent"
            | "batch_percent"
            | "revenue_percent"
            | "revenue_at_risk_percent"
            | "sampled_percent",
        ) => Span::of(0.0, 100.0),
        (_, "percent") => Span::of(50.0, 100.0),
        (_, "level_percent" | "price_level_percent") => Span::of(0.0, 100_000.0),
        (_, "tokenizer_ratio" | "speedup") => Span::of(1e-3, 1e3),
        (_, "verbosity") => Span::of(0.0, 1e3),
        (_, "longest_in_service_times") => Span::of(0.0, 1e6),
        (_, "hours_down_per_year") => Span::of(0.0, 8_760.0),
        (_, "output_tokens_per_s_per_gpu" | "input_tokens_per_s_per_gpu" | "requests_per_s_per_unit") => {
            Span::above(0.0, 1e15)
        }
        _ => Span::of(0.0, 1e15),
    }
}

/// Least and most of a plain number of a table, by its key; `None` where the door looks at no span of it.
pub(super) fn of_number(table: &str, key: &str) -> Option<Span> {
    let term = Span::of(1.0, MOST_TERM as f64);
    Some(match (table, key) {
        ("About", "months") | ("CostFile" | "RetrainingFile", "every_months") => Span::of(1.0, 120.0),
        ("CostFile", "from_month" | "to_month") => Span::of(1.0, u32::MAX as f64),
        ("CostFile", "keep_months") => Span::of(1.0, 1e6),
        ("Availability" | "ComponentFile", "copies") => Span::of(1.0, 100.0),
        ("ComponentFile", "gpus_per_unit") => Span::of(1.0, 1_024.0),
        ("ComponentFile", "spare_units") => Span::of(0.0, 10_000.0),
        ("ComponentFile", "gpus") => Span::of(0.0, 1e6),
        ("CommittedFile", "from_month" | "to_month") => term,
        ("CommittedFile", "upfront_percent") | ("SharedModel", "share_percent") => Span::of(0.0, 100.0),
        ("UnitsFile", "replicas") => Span::of(0.0, 100.0),
        ("Demand", "month_of_year_percent") => Span::of(0.0, 100_000.0),
        ("Limits", "headroom_percent") => Span::of(0.0, 100.0),
        ("Limits", key) if key.contains("_ms_") => Span::above(0.0, 1e9),
        ("MeasuredPoint", "cache_hit_percent") => Span { is_below: true, ..Span::of(0.0, 100.0) },
        ("MeasuredPoint", _) => Span::above(0.0, 1e9),
        ("QualityFile", "score" | "low" | "high") | ("QualityFloor", "score") => Span::of(0.0, 1e6),
        ("RateLimitFile", _) => Span::above(0.0, 1e15),
        ("ServingFile", "in_flight") => Span::of(1.0, f64::from(MOST_IN_FLIGHT)),
        ("ServingFile", "tensor_parallel" | "data_parallel") => Span::of(1.0, 8.0),
        _ => return None,
    })
}

/// What is wrong with a plain number of a table; `None` where nothing is, or none is stated.
pub(super) fn fault(table: &str, key: &str, figure: Option<f64>) -> Option<String> {
    let (figure, span) = (figure?, of_number(table, key)?);
    (!span.holds(figure)).then(|| format!("{key} is {figure}, expected {span}"))
}
