//! Lines of the general ledger: what an account was charged with in a period. They count where a line rule gives the
//! account a line (see `rules.rs`), because the ledger holds the cloud's cost once more.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use marginline_model::{Exact, Month};
use marginline_store::batch::{BatchTotal, Role};
use marginline_store::cost::{CostKey, Origin};
use marginline_store::import::Rows;

use super::bill::{Bill, Line};
use super::field::{FieldError, currency, loose_number, loose_number_or_null, month_first_day};
use super::format::{Format, Reader, Shape, Table, Taken};
use super::header::Header;
use super::record::Record;

/// The general ledger, with a signed amount or with debit and credit.
pub static GENERAL_LEDGER: Format = Format {
    id: "general-ledger",
    label: "General ledger",
    role: Role::Bill,
    append_only: false,
    shapes: &[
        Shape::Table(Table { required: &[PERIOD, ACCOUNT, &["currency"], &["amount"]], telling: TELLING, open }),
        Shape::Table(Table {
            required: &[PERIOD, ACCOUNT, &["currency"], &["debit"], &["credit"]],
            telling: TELLING,
            open,
        }),
    ],
};

/// Who keeps the books; also what the lines are called in reports.
const NAME: &str = "General ledger";
const PERIOD: &[&str] = &["period", "month", "posting_date", "date"];
const ACCOUNT: &[&str] = &["account", "account_code", "account_number", "gl_account"];
const TELLING: &[&str] = &["period", "account", "account_name", "cost_centre", "currency", "amount", "debit", "credit"];

fn open(header: &Header) -> Box<dyn super::format::Reader> {
    Box::new(Ledger { bill: Bill::measuring(["amount", "", "", ""]), signed: header.has("amount") })
}

struct Ledger {
    bill: Bill,
    /// Is there one signed amount? Else there are debit and credit.
    signed: bool,
}

/// `2026-10`, or a date in it.
pub(super) fn month(column: &str, text: &str) -> Result<(Month, NaiveDate), FieldError> {
    if let Ok(month) = text.trim().parse::<Month>() {
        return Ok((month, month.first_day()));
    }
    let date = month_first_day(column, text)
        .map_err(|_| FieldError::new(column, text, "a month such as 2026-10, or a date such as 2026-10-31"))?;
    Ok((Month::of(date), date))
}

fn amount(record: &Record<'_>, signed: bool) -> Result<Exact, FieldError> {
    if signed {
        return loose_number("amount", record.word(&["amount"]));
    }
    let debit = loose_number_or_null("debit", record.word(&["debit"]))?;
    let credit = loose_number_or_null("credit", record.word(&["credit"]))?;
    match (debit, credit) {
        (None, None) => Err(FieldError::new("debit", "", "an amount in debit or in credit; both are empty")),
        (debit, credit) => {
            let (debit, credit) = (debit.unwrap_or(Exact::ZERO), credit.unwrap_or(Exact::ZERO));
            debit
                .plus(credit.negated())
                .map_err(|error| FieldError::new("credit", &credit.to_string(), error.to_string()))
        }
    }
}

/// What rules may give the line to.
fn tags(record: &Record<'_>) -> String {
    let mut all = BTreeMap::new();
    for name in ["customer", "description", "product", "team"] {
        if let Some(text) = record.text(&[name]) {
            all.insert(name, text);
        }
    }
    if all.is_empty() { String::new() } else { serde_json::json!(all).to_string() }
}

impl Reader for Ledger {
    fn read(&mut self, record: &Record<'_>) -> Result<Taken, FieldError> {
        let (billing_month, usage_date) = month("period", record.word(PERIOD))?;
        let number =
            record.text(ACCOUNT).ok_or_else(|| FieldError::new("account", "", "the account's number; it is empty"))?;
        let amount = amount(record, self.signed)?;
        let centre = record.word(&["cost_centre", "cost_center", "department"]);
        let key = CostKey {
            origin: Origin::Books,
            provider: NAME.into(),
            issuer: NAME.into(),
            account: centre.to_owned(),
            category: NAME.into(),
            service: record.text(&["account_name", "account_description"]).unwrap_or(number).to_owned(),
            sku: number.to_owned(),
            tags: tags(record),
            ..CostKey::default()
        };
        let line = Line {
            billing_month,
            usage_date,
            covered_on: None,
            currency: currency("currency", record.word(&["currency"]))?,
            billed: amount,
            effective: amount,
            contracted: None,
            list: None,
            consumed: None,
        };
        self.bill.push(key, &line, record.place)?;
        Ok(Taken::Kept)
    }

    fn take(&mut self) -> Vec<Rows> {
        vec![self.bill.take()]
    }

    fn totals(&self) -> Vec<BatchTotal> {
        self.bill.totals()
    }
}
