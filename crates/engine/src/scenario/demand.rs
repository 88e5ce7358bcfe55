//! Demand and revenue of a scenario: what the file states, and the rest from actuals.

use marginline_model::scenario::{Composition, Demand, Revenue};

use super::actuals::Actuals;
use super::file::{Assumption, ScenarioFile, Series};
use super::scale::Scale;
use crate::error::{EngineError, Result};

fn stated(assumption: &Option<Assumption>, actual: Option<f64>, name: &str) -> Result<f64> {
    assumption.as_ref().map(|a| a.value).or(actual).ok_or_else(|| {
        EngineError::failed(format!("{name} is neither stated nor in a base"))
            .then("state it, or add a [base] month with usage")
    })
}

/// A share of an assumption in percent; 0 where it is not stated.
pub(super) fn percent(assumption: Option<&Assumption>) -> f64 {
    Scale::PERCENT.to_model(assumption.map_or(0.0, |a| a.value))
}

/// A level in percent; 1 where it is not stated.
pub(super) fn level(assumption: Option<&Assumption>) -> f64 {
    Scale::PERCENT.to_model(assumption.map_or(100.0, |a| a.value))
}

/// The figures of a series; none where it is not stated.
pub(super) fn months(series: Option<&Series>) -> Vec<f64> {
    series.map(|series| series.values.clone()).unwrap_or_default()
}

/// What is asked of the product.
///
/// # Errors
/// When a number is neither stated nor in the base.
pub(super) fn demand(file: &ScenarioFile, base: Option<&Actuals>) -> Result<Demand> {
    let demand = &file.demand;
    let own = base.map(|a| a.tokens);
    let value = |assumption: &Option<Assumption>| assumption.as_ref().map(|a| a.value);
    let prompt = value(&demand.prompt_tokens_per_request);
    let input = value(&demand.input_tokens_per_request).or(own.map(|tokens| tokens.input));
    if input.is_none() && prompt.is_none() {
        stated(&None, None, "demand.input_tokens_per_request")?;
    }
    let composition = Composition {
        // A stated prompt needs no input of its own.
        input,
        cache_read: value(&demand.cache_read_tokens_per_request).unwrap_or(own.map_or(0.0, |tokens| tokens.cache_read)),
        cache_write: value(&demand.cache_write_tokens_per_request)
            .unwrap_or(own.map_or(0.0, |tokens| tokens.cache_write)),
        output: stated(
            &demand.output_tokens_per_request,
            own.map(|tokens| tokens.output),
            "demand.output_tokens_per_request",
        )?,
        prompt,
        cache_hit_share: demand.cache_hit_percent.as_ref().map(|hits| percent(Some(hits))),
    };
    let by_month = months(demand.requests_by_month.as_ref());
    let requests = match by_month.first() {
        Some(first) => *first,
        None => stated(&demand.requests_per_month, base.map(|a| a.requests), "demand.requests_per_month")?,
    };
    let mut found = Demand::growing(requests, percent(demand.growth_percent_per_month.as_ref()), composition.tokens());
    found.by_month = by_month;
    found.level = level(demand.level_percent.as_ref());
    found.composition = Some(composition);
    found.churn_per_month = percent(demand.churn_percent_per_month.as_ref());
    found.retry_share = percent(demand.retry_percent.as_ref());
    for (factor, stated) in found.month_of_year.iter_mut().zip(demand.month_of_year_percent.iter().flatten()) {
        *factor = Scale::PERCENT.to_model(*stated);
    }
    Ok(found)
}

/// What it earns.
///
/// # Errors
/// When the price is neither stated nor in the base.
pub(super) fn revenue(file: &ScenarioFile, base: Option<&Actuals>) -> Result<Revenue> {
    let revenue = &file.revenue;
    let by_month = months(revenue.usd_per_request_by_month.as_ref());
    let earned = base.filter(|a| a.requests > 0.0).map(|a| a.revenue_usd / a.requests);
    let price = match by_month.first() {
        Some(first) => *first,
        None => stated(&revenue.usd_per_request, earned, "revenue.usd_per_request")?,
    };
    Ok(Revenue {
        usd_per_request: price,
        by_month,
        level: level(revenue.level_percent.as_ref()),
        currency: super::lines::currency(revenue.currency.as_deref())?,
        change_per_month: percent(revenue.price_change_percent_per_month.as_ref()),
        ..Revenue::default()
    })
}
