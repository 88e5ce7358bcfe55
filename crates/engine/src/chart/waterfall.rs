//! How one level became another: a total, the changes that add up, and a total.
//!
//! Bars begin at zero unless that would flatten every change; then the totals are visibly broken.

use super::lines::strong;
use super::picture::{Align, Pen, Sheet, draw, no_data};
use super::style::SMALL;
use super::text::{Weight, clean, width, wrap};
use super::{ChartError, Frame, Step, StepKind, Unit, Waterfall, axis};
use crate::view::{Chart, Mark};

const LINE: f64 = 13.0;
/// Bar to slot.
const SHARE: f64 = 0.83;
const WIDEST_BAR: f64 = 96.0;
/// Height of the field below which totals would be too short to show that they are broken, in CSS pixels.
const ROOM_TO_BREAK: f64 = 60.0;
/// Smallest height of a change, in CSS pixels, so that it is seen at all.
const THIN: f64 = 1.0;

/// A step's place: levels in the chart's unit, lengths in CSS pixels.
struct Bar<'a> {
    step: &'a Step,
    from: f64,
    to: f64,
    middle: f64,
    high: f64,
    low: f64,
}

/// Draws a waterfall.
///
/// # Errors
/// When a step has no finite value, or the drawing library refuses.
pub fn waterfall(frame: &Frame, waterfall: &Waterfall) -> Result<Chart, ChartError> {
    if let Some(step) = waterfall.steps.iter().find(|step| !step.value.is_finite() || step.value.abs() >= 1e100) {
        return Err(ChartError::Step(step.label.clone()));
    }
    draw(frame, |sheet| paint(sheet, waterfall))
}

/// Do these values stand side by side above so many bars?
#[must_use]
pub fn fits_above_bars(frame: &Frame, bars: usize, values: &[String]) -> bool {
    let slot = frame.across() / bars.max(1) as f64;
    values.iter().all(|words| width(&clean(words), SMALL, Weight::SemiBold) <= slot - 4.0)
}

fn paint(sheet: &mut Sheet<'_>, chart: &Waterfall) -> Result<Vec<Mark>, ChartError> {
    if chart.steps.is_empty() {
        return no_data(sheet);
    }
    let slot = (sheet.right - sheet.left) / chart.steps.len() as f64;
    let names = Names::fit(sheet, chart, slot);
    let (top, bottom) = (sheet.top + 30.0, sheet.bottom - names.height - 6.0);
    let mut bars = levels(chart);
    let (floor, ceiling) = range(&bars, bottom - top >= ROOM_TO_BREAK);
    let y = |level: f64| bottom - (level - floor) / (ceiling - floor) * (bottom - top);
    let broken = floor > 0.0;
    for (index, bar) in bars.iter_mut().enumerate() {
        bar.middle = sheet.left + (index as f64 + 0.5) * slot;
        let (a, b) = (y(bar.from.max(floor)), y(bar.to));
        (bar.high, bar.low) = (a.min(b), a.max(b).max(a.min(b) + THIN));
    }
    let half = (slot * SHARE).min(WIDEST_BAR) / 2.0;
    if !broken {
        let zero = Sheet::sharp(y(0.0));
        let ends = [(sheet.left, zero), (sheet.right, zero)];
        sheet.path(&ends, if floor < 0.0 { sheet.style.faint_ink } else { sheet.style.hairline }, 1.0)?;
    }
    for pair in bars.windows(2) {
        let level = y(pair[0].to);
        let ends = [(pair[0].middle + half, level), (pair[1].middle - half, level)];
        sheet.dashes(&ends, 2.0, sheet.style.faint_ink, 1.0)?;
    }
    for bar in &bars {
        draw_bar(sheet, bar, half, broken && bar.step.kind == StepKind::Total)?;
    }
    values(sheet, &bars, slot, &chart.unit)?;
    names.draw(sheet, &bars, bottom)?;
    Ok(bars.iter().map(|bar| mark(bar, half, &chart.unit)).collect())
}

fn levels(chart: &Waterfall) -> Vec<Bar<'_>> {
    let mut level = 0.0;
    let bars = chart.steps.iter().map(|step| {
        let from = if step.kind == StepKind::Total { 0.0 } else { level };
        level = from + step.value;
        Bar { step, from, to: level, middle: 0.0, high: 0.0, low: 0.0 }
    });
    bars.collect()
}

