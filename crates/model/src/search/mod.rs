//! Every configuration of a deployment, the front of cost against latency, and why each other one lost.
//!
//! A configuration is a GPU, the GPUs of a replica, the requests in flight, a region and a contract. What a replica does
//! and what a GPU costs come from closures; hard limits are asked first, and a configuration that breaks one is never
//! ranked.

mod descent;
mod front;
mod pareto;
mod regret;

#[cfg(test)]
mod tests;

pub use descent::{Descent, descend, every, place, places};
pub use pareto::pareto;
pub use regret::{largest_regrets, regrets_against};

use std::collections::HashMap;

use rayon::prelude::*;

/// Values that are combined.
#[derive(Debug, Clone, PartialEq)]
pub struct Space {
    /// Types of GPU.
    pub gpus: Vec<String>,
    /// GPUs of a replica.
    pub groups: Vec<u32>,
    /// Requests in flight on a replica.
    pub in_flight: Vec<u32>,
    /// Regions.
    pub regions: Vec<String>,
    /// Contracts, such as `on_demand` or `reserved_1y`.
    pub contracts: Vec<String>,
}

impl Space {
    /// Number of configurations.
    #[must_use]
    pub fn configurations(&self) -> usize {
        let counts = [&self.gpus, &self.regions, &self.contracts].map(Vec::len).into_iter();
        counts.chain([self.groups.len(), self.in_flight.len()]).fold(1, usize::saturating_mul)
    }
}

/// What one replica does with so many requests in flight.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Served {
    /// Seconds to the first token that are promised.
    pub ttft_s: f64,
    /// Seconds between two tokens.
    pub tpot_s: f64,
    /// Seconds from sending a request to its last token.
    pub end_to_end_s: f64,
    /// Requests per second that end.
    pub requests_per_s: f64,
    /// Output tokens per second of the whole replica.
    pub output_tokens_per_s: f64,
}

/// Why a replica does nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unserved {
    /// Weights or cache do not fit into memory.
    Memory,
    /// Nothing is known of this combination.
    Unknown,
}

/// What must hold. An absent limit is none.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Limits {
    /// Longest time to first token, in seconds.
    pub ttft_s: Option<f64>,
    /// Longest time between two tokens, in seconds.
    pub tpot_s: Option<f64>,
    /// Longest time of a request, in seconds.
    pub end_to_end_s: Option<f64>,
    /// Regions that requests may go to.
    pub regions: Option<Vec<String>>,
}

/// Which time stands against cost on the front.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Latency {
    /// Time between two tokens.
    #[default]
    Tpot,
    /// Time to first token.
    Ttft,
    /// Time of the whole request.
    EndToEnd,
}

/// What is served, which decides what cost is counted in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Demand {
    /// Requests per second: cost is USD per hour of the whole replicas that they take.
    RequestsPerS(f64),
    /// As much as one replica does: cost is USD per million output tokens.
    FullLoad,
}

/// Why a configuration is not on the front: the first of these that holds, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    /// Requests may not go to its region.
    Residency,
    /// It is not sold there under that contract.
    NotSold,
    /// It does not fit into memory.
    Memory,
    /// Nothing is known of it.
    Unknown,
    /// The first token comes too late.
    Ttft,
    /// Tokens come too slowly.
    Tpot,
    /// The request takes too long.
    EndToEnd,
    /// Another one costs no more and is no slower.
    Beaten,
}

impl Reason {
    /// All of them, in the order in which they are asked.
    pub const ALL: [Self; 8] = [
        Self::Residency,
        Self::NotSold,
        Self::Memory,
        Self::Unknown,
        Self::Ttft,
        Self::Tpot,
        Self::EndToEnd,
        Self::Beaten,
    ];

    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Residency => "residency",
            Self::NotSold => "not_sold",
            Self::Memory => "memory",
            Self::Unknown => "unknown",
            Self::Ttft => "ttft",
            Self::Tpot => "tpot",
            Self::EndToEnd => "end_to_end",
            Self::Beaten => "beaten",
        }
    }
}

/// A configuration within all limits, and what it comes to.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// Type of GPU.
    pub gpu: String,
    /// GPUs of a replica.
    pub group: u32,
    /// Requests in flight on a replica.
    pub in_flight: u32,
    /// Where.
    pub region: String,
    /// Under what contract.
    pub contract: String,
    /// USD per GPU and hour.
    pub usd_per_gpu_hour: f64,
    /// Whole replicas for the demand; 1 at full load.
    pub replicas: u64,
    /// In what [`Demand`] says.
    pub cost: f64,
    /// The time that stands against cost, in seconds.
    pub latency_s: f64,
    /// What a replica does.
    pub served: Served,
}

