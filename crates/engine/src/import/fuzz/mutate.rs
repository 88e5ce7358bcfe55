//! Ways in which a file can be spoilt.
#![allow(
    clippy::ptr_arg,
    clippy::explicit_auto_deref,
    reason = "every change has one shape, and some make the bytes longer"
)]

use std::ops::Range;

use super::chance::Chance;

/// Past this a spoilt file is cut, so that an input stays cheap.
const LARGEST: usize = 2 << 20;

/// One way; the last argument holds files to take parts from.
type Way = fn(&mut Chance, &mut Vec<u8>, &[Vec<u8>]);

/// Those that know nothing of what the bytes mean.
const BLIND: [Way; 8] = [flip, set, insert, delete, duplicate, truncate, splice, paste];

/// Those that know text, numbers, dates and structure.
const KNOWING: [Way; 18] = [
    number, number, date, date, cell, cell, letter, letter, wrong_utf8, nul, separators, quotes, line_ends, columns,
    depth, brackets, encoding, grow,
];

/// What a number may be replaced by.
const NUMBERS: [&str; 34] = [
    "",
    "-",
    "-0",
    "+1",
    "0.0",
    "1e-60",
    "1E60",
    "1e61",
    "1E999999999",
    "1E-999999999",
    "1e99999999999999999999",
    "NaN",
    "Infinity",
    "-inf",
    "0x10",
    "1_000",
    "1,5",
    "1.2.3",
    "9223372036",
    "9223372036.9999999999999999999",
    "-9223372036.854775808",
    "9223372036854775807",
    "-9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "170141183460469231731687303715884105727",
    "-170141183460469231731687303715884105728",
    "99999999999999999999999999999999999999",
    "0.99999999999999999999999999999999999999",
    "253402300800",
    "8210266876799999",
    "1e18",
    "٣",
    "½",
];

/// What a date may be replaced by.
const DATES: [&str; 24] = [
    "",
    "2026-02-30",
    "2026-13-01",
    "2026-00-00",
    "0000-01-01",
    "0000-00-00",
    "9999-12-31",
    "9999-12-31T23:59:59Z",
    "9999-12-31T23:59:59-14:00",
    "0001-01-01T00:00:00+14:00",
    "10000-01-01",
    "+262142-12-31",
    "-262143-01-01",
    "99999999999-01-01",
    "2026-10-31T24:00:00Z",
    "2026-10-31T23:59:60Z",
    "2026-10-31T23:59:60.999999999999999999999Z",
    "2026-10-31T00:00:00+99:99",
    "2026-10-31T00:00:00+",
    "31/12/99999",
    "13/13/2026",
    "2026-W10",
    "202613",
    "1e9",
];

/// What a cell or a JSON value may be replaced by.
const CELLS: [&str; 26] = [
    "",
    " ",
    "null",
    "NULL",
    "true",
    "\"",
    "\"\"",
    "'",
    "=1+1",
    "{",
    "}",
    "{}",
    "[",
    "[]",
    "[[]]",
    "[{}]",
    "[null]",
    "{\"a\":}",
    "{\"\":{\"\":\"\"}}",
    "[{'amount': Decimal('-1')}]",
    "\\",
    "\\u0000",
    "\"\\ud800\"",
    "(((",
    "\u{feff}",
    "a=b,c",
];

/// Letters of two to four bytes, some of which are longer or shorter in lower case.
const LETTERS: [&str; 10] = ["é", "ß", "İ", "ﬁ", "€", "\u{2028}", "\u{85}", "𝟗", "\u{301}", "K"];

