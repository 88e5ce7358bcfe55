//! How a share of the requests is served: by a provider's API, or on own or rented GPUs.

use std::fmt;

use super::demand::{TokensPerRequest, power};
use super::price_step::PriceStep;
use super::series::along;
use super::units::{MOST_UNITS, whole_units};
use super::{Evidence, Load};
use crate::Currency;
use crate::capacity::Staircase;

/// USD per million tokens, one absolute price a class.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct TokenPrices {
    /// Uncached input.
    pub input_usd_per_mtok: f64,
    /// Cache reads.
    pub cache_read_usd_per_mtok: f64,
    /// Cache writes.
    pub cache_write_usd_per_mtok: f64,
    /// Output.
    pub output_usd_per_mtok: f64,
}

impl TokenPrices {
    /// Price of one request: Σ tokens of a class ÷ 10⁶ × its price (domain §1.1).
    #[must_use]
    pub fn usd_per_request(&self, tokens: TokensPerRequest) -> f64 {
        (tokens.input * self.input_usd_per_mtok
            + tokens.cache_read * self.cache_read_usd_per_mtok
            + tokens.cache_write * self.cache_write_usd_per_mtok
            + tokens.output * self.output_usd_per_mtok)
            / 1e6
    }
}

/// Token classes that have no price; a request may not use them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Unpriced {
    /// Uncached input.
    pub input: bool,
    /// Cache reads.
    pub cache_read: bool,
    /// Cache writes.
    pub cache_write: bool,
    /// Output.
    pub output: bool,
}

impl Unpriced {
    /// A class of these tokens that has no price, in words.
    #[must_use]
    pub fn used_by(self, tokens: TokensPerRequest) -> Option<&'static str> {
        let classes = [
            (self.input, tokens.input, "input tokens"),
            (self.cache_read, tokens.cache_read, "cache reads"),
            (self.cache_write, tokens.cache_write, "cache writes"),
            (self.output, tokens.output, "output tokens"),
        ];
        classes.into_iter().find(|(lacks, used, _)| *lacks && *used > 0.0).map(|(_, _, name)| name)
    }
}

/// A provider's API, paid by token.
#[derive(Clone, PartialEq)]
pub struct Api {
    /// Prices of interactive requests, for prompts as long as they are in these inputs.
    pub prices: TokenPrices,
    /// Share of the requests sent as a batch.
    pub batch_share: f64,
    /// Prices of a batch.
    pub batch_prices: TokenPrices,
    /// Fee per request beside its tokens.
    pub usd_per_request: f64,
    /// Change of all its prices per month; −0.03 falls by 3 %.
    pub change_per_month: f64,
    /// All its prices over those listed: 0.9 where a contract takes a tenth off.
    pub price_level: f64,
    /// Token classes that it has no price for.
    pub unpriced: Unpriced,
    /// Prices by the length of a prompt, the shortest first, of a model that has more than one; else empty. Another
    /// length takes its prices from here: see [`super::Knob::set`].
    pub steps: Vec<PriceStep>,
}

/// As derived, with steps only where there are any: the hash of a scenario is that of these words, and that of one
/// without steps stays what it was.
impl fmt::Debug for Api {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut told = to.debug_struct("Api");
        told.field("prices", &self.prices)
            .field("batch_share", &self.batch_share)
            .field("batch_prices", &self.batch_prices)
            .field("usd_per_request", &self.usd_per_request)
            .field("change_per_month", &self.change_per_month)
            .field("price_level", &self.price_level)
            .field("unpriced", &self.unpriced);
        if !self.steps.is_empty() {
            told.field("steps", &self.steps);
        }
        told.finish()
    }
}

impl Default for Api {
    fn default() -> Self {
        Self {
            prices: TokenPrices::default(),
            batch_share: 0.0,
            batch_prices: TokenPrices::default(),
            usd_per_request: 0.0,
            change_per_month: 0.0,
            price_level: 1.0,
            unpriced: Unpriced::default(),
            steps: Vec::new(),
        }
    }
}

impl Api {
    /// Interactive requests at these prices, which stay.
    #[must_use]
    pub fn at(prices: TokenPrices) -> Self {
        Self { prices, ..Self::default() }
    }

    /// Price of one request in the `index`th month.
    #[must_use]
    pub fn usd_per_request(&self, tokens: TokensPerRequest, index: u32) -> f64 {
        let interactive = self.prices.usd_per_request(tokens);
        let each = if self.batch_share > 0.0 {
            interactive * (1.0 - self.batch_share) + self.batch_prices.usd_per_request(tokens) * self.batch_share
        } else {
            interactive
        };
        (each + self.usd_per_request) * power(1.0 + self.change_per_month, index) * self.price_level
    }
}

