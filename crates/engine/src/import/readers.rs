//! Two threads at work on one file: one reads and parses, one hashes and keeps what was read.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use marginline_store::source::{Fingerprint, Keeping};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::content;
use super::read::{Chunk, Opened, Outcome};
use crate::error::{EngineError, Result};

pub(super) fn cannot_keep(error: &std::io::Error) -> EngineError {
    EngineError::failed(format!("the file cannot be kept beside the workspace: {error}"))
        .then("free some disk space, or import with --no-keep")
}

/// The two, and what comes from them.
pub(super) struct Readers {
    pub(super) chunks: mpsc::Receiver<Chunk>,
    parsing: JoinHandle<Result<Outcome>>,
    keeping: JoinHandle<std::io::Result<Keeping>>,
}

impl Readers {
    pub(super) fn start(path: PathBuf, opened: Opened, mut keeping: Keeping, cancel: Arc<AtomicBool>) -> Self {
        let (sender, chunks) = mpsc::channel::<Chunk>(4);
        let (pieces, kept) = content::pieces();
        let keeping = tokio::task::spawn_blocking(move || {
            kept.each(|piece| keeping.write(piece))?;
            Ok(keeping)
        });
        let parsing = tokio::task::spawn_blocking(move || {
            opened.read_all(&path, &cancel, pieces, |chunk| sender.blocking_send(chunk).is_ok())
        });
        Self { chunks, parsing, keeping }
    }

    /// What was read, and its print. The kept file is put in place only when reading went well.
    pub(super) async fn finish(self) -> Result<(Outcome, Fingerprint)> {
        let stopped = |_| EngineError::failed("reading stopped unexpectedly").then("import the file again");
        let outcome = self.parsing.await.map_err(stopped)?;
        let keeping = self.keeping.await.map_err(stopped)?;
        let outcome = outcome?;
        let print = keeping.and_then(Keeping::finish).map_err(|error| cannot_keep(&error))?;
        Ok((outcome, print))
    }
}
