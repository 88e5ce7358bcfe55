//! Refused rows: seen as they stand in the kept file, set aside, or mended and stored after all.
//!
//! Mended rows become a batch of their own in the delivery they came with, so that they replace nothing of it, undo
//! takes them back, and the refused row stays on record.

use std::collections::HashMap;
use std::io::Write;
use std::path::Path;

use chrono::{DateTime, Utc};
use csv::ReaderBuilder;
use marginline_store::batch::{Batch, QuarantineRow, QuarantineState};

use super::aws_price_list;
use super::layout::Layout;
use super::mapping;
use super::pipeline::{ImportOptions, Watch};
use super::report::ImportReport;
use crate::Engine;
use crate::error::{EngineError, Result};

/// A refused row as it stands in its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Row of the quarantine.
    pub row: QuarantineRow,
    /// Its fields by column; one without a name when the file has no columns. Empty when the file was not kept.
    pub fields: Vec<(String, String)>,
}

/// The refused rows of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarantine {
    /// The batch.
    pub batch: Batch,
    /// Its refused rows in file order; the first ten thousand.
    pub rows: Vec<Refused>,
    /// Why rows cannot be mended here, if so.
    pub fixed: Option<&'static str>,
}

/// A row mended by a person: which, and its fields in the order of the file's columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mended {
    /// Row of the quarantine.
    pub id: i64,
    /// Its fields.
    pub fields: Vec<String>,
}

/// How the kept file parts its lines.
struct Dialect {
    names: Vec<String>,
    delimiter: u8,
    /// Lines before the header.
    skip: u64,
}

impl Dialect {
    /// Lines before the first row.
    fn before_rows(&self) -> u64 {
        if self.names.is_empty() { 0 } else { self.skip + 1 }
    }
}

impl Engine {
    /// The refused rows of a batch, with what stands in the file.
    ///
    /// # Errors
    /// When there is no such batch, it is undone, or its kept file cannot be read.
    pub async fn quarantine(&self, batch: i64) -> Result<Quarantine> {
        let about = self.ledger().batches().await?.into_iter().find(|about| about.id == batch).ok_or_else(|| {
            EngineError::failed("there is no such batch").at(format!("batch {batch}")).then("see `marginline batches`")
        })?;
        if about.state == "undone" {
            return Err(EngineError::failed("is undone, and its quarantine with it")
                .at(format!("batch {batch}"))
                .then("`marginline redo` brings both back"));
        }
        let rows = self.ledger().quarantine(batch).await?;
        let kept = self.ledger().sources().has(&about.file_hash);
        let fixed = match (kept, about.content.as_str()) {
            (false, _) => Some("the file was not kept; mend it, and import it again"),
            (true, "lines") => None,
            (true, _) => Some("rows of a JSON document or of Parquet are mended in the file itself"),
        };
        let rows = if fixed.is_none() && !rows.is_empty() {
            let dialect = self.dialect(&about).await?;
            let places: Vec<(u64, u64)> = rows.iter().map(|row| (row.byte_offset, row.byte_length)).collect();
            let raw = self.ledger().sources().rows(&about.file_hash, &places)?;
            rows.into_iter().zip(raw).map(|(row, raw)| Refused { row, fields: dialect.fields(&raw) }).collect()
        } else {
            rows.into_iter().map(|row| Refused { row, fields: Vec::new() }).collect()
        };
        Ok(Quarantine { batch: about, rows, fixed })
    }

