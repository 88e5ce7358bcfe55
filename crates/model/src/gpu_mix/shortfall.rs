//! Why a bucket cannot be served, when no fleet serves all.

use super::problem::Pool;
use super::programme::{Goal, Programme};
use super::{FleetProblem, MixError, Why};

/// The first bucket that no place can take, whatever the stock.
pub(super) fn placeless(asked: &FleetProblem, pools: &[Pool]) -> Option<MixError> {
    for (index, bucket) in asked.buckets.iter().enumerate().filter(|(_, bucket)| bucket.rate > 0.0) {
        if pools.iter().any(|pool| asked.load(index, pool).is_some()) {
            continue;
        }
        let serves = |replica: &super::Replica| replica.capacity[index].is_some();
        let mut regions: Vec<String> = pools
            .iter()
            .filter(|pool| serves(&asked.replicas[pool.replica]))
            .map(|pool| pool.region.clone())
            .filter(|region| bucket.regions.as_ref().is_some_and(|allowed| !allowed.contains(region)))
            .collect();
        let mut gpus: Vec<String> =
            asked.replicas.iter().filter(|replica| serves(replica)).map(|replica| replica.gpu.clone()).collect();
        regions.sort();
        regions.dedup();
        gpus.sort();
        gpus.dedup();
        let why = match (gpus.is_empty(), regions.is_empty()) {
            (true, _) => Why::Latency,
            (false, false) => Why::Residency { regions },
            (false, true) if pools.iter().any(|pool| serves(&asked.replicas[pool.replica])) => {
                // Sold and allowed, yet more than a million replicas: a slip of units.
                let path = format!("buckets[{index}].rate");
                let expected = "a rate for at most a million replicas".to_owned();
                return Some(MixError::Figure { path, found: bucket.rate.to_string(), expected });
            }
            (false, true) => Why::NotSold { gpus },
        };
        return Some(MixError::Unserved { bucket: bucket.name.clone(), why });
    }
    None
}

/// The bucket that falls short the most when as much as possible is served, and the limit that stands in its way: one
/// without which all would be served.
pub(super) fn shortest(asked: &FleetProblem, pools: &[Pool], nodes: u64) -> MixError {
    let uses = |_: usize, _: usize| true;
    let found = match Programme::new(asked, pools, &uses, Goal::Service).solve(nodes, None) {
        Ok(Some(found)) => found,
        Ok(None) => return MixError::Solver { what: "it finds nothing that may fall short".to_owned() },
        Err(error) => return error,
    };
    let mut most = (0, 0.0);
    for (bucket, short) in found.short.iter().enumerate() {
        if *short > most.1 {
            most = (bucket, *short);
        }
    }
    let (bucket, short) = most;
    let serves_all = |asked: &FleetProblem| {
        let found = Programme::new(asked, pools, &uses, Goal::Service).solve(nodes, None);
        found.is_ok_and(|found| found.is_some_and(|found| found.objective < 1e-6))
    };
    let why = if asked.spares > 0 && serves_all(&FleetProblem { spares: 0, ..asked.clone() }) {
        Why::Spares { short }
    } else if asked.spot_share < 1.0 && serves_all(&FleetProblem { spot_share: 1.0, ..asked.clone() }) {
        Why::SpotShare { short }
    } else {
        Why::Stock { short }
    };
    MixError::Unserved { bucket: asked.buckets[bucket].name.clone(), why }
}
