//! Waiting in front of many servers: Erlang C for thousands of them, and Allen and Cunneen for other variability.

use super::CapacityError;
use super::error::{amount, positive};

/// Most servers that are looked at.
pub const MOST_SERVERS: u64 = 10_000_000;

/// Probability of waiting (Erlang C) for `servers` and an offered load in erlangs; 1 when they cannot keep up.
///
/// The recursion of Erlang B, `1/B(c) = 1 + c/A × 1/B(c−1)`, unrolled from the top: `1/B = Σ c/A × (c−1)/A × …`, a sum
/// of positive terms that fade after about `(c − A) + 9 √A` of them. That is a thousand steps for ten thousand servers
/// instead of ten thousand, and nothing cancels. Agrees with [`crate::queueing::erlang_c`] to 10⁻¹¹.
#[must_use]
pub fn erlang_c(servers: u64, load: f64) -> f64 {
    let count = servers as f64;
    if load >= count {
        return 1.0;
    }
    if load <= 0.0 {
        return 0.0;
    }
    count / (inverse_erlang_b(servers, load) * (count - load) + load)
}

/// `1/B`, or infinity where blocking is below 10⁻³⁰⁰.
fn inverse_erlang_b(servers: u64, load: f64) -> f64 {
    let (mut term, mut sum) = (1.0, 1.0);
    let mut left = servers as f64;
    let per_load = 1.0 / load;
    while left > 0.0 {
        term *= left * per_load;
        sum += term;
        left -= 1.0;
        if sum > 1e300 {
            return f64::INFINITY;
        }
        // Past the top the terms fall ever faster: when one is below half a last digit over the fall, so is their sum.
        if left < load && term * load < sum * 1e-17 * (load - left) {
            break;
        }
    }
    sum
}

/// A queue in front of equal servers: first come, first served.
///
/// `Wq(G/G/c) ≈ (Ca² + Cs²)/2 × Wq(M/M/c)` (Allen 1990 after Cunneen): exact for M/G/1 and M/M/c. Whoever waits is
/// taken to wait exponentially long, as in M/M/c, with that mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Queue {
    servers: u64,
    load: f64,
    service_s: f64,
    variability: f64,
}

impl Queue {
    /// A queue for `arrivals_per_s` that each hold a server for `service_s` seconds on average. The squared
    /// coefficients of variation are of the times between arrivals and of service; 1 is exponential, 0 is constant.
    ///
    /// # Errors
    /// A figure that is negative or no number, no server, or more than [`MOST_SERVERS`].
    pub fn new(
        servers: u64,
        arrivals_per_s: f64,
        service_s: f64,
        (arrival_scv, service_scv): (f64, f64),
    ) -> Result<Self, CapacityError> {
        if servers == 0 || servers > MOST_SERVERS {
            let expected = "a whole number from 1 to ten million";
            return Err(CapacityError::Figure { field: "servers", found: servers.to_string(), expected });
        }
        amount("arrivals_per_s", arrivals_per_s)?;
        positive("service_s", service_s)?;
        let variability = f64::midpoint(amount("arrival_scv", arrival_scv)?, amount("service_scv", service_scv)?);
        Ok(Self { servers, load: arrivals_per_s * service_s, service_s, variability })
    }

    /// Mean load ÷ servers; 1 or more does not hold.
    #[must_use]
    pub fn occupancy(&self) -> f64 {
        self.load / self.servers as f64
    }

    /// Share of arrivals that waits at all: Erlang C.
    #[must_use]
    pub fn waiting_probability(&self) -> f64 {
        erlang_c(self.servers, self.load)
    }

    /// Mean seconds that those who wait do wait; `None` when the servers cannot keep up.
    #[must_use]
    pub fn wait_of_waiting_s(&self) -> Option<f64> {
        let spare = self.servers as f64 - self.load;
        (spare > 0.0).then(|| self.variability * self.service_s / spare)
    }

    /// Mean seconds of waiting over all arrivals; `None` when the servers cannot keep up.
    #[must_use]
    pub fn mean_wait_s(&self) -> Option<f64> {
        Some(self.waiting_probability() * self.wait_of_waiting_s()?)
    }

    /// Share of arrivals that waits at most so many seconds; 0 when the servers cannot keep up.
    #[must_use]
    pub fn share_within(&self, wait_s: f64) -> f64 {
        let Some(mean) = self.wait_of_waiting_s() else { return 0.0 };
        1.0 - self.waiting_probability() * longer_than(wait_s, mean)
    }

