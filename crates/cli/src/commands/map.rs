//! `marginline map`: the rules file.

use std::path::Path;

use marginline_engine::import::ImportOptions;
use marginline_engine::import::Watch;
use marginline_engine::rules::{DEFAULT_RULES, Rules};
use marginline_engine::{EngineError, Result};
use serde_json::json;

use super::Context;
use crate::Done;

pub(crate) async fn run(context: &mut Context<'_>, file: Option<&Path>) -> Result<Done> {
    let engine = context.engine().await?;
    let Some(file) = file else {
        let kept = engine.kept_rules().await?;
        let text = kept.as_deref().unwrap_or(DEFAULT_RULES);
        return if context.json {
            context.json(&json!({"rules": text, "default": kept.is_none()}))
        } else {
            context.bytes(text.as_bytes())
        };
    };
    let place = file.display().to_string();
    let text = std::fs::read_to_string(file).map_err(|error| {
        EngineError::failed(format!("cannot be read: {error}")).at(place.clone()).then("check the path")
    })?;
    Rules::parse(&text).map_err(|error| error.at(place))?;
    let options = ImportOptions::plain(context.io.now);
    engine.import(&[file.to_owned()], &options, &Watch::nobody()).await?;
    if context.json {
        context.json(&json!({"kept": "rules"}))
    } else {
        context.line("the rules are kept; every report uses them from now on")
    }
}
