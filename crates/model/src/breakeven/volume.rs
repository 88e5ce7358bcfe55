//! Gross margin by volume, and where one scenario is ahead of another.

use super::stairs::stairs;
use crate::scenario::{Inputs, Sheet, at_volume};

/// Steps of the grid for a factor of ten.
const STEPS: f64 = 400.0 / 6.0;
/// Steps of the grid on either side of the demand: a thousandth and a thousandfold.
const REACH: i32 = 200;

/// Gross margin of a scenario's first month by requests a month. It is worked out once for a scenario and then compared
/// with as many others as there are.
///
/// With whole units cost is a staircase: between the volumes at which one unit more is needed, margin is a straight
/// line, and two of its points tell all of it; so it is between the volumes at which one hour more of the week overflows a
/// fleet of a stated size. At most so many units of each fleet and line are looked at. Where a target for waiting holds
/// or GPUs follow the hours, stretches are not straight: then 400 volumes from a thousandth to a thousandfold of the
/// demand are looked at, evenly apart by ratio; crossings are right to about 3 %, and two between neighbours stay unseen.
#[derive(Debug, Clone, PartialEq)]
pub struct MarginByVolume(Shape);

#[derive(Debug, Clone, PartialEq)]
enum Shape {
    Straight(Straight),
    Grid(Grid),
}

/// Straight stretches, the first from no request on.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Straight {
    stretches: Vec<Stretch>,
    /// The most requests that can be served or were looked at.
    most: f64,
    /// The end is that of what can be served, not of what was looked at.
    is_full: bool,
}

/// A straight stretch of margin.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Stretch {
    /// Requests a month where it begins.
    from: f64,
    /// Margin there, as the line inside the stretch has it; USD.
    margin: f64,
    /// USD a request.
    slope: f64,
    /// Own GPUs.
    pub gpus: u32,
    /// GPUs busy on average where it begins, and more of them for each request a month.
    busy: (f64, f64),
}

impl Stretch {
    pub fn at(&self, volume: f64) -> f64 {
        self.margin + self.slope * (volume - self.from)
    }

    /// Share of the GPUs that is busy on average; there must be some.
    pub fn utilisation(&self, volume: f64) -> f64 {
        (self.busy.0 + self.busy.1 * (volume - self.from)) / f64::from(self.gpus)
    }
}

/// Margin at volumes of 10^(step ÷ [`STEPS`]), the same for all scenarios, so that neighbours meet.
#[derive(Debug, Clone, PartialEq)]
struct Grid {
    first: i32,
    volumes: Vec<f64>,
    margins: Vec<f64>,
}

/// The stretches of two scenarios laid over each other: from, to, and the stretch of either.
pub(super) struct Pieces<'a> {
    one: &'a Straight,
    other: &'a Straight,
    places: (usize, usize),
    from: f64,
    most: f64,
}

impl<'a> Iterator for Pieces<'a> {
    type Item = (f64, f64, &'a Stretch, &'a Stretch);

    fn next(&mut self) -> Option<Self::Item> {
        if self.from >= self.most {
            return None;
        }
        let end = |side: &Straight, place: usize| side.stretches.get(place + 1).map_or(f64::INFINITY, |next| next.from);
        let ends = (end(self.one, self.places.0), end(self.other, self.places.1));
        let to = ends.0.min(ends.1).min(self.most);
        let piece = (self.from, to, &self.one.stretches[self.places.0], &self.other.stretches[self.places.1]);
        self.from = to;
        self.places.0 += usize::from(ends.0 <= to && to.is_finite());
        self.places.1 += usize::from(ends.1 <= to && to.is_finite());
        Some(piece)
    }
}

impl MarginByVolume {
    /// Works it out, for at most `limit` units of each fleet and line.
    #[must_use]
    pub fn of(inputs: &Inputs, limit: u32) -> Self {
        let sheet = &mut Sheet::default();
        Self(match straight(inputs, limit, sheet) {
            Some(straight) => Shape::Straight(straight),
            None => Shape::Grid(grid(inputs, sheet)),
        })
    }

    /// Requests a month, as half-open intervals, at which this earns a higher margin than the other; the last may be
    /// open. Where a stated number of units has no room for more, the intervals end.
    #[must_use]
    pub fn ahead_of(&self, other: &Self) -> Vec<(f64, Option<f64>)> {
        match self.pieces(other, f64::INFINITY) {
            Some(pieces) => over_pieces(pieces),
            None => self.over_grid(other),
        }
    }

