//! Summing lines of one description and day into one row while a file is read.

use chrono::NaiveDate;
use foldhash::HashMap;
use marginline_model::{Currency, Money, Month};
use sqlx::Sqlite;

use super::block::PackedLine;
use super::key::{INSERT_KEY, INSERT_OUTLINE, SELECT_KEY, SELECT_OUTLINE};
use super::{CostRow, CostRows, Packer};
use crate::StoreError;
use crate::import::{Import, Place, ROWS_PER_STATEMENT, integer};

/// Rows held in memory before they are written; a description that comes up again later gets a row of its own.
const HELD: usize = 120_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Group {
    key: u32,
    billing_month: Month,
    usage_date: NaiveDate,
    covered_on: NaiveDate,
    currency: Currency,
}

/// A sum over the lines that hold the column.
#[derive(Debug, Clone, Copy, Default)]
struct Part {
    sum: Money,
    lines: u32,
}

impl Part {
    fn add(&mut self, value: Option<Money>) -> Option<Self> {
        let Some(value) = value else { return Some(*self) };
        let sum = self.sum + value;
        sum.fits_a_row().then_some(Self { sum, lines: self.lines + 1 })
    }
}

#[derive(Debug, Clone, Copy)]
struct Folded {
    ordinal: u64,
    scope: i64,
    lines: u32,
    parts: [Part; 5],
    place: Place,
}

/// The rows in the making, and the packed lines behind them.
#[derive(Debug, Default)]
pub(crate) struct Fold {
    /// Ledger ids of the reader's descriptions.
    ids: Vec<i64>,
    /// Whose claim a description falls under.
    sources: Vec<(String, String)>,
    groups: HashMap<Group, Folded>,
    /// Rows that grew too large to be summed further.
    full: Vec<(Group, Folded)>,
    next: u64,
    packer: Packer,
    lines: u64,
}

impl Fold {
    /// Was any line stored?
    pub(crate) fn is_used(&self) -> bool {
        self.lines > 0
    }
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
            self.fold.ids.push(id);
            self.fold.sources.push((key.source().to_owned(), key.billing_account.clone()));
        }
        for row in &rows.rows {
            self.fold_line(row).await?;
        }
        if self.fold.groups.len() > HELD {
            self.write_folded().await?;
        }
        Ok(())
    }

    async fn fold_line(&mut self, row: &CostRow) -> Result<(), StoreError> {
        let group = Group {
            key: row.key,
            billing_month: row.billing_month,
            usage_date: row.usage_date,
            covered_on: row.covered_on,
            currency: row.currency,
        };
        let values = [Some(row.billed), Some(row.effective), row.contracted, row.list, row.consumed];
        if let Some(folded) = self.fold.groups.get_mut(&group) {
            if let Some(ordinal) = folded.add(&values) {
                return self.pack(row, ordinal).await;
            }
            let full = *folded;
            self.fold.full.push((group, full));
        }
        let (source, account) = self
            .fold
            .sources
            .get(row.key as usize)
            .cloned()
            .ok_or_else(|| StoreError::Database("a line refers to no description".into()))?;
        let scope = self.claim("cost", &source, &account, &row.billing_month.to_string(), row.covered_on).await?;
        let ordinal = self.fold.next;
        self.fold.next += 1;
        let mut folded = Folded { ordinal, scope, lines: 0, parts: [Part::default(); 5], place: row.place };
        folded.add(&values).ok_or(StoreError::Overflow)?;
        self.fold.groups.insert(group, folded);
        self.pack(row, ordinal).await
    }

    async fn pack(&mut self, row: &CostRow, ordinal: u64) -> Result<(), StoreError> {
        self.fold.lines += 1;
        if self.fold.packer.push(PackedLine { ordinal, print: print(row), place: row.place }) {
            self.fold.packer.flush(&mut self.transaction, self.batch).await?;
        }
        Ok(())
    }

    /// Writes every row held, in the order they came up.
    pub(crate) async fn write_folded(&mut self) -> Result<(), StoreError> {
        let mut rows: Vec<(Group, Folded)> = std::mem::take(&mut self.fold.full);
        rows.extend(self.fold.groups.drain());
        rows.sort_unstable_by_key(|(_, folded)| folded.ordinal);
        for chunk in rows.chunks(ROWS_PER_STATEMENT) {
            let mut query = sqlx::QueryBuilder::<Sqlite>::new(
                "INSERT INTO cost (batch_id, scope_id, key_id, ordinal, lines, billing_month, usage_date, covered_on, \
                 currency, billed_nanos, billed_attos, effective_nanos, effective_attos, contracted_nanos, \
                 contracted_attos, contracted_lines, list_nanos, list_attos, list_lines, consumed_nanos, \
                 consumed_lines, byte_offset, byte_length) ",
            );
            let (batch, ids) = (self.batch, &self.fold.ids);
            query.push_values(chunk, |mut values, (group, folded)| {
                let [billed, effective, contracted, list, consumed] = folded.parts;
                let covered = (group.covered_on != group.usage_date).then(|| group.covered_on.to_string());
                values
                    .push_bind(batch)
                    .push_bind(folded.scope)
                    .push_bind(ids.get(group.key as usize).copied().unwrap_or_default())
                    .push_bind(integer(folded.ordinal))
                    .push_bind(i64::from(folded.lines))
                    .push_bind(group.billing_month.to_string())
                    .push_bind(group.usage_date.to_string())
                    .push_bind(covered)
                    .push_bind(group.currency.code().to_owned())
                    .push_bind(billed.sum.parts().0)
                    .push_bind(billed.sum.parts().1)
                    .push_bind(effective.sum.parts().0)
                    .push_bind(effective.sum.parts().1);
                for part in [contracted, list] {
                    let known = (part.lines > 0).then(|| part.sum.parts());
                    values
                        .push_bind(known.map(|parts| parts.0))
                        .push_bind(known.map(|parts| parts.1))
                        .push_bind(i64::from(part.lines));
                }
                values
                    .push_bind((consumed.lines > 0).then(|| consumed.sum.parts().0))
                    .push_bind(i64::from(consumed.lines))
                    .push_bind(integer(folded.place.offset))
                    .push_bind(integer(folded.place.length));
            });
            query.build().execute(&mut *self.transaction).await?;
        }
        Ok(())
    }

    /// Writes what is still held when the file has ended.
    pub(crate) async fn finish_cost(&mut self) -> Result<(), StoreError> {
        self.write_folded().await?;
        self.fold.packer.flush(&mut self.transaction, self.batch).await
    }
}

impl Folded {
    /// Adds a line; `None` when a sum would leave a row's range, and then nothing was added.
    fn add(&mut self, values: &[Option<Money>; 5]) -> Option<u64> {
        let mut parts = self.parts;
        for (part, value) in parts.iter_mut().zip(values) {
            *part = part.add(*value)?;
        }
        self.parts = parts;
        self.lines = self.lines.checked_add(1)?;
        Some(self.ordinal)
    }
}
