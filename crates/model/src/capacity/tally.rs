//! Demand by hour of the week from what was counted: hours of usage, or single requests of a trace.

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Timelike, Utc};

use super::demand::HOURS;
use super::error::amount;
use super::{CapacityError, Week};
use crate::Zone;

/// Longest time that is tallied: ten years of hours.
const MOST_HOURS: i64 = 87_672;

/// The hour of the week, 0 to 167 from Monday 00:00 of a zone, at the beginning of a UTC hour.
#[must_use]
pub fn hour_of_week(zone: Zone, date: NaiveDate, utc_hour: u32) -> usize {
    let (civil, hour) = zone.civil(date, utc_hour);
    civil.weekday().num_days_from_monday() as usize * 24 + hour as usize
}

/// Quantities by hour of the week over a stated time.
///
/// An hour inside that time without an entry had nothing; an hour of the week that the time does not hold is unknown.
/// When clocks go back, an hour comes twice and its mean is of both; when they go forward, one does not come.
#[derive(Debug, Clone, PartialEq)]
pub struct Tally {
    zone: Zone,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    seen: Vec<u32>,
    sums: Vec<f64>,
}

fn whole_hour(at: DateTime<Utc>) -> DateTime<Utc> {
    at - TimeDelta::seconds(i64::from(at.num_seconds_from_midnight() % 3_600))
        - TimeDelta::nanoseconds(i64::from(at.nanosecond()))
}

impl Tally {
    /// An empty tally of the whole UTC hours from `from` to before `to`, in a zone's week.
    ///
    /// # Errors
    /// A time of no hour, or longer than ten years.
    pub fn new(zone: Zone, from: DateTime<Utc>, to: DateTime<Utc>) -> Result<Self, CapacityError> {
        let (from, to) = (whole_hour(from), whole_hour(to));
        let hours = (to - from).num_hours();
        if !(1..=MOST_HOURS).contains(&hours) {
            let expected = "a time of one hour to ten years";
            return Err(CapacityError::Figure { field: "period", found: format!("{hours} hours"), expected });
        }
        let mut seen = vec![0; HOURS];
        for hour in 0..hours {
            let at = from + TimeDelta::hours(hour);
            seen[hour_of_week(zone, at.date_naive(), at.hour())] += 1;
        }
        Ok(Self { zone, from, to, seen, sums: vec![0.0; HOURS] })
    }

    /// Adds what was counted in the hour that holds a moment; `false` when the moment lies outside of the time, and
    /// nothing was added.
    ///
    /// # Errors
    /// A quantity that is negative or no number.
    pub fn add(&mut self, at: DateTime<Utc>, quantity: f64) -> Result<bool, CapacityError> {
        amount("quantity", quantity)?;
        if at < self.from || at >= self.to {
            return Ok(false);
        }
        self.sums[hour_of_week(self.zone, at.date_naive(), at.hour())] += quantity;
        Ok(true)
    }

    /// Mean per second by hour of the week; `None` for hours that the time does not hold.
    #[must_use]
    pub fn per_s(&self) -> Vec<Option<f64>> {
        let each = self.sums.iter().zip(&self.seen);
        each.map(|(sum, seen)| (*seen > 0).then(|| sum / (f64::from(*seen) * 3_600.0))).collect()
    }

    /// Hours of the week that the time does not hold.
    #[must_use]
    pub fn missing(&self) -> usize {
        self.seen.iter().filter(|seen| **seen == 0).count()
    }

    /// Mean per second over the 168 hours of the week, and the week's shape.
    ///
    /// # Errors
    /// Hours of the week that the time does not hold, or nothing counted at all.
    pub fn week(&self) -> Result<(f64, Week), CapacityError> {
        let rates: Vec<f64> = self.per_s().into_iter().flatten().collect();
        if rates.len() < HOURS {
            return Err(CapacityError::Unobserved { missing: self.missing() });
        }
        Ok((rates.iter().sum::<f64>() / HOURS as f64, Week::new(&rates)?))
    }
}

/// Mean and spread of a size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lengths {
    /// Mean, in the unit of what was counted (tokens, or seconds between arrivals).
    pub mean: f64,
    /// Squared coefficient of variation: variance ÷ mean². 0 is constant, 1 is exponential.
    pub scv: f64,
}

/// Mean and variance in one pass (Welford 1962), which does not cancel as a sum of squares does.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Moments {
    count: f64,
    mean: f64,
    squares: f64,
}

impl Moments {
    /// Adds a value.
    ///
    /// # Errors
    /// A value that is negative or no number.
    pub fn add(&mut self, value: f64) -> Result<(), CapacityError> {
        amount("value", value)?;
        self.count += 1.0;
        let off = value - self.mean;
        self.mean += off / self.count;
        self.squares += off * (value - self.mean);
        Ok(())
    }

