//! Single cells as a mapping says they are written: numbers with either decimal mark, dates in any order, months.

use chrono::{Datelike, FixedOffset, NaiveDate, NaiveDateTime, TimeZone};
use marginline_model::{Exact, Month};
use serde::Deserialize;

use super::file::Cells;
use crate::error::{EngineError, Result};
use crate::import::field::{FieldError, civil_day, known, moment, unix_moment};

/// The decimal mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
pub enum Decimal {
    /// `1,234.56`.
    #[default]
    #[serde(rename = ".")]
    Point,
    /// `1.234,56`.
    #[serde(rename = ",")]
    Comma,
}

impl Decimal {
    /// As a mapping writes it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Point => ".",
            Self::Comma => ",",
        }
    }
}

/// The order of day, month and year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DateFormat {
    /// `2026-10-31`, with or without a time and a zone.
    #[default]
    Iso,
    /// `31.10.2026`, `31/10/26`.
    DayFirst,
    /// `10/31/2026`.
    MonthFirst,
    /// Seconds or milliseconds since 1970.
    Unix,
}

impl DateFormat {
    /// As a mapping writes it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Iso => "iso",
            Self::DayFirst => "day-first",
            Self::MonthFirst => "month-first",
            Self::Unix => "unix",
        }
    }

    fn expected(self) -> &'static str {
        match self {
            Self::Iso => "a date that exists, such as 2026-10-31 or 2026-10-31T23:00:00Z",
            Self::DayFirst => "a date that exists, day first, such as 31.10.2026",
            Self::MonthFirst => "a date that exists, month first, such as 10/31/2026",
            Self::Unix => "seconds or milliseconds since 1970, such as 1767225600",
        }
    }
}

/// Days that begin at midnight UTC.
#[must_use]
pub fn utc() -> FixedOffset {
    chrono::Offset::fix(&chrono::Utc)
}

/// A fixed offset: `UTC`, `+02:00`.
///
/// # Errors
/// When the text is none.
pub fn zone(text: &str) -> Result<FixedOffset> {
    if matches!(text, "UTC" | "Z") {
        return Ok(utc());
    }
    text.parse::<FixedOffset>().map_err(|_| {
        EngineError::failed(format!("the mapping has the time zone {text:?}"))
            .then("write UTC or a fixed offset, such as \"+02:00\"")
    })
}

const SPACES: [char; 6] = [' ', '\u{a0}', '\u{202f}', '\u{2009}', '\'', '\u{2019}'];
const SIGNS: [(char, &str); 4] = [('€', "EUR"), ('£', "GBP"), ('$', ""), ('¥', "")];

/// A number as written, in plain form, and the currency that stands beside it.
#[must_use]
pub fn plain(text: &str, decimal: Decimal) -> Option<(String, Option<String>)> {
    let mut text = text.trim();
    let mut negative = false;
    if let Some(inner) = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        (negative, text) = (true, inner.trim());
    }
    let (mut currency, mut signs) = (None, u32::from(negative));
    for _ in 0..3 {
        let before = text;
        if let Some(rest) = text.strip_prefix(['-', '\u{2212}']).or_else(|| text.strip_suffix(['-', '\u{2212}'])) {
            (negative, text, signs) = (true, rest.trim(), signs + 1);
        } else if let Some(rest) = text.strip_prefix('+') {
            (text, signs) = (rest.trim(), signs + 1);
        }
        if let Some((code, rest)) = beside(text).filter(|_| currency.is_none()) {
            (currency, text) = (Some(code), rest);
        }
        if text == before {
            break;
        }
    }
    let (mantissa, exponent) = text.find(['e', 'E']).map_or((text, ""), |at| text.split_at(at));
    let (mark, thousands) = if decimal == Decimal::Point { ('.', ',') } else { (',', '.') };
    let (whole, fraction) = mantissa.split_once(mark).map_or((mantissa, ""), |(whole, fraction)| (whole, fraction));
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    let whole = ungrouped(whole, thousands)?;
    if signs > 1 || !digits(fraction) || (whole.is_empty() && fraction.is_empty()) {
        return None;
    }
    let point = if fraction.is_empty() { "" } else { "." };
    let whole = if whole.is_empty() { "0" } else { &whole };
    let plain = format!("{}{whole}{point}{fraction}{exponent}", if negative { "-" } else { "" });
    Some((plain, currency.filter(|code| !code.is_empty())))
}

