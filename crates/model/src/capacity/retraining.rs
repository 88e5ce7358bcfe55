//! Training that runs on stated hours of stated months, beside serving.

use super::error::{amount, counted};
use super::{CapacityError, HOURS};

/// A run that comes again.
#[derive(Debug, Clone, PartialEq)]
pub struct Retraining {
    /// Units it takes in each of its hours.
    pub units: u32,
    /// Hour of the week at which it starts, 0 to 167 from Monday 00:00 of the plan's zone.
    pub from_hour: usize,
    /// Hours it takes, 1 to 168; it may run over the end of the week.
    pub hours: usize,
    /// Months of the year in which it runs, January first.
    pub months: [bool; 12],
}

impl Retraining {
    /// A run of a size in unit-hours, spread evenly over its hours and rounded up to whole units.
    ///
    /// # Errors
    /// An hour outside of the week, no hour, or unit-hours that are negative or no number.
    pub fn of_size(unit_hours: f64, from_hour: usize, hours: usize, months: [bool; 12]) -> Result<Self, CapacityError> {
        amount("unit_hours", unit_hours)?;
        let units = (unit_hours / hours.max(1) as f64 - 1e-9).ceil().max(0.0);
        if units > f64::from(u32::MAX) {
            return Err(CapacityError::TooMany { load: unit_hours, most: u32::MAX });
        }
        let run = Self { units: units as u32, from_hour, hours, months };
        run.check()?;
        Ok(run)
    }

    /// Whether it lies in a week.
    ///
    /// # Errors
    /// An hour outside of the week, or no hour.
    pub fn check(&self) -> Result<(), CapacityError> {
        if self.from_hour >= HOURS {
            let expected = "an hour of the week, 0 to 167";
            return Err(CapacityError::Figure { field: "from_hour", found: self.from_hour.to_string(), expected });
        }
        counted("hours", u32::try_from(self.hours).unwrap_or(u32::MAX))?;
        if self.hours > HOURS {
            let expected = "at most the 168 hours of a week";
            return Err(CapacityError::Figure { field: "hours", found: self.hours.to_string(), expected });
        }
        Ok(())
    }

    /// Units it takes in an hour of the week of a month (0 is January).
    #[must_use]
    pub fn units_at(&self, month_of_year: usize, hour: usize) -> u32 {
        let since = (hour + HOURS - self.from_hour) % HOURS;
        if since < self.hours && self.months.get(month_of_year).copied().unwrap_or(false) { self.units } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sunday_night_into_monday() {
        let mut months = [false; 12];
        months[2] = true;
        // 100 unit-hours over 8 hours from Sunday 22:00: 12.5, so 13 units.
        let run = Retraining::of_size(100.0, 6 * 24 + 22, 8, months).unwrap();
        assert_eq!(run.units, 13);
        assert_eq!((run.units_at(2, 6 * 24 + 21), run.units_at(2, 6 * 24 + 22)), (0, 13));
        assert_eq!((run.units_at(2, 5), run.units_at(2, 6)), (13, 0), "until Monday 06:00");
        assert_eq!(run.units_at(3, 5), 0, "not in April");
        assert_eq!((0..HOURS).map(|hour| run.units_at(2, hour)).sum::<u32>(), 104);
        assert!(Retraining::of_size(1.0, 168, 1, months).is_err());
        assert!(Retraining::of_size(1.0, 0, 0, months).is_err());
        assert!(Retraining::of_size(f64::NAN, 0, 1, months).is_err());
    }
}
