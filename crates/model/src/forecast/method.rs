//! Methods of forecasting, all through one door: a series in, expected values and the spread of their errors out.

use augurs::mstl::stlrs::MstlParams;

use super::season::Season;
use super::smoothing::holt_winters;
use super::theta::Theta;
use super::{ets, score::mean};

/// A method.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    /// The last value.
    Naive,
    /// The value a season before; what every other method has to beat.
    SeasonalNaive,
    /// The last value after the season is taken off, where there is one; the yardstick of M4.
    Naive2,
    /// ETS with additive errors after the season is taken off.
    Ets,
    /// Holt and Winters, damped.
    HoltWinters,
    /// Theta after the season is taken off.
    Theta,
    /// Several seasons at once, as hour of day and hour of week, taken off by loess; ETS for what is left.
    Mstl,
}

/// What a method expects.
#[derive(Debug, Clone, PartialEq)]
pub struct Fitted {
    /// What it is in full, such as `ETS(A,Ad,N), seasonally adjusted`.
    pub label: String,
    /// What each value of the series was expected to be; `None` where the method had too little before it.
    pub expected: Vec<Option<f64>>,
    /// The next values.
    pub point: Vec<f64>,
    /// Standard deviations of their errors; `None` where too few errors are known.
    pub sigma: Option<Vec<f64>>,
}

/// Most values that a method with weights to search looks at: the latest ones, twelve weeks of hours.
const LOOKS_BACK: usize = 2_016;

impl Method {
    /// All that are tried when the best is asked for, simplest first.
    pub const TRIED: [Self; 6] =
        [Self::SeasonalNaive, Self::Naive, Self::Theta, Self::Ets, Self::HoltWinters, Self::Mstl];

    /// One word for files and scripts.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Naive => "naive",
            Self::SeasonalNaive => "seasonal-naive",
            Self::Naive2 => "naive2",
            Self::Ets => "ets",
            Self::HoltWinters => "holt-winters",
            Self::Theta => "theta",
            Self::Mstl => "mstl",
        }
    }

    /// Values that a series must have.
    #[must_use]
    pub fn needs(self, seasons: &[usize]) -> usize {
        let season = seasons.last().copied().unwrap_or(1);
        match self {
            Self::Naive | Self::Naive2 => 1,
            Self::SeasonalNaive => season,
            Self::Ets => ets::LEAST,
            Self::Theta => 3,
            Self::HoltWinters => 2 * season.max(2),
            // Of several seasons the shortest must be seen twice.
            Self::Mstl => (2 * seasons.iter().copied().find(|each| *each > 1).unwrap_or(2) + 1).max(ets::LEAST),
        }
    }

    /// Fits a series without gaps whose values are of a size near one; `seasons` ascend, the last is the whole one.
    /// `None` where the series is too short or nothing sensible can be fitted.
    #[must_use]
    pub fn fit(self, series: &[f64], seasons: &[usize], horizon: usize) -> Option<Fitted> {
        if series.len() < self.needs(seasons) || series.is_empty() || horizon == 0 {
            return None;
        }
        let season = seasons.last().copied().unwrap_or(1).max(1);
        let skipped = match self {
            Self::Naive | Self::SeasonalNaive => 0,
            _ => series.len().saturating_sub(LOOKS_BACK.max(3 * season)),
        };
        let recent = &series[skipped..];
        let mut fitted = match self {
            Self::Naive => naive(recent, 1, horizon),
            Self::SeasonalNaive => naive(recent, season, horizon),
            Self::Naive2 => adjusted(recent, season, |series| Some(naive(series, 1, horizon)))?,
            Self::Ets => adjusted(recent, season, |series| exponential(series, horizon))?,
            Self::HoltWinters => winters(recent, season, horizon)?,
            Self::Theta => adjusted(recent, season, |series| lines(series, horizon))?,
            Self::Mstl => loess(recent, seasons, horizon)?,
        };
        fitted.expected.splice(0..0, std::iter::repeat_n(None, skipped));
        // A forecast a million times the series is none.
        let is_good = |value: &f64| value.abs() <= 1e6;
        let is_fit = fitted.point.iter().all(is_good)
            && fitted.expected.iter().flatten().all(is_good)
            && fitted.sigma.iter().flatten().all(is_good);
        is_fit.then_some(fitted)
    }
}

