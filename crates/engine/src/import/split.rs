//! Parting a table into rows and fields, straight from the pieces of the stream.
//!
//! Same rules as the `csv` crate, which the tests hold it to: a quote opens a field only at its beginning, a doubled
//! quote inside stands for one, whatever follows a closing quote is taken as it stands. Sixty-four bytes are looked
//! at together: where a separator or a quote stands becomes a bit, and an exclusive or over the quotes before it
//! tells which separators are inside them. That is right as long as every quote that opens stands at the beginning
//! of a field; a row where one does not, and a row that lies in two pieces, is walked through byte by byte.

use std::borrow::Cow;
use std::io;

use marginline_store::import::Place;

use super::content::Tap;
use super::read::LONGEST_ROW;

/// Bytes looked through before rows are taken from them.
const WINDOW: usize = if cfg!(test) { 192 } else { 32 << 10 };
/// What an error says of a row that never ends.
pub const TOO_LONG: &str = "row too long";

/// A row as it stands in the file.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    /// Its bytes without the line end.
    pub raw: &'a [u8],
    /// Where it stands; lines without anything before it count in.
    pub place: Place,
    /// The line it begins on.
    pub line: u64,
    /// Line ends inside its quotes.
    pub inner: u64,
    ends: &'a [u32],
    base: u32,
}

impl<'a> Row<'a> {
    /// Number of fields.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Where in `raw` each field ends.
    pub fn ends(&self) -> impl Iterator<Item = usize> + use<'a> {
        let base = self.base;
        self.ends.iter().map(move |end| (end - base) as usize)
    }

    /// Where in `raw` a field stands, quotes included.
    fn range(&self, index: usize) -> std::ops::Range<usize> {
        let start = if index == 0 { 0 } else { self.ends[index - 1] + 1 - self.base };
        start as usize..(self.ends[index] - self.base) as usize
    }

    /// A field without its quotes.
    pub fn value(&self, index: usize) -> Cow<'a, [u8]> {
        let raw = &self.raw[self.range(index)];
        match unquoted(raw) {
            Some(plain) => Cow::Borrowed(plain),
            None => {
                let mut value = Vec::with_capacity(raw.len());
                unquote(raw, &mut value);
                Cow::Owned(value)
            }
        }
    }
}

/// A field whose value stands in the file as it is, less the quotes around it.
pub fn unquoted(raw: &[u8]) -> Option<&[u8]> {
    match raw.strip_prefix(b"\"") {
        None => Some(raw),
        Some(rest) => rest.strip_suffix(b"\"").filter(|inner| !inner.contains(&b'"')),
    }
}

/// The value of a field that begins with a quote, onto the end of `into`.
pub fn unquote(raw: &[u8], into: &mut Vec<u8>) {
    let start = into.len();
    // Nearly always the quotes inside come in pairs: of each the first is dropped, without asking.
    if let Some(inner) = raw.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\"")) {
        into.resize(start + inner.len(), 0);
        let to = &mut into[start..];
        let (mut length, mut dropped, mut alone) = (0usize, false, false);
        for byte in inner {
            let quote = *byte == b'"';
            alone |= dropped & !quote;
            dropped = quote & !dropped;
            to[length] = *byte;
            length += usize::from(!dropped);
        }
        into.truncate(start + length);
        if !alone && !dropped {
            return;
        }
        into.truncate(start);
    }
    let mut state = State::Start;
    for byte in raw {
        let before = state;
        state = before.after(*byte);
        let stays = match before {
            State::Start => state != State::Quoted,
            State::Quoted => state != State::Closed,
            State::Closed | State::Plain => true,
        };
        if stays {
            into.push(*byte);
        }
    }
}

/// Where in a field the reading stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Start,
    Plain,
    Quoted,
    Closed,
}

impl State {
    /// After a byte that does not end the field.
    fn after(self, byte: u8) -> Self {
        match (self, byte) {
            (Self::Start | Self::Closed, b'"') => Self::Quoted,
            (Self::Quoted, b'"') => Self::Closed,
            (Self::Quoted, _) => Self::Quoted,
            _ => Self::Plain,
        }
    }
}

/// What was found in the piece so far.
#[derive(Debug, Default)]
struct Found {
    /// Ends of fields, and room behind them.
    ends: Vec<u32>,
    count: usize,
    /// Line ends inside quotes.
    inner: Vec<u32>,
    /// Looked through up to here.
    until: usize,
    /// All ones inside quotes.
    inside: u64,
    /// Does the byte before allow a quote to open? One or nothing.
    open: u64,
    /// A quote opens where none may: the row it stands in must be walked through.
    odd: bool,
}

impl Found {
    fn from(at: usize) -> Self {
        Self { until: at, open: 1, ..Self::default() }
    }

    fn restart(&mut self, at: usize) {
        self.count = 0;
        self.inner.clear();
        (self.until, self.inside, self.open, self.odd) = (at, 0, 1, false);
    }

