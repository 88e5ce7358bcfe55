//! A table whose cells are shaded by value: dear is dark, the least of a row is framed, and what does not exist is
//! an empty place and never a colour.

use super::axis::soft;
use super::picture::{Align, Pen, Sheet, draw, no_data};
use super::style::SMALL;
use super::text::{Weight, clean, shorten, width, wrap};
use super::{ChartError, Frame, HeatMap};
use crate::view::{Chart, Mark};

/// Ground between two cells, in CSS pixels.
const SEAM: f64 = 2.0;
/// Tallest row in CSS pixels, however few there are.
const TALLEST: f64 = 34.0;
/// Least width of a cell that its value is written in, shortened where it must be.
const LEGIBLE: f64 = 30.0;
/// Height of the line that says what the colours mean.
const LEGEND: f64 = 20.0;

/// Draws a heat map.
///
/// # Errors
/// When the drawing library refuses.
pub fn heat_map(frame: &Frame, map: &HeatMap) -> Result<Chart, ChartError> {
    draw(frame, |sheet| paint(sheet, map))
}

/// Where the cells are.
#[derive(Clone, Copy)]
struct Grid {
    left: f64,
    top: f64,
    wide: f64,
    high: f64,
}

fn paint(sheet: &mut Sheet<'_>, map: &HeatMap) -> Result<Vec<Mark>, ChartError> {
    let values = || map.rows.iter().flat_map(|row| (0..map.columns.len()).filter_map(|at| known(row.values.get(at))));
    let (min, max) = values().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(v), b.max(v)));
    if min > max {
        return no_data(sheet);
    }
    let names = map.rows.iter().map(|row| width(&clean(&row.name), SMALL, Weight::Regular)).fold(0.0, f64::max);
    let left = sheet.left + (names + 10.0).min((sheet.right - sheet.left) * 0.3);
    let wide = (sheet.right - left) / map.columns.len() as f64;
    let heads: Vec<Vec<String>> =
        map.columns.iter().map(|name| wrap(&clean(name), (wide - SEAM).max(10.0), 2, SMALL)).collect();
    let lines = heads.iter().map(Vec::len).max().unwrap_or(1) as f64;
    let top = sheet.top + lines * 13.0 + 6.0;
    let high = ((sheet.bottom - LEGEND - top) / map.rows.len() as f64).clamp(4.0, TALLEST);
    let grid = Grid { left, top, wide, high };
    for (at, head) in heads.iter().enumerate() {
        let x = left + (at as f64 + 0.5) * wide;
        for (line, words) in head.iter().enumerate() {
            let pen = soft(sheet, Align::Middle);
            sheet.words(x, sheet.top + 10.0 + line as f64 * 13.0, words, pen)?;
        }
    }
    let mut marks = Vec::new();
    for (index, row) in map.rows.iter().enumerate() {
        let y = top + index as f64 * high;
        let name = shorten(&clean(&row.name), left - sheet.left - 8.0, SMALL, Weight::Regular);
        let pen = soft(sheet, Align::End);
        sheet.words(left - 8.0, y + high / 2.0 + 4.0, &name, pen)?;
        let least = (0..map.columns.len()).filter_map(|at| known(row.values.get(at))).fold(f64::INFINITY, f64::min);
        for at in 0..map.columns.len() {
            let share = known(row.values.get(at)).map(|value| share(value, min, max));
            marks.push(cell(sheet, map, grid, (index, at), share, known(row.values.get(at)) == Some(least))?);
        }
    }
    let pen = soft(sheet, Align::Start);
    sheet.words(left, (top + map.rows.len() as f64 * high + 15.0).min(sheet.bottom), &clean(&map.legend), pen)?;
    Ok(marks)
}

fn known(value: Option<&Option<f64>>) -> Option<f64> {
    value.copied().flatten().filter(|value| value.abs() < 1e100)
}

/// Place between the least and the largest value, by ratio where all are above 0: prices differ by factors.
fn share(value: f64, min: f64, max: f64) -> f64 {
    let (value, min, max) = if min > 0.0 { (value.ln(), min.ln(), max.ln()) } else { (value, min, max) };
    if max > min { ((value - min) / (max - min)).clamp(0.0, 1.0) } else { 0.5 }
}

fn cell(
    sheet: &mut Sheet<'_>,
    map: &HeatMap,
    grid: Grid,
    (row, column): (usize, usize),
    share: Option<f64>,
    is_least: bool,
) -> Result<Mark, ChartError> {
    let Grid { left, top, wide, high } = grid;
    let (x, y) = (left + column as f64 * wide, top + row as f64 * high);
    let (w, h) = ((wide - SEAM).max(1.0), (high - SEAM).max(1.0));
    let shown = map.rows[row].shown.get(column).filter(|shown| !shown.is_empty()).cloned();
    let words = shown.unwrap_or_else(|| "–".into());
    let ink = match share {
        None => sheet.style.faint_ink,
        Some(share) => {
            let colour = blend(sheet.style.heat.0, sheet.style.heat.1, share);
            sheet.bar(x, y, w, h, colour)?;
            if is_least {
                let frame = [(x, y), (x + w, y), (x + w, y + h), (x, y + h), (x, y)];
                sheet.path(&frame, sheet.style.ink, 1.5)?;
            }
            if luminance(colour) > 0.36 { 0x16181d } else { 0xffffff }
        }
    };
    let weight = if is_least { Weight::SemiBold } else { Weight::Regular };
    // A short figure is written whole into a narrower cell too, as GPUs by hour of the day are.
    if (w >= LEGIBLE || width(&words, SMALL, weight) + 3.0 <= w) && h >= 12.0 {
        let pen = Pen { size: SMALL, weight, colour: ink, align: Align::Middle };
        sheet.words(x + w / 2.0, y + h / 2.0 + 4.0, &shorten(&clean(&words), w - 2.0, SMALL, weight), pen)?;
    }
    let (series, label) = (map.rows[row].name.clone(), map.columns[column].clone());
    let shown = if share.is_none() && words == "–" { map.absent.clone() } else { words };
    Ok(Mark { x, y, w, h, series, label, shown })
}

fn blend(from: u32, to: u32, share: f64) -> u32 {
    let part = |shift: u32| {
        let (a, b) = (f64::from((from >> shift) & 0xff), f64::from((to >> shift) & 0xff));
        ((a + (b - a) * share).round() as u32) << shift
    };
    part(16) | part(8) | part(0)
}

/// Relative luminance of a colour, 0 to 1 (WCAG 2.2).
fn luminance(colour: u32) -> f64 {
    let part = |shift: u32| {
        let value = f64::from((colour >> shift) & 0xff) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * part(16) + 0.7152 * part(8) + 0.0722 * part(0)
}
