//! Lines over a number, such as cost over requests a month, with the stretches where one of them is ahead.

use super::across::Across;
use super::axis::{self, Field, LABEL_ROW};
use super::labels::{self, End};
use super::lines::{draw_line, known, marks, shown};
use super::picture::{Align, Pen, Sheet, draw, no_data};
use super::scale::Axis;
use super::style::SMALL;
use super::text::{Weight, clean, width};
use super::{ChartError, Frame, Lines, Series, Unit, turns};
use crate::view::{Chart, Mark};

/// A stretch of the horizontal axis.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Stretch {
    /// Where it begins, in the axis' unit.
    pub from: f64,
    /// Where it ends.
    pub to: f64,
    /// What it is; written where there is room.
    pub label: String,
    /// Index into the palette.
    pub colour: usize,
}

/// A place where the lead changes.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Turn {
    /// Where on the horizontal axis.
    pub x: f64,
    /// Where on the vertical axis.
    pub y: f64,
    /// The number as a person reads it, written beside the mark where there is room: `39.3 M`.
    pub shown: String,
    /// Who leads from there on; for hover and screen reader.
    pub said: String,
    /// Index into the palette.
    pub colour: usize,
}

/// Values over a number.
#[derive(Debug, Clone, PartialEq)]
pub struct Curves {
    /// The number, rising.
    pub x: Vec<f64>,
    /// Each as a person reads it; for marks.
    pub x_shown: Vec<String>,
    /// What it counts, below the axis.
    pub x_title: String,
    /// Unit of the number.
    pub x_unit: Unit,
    /// The lines, a value for each number, in reading order.
    pub series: Vec<Series>,
    /// Unit of every value.
    pub unit: Unit,
    /// Stretches that are shaded.
    pub stretches: Vec<Stretch>,
    /// Places on the horizontal axis with a name, such as the demand of the first month.
    pub places: Vec<(f64, String)>,
    /// Places where the lead changes, marked on the lines.
    pub turns: Vec<Turn>,
}

/// Places that answer to hover and keyboard, on each line.
const MARKS: usize = 24;

/// Draws lines over a number. The horizontal axis has the ends that the numbers have; the vertical one holds zero, since
/// what is shown are sizes.
///
/// # Errors
/// When the drawing library refuses.
pub fn curves(frame: &Frame, curves: &Curves) -> Result<Chart, ChartError> {
    draw(frame, |sheet| paint(sheet, curves))
}

fn paint(sheet: &mut Sheet<'_>, chart: &Curves) -> Result<Vec<Mark>, ChartError> {
    let count = chart.x.len();
    let values = chart.series.iter().flat_map(|series| (0..count).filter_map(|index| known(series, index)));
    let (min, max) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(v), b.max(v)));
    let (Some(&first), Some(&last)) = (chart.x.first(), chart.x.last()) else { return no_data(sheet) };
    if min > max || !(first.abs() < 1e100 && last.abs() < 1e100) {
        return no_data(sheet);
    }
    let (min, max) = (min.min(0.0), max.max(0.0));
    // Names of places stand in a row of their own above the field.
    let head = if chart.places.is_empty() { 0.0 } else { 14.0 };
    let top = axis::top(sheet, &chart.unit)? + head;
    let bottom = sheet.bottom - LABEL_ROW - 14.0;
    let axis = Axis::around(min, max, ((bottom - top) / 42.0).clamp(2.0, 7.0), chart.unit.is_whole());
    let ends = ends(sheet, chart, &axis, top, bottom);
    let rest = sheet.style.soft_ink;
    let ends = labels::fit(&ends, ((sheet.right - sheet.left) * 0.34).min(230.0), bottom - top, rest);
    let left = sheet.left + axis::tick_room(&axis, &chart.unit);
    let field = Field { left, right: (sheet.right - ends.room).max(left + 10.0), top, bottom };
    let across = Across::around((first, last), (field.left, field.right), &chart.x_unit, true);
    axis::grid(sheet, field, &axis, &chart.unit)?;
    for stretch in &chart.stretches {
        shade(sheet, field, &across, (stretch, &chart.places))?;
    }
    name_places(sheet, field, &across, &chart.places)?;
    across.labels(sheet, bottom, &chart.x_unit)?;
    across.title(sheet, sheet.bottom - 2.0, &chart.x_title)?;
    let at = |series: &Series, index: usize| {
        known(series, index).map(|value| (across.x(chart.x[index]), axis.y(value, top, bottom)))
    };
    for series in &chart.series {
        let points: Vec<Option<(f64, f64)>> = (0..count).map(|index| at(series, index)).collect();
        draw_line(sheet, series, &points)?;
    }
    ends.draw(sheet, field.right, top, bottom)?;
    let lines: Vec<Vec<(f64, f64)>> =
        chart.series.iter().map(|series| (0..count).filter_map(|index| at(series, index)).collect()).collect();
    let turned = turns::draw(sheet, field, &lines, &place_turns(chart, &across, &axis, field))?;
    let chosen = chosen(count);
    let xs: Vec<f64> = chosen.iter().map(|&index| across.x(chart.x[index])).collect();
    let thinned = Lines {
        labels: chosen.iter().map(|&index| chart.x_shown.get(index).cloned().unwrap_or_default()).collect(),
        series: chart.series.iter().map(|series| thin(series, &chosen)).collect(),
        unit: chart.unit.clone(),
        bands: Vec::new(),
    };
    let points: Vec<Vec<Option<(f64, f64)>>> =
        chart.series.iter().map(|series| chosen.iter().map(|&index| at(series, index)).collect()).collect();
    let mut marks = marks(sheet, &thinned, &xs, &points, field);
    marks.extend(turned);
    Ok(marks)
}

