//! What GPUs cost, by who held them and what they did with them; nothing is lost and nothing counts twice.
//!
//! A bill for GPU hours goes to those who held the hours (allocated cost), and inside each holding to the part that
//! worked (used) and the part that waited (idle). Hours that nobody held are idle too, and stay a line of their own
//! unless a rule shares them out; so does overhead. Workloads + idle + overhead are the bill to the last 10⁻¹⁸.
//! Use that nobody measured is a part of its own: it is neither used nor idle.
//!
//! The split into allocated, used and idle follows the cost allocation model of OpenCost (specification, "Workload
//! Costs" and "Cluster Idle Costs"); here idle inside a holding stays with its holder.

mod fraction;
mod share;
mod unit;

pub use fraction::{Fraction, FractionError};
pub use share::Share;
pub use unit::{Basis, Comparison, IdleLeftOut, UnitCost, compare_with_api};

use std::collections::BTreeMap;

use thiserror::Error;

use crate::Money;
use crate::allocate::split;

/// Who held GPUs, for how long, and how much of it they worked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Holding {
    /// Workload, such as `namespace/pod`. Empty is not told, as in the two below.
    pub workload: String,
    /// Team that it belongs to.
    pub team: String,
    /// Model that it serves.
    pub model: String,
    /// Hours for which it held its GPUs or slices, in nanos: 2 slices for 3 hours are 6.
    pub held_nanos: u64,
    /// How much of a GPU each of those is.
    pub fraction: Fraction,
    /// Hours of them at work, in nanos; `None` where nobody measured.
    pub used_nanos: Option<u64>,
}

/// The bill of a pool of GPUs for a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bill {
    /// What the GPUs cost.
    pub gpus: Money,
    /// What runs beside them for all: control plane, network, storage.
    pub overhead: Money,
    /// GPU hours paid for, in nanos.
    pub provided_nanos: u64,
}

/// What to do when more is held than there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OverAllocated {
    /// An error: the hours or the fractions are wrong.
    #[default]
    Refuse,
    /// Each holding counts for its share of what is held, as with time slices that overlap; then nothing is left over.
    Scale,
}

/// How the lines that nobody holds are shared.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rules {
    /// Overhead.
    pub overhead: Share,
    /// GPU hours that nobody held.
    pub unallocated: Share,
    /// More held than there is.
    pub over: OverAllocated,
}

/// Why there is no split.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum GpuCostError {
    /// A negative amount on the bill.
    #[error("the bill's {what} is {amount}; give an amount of 0 or more, and credits as a line of their own")]
    Negative {
        /// Which amount.
        what: &'static str,
        /// It.
        amount: Money,
    },
    /// Worked longer than held.
    #[error("holding {index} used more hours than it held; use is at most what is held")]
    UsedAboveHeld {
        /// Which one.
        index: usize,
    },
    /// More held than there is.
    #[error("{held} GPU hours are held and {provided} are provided; correct the fractions or the hours, or scale them")]
    OverAllocated {
        /// Held, GPU hours.
        held: Money,
        /// Provided, GPU hours.
        provided: Money,
    },
    /// A share by use, and use that is unknown.
    #[error("{what} is shared by use, but nobody measured the use of holding {index}; share it by allocation")]
    UseUnknown {
        /// What is shared.
        what: &'static str,
        /// Whose use is unknown.
        index: usize,
    },
    /// Nobody to share with.
    #[error("{what} cannot be shared: no holding has a weight above 0; keep it as a line of its own")]
    Nobody {
        /// What is shared.
        what: &'static str,
    },
    /// Stated shares that are not one for each holding.
    #[error("{what} has {found} stated shares for {expected} holdings; state one for each")]
    Shares {
        /// What is shared.
        what: &'static str,
        /// Shares stated.
        found: usize,
        /// Holdings.
        expected: usize,
    },
    /// Beyond the range of whole numbers.
    #[error("the hours and fractions are too fine or too many to share exactly; sum up holdings first")]
    TooFine,
}

/// Cost of a holding, or of several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cost {
    /// Of hours at work; `None` where nothing is measured.
    pub used: Option<Money>,
    /// Of hours held and not at work; `None` where nothing is measured.
    pub idle: Option<Money>,
    /// Of hours held whose use nobody measured.
    pub unmeasured: Money,
    /// Its share of overhead.
    pub overhead: Money,
    /// Its share of hours that nobody held.
    pub unallocated: Money,
}

impl Cost {
    /// Allocated cost: of all hours held.
    #[must_use]
    pub fn allocated(&self) -> Money {
        self.used.unwrap_or_default() + self.idle.unwrap_or_default() + self.unmeasured
    }

    /// Allocated cost and the shares of what is shared.
    #[must_use]
    pub fn total(&self) -> Money {
        self.allocated() + self.overhead + self.unallocated
    }

    /// Adds another one's.
    pub fn add(&mut self, other: &Self) {
        let add = |sum: &mut Option<Money>, more: Option<Money>| {
            if let Some(more) = more {
                *sum = Some(sum.unwrap_or_default() + more);
            }
        };
        add(&mut self.used, other.used);
        add(&mut self.idle, other.idle);
        self.unmeasured += other.unmeasured;
        self.overhead += other.overhead;
        self.unallocated += other.unallocated;
    }
}