    /// Seconds that a share of arrivals waits at most; `None` when the servers cannot keep up, or the share is 1.
    #[must_use]
    pub fn wait_at_s(&self, percentile: f64) -> Option<f64> {
        let mean = self.wait_of_waiting_s()?;
        let waiting = self.waiting_probability();
        if waiting <= 1.0 - percentile || mean == 0.0 {
            return Some(0.0);
        }
        (percentile < 1.0).then(|| mean * libm::log(waiting / (1.0 - percentile)))
    }
}

/// Share of the waiting that waits longer; a mean of 0 is a wait of no length.
fn longer_than(wait_s: f64, mean_s: f64) -> f64 {
    if mean_s > 0.0 { libm::exp(-wait_s / mean_s) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::queueing;
    use proptest::prelude::*;

    #[test]
    fn known_figures() {
        // 100 calls in half an hour of 3 minutes each, 14 people: pyworkforce at ca489250, README.
        assert!((erlang_c(14, 10.0) - 0.174_131_933_595_049_8).abs() < 1e-13);
        assert!((erlang_c(2, 0.5 / 0.7) - 0.187_969_924_812_030_1).abs() < 1e-13);
        // One server at half load: waits half the time, and a service time on average.
        let queue = Queue::new(1, 0.5, 1.0, (1.0, 1.0)).unwrap();
        assert!((queue.waiting_probability() - 0.5).abs() < 1e-15);
        assert!((queue.mean_wait_s().unwrap() - 1.0).abs() < 1e-15);
        assert!((queue.share_within(2.0) - (1.0 - 0.5 * libm::exp(-1.0))).abs() < 1e-15);
        assert!((queue.wait_at_s(0.75).unwrap() - 2.0 * libm::log(2.0)).abs() < 1e-12);
    }

    #[test]
    fn constant_service_waits_half_as_long_as_exponential() {
        let wait = |scv| Queue::new(1, 0.8, 1.0, (1.0, scv)).unwrap().mean_wait_s().unwrap();
        assert!((wait(0.0) * 2.0 - wait(1.0)).abs() < 1e-12, "M/D/1 is half of M/M/1");
        assert!((wait(0.0) - 2.0).abs() < 1e-12, "0.8 ÷ (2 × 0.2)");
    }

    #[test]
    fn an_overloaded_queue_has_no_wait_to_tell() {
        let queue = Queue::new(10, 11.0, 1.0, (1.0, 1.0)).unwrap();
        assert_eq!((queue.mean_wait_s(), queue.wait_at_s(0.5)), (None, None));
        assert!((queue.share_within(100.0) - 0.0).abs() < 1e-15);
    }

    #[test]
    fn figures_that_are_none_are_refused() {
        for bad in [f64::NAN, f64::INFINITY, -1.0, 1e300] {
            assert!(Queue::new(1, bad, 1.0, (1.0, 1.0)).is_err());
            assert!(Queue::new(1, 1.0, bad, (1.0, 1.0)).is_err());
            assert!(Queue::new(1, 1.0, 1.0, (bad, 1.0)).is_err());
        }
        assert!(Queue::new(0, 1.0, 1.0, (1.0, 1.0)).is_err());
    }

    proptest! {
        #[test]
        fn the_short_sum_is_the_long_recursion(servers in 1..12_000u64, share in 0.001..0.9999f64) {
            let load = share * servers as f64;
            let (short, long) = (erlang_c(servers, load), queueing::erlang_c(servers, load));
            prop_assert!((short - long).abs() <= 1e-11 * long + 1e-290, "{servers} {load}: {short} {long}");
        }

        #[test]
        fn nothing_but_numbers_leaves(
            servers in 1..20_000u64, arrivals in 0.0..1e6f64, service in 1e-3..1e3f64,
            ca in 0.0..9.0f64, cs in 0.0..9.0f64, p in 0.0..0.9999f64, wait in 0.0..100.0f64,
        ) {
            let queue = Queue::new(servers, arrivals, service, (ca, cs)).unwrap();
            prop_assert!((0.0..=1.0).contains(&queue.waiting_probability()));
            prop_assert!((0.0..=1.0).contains(&queue.share_within(wait)));
            for seconds in [queue.mean_wait_s(), queue.wait_at_s(p), queue.wait_of_waiting_s()].into_iter().flatten() {
                prop_assert!(seconds.is_finite() && seconds >= 0.0);
            }
            if let Some(at) = queue.wait_at_s(p) {
                prop_assert!(queue.share_within(at) >= p - 1e-9);
            }
        }
    }
}
