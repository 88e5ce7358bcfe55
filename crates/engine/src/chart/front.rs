//! Choices as points: what each earns against what it asks for, and the front that nothing beats on both.

use super::across::Across;
use super::axis::{self, Field, LABEL_ROW, soft};
use super::heat_shade::blend;
use super::lines::strong;
use super::picture::{Align, Pen, Sheet, draw, no_data};
use super::scale::Axis;
use super::style::SMALL;
use super::text::{Weight, clean, shorten, width, wrap};
use super::{ChartError, Frame, Unit};
use crate::view::{Chart, Mark};

/// A choice.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FrontPoint {
    /// Its name.
    pub name: String,
    /// What it asks for (latency, cost to undo), in the panel's unit; less is better.
    pub x: f64,
    /// What it earns or costs, in the chart's unit.
    pub y: f64,
    /// Both as a person reads them.
    pub shown: String,
    /// Nothing is better on one side without being worse on the other.
    pub on_front: bool,
    /// The one that was chosen.
    pub chosen: bool,
}

/// Choices against one thing that they ask for.
#[derive(Debug, Clone, PartialEq)]
pub struct FrontPanel {
    /// What the horizontal axis counts.
    pub x_title: String,
    /// Its unit.
    pub x_unit: Unit,
    /// The choices for which it is known.
    pub points: Vec<FrontPoint>,
    /// Said instead where there are none.
    pub empty: String,
}

/// Panels side by side over one vertical axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Front {
    /// The panels, left to right.
    pub panels: Vec<FrontPanel>,
    /// What the vertical axis counts.
    pub y_title: String,
    /// Its unit.
    pub unit: Unit,
}

/// Ground between two panels, in CSS pixels.
const GUTTER: f64 = 26.0;
/// Height of the line that says what the points mean.
const LEGEND: f64 = 18.0;
/// Radius of a point on the front, of one that is beaten, and of the ring around the chosen one, in CSS pixels.
const RADII: (f64, f64, f64) = (4.0, 2.4, 7.5);
/// Longest name beside a point, in CSS pixels.
const LONGEST: f64 = 130.0;
/// Longest line of the chosen point's name, in CSS pixels, how many lines it may take, and how far they are apart.
const LONGEST_CHOSEN: f64 = 190.0;
const CHOSEN_LINES: usize = 4;
const LINE: f64 = 13.0;
/// Beaten points that answer to the pointer; thousands of them would hide the front from the keyboard.
const MOST_BEATEN: usize = 60;

/// Draws a front.
///
/// # Errors
/// When the drawing library refuses.
pub fn front(frame: &Frame, front: &Front) -> Result<Chart, ChartError> {
    draw(frame, |sheet| paint(sheet, front))
}

fn sound(point: &&FrontPoint) -> bool {
    point.x.abs() < 1e100 && point.y.abs() < 1e100
}

fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), value| (a.min(value), b.max(value)))
}

fn paint(sheet: &mut Sheet<'_>, chart: &Front) -> Result<Vec<Mark>, ChartError> {
    let all = || chart.panels.iter().flat_map(|panel| panel.points.iter().filter(sound));
    let (min, max) = range(all().map(|point| point.y));
    if min > max {
        return nothing(sheet, &chart.panels);
    }
    let pen = soft(sheet, Align::Start);
    sheet.words(sheet.left, sheet.top + 9.0, &clean(&chart.y_title), pen)?;
    let (top, bottom) = (sheet.top + 24.0, sheet.bottom - LABEL_ROW - 14.0 - LEGEND);
    let axis = Axis::around(min, max, ((bottom - top) / 42.0).clamp(2.0, 7.0), chart.unit.is_whole());
    let ticks = axis::tick_room(&axis, &chart.unit);
    let count = chart.panels.len() as f64;
    let wide = (sheet.right - sheet.left - ticks - GUTTER * (count - 1.0)) / count;
    let mut marks = Vec::new();
    for (place, panel) in chart.panels.iter().enumerate() {
        let left = sheet.left + ticks + (wide + GUTTER) * place as f64;
        let field = Field { left, right: left + wide, top, bottom };
        if place == 0 {
            axis::grid(sheet, field, &axis, &chart.unit)?;
        } else {
            for tick in axis.ticks() {
                let y = Sheet::sharp(axis.y(tick, top, bottom));
                sheet.path(&[(field.left, y), (field.right, y)], sheet.style.hairline, 1.0)?;
            }
        }
        marks.extend(draw_panel(sheet, panel, &axis, field)?);
    }
    legend(sheet)?;
    Ok(marks)
}

