//! How much capacity a demand needs, hour by hour of the week, and what its latency then is.
//!
//! [`Demand`] says how much comes, by hour of week and month. A [`Resource`] says how much one unit carries: a plain
//! capacity per unit (tokens per second of a GPU, queries per second of a database), or a [`Pool`] of replicas with
//! slots, sized by queueing for a waiting time. A [`Staircase`] holds the loads at which each further unit is needed,
//! so that a projection looks up what a calculation would find. [`Rules`] add spares and regions, [`Packing`] makes
//! whole nodes, and [`Plan`] puts it together: needed, provided, utilisation, headroom and latency by month and hour.
//!
//! Beside it stand the rules of thumb around capacity: [`autoscale`], [`batch_fill`], [`spot`] and [`retraining`].
//!
//! Everything here is a projection of means per hour. What happens inside an hour is the queue's business, and latency
//! is always a range, never a promise.

pub mod autoscale;
pub mod batch_fill;
mod demand;
mod error;
mod packing;
mod plan;
mod pool;
mod resource;
pub mod retraining;
mod rules;
pub mod spot;
mod staircase;
mod tally;
mod waiting;

#[cfg(test)]
mod simulation;

pub use demand::{Demand, HOURS, Week, even_season};
pub use error::CapacityError;
pub use packing::{Packed, Packing};
pub use plan::{Latency, MonthPlan, Plan, Provision, hours_of_month};
pub use pool::{Pool, Predicted, Routing, Service, Target};
pub use resource::Resource;
pub use rules::{Provided, Rules};
pub use staircase::Staircase;
pub use tally::{Lengths, Moments, Tally, hour_of_week};
pub use waiting::{MOST_SERVERS, Queue, erlang_c};
