//! `marginline scenario`: run, bridge and simulate; [`super::compare`] has compare and sensitivity, and `optimise` is a
//! file of its own.

use std::path::{Path, PathBuf};

use marginline_engine::{EngineError, Result};
use serde_json::Value;

use super::bases::with_bases;
use super::{Context, form_of};
use crate::Done;
use marginline_engine::scenario::simulate::Draws;

use crate::args::{Form, Scenario, ScenarioArgs, SimulateArgs};

/// Scenario files as (id, text), the id being the file's stem.
pub(crate) fn read(files: &[PathBuf]) -> Result<Vec<(String, String)>> {
    for (place, file) in files.iter().enumerate() {
        if let Some(other) = files[..place].iter().find(|other| stem(other) == stem(file)) {
            let (file, other, id) = (file.display(), other.display(), stem(file));
            return Err(EngineError::usage(format!("{other} and {file} would both be scenario {id:?}"))
                .then("rename one of the files"));
        }
    }
    files
        .iter()
        .map(|file| {
            let text = std::fs::read_to_string(file).map_err(|error| {
                let (what, now) = match error.kind() {
                    std::io::ErrorKind::InvalidData => ("it is no text in UTF-8".to_owned(), "save it as UTF-8"),
                    _ => (error.to_string(), "check the path"),
                };
                EngineError::failed(format!("cannot be read: {what}")).at(file.display().to_string()).then(now)
            })?;
            Ok((stem(file), text))
        })
        .collect()
}

pub(crate) fn stem(file: &Path) -> String {
    file.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

pub(crate) async fn run(context: &mut Context<'_>, scenario: &Scenario) -> Result<Done> {
    match scenario {
        Scenario::Schema => context.bytes(marginline_engine::scenario::file::schema::schema_text().as_bytes()),
        Scenario::Explain(arguments) => super::explain::run(context, arguments).await,
        Scenario::Lock(arguments) => super::lock::lock(context, arguments).await,
        Scenario::Unlock(arguments) => super::lock::unlock(context, arguments),
        Scenario::Adopt(arguments) => super::plan::adopt(context, arguments).await,
        Scenario::Calibrate(arguments) => super::plan::calibrate(context, arguments).await,
        Scenario::New(arguments) => super::scenario_new::run(context, arguments).await,
        Scenario::Run(arguments) => run_each(context, arguments).await,
        Scenario::Compare(arguments) => super::compare::compare(context, arguments).await,
        Scenario::Bridge(arguments) => bridge(context, arguments).await,
        Scenario::Simulate(arguments) => simulate(context, arguments).await,
        Scenario::Sensitivity(arguments) => super::compare::sensitivity(context, arguments).await,
        Scenario::Optimise(arguments) => super::optimise::run(context, arguments).await,
    }
}

async fn run_each(context: &mut Context<'_>, arguments: &ScenarioArgs) -> Result<Done> {
    let texts = with_bases(context, &arguments.files)?;
    let comparison = context.engine().await?.run_first(&texts, arguments.files.len()).await?;
    let output = &arguments.output;
    let failed = comparison.runs.iter().any(|run| run.verdicts.iter().any(|verdict| verdict.verdict == "fails"));
    match comparison.runs.as_slice() {
        [one] if output.format.or_else(|| output.output.as_deref().and_then(form_of)) == Some(Form::Xlsx) => {
            context.workbook(&one.workbook()?, output.output.as_deref())?
        }
        [one] => context.output(&one.table(), &one.whole_json()?, output.format, output.output.as_deref())?,
        many if output.output.is_some() || output.format.is_some() => {
            return Err(EngineError::usage(format!("{} scenarios do not fit one table", many.len()))
                .then("run one at a time, or compare them"));
        }
        many if context.json => {
            context.json(&Value::from(many.iter().map(|run| run.whole_json()).collect::<Result<Vec<_>>>()?))?
        }
        many => {
            for run in many {
                context.table(&run.table())?;
                context.line("")?;
            }
            Done::Clean
        }
    };
    Ok(if failed && context.strict { Done::Look } else { Done::Clean })
}

async fn simulate(context: &mut Context<'_>, arguments: &SimulateArgs) -> Result<Done> {
    let SimulateArgs { scenario, draws, seed, target_percent } = arguments;
    let texts = with_bases(context, &scenario.files)?;
    let comparison = context.engine().await?.run_first(&texts, scenario.files.len()).await?;
    let asked = Draws { draws: *draws as usize, seed: *seed, target_percent: *target_percent };
    let simulation = comparison.simulate(asked)?;
    context.output(
        &simulation.table()?,
        &simulation.json()?,
        scenario.output.format,
        scenario.output.output.as_deref(),
    )?;
    Ok(Done::Clean)
}

async fn bridge(context: &mut Context<'_>, arguments: &ScenarioArgs) -> Result<Done> {
    let texts = with_bases(context, &arguments.files)?;
    // One file, with the one that it changes found beside it, are no two to set side by side.
    let bridge = context.engine().await?.run_first(&texts, arguments.files.len().min(2)).await?.bridge()?;
    context.output(&bridge.table(), &bridge.json(), arguments.output.format, arguments.output.output.as_deref())?;
    Ok(Done::Clean)
}
