//! What commitments cost and covered, by month and commitment: used and unused EffectiveCost, coverage, utilisation,
//! effective savings rate. From FOCUS's columns alone; what a bill does not tell is unknown, never zero.
//!
//! Utilisation is used ÷ (used + unused) EffectiveCost. Coverage and the rate against contracted or list cost use
//! ContractedCost and ListCost of usage; a purchase carries those of the usage it covers and is left out of both.

use std::collections::{BTreeMap, BTreeSet};

use marginline_model::commitment::{Charge, SavingsRow, Status, effective_savings_rate};
use marginline_model::{Money, Month};
use serde_json::{Map, Value, json};

use super::Period;
use crate::Engine;
use crate::convert::{Conversion, RateUsed, rate_notes};
use crate::error::{EngineError, Result};
use crate::facts::{CostFact, Facts};
use crate::number;
use crate::view::{Cell, Column, ColumnKind, MonthBasis, Row, RowKind, Table, Tone};

/// Grouping keys.
pub const KEYS: [(&str, &str); 2] = [("month", "Month"), ("commitment", "Commitment")];

/// What is asked.
#[derive(Debug, Clone, Default)]
pub struct CommitmentsRequest {
    /// First month; as far as the ledger goes when absent.
    pub from: Option<Month>,
    /// Last month, included.
    pub to: Option<Month>,
    /// Which month a row belongs to.
    pub basis: MonthBasis,
    /// Grouping keys; month and commitment when none is given.
    pub by: Vec<String>,
    /// Reporting currency and rates.
    pub conversion: Conversion,
}

/// Sums of a group.
#[derive(Debug, Clone, Default)]
struct Group {
    /// BilledCost of purchases and of covered usage.
    billed: Money,
    used: Money,
    unused: Money,
    /// EffectiveCost of usage that names a commitment and does not say whether it was used.
    untold: Money,
    untold_rows: u64,
    /// Usage of the commitments, for the savings rate.
    rows: Vec<SavingsRow>,
    /// Standard usage of the services that commitments covered.
    standard: Vec<SavingsRow>,
    /// Rows of those services that do not say how they were priced.
    unpriced_category: u64,
}

impl Group {
    fn add(&mut self, fact: &CostFact, kind: Kind) {
        let is_whole = |missing: u64| missing == 0;
        let status = match kind {
            Kind::Used => Status::Used,
            Kind::Unused => Status::Unused,
            Kind::Standard | Kind::Untold | Kind::Unclear | Kind::Purchase => Status::Standard,
        };
        let row = SavingsRow {
            charge: Charge::Usage,
            status,
            effective: fact.effective,
            contracted: fact.contracted.filter(|_| is_whole(fact.contracted_missing)),
            list: fact.list.filter(|_| is_whole(fact.list_missing)),
        };
        let billed = fact.billed.unwrap_or_default();
        match kind {
            Kind::Purchase => self.billed += billed,
            Kind::Used => {
                self.billed += billed;
                self.used += fact.effective;
                self.rows.push(row);
            }
            Kind::Unused => {
                self.billed += billed;
                self.unused += fact.effective;
                self.rows.push(row);
            }
            Kind::Untold => {
                self.billed += billed;
                self.untold += fact.effective;
                self.untold_rows += fact.rows;
            }
            Kind::Standard => self.standard.push(row),
            Kind::Unclear => self.unpriced_category += fact.rows,
        }
    }

    fn has_commitment(&self) -> bool {
        self.untold_rows > 0 || !self.rows.is_empty() || self.billed != Money::ZERO
    }

    /// Contracted cost of what commitments covered, and of that and standard usage. Unused cost covers nothing.
    fn eligible(&self) -> Option<(Money, Money)> {
        let covered = effective_savings_rate(&self.rows).contracted?;
        let standard = effective_savings_rate(&self.standard).contracted?;
        Some((covered, covered + standard))
    }

