//! One number of the inputs, by name: what a slider moves, a tornado shakes, a search tries and Monte Carlo draws.

use std::fmt;

use thiserror::Error;

use super::{Inputs, Serving};

/// A number of the inputs. Components and lines are named by their place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Knob {
    /// Requests in the first month.
    RequestsPerMonth,
    /// Growth of requests per month, a share.
    GrowthPerMonth,
    /// Requests lost per month, a share.
    ChurnPerMonth,
    /// Uncached input tokens of a request.
    InputTokens,
    /// Tokens of a request that the cache serves.
    CacheReadTokens,
    /// Tokens of a request that the cache stores.
    CacheWriteTokens,
    /// Tokens of the prompt; its composition stays.
    PromptTokens,
    /// Share of the prompt that the cache serves; its length stays.
    CacheHitShare,
    /// Output tokens of a request.
    OutputTokens,
    /// Requests sent again, per request.
    RetryShare,
    /// Recognised revenue per request.
    RevenueUsdPerRequest,
    /// Change of that per month, a share.
    RevenueChangePerMonth,
    /// Share of the requests of a component; the others keep their proportions.
    Share(usize),
    /// Tokens over those of the demand.
    TokenizerRatio(usize),
    /// Output over that of the demand.
    Verbosity(usize),
    /// Uncached input of a request over that of the demand.
    InputRatio(usize),
    /// Cache reads of a request over those of the demand.
    CacheReadRatio(usize),
    /// Cache writes of a request over those of the demand.
    CacheWriteRatio(usize),
    /// Months until a component is live.
    LiveAfterMonths(usize),
    /// Share of an API's requests sent as a batch, or of a fleet's load that can wait.
    BatchShare(usize),
    /// USD per million uncached input tokens.
    InputUsdPerMtok(usize),
    /// USD per million output tokens.
    OutputUsdPerMtok(usize),
    /// Change of a component's prices per month, a share.
    PriceChangePerMonth(usize),
    /// Output tokens per second of a GPU.
    OutputTokensPerSPerGpu(usize),
    /// USD per GPU hour on demand.
    UsdPerGpuHour(usize),
    /// Fixed part of a further line.
    LineUsdPerMonth(usize),
    /// Growing part of a further line.
    LineUsdPerRequest(usize),
}

/// A knob that these inputs do not have, or a value that it cannot take.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum KnobError {
    /// Nothing of that name is there.
    #[error("{0} is not among the inputs of this scenario")]
    Absent(Knob),
    /// Out of range.
    #[error("{knob} is {found}, expected {least} to {most}")]
    OutOfRange {
        /// Which.
        knob: Knob,
        /// What it was to be.
        found: f64,
        /// Least it can be.
        least: f64,
        /// Most it can be.
        most: f64,
    },
}

impl Knob {
    /// Least and most that it can be.
    #[must_use]
    pub fn range(self) -> (f64, f64) {
        match self {
            Self::GrowthPerMonth | Self::RevenueChangePerMonth | Self::PriceChangePerMonth(_) => (-0.99, 2.0),
            Self::ChurnPerMonth => (0.0, 0.99),
            Self::CacheHitShare | Self::Share(_) | Self::BatchShare(_) => (0.0, 1.0),
            Self::RetryShare => (0.0, 100.0),
            Self::TokenizerRatio(_) => (1e-3, 1e3),
            Self::Verbosity(_) => (0.0, 1e3),
            Self::InputRatio(_) | Self::CacheReadRatio(_) | Self::CacheWriteRatio(_) => (0.0, 1e6),
            Self::LiveAfterMonths(_) => (0.0, 120.0),
            Self::OutputTokensPerSPerGpu(_) => (1e-9, 1e15),
            _ => (0.0, 1e15),
        }
    }

