//! Reading single fields: numbers, dates, currencies, words; and saying what was expected where one is bad.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime};
use marginline_model::{Exact, Money, NumberError};

/// A field that cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// Column.
    pub column: String,
    /// What stood there, cut to a readable length.
    pub found: String,
    /// What was expected.
    pub expected: String,
}

/// Longest field taken; anything longer is not a field but a mistake.
pub const LONGEST_FIELD: usize = 1 << 20;

impl FieldError {
    /// A field at fault.
    #[must_use]
    pub fn new(column: &str, found: &str, expected: impl Into<String>) -> Self {
        Self { column: column.to_owned(), found: cut(found), expected: expected.into() }
    }
}

/// At most 120 characters of a text, on one line.
#[must_use]
pub fn cut(text: &str) -> String {
    let mut short: String = text.chars().take(120).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(120).is_some() {
        short.push('…');
    }
    short
}

/// Null has several spellings: nothing, `NULL`, `null`, `None`.
#[must_use]
pub fn known(text: &str) -> Option<&str> {
    let text = text.trim();
    if matches!(text, "" | "NULL" | "null" | "None") { None } else { Some(text) }
}

/// A decimal number.
///
/// # Errors
/// When the text is null or not a number.
pub fn number(column: &str, text: &str) -> Result<Exact, FieldError> {
    let Some(value) = known(text) else {
        return Err(FieldError::new(column, text, "a decimal number; it is empty"));
    };
    Exact::parse(value).map_err(|error| FieldError::new(column, value, error.to_string()))
}

/// A decimal number or null.
///
/// # Errors
/// When the text is neither.
pub fn number_or_null(column: &str, text: &str) -> Result<Option<Exact>, FieldError> {
    known(text).map(|_| number(column, text)).transpose()
}

/// The ledger amount of a number.
///
/// # Errors
/// When it is too large for a row.
pub fn money(column: &str, text: &str, exact: Exact) -> Result<Money, FieldError> {
    exact.to_money().map_err(|error: NumberError| FieldError::new(column, text, error.to_string()))
}

/// A whole number of things; `5000.0` is taken as 5000.
///
/// # Errors
/// When it is negative, has a fraction or is not a number.
pub fn count(column: &str, text: &str) -> Result<u64, FieldError> {
    let expected = || FieldError::new(column, text, "a whole number of 0 or more, at most 10,000,000,000,000");
    let Some(value) = known(text) else { return Err(expected()) };
    let whole = match value.split_once('.') {
        Some((whole, zeros)) if !zeros.is_empty() && zeros.bytes().all(|b| b == b'0') => whole,
        Some(_) => return Err(expected()),
        None => value,
    };
    if !whole.bytes().all(|b| b.is_ascii_digit()) {
        return Err(expected());
    }
    whole.parse::<u64>().ok().filter(|&n| n <= 10_000_000_000_000).ok_or_else(expected)
}

/// As [`count`], or null.
///
/// # Errors
/// When it is neither.
pub fn count_or_null(column: &str, text: &str) -> Result<Option<u64>, FieldError> {
    known(text).map(|_| count(column, text)).transpose()
}

/// Three capital letters.
///
/// # Errors
/// When it is anything else.
pub fn currency(column: &str, text: &str) -> Result<String, FieldError> {
    match known(text) {
        Some(code) if code.len() == 3 && code.bytes().all(|b| b.is_ascii_alphabetic()) => Ok(code.to_ascii_uppercase()),
        _ => Err(FieldError::new(column, text, "a currency code of three letters, such as USD")),
    }
}

/// A civil date in UTC from a date or a date and time; an offset other than zero is moved to UTC.
///
/// # Errors
/// When the text is no such date: `2023-02-30`, `2023-02-01T30:00:00Z`, `02/01/2023`.
pub fn day(column: &str, text: &str) -> Result<NaiveDate, FieldError> {
    moment(column, text).map(|moment| moment.date())
}

/// A date and time in UTC; a plain date is its midnight.
///
/// # Errors
/// As [`day`].
pub fn moment(column: &str, text: &str) -> Result<NaiveDateTime, FieldError> {
    read_moment(column, text).map(|(utc, _)| utc)
}

/// The date as its writer's calendar has it, whatever the offset.
///
/// # Errors
/// As [`day`].
pub fn civil_day(column: &str, text: &str) -> Result<NaiveDate, FieldError> {
    read_moment(column, text).map(|(_, written)| written)
}

/// The moment in UTC, and the date as written. Years that no bill has are mistakes.
fn read_moment(column: &str, text: &str) -> Result<(NaiveDateTime, NaiveDate), FieldError> {
    let (utc, written) = parse_moment(column, text)?;
    if (1970..=2200).contains(&utc.year()) && (1970..=2200).contains(&written.year()) {
        return Ok((utc, written));
    }
    Err(FieldError::new(column, text, "a date between 1970 and 2200"))
}

fn parse_moment(column: &str, text: &str) -> Result<(NaiveDateTime, NaiveDate), FieldError> {
    let expected = || FieldError::new(column, text, "a date that exists, such as 2026-10-31 or 2026-10-31T23:00:00Z");
    let Some(value) = known(text) else { return Err(expected()) };
    if value.len() == 10 {
        let date = value.parse::<NaiveDate>().ok();
        return date.and_then(|date| Some((date.and_hms_opt(0, 0, 0)?, date))).ok_or_else(expected);
    }
    if let Ok(moment) = DateTime::parse_from_rfc3339(value) {
        return Ok((moment.naive_utc(), moment.date_naive()));
    }
    let plain = value.strip_suffix('Z').or_else(|| value.strip_suffix(" UTC")).unwrap_or(value);
    for format in ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"] {
        if let Ok(moment) = NaiveDateTime::parse_from_str(plain, format) {
            return Ok((moment, moment.date()));
        }
    }
    Err(expected())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_that_exist_and_dates_that_do_not() {
        for good in [
            "2024-09-01 00:00:00",
            "2024-09-01T00:00:00Z",
            "2024-09-01",
            "2024-09-01T00:00Z",
            "2024-09-01T02:00:00+02:00",
        ] {
            assert_eq!(day("d", good).unwrap().to_string(), "2024-09-01", "{good}");
        }
        for bad in ["2023-02-01T30:00:00Z", "2023-02-30", "02/01/2023", "", "NULL", "2023-13-01", "yesterday"] {
            assert!(day("d", bad).is_err(), "{bad}");
        }
        assert_eq!(day("d", "2024-09-01T01:00:00+02:00").unwrap().to_string(), "2024-08-31");
    }

    #[test]
    fn counts_are_whole() {
        assert_eq!(count("n", "5000.0").unwrap(), 5000);
        for bad in ["-1", "1.5", "1,000", "", "1e3", "99999999999999999999"] {
            assert!(count("n", bad).is_err(), "{bad}");
        }
    }
}
