//! `marginline check`: is the workspace what it says it is?

use marginline_engine::{EngineError, Result};
use serde_json::json;

use super::Context;
use crate::Done;

pub(crate) async fn run(context: &mut Context<'_>) -> Result<Done> {
    let findings = context.engine().await?.check().await?;
    if context.json {
        context.json(&json!({"sound": findings.is_empty(), "findings": findings}))?;
    } else if findings.is_empty() {
        context.line("sound: database, control totals of bills and kept files agree")?;
    } else {
        for finding in &findings {
            context.line(finding)?;
        }
    }
    if findings.is_empty() {
        Ok(Done::Clean)
    } else {
        Err(EngineError::failed(format!("{} findings", findings.len())).then("restore a copy of the workspace"))
    }
}