/// Why there are no points, panel by panel.
fn nothing(sheet: &mut Sheet<'_>, panels: &[FrontPanel]) -> Result<Vec<Mark>, ChartError> {
    if panels.is_empty() {
        return no_data(sheet);
    }
    let (room, middle) = (sheet.right - sheet.left, (sheet.top + sheet.bottom) / 2.0);
    for (place, panel) in panels.iter().enumerate() {
        let baseline = middle + (place as f64 - (panels.len() as f64 - 1.0) / 2.0) * 18.0;
        let words = shorten(&clean(&panel.empty), room, SMALL, Weight::Regular);
        let pen = soft(sheet, Align::Middle);
        sheet.words(sheet.left + room / 2.0, baseline, &words, pen)?;
    }
    Ok(Vec::new())
}

fn draw_panel(sheet: &mut Sheet<'_>, panel: &FrontPanel, axis: &Axis, field: Field) -> Result<Vec<Mark>, ChartError> {
    let points: Vec<&FrontPoint> = panel.points.iter().filter(sound).collect();
    let (min, max) = range(points.iter().map(|point| point.x));
    if min > max {
        let (x, y) = ((field.left + field.right) / 2.0, (field.top + field.bottom) / 2.0);
        let words = shorten(&clean(&panel.empty), field.right - field.left, SMALL, Weight::Regular);
        let pen = soft(sheet, Align::Middle);
        sheet.words(x, y, &words, pen)?;
        return Ok(Vec::new());
    }
    // From zero where that does not press the points together: what is asked for is a size.
    let min = if min >= 0.0 && min < 0.5 * max { 0.0 } else { min };
    let across = Across::around((min, max), (field.left, field.right), &panel.x_unit, false);
    across.labels(sheet, field.bottom, &panel.x_unit)?;
    across.title(sheet, field.bottom + 31.0, &panel.x_title)?;
    let place = |point: &FrontPoint| (across.x(point.x), axis.y(point.y, field.top, field.bottom));
    let mut front: Vec<&FrontPoint> = points.iter().copied().filter(|point| point.on_front).collect();
    front.sort_by(|a, b| a.x.total_cmp(&b.x).then(a.y.total_cmp(&b.y)));
    let stairs = stairs(&front.iter().map(|point| place(point)).collect::<Vec<_>>());
    if stairs.len() > 1 {
        sheet.path(&stairs, sheet.style.area(0, false), 1.2)?;
    }
    let beaten = || points.iter().filter(|point| !point.on_front && !point.chosen);
    let mut seen = std::collections::BTreeSet::new();
    for (x, y) in beaten().map(|point| place(point)) {
        if seen.insert(((x * 2.0) as i64, (y * 2.0) as i64)) {
            sheet.dot(x, y, RADII.1, pale(sheet))?;
        }
    }
    for point in &front {
        let (x, y) = place(point);
        sheet.dot(x, y, RADII.0, sheet.style.area(0, false))?;
    }
    for point in points.iter().filter(|point| point.chosen) {
        let (x, y) = place(point);
        sheet.dot(x, y, RADII.0, sheet.style.area(1, false))?;
        sheet.ring(x, y, RADII.2, sheet.style.area(1, false), 1.6)?;
    }
    let all: Vec<(f64, f64)> = points.iter().map(|point| place(point)).chain(along(&stairs)).collect();
    name_points(sheet, field, &front, &points, &place, &all)?;
    let told = points.iter().filter(|point| point.on_front || point.chosen).chain(beaten().take(MOST_BEATEN));
    let mut marks: Vec<Mark> = told.map(|point| mark(point, place(point))).collect();
    marks.sort_by(|a, b| a.x.total_cmp(&b.x).then(a.y.total_cmp(&b.y)));
    Ok(marks)
}

/// The tone of what is beaten.
fn pale(sheet: &Sheet<'_>) -> u32 {
    blend(sheet.style.faint_ink, sheet.style.ground, 0.45)
}

/// What can be had at each place: level up to the next point of the front.
fn stairs(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut path: Vec<(f64, f64)> = Vec::new();
    for &(x, y) in points {
        if let Some(&(_, level)) = path.last() {
            path.push((x, level));
        }
        path.push((x, y));
    }
    path
}

