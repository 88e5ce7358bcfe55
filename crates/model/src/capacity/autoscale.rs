//! Capacity that follows the load: the rule of a horizontal autoscaler, what its lag costs in headroom, and a run
//! through the hours beside fixed capacity for the peak.

use std::collections::VecDeque;

use super::CapacityError;
use super::error::{amount, counted, positive, some_share};

/// Share by which the metric may be off its target without action: the default of Kubernetes.
pub const TOLERANCE: f64 = 0.1;
/// Minutes for which the largest wish holds before units are taken away: the default of Kubernetes.
pub const SCALE_DOWN_MIN: f64 = 5.0;
/// Most hours that a run goes through: a leap year.
const MOST_HOURS: usize = 8_784;

/// What an autoscaler wishes for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Wish {
    /// Replicas wanted.
    pub replicas: u32,
    /// Metric ÷ target.
    pub ratio: f64,
    /// Whether the ratio lies outside of the tolerance.
    pub acts: bool,
}

/// `⌈replicas × metric ÷ target⌉`, and no action while the ratio is within `tolerance` of 1 (Kubernetes, horizontal pod
/// autoscaling, *algorithm details*).
///
/// # Errors
/// No replica, a metric that is negative or no number, a target that is not above 0, a tolerance that is negative, or
/// more replicas than can be counted.
pub fn hpa(replicas: u32, metric: f64, target: f64, tolerance: f64) -> Result<Wish, CapacityError> {
    let current = f64::from(counted("replicas", replicas)?);
    let ratio = amount("metric", metric)? / positive("target", target)?;
    amount("tolerance", tolerance)?;
    // A ratio such as 1.1 is a last binary digit off; it counts as inside.
    if (ratio - 1.0).abs() <= tolerance + 1e-12 {
        return Ok(Wish { replicas, ratio, acts: false });
    }
    let wanted = whole(current * ratio);
    if wanted > f64::from(u32::MAX) {
        return Err(CapacityError::TooMany { load: wanted, most: u32::MAX });
    }
    Ok(Wish { replicas: wanted as u32, ratio, acts: true })
}

/// Rounded up, but not for the last binary digit of a quotient.
fn whole(units: f64) -> f64 {
    (units * (1.0 - 1e-12)).ceil().max(0.0)
}

/// Minutes from load to a unit that serves it.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Lag {
    /// Until the load is noticed.
    pub detect_min: f64,
    /// Until the machine is there.
    pub provision_min: f64,
    /// Until the image is pulled.
    pub image_min: f64,
    /// Until the weights are read and in the GPU's memory.
    pub weights_min: f64,
    /// Until graphs and caches are warm.
    pub warm_up_min: f64,
}

impl Lag {
    /// All of it.
    ///
    /// # Errors
    /// A figure that is negative or no number.
    pub fn minutes(&self) -> Result<f64, CapacityError> {
        Ok(amount("detect_min", self.detect_min)?
            + amount("provision_min", self.provision_min)?
            + amount("image_min", self.image_min)?
            + amount("weights_min", self.weights_min)?
            + amount("warm_up_min", self.warm_up_min)?)
    }

    /// Load that grows before a new unit serves: growth per minute × lag. So much must be free at any time.
    ///
    /// # Errors
    /// A figure that is negative or no number.
    pub fn headroom(&self, growth_per_min: f64) -> Result<f64, CapacityError> {
        Ok(amount("growth_per_min", growth_per_min)? * self.minutes()?)
    }
}

/// An autoscaler.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Autoscaler {
    /// Load that one unit carries.
    pub per_unit: f64,
    /// Share of it that the autoscaler aims at.
    pub target_utilisation: f64,
    /// Share by which the metric may be off without action.
    pub tolerance: f64,
    /// Minutes until a new unit serves.
    pub lag: Lag,
    /// Minutes for which the largest wish holds before units are taken away.
    pub scale_down_min: f64,
    /// Fewest units, 1 or more.
    pub min_units: u32,
    /// Most units.
    pub max_units: u32,
}

