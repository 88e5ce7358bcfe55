//! Needed and provided capacity by month and hour of the week.

use chrono::{TimeDelta, Timelike};

use super::error::{amount, positive};
use super::retraining::Retraining;
use super::{CapacityError, Demand, HOURS, Resource, Rules, Staircase, hour_of_week};
use crate::{Month, Zone};

/// A range of seconds; not a promise.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Latency {
    /// Lower end.
    pub low_s: f64,
    /// Upper end.
    pub high_s: f64,
}

/// How many units are there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Provision {
    /// What the rules ask for the busiest hour of the month, in all its hours.
    Peak,
    /// A number of units in all regions, whatever the load.
    Stated(u32),
    /// What the rules ask for each hour, and for the growth towards the next that comes before a new unit serves.
    Hourly {
        /// Minutes until a new unit serves.
        lag_min: f64,
        /// Fewest units in all regions.
        min_units: u32,
    },
}

/// A demand, what carries it, and the rules.
#[derive(Debug, Clone, Copy)]
pub struct Plan<'a> {
    /// The demand; its week is in `zone`.
    pub demand: &'a Demand,
    /// What so many units carry.
    pub stairs: &'a Staircase,
    /// Load of the resource per arrival: 1 for a pool, mean output tokens for tokens per second, queries for a
    /// database.
    pub load_per_arrival: f64,
    /// Spares and regions.
    pub rules: Rules,
    /// How many units are there.
    pub provision: Provision,
    /// Training on the same units.
    pub retraining: &'a [Retraining],
    /// Seconds from first to last that a prompt takes; `None` for no latency, which only a pool has.
    pub prefill_s: Option<(f64, f64)>,
    /// Zone of the demand's week.
    pub zone: Zone,
}

/// A month of a plan. Units are of all regions.
#[derive(Debug, Clone, PartialEq)]
pub struct MonthPlan {
    /// Which month.
    pub month: Month,
    /// Mean load over the week.
    pub mean_load: f64,
    /// Load of the busiest hour.
    pub peak_load: f64,
    /// Units that the load alone and training need, by hour of the week.
    pub needed: Vec<u32>,
    /// Units that the rules ask for besides, by hour of the week.
    pub by_rules: Vec<u32>,
    /// Units that are there, by hour of the week.
    pub provided: Vec<u32>,
    /// Unit-hours that are there, over the hours of this month.
    pub unit_hours: f64,
    /// Unit-hours of training among them.
    pub training_unit_hours: f64,
    /// Mean load ÷ what the units beside training do when busy all the time; `None` without units.
    pub utilisation: Option<f64>,
    /// Load that could still come in the tightest hour, as a share of what its units carry inside the target; negative
    /// when short, `None` without units.
    pub headroom: Option<f64>,
    /// Hours of the month with fewer units than the rules ask for.
    pub hours_short: u32,
    /// Hours of the month with fewer units than the load alone needs.
    pub hours_overloaded: u32,
    /// Time to the first token at the target's percentile in the busiest hour; `None` when it is not a pool, no
    /// prefill is stated, or the units cannot keep up.
    pub latency: Option<Latency>,
}

/// How often each hour of the week comes in a month of a zone: 4 or 5 times, fewer or more where clocks change.
#[must_use]
pub fn hours_of_month(month: Month, zone: Zone) -> Vec<u32> {
    let mut counts = vec![0; HOURS];
    let start = (month.first_day() - TimeDelta::days(2)).and_time(chrono::NaiveTime::MIN);
    for hour in 0..(month.days() + 4) * 24 {
        let utc = start + TimeDelta::hours(hour);
        if Month::of(zone.civil(utc.date(), utc.hour()).0) == month {
            counts[hour_of_week(zone, utc.date(), utc.hour())] += 1;
        }
    }
    counts
}

