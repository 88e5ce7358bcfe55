//! Where a scenario needs one unit more, or begins to pass work on.

use super::rising::Rising;
use crate::scenario::{Component, Inputs, OwnGpus, Serving};

/// Volumes at which margin jumps or bends, and the most that can be served or was looked at.
pub(super) struct Stairs {
    /// Requests a month, ascending, above 0 and below `most`.
    pub volumes: Vec<f64>,
    /// Infinite where nothing ends.
    pub most: f64,
    /// The end is that of what can be served, not of what was looked at.
    pub is_full: bool,
}

impl Stairs {
    fn end_at(&mut self, volume: f64, is_full: bool) {
        if volume < self.most {
            (self.most, self.is_full) = (volume, is_full);
        }
    }
}

/// The stairs of a scenario's first month, at most `limit` units of each fleet and line; `None` where a target for waiting
/// holds or GPUs follow the hours, because units then come at uneven or too many distances.
///
/// What reaches a component is followed through those before it: the share that is not live yet, the share that failed,
/// and what a stated number of GPUs cannot serve, hour by hour of the week.
pub(super) fn stairs(inputs: &Inputs, limit: u32) -> Option<Stairs> {
    let mut stairs = Stairs { volumes: Vec::new(), most: f64::INFINITY, is_full: false };
    let attempts = 1.0 + inputs.demand.retry_share;
    let mut arriving: Vec<Rising> =
        inputs.components.iter().map(|component| Rising::straight(component.share)).collect();
    for (place, component) in inputs.components.iter().enumerate() {
        let live = component.until_live.map_or(1.0, |later| {
            let live = component.live_share(0);
            arriving[later] = arriving[later].and(&arriving[place].times(1.0 - live));
            live
        });
        let failed = component.fallback.map_or(0.0, |later| {
            arriving[later] = arriving[later].and(&arriving[place].times(live * component.failed_share));
            component.failed_share
        });
        let served = arriving[place].times(live * (1.0 - failed));
        stairs.volumes.extend(served.bends());
        let Serving::OwnGpus(gpus) = &component.serving else { continue };
        if gpus.waiting.is_some() || gpus.is_autoscaled {
            return None;
        }
        let per_request = attempts * gpus.gpu_seconds(component.tokens(inputs.demand.tokens));
        let busy = if live > 0.0 { per_request / (inputs.hours(0) * 3_600.0 * live) } else { 0.0 };
        if busy <= 0.0 {
            continue;
        }
        match gpus.stated_gpus {
            Some(stated) => {
                let over = full(component, gpus, &served, stated, busy, &mut stairs);
                if let Some(later) = gpus.overflow {
                    arriving[later] = arriving[later].and(&over);
                }
            }
            None => {
                let unit = f64::from(gpus.gpus_per_unit) / (busy * component.load.peak());
                let at = |units: u32| served.first_at(unit * f64::from(units));
                stairs.volumes.extend((1..limit).map_while(at));
                stairs.end_at(at(limit).unwrap_or(f64::INFINITY), false);
            }
        }
    }
    lines(inputs, limit, &mut stairs);
    let most = stairs.most;
    stairs.volumes.retain(|volume| *volume > 0.0 && *volume < most);
    stairs.volumes.sort_by(f64::total_cmp);
    stairs.volumes.dedup();
    Some(stairs)
}

/// A fleet of a stated size: what it cannot serve, as served requests rise; hour after hour of the week gets full.
fn full(component: &Component, gpus: &OwnGpus, served: &Rising, stated: u32, busy: f64, stairs: &mut Stairs) -> Rising {
    let committed = gpus.committed(0).0;
    let copies = gpus.copies.max(1);
    let provided = stated.saturating_mul(gpus.copies).max(committed);
    let serves = f64::from(provided) / f64::from(copies);
    let over = |requests: f64| match requests > 0.0 {
        true => requests * component.load.unserved(serves / (busy * requests)),
        false => 0.0,
    };
    let bends: Vec<f64> = component.load.bends().iter().rev().map(|bend| serves / (busy * bend)).collect();
    let passed_on = served.then(&bends, over);
    match gpus.overflow {
        Some(_) => stairs.volumes.extend(passed_on.bends()),
        None => {
            let full = served.first_at(serves / (busy * component.load.peak()));
            stairs.end_at(full.unwrap_or(f64::INFINITY), true);
        }
    }
    passed_on
}

/// Units of further lines, and where a free quantity is used up.
fn lines(inputs: &Inputs, limit: u32, stairs: &mut Stairs) {
    let per_second = (1.0 + inputs.demand.retry_share) / (inputs.hours(0) * 3_600.0);
    let peaks: f64 = inputs.components.iter().map(|component| component.share * component.load.peak()).sum();
    let peaks = if peaks > 0.0 { peaks } else { 1.0 };
    let running = || inputs.other.iter().filter(|line| line.schedule.runs(0));
    for units in running().filter_map(|line| line.units) {
        let unit = units.requests_per_s_per_unit / (per_second * peaks);
        match units.stated_units {
            Some(stated) => stairs.end_at(unit * f64::from(stated), true),
            None => {
                stairs.volumes.extend((1..limit).map(|count| unit * f64::from(count)));
                stairs.end_at(unit * f64::from(limit), false);
            }
        }
    }
    let parts = running().flat_map(|line| &line.parts);
    let bends = parts.filter(|part| part.free > 0.0 && part.quantity > 0.0 && part.grows_with_requests());
    stairs.volumes.extend(bends.map(|part| part.free / part.quantity));
}
