//! A month of a scenario hour by hour of its week: what each fleet, and each further line with units, is asked for, and
//! what it has.

use super::{Component, Inputs, OtherLine, OwnGpus, Serving, Sheet, UnitPrice, month};

/// Hours of a week.
const HOURS: usize = 168;

/// An hour of the week, as the mean over the month.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct HourOfWeek {
    /// GPUs of a fleet, or units of a further line, that the load keeps busy, batch work in the quiet hours that it may
    /// use; above `provided_units` it is too much.
    pub demand_units: f64,
    /// GPUs or units at hand.
    pub provided_units: f64,
}

impl HourOfWeek {
    /// Demand ÷ provided in percent: 0 without demand, `None` where there is demand and nothing at hand.
    #[must_use]
    pub fn percent(self) -> Option<f64> {
        match (self.provided_units > 0.0, self.demand_units > 0.0) {
            (true, _) => Some(100.0 * self.demand_units / self.provided_units),
            (false, true) => None,
            (false, false) => Some(0.0),
        }
    }

    /// Two fleets together.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self {
            demand_units: self.demand_units + other.demand_units,
            provided_units: self.provided_units + other.provided_units,
        }
    }
}

/// The week of a fleet.
#[derive(Debug, Clone, PartialEq)]
pub struct FleetWeek {
    /// Index of its component.
    pub component: usize,
    /// 168 hours from Monday 00:00, in the zone of the component's load.
    pub hours: Vec<HourOfWeek>,
}

/// The week of every fleet in the `index`th month, 0 the first: the same load and the same GPUs as in
/// [`month()`](super::month()), in the order of the components.
///
/// demand of an hour = GPUs asked for on average × load of the hour ÷ mean load; while a fleet is live for a part of the month,
/// both are those of that part. GPUs that follow the hours are counted hour by hour.
#[must_use]
pub fn week(inputs: &Inputs, index: u32) -> Vec<FleetWeek> {
    let mut sheet = Sheet::default();
    month(inputs, index, &mut sheet);
    let fleet = |(place, component): (usize, &Component)| {
        let (Serving::OwnGpus(gpus), Some(capacity)) = (&component.serving, sheet.capacity[place]) else { return None };
        let busy = sheet.asked_gpus[place];
        let hour = |hour: usize| {
            let demand_units = busy * component.load.placed(hour);
            let provided_units = match follows_hours(gpus, busy) {
                true => at_hand(gpus, demand_units, index),
                false => f64::from(capacity.gpus_provided),
            };
            HourOfWeek { demand_units, provided_units }
        };
        Some(FleetWeek { component: place, hours: (0..HOURS).map(hour).collect() })
    };
    inputs.components.iter().enumerate().filter_map(fleet).collect()
}

/// The week of a further line whose units have a capacity.
#[derive(Debug, Clone, PartialEq)]
pub struct LineWeek {
    /// Index of the line among the further lines.
    pub line: usize,
    /// 168 hours from Monday 00:00, in the zone of the components' load.
    pub hours: Vec<HourOfWeek>,
}

/// The week of every further line with units in the `index`th month, 0 the first: the same load and units as in
/// [`month()`](super::month()), in the order of the lines.
///
/// demand of an hour = requests a second ÷ requests a second of a unit × Σ share × load of the hour, replicas and copies
/// included. The month counts units for the sum of the components' own peaks; no hour asks for more than that.
#[must_use]
pub fn week_of_units(inputs: &Inputs, index: u32) -> Vec<LineWeek> {
    let mut sheet = Sheet::default();
    let totals = month(inputs, index, &mut sheet);
    let shares: f64 = inputs.components.iter().map(|component| component.share).sum();
    let placed = |hour: usize| -> f64 {
        let load = inputs.components.iter().map(|component| component.share * component.load.placed(hour));
        if shares > 0.0 { load.sum() } else { 1.0 }
    };
    let line = |(place, line): (usize, &OtherLine)| {
        let (price, units) = (line.units?, (*sheet.units.get(place)?)?);
        let busy = line_load(inputs, price, totals.requests, inputs.hours(index));
        let each = f64::from(price.replicas.saturating_add(1).saturating_mul(line.copies));
        let provided_units = f64::from(units.provided);
        let hour = |hour: usize| HourOfWeek { demand_units: busy * placed(hour) * each, provided_units };
        Some(LineWeek { line: place, hours: (0..HOURS).map(hour).collect() })
    };
    inputs.other.iter().enumerate().filter_map(line).collect()
}

/// Units that the mean load of a month keeps busy.
fn line_load(inputs: &Inputs, price: UnitPrice, requests: f64, hours: f64) -> f64 {
    requests * (1.0 + inputs.demand.retry_share) / (hours * 3600.0 * price.requests_per_s_per_unit)
}

fn follows_hours(gpus: &OwnGpus, busy: f64) -> bool {
    gpus.is_autoscaled && gpus.stated_gpus.is_none() && busy > 0.0
}