impl Plan<'_> {
    /// Whether it can be computed with.
    ///
    /// # Errors
    /// The first figure out of range.
    pub fn check(&self) -> Result<(), CapacityError> {
        self.demand.check()?;
        positive("load_per_arrival", self.load_per_arrival)?;
        if let Provision::Hourly { lag_min, .. } = self.provision {
            amount("lag_min", lag_min)?;
        }
        if let Some((low, high)) = self.prefill_s {
            amount("prefill_s", low)?;
            amount("prefill_s", high)?;
        }
        self.retraining.iter().try_for_each(Retraining::check)
    }

    /// Load in an hour of the week of the `index`th month, in the unit of the resource.
    #[must_use]
    pub fn load(&self, index: u32, hour: usize) -> f64 {
        self.demand.arrivals_per_s(index, hour) * self.load_per_arrival
    }

    fn units(&self, load: f64) -> Result<u32, CapacityError> {
        let provided = self.rules.provided(self.stairs, load);
        provided.map(|provided| provided.units).ok_or(CapacityError::TooMany { load, most: u32::MAX })
    }

    /// The `index`th month, 0 the first.
    ///
    /// # Errors
    /// A figure out of range, or a load beyond any number of units.
    pub fn month(&self, index: u32) -> Result<MonthPlan, CapacityError> {
        self.check()?;
        let month = self.demand.start.plus(i32::try_from(index).unwrap_or(i32::MAX / 2));
        let season = self.demand.month_of_year(index);
        let loads: Vec<f64> = (0..HOURS).map(|hour| self.load(index, hour)).collect();
        let training: Vec<u32> = (0..HOURS)
            .map(|hour| self.retraining.iter().fold(0u32, |sum, run| sum.saturating_add(run.units_at(season, hour))))
            .collect();
        let mut needed = Vec::with_capacity(HOURS);
        let mut by_rules = Vec::with_capacity(HOURS);
        for (load, training) in loads.iter().zip(&training) {
            let alone =
                self.stairs.units_needed(*load).ok_or(CapacityError::TooMany { load: *load, most: u32::MAX })?;
            needed.push(alone.saturating_add(*training));
            by_rules.push(self.units(*load)?.saturating_add(*training));
        }
        let provided = self.provided(&loads, &training, &by_rules)?;
        let counts = hours_of_month(month, self.zone);
        Ok(self.told(month, &Hours { loads, training, needed, by_rules, provided, counts }))
    }

    fn provided(&self, loads: &[f64], training: &[u32], by_rules: &[u32]) -> Result<Vec<u32>, CapacityError> {
        match self.provision {
            Provision::Stated(units) => Ok(vec![units; HOURS]),
            Provision::Peak => Ok(vec![by_rules.iter().copied().max().unwrap_or(0); HOURS]),
            Provision::Hourly { lag_min, min_units } => (0..HOURS)
                .map(|hour| {
                    let growth = (loads[(hour + 1) % HOURS] - loads[hour]).max(0.0) / 60.0;
                    let serving = self.units(loads[hour] + growth * lag_min)?.max(min_units);
                    Ok(serving.saturating_add(training[hour]))
                })
                .collect(),
        }
    }

    fn told(&self, month: Month, hours: &Hours) -> MonthPlan {
        let resource = self.stairs.resource();
        let (mut load_hours, mut full_hours, mut unit_hours, mut training_unit_hours) = (0.0, 0.0, 0.0, 0.0);
        let (mut hours_short, mut hours_overloaded) = (0, 0);
        let mut headroom: Option<f64> = None;
        let mut peak = 0;
        for hour in 0..HOURS {
            let count = f64::from(hours.counts[hour]);
            let training = hours.training[hour].min(hours.provided[hour]);
            let serving = hours.provided[hour] - training;
            load_hours += hours.loads[hour] * count;
            full_hours += resource.full_load(serving) * count;
            unit_hours += f64::from(hours.provided[hour]) * count;
            training_unit_hours += f64::from(training) * count;
            hours_short += if hours.provided[hour] < hours.by_rules[hour] { hours.counts[hour] } else { 0 };
            hours_overloaded += if hours.provided[hour] < hours.needed[hour] { hours.counts[hour] } else { 0 };
            let carried = self.stairs.most_load(serving);
            if carried > 0.0 {
                let spare = 1.0 - hours.loads[hour] / carried;
                headroom = Some(headroom.map_or(spare, |least| least.min(spare)));
            }
            peak = if hours.loads[hour] > hours.loads[peak] { hour } else { peak };
        }
        MonthPlan {
            month,
            mean_load: hours.loads.iter().sum::<f64>() / HOURS as f64,
            peak_load: hours.loads[peak],
            needed: hours.needed.clone(),
            by_rules: hours.by_rules.clone(),
            provided: hours.provided.clone(),
            unit_hours,
            training_unit_hours,
            utilisation: (full_hours > 0.0).then(|| load_hours / full_hours),
            headroom,
            hours_short,
            hours_overloaded,
            latency: self.latency(hours.loads[peak], hours.provided[peak].saturating_sub(hours.training[peak])),
        }
    }

    /// In one region, with all regions at work.
    fn latency(&self, load: f64, units: u32) -> Option<Latency> {
        let (Resource::Pool(pool), Some(prefill_s)) = (self.stairs.resource(), self.prefill_s) else { return None };
        let regions = self.rules.regions.max(1);
        // Wrong figures were refused before; what remains is a pool that cannot keep up.
        pool.latency(units / regions, load / f64::from(regions), prefill_s).ok().flatten()
    }

    /// So many months, and the first of them with fewer units than the rules ask for.
    ///
    /// # Errors
    /// As [`Self::month`].
    pub fn run(&self, months: u32) -> Result<(Vec<MonthPlan>, Option<Month>), CapacityError> {
        let plans = (0..months).map(|index| self.month(index)).collect::<Result<Vec<_>, _>>()?;
        let short = plans.iter().find(|plan| plan.hours_short > 0).map(|plan| plan.month);
        Ok((plans, short))
    }
}

