//! Costs as billed and amortised, grouped by any column or tag.

use std::borrow::Cow;
use std::collections::BTreeMap;

use marginline_model::{Money, Month};
use serde::Serialize;
use serde_json::{Map, Value};

use super::gaps::{Gaps, Unconverted, Unpriced};
use super::priced::{Priced, Spread};
use super::{Period, PeriodWords};
use crate::Engine;
use crate::convert::{Conversion, RateUsed, rate_notes};
use crate::error::{EngineError, Result};
use crate::facts::{CostFact, Facts};
use crate::number;
use crate::view::{Cell, Column, ColumnKind, Filter, MonthBasis, Range, Row, RowKind, Table, Tone};

/// Grouping keys besides `tag:KEY`.
pub const KEYS: [(&str, &str); 16] = [
    ("month", "Month"),
    ("day", "Day"),
    ("provider", "Provider"),
    ("service", "Service"),
    ("region", "Region"),
    ("account", "Account"),
    ("category", "Category"),
    ("issuer", "Invoice issuer"),
    ("publisher", "Publisher"),
    ("charge_category", "Charge category"),
    ("charge_class", "Charge class"),
    ("pricing_category", "Pricing category"),
    ("commitment", "Commitment"),
    ("product", "Product"),
    ("customer", "Customer"),
    ("team", "Team"),
];

/// What is asked.
#[derive(Debug, Clone, Default)]
pub struct CostsRequest {
    /// First month; as far as the ledger goes when absent.
    pub from: Option<Month>,
    /// Last month, included.
    pub to: Option<Month>,
    /// Which month a row belongs to.
    pub basis: MonthBasis,
    /// Grouping keys.
    pub by: Vec<String>,
    /// Rows to count.
    pub filters: Vec<Filter>,
    /// Reporting currency and rates.
    pub conversion: Conversion,
}

/// Sums of a group; `None` is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sums {
    /// BilledCost.
    pub billed: Option<Money>,
    /// EffectiveCost; `None` where there is no row.
    pub effective: Option<Money>,
    /// ContractedCost.
    pub contracted: Option<Money>,
    /// ListCost.
    pub list: Option<Money>,
    /// Bill lines.
    pub rows: u64,
    /// Bill lines without ContractedCost.
    pub contracted_missing: u64,
    /// Bill lines without ListCost.
    pub list_missing: u64,
    /// Quantities of use, and what of them has no price.
    pub priced: Priced,
    /// How far the effective cost may lie from what is added up.
    pub spread: Spread,
}

impl Sums {
    fn add(&mut self, fact: &CostFact) {
        let add = |sum: &mut Option<Money>, more: Option<Money>| {
            if let Some(more) = more {
                *sum = Some(sum.unwrap_or_default() + more);
            }
        };
        add(&mut self.billed, fact.billed);
        add(&mut self.effective, Some(fact.effective));
        add(&mut self.contracted, fact.contracted);
        add(&mut self.list, fact.list);
        self.rows += fact.rows;
        self.contracted_missing += fact.contracted_missing;
        self.list_missing += fact.list_missing;
        self.spread.add(Spread::of_cost(fact));
    }

    /// Is some of the use without a price, so that the effective cost is a lower bound?
    #[must_use]
    pub fn is_a_bound(&self) -> bool {
        self.priced.is_open() || self.spread.is_open
    }

    /// Ends of the effective cost; without any cost, of what has no price.
    fn range(&self) -> Range {
        match self.effective {
            None if !self.is_a_bound() => Range::default(),
            cost => self.spread.range(cost.unwrap_or_default()),
        }
    }

    fn object(&self) -> Map<String, Value> {
        let text = |money: Option<Money>| money.map_or(Value::Null, |money| Value::from(money.to_string()));
        let mut object = Map::new();
        object.insert("billed".into(), text(self.billed));
        object.insert("effective".into(), text(self.effective));
        object.insert("contracted".into(), text(self.contracted));
        object.insert("list".into(), text(self.list));
        let range = self.range();
        object.insert("low".into(), range.low.map_or(Value::Null, Value::from));
        object.insert("high".into(), range.high.map_or(Value::Null, Value::from));
        self.priced.put(&mut object);
        object.insert("rows".into(), Value::from(self.rows));
        if self.contracted_missing > 0 {
            object.insert("contracted_missing_rows".into(), Value::from(self.contracted_missing));
        }
        if self.list_missing > 0 {
            object.insert("list_missing_rows".into(), Value::from(self.list_missing));
        }
        object
    }
}

