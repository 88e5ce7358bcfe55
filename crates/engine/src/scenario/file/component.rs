//! How requests are served, as the file says it: a provider's API or own GPUs, alone or several with shares.

use serde::Deserialize;

use super::{Assumption, ExitFile};

/// By what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A provider's API.
    Api,
    /// Own or rented GPUs.
    OwnGpus,
}

/// A part of the architecture. Which keys belong to which kind is checked by [`ComponentFile::fault`].
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ComponentFile {
    /// Name, unique in the file; needed where there are several.
    pub name: Option<String>,
    /// By what.
    pub kind: Kind,
    /// Share of the requests; the first component without one takes the rest.
    pub share_percent: Option<Assumption>,
    /// Its tokens for the same text over those of the demand.
    pub tokenizer_ratio: Option<Assumption>,
    /// Its output for the same request over that of the demand.
    pub verbosity: Option<Assumption>,
    /// Its uncached input tokens of a request over those of the demand.
    pub input_ratio: Option<Assumption>,
    /// Its cache reads of a request over those of the demand.
    pub cache_read_ratio: Option<Assumption>,
    /// Its cache writes of a request over those of the demand.
    pub cache_write_ratio: Option<Assumption>,
    /// Weeks until it serves anything.
    pub weeks_to_live: Option<Assumption>,
    /// Later component that serves its share until then.
    pub until_live: Option<String>,
    /// Requests that fail on it.
    pub failed_percent: Option<Assumption>,
    /// Later component that serves what failed.
    pub fallback_to: Option<String>,
    /// Requests that can wait: a batch of an API, or quiet hours of own GPUs.
    pub batch_percent: Option<Assumption>,
    /// Change of its prices per month.
    pub price_change_percent_per_month: Option<Assumption>,
    /// Provider id of the price list.
    pub provider: Option<String>,
    /// Model id.
    pub model: Option<String>,
    /// Date whose prices hold.
    pub priced_at: Option<String>,
    /// Service tier of the price list; the standard one when absent.
    pub service_tier: Option<String>,
    /// Region it is asked or stands in.
    pub region: Option<String>,
    /// Fee per request.
    pub usd_per_request: Option<Assumption>,
    /// GPU type.
    pub gpu: Option<String>,
    /// Output tokens per second of one GPU at the latency target.
    pub output_tokens_per_s_per_gpu: Option<Assumption>,
    /// Uncached prompt tokens per second of one GPU, where prompts are counted apart.
    pub input_tokens_per_s_per_gpu: Option<Assumption>,
    /// Price of one GPU hour on demand.
    pub usd_per_gpu_hour: Option<Assumption>,
    /// GPUs come in units of this many.
    pub gpus_per_unit: Option<u32>,
    /// Units beyond what the load needs.
    pub spare_units: Option<u32>,
    /// A fixed number instead of what the load needs.
    pub gpus: Option<u32>,
    /// GPUs are paid only in the hours that need them.
    pub autoscaled: Option<bool>,
    /// GPUs paid for in any case.
    #[serde(default)]
    pub committed: Vec<CommittedFile>,
    /// Spot for a share of the rest.
    pub spot: Option<SpotFile>,
    /// A target for waiting.
    pub waiting: Option<WaitingFile>,
    /// Later component that takes what a stated number of GPUs cannot serve.
    pub overflow_to: Option<String>,
    /// It uses nothing that only its seller has.
    pub portable: Option<bool>,
    /// What leaving it costs.
    pub exit: Option<ExitFile>,
}

/// GPUs paid for in any case.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommittedFile {
    /// How many.
    pub gpus: u32,
    /// USD of one for an hour.
    pub usd_per_gpu_hour: f64,
    /// First month of the scenario, counted from 1.
    #[serde(default = "one")]
    pub from_month: u32,
    /// Last month; until the end when absent.
    pub to_month: Option<u32>,
    /// Share of the whole term that is paid when it begins; month by month when absent.
    pub upfront_percent: Option<f64>,
}

fn one() -> u32 {
    1
}

/// Spot for a share of the GPUs.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpotFile {
    /// Share of the GPUs above the commitments.
    pub share_percent: f64,
    /// USD of one for an hour.
    pub usd_per_gpu_hour: f64,
    /// Share of their time that is not lost to interruption and restart.
    pub useful_percent: f64,
}

/// A target for waiting.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WaitingFile {
    /// Requests that a unit works on at a time.
    pub slots_per_unit: u32,
    /// Longest wait over the time that a request takes.
    pub longest_in_service_times: f64,
    /// Requests that wait no longer.
    pub in_time_percent: f64,
    /// Highest share of the slots that may be taken.
    #[serde(default = "all")]
    pub max_occupancy_percent: f64,
}

