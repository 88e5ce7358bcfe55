//! The cheapest fleet, and what simpler ones would cost.

use super::problem::Pool;
use super::programme::{Found, Goal, Programme};
use super::shortfall::{placeless, shortest};
use super::start::start;
use super::{FleetProblem, MixError, Purchase};

/// Replicas of one kind, bought one way in one place.
#[derive(Debug, Clone, PartialEq)]
pub struct Held {
    /// Type of GPU.
    pub gpu: String,
    /// Where.
    pub region: String,
    /// How they are paid for.
    pub purchase: Purchase,
    /// GPUs in a replica.
    pub group: u32,
    /// Replicas.
    pub replicas: u64,
    /// USD per hour of all of them.
    pub usd_per_hour: f64,
}

impl Held {
    /// GPUs of all of them.
    #[must_use]
    pub fn gpus(&self) -> u64 {
        self.replicas * u64::from(self.group)
    }
}

/// A share of a bucket that goes to one kind of replica in one place.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// The bucket.
    pub bucket: String,
    /// Type of GPU.
    pub gpu: String,
    /// Where.
    pub region: String,
    /// GPUs in a replica.
    pub group: u32,
    /// Share of the bucket's requests, above 0. The parts of a bucket add up to 1.
    pub share: f64,
}

/// A simpler fleet under the same limits.
#[derive(Debug, Clone, PartialEq)]
pub struct Alternative {
    /// The only type of GPU, or `None` for all types bought on demand.
    pub gpu: Option<String>,
    /// USD per hour; `None` where it cannot serve everything, or was not found in the steps allowed.
    pub usd_per_hour: Option<f64>,
}

/// A fleet that serves everything within all limits.
#[derive(Debug, Clone, PartialEq)]
pub struct Fleet {
    /// What it consists of.
    pub held: Vec<Held>,
    /// Where requests go.
    pub parts: Vec<Part>,
    /// USD per hour of all of it.
    pub usd_per_hour: f64,
    /// No fleet within the limits costs less than this.
    pub bound_usd_per_hour: f64,
    /// Steps that the search took.
    pub nodes: u64,
    /// One type alone, for each type, and on demand alone where other offers exist. None costs less than the fleet.
    pub alternatives: Vec<Alternative>,
}

impl Fleet {
    /// By how much of its cost a cheaper fleet could at most be cheaper; 0 where this is proven to be the cheapest.
    #[must_use]
    pub fn gap(&self) -> f64 {
        let gap = (self.usd_per_hour - self.bound_usd_per_hour) / self.usd_per_hour.max(f64::MIN_POSITIVE);
        if gap < 1e-6 { 0.0 } else { gap.min(1.0) }
    }
}

