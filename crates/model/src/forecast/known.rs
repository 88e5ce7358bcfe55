//! A series as methods can take it: gaps filled, size near one, and what was filled remembered.

use super::ForecastError;

/// Longest series that is taken.
pub const LONGEST: usize = 100_000;
/// Largest value that is taken.
pub const LARGEST: f64 = 1e15;
/// Share of a series that may be missing.
const MOST_MISSING: f64 = 1.0 / 3.0;

/// A series without gaps, divided by a power of two so that its largest value is near one.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    /// Values, gaps filled.
    pub values: Vec<f64>,
    /// Was the value given? What was filled in counts in no error.
    pub is_given: Vec<bool>,
    /// What values were divided by.
    pub scale: f64,
    /// Missing values before the first given one; they are left out.
    pub skipped: usize,
}

impl Known {
    /// Fills the gaps of a series: the mean of the values a season before and after, else the one there is, else a
    /// straight line between the neighbours. Missing is never zero.
    ///
    /// # Errors
    /// When nothing is known, more than a third is missing, or a value is out of range.
    pub fn of(series: &[Option<f64>], season: usize) -> Result<Self, ForecastError> {
        if series.len() > LONGEST {
            return Err(ForecastError::TooLong(series.len()));
        }
        let is_bad = |value: &Option<f64>| value.is_some_and(|value| !(-LARGEST..=LARGEST).contains(&value));
        if let Some(at) = series.iter().position(is_bad) {
            return Err(ForecastError::Value(at));
        }
        let skipped = series.iter().position(Option::is_some).ok_or(ForecastError::NothingKnown)?;
        let given = &series[skipped..];
        let missing = given.iter().filter(|value| value.is_none()).count();
        if missing as f64 > MOST_MISSING * given.len() as f64 {
            return Err(ForecastError::TooManyGaps { missing, of: given.len() });
        }
        let largest = given.iter().flatten().fold(0.0, |largest: f64, value| largest.max(value.abs()));
        let scale = if largest > 1e-290 { libm::exp2(libm::floor(libm::log2(largest))) } else { 1.0 };
        let scaled: Vec<Option<f64>> = given.iter().map(|value| value.map(|value| value / scale)).collect();
        Ok(Self {
            values: filled(&scaled, season),
            is_given: given.iter().map(Option::is_some).collect(),
            scale,
            skipped,
        })
    }

    /// Values that were given.
    #[must_use]
    pub fn count(&self) -> usize {
        self.is_given.iter().filter(|given| **given).count()
    }

    /// Were all given values the same?
    #[must_use]
    pub fn is_constant(&self) -> bool {
        let mut given = self.values.iter().zip(&self.is_given).filter(|(_, given)| **given).map(|(value, _)| *value);
        let first = given.next();
        given.all(|value| Some(value) == first)
    }

    /// Was no value below zero, so that none will be?
    #[must_use]
    pub fn is_never_negative(&self) -> bool {
        self.values.iter().zip(&self.is_given).all(|(value, given)| !given || *value >= 0.0)
    }
}

fn filled(series: &[Option<f64>], season: usize) -> Vec<f64> {
    let mut values: Vec<f64> = Vec::with_capacity(series.len());
    for (at, value) in series.iter().enumerate() {
        let fill = || {
            let before = (season > 1 && at >= season).then(|| values[at - season]);
            let after = if season > 1 { series.get(at + season).copied().flatten() } else { None };
            match (before, after) {
                (Some(before), Some(after)) => f64::midpoint(before, after),
                (Some(one), None) | (None, Some(one)) => one,
                (None, None) => between(series, &values, at),
            }
        };
        values.push(value.unwrap_or_else(fill));
    }
    values
}

/// On a straight line from the value before to the next given one; the value before where there is none.
fn between(series: &[Option<f64>], before: &[f64], at: usize) -> f64 {
    // The first value of a series is given.
    let last = before.last().copied().unwrap_or_default();
    let next = series[at..].iter().enumerate().find_map(|(steps, value)| value.map(|value| (steps, value)));
    next.map_or(last, |(steps, next)| last + (next - last) / (steps + 1) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_filled_and_remembered() {
        let known = Known::of(&[None, Some(1.0), None, None, Some(1.75), Some(1.0), Some(1.0)], 1).unwrap();
        assert_eq!(
            (known.values.as_slice(), known.scale, known.skipped),
            (&[1.0, 1.25, 1.5, 1.75, 1.0, 1.0][..], 1.0, 1)
        );
        assert_eq!(known.is_given, [true, false, false, true, true, true]);
        let weekly = [Some(4.0), Some(8.0), Some(6.0), None, Some(10.0), Some(12.0)];
        assert_eq!(Known::of(&weekly, 2).unwrap().values[3] * 8.0, 10.0, "between 8 and 12, a season before and after");
    }

    #[test]
    fn too_little_is_named() {
        assert_eq!(Known::of(&[], 1), Err(ForecastError::NothingKnown));
        assert_eq!(Known::of(&[None, None], 1), Err(ForecastError::NothingKnown));
        assert_eq!(Known::of(&[Some(1.0), None], 1), Err(ForecastError::TooManyGaps { missing: 1, of: 2 }));
        assert_eq!(Known::of(&[Some(1.0), Some(f64::NAN)], 1), Err(ForecastError::Value(1)));
        assert_eq!(Known::of(&[Some(1e16)], 1), Err(ForecastError::Value(0)));
    }
}
