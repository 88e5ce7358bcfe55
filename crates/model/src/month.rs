//! Calendar months: the grain of closing, of revenue recognition and of scenarios.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, NaiveDate};
use thiserror::Error;

/// A calendar month, ordered, with arithmetic in months.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(i32);

/// Not a month.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{found:?} is not a month; write it as 2026-10")]
pub struct MonthError {
    found: String,
}

impl Month {
    /// The month of a date.
    #[must_use]
    pub fn of(date: NaiveDate) -> Self {
        Self(date.year() * 12 + date.month0() as i32)
    }

    /// This many months later (earlier when negative).
    #[must_use]
    pub fn plus(self, months: i32) -> Self {
        Self(self.0 + months)
    }

    /// Months from `earlier` to this one.
    #[must_use]
    pub fn since(self, earlier: Self) -> i32 {
        self.0 - earlier.0
    }

    /// First day.
    #[must_use]
    pub fn first_day(self) -> NaiveDate {
        NaiveDate::from_ymd_opt(self.0.div_euclid(12), self.0.rem_euclid(12) as u32 + 1, 1).unwrap_or(NaiveDate::MIN)
    }

    /// Number of days.
    #[must_use]
    pub fn days(self) -> i64 {
        (self.plus(1).first_day() - self.first_day()).num_days()
    }

    /// `October 2026`.
    #[must_use]
    pub fn label(self) -> String {
        self.first_day().format("%B %Y").to_string()
    }

    /// `Oct`.
    #[must_use]
    pub fn short(self) -> String {
        self.first_day().format("%b").to_string()
    }

    /// Every month from this one to `last`, both included.
    pub fn through(self, last: Self) -> impl Iterator<Item = Self> {
        (self.0..=last.0).map(Self)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.0.div_euclid(12), self.0.rem_euclid(12) + 1)
    }
}

impl FromStr for Month {
    type Err = MonthError;
    fn from_str(text: &str) -> Result<Self, MonthError> {
        let bad = || MonthError { found: text.chars().take(40).collect() };
        if text.len() != 7 || !text.is_char_boundary(4) {
            return Err(bad());
        }
        let (year, month) = text.split_once('-').ok_or_else(bad)?;
        let (year, month) = (year.parse::<i32>().map_err(|_| bad())?, month.parse::<u32>().map_err(|_| bad())?);
        let date = NaiveDate::from_ymd_opt(year, month, 1).filter(|_| (1970..=2200).contains(&year));
        date.map(Self::of).ok_or_else(bad)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_count_across_years() {
        let october: Month = "2026-10".parse().unwrap();
        assert_eq!(october.plus(3).to_string(), "2027-01");
        assert_eq!(october.plus(-12).label(), "October 2025");
        assert_eq!("2024-02".parse::<Month>().unwrap().days(), 29);
        for bad in ["", "2026", "2026-13", "2026-1", "october", "2026/10", "é2026-1", "0001-01", "9999-12"] {
            assert!(bad.parse::<Month>().is_err(), "{bad}");
        }
    }
}
