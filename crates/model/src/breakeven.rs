//! When one architecture overtakes another: by month, by volume, and by utilisation.
//!
//! Whole GPUs make cost a staircase, so the lines can cross several times; the answer is a list of
//! intervals, never one number (domain §5.1).

mod utilisation;

pub use utilisation::{UtilisationAhead, break_even_utilisation, utilisation_ahead};

use crate::scenario::{Inputs, MonthResult, Serving, Sheet, at_volume};

/// Runs of consecutive months (1 = the first) in which `a` earns a higher margin than `b`.
#[must_use]
pub fn months_ahead(a: &[MonthResult], b: &[MonthResult]) -> Vec<(u32, u32)> {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for (index, (left, right)) in a.iter().zip(b).enumerate() {
        let month = u32::try_from(index).unwrap_or(u32::MAX) + 1;
        if left.totals.margin_usd() <= right.totals.margin_usd() {
            continue;
        }
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == month => *last = month,
            _ => runs.push((month, month)),
        }
    }
    runs
}

/// First month (1 = the first) in which the margin summed so far of `a` exceeds that of `b` and stays so.
#[must_use]
pub fn cumulative_month(a: &[MonthResult], b: &[MonthResult]) -> Option<u32> {
    let mut gap = 0.0;
    let mut since = None;
    for (index, (left, right)) in a.iter().zip(b).enumerate() {
        gap += left.totals.margin_usd() - right.totals.margin_usd();
        if gap <= 0.0 {
            since = None;
        } else if since.is_none() {
            since = Some(u32::try_from(index).unwrap_or(u32::MAX) + 1);
        }
    }
    since
}

/// Requests per month, as half-open intervals, at which `a` earns a higher margin than `b`, in their first month; the
/// last may be open. Where a stated number of GPUs has no room for more, the intervals end.
///
/// With whole units cost is a staircase: between the volumes at which either needs one unit more, both margins are
/// straight lines, so the crossing in each stretch is exact. At most `limit` units of each fleet and line are looked at.
/// Where work moves between components, a target for waiting holds, or GPUs follow the hours, stretches are not
/// straight: then 400 volumes from a thousandth to a thousandfold of the demand are looked at, and two crossings between
/// neighbours stay unseen.
#[must_use]
pub fn volumes_ahead(a: &Inputs, b: &Inputs, limit: u32) -> Vec<(f64, Option<f64>)> {
    let lead = Lead { a, b };
    match (steps(a, limit), steps(b, limit)) {
        (Some(mine), Some(theirs)) => lead.over(&merged(mine, theirs), true),
        _ => {
            let demand = a.demand.requests_per_month.max(1.0);
            let grid = (0..=400).map(|step| demand * libm::pow(10.0, f64::from(step) * 6.0 / 400.0 - 3.0));
            lead.over(&Stairs { volumes: grid.collect(), most: f64::INFINITY, is_full: false }, false)
        }
    }
}

/// Volumes at which something needs one unit more, and the most that can be served or was looked at.
struct Stairs {
    volumes: Vec<f64>,
    most: f64,
    /// The end is that of what can be served, not of what was looked at.
    is_full: bool,
}

/// The stairs of a scenario; `None` where they are not at even distances.
fn steps(inputs: &Inputs, limit: u32) -> Option<Stairs> {
    let mut stairs = Stairs { volumes: Vec::new(), most: f64::INFINITY, is_full: false };
    let seconds = (inputs.start.days() * 86_400) as f64;
    let attempts = (1.0 + inputs.demand.retry_share) / seconds;
    let mut add = |volume: f64, stated: Option<f64>| {
        let most = volume * stated.unwrap_or(f64::from(limit));
        if most < stairs.most {
            (stairs.most, stairs.is_full) = (most, stated.is_some());
        }
        if stated.is_none() {
            stairs.volumes.extend((1..limit).map(|unit| volume * f64::from(unit)));
        }
    };
    let mut peaks = 0.0;
    for component in &inputs.components {
        let moves = component.until_live.is_some() || component.fallback.is_some();
        peaks += component.share * component.load.peak();
        let Serving::OwnGpus(gpus) = &component.serving else {
            if moves {
                return None;
            }
            continue;
        };
        if moves || gpus.overflow.is_some() || gpus.waiting.is_some() || gpus.is_autoscaled {
            return None;
        }
        let busy = component.share * attempts * gpus.gpu_seconds(component.tokens(inputs.demand.tokens));
        let unit = f64::from(gpus.gpus_per_unit);
        if busy > 0.0 {
            let stated = gpus.stated_gpus.map(|stated| f64::from(stated) / unit);
            add(unit / (busy * component.load.peak()), stated);
        }
    }
    for units in inputs.other.iter().filter(|line| line.schedule.runs(0)).filter_map(|line| line.units) {
        add(units.requests_per_s_per_unit / (attempts * peaks), units.stated_units.map(f64::from));
    }
    Some(stairs)
}

