//! A month of a scenario hour by hour of its week: demand over the GPUs at hand.

use marginline_model::Month;
use marginline_model::scenario::{FleetWeek, HourOfWeek, week};

use super::Run;
use crate::error::{EngineError, Result};

/// The week of a month, of one fleet or of all together.
#[derive(Debug, Clone, PartialEq)]
pub struct CapacityWeek {
    /// The month.
    pub month: Month,
    /// Its number in the scenario, 1 the first.
    pub number: u32,
    /// Names of the fleets in it.
    pub fleets: Vec<String>,
    /// 168 hours from Monday 00:00 UTC, in GPUs.
    pub hours: Vec<HourOfWeek>,
    /// Fleets that are short in some hour by themselves, and in how many; other fleets' spare GPUs do not help them.
    pub short: Vec<(String, usize)>,
}

impl Run {
    /// Demand and GPUs at hand by hour of the week in a month (1 the first; the last when absent), of one fleet by its
    /// component's name or of all together.
    ///
    /// # Errors
    /// When the scenario has no such month or fleet, or no GPUs of its own.
    pub fn capacity_week(&self, month: Option<u32>, fleet: Option<&str>) -> Result<CapacityWeek> {
        let place = |error: EngineError| error.at(format!("scenario {}", self.resolved.id));
        let inputs = &self.resolved.inputs;
        let number = month.unwrap_or(inputs.months);
        if !(1..=inputs.months).contains(&number) {
            return Err(place(
                EngineError::usage(format!("there is no month {number} among {}", inputs.months))
                    .then(format!("name a month from 1 to {}", inputs.months)),
            ));
        }
        let name = |each: &FleetWeek| inputs.components[each.component].label.clone();
        let all = week(inputs, number - 1);
        if all.is_empty() {
            return Err(place(
                EngineError::failed("it has no GPUs of its own, and an API's capacity is not known")
                    .then("choose a scenario with own GPUs"),
            ));
        }
        let wanted: Vec<&FleetWeek> = all.iter().filter(|each| fleet.is_none_or(|fleet| name(each) == fleet)).collect();
        if wanted.is_empty() {
            let names: Vec<String> = all.iter().map(name).collect();
            return Err(place(
                EngineError::usage(format!("there is no fleet {:?}", fleet.unwrap_or_default()))
                    .then(format!("name {}", names.join(" or "))),
            ));
        }
        let sum =
            |hour: usize| wanted.iter().map(|each| each.hours[hour]).fold(HourOfWeek::default(), HourOfWeek::with);
        let short = wanted.iter().map(|each| (name(each), each.hours.iter().filter(|hour| is_short(**hour)).count()));
        Ok(CapacityWeek {
            month: inputs.month(number - 1),
            number,
            fleets: wanted.iter().map(|each| name(each)).collect(),
            hours: (0..wanted[0].hours.len()).map(sum).collect(),
            short: short.filter(|(_, hours)| *hours > 0).collect(),
        })
    }
}

/// Is more asked for than is at hand? A hundred-millionth more is rounding.
pub(crate) fn is_short(hour: HourOfWeek) -> bool {
    hour.demand_gpus > hour.provided_gpus * (1.0 + 1e-8)
}
