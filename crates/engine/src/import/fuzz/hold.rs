//! What holds for every file, however spoilt: it is refused in words, or read to its end with every row told.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use crate::error::EngineError;
use crate::import::mapping::Mappings;
use crate::import::read::{self, Chunk, Opened, Outcome};
use crate::import::{content, document, parts};

/// A message is read by a person.
const LONGEST_MESSAGE: usize = 3_000;

/// Imports a file as the pipeline does, up to the ledger. Tells how many rows were read, or that it was refused.
///
/// # Panics
/// When something does not hold.
pub fn file(path: &Path, wanted: Option<&str>, mappings: &Mappings) -> Option<u64> {
    if document::is_one(path) {
        return document::read(path).map_err(|error| said(&error)).map(|_| 0).ok();
    }
    let parts = parts::gather(&[path.to_owned()]).map_err(|error| said(&error)).ok()?;
    let mut rows = 0;
    for part in &parts.files {
        let opened = read::open(&part.path, wanted, mappings).map_err(|error| said(&part.named(error))).ok()?;
        rows += whole(&part.path, opened)?;
        let _ = part.check(rows).map_err(|error| said(&error));
    }
    Some(rows)
}

/// An error says something, and not everything.
pub fn said(error: &EngineError) {
    let text = error.to_string();
    assert!(!error.what.trim().is_empty(), "an error that says nothing: {error:?}");
    assert!(
        text.len() <= LONGEST_MESSAGE,
        "a message of {} bytes: {}…",
        text.len(),
        text.chars().take(300).collect::<String>()
    );
}

/// Reads a file to its end.
fn whole(path: &Path, opened: Opened) -> Option<u64> {
    let (kind, on_disk) = (opened.content, opened.bytes());
    let (pieces, listener) = content::pieces();
    let mut chunks = Vec::new();
    // Keeping runs beside reading, as in an import: only so many pieces may be on their way.
    let (outcome, kept) = std::thread::scope(|scope| {
        let keeping = scope.spawn(|| {
            let mut kept = Vec::new();
            listener.each(|piece| {
                kept.extend_from_slice(piece);
                Ok(())
            })?;
            std::io::Result::Ok(kept)
        });
        let outcome = opened.read_all(path, &AtomicBool::new(false), pieces, |chunk| {
            chunks.push(Chunk { rows: Vec::new(), ..chunk });
            true
        });
        (outcome, keeping.join().unwrap().unwrap())
    });
    for pair in chunks.windows(2) {
        assert!(pair[0].rows_read <= pair[1].rows_read && pair[0].bytes <= pair[1].bytes, "progress goes back");
    }
    let outcome = outcome.map_err(|error| said(&error)).ok()?;
    assert!(chunks.iter().all(|chunk| chunk.bytes <= on_disk), "more was read than there is");
    counts(&outcome, &chunks, kept.len() as u64);
    let lines = Lines::of(&kept);
    for row in chunks.iter().flat_map(|chunk| &chunk.bad) {
        assert!(!row.expected.is_empty() && !row.column.is_empty(), "a row is refused without a reason: {row:?}");
        assert!(row.found.len() <= 600 && row.column.len() <= 600 && row.expected.len() <= 600, "too long: {row:?}");
        if kind == "lines" {
            lines.hold(row.line, row.byte_offset, row.byte_length);
        } else {
            assert!((1..=outcome.rows_read).contains(&row.line), "{row:?} of {} rows", outcome.rows_read);
        }
    }
    Some(outcome.rows_read)
}

fn counts(outcome: &Outcome, chunks: &[Chunk], bytes: u64) {
    let bad: usize = chunks.iter().map(|chunk| chunk.bad.len()).sum();
    assert!(outcome.rows_read <= bytes, "{} rows of {bytes} bytes", outcome.rows_read);
    assert!(outcome.rows_stored + outcome.rows_quarantined <= outcome.rows_read, "{outcome:?}");
    assert_eq!(outcome.rows_quarantined.min(10_000), bad as u64, "rows in quarantine are all told");
    assert_eq!(chunks.last().map(|chunk| chunk.rows_read), Some(outcome.rows_read), "the last chunk has every row");
    for total in &outcome.totals {
        let decimal = |text: &str| {
            let digits = text.strip_prefix('-').unwrap_or(text);
            let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
            [whole, part].iter().all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
        };
        assert!(decimal(&total.total) && decimal(&total.residue), "{total:?}");
        assert!(!total.unit.is_empty() && !total.measure.is_empty(), "{total:?}");
    }
}

/// Where the lines of a file as it is kept end.
struct Lines<'a> {
    kept: &'a [u8],
    feeds: Vec<usize>,
    returns: Vec<usize>,
    /// A table without any line feed ends its lines with carriage returns.
    old: bool,
}

impl<'a> Lines<'a> {
    fn of(kept: &'a [u8]) -> Self {
        let ends = |line_end: u8| (0..kept.len()).filter(|at| kept[*at] == line_end).collect();
        let old = !kept[..kept.len().min(content::START)].contains(&b'\n');
        Self { kept, feeds: ends(b'\n'), returns: if old { ends(b'\r') } else { Vec::new() }, old }
    }

    /// A refused row stands on the line it is said to stand on.
    fn hold(&self, line: u64, offset: u64, length: u64) {
        let told = format!("line {line}, {length} bytes from {offset} of {}", self.kept.len());
        let (start, end) = (offset as usize, (offset + length) as usize);
        assert!(length > 0 && end <= self.kept.len(), "{told}");
        let line_of = |ends: &[usize], line_end: u8| {
            // Lines without anything count in with the row behind them.
            let blank = self.kept[start..end].iter().take_while(|byte| **byte == line_end).count();
            ends.partition_point(|at| *at < start + blank) as u64 + 1
        };
        assert!(line == line_of(&self.feeds, b'\n') || (self.old && line == line_of(&self.returns, b'\r')), "{told}");
    }
}
