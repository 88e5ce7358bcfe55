//! One function makes money: [`month`], for run, compare, break-even and the slider alike.
//!
//! Requests become tokens by class, tokens become load by hour of week, load becomes GPUs, and everything
//! becomes money by line. This is a projection, so it is in `f64`; the ledger never sees it.

use serde::{Deserialize, Serialize};

use crate::Month;

/// Where a figure comes from, strongest first. A sum is labelled by the weakest part above 5 % of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    /// On a bill.
    Billed,
    /// Measured by the user.
    Measured,
    /// Published by its seller or a named source.
    Published,
    /// Computed from a model or a price list.
    Modelled,
    /// Somebody's assumption.
    Assumed,
}

impl Evidence {
    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Billed => "billed",
            Self::Measured => "measured",
            Self::Published => "published",
            Self::Modelled => "modelled",
            Self::Assumed => "assumed",
        }
    }

    /// From its word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Billed, Self::Measured, Self::Published, Self::Modelled, Self::Assumed]
            .into_iter()
            .find(|each| each.word() == word)
    }
}

/// Tokens of one request by class. Input excludes what the cache served or stored.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct TokensPerRequest {
    /// Uncached input tokens.
    pub input: f64,
    /// Tokens read from the prompt cache.
    pub cache_read: f64,
    /// Tokens written to the prompt cache.
    pub cache_write: f64,
    /// Output tokens, reasoning included.
    pub output: f64,
}

impl TokensPerRequest {
    /// All classes together.
    #[must_use]
    pub fn total(self) -> f64 {
        self.input + self.cache_read + self.cache_write + self.output
    }
}

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

/// Own or rented GPUs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OwnGpus {
    /// Output tokens per second one GPU serves at the latency target, cache and prompt as in the demand.
    pub output_tokens_per_s_per_gpu: f64,
    /// Price of one GPU for one hour.
    pub usd_per_gpu_hour: f64,
    /// GPUs come in units of this many (a node, a tensor-parallel group).
    pub gpus_per_unit: u32,
    /// Units beyond what the load needs (N+1).
    pub spare_units: u32,
    /// A fixed number of GPUs instead of what the load needs.
    pub stated_gpus: Option<u32>,
}

/// How requests are served.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Architecture {
    /// A provider's API, paid by token.
    Api(TokenPrices),
    /// GPUs, paid by hour.
    OwnGpus(OwnGpus),
}

/// A further line of cost.
#[derive(Debug, Clone, PartialEq)]
pub struct OtherLine {
    /// Its name.
    pub label: String,
    /// Fixed part.
    pub usd_per_month: f64,
    /// Part that grows with load.
    pub usd_per_request: f64,
    /// Where it comes from.
    pub evidence: Evidence,
}

/// Everything [`month`] needs.
#[derive(Debug, Clone, PartialEq)]
pub struct Inputs {
    /// First month.
    pub start: Month,
    /// Number of months.
    pub months: u32,
    /// Requests in the first month.
    pub requests_per_month: f64,
    /// Growth of requests per month; 0.06 is 6 %.
    pub growth_per_month: f64,
    /// Tokens of one request.
    pub tokens: TokensPerRequest,
    /// Recognised revenue per request.
    pub revenue_usd_per_request: f64,
    /// Load by hour of week relative to its mean; 168 values from Monday 00:00 UTC with mean 1.
    pub hour_of_week: Vec<f64>,
    /// How requests are served.
    pub architecture: Architecture,
    /// Evidence of the architecture's own line.
    pub evidence: Evidence,
    /// Name of the architecture's own line.
    pub line: String,
    /// Further lines.
    pub other: Vec<OtherLine>,
}

/// Needed and provided capacity of a month.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Capacity {
    /// GPUs that the busiest hour needs, whole units.
    pub gpus_needed: u32,
    /// GPUs paid for.
    pub gpus_provided: u32,
    /// Mean load ÷ capacity provided, 0 to 1 (above 1: overloaded on average).
    pub utilisation: f64,
    /// Spare capacity in the busiest hour ÷ capacity provided; negative when short.
    pub headroom: f64,
    /// Load in the busiest hour.
    pub peak_output_tokens_per_s: f64,
}

/// One line of cost.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Its name.
    pub label: String,
    /// Cost in the month.
    pub usd: f64,
    /// Where it comes from.
    pub evidence: Evidence,
}

