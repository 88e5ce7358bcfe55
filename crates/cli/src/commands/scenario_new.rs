//! `marginline scenario new`: a scenario from actuals, or an alternative on top of one.

use marginline_engine::report::{Period, Span};
use marginline_engine::scenario::file::Kind;
use marginline_engine::scenario::new::{Alternative, NewRequest, PatchRequest};
use marginline_engine::screen::month_or_none;
use marginline_engine::view::MonthBasis;
use marginline_engine::{EngineError, Result, export};
use serde_json::json;

use super::Context;
use super::bases::with_bases;
use super::scenario::stem;
use crate::Done;
use crate::args::{KindArg, NewArgs, PatchArg};

pub(crate) async fn run(context: &mut Context<'_>, arguments: &NewArgs) -> Result<Done> {
    match (arguments.patch, &arguments.base) {
        (Some(patch), Some(base)) => self::patch(context, arguments, patch, base).await,
        _ => from_actuals(context, arguments).await,
    }
}

async fn from_actuals(context: &mut Context<'_>, arguments: &NewArgs) -> Result<Done> {
    let NewArgs { month, quarter, from, to, product, name, kind, start, months, .. } = arguments;
    let engine = context.engine().await?;
    let span = Span::parse(month.as_deref(), quarter.as_deref(), from.as_deref(), to.as_deref())?;
    let facts = engine.facts().await?;
    let (from, to) = match (span.from, span.to) {
        // Of everything, the last month; else what is named.
        (None, None) => {
            let last = Period::resolve(&facts, MonthBasis::BillingMonth, None, None)?.to;
            (Some(last), Some(last))
        }
        named => named,
    };
    let request = NewRequest {
        period: Period::resolve(&facts, MonthBasis::BillingMonth, from, to)?,
        product: product.clone(),
        name: name.clone(),
        kind: kind.map(|kind| match kind {
            KindArg::Api => Kind::Api,
            KindArg::OwnGpus => Kind::OwnGpus,
        }),
        start: month_or_none(start.as_deref())?,
        months: *months,
    };
    let id = arguments.output.as_deref().map_or_else(|| "new".to_owned(), stem);
    let found = engine.new_scenario(&id, &request).await?;
    let is_whole = found.reproduced.left_out.is_empty();
    match &arguments.output {
        None if context.json => {
            context.json(&json!({"scenario": id, "text": found.text, "reproduced": found.reproduced.json()}))?;
        }
        None => {
            context.bytes(found.text.as_bytes())?;
        }
        Some(file) => {
            export::write(file, found.text.as_bytes())?;
            let name = file.display().to_string();
            context.say(&format!("wrote {name}"));
            let json = json!({"scenario": id, "file": name, "reproduced": found.reproduced.json()});
            context.output(&found.reproduced.table(), &json, None, None)?;
        }
    }
    Ok(if is_whole || !context.strict { Done::Clean } else { Done::Look })
}

async fn patch(
    context: &mut Context<'_>,
    arguments: &NewArgs,
    patch: PatchArg,
    base: &std::path::Path,
) -> Result<Done> {
    let texts = with_bases(context, &[base.to_owned()])?;
    let model = arguments.model.as_deref().map(|text| {
        text.split_once('/').map(|(provider, model)| (provider.to_owned(), model.to_owned())).ok_or_else(|| {
            EngineError::usage(format!("--model is {text:?}"))
                .then("write provider and model, such as anthropic/claude-haiku-4-5")
        })
    });
    let request = PatchRequest {
        alternative: match patch {
            PatchArg::OwnGpus => Alternative::OwnGpus,
            PatchArg::CheaperModel => Alternative::CheaperModel,
            PatchArg::Batch => Alternative::Batch,
        },
        base: stem(base),
        name: arguments.name.clone(),
        model: model.transpose()?,
        gpu: arguments.gpu.clone(),
        usd_per_gpu_hour: arguments.usd_per_gpu_hour,
        output_tokens_per_s_per_gpu: arguments.output_tokens_per_s_per_gpu,
    };
    let text = context.engine().await?.new_patch(&texts, &request).await?;
    let Some(file) = &arguments.output else {
        return if context.json { context.json(&json!({"text": text})) } else { context.bytes(text.as_bytes()) };
    };
    export::write(file, text.as_bytes())?;
    let name = file.display().to_string();
    context.say(&format!("wrote {name}"));
    if context.json { context.json(&json!({"scenario": stem(file), "file": name})) } else { Ok(Done::Clean) }
}
