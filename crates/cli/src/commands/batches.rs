//! `batches`, `undo`, `redo`, `difference`: what was imported, and taking it back.

use marginline_engine::screen::difference::difference_view;
use marginline_engine::{EngineError, Result, number};
use serde_json::{Value, json};

use super::{Context, import};
use crate::Done;

pub(crate) async fn list(context: &mut Context<'_>) -> Result<Done> {
    let engine = context.engine().await?;
    let view = engine.imports_view().await?;
    if context.json {
        let mut batches = Vec::new();
        for batch in &view.batches {
            let mut object = serde_json::to_value(batch).map_err(|error| EngineError::failed(error.to_string()))?;
            object["totals"] = Value::from(
                engine.batch_total_objects(i64::from(batch.id)).await?.into_iter().map(Value::from).collect::<Vec<_>>(),
            );
            batches.push(object);
        }
        return context.json(&json!({"batches": batches, "redo": view.redo}));
    }
    if view.batches.is_empty() {
        return context.line("nothing imported yet; `marginline import FILE` or `marginline demo`");
    }
    for batch in &view.batches {
        context.line(&format!(
            "{:>4}  {:<9} {:<8} {}  {}  {} of {} rows",
            batch.id,
            batch.state,
            batch.role,
            batch.period,
            batch.file,
            number::count(u64::from(batch.rows_stored)),
            number::count(u64::from(batch.rows_read)),
        ))?;
        for total in &batch.totals {
            context.line(&format!("      {total}"))?;
        }
        if batch.rows_quarantined > 0 {
            let open = batch.quarantine_open;
            context.line(&format!("      {} rows in quarantine, {open} of them open", batch.rows_quarantined))?;
        }
    }
    Ok(Done::Clean)
}

pub(crate) async fn undo(context: &mut Context<'_>, batch: i64) -> Result<Done> {
    let rows = context.engine().await?.undo(batch).await?;
    if context.json {
        return context.json(&json!({"undone": batch, "rows": rows}));
    }
    context.line(&format!(
        "batch {batch} is undone: {} rows left the ledger; `marginline redo` brings them back",
        number::count(rows)
    ))
}

pub(crate) async fn redo(context: &mut Context<'_>) -> Result<Done> {
    let engine = context.engine().await?;
    let watch = import::watch(context);
    let report = engine.redo(context.io.now, &watch).await?;
    import::print(context, &report, false)
}

pub(crate) async fn difference(context: &mut Context<'_>, batch: i64) -> Result<Done> {
    let (title, report) = context.engine().await?.difference(batch).await?;
    if context.json {
        let mut json = serde_json::to_value(&report).map_err(|error| EngineError::failed(error.to_string()))?;
        json["batch"] = Value::from(batch);
        return context.json(&json);
    }
    let view = difference_view(title, &report);
    context.line(&format!("{}: {}", view.title, view.rows.join(", ")))?;
    for total in &view.totals {
        context.line(&format!("  {total}"))?;
    }
    context.table(&view.table)
}
