//! Fingerprints made again: a workspace of an earlier version has them over other lists of words, and a description
//! that is not found under its fingerprint would stand there a second time.

use sqlx::{AssertSqlSafe, Connection, Row, SqliteConnection};

use super::of_words;
use crate::StoreError;

/// Grows whenever fingerprints are made in another way.
pub(crate) const GENERATION: u8 = 2;

/// Descriptions read at once.
const AT_ONCE: i64 = 5_000;

/// A table of descriptions: its name, its words in the order of its fingerprint, and what moves rows from one
/// description to another.
struct Descriptions {
    table: &'static str,
    words: &'static str,
    moves: &'static [&'static str],
}

// Every batch was written by one version, so that no batch has both of two equal descriptions and sums never meet.
const ALL: [Descriptions; 7] = [
    Descriptions {
        table: "cost_outline",
        words: "origin, provider, publisher, issuer, billing_account, account, account_name, region, category, service, \
                resource_type, charge_category, charge_class, pricing_category, commitment, commitment_status, tags",
        moves: &[
            "UPDATE cost_key SET outline_id = (SELECT kept FROM moved WHERE gone = outline_id) WHERE outline_id IN (SELECT gone FROM moved)",
            "UPDATE cost_month SET outline_id = (SELECT kept FROM moved WHERE gone = outline_id) WHERE outline_id IN (SELECT gone FROM moved)",
        ],
    },
    Descriptions {
        table: "cost_key",
        words: "origin, provider, publisher, issuer, billing_account, account, account_name, region, category, service, \
                sku, resource, resource_type, charge_category, charge_class, pricing_category, commitment, \
                commitment_status, consumed_unit, invoice, tags",
        moves: &[
            "UPDATE cost SET key_id = (SELECT kept FROM moved WHERE gone = key_id) WHERE key_id IN (SELECT gone FROM moved)",
        ],
    },
    Descriptions {
        table: "usage_key",
        words: "provider, model, project, customer, region, service_tier, origin, team, unit, context_window",
        moves: &[
            "UPDATE token_usage SET key_id = (SELECT kept FROM moved WHERE gone = key_id) WHERE key_id IN (SELECT gone FROM moved)",
            "UPDATE usage_month SET key_id = (SELECT kept FROM moved WHERE gone = key_id) WHERE key_id IN (SELECT gone FROM moved)",
        ],
    },
    Descriptions {
        table: "gpu_key",
        words: "provider, region, gpu, pool, project",
        moves: &[
            "UPDATE gpu_hours SET key_id = (SELECT kept FROM moved WHERE gone = key_id) WHERE key_id IN (SELECT gone FROM moved)",
            "UPDATE gpu_month SET key_id = (SELECT kept FROM moved WHERE gone = key_id) WHERE key_id IN (SELECT gone FROM moved)",
        ],
    },
    Descriptions {
        table: "gpu_sample_key",
        words: "gpu, slice, model, host, workload",
        moves: &[
            "UPDATE gpu_sample SET key_id = (SELECT kept FROM moved WHERE gone = key_id) WHERE key_id IN (SELECT gone FROM moved)",
        ],
    },
    Descriptions {
        table: "request_trace_key",
        words: "model, kind",
        moves: &[
            "UPDATE request_trace SET key_id = (SELECT kept FROM moved WHERE gone = key_id) WHERE key_id IN (SELECT gone FROM moved)",
        ],
    },
    Descriptions {
        table: "benchmark_key",
        words: "tool, model, gpu, engine, engine_version, precision, mode, parallelism",
        moves: &[
            "UPDATE benchmark SET key_id = (SELECT kept FROM moved WHERE gone = key_id) WHERE key_id IN (SELECT gone FROM moved)",
        ],
    },
];

/// Gives every description the fingerprint that an import looks it up by, and makes one of equal ones.
///
/// # Errors
/// When the database cannot be written; then nothing has changed.
pub(crate) async fn make_fingerprints(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    for kind in &ALL {
        make(&mut transaction, kind).await?;
    }
    Ok(transaction.commit().await?)
}

