//! A month of a scenario hour by hour of its week: what each fleet is asked for, and what it has.

use super::{Component, Inputs, OwnGpus, Serving, Sheet, month};

/// Hours of a week.
const HOURS: usize = 168;

/// An hour of the week, as the mean over the month.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct HourOfWeek {
    /// GPUs that the load keeps busy, batch work in the quiet hours that it may use; above `provided_gpus` it is too much.
    pub demand_gpus: f64,
    /// GPUs at hand.
    pub provided_gpus: f64,
}

impl HourOfWeek {
    /// Demand ÷ provided in percent: 0 without demand, `None` where there is demand and nothing at hand.
    #[must_use]
    pub fn percent(self) -> Option<f64> {
        match (self.provided_gpus > 0.0, self.demand_gpus > 0.0) {
            (true, _) => Some(100.0 * self.demand_gpus / self.provided_gpus),
            (false, true) => None,
            (false, false) => Some(0.0),
        }
    }

    /// Two fleets together.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self {
            demand_gpus: self.demand_gpus + other.demand_gpus,
            provided_gpus: self.provided_gpus + other.provided_gpus,
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
            let demand_gpus = busy * component.load.placed(hour);
            let provided_gpus = match follows_hours(gpus, busy) {
                true => at_hand(gpus, demand_gpus, index),
                false => f64::from(capacity.gpus_provided),
            };
            HourOfWeek { demand_gpus, provided_gpus }
        };
        Some(FleetWeek { component: place, hours: (0..HOURS).map(hour).collect() })
    };
    inputs.components.iter().enumerate().filter_map(fleet).collect()
}

fn follows_hours(gpus: &OwnGpus, busy: f64) -> bool {
    gpus.is_autoscaled && gpus.stated_gpus.is_none() && busy > 0.0
}

/// GPUs of an hour that has what it needs, commitments at the least.
fn at_hand(gpus: &OwnGpus, demand_gpus: f64, index: u32) -> f64 {
    let needed = gpus.units(demand_gpus).saturating_mul(gpus.gpus_per_unit);
    let wanted = needed.saturating_add(gpus.spare_units.saturating_mul(gpus.gpus_per_unit));
    f64::from(wanted.max(gpus.committed(index).0))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::properties::scenarios;
    use super::super::tests::inputs;
    use super::super::{Load, OwnGpus};
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
                let found = fleet.hours.iter().all(|hour| hour.demand_gpus >= 0.0 && hour.demand_gpus.is_finite());
                prop_assert!(found, "finite and never negative");
                let Serving::OwnGpus(gpus) = &inputs.components[fleet.component].serving else { continue };
                let busiest = fleet.hours.iter().copied().max_by(|a, b| a.demand_gpus.total_cmp(&b.demand_gpus));
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
        assert!((day.demand_gpus - 5.787).abs() < 0.001 && day.provided_gpus == 5.0, "{day:?}");
        assert!(day.percent().is_some_and(|percent| (percent - 115.74).abs() < 0.01), "more than there is");
        assert_eq!(night.percent(), Some(0.0));
        let mean = fleet.hours.iter().map(|hour| hour.demand_gpus).sum::<f64>() / 168.0;
        assert!((mean - 3.858).abs() < 0.001, "the hours' mean is the month's: {mean}");
    }

    #[test]
    fn gpus_that_follow_the_hours_are_counted_hour_by_hour() {
        let found = week(&day_and_night(OwnGpus { is_autoscaled: true, ..OwnGpus::on_demand(10.0, 2.0) }), 0);
        assert_eq!((found[0].hours[0].provided_gpus, found[0].hours[20].provided_gpus), (6.0, 0.0));
    }

    #[test]
    fn demand_without_a_gpu_is_no_percentage() {
        let none = week(&day_and_night(OwnGpus { stated_gpus: Some(0), ..OwnGpus::on_demand(10.0, 2.0) }), 0);
        assert_eq!(none[0].hours[0].percent(), None);
        assert!((none[0].hours[0].demand_gpus - 5.787).abs() < 0.001, "it is still asked for");
        assert_eq!(none[0].hours[20].percent(), Some(0.0));
    }
}