    /// Its value.
    ///
    /// # Errors
    /// When the inputs have no such number.
    pub fn get(self, inputs: &Inputs) -> Result<f64, KnobError> {
        let tokens = inputs.demand.tokens;
        let absent = || KnobError::Absent(self);
        let component = |place: usize| inputs.components.get(place).ok_or_else(absent);
        let line = |place: usize| inputs.other.get(place).ok_or_else(absent);
        Ok(match self {
            Self::PromptTokens => tokens.prompt(),
            Self::CacheHitShare => tokens.cache_hit_share(),
            Self::Share(place) => component(place)?.share,
            Self::BatchShare(place) => match &component(place)?.serving {
                Serving::Api(api) => api.batch_share,
                Serving::OwnGpus(_) => component(place)?.load.batch_share(),
            },
            Self::LineUsdPerMonth(place) => line(place)?.usd_per_month,
            Self::LineUsdPerRequest(place) => line(place)?.usd_per_request,
            // The rest is a number in its own place.
            _ => *self.place(&mut inputs.clone()).ok_or_else(absent)?,
        })
    }

    /// Sets it.
    ///
    /// # Errors
    /// When the inputs have no such number, or it cannot be that.
    pub fn set(self, inputs: &mut Inputs, value: f64) -> Result<(), KnobError> {
        let (least, most) = self.range();
        if !(least..=most).contains(&value) {
            return Err(KnobError::OutOfRange { knob: self, found: value, least, most });
        }
        let tokens = &mut inputs.demand.tokens;
        match self {
            Self::PromptTokens => *tokens = tokens.with_prompt(value),
            Self::CacheHitShare => *tokens = tokens.with_cache_hit_share(value),
            Self::Share(place) => return self.set_share(inputs, place, value),
            Self::BatchShare(place) => {
                let component = inputs.components.get_mut(place).ok_or(KnobError::Absent(self))?;
                match &mut component.serving {
                    Serving::Api(api) => api.batch_share = value,
                    Serving::OwnGpus(_) => component.load.set_batch_share(value),
                }
            }
            _ => *self.place(inputs).ok_or(KnobError::Absent(self))? = value,
        }
        Ok(())
    }

    fn set_share(self, inputs: &mut Inputs, place: usize, value: f64) -> Result<(), KnobError> {
        let old = inputs.components.get(place).ok_or(KnobError::Absent(self))?.share;
        let others = inputs.components.len() - 1;
        if others == 0 && value < 1.0 {
            return Err(KnobError::OutOfRange { knob: self, found: value, least: 1.0, most: 1.0 });
        }
        for (index, component) in inputs.components.iter_mut().enumerate() {
            component.share = match index == place {
                true => value,
                false if old < 1.0 => component.share * (1.0 - value) / (1.0 - old),
                false => (1.0 - value) / others as f64,
            };
        }
        Ok(())
    }

