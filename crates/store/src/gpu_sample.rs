//! Samples of GPUs: what one of them did at one moment; never money.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::DateTime;
use sqlx::{Row, Sqlite};

use crate::import::{Import, Place, ROWS_PER_STATEMENT, integer};
use crate::key::fingerprint;
use crate::{Ledger, StoreError};

/// What describes a sample. Empty is unknown.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct GpuSampleKey {
    /// The GPU: its UUID, else its host and number there.
    pub gpu: String,
    /// The slice of a GPU that is cut into several.
    pub slice: String,
    /// Model as the driver names it, such as `NVIDIA H100 80GB HBM3`.
    pub model: String,
    /// Host it stands in.
    pub host: String,
    /// What ran on it, such as `namespace/pod`.
    pub workload: String,
}

/// Which clock a moment was read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    /// Universal time.
    Utc,
    /// Civil time of a zone that the file does not tell.
    Local,
    /// Time since a trace began.
    Trace,
}

impl Clock {
    /// Its word in the ledger.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Utc => "utc",
            Self::Local => "local",
            Self::Trace => "trace",
        }
    }

    /// From its word.
    #[must_use]
    pub fn from_word(word: &str) -> Self {
        match word {
            "local" => Self::Local,
            "trace" => Self::Trace,
            _ => Self::Utc,
        }
    }
}

/// A moment, and the clock it was read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Milliseconds: since 1970 on the clock, or since the trace began.
    pub ms: i64,
    /// The clock.
    pub clock: Clock,
}

impl Moment {
    /// Its date; of a trace's own time there is none.
    #[must_use]
    pub fn date(self) -> Option<chrono::NaiveDate> {
        if self.clock == Clock::Trace {
            return None;
        }
        DateTime::from_timestamp_millis(self.ms).map(|moment| moment.date_naive())
    }
}

/// What was measured; `None` is a gap, never zero.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct GpuMeasures {
    /// Share of time at least one kernel ran, 0 to 1 (DCGM_FI_DEV_GPU_UTIL / 100).
    pub utilisation: Option<f64>,
    /// Share of time the graphics or compute engine was active, 0 to 1.
    pub gr_engine_active: Option<f64>,
    /// Share of cycles an SM held a warp, mean over SMs, 0 to 1.
    pub sm_active: Option<f64>,
    /// Share of cycles the tensor pipe was active, 0 to 1.
    pub tensor_active: Option<f64>,
    /// Share of cycles the memory interface was active, 0 to 1.
    pub dram_active: Option<f64>,
    /// Memory in use, MiB.
    pub memory_used_mib: Option<f64>,
    /// Memory there is, MiB.
    pub memory_total_mib: Option<f64>,
    /// Power draw, W.
    pub power_watts: Option<f64>,
}

impl GpuMeasures {
    /// In the order of the table's columns.
    #[must_use]
    pub fn values(&self) -> [Option<f64>; 8] {
        [
            self.utilisation,
            self.gr_engine_active,
            self.sm_active,
            self.tensor_active,
            self.dram_active,
            self.memory_used_mib,
            self.memory_total_mib,
            self.power_watts,
        ]
    }
}

/// One GPU at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct GpuSampleRow {
    /// What describes it.
    pub key: Arc<GpuSampleKey>,
    /// When; `None` where the file does not tell.
    pub moment: Option<Moment>,
    /// What was measured.
    pub measures: GpuMeasures,
    /// Where its first value stood.
    pub place: Place,
}

/// A sample as the ledger holds it.
#[derive(Debug, Clone, PartialEq)]
pub struct GpuSample {
    /// What describes it.
    pub key: Arc<GpuSampleKey>,
    /// When; `None` where the file did not tell.
    pub moment: Option<Moment>,
    /// What was measured.
    pub measures: GpuMeasures,
}

const INSERT_KEY: &str =
    "INSERT INTO gpu_sample_key (fingerprint, gpu, slice, model, host, workload) VALUES (?, ?, ?, ?, ?, ?)";
const SELECT_KEY: &str = "SELECT id FROM gpu_sample_key WHERE fingerprint = ?";

/// Stands for a GPU and a moment; a sample whose moment is unknown is like no other.
fn record(row: &GpuSampleRow) -> Option<Vec<u8>> {
    let moment = row.moment?;
    let ms = moment.ms.to_string();
    Some(fingerprint(&["gpu_sample", &row.key.gpu, &row.key.slice, moment.clock.word(), &ms]).to_vec())
}

