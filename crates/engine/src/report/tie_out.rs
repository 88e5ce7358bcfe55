//! Tie-out: what bills say an issuer asks for, beside what its received invoices ask for, by billing month and
//! currency. Bills only: claims, the general ledger and usage without a bill are on no invoice. Lines of tax are held
//! against the invoices' tax, and all others against their net amount. A side that is missing is unknown, never zero.

use std::collections::BTreeMap;

use marginline_model::{Money, Month};
use marginline_store::invoice::InvoiceSum;
use serde_json::{Value, json};

use super::Period;
use crate::Engine;
use crate::error::{EngineError, Result};
use crate::facts::Facts;
use crate::number;
use crate::subject::{BILL, plain_name};
use crate::view::{Cell, Column, ColumnKind, Row, RowKind, Table, Tone};

/// An issuer's month in one currency.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tie {
    /// Billing month.
    pub month: String,
    /// Issuer, as its bill names it, else as its invoice does.
    pub issuer: String,
    /// Currency.
    pub currency: String,
    /// BilledCost of its bills without their lines of tax; `None` where there is no bill.
    pub billed: Option<Money>,
    /// BilledCost of the lines of tax; `None` where there is none.
    pub billed_tax: Option<Money>,
    /// Its received invoices without tax; `None` where none came.
    pub invoiced: Option<Money>,
    /// Tax of those invoices; `None` where one of them does not tell.
    pub tax: Option<Money>,
    /// How many invoices came.
    pub invoices: u64,
}

impl Tie {
    /// Billed less invoiced; `None` where a side is missing.
    #[must_use]
    pub fn difference(&self) -> Option<Money> {
        Some(self.billed? - self.invoiced?)
    }

    /// `ties`, `differs`, `not received` or `no bill`.
    #[must_use]
    pub fn verdict(&self) -> &'static str {
        match (self.billed, self.invoiced) {
            (Some(billed), Some(invoiced)) if billed == invoiced => "ties",
            (Some(_), Some(_)) => "differs",
            (Some(_), None) => "not received",
            (None, _) => "no bill",
        }
    }
}

/// Bills beside invoices.
#[derive(Debug, Clone)]
pub struct TieOutReport {
    /// The months shown.
    pub period: Period,
    /// In order of month, issuer and currency.
    pub rows: Vec<Tie>,
}

impl Engine {
    /// Bills beside received invoices, by issuer, billing month and currency.
    ///
    /// # Errors
    /// A period that ends before it begins, or neither a bill nor an invoice in the ledger.
    pub async fn tie_out(&self, from: Option<Month>, to: Option<Month>) -> Result<TieOutReport> {
        let facts = self.facts().await?;
        report(&facts, self.ledger().invoice_sums().await?, from, to)
    }
}

type Place = (Month, String, String);

fn report(facts: &Facts, invoices: Vec<InvoiceSum>, from: Option<Month>, to: Option<Month>) -> Result<TieOutReport> {
    let mut rows: BTreeMap<Place, Tie> = BTreeMap::new();
    for fact in &facts.costs {
        let columns = &facts.subjects[fact.subject].columns;
        let is_bill = columns.get("source").is_some_and(|source| source == BILL);
        let Some(billed) = fact.billed.filter(|_| is_bill) else { continue };
        let issuer = columns.get("issuer").or_else(|| columns.get("provider")).map_or("", String::as_str);
        let row = row_of(&mut rows, fact.billing_month, issuer, &fact.currency);
        let is_tax = columns.get("charge_category").is_some_and(|charge| charge == "Tax");
        let (net, tax) = if is_tax { (Money::ZERO, Some(billed)) } else { (billed, None) };
        row.billed = Some(row.billed.unwrap_or_default() + net);
        row.billed_tax = tax.map(|tax| row.billed_tax.unwrap_or_default() + tax).or(row.billed_tax);
    }
    for sum in invoices {
        let month = sum.month.parse().map_err(|_| {
            EngineError::failed(format!("the ledger holds a month {:?} that is none", sum.month))
                .then("run `marginline check`")
        })?;
        let row = row_of(&mut rows, month, &sum.issuer, &sum.currency);
        let known = (sum.tax_missing == 0).then_some(sum.tax);
        row.tax = if row.invoices == 0 { known } else { row.tax.zip(known).map(|(a, b)| a + b) };
        row.invoiced = Some(row.invoiced.unwrap_or_default() + sum.net);
        row.invoices += sum.invoices;
    }
    let empty = || {
        EngineError::failed("the workspace holds neither a bill nor an invoice")
            .then("import bills and a register of received invoices")
    };
    let first = rows.keys().next().map(|place| place.0);
    let last = rows.keys().next_back().map(|place| place.0);
    let period = Period { from: from.or(first).ok_or_else(empty)?, to: to.or(last).ok_or_else(empty)? };
    if period.to < period.from {
        let text = format!("the period ends in {}, before it begins in {}", period.to, period.from);
        return Err(EngineError::usage(text).then("swap the months"));
    }
    let rows = rows.into_iter().filter(|(place, _)| period.has(place.0)).map(|(_, row)| row).collect();
    Ok(TieOutReport { period, rows })
}