/// Lowest and highest level drawn. Above zero only when every level is far from it, and then so that the totals
/// keep about half of the height.
fn range(bars: &[Bar<'_>], may_break: bool) -> (f64, f64) {
    let levels = || bars.iter().map(|bar| bar.to);
    let (min, max) = (levels().fold(f64::INFINITY, f64::min), levels().fold(f64::NEG_INFINITY, f64::max));
    let spread = (max - min).max(max.abs() * 0.02);
    let starts_on_total = bars.first().is_some_and(|bar| bar.step.kind == StepKind::Total);
    if may_break && starts_on_total && bars.len() > 1 && max > min && min > 2.5 * spread {
        return (min - spread, max);
    }
    let (min, max) = (min.min(0.0), max.max(0.0));
    if max > min { (min, max) } else { (0.0, 1.0) }
}

fn draw_bar(sheet: &mut Sheet<'_>, bar: &Bar<'_>, half: f64, broken: bool) -> Result<(), ChartError> {
    let style = sheet.style;
    let welcome = (bar.step.value > 0.0) == bar.step.good_when_up;
    let colour = match bar.step.kind {
        StepKind::Total => style.grey,
        StepKind::Change if bar.step.value == 0.0 => style.grey,
        StepKind::Change if welcome => style.good,
        StepKind::Change => style.bad,
    };
    let (left, right) = (bar.middle - half, bar.middle + half);
    if !broken {
        return sheet.fill(&rounded(left, bar.high, right, bar.low), colour, 1.0);
    }
    let teeth = ((right - left) / 7.0).round().max(2.0);
    let edge = |y: f64| -> Vec<(f64, f64)> {
        let tooth = |index: u32| {
            let down = if index.is_multiple_of(2) { 0.0 } else { 3.5 };
            (left + (right - left) * f64::from(index) / teeth, y + down)
        };
        (0..=teeth as u32).map(tooth).collect()
    };
    let mut upper = vec![(right, bar.high), (left, bar.high)];
    upper.extend(edge(bar.low - 17.0));
    sheet.fill(&upper, colour, 1.0)?;
    let mut lower = vec![(right, bar.low), (left, bar.low)];
    lower.extend(edge(bar.low - 13.5));
    sheet.fill(&lower, colour, 1.0)
}

/// A box with its corners taken off by a pixel and a half.
fn rounded(left: f64, high: f64, right: f64, low: f64) -> Vec<(f64, f64)> {
    let r = 1.5_f64.min((low - high) / 2.0);
    let s = r * 0.3;
    vec![
        (left + r, high),
        (right - r, high),
        (right - s, high + s),
        (right, high + r),
        (right, low - r),
        (right - s, low - s),
        (right - r, low),
        (left + r, low),
        (left + s, low - s),
        (left, low - r),
        (left, high + r),
        (left + s, high + s),
    ]
}

/// The value over each bar, lifted where two would touch.
fn values(sheet: &mut Sheet<'_>, bars: &[Bar<'_>], slot: f64, unit: &Unit) -> Result<(), ChartError> {
    let mut taken: Vec<(f64, f64, f64)> = Vec::new();
    let widest = bars.iter().map(|bar| width(&signed(bar.step, unit), SMALL, Weight::SemiBold)).fold(0.0, f64::max);
    let size = if widest > slot - 4.0 { 9.5 } else { SMALL };
    for bar in bars {
        let words = signed(bar.step, unit);
        let half = width(&words, size, Weight::SemiBold) / 2.0;
        let middle = bar.middle.min(sheet.right - half).max(sheet.left + half);
        let mut baseline = bar.high - 5.0;
        let touches = |baseline: f64, &(left, right, other): &(f64, f64, f64)| {
            middle - half < right + 3.0 && middle + half > left - 3.0 && (other - baseline).abs() < LINE - 1.0
        };
        while taken.iter().any(|other| touches(baseline, other)) && baseline > sheet.top + 12.0 {
            baseline -= 1.0;
        }
        taken.push((middle - half, middle + half, baseline));
        let pen = Pen { size, ..strong(sheet, Align::Middle) };
        sheet.words(middle, baseline, &words, pen)?;
    }
    Ok(())
}