/// The fleet of least cost: any share of a bucket goes to any pool (replica type and region) that may and can serve it
/// at the target, whole replicas are bought by any offer, within stock and the cap on spot, and every pool that serves
/// anything has its spares.
///
/// A pool's load is Σ share × rate ÷ capacity. Shares need no slices: any mix with slices is one of those looked at. The
/// search starts from the best fleet of a single type, and from all types on demand, and is never dearer than these;
/// when its steps end early, [`Fleet::gap`] tells what may be left.
///
/// Source: Griggs et al. 2024, arXiv 2404.14527, with whole groups, regions, purchase options, stock and spares added.
///
/// # Errors
/// [`MixError::Figure`] for a figure out of range, [`MixError::Unserved`] with the bucket and the reason where no fleet
/// serves everything, [`MixError::Unfinished`] where none was found in the steps allowed.
pub fn cheapest_fleet(asked: &FleetProblem) -> Result<Fleet, MixError> {
    asked.check()?;
    let pools = asked.pools();
    if let Some(why) = placeless(asked, &pools) {
        return Err(why);
    }
    let mut gpus: Vec<&str> = pools.iter().map(|pool| asked.replicas[pool.replica].gpu.as_str()).collect();
    gpus.sort_unstable();
    gpus.dedup();
    let mut alternatives = Vec::new();
    let mut best: Option<Found> = start(asked, &pools, &|_, _| true, &|found| cost(asked, &pools, found));
    let keep = |best: Option<Found>, found: Option<Found>| match (best, found) {
        (Some(best), Some(found)) if cost(asked, &pools, &found) < cost(asked, &pools, &best) => Some(found),
        (best, found) => best.or(found),
    };
    let mut consider = |gpu: Option<&str>, uses: &dyn Fn(usize, usize) -> bool| {
        let found = searched(asked, &pools, uses);
        let usd_per_hour = found.as_ref().map(|found| cost(asked, &pools, found));
        alternatives.push(Alternative { gpu: gpu.map(str::to_owned), usd_per_hour });
        best = keep(best.take(), found);
    };
    for gpu in &gpus {
        consider(Some(gpu), &|_, sale| asked.sales[sale].gpu == *gpu);
    }
    if asked.sales.iter().any(|sale| sale.purchase != Purchase::OnDemand) {
        consider(None, &|_, sale| asked.sales[sale].purchase == Purchase::OnDemand);
    }
    // Around the best so far: its pools alone make a small programme that is searched well.
    if let Some(around) = &best {
        let used: Vec<usize> = around.counts.iter().map(|count| count.0).collect();
        let uses = |pool: usize, _: usize| used.contains(&pool);
        let found = Programme::new(asked, &pools, &uses, Goal::Cost).solve(asked.nodes / 2 + 1, Some(around));
        best = keep(best.take(), found.ok().flatten());
    }
    let uses = |_: usize, _: usize| true;
    let found = Programme::new(asked, &pools, &uses, Goal::Cost).solve(asked.nodes, best.as_ref());
    match (found, best) {
        (Ok(None), None) => Err(shortest(asked, &pools, asked.nodes)),
        (Err(error), None) => Err(error),
        // The search saw that there is none, or failed, but a simpler fleet is there: its own bound says nothing here.
        (Ok(None) | Err(_), Some(best)) => Ok(told(asked, &pools, &best, 0.0, alternatives)),
        (Ok(Some(found)), best) => {
            let bound = found.bound;
            let cheaper = best.filter(|best| cost(asked, &pools, best) < cost(asked, &pools, &found));
            Ok(told(asked, &pools, &cheaper.unwrap_or(found), bound, alternatives))
        }
    }
}

/// The cheapest fleet of some offers in a quarter of the steps, or `None` where there is none or none was found.
fn searched(asked: &FleetProblem, pools: &[Pool], uses: &dyn Fn(usize, usize) -> bool) -> Option<Found> {
    let known = start(asked, pools, uses, &|found| cost(asked, pools, found));
    let found = Programme::new(asked, pools, uses, Goal::Cost).solve(asked.nodes / 4 + 1, known.as_ref());
    found.ok().flatten().or(known)
}

/// USD per hour of what is bought, summed from the counts and not taken from the solver.
fn cost(asked: &FleetProblem, pools: &[Pool], found: &Found) -> f64 {
    let usd = |(pool, sale, replicas): &(usize, usize, u64)| {
        asked.sales[*sale].usd_per_hour * (replicas * u64::from(asked.replicas[pools[*pool].replica].group)) as f64
    };
    found.counts.iter().map(usd).sum()
}

fn told(asked: &FleetProblem, pools: &[Pool], found: &Found, bound: f64, mut alternatives: Vec<Alternative>) -> Fleet {
    let usd_per_hour = cost(asked, pools, found);
    let replica = |pool: usize| &asked.replicas[pools[pool].replica];
    let held = |(pool, sale, replicas): &(usize, usize, u64)| Held {
        gpu: replica(*pool).gpu.clone(),
        region: pools[*pool].region.clone(),
        purchase: asked.sales[*sale].purchase,
        group: replica(*pool).group,
        replicas: *replicas,
        usd_per_hour: asked.sales[*sale].usd_per_hour * (replicas * u64::from(replica(*pool).group)) as f64,
    };
    let part = |(bucket, pool, share): &(usize, usize, f64)| Part {
        bucket: asked.buckets[*bucket].name.clone(),
        gpu: replica(*pool).gpu.clone(),
        region: pools[*pool].region.clone(),
        group: replica(*pool).group,
        share: *share,
    };
    alternatives.sort_by(|a, b| a.gpu.cmp(&b.gpu));
    Fleet {
        held: found.counts.iter().map(held).collect(),
        parts: found.shares.iter().map(part).collect(),
        usd_per_hour,
        bound_usd_per_hour: bound.min(usd_per_hour),
        nodes: found.nodes,
        alternatives,
    }
}
