//! Results of serving benchmarks: `vllm bench serve` and its kin, InferenceX, GuideLLM, inference-perf, and tables of
//! measured runs as aiconfigurator keeps them. How each writes a run is in [`super::runs`].

use marginline_store::batch::{BatchTotal, Role};
use marginline_store::benchmark::BenchmarkRow;
use marginline_store::import::Rows;

use super::field::FieldError;
use super::format::{Format, Json, Reader, Shape, Table, Taken, count_total};
use super::node::Node;
use super::record::Record;
use super::runs;

/// Benchmark runs.
pub static BENCHMARK: Format = Format {
    id: "benchmark",
    label: "Benchmark",
    role: Role::Measurement,
    append_only: true,
    shapes: &[
        Shape::Table(Table {
            required: &[
                runs::MODEL,
                runs::SYSTEM,
                &["isl"],
                &["osl"],
                &["concurrency", "silicon_data_source"],
                runs::TTFT,
                runs::TPOT,
            ],
            telling: &["model_path", "system", "isl", "osl", "concurrency", "tp_size", "ttft_ms", "tpot_ms"],
            open: |_| Box::new(Benchmark::new(runs::measured)),
        }),
        Shape::Json(Json {
            likeness: |document| has(document, &["model_id", "total_output_tokens", "duration"]),
            records: items,
            open: || Box::new(Benchmark::new(runs::serve)),
        }),
        Shape::Json(Json {
            likeness: |document| {
                let first = document.get("benchmarks").and_then(|list| list.items().first());
                first.map_or(0, |first| has(first, &["metrics.time_to_first_token_ms", "metrics.request_totals"]))
            },
            records: runs::guidellm_records,
            open: || Box::new(Benchmark::new(runs::guidellm)),
        }),
        Shape::Json(Json {
            likeness: |document| has(document, &["load_summary", "successes.latency"]),
            records: items,
            open: || Box::new(Benchmark::new(runs::inference_perf)),
        }),
    ],
};

/// Does a document, or the first of a list, have all of these?
fn has(document: &Node, paths: &[&str]) -> usize {
    let first = document.items().first().unwrap_or(document);
    if paths.iter().all(|path| first.at(path).is_some()) { 9 } else { 0 }
}

fn items(document: Node) -> Vec<Node> {
    match document {
        Node::List(items) => items,
        one => vec![one],
    }
}

struct Benchmark {
    run: fn(&Record<'_>) -> Result<BenchmarkRow, FieldError>,
    rows: Vec<BenchmarkRow>,
    stored: u64,
}

impl Benchmark {
    fn new(run: fn(&Record<'_>) -> Result<BenchmarkRow, FieldError>) -> Self {
        Self { run, rows: Vec::new(), stored: 0 }
    }
}

impl Reader for Benchmark {
    fn read(&mut self, record: &Record<'_>) -> Result<Taken, FieldError> {
        self.rows.push((self.run)(record)?);
        self.stored += 1;
        Ok(Taken::Kept)
    }

    fn take(&mut self) -> Vec<Rows> {
        vec![Rows::Benchmark(std::mem::take(&mut self.rows))]
    }

    fn totals(&self) -> Vec<BatchTotal> {
        if self.stored == 0 { Vec::new() } else { vec![count_total("runs", "runs", self.stored)] }
    }
}