    /// Exact figures by column; `None` is unknown.
    fn figures(&self, with_standard: bool) -> [Option<String>; 10] {
        let money = |amount: Money| Some(amount.to_string());
        let is_told = self.untold_rows == 0;
        let bought = self.used + self.unused;
        let all: Vec<SavingsRow> = match with_standard {
            true => self.rows.iter().chain(&self.standard).copied().collect(),
            false => self.rows.clone(),
        };
        let savings = effective_savings_rate(&all);
        let rate = |reference: Option<Money>| {
            let reference = reference.filter(|reference| is_told && *reference > Money::ZERO)?;
            number::percent(reference - savings.effective, reference)
        };
        let has_usage = !self.rows.is_empty();
        let covered = effective_savings_rate(&self.rows).contracted.filter(|_| has_usage);
        let coverage = self
            .eligible()
            .filter(|(_, whole)| is_told && self.unpriced_category == 0 && *whole > Money::ZERO)
            .and_then(|(part, whole)| number::percent(part, whole));
        [
            money(self.billed),
            money(bought + self.untold),
            money(self.used).filter(|_| is_told),
            money(self.unused).filter(|_| is_told),
            covered.and_then(money),
            (with_standard && self.unpriced_category == 0)
                .then(|| money(self.standard.iter().map(|row| row.effective).sum()))
                .flatten(),
            number::percent(self.used, bought).filter(|_| is_told && bought > Money::ZERO),
            coverage,
            rate(savings.contracted),
            rate(savings.list),
        ]
    }
}

/// What a row is to commitments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Purchase,
    Used,
    Unused,
    /// Usage of a commitment, used or not told.
    Untold,
    /// Usage at the standard price, of a service that commitments cover.
    Standard,
    /// Usage of such a service that does not say how it was priced.
    Unclear,
}

fn word<'a>(facts: &'a Facts, fact: &CostFact, name: &str) -> &'a str {
    facts.subjects[fact.subject].columns.get(name).map_or("", String::as_str)
}

/// What a service is known by.
fn service<'a>(facts: &'a Facts, fact: &CostFact) -> (&'a str, &'a str) {
    (word(facts, fact, "provider"), word(facts, fact, "service"))
}

fn kind(facts: &Facts, fact: &CostFact, covered: &BTreeSet<(&str, &str)>) -> Option<Kind> {
    let category = word(facts, fact, "charge_category");
    let is_committed = !word(facts, fact, "commitment").is_empty();
    match (category, is_committed) {
        ("Purchase", true) => Some(Kind::Purchase),
        ("Usage", true) => Some(match word(facts, fact, "commitment_status") {
            "Used" => Kind::Used,
            "Unused" => Kind::Unused,
            _ => Kind::Untold,
        }),
        ("Usage", false) if covered.contains(&service(facts, fact)) => match word(facts, fact, "pricing_category") {
            "Standard" => Some(Kind::Standard),
            "" => Some(Kind::Unclear),
            _ => None,
        },
        _ => None,
    }
}

/// Commitments of a period.
#[derive(Debug, Clone)]
pub struct CommitmentsReport {
    /// The period.
    pub period: Period,
    basis: MonthBasis,
    currency: String,
    by: Vec<String>,
    rows: BTreeMap<Vec<String>, Group>,
    total: Group,
    /// Lines of commitments in a currency without a rate, which are in no figure.
    pub unconverted: u64,
    rates: Vec<RateUsed>,
}

impl Engine {
    /// What commitments cost and covered.
    ///
    /// # Errors
    /// An unknown grouping key, a period that is none, bills that name no commitment.
    pub async fn commitments(&self, request: &CommitmentsRequest) -> Result<CommitmentsReport> {
        if let Some(key) = request.by.iter().find(|key| !KEYS.iter().any(|(id, _)| id == key)) {
            return Err(EngineError::usage(format!("commitments cannot be grouped by {key:?}"))
                .then("use month, commitment or both"));
        }
        let facts = self.facts_in(request.conversion, request.basis).await?;
        let period = Period::resolve(&facts, request.basis, request.from, request.to)?;
        let report = report(&facts, request, period);
        if !report.total.has_commitment() && report.unconverted == 0 {
            return Err(EngineError::failed("the bills of that time name no commitment").then(
                "import bills that hold CommitmentDiscountId: FOCUS, an AWS cost and usage report, Azure's amortised cost",
            ));
        }
        Ok(report)
    }
}

