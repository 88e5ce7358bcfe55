//! Scenarios: text files that people keep in git, resolved against actuals and prices, run through the one
//! `month` function, and compared.

mod actuals;
pub mod bridge;
pub mod calibrate;
pub mod compare;
mod complete;
pub(crate) mod component;
pub mod explain;
pub mod file;
mod knobs;
pub mod lock;
pub mod new;
pub mod observed;
pub mod plan;
pub mod resolve;
pub mod run;
pub mod sensitivity;
pub mod simulate;
pub mod two_way;
pub mod verdict;
pub mod workbook;

pub use compare::Comparison;
pub use complete::{Finding, Findings, Served, ServingKnown};
pub use resolve::Resolved;
pub use run::{Run, RunMonth};
pub use two_way::TwoWay;
pub use verdict::Verdict;
