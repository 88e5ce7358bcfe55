//! Reading a file as a stream: sniff, find the format, then rows in chunks, good ones and bad ones.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use csv::{ByteRecord, Reader, ReaderBuilder, Terminator};
use marginline_store::batch::{BatchTotal, QuarantineRow};
use marginline_store::import::{Place, Rows};

use super::field::{FieldError, LONGEST_FIELD, cut};
use super::format::{Format, RowReader};
use super::header::Header;
use super::{FORMATS, focus};
use crate::error::{EngineError, Result};

/// Rows in a chunk.
const CHUNK: usize = 2_000;
/// No export has a row this long; past it a quote was opened and never closed.
const LONGEST_ROW: u64 = 64 << 20;
/// Quarantined rows kept in full; further ones are counted.
const MOST_PROBLEMS: u64 = 10_000;

/// What travels from the reading thread to the writing one.
#[derive(Debug)]
pub struct Chunk {
    /// Good rows.
    pub rows: Rows,
    /// Bad rows.
    pub bad: Vec<QuarantineRow>,
    /// Bytes read so far.
    pub bytes: u64,
    /// Rows read so far.
    pub rows_read: u64,
}

/// What is known once the file is read to its end.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Data rows.
    pub rows_read: u64,
    /// Rows that went to the ledger.
    pub rows_stored: u64,
    /// Rows in quarantine.
    pub rows_quarantined: u64,
    /// Control totals of the stored rows.
    pub totals: Vec<BatchTotal>,
}

/// A file whose format is known.
pub struct Opened {
    /// Its format.
    pub format: &'static Format,
    /// Its format for people, with version.
    pub label: String,
    csv: Reader<Guarded>,
    header: Header,
    since_row: Arc<AtomicU64>,
}

/// Counts bytes since the last row, so that a quote that is never closed cannot eat the memory.
struct Guarded {
    inner: Box<dyn Read + Send>,
    since_row: Arc<AtomicU64>,
}

impl Read for Guarded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        if self.since_row.fetch_add(read as u64, Ordering::Relaxed) > LONGEST_ROW {
            return Err(io::Error::other("row too long"));
        }
        Ok(read)
    }
}

/// Opens a file and finds its format, from its content and not its name.
///
/// # Errors
/// A missing file, a folder, an empty file, a file that is no text, an unknown header, a header without a
/// required column: each says what, where and what now.
pub fn open(path: &Path, wanted: Option<&str>) -> Result<Opened> {
    let shown = path.display().to_string();
    let failed = |what: &str| EngineError::failed(what).at(shown.clone());
    if path.is_dir() {
        return Err(failed("is a folder").then("name the files in it, such as folder/*.csv"));
    }
    let mut file = File::open(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => failed("there is no such file").then("check the path"),
        io::ErrorKind::PermissionDenied => failed("may not be read").then("check the file's permissions"),
        _ => failed(&format!("cannot be read: {error}")),
    })?;
    let mut start = vec![0u8; 8_192];
    let mut have = 0;
    while have < start.len() {
        let read = file.read(&mut start[have..]).map_err(|error| failed(&format!("cannot be read: {error}")))?;
        if read == 0 {
            break;
        }
        have += read;
    }
    start.truncate(have);
    sniff(&start).map_err(|error| error.at(shown.clone()))?;
    let (delimiter, terminator) = (delimiter(&start), terminator(&start));
    let since_row = Arc::new(AtomicU64::new(0));
    let inner: Box<dyn Read + Send> = Box::new(io::Cursor::new(start).chain(file));
    let mut csv = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .terminator(terminator)
        .buffer_capacity(1 << 18)
        .from_reader(Guarded { inner, since_row: since_row.clone() });
    let mut record = ByteRecord::new();
    let some = csv.read_byte_record(&mut record).map_err(|_| failed("holds no table").then("export it as CSV"))?;
    if !some {
        return Err(failed("is empty").then("export it again; a CSV begins with a header line"));
    }
    let header = Header::new(&record);
    let format = find(&header, wanted).map_err(|error| error.at(shown))?;
    let label = if format.id == focus::FOCUS.id { focus::version(&header).to_owned() } else { format.label.to_owned() };
    Ok(Opened { format, label, csv, header, since_row })
}

