//! Hours of the day and days of the week in which a price holds.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, NaiveDate, Weekday};

use super::NoSuchWord;

const MINUTES: u16 = 1_440;
const DAYS: [(Weekday, &str); 7] = [
    (Weekday::Mon, "mon"),
    (Weekday::Tue, "tue"),
    (Weekday::Wed, "wed"),
    (Weekday::Thu, "thu"),
    (Weekday::Fri, "fri"),
    (Weekday::Sat, "sat"),
    (Weekday::Sun, "sun"),
];

/// A set of days of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Weekdays(u8);

impl Weekdays {
    /// The whole week.
    pub const ALL: Self = Self(0b111_1111);

    /// Some days.
    #[must_use]
    pub fn of(days: impl IntoIterator<Item = Weekday>) -> Self {
        Self(days.into_iter().fold(0, |set, day| set | 1 << day.num_days_from_monday()))
    }

    /// Is a day among them?
    #[must_use]
    pub fn has(self, day: Weekday) -> bool {
        self.0 & (1 << day.num_days_from_monday()) != 0
    }

    /// Are there none?
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The day after each of them.
    #[must_use]
    pub fn next(self) -> Self {
        Self((self.0 << 1 | self.0 >> 6) & Self::ALL.0)
    }

    /// The day before each of them.
    #[must_use]
    pub fn previous(self) -> Self {
        Self((self.0 >> 1 | self.0 << 6) & Self::ALL.0)
    }
}

impl fmt::Display for Weekdays {
    /// `mon-fri`, `sat,sun`: three days or more in a row as a range.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut words: Vec<String> = Vec::new();
        let mut at = 0;
        while at < DAYS.len() {
            let run = DAYS[at..].iter().take_while(|(day, _)| self.has(*day)).count();
            match run {
                0 => at += 1,
                1 | 2 => words.extend(DAYS[at..at + run].iter().map(|(_, word)| (*word).to_owned())),
                _ => words.push(format!("{}-{}", DAYS[at].1, DAYS[at + run - 1].1)),
            }
            at += run;
        }
        f.write_str(&words.join(","))
    }
}

impl FromStr for Weekdays {
    type Err = NoSuchWord;

    fn from_str(text: &str) -> Result<Self, NoSuchWord> {
        let expected = NoSuchWord("days of the week, such as `mon-fri` or `sat,sun`");
        let place = |word: &str| DAYS.iter().position(|(_, short)| *short == word.trim()).ok_or(expected);
        let mut set = Self(0);
        for part in text.to_lowercase().split(',') {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            let (first, last) = (place(first)?, place(last)?);
            if first > last {
                return Err(expected);
            }
            set.0 |= Self::of(DAYS[first..=last].iter().map(|(day, _)| *day)).0;
        }
        Ok(set)
    }
}

/// Hours of the day, UTC, on some days of the week in which a price holds; `start == end` is the whole day (as LiteLLM
/// has it). The day is that of the moment itself, not that on which a window over midnight began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Window {
    /// First minute of the day, 0 to 1439.
    pub start: u16,
    /// First minute that it does not hold any more; smaller than `start` over midnight.
    pub end: u16,
    /// Days of the week, UTC.
    pub days: Weekdays,
}

impl Window {
    /// Is a minute of a day in it?
    #[must_use]
    pub fn has(self, day: NaiveDate, minute: u16) -> bool {
        let hours = match self.start.cmp(&self.end) {
            Ordering::Equal => true,
            Ordering::Less => self.start <= minute && minute < self.end,
            Ordering::Greater => minute >= self.start || minute < self.end,
        };
        hours && self.days.has(day.weekday())
    }

    /// The same hours where `days` are those of a clock that is ahead of UTC by some minutes, the whole year: its
    /// Saturday may be a Friday evening of UTC. `ahead` is less than a day either way.
    #[must_use]
    pub fn by_clock_ahead(self, ahead: i32) -> Vec<Self> {
        if ahead == 0 || self.days == Weekdays::ALL {
            return vec![self];
        }
        // Before `turn` and from it on, the day of the week there is another one of UTC's.
        let turn = u16::try_from((-ahead).rem_euclid(i32::from(MINUTES))).unwrap_or_default();
        let (before, after) = if ahead > 0 { (self.days, self.days.previous()) } else { (self.days.next(), self.days) };
        let hours = match self.start.cmp(&self.end) {
            Ordering::Equal => vec![(0, MINUTES)],
            Ordering::Less => vec![(self.start, self.end)],
            Ordering::Greater => vec![(self.start, MINUTES), (0, self.end)],
        };
        let parts = hours.into_iter().flat_map(|(start, end)| {
            [(start, end.min(turn), before), (start.max(turn), end, after)].into_iter().filter(|(s, e, _)| s < e)
        });
        parts.map(|(start, end, days)| Self { start, end: end % MINUTES, days }).collect()
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let clock = |minutes: u16| format!("{:02}:{:02}", minutes / 60, minutes % 60);
        write!(f, "{}-{}", clock(self.start), clock(self.end))?;
        if self.days == Weekdays::ALL { Ok(()) } else { write!(f, " {}", self.days) }
    }
}

