//! The product through its command line, on real files: one program, for forty that each hold the engine would be linked
//! forty times and take ten gigabytes.
//!
//! A module runs alone as `cargo nextest run --workspace --test acceptance verdicts::`.
#![allow(clippy::unwrap_used, reason = "a test that unwraps fails with the line it stands on")]

mod accuracy;
mod anomalies;
mod bad_input;
mod books;
mod calc;
mod capacity;
mod claims;
mod cloud;
mod commands;
mod commitment;
mod compare;
mod compare_figures;
mod containers;
mod demo;
mod exact;
mod exchange_rates;
mod focus;
mod ledger;
mod mapping;
mod measurements;
mod optimise;
mod plan;
mod prices;
mod prices_screen;
mod pricing;
mod providers;
mod restatement;
mod roles;
mod scenario_charts;
mod scenario_examples;
mod scenarios;
mod time;
mod told_again;
mod trial;
mod verdicts;
mod virtual_tags;
mod whole;