/// One month of a scenario.
#[derive(Debug, Clone, PartialEq)]
pub struct MonthResult {
    /// Which month.
    pub month: Month,
    /// Requests served.
    pub requests: f64,
    /// Tokens of all classes.
    pub tokens: f64,
    /// Recognised revenue.
    pub revenue_usd: f64,
    /// Cost of revenue by line.
    pub lines: Vec<Line>,
    /// Sum of the lines.
    pub cost_usd: f64,
    /// Capacity, where capacity is owned.
    pub capacity: Option<Capacity>,
}

impl MonthResult {
    /// Revenue less cost of revenue.
    #[must_use]
    pub fn margin_usd(&self) -> f64 {
        self.revenue_usd - self.cost_usd
    }

    /// Gross margin in percent of revenue; `None` without revenue.
    #[must_use]
    pub fn margin_percent(&self) -> Option<f64> {
        (self.revenue_usd > 0.0).then(|| 100.0 * self.margin_usd() / self.revenue_usd)
    }

    /// Cost per million tokens of all classes; `None` without tokens.
    #[must_use]
    pub fn usd_per_mtok(&self) -> Option<f64> {
        (self.tokens > 0.0).then(|| self.cost_usd / (self.tokens / 1e6))
    }
}

/// The `index`th month of a scenario, 0 the first.
///
/// GPUs = ceil(max over hours of load ÷ capacity of a unit) + spares, or the stated count; utilisation is an
/// output, never an input (design §7).
#[must_use]
pub fn month(inputs: &Inputs, index: u32) -> MonthResult {
    let growth = libm_pow(1.0 + inputs.growth_per_month, index);
    at_volume(inputs, index, inputs.requests_per_month * growth)
}

/// As [`month`], at a stated number of requests instead of the grown demand.
#[must_use]
pub fn at_volume(inputs: &Inputs, index: u32, requests: f64) -> MonthResult {
    let month = inputs.start.plus(i32::try_from(index).unwrap_or(i32::MAX));
    let hours = (month.days() * 24) as f64;
    let (own, capacity) = match inputs.architecture {
        Architecture::Api(prices) => (requests * api_usd_per_request(inputs.tokens, prices), None),
        Architecture::OwnGpus(gpus) => {
            let capacity = capacity(inputs, gpus, requests, hours);
            (f64::from(capacity.gpus_provided) * hours * gpus.usd_per_gpu_hour, Some(capacity))
        }
    };
    let mut lines = vec![Line { label: inputs.line.clone(), usd: own, evidence: inputs.evidence }];
    lines.extend(inputs.other.iter().map(|line| Line {
        label: line.label.clone(),
        usd: line.usd_per_month + line.usd_per_request * requests,
        evidence: line.evidence,
    }));
    MonthResult {
        month,
        requests,
        tokens: requests * inputs.tokens.total(),
        revenue_usd: requests * inputs.revenue_usd_per_request,
        cost_usd: lines.iter().map(|line| line.usd).sum(),
        lines,
        capacity,
    }
}

/// Every month of a scenario.
#[must_use]
pub fn run(inputs: &Inputs) -> Vec<MonthResult> {
    (0..inputs.months).map(|index| month(inputs, index)).collect()
}

/// Price of one request: Σ tokens of a class ÷ 10⁶ × its price (domain §1.1).
#[must_use]
pub fn api_usd_per_request(tokens: TokensPerRequest, prices: TokenPrices) -> f64 {
    (tokens.input * prices.input_usd_per_mtok
        + tokens.cache_read * prices.cache_read_usd_per_mtok
        + tokens.cache_write * prices.cache_write_usd_per_mtok
        + tokens.output * prices.output_usd_per_mtok)
        / 1e6
}

fn capacity(inputs: &Inputs, gpus: OwnGpus, requests: f64, hours: f64) -> Capacity {
    let mean = requests * inputs.tokens.output / (hours * 3600.0);
    let peak_factor = inputs.hour_of_week.iter().copied().fold(0.0, f64::max);
    let peak = mean * peak_factor;
    let unit = f64::from(gpus.gpus_per_unit) * gpus.output_tokens_per_s_per_gpu;
    let units = (peak / unit).ceil();
    let needed = whole_gpus(units) * gpus.gpus_per_unit;
    let provided = gpus.stated_gpus.unwrap_or(needed + gpus.spare_units * gpus.gpus_per_unit);
    let serves = f64::from(provided) * gpus.output_tokens_per_s_per_gpu;
    Capacity {
        gpus_needed: needed,
        gpus_provided: provided,
        utilisation: if serves > 0.0 { mean / serves } else { 0.0 },
        headroom: if serves > 0.0 { 1.0 - peak / serves } else { -1.0 },
        peak_output_tokens_per_s: peak,
    }
}