/// Costs of a period by group.
#[derive(Debug, Clone)]
pub struct CostsReport {
    /// The period.
    pub period: Period,
    /// Which month a row belongs to.
    pub basis: MonthBasis,
    /// Reporting currency.
    pub currency: String,
    /// Grouping keys.
    pub by: Vec<String>,
    /// Groups in order of their keys; a key is `None` where a row does not tell.
    pub rows: Vec<(Vec<Option<String>>, Sums)>,
    /// All of them.
    pub total: Sums,
    /// What is missing.
    pub gaps: Gaps,
    /// Does it hold usage priced from the list, because no bill covers it?
    pub accrued: bool,
    /// Exchange rates used.
    pub rates: Vec<RateUsed>,
}

#[derive(Serialize)]
struct Json {
    period: PeriodWords,
    month_basis: MonthBasis,
    currency: String,
    rows: Vec<Map<String, Value>>,
    total: Map<String, Value>,
    unconverted: Vec<Unconverted>,
    priced_share: Option<String>,
    unpriced: Vec<Unpriced>,
    fx: Vec<RateUsed>,
}

impl Engine {
    /// Costs by group.
    ///
    /// # Errors
    /// An unknown grouping key, a period that is none, an empty ledger.
    pub async fn costs(&self, request: &CostsRequest) -> Result<CostsReport> {
        for key in request.by.iter().chain(request.filters.iter().map(|filter| &filter.key)) {
            check_key(key)?;
        }
        let facts = self.facts_in(request.conversion, request.basis).await?;
        let period = Period::resolve(&facts, request.basis, request.from, request.to)?;
        let columns: Vec<&Filter> =
            request.filters.iter().filter(|f| !matches!(f.key.as_str(), "month" | "day")).collect();
        let mut gaps = facts.gaps_of(period, request.basis, &|subject| {
            columns.iter().all(|f| subject.value(&f.key).map_or("", String::as_str) == f.value)
        });
        if !columns.is_empty() {
            gaps.claims.clear();
            gaps.compared.clear();
        }
        if request.by.iter().any(|key| key == "day") {
            let daily = self.daily_facts(request.conversion.prices_on).await?;
            let converted = self.converted(&daily, request.conversion, request.basis).await?;
            return Ok(report(converted.as_ref().unwrap_or(&daily), request, period, gaps));
        }
        Ok(report(&facts, request, period, gaps))
    }
}

/// Is this a grouping key?
///
/// # Errors
/// When it is none; says which there are.
pub fn check_key(key: &str) -> Result<()> {
    let known = KEYS.iter().any(|(id, _)| *id == key) || key.strip_prefix("tag:").is_some_and(|tag| !tag.is_empty());
    if known {
        return Ok(());
    }
    let keys = KEYS.map(|(id, _)| id).join(", ");
    Err(EngineError::usage(format!("{key:?} is not a grouping key")).then(format!("use {keys} or tag:KEY")))
}

/// Values of a group's keys, as the facts hold them.
type Group<'a> = Vec<Option<Cow<'a, str>>>;
type Groups<'a> = BTreeMap<Group<'a>, Sums>;

fn report(facts: &Facts, request: &CostsRequest, period: Period, gaps: Gaps) -> CostsReport {
    let mut groups: Groups<'_> = BTreeMap::new();
    let (mut total, mut accrued) = (Sums::default(), false);
    for fact in &facts.costs {
        if fact.currency != facts.rules.currency || !period.has(fact.month(request.basis)) {
            continue;
        }
        if !is_wanted(facts, fact, request) {
            continue;
        }
        let group: Group<'_> = request.by.iter().map(|key| value_of(facts, fact, key, request.basis)).collect();
        groups.entry(group).or_default().add(fact);
        total.add(fact);
        accrued |= fact.billed.is_none();
    }
    add_usage(facts, request, period, &mut groups, &mut total);
    // Money of other currencies is in no sum, so the sums have no upper end.
    let foreign = |fact: &&CostFact| fact.currency != facts.rules.currency && period.has(fact.month(request.basis));
    for fact in facts.costs.iter().filter(foreign).filter(|fact| is_wanted(facts, fact, request)) {
        let group: Group<'_> = request.by.iter().map(|key| value_of(facts, fact, key, request.basis)).collect();
        total.spread.is_open = true;
        if let Some(sums) = groups.get_mut(&group) {
            sums.spread.is_open = true;
        }
    }
    CostsReport {
        period,
        basis: request.basis,
        currency: facts.rules.currency.clone(),
        by: request.by.clone(),
        rows: groups.into_iter().map(|(group, sums)| (group.into_iter().map(owned).collect(), sums)).collect(),
        total,
        gaps,
        accrued,
        rates: facts.rates_used(period, request.basis, &|fact| is_wanted(facts, fact, request), false),
    }
}

