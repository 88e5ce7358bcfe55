//! What GPU hours cost: the bill of each pool parted into hours at work, idle hours and hours that nobody measured.
//!
//! A bill line belongs to a pool of GPU hours when its provider, region and tag `pool` are those of the hours (a line
//! of resource type GPU where the hours name no pool), and its category is Compute; hours that no bill covers bring
//! their accrual. Used + idle + unmeasured is that money to the last digit. Where a pool's money is not found, or its
//! GPUs are of several types whose prices the bill does not tell apart, the parts are unknown.
//!
//! By host, workload or GPU, which GPU hours do not name, the month's bill parts by the hours that samples observed.

use std::collections::{BTreeMap, BTreeSet};

use marginline_model::gpu_cost::{Bill, Cost, Holding, Rules, gpu_cost};
use marginline_model::{Money, Month};

use super::Group;
use crate::facts::{CostFact, Facts};
use crate::number;
use crate::report::Span;
use crate::report::measured::unknown;
use crate::subject::{is_provider, plain_name};
use crate::view::{Cell, ColumnKind, Tone};

/// A sum that some parts may be missing from.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    amount: Money,
    is_known: bool,
    is_open: bool,
}

impl Sum {
    fn add(&mut self, more: Option<Money>) {
        match more {
            Some(more) => {
                self.amount += more;
                self.is_known = true;
            }
            None => self.is_open = true,
        }
    }

    fn value(self) -> Option<Money> {
        (self.is_known && !self.is_open).then_some(self.amount)
    }
}

/// Hours and money of a group.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct GpuMoney {
    allocated: i128,
    busy: i128,
    measured: i128,
    cost: Sum,
    used: Sum,
    idle: Sum,
    unmeasured: Sum,
}

/// Hours of one GPU type and project in a pool.
#[derive(Debug, Clone, Copy, Default)]
struct Hours {
    allocated: i128,
    busy: i128,
    measured: i128,
}

/// A pool in a month: provider, region, pool.
type Pool = (Month, [String; 3]);

/// GPU hours with their money, by month and the value of a grouping key.
#[derive(Debug, Clone, Default)]
pub(super) struct Costs {
    pub(super) rows: BTreeMap<(String, String), GpuMoney>,
    pub(super) total: GpuMoney,
    pub(super) currency: String,
    /// Pools whose money is not known, with the reason.
    pub(super) reasons: BTreeSet<String>,
}

/// Columns of hours and money.
pub(super) const HEADS: [(&str, &str, ColumnKind); 6] = [
    ("allocated_gpu_hours", "Allocated", ColumnKind::Measure),
    ("busy_gpu_hours", "Busy", ColumnKind::Measure),
    ("cost", "Cost", ColumnKind::Money),
    ("used_cost", "Used", ColumnKind::Money),
    ("idle_cost", "Idle", ColumnKind::Money),
    ("unmeasured_cost", "Not measured", ColumnKind::Money),
];

impl GpuMoney {
    fn add(&mut self, hours: Hours, cost: Option<Money>, parts: Option<Cost>) {
        self.allocated += hours.allocated;
        self.busy += hours.busy;
        self.measured += hours.measured;
        self.cost.add(cost);
        match parts {
            Some(parts) => {
                // A part that is not measured stands in its own column and opens no other.
                for (sum, part) in [(&mut self.used, parts.used), (&mut self.idle, parts.idle)] {
                    if part.is_some() {
                        sum.add(part);
                    }
                }
                self.unmeasured.add(Some(parts.unmeasured));
            }
            None => [&mut self.used, &mut self.idle, &mut self.unmeasured].into_iter().for_each(|sum| sum.add(None)),
        }
    }

    /// Cells of a row; all unknown where there are no hours.
    pub(super) fn cells(money: Option<&Self>) -> Vec<Cell> {
        let Some(money) = money else { return HEADS.map(|_| unknown()).to_vec() };
        let hours = |nanos: i128| Money::from_attos(nanos.saturating_mul(1_000_000_000));
        let cell = |amount: Option<Money>, places: u32| match amount {
            Some(amount) => {
                Cell { value: Some(amount.to_string()), shown: number::money_at(amount, places), ..Cell::default() }
            }
            None => Cell { tone: Tone::Warn, ..unknown() },
        };
        vec![
            cell(Some(hours(money.allocated)), 2),
            cell((money.measured > 0).then(|| hours(money.busy)), 2),
            cell(money.cost.value(), 2),
            cell(money.used.value(), 2),
            cell(money.idle.value(), 2),
            cell(money.unmeasured.value(), 2),
        ]
    }
}

/// Hours by GPU type and project.
type ByType = BTreeMap<(String, String), Hours>;