/// The row of an issuer, whose name bills and invoices may write with other case and punctuation.
fn row_of<'a>(rows: &'a mut BTreeMap<Place, Tie>, month: Month, issuer: &str, currency: &str) -> &'a mut Tie {
    rows.entry((month, plain_name(issuer), currency.to_owned())).or_insert_with(|| Tie {
        month: month.to_string(),
        issuer: issuer.to_owned(),
        currency: currency.to_owned(),
        ..Tie::default()
    })
}

impl TieOutReport {
    /// Does anything not tie?
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.rows.iter().any(|row| row.verdict() != "ties")
    }

    /// The JSON document of `report tie-out`.
    #[must_use]
    pub fn json(&self) -> Value {
        let text = |money: Option<Money>| money.map(|money| money.to_string());
        let rows: Vec<Value> = self
            .rows
            .iter()
            .map(|row| {
                json!({
                    "month": row.month,
                    "issuer": row.issuer,
                    "currency": row.currency,
                    "billed": text(row.billed),
                    "invoiced": text(row.invoiced),
                    "difference": text(row.difference()),
                    "billed_tax": text(row.billed_tax),
                    "invoiced_tax": text(row.tax),
                    "invoices": row.invoices,
                    "verdict": row.verdict(),
                })
            })
            .collect();
        json!({"period": self.period.words(), "month_basis": "billing_month", "rows": rows, "open": self.is_open()})
    }

    /// The table shown and exported. Currencies do not add, so there is no total.
    #[must_use]
    pub fn table(&self) -> Table {
        let column =
            |id: &str, label: &str, kind| Column { id: id.into(), label: label.into(), unit: String::new(), kind };
        let rows = self.rows.iter().map(Tie::row).collect();
        let open = self.rows.iter().filter(|row| row.verdict() != "ties").count();
        Table {
            id: "tie-out".into(),
            title: "Bills and received invoices".into(),
            subtitle: format!("{} · billing month · without tax", self.period.label()),
            columns: vec![
                column("month", "Month", ColumnKind::Text),
                column("issuer", "Issuer", ColumnKind::Text),
                column("currency", "Currency", ColumnKind::Text),
                column("billed", "Billed", ColumnKind::Money),
                column("invoiced", "Invoiced", ColumnKind::Money),
                column("difference", "Difference", ColumnKind::Money),
                column("billed_tax", "Tax billed", ColumnKind::Money),
                column("invoiced_tax", "Tax invoiced", ColumnKind::Money),
                column("verdict", "Verdict", ColumnKind::Text),
            ],
            rows,
            notes: vec![match open {
                0 => "every bill ties to its invoices".into(),
                _ => format!("{open} of {} do not tie; a missing side is unknown, not zero", self.rows.len()),
            }],
        }
    }
}

impl Tie {
    fn row(&self) -> Row {
        let text = |text: &str| Cell { value: Some(text.into()), shown: text.into(), ..Cell::default() };
        let money = |amount: Option<Money>| Cell {
            value: amount.map(|amount| amount.to_string()),
            shown: amount.map_or_else(|| number::UNKNOWN.into(), |amount| number::money_at(amount, 2)),
            ..Cell::default()
        };
        let tone = match self.verdict() {
            "ties" => Tone::Good,
            "differs" => Tone::Bad,
            _ => Tone::Warn,
        };
        Row {
            key: [self.month.as_str(), &self.issuer, &self.currency].join("\u{1f}"),
            kind: RowKind::Row,
            cells: vec![
                text(&self.month),
                text(if self.issuer.is_empty() { "(not stated)" } else { &self.issuer }),
                text(&self.currency),
                money(self.billed),
                money(self.invoiced),
                Cell { tone, ..money(self.difference()) },
                money(self.billed_tax),
                money(self.tax),
                Cell { tone, ..text(self.verdict()) },
            ],
        }
    }
}
