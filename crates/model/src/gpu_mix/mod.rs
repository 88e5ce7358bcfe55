//! The cheapest GPUs for requests of several sizes (Mélange: Griggs et al. 2024, arXiv 2404.14527).
//!
//! [`cheapest_mix`] is the programme as published: types with one price each, buckets of request sizes cut into slices.
//! [`cheapest_fleet`] is the whole of it: GPU types in groups, regions, purchase options, stock, a cap on spot,
//! residency and spare replicas, with any share of a bucket in any place. What a replica carries at a latency target
//! comes as input; [`capacity_from_serving`] asks the serving model for it.

mod capacity;
mod error;
mod fleet;
mod plain;
mod problem;
mod programme;
mod shortfall;
mod start;

#[cfg(test)]
mod fleet_tests;

pub use capacity::{LatencyTarget, RequestSize, Stance, capacity_from_serving};
pub use error::{MixError, Why};
pub use fleet::{Alternative, Fleet, Held, Part, cheapest_fleet};
pub use plain::{Gpu, Mix, cheapest_mix};
pub use problem::{Bucket, FleetProblem, NODES, Purchase, Replica, Sale, Stock};
