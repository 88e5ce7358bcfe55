//! Unit cost: what a million tokens, a request and a customer cost, and how busy the GPUs were.
//!
//! *Blended* is cost of revenue ÷ all tokens. *Input* and *output* are AI-provider cost of that class ÷ its
//! priced tokens, since a GPU's hour has no class. Months are months of use.

use std::collections::{BTreeMap, BTreeSet};

use marginline_model::{Money, Month};
use serde::Serialize;
use serde_json::{Value, json};

use super::gaps::Gaps;
use super::margin::report as margin_report;
use super::priced::{Priced, Spread};
use super::{Period, PeriodWords};
use crate::Engine;
use crate::convert::{Conversion, RateUsed, rate_notes};
use crate::error::{EngineError, Result};
use crate::facts::{Facts, Pricing};
use crate::number;
use crate::rules::{CostClass, Target};
use crate::view::{Cell, Column, ColumnKind, MarginBy, MonthBasis, Range, Row, RowKind, Table, Tone};

/// How units are grouped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum UnitsBy {
    /// By month.
    #[default]
    Month,
    /// By product.
    Product,
    /// By customer.
    Customer,
    /// By model.
    Model,
}

/// Quantities and cost of a group.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct UnitSums {
    /// Input tokens of all classes.
    pub input_tokens: u64,
    /// Of these, read from the cache.
    pub cache_read_tokens: u64,
    /// Output tokens.
    pub output_tokens: u64,
    /// Requests over the rows that count them.
    pub requests: u64,
    /// Rows that do not count requests; then cost per request is unknown.
    pub requests_missing: u64,
    /// Quantities, and what of them has no price.
    pub open: Priced,
    /// How far the cost may lie from what is added up.
    pub spread: Spread,
    /// Input and output tokens priced by the list.
    pub priced: (u64, u64),
    /// Cost of those.
    pub api_cost: (Money, Money),
    /// Cost of revenue; `None` by model, since a GPU's hour has no model.
    pub cost: Option<Money>,
    /// Customers with revenue or usage.
    pub customers: BTreeSet<String>,
    /// GPU hours paid and busy, in nanos.
    pub gpu: (i128, i128),
}

/// Unit cost of a period by group.
#[derive(Debug, Clone)]
pub struct UnitsReport {
    /// The period.
    pub period: Period,
    /// Currency.
    pub currency: String,
    /// Grouping.
    pub by: UnitsBy,
    /// Groups; `None` is unassigned.
    pub rows: Vec<(Option<String>, UnitSums)>,
    /// All of them.
    pub total: UnitSums,
    /// What is missing.
    pub gaps: Gaps,
    /// GPU use in words, a region each.
    pub gpu_notes: Vec<String>,
    /// Exchange rates used.
    pub rates: Vec<RateUsed>,
}

impl Engine {
    /// Unit cost by group.
    ///
    /// # Errors
    /// A period that is none, an empty ledger.
    pub async fn units(
        &self,
        from: Option<Month>,
        to: Option<Month>,
        by: UnitsBy,
        conversion: Conversion,
    ) -> Result<UnitsReport> {
        let facts = self.facts_in(conversion, MonthBasis::UsageDate).await?;
        let period = Period::resolve(&facts, MonthBasis::UsageDate, from, to)?;
        report(&facts, period, by)
    }
}

