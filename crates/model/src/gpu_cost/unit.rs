//! Cost per million tokens, on two bases, and beside the price of an API.

use super::Cost;
use crate::Money;

/// Which cost stands over the tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// All that was held and shared: what the tokens cost who pays the bill.
    Allocation,
    /// Hours at work alone: what the tokens would cost if no paid hour were idle.
    Usage,
}

/// Cost per million tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnitCost {
    /// On allocation basis; `None` without tokens.
    pub allocation: Option<Money>,
    /// On usage basis; `None` without tokens, or where some use is not measured.
    pub usage: Option<Money>,
}

impl UnitCost {
    /// Cost ÷ tokens × 10⁶, rounded half-even once at 10⁻¹⁸.
    #[must_use]
    pub fn of(cost: &Cost, tokens: u64) -> Self {
        let per_mtok = |cost: Money| match tokens {
            0 => None,
            tokens => cost.times(1_000_000, i128::from(tokens)),
        };
        let is_measured = cost.unmeasured == Money::ZERO;
        Self { allocation: per_mtok(cost.total()), usage: cost.used.filter(|_| is_measured).and_then(per_mtok) }
    }
}

/// A usage cost leaves out hours that were paid and idle, so it is no price to hold against an API's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IdleLeftOut {
    /// What it leaves out per million tokens; `None` where the allocation cost is unknown.
    pub usd_per_mtok: Option<Money>,
    /// Does the comparison turn round when the idle hours are counted? `None` where that is unknown.
    pub turns: Option<bool>,
}

/// Own cost beside an API's price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Comparison {
    /// Own cost per million tokens on the basis asked for.
    pub own: Money,
    /// Own cost less the API's price, per million tokens: below 0 the own GPUs are cheaper.
    pub difference: Money,
    /// Set where the basis is usage.
    pub warning: Option<IdleLeftOut>,
}

/// Holds own cost per million tokens against an API's price for the same mix of tokens. An API bills no idle hour, so
/// only the allocation basis is like for like; on usage basis the comparison carries a warning. `None` where the cost
/// on that basis is unknown.
#[must_use]
pub fn compare_with_api(unit: UnitCost, api_per_mtok: Money, basis: Basis) -> Option<Comparison> {
    let own = match basis {
        Basis::Allocation => unit.allocation,
        Basis::Usage => unit.usage,
    }?;
    let warning = (basis == Basis::Usage).then(|| IdleLeftOut {
        usd_per_mtok: unit.allocation.map(|all| all - own),
        turns: unit.allocation.map(|all| (all > api_per_mtok) != (own > api_per_mtok)),
    });
    Some(Comparison { own, difference: own - api_per_mtok, warning })
}