/// GPUs that are paid for whether used or not.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Committed {
    /// How many.
    pub gpus: u32,
    /// Price of one for an hour: the EffectiveCost of the commitment.
    pub usd_per_gpu_hour: f64,
    /// First month, 0 the scenario's first.
    pub from: u32,
    /// Last month; `None` until the end.
    pub to: Option<u32>,
}

/// A part of the fleet that its owner may take back.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spot {
    /// Share of the GPUs above the commitments.
    pub share: f64,
    /// Price of one for an hour.
    pub usd_per_gpu_hour: f64,
    /// Share of their time that is not lost to interruption and restart (domain §3).
    pub useful_share: f64,
}

/// A target for waiting, that needs more units than the mean load does (Erlang C; see [`crate::capacity`]).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Waiting {
    /// Requests that a unit works on at a time.
    pub slots_per_unit: u32,
    /// Longest wait, in times of service.
    pub longest: f64,
    /// Share of the requests that waits no longer, below 1.
    pub share_in_time: f64,
    /// Highest share of its slots that may be taken, above 0, at most 1.
    pub max_occupancy: f64,
}

/// Own or rented GPUs.
#[derive(Debug, Clone, PartialEq)]
pub struct OwnGpus {
    /// Output tokens per second one GPU serves at the latency target, cache and prompt as in the demand.
    pub output_tokens_per_s_per_gpu: f64,
    /// Uncached prompt tokens per second of one GPU, where prompts are counted apart from output.
    pub input_tokens_per_s_per_gpu: Option<f64>,
    /// Output and prompt tokens per second over those stated: what a compiled or quantised engine gains.
    pub speedup: f64,
    /// Price of one GPU for one hour, on demand.
    pub usd_per_gpu_hour: f64,
    /// That price month by month instead; after the last of them its change goes on. Empty where only the first month is
    /// stated.
    pub by_month: Vec<f64>,
    /// Change of that price per month.
    pub change_per_month: f64,
    /// Prices of GPUs that are not committed over those stated.
    pub price_level: f64,
    /// GPUs come in units of this many (a node, a tensor-parallel group).
    pub gpus_per_unit: u32,
    /// Units beyond what the load needs (N+1).
    pub spare_units: u32,
    /// How often the fleet stands there, each copy able to serve everything: 2 with a second region.
    pub copies: u32,
    /// A fixed number of GPUs of each copy instead of what the load needs.
    pub stated_gpus: Option<u32>,
    /// GPUs paid for in any case.
    pub committed: Vec<Committed>,
    /// Spot instead of on demand for a share of the rest.
    pub spot: Option<Spot>,
    /// GPUs above the commitments are paid only in the hours that need them.
    pub is_autoscaled: bool,
    /// A target for waiting; without one, units are load ÷ capacity, rounded up.
    pub waiting: Option<Waiting>,
    /// Index of a later component that takes what a stated number of GPUs cannot serve.
    pub overflow: Option<usize>,
    /// The loads at which each further unit is needed; see [`super::Inputs::tabulated`].
    pub table: Option<Staircase>,
}

impl OwnGpus {
    /// GPUs on demand, one at a time, as many as the load needs.
    #[must_use]
    pub fn on_demand(output_tokens_per_s_per_gpu: f64, usd_per_gpu_hour: f64) -> Self {
        Self {
            output_tokens_per_s_per_gpu,
            input_tokens_per_s_per_gpu: None,
            speedup: 1.0,
            usd_per_gpu_hour,
            by_month: Vec::new(),
            change_per_month: 0.0,
            price_level: 1.0,
            gpus_per_unit: 1,
            spare_units: 0,
            copies: 1,
            stated_gpus: None,
            committed: Vec::new(),
            spot: None,
            is_autoscaled: false,
            waiting: None,
            overflow: None,
            table: None,
        }
    }

    /// Seconds of one GPU that a request takes.
    #[must_use]
    pub fn gpu_seconds(&self, tokens: TokensPerRequest) -> f64 {
        let prompt = self.input_tokens_per_s_per_gpu.map_or(0.0, |rate| (tokens.input + tokens.cache_write) / rate);
        (prompt + tokens.output / self.output_tokens_per_s_per_gpu) / self.speedup
    }

    /// Whole units for a load in GPUs kept busy.
    #[must_use]
    pub fn units(&self, busy_gpus: f64) -> u32 {
        let load = busy_gpus / f64::from(self.gpus_per_unit);
        let Some(waiting) = &self.waiting else { return whole_units(load) };
        let arrivals = load * f64::from(waiting.slots_per_unit);
        let needed = match &self.table {
            Some(table) => table.units_needed(arrivals),
            None => waiting.pool().ok().and_then(|pool| pool.units_needed(arrivals)),
        };
        needed.map_or(MOST_UNITS, |units| units.min(MOST_UNITS))
    }