fn report(facts: &Facts, period: Period, by: UnitsBy) -> Result<UnitsReport> {
    let mut groups: BTreeMap<Option<String>, UnitSums> = BTreeMap::new();
    let mut total = UnitSums { cost: Some(Money::ZERO), ..UnitSums::default() };
    for fact in facts.usage.iter().filter(|fact| period.has(fact.month)) {
        let subject = &facts.subjects[fact.subject];
        let group = match by {
            UnitsBy::Month => Some(fact.month.to_string()),
            UnitsBy::Product => subject.targets.get(&Target::Product).cloned(),
            UnitsBy::Customer => subject.targets.get(&Target::Customer).cloned(),
            UnitsBy::Model => subject.columns.get("model").cloned(),
        };
        for sums in [groups.entry(group).or_default(), &mut total] {
            sums.add(fact);
            sums.customers.extend(subject.targets.get(&Target::Customer).cloned());
        }
    }
    for hours in facts.civil_gpu_hours.iter().filter(|hours| hours.month.parse().is_ok_and(|month| period.has(month))) {
        let more = (i128::from(hours.measured_nanos), i128::from(hours.busy_nanos));
        total.gpu = (total.gpu.0 + more.0, total.gpu.1 + more.1);
        if by == UnitsBy::Month {
            let sums = groups.entry(Some(hours.month.clone())).or_default();
            sums.gpu = (sums.gpu.0 + more.0, sums.gpu.1 + more.1);
        }
    }
    let margin_by = match by {
        UnitsBy::Month | UnitsBy::Model => MarginBy::Month,
        UnitsBy::Product => MarginBy::Product,
        UnitsBy::Customer => MarginBy::Customer,
    };
    let margin = margin_report(facts, period, MonthBasis::UsageDate, margin_by)?;
    total.cost = Some(margin.total.cost());
    total.spread = margin.total.spread();
    if by != UnitsBy::Model {
        for (name, sums) in margin.rows {
            let group = groups.entry(name).or_default();
            (group.cost, group.spread) = (Some(sums.cost()), sums.spread());
        }
    }
    let mut rows: Vec<_> = groups.into_iter().collect();
    rows.sort_by_key(|row| row.0.is_none());
    Ok(UnitsReport {
        period,
        currency: facts.rules.currency.clone(),
        by,
        rows,
        total,
        gaps: facts.gaps(period, MonthBasis::UsageDate),
        gpu_notes: gpu_notes(facts, period),
        rates: facts.rates_used(
            period,
            MonthBasis::UsageDate,
            &|fact| facts.subjects[fact.subject].class == CostClass::CostOfRevenue,
            false,
        ),
    })
}

impl UnitSums {
    fn add(&mut self, fact: &crate::facts::UsageFact) {
        self.input_tokens += fact.tokens.all_input();
        self.cache_read_tokens += fact.tokens.cache_read;
        self.output_tokens += fact.tokens.output;
        self.requests += fact.requests;
        self.requests_missing += fact.requests_missing;
        self.open.add_usage(fact);
        match &fact.pricing {
            Pricing::Priced(cost) => {
                self.priced = (self.priced.0 + fact.tokens.all_input(), self.priced.1 + fact.tokens.output);
                self.api_cost = (self.api_cost.0 + cost.point.input, self.api_cost.1 + cost.point.output);
            }
            Pricing::Unpriced(_) | Pricing::OnBill | Pricing::Claimed(..) | Pricing::Unconverted(_) => {}
        }
    }

    /// Ends of a figure that cost is part of.
    fn range(&self, id: &str) -> Range {
        let of = |cost: Money| match id {
            "usd_per_mtok_blended" => number::per_mtok(cost, self.tokens()),
            "usd_per_request" => (self.requests_missing == 0).then(|| number::per(cost, self.requests, 1)).flatten(),
            _ => Some(cost.to_string()),
        };
        let Some(cost) = self.cost else { return Range::default() };
        Range { low: of(self.spread.low(cost)), high: self.spread.high(cost).and_then(of) }
    }

    fn tokens(&self) -> u64 {
        self.input_tokens + self.output_tokens
    }

    /// The figures of a row as (id, exact value).
    fn figures(&self, by: UnitsBy) -> Vec<(&'static str, Option<String>)> {
        let per_customer = (by != UnitsBy::Customer && !self.customers.is_empty())
            .then(|| self.cost.and_then(|cost| number::per(cost, self.customers.len() as u64, 1)))
            .flatten();
        let utilisation = number::percent(Money::from_attos(self.gpu.1), Money::from_attos(self.gpu.0));
        vec![
            ("input_tokens", Some(self.input_tokens.to_string())),
            ("cache_read_tokens", Some(self.cache_read_tokens.to_string())),
            ("output_tokens", Some(self.output_tokens.to_string())),
            ("requests", (self.requests_missing == 0).then(|| self.requests.to_string())),
            ("cost_of_revenue", self.cost.map(|cost| cost.to_string())),
            ("usd_per_mtok_input", number::per_mtok(self.api_cost.0, self.priced.0)),
            ("usd_per_mtok_output", number::per_mtok(self.api_cost.1, self.priced.1)),
            ("usd_per_mtok_blended", self.cost.and_then(|cost| number::per_mtok(cost, self.tokens()))),
            (
                "usd_per_request",
                self.cost.filter(|_| self.requests_missing == 0).and_then(|cost| number::per(cost, self.requests, 1)),
            ),
            ("usd_per_customer", per_customer),
            ("gpu_utilisation_percent", utilisation),
        ]
    }
}

