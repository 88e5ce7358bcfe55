//! A horizontal axis of numbers: round ticks below the field, as many as fit beside each other.

use super::axis::soft;
use super::picture::{Align, Sheet};
use super::scale::Axis;
use super::style::SMALL;
use super::text::{Weight, clean, shorten, width};
use super::{ChartError, Unit};

/// Least ground between two tick labels, in CSS pixels.
const GAP: f64 = 8.0;

/// Values from left to right.
#[derive(Debug, Clone, Copy)]
pub(super) struct Across {
    axis: Axis,
    /// CSS pixels of the lowest value.
    pub left: f64,
    /// CSS pixels of the highest value.
    pub right: f64,
}

impl Across {
    /// Between `left` and `right`, around `min..=max`: with round ends, or `snug` with the ends that the values have.
    pub fn around((min, max): (f64, f64), (left, right): (f64, f64), unit: &Unit, snug: bool) -> Self {
        let with = |ticks: f64| {
            let mut axis = Axis::around(min, max, ticks, unit.is_whole());
            if snug && max - min > min.abs().max(max.abs()) * 1e-5 {
                (axis.lo, axis.hi) = (min, max);
            }
            Self { axis, left, right }
        };
        [8.0, 6.0, 5.0, 4.0, 3.0, 2.0].into_iter().map(with).find(|across| across.fits(unit)).unwrap_or(with(1.0))
    }

    /// Place of a value, in CSS pixels; values beyond the ends stay at them.
    pub fn x(&self, value: f64) -> f64 {
        let share = (value - self.axis.lo) / (self.axis.hi - self.axis.lo);
        self.left + share.clamp(0.0, 1.0) * (self.right - self.left)
    }

    /// The round values between the ends.
    pub fn ticks(&self) -> Vec<f64> {
        let Axis { lo, hi, step } = self.axis;
        let first = (lo / step - 1e-9).ceil();
        let count = ((hi / step + 1e-9).floor() - first).clamp(0.0, 50.0) as u32;
        (0..=count).map(|index| (first + f64::from(index)) * step).collect()
    }

    fn fits(&self, unit: &Unit) -> bool {
        let ends: Vec<(f64, f64)> = self.ticks().into_iter().map(|tick| self.label(tick, unit)).collect();
        ends.windows(2).all(|pair| pair[0].1 + GAP <= pair[1].0)
    }

    /// Both ends of a tick's label.
    fn label(&self, tick: f64, unit: &Unit) -> (f64, f64) {
        let half = width(&unit.tick(tick, self.axis.step), SMALL, Weight::Regular) / 2.0;
        (self.x(tick) - half, self.x(tick) + half)
    }

    /// Ticks below `bottom`.
    pub fn labels(&self, sheet: &mut Sheet<'_>, bottom: f64, unit: &Unit) -> Result<(), ChartError> {
        self.ticks().into_iter().try_for_each(|tick| self.tick(sheet, tick, bottom, unit))
    }

    fn tick(&self, sheet: &mut Sheet<'_>, tick: f64, bottom: f64, unit: &Unit) -> Result<(), ChartError> {
        let (from, to) = self.label(tick, unit);
        let half = (to - from) / 2.0;
        let x = self.x(tick).min(sheet.right - half).max(sheet.left + half);
        let pen = soft(sheet, Align::Middle);
        sheet.words(x, bottom + 16.0, &unit.tick(tick, self.axis.step), pen)
    }

    /// What the axis counts, below its ticks.
    pub fn title(&self, sheet: &mut Sheet<'_>, baseline: f64, words: &str) -> Result<(), ChartError> {
        let words = shorten(&clean(words), self.right - self.left, SMALL, Weight::Regular);
        let pen = soft(sheet, Align::Middle);
        sheet.words((self.left + self.right) / 2.0, baseline, &words, pen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_inside_the_ends_and_never_touch() {
        let usd = Unit::Currency("USD".into());
        for (values, room) in [((0.0, 130e6), 300.0), ((-4.1e6, 7.9e6), 80.0), ((3.0, 3.0), 200.0), ((0.0, 1.0), 30.0)]
        {
            for snug in [true, false] {
                let across = Across::around(values, (100.0, 100.0 + room), &usd, snug);
                let ticks = across.ticks();
                assert!(ticks.iter().all(|tick| (100.0..=100.0 + room).contains(&across.x(*tick))), "{ticks:?}");
                assert!(across.fits(&usd) || ticks.len() <= 3, "{ticks:?} in {room}");
            }
        }
        let snug = Across::around((2.0, 12.0), (0.0, 500.0), &Unit::Count, true);
        assert_eq!((snug.x(2.0), snug.x(12.0), snug.x(7.0)), (0.0, 500.0, 250.0));
    }
}
