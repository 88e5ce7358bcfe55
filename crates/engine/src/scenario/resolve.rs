//! From a scenario file to the inputs of `month`: what the file states, and the rest from actuals and prices.

use chrono::NaiveDate;
use marginline_model::prices::TokenClass;
use marginline_model::scenario::{
    Api, CONSUMER_CHAT_DAY, Component, Demand, Evidence, Inputs, Load, OtherLine, OwnGpus, Revenue, Serving,
    TokenPrices, TokensPerRequest, week_of,
};
use marginline_model::{Currency, Month};
use marginline_store::source::hash_of;

use super::file::{ArchitectureFile, Assumption, Base, ScenarioFile};
use crate::error::{EngineError, Result};
use crate::facts::Facts;
use crate::prices::{Model, PriceBook};
use crate::report::{Period, margin};
use crate::rules::Target;
use crate::view::{MarginBy, MonthBasis};

/// A scenario with nothing left open.
#[derive(Debug, Clone)]
pub struct Resolved {
    /// Id in the workspace: the file's stem.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// `API · claude-haiku-4-5` or `own GPUs · H100 SXM`.
    pub kind: String,
    /// The file.
    pub file: ScenarioFile,
    /// Inputs of `month`.
    pub inputs: Inputs,
    /// SHA-256 of the inputs: the same for the same file, base and prices.
    pub hash: String,
    /// What was filled in from actuals and prices, in words.
    pub notes: Vec<String>,
}

/// Demand and revenue of a month of the ledger.
struct Actuals {
    requests: f64,
    tokens: TokensPerRequest,
    revenue_usd: f64,
    lines: Vec<OtherLine>,
    day: Option<[f64; 24]>,
    /// What its cost lacks or is an estimate of, in words.
    open: Option<String>,
}

/// Resolves a scenario.
///
/// # Errors
/// When demand is neither stated nor in the base, a price is unknown on its date, or a date is none.
pub fn resolve(id: &str, file: &ScenarioFile, facts: Option<&Facts>, prices: &PriceBook) -> Result<Resolved> {
    let place = |error: EngineError| error.at(format!("scenario {id}"));
    let mut notes = Vec::new();
    let actuals = match (&file.base, facts) {
        (Some(base), Some(facts)) => Some(actuals(base, facts).map_err(place)?),
        _ => None,
    };
    if let (Some(base), Some(_)) = (&file.base, &actuals) {
        let of = base.product.as_ref().map_or(String::new(), |product| format!(" of {product}"));
        notes.push(format!("what the file does not state is taken from the actuals{of} in {}", base.month));
        notes.extend(actuals.as_ref().and_then(|actuals| actuals.open.clone()));
    }
    let demand = &file.demand;
    let stated = |assumption: &Option<Assumption>, actual: Option<f64>, name: &str| {
        assumption.as_ref().map(|a| a.value).or(actual).ok_or_else(|| {
            place(
                EngineError::failed(format!("{name} is neither stated nor in a base"))
                    .then("state it, or add a [base] month with usage"),
            )
        })
    };
    let base = actuals.as_ref();
    let requests = stated(&demand.requests_per_month, base.map(|a| a.requests), "demand.requests_per_month")?;
    let tokens = TokensPerRequest {
        input: stated(
            &demand.input_tokens_per_request,
            base.map(|a| a.tokens.input),
            "demand.input_tokens_per_request",
        )?,
        cache_read: stated(&demand.cache_read_tokens_per_request, Some(base.map_or(0.0, |a| a.tokens.cache_read)), "")?,
        cache_write: stated(
            &demand.cache_write_tokens_per_request,
            Some(base.map_or(0.0, |a| a.tokens.cache_write)),
            "",
        )?,
        output: stated(
            &demand.output_tokens_per_request,
            base.map(|a| a.tokens.output),
            "demand.output_tokens_per_request",
        )?,
    };
    if matches!(file.architecture, ArchitectureFile::OwnGpus { .. }) && tokens.output <= 0.0 {
        return Err(place(
            EngineError::failed("own GPUs are counted by output tokens, and a request has none")
                .then("state demand.output_tokens_per_request"),
        ));
    }
    let revenue_usd_per_request = stated(
        &file.revenue.usd_per_request,
        base.filter(|a| a.requests > 0.0).map(|a| a.revenue_usd / a.requests),
        "revenue.usd_per_request",
    )?;
    let (serving, evidence, line, kind) = serving(file, prices, tokens, &mut notes).map_err(place)?;
    let load = load(demand.hour_of_week.as_deref(), base, &mut notes).map_err(place)?;
    let inputs = Inputs {
        start: file.scenario.start.parse().map_err(|_| EngineError::failed("scenario.start is no month"))?,
        months: file.scenario.months,
        demand: Demand::growing(
            requests,
            demand.growth_percent_per_month.as_ref().map_or(0.0, |a| a.value) / 100.0,
            tokens,
        ),
        revenue: Revenue { usd_per_request: revenue_usd_per_request, ..Revenue::default() },
        components: vec![Component::whole(&line, evidence, load, serving)],
        other: other_lines(file, base),
    };
    inputs.check().map_err(|error| place(EngineError::failed(error.to_string()).then("correct the scenario file")))?;
    let hash = hash_of(&format!("{inputs:?}"));
    Ok(Resolved { id: id.to_owned(), name: file.scenario.name.clone(), kind, file: file.clone(), inputs, hash, notes })
}

