//! ETS with additive errors, as `augurs` fits it: no, linear or damped trend by the corrected information criterion of
//! Akaike. Seasons are taken off before.

use augurs::ets::AutoETS;
use augurs::{Fit, Predict};

/// A fitted model.
#[derive(Debug, Clone, PartialEq)]
pub struct Ets {
    /// `ETS(A,Ad,N)` and the like.
    pub label: String,
    /// Log-likelihood without its constant, −n ÷ 2 × log Σ e², as R's `ets` has it; `None` where nothing was missed.
    pub log_likelihood: Option<f64>,
    /// Akaike's information criterion from it, the variance counted as a parameter.
    pub aic: Option<f64>,
    /// What every value was expected to be.
    pub expected: Vec<f64>,
    /// Expected values of the next steps.
    pub forecast: Vec<f64>,
    /// Standard deviations of their errors.
    pub sigma: Vec<f64>,
}

/// Least values that the search takes.
pub const LEAST: usize = 10;
/// What `augurs` 0.10 leaves out of its criteria: R and statsmodels count the variance among the parameters.
const VARIANCE: f64 = 2.0;
/// Level of an interval whose half width is one standard deviation.
const ONE_SIGMA: f64 = 0.682_689_492_137_085_9;

/// The model with the best corrected criterion among those with additive errors. `None` where the series is shorter than
/// [`LEAST`], or no model can be fitted.
#[must_use]
pub fn auto(series: &[f64], horizon: usize) -> Option<Ets> {
    if series.len() < LEAST || horizon == 0 {
        return None;
    }
    let (low, high) =
        series.iter().fold((series[0], series[0]), |(low, high), value| (low.min(*value), high.max(*value)));
    if high - low <= 1e-12 * high.abs().max(low.abs()) {
        return Some(still(series, horizon));
    }
    let fitted = AutoETS::new(1, "AZN").ok()?.fit(series).ok()?;
    let model = fitted.model();
    let ahead = fitted.predict(horizon, Some(ONE_SIGMA)).ok()?;
    let expected = fitted.predict_in_sample(None).ok()?.point;
    let intervals = ahead.intervals?;
    let sigma: Vec<f64> =
        intervals.upper.iter().zip(&ahead.point).map(|(upper, point)| (upper - point).max(0.0)).collect();
    let is_number = |values: &[f64]| values.iter().all(|value| value.is_finite());
    let kind = model.model_type();
    let damped = if model.damped() { "d" } else { "" };
    let found = Ets {
        label: format!("ETS({},{}{damped},N)", kind.error, kind.trend),
        log_likelihood: finite(model.log_likelihood()),
        aic: finite(model.aic() + VARIANCE),
        expected,
        forecast: ahead.point,
        sigma,
    };
    (is_number(&found.expected) && is_number(&found.forecast) && is_number(&found.sigma)).then_some(found)
}

/// A series that stands still needs no search, which would not end before its last step.
fn still(series: &[f64], horizon: usize) -> Ets {
    Ets {
        label: "ETS(A,N,N)".to_owned(),
        log_likelihood: None,
        aic: None,
        expected: series.to_vec(),
        forecast: vec![series[series.len() - 1]; horizon],
        sigma: vec![0.0; horizon],
    }
}

fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

#[cfg(test)]
mod tests {
    use super::super::cases::AIR_PASSENGERS;
    use super::*;
    use augurs::ets::AutoSpec;

    #[test]
    fn published_figures_of_augurs_and_statsmodels() {
        // grafana/augurs at 91f646af, tests of augurs-ets: last 20 of AirPassengers, additive damped trend,
        // log-likelihood −109.6248525790271, AIC 231.2497. statsmodels 0.15.0 on the same: with the constants of the
        // normal density −108.0458, that is −n ÷ 2 × (log(2π ÷ n) + 1) more than without.
        let series = &AIR_PASSENGERS[124..];
        let spec: AutoSpec = "AAN".parse().unwrap();
        let fitted = AutoETS::from_spec(1, spec).damped(true).unwrap().fit(series).unwrap();
        let model = fitted.model();
        assert!((model.log_likelihood() / -109.624_852_579_027_1 - 1.0).abs() < 1e-4, "{}", model.log_likelihood());
        let aic = model.aic() + VARIANCE;
        assert!((aic / 231.249_705_158 - 1.0).abs() < 1e-4, "{aic}");
        let constants = -10.0 * (libm::log(2.0 * std::f64::consts::PI / 20.0) + 1.0);
        assert!((model.log_likelihood() + constants - -108.045_791_98).abs() < 2e-3);
        // statsmodels' forecasts: 432.277, 432.502, 432.682.
        for (found, expected) in fitted.predict(3, None).unwrap().point.iter().zip([432.277, 432.502, 432.682]) {
            assert!((found - expected).abs() < 1.0, "{found}, not {expected}");
        }
    }

    #[test]
    fn the_search_takes_the_simplest_that_serves() {
        let series = &AIR_PASSENGERS[124..];
        let found = auto(series, 3).unwrap();
        assert_eq!(found.label, "ETS(A,N,N)", "statsmodels' aic agrees: 222.46 against 226.46 and 228.09");
        assert!(found.sigma.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(found.aic.unwrap() < 226.0);
        assert_eq!(auto(&series[..9], 3), None);
        let flat = auto(&[4.0; 12], 2).unwrap();
        assert_eq!((flat.forecast, flat.sigma, flat.aic), (vec![4.0; 2], vec![0.0; 2], None));
    }
}
