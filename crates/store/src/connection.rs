//! The connection that is kept from one question to the next.
//!
//! Opening a connection costs milliseconds (a thread, a dozen settings, the parsing of the schema), and a pool takes one
//! back only on another thread, after it has tried it: a report of ten questions, one right after the other, opened
//! three of them. This one is at hand again at once. Whoever asks while it is lent gets one of the pool, so that nobody
//! waits for somebody else's answer.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use sqlx::pool::PoolConnection;
use sqlx::{Connection, Sqlite, SqliteConnection};
use tokio::sync::{Mutex, OwnedMappedMutexGuard, OwnedMutexGuard};

use crate::{Ledger, StoreError};

/// The connection that is kept; none once the ledger is closed.
pub(crate) type Kept = Arc<Mutex<Option<SqliteConnection>>>;

/// A connection for one statement. What takes several belongs into a transaction of the pool.
pub(crate) enum Lent {
    /// The one that is kept.
    Kept(OwnedMappedMutexGuard<Option<SqliteConnection>, SqliteConnection>),
    /// Another one.
    Pooled(PoolConnection<Sqlite>),
}

impl Deref for Lent {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        match self {
            Self::Kept(connection) => connection,
            Self::Pooled(connection) => connection,
        }
    }
}

impl DerefMut for Lent {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        match self {
            Self::Kept(connection) => connection,
            Self::Pooled(connection) => connection,
        }
    }
}

impl Ledger {
    /// The kept connection, or one of the pool while that is lent.
    pub(crate) async fn connection(&self) -> Result<Lent, StoreError> {
        if let Ok(kept) = self.kept.clone().try_lock_owned()
            && let Ok(connection) = OwnedMutexGuard::try_map(kept, Option::as_mut)
        {
            return Ok(Lent::Kept(connection));
        }
        Ok(Lent::Pooled(self.pool.acquire().await?))
    }

    /// Closes every connection, so that the file can be moved or removed.
    pub async fn close(&self) {
        let kept = self.kept.lock().await.take();
        if let Some(connection) = kept {
            // It is gone either way.
            let _ = connection.close().await;
        }
        self.pool.close().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn whoever_asks_meanwhile_gets_another_one() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = Ledger::open(&folder.path().join("a.db")).await.unwrap();
        assert_eq!(ledger.pool.size(), 0, "one connection is enough to open a workspace");
        for _ in 0..3 {
            ledger.version().await.unwrap();
            assert!(matches!(ledger.connection().await.unwrap(), Lent::Kept(_)), "it is back at once");
        }
        assert_eq!(ledger.pool.size(), 0);
        let first = ledger.connection().await.unwrap();
        let second = ledger.connection().await.unwrap();
        assert!(matches!((&first, &second), (Lent::Kept(_), Lent::Pooled(_))));
        ledger.version().await.unwrap();
        drop((first, second));
        ledger.close().await;
        assert!(ledger.version().await.is_err(), "closed is closed");
        assert!(!folder.path().join("a.db-wal").exists(), "everything is in the one file");
    }
}
