//! What benchmark runs gave: latencies and throughput by model, GPU, engine and load.

use marginline_store::benchmark::BenchmarkRow;
use serde_json::Value;

use super::measured::{self, Head};
use crate::Engine;
use crate::error::{EngineError, Result};
use crate::view::{Cell, ColumnKind, Filter, Row, RowKind, Table, Tone};

/// What rows can be asked by.
pub const KEYS: [&str; 5] = ["model", "gpu", "engine", "precision", "tool"];

/// Benchmark runs.
#[derive(Debug, Clone)]
pub struct BenchmarksReport {
    runs: Vec<BenchmarkRow>,
}

fn value_of<'a>(run: &'a BenchmarkRow, key: &str) -> &'a str {
    match key {
        "model" => &run.key.model,
        "gpu" => &run.key.gpu,
        "engine" => &run.key.engine,
        "precision" => &run.key.precision,
        _ => &run.key.tool,
    }
}

impl Engine {
    /// Benchmark runs that have these values.
    ///
    /// # Errors
    /// An unknown key, a workspace that holds no such run.
    pub async fn benchmarks(&self, filters: &[Filter]) -> Result<BenchmarksReport> {
        if let Some(filter) = filters.iter().find(|filter| !KEYS.contains(&filter.key.as_str())) {
            return Err(EngineError::usage(format!("benchmarks have no key {:?}", filter.key))
                .then(format!("use {}", KEYS.join(", "))));
        }
        let mut runs = self.ledger().benchmarks().await?;
        runs.retain(|run| filters.iter().all(|filter| value_of(run, &filter.key) == filter.value));
        if runs.is_empty() {
            return Err(EngineError::failed("the workspace holds no such benchmark run")
                .then("import the result of a serving benchmark, or leave out --filter"));
        }
        Ok(BenchmarksReport { runs })
    }
}

const HEADS: [Head; 27] = [
    ("model", "Model", "", ColumnKind::Text),
    ("gpu", "GPU", "", ColumnKind::Text),
    ("gpus", "GPUs", "", ColumnKind::Count),
    ("engine", "Engine", "", ColumnKind::Text),
    ("precision", "Precision", "", ColumnKind::Text),
    ("mode", "Mode", "", ColumnKind::Text),
    ("parallelism", "Parallelism", "", ColumnKind::Text),
    ("input_tokens", "Input", "tok", ColumnKind::Measure),
    ("output_tokens", "Output", "tok", ColumnKind::Measure),
    ("concurrency", "Concurrency", "", ColumnKind::Measure),
    ("requests_per_second", "Asked", "req/s", ColumnKind::Measure),
    ("requests", "Requests", "", ColumnKind::Count),
    ("duration_seconds", "Duration", "s", ColumnKind::Measure),
    ("ttft_ms_mean", "TTFT mean", "ms", ColumnKind::Measure),
    ("ttft_ms_p50", "TTFT p50", "ms", ColumnKind::Measure),
    ("ttft_ms_p90", "TTFT p90", "ms", ColumnKind::Measure),
    ("ttft_ms_p95", "TTFT p95", "ms", ColumnKind::Measure),
    ("ttft_ms_p99", "TTFT p99", "ms", ColumnKind::Measure),
    ("tpot_ms_mean", "TPOT mean", "ms", ColumnKind::Measure),
    ("tpot_ms_p50", "TPOT p50", "ms", ColumnKind::Measure),
    ("tpot_ms_p90", "TPOT p90", "ms", ColumnKind::Measure),
    ("tpot_ms_p95", "TPOT p95", "ms", ColumnKind::Measure),
    ("tpot_ms_p99", "TPOT p99", "ms", ColumnKind::Measure),
    ("output_tokens_per_second", "Output", "tok/s", ColumnKind::Measure),
    ("output_tokens_per_second_per_gpu", "Output per GPU", "tok/s", ColumnKind::Measure),
    ("measured_on", "Measured", "", ColumnKind::Text),
    ("tool", "Tool", "", ColumnKind::Text),
];

/// Output tokens a second where a run does not tell: each request at work gives a token every TPOT.
fn derived(run: &BenchmarkRow) -> Option<f64> {
    let tpot_ms = run.tpot_ms.mean.or(run.tpot_ms.p50).filter(|ms| *ms > 0.0)?;
    Some(run.concurrency? * 1_000.0 / tpot_ms)
}

fn row(at: usize, run: &BenchmarkRow) -> Row {
    let (key, figure) = (&run.key, measured::figure);
    let measured_rate = run.output_tokens_per_second;
    let rate = measured_rate.or_else(|| derived(run));
    let throughput = |value: Option<f64>| {
        let cell = figure(value, 1);
        if measured_rate.is_some() || cell.value.is_none() {
            return cell;
        }
        Cell { tone: Tone::Warn, note: Some("from concurrency and TPOT".into()), ..cell }
    };
    let count = |things: Option<u64>| things.map_or_else(measured::unknown, measured::count);
    let engine = format!("{} {}", key.engine, key.engine_version);
    let mut cells = vec![
        measured::words(&key.model),
        measured::words(&key.gpu),
        count(run.gpus),
        measured::words(engine.trim()),
        measured::words(&key.precision),
        measured::words(&key.mode),
        measured::words(&key.parallelism),
        figure(run.input_tokens_mean, 0),
        figure(run.output_tokens_mean, 0),
        figure(run.concurrency, 0),
        figure(run.requests_per_second, 2),
        count(run.requests),
        figure(run.duration_seconds, 1),
    ];
    cells.extend(run.ttft_ms.values().map(|ms| figure(ms, 1)));
    cells.extend(run.tpot_ms.values().map(|ms| figure(ms, 2)));
    cells.extend([
        throughput(rate),
        throughput(rate.zip(run.gpus.filter(|gpus| *gpus > 0)).map(|(rate, gpus)| rate / gpus as f64)),
        measured::words(&run.measured_on.map(|date| date.to_string()).unwrap_or_default()),
        measured::words(&key.tool),
    ]);
    Row { key: format!("{at}\u{1f}{}", run.run), kind: RowKind::Row, cells }
}

impl BenchmarksReport {
    /// The JSON document of `report benchmarks`.
    #[must_use]
    pub fn json(&self) -> Value {
        measured::json(&self.table())
    }

    /// The table shown and exported.
    #[must_use]
    pub fn table(&self) -> Table {
        let mut notes = vec!["latencies and their percentiles are the tool's own".to_owned()];
        let without = self.runs.iter().filter(|run| run.output_tokens_per_second.is_none()).count();
        if without > 0 {
            notes.push(format!("{without} runs do not tell their throughput; it is concurrency × 1,000 / TPOT in ms"));
        }
        Table {
            id: "benchmarks".into(),
            title: "Benchmark runs".into(),
            subtitle: "TTFT and TPOT in milliseconds, output tokens per second".into(),
            columns: measured::columns(&HEADS),
            rows: self.runs.iter().enumerate().map(|(at, run)| row(at, run)).collect(),
            notes,
        }
    }
}
