//! `marginline scenario explain`: how a figure comes about.

use marginline_engine::{EngineError, Result};

use super::Context;
use super::scenario::{read, stem};
use crate::Done;
use crate::args::ExplainArgs;

pub(crate) async fn run(context: &mut Context<'_>, arguments: &ExplainArgs) -> Result<Done> {
    let comparison = context.engine().await?.run_scenarios(&read(&arguments.files)?).await?;
    let id = arguments.files.first().map(|file| stem(file)).unwrap_or_default();
    let run = comparison.runs.iter().find(|run| run.resolved.id == id);
    let run = run.ok_or_else(|| EngineError::usage(format!("there is no scenario {id:?}")))?;
    let found = run.explain_of(arguments.month.as_deref(), arguments.line.as_deref())?;
    context.output(&found.table(), &found.json(), arguments.output.format, arguments.output.output.as_deref())
}
