//! Civil time: the date and hour that a UTC hour has in a time zone, and how long a civil day is.
//!
//! Only rows of an hour or finer have a place here; a row of a day has no hour and never moves. A row of an hour
//! counts where it begins, whole: in a zone that is half an hour off, it is not split between two civil hours.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, Offset, TimeDelta, TimeZone, Timelike, Utc};
use chrono_tz::Tz;
use thiserror::Error;

/// A time zone of the IANA data base, with the rules it had and has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Zone(Tz);

/// Not a time zone.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0:?} is not a time zone; write it as Europe/Berlin")]
pub struct ZoneError(String);

impl Zone {
    /// Coordinated universal time.
    pub const UTC: Self = Self(Tz::UTC);

    /// Civil date and hour, 0 to 23, at the beginning of a UTC hour.
    #[must_use]
    pub fn civil(self, date: NaiveDate, hour: u32) -> (NaiveDate, u32) {
        let utc = date.and_time(chrono::NaiveTime::MIN) + TimeDelta::hours(i64::from(hour));
        let civil = self.0.from_utc_datetime(&utc).naive_local();
        (civil.date(), civil.hour())
    }

    /// Minutes by which its clocks are ahead of UTC through a whole year; `None` where they change within it.
    #[must_use]
    pub fn minutes_ahead_through(self, year: i32) -> Option<i32> {
        let first = NaiveDate::from_ymd_opt(year, 1, 1)?.and_time(chrono::NaiveTime::MIN);
        let ahead = |at: NaiveDateTime| self.0.offset_from_utc_datetime(&at).fix().local_minus_utc();
        let always = ahead(first);
        let same = (0..=366).all(|day| ahead(first + TimeDelta::days(day)) == always);
        (same && always % 60 == 0).then_some(always / 60)
    }

    /// First instant of a civil day. Where clocks jump over midnight, or over the whole day, the first after it.
    fn start(self, date: NaiveDate) -> DateTime<Utc> {
        let midnight = date.and_time(chrono::NaiveTime::MIN);
        // Jumps are whole quarters of an hour, a day at most: Samoa had no 30 December 2011.
        let moments = (0..=4 * 26).map(|quarter| midnight + TimeDelta::minutes(15 * quarter));
        let found =
            moments.into_iter().find_map(|moment: NaiveDateTime| self.0.from_local_datetime(&moment).earliest());
        found.map_or_else(|| midnight.and_utc(), |moment| moment.with_timezone(&Utc))
    }

    /// Length of a civil day in minutes: 1440, or 1380 and 1500 where an hour is skipped or repeated.
    #[must_use]
    pub fn minutes_of(self, date: NaiveDate) -> i64 {
        let next = date.checked_add_days(Days::new(1)).unwrap_or(date);
        (self.start(next) - self.start(date)).num_minutes()
    }

    /// Length of a civil day in hours as a decimal: `24`, `23`, `25`, `24.5`.
    #[must_use]
    pub fn hours_of(self, date: NaiveDate) -> String {
        let minutes = self.minutes_of(date);
        match minutes % 60 {
            0 => (minutes / 60).to_string(),
            rest => format!("{}.{}", minutes / 60, format!("{:02}", rest * 100 / 60).trim_end_matches('0')),
        }
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name())
    }
}