fn all() -> f64 {
    100.0
}

impl ComponentFile {
    /// `API · claude-haiku-4-5` or `own GPUs · H100 SXM`.
    #[must_use]
    pub fn words(&self) -> String {
        match self.kind {
            Kind::Api => format!("API · {}", self.model.as_deref().unwrap_or_default()),
            Kind::OwnGpus => format!("own GPUs · {}", self.gpu.as_deref().unwrap_or_default()),
        }
    }

    /// Its assumptions by key.
    #[must_use]
    pub fn assumptions(&self) -> Vec<(&'static str, &Assumption)> {
        [
            ("usd_per_gpu_hour", &self.usd_per_gpu_hour),
            ("output_tokens_per_s_per_gpu", &self.output_tokens_per_s_per_gpu),
            ("input_tokens_per_s_per_gpu", &self.input_tokens_per_s_per_gpu),
            ("share_percent", &self.share_percent),
            ("tokenizer_ratio", &self.tokenizer_ratio),
            ("verbosity", &self.verbosity),
            ("input_ratio", &self.input_ratio),
            ("cache_read_ratio", &self.cache_read_ratio),
            ("cache_write_ratio", &self.cache_write_ratio),
            ("weeks_to_live", &self.weeks_to_live),
            ("failed_percent", &self.failed_percent),
            ("batch_percent", &self.batch_percent),
            ("price_change_percent_per_month", &self.price_change_percent_per_month),
            ("usd_per_request", &self.usd_per_request),
        ]
        .into_iter()
        .filter_map(|(key, assumption)| Some((key, assumption.as_ref()?)))
        .collect()
    }

    /// What is missing or belongs to the other kind.
    #[must_use]
    pub fn fault(&self) -> Option<String> {
        let api = [
            ("provider", self.provider.is_some()),
            ("priced_at", self.priced_at.is_some()),
            ("service_tier", self.service_tier.is_some()),
            ("usd_per_request", self.usd_per_request.is_some()),
        ];
        let own = [
            ("gpu", self.gpu.is_some()),
            ("output_tokens_per_s_per_gpu", self.output_tokens_per_s_per_gpu.is_some()),
            ("input_tokens_per_s_per_gpu", self.input_tokens_per_s_per_gpu.is_some()),
            ("usd_per_gpu_hour", self.usd_per_gpu_hour.is_some()),
            ("gpus_per_unit", self.gpus_per_unit.is_some()),
            ("spare_units", self.spare_units.is_some()),
            ("gpus", self.gpus.is_some()),
            ("autoscaled", self.autoscaled.is_some()),
            ("committed", !self.committed.is_empty()),
            ("spot", self.spot.is_some()),
            ("waiting", self.waiting.is_some()),
            ("overflow_to", self.overflow_to.is_some()),
        ];
        let (needed, foreign, word) = match self.kind {
            Kind::Api => ([api[0], ("model", self.model.is_some()), api[1]], own.as_slice(), "own-gpus"),
            Kind::OwnGpus => ([own[0], own[1], own[3]], api.as_slice(), "api"),
        };
        if let Some((key, _)) = foreign.iter().find(|(_, is_there)| *is_there) {
            return Some(format!("{key} belongs to kind \"{word}\""));
        }
        if let Some((key, _)) = needed.iter().find(|(_, is_there)| !is_there) {
            return Some(format!("{key} is missing"));
        }
        self.span_fault()
    }

    fn span_fault(&self) -> Option<String> {
        if self.output_tokens_per_s_per_gpu.as_ref().is_some_and(|rate| rate.value <= 0.0) {
            return Some("output_tokens_per_s_per_gpu must be above 0".into());
        }
        if self.input_tokens_per_s_per_gpu.as_ref().is_some_and(|rate| rate.value <= 0.0) {
            return Some("input_tokens_per_s_per_gpu must be above 0".into());
        }
        if !(1..=1_024).contains(&self.gpus_per_unit.unwrap_or(1)) {
            return Some("gpus_per_unit must be 1 to 1024".into());
        }
        if self.spare_units.unwrap_or(0) > 10_000 || self.gpus.is_some_and(|gpus| gpus > 1_000_000) {
            return Some("at most 10,000 spare units and 1,000,000 GPUs".into());
        }
        let upside_down =
            |held: &&CommittedFile| held.from_month == 0 || held.to_month.is_some_and(|to| to < held.from_month);
        self.committed.iter().find(upside_down).map(|held| {
            format!("committed: from_month {} is not a month up to to_month, counted from 1", held.from_month)
        })
    }
}