/// Bytes that are no UTF-8.
const WRONG: [&[u8]; 6] = [b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xf8\x88\x80\x80\x80", b"\xc0\xaf", b"\xe2\x82"];

/// A spoilt copy of text.
pub fn text(chance: &mut Chance, file: &[u8], others: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = file.to_vec();
    for _ in 0..1 + chance.below(4) {
        let way = if chance.once_in(3) { *chance.one(&BLIND) } else { *chance.one(&KNOWING) };
        way(chance, &mut bytes, others);
    }
    bytes.truncate(LARGEST);
    bytes
}

/// A spoilt copy of anything.
pub fn bytes(chance: &mut Chance, file: &[u8], others: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = file.to_vec();
    for _ in 0..1 + chance.below(3) {
        chance.one(&BLIND)(chance, &mut bytes, others);
    }
    bytes.truncate(LARGEST);
    bytes
}

fn flip(chance: &mut Chance, bytes: &mut Vec<u8>, _: &[Vec<u8>]) {
    let at = chance.below(bytes.len());
    if let Some(byte) = bytes.get_mut(at) {
        *byte ^= 1 << chance.below(8);
    }
}

fn set(chance: &mut Chance, bytes: &mut Vec<u8>, _: &[Vec<u8>]) {
    let at = chance.below(bytes.len());
    let value = if chance.once_in(2) { *chance.one(&[0u8, 0x7f, 0x80, 0xff]) } else { chance.next() as u8 };
    if let Some(byte) = bytes.get_mut(at) {
        *byte = value;
    }
}

fn insert(chance: &mut Chance, bytes: &mut Vec<u8>, _: &[Vec<u8>]) {
    let new: Vec<u8> = (0..1 + chance.below(8)).map(|_| chance.next() as u8).collect();
    put(chance, bytes, &new);
}

fn delete(chance: &mut Chance, bytes: &mut Vec<u8>, _: &[Vec<u8>]) {
    let most = if chance.once_in(4) { bytes.len() } else { 16 };
    bytes.drain(chance.range(bytes.len(), most));
}

fn duplicate(chance: &mut Chance, bytes: &mut Vec<u8>, _: &[Vec<u8>]) {
    let part = bytes[chance.range(bytes.len(), 400)].to_vec();
    let times = if chance.once_in(4) { 50 } else { 1 };
    put(chance, bytes, &part.repeat(times));
}

fn truncate(chance: &mut Chance, bytes: &mut Vec<u8>, _: &[Vec<u8>]) {
    bytes.truncate(chance.below(bytes.len() + 1));
}

/// The beginning of this file and the end of another.
fn splice(chance: &mut Chance, bytes: &mut Vec<u8>, others: &[Vec<u8>]) {
    let other = chance.one(others);
    bytes.truncate(chance.below(bytes.len() + 1));
    bytes.extend_from_slice(&other[chance.below(other.len() + 1)..]);
}

/// A part of another file in the middle of this one.
fn paste(chance: &mut Chance, bytes: &mut Vec<u8>, others: &[Vec<u8>]) {
    let other = chance.one(others);
    let part = &other[chance.range(other.len(), 200)];
    put(chance, bytes, part);
}

fn put(chance: &mut Chance, bytes: &mut Vec<u8>, new: &[u8]) {
    let at = chance.below(bytes.len() + 1);
    bytes.splice(at..at, new.iter().copied());
}

/// Some run of bytes of a kind.
fn run(chance: &mut Chance, bytes: &[u8], is: fn(u8) -> bool) -> Option<Range<usize>> {
    let from = chance.below(bytes.len());
    let some = |range: Range<usize>| range.into_iter().find(|at| is(bytes[*at]));
    let at = some(from..bytes.len()).or_else(|| some(0..from))?;
    let start = bytes[..at].iter().rposition(|byte| !is(*byte)).map_or(0, |before| before + 1);
    let end = bytes[at..].iter().position(|byte| !is(*byte)).map_or(bytes.len(), |behind| at + behind);
    Some(start..end)
}

fn replace(chance: &mut Chance, bytes: &mut Vec<u8>, is: fn(u8) -> bool, by: &[&str]) {
    if let Some(range) = run(chance, bytes, is) {
        bytes.splice(range, chance.one(by).bytes());
    }
}

fn number(chance: &mut Chance, bytes: &mut Vec<u8>, _: &[Vec<u8>]) {
    replace(chance, bytes, |byte| byte.is_ascii_digit() || byte == b'.', &NUMBERS);
}

fn date(chance: &mut Chance, bytes: &mut Vec<u8>, _: &[Vec<u8>]) {
    let is = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'-' | b':' | b'/' | b'T' | b'Z');
    replace(chance, bytes, is, &DATES);
}

fn cell(chance: &mut Chance, bytes: &mut Vec<u8>, _: &[Vec<u8>]) {
    let in_table = |byte: u8| !matches!(byte, b',' | b';' | b'\t' | b'|' | b'\n' | b'\r' | b'"');
    let in_json = |byte: u8| !matches!(byte, b',' | b':' | b'{' | b'}' | b'[' | b']' | b'\n');
    let is = if chance.once_in(2) { in_table } else { in_json };
    replace(chance, bytes, is, &CELLS);
}

/// A letter of several bytes in place of one of one byte, or beside it.
fn letter(chance: &mut Chance, bytes: &mut Vec<u8>, _: &[Vec<u8>]) {
    for _ in 0..1 + chance.below(3) {
        let at = chance.below(bytes.len() + 1);
        let end = if chance.once_in(2) { at } else { (at + 1).min(bytes.len()) };
        bytes.splice(at..end, chance.one(&LETTERS).bytes());
    }
}

fn wrong_utf8(chance: &mut Chance, bytes: &mut Vec<u8>, _: &[Vec<u8>]) {
    let new = *chance.one(&WRONG);
    put(chance, bytes, new);
}

