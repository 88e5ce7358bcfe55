//! Least and most of a figure of the file, by its key.

/// Least and most of the figure at a path.
#[must_use]
pub fn span_of(path: &str) -> (f64, f64) {
    let is_cost = path.starts_with("cost.");
    match path.rsplit('.').next().unwrap_or_default() {
        "growth_percent_per_month" | "price_change_percent_per_month" => (-99.0, 200.0),
        "churn_percent_per_month" => (0.0, 99.0),
        "retry_percent" => (0.0, 10_000.0),
        "useful_percent" | "max_occupancy_percent" => (1.0, 100.0),
        "in_time_percent" => (0.0, 99.999_9),
        "share_percent"
        | "cache_hit_percent"
        | "failed_percent"
        | "batch_percent"
        | "revenue_percent"
        | "revenue_at_risk_percent"
        | "sampled_percent" => (0.0, 100.0),
        "percent" => (50.0, 100.0),
        "level_percent" | "price_level_percent" => (0.0, 100_000.0),
        "tokenizer_ratio" | "speedup" => (1e-3, 1e3),
        "verbosity" => (0.0, 1e3),
        "longest_in_service_times" => (0.0, 1e6),
        "hours_down_per_year" => (0.0, 8_760.0),
        "usd_per_month" | "usd_per_request" if is_cost => (0.0, 1e12),
        _ if path.starts_with("exchange_rates.") => (1e-9, 1e6),
        _ => (0.0, 1e15),
    }
}
