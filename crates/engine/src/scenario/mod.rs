//! Scenarios: text files that people keep in git, resolved against actuals and prices, run through the one
//! `month` function, and compared.

pub mod compare;
pub mod file;
pub mod resolve;
pub mod run;

pub use compare::Comparison;
pub use resolve::Resolved;
pub use run::{Run, RunMonth};