/// GPU hours of a span by pool.
fn pools_of(facts: &Facts, span: Span) -> BTreeMap<Pool, ByType> {
    let mut pools: BTreeMap<Pool, ByType> = BTreeMap::new();
    for sum in &facts.gpu_hours {
        let Ok(month) = sum.month.parse::<Month>() else { continue };
        if span.from.is_some_and(|from| month < from) || span.to.is_some_and(|to| month > to) {
            continue;
        }
        let key = sum.key.clone();
        let pool = pools.entry((month, [key.provider, key.region, key.pool])).or_default();
        let hours = pool.entry((key.gpu, key.project)).or_default();
        hours.allocated += i128::from(sum.allocated_nanos);
        hours.busy += i128::from(sum.busy_nanos);
        hours.measured += i128::from(sum.measured_nanos);
    }
    pools
}

/// A pool for people.
fn name_of([provider, region, pool]: &[String; 3]) -> String {
    [pool.as_str(), region, provider].join(" ").trim().to_owned()
}

/// What samples observed, as a part of the month's GPU hours and their bill; `None` where the ledger has no hours there.
///
/// Samples do not name the pool that they stand in, so this holds where all GPU hours of a month are of one type, and
/// the samples too: each group bears the hours it was observed for, and what no sample observed is a row of its own.
pub(super) fn sampled(facts: &Facts, span: Span, groups: &BTreeMap<(Option<String>, String), Group>) -> Option<Costs> {
    let pools = pools_of(facts, span);
    if pools.is_empty() {
        return None;
    }
    let mut found = Costs { currency: facts.rules.currency.clone(), ..Costs::default() };
    let months: BTreeSet<Month> = pools.keys().map(|(month, _)| *month).collect();
    for month in months {
        let here: Vec<(&(Month, [String; 3]), &ByType)> = pools.iter().filter(|((at, _), _)| *at == month).collect();
        let label = month.to_string();
        let seen: Vec<(&String, &Group)> = groups
            .iter()
            .filter(|((at, _), _)| at.as_ref() == Some(&label))
            .map(|((_, value), group)| (value, group))
            .collect();
        match observed(facts, month, &here, &seen) {
            Ok((rows, rest)) => {
                for ((value, _), (hours, cost)) in seen.iter().zip(rows) {
                    let row = found.rows.entry((label.clone(), (*value).clone())).or_default();
                    row.add(hours, Some(cost.allocated()), Some(cost));
                    found.total.add(hours, Some(cost.allocated()), Some(cost));
                }
                let row = found.rows.entry((label, NOT_OBSERVED.to_owned())).or_default();
                row.add(rest.0, Some(rest.1.allocated()), Some(rest.1));
                found.total.add(rest.0, Some(rest.1.allocated()), Some(rest.1));
            }
            Err(why) => {
                found.reasons.insert(format!("{label}: {why}"));
                for (value, group) in seen {
                    let hours = hours_of(group);
                    found.rows.entry((label.clone(), value.clone())).or_default().add(hours, None, None);
                }
                let all = here.iter().flat_map(|(_, hours)| hours.values());
                all.for_each(|hours| found.total.add(*hours, None, None));
            }
        }
    }
    Some(found)
}

/// The row of GPU hours that no sample observed.
const NOT_OBSERVED: &str = "(not observed)";

/// Hours that a group was observed for.
fn hours_of(group: &Group) -> Hours {
    let allocated = (group.seconds / 3_600.0 * 1e9) as i128;
    match group.means[0].value() {
        Some(busy) => Hours { allocated, busy: (allocated as f64 * busy.clamp(0.0, 1.0)) as i128, measured: allocated },
        None => Hours { allocated, ..Hours::default() },
    }
}

/// Hours and their cost.
type Part = (Hours, Cost);

/// Each group's part of a month's bill, and what no sample observed; or why there is none.
fn observed(
    facts: &Facts,
    month: Month,
    pools: &[(&Pool, &ByType)],
    groups: &[(&String, &Group)],
) -> Result<(Vec<Part>, Part), String> {
    let types: BTreeSet<&String> = pools.iter().flat_map(|(_, hours)| hours.keys().map(|(gpu, _)| gpu)).collect();
    let models: BTreeSet<&String> = groups.iter().flat_map(|(_, group)| &group.models).collect();
    if types.len() > 1 || models.len() > 1 {
        return Err("several types of GPU, and samples do not name the pool whose bill they are part of".to_owned());
    }
    if groups.iter().any(|(_, group)| group.gpus.iter().any(|(_, slice)| !slice.is_empty())) {
        return Err("samples are of slices, and do not say how much of a GPU each is".to_owned());
    }
    let mut bill = Money::ZERO;
    for ((_, words), _) in pools {
        let [provider, region, pool] = words;
        bill += money(facts, month, [provider, region, pool]).map_err(|why| format!("{}: {why}", name_of(words)))?;
    }
    let provided: i128 = pools.iter().flat_map(|(_, hours)| hours.values()).map(|hours| hours.allocated).sum();
    let seen: Vec<Hours> = groups.iter().map(|(_, group)| hours_of(group)).collect();
    let left = provided - seen.iter().map(|hours| hours.allocated).sum::<i128>();
    if left < 0 {
        return Err("samples observe more GPU hours than the month's GPU hours hold".to_owned());
    }
    let rest = Hours { allocated: left, ..Hours::default() };
    let all: Vec<Hours> = seen.into_iter().chain([rest]).collect();
    let costs = parts(bill, all.iter()).ok_or("its GPU hours are none, or too many to share exactly")?;
    let mut both: Vec<Part> = all.into_iter().zip(costs).collect();
    let rest = both.pop().ok_or("its GPU hours are none")?;
    Ok((both, rest))
}

