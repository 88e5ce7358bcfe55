//! One input at a time.

use super::sampler::check_names;
use super::{Input, UncertaintyError};

/// What one input does to the output while all others stay at their medians.
#[derive(Debug, Clone, PartialEq)]
pub struct Bar {
    /// The input.
    pub name: String,
    /// Its P10 and P90.
    pub input: (f64, f64),
    /// The output at them, in that order: the second is the smaller one where more of the input means less.
    pub output: (f64, f64),
    /// Distance of the two outputs.
    pub swing: f64,
}

/// Bars by falling swing, and the output with every input where it rests.
#[derive(Debug, Clone, PartialEq)]
pub struct Tornado {
    /// The output with every input where it rests.
    pub base: f64,
    /// One for each input that varies.
    pub bars: Vec<Bar>,
}

/// Moves each input from its P10 to its P90 with all others at their medians. Correlations play no part, and inputs
/// that matter only together do not show: that is what [`super::sobol`] is for.
///
/// # Errors
/// No input, a name given twice, or an output that is no number (its draw is the number of the run: 0 the base, then
/// two for each input).
pub fn tornado(inputs: &[Input], model: impl Fn(&[f64]) -> f64) -> Result<Tornado, UncertaintyError> {
    let medians: Vec<f64> = inputs.iter().map(|input| input.distribution.at(0.5)).collect();
    tornado_around(inputs, &medians, model)
}

/// The same with all others where they rest, a value for each input; a missing one rests at its median.
///
/// # Errors
/// As [`tornado`].
pub fn tornado_around(
    inputs: &[Input],
    rests: &[f64],
    model: impl Fn(&[f64]) -> f64,
) -> Result<Tornado, UncertaintyError> {
    check_names(inputs)?;
    let mut run = 0;
    let mut asked = |values: &[f64]| {
        let found = model(values);
        run += 1;
        if found.is_finite() { Ok(found) } else { Err(UncertaintyError::Output { draw: run - 1, output: 0, found }) }
    };
    let rest = |(at, input): (usize, &Input)| rests.get(at).copied().unwrap_or_else(|| input.distribution.at(0.5));
    let mut values: Vec<f64> = inputs.iter().enumerate().map(rest).collect();
    let base = asked(&values)?;
    let mut bars = Vec::with_capacity(inputs.len());
    for (index, Input { name, distribution }) in inputs.iter().enumerate() {
        if distribution.is_fixed() {
            continue;
        }
        let ends = (distribution.at(0.1), distribution.at(0.9));
        let rests = values[index];
        values[index] = ends.0;
        let low = asked(&values)?;
        values[index] = ends.1;
        let high = asked(&values)?;
        values[index] = rests;
        let swing = (high - low).abs();
        if !swing.is_finite() {
            return Err(UncertaintyError::TooLarge);
        }
        bars.push(Bar { name: name.clone(), input: ends, output: (low, high), swing });
    }
    bars.sort_by(|a, b| b.swing.total_cmp(&a.swing).then_with(|| a.name.cmp(&b.name)));
    Ok(Tornado { base, bars })
}
