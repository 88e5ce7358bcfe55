//! From a scenario file to the inputs of `month`: what the file states, and the rest from actuals and prices.

use marginline_model::scenario::{
    CONSUMER_CHAT_DAY, Demand, Evidence, Inputs, Load, OtherLine, Revenue, Schedule, TokensPerRequest, UnitPrice,
    week_of,
};
use marginline_store::source::hash_of;

use super::actuals::{Actuals, actuals};
use super::complete::{Findings, completed};
use super::component::components;
use super::file::{Assumption, CostFile, Kind, ScenarioFile};
use crate::error::{EngineError, Result};
use crate::facts::Facts;
use crate::prices::PriceBook;

/// A scenario with nothing left open.
#[derive(Debug, Clone)]
pub struct Resolved {
    /// Id in the workspace: the file's stem.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// `API · claude-haiku-4-5` or `own GPUs · H100 SXM`.
    pub kind: String,
    /// The file, with what it leaves to the price book, the serving model and measurements filled in.
    pub file: ScenarioFile,
    /// What was found beside the inputs, for the verdicts.
    pub findings: Findings,
    /// Inputs of `month`.
    pub inputs: Inputs,
    /// SHA-256 of the inputs: the same for the same file, base and prices.
    pub hash: String,
    /// What was filled in from actuals and prices, in words.
    pub notes: Vec<String>,
}

/// Resolves a scenario.
///
/// # Errors
/// When demand is neither stated nor in the base, a price is unknown on its date, or a date is none.
pub fn resolve(id: &str, file: &ScenarioFile, facts: Option<&Facts>, prices: &PriceBook) -> Result<Resolved> {
    let scenario = id.to_owned();
    let place = |error: EngineError| error.at(format!("scenario {scenario}"));
    let mut notes = Vec::new();
    let actuals = match (&file.base, facts) {
        (Some(base), Some(facts)) if base.month.is_some() => Some(actuals(base, facts).map_err(place)?),
        _ => None,
    };
    if let (Some(base), Some(actuals)) = (&file.base, &actuals) {
        let of = base.product.as_ref().map_or(String::new(), |product| format!(" of {product}"));
        let month = base.month.as_deref().unwrap_or_default();
        notes.push(format!("what the file does not state is taken from the actuals{of} in {month}"));
        notes.extend(actuals.open.clone());
    }
    let base = actuals.as_ref();
    let demand = demand(file, base).map_err(place)?;
    let written = file;
    let (file, found) = completed(file, demand.tokens, prices, &mut notes).map_err(place)?;
    let named = file.base.as_ref().map(|base| base.models.clone()).filter(|models| !models.is_empty());
    let base_models = named.or_else(|| base.map(|base| base.models.clone())).unwrap_or_default();
    let findings = Findings { components: found, base_models };
    let file = &file;
    let owns = file.components().iter().any(|(_, component)| component.kind == Kind::OwnGpus);
    if owns && demand.tokens.output <= 0.0 {
        return Err(place(
            EngineError::failed("own GPUs are counted by output tokens, and a request has none")
                .then("state demand.output_tokens_per_request"),
        ));
    }
    let earned = base.filter(|a| a.requests > 0.0).map(|a| a.revenue_usd / a.requests);
    let revenue = Revenue {
        usd_per_request: stated(&file.revenue.usd_per_request, earned, "revenue.usd_per_request").map_err(place)?,
        change_per_month: percent(&file.revenue.price_change_percent_per_month),
        ..Revenue::default()
    };
    let load = load(file.demand.hour_of_week.as_deref(), base, &mut notes).map_err(place)?;
    let inputs = Inputs {
        start: file.scenario.start.parse().map_err(|_| EngineError::failed("scenario.start is no month"))?,
        months: file.scenario.months,
        components: components(file, prices, demand.tokens, &load, &mut notes).map_err(place)?,
        demand,
        revenue,
        other: other_lines(file, base),
    };
    inputs.check().map_err(|error| place(EngineError::failed(error.to_string()).then("correct the scenario file")))?;
    let hash = hash_of(&format!("{inputs:?}"));
    let (id, name, kind) = (id.to_owned(), file.scenario.name.clone(), file.kind());
    let resolved = Resolved { id, name, kind, file: file.clone(), findings, inputs, hash, notes };
    super::lock::check(&resolved, written, actuals.as_ref().map(|actuals| format!("{actuals:?}"))).map_err(place)?;
    Ok(resolved)
}

