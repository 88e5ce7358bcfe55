//! Reading rows through a mapping: cells become lines of a bill, usage, revenue or postings.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use marginline_model::recognise::{RevenueKind, recognise};
use marginline_model::{Currency, Exact, Month};
use marginline_store::batch::BatchTotal;
use marginline_store::cost::{CostKey, Origin};
use marginline_store::import::Rows;
use marginline_store::revenue::RevenueRow;
use marginline_store::token_usage::{TokenUsageRow, Tokens, UsageKey};

use super::Mapping;
use super::fields::Target;
use super::file::Cells;
use crate::error::Result as EngineResult;
use crate::import::bill::{Bill, Line};
use crate::import::field::{self, FieldError, known, money};
use crate::import::format::{Control, Reader, Taken};
use crate::import::header::Header;
use crate::import::record::Record;
use crate::import::tags;
use crate::import::usage::Usage;

/// Where a field comes from.
#[derive(Debug, Clone)]
enum Source {
    Column(usize, String),
    Constant(String),
}

/// A table read through a mapping.
pub struct Mapped {
    sight: Sight,
    rows: Kept,
}

enum Kept {
    Bill(Box<Bill>),
    Usage(Usage),
    Revenue(Vec<RevenueRow>, BTreeMap<String, Control>),
}

/// One row as it was understood.
#[derive(Debug, Clone)]
pub enum Parsed {
    /// A line of a bill, or a posting.
    Cost(Box<(CostKey, Line)>),
    /// Token usage, with what its source says it cost.
    Usage(Box<TokenUsageRow>, Option<Exact>),
    /// Revenue, with its amount as the file wrote it.
    Revenue(Box<RevenueRow>, Exact),
}

/// How rows are looked at.
pub struct Sight {
    target: Target,
    cells: Cells,
    sources: BTreeMap<String, Source>,
}

impl Sight {
    /// For a table with this header.
    ///
    /// # Errors
    /// When the header lacks a column of the mapping.
    pub fn open(mapping: &Mapping, header: &Header) -> EngineResult<Self> {
        let mut sources = BTreeMap::new();
        for (id, value) in &mapping.constants {
            sources.insert(id.clone(), Source::Constant(value.clone()));
        }
        for (id, name) in &mapping.columns {
            let index = mapping.column(header, name)?;
            sources.insert(id.clone(), Source::Column(index, name.clone()));
        }
        Ok(Self { target: mapping.target, cells: mapping.cells, sources })
    }

    /// Reads one row.
    ///
    /// # Errors
    /// The first field at fault.
    pub fn row(&self, record: &Record<'_>) -> Result<Parsed, FieldError> {
        let row = Row { sight: self, fields: record.fields() };
        match self.target {
            Target::Bill => row.bill().map(|line| Parsed::Cost(Box::new(line))),
            Target::GeneralLedger => row.posting().map(|line| Parsed::Cost(Box::new(line))),
            Target::Usage => {
                let (mut usage, claimed) = row.usage()?;
                usage.place = record.place;
                Ok(Parsed::Usage(Box::new(usage), claimed))
            }
            Target::Revenue => {
                let (mut line, exact) = row.revenue()?;
                line.place = record.place;
                Ok(Parsed::Revenue(Box::new(line), exact))
            }
        }
    }
}

impl Mapped {
    /// For a table with this header.
    ///
    /// # Errors
    /// When the header lacks a column of the mapping.
    pub fn open(mapping: &Mapping, header: &Header) -> EngineResult<Self> {
        let rows = match mapping.target {
            Target::Bill => Kept::Bill(Box::default()),
            Target::GeneralLedger => Kept::Bill(Box::new(Bill::measuring(["amount", "", "", ""]))),
            Target::Usage => Kept::Usage(Usage::default()),
            Target::Revenue => Kept::Revenue(Vec::new(), BTreeMap::new()),
        };
        Ok(Self { sight: Sight::open(mapping, header)?, rows })
    }
}

impl Reader for Mapped {
    fn read(&mut self, record: &Record<'_>) -> Result<Taken, FieldError> {
        match (self.sight.row(record)?, &mut self.rows) {
            (Parsed::Cost(line), Kept::Bill(bill)) => bill.push(line.0, &line.1, record.place)?,
            (Parsed::Usage(row, Some(exact)), Kept::Usage(usage)) => usage.push_claimed(*row, exact),
            (Parsed::Usage(row, None), Kept::Usage(usage)) => usage.push(*row),
            (Parsed::Revenue(row, exact), Kept::Revenue(rows, totals)) => {
                totals.entry(row.currency.clone()).or_default().add(exact, row.amount);
                rows.push(*row);
            }
            // The target decides both, so that they always agree.
            _ => return Ok(Taken::Skipped),
        }
        Ok(Taken::Kept)
    }