/// Use by the same groups: how much of it has a price, and how far its cost may lie off.
fn add_usage<'a>(facts: &'a Facts, request: &CostsRequest, period: Period, groups: &mut Groups<'a>, total: &mut Sums) {
    let group_of = |subject: usize, month: Month, day: Option<&'a String>| -> Option<Group<'a>> {
        let value = |key: &str| -> Option<Cow<'a, str>> {
            match key {
                "month" => Some(month.to_string().into()),
                "day" => day.map(Into::into),
                _ => facts.subjects[subject].value(key).map(Into::into),
            }
        };
        let wanted = request.filters.iter().all(|filter| value(&filter.key).unwrap_or_default() == filter.value);
        wanted.then(|| request.by.iter().map(|key| value(key)).collect())
    };
    for fact in facts.usage.iter().filter(|fact| period.has(fact.month)) {
        let Some(group) = group_of(fact.subject, fact.month, fact.day.as_ref()) else { continue };
        let spread = Spread::of_usage(fact);
        // Use that a bill covers makes no group of its own.
        let row = match spread {
            Some(_) => Some(groups.entry(group).or_default()),
            None => groups.get_mut(&group),
        };
        for sums in row.into_iter().chain([&mut *total]) {
            sums.priced.add_usage(fact);
            sums.spread.add(spread.unwrap_or_default());
        }
    }
    for fact in facts.gpus.iter().filter(|fact| period.has(fact.month)) {
        let Some(group) = group_of(fact.subject, fact.month, None) else { continue };
        for sums in [groups.entry(group).or_default(), &mut *total] {
            sums.priced.add_gpus(fact);
            sums.spread.add(Spread::of_gpus(fact).unwrap_or_default());
        }
    }
}

fn is_wanted(facts: &Facts, fact: &CostFact, request: &CostsRequest) -> bool {
    let value = |key: &str| value_of(facts, fact, key, request.basis).unwrap_or_default();
    request.filters.iter().all(|filter| value(&filter.key) == filter.value)
}

fn value_of<'a>(facts: &'a Facts, fact: &'a CostFact, key: &str, basis: MonthBasis) -> Option<Cow<'a, str>> {
    match key {
        "month" => Some(fact.month(basis).to_string().into()),
        "day" => fact.day.as_ref().map(Into::into),
        _ => facts.subjects[fact.subject].value(key).map(Into::into),
    }
}

fn owned(value: Option<Cow<'_, str>>) -> Option<String> {
    value.map(Cow::into_owned)
}

impl CostsReport {
    /// The JSON document of `report costs`.
    ///
    /// # Errors
    /// Never in practice; serialising plain values cannot fail.
    pub fn json(&self) -> Result<Value> {
        let rows = self
            .rows
            .iter()
            .map(|(group, sums)| {
                let mut object = Map::new();
                for (key, value) in self.by.iter().zip(group) {
                    object.insert(key.clone(), value.clone().map_or(Value::Null, Value::from));
                }
                object.extend(sums.object());
                object
            })
            .collect();
        let json = Json {
            period: self.period.words(),
            month_basis: self.basis,
            currency: self.currency.clone(),
            rows,
            total: self.total.object(),
            unconverted: self.gaps.unconverted.clone(),
            priced_share: self.gaps.priced_share.clone(),
            unpriced: self.gaps.unpriced.clone(),
            fx: self.rates.clone(),
        };
        serde_json::to_value(json).map_err(|error| EngineError::failed(error.to_string()))
    }

    /// The table shown and exported, dearest group first unless it is grouped by time.
    #[must_use]
    pub fn table(&self) -> Table {
        let mut columns: Vec<Column> = self
            .by
            .iter()
            .map(|key| Column { id: key.clone(), label: key_label(key), unit: String::new(), kind: ColumnKind::Text })
            .collect();
        if self.by.is_empty() {
            columns.push(Column {
                id: "total".into(),
                label: "Costs".into(),
                unit: String::new(),
                kind: ColumnKind::Text,
            });
        }
        for (id, label) in
            [("billed", "Billed"), ("effective", "Effective"), ("contracted", "Contracted"), ("list", "List")]
        {
            columns.push(Column {
                id: id.into(),
                label: label.into(),
                unit: self.currency.clone(),
                kind: ColumnKind::Money,
            });
        }
        columns.push(Column {
            id: "priced_share".into(),
            label: "Priced".into(),
            unit: "%".into(),
            kind: ColumnKind::Percent,
        });
        columns.push(Column {
            id: "rows".into(),
            label: "Bill lines".into(),
            unit: String::new(),
            kind: ColumnKind::Count,
        });
        let mut rows: Vec<&(Vec<Option<String>>, Sums)> = self.rows.iter().collect();
        if !self.by.iter().any(|key| key == "month" || key == "day") {
            rows.sort_by(|a, b| b.1.effective.cmp(&a.1.effective).then(a.0.cmp(&b.0)));
        }
        let places = number::column_places(self.rows.iter().filter_map(|(_, sums)| sums.effective));
        let mut shown: Vec<Row> =
            rows.iter().filter(|(group, _)| !group.is_empty()).map(|(group, sums)| row(group, sums, places)).collect();
        let mut head = vec![Some("Total".to_owned())];
        head.resize(self.by.len().max(1), Some(String::new()));
        let mut total = row(&head, &self.total, places);
        total.kind = RowKind::Total;
        total.key = "total".into();
        shown.push(total);
        Table {
            id: "costs".into(),
            title: if self.by.is_empty() { "Costs".into() } else { format!("Costs by {}", self.by_label()) },
            subtitle: format!("{} · {} · {}", self.period.label(), self.basis.label(), self.currency),
            columns,
            rows: shown,
            notes: self.notes(),
        }
    }

