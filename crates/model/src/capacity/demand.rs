//! How much comes: arrivals by month and hour of the week.

use super::error::{amount, positive};
use super::{CapacityError, Lengths};
use crate::Month;
use crate::scenario::CONSUMER_CHAT_DAY;

/// Hours of a week.
pub const HOURS: usize = 168;

/// A load by hour of the week relative to its mean: 168 values from Monday 00:00 of a stated zone.
#[derive(Debug, Clone, PartialEq)]
pub struct Week {
    shape: Vec<f64>,
    peak_hour: usize,
}

impl Week {
    /// A week from loads in any unit; 24 values are a day that repeats.
    ///
    /// # Errors
    /// Another number of values, one that is negative or no number, or nothing but 0.
    pub fn new(loads: &[f64]) -> Result<Self, CapacityError> {
        if loads.len() != HOURS && loads.len() != 24 {
            let found = format!("{} values", loads.len());
            return Err(CapacityError::Figure { field: "week", found, expected: "24 or 168 values" });
        }
        for load in loads {
            amount("week", *load)?;
        }
        let mean = positive("mean of the week", loads.iter().sum::<f64>() / loads.len() as f64)?;
        let shape: Vec<f64> = (0..HOURS).map(|hour| loads[hour % loads.len()] / mean).collect();
        let peak_hour = (0..HOURS).fold(0, |peak, hour| if shape[hour] > shape[peak] { hour } else { peak });
        Ok(Self { shape, peak_hour })
    }

    /// The same load at all hours.
    #[must_use]
    pub fn even() -> Self {
        Self { shape: vec![1.0; HOURS], peak_hour: 0 }
    }

    /// The published day of a consumer chat service, hours in UTC, every day alike (DeepSeek, 2025-03-01; read off a
    /// picture to about 1 %).
    #[must_use]
    pub fn consumer_chat() -> Self {
        Self::new(&CONSUMER_CHAT_DAY).unwrap_or_else(|_| Self::even())
    }

    /// The week as it stands in a zone so many hours east of the one it was stated in.
    #[must_use]
    pub fn shifted(&self, hours_east: i32) -> Self {
        let hours = HOURS as i32;
        let from = |hour: usize| (hour as i32 - hours_east).rem_euclid(hours) as usize;
        let shape = (0..HOURS).map(|hour| self.shape[from(hour)]).collect();
        Self { shape, peak_hour: (self.peak_hour as i32 + hours_east).rem_euclid(hours) as usize }
    }

    /// Load of an hour relative to the mean of the week.
    #[must_use]
    pub fn at(&self, hour: usize) -> f64 {
        self.shape[hour % HOURS]
    }

    /// All hours.
    #[must_use]
    pub fn shape(&self) -> &[f64] {
        &self.shape
    }

    /// The first of the busiest hours.
    #[must_use]
    pub fn peak_hour(&self) -> usize {
        self.peak_hour
    }

    /// Busiest hour ÷ mean, 1 or more.
    #[must_use]
    pub fn peak_to_mean(&self) -> f64 {
        self.shape[self.peak_hour]
    }

    /// Quietest hour ÷ busiest hour, 0 to 1.
    #[must_use]
    pub fn trough_to_peak(&self) -> f64 {
        self.shape.iter().copied().fold(f64::INFINITY, f64::min) / self.peak_to_mean()
    }
}

/// Months that are all alike.
#[must_use]
pub fn even_season() -> [f64; 12] {
    [1.0; 12]
}

/// Demand over months.
#[derive(Debug, Clone, PartialEq)]
pub struct Demand {
    /// First month.
    pub start: Month,
    /// Mean arrivals per second in the first month.
    pub arrivals_per_s: f64,
    /// Growth per month; 0.06 is 6 %, above −1.
    pub growth_per_month: f64,
    /// Load of the months of the year relative to each other, January first.
    pub season: [f64; 12],
    /// Load by hour of the week.
    pub week: Week,
    /// Input tokens of a request, where known.
    pub input: Option<Lengths>,
    /// Output tokens of a request, where known.
    pub output: Option<Lengths>,
}

impl Demand {
    /// Whether it can be computed with.
    ///
    /// # Errors
    /// The first figure out of range; a season in which the first month has nothing has no scale.
    pub fn check(&self) -> Result<(), CapacityError> {
        amount("arrivals_per_s", self.arrivals_per_s)?;
        if !(self.growth_per_month > -1.0 && self.growth_per_month <= 100.0) {
            return Err(CapacityError::Figure {
                field: "growth_per_month",
                found: self.growth_per_month.to_string(),
                expected: "a share above -1 and at most 100",
            });
        }
        for factor in self.season {
            amount("season", factor)?;
        }
        positive("season of the first month", self.season[self.month_of_year(0)]).map(|_| ())
    }

