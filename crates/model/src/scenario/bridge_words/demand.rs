//! Requests, their tokens and what they earn.

use super::Moved;
use super::figure::{As, between};
use crate::scenario::{Demand, Revenue, TokensPerRequest};

/// How many requests there are, retries with them.
pub(super) fn requests(from: &Demand, to: &Demand) -> Vec<Moved> {
    let mut moved = Vec::new();
    if from.by_month == to.by_month {
        moved.extend(between("", from.requests_per_month, to.requests_per_month, As::Number("a month")));
    } else {
        moved.push(Moved::named("requests by month"));
    }
    moved.extend(between("level", from.level, to.level, As::Percent("of those stated")));
    moved.extend(between("growth", from.growth_per_month, to.growth_per_month, As::Percent("a month")));
    moved.extend(between("churn", from.churn_per_month, to.churn_per_month, As::Percent("a month")));
    if from.month_of_year != to.month_of_year {
        moved.push(Moved::named("the season"));
    }
    moved.extend(between("retries", from.retry_share, to.retry_share, As::Percent("of requests")));
    moved
}

/// How long prompts and answers are.
pub(super) fn tokens(from: TokensPerRequest, to: TokensPerRequest) -> Vec<Moved> {
    let parts: Vec<Moved> = [("prompt", from.prompt(), to.prompt()), ("output", from.output, to.output)]
        .into_iter()
        .filter_map(|(name, from, to)| between(name, from, to, As::Number("tokens")))
        .collect();
    let total = between("", from.total(), to.total(), As::Number("tokens")).filter(|_| parts.len() > 1);
    total.into_iter().chain(parts).collect()
}

/// What a prompt is made of.
pub(super) fn cache(from: TokensPerRequest, to: TokensPerRequest) -> Vec<Moved> {
    let share = |part: f64, whole: f64| if whole > 0.0 { part / whole } else { 0.0 };
    let written = |of: TokensPerRequest| share(of.cache_write, of.prompt());
    let hits = between("", from.cache_hit_share(), to.cache_hit_share(), As::Percent("of the prompt"));
    let writes = between("cache writes", written(from), written(to), As::Percent("of the prompt"));
    hits.into_iter().chain(writes).collect()
}

/// What a request earns.
pub(super) fn revenue(from: &Revenue, to: &Revenue) -> Vec<Moved> {
    let mut moved = Vec::new();
    if from.by_month == to.by_month {
        moved.extend(between("", from.usd_per_request, to.usd_per_request, As::Usd("a request")));
    } else {
        moved.push(Moved::named("price by month"));
    }
    moved.extend(between("level", from.level, to.level, As::Percent("of that stated")));
    moved.extend(between("beside requests", from.usd_per_month, to.usd_per_month, As::Usd("a month")));
    moved.extend(between("price change", from.change_per_month, to.change_per_month, As::Percent("a month")));
    moved.extend(super::line::currency("", from.currency, to.currency));
    moved
}
