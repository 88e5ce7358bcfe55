//! A table whose cells are shaded by value; what does not exist is an empty place and never a colour.

use super::axis::soft;
use super::heat_shade::{Shade, Shades, blend, ink_on};
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
/// Sizes of the figures in the cells, the largest that fits all of them.
const SIZES: [f64; 3] = [SMALL, 10.0, 9.0];

/// Draws a heat map.
///
/// # Errors
/// When the drawing library refuses.
pub fn heat_map(frame: &Frame, map: &HeatMap) -> Result<Chart, ChartError> {
    draw(frame, |sheet| paint(sheet, map))
}

/// Where the cells are, and how large their figures.
#[derive(Clone, Copy)]
struct Grid {
    left: f64,
    top: f64,
    wide: f64,
    high: f64,
    size: f64,
}

impl Grid {
    /// Left, upper, right and lower edge of a place, half of the seam around it included.
    fn edges(self, (row, column): (usize, usize)) -> (f64, f64, f64, f64) {
        let (x, y) = (self.left + column as f64 * self.wide, self.top + row as f64 * self.high);
        (x - SEAM / 2.0, y - SEAM / 2.0, x + self.wide - SEAM / 2.0, y + self.high - SEAM / 2.0)
    }
}

fn paint(sheet: &mut Sheet<'_>, map: &HeatMap) -> Result<Vec<Mark>, ChartError> {
    let values = || map.rows.iter().flat_map(|row| (0..map.columns.len()).filter_map(|at| known(row.values.get(at))));
    let (min, max) = values().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(v), b.max(v)));
    if min > max {
        return no_data(sheet);
    }
    let grid = heads(sheet, map)?;
    let mut marks = Vec::new();
    for (index, row) in map.rows.iter().enumerate() {
        let y = grid.top + index as f64 * grid.high;
        let name = shorten(&clean(&row.name), grid.left - sheet.left - 8.0, SMALL, Weight::Regular);
        let pen = soft(sheet, Align::End);
        sheet.words(grid.left - 8.0, y + (grid.high - SEAM) / 2.0 + 4.0, &name, pen)?;
        let least = (0..map.columns.len()).filter_map(|at| known(row.values.get(at))).fold(f64::INFINITY, f64::min);
        for at in 0..map.columns.len() {
            let value = known(row.values.get(at));
            let shade = value.map(|value| map.shades.of(value, (min, max), value <= least, sheet.style));
            marks.push(cell(sheet, map, grid, (index, at), shade)?);
        }
    }
    if let Shades::Around { middle } = map.shades {
        boundary(sheet, map, grid, middle)?;
    }
    if let Some(place) = map.marked.filter(|(row, column)| *row < map.rows.len() && *column < map.columns.len()) {
        let (left, top, right, bottom) = grid.edges(place);
        let frame = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)];
        sheet.path(&frame, sheet.style.ink, 2.6)?;
    }
    let pen = soft(sheet, Align::Start);
    let below = (grid.top + map.rows.len() as f64 * grid.high + 15.0).min(sheet.bottom);
    let legend = shorten(&clean(&map.legend), sheet.right - sheet.left, SMALL, Weight::Regular);
    let room = sheet.right - grid.left;
    let x = if width(&legend, SMALL, Weight::Regular) <= room { grid.left } else { sheet.left };
    sheet.words(x, below, &legend, pen)?;
    Ok(marks)
}

/// Titles of both sides and names of the columns; answers with the room below them.
fn heads(sheet: &mut Sheet<'_>, map: &HeatMap) -> Result<Grid, ChartError> {
    let names = map.rows.iter().map(|row| width(&clean(&row.name), SMALL, Weight::Regular)).fold(0.0, f64::max);
    let left = sheet.left + (names + 10.0).min((sheet.right - sheet.left) * 0.3);
    let wide = (sheet.right - left) / map.columns.len() as f64;
    let mut top = sheet.top;
    if !(map.x_title.is_empty() && map.y_title.is_empty()) {
        let room = (sheet.right - sheet.left - 16.0) / 2.0;
        let pen = soft(sheet, Align::Start);
        sheet.words(sheet.left, top + 10.0, &shorten(&clean(&map.y_title), room, SMALL, Weight::Regular), pen)?;
        let pen = soft(sheet, Align::End);
        sheet.words(sheet.right, top + 10.0, &shorten(&clean(&map.x_title), room, SMALL, Weight::Regular), pen)?;
        top += 17.0;
    }
    let heads: Vec<Vec<String>> = map
        .columns
        .iter()
        .map(|name| wrap(&clean(name), (wide - SEAM).max(10.0), 2, (SMALL, Weight::Regular)))
        .collect();
    let lines = heads.iter().map(Vec::len).max().unwrap_or(1) as f64;
    for (at, head) in heads.iter().enumerate() {
        let x = left + (at as f64 + 0.5) * wide;
        for (line, words) in head.iter().enumerate() {
            let pen = soft(sheet, Align::Middle);
            sheet.words(x, top + 10.0 + line as f64 * 13.0, words, pen)?;
        }
    }
    let top = top + lines * 13.0 + 6.0;
    let high = ((sheet.bottom - LEGEND - top) / map.rows.len() as f64).clamp(4.0, TALLEST);
    let words = map.rows.iter().flat_map(|row| &row.shown);
    let widest = words.map(|words| width(&clean(words), 1.0, Weight::SemiBold)).fold(0.0, f64::max);
    let fits = |size: &f64| widest * size + 3.0 <= wide - SEAM;
    let size = SIZES.into_iter().find(fits).unwrap_or(SMALL);
    Ok(Grid { left, top, wide, high, size })
}