fn merged(mut a: Stairs, b: Stairs) -> Stairs {
    a.volumes.extend(b.volumes);
    a.volumes.sort_by(f64::total_cmp);
    let (most, is_full) = if b.most < a.most { (b.most, b.is_full) } else { (a.most, a.is_full) };
    a.volumes.retain(|volume| *volume < most);
    if most.is_finite() {
        a.volumes.push(most);
    }
    Stairs { volumes: a.volumes, most, is_full }
}

/// One scenario against another, by volume.
struct Lead<'a> {
    a: &'a Inputs,
    b: &'a Inputs,
}

impl Lead<'_> {
    /// How much more the first earns at a volume.
    fn at(&self, volume: f64, sheet: &mut Sheet) -> f64 {
        at_volume(self.a, 0, volume, sheet).margin_usd() - at_volume(self.b, 0, volume, sheet).margin_usd()
    }

    /// Intervals of volume in which it is above zero, stretch by stretch; `is_straight` inside each.
    fn over(&self, stairs: &Stairs, is_straight: bool) -> Vec<(f64, Option<f64>)> {
        let sheet = &mut Sheet::default();
        let mut found: Vec<(f64, Option<f64>)> = Vec::new();
        let mut from = 0.0;
        let mut was_ahead = false;
        for to in &stairs.volumes {
            // Inside the stretch: at its ends the next stair may already be there.
            let (left, right) = match is_straight {
                true => self.line(from, *to, sheet),
                false => (self.at(from, sheet), self.at(*to, sheet)),
            };
            let crossing = || from + (to - from) * (left / (left - right)).clamp(0.0, 1.0);
            match (left > 0.0, right > 0.0) {
                (true, true) => push(&mut found, from, *to),
                (true, false) => push(&mut found, from, crossing()),
                (false, true) => push(&mut found, crossing(), *to),
                (false, false) => {}
            }
            was_ahead = right > 0.0;
            from = *to;
        }
        if stairs.most.is_infinite() && is_straight {
            self.beyond(from, &mut found, sheet);
        } else if was_ahead
            && !stairs.is_full
            && let Some((_, to)) = found.last_mut()
        {
            *to = None;
        }
        found
    }

    /// Values at both ends of a straight stretch, taken from its inside.
    fn line(&self, from: f64, to: f64, sheet: &mut Sheet) -> (f64, f64) {
        let third = (to - from) / 3.0;
        let (one, other) = (self.at(from + third, sheet), self.at(to - third, sheet));
        (2.0 * one - other, 2.0 * other - one)
    }

    /// Beyond the last stair: straight for ever.
    fn beyond(&self, from: f64, found: &mut Vec<(f64, Option<f64>)>, sheet: &mut Sheet) {
        let far = from.max(1.0) * 2.0;
        let (left, right) = self.line(from, far, sheet);
        let slope = (right - left) / (far - from);
        let crossing = from - left / slope;
        match (left > 0.0, slope) {
            (true, slope) if slope >= 0.0 => push_open(found, from),
            (true, _) => push(found, from, crossing),
            (false, slope) if slope > 0.0 => push_open(found, crossing),
            (false, _) => {}
        }
    }
}

fn push(intervals: &mut Vec<(f64, Option<f64>)>, from: f64, to: f64) {
    match intervals.last_mut() {
        Some((_, last)) if last.is_some_and(|last| from <= last * (1.0 + 1e-12)) => *last = Some(to),
        _ if from < to => intervals.push((from, Some(to))),
        _ => {}
    }
}

