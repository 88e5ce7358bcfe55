//! How the lines and fields of a table are told apart: what separates them, and where the header stands.

use std::io::{self, Read};
use std::path::Path;

use csv::{ByteRecord, ReaderBuilder, Terminator};

use super::content;
use super::header::Header;
use super::read::LONGEST_ROW;
use crate::error::{EngineError, Result};

/// The layout of a table.
#[derive(Debug, Clone, Copy)]
pub struct Layout {
    /// Lines before the header.
    pub skip: u64,
    /// What separates fields.
    pub delimiter: u8,
    /// What ends lines.
    terminator: Terminator,
}

impl Layout {
    /// As the beginning of the file shows it, its first line being the header.
    #[must_use]
    pub fn sniffed(start: &[u8]) -> Self {
        Self { skip: 0, delimiter: delimiter(start), terminator: terminator(start) }
    }

    /// With a header further down, and with a separator that is known.
    #[must_use]
    pub fn told(start: &[u8], skip: u64, separator: Option<u8>) -> Self {
        let layout = Self { skip, ..Self::sniffed(start) };
        Self { delimiter: separator.unwrap_or_else(|| delimiter(layout.after_skipped(start))), ..layout }
    }

    /// The byte that ends a line.
    #[must_use]
    pub fn line_end(&self) -> u8 {
        if let Terminator::Any(end) = self.terminator { end } else { b'\n' }
    }

    fn after_skipped<'a>(&self, start: &'a [u8]) -> &'a [u8] {
        let (end, mut rest, mut left) = (self.line_end(), start, self.skip);
        // A mapping may name more lines than anybody could count.
        while left > 0 && !rest.is_empty() {
            rest = rest.iter().position(|byte| *byte == end).map_or(&[][..], |at| &rest[at + 1..]);
            left -= 1;
        }
        rest
    }

    /// Takes the lines before the header off a stream; answers how many bytes they had.
    ///
    /// # Errors
    /// When the stream cannot be read.
    pub fn skip_lines(&self, stream: &mut impl Read) -> io::Result<u64> {
        let (mut bytes, mut lines, mut byte) = (0, 0, [0u8]);
        while lines < self.skip && stream.read(&mut byte)? == 1 {
            bytes += 1;
            lines += u64::from(byte[0] == self.line_end());
        }
        Ok(bytes)
    }

    /// The header.
    ///
    /// # Errors
    /// When there is none.
    pub fn header(&self, start: &[u8], path: &Path) -> Result<Header> {
        // A header longer than the beginning needs the whole stream.
        let record = if start.len() < content::START || self.after_skipped(start).contains(&b'\n') {
            self.first_record(&mut self.after_skipped(start))
        } else {
            let mut stream = content::open(path)?.into_stream(None);
            self.skip_lines(&mut stream).map_err(|error| content::unreadable(&error))?;
            self.first_record(&mut stream.take(LONGEST_ROW))
        };
        let record = record.ok_or_else(|| match self.skip {
            0 => EngineError::failed("holds no table").then("export it as CSV"),
            lines => {
                EngineError::failed(format!("holds no table below line {lines}, where the mapping has its header"))
                    .then("choose another mapping, or correct skip_lines")
            }
        })?;
        Ok(Header::new(&record))
    }

    /// The header as far as the beginning of the file tells it.
    #[must_use]
    pub fn header_within(&self, start: &[u8]) -> Option<Header> {
        self.first_record(&mut self.after_skipped(start)).map(|record| Header::new(&record))
    }

    fn first_record(&self, bytes: &mut dyn Read) -> Option<ByteRecord> {
        let mut csv = self.csv().from_reader(bytes);
        let mut record = ByteRecord::new();
        csv.read_byte_record(&mut record).ok().filter(|some| *some).map(|_| record)
    }

    /// A reader of its records.
    #[must_use]
    pub fn csv(&self) -> ReaderBuilder {
        let mut builder = ReaderBuilder::new();
        builder.has_headers(false).flexible(true).delimiter(self.delimiter).terminator(self.terminator);
        builder.buffer_capacity(1 << 18);
        builder
    }
}

/// Lines end at the line feed, and a carriage return before it is taken off the last field: so line numbers and
/// offsets are right in files of either kind, and of both. Only a file without any line feed ends lines otherwise.
fn terminator(start: &[u8]) -> Terminator {
    let old = start.contains(&b'\r') && !start.contains(&b'\n');
    if old { Terminator::Any(b'\r') } else { Terminator::Any(b'\n') }
}

/// The separator that the header line has most of.
fn delimiter(start: &[u8]) -> u8 {
    let line = start.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let count = |separator: u8| line.iter().filter(|byte| **byte == separator).count();
    [b',', b';', b'\t', b'|']
        .into_iter()
        .max_by_key(|separator| (count(*separator), *separator == b','))
        .unwrap_or(b',')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_past_the_end_are_not_counted_out() {
        let layout = |skip: u64| Layout::told(b"a\nb,c\n1,2\n", skip, None);
        let header = layout(1).header_within(b"a\nb,c\n1,2\n").map(|header| header.names().to_vec());
        assert_eq!(header, Some(vec!["b".to_owned(), "c".to_owned()]));
        assert!(layout(u64::MAX).header_within(b"a\nb,c\n1,2\n").is_none());
    }
}
