//! Decimal numbers as files write them, and sums that lose nothing whatever the digits or the order.
//!
//! Exports hold up to 30 decimals; a fixed-width decimal rounds silently past 28 digits, and then its sums
//! depend on the order of the rows. Here a sum keeps one integer for each power of ten, so adding is exact
//! and fast, and only the final reading builds a big number.

use std::collections::BTreeMap;
use std::fmt;

use bigdecimal::BigDecimal;
use bigdecimal::num_bigint::BigInt;
use thiserror::Error;

use crate::money::Money;

/// Why a text is not a number the ledger takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NumberError {
    /// Not digits with an optional sign, point and exponent.
    #[error("a decimal number with a point, such as -12.50 or 9.984E-7")]
    Syntax,
    /// More digits or a larger exponent than any export holds.
    #[error("a number of at most 38 digits with an exponent between -60 and 60")]
    TooLong,
    /// Larger than the ledger holds: 9,223,372,036 units of currency in one row.
    #[error("an amount between -9,223,372,036 and 9,223,372,036")]
    TooLarge,
}

/// `coefficient × 10^exponent`, exactly as written in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exact {
    coefficient: i128,
    exponent: i32,
}

impl Exact {
    /// Zero.
    pub const ZERO: Self = Self { coefficient: 0, exponent: 0 };

    /// Its digits and the power of ten they stand for.
    #[must_use]
    pub fn parts(self) -> (i128, i32) {
        (self.coefficient, self.exponent)
    }

    /// Reads a number in FOCUS numeric format: digits, an optional leading minus, an optional point and an
    /// optional exponent (`9.984E-7`, `35.2E7`, tolerantly `35.2E+7`).
    ///
    /// # Errors
    /// [`NumberError::Syntax`] for anything else (`1,5`, `$3`, `NaN`, an empty text), [`NumberError::TooLong`]
    /// past 38 digits.
    pub fn parse(text: &str) -> Result<Self, NumberError> {
        let bytes = text.trim().as_bytes();
        let (negative, digits) = match bytes.split_first() {
            Some((b'-', rest)) => (true, rest),
            _ => (false, bytes),
        };
        if let Some(short) = Self::short(digits) {
            return Ok(if negative { short.negated() } else { short });
        }
        let (mut coefficient, mut exponent, mut seen, mut point) = (0i128, 0i32, 0usize, false);
        let mut rest = digits.iter().enumerate();
        for (index, byte) in rest.by_ref() {
            match byte {
                b'0'..=b'9' => {
                    seen += 1;
                    coefficient = coefficient
                        .checked_mul(10)
                        .and_then(|c| c.checked_add(i128::from(byte - b'0')))
                        .ok_or(NumberError::TooLong)?;
                    exponent -= i32::from(point);
                }
                b'.' if !point => point = true,
                b'e' | b'E' if seen > 0 => {
                    exponent += exponent_of(&digits[index + 1..])?;
                    break;
                }
                _ => return Err(NumberError::Syntax),
            }
        }
        if seen == 0 {
            return Err(NumberError::Syntax);
        }
        while coefficient != 0 && coefficient % 10 == 0 && exponent < 0 {
            coefficient /= 10;
            exponent += 1;
        }
        if coefficient == 0 {
            return Ok(Self::ZERO);
        }
        if !(-60..=60).contains(&exponent) {
            return Err(NumberError::TooLong);
        }
        Ok(Self { coefficient: if negative { -coefficient } else { coefficient }, exponent })
    }

    /// Nearly every number of a bill: up to 19 digits and a point, read in 64 bits.
    fn short(digits: &[u8]) -> Option<Self> {
        if digits.len() > 19 {
            return None;
        }
        let (mut coefficient, mut places, mut seen, mut point) = (0u64, 0i32, false, false);
        for byte in digits {
            match byte {
                b'0'..=b'9' => {
                    coefficient = coefficient * 10 + u64::from(byte - b'0');
                    places += i32::from(point);
                    seen = true;
                }
                b'.' if !point => point = true,
                _ => return None,
            }
        }
        if coefficient == 0 {
            return seen.then_some(Self::ZERO);
        }
        while places > 0 && coefficient.is_multiple_of(10) {
            coefficient /= 10;
            places -= 1;
        }
        Some(Self { coefficient: i128::from(coefficient), exponent: -places })
    }

    /// Is it below zero?
    #[must_use]
    pub fn is_negative(self) -> bool {
        self.coefficient < 0
    }