fn known(value: Option<&Option<f64>>) -> Option<f64> {
    value.copied().flatten().filter(|value| value.abs() < 1e100)
}

fn cell(
    sheet: &mut Sheet<'_>,
    map: &HeatMap,
    grid: Grid,
    (row, column): (usize, usize),
    shade: Option<Shade>,
) -> Result<Mark, ChartError> {
    let Grid { left, top, wide, high, size } = grid;
    let (x, y) = (left + column as f64 * wide, top + row as f64 * high);
    let (w, h) = ((wide - SEAM).max(1.0), (high - SEAM).max(1.0));
    let given = |words: &[String]| words.get(column).filter(|words| !words.is_empty()).cloned();
    let shown = given(&map.rows[row].shown).filter(|_| shade.is_some());
    let words = shown.unwrap_or_else(|| "–".into());
    let is_strong = shade.is_some_and(|shade| shade.is_framed || shade.is_hatched);
    let ink = match shade {
        None => sheet.style.faint_ink,
        Some(shade) => {
            sheet.bar(x, y, w, h, shade.colour)?;
            let ink = ink_on(shade.colour);
            if shade.is_framed {
                let frame = [(x, y), (x + w, y), (x + w, y + h), (x, y + h), (x, y)];
                sheet.path(&frame, sheet.style.ink, 1.5)?;
            }
            if shade.is_hatched {
                hatch(sheet, (x, y, w, h), blend(shade.colour, ink, 0.45))?;
            }
            ink
        }
    };
    let weight = if is_strong { Weight::SemiBold } else { Weight::Regular };
    // A short figure is written whole into a narrower cell too, as GPUs by hour of the day are.
    if (w >= LEGIBLE || width(&words, size, weight) + 2.0 <= w) && h >= 12.0 {
        let words = shorten(&clean(&words), w - 2.0, size, weight);
        if let Some(shade) = shade.filter(|shade| shade.is_hatched) {
            // Strokes between figure and edge would read as digits.
            let half = width(&words, size, weight) / 2.0 + 1.5;
            let half = if half + 4.0 > w / 2.0 { w / 2.0 } else { half };
            sheet.bar(x + w / 2.0 - half, y + h / 2.0 - 6.0, half * 2.0, 12.0, shade.colour)?;
        }
        let pen = Pen { size, weight, colour: ink, align: Align::Middle };
        sheet.words(x + w / 2.0, y + h / 2.0 + size * 0.36, &words, pen)?;
    }
    let (series, label) = (map.rows[row].name.clone(), map.columns[column].clone());
    let shown = match shade {
        None => map.absent.clone(),
        Some(_) => given(&map.rows[row].said).unwrap_or(words),
    };
    Ok(Mark { x, y, w, h, series, label, shown })
}

/// Strokes from lower left to upper right across a cell.
fn hatch(sheet: &mut Sheet<'_>, (x, y, w, h): (f64, f64, f64, f64), colour: u32) -> Result<(), ChartError> {
    const APART: f64 = 5.0;
    let mut along = APART;
    while along < w + h {
        // The stroke x − x₀ + y₁ − y = along, cut off at the cell's edges.
        let from = (x + (along - h).max(0.0), y + along.min(h));
        let to = (x + along.min(w), y + (along - w).max(0.0));
        sheet.path(&[from, to], colour, 1.0)?;
        along += APART;
    }
    Ok(())
}

/// The line between neighbours on both sides of the middle.
fn boundary(sheet: &mut Sheet<'_>, map: &HeatMap, grid: Grid, middle: f64) -> Result<(), ChartError> {
    let side = |row: usize, column: usize| {
        let value = map.rows.get(row).and_then(|row| known(row.values.get(column)))?;
        (column < map.columns.len()).then_some(value >= middle)
    };
    let differ = |a: Option<bool>, b: Option<bool>| matches!((a, b), (Some(a), Some(b)) if a != b);
    for row in 0..map.rows.len() {
        for column in 0..map.columns.len() {
            let (left, _, right, bottom) = grid.edges((row, column));
            let (_, top, ..) = grid.edges((row, column));
            if differ(side(row, column), side(row, column + 1)) {
                sheet.path(&[(right, top), (right, bottom)], sheet.style.ink, 1.6)?;
            }
            if differ(side(row, column), side(row + 1, column)) {
                sheet.path(&[(left, bottom), (right, bottom)], sheet.style.ink, 1.6)?;
            }
        }
    }
    Ok(())
}
