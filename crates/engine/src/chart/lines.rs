//! Lines over time or volume, named at their ends; what is planned is dashed, what is unknown is a gap.

use super::axis::{self, Field, LABEL_ROW};
use super::labels::{self, End};
use super::picture::{Align, Pen, Sheet, draw, no_data};
use super::scale::{Axis, spread};
use super::style::SMALL;
use super::text::{Weight, clean, shorten, width};
use super::{Band, ChartError, Frame, Lines, Series};
use crate::view::{Chart, Mark};

/// Height of a hover place above and below its point, in CSS pixels.
const REACH: f64 = 8.0;
/// Coinciding points share their hover place in slices this high.
const SLICE: f64 = 4.0;

/// Draws lines. The axis is as narrow as the values allow and need not begin at zero.
///
/// # Errors
/// When the drawing library refuses.
pub fn lines(frame: &Frame, lines: &Lines) -> Result<Chart, ChartError> {
    draw(frame, |sheet| paint(sheet, lines))
}

/// A value that can be drawn: finite, and small enough to add up.
pub(super) fn known(series: &Series, index: usize) -> Option<f64> {
    let value = series.values.get(index).copied().flatten().filter(|value| value.abs() < 1e100)?;
    Some(if value.abs() < 1e-100 { 0.0 } else { value })
}

/// The value as words: the caller's, or a rounded one.
pub(super) fn shown(series: &Series, index: usize, value: f64, unit: &super::Unit) -> String {
    series.shown.get(index).filter(|shown| !shown.is_empty()).cloned().unwrap_or_else(|| unit.words(value))
}

fn paint(sheet: &mut Sheet<'_>, chart: &Lines) -> Result<Vec<Mark>, ChartError> {
    let count = chart.labels.len();
    let values = chart.series.iter().flat_map(|series| (0..count).filter_map(|index| known(series, index)));
    let (min, max) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(v), b.max(v)));
    if min > max {
        return no_data(sheet);
    }
    let top = axis::top(sheet, &chart.unit)?;
    let bottom = sheet.bottom - LABEL_ROW;
    let axis = Axis::around(min, max, ((bottom - top) / 42.0).clamp(2.0, 7.0), chart.unit.is_whole());
    let ends = ends(sheet, chart, &axis, top, bottom);
    let rest = sheet.style.soft_ink;
    let ends = labels::fit(&ends, ((sheet.right - sheet.left) * 0.34).min(230.0), bottom - top, rest);
    let left = sheet.left + axis::tick_room(&axis, &chart.unit);
    let field = Field { left, right: (sheet.right - ends.room).max(left + 10.0), top, bottom };
    let xs = places(field, count);
    axis::grid(sheet, field, &axis, &chart.unit)?;
    let points: Vec<Vec<Option<(f64, f64)>>> = chart
        .series
        .iter()
        .map(|series| {
            let point = |(index, &x): (usize, &f64)| known(series, index).map(|v| (x, axis.y(v, top, bottom)));
            xs.iter().enumerate().map(point).collect()
        })
        .collect();
    let mut named: Vec<Named> = Vec::new();
    for band in &chart.bands {
        draw_band(sheet, field, &xs, band, (&points, &mut named))?;
    }
    axis::labels(sheet, bottom, &xs, &chart.labels)?;
    for dashed in [true, false] {
        for (series, points) in chart.series.iter().zip(&points).filter(|(series, _)| series.dashed == dashed) {
            draw_line(sheet, series, points)?;
        }
    }
    ends.draw(sheet, field.right, top, bottom)?;
    Ok(marks(sheet, chart, &xs, &points, field))
}

pub(super) fn places(field: Field, count: usize) -> Vec<f64> {
    if count == 1 {
        return vec![(field.left + field.right) / 2.0];
    }
    let slot = (field.right - field.left) / (count - 1) as f64;
    (0..count).map(|index| field.left + index as f64 * slot).collect()
}

/// A label per line at its last known value, which is said when it is not the last of the axis.
fn ends(sheet: &Sheet<'_>, chart: &Lines, axis: &Axis, top: f64, bottom: f64) -> Vec<End> {
    let count = chart.labels.len();
    let ends = chart.series.iter().filter_map(|series| {
        let (index, value) = (0..count).rev().find_map(|index| Some((index, known(series, index)?)))?;
        let mut words = shown(series, index, value, &chart.unit);
        if index + 1 < count {
            words = format!("{words}, {}", chart.labels[index]);
        }
        Some(End {
            y: axis.y(value, top, bottom),
            name: series.name.clone(),
            value: words,
            colour: sheet.style.word(series.colour, series.muted),
        })
    });
    ends.collect()
}

