//! Revenue: what was recognised, what was invoiced and what is deferred, by month and, when asked, by product and
//! customer. Deferred at a month's end is deferred at its beginning plus invoiced less recognised; it is below zero
//! where more was earned than invoiced.

use std::collections::{BTreeMap, BTreeSet};

use marginline_model::recognise::{Balance, roll};
use marginline_model::{Money, Month};
use serde_json::{Map, Value, json};

use super::{Period, PeriodWords};
use crate::Engine;
use crate::error::{EngineError, Result};
use crate::facts::{Facts, RevenueFact};
use crate::number;
use crate::view::{Cell, Column, ColumnKind, MonthBasis, Row, RowKind, Table};

/// What revenue can be grouped by besides the month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RevenueKey {
    /// Product.
    Product,
    /// Customer.
    Customer,
}

impl RevenueKey {
    /// From its word; `month` is always there and adds nothing.
    ///
    /// # Errors
    /// When it is no such key.
    pub fn parse(words: &[String]) -> Result<Vec<Self>> {
        let keys = words.iter().filter(|word| *word != "month").map(|word| match word.as_str() {
            "product" => Ok(Self::Product),
            "customer" => Ok(Self::Customer),
            other => Err(EngineError::usage(format!("revenue cannot be grouped by {other:?}"))
                .then("use month, product or customer")),
        });
        keys.collect()
    }

    fn word(self) -> &'static str {
        match self {
            Self::Product => "product",
            Self::Customer => "customer",
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::Product => "Product",
            Self::Customer => "Customer",
        }
    }

    fn value(self, fact: &RevenueFact) -> Option<String> {
        let text = match self {
            Self::Product => &fact.product,
            Self::Customer => &fact.customer,
        };
        (!text.is_empty()).then(|| text.clone())
    }
}

/// One line of the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevenueLine {
    /// Month.
    pub month: Month,
    /// Values of the keys; `None` is unknown.
    pub group: Vec<Option<String>>,
    /// Its amounts.
    pub balance: Balance,
}

/// Revenue of a period.
#[derive(Debug, Clone)]
pub struct RevenueReport {
    /// The period.
    pub period: Period,
    /// Reporting currency.
    pub currency: String,
    /// Grouping keys besides the month.
    pub by: Vec<RevenueKey>,
    /// By month, then by group.
    pub rows: Vec<RevenueLine>,
    /// The whole period.
    pub total: Balance,
    /// What is in other currencies, in the period: recognised and invoiced.
    pub unconverted: BTreeMap<String, (Money, Money)>,
}

impl Engine {
    /// Recognised, invoiced and deferred revenue.
    ///
    /// # Errors
    /// A period that ends before it begins, or a ledger without revenue.
    pub async fn revenue(&self, from: Option<Month>, to: Option<Month>, by: Vec<RevenueKey>) -> Result<RevenueReport> {
        report(&*self.facts().await?, from, to, by)
    }
}

/// The months asked for; open ends reach from the first month of revenue to the last that has come to pass.
fn period(facts: &Facts, from: Option<Month>, to: Option<Month>) -> Result<Period> {
    let all: BTreeSet<Month> = facts.revenue.iter().chain(&facts.invoiced).map(|fact| fact.month).collect();
    let empty = || {
        EngineError::failed("the workspace holds no revenue yet")
            .then("import revenue, such as invoice lines of Stripe")
    };
    let (first, last) = all.first().zip(all.last()).ok_or_else(empty)?;
    // Plans are earned years ahead: months without any cost or usage yet are shown when asked for.
    let spent = facts.months(MonthBasis::BillingMonth).last().copied().filter(|month| month >= first);
    let period = Period { from: from.unwrap_or(*first), to: to.or(spent).unwrap_or(*last) };
    if period.to < period.from {
        let text = format!("the period ends in {}, before it begins in {}", period.to, period.from);
        return Err(EngineError::usage(text).then("swap the months"));
    }
    Ok(period)
}

/// Movements of a group: invoiced, and recognised.
type Moves = (Vec<(Month, Money)>, Vec<(Month, Money)>);

fn report(facts: &Facts, from: Option<Month>, to: Option<Month>, by: Vec<RevenueKey>) -> Result<RevenueReport> {
    let period = period(facts, from, to)?;
    let currency = facts.rules.currency.clone();
    let mut groups: BTreeMap<Vec<Option<String>>, Moves> = BTreeMap::new();
    let mut unconverted: BTreeMap<String, (Money, Money)> = BTreeMap::new();
    for (is_invoiced, fact) in
        facts.invoiced.iter().map(|fact| (true, fact)).chain(facts.revenue.iter().map(|fact| (false, fact)))
    {
        if fact.currency != currency {
            if period.has(fact.month) {
                let sums = unconverted.entry(fact.currency.clone()).or_default();
                *(if is_invoiced { &mut sums.1 } else { &mut sums.0 }) += fact.amount;
            }
            continue;
        }
        let moves = groups.entry(by.iter().map(|key| key.value(fact)).collect()).or_default();
        (if is_invoiced { &mut moves.0 } else { &mut moves.1 }).push((fact.month, fact.amount));
    }
    let mut rows = Vec::new();
    for (group, (invoiced, recognised)) in groups {
        let balances = roll(invoiced, recognised);
        let mut before = Money::ZERO;
        for month in balances.keys().next().copied().unwrap_or(period.from).min(period.from).through(period.to) {
            let still = Balance { before, deferred: before, ..Balance::default() };
            let balance = balances.get(&month).copied().unwrap_or(still);
            before = balance.deferred;
            if period.has(month) && (by.is_empty() || balance != Balance::default()) {
                rows.push(RevenueLine { month, group: group.clone(), balance });
            }
        }
    }
    rows.sort_by(|a, b| (a.month, &a.group).cmp(&(b.month, &b.group)));
    let total = total(&rows, period);
    Ok(RevenueReport { period, currency, by, rows, total, unconverted })
}

