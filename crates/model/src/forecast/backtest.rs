//! Rolling origins: each method forecasts from several moments of the past, and is scored by what came.

use super::known::Known;
use super::method::{Fitted, Method};
use super::score::{mean, owa};

/// Most moments to forecast from.
const ORIGINS: usize = 6;

/// How a method did.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Score {
    /// The method.
    pub method: Method,
    /// sMAPE in percent, mean over all points.
    pub smape: f64,
    /// MASE; `None` where the series repeats itself exactly in some training part.
    pub mase: Option<f64>,
    /// Against Naive2 on the same origins; `None` where that makes no error.
    pub owa: Option<f64>,
    /// Mean absolute error, unit of the series.
    pub mae: f64,
    /// Share of the points inside the band that the method itself gave; `None` where it gave none.
    pub coverage: Option<f64>,
    /// Points compared; what was missing is not among them.
    pub points: usize,
}

impl Score {
    /// What the best is chosen by: OWA, else MASE, else the mean absolute error. All methods of one backtest have the
    /// same ones.
    #[must_use]
    pub fn loss(&self) -> f64 {
        self.owa.or(self.mase).unwrap_or(self.mae)
    }
}

/// A backtest of several methods on the same origins.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Backtest {
    /// Lengths of the training parts, longest first.
    pub origins: Vec<usize>,
    /// Steps ahead.
    pub horizon: usize,
    /// Methods that could forecast from every origin, in the order given.
    pub scores: Vec<Score>,
    /// Size of each error beside the standard deviation that was expected for it, by method.
    pub(super) ratios: Vec<(Method, Vec<f64>)>,
}

/// Values that a backtest needs before its first origin.
pub(super) fn least_training(count: usize, season: usize) -> usize {
    let ample = (2 * season + 1).max(10);
    if count > ample + 1 { ample } else { (season + 1).max(8) }
}

/// Tests methods on a series; nothing where it is too short for a single origin. `z` is the half width of the band that
/// coverage is told of, in standard deviations.
pub(super) fn backtest(known: &Known, seasons: &[usize], horizon: usize, methods: &[Method], z: f64) -> Backtest {
    let count = known.values.len();
    let season = seasons.last().copied().unwrap_or(1).max(1);
    let least = least_training(count, season);
    if count <= least {
        return Backtest::default();
    }
    let horizon = horizon.min(((count - least) / 2).max(1));
    let last = count - horizon;
    let step = ((last - least) / (ORIGINS - 1)).clamp(1, horizon);
    let origins: Vec<usize> =
        (0..ORIGINS).map_while(|at| last.checked_sub(at * step)).filter(|at| *at >= least).collect();
    let mut tested = Backtest { origins, horizon, ..Backtest::default() };
    let Some((naive2, _)) = run(Method::Naive2, known, seasons, &tested, z) else { return Backtest::default() };
    for method in methods {
        if let Some((mut score, ratios)) = run(*method, known, seasons, &tested, z) {
            let yardstick = naive2.mase.map(|mase| (naive2.smape, mase));
            score.owa = score.mase.zip(yardstick).and_then(|(mase, naive2)| owa(score.smape, mase, naive2));
            tested.scores.push(score);
            tested.ratios.push((*method, ratios));
        }
    }
    tested
}

/// One method; `None` where it cannot forecast from every origin, or nothing was known to compare with.
fn run(method: Method, known: &Known, seasons: &[usize], tested: &Backtest, z: f64) -> Option<(Score, Vec<f64>)> {
    let season = seasons.last().copied().unwrap_or(1).max(1);
    let (mut smapes, mut errors, mut scaled, mut ratios) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut has_scale = true;
    for origin in &tested.origins {
        let train = &known.values[..*origin];
        let Fitted { point, sigma, .. } = method.fit(train, seasons, tested.horizon)?;
        let scale = mean(train.iter().skip(season).zip(train).map(|(later, earlier)| (later - earlier).abs()));
        has_scale &= scale > 0.0;
        for (step, forecast) in point.iter().enumerate().filter(|(step, _)| known.is_given[origin + step]) {
            let actual = known.values[origin + step];
            let (error, size) = ((actual - forecast).abs(), actual.abs() + forecast.abs());
            smapes.push(if size > 0.0 { 200.0 * error / size } else { 0.0 });
            errors.push(error);
            if scale > 0.0 {
                scaled.push(error / scale);
            }
            if let Some(sigma) = &sigma {
                ratios.push(if error == 0.0 { 0.0 } else { (error / sigma[step]).min(1e6) });
            }
        }
    }
    let inside = ratios.iter().filter(|ratio| **ratio <= z).count();
    let score = Score {
        method,
        smape: mean(smapes.iter().copied()),
        mase: (has_scale && scaled.iter().all(|error| error.is_finite())).then(|| mean(scaled.iter().copied())),
        owa: None,
        mae: mean(errors.iter().copied()) * known.scale,
        coverage: (!ratios.is_empty()).then(|| inside as f64 / ratios.len() as f64),
        points: errors.len(),
    };
    (!errors.is_empty()).then_some((score, ratios))
}
