//! How requests are served, as the file says it: a provider's API or own GPUs, alone or several with shares.

use marginline_model::prices::Purchase;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Assumption, BatchHours, ExitFile, MeasuredFile, QualityFile, RetrainingFile, Series, ServingFile, Week,
    one_or_many, serving, span, span_of,
};

/// By what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A provider's API.
    Api,
    /// Own or rented GPUs.
    OwnGpus,
}

/// How far an endpoint may take a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// Anywhere.
    Global,
    /// Over several regions.
    CrossRegion,
    /// It stays in its region.
    Region,
}

/// What a provider's API takes in a minute; what is absent is no limit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RateLimitFile {
    /// Requests.
    pub requests_per_minute: Option<f64>,
    /// Prompt tokens, without those that the cache serves.
    pub input_tokens_per_minute: Option<f64>,
    /// Output tokens.
    pub output_tokens_per_minute: Option<f64>,
}

/// A part of the architecture. Which keys belong to which kind is checked by [`ComponentFile::fault`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
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
    /// Hours of the day, UTC, in which own GPUs do them; all hours when absent.
    pub batch_hours: Option<BatchHours>,
    /// The shape of its own week; that of the demand when absent.
    pub hour_of_week: Option<Week>,
    /// Its prices over those listed or stated, commitments apart: 90 where a contract takes a tenth off.
    pub price_level_percent: Option<Assumption>,
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
    /// How far an endpoint may take a request (API): `region` where a region is stated, else `global`, when absent.
    pub scope: Option<Scope>,
    /// What the provider takes in a minute (API).
    pub rate_limit: Option<RateLimitFile>,
    /// Scores of its model.
    #[serde(default, deserialize_with = "one_or_many")]
    #[schemars(with = "super::schema::OneOrMany<QualityFile>")]
    pub quality: Vec<QualityFile>,
    /// Who rents the GPUs out: `aws`, `azure`, `gcp`, `lambda` and others of the price book.
    pub cloud: Option<String>,
    /// How they are bought: `on-demand` (when absent), `spot`, `reserved-1y`, `reserved-3y`, `capacity-block`.
    pub purchase: Option<String>,
    /// Instance type whose price is taken; the cheapest that fits when absent.
    pub instance: Option<String>,
    /// How the model runs on them.
    pub serving: Option<ServingFile>,
    /// What was measured on them; of an API its latencies.
    #[serde(default)]
    #[schemars(with = "super::schema::MeasuredWritten")]
    pub measured: MeasuredFile,
    /// Fee per request.
    pub usd_per_request: Option<Assumption>,
    /// `true`: no price list knows the model, and `usd_per_request` is all that a request costs.
    pub unlisted: Option<bool>,
    /// GPU type.
    pub gpu: Option<String>,
    /// Output tokens per second of one GPU at the latency target.
    pub output_tokens_per_s_per_gpu: Option<Assumption>,
    /// Uncached prompt tokens per second of one GPU, where prompts are counted apart.
    pub input_tokens_per_s_per_gpu: Option<Assumption>,
    /// Both of these over what they say: what a compiled or quantised engine gains.
    pub speedup: Option<Assumption>,
    /// Price of one GPU hour on demand.
    pub usd_per_gpu_hour: Option<Assumption>,
    /// That price month by month instead.
    pub usd_per_gpu_hour_by_month: Option<Series>,
    /// Currency of its prices instead of USD; one of `[exchange_rates]`.
    pub currency: Option<String>,
    /// GPUs come in units of this many.
    pub gpus_per_unit: Option<u32>,
    /// Units beyond what the load needs.
    pub spare_units: Option<u32>,
    /// A fixed number instead of what the load needs.
    pub gpus: Option<u32>,
    /// How often the fleet stands there; as `[availability]` says when absent.
    pub copies: Option<u32>,
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
    /// Its model is trained anew from time to time: a line of its own.
    pub retraining: Option<RetrainingFile>,
    /// It uses nothing that only its seller has.
    pub portable: Option<bool>,
    /// What leaving it costs.
    pub exit: Option<ExitFile>,
}