fn sniff(start: &[u8]) -> Result<()> {
    let body = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start);
    if body.iter().all(u8::is_ascii_whitespace) {
        return Err(EngineError::failed("is empty").then("export it again; a CSV begins with a header line"));
    }
    let compressed = [
        (&b"\x1f\x8b"[..], "gzip"),
        (b"PK\x03\x04", "zip or spreadsheet"),
        (b"PAR1", "parquet"),
        (b"\x28\xb5\x2f\xfd", "zstd"),
    ];
    if let Some((_, name)) = compressed.iter().find(|(magic, _)| start.starts_with(magic)) {
        return Err(EngineError::failed(format!("is a {name} file, not plain CSV"))
            .then("unpack it, or save it as CSV, and import that"));
    }
    if start.starts_with(b"\xff\xfe") || start.starts_with(b"\xfe\xff") {
        return Err(EngineError::failed("is UTF-16 text").then("save it as UTF-8"));
    }
    if body.contains(&0) {
        return Err(EngineError::failed("is not text").then("choose a CSV export"));
    }
    let first = body.iter().find(|byte| !byte.is_ascii_whitespace());
    if matches!(first, Some(b'{' | b'[')) {
        return Err(
            EngineError::failed("is JSON, which this version does not import").then("export the same data as CSV")
        );
    }
    Ok(())
}

/// Lines end at the line feed, and a carriage return before it is taken off the last field: so line numbers and
/// offsets are right in files of either kind, and of both. Only a file without any line feed ends lines otherwise.
fn terminator(start: &[u8]) -> Terminator {
    let old = start.contains(&b'\r') && !start.contains(&b'\n');
    if old { Terminator::Any(b'\r') } else { Terminator::Any(b'\n') }
}

/// The line a row begins on. The reader's own position is where the row before ended, blank lines included; where
/// this one ended, less the line ends inside its quotes, is exact.
fn line_of(record: &ByteRecord, after: u64, inner: u64) -> Option<u64> {
    let before = record.position()?.line();
    let ended_by_a_line_feed = after.saturating_sub(1 + inner);
    Some(if ended_by_a_line_feed >= before { ended_by_a_line_feed } else { after.saturating_sub(inner) })
}

/// Is it a line without anything on it?
fn is_blank(record: &ByteRecord) -> bool {
    record.len() == 1 && record[0].iter().all(u8::is_ascii_whitespace)
}

/// The separator that the header line has most of.
fn delimiter(start: &[u8]) -> u8 {
    let line = start.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let count = |separator: u8| line.iter().filter(|byte| **byte == separator).count();
    [b',', b';', b'\t'].into_iter().max_by_key(|separator| (count(*separator), *separator == b',')).unwrap_or(b',')
}

fn find(header: &Header, wanted: Option<&str>) -> Result<&'static Format> {
    let names = || FORMATS.iter().map(|format| format.id).collect::<Vec<_>>().join(", ");
    let lacking = |format: &Format, missing: Vec<&str>| {
        EngineError::failed(format!("looks like {} but has no column {}", format.label, missing.join(", ")))
            .then("export it with that column; columns are found by name, in any order")
    };
    if let Some(id) = wanted {
        let format = FORMATS.iter().find(|format| format.id == id).ok_or_else(|| {
            EngineError::usage(format!("there is no format {id:?}")).then(format!("use one of {}", names()))
        })?;
        let missing = format.missing(header);
        return if missing.is_empty() { Ok(format) } else { Err(lacking(format, missing)) };
    }
    let mut fitting: Vec<&'static Format> =
        FORMATS.iter().copied().filter(|format| format.missing(header).is_empty()).collect();
    fitting.sort_by_key(|format| std::cmp::Reverse(format.likeness(header)));
    match fitting.as_slice() {
        [] => {
            let near = FORMATS.iter().copied().max_by_key(|format| format.likeness(header));
            match near.filter(|format| format.likeness(header) * 2 >= format.telling.len()) {
                Some(format) => Err(lacking(format, format.missing(header))),
                None => Err(EngineError::failed(format!("has a header of no known format: {}", header.shown()))
                    .then(format!("name the format with --as ({})", names()))),
            }
        }
        [one] => Ok(one),
        [first, second, ..] if first.likeness(header) > second.likeness(header) => Ok(first),
        several => Err(EngineError::failed(format!(
            "could be {}",
            several.iter().map(|format| format.id).collect::<Vec<_>>().join(" or ")
        ))
        .then("name the format with --as")),
    }
}