/// Turns inside the field, in CSS pixels.
fn place_turns<'a>(chart: &'a Curves, across: &Across, axis: &Axis, field: Field) -> Vec<(f64, f64, &'a Turn)> {
    let (first, last) = (chart.x[0], chart.x[chart.x.len() - 1]);
    let inside = chart.turns.iter().filter(|turn| (first..=last).contains(&turn.x) && turn.y.abs() < 1e100);
    inside.map(|turn| (across.x(turn.x), axis.y(turn.y, field.top, field.bottom), turn)).collect()
}

/// Evenly spaced indices, both ends among them.
fn chosen(count: usize) -> Vec<usize> {
    if count <= MARKS + 1 {
        return (0..count).collect();
    }
    (0..=MARKS).map(|place| place * (count - 1) / MARKS).collect()
}

fn thin(series: &Series, chosen: &[usize]) -> Series {
    Series {
        values: chosen.iter().map(|&index| known(series, index)).collect(),
        shown: chosen.iter().map(|&index| series.shown.get(index).cloned().unwrap_or_default()).collect(),
        ..series.clone()
    }
}

fn shade(
    sheet: &mut Sheet<'_>,
    field: Field,
    across: &Across,
    (stretch, places): (&Stretch, &[(f64, String)]),
) -> Result<(), ChartError> {
    if !(stretch.from.is_finite() && stretch.to > stretch.from) {
        return Ok(());
    }
    let (from, to) = (across.x(stretch.from), across.x(stretch.to.min(1e100)));
    if to - from < 0.1 {
        return Ok(());
    }
    let colour = sheet.style.area(stretch.colour, false);
    sheet.fill(&[(from, field.top), (to, field.top), (to, field.bottom), (from, field.bottom)], colour, 0.10)?;
    let label = clean(&stretch.label);
    let (from, to) = widest_gap((from, to), places.iter().map(|(value, _)| across.x(*value)));
    if width(&label, SMALL, Weight::Regular) + 8.0 > to - from {
        return Ok(());
    }
    let pen = Pen { colour: sheet.style.word(stretch.colour, false), ..axis::soft(sheet, Align::Middle) };
    sheet.words((from + to) / 2.0, field.top + 13.0, &label, pen)
}

/// The widest part of a stretch that no stem crosses.
fn widest_gap((from, to): (f64, f64), stems: impl Iterator<Item = f64>) -> (f64, f64) {
    let mut edges: Vec<f64> = stems.filter(|x| *x > from && *x < to).chain([from, to]).collect();
    edges.sort_by(f64::total_cmp);
    let gaps = edges.windows(2).map(|pair| (pair[0], pair[1]));
    gaps.max_by(|a, b| (a.1 - a.0).total_cmp(&(b.1 - b.0))).unwrap_or((from, to))
}

/// A stem and a name above the field; a name that would touch the one before it is left out.
fn name_places(
    sheet: &mut Sheet<'_>,
    field: Field,
    across: &Across,
    places: &[(f64, String)],
) -> Result<(), ChartError> {
    let mut free = sheet.left;
    for (value, name) in places.iter().filter(|(value, _)| value.is_finite()) {
        let x = across.x(*value);
        let stem = Sheet::sharp(x);
        sheet.dashes(&[(stem, field.top - 3.0), (stem, field.bottom)], 2.0, sheet.style.faint_ink, 1.0)?;
        let name = clean(name);
        let half = width(&name, SMALL, Weight::Regular) / 2.0;
        let x = x.min(sheet.right - half).max(sheet.left + half);
        if x - half >= free {
            let pen = axis::soft(sheet, Align::Middle);
            sheet.words(x, field.top - 7.0, &name, pen)?;
            free = x + half + 8.0;
        }
    }
    Ok(())
}

/// A label a line at its last known value, with the number where that is not the last.
fn ends(sheet: &Sheet<'_>, chart: &Curves, axis: &Axis, top: f64, bottom: f64) -> Vec<End> {
    let count = chart.x.len();
    let ends = chart.series.iter().filter_map(|series| {
        let (index, value) = (0..count).rev().find_map(|index| Some((index, known(series, index)?)))?;
        let mut words = shown(series, index, value, &chart.unit);
        if index + 1 < count {
            words = format!("{words}, {}", chart.x_shown.get(index).map_or("", String::as_str));
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
