//! Where a scenario needs one unit more.

use crate::scenario::{Inputs, Serving};

/// Volumes at which something needs one unit more, and the most that can be served or was looked at.
pub(super) struct Stairs {
    /// Requests a month, ascending, above 0 and below `most`.
    pub volumes: Vec<f64>,
    /// Infinite where nothing ends.
    pub most: f64,
    /// The end is that of what can be served, not of what was looked at.
    pub is_full: bool,
}

/// The stairs of a scenario's first month, at most `limit` units of each fleet and line; `None` where they are not at
/// even distances, or cost between them is no straight line.
pub(super) fn stairs(inputs: &Inputs, limit: u32) -> Option<Stairs> {
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
    // Where a free quantity is used up, the line of cost has a bend.
    let parts = inputs.other.iter().filter(|line| line.schedule.runs(0)).flat_map(|line| &line.parts);
    let bends = parts.filter(|part| part.free > 0.0 && part.quantity > 0.0 && part.grows_with_requests());
    stairs.volumes.extend(bends.map(|part| part.free / part.quantity));
    let most = stairs.most;
    stairs.volumes.retain(|volume| *volume > 0.0 && *volume < most);
    stairs.volumes.sort_by(f64::total_cmp);
    stairs.volumes.dedup();
    Some(stairs)
}
