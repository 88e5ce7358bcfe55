//! `marginline scenario lock` and `marginline scenario unlock`.

use marginline_engine::scenario::lock::unlocked;
use marginline_engine::{EngineError, Result, export};
use serde_json::json;

use super::Context;
use super::bases::with_bases;
use super::scenario::{read, stem};
use crate::Done;
use crate::args::LockArgs;

pub(crate) async fn lock(context: &mut Context<'_>, arguments: &LockArgs) -> Result<Done> {
    let texts = with_bases(context, &arguments.files)?;
    let (id, file) = first(arguments)?;
    let (text, hash) = context.engine().await?.lock_scenario(&texts, &id, context.io.now, arguments.force).await?;
    export::replace(file, text.as_bytes())?;
    if context.json {
        return context.json(&json!({"scenario": id, "locked": true, "hash": hash}));
    }
    context
        .line(&format!("{id} is locked at hash {}; `marginline scenario unlock` opens it", &hash[..hash.len().min(12)]))
}

pub(crate) fn unlock(context: &mut Context<'_>, arguments: &LockArgs) -> Result<Done> {
    let (id, file) = first(arguments)?;
    let texts = read(std::slice::from_ref(file))?;
    for (_, text) in &texts {
        let open = unlocked(text).map_err(|error| error.at(format!("scenario {id}")))?;
        export::replace(file, open.as_bytes())?;
    }
    if context.json {
        return context.json(&json!({"scenario": id, "locked": false}));
    }
    context.line(&format!("{id} is open"))
}

fn first(arguments: &LockArgs) -> Result<(String, &std::path::PathBuf)> {
    let file = arguments.files.first().ok_or_else(|| EngineError::usage("no file is named"))?;
    Ok((stem(file), file))
}