/// The actuals that a file reads, in words that are the same for the same actuals; `None` without a base month.
///
/// # Errors
/// As [`resolve`].
pub(super) fn actuals_words(file: &ScenarioFile, facts: Option<&Facts>) -> Result<Option<String>> {
    match (&file.base, facts) {
        (Some(base), Some(facts)) if base.month.is_some() => Ok(Some(format!("{:?}", actuals(base, facts)?))),
        _ => Ok(None),
    }
}

fn stated(assumption: &Option<Assumption>, actual: Option<f64>, name: &str) -> Result<f64> {
    assumption.as_ref().map(|a| a.value).or(actual).ok_or_else(|| {
        EngineError::failed(format!("{name} is neither stated nor in a base"))
            .then("state it, or add a [base] month with usage")
    })
}

fn percent(assumption: &Option<Assumption>) -> f64 {
    assumption.as_ref().map_or(0.0, |a| a.value) / 100.0
}

fn demand(file: &ScenarioFile, base: Option<&Actuals>) -> Result<Demand> {
    let demand = &file.demand;
    let own = base.map(|a| a.tokens);
    let prompt = demand.prompt_tokens_per_request.as_ref().map(|a| a.value);
    let mut tokens = TokensPerRequest {
        // A stated prompt needs no input of its own.
        input: stated(
            &demand.input_tokens_per_request,
            own.map(|tokens| tokens.input).or(prompt),
            "demand.input_tokens_per_request",
        )?,
        cache_read: stated(
            &demand.cache_read_tokens_per_request,
            Some(own.map_or(0.0, |tokens| tokens.cache_read)),
            "",
        )?,
        cache_write: stated(
            &demand.cache_write_tokens_per_request,
            Some(own.map_or(0.0, |tokens| tokens.cache_write)),
            "",
        )?,
        output: stated(
            &demand.output_tokens_per_request,
            own.map(|tokens| tokens.output),
            "demand.output_tokens_per_request",
        )?,
    };
    if let Some(prompt) = prompt {
        tokens = tokens.with_prompt(prompt);
    }
    if demand.cache_hit_percent.is_some() {
        tokens = tokens.with_cache_hit_share(percent(&demand.cache_hit_percent));
    }
    let requests = stated(&demand.requests_per_month, base.map(|a| a.requests), "demand.requests_per_month")?;
    let mut found = Demand::growing(requests, percent(&demand.growth_percent_per_month), tokens);
    found.churn_per_month = percent(&demand.churn_percent_per_month);
    found.retry_share = percent(&demand.retry_percent);
    for (factor, stated) in found.month_of_year.iter_mut().zip(demand.month_of_year_percent.iter().flatten()) {
        *factor = stated / 100.0;
    }
    Ok(found)
}

/// Lines of the base that go on, then those the file adds.
fn other_lines(file: &ScenarioFile, base: Option<&Actuals>) -> Vec<OtherLine> {
    let mut other: Vec<OtherLine> = base.map(|a| a.lines.clone()).unwrap_or_default();
    other.extend(file.cost.iter().map(other_line));
    other
}

fn other_line(cost: &CostFile) -> OtherLine {
    let amounts = [&cost.usd_per_month, &cost.usd_per_request, &cost.usd_per_mtok, &cost.revenue_percent];
    let evidence = amounts.into_iter().flatten().map(|a| a.evidence).max().unwrap_or(Evidence::Assumed);
    let amount = |assumption: &Option<Assumption>| assumption.as_ref().map_or(0.0, |a| a.value);
    OtherLine {
        usd_per_month: amount(&cost.usd_per_month),
        usd_per_request: amount(&cost.usd_per_request),
        usd_per_mtok: amount(&cost.usd_per_mtok),
        revenue_share: percent(&cost.revenue_percent),
        units: cost.units.map(|units| UnitPrice {
            requests_per_s_per_unit: units.requests_per_s_per_unit,
            usd_per_unit_month: units.usd_per_unit_month,
            spare_units: units.spare_units,
            stated_units: units.units,
        }),
        schedule: Schedule {
            from: cost.from_month.unwrap_or(1).saturating_sub(1),
            to: cost.to_month.map(|to| to.saturating_sub(1)),
            every: cost.every_months.unwrap_or(1),
        },
        change_per_month: percent(&cost.price_change_percent_per_month),
        ..OtherLine::named(&cost.label, evidence)
    }
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
