//! `quarantine`: rows that were not stored, written out to be mended, stored after all, or set aside.

use std::path::Path;

use marginline_engine::import::{Mended, Refused};
use marginline_engine::{EngineError, Result, export, number};
use serde_json::json;

use super::{Context, import};
use crate::Done;

pub(crate) async fn list(context: &mut Context<'_>, batch: i64) -> Result<Done> {
    let engine = context.engine().await?;
    if !context.json {
        let table = engine.quarantine_table(batch).await?;
        return context.table(&table);
    }
    let view = engine.quarantine_view(batch).await?;
    let rows: Vec<_> = view
        .rows
        .iter()
        .map(|row| {
            let mut object =
                json!({"line": row.line, "column": row.column, "found": row.found, "expected": row.expected});
            if row.state != "open" {
                object["state"] = row.state.clone().into();
            }
            object
        })
        .collect();
    context.json(&json!({"batch": batch, "problems": rows}))
}

fn open_rows(rows: &[Refused]) -> impl Iterator<Item = &Refused> {
    rows.iter().filter(|refused| refused.row.settled.is_none())
}

pub(crate) async fn write(context: &mut Context<'_>, batch: i64, file: &Path) -> Result<Done> {
    let quarantine = context.engine().await?.quarantine(batch).await?;
    if let Some(why) = quarantine.fixed {
        return Err(EngineError::failed(why).at(format!("batch {batch}")));
    }
    let rows: Vec<&[(String, String)]> = open_rows(&quarantine.rows).map(|refused| refused.fields.as_slice()).collect();
    export::write(file, &export::raw_rows(&rows)?)?;
    context.line(&format!(
        "{} rows are in {}; mend them there, and then `marginline quarantine {batch} --readmit {}`",
        number::count(rows.len() as u64),
        file.display(),
        file.display()
    ))
}

pub(crate) async fn readmit(context: &mut Context<'_>, batch: i64, file: &Path) -> Result<Done> {
    let engine = context.engine().await?;
    let quarantine = engine.quarantine(batch).await?;
    let rows = export::read_raw_rows(file)?;
    let open: Vec<i64> = open_rows(&quarantine.rows).map(|refused| refused.row.id).collect();
    if rows.len() != open.len() {
        return Err(EngineError::failed(format!("holds {} rows, and {} are open", rows.len(), open.len()))
            .at(file.display().to_string())
            .then("keep every row that --write gave, in its order; dismiss what is not wanted first"));
    }
    let mended: Vec<Mended> = open.into_iter().zip(rows).map(|(id, fields)| Mended { id, fields }).collect();
    let report = engine.readmit(batch, &mended, context.io.now).await?;
    import::print(context, &report, false)
}

pub(crate) async fn dismiss(context: &mut Context<'_>, batch: i64, lines: &[String], aside: bool) -> Result<Done> {
    let engine = context.engine().await?;
    let quarantine = engine.quarantine(batch).await?;
    let mut rows = Vec::new();
    for text in lines {
        let before = rows.len();
        rows.extend(
            quarantine
                .rows
                .iter()
                .filter(|refused| text == "all" || text.parse() == Ok(refused.row.line))
                .map(|refused| refused.row.id),
        );
        if rows.len() == before {
            return Err(EngineError::usage(format!("no refused row stands on line {text}"))
                .then(format!("see `marginline quarantine {batch}`")));
        }
    }
    let done = engine.dismiss(batch, &rows, aside).await?;
    let word = if aside { "set aside" } else { "open again" };
    if context.json {
        return context.json(&json!({"batch": batch, "rows": done, "dismissed": aside}));
    }
    context.line(&format!("{} rows are {word}", number::count(done)))
}