/// GPUs of an hour that has what it needs, commitments at the least.
fn at_hand(gpus: &OwnGpus, demand_units: f64, index: u32) -> f64 {
    let needed = gpus.units(demand_units).saturating_mul(gpus.gpus_per_unit);
    let wanted = needed.saturating_add(gpus.spare_units.saturating_mul(gpus.gpus_per_unit));
    f64::from(wanted.max(gpus.committed(index).0))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::properties::scenarios;
    use super::super::tests::inputs;
    use super::super::{Evidence, Load, OwnGpus};
    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(100))]

        /// The busiest hour is what the month says of it, whatever moves between the components.
        #[test]
        fn the_busiest_hour_has_the_headroom_of_the_month(inputs in scenarios(), index in 0..6u32) {
            let mut sheet = Sheet::default();
            month(&inputs, index, &mut sheet);
            for fleet in week(&inputs, index) {
                let capacity = sheet.capacity[fleet.component].unwrap();
                let found = fleet.hours.iter().all(|hour| hour.demand_units >= 0.0 && hour.demand_units.is_finite());
                prop_assert!(found, "finite and never negative");
                let Serving::OwnGpus(gpus) = &inputs.components[fleet.component].serving else { continue };
                let busiest = fleet.hours.iter().copied().max_by(|a, b| a.demand_units.total_cmp(&b.demand_units));
                let Some(percent) = busiest.and_then(HourOfWeek::percent) else {
                    prop_assert_eq!(capacity.headroom, -1.0);
                    continue;
                };
                if capacity.gpus_provided > 0 && !gpus.is_autoscaled {
                    let headroom = 1.0 - percent / 100.0;
                    prop_assert!((headroom - capacity.headroom).abs() <= 1e-9 * percent.max(1.0), "{headroom} {capacity:?}");
                }
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(100))]

        /// Where a line has what it needs, no hour asks for more than the month counted units for (a million at the most, so
        /// each takes a lot).
        #[test]
        fn no_hour_asks_for_more_units_than_the_month_counts(inputs in scenarios(), index in 0..6u32) {
            let mut inputs = inputs;
            let units = UnitPrice { requests_per_s_per_unit: 1e6, stated_units: None, ..UNITS };
            inputs.other.push(OtherLine { units: Some(units), ..OtherLine::named("database", Evidence::Assumed) });
            let found = week_of_units(&inputs, index);
            let database = found.iter().find(|each| each.line == inputs.other.len() - 1).unwrap();
            for hour in &database.hours {
                prop_assert!(hour.demand_units >= 0.0 && hour.demand_units <= hour.provided_units * (1.0 + 1e-9), "{hour:?}");
            }
        }
    }

    const UNITS: UnitPrice = UnitPrice {
        requests_per_s_per_unit: 0.2,
        usd_per_unit_month: 50.0,
        spare_units: 0,
        stated_units: Some(2),
        replicas: 1,
    };

    /// 1 M requests in 720 hours are 0.386 a second, by day 0.579: 2.894 units of 0.2 by day and none at night. Each with a
    /// replica: 5.787 of the 4 that are there.
    #[test]
    fn units_of_a_line_by_hour() {
        let mut inputs = day_and_night(OwnGpus::on_demand(10.0, 2.0));
        inputs.other = vec![
            OtherLine::named("fees", Evidence::Assumed),
            OtherLine { units: Some(UNITS), ..OtherLine::named("database", Evidence::Assumed) },
        ];
        let found = week_of_units(&inputs, 0);
        let [database] = found.as_slice() else { panic!("one line has units: {found:?}") };
        let (day, night) = (database.hours[0], database.hours[20]);
        assert_eq!((database.line, database.hours.len(), day.provided_units), (1, HOURS, 4.0));
        assert!((day.demand_units - 5.787).abs() < 0.001 && night.demand_units == 0.0, "{day:?} {night:?}");
    }

    /// Sixteen hours of load 1.5 and eight quiet ones, each day.
    fn day_and_night(gpus: OwnGpus) -> Inputs {
        let mut inputs = inputs(Serving::OwnGpus(gpus));
        let hours: Vec<f64> = (0..HOURS).map(|hour| if hour % 24 < 16 { 1.5 } else { 0.0 }).collect();
        inputs.components[0].load = Load::of_week(&hours).unwrap();
        inputs
    }

    /// 1 M requests × 100 output tokens ÷ (720 h × 3,600 s) = 38.58 tokens a second; at 10 a GPU 3.858 GPUs are busy on
    /// average and 5.787 by day.
    #[test]
    fn demand_by_hour_and_what_is_at_hand() {
        let found = week(&day_and_night(OwnGpus { stated_gpus: Some(5), ..OwnGpus::on_demand(10.0, 2.0) }), 0);
        let [fleet] = found.as_slice() else { panic!("one fleet: {found:?}") };
        assert_eq!(fleet.hours.len(), HOURS);
        let (day, night) = (fleet.hours[0], fleet.hours[20]);
        assert!((day.demand_units - 5.787).abs() < 0.001 && day.provided_units == 5.0, "{day:?}");
        assert!(day.percent().is_some_and(|percent| (percent - 115.74).abs() < 0.01), "more than there is");
        assert_eq!(night.percent(), Some(0.0));
        let mean = fleet.hours.iter().map(|hour| hour.demand_units).sum::<f64>() / 168.0;
        assert!((mean - 3.858).abs() < 0.001, "the hours' mean is the month's: {mean}");
    }

    #[test]
    fn gpus_that_follow_the_hours_are_counted_hour_by_hour() {
        let found = week(&day_and_night(OwnGpus { is_autoscaled: true, ..OwnGpus::on_demand(10.0, 2.0) }), 0);
        assert_eq!((found[0].hours[0].provided_units, found[0].hours[20].provided_units), (6.0, 0.0));
    }

    #[test]
    fn demand_without_a_gpu_is_no_percentage() {
        let none = week(&day_and_night(OwnGpus { stated_gpus: Some(0), ..OwnGpus::on_demand(10.0, 2.0) }), 0);
        assert_eq!(none[0].hours[0].percent(), None);
        assert!((none[0].hours[0].demand_units - 5.787).abs() < 0.001, "it is still asked for");
        assert_eq!(none[0].hours[20].percent(), Some(0.0));
    }
}
