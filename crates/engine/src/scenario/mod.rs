//! Scenarios: text files that people keep in git, resolved against actuals and prices, run through the one
//! `month` function, and compared.

mod actuals;
pub mod bridge;
pub mod compare;
mod component;
pub mod file;
mod knobs;
pub mod resolve;
pub mod run;
pub mod sensitivity;
pub mod simulate;
mod workbench;

pub use compare::Comparison;
pub(crate) use knobs::knob_of;
pub use resolve::Resolved;
pub use run::{Run, RunMonth};
pub(crate) use workbench::Workbench;
