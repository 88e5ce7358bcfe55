//! The shape of a week, and how far it rises above its mean once batch work fills the quiet hours.

/// Hours of a week.
const HOURS: usize = 168;

/// Load by hour of week.
#[derive(Debug, Clone, PartialEq)]
pub struct Load {
    hours: Vec<f64>,
    batch_share: f64,
    window: Option<Vec<bool>>,
    level: f64,
    peak: f64,
}

impl Load {
    /// Load by hour of week relative to its mean: 168 values from Monday 00:00 UTC; they are scaled to mean 1. All of
    /// it is interactive.
    ///
    /// `None` unless there are 168 finite values of at least 0 with one above it.
    #[must_use]
    pub fn of_week(hours: &[f64]) -> Option<Self> {
        let mean = hours.iter().sum::<f64>() / HOURS as f64;
        let is_sound = hours.len() == HOURS && hours.iter().all(|hour| *hour >= 0.0) && mean > 0.0 && mean.is_finite();
        let hours: Vec<f64> = is_sound.then(|| hours.iter().map(|hour| hour / mean).collect())?;
        let peak = hours.iter().copied().fold(0.0, f64::max);
        Some(Self { hours, batch_share: 0.0, window: None, level: 0.0, peak })
    }

    /// The same load in every hour.
    #[must_use]
    pub fn even() -> Self {
        Self { hours: vec![1.0; HOURS], batch_share: 0.0, window: None, level: 0.0, peak: 1.0 }
    }

    /// A share of the load that can wait, done in the hours of `window` (168 values; all hours when `None`).
    ///
    /// The shares of the hours are of the whole load, batch included, so what can wait leaves each hour evenly.
    #[must_use]
    pub fn with_batch(mut self, share: f64, window: Option<Vec<bool>>) -> Self {
        self.batch_share = share.clamp(0.0, 1.0);
        self.window = window.filter(|hours| hours.len() == HOURS && hours.contains(&true));
        self.place_batch();
        self
    }

    /// Share that can wait.
    #[must_use]
    pub fn batch_share(&self) -> f64 {
        self.batch_share
    }

    /// Sets the share that can wait; the window stays.
    pub(super) fn set_batch_share(&mut self, share: f64) {
        self.batch_share = share.clamp(0.0, 1.0);
        self.place_batch();
    }

    /// Interactive load of an hour relative to the mean of the whole load.
    #[must_use]
    pub fn interactive(&self, hour: usize) -> f64 {
        self.hours[hour % HOURS] * (1.0 - self.batch_share)
    }

    /// Capacity that the week needs, over the mean of the whole load: the busiest interactive hour, or more where the
    /// hours that batch work may use leave too little room for it.
    #[must_use]
    pub fn peak(&self) -> f64 {
        self.peak
    }

    /// Load of an hour once batch work lies in the quiet hours that it may use, relative to the mean.
    #[must_use]
    pub fn placed(&self, hour: usize) -> f64 {
        let interactive = self.interactive(hour);
        if self.is_open(hour) { interactive.max(self.level) } else { interactive }
    }

    /// Capacities over the mean load at which one hour more has too little, ascending, each once and above 0.
    pub(crate) fn bends(&self) -> Vec<f64> {
        let mut bends: Vec<f64> = (0..HOURS).map(|hour| self.interactive(hour)).collect();
        if self.batch_share > 0.0 {
            bends.push(self.level);
        }
        bends.retain(|bend| *bend > 0.0);
        bends.sort_by(f64::total_cmp);
        bends.dedup();
        bends
    }

    fn is_open(&self, hour: usize) -> bool {
        self.window.as_ref().is_none_or(|window| window[hour % HOURS])
    }

    /// Fills the lowest of the open hours up to a common height that holds the batch work.
    fn place_batch(&mut self) {
        let mut heights: Vec<f64> =
            (0..HOURS).filter(|hour| self.is_open(*hour)).map(|hour| self.interactive(hour)).collect();
        heights.sort_by(f64::total_cmp);
        let work = self.batch_share * HOURS as f64;
        let mut below = 0.0;
        for (index, height) in heights.iter().enumerate() {
            below += height;
            self.level = (work + below) / (index + 1) as f64;
            if heights.get(index + 1).is_none_or(|next| *next >= self.level) {
                break;
            }
        }
        self.peak = (0..HOURS).map(|hour| self.placed(hour)).fold(0.0, f64::max);
    }