impl Import {
    pub(crate) async fn store_gpu_samples(&mut self, rows: &[GpuSampleRow]) -> Result<(), StoreError> {
        for chunk in rows.chunks(ROWS_PER_STATEMENT) {
            let mut ids = Vec::with_capacity(chunk.len());
            for row in chunk {
                let key = &row.key;
                let words = [key.gpu.as_str(), &key.slice, &key.model, &key.host, &key.workload];
                let id = self.keys.id(&mut self.transaction, INSERT_KEY, SELECT_KEY, &words).await?;
                let scope = match row.moment.and_then(Moment::date) {
                    Some(date) => {
                        let month = date.format("%Y-%m").to_string();
                        Some(self.claim("gpu_sample", &key.host, &key.gpu, &month, date).await?)
                    }
                    None => None,
                };
                ids.push((id, scope));
            }
            let mut query = sqlx::QueryBuilder::<Sqlite>::new(
                "INSERT INTO gpu_sample (batch_id, scope_id, key_id, moment_ms, clock, utilisation, gr_engine_active, \
                 sm_active, tensor_active, dram_active, memory_used_mib, memory_total_mib, power_watts, record, \
                 byte_offset, byte_length) ",
            );
            query.push_values(chunk.iter().zip(&ids), |mut values, (row, (key, scope))| {
                values
                    .push_bind(self.batch)
                    .push_bind(*scope)
                    .push_bind(*key)
                    .push_bind(row.moment.map(|moment| moment.ms))
                    .push_bind(row.moment.map(|moment| moment.clock.word()));
                for value in row.measures.values() {
                    values.push_bind(value);
                }
                values.push_bind(record(row)).push_bind(integer(row.place.offset)).push_bind(integer(row.place.length));
            });
            query.build().execute(&mut *self.transaction).await?;
        }
        Ok(())
    }
}

impl Ledger {
    /// Every sample, GPU by GPU and there in order of time.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn gpu_samples(&self) -> Result<Vec<GpuSample>, StoreError> {
        let keys = sqlx::query("SELECT id, gpu, slice, model, host, workload FROM gpu_sample_key")
            .fetch_all(&mut *self.connection().await?)
            .await?;
        let keys: HashMap<i64, Arc<GpuSampleKey>> = keys
            .iter()
            .map(|row| {
                let key = GpuSampleKey {
                    gpu: row.try_get(1)?,
                    slice: row.try_get(2)?,
                    model: row.try_get(3)?,
                    host: row.try_get(4)?,
                    workload: row.try_get(5)?,
                };
                Ok((row.try_get(0)?, Arc::new(key)))
            })
            .collect::<Result<_, StoreError>>()?;
        let rows = sqlx::query(
            "SELECT key_id, moment_ms, clock, utilisation, gr_engine_active, sm_active, tensor_active, dram_active, \
             memory_used_mib, memory_total_mib, power_watts FROM gpu_sample WHERE replaced_by IS NULL",
        )
        .fetch_all(&mut *self.connection().await?)
        .await?;
        let mut samples = Vec::with_capacity(rows.len());
        for row in &rows {
            let Some(key) = keys.get(&row.try_get::<i64, _>(0)?) else { continue };
            let clock: Option<String> = row.try_get(2)?;
            samples.push(GpuSample {
                key: key.clone(),
                moment: row
                    .try_get::<Option<i64>, _>(1)?
                    .zip(clock)
                    .map(|(ms, clock)| Moment { ms, clock: Clock::from_word(&clock) }),
                measures: GpuMeasures {
                    utilisation: row.try_get(3)?,
                    gr_engine_active: row.try_get(4)?,
                    sm_active: row.try_get(5)?,
                    tensor_active: row.try_get(6)?,
                    dram_active: row.try_get(7)?,
                    memory_used_mib: row.try_get(8)?,
                    memory_total_mib: row.try_get(9)?,
                    power_watts: row.try_get(10)?,
                },
            });
        }
        let order = |s: &GpuSample| s.moment.map(|moment| moment.ms);
        samples.sort_by(|a, b| {
            (&a.key.gpu, &a.key.slice, order(a)).cmp(&(&b.key.gpu, &b.key.slice, order(b))).then(a.key.cmp(&b.key))
        });
        Ok(samples)
    }
}
