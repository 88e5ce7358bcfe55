//! `marginline report`: costs, margin, units, revenue, tie-out, and what machines did.

use std::path::Path;

use marginline_engine::convert::Conversion;
use marginline_engine::report::Span;
use marginline_engine::report::anomalies::{AnomaliesRequest, Direction};
use marginline_engine::report::capacity::CapacityRequest;
use marginline_engine::report::commitments::CommitmentsRequest;
use marginline_engine::report::costs::CostsRequest;
use marginline_engine::report::gpus::GpusRequest;
use marginline_engine::report::hours::HoursRequest;
use marginline_engine::report::margin::MarginRequest;
use marginline_engine::report::replay::priced_on;
use marginline_engine::report::revenue::RevenueKey;
use marginline_engine::report::units::units_by;
use marginline_engine::screen::month_or_none;
use marginline_engine::view::{Filter, MarginBy, MonthBasis, Table};
use marginline_engine::{EngineError, Result};
use serde_json::Value;

use super::Context;
use crate::Done;
use crate::args::{
    AnomaliesArgs, Basis, BenchmarksArgs, CapacityArgs, Form, GpusArgs, LoadArgs, OutputArgs, PlanArgs, Report,
    ReportArgs, Side,
};

impl From<Basis> for MonthBasis {
    fn from(basis: Basis) -> Self {
        match basis {
            Basis::BillingMonth => Self::BillingMonth,
            Basis::UsageDate => Self::UsageDate,
        }
    }
}

pub(crate) async fn run(context: &mut Context<'_>, report: &Report) -> Result<Done> {
    let (output, table, json, gaps) = match report {
        Report::Costs(arguments) => costs(context, arguments).await?,
        Report::Margin(arguments) => margin(context, arguments).await?,
        Report::Units(arguments) => units(context, arguments).await?,
        Report::Revenue(arguments) => revenue(context, arguments).await?,
        Report::TieOut(arguments) => tie_out(context, arguments).await?,
        Report::Reconciliation(arguments) => reconciliation(context, arguments).await?,
        Report::Gpus(arguments) => gpus(context, arguments).await?,
        Report::Commitments(arguments) => commitments(context, arguments).await?,
        Report::Load(arguments) => load(context, arguments).await?,
        Report::Capacity(arguments) => capacity(context, arguments).await?,
        Report::Benchmarks(arguments) => benchmarks(context, arguments).await?,
        Report::Hours(arguments) => hours(context, arguments).await?,
        Report::Anomalies(arguments) => anomalies(context, arguments).await?,
        Report::Plan(arguments) => plan(context, arguments).await?,
    };
    context.output(&table, &json, output.0, output.1)?;
    Ok(if gaps && context.strict { Done::Look } else { Done::Clean })
}

/// Form and file asked for, the table, the JSON document, and whether a figure is a bound.
type Found<'a> = ((Option<Form>, Option<&'a Path>), Table, Value, bool);

impl OutputArgs {
    fn to(&self) -> (Option<Form>, Option<&Path>) {
        (self.format, self.output.as_deref())
    }
}

async fn gpus<'a>(context: &Context<'_>, arguments: &'a GpusArgs) -> Result<Found<'a>> {
    let Span { from, to } = arguments.period.span()?;
    let request = GpusRequest { from, to, by: arguments.by.clone() };
    let report = context.engine().await?.gpus(&request).await?;
    Ok((arguments.output.to(), report.table(), report.json(), false))
}

async fn anomalies<'a>(context: &Context<'_>, arguments: &'a AnomaliesArgs) -> Result<Found<'a>> {
    let request = AnomaliesRequest {
        month: month_or_none(arguments.month.as_deref())?,
        threshold: arguments.threshold,
        least_impact: arguments.min_impact,
        least_percent: arguments.min_percent,
        direction: match arguments.direction {
            Side::Both => Direction::Both,
            Side::Up => Direction::Up,
            Side::Down => Direction::Down,
        },
        conversion: Conversion::parse(arguments.currency.as_deref(), None)?,
    };
    let report = context.engine().await?.anomalies(&request).await?;
    Ok((arguments.output.to(), report.table(), report.json(), !report.is_empty()))
}

