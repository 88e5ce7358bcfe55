//! Who gets the cost: for each target the money that a rule assigned, that a key shares out, and that nothing caught,
//! with the largest groups of what is left, so that a person can write the next rule.
//!
//! It looks at cost of revenue by EffectiveCost, as the margin report does; the shares are of that sum.

use std::collections::{BTreeMap, HashMap};

use marginline_model::{Money, Month};
use serde_json::{Value, json};

use super::Period;
use super::margin::weights;
use crate::Engine;
use crate::error::Result;
use crate::facts::{CostFact, Facts};
use crate::number;
use crate::rules::{AllocateRule, CostClass, MapRule, Target};
use crate::subject::Subject;
use crate::view::{Cell, Column, ColumnKind, MonthBasis, Row, RowKind, Table, Tone};

/// Groups shown of what no rule caught.
const GROUPS: usize = 10;

/// The targets asked for, with their words.
const TARGETS: [(Target, &str); 3] =
    [(Target::Product, "product"), (Target::Customer, "customer"), (Target::Team, "team")];

/// Which rule gave money away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum By {
    /// The map rule at this position, from 0.
    Map(usize),
    /// The allocate rule at this position, from 0.
    Allocate(usize),
}

/// What describes money that no rule caught.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Uncaught {
    /// Service, where the row tells.
    pub service: Option<String>,
    /// Account, or project of usage.
    pub account: Option<String>,
    /// Tags with their values, by name.
    pub tags: Vec<(String, String)>,
    /// The allocate rule that fits but whose key nobody has in the month, from 0.
    pub without_key: Option<usize>,
}

/// Where the cost goes for one target.
#[derive(Debug, Clone)]
pub struct TargetShares {
    /// `product`, `customer` or `team`.
    pub target: &'static str,
    /// Money by rule, in order of the rules.
    pub rules: BTreeMap<By, Money>,
    /// Money that no rule caught, largest first.
    pub uncaught: Vec<(Uncaught, Money)>,
}

impl TargetShares {
    /// Money that map rules assigned.
    #[must_use]
    pub fn assigned(&self) -> Money {
        self.sum(|by| matches!(by, By::Map(_)))
    }

    /// Money that allocate rules share out.
    #[must_use]
    pub fn allocated(&self) -> Money {
        self.sum(|by| matches!(by, By::Allocate(_)))
    }

    /// Money that nothing caught.
    #[must_use]
    pub fn unassigned(&self) -> Money {
        self.uncaught.iter().fold(Money::ZERO, |sum, (_, amount)| sum + *amount)
    }

    fn sum(&self, which: impl Fn(&By) -> bool) -> Money {
        self.rules.iter().filter(|(by, _)| which(by)).fold(Money::ZERO, |sum, (_, amount)| sum + *amount)
    }
}

/// Who gets the cost of a period.
#[derive(Debug, Clone)]
pub struct AllocateReport {
    /// The period.
    pub period: Period,
    /// Reporting currency.
    pub currency: String,
    /// Cost of revenue, all of it.
    pub cost: Money,
    /// One entry a target.
    pub targets: Vec<TargetShares>,
    /// What keeps the cost from being complete, in words.
    pub notes: Vec<String>,
    words: HashMap<By, String>,
}

impl Engine {
    /// Who gets the cost, by rule.
    ///
    /// # Errors
    /// A period that is none, an empty ledger.
    pub async fn allocation(&self, from: Option<Month>, to: Option<Month>) -> Result<AllocateReport> {
        let facts = self.facts().await?;
        let period = Period::resolve(&facts, MonthBasis::BillingMonth, from, to)?;
        Ok(report(&facts, period))
    }
}

fn report(facts: &Facts, period: Period) -> AllocateReport {
    let counts = |fact: &&CostFact| {
        fact.currency == facts.rules.currency
            && period.has(fact.billing_month)
            && facts.subjects[fact.subject].class == CostClass::CostOfRevenue
    };
    let costs: Vec<&CostFact> = facts.costs.iter().filter(counts).collect();
    let maps = facts.rules.map.iter().enumerate().map(|(index, rule)| (By::Map(index), map_words(index, rule)));
    let shares = facts.rules.allocate.iter().enumerate();
    let shares = shares.map(|(index, rule)| (By::Allocate(index), allocate_words(index, rule)));
    AllocateReport {
        period,
        currency: facts.rules.currency.clone(),
        cost: costs.iter().fold(Money::ZERO, |sum, fact| sum + fact.effective),
        targets: TARGETS.iter().map(|(target, word)| shares_of(facts, &costs, *target, word)).collect(),
        notes: facts
            .gaps(period, MonthBasis::BillingMonth)
            .notices(&facts.rules.currency)
            .into_iter()
            .map(|notice| notice.text)
            .collect(),
        words: maps.chain(shares).collect(),
    }
}

