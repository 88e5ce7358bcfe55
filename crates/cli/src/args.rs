//! What can be written on the command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use marginline_engine::scenario::simulate::{DRAWS, SEED, TARGET_PERCENT};

mod chart;
mod compare;
mod explain;
mod lock;
mod new;
mod plan;
mod prices;
mod span;

pub use chart::{ChartArgs, ChartName};
pub use compare::{CompareArgs, SensitivityArgs};
pub use explain::ExplainArgs;
pub use lock::LockArgs;
pub use new::{KindArg, NewArgs, PatchArg};
pub use plan::{AdoptArgs, CalibrateArgs, PlanArgs};
pub use prices::{PriceArgs, PriceSetArgs, Prices};
pub use span::{MonthsArgs, SpanArgs};

/// What an AI product's architecture does to its gross margin: bill, usage and revenue joined, offline.
#[derive(Debug, Parser)]
#[command(name = "marginline", version, propagate_version = true, max_term_width = 100)]
pub struct Cli {
    /// Workspace file [default: in the platform's data folder]
    #[arg(long, global = true, value_name = "FILE", env = "MARGINLINE_WORKSPACE")]
    pub workspace: Option<PathBuf>,
    /// One JSON document on stdout; talk on stderr
    #[arg(long, global = true)]
    pub json: bool,
    /// No talk on stderr
    #[arg(long, global = true)]
    pub quiet: bool,
    /// Exit with 3 when a result needs a look: unpriced usage, failed limits
    #[arg(long, global = true)]
    pub strict: bool,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Create the sample company's workspace and print its margin
    Demo {
        /// Also write charts and tables into this folder
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
    },
    /// Import bills, usage, revenue and budgets; keep rules and scenarios given as TOML
    Import {
        /// Files, found by content and not by name
        #[arg(required = true)]
        paths: Vec<PathBuf>,
        /// Format, instead of finding it
        #[arg(long = "as", value_name = "FORMAT")]
        format: Option<String>,
        /// Do everything and keep nothing
        #[arg(long)]
        dry_run: bool,
        /// Currency of every amount, for files that name none
        #[arg(long, value_name = "CODE")]
        currency: Option<String>,
        /// Day of a price list that tells none [default: today]
        #[arg(long, value_name = "DATE")]
        observed: Option<String>,
        /// Who sells what a catalogue lists, where it does not tell, such as aws
        #[arg(long, value_name = "NAME")]
        provider: Option<String>,
        /// Do not keep the source file beside the workspace
        #[arg(long)]
        no_keep: bool,
    },
    /// List what was imported
    Batches,
    /// Take an import back
    Undo {
        /// Batch id
        batch: i64,
    },
    /// Import again what was undone last
    Redo,
    /// Show what an import changed when it replaced rows of earlier ones
    Difference {
        /// Batch id
        batch: i64,
    },
    /// List the rows of an import that were not stored; write them out, mend them, set them aside
    Quarantine {
        /// Batch id
        batch: i64,
        /// Write the open rows as they stand, with their header, to a file to be mended
        #[arg(long, value_name = "FILE", group = "what")]
        write: Option<PathBuf>,
        /// Store the open rows as mended in this file, in the same order
        #[arg(long, value_name = "FILE", group = "what")]
        readmit: Option<PathBuf>,
        /// Set rows aside: line numbers, or `all`
        #[arg(long, value_name = "LINES", value_delimiter = ',', group = "what")]
        dismiss: Vec<String>,
        /// Take rows up again that were set aside: line numbers, or `all`
        #[arg(long, value_name = "LINES", value_delimiter = ',', group = "what")]
        restore: Vec<String>,
    },
    /// Keep a rules file or a mapping, print the rules in force, or map the columns of an unknown table
    Map {
        /// Rules or mapping (TOML), or the table to map
        file: Option<PathBuf>,
        /// Mapping to try on the table, instead of the saved or guessed one
        #[arg(long, value_name = "FILE.toml", requires = "file")]
        with: Option<PathBuf>,
        /// Write the mapping of the table into a file
        #[arg(long, value_name = "FILE.toml", requires = "file")]
        write: Option<PathBuf>,
    },
    /// Tell an exchange rate: the fixing of a day, or the average of a month
    Fx {
        /// Currency given, such as EUR
        from: String,
        /// Currency wanted, such as USD
        to: String,
        /// Day, such as 2026-10-30; on holidays the fixing before counts
        #[arg(long, conflicts_with = "month", required_unless_present = "month")]
        date: Option<String>,
        /// Month, such as 2026-10
        #[arg(long)]
        month: Option<String>,
    },
    /// Show who gets the cost: assigned by which rule, shared out by which key, and caught by none
    Allocate(AllocateArgs),
    /// Print a report
    #[command(subcommand)]
    Report(Report),
    /// Run and compare deployment scenarios
    #[command(subcommand)]
    Scenario(Scenario),
    /// Look prices up, import lists of them, compare them, set one
    #[command(subcommand)]
    Prices(Prices),
    /// Draw a chart as SVG or PNG
    Chart(ChartArgs),
    /// Answer one formula: a JSON object in, a JSON object out
    Calc {
        /// Function, such as token-cost
        name: String,
        /// File with the input [default: stdin, as is `-`]
        file: Option<PathBuf>,
    },
    /// Check the workspace: database, control totals, kept files
    Check,
    /// Print shell completions
    Completions {
        /// Shell
        shell: clap_complete::Shell,
    },
}