/// GPUs paid for in any case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CommittedFile {
    /// How many.
    pub gpus: u32,
    /// USD of one for an hour.
    pub usd_per_gpu_hour: Assumption,
    /// First month of the scenario, counted from 1.
    #[serde(default = "one")]
    pub from_month: u32,
    /// Last month; until the end when absent.
    pub to_month: Option<u32>,
    /// Share of the whole term that is paid when it begins; month by month when absent.
    pub upfront_percent: Option<f64>,
}

/// The last month that a commitment may name: cash and what is left of a contract are followed so far.
pub(super) const MOST_TERM: u32 = 1_200;

fn one() -> u32 {
    1
}

/// Spot for a share of the GPUs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SpotFile {
    /// Share of the GPUs above the commitments.
    pub share_percent: Assumption,
    /// USD of one for an hour.
    pub usd_per_gpu_hour: Assumption,
    /// Share of their time that is not lost to interruption and restart.
    pub useful_percent: Assumption,
}

/// A target for waiting.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WaitingFile {
    /// Requests that a unit works on at a time.
    pub slots_per_unit: u32,
    /// Longest wait over the time that a request takes.
    pub longest_in_service_times: Assumption,
    /// Requests that wait no longer.
    pub in_time_percent: Assumption,
    /// Highest share of the slots that may be taken; all of them when absent.
    pub max_occupancy_percent: Option<Assumption>,
}

/// `reserved-1y` as well as `reserved_1y`.
fn purchase_of(written: &str) -> Option<Purchase> {
    written.trim().to_lowercase().replace('-', "_").parse().ok()
}

impl ComponentFile {
    /// The model that it serves, where the file says.
    #[must_use]
    pub fn served_model(&self) -> Option<&str> {
        self.model.as_deref().or_else(|| self.serving.as_ref().map(|serving| serving.model.as_str()))
    }

    /// `API · claude-haiku-4-5` or `own GPUs · H100 SXM`.
    #[must_use]
    pub fn words(&self) -> String {
        match self.kind {
            Kind::Api => format!("API · {}", self.model.as_deref().unwrap_or_default()),
            Kind::OwnGpus => format!("own GPUs · {}", self.gpu.as_deref().unwrap_or_default()),
        }
    }

    /// Its assumptions by key; those of a table within it by both, `spot.share_percent`, and commitments by their place
    /// from 1, `committed.1.usd_per_gpu_hour`.
    #[must_use]
    pub fn assumptions(&self) -> Vec<(String, &Assumption)> {
        let stated = [
            ("usd_per_gpu_hour", &self.usd_per_gpu_hour),
            ("output_tokens_per_s_per_gpu", &self.output_tokens_per_s_per_gpu),
            ("input_tokens_per_s_per_gpu", &self.input_tokens_per_s_per_gpu),
            ("speedup", &self.speedup),
            ("share_percent", &self.share_percent),
            ("tokenizer_ratio", &self.tokenizer_ratio),
            ("verbosity", &self.verbosity),
            ("input_ratio", &self.input_ratio),
            ("cache_read_ratio", &self.cache_read_ratio),
            ("cache_write_ratio", &self.cache_write_ratio),
            ("weeks_to_live", &self.weeks_to_live),
            ("failed_percent", &self.failed_percent),
            ("batch_percent", &self.batch_percent),
            ("price_level_percent", &self.price_level_percent),
            ("price_change_percent_per_month", &self.price_change_percent_per_month),
            ("usd_per_request", &self.usd_per_request),
        ];
        let stated = stated.into_iter().filter_map(|(key, assumption)| Some((key.to_owned(), assumption.as_ref()?)));
        let mut found: Vec<(String, &Assumption)> = stated.collect();
        for (place, held) in self.committed.iter().enumerate() {
            found.push((format!("committed.{}.usd_per_gpu_hour", place + 1), &held.usd_per_gpu_hour));
        }
        let mut within = |key: &str, assumption| found.push((key.to_owned(), assumption));
        if let Some(spot) = &self.spot {
            within("spot.share_percent", &spot.share_percent);
            within("spot.usd_per_gpu_hour", &spot.usd_per_gpu_hour);
            within("spot.useful_percent", &spot.useful_percent);
        }
        if let Some(waiting) = &self.waiting {
            within("waiting.longest_in_service_times", &waiting.longest_in_service_times);
            within("waiting.in_time_percent", &waiting.in_time_percent);
            if let Some(most) = &waiting.max_occupancy_percent {
                within("waiting.max_occupancy_percent", most);
            }
        }
        if let Some(retraining) = &self.retraining {
            let within = retraining.assumptions().into_iter();
            found.extend(within.map(|(key, assumption)| (format!("retraining.{key}"), assumption)));
        }
        found
    }

