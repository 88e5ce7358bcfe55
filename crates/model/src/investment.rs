//! Money over time: net present value, internal rate and payback of flows at even distances; what a migration is worth,
//! and what hardware costs a year.

mod depreciation;
mod migration;

pub use depreciation::{Depreciation, DepreciationError, LIVES, depreciation};
pub use migration::{Migration, MigrationError, MigrationMonth, MigrationValue, NoRate, migration, present_value};

/// When the first flow happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FirstFlow {
    /// Now, not discounted.
    Now,
    /// At the end of the first period, discounted once, as spreadsheets' NPV has it.
    EndOfPeriod,
}

impl FirstFlow {
    /// Periods until the first flow.
    fn delay(self) -> i32 {
        match self {
            Self::Now => 0,
            Self::EndOfPeriod => 1,
        }
    }
}

/// Net present value, `Σ flow ÷ (1 + rate)^t`; `rate` is per period and above −1 (numpy-financial at f47e8af2, whose
/// first flow is now).
#[must_use]
pub fn npv(rate: f64, flows: &[f64], first: FirstFlow) -> f64 {
    let factor = 1.0 / (1.0 + rate);
    let now = flows.iter().rev().fold(0.0, |later, flow| flow + later * factor);
    if first == FirstFlow::EndOfPeriod { now * factor } else { now }
}

/// Logarithms of discount factors between which rates are looked for: from −99.9999 % to far beyond any use.
const REACH: f64 = 14.0;
/// Steps of the search.
const STEPS: usize = 2_000;

/// Sign and size of the value at a discount factor e^`log`, scaled so that it stays finite.
fn scaled(flows: &[f64], log: f64) -> f64 {
    let factor = libm::exp(-log.abs());
    if log <= 0.0 {
        flows.iter().rev().fold(0.0, |later, flow| flow + later * factor)
    } else {
        flows.iter().fold(0.0, |earlier, flow| flow + earlier * factor)
    }
}

/// Every rate at which the net present value is zero, lowest first; empty where there is none.
///
/// Flows that change sign once have exactly one. Otherwise signs are followed over a fine grid of discount factors and
/// each turning point towards zero is looked at closer, so that two rates close together are found as well.
#[must_use]
pub fn internal_rates(flows: &[f64]) -> Vec<f64> {
    let signs: Vec<bool> = flows.iter().filter(|flow| **flow != 0.0).map(|flow| *flow > 0.0).collect();
    if !signs.windows(2).any(|pair| pair[0] != pair[1]) {
        return Vec::new();
    }
    let value = |log: f64| scaled(flows, log);
    let at = |step: usize| -REACH + 2.0 * REACH * step as f64 / STEPS as f64;
    let mut points: Vec<f64> = vec![at(0)];
    for step in 1..=STEPS {
        if step < STEPS {
            let (left, middle, right) = (value(at(step - 1)), value(at(step)), value(at(step + 1)));
            let turns = left * middle > 0.0 && middle * right > 0.0;
            if turns && middle.abs() < left.abs() && middle.abs() < right.abs() {
                points.push(nearest_zero(&value, at(step - 1), at(step + 1)));
                continue;
            }
        }
        points.push(at(step));
    }
    let mut rates: Vec<f64> = Vec::new();
    for pair in points.windows(2) {
        let (left, right) = (value(pair[0]), value(pair[1]));
        if left == 0.0 {
            rates.push(libm::expm1(-pair[0]));
        } else if left * right < 0.0 {
            rates.push(libm::expm1(-crossing(&value, pair[0], pair[1])));
        }
    }
    rates.reverse();
    rates
}

/// Where the value crosses zero between two points of different signs.
fn crossing(value: &impl Fn(f64) -> f64, mut low: f64, mut high: f64) -> f64 {
    let is_positive = value(low) > 0.0;
    for _ in 0..200 {
        let middle = f64::midpoint(low, high);
        if (value(middle) > 0.0) == is_positive { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}

/// Where between two points the value is nearest to zero, or beyond it.
fn nearest_zero(value: &impl Fn(f64) -> f64, mut low: f64, mut high: f64) -> f64 {
    let sign = value(low).signum();
    for _ in 0..100 {
        let third = (high - low) / 3.0;
        if value(low + third) * sign < value(high - third) * sign { high -= third } else { low += third }
    }
    f64::midpoint(low, high)
}

/// Periods until the sum of the flows, discounted at `rate`, is zero or more; linear inside a period. `None` if never.
#[must_use]
pub fn payback(rate: f64, flows: &[f64], first: FirstFlow) -> Option<f64> {
    let mut sum = 0.0;
    for (period, flow) in (first.delay()..).zip(flows) {
        let flow = flow / libm::pow(1.0 + rate, f64::from(period));
        if sum + flow >= 0.0 {
            let missing = -sum / flow;
            return Some(if sum < 0.0 { f64::from(period) - 1.0 + missing } else { f64::from(period) });
        }
        sum += flow;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn two_rates_are_both_found_and_none_is_said_so() {
        let rates = internal_rates(&[-100.0, 230.0, -132.0]);
        assert_eq!(rates.len(), 2);
        assert!((rates[0] - 0.1).abs() < 1e-9 && (rates[1] - 0.2).abs() < 1e-9, "10 % and 20 %: {rates:?}");
        assert!(internal_rates(&[100.0, 10.0]).is_empty(), "nothing was paid");
        assert!(internal_rates(&[-1.0, 1.0, -1.0]).is_empty(), "it never reaches zero");
        assert_eq!(internal_rates(&[-100.0, 220.1, -121.11]).len(), 2, "10 % and 10.1 % lie close together");
    }

    #[test]
    fn payback_at_no_discount() {
        assert_eq!(payback(0.0, &[-100.0, 40.0, 40.0, 40.0], FirstFlow::Now), Some(2.5));
        assert_eq!(payback(0.0, &[-100.0, 40.0, 40.0, 40.0], FirstFlow::EndOfPeriod), Some(3.5));
        assert_eq!(payback(0.0, &[-100.0, 40.0], FirstFlow::Now), None);
        assert_eq!(payback(0.0, &[5.0], FirstFlow::Now), Some(0.0));
    }

    proptest! {
        #[test]
        fn at_the_internal_rate_the_value_is_zero(
            paid in 1.0..1e6f64, flows in proptest::collection::vec(0.01..1e6f64, 1..40),
        ) {
            let all: Vec<f64> = std::iter::once(-paid).chain(flows).collect();
            let scale: f64 = all.iter().map(|flow| flow.abs()).sum();
            for rate in internal_rates(&all).into_iter().filter(|rate| *rate > -0.9) {
                prop_assert!(npv(rate, &all, FirstFlow::Now).abs() < 1e-6 * scale, "{rate}");
            }
        }

        #[test]
        fn value_is_linear_in_the_flows(
            flows in proptest::collection::vec(-1e5..1e5f64, 1..30), rate in -0.5..1.0f64, factor in 0.1..10.0f64,
        ) {
            let scaled: Vec<f64> = flows.iter().map(|flow| flow * factor).collect();
            let (one, other) = (npv(rate, &flows, FirstFlow::Now), npv(rate, &scaled, FirstFlow::Now));
            let sizes: Vec<f64> = scaled.iter().map(|flow| flow.abs()).collect();
            prop_assert!((one * factor - other).abs() <= 1e-12 * npv(rate, &sizes, FirstFlow::Now));
        }
    }
}
