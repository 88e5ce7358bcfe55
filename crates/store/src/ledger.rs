//! Opening a workspace: one SQLite file, readable by its owner only, migrated to the newest shape.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection, Row, Sqlite, SqliteConnection, Transaction};
use thiserror::Error;
use tokio::sync::Mutex;

use crate::connection::Kept;
use crate::key::again::{GENERATION, make_fingerprints};
use crate::source::SourceFolder;

/// What can go wrong with a workspace file.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The file or its folder cannot be made or opened.
    #[error("cannot open the workspace {path}: {reason}")]
    Open {
        /// The workspace file.
        path: String,
        /// What the system said.
        reason: String,
    },
    /// The file is not a workspace, or one made by a later version.
    #[error("{path} is not a marginline workspace of this version: {reason}")]
    Migrate {
        /// The workspace file.
        path: String,
        /// What the migration said.
        reason: String,
    },
    /// A sum left the range of the ledger's integers.
    #[error("a total is too large for the ledger: more than 9.2 billion units of one currency in one group")]
    Overflow,
    /// The kept source file is gone or damaged.
    #[error("the kept source file of this batch cannot be read: {reason}")]
    Source {
        /// What the system said.
        reason: String,
    },
    /// Anything else the database says.
    #[error("the workspace database answered: {0}")]
    Database(String),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let text = error.to_string();
        if text.contains("integer overflow") { Self::Overflow } else { Self::Database(text) }
    }
}

static MIGRATIONS: Migrator = sqlx::migrate!("../../migrations");

/// A number that stands for all migrations together, and for how fingerprints are made. A workspace that carries it as
/// its `user_version` has had every one of them, so that opening it need not compare them one by one.
fn newest_shape() -> i32 {
    // FNV-1a, 32 bits.
    let sums = MIGRATIONS.iter().flat_map(|migration| migration.checksum.iter()).chain([&GENERATION]);
    let hash = sums.fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193));
    // A new file has 0.
    i32::try_from(hash >> 1).unwrap_or(1).max(1)
}

/// Why a workspace cannot be written, and what now where that is known. Reading it needs a place to write as well: the
/// write-ahead log lies beside it.
fn unwritable(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::ReadOnlyFilesystem => {
            "nothing can be written where it stands; copy it to another place and open that".to_owned()
        }
        _ => error.to_string(),
    }
}

/// An open workspace.
#[derive(Debug, Clone)]
pub struct Ledger {
    pub(crate) pool: SqlitePool,
    pub(crate) kept: Kept,
    path: PathBuf,
    sources: SourceFolder,
}

impl Ledger {
    /// Opens the workspace at `path`, making it when it is not there.
    ///
    /// # Errors
    /// [`StoreError::Open`] when the file cannot be made or opened, [`StoreError::Migrate`] when it is
    /// something else than a workspace.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        let open = |reason: String| StoreError::Open { path: path.display().to_string(), reason };
        if path.is_dir() {
            return Err(open("it is a folder; name a file".into()));
        }
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(|error| open(error.to_string()))?;
        }
        crate::source::touch_private(path).map_err(|error| open(unwritable(&error)))?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(10))
            .pragma("temp_store", "memory")
            .pragma("cache_size", "-65536");
        let mut connection = SqliteConnection::connect_with(&options).await.map_err(|error| open(error.to_string()))?;
        let pool = SqlitePoolOptions::new().max_connections(4).connect_lazy_with(options);
        let refuse = |reason: String| StoreError::Migrate { path: path.display().to_string(), reason };
        let shape = newest_shape();
        let asked = sqlx::query("PRAGMA user_version").fetch_one(&mut connection).await;
        let found: i32 = asked.map_err(|error| refuse(error.to_string()))?.try_get(0)?;
        if found != shape {
            MIGRATIONS.run(&mut connection).await.map_err(|error| refuse(error.to_string()))?;
            crate::cost::outline_missing_keys(&mut connection).await?;
            make_fingerprints(&mut connection).await?;
            sqlx::query(sqlx::AssertSqlSafe(format!("PRAGMA user_version = {shape}"))).execute(&mut connection).await?;
        }
        let kept = Arc::new(Mutex::new(Some(connection)));
        Ok(Self { pool, kept, path: path.to_owned(), sources: SourceFolder::beside(path) })
    }

    /// Begins a change and waits until nobody else writes. A transaction that reads first and asks for the lock at its
    /// first write would not wait: `SQLite` refuses it at once when somebody else is writing.
    pub(crate) async fn change(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        Ok(self.pool.begin_with("BEGIN IMMEDIATE").await?)
    }

    /// The workspace file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The folder of kept source files.
    #[must_use]
    pub fn sources(&self) -> &SourceFolder {
        &self.sources
    }

    /// Folds the write-ahead log into the one file that people copy. Best effort: a reader may hold it back.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn settle(&self) -> Result<(), StoreError> {
        sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut *self.connection().await?).await?;
        Ok(())
    }

    /// A number that grows with every change of the ledger.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn version(&self) -> Result<i64, StoreError> {
        let row = sqlx::query("SELECT CAST(value AS INTEGER) AS version FROM workspace WHERE key = 'version'")
            .fetch_one(&mut *self.connection().await?)
            .await?;
        Ok(row.try_get("version")?)
    }

    /// A small fact about the workspace.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn fact(&self, key: &str) -> Result<Option<String>, StoreError> {
        let row = sqlx::query("SELECT value FROM workspace WHERE key = ?")
            .bind(key)
            .fetch_optional(&mut *self.connection().await?)
            .await?;
        Ok(row.map(|row| row.try_get("value")).transpose()?)
    }

    /// Remembers a small fact about the workspace.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn set_fact(&self, key: &str, value: &str) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO workspace (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        )
        .bind(key)
        .bind(value)
        .execute(&mut *self.connection().await?)
        .await?;
        Ok(())
    }

    /// Is the database file sound, as SQLite itself sees it? Empty when it is.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn integrity(&self) -> Result<Vec<String>, StoreError> {
        let rows = sqlx::query("PRAGMA integrity_check").fetch_all(&mut *self.connection().await?).await?;
        let mut found = Vec::new();
        for row in rows {
            let text: String = row.try_get(0)?;
            if text != "ok" {
                found.push(text);
            }
        }
        let orphans = sqlx::query("PRAGMA foreign_key_check").fetch_all(&mut *self.connection().await?).await?;
        let undescribed: i64 = sqlx::query("SELECT COUNT(*) FROM cost WHERE key_id NOT IN (SELECT id FROM cost_key)")
            .fetch_one(&mut *self.connection().await?)
            .await?
            .try_get(0)?;
        let orphans = orphans.len() as u64 + undescribed.unsigned_abs();
        if orphans > 0 {
            found.push(format!("{orphans} rows refer to rows that are gone"));
        }
        Ok(found)
    }
}

/// Says that the ledger has changed. Part of the change's own transaction.
pub(crate) async fn bump_version(connection: &mut sqlx::SqliteConnection) -> Result<(), StoreError> {
    sqlx::query("UPDATE workspace SET value = CAST(CAST(value AS INTEGER) + 1 AS TEXT) WHERE key = 'version'")
        .execute(connection)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_volume_that_cannot_be_written_says_what_now() {
        let error = std::io::Error::from(std::io::ErrorKind::ReadOnlyFilesystem);
        assert!(unwritable(&error).contains("copy it to another place"));
    }
}
