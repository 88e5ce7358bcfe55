//! The rows of a table: each held against the header, checked to be text, and handed to the format.

use super::content::{self, Tap};
use super::field::{FieldError, LONGEST_FIELD, cut};
use super::format::{Reader, Taken};
use super::header::Header;
use super::layout::Layout;
use super::read::{Chunk, Gathering, Outcome};
use super::record::Record;
use super::split::{Row, Splitter, TOO_LONG, unquote, unquoted};
use crate::error::{EngineError, Result};

/// Reads every row of a table.
///
/// # Errors
/// When the stream cannot be read on, when a quote is never closed, and whatever `gathering` says.
pub fn rows(
    mut stream: Tap,
    header: &Header,
    layout: Layout,
    mut gathering: Gathering<'_, impl FnMut(Chunk) -> bool>,
) -> Result<Outcome> {
    let skipped = layout.skip_lines(&mut stream).map_err(|error| content::unreadable(&error))?;
    let mut splitter =
        Splitter::new(stream, layout.delimiter, layout.line_end()).map_err(|error| content::unreadable(&error))?;
    let mut unquoted = Vec::new();
    let mut is_header = true;
    loop {
        let line = splitter.line() + layout.skip;
        let Some(mut row) = splitter.next_row().map_err(|error| unreadable(&error, line))? else {
            splitter.into_stream().drain().map_err(|error| content::unreadable(&error))?;
            return gathering.finish();
        };
        if std::mem::take(&mut is_header) || is_blank(&row) {
            continue;
        }
        let line = row.line + layout.skip;
        row.place.offset += skipped;
        let place = row.place;
        let taken = take_row(gathering.reader.as_mut(), header, &row, &mut unquoted);
        gathering.settle(taken, line, place)?;
    }
}

fn unreadable(error: &std::io::Error, line: u64) -> EngineError {
    if error.to_string() == TOO_LONG {
        return EngineError::failed("a quote is opened and never closed")
            .at(format!("line {line}"))
            .then("export the file again; it may have been cut or joined");
    }
    content::unreadable(error).at(format!("line {line}"))
}

/// Is it a line without anything on it?
fn is_blank(row: &Row<'_>) -> bool {
    row.len() == 1 && row.value(0).iter().all(u8::is_ascii_whitespace)
}

/// `buffer` holds the fields that do not stand in the file as they are; it is kept for its memory.
fn take_row(
    reader: &mut dyn Reader,
    header: &Header,
    row: &Row<'_>,
    buffer: &mut Vec<u8>,
) -> std::result::Result<Taken, FieldError> {
    let columns = header.len();
    let blank = |index: usize| row.value(index).iter().all(u8::is_ascii_whitespace);
    if row.len() < columns || (columns..row.len()).any(|index| !blank(index)) {
        return Err(wrong_length(row, columns));
    }
    // The row as a whole is checked at once: a field begins and ends where a character does.
    let Some(whole) = std::str::from_utf8(row.raw).ok().filter(|whole| whole.len() <= LONGEST_FIELD) else {
        return take_odd_row(reader, header, row);
    };
    buffer.clear();
    let mut elsewhere = Vec::new();
    let mut fields = Vec::with_capacity(columns);
    let mut start = 0;
    for (index, end) in row.ends().take(columns).enumerate() {
        let field = whole.get(start..end).unwrap_or_default();
        start = end + 1;
        if !field.starts_with('"') {
            fields.push(field);
            continue;
        }
        let plain = unquoted(field.as_bytes());
        if plain.is_none() {
            let start = buffer.len();
            unquote(field.as_bytes(), buffer);
            elsewhere.push((index, start..buffer.len()));
        }
        fields.push(plain.and_then(|plain| field.get(1..=plain.len())).unwrap_or_default());
    }
    let Ok(moved) = std::str::from_utf8(buffer) else { return take_odd_row(reader, header, row) };
    for (index, range) in elsewhere {
        fields[index] = moved.get(range).unwrap_or_default();
    }
    hand_on(reader, header, row, &mut fields)
}

/// A row that is longer than a field may be, or no text as a whole: looked at field by field.
fn take_odd_row(reader: &mut dyn Reader, header: &Header, row: &Row<'_>) -> std::result::Result<Taken, FieldError> {
    let values: Vec<_> = (0..header.len()).map(|index| row.value(index)).collect();
    let mut fields = Vec::with_capacity(values.len());
    for (index, value) in values.iter().enumerate() {
        if value.len() > LONGEST_FIELD {
            let found = format!("{} bytes in field {}", value.len(), index + 1);
            return Err(FieldError::new("(row)", &found, "fields of at most 1 MiB"));
        }
        fields.push(std::str::from_utf8(value).map_err(|_| {
            let found = cut(&String::from_utf8_lossy(value));
            FieldError::new(&format!("field {}", index + 1), &found, "text in UTF-8")
        })?);
    }
    hand_on(reader, header, row, &mut fields)
}

fn hand_on<'a>(
    reader: &mut dyn Reader,
    header: &'a Header,
    row: &Row<'_>,
    fields: &mut [&'a str],
) -> std::result::Result<Taken, FieldError> {
    if row.len() == fields.len()
        && let Some(last) = fields.last_mut()
    {
        *last = last.strip_suffix('\r').unwrap_or(last);
    }
    reader.read(&Record::row(header, fields, row.place))
}

fn wrong_length(row: &Row<'_>, columns: usize) -> FieldError {
    let mut expected = format!("{columns} fields as in the header");
    if row.inner > 0 {
        expected.push_str("; a quote opened on this line may not be closed, or the file was cut");
    } else if row.len() < columns {
        expected.push_str("; the line may be cut short");
    }
    FieldError::new("(row)", &format!("{} fields", row.len()), expected)
}
