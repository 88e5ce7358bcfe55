//! Google Cloud's billing export: rows of the BigQuery export, flattened to CSV or nested in JSON.
//!
//! A row's cost and its credits, which are negative, make what is billed. Credits that change with use (discounts)
//! stay with the use; promotions and the free tier become a credit of their own, so that margin can be read without
//! them. Rows grow by `export_time`: a later feed adds, the same days of export again replace.

use std::collections::BTreeMap;

use marginline_model::{Exact, Month};
use marginline_store::batch::{BatchTotal, Role};
use marginline_store::cost::CostKey;
use marginline_store::import::Rows;

use super::bill::{Bill, Line};
use super::field::{self, FieldError, day, loose_number, loose_number_or_null};
use super::format::{Format, Json, Reader, Shape, Table, Taken};
use super::literal;
use super::node::Node;
use super::record::Record;

/// Google Cloud's billing export.
pub static GCP: Format = Format {
    id: "gcp",
    label: "Google Cloud billing export",
    role: Role::Bill,
    append_only: false,
    shapes: &[
        Shape::Table(Table {
            required: &[&["usage_start_time"], &["service.id"], &["cost"], &["currency"]],
            telling: &[
                "billing_account_id",
                "service.id",
                "sku.id",
                "usage_start_time",
                "cost",
                "credits",
                "invoice.month",
            ],
            open: |header| Box::new(Gcp { bill: Bill::default(), has_invoice: header.has("invoice.month") }),
        }),
        Shape::Json(Json {
            likeness,
            records: |document| match document {
                Node::List(rows) => rows,
                row => vec![row],
            },
            open: || Box::new(Gcp::default()),
        }),
    ],
};

fn likeness(first: &Node) -> usize {
    let row = first.items().first().unwrap_or(first);
    let must = ["usage_start_time", "cost", "currency", "service"];
    if must.iter().any(|name| row.get(name).is_none()) {
        return 0;
    }
    let more = ["billing_account_id", "sku", "invoice", "credits", "export_time"];
    must.len() + more.iter().filter(|name| row.get(name).is_some()).count()
}

#[derive(Default)]
struct Gcp {
    bill: Bill,
    /// A table that has a column for the month of the invoice must fill it.
    has_invoice: bool,
}

/// Credits that are a present and not a price.
const PRESENTS: [&str; 2] = ["PROMOTION", "FREE_TIER"];

/// What is known of a service's category: the beginning or a part of its description, and FOCUS's name for it.
const CATEGORIES: [(&str, &str); 24] = [
    ("vertex", "AI and Machine Learning"),
    ("gemini", "AI and Machine Learning"),
    ("generative language", "AI and Machine Learning"),
    ("machine learning", "AI and Machine Learning"),
    ("cloud tpu", "AI and Machine Learning"),
    ("compute engine", "Compute"),
    ("kubernetes", "Compute"),
    ("cloud run", "Compute"),
    ("app engine", "Compute"),
    ("cloud functions", "Compute"),
    ("cloud storage", "Storage"),
    ("filestore", "Storage"),
    ("bigquery", "Analytics"),
    ("dataflow", "Analytics"),
    ("pub/sub", "Integration"),
    ("sql", "Databases"),
    ("spanner", "Databases"),
    ("firestore", "Databases"),
    ("bigtable", "Databases"),
    ("networking", "Networking"),
    ("dns", "Networking"),
    ("security", "Security"),
    ("logging", "Management and Governance"),
    ("monitoring", "Management and Governance"),
];

fn category(service: &str) -> &'static str {
    let service = service.to_lowercase();
    CATEGORIES.iter().find(|(part, _)| service.contains(part)).map_or("Other", |(_, name)| name)
}

/// Sums of a row's credits: those that belong to the use, and presents. `None` where there is no present.
struct Credits {
    of_use: Exact,
    present: Option<Exact>,
}

fn credits(record: &Record<'_>) -> Result<Credits, FieldError> {
    let mut sums = Credits { of_use: Exact::ZERO, present: None };
    let expected = "a list of credits, each with an amount";
    let Some(node) = structure(record, &["credits"]).map_err(|found| FieldError::new("credits", &found, expected))?
    else {
        return Ok(sums);
    };
    let one = std::slice::from_ref(&node);
    let list = if matches!(node, Node::Object(_)) { one } else { node.items() };
    if matches!(node, Node::Text(_) | Node::Number(_) | Node::Bool(_)) {
        return Err(FieldError::new("credits", &node.to_string(), expected));
    }
    for credit in list {
        let text = credit.get("amount").and_then(Node::text);
        let amount = text.ok_or_else(|| FieldError::new("credits", &credit.to_string(), expected))?;
        let amount = loose_number("credits.amount", amount)?;
        let present = credit.get("type").and_then(Node::text).is_some_and(|kind| PRESENTS.contains(&kind));
        let sum = if present { sums.present.get_or_insert(Exact::ZERO) } else { &mut sums.of_use };
        *sum = sum
            .plus(amount)
            .map_err(|error| FieldError::new("credits.amount", &amount.to_string(), error.to_string()))?;
    }
    Ok(sums)
}

