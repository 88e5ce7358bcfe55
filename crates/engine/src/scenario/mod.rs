//! Scenarios: text files that people keep in git, resolved against actuals and prices, run through the one
//! `month` function, and compared.

mod actuals;
pub mod bridge;
pub mod capacity_week;
pub mod compare;
mod complete;
mod component;
pub mod file;
mod knobs;
pub mod optimise;
pub mod resolve;
pub mod run;
pub mod sensitivity;
pub mod simulate;
pub mod two_way;
pub mod verdict;
mod workbench;
pub mod workbook;

pub use capacity_week::CapacityWeek;
pub use compare::Comparison;
pub use complete::{Finding, Findings, Served, ServingKnown};
pub(crate) use knobs::knob_of;
pub use resolve::Resolved;
pub use run::{Run, RunMonth};
pub use two_way::TwoWay;
pub use verdict::Verdict;
pub(crate) use workbench::Workbench;
