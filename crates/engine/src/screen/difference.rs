//! How an import differs from what it replaced.

use marginline_model::Money;

use super::imports::is_currency;
use crate::Engine;
use crate::error::{EngineError, Result};
use crate::import::{DifferenceReport, MovedReport};
use crate::number;
use crate::view::{Cell, Column, ColumnKind, DifferenceView, Row, RowKind, Table, Tone};

impl Engine {
    /// What a batch changed when it replaced rows of earlier ones.
    ///
    /// # Errors
    /// When there is no such batch, or it replaced nothing.
    pub async fn difference(&self, batch: i64) -> Result<(String, DifferenceReport)> {
        let place = format!("batch {batch}");
        let batches = self.ledger().batches().await?;
        let about = batches.iter().find(|about| about.id == batch).ok_or_else(|| {
            EngineError::failed("there is no such batch").at(place.clone()).then("see `marginline batches`")
        })?;
        let earlier: Vec<String> = batches
            .iter()
            .filter(|other| other.replaced_by == Some(batch))
            .map(|other| format!("batch {}", other.id))
            .collect();
        if earlier.is_empty() {
            return Err(EngineError::failed("replaced no row of another batch").at(place));
        }
        let report = DifferenceReport::from(self.ledger().difference(batch).await?);
        Ok((format!("{}, against {}", about.file_name, earlier.join(", ")), report))
    }

    /// As [`Engine::difference`], for the window.
    ///
    /// # Errors
    /// As [`Engine::difference`].
    pub async fn difference_view(&self, batch: i64) -> Result<DifferenceView> {
        let (title, report) = self.difference(batch).await?;
        Ok(difference_view(title, &report))
    }
}

/// A difference in words and as a table.
#[must_use]
pub fn difference_view(title: String, report: &DifferenceReport) -> DifferenceView {
    let counts =
        [(report.added, "added"), (report.gone, "gone"), (report.changed, "changed"), (report.same, "as they were")];
    DifferenceView {
        rows: counts
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, word)| format!("{} {word}", number::count(count)))
            .collect(),
        totals: report.total.iter().map(total_in_words).collect(),
        table: table(&title, report),
        title,
    }
}

/// What may count twice once a file is in the ledger: words, and no row that moved.
#[must_use]
pub fn doubt_view(source: &str, doubts: &[String]) -> DifferenceView {
    let title = format!("{source}, beside what is there");
    let table = Table {
        id: "doubt".into(),
        title: title.clone(),
        subtitle: String::new(),
        columns: Vec::new(),
        rows: Vec::new(),
        notes: Vec::new(),
    };
    DifferenceView { rows: doubts.to_vec(), totals: Vec::new(), table, title }
}

fn money(text: &str) -> Money {
    Money::parse_wide(text).unwrap_or_default()
}

fn shown(unit: &str, text: &str) -> String {
    if is_currency(unit) { number::money_at(money(text), 2) } else { number::rounded_exactly(text) }
}

fn total_in_words(total: &MovedReport) -> String {
    let plus = if money(&total.change) > Money::ZERO { "+" } else { "" };
    let show = |text: &str| shown(&total.unit, text);
    format!("{} {plus}{} ({} → {})", total.unit, show(&total.change), show(&total.before), show(&total.after))
}

fn table(title: &str, report: &DifferenceReport) -> Table {
    let column = |id: &str, label: &str, kind| Column { id: id.into(), label: label.into(), unit: String::new(), kind };
    let text = |text: &str| Cell { value: Some(text.to_owned()), shown: text.to_owned(), ..Cell::default() };
    let rows = report.moved.iter().map(|moved| {
        let amount = |value: &str, tone| Cell {
            value: Some(value.to_owned()),
            shown: shown(&moved.unit, value),
            tone,
            ..Cell::default()
        };
        let tone = if money(&moved.change) > Money::ZERO { Tone::Bad } else { Tone::Good };
        let tone = if is_currency(&moved.unit) { tone } else { Tone::Neutral };
        let subject = if moved.subject.is_empty() { "(not stated)" } else { &moved.subject };
        Row {
            key: format!("{}\u{1f}{}\u{1f}{}", moved.subject, moved.month, moved.unit),
            kind: RowKind::Row,
            cells: vec![
                text(subject),
                text(&moved.month),
                text(&moved.unit),
                amount(&moved.before, Tone::Neutral),
                amount(&moved.after, Tone::Neutral),
                amount(&moved.change, tone),
            ],
        }
    });
    Table {
        id: "difference".into(),
        title: title.to_owned(),
        subtitle: "BilledCost of bills, amounts and quantities of the rest; the largest movement first".into(),
        columns: vec![
            column("subject", "What", ColumnKind::Text),
            column("month", "Month", ColumnKind::Text),
            column("unit", "Unit", ColumnKind::Text),
            column("before", "Before", ColumnKind::Money),
            column("after", "After", ColumnKind::Money),
            column("change", "Change", ColumnKind::Money),
        ],
        rows: rows.collect(),
        notes: Vec::new(),
    }
}
