//! Adopted plans: scenarios that the company works to, the newest last.

use sqlx::Row;

use crate::ledger::bump_version;
use crate::{Ledger, StoreError};

/// A scenario that was adopted as the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdoptedPlan {
    /// Id, growing with time.
    pub id: i64,
    /// Id of the scenario.
    pub scenario: String,
    /// The file; it stands by itself.
    pub body: String,
    /// Hash of its inputs when it was adopted.
    pub hash: String,
    /// When, UTC.
    pub adopted_at: String,
    /// Was it taken back?
    pub is_undone: bool,
}

fn plan_of(row: &sqlx::sqlite::SqliteRow) -> Result<AdoptedPlan, StoreError> {
    Ok(AdoptedPlan {
        id: row.try_get("id")?,
        scenario: row.try_get("scenario")?,
        body: row.try_get("body")?,
        hash: row.try_get("hash")?,
        adopted_at: row.try_get("adopted_at")?,
        is_undone: row.try_get::<Option<i64>, _>("undone_order")?.is_some(),
    })
}

impl Ledger {
    /// Every plan ever adopted, oldest first, those taken back included.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn plans(&self) -> Result<Vec<AdoptedPlan>, StoreError> {
        let rows = sqlx::query("SELECT id, scenario, body, hash, adopted_at, undone_order FROM plan ORDER BY id")
            .fetch_all(&mut *self.connection().await?)
            .await?;
        rows.iter().map(plan_of).collect()
    }

    /// Adopts a plan; those that were taken back can no longer come again.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn adopt_plan(&self, scenario: &str, body: &str, hash: &str, now: &str) -> Result<i64, StoreError> {
        let mut transaction = self.change().await?;
        sqlx::query("DELETE FROM plan WHERE undone_order IS NOT NULL").execute(&mut *transaction).await?;
        let done = sqlx::query("INSERT INTO plan (scenario, body, hash, adopted_at) VALUES (?, ?, ?, ?)")
            .bind(scenario)
            .bind(body)
            .bind(hash)
            .bind(now)
            .execute(&mut *transaction)
            .await?;
        bump_version(&mut transaction).await?;
        transaction.commit().await?;
        Ok(done.last_insert_rowid())
    }

    /// Takes the plan in force back, or brings the one that was taken back last again; the one moved, if there is one.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn move_plan(&self, back: bool) -> Result<Option<AdoptedPlan>, StoreError> {
        const BACK: &str = "UPDATE plan SET undone_order = (SELECT COALESCE(MAX(undone_order), 0) + 1 FROM plan) \
             WHERE id = (SELECT MAX(id) FROM plan WHERE undone_order IS NULL) \
             RETURNING id, scenario, body, hash, adopted_at, undone_order";
        const AGAIN: &str = "UPDATE plan SET undone_order = NULL \
             WHERE undone_order = (SELECT MAX(undone_order) FROM plan) \
             RETURNING id, scenario, body, hash, adopted_at, undone_order";
        let mut transaction = self.change().await?;
        let row = sqlx::query(if back { BACK } else { AGAIN }).fetch_optional(&mut *transaction).await?;
        let moved = row.as_ref().map(plan_of).transpose()?;
        bump_version(&mut transaction).await?;
        transaction.commit().await?;
        Ok(moved)
    }
}
