//! What is inside a file: unpacked, decoded to UTF-8, and watched on the way, because one reading must serve the
//! parser, the hash and the kept copy.

use std::fs::{File, Metadata};
use std::io::{self, BufRead, Cursor, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use encoding_rs_io::DecodeReaderBytesBuilder;
use flate2::bufread::MultiGzDecoder;

use crate::error::{EngineError, Result};

/// How much of the beginning is looked at.
pub const START: usize = 64 << 10;
/// Unpacked bytes to a packed one, past the first [`FREE`]: real exports stay under a tenth of it.
pub const MOST_UNPACKED: u64 = 250;
/// Unpacked bytes that no ratio is asked of.
pub const FREE: u64 = 64 << 20;
/// Bytes in a piece that travels to the keeper.
const PIECE: usize = 1 << 20;
/// Pieces on their way.
const PIECES: usize = 16;

/// A file's content as UTF-8 text, or as Parquet.
pub struct Content {
    /// How it is read.
    pub kind: Kind,
    /// The beginning, decoded.
    pub start: Vec<u8>,
    /// Packed bytes read so far.
    pub read: Arc<AtomicU64>,
    /// Something to say about how it was decoded.
    pub note: Option<&'static str>,
    /// The file as it was when it was opened.
    pub stamp: Stamp,
    stream: Box<dyn Read + Send>,
}

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Lines of text: CSV, JSON lines, metrics.
    Text,
    /// A JSON document.
    Json,
    /// Parquet.
    Parquet,
}

/// Size and time of change, to notice a file that changes while it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    bytes: u64,
    changed: Option<std::time::SystemTime>,
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        Self { bytes: metadata.len(), changed: metadata.modified().ok() }
    }

    /// Is the file still as it was?
    ///
    /// # Errors
    /// When it has changed, or is gone.
    pub fn check(&self, path: &Path) -> Result<()> {
        match path.metadata() {
            Ok(now) if Self::of(&now) == *self => Ok(()),
            _ => Err(EngineError::failed("changed while it was read")
                .then("wait until it is written to its end, and import it again")),
        }
    }

    /// Size on disk.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }
}

/// Opens a file.
///
/// # Errors
/// A missing file, a folder, an empty file, a file that is no text, a pointer instead of data.
pub fn open(path: &Path) -> Result<Content> {
    let failed = |what: &str| EngineError::failed(what);
    if path.is_dir() {
        return Err(failed("is a folder").then("name the files in it, such as folder/*.csv"));
    }
    let cannot = |error: &io::Error| EngineError::failed(format!("cannot be read: {error}"));
    let file = File::open(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => failed("there is no such file").then("check the path"),
        io::ErrorKind::PermissionDenied => failed("may not be read").then("check the file's permissions"),
        _ => cannot(&error),
    })?;
    let stamp = Stamp::of(&file.metadata().map_err(|error| cannot(&error))?);
    let read = Arc::new(AtomicU64::new(0));
    let raw = io::BufReader::with_capacity(START, Counted { inner: file, count: read.clone() });
    let (stream, start) = unpacked(raw, &read)?;
    if start.starts_with(b"PAR1") {
        let stream = Box::new(Cursor::new(start.clone()).chain(stream));
        return Ok(Content { kind: Kind::Parquet, start, read, note: None, stamp, stream });
    }
    let (stream, start, note) = decoded(stream, start)?;
    let kind = sniff(&start)?;
    let stream = Box::new(Cursor::new(start.clone()).chain(stream));
    Ok(Content { kind, start, read, note, stamp, stream })
}

type Stream = Box<dyn Read + Send>;

/// Takes gzip and zstd off, and reads the beginning.
fn unpacked(mut raw: io::BufReader<Counted<File>>, read: &Arc<AtomicU64>) -> Result<(Stream, Vec<u8>)> {
    let cannot = |error: io::Error| EngineError::failed(format!("cannot be read: {error}"));
    let magic = raw.fill_buf().map_err(cannot)?;
    let guard = |inner: Stream| Guard { inner, packed: read.clone(), unpacked: 0 };
    let mut stream: Stream = if magic.starts_with(b"\x1f\x8b") {
        Box::new(guard(Box::new(MultiGzDecoder::new(raw))))
    } else if magic.starts_with(b"\x28\xb5\x2f\xfd") {
        Box::new(guard(Box::new(zstd::Decoder::with_buffer(raw).map_err(cannot)?)))
    } else {
        Box::new(raw)
    };
    let start = beginning(&mut stream).map_err(|error| unreadable(&error))?;
    Ok((stream, start))
}