fn report(facts: &Facts, request: &CommitmentsRequest, period: Period) -> CommitmentsReport {
    let by: Vec<String> = match request.by.as_slice() {
        [] => KEYS.iter().map(|(id, _)| (*id).to_owned()).collect(),
        by => by.to_vec(),
    };
    let here = |fact: &&CostFact| period.has(fact.month(request.basis)) && fact.billed.is_some();
    let own = |fact: &&CostFact| fact.currency == facts.rules.currency;
    let covered: BTreeSet<(&str, &str)> = facts
        .costs
        .iter()
        .filter(here)
        .filter(|fact| kind(facts, fact, &BTreeSet::new()) == Some(Kind::Used))
        .map(|fact| service(facts, fact))
        .collect();
    let (mut rows, mut total, mut unconverted) = (BTreeMap::<Vec<String>, Group>::new(), Group::default(), 0);
    let by_commitment = by.iter().any(|key| key == "commitment");
    for fact in facts.costs.iter().filter(here) {
        let Some(kind) = kind(facts, fact, &covered) else { continue };
        if !own(&fact) {
            unconverted += fact.rows;
            continue;
        }
        total.add(fact, kind);
        // Standard usage belongs to no commitment.
        if by_commitment && matches!(kind, Kind::Standard | Kind::Unclear) {
            continue;
        }
        let value = |key: &String| match key.as_str() {
            "month" => fact.month(request.basis).to_string(),
            _ => word(facts, fact, "commitment").to_owned(),
        };
        rows.entry(by.iter().map(value).collect()).or_default().add(fact, kind);
    }
    CommitmentsReport {
        period,
        basis: request.basis,
        currency: facts.rules.currency.clone(),
        by,
        rows,
        total,
        unconverted,
        rates: facts.rates_used(period, request.basis, &|fact| kind(facts, fact, &covered).is_some(), false),
    }
}

/// Id, label, is it money, decimals.
const FIGURES: [(&str, &str, bool); 10] = [
    ("billed", "Billed", true),
    ("effective", "Effective", true),
    ("used", "Used", true),
    ("unused", "Unused", true),
    ("covered_contracted", "Covered, contracted", true),
    ("standard", "Standard", true),
    ("utilisation_percent", "Utilisation", false),
    ("coverage_percent", "Coverage", false),
    ("esr_contracted_percent", "Saved vs contracted", false),
    ("esr_list_percent", "Saved vs list", false),
];

