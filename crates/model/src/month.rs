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

/// Not a quarter.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{found:?} is not a quarter; write it as 2026-Q1")]
pub struct QuarterError {
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

    /// Its place in the year, 0 for January.
    #[must_use]
    pub fn of_year(self) -> usize {
        self.0.rem_euclid(12) as usize
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

    /// First and last month of the calendar quarter it is in.
    #[must_use]
    pub fn quarter(self) -> (Self, Self) {
        let first = self.0 - self.0.rem_euclid(3);
        (Self(first), Self(first + 2))
    }

    /// First and last month of a quarter written as `2026-Q1`.
    ///
    /// # Errors
    /// When the text is no quarter between 1970 and 2200.
    pub fn quarter_from(text: &str) -> Result<(Self, Self), QuarterError> {
        let bad = || QuarterError { found: text.chars().take(40).collect() };
        let (year, quarter) = text.split_once("-Q").or_else(|| text.split_once("-q")).ok_or_else(bad)?;
        let first = match quarter {
            "1" => "01",
            "2" => "04",
            "3" => "07",
            "4" => "10",
            _ => return Err(bad()),
        };
        format!("{year}-{first}").parse::<Self>().map(Self::quarter).map_err(|_| bad())
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

    #[test]
    fn quarters_are_three_months() {
        let words = |text: &str| Month::quarter_from(text).map(|(first, last)| format!("{first} {last}"));
        assert_eq!(words("2026-Q1").unwrap(), "2026-01 2026-03");
        assert_eq!(words("2026-q4").unwrap(), "2026-10 2026-12");
        assert_eq!("2026-05".parse::<Month>().unwrap().quarter().0.to_string(), "2026-04");
        for bad in ["2026-Q0", "2026-Q5", "2026Q1", "Q1", "26-Q1", "2026-Q11", ""] {
            assert!(words(bad).is_err(), "{bad}");
        }
    }
}