/// What a search found.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Configurations that none beats, from the fastest and dearest to the slowest and cheapest.
    pub front: Vec<Candidate>,
    /// How many of the others lost by each reason; with the front they are all that were tried.
    pub lost: Vec<(Reason, usize)>,
    /// Configurations tried.
    pub tried: usize,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SearchError {
    /// A figure is out of range.
    #[error("{field} is {found}, expected {expected}")]
    Figure {
        /// The figure's name.
        field: String,
        /// What it was.
        found: f64,
        /// What it must be.
        expected: &'static str,
    },
    /// There is too much, or nothing, to try.
    #[error("there are {0} configurations: give each list at least one value, and at most a million combinations")]
    Size(usize),
}

/// Most configurations of a search.
const MOST: usize = 1_000_000;
/// Replicas beyond which a demand is a slip of units.
const MOST_REPLICAS: f64 = 1e9;

/// Tries every configuration of `space`. `serving` is asked once for each GPU, group and number in flight, on all
/// threads; `price` once for each GPU, region and contract, in USD per GPU and hour, `None` where it is not sold.
///
/// Of configurations that cost and take the same, the first in the order of the space stays on the front.
///
/// # Errors
/// [`SearchError::Size`] for an empty or too large space, [`SearchError::Figure`] for a limit, demand, price or time that
/// is out of range.
pub fn search(
    space: &Space,
    limits: &Limits,
    (demand, latency): (Demand, Latency),
    serving: impl Fn(&str, u32, u32) -> Result<Served, Unserved> + Sync,
    price: impl Fn(&str, &str, &str) -> Option<f64>,
) -> Result<Found, SearchError> {
    let tried = space.configurations();
    if tried == 0 || tried > MOST {
        return Err(SearchError::Size(tried));
    }
    check_limits(limits, demand)?;
    let shapes: Vec<(usize, u32, u32)> = (0..space.gpus.len())
        .flat_map(|gpu| space.groups.iter().map(move |group| (gpu, *group)))
        .flat_map(|(gpu, group)| space.in_flight.iter().map(move |in_flight| (gpu, group, *in_flight)))
        .collect();
    let answers: Vec<Result<Served, Unserved>> =
        shapes.par_iter().map(|(gpu, group, in_flight)| serving(&space.gpus[*gpu], *group, *in_flight)).collect();
    for served in answers.iter().flatten() {
        check_served(served)?;
    }
    let prices = priced(space, &price)?;
    let mut lost: HashMap<Reason, usize> = HashMap::new();
    let mut candidates: Vec<front::Point> = Vec::new();
    for (shape, answer) in answers.iter().enumerate() {
        for place in 0..space.regions.len() * space.contracts.len() {
            let region = &space.regions[place / space.contracts.len()];
            let usd = prices[shapes[shape].0 * space.regions.len() * space.contracts.len() + place];
            match judged(limits, region, usd, answer) {
                Ok((usd, served)) => candidates.push(point(&shapes, shape, place, usd, served, (demand, latency))?),
                Err(reason) => *lost.entry(reason).or_default() += 1,
            }
        }
    }
    let within = candidates.len();
    let front = front::front(candidates);
    lost.insert(Reason::Beaten, within - front.len());
    let told = |point: &front::Point| candidate(space, &shapes, point, latency);
    let lost = Reason::ALL.map(|reason| (reason, lost.get(&reason).copied().unwrap_or(0))).to_vec();
    Ok(Found { front: front.iter().map(told).collect(), lost, tried })
}

fn judged(
    limits: &Limits,
    region: &String,
    usd: Option<f64>,
    answer: &Result<Served, Unserved>,
) -> Result<(f64, Served), Reason> {
    if limits.regions.as_ref().is_some_and(|allowed| !allowed.contains(region)) {
        return Err(Reason::Residency);
    }
    let usd = usd.ok_or(Reason::NotSold)?;
    let served = answer.map_err(|why| match why {
        Unserved::Memory => Reason::Memory,
        Unserved::Unknown => Reason::Unknown,
    })?;
    let over = |time: f64, limit: Option<f64>| limit.is_some_and(|limit| time > limit);
    for (time, limit, reason) in [
        (served.ttft_s, limits.ttft_s, Reason::Ttft),
        (served.tpot_s, limits.tpot_s, Reason::Tpot),
        (served.end_to_end_s, limits.end_to_end_s, Reason::EndToEnd),
    ] {
        if over(time, limit) {
            return Err(reason);
        }
    }
    Ok((usd, served))
}

