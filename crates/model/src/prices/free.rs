//! Quantities that are free each month: which part of what was used costs nothing.
//!
//! A seller counts from the first of the month until the free quantity is used up. Usage tells days and not moments, so
//! on the day on which it runs out each use of that day gets its share by quantity.

/// How much of each use of a day is free when `left` of the month's free quantity is left: all of it where that is
/// enough, else shares by quantity that add up to `left` exactly.
#[must_use]
pub fn free_of_day(left: u128, used: &[u128]) -> Vec<u128> {
    let Some(total) = used.iter().try_fold(0u128, |sum, one| sum.checked_add(*one)) else {
        return in_turn(left, used);
    };
    if total <= left {
        return used.to_vec();
    }
    let mut shares = Vec::with_capacity(used.len());
    let (mut sum, mut given) = (0u128, 0u128);
    for one in used {
        sum += one;
        // Shares of running sums leave no remainder. Past 128 bits the first are served first.
        let Some(product) = left.checked_mul(sum) else { return in_turn(left, used) };
        let until = product / total;
        shares.push(until - given);
        given = until;
    }
    shares
}

fn in_turn(left: u128, used: &[u128]) -> Vec<u128> {
    let mut left = left;
    let mut take = |one: &u128| {
        let share = (*one).min(left);
        left -= share;
        share
    };
    used.iter().map(&mut take).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_day_is_free_until_the_quantity_is_used_up_and_then_by_shares() {
        assert_eq!(free_of_day(100, &[30, 60]), [30, 60], "10 are left");
        assert_eq!(free_of_day(10, &[30, 60]), [3, 7], "a third and two thirds, and 10 in all");
        assert_eq!(free_of_day(0, &[5, 0]), [0, 0]);
        assert_eq!(free_of_day(7, &[]), [] as [u128; 0]);
        assert_eq!(free_of_day(u128::MAX - 1, &[u128::MAX, 5]), [u128::MAX - 1, 0], "past 128 bits in turn");
    }

    proptest! {
        #[test]
        fn shares_add_up_and_none_is_more_than_was_used(
            left in 0..u128::from(u64::MAX), used in prop::collection::vec(0..u128::from(u64::MAX), 0..9),
        ) {
            let shares = free_of_day(left, &used);
            prop_assert_eq!(shares.len(), used.len());
            prop_assert!(shares.iter().zip(&used).all(|(share, used)| share <= used));
            prop_assert_eq!(shares.iter().sum::<u128>(), left.min(used.iter().sum()));
        }
    }
}