/// The hours of a month.
struct Hours {
    loads: Vec<f64>,
    training: Vec<u32>,
    needed: Vec<u32>,
    by_rules: Vec<u32>,
    provided: Vec<u32>,
    counts: Vec<u32>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capacity::{Pool, Routing, Service, Target, Week, even_season};
    use proptest::prelude::*;

    fn demand(growth_per_month: f64, week: Week) -> Demand {
        Demand {
            start: "2026-11".parse().unwrap(),
            arrivals_per_s: 40.0,
            growth_per_month,
            season: even_season(),
            week,
            input: None,
            output: None,
        }
    }

    fn tens() -> Staircase {
        Staircase::up_to(Resource::per_unit(10.0, 1.0).unwrap(), 100.0).unwrap()
    }

    fn plan<'a>(demand: &'a Demand, stairs: &'a Staircase, provision: Provision) -> Plan<'a> {
        Plan {
            demand,
            stairs,
            load_per_arrival: 1.0,
            rules: Rules::default(),
            provision,
            retraining: &[],
            prefill_s: None,
            zone: Zone::UTC,
        }
    }

    /// 60 by day (12 hours) and 20 by night: mean 40.
    fn two_shifts() -> Week {
        let day: Vec<f64> = (0..24).map(|hour| if hour < 12 { 60.0 } else { 20.0 }).collect();
        Week::new(&day).unwrap()
    }

    #[test]
    fn six_by_day_and_two_by_night() {
        let (demand, stairs) = (demand(0.0, two_shifts()), tens());
        let fixed = plan(&demand, &stairs, Provision::Peak).month(0).unwrap();
        assert_eq!((fixed.needed[0], fixed.needed[12], fixed.provided[12]), (6, 2, 6));
        assert!((fixed.unit_hours - 6.0 * 720.0).abs() < 1e-9, "November has 720 hours");
        assert!((fixed.utilisation.unwrap() - 40.0 / 60.0).abs() < 1e-12);
        assert!(fixed.headroom.unwrap().abs() < 1e-12, "60 of 60 by day");
        let hourly = plan(&demand, &stairs, Provision::Hourly { lag_min: 0.0, min_units: 1 }).month(0).unwrap();
        assert!((hourly.unit_hours - 4.0 * 720.0).abs() < 1e-9);
        // 40 more within an hour, 15 minutes ahead: 10 more in the hour before the morning.
        let late = plan(&demand, &stairs, Provision::Hourly { lag_min: 15.0, min_units: 1 }).month(0).unwrap();
        assert_eq!((late.provided[22], late.provided[23]), (2, 3));
    }

