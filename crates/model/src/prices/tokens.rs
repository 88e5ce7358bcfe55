//! What tokens cost at given prices.
//!
//! A request costs what the highest tier that its prompt crosses asks for, all of it; the prompt is input, cache reads
//! and cache writes together. Usage of several requests does not tell how long each prompt was, so unless every prompt
//! it may hold falls into one tier its cost is an estimate with a lower and an upper end. The same holds for hours of
//! the day, since usage tells days. What has no price is said so, and is never 0.

use crate::{Currency, Money};

use super::TokenClass;

/// Minutes of a day.
pub const DAY: u16 = 1_440;

/// Tokens by class; input excludes what the cache served or stored, reasoning is part of output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TokenCounts {
    /// Uncached input.
    pub input: u64,
    /// Cache reads.
    pub cache_read: u64,
    /// Cache writes kept five minutes.
    pub cache_write_5m: u64,
    /// Cache writes kept an hour.
    pub cache_write_1h: u64,
    /// Output, reasoning included.
    pub output: u64,
    /// Reasoning inside the output, where it is told.
    pub reasoning: u64,
    /// Output of rows that do not tell how much of it is reasoning.
    pub output_untold: u64,
}

impl TokenCounts {
    /// Everything that counts towards the length of prompts.
    #[must_use]
    pub fn prompt(self) -> u64 {
        self.input + self.cache_read + self.cache_write_5m + self.cache_write_1h
    }
}

/// What is known of the length of each prompt, in tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Prompts {
    /// Every one is longer than `above` and, where there is an end, no longer than `up_to`.
    Within {
        /// Shorter than each.
        above: u64,
        /// The longest that any may be.
        up_to: Option<u64>,
    },
    /// Of several requests the mean is longer than `above` by a token at least; each may have any length.
    About {
        /// Shorter than the mean.
        above: u64,
    },
    /// Requests are not counted.
    Unknown,
}

impl Prompts {
    /// Of a row: one request is known, several have a mean, and none can be longer than all together.
    #[must_use]
    pub fn of_row(prompt: u64, requests: Option<u64>) -> Self {
        match requests {
            Some(1) => Self::Within { above: prompt.saturating_sub(1), up_to: Some(prompt) },
            Some(requests) if requests > 1 => Self::About { above: prompt.div_ceil(requests).saturating_sub(1) },
            _ => Self::Unknown,
        }
    }

    /// From what an export calls the context window of a bucket: `0-200k`, `200k-1M`, `≤200k`, `>200k`.
    #[must_use]
    pub fn of_window(window: &str) -> Option<Self> {
        let text: String = window.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_lowercase();
        let within = |above: u64, up_to: Option<u64>| Some(Self::Within { above, up_to });
        for mark in ["<=", "≤", "<"] {
            if let Some(rest) = text.strip_prefix(mark) {
                return within(0, Some(tokens(rest)?));
            }
        }
        for mark in [">=", "≥", ">"] {
            if let Some(rest) = text.strip_prefix(mark) {
                return within(tokens(rest)?, None);
            }
        }
        if let Some(rest) = text.strip_suffix('+') {
            return within(tokens(rest)?, None);
        }
        let (from, to) = text.split_once(['-', '–'])?;
        let (from, to) = (tokens(from)?, tokens(to)?);
        (from < to).then_some(Self::Within { above: from, up_to: Some(to) })
    }

    /// The length to take where one must be taken.
    fn likely(self) -> u64 {
        match self {
            Self::Within { above, .. } | Self::About { above } => above + 1,
            Self::Unknown => 0,
        }
    }

    /// May some prompt be as long as this?
    fn may_be(self, length: u64) -> bool {
        match self {
            Self::Within { above, up_to } => above < length && up_to.is_none_or(|end| length <= end),
            Self::About { .. } | Self::Unknown => true,
        }
    }
}

/// A count such as `200k` or `1M`.
fn tokens(text: &str) -> Option<u64> {
    let (digits, scale) = match text.strip_suffix('k') {
        Some(digits) => (digits, 1_000),
        None => text.strip_suffix('m').map_or((text, 1), |digits| (digits, 1_000_000)),
    };
    digits.parse::<u64>().ok()?.checked_mul(scale)
}

