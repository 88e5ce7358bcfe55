//! What a scenario starts from: demand, revenue and kept lines of a month of the ledger.

use std::collections::BTreeMap;

use marginline_model::Month;
use marginline_model::scenario::{Evidence, OtherLine, TokensPerRequest};

use super::file::{Base, BaseModel};
use crate::error::{EngineError, Result};
use crate::facts::Facts;
use crate::report::{Period, margin};
use crate::rules::Target;
use crate::view::{MarginBy, MonthBasis};

/// Demand and revenue of a month of the ledger.
#[derive(Debug)]
pub(super) struct Actuals {
    pub(super) requests: f64,
    pub(super) tokens: TokensPerRequest,
    pub(super) revenue_usd: f64,
    pub(super) lines: Vec<OtherLine>,
    pub(super) day: Option<[f64; 24]>,
    /// What its cost lacks or is an estimate of, in words.
    pub(super) open: Option<String>,
    /// Models that served, with their shares.
    pub(super) models: Vec<BaseModel>,
}

/// What a base says.
///
/// # Errors
/// When the month holds no usage, or not what the base names.
pub(super) fn actuals(base: &Base, facts: &Facts) -> Result<Actuals> {
    let month: Month = base
        .month
        .as_deref()
        .unwrap_or_default()
        .parse()
        .map_err(|error| EngineError::failed(format!("base.month: {error}")))?;
    let report = margin::report(facts, Period { from: month, to: month }, MonthBasis::BillingMonth, MarginBy::Product)?;
    let sums = match &base.product {
        None => &report.total,
        Some(product) => {
            report.rows.iter().find(|(name, _)| name.as_ref() == Some(product)).map(|(_, sums)| sums).ok_or_else(
                || {
                    EngineError::failed(format!("base.product {product:?} is not in {month}"))
                        .then("see `marginline report margin --by product`")
                },
            )?
        }
    };
    if facts.rules.currency != "USD" {
        return Err(EngineError::failed(format!(
            "the workspace reports in {}, and scenarios are in USD",
            facts.rules.currency
        ))
        .then("state demand and revenue instead of a base"));
    }
    if let Some(unknown) = base.keep_lines.iter().find(|line| !report.total.lines.contains_key(*line)) {
        return Err(EngineError::failed(format!(
            "base.keep_lines names {unknown:?}, which is no cost line of {month}"
        ))
        .then(format!("use one of {}", report.line_names().join(", "))));
    }
    let (requests, tokens) = usage(base, facts, month)?;
    let lines = base
        .keep_lines
        .iter()
        .map(|label| OtherLine {
            usd_per_request: sums.line(label).to_f64() / requests,
            ..OtherLine::named(label, sums.lines.get(label).map_or(Evidence::Billed, margin::weakest))
        })
        .collect();
    Ok(Actuals {
        requests,
        tokens,
        revenue_usd: sums.revenue.to_f64(),
        lines,
        day: busy_day(facts, month),
        open: open(sums, &report.currency, month),
        models: models(base, facts, month),
    })
}

/// Models of a month's requests, each once with its share. Those that write nothing (embeddings, rankers) answer nobody.
fn models(base: &Base, facts: &Facts, month: Month) -> Vec<BaseModel> {
    let of_month = facts.usage.iter().filter(|fact| fact.month == month && fact.tokens.output > 0);
    let mut requests: BTreeMap<&str, u64> = BTreeMap::new();
    for fact in of_month {
        let subject = &facts.subjects[fact.subject];
        let is_wanted = base.product.is_none() || base.product.as_ref() == subject.targets.get(&Target::Product);
        if let Some(model) = subject.value("model").filter(|model| is_wanted && !model.is_empty()) {
            *requests.entry(model).or_default() += fact.requests;
        }
    }
    let all: u64 = requests.values().sum();
    let with_share = |(model, mine): (&str, u64)| match all {
        0 => BaseModel::Named(model.to_owned()),
        _ => BaseModel::shared(model, mine as f64 / all as f64),
    };
    requests.into_iter().map(with_share).collect()
}

/// Requests of a month, and the tokens of one.
fn usage(base: &Base, facts: &Facts, month: Month) -> Result<(f64, TokensPerRequest)> {
    let (mut requests, mut input, mut read, mut write, mut output) = (0u64, 0u64, 0u64, 0u64, 0u64);
    for fact in facts.usage.iter().filter(|fact| fact.month == month) {
        let product = facts.subjects[fact.subject].targets.get(&Target::Product);
        if base.product.is_none() || base.product.as_ref() == product {
            if fact.requests_missing > 0 {
                return Err(EngineError::failed(format!("some usage of {month} does not count requests"))
                    .then("state demand.requests_per_month and the tokens of a request instead of a base"));
            }
            requests += fact.requests;
            input += fact.tokens.input;
            read += fact.tokens.cache_read;
            write += fact.tokens.cache_write_5m + fact.tokens.cache_write_1h;
            output += fact.tokens.output;
        }
    }
    if requests == 0 {
        return Err(EngineError::failed(format!("the ledger counts no requests in {month}"))
            .then("import token usage of that month, or state the demand"));
    }
    let each = |tokens: u64| tokens as f64 / requests as f64;
    let tokens =
        TokensPerRequest { input: each(input), cache_read: each(read), cache_write: each(write), output: each(output) };
    Ok((requests as f64, tokens))
}

/// Says of a base what keeps its cost from being known.
fn open(sums: &margin::MarginSums, currency: &str, month: Month) -> Option<String> {
    let words = sums.spread().words(sums.cost(), currency)?;
    Some(match sums.cost_is_a_bound() {
        true => {
            let share = crate::number::rounded_or_unknown(sums.priced_share().as_deref(), 1);
            format!(
                "cost of revenue of {month} lies {words}: {share}% of its tokens have a price, and what the scenario keeps of it is a lower bound"
            )
        }
        false => format!("cost of revenue of {month} is an estimate {words}"),
    })
}

/// Busy GPU hours of a month by hour of the day, UTC.
fn busy_day(facts: &Facts, month: Month) -> Option<[f64; 24]> {
    let mut day = [0.0; 24];
    for hours in facts.gpu_hours.iter().filter(|hours| hours.month == month.to_string()) {
        day[hours.hour as usize % 24] += hours.busy_nanos as f64;
    }
    (day.iter().sum::<f64>() > 0.0).then_some(day)
}
