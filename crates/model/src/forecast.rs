//! Forecasts of a series, and how good they would have been.
//!
//! Every method is tested from several moments of the past; the best is taken if it beats the seasonal naive forecast,
//! else that one. Missing values are not zeros: they are filled for the methods and count in no error.

mod backtest;
#[cfg(test)]
mod cases;
mod ets;
mod known;
mod method;
mod score;
mod search;
mod season;
mod smoothing;
mod theta;

use std::fmt;

use thiserror::Error;

pub use backtest::{Backtest, Score};
pub use ets::{Ets, auto as ets};
pub use known::{Known, LARGEST, LONGEST};
pub use method::{Fitted, Method};
pub use score::{mase, mean, owa, smape};
pub use season::{Season, Way};
pub use smoothing::{HoltWinters, State, Weights, holt_winters, simple, smooth};
pub use theta::Theta;

/// What is asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Question<'a> {
    /// Values at even distances, oldest first; `None` is not known.
    pub series: &'a [Option<f64>],
    /// Steps of a season, ascending; several such as 24 and 168 for hours; empty or 1 is none.
    pub seasons: Vec<usize>,
    /// Steps ahead.
    pub horizon: usize,
    /// Method; `None` is the best by backtest.
    pub method: Option<Method>,
    /// Probability that a value lies inside its band, 0.5 to 0.99.
    pub level: f64,
}

/// Why a method was taken.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Why {
    /// It was asked for.
    Asked,
    /// It had the smallest error in the backtest.
    Best {
        /// Its loss beside that of the seasonal naive forecast, below 1.
        of_floor: f64,
    },
    /// No method beat it.
    NothingBeatsIt,
    /// The series is too short to test anything.
    TooShort {
        /// Values there are.
        have: usize,
        /// Values a backtest needs.
        need: usize,
    },
    /// All values are the same.
    Constant,
}

impl Why {
    /// One word for scripts.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Best { .. } => "best_in_backtest",
            Self::NothingBeatsIt => "nothing_beats_it",
            Self::TooShort { .. } => "too_short_for_backtest",
            Self::Constant => "constant",
        }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Asked => write!(f, "it was asked for"),
            Self::Best { of_floor } => {
                write!(f, "its error in the backtest is {:.1} % of the naive forecast's", of_floor * 100.0)
            }
            Self::NothingBeatsIt => write!(f, "no other method beats it in the backtest"),
            Self::TooShort { have, need } => write!(f, "{have} values are too few for a backtest, which needs {need}"),
            Self::Constant => write!(f, "all values are the same"),
        }
    }
}

/// A forecast.
#[derive(Debug, Clone, PartialEq)]
pub struct Forecast {
    /// Method taken.
    pub method: Method,
    /// The same in full.
    pub label: String,
    /// Why.
    pub why: Why,
    /// Expected values.
    pub point: Vec<f64>,
    /// Low and high end of each one's band; `None` where too few errors are known to tell.
    pub band: Option<Vec<(f64, f64)>>,
    /// By what the method's own band was widened, so that it held as many of the backtest's points as it should; 1 is
    /// not at all.
    pub widened_by: f64,
    /// What each value of the series was expected to be.
    pub expected: Vec<Option<f64>>,
    /// The backtest; empty where the series is too short.
    pub backtest: Backtest,
    /// Values that were filled in.
    pub filled: usize,
    /// Was a value below zero raised to zero, because the series never was below?
    pub held_at_zero: bool,
}

/// No forecast.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
pub enum ForecastError {
    /// No value at all.
    #[error("the series holds no value; give at least one")]
    NothingKnown,
    /// Too many values.
    #[error("the series holds {0} values; give at most {LONGEST}")]
    TooLong(usize),
    /// A value that is none.
    #[error("value {0} is no number up to 10^15 in size; leave out what is not known")]
    Value(usize),
    /// More than a third is missing.
    #[error("{missing} of {of} values are missing; give at least two of three")]
    TooManyGaps {
        /// Missing values.
        missing: usize,
        /// Values from the first known one on.
        of: usize,
    },
    /// A season that is none.
    #[error("a season of {0} steps; give seasons of 1 to 10,000 steps, ascending")]
    Season(usize),
    /// Too far, or nowhere.
    #[error("a horizon of {0} steps; give 1 to 10,000")]
    Horizon(usize),
    /// A level that makes no band.
    #[error("a level of {0}; give 0.5 to 0.99")]
    Level(f64),
    /// The method needs more values.
    #[error("{method} needs {need} values and has {have}; take a simpler method or best", method = .method.word())]
    TooShort {
        /// The method asked for.
        method: Method,
        /// Values it has.
        have: usize,
        /// Values it needs.
        need: usize,
    },
    /// The method found nothing.
    #[error("{method} finds nothing that fits the series; take another method or best", method = .0.word())]
    NoFit(Method),
}

/// The value `season` periods before, again and again; with a season of 1 the last value. None for a series shorter
/// than a season.
#[must_use]
pub fn seasonal_naive(series: &[f64], season: usize, horizon: usize) -> Option<Vec<f64>> {
    let last = series.get(series.len().checked_sub(season.max(1))?..)?;
    Some(last.iter().copied().cycle().take(horizon).collect())
}