    /// The month of the year, 0 is January, of the `index`th month.
    #[must_use]
    pub fn month_of_year(&self, index: u32) -> usize {
        use chrono::Datelike;
        self.start.plus(i32::try_from(index).unwrap_or(i32::MAX / 2)).first_day().month0() as usize
    }

    /// Mean arrivals per second of the `index`th month: `first × (1 + growth)^index × season ÷ season of the first`.
    #[must_use]
    pub fn mean_arrivals_per_s(&self, index: u32) -> f64 {
        let grown = libm::pow(1.0 + self.growth_per_month, f64::from(index));
        self.arrivals_per_s * grown * self.season[self.month_of_year(index)] / self.season[self.month_of_year(0)]
    }

    /// Mean arrivals per second in an hour of the week of the `index`th month.
    #[must_use]
    pub fn arrivals_per_s(&self, index: u32, hour: usize) -> f64 {
        self.mean_arrivals_per_s(index) * self.week.at(hour)
    }

    /// Mean output tokens per second in an hour of the week of the `index`th month; `None` where lengths are unknown.
    #[must_use]
    pub fn output_tokens_per_s(&self, index: u32, hour: usize) -> Option<f64> {
        Some(self.arrivals_per_s(index, hour) * self.output?.mean)
    }

    /// Mean arrivals per second in the busiest hour of the `index`th month.
    #[must_use]
    pub fn peak_arrivals_per_s(&self, index: u32) -> f64 {
        self.mean_arrivals_per_s(index) * self.week.peak_to_mean()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn demand() -> Demand {
        let mut season = even_season();
        season[11] = 2.0;
        Demand {
            start: "2026-11".parse().unwrap(),
            arrivals_per_s: 10.0,
            growth_per_month: 0.1,
            season,
            week: Week::even(),
            input: None,
            output: None,
        }
    }

    #[test]
    fn the_published_day() {
        // Read off DeepSeek's chart: peak 31,067 and trough 6,355 of a mean of 23,433.2 (562,397 ÷ 24).
        let week = Week::consumer_chat();
        assert!((week.peak_to_mean() - 31_067.0 / (562_397.0 / 24.0)).abs() < 1e-9);
        assert!((week.peak_to_mean() - 1.327).abs() < 0.002, "1.327 in the study");
        assert!((week.trough_to_peak() - 0.205).abs() < 0.001, "0.205 in the study");
        assert_eq!(week.peak_hour(), 14, "Monday 14:00 UTC");
        assert_eq!(week.shifted(8).peak_hour(), 22, "22:00 in Shanghai, the eleventh hour from noon on");
        assert_eq!(CONSUMER_CHAT_DAY[4], 27_044.0, "the first bar is noon in Shanghai");
        assert_eq!((CONSUMER_CHAT_DAY[20], CONSUMER_CHAT_DAY[21]), (6_355.0, 6_355.0), "04:00 and 05:00 there");
        assert!((week.shifted(-3).at(0) - week.at(3)).abs() < 1e-15);
    }

    #[test]
    fn growth_and_season_multiply() {
        let demand = demand();
        demand.check().unwrap();
        assert!((demand.mean_arrivals_per_s(0) - 10.0).abs() < 1e-12);
        assert!((demand.mean_arrivals_per_s(1) - 22.0).abs() < 1e-12, "a tenth more, and December is double");
        assert!((demand.mean_arrivals_per_s(2) - 12.1).abs() < 1e-12);
        assert_eq!(demand.month_of_year(2), 0, "January");
        assert_eq!(demand.output_tokens_per_s(0, 0), None);
        let output = Some(Lengths { mean: 200.0, scv: 1.0 });
        let tokens = Demand { output, ..demand }.output_tokens_per_s(0, 0).unwrap();
        assert!((tokens - 2_000.0).abs() < 1e-9);
    }

    #[test]
    fn figures_that_are_none_are_refused() {
        for bad in [f64::NAN, f64::INFINITY, -1.0, -2.0] {
            assert!(Demand { growth_per_month: bad, ..demand() }.check().is_err(), "{bad}");
        }
        assert!(Demand { arrivals_per_s: f64::NAN, ..demand() }.check().is_err());
        assert!(Demand { season: [0.0; 12], ..demand() }.check().is_err());
        assert!(Week::new(&[0.0; 24]).is_err());
        assert!(Week::new(&[1.0; 23]).is_err());
        assert!(Week::new(&[f64::NAN; 24]).is_err());
    }

    proptest! {
        #[test]
        fn a_week_has_mean_one(loads in proptest::collection::vec(0.001..1e6f64, 168), east in -30..30i32) {
            let week = Week::new(&loads).unwrap().shifted(east);
            prop_assert!((week.shape().iter().sum::<f64>() - 168.0).abs() < 1e-9);
            prop_assert!(week.peak_to_mean() >= 1.0 - 1e-12);
            prop_assert!((0.0..=1.0).contains(&week.trough_to_peak()));
            prop_assert!(week.shape().iter().all(|load| *load <= week.peak_to_mean()));
        }
    }
}