/// Lines of the base that go on, then those the file adds.
fn other_lines(file: &ScenarioFile, base: Option<&Actuals>) -> Vec<OtherLine> {
    let mut other: Vec<OtherLine> = base.map(|a| a.lines.clone()).unwrap_or_default();
    other.extend(file.cost.iter().map(|cost| {
        let amounts = [&cost.usd_per_month, &cost.usd_per_request];
        let evidence = amounts.into_iter().flatten().map(|a| a.evidence).max().unwrap_or(Evidence::Assumed);
        OtherLine {
            usd_per_month: cost.usd_per_month.as_ref().map_or(0.0, |a| a.value),
            usd_per_request: cost.usd_per_request.as_ref().map_or(0.0, |a| a.value),
            ..OtherLine::named(&cost.label, evidence)
        }
    }));
    other
}

fn load(wanted: Option<&str>, base: Option<&Actuals>, notes: &mut Vec<String>) -> Result<Load> {
    let week = match wanted {
        None | Some("flat") => {
            notes.push("load is taken as even over the week (demand.hour_of_week = \"flat\")".into());
            return Ok(Load::even());
        }
        Some("consumer-chat") => week_of(&CONSUMER_CHAT_DAY),
        Some("actuals") => base.and_then(|a| a.day.as_ref()).map(week_of).ok_or_else(|| {
            EngineError::failed("demand.hour_of_week is \"actuals\", but the base holds no GPU hours")
                .then("import GPU hours, or use \"flat\" or \"consumer-chat\"")
        })?,
        Some(other) => {
            return Err(EngineError::failed(format!("demand.hour_of_week is {other:?}"))
                .then("use flat, consumer-chat or actuals"));
        }
    };
    Load::of_week(&week).ok_or_else(|| EngineError::failed("demand.hour_of_week has no load"))
}