impl FromStr for Window {
    type Err = NoSuchWord;

    /// Reads `16:30-00:30` and `16:30-00:30 mon-fri`.
    fn from_str(text: &str) -> Result<Self, NoSuchWord> {
        let clock = |text: &str| -> Option<u16> {
            let (hours, minutes) = text.trim().split_once(':')?;
            let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
            (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)
        };
        let text = text.trim();
        // The days begin with a letter, the hours do not.
        let (hours, days) = match text.find(|c: char| c.is_ascii_alphabetic()) {
            Some(at) => (&text[..at], text[at..].parse()?),
            None => (text, Weekdays::ALL),
        };
        let both = hours.split_once('-').and_then(|(start, end)| Some((clock(start)?, clock(end)?)));
        both.map(|(start, end)| Self { start, end, days })
            .ok_or(NoSuchWord("hours of the day in UTC, such as `16:30-00:30` or `16:30-00:30 mon-fri`"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn window(text: &str) -> Window {
        text.parse().unwrap()
    }

    /// 2026-11-16 is a Monday.
    fn monday_plus(days: u64) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, 16).unwrap() + chrono::Days::new(days)
    }

    #[test]
    fn a_window_reads_back_over_midnight_and_with_its_days() {
        let night = window("16:30-00:30");
        assert_eq!((night.start, night.end, night.to_string()), (990, 30, "16:30-00:30".into()));
        for text in ["00:00-01:00 mon-fri", "00:00-00:00 sat,sun", "04:00-06:00 mon,wed-fri,sun"] {
            assert_eq!(window(text).to_string(), text);
        }
        assert_eq!(window("10:00-00:00 mon-sun").to_string(), "10:00-00:00", "every day needs no saying");
        for text in ["24:00-01:00", "10:00-11:00 fri-mon", "10:00-11:00 noday", "mon-fri", ""] {
            assert!(text.parse::<Window>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_day_is_that_of_the_moment() {
        let late = window("22:00-02:00 fri");
        assert!(late.has(monday_plus(4), 1_380), "Friday at 23:00");
        assert!(late.has(monday_plus(4), 60), "Friday at 01:00");
        assert!(!late.has(monday_plus(5), 60), "Saturday at 01:00");
    }

    /// Friday 23:00 UTC is Saturday in Shanghai, eight hours ahead.
    #[test]
    fn days_of_a_clock_ahead_begin_earlier() {
        let weekend = window("00:00-00:00 sat,sun").by_clock_ahead(480);
        let told: Vec<String> = weekend.iter().map(Window::to_string).collect();
        assert_eq!(told, ["00:00-16:00 sat,sun", "16:00-00:00 fri,sat"]);
        assert_eq!(window("00:00-00:00").by_clock_ahead(480), [window("00:00-00:00")]);
    }

    proptest! {
        /// A moment is in one of the windows exactly when the clock ahead shows one of the days in those hours.
        #[test]
        fn a_clock_ahead_is_asked_minute_by_minute(
            start in 0..1_440u16, end in 0..1_440u16, set in 1..128u8, ahead in -720..840i32, day in 0..7u64, minute in 0..1_440u16,
        ) {
            let told = Window { start, end, days: Weekdays(set) };
            let windows = told.by_clock_ahead(ahead);
            let there = monday_plus(7 + day).and_hms_opt(0, 0, 0).unwrap() + chrono::TimeDelta::minutes(i64::from(minute) + i64::from(ahead));
            let hours = Window { days: Weekdays::ALL, ..told }.has(monday_plus(day), minute);
            let expected = hours && Weekdays(set).has(there.weekday());
            prop_assert_eq!(windows.iter().any(|window| window.has(monday_plus(day), minute)), expected);
        }

        #[test]
        fn every_window_reads_back(start in 0..1_440u16, end in 0..1_440u16, set in 1..128u8) {
            let told = Window { start, end, days: Weekdays(set) };
            prop_assert_eq!(told.to_string().parse::<Window>(), Ok(told));
        }
    }
}
