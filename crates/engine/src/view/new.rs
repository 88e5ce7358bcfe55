//! A scenario that begins in the window: what it may begin from, what is asked, and what it would be.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::{Choice, Kpi, Notice, Table};

/// A period of the ledger that a scenario can be written from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct PeriodChoice {
    /// Stable name: its first and last month.
    pub id: String,
    /// What a person reads.
    pub label: String,
    /// `Last full months`, `Quarters` or `Months`.
    pub group: String,
    /// First month, `YYYY-MM`.
    pub from: String,
    /// Last month, included.
    pub to: String,
    /// The month after it.
    pub next: String,
}

/// A ready patch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct PatchChoice {
    /// Its word: `own-gpus`, `cheaper-model` or `batch`.
    pub id: String,
    /// Its name for people.
    pub label: String,
    /// What it changes, in one line.
    pub about: String,
}

/// What a new scenario may begin from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct NewChoices {
    /// Periods of the ledger that hold requests, the one to begin with first; none where it holds none.
    pub periods: Vec<PeriodChoice>,
    /// Products with usage.
    pub products: Vec<Choice>,
    /// Months that a run can start in.
    pub starts: Vec<Choice>,
    /// First month of the workspace's scenarios, so that a new one can be compared with them; `None` without any.
    pub start: Option<String>,
    /// Months of a run: those of the workspace's scenarios, else 24.
    pub months: u32,
    /// Ready patches.
    pub patches: Vec<PatchChoice>,
}

/// A scenario from a period's actuals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type, Default)]
pub struct ActualsQuery {
    /// First month, `YYYY-MM`.
    pub from: String,
    /// Last month, included.
    pub to: String,
    /// Only this product; all of them when absent.
    pub product: Option<String>,
    /// Name; said from the period when absent.
    pub name: Option<String>,
    /// First month of the run; the last of the period when absent.
    pub start: Option<String>,
    /// Months of the run, 1 to 120.
    pub months: u32,
}

/// A scenario that changes another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type, Default)]
pub struct PatchQuery {
    /// Id of the scenario that it changes.
    pub base: String,
    /// The patch's word.
    pub patch: String,
    /// Name; said from base and patch when absent.
    pub name: Option<String>,
    /// `provider/model` to change to.
    pub model: Option<String>,
    /// GPU type.
    pub gpu: Option<String>,
    /// USD of one GPU for an hour, a decimal string.
    pub usd_per_gpu_hour: Option<String>,
    /// Output tokens per second of one GPU, a decimal string.
    pub output_tokens_per_s_per_gpu: Option<String>,
}

/// What a new scenario begins from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(tag = "from", rename_all = "snake_case")]
pub enum NewQuery {
    /// From actuals.
    Actuals {
        /// Which.
        query: ActualsQuery,
    },
    /// From another scenario.
    Patch {
        /// Which, and what it changes.
        query: PatchQuery,
    },
}

/// A new scenario before it is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct NewPreview {
    /// Its name.
    pub name: String,
    /// The file.
    pub text: String,
    /// Margin of what it begins from, and its own.
    pub kpis: Vec<Kpi>,
    /// Actuals beside the scenario, line by line; `None` for a patch.
    pub table: Option<Table>,
    /// Limits that are not simply kept.
    pub notices: Vec<Notice>,
}
