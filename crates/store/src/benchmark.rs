//! Runs of serving benchmarks: what a model on some GPUs gave under a load; never money.

use chrono::NaiveDate;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, Sqlite};

use crate::import::{Import, Place, ROWS_PER_STATEMENT, integer};
use crate::key::fingerprint;
use crate::{Ledger, StoreError};

/// What describes a run. Empty is unknown.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct BenchmarkKey {
    /// What measured, such as `vllm bench serve`.
    pub tool: String,
    /// Model, as the tool names it.
    pub model: String,
    /// GPU, as the tool names it.
    pub gpu: String,
    /// Engine, such as `vllm`.
    pub engine: String,
    /// Its version.
    pub engine_version: String,
    /// Number format of the weights, such as `fp8`.
    pub precision: String,
    /// `agg` where the same GPUs read and write, `disagg` where they are parted.
    pub mode: String,
    /// How the model is spread over GPUs, such as `tp4 pp1 dp1`.
    pub parallelism: String,
}

/// Milliseconds: the mean and percentiles over requests, where the source tells.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Latency {
    /// Mean.
    pub mean: Option<f64>,
    /// Median.
    pub p50: Option<f64>,
    /// 90th percentile.
    pub p90: Option<f64>,
    /// 95th percentile.
    pub p95: Option<f64>,
    /// 99th percentile.
    pub p99: Option<f64>,
}

impl Latency {
    /// In the order of the table's columns.
    #[must_use]
    pub fn values(&self) -> [Option<f64>; 5] {
        [self.mean, self.p50, self.p90, self.p95, self.p99]
    }
}

/// One run.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct BenchmarkRow {
    /// What describes it.
    pub key: BenchmarkKey,
    /// Its own id, or words that tell it from other runs of the tool.
    pub run: String,
    /// Day of measurement.
    pub measured_on: Option<NaiveDate>,
    /// GPUs.
    pub gpus: Option<u64>,
    /// Input tokens of a request, mean.
    pub input_tokens_mean: Option<f64>,
    /// Output tokens of a request, mean.
    pub output_tokens_mean: Option<f64>,
    /// Requests at work at a time.
    pub concurrency: Option<f64>,
    /// Requests asked for a second; infinite where the tool sent them as fast as the server took them.
    pub requests_per_second: Option<f64>,
    /// Requests completed.
    pub requests: Option<u64>,
    /// Length of the run, seconds.
    pub duration_seconds: Option<f64>,
    /// Output tokens a second, of all GPUs together.
    pub output_tokens_per_second: Option<f64>,
    /// Time to first token, milliseconds.
    pub ttft_ms: Latency,
    /// Time per output token after the first, milliseconds.
    pub tpot_ms: Latency,
    /// Where it stood.
    pub place: Place,
}

const INSERT_KEY: &str = "INSERT INTO benchmark_key (fingerprint, tool, model, gpu, engine, engine_version, precision, \
     mode, parallelism) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
const SELECT_KEY: &str = "SELECT id FROM benchmark_key WHERE fingerprint = ?";

const INSERT: &str = "INSERT INTO benchmark (batch_id, scope_id, key_id, run, measured_on, gpus, input_tokens_mean, \
     output_tokens_mean, concurrency, requests_per_second, requests, duration_seconds, \
     output_tokens_per_second, ttft_ms_mean, ttft_ms_p50, ttft_ms_p90, ttft_ms_p95, ttft_ms_p99, tpot_ms_mean, \
     tpot_ms_p50, tpot_ms_p90, tpot_ms_p95, tpot_ms_p99, record, byte_offset, byte_length) ";

const SELECT: &str = "SELECT k.tool, k.model, k.gpu, k.engine, k.engine_version, k.precision, k.mode, k.parallelism, \
     b.run, b.measured_on, b.gpus, b.input_tokens_mean, b.output_tokens_mean, b.concurrency, b.requests_per_second, \
     b.requests, b.duration_seconds, b.output_tokens_per_second, b.ttft_ms_mean, \
     b.ttft_ms_p50, b.ttft_ms_p90, b.ttft_ms_p95, b.ttft_ms_p99, b.tpot_ms_mean, b.tpot_ms_p50, b.tpot_ms_p90, \
     b.tpot_ms_p95, b.tpot_ms_p99, b.byte_offset, b.byte_length \
     FROM benchmark b JOIN benchmark_key k ON k.id = b.key_id WHERE b.replaced_by IS NULL \
     ORDER BY k.model, k.gpu, k.engine, k.engine_version, k.precision, k.mode, k.parallelism, b.input_tokens_mean, \
     b.output_tokens_mean, b.concurrency, b.run, b.id";

