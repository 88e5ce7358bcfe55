//! Charts of scenarios, from files or from the workspace.

use marginline_engine::scenario::Comparison;
use marginline_engine::scenario::simulate::{Draws, TARGET_PERCENT};
use marginline_engine::screen::charts::Look;
use marginline_engine::screen::compare::infos;
use marginline_engine::screen::scenario_charts::{
    draw_bridge, draw_capacity_week, draw_comparison, draw_cost_by_volume, draw_fan, draw_front, draw_tornado,
    draw_two_way, only,
};
use marginline_engine::view::{Chart, ScenarioInfo};
use marginline_engine::{Engine, EngineError, Result};

use crate::args::{ChartArgs, ChartName};
use crate::commands::Context;
use crate::commands::bases::with_bases;

/// Draws a chart of scenarios.
pub(super) async fn draw(
    context: &mut Context<'_>,
    engine: &Engine,
    arguments: &ChartArgs,
    look: Look,
) -> Result<Chart> {
    let name = arguments.name;
    if name == ChartName::Front {
        return draw_front(&engine.optimise(&front_of(context, arguments)?, None, &|_, _| true).await?, look);
    }
    let (comparison, infos) = scenarios(context, engine, arguments).await?;
    let own = &arguments.scenario;
    match name {
        ChartName::Bridge => draw_bridge(&comparison.bridge()?, look),
        ChartName::Tornado => draw_tornado(only(&comparison)?, look),
        ChartName::Fan => {
            let target_percent = own.target_percent.unwrap_or(TARGET_PERCENT);
            draw_fan(&comparison, &infos, Draws { draws: own.draws as usize, seed: own.seed, target_percent }, look)
        }
        ChartName::CapacityWeek => {
            let month = arguments.month.as_deref().map(|month| number_of(month, &comparison)).transpose()?;
            draw_capacity_week(only(&comparison)?, month, own.fleet.as_deref(), look)
        }
        ChartName::TwoWay => {
            draw_two_way(only(&comparison)?, own.x.as_deref(), own.y.as_deref(), own.target_percent, look)
        }
        ChartName::CostByVolume => draw_cost_by_volume(&comparison, &infos, look),
        _ => {
            comparison.check()?;
            draw_comparison(&comparison, &infos, look)
        }
    }
}

/// The file with `[optimise]` and those that it stands on.
fn front_of(context: &mut Context<'_>, arguments: &ChartArgs) -> Result<Vec<(String, String)>> {
    if arguments.files.is_empty() {
        return Err(EngineError::usage("`chart front` needs a scenario file with [optimise]").then("name it"));
    }
    with_bases(context, &arguments.files)
}

/// The scenarios of the files, or those of the workspace where no file is named.
async fn scenarios(
    context: &mut Context<'_>,
    engine: &Engine,
    arguments: &ChartArgs,
) -> Result<(Comparison, Vec<ScenarioInfo>)> {
    if arguments.files.is_empty() {
        return engine.scenarios_run(&[], &[]).await;
    }
    let mut texts = engine.standing(&with_bases(context, &arguments.files)?).await?;
    texts.truncate(arguments.files.len());
    let infos = infos(&texts, &engine.price_book().await?);
    let comparison = Comparison::of(engine.run_scenarios(&texts).await?.runs);
    let infos = comparison.infos_named(infos);
    Ok((comparison, infos))
}

/// A month of a scenario: its number, 1 the first, or the month itself.
fn number_of(month: &str, comparison: &Comparison) -> Result<u32> {
    if let Ok(number) = month.parse() {
        return Ok(number);
    }
    let asked = marginline_engine::screen::month(month)?;
    let start = only(comparison)?.resolved.inputs.start;
    u32::try_from(asked.since(start) + 1).map_err(|_| {
        EngineError::usage(format!("{asked} is before the scenario's first month")).then(format!("begin with {start}"))
    })
}
