//! What a batch changed: its rows beside those of earlier batches that it replaced.
//!
//! Rows meet by what describes them and their day. Under one description equal rows are the same row; of the
//! others, as many as can be paired are changed, and the rest were added or are gone.

use std::collections::{BTreeMap, HashMap};

use marginline_model::Money;
use sqlx::{Row, SqliteConnection};

use crate::cost::{PackedLine, unpack};
use crate::{Ledger, StoreError};

/// What a batch changed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Difference {
    /// Rows that no earlier one stands behind.
    pub added: u64,
    /// Earlier rows without a successor.
    pub gone: u64,
    /// Rows whose amounts are others now.
    pub changed: u64,
    /// Rows that are as they were.
    pub same: u64,
    /// Money or quantity that moved, by description, the largest first; all of it.
    pub moved: Vec<Moved>,
}

/// What one description came to before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// What it is: a service, a model, a customer.
    pub subject: String,
    /// `YYYY-MM`.
    pub month: String,
    /// Currency, or what is counted.
    pub unit: String,
    /// Before; of bills BilledCost.
    pub before: Money,
    /// After.
    pub after: Money,
}

/// One side of a description: lines, amounts, and where the single lines are found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Side {
    lines: u64,
    amounts: Vec<(i64, i64)>,
    rows: Vec<(i64, u64)>,
}

type Groups = HashMap<(i64, String, String, String), Side>;

const OLD_COST: &str = "SELECT key_id, billing_month, usage_date, currency, lines, billed_nanos, billed_attos, \
     effective_nanos, effective_attos, contracted_nanos, contracted_attos, list_nanos, list_attos, batch_id, ordinal \
     FROM cost WHERE replaced_by = ?";
const NEW_COST: &str = "SELECT key_id, billing_month, usage_date, currency, lines, billed_nanos, billed_attos, \
     effective_nanos, effective_attos, contracted_nanos, contracted_attos, list_nanos, list_attos, batch_id, ordinal \
     FROM cost WHERE batch_id = ?";

