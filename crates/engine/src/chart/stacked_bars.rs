//! A whole and its parts, month by month, the parts named beside the last bar.

use super::axis::{self, Field, LABEL_ROW};
use super::labels::{self, End};
use super::lines::{known, shown};
use super::picture::{Sheet, draw, no_data};
use super::scale::Axis;
use super::{ChartError, Frame, StackedBars};
use crate::view::{Chart, Mark};

/// Widest bar in CSS pixels, however few there are.
const WIDEST_BAR: f64 = 64.0;
/// Bar to slot.
const SHARE: f64 = 0.7;
/// Ground left between two parts, in CSS pixels.
const SEAM: f64 = 1.0;

/// A part of a bar: which series, and from where to where in the chart's unit.
struct Part {
    series: usize,
    from: f64,
    to: f64,
}

/// Draws stacked bars from zero; negative parts hang below it.
///
/// # Errors
/// When the drawing library refuses.
pub fn stacked_bars(frame: &Frame, bars: &StackedBars) -> Result<Chart, ChartError> {
    draw(frame, |sheet| paint(sheet, bars))
}

fn paint(sheet: &mut Sheet<'_>, chart: &StackedBars) -> Result<Vec<Mark>, ChartError> {
    let stacks: Vec<Vec<Part>> = (0..chart.labels.len()).map(|index| stack(chart, index)).collect();
    if stacks.iter().all(Vec::is_empty) {
        return no_data(sheet);
    }
    let parts = || stacks.iter().flatten();
    let (min, max) = parts().fold((0.0_f64, 0.0_f64), |(a, b), part| (a.min(part.to), b.max(part.to)));
    let top = axis::top(sheet, &chart.unit)?;
    let bottom = sheet.bottom - LABEL_ROW;
    let axis = Axis::around(min, max, ((bottom - top) / 42.0).clamp(2.0, 7.0), chart.unit.is_whole());
    let ends = ends(sheet, chart, &stacks, &axis, top, bottom);
    let rest = sheet.style.soft_ink;
    let ends = labels::fit(&ends, ((sheet.right - sheet.left) * 0.36).min(240.0), bottom - top, rest);
    let left = sheet.left + axis::tick_room(&axis, &chart.unit);
    let field = Field { left, right: (sheet.right - ends.room).max(left + 10.0), top, bottom };
    let slot = (field.right - field.left) / chart.labels.len() as f64;
    let wide = (slot * SHARE).min(WIDEST_BAR);
    let xs: Vec<f64> = (0..chart.labels.len()).map(|index| left + (index as f64 + 0.5) * slot).collect();
    axis::grid(sheet, field, &axis, &chart.unit)?;
    let mut marks = Vec::new();
    for (index, (&x, stack)) in xs.iter().zip(&stacks).enumerate() {
        for part in stack {
            marks.push(draw_part(sheet, chart, &axis, field, part, (index, x - wide / 2.0, wide))?);
        }
    }
    if min < 0.0 {
        let zero = Sheet::sharp(axis.y(0.0, top, bottom));
        sheet.path(&[(field.left, zero), (field.right, zero)], sheet.style.faint_ink, 1.0)?;
    }
    axis::labels(sheet, bottom, &xs, &chart.labels)?;
    let edge = xs.last().map_or(field.right, |x| x + wide / 2.0);
    ends.draw(sheet, edge.max(field.right - 4.0 - (slot * (1.0 - SHARE) / 2.0).min(1.0)), top, bottom)?;
    Ok(marks)
}

fn stack(chart: &StackedBars, index: usize) -> Vec<Part> {
    let (mut above, mut below) = (0.0, 0.0);
    let parts = chart.series.iter().enumerate().filter_map(|(series, values)| {
        let value = known(values, index)?;
        let level = if value < 0.0 { &mut below } else { &mut above };
        let from = *level;
        *level += value;
        Some(Part { series, from, to: *level })
    });
    parts.collect()
}

fn draw_part(
    sheet: &mut Sheet<'_>,
    chart: &StackedBars,
    axis: &Axis,
    field: Field,
    part: &Part,
    (index, left, wide): (usize, f64, f64),
) -> Result<Mark, ChartError> {
    let series = &chart.series[part.series];
    let (a, b) = (axis.y(part.from, field.top, field.bottom), axis.y(part.to, field.top, field.bottom));
    let (high, low) = (a.min(b), a.max(b));
    let seam = if part.from == 0.0 { 0.0 } else { SEAM.min((low - high) / 2.0) };
    let (from, to) = if part.to < part.from { (high + seam, low) } else { (high, low - seam) };
    if part.to != part.from {
        let colour = sheet.style.area(series.colour, series.muted);
        sheet.bar(left, from, wide, (to - from).max(0.3), colour)?;
    }
    Ok(Mark {
        x: left,
        y: high,
        w: wide,
        h: (low - high).max(1.0),
        series: series.name.clone(),
        label: chart.labels[index].clone(),
        shown: shown(series, index, part.to - part.from, &chart.unit),
    })
}

/// A label per series, top of the stack first, at its part of the last bar.
fn ends(sheet: &Sheet<'_>, chart: &StackedBars, stacks: &[Vec<Part>], axis: &Axis, top: f64, bottom: f64) -> Vec<End> {
    let last = chart.labels.len() - 1;
    let mut level = 0.0;
    let ends = chart.series.iter().enumerate().filter_map(|(which, series)| {
        (0..=last).find_map(|index| known(series, index))?;
        let part = stacks[last].iter().find(|part| part.series == which);
        let middle = part.map_or(level, |part| (part.from + part.to) / 2.0);
        level = part.filter(|part| part.to >= part.from).map_or(level, |part| part.to);
        Some(End {
            y: axis.y(middle, top, bottom),
            name: series.name.clone(),
            value: part.map_or("–".to_owned(), |part| shown(series, last, part.to - part.from, &chart.unit)),
            colour: sheet.style.word(series.colour, series.muted),
        })
    });
    let mut ends: Vec<End> = ends.collect();
    ends.reverse();
    ends
}
