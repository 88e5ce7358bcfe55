//! A month as the drivers see it, and what its tokens cost when some drivers stand in another month.

use std::collections::BTreeMap;

use thiserror::Error;

use super::driver::Driver;

/// A month of a bridge. Money of its totals is in the reporting currency.
#[derive(Debug, Clone, PartialEq)]
pub struct DriverMonth {
    /// Requests of all customers.
    pub requests: f64,
    /// Lines of token cost by name: a model and class, or a fleet.
    pub lines: BTreeMap<String, TokenLine>,
    /// What one unit of each currency is worth in the reporting currency.
    pub rates: BTreeMap<String, f64>,
    /// Cost of revenue that no token causes.
    pub other_cost: f64,
    /// Units sold.
    pub revenue_volume: f64,
    /// Revenue of a unit.
    pub revenue_price: f64,
    /// Gross margin as the books have it, in the reporting currency, where it is known.
    pub actual_gross_margin: Option<f64>,
}

/// Tokens of one kind and where they are made.
#[derive(Debug, Clone, PartialEq)]
pub struct TokenLine {
    /// Tokens of the month.
    pub tokens: f64,
    /// Model, GPU, region and provider in one word; where it differs, its prices move with it.
    pub placement: String,
    /// Currency that it is paid in.
    pub currency: String,
    /// How it is paid.
    pub price: LinePrice,
}

/// How tokens are paid.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum LinePrice {
    /// By the million tokens.
    Api {
        /// List price of a million tokens that no cache holds.
        list_per_mtok: f64,
        /// List price of a million tokens read from a cache; `None` where the cache has no price.
        cache_read_per_mtok: Option<f64>,
        /// Share of the tokens read from a cache, 0 to 1.
        cache_hit: f64,
        /// What is paid of the list price, such as 0.8 after a discount of 20 %.
        negotiated: f64,
    },
    /// By the GPU hour.
    Gpu {
        /// Price of a GPU hour.
        per_gpu_hour: f64,
        /// Tokens that a GPU makes in an hour at work.
        tokens_per_gpu_hour: f64,
        /// Share of the paid hours at work, above 0, at most 1.
        utilisation: f64,
    },
}

/// Figures that no month can have.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum TreeError {
    /// One is out of range.
    #[error("{side}.{place} is {found}; give {expected}")]
    Figure {
        /// `from` or `to`.
        side: &'static str,
        /// Where it stands.
        place: String,
        /// What stood there.
        found: String,
        /// What can stand there.
        expected: &'static str,
    },
    /// Too much money to tell in cents.
    #[error("the margin is beyond 10^15 units of currency; give smaller figures")]
    TooLarge,
}

const FIGURE: &str = "a number of 0 or more, up to 10^18";

impl DriverMonth {
    /// Are all figures in range?
    ///
    /// # Errors
    /// The first that is not, with its place.
    pub fn check(&self, side: &'static str) -> Result<(), TreeError> {
        let held = |place: String, found: f64, expected: &'static str, holds: bool| {
            let error = || TreeError::Figure { side, place, found: found.to_string(), expected };
            if holds { Ok(()) } else { Err(error()) }
        };
        let amount = |place: &str, found: f64| held(place.to_owned(), found, FIGURE, (0.0..=1e18).contains(&found));
        let signed = |place: &str, found: f64| {
            held(place.to_owned(), found, "a number, up to 10^15 in size", found.abs() <= 1e15)
        };
        amount("requests", self.requests)?;
        signed("other_cost", self.other_cost)?;
        amount("revenue.volume", self.revenue_volume)?;
        signed("revenue.price", self.revenue_price)?;
        if let Some(actual) = self.actual_gross_margin {
            signed("actual_gross_margin", actual)?;
        }
        for (currency, rate) in &self.rates {
            let holds = *rate > 0.0 && *rate <= 1e9;
            held(format!("rates.{currency}"), *rate, "a rate above 0, up to 10^9", holds)?;
        }
        for (name, line) in &self.lines {
            line.check(name, &held)?;
            if !self.rates.contains_key(&line.currency) {
                let place = format!("rates.{}", line.currency);
                let expected = "the rate of every currency that a line is paid in";
                return Err(TreeError::Figure { side, place, found: "nothing".to_owned(), expected });
            }
        }
        if self.requests == 0.0 && self.lines.values().any(|line| line.tokens > 0.0) {
            return held("requests".to_owned(), 0.0, "a number above 0, since there are tokens", false);
        }
        Ok(())
    }
}