/// What describes a row of the other tables, what it holds, the subject to show, its month, unit and amount.
const OTHERS: [(&str, &str); 7] = [
    (
        "SELECT key_id || '|' || usage_date, COALESCE(requests, '') || '|' || input_tokens || '|' || cache_read_tokens \
         || '|' || cache_write_5m_tokens || '|' || cache_write_1h_tokens || '|' || output_tokens || '|' || \
         COALESCE(quantity_nanos, '') || '|' || COALESCE(claimed_currency || claimed_nanos || '.' || claimed_attos, ''), \
         k.provider || ' ' || k.model, substr(usage_date, 1, 7), CASE k.unit WHEN '' THEN 'tokens' ELSE k.unit END, \
         input_tokens + cache_read_tokens + cache_write_5m_tokens + cache_write_1h_tokens + output_tokens + \
         COALESCE(quantity_nanos / 1000000000, 0), COALESCE(quantity_nanos % 1000000000, 0) \
         FROM token_usage JOIN usage_key k ON k.id = key_id WHERE replaced_by = ?1 AND batch_id < ?1",
        "SELECT key_id || '|' || usage_date, COALESCE(requests, '') || '|' || input_tokens || '|' || cache_read_tokens \
         || '|' || cache_write_5m_tokens || '|' || cache_write_1h_tokens || '|' || output_tokens || '|' || \
         COALESCE(quantity_nanos, '') || '|' || COALESCE(claimed_currency || claimed_nanos || '.' || claimed_attos, ''), \
         k.provider || ' ' || k.model, substr(usage_date, 1, 7), CASE k.unit WHEN '' THEN 'tokens' ELSE k.unit END, \
         input_tokens + cache_read_tokens + cache_write_5m_tokens + cache_write_1h_tokens + output_tokens + \
         COALESCE(quantity_nanos / 1000000000, 0), COALESCE(quantity_nanos % 1000000000, 0) \
         FROM token_usage JOIN usage_key k ON k.id = key_id WHERE batch_id = ?1 AND (replaced_by IS NULL OR replaced_by > ?1)",
    ),
    (
        "SELECT key_id || '|' || usage_date || '|' || hour, allocated_nanos || '|' || COALESCE(busy_nanos, ''), \
         k.gpu || ' ' || k.pool, substr(usage_date, 1, 7), 'GPU hours', allocated_nanos / 1000000000, \
         allocated_nanos % 1000000000 FROM gpu_hours JOIN gpu_key k ON k.id = key_id WHERE replaced_by = ?",
        "SELECT key_id || '|' || usage_date || '|' || hour, allocated_nanos || '|' || COALESCE(busy_nanos, ''), \
         k.gpu || ' ' || k.pool, substr(usage_date, 1, 7), 'GPU hours', allocated_nanos / 1000000000, \
         allocated_nanos % 1000000000 FROM gpu_hours JOIN gpu_key k ON k.id = key_id WHERE batch_id = ?",
    ),
    (
        "SELECT invoice_id || '|' || invoice_date || '|' || customer || '|' || product || '|' || kind || '|' || \
         service_start, service_end || '|' || currency || '|' || amount_nanos || '|' || amount_attos, customer, substr(invoice_date, 1, 7), \
         currency, amount_nanos / 1000000000, amount_nanos % 1000000000 FROM revenue WHERE replaced_by = ?",
        "SELECT invoice_id || '|' || invoice_date || '|' || customer || '|' || product || '|' || kind || '|' || \
         service_start, service_end || '|' || currency || '|' || amount_nanos || '|' || amount_attos, customer, substr(invoice_date, 1, 7), \
         currency, amount_nanos / 1000000000, amount_nanos % 1000000000 FROM revenue WHERE batch_id = ?",
    ),
    (
        "SELECT month || '|' || measure || '|' || product, currency || '|' || amount_nanos || '|' || amount_attos, \
         measure || ' ' || product, month, currency, amount_nanos / 1000000000, amount_nanos % 1000000000 \
         FROM budget WHERE replaced_by = ?",
        "SELECT month || '|' || measure || '|' || product, currency || '|' || amount_nanos || '|' || amount_attos, \
         measure || ' ' || product, month, currency, amount_nanos / 1000000000, amount_nanos % 1000000000 \
         FROM budget WHERE batch_id = ?",
    ),
    (
        "SELECT issuer || '|' || number || '|' || month, currency || '|' || net_nanos || '|' || net_attos || '|' || \
         COALESCE(tax_nanos || '.' || tax_attos, ''), issuer, month, currency, net_nanos / 1000000000, \
         net_nanos % 1000000000 FROM invoice WHERE replaced_by = ?",
        "SELECT issuer || '|' || number || '|' || month, currency || '|' || net_nanos || '|' || net_attos || '|' || \
         COALESCE(tax_nanos || '.' || tax_attos, ''), issuer, month, currency, net_nanos / 1000000000, \
         net_nanos % 1000000000 FROM invoice WHERE batch_id = ?",
    ),
    (
        "SELECT source || '|' || base || '|' || quote || '|' || date, rate, base || ' ' || quote, substr(date, 1, 7), 'rate', 0, 0 \
         FROM exchange_rate WHERE replaced_by = ?",
        "SELECT source || '|' || base || '|' || quote || '|' || date, rate, base || ' ' || quote, substr(date, 1, 7), 'rate', 0, 0 \
         FROM exchange_rate WHERE batch_id = ?",
    ),
    (
        "SELECT source || '|' || contract || '|' || resource || '|' || provider || '|' || item || '|' || class || '|' || region || '|' || \
         purchase || '|' || service_tier || '|' || above_tokens || '|' || window || '|' || valid_from, amount || '|' || currency || '|' || per || '|' || COALESCE(valid_to, ''), \
         provider || ' ' || item, substr(observed, 1, 7), 'price', 0, 0 FROM price WHERE replaced_by = ?",
        "SELECT source || '|' || contract || '|' || resource || '|' || provider || '|' || item || '|' || class || '|' || region || '|' || \
         purchase || '|' || service_tier || '|' || above_tokens || '|' || window || '|' || valid_from, amount || '|' || currency || '|' || per || '|' || COALESCE(valid_to, ''), \
         provider || ' ' || item, substr(observed, 1, 7), 'price', 0, 0 FROM price WHERE batch_id = ?",
    ),
];

