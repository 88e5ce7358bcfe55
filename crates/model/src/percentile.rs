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

#[cfg(test)]
mod tests {
    use super::*;

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
