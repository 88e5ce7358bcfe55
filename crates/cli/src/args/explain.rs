//! `scenario explain`.

use std::path::PathBuf;

use clap::Args;

use super::OutputArgs;

#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// Scenario files: the one to explain first, then those that it changes
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// Line of cost, Revenue, or a sum such as Gross margin [default: all lines]
    #[arg(long, value_name = "LABEL")]
    pub line: Option<String>,
    /// Month of the scenario, such as 2026-11, or `all` for all months together [default: the first]
    #[arg(long)]
    pub month: Option<String>,
    #[command(flatten)]
    pub output: OutputArgs,
}
