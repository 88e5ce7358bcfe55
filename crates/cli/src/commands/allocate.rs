//! `marginline allocate`: who gets the cost, and what no rule caught.

use marginline_engine::Result;
use marginline_engine::screen::month_or_none;

use super::Context;
use crate::Done;
use crate::args::AllocateArgs;

pub(crate) async fn run(context: &mut Context<'_>, arguments: &AllocateArgs) -> Result<Done> {
    let (from, to) = match &arguments.month {
        Some(month) => (Some(month), Some(month)),
        None => (arguments.from.as_ref(), arguments.to.as_ref()),
    };
    let month = |text: Option<&String>| month_or_none(text.map(String::as_str));
    let report = context.engine().await?.allocation(month(from)?, month(to)?).await?;
    context.output(&report.table(), &report.json(), arguments.output.format, arguments.output.output.as_deref())?;
    Ok(if report.has_uncaught() && context.strict { Done::Look } else { Done::Clean })
}
