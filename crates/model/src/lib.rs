//! The pure engine of Marginline: values in, values out.
//!
//! Nothing here reads a file, a clock or a table, and nothing is random without a seed. Money is exact;
//! `f64` appears only in [`scenario`] and [`serving`], which project, and in what machines measured.

pub mod allocate;
pub mod breakeven;
pub mod currency;
pub mod exact;
pub mod fx;
pub mod money;
pub mod month;
pub mod percentile;
pub mod prices;
pub mod recognise;
pub mod scenario;
pub mod serving;
pub mod zone;

pub use currency::Currency;
pub use exact::{Exact, ExactSum, NumberError};
pub use fx::{Rate, Rates};
pub use money::Money;
pub use month::Month;
pub use zone::Zone;