    /// Where it lies, for what is a number of its own.
    fn place(self, inputs: &mut Inputs) -> Option<&mut f64> {
        let demand = &mut inputs.demand;
        match self {
            Self::RequestsPerMonth => Some(&mut demand.requests_per_month),
            Self::GrowthPerMonth => Some(&mut demand.growth_per_month),
            Self::ChurnPerMonth => Some(&mut demand.churn_per_month),
            Self::InputTokens => Some(&mut demand.tokens.input),
            Self::CacheReadTokens => Some(&mut demand.tokens.cache_read),
            Self::CacheWriteTokens => Some(&mut demand.tokens.cache_write),
            Self::OutputTokens => Some(&mut demand.tokens.output),
            Self::RetryShare => Some(&mut demand.retry_share),
            Self::RevenueUsdPerRequest => Some(&mut inputs.revenue.usd_per_request),
            Self::RevenueChangePerMonth => Some(&mut inputs.revenue.change_per_month),
            Self::TokenizerRatio(place) => Some(&mut inputs.components.get_mut(place)?.tokenizer_ratio),
            Self::Verbosity(place) => Some(&mut inputs.components.get_mut(place)?.verbosity),
            Self::InputRatio(place) => Some(&mut inputs.components.get_mut(place)?.ratios.input),
            Self::CacheReadRatio(place) => Some(&mut inputs.components.get_mut(place)?.ratios.cache_read),
            Self::CacheWriteRatio(place) => Some(&mut inputs.components.get_mut(place)?.ratios.cache_write),
            Self::LiveAfterMonths(place) => Some(&mut inputs.components.get_mut(place)?.live_after_months),
            Self::LineUsdPerMonth(place) => Some(&mut inputs.other.get_mut(place)?.usd_per_month),
            Self::LineUsdPerRequest(place) => Some(&mut inputs.other.get_mut(place)?.usd_per_request),
            Self::InputUsdPerMtok(place)
            | Self::OutputUsdPerMtok(place)
            | Self::PriceChangePerMonth(place)
            | Self::OutputTokensPerSPerGpu(place)
            | Self::UsdPerGpuHour(place) => match (&mut inputs.components.get_mut(place)?.serving, self) {
                (Serving::Api(api), Self::InputUsdPerMtok(_)) => Some(&mut api.prices.input_usd_per_mtok),
                (Serving::Api(api), Self::OutputUsdPerMtok(_)) => Some(&mut api.prices.output_usd_per_mtok),
                (Serving::Api(api), Self::PriceChangePerMonth(_)) => Some(&mut api.change_per_month),
                (Serving::OwnGpus(gpus), Self::OutputTokensPerSPerGpu(_)) => {
                    Some(&mut gpus.output_tokens_per_s_per_gpu)
                }
                (Serving::OwnGpus(gpus), Self::UsdPerGpuHour(_)) => Some(&mut gpus.usd_per_gpu_hour),
                (Serving::OwnGpus(gpus), Self::PriceChangePerMonth(_)) => Some(&mut gpus.change_per_month),
                _ => None,
            },
            Self::PromptTokens | Self::CacheHitShare | Self::Share(_) | Self::BatchShare(_) => None,
        }
    }
}

impl fmt::Display for Knob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (component, name) = match self {
            Self::RequestsPerMonth => return f.write_str("demand.requests_per_month"),
            Self::GrowthPerMonth => return f.write_str("demand.growth_per_month"),
            Self::ChurnPerMonth => return f.write_str("demand.churn_per_month"),
            Self::InputTokens => return f.write_str("demand.input_tokens_per_request"),
            Self::CacheReadTokens => return f.write_str("demand.cache_read_tokens_per_request"),
            Self::CacheWriteTokens => return f.write_str("demand.cache_write_tokens_per_request"),
            Self::PromptTokens => return f.write_str("demand.prompt_tokens_per_request"),
            Self::CacheHitShare => return f.write_str("demand.cache_hit_share"),
            Self::OutputTokens => return f.write_str("demand.output_tokens_per_request"),
            Self::RetryShare => return f.write_str("demand.retry_share"),
            Self::RevenueUsdPerRequest => return f.write_str("revenue.usd_per_request"),
            Self::RevenueChangePerMonth => return f.write_str("revenue.change_per_month"),
            Self::LineUsdPerMonth(place) => return write!(f, "cost[{place}].usd_per_month"),
            Self::LineUsdPerRequest(place) => return write!(f, "cost[{place}].usd_per_request"),
            Self::Share(place) => (place, "share"),
            Self::TokenizerRatio(place) => (place, "tokenizer_ratio"),
            Self::Verbosity(place) => (place, "verbosity"),
            Self::InputRatio(place) => (place, "input_ratio"),
            Self::CacheReadRatio(place) => (place, "cache_read_ratio"),
            Self::CacheWriteRatio(place) => (place, "cache_write_ratio"),
            Self::LiveAfterMonths(place) => (place, "live_after_months"),
            Self::BatchShare(place) => (place, "batch_share"),
            Self::InputUsdPerMtok(place) => (place, "input_usd_per_mtok"),
            Self::OutputUsdPerMtok(place) => (place, "output_usd_per_mtok"),
            Self::PriceChangePerMonth(place) => (place, "price_change_per_month"),
            Self::OutputTokensPerSPerGpu(place) => (place, "output_tokens_per_s_per_gpu"),
            Self::UsdPerGpuHour(place) => (place, "usd_per_gpu_hour"),
        };
        write!(f, "component[{component}].{name}")
    }
}