    #[test]
    fn a_stated_number_is_short_one_day() {
        // 60 at the peak, a tenth more each month, 7 units of 10: 66 in December, 72.6 in January.
        let (demand, stairs) = (demand(0.1, two_shifts()), tens());
        let (months, short) = plan(&demand, &stairs, Provision::Stated(7)).run(4).unwrap();
        assert_eq!(short, Some("2027-01".parse().unwrap()));
        assert_eq!((months[1].hours_short, months[2].hours_short), (0, 31 * 12));
        assert!(months[2].headroom.unwrap() < 0.0 && months[1].headroom.unwrap() > 0.0);
        let spare = Plan { rules: Rules::new(1, 1).unwrap(), ..plan(&demand, &stairs, Provision::Stated(7)) };
        let (months, short) = spare.run(2).unwrap();
        assert_eq!(short, Some("2026-12".parse().unwrap()), "with a spare it is short a month earlier");
        assert_eq!(months[1].hours_overloaded, 0, "but not overloaded");
    }

    #[test]
    fn training_takes_units_of_its_own() {
        let (demand, stairs) = (demand(0.0, Week::even()), tens());
        let run = [Retraining::of_size(30.0, 0, 10, [true; 12]).unwrap()];
        let with =
            Plan { retraining: &run, ..plan(&demand, &stairs, Provision::Hourly { lag_min: 0.0, min_units: 1 }) };
        let month = with.month(0).unwrap();
        assert_eq!((month.provided[0], month.provided[9], month.provided[10]), (7, 7, 4));
        // Mondays in November 2026: 2, 9, 16, 23 and 30, ten hours of three units each.
        assert!((month.training_unit_hours - 150.0).abs() < 1e-9);
        assert!((month.utilisation.unwrap() - 1.0).abs() < 1e-12, "four units carry 40 of 40");
    }

    #[test]
    fn hours_of_a_month_are_all_there() {
        let berlin: Zone = "Europe/Berlin".parse().unwrap();
        let counts = |month: &str, zone| hours_of_month(month.parse().unwrap(), zone);
        assert_eq!(counts("2026-11", Zone::UTC).iter().sum::<u32>(), 720);
        assert_eq!(counts("2026-10", berlin).iter().sum::<u32>(), 745, "an hour comes twice");
        assert_eq!(counts("2026-03", berlin).iter().sum::<u32>(), 743, "an hour is skipped");
        assert_eq!(counts("2026-10", berlin)[6 * 24 + 2], 5, "four Sundays, and 02:00 twice on one");
    }

    #[test]
    fn a_pool_has_a_range_of_latency() {
        let service =
            Service { service_s: 10.0, slots: 16, arrival_scv: 1.0, service_scv: 1.0, routing: Routing::Pooled };
        let pool = Pool::new(service, Target { wait_s: 1.0, percentile: 0.95, max_occupancy: 0.9 }).unwrap();
        let demand = demand(0.0, two_shifts());
        let stairs = Staircase::up_to(Resource::Pool(pool), 60.0).unwrap();
        let plan = Plan { prefill_s: Some((0.3, 0.9)), ..plan(&demand, &stairs, Provision::Peak) };
        let month = plan.month(0).unwrap();
        // 600 erlangs at 90 %: 667 slots, 42 replicas.
        assert_eq!(month.provided[0], 42);
        let latency = month.latency.unwrap();
        assert!(latency.low_s >= 0.3 && latency.low_s <= 1.3 && latency.high_s >= latency.low_s, "{latency:?}");
        let short = Plan { provision: Provision::Stated(30), ..plan }.month(0).unwrap();
        assert_eq!(short.latency, None, "480 slots do not keep up with 600 erlangs");
    }

    proptest! {
        #[test]
        fn provided_by_the_rules_is_never_short(
            day in proptest::collection::vec(0.1..100.0f64, 24), growth in -0.2..0.5f64, spare in 0..3u32,
            regions in 1..5u32, index in 0..24u32, lag_min in 0.0..60.0f64, fixed: bool,
        ) {
            let demand = demand(growth, Week::new(&day).unwrap());
            let stairs = tens();
            let provision = if fixed { Provision::Peak } else { Provision::Hourly { lag_min, min_units: 1 } };
            let plan = Plan { rules: Rules::new(spare, regions).unwrap(), ..plan(&demand, &stairs, provision) };
            let month = plan.month(index).unwrap();
            prop_assert_eq!((month.hours_short, month.hours_overloaded), (0, 0));
            prop_assert!(month.headroom.unwrap() >= -1e-12);
            let utilisation = month.utilisation.unwrap();
            prop_assert!(utilisation > 0.0 && utilisation <= 1.0 + 1e-12);
            prop_assert!(month.unit_hours.is_finite() && month.unit_hours > 0.0);
        }
    }
}
