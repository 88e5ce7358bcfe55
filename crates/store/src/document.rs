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
        let mut transaction = self.pool.begin().await?;
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
