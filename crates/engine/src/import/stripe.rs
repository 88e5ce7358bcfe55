//! Stripe: lines of invoices and credit notes as the API lists them and as Sigma and Data Pipeline export them, and the dashboard's
//! export of whole invoices.
//!
//! Sources: Stripe's API reference (invoice line item: `amount` in the currency's smallest unit, `period` with an
//! excluded end, `discount_amounts`), its page on currencies (without decimals, with three), and the columns of the
//! dashboard's export, whose amounts are decimal and whose dates are named `(UTC)`.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use marginline_model::recognise::{RevenueKind, recognise};
use marginline_model::{Currency, Exact};
use marginline_store::batch::{BatchTotal, Role};
use marginline_store::import::Rows;
use marginline_store::revenue::RevenueRow;

use super::field::{FieldError, currency, day, money, number, unix_moment};
use super::format::{Control, Format, Json, Reader, Shape, Table, Taken};
use super::node::Node;
use super::record::Record;

/// Stripe's invoices and their lines.
pub static STRIPE: Format = Format {
    id: "stripe",
    label: "Stripe",
    role: Role::Revenue,
    append_only: false,
    shapes: &[
        Shape::Table(Table {
            required: &[
                &["id", "line_item_id", "invoice_line_item_id"],
                &["invoice_id", "invoice"],
                &["amount", "invoice_line_item_amount"],
                &["currency"],
                &["period_start"],
                &["period_end"],
            ],
            telling: &["invoice_id", "amount", "currency", "period_start", "period_end", "proration", "price_id"],
            open: |_| Box::new(Stripe { amounts: Amounts::OfLine, ..Stripe::default() }),
        }),
        Shape::Table(Table {
            required: &[&["id"], &["Currency"], &["Customer", "Customer ID"], &["Date (UTC)"], &["Subtotal"]],
            telling: &["id", "Number", "Currency", "Customer", "Date (UTC)", "Subtotal", "Total", "Status"],
            open: |_| Box::new(Stripe { amounts: Amounts::OfInvoice, ..Stripe::default() }),
        }),
        Shape::Json(Json { likeness, records, open: || Box::new(Stripe::default()) }),
    ],
};

/// How amounts are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Amounts {
    /// A line's, in the smallest unit of its currency.
    #[default]
    OfLine,
    /// A whole invoice's, in units of its currency.
    OfInvoice,
}

fn is_a(node: &Node, object: &str) -> bool {
    node.get("object").and_then(Node::text) == Some(object)
}

fn likeness(first: &Node) -> usize {
    let inner = first.get("data").filter(|_| is_a(first, "list")).unwrap_or(first);
    let one = inner.items().first().unwrap_or(inner);
    let asks = (is_a(one, "invoice") || is_a(one, "credit_note")) && one.get("lines").is_some();
    if asks || is_a(one, "line_item") { 4 } else { 0 }
}

/// Every line with its invoice: `{line, invoice}`. An invoice that shows only its first lines has a record that
/// says so.
fn records(mut document: Node) -> Vec<Node> {
    let list = match document.remove("data") {
        Some(data) => data.into_items(),
        None if matches!(document, Node::List(_)) => document.into_items(),
        None => vec![document],
    };
    let pair = |line: Node, invoice: &Node| {
        Node::Object(BTreeMap::from([("line".to_owned(), line), ("invoice".to_owned(), invoice.clone())]))
    };
    list.into_iter()
        .flat_map(|mut item| {
            if is_a(&item, "line_item") {
                return vec![pair(item, &Node::Null)];
            }
            let Some(mut lines) = item.remove("lines") else { return vec![pair(Node::Null, &item)] };
            let more = lines.get("has_more").and_then(Node::text) == Some("true");
            let lines = lines.remove("data").map(Node::into_items).unwrap_or_default();
            let mut all: Vec<Node> = lines.into_iter().map(|line| pair(line, &item)).collect();
            if more {
                all.push(pair(Node::Null, &item));
            }
            all
        })
        .collect()
}

/// Currencies whose smallest unit is the whole one.
const WITHOUT_DECIMALS: [&str; 15] =
    ["BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"];
/// Currencies whose smallest unit is a thousandth.
const THREE_DECIMALS: [&str; 5] = ["BHD", "JOD", "KWD", "OMR", "TND"];

/// An amount in units of its currency, from its smallest unit.
fn in_units(exact: Exact, currency: Currency) -> Result<Exact, FieldError> {
    let code = currency.code();
    match code {
        // Listed as without decimals, and by a special rule written with two: a factor of 100 is not guessed.
        "UGX" => {
            Err(FieldError::new("currency", code, "another currency: Stripe writes UGX with and without decimals"))
        }
        _ if WITHOUT_DECIMALS.contains(&code) => Ok(exact),
        _ if THREE_DECIMALS.contains(&code) => Ok(exact.shifted(-3)),
        _ => Ok(exact.shifted(-2)),
    }
}

/// A moment's date: seconds since 1970, or as exports write dates.
fn date(column: &str, text: &str) -> Result<NaiveDate, FieldError> {
    let seconds = text.len() >= 9 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if seconds { unix_moment(column, text).map(|moment| moment.date()) } else { day(column, text) }
}

#[derive(Default)]
struct Stripe {
    amounts: Amounts,
    rows: Vec<RevenueRow>,
    totals: BTreeMap<Currency, Control>,
}