fn serving(
    file: &ScenarioFile,
    prices: &PriceBook,
    tokens: TokensPerRequest,
    notes: &mut Vec<String>,
) -> Result<(Serving, Evidence, String, String)> {
    match &file.architecture {
        ArchitectureFile::Api { provider, model, priced_at } => {
            let date: NaiveDate = priced_at.parse().map_err(|_| {
                EngineError::failed(format!("architecture.priced_at is {priced_at:?}"))
                    .then("write a date such as 2026-10-31")
            })?;
            let prices = api_prices(prices, provider, model, date, tokens, notes)?;
            Ok((Serving::Api(Api::at(prices)), Evidence::Published, "AI provider".into(), format!("API · {model}")))
        }
        ArchitectureFile::OwnGpus {
            gpu,
            output_tokens_per_s_per_gpu,
            usd_per_gpu_hour,
            gpus_per_unit,
            spare_units,
            gpus,
            ..
        } => {
            let own = OwnGpus {
                gpus_per_unit: *gpus_per_unit,
                spare_units: *spare_units,
                stated_gpus: *gpus,
                ..OwnGpus::on_demand(output_tokens_per_s_per_gpu.value, usd_per_gpu_hour.value)
            };
            let evidence = output_tokens_per_s_per_gpu.evidence.max(usd_per_gpu_hour.evidence);
            Ok((Serving::OwnGpus(own), evidence, "GPU hours".into(), format!("own GPUs · {gpu}")))
        }
    }
}

/// Prices of a model for requests like these.
fn api_prices(
    prices: &PriceBook,
    provider: &str,
    model: &str,
    date: NaiveDate,
    tokens: TokensPerRequest,
    notes: &mut Vec<String>,
) -> Result<TokenPrices> {
    let offer = prices
        .offer(Model::plain(provider, model), date)
        .map_err(|reason| EngineError::failed(format!("unpriced: {reason}")).then("name a model of the price list"))?;
    // A saturating cast: no prompt of a scenario is longer than any step.
    let prompt = (tokens.input + tokens.cache_read + tokens.cache_write).ceil() as u64;
    let class = |class: TokenClass, used: f64, name: &str| match offer.at(class, prompt) {
        Ok((price, Currency::USD)) => Ok(price.to_f64()),
        _ if used == 0.0 => Ok(0.0),
        Ok((_, currency)) => Err(EngineError::failed(format!("{name} of {model} are priced in {currency}"))
            .then("scenarios are in USD; add a price in USD")),
        Err(_) => Err(EngineError::failed(format!("unpriced: {name} of {model} have no price of their own"))
            .then("state 0 of them in demand, or name another model")),
    };
    if offer.is_tiered() {
        notes.push(format!("{model} costs more for long prompts; prices are those of prompts of {prompt} tokens"));
    }
    if offer.prices.hours.len() > 1 {
        notes.push(format!("{model} costs more in some hours of the day; prices are the mean of the day"));
    }
    let sources = offer.sources().into_iter().collect::<Vec<_>>().join(", ");
    notes.push(format!("prices of {} on {date}: {sources}", offer.model));
    Ok(TokenPrices {
        input_usd_per_mtok: class(TokenClass::Input, tokens.input, "input tokens")?,
        cache_read_usd_per_mtok: class(TokenClass::CacheRead, tokens.cache_read, "cache reads")?,
        cache_write_usd_per_mtok: class(TokenClass::CacheWrite5m, tokens.cache_write, "cache writes")?,
        output_usd_per_mtok: class(TokenClass::Output, tokens.output, "output tokens")?,
    })
}

fn actuals(base: &Base, facts: &Facts) -> Result<Actuals> {
    let month: Month = base.month.parse().map_err(|error| EngineError::failed(format!("base.month: {error}")))?;
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
    let lines = base
        .keep_lines
        .iter()
        .map(|label| OtherLine {
            usd_per_request: sums.line(label).to_f64() / requests as f64,
            ..OtherLine::named(label, sums.lines.get(label).map_or(Evidence::Billed, margin::weakest))
        })
        .collect();
    Ok(Actuals {
        requests: requests as f64,
        tokens: TokensPerRequest {
            input: each(input),
            cache_read: each(read),
            cache_write: each(write),
            output: each(output),
        },
        revenue_usd: sums.revenue.to_f64(),
        lines,
        day: busy_day(facts, month),
        open: open(sums, &report.currency, month),
    })
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
