//! What a contract brought over months: coverage, utilisation, effective savings rate, break-even.

use super::contract::{Contract, ContractError, Terms};
use super::month::{Carried, Demand, MonthOfContract};

/// Figures of a contract over the months asked for. Ratios are `None` where what they are of is 0.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Figures {
    /// Use, in the contract's unit.
    pub demand: f64,
    /// Promised or owned in those months.
    pub promised: f64,
    /// EffectiveCost, USD.
    pub effective_usd: f64,
    /// BilledCost, USD.
    pub billed_usd: f64,
    /// Received at the end, USD.
    pub received_usd: f64,
    /// The same use without the contract, USD.
    pub on_demand_usd: f64,
    /// Use that the contract covered ÷ use.
    pub coverage: Option<f64>,
    /// Taken ÷ promised; of a promise per period, of the periods that have ended.
    pub utilisation: Option<f64>,
    /// (on demand − effective) ÷ on demand; below 0 where the contract cost more than it saved.
    pub effective_savings_rate: Option<f64>,
    /// Utilisation at which the contract costs what its use would on demand; above 1 it never pays.
    pub break_even_utilisation: Option<f64>,
}

/// A ratio, where there is one.
fn ratio(part: f64, whole: f64) -> Option<f64> {
    let ratio = part / whole;
    (whole > 0.0 && ratio.is_finite()).then_some(ratio)
}

/// Lays a contract over the use of its first months; the months, and what they come to.
///
/// # Errors
/// As [`Contract::month_cost`].
pub fn figures(contract: &Contract, demand: &[Demand]) -> Result<(Vec<MonthOfContract>, Figures), ContractError> {
    let mut months = Vec::with_capacity(demand.len());
    let mut carried = Carried::default();
    for (index, demand) in demand.iter().enumerate() {
        let month = contract.month_cost(u32::try_from(index).unwrap_or(u32::MAX), *demand, carried)?;
        carried = month.carried;
        months.push(month);
    }
    let sum = |of: fn(&MonthOfContract) -> f64| months.iter().map(of).sum::<f64>();
    let used = sum(|month| month.demand);
    let covered = sum(|month| month.taken + month.made_up);
    let (promised, taken) = contract.taken_of(&months);
    let on_demand_usd = used * contract.on_demand();
    let effective_usd = sum(|month| month.effective_usd);
    let figures = Figures {
        demand: used,
        promised,
        effective_usd,
        billed_usd: sum(|month| month.billed_usd),
        received_usd: sum(|month| month.received_usd),
        on_demand_usd,
        coverage: ratio(covered, used),
        utilisation: ratio(taken, promised),
        effective_savings_rate: ratio(on_demand_usd - effective_usd, on_demand_usd),
        break_even_utilisation: contract.break_even_utilisation(months.len() as u32),
    };
    Ok((months, figures))
}

impl Contract {
    /// Promised and taken; of a promise per period, over the periods that have ended.
    fn taken_of(&self, months: &[MonthOfContract]) -> (f64, f64) {
        let period = match &self.terms {
            Terms::Promise(promise) => promise.period(self.months),
            Terms::Owned(_) => None,
        };
        let Some(period) = period else {
            return months.iter().fold((0.0, 0.0), |sum, month| (sum.0 + month.promised, sum.1 + month.taken));
        };
        // The first month of a period holds all of its promise.
        months.chunks_exact(period as usize).fold((0.0, 0.0), |sum, months| {
            let taken: f64 = months.iter().map(|month| month.taken).sum();
            (sum.0 + months.first().map_or(0.0, |month| month.promised), sum.1 + taken)
        })
    }

    /// Utilisation from which on the contract is cheaper than its use on demand: of a promise, rate ÷ price on demand
    /// (with a fee of share s for what is not taken, s × rate ÷ (price − rate + s × rate)); of hardware
    /// [`super::OwnedHardware::break_even_utilisation`]. `None` where the price on demand is no dearer than what an hour
    /// of use adds.
    #[must_use]
    pub fn break_even_utilisation(&self, months: u32) -> Option<f64> {
        match &self.terms {
            Terms::Promise(promise) => {
                let owed = promise.owed() * promise.rate;
                ratio(owed, self.on_demand - promise.rate + owed)
            }
            // What stands is linear in the hours, so a mean month stands for all.
            Terms::Owned(owned) => {
                let months = months.clamp(1, self.months);
                let hours = (0..months).map(|month| self.hours(month)).sum::<f64>() / f64::from(months);
                owned.break_even_utilisation(hours, self.months, self.on_demand)
            }
        }
    }
}