/// The value as words; a change always with its sign, so that colour is not the only one.
fn signed(step: &Step, unit: &Unit) -> String {
    let shown = if step.shown.is_empty() { unit.words(step.value) } else { clean(&step.shown) };
    let bare = !shown.starts_with(['+', '-', '\u{2212}', '±', '≥', '≤', '~']);
    match step.kind {
        StepKind::Change if bare && step.value > 0.0 => format!("+{shown}"),
        StepKind::Change if bare && step.value < 0.0 => format!("\u{2212}{shown}"),
        _ => shown,
    }
}

fn mark(bar: &Bar<'_>, half: f64, unit: &Unit) -> Mark {
    Mark {
        x: bar.middle - half,
        y: bar.high,
        w: half * 2.0,
        h: bar.low - bar.high,
        series: match bar.step.kind {
            StepKind::Total => "total".to_owned(),
            StepKind::Change => "change".to_owned(),
        },
        label: bar.step.label.clone(),
        shown: if bar.step.said.is_empty() { signed(bar.step, unit) } else { clean(&bar.step.said) },
    }
}

/// Labels below the bars: side by side, or in two tiers and smaller where words would be cut.
struct Names {
    lines: Vec<Vec<String>>,
    size: f64,
    tier: f64,
    height: f64,
}

impl Names {
    fn fit(sheet: &Sheet<'_>, chart: &Waterfall, slot: f64) -> Self {
        const WAYS: [(bool, f64, usize); 5] =
            [(false, SMALL, 2), (true, SMALL, 2), (true, 10.0, 2), (true, 10.0, 3), (true, 10.0, 4)];
        let labels: Vec<String> = chart.steps.iter().map(|step| clean(&step.label)).collect();
        let across = sheet.right - sheet.left;
        let way = |(tiers, size, rows)| Self::lay(&labels, (slot, across), tiers, size, rows);
        let uncut = |names: &Self| {
            let words = |label: &str| label.split_whitespace().collect::<Vec<_>>().join(" ");
            names.lines.iter().zip(&labels).all(|(rows, label)| rows.join(" ") == words(label))
        };
        let [.., last] = WAYS;
        WAYS.into_iter().map(way).find(uncut).unwrap_or_else(|| way(last))
    }

    fn lay(labels: &[String], (slot, across): (f64, f64), tiers: bool, size: f64, rows: usize) -> Self {
        let room = |index: usize| {
            let middle = (index as f64 + 0.5) * slot;
            let to_edge = middle.min(across - middle);
            if tiers { slot - 3.0 + to_edge.min(slot - 3.0) } else { slot - 4.0 }
        };
        let wrapped =
            labels.iter().enumerate().map(|(index, label)| wrap(label, room(index), rows, (size, Weight::Regular)));
        let lines: Vec<Vec<String>> = wrapped.collect();
        let most = |parity: usize| {
            let rows = lines.iter().enumerate().filter(|(index, _)| !tiers || index % 2 == parity);
            rows.map(|(_, rows)| rows.len()).max().unwrap_or(0) as f64 * LINE
        };
        let tier = if tiers { most(0) + 2.0 } else { 0.0 };
        let height = 4.0 + if tiers { tier + most(1) } else { most(0) };
        Self { lines, size, tier, height }
    }

    fn draw(&self, sheet: &mut Sheet<'_>, bars: &[Bar<'_>], bottom: f64) -> Result<(), ChartError> {
        for (index, (bar, lines)) in bars.iter().zip(&self.lines).enumerate() {
            let lowered = if index % 2 == 1 { self.tier } else { 0.0 };
            if lowered > 0.0 {
                let stem = [(bar.middle, bottom + 4.0), (bar.middle, bottom + lowered + 3.0)];
                sheet.path(&stem, sheet.style.hairline, 1.0)?;
            }
            let widest = lines.iter().map(|line| width(line, self.size, Weight::Regular)).fold(0.0, f64::max);
            let middle = bar.middle.min(sheet.right - widest / 2.0).max(sheet.left + widest / 2.0);
            for (row, line) in lines.iter().enumerate() {
                let baseline = bottom + 14.0 + lowered + row as f64 * LINE;
                let pen = Pen { size: self.size, ..axis::soft(sheet, Align::Middle) };
                sheet.words(middle, baseline, line, pen)?;
            }
        }
        Ok(())
    }
}
