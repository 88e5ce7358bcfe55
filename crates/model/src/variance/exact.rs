//! Price, volume and mix in whole cents, where money comes in: the parts of a line add up to its change to the cent.

use bigdecimal::num_bigint::BigInt;
use thiserror::Error;

use crate::Money;
use crate::bridge::{CENT, of_cents};
use crate::exact::divide_half_even;

/// Quantity and price of a line, both exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExactSold {
    /// Quantity in billionths of a unit, 0 or more.
    pub quantity_nanos: i128,
    /// Price of a unit.
    pub price: Money,
}

/// Parts of a change in whole cents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CentParts {
    /// Because the price differs.
    pub price: Money,
    /// Because all lines together sold more.
    pub volume: Money,
    /// Because this line's share differs.
    pub mix: Money,
    /// All of a line that the budget did not have.
    pub new: Money,
    /// All of a line that is no more, negative.
    pub ended: Money,
}

impl CentParts {
    /// The whole change: the actual amount in cents less the budget's.
    #[must_use]
    pub fn total(self) -> Money {
        self.price + self.volume + self.mix + self.new + self.ended
    }
}

/// Figures that cannot be told in cents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum VarianceError {
    /// A quantity below zero, or beyond 10^18 units.
    #[error("quantity of line {0} is below zero or beyond 10^18; give a smaller one")]
    Quantity(usize),
    /// A price beyond 10^15.
    #[error("price of line {0} is beyond 10^15; give a smaller one")]
    Price(usize),
    /// An amount beyond 10^15.
    #[error("line {0} is worth more than 10^15; give smaller figures")]
    TooLarge(usize),
}

/// Units that quantities are counted in, per unit.
const NANOS: i128 = 1_000_000_000;

/// Price, volume and mix of each line, given as (budget, actual), as [`super::price_volume_mix`] but exact: amounts are
/// rounded half-even to cents once, and the three parts get their cents by largest remainder (ties to the earlier part).
///
/// # Errors
/// When a figure is out of range.
pub fn price_volume_mix_cents(
    lines: &[(Option<ExactSold>, Option<ExactSold>)],
) -> Result<Vec<CentParts>, VarianceError> {
    for (index, (budget, actual)) in lines.iter().enumerate() {
        for sold in [budget, actual].into_iter().flatten() {
            if !(0..=NANOS * NANOS * NANOS).contains(&sold.quantity_nanos) {
                return Err(VarianceError::Quantity(index));
            }
            if sold.price.attos().unsigned_abs() > crate::money::ATTOS.unsigned_abs() * 1_000_000_000_000_000 {
                return Err(VarianceError::Price(index));
            }
        }
    }
    let both = || lines.iter().filter_map(|(budget, actual)| Some(((*budget)?, (*actual)?)));
    let before: BigInt = both().map(|(budget, _)| BigInt::from(budget.quantity_nanos)).sum();
    let after: BigInt = both().map(|(_, actual)| BigInt::from(actual.quantity_nanos)).sum();
    let parts = |(index, line): (usize, &(Option<ExactSold>, Option<ExactSold>))| {
        let cents = |sold: ExactSold| amount_cents(sold).ok_or(VarianceError::TooLarge(index));
        Ok(match *line {
            (Some(budget), Some(actual)) => {
                let change = cents(actual)? - cents(budget)?;
                apportioned(budget, actual, (&before, &after), change).ok_or(VarianceError::TooLarge(index))?
            }
            (None, Some(actual)) => CentParts { new: of_cents(cents(actual)?), ..CentParts::default() },
            (Some(budget), None) => CentParts { ended: of_cents(-cents(budget)?), ..CentParts::default() },
            (None, None) => CentParts::default(),
        })
    };
    lines.iter().enumerate().map(parts).collect()
}

/// Quantity × price in whole cents.
fn amount_cents(sold: ExactSold) -> Option<i64> {
    let product = BigInt::from(sold.quantity_nanos) * sold.price.attos();
    // Down to attos first, exactly where it fits; the last nine digits cannot decide a cent's tie unless all are zero.
    let (attos, rest) = (i128::try_from(&product / NANOS).ok()?, product % NANOS);
    let cents = if attos % CENT == CENT / 2 && rest > BigInt::from(0) {
        attos.div_euclid(CENT) + 1
    } else if attos % CENT == -(CENT / 2) && rest < BigInt::from(0) {
        attos.div_euclid(CENT)
    } else {
        divide_half_even(attos, CENT)
    };
    i64::try_from(cents).ok().filter(|cents| cents.unsigned_abs() <= 100_000_000_000_000_000)
}

