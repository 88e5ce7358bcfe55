//! `marginline fx`: one exchange rate, and where it comes from.

use marginline_engine::{EngineError, Result};

use super::Context;
use crate::Done;

pub(crate) async fn run(
    context: &mut Context<'_>,
    from: &str,
    to: &str,
    date: Option<&str>,
    month: Option<&str>,
) -> Result<Done> {
    let told = context.engine().await?.rate(from, to, date, month.unwrap_or_default()).await?;
    if context.json {
        let json = serde_json::to_value(&told).map_err(|error| EngineError::failed(error.to_string()))?;
        return context.json(&json);
    }
    context.line(&told.words())
}