impl Opened {
    /// Reads every row and hands them on in chunks; `send` answers false when nobody listens any more.
    ///
    /// # Errors
    /// When the file cannot be read on, when a row has no end, and when `cancel` was raised.
    pub fn read_all(mut self, cancel: &AtomicBool, mut send: impl FnMut(Chunk) -> bool) -> Result<Outcome> {
        let mut reader = (self.format.open)(&self.header);
        let mut record = ByteRecord::new();
        let (mut bad, mut held) = (Vec::new(), 0usize);
        let mut outcome = Outcome { rows_read: 0, rows_stored: 0, rows_quarantined: 0, totals: Vec::new() };
        loop {
            let (offset, line) = (self.csv.position().byte(), self.csv.position().line());
            self.since_row.store(0, Ordering::Relaxed);
            let more = self.csv.read_byte_record(&mut record).map_err(|error| unreadable(&error, line))?;
            if more && !is_blank(&record) {
                outcome.rows_read += 1;
                let inner = record.as_slice().iter().filter(|byte| **byte == b'\n').count() as u64;
                let line = line_of(&record, self.csv.position().line(), inner).unwrap_or(line);
                let offset = record.position().map_or(offset, csv::Position::byte);
                let place = Place { offset, length: self.csv.position().byte().saturating_sub(offset) };
                match take_row(reader.as_mut(), &record, self.header.len(), place, inner > 0) {
                    Ok(()) => outcome.rows_stored += 1,
                    Err(error) => {
                        outcome.rows_quarantined += 1;
                        if outcome.rows_quarantined <= MOST_PROBLEMS {
                            bad.push(quarantined(error, line, place));
                        }
                    }
                }
                held += 1;
            }
            if held == CHUNK || !more {
                held = 0;
                let chunk = Chunk {
                    rows: reader.take(),
                    bad: std::mem::take(&mut bad),
                    bytes: self.csv.position().byte(),
                    rows_read: outcome.rows_read,
                };
                if cancel.load(Ordering::Relaxed) || !send(chunk) {
                    return Err(EngineError::cancelled());
                }
            }
            if !more {
                outcome.totals = reader.totals();
                return Ok(outcome);
            }
        }
    }
}

fn unreadable(error: &csv::Error, line: u64) -> EngineError {
    let endless = matches!(error.kind(), csv::ErrorKind::Io(io) if io.to_string() == "row too long");
    if endless {
        EngineError::failed("a quote is opened and never closed")
            .at(format!("line {line}"))
            .then("export the file again; it may have been cut or joined")
    } else {
        EngineError::failed(format!("cannot be read on: {error}"))
            .at(format!("line {line}"))
            .then("export the file again")
    }
}

fn quarantined(error: FieldError, line: u64, place: Place) -> QuarantineRow {
    QuarantineRow {
        line,
        column: error.column,
        found: error.found,
        expected: error.expected,
        byte_offset: place.offset,
        byte_length: place.length,
    }
}

fn take_row(
    reader: &mut dyn RowReader,
    record: &ByteRecord,
    columns: usize,
    place: Place,
    several_lines: bool,
) -> std::result::Result<(), FieldError> {
    let extra = record.iter().skip(columns).any(|field| !field.iter().all(u8::is_ascii_whitespace));
    if record.len() < columns || extra {
        let mut expected = format!("{columns} fields as in the header");
        if several_lines {
            expected.push_str("; a quote opened on this line may not be closed, or the file was cut");
        } else if record.len() < columns {
            expected.push_str("; the line may be cut short");
        }
        return Err(FieldError::new("(row)", &format!("{} fields", record.len()), expected));
    }
    let mut fields = Vec::with_capacity(columns);
    for (index, field) in record.iter().take(columns).enumerate() {
        if field.len() > LONGEST_FIELD {
            let found = format!("{} bytes in field {}", field.len(), index + 1);
            return Err(FieldError::new("(row)", &found, "fields of at most 1 MiB"));
        }
        match std::str::from_utf8(field) {
            Ok(text) if index + 1 == record.len() => fields.push(text.strip_suffix('\r').unwrap_or(text)),
            Ok(text) => fields.push(text),
            Err(_) => {
                let found = cut(&String::from_utf8_lossy(field));
                return Err(FieldError::new(&format!("field {}", index + 1), &found, "text in UTF-8"));
            }
        }
    }
    reader.read(&fields, place)
}