/// The three parts over one denominator, and their cents.
fn apportioned(budget: ExactSold, actual: ExactSold, sums: (&BigInt, &BigInt), change: i64) -> Option<CentParts> {
    let (before, after) = sums;
    let (q0, q1) = (BigInt::from(budget.quantity_nanos), BigInt::from(actual.quantity_nanos));
    let (p0, p1) = (BigInt::from(budget.price.attos()), BigInt::from(actual.price.attos()));
    let zero = BigInt::from(0);
    // Without any budget quantity there is no share: all of the quantity is mix.
    let whole = if *before > zero { before.clone() } else { BigInt::from(1) };
    let price = (&p1 - &p0) * &q1 * &whole;
    let volume = if *before > zero { (after - before) * &q0 * &p0 } else { zero.clone() };
    let mix = (&q1 - &q0) * &p0 * &whole - &volume;
    let unit = whole * NANOS * CENT;
    let mut shares = Vec::with_capacity(3);
    let mut given = BigInt::from(0);
    for (at, part) in [price, volume, mix].into_iter().enumerate() {
        let mut cents = &part / &unit;
        let mut rest = part - &cents * &unit;
        if rest < zero {
            cents -= 1;
            rest += &unit;
        }
        given += &cents;
        shares.push((at, cents, rest));
    }
    let mut left = i64::try_from(BigInt::from(change) - given).ok()?;
    let mut order: Vec<usize> = vec![0, 1, 2];
    order.sort_by(|a, b| shares[*b].2.cmp(&shares[*a].2).then(a.cmp(b)));
    // Amounts are rounded before they are taken from each other, so a cent may also be too much.
    if left < 0 {
        order.reverse();
    }
    while left != 0 {
        for at in &order {
            if left != 0 {
                shares[*at].1 += left.signum();
                left -= left.signum();
            }
        }
    }
    let money = |at: usize| i64::try_from(&shares[at].1).ok().map(of_cents);
    Some(CentParts { price: money(0)?, volume: money(1)?, mix: money(2)?, ..CentParts::default() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sold(quantity: &str, price: &str) -> Option<ExactSold> {
        let quantity_nanos = Money::parse(quantity).unwrap().attos() / NANOS;
        Some(ExactSold { quantity_nanos, price: Money::parse(price).unwrap() })
    }

    #[test]
    fn three_lines_of_a_third() {
        // One unit becomes two, spread over three lines at a price of 1: each line's volume is a third of a dollar.
        let third = "0.333333333";
        let lines = vec![(sold(third, "1"), sold("0.666666666", "1")); 3];
        let parts = price_volume_mix_cents(&lines).unwrap();
        assert_eq!(parts[0].volume.to_string(), "0.34", "0.67 less 0.33");
        assert_eq!((parts[0].mix, parts[0].price), (Money::ZERO, Money::ZERO));
    }

    #[test]
    fn as_in_binary_numbers_but_to_the_cent() {
        let lines =
            [(sold("10", "2"), sold("15", "3")), (sold("10", "4"), sold("15", "4")), (None, sold("1", "0.005"))];
        let parts = price_volume_mix_cents(&lines).unwrap();
        assert_eq!(
            (parts[0].price, parts[0].volume, parts[0].mix),
            (Money::from_units(15), Money::from_units(10), Money::ZERO)
        );
        assert_eq!(parts[1].volume, Money::from_units(20));
        assert_eq!(parts[2].new, Money::ZERO, "half a cent goes to the even one");
        let bad = price_volume_mix_cents(&[(Some(ExactSold { quantity_nanos: -1, price: Money::ZERO }), None)]);
        assert_eq!(bad, Err(VarianceError::Quantity(0)));
    }

    proptest! {
        #[test]
        fn parts_add_up_to_the_change_of_the_cents(
            lines in proptest::collection::vec(
                (proptest::option::of((0..1i64 << 50, -1i64 << 60..1i64 << 60)), proptest::option::of((0..1i64 << 50, -1i64 << 60..1i64 << 60))), 1..8,
            ),
        ) {
            let sold = |pair: Option<(i64, i64)>| {
                pair.map(|(quantity, price)| ExactSold { quantity_nanos: quantity.into(), price: Money::from_attos(price.into()) })
            };
            let lines: Vec<_> = lines.into_iter().map(|(a, b)| (sold(a), sold(b))).collect();
            for ((budget, actual), parts) in lines.iter().zip(price_volume_mix_cents(&lines).unwrap()) {
                let cents = |sold: Option<ExactSold>| sold.map_or(0, |sold| amount_cents(sold).unwrap());
                prop_assert_eq!(parts.total(), of_cents(cents(*actual) - cents(*budget)));
            }
        }

        #[test]
        fn swapping_the_sides_flips_the_total(
            q0 in 1..1i64 << 40, q1 in 1..1i64 << 40, p0 in 0..1i64 << 60, p1 in 0..1i64 << 60,
        ) {
            let line = |quantity: i64, price: i64| Some(ExactSold { quantity_nanos: quantity.into(), price: Money::from_attos(price.into()) });
            let forth = price_volume_mix_cents(&[(line(q0, p0), line(q1, p1))]).unwrap();
            let back = price_volume_mix_cents(&[(line(q1, p1), line(q0, p0))]).unwrap();
            prop_assert_eq!(forth[0].total(), -back[0].total());
        }
    }
}