fn beginning(stream: &mut Stream) -> io::Result<Vec<u8>> {
    let mut start = Vec::with_capacity(START);
    stream.take(START as u64).read_to_end(&mut start)?;
    Ok(start)
}

/// An error of the stream in words; a bomb says so itself.
#[must_use]
pub fn unreadable(error: &io::Error) -> EngineError {
    if error.to_string() == BOMB {
        return EngineError::failed(format!("unpacks to more than {MOST_UNPACKED} times its size"))
            .then("no export does; ask its sender for it anew");
    }
    EngineError::failed(format!("cannot be read on: {error}")).then("export the file again")
}

const BOMB: &str = "unpacks to too much";

/// Stops a stream that unpacks to far more than it was packed into.
struct Guard {
    inner: Stream,
    packed: Arc<AtomicU64>,
    unpacked: u64,
}

impl Read for Guard {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.unpacked += read as u64;
        if self.unpacked > FREE && self.unpacked / MOST_UNPACKED > self.packed.load(Ordering::Relaxed) {
            return Err(io::Error::other(BOMB));
        }
        Ok(read)
    }
}

/// UTF-16 and Latin-1 become UTF-8.
fn decoded(stream: Stream, start: Vec<u8>) -> Result<(Stream, Vec<u8>, Option<&'static str>)> {
    let even_zeros = start.iter().skip(1).step_by(2).take(64).filter(|byte| **byte == 0).count();
    let odd_zeros = start.iter().step_by(2).take(64).filter(|byte| **byte == 0).count();
    let (encoding, note) = if start.starts_with(b"\xff\xfe") || (even_zeros > 24 && odd_zeros == 0) {
        (encoding_rs::UTF_16LE, "read as UTF-16")
    } else if start.starts_with(b"\xfe\xff") || (odd_zeros > 24 && even_zeros == 0) {
        (encoding_rs::UTF_16BE, "read as UTF-16")
    } else if is_windows_1252(&start) {
        (encoding_rs::WINDOWS_1252, "read as Windows-1252, because its beginning is not UTF-8")
    } else {
        return Ok((stream, start, None));
    };
    let inner = Cursor::new(start).chain(stream);
    let mut stream: Stream = Box::new(DecodeReaderBytesBuilder::new().encoding(Some(encoding)).build(inner));
    let start = beginning(&mut stream).map_err(|error| unreadable(&error))?;
    Ok((stream, start, Some(note)))
}

/// Is it text of one byte a character? A byte that is not UTF-8 among characters that are is a bad byte: its row goes
/// to quarantine, and the rest keeps its characters.
fn is_windows_1252(start: &[u8]) -> bool {
    if start.contains(&0) || start.starts_with(b"\xef\xbb\xbf") {
        return false;
    }
    let mut chunks = start.utf8_chunks().peekable();
    let mut bad = false;
    while let Some(chunk) = chunks.next() {
        // A character that is cut off at the very end of what is looked at is not bad.
        let cut = chunks.peek().is_none() && start.len() == START && chunk.invalid().len() < 4;
        bad |= !chunk.invalid().is_empty() && !cut;
        if !chunk.valid().is_ascii() {
            return false;
        }
    }
    bad
}

fn sniff(start: &[u8]) -> Result<Kind> {
    let body = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start);
    if body.iter().all(u8::is_ascii_whitespace) {
        return Err(EngineError::failed("is empty").then("export it again; a CSV begins with a header line"));
    }
    if body.starts_with(b"version https://git-lfs") {
        return Err(
            EngineError::failed("is a Git LFS pointer and not the data").then("fetch the file with `git lfs pull`")
        );
    }
    if body.starts_with(b"PK\x05\x06") {
        return Err(EngineError::failed("is a zip without files").then("export it again"));
    }
    if body.starts_with(b"PK\x03\x04") {
        return Err(EngineError::failed("is a zip inside another file").then("unpack it once, and import that"));
    }
    if body.contains(&0) {
        return Err(EngineError::failed("is not text").then("choose a CSV, JSON or Parquet export"));
    }
    let first = body.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or_default();
    if !matches!(body.get(first), Some(b'{' | b'[')) {
        return Ok(Kind::Text);
    }
    // One record a line: the first line is whole, and another follows.
    let text = String::from_utf8_lossy(&body[first..]);
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let whole = lines.next().is_some_and(|line| super::node::Node::parse(line).is_ok());
    let another = lines.next().is_some();
    Ok(if whole && another { Kind::Text } else { Kind::Json })
}

