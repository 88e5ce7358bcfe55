//! What margin hangs on: the assumptions that move it most, one at a time.

use super::{figure, period, short_usd, source, whole_usd};
use crate::chart::{self, Tornado, TornadoBar, TornadoEnd, Unit};
use crate::error::Result;
use crate::scenario::Run;
use crate::screen::charts::Look;
use crate::screen::compare::label_of;
use crate::view::Chart;

/// Bars before the rest is told in words: sums of swings mean nothing.
const MOST_BARS: usize = 12;

/// The assumptions of a scenario by what they move.
///
/// # Errors
/// As [`Run::sensitivity`], or a size that cannot be drawn.
pub fn draw_tornado(run: &Run, look: Look) -> Result<Chart> {
    look.check()?;
    let found = run.sensitivity()?;
    let moving: Vec<_> = found.tornado.bars.iter().filter(|bar| bar.swing > 0.0).collect();
    let end = |input: f64, value: f64| TornadoEnd { input: figure(input), value, shown: short_usd(value) };
    let bar = |bar: &&marginline_model::uncertainty::Bar| {
        let (label, unit) = label_of(&bar.name);
        TornadoBar {
            name: if unit.is_empty() { label } else { format!("{label}, {unit}") },
            low: end(bar.input.0, bar.output.0),
            high: end(bar.input.1, bar.output.1),
        }
    };
    let rest = &moving[moving.len().min(MOST_BARS)..];
    let tornado = Tornado {
        base: found.tornado.base,
        base_shown: short_usd(found.tornado.base),
        bars: moving.iter().take(MOST_BARS).map(bar).collect(),
        rest: told_in_words(rest.first().map(|first| (rest.len(), first.swing)), !found.by_a_tenth.is_empty()),
        unit: Unit::Currency("USD".into()),
    };
    let most: Vec<String> = moving
        .iter()
        .take(3)
        .map(|bar| {
            let name = label_of(&bar.name).0;
            format!("{name} from {} to {}", whole_usd(bar.output.0), whole_usd(bar.output.1))
        })
        .collect();
    let title = match moving.first() {
        Some(first) => format!("{} moves the margin of {} most", label_of(&first.name).0, run.resolved.name),
        None => format!("What moves the margin of {}", run.resolved.name),
    };
    let mut frame = look.frame(
        "tornado",
        title,
        format!("gross margin, USD · each input alone, P10 to P90 · {}", period(run)),
        format!("gross margin {} with every input in the middle; {}", whole_usd(found.tornado.base), most.join("; ")),
    );
    frame.source = source([&run.resolved]);
    Ok(chart::tornado(&frame, &tornado)?)
}

/// What has no bar, and what was moved without a range.
fn told_in_words(rest: Option<(usize, f64)>, by_a_tenth: bool) -> String {
    let rest = rest.map(|(count, swing)| format!("{count} others move it by {} or less", short_usd(swing)));
    let moved = by_a_tenth.then(|| "without a range: 10% either way".to_owned());
    rest.into_iter().chain(moved).collect::<Vec<_>>().join(" · ")
}