/// Price of a million tokens of one class by the length of the prompt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ladder {
    /// Holds for prompts longer than this; ascending, the first is 0.
    pub steps: Vec<(u64, Money)>,
    /// Currency of all of them.
    pub currency: Currency,
    /// Who says so.
    pub source: String,
    /// Tokens, or requests where it is a fee, that are free in each calendar month; 0: none.
    pub free: u64,
}

impl Ladder {
    /// Price of a million tokens of a request with such a prompt; `None` without any step.
    #[must_use]
    pub fn at(&self, prompt: u64) -> Option<Money> {
        let step = self.steps.iter().rev().find(|(above, _)| prompt > *above).or_else(|| self.steps.first());
        step.map(|(_, amount)| *amount)
    }
}

/// Prices by class in some hours of the day; why a class has none, where it has none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hours {
    /// How many minutes of the day they are.
    pub minutes: u16,
    /// In the order of [`TokenClass::ALL`].
    pub classes: [Result<Ladder, String>; 6],
    /// Fee of each request, where there is one.
    pub request: Option<Ladder>,
}

impl Hours {
    /// Price of a class.
    ///
    /// # Errors
    /// Why it has none.
    pub fn class(&self, class: TokenClass) -> Result<&Ladder, &str> {
        self.classes[class as usize].as_ref().map_err(String::as_str)
    }
}

/// Prices of a model at a provider, in a service tier and region on a day.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TokenPrices {
    /// Parts of the day that differ; together a whole one.
    pub hours: Vec<Hours>,
}

/// What of usage is free because the month's free quantity is not used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FreeTokens {
    /// Tokens in the order of [`TokenClass::ALL`]; output without the reasoning that has a price of its own.
    pub classes: [u64; 6],
    /// Requests without their fee.
    pub requests: u64,
}

/// Cost of tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TokenCost {
    /// Input classes, and fees of requests.
    pub input: Money,
    /// Output and reasoning.
    pub output: Money,
}

impl TokenCost {
    /// Both.
    #[must_use]
    pub fn total(self) -> Money {
        self.input + self.output
    }
}

impl std::ops::AddAssign for TokenCost {
    fn add_assign(&mut self, other: Self) {
        self.input += other.input;
        self.output += other.output;
    }
}

/// A cost that lies between two ends; all three are equal where it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Estimate {
    /// Lower end.
    pub low: TokenCost,
    /// What reports add up.
    pub point: TokenCost,
    /// Upper end.
    pub high: TokenCost,
    /// Currency of all three.
    pub currency: Currency,
}

impl Estimate {
    /// A known cost.
    #[must_use]
    pub fn known(cost: TokenCost, currency: Currency) -> Self {
        Self { low: cost, point: cost, high: cost, currency }
    }

    /// Is it known?
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.low == self.point && self.high == self.point
    }

    /// Adds another of the same currency.
    pub fn add(&mut self, other: &Self) {
        self.low += other.low;
        self.point += other.point;
        self.high += other.high;
    }
}

/// What usage costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Priced {
    /// Exactly.
    Known(Estimate),
    /// Somewhere between two ends.
    Estimated(Estimate),
    /// A class that was used has no price.
    Unpriced {
        /// The class: a word of [`TokenClass`], or `request`.
        class: &'static str,
        /// Why.
        reason: String,
    },
}

/// Usage to be priced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Used {
    /// Tokens.
    pub tokens: TokenCounts,
    /// Requests, where they are counted.
    pub requests: Option<u64>,
    /// How long the prompts are.
    pub prompts: Prompts,
}

