//! Cost per million tokens on machines of one's own, a day of a fleet, and margin by class of token.

/// USD per million tokens that a fleet serves.
///
/// `usd_per_gpu_hour × gpus × 10⁶ ÷ (tokens_per_s × 3600 × utilisation)`, as SemiAnalysis InferenceX has it (unit tests
/// of InferenceX-app at 77ca49a6: 2.8 USD and 1,000 tokens/s give 0.7778). Utilisation is the mean load served over the
/// load that the fleet can serve, not what a driver reports. Which tokens are counted is the caller's to say.
#[must_use]
pub fn self_host_usd_per_mtok(usd_per_gpu_hour: f64, gpus: f64, tokens_per_s: f64, utilisation: f64) -> f64 {
    usd_per_gpu_hour * gpus * 1e6 / (tokens_per_s * 3600.0 * utilisation)
}

/// What a fleet cost and what its tokens would have earned.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Earned {
    /// Cost.
    pub cost: f64,
    /// Revenue.
    pub revenue: f64,
}

impl Earned {
    /// (Revenue − cost) ÷ revenue; none without revenue.
    #[must_use]
    pub fn gross_margin(self) -> Option<f64> {
        (self.revenue > 0.0).then(|| (self.revenue - self.cost) / self.revenue)
    }

    /// (Revenue − cost) ÷ cost; none without cost. What some sources call a profit margin on cost is this, and no
    /// margin: DeepSeek's 545 % (open-infra-index, day 6) is a margin of 84.5 %.
    #[must_use]
    pub fn markup(self) -> Option<f64> {
        (self.cost > 0.0).then(|| (self.revenue - self.cost) / self.cost)
    }
}

/// Blended margin of a mix: `1 − Σ weight × cost ÷ Σ weight × price`, never a mean of percentages. None where the mix
/// earns nothing. Each item is (weight, price, cost).
#[must_use]
pub fn blended_margin(mix: &[(f64, f64, f64)]) -> Option<f64> {
    let cost = mix.iter().map(|(weight, _, cost)| weight * cost).sum();
    let revenue = mix.iter().map(|(weight, price, _)| weight * price).sum();
    Earned { cost, revenue }.gross_margin()
}

/// What varying a number of units over time costs, beside keeping the peak all the time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Schedule {
    /// Σ hours × units.
    pub unit_hours: f64,
    /// All hours.
    pub hours: f64,
    /// Most units in any step.
    pub peak: f64,
}

impl Schedule {
    /// Of steps of (hours, units).
    #[must_use]
    pub fn of(steps: &[(f64, f64)]) -> Self {
        Self {
            unit_hours: steps.iter().map(|(hours, units)| hours * units).sum(),
            hours: steps.iter().map(|(hours, _)| hours).sum(),
            peak: steps.iter().map(|(_, units)| *units).fold(0.0, f64::max),
        }
    }

    /// Mean units; none without hours.
    #[must_use]
    pub fn mean(self) -> Option<f64> {
        (self.hours > 0.0).then(|| self.unit_hours / self.hours)
    }

    /// Peak over mean; none without units.
    #[must_use]
    pub fn peak_to_mean(self) -> Option<f64> {
        self.mean().filter(|mean| *mean > 0.0).map(|mean| self.peak / mean)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn cost_times_throughput_gives_the_hourly_price_back(
            usd in 0.01..100.0f64, gpus in 1.0..1e4f64, tokens in 1.0..1e7f64,
        ) {
            let per_mtok = self_host_usd_per_mtok(usd, gpus, tokens, 1.0);
            prop_assert!((tokens * per_mtok * 3600.0 / 1e6 / (usd * gpus) - 1.0).abs() < 1e-12);
            let half_used = self_host_usd_per_mtok(usd, gpus, tokens, 0.5);
            prop_assert_eq!(half_used, 2.0 * per_mtok, "half the use doubles the cost of a token");
        }

        #[test]
        fn scaling_the_currency_moves_no_margin(
            mix in proptest::collection::vec((0.01..1.0f64, 0.01..50.0f64, 0.0..50.0f64), 1..5), scale in 0.01..100.0f64,
        ) {
            let scaled: Vec<_> = mix.iter().map(|(weight, price, cost)| (*weight, price * scale, cost * scale)).collect();
            let (before, after) = (blended_margin(&mix).unwrap(), blended_margin(&scaled).unwrap());
            prop_assert!((before - after).abs() < 1e-9 * before.abs().max(1.0));
        }

        #[test]
        fn a_schedule_never_needs_more_than_its_peak_all_the_time(
            steps in proptest::collection::vec((0.0..24.0f64, 0.0..500.0f64), 1..30),
        ) {
            let schedule = Schedule::of(&steps);
            prop_assert!(schedule.unit_hours <= schedule.peak * schedule.hours * (1.0 + 1e-12));
        }
    }
}