    /// Share of the load that a capacity, relative to the mean load, leaves unserved.
    #[must_use]
    pub fn unserved(&self, capacity: f64) -> f64 {
        if capacity >= self.peak {
            return 0.0;
        }
        let (mut over, mut room) = (0.0, 0.0);
        for hour in 0..HOURS {
            let interactive = self.interactive(hour);
            over += (interactive - capacity).max(0.0);
            if self.is_open(hour) {
                room += (capacity - interactive).max(0.0);
            }
        }
        let waiting = (self.batch_share * HOURS as f64 - room).max(0.0);
        ((over + waiting) / HOURS as f64).clamp(0.0, 1.0)
    }
}

/// Load by hour of the day of a published consumer chat service, relative to its mean: DeepSeek's "Cost And
/// Theoretical Income" chart of 2025-03-01, read off the picture to about 1 %. Hours 0 to 23 UTC; the chart begins at
/// noon of UTC+8, which is 04:00 UTC, and its quietest hours are 04:00 and 05:00 in China.
pub const CONSUMER_CHAT_DAY: [f64; 24] = [
    23_136.0, 29_458.0, 30_493.0, 29_918.0, 27_044.0, 28_539.0, 30_493.0, 30_952.0, 30_493.0, 27_849.0, 26_814.0,
    29_573.0, 30_722.0, 30_837.0, 31_067.0, 29_803.0, 21_757.0, 17_964.0, 13_136.0, 7_964.0, 6_355.0, 6_355.0, 7_964.0,
    13_711.0,
];

/// A week of 168 hours with mean 1 from 24 hourly values, every day alike.
#[must_use]
pub fn week_of(day: &[f64; 24]) -> Vec<f64> {
    let mean = day.iter().sum::<f64>() / 24.0;
    (0..HOURS).map(|hour| if mean > 0.0 { day[hour % 24] / mean } else { 1.0 }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sixteen hours of load 1.5 and eight quiet ones, each day.
    fn days_and_nights() -> Load {
        let week: Vec<f64> = (0..HOURS).map(|hour| if hour % 24 < 16 { 1.5 } else { 0.0 }).collect();
        Load::of_week(&week).unwrap()
    }

    #[test]
    fn the_published_day_has_its_published_shape() {
        let load = Load::of_week(&week_of(&CONSUMER_CHAT_DAY)).unwrap();
        assert!((load.peak() - 1.327).abs() < 0.002, "peak to mean 1.327 in the source");
    }

    #[test]
    fn batch_work_fills_the_nights_and_then_raises_the_level() {
        assert!((days_and_nights().peak() - 1.5).abs() < 1e-12);
        // A fifth can wait: the days fall to 1.2 and the nights take 0.2 × 24 ÷ 8 = 0.6.
        assert!((days_and_nights().with_batch(0.2, None).peak() - 1.2).abs() < 1e-12);
        // All of it can wait: level over the week.
        assert!((days_and_nights().with_batch(1.0, None).peak() - 1.0).abs() < 1e-12);
        // Half of it at night only: 0.5 × 24 ÷ 8 = 1.5 at night, 0.75 by day.
        let night: Vec<bool> = (0..HOURS).map(|hour| hour % 24 >= 16).collect();
        assert!((days_and_nights().with_batch(0.5, Some(night)).peak() - 1.5).abs() < 1e-12);
    }

    #[test]
    fn what_a_capacity_leaves() {
        let load = days_and_nights();
        assert_eq!(load.unserved(1.5), 0.0);
        assert!((load.unserved(0.75) - 0.5).abs() < 1e-12, "half of each busy hour");
        assert!((load.unserved(0.0) - 1.0).abs() < 1e-12);
        let batch = days_and_nights().with_batch(0.2, None);
        assert!((batch.unserved(1.0) - 0.2 * 16.0 / 24.0).abs() < 1e-12, "0.2 too much by day; the nights have room");
    }

    #[test]
    fn no_week_is_no_load() {
        assert!(Load::of_week(&[1.0; 24]).is_none());
        assert!(Load::of_week(&[0.0; 168]).is_none());
        assert!(Load::of_week(&[f64::NAN; 168]).is_none());
    }
}