impl BenchmarkKey {
    fn words(&self) -> [&str; 8] {
        [
            &self.tool,
            &self.model,
            &self.gpu,
            &self.engine,
            &self.engine_version,
            &self.precision,
            &self.mode,
            &self.parallelism,
        ]
    }
}

impl Import {
    pub(crate) async fn store_benchmark(&mut self, rows: &[BenchmarkRow]) -> Result<(), StoreError> {
        for chunk in rows.chunks(ROWS_PER_STATEMENT) {
            let mut ids = Vec::with_capacity(chunk.len());
            for row in chunk {
                let id = self.keys.id(&mut self.transaction, INSERT_KEY, SELECT_KEY, &row.key.words()).await?;
                let scope = match row.measured_on {
                    Some(date) => {
                        let month = date.format("%Y-%m").to_string();
                        Some(self.claim("benchmark", &row.key.tool, "", &month, date).await?)
                    }
                    None => None,
                };
                ids.push((id, scope));
            }
            let mut query = sqlx::QueryBuilder::<Sqlite>::new(INSERT);
            query.push_values(chunk.iter().zip(&ids), |mut values, (row, (key, scope))| {
                values
                    .push_bind(self.batch)
                    .push_bind(*scope)
                    .push_bind(*key)
                    .push_bind(row.run.clone())
                    .push_bind(row.measured_on.map(|date| date.to_string()))
                    .push_bind(row.gpus.map(integer))
                    .push_bind(row.input_tokens_mean)
                    .push_bind(row.output_tokens_mean)
                    .push_bind(row.concurrency)
                    .push_bind(row.requests_per_second)
                    .push_bind(row.requests.map(integer))
                    .push_bind(row.duration_seconds)
                    .push_bind(row.output_tokens_per_second);
                for value in row.ttft_ms.values().into_iter().chain(row.tpot_ms.values()) {
                    values.push_bind(value);
                }
                values
                    .push_bind(fingerprint(&["benchmark", &row.key.tool, &row.key.model, &row.run]).to_vec())
                    .push_bind(integer(row.place.offset))
                    .push_bind(integer(row.place.length));
            });
            query.build().execute(&mut *self.transaction).await?;
        }
        Ok(())
    }
}

fn latency(row: &SqliteRow, first: usize) -> Result<Latency, StoreError> {
    Ok(Latency {
        mean: row.try_get(first)?,
        p50: row.try_get(first + 1)?,
        p90: row.try_get(first + 2)?,
        p95: row.try_get(first + 3)?,
        p99: row.try_get(first + 4)?,
    })
}

impl Ledger {
    /// Every run, by model, GPU, engine and load.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn benchmarks(&self) -> Result<Vec<BenchmarkRow>, StoreError> {
        let rows = sqlx::query(SELECT).fetch_all(&mut *self.connection().await?).await?;
        let count = |row: &SqliteRow, at: usize| -> Result<Option<u64>, StoreError> {
            Ok(row.try_get::<Option<i64>, _>(at)?.map(i64::unsigned_abs))
        };
        rows.iter()
            .map(|row| {
                Ok(BenchmarkRow {
                    key: BenchmarkKey {
                        tool: row.try_get(0)?,
                        model: row.try_get(1)?,
                        gpu: row.try_get(2)?,
                        engine: row.try_get(3)?,
                        engine_version: row.try_get(4)?,
                        precision: row.try_get(5)?,
                        mode: row.try_get(6)?,
                        parallelism: row.try_get(7)?,
                    },
                    run: row.try_get(8)?,
                    measured_on: row.try_get::<Option<String>, _>(9)?.and_then(|date| date.parse().ok()),
                    gpus: count(row, 10)?,
                    input_tokens_mean: row.try_get(11)?,
                    output_tokens_mean: row.try_get(12)?,
                    concurrency: row.try_get(13)?,
                    requests_per_second: row.try_get(14)?,
                    requests: count(row, 15)?,
                    duration_seconds: row.try_get(16)?,
                    output_tokens_per_second: row.try_get(17)?,
                    ttft_ms: latency(row, 18)?,
                    tpot_ms: latency(row, 23)?,
                    place: Place {
                        offset: row.try_get::<i64, _>(28)?.unsigned_abs(),
                        length: row.try_get::<i64, _>(29)?.unsigned_abs(),
                    },
                })
            })
            .collect()
    }
}