    /// GPUs committed in the `index`th month, and what they cost an hour.
    #[must_use]
    pub fn committed(&self, index: u32) -> (u32, f64) {
        let held = |each: &&Committed| index >= each.from && each.to.is_none_or(|to| index <= to);
        self.committed
            .iter()
            .filter(held)
            .fold((0, 0.0), |(gpus, usd), each| (gpus + each.gpus, usd + f64::from(each.gpus) * each.usd_per_gpu_hour))
    }

    /// USD of one hour of a GPU that is not committed, in the `index`th month.
    #[must_use]
    pub fn open_usd_per_gpu_hour(&self, index: u32) -> f64 {
        let change = 1.0 + self.change_per_month;
        let (stated, past) = along(self.usd_per_gpu_hour, &self.by_month, index);
        let on_demand = stated * power(change, past);
        let mixed = self.spot.map_or(on_demand, |spot| {
            let taken = spot.usd_per_gpu_hour * power(change, index) / spot.useful_share;
            on_demand * (1.0 - spot.share) + spot.share * taken
        });
        mixed * self.price_level
    }
}

/// How requests are served.
#[derive(Debug, Clone, PartialEq)]
pub enum Serving {
    /// A provider's API, paid by token.
    Api(Api),
    /// GPUs, paid by hour.
    OwnGpus(OwnGpus),
}

/// How the requests of a component differ from those of the demand, class by class: a router sends long prompts to one
/// model, and only some providers store prompts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClassRatios {
    /// Its uncached input tokens of a request over those of the demand.
    pub input: f64,
    /// Its cache reads over those of the demand.
    pub cache_read: f64,
    /// Its cache writes over those of the demand.
    pub cache_write: f64,
}

impl Default for ClassRatios {
    fn default() -> Self {
        Self { input: 1.0, cache_read: 1.0, cache_write: 1.0 }
    }
}

/// A part of the architecture that serves a share of the requests.
#[derive(Debug, Clone, PartialEq)]
pub struct Component {
    /// Name of its line of cost.
    pub label: String,
    /// Evidence of its price; what its line rests on beside that is asked of the whole formula.
    pub evidence: Evidence,
    /// Where it stands, in words: provider and model, or GPU, and region. Prices are only sold together with it.
    pub placement: String,
    /// Share of the requests; those of all components add up to 1.
    pub share: f64,
    /// Its share is what the others leave, so it gives way when one of theirs is moved.
    pub takes_rest: bool,
    /// Currency of its prices; `None` is USD.
    pub currency: Option<Currency>,
    /// The shape of its week.
    pub load: Load,
    /// Its tokens for the same text over those of the demand: models cut text differently.
    pub tokenizer_ratio: f64,
    /// Its output for the same request over that of the demand.
    pub verbosity: f64,
    /// Its prompts over those of the demand, by class.
    pub ratios: ClassRatios,
    /// Months until it serves anything; its share goes to `until_live` before.
    pub live_after_months: f64,
    /// Index of a later component that serves its share until it is live.
    pub until_live: Option<usize>,
    /// Share of its requests that fail and go to `fallback`; a failed one is not paid.
    pub failed_share: f64,
    /// Index of a later component that serves what failed.
    pub fallback: Option<usize>,
    /// By what.
    pub serving: Serving,
}

impl Component {
    /// Serves everything, from the first month.
    #[must_use]
    pub fn whole(label: &str, evidence: Evidence, load: Load, serving: Serving) -> Self {
        Self {
            label: label.to_owned(),
            evidence,
            placement: String::new(),
            share: 1.0,
            takes_rest: false,
            currency: None,
            load,
            tokenizer_ratio: 1.0,
            verbosity: 1.0,
            ratios: ClassRatios::default(),
            live_after_months: 0.0,
            until_live: None,
            failed_share: 0.0,
            fallback: None,
            serving,
        }
    }

    /// Tokens of a request of the demand, as this component counts them.
    #[must_use]
    pub fn tokens(&self, demand: TokensPerRequest) -> TokensPerRequest {
        let ratio = self.tokenizer_ratio;
        TokensPerRequest {
            input: demand.input * ratio * self.ratios.input,
            cache_read: demand.cache_read * ratio * self.ratios.cache_read,
            cache_write: demand.cache_write * ratio * self.ratios.cache_write,
            output: demand.output * ratio * self.verbosity,
        }
    }

    /// Share of the `index`th month in which it is live.
    #[must_use]
    pub fn live_share(&self, index: u32) -> f64 {
        (f64::from(index) + 1.0 - self.live_after_months).clamp(0.0, 1.0)
    }
}
