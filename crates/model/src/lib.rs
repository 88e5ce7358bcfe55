//! The pure engine of Marginline: values in, values out.
//!
//! Nothing here reads a file, a clock or a table, and nothing is random without a seed. Money is exact;
//! `f64` appears only in what projects ([`scenario`], [`serving`] and the formulas that `calc` answers), and in what
//! machines measured.

pub mod allocate;
pub mod anomaly;
pub mod breakeven;
pub mod bridge;
pub mod capacity;
pub mod commitment;
pub mod currency;
pub mod drift;
pub mod exact;
pub mod forecast;
pub mod fx;
pub mod gpu_cost;
pub mod gpu_mix;
pub mod growth;
pub mod investment;
pub mod margin;
pub mod money;
pub mod month;
pub mod percentile;
pub mod prices;
pub mod queueing;
pub mod recognise;
pub mod roofline;
pub mod scenario;
pub mod search;
pub mod serving;
pub mod token_cost;
pub mod uncertainty;
pub mod unit_cost;
pub mod variance;
pub mod zone;

pub use currency::Currency;
pub use exact::{Exact, ExactSum, NumberError};
pub use fx::{Rate, Rates};
pub use money::Money;
pub use month::Month;
pub use zone::Zone;
