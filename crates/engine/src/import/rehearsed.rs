//! A dry run: files imported one after the other, as in earnest, and all taken back at its end.

use marginline_store::import::Rehearsal;

use super::report::BatchReport;
use crate::error::Result;

/// What the files of a dry run have come to so far: each is rehearsed with those before it in the ledger.
#[derive(Default)]
pub struct Rehearsed {
    /// The ledger as they left it.
    pub ledger: Option<Rehearsal>,
    /// Hashes of their contents, and what was told of them.
    pub seen: Vec<(String, BatchReport)>,
}

impl Rehearsed {
    /// What an earlier file of the same content came to.
    pub fn same(&self, hash: &str, source: &str) -> Option<BatchReport> {
        self.seen.iter().find(|(seen, _)| seen == hash).map(|(_, report)| BatchReport {
            source: source.to_owned(),
            rows_stored: 0,
            rows_duplicate: report.rows_stored,
            problems: Vec::new(),
            doubts: Vec::new(),
            replaced: Vec::new(),
            difference: None,
            already: true,
            ..report.clone()
        })
    }

    /// Takes everything back.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn end(self) -> Result<()> {
        match self.ledger {
            Some(rehearsal) => Ok(rehearsal.end().await?),
            None => Ok(()),
        }
    }
}