/// A currency's sign or code at either end of a number, and the rest.
fn beside(text: &str) -> Option<(String, &str)> {
    for (sign, code) in SIGNS {
        if let Some(rest) = text.strip_prefix(sign).or_else(|| text.strip_suffix(sign)) {
            return Some((code.to_owned(), rest.trim()));
        }
    }
    let is_code = |code: &str| code.len() == 3 && code.bytes().all(|b| b.is_ascii_uppercase());
    let front = text.split_at_checked(3).filter(|(code, _)| is_code(code)).map(|(code, rest)| (code, rest.trim()));
    let back = || text.split_at_checked(text.len().checked_sub(3)?).map(|(rest, code)| (code, rest.trim()));
    front.or_else(|| back().filter(|(code, _)| is_code(code))).map(|(code, rest)| (code.to_owned(), rest))
}

/// Digits without what parts thousands; only groups of three are parted.
fn ungrouped(whole: &str, thousands: char) -> Option<String> {
    let parting = |c: char| c == thousands || SPACES.contains(&c);
    let Some(mark) = whole.chars().find(|c| parting(*c)) else {
        return whole.bytes().all(|b| b.is_ascii_digit()).then(|| whole.to_owned());
    };
    let groups: Vec<&str> = whole.split(mark).collect();
    let good = groups.iter().enumerate().all(|(index, group)| {
        group.bytes().all(|b| b.is_ascii_digit())
            && if index == 0 { (1..=3).contains(&group.len()) } else { group.len() == 3 }
    });
    good.then(|| groups.concat())
}

/// A date, in an order; `None` when it is no such date.
#[must_use]
pub fn date(text: &str, format: DateFormat, zone: FixedOffset) -> Option<NaiveDate> {
    let text = known(text)?;
    let date = match format {
        DateFormat::Iso => iso(text, zone)?,
        DateFormat::Unix => {
            let whole = text.split('.').next().unwrap_or_default();
            let number = Exact::parse(text).ok()?;
            // Seconds have ten digits from 2001 to 2286, milliseconds thirteen.
            let seconds = if whole.len() >= 12 { number.shifted(-3) } else { number };
            in_zone(unix_moment("", &seconds.to_string()).ok()?, zone)
        }
        DateFormat::DayFirst | DateFormat::MonthFirst => parted(text, format).or_else(|| iso(text, zone))?,
    };
    (1970..=2200).contains(&date.year()).then_some(date)
}

fn in_zone(utc: NaiveDateTime, zone: FixedOffset) -> NaiveDate {
    zone.from_utc_datetime(&utc).date_naive()
}

/// A moment that tells its zone falls on a day of `zone`; any other text is the civil date it says.
fn iso(text: &str, zone: FixedOffset) -> Option<NaiveDate> {
    let dashed = text.replacen('/', "-", 2);
    if text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit()) {
        return NaiveDate::parse_from_str(text, "%Y%m%d").ok();
    }
    let clock = dashed.get(10..).unwrap_or_default();
    let tells_zone = clock.ends_with('Z') || clock.ends_with("UTC") || clock.contains(['+', '-']);
    match tells_zone {
        true => moment("", &dashed).ok().map(|utc| in_zone(utc, zone)),
        false => civil_day("", &dashed).ok(),
    }
}

/// Names of months by their beginning, in English, German, French, Spanish and Dutch.
const MONTHS: [&[&str]; 12] = [
    &["jan", "ene"],
    &["feb", "fév", "fev"],
    &["mar", "mär", "mrz", "maa"],
    &["apr", "avr", "abr"],
    &["mai", "may", "mei"],
    &["jun", "juin"],
    &["jul", "juil"],
    &["aug", "aoû", "ago"],
    &["sep"],
    &["oct", "okt"],
    &["nov"],
    &["dec", "dez", "déc", "dic"],
];

