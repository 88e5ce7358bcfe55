//! What can be written after `marginline prices`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::OutputArgs;

#[derive(Debug, Subcommand)]
pub enum Prices {
    /// List prices: imported, set by hand, of the GPU catalogue and of the bundled list
    List {
        #[command(flatten)]
        prices: PriceArgs,
        /// Only those that hold on this day
        #[arg(long, value_name = "DATE")]
        as_of: Option<String>,
        #[command(flatten)]
        output: OutputArgs,
    },
    /// List the prices that hold on a day
    AsOf {
        /// Day, such as 2026-10-31
        date: String,
        #[command(flatten)]
        prices: PriceArgs,
        #[command(flatten)]
        output: OutputArgs,
    },
    /// Import price lists: one's own CSV, LiteLLM, models.dev, SkyPilot, gpuhunt, AWS, Azure, Google Cloud
    Import {
        /// Files, found by content and not by name
        #[arg(required = true)]
        paths: Vec<PathBuf>,
        /// Format, instead of finding it
        #[arg(long = "as", value_name = "FORMAT")]
        format: Option<String>,
        /// Day of a list that tells none [default: today]
        #[arg(long, value_name = "DATE")]
        observed: Option<String>,
        /// Who sells what a catalogue lists, where it does not tell, such as aws
        #[arg(long, value_name = "NAME")]
        provider: Option<String>,
        /// Do everything and keep nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Tell when the prices of a model or GPU changed
    History {
        #[command(flatten)]
        prices: PriceArgs,
        /// First day [default: two years before the last]
        #[arg(long, value_name = "DATE")]
        from: Option<String>,
        /// Last day [default: today]
        #[arg(long, value_name = "DATE")]
        to: Option<String>,
        #[command(flatten)]
        output: OutputArgs,
    },
    /// List things that sources price differently on a day
    Conflicts {
        #[command(flatten)]
        prices: PriceArgs,
        /// Day [default: today]
        #[arg(long, value_name = "DATE")]
        as_of: Option<String>,
        #[command(flatten)]
        output: OutputArgs,
    },
    /// Compare what GPUs, or a model, cost by region
    Regions {
        /// GPUs, or one model; without any, every GPU with a price
        items: Vec<String>,
        /// Only regions inside a legal area, such as EU, EEA, UK, US
        #[arg(long, value_name = "AREA")]
        within: Option<String>,
        /// Also tell how far each region is from this one, such as aws/eu-central-1
        #[arg(long, value_name = "PROVIDER/REGION")]
        from: Option<String>,
        /// Currency to compare in; prices in others are counted and left out
        #[arg(long, value_name = "CODE", default_value = "USD")]
        currency: String,
        #[command(flatten)]
        prices: PriceArgs,
        /// Day [default: today]
        #[arg(long, value_name = "DATE")]
        as_of: Option<String>,
        #[command(flatten)]
        output: OutputArgs,
    },
    /// Set a price by hand, with the reason; it can be undone
    Set(PriceSetArgs),
}

/// Which prices.
#[derive(Debug, Args, Default)]
pub struct PriceArgs {
    /// What is sold: tokens, gpu, instance, storage, egress, vector_store, request, session, throughput, discount
    #[arg(long)]
    pub resource: Option<String>,
    /// Who sells it
    #[arg(long)]
    pub provider: Option<String>,
    /// Model, GPU, instance type or service; part of its name in lists
    #[arg(long)]
    pub item: Option<String>,
    /// Region; '' for prices that name none
    #[arg(long)]
    pub region: Option<String>,
    /// Service tier, such as standard, batch, flex, priority
    #[arg(long)]
    pub tier: Option<String>,
    /// Token class, instance type or destination
    #[arg(long)]
    pub class: Option<String>,
    /// on_demand, spot, reserved_1y, reserved_3y, capacity_block
    #[arg(long)]
    pub purchase: Option<String>,
    /// Part of the source's name
    #[arg(long)]
    pub source: Option<String>,
}

#[derive(Debug, Args)]
pub struct PriceSetArgs {
    /// Who sells it
    #[arg(long)]
    pub provider: String,
    /// Model, GPU, instance type or service; a discount without one is on everything
    #[arg(long, required_unless_present = "discount_percent")]
    pub item: Option<String>,
    /// What is sold [default: tokens]
    #[arg(long)]
    pub resource: Option<String>,
    /// Token class, instance type or destination
    #[arg(long)]
    pub class: Option<String>,
    /// Price of one
    #[arg(long, required_unless_present = "discount_percent", conflicts_with = "discount_percent")]
    pub amount: Option<String>,
    /// Percent off list prices instead of a price
    #[arg(long, value_name = "PERCENT")]
    pub discount_percent: Option<String>,
    /// Currency of the price
    #[arg(long, required_unless_present = "discount_percent")]
    pub currency: Option<String>,
    /// What one amount buys [default: the usual unit, such as mtok or gpu_hour]
    #[arg(long)]
    pub per: Option<String>,
    /// First day
    #[arg(long, value_name = "DATE")]
    pub valid_from: String,
    /// First day on which it does not hold any more
    #[arg(long, value_name = "DATE")]
    pub valid_to: Option<String>,
    /// Region
    #[arg(long)]
    pub region: Option<String>,
    /// How it is bought [default: on_demand]
    #[arg(long)]
    pub purchase: Option<String>,
    /// Service tier [default: standard]
    #[arg(long)]
    pub tier: Option<String>,
    /// Only for prompts longer than this
    #[arg(long, value_name = "TOKENS")]
    pub above_tokens: Option<String>,
    /// How many of `per` are free each month
    #[arg(long, value_name = "QUANTITY")]
    pub free_per_month: Option<String>,
    /// Only in these hours, UTC, such as 16:30-00:30 or 16:30-00:30 mon-fri
    #[arg(long, value_name = "HOURS")]
    pub window: Option<String>,
    /// Contract that it was agreed in
    #[arg(long)]
    pub contract: Option<String>,
    /// Why
    #[arg(long)]
    pub reason: String,
    /// Show which months it would move, and store nothing
    #[arg(long)]
    pub dry_run: bool,
}
