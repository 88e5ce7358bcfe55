//! `marginline allocate`: who gets the cost, and what no rule caught.

use marginline_engine::Result;
use marginline_engine::report::Span;

use super::Context;
use crate::Done;
use crate::args::AllocateArgs;

pub(crate) async fn run(context: &mut Context<'_>, arguments: &AllocateArgs) -> Result<Done> {
    let Span { from, to } = arguments.period.span()?;
    let report = context.engine().await?.allocation(from, to).await?;
    context.output(&report.table(), &report.json(), arguments.output.format, arguments.output.output.as_deref())?;
    Ok(if report.has_uncaught() && context.strict { Done::Look } else { Done::Clean })
}
