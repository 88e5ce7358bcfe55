//! Reading a file as a stream: find the format, then records in chunks, good ones and bad ones.

use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use chrono::NaiveDate;
use csv::ByteRecord;
use marginline_store::batch::{BatchTotal, QuarantineRow};
use marginline_store::import::{Place, Rows};

use super::aws_price_list;
use super::content::{self, Content, Kind, Pieces, Tap};
use super::detect::{self, Found};
use super::field::FieldError;
use super::format::{Format, Json, Reader, Taken, Told};
use super::header::Header;
use super::json::{self, Holder};
use super::layout::Layout;
use super::mapping::Mappings;
use super::node::Node;
use super::record::Record;
use super::table;
use crate::error::{EngineError, Result};

/// Rows in a chunk.
const CHUNK: usize = 4_000;
/// No export has a row this long; past it a quote was opened and never closed.
pub const LONGEST_ROW: u64 = 64 << 20;
/// A JSON document that is no list of records is held in memory as a whole; a larger export comes as a record a line.
const LARGEST_DOCUMENT: u64 = 256 << 20;
/// Quarantined rows kept in full; further ones are counted.
const MOST_PROBLEMS: u64 = 10_000;

/// What travels from the reading thread to the writing one.
#[derive(Debug)]
pub struct Chunk {
    /// Good rows.
    pub rows: Vec<Rows>,
    /// Bad rows.
    pub bad: Vec<QuarantineRow>,
    /// Bytes read so far, as they stand on disk.
    pub bytes: u64,
    /// Rows read so far.
    pub rows_read: u64,
}

/// What is known once the file is read to its end.
#[derive(Debug, Clone, Default)]
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
    /// Id for the ledger: the format's, or a mapping's.
    pub id: String,
    /// Its format for people, with version.
    pub label: String,
    /// How it is decoded, where that needs saying.
    pub note: Option<&'static str>,
    /// How the kept file is read back.
    pub content: &'static str,
    body: Body,
    source: Content,
    /// The day that the file says it is of, above its header.
    dated: Option<NaiveDate>,
}

enum Body {
    Table { header: Header, layout: Layout, reader: Box<dyn Reader> },
    Json { records: fn(Node) -> Vec<Node>, come: Come, reader: Box<dyn Reader> },
    Lines { skip: fn(&str) -> bool, reader: Box<dyn Reader> },
    Parquet { header: Header, reader: Box<dyn Reader> },
}

/// How JSON records come.
#[derive(Debug, Clone, Copy)]
enum Come {
    /// One a line.
    ByLine,
    /// As items of one document, one at a time.
    Items(Holder),
    /// In a document that only makes sense as a whole.
    Whole,
}

/// Opens a file and finds its format, from its content and not its name.
///
/// # Errors
/// A missing file, a folder, an empty file, a file that is no text, an unknown header, a header without a
/// required column: each says what, where and what now.
pub fn open(path: &Path, wanted: Option<&str>, mappings: &Mappings) -> Result<Opened> {
    find(path, wanted, mappings)
        .and_then(|opened| opened.told(path, mappings))
        .map_err(|error| if error.place.is_some() { error } else { error.at(path.display().to_string()) })
}

