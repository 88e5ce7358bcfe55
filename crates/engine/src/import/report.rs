//! What an import tells: rows, totals, what it replaced, what it refused.

use std::collections::{BTreeMap, BTreeSet};

use marginline_model::Money;
use marginline_store::batch::{BatchTotal, QuarantineRow};
use marginline_store::difference::Difference;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::number;

/// A row that was not stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RowProblem {
    /// Line in the file, the header being 1.
    pub line: u64,
    /// Column at fault.
    pub column: String,
    /// What stood there.
    pub found: String,
    /// What was expected.
    pub expected: String,
}

impl From<&QuarantineRow> for RowProblem {
    fn from(row: &QuarantineRow) -> Self {
        Self { line: row.line, column: row.column.clone(), found: row.found.clone(), expected: row.expected.clone() }
    }
}

/// Rows of an earlier batch that the import replaced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReplacedReport {
    /// Earlier batch.
    pub batch: i64,
    /// Its rows that no longer count.
    pub rows: u64,
}

/// How new rows differ from those they replace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DifferenceReport {
    /// Rows that no earlier one stands behind.
    pub added: u64,
    /// Earlier rows without a successor.
    pub gone: u64,
    /// Rows whose amounts are others now.
    pub changed: u64,
    /// Rows that are as they were.
    pub same: u64,
    /// What moved, the largest first; at most fifty.
    pub moved: Vec<MovedReport>,
    /// Net movement of all, by currency or what is counted.
    pub total: Vec<MovedReport>,
}

/// Money or quantity that moved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MovedReport {
    /// Service, model or customer; empty for a total.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub subject: String,
    /// `YYYY-MM`; empty for a total.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub month: String,
    /// Currency, or what is counted.
    pub unit: String,
    /// Before, as a decimal string.
    pub before: String,
    /// After.
    pub after: String,
    /// After less before.
    pub change: String,
}

impl From<Difference> for DifferenceReport {
    fn from(difference: Difference) -> Self {
        let report = |subject: &str, month: &str, unit: &str, before: Money, after: Money| MovedReport {
            subject: subject.to_owned(),
            month: month.to_owned(),
            unit: unit.to_owned(),
            before: before.to_string(),
            after: after.to_string(),
            change: (after - before).to_string(),
        };
        let mut totals: BTreeMap<&str, (Money, Money)> = BTreeMap::new();
        for moved in &difference.moved {
            let total = totals.entry(&moved.unit).or_default();
            total.0 += moved.before;
            total.1 += moved.after;
        }
        Self {
            added: difference.added,
            gone: difference.gone,
            changed: difference.changed,
            same: difference.same,
            moved: difference
                .moved
                .iter()
                .take(50)
                .map(|moved| report(&moved.subject, &moved.month, &moved.unit, moved.before, moved.after))
                .collect(),
            total: totals.iter().map(|(unit, (before, after))| report("", "", unit, *before, *after)).collect(),
        }
    }
}

/// What an import of one file did.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BatchReport {
    /// Batch id; of the earlier batch when the file was there already.
    pub id: i64,
    /// Format id.
    pub format: String,
    /// File name.
    pub source: String,
    /// Role.
    pub role: String,
    /// Data rows in the file.
    pub rows_read: u64,
    /// Rows stored.
    pub rows_stored: u64,
    /// Rows that the ledger had already, because the same file is there.
    pub rows_duplicate: u64,
    /// Rows in quarantine.
    pub rows_quarantined: u64,
    /// Control totals, an object a currency or unit.
    pub totals: Vec<Map<String, Value>>,
    /// Rows replaced in earlier batches.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub replaced: Vec<ReplacedReport>,
    /// How the rows differ from those they replace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub difference: Option<DifferenceReport>,
    /// Rows that were not stored.
    pub problems: Vec<RowProblem>,
    /// What may count twice beside earlier batches; a person has to say.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub doubts: Vec<String>,
    /// How the file was decoded, where that needs saying.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<&'static str>,
    /// Format with version, for people.
    #[serde(skip)]
    pub label: String,
    /// The same content was there already.
    #[serde(skip)]
    pub already: bool,
    /// Batches that claim the days of its rows, be it without a row of theirs.
    #[serde(skip)]
    pub met: BTreeSet<i64>,
}

impl BatchReport {
    /// Should somebody look before it counts?
    #[must_use]
    pub fn waits(&self) -> bool {
        !self.replaced.is_empty() || !self.doubts.is_empty()
    }

    /// What happened to the file, in a line.
    #[must_use]
    pub fn headline(&self) -> String {
        if self.already {
            return format!("{}: already imported as batch {}; nothing was stored", self.source, self.id);
        }
        let label = if self.label.is_empty() { super::format_label(&self.format) } else { &self.label };
        let mut text = format!(
            "{}: {label}, batch {}, {} of {} rows stored",
            self.source,
            self.id,
            number::count(self.rows_stored),
            number::count(self.rows_read)
        );
        if self.rows_quarantined > 0 {
            text.push_str(&format!(", {} in quarantine", number::count(self.rows_quarantined)));
        }
        text
    }
}

/// A text that was kept instead of rows: rules, a scenario or a mapping.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DocumentReport {
    /// `rules`, `scenario` or `mapping`.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
}

/// What an import did.
#[derive(Debug, Clone, PartialEq, Serialize, Default)]
pub struct ImportReport {
    /// One entry a file of rows.
    pub batches: Vec<BatchReport>,
    /// One entry a text kept.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub documents: Vec<DocumentReport>,
    /// Nothing was stored, because rows would be replaced or may count twice, and somebody wanted to see that first.
    #[serde(skip)]
    pub held: bool,
}

impl ImportReport {
    /// Does something need a look?
    #[must_use]
    pub fn needs_a_look(&self) -> bool {
        self.batches.iter().any(|batch| batch.rows_quarantined > 0 || !batch.doubts.is_empty())
    }
}

/// Control totals as objects: `{"currency":"USD","billed":"…",…}`, or `unit` where it is no money.
#[must_use]
pub fn totals_as_objects(totals: &[BatchTotal]) -> Vec<Map<String, Value>> {
    let mut objects: Vec<Map<String, Value>> = Vec::new();
    for total in totals {
        let money = total.unit.len() == 3 && total.unit.bytes().all(|b| b.is_ascii_uppercase());
        let name = if money { "currency" } else { "unit" };
        let here = objects.iter().position(|object| object.get(name).and_then(Value::as_str) == Some(&total.unit));
        let index = here.unwrap_or_else(|| {
            objects.push(Map::from_iter([(name.to_owned(), Value::from(total.unit.clone()))]));
            objects.len() - 1
        });
        objects[index].insert(total.measure.clone(), Value::from(total.total.clone()));
        if total.residue != "0" {
            objects[index].insert(format!("{}_residue", total.measure), Value::from(total.residue.clone()));
        }
    }
    objects
}
