//! The choice of a method, and what must hold of any forecast.

use proptest::prelude::*;

use super::cases::AIR_PASSENGERS;
use super::*;

fn given(values: &[f64]) -> Vec<Option<f64>> {
    values.iter().copied().map(Some).collect()
}

fn asked(series: &[Option<f64>], season: usize, horizon: usize) -> Result<Forecast, ForecastError> {
    forecast(&Question { series, seasons: vec![season], horizon, method: None, level: 0.8 })
}

#[test]
fn by_hand() {
    assert_eq!(seasonal_naive(&[1.0, 2.0, 3.0, 5.0], 2, 3), Some(vec![3.0, 5.0, 3.0]));
    assert_eq!(seasonal_naive(&[1.0], 2, 3), None);
    assert!((half_width(0.95) - 1.959_963_984_540_054).abs() < 1e-12);
    assert!((half_width(0.8) - 1.281_551_565_544_6).abs() < 1e-12);
}

#[test]
fn the_published_naive_forecast_of_airline_passengers() {
    // sktime: AirPassengers, the last 36 held out, sp=12: MAPE 0.13189432350948402.
    let (known, later) = AIR_PASSENGERS.split_at(108);
    let naive = seasonal_naive(known, 12, 36).unwrap();
    let mape = mean(naive.iter().zip(later).map(|(f, y)| (y - f).abs() / y));
    assert!((mape - 0.131_894_323_509_484_02).abs() < 1e-15, "{mape}");
}

#[test]
fn theta_and_naive2_as_m4_defines_them() {
    // statsmodels 0.15.0 for the season (seasonal_decompose, multiplicative), NumPy and SciPy for the rest by the
    // definition of the M4 benchmarks: AirPassengers, the last 36 held out.
    let (known, later) = AIR_PASSENGERS.split_at(108);
    let scores = |method: Method| {
        let point = method.fit(known, &[12], 36).unwrap().point;
        (smape(later, &point), mase(known, later, &point, 12).unwrap(), point)
    };
    let close = |found: f64, expected: f64| assert!((found / expected - 1.0).abs() < 1e-5, "{found}, not {expected}");
    let (theta_smape, theta_mase, point) = scores(Method::Theta);
    close(point[0], 341.233_174_71);
    close(theta_smape, 8.694_605_895);
    close(theta_mase, 1.255_917_399);
    let (naive_smape, naive_mase, _) = scores(Method::Naive2);
    close(naive_smape, 14.259_534_182);
    close(naive_mase, 1.971_922_278);
    close(owa(theta_smape, theta_mase, (naive_smape, naive_mase)).unwrap(), 0.623_319_938_6);
}

#[test]
fn the_best_of_the_backtest_beats_the_floor_on_what_came() {
    let (known, later) = AIR_PASSENGERS.split_at(132);
    let found = asked(&given(known), 12, 12).unwrap();
    assert!(matches!(found.why, Why::Best { of_floor } if of_floor < 0.8), "{:?}", found.why);
    let error = |forecast: &[f64]| mean(forecast.iter().zip(later).map(|(f, y)| (f - y).abs()));
    let naive = seasonal_naive(known, 12, 12).unwrap();
    assert!(error(&found.point) < 0.6 * error(&naive), "{} with {}", error(&found.point), found.label);
    assert_eq!(found.backtest.scores.len(), 6, "{:?}", found.backtest);
    let band = found.band.unwrap();
    let held = band.iter().zip(later).filter(|((low, high), y)| low <= y && *y <= high).count();
    assert!(held >= 7, "{held} of 12 inside a band of 80 %");
}

#[test]
fn what_cannot_be_beaten_is_kept() {
    let pattern: Vec<f64> = (0..40).map(|at| [5.0, 1.0, 0.0, 8.0][at % 4]).collect();
    let found = asked(&given(&pattern), 4, 6).unwrap();
    assert_eq!((found.method, found.why), (Method::SeasonalNaive, Why::NothingBeatsIt));
    assert_eq!(found.point, [5.0, 1.0, 0.0, 8.0, 5.0, 1.0]);
    assert_eq!(found.band.unwrap()[0], (5.0, 5.0), "it never missed");
}

