//! `marginline scenario adopt` and `marginline scenario calibrate`.

use marginline_engine::scenario::plan::{Adopted, plan_json};
use marginline_engine::screen::month;
use marginline_engine::{EngineError, Result, export};
use serde_json::{Value, json};

use super::Context;
use super::bases::with_bases;
use super::scenario::stem;
use crate::Done;
use crate::args::{AdoptArgs, CalibrateArgs};

pub(crate) async fn adopt(context: &mut Context<'_>, arguments: &AdoptArgs) -> Result<Done> {
    let engine = context.engine().await?;
    if arguments.undo {
        let done = engine.undo_plan().await?;
        return told(context, &done);
    }
    if arguments.redo {
        let done = engine.redo_plan().await?;
        return told(context, &done);
    }
    let Some(first) = arguments.files.first() else {
        let history = engine.plan_history().await?;
        if context.json {
            return context.json(&json!({"plans": history.iter().map(plan_json).collect::<Vec<_>>()}));
        }
        if history.is_empty() {
            return context.line("no plan yet; adopt one with `marginline scenario adopt FILE`");
        }
        for plan in &history {
            context.line(&format!("{}  {}  hash {}", plan.adopted_at, plan.scenario, &plan.hash[..12]))?;
        }
        return Ok(Done::Clean);
    };
    let texts = with_bases(context, &arguments.files)?;
    let done = engine.adopt_plan(&texts, &stem(first), context.io.now).await?;
    told(context, &done)
}

fn told(context: &mut Context<'_>, done: &Adopted) -> Result<Done> {
    if context.json {
        let plan = done.plan.as_ref().map_or(Value::Null, plan_json);
        return context.json(&json!({"plan": plan, "changed": done.changed}));
    }
    context.line(&match (&done.plan, done.changed) {
        (None, _) => "there is no plan any more; `marginline scenario adopt --redo` brings it back".to_owned(),
        (Some(plan), false) => format!("{} is the plan already, since {}", plan.scenario, plan.adopted_at),
        (Some(plan), true) => {
            format!("{} is the plan; `marginline report plan` compares it with what comes", plan.scenario)
        }
    })
}

pub(crate) async fn calibrate(context: &mut Context<'_>, arguments: &CalibrateArgs) -> Result<Done> {
    let texts = with_bases(context, &arguments.files)?;
    let id = arguments.files.first().map(|file| stem(file)).unwrap_or_default();
    let found = context.engine().await?.calibrate(&texts, &id, month(&arguments.month)?).await?;
    let json = json!({
        "scenario": id,
        "written": found.written.iter().map(|each| each.json()).collect::<Vec<_>>(),
        "left": found.left.iter().map(|each| each.json()).collect::<Vec<_>>(),
        "missing": found.missing,
    });
    for missing in &found.missing {
        context.say(&format!("not in the scenario: {missing}"));
    }
    let Some(file) = &arguments.output else {
        if !context.json {
            return context.bytes(found.text.as_bytes());
        }
        let mut json = json;
        json["text"] = Value::from(found.text);
        return context.json(&json);
    };
    if found.written.is_empty() && found.left.is_empty() {
        return Err(EngineError::failed("the month measured nothing of this scenario"));
    }
    export::write(file, found.text.as_bytes())?;
    context.say(&format!("wrote {}", file.display()));
    if context.json {
        return context.json(&json);
    }
    for each in &found.written {
        let shown = |value: Option<f64>| value.map_or_else(|| "unknown".to_owned(), |value| format!("{value}"));
        context.line(&format!(
            "{}: {} -> {} ({})",
            each.path,
            shown(each.stated),
            shown(each.measured),
            each.source
        ))?;
    }
    Ok(Done::Clean)
}
