//! The register of received invoices: what issuers asked for, to be held against their bills (`report tie-out`).

use std::collections::BTreeMap;

use marginline_model::{Currency, Exact};
use marginline_store::batch::{BatchTotal, Role};
use marginline_store::import::Rows;
use marginline_store::invoice::InvoiceRow;

use super::field::{FieldError, currency, loose_number, loose_number_or_null, money, month_first_day};
use super::format::{Control, Format, Reader, Shape, Table, Taken};
use super::general_ledger::month;
use super::record::Record;
use crate::subject::plain_name;

/// Received invoices.
pub static INVOICES: Format = Format {
    id: "invoices",
    label: "Received invoices",
    role: Role::Reference,
    append_only: false,
    shapes: &[Shape::Table(Table {
        required: &[ISSUER, NUMBER, MONTH, &["currency"], NET],
        telling: &["issuer", "invoice_number", "month", "net", "tax", "currency", "received"],
        open: |_| Box::new(Invoices::default()),
    })],
};

const ISSUER: &[&str] = &["issuer", "invoice_issuer", "vendor", "supplier"];
const NUMBER: &[&str] = &["invoice_number", "invoice_id", "invoice", "number"];
const MONTH: &[&str] = &["month", "billing_month", "period", "invoice_date", "date", "issued"];
const NET: &[&str] = &["net", "net_amount", "amount_net", "subtotal"];

#[derive(Default)]
struct Invoices {
    rows: Vec<InvoiceRow>,
    totals: BTreeMap<Currency, [Control; 2]>,
}

fn must(record: &Record<'_>, names: &[&'static str], what: &str) -> Result<String, FieldError> {
    let found = record.text(names).map(str::to_owned);
    found.ok_or_else(|| FieldError::new(names[0], "", format!("{what}; it is empty")))
}

impl Reader for Invoices {
    fn read(&mut self, record: &Record<'_>) -> Result<Taken, FieldError> {
        let amount = |column: &str, exact: Exact| money(column, &exact.to_string(), exact);
        let code = currency("currency", record.word(&["currency"]))?;
        let net = loose_number("net", record.word(NET))?;
        let tax = loose_number_or_null("tax", record.word(&["tax", "tax_amount", "vat"]))?;
        let received = record.text(&["received", "received_on", "received_date"]);
        let issuer = must(record, ISSUER, "who issued the invoice")?;
        let row = InvoiceRow {
            issuer_plain: plain_name(&issuer),
            issuer,
            number: must(record, NUMBER, "the invoice's number")?,
            month: month("month", record.word(MONTH))?.0,
            net: amount("net", net)?,
            tax: tax.map(|tax| amount("tax", tax)).transpose()?,
            currency: code.code().to_owned(),
            received: received.map(|text| month_first_day("received", text)).transpose()?,
            place: record.place,
        };
        let totals = self.totals.entry(code).or_default();
        totals[0].add(net, row.net);
        if let (Some(exact), Some(stored)) = (tax, row.tax) {
            totals[1].add(exact, stored);
        }
        self.rows.push(row);
        Ok(Taken::Kept)
    }

    fn take(&mut self) -> Vec<Rows> {
        vec![Rows::Invoice(std::mem::take(&mut self.rows))]
    }

    fn totals(&self) -> Vec<BatchTotal> {
        self.totals
            .iter()
            .flat_map(|(currency, controls)| {
                ["net", "tax"]
                    .into_iter()
                    .zip(controls)
                    .filter(|(_, control)| control.seen())
                    .map(|(measure, control)| control.total(currency.code(), measure))
            })
            .collect()
    }
}
