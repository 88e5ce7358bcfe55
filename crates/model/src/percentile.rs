//! Percentiles of what was measured, by one definition everywhere.

/// The percentile of sorted values by nearest rank: of `n` values the one at rank ⌈percent / 100 × n⌉, counted from 1,
/// so that it is always a value that occurred. `None` of no values.
///
/// Source: definition 1 (inverse of the empirical distribution) in R. J. Hyndman and Y. Fan, "Sample Quantiles in
/// Statistical Packages", The American Statistician 50 (1996), 361–365.
#[must_use]
pub fn nearest_rank<T: Copy>(sorted: &[T], percent: u8) -> Option<T> {
    let rank = (usize::from(percent) * sorted.len()).div_ceil(100);
    sorted.get(rank.saturating_sub(1)).copied()
}

/// The percentile of values in any order, straight between neighbours: at place `share` × (n − 1) of the sorted values,
/// counted from 0. For outcomes of a simulation, where a value between two draws is as possible as the draws. The values
/// are left in another order. `None` of no values, or for a share outside of 0 to 1.
///
/// Source: definition 7 in Hyndman and Fan, as above; NumPy's `linear` and R's default.
#[must_use]
pub fn interpolated(values: &mut [f64], share: f64) -> Option<f64> {
    if !(0.0..=1.0).contains(&share) {
        return None;
    }
    let place = share * values.len().checked_sub(1)? as f64;
    let (_, below, rest) = values.select_nth_unstable_by(place as usize, f64::total_cmp);
    let above = rest.iter().copied().min_by(f64::total_cmp).unwrap_or(*below);
    let part = place - libm::floor(place);
    // Two products, because the difference of two large values may be none.
    Some(if *below == above { *below } else { *below * (1.0 - part) + above * part })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `numpy.percentile([15, 20, 35, 40, 50], [10, 50, 90])` (NumPy 2.4.6).
    #[test]
    fn a_percentile_of_outcomes_lies_between_them() {
        let mut five = [40.0, 15.0, 50.0, 20.0, 35.0];
        for (share, value) in [(0.9, 46.0), (0.0, 15.0), (0.1, 17.0), (0.5, 35.0), (1.0, 50.0)] {
            assert!((interpolated(&mut five, share).unwrap() - value).abs() < 1e-12, "{share} of {five:?}");
        }
        assert_eq!(interpolated(&mut [7.0], 0.9), Some(7.0));
        assert_eq!(interpolated(&mut [], 0.5), None);
        assert_eq!(interpolated(&mut five, 1.1), None);
        assert_eq!(interpolated(&mut five, f64::NAN), None);
    }

    #[test]
    fn a_percentile_is_a_value_that_occurred() {
        let five = [15, 20, 35, 40, 50];
        for (percent, value) in [(0, 15), (5, 15), (30, 20), (40, 20), (50, 35), (100, 50)] {
            assert_eq!(nearest_rank(&five, percent), Some(value), "{percent} of {five:?}");
        }
        let hundred: Vec<u32> = (1..=100).collect();
        assert_eq!(nearest_rank(&hundred, 95), Some(95));
        assert_eq!(nearest_rank(&hundred, 99), Some(99));
        assert_eq!(nearest_rank::<u32>(&[], 50), None);
        assert_eq!(nearest_rank(&[7], 1), Some(7));
    }
}