type Totals = BTreeMap<(String, String, String), (Money, Money)>;

pub(crate) async fn difference(connection: &mut SqliteConnection, batch: i64) -> Result<Difference, StoreError> {
    let mut difference = Difference::default();
    let mut totals = Totals::new();
    let old = groups(connection, OLD_COST, batch).await?;
    if old.is_empty() {
        for (old, new) in OTHERS {
            others(connection, (old, new), batch, &mut difference, &mut totals).await?;
        }
    } else {
        let new = groups(connection, NEW_COST, batch).await?;
        bills(connection, &old, &new, &mut difference).await?;
        money_moved(connection, &old, &new, &mut totals).await?;
    }
    difference.moved = totals
        .into_iter()
        .filter(|(_, (before, after))| before != after)
        .map(|((subject, month, unit), (before, after))| Moved { subject, month, unit, before, after })
        .collect();
    difference.moved.sort_by_key(|moved| std::cmp::Reverse((moved.after - moved.before).attos().unsigned_abs()));
    Ok(difference)
}

async fn groups(connection: &mut SqliteConnection, sql: &'static str, batch: i64) -> Result<Groups, StoreError> {
    let mut groups = Groups::new();
    for row in sqlx::query(sql).bind(batch).fetch_all(&mut *connection).await? {
        let side = groups.entry((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?, row.try_get(3)?)).or_default();
        side.lines += row.try_get::<i64, _>(4)?.unsigned_abs();
        let amounts: Vec<i64> = (5..13)
            .map(|index| Ok(row.try_get::<Option<i64>, _>(index)?.unwrap_or(i64::MIN)))
            .collect::<Result<_, StoreError>>()?;
        side.amounts.extend(amounts.chunks(2).map(|pair| (pair[0], pair[1])));
        side.rows.push((row.try_get(13)?, row.try_get::<i64, _>(14)?.unsigned_abs()));
    }
    Ok(groups)
}

/// Lines of a bill: descriptions that came to the same are the same; in the others single lines are compared.
async fn bills(
    connection: &mut SqliteConnection,
    old: &Groups,
    new: &Groups,
    difference: &mut Difference,
) -> Result<(), StoreError> {
    let mut unequal = Vec::new();
    for (key, before) in old {
        match new.get(key) {
            None => difference.gone += before.lines,
            Some(after) if after.lines == before.lines && after.amounts == before.amounts => {
                difference.same += after.lines;
            }
            Some(after) => unequal.push((before, after)),
        }
    }
    difference.added += new.iter().filter(|(key, _)| !old.contains_key(*key)).map(|(_, side)| side.lines).sum::<u64>();
    let wanted: HashMap<(i64, u64), ()> = unequal
        .iter()
        .flat_map(|(before, after)| before.rows.iter().chain(&after.rows))
        .map(|row| (*row, ()))
        .collect();
    let prints = prints(connection, &wanted).await?;
    for (before, after) in unequal {
        let count = |side: &Side| {
            let mut counts: BTreeMap<u32, u64> = BTreeMap::new();
            for print in side.rows.iter().filter_map(|row| prints.get(row)).flatten() {
                *counts.entry(*print).or_default() += 1;
            }
            counts
        };
        let (had, has) = (count(before), count(after));
        let same: u64 = had.iter().map(|(print, n)| (*n).min(has.get(print).copied().unwrap_or(0))).sum();
        let (lost, gained) = (before.lines - same.min(before.lines), after.lines - same.min(after.lines));
        let changed = lost.min(gained);
        difference.same += same;
        difference.changed += changed;
        difference.gone += lost - changed;
        difference.added += gained - changed;
    }
    Ok(())
}

