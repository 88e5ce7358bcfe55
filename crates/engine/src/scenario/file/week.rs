//! The shape of a week as a file says it, and the hours in which work that can wait is done.

use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use toml::Value;

/// Shapes of a week that have a name.
pub(super) const WEEKS: [&str; 3] = ["flat", "consumer-chat", "actuals"];

/// Load by hour of the week.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Week {
    /// `flat`, `consumer-chat` or `actuals` (hours of the day at which the GPUs of the base were busy).
    Named(String),
    /// 24 figures from 00:00 UTC, every day alike, or 168 from Monday 00:00 UTC; they are scaled to mean 1.
    Hours(Vec<f64>),
}

impl<'de> Deserialize<'de> for Week {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let figure = |value: &Value| value.as_float().or_else(|| value.as_integer().map(|whole| whole as f64));
        let found = match Value::deserialize(from)? {
            Value::String(name) => Some(Self::Named(name)),
            Value::Array(hours) => hours.iter().map(figure).collect::<Option<Vec<f64>>>().map(Self::Hours),
            _ => None,
        };
        found.ok_or_else(|| {
            D::Error::custom("invalid hour_of_week, expected flat, consumer-chat or actuals, or 24 or 168 figures")
        })
    }
}

impl From<&str> for Week {
    fn from(name: &str) -> Self {
        Self::Named(name.to_owned())
    }
}

impl Week {
    /// Its name, or of how many hours it states figures.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Named(name) => name.clone(),
            Self::Hours(hours) => format!("{} stated hours", hours.len()),
        }
    }

    /// Says what is wrong with it.
    #[must_use]
    pub fn fault(&self) -> Option<String> {
        match self {
            Self::Named(name) if WEEKS.contains(&name.as_str()) => None,
            Self::Named(name) => Some(format!("{name:?} is no shape of a week; use flat, consumer-chat or actuals")),
            Self::Hours(hours) if hours.len() != 24 && hours.len() != 168 => {
                Some(format!("it holds {} figures, expected 24 of a day or 168 of a week", hours.len()))
            }
            Self::Hours(hours) => {
                let bad = hours.iter().find(|hour| !(0.0..=1e12).contains(*hour));
                let idle = hours.iter().all(|hour| *hour == 0.0);
                bad.map(|hour| format!("{hour} is no load of an hour"))
                    .or_else(|| idle.then(|| "no hour has any load".to_owned()))
            }
        }
    }
}

/// Hours of the day, UTC, in which work that can wait is done.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum BatchHours {
    /// `22-06`: from the first hour until the second, over midnight where that is earlier.
    Span(String),
    /// Each of them, 0 to 23.
    Each(Vec<u8>),
}

impl<'de> Deserialize<'de> for BatchHours {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let hour = |value: &Value| value.as_integer().and_then(|hour| u8::try_from(hour).ok());
        let found = match Value::deserialize(from)? {
            Value::String(span) => Some(Self::Span(span)),
            Value::Array(hours) => hours.iter().map(hour).collect::<Option<Vec<u8>>>().map(Self::Each),
            _ => None,
        };
        found.ok_or_else(|| {
            D::Error::custom("invalid batch_hours, expected a span such as \"22-06\", or hours from 0 to 23 in a list")
        })
    }
}

impl BatchHours {
    /// The hours of a week that are open to batch work.
    ///
    /// # Errors
    /// What is wrong, when they are no hours.
    pub fn week(&self) -> Result<Vec<bool>, String> {
        let mut day = [false; 24];
        match self {
            Self::Each(hours) => {
                for hour in hours {
                    *day.get_mut(usize::from(*hour)).ok_or_else(|| format!("{hour} is no hour from 0 to 23"))? = true;
                }
            }
            Self::Span(text) => {
                let bad = || format!("{text:?} is no span of hours; write it like \"22-06\"");
                let (from, until) = text.split_once('-').ok_or_else(bad)?;
                let hour = |text: &str| text.trim().parse::<usize>().ok().filter(|hour| *hour <= 24);
                let (from, until) = (hour(from).ok_or_else(bad)?, hour(until).ok_or_else(bad)?);
                let length = (until + 24 - from % 24) % 24;
                // From an hour until the same hour is the whole day.
                let length = if length == 0 { 24 } else { length };
                (0..length).for_each(|after| day[(from + after) % 24] = true);
            }
        }
        if !day.contains(&true) {
            return Err("no hour is open to batch work".into());
        }
        Ok((0..168).map(|hour| day[hour % 24]).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_may_run_over_midnight() {
        let open = |text: &str| -> Vec<usize> {
            let week = BatchHours::Span(text.into()).week().unwrap();
            (0..24).filter(|hour| week[*hour]).collect()
        };
        assert_eq!(open("22-02"), [0, 1, 22, 23]);
        assert_eq!(open("01-03"), [1, 2]);
        assert_eq!(open("22-24"), [22, 23]);
        assert_eq!(open("0-24").len(), 24);
        assert_eq!(BatchHours::Each(vec![3]).week().unwrap().iter().filter(|open| **open).count(), 7);
        for bad in ["night", "22", "22-30", "-"] {
            assert!(BatchHours::Span(bad.into()).week().is_err(), "{bad}");
        }
        assert!(BatchHours::Each(vec![24]).week().is_err());
        assert!(BatchHours::Each(vec![]).week().is_err());
    }
}
