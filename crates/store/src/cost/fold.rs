//! Summing lines of one description and day into one row while a file is read.

use std::collections::VecDeque;
use std::sync::{Arc, LazyLock};

use chrono::NaiveDate;
use foldhash::HashMap;
use marginline_model::{Currency, Money, Month};
use sqlx::sqlite::SqliteArguments;
use sqlx::{AssertSqlSafe, Sqlite};

use super::block::PackedLine;
use super::key::{INSERT_KEY, INSERT_OUTLINE, SELECT_KEY, SELECT_OUTLINE};
use super::month::Months;
use super::{CostRow, CostRows, Packer};
use crate::StoreError;
use crate::import::{Import, Place, integer};

/// Rows to a statement; larger ones leave the processor's cache.
const ROWS_PER_STATEMENT: usize = 256;
/// Chunks without a line of a day until the day's rows are written.
const CHUNKS_APART: usize = 8;

/// Rows held in memory before they are written; a description that comes up again later gets a row of its own.
const HELD: usize = 120_000;

/// When and in what a line was charged: what lines of one row share besides their description.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Day {
    billing_month: Month,
    usage_date: NaiveDate,
    covered_on: NaiveDate,
    currency: Currency,
}

impl Day {
    fn of(row: &CostRow) -> Self {
        let CostRow { billing_month, usage_date, covered_on, currency, .. } = *row;
        Self { billing_month, usage_date, covered_on, currency }
    }
}

#[derive(Debug, Clone, Copy)]
struct Folded {
    key: u32,
    day: u32,
    ordinal: u64,
    scope: i64,
    lines: u32,
    sums: [Money; 5],
    /// Lines that hold each amount.
    holding: [u32; 5],
    place: Place,
}

/// What the ledger knows of one of the reader's descriptions.
#[derive(Debug)]
struct Known {
    id: i64,
    outline: i64,
    /// Whose claim it falls under.
    source: String,
    account: String,
}

/// The rows in the making, and the packed lines behind them.
#[derive(Debug, Default)]
pub(crate) struct Fold {
    known: Vec<Known>,
    days: Vec<Day>,
    day_numbers: HashMap<Day, u32>,
    last_day: Option<(Day, u32)>,
    /// Where in `rows` a day and description are summed.
    places: HashMap<u64, u32>,
    rows: Vec<Folded>,
    months: Months,
    /// First days of the last few chunks: what is older than all of them is unlikely to come up again.
    firsts: VecDeque<NaiveDate>,
    /// Rows older than this are written.
    written: NaiveDate,
    next: u64,
    packer: Packer,
    lines: u64,
}

impl Fold {
    /// Was any line stored?
    pub(crate) fn is_used(&self) -> bool {
        self.lines > 0
    }

    fn day(&mut self, row: &CostRow) -> u32 {
        let day = Day::of(row);
        if let Some((_, number)) = self.last_day.filter(|(last, _)| *last == day) {
            return number;
        }
        let number = *self.day_numbers.entry(day).or_insert_with(|| {
            self.days.push(day);
            (self.days.len() - 1) as u32
        });
        self.last_day = Some((day, number));
        number
    }

    /// The row a line was added to; `None` when it needs a new one.
    fn add(&mut self, key: u32, day: u32, values: &[Option<Money>; 5]) -> Option<u64> {
        let place = *self.places.get(&place_of(key, day))?;
        self.rows.get_mut(place as usize)?.add(values)
    }

    /// Packs a line; true when a block is full.
    fn pack(&mut self, row: &CostRow, ordinal: u64) -> bool {
        self.lines += 1;
        self.packer.push(PackedLine { ordinal, print: print(row), place: row.place })
    }

    /// The day before which rows can be written: files in order of time are done with it.
    fn settled(&mut self, rows: &[CostRow]) -> Option<NaiveDate> {
        self.firsts.push_back(rows.iter().map(|row| row.usage_date).min()?);
        if self.firsts.len() <= CHUNKS_APART {
            return None;
        }
        self.firsts.pop_front();
        let first = self.firsts.iter().min().copied()?;
        (first > self.written).then(|| {
            self.written = first;
            first
        })
    }