    /// The amount to the ledger's 10⁻¹⁸, rounded half-even once.
    ///
    /// # Errors
    /// [`NumberError::TooLarge`] when a row cannot hold it.
    pub fn to_money(self) -> Result<Money, NumberError> {
        let money = self.to_wide_money()?;
        if money.fits_a_row() { Ok(money) } else { Err(NumberError::TooLarge) }
    }

    /// As [`Exact::to_money`], for sums, which may be larger than a row.
    ///
    /// # Errors
    /// [`NumberError::TooLarge`] from 1.7 × 10²⁰ on.
    pub fn to_wide_money(self) -> Result<Money, NumberError> {
        let shift = self.exponent + 18;
        if let (Ok(coefficient), Ok(shift @ 0..=18)) = (i64::try_from(self.coefficient), u32::try_from(shift)) {
            // 63 bits times 10¹⁸ stay below 127.
            return Ok(Money::from_attos(i128::from(coefficient) * i128::from(10u64.pow(shift))));
        }
        let attos = if shift >= 0 {
            let factor = 10i128.checked_pow(shift.unsigned_abs()).ok_or(NumberError::TooLarge)?;
            self.coefficient.checked_mul(factor).ok_or(NumberError::TooLarge)?
        } else {
            match 10i128.checked_pow(shift.unsigned_abs()) {
                Some(divisor) => divide_half_even(self.coefficient, divisor),
                None => 0,
            }
        };
        Ok(Money::from_attos(attos))
    }
}

/// Plain digits, as a sum would show them.
impl fmt::Display for Exact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&plain(&big(self.coefficient, self.exponent)))
    }
}

/// The sum of two numbers; past 38 digits it is refused.
impl Exact {
    /// `self + other`, without loss.
    ///
    /// # Errors
    /// [`NumberError::TooLong`] when the sum has more digits than the type holds.
    pub fn plus(self, other: Self) -> Result<Self, NumberError> {
        if self.coefficient == 0 {
            return Ok(other);
        }
        if other.coefficient == 0 {
            return Ok(self);
        }
        let (low, high) = if self.exponent <= other.exponent { (self, other) } else { (other, self) };
        let coefficient = 10i128
            .checked_pow(high.exponent.abs_diff(low.exponent))
            .and_then(|factor| high.coefficient.checked_mul(factor))
            .and_then(|lifted| lifted.checked_add(low.coefficient))
            .ok_or(NumberError::TooLong)?;
        Ok(Self { coefficient, exponent: low.exponent })
    }

    /// `−self`.
    #[must_use]
    pub fn negated(self) -> Self {
        Self { coefficient: -self.coefficient, ..self }
    }

    /// `self × other`, without loss.
    ///
    /// # Errors
    /// [`NumberError::TooLong`] when the product has more digits than the type holds.
    pub fn times(self, other: Self) -> Result<Self, NumberError> {
        let coefficient = self.coefficient.checked_mul(other.coefficient).ok_or(NumberError::TooLong)?;
        let exponent = self.exponent + other.exponent;
        if !(-60..=60).contains(&exponent) {
            return Err(NumberError::TooLong);
        }
        Ok(if coefficient == 0 { Self::ZERO } else { Self { coefficient, exponent } })
    }

    /// `self × 10^power`, exactly: cents are dollars × 10⁻².
    #[must_use]
    pub fn shifted(self, power: i32) -> Self {
        if self.coefficient == 0 { self } else { Self { exponent: self.exponent + power, ..self } }
    }
}

fn exponent_of(bytes: &[u8]) -> Result<i32, NumberError> {
    let text = std::str::from_utf8(bytes).map_err(|_| NumberError::Syntax)?;
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(NumberError::Syntax);
    }
    match text.parse::<i32>() {
        Ok(exponent) if (-60..=60).contains(&exponent) => Ok(exponent),
        _ => Err(NumberError::TooLong),
    }
}

/// `a / b` rounded to the nearest integer, ties to the even one; `b` is positive.
#[must_use]
pub fn divide_half_even(a: i128, b: i128) -> i128 {
    let (quotient, remainder) = (a.div_euclid(b), a.rem_euclid(b));
    let up = match remainder.cmp(&(b - remainder)) {
        std::cmp::Ordering::Less => false,
        std::cmp::Ordering::Greater => true,
        std::cmp::Ordering::Equal => quotient % 2 != 0,
    };
    quotient + i128::from(up)
}

/// A sum that is the same to the last digit in any order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ExactSum {
    /// Sums of numbers with this many decimals.
    by_places: [i128; 32],
    /// Sums of the others.
    by_exponent: BTreeMap<i32, i128>,
    spilled: BigDecimal,
}