fn shares_of(facts: &Facts, costs: &[&CostFact], target: Target, word: &'static str) -> TargetShares {
    let mut rules: BTreeMap<By, Money> = BTreeMap::new();
    let mut uncaught: BTreeMap<Uncaught, Money> = BTreeMap::new();
    let mut keys: HashMap<(usize, Month), bool> = HashMap::new();
    for fact in costs {
        let subject = &facts.subjects[fact.subject];
        let mut without_key = None;
        let by = match facts.rules.mapped(target, &subject.columns) {
            Some((index, _)) => Some(By::Map(index)),
            None => facts.rules.allocation(target, &subject.columns).and_then(|(index, rule)| {
                let month = fact.billing_month;
                let known = keys
                    .entry((index, month))
                    .or_insert_with(|| weights(facts, rule, target, month).iter().any(|(_, weight)| *weight > 0));
                without_key = (!*known).then_some(index);
                known.then_some(By::Allocate(index))
            }),
        };
        match by {
            Some(by) => *rules.entry(by).or_default() += fact.effective,
            None => *uncaught.entry(describe(subject, without_key)).or_default() += fact.effective,
        }
    }
    let mut uncaught: Vec<(Uncaught, Money)> = uncaught.into_iter().collect();
    uncaught.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    TargetShares { target: word, rules, uncaught }
}

fn describe(subject: &Subject, without_key: Option<usize>) -> Uncaught {
    let word = |name: &str| subject.columns.get(name).cloned();
    let mut tags: Vec<(String, String)> = subject
        .columns
        .iter()
        .filter_map(|(name, value)| Some((name.strip_prefix("tag:")?.to_owned(), value.clone())))
        .collect();
    tags.sort();
    Uncaught { service: word("service"), account: word("account").or_else(|| word("project")), tags, without_key }
}

fn map_words(index: usize, rule: &MapRule) -> String {
    match (&rule.from, &rule.value) {
        (Some(from), _) => format!("map {}: from {from}", index + 1),
        (None, value) => format!("map {}: {}", index + 1, value.as_deref().unwrap_or_default()),
    }
}

fn allocate_words(index: usize, rule: &AllocateRule) -> String {
    match rule.by {
        Some(key) => format!("allocate {}: by {}", index + 1, key.label()),
        None => format!("allocate {}: fixed shares", index + 1),
    }
}

impl Uncaught {
    fn words(&self) -> String {
        let known = |word: &Option<String>| word.clone().unwrap_or_else(|| "(not stated)".into());
        let mut text = format!("{} · {}", known(&self.service), known(&self.account));
        for (name, value) in &self.tags {
            text.push_str(&format!(" · {name}={value}"));
        }
        text
    }
}

impl AllocateReport {
    /// Is there money that no rule caught, for any target?
    #[must_use]
    pub fn has_uncaught(&self) -> bool {
        self.targets.iter().any(|target| !target.uncaught.is_empty())
    }

    /// What a rule is called: `map 2: from tag:team`.
    #[must_use]
    pub fn rule(&self, by: By) -> &str {
        self.words.get(&by).map_or("", String::as_str)
    }

    fn share(&self, amount: Money) -> Option<String> {
        number::percent(amount, self.cost)
    }

