//! Words of `scenario compare` and `scenario sensitivity`.

use clap::Args;
use marginline_engine::scenario::simulate::{SEED, TARGET_PERCENT};

use super::ScenarioArgs;

#[derive(Debug, Args)]
pub struct CompareArgs {
    #[command(flatten)]
    pub scenario: ScenarioArgs,
    /// Month, 1 the first, at whose end the cost to leave is shown [default: 18, or the last]
    #[arg(long, value_name = "MONTH")]
    pub undo_month: Option<u32>,
    /// Draw assumptions that have a range so many times, for the probability of the target
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub draws: Option<u32>,
    /// Seed of the draws
    #[arg(long, default_value_t = u64::from(SEED), requires = "draws")]
    pub seed: u64,
    /// Gross margin over all months whose probability is asked, in percent
    #[arg(long, default_value_t = TARGET_PERCENT, allow_negative_numbers = true, requires = "draws")]
    pub target_percent: f64,
}

#[derive(Debug, Args)]
pub struct SensitivityArgs {
    #[command(flatten)]
    pub scenario: ScenarioArgs,
    /// Margin over two assumptions, such as demand.growth_percent_per_month architecture.usd_per_gpu_hour
    #[arg(long, num_args = 2, value_names = ["PATH", "PATH"])]
    pub two_way: Vec<String>,
    /// Values of each of the two
    #[arg(long, default_value_t = 9, value_parser = clap::value_parser!(u32).range(2..=101), requires = "two_way")]
    pub steps: u32,
}
