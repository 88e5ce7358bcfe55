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
/// Radius of the dot of a turn between two rings, in CSS pixels.
const DOT: f64 = 2.2;
/// Turns nearer to each other than this are one stretch, of which the first and the last are marked: whole units make the
/// lead change back and forth.
const STRETCH: f64 = 34.0;
/// Rings nearer than this lie on each other.
const APART: f64 = 9.0;
/// Rings at the most; more would hide the lines.
const MOST: usize = 12;

/// Places on a line.
type Line = Vec<(f64, f64)>;
/// Left, right, upper and lower end of what is drawn already.
type Taken = (f64, f64, f64, f64);

/// Draws turns, given in CSS pixels from left to right, over `lines`; answers with the places that answer to hover and
/// keyboard.
pub(super) fn draw(
    sheet: &mut Sheet<'_>,
    field: Field,
    lines: &[Vec<(f64, f64)>],
    turns: &[(f64, f64, &Turn)],
) -> Result<Vec<Mark>, ChartError> {
    let mut taken: Vec<Taken> = Vec::new();
    let mut marks = Vec::new();
    let shown = worth_marking(turns);
    // Every turn has its place on the lines; those between the rings of a stretch are dots, where no ring covers them.
    let is_open = |turn: &(f64, f64, &Turn)| !shown.iter().any(|ring| (ring.0 - turn.0).abs() < RADIUS);
    for (x, y, turn) in turns.iter().copied().filter(is_open) {
        sheet.dot(x, y, DOT, sheet.style.area(turn.colour, false))?;
        marks.push(mark((x, y), DOT, turn));
    }
    for (x, y, turn) in shown.iter().copied() {
        sheet.dot(x, y, RADIUS - 1.0, sheet.style.ground)?;
        sheet.ring(x, y, RADIUS - 1.0, sheet.style.area(turn.colour, false), 2.0)?;
        taken.push((x - RADIUS, x + RADIUS, y - RADIUS, y + RADIUS));
        marks.push(mark((x, y), RADIUS, turn));
    }
    for (place, (x, y, turn)) in shown.iter().copied().enumerate() {
        let words = clean(&turn.shown);
        let wide = width(&words, SMALL, Weight::SemiBold);
        // The first of a stretch is named on its left, what follows is in the way on the right.
        let to_left = shown.get(place + 1).is_some_and(|next| next.0 - x < wide + STRETCH);
        let Some((left, baseline)) = free_place((x, y), (wide, to_left), field, (lines, &taken)) else { continue };
        taken.push((left, left + wide, baseline - 9.0, baseline + 2.0));
        let pen = Pen { size: SMALL, weight: Weight::SemiBold, ..strong(sheet, Align::Start) };
        sheet.words(left, baseline, &words, pen)?;
    }
    Ok(marks)
}

fn mark((x, y): (f64, f64), reach: f64, turn: &Turn) -> Mark {
    Mark {
        x: x - reach,
        y: y - reach,
        w: 2.0 * reach,
        h: 2.0 * reach,
        series: "crossing".into(),
        label: turn.shown.clone(),
        shown: turn.said.clone(),
    }
}

/// The first and the last of each stretch; where there are more than can be ringed, the last of all is among them.
fn worth_marking<'a>(turns: &[(f64, f64, &'a Turn)]) -> Vec<(f64, f64, &'a Turn)> {
    let mut kept: Vec<(f64, f64, &Turn)> = Vec::new();
    for stretch in turns.chunk_by(|one, next| next.0 - one.0 < STRETCH) {
        let [first, .., last] = stretch else {
            kept.extend(stretch);
            continue;
        };
        kept.extend((last.0 - first.0 >= APART).then_some(*first));
        kept.push(*last);
    }
    if kept.len() > MOST {
        let last = kept.pop();
        kept.truncate(MOST - 1);
        kept.extend(last);
    }
    kept
}

/// Where words of this width stand beside a ring: off every line where that can be, at least off every other word.
fn free_place(
    (x, y): (f64, f64),
    (wide, to_left): (f64, bool),
    field: Field,
    (lines, taken): (&[Line], &[Taken]),
) -> Option<(f64, f64)> {
    let off = RADIUS + 4.0;
    // Below the lead nothing costs less, so the lower right is the emptiest.
    let right = [(x + off - 3.0, y + 15.0), (x + off, y + 4.0), (x + off - 3.0, y - 8.0)];
    let left = [(x - off - wide + 3.0, y - 8.0), (x - off - wide, y + 4.0), (x - off - wide + 3.0, y + 15.0)];
    let centred = [(x - wide / 2.0, y + 20.0), (x - wide / 2.0, y - off - 4.0)];
    let ways: Vec<(f64, f64)> = match to_left {
        true => left.into_iter().chain(centred).collect(),
        false => [right[0], centred[0], left[0], centred[1], right[1], right[2], left[1], left[2]].into(),
    };
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
        let (left, baseline) = free_place((150.0, 100.0), (40.0, false), FIELD, (&rising, &[])).unwrap();
        assert!(left > 150.0 && baseline > 110.0, "lower right of the crossing: {left} {baseline}");
        let below = (100.0, 300.0, 100.0, 150.0);
        let (left, baseline) = free_place((150.0, 100.0), (40.0, false), FIELD, (&rising, &[below])).unwrap();
        assert!(left + 40.0 < 150.0 && baseline < 100.0, "upper left when the right is taken: {left} {baseline}");
        let all = (0.0, 300.0, 0.0, 200.0);
        assert_eq!(
            free_place((150.0, 100.0), (40.0, false), FIELD, (&rising, &[all])),
            None,
            "better none than one on another"
        );
    }

    #[test]
    fn of_a_stretch_the_first_and_the_last_are_marked() {
        let turn = Turn::default();
        let kept = |xs: &[f64]| -> Vec<f64> {
            let turns: Vec<(f64, f64, &Turn)> = xs.iter().map(|x| (*x, 0.0, &turn)).collect();
            worth_marking(&turns).iter().map(|kept| kept.0).collect()
        };
        assert_eq!(kept(&[10.0, 20.0, 30.0, 45.0, 200.0]), [10.0, 45.0, 200.0]);
        assert_eq!(kept(&[10.0, 12.0]), [12.0], "one on the other: from where it is so for good");
        assert!(kept(&[]).is_empty());
        let many: Vec<f64> = (0..20).map(|at| 40.0 * f64::from(at)).collect();
        assert_eq!((kept(&many).len(), kept(&many).last()), (MOST, Some(&760.0)), "the lasting one is never left out");
    }
}