fn push_open(intervals: &mut Vec<(f64, Option<f64>)>, from: f64) {
    match intervals.last_mut() {
        Some((_, last)) if last.is_some_and(|last| from <= last * (1.0 + 1e-12)) => *last = None,
        _ => intervals.push((from, None)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{
        Api, Component, Demand, Evidence, Load, OwnGpus, Revenue, TokenPrices, TokensPerRequest, run,
    };

    pub fn inputs(serving: Serving) -> Inputs {
        Inputs {
            start: "2026-11".parse().unwrap(),
            months: 24,
            demand: Demand::growing(
                1_000_000.0,
                0.10,
                TokensPerRequest { input: 1_000.0, output: 100.0, ..TokensPerRequest::default() },
            ),
            revenue: Revenue { usd_per_request: 0.01, ..Revenue::default() },
            components: vec![Component::whole("serving", Evidence::Published, Load::even(), serving)],
            other: vec![],
        }
    }

    pub fn api(usd_per_request: f64) -> Inputs {
        let prices = TokenPrices { input_usd_per_mtok: 1.0, output_usd_per_mtok: 5.0, ..TokenPrices::default() };
        inputs(Serving::Api(Api { usd_per_request, ..Api::at(prices) }))
    }

    pub fn own(is_autoscaled: bool) -> Inputs {
        inputs(Serving::OwnGpus(OwnGpus { is_autoscaled, ..OwnGpus::on_demand(50.0, 2.0) }))
    }

    /// Inside the intervals the first earns more, outside it does not, at 400 volumes.
    fn agrees(a: &Inputs, b: &Inputs, intervals: &[(f64, Option<f64>)]) {
        let sheet = &mut Sheet::default();
        for step in 1..400 {
            let volume = f64::from(step) * 50_000.0 + 7.0;
            let lead = at_volume(a, 0, volume, sheet).margin_usd() - at_volume(b, 0, volume, sheet).margin_usd();
            let inside = intervals.iter().any(|(from, to)| volume > *from && to.is_none_or(|to| volume <= to));
            assert_eq!(lead > 0.0, inside, "at {volume} requests: {intervals:?}");
        }
    }

    #[test]
    fn volume_intervals_agree_with_the_cost_at_every_volume() {
        // One GPU serves 50 tokens/s for 720 h = 1.296 M requests and costs 1,440 USD = 0.96 M API requests.
        let intervals = volumes_ahead(&own(false), &api(0.0), 50);
        assert!((intervals[0].0 - 960_000.0).abs() < 1.0);
        assert!(intervals.len() >= 3, "whole GPUs cross the API several times: {intervals:?}");
        agrees(&own(false), &api(0.0), &intervals);
        agrees(&api(0.0), &own(false), &volumes_ahead(&api(0.0), &own(false), 50));
    }

    #[test]
    fn two_straight_lines_cross_once_or_never() {
        let mut fixed = api(0.0);
        fixed.other = vec![crate::scenario::OtherLine {
            usd_per_month: 1_000.0,
            ..crate::scenario::OtherLine::named("platform", Evidence::Assumed)
        }];
        let intervals = volumes_ahead(&fixed, &api(0.001), 50);
        assert_eq!(intervals.len(), 1);
        assert!((intervals[0].0 - 1_000_000.0).abs() < 1.0 && intervals[0].1.is_none(), "{intervals:?}");
        let back = volumes_ahead(&api(0.001), &fixed, 50);
        assert!(back[0].0 == 0.0 && back[0].1.is_some_and(|to| (to - 1_000_000.0).abs() < 1.0), "{back:?}");
        assert!(volumes_ahead(&api(0.001), &api(0.001), 50).is_empty());
    }

    #[test]
    fn what_a_stated_fleet_cannot_serve_is_no_lead() {
        let two = inputs(Serving::OwnGpus(OwnGpus { stated_gpus: Some(2), ..OwnGpus::on_demand(50.0, 2.0) }));
        let intervals = volumes_ahead(&two, &api(0.0), 50);
        assert_eq!(intervals.len(), 1);
        // From 2,880 USD of API requests up to what two GPUs serve.
        assert!((intervals[0].0 - 1_920_000.0).abs() < 1.0, "{intervals:?}");
        assert!(intervals[0].1.is_some_and(|to| (to - 2_592_000.0).abs() < 1.0), "{intervals:?}");
    }

    #[test]
    fn where_lines_are_not_straight_a_grid_is_looked_at() {
        let intervals = volumes_ahead(&own(true), &api(0.0), 50);
        assert!((intervals[0].0 / 960_000.0 - 1.0).abs() < 0.05, "{intervals:?}");
    }

    #[test]
    fn months_ahead_are_runs_of_months() {
        let (a, b) = (run(&own(false)), run(&api(0.0)));
        let runs = months_ahead(&a, &b);
        for (from, to) in &runs {
            for month in *from..=*to {
                let index = month as usize - 1;
                assert!(a[index].totals.margin_usd() > b[index].totals.margin_usd());
            }
        }
        assert!(!runs.is_empty());
        assert!(cumulative_month(&a, &b).is_some());
        assert!(months_ahead(&a, &a).is_empty(), "nothing overtakes itself");
    }
}