/// Prints of the single lines behind some rows.
async fn prints(
    connection: &mut SqliteConnection,
    wanted: &HashMap<(i64, u64), ()>,
) -> Result<HashMap<(i64, u64), Vec<u32>>, StoreError> {
    let mut batches: Vec<i64> = wanted.keys().map(|(batch, _)| *batch).collect();
    batches.sort_unstable();
    batches.dedup();
    let mut prints: HashMap<(i64, u64), Vec<u32>> = HashMap::new();
    for batch in batches {
        let blocks = sqlx::query("SELECT lines, body FROM cost_block WHERE batch_id = ? ORDER BY first_line")
            .bind(batch)
            .fetch_all(&mut *connection)
            .await?;
        for block in blocks {
            let lines: i64 = block.try_get(0)?;
            let body: Vec<u8> = block.try_get(1)?;
            for PackedLine { ordinal, print, .. } in unpack(&body, usize::try_from(lines).unwrap_or(0))? {
                if wanted.contains_key(&(batch, ordinal)) {
                    prints.entry((batch, ordinal)).or_default().push(print);
                }
            }
        }
    }
    Ok(prints)
}

async fn money_moved(
    connection: &mut SqliteConnection,
    old: &Groups,
    new: &Groups,
    totals: &mut Totals,
) -> Result<(), StoreError> {
    let mut services: HashMap<i64, String> = HashMap::new();
    for row in sqlx::query("SELECT id, CASE service WHEN '' THEN provider ELSE service END FROM cost_key")
        .fetch_all(&mut *connection)
        .await?
    {
        services.insert(row.try_get(0)?, row.try_get(1)?);
    }
    for (groups, is_new) in [(old, false), (new, true)] {
        for ((key, month, _, currency), side) in groups {
            let subject = services.get(key).cloned().unwrap_or_default();
            let total = totals.entry((subject, month.clone(), currency.clone())).or_default();
            // Of each row four pairs stand there; the first is BilledCost.
            let billed: Money = side.amounts.iter().step_by(4).map(|(n, a)| Money::from_parts(*n, *a)).sum();
            if is_new { total.1 += billed } else { total.0 += billed }
        }
    }
    Ok(())
}

async fn others(
    connection: &mut SqliteConnection,
    (old, new): (&'static str, &'static str),
    batch: i64,
    difference: &mut Difference,
    totals: &mut Totals,
) -> Result<(), StoreError> {
    let before = sqlx::query(old).bind(batch).fetch_all(&mut *connection).await?;
    if before.is_empty() {
        return Ok(());
    }
    let after = sqlx::query(new).bind(batch).fetch_all(&mut *connection).await?;
    let mut sides: BTreeMap<String, [BTreeMap<String, u64>; 2]> = BTreeMap::new();
    for (side, rows) in [before, after].iter().enumerate() {
        for row in rows {
            let text = |index: usize| -> Result<String, StoreError> {
                Ok(row.try_get::<Option<String>, _>(index)?.unwrap_or_default())
            };
            *sides.entry(text(0)?).or_default()[side].entry(text(1)?).or_default() += 1;
            let total = totals.entry((text(2)?, text(3)?, text(4)?)).or_default();
            let amount = Money::from_sums(row.try_get(5)?, row.try_get(6)?, 0);
            if side == 0 { total.0 += amount } else { total.1 += amount }
        }
    }
    for [had, has] in sides.values() {
        let (lines_had, lines_has) = (had.values().sum::<u64>(), has.values().sum::<u64>());
        let same: u64 = had.iter().map(|(value, n)| (*n).min(has.get(value).copied().unwrap_or(0))).sum();
        let (lost, gained) = (lines_had - same, lines_has - same);
        let changed = lost.min(gained);
        difference.same += same;
        difference.changed += changed;
        difference.gone += lost - changed;
        difference.added += gained - changed;
    }
    Ok(())
}

impl Ledger {
    /// What a batch changed when it replaced earlier ones; all zero when it replaced nothing.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn difference(&self, batch: i64) -> Result<Difference, StoreError> {
        let mut connection = self.connection().await?;
        difference(&mut connection, batch).await
    }
}
