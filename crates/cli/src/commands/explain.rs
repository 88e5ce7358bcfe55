//! `marginline scenario explain`: how a figure comes about.

use marginline_engine::{EngineError, Result};

use super::Context;
use super::bases::with_bases;
use crate::Done;
use crate::args::ExplainArgs;

pub(crate) async fn run(context: &mut Context<'_>, arguments: &ExplainArgs) -> Result<Done> {
    let texts = with_bases(context, &arguments.files)?;
    let comparison = context.engine().await?.run_first(&texts, 1).await?;
    let run =
        comparison.runs.first().ok_or_else(|| EngineError::usage("no scenario is named").then("name its file"))?;
    let found = run.explain_of(arguments.month.as_deref(), arguments.line.as_deref())?;
    context.output(&found.table(), &found.json(), arguments.output.format, arguments.output.output.as_deref())
}
