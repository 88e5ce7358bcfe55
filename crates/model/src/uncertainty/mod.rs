//! What is not known exactly: inputs as distributions, and what they make of an output.
//!
//! An [`Input`] is a name and a [`Distribution`]. A [`Sampler`] draws them, correlated by rank where that is stated;
//! [`simulate`] runs a model over the draws and keeps every outcome, so that percentiles are order statistics.
//! [`tornado`] moves one input at a time, [`sobol`] parts the variance of an output among its inputs.
//!
//! **Same bytes everywhere.** Every chunk of [`CHUNK`] draws of every input has a random stream of its own, made of the
//! seed, the input's name and the chunk's number ([`Stream`]), so neither the number of threads nor the other inputs
//! change a draw. Scenarios with the same seed use the same draws for inputs of the same name: what differs between
//! them is the scenario and not luck (common random numbers).

mod beta;
mod compare;
mod correlation;
mod distribution;
mod error;
mod normal;
mod pert;
mod sampler;
mod sequence;
mod simulate;
mod sobol;
mod stream;
mod tornado;

#[cfg(test)]
mod distribution_tests;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod simulate_tests;

pub use compare::{Chance, Comparison, chance, compare};
pub use correlation::{Indefinite, RankCorrelation};
pub use distribution::{Bounds, Distribution};
pub use error::UncertaintyError;
pub use normal::{normal_quantile, normal_share_below};
pub use sampler::{Input, Sampler};
pub use simulate::{Outcomes, Plan, Summary, simulate, simulate_with, summarise};
pub use sobol::{Sensitivity, sobol};
pub use stream::{CHUNK, GENERATOR, Stream};
pub use tornado::{Bar, Tornado, tornado, tornado_around};
