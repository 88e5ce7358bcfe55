//! Monte Carlo over a scenario: draws of its uncertain inputs, each through [`month()`](super::month()).

use thiserror::Error;

use super::{InCents, Inputs, Knob, KnobError, Serving, Sheet, month};
use crate::uncertainty::{
    Bounds, Distribution, Indefinite, Input, Outcomes, Plan, RankCorrelation, Sampler, UncertaintyError, simulate_with,
};

/// An input that is not known exactly.
#[derive(Debug, Clone, PartialEq)]
pub struct Uncertain {
    /// Its name. Inputs of one name share their draws in all scenarios, wherever they stand in them.
    pub name: String,
    /// Which.
    pub knob: Knob,
    /// What it can be; what lies beyond the knob's range is cut off.
    pub distribution: Distribution,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum SimulationError {
    /// An input is not there, or cannot be that.
    #[error(transparent)]
    Knob(#[from] KnobError),
    /// A distribution, a correlation or a count cannot be.
    #[error(transparent)]
    Uncertainty(#[from] UncertaintyError),
}

/// What the draws gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Simulated {
    outcomes: Outcomes,
    months: usize,
}

impl Simulated {
    /// How it was drawn.
    #[must_use]
    pub fn plan(&self) -> Plan {
        self.outcomes.plan
    }

    /// Number of months.
    #[must_use]
    pub fn months(&self) -> usize {
        self.months
    }

    /// Gross margin in USD of a month, draw by draw; empty beyond the last month.
    #[must_use]
    pub fn margin_usd(&self, month: usize) -> &[f64] {
        if month < self.months { &self.outcomes.outputs[month] } else { &[] }
    }

    /// Gross margin of a month in percent of its revenue, draw by draw; `None` beyond the last month, and when a draw has no
    /// revenue in it.
    #[must_use]
    pub fn margin_percent_of(&self, month: usize) -> Option<Vec<f64>> {
        let revenue = (month < self.months).then(|| &self.outcomes.outputs[self.months + 2 + month])?;
        let of = |(margin, revenue): (&f64, &f64)| (*revenue > 0.0).then(|| 100.0 * margin / revenue);
        self.margin_usd(month).iter().zip(revenue).map(of).collect()
    }

    /// Revenue of all months, draw by draw.
    #[must_use]
    pub fn revenue_usd(&self) -> &[f64] {
        &self.outcomes.outputs[self.months]
    }

    /// Cost of revenue of all months, draw by draw.
    #[must_use]
    pub fn cost_usd(&self) -> &[f64] {
        &self.outcomes.outputs[self.months + 1]
    }

    /// Gross margin of all months, draw by draw.
    #[must_use]
    pub fn total_margin_usd(&self) -> Vec<f64> {
        self.revenue_usd().iter().zip(self.cost_usd()).map(|(revenue, cost)| margin(*revenue, *cost)).collect()
    }

    /// Gross margin of all months in percent of their revenue, draw by draw; `None` when a draw has no revenue.
    #[must_use]
    pub fn margin_percent(&self) -> Option<Vec<f64>> {
        let of = |(revenue, cost): (&f64, &f64)| (*revenue > 0.0).then(|| 100.0 * margin(*revenue, *cost) / revenue);
        self.revenue_usd().iter().zip(self.cost_usd()).map(of).collect()
    }
}

/// Of amounts in whole cents, in whole cents.
fn margin(revenue_usd: f64, cost_usd: f64) -> f64 {
    libm::rint((revenue_usd - cost_usd) * 100.0) / 100.0
}

/// Draws the uncertain inputs and runs all months of each draw.
///
/// Inputs of one name have the same draws in every scenario with the same seed, so scenarios can be compared draw by
/// draw. The same seed gives the same bytes on any number of threads, and with or without
/// [`tabulated`](Inputs::tabulated) units.
///
/// # Errors
/// When an input is not there, or a distribution, correlation or count cannot be.
pub fn simulate(
    inputs: &Inputs,
    uncertain: &[Uncertain],
    correlations: &[RankCorrelation],
    plan: Plan,
) -> Result<Simulated, SimulationError> {
    simulate_following(inputs, uncertain, correlations, plan, |_| true)
}

/// As [`simulate`], for inputs of which some were looked up by others: `follow` looks them up anew for the numbers of a
/// draw, and says whether there is an answer. It may change rates of GPUs and prices of APIs, and nothing else.
///
/// # Errors
/// As [`simulate`], and [`UncertaintyError::Output`] with the draw for which there is no answer.
pub fn simulate_following(
    inputs: &Inputs,
    uncertain: &[Uncertain],
    correlations: &[RankCorrelation],
    plan: Plan,
    follow: impl Fn(&mut Inputs) -> bool + Sync,
) -> Result<Simulated, SimulationError> {
    drawn_months(&inputs.clone().tabulated(TABULATED), uncertain, correlations, plan, follow)
}

/// Load in units kept busy up to which units are found in a table.
const TABULATED: f64 = 256.0;

/// As [`simulate`], with the tables of units that the inputs have, or none.
///
/// # Errors
/// As [`simulate`].
pub fn simulate_as_given(
    inputs: &Inputs,
    uncertain: &[Uncertain],
    correlations: &[RankCorrelation],
    plan: Plan,
) -> Result<Simulated, SimulationError> {
    drawn_months(inputs, uncertain, correlations, plan, |_| true)
}

fn drawn_months(
    inputs: &Inputs,
    uncertain: &[Uncertain],
    correlations: &[RankCorrelation],
    plan: Plan,
    follow: impl Fn(&mut Inputs) -> bool + Sync,
) -> Result<Simulated, SimulationError> {
    let mut uncertain = uncertain.to_vec();
    // Prompt before cache hits, whatever the order in which they are listed.
    uncertain.sort_by_key(|each| each.knob);
    let drawn: Vec<Input> = uncertain.iter().map(|each| drawn(inputs, each)).collect::<Result<_, _>>()?;
    let knobs: Vec<Knob> = uncertain.iter().map(|each| each.knob).collect();
    let sampler = Sampler::new(&drawn, correlations, Indefinite::Refuse)?;
    let ranges: Vec<(f64, f64)> = knobs.iter().map(|knob| knob.range_in(inputs)).collect();
    let months = inputs.months as usize;
    let room = || (inputs.clone(), Sheet::default());
    let outcomes = simulate_with(&sampler, plan, 2 * months + 2, room, |(own, sheet), values, row| {
        own.restore(inputs);
        for ((knob, (least, most)), value) in knobs.iter().zip(&ranges).zip(values) {
            // The knob is there and the value in its range: `drawn` has seen to it.
            let _ = knob.set(own, value.clamp(*least, *most));
        }
        if !follow(own) {
            // No number: the whole is refused with this draw.
            row.fill(f64::NAN);
            return;
        }
        let usd = |cents: i64| cents as f64 / 100.0;
        let (mut revenue, mut cost) = (0i64, 0i64);
        for index in 0..own.months {
            let totals = month(own, index, sheet);
            // Rounded as a run is, so that draws of what does not spread are the run to the cent.
            let Some(month) = InCents::default().and(&totals, sheet) else {
                row.fill(f64::NAN);
                return;
            };
            row[index as usize] = month.margin_usd();
            row[months + 2 + index as usize] = usd(month.revenue);
            (revenue, cost) = (revenue.saturating_add(month.revenue), cost.saturating_add(month.cost));
        }
        (row[months], row[months + 1]) = (usd(revenue), usd(cost));
    })?;
    Ok(Simulated { outcomes, months })
}

/// An input as the sampler draws it, cut off where it cannot be.
fn drawn(inputs: &Inputs, uncertain: &Uncertain) -> Result<Input, SimulationError> {
    const TAIL: f64 = 1e-12;
    let knob = uncertain.knob;
    knob.get(inputs)?;
    let (least, most) = knob.range_in(inputs);
    // What a draw may use must have a price: both ends are tried.
    for end in [TAIL, 1.0 - TAIL] {
        let value = uncertain.distribution.quantile(end)?.clamp(least, most);
        if let Err(error @ KnobError::Unpriced { .. }) = knob.set(&mut inputs.clone(), value) {
            return Err(error.into());
        }
    }
    let mut distribution = uncertain.distribution.clone();
    if distribution.is_fixed() {
        knob.set(&mut inputs.clone(), distribution.mean())?;
    } else if distribution.quantile(TAIL)? < least || distribution.quantile(1.0 - TAIL)? > most {
        distribution = distribution.within(Bounds::new(Some(least), Some(most))?)?;
    }
    Ok(Input { name: uncertain.name.clone(), distribution })
}

impl Inputs {
    /// Undoes what setting a knob leaves in others: the composition of a prompt, shares, and what was looked up by them.
    fn restore(&mut self, from: &Self) {
        (self.demand.tokens, self.demand.composition) = (from.demand.tokens, from.demand.composition);
        for (own, from) in self.components.iter_mut().zip(&from.components) {
            own.share = from.share;
            match (&mut own.serving, &from.serving) {
                (Serving::Api(own), Serving::Api(from)) => {
                    (own.prices, own.batch_prices) = (from.prices, from.batch_prices);
                }
                (Serving::OwnGpus(own), Serving::OwnGpus(from)) => {
                    own.output_tokens_per_s_per_gpu = from.output_tokens_per_s_per_gpu;
                }
                _ => {}
            }
        }
    }
}
