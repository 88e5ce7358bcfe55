//! How figures read: the one place where they are rounded for people.

use marginline_model::exact::ratio;
use marginline_model::money::group;
use marginline_model::{Money, NumberError};

/// What stands where a figure is unknown.
pub const UNKNOWN: &str = "–";

/// Currency sign, or the code with a space.
#[must_use]
pub fn sign(currency: &str) -> String {
    match currency {
        "USD" => "$".into(),
        "EUR" => "€".into(),
        "GBP" => "£".into(),
        "JPY" => "¥".into(),
        other => format!("{other}\u{a0}"),
    }
}

/// An amount with its currency: `$1,842,310`, `−€12.50`; whole units from 10,000 on, else cents, and never
/// `0.00` for what is not zero.
#[must_use]
pub fn money(amount: Money, currency: &str) -> String {
    let text = plain_money(amount);
    match text.strip_prefix(['\u{2212}', '<']) {
        Some(rest) => format!("{}{}{rest}", &text[..text.len() - rest.len()], sign(currency)),
        None => format!("{}{text}", sign(currency)),
    }
}

/// An amount for a column whose header names the currency.
#[must_use]
pub fn plain_money(amount: Money) -> String {
    let magnitude = amount.attos().unsigned_abs();
    let places = if magnitude >= Money::from_units(10_000).attos().unsigned_abs() { 0 } else { 2 };
    let text = amount.shown(places);
    if amount != Money::ZERO && text.chars().all(|c| matches!(c, '0' | '.' | '\u{2212}')) {
        return if amount > Money::ZERO { "<0.01".into() } else { "\u{2212}<0.01".into() };
    }
    text
}

/// A column of amounts reads best with the same decimals in every row: none when any amount needs none.
#[must_use]
pub fn column_places(amounts: impl Iterator<Item = Money>) -> u32 {
    let large = Money::from_units(10_000).attos().unsigned_abs();
    if amounts.map(|amount| amount.attos().unsigned_abs()).any(|magnitude| magnitude >= large) { 0 } else { 2 }
}

/// An amount with a stated number of decimals, but never `0` for what is not zero.
#[must_use]
pub fn money_at(amount: Money, places: u32) -> String {
    let text = amount.shown(places);
    let nothing = text.chars().all(|c| matches!(c, '0' | '.' | '\u{2212}'));
    if amount != Money::ZERO && nothing {
        let least = if places == 0 { "<1" } else { "<0.01" };
        return if amount > Money::ZERO { least.into() } else { format!("\u{2212}{least}") };
    }
    text
}

/// A count of billionths as a decimal: 2,500,000,000 is `2.5`.
#[must_use]
pub fn of_nanos(nanos: u64) -> String {
    let (whole, rest) = (nanos / 1_000_000_000, nanos % 1_000_000_000);
    if rest == 0 { whole.to_string() } else { format!("{whole}.{}", format!("{rest:09}").trim_end_matches('0')) }
}

/// Percent of a whole to 10 decimals for files; `None` of nothing.
#[must_use]
pub fn percent(part: Money, whole: Money) -> Option<String> {
    ratio(part, whole, 100, 10)
}

/// Cost per million tokens to 10 decimals; `None` without tokens.
#[must_use]
pub fn per_mtok(cost: Money, tokens: u64) -> Option<String> {
    per(cost, tokens, 1_000_000)
}

/// Cost per `of` things to 10 decimals; `None` of nothing.
#[must_use]
pub fn per(cost: Money, things: u64, of: i64) -> Option<String> {
    ratio(cost, Money::from_units(i64::try_from(things).ok()?), of, 10)
}

/// A decimal string rounded half-even to `places`, with a real minus.
#[must_use]
pub fn rounded(decimal: &str, places: u32) -> String {
    match Money::parse_wide(decimal) {
        Ok(value) => value.shown(places),
        Err(NumberError::TooLarge | NumberError::TooLong | NumberError::Syntax) => decimal.to_owned(),
    }
}

/// A number as a decimal string with so many places; what rounds to nothing is `0.00` and never `-0.00`.
#[must_use]
pub fn fixed(value: f64, places: usize) -> String {
    let text = format!("{value:.places$}");
    match text.strip_prefix('-') {
        Some(rest) if rest.chars().all(|c| matches!(c, '0' | '.')) => rest.to_owned(),
        _ => text,
    }
}

