//! A figure month by month: a pasted column of a plan, or one number that goes on.

/// The stated figure that the `index`th month goes by, and how many months it lies back: 0 inside of the series, and
/// the months since its last figure after that. Without a series it is the first month's figure.
#[must_use]
pub fn along(first: f64, months: &[f64], index: u32) -> (f64, u32) {
    let Some((last, rest)) = months.split_last() else { return (first, index) };
    let end = u32::try_from(rest.len()).unwrap_or(u32::MAX);
    if index >= end { (*last, index - end) } else { (rest[index as usize], 0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_figure_goes_on() {
        let months = [10.0, 20.0, 15.0];
        assert_eq!(
            [0, 1, 2, 3, 5].map(|index| along(7.0, &months, index)),
            [(10.0, 0), (20.0, 0), (15.0, 0), (15.0, 1), (15.0, 3)]
        );
        assert_eq!(along(7.0, &[], 4), (7.0, 4), "one number goes on from the first month");
    }
}
