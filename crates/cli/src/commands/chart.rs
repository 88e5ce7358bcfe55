//! `marginline chart`: the same pictures as in the window, as files.

use marginline_engine::chart::png;
use marginline_engine::import::{ImportOptions, Watch};
use marginline_engine::screen::charts::Look;
use marginline_engine::view::{ChartRequest, CompareQuery, CostsQuery, MarginQuery, Size, Theme};
use marginline_engine::{Engine, EngineError, Result, export};
use serde_json::json;

use super::{Context, scenario};
use crate::Done;
use crate::args::{ChartArgs, ChartName};

pub(crate) async fn run(context: &mut Context<'_>, arguments: &ChartArgs) -> Result<Done> {
    let engine = context.engine().await?;
    let margin = || MarginQuery { month: arguments.month.clone(), ..MarginQuery::default() };
    let request = match arguments.name {
        ChartName::MarginTrend => ChartRequest::MarginTrend { query: margin() },
        ChartName::MarginChange => ChartRequest::MarginChange { query: margin() },
        ChartName::Costs => ChartRequest::Costs {
            query: CostsQuery {
                from: arguments.from.clone(),
                to: arguments.to.clone(),
                by: arguments.by.clone(),
                ..CostsQuery::default()
            },
        },
        ChartName::Compare => ChartRequest::Compare { query: compare(&engine, context, arguments).await? },
    };
    let look = Look {
        size: Size { width: arguments.width, height: arguments.height },
        theme: if arguments.dark { Theme::Dark } else { Theme::Light },
        titled: true,
    };
    let chart = engine.chart(&request, look).await?;
    let extension =
        arguments.output.extension().and_then(|extension| extension.to_str()).unwrap_or_default().to_ascii_lowercase();
    let bytes = match extension.as_str() {
        "svg" => chart.svg.into_bytes(),
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

/// Scenario files named on the line are kept in the workspace first, so that the chart has them.
async fn compare(engine: &Engine, context: &Context<'_>, arguments: &ChartArgs) -> Result<CompareQuery> {
    if arguments.files.is_empty() {
        return Ok(CompareQuery::default());
    }
    let options = ImportOptions { format: None, dry_run: false, now: context.io.now, keep_source: true };
    engine.import(&arguments.files, &options, &Watch::nobody()).await?;
    let scenarios = scenario::read(&arguments.files)?.into_iter().map(|(id, _)| id).collect();
    Ok(CompareQuery { scenarios, ..CompareQuery::default() })
}