    /// The JSON document of `allocate`.
    #[must_use]
    pub fn json(&self) -> Value {
        let part = |amount: Money| json!({"amount": amount.to_string(), "share_percent": self.share(amount)});
        let targets: Vec<Value> = self
            .targets
            .iter()
            .map(|target| {
                let rules = target.rules.iter().map(|(by, amount)| {
                    let mut object = part(*amount);
                    object["rule"] = Value::from(self.rule(*by));
                    object["kind"] = Value::from(if matches!(by, By::Map(_)) { "map" } else { "allocate" });
                    object
                });
                let groups = target.uncaught.iter().take(GROUPS).map(|(about, amount)| {
                    let mut object = part(*amount);
                    let tags: BTreeMap<&str, &str> = about.tags.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
                    object["service"] = json!(about.service);
                    object["account"] = json!(about.account);
                    object["tags"] = json!(tags);
                    object["without_key"] = json!(about.without_key.map(|index| self.rule(By::Allocate(index))));
                    object
                });
                json!({
                    "target": target.target,
                    "rules": rules.collect::<Vec<_>>(),
                    "assigned": part(target.assigned()),
                    "allocated": part(target.allocated()),
                    "unassigned": part(target.unassigned()),
                    "groups": groups.collect::<Vec<_>>(),
                    "further_groups": target.uncaught.len().saturating_sub(GROUPS),
                })
            })
            .collect();
        json!({
            "period": self.period.words(),
            "month_basis": MonthBasis::BillingMonth,
            "cost_basis": "effective",
            "currency": self.currency,
            "cost_of_revenue": self.cost.to_string(),
            "targets": targets,
            "notes": self.notes,
        })
    }

    /// The table shown and exported.
    #[must_use]
    pub fn table(&self) -> Table {
        let column = Column::new;
        let places = number::column_places(std::iter::once(self.cost));
        let mut rows = Vec::new();
        for target in &self.targets {
            for (by, amount) in &target.rules {
                rows.push(self.row(target.target, self.rule(*by), *amount, places, RowKind::Row));
            }
            rows.push(self.row(target.target, "no rule", target.unassigned(), places, RowKind::Unassigned));
            for (about, amount) in target.uncaught.iter().take(GROUPS) {
                let mut row = self.row(target.target, &format!("  {}", about.words()), *amount, places, RowKind::Row);
                if let Some(index) = about.without_key {
                    let why = format!("{} fits, but nobody has its key in that month", self.rule(By::Allocate(index)));
                    row.cells[1].note = Some(why);
                }
                rows.push(row);
            }
        }
        rows.push(self.row("cost of revenue", "", self.cost, places, RowKind::Total));
        Table {
            id: "allocate".into(),
            title: "Who gets the cost".into(),
            subtitle: format!("{} · {} · {}", self.period.label(), MonthBasis::BillingMonth.label(), self.currency),
            columns: vec![
                column("target", "Target", "", ColumnKind::Text),
                column("rule", "Rule", "", ColumnKind::Text),
                column("amount", "Cost", &self.currency, ColumnKind::Money),
                column("share", "Share", "%", ColumnKind::Percent),
            ],
            rows,
            notes: self.table_notes(),
        }
    }

    fn table_notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if self.has_uncaught() {
            notes.push("below each `no rule` stand its largest groups by service, account and tags; a [[map]] or [[allocate]] rule that fits them gives them away".to_owned());
        }
        for target in &self.targets {
            let further = target.uncaught.len().saturating_sub(GROUPS);
            if further > 0 {
                notes.push(format!("{further} further groups have no {}", target.target));
            }
        }
        let missing =
            self.targets.iter().flat_map(|target| &target.uncaught).filter_map(|(about, _)| about.without_key);
        for index in missing.collect::<std::collections::BTreeSet<_>>() {
            let rule = self.rule(By::Allocate(index));
            notes.push(format!("{rule} fits rows of a month in which nobody has its key; they stay with no rule"));
        }
        notes.extend(self.notes.iter().cloned());
        notes
    }

    fn row(&self, target: &str, rule: &str, amount: Money, places: u32, kind: RowKind) -> Row {
        let share = self.share(amount);
        let open = kind == RowKind::Unassigned && amount != Money::ZERO;
        let tone = if open { Tone::Warn } else { Tone::Neutral };
        let words = |text: &str| Cell { value: Some(text.trim().into()), shown: text.into(), ..Cell::default() };
        Row {
            key: format!("{target}\u{1f}{}", rule.trim()),
            kind,
            cells: vec![
                words(target),
                words(rule),
                Cell {
                    value: Some(amount.to_string()),
                    shown: number::money_at(amount, places),
                    tone,
                    ..Cell::default()
                },
                Cell { shown: number::rounded_or_unknown(share.as_deref(), 1), value: share, ..Cell::default() },
            ],
        }
    }
}