/// Forecasts a series.
///
/// # Errors
/// When the question is out of range, or the method asked for cannot answer.
pub fn forecast(question: &Question<'_>) -> Result<Forecast, ForecastError> {
    let Question { horizon, level, .. } = *question;
    let seasons = checked(question)?;
    let season = seasons.last().copied().unwrap_or(1);
    let known = Known::of(question.series, season)?;
    let count = known.values.len();
    let z = half_width(level);
    let floor = if season > 1 && count >= season { Method::SeasonalNaive } else { Method::Naive };
    let (method, why, backtest) = chosen(question.method, &known, &seasons, horizon, (floor, z));
    let fitted = method.fit(&known.values, &seasons, horizon).ok_or_else(|| {
        let need = method.needs(&seasons);
        if count < need { ForecastError::TooShort { method, have: count, need } } else { ForecastError::NoFit(method) }
    })?;
    let (sigma, widened_by) = sized(&fitted, &backtest, method, (level, z), known.scale);
    let least = if known.is_never_negative() { 0.0 } else { f64::NEG_INFINITY };
    let held_at_zero = fitted.point.iter().any(|value| *value < least);
    let point: Vec<f64> = fitted.point.iter().map(|value| (value * known.scale).max(least)).collect();
    let band = sigma.map(|sigma| {
        let ends = |(value, sigma): (&f64, f64)| {
            let half = z * sigma * widened_by;
            (((value - half) * known.scale).max(least), ((value + half) * known.scale).max(least))
        };
        fitted.point.iter().zip(sigma).map(ends).collect()
    });
    let mut expected: Vec<Option<f64>> = vec![None; known.skipped];
    expected.extend(fitted.expected.iter().map(|value| value.map(|value| (value * known.scale).max(least))));
    let filled = count - known.count();
    Ok(Forecast { method, label: fitted.label, why, point, band, widened_by, expected, backtest, filled, held_at_zero })
}

/// The seasons of a question; 1 is none.
fn checked(question: &Question<'_>) -> Result<Vec<usize>, ForecastError> {
    let Question { horizon, level, .. } = *question;
    if !(1..=10_000).contains(&horizon) {
        return Err(ForecastError::Horizon(horizon));
    }
    if !(0.5..=0.99).contains(&level) {
        return Err(ForecastError::Level(level));
    }
    let mut before = 0;
    for season in &question.seasons {
        if *season <= before || *season > 10_000 {
            return Err(ForecastError::Season(*season));
        }
        before = *season;
    }
    Ok(if question.seasons.is_empty() { vec![1] } else { question.seasons.clone() })
}

/// Method, why, and the backtest that says so.
fn chosen(
    asked: Option<Method>,
    known: &Known,
    seasons: &[usize],
    horizon: usize,
    (floor, z): (Method, f64),
) -> (Method, Why, Backtest) {
    if known.is_constant() {
        return (asked.unwrap_or(floor), asked.map_or(Why::Constant, |_| Why::Asked), Backtest::default());
    }
    let tried: Vec<Method> = match asked {
        Some(method) if method == floor => vec![floor],
        Some(method) => vec![floor, method],
        None => {
            Method::TRIED.into_iter().filter(|method| *method != Method::SeasonalNaive || floor == *method).collect()
        }
    };
    let tested = backtest::backtest(known, seasons, horizon, &tried, z);
    if let Some(method) = asked {
        return (method, Why::Asked, tested);
    }
    let Some(at_floor) = tested.scores.iter().find(|score| score.method == floor).map(Score::loss) else {
        let season = seasons.last().copied().unwrap_or(1);
        let need = backtest::least_training(known.values.len(), season) + 1;
        return (floor, Why::TooShort { have: known.values.len(), need }, tested);
    };
    let best = tested.scores.iter().min_by(|a, b| a.loss().total_cmp(&b.loss()));
    match best.filter(|best| best.loss() < at_floor && best.method.fit(&known.values, seasons, horizon).is_some()) {
        Some(best) => (best.method, Why::Best { of_floor: best.loss() / at_floor }, tested),
        None => (floor, Why::NothingBeatsIt, tested),
    }
}

/// Standard deviations of the next values, and by what the backtest says to widen them.
fn sized(
    fitted: &Fitted,
    tested: &Backtest,
    method: Method,
    (level, z): (f64, f64),
    scale: f64,
) -> (Option<Vec<f64>>, f64) {
    let Some(sigma) = &fitted.sigma else { return (None, 1.0) };
    let score = tested.scores.iter().find(|score| score.method == method);
    // A perfect fit of the past that missed in the backtest is not perfect.
    let least = score.map_or(0.0, |score| score.mae / scale);
    let sigma: Vec<f64> = sigma.iter().map(|sigma| if *sigma > 0.0 { *sigma } else { least }).collect();
    let mut ratios =
        tested.ratios.iter().find(|(each, _)| *each == method).map_or_else(Vec::new, |(_, all)| all.clone());
    if ratios.len() < 10 {
        return (Some(sigma), 1.0);
    }
    ratios.sort_by(f64::total_cmp);
    let rank = libm::ceil(level * ratios.len() as f64) as usize;
    let held = ratios[rank.clamp(1, ratios.len()) - 1] / z;
    (Some(sigma), held.clamp(1.0, 10.0))
}

/// Half width of a normal band in standard deviations, by halving.
fn half_width(level: f64) -> f64 {
    let (mut low, mut high) = (0.0, 4.0);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if libm::erf(middle / std::f64::consts::SQRT_2) < level { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}

#[cfg(test)]
mod tests;