/// GPU hours of a span with their money; `None` where the ledger has no hours there.
pub(super) fn costs(facts: &Facts, span: Span, by: &str) -> Option<Costs> {
    let pools = pools_of(facts, span);
    if pools.is_empty() {
        return None;
    }
    let mut found = Costs { currency: facts.rules.currency.clone(), ..Costs::default() };
    for ((month, words), hours) in &pools {
        let [provider, region, pool] = words;
        let types: BTreeSet<&String> = hours.keys().map(|(gpu, _)| gpu).collect();
        let name = name_of(words);
        let money = money(facts, *month, [provider, region, pool]).map_err(|why| {
            found.reasons.insert(format!("{name}: {why}"));
        });
        if types.len() > 1 && money.is_ok() {
            found.reasons.insert(format!("{name}: several types of GPU, whose prices its bill does not tell apart"));
        }
        let parts = money.ok().filter(|_| types.len() == 1).and_then(|money| parts(money, hours.values()));
        // A pool of one type parts by hours; of several, only its whole is known.
        for (index, ((gpu, project), hours)) in hours.iter().enumerate() {
            let value = match by {
                "pool" => pool,
                "region" => region,
                "provider" => provider,
                "project" => project,
                _ => gpu,
            };
            let parts = parts.as_ref().map(|parts| parts[index]);
            let row = found.rows.entry((month.to_string(), value.clone())).or_default();
            let is_whole = matches!(by, "pool" | "region" | "provider");
            let whole = money.ok().filter(|_| is_whole).map(|money| if index == 0 { money } else { Money::ZERO });
            let cost = parts.map(|parts| parts.allocated());
            row.add(*hours, cost.or(whole), parts);
            let whole = money.ok().map(|money| if index == 0 { money } else { Money::ZERO });
            found.total.add(*hours, cost.or(whole), parts);
        }
    }
    Some(found)
}

/// Is a cost that of GPUs of this provider, region and pool?
pub(crate) fn is_of_pool(facts: &Facts, fact: &CostFact, [provider, region, pool]: [&str; 3]) -> bool {
    let word = |name: &str| facts.subjects[fact.subject].columns.get(name).map_or("", String::as_str);
    word("category") == "Compute"
        && (provider.is_empty() || is_provider(&plain_name(word("provider")), provider))
        && (region.is_empty() || word("region") == region)
        && if pool.is_empty() { word("resource_type").eq_ignore_ascii_case("gpu") } else { word("tag:pool") == pool }
}

/// A pool's money, or why it is not known.
fn money(facts: &Facts, month: Month, [provider, region, pool]: [&String; 3]) -> Result<Money, &'static str> {
    let is_of = |fact: &CostFact| fact.usage_month == month && is_of_pool(facts, fact, [provider, region, pool]);
    let (mut sum, mut lines) = (Money::ZERO, 0u64);
    for fact in facts.costs.iter().filter(|fact| is_of(fact)) {
        if fact.currency != facts.rules.currency {
            return Err("its bill is in another currency, without a rate");
        }
        sum += fact.effective;
        lines += 1;
    }
    match (lines, sum < Money::ZERO) {
        (0, _) => Err("no bill line has its provider, region and tag pool, and no price list its GPUs"),
        (_, true) => Err("its bill is below zero"),
        _ => Ok(sum),
    }
}

/// A pool's money by type and project: measured hours at work and idle, and hours that nobody measured.
fn parts<'a>(money: Money, hours: impl Iterator<Item = &'a Hours>) -> Option<Vec<Cost>> {
    let nanos = |value: i128| u64::try_from(value).ok();
    let (mut holdings, mut provided) = (Vec::new(), 0i128);
    for each in hours {
        provided += each.allocated;
        let measured =
            Holding { held_nanos: nanos(each.measured)?, used_nanos: Some(nanos(each.busy)?), ..Holding::default() };
        let rest = Holding { held_nanos: nanos(each.allocated - each.measured)?, ..Holding::default() };
        holdings.extend([measured, rest]);
    }
    let bill = Bill { gpus: money, overhead: Money::ZERO, provided_nanos: nanos(provided)? };
    if provided == 0 {
        return None;
    }
    let found = gpu_cost(bill, &holdings, &Rules::default()).ok()?;
    let pair = |(costs, held): (&[Cost], &[Holding])| {
        let mut sum = costs[1];
        // Nothing measured has no used and no idle part, rather than parts of 0.
        if held[0].held_nanos > 0 {
            sum.add(&costs[0]);
        }
        sum
    };
    Some(found.holdings.chunks_exact(2).zip(holdings.chunks_exact(2)).map(pair).collect())
}
