//! Monte Carlo: a model run over draws of its inputs.

use rayon::prelude::*;

use super::{CHUNK, Sampler, UncertaintyError};
use crate::percentile::interpolated;

/// How much is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// Draws, 1 or more.
    pub draws: usize,
    /// The seed. The same seed gives the same draws.
    pub seed: u64,
    /// `None` to share draws with other scenarios, which makes differences paired; a number for draws of its own.
    pub scenario: Option<u64>,
}

/// What a model gave, draw by draw.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcomes {
    /// How it was drawn.
    pub plan: Plan,
    /// A list for each output, in the order of the draws; every value is a finite number.
    pub outputs: Vec<Vec<f64>>,
}

/// Runs `model` over the draws, on all threads that there are. It gets the inputs of one draw, in the order in which
/// the sampler was given them, and writes as many outputs.
///
/// The outcomes have the same bytes with any number of threads: a chunk's draws depend on its number alone.
///
/// # Errors
/// [`UncertaintyError::Figure`] without draws or outputs; [`UncertaintyError::Output`] for the first outcome that is no
/// finite number.
pub fn simulate(
    sampler: &Sampler,
    plan: Plan,
    outputs: usize,
    model: impl Fn(&[f64], &mut [f64]) + Sync,
) -> Result<Outcomes, UncertaintyError> {
    simulate_with(sampler, plan, outputs, || (), |(), inputs, row| model(inputs, row))
}

/// As [`simulate`], for a model that needs room of its own to work in, made once for a run of chunks. What is left there
/// by one draw must not matter to the next, or the outcomes depend on the threads.
///
/// # Errors
/// As [`simulate`].
pub fn simulate_with<Room>(
    sampler: &Sampler,
    plan: Plan,
    outputs: usize,
    room: impl Fn() -> Room + Sync + Send,
    model: impl Fn(&mut Room, &[f64], &mut [f64]) + Sync,
) -> Result<Outcomes, UncertaintyError> {
    for (field, count) in [("draws", plan.draws), ("outputs", outputs)] {
        if count == 0 {
            return Err(UncertaintyError::Figure { field, found: 0.0, expected: "1 or more" });
        }
    }
    let mut rows = vec![0.0; plan.draws * outputs];
    rows.par_chunks_mut(CHUNK * outputs).enumerate().for_each_init(
        || (vec![0.0; sampler.inputs() * CHUNK], vec![0.0; sampler.inputs()], room()),
        |(columns, inputs, room), (chunk, rows)| {
            sampler.fill(plan.seed, plan.scenario, chunk as u64, columns);
            for (draw, row) in rows.chunks_exact_mut(outputs).enumerate() {
                for (input, column) in inputs.iter_mut().zip(columns.chunks_exact(CHUNK)) {
                    *input = column[draw];
                }
                model(room, inputs, row);
            }
        },
    );
    if let Some(index) = rows.iter().position(|value| !value.is_finite()) {
        return Err(UncertaintyError::Output { draw: index / outputs, output: index % outputs, found: rows[index] });
    }
    let column = |output: usize| rows.iter().skip(output).step_by(outputs).copied().collect();
    Ok(Outcomes { plan, outputs: (0..outputs).map(column).collect() })
}

/// An output in a few figures, in the output's own unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Summary {
    /// Draws.
    pub draws: usize,
    /// Mean.
    pub mean: f64,
    /// Standard deviation over n − 1; `None` of one draw.
    pub sd: Option<f64>,
    /// Monte Carlo standard error of the mean, sd ÷ √n: how far the mean of other draws would lie. It says nothing of
    /// how right the inputs are.
    pub standard_error: Option<f64>,
    /// One draw of ten lies below.
    pub p10: f64,
    /// One draw of four lies below.
    pub p25: f64,
    /// Median.
    pub p50: f64,
    /// One draw of four lies above.
    pub p75: f64,
    /// One draw of ten lies above.
    pub p90: f64,
}

/// Mean, spread and percentiles of outcomes. Percentiles are order statistics, straight between neighbours; sums run in
/// the order of the draws.
///
/// # Errors
/// [`UncertaintyError::Empty`] of no outcome; [`UncertaintyError::TooLarge`] where a square is no number any more.
pub fn summarise(outcomes: &[f64]) -> Result<Summary, UncertaintyError> {
    let draws = outcomes.len();
    let mean = mean(outcomes);
    let squares = sum(outcomes.iter().map(|value| (value - mean) * (value - mean)));
    let sd = (draws > 1).then(|| libm::sqrt(squares / (draws - 1) as f64));
    let mut values = outcomes.to_vec();
    let mut at = |share| interpolated(&mut values, share).ok_or(UncertaintyError::Empty);
    let (p10, p25, p50, p75, p90) = (at(0.1)?, at(0.25)?, at(0.5)?, at(0.75)?, at(0.9)?);
    let standard_error = sd.map(|sd| sd / libm::sqrt(draws as f64));
    let summary = Summary { draws, mean, sd, standard_error, p10, p25, p50, p75, p90 };
    let figures = [mean, sd.unwrap_or(0.0), p10, p25, p50, p75, p90];
    if figures.iter().all(|figure| figure.is_finite()) { Ok(summary) } else { Err(UncertaintyError::TooLarge) }
}

/// The mean, summed in the order given.
pub(super) fn mean(values: &[f64]) -> f64 {
    sum(values.iter().copied()) / values.len() as f64
}

/// A sum that keeps what each addition rounds off.
///
/// Source: A. Neumaier, "Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen", ZAMM 54 (1974).
pub(super) fn sum(values: impl Iterator<Item = f64>) -> f64 {
    let (total, lost) = values.fold((0.0_f64, 0.0_f64), |(total, lost), value| {
        let next = total + value;
        let rounded = if total.abs() >= value.abs() { (total - next) + value } else { (value - next) + total };
        (next, lost + rounded)
    });
    total + lost
}
