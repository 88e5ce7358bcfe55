//! The drivers of a bridge: one fixed tree, the same between scenarios and between months.

/// What can move a margin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Driver {
    /// Customers and their requests.
    Requests,
    /// Tokens per request.
    TokensPerRequest,
    /// Shares of classes and models.
    Mix,
    /// Share of input read from a cache.
    CacheHit,
    /// Public prices.
    ListPrice,
    /// What is paid of the list price after negotiation and commitment.
    NegotiatedRate,
    /// Price of a GPU hour.
    GpuRate,
    /// Share of the paid GPU time at work.
    GpuUtilisation,
    /// Model, GPU, region and provider.
    Placement,
    /// Exchange rates.
    ExchangeRates,
    /// Cost of revenue that no token causes.
    OtherCost,
    /// Price of what is sold.
    RevenuePrice,
    /// How much is sold.
    RevenueVolume,
    /// Lines of cost that were not there before.
    New,
    /// Lines of cost that are no more.
    Ended,
    /// What the actual margin moved beyond all of these.
    Unexplained,
}

impl Driver {
    /// Those that make the cost of tokens together, in the order of the tree; the others only add.
    pub const TOKEN_COST: [Self; 10] = [
        Self::Requests,
        Self::TokensPerRequest,
        Self::Mix,
        Self::CacheHit,
        Self::ListPrice,
        Self::NegotiatedRate,
        Self::GpuRate,
        Self::GpuUtilisation,
        Self::Placement,
        Self::ExchangeRates,
    ];

    /// One word for files and scripts.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Requests => "requests",
            Self::TokensPerRequest => "tokens_per_request",
            Self::Mix => "mix",
            Self::CacheHit => "cache_hit",
            Self::ListPrice => "list_price",
            Self::NegotiatedRate => "negotiated_rate",
            Self::GpuRate => "gpu_rate",
            Self::GpuUtilisation => "gpu_utilisation",
            Self::Placement => "placement",
            Self::ExchangeRates => "exchange_rates",
            Self::OtherCost => "other_cost",
            Self::RevenuePrice => "revenue_price",
            Self::RevenueVolume => "revenue_volume",
            Self::New => "new",
            Self::Ended => "ended",
            Self::Unexplained => "unexplained",
        }
    }

    /// As a person reads it, at the beginning of a sentence.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Requests => "Customers and requests",
            Self::TokensPerRequest => "Tokens per request",
            Self::Mix => "Class and model mix",
            Self::CacheHit => "Cache hits",
            Self::ListPrice => "List prices",
            Self::NegotiatedRate => "Negotiated and commitment rates",
            Self::GpuRate => "GPU rates",
            Self::GpuUtilisation => "GPU utilisation",
            Self::Placement => "Placement",
            Self::ExchangeRates => "Exchange rates",
            Self::OtherCost => "Other cost of revenue",
            Self::RevenuePrice => "Revenue price",
            Self::RevenueVolume => "Revenue volume",
            Self::New => "New lines of cost",
            Self::Ended => "Ended lines of cost",
            Self::Unexplained => "Unexplained",
        }
    }

    /// Its bit in a set of [`Driver::TOKEN_COST`]; 0 for the others.
    #[must_use]
    pub fn bit(self) -> u32 {
        Self::TOKEN_COST.iter().position(|driver| *driver == self).map_or(0, |at| 1 << at)
    }
}