    /// Columns and separator of a kept file.
    async fn dialect(&self, batch: &Batch) -> Result<Dialect> {
        let start = self.ledger().sources().rows(&batch.file_hash, &[(0, 1 << 20)])?.pop().unwrap_or_default();
        let text = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&start);
        if text.iter().find(|byte| !byte.is_ascii_whitespace()).is_some_and(|byte| matches!(byte, b'{' | b'[')) {
            return Ok(Dialect { names: Vec::new(), delimiter: b',', skip: 0 });
        }
        let layout = self
            .mappings(&[])
            .await?
            .layout(&start, Some(&batch.format).filter(|id| mapping::is_id(id)).map(String::as_str))?;
        let layout = layout.or_else(|| aws_price_list::lead_in(&start).map(|(layout, _)| layout));
        let layout = layout.unwrap_or_else(|| Layout::sniffed(&start));
        let names = layout.header_within(&start).map(|header| header.names().to_vec()).unwrap_or_default();
        Ok(Dialect { names, delimiter: layout.delimiter, skip: layout.skip })
    }

    /// Sets refused rows aside, or takes them up again.
    ///
    /// # Errors
    /// When there is no such batch.
    pub async fn dismiss(&self, batch: i64, rows: &[i64], dismissed: bool) -> Result<u64> {
        self.quarantine(batch).await?;
        Ok(self.ledger().dismiss(batch, rows, dismissed).await?)
    }

    /// Stores mended rows in a batch of their own.
    ///
    /// # Errors
    /// When a row is none of this quarantine or mended already, the file was not kept, and when a row is still not
    /// right: then nothing is stored.
    pub async fn readmit(&self, batch: i64, mended: &[Mended], now: DateTime<Utc>) -> Result<ImportReport> {
        let quarantine = self.quarantine(batch).await?;
        let place = format!("batch {batch}");
        if let Some(why) = quarantine.fixed {
            return Err(EngineError::failed(why).at(place));
        }
        let known: HashMap<i64, &QuarantineRow> = quarantine.rows.iter().map(|r| (r.row.id, &r.row)).collect();
        for row in mended {
            match known.get(&row.id).map(|row| row.settled) {
                None => {
                    return Err(EngineError::failed("holds no such refused row").at(place).then("look at it again"));
                }
                Some(Some(QuarantineState::Readmitted(later))) => {
                    return Err(EngineError::failed(format!("the row is stored already, as batch {later}")).at(place));
                }
                Some(_) => {}
            }
        }
        let folder = tempfile::tempdir()
            .map_err(|error| EngineError::failed(format!("no temporary folder can be made: {error}")))?;
        let path = folder.path().join(format!("mended {}", quarantine.batch.file_name));
        let dialect = self.dialect(&quarantine.batch).await?;
        dialect.write(mended, &path)?;
        let options = ImportOptions::again(&quarantine.batch, now);
        let tried = ImportOptions { dry_run: true, ..options.clone() };
        let delivery = Some(quarantine.batch.delivery);
        let paths = [path];
        let trial = self.import_delivery(&paths, &tried, &Watch::nobody(), delivery).await?;
        if let Some(problem) = trial.batches.iter().flat_map(|batch| &batch.problems).next() {
            let index = usize::try_from(problem.line.saturating_sub(dialect.before_rows() + 1)).unwrap_or_default();
            let line = mended.get(index).and_then(|row| known.get(&row.id)).map_or(problem.line, |row| row.line);
            return Err(EngineError::failed(format!(
                "{} is still not right: found {:?}, expected {}",
                problem.column, problem.found, problem.expected
            ))
            .at(format!("line {line}"))
            .then("mend it and try again"));
        }
        // The newer file holds these days as they are now; an older row would take its whole days out again.
        // Where the newer file has no row on them, it says that there is nothing more.
        if let Some(newer) = trial.batches.iter().flat_map(|b| &b.met).find(|met| **met > batch) {
            return Err(EngineError::failed(format!("batch {newer} is newer and holds the days of these rows"))
                .at(place)
                .then(format!("dismiss the rows, or undo batch {newer} first")));
        }
        let report = self.import_delivery(&paths, &options, &Watch::nobody(), delivery).await?;
        if let Some(stored) = report.batches.first().filter(|stored| !stored.already) {
            let ids: Vec<i64> = mended.iter().map(|row| row.id).collect();
            self.ledger().readmitted(&ids, stored.id).await?;
        }
        Ok(report)
    }
}

impl Dialect {
    /// Writes mended rows as a file of this kind, with as many lines above the header.
    fn write(&self, mended: &[Mended], path: &Path) -> Result<()> {
        let cannot =
            |error: &dyn std::fmt::Display| EngineError::failed(format!("the rows cannot be written: {error}"));
        if self.names.is_empty() {
            let lines: Vec<String> = mended.iter().map(|row| row.fields.concat().replace(['\n', '\r'], " ")).collect();
            let mut file = std::fs::File::create(path).map_err(|error| cannot(&error))?;
            return writeln!(file, "{}", lines.join("\n")).map_err(|error| cannot(&error));
        }
        let mut file = std::fs::File::create(path).map_err(|error| cannot(&error))?;
        for _ in 0..self.skip {
            writeln!(file).map_err(|error| cannot(&error))?;
        }
        let mut csv = csv::WriterBuilder::new().delimiter(self.delimiter).flexible(true).from_writer(file);
        csv.write_record(&self.names).map_err(|error| cannot(&error))?;
        for row in mended {
            csv.write_record(&row.fields).map_err(|error| cannot(&error))?;
        }
        csv.flush().map_err(|error| cannot(&error))
    }

    /// A raw row taken apart; fields beyond the columns stay, without a name.
    fn fields(&self, raw: &[u8]) -> Vec<(String, String)> {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_end_matches(['\r', '\n']).to_owned();
        if self.names.is_empty() {
            return vec![(String::new(), text(raw))];
        }
        let mut reader =
            ReaderBuilder::new().has_headers(false).flexible(true).delimiter(self.delimiter).from_reader(raw);
        let mut record = csv::ByteRecord::new();
        if !matches!(reader.read_byte_record(&mut record), Ok(true)) {
            return vec![(String::new(), text(raw))];
        }
        let columns = self.names.len().max(record.len());
        (0..columns)
            .map(|index| {
                (self.names.get(index).cloned().unwrap_or_default(), record.get(index).map_or_else(String::new, text))
            })
            .collect()
    }
}
