//! Reserved, spot and on demand side by side: how much of each for one demand.

use super::contract::{ContractError, amount, held, share};

/// Prices of a unit and hour in USD, and what spot is good for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BlendPrices {
    /// On demand.
    pub on_demand: f64,
    /// Reserved, paid in every hour.
    pub reserved: f64,
    /// Spot.
    pub spot: f64,
    /// Share of spot hours that interruptions lose and that are done again.
    pub spot_lost_share: f64,
    /// Largest share of an hour's use that can be interrupted at all.
    pub spot_share: f64,
}

/// How much of each, over the hours of the demand.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Blend {
    /// Units reserved in every hour.
    pub reserved: f64,
    /// USD for them.
    pub reserved_usd: f64,
    /// Unit-hours of use served by spot.
    pub spot_hours: f64,
    /// USD for them, hours done again included.
    pub spot_usd: f64,
    /// Unit-hours on demand.
    pub on_demand_hours: f64,
    /// USD for them.
    pub on_demand_usd: f64,
    /// All three, USD.
    pub cost: f64,
    /// All on demand, USD.
    pub all_on_demand_usd: f64,
}

/// The cheapest split of a demand by hour. What lies above the reserved level runs on spot up to its share of the
/// hour's use, the rest on demand; spot costs price ÷ (1 − lost share) per hour of work and is used where that is
/// cheaper than on demand. The cost is convex in the level and bends only at the demand and at what of it spot cannot
/// serve, so the best of those levels is the optimum; without spot it is [`super::best_level`].
///
/// # Errors
/// [`ContractError`]: a value outside of its range; no demand.
pub fn best_blend(demand: &[f64], prices: &BlendPrices) -> Result<Blend, ContractError> {
    held("demand", demand.len() as f64, "at least one hour", |hours| hours >= 1.0)?;
    for level in demand {
        amount("demand", *level)?;
    }
    amount("on_demand", prices.on_demand)?;
    amount("reserved", prices.reserved)?;
    amount("spot", prices.spot)?;
    held("spot_lost_share", prices.spot_lost_share, "a share from 0 to 0.99", |lost| (0.0..=0.99).contains(&lost))?;
    share("spot_share", prices.spot_share)?;
    let work = prices.spot / (1.0 - prices.spot_lost_share);
    let on_spot = if work < prices.on_demand { prices.spot_share } else { 0.0 };
    let mut sorted = demand.to_vec();
    sorted.sort_by(f64::total_cmp);
    let hours = sorted.len() as f64;
    let above = |level: f64, of: f64| (sorted.len() - sorted.partition_point(|each| each * of <= level)) as f64;
    // What a further unit costs less what it saves, in the hours in which it replaces on demand and spot.
    let is_enough = |level: f64| {
        let (firm, all) = (above(level, 1.0 - on_spot), above(level, 1.0));
        let saved = prices.on_demand * firm + work * (all - firm);
        hours * prices.reserved >= saved * (1.0 - 1e-12)
    };
    let mut levels: Vec<f64> = sorted.iter().flat_map(|each| [*each, each * (1.0 - on_spot)]).chain([0.0]).collect();
    levels.sort_by(f64::total_cmp);
    let reserved = levels[levels.partition_point(|level| !is_enough(*level)).min(levels.len() - 1)];
    let mut blend = Blend { reserved, reserved_usd: reserved * prices.reserved * hours, ..Blend::default() };
    for each in demand {
        let rest = (each - reserved).max(0.0);
        let spot = rest.min(each * on_spot);
        blend.spot_hours += spot;
        blend.on_demand_hours += rest - spot;
        blend.all_on_demand_usd += each * prices.on_demand;
    }
    blend.spot_usd = blend.spot_hours * work;
    blend.on_demand_usd = blend.on_demand_hours * prices.on_demand;
    blend.cost = blend.reserved_usd + blend.spot_usd + blend.on_demand_usd;
    Ok(blend)
}
