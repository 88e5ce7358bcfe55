//! Values that stand out of a series: scores by the median absolute deviation, and days that no forecast expected.

mod watch;

pub use watch::{Anomaly, Direction, DriverMove, DriverSeries, Watch, WatchError, Watched, watch};

/// How a score is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// `0.6745 × (x − median) ÷ MAD` (Iglewicz and Hoaglin 1993, as in NIST's handbook); signed.
    ModifiedZ,
    /// Distance from the median over 1.4826 × the MAD of its own side, so that a skewed series is judged by the side
    /// that a value lies on; never negative. Medians are trimmed Harrell–Davis estimates (Akinshin 2022).
    DoubleMad,
}

/// Mean absolute deviation of a normal series × this is its standard deviation.
const OF_MEAN: f64 = 1.2533;
/// The same for the median absolute deviation.
const OF_MEDIAN: f64 = 1.4826;

/// Score of every value of a series that is not empty. Where the MAD is zero, 1.2533 × the mean absolute deviation
/// stands in; where that is zero too, nothing differs and the score is zero.
#[must_use]
pub fn scores(series: &[f64], method: Method) -> Vec<f64> {
    match method {
        Method::ModifiedZ => {
            let middle = median(series);
            let deviations: Vec<f64> = series.iter().map(|value| (value - middle).abs()).collect();
            let spread = median(&deviations);
            // The factor of the method's authors, 0.6745, is rounded; with it published scores come out to the digit.
            let factor = if spread > 0.0 { 0.6745 / spread } else { one_over(OF_MEAN * mean(&deviations)) };
            series.iter().map(|value| (value - middle) * factor).collect()
        }
        Method::DoubleMad => {
            let middle = trimmed_median(series);
            let side = |is_below: bool| {
                let deviations: Vec<f64> = series
                    .iter()
                    .map(|value| value - middle)
                    .filter(|deviation| *deviation == 0.0 || (*deviation < 0.0) == is_below)
                    .map(f64::abs)
                    .collect();
                let spread = if deviations.is_empty() { 0.0 } else { trimmed_median(&deviations) };
                if spread > 0.0 { 1.0 / (OF_MEDIAN * spread) } else { one_over(OF_MEAN * mean(&deviations)) }
            };
            let (below, above) = (side(true), side(false));
            let factor = |value: f64| if value < middle { below } else { above };
            series.iter().map(|value| (value - middle).abs() * factor(*value)).collect()
        }
    }
}

/// Zero where there is no spread: then no value lies beside the middle.
fn one_over(spread: f64) -> f64 {
    if spread > 0.0 { 1.0 / spread } else { 0.0 }
}

fn mean(values: &[f64]) -> f64 {
    if values.is_empty() { 0.0 } else { values.iter().sum::<f64>() / values.len() as f64 }
}

fn sorted(values: &[f64]) -> Vec<f64> {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values
}

/// The middle value, or the mean of the two middle ones.
fn median(values: &[f64]) -> f64 {
    let values = sorted(values);
    let half = values.len() / 2;
    if values.len() % 2 == 1 { values[half] } else { f64::midpoint(values[half - 1], values[half]) }
}

/// Median as a weighted mean of the values in the middle: weights are those of a beta distribution on the narrowest
/// interval of width 1 ÷ √n that holds most of it.
fn trimmed_median(values: &[f64]) -> f64 {
    let values = sorted(values);
    let count = values.len() as f64;
    if values.len() == 1 {
        return values[0];
    }
    let shape = f64::midpoint(count, 1.0);
    let half = 0.5 / count.sqrt();
    let (low, high) = (0.5 - half, 0.5 + half);
    let below = |x: f64| symmetric_beta(shape, x.clamp(low, high));
    let (bottom, all) = (below(low), below(high) - below(low));
    let share = |x: f64| ((below(x) - bottom) / all).clamp(0.0, 1.0);
    let weight = |index: usize| share((index + 1) as f64 / count) - share(index as f64 / count);
    values
        .iter()
        .enumerate()
        .map(|(index, value)| (weight(index), value))
        .filter(|(weight, _)| *weight > 0.0)
        .map(|(weight, value)| weight * value)
        .sum()
}

/// Distribution function of a beta distribution whose two shapes are equal, by its continued fraction.
fn symmetric_beta(shape: f64, x: f64) -> f64 {
    if x > 0.5 {
        return 1.0 - symmetric_beta(shape, 1.0 - x);
    }
    if x <= 0.0 {
        return 0.0;
    }
    let (a, b) = (shape, shape);
    let front = libm::exp(libm::lgamma(a + b) - 2.0 * libm::lgamma(a) + a * libm::log(x) + b * libm::log1p(-x)) / a;
    // Lentz's method from the front.
    let tiny = 1e-300;
    let (mut c, mut d) = (1.0, 1.0 / (1.0 - (a + b) * x / (a + 1.0)).max(tiny));
    let mut sum = d;
    for step in 1..500 {
        let m = f64::from(step);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        for part in [even, odd] {
            d = 1.0 / nonzero(1.0 + part * d, tiny);
            c = nonzero(1.0 + part / c, tiny);
            sum *= d * c;
        }
        if (d * c - 1.0).abs() < 1e-15 {
            break;
        }
    }
    front * sum
}

fn nonzero(value: f64, tiny: f64) -> f64 {
    if value.abs() < tiny { tiny } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outliers(series: &[f64], threshold: f64) -> Vec<f64> {
        let scores = scores(series, Method::DoubleMad);
        series.iter().zip(scores).filter(|(_, score)| *score > threshold).map(|(value, _)| *value).collect()
    }

    #[test]
    fn published_medians_and_outliers() {
        // Grafana's augurs at 91f646af, tests of its outlier detection.
        let series = [-0.565, -0.106, -0.095, 0.363, 0.404, 0.633, 1.371, 1.512, 2.018, 100_000.0];
        assert!((trimmed_median(&series) - 0.626_806_942_758_293_9).abs() < 1e-9, "{}", trimmed_median(&series));
        assert_eq!(outliers(&series, 3.0), [100_000.0]);
        let even = [-1000.0, -2.0, -1.0, -0.1, 0.0, 0.0, 0.0, 0.0, 0.0, 0.1, 1.0, 2.0, 1000.0];
        assert_eq!(outliers(&even, 3.0), [-1000.0, -2.0, -1.0, 1.0, 2.0, 1000.0]);
    }

    #[test]
    fn a_series_that_mostly_stands_still_still_has_scores() {
        let scores = scores(&[5.0, 5.0, 5.0, 5.0, 9.0], Method::ModifiedZ);
        assert!((scores[4] - 4.0 / (OF_MEAN * 0.8)).abs() < 1e-12, "by the mean deviation, 0.8");
        assert_eq!(super::scores(&[3.0; 4], Method::ModifiedZ), [0.0; 4]);
        assert_eq!(super::scores(&[3.0], Method::DoubleMad), [0.0]);
    }
}
