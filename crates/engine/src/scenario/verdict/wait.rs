//! How long a request waits for a free place on own GPUs before it is worked on, where the file says how many places a
//! unit has (`waiting`): the Erlang C tail at the fleet's load in its busiest hour (domain §3). A measured time to first
//! token may hold waiting already; what it holds is not added again.

use marginline_model::capacity::Queue;
use marginline_model::scenario::{Capacity, OwnGpus, Serving};

use super::super::file::MeasuredPoint;
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

/// Waiting that a measured time to first token holds already.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Held {
    /// Seconds at the percentile that was asked for; 0 is none.
    Seconds(f64),
    /// That of the fleet's own busiest hour, or of a load that its places never take: nothing is added to it.
    All,
}

impl Held {
    /// None of it.
    pub(super) const NONE: Self = Self::Seconds(0.0);

    /// What is to be added where a request waits so many seconds.
    pub(super) fn beyond(self, wait_s: f64) -> f64 {
        match self {
            Self::Seconds(held) => (wait_s - held).max(0.0),
            Self::All => 0.0,
        }
    }

    /// Between two points, `share` of the way from this one.
    pub(super) fn between(self, other: Self, share: f64) -> Self {
        match (self, other) {
            (Self::Seconds(one), Self::Seconds(other)) => Self::Seconds(one + share * (other - one)),
            _ => Self::All,
        }
    }

    /// In words behind what was measured; empty where it holds none.
    pub(super) fn words(self) -> String {
        match self {
            Self::Seconds(held) if held > 0.0 => format!(", with {:.1} ms of waiting in it", held * 1e3),
            Self::Seconds(_) => String::new(),
            Self::All => ", with its waiting in it".to_owned(),
        }
    }
}

/// The waiting in a point's time to first token at a percentile, on places as the fleet has them: at the rate at which its
/// requests were sent, by the same queue; where more were let in at a time than there were places, that of a closed loop,
/// in which (requests − places) ÷ places times of service pass before one is free (Little's law).
pub(super) fn held(asked: &Asked<'_>, at: usize, point: &MeasuredPoint, percentile: u32) -> Held {
    let Some(component) = asked.resolved.inputs.components.get(at) else { return Held::NONE };
    let Serving::OwnGpus(gpus) = &component.serving else { return Held::NONE };
    let Some(waiting) = gpus.waiting.filter(|_| point.holds_waiting != Some(false)) else { return Held::NONE };
    let unit = f64::from(gpus.gpus_per_unit);
    let mut tokens = component.tokens(asked.resolved.inputs.demand.tokens);
    tokens.output = point.output_tokens.unwrap_or(tokens.output);
    let service_s = f64::from(waiting.slots_per_unit) * gpus.gpu_seconds(tokens) / unit;
    let measured_on = f64::from(point.gpus.unwrap_or(gpus.gpus_per_unit));
    // A saturating cast: whole places, and at least the one that a request was served in.
    let servers = ((f64::from(waiting.slots_per_unit) * measured_on / unit) as u64).max(1);
    match (point.requests_per_s, point.holds_waiting, point.concurrency) {
        (Some(rate), ..) => {
            // What cannot be a queue holds nothing that is known.
            let Ok(queue) = Queue::new(servers, rate, service_s, (1.0, 1.0)) else { return Held::NONE };
            queue.wait_at_s(f64::from(percentile) / 100.0).map_or(Held::All, Held::Seconds)
        }
        (None, Some(_), _) => Held::All,
        (None, None, Some(let_in)) => Held::Seconds((let_in / servers as f64 - 1.0).max(0.0) * service_s),
        (None, None, None) => Held::NONE,
    }
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
