//! Reading single fields: numbers, dates, currencies, words; and saying what was expected where one is bad.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime};
use marginline_model::currency::CurrencyError;
use marginline_model::{Currency, Exact, Money, NumberError};

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
        Self { column: cut(column), found: cut(found), expected: expected.into() }
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

/// A decimal number, or one as spreadsheets show it: `$10,000.00`, `(12.50)`, `1.5E+03`.
///
/// # Errors
/// As [`number`].
pub fn loose_number(column: &str, text: &str) -> Result<Exact, FieldError> {
    number(column, text).or_else(|error| dressed(text).and_then(|plain| Exact::parse(&plain).ok()).ok_or(error))
}

/// As [`loose_number`], or null.
///
/// # Errors
/// When the text is neither.
pub fn loose_number_or_null(column: &str, text: &str) -> Result<Option<Exact>, FieldError> {
    known(text).map(|_| loose_number(column, text)).transpose()
}

/// A number without its currency sign, brackets and commas; only commas that part thousands are taken off.
fn dressed(text: &str) -> Option<String> {
    let text = text.trim();
    let (negative, text) = match text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        Some(inner) => (true, inner),
        None => (false, text),
    };
    let (minus, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let text = text.trim().trim_start_matches(['$', '€', '£', '¥']).trim();
    let (whole, fraction) = text.split_once('.').map_or((text, None), |(whole, fraction)| (whole, Some(fraction)));
    let mut groups = whole.split(',');
    let first = groups.next()?;
    let parted = (1..=3).contains(&first.len()) || !whole.contains(',');
    if !parted || groups.any(|group| group.len() != 3) || (negative && minus) {
        return None;
    }
    let mut plain = String::from(if negative || minus { "-" } else { "" });
    plain.push_str(&whole.replace(',', ""));
    if let Some(fraction) = fraction {
        plain.push('.');
        plain.push_str(fraction);
    }
    Some(plain)
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

/// A currency code.
///
/// # Errors
/// When it is no three letters.
pub fn currency(column: &str, text: &str) -> Result<Currency, FieldError> {
    known(text)
        .ok_or(CurrencyError)
        .and_then(Currency::parse)
        .map_err(|error| FieldError::new(column, text, error.to_string()))
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

/// As [`day`], or month first as American spreadsheets and Azure write it: `9/2/2023`, `09/21/2023 10:00`, `5/1/25`.
///
/// # Errors
/// When the text is neither.
pub fn month_first_day(column: &str, text: &str) -> Result<NaiveDate, FieldError> {
    let text = text.trim();
    if !text.contains('/') {
        return day(column, text);
    }
    let expected = || FieldError::new(column, text, "a date that exists, month first, such as 10/31/2026");
    let date = text.split([' ', 'T']).next().unwrap_or_default();
    let parts: Vec<&str> = date.split('/').collect();
    let [month, day, year] = parts.as_slice() else { return Err(expected()) };
    let whole = |text: &str| if text.len() <= 4 { text.parse::<u32>().ok() } else { None };
    let (month, day, short) = (whole(month), whole(day), year.len() == 2);
    let year = whole(year).filter(|_| short || year.len() == 4);
    let year = year.map(|year| if short { 2000 + year } else { year });
    let date = match (year, month, day) {
        (Some(year), Some(month), Some(day)) => NaiveDate::from_ymd_opt(year as i32, month, day),
        _ => None,
    };
    date.filter(|date| (1970..=2200).contains(&date.year())).ok_or_else(expected)
}

/// A date and time in UTC from seconds since 1970, whole or with a fraction, as text.
///
/// # Errors
/// When it is no such number, or outside 1970 to 2200.
pub fn unix_moment(column: &str, text: &str) -> Result<NaiveDateTime, FieldError> {
    let expected = || FieldError::new(column, text, "seconds since 1970, such as 1767225600");
    let exact = number(column, text)?.shifted(9).to_wide_money().map_err(|_| expected())?;
    let nanos = i64::try_from(exact.attos() / marginline_model::money::ATTOS).map_err(|_| expected())?;
    let moment = DateTime::from_timestamp_nanos(nanos).naive_utc();
    if (1970..=2200).contains(&moment.year()) { Ok(moment) } else { Err(expected()) }
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
        for (text, date) in [("9/2/2023", "2023-09-02"), ("09/21/2023", "2023-09-21"), ("5/1/25", "2025-05-01")] {
            assert_eq!(month_first_day("d", text).unwrap().to_string(), date);
        }
        for bad in ["21/09/2023", "2/30/2023", "9/2/023", "9-2-2023", "9/2"] {
            assert!(month_first_day("d", bad).is_err(), "{bad}");
        }
        assert_eq!(unix_moment("d", "1767225600.5").unwrap().to_string(), "2026-01-01 00:00:00.500");
    }

    #[test]
    fn numbers_as_spreadsheets_show_them() {
        for (text, plain) in [("$10,000.00", "10000"), ("(12.50)", "-12.5"), ("-$1,234,567.8", "-1234567.8")] {
            assert_eq!(loose_number("n", text).unwrap().to_string(), plain);
        }
        for bad in ["1,5", "10,00.5", "1,2345", "$", "(-3)", "12 USD", "1.234,56"] {
            assert!(loose_number("n", bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_error_is_short_whatever_stood_in_the_file() {
        let error = FieldError::new(&"c".repeat(70_000), &"f".repeat(70_000), "a number");
        assert_eq!((error.column.chars().count(), error.found.chars().count()), (121, 121));
    }

    #[test]
    fn counts_are_whole() {
        assert_eq!(count("n", "5000.0").unwrap(), 5000);
        for bad in ["-1", "1.5", "1,000", "", "1e3", "99999999999999999999"] {
            assert!(count("n", bad).is_err(), "{bad}");
        }
    }
}