/// Places on a path, a few pixels apart, that a name should not hide.
fn along(path: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let between = |pair: &[(f64, f64)]| {
        let ((x0, y0), (x1, y1)) = (pair[0], pair[1]);
        let steps = ((x1 - x0).hypot(y1 - y0) / 6.0).ceil().clamp(1.0, 400.0);
        let at = move |step: u32| f64::from(step) / steps;
        (1..steps as u32).map(move |step| (x0 + (x1 - x0) * at(step), y0 + (y1 - y0) * at(step)))
    };
    path.windows(2).flat_map(between).collect()
}

/// A name before it has a place: its lines, how wide the longest is, and how far the last stands below the first.
struct Name {
    lines: Vec<String>,
    wide: f64,
    deep: f64,
    weight: Weight,
}

impl Name {
    /// The chosen point's name stands whole, on several lines where it is long; the others are cut.
    fn of(point: &FrontPoint, room: f64) -> Self {
        let weight = if point.chosen { Weight::SemiBold } else { Weight::Regular };
        let name = clean(&point.name);
        let lines = match point.chosen {
            true => wrap(&name, LONGEST_CHOSEN.min(room), CHOSEN_LINES, (SMALL, weight)),
            false => vec![shorten(&name, LONGEST.min(room), SMALL, weight)],
        };
        let wide = lines.iter().map(|line| width(line, SMALL, weight)).fold(0.0, f64::max);
        Self { deep: LINE * lines.len().saturating_sub(1) as f64, lines, wide, weight }
    }

    /// Places beside a point at this distance, the left end and the first baseline; the likeliest to be free first. Upper
    /// left of a front nothing can lie: it would be better on both sides.
    fn ways(&self, (x, y): (f64, f64), off: f64) -> [(f64, f64); 6] {
        let (right, left) = (x + off, x - off - self.wide);
        let (above, middle) = (self.deep, self.deep / 2.0);
        [
            (left, y - 5.0 - above),
            (x - self.wide, y - off - 4.0 - above),
            (left, y + 4.0 - middle),
            (right, y + 4.0 - middle),
            (right, y - 7.0 - above),
            (right, y + 14.0),
        ]
    }

    /// Places where every way is taken: over and under the point, moved into the field, and beside it further off.
    fn forced(&self, (x, y): (f64, f64), off: f64, field: Field) -> Vec<(f64, f64)> {
        let (over, under) = (y - off - 4.0 - self.deep, y + off + 12.0);
        let last = field.bottom - self.deep - 4.0;
        let lefts = [x - self.wide, x - self.wide / 2.0, x + off, x + 3.0 * off, field.left, field.right - self.wide];
        // Not further off: a name far from its point names nothing.
        let rows = [over, under, under + LINE, under + 2.0 * LINE, under + 4.0 * LINE];
        let inside = |left: f64| left.min(field.right - self.wide).max(field.left);
        let all = rows.into_iter().flat_map(|row| lefts.map(|left| (inside(left), row)));
        all.filter(|(_, row)| (field.top..=last.max(field.top)).contains(row)).chain([(inside(x), under)]).collect()
    }

    /// Left, right, upper and lower end at a place.
    fn ends(&self, (left, baseline): (f64, f64)) -> (f64, f64, f64, f64) {
        (left, left + self.wide, baseline - 9.0, baseline + self.deep + 2.0)
    }
}