    /// Takes out the rows of days before `until`, or all of them.
    fn take(&mut self, until: Option<NaiveDate>) -> Vec<Folded> {
        self.places.clear();
        let Some(until) = until else { return std::mem::take(&mut self.rows) };
        let days = &self.days;
        let old = |row: &Folded| days.get(row.day as usize).is_some_and(|day| day.usage_date < until);
        let (taken, kept) = self.rows.iter().partition(|row| old(row));
        self.rows = kept;
        for (place, row) in self.rows.iter().enumerate() {
            // Of rows for one place the last is the one that is not full.
            self.places.insert(place_of(row.key, row.day), place as u32);
        }
        taken
    }
}

fn place_of(key: u32, day: u32) -> u64 {
    u64::from(day) << 32 | u64::from(key)
}

/// Two lines with equal amounts have equal prints.
fn print(row: &CostRow) -> u32 {
    let mut hash = 0xcbf2_9ce4_8422_2325u64;
    for part in [Some(row.billed), Some(row.effective), row.contracted, row.list, row.consumed] {
        let value = part.map_or(i128::MIN, Money::attos);
        for half in [value as u64, (value >> 64) as u64] {
            hash = (hash ^ half).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            hash ^= hash >> 29;
        }
    }
    (hash ^ (hash >> 32)) as u32
}

impl Import {
    pub(crate) async fn store_cost(&mut self, rows: &CostRows) -> Result<(), StoreError> {
        for key in &rows.keys {
            let outline =
                self.outlines.id(&mut self.transaction, INSERT_OUTLINE, SELECT_OUTLINE, &key.outline_words()).await?;
            let id = self.keys.id(&mut self.transaction, INSERT_KEY, SELECT_KEY, &key.words()).await?;
            if self.keys.was_new() {
                sqlx::query("UPDATE cost_key SET outline_id = ? WHERE id = ?")
                    .bind(outline)
                    .bind(id)
                    .execute(&mut *self.transaction)
                    .await?;
            }
            let (source, account) = (key.source().to_owned(), key.billing_account.clone());
            self.fold.known.push(Known { id, outline, source, account });
        }
        for row in &rows.rows {
            let values = [Some(row.billed), Some(row.effective), row.contracted, row.list, row.consumed];
            let day = self.fold.day(row);
            let ordinal = match self.fold.add(row.key, day, &values) {
                Some(ordinal) => ordinal,
                None => self.new_row(row, day, &values).await?,
            };
            if self.fold.pack(row, ordinal) {
                self.fold.packer.flush(&mut self.transaction, self.batch).await?;
            }
        }
        if let Some(until) = self.fold.settled(&rows.rows) {
            self.write_folded(Some(until)).await?;
        }
        if self.fold.rows.len() > HELD {
            self.write_folded(None).await?;
        }
        Ok(())
    }

    /// Begins a row with its first line; one for the same description and day may be full.
    async fn new_row(&mut self, row: &CostRow, day: u32, values: &[Option<Money>; 5]) -> Result<u64, StoreError> {
        let known = self.fold.known.get(row.key as usize);
        let known = known.ok_or_else(|| StoreError::Database("a line refers to no description".into()))?;
        let (source, account) = (known.source.clone(), known.account.clone());
        let scope = self.claim("cost", &source, &account, &row.billing_month.to_string(), row.covered_on).await?;
        let ordinal = self.fold.next;
        let (sums, holding) = ([Money::ZERO; 5], [0; 5]);
        let mut folded = Folded { key: row.key, day, ordinal, scope, lines: 0, sums, holding, place: row.place };
        folded.add(values).ok_or(StoreError::Overflow)?;
        self.fold.next += 1;
        self.fold.places.insert(place_of(row.key, day), self.fold.rows.len() as u32);
        self.fold.rows.push(folded);
        Ok(ordinal)
    }

    /// Writes the rows held, or those of days before `until`, in the order they came up.
    async fn write_folded(&mut self, until: Option<NaiveDate>) -> Result<(), StoreError> {
        let rows = self.fold.take(until);
        for chunk in rows.chunks(ROWS_PER_STATEMENT) {
            let mut arguments = SqliteArguments::default();
            for folded in chunk {
                self.bind(folded, &mut arguments)?;
            }
            let sql = if chunk.len() == ROWS_PER_STATEMENT { FULL.clone() } else { insert(chunk.len()) };
            sqlx::query_with(AssertSqlSafe(sql), arguments).execute(&mut *self.transaction).await?;
        }
        Ok(())
    }

