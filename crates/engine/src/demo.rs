//! The sample company, packed into the binary: a year of an invented company that sells an AI product.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use crate::Engine;
use crate::error::{EngineError, Result};
use crate::import::{ImportOptions, ImportReport, Watch};

mod files {
    include!(concat!(env!("OUT_DIR"), "/demo_files.rs"));
}

/// Unpacks the sample company's files into a folder and names them.
///
/// # Errors
/// When the folder cannot be written to.
pub fn unpack(folder: &Path) -> Result<Vec<PathBuf>> {
    let failed = |error: std::io::Error| EngineError::failed(format!("the sample company cannot be unpacked: {error}"));
    files::FILES
        .iter()
        .map(|(name, packed)| {
            let path = folder.join(name);
            let body = zstd::decode_all(*packed).map_err(failed)?;
            std::fs::write(&path, body).map_err(failed)?;
            Ok(path)
        })
        .collect()
}

impl Engine {
    /// Imports the sample company, unless it is there already.
    ///
    /// # Errors
    /// When a file cannot be unpacked or imported.
    pub async fn open_sample(&self, now: DateTime<Utc>, watch: &Watch) -> Result<ImportReport> {
        let batches = self.ledger().batches().await?;
        let own = batches.iter().any(|batch| batch.state == "live") || self.kept_rules().await?.is_some();
        if own && !self.is_sample().await? {
            return Err(EngineError::failed("this workspace holds your own imports or rules")
                .at(self.ledger().path().display().to_string())
                .then("open the sample company in a workspace of its own: --workspace FILE"));
        }
        let folder = tempfile::tempdir()
            .map_err(|error| EngineError::failed(format!("no temporary folder can be made: {error}")))?;
        let paths = unpack(folder.path())?;
        let options = ImportOptions::plain(now);
        let report = self.import(&paths, &options, watch).await?;
        self.ledger().set_fact("sample", "Northwind AI").await?;
        Ok(report)
    }

    /// Is this the sample company's workspace?
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn is_sample(&self) -> Result<bool> {
        Ok(self.ledger().fact("sample").await?.is_some_and(|name| !name.is_empty()))
    }
}
