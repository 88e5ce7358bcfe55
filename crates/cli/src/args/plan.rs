//! `scenario adopt`, `scenario calibrate` and `report plan`.

use std::path::PathBuf;

use clap::Args;

use super::OutputArgs;

#[derive(Debug, Args)]
pub struct AdoptArgs {
    /// Scenario files: the plan first, then those that it changes
    pub files: Vec<PathBuf>,
    /// Take the adoption of the plan in force back
    #[arg(long, conflicts_with_all = ["files", "redo"])]
    pub undo: bool,
    /// Adopt again what was taken back last
    #[arg(long, conflicts_with = "files")]
    pub redo: bool,
}

#[derive(Debug, Args)]
pub struct CalibrateArgs {
    /// Scenario files: the one to calibrate first, then those that it changes
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// Month that measured, such as 2026-10
    #[arg(long)]
    pub month: String,
    /// File to write [default: stdout]
    #[arg(short = 'o', long = "output", value_name = "FILE")]
    pub output: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct PlanArgs {
    /// One month of the plan, such as 2026-11 [default: each that the ledger holds]
    #[arg(long)]
    pub month: Option<String>,
    #[command(flatten)]
    pub output: OutputArgs,
}