fn whole_gpus(units: f64) -> u32 {
    if units >= 1e6 { 1_000_000 } else { units as u32 }
}

/// Integer power by repeated multiplication: the same bytes on every platform.
fn libm_pow(base: f64, exponent: u32) -> f64 {
    (0..exponent).fold(1.0, |product, _| product * base)
}

/// Load by hour of the day of a published consumer chat service, relative to its mean: DeepSeek's "Cost And
/// Theoretical Income" chart of 2025-03-01, hours 0 to 23 UTC, read off the picture to about 1 %.
pub const CONSUMER_CHAT_DAY: [f64; 24] = [
    30_722.0, 30_837.0, 31_067.0, 29_803.0, 21_757.0, 17_964.0, 13_136.0, 7_964.0, 6_355.0, 6_355.0, 7_964.0, 13_711.0,
    23_136.0, 29_458.0, 30_493.0, 29_918.0, 27_044.0, 28_539.0, 30_493.0, 30_952.0, 30_493.0, 27_849.0, 26_814.0,
    29_573.0,
];

/// A week of 168 hours with mean 1 from 24 hourly values, every day alike.
#[must_use]
pub fn week_of(day: &[f64; 24]) -> Vec<f64> {
    let mean = day.iter().sum::<f64>() / 24.0;
    (0..168).map(|hour| if mean > 0.0 { day[hour % 24] / mean } else { 1.0 }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inputs(architecture: Architecture) -> Inputs {
        Inputs {
            start: "2026-11".parse().unwrap(),
            months: 24,
            requests_per_month: 1_000_000.0,
            growth_per_month: 0.10,
            tokens: TokensPerRequest { input: 1_000.0, cache_read: 0.0, cache_write: 0.0, output: 100.0 },
            revenue_usd_per_request: 0.01,
            hour_of_week: vec![1.0; 168],
            architecture,
            evidence: Evidence::Published,
            line: "serving".into(),
            other: vec![],
        }
    }

    #[test]
    fn an_api_costs_tokens_times_price() {
        let prices = TokenPrices { input_usd_per_mtok: 1.0, output_usd_per_mtok: 5.0, ..TokenPrices::default() };
        let first = month(&inputs(Architecture::Api(prices)), 0);
        assert!((first.cost_usd - 1_500.0).abs() < 1e-9, "1,000 M input at 1 and 100 M output at 5");
        assert!((first.margin_percent().unwrap() - 85.0).abs() < 1e-9);
        let third = month(&inputs(Architecture::Api(prices)), 2);
        assert!((third.requests - 1_210_000.0).abs() < 1e-6, "two months of 10 % growth");
    }

    #[test]
    fn gpus_come_whole_and_utilisation_comes_out() {
        // 100 M output tokens over the 720 hours of November are 38.58 tokens/s.
        let gpus = OwnGpus {
            output_tokens_per_s_per_gpu: 10.0,
            usd_per_gpu_hour: 2.0,
            gpus_per_unit: 1,
            spare_units: 1,
            stated_gpus: None,
        };
        let first = month(&inputs(Architecture::OwnGpus(gpus)), 0);
        let capacity = first.capacity.unwrap();
        assert_eq!((capacity.gpus_needed, capacity.gpus_provided), (4, 5));
        assert!((first.cost_usd - 5.0 * 720.0 * 2.0).abs() < 1e-9);
        assert!((capacity.utilisation - 0.771_604_938).abs() < 1e-6);
    }

    #[test]
    fn a_stated_count_can_be_short() {
        let gpus = OwnGpus {
            output_tokens_per_s_per_gpu: 10.0,
            usd_per_gpu_hour: 2.0,
            gpus_per_unit: 1,
            spare_units: 0,
            stated_gpus: Some(2),
        };
        let capacity = month(&inputs(Architecture::OwnGpus(gpus)), 0).capacity.unwrap();
        assert!(capacity.headroom < 0.0, "two GPUs cannot serve what needs four");
    }

    #[test]
    fn the_published_day_has_its_published_shape() {
        let week = week_of(&CONSUMER_CHAT_DAY);
        let peak = week.iter().copied().fold(0.0, f64::max);
        assert!((peak - 1.327).abs() < 0.002, "peak to mean 1.327 in the source");
        assert!((week.iter().sum::<f64>() - 168.0).abs() < 1e-9);
    }
}
