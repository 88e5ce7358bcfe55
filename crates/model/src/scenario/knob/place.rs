//! Where the number of a knob lies.

use super::Knob;
use crate::scenario::{Demand, Inputs, OtherLine, Serving};

impl Knob {
    /// Its value, if it is one of the tokens of a request.
    pub(super) fn of_tokens(self, demand: &Demand) -> Option<f64> {
        let (made, tokens) = (demand.composition, demand.tokens);
        Some(match self {
            Self::InputTokens => made.and_then(|made| made.input).unwrap_or(tokens.input),
            Self::CacheReadTokens => made.map_or(tokens.cache_read, |made| made.cache_read),
            Self::CacheWriteTokens => made.map_or(tokens.cache_write, |made| made.cache_write),
            Self::OutputTokens => made.map_or(tokens.output, |made| made.output),
            Self::PromptTokens => made.and_then(|made| made.prompt).unwrap_or_else(|| tokens.prompt()),
            Self::CacheHitShare => {
                made.and_then(|made| made.cache_hit_share).unwrap_or_else(|| tokens.cache_hit_share())
            }
            _ => return None,
        })
    }

    /// Sets it, if it is one of the tokens of a request.
    pub(super) fn set_tokens(self, demand: &mut Demand, value: f64) -> bool {
        let tokens = &mut demand.tokens;
        if let Some(made) = &mut demand.composition {
            match self {
                Self::InputTokens => made.input = Some(value),
                Self::CacheReadTokens => made.cache_read = value,
                Self::CacheWriteTokens => made.cache_write = value,
                Self::OutputTokens => made.output = value,
                Self::PromptTokens => made.prompt = Some(value),
                Self::CacheHitShare => made.cache_hit_share = Some(value),
                _ => return false,
            }
            *tokens = made.tokens();
            return true;
        }
        match self {
            Self::InputTokens => tokens.input = value,
            Self::CacheReadTokens => tokens.cache_read = value,
            Self::CacheWriteTokens => tokens.cache_write = value,
            Self::OutputTokens => tokens.output = value,
            Self::PromptTokens => *tokens = tokens.with_prompt(value),
            Self::CacheHitShare => *tokens = tokens.with_cache_hit_share(value),
            _ => return false,
        }
        true
    }

    /// Where it lies, for what is a number of its own.
    pub(super) fn place(self, inputs: &mut Inputs) -> Option<&mut f64> {
        match self {
            Self::RequestsPerMonth => Some(&mut inputs.demand.requests_per_month),
            Self::DemandLevel => Some(&mut inputs.demand.level),
            Self::GrowthPerMonth => Some(&mut inputs.demand.growth_per_month),
            Self::ChurnPerMonth => Some(&mut inputs.demand.churn_per_month),
            Self::RetryShare => Some(&mut inputs.demand.retry_share),
            Self::RevenueUsdPerRequest => Some(&mut inputs.revenue.usd_per_request),
            Self::RevenueLevel => Some(&mut inputs.revenue.level),
            Self::RevenueChangePerMonth => Some(&mut inputs.revenue.change_per_month),
            Self::ExchangeRate(place) => Some(&mut inputs.exchange.get_mut(place)?.usd_per_unit),
            Self::LineUsdPerMonth(place)
            | Self::LineUsdPerRequest(place)
            | Self::LineUsdPerMtok(place)
            | Self::LineRevenueShare(place)
            | Self::LinePriceChangePerMonth(place)
            | Self::LineRequestsPerSPerUnit(place)
            | Self::LineUsdPerUnitMonth(place)
            | Self::PartQuantity(place, _)
            | Self::PartPrice(place, _) => self.in_line(inputs.other.get_mut(place)?),
            _ => self.in_component(inputs),
        }
    }

    fn in_line(self, line: &mut OtherLine) -> Option<&mut f64> {
        match self {
            Self::LineUsdPerMonth(_) => Some(&mut line.usd_per_month),
            Self::LineUsdPerRequest(_) => Some(&mut line.usd_per_request),
            Self::LineUsdPerMtok(_) => Some(&mut line.usd_per_mtok),
            Self::LineRevenueShare(_) => Some(&mut line.revenue_share),
            Self::LinePriceChangePerMonth(_) => Some(&mut line.change_per_month),
            Self::LineRequestsPerSPerUnit(_) => Some(&mut line.units.as_mut()?.requests_per_s_per_unit),
            Self::LineUsdPerUnitMonth(_) => Some(&mut line.units.as_mut()?.usd_per_unit_month),
            Self::PartQuantity(_, part) => Some(&mut line.parts.get_mut(part)?.quantity),
            Self::PartPrice(_, part) => Some(&mut line.parts.get_mut(part)?.price),
            _ => None,
        }
    }

