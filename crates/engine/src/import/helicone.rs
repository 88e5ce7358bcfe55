//! Helicone's export: a row for each request that went through it. Its costs are its own figures: claims.
//!
//! Source: Helicone documentation, exporting requests. Its columns have changed names, so each has several.

use std::collections::HashMap;

use marginline_store::batch::{BatchTotal, Role};
use marginline_store::import::Rows;
use marginline_store::token_usage::{RecordId, TokenUsageRow, Tokens, UsageKey, UsageOrigin};

use super::ai::{Fields, GATEWAY_CACHE, Seen, claimed, first_item, items, names, usage_row};
use super::field::FieldError;
use super::format::{Format, Json, Reader, Shape, Table, Taken};
use super::provider_name::provider_and_model;
use super::record::Record;
use super::usage::Usage;

/// Helicone's requests.
pub static HELICONE: Format = Format {
    id: "helicone",
    label: "Helicone requests",
    role: Role::Claim,
    append_only: true,
    shapes: &[
        Shape::Table(Table {
            required: &[CREATED, MODEL, &["prompt_tokens"], &["completion_tokens"]],
            telling: &[
                "request_id",
                "request_created_at",
                "request_model",
                "prompt_tokens",
                "completion_tokens",
                "status",
            ],
            open: |_| Box::new(Helicone::default()),
        }),
        Shape::Json(Json {
            likeness: |document| {
                let has =
                    |any: &[&str]| first_item(document).is_some_and(|item| any.iter().any(|name| names(item, name)));
                usize::from(has(CREATED) && has(MODEL) && has(&["prompt_tokens"])) * 3
            },
            records: items,
            open: || Box::new(Helicone::default()),
        }),
    ],
};

const CREATED: &[&str] = &["request_created_at", "created_at"];
const MODEL: &[&str] = &["request_model", "model", "response_model"];
const COST: &[&str] = &["cost", "cost_usd", "costUSD", "total_cost", "provider_total_cost"];

#[derive(Default)]
struct Helicone {
    usage: Usage,
    seen: Seen,
    /// How often each record without an id has come: equal ones all count, and again in the next file they are the
    /// same ones.
    alike: HashMap<String, u64>,
}

fn row(fields: &Fields<'_>) -> Result<TokenUsageRow, FieldError> {
    let (provider, model) = provider_and_model(&fields.word(&["provider"]), &fields.word(MODEL));
    let cached = [fields.class(&["prompt_cache_read_tokens"])?, fields.class(&["prompt_cache_write_tokens"])?, 0];
    let hit = fields.is_true(&["cache_hit", "cache_enabled_hit"]);
    let key = UsageKey {
        provider,
        model,
        customer: fields.word(&["properties.customer", "properties.Customer"]),
        team: fields.word(&["properties.team", "properties.Team"]),
        service_tier: if hit { GATEWAY_CACHE.to_owned() } else { String::new() },
        origin: UsageOrigin::Gateway,
        ..UsageKey::default()
    };
    let mut row = usage_row(key, fields.day(CREATED)?, fields.place());
    row.requests = Some(1);
    row.tokens = Tokens {
        input: fields.fresh(&["prompt_tokens"], cached)?,
        cache_read: cached[0],
        cache_write_5m: cached[1],
        cache_write_1h: 0,
        output: fields.needed(&["completion_tokens"])?,
    };
    row.reasoning = fields.optional(&["reasoning_tokens"])?;
    Ok(row)
}

impl Helicone {
    fn record_id(&mut self, fields: &Fields<'_>, row: &TokenUsageRow) -> RecordId {
        if let Some((_, id)) = fields.find(&["request_id", "id"]) {
            return RecordId::new("helicone", id, "");
        }
        let told = [fields.word(CREATED), fields.word(&["user_id"]), fields.word(COST)].join("\u{1f}");
        let print = format!("{told}\u{1f}{:?}\u{1f}{:?}", row.key, row.tokens);
        let times = self.alike.entry(print.clone()).or_insert(0);
        *times += 1;
        RecordId::new("helicone", &format!("{print}\u{1f}{times}"), "")
    }
}

impl Reader for Helicone {
    fn read(&mut self, record: &Record<'_>) -> Result<Taken, FieldError> {
        let fields = Fields::open(record, &["properties"])?;
        let mut row = row(&fields)?;
        let claim = fields.amount_or_null(COST)?;
        row.claimed = claim.map(claimed).transpose()?;
        row.record = Some(self.record_id(&fields, &row));
        if !self.seen.first(row.record.as_ref()) {
            return Ok(Taken::Skipped);
        }
        match claim {
            Some(exact) => self.usage.push_claimed(row, exact),
            None => self.usage.push(row),
        }
        Ok(Taken::Kept)
    }

    fn take(&mut self) -> Vec<Rows> {
        vec![self.usage.take()]
    }

    fn totals(&self) -> Vec<BatchTotal> {
        self.usage.totals()
    }
}
