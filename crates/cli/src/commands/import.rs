//! `marginline import`: files in, control totals out.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use indicatif::{ProgressBar, ProgressStyle};
use marginline_engine::Result;
use marginline_engine::import::{BatchReport, ImportOptions, ImportReport, Progress, Watch};
use marginline_engine::number;

use super::Context;
use crate::Done;

pub(crate) fn options(
    context: &Context<'_>,
    format: Option<String>,
    dry_run: bool,
    currency: Option<&str>,
    no_keep: bool,
) -> Result<ImportOptions> {
    ImportOptions { format, dry_run, keep_source: !no_keep, ..ImportOptions::plain(context.io.now) }
        .in_currency(currency)
}

pub(crate) async fn run(context: &mut Context<'_>, paths: &[PathBuf], options: &ImportOptions) -> Result<Done> {
    let engine = context.engine().await?;
    let report = engine.import(paths, options, &watch(context)).await?;
    if options.dry_run {
        context.say("dry run: nothing was stored");
    }
    print(context, &report, options.dry_run)
}

/// A progress bar on a terminal, and Ctrl-C as cancel.
pub(crate) fn watch(context: &Context<'_>) -> Watch {
    let cancel = Arc::new(AtomicBool::new(false));
    let raised = cancel.clone();
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            raised.store(true, Ordering::Relaxed);
        }
    });
    if !context.io.terminal || context.quiet {
        return Watch { cancel, ..Watch::nobody() };
    }
    let bar = ProgressBar::new(1_000);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {percent:>3}% {msg}") {
        bar.set_style(style);
    }
    let progress = move |at: Progress| {
        bar.set_position((at.part * 1_000.0) as u64);
        bar.set_message(format!("{} · {} rows", at.file, number::count(at.rows)));
    };
    Watch { cancel, progress: Arc::new(progress) }
}

pub(crate) fn print(context: &mut Context<'_>, report: &ImportReport, dry_run: bool) -> Result<Done> {
    if context.json {
        let json =
            serde_json::to_value(report).map_err(|error| marginline_engine::EngineError::failed(error.to_string()))?;
        context.json(&json)?;
    } else {
        for batch in &report.batches {
            for line in words(batch) {
                context.line(&line)?;
            }
        }
        for document in &report.documents {
            context.line(&format!(
                "{} {} {}",
                if dry_run { "would keep" } else { "kept" },
                document.kind,
                document.name
            ))?;
        }
    }
    Ok(if report.needs_a_look() { Done::Look } else { Done::Clean })
}

fn words(batch: &BatchReport) -> Vec<String> {
    let mut lines = vec![batch.headline()];
    if batch.rows_duplicate > 0 {
        return lines;
    }
    for totals in &batch.totals {
        let parts: Vec<String> = totals
            .iter()
            .filter(|(name, _)| *name != "currency" && *name != "unit")
            .map(|(name, value)| format!("{name} {}", value.as_str().unwrap_or_default()))
            .collect();
        let unit = totals.get("currency").or_else(|| totals.get("unit")).and_then(|v| v.as_str()).unwrap_or_default();
        lines.push(format!("  {unit}: {}", parts.join(", ")));
    }
    for replaced in &batch.replaced {
        lines.push(format!("  replaces {} rows of batch {}", number::count(replaced.rows), replaced.batch));
    }
    lines.extend(batch.doubts.iter().map(|doubt| format!("  {doubt}")));
    if batch.rows_quarantined > 0 {
        lines.push(format!("  see `marginline quarantine {}`", batch.id));
        for problem in batch.problems.iter().take(5) {
            lines.push(format!(
                "  line {}, {}: found {:?}, expected {}",
                problem.line, problem.column, problem.found, problem.expected
            ));
        }
    }
    lines
}
