//! Money as the ledger keeps it: an exact count of 10⁻¹⁸ units of one currency.
//!
//! The ledger stores an amount as two integers, whole nanos (10⁻⁹) and the attos (10⁻¹⁸) below them, because
//! the database can add those exactly. In memory they are one `i128`. A currency is never part of the
//! number: whoever adds two amounts has first grouped them by currency.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};

use crate::exact::{Exact, NumberError, divide_half_even};

/// Attos in one unit of currency.
pub const ATTOS: i128 = 1_000_000_000_000_000_000;
const NANO: i128 = 1_000_000_000;

/// An exact amount, in 10⁻¹⁸ of its currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Money(i128);

impl Money {
    /// Nothing, known to be nothing. Unknown is `Option::None`, never this.
    pub const ZERO: Self = Self(0);

    /// From a count of 10⁻¹⁸.
    #[must_use]
    pub const fn from_attos(attos: i128) -> Self {
        Self(attos)
    }

    /// From whole units of currency.
    #[must_use]
    pub const fn from_units(units: i64) -> Self {
        Self(units as i128 * ATTOS)
    }

    /// From the ledger's two integers.
    #[must_use]
    pub const fn from_parts(nanos: i64, attos: i64) -> Self {
        Self(nanos as i128 * NANO + attos as i128)
    }

    /// From three sums that the database made: whole units, the nanos below them, the attos below those.
    #[must_use]
    pub const fn from_sums(units: i64, nanos: i64, attos: i64) -> Self {
        Self(units as i128 * ATTOS + nanos as i128 * NANO + attos as i128)
    }

    /// The ledger's two integers: whole nanos and the attos below them, both with the amount's sign.
    /// Call only on amounts for which [`Money::fits_a_row`] holds.
    #[must_use]
    pub const fn parts(self) -> (i64, i64) {
        ((self.0 / NANO) as i64, (self.0 % NANO) as i64)
    }

    /// Does one ledger row hold it?
    #[must_use]
    pub const fn fits_a_row(self) -> bool {
        // As `nanos` within ±(2⁶³ − 1), without the division.
        const BEYOND: i128 = (1 << 63) * NANO;
        self.0 < BEYOND && self.0 > -BEYOND
    }

    /// Count of 10⁻¹⁸.
    #[must_use]
    pub const fn attos(self) -> i128 {
        self.0
    }

    /// Reads a decimal text.
    ///
    /// # Errors
    /// As [`Exact::parse`] and [`Exact::to_money`].
    pub fn parse(text: &str) -> Result<Self, NumberError> {
        Exact::parse(text)?.to_money()
    }

    /// Reads a decimal text that is a sum, or a count, and may be larger than a row.
    ///
    /// # Errors
    /// As [`Exact::parse`] and [`Exact::to_wide_money`].
    pub fn parse_wide(text: &str) -> Result<Self, NumberError> {
        Exact::parse(text)?.to_wide_money()
    }

    /// For projections only; never back into the ledger.
    #[must_use]
    pub fn to_f64(self) -> f64 {
        self.0 as f64 / ATTOS as f64
    }

    /// Quantity × price where price is money per `per` units: tokens × USD per million tokens.
    /// Rounded half-even once. `None` when the product is out of range.
    #[must_use]
    pub fn times(self, quantity: i128, per: i128) -> Option<Self> {
        self.0.checked_mul(quantity).map(|product| Self(divide_half_even(product, per)))
    }

    /// As a person reads it: `places` decimals half-even, thousands in groups, a real minus sign.
    #[must_use]
    pub fn shown(self, places: u32) -> String {
        let scale = 10i128.pow(18 - places.min(18));
        let rounded = divide_half_even(self.0, scale);
        let digits = rounded.unsigned_abs().to_string();
        let places = places.min(18) as usize;
        let padded = format!("{digits:0>width$}", width = places + 1);
        let (whole, fraction) = padded.split_at(padded.len() - places);
        let mut text = String::new();
        if rounded < 0 {
            text.push('\u{2212}');
        }
        text.push_str(&group(whole));
        if places > 0 {
            text.push('.');
            text.push_str(fraction);
        }
        text
    }
}

/// `1234567` as `1,234,567`.
#[must_use]
pub fn group(digits: &str) -> String {
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Plain digits without trailing zeros: `20.52022672899`, `-0.5`, `0`.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, fraction) =
            (self.0.unsigned_abs() / ATTOS.unsigned_abs(), self.0.unsigned_abs() % ATTOS.unsigned_abs());
        if self.0 < 0 {
            f.write_str("-")?;
        }
        write!(f, "{whole}")?;
        if fraction != 0 {
            write!(f, ".{}", format!("{fraction:018}").trim_end_matches('0'))?;
        }
        Ok(())
    }
}

impl Add for Money {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sub for Money {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl Neg for Money {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl AddAssign for Money {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl SubAssign for Money {
    fn sub_assign(&mut self, other: Self) {
        self.0 -= other.0;
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_money_as_people_read_it() {
        assert_eq!(Money::parse("1842310.4999").unwrap().shown(0), "1,842,310");
        assert_eq!(
            Money::parse("-0.005").unwrap().shown(2),
            "0.00",
            "a tie goes to the even neighbour, without a sign"
        );
        assert_eq!(Money::parse("-1234.5").unwrap().shown(2), "\u{2212}1,234.50");
        assert_eq!(Money::parse("12345678.91").unwrap().to_string(), "12345678.91");
        assert_eq!(Money::parse("-0.50").unwrap().to_string(), "-0.5");
    }

    #[test]
    fn two_integers_hold_what_one_amount_is() {
        for text in ["0", "0.0000000004", "-0.0000000004", "-12345678.910000000000000001", "9223372036.1"] {
            let money = Money::parse(text).unwrap();
            let (nanos, attos) = money.parts();
            assert_eq!(Money::from_parts(nanos, attos), money, "{text}");
        }
    }

    #[test]
    fn a_row_holds_nanos_of_63_bits_and_not_one_more() {
        let beyond = (i128::from(i64::MAX) + 1) * NANO;
        for (attos, fits) in [(beyond - 1, true), (beyond, false), (1 - beyond, true), (-beyond, false), (0, true)] {
            assert_eq!(Money::from_attos(attos).fits_a_row(), fits, "{attos}");
        }
        assert_eq!(Money::from_attos(1 - beyond).parts(), (-i64::MAX, -999_999_999));
    }

    #[test]
    fn tokens_times_price_is_rounded_once() {
        let per_million = Money::parse("0.025").unwrap();
        assert_eq!(per_million.times(1_000_001, 1_000_000).unwrap().to_string(), "0.025000025");
    }
}
