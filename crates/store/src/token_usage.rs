//! Token usage: quantities by model, project, customer and day; never money.

mod sums;

use std::collections::HashMap;

use chrono::NaiveDate;
use marginline_model::prices::tokens::Prompts;
use marginline_model::{Currency, Money};
use sqlx::{Row, Sqlite};

use crate::import::{Import, Place, ROWS_PER_STATEMENT, add_replaced, integer};
use crate::{Ledger, StoreError};

pub use sums::PROMPT_STEPS;

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
    /// Who counted.
    pub origin: UsageOrigin,
    /// Team, where the source tells.
    pub team: String,
    /// What `quantity` counts when it is no token: `images`, `characters`, `seconds`, `sessions` …
    pub unit: String,
    /// Context window of a bucket, as its export names it, such as `200k-1M`; empty: not told.
    pub context_window: String,
    /// Which of several exports of one provider told it, where each tells another part of the use; it is no part of
    /// the description and not stored. A newer export replaces rows of the same one only.
    pub feed: String,
}

impl UsageKey {
    fn words(&self) -> [&str; 10] {
        [
            &self.provider,
            &self.model,
            &self.project,
            &self.customer,
            &self.region,
            &self.service_tier,
            self.origin.word(),
            &self.team,
            &self.unit,
            &self.context_window,
        ]
    }
}

/// Who counted usage. The same tokens may be told by all three; of a provider's month one of them counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum UsageOrigin {
    /// The provider's own export, or the company's own count.
    #[default]
    Provider,
    /// A gateway in front of the provider.
    Gateway,
    /// A tracer beside the application.
    Tracer,
}

impl UsageOrigin {
    /// Its word in the ledger.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Provider => "",
            Self::Gateway => "gateway",
            Self::Tracer => "tracer",
        }
    }

    /// From its word.
    #[must_use]
    pub fn from_word(word: &str) -> Self {
        match word {
            "gateway" => Self::Gateway,
            "tracer" => Self::Tracer,
            _ => Self::Provider,
        }
    }
}

/// A record of a log: its own id, and which version of it this is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordId {
    /// 16 bytes that stand for source and id.
    pub id: [u8; 16],
    /// Later versions sort higher; empty where the source has none.
    pub version: String,
}

impl RecordId {
    /// Of an id within a source.
    #[must_use]
    pub fn new(source: &str, id: &str, version: &str) -> Self {
        Self { id: crate::key::fingerprint(&[source, id]), version: version.to_owned() }
    }
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
    /// How many of the key's unit, where that is no token; in nanos.
    pub quantity_nanos: Option<i64>,
    /// What the source says it cost: a claim, never added to a bill.
    pub claimed: Option<(Currency, Money)>,
    /// Its id in a log that only grows.
    pub record: Option<RecordId>,
    /// Where it stood.
    pub place: Place,
}

/// Usage of a month or a day under one key; rows that say what they cost and rows that do not are summed apart.
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
    /// Reasoning inside the output, over the rows that tell it.
    pub reasoning: u64,
    /// Output of the rows that do not.
    pub output_untold: u64,
    /// How long the prompts are.
    pub prompts: Prompts,
    /// How many of the key's unit, in nanos.
    pub quantity_nanos: i128,
    /// What the source says it cost, in USD, over the rows that tell.
    pub claimed_usd: Money,
    /// Rows that do not tell, or in another currency.
    pub claimed_missing: u64,
    /// Format of the files it came in.
    pub format: String,
}

const INSERT_KEY: &str = "INSERT INTO usage_key (fingerprint, provider, model, project, customer, region, \
     service_tier, origin, team, unit, context_window) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
const SELECT_KEY: &str = "SELECT id FROM usage_key WHERE fingerprint = ?";

impl Import {
    pub(crate) async fn store_token_usage(&mut self, rows: &[TokenUsageRow]) -> Result<(), StoreError> {
        for chunk in rows.chunks(ROWS_PER_STATEMENT) {
            let fresh = self.fresh_records(chunk).await?;
            let mut ids = Vec::with_capacity(fresh.len());
            for (row, _) in &fresh {
                let key = &row.key;
                let id = self.keys.id(&mut self.transaction, INSERT_KEY, SELECT_KEY, &key.words()).await?;
                let month = row.usage_date.format("%Y-%m").to_string();
                let source =
                    if key.feed.is_empty() { key.provider.clone() } else { format!("{} {}", key.provider, key.feed) };
                let scope = self.claim("token_usage", &source, &key.project, &month, row.usage_date).await?;
                ids.push((id, scope));
            }
            if fresh.is_empty() {
                continue;
            }
            let mut query = sqlx::QueryBuilder::<Sqlite>::new(
                "INSERT INTO token_usage (batch_id, scope_id, key_id, replaced_by, usage_date, requests, input_tokens, \
                 cache_read_tokens, cache_write_5m_tokens, cache_write_1h_tokens, output_tokens, reasoning_tokens, \
                 quantity_nanos, claimed_currency, claimed_nanos, claimed_attos, record, record_version, \
                 byte_offset, byte_length) ",
            );
            query.push_values(fresh.iter().zip(&ids), |mut values, ((row, held_by), (key, scope))| {
                let claimed = row.claimed.map(|(currency, money)| (currency.code().to_owned(), money.parts()));
                values
                    .push_bind(self.batch)
                    .push_bind(*scope)
                    .push_bind(*key)
                    .push_bind(*held_by)
                    .push_bind(row.usage_date.to_string())
                    .push_bind(row.requests.map(integer))
                    .push_bind(integer(row.tokens.input))
                    .push_bind(integer(row.tokens.cache_read))
                    .push_bind(integer(row.tokens.cache_write_5m))
                    .push_bind(integer(row.tokens.cache_write_1h))
                    .push_bind(integer(row.tokens.output))
                    .push_bind(row.reasoning.map(integer))
                    .push_bind(row.quantity_nanos)
                    .push_bind(claimed.as_ref().map(|(currency, _)| currency.clone()))
                    .push_bind(claimed.as_ref().map(|(_, parts)| parts.0))
                    .push_bind(claimed.as_ref().map(|(_, parts)| parts.1))
                    .push_bind(row.record.as_ref().map(|record| record.id.to_vec()))
                    .push_bind(row.record.as_ref().map(|record| record.version.clone()))
                    .push_bind(integer(row.place.offset))
                    .push_bind(integer(row.place.length));
            });
            query.build().execute(&mut *self.transaction).await?;
        }
        Ok(())
    }

