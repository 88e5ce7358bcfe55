//! Is a series seasonal, and what is it without its season? Classical decomposition around a centred moving average.

use super::score::mean;

/// How a season acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// It is added: a series that reaches zero or below.
    Added,
    /// It multiplies.
    Multiplied,
}

/// A season: one index for each place in it, by the place of the series' first value.
#[derive(Debug, Clone, PartialEq)]
pub struct Season {
    way: Way,
    indices: Vec<f64>,
}

impl Season {
    /// No season.
    #[must_use]
    pub fn none() -> Self {
        Self { way: Way::Added, indices: vec![0.0] }
    }

    /// Indices of a classical decomposition: means of the series' distance from (or ratio to) a centred moving average
    /// over one season, centred on 0 (or 1), as R's `decompose` makes them. `None` with fewer than two seasons.
    #[must_use]
    pub fn classical(series: &[f64], season: usize, way: Way) -> Option<Self> {
        if season < 2 || series.len() < 2 * season {
            return None;
        }
        let trend = moving_average(series, season);
        let mut sums = vec![(0.0, 0.0); season];
        for (at, trend) in trend {
            let detrended = match way {
                Way::Added => series[at] - trend,
                Way::Multiplied => series[at] / trend,
            };
            let (sum, count) = &mut sums[at % season];
            *sum += detrended;
            *count += 1.0;
        }
        let neutral = if way == Way::Added { 0.0 } else { 1.0 };
        let mut indices: Vec<f64> =
            sums.into_iter().map(|(sum, count)| if count > 0.0 { sum / count } else { neutral }).collect();
        let middle = mean(indices.iter().copied());
        for index in &mut indices {
            match way {
                Way::Added => *index -= middle,
                Way::Multiplied => *index /= middle,
            }
        }
        let is_good = |index: &f64| index.is_finite() && (way == Way::Added || *index > 0.0);
        indices.iter().all(is_good).then_some(Self { way, indices })
    }

    /// The season of a series where it has one: if its autocorrelation a season apart stands out with 90 % confidence
    /// (the test of the M4 benchmarks, from three seasons on), multiplied where all values are above zero.
    #[must_use]
    pub fn of(series: &[f64], season: usize) -> Self {
        if !is_seasonal(series, season) {
            return Self::none();
        }
        let way = if series.iter().all(|value| *value > 0.0) { Way::Multiplied } else { Way::Added };
        Self::classical(series, season, way).unwrap_or_else(Self::none)
    }

    /// Index of the value at a place.
    #[must_use]
    pub fn index(&self, at: usize) -> f64 {
        self.indices[at % self.indices.len()]
    }

    /// Does it do nothing?
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.indices.len() == 1
    }

    /// A value without its season.
    #[must_use]
    pub fn take_off(&self, at: usize, value: f64) -> f64 {
        match self.way {
            Way::Added => value - self.index(at),
            Way::Multiplied => value / self.index(at),
        }
    }

    /// A value with its season.
    #[must_use]
    pub fn put_on(&self, at: usize, value: f64) -> f64 {
        match self.way {
            Way::Added => value + self.index(at),
            Way::Multiplied => value * self.index(at),
        }
    }

    /// What a deviation of the series without season is of the series itself.
    #[must_use]
    pub fn stretch(&self, at: usize) -> f64 {
        if self.way == Way::Added { 1.0 } else { self.index(at) }
    }
}

/// Centred moving averages over one season, with their places; over an even one the two ends count half.
fn moving_average(series: &[f64], season: usize) -> Vec<(usize, f64)> {
    let half = season / 2;
    let places = half..series.len() - half;
    let average = |at: usize| {
        let window = &series[at - half..=at + half];
        let sum: f64 = window.iter().sum();
        let ends = if season.is_multiple_of(2) { f64::midpoint(window[0], window[window.len() - 1]) } else { 0.0 };
        (sum - ends) / season as f64
    };
    places.map(|at| (at, average(at))).collect()
}

/// Autocorrelation a season apart against 1.645 standard errors.
fn is_seasonal(series: &[f64], season: usize) -> bool {
    let count = series.len();
    if season < 2 || count < 3 * season {
        return false;
    }
    let middle = mean(series.iter().copied());
    let spread: f64 = series.iter().map(|value| (value - middle) * (value - middle)).sum();
    if spread <= 0.0 {
        return false;
    }
    let correlation = |lag: usize| {
        let pairs = series.iter().zip(&series[lag..]);
        pairs.map(|(one, other)| (one - middle) * (other - middle)).sum::<f64>() / spread
    };
    let before: f64 = (1..season).map(|lag| correlation(lag) * correlation(lag)).sum();
    let limit = 1.645 * ((1.0 + 2.0 * before) / count as f64).sqrt();
    correlation(season).abs() > limit
}

#[cfg(test)]
mod tests {
    use super::super::cases::AIR_PASSENGERS;
    use super::*;

    #[test]
    fn indices_of_statsmodels() {
        // statsmodels 0.15.0, seasonal_decompose(y, period=12), first three and last of `.seasonal[:12]`.
        let close = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-8, "{found}, not {expected}");
        let found = Season::classical(&AIR_PASSENGERS, 12, Way::Multiplied).unwrap();
        for (at, expected) in [(0, 0.910_230_37), (1, 0.883_625_32), (2, 1.007_366_29), (11, 0.898_824_39)] {
            close(found.index(at), expected);
        }
        let found = Season::classical(&AIR_PASSENGERS, 12, Way::Added).unwrap();
        for (at, expected) in [(0, -24.748_737_37), (6, 63.830_808_08), (11, -28.619_949_49)] {
            close(found.index(at), expected);
        }
        // An odd season: period=7 of the first 70 values.
        let found = Season::classical(&AIR_PASSENGERS[..70], 7, Way::Added).unwrap();
        for (at, expected) in [(0, 1.244_217_69), (4, -3.962_131_52), (6, 5.323_582_77)] {
            close(found.index(at), expected);
        }
    }

    #[test]
    fn noise_has_no_season_and_a_pattern_has() {
        let pattern: Vec<f64> = (0..40).map(|at| [5.0, 1.0, 2.0, 8.0][at % 4]).collect();
        let season = Season::of(&pattern, 4);
        assert!(!season.is_none());
        assert!((season.put_on(3, season.take_off(3, 8.0)) - 8.0).abs() < 1e-12);
        assert!(Season::of(&pattern[..11], 4).is_none(), "fewer than three seasons");
        assert!(Season::of(&[3.0; 40], 4).is_none());
        let noise: Vec<f64> = (0..40).map(|at| f64::from(at * at * 31 % 101)).collect();
        assert!(Season::of(&noise, 4).is_none());
    }
}