struct Counted<R> {
    inner: R,
    count: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.count.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

impl Content {
    /// The stream from its beginning; what is read from it also goes to `keeper`, piece by piece.
    #[must_use]
    pub fn into_stream(self, keeper: Option<Pieces>) -> Tap {
        Tap { inner: self.stream, keeper, piece: Vec::new(), length: 0, at: 0, size: PIECE }
    }
}

/// A stream that somebody else listens to.
pub struct Tap {
    inner: Stream,
    keeper: Option<Pieces>,
    /// The piece at hand, and room behind it.
    piece: Vec<u8>,
    length: usize,
    at: usize,
    size: usize,
}

impl Read for Tap {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.length {
            self.refill()?;
        }
        let rest = self.piece();
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        self.at += count;
        Ok(count)
    }
}

impl Tap {
    /// A stream over bytes, in pieces of `size`.
    #[cfg(test)]
    pub fn of(bytes: Vec<u8>, size: usize) -> Self {
        Self { inner: Box::new(Cursor::new(bytes)), keeper: None, piece: Vec::new(), length: 0, at: 0, size }
    }

    fn refill(&mut self) -> io::Result<()> {
        if let Some(keeper) = self.keeper.as_ref().filter(|_| self.length > 0) {
            self.piece.truncate(self.length);
            // Nobody listens any more when keeping has failed; that error is told at the end.
            let _ = keeper.forth.send(std::mem::take(&mut self.piece));
            // A piece that has been kept is filled again: fresh memory costs more than reading.
            self.piece = keeper.back.try_recv().unwrap_or_default();
        }
        (self.length, self.at) = (0, 0);
        if self.piece.is_empty() {
            // The system's memory is zero already, and pages that a small file does not reach are never touched.
            self.piece = vec![0; self.size];
        }
        self.piece.resize(self.size, 0);
        while self.length < self.size {
            match self.inner.read(&mut self.piece[self.length..]) {
                Ok(0) => break,
                Ok(read) => self.length += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// What is left of the piece at hand.
    #[must_use]
    pub fn piece(&self) -> &[u8] {
        &self.piece[self.at..self.length]
    }

    /// Lets go of the piece at hand and takes up the next one; false at the end of the stream.
    ///
    /// # Errors
    /// When the stream cannot be read on.
    pub fn next_piece(&mut self) -> io::Result<bool> {
        self.refill()?;
        Ok(self.length > 0)
    }

    /// Lets the listener hear the rest, also what the parser has not asked for.
    ///
    /// # Errors
    /// When the stream cannot be read on.
    pub fn drain(&mut self) -> io::Result<()> {
        loop {
            self.refill()?;
            if self.length == 0 {
                self.keeper = None;
                return Ok(());
            }
        }
    }
}

/// The reader's end: pieces go forth to be kept, and come back empty.
pub struct Pieces {
    forth: SyncSender<Vec<u8>>,
    back: Receiver<Vec<u8>>,
}

/// The keeper's end.
pub struct Kept {
    forth: Receiver<Vec<u8>>,
    back: SyncSender<Vec<u8>>,
}

impl Kept {
    /// Takes every piece in turn.
    ///
    /// # Errors
    /// Whatever `keep` says; no further piece is taken then.
    pub fn each(self, mut keep: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        for piece in self.forth {
            keep(&piece)?;
            // The reader takes back what it has use for; the rest may go.
            let _ = self.back.try_send(piece);
        }
        Ok(())
    }
}

/// A channel of pieces, short enough that memory stays small.
#[must_use]
pub fn pieces() -> (Pieces, Kept) {
    let ((forth, there), (back, here)) = (sync_channel(PIECES), sync_channel(PIECES));
    (Pieces { forth, back: here }, Kept { forth: there, back })
}
