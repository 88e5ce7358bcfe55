//! Shapley effects: what each of some drivers did, averaged over all orders in which they could have moved.

use thiserror::Error;

/// Most drivers of [`shapley_where_priced`], which searches for what must move together.
pub const MOST_DRIVERS: usize = 12;

/// Shapley effects of `drivers` (at most 20) drivers: each one's mean effect over all orders of moving them from the
/// first state to the second. `value` answers for a set of drivers that stand in the second state, given as bits.
///
/// The effects add up to `value(all) − value(none)`, depend on no order, and change their signs with the sides
/// (Shapley 1953).
#[must_use]
pub fn shapley(drivers: usize, value: impl Fn(u32) -> f64) -> Vec<f64> {
    let values: Vec<f64> = (0..1u32 << drivers).map(value).collect();
    // The share of orders in which exactly the drivers of a set of `size` come before a given one.
    let mut weights = vec![1.0 / drivers.max(1) as f64; drivers];
    for size in 1..drivers {
        weights[size] = weights[size - 1] * size as f64 / (drivers - size) as f64;
    }
    let effect = |driver: usize| {
        let bit = 1usize << driver;
        let without = (0..values.len()).filter(|set| set & bit == 0);
        without.map(|set| weights[set.count_ones() as usize] * (values[set | bit] - values[set])).sum()
    };
    (0..drivers).map(effect).collect()
}

/// Drivers that moved as one, and what they did together.
#[derive(Debug, Clone, PartialEq)]
pub struct Moved {
    /// Indices of the drivers, ascending; several where no price exists for one without the others.
    pub drivers: Vec<usize>,
    /// Their effect.
    pub effect: f64,
}

/// Effects cannot be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ShapleyError {
    /// More states than can be looked at.
    #[error("there are {0} drivers; give at most {MOST_DRIVERS}")]
    TooMany(usize),
    /// The state before or the state after has no value, or none that is a number.
    #[error("the {0} state has no value; give all of its figures")]
    NoValue(&'static str),
}

/// As [`shapley`], where some mixtures of the two states have no value: nobody sells them. Drivers are then joined, pair
/// by pair, always the pair that leaves the fewest mixtures without a value (the first of equals), until each mixture
/// has one.
///
/// # Errors
/// When there are more than 12 drivers, or one of the two states has no value itself.
pub fn shapley_where_priced(drivers: usize, value: impl Fn(u32) -> Option<f64>) -> Result<Vec<Moved>, ShapleyError> {
    if drivers > MOST_DRIVERS {
        return Err(ShapleyError::TooMany(drivers));
    }
    let values: Vec<Option<f64>> =
        (0..1u32 << drivers).map(|set| value(set).filter(|value| value.is_finite())).collect();
    if values[0].is_none() {
        return Err(ShapleyError::NoValue("first"));
    }
    if values.last().is_some_and(Option::is_none) {
        return Err(ShapleyError::NoValue("second"));
    }
    let mut groups: Vec<usize> = (0..drivers).map(|driver| 1 << driver).collect();
    while unpriced(&groups, &values) > 0 {
        groups = joined(&groups, &values);
    }
    let priced = |set: u32| values[union(&groups, set as usize)].unwrap_or_default();
    let effects = shapley(groups.len(), priced);
    let drivers_of = |group: &usize| (0..drivers).filter(|driver| group >> driver & 1 == 1).collect();
    Ok(groups.iter().zip(effects).map(|(group, effect)| Moved { drivers: drivers_of(group), effect }).collect())
}

/// The drivers of a set of groups.
fn union(groups: &[usize], set: usize) -> usize {
    groups.iter().enumerate().filter(|(at, _)| set >> at & 1 == 1).fold(0, |all, (_, group)| all | group)
}

/// Mixtures without a value.
fn unpriced(groups: &[usize], values: &[Option<f64>]) -> usize {
    (0..1usize << groups.len()).filter(|set| values[union(groups, *set)].is_none()).count()
}

