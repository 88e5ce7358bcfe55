//! The imports screen: what was imported, what it totals, and what can be taken back.

use marginline_store::batch::{Batch, BatchTotal};
use marginline_store::document::DocumentKind;
use serde_json::{Map, Value};

use crate::Engine;
use crate::error::Result;
use crate::import::{FORMATS, format_label, totals_as_objects};
use crate::number;
use crate::view::{BatchRow, Choice, ImportsView, MonthBasis, Notice, Tone, Workspace};

impl Engine {
    /// The imports screen.
    ///
    /// # Errors
    /// When the workspace cannot be read.
    pub async fn imports_view(&self) -> Result<ImportsView> {
        let mut batches = Vec::new();
        let kept = self.ledger().batches().await?;
        let quarantined: u64 =
            kept.iter().filter(|batch| batch.state == "live").map(|batch| batch.quarantine_open).sum();
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

    /// The workspace in a line.
    ///
    /// # Errors
    /// When the workspace cannot be read.
    pub async fn workspace(&self) -> Result<Workspace> {
        let batches = self.ledger().batches().await?;
        let live = || batches.iter().filter(|batch| batch.state == "live");
        let imports = live().count();
        let unpriced = if imports == 0 {
            0
        } else {
            // Whatever is wrong with the facts is told by the screen that shows them; Imports must stay in reach.
            let facts = self.facts().await.ok();
            facts.map_or(0, |facts| {
                crate::report::Period::resolve(&facts, MonthBasis::BillingMonth, None, None)
                    .map_or(0, |period| facts.gaps(period, MonthBasis::BillingMonth).unpriced.len())
            })
        };
        // Scenarios can be worked on before there is a bill.
        let empty = imports == 0 && self.ledger().documents(DocumentKind::Scenario).await?.is_empty();
        Ok(Workspace {
            path: self.ledger().path().display().to_string(),
            empty,
            imports: small(imports as u64),
            sample: self.is_sample().await?,
            quarantined: small(live().map(|batch| batch.quarantine_open).sum()),
            unpriced: small(unpriced as u64),
        })
    }
}

pub(super) fn small(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Three capital letters are a currency.
pub(super) fn is_currency(unit: &str) -> bool {
    unit.len() == 3 && unit.bytes().all(|b| b.is_ascii_uppercase())
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
        rows_duplicate: small(batch.rows_duplicate),
        rows_quarantined: if state == "undone" { 0 } else { small(batch.rows_quarantined) },
        quarantine_open: if state == "undone" { 0 } else { small(batch.quarantine_open) },
        rows_replaced: small(batch.replaces),
        totals: totals_in_words(totals),
        state: state.into(),
        locked: batch
            .replaced_by
            .map(|later| format!("batch {later} replaced rows of it; undo that one first"))
            .or_else(|| {
                batch.mended_by.map(|later| format!("batch {later} holds mended rows of it; undo that one first"))
            }),
    }
}

/// `Oct 2026`.
fn brief(month: marginline_model::Month) -> String {
    month.first_day().format("%b %Y").to_string()
}

/// Measures that a total is shown of, the one to look at first in front.
const SHOWN: [&str; 16] = [
    "billed",
    "effective",
    "amount",
    "claimed",
    "net",
    "revenue",
    "cost_of_revenue",
    "input_tokens",
    "output_tokens",
    "requests",
    "allocated_gpu_hours",
    "busy_gpu_hours",
    "quantity",
    "samples",
    "runs",
    "rates",
];

/// `USD 20.52022672899 billed`, a total each with every digit, the one to look at first in front.
fn totals_in_words(totals: &[BatchTotal]) -> Vec<String> {
    let shown = totals.iter().filter(|total| SHOWN.contains(&total.measure.as_str()));
    shown.map(|total| total_in_words(&total.unit, &total.measure, &total.total)).collect()
}

/// The total to look at first of each currency or unit that an import reported.
pub(crate) fn first_totals(objects: &[Map<String, Value>]) -> Vec<String> {
    let first = |object: &Map<String, Value>| {
        let unit = object.get("currency").and_then(Value::as_str).unwrap_or_default();
        SHOWN.iter().find_map(|measure| Some(total_in_words(unit, measure, object.get(*measure)?.as_str()?)))
    };
    objects.iter().filter_map(first).collect()
}

fn total_in_words(unit: &str, measure: &str, total: &str) -> String {
    let unit = if is_currency(unit) { format!("{unit} ") } else { String::new() };
    format!("{unit}{} {}", number::rounded_exactly(total), measure.replace('_', " "))
}
