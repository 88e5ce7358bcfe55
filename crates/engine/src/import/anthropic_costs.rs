//! Anthropic's costs: pages of the Admin API's cost report, in cents, and the cost file of its console, in dollars
//! that are rounded to cents by row.
//!
//! Source: Anthropic Admin API, cost report: amounts are decimal text in the lowest unit of the currency.

use marginline_model::{Exact, Month};
use marginline_store::batch::{BatchTotal, Role};
use marginline_store::import::Rows;

use super::ai::{Fields, ai_key, name_model, page_likeness, results, tags, usd};
use super::bill::{Bill, Line};
use super::field::{FieldError, currency};
use super::format::{Format, Json, Reader, Shape, Table, Taken};
use super::record::Record;

/// Anthropic's costs.
pub static ANTHROPIC_COSTS: Format = Format {
    id: "anthropic-costs",
    label: "Anthropic costs",
    role: Role::Bill,
    append_only: false,
    shapes: &[
        Shape::Json(Json {
            likeness: |first| page_likeness(first, "starting_at", true),
            records: |document| results(document, "starting_at"),
            open: || Box::new(AnthropicCosts { bill: Bill::default(), cents: true }),
        }),
        Shape::Table(Table {
            required: &[&["usage_date_utc"], &["cost_usd"]],
            telling: &["usage_date_utc", "model", "workspace", "usage_type", "token_type", "cost_usd"],
            open: |_| Box::new(AnthropicCosts { bill: Bill::default(), cents: false }),
        }),
    ],
};

struct AnthropicCosts {
    bill: Bill,
    /// Are amounts cents, and is the currency told?
    cents: bool,
}

/// What a line is for: the model and which of its tokens, else what the report calls it.
fn sku(fields: &Fields<'_>, model: &str) -> String {
    let kind = fields.word(&["token_type"]);
    let parts = [
        if model.is_empty() { fields.word(&["description", "cost_type"]) } else { model.to_owned() },
        kind,
        fields.word(&["service_tier"]).replace("standard", ""),
        if model.is_empty() { String::new() } else { fields.word(&["context_window"]) },
        fields.word(&["speed"]).replace("standard", ""),
    ];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}

impl Reader for AnthropicCosts {
    fn read(&mut self, record: &Record<'_>) -> Result<Taken, FieldError> {
        let fields = Fields::open(record, &[])?;
        let day = fields.day(if self.cents { &["starting_at"] } else { &["usage_date_utc"] })?;
        let dollars = |exact: Exact| if self.cents { exact.shifted(-2) } else { exact };
        let amount = dollars(fields.amount(if self.cents { &["amount"] } else { &["cost_usd"] })?);
        let list = fields.amount_or_null(if self.cents { &["list_amount"] } else { &["list_price_usd"] })?.map(dollars);
        let currency = if self.cents {
            currency("currency", fields.find(&["currency"]).map_or("", |(_, code)| code))?
        } else {
            usd()?
        };
        let model = fields.word(&["model"]);
        let geo = fields.word(&["inference_geo"]);
        let mut key = ai_key("Anthropic", "Claude API");
        key.billing_account = fields.word(&["organization_id"]);
        key.account = fields.word(&["workspace_id", "workspace"]);
        key.account_name = fields.word(&["workspace_name"]);
        key.region = if geo == "not_available" { String::new() } else { geo };
        key.sku = sku(&fields, &model);
        key.tags = tags(&[("api_key", fields.word(&["api_key", "api_key_id"]))]);
        name_model(&mut key, &model);
        let line = Line {
            billing_month: Month::of(day),
            usage_date: day,
            covered_on: None,
            currency,
            billed: amount,
            effective: amount,
            contracted: None,
            list,
            consumed: None,
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