#[derive(Debug, Subcommand)]
pub enum Report {
    /// Costs as billed and amortised, grouped by month, day, provider, service, region, account, category, issuer, publisher, charge_category, charge_class, pricing_category, commitment, product, customer, team, tag:KEY
    Costs(ReportArgs),
    /// Recognised revenue, cost of revenue and margin by month, product, customer, region
    Margin(ReportArgs),
    /// Cost per million tokens, per request and per customer by month, product, customer, model
    Units(ReportArgs),
    /// GPU hours by day in the workspace's time zone, and by pool, gpu, region, provider, project
    Hours(ReportArgs),
    /// Revenue recognised, invoiced and deferred by month and, with --by, product and customer
    Revenue(ReportArgs),
    /// BilledCost beside received invoices by issuer, billing month and currency
    TieOut(ReportArgs),
    /// What the price book makes of usage beside what was billed, by provider, day, model and project
    Reconciliation(ReportArgs),
    /// Utilisation, memory and power of GPUs and cost of GPU hours by month and model, host, workload, gpu, pool
    Gpus(GpusArgs),
    /// Commitments by month and commitment: used, unused, coverage, utilisation, effective savings rate
    Commitments(ReportArgs),
    /// Requests per second and tokens per request of load traces by trace, model, kind
    Load(LoadArgs),
    /// GPUs needed and provided by hour of the week, from GPU hours and tokens of self-hosted models or load traces
    Capacity(CapacityArgs),
    /// Latency and throughput of benchmark runs
    Benchmarks(BenchmarksArgs),
    /// Days whose cost stands out, by service and model, with the money and the driver that moved
    Anomalies(AnomaliesArgs),
    /// The adopted plan beside each month as it was, driver by driver
    Plan(PlanArgs),
}