impl TokenLine {
    fn check(
        &self,
        name: &str,
        held: &impl Fn(String, f64, &'static str, bool) -> Result<(), TreeError>,
    ) -> Result<(), TreeError> {
        let at = |field: &str| format!("lines.{name}.{field}");
        let amount = |field: &str, found: f64| held(at(field), found, FIGURE, (0.0..=1e18).contains(&found));
        let share = "a share from 0 to 1";
        amount("tokens", self.tokens)?;
        match self.price {
            LinePrice::Api { list_per_mtok, cache_read_per_mtok, cache_hit, negotiated } => {
                amount("list_per_mtok", list_per_mtok)?;
                held(at("cache_hit"), cache_hit, share, (0.0..=1.0).contains(&cache_hit))?;
                held(at("negotiated"), negotiated, "a factor from 0 to 10", (0.0..=10.0).contains(&negotiated))?;
                match cache_read_per_mtok {
                    Some(found) => amount("cache_read_per_mtok", found),
                    None => held(at("cache_hit"), cache_hit, "0, or a price of cache reads", cache_hit == 0.0),
                }
            }
            LinePrice::Gpu { per_gpu_hour, tokens_per_gpu_hour, utilisation } => {
                amount("per_gpu_hour", per_gpu_hour)?;
                let holds = (1e-6..=1e18).contains(&tokens_per_gpu_hour);
                held(at("tokens_per_gpu_hour"), tokens_per_gpu_hour, "a number above 0, up to 10^18", holds)?;
                let holds = (1e-6..=1.0).contains(&utilisation);
                held(at("utilisation"), utilisation, "a share above 0, at most 1", holds)
            }
        }
    }
}

/// Is the driver in the second month?
pub(super) fn moved(set: u32, driver: Driver) -> bool {
    set & driver.bit() != 0
}

/// Cost of a million tokens in the line's currency, where all of its prices are of one month.
fn per_mtok(price: LinePrice) -> f64 {
    match price {
        LinePrice::Api { list_per_mtok, cache_read_per_mtok, cache_hit, negotiated } => {
            let read = cache_read_per_mtok.unwrap_or(list_per_mtok);
            (list_per_mtok * (1.0 - cache_hit) + read * cache_hit) * negotiated
        }
        LinePrice::Gpu { per_gpu_hour, tokens_per_gpu_hour, utilisation } => {
            per_gpu_hour * 1e6 / (tokens_per_gpu_hour * utilisation)
        }
    }
}

/// Prices of a line with some drivers in the second month. A line that was placed elsewhere takes all of them with its
/// placement: nobody sells the one place at the other's price.
fn mixed(from: &TokenLine, to: &TokenLine, set: u32) -> LinePrice {
    let one = |driver: Driver, from: f64, to: f64| if moved(set, driver) { to } else { from };
    match (from.price, to.price) {
        (
            LinePrice::Api { list_per_mtok, cache_read_per_mtok, cache_hit, negotiated },
            LinePrice::Api { list_per_mtok: list, cache_read_per_mtok: read, cache_hit: hit, negotiated: paid },
        ) if from.placement == to.placement => LinePrice::Api {
            list_per_mtok: one(Driver::ListPrice, list_per_mtok, list),
            // A cache that had no price had no hits, so its hits come with its price.
            cache_read_per_mtok: match (cache_read_per_mtok, read) {
                (Some(from), Some(to)) => Some(one(Driver::ListPrice, from, to)),
                (from, to) => from.or(to),
            },
            cache_hit: one(Driver::CacheHit, cache_hit, hit),
            negotiated: one(Driver::NegotiatedRate, negotiated, paid),
        },
        (
            LinePrice::Gpu { per_gpu_hour, tokens_per_gpu_hour, utilisation },
            LinePrice::Gpu { per_gpu_hour: rate, tokens_per_gpu_hour: tokens, utilisation: busy },
        ) if from.placement == to.placement => LinePrice::Gpu {
            per_gpu_hour: one(Driver::GpuRate, per_gpu_hour, rate),
            tokens_per_gpu_hour: one(Driver::Placement, tokens_per_gpu_hour, tokens),
            utilisation: one(Driver::GpuUtilisation, utilisation, busy),
        },
        (before, after) => {
            if moved(set, Driver::Placement) {
                after
            } else {
                before
            }
        }
    }
}

/// Did the line move to another place, so that its prices move with it?
pub(super) fn was_placed_elsewhere(from: &TokenLine, to: &TokenLine) -> bool {
    let same_kind = matches!(
        (from.price, to.price),
        (LinePrice::Api { .. }, LinePrice::Api { .. }) | (LinePrice::Gpu { .. }, LinePrice::Gpu { .. })
    );
    from.placement != to.placement || !same_kind
}

/// Lines on both sides: name, from, to.
pub(super) fn shared<'a>(from: &'a DriverMonth, to: &'a DriverMonth) -> Vec<(&'a str, &'a TokenLine, &'a TokenLine)> {
    from.lines.iter().filter_map(|(name, line)| Some((name.as_str(), line, to.lines.get(name)?))).collect()
}

/// Cost of a line of one month in the reporting currency.
pub(super) fn own_cost(month: &DriverMonth, line: &TokenLine) -> Option<f64> {
    Some(line.tokens / 1e6 * per_mtok(line.price) * month.rates.get(&line.currency)?)
}

/// Cost of the tokens of lines on both sides, with some drivers in the second month; `None` where a mixture has no
/// exchange rate.
pub(super) fn token_cost(from: &DriverMonth, to: &DriverMonth, set: u32) -> Option<f64> {
    let lines = shared(from, to);
    let all = |pick: fn(&(&str, &TokenLine, &TokenLine)) -> f64| lines.iter().map(pick).sum::<f64>();
    let (before, after) = (all(|(_, from, _)| from.tokens), all(|(_, _, to)| to.tokens));
    let per_request =
        |month: &DriverMonth, tokens: f64| if month.requests > 0.0 { tokens / month.requests } else { 0.0 };
    let requests = if moved(set, Driver::Requests) { to.requests } else { from.requests };
    let tokens_per_request =
        if moved(set, Driver::TokensPerRequest) { per_request(to, after) } else { per_request(from, before) };
    let tokens = requests * tokens_per_request;
    let mut cost = 0.0;
    for (_, line, later) in lines {
        // Without tokens there is no mix; the other month's stands in, at no cost.
        let (own, whole) = match moved(set, Driver::Mix) {
            true if after > 0.0 => (later.tokens, after),
            false if before <= 0.0 => (later.tokens, after),
            _ => (line.tokens, before),
        };
        let share = if whole > 0.0 { own / whole } else { 0.0 };
        let placed = if moved(set, Driver::Placement) { later } else { line };
        let month = if moved(set, Driver::ExchangeRates) { to } else { from };
        let rate = month.rates.get(&placed.currency)?;
        cost += tokens * share / 1e6 * per_mtok(mixed(line, later, set)) * rate;
    }
    Some(cost)
}
