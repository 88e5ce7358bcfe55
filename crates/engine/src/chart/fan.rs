//! What a figure can be over time: bands around the median, and the line of a target.

use super::axis::{self, Field, LABEL_ROW};
use super::labels::{self, End};
use super::lines::{draw_line, known, marks, places, shown};
use super::picture::{Align, Pen, Sheet, draw, no_data};
use super::scale::Axis;
use super::style::SMALL;
use super::text::{Weight, clean, width};
use super::{ChartError, Frame, Lines, Series, Unit};
use crate::view::{Chart, Mark};

/// A part of the outcomes by month, such as the middle eighty percent.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FanBand {
    /// Its lower edge, a value per label; `None` is unknown and breaks the band.
    pub low: Vec<Option<f64>>,
    /// Its upper edge.
    pub high: Vec<Option<f64>>,
    /// Names and last values of the edges, lower and upper, where they are written beside the band.
    pub edges: Option<(String, String)>,
}

/// A line and the bands around it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FanSeries {
    /// The median.
    pub line: Series,
    /// What is written beside its end, after the name.
    pub end: String,
    /// The bands, the widest first.
    pub bands: Vec<FanBand>,
}

/// Outcomes over time.
#[derive(Debug, Clone, PartialEq)]
pub struct Fan {
    /// The horizontal axis, a label a month; thinned when there are many.
    pub labels: Vec<String>,
    /// The scenarios, in reading order.
    pub series: Vec<FanSeries>,
    /// Unit of every value.
    pub unit: Unit,
    /// A level that is asked for, and its name.
    pub target: Option<(f64, String)>,
}

/// Half the width of what stands for a band of a single month, in CSS pixels.
const BOX: f64 = 9.0;

/// Draws a fan chart. The axis is as narrow as bands and target allow; a target further away than the bands reach is
/// only named at the edge it lies beyond.
///
/// # Errors
/// When the drawing library refuses.
pub fn fan(frame: &Frame, fan: &Fan) -> Result<Chart, ChartError> {
    draw(frame, |sheet| paint(sheet, fan))
}

fn sound(value: Option<f64>) -> Option<f64> {
    value.filter(|value| value.abs() < 1e100)
}

/// Lowest and highest value drawn, without the target.
fn range(chart: &Fan) -> (f64, f64) {
    let of = |series: &FanSeries| {
        let lines = (0..chart.labels.len()).filter_map(|index| known(&series.line, index)).collect::<Vec<_>>();
        let bands = series.bands.iter().flat_map(|band| band.low.iter().chain(&band.high).copied().filter_map(sound));
        lines.into_iter().chain(bands.collect::<Vec<_>>())
    };
    chart.series.iter().flat_map(of).fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(v), b.max(v)))
}

fn paint(sheet: &mut Sheet<'_>, chart: &Fan) -> Result<Vec<Mark>, ChartError> {
    let (min, max) = range(chart);
    if min > max || chart.labels.is_empty() {
        return no_data(sheet);
    }
    let target = chart.target.as_ref().filter(|(value, _)| value.abs() < 1e100);
    let reach = (max - min).max(max.abs() * 0.05);
    let near = target.filter(|(value, _)| (min - reach..=max + reach).contains(value)).map(|(value, _)| *value);
    let (min, max) = (near.map_or(min, |value| min.min(value)), near.map_or(max, |value| max.max(value)));
    let top = axis::top(sheet, &chart.unit)?;
    let bottom = sheet.bottom - LABEL_ROW;
    let axis = Axis::around(min, max, ((bottom - top) / 42.0).clamp(2.0, 7.0), chart.unit.is_whole());
    let ends = ends(sheet, chart, &axis, top, bottom);
    let rest = sheet.style.soft_ink;
    let ends = labels::fit(&ends, ((sheet.right - sheet.left) * 0.36).min(240.0), bottom - top, rest);
    let left = sheet.left + axis::tick_room(&axis, &chart.unit);
    let field = Field { left, right: (sheet.right - ends.room).max(left + 10.0), top, bottom };
    let xs = places(field, chart.labels.len());
    axis::grid(sheet, field, &axis, &chart.unit)?;
    let y = |value: f64| axis.y(value, top, bottom);
    for (place, series) in chart.series.iter().enumerate() {
        let shift = if xs.len() == 1 { (place as f64 - (chart.series.len() as f64 - 1.0) / 2.0) * 26.0 } else { 0.0 };
        let xs: Vec<f64> = xs.iter().map(|x| x + shift).collect();
        draw_bands(sheet, series, &xs, &y, chart.series.len())?;
    }
    axis::labels(sheet, bottom, &xs, &chart.labels)?;
    let points: Vec<Vec<Option<(f64, f64)>>> = chart
        .series
        .iter()
        .enumerate()
        .map(|(place, series)| {
            let shift = (place as f64 - (chart.series.len() as f64 - 1.0) / 2.0) * 26.0;
            let shift = if xs.len() == 1 { shift } else { 0.0 };
            let point = |(index, x): (usize, &f64)| known(&series.line, index).map(|v| (x + shift, y(v)));
            xs.iter().enumerate().map(point).collect()
        })
        .collect();
    for (series, points) in chart.series.iter().zip(&points) {
        draw_line(sheet, &series.line, points)?;
    }
    if let Some((value, name)) = target {
        draw_target(sheet, field, near.map(y), (*value, name, min), &points)?;
    }
    ends.draw(sheet, field.right, top, bottom)?;
    let lines = Lines {
        labels: chart.labels.clone(),
        series: chart.series.iter().map(|series| series.line.clone()).collect(),
        unit: chart.unit.clone(),
        bands: Vec::new(),
    };
    Ok(marks(sheet, &lines, &xs, &points, field))
}

