//! Exponential smoothing: simple, Holt's trend (damped), Holt and Winters' season. One recursion for all.

use super::search::least;
use super::season::{Season, Way};

/// Weights of the newest value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weights {
    /// In the level, 0 to 1.
    pub alpha: f64,
    /// In the trend, 0 to 1, of the level's change.
    pub beta: f64,
    /// In the season, 0 to 1.
    pub gamma: f64,
    /// What is left of the trend a step later; 1 is undamped.
    pub phi: f64,
}

/// Level, trend and season at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    /// Level.
    pub level: f64,
    /// Trend a step; 0 where there is none.
    pub trend: f64,
    /// Season by the place of the next value first; empty where there is none.
    pub season: Vec<f64>,
    /// How it acts.
    pub way: Way,
}

impl State {
    /// A level alone.
    #[must_use]
    pub fn level(level: f64) -> Self {
        Self { level, trend: 0.0, season: Vec::new(), way: Way::Added }
    }

    /// A level and a trend.
    #[must_use]
    pub fn trend(level: f64, trend: f64) -> Self {
        Self { trend, ..Self::level(level) }
    }

    fn seasonal(&self, value: f64, step: usize) -> f64 {
        match (self.season.get(step % self.season.len().max(1)), self.way) {
            (None, _) => value,
            (Some(index), Way::Added) => value + index,
            (Some(index), Way::Multiplied) => value * index,
        }
    }

    /// Expected values of the next `horizon` steps.
    #[must_use]
    pub fn forecast(&self, phi: f64, horizon: usize) -> Vec<f64> {
        let (mut trend, mut damping) = (0.0, 1.0);
        let step = |step: usize| {
            damping *= phi;
            trend += damping * self.trend;
            self.seasonal(self.level + trend, step)
        };
        (0..horizon).map(step).collect()
    }
}

/// What every value was expected to be, and the state after the last one (Hyndman and Athanasopoulos, *Forecasting:
/// Principles and Practice*, 3rd edition, 8.3 and 8.4; `season` has as many places as a season has steps).
#[must_use]
pub fn smooth(series: &[f64], start: State, weights: Weights) -> (Vec<f64>, State) {
    let Weights { alpha, beta, gamma, phi } = weights;
    let mut state = start;
    let mut expected = Vec::with_capacity(series.len());
    let places = state.season.len();
    for (at, value) in series.iter().enumerate() {
        let (level, trend) = (state.level, phi * state.trend);
        let place = at % places.max(1);
        let index = state.season.get(place).copied();
        expected.push(state.seasonal(level + trend, place));
        let (without, season) = match (index, state.way) {
            (None, _) => (*value, None),
            (Some(index), Way::Added) => (value - index, Some(value - level - trend)),
            (Some(index), Way::Multiplied) => (value / index, Some(value / (level + trend))),
        };
        state.level = alpha * without + (1.0 - alpha) * (level + trend);
        state.trend = beta * (state.level - level) + (1.0 - beta) * trend;
        if let (Some(season), Some(index)) = (season, index) {
            state.season[place] = gamma * season + (1.0 - gamma) * index;
        }
    }
    if places > 0 {
        state.season.rotate_left(series.len() % places);
    }
    (expected, state)
}

fn squares(series: &[f64], expected: &[f64]) -> f64 {
    series.iter().zip(expected).map(|(value, expected)| (value - expected) * (value - expected)).sum()
}

/// Weights that are searched: a weight of exactly 0 or 1 freezes what it weighs.
const RANGE: (f64, f64) = (1e-4, 0.9999);

/// Simple smoothing from the first value on, with the weight of the least squared error.
#[must_use]
pub fn simple(series: &[f64]) -> (f64, Vec<f64>, State) {
    let Some((first, rest)) = series.split_first() else { return (1.0, Vec::new(), State::level(0.0)) };
    let weights = |alpha: f64| Weights { alpha, beta: 0.0, gamma: 0.0, phi: 1.0 };
    let run = |alpha: f64| smooth(rest, State::level(*first), weights(alpha));
    let alpha = least(&[0.3], &[RANGE], |point| squares(rest, &run(point[0]).0))[0];
    let (mut expected, state) = run(alpha);
    expected.insert(0, *first);
    (alpha, expected, state)
}

/// Fitted Holt and Winters' method with a damped trend.
#[derive(Debug, Clone, PartialEq)]
pub struct HoltWinters {
    /// Weights of the least squared error.
    pub weights: Weights,
    /// What every value was expected to be.
    pub expected: Vec<f64>,
    /// State after the last value.
    pub state: State,
}

