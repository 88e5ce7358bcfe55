//! `marginline scenario optimise`: the best candidate under the limits, and the best as a scenario file.

use marginline_engine::scenario::file::Goal;
use marginline_engine::{EngineError, Result, export};

use super::bases::with_bases;
use super::{Context, scenario};
use crate::Done;
use crate::args::{self, OptimiseArgs};

pub(super) async fn run(context: &mut Context<'_>, arguments: &OptimiseArgs) -> Result<Done> {
    let texts = with_bases(context, &arguments.files)?;
    let goal = arguments.goal.map(|goal| match goal {
        args::Goal::Margin => Goal::Margin,
        args::Goal::Cost => Goal::Cost,
        args::Goal::Regret => Goal::Regret,
    });
    let own = |file: &&std::path::PathBuf| texts.iter().any(|(id, _)| *id == scenario::stem(file));
    if let Some(file) = arguments.output.as_ref().filter(own) {
        return Err(EngineError::usage("the result would change a scenario of its own name")
            .at(file.display().to_string())
            .then("name another file with -o"));
    }
    let found = context.engine().await?.optimise(&texts, goal, &|_, _| true).await?;
    context.output(&found.table(), &found.json(), arguments.format, None)?;
    match (&arguments.output, &found.result) {
        (Some(file), Some(result)) => {
            export::write(file, result.as_bytes())?;
            context.say(&format!("wrote {}", file.display()));
        }
        (Some(file), None) => {
            return Err(EngineError::failed("no candidate keeps every limit, so there is no result")
                .at(file.display().to_string())
                .then("see why in the answer, and change [limits] or what may vary"));
        }
        (None, _) => {}
    }
    Ok(if found.winner.is_none() && context.strict { Done::Look } else { Done::Clean })
}
