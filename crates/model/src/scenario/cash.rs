//! Cash beside amortised cost: what is paid in which month.
//!
//! A commitment costs its EffectiveCost in every month, and is paid upfront, monthly, or in part each. Over a term that
//! lies within the scenario both add up to the same (domain §4, the invariant of commitments).

use super::{Inputs, MonthResult, Serving};

/// The share of a commitment that is paid when it begins.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Upfront {
    /// Place of the component.
    pub component: usize,
    /// Place of the commitment in it.
    pub commitment: usize,
    /// Share of its whole term, 0 to 1; the rest is paid month by month.
    pub share: f64,
}

/// USD paid in each month: the amortised cost, with commitments moved to when they are paid, and `one_off_usd` in the
/// first. A commitment without an end runs to the end of the scenario. Shares are held to 0 to 1, and a place that is
/// none pays as it costs.
#[must_use]
pub fn cash_usd(inputs: &Inputs, months: &[MonthResult], upfront: &[Upfront], one_off_usd: f64) -> Vec<f64> {
    let mut cash: Vec<f64> = months.iter().map(|month| month.totals.cost_usd).collect();
    if let Some(first) = cash.first_mut() {
        *first += one_off_usd;
    }
    for each in upfront {
        let Some(Serving::OwnGpus(gpus)) = inputs.components.get(each.component).map(|found| &found.serving) else {
            continue;
        };
        let Some(held) = gpus.committed.get(each.commitment) else { continue };
        let share = each.share.clamp(0.0, 1.0);
        let to = held.to.unwrap_or(inputs.months.saturating_sub(1)).min(held.from.saturating_add(1_200));
        let hourly = f64::from(held.gpus) * held.usd_per_gpu_hour;
        for index in held.from..=to {
            let moved = hourly * inputs.hours(index) * share;
            // What lies beyond the scenario is paid within it all the same, when the commitment begins.
            if let Some(later) = cash.get_mut(index as usize) {
                *later -= moved;
            }
            if let Some(begins) = cash.get_mut(held.from as usize) {
                *begins += moved;
            }
        }
    }
    cash
}