fn find(path: &Path, wanted: Option<&str>, mappings: &Mappings) -> Result<Opened> {
    let source = content::open(path)?;
    let start = String::from_utf8_lossy(&source.start).into_owned();
    let text = start.trim_start_matches('\u{feff}').trim_start();
    let by_line = source.kind == Kind::Text && text.starts_with(['{', '[']);
    if source.kind == Kind::Json || by_line {
        let (format, json, come) = find_json(path, by_line.then_some(text), wanted)?;
        return Ok(Opened {
            format,
            id: format.id.to_owned(),
            label: format.label.to_owned(),
            note: source.note,
            content: if by_line { "lines" } else { "json" },
            body: Body::Json { records: json.records, come, reader: (json.open)() },
            source,
            dated: None,
        });
    }
    if source.kind == Kind::Parquet {
        let mut header = super::parquet::header(path)?;
        header.given_currency = mappings.currency;
        let Found { format, id, label, reader } = detect::table(&header, wanted, mappings)?;
        let (note, content) = (None, "parquet");
        let body = Body::Parquet { header, reader };
        return Ok(Opened { format, id, label, note, content, body, source, dated: None });
    }
    let mapped = mappings.layout(&source.start, wanted)?;
    if let Some((format, lines)) = detect::lines(text, wanted).filter(|_| mapped.is_none()) {
        let body = Body::Lines { skip: lines.skip, reader: (lines.open)() };
        let (id, label, note) = (format.id.to_owned(), format.label.to_owned(), source.note);
        return Ok(Opened { format, id, label, note, content: "lines", body, source, dated: None });
    }
    let led = aws_price_list::lead_in(&source.start).filter(|_| mapped.is_none());
    let dated = led.as_ref().and_then(|(_, date)| *date);
    let layout = mapped.or(led.map(|(layout, _)| layout)).unwrap_or_else(|| Layout::sniffed(&source.start));
    let mut header = layout.header(&source.start, path)?;
    header.given_currency = mappings.currency;
    let Found { format, id, label, reader } = detect::table(&header, wanted, mappings)?;
    let body = Body::Table { header, layout, reader };
    Ok(Opened { format, id, label, note: source.note, content: "lines", body, source, dated })
}

/// The format of JSON, by its first line or by what a document begins with. A document is read here to be recognised,
/// and again to be stored.
fn find_json(path: &Path, lines: Option<&str>, wanted: Option<&str>) -> Result<(&'static Format, &'static Json, Come)> {
    if let Some(text) = lines {
        let (format, json) = detect::json(&parse(text.lines().next().unwrap_or_default())?, wanted)?;
        return Ok((format, json, Come::ByLine));
    }
    if let Some((holder, outline)) = json::outline(content::open(path)?.into_stream(None))
        && let Ok((format, json)) = detect::json(&outline, wanted)
    {
        return Ok((format, json, Come::Items(holder)));
    }
    let (format, json) = detect::json(&parse(&document(content::open(path)?.into_stream(None))?)?, wanted)?;
    Ok((format, json, Come::Whole))
}

fn document(stream: Tap) -> Result<String> {
    let mut text = String::new();
    let read = stream.take(LARGEST_DOCUMENT + 1).read_to_string(&mut text);
    let read = read.map_err(|error| content::unreadable(&error))?;
    if read as u64 > LARGEST_DOCUMENT {
        return Err(EngineError::failed("is a JSON document of more than 256 MiB")
            .then("export it as JSON lines, or a month at a time"));
    }
    Ok(text)
}

fn parse(text: &str) -> Result<Node> {
    Node::parse(text.trim_start_matches('\u{feff}')).map_err(|error| json::broken(&error))
}

/// Counts bytes since the last row, so that a quote that is never closed cannot eat the memory.
struct Guarded {
    inner: Tap,
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

/// The line a row begins on. The reader's own position is where the row before ended, blank lines included; where
/// this one ended, less the line ends inside its quotes, is exact.
pub fn line_of(record: &ByteRecord, after: u64, inner: u64) -> Option<u64> {
    let before = record.position()?.line();
    let ended_by_a_line_feed = after.saturating_sub(1 + inner);
    Some(if ended_by_a_line_feed >= before { ended_by_a_line_feed } else { after.saturating_sub(inner) })
}

/// Is it a line without anything on it?
pub fn is_blank(record: &ByteRecord) -> bool {
    record.len() == 1 && record[0].iter().all(u8::is_ascii_whitespace)
}

/// What is gathered while reading, whatever the shape.
pub(super) struct Gathering<'a, S> {
    pub(super) reader: Box<dyn Reader>,
    outcome: Outcome,
    bad: Vec<QuarantineRow>,
    held: usize,
    read: Arc<AtomicU64>,
    cancel: &'a AtomicBool,
    send: S,
}