fn month_named(word: &str) -> Option<u32> {
    let word = word.to_lowercase();
    let named = MONTHS.iter().position(|names| names.iter().any(|name| word.starts_with(name)))?;
    u32::try_from(named + 1).ok()
}

/// The three parts of a date that does not begin with the year; a time behind it is left off.
#[must_use]
pub fn parts(text: &str) -> Option<(u32, u32, i32)> {
    let whole: Vec<&str> = text.split(['/', '.', '-', ' ', ',', 'T']).filter(|part| !part.is_empty()).take(3).collect();
    let [first, second, year] = whole.as_slice() else { return None };
    let small = |part: &str| (part.len() <= 2).then(|| part.parse::<u32>().ok()).flatten();
    let short = year.len() == 2;
    let year = year.parse::<i32>().ok().filter(|_| short || year.len() == 4)?;
    Some((small(first)?, small(second)?, if short { 2000 + year } else { year }))
}

fn parted(text: &str, format: DateFormat) -> Option<NaiveDate> {
    if let Some((first, second, year)) = parts(text) {
        let (day, month) = if format == DateFormat::DayFirst { (first, second) } else { (second, first) };
        return NaiveDate::from_ymd_opt(year, month, day);
    }
    // A month that is named needs no order.
    let words: Vec<&str> = text.split(['/', '.', '-', ' ', ',']).filter(|part| !part.is_empty()).take(3).collect();
    let [first, second, year] = words.as_slice() else { return None };
    let (day, month) = match (first.parse::<u32>(), second.parse::<u32>()) {
        (Ok(day), Err(_)) => (day, month_named(second)?),
        (Err(_), Ok(day)) => (day, month_named(first)?),
        _ => return None,
    };
    let year = year.parse::<i32>().ok()?;
    NaiveDate::from_ymd_opt(if year < 100 { 2000 + year } else { year }, month, day)
}

/// A month: `2026-10`, `202610`, `10/2026`, `Oct 2026`, or a date in it.
fn month(text: &str, format: DateFormat, zone: FixedOffset) -> Option<Month> {
    let text = known(text)?;
    let of = |year: &str, month: u32| {
        let year = year.parse::<i32>().ok().filter(|year| (1970..=2200).contains(year))?;
        NaiveDate::from_ymd_opt(year, month, 1).map(Month::of)
    };
    if text.len() == 6 && text.bytes().all(|b| b.is_ascii_digit()) {
        return of(&text[..4], text[4..].parse().ok()?);
    }
    let words: Vec<&str> = text.split(['/', '.', '-', ' ', ',']).filter(|part| !part.is_empty()).collect();
    if let [first, second] = words.as_slice() {
        let (year, other) =
            if first.len() == 4 && first.parse::<i32>().is_ok() { (first, second) } else { (second, first) };
        return of(year, other.parse().ok().or_else(|| month_named(other))?);
    }
    date(text, format, zone).map(Month::of)
}

impl Cells {
    /// A number as its cell says, before sign and multiplier.
    ///
    /// # Errors
    /// When it is none.
    pub fn number(&self, column: &str, text: &str) -> std::result::Result<(Exact, Option<String>), FieldError> {
        let expected = match self.decimal {
            Decimal::Point => "a number with a point as decimal mark, such as 1,234.56",
            Decimal::Comma => "a number with a comma as decimal mark, such as 1.234,56",
        };
        let Some(value) = known(text) else {
            return Err(FieldError::new(column, text, format!("{expected}; it is empty")));
        };
        let (digits, currency) = plain(value, self.decimal).ok_or_else(|| FieldError::new(column, value, expected))?;
        let exact = Exact::parse(&digits).map_err(|error| FieldError::new(column, value, error.to_string()))?;
        Ok((exact, currency))
    }