fn total(rows: &[RevenueLine], period: Period) -> Balance {
    let sum = |amount: fn(&Balance) -> Money| rows.iter().map(|row| amount(&row.balance)).sum::<Money>();
    let at = |month: Month, amount: fn(&Balance) -> Money| {
        rows.iter().filter(|row| row.month == month).map(|row| amount(&row.balance)).sum::<Money>()
    };
    Balance {
        before: at(period.from, |balance| balance.before),
        invoiced: sum(|balance| balance.invoiced),
        recognised: sum(|balance| balance.recognised),
        deferred: at(period.to, |balance| balance.deferred),
    }
}

fn amounts(balance: &Balance) -> [(&'static str, Money); 4] {
    [
        ("deferred_before", balance.before),
        ("invoiced", balance.invoiced),
        ("recognised", balance.recognised),
        ("deferred", balance.deferred),
    ]
}

impl RevenueReport {
    /// The JSON document of `report revenue`.
    ///
    /// # Errors
    /// Never in practice; serialising plain values cannot fail.
    pub fn json(&self) -> Result<Value> {
        let object = |balance: &Balance| -> Map<String, Value> {
            amounts(balance)
                .map(|(name, amount)| (name.to_owned(), Value::from(amount.to_string())))
                .into_iter()
                .collect()
        };
        let rows = self.rows.iter().map(|row| {
            let mut line = Map::from_iter([("month".to_owned(), Value::from(row.month.to_string()))]);
            for (key, value) in self.by.iter().zip(&row.group) {
                line.insert(key.word().into(), value.clone().map_or(Value::Null, Value::from));
            }
            line.extend(object(&row.balance));
            line
        });
        let rows: Vec<Map<String, Value>> = rows.collect();
        let unconverted: Vec<Value> = self
            .unconverted
            .iter()
            .map(|(currency, (recognised, invoiced))| {
                json!({"currency": currency, "recognised": recognised.to_string(), "invoiced": invoiced.to_string()})
            })
            .collect();
        let period: PeriodWords = self.period.words();
        Ok(json!({
            "period": period,
            "currency": self.currency,
            "rows": rows,
            "total": object(&self.total),
            "unconverted": unconverted,
        }))
    }

    /// The table shown and exported.
    #[must_use]
    pub fn table(&self) -> Table {
        let column = Column::new;
        let mut columns = vec![column("month", "Month", "", ColumnKind::Text)];
        columns.extend(self.by.iter().map(|key| column(key.word(), key.label(), "", ColumnKind::Text)));
        for (id, label) in [
            ("deferred_before", "Deferred before"),
            ("invoiced", "Invoiced"),
            ("recognised", "Recognised"),
            ("deferred", "Deferred"),
        ] {
            columns.push(column(id, label, &self.currency, ColumnKind::Money));
        }
        let mut rows: Vec<Row> = self
            .rows
            .iter()
            .map(|line| {
                let mut words = vec![Some(line.month.to_string())];
                words.extend(line.group.iter().cloned());
                row(RowKind::Row, words, &line.balance)
            })
            .collect();
        let mut head = vec![Some("Total".to_owned())];
        head.resize(1 + self.by.len(), Some(String::new()));
        rows.push(row(RowKind::Total, head, &self.total));
        Table {
            id: "revenue".into(),
            title: "Revenue recognised, invoiced and deferred".into(),
            subtitle: format!("{} · {}", self.period.label(), self.currency),
            columns,
            rows,
            notes: self.notes(),
        }
    }

    fn notes(&self) -> Vec<String> {
        let mut notes: Vec<String> = self
            .unconverted
            .iter()
            .map(|(currency, (recognised, invoiced))| {
                format!(
                    "{} recognised and {} invoiced are not converted to {} and in no total",
                    number::money(*recognised, currency),
                    number::money(*invoiced, currency),
                    self.currency
                )
            })
            .collect();
        notes.push(
            "deferred is deferred before plus invoiced less recognised; below zero, more was earned than invoiced"
                .into(),
        );
        notes
    }
}

fn row(kind: RowKind, words: Vec<Option<String>>, balance: &Balance) -> Row {
    let key = words.iter().map(|word| word.as_deref().unwrap_or("\u{0}")).collect::<Vec<_>>().join("\u{1f}");
    let mut cells: Vec<Cell> = words
        .into_iter()
        .map(|word| Cell {
            shown: word.clone().unwrap_or_else(|| "(not stated)".into()),
            value: word,
            ..Cell::default()
        })
        .collect();
    cells.extend(amounts(balance).map(|(_, amount)| Cell {
        value: Some(amount.to_string()),
        shown: number::money_at(amount, 2),
        ..Cell::default()
    }));
    Row { key, kind, cells }
}
