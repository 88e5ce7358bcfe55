//! Token usage: quantities by model, project, customer and day; never money.

use std::collections::HashMap;

use chrono::NaiveDate;
use sqlx::{Row, Sqlite};

use crate::cost::Grain;
use crate::import::{Import, Place, ROWS_PER_STATEMENT, integer};
use crate::{Ledger, StoreError};

/// What describes usage. Empty is unknown.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct UsageKey {
    /// Provider id, such as `anthropic`.
    pub provider: String,
    /// Model id as the provider writes it.
    pub model: String,
    /// Project or workspace.
    pub project: String,
    /// Customer served.
    pub customer: String,
    /// Region.
    pub region: String,
    /// Service tier; empty is standard.
    pub service_tier: String,
}

/// Tokens by class; input excludes what the cache served or stored; reasoning is part of output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tokens {
    /// Uncached input.
    pub input: u64,
    /// Cache reads.
    pub cache_read: u64,
    /// Cache writes kept five minutes.
    pub cache_write_5m: u64,
    /// Cache writes kept an hour.
    pub cache_write_1h: u64,
    /// Output.
    pub output: u64,
}

impl Tokens {
    /// All classes.
    #[must_use]
    pub fn total(self) -> u64 {
        self.all_input() + self.output
    }

    /// All input classes.
    #[must_use]
    pub fn all_input(self) -> u64 {
        self.input + self.cache_read + self.cache_write_5m + self.cache_write_1h
    }

    /// Adds another count.
    pub fn add(&mut self, other: Self) {
        self.input += other.input;
        self.cache_read += other.cache_read;
        self.cache_write_5m += other.cache_write_5m;
        self.cache_write_1h += other.cache_write_1h;
        self.output += other.output;
    }
}

/// One line of usage.
#[derive(Debug, Clone, PartialEq)]
pub struct TokenUsageRow {
    /// What describes it.
    pub key: UsageKey,
    /// Day of use, UTC.
    pub usage_date: NaiveDate,
    /// Requests, where the source counts them.
    pub requests: Option<u64>,
    /// Tokens.
    pub tokens: Tokens,
    /// Reasoning tokens inside the output, where the source tells.
    pub reasoning: Option<u64>,
    /// Where it stood.
    pub place: Place,
}

/// Usage of a month or a day under one key.
#[derive(Debug, Clone, PartialEq)]
pub struct UsageSum {
    /// Key id, into [`Ledger::usage_keys`].
    pub key: i64,
    /// First day of use in it.
    pub first_day: String,
    /// Last day of use in it.
    pub last_day: String,
    /// Requests over the rows that count them.
    pub requests: u64,
    /// Rows that do not count requests.
    pub requests_missing: u64,
    /// Tokens.
    pub tokens: Tokens,
}

const INSERT_KEY: &str = "INSERT INTO usage_key (fingerprint, provider, model, project, customer, region, service_tier) \
     VALUES (?, ?, ?, ?, ?, ?, ?)";
const SELECT_KEY: &str = "SELECT id FROM usage_key WHERE fingerprint = ?";