/// A nested field, from JSON or from a cell with JSON or what Python prints; the text where it is neither.
fn structure(record: &Record<'_>, names: &[&'static str]) -> Result<Option<Node>, String> {
    if let Some(text) = record.text(names) {
        return literal::read(text).map(Some).ok_or_else(|| text.to_owned());
    }
    Ok(record.node(names).map(std::borrow::Cow::into_owned))
}

/// Labels of project and resource and tags as one object with sorted keys; the nearer to the resource wins.
fn tags(record: &Record<'_>) -> Result<String, FieldError> {
    let mut all: BTreeMap<String, String> = BTreeMap::new();
    for column in ["project.labels", "labels", "tags"] {
        let found = structure(record, &[column]);
        let node = found.map_err(|found| FieldError::new(column, &found, "a list of keys and values"))?;
        match node {
            Some(Node::Object(pairs)) => {
                all.extend(pairs.into_iter().filter_map(|(key, value)| Some((key, value.text()?.to_owned()))));
            }
            Some(node) => all.extend(node.items().iter().filter_map(|pair| {
                let word = |name: &str| pair.get(name).and_then(Node::text).map(str::to_owned);
                Some((word("key")?, word("value").unwrap_or_default()))
            })),
            None => {}
        }
    }
    Ok(super::tags::dictionary(all))
}

fn key(record: &Record<'_>) -> Result<CostKey, FieldError> {
    let word = |names: &[&'static str]| record.word(names).to_owned();
    let kind = record.word(&["cost_type"]);
    let charge_category = match kind {
        "tax" => "Tax",
        "adjustment" | "rounding_error" => "Adjustment",
        _ => "Usage",
    };
    let corrects = record.text(&["adjustment_info.id", "adjustment_info.mode", "adjustment_info.type"]).is_some();
    let service = word(&["service.description", "service.id"]);
    Ok(CostKey {
        provider: "Google Cloud".into(),
        publisher: record.text(&["seller_name"]).unwrap_or("Google Cloud").to_owned(),
        issuer: "Google Cloud".into(),
        billing_account: word(&["billing_account_id"]),
        account: word(&["project.id"]),
        account_name: word(&["project.name"]),
        region: word(&["location.region", "location.location"]),
        category: category(&service).into(),
        service,
        sku: word(&["sku.id"]),
        resource: word(&["resource.global_name", "resource.name"]),
        charge_category: charge_category.into(),
        charge_class: if corrects { "Correction".into() } else { String::new() },
        commitment: word(&["subscription.instance_id"]),
        consumed_unit: word(&["usage.unit"]),
        tags: tags(record)?,
        ..CostKey::default()
    })
}

/// `202611`, which is what the invoice is for, whatever the day of use.
fn invoice_month(text: &str) -> Result<Month, FieldError> {
    let (year, month) = text.split_at_checked(4).unwrap_or((text, ""));
    let whole = text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit());
    let month = format!("{year}-{month}").parse().ok().filter(|_| whole);
    month.ok_or_else(|| FieldError::new("invoice.month", text, "a month such as 202610"))
}

impl Reader for Gcp {
    fn read(&mut self, record: &Record<'_>) -> Result<Taken, FieldError> {
        let usage_date = day("usage_start_time", record.word(&["usage_start_time"]))?;
        let billing_month = match record.text(&["invoice.month"]) {
            Some(text) => invoice_month(text)?,
            None if self.has_invoice => invoice_month("")?,
            None => Month::of(usage_date),
        };
        let cost = loose_number("cost", record.word(&["cost"]))?;
        let credits = credits(record)?;
        let billed =
            cost.plus(credits.of_use).map_err(|error| FieldError::new("cost", &cost.to_string(), error.to_string()))?;
        let list = loose_number_or_null("cost_at_list", record.word(&["cost_at_list"]))?;
        let line = Line {
            billing_month,
            usage_date,
            covered_on: record.text(&["export_time"]).map(|text| day("export_time", text)).transpose()?,
            currency: field::currency("currency", record.word(&["currency"]))?,
            billed,
            effective: billed,
            contracted: None,
            list,
            consumed: loose_number_or_null("usage.amount", record.word(&["usage.amount"]))?,
        };
        let key = key(record)?;
        let Some(present) = credits.present else {
            self.bill.push(key, &line, record.place)?;
            return Ok(Taken::Kept);
        };
        let gift = Line {
            billed: present,
            effective: present,
            // A present has no list price of its own; where the use has one, it adds nothing to it.
            list: list.map(|_| Exact::ZERO),
            consumed: None,
            ..line.clone()
        };
        // Either both are kept or none, so the second is tried before the first is kept.
        field::money("credits.amount", &present.to_string(), present)?;
        let credit = CostKey { charge_category: "Credit".into(), ..key.clone() };
        self.bill.push(key, &line, record.place)?;
        self.bill.push(credit, &gift, record.place)?;
        Ok(Taken::Kept)
    }

    fn take(&mut self) -> Vec<Rows> {
        vec![self.bill.take()]
    }

    fn totals(&self) -> Vec<BatchTotal> {
        self.bill.totals()
    }
}
