//! Lines of a bill packed: for each the row of `cost` it was summed into, a print of its amounts, and its place.
//!
//! Numbers are written as differences to the line before, seven bits to a byte, and the whole compressed: about
//! eight bytes a line, where a row of a table takes a hundred and fifty.

use sqlx::SqliteConnection;

use crate::StoreError;
use crate::import::{Place, integer};

/// Lines in a block.
const LINES: u32 = 65_536;

/// One packed line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PackedLine {
    /// Row of `cost` in the same batch.
    pub ordinal: u64,
    /// Print of the line's amounts: equal for equal amounts.
    pub print: u32,
    /// Where it stands.
    pub place: Place,
}

/// Packs lines as they come.
#[derive(Debug, Default)]
pub(crate) struct Packer {
    first: u64,
    lines: u32,
    body: Vec<u8>,
    before: (u64, u64),
}

impl Packer {
    /// Adds a line; true when the block is full.
    pub(crate) fn push(&mut self, line: PackedLine) -> bool {
        let (ordinal, end) = self.before;
        write_signed(&mut self.body, line.ordinal as i64 - ordinal as i64);
        self.body.extend_from_slice(&line.print.to_le_bytes());
        write_signed(&mut self.body, line.place.offset as i64 - end as i64);
        write_unsigned(&mut self.body, line.place.length);
        self.before = (line.ordinal, line.place.offset + line.place.length);
        self.lines += 1;
        self.lines == LINES
    }

    /// Writes what is packed so far as a block.
    pub(crate) async fn flush(&mut self, connection: &mut SqliteConnection, batch: i64) -> Result<(), StoreError> {
        if self.lines == 0 {
            return Ok(());
        }
        let body = zstd::bulk::compress(&self.body, 1)
            .map_err(|error| StoreError::Database(format!("lines cannot be packed: {error}")))?;
        sqlx::query("INSERT INTO cost_block (batch_id, first_line, lines, body) VALUES (?, ?, ?, ?)")
            .bind(batch)
            .bind(integer(self.first))
            .bind(i64::from(self.lines))
            .bind(body)
            .execute(connection)
            .await?;
        *self =
            Self { first: self.first + u64::from(self.lines), body: std::mem::take(&mut self.body), ..Self::default() };
        self.body.clear();
        Ok(())
    }
}

/// Reads a block back.
///
/// # Errors
/// When the block is damaged.
pub fn unpack(body: &[u8], lines: usize) -> Result<Vec<PackedLine>, StoreError> {
    let damaged = || StoreError::Database("a block of packed lines is damaged".into());
    let body = zstd::stream::decode_all(body).map_err(|_| damaged())?;
    let mut rest = body.as_slice();
    let (mut ordinal, mut end) = (0i64, 0i64);
    let mut unpacked = Vec::with_capacity(lines.min(LINES as usize));
    for _ in 0..lines {
        ordinal += read_signed(&mut rest).ok_or_else(damaged)?;
        let (print, after) = rest.split_first_chunk::<4>().ok_or_else(damaged)?;
        rest = after;
        let offset = end + read_signed(&mut rest).ok_or_else(damaged)?;
        let length = read_unsigned(&mut rest).ok_or_else(damaged)?;
        end = offset + length as i64;
        unpacked.push(PackedLine {
            ordinal: ordinal.unsigned_abs(),
            print: u32::from_le_bytes(*print),
            place: Place { offset: offset.unsigned_abs(), length },
        });
    }
    Ok(unpacked)
}

fn write_signed(body: &mut Vec<u8>, value: i64) {
    write_unsigned(body, ((value << 1) ^ (value >> 63)) as u64);
}

fn write_unsigned(body: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        body.push(value as u8 | 0x80);
        value >>= 7;
    }
    body.push(value as u8);
}

fn read_signed(rest: &mut &[u8]) -> Option<i64> {
    let value = read_unsigned(rest)?;
    Some((value >> 1) as i64 ^ -((value & 1) as i64))
}

fn read_unsigned(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0u64;
    for shift in (0..64).step_by(7) {
        let (byte, after) = rest.split_first()?;
        *rest = after;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}
