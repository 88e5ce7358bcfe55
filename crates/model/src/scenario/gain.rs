//! What one scenario gains over another: month by month, its net present value, and when it has paid back, with the margin
//! forgone while it is not live yet (domain §5.1, "migration").

use super::{Inputs, Sheet, month};
use crate::investment::{Migration, MigrationError, present_value};

/// From one scenario to another, by the margins of their months in USD.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Change<'a> {
    /// What goes on otherwise.
    pub from_usd: &'a [f64],
    /// What comes instead.
    pub to_usd: &'a [f64],
    /// The same with every component live from the start; see [`margin_live_at_once`].
    pub to_at_once_usd: &'a [f64],
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
    let Change { from_usd, to_usd, to_at_once_usd, one_off_usd, wait_months, yearly_rate } = change;
    for other in [to_usd, to_at_once_usd] {
        if from_usd.len() != other.len() {
            return Err(MigrationError::Uneven { saving: other.len(), run_cost: from_usd.len() });
        }
    }
    let live = |index: usize| live_share(index, wait_months);
    let leads = |to: &[f64]| to.iter().zip(from_usd).map(|(to, from)| to - from).collect::<Vec<f64>>();
    let by_month_usd: Vec<f64> =
        leads(to_usd).into_iter().enumerate().map(|(index, lead)| live(index) * lead).collect();
    let zeros = vec![0.0; by_month_usd.len()];
    let plan = Migration { one_off: one_off_usd, saving: &by_month_usd, run_cost: &zeros, exit: 0.0, yearly_rate };
    Ok(Gain {
        npv_usd: present_value(plan)?,
        payback_months: lasting_payback(one_off_usd, &by_month_usd),
        forgone_usd: leads(to_at_once_usd).iter().sum::<f64>() - by_month_usd.iter().sum::<f64>(),
        by_month_usd,
    })
}

/// Share of a month (0 the first) in which something is live that begins so many months after the start.
#[must_use]
pub fn live_share(index: usize, wait_months: f64) -> f64 {
    (index as f64 + 1.0 - wait_months.max(0.0)).clamp(0.0, 1.0)
}

/// Margin of each month with every component live from the start; `None` where every one is.
#[must_use]
pub fn margin_live_at_once(inputs: &Inputs) -> Option<Vec<f64>> {
    if inputs.components.iter().all(|component| component.live_after_months <= 0.0) {
        return None;
    }
    let mut own = inputs.clone();
    for component in &mut own.components {
        component.live_after_months = 0.0;
    }
    let sheet = &mut Sheet::default();
    Some((0..own.months).map(|index| month(&own, index, sheet).margin_usd()).collect())
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