/// Root of the mean squared error over what was expected; `None` of fewer than two errors.
fn spread(series: &[f64], expected: &[Option<f64>]) -> Option<f64> {
    let errors: Vec<f64> =
        series.iter().zip(expected).filter_map(|(value, expected)| Some(value - (*expected)?)).collect();
    (errors.len() > 1).then(|| mean(errors.iter().map(|error| error * error)).sqrt())
}

/// Standard deviations of a linear method with additive errors: what one error still weighs `j` steps later is `weight(j)`
/// (Hyndman and others 2008, 6.1).
fn widening(sigma: f64, horizon: usize, mut weight: impl FnMut(usize) -> f64) -> Vec<f64> {
    let mut sum = 1.0;
    let step = |step: usize| {
        if step > 0 {
            let weight = weight(step);
            sum += weight * weight;
        }
        sigma * sum.sqrt()
    };
    (0..horizon).map(step).collect()
}

fn naive(series: &[f64], season: usize, horizon: usize) -> Fitted {
    let expected: Vec<Option<f64>> =
        (0..series.len()).map(|at| at.checked_sub(season).map(|before| series[before])).collect();
    let last = &series[series.len() - season..];
    let weight = |step: usize| if step.is_multiple_of(season) { 1.0 } else { 0.0 };
    Fitted {
        label: if season > 1 { format!("value {season} before") } else { "last value".to_owned() },
        point: last.iter().copied().cycle().take(horizon).collect(),
        sigma: spread(series, &expected).map(|sigma| widening(sigma, horizon, weight)),
        expected,
    }
}

/// A method on the series without its season, which is put on again.
fn adjusted(series: &[f64], season: usize, method: impl Fn(&[f64]) -> Option<Fitted>) -> Option<Fitted> {
    let found = Season::of(series, season);
    let without: Vec<f64> = series.iter().enumerate().map(|(at, value)| found.take_off(at, *value)).collect();
    let fitted = method(&without)?;
    let ahead = series.len();
    let sigma = |sigma: Vec<f64>| -> Vec<f64> {
        sigma.into_iter().enumerate().map(|(step, sigma)| sigma * found.stretch(ahead + step)).collect()
    };
    Some(Fitted {
        label: if found.is_none() { fitted.label } else { format!("{}, seasonally adjusted", fitted.label) },
        expected: (0..)
            .zip(fitted.expected)
            .map(|(at, expected)| expected.map(|value| found.put_on(at, value)))
            .collect(),
        point: (ahead..).zip(fitted.point).map(|(at, value)| found.put_on(at, value)).collect(),
        sigma: fitted.sigma.map(sigma),
    })
}

fn exponential(series: &[f64], horizon: usize) -> Option<Fitted> {
    let found = ets::auto(series, horizon)?;
    Some(Fitted {
        label: found.label,
        expected: found.expected.into_iter().map(Some).collect(),
        point: found.forecast,
        sigma: Some(found.sigma),
    })
}

fn lines(series: &[f64], horizon: usize) -> Option<Fitted> {
    let theta = Theta::of(series)?;
    // The first value is expected to be itself, which is no forecast.
    let expected: Vec<Option<f64>> =
        theta.expected.iter().enumerate().map(|(at, value)| (at > 0).then_some(*value)).collect();
    Some(Fitted {
        label: "Theta".to_owned(),
        point: theta.forecast(horizon),
        sigma: spread(series, &expected).map(|sigma| widening(sigma, horizon, |_| theta.alpha)),
        expected,
    })
}