/// What a run comes to.
#[derive(Debug, Clone, PartialEq)]
pub struct Autoscaled {
    /// Unit-hours paid: from the moment a unit is asked for.
    pub unit_hours: f64,
    /// Unit-hours of a fixed number of units, enough for the peak at the same utilisation.
    pub fixed_unit_hours: f64,
    /// That number.
    pub fixed_units: u32,
    /// Mean units paid by hour.
    pub by_hour: Vec<f64>,
    /// Fewest and most units at any time.
    pub lowest_units: u32,
    /// Most units at any time.
    pub highest_units: u32,
    /// Minutes in which the load was more than the units that served.
    pub short_minutes: u32,
    /// Load without a unit, at the worst minute.
    pub worst_shortage: f64,
    /// Load that must be free so that the steepest growth of the hours is met in time.
    pub lag_headroom: f64,
}

impl Autoscaler {
    fn check(&self) -> Result<(), CapacityError> {
        positive("per_unit", self.per_unit)?;
        some_share("target_utilisation", self.target_utilisation)?;
        amount("tolerance", self.tolerance)?;
        amount("scale_down_min", self.scale_down_min)?;
        counted("min_units", self.min_units)?;
        if self.max_units < self.min_units {
            let expected = "at least min_units";
            return Err(CapacityError::Figure { field: "max_units", found: self.max_units.to_string(), expected });
        }
        let lag = self.lag.minutes()?;
        if lag > 1_440.0 || self.scale_down_min > 1_440.0 {
            let expected = "at most a day";
            return Err(CapacityError::Figure { field: "lag", found: format!("{lag} minutes"), expected });
        }
        Ok(())
    }

    fn wish(&self, load: f64) -> f64 {
        whole(load / (self.per_unit * self.target_utilisation))
    }

    /// Runs minute by minute through mean loads by hour, taken as a cycle that was there before. Between the middles of
    /// two hours the load goes straight. Units that start count as units (they are paid, and the rule waits for them);
    /// only ready ones serve.
    ///
    /// # Errors
    /// A figure out of range, no hour or more than a leap year of them, or a peak beyond any number of units.
    pub fn run(&self, load_by_hour: &[f64]) -> Result<Autoscaled, CapacityError> {
        self.check()?;
        for load in load_by_hour {
            amount("load", *load)?;
        }
        if load_by_hour.is_empty() || load_by_hour.len() > MOST_HOURS {
            let found = format!("{} hours", load_by_hour.len());
            return Err(CapacityError::Figure { field: "load", found, expected: "1 to 8784 hours" });
        }
        let peak = load_by_hour.iter().copied().fold(0.0, f64::max);
        let fixed = self.wish(peak).max(f64::from(self.min_units));
        if fixed > f64::from(u32::MAX) {
            return Err(CapacityError::TooMany { load: peak, most: u32::MAX });
        }
        let mut state = State::new(self, at_minute(load_by_hour, 0));
        let minutes = load_by_hour.len() * 60;
        for minute in 0..minutes {
            state.step(self, at_minute(load_by_hour, minute));
        }
        let mut found = Autoscaled {
            unit_hours: 0.0,
            fixed_unit_hours: fixed * load_by_hour.len() as f64,
            fixed_units: fixed as u32,
            by_hour: vec![0.0; load_by_hour.len()],
            lowest_units: u32::MAX,
            highest_units: 0,
            short_minutes: 0,
            worst_shortage: 0.0,
            lag_headroom: self.lag.headroom(growth_per_min(load_by_hour))?,
        };
        for minute in 0..minutes {
            let load = at_minute(load_by_hour, minute);
            state.step(self, load);
            let shortage = load - f64::from(state.ready) * self.per_unit;
            // Within a last digit of the load nobody waits.
            if shortage > load * 1e-9 {
                found.short_minutes += 1;
                found.worst_shortage = found.worst_shortage.max(shortage);
            }
            found.by_hour[minute / 60] += f64::from(state.units) / 60.0;
            found.lowest_units = found.lowest_units.min(state.units);
            found.highest_units = found.highest_units.max(state.units);
        }
        found.unit_hours = found.by_hour.iter().sum();
        Ok(found)
    }
}

/// Steepest growth from the middle of one hour to that of the next, per minute, over the cycle.
#[must_use]
pub fn growth_per_min(load_by_hour: &[f64]) -> f64 {
    let next = load_by_hour.iter().cycle().skip(1);
    load_by_hour.iter().zip(next).map(|(load, next)| (next - load) / 60.0).fold(0.0, f64::max)
}

