//! Taking an import back, and bringing it again.

use chrono::{DateTime, Utc};
use marginline_store::batch::Undo;

use super::pipeline::{ImportOptions, Watch};
use super::report::ImportReport;
use crate::Engine;
use crate::error::{EngineError, Result};

impl Engine {
    /// Takes a batch back.
    ///
    /// # Errors
    /// When there is no such batch, it is undone already, or a later batch stands on it.
    pub async fn undo(&self, batch: i64) -> Result<u64> {
        let place = format!("batch {batch}");
        match self.ledger().undo(batch).await? {
            Undo::Done(rows) => {
                self.ledger().settle().await?;
                Ok(rows)
            }
            Undo::Unknown => {
                Err(EngineError::failed("there is no such batch").at(place).then("see `marginline batches`"))
            }
            Undo::Already => {
                Err(EngineError::failed("is undone already").at(place).then("`marginline redo` brings it back"))
            }
            Undo::MendedBy(later) => {
                Err(EngineError::failed(format!("batch {later} holds rows of it that were mended"))
                    .at(place)
                    .then(format!("undo batch {later} first")))
            }
            Undo::ReplacedBy(later) => Err(EngineError::failed(format!("batch {later} replaced rows of it"))
                .at(place)
                .then(format!("undo batch {later} first"))),
        }
    }

    /// Imports again what was undone last, from the kept file.
    ///
    /// # Errors
    /// When nothing was undone, or the file was not kept.
    pub async fn redo(&self, now: DateTime<Utc>, watch: &Watch) -> Result<ImportReport> {
        let batches = self.ledger().batches().await?;
        let undone = batches
            .into_iter()
            .filter(|batch| batch.state == "undone")
            .max_by_key(|batch| batch.undone_order)
            .ok_or_else(|| EngineError::failed("nothing was undone").then("`marginline undo BATCH` comes first"))?;
        if !self.ledger().sources().has(&undone.file_hash) {
            return Err(EngineError::failed("the file was not kept")
                .at(undone.file_name)
                .then("import the file itself again"));
        }
        let folder = tempfile::tempdir()
            .map_err(|error| EngineError::failed(format!("no temporary folder can be made: {error}")))?;
        let path = folder.path().join(&undone.file_name);
        self.ledger().sources().restore(&undone.file_hash, &path)?;
        let options = ImportOptions::again(&undone, now);
        self.import_delivery(&[path], &options, watch, Some(undone.delivery)).await
    }
}
