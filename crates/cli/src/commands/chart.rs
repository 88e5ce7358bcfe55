//! `marginline chart`: the same pictures as in the window, as files.

use marginline_engine::chart::png;
use marginline_engine::prices::catalogue::is_gpu;
use marginline_engine::report::Span;
use marginline_engine::report::capacity::CapacityRequest;
use marginline_engine::screen::charts::Look;
use marginline_engine::view::{Chart, ChartRequest, CostsQuery, MarginQuery, PriceItem, PricesQuery, Size, Theme};
use marginline_engine::{Engine, EngineError, Result, export};
use serde_json::json;

mod scenarios;

use super::{Context, prices};
use crate::Done;
use crate::args::{ChartArgs, ChartName};

pub(crate) async fn run(context: &mut Context<'_>, arguments: &ChartArgs) -> Result<Done> {
    let engine = context.engine().await?;
    let of_margin = || MarginQuery { month: arguments.month.clone(), ..MarginQuery::default() };
    let request = match arguments.name {
        ChartName::Prices => return draw_prices(context, &engine, arguments).await,
        ChartName::Capacity => return draw_capacity(context, &engine, arguments).await,
        ChartName::MarginTrend => ChartRequest::MarginTrend { query: of_margin() },
        ChartName::MarginChange => ChartRequest::MarginChange { query: of_margin() },
        ChartName::Costs => ChartRequest::Costs { query: costs(arguments)? },
        ChartName::PriceRegions => ChartRequest::PriceRegions { query: regions(context, arguments)? },
        _ => {
            let chart = scenarios::draw(context, &engine, arguments, look(arguments)).await?;
            return write(context, arguments, &chart);
        }
    };
    if !arguments.files.is_empty() {
        return Err(
            EngineError::usage("files belong to charts of scenarios, such as `chart compare`").then("leave them out")
        );
    }
    let chart = engine.chart(&request, look(arguments)).await?;
    write(context, arguments, &chart)
}

fn costs(arguments: &ChartArgs) -> Result<CostsQuery> {
    let span = Span::parse(None, arguments.quarter.as_deref(), arguments.from.as_deref(), arguments.to.as_deref())?;
    Ok(CostsQuery {
        from: span.from.map(|month| month.to_string()),
        to: span.to.map(|month| month.to_string()),
        by: arguments.by.clone(),
        ..CostsQuery::default()
    })
}

/// GPUs where no item or one of them is named, else the model.
fn regions(context: &Context<'_>, arguments: &ChartArgs) -> Result<PricesQuery> {
    let (_, day) = prices::span(context, None, arguments.to.as_deref())?;
    let filter = prices::filter(&arguments.prices)?;
    let item = filter.item.map(|item| PriceItem { provider: String::new(), item });
    let is_gpu = item.as_ref().is_none_or(|item| is_gpu(&item.item));
    Ok(PricesQuery {
        resource: Some(if is_gpu { "gpu" } else { "tokens" }.into()),
        as_of: Some(day.to_string()),
        provider: filter.provider,
        item,
        ..PricesQuery::default()
    })
}

fn look(arguments: &ChartArgs) -> Look {
    Look {
        size: Size { width: arguments.width, height: arguments.height },
        theme: if arguments.dark { Theme::Dark } else { Theme::Light },
        titled: true,
    }
}

async fn draw_prices(context: &mut Context<'_>, engine: &Engine, arguments: &ChartArgs) -> Result<Done> {
    let (from, to) = prices::span(context, arguments.from.as_deref(), arguments.to.as_deref())?;
    let history = engine.price_history(&prices::filter(&arguments.prices)?, from, to).await?;
    write(context, arguments, &history.chart(look(arguments))?)
}

async fn draw_capacity(context: &mut Context<'_>, engine: &Engine, arguments: &ChartArgs) -> Result<Done> {
    let ChartArgs { month, quarter, from, to, .. } = arguments;
    let Span { from, to } = Span::parse(month.as_deref(), quarter.as_deref(), from.as_deref(), to.as_deref())?;
    let report = engine.capacity(&CapacityRequest { from, to, ..CapacityRequest::default() }).await?;
    write(context, arguments, &report.chart(look(arguments))?)
}

fn write(context: &mut Context<'_>, arguments: &ChartArgs, chart: &Chart) -> Result<Done> {
    let extension =
        arguments.output.extension().and_then(|extension| extension.to_str()).unwrap_or_default().to_ascii_lowercase();
    let bytes = match extension.as_str() {
        "svg" => chart.svg.clone().into_bytes(),
        "png" => png(&chart.svg, 2.0)?,
        _ => {
            return Err(
                EngineError::usage("a chart is written as .svg or .png").at(arguments.output.display().to_string())
            );
        }
    };
    export::write(&arguments.output, &bytes)?;
    if context.json {
        return context
            .json(&json!({"chart": chart.id, "file": arguments.output.display().to_string(), "says": chart.alt}));
    }
    context.say(&format!("wrote {}", arguments.output.display()));
    Ok(Done::Clean)
}