/// In which eight hours of the day the GPUs of a region stand idle most.
fn gpu_notes(facts: &Facts, period: Period) -> Vec<String> {
    let zone = facts.rules.zone();
    let mut regions: BTreeMap<String, [(i128, i128); 24]> = BTreeMap::new();
    for hours in facts.civil_gpu_hours.iter().filter(|hours| hours.month.parse().is_ok_and(|month| period.has(month))) {
        let slot = &mut regions.entry(hours.key.region.clone()).or_insert([(0, 0); 24])[hours.hour as usize % 24];
        *slot = (slot.0 + i128::from(hours.measured_nanos), slot.1 + i128::from(hours.busy_nanos));
    }
    regions
        .into_iter()
        .filter_map(|(region, day)| {
            let share = |hours: &mut dyn Iterator<Item = usize>| {
                let (paid, busy) = hours.fold((0i128, 0i128), |sum, h| (sum.0 + day[h % 24].0, sum.1 + day[h % 24].1));
                (paid > 0).then(|| 100.0 * busy as f64 / paid as f64)
            };
            let whole = share(&mut (0..24))?;
            let (start, least) = (0..24)
                .filter_map(|start| share(&mut (start..start + 8)).map(|value| (start, value)))
                .min_by(|a, b| a.1.total_cmp(&b.1))?;
            Some(format!(
                "{region}: GPUs are busy {whole:.0}% of paid hours, and {least:.0}% from {start:02}:00 to {:02}:00 {zone}",
                (start + 8) % 24
            ))
        })
        .collect()
}

impl UnitsReport {
    /// The JSON document of `report units`.
    #[must_use]
    pub fn json(&self) -> Value {
        let object = |sums: &UnitSums| -> serde_json::Map<String, Value> {
            sums.figures(self.by)
                .into_iter()
                .map(|(id, value)| (number::named_in(id, &self.currency), value.map_or(Value::Null, Value::from)))
                .chain(["cost_of_revenue", "usd_per_mtok_blended", "usd_per_request"].into_iter().flat_map(|id| {
                    let (name, range) = (number::named_in(id, &self.currency), sums.range(id));
                    let text = |end: Option<String>| end.map_or(Value::Null, Value::from);
                    [(format!("{name}_low"), text(range.low)), (format!("{name}_high"), text(range.high))]
                }))
                .chain([("priced_share".to_owned(), sums.open.tokens_share().map_or(Value::Null, Value::from))])
                .collect()
        };
        let rows: Vec<Value> = self
            .rows
            .iter()
            .map(|(name, sums)| {
                let mut row = serde_json::Map::new();
                row.insert(self.by_word().to_owned(), name.clone().map_or(Value::Null, Value::from));
                row.extend(object(sums));
                Value::from(row)
            })
            .collect();
        json!({
            "period": PeriodWords { from: self.period.from.to_string(), to: self.period.to.to_string() },
            "month_basis": MonthBasis::UsageDate,
            "cost_basis": "effective",
            "currency": self.currency,
            "by": self.by,
            "rows": rows,
            "total": object(&self.total),
            "priced_share": self.gaps.priced_share,
            "unpriced": self.gaps.unpriced,
            "unconverted": self.gaps.unconverted,
            "gpu_use": self.gpu_notes,
            "fx": self.rates,
        })
    }