/// The class at fault, and why.
type Fault = (&'static str, String);

/// What usage costs at some prices.
#[must_use]
pub fn price(used: &Used, prices: &TokenPrices) -> Priced {
    match priced(used, prices) {
        Ok(estimate) if estimate.is_known() => Priced::Known(estimate),
        Ok(estimate) => Priced::Estimated(estimate),
        Err((class, reason)) => Priced::Unpriced { class, reason },
    }
}

/// What usage costs of which some is free. How long its prompts are stays as it was.
#[must_use]
pub fn price_beyond(used: &Used, free: &FreeTokens, prices: &TokenPrices) -> Priced {
    let less = |class: TokenClass, count: u64| count - free.classes[class as usize].min(count);
    let all = used.tokens;
    let reasoning = less(TokenClass::Reasoning, all.reasoning);
    let output = all.output - (all.reasoning - reasoning);
    let tokens = TokenCounts {
        input: less(TokenClass::Input, all.input),
        cache_read: less(TokenClass::CacheRead, all.cache_read),
        cache_write_5m: less(TokenClass::CacheWrite5m, all.cache_write_5m),
        cache_write_1h: less(TokenClass::CacheWrite1h, all.cache_write_1h),
        output: less(TokenClass::Output, output),
        reasoning,
        output_untold: all.output_untold,
    };
    let requests = used.requests.map(|requests| requests - free.requests.min(requests));
    price(&Used { tokens, requests, prompts: used.prompts }, prices)
}

fn priced(used: &Used, prices: &TokenPrices) -> Result<Estimate, Fault> {
    let mut whole: Option<Estimate> = None;
    for hours in &prices.hours {
        let part = in_hours(used, hours)?;
        whole = Some(match whole {
            None if hours.minutes == DAY => part,
            None => Estimate { point: share(part.point, hours.minutes)?, ..part },
            Some(sum) if sum.currency != part.currency => {
                return Err(("input", format!("it is priced in {} and in {}", sum.currency, part.currency)));
            }
            Some(mut sum) => {
                sum.point += share(part.point, hours.minutes)?;
                let of = |ends: [TokenCost; 2], most: bool| {
                    let [a, b] = ends;
                    if (a.total() > b.total()) == most { a } else { b }
                };
                Estimate { low: of([sum.low, part.low], false), high: of([sum.high, part.high], true), ..sum }
            }
        });
    }
    whole.ok_or_else(|| ("input", "no hour of the day has a price".to_owned()))
}

/// The part of a day's cost that falls into some minutes, if use is even over the day.
fn share(cost: TokenCost, minutes: u16) -> Result<TokenCost, Fault> {
    let of = |money: Money| money.times(i128::from(minutes), i128::from(DAY)).ok_or_else(too_large);
    Ok(TokenCost { input: of(cost.input)?, output: of(cost.output)? })
}

fn too_large() -> Fault {
    ("input", "its cost is too large to compute".to_owned())
}

fn in_hours(used: &Used, hours: &Hours) -> Result<Estimate, Fault> {
    let tokens = used.tokens;
    let mut lines = Lines { currency: None, parts: Vec::new() };
    lines.add(TokenClass::Input, tokens.input, hours)?;
    lines.add(TokenClass::CacheRead, tokens.cache_read, hours)?;
    lines.add(TokenClass::CacheWrite5m, tokens.cache_write_5m, hours)?;
    lines.add(TokenClass::CacheWrite1h, tokens.cache_write_1h, hours)?;
    // Reasoning that has no price of its own is billed as the output that it is part of.
    let apart = hours.class(TokenClass::Reasoning).is_ok();
    let reasoning = if apart { tokens.reasoning.min(tokens.output) } else { 0 };
    lines.add(TokenClass::Output, tokens.output - reasoning, hours)?;
    lines.add(TokenClass::Reasoning, reasoning, hours)?;
    if let Some(fee) = &hours.request {
        let requests = used
            .requests
            .ok_or_else(|| ("request", "each request costs a fee, and requests are not counted".to_owned()))?;
        lines.put("request", fee, requests, 1, true)?;
    }
    let point = lines.cost(used.prompts.likely())?;
    let mut estimate = Estimate::known(point, lines.currency.unwrap_or(Currency::USD));
    for length in lines.lengths().into_iter().filter(|length| used.prompts.may_be(*length)) {
        estimate.reach(lines.cost(length)?);
    }
    let untold = if apart { tokens.output_untold.min(tokens.output) } else { 0 };
    if untold > 0 {
        // All of it may have been reasoning.
        let mut other = Lines { currency: lines.currency, parts: Vec::new() };
        other.add(TokenClass::Output, untold, hours)?;
        let said = other.cost(used.prompts.likely())?;
        other.parts.clear();
        other.add(TokenClass::Reasoning, untold, hours)?;
        let thought = other.cost(used.prompts.likely())?;
        let shifted = |ends: TokenCost| TokenCost { output: ends.output - said.output + thought.output, ..ends };
        let (low, high) = (shifted(estimate.low), shifted(estimate.high));
        estimate.reach(low);
        estimate.reach(high);
    }
    Ok(estimate)
}

impl Estimate {
    /// Widens it to hold a cost.
    fn reach(&mut self, cost: TokenCost) {
        if cost.total() < self.low.total() {
            self.low = cost;
        }
        if cost.total() > self.high.total() {
            self.high = cost;
        }
    }
}

/// Quantities and the ladders that they are priced by.
struct Lines<'a> {
    currency: Option<Currency>,
    /// Class, ladder, quantity, quantity that one amount buys, and whether it is input.
    parts: Vec<(&'static str, &'a Ladder, u64, i128, bool)>,
}

