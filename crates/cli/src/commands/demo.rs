//! `marginline demo`: the sample company, from files to margin.

use std::path::Path;

use marginline_engine::chart::png;
use marginline_engine::report::margin::MarginRequest;
use marginline_engine::screen::charts::Look;
use marginline_engine::view::{
    ChartRequest, CompareQuery, CostsQuery, MarginBy, MarginQuery, Size, TableRequest, Theme,
};
use marginline_engine::{Engine, EngineError, Result, export};

use super::{Context, import};
use crate::Done;

pub(crate) async fn run(context: &mut Context<'_>, out: Option<&Path>) -> Result<Done> {
    let engine = context.engine().await?;
    let watch = import::watch(context);
    engine.open_sample(context.io.now, &watch).await?;
    let request = MarginRequest { by: MarginBy::Month, ..MarginRequest::default() };
    if context.json {
        let json = engine.margin(&request).await?.json()?;
        context.json(&json)?;
    } else {
        let table = engine.margin(&request).await?.table();
        context.table(&table)?;
    }
    if let Some(folder) = out {
        write(context, &engine, folder).await?;
    }
    Ok(Done::Clean)
}

async fn write(context: &mut Context<'_>, engine: &Engine, folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder)
        .map_err(|error| EngineError::failed(format!("cannot be made: {error}")).at(folder.display().to_string()))?;
    let by_month = MarginRequest { by: MarginBy::Month, ..MarginRequest::default() };
    export::write(&folder.join("margin-by-month.csv"), &export::csv(&engine.margin(&by_month).await?.table())?)?;
    let tables = [
        ("margin-by-product.csv", TableRequest::Margin { query: MarginQuery::default() }),
        ("costs-by-service.csv", TableRequest::Costs { query: CostsQuery::default() }),
        ("compare.csv", TableRequest::Compare { query: CompareQuery::default() }),
    ];
    for (name, request) in tables {
        export::write(&folder.join(name), &export::csv(&engine.table(&request).await?)?)?;
    }
    let charts = [
        ("margin-trend", ChartRequest::MarginTrend { query: MarginQuery::default() }),
        ("margin-change", ChartRequest::MarginChange { query: MarginQuery::default() }),
        ("costs", ChartRequest::Costs { query: CostsQuery::default() }),
        ("compare", ChartRequest::Compare { query: CompareQuery::default() }),
    ];
    for (name, request) in charts {
        for (theme, suffix) in [(Theme::Light, ""), (Theme::Dark, "-dark")] {
            let look = Look { size: Size { width: 960, height: 540 }, theme, titled: true };
            let chart = engine.chart(&request, look).await?;
            export::write(&folder.join(format!("{name}{suffix}.png")), &png(&chart.svg, 2.0)?)?;
            export::write(&folder.join(format!("{name}{suffix}.svg")), chart.svg.as_bytes())?;
        }
    }
    context.say(&format!("charts and tables are in {}", folder.display()));
    Ok(())
}