/// Every unbroken run of points as a line, or as a dot when it is alone.
pub(super) fn draw_line(
    sheet: &mut Sheet<'_>,
    series: &Series,
    points: &[Option<(f64, f64)>],
) -> Result<(), ChartError> {
    let colour = sheet.style.area(series.colour, series.muted);
    for run in points.split(Option::is_none) {
        let run: Vec<(f64, f64)> = run.iter().copied().flatten().collect();
        match run.as_slice() {
            [] => {}
            [(x, y)] => sheet.dot(*x, *y, 3.0, colour)?,
            run if series.dashed => sheet.dashes(run, 4.0, colour, 2.0)?,
            run => sheet.path(run, colour, 2.0)?,
        }
    }
    if let (Some((x, y)), false) = (points.iter().rev().find_map(|point| *point), series.dashed) {
        sheet.dot(x, y, 2.8, colour)?;
    }
    Ok(())
}

/// Places of a line's values; `None` is unknown.
type Points = Vec<Option<(f64, f64)>>;
/// Left and right end of a band's name, and its baseline.
type Named = (f64, f64, f64);

fn draw_band(
    sheet: &mut Sheet<'_>,
    field: Field,
    xs: &[f64],
    band: &Band,
    (points, named): (&[Points], &mut Vec<Named>),
) -> Result<(), ChartError> {
    let slot = if xs.len() > 1 { xs[1] - xs[0] } else { 0.0 };
    let at = |index: f64| (xs[0] + index * slot).clamp(field.left, field.right);
    let (from, to) = (at(band.from.min(band.to)), at(band.from.max(band.to)));
    if !(from.is_finite() && to.is_finite()) {
        return Ok(());
    }
    let (from, to) = if to - from < 3.0 { ((from + to) / 2.0 - 1.5, (from + to) / 2.0 + 1.5) } else { (from, to) };
    let colour = sheet.style.area(band.colour, false);
    sheet.fill(&[(from, field.top), (to, field.top), (to, field.bottom), (from, field.bottom)], colour, 0.12)?;
    if band.label.is_empty() {
        return Ok(());
    }
    let label = shorten(&clean(&band.label), (field.right - field.left) * 0.6, SMALL, Weight::Regular);
    let half = width(&label, SMALL, Weight::Regular) / 2.0;
    let middle = ((from + to) / 2.0).min(field.right - half).max(field.left + half);
    let crowd = |low: f64, high: f64| {
        let all = points.iter().flatten().flatten();
        all.filter(|(x, y)| (x - middle).abs() < half + slot && (low..high).contains(y)).count()
    };
    // At the top or at the foot, in a second row where another name stands, wherever fewer points are in the way.
    let rows = [field.top + 14.0, field.bottom - 7.0, field.top + 28.0, field.bottom - 21.0];
    let (left, right) = (middle - half - 6.0, middle + half + 6.0);
    let is_free = |row: &&f64| !named.iter().any(|(l, r, at)| left < *r && right > *l && (at - **row).abs() < 12.0);
    let row = rows.iter().filter(is_free).min_by_key(|row| crowd(**row - 14.0, **row + 6.0));
    let Some(&baseline) = row else { return Ok(()) };
    named.push((left, right, baseline));
    sheet.words(middle, baseline, &label, axis::soft(sheet, Align::Middle))
}

/// A hover place a point, month by month; those of one month divide its slot from top to bottom.
pub(super) fn marks(
    sheet: &Sheet<'_>,
    chart: &Lines,
    xs: &[f64],
    points: &[Vec<Option<(f64, f64)>>],
    field: Field,
) -> Vec<Mark> {
    let slot = if xs.len() > 1 { xs[1] - xs[0] } else { field.right - field.left };
    let mut marks = Vec::new();
    for (index, &x) in xs.iter().enumerate() {
        let here: Vec<(usize, f64)> =
            points.iter().enumerate().filter_map(|(series, points)| Some((series, points[index]?.1))).collect();
        let ys: Vec<f64> = here.iter().map(|(_, y)| *y).collect();
        let centres = spread(&ys, SLICE, field.top - REACH + SLICE / 2.0, field.bottom + REACH - SLICE / 2.0);
        let left = (x - slot / 2.0).max(sheet.left);
        let right = (x + slot / 2.0).min(sheet.right);
        for (&(which, _), &centre) in here.iter().zip(&centres) {
            let edge = |other: &f64| (centre + other) / 2.0;
            let over = centres.iter().filter(|&&other| other < centre).map(edge).fold(centre - REACH, f64::max);
            let under = centres.iter().filter(|&&other| other > centre).map(edge).fold(centre + REACH, f64::min);
            let series = &chart.series[which];
            let value = known(series, index).unwrap_or_default();
            marks.push(Mark {
                x: left,
                y: over,
                w: right - left,
                h: under - over,
                series: series.name.clone(),
                label: chart.labels[index].clone(),
                shown: shown(series, index, value, &chart.unit),
            });
        }
    }
    marks
}

/// Words that name a bar or a step above it.
pub(super) fn strong(sheet: &Sheet<'_>, align: Align) -> Pen {
    Pen { size: SMALL, weight: Weight::SemiBold, colour: sheet.style.ink, align }
}