impl Import {
    pub(crate) async fn store_token_usage(&mut self, rows: &[TokenUsageRow]) -> Result<(), StoreError> {
        for chunk in rows.chunks(ROWS_PER_STATEMENT) {
            let mut ids = Vec::with_capacity(chunk.len());
            for row in chunk {
                let key = &row.key;
                let words =
                    [key.provider.as_str(), &key.model, &key.project, &key.customer, &key.region, &key.service_tier];
                let id = self.keys.id(&mut self.transaction, INSERT_KEY, SELECT_KEY, &words).await?;
                let month = row.usage_date.format("%Y-%m").to_string();
                let scope = self.claim("token_usage", &key.provider, &key.project, &month, row.usage_date).await?;
                ids.push((id, scope));
            }
            let mut query = sqlx::QueryBuilder::<Sqlite>::new(
                "INSERT INTO token_usage (batch_id, scope_id, key_id, usage_date, requests, input_tokens, \
                 cache_read_tokens, cache_write_5m_tokens, cache_write_1h_tokens, output_tokens, reasoning_tokens, \
                 byte_offset, byte_length) ",
            );
            query.push_values(chunk.iter().zip(&ids), |mut values, (row, (key, scope))| {
                values
                    .push_bind(self.batch)
                    .push_bind(*scope)
                    .push_bind(*key)
                    .push_bind(row.usage_date.to_string())
                    .push_bind(row.requests.map(integer))
                    .push_bind(integer(row.tokens.input))
                    .push_bind(integer(row.tokens.cache_read))
                    .push_bind(integer(row.tokens.cache_write_5m))
                    .push_bind(integer(row.tokens.cache_write_1h))
                    .push_bind(integer(row.tokens.output))
                    .push_bind(row.reasoning.map(integer))
                    .push_bind(integer(row.place.offset))
                    .push_bind(integer(row.place.length));
            });
            query.build().execute(&mut *self.transaction).await?;
        }
        Ok(())
    }
}

const BY_MONTH: &str = "SELECT key_id, MIN(usage_date), MAX(usage_date), COALESCE(SUM(requests), 0), COUNT(*) - COUNT(requests), \
     SUM(input_tokens), SUM(cache_read_tokens), SUM(cache_write_5m_tokens), SUM(cache_write_1h_tokens), SUM(output_tokens) \
     FROM token_usage WHERE replaced_by IS NULL GROUP BY key_id, substr(usage_date, 1, 7)";
const BY_DAY: &str = "SELECT key_id, MIN(usage_date), MAX(usage_date), COALESCE(SUM(requests), 0), COUNT(*) - COUNT(requests), \
     SUM(input_tokens), SUM(cache_read_tokens), SUM(cache_write_5m_tokens), SUM(cache_write_1h_tokens), SUM(output_tokens) \
     FROM token_usage WHERE replaced_by IS NULL GROUP BY key_id, usage_date";

impl Ledger {
    /// Usage by key and month, or by key and day.
    ///
    /// # Errors
    /// [`StoreError::Overflow`] when a count leaves the ledger's range.
    pub async fn usage_sums(&self, grain: Grain) -> Result<Vec<UsageSum>, StoreError> {
        let sql = match grain {
            Grain::Month => BY_MONTH,
            Grain::Day => BY_DAY,
        };
        let rows = sqlx::query(sql).fetch_all(&self.pool).await?;
        rows.iter()
            .map(|row| {
                let count =
                    |index: usize| -> Result<u64, StoreError> { Ok(row.try_get::<i64, _>(index)?.unsigned_abs()) };
                Ok(UsageSum {
                    key: row.try_get(0)?,
                    first_day: row.try_get(1)?,
                    last_day: row.try_get(2)?,
                    requests: count(3)?,
                    requests_missing: count(4)?,
                    tokens: Tokens {
                        input: count(5)?,
                        cache_read: count(6)?,
                        cache_write_5m: count(7)?,
                        cache_write_1h: count(8)?,
                        output: count(9)?,
                    },
                })
            })
            .collect()
    }

    /// Every usage key by id.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn usage_keys(&self) -> Result<HashMap<i64, UsageKey>, StoreError> {
        let rows = sqlx::query("SELECT id, provider, model, project, customer, region, service_tier FROM usage_key")
            .fetch_all(&self.pool)
            .await?;
        rows.iter()
            .map(|row| {
                let word = |index: usize| -> Result<String, StoreError> { Ok(row.try_get(index)?) };
                let key = UsageKey {
                    provider: word(1)?,
                    model: word(2)?,
                    project: word(3)?,
                    customer: word(4)?,
                    region: word(5)?,
                    service_tier: word(6)?,
                };
                Ok((row.try_get(0)?, key))
            })
            .collect()
    }
}