    fn in_component(self, inputs: &mut Inputs) -> Option<&mut f64> {
        let (Self::TokenizerRatio(place)
        | Self::Verbosity(place)
        | Self::InputRatio(place)
        | Self::CacheReadRatio(place)
        | Self::CacheWriteRatio(place)
        | Self::LiveAfterMonths(place)
        | Self::FailedShare(place)
        | Self::InputUsdPerMtok(place)
        | Self::OutputUsdPerMtok(place)
        | Self::ApiUsdPerRequest(place)
        | Self::PriceLevel(place)
        | Self::PriceChangePerMonth(place)
        | Self::OutputTokensPerSPerGpu(place)
        | Self::InputTokensPerSPerGpu(place)
        | Self::Speedup(place)
        | Self::UsdPerGpuHour(place)
        | Self::CommittedUsdPerGpuHour(place, _)
        | Self::SpotShare(place)
        | Self::SpotUsdPerGpuHour(place)
        | Self::SpotUsefulShare(place)
        | Self::WaitingLongest(place)
        | Self::WaitingShareInTime(place)
        | Self::WaitingMaxOccupancy(place)) = self
        else {
            return None;
        };
        let component = inputs.components.get_mut(place)?;
        match self {
            Self::TokenizerRatio(_) => return Some(&mut component.tokenizer_ratio),
            Self::Verbosity(_) => return Some(&mut component.verbosity),
            Self::InputRatio(_) => return Some(&mut component.ratios.input),
            Self::CacheReadRatio(_) => return Some(&mut component.ratios.cache_read),
            Self::CacheWriteRatio(_) => return Some(&mut component.ratios.cache_write),
            Self::LiveAfterMonths(_) => return Some(&mut component.live_after_months),
            Self::FailedShare(_) => return Some(&mut component.failed_share),
            _ => {}
        }
        match &mut component.serving {
            Serving::Api(api) => match self {
                Self::InputUsdPerMtok(_) => Some(&mut api.prices.input_usd_per_mtok),
                Self::OutputUsdPerMtok(_) => Some(&mut api.prices.output_usd_per_mtok),
                Self::ApiUsdPerRequest(_) => Some(&mut api.usd_per_request),
                Self::PriceLevel(_) => Some(&mut api.price_level),
                Self::PriceChangePerMonth(_) => Some(&mut api.change_per_month),
                _ => None,
            },
            Serving::OwnGpus(gpus) => match self {
                Self::OutputTokensPerSPerGpu(_) => Some(&mut gpus.output_tokens_per_s_per_gpu),
                Self::InputTokensPerSPerGpu(_) => gpus.input_tokens_per_s_per_gpu.as_mut(),
                Self::Speedup(_) => Some(&mut gpus.speedup),
                Self::UsdPerGpuHour(_) => Some(&mut gpus.usd_per_gpu_hour),
                Self::PriceLevel(_) => Some(&mut gpus.price_level),
                Self::PriceChangePerMonth(_) => Some(&mut gpus.change_per_month),
                Self::CommittedUsdPerGpuHour(_, held) => Some(&mut gpus.committed.get_mut(held)?.usd_per_gpu_hour),
                Self::SpotShare(_) => Some(&mut gpus.spot.as_mut()?.share),
                Self::SpotUsdPerGpuHour(_) => Some(&mut gpus.spot.as_mut()?.usd_per_gpu_hour),
                Self::SpotUsefulShare(_) => Some(&mut gpus.spot.as_mut()?.useful_share),
                Self::WaitingLongest(_) => Some(&mut gpus.waiting.as_mut()?.longest),
                Self::WaitingShareInTime(_) => Some(&mut gpus.waiting.as_mut()?.share_in_time),
                Self::WaitingMaxOccupancy(_) => Some(&mut gpus.waiting.as_mut()?.max_occupancy),
                _ => None,
            },
        }
    }
}
