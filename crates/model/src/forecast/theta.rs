//! The Theta method: half of the straight line through a series, half of its doubled bends smoothed.

use super::smoothing::simple;

/// Fitted Theta method of a series without season.
#[derive(Debug, Clone, PartialEq)]
pub struct Theta {
    /// Slope of the straight line, a step.
    pub slope: f64,
    /// Weight of the newest value in the smoothed line.
    pub alpha: f64,
    /// What every value was expected to be.
    pub expected: Vec<f64>,
    line_ahead: f64,
    level: f64,
}

impl Theta {
    /// Fits a series of at least three values: least squares for the line of θ = 0, simple smoothing for that of θ = 2
    /// (Assimakopoulos and Nikolopoulos 2000, the benchmark of M4).
    #[must_use]
    pub fn of(series: &[f64]) -> Option<Self> {
        if series.len() < 3 {
            return None;
        }
        let count = series.len() as f64;
        let (middle, mean) = (f64::midpoint(count, 1.0), series.iter().sum::<f64>() / count);
        let (mut above, mut below) = (0.0, 0.0);
        for (at, value) in series.iter().enumerate() {
            let x = (at + 1) as f64 - middle;
            above += x * (value - mean);
            below += x * x;
        }
        let slope = above / below;
        let line = |step: f64| mean + slope * (step - middle);
        let doubled: Vec<f64> =
            series.iter().enumerate().map(|(at, value)| 2.0 * value - line((at + 1) as f64)).collect();
        let (alpha, smoothed, state) = simple(&doubled);
        let expected =
            smoothed.iter().enumerate().map(|(at, bent)| f64::midpoint(line((at + 1) as f64), *bent)).collect();
        Some(Self { slope, alpha, expected, line_ahead: line(count), level: state.level })
    }

    /// Expected values of the next `horizon` steps.
    #[must_use]
    pub fn forecast(&self, horizon: usize) -> Vec<f64> {
        let step = |step: usize| f64::midpoint(self.line_ahead + self.slope * step as f64, self.level);
        (1..=horizon).map(step).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_its_definition_in_numpy() {
        // NumPy and SciPy: polyfit for the line, minimize_scalar for the weight that smooths 2x − line best.
        let series = [50.0, 52.0, 49.0, 51.0, 54.0, 53.0, 50.0, 55.0, 56.0, 52.0, 57.0, 55.0, 58.0, 54.0, 59.0];
        let theta = Theta::of(&series).unwrap();
        assert!((theta.slope - 0.532_142_857_142_857).abs() < 1e-12);
        assert!((theta.alpha - 0.232_408_831_844).abs() < 1e-6, "{}", theta.alpha);
        for (found, expected) in theta.forecast(3).iter().zip([56.854_138_671, 57.120_210_100, 57.386_281_528]) {
            assert!((found - expected).abs() < 1e-5, "{found}, not {expected}");
        }
        assert_eq!(Theta::of(&series[..2]), None);
    }
}
