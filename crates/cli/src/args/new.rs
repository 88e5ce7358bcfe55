//! `scenario new`: a file from actuals, or an alternative on top of one.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

#[derive(Debug, Args)]
pub struct NewArgs {
    /// Month whose actuals it reproduces, such as 2026-10 [default: the last one]
    #[arg(long, conflicts_with_all = ["from", "to", "quarter", "patch"])]
    pub month: Option<String>,
    /// Quarter, a month on average, such as 2026-Q3
    #[arg(long, conflicts_with_all = ["from", "to", "patch"])]
    pub quarter: Option<String>,
    /// First month of several, a month on average
    #[arg(long, conflicts_with = "patch")]
    pub from: Option<String>,
    /// Last month, included
    #[arg(long, conflicts_with = "patch")]
    pub to: Option<String>,
    /// Only this product
    #[arg(long, conflicts_with = "patch")]
    pub product: Option<String>,
    /// Name for people
    #[arg(long)]
    pub name: Option<String>,
    /// Only what is served this way
    #[arg(long, value_enum, conflicts_with = "patch")]
    pub kind: Option<KindArg>,
    /// First month of the run [default: the last month of the actuals]
    #[arg(long, conflicts_with = "patch")]
    pub start: Option<String>,
    /// Months of the run
    #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u32).range(1..=120))]
    pub months: u32,
    /// Instead: an alternative on top of the scenario of --base
    #[arg(long, value_enum, requires = "base")]
    pub patch: Option<PatchArg>,
    /// Scenario file that the alternative changes
    #[arg(long, value_name = "FILE", requires = "patch")]
    pub base: Option<PathBuf>,
    /// Model to change to
    #[arg(long, value_name = "PROVIDER/MODEL", requires = "patch")]
    pub model: Option<String>,
    /// GPU type of own GPUs
    #[arg(long, requires = "patch")]
    pub gpu: Option<String>,
    /// USD of one GPU for an hour
    #[arg(long, value_name = "USD", requires = "patch")]
    pub usd_per_gpu_hour: Option<f64>,
    /// Output tokens per second of one GPU
    #[arg(long, value_name = "TOKENS", requires = "patch")]
    pub output_tokens_per_s_per_gpu: Option<f64>,
    /// File to write [default: stdout]
    #[arg(short = 'o', long = "output", value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// By what requests are served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum KindArg {
    /// APIs of providers
    Api,
    /// Own GPUs
    OwnGpus,
}

/// An alternative to begin with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PatchArg {
    /// Everything on own GPUs, counted by load
    OwnGpus,
    /// The dearest model replaced by a cheaper one
    CheaperModel,
    /// What can wait at batch prices
    Batch,
}