    fn by_label(&self) -> String {
        self.by.iter().map(|key| key_label(key).to_lowercase()).collect::<Vec<_>>().join(" and ")
    }

    fn notes(&self) -> Vec<String> {
        let mut notes: Vec<String> = self.gaps.notices(&self.currency).into_iter().map(|notice| notice.text).collect();
        notes.extend(rate_notes(&self.rates));
        for (missing, name) in
            [(self.total.contracted_missing, "ContractedCost"), (self.total.list_missing, "ListCost")]
        {
            if missing > 0 {
                notes.push(format!("{missing} bill lines hold no {name}; their amount is unknown, not zero"));
            }
        }
        match (self.accrued, self.total.billed.is_some() && self.total.billed != self.total.effective) {
            (true, _) => notes.push("effective spreads commitments over use and prices tokens that no bill covers yet; billed is what invoices ask for".into()),
            (false, true) => notes.push("effective spreads prepayments and commitments over use; billed is what invoices ask for".into()),
            (false, false) => {}
        }
        notes
    }
}

/// A grouping key for people.
#[must_use]
pub fn key_label(key: &str) -> String {
    match key.strip_prefix("tag:") {
        Some(tag) => format!("Tag {tag}"),
        None => KEYS.iter().find(|(id, _)| *id == key).map_or_else(|| key.to_owned(), |(_, label)| (*label).to_owned()),
    }
}

fn row(group: &[Option<String>], sums: &Sums, places: u32) -> Row {
    let mut cells: Vec<Cell> = group
        .iter()
        .map(|value| Cell {
            value: value.clone(),
            shown: value.clone().unwrap_or_else(|| "(not stated)".into()),
            ..Cell::default()
        })
        .collect();
    let missing = |count: u64| (count > 0).then(|| format!("{count} bill lines do not hold it"));
    let bound = sums.is_a_bound();
    let wide = sums.spread.is_wide();
    let words = sums.effective.and_then(|cost| sums.spread.words(cost, ""));
    for (money, note) in [
        (sums.billed, None),
        (sums.effective, words),
        (sums.contracted, missing(sums.contracted_missing)),
        (sums.list, missing(sums.list_missing)),
    ] {
        cells.push(Cell {
            value: money.map(|money| money.to_string()),
            shown: money.map_or_else(|| number::UNKNOWN.into(), |money| number::money_at(money, places)),
            tone: if note.is_some() { Tone::Warn } else { Tone::Neutral },
            note,
            ..Cell::default()
        });
    }
    // A bound is the end that is sure; a row of nothing but unpriced use has no figure at all.
    let effective = &mut cells[group.len() + 1];
    effective.range = Some(sums.range());
    effective.tone = if bound { Tone::Warn } else { Tone::Neutral };
    if let Some(cost) = sums.effective {
        match (bound, wide) {
            (true, _) => effective.shown = format!("≥ {}", number::money_at(sums.spread.low(cost), places)),
            (false, true) => effective.shown = format!("≈ {}", effective.shown),
            (false, false) => {}
        }
    }
    let share = sums.priced.tokens_share();
    cells.push(Cell {
        shown: number::rounded_or_unknown(share.as_deref(), 1),
        tone: if sums.priced.unpriced_tokens > 0 { Tone::Warn } else { Tone::Neutral },
        value: share,
        ..Cell::default()
    });
    cells.push(Cell { value: Some(sums.rows.to_string()), shown: number::count(sums.rows), ..Cell::default() });
    let key = group.iter().map(|value| value.as_deref().unwrap_or("\u{0}")).collect::<Vec<_>>().join("\u{1f}");
    Row { key, kind: RowKind::Row, cells }
}
