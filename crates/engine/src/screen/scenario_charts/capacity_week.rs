//! Capacity by hour of the week: demand over the GPUs or units at hand, and the hours in which they do not
//! suffice.

use marginline_model::scenario::HourOfWeek;

use super::source;
use crate::chart::{self, HeatMap, HeatRow, Shades};
use crate::error::Result;
use crate::number;
use crate::scenario::Run;
use crate::scenario::capacity_week::is_short;
use crate::screen::charts::Look;
use crate::view::Chart;

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
/// What stands for demand where nothing is at hand: far over capacity.
const NOTHING_AT_HAND: f64 = 1_000.0;

/// Demand over capacity by hour of the week in a month of a scenario, of one fleet or of all.
///
/// # Errors
/// As [`Run::capacity_week`], or a size that cannot be drawn.
pub fn draw_capacity_week(run: &Run, month: Option<u32>, fleet: Option<&str>, look: Look) -> Result<Chart> {
    look.check()?;
    let week = run.capacity_week(month, fleet)?;
    let row = |(day, hours): (usize, &[HourOfWeek])| HeatRow {
        name: DAYS[day % 7].into(),
        values: hours.iter().map(|hour| Some(value(*hour))).collect(),
        shown: hours.iter().map(|hour| shown(*hour)).collect(),
        said: hours.iter().map(|hour| said(*hour, week.unit)).collect(),
    };
    let over = week.hours.iter().filter(|hour| is_short(**hour)).count();
    let most = week.hours.iter().copied().max_by(|a, b| value(*a).total_cmp(&value(*b))).unwrap_or_default();
    let fleets = match week.fleets.as_slice() {
        [_] if fleet.is_none() => String::new(),
        [one] => format!(" · {one}"),
        several => format!(" · {} together", several.join(" + ")),
    };
    let first = week.hours.first().map_or(0.0, |hour| hour.provided_units);
    let at_hand = match week.hours.iter().all(|hour| hour.provided_units == first) {
        true => format!("{} {}", counted(first), week.unit),
        false => format!("the {} at hand", week.unit),
    };
    // A fleet that is short is short whatever the others have to spare.
    let alone: Vec<String> = week
        .short
        .iter()
        .filter(|(_, hours)| week.fleets.len() > 1 && *hours > 0)
        .map(|(name, hours)| format!("{name} alone is short in {hours} hours"))
        .collect();
    let hours = match over {
        0 => "no hour asks for more than there is".to_owned(),
        1 => "1 hour of the week asks for more than there is".to_owned(),
        over => format!("{over} hours of the week ask for more than there is"),
    };
    let told = std::iter::once(hours).chain(alone).collect::<Vec<_>>().join("; ");
    let message = match over {
        0 => "every hour is served",
        168 => "short in every hour",
        _ => "short at the peak",
    };
    let mut frame = look.frame(
        "capacity-week",
        format!("Demand over capacity, {}: {message}", run.resolved.name),
        format!("percent of {at_hand} by hour, UTC · {}, month {}{fleets}", week.month.label(), week.number),
        format!("{}, {}: {told}; the busiest has {}", run.resolved.name, week.month.label(), said(most, week.unit)),
    );
    let map = HeatMap {
        columns: (0..24).map(|hour| format!("{hour:02}")).collect(),
        rows: week.hours.chunks(24).enumerate().map(row).collect(),
        legend: format!("the stronger the colour, the fuller; hatched: over 100% · {told}"),
        shades: Shades::Over { limit: 100.0 },
        ..HeatMap::default()
    };
    frame.source = source([&run.resolved]);
    Ok(chart::heat_map(&frame, &map)?)
}

/// Demand in percent of what is at hand; exactly 100 where rounding alone makes more of it.
fn value(hour: HourOfWeek) -> f64 {
    let percent = hour.percent().unwrap_or(NOTHING_AT_HAND);
    if is_short(hour) { percent } else { percent.min(100.0) }
}

/// Whole percent: over 100 it never reads as 100, and below it never as more.
fn shown(hour: HourOfWeek) -> String {
    match hour.percent() {
        None => "none".into(),
        Some(percent) if is_short(hour) => number::rounded(&format!("{:.0}", percent.ceil()), 0),
        Some(percent) => number::rounded(&format!("{:.0}", percent.min(100.0)), 0),
    }
}

fn said(hour: HourOfWeek, unit: &str) -> String {
    let counts = format!("{} of {} {unit}", counted(hour.demand_units), counted(hour.provided_units));
    match hour.percent() {
        None => format!("{} {unit} asked for, none at hand", counted(hour.demand_units)),
        Some(_) => format!("{}% ({counts})", shown(hour)),
    }
}

/// GPUs or units, with a decimal where they are not whole.
fn counted(count: f64) -> String {
    number::rounded(&format!("{count:.6}"), if count.fract() == 0.0 { 0 } else { 1 })
}