impl FromStr for Zone {
    type Err = ZoneError;
    fn from_str(text: &str) -> Result<Self, ZoneError> {
        text.parse().map(Self).map_err(|_| ZoneError(text.chars().take(60).collect()))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::Month;

    fn zone(name: &str) -> Zone {
        name.parse().unwrap()
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    const ZONES: [&str; 5] = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"];

    #[test]
    fn days_on_which_clocks_change_are_shorter_or_longer() {
        for (name, date, hours) in [
            ("UTC", "2026-03-29", "24"),
            ("Europe/Berlin", "2026-03-28", "24"),
            ("Europe/Berlin", "2026-03-29", "23"),
            ("Europe/Berlin", "2026-10-25", "25"),
            ("America/New_York", "2026-03-08", "23"),
            ("America/New_York", "2026-11-01", "25"),
            ("Asia/Kolkata", "2026-03-29", "24"),
            ("Australia/Lord_Howe", "2026-04-05", "24.5"),
            ("Australia/Lord_Howe", "2026-10-04", "23.5"),
            ("America/Sao_Paulo", "2018-11-04", "23"),
            ("Pacific/Apia", "2011-12-30", "0"),
        ] {
            assert_eq!(zone(name).hours_of(day(date)), hours, "{name} {date}");
        }
    }

    #[test]
    fn an_hour_counts_where_it_begins() {
        assert_eq!(zone("Europe/Berlin").civil(day("2026-10-31"), 23), (day("2026-11-01"), 0), "winter is UTC+1");
        assert_eq!(zone("Europe/Berlin").civil(day("2026-10-25"), 0), (day("2026-10-25"), 2));
        assert_eq!(zone("Europe/Berlin").civil(day("2026-10-25"), 1), (day("2026-10-25"), 2), "02:00 comes twice");
        assert_eq!(zone("America/New_York").civil(day("2026-11-01"), 3), (day("2026-10-31"), 23), "summer is UTC-4");
        assert_eq!(zone("Asia/Kolkata").civil(day("2026-10-31"), 18), (day("2026-10-31"), 23), "23:30, not split");
        assert_eq!(zone("Asia/Kolkata").civil(day("2026-10-31"), 19), (day("2026-11-01"), 0), "00:30");
        assert!("Europe/Atlantis".parse::<Zone>().is_err());
    }

    proptest! {
        /// Whatever the zone, an hour is on one civil day, a day in one month, a month in one quarter: sums agree
        /// and nothing is lost or counted twice.
        #[test]
        fn days_add_up_to_months_and_months_to_quarters(
            rows in proptest::collection::vec((0u64..1500, 0u32..24, 0i64..1_000_000), 1..200),
        ) {
            for name in ZONES {
                let (mut days, mut months, mut quarters) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
                for (offset, hour, quantity) in &rows {
                    let date = day("2024-01-01") + Days::new(*offset);
                    let (civil, _) = zone(name).civil(date, *hour);
                    *days.entry(civil).or_insert(0) += quantity;
                    *months.entry(Month::of(civil)).or_insert(0) += quantity;
                    *quarters.entry(Month::of(civil).quarter()).or_insert(0) += quantity;
                }
                for (month, sum) in &months {
                    let of_days: i64 = days.iter().filter(|(date, _)| Month::of(**date) == *month).map(|(_, n)| n).sum();
                    prop_assert_eq!(of_days, *sum);
                }
                for (quarter, sum) in &quarters {
                    let of_months: i64 = months.iter().filter(|(month, _)| month.quarter() == *quarter).map(|(_, n)| n).sum();
                    prop_assert_eq!(of_months, *sum);
                }
                prop_assert_eq!(quarters.values().sum::<i64>(), rows.iter().map(|(_, _, n)| n).sum::<i64>());
            }
        }

        /// As many UTC hours begin on a civil day as it is long, but for the half hours that the zone is off.
        #[test]
        fn a_day_holds_the_hours_it_is_long(offset in 0u64..1500) {
            for name in ZONES {
                let date = day("2024-01-02") + Days::new(offset);
                let hours = (-1i64..=1)
                    .flat_map(|step| (0..24).map(move |hour| (date + TimeDelta::days(step), hour)))
                    .filter(|(utc, hour)| zone(name).civil(*utc, *hour).0 == date)
                    .count() as i64;
                prop_assert!((zone(name).minutes_of(date) - hours * 60).abs() <= 30, "{} {}: {}", name, date, hours);
            }
        }
    }
}