    /// Both laid over each other up to a volume; `None` where either is not straight.
    pub(super) fn pieces<'a>(&'a self, other: &'a Self, up_to: f64) -> Option<Pieces<'a>> {
        let (Shape::Straight(one), Shape::Straight(two)) = (&self.0, &other.0) else { return None };
        let most = one.most.min(two.most).min(up_to);
        Some(Pieces { one, other: two, places: (0, 0), from: 0.0, most })
    }

    fn end(&self) -> (f64, bool) {
        match &self.0 {
            Shape::Straight(straight) => (straight.most, straight.is_full),
            Shape::Grid(_) => (f64::INFINITY, false),
        }
    }

    /// Steps of the grid that it was looked at.
    fn steps(&self) -> Option<(i32, i32)> {
        match &self.0 {
            Shape::Straight(_) => None,
            // A grid has a few hundred margins.
            Shape::Grid(grid) => Some((grid.first, grid.first + grid.margins.len() as i32 - 1)),
        }
    }

    /// Margin at a step of the grid, which is that volume.
    fn at_step(&self, step: i32, volume: f64) -> f64 {
        match &self.0 {
            Shape::Straight(straight) => straight.at(volume),
            Shape::Grid(grid) => grid.margins[(step - grid.first) as usize],
        }
    }

    fn volume_of(&self, step: i32) -> Option<f64> {
        match &self.0 {
            Shape::Straight(_) => None,
            Shape::Grid(grid) => grid.volumes.get(usize::try_from(step - grid.first).ok()?).copied(),
        }
    }

    /// Is it told by straight stretches, and not by a grid?
    #[must_use]
    pub fn is_exact(&self) -> bool {
        matches!(self.0, Shape::Straight(_))
    }

    fn over_grid(&self, other: &Self) -> Vec<(f64, Option<f64>)> {
        let ranges = [self.steps(), other.steps()];
        let first = ranges.iter().flatten().map(|(first, _)| *first).max().unwrap_or(0);
        let last = ranges.iter().flatten().map(|(_, last)| *last).min().unwrap_or(-1);
        let (end, is_full) =
            [self.end(), other.end()].into_iter().min_by(|a, b| a.0.total_cmp(&b.0)).unwrap_or((f64::INFINITY, false));
        let mut found: Vec<(f64, Option<f64>)> = Vec::new();
        // Below the first step it is as there.
        let (mut from, mut left) = (0.0, None);
        for step in first..=last {
            let Some(to) = self.volume_of(step).or_else(|| other.volume_of(step)).filter(|to| *to <= end) else {
                break;
            };
            let right = self.at_step(step, to) - other.at_step(step, to);
            let left = left.replace(right).unwrap_or(right);
            take(&mut found, (from, left), (to, right));
            from = to;
        }
        if left.is_some_and(|lead| lead > 0.0)
            && !is_full
            && let Some((_, to)) = found.last_mut()
        {
            *to = None;
        }
        found
    }
}

impl Straight {
    fn at(&self, volume: f64) -> f64 {
        let next = self.stretches.partition_point(|stretch| stretch.from <= volume);
        self.stretches[next.saturating_sub(1)].at(volume)
    }
}

fn grid(inputs: &Inputs, sheet: &mut Sheet) -> Grid {
    let demand = inputs.demand.requests_per_month.max(1.0);
    let first = (libm::log10(demand) * STEPS).round() as i32 - REACH;
    let volume_of = |step: i32| libm::pow(10.0, f64::from(step) / STEPS);
    let volumes: Vec<f64> = (first..=first + 2 * REACH).map(volume_of).collect();
    let margins = volumes.iter().map(|volume| at_volume(inputs, 0, *volume, sheet).margin_usd()).collect();
    Grid { first, volumes, margins }
}

fn straight(inputs: &Inputs, limit: u32, sheet: &mut Sheet) -> Option<Straight> {
    let stairs = stairs(inputs, limit)?;
    let begins = std::iter::once(0.0).chain(stairs.volumes.iter().copied());
    let last = stairs.volumes.last().copied().unwrap_or(0.0);
    let far = if stairs.most.is_finite() { stairs.most } else { last.max(1.0) * 2.0 };
    let ends = stairs.volumes.iter().copied().chain(std::iter::once(far));
    let mut stretches = Vec::with_capacity(stairs.volumes.len() + 1);
    for (from, to) in begins.zip(ends).filter(|(from, to)| from < to) {
        // Inside the stretch: at its ends the next stair may already be there.
        let third = (to - from) / 3.0;
        let mut at = |volume: f64| (at_volume(inputs, 0, volume, sheet).margin_usd(), fleet(sheet));
        let ((one, (gpus, one_busy)), (other, (_, other_busy))) = (at(from + third), at(to - third));
        stretches.push(Stretch {
            from,
            margin: 2.0 * one - other,
            slope: (other - one) / third,
            gpus,
            busy: (2.0 * one_busy - other_busy, (other_busy - one_busy) / third),
        });
    }
    (!stretches.is_empty()).then_some(Straight { stretches, most: stairs.most, is_full: stairs.is_full })
}

