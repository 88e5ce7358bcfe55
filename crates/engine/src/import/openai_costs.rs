//! OpenAI's costs, in dollars: pages of the Costs API and the cost file of its dashboard.
//!
//! Source: OpenAI API reference, organization costs. Amounts are dollars, written as numbers or as text.

use marginline_model::Month;
use marginline_store::batch::{BatchTotal, Role};
use marginline_store::import::Rows;

use super::ai::{Fields, ai_key, name_model, page_likeness, results, tags};
use super::bill::{Bill, Line};
use super::field::{FieldError, currency};
use super::format::{Format, Json, Reader, Shape, Table, Taken};
use super::record::Record;

/// OpenAI's costs.
pub static OPENAI_COSTS: Format = Format {
    id: "openai-costs",
    label: "OpenAI costs",
    role: Role::Bill,
    append_only: false,
    shapes: &[
        Shape::Json(Json {
            likeness: |first| page_likeness(first, "start_time", true),
            records: |document| results(document, "start_time"),
            open: || Box::new(OpenAiCosts::default()),
        }),
        Shape::Table(Table {
            required: &[&["start_time"], &["amount_value"], &["amount_currency"]],
            telling: &[
                "start_time",
                "end_time",
                "start_time_iso",
                "end_time_iso",
                "amount_value",
                "amount_currency",
                "line_item",
                "quantity_unit",
            ],
            open: |_| Box::new(OpenAiCosts::default()),
        }),
    ],
};

const TIMES: [&str; 4] = ["start_time", "end_time", "start_time_iso", "end_time_iso"];

#[derive(Default)]
struct OpenAiCosts {
    bill: Bill,
}

/// The model of a line item such as `gpt-4o-mini, input`; other items name none.
fn model(line_item: &str) -> &str {
    let first = line_item.split_once(", ").map_or("", |(first, _)| first.trim());
    if first.contains(char::is_whitespace) { "" } else { first }
}

impl Reader for OpenAiCosts {
    fn read(&mut self, record: &Record<'_>) -> Result<Taken, FieldError> {
        // A day without cost is a row of times; a table alone has columns to ask for.
        if !record.fields().is_empty() && record.columns("").iter().all(|(name, _)| TIMES.contains(name)) {
            return Ok(Taken::Skipped);
        }
        let fields = Fields::open(record, &[])?;
        let day = fields.day(&["start_time", "start_time_iso"])?;
        let amount = fields.amount(&["amount_value", "amount.value"])?;
        let (name, code) = fields.find(&["amount_currency", "amount.currency"]).unwrap_or(("amount_currency", ""));
        let currency = currency(name, code)?;
        let item = fields.word(&["line_item"]);
        let mut key = ai_key("OpenAI", "OpenAI API");
        key.billing_account = fields.word(&["organization_id"]);
        key.account = fields.word(&["project_id"]);
        key.account_name = fields.word(&["project_name"]);
        key.consumed_unit = fields.word(&["quantity_unit"]);
        key.tags =
            tags(&[("api_key", fields.word(&["api_key_id"])), ("user", fields.word(&["user_email", "user_id"]))]);
        name_model(&mut key, model(&item));
        key.sku = item;
        let line = Line {
            billing_month: Month::of(day),
            usage_date: day,
            covered_on: None,
            currency,
            billed: amount,
            effective: amount,
            contracted: None,
            list: None,
            consumed: fields.amount_or_null(&["quantity"])?,
        };
        self.bill.push(key, &line, fields.place())?;
        Ok(Taken::Kept)
    }

    fn take(&mut self) -> Vec<Rows> {
        vec![self.bill.take()]
    }

    fn totals(&self) -> Vec<BatchTotal> {
        self.bill.totals()
    }
}
