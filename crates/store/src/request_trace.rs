//! Requests of load traces: when each came and how many tokens it had; never money.

use sqlx::{Row, Sqlite};

use crate::gpu_sample::{Clock, Moment};
use crate::import::{Import, Place, ROWS_PER_STATEMENT, integer};
use crate::{Ledger, StoreError};

/// What describes requests. Empty is unknown.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct RequestTraceKey {
    /// Model that answered.
    pub model: String,
    /// Kind of request as the trace names it, such as `API log`.
    pub kind: String,
}

/// One request.
#[derive(Debug, Clone, PartialEq)]
pub struct RequestTraceRow {
    /// What describes it.
    pub key: RequestTraceKey,
    /// When it came.
    pub moment: Moment,
    /// Input tokens, cached ones included.
    pub input_tokens: u64,
    /// Output tokens.
    pub output_tokens: u64,
    /// Where it stood.
    pub place: Place,
}

/// A request as the ledger holds it.
#[derive(Debug, Clone, PartialEq)]
pub struct TracedRequest {
    /// Its trace: the batch it came with.
    pub batch: i64,
    /// What describes it.
    pub key: RequestTraceKey,
    /// When it came.
    pub moment: Moment,
    /// Input tokens, cached ones included.
    pub input_tokens: u64,
    /// Output tokens.
    pub output_tokens: u64,
}

const INSERT_KEY: &str = "INSERT INTO request_trace_key (fingerprint, model, kind) VALUES (?, ?, ?)";
const SELECT_KEY: &str = "SELECT id FROM request_trace_key WHERE fingerprint = ?";

impl Import {
    pub(crate) async fn store_request_trace(&mut self, rows: &[RequestTraceRow]) -> Result<(), StoreError> {
        for chunk in rows.chunks(ROWS_PER_STATEMENT) {
            let mut ids = Vec::with_capacity(chunk.len());
            for row in chunk {
                let words = [row.key.model.as_str(), &row.key.kind];
                let id = self.keys.id(&mut self.transaction, INSERT_KEY, SELECT_KEY, &words).await?;
                let scope = match row.moment.date() {
                    Some(date) => {
                        let month = date.format("%Y-%m").to_string();
                        Some(self.claim("request_trace", "", "", &month, date).await?)
                    }
                    None => None,
                };
                ids.push((id, scope));
            }
            let mut query = sqlx::QueryBuilder::<Sqlite>::new(
                "INSERT INTO request_trace (batch_id, scope_id, key_id, moment_ms, clock, input_tokens, output_tokens, \
                 byte_offset, byte_length) ",
            );
            query.push_values(chunk.iter().zip(&ids), |mut values, (row, (key, scope))| {
                values
                    .push_bind(self.batch)
                    .push_bind(*scope)
                    .push_bind(*key)
                    .push_bind(row.moment.ms)
                    .push_bind(row.moment.clock.word())
                    .push_bind(integer(row.input_tokens))
                    .push_bind(integer(row.output_tokens))
                    .push_bind(integer(row.place.offset))
                    .push_bind(integer(row.place.length));
            });
            query.build().execute(&mut *self.transaction).await?;
        }
        Ok(())
    }
}

impl Ledger {
    /// Every request of every trace, trace by trace in order of time.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn traced_requests(&self) -> Result<Vec<TracedRequest>, StoreError> {
        let rows = sqlx::query(
            "SELECT r.batch_id, k.model, k.kind, r.moment_ms, r.clock, r.input_tokens, r.output_tokens \
             FROM request_trace r JOIN request_trace_key k ON k.id = r.key_id ORDER BY r.batch_id, r.moment_ms, r.id",
        )
        .fetch_all(&mut *self.connection().await?)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(TracedRequest {
                    batch: row.try_get(0)?,
                    key: RequestTraceKey { model: row.try_get(1)?, kind: row.try_get(2)? },
                    moment: Moment { ms: row.try_get(3)?, clock: Clock::from_word(&row.try_get::<String, _>(4)?) },
                    input_tokens: row.try_get::<i64, _>(5)?.unsigned_abs(),
                    output_tokens: row.try_get::<i64, _>(6)?.unsigned_abs(),
                })
            })
            .collect()
    }
}
