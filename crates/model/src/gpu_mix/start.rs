//! A fleet to start the search from: shares from the programme with parts of replicas, rounded up to whole ones.
//!
//! With spares every pool that serves anything costs a replica more, which parts of replicas do not show. So pools are
//! left out one by one, the least loaded first, as long as the rest can serve everything, and the cheapest is kept.

use super::problem::Pool;
use super::programme::{Found, Goal, Programme};
use super::{FleetProblem, Purchase};

/// Loads that differ from a whole number by rounding alone are whole.
const ROUNDING: f64 = 1e-7;

/// The best fleet found so, and the pools that it uses; `None` where rounding up finds no fleet within the limits.
pub(super) fn start(
    asked: &FleetProblem,
    pools: &[Pool],
    sold: &dyn Fn(usize, usize) -> bool,
    cost: &dyn Fn(&Found) -> f64,
) -> Option<Found> {
    let is_sold = |pool: &usize| pools[*pool].sales.iter().any(|sale| sold(*pool, *sale));
    let mut kept: Vec<usize> = (0..pools.len()).filter(is_sold).collect();
    let mut best: Option<(f64, Found)> = None;
    while !kept.is_empty() {
        let uses = |pool: usize, sale: usize| sold(pool, sale) && kept.contains(&pool);
        let solved = |goal: Goal| Programme::new(asked, pools, &uses, goal).solve(1, None).ok().flatten();
        // There may be no room for spares in all pools at once.
        let Some(relaxed) = solved(Goal::Relaxed).or_else(|| solved(Goal::Loose)) else { break };
        let loads = loads(asked, pools, &relaxed.shares);
        if let Some(counts) = bought(asked, pools, &loads, sold) {
            let found = Found { counts, ..relaxed };
            let usd = cost(&found);
            if best.as_ref().is_none_or(|best| usd < best.0) {
                best = Some((usd, found));
            }
        }
        let before = kept.len();
        kept.retain(|pool| loads[*pool] > ROUNDING);
        if kept.len() == before {
            let size = |pool: &usize| loads[*pool] * f64::from(asked.replicas[pools[*pool].replica].group);
            let least = (0..kept.len()).min_by(|a, b| size(&kept[*a]).total_cmp(&size(&kept[*b])));
            least.map(|least| kept.remove(least));
        }
    }
    best.map(|best| best.1)
}

/// Replicas that each pool's share of the load takes, in parts.
fn loads(asked: &FleetProblem, pools: &[Pool], shares: &[(usize, usize, f64)]) -> Vec<f64> {
    let mut loads = vec![0.0; pools.len()];
    for (bucket, pool, share) in shares {
        loads[*pool] += share * asked.load(*bucket, &pools[*pool]).unwrap_or(0.0);
    }
    loads
}

/// Whole replicas for loads: spot where it saves the most, up to its cap, then the cheapest of the rest.
fn bought(
    asked: &FleetProblem,
    pools: &[Pool],
    loads: &[f64],
    sold: &dyn Fn(usize, usize) -> bool,
) -> Option<Vec<(usize, usize, u64)>> {
    let group = |pool: usize| u64::from(asked.replicas[pools[pool].replica].group);
    let whole = |load: f64| if load > ROUNDING { (load - ROUNDING).ceil() as u64 + u64::from(asked.spares) } else { 0 };
    let mut needed: Vec<u64> = loads.iter().map(|load| whole(*load)).collect();
    let all: u64 = (0..pools.len()).map(|pool| needed[pool] * group(pool)).sum();
    let mut spot = (asked.spot_share * all as f64 + ROUNDING).floor() as u64;
    let mut of_sale: Vec<Option<u64>> = asked.sales.iter().map(|sale| sale.gpus).collect();
    let mut of_stock: Vec<u64> = asked.stocks.iter().map(|stock| stock.gpus).collect();
    let price = |sale: usize| asked.sales[sale].usd_per_hour;
    let is_spot = |sale: usize| asked.sales[sale].purchase == Purchase::Spot;
    let rest = |pool: usize| pools[pool].sales.iter().copied().filter(move |sale| sold(pool, *sale) && !is_spot(*sale));
    // What spot saves is the dearest of the rest in its pool; what is sold as spot only comes first.
    let saving =
        |pool: usize, sale: usize| rest(pool).map(price).reduce(f64::max).unwrap_or(f64::INFINITY) - price(sale);
    let all_pairs = || (0..pools.len()).flat_map(|pool| pools[pool].sales.iter().map(move |sale| (pool, *sale)));
    let pairs = || all_pairs().filter(|(pool, sale)| sold(*pool, *sale));
    let mut first: Vec<(usize, usize)> =
        pairs().filter(|(pool, sale)| is_spot(*sale) && saving(*pool, *sale) > 0.0).collect();
    first.sort_by(|a, b| saving(b.0, b.1).total_cmp(&saving(a.0, a.1)));
    let mut then: Vec<(usize, usize)> = pairs().filter(|(_, sale)| !is_spot(*sale)).collect();
    then.sort_by(|a, b| price(a.1).total_cmp(&price(b.1)));
    let mut counts = Vec::new();
    for (pool, sale) in first.into_iter().chain(then) {
        let is_of =
            |stock: &super::Stock| stock.gpu == asked.sales[sale].gpu && stock.region == asked.sales[sale].region;
        let stocks: Vec<usize> = (0..asked.stocks.len()).filter(|stock| is_of(&asked.stocks[*stock])).collect();
        let mut gpus = needed[pool] * group(pool);
        gpus = gpus.min(of_sale[sale].unwrap_or(u64::MAX));
        gpus = stocks.iter().fold(gpus, |gpus, stock| gpus.min(of_stock[*stock]));
        gpus = if is_spot(sale) { gpus.min(spot) } else { gpus };
        let replicas = gpus / group(pool);
        if replicas == 0 {
            continue;
        }
        let taken = replicas * group(pool);
        needed[pool] -= replicas;
        of_sale[sale] = of_sale[sale].map(|left| left - taken);
        stocks.iter().for_each(|stock| of_stock[*stock] -= taken);
        spot -= if is_spot(sale) { taken } else { 0 };
        counts.push((pool, sale, replicas));
    }
    needed.iter().all(|needed| *needed == 0).then_some(counts)
}
