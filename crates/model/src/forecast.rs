//! Forecasts that any better method must beat, and the errors by which methods are compared.

/// The value `season` periods before, again and again; with a season of 1 the last value. None for a series shorter
/// than a season.
#[must_use]
pub fn seasonal_naive(series: &[f64], season: usize, horizon: usize) -> Option<Vec<f64>> {
    let last = series.get(series.len().checked_sub(season.max(1))?..)?;
    Some(last.iter().copied().cycle().take(horizon).collect())
}

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
        let train = [1.0, 2.0, 3.0, 5.0];
        assert_eq!(seasonal_naive(&train, 2, 3), Some(vec![3.0, 5.0, 3.0]));
        assert_eq!(seasonal_naive(&train, 5, 3), None);
        assert_eq!(smape(&[1.0, 0.0], &[3.0, 0.0]), 50.0, "100 % and nothing");
        // Changes from two before: 2 and 3; errors 1 and 1.
        assert_eq!(mase(&train, &[4.0, 6.0], &[3.0, 5.0], 2), Some(0.4));
        assert_eq!(mase(&[7.0; 4], &[7.0], &[7.0], 1), None);
    }
}