    /// Looks through the next bytes of the piece; false when nothing is left to look at.
    fn look(&mut self, piece: &[u8], delimiter: u8, terminator: u8) -> bool {
        if self.odd || self.until == piece.len() {
            return false;
        }
        let window = &piece[self.until..piece.len().min(self.until + WINDOW)];
        // Room for an end at every byte, so that writing one never asks for more.
        let mut count = self.count;
        if self.ends.len() < count + window.len() + 64 {
            self.ends.resize(count + window.len() + 64, 0);
        }
        let (blocks, rest) = window.as_chunks::<64>();
        let mut last = [0u8; 64];
        last[..rest.len()].copy_from_slice(rest);
        let tail = (!rest.is_empty()).then_some((&last, rest.len()));
        for (block, length) in blocks.iter().map(|block| (block, 64)).chain(tail) {
            let (ends, quotes) = flags(block, delimiter, terminator);
            let mut inside = self.inside;
            let mut seen = u64::MAX;
            if quotes != 0 {
                inside ^= between(quotes);
                let opening = quotes & inside & !((ends | quotes) << 1 | self.open);
                if opening != 0 {
                    self.odd = true;
                    seen = (1 << opening.trailing_zeros()) - 1;
                }
            }
            let base = self.until as u32;
            if ends & inside != 0 {
                self.inner_ends(ends & inside & seen, block, terminator);
            }
            let mut outside = ends & !inside & seen;
            while outside != 0 {
                if let Some(slot) = self.ends.get_mut(count) {
                    *slot = base + outside.trailing_zeros();
                }
                count += 1;
                outside &= outside - 1;
            }
            self.inside = ((inside as i64) >> 63) as u64;
            self.open = (ends | quotes) >> 63;
            self.until += length;
            if self.odd {
                break;
            }
        }
        self.count = count;
        true
    }

    fn ends(&self) -> &[u32] {
        &self.ends[..self.count]
    }

    fn push(&mut self, end: u32) {
        match self.ends.get_mut(self.count) {
            Some(slot) => *slot = end,
            None => self.ends.push(end),
        }
        self.count += 1;
    }

    /// Forgets what rows have been taken from.
    fn forget(&mut self, ends: usize, inner: usize) {
        self.ends.copy_within(ends..self.count, 0);
        self.count -= ends;
        self.inner.drain(..inner);
    }

    fn inner_ends(&mut self, mut within: u64, block: &[u8; 64], terminator: u8) {
        while within != 0 {
            let bit = within.trailing_zeros();
            if block[bit as usize & 63] == terminator {
                self.inner.push(self.until as u32 + bit);
            }
            within &= within - 1;
        }
    }
}

/// Ones from each opening quote up to its closing one, given that the block begins outside.
fn between(quotes: u64) -> u64 {
    let mut inside = quotes;
    for shift in [1, 2, 4, 8, 16, 32] {
        inside ^= inside << shift;
    }
    inside
}

/// Bits of the separators and line ends, and of the quotes.
#[inline(always)]
#[allow(clippy::needless_range_loop, reason = "by index the compiler makes it whole registers at a time")]
fn flags(block: &[u8; 64], delimiter: u8, terminator: u8) -> (u64, u64) {
    let (mut ends, mut quotes) = ([0u8; 64], [0u8; 64]);
    for index in 0..64 {
        ends[index] = u8::from(block[index] == delimiter) | u8::from(block[index] == terminator);
        quotes[index] = u8::from(block[index] == b'"');
    }
    (pack(&ends), pack(&quotes))
}

/// Sixty-four bytes of one or nothing as bits: the product moves each of eight bytes' lowest bit into the highest
/// byte, at its own place.
#[inline(always)]
#[allow(clippy::needless_range_loop, reason = "as above")]
fn pack(flags: &[u8; 64]) -> u64 {
    let mut bits = 0;
    let eights = flags.as_chunks::<8>().0;
    for index in 0..8 {
        bits |= (u64::from_le_bytes(eights[index]).wrapping_mul(0x0102_0408_1020_4080) >> 56) << (8 * index);
    }
    bits
}

/// Parts a stream into rows.
pub struct Splitter {
    stream: Tap,
    delimiter: u8,
    terminator: u8,
    found: Found,
    /// Ends already taken.
    taken: usize,
    /// Inner line ends already taken.
    taken_inner: usize,
    /// Where in the piece the next row begins.
    at: usize,
    /// A row that was walked through.
    walked: Vec<u8>,
    /// Where in the stream the piece begins.
    piece: u64,
    /// Where in the stream the row before ended.
    ended: u64,
    /// Line the next row begins on.
    line: u64,
}

/// A row before it is borrowed: where its bytes and its field ends stand.
struct Span {
    walked: bool,
    start: usize,
    end: usize,
    ends: (usize, usize),
    inner: u64,
    terminated: bool,
}