    fn by_word(&self) -> &'static str {
        match self.by {
            UnitsBy::Month => "month",
            UnitsBy::Product => "product",
            UnitsBy::Customer => "customer",
            UnitsBy::Model => "model",
        }
    }

    /// The table shown and exported.
    #[must_use]
    pub fn table(&self) -> Table {
        let mut columns = vec![column(self.by_word(), &title_case(self.by_word()), "", ColumnKind::Text)];
        let per_mtok = format!("{}/Mtok", self.currency);
        for (id, label, unit, kind) in [
            ("input_tokens", "Input tokens", "", ColumnKind::Count),
            ("cache_read_tokens", "From cache", "", ColumnKind::Count),
            ("output_tokens", "Output tokens", "", ColumnKind::Count),
            ("requests", "Requests", "", ColumnKind::Count),
            ("cost_of_revenue", "Cost of revenue", self.currency.as_str(), ColumnKind::Money),
            ("usd_per_mtok_input", "API input", per_mtok.as_str(), ColumnKind::UnitCost),
            ("usd_per_mtok_output", "API output", per_mtok.as_str(), ColumnKind::UnitCost),
            ("usd_per_mtok_blended", "Blended", per_mtok.as_str(), ColumnKind::UnitCost),
            ("usd_per_request", "Per request", self.currency.as_str(), ColumnKind::UnitCost),
            ("usd_per_customer", "Per customer", self.currency.as_str(), ColumnKind::Money),
            ("gpu_utilisation_percent", "GPU busy", "%", ColumnKind::Percent),
        ] {
            columns.push(column(&number::named_in(id, &self.currency), label, unit, kind));
        }
        columns.push(column("priced_share", "Priced", "%", ColumnKind::Percent));
        let mut rows: Vec<Row> = self
            .rows
            .iter()
            .map(|(name, sums)| {
                let kind = if name.is_some() { RowKind::Row } else { RowKind::Unassigned };
                self.row(name.as_deref().unwrap_or(super::margin::UNASSIGNED), kind, sums)
            })
            .collect();
        rows.push(self.row("Total", RowKind::Total, &self.total));
        let mut notes: Vec<String> = self.gaps.notices(&self.currency).into_iter().map(|notice| notice.text).collect();
        notes.extend(rate_notes(&self.rates));
        notes.extend(self.gpu_notes.iter().cloned());
        Table {
            id: "units".into(),
            title: format!("Unit cost by {}", self.by_word()),
            subtitle: format!("{} · usage date · effective cost · {}", self.period.label(), self.currency),
            columns,
            rows,
            notes,
        }
    }

    fn row(&self, name: &str, kind: RowKind, sums: &UnitSums) -> Row {
        let mut cells = vec![Cell { value: Some(name.to_owned()), shown: name.to_owned(), ..Cell::default() }];
        for (id, value) in sums.figures(self.by) {
            let ranged = matches!(id, "cost_of_revenue" | "usd_per_mtok_blended" | "usd_per_request");
            let bound = ranged && (sums.open.is_open() || sums.spread.is_open);
            let range = ranged.then(|| sums.range(id));
            let places = match id {
                "usd_per_request" => 5,
                "usd_per_mtok_input" | "usd_per_mtok_output" | "usd_per_mtok_blended" => 3,
                "gpu_utilisation_percent" => 1,
                _ => 0,
            };
            let text = number::rounded_or_unknown(value.as_deref(), places);
            cells.push(Cell {
                shown: match &range {
                    Some(range) if bound && value.is_some() => {
                        format!("≥ {}", number::rounded_or_unknown(range.low.as_deref(), places))
                    }
                    Some(_) if value.is_some() && sums.spread.is_wide() => format!("≈ {text}"),
                    _ => text,
                },
                tone: if bound { Tone::Warn } else { Tone::Neutral },
                value,
                range,
                ..Cell::default()
            });
        }
        let share = sums.open.tokens_share();
        cells.push(Cell {
            shown: number::rounded_or_unknown(share.as_deref(), 1),
            tone: if sums.open.unpriced_tokens > 0 { Tone::Warn } else { Tone::Neutral },
            value: share,
            ..Cell::default()
        });
        Row { key: name.to_owned(), kind, cells }
    }
}

fn column(id: &str, label: &str, unit: &str, kind: ColumnKind) -> Column {
    Column { id: id.into(), label: label.into(), unit: unit.into(), kind }
}

pub(super) fn title_case(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Reads a grouping word.
///
/// # Errors
/// When it is none.
pub fn units_by(word: &str) -> Result<UnitsBy> {
    match word {
        "month" => Ok(UnitsBy::Month),
        "product" => Ok(UnitsBy::Product),
        "customer" => Ok(UnitsBy::Customer),
        "model" => Ok(UnitsBy::Model),
        other => Err(EngineError::usage(format!("units cannot be grouped by {other:?}"))
            .then("use month, product, customer or model")),
    }
}
