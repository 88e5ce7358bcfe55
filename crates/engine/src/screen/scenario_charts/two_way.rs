//! Margin over two assumptions: a heat map whose colours part at the target.

use super::{figure, percent, period, short_usd, source};
use crate::chart::{self, HeatMap, HeatRow, Shades};
use crate::error::Result;
use crate::number;
use crate::scenario::two_way::{Axis, TwoWay, TwoWayCell};
use crate::scenario::{Run, TwoWay as Found};
use crate::screen::charts::Look;
use crate::view::Chart;

/// Values of each assumption.
const STEPS: usize = 9;

/// Gross margin of a scenario over two assumptions, those that move it most where none is named. Colours part at the
/// target in percent; without one at 0, or at the scenario's own margin where all of them lie on one side of 0.
///
/// # Errors
/// As [`Run::two_way`], or a size that cannot be drawn.
pub fn draw_two_way(run: &Run, x: Option<&str>, y: Option<&str>, target: Option<f64>, look: Look) -> Result<Chart> {
    look.check()?;
    let found = run.two_way(x, y, STEPS)?;
    let in_percent = found.cells.iter().flatten().any(|cell| cell.margin_percent.is_some());
    let (middle, why) = middle(&found, target, in_percent);
    let (own_x, own_y) = (nearest(&found.x), nearest(&found.y));
    let row = |(at, cells): (usize, &Vec<TwoWayCell>)| HeatRow {
        name: figure(found.y.values[at]),
        values: cells.iter().map(|cell| value(cell, in_percent)).collect(),
        shown: cells.iter().map(|cell| bare(value(cell, in_percent), in_percent)).collect(),
        said: cells.iter().map(|cell| told(value(cell, in_percent), in_percent)).collect(),
    };
    let last = found.cells.len() - 1;
    let own = own_x.zip(own_y);
    let framed = if own.is_some() { "; heavy frame: nearest to the scenario as it is" } else { "" };
    let map = HeatMap {
        columns: found.x.values.iter().map(|value| figure(*value)).collect(),
        // Upwards, as on any vertical axis.
        rows: found.cells.iter().enumerate().rev().map(row).collect(),
        legend: format!("line: {why}{framed}"),
        absent: "no revenue".into(),
        shades: Shades::Around { middle },
        marked: own.map(|(x, y)| (last - y, x)),
        x_title: format!("{} \u{2192}", name(&found.x)),
        y_title: format!("\u{2191} {}", name(&found.y)),
    };
    let unit = if in_percent { "percent of revenue" } else { "USD" };
    let mut frame = look.frame(
        "two-way",
        format!("Margin of {} by {} and {}", run.resolved.name, small(&found.x.label), small(&found.y.label)),
        format!("gross margin, {unit} · {}", period(run)),
        alt(&found, in_percent),
    );
    frame.source = source([&run.resolved]);
    Ok(chart::heat_map(&frame, &map)?)
}

fn value(cell: &TwoWayCell, in_percent: bool) -> Option<f64> {
    if in_percent { cell.margin_percent } else { Some(cell.margin_usd) }
}

/// Without its unit, for the cell.
fn bare(value: Option<f64>, in_percent: bool) -> String {
    match value {
        None => String::new(),
        Some(value) if in_percent => number::rounded(&format!("{value:.6}"), 1),
        Some(value) => short_usd(value),
    }
}

/// With its unit.
fn told(value: Option<f64>, in_percent: bool) -> String {
    match value {
        None => String::new(),
        Some(value) if in_percent => percent(Some(value)),
        Some(value) => short_usd(value),
    }
}

/// Where the colours part, and why there.
fn middle(found: &Found, target: Option<f64>, in_percent: bool) -> (f64, String) {
    if let Some(target) = target.filter(|_| in_percent) {
        return (target, format!("the target of {}", percent(Some(target))));
    }
    let values: Vec<f64> = found.cells.iter().flatten().filter_map(|cell| value(cell, in_percent)).collect();
    let (below, above) = (values.iter().any(|value| *value < 0.0), values.iter().any(|value| *value >= 0.0));
    let (revenue, cost) = found.run.totals();
    let (revenue, margin) = (revenue.to_f64(), (revenue - cost).to_f64());
    let own = if !in_percent { Some(margin) } else { (revenue > 0.0).then(|| 100.0 * margin / revenue) };
    match own.filter(|_| !(below && above)) {
        Some(own) => (own, format!("the margin as it is, {}", told(Some(own), in_percent))),
        None => (0.0, "a margin of 0".to_owned()),
    }
}

/// The value nearest to the scenario's own; `None` where that lies outside of what is walked.
fn nearest(axis: &Axis) -> Option<usize> {
    let (first, last) = (*axis.values.first()?, *axis.values.last()?);
    let distance = |at: &usize| (axis.values[*at] - axis.own).abs();
    (first..=last)
        .contains(&axis.own)
        .then(|| (0..axis.values.len()).min_by(|a, b| distance(a).total_cmp(&distance(b))))?
}

fn name(axis: &Axis) -> String {
    if axis.unit.is_empty() { axis.label.clone() } else { format!("{}, {}", axis.label, axis.unit) }
}

/// A label inside a sentence: its first letter small, unless it begins an abbreviation or a name.
fn small(label: &str) -> String {
    let mut letters = label.chars();
    match (letters.next(), letters.next()) {
        (Some(first), Some(second)) if second.is_lowercase() && !label.contains(':') => {
            first.to_lowercase().chain(label.chars().skip(1)).collect()
        }
        _ => label.to_owned(),
    }
}

/// The four corners in words.
fn alt(found: &TwoWay, in_percent: bool) -> String {
    let (right, top) = (found.x.values.len() - 1, found.y.values.len() - 1);
    let corner = |x: usize, y: usize| {
        let values = (figure(found.x.values[x]), figure(found.y.values[y]));
        let cell = value(&found.cells[y][x], in_percent);
        let margin = if cell.is_none() { number::UNKNOWN.to_owned() } else { told(cell, in_percent) };
        format!("{margin} at {} and {}", values.0, values.1)
    };
    let corners = [corner(0, 0), corner(right, 0), corner(0, top), corner(right, top)];
    format!("gross margin by {} and {}: {}", name(&found.x), name(&found.y), corners.join(", "))
}