/// Holt and Winters' damped method; the state before the first value is the classical season, and the level and trend
/// of the first two seasons. A season of 1 is none. `None` for a series shorter than two seasons, or than four values.
#[must_use]
pub fn holt_winters(series: &[f64], season: usize) -> Option<HoltWinters> {
    let way = if series.iter().all(|value| *value > 0.0) { Way::Multiplied } else { Way::Added };
    let (indices, without) = if season > 1 {
        let found = Season::classical(series, season, way)?;
        let without: Vec<f64> = series.iter().enumerate().map(|(at, value)| found.take_off(at, *value)).collect();
        ((0..season).map(|at| found.index(at)).collect(), without)
    } else {
        (Vec::new(), series.to_vec())
    };
    let span = season.max(2);
    if without.len() < 2 * span {
        return None;
    }
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let (first, second) = (mean(&without[..span]), mean(&without[span..2 * span]));
    let trend = (second - first) / span as f64;
    let level = first - trend * f64::midpoint(span as f64, 1.0);
    let start = State { level, trend, season: indices, way };
    let weights = |point: &[f64]| Weights {
        alpha: point[0],
        beta: point[1],
        phi: point[2],
        gamma: *point.get(3).unwrap_or(&0.0),
    };
    let bounds = [RANGE, RANGE, (0.8, 0.98), RANGE];
    let searched = if season > 1 { 4 } else { 3 };
    let cost = |point: &[f64]| squares(series, &smooth(series, start.clone(), weights(point)).0);
    let found = weights(&least(&[0.3, 0.05, 0.95, 0.1][..searched], &bounds[..searched], cost));
    let (expected, state) = smooth(series, start, found);
    expected.iter().all(|value| value.is_finite()).then_some(HoltWinters { weights: found, expected, state })
}

#[cfg(test)]
mod tests {
    use super::super::cases::AIR_PASSENGERS;
    use super::*;

    const WEIGHTS: Weights = Weights { alpha: 0.3, beta: 0.1, gamma: 0.2, phi: 0.95 };

    #[test]
    fn single_smoothing_of_the_nist_handbook() {
        // NIST/SEMATECH e-Handbook 6.4.3.1: weight 0.1, the first smoothed value is the first value. The page's squared
        // errors are rounded; exactly they add up to 208.818.
        let series = [71.0, 70.0, 69.0, 68.0, 64.0, 65.0, 72.0, 78.0, 75.0, 75.0, 75.0, 70.0];
        let weights = Weights { alpha: 0.1, beta: 0.0, gamma: 0.0, phi: 1.0 };
        let (smoothed, _) = smooth(&series[1..], State::level(series[0]), weights);
        let published = [71.0, 70.9, 70.71, 70.439, 69.7951, 69.3156, 69.584, 70.4256, 70.8831, 71.2948, 71.6653];
        for (found, expected) in smoothed.iter().zip(published) {
            assert!((found - expected).abs() < 5e-5, "{found}, not {expected}");
        }
        assert!((squares(&series[1..], &smoothed) / 11.0 - 18.983_49).abs() < 5e-6);
    }

    #[test]
    fn double_smoothing_of_the_nist_handbook() {
        // NIST/SEMATECH e-Handbook 6.4.3.3: weights 0.3623 and 1, trend from the mean of the first three changes.
        let series = [6.4, 5.6, 7.8, 8.8, 11.0, 11.6, 16.7, 15.3, 21.6, 22.4];
        let weights = Weights { alpha: 0.3623, beta: 1.0, gamma: 0.0, phi: 1.0 };
        let (_, state) = smooth(&series[1..], State::trend(series[0], (8.8 - 6.4) / 3.0), weights);
        assert!((state.level - 22.815_059).abs() < 5e-7, "{}", state.level);
        for (found, expected) in state.forecast(1.0, 5).iter().zip([25.77, 28.73, 31.69, 34.64, 37.60]) {
            assert!((found - expected).abs() < 0.01, "{found}, not {expected}");
        }
    }

    #[test]
    fn seasons_as_statsmodels_smooths_them() {
        // statsmodels 0.15.0: ExponentialSmoothing(AirPassengers[:48], trend='add', damped_trend=True, seasonal=…,
        // initialization_method='known', …).fit(smoothing_level=.3, smoothing_trend=.1, smoothing_seasonal=.2,
        // damping_trend=.95, optimized=False): forecast(13) and sse. Its weight of the trend is ours.
        let series = &AIR_PASSENGERS[..48];
        let close = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-7, "{found}, not {expected}");
        let season = vec![0.9, 0.95, 1.05, 1.0, 1.0, 1.1, 1.2, 1.2, 1.05, 0.95, 0.85, 0.95];
        let start = State { season, way: Way::Multiplied, ..State::trend(120.0, 1.0) };
        let (expected, state) = smooth(series, start, WEIGHTS);
        close(squares(series, &expected), 2_016.891_166_209_756_9);
        let ahead = state.forecast(0.95, 13);
        close(ahead[0], 191.867_345_72);
        close(ahead[7], 259.397_252_17);
        close(ahead[12], 204.492_840_64);
        let season = vec![-12.0, -6.0, 6.0, 0.0, 0.0, 12.0, 24.0, 24.0, 6.0, -6.0, -18.0, -30.0];
        let start = State { season, way: Way::Added, ..State::trend(120.0, 1.0) };
        let (expected, state) = smooth(series, start, WEIGHTS);
        close(squares(series, &expected), 3_704.305_762_874_074);
        close(state.forecast(0.95, 13)[12], 209.857_405_74);
    }

    #[test]
    fn the_weight_of_the_least_error_is_found() {
        // statsmodels 0.15.0: SimpleExpSmoothing(x, initialization_method='known', initial_level=x[0]).fit().
        let series = [50.0, 52.0, 49.0, 51.0, 54.0, 53.0, 50.0, 55.0, 56.0, 52.0, 57.0, 55.0, 58.0, 54.0, 59.0];
        let (alpha, expected, state) = simple(&series);
        assert!((alpha - 0.399_878).abs() < 1e-4, "{alpha}");
        assert!((squares(&series, &expected) - 97.144_898_138).abs() < 1e-5);
        assert!((state.level - 56.759_929).abs() < 1e-3);
    }
}
