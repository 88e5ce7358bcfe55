//! Days that cost more, or less, than they should have: robust scores of what a forecast missed, with the money and the
//! driver that moved.

use thiserror::Error;

use super::{Method as ScoredBy, median, scores};
use crate::forecast::{self, ForecastError, Method, Question, Why};

/// Which side is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Above what was expected.
    Up,
    /// Below.
    Down,
    /// Either.
    Both,
}

/// What counts as an anomaly.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Watch {
    /// Steps of a season; 1 is none.
    pub season: usize,
    /// Size of the score that is too large; 3.5 is usual (Iglewicz and Hoaglin 1993).
    pub threshold: f64,
    /// Which side.
    pub direction: Direction,
    /// Least impact, unit of the series.
    pub least_impact: f64,
    /// Least impact in percent of what was expected.
    pub least_percent: f64,
}

/// A series that may tell why, such as tokens or requests.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DriverSeries<'a> {
    /// Its name.
    pub name: &'a str,
    /// As long as the series watched.
    pub series: &'a [Option<f64>],
}

/// What a driver did where the series stood out.
#[derive(Debug, Clone, PartialEq)]
pub struct DriverMove {
    /// Which driver.
    pub name: String,
    /// Its value.
    pub actual: f64,
    /// What was expected.
    pub expected: f64,
    /// Its score.
    pub score: f64,
}

/// A value that stands out.
#[derive(Debug, Clone, PartialEq)]
pub struct Anomaly {
    /// Place in the series.
    pub index: usize,
    /// Value.
    pub actual: f64,
    /// What was expected.
    pub expected: f64,
    /// Actual − expected.
    pub impact: f64,
    /// Impact in percent of the size of what was expected; `None` where nothing was.
    pub percent: Option<f64>,
    /// Modified z of the impact among all that the forecast missed.
    pub score: f64,
    /// The driver that moved most; `None` where none given moved.
    pub driver: Option<DriverMove>,
}

/// A series looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct Watched {
    /// Method that says what is expected.
    pub method: Method,
    /// Why that one.
    pub why: Why,
    /// What each value was expected to be; `None` where there is too little before it.
    pub expected: Vec<Option<f64>>,
    /// Score of each value; `None` where it is missing, or was not expected to be anything.
    pub scores: Vec<Option<f64>>,
    /// Those that stand out, oldest first.
    pub anomalies: Vec<Anomaly>,
}

