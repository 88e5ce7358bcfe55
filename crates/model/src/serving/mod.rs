//! Throughput and latency of LLM inference: how long a request takes, and what one GPU gives per second.
//!
//! An analytic model in the manner of a roofline, with what simple rooflines leave out: a fixed time per layer and
//! step, all-reduces, prompts of other requests that interrupt decoding, and experts that a small batch does not
//! touch. A handful of constants per class of model was fitted to measured runs ([`Constants`]); `docs/accuracy.md`
//! says how far off the answers were for models that the fit had not seen, and `cargo xtask accuracy FILE` scores any
//! file of runs anew.
//!
//! Measured points of the user's own deployment move the answer ([`Calibration`]), and between points of the very same
//! deployment the model is not asked at all ([`Front`]). Every answer carries a band and its evidence.
//!
//! What it does not know: speculative decoding, disaggregated prefill, pipelines over nodes, bursts of arrivals, and
//! the build and flags of the engine, by which runs of one configuration can differ by half.

mod answer;
mod calibration;
mod constants;
mod deployment;
mod error;
mod front;
mod gpu;
mod model;
mod step;
mod table;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

pub use answer::{Answer, Question, answer, answer_with};
pub use calibration::{Calibration, Measured, Pull};
pub use constants::{Band, Class, Constants, TtftRange};
pub use deployment::{Backend, CachePrecision, Deployment, Load, Precision};
pub use error::ServingError;
pub use front::Front;
pub use gpu::Gpu;
pub use model::{Attention, FeedForward, Indexer, LinearLayers, Model, Windows};
pub use step::{Bound, Estimate, Parts, Timing, batch_max, fixed_efficiency_s, ideal_end_to_end_s, timing};
pub use table::{gpu, gpus, model, models, source};
