//! Quantiles of a PERT distribution from a table, for draws.

use super::beta::Beta;
use super::normal::{density, normal_share_below};

/// Normal scores that the table covers; a draw never lies outside ±8.21.
const REACH: f64 = 8.25;
const STEPS: usize = 660;
const STEP: f64 = 2.0 * REACH / STEPS as f64;

/// The value on 0 to 1 by normal score, as cubics between points of equal distance with exact slopes, which are cut
/// where a cubic would turn (F. N. Fritsch and R. E. Carlson, "Monotone Piecewise Cubic Interpolation", SIAM Journal on
/// Numerical Analysis 17 (1980), 238–246).
///
/// Over normal scores the quantile is smooth; over probabilities it is steep at the ends. A value is at most 2·10⁻⁸ of
/// the range off, and never falls as the score rises.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct PertTable {
    /// Value, and slope per step.
    points: Vec<(f64, f64)>,
}

impl PertTable {
    pub(super) fn new(beta: Beta) -> Self {
        let point = |index: usize| {
            let z = index as f64 * STEP - REACH;
            let x = beta.quantile(normal_share_below(z), normal_share_below(-z));
            let slope = STEP * density(z) / beta.density(x);
            (x, if slope.is_finite() { slope } else { 0.0 })
        };
        let mut points: Vec<(f64, f64)> = (0..=STEPS).map(point).collect();
        for index in 0..STEPS {
            let most = 3.0 * (points[index + 1].0 - points[index].0).max(0.0);
            points[index].1 = points[index].1.clamp(0.0, most);
            points[index + 1].1 = points[index + 1].1.clamp(0.0, most);
        }
        Self { points }
    }

    /// The value at a normal score.
    pub(super) fn at(&self, z: f64) -> f64 {
        let place = ((z + REACH) / STEP).clamp(0.0, STEPS as f64);
        let index = (place as usize).min(STEPS - 1);
        let t = place - index as f64;
        let ((from, leaving), (to, arriving)) = (self.points[index], self.points[index + 1]);
        let rise = to - from;
        let bend = 3.0 * rise - 2.0 * leaving - arriving;
        let turn = leaving + arriving - 2.0 * rise;
        (from + t * (leaving + t * (bend + t * turn))).clamp(0.0, 1.0)
    }
}
