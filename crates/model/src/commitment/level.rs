//! How much to commit: one level for one demand.

/// How much to commit to, and what it brings.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Level {
    /// Units committed in every hour.
    pub level: f64,
    /// Cost of all hours.
    pub cost: f64,
    /// Less than all on demand.
    pub saving: f64,
    /// Commitment used over commitment bought; none when nothing is committed.
    pub utilisation: Option<f64>,
    /// Use covered over use; none without use.
    pub coverage: Option<f64>,
}

/// The level of commitment that costs least for a demand by hour: the newsvendor's lower quantile. Commit up to the
/// demand that is exceeded in at most (committed ÷ on demand) of the hours; nothing when the commitment is no cheaper.
#[must_use]
pub fn best_level(demand: &[f64], on_demand: f64, committed: f64) -> Level {
    let mut sorted = demand.to_vec();
    sorted.sort_by(f64::total_cmp);
    let hours = demand.len() as f64;
    let exceeded = |level: f64| (sorted.len() - sorted.partition_point(|each| *each <= level)) as f64;
    let is_enough = |level: &f64| exceeded(*level) * on_demand <= hours * committed * (1.0 + 1e-12);
    let level = if committed < on_demand { sorted.iter().copied().find(is_enough).unwrap_or(0.0) } else { 0.0 };
    let all: f64 = demand.iter().sum();
    let covered: f64 = demand.iter().map(|each| each.min(level)).sum();
    let bought = level * hours;
    let cost = bought * committed + (all - covered) * on_demand;
    Level {
        level,
        cost,
        saving: all * on_demand - cost,
        utilisation: (bought > 0.0).then(|| covered / bought),
        coverage: (all > 0.0).then(|| covered / all),
    }
}
