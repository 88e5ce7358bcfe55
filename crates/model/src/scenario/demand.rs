//! What is asked of the product, and what it earns.

use super::series::along;
use crate::Currency;

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
        self.prompt() + self.output
    }

    /// The prompt: what is not output.
    #[must_use]
    pub fn prompt(self) -> f64 {
        self.input + self.cache_read + self.cache_write
    }

    /// Share of the prompt that the cache serves; 0 without a prompt.
    #[must_use]
    pub fn cache_hit_share(self) -> f64 {
        if self.prompt() > 0.0 { self.cache_read / self.prompt() } else { 0.0 }
    }

    /// The same prompt with another share served by the cache; what is written to it keeps its share of the rest.
    #[must_use]
    pub fn with_cache_hit_share(self, share: f64) -> Self {
        let (prompt, rest) = (self.prompt(), self.input + self.cache_write);
        let written = if rest > 0.0 { self.cache_write / rest } else { 0.0 };
        let missed = prompt * (1.0 - share);
        Self {
            input: missed * (1.0 - written),
            cache_read: prompt * share,
            cache_write: missed * written,
            output: self.output,
        }
    }

    /// A prompt of another length, of the same composition; all of it uncached when there was none.
    #[must_use]
    pub fn with_prompt(self, tokens: f64) -> Self {
        if self.prompt() <= 0.0 {
            return Self { input: tokens, ..self };
        }
        let factor = tokens / self.prompt();
        Self {
            input: self.input * factor,
            cache_read: self.cache_read * factor,
            cache_write: self.cache_write * factor,
            output: self.output,
        }
    }
}

/// What the tokens of a request are made of: their counts by class, and a prompt's length or a share of the cache stated
/// over them. Kept so that each of these numbers can be moved alone, in any order.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Composition {
    /// Uncached input tokens; `None` where the prompt is stated and this is what the cache leaves of it.
    pub input: Option<f64>,
    /// Tokens read from the prompt cache.
    pub cache_read: f64,
    /// Tokens written to it.
    pub cache_write: f64,
    /// Output tokens.
    pub output: f64,
    /// Tokens of the prompt, whatever the counts above add up to; their proportions stay.
    pub prompt: Option<f64>,
    /// Share of the prompt that the cache serves, whatever the counts above.
    pub cache_hit_share: Option<f64>,
}

impl Composition {
    /// The tokens of a request.
    #[must_use]
    pub fn tokens(&self) -> TokensPerRequest {
        let cached = self.cache_read + self.cache_write;
        let input = self.input.unwrap_or_else(|| (self.prompt.unwrap_or(0.0) - cached).max(0.0));
        let counted =
            TokensPerRequest { input, cache_read: self.cache_read, cache_write: self.cache_write, output: self.output };
        let sized = match self.prompt {
            Some(prompt) if self.input.is_some() || cached > prompt => counted.with_prompt(prompt),
            _ => counted,
        };
        self.cache_hit_share.map_or(sized, |share| sized.with_cache_hit_share(share))
    }
}

/// Requests and their tokens.
#[derive(Debug, Clone, PartialEq)]
pub struct Demand {
    /// Requests in the first month.
    pub requests_per_month: f64,
    /// Requests month by month instead, seasons included; after the last of them growth and churn go on from it. Empty
    /// where only the first month is stated.
    pub by_month: Vec<f64>,
    /// All requests over those stated; 1.2 is a fifth more in every month.
    pub level: f64,
    /// Growth of requests per month; 0.06 is 6 %.
    pub growth_per_month: f64,
    /// Share of the requests that is lost each month, apart from the growth.
    pub churn_per_month: f64,
    /// Requests of January to December relative to the trend, 1 where there is no season.
    pub month_of_year: [f64; 12],
    /// Tokens of one request.
    pub tokens: TokensPerRequest,
    /// What they are made of, where that is known; knobs then move its numbers.
    pub composition: Option<Composition>,
    /// Requests sent again, in addition, per request: retries are paid and load the fleet, and earn nothing.
    pub retry_share: f64,
}

impl Demand {
    /// Requests of a month that grow, without churn, season or retries.
    #[must_use]
    pub fn growing(requests_per_month: f64, growth_per_month: f64, tokens: TokensPerRequest) -> Self {
        Self {
            requests_per_month,
            by_month: Vec::new(),
            level: 1.0,
            growth_per_month,
            churn_per_month: 0.0,
            month_of_year: [1.0; 12],
            tokens,
            composition: None,
            retry_share: 0.0,
        }
    }

    /// Requests of the `index`th month, retries left out; `calendar` is 0 for January.
    #[must_use]
    pub fn requests(&self, index: u32, calendar: usize) -> f64 {
        let trend = (1.0 + self.growth_per_month) * (1.0 - self.churn_per_month);
        let (stated, past) = along(self.requests_per_month, &self.by_month, index);
        // A series holds its seasons.
        let season = if self.by_month.is_empty() { self.month_of_year[calendar % 12] } else { 1.0 };
        stated * power(trend, past) * season * self.level
    }
}

/// Recognised revenue.
#[derive(Debug, Clone, PartialEq)]
pub struct Revenue {
    /// Per request in the first month.
    pub usd_per_request: f64,
    /// Per request month by month instead; after the last of them its change goes on. Empty where only the first month
    /// is stated.
    pub by_month: Vec<f64>,
    /// Revenue over that stated; 0.9 is a tenth less in every month.
    pub level: f64,
    /// Its currency; `None` is USD.
    pub currency: Option<Currency>,
    /// Fixed, per month.
    pub usd_per_month: f64,
    /// Change of the price per month; −0.02 falls by 2 %.
    pub change_per_month: f64,
}

impl Default for Revenue {
    fn default() -> Self {
        Self {
            usd_per_request: 0.0,
            by_month: Vec::new(),
            level: 1.0,
            currency: None,
            usd_per_month: 0.0,
            change_per_month: 0.0,
        }
    }
}

impl Revenue {
    /// Revenue of the `index`th month with this many requests, in its currency.
    #[must_use]
    pub fn of(&self, index: u32, requests: f64) -> f64 {
        let (price, past) = along(self.usd_per_request, &self.by_month, index);
        (requests * price * power(1.0 + self.change_per_month, past) + self.usd_per_month) * self.level
    }
}

/// Integer power by squaring: multiplications alone, so the same bytes on every platform.
#[must_use]
pub(super) fn power(base: f64, exponent: u32) -> f64 {
    let (mut product, mut square, mut left) = (1.0, base, exponent);
    while left > 0 {
        if left & 1 == 1 {
            product *= square;
        }
        square *= square;
        left >>= 1;
    }
    product
}