impl<'a> Lines<'a> {
    fn add(&mut self, class: TokenClass, tokens: u64, hours: &'a Hours) -> Result<(), Fault> {
        if tokens == 0 {
            return Ok(());
        }
        let ladder = hours.class(class).map_err(|reason| (class.id(), reason.to_owned()))?;
        let is_input = !matches!(class, TokenClass::Output | TokenClass::Reasoning);
        self.put(class.id(), ladder, tokens, 1_000_000, is_input)
    }

    fn put(
        &mut self,
        class: &'static str,
        ladder: &'a Ladder,
        quantity: u64,
        per: i128,
        is_input: bool,
    ) -> Result<(), Fault> {
        let currency = *self.currency.get_or_insert(ladder.currency);
        if currency != ladder.currency {
            return Err((class, format!("it is priced in {}, and other classes in {currency}", ladder.currency)));
        }
        self.parts.push((class, ladder, quantity, per, is_input));
        Ok(())
    }

    /// A prompt length in each tier.
    fn lengths(&self) -> Vec<u64> {
        let steps = self.parts.iter().flat_map(|(_, ladder, ..)| &ladder.steps);
        let mut lengths: Vec<u64> = steps.map(|(above, _)| above + 1).collect();
        lengths.sort_unstable();
        lengths.dedup();
        lengths
    }

    fn cost(&self, prompt: u64) -> Result<TokenCost, Fault> {
        let mut cost = TokenCost::default();
        for (class, ladder, quantity, per, is_input) in &self.parts {
            let amount = ladder.at(prompt).ok_or_else(|| (*class, "its price list is empty".to_owned()))?;
            let money = amount.times(i128::from(*quantity), *per).ok_or_else(too_large)?;
            *(if *is_input { &mut cost.input } else { &mut cost.output }) += money;
        }
        Ok(cost)
    }
}

impl TokenPrices {
    /// Tokens and requests that are free in each month, at the hours that give most.
    #[must_use]
    pub fn free(&self) -> FreeTokens {
        let mut free = FreeTokens::default();
        for hours in &self.hours {
            for (most, class) in free.classes.iter_mut().zip(&hours.classes) {
                *most = (*most).max(class.as_ref().map_or(0, |ladder| ladder.free));
            }
            free.requests = free.requests.max(hours.request.as_ref().map_or(0, |fee| fee.free));
        }
        free
    }

    /// Has reasoning a price of its own at some hour?
    #[must_use]
    pub fn prices_reasoning(&self) -> bool {
        self.hours.iter().any(|hours| hours.class(TokenClass::Reasoning).is_ok())
    }

    /// Do prices step at a prompt length that is none of these?
    #[must_use]
    pub fn has_other_step(&self, known: &[u64]) -> bool {
        let ladders = self.hours.iter().flat_map(|hours| hours.classes.iter().flatten());
        ladders.flat_map(|ladder| &ladder.steps).any(|(above, _)| *above > 0 && !known.contains(above))
    }
}

#[cfg(test)]
#[path = "tokens_tests.rs"]
mod tests;
