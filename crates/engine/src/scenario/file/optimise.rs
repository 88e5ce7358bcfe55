//! `[optimise]`: what may vary, what belongs together, the futures that regret is taken over, and a fleet to be chosen.

use marginline_model::scenario::Evidence;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use toml::{Table, Value};

/// What the best is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Goal {
    /// The highest gross margin over all months.
    #[default]
    Margin,
    /// The lowest cost of revenue over all months.
    Cost,
    /// The smallest regret: the largest loss of margin against the best candidate of each future.
    Regret,
}

impl Goal {
    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Margin => "margin",
            Self::Cost => "cost",
            Self::Regret => "regret",
        }
    }
}

/// What is looked for, and among what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OptimiseFile {
    /// What the best is; the command line goes before.
    pub goal: Option<Goal>,
    /// Runs up to which every candidate is tried; 20,000 when absent.
    pub runs: Option<u32>,
    /// Seed of the starts where there are more candidates than that.
    pub seed: Option<u64>,
    /// Keys with a list of values.
    #[serde(default)]
    pub vary: Vec<VaryFile>,
    /// Choices of several keys that belong together.
    #[serde(default)]
    pub option: Vec<OptionFile>,
    /// What follows from what was chosen.
    #[serde(default)]
    pub when: Vec<WhenFile>,
    /// What may come: regret is taken over these and the file as it stands.
    #[serde(default)]
    pub future: Vec<FutureFile>,
    /// The cheapest GPUs for requests of several sizes.
    pub fleet: Option<FleetFile>,
}

/// A key with the values that it may have.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VaryFile {
    /// Dotted path in this file, such as `component.own.gpus_per_unit`.
    pub path: String,
    /// Name for people; the path's last key when absent.
    pub name: Option<String>,
    /// Each as it would be written at that key.
    #[schemars(with = "Vec<serde_json::Value>")]
    pub values: Vec<Value>,
}

/// One of several choices of keys that belong together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OptionFile {
    /// Name for people, unique among its choices.
    pub name: String,
    /// What it is a choice of; one of each is taken. All options without it are choices of one thing.
    #[serde(default)]
    pub of: String,
    /// Values by dotted path.
    #[schemars(with = "serde_json::Map<String, serde_json::Value>")]
    pub set: Table,
}

/// Values that follow from others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WhenFile {
    /// Values by dotted path that must all hold.
    #[serde(rename = "if")]
    #[schemars(with = "serde_json::Map<String, serde_json::Value>")]
    pub holds: Table,
    /// Values by dotted path that then hold too.
    #[schemars(with = "serde_json::Map<String, serde_json::Value>")]
    pub set: Table,
}

/// A future.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FutureFile {
    /// Name for people.
    pub name: String,
    /// Values by dotted path, laid over every candidate.
    #[schemars(with = "serde_json::Map<String, serde_json::Value>")]
    pub set: Table,
}

/// Requests of several sizes, and the GPUs that can be bought for them (Mélange, arXiv 2404.14527).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FleetFile {
    /// Component of own GPUs that the fleet replaces; may be left out where there is only one.
    pub component: Option<String>,
    /// Each bucket is cut into so many slices, and a slice goes to one type; any share may go anywhere when absent.
    pub slice_factor: Option<u32>,
    /// Units of each type beyond its load, where the type serves anything.
    #[serde(default)]
    pub spare_units: u32,
    /// Largest share of the GPUs that may be spot.
    pub spot_percent: Option<f64>,
    /// Requests by size.
    pub bucket: Vec<BucketFile>,
    /// What can be bought.
    pub gpu: Vec<FleetGpuFile>,
}

/// Requests of about one size.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BucketFile {
    /// Name for people.
    pub name: String,
    /// Share of the component's requests; those of all buckets add up to 100.
    pub share_percent: f64,
}

fn assumed() -> Evidence {
    Evidence::Assumed
}

/// GPUs that can be bought at one price.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FleetGpuFile {
    /// Name of its component; the GPU's type when absent.
    pub name: Option<String>,
    /// GPU type.
    pub gpu: String,
    /// USD of one GPU for an hour: an assumption, as it stands in the component.
    #[schemars(with = "super::Assumption")]
    pub usd_per_gpu_hour: Value,
    /// Requests per second that a unit carries of each bucket alone at the latency target; 0 where it cannot.
    pub requests_per_s: Vec<f64>,
    /// Who says so.
    pub source: Option<String>,
    /// How well that is known, `billed`, `measured`, `published`, `modelled` or `assumed`.
    #[serde(default = "assumed")]
    #[schemars(with = "super::schema::EvidenceWord")]
    pub evidence: Evidence,
    /// GPUs of a unit.
    pub gpus_per_unit: Option<u32>,
    /// GPUs that can be had at most.
    pub available: Option<u32>,
    /// Spot: it counts against `spot_percent`.
    #[serde(default)]
    pub spot: bool,
    /// Further keys of its component, such as `model`.
    #[serde(default)]
    #[schemars(with = "serde_json::Map<String, serde_json::Value>")]
    pub set: Table,
}