impl ExactSum {
    /// Adds one number.
    pub fn add(&mut self, number: Exact) {
        let places = usize::try_from(-i64::from(number.exponent)).ok();
        let slot = match places.and_then(|places| self.by_places.get_mut(places)) {
            Some(slot) => slot,
            None => self.by_exponent.entry(number.exponent).or_insert(0),
        };
        match slot.checked_add(number.coefficient) {
            Some(sum) => *slot = sum,
            None => self.spilled += big(number.coefficient, number.exponent),
        }
    }

    /// Adds what the ledger holds.
    pub fn add_money(&mut self, money: Money) {
        self.add(Exact { coefficient: money.attos(), exponent: -18 });
    }

    /// Adds another sum.
    pub fn merge(&mut self, other: &Self) {
        for (exponent, coefficient) in other.parts() {
            self.add(Exact { coefficient, exponent });
        }
        self.spilled += &other.spilled;
    }

    /// `self − other`, such as a file's total less the ledger's: the residue of rounding.
    #[must_use]
    pub fn minus(&self, other: &Self) -> Self {
        Self { spilled: self.value() - other.value(), ..Self::default() }
    }

    fn value(&self) -> BigDecimal {
        self.parts().fold(self.spilled.clone(), |sum, (exponent, coefficient)| sum + big(coefficient, exponent))
    }

    /// The sums that are not nothing, each with its power of ten.
    fn parts(&self) -> impl Iterator<Item = (i32, i128)> {
        let short = self.by_places.iter().enumerate().map(|(places, sum)| (-(places as i32), *sum));
        short.chain(self.by_exponent.iter().map(|(exponent, sum)| (*exponent, *sum))).filter(|(_, sum)| *sum != 0)
    }
}

fn big(coefficient: i128, exponent: i32) -> BigDecimal {
    BigDecimal::new(BigInt::from(coefficient), -i64::from(exponent))
}

/// Plain digits without trailing zeros: `20.52022672899`, `13`, `0`.
impl fmt::Display for ExactSum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&plain(&self.value()))
    }
}

/// Plain digits of a big decimal, without exponent or trailing zeros.
#[must_use]
pub fn plain(value: &BigDecimal) -> String {
    value.normalized().to_plain_string()
}

/// `numerator ÷ denominator × scale`, rounded half-even to `places` decimals; `None` when the denominator is
/// zero, because a ratio to nothing is unknown.
#[must_use]
pub fn ratio(numerator: Money, denominator: Money, scale: i64, places: i64) -> Option<String> {
    if denominator == Money::ZERO {
        return None;
    }
    let (numerator, denominator) = (numerator.attos(), denominator.attos());
    short_ratio(numerator, denominator, scale, places)
        .or_else(|| Some(long_ratio(numerator, denominator, scale, places)))
}

/// Nearly every ratio: what the fraction is multiplied by first stays within 128 bits. `None` where it does not.
fn short_ratio(numerator: i128, denominator: i128, scale: i64, places: i64) -> Option<String> {
    let places = u32::try_from(places).ok()?;
    let lifted = numerator.checked_mul(i128::from(scale))?.checked_mul(10i128.checked_pow(places)?)?;
    let (lifted, divisor) = match denominator < 0 {
        true => (lifted.checked_neg()?, denominator.checked_neg()?),
        false => (lifted, denominator),
    };
    let mut quotient = divide_half_even(lifted, divisor);
    let mut places = places as usize;
    while places > 0 && quotient % 10 == 0 {
        quotient /= 10;
        places -= 1;
    }
    if places == 0 {
        return Some(quotient.to_string());
    }
    let digits = format!("{:0width$}", quotient.unsigned_abs(), width = places + 1);
    let (whole, decimals) = digits.split_at(digits.len() - places);
    let sign = if quotient < 0 { "-" } else { "" };
    Some(format!("{sign}{whole}.{decimals}"))
}