async fn make(connection: &mut SqliteConnection, kind: &Descriptions) -> Result<(), StoreError> {
    let (table, columns) = (kind.table, kind.words);
    let some = format!("SELECT id, fingerprint, {columns} FROM {table} WHERE id > ? ORDER BY id LIMIT {AT_ONCE}");
    let same = format!(
        "SELECT id FROM {table} WHERE fingerprint = ? AND ({columns}) = (SELECT {columns} FROM {table} WHERE id = ?)"
    );
    let write = format!("UPDATE OR IGNORE {table} SET fingerprint = ? WHERE id = ?");
    let drop = format!("DELETE FROM {table} WHERE id IN (SELECT gone FROM moved)");
    sqlx::query("CREATE TEMP TABLE moved (gone INTEGER PRIMARY KEY, kept INTEGER NOT NULL)")
        .execute(&mut *connection)
        .await?;
    let mut last = 0i64;
    loop {
        let rows = sqlx::query(AssertSqlSafe(some.clone())).bind(last).fetch_all(&mut *connection).await?;
        if rows.is_empty() {
            break;
        }
        for row in rows {
            last = row.try_get(0)?;
            let words = (2..row.len()).map(|index| row.try_get(index)).collect::<Result<Vec<String>, _>>()?;
            let print = of_words(&words.iter().map(String::as_str).collect::<Vec<_>>()).to_vec();
            if row.try_get::<Vec<u8>, _>(1)? == print {
                continue;
            }
            let written = sqlx::query(AssertSqlSafe(write.clone())).bind(&print).bind(last);
            if written.execute(&mut *connection).await?.rows_affected() == 1 {
                continue;
            }
            let other = sqlx::query(AssertSqlSafe(same.clone())).bind(&print).bind(last);
            let Some(other) = other.fetch_optional(&mut *connection).await? else { continue };
            let kept: i64 = other.try_get(0)?;
            sqlx::query("INSERT INTO moved VALUES (?, ?)").bind(last).bind(kept).execute(&mut *connection).await?;
        }
    }
    for sql in kind.moves {
        sqlx::query(*sql).execute(&mut *connection).await?;
    }
    sqlx::query(AssertSqlSafe(drop)).execute(&mut *connection).await?;
    sqlx::query("DROP TABLE moved").execute(&mut *connection).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Ledger;
    use crate::key::fingerprint;

    async fn described(connection: &mut SqliteConnection, id: i64, print: [u8; 16]) {
        sqlx::query(
            "INSERT INTO usage_key (id, fingerprint, provider, model, project, customer, region, service_tier) \
             VALUES (?, ?, 'openai', 'gpt-5-mini', '', '', '', '')",
        )
        .bind(id)
        .bind(print.to_vec())
        .execute(connection)
        .await
        .unwrap();
    }

    #[tokio::test]
    async fn a_description_of_an_earlier_version_is_found_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("work.db");
        let ledger = Ledger::open(&path).await.unwrap();
        let mut connection = ledger.pool.acquire().await.unwrap();
        // As versions before the context window, and before origin, team and unit, made them.
        let nine = ["openai", "gpt-5-mini", "", "", "", "", "", "", ""];
        described(&mut connection, 1, fingerprint(&nine[..6])).await;
        described(&mut connection, 2, fingerprint(&nine)).await;
        for sql in [
            "INSERT INTO batch (id, format, role, state, file_name, file_hash, file_bytes, imported_at, source_kept, content, delivery) \
             VALUES (1, 'token-usage', 'usage', 'live', 'a.csv', 'h', 1, '2026-11-01T00:00:00Z', 0, 'lines', 1)",
            "INSERT INTO scope (id, batch_id, kind, source, account, month, first_day, last_day) \
             VALUES (1, 1, 'token_usage', 'openai', '', '2026-10', '2026-10-01', '2026-10-01')",
            "INSERT INTO token_usage (batch_id, scope_id, key_id, usage_date, input_tokens, cache_read_tokens, \
             cache_write_5m_tokens, cache_write_1h_tokens, output_tokens, byte_offset, byte_length) \
             VALUES (1, 1, 2, '2026-10-01', 10, 0, 0, 0, 0, 0, 0)",
            "PRAGMA user_version = 7",
        ] {
            sqlx::query(sql).execute(&mut *connection).await.unwrap();
        }
        drop(connection);
        ledger.close().await;
        let ledger = Ledger::open(&path).await.unwrap();
        let mut connection = ledger.pool.acquire().await.unwrap();
        let keys = sqlx::query("SELECT id, fingerprint FROM usage_key").fetch_all(&mut *connection).await.unwrap();
        assert_eq!(keys.len(), 1, "one of two equal descriptions");
        assert_eq!(
            keys[0].get::<Vec<u8>, _>(1),
            fingerprint(&["openai", "gpt-5-mini"]),
            "words that say nothing are left out"
        );
        let key: i64 = sqlx::query("SELECT key_id FROM token_usage").fetch_one(&mut *connection).await.unwrap().get(0);
        assert_eq!(key, keys[0].get::<i64, _>(0), "the row has come along");
    }
}
