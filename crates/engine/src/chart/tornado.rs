//! What each input does to a figure, one at a time: bars around the figure as it is, the largest on top.

use super::across::Across;
use super::axis::soft;
use super::lines::strong;
use super::picture::{Align, Sheet, draw, no_data};
use super::style::SMALL;
use super::text::{Weight, clean, shorten, width, wrap};
use super::{ChartError, Frame, Unit};
use crate::view::{Chart, Mark};

/// What the figure comes to at one end of an input.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TornadoEnd {
    /// The input there, as a person reads it.
    pub input: String,
    /// The figure, in the chart's unit.
    pub value: f64,
    /// The figure as a person reads it.
    pub shown: String,
}

/// One input.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TornadoBar {
    /// Its name, with the unit of the input.
    pub name: String,
    /// Its low end.
    pub low: TornadoEnd,
    /// Its high end.
    pub high: TornadoEnd,
}

/// Inputs by what they move.
#[derive(Debug, Clone, PartialEq)]
pub struct Tornado {
    /// The figure with every input in the middle, in the chart's unit.
    pub base: f64,
    /// The same as a person reads it.
    pub base_shown: String,
    /// The bars, the first on top.
    pub bars: Vec<TornadoBar>,
    /// What is not drawn, in words; empty when all is.
    pub rest: String,
    /// Unit of the figure.
    pub unit: Unit,
}

/// Tallest row in CSS pixels, however few there are.
const TALLEST: f64 = 44.0;
/// Bar to row.
const SHARE: f64 = 0.6;
/// Share of the width that names may take.
const NAMES: f64 = 0.34;
/// Height of the base's value above the bars.
const HEAD: f64 = 18.0;
/// Height of the line that says what the colours mean.
const LEGEND: f64 = 18.0;
/// Least width of the field, in CSS pixels; for more of it the figures at the ends are left out.
const LEAST_FIELD: f64 = 110.0;
/// Between a bar and its words, and between those, in CSS pixels.
const BREATH: f64 = 5.0;
/// Palette colours of the low and the high end: blue and orange.
const COLOURS: [usize; 2] = [1, 0];

/// Draws a tornado.
///
/// # Errors
/// When a figure is not finite, or the drawing library refuses.
pub fn tornado(frame: &Frame, tornado: &Tornado) -> Result<Chart, ChartError> {
    let sound = |value: f64| value.abs() < 1e100;
    if let Some(bar) = tornado.bars.iter().find(|bar| !(sound(bar.low.value) && sound(bar.high.value))) {
        return Err(ChartError::Value(bar.name.clone()));
    }
    if !sound(tornado.base) {
        return Err(ChartError::Value("base".into()));
    }
    draw(frame, |sheet| paint(sheet, tornado))
}

/// The words beside a bar: the figure, then the input.
struct Side<'a> {
    end: &'a TornadoEnd,
    with_figure: bool,
}

impl Side<'_> {
    fn width(&self) -> f64 {
        let figure = width(&clean(&self.end.shown), SMALL, Weight::SemiBold) + BREATH;
        width(&clean(&self.end.input), SMALL, Weight::Regular) + if self.with_figure { figure } else { 0.0 } + BREATH
    }

    /// Away from `x`, to the left or to the right.
    fn draw(&self, sheet: &mut Sheet<'_>, x: f64, baseline: f64, to_left: bool) -> Result<(), ChartError> {
        let (align, sign) = if to_left { (Align::End, -1.0) } else { (Align::Start, 1.0) };
        let mut x = x + sign * BREATH;
        if self.with_figure {
            let words = clean(&self.end.shown);
            let pen = strong(sheet, align);
            sheet.words(x, baseline, &words, pen)?;
            x += sign * (width(&words, SMALL, Weight::SemiBold) + BREATH);
        }
        let pen = soft(sheet, align);
        sheet.words(x, baseline, &clean(&self.end.input), pen)
    }
}

/// The ends of a bar as they lie: the one with the lesser figure first.
fn sides(bar: &TornadoBar, with_figure: bool) -> [Side<'_>; 2] {
    let (left, right) = if bar.low.value <= bar.high.value { (&bar.low, &bar.high) } else { (&bar.high, &bar.low) };
    [Side { end: left, with_figure }, Side { end: right, with_figure }]
}