fn winters(series: &[f64], season: usize, horizon: usize) -> Option<Fitted> {
    let found = holt_winters(series, season)?;
    let expected: Vec<Option<f64>> = found.expected.iter().copied().map(Some).collect();
    let weights = found.weights;
    let mut damped = 0.0;
    let mut damping = 1.0;
    let weight = |step: usize| {
        damping *= weights.phi;
        damped += damping;
        let season = if season > 1 && step.is_multiple_of(season) { weights.gamma } else { 0.0 };
        weights.alpha * (1.0 + weights.beta * damped) + season
    };
    Some(Fitted {
        label: "Holt-Winters, damped".to_owned(),
        point: found.state.forecast(weights.phi, horizon),
        sigma: spread(series, &expected).map(|sigma| widening(sigma, horizon, weight)),
        expected,
    })
}

fn loess(series: &[f64], seasons: &[usize], horizon: usize) -> Option<Fitted> {
    let periods: Vec<usize> = seasons.iter().copied().filter(|each| *each > 1 && 2 * each < series.len()).collect();
    if periods.is_empty() {
        return None;
    }
    let found = MstlParams::new().fit(series, &periods).ok()?;
    let at = |place: usize| found.seasonal().iter().map(|season| season[place]).sum::<f64>();
    let without: Vec<f64> = series.iter().enumerate().map(|(place, value)| value - at(place)).collect();
    let rest = exponential(&without, horizon)?;
    let ahead = |step: usize| -> f64 {
        let last = |(season, period): (&Vec<f64>, &usize)| season[series.len() - period + step % period];
        found.seasonal().iter().zip(&periods).map(last).sum()
    };
    let shown: Vec<String> = periods.iter().map(ToString::to_string).collect();
    Some(Fitted {
        label: format!("MSTL({}), {}", shown.join(", "), rest.label),
        expected: rest.expected.iter().enumerate().map(|(place, value)| value.map(|value| value + at(place))).collect(),
        point: rest.point.iter().enumerate().map(|(step, value)| value + ahead(step)).collect(),
        sigma: rest.sigma,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Four weeks of hours: busy by day, quiet on two days of seven, and growing.
    fn hours(weeks: usize) -> Vec<f64> {
        let hour = |at: usize| {
            let (hour, day) = (at % 24, at / 24 % 7);
            let busy = if (8..20).contains(&hour) { 0.5 } else { 0.1 };
            let wobble = f64::from(u32::try_from(at * 7 % 13).unwrap()) / 1_000.0;
            busy * if day >= 5 { 0.4 } else { 1.0 } + at as f64 / 1e4 + wobble
        };
        (0..weeks * 168).map(hour).collect()
    }

    #[test]
    fn hours_of_the_week_are_followed() {
        let series = hours(5);
        let (known, later) = series.split_at(4 * 168);
        let fitted = Method::Mstl.fit(known, &[24, 168], 168).unwrap();
        assert!(fitted.label.starts_with("MSTL(24, 168)"), "{}", fitted.label);
        let error = mean(fitted.point.iter().zip(later).map(|(f, y)| (f - y).abs()));
        let floor = Method::SeasonalNaive.fit(known, &[24, 168], 168).unwrap();
        let naive = mean(floor.point.iter().zip(later).map(|(f, y)| (f - y).abs()));
        assert!(error < naive, "{error} against {naive}");
        assert!(fitted.sigma.unwrap().windows(2).all(|pair| pair[0] <= pair[1]));
    }

    #[test]
    fn a_longer_naive_forecast_is_less_sure() {
        let series = [1.0, 2.0, 1.5, 2.0, 1.0, 2.5];
        let fitted = Method::SeasonalNaive.fit(&series, &[2], 4).unwrap();
        // Errors against two before: 0.5, 0, −0.5, 0.5; their root mean square √0.1875.
        let sigma = fitted.sigma.unwrap();
        assert!((sigma[1] - 0.1875f64.sqrt()).abs() < 1e-15);
        assert!((sigma[2] / sigma[0] - 2.0f64.sqrt()).abs() < 1e-15, "the second season is twice the variance");
        assert_eq!(fitted.point, [1.0, 2.5, 1.0, 2.5]);
        assert_eq!(Method::SeasonalNaive.fit(&series, &[7], 1), None);
        assert_eq!(Method::Naive.fit(&[0.7], &[1], 2).unwrap().sigma, None, "one value has no error");
    }
}
