//! How long a request waits for a free place on own GPUs before it is worked on, where the file says how many places a
//! unit has (`waiting`): the Erlang C tail at the fleet's load in its busiest hour (domain §3).

use marginline_model::capacity::Queue;
use marginline_model::scenario::{Capacity, OwnGpus, Serving};

use super::Asked;

/// What a fleet's places are asked for in the busiest hour of a month.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Places {
    /// Units of one copy: each must be able to serve everything.
    units: u32,
    /// Places of a unit.
    slots: u32,
    /// Places taken on average, in erlangs.
    load: f64,
    /// Seconds that a request holds its place when all are taken.
    service_s: f64,
}

/// The longest wait of a fleet over its months.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Wait {
    /// Seconds at the percentile that was asked for.
    Seconds(f64),
    /// More arrives in some hour than its places ever take: waits grow without end.
    Endless,
}

/// Seconds that a share of the requests waits at most; `None` where more arrives than the places take.
fn at_percentile(places: Places, share: f64) -> Option<f64> {
    let servers = u64::from(places.units) * u64::from(places.slots);
    // One queue for all, random arrivals and exponential times, as the target for waiting counts units.
    let queue = Queue::new(servers, places.load / places.service_s, places.service_s, (1.0, 1.0)).ok()?;
    queue.wait_at_s(share)
}

fn places(gpus: &OwnGpus, slots: u32, capacity: Capacity, service_s: f64, more: u32) -> Places {
    let each = f64::from(gpus.copies.max(1));
    let provided = f64::from(capacity.gpus_provided) / each;
    let peak = (1.0 - capacity.headroom) * provided;
    let unit = f64::from(gpus.gpus_per_unit);
    // A saturating cast: whole units, and never below zero.
    let units = (provided / unit) as u32;
    Places { units: units.saturating_add(more), slots, load: peak / unit * f64::from(slots), service_s }
}

/// The longest wait at a percentile over the months, with so many units `more`; `None` where nothing tells it: no
/// `waiting`, nothing asked for, or what finds no place goes on to another component.
pub(super) fn longest(asked: &Asked<'_>, at: usize, percentile: u32, more: u32) -> Option<Wait> {
    let component = asked.resolved.inputs.components.get(at)?;
    let Serving::OwnGpus(gpus) = &component.serving else { return None };
    let slots = gpus.waiting.filter(|_| gpus.overflow.is_none())?.slots_per_unit;
    let tokens = component.tokens(asked.resolved.inputs.demand.tokens);
    // All places taken is the unit's whole rate, so a request holds one for places × its GPU seconds ÷ GPUs.
    let service_s = f64::from(slots) * gpus.gpu_seconds(tokens) / f64::from(gpus.gpus_per_unit);
    let capacities = asked.projected.iter().filter_map(|month| *month.sheet.capacity.get(at)?);
    let used = capacities.filter(|capacity| capacity.peak_output_tokens_per_s > 0.0);
    let share = f64::from(percentile) / 100.0;
    let waits = used.map(|capacity| at_percentile(places(gpus, slots, capacity, service_s, more), share));
    waits.map(|wait| wait.map_or(Wait::Endless, Wait::Seconds)).reduce(|a, b| match (a, b) {
        (Wait::Seconds(a), Wait::Seconds(b)) => Wait::Seconds(a.max(b)),
        _ => Wait::Endless,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The published call centre (pyworkforce): 100 calls in 30 minutes of 3 minutes each are 10 erlangs; with 14 agents
    /// 0.8883500191794669 of them wait at most 20 s. At 95 in a hundred by Python: 180 ÷ 4 × ln(0.1741319335950498 ÷ 0.05)
    /// = 56.1506 s.
    #[test]
    fn the_published_call_centre() {
        let places = Places { units: 14, slots: 1, load: 10.0, service_s: 180.0 };
        assert!((at_percentile(places, 0.888_350_019_179_466_9).unwrap() - 20.0).abs() < 1e-6);
        assert!((at_percentile(places, 0.95).unwrap() - 56.150_6).abs() < 1e-3);
        assert_eq!(at_percentile(places, 0.5), Some(0.0), "fewer than one in five waits at all");
        assert_eq!(at_percentile(Places { units: 7, slots: 2, ..places }, 0.95), at_percentile(places, 0.95));
        assert_eq!(at_percentile(Places { units: 10, ..places }, 0.5), None, "as much arrives as is ever done");
    }
}
