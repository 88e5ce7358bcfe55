//! Refused rows on screen and in the terminal.

use chrono::{DateTime, Utc};
use marginline_store::batch::QuarantineState;

use super::imports::small;
use crate::Engine;
use crate::error::Result;
use crate::import::{ImportReport, Mended, Quarantine, Refused};
use crate::number;
use crate::view::{Cell, Column, ColumnKind, MendedRow, QuarantineView, RawField, RefusedRow, Row, RowKind, Table};

/// Rows shown at once.
const MOST: usize = 1_000;

impl Engine {
    /// The refused rows of a batch, as the window shows them.
    ///
    /// # Errors
    /// When there is no such batch, or it is undone.
    pub async fn quarantine_view(&self, batch: i64) -> Result<QuarantineView> {
        let quarantine = self.quarantine(batch).await?;
        Ok(QuarantineView {
            batch: small(batch.unsigned_abs()),
            title: title(&quarantine),
            subtitle: subtitle(&quarantine),
            rows: quarantine.rows.iter().take(MOST).map(row_of).collect(),
            fixed: quarantine.fixed.map(str::to_owned),
        })
    }

    /// The refused rows of a batch as a table.
    ///
    /// # Errors
    /// When there is no such batch, or it is undone.
    pub async fn quarantine_table(&self, batch: i64) -> Result<Table> {
        let quarantine = self.quarantine(batch).await?;
        let column = |id: &str, label: &str, kind: ColumnKind| Column {
            id: id.into(),
            label: label.into(),
            unit: String::new(),
            kind,
        };
        let text = |text: &str| Cell { value: Some(text.to_owned()), shown: text.to_owned(), ..Cell::default() };
        let rows = quarantine.rows.iter().map(|refused| {
            let row = &refused.row;
            Row {
                key: row.id.to_string(),
                kind: RowKind::Row,
                cells: vec![
                    text(&row.line.to_string()),
                    text(&row.column),
                    text(&row.found),
                    text(&row.expected),
                    text(state(refused)),
                ],
            }
        });
        Ok(Table {
            id: "quarantine".into(),
            title: title(&quarantine),
            subtitle: subtitle(&quarantine),
            columns: vec![
                column("line", "Line", ColumnKind::Count),
                column("column", "Column", ColumnKind::Text),
                column("found", "Found", ColumnKind::Text),
                column("expected", "Expected", ColumnKind::Text),
                column("state", "State", ColumnKind::Text),
            ],
            rows: rows.collect(),
            notes: Vec::new(),
        })
    }

    /// Stores mended rows, as the window sends them.
    ///
    /// # Errors
    /// As [`Engine::readmit`].
    pub async fn readmit_rows(&self, batch: i64, rows: &[MendedRow], now: DateTime<Utc>) -> Result<ImportReport> {
        let mended: Vec<Mended> =
            rows.iter().map(|row| Mended { id: i64::from(row.id), fields: row.fields.clone() }).collect();
        self.readmit(batch, &mended, now).await
    }
}

fn title(quarantine: &Quarantine) -> String {
    format!("Rows of {} that were not stored", quarantine.batch.file_name)
}

fn subtitle(quarantine: &Quarantine) -> String {
    let (all, read) = (quarantine.batch.rows_quarantined, quarantine.batch.rows_read);
    let count = |wanted: &str| quarantine.rows.iter().filter(|row| state(row) == wanted).count() as u64;
    let mut text = format!("{} of {} rows", number::count(all), number::count(read));
    for word in ["dismissed", "readmitted"] {
        if count(word) > 0 {
            text.push_str(&format!("; {} {word}", number::count(count(word))));
        }
    }
    text
}

fn state(refused: &Refused) -> &'static str {
    match refused.row.settled {
        None => "open",
        Some(QuarantineState::Dismissed) => "dismissed",
        Some(QuarantineState::Readmitted(_)) => "readmitted",
    }
}

fn row_of(refused: &Refused) -> RefusedRow {
    let row = &refused.row;
    let plain = |name: &str| name.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase();
    let fault = plain(&row.column);
    let whole = refused.fields.len() == 1 || row.column.starts_with('(');
    let fields = refused.fields.iter().enumerate().map(|(index, (name, value))| RawField {
        name: name.clone(),
        value: value.clone(),
        at_fault: whole || plain(name) == fault || fault == format!("field{}", index + 1),
    });
    RefusedRow {
        id: small(row.id.unsigned_abs()),
        line: small(row.line),
        column: row.column.clone(),
        found: row.found.clone(),
        expected: row.expected.clone(),
        state: state(refused).into(),
        fields: fields.collect(),
    }
}
