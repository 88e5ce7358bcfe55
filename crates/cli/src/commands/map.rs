//! `marginline map`: the rules in force, a rules file or mapping to keep, or an unknown table and how it would be read.

use std::path::Path;

use marginline_engine::import::ImportOptions;
use marginline_engine::import::Watch;
use marginline_engine::rules::{DEFAULT_RULES, Rules};
use marginline_engine::view::{Cell, Column, ColumnKind, MappingPreview, Row, RowKind, Table};
use marginline_engine::{EngineError, Result, export};
use serde_json::json;

use super::Context;
use crate::{Done, show};

pub(crate) async fn run(
    context: &mut Context<'_>,
    file: Option<&Path>,
    with: Option<&Path>,
    write: Option<&Path>,
) -> Result<Done> {
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
    if !file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("toml")) {
        let with = with.map(text_of).transpose()?;
        let preview = engine.preview_mapping(file, with.as_deref()).await?;
        return tell(context, &preview, write);
    }
    if with.is_some() || write.is_some() {
        return Err(EngineError::usage("--with and --write belong to a table").then("name a CSV or Parquet file"));
    }
    keep(context, file).await
}

fn text_of(file: &Path) -> Result<String> {
    std::fs::read_to_string(file).map_err(|error| {
        EngineError::failed(format!("cannot be read: {error}")).at(file.display().to_string()).then("check the path")
    })
}

/// Keeps a rules file or a mapping.
async fn keep(context: &mut Context<'_>, file: &Path) -> Result<Done> {
    let text = text_of(file)?;
    let is_mapping = text.lines().any(|line| line.trim_start().starts_with("[mapping]"));
    if !is_mapping {
        Rules::parse(&text).map_err(|error| error.at(file.display().to_string()))?;
    }
    let options = ImportOptions::plain(context.io.now);
    let report = context.engine().await?.import(&[file.to_owned()], &options, &Watch::nobody()).await?;
    let name = report.documents.into_iter().next().map(|document| document.name).unwrap_or_default();
    match (is_mapping, context.json) {
        (true, true) => context.json(&json!({"kept": "mapping", "name": name})),
        (true, false) => {
            context.line(&format!("the mapping {name} is kept; tables with its header are read through it"))
        }
        (false, true) => context.json(&json!({"kept": "rules"})),
        (false, false) => context.line("the rules are kept; every report uses them from now on"),
    }
}

/// The mapping as TOML, and the first rows through it as its comments.
fn tell(context: &mut Context<'_>, preview: &MappingPreview, write: Option<&Path>) -> Result<Done> {
    if let Some(file) = write {
        export::write(file, preview.text.as_bytes())?;
        context.say(&format!("wrote {}", file.display()));
    }
    let look = preview.problem.is_some() || !preview.problems.is_empty() || !preview.notices.is_empty();
    let done = if look { Done::Look } else { Done::Clean };
    if context.json {
        let json = serde_json::to_value(preview).map_err(|error| EngineError::failed(error.to_string()))?;
        context.json(&json)?;
        return Ok(if context.strict { done } else { Done::Clean });
    }
    let mut told = Vec::new();
    show::table(&mut told, &rows_of(preview)).map_err(|error| EngineError::failed(error.to_string()))?;
    let mut text = format!("{}\n", preview.text.trim_end());
    for line in String::from_utf8_lossy(&told).lines() {
        text.push_str(format!("\n# {line}").trim_end());
    }
    context.line(&text)?;
    Ok(if context.strict { done } else { Done::Clean })
}

fn rows_of(preview: &MappingPreview) -> Table {
    let column = |id: &str, label: &str, kind: ColumnKind| Column {
        id: id.into(),
        label: label.into(),
        unit: String::new(),
        kind,
    };
    let cell = |text: &str| Cell { value: Some(text.to_owned()), shown: text.to_owned(), ..Cell::default() };
    let maybe = |text: &Option<String>| cell(text.as_deref().unwrap_or("–"));
    let rows = preview.rows.iter().map(|row| Row {
        key: row.line.to_string(),
        kind: RowKind::Row,
        cells: vec![
            cell(&row.line.to_string()),
            maybe(&row.date),
            maybe(&row.amount),
            maybe(&row.currency),
            cell(row.problem.as_deref().unwrap_or(&row.about)),
        ],
    });
    let problems = preview.problems.iter().take(5).map(|problem| {
        format!("line {}, {}: found {:?}, expected {}", problem.line, problem.column, problem.found, problem.expected)
    });
    let stopped = preview.problem.as_ref().map(|problem| match &problem.next {
        Some(next) => format!("{}; {next}", problem.what),
        None => problem.what.clone(),
    });
    let notices = preview.notices.iter().map(|notice| notice.text.clone());
    Table {
        id: "mapping".into(),
        title: format!("The first rows as {} through {}", preview.target, preview.name),
        subtitle: match (&preview.saved, preview.guessed) {
            (_, true) => "a guess; nothing is stored".into(),
            (Some(name), false) => format!("the mapping {name} is kept for this header; nothing is stored"),
            (None, false) => "nothing is stored".into(),
        },
        columns: vec![
            column("line", "Line", ColumnKind::Count),
            column("date", "Date", ColumnKind::Text),
            column("amount", "Amount", ColumnKind::Money),
            column("currency", "Currency", ColumnKind::Text),
            column("about", "About", ColumnKind::Text),
        ],
        rows: rows.collect(),
        notes: stopped.into_iter().chain(notices).chain(problems).collect(),
    }
}
