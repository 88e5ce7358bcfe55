//! How likely a target is, and whether one scenario beats another.

use super::UncertaintyError;
use super::simulate::{mean, sum};

/// A probability from draws.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Chance {
    /// Share of the draws.
    pub share: f64,
    /// Monte Carlo standard error, √(p (1 − p) ÷ n). 0 where all draws agree: read `low` and `high` then.
    pub standard_error: f64,
    /// Lower end of the 95 % interval.
    pub low: f64,
    /// Upper end of the 95 % interval.
    pub high: f64,
}

impl Chance {
    /// So many draws of all.
    ///
    /// Source of the interval: E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference",
    /// Journal of the American Statistical Association 22 (1927), 209–212.
    fn of(hits: usize, draws: usize) -> Self {
        const Z: f64 = 1.959_963_984_540_054;
        let (n, share) = (draws as f64, hits as f64 / draws as f64);
        let centre = (share + Z * Z / (2.0 * n)) / (1.0 + Z * Z / n);
        let half = Z / (1.0 + Z * Z / n) * libm::sqrt(share * (1.0 - share) / n + Z * Z / (4.0 * n * n));
        Self {
            share,
            standard_error: libm::sqrt(share * (1.0 - share) / n),
            low: if hits == 0 { 0.0 } else { (centre - half).max(0.0) },
            high: if hits == draws { 1.0 } else { (centre + half).min(1.0) },
        }
    }
}

/// Probability that an outcome is `target` or more.
///
/// # Errors
/// [`UncertaintyError::Empty`] of no outcome, [`UncertaintyError::Figure`] for a target that is no number.
pub fn chance(outcomes: &[f64], target: f64) -> Result<Chance, UncertaintyError> {
    if !target.is_finite() {
        return Err(UncertaintyError::Figure { field: "target", found: target, expected: "a finite number" });
    }
    if outcomes.is_empty() {
        return Err(UncertaintyError::Empty);
    }
    Ok(Chance::of(outcomes.iter().filter(|value| **value >= target).count(), outcomes.len()))
}

/// Two scenarios, draw by draw.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Comparison {
    /// Probability that the first is larger.
    pub first_larger: Chance,
    /// Share of draws in which they are equal.
    pub equal: f64,
    /// Mean of first − second.
    pub mean_difference: f64,
    /// Monte Carlo standard error of that mean; with shared draws it is smaller than the two means' own suggest. `None`
    /// of one draw.
    pub standard_error: Option<f64>,
}

/// Compares outcomes of the same draws.
///
/// # Errors
/// [`UncertaintyError::Unpaired`] for other numbers of draws, [`UncertaintyError::Empty`] for none, and
/// [`UncertaintyError::TooLarge`] where a difference is no number any more.
pub fn compare(first: &[f64], second: &[f64]) -> Result<Comparison, UncertaintyError> {
    if first.len() != second.len() {
        return Err(UncertaintyError::Unpaired { left: first.len(), right: second.len() });
    }
    if first.is_empty() {
        return Err(UncertaintyError::Empty);
    }
    let draws = first.len();
    let differences: Vec<f64> = first.iter().zip(second).map(|(a, b)| a - b).collect();
    let count = |holds: fn(f64) -> bool| differences.iter().filter(|each| holds(**each)).count();
    let mean = mean(&differences);
    let squares = sum(differences.iter().map(|each| (each - mean) * (each - mean)));
    if !squares.is_finite() {
        return Err(UncertaintyError::TooLarge);
    }
    Ok(Comparison {
        first_larger: Chance::of(count(|each| each > 0.0), draws),
        equal: count(|each| each == 0.0) as f64 / draws as f64,
        mean_difference: mean,
        standard_error: (draws > 1).then(|| libm::sqrt(squares / (draws - 1) as f64 / draws as f64)),
    })
}