impl CommitmentsReport {
    /// Is a figure open: money not converted, or usage that does not say whether it was used?
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.unconverted > 0 || self.total.untold_rows > 0
    }

    fn has_standard(&self) -> bool {
        !self.by.iter().any(|key| key == "commitment")
    }

    /// Figures of a row. Coverage of one commitment needs the standard usage beside all of them, which a row by
    /// commitment does not hold.
    fn figures_of(&self, group: &Group) -> [Option<String>; 10] {
        let mut figures = group.figures(self.has_standard());
        if !self.has_standard() {
            figures[7] = None;
        }
        figures
    }

    /// The JSON document of `report commitments`: money and percent as decimal strings, `null` for unknown.
    #[must_use]
    pub fn json(&self) -> Value {
        let object = |figures: [Option<String>; 10]| -> Map<String, Value> {
            let value = |text: Option<String>| text.map_or(Value::Null, Value::from);
            FIGURES.iter().zip(figures).map(|((id, ..), text)| ((*id).to_owned(), value(text))).collect()
        };
        let rows = self.rows.iter().map(|(group, sums)| {
            let keys = self.by.iter().zip(group).map(|(key, value)| (key.clone(), Value::from(value.as_str())));
            keys.chain(object(self.figures_of(sums))).collect::<Map<_, _>>()
        });
        json!({
            "period": self.period.words(),
            "month_basis": self.basis,
            "currency": self.currency,
            "by": self.by,
            "rows": rows.collect::<Vec<_>>(),
            "total": object(self.total.figures(true)),
            "unconverted_rows": self.unconverted,
            "fx": self.rates,
            "notes": self.notes(),
        })
    }

    /// The table shown and exported.
    #[must_use]
    pub fn table(&self) -> Table {
        let column = Column::new;
        let label = |key: &String| KEYS.iter().find(|(id, _)| id == key).map_or("", |(_, label)| *label);
        let mut columns: Vec<Column> =
            self.by.iter().map(|key| column(key, label(key), "", ColumnKind::Text)).collect();
        columns.extend(FIGURES.map(|(id, label, is_money)| match is_money {
            true => column(id, label, &self.currency, ColumnKind::Money),
            false => column(id, label, "%", ColumnKind::Percent),
        }));
        let amounts = self.rows.values().flat_map(|group| [group.used, group.unused, group.billed]);
        let places = number::column_places(amounts);
        let mut rows: Vec<Row> =
            self.rows.iter().map(|(group, sums)| row(group, self.figures_of(sums), places, RowKind::Row)).collect();
        let mut head = vec!["Total".to_owned()];
        head.resize(self.by.len(), String::new());
        rows.push(row(&head, self.total.figures(true), places, RowKind::Total));
        Table {
            id: "commitments".into(),
            title: "Commitments".into(),
            subtitle: format!("{} · {} · {}", self.period.label(), self.basis.label(), self.currency),
            columns,
            rows,
            notes: self.notes(),
        }
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = rate_notes(&self.rates);
        notes.push(
            "billed is what purchases ask for; used and unused spread it over hours (EffectiveCost), so months differ \
             and terms do not"
                .to_owned(),
        );
        notes.push(
            "coverage and the total's savings count standard usage of the services that commitments covered; whether a \
             plan could cover each line of it, bills do not say"
                .to_owned(),
        );
        if !self.has_standard() {
            notes.push(
                "standard usage belongs to no commitment, so coverage is in the total only; use --by month".into(),
            );
        }
        let mut tell = |count: u64, what: &str| {
            if count > 0 {
                notes.push(format!("{} {what}", number::count(count)));
            }
        };
        tell(
            self.total.untold_rows,
            "lines name a commitment and not whether it was used; used, unused and what follows from them are unknown there",
        );
        tell(self.total.unpriced_category, "lines of covered services hold no PricingCategory, so coverage is unknown");
        tell(self.unconverted, "lines are in currencies without a rate and in no figure");
        notes
    }
}

fn row(group: &[String], figures: [Option<String>; 10], places: u32, kind: RowKind) -> Row {
    let text = |value: &String| Cell { value: Some(value.clone()), shown: value.clone(), ..Cell::default() };
    let mut cells: Vec<Cell> = group.iter().map(text).collect();
    for ((_, _, is_money), value) in FIGURES.iter().zip(figures) {
        let shown = match (&value, is_money) {
            (None, _) => number::UNKNOWN.to_owned(),
            (Some(text), true) => {
                Money::parse_wide(text).map_or_else(|_| text.clone(), |money| number::money_at(money, places))
            }
            (Some(text), false) => number::rounded(text, 1),
        };
        let tone = if value.is_none() { Tone::Warn } else { Tone::Neutral };
        cells.push(Cell { value, shown, tone, ..Cell::default() });
    }
    let key = if kind == RowKind::Total { "total".to_owned() } else { group.join("\u{1f}") };
    Row { key, kind, cells }
}
