//! Is the workspace what it says it is? The database, the control totals of bills against their rows, and the
//! kept files.

use std::collections::BTreeMap;

use marginline_model::{Exact, ExactSum};

use crate::Engine;
use crate::error::Result;

impl Engine {
    /// What is wrong with the workspace; empty when it is sound.
    ///
    /// # Errors
    /// When it cannot be read at all.
    pub async fn check(&self) -> Result<Vec<String>> {
        let mut findings = self.ledger().integrity().await?;
        let stored = self.ledger().stored_bill_sums().await?;
        let bills_out_of_step = self.ledger().months_out_of_step().await?;
        for batch in self.ledger().batches().await?.into_iter().filter(|batch| batch.state == "live") {
            if batch.source_kept && !self.ledger().sources().is_whole(&batch.file_hash).unwrap_or(false) {
                findings.push(format!("batch {}: the kept copy of {} is gone or damaged", batch.id, batch.file_name));
            }
            let by_month = bills_out_of_step.contains(&batch.id);
            if by_month || self.ledger().usage_months_out_of_step(batch.id).await? {
                findings.push(format!("batch {}: its sums by month differ from its rows", batch.id));
            }
            let mut sums: BTreeMap<(&str, &str), ExactSum> = BTreeMap::new();
            // What a file of one amount calls it; the ledger keeps it as both.
            let books = batch.format == "general-ledger";
            for row in stored.iter().filter(|row| row.batch == batch.id) {
                if books {
                    sums.entry((&row.currency, "amount")).or_default().add_money(row.billed);
                }
                // A file may hold claims beside lines of a bill; each has a total of its own.
                if row.claim {
                    sums.entry((&row.currency, "claimed")).or_default().add_money(row.effective);
                    continue;
                }
                sums.entry((&row.currency, "billed")).or_default().add_money(row.billed);
                sums.entry((&row.currency, "effective")).or_default().add_money(row.effective);
            }
            for total in self.ledger().batch_totals(batch.id).await? {
                let Some(ledger) = sums.get(&(total.unit.as_str(), total.measure.as_str())) else { continue };
                let mut with_residue = ledger.clone();
                if let Ok(residue) = Exact::parse(&total.residue) {
                    with_residue.add(residue);
                }
                if with_residue.to_string() != total.total {
                    findings.push(format!(
                        "batch {}: {} {} of the file is {}, the ledger holds {ledger}",
                        batch.id, total.unit, total.measure, total.total
                    ));
                }
            }
        }
        Ok(findings)
    }

    /// The rules file kept in the workspace, if any.
    ///
    /// # Errors
    /// When the workspace cannot be read.
    pub async fn kept_rules(&self) -> Result<Option<String>> {
        Ok(self.ledger().document(marginline_store::document::DocumentKind::Rules, "rules").await?)
    }
}