    /// Row, batch and version of those of some records that count in the ledger.
    async fn known_records(
        &mut self,
        ids: impl Iterator<Item = &[u8; 16]>,
    ) -> Result<HashMap<[u8; 16], (i64, i64, String)>, StoreError> {
        let mut query = sqlx::QueryBuilder::<Sqlite>::new(
            "SELECT id, batch_id, record, record_version FROM token_usage WHERE replaced_by IS NULL AND record IN (",
        );
        let mut list = query.separated(", ");
        for id in ids {
            list.push_bind(id.to_vec());
        }
        query.push(")");
        let had = query.build().fetch_all(&mut *self.transaction).await?;
        let mut known: HashMap<[u8; 16], (i64, i64, String)> = HashMap::new();
        for row in had {
            let id: Vec<u8> = row.try_get("record")?;
            let version = row.try_get::<Option<String>, _>("record_version")?.unwrap_or_default();
            if let Ok(id) = <[u8; 16]>::try_from(id) {
                known.insert(id, (row.try_get("id")?, row.try_get("batch_id")?, version));
            }
        }
        Ok(known)
    }

    /// The rows to write. A record that the ledger has in the same or a later version is a duplicate: it does not
    /// count, and is kept as replaced by the earlier batch that holds it, so that it counts once that one is undone.
    /// Of a record that the ledger has in an earlier version, the earlier is marked as replaced.
    async fn fresh_records<'a>(
        &mut self,
        rows: &'a [TokenUsageRow],
    ) -> Result<Vec<(&'a TokenUsageRow, Option<i64>)>, StoreError> {
        let (fresh, here, duplicates) = once_each(rows);
        self.duplicates += duplicates;
        if here.is_empty() {
            return Ok(fresh.into_iter().map(|row| (row, None)).collect());
        }
        let known = self.known_records(here.keys()).await?;
        let mut news = Vec::with_capacity(fresh.len());
        for row in fresh {
            match row.record.as_ref().and_then(|record| Some((record, known.get(&record.id)?))) {
                None => news.push((row, None)),
                Some((record, (_, batch, version))) if *version >= record.version => {
                    self.duplicates += 1;
                    if *batch != self.batch {
                        news.push((row, Some(*batch)));
                    }
                }
                Some((_, (id, batch, _))) if *batch == self.batch => {
                    // An earlier version in the same file: only the later one is kept.
                    sqlx::query("DELETE FROM token_usage WHERE id = ?")
                        .bind(id)
                        .execute(&mut *self.transaction)
                        .await?;
                    self.duplicates += 1;
                    news.push((row, None));
                }
                Some((_, (id, batch, _))) => {
                    sqlx::query("UPDATE token_usage SET replaced_by = ? WHERE id = ?")
                        .bind(self.batch)
                        .bind(id)
                        .execute(&mut *self.transaction)
                        .await?;
                    add_replaced(&mut self.newer, *batch, 1);
                    news.push((row, None));
                }
            }
        }
        Ok(news)
    }
}

/// Each record once, in its newest version; the ids among the rows, and how many rows were left out.
fn once_each(rows: &[TokenUsageRow]) -> (Vec<&TokenUsageRow>, HashMap<[u8; 16], usize>, u64) {
    let mut fresh: Vec<&TokenUsageRow> = Vec::with_capacity(rows.len());
    let mut here: HashMap<[u8; 16], usize> = HashMap::new();
    let mut duplicates = 0;
    for row in rows {
        let Some(record) = &row.record else {
            fresh.push(row);
            continue;
        };
        match here.get(&record.id) {
            Some(&index) => {
                duplicates += 1;
                if fresh[index].record.as_ref().is_some_and(|had| had.version < record.version) {
                    fresh[index] = row;
                }
            }
            None => {
                here.insert(record.id, fresh.len());
                fresh.push(row);
            }
        }
    }
    (fresh, here, duplicates)
}

impl Ledger {
    /// Every usage key by id.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn usage_keys(&self) -> Result<HashMap<i64, UsageKey>, StoreError> {
        let rows = sqlx::query(
            "SELECT id, provider, model, project, customer, region, service_tier, origin, team, unit, \
             context_window FROM usage_key",
        )
        .fetch_all(&mut *self.connection().await?)
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
                    origin: UsageOrigin::from_word(&word(7)?),
                    team: word(8)?,
                    unit: word(9)?,
                    context_window: word(10)?,
                    feed: String::new(),
                };
                Ok((row.try_get(0)?, key))
            })
            .collect()
    }
}