#[test]
fn short_and_constant_series_say_so() {
    let found = asked(&given(&[3.0, 4.0, 5.0]), 7, 2).unwrap();
    assert_eq!(found.why, Why::TooShort { have: 3, need: 9 });
    assert_eq!((found.method, found.point), (Method::Naive, vec![5.0, 5.0]));
    let found = asked(&given(&[3.0]), 1, 2).unwrap();
    assert_eq!(found.band, None, "one value tells nothing of errors");
    let found = asked(&given(&[0.0; 30]), 7, 2).unwrap();
    assert_eq!((found.why, found.point), (Why::Constant, vec![0.0, 0.0]));
    let question =
        Question { series: &given(&[1.0, 2.0]), seasons: vec![], horizon: 1, method: Some(Method::Ets), level: 0.8 };
    let error = forecast(&question).unwrap_err();
    assert_eq!(error.to_string(), "ets needs 10 values and has 2; take a simpler method or best");
}

#[test]
fn a_gap_is_not_a_zero() {
    let mut series = given(&(0..56).map(|at| [7.0, 8.0, 9.0, 8.0, 7.0, 2.0, 1.0][at % 7]).collect::<Vec<_>>());
    (series[20], series[33], series[50]) = (None, None, None);
    let found = asked(&series, 7, 7).unwrap();
    assert_eq!((found.filled, found.point), (3, vec![7.0, 8.0, 9.0, 8.0, 7.0, 2.0, 1.0]));
}

#[test]
fn a_falling_series_is_not_forecast_below_zero() {
    let falling: Vec<f64> = (0..30).map(|at| f64::from(30 - at)).collect();
    let question =
        Question { series: &given(&falling), seasons: vec![1], horizon: 9, method: Some(Method::Theta), level: 0.9 };
    let found = forecast(&question).unwrap();
    assert!(found.point.iter().all(|value| *value >= 0.0) && found.band.unwrap().iter().all(|(low, _)| *low >= 0.0));
}

fn value() -> impl Strategy<Value = Option<f64>> {
    prop_oneof![
        6 => (-1e3..1e3f64).prop_map(Some),
        2 => Just(Some(0.0)),
        1 => prop_oneof![Just(1e15), Just(-1e15), Just(1e-300), Just(1e-9), Just(1e9)].prop_map(Some),
        1 => Just(None),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn whatever_the_door_takes_comes_out_as_numbers(
        series in proptest::collection::vec(value(), 1..40), season in 1..9usize, horizon in 1..12usize,
        method in proptest::option::of(proptest::sample::select(Method::TRIED.to_vec())),
    ) {
        let question = Question { series: &series, seasons: vec![season], horizon, method, level: 0.8 };
        if let Ok(found) = forecast(&question) {
            prop_assert_eq!(found.point.len(), horizon);
            prop_assert_eq!(found.expected.len(), series.len());
            let is_number = |value: &f64| value.is_finite();
            prop_assert!(found.point.iter().all(is_number) && found.expected.iter().flatten().all(is_number));
            for (point, (low, high)) in found.point.iter().zip(found.band.iter().flatten()) {
                prop_assert!(low.is_finite() && high.is_finite() && low <= point && point <= high, "{low} {point} {high}");
            }
            for score in &found.backtest.scores {
                prop_assert!(score.smape >= 0.0 && score.smape <= 200.0 + 1e-9 && score.loss().is_finite());
            }
            if series.iter().flatten().all(|value| *value >= 0.0) {
                prop_assert!(found.point.iter().all(|value| *value >= 0.0));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn another_currency_is_another_size_of_the_same_forecast(
        values in proptest::collection::vec(1.0..100.0f64, 20..40), power in -8..8i32,
    ) {
        // By powers of two nothing is rounded, so the bytes of the figures agree.
        let factor = libm::exp2(f64::from(power));
        let scaled: Vec<f64> = values.iter().map(|value| value * factor).collect();
        let (one, other) = (asked(&given(&values), 4, 5).unwrap(), asked(&given(&scaled), 4, 5).unwrap());
        prop_assert_eq!(one.method, other.method);
        prop_assert_eq!(one.point.iter().map(|value| value * factor).collect::<Vec<_>>(), other.point);
    }
}
