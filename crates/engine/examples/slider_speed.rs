//! How long figures take to follow a slider: the eight scenarios of the sample company over 36 months, one number moved
//! 200 times. Run by `cargo xtask bench slider`; prints a name, the median and the 95th percentile in seconds a line.
#![allow(clippy::print_stdout, reason = "what it measured is what it is for")]

use std::time::Instant;

use chrono::DateTime;
use marginline_engine::import::Watch;
use marginline_engine::view::{CompareQuery, Override};
use marginline_engine::{Engine, EngineError};
use marginline_store::document::{Change, DocumentKind};

const MOVES: u32 = 200;

fn main() -> Result<(), EngineError> {
    let failed = |error: std::io::Error| EngineError::failed(error.to_string());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
    runtime.block_on(measure())
}

async fn measure() -> Result<(), EngineError> {
    let folder = tempfile::tempdir().map_err(|error| EngineError::failed(error.to_string()))?;
    let engine = Engine::open(&folder.path().join("w.db")).await?;
    engine.open_sample(DateTime::UNIX_EPOCH, &Watch::nobody()).await?;
    let texts = engine.ledger().documents(DocumentKind::Scenario).await?;
    let longer = |(name, body): &(String, String)| Change {
        name: name.clone(),
        body: Some(body.replace("months = 24", "months = 36")),
        place: None,
    };
    let changes: Vec<Change> = texts.iter().map(longer).collect();
    engine.ledger().change_documents(DocumentKind::Scenario, &changes).await?;
    let at_rest = CompareQuery::default();
    let started = Instant::now();
    let view = engine.compare_view(&at_rest).await?;
    println!("first {} {}", started.elapsed().as_secs_f64(), view.scenarios.len());
    // A number of one scenario, and one that three others take from it.
    for (name, scenario, path) in [
        ("one", "hybrid-h100-haiku", "component.own.usd_per_gpu_hour"),
        ("base", "own-h100", "architecture.usd_per_gpu_hour"),
    ] {
        let mut seconds = Vec::with_capacity(MOVES as usize);
        for step in 0..MOVES {
            let value = format!("{:.2}", 2.0 + f64::from(step) / 100.0);
            let moved = Override { scenario: scenario.into(), path: path.into(), value };
            let query = CompareQuery { overrides: vec![moved], ..CompareQuery::default() };
            let started = Instant::now();
            engine.compare_view(&query).await?;
            seconds.push(started.elapsed().as_secs_f64());
        }
        seconds.sort_by(f64::total_cmp);
        println!("{name} {} {}", seconds[seconds.len() / 2], seconds[seconds.len() * 95 / 100]);
    }
    Ok(())
}