/// Bands from the widest to the narrowest, each a little stronger; fainter when several scenarios lie on each other.
fn draw_bands(
    sheet: &mut Sheet<'_>,
    series: &FanSeries,
    xs: &[f64],
    y: &impl Fn(f64) -> f64,
    scenarios: usize,
) -> Result<(), ChartError> {
    let colour = sheet.style.area(series.line.colour, series.line.muted);
    let cover = match scenarios {
        1 => 0.15,
        2 | 3 => 0.11,
        _ => 0.07,
    };
    for band in &series.bands {
        let edge = |index: usize| {
            let low = sound(band.low.get(index).copied().flatten())?;
            let high = sound(band.high.get(index).copied().flatten())?;
            Some((xs[index], y(low.min(high)), y(low.max(high))))
        };
        let edges: Vec<Option<(f64, f64, f64)>> = (0..xs.len()).map(edge).collect();
        for run in edges.split(Option::is_none) {
            let run: Vec<(f64, f64, f64)> = run.iter().copied().flatten().collect();
            let corners: Vec<(f64, f64)> = match run.as_slice() {
                [] => continue,
                [(x, low, high)] => {
                    let (low, high) = (*low, high.min(low - 1.0));
                    vec![(x - BOX, low), (x + BOX, low), (x + BOX, high), (x - BOX, high)]
                }
                run => {
                    let lower = run.iter().map(|(x, low, _)| (*x, *low));
                    lower.chain(run.iter().rev().map(|(x, _, high)| (*x, *high))).collect()
                }
            };
            sheet.fill(&corners, colour, cover)?;
        }
    }
    Ok(())
}

/// The target as a dashed line with its name on a ground of its own, where the fewest lines run; at the edge beyond which
/// it lies where it is far away.
fn draw_target(
    sheet: &mut Sheet<'_>,
    field: Field,
    y: Option<f64>,
    (value, name, min): (f64, &str, f64),
    lines: &[Vec<Option<(f64, f64)>>],
) -> Result<(), ChartError> {
    let pen = Pen { size: SMALL, weight: Weight::SemiBold, colour: sheet.style.ink, align: Align::Start };
    let name = clean(name);
    let Some(y) = y else {
        let (words, baseline) = if value < min {
            (format!("{name} lies below ↓"), field.bottom - 6.0)
        } else {
            (format!("{name} lies above ↑"), field.top + 12.0)
        };
        return sheet.words(field.left + 6.0, baseline, &words, pen);
    };
    sheet.dashes(&[(field.left, y), (field.right, y)], 5.0, sheet.style.ink, 1.2)?;
    let wide = width(&name, SMALL, Weight::SemiBold);
    if field.right - field.left < wide + 12.0 {
        return Ok(());
    }
    let crowd = |(x, baseline): (f64, f64)| {
        let near = |(px, py): &&(f64, f64)| {
            (x - 30.0..x + wide + 30.0).contains(px) && (baseline - 13.0..baseline + 5.0).contains(py)
        };
        lines.iter().flatten().flatten().filter(near).count()
    };
    let rows = [y - 6.0, y + 14.0].into_iter().filter(|row| *row - 10.0 >= field.top && *row + 3.0 <= field.bottom);
    let steps = |row: f64| {
        let room = field.right - field.left - wide - 12.0;
        (0..=8).map(move |step| (field.left + 6.0 + room * f64::from(step) / 8.0, row))
    };
    let Some((x, baseline)) = rows.flat_map(steps).min_by_key(|place| crowd(*place)) else { return Ok(()) };
    sheet.bar(x - 3.0, baseline - 10.0, wide + 6.0, 13.0, sheet.style.ground)?;
    sheet.words(x, baseline, &name, pen)
}

/// A label a line at its last known value; and one an edge of the bands that are named.
fn ends(sheet: &Sheet<'_>, chart: &Fan, axis: &Axis, top: f64, bottom: f64) -> Vec<End> {
    let count = chart.labels.len();
    let mut ends = Vec::new();
    for series in &chart.series {
        let Some((index, value)) = (0..count).rev().find_map(|at| Some((at, known(&series.line, at)?))) else {
            continue;
        };
        let value_of = shown(&series.line, index, value, &chart.unit);
        let words = if series.end.is_empty() { value_of } else { series.end.clone() };
        let colour = sheet.style.word(series.line.colour, series.line.muted);
        ends.push(End { y: axis.y(value, top, bottom), name: series.line.name.clone(), value: words, colour });
        for band in &series.bands {
            let Some((low, high)) = &band.edges else { continue };
            for (name, values) in [(low, &band.low), (high, &band.high)] {
                if let Some(value) = sound(values.last().copied().flatten()) {
                    let colour = sheet.style.soft_ink;
                    ends.push(End { y: axis.y(value, top, bottom), name: String::new(), value: name.clone(), colour });
                }
            }
        }
    }
    ends
}
