//! What a comparison says of a run beyond its months: present value, cash, coverage, cost to undo, and what it gains over
//! the first scenario.

use marginline_model::Money;
use marginline_model::investment::{Migration, present_value};
use marginline_model::scenario::{
    Change, ExitCost, Gain, cash_usd, commitment_coverage, exit_costs, gain, live_share, margin_live_at_once,
};

use super::Comparison;
use crate::error::{EngineError, Result};
use crate::scenario::Run;

/// Money of a projection in whole cents.
///
/// # Errors
/// When it is beyond what is counted.
pub(in crate::scenario) fn cents(usd: f64) -> Result<Money> {
    marginline_model::bridge::cents(usd)
        .map(marginline_model::bridge::of_cents)
        .ok_or_else(|| EngineError::failed("an amount is beyond 10^15 USD").then("check growth and prices"))
}

impl Run {
    /// Gross margin of each month in USD, in the whole cents that the months are shown in.
    #[must_use]
    pub fn margins_usd(&self) -> Vec<f64> {
        self.months.iter().map(|month| month.margin().to_f64()).collect()
    }

    /// Net present value of these margins at the scenario's own rate: `−one-off + Σ margin ÷ (1 + r)^(t/12)`, each month's
    /// margin at its end; USD.
    fn present_value_usd(&self, margins_usd: &[f64]) -> Result<Money> {
        let (yearly, _) = self.resolved.file.yearly_rate();
        let zeros = vec![0.0; margins_usd.len()];
        let one_off = self.resolved.file.migration_usd().unwrap_or(0.0);
        let plan = Migration { one_off, saving: margins_usd, run_cost: &zeros, exit: 0.0, yearly_rate: yearly };
        cents(present_value(plan).map_err(|error| EngineError::failed(error.to_string()))?)
    }

    /// What is paid in each month, commitments when they are due and the one-off in the first; whole cents.
    ///
    /// # Errors
    /// When an amount is beyond what is counted.
    pub fn cash(&self) -> Result<Vec<Money>> {
        let (inputs, file) = (&self.resolved.inputs, &self.resolved.file);
        let plain = cash_usd(inputs, &self.projected, &[], 0.0);
        let paid = cash_usd(inputs, &self.projected, &file.upfront(inputs), file.migration_usd().unwrap_or(0.0));
        // From the shown cost, so that without anything paid at another time cash is cost to the cent.
        let moved = paid.iter().zip(&plain).map(|(paid, plain)| cents(paid - plain));
        self.months.iter().zip(moved).map(|(month, moved)| Ok(month.cogs + moved?)).collect()
    }

    /// Share of the GPU hours that commitments cover, in percent; `None` where there are none to cover.
    #[must_use]
    pub fn coverage_percent(&self) -> Option<f64> {
        commitment_coverage(&self.resolved.inputs, &self.projected).map(|share| 100.0 * share)
    }

    /// Cost to undo at the end of each month, part by part.
    ///
    /// # Errors
    /// When the file states what cannot be.
    pub fn exit_costs(&self) -> Result<Vec<ExitCost>> {
        exit_costs(&self.resolved.inputs, &self.projected, &self.resolved.file.exit_plan())
            .map_err(|error| EngineError::failed(error.to_string()).at(format!("scenario {}", self.resolved.id)))
    }
}

impl Comparison {
    /// Net present value of the scenario at this place, what moving in costs and the wait counted: until it is live the
    /// first scenario goes on, as in [`Comparison::gain`]. The first one itself waits for nothing: nobody says what goes on
    /// before it. Zero for a place that is not there.
    ///
    /// # Errors
    /// When it is beyond what is counted.
    pub fn npv_usd(&self, place: usize) -> Result<Money> {
        let (Some(first), Some(run)) = (self.runs.first(), self.runs.get(place)) else { return Ok(Money::ZERO) };
        let (own, before) = (run.margins_usd(), first.margins_usd());
        let wait = if place == 0 { 0.0 } else { run.resolved.file.wait_months() };
        let live = own.iter().enumerate().map(|(index, own)| (live_share(index, wait), own));
        let margins: Vec<f64> =
            live.zip(&before).map(|((live, own), before)| live * own + (1.0 - live) * before).collect();
        run.present_value_usd(&margins)
    }

    /// What the scenario at this place gains over the first; `None` for the first.
    ///
    /// The rate is that of the first scenario's file; what the first pays once is left out of what this one pays.
    ///
    /// # Errors
    /// When months differ, or an amount is out of range.
    pub fn gain(&self, place: usize) -> Result<Option<Gain>> {
        let (Some(first), Some(run)) = (self.runs.first().filter(|_| place > 0), self.runs.get(place)) else {
            return Ok(None);
        };
        let (from_usd, to_usd) = (first.margins_usd(), run.margins_usd());
        let at_once = margin_live_at_once(&run.resolved.inputs).unwrap_or_else(|| to_usd.clone());
        let one_off = |run: &Run| run.resolved.file.migration_usd().unwrap_or(0.0);
        let change = Change {
            from_usd: &from_usd,
            to_usd: &to_usd,
            to_at_once_usd: &at_once,
            one_off_usd: one_off(run) - one_off(first),
            wait_months: run.resolved.file.wait_months(),
            yearly_rate: first.resolved.file.yearly_rate().0,
        };
        let place = |error: EngineError| error.at(format!("scenario {}", run.resolved.id));
        gain(change).map(Some).map_err(|error| place(EngineError::failed(error.to_string())))
    }

    /// Gross margin of all months less what moving in costs once and what is forgone until the scenario at this place is
    /// live, and whether there is any of either. Until then the first scenario goes on. An amount beyond what is counted
    /// leaves the plain margin; the row of the present value says what is wrong.
    #[must_use]
    pub fn margin_moved_in(&self, place: usize) -> (Money, bool) {
        let Some(run) = self.runs.get(place) else { return (Money::ZERO, false) };
        let (revenue, cost) = run.totals();
        let file = &run.resolved.file;
        let one_off = file.migration_usd().unwrap_or(0.0);
        if one_off == 0.0 && (place == 0 || file.wait_months() <= 0.0) {
            return (revenue - cost, false);
        }
        let (from, to) = (self.runs[0].margins_usd(), run.margins_usd());
        let waits =
            |(index, (to, from)): (usize, (&f64, &f64))| (1.0 - live_share(index, file.wait_months())) * (to - from);
        let forgone: f64 = to.iter().zip(&from).enumerate().map(waits).sum();
        match cents(one_off + forgone) {
            Ok(less) => (revenue - cost - less, true),
            Err(_) => (revenue - cost, true),
        }
    }

    /// What the scenario at this place has gained over the first by the end of a month (1 the first), the one-off counted;
    /// `None` for the first.
    ///
    /// # Errors
    /// As [`Comparison::gain`].
    pub fn gained_by(&self, place: usize, month: u32) -> Result<Option<Money>> {
        let Some(gain) = self.gain(place)? else { return Ok(None) };
        let one_off = |run: &Run| run.resolved.file.migration_usd().unwrap_or(0.0);
        let paid = one_off(&self.runs[place]) - one_off(&self.runs[0]);
        let sum: f64 = gain.by_month_usd.iter().take(month as usize).sum();
        Ok(Some(cents(sum - paid)?))
    }
}
