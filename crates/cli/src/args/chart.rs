//! What can be written after `marginline chart`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use marginline_engine::scenario::simulate::{DRAWS, SEED};

use super::PriceArgs;

#[derive(Debug, Args)]
pub struct ChartArgs {
    /// Which chart
    #[arg(value_enum)]
    pub name: ChartName,
    /// Scenario files, for the charts of scenarios; without them those of the workspace
    pub files: Vec<PathBuf>,
    /// Month (margin charts, capacity, capacity-week), such as 2026-10; for capacity-week also its number, 1 the first
    #[arg(long)]
    pub month: Option<String>,
    /// Quarter (costs), such as 2026-Q1
    #[arg(long, conflicts_with_all = ["from", "to"])]
    pub quarter: Option<String>,
    /// First month (costs) or day (prices)
    #[arg(long)]
    pub from: Option<String>,
    /// Last month (costs) or day (prices), included
    #[arg(long)]
    pub to: Option<String>,
    /// Grouping key (costs)
    #[arg(long, value_delimiter = ',')]
    pub by: Vec<String>,
    #[command(flatten)]
    pub prices: PriceArgs,
    #[command(flatten)]
    pub scenario: ScenarioChartArgs,
    /// Light on dark
    #[arg(long)]
    pub dark: bool,
    /// Width in points; a PNG has twice as many pixels
    #[arg(long, default_value_t = 960)]
    pub width: u32,
    /// Height in points
    #[arg(long, default_value_t = 540)]
    pub height: u32,
    /// File to write, .svg or .png
    #[arg(short = 'o', long = "output", value_name = "FILE")]
    pub output: PathBuf,
}

/// What only charts of scenarios ask.
#[derive(Debug, Args)]
pub struct ScenarioChartArgs {
    /// Assumption from left to right (two-way), such as demand.growth_percent_per_month
    #[arg(long, value_name = "PATH")]
    pub x: Option<String>,
    /// Assumption from bottom to top (two-way)
    #[arg(long, value_name = "PATH")]
    pub y: Option<String>,
    /// Draws of each scenario (fan)
    #[arg(long, default_value_t = DRAWS, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub draws: u32,
    /// Seed of the draws (fan)
    #[arg(long, default_value_t = u64::from(SEED))]
    pub seed: u64,
    /// Gross margin in percent (fan: whose chance is told; two-way: where the colours part)
    #[arg(long, allow_negative_numbers = true)]
    pub target_percent: Option<f64>,
    /// Component of own GPUs, or cost line with units, that is looked at (capacity-week) [default: all own GPUs together]
    #[arg(long, value_name = "NAME")]
    pub fleet: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ChartName {
    /// Margin by month against plan
    MarginTrend,
    /// Why margin moved since the month before
    MarginChange,
    /// Cost by month, stacked
    Costs,
    /// Gross margin of scenarios by month
    Compare,
    /// Why the second scenario earns another margin than the first, driver by driver
    Bridge,
    /// What the margin of a scenario hangs on, one assumption at a time
    Tornado,
    /// What margin can be by month: median and bands of the draws, and the chance of a target
    Fan,
    /// Margin of a scenario over two assumptions
    TwoWay,
    /// Margin against latency and against cost to undo, of all that a scenario may vary
    Front,
    /// Demand over own GPUs by hour of the week, in a month of a scenario
    CapacityWeek,
    /// Cost of scenarios over requests a month, and where one is ahead
    CostByVolume,
    /// GPUs needed by day and hour of the week
    Capacity,
    /// Price of a model or GPU over time
    Prices,
    /// Prices of GPUs, or of one model, by region; as of the day named by `--to`
    PriceRegions,
}