/// A series cannot be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
pub enum WatchError {
    /// No forecast.
    #[error(transparent)]
    Forecast(#[from] ForecastError),
    /// A threshold that is none.
    #[error("{0} is no number of 0 or more, up to 10^15; give one")]
    Threshold(&'static str),
    /// A driver of another length.
    #[error("driver {at} holds {found} values; give {expected}, as the series has")]
    DriverLength {
        /// Which driver, from 0.
        at: usize,
        /// Values it has.
        found: usize,
        /// Values it should have.
        expected: usize,
    },
}

/// Finds what stands out of a series: expected values are those of the best forecast (backtest) of the series without
/// its outliers, so that one does not hide in the next day's expectation; the score is a modified z of what was missed.
/// A value stands out when its score, its impact and its percentage all do.
///
/// # Errors
/// When the series cannot be forecast, a threshold is none, or a driver has another length.
pub fn watch(series: &[Option<f64>], watch: Watch, drivers: &[DriverSeries<'_>]) -> Result<Watched, WatchError> {
    for (name, found) in
        [("threshold", watch.threshold), ("impact", watch.least_impact), ("percent", watch.least_percent)]
    {
        if !(0.0..=1e15).contains(&found) {
            return Err(WatchError::Threshold(name));
        }
    }
    for (at, driver) in drivers.iter().enumerate() {
        if driver.series.len() != series.len() {
            return Err(WatchError::DriverLength { at, found: driver.series.len(), expected: series.len() });
        }
    }
    let Missed { method, why, expected, scores } = missed(series, watch)?;
    let mut anomalies: Vec<Anomaly> = Vec::new();
    for (index, score) in scores.iter().enumerate() {
        let (Some(score), Some(actual), Some(expected)) = (*score, series[index], expected[index]) else { continue };
        let impact = actual - expected;
        let percent = (expected != 0.0).then(|| impact / expected.abs() * 100.0).filter(|percent| percent.is_finite());
        let is_side = match watch.direction {
            Direction::Up => impact > 0.0,
            Direction::Down => impact < 0.0,
            Direction::Both => impact != 0.0,
        };
        // From nothing to something is more than any percentage.
        let is_large =
            impact.abs() >= watch.least_impact && percent.is_none_or(|percent| percent.abs() >= watch.least_percent);
        if is_side && is_large && score.abs() > watch.threshold {
            anomalies.push(Anomaly { index, actual, expected, impact, percent, score, driver: None });
        }
    }
    if !anomalies.is_empty() {
        tell_drivers(&mut anomalies, watch, drivers);
    }
    Ok(Watched { method, why, expected, scores, anomalies })
}

/// Names the driver whose score is largest, for each anomaly. A driver that cannot be forecast explains nothing.
fn tell_drivers(anomalies: &mut [Anomaly], watch: Watch, drivers: &[DriverSeries<'_>]) {
    for driver in drivers {
        let Ok(found) = missed(driver.series, watch) else { continue };
        for anomaly in &mut *anomalies {
            let at = anomaly.index;
            let told = found.scores[at].zip(driver.series[at]).zip(found.expected[at]);
            let Some(((score, actual), expected)) = told else { continue };
            let before = anomaly.driver.as_ref().map_or(watch.threshold, |driver| driver.score.abs());
            if score.abs() > before {
                anomaly.driver = Some(DriverMove { name: driver.name.to_owned(), actual, expected, score });
            }
        }
    }
}

/// What a forecast missed.
struct Missed {
    method: Method,
    why: Why,
    expected: Vec<Option<f64>>,
    scores: Vec<Option<f64>>,
}

fn missed(series: &[Option<f64>], watch: Watch) -> Result<Missed, ForecastError> {
    let question = |series| Question {
        series,
        seasons: vec![watch.season],
        horizon: watch.season.max(1),
        method: None,
        level: 0.8,
    };
    // The door of the forecast also refuses what is no number.
    let first = forecast::Known::of(series, watch.season)?;
    let cleaned = cleaned(series, first.scale, watch);
    let found = forecast::forecast(&question(&cleaned))?;
    let places: Vec<(usize, f64)> = series
        .iter()
        .zip(&found.expected)
        .enumerate()
        .filter_map(|(at, (value, expected))| Some((at, (*value)? - (*expected)?)))
        .collect();
    let mut all = vec![None; series.len()];
    if !places.is_empty() {
        let errors: Vec<f64> = places.iter().map(|(_, error)| error / first.scale).collect();
        // Differences below the last digits are noise of adding, not a spread to measure by.
        let errors: Vec<f64> = errors.iter().map(|error| if error.abs() < 1e-12 { 0.0 } else { *error }).collect();
        for ((at, _), score) in places.iter().zip(scores(&errors, ScoredBy::ModifiedZ)) {
            all[*at] = score.is_finite().then_some(score);
        }
    }
    Ok(Missed { method: found.method, why: found.why, expected: found.expected, scores: all })
}

/// Scores this many times the threshold are gross: such a value must not take part in what the next ones are expected to
/// be. Those in between may be a pattern that running medians are too coarse to see.
const GROSS: f64 = 2.0;

/// The series with gross outliers replaced by running medians, to which the median of each place in the season is added;
/// in logarithms where all values are above zero, since the seasons of what grows grow with it.
fn cleaned(series: &[Option<f64>], scale: f64, watch: Watch) -> Vec<Option<f64>> {
    let in_logs = series.iter().flatten().all(|value| *value > 0.0);
    let there = |value: f64| if in_logs { libm::log(value / scale) } else { value / scale };
    let back = |value: f64| if in_logs { libm::exp(value) * scale } else { value * scale };
    let seen: Vec<Option<f64>> = series.iter().map(|value| value.map(there)).collect();
    let expected = by_medians(&seen, watch.season.max(1));
    let known: Vec<usize> = (0..series.len()).filter(|at| seen[*at].is_some()).collect();
    let errors: Vec<f64> = known.iter().map(|at| seen[*at].unwrap_or_default() - expected[*at]).collect();
    let mut cleaned = series.to_vec();
    if errors.is_empty() {
        return cleaned;
    }
    for (at, score) in known.iter().zip(scores(&errors, ScoredBy::ModifiedZ)) {
        if score.abs() > GROSS * watch.threshold {
            cleaned[*at] = Some(back(expected[*at]));
        }
    }
    cleaned
}

/// Running medians over a season to either side (three values without one), and the median of each place in the season.
fn by_medians(series: &[Option<f64>], season: usize) -> Vec<f64> {
    let half = if season > 1 { season } else { 3 };
    let middle_of = |values: Vec<f64>| if values.is_empty() { 0.0 } else { median(&values) };
    let around = |seasonal: &[f64], at: usize| {
        let window = at.saturating_sub(half)..(at + half + 1).min(series.len());
        middle_of(window.filter_map(|at| Some(series[at]? - seasonal[at % season])).collect())
    };
    let mut seasonal = vec![0.0; season];
    if season > 1 {
        let level: Vec<f64> = (0..series.len()).map(|at| around(&seasonal, at)).collect();
        let of_place = |place: usize| {
            let places = (place..series.len()).step_by(season);
            middle_of(places.filter_map(|at| Some(series[at]? - level[at])).collect())
        };
        seasonal = (0..season).map(of_place).collect();
    }
    (0..series.len()).map(|at| around(&seasonal, at) + seasonal[at % season]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const DAILY: Watch =
        Watch { season: 7, threshold: 3.5, direction: Direction::Both, least_impact: 1.0, least_percent: 10.0 };

    /// Eight weeks: 100 on weekdays, 40 at weekends, and a wobble of up to 2.
    fn days() -> Vec<Option<f64>> {
        let day = |at: u32| if at % 7 >= 5 { 40.0 } else { 100.0 } + f64::from(at * 5 % 3);
        (0..56).map(day).map(Some).collect()
    }

    #[test]
    fn a_dear_day_is_found_with_its_money_and_its_driver() {
        let mut cost = days();
        cost[45] = Some(300.0);
        let tokens: Vec<Option<f64>> = cost.iter().map(|cost| cost.map(|cost| cost * 1e6)).collect();
        let requests = days();
        let drivers =
            [DriverSeries { name: "requests", series: &requests }, DriverSeries { name: "tokens", series: &tokens }];
        let found = watch(&cost, DAILY, &drivers).unwrap();
        assert_eq!(found.anomalies.len(), 1, "{:?}", found.anomalies);
        let anomaly = &found.anomalies[0];
        assert_eq!(anomaly.index, 45);
        assert!((anomaly.impact - 199.0).abs() < 3.0, "300 − 101: {}", anomaly.impact);
        assert!((anomaly.percent.unwrap() - 197.0).abs() < 6.0);
        assert_eq!(anomaly.driver.as_ref().map(|driver| driver.name.as_str()), Some("tokens"));
    }

    #[test]
    fn direction_money_and_percent_all_count() {
        let mut cost = days();
        (cost[40], cost[45]) = (Some(10.0), Some(300.0));
        let indices = |watched: Watch| -> Vec<usize> {
            watch(&cost, watched, &[]).unwrap().anomalies.iter().map(|anomaly| anomaly.index).collect()
        };
        assert_eq!(indices(DAILY), [40, 45]);
        assert_eq!(indices(Watch { direction: Direction::Up, ..DAILY }), [45]);
        assert_eq!(indices(Watch { direction: Direction::Down, ..DAILY }), [40]);
        assert_eq!(indices(Watch { least_impact: 100.0, ..DAILY }), [45], "a weekend of 40 misses 30");
        assert_eq!(indices(Watch { least_percent: 150.0, ..DAILY }), [45]);
        assert_eq!(indices(Watch { least_impact: 1_000.0, ..DAILY }), Vec::<usize>::new());
    }

    #[test]
    fn a_flat_series_with_one_bump_and_one_without() {
        let mut flat = vec![Some(5.0); 30];
        assert!(watch(&flat, DAILY, &[]).unwrap().anomalies.is_empty());
        flat[20] = Some(50.0);
        let found = watch(&flat, DAILY, &[]).unwrap();
        assert_eq!(found.anomalies.len(), 1, "the mean deviation stands in for a MAD of 0");
        assert_eq!((found.anomalies[0].index, found.anomalies[0].impact), (20, 45.0));
        assert_eq!(watch(&[], DAILY, &[]), Err(WatchError::Forecast(ForecastError::NothingKnown)));
        let short = DriverSeries { name: "tokens", series: &[None] };
        let error = watch(&flat, DAILY, &[short]).unwrap_err();
        assert_eq!(error, WatchError::DriverLength { at: 0, found: 1, expected: 30 });
    }

    #[test]
    fn weekends_of_a_growing_series_are_no_anomalies() {
        // 4 % more each week, weekends at 60 %.
        let day = |at: u32| {
            let level = 1_000.0 * libm::pow(1.04, f64::from(at) / 7.0);
            level * if at % 7 >= 5 { 0.6 } else { 1.0 } * (1.0 + f64::from(at * 7 % 5) / 200.0)
        };
        let series: Vec<Option<f64>> = (0..182).map(day).map(Some).collect();
        let found = watch(&series, DAILY, &[]).unwrap();
        assert!(found.anomalies.is_empty(), "{:?}", found.anomalies);
    }

    #[test]
    fn from_nothing_to_something_has_no_percentage() {
        let mut series = vec![Some(0.0); 30];
        series[25] = Some(80.0);
        let found = watch(&series, DAILY, &[]).unwrap();
        assert_eq!((found.anomalies[0].percent, found.anomalies[0].expected), (None, 0.0));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn what_stands_out_is_told_in_numbers(
            series in proptest::collection::vec(
                prop_oneof![5 => (0.0..1e3f64).prop_map(Some), 1 => Just(Some(0.0)), 1 => Just(None), 1 => Just(Some(1e15))],
                1..40,
            ),
            season in 1..8usize,
        ) {
            if let Ok(found) = watch(&series, Watch { season, ..DAILY }, &[]) {
                prop_assert!(found.scores.iter().flatten().all(|score| score.is_finite()));
                for anomaly in &found.anomalies {
                    prop_assert!(anomaly.impact.is_finite() && anomaly.score.abs() > 3.5);
                    prop_assert_eq!(anomaly.impact, anomaly.actual - anomaly.expected);
                    prop_assert!(series[anomaly.index] == Some(anomaly.actual));
                }
            }
        }
    }
}
