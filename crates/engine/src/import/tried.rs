//! A file of prices read as an import reads it, and stored nowhere: for what they would change.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use chrono::{DateTime, Utc};
use marginline_model::prices::Price;
use marginline_store::import::Rows;
use marginline_store::source;

use super::report::RowProblem;
use super::{content, read};
use crate::Engine;
use crate::error::{EngineError, Result};

impl Engine {
    /// Prices of a small file of this format, and the rows that are not right. None of a file that the ledger holds:
    /// importing it again would store nothing.
    pub(crate) async fn read_prices(
        &self,
        path: &Path,
        format: &str,
        now: DateTime<Utc>,
    ) -> Result<(Vec<Price>, Vec<RowProblem>)> {
        let mut mappings = self.mappings(&[]).await?;
        mappings.told.observed = now.date_naive();
        let print = source::fingerprint(path)
            .map_err(|error| EngineError::failed(format!("cannot be read: {error}")).at(path.display().to_string()))?;
        if self.ledger().same_content(&print.hash).await?.is_some() {
            return Ok((Vec::new(), Vec::new()));
        }
        let opened = read::open(path, Some(format), &mappings)?;
        let (mut prices, mut problems) = (Vec::new(), Vec::new());
        // Nobody listens at the keeper's end.
        let (pieces, _) = content::pieces();
        opened.read_all(path, &AtomicBool::new(false), pieces, |chunk| {
            for rows in chunk.rows {
                if let Rows::Prices(rows) = rows {
                    prices.extend(rows.into_iter().map(|row| row.price));
                }
            }
            problems.extend(chunk.bad.iter().map(RowProblem::from));
            true
        })?;
        Ok((prices, problems))
    }
}
