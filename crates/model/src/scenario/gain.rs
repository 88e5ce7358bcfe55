//! What one scenario gains over another: month by month, its net present value, and when it has paid back, with the margin
//! forgone while it is not live yet (domain §5.1, "migration").

use super::{Inputs, MonthResult, Sheet, month};
use crate::investment::{Migration, MigrationError, migration};

/// From one scenario to another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Change<'a> {
    /// What goes on otherwise, as it ran.
    pub from: &'a [MonthResult],
    /// What comes instead.
    pub to: &'a Inputs,
    /// The same, as it ran.
    pub to_months: &'a [MonthResult],
    /// Paid now, beyond what the other asks for; USD.
    pub one_off_usd: f64,
    /// Months before it begins; until then the other goes on.
    pub wait_months: f64,
    /// Discount rate per year, above −1.
    pub yearly_rate: f64,
}

/// What the change is worth.
#[derive(Debug, Clone, PartialEq)]
pub struct Gain {
    /// Margin beyond that of the other in each month, waiting counted, without the one-off; USD.
    pub by_month_usd: Vec<f64>,
    /// `−one_off + Σ gain ÷ (1 + r)^(t/12)`, gains at the end of each month.
    pub npv_usd: f64,
    /// Months after which the sum of the gains, less the one-off, is above zero and stays there; linear inside a month.
    /// `None` is not within the scenario.
    pub payback_months: Option<f64>,
    /// What it would gain more, were all of it live at once; USD. Negative where waiting spares a loss.
    pub forgone_usd: f64,
}

/// What `to` gains over `from`.
///
/// # Errors
/// When the two cover different numbers of months, or an amount or the rate is out of range.
pub fn gain(change: Change<'_>) -> Result<Gain, MigrationError> {
    let Change { from, to, to_months, one_off_usd, wait_months, yearly_rate } = change;
    if from.len() != to_months.len() {
        return Err(MigrationError::Uneven { saving: to_months.len(), run_cost: from.len() });
    }
    let live = |index: usize| (index as f64 + 1.0 - wait_months).clamp(0.0, 1.0);
    let lead = |to: f64, index: usize| to - from[index].totals.margin_usd();
    let margins = to_months.iter().map(|month| month.totals.margin_usd()).enumerate();
    let by_month_usd: Vec<f64> = margins.map(|(index, margin)| live(index) * lead(margin, index)).collect();
    let at_once: f64 = live_at_once(to).into_iter().enumerate().map(|(index, margin)| lead(margin, index)).sum();
    let zeros = vec![0.0; by_month_usd.len()];
    let plan = Migration { one_off: one_off_usd, saving: &by_month_usd, run_cost: &zeros, exit: 0.0, yearly_rate };
    Ok(Gain {
        npv_usd: migration(plan)?.npv,
        payback_months: lasting_payback(one_off_usd, &by_month_usd),
        forgone_usd: at_once - by_month_usd.iter().sum::<f64>(),
        by_month_usd,
    })
}

/// Margin of each month with every component live from the start.
fn live_at_once(inputs: &Inputs) -> Vec<f64> {
    let mut own = inputs.clone();
    for component in &mut own.components {
        component.live_after_months = 0.0;
    }
    let sheet = &mut Sheet::default();
    (0..own.months).map(|index| month(&own, index, sheet).margin_usd()).collect()
}

/// Months after which the sum stays above zero: not the first crossing but the last, so that early gains which later
/// months lose again are no payback. 0 where it never lies below; `None` where it does not end above.
#[must_use]
pub fn lasting_payback(one_off_usd: f64, gains: &[f64]) -> Option<f64> {
    let mut sum = -one_off_usd;
    let mut since = (sum >= 0.0).then_some(0.0);
    for (index, gain) in gains.iter().enumerate() {
        let before = sum;
        sum += gain;
        if sum < 0.0 {
            since = None;
        } else if since.is_none() {
            since = Some(index as f64 + -before / gain);
        }
    }
    since.filter(|_| sum > 0.0)
}
