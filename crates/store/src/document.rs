//! Texts that people keep in the workspace: the rules file and the scenarios.

use sqlx::Row;

use crate::ledger::bump_version;
use crate::{Ledger, StoreError};

/// Which kind of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DocumentKind {
    /// What columns mean, what is cost of revenue, how shared cost is shared out. One a workspace.
    Rules,
    /// A scenario, by name.
    Scenario,
    /// How the columns of an unknown CSV are read, by header fingerprint.
    Mapping,
}

impl DocumentKind {
    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Rules => "rules",
            Self::Scenario => "scenario",
            Self::Mapping => "mapping",
        }
    }
}

/// A text with its place among those kept: earlier ones have lower places, and a place stays while the text does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// Its place.
    pub place: i64,
    /// Its name.
    pub name: String,
    /// The text.
    pub body: String,
}

/// What becomes of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Its name.
    pub name: String,
    /// The text from now on; `None` takes it away.
    pub body: Option<String>,
    /// The place that it had before it was taken away; where that is free, it stands there again.
    pub place: Option<i64>,
}

impl Ledger {
    /// One text, if there is one of that name.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn document(&self, kind: DocumentKind, name: &str) -> Result<Option<String>, StoreError> {
        let row = sqlx::query("SELECT body FROM document WHERE kind = ? AND name = ?")
            .bind(kind.word())
            .bind(name)
            .fetch_optional(&mut *self.connection().await?)
            .await?;
        Ok(row.map(|row| row.try_get("body")).transpose()?)
    }

    /// All texts of a kind as (name, body), by name.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn documents(&self, kind: DocumentKind) -> Result<Vec<(String, String)>, StoreError> {
        let rows = sqlx::query("SELECT name, body FROM document WHERE kind = ? ORDER BY name")
            .bind(kind.word())
            .fetch_all(&mut *self.connection().await?)
            .await?;
        rows.iter().map(|row| Ok((row.try_get("name")?, row.try_get("body")?))).collect()
    }

    /// All texts of a kind in the order in which they were first kept.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn placed_documents(&self, kind: DocumentKind) -> Result<Vec<Placed>, StoreError> {
        let rows = sqlx::query("SELECT rowid, name, body FROM document WHERE kind = ? ORDER BY rowid")
            .bind(kind.word())
            .fetch_all(&mut *self.connection().await?)
            .await?;
        let placed = |row: &sqlx::sqlite::SqliteRow| {
            Ok(Placed { place: row.try_get("rowid")?, name: row.try_get("name")?, body: row.try_get("body")? })
        };
        rows.iter().map(placed).collect()
    }

    /// Changes, adds and takes away texts of a kind, all of them or none.
    ///
    /// # Errors
    /// When the database cannot be written; then nothing has changed.
    pub async fn change_documents(&self, kind: DocumentKind, changes: &[Change]) -> Result<(), StoreError> {
        let mut transaction = self.change().await?;
        for change in changes {
            let Some(body) = &change.body else {
                sqlx::query("DELETE FROM document WHERE kind = ? AND name = ?")
                    .bind(kind.word())
                    .bind(&change.name)
                    .execute(&mut *transaction)
                    .await?;
                continue;
            };
            sqlx::query(
                "INSERT INTO document (rowid, kind, name, body) \
                 VALUES ((SELECT ?1 WHERE NOT EXISTS (SELECT 1 FROM document WHERE rowid = ?1)), ?2, ?3, ?4) \
                 ON CONFLICT (kind, name) DO UPDATE SET body = excluded.body",
            )
            .bind(change.place)
            .bind(kind.word())
            .bind(&change.name)
            .bind(body)
            .execute(&mut *transaction)
            .await?;
        }
        bump_version(&mut transaction).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Keeps a text, in place of one of the same name.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn keep_document(&self, kind: DocumentKind, name: &str, body: &str) -> Result<(), StoreError> {
        self.keep_documents(&[(kind, name.to_owned(), body.to_owned())]).await
    }

    /// Keeps several texts as (kind, name, body), all of them or none.
    ///
    /// # Errors
    /// When the database cannot be written; then nothing has changed.
    pub async fn keep_documents(&self, texts: &[(DocumentKind, String, String)]) -> Result<(), StoreError> {
        let mut transaction = self.change().await?;
        for (kind, name, body) in texts {
            sqlx::query(
                "INSERT INTO document (kind, name, body) VALUES (?, ?, ?) \
                 ON CONFLICT (kind, name) DO UPDATE SET body = excluded.body",
            )
            .bind(kind.word())
            .bind(name)
            .bind(body)
            .execute(&mut *transaction)
            .await?;
        }
        bump_version(&mut transaction).await?;
        transaction.commit().await?;
        Ok(())
    }
}