/// A decimal string or the sign for unknown.
#[must_use]
pub fn rounded_or_unknown(decimal: Option<&str>, places: u32) -> String {
    decimal.map_or_else(|| UNKNOWN.to_owned(), |decimal| rounded(decimal, places))
}

/// A signed difference: `+1.2`, `−0.3`, `0.0`.
#[must_use]
pub fn signed(decimal: &str, places: u32) -> String {
    let text = rounded(decimal, places);
    let nothing = text.chars().all(|c| matches!(c, '0' | '.'));
    if nothing || text.starts_with('\u{2212}') { text } else { format!("+{text}") }
}

/// A whole number in groups.
#[must_use]
pub fn count(number: u64) -> String {
    group(&number.to_string())
}

/// Money in short: `$2.01 M`. For what is said beside a figure, never instead of one.
#[must_use]
pub fn short_money(amount: Money, currency: &str) -> String {
    let whole = u64::try_from(amount.attos().abs() / marginline_model::money::ATTOS).unwrap_or(u64::MAX);
    let minus = if amount < Money::ZERO { "\u{2212}" } else { "" };
    format!("{minus}{}{}", sign(currency), short_count(whole))
}

/// A large number of tokens in short: `1.84 B`, `912 M`.
#[must_use]
pub fn short_count(number: u64) -> String {
    let value = number as f64;
    for (scale, unit) in [(1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k")] {
        if value >= scale {
            let short = value / scale;
            let places = if short >= 100.0 {
                0
            } else if short >= 10.0 {
                1
            } else {
                2
            };
            return format!("{short:.places$}\u{a0}{unit}");
        }
    }
    number.to_string()
}

/// A decimal string with its whole part in groups and every digit kept: a control total is shown whole.
#[must_use]
pub fn rounded_exactly(decimal: &str) -> String {
    let (sign, digits) = decimal.strip_prefix('-').map_or(("", decimal), |digits| ("\u{2212}", digits));
    match digits.split_once('.') {
        Some((whole, fraction)) => format!("{sign}{}.{fraction}", group(whole)),
        None => format!("{sign}{}", group(digits)),
    }
}

/// The name of a figure that begins with `usd_`, in the currency it is really in: `eur_per_mtok`.
#[must_use]
pub fn named_in(id: &str, currency: &str) -> String {
    match id.strip_prefix("usd_") {
        Some(rest) => format!("{}_{rest}", currency.to_lowercase()),
        None => id.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_has_no_sign() {
        assert_eq!([-0.0, -0.004, -0.006, 1.5].map(|value| fixed(value, 2)), ["0.00", "0.00", "-0.01", "1.50"]);
        assert_eq!(fixed(-0.4, 0), "0");
    }

    #[test]
    fn what_is_not_zero_never_reads_as_zero() {
        assert_eq!(money(Money::parse("0.0000008").unwrap(), "USD"), "<$0.01");
        assert_eq!(money(Money::parse("-0.0000008").unwrap(), "USD"), "\u{2212}$<0.01");
        assert_eq!(money(Money::ZERO, "USD"), "$0.00");
        assert_eq!(money(Money::parse("-12.5").unwrap(), "EUR"), "\u{2212}€12.50");
        assert_eq!(money(Money::from_units(1_842_310), "USD"), "$1,842,310");
        assert_eq!(money(Money::from_units(5), "CHF"), "CHF\u{a0}5.00");
    }

    #[test]
    fn differences_carry_their_sign() {
        assert_eq!(signed("1.25", 1), "+1.2");
        assert_eq!(signed("-0.34", 1), "\u{2212}0.3");
        assert_eq!(signed("0.04", 1), "0.0");
    }

    #[test]
    fn unknown_is_a_dash_and_not_a_zero() {
        assert_eq!(rounded_or_unknown(None, 2), "–");
        assert_eq!(per_mtok(Money::from_units(1), 0), None);
        assert_eq!(per_mtok(Money::from_units(3), 2_000_000).as_deref(), Some("1.5"));
    }
}