    /// What is missing or belongs to the other kind.
    #[must_use]
    pub fn fault(&self) -> Option<String> {
        let api = [
            ("provider", self.provider.is_some()),
            ("service_tier", self.service_tier.is_some()),
            ("usd_per_request", self.usd_per_request.is_some()),
            ("scope", self.scope.is_some()),
            ("rate_limit", self.rate_limit.is_some()),
            ("unlisted", self.unlisted.is_some()),
        ];
        let own = [
            ("gpu", self.gpu.is_some()),
            ("output_tokens_per_s_per_gpu", self.output_tokens_per_s_per_gpu.is_some()),
            ("input_tokens_per_s_per_gpu", self.input_tokens_per_s_per_gpu.is_some()),
            ("usd_per_gpu_hour", self.usd_per_gpu_hour.is_some() || self.usd_per_gpu_hour_by_month.is_some()),
            ("gpus_per_unit", self.gpus_per_unit.is_some()),
            ("spare_units", self.spare_units.is_some()),
            ("gpus", self.gpus.is_some()),
            ("autoscaled", self.autoscaled.is_some()),
            ("committed", !self.committed.is_empty()),
            ("spot", self.spot.is_some()),
            ("waiting", self.waiting.is_some()),
            ("overflow_to", self.overflow_to.is_some()),
            ("cloud", self.cloud.is_some()),
            ("purchase", self.purchase.is_some()),
            ("instance", self.instance.is_some()),
            ("serving", self.serving.is_some()),
            ("speedup", self.speedup.is_some()),
            ("batch_hours", self.batch_hours.is_some()),
            ("currency", self.currency.is_some()),
            ("copies", self.copies.is_some()),
        ];
        let is_rated =
            self.output_tokens_per_s_per_gpu.is_some() || self.serving.is_some() || !self.measured.is_empty();
        let is_priced = self.usd_per_gpu_hour.is_some()
            || self.usd_per_gpu_hour_by_month.is_some()
            || (self.cloud.is_some() && self.priced_at.is_some());
        let (needed, foreign, word) = match self.kind {
            Kind::Api => ([api[0], ("model", self.model.is_some()), self.priced_by()], own.as_slice(), "own-gpus"),
            Kind::OwnGpus => (
                [own[0], ("output_tokens_per_s_per_gpu", is_rated), ("usd_per_gpu_hour", is_priced)],
                api.as_slice(),
                "api",
            ),
        };
        if let Some((key, _)) = foreign.iter().find(|(_, is_there)| *is_there) {
            return Some(format!("{key} belongs to kind \"{word}\""));
        }
        if let Some((key, _)) = needed.iter().find(|(_, is_there)| !is_there) {
            return Some(match *key {
                "output_tokens_per_s_per_gpu" => format!("{key} is missing; state it, serving or measured"),
                "usd_per_gpu_hour" => format!("{key} is missing; state it, or cloud, region and priced_at"),
                _ => format!("{key} is missing"),
            });
        }
        self.span_fault().or_else(|| self.shape_fault()).or_else(|| self.limit_fault())
    }

    /// Is all that a request of it costs stated, because no price list knows its model?
    #[must_use]
    pub fn is_unlisted(&self) -> bool {
        self.unlisted == Some(true)
    }

    /// The key that says what an API costs, and whether it is there.
    fn priced_by(&self) -> (&'static str, bool) {
        match self.is_unlisted() {
            true => ("usd_per_request", self.usd_per_request.is_some()),
            false => ("priced_at", self.priced_at.is_some()),
        }
    }