/// A bill, shared out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GpuCost {
    /// Cost of each holding, in their order.
    pub holdings: Vec<Cost>,
    /// Of hours that nobody held, where no rule shares them.
    pub unallocated: Money,
    /// Overhead, where no rule shares it.
    pub overhead: Money,
    /// Was more held than there is, and scaled?
    pub is_scaled: bool,
}

impl GpuCost {
    /// All of it: the bill, to the last 10⁻¹⁸.
    #[must_use]
    pub fn total(&self) -> Money {
        self.holdings.iter().map(Cost::total).sum::<Money>() + self.unallocated + self.overhead
    }
}

/// What holdings are summed by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// Workload.
    Workload,
    /// Team.
    Team,
    /// Model.
    Model,
}

impl GpuCost {
    /// Cost by workload, team or model, in the order of their names; the name that is not told is empty.
    /// `holdings` are those that the cost was computed from.
    #[must_use]
    pub fn by(&self, holdings: &[Holding], key: Key) -> BTreeMap<String, Cost> {
        let mut sums: BTreeMap<String, Cost> = BTreeMap::new();
        for (holding, cost) in holdings.iter().zip(&self.holdings) {
            let name = match key {
                Key::Workload => &holding.workload,
                Key::Team => &holding.team,
                Key::Model => &holding.model,
            };
            sums.entry(name.clone()).or_default().add(cost);
        }
        sums
    }
}

/// Shares a bill out over those who held its GPUs.
///
/// With H GPU hours provided, a holding of h hours of fraction f bears h × f ÷ H of the GPU bill; the hours of it at
/// work are its used cost, the rest its idle cost. Digits below 10⁻¹⁸ go to the largest remainders ([`split`]).
///
/// # Errors
/// [`GpuCostError`]: a negative bill, use above what is held, more held than there is, a share that goes to nobody or
/// by a use that is unknown.
pub fn gpu_cost(bill: Bill, holdings: &[Holding], rules: &Rules) -> Result<GpuCost, GpuCostError> {
    for (what, amount) in [("GPU cost", bill.gpus), ("overhead", bill.overhead)] {
        if amount < Money::ZERO {
            return Err(GpuCostError::Negative { what, amount });
        }
    }
    if let Some(index) = holdings.iter().position(|held| held.used_nanos.is_some_and(|used| used > held.held_nanos)) {
        return Err(GpuCostError::UsedAboveHeld { index });
    }
    let (provided, parts) = fraction::weights(bill.provided_nanos, holdings).ok_or(GpuCostError::TooFine)?;
    let held: u128 = parts.iter().map(|part| u128::from(part.held)).sum();
    let is_scaled = held > u128::from(provided);
    if is_scaled && rules.over == OverAllocated::Refuse {
        return Err(over_allocated(bill.provided_nanos, held, provided));
    }
    let left = u64::try_from(u128::from(provided).saturating_sub(held)).map_err(|_| GpuCostError::TooFine)?;
    // Used and idle part of each holding (a holding that nobody measured has one part), then what nobody held.
    let mut weights: Vec<u64> = Vec::with_capacity(parts.len() * 2 + 1);
    for part in &parts {
        let used = part.used.unwrap_or(0);
        weights.extend([used, part.held - used]);
    }
    weights.push(left);
    let shares = match split(bill.gpus, &weights) {
        Some(shares) => shares,
        // Nobody held anything and nothing was provided: the whole bill is idle.
        None if weights.iter().all(|weight| *weight == 0) => {
            let mut shares = vec![Money::ZERO; weights.len() - 1];
            shares.push(bill.gpus);
            shares
        }
        None => return Err(GpuCostError::TooFine),
    };
    let mut costs: Vec<Cost> = parts
        .iter()
        .zip(shares.chunks_exact(2))
        .map(|(part, pair)| match part.used {
            Some(_) => Cost { used: Some(pair[0]), idle: Some(pair[1]), ..Cost::default() },
            None => Cost { unmeasured: pair[1], ..Cost::default() },
        })
        .collect();
    let idle = shares.last().copied().unwrap_or_default();
    let unallocated = rules.unallocated.give("idle", idle, &parts, |index, share| costs[index].unallocated = share)?;
    let overhead =
        rules.overhead.give("overhead", bill.overhead, &parts, |index, share| costs[index].overhead = share)?;
    Ok(GpuCost { holdings: costs, unallocated, overhead, is_scaled })
}

/// Says in GPU hours what the weights say.
fn over_allocated(provided_nanos: u64, held: u128, provided: u64) -> GpuCostError {
    let hours =
        |nanos: u128| Money::from_attos(i128::try_from(nanos).unwrap_or(i128::MAX / 2).saturating_mul(1_000_000_000));
    let held_nanos = match provided {
        0 => held,
        provided => held.saturating_mul(u128::from(provided_nanos)) / u128::from(provided),
    };
    GpuCostError::OverAllocated { held: hours(held_nanos), provided: hours(u128::from(provided_nanos)) }
}

#[cfg(test)]
mod tests;
