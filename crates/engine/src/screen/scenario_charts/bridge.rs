//! Why one scenario earns another margin than another: the drivers as a waterfall that adds up, on the slide too.

use marginline_model::Money;

use super::{period, short_usd, source, whole_usd};
use crate::chart::{self, Step, StepKind, Unit, Waterfall};
use crate::error::Result;
use crate::number;
use crate::scenario::bridge::Bridge;
use crate::screen::charts::Look;
use crate::view::Chart;

/// What the labels count, the finest that fits above a bar.
const SCALES: [(f64, &str); 4] = [(1.0, "USD"), (1e3, "USD thousand"), (1e6, "USD million"), (1e9, "USD billion")];

/// Gross margin from one scenario to another, driver by driver.
///
/// # Errors
/// A size that cannot be drawn.
pub fn draw_bridge(bridge: &Bridge, look: Look) -> Result<Chart> {
    look.check()?;
    let told = &bridge.bridge;
    let effects: Vec<_> = told.effects.iter().filter(|each| each.effect != Money::ZERO).collect();
    // Levels between the bars: labels are differences of rounded levels, so that they add up as they are read.
    let mut levels = vec![told.from];
    for each in &effects {
        levels.push(levels[levels.len() - 1] + each.effect);
    }
    let (from, to) = (&bridge.from.resolved, &bridge.to.resolved);
    let moved = told.to - told.from;
    let message = match moved {
        Money::ZERO => "the same margin".to_owned(),
        up if up > Money::ZERO => format!("{} more margin", short_usd(up.to_f64())),
        down => format!("{} less margin", short_usd(-down.to_f64())),
    };
    let title = format!("From {} to {}: {message}", from.name, to.name);
    let mut frame = look.frame("bridge", title, String::new(), alt(bridge));
    let fits = |scale: f64| {
        let labels = std::iter::once(levels[0].to_f64()).chain(levels.iter().map(|level| level.to_f64()));
        let words: Vec<String> = labels.map(|level| format!("+{}", whole(rounded(level, scale)))).collect();
        chart::fits_above_bars(&frame, effects.len() + 2, &words)
    };
    let (scale, words) = SCALES.into_iter().find(|(scale, _)| fits(*scale)).unwrap_or(SCALES[3]);
    frame.subtitle = format!("gross margin, {words} · {} · the drivers add up exactly", period(&bridge.from));
    frame.source = source([from, to]);
    let total = |name: &str, level: Money| Step {
        label: name.to_owned(),
        value: level.to_f64() / scale,
        shown: whole(rounded(level.to_f64(), scale)),
        kind: StepKind::Total,
        good_when_up: true,
        said: format!("gross margin {}", whole_usd(level.to_f64())),
    };
    let change = |(index, each): (usize, &&marginline_model::scenario::ScenarioEffect)| {
        let moved = rounded(levels[index + 1].to_f64(), scale) - rounded(levels[index].to_f64(), scale);
        Step {
            label: each.driver.label().to_owned(),
            value: each.effect.to_f64() / scale,
            // What rounds away is there all the same.
            shown: if moved == 0.0 { "~0".into() } else { whole(moved) },
            kind: StepKind::Change,
            good_when_up: true,
            said: each.sentence.clone(),
        }
    };
    let mut steps = vec![total(&from.name, told.from)];
    steps.extend(effects.iter().enumerate().map(change));
    steps.push(total(&to.name, told.to));
    Ok(chart::waterfall(&frame, &Waterfall { steps, unit: Unit::Currency("USD".into()) })?)
}

/// A level in whole units of the scale.
fn rounded(usd: f64, scale: f64) -> f64 {
    (usd / scale).round()
}

/// A whole number in groups, with a real minus.
fn whole(value: f64) -> String {
    number::rounded(&format!("{value:.0}"), 0)
}

/// Both margins, and the three drivers that moved most.
fn alt(bridge: &Bridge) -> String {
    let margin = |name: &str, level: Money| format!("{name} earns {}", whole_usd(level.to_f64()));
    let mut effects: Vec<_> = bridge.bridge.effects.iter().filter(|each| each.effect != Money::ZERO).collect();
    effects.sort_by_key(|each| std::cmp::Reverse(each.effect.attos().abs()));
    let mut parts = vec![
        margin(&bridge.from.resolved.name, bridge.bridge.from),
        margin(&bridge.to.resolved.name, bridge.bridge.to),
    ];
    parts.extend(effects.iter().take(3).map(|each| each.sentence.clone()));
    parts.join("; ")
}
