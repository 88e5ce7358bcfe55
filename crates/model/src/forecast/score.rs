//! Errors by which forecasts are compared.

/// Symmetric mean absolute percentage error, `mean of 200 |y − f| ÷ (|y| + |f|)`, in percent (Makridakis et al., M4);
/// a point where both are zero is met exactly.
#[must_use]
pub fn smape(actual: &[f64], forecast: &[f64]) -> f64 {
    let point = |(y, f): (&f64, &f64)| {
        let size = y.abs() + f.abs();
        if size > 0.0 { 200.0 * (y - f).abs() / size } else { 0.0 }
    };
    mean(actual.iter().zip(forecast).map(point))
}

/// Mean absolute scaled error: `mean |y − f|` over the mean absolute change from a season before in `train` (Hyndman
/// and Koehler 2006, as M4 has it). None where the training series repeats itself exactly, or has no two seasons.
#[must_use]
pub fn mase(train: &[f64], actual: &[f64], forecast: &[f64], season: usize) -> Option<f64> {
    let season = season.max(1);
    let changes = train.iter().skip(season).zip(train).map(|(later, earlier)| (later - earlier).abs());
    let scale = mean(changes);
    let error = mean(actual.iter().zip(forecast).map(|(y, f)| (y - f).abs()));
    (scale > 0.0).then(|| error / scale)
}

/// Overall weighted average, `(sMAPE ÷ sMAPE of Naive2 + MASE ÷ MASE of Naive2) ÷ 2` (M4): below 1 is better than
/// Naive2. None where Naive2 makes no error.
#[must_use]
pub fn owa(smape: f64, mase: f64, naive2: (f64, f64)) -> Option<f64> {
    let (naive_smape, naive_mase) = naive2;
    let owa = f64::midpoint(smape / naive_smape, mase / naive_mase);
    (naive_smape > 0.0 && naive_mase > 0.0 && owa.is_finite()).then_some(owa)
}

/// The mean of some numbers; 0 of none.
#[must_use]
pub fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    if count > 0.0 { sum / count } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        assert_eq!(smape(&[1.0, 0.0], &[3.0, 0.0]), 50.0, "100 % and nothing");
        // Changes from two before: 2 and 3; errors 1 and 1.
        assert_eq!(mase(&[1.0, 2.0, 3.0, 5.0], &[4.0, 6.0], &[3.0, 5.0], 2), Some(0.4));
        assert_eq!(mase(&[7.0; 4], &[7.0], &[7.0], 1), None);
    }

    #[test]
    fn totals_of_the_m4_competition() {
        // M4 over 100,000 series: Theta 12.309 and 1.696 against Naive2's 13.564 and 1.912 is printed as 0.897, seasonal
        // naive 14.657 and 2.057 as 1.078.
        for (smape, mase, expected) in [(12.309, 1.696, 0.897), (14.657, 2.057, 1.078)] {
            let found = owa(smape, mase, (13.564, 1.912)).unwrap();
            assert!((found - expected).abs() < 5e-4, "{found}");
        }
        assert_eq!(owa(1.0, 1.0, (0.0, 1.0)), None);
    }
}