impl<S: FnMut(Chunk) -> bool> Gathering<'_, S> {
    fn record(&mut self, record: &Record<'_>, line: u64) -> Result<()> {
        let taken = self.reader.read(record);
        self.settle(taken, line, record.place)
    }

    pub(super) fn settle(
        &mut self,
        taken: std::result::Result<Taken, FieldError>,
        line: u64,
        place: Place,
    ) -> Result<()> {
        self.outcome.rows_read += 1;
        match taken {
            Ok(Taken::Kept) => self.outcome.rows_stored += 1,
            Ok(Taken::Skipped) => {}
            Err(error) => {
                self.outcome.rows_quarantined += 1;
                if self.outcome.rows_quarantined <= MOST_PROBLEMS {
                    self.bad.push(quarantined(error, line, place));
                }
            }
        }
        self.held += 1;
        if self.held == CHUNK { self.hand_on() } else { Ok(()) }
    }

    fn hand_on(&mut self) -> Result<()> {
        self.held = 0;
        let chunk = Chunk {
            rows: self.reader.take(),
            bad: std::mem::take(&mut self.bad),
            bytes: self.read.load(Ordering::Relaxed),
            rows_read: self.outcome.rows_read,
        };
        if self.cancel.load(Ordering::Relaxed) || !(self.send)(chunk) {
            return Err(EngineError::cancelled());
        }
        Ok(())
    }

    pub(super) fn finish(mut self) -> Result<Outcome> {
        self.reader.finish();
        self.hand_on()?;
        self.outcome.totals = self.reader.totals();
        Ok(self.outcome)
    }
}

impl Opened {
    /// Tells the reader what the file does not say of itself.
    fn told(mut self, path: &Path, mappings: &Mappings) -> Result<Self> {
        let told = Told {
            observed: self.dated.unwrap_or(mappings.told.observed),
            file: path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
            provider: mappings.told.provider.clone(),
        };
        let (Body::Table { reader, .. }
        | Body::Json { reader, .. }
        | Body::Lines { reader, .. }
        | Body::Parquet { reader, .. }) = &mut self.body;
        reader.told(&told)?;
        Ok(self)
    }

    /// The file's size on disk.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.source.stamp.bytes()
    }

    /// Reads every record and hands them on in chunks; `send` answers false when nobody listens any more. What is
    /// read goes to `keeper` too.
    ///
    /// # Errors
    /// When the file cannot be read on, when a row has no end, when the file changes meanwhile, and when `cancel`
    /// was raised.
    pub fn read_all(
        self,
        path: &Path,
        cancel: &AtomicBool,
        keeper: Pieces,
        send: impl FnMut(Chunk) -> bool,
    ) -> Result<Outcome> {
        let (stamp, read) = (self.source.stamp.clone(), self.source.read.clone());
        let gather =
            |reader| Gathering { reader, outcome: Outcome::default(), bad: Vec::new(), held: 0, read, cancel, send };
        let mut stream = self.source.into_stream(Some(keeper));
        let outcome = match self.body {
            Body::Table { header, layout, reader } => table::rows(stream, &header, layout, gather(reader)),
            Body::Json { records, come: Come::ByLine, reader } => json_lines(stream, records, gather(reader)),
            Body::Json { records, come, reader } => json_items(stream, come, records, gather(reader)),
            Body::Lines { skip, reader } => text_lines(stream, skip, gather(reader)),
            Body::Parquet { header, reader } => {
                stream.drain().map_err(|error| content::unreadable(&error))?;
                let mut gathering = gather(reader);
                super::parquet::rows(path, |fields, index| {
                    let place = Place { offset: index, length: 0 };
                    gathering.record(&Record::row(&header, fields, place), index + 1)
                })?;
                gathering.finish()
            }
        }?;
        stamp.check(path)?;
        Ok(outcome)
    }
}

