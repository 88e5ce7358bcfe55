//! Use cases over the ledger: import, report, scenario, chart, export.
#![allow(missing_docs)]
pub mod view;