/// GPUs of the sheet, and how many of them are busy on average.
fn fleet(sheet: &Sheet) -> (u32, f64) {
    sheet.capacity.iter().flatten().fold((0u32, 0.0), |(gpus, busy), each| {
        (gpus.saturating_add(each.gpus_provided), busy + each.utilisation * f64::from(each.gpus_provided))
    })
}

fn over_pieces(pieces: Pieces<'_>) -> Vec<(f64, Option<f64>)> {
    let (most, is_full) = (pieces.most, pieces.is_full());
    let mut found: Vec<(f64, Option<f64>)> = Vec::new();
    let mut is_ahead = false;
    for (from, to, one, other) in pieces {
        let left = one.at(from) - other.at(from);
        if to.is_infinite() {
            beyond(&mut found, (from, left), steeper(one.slope, other.slope));
            continue;
        }
        let right = one.at(to) - other.at(to);
        take(&mut found, (from, left), (to, right));
        is_ahead = right > 0.0;
    }
    if most.is_finite()
        && is_ahead
        && !is_full
        && let Some((_, to)) = found.last_mut()
    {
        *to = None;
    }
    found
}

/// How much faster one rises than the other. Lines that differ by less than their sums can be trusted to are parallel:
/// they would meet at a volume beyond any other number here, and nothing but rounding says where.
fn steeper(one: f64, other: f64) -> f64 {
    const TRUSTED: f64 = 1e-12;
    let apart = one - other;
    if apart.abs() <= TRUSTED * one.abs().max(other.abs()) { 0.0 } else { apart }
}

impl Pieces<'_> {
    /// Does the end come from what can be served?
    fn is_full(&self) -> bool {
        if self.other.most < self.one.most { self.other.is_full } else { self.one.is_full }
    }
}

/// The part of a stretch in which a lead, straight between both ends, is above zero.
pub(super) fn part(from: (f64, f64), to: (f64, f64)) -> Option<(f64, f64)> {
    let ((from, left), (to, right)) = (from, to);
    let crossing = || from + (to - from) * (left / (left - right)).clamp(0.0, 1.0);
    match (left > 0.0, right > 0.0) {
        (true, true) => Some((from, to)),
        (true, false) => Some((from, crossing())),
        (false, true) => Some((crossing(), to)),
        (false, false) => None,
    }
}

fn take(found: &mut Vec<(f64, Option<f64>)>, from: (f64, f64), to: (f64, f64)) {
    if let Some((from, to)) = part(from, to) {
        push(found, from, Some(to));
    }
}

/// Beyond the last stair: straight for ever.
fn beyond(found: &mut Vec<(f64, Option<f64>)>, (from, left): (f64, f64), slope: f64) {
    let crossing = from - left / slope;
    match (left > 0.0, slope) {
        (true, slope) if slope >= 0.0 => push(found, from, None),
        (true, _) => push(found, from, Some(crossing)),
        (false, slope) if slope > 0.0 => push(found, crossing, None),
        (false, _) => {}
    }
}

fn push(found: &mut Vec<(f64, Option<f64>)>, from: f64, to: Option<f64>) {
    match found.last_mut() {
        Some((_, last)) if last.is_some_and(|last| from <= last * (1.0 + 1e-12)) => *last = to,
        _ if to.is_none_or(|to| from < to) => found.push((from, to)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::steeper;

    #[test]
    fn what_differs_by_rounding_alone_is_parallel() {
        assert_eq!(steeper(0.1 + 0.2, 0.3), 0.0, "one and the same price, added up in another order");
        assert_eq!(steeper(0.0, 0.0), 0.0);
        assert!((steeper(0.300_000_1, 0.3) - 1e-7).abs() < 1e-12, "a ten-millionth of a dollar is a difference");
        assert!(steeper(-2.0, 1.0) < 0.0);
    }
}
