//! Effects in whole cents that add up to the whole change.

use crate::Money;
use crate::money::ATTOS;

/// Attos in a cent.
pub const CENT: i128 = ATTOS / 100;

/// The nearest cent, halves to the even one; `None` beyond 10^15 units of currency.
#[must_use]
pub fn cents(amount: f64) -> Option<i64> {
    (amount.abs() <= 1e15).then(|| libm::rint(amount * 100.0) as i64)
}

/// Cents as money.
#[must_use]
pub fn of_cents(cents: i64) -> Money {
    Money::from_attos(i128::from(cents) * CENT)
}

/// Each effect in whole cents; what rounding leaves over goes to the largest effect (the first of equals), so that they
/// add up to `total`. Changing all signs changes all signs. `None` when an amount is no number or beyond 10^15.
#[must_use]
pub fn whole_cents(effects: &[f64], total: i64) -> Option<Vec<i64>> {
    let mut rounded = effects.iter().map(|effect| cents(*effect)).collect::<Option<Vec<i64>>>()?;
    let left = i128::from(total) - rounded.iter().map(|cents| i128::from(*cents)).sum::<i128>();
    let mut largest = 0;
    for (at, effect) in effects.iter().enumerate() {
        if effect.abs() > effects[largest].abs() {
            largest = at;
        }
    }
    if let Some(effect) = rounded.get_mut(largest) {
        *effect = i64::try_from(i128::from(*effect) + left).ok()?;
    }
    Some(rounded)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_third_of_a_dollar_each() {
        assert_eq!(whole_cents(&[1.0 / 3.0; 3], 100), Some(vec![34, 33, 33]));
        assert_eq!(whole_cents(&[0.1, 0.0, 0.304], 41), Some(vec![10, 0, 31]), "nothing stays nothing");
        assert_eq!(whole_cents(&[f64::NAN], 0), None);
        assert_eq!(of_cents(-125).to_string(), "-1.25");
    }

    proptest! {
        #[test]
        fn they_add_up_and_mirror(effects in proptest::collection::vec(-1e9..1e9f64, 1..14)) {
            let total = cents(effects.iter().sum()).unwrap();
            let found = whole_cents(&effects, total).unwrap();
            prop_assert_eq!(found.iter().sum::<i64>(), total);
            let mirrored: Vec<f64> = effects.iter().map(|effect| -effect).collect();
            let back = whole_cents(&mirrored, -total).unwrap();
            prop_assert!(found.iter().zip(&back).all(|(one, other)| one + other == 0));
        }
    }
}