    /// The values of a row in the order of [`insert`]; its month learns of it too.
    fn bind(&mut self, folded: &Folded, arguments: &mut SqliteArguments) -> Result<(), StoreError> {
        let missing = || StoreError::Database("a row refers to no description or day".into());
        let known = self.fold.known.get(folded.key as usize).ok_or_else(missing)?;
        let day = self.fold.days.get(folded.day as usize).ok_or_else(missing)?;
        let parts = std::array::from_fn(|index| (folded.sums[index].parts(), folded.holding[index]));
        self.fold.months.add(
            known.outline,
            (day.billing_month, Month::of(day.usage_date), day.currency),
            folded.lines,
            &parts,
        );
        let mut values = Values(arguments);
        for id in [self.batch, folded.scope, known.id, integer(folded.ordinal), i64::from(folded.lines)] {
            values.push(id)?;
        }
        values.push(day.billing_month.to_string())?;
        values.push(day.usage_date.to_string())?;
        values.push((day.covered_on != day.usage_date).then(|| day.covered_on.to_string()))?;
        values.push(day.currency.code().to_owned())?;
        let [(billed, _), (effective, _), contracted, list, (consumed, consumed_lines)] = parts;
        for whole in [billed.0, billed.1, effective.0, effective.1] {
            values.push(whole)?;
        }
        for (sum, lines) in [contracted, list] {
            values.push((lines > 0).then_some(sum.0))?;
            values.push((lines > 0).then_some(sum.1))?;
            values.push(i64::from(lines))?;
        }
        values.push((consumed_lines > 0).then_some(consumed.0))?;
        values.push(i64::from(consumed_lines))?;
        values.push(integer(folded.place.offset))?;
        values.push(integer(folded.place.length))
    }

    /// Writes the sums by month of the batch, of which nothing can be replaced yet.
    pub(crate) async fn write_months(&mut self) -> Result<(), StoreError> {
        self.fold.months.write(&mut self.transaction, self.batch).await
    }

    /// Writes what is still held when the file has ended.
    pub(crate) async fn finish_cost(&mut self) -> Result<(), StoreError> {
        self.write_folded(None).await?;
        self.fold.packer.flush(&mut self.transaction, self.batch).await
    }
}

struct Values<'a>(&'a mut SqliteArguments);

impl Values<'_> {
    fn push<'q, T: sqlx::Encode<'q, Sqlite> + sqlx::Type<Sqlite>>(&mut self, value: T) -> Result<(), StoreError> {
        sqlx::Arguments::add(self.0, value).map_err(|error| StoreError::Database(error.to_string()))
    }
}

static FULL: LazyLock<Arc<str>> = LazyLock::new(|| insert(ROWS_PER_STATEMENT));

/// The statement that writes so many rows.
fn insert(rows: usize) -> Arc<str> {
    let mut sql = String::from(
        "INSERT INTO cost (batch_id, scope_id, key_id, ordinal, lines, billing_month, usage_date, covered_on, \
         currency, billed_nanos, billed_attos, effective_nanos, effective_attos, contracted_nanos, contracted_attos, \
         contracted_lines, list_nanos, list_attos, list_lines, consumed_nanos, consumed_lines, byte_offset, \
         byte_length) VALUES ",
    );
    let row = format!("({})", ["?"; 23].join(", "));
    sql.push_str(&vec![row; rows].join(", "));
    sql.into()
}

impl Folded {
    /// Adds a line; `None` when a sum would leave a row's range, and then nothing was added.
    fn add(&mut self, values: &[Option<Money>; 5]) -> Option<u64> {
        let lines = self.lines.checked_add(1)?;
        let mut fits = true;
        let sums = std::array::from_fn(|index| {
            let sum = self.sums[index] + values[index].unwrap_or_default();
            fits &= sum.fits_a_row();
            sum
        });
        if !fits {
            return None;
        }
        (self.sums, self.lines) = (sums, lines);
        for (holding, value) in self.holding.iter_mut().zip(values) {
            *holding += u32::from(value.is_some());
        }
        Some(self.ordinal)
    }
}
