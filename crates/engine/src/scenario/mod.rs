//! Scenarios: text files that people keep in git, resolved against actuals and prices, run through the one
//! `month` function, and compared.

mod actuals;
pub(crate) mod api_prices;
pub mod bridge;
pub mod calibrate;
pub mod capacity_week;
mod caveats;
pub mod compare;
mod complete;
pub(crate) mod component;
mod demand;
pub mod evidence;
pub mod explain;
pub mod file;
mod follow;
mod knobs;
mod lines;
mod load;
pub mod lock;
mod model_name;
mod model_size;
mod named;
pub mod new;
pub mod observed;
pub mod optimise;
pub mod plan;
mod remarks;
pub mod resolve;
pub mod run;
mod scale;
pub mod sensitivity;
pub mod simulate;
pub mod two_way;
mod units;
mod unused;
pub mod verdict;
mod workbench;
pub mod workbook;

pub use capacity_week::{CapacityWeek, Pool};
pub use compare::Comparison;
pub use complete::{Finding, Findings, Served, ServingKnown};
pub use evidence::{FigureEvidence, RunEvidence};
pub use knobs::{knob_of, uncertain};
pub use resolve::Resolved;
pub use run::{Run, RunMonth};
pub use scale::Scale;
pub use two_way::TwoWay;
pub use verdict::Verdict;
pub(crate) use workbench::Workbench;

#[cfg(test)]
mod tests;
