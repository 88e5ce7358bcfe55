//! A month of a scenario hour by hour of its week: demand over what is at hand, of GPUs or of units of a further line.

use marginline_model::Month;
use marginline_model::scenario::{HourOfWeek, Serving, week, week_of_units};

use super::Run;
use crate::error::{EngineError, Result};

/// What capacity is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pool {
    /// GPUs of the component at this place.
    Fleet(usize),
    /// Units of the further line at this place.
    Line(usize),
}

/// The week of a month, of one fleet, of all fleets together, or of the units of a line.
#[derive(Debug, Clone, PartialEq)]
pub struct CapacityWeek {
    /// The month.
    pub month: Month,
    /// Its number in the scenario, 1 the first.
    pub number: u32,
    /// Names of the fleets, or of the line, in it.
    pub fleets: Vec<String>,
    /// What is counted: `GPUs` or `units`.
    pub unit: &'static str,
    /// 168 hours from Monday 00:00 UTC.
    pub hours: Vec<HourOfWeek>,
    /// Fleets that are short in some hour by themselves, and in how many; other fleets' spare GPUs do not help them.
    pub short: Vec<(String, usize)>,
}

impl Run {
    /// What has a capacity, by name: fleets of own GPUs first, then further lines with units.
    #[must_use]
    pub fn pools(&self) -> Vec<(String, Pool)> {
        let inputs = &self.resolved.inputs;
        let fleets =
            inputs.components.iter().enumerate().filter(|(_, each)| matches!(each.serving, Serving::OwnGpus(_)));
        let fleets = fleets.map(|(place, each)| (each.label.clone(), Pool::Fleet(place)));
        let lines = inputs.other.iter().enumerate().filter(|(_, each)| each.units.is_some());
        fleets.chain(lines.map(|(place, each)| (each.label.clone(), Pool::Line(place)))).collect()
    }

    /// The pools that are meant: the one of this name, without a name all fleets, and without a fleet the first line.
    ///
    /// # Errors
    /// When there is none of this name, or nothing with a capacity at all.
    pub fn pools_named(&self, fleet: Option<&str>) -> Result<Vec<(String, Pool)>> {
        let place = |error: EngineError| error.at(format!("scenario {}", self.resolved.id));
        let all = self.pools();
        let Some((_, first)) = all.first().cloned() else {
            return Err(place(
                EngineError::failed("it has no GPUs of its own, and an API's capacity is not known")
                    .then("choose a scenario with own GPUs"),
            ));
        };
        let is_meant = |(name, pool): &&(String, Pool)| match fleet {
            Some(fleet) => name == fleet,
            None => *pool == first || matches!(pool, Pool::Fleet(_)),
        };
        let meant: Vec<(String, Pool)> = all.iter().filter(is_meant).cloned().collect();
        if meant.is_empty() {
            let of = |(name, pool): &(String, Pool)| match pool {
                Pool::Fleet(_) => format!("{name} (GPUs)"),
                Pool::Line(_) => format!("{name} (units)"),
            };
            let asked = fleet.unwrap_or_default();
            return Err(place(
                EngineError::usage(format!("there is no fleet {asked:?}, and no line with units of that name"))
                    .then(format!("name one of {}", all.iter().map(of).collect::<Vec<_>>().join(", "))),
            ));
        }
        Ok(if fleet.is_some() { meant.into_iter().take(1).collect() } else { meant })
    }

    /// Demand and what is at hand by hour of the week in a month (1 the first; the last when absent), as
    /// [`Run::pools_named`] finds it by name.
    ///
    /// # Errors
    /// As there, or when the scenario has no such month.
    pub fn capacity_week(&self, month: Option<u32>, fleet: Option<&str>) -> Result<CapacityWeek> {
        let inputs = &self.resolved.inputs;
        let number = month.unwrap_or(inputs.months);
        if !(1..=inputs.months).contains(&number) {
            return Err(EngineError::usage(format!("there is no month {number} among {}", inputs.months))
                .at(format!("scenario {}", self.resolved.id))
                .then(format!("name a month from 1 to {}", inputs.months)));
        }
        let meant = self.pools_named(fleet)?;
        let (fleets, lines) = (week(inputs, number - 1), week_of_units(inputs, number - 1));
        let weeks: Vec<(&String, Vec<HourOfWeek>)> = meant
            .iter()
            .map(|(name, pool)| {
                let hours = match pool {
                    Pool::Fleet(at) => fleets.iter().find(|each| each.component == *at).map(|each| &each.hours),
                    Pool::Line(at) => lines.iter().find(|each| each.line == *at).map(|each| &each.hours),
                };
                // What is not there yet in this month has no demand either.
                (name, hours.cloned().unwrap_or_else(|| vec![HourOfWeek::default(); 168]))
            })
            .collect();
        let sum = |hour: usize| weeks.iter().map(|each| each.1[hour]).fold(HourOfWeek::default(), HourOfWeek::with);
        let short =
            weeks.iter().map(|(name, hours)| ((*name).clone(), hours.iter().filter(|hour| is_short(**hour)).count()));
        Ok(CapacityWeek {
            month: inputs.month(number - 1),
            number,
            fleets: meant.iter().map(|(name, _)| name.clone()).collect(),
            unit: if matches!(meant[0].1, Pool::Line(_)) { "units" } else { "GPUs" },
            hours: (0..168).map(sum).collect(),
            short: short.filter(|(_, hours)| *hours > 0).collect(),
        })
    }
}

/// Is more asked for than is at hand? A hundred-millionth more is rounding.
pub(crate) fn is_short(hour: HourOfWeek) -> bool {
    hour.demand_units > hour.provided_units * (1.0 + 1e-8)
}
