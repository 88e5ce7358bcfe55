//! Where the lead changes on a chart of lines: a ring on the lines and the number beside it, where no line and no other
//! number is in the way.

use super::ChartError;
use super::axis::Field;
use super::curves::Turn;
use super::lines::strong;
use super::picture::{Align, Pen, Sheet};
use super::style::SMALL;
use super::text::{Weight, clean, width};
use crate::view::Mark;

/// Radius of a ring, in CSS pixels.
const RADIUS: f64 = 5.0;
/// Rings nearer to each other than this are one: whole units make the lead change back and forth in a small stretch.
const APART: f64 = 7.0;
/// Rings at the most; more would hide the lines.
const MOST: usize = 12;

/// Draws turns, given in CSS pixels from left to right, over `lines`; answers with the places that answer to hover and
/// keyboard.
pub(super) fn draw(
    sheet: &mut Sheet<'_>,
    field: Field,
    lines: &[Vec<(f64, f64)>],
    turns: &[(f64, f64, &Turn)],
) -> Result<Vec<Mark>, ChartError> {
    let mut taken: Vec<(f64, f64, f64, f64)> = Vec::new();
    let mut marks = Vec::new();
    let mut last = f64::NEG_INFINITY;
    let apart = |turn: &&(f64, f64, &Turn)| {
        let far = turn.0 - last >= APART;
        if far {
            last = turn.0;
        }
        far
    };
    let shown: Vec<&(f64, f64, &Turn)> = turns.iter().filter(apart).take(MOST).collect();
    for (x, y, turn) in &shown {
        sheet.dot(*x, *y, RADIUS - 1.0, sheet.style.ground)?;
        sheet.ring(*x, *y, RADIUS - 1.0, sheet.style.area(turn.colour, false), 2.0)?;
        taken.push((x - RADIUS, x + RADIUS, y - RADIUS, y + RADIUS));
        marks.push(Mark {
            x: x - RADIUS,
            y: y - RADIUS,
            w: 2.0 * RADIUS,
            h: 2.0 * RADIUS,
            series: "crossing".into(),
            label: turn.shown.clone(),
            shown: turn.said.clone(),
        });
    }
    for (x, y, turn) in &shown {
        let words = clean(&turn.shown);
        let wide = width(&words, SMALL, Weight::SemiBold);
        let Some((left, baseline)) = free_place((*x, *y), wide, field, lines, &taken) else { continue };
        taken.push((left, left + wide, baseline - 9.0, baseline + 2.0));
        let pen = Pen { size: SMALL, weight: Weight::SemiBold, ..strong(sheet, Align::Start) };
        sheet.words(left, baseline, &words, pen)?;
    }
    Ok(marks)
}

/// Where words of this width stand beside a ring: off every line where that can be, at least off every other word.
fn free_place(
    (x, y): (f64, f64),
    wide: f64,
    field: Field,
    lines: &[Vec<(f64, f64)>],
    taken: &[(f64, f64, f64, f64)],
) -> Option<(f64, f64)> {
    let off = RADIUS + 4.0;
    // Below the lead nothing costs less, so the lower right is the emptiest.
    let ways = [
        (x + off - 3.0, y + 15.0),
        (x - wide / 2.0, y + 20.0),
        (x - off - wide + 3.0, y - 8.0),
        (x - wide / 2.0, y - off - 2.0),
        (x + off, y + 4.0),
        (x - off - wide, y + 4.0),
        (x - wide / 2.0, y + 34.0),
        (x - wide / 2.0, y - 26.0),
    ];
    let inside = |&(left, baseline): &(f64, f64)| {
        left >= field.left + 2.0
            && left + wide <= field.right - 2.0
            && baseline - 9.0 >= field.top
            && baseline + 3.0 <= field.bottom
    };
    let clear = |&(left, baseline): &(f64, f64)| {
        let (right, upper, lower) = (left + wide, baseline - 9.0, baseline + 2.0);
        !taken.iter().any(|&(l, r, u, d)| left < r + 3.0 && right > l - 3.0 && upper < d + 1.0 && lower > u - 1.0)
    };
    let crosses = |&(left, baseline): &(f64, f64)| {
        lines.iter().flat_map(|line| line.windows(2)).any(|pair| hits(pair, (left - 2.0, left + wide + 2.0), baseline))
    };
    let good = || ways.iter().filter(|way| inside(way) && clear(way));
    good().find(|way| !crosses(way)).or_else(|| good().next()).copied()
}

/// Does a piece of a line pass through words between these ends on this baseline?
fn hits(pair: &[(f64, f64)], (left, right): (f64, f64), baseline: f64) -> bool {
    let ((x0, y0), (x1, y1)) = (pair[0], pair[1]);
    let (low, high) = (y0.min(y1), y0.max(y1));
    x1 >= left && x0 <= right && high >= baseline - 9.0 && low <= baseline + 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIELD: Field = Field { left: 0.0, right: 300.0, top: 0.0, bottom: 200.0 };

    #[test]
    fn a_number_stands_off_lines_and_other_numbers() {
        let rising = vec![vec![(0.0, 200.0), (300.0, 0.0)], vec![(0.0, 100.0), (300.0, 100.0)]];
        let (left, baseline) = free_place((150.0, 100.0), 40.0, FIELD, &rising, &[]).unwrap();
        assert!(left > 150.0 && baseline > 110.0, "lower right of the crossing: {left} {baseline}");
        let below = (100.0, 300.0, 100.0, 150.0);
        let (left, baseline) = free_place((150.0, 100.0), 40.0, FIELD, &rising, &[below]).unwrap();
        assert!(left + 40.0 < 150.0 && baseline < 100.0, "upper left when the right is taken: {left} {baseline}");
        let all = (0.0, 300.0, 0.0, 200.0);
        assert_eq!(free_place((150.0, 100.0), 40.0, FIELD, &rising, &[all]), None, "better none than one on another");
    }
}