fn paint(sheet: &mut Sheet<'_>, chart: &Tornado) -> Result<Vec<Mark>, ChartError> {
    if chart.bars.is_empty() {
        return no_data(sheet);
    }
    let room = sheet.right - sheet.left;
    let names = chart.bars.iter().map(|bar| width(&clean(&bar.name), SMALL, Weight::Regular)).fold(0.0, f64::max);
    let names = (names + 4.0).min(room * NAMES);
    let ends = |with_figure: bool| {
        let widest =
            |side: usize| chart.bars.iter().map(|bar| sides(bar, with_figure)[side].width()).fold(0.0, f64::max) + 2.0;
        (sheet.left + names + widest(0), sheet.right - widest(1))
    };
    let with_figure = ends(true).1 - ends(true).0 >= LEAST_FIELD;
    let (left, right) = ends(with_figure);
    let (left, right) = (left.min(sheet.right - 20.0), right.max(left + 10.0));
    let (top, bottom) = (sheet.top + HEAD, sheet.bottom - LEGEND);
    let values = chart.bars.iter().flat_map(|bar| [bar.low.value, bar.high.value]);
    let (min, max) = values.fold((chart.base, chart.base), |(a, b), value| (a.min(value), b.max(value)));
    let across = Across::around((min, max), (left, right), &chart.unit, true);
    let row = ((bottom - top) / chart.bars.len() as f64).clamp(2.0, TALLEST);
    let bottom = top + row * chart.bars.len() as f64;
    let mut marks = Vec::new();
    for (index, bar) in chart.bars.iter().enumerate() {
        let y = top + (index as f64 + 0.5) * row;
        name_bar(sheet, &bar.name, names - 4.0, (y, row))?;
        marks.extend(draw_bar(sheet, chart, bar, &across, (y, row * SHARE))?);
        let [lesser, larger] = sides(bar, with_figure);
        let from = across.x(lesser.end.value.min(chart.base));
        let to = across.x(larger.end.value.max(chart.base));
        lesser.draw(sheet, from, y + 4.0, true)?;
        larger.draw(sheet, to, y + 4.0, false)?;
    }
    let base = Sheet::sharp(across.x(chart.base));
    sheet.path(&[(base, top - 4.0), (base, bottom + 2.0)], sheet.style.ink, 1.0)?;
    let words = clean(&chart.base_shown);
    let half = width(&words, SMALL, Weight::SemiBold) / 2.0;
    let pen = strong(sheet, Align::Middle);
    sheet.words(base.min(sheet.right - half).max(sheet.left + half), top - 8.0, &words, pen)?;
    legend(sheet, chart, (bottom + 20.0).min(sheet.bottom - 3.0))?;
    Ok(marks)
}

/// The name left of a bar, on two lines where it is long and there is room.
fn name_bar(sheet: &mut Sheet<'_>, name: &str, room: f64, (middle, row): (f64, f64)) -> Result<(), ChartError> {
    const LINE: f64 = 13.0;
    let name = clean(name);
    let lines = match row >= 2.0 * LINE {
        true => wrap(&name, room, 2, (SMALL, Weight::Regular)),
        false => vec![shorten(&name, room, SMALL, Weight::Regular)],
    };
    let first = middle + 4.0 - (lines.len() as f64 - 1.0) * LINE / 2.0;
    for (place, line) in lines.iter().enumerate() {
        let pen = soft(sheet, Align::Start);
        sheet.words(sheet.left, first + place as f64 * LINE, line, pen)?;
    }
    Ok(())
}

/// The bar's two halves, one above the other where both ends lie on the same side of the base.
fn draw_bar(
    sheet: &mut Sheet<'_>,
    chart: &Tornado,
    bar: &TornadoBar,
    across: &Across,
    (middle, height): (f64, f64),
) -> Result<Vec<Mark>, ChartError> {
    let base = across.x(chart.base);
    let is_one_sided = (bar.low.value - chart.base) * (bar.high.value - chart.base) > 0.0;
    let mut marks = Vec::new();
    for (place, end) in [&bar.low, &bar.high].into_iter().enumerate() {
        let (mut y, mut h) = (middle - height / 2.0, height);
        if is_one_sided {
            h /= 2.0;
            y += h * place as f64;
        }
        let (from, to) = (base.min(across.x(end.value)), base.max(across.x(end.value)));
        let (x, w) = (from, (to - from).max(0.6));
        sheet.bar(x, y, w, h, sheet.style.area(COLOURS[place], false))?;
        marks.push(Mark {
            x,
            y,
            w: w.max(2.0),
            h: h.max(2.0),
            series: bar.name.clone(),
            label: end.input.clone(),
            shown: end.shown.clone(),
        });
    }
    marks.sort_by(|a, b| a.x.total_cmp(&b.x));
    Ok(marks)
}

/// What the colours mean, and what is not drawn.
fn legend(sheet: &mut Sheet<'_>, chart: &Tornado, baseline: f64) -> Result<(), ChartError> {
    let mut x = sheet.left;
    for (place, words) in ["input low", "input high"].into_iter().enumerate() {
        sheet.bar(x, baseline - 8.0, 9.0, 9.0, sheet.style.area(COLOURS[place], false))?;
        let pen = soft(sheet, Align::Start);
        sheet.words(x + 14.0, baseline, words, pen)?;
        x += 14.0 + width(words, SMALL, Weight::Regular) + 14.0;
    }
    let rest = clean(&chart.rest);
    if width(&rest, SMALL, Weight::Regular) <= sheet.right - x {
        let pen = soft(sheet, Align::End);
        sheet.words(sheet.right, baseline, &rest, pen)?;
    }
    Ok(())
}