async fn plan<'a>(context: &Context<'_>, arguments: &'a PlanArgs) -> Result<Found<'a>> {
    let report = context.engine().await?.plan_report(month_or_none(arguments.month.as_deref())?).await?;
    Ok((arguments.output.to(), report.table(), report.json(), report.has_gaps()))
}

async fn load<'a>(context: &Context<'_>, arguments: &'a LoadArgs) -> Result<Found<'a>> {
    let report = context.engine().await?.load(arguments.by.as_deref()).await?;
    Ok((arguments.output.to(), report.table(), report.json(), false))
}

async fn capacity<'a>(context: &Context<'_>, arguments: &'a CapacityArgs) -> Result<Found<'a>> {
    let CapacityArgs { period, pool, tokens_per_gpu_second, output } = arguments;
    let Span { from, to } = period.span()?;
    let request = CapacityRequest { from, to, pool: pool.clone(), tokens_per_gpu_second: *tokens_per_gpu_second };
    let report = context.engine().await?.capacity(&request).await?;
    Ok((output.to(), report.table(), report.json(), false))
}

async fn benchmarks<'a>(context: &Context<'_>, arguments: &'a BenchmarksArgs) -> Result<Found<'a>> {
    let filters = arguments.filters.iter().map(|text| filter(text)).collect::<Result<Vec<_>>>()?;
    let report = context.engine().await?.benchmarks(&filters).await?;
    Ok((arguments.output.to(), report.table(), report.json(), false))
}

/// Currency, rates and day of prices asked for.
fn conversion(context: &Context<'_>, arguments: &ReportArgs) -> Result<Conversion> {
    let conversion = Conversion::parse(arguments.currency.as_deref(), arguments.constant_rates.as_deref())?;
    Ok(Conversion { prices_on: priced_on(&arguments.prices, context.io.now.date_naive())?, ..conversion })
}

/// Adds what other prices than its own add to the cost of usage, where they were asked for.
async fn with_replay(
    context: &Context<'_>,
    arguments: &ReportArgs,
    mut table: Table,
    mut json: Value,
) -> Result<(Table, Value)> {
    let replay = context
        .engine()
        .await?
        .replay(arguments.period.span()?, conversion(context, arguments)?, arguments.basis.into())
        .await?;
    if let Some(replay) = replay {
        table.notes.splice(0..0, replay.notes());
        json["replay"] = replay.json();
    }
    Ok((table, json))
}

async fn costs<'a>(context: &Context<'_>, arguments: &'a ReportArgs) -> Result<Found<'a>> {
    let Span { from, to } = arguments.period.span()?;
    let request = CostsRequest {
        from,
        to,
        basis: arguments.basis.into(),
        by: arguments.by.clone(),
        filters: arguments.filters.iter().map(|text| filter(text)).collect::<Result<_>>()?,
        conversion: conversion(context, arguments)?,
    };
    let report = context.engine().await?.costs(&request).await?;
    let (table, json) = with_replay(context, arguments, report.table(), report.json()?).await?;
    Ok((arguments.output.to(), table, json, report.gaps.cost_is_a_bound()))
}

fn filter(text: &str) -> Result<Filter> {
    let (key, value) = text
        .split_once('=')
        .ok_or_else(|| EngineError::usage(format!("{text:?} is not a filter")).then("write it as service=Storage"))?;
    Ok(Filter { key: key.to_owned(), value: value.to_owned() })
}