impl Splitter {
    /// Parts `stream` at `delimiter` and `terminator`.
    ///
    /// # Errors
    /// When the stream cannot be read.
    pub fn new(mut stream: Tap, delimiter: u8, terminator: u8) -> io::Result<Self> {
        if stream.piece().is_empty() {
            stream.next_piece()?;
        }
        let at = if stream.piece().starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        let found = Found::from(at);
        let (walked, ended) = (Vec::new(), 0);
        let (taken, taken_inner, piece, line) = (0, 0, 0, 1);
        Ok(Self { stream, delimiter, terminator, found, taken, taken_inner, at, walked, piece, ended, line })
    }

    /// The next row that holds anything; `None` at the end of the stream.
    ///
    /// # Errors
    /// When the stream cannot be read on, and [`TOO_LONG`] for a row that never ends.
    pub fn next_row(&mut self) -> io::Result<Option<Row<'_>>> {
        loop {
            let Some(span) = self.find()? else { return Ok(None) };
            let line = self.line;
            self.line += span.inner + u64::from(span.terminated);
            if span.start == span.end {
                continue;
            }
            let end = self.piece + self.at as u64;
            let place = Place { offset: self.ended, length: end - self.ended };
            self.ended = end;
            let bytes = if span.walked { &self.walked } else { self.stream.piece() };
            return Ok(Some(Row {
                raw: &bytes[span.start..span.end],
                place,
                line,
                inner: span.inner,
                ends: &self.found.ends()[span.ends.0..span.ends.1],
                base: span.start as u32,
            }));
        }
    }

    /// The line the next row begins on.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// The stream, to be read to its end.
    pub fn into_stream(self) -> Tap {
        self.stream
    }

    fn find(&mut self) -> io::Result<Option<Span>> {
        if !self.walked.is_empty() {
            // The row before was walked through: its ends are no places in the piece.
            self.walked.clear();
            self.restart();
        }
        let mut looked = self.taken;
        loop {
            let piece = self.stream.piece();
            let more =
                self.found.ends()[looked..].iter().position(|end| piece.get(*end as usize) == Some(&self.terminator));
            if let Some(more) = more {
                return Ok(Some(self.take(looked + more)));
            }
            looked = self.found.count;
            if self.taken > 0 {
                // What rows have been taken from is let go; the beginning of the next one stays.
                self.found.forget(self.taken, self.taken_inner);
                looked -= self.taken;
                (self.taken, self.taken_inner) = (0, 0);
            }
            if self.found.look(self.stream.piece(), self.delimiter, self.terminator) {
                continue;
            }
            if self.at < self.stream.piece().len() {
                return self.walk();
            }
            if !self.next_piece()? {
                return Ok(None);
            }
            self.restart();
            looked = 0;
        }
    }

    /// Takes the row that ends at the end numbered `last`.
    fn take(&mut self, last: usize) -> Span {
        let (start, end) = (self.at, self.found.ends()[last] as usize);
        let inner = self.found.inner[self.taken_inner..].iter().take_while(|at| (**at as usize) < end).count();
        let ends = (self.taken, last + 1);
        self.taken = last + 1;
        self.taken_inner += inner;
        self.at = end + 1;
        Span { walked: false, start, end, ends, inner: inner as u64, terminated: true }
    }

    fn restart(&mut self) {
        self.found.restart(self.at);
        (self.taken, self.taken_inner) = (0, 0);
    }

    fn next_piece(&mut self) -> io::Result<bool> {
        self.piece += self.stream.piece().len() as u64;
        self.at = 0;
        self.stream.next_piece()
    }

    /// Goes through a row byte by byte, over as many pieces as it takes, and keeps a copy of it.
    fn walk(&mut self) -> io::Result<Option<Span>> {
        self.restart();
        let (mut state, mut inner, mut terminated) = (State::Start, 0, false);
        loop {
            let rest = &self.stream.piece()[self.at..];
            let before = self.walked.len() as u32;
            let mut length = rest.len();
            for (index, byte) in rest.iter().enumerate() {
                if state != State::Quoted && (*byte == self.delimiter || *byte == self.terminator) {
                    self.found.push(before + index as u32);
                    state = State::Start;
                    if *byte == self.terminator {
                        (length, terminated) = (index, true);
                        break;
                    }
                } else {
                    state = state.after(*byte);
                    inner += u64::from(*byte == self.terminator);
                }
            }
            self.walked.extend_from_slice(&rest[..length]);
            self.at += length;
            if terminated {
                self.at += 1;
                break;
            }
            if self.walked.len() as u64 > LONGEST_ROW {
                return Err(io::Error::other(TOO_LONG));
            }
            if !self.next_piece()? {
                self.found.push(self.walked.len() as u32);
                break;
            }
        }
        let (end, ends) = (self.walked.len(), (0, self.found.count));
        // A walked row without a byte leaves nothing that `find` would notice.
        if end == 0 {
            self.restart();
        }
        Ok(Some(Span { walked: true, start: 0, end, ends, inner, terminated }))
    }
}

#[cfg(test)]
mod tests;
