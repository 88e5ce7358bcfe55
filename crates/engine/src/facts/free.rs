//! Free quantities: which part of each use of a month costs nothing.
//!
//! A free quantity is one of a calendar month, a provider and a thing (a class of a model's tokens, a fee, hours of a
//! container): a workspace is taken as one account of the provider, whatever its projects and regions. Usage that
//! counts draws on it in the order of days; on the day on which it runs out by shares.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use marginline_model::prices::TokenClass;
use marginline_model::prices::free::free_of_day;
use marginline_model::prices::tokens::FreeTokens;
use marginline_store::token_usage::{UsageKey, UsageSum};

use super::pricing::asked;
use super::things::price_of;
use super::{day_of, month_part};
use crate::alias::Aliases;
use crate::error::Result;
use crate::import::{GATEWAY_CACHE, provider_id};
use crate::prices::PriceBook;
use crate::roles::Counted;

/// What of a sum of usage is free.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Free {
    /// Of tokens and requests.
    pub tokens: FreeTokens,
    /// Of things, in nanos.
    pub quantity_nanos: i128,
}

/// Place of requests and of things among the parts of a sum, after the six classes.
const REQUESTS: usize = 6;
const THINGS: usize = 7;

/// A draw on a free quantity.
struct Draw {
    sum: usize,
    part: usize,
    used: u128,
    free: u128,
}

/// Month, provider, model or item, service tier, and what of it.
type Pool = (String, String, String, String, String);

/// What is free of each sum; all of them are of single days.
pub(crate) fn of(
    keys: &HashMap<i64, UsageKey>,
    sums: &[UsageSum],
    counted: &Counted,
    prices: &PriceBook,
    (aliases, prices_on): (&Aliases, Option<NaiveDate>),
) -> Result<Vec<Free>> {
    let mut pools: BTreeMap<Pool, BTreeMap<&str, Vec<Draw>>> = BTreeMap::new();
    for (index, sum) in sums.iter().enumerate() {
        let Some(key) = keys.get(&sum.key).filter(|key| key.service_tier != GATEWAY_CACHE) else { continue };
        if !counted.has(key, sum) {
            continue;
        }
        let used_on = day_of(&sum.first_day)?;
        let model = aliases.model(&key.model, used_on);
        for (item, what, draw) in draws(key, model, sum, index, prices, prices_on.unwrap_or(used_on)) {
            let month = month_part(&sum.first_day).to_owned();
            let pool = (month, provider_id(&key.provider), item, key.service_tier.clone(), what);
            pools.entry(pool).or_default().entry(&sum.first_day).or_default().push(draw);
        }
    }
    let mut all = vec![Free::default(); sums.len()];
    for days in pools.into_values() {
        let mut drawn = 0;
        for draws in days.into_values() {
            let most = draws.iter().map(|draw| draw.free).max().unwrap_or_default();
            let used: Vec<u128> = draws.iter().map(|draw| draw.used).collect();
            for (draw, share) in draws.iter().zip(free_of_day(most.saturating_sub(drawn), &used)) {
                give(&mut all[draw.sum], draw.part, share);
                drawn += share;
            }
        }
    }
    Ok(all)
}

/// What a sum may draw: of which item, which part of it, and how much.
fn draws(
    key: &UsageKey,
    model: &str,
    sum: &UsageSum,
    index: usize,
    prices: &PriceBook,
    day: NaiveDate,
) -> Vec<(String, String, Draw)> {
    if !key.unit.is_empty() {
        let Ok((_, price)) = price_of(key, model, prices, day) else { return Vec::new() };
        let used = u128::try_from(sum.quantity_nanos).unwrap_or_default();
        let draw = Draw { sum: index, part: THINGS, used, free: u128::from(price.free_per_month_nanos) };
        let what = format!("{} {}", price.resource, price.class);
        return if draw.free > 0 { vec![(price.item, what, draw)] } else { Vec::new() };
    }
    let Ok(offer) = prices.offer(asked(key, model), day) else { return Vec::new() };
    let free = offer.prices.free();
    let reasoning = if offer.prices.prices_reasoning() { sum.reasoning.min(sum.tokens.output) } else { 0 };
    let tokens = sum.tokens;
    let parts = [
        (tokens.input, free.classes[0]),
        (tokens.cache_read, free.classes[1]),
        (tokens.cache_write_5m, free.classes[2]),
        (tokens.cache_write_1h, free.classes[3]),
        (tokens.output - reasoning, free.classes[4]),
        (reasoning, free.classes[5]),
        (sum.requests, free.requests),
    ];
    let drawn = parts.into_iter().enumerate().filter(|(_, (used, free))| *used > 0 && *free > 0);
    drawn
        .map(|(part, (used, free))| {
            let what = TokenClass::ALL.get(part).map_or("request", |class| class.id());
            let draw = Draw { sum: index, part, used: u128::from(used), free: u128::from(free) };
            (offer.model.clone(), what.to_owned(), draw)
        })
        .collect()
}

/// Shares are never more than what was used, so they fit where it did.
fn give(free: &mut Free, part: usize, share: u128) {
    match part {
        THINGS => free.quantity_nanos = i128::try_from(share).unwrap_or_default(),
        REQUESTS => free.tokens.requests = u64::try_from(share).unwrap_or_default(),
        class => free.tokens.classes[class] = u64::try_from(share).unwrap_or_default(),
    }
}

#[cfg(test)]
#[path = "free_tests.rs"]
mod tests;