    fn take(&mut self) -> Vec<Rows> {
        vec![match &mut self.rows {
            Kept::Bill(bill) => bill.take(),
            Kept::Usage(usage) => usage.take(),
            Kept::Revenue(rows, _) => Rows::Revenue(std::mem::take(rows)),
        }]
    }

    fn totals(&self) -> Vec<BatchTotal> {
        match &self.rows {
            Kept::Bill(bill) => bill.totals(),
            Kept::Usage(usage) => usage.totals(),
            Kept::Revenue(_, totals) => {
                totals.iter().map(|(currency, control)| control.total(currency, "amount")).collect()
            }
        }
    }
}

const CATEGORIES: [&str; 5] = ["Usage", "Purchase", "Tax", "Credit", "Adjustment"];

struct Row<'a> {
    sight: &'a Sight,
    fields: &'a [&'a str],
}

impl<'a> Row<'a> {
    /// A field's text, if it is there and not null, and where it stands.
    fn text(&self, id: &str) -> Option<(&'a str, &'a str)> {
        match self.sight.sources.get(id)? {
            Source::Column(index, name) => Some((name, known(self.fields.get(*index)?)?)),
            Source::Constant(value) => Some(("(constant)", known(value)?)),
        }
    }

    /// The name of the column that holds a field, for messages.
    fn column(&self, id: &'a str) -> &'a str {
        match self.sight.sources.get(id) {
            Some(Source::Column(_, name)) => name,
            _ => id,
        }
    }

    fn word(&self, id: &str) -> String {
        self.text(id).map(|(_, text)| text.to_owned()).unwrap_or_default()
    }

    fn must(&self, id: &'a str) -> Result<String, FieldError> {
        self.text(id)
            .map(|(_, text)| text.to_owned())
            .ok_or_else(|| FieldError::new(self.column(id), "", format!("the {}; it is empty", id.replace('_', " "))))
    }

    fn currency(&self) -> Result<Currency, FieldError> {
        match (self.text("currency"), self.sight.cells.currency) {
            (Some((column, text)), _) => field::currency(column, text),
            (None, Some(currency)) => Ok(currency),
            (None, None) => {
                Err(FieldError::new(self.column("currency"), "", "a currency code, such as USD; it is empty"))
            }
        }
    }

    /// An amount with the mapping's sign and multiplier.
    fn amount_or_null(&self, id: &str, currency: Currency) -> Result<Option<Exact>, FieldError> {
        let Some((column, text)) = self.text(id) else { return Ok(None) };
        let cells = &self.sight.cells;
        let (exact, beside) = cells.number(column, text)?;
        if beside.is_some_and(|code| code != currency.code()) {
            return Err(FieldError::new(column, text, format!("an amount in {currency}, the row's currency")));
        }
        let exact = exact.times(cells.multiplier).map_err(|error| FieldError::new(column, text, error.to_string()))?;
        Ok(Some(if cells.negated { exact.negated() } else { exact }))
    }

    fn amount(&self, id: &'a str, currency: Currency) -> Result<Exact, FieldError> {
        self.amount_or_null(id, currency)?.ok_or_else(|| FieldError::new(self.column(id), "", "an amount; it is empty"))
    }

    fn quantity_or_null(&self, id: &str) -> Result<Option<Exact>, FieldError> {
        self.text(id).map(|(column, text)| Ok(self.sight.cells.number(column, text)?.0)).transpose()
    }

    fn count_or_null(&self, id: &str) -> Result<Option<u64>, FieldError> {
        self.text(id)
            .map(|(column, text)| {
                let (exact, _) = self.sight.cells.number(column, text)?;
                field::count(column, &exact.to_string()).map_err(|error| FieldError::new(column, text, error.expected))
            })
            .transpose()
    }

    fn day_or_null(&self, id: &str) -> Result<Option<NaiveDate>, FieldError> {
        self.text(id).map(|(column, text)| self.sight.cells.day(column, text)).transpose()
    }

    fn day(&self, id: &'a str) -> Result<NaiveDate, FieldError> {
        self.day_or_null(id)?.ok_or_else(|| FieldError::new(self.column(id), "", "a date; it is empty"))
    }

    fn month_or_null(&self, id: &str) -> Result<Option<Month>, FieldError> {
        self.text(id).map(|(column, text)| self.sight.cells.month(column, text)).transpose()
    }

    /// Month and day of a cost: each stands in for the other where only one is told.
    fn dates(&self, month: &str, day: &'a str) -> Result<(Month, NaiveDate), FieldError> {
        match (self.month_or_null(month)?, self.day_or_null(day)?) {
            (Some(month), Some(day)) => Ok((month, day)),
            (Some(month), None) => Ok((month, month.first_day())),
            (None, Some(day)) => Ok((Month::of(day), day)),
            (None, None) => Err(FieldError::new(self.column(day), "", "a date; it is empty")),
        }
    }

    fn tags(&self) -> String {
        let tagged = self.sight.sources.keys().filter_map(|id| {
            let name = id.strip_prefix("tag:")?;
            Some((name, self.text(id)?.1.to_owned()))
        });
        tags::dictionary(tagged)
    }

    fn bill(&self) -> Result<(CostKey, Line), FieldError> {
        let currency = self.currency()?;
        let (billing_month, usage_date) = self.dates("billing_month", "usage_date")?;
        let billed = self.amount("billed", currency)?;
        let line = Line {
            billing_month,
            usage_date,
            covered_on: None,
            currency,
            billed,
            effective: self.amount_or_null("effective", currency)?.unwrap_or(billed),
            contracted: self.amount_or_null("contracted", currency)?,
            list: self.amount_or_null("list", currency)?,
            consumed: self.quantity_or_null("quantity")?,
        };
        let category = self.word("charge_category");
        let known = CATEGORIES.iter().find(|name| name.eq_ignore_ascii_case(&category));
        let charge_category = match known {
            Some(name) => (*name).to_owned(),
            None if category.is_empty() => "Usage".to_owned(),
            None => category,
        };
        let (provider, issuer) = (self.word("provider"), self.word("issuer"));
        let key = CostKey {
            provider: if provider.is_empty() { issuer.clone() } else { provider },
            publisher: self.word("publisher"),
            issuer,
            billing_account: self.word("billing_account"),
            account: self.word("account"),
            account_name: self.word("account_name"),
            region: self.word("region"),
            category: self.word("category"),
            service: self.word("service"),
            sku: self.word("sku"),
            resource: self.word("resource"),
            resource_type: self.word("resource_type"),
            charge_category,
            charge_class: self.word("charge_class"),
            pricing_category: self.word("pricing_category"),
            commitment: self.word("commitment"),
            commitment_status: self.word("commitment_status"),
            consumed_unit: self.word("unit"),
            invoice: self.word("invoice"),
            tags: self.tags(),
            ..CostKey::default()
        };
        Ok((key, line))
    }

    /// A posting: the amount, or debit less credit; the general ledger itself is who speaks.
    fn posting(&self) -> Result<(CostKey, Line), FieldError> {
        let currency = self.currency()?;
        let (billing_month, usage_date) = self.dates("month", "date")?;
        let amount = match self.amount_or_null("amount", currency)? {
            Some(amount) => amount,
            None => self.debit_less_credit(currency)?,
        };
        let line = Line {
            billing_month,
            usage_date,
            covered_on: None,
            currency,
            billed: amount,
            effective: amount,
            contracted: None,
            list: None,
            consumed: None,
        };
        let key = CostKey {
            origin: Origin::Books,
            issuer: "General ledger".to_owned(),
            provider: self.word("vendor"),
            account: self.must("account")?,
            account_name: self.word("account_name"),
            service: self.word("description"),
            charge_category: "Usage".to_owned(),
            invoice: self.word("document"),
            tags: self.tags(),
            ..CostKey::default()
        };
        Ok((key, line))
    }

    fn debit_less_credit(&self, currency: Currency) -> Result<Exact, FieldError> {
        let (debit, credit) = (self.amount_or_null("debit", currency)?, self.amount_or_null("credit", currency)?);
        if debit.is_none() && credit.is_none() {
            let column = if self.sight.sources.contains_key("debit") { "debit" } else { "amount" };
            return Err(FieldError::new(self.column(column), "", "an amount; it is empty"));
        }
        let (debit, credit) = (debit.unwrap_or(Exact::ZERO), credit.unwrap_or(Exact::ZERO));
        debit.plus(credit.negated()).map_err(|error| FieldError::new(self.column("debit"), "", error.to_string()))
    }

    fn usage(&self) -> Result<(TokenUsageRow, Option<Exact>), FieldError> {
        let count = |id: &str| self.count_or_null(id);
        let unit = self.word("unit");
        let quantity = self.quantity_or_null("quantity")?.filter(|_| !unit.is_empty());
        let claimed = match self.text("claimed") {
            Some(_) => Some(self.currency()?),
            None => None,
        };
        let exact = claimed.map(|currency| self.amount("claimed", currency)).transpose()?;
        let (input, output) = (count("input_tokens")?, count("output_tokens")?);
        if input.is_none() && output.is_none() && quantity.is_none() {
            let column = ["input_tokens", "output_tokens", "quantity"];
            let column = column.into_iter().find(|id| self.sight.sources.contains_key(*id)).unwrap_or("input_tokens");
            return Err(FieldError::new(self.column(column), "", "tokens, or a quantity with its unit; it is empty"));
        }
        let row = TokenUsageRow {
            key: UsageKey {
                provider: self.must("provider")?,
                model: self.must("model")?,
                project: self.word("project"),
                customer: self.word("customer"),
                region: self.word("region"),
                service_tier: self.word("service_tier"),
                team: self.word("team"),
                unit: if quantity.is_some() { unit } else { String::new() },
                ..UsageKey::default()
            },
            usage_date: self.day("date")?,
            requests: count("requests")?,
            tokens: Tokens {
                input: input.unwrap_or(0),
                cache_read: count("cache_read_tokens")?.unwrap_or(0),
                cache_write_5m: count("cache_write_5m_tokens")?.unwrap_or(0),
                cache_write_1h: count("cache_write_1h_tokens")?.unwrap_or(0),
                output: output.unwrap_or(0),
            },
            reasoning: count("reasoning_tokens")?,
            quantity_nanos: quantity.map(|exact| self.nanos(exact)).transpose()?,
            claimed: match (claimed, exact) {
                (Some(currency), Some(exact)) => {
                    Some((currency, money(self.column("claimed"), &exact.to_string(), exact)?))
                }
                _ => None,
            },
            record: None,
            place: marginline_store::import::Place::default(),
        };
        Ok((row, exact))
    }

    fn nanos(&self, quantity: Exact) -> Result<i64, FieldError> {
        let column = self.column("quantity");
        Ok(money(column, &quantity.to_string(), quantity)?.parts().0)
    }

    fn revenue(&self) -> Result<(RevenueRow, Exact), FieldError> {
        let currency = self.currency()?;
        let exact = self.amount("amount", currency)?;
        let invoice_date = self.day("invoice_date")?;
        let (start, end) = (self.day_or_null("service_start")?, self.day_or_null("service_end")?);
        let kind = self.kind(exact, start.is_some() && end.is_some())?;
        let service_start = start.unwrap_or(invoice_date);
        let row = RevenueRow {
            invoice_id: self.word("invoice_id"),
            invoice_date,
            customer: self.word("customer"),
            product: self.word("product"),
            plan: self.word("plan"),
            region: self.word("region"),
            kind,
            service_start,
            service_end: end.or_else(|| service_start.succ_opt()).unwrap_or(service_start),
            currency: currency.code().to_owned(),
            amount: money(self.column("amount"), &exact.to_string(), exact)?,
            place: marginline_store::import::Place::default(),
        };
        recognise(kind, row.amount, row.invoice_date, row.service_start, row.service_end).map_err(|error| {
            FieldError::new(self.column("service_end"), &row.service_end.to_string(), error.to_string())
        })?;
        Ok((row, exact))
    }

    /// The kind told; else a credit note below zero, a subscription over a period, and a one-off without one.
    fn kind(&self, amount: Exact, has_period: bool) -> Result<RevenueKind, FieldError> {
        let Some((column, word)) = self.text("kind") else {
            return Ok(match (amount.is_negative(), has_period) {
                (true, _) => RevenueKind::CreditNote,
                (false, true) => RevenueKind::Subscription,
                (false, false) => RevenueKind::OneOff,
            });
        };
        let plain = word.to_lowercase().replace([' ', '-'], "_");
        let kind = RevenueKind::from_word(&plain)
            .ok_or_else(|| FieldError::new(column, word, "subscription, usage, prepaid, one_off or credit_note"))?;
        if kind == RevenueKind::CreditNote && !amount.is_negative() {
            let found = amount.to_string();
            return Err(FieldError::new(
                self.column("amount"),
                &found,
                "a negative amount, because the line is a credit note",
            ));
        }
        Ok(kind)
    }
}