/// The chosen point's name first, then those of the front as far as they hide no point and no other name.
fn name_points(
    sheet: &mut Sheet<'_>,
    field: Field,
    front: &[&FrontPoint],
    points: &[&FrontPoint],
    place: &impl Fn(&FrontPoint) -> (f64, f64),
    all: &[(f64, f64)],
) -> Result<(), ChartError> {
    let chosen = points.iter().copied().filter(|point| point.chosen);
    let others = front.iter().copied().filter(|point| !point.chosen);
    let mut taken: Vec<(f64, f64, f64, f64)> = Vec::new();
    for point in chosen.chain(others) {
        let name = Name::of(point, field.right - field.left);
        let (x, y) = place(point);
        let off = if point.chosen { RADII.2 } else { RADII.0 } + 4.0;
        let hidden = |way: &(f64, f64)| {
            let (left, right, upper, lower) = name.ends(*way);
            let hides = |&&(px, py): &&(f64, f64)| {
                (px, py) != (x, y) && px > left - 3.0 && px < right + 3.0 && py > upper - 2.0 && py < lower + 2.0
            };
            all.iter().filter(hides).count()
        };
        let free = |way: &(f64, f64)| {
            let (left, right, upper, lower) = name.ends(*way);
            let inside =
                left >= field.left && right <= field.right + 2.0 && upper >= field.top - 12.0 && lower <= field.bottom;
            let hides_name =
                taken.iter().any(|&(l, r, u, d)| left < r + 4.0 && right > l - 4.0 && upper < d && lower > u);
            inside && !hides_name && !(points.len() <= 400 && hidden(way) > 0)
        };
        let chosen_place = name.ways((x, y), off).into_iter().find(free);
        // The chosen one is named in any case, where it hides the least.
        let forced = || {
            let places = name.forced((x, y), off, field);
            point.chosen.then(|| places.into_iter().min_by_key(hidden)).flatten()
        };
        let Some((left, baseline)) = chosen_place.or_else(forced) else { continue };
        taken.push(name.ends((left, baseline)));
        let pen = if point.chosen { strong(sheet, Align::Start) } else { soft(sheet, Align::Start) };
        for (at, line) in name.lines.iter().enumerate() {
            sheet.words(left, baseline + LINE * at as f64, line, Pen { weight: name.weight, ..pen })?;
        }
    }
    Ok(())
}

fn mark(point: &FrontPoint, (x, y): (f64, f64)) -> Mark {
    let place = match (point.chosen, point.on_front) {
        (true, _) => "chosen",
        (false, true) => "on the front",
        (false, false) => "beaten",
    };
    let reach = if point.on_front || point.chosen { RADII.2 } else { RADII.1 + 1.0 };
    Mark {
        x: x - reach,
        y: y - reach,
        w: reach * 2.0,
        h: reach * 2.0,
        series: place.to_owned(),
        label: point.name.clone(),
        shown: point.shown.clone(),
    }
}

/// What the points mean.
fn legend(sheet: &mut Sheet<'_>) -> Result<(), ChartError> {
    let baseline = sheet.bottom - 3.0;
    let mut x = sheet.left + 6.0;
    for (place, words) in ["chosen", "on the front: nothing is better on both sides", "beaten"].into_iter().enumerate()
    {
        let y = baseline - 4.0;
        match place {
            0 => {
                sheet.dot(x, y, RADII.0 - 0.8, sheet.style.area(1, false))?;
                sheet.ring(x, y, RADII.0 + 2.2, sheet.style.area(1, false), 1.4)?;
            }
            1 => sheet.dot(x, y, RADII.0, sheet.style.area(0, false))?,
            _ => sheet.dot(x, y, RADII.1, pale(sheet))?,
        }
        let pen = soft(sheet, Align::Start);
        sheet.words(x + 11.0, baseline, words, pen)?;
        x += 11.0 + width(words, SMALL, Weight::Regular) + 20.0;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chosen_name_stands_whole_on_several_lines_and_others_are_cut() {
        let long = "GPU H200 SXM · bought reserved for one year · Nebius Finland · cache hit 60";
        let point = |chosen| FrontPoint { name: long.into(), chosen, ..FrontPoint::default() };
        let name = Name::of(&point(true), 400.0);
        assert_eq!(name.lines.join(" "), long);
        assert!(name.lines.len() > 1 && name.wide <= LONGEST_CHOSEN, "{:?}", name.lines);
        assert_eq!(name.deep, LINE * (name.lines.len() - 1) as f64);
        let (_, _, upper, lower) = name.ends((0.0, 50.0));
        assert!(lower - upper > name.deep, "its box holds every line");
        let other = Name::of(&point(false), 400.0);
        assert!(other.lines.len() == 1 && other.lines[0].ends_with('…'));
        let field = Field { left: 0.0, right: 300.0, top: 20.0, bottom: 200.0 };
        let forced = name.forced((290.0, 25.0), 11.0, field);
        assert!(!forced.is_empty());
        for way in forced {
            let (left, right, _, lower) = name.ends(way);
            assert!(
                left >= 0.0 && right <= 300.0 && lower <= 200.0 && way.1 > 25.0,
                "under a point at the upper end: {way:?}"
            );
        }
    }
}