    /// Mean and squared coefficient of variation of the values; `None` without any, or when they are all 0.
    #[must_use]
    pub fn lengths(&self) -> Option<Lengths> {
        (self.mean > 0.0).then(|| {
            let scv = self.squares / self.count / (self.mean * self.mean);
            Lengths { mean: self.mean, scv: scv.max(0.0) }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn tally(zone: &str, from: &str, to: &str) -> Tally {
        Tally::new(zone.parse().unwrap(), at(from), at(to)).unwrap()
    }

    #[test]
    fn monday_is_the_first_day() {
        let date = "2026-11-02".parse().unwrap();
        assert_eq!(hour_of_week(Zone::UTC, date, 0), 0, "a Monday");
        assert_eq!(hour_of_week("Europe/Berlin".parse().unwrap(), date, 23), 24, "Tuesday 00:00");
        assert_eq!(hour_of_week("America/New_York".parse().unwrap(), date, 0), 6 * 24 + 19, "Sunday 19:00");
    }

    #[test]
    fn two_weeks_make_means() {
        let mut tally = tally("UTC", "2026-11-02T00:00:00Z", "2026-11-16T00:00:00Z");
        for (moment, requests) in [("2026-11-02T05:10:00Z", 3_600.0), ("2026-11-09T05:50:00Z", 7_200.0)] {
            assert!(tally.add(at(moment), requests).unwrap());
        }
        assert!(!tally.add(at("2026-11-16T00:00:00Z"), 1.0).unwrap(), "after the end");
        assert_eq!(tally.per_s()[5], Some(1.5), "5,400 in an hour of 3,600 s");
        assert_eq!(tally.per_s()[6], Some(0.0), "seen twice, and nothing came");
        let (mean, week) = tally.week().unwrap();
        assert!((mean - 1.5 / 168.0).abs() < 1e-15);
        assert!((week.peak_to_mean() - 168.0).abs() < 1e-9);
    }

    #[test]
    fn clocks_that_change_do_not_bend_the_rate() {
        // One request a second all the time: every hour of the week has a rate of one, the hour that comes twice
        // (Sunday 25 October, 02:00 in Berlin) and the one that is skipped in spring too.
        for (from, to) in
            [("2026-10-19T00:00:00Z", "2026-11-02T00:00:00Z"), ("2026-03-16T00:00:00Z", "2026-04-06T00:00:00Z")]
        {
            let mut tally = tally("Europe/Berlin", from, to);
            let mut hour = at(from);
            while hour < at(to) {
                tally.add(hour, 3_600.0).unwrap();
                hour += TimeDelta::hours(1);
            }
            assert!(tally.per_s().iter().all(|rate| *rate == Some(1.0)), "{from}");
        }
    }

    #[test]
    fn what_was_not_seen_is_unknown() {
        let day = tally("UTC", "2026-11-02T00:00:00Z", "2026-11-03T00:00:00Z");
        assert_eq!(day.per_s()[24], None);
        assert_eq!(day.week(), Err(CapacityError::Unobserved { missing: 144 }));
        assert!(Tally::new(Zone::UTC, at("2026-11-02T00:00:00Z"), at("2026-11-02T00:30:00Z")).is_err());
        let mut moved = day;
        assert!(moved.add(at("2026-11-02T01:00:00Z"), f64::NAN).is_err());
    }

    #[test]
    fn four_prompts_by_hand() {
        // 100, 100, 300, 300: mean 200, variance 10,000, squared coefficient 0.25.
        let mut moments = Moments::default();
        for tokens in [100.0, 300.0, 100.0, 300.0] {
            moments.add(tokens).unwrap();
        }
        let lengths = moments.lengths().unwrap();
        assert!((lengths.mean - 200.0).abs() < 1e-12 && (lengths.scv - 0.25).abs() < 1e-12);
        assert_eq!(Moments::default().lengths(), None);
    }

    proptest! {
        #[test]
        fn a_tally_loses_nothing(
            entries in proptest::collection::vec((0i64..24 * 60, 0.0..1e6f64), 1..80), zone in 0..3usize,
        ) {
            let zone = ["UTC", "Europe/Berlin", "Asia/Kolkata"][zone];
            let mut tally = tally(zone, "2026-10-01T00:00:00Z", "2026-11-30T00:00:00Z");
            let mut all = 0.0;
            for (hour, quantity) in &entries {
                prop_assert!(tally.add(at("2026-10-01T00:00:00Z") + TimeDelta::hours(*hour), *quantity).unwrap());
                all += quantity;
            }
            let again: f64 = tally.per_s().iter().zip(&tally.seen)
                .map(|(rate, seen)| rate.unwrap_or(0.0) * f64::from(*seen) * 3_600.0).sum();
            prop_assert!((again - all).abs() <= 1e-9 * all.max(1.0));
        }
    }
}