async fn margin<'a>(context: &Context<'_>, arguments: &'a ReportArgs) -> Result<Found<'a>> {
    no_filters(arguments)?;
    let Span { from, to } = arguments.period.span()?;
    let by = match arguments.by.as_slice() {
        [] => {
            if arguments.period.month.is_some() {
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
    let request =
        MarginRequest { from, to, basis: arguments.basis.into(), by, conversion: conversion(context, arguments)? };
    let report = context.engine().await?.margin(&request).await?;
    let (table, json) = with_replay(context, arguments, report.table(), report.json()?).await?;
    Ok((arguments.output.to(), table, json, report.gaps.cost_is_a_bound()))
}

async fn units<'a>(context: &Context<'_>, arguments: &'a ReportArgs) -> Result<Found<'a>> {
    no_filters(arguments)?;
    let Span { from, to } = arguments.period.span()?;
    let by = match arguments.by.as_slice() {
        [] => units_by("month")?,
        [one] => units_by(one)?,
        _ => {
            return Err(
                EngineError::usage("units are grouped by one key").then("use month, product, customer or model")
            );
        }
    };
    let report = context.engine().await?.units(from, to, by, conversion(context, arguments)?).await?;
    Ok((arguments.output.to(), report.table(), report.json(), report.gaps.cost_is_a_bound()))
}

async fn revenue<'a>(context: &Context<'_>, arguments: &'a ReportArgs) -> Result<Found<'a>> {
    no_filters(arguments)?;
    own_currencies(arguments, "what is deferred carries no rate of its own")?;
    let Span { from, to } = arguments.period.span()?;
    let by = RevenueKey::parse(&arguments.by)?;
    let report = context.engine().await?.revenue(from, to, by).await?;
    Ok((arguments.output.to(), report.table(), report.json()?, !report.unconverted.is_empty()))
}

async fn tie_out<'a>(context: &Context<'_>, arguments: &'a ReportArgs) -> Result<Found<'a>> {
    no_filters(arguments)?;
    if !arguments.by.is_empty() {
        return Err(EngineError::usage("the tie-out is always by issuer, month and currency").then("leave out --by"));
    }
    if arguments.basis == Basis::UsageDate {
        return Err(EngineError::usage("invoices are for billing months").then("leave out --basis"));
    }
    own_currencies(arguments, "an invoice is held against the bill in its own currency")?;
    let Span { from, to } = arguments.period.span()?;
    let report = context.engine().await?.tie_out(from, to).await?;
    Ok((arguments.output.to(), report.table(), report.json(), report.is_open()))
}

async fn reconciliation<'a>(context: &Context<'_>, arguments: &'a ReportArgs) -> Result<Found<'a>> {
    no_filters(arguments)?;
    if !arguments.by.is_empty() {
        return Err(EngineError::usage("the reconciliation is always by provider, day, model and project")
            .then("leave out --by"));
    }
    own_currencies(arguments, "computed and billed cost are compared in USD")?;
    let Span { from, to } = arguments.period.span()?;
    let report = context.engine().await?.reconciliation(from, to).await?;
    Ok((arguments.output.to(), report.table(), report.json(), report.is_open()))
}

async fn hours<'a>(context: &Context<'_>, arguments: &'a ReportArgs) -> Result<Found<'a>> {
    no_filters(arguments)?;
    own_currencies(arguments, "GPU hours are no money")?;
    let Span { from, to } = arguments.period.span()?;
    let request = HoursRequest { from, to, by: arguments.by.clone() };
    let report = context.engine().await?.hours(&request).await?;
    Ok((arguments.output.to(), report.table(), report.json(), false))
}

async fn commitments<'a>(context: &Context<'_>, arguments: &'a ReportArgs) -> Result<Found<'a>> {
    no_filters(arguments)?;
    if arguments.prices != "own" {
        return Err(EngineError::usage("--prices belongs to costs, margin and units").then("leave it out"));
    }
    let Span { from, to } = arguments.period.span()?;
    let request = CommitmentsRequest {
        from,
        to,
        basis: arguments.basis.into(),
        by: arguments.by.clone(),
        conversion: conversion(context, arguments)?,
    };
    let report = context.engine().await?.commitments(&request).await?;
    Ok((arguments.output.to(), report.table(), report.json(), report.is_open()))
}

/// Refuses a conversion where there is none, and says why.
fn own_currencies(arguments: &ReportArgs, why: &str) -> Result<()> {
    if arguments.prices != "own" {
        return Err(EngineError::usage("--prices belongs to costs, margin and units").then("leave it out"));
    }
    if arguments.currency.is_none() && arguments.constant_rates.is_none() {
        return Ok(());
    }
    Err(EngineError::usage(why).then("leave out --currency and --constant-rates"))
}

fn no_filters(arguments: &ReportArgs) -> Result<()> {
    if arguments.filters.is_empty() {
        return Ok(());
    }
    Err(EngineError::usage("--filter belongs to `report costs`").then("leave it out, or ask `report costs`"))
}