#[derive(Debug, Args)]
pub struct AnomaliesArgs {
    /// Month whose days are judged, such as 2026-10 [default: the last one]
    #[arg(long)]
    pub month: Option<String>,
    /// Score (modified z) that is too large
    #[arg(long, default_value_t = 3.5)]
    pub threshold: f64,
    /// Least impact in the reporting currency
    #[arg(long, default_value_t = 10.0)]
    pub min_impact: f64,
    /// Least impact in percent of what was expected
    #[arg(long, default_value_t = 10.0)]
    pub min_percent: f64,
    /// Which side
    #[arg(long, value_enum, default_value_t = Side::Both)]
    pub direction: Side,
    /// Reporting currency, such as EUR
    #[arg(long)]
    pub currency: Option<String>,
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Which side of what was expected.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Side {
    /// Above or below
    Both,
    /// Above
    Up,
    /// Below
    Down,
}

#[derive(Debug, Args)]
pub struct GpusArgs {
    #[command(flatten)]
    pub period: MonthsArgs,
    /// Grouping key besides the month: model, host, workload, gpu, pool, region, provider or project
    #[arg(long)]
    pub by: Option<String>,
    #[command(flatten)]
    pub output: OutputArgs,
}

#[derive(Debug, Args)]
pub struct LoadArgs {
    /// Grouping key: trace, model or kind
    #[arg(long)]
    pub by: Option<String>,
    #[command(flatten)]
    pub output: OutputArgs,
}

#[derive(Debug, Args)]
pub struct CapacityArgs {
    #[command(flatten)]
    pub period: SpanArgs,
    /// Pool that serves [default: those whose cost is cost of revenue]
    #[arg(long)]
    pub pool: Option<String>,
    /// Output tokens per second that one GPU carries [default: the best hour of the period]
    #[arg(long, value_name = "TOKENS")]
    pub tokens_per_gpu_second: Option<f64>,
    #[command(flatten)]
    pub output: OutputArgs,
}

#[derive(Debug, Args)]
pub struct BenchmarksArgs {
    /// Only runs with this value of model, gpu, engine, precision or tool, such as gpu=h100_sxm
    #[arg(long = "filter", value_name = "KEY=VALUE")]
    pub filters: Vec<String>,
    #[command(flatten)]
    pub output: OutputArgs,
}

#[derive(Debug, Args)]
pub struct OutputArgs {
    /// Form of the output
    #[arg(long, value_enum)]
    pub format: Option<Form>,
    /// Write to a file
    #[arg(short = 'o', long = "output", value_name = "FILE")]
    pub output: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct AllocateArgs {
    #[command(flatten)]
    pub period: MonthsArgs,
    #[command(flatten)]
    pub output: OutputArgs,
}

#[derive(Debug, Args)]
pub struct ReportArgs {
    #[command(flatten)]
    pub period: SpanArgs,
    /// Grouping keys, separated by commas
    #[arg(long, value_delimiter = ',')]
    pub by: Vec<String>,
    /// Only rows with this value, such as service=Storage (costs only)
    #[arg(long = "filter", value_name = "KEY=VALUE")]
    pub filters: Vec<String>,
    /// Which month a cost row belongs to
    #[arg(long, value_enum, default_value_t = Basis::BillingMonth)]
    pub basis: Basis,
    /// Report in this currency instead of the rules'
    #[arg(long, value_name = "CODE")]
    pub currency: Option<String>,
    /// Convert every month at the average rate of this one
    #[arg(long, value_name = "MONTH")]
    pub constant_rates: Option<String>,
    /// Price usage that no bill covers at its own days' prices, at today's, or at those of a date
    #[arg(long, value_name = "own|today|DATE", default_value = "own")]
    pub prices: String,
    #[command(flatten)]
    pub output: OutputArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Basis {
    /// The issuer's billing period
    BillingMonth,
    /// The civil date of use
    UsageDate,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// A table for the terminal
    Table,
    /// Exact values, comma separated
    Csv,
    /// One JSON document
    Json,
    /// An Excel workbook
    Xlsx,
}

#[derive(Debug, Subcommand)]
pub enum Scenario {
    /// Write a scenario file that reproduces a period's actuals, or an alternative on top of one
    New(NewArgs),
    /// Make a scenario the plan that `report plan` compares with what comes; without a file, list the plans
    Adopt(AdoptArgs),
    /// Write what a month measured into a scenario file
    Calibrate(CalibrateArgs),
    /// Write into a file what it comes to now; from then on it is not edited, and runs only while it comes to the same
    Lock(LockArgs),
    /// Take the lock out of a file
    Unlock(LockArgs),
    /// Tell how a figure of a month comes about: formula, numbers, source and evidence of every input
    Explain(ExplainArgs),
    /// Print the JSON schema of scenario files, for editors
    Schema,
    /// Run scenario files
    Run(ScenarioArgs),
    /// Compare two or more scenario files
    Compare(CompareArgs),
    /// Tell why the second scenario earns another margin than the first, driver by driver; files of scenarios that they
    /// change may follow
    Bridge(ScenarioArgs),
    /// Draw the assumptions that have a range: what margin can be, and how likely a target is
    Simulate(SimulateArgs),
    /// Move each assumption alone, or two at once: what margin hangs on; files of scenarios that it changes may follow
    Sensitivity(SensitivityArgs),
    /// Look for the best candidate of a scenario with [optimise], under its limits
    Optimise(OptimiseArgs),
}

#[derive(Debug, Args)]
pub struct OptimiseArgs {
    /// The scenario file with [optimise], and files of scenarios that it changes
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// What the best is; goes before the file's own
    #[arg(long, value_enum)]
    pub goal: Option<Goal>,
    /// Form of the answer
    #[arg(long, value_enum)]
    pub format: Option<Form>,
    /// Write the best as a scenario file that changes this one
    #[arg(short = 'o', long = "output", value_name = "RESULT.toml")]
    pub output: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Goal {
    /// The highest gross margin over all months
    Margin,
    /// The lowest cost of revenue over all months
    Cost,
    /// The smallest loss, at worst, over the futures of the file
    Regret,
}

#[derive(Debug, Args)]
pub struct SimulateArgs {
    #[command(flatten)]
    pub scenario: ScenarioArgs,
    /// Draws of each scenario
    #[arg(long, default_value_t = DRAWS, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub draws: u32,
    /// Seed; the same seed gives the same bytes
    #[arg(long, default_value_t = u64::from(SEED))]
    pub seed: u64,
    /// Gross margin over all months whose probability is asked, in percent
    #[arg(long, default_value_t = TARGET_PERCENT, allow_negative_numbers = true)]
    pub target_percent: f64,
}

#[derive(Debug, Args)]
pub struct ScenarioArgs {
    /// Scenario files
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    #[command(flatten)]
    pub output: OutputArgs,
}