    fn limit_fault(&self) -> Option<String> {
        if let Some(rates) = &self.rate_limit {
            let rates = [rates.requests_per_minute, rates.input_tokens_per_minute, rates.output_tokens_per_minute];
            let keys = ["requests_per_minute", "input_tokens_per_minute", "output_tokens_per_minute"];
            let wrong = |(key, rate)| span::fault("RateLimitFile", key, rate);
            if let Some(fault) = keys.into_iter().zip(rates).find_map(wrong) {
                return Some(format!("rate_limit: {fault}"));
            }
        }
        if self.output_tokens_per_s_per_gpu.is_none() && self.input_tokens_per_s_per_gpu.is_some() {
            return Some("input_tokens_per_s_per_gpu: prompts are counted in the rate of serving and measured".into());
        }
        if let Some(replica) = self.serving.as_ref().map(ServingFile::gpus)
            && self.gpus_per_unit.is_some_and(|unit| replica == 0 || !unit.is_multiple_of(replica))
        {
            return Some(format!("gpus_per_unit is no multiple of the {replica} GPUs of a replica"));
        }
        let purchase = self.purchase.as_deref().map(|written| (written, purchase_of(written)));
        if let Some((written, None)) = purchase {
            return Some(format!(
                "purchase is {written:?}, expected on-demand, spot, reserved-1y, reserved-3y or capacity-block"
            ));
        }
        serving::fault(self.serving.as_ref(), &self.measured)
            .or_else(|| self.quality.iter().find_map(QualityFile::fault).map(|fault| format!("quality: {fault}")))
    }

    /// How its GPUs are bought.
    #[must_use]
    pub fn bought(&self) -> Purchase {
        self.purchase.as_deref().and_then(purchase_of).unwrap_or(Purchase::OnDemand)
    }

    fn shape_fault(&self) -> Option<String> {
        if self.is_unlisted() && (self.priced_at.is_some() || self.batch_percent.is_some()) {
            return Some("unlisted: a model that no price list knows has no priced_at and no batch_percent".into());
        }
        if self.usd_per_gpu_hour.is_some() && self.usd_per_gpu_hour_by_month.is_some() {
            return Some("both usd_per_gpu_hour and usd_per_gpu_hour_by_month are stated; leave one out".into());
        }
        let series = self
            .usd_per_gpu_hour_by_month
            .as_ref()
            .and_then(|series| series.fault(span_of("usd_per_gpu_hour_by_month")));
        let week = self.hour_of_week.as_ref().and_then(Week::fault).map(|fault| format!("hour_of_week: {fault}"));
        let hours = self.batch_hours.as_ref().and_then(|hours| hours.week().err());
        let retraining = self.retraining.as_ref().and_then(RetrainingFile::fault);
        series
            .map(|fault| format!("usd_per_gpu_hour_by_month: {fault}"))
            .or(week)
            .or_else(|| hours.map(|fault| format!("batch_hours: {fault}")))
            .or_else(|| retraining.map(|fault| format!("retraining: {fault}")))
    }

    fn span_fault(&self) -> Option<String> {
        let counts = [
            ("gpus_per_unit", self.gpus_per_unit),
            ("spare_units", self.spare_units),
            ("gpus", self.gpus),
            ("copies", self.copies),
        ];
        let wrong = |(key, count): (&str, Option<u32>)| span::fault("ComponentFile", key, count.map(f64::from));
        if let Some(fault) = counts.into_iter().find_map(wrong) {
            return Some(fault);
        }
        let upside_down =
            |held: &&CommittedFile| held.from_month == 0 || held.to_month.is_some_and(|to| to < held.from_month);
        let is_endless =
            |held: &&CommittedFile| held.from_month > MOST_TERM || held.to_month.is_some_and(|to| to > MOST_TERM);
        let bent = self.committed.iter().find(upside_down).map(|held| {
            format!("committed: from_month {} is not a month up to to_month, counted from 1", held.from_month)
        });
        bent.or_else(|| {
            let held = self.committed.iter().find(is_endless)?;
            let (key, month) = match held.to_month {
                Some(to) if to > MOST_TERM => ("to_month", to),
                _ => ("from_month", held.from_month),
            };
            Some(format!("committed: {key} is {month}, expected 1 to {MOST_TERM}: a term of at most a hundred years"))
        })
    }
}
