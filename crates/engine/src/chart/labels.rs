//! Direct labels: a name and a value right of the last point or bar, in its colour, none on top of another.

use super::ChartError;
use super::picture::{Align, Pen, Sheet};
use super::scale::spread;
use super::style::SMALL;
use super::text::{Weight, clean, pair, shorten, width};

/// Least distance of two labels' baselines, in CSS pixels.
const GAP: f64 = 14.0;
const TIGHT_GAP: f64 = 12.5;
/// From the last point to its label.
const BREATH: f64 = 8.0;
/// Shifted further than this, a label gets a leader to its point.
const LEADER_FROM: f64 = 5.0;

/// A label to place.
#[derive(Debug, Clone)]
pub(super) struct End {
    /// Height of what it names, in CSS pixels from the top.
    pub y: f64,
    /// Name; shortened when long.
    pub name: String,
    /// Value with unit; never shortened.
    pub value: String,
    /// Colour of the words.
    pub colour: u32,
}

/// Labels cut to the room there is, and how wide they came out.
pub(super) struct Ends {
    ends: Vec<(f64, String, u32)>,
    /// Room to keep right of the field, in CSS pixels.
    pub room: f64,
}

/// Shortens names so that labels take at most `most` CSS pixels; too many for `height` end in "+n more".
pub(super) fn fit(ends: &[End], most: f64, height: f64, rest_colour: u32) -> Ends {
    let lines = ((height / TIGHT_GAP).floor().max(0.0) as usize) + 1;
    let kept = if ends.len() > lines { lines.saturating_sub(1) } else { ends.len() };
    let mut fitted: Vec<(f64, String, u32)> = ends
        .iter()
        .take(kept)
        .map(|end| {
            let value = width(&format!(" {}", end.value), SMALL, Weight::SemiBold);
            let name = shorten(&clean(&end.name), most - BREATH - value, SMALL, Weight::SemiBold);
            (end.y, pair(&name, &clean(&end.value)), end.colour)
        })
        .collect();
    if kept < ends.len() {
        fitted.push((f64::INFINITY, format!("+{} more", ends.len() - kept), rest_colour));
    }
    let widest = fitted.iter().map(|(_, words, _)| width(words, SMALL, Weight::SemiBold)).fold(0.0, f64::max);
    Ends { ends: fitted, room: if widest > 0.0 { widest.ceil() + BREATH + 3.0 } else { 0.0 } }
}

impl Ends {
    /// Draws them right of `x`, between `top` and `bottom`.
    pub fn draw(&self, sheet: &mut Sheet<'_>, x: f64, top: f64, bottom: f64) -> Result<(), ChartError> {
        let wishes: Vec<f64> = self.ends.iter().map(|(y, _, _)| y.min(bottom)).collect();
        let gap = if (wishes.len() as f64) * GAP > bottom - top { TIGHT_GAP } else { GAP };
        for ((y, words, colour), placed) in self.ends.iter().zip(spread(&wishes, gap, top, bottom)) {
            if y.is_finite() && (placed - y).abs() > LEADER_FROM {
                let bend = [(x + 1.5, *y), (x + BREATH - 2.0, placed)];
                sheet.path(&bend, *colour, 0.6)?;
            }
            let pen = Pen { size: SMALL, weight: Weight::SemiBold, colour: *colour, align: Align::Start };
            sheet.words(x + BREATH, placed + 4.0, words, pen)?;
        }
        Ok(())
    }
}