fn nul(chance: &mut Chance, bytes: &mut Vec<u8>, _: &[Vec<u8>]) {
    let new = vec![0; 1 + chance.below(3)];
    put(chance, bytes, &new);
}

/// One separator instead of another, everywhere or once.
fn separators(chance: &mut Chance, bytes: &mut Vec<u8>, _: &[Vec<u8>]) {
    let all = [b',', b';', b'\t', b'|', b' ', b':', b'='];
    let (from, to) = (*chance.one(&all), *chance.one(&all));
    let everywhere = chance.once_in(2);
    let first = chance.below(bytes.len());
    for byte in bytes.iter_mut().skip(if everywhere { 0 } else { first }).filter(|byte| **byte == from) {
        *byte = to;
        if !everywhere {
            break;
        }
    }
}

fn quotes(chance: &mut Chance, bytes: &mut Vec<u8>, _: &[Vec<u8>]) {
    match chance.below(4) {
        0 => bytes.retain(|byte| *byte != b'"'),
        1 => bytes.iter_mut().filter(|byte| **byte == b'"').for_each(|byte| *byte = b'\''),
        _ => put(chance, bytes, b"\""),
    }
}

fn line_ends(chance: &mut Chance, bytes: &mut Vec<u8>, _: &[Vec<u8>]) {
    let by: &[u8] = *chance.one(&[b"\r\n" as &[u8], b"\r", b"\n\n", b"\r\r\n", b"\n \n", b"\n,\n"]);
    let only = chance.once_in(2).then(|| chance.below(20));
    let mut new = Vec::with_capacity(bytes.len());
    for (index, line) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
        match line.strip_suffix(b"\n").filter(|_| only.is_none_or(|only| only == index)) {
            Some(line) => new.extend([line, by].concat()),
            None => new.extend_from_slice(line),
        }
    }
    *bytes = new;
}

/// More columns in the first line, and sometimes in all; or one of its names twice.
fn columns(chance: &mut Chance, bytes: &mut Vec<u8>, _: &[Vec<u8>]) {
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    let first = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let names: Vec<&str> = first.split(',').collect();
    let most = if chance.once_in(8) { 25_000 } else { 2 };
    let many = *chance.one(&[1, 1, 1, 40, 300, most]);
    let mut more = String::new();
    for index in 0..many {
        more.push(',');
        match names.get(chance.below(names.len() * 2)) {
            Some(name) if many < 40 => more.push_str(name),
            _ => more.push_str(&format!("c{index}")),
        }
    }
    let in_all = many <= 300 && chance.once_in(2);
    let mut new = Vec::new();
    for (index, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        if index > 0 {
            new.push(b'\n');
        }
        new.extend_from_slice(line);
        if index == 0 {
            new.extend_from_slice(more.as_bytes());
        } else if in_all {
            new.extend(std::iter::repeat_n(b',', many));
        }
    }
    *bytes = new;
}

fn depth(chance: &mut Chance, bytes: &mut Vec<u8>, _: &[Vec<u8>]) {
    let deep = *chance.one(&[3usize, 63, 66, 130, 20_000]);
    let open = *chance.one(&["[", "{\"a\":", "(", "{"]);
    put(chance, bytes, open.repeat(deep).as_bytes());
}

fn brackets(chance: &mut Chance, bytes: &mut Vec<u8>, _: &[Vec<u8>]) {
    let is = |byte: u8| matches!(byte, b'{' | b'}' | b'[' | b']' | b'(' | b')');
    replace(chance, bytes, is, &["{", "}", "[", "]", "[{", "}]", "", "}{", "{}", "[]"]);
}

/// UTF-16, with a mark or without, or only a mark where none belongs.
fn encoding(chance: &mut Chance, bytes: &mut Vec<u8>, _: &[Vec<u8>]) {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let big = chance.once_in(2);
    let words = |mark: &str| -> Vec<u8> {
        let units = [mark, &text].concat();
        units.encode_utf16().flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
    };
    *bytes = match chance.below(4) {
        0 => words("\u{feff}"),
        1 => words(""),
        2 => [b"\xef\xbb\xbf", bytes.as_slice()].concat(),
        _ => text.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect(),
    };
}

/// More rows than the beginning that is looked at to find the format.
fn grow(chance: &mut Chance, bytes: &mut Vec<u8>, _: &[Vec<u8>]) {
    if !chance.once_in(4) {
        return;
    }
    let header = bytes.iter().position(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    let body = bytes[header..].to_vec();
    while !body.is_empty() && bytes.len() < 70_000 {
        bytes.extend_from_slice(&body);
    }
}