const START: [&str; 5] = [
    "line.period.start",
    "period_start",
    "Minimum Line Item Period Start (UTC)",
    "Period Start (UTC)",
    "line.period_start",
];
const END: [&str; 5] =
    ["line.period.end", "period_end", "Maximum Line Item Period End (UTC)", "Period End (UTC)", "line.period_end"];
const INVOICED: [&str; 9] = [
    "invoice.effective_at",
    "invoice.status_transitions.finalized_at",
    "invoice.created",
    "invoice.date",
    "Finalized At (UTC)",
    "Date (UTC)",
    "finalized_at",
    "invoice_date",
    "date",
];

impl Stripe {
    /// What the customer is asked for without tax and after discounts, as the currency's units.
    fn net(&self, record: &Record<'_>, currency: Currency) -> Result<Exact, FieldError> {
        let read = |names: &[&'static str]| record.text(names).map(|text| number(names[0], text)).transpose();
        let sum = |a: Exact, b: Exact| {
            a.plus(b).map_err(|error| FieldError::new("amount", &a.to_string(), error.to_string()))
        };
        if self.amounts == Amounts::OfInvoice {
            let subtotal = number("Subtotal", record.word(&["Subtotal"]))?;
            return match read(&["Total"])? {
                Some(total) => sum(total, read(&["Tax"])?.unwrap_or(Exact::ZERO).negated()),
                None => sum(subtotal, read(&["Total Discount Amount"])?.unwrap_or(Exact::ZERO).negated()),
            };
        }
        let names =
            ["line.amount_excluding_tax", "line.amount", "amount_excluding_tax", "amount", "invoice_line_item_amount"];
        let mut amount = number("amount", record.word(&names))?;
        if let Some(discounts) = record.node(&["line.discount_amounts"]) {
            for discount in discounts.items() {
                let text = discount.get("amount").and_then(Node::text).unwrap_or_default();
                amount = sum(amount, number("discount_amounts.amount", text)?.negated())?;
            }
        }
        // A credit note writes what it takes off without a sign.
        let takes_off = record.word(&["invoice.object"]) == "credit_note";
        in_units(if takes_off { amount.negated() } else { amount }, currency)
    }

    fn row(&self, record: &Record<'_>) -> Result<(RevenueRow, Currency, Exact), FieldError> {
        if record.text(&["line.object"]).is_none() && record.text(&["invoice.object"]).is_some() {
            return Err(FieldError::new(
                "lines",
                "has_more",
                "every line of the invoice; list them with a higher limit",
            ));
        }
        let words = |names: &[&'static str]| record.word(names).to_owned();
        let code = currency("currency", record.word(&["line.currency", "currency", "invoice.currency"]))?;
        let exact = self.net(record, code)?;
        let start = date("period_start", record.text(&START).or(record.text(&INVOICED)).unwrap_or_default())?;
        let end = record.text(&END).map_or(Ok(start), |text| date("period_end", text))?;
        let invoiced = record.text(&INVOICED).map_or(Ok(start), |text| date("invoice_date", text))?;
        if end < start {
            return Err(FieldError::new("period_end", &end.to_string(), "a period that ends after it begins"));
        }
        let metered = ["line.plan.usage_type", "line.price.recurring.usage_type", "usage_type"];
        let kind = match (exact.is_negative(), end > start) {
            (true, _) => RevenueKind::CreditNote,
            (false, false) => RevenueKind::OneOff,
            (false, true) if record.word(&metered) == "metered" => RevenueKind::Usage,
            (false, true) => RevenueKind::Subscription,
        };
        // A credit for a moment belongs to its day.
        let end = if end > start { end } else { start.succ_opt().unwrap_or(start) };
        let amount = money("amount", &exact.to_string(), exact)?;
        recognise(kind, amount, invoiced, start, end)
            .map_err(|error| FieldError::new("period_end", &end.to_string(), error.to_string()))?;
        let product = [
            "line.pricing.price_details.product",
            "line.price.product",
            "line.plan.product",
            "product_name",
            "product_id",
            "product",
        ];
        let plan = ["line.pricing.price_details.price", "line.price.id", "line.plan.id", "price_id", "plan_id"];
        let row = RevenueRow {
            invoice_id: words(&[
                "invoice.number",
                "invoice.id",
                "line.invoice",
                "Number",
                "invoice_id",
                "invoice",
                "id",
            ]),
            invoice_date: invoiced,
            customer: words(&[
                "invoice.customer_name",
                "invoice.customer",
                "Customer Name",
                "customer_name",
                "Customer",
                "customer_id",
            ]),
            product: words(&product),
            plan: words(&plan),
            region: words(&["invoice.customer_address.country", "Customer Address Country"]),
            kind,
            service_start: start,
            service_end: end,
            currency: code.code().to_owned(),
            amount,
            place: record.place,
        };
        Ok((row, code, exact))
    }
}

impl Reader for Stripe {
    fn read(&mut self, record: &Record<'_>) -> Result<Taken, FieldError> {
        // A draft asks nobody for money yet, and a void invoice no longer does.
        if matches!(record.word(&["invoice.status", "Status", "invoice_status"]), "draft" | "void" | "deleted") {
            return Ok(Taken::Skipped);
        }
        let (row, code, exact) = self.row(record)?;
        self.totals.entry(code).or_default().add(exact, row.amount);
        self.rows.push(row);
        Ok(Taken::Kept)
    }

    fn take(&mut self) -> Vec<Rows> {
        vec![Rows::Revenue(std::mem::take(&mut self.rows))]
    }

    fn totals(&self) -> Vec<BatchTotal> {
        self.totals.iter().map(|(currency, control)| control.total(currency.code(), "amount")).collect()
    }
}
