//! Names of knobs, as messages tell them.

use std::fmt;

use super::Knob;

impl fmt::Display for Knob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (component, name) = match self {
            Self::RequestsPerMonth => return f.write_str("demand.requests_per_month"),
            Self::DemandLevel => return f.write_str("demand.level"),
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
            Self::RevenueLevel => return f.write_str("revenue.level"),
            Self::RevenueChangePerMonth => return f.write_str("revenue.change_per_month"),
            Self::ExchangeRate(place) => return write!(f, "exchange[{place}].usd_per_unit"),
            Self::LineUsdPerMonth(place) => return write!(f, "cost[{place}].usd_per_month"),
            Self::LineUsdPerRequest(place) => return write!(f, "cost[{place}].usd_per_request"),
            Self::LineUsdPerMtok(place) => return write!(f, "cost[{place}].usd_per_mtok"),
            Self::LineRevenueShare(place) => return write!(f, "cost[{place}].revenue_share"),
            Self::LinePriceChangePerMonth(place) => return write!(f, "cost[{place}].price_change_per_month"),
            Self::LineRequestsPerSPerUnit(place) => return write!(f, "cost[{place}].units.requests_per_s_per_unit"),
            Self::LineUsdPerUnitMonth(place) => return write!(f, "cost[{place}].units.usd_per_unit_month"),
            Self::PartQuantity(place, part) => return write!(f, "cost[{place}].parts[{part}].quantity"),
            Self::PartPrice(place, part) => return write!(f, "cost[{place}].parts[{part}].price"),
            Self::CommittedUsdPerGpuHour(place, held) => {
                return write!(f, "component[{place}].committed[{held}].usd_per_gpu_hour");
            }
            Self::Share(place) => (place, "share"),
            Self::TokenizerRatio(place) => (place, "tokenizer_ratio"),
            Self::Verbosity(place) => (place, "verbosity"),
            Self::InputRatio(place) => (place, "input_ratio"),
            Self::CacheReadRatio(place) => (place, "cache_read_ratio"),
            Self::CacheWriteRatio(place) => (place, "cache_write_ratio"),
            Self::LiveAfterMonths(place) => (place, "live_after_months"),
            Self::FailedShare(place) => (place, "failed_share"),
            Self::BatchShare(place) => (place, "batch_share"),
            Self::InputUsdPerMtok(place) => (place, "input_usd_per_mtok"),
            Self::OutputUsdPerMtok(place) => (place, "output_usd_per_mtok"),
            Self::ApiUsdPerRequest(place) => (place, "usd_per_request"),
            Self::PriceLevel(place) => (place, "price_level"),
            Self::PriceChangePerMonth(place) => (place, "price_change_per_month"),
            Self::OutputTokensPerSPerGpu(place) => (place, "output_tokens_per_s_per_gpu"),
            Self::InputTokensPerSPerGpu(place) => (place, "input_tokens_per_s_per_gpu"),
            Self::Speedup(place) => (place, "speedup"),
            Self::UsdPerGpuHour(place) => (place, "usd_per_gpu_hour"),
            Self::SpotShare(place) => (place, "spot.share"),
            Self::SpotUsdPerGpuHour(place) => (place, "spot.usd_per_gpu_hour"),
            Self::SpotUsefulShare(place) => (place, "spot.useful_share"),
            Self::WaitingLongest(place) => (place, "waiting.longest"),
            Self::WaitingShareInTime(place) => (place, "waiting.share_in_time"),
            Self::WaitingMaxOccupancy(place) => (place, "waiting.max_occupancy"),
        };
        write!(f, "component[{component}].{name}")
    }
}
