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
    }
}
