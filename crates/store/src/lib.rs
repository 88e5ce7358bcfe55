//! The ledger: SQLite through sqlx, and the only crate that knows SQL.
//!
//! One module per table family. Every write of an import happens inside one [`import::Import`], which is one
//! transaction: dropped without [`import::Import::commit`] it leaves nothing.

pub mod batch;
pub mod benchmark;
pub mod budget;
mod connection;
pub mod cost;
pub mod difference;
pub mod document;
pub mod exchange_rate;
pub mod gpu_hours;
pub mod gpu_sample;
pub mod import;
pub mod invoice;
mod key;
pub mod ledger;
mod month;
pub mod plan;
pub mod prices;
pub mod request_trace;
pub mod revenue;
pub mod source;
pub mod token_usage;

pub use ledger::{Ledger, StoreError};