fn point(
    shapes: &[(usize, u32, u32)],
    shape: usize,
    place: usize,
    usd: f64,
    served: Served,
    (demand, latency): (Demand, Latency),
) -> Result<front::Point, SearchError> {
    let usd_per_hour = usd * f64::from(shapes[shape].1);
    let (replicas, cost) = match demand {
        Demand::FullLoad => (1.0, usd_per_hour / (served.output_tokens_per_s * 3_600.0) * 1e6),
        Demand::RequestsPerS(rate) => {
            // Rates that differ from a whole number of replicas by rounding alone need no further one.
            let replicas = (rate / served.requests_per_s - 1e-9).ceil().max(0.0);
            (replicas, replicas * usd_per_hour)
        }
    };
    if replicas > MOST_REPLICAS || !cost.is_finite() {
        let expected = "a demand for at most a thousand million replicas";
        return Err(SearchError::Figure { field: "requests_per_s".to_owned(), found: replicas, expected });
    }
    let latency_s = latency_of(&served, latency);
    Ok(front::Point { shape, place, usd_per_gpu_hour: usd, replicas: replicas as u64, cost, latency_s, served })
}

fn latency_of(served: &Served, latency: Latency) -> f64 {
    match latency {
        Latency::Tpot => served.tpot_s,
        Latency::Ttft => served.ttft_s,
        Latency::EndToEnd => served.end_to_end_s,
    }
}

fn candidate(space: &Space, shapes: &[(usize, u32, u32)], point: &front::Point, latency: Latency) -> Candidate {
    let (gpu, group, in_flight) = shapes[point.shape];
    Candidate {
        gpu: space.gpus[gpu].clone(),
        group,
        in_flight,
        region: space.regions[point.place / space.contracts.len()].clone(),
        contract: space.contracts[point.place % space.contracts.len()].clone(),
        usd_per_gpu_hour: point.usd_per_gpu_hour,
        replicas: point.replicas,
        cost: point.cost,
        latency_s: latency_of(&point.served, latency),
        served: point.served,
    }
}

/// Prices by GPU, region and contract, in this order.
fn priced(space: &Space, price: &impl Fn(&str, &str, &str) -> Option<f64>) -> Result<Vec<Option<f64>>, SearchError> {
    let mut prices = Vec::new();
    for gpu in &space.gpus {
        for region in &space.regions {
            for contract in &space.contracts {
                let usd = price(gpu, region, contract);
                if let Some(found) = usd.filter(|usd| !(0.0..=1e9).contains(usd)) {
                    let field = format!("price of {gpu} in {region}, {contract}");
                    return Err(SearchError::Figure { field, found, expected: "USD per GPU and hour from 0 to 1e9" });
                }
                prices.push(usd);
            }
        }
    }
    Ok(prices)
}

fn check_limits(limits: &Limits, demand: Demand) -> Result<(), SearchError> {
    let times = [("ttft_s", limits.ttft_s), ("tpot_s", limits.tpot_s), ("end_to_end_s", limits.end_to_end_s)];
    for (field, limit) in times {
        if let Some(found) = limit.filter(|limit| !(*limit > 0.0 && limit.is_finite())) {
            let field = format!("limits.{field}");
            return Err(SearchError::Figure { field, found, expected: "a finite number of seconds above 0" });
        }
    }
    match demand {
        Demand::RequestsPerS(found) if !(0.0..=1e12).contains(&found) => {
            let field = "requests_per_s".to_owned();
            Err(SearchError::Figure { field, found, expected: "requests per second from 0 to 1e12" })
        }
        _ => Ok(()),
    }
}

fn check_served(served: &Served) -> Result<(), SearchError> {
    let Served { ttft_s, tpot_s, end_to_end_s, requests_per_s, output_tokens_per_s } = *served;
    for (field, found, least) in [
        ("served.ttft_s", ttft_s, 0.0),
        ("served.tpot_s", tpot_s, 0.0),
        ("served.end_to_end_s", end_to_end_s, f64::MIN_POSITIVE),
        ("served.requests_per_s", requests_per_s, f64::MIN_POSITIVE),
        ("served.output_tokens_per_s", output_tokens_per_s, f64::MIN_POSITIVE),
    ] {
        if !(found.is_finite() && found >= least) {
            return Err(SearchError::Figure { field: field.to_owned(), found, expected: "a finite number above 0" });
        }
    }
    Ok(())
}