/// Lines of a stream, each with its place and number; a line that is not UTF-8 comes as an error.
fn each_line(
    stream: Tap,
    mut line_read: impl FnMut(std::result::Result<&str, FieldError>, u64, Place) -> Result<()>,
) -> Result<()> {
    let since_row = Arc::new(AtomicU64::new(0));
    let mut input = io::BufReader::with_capacity(1 << 18, Guarded { inner: stream, since_row: since_row.clone() });
    let (mut bytes, mut offset, mut number) = (Vec::new(), 0u64, 0u64);
    loop {
        bytes.clear();
        since_row.store(0, Ordering::Relaxed);
        let read = io::BufRead::read_until(&mut input, b'\n', &mut bytes).map_err(|error| {
            if error.to_string() == "row too long" {
                EngineError::failed("has a line without an end").at(format!("line {}", number + 1))
            } else {
                content::unreadable(&error)
            }
        })?;
        if read == 0 {
            return input.into_inner().inner.drain().map_err(|error| content::unreadable(&error));
        }
        number += 1;
        let place = Place { offset, length: read as u64 };
        offset += read as u64;
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").filter(|_| number == 1).unwrap_or(&bytes);
        match std::str::from_utf8(bytes) {
            Ok(text) if text.trim().is_empty() => {}
            Ok(text) => line_read(Ok(text.trim_end_matches(['\n', '\r'])), number, place)?,
            Err(_) => {
                let found = String::from_utf8_lossy(bytes);
                line_read(Err(FieldError::new("(line)", &found, "text in UTF-8")), number, place)?;
            }
        }
    }
}

fn json_lines(
    stream: Tap,
    records: fn(Node) -> Vec<Node>,
    mut gathering: Gathering<'_, impl FnMut(Chunk) -> bool>,
) -> Result<Outcome> {
    each_line(stream, |text, line, place| {
        let node = text.and_then(|text| {
            Node::parse(text).map_err(|_| FieldError::new("(line)", text, "a whole JSON value on one line"))
        });
        match node {
            Err(error) => gathering.settle(Err(error), line, place),
            Ok(node) => {
                records(node).iter().try_for_each(|record| gathering.record(&Record::json(record, place), line))
            }
        }
    })?;
    gathering.finish()
}

fn json_items(
    stream: Tap,
    come: Come,
    records: fn(Node) -> Vec<Node>,
    mut gathering: Gathering<'_, impl FnMut(Chunk) -> bool>,
) -> Result<Outcome> {
    let mut index = 0u64;
    let mut take = |document: Node| {
        for record in &records(document) {
            let place = Place { offset: index, length: 0 };
            index += 1;
            gathering.record(&Record::json(record, place), index)?;
        }
        Ok(())
    };
    match come {
        Come::Items(holder) => json::each(stream, |text| take(holder.around(parse(text)?)))?,
        _ => take(parse(&document(stream)?)?)?,
    }
    gathering.finish()
}

fn text_lines(
    stream: Tap,
    skip: fn(&str) -> bool,
    mut gathering: Gathering<'_, impl FnMut(Chunk) -> bool>,
) -> Result<Outcome> {
    let header = Header::of_names(vec!["line".to_owned()]);
    each_line(stream, |text, line, place| match text {
        Err(error) => gathering.settle(Err(error), line, place),
        Ok(text) if skip(text) => Ok(()),
        Ok(text) => gathering.record(&Record::row(&header, &[text], place), line),
    })?;
    gathering.finish()
}

fn quarantined(error: FieldError, line: u64, place: Place) -> QuarantineRow {
    QuarantineRow {
        id: 0,
        settled: None,
        line,
        column: error.column,
        found: error.found,
        expected: error.expected,
        byte_offset: place.offset,
        byte_length: place.length,
    }
}
