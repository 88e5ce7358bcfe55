//! Which inputs the variance of an output comes from.

use rayon::prelude::*;

use super::sampler::check_names;
use super::sequence::{DIMENSIONS, Sequence};
use super::simulate::{mean, sum};
use super::{Input, Stream, UncertaintyError};

/// An input's part in the variance of an output.
#[derive(Debug, Clone, PartialEq)]
pub struct Sensitivity {
    /// The input.
    pub name: String,
    /// First index: share of the variance that goes when this input alone becomes known. An estimate: for an input
    /// without effect it can come out a little below 0.
    pub first: f64,
    /// Total index: share of the variance that stays while this input alone is unknown. Its distance from `first` is
    /// what the input does together with others.
    pub total: f64,
}

/// First and total indices of every input that varies, from `samples` × (inputs + 2) runs of the model.
///
/// First indices by A. Saltelli et al., "Variance based sensitivity analysis of model output", Computer Physics
/// Communications 181 (2010), 259–270, table 2 (b); total ones by M. J. W. Jansen, Computer Physics Communications 117
/// (1999), 35–43. Points are Sobol's, moved by a digital shift that `seed` decides. Inputs are taken as independent: with
/// correlated ones the shares of variance are not defined.
///
/// # Errors
/// No input that varies or more than 32; samples that are no power of two from 64 to 1,048,576 (the points of another
/// number are not even); an output that is no number or never varies.
pub fn sobol(
    inputs: &[Input],
    samples: usize,
    seed: u64,
    model: impl Fn(&[f64]) -> f64 + Sync,
) -> Result<Vec<Sensitivity>, UncertaintyError> {
    check_names(inputs)?;
    let varying: Vec<usize> = (0..inputs.len()).filter(|index| !inputs[*index].distribution.is_fixed()).collect();
    let count = varying.len();
    if count == 0 || 2 * count > DIMENSIONS {
        let (field, expected) = ("inputs that vary", "1 to 32");
        return Err(UncertaintyError::Figure { field, found: count as f64, expected });
    }
    if !samples.is_power_of_two() || !(64..=1 << 20).contains(&samples) {
        let (field, expected) = ("samples", "a power of two from 64 to 1048576");
        return Err(UncertaintyError::Figure { field, found: samples as f64, expected });
    }
    let shift = |dimension: u64| (Stream::new(seed, None, "sobol", dimension).share() * 4_294_967_296.0) as u32;
    let sequence = Sequence::new((0..2 * count as u64).map(shift).collect());
    let base: Vec<f64> = inputs.iter().map(|input| input.distribution.at(0.5)).collect();
    let runs: Vec<f64> = (0..samples)
        .into_par_iter()
        .flat_map_iter(|sample| {
            let mut point = vec![0.0; 2 * count];
            sequence.point(sample as u32, &mut point);
            let values = |share: &dyn Fn(usize) -> f64| {
                let mut values = base.clone();
                for (place, index) in varying.iter().enumerate() {
                    values[*index] = inputs[*index].distribution.at(share(place));
                }
                model(&values)
            };
            let mut outputs = vec![values(&|place| point[place]), values(&|place| point[count + place])];
            outputs.extend(
                (0..count)
                    .map(|moved| values(&|place| if place == moved { point[count + place] } else { point[place] })),
            );
            outputs
        })
        .collect();
    if let Some(index) = runs.iter().position(|value| !value.is_finite()) {
        return Err(UncertaintyError::Output { draw: index, output: 0, found: runs[index] });
    }
    let names = varying.iter().map(|index| inputs[*index].name.clone());
    parted(&runs, count, names)
}

/// Indices from rows of A, B, and A with each input of B.
fn parted(
    runs: &[f64],
    count: usize,
    names: impl Iterator<Item = String>,
) -> Result<Vec<Sensitivity>, UncertaintyError> {
    let rows: Vec<&[f64]> = runs.chunks_exact(count + 2).collect();
    let both: Vec<f64> = rows.iter().flat_map(|row| [row[0], row[1]]).collect();
    // The variance of A and B together; what is subtracted from all runs changes no index, but saves digits.
    let middle = mean(&both);
    let variance = sum(both.iter().map(|value| (value - middle) * (value - middle))) / both.len() as f64;
    if !variance.is_finite() {
        return Err(UncertaintyError::TooLarge);
    }
    let scale = both.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
    if variance <= (scale * 1e-14) * (scale * 1e-14) {
        return Err(UncertaintyError::Constant);
    }
    let n = rows.len() as f64;
    let of = |(index, name): (usize, String)| {
        let moved = |row: &&[f64]| row[index + 2] - row[0];
        let first = sum(rows.iter().map(|row| (row[1] - middle) * moved(row))) / n / variance;
        let total = sum(rows.iter().map(|row| moved(row) * moved(row))) / (2.0 * n) / variance;
        Sensitivity { name, first, total }
    };
    let found: Vec<Sensitivity> = names.enumerate().map(of).collect();
    let finite = found.iter().all(|each| each.first.is_finite() && each.total.is_finite());
    if finite { Ok(found) } else { Err(UncertaintyError::TooLarge) }
}