    /// A civil date.
    ///
    /// # Errors
    /// When it is none in the mapping's order.
    pub fn day(&self, column: &str, text: &str) -> std::result::Result<NaiveDate, FieldError> {
        date(text, self.dates, self.zone).ok_or_else(|| FieldError::new(column, text, self.dates.expected()))
    }

    /// A month.
    ///
    /// # Errors
    /// When it is none.
    pub fn month(&self, column: &str, text: &str) -> std::result::Result<Month, FieldError> {
        month(text, self.dates, self.zone).ok_or_else(|| {
            FieldError::new(column, text, format!("a month such as 2026-10, or {}", self.dates.expected()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn comma(text: &str) -> Option<String> {
        plain(text, Decimal::Comma).map(|(digits, _)| digits)
    }

    #[test]
    fn numbers_with_either_mark() {
        for (text, digits) in [
            ("1.234,56", "1234.56"),
            ("-12,5", "-12.5"),
            ("12,50-", "-12.50"),
            ("12,50 €", "12.50"),
            ("(3,00 EUR)", "-3.00"),
            ("1 234 567,8", "1234567.8"),
            ("1.500", "1500"),
            (",5", "0.5"),
            ("1,5E-07", "1.5E-07"),
        ] {
            assert_eq!(comma(text).as_deref(), Some(digits), "{text}");
        }
        for bad in ["1.5", "12.34", "1,2,3", "", "EUR", "--1", "1.23.456,0", "abc", "12 h"] {
            assert_eq!(comma(bad), None, "{bad}");
        }
        let point = |text: &str| plain(text, Decimal::Point);
        assert_eq!(point("$1,234.50"), Some(("1234.50".into(), None)));
        assert_eq!(point("-EUR 2.5"), Some(("-2.5".into(), Some("EUR".into()))));
        assert_eq!(point("1,5"), None);
    }

    #[test]
    fn dates_in_either_order() {
        let day = |text: &str, format: DateFormat| date(text, format, utc()).map(|date| date.to_string());
        for text in ["3.10.2026", "03/10/26", "03-10-2026 23:59", "3 Oct 2026", "3. Oktober 2026", "2026-10-03"] {
            assert_eq!(day(text, DateFormat::DayFirst).as_deref(), Some("2026-10-03"), "{text}");
        }
        assert_eq!(day("10/03/2026", DateFormat::MonthFirst).as_deref(), Some("2026-10-03"));
        assert_eq!(day("Oct 3, 2026", DateFormat::MonthFirst).as_deref(), Some("2026-10-03"));
        assert_eq!(day("31/10/2026", DateFormat::MonthFirst), None);
        assert_eq!(day("1790985600", DateFormat::Unix).as_deref(), Some("2026-10-03"));
        assert_eq!(day("1790985600000", DateFormat::Unix).as_deref(), Some("2026-10-03"));
        assert_eq!(day("20261003", DateFormat::Iso).as_deref(), Some("2026-10-03"));
        assert_eq!(day("2026/10/03", DateFormat::Iso).as_deref(), Some("2026-10-03"));
    }

    #[test]
    fn only_moments_that_tell_their_zone_move() {
        let berlin = zone("+02:00").unwrap();
        let day = |text: &str| date(text, DateFormat::Iso, berlin).unwrap().to_string();
        assert_eq!(day("2026-09-30T22:00:00Z"), "2026-10-01");
        assert_eq!(day("2026-10-01T00:30:00+02:00"), "2026-10-01");
        assert_eq!(day("2026-09-30 23:00:00"), "2026-09-30");
        assert_eq!(day("2026-09-30"), "2026-09-30");
        assert!(zone("Europe/Berlin").is_err());
    }

    #[test]
    fn months_in_many_forms() {
        for text in ["2026-10", "202610", "10/2026", "10.2026", "Okt 2026", "Oktober 2026", "2026-10-31", "31.10.2026"]
        {
            let found = month(text, DateFormat::DayFirst, utc()).map(|month| month.to_string());
            assert_eq!(found.as_deref(), Some("2026-10"), "{text}");
        }
        assert_eq!(month("2026-13", DateFormat::Iso, utc()), None);
    }
}
