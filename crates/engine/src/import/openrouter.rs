//! OpenRouter's activity: summed by day, a row for each generation, or the API's list. One file holds money and
//! tokens: the money is OpenRouter's bill, the tokens are usage.
//!
//! Source: OpenRouter documentation, activity export. Reasoning tokens are inside completion tokens, and cached ones
//! inside prompt tokens. What went over one's own key is billed by the provider behind and not by OpenRouter: it is a
//! claim.

use marginline_model::{Exact, Month};
use marginline_store::batch::{BatchTotal, Role};
use marginline_store::import::Rows;
use marginline_store::token_usage::{RecordId, TokenUsageRow, Tokens, UsageKey, UsageOrigin};

use super::ai::{Fields, Seen, ai_key, claimed, first_item, items, name_model, names, tags, usage_row, usd};
use super::bill::{Bill, Line};
use super::field::FieldError;
use super::format::{Format, Json, Reader, Shape, Table, Taken};
use super::provider_name::provider_and_model;
use super::record::Record;
use super::usage::Usage;

/// OpenRouter's activity.
pub static OPENROUTER: Format = Format {
    id: "openrouter",
    label: "OpenRouter activity",
    role: Role::Bill,
    append_only: false,
    shapes: &[
        Shape::Table(Table {
            required: &[
                &["Date"],
                &["Slug", "model_permaslug", "model"],
                &["Usage"],
                &["Prompt Tokens"],
                &["Completion Tokens"],
            ],
            telling: &["Date", "Slug", "Usage", "BYOK Usage", "Requests", "Prompt Tokens", "Completion Tokens"],
            open: |_| Box::new(OpenRouter::default()),
        }),
        Shape::Table(Table {
            required: &[
                &["generation_id"],
                &["created_at"],
                &["cost_total"],
                &["tokens_prompt"],
                &["tokens_completion"],
            ],
            telling: &[
                "generation_id",
                "created_at",
                "cost_total",
                "tokens_prompt",
                "tokens_completion",
                "model_permaslug",
            ],
            open: |_| Box::new(OpenRouter::default()),
        }),
        Shape::Json(Json {
            likeness: |document| {
                let has = |name| first_item(document).is_some_and(|item| names(item, name));
                let told = has("model_permaslug") || has("byok_usage_inference");
                if has("date") && has("usage") && has("prompt_tokens") && told { 5 } else { 0 }
            },
            records: items,
            open: || Box::new(OpenRouter::default()),
        }),
    ],
};

#[derive(Default)]
struct OpenRouter {
    bill: Bill,
    usage: Usage,
    seen: Seen,
}

/// Names of the fields in the three shapes.
const MODEL: &[&str] = &["model_permaslug", "Slug", "model"];
const OWN_KEY: &[&str] = &["byok_usage_inference", "BYOK Usage"];
const PROMPT: &[&str] = &["tokens_prompt", "Prompt Tokens", "prompt_tokens"];

/// The tokens of a row, and what their provider is owed for those over one's own key.
fn tokens(fields: &Fields<'_>, cost: Exact) -> Result<(TokenUsageRow, Option<Exact>), FieldError> {
    let cache_read = fields.class(&["tokens_cached"])?;
    let one = fields.find(&["generation_id"]).is_some();
    let own_key = fields.amount_or_null(OWN_KEY)?.filter(|amount| *amount != Exact::ZERO);
    let model = fields.word(MODEL);
    let mut key = UsageKey { provider: "openrouter".to_owned(), model: model.clone(), ..UsageKey::default() };
    // Where all of a row went over one's own key, OpenRouter is a gateway in front of the provider it names.
    if own_key.is_some() && (one || cost == Exact::ZERO) {
        (key.provider, key.model) = provider_and_model(&fields.word(&["provider_name"]), &model);
        key.origin = UsageOrigin::Gateway;
    }
    let mut row = usage_row(key, fields.day(&["created_at", "Date", "date"])?, fields.place());
    row.requests = if one { Some(1) } else { fields.optional(&["Requests", "requests"])? };
    row.tokens = Tokens {
        input: fields.fresh(PROMPT, [cache_read, 0, 0])?,
        cache_read,
        output: fields.needed(&["tokens_completion", "Completion Tokens", "completion_tokens"])?,
        ..Tokens::default()
    };
    row.reasoning = fields.optional(&["tokens_reasoning", "Reasoning Tokens", "reasoning_tokens"])?;
    row.claimed = own_key.map(claimed).transpose()?;
    Ok((row, own_key))
}

impl Reader for OpenRouter {
    fn read(&mut self, record: &Record<'_>) -> Result<Taken, FieldError> {
        let fields = Fields::open(record, &[])?;
        let cost = fields.amount(&["cost_total", "Usage", "usage"])?;
        let (row, own_key) = tokens(&fields, cost)?;
        let id = fields.find(&["generation_id"]).map(|(_, id)| RecordId::new("openrouter", id, ""));
        let mut key = ai_key("OpenRouter", "OpenRouter API");
        key.publisher = fields.word(&["provider_name"]);
        key.tags = tags(&[("app", fields.word(&["app_name"])), ("api_key", fields.word(&["api_key_name"]))]);
        let model = fields.word(MODEL);
        let variant = fields.word(&["variant"]);
        key.sku =
            if matches!(variant.as_str(), "" | "standard") { model.clone() } else { format!("{model}:{variant}") };
        name_model(&mut key, &model);
        let line = Line {
            billing_month: Month::of(row.usage_date),
            usage_date: row.usage_date,
            covered_on: None,
            currency: usd()?,
            billed: cost,
            effective: cost,
            contracted: None,
            list: None,
            consumed: None,
        };
        if !self.seen.first(id.as_ref()) {
            return Ok(Taken::Skipped);
        }
        self.bill.push(key, &line, fields.place())?;
        match own_key {
            Some(exact) => self.usage.push_claimed(row, exact),
            None => self.usage.push(row),
        }
        Ok(Taken::Kept)
    }

    fn take(&mut self) -> Vec<Rows> {
        vec![self.bill.take(), self.usage.take()]
    }

    fn totals(&self) -> Vec<BatchTotal> {
        let mut totals = self.bill.totals();
        totals.extend(self.usage.totals());
        totals
    }
}