/// Load in the middle of a minute.
fn at_minute(load_by_hour: &[f64], minute: usize) -> f64 {
    let (hours, place) = (load_by_hour.len(), minute as f64 + 0.5);
    let (hour, within) = (minute / 60, place - (minute / 60 * 60) as f64);
    let (from, to, since) = if within < 30.0 {
        (load_by_hour[(hour + hours - 1) % hours], load_by_hour[hour], within + 30.0)
    } else {
        (load_by_hour[hour], load_by_hour[(hour + 1) % hours], within - 30.0)
    };
    from + (to - from) * since / 60.0
}

/// Units of a run.
struct State {
    /// All that are paid.
    units: u32,
    /// Those that serve.
    ready: u32,
    /// Minute from which a batch of units serves.
    starting: VecDeque<(f64, u32)>,
    /// Wishes of the last minutes.
    wishes: VecDeque<(f64, u32)>,
    minute: f64,
    lag: f64,
}

impl State {
    fn new(scaler: &Autoscaler, load: f64) -> Self {
        let units = clamped(scaler, scaler.wish(load));
        let lag = scaler.lag.minutes().unwrap_or(0.0);
        Self { units, ready: units, starting: VecDeque::new(), wishes: VecDeque::new(), minute: 0.0, lag }
    }

    fn step(&mut self, scaler: &Autoscaler, load: f64) {
        let ratio = load / (f64::from(self.units) * scaler.per_unit * scaler.target_utilisation);
        let wish = if (ratio - 1.0).abs() <= scaler.tolerance + 1e-12 {
            self.units
        } else {
            clamped(scaler, scaler.wish(load))
        };
        self.wishes.push_back((self.minute, wish));
        while self.wishes.front().is_some_and(|(at, _)| *at < self.minute - scaler.scale_down_min) {
            self.wishes.pop_front();
        }
        if wish > self.units {
            self.starting.push_back((self.minute + self.lag, wish - self.units));
            self.units = wish;
        } else {
            let kept = self.wishes.iter().map(|(_, wish)| *wish).max().unwrap_or(wish).min(self.units);
            self.shrink(self.units - kept);
        }
        while let Some((_, units)) = self.starting.pop_front_if(|(at, _)| *at <= self.minute) {
            self.ready += units;
        }
        self.minute += 1.0;
    }

    /// Takes units away, those that do not serve yet first.
    fn shrink(&mut self, mut fewer: u32) {
        self.units -= fewer;
        while fewer > 0 {
            let Some((at, starting)) = self.starting.pop_back() else {
                self.ready -= fewer;
                return;
            };
            if starting > fewer {
                self.starting.push_back((at, starting - fewer));
            }
            fewer = fewer.saturating_sub(starting);
        }
    }
}

