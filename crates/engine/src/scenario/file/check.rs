//! What a scenario file may state: names that are there once, figures within their spans, things that belong together.

use marginline_model::{Currency, Month};

use super::names::check_lines;
use super::{BaseModel, ScenarioFile, Week, assumptions, exit, observed, span, span_of};
use crate::error::{EngineError, Result};

fn bad<T>(what: String) -> Result<T> {
    Err(EngineError::failed(what).then("correct it in the scenario file"))
}

/// Looks at everything that a file states.
pub(in crate::scenario) fn check(file: &ScenarioFile) -> Result<()> {
    let start: std::result::Result<Month, _> = file.scenario.start.parse();
    if let Err(error) = start {
        return bad(format!("scenario.start: {error}"));
    }
    if let Some(fault) = span::fault("About", "months", Some(f64::from(file.scenario.months))) {
        return bad(format!("scenario.{fault}"));
    }
    for (path, assumption) in assumptions(file) {
        let span = span_of(&path);
        if !span.holds(assumption.value) {
            return bad(format!("{path} is {}, expected {span}", assumption.value));
        }
        if let Some(fault) = assumption.fault() {
            return bad(format!("{path}: {fault}"));
        }
    }
    if let Some(fault) = observed::fault(file) {
        return bad(fault);
    }
    if let Some(fault) = file.base.iter().flat_map(|base| &base.models).find_map(BaseModel::fault) {
        return bad(format!("base.models: {fault}"));
    }
    check_demand(file)?;
    check_components(file)?;
    check_costs(file)?;
    check_lines(file)?;
    check_currencies(file)?;
    if let Some(fault) = file.availability.fault() {
        return bad(format!("availability: {fault}"));
    }
    if let Some(fault) = exit::fault(file).or_else(|| file.limits.fault()) {
        return bad(fault);
    }
    Ok(())
}

fn check_demand(file: &ScenarioFile) -> Result<()> {
    let (demand, revenue) = (&file.demand, &file.revenue);
    if let Some(months) = &demand.month_of_year_percent {
        if months.len() != 12 {
            return bad("demand.month_of_year_percent holds 12 numbers, January to December".into());
        }
        let wrong = |month: &f64| span::fault("Demand", "month_of_year_percent", Some(*month));
        if let Some(fault) = months.iter().find_map(wrong) {
            return bad(format!("demand.{fault}"));
        }
    }
    if let Some(series) = &demand.requests_by_month {
        if demand.requests_per_month.is_some() {
            return bad("demand: both requests_per_month and requests_by_month are stated; leave one out".into());
        }
        if demand.month_of_year_percent.is_some() {
            return bad("demand: requests_by_month holds its seasons; leave month_of_year_percent out".into());
        }
        if let Some(fault) = series.fault(span_of("demand.requests_by_month")) {
            return bad(format!("demand.requests_by_month: {fault}"));
        }
    }
    if let Some(series) = &revenue.usd_per_request_by_month {
        if revenue.usd_per_request.is_some() {
            return bad("revenue: both usd_per_request and usd_per_request_by_month are stated; leave one out".into());
        }
        if let Some(fault) = series.fault(span_of("revenue.usd_per_request_by_month")) {
            return bad(format!("revenue.usd_per_request_by_month: {fault}"));
        }
    }
    if revenue.currency.is_some() && revenue.usd_per_request.is_none() && revenue.usd_per_request_by_month.is_none() {
        return bad("revenue.currency needs a stated price; that of the base is in USD".into());
    }
    match demand.hour_of_week.as_ref().and_then(Week::fault) {
        Some(fault) => bad(format!("demand.hour_of_week: {fault}")),
        None => Ok(()),
    }
}

fn check_components(file: &ScenarioFile) -> Result<()> {
    match (&file.architecture, file.component.is_empty()) {
        (None, true) => return bad("nothing serves the requests: state [architecture] or [[component]]".into()),
        (Some(_), false) => return bad("both [architecture] and [[component]] are stated: name each component".into()),
        _ => {}
    }
    let mut names: Vec<&str> = Vec::new();
    for component in &file.component {
        match component.name.as_deref().map(str::trim) {
            None | Some("") => return bad("a [[component]] has no name".into()),
            Some(name) if names.contains(&name) => return bad(format!("two components are named {name:?}")),
            Some(name) => names.push(name),
        }
    }
    for (path, component) in file.components() {
        if let Some(fault) = component.fault() {
            return bad(format!("{path}: {fault}"));
        }
    }
    Ok(())
}

fn check_costs(file: &ScenarioFile) -> Result<()> {
    for (place, cost) in file.cost.iter().enumerate() {
        if cost.label.trim().is_empty() {
            return bad("a [[cost]] has no label".into());
        }
        if file.cost[..place].iter().any(|other| other.label == cost.label) {
            return bad(format!("two [[cost]] lines are labelled {:?}", cost.label));
        }
        if let Some(fault) = cost.fault() {
            return bad(format!("cost.{}: {fault}", cost.label));
        }
    }
    Ok(())
}

/// What is no code, and the code that was meant where only its letters are small.
fn no_currency<T>(path: &str, code: &str) -> Result<T> {
    let meant = code.trim().to_ascii_uppercase();
    let next = match Currency::parse(&meant) {
        Ok(currency) if currency.code() == meant && meant != code => format!("write {meant}"),
        _ => "write a code of three capital letters, such as EUR".to_owned(),
    };
    Err(EngineError::failed(format!("{path}: {code:?} is no currency code")).then(next))
}

fn check_currencies(file: &ScenarioFile) -> Result<()> {
    for (code, rate) in &file.exchange_rates {
        if let Some(fault) = rate.months().and_then(|rates| rates.fault(span_of(&format!("exchange_rates.{code}")))) {
            return bad(format!("exchange_rates.{code}: {fault}"));
        }
        match Currency::parse(code) {
            Ok(Currency::USD) => {
                return Err(EngineError::failed("exchange_rates.USD is 1 by itself").then("leave it out"));
            }
            Ok(currency) if currency.code() == code => {}
            _ => return no_currency(&format!("exchange_rates.{code}"), code),
        }
    }
    let components = file.components();
    let components = components.iter().map(|(path, component)| (path.clone(), &component.currency));
    let costs = file.cost.iter().map(|cost| (format!("cost.{}", cost.label), &cost.currency));
    let revenue = std::iter::once(("revenue".to_owned(), &file.revenue.currency));
    for (path, currency) in revenue.chain(components).chain(costs) {
        let Some(code) = currency.as_deref().filter(|code| *code != "USD") else { continue };
        if !Currency::parse(code).is_ok_and(|currency| currency.code() == code) {
            return no_currency(&format!("{path}.currency"), code);
        }
        if !file.exchange_rates.contains_key(code) {
            return Err(EngineError::failed(format!("{path}.currency is {code:?}, which has no exchange rate"))
                .then(format!("state USD for one unit of it: [exchange_rates] {code} = ...")));
        }
    }
    Ok(())
}
