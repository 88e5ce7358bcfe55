//! The imports screen: what was imported, what it totals, and what can be taken back.

use marginline_store::batch::{Batch, BatchTotal};
use serde_json::{Map, Value};

use crate::Engine;
use crate::error::{EngineError, Result};
use crate::import::{FORMATS, format_label, totals_as_objects};
use crate::number;
use crate::view::{
    BatchRow, Cell, Choice, Column, ColumnKind, ImportsView, MonthBasis, Notice, Row, RowKind, Table, Tone, Workspace,
};

impl Engine {
    /// The imports screen.
    ///
    /// # Errors
    /// When the workspace cannot be read.
    pub async fn imports_view(&self) -> Result<ImportsView> {
        let mut batches = Vec::new();
        let kept = self.ledger().batches().await?;
        let quarantined: u64 =
            kept.iter().filter(|batch| batch.state == "live").map(|batch| batch.rows_quarantined).sum();
        let undone = kept.iter().filter(|batch| batch.state == "undone").max_by_key(|batch| batch.undone_order);
        let redo = undone.map(|batch| batch.file_name.clone());
        for batch in kept {
            let totals = self.ledger().batch_totals(batch.id).await?;
            batches.push(row_of(batch, &totals));
        }
        let notices = (quarantined > 0).then(|| Notice {
            id: "quarantine".into(),
            text: match quarantined {
                1 => "1 row is in quarantine and in no total".into(),
                many => format!("{} rows are in quarantine and in no total", number::count(many)),
            },
            tone: Tone::Warn,
        });
        Ok(ImportsView {
            batches,
            redo,
            formats: FORMATS.iter().map(|format| Choice { id: format.id.into(), label: format.label.into() }).collect(),
            notices: notices.into_iter().collect(),
        })
    }

    /// Control totals of a batch as `import` tells them, an object a currency or unit.
    ///
    /// # Errors
    /// When the workspace cannot be read.
    pub async fn batch_total_objects(&self, batch: i64) -> Result<Vec<Map<String, Value>>> {
        Ok(totals_as_objects(&self.ledger().batch_totals(batch).await?))
    }

    /// Rows of a batch that were not stored.
    ///
    /// # Errors
    /// When there is no such batch, or it is undone.
    pub async fn quarantine_table(&self, batch: i64) -> Result<Table> {
        let about = self.ledger().batches().await?.into_iter().find(|about| about.id == batch).ok_or_else(|| {
            EngineError::failed("there is no such batch").at(format!("batch {batch}")).then("see `marginline batches`")
        })?;
        if about.state == "undone" {
            return Err(EngineError::failed("is undone, and its quarantine with it")
                .at(format!("batch {batch}"))
                .then("`marginline redo` brings both back"));
        }
        let rows = self.ledger().quarantine(batch).await?;
        let column = |id: &str, label: &str, kind: ColumnKind| Column {
            id: id.into(),
            label: label.into(),
            unit: String::new(),
            kind,
        };
        let text = |text: &str| Cell { value: Some(text.to_owned()), shown: text.to_owned(), ..Cell::default() };
        Ok(Table {
            id: "quarantine".into(),
            title: format!("Rows of {} that were not stored", about.file_name),
            subtitle: format!("{} of {} rows", number::count(about.rows_quarantined), number::count(about.rows_read)),
            columns: vec![
                column("line", "Line", ColumnKind::Count),
                column("column", "Column", ColumnKind::Text),
                column("found", "Found", ColumnKind::Text),
                column("expected", "Expected", ColumnKind::Text),
            ],
            rows: rows
                .iter()
                .enumerate()
                .map(|(index, row)| Row {
                    key: format!("{}-{index}", row.line),
                    kind: RowKind::Row,
                    cells: vec![text(&row.line.to_string()), text(&row.column), text(&row.found), text(&row.expected)],
                })
                .collect(),
            notes: Vec::new(),
        })
    }

    /// The workspace in a line.
    ///
    /// # Errors
    /// When the workspace cannot be read.
    pub async fn workspace(&self) -> Result<Workspace> {
        let batches = self.ledger().batches().await?;
        let live = || batches.iter().filter(|batch| batch.state == "live");
        let empty = live().next().is_none();
        let unpriced = if empty {
            0
        } else {
            // Whatever is wrong with the facts is told by the screen that shows them; Imports must stay in reach.
            let facts = self.facts().await.ok();
            facts.map_or(0, |facts| {
                crate::report::Period::resolve(&facts, MonthBasis::BillingMonth, None, None)
                    .map_or(0, |period| facts.gaps(period, MonthBasis::BillingMonth).unpriced.len())
            })
        };
        Ok(Workspace {
            path: self.ledger().path().display().to_string(),
            empty,
            sample: self.is_sample().await?,
            quarantined: small(live().map(|batch| batch.rows_quarantined).sum()),
            unpriced: small(unpriced as u64),
        })
    }
}

fn small(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn row_of(batch: Batch, totals: &[BatchTotal]) -> BatchRow {
    let month = |text: &Option<String>| text.as_ref().and_then(|text| text.parse::<marginline_model::Month>().ok());
    let period = match (month(&batch.first_month), month(&batch.last_month)) {
        (Some(from), Some(to)) if from == to => brief(from),
        (Some(from), Some(to)) => format!("{} – {}", brief(from), brief(to)),
        _ => number::UNKNOWN.into(),
    };
    let state = match (batch.state.as_str(), batch.rows_replaced) {
        ("live", 0) => "live",
        ("live", _) => "replaced",
        _ => "undone",
    };
    BatchRow {
        id: small(batch.id.unsigned_abs()),
        file: batch.file_name,
        format: format_label(&batch.format).to_owned(),
        role: batch.role,
        period,
        imported: batch.imported_at.replace('T', " ").trim_end_matches('Z').chars().take(16).collect(),
        rows_read: small(batch.rows_read),
        rows_stored: small(batch.rows_stored),
        rows_quarantined: if state == "undone" { 0 } else { small(batch.rows_quarantined) },
        totals: totals_in_words(totals),
        state: state.into(),
        locked: batch.replaced_by.map(|later| format!("batch {later} replaced rows of it; undo that one first")),
    }
}

/// `Oct 2026`.
fn brief(month: marginline_model::Month) -> String {
    month.first_day().format("%b %Y").to_string()
}

/// `USD 20.52022672899 billed`, a total each with every digit, the one to look at first in front.
fn totals_in_words(totals: &[BatchTotal]) -> Vec<String> {
    let shown = [
        "billed",
        "effective",
        "amount",
        "revenue",
        "cost_of_revenue",
        "input_tokens",
        "output_tokens",
        "requests",
        "allocated_gpu_hours",
        "busy_gpu_hours",
        "rates",
    ];
    totals
        .iter()
        .filter(|total| shown.contains(&total.measure.as_str()))
        .map(|total| {
            let money = total.unit.len() == 3 && total.unit.chars().all(|c| c.is_ascii_uppercase());
            let unit = if money { format!("{} ", total.unit) } else { String::new() };
            format!("{unit}{} {}", number::rounded_exactly(&total.total), total.measure.replace('_', " "))
        })
        .collect()
}
