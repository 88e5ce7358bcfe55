//! `marginline report`: costs, margin, units, hours.

use marginline_engine::convert::Conversion;
use marginline_engine::report::Span;
use marginline_engine::report::costs::CostsRequest;
use marginline_engine::report::hours::HoursRequest;
use marginline_engine::report::margin::MarginRequest;
use marginline_engine::report::units::units_by;
use marginline_engine::view::{Filter, MarginBy, MonthBasis, Table};
use marginline_engine::{EngineError, Result};
use serde_json::Value;

use super::Context;
use crate::Done;
use crate::args::{Basis, Report, ReportArgs};

impl From<Basis> for MonthBasis {
    fn from(basis: Basis) -> Self {
        match basis {
            Basis::BillingMonth => Self::BillingMonth,
            Basis::UsageDate => Self::UsageDate,
        }
    }
}

pub(crate) async fn run(context: &mut Context<'_>, report: &Report) -> Result<Done> {
    let (arguments, table, json, gaps) = match report {
        Report::Costs(arguments) => costs(context, arguments).await?,
        Report::Margin(arguments) => margin(context, arguments).await?,
        Report::Units(arguments) => units(context, arguments).await?,
        Report::Hours(arguments) => hours(context, arguments).await?,
    };
    context.output(&table, &json, arguments.format, arguments.output.as_deref())?;
    Ok(if gaps && context.strict { Done::Look } else { Done::Clean })
}

type Found<'a> = (&'a ReportArgs, Table, Value, bool);

/// The period asked for.
fn span(arguments: &ReportArgs) -> Result<Span> {
    let ReportArgs { month, quarter, from, to, .. } = arguments;
    Span::parse(month.as_deref(), quarter.as_deref(), from.as_deref(), to.as_deref())
}

/// Currency and rates asked for.
fn conversion(arguments: &ReportArgs) -> Result<Conversion> {
    Conversion::parse(arguments.currency.as_deref(), arguments.constant_rates.as_deref())
}

async fn costs<'a>(context: &Context<'_>, arguments: &'a ReportArgs) -> Result<Found<'a>> {
    let Span { from, to } = span(arguments)?;
    let request = CostsRequest {
        from,
        to,
        basis: arguments.basis.into(),
        by: arguments.by.clone(),
        filters: arguments.filters.iter().map(|text| filter(text)).collect::<Result<_>>()?,
        conversion: conversion(arguments)?,
    };
    let report = context.engine().await?.costs(&request).await?;
    Ok((arguments, report.table(), report.json()?, report.gaps.cost_is_a_bound()))
}

fn filter(text: &str) -> Result<Filter> {
    let (key, value) = text
        .split_once('=')
        .ok_or_else(|| EngineError::usage(format!("{text:?} is not a filter")).then("write it as service=Storage"))?;
    Ok(Filter { key: key.to_owned(), value: value.to_owned() })
}

async fn margin<'a>(context: &Context<'_>, arguments: &'a ReportArgs) -> Result<Found<'a>> {
    no_filters(arguments)?;
    let Span { from, to } = span(arguments)?;
    let by = match arguments.by.as_slice() {
        [] => {
            if arguments.month.is_some() {
                MarginBy::Product
            } else {
                MarginBy::Month
            }
        }
        [one] => match one.as_str() {
            "month" => MarginBy::Month,
            "product" => MarginBy::Product,
            "customer" => MarginBy::Customer,
            "region" => MarginBy::Region,
            other => {
                return Err(EngineError::usage(format!("margin cannot be grouped by {other:?}"))
                    .then("use month, product, customer or region"));
            }
        },
        _ => {
            return Err(
                EngineError::usage("margin is grouped by one key").then("use month, product, customer or region")
            );
        }
    };
    let request = MarginRequest { from, to, basis: arguments.basis.into(), by, conversion: conversion(arguments)? };
    let engine = context.engine().await?;
    let report = engine.margin(&request).await?;
    Ok((arguments, engine.margin_table(&request).await?, report.json()?, report.gaps.cost_is_a_bound()))
}

async fn units<'a>(context: &Context<'_>, arguments: &'a ReportArgs) -> Result<Found<'a>> {
    no_filters(arguments)?;
    let Span { from, to } = span(arguments)?;
    let by = match arguments.by.as_slice() {
        [] => units_by("month")?,
        [one] => units_by(one)?,
        _ => {
            return Err(
                EngineError::usage("units are grouped by one key").then("use month, product, customer or model")
            );
        }
    };
    let report = context.engine().await?.units(from, to, by, conversion(arguments)?).await?;
    Ok((arguments, report.table(), report.json(), report.gaps.cost_is_a_bound()))
}

async fn hours<'a>(context: &Context<'_>, arguments: &'a ReportArgs) -> Result<Found<'a>> {
    no_filters(arguments)?;
    if arguments.currency.is_some() || arguments.constant_rates.is_some() {
        return Err(EngineError::usage("GPU hours are no money").then("leave out --currency and --constant-rates"));
    }
    let Span { from, to } = span(arguments)?;
    let request = HoursRequest { from, to, by: arguments.by.clone() };
    let report = context.engine().await?.hours(&request).await?;
    Ok((arguments, report.table(), report.json(), false))
}

fn no_filters(arguments: &ReportArgs) -> Result<()> {
    if arguments.filters.is_empty() {
        return Ok(());
    }
    Err(EngineError::usage("--filter belongs to `report costs`").then("leave it out, or ask `report costs`"))
}