/// The groups with the best pair of them joined.
fn joined(groups: &[usize], values: &[Option<f64>]) -> Vec<usize> {
    let mut best: Option<(usize, Vec<usize>)> = None;
    for one in 0..groups.len() {
        for other in one + 1..groups.len() {
            let mut fewer = groups.to_vec();
            fewer[one] |= fewer.remove(other);
            let left = unpriced(&fewer, values);
            if best.as_ref().is_none_or(|(least, _)| left < *least) {
                best = Some((left, fewer));
            }
        }
    }
    best.map_or_else(Vec::new, |(_, groups)| groups)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn product(from: &[f64], to: &[f64], set: u32) -> f64 {
        from.iter().zip(to).enumerate().map(|(at, (from, to))| if set >> at & 1 == 1 { to } else { from }).product()
    }

    #[test]
    fn the_glove_game() {
        // Shapley's own example: two hold a left glove, one the right; a pair is worth 1. 1/6, 1/6, 4/6.
        let pairs = |set: u32| if set & 0b100 != 0 && set & 0b011 != 0 { 1.0 } else { 0.0 };
        let found = shapley(3, pairs);
        for (found, expected) in found.iter().zip([1.0 / 6.0, 1.0 / 6.0, 4.0 / 6.0]) {
            assert!((found - expected).abs() < 1e-15);
        }
    }

    #[test]
    fn drivers_that_nobody_sells_apart_move_as_one() {
        // Drivers 1 and 2 have a price only together; 0 moves alone.
        let value = |set: u32| {
            let both = set >> 1 & 1 == set >> 2 & 1;
            both.then_some(f64::from(set & 1) * 10.0 + f64::from(set >> 1 & 1) * 7.0)
        };
        let moved = shapley_where_priced(3, value).unwrap();
        assert_eq!(moved[0], Moved { drivers: vec![0], effect: 10.0 });
        assert_eq!(moved[1], Moved { drivers: vec![1, 2], effect: 7.0 });
        assert_eq!(shapley_where_priced(2, |set| (set > 0).then_some(1.0)), Err(ShapleyError::NoValue("first")));
        assert_eq!(shapley_where_priced(2, |set| (set < 3).then_some(1.0)), Err(ShapleyError::NoValue("second")));
        assert_eq!(shapley_where_priced(13, |_| None), Err(ShapleyError::TooMany(13)));
        let all = shapley_where_priced(3, |set| (set == 0 || set == 7).then_some(f64::from(set))).unwrap();
        assert_eq!(all, [Moved { drivers: vec![0, 1, 2], effect: 7.0 }], "only the two ends are priced");
    }

    proptest! {
        #[test]
        fn effects_add_up_flip_with_the_sides_and_leave_still_drivers_alone(
            mut from in proptest::collection::vec(0.1..10.0f64, 2..7), seed in 1.1..2.0f64,
        ) {
            let mut to: Vec<f64> = from.iter().enumerate().map(|(at, each)| each * seed + at as f64).collect();
            to[0] = from[0];
            let forth = shapley(from.len(), |set| product(&from, &to, set));
            let total: f64 = to.iter().product::<f64>() - from.iter().product::<f64>();
            prop_assert!((forth.iter().sum::<f64>() - total).abs() <= 1e-9 * total.abs().max(1.0));
            prop_assert_eq!(forth[0], 0.0);
            std::mem::swap(&mut from, &mut to);
            let back = shapley(from.len(), |set| product(&from, &to, set));
            for (one, other) in forth.iter().zip(&back) {
                prop_assert!((one + other).abs() <= 1e-9 * total.abs().max(1.0));
            }
        }

        #[test]
        fn the_order_of_drivers_does_not_matter(
            from in proptest::collection::vec(0.1..10.0f64, 4), to in proptest::collection::vec(0.1..10.0f64, 4),
        ) {
            let reversed = |values: &[f64]| values.iter().rev().copied().collect::<Vec<_>>();
            let forth = shapley(4, |set| product(&from, &to, set));
            let (back_from, back_to) = (reversed(&from), reversed(&to));
            let back = shapley(4, |set| product(&back_from, &back_to, set));
            for (one, other) in forth.iter().zip(back.iter().rev()) {
                prop_assert!((one - other).abs() <= 1e-9 * (1.0 + one.abs()));
            }
        }

        #[test]
        fn joined_drivers_still_add_up(holes in proptest::collection::vec(1u32..63, 0..20)) {
            let value = |set: u32| (!holes.contains(&set)).then_some(f64::from(set * set));
            let moved = shapley_where_priced(6, value).unwrap();
            let mut seen: Vec<usize> = moved.iter().flat_map(|moved| moved.drivers.clone()).collect();
            seen.sort_unstable();
            prop_assert_eq!(seen, (0..6).collect::<Vec<_>>());
            prop_assert!((moved.iter().map(|moved| moved.effect).sum::<f64>() - 3_969.0).abs() < 1e-9);
        }
    }
}
