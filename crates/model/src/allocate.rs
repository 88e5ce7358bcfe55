//! Sharing a cost out so that the shares add up to it to the last 10⁻¹⁸.

use crate::Money;

/// Splits `amount` in proportion to `weights`; the shares add up to it exactly.
///
/// The part that integer division leaves over goes, unit by unit, to the largest remainders, ties to the
/// earlier weight (Hamilton's method). `None` when no weight is positive: then there is nobody to give it to.
#[must_use]
pub fn split(amount: Money, weights: &[u64]) -> Option<Vec<Money>> {
    let whole: i128 = weights.iter().map(|&w| i128::from(w)).sum();
    if whole == 0 {
        return None;
    }
    let (quotient, rest) = (amount.attos().div_euclid(whole), amount.attos().rem_euclid(whole));
    // rest < whole ≤ n·2⁶⁴ and a weight is below 2⁶⁴, so `rest × weight` needs care only past 2¹²⁷.
    let mut shares = Vec::with_capacity(weights.len());
    let mut remainders = Vec::with_capacity(weights.len());
    let mut given = 0i128;
    for (index, &weight) in weights.iter().enumerate() {
        let weight = i128::from(weight);
        let extra = rest.checked_mul(weight)?;
        let share = quotient * weight + extra / whole;
        given += share;
        shares.push(share);
        remainders.push((extra % whole, index));
    }
    remainders.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    let left = usize::try_from(amount.attos() - given).ok()?;
    for &(_, index) in remainders.iter().take(left) {
        shares[index] += 1;
    }
    Some(shares.into_iter().map(Money::from_attos).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_dollar_in_three_gives_back_the_dollar() {
        let shares = split(Money::from_units(1), &[1, 1, 1]).unwrap();
        assert_eq!(shares[0].to_string(), "0.333333333333333334");
        assert_eq!(shares[1].to_string(), "0.333333333333333333");
        assert_eq!(shares.iter().copied().sum::<Money>(), Money::from_units(1));
    }

    #[test]
    fn nobody_to_give_it_to_is_not_a_split() {
        assert_eq!(split(Money::from_units(1), &[]), None);
        assert_eq!(split(Money::from_units(1), &[0, 0]), None);
    }

    proptest! {
        #[test]
        fn the_shares_give_back_the_whole(attos in any::<i64>(), weights in prop::collection::vec(0u64..1_000_000_000_000_000, 1..20)) {
            prop_assume!(weights.iter().any(|&w| w > 0));
            let amount = Money::from_attos(i128::from(attos) * 1_000_000_007);
            let shares = split(amount, &weights).unwrap();
            prop_assert_eq!(shares.iter().copied().sum::<Money>(), amount);
            for (share, weight) in shares.iter().zip(&weights) {
                prop_assert!(*weight > 0 || *share == Money::ZERO, "a weight of nothing gets nothing");
            }
        }
    }
}