fn long_ratio(numerator: i128, denominator: i128, scale: i64, places: i64) -> String {
    let quotient = BigDecimal::from(BigInt::from(numerator)) * BigDecimal::from(scale)
        / BigDecimal::from(BigInt::from(denominator));
    plain(&quotient.with_scale_round(places, bigdecimal::RoundingMode::HalfEven))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sum(texts: &[&str]) -> String {
        let mut total = ExactSum::default();
        for text in texts {
            total.add(Exact::parse(text).unwrap());
        }
        total.to_string()
    }

    #[test]
    fn reads_what_exports_write() {
        assert_eq!(sum(&["0.00000080000"]), "0.0000008");
        assert_eq!(sum(&["9.984E-7"]), "0.0000009984");
        assert_eq!(sum(&["35.2E7", "1e+2"]), "352000100");
        assert_eq!(sum(&["-0.0"]), "0");
        assert_eq!(sum(&["0.003835980000000000000000000000"]), "0.00383598");
    }

    #[test]
    fn refuses_what_is_not_a_number() {
        for text in ["", "1,5", "abc", "$3", "NaN", "1.2.3", "--1", "1e", "+5", "1 000", "0x10", ".", "1e99999999999"] {
            assert!(Exact::parse(text).is_err(), "{text:?} must be refused");
        }
    }

    #[test]
    fn rounds_once_and_half_even_at_the_eighteenth_decimal() {
        let attos = |text: &str| Exact::parse(text).unwrap().to_money().unwrap().attos();
        assert_eq!(attos("0.0000000000000000005"), 0, "a tie goes to the even neighbour");
        assert_eq!(attos("0.0000000000000000015"), 2);
        assert_eq!(attos("-0.0000000000000000015"), -2);
        assert_eq!(attos("0.000000000000000000000000000000000000000000001"), 0);
        assert_eq!(Exact::parse("9300000000").unwrap().to_money(), Err(NumberError::TooLarge));
    }

    #[test]
    fn ratios_to_nothing_are_unknown() {
        assert_eq!(ratio(Money::from_units(1), Money::ZERO, 100, 2), None);
        assert_eq!(ratio(Money::from_units(2), Money::from_units(3), 100, 2).as_deref(), Some("66.67"));
    }

    #[test]
    fn ratios_are_shown_without_needless_zeros() {
        let of = |a: i128, b: i128, scale, places| ratio(Money::from_attos(a), Money::from_attos(b), scale, places);
        for (a, b, places, wanted) in [
            (1, 8, 2, "0.12"), // a tie goes to the even neighbour
            (3, 8, 2, "0.38"),
            (-1, 8, 2, "-0.12"),
            (1, -8, 3, "-0.125"),
            (-1, 1_000, 2, "0"), // no minus before nothing
            (300, 3, 10, "100"),
            (1, 20, 4, "0.05"),
            (0, 7, 10, "0"),
        ] {
            assert_eq!(of(a, b, 1, places).as_deref(), Some(wanted), "{a} to {b}");
        }
        assert_eq!(of(i128::MAX, 1, 100, 10).as_deref(), Some("17014118346046923173168730371588410572700"));
        assert_eq!(of(i128::MIN, -1, 1, 0).as_deref(), Some("170141183460469231731687303715884105728"));
    }

    proptest! {
        #[test]
        fn short_ratios_are_long_ones(
            a in prop_oneof![any::<i128>(), -1_000i128..1_000, any::<i64>().prop_map(|n| i128::from(n) * 1_000_000_000)],
            b in prop_oneof![any::<i128>(), 1i128..1_000, any::<i64>().prop_map(|n| i128::from(n) * 1_000_000_000)],
            scale in prop_oneof![Just(1i64), Just(100), Just(1_000_000), -5i64..5],
            places in 0i64..12,
        ) {
            prop_assume!(b != 0);
            if let Some(short) = short_ratio(a, b, scale, places) {
                prop_assert_eq!(short, long_ratio(a, b, scale, places));
            }
        }

        #[test]
        fn short_numbers_are_read_as_long_ones(whole in "[0-9]{0,12}", point in "[.,x-]?", decimals in "[0-9]{0,12}") {
            let text = format!("{whole}{point}{decimals}");
            // An exponent of nothing keeps the text off the short way.
            prop_assert_eq!(Exact::parse(&text).ok(), Exact::parse(&format!("{text}e0")).ok());
            let minus = format!("-{text}");
            prop_assert_eq!(Exact::parse(&minus).ok(), Exact::parse(&format!("{minus}e0")).ok());
        }

        #[test]
        fn order_never_matters(mut numbers in prop::collection::vec((any::<i64>(), 0u32..30), 1..50)) {
            let total = |rows: &[(i64, u32)]| {
                let mut total = ExactSum::default();
                for (coefficient, places) in rows {
                    total.add(Exact::parse(&format!("{coefficient}e-{places}")).unwrap());
                }
                total.to_string()
            };
            let forward = total(&numbers);
            numbers.reverse();
            prop_assert_eq!(forward, total(&numbers));
        }
    }
}