fn clamped(scaler: &Autoscaler, wish: f64) -> u32 {
    wish.clamp(f64::from(scaler.min_units), f64::from(scaler.max_units)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_rule_of_kubernetes() {
        // Both from the Kubernetes documentation and its tests (domain §3): 1 pod at 200m of 100m, 2 at 1000m of 200m.
        assert_eq!(hpa(1, 200.0, 100.0, TOLERANCE).unwrap().replicas, 2);
        assert_eq!(hpa(2, 1_000.0, 200.0, TOLERANCE).unwrap().replicas, 10);
        assert_eq!(hpa(4, 50.0, 100.0, TOLERANCE).unwrap().replicas, 2, "half of the metric halves");
        let inside = hpa(10, 110.0, 100.0, TOLERANCE).unwrap();
        assert_eq!((inside.replicas, inside.acts), (10, false), "a tenth off is within the tolerance");
        assert_eq!(hpa(10, 111.0, 100.0, TOLERANCE).unwrap().replicas, 12);
        assert_eq!(hpa(3, 0.0, 100.0, TOLERANCE).unwrap().replicas, 0);
        assert!(hpa(0, 1.0, 1.0, TOLERANCE).is_err());
        assert!(hpa(1, f64::NAN, 1.0, TOLERANCE).is_err());
        assert!(hpa(u32::MAX, 1e9, 1.0, TOLERANCE).is_err());
    }

    fn lag(minutes: f64) -> Lag {
        Lag { detect_min: minutes, ..Lag::default() }
    }

    fn scaler(lag: Lag) -> Autoscaler {
        Autoscaler {
            per_unit: 10.0,
            target_utilisation: 1.0,
            tolerance: 0.0,
            lag,
            scale_down_min: 0.0,
            min_units: 1,
            max_units: 1_000,
        }
    }

    #[test]
    fn headroom_is_growth_times_lag() {
        // A cold start of 1 + 2 + 1.5 + 3 + 0.5 minutes while load grows by 12 a minute.
        let lag = Lag { detect_min: 1.0, provision_min: 2.0, image_min: 1.5, weights_min: 3.0, warm_up_min: 0.5 };
        assert!((lag.headroom(12.0).unwrap() - 96.0).abs() < 1e-12);
        assert!(Lag { image_min: f64::NAN, ..lag }.minutes().is_err());
    }

    #[test]
    fn without_lag_it_follows_the_load() {
        // Half of a day at 100 and half at 20: 10 units and 2, and the ramp between them.
        let load: Vec<f64> = (0..24).map(|hour| if hour < 12 { 100.0 } else { 20.0 }).collect();
        let run = scaler(Lag::default()).run(&load).unwrap();
        assert_eq!((run.fixed_units, run.highest_units, run.lowest_units), (10, 10, 2));
        assert!((run.fixed_unit_hours - 240.0).abs() < 1e-12);
        assert_eq!(run.short_minutes, 0);
        // 12 × 10 + 12 × 2 = 144, and at most half a unit for each of the two hours of ramp and each step.
        assert!((144.0..=146.0).contains(&run.unit_hours), "{}", run.unit_hours);
        assert!((run.lag_headroom).abs() < 1e-12);
    }

    #[test]
    fn lag_leaves_a_ramp_short() {
        let load = [20.0, 20.0, 80.0, 80.0];
        let quick = scaler(lag(0.0)).run(&load).unwrap();
        let slow = scaler(lag(15.0)).run(&load).unwrap();
        assert_eq!(quick.short_minutes, 0);
        assert!(slow.short_minutes > 30, "{}", slow.short_minutes);
        // Load grows by one a minute: 15 minutes later it is 15 ahead, and a started unit carries 10 of them.
        assert!((slow.lag_headroom - 15.0).abs() < 1e-12);
        assert!(slow.worst_shortage <= 15.0 + 1e-9 && slow.worst_shortage > 4.0, "{}", slow.worst_shortage);
    }

    #[test]
    fn headroom_by_the_rule_is_enough() {
        // Aiming at 80 of 80 + 15: the headroom that lag asks for.
        let load = [20.0, 20.0, 80.0, 80.0];
        let mut with_room = scaler(lag(15.0));
        with_room.target_utilisation = 20.0 / 35.0;
        assert_eq!(with_room.run(&load).unwrap().short_minutes, 0);
    }

    #[test]
    fn bad_figures_are_refused() {
        assert!(scaler(Lag::default()).run(&[]).is_err());
        assert!(scaler(Lag::default()).run(&[1.0, f64::NAN]).is_err());
        assert!(Autoscaler { max_units: 0, ..scaler(Lag::default()) }.run(&[1.0]).is_err());
        assert!(Autoscaler { min_units: 0, ..scaler(Lag::default()) }.run(&[1.0]).is_err());
        assert!(scaler(lag(2_000.0)).run(&[1.0]).is_err());
    }

    proptest! {
        #[test]
        fn never_more_than_the_fixed_peak_and_never_too_few(
            load in proptest::collection::vec(0.0..500.0f64, 1..12), lag_min in 0.0..30.0f64,
            tolerance in 0.0..0.3f64, target in 0.3..1.0f64, down in 0.0..20.0f64,
        ) {
            let scaler =
                Autoscaler { tolerance, target_utilisation: target, scale_down_min: down, ..scaler(lag(lag_min)) };
            let run = scaler.run(&load).unwrap();
            prop_assert!(run.highest_units <= run.fixed_units);
            prop_assert!(run.lowest_units >= 1);
            prop_assert!(run.unit_hours <= run.fixed_unit_hours + 1e-6);
            prop_assert!(run.worst_shortage >= 0.0 && run.worst_shortage.is_finite());
            let mean = load.iter().sum::<f64>() / load.len() as f64;
            prop_assert!(run.by_hour.iter().all(|units| units.is_finite() && *units >= 1.0) && mean.is_finite());
        }
    }
}
