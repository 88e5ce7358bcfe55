//! LiteLLM: the proxy's spend log, its logging payload, and its daily tables. Its costs are its own figures: claims.
//!
//! Source: LiteLLM's database schema and logging payload. Prompt tokens hold those of the provider's cache; how many
//! stands in the metadata only. Failed calls are rows too.

use marginline_store::batch::{BatchTotal, Role};
use marginline_store::import::Rows;
use marginline_store::token_usage::{RecordId, TokenUsageRow, Tokens, UsageKey, UsageOrigin};

use super::ai::{Fields, GATEWAY_CACHE, Seen, claimed, first_item, items, names, usage_row};
use super::field::FieldError;
use super::format::{Format, Json, Reader, Shape, Table, Taken};
use super::provider_name::provider_and_model;
use super::record::Record;
use super::usage::Usage;

/// LiteLLM's logs.
pub static LITELLM: Format = Format {
    id: "litellm",
    label: "LiteLLM spend log",
    role: Role::Claim,
    append_only: true,
    shapes: &[
        Shape::Table(Table {
            required: &[
                &["request_id", "id"],
                &["startTime"],
                &["spend", "response_cost"],
                &["prompt_tokens"],
                &["completion_tokens"],
            ],
            telling: &[
                "request_id",
                "call_type",
                "spend",
                "prompt_tokens",
                "completion_tokens",
                "startTime",
                "model_group",
            ],
            open: |_| Box::new(LiteLlm::default()),
        }),
        Shape::Table(Table {
            required: &[&["date"], &["spend"], &["prompt_tokens"], &["completion_tokens"], &["api_requests"]],
            telling: &["date", "spend", "prompt_tokens", "completion_tokens", "api_requests", "successful_requests"],
            open: |_| Box::new(LiteLlm::default()),
        }),
        Shape::Json(Json {
            likeness: |document| {
                let has = |name| first_item(document).is_some_and(|item| names(item, name));
                let costs = has("spend") || has("response_cost");
                if costs && (has("prompt_tokens") || has("usage.prompt_tokens")) { 5 } else { 0 }
            },
            records: items,
            open: || Box::new(LiteLlm::default()),
        }),
    ],
};

const PROMPT: &[&str] = &["prompt_tokens", "usage.prompt_tokens"];
const COMPLETION: &[&str] = &["completion_tokens", "usage.completion_tokens"];
const CACHE_READ: &[&str] = &[
    "cache_read_input_tokens",
    "usage.prompt_tokens_details.cached_tokens",
    "usage.cache_read_input_tokens",
    "metadata.usage_object.prompt_tokens_details.cached_tokens",
    "metadata.usage_object.cache_read_input_tokens",
];
const CACHE_WRITE: &[&str] = &[
    "cache_creation_input_tokens",
    "usage.cache_creation_input_tokens",
    "metadata.usage_object.cache_creation_input_tokens",
];
const CACHE_WRITE_1H: &[&str] = &[
    "usage.cache_creation.ephemeral_1h_input_tokens",
    "usage.cache_creation_token_details.ephemeral_1h_input_tokens",
    "metadata.usage_object.cache_creation.ephemeral_1h_input_tokens",
    "metadata.usage_object.cache_creation_token_details.ephemeral_1h_input_tokens",
];
const REASONING: &[&str] = &[
    "usage.completion_tokens_details.reasoning_tokens",
    "metadata.usage_object.completion_tokens_details.reasoning_tokens",
];

#[derive(Default)]
struct LiteLlm {
    usage: Usage,
    seen: Seen,
}

fn key(fields: &Fields<'_>) -> UsageKey {
    let named = fields.word(&["custom_llm_provider", "metadata.custom_llm_provider"]);
    let (provider, model) = provider_and_model(&named, &fields.word(&["model", "model_group"]));
    UsageKey {
        provider,
        model,
        project: fields.word(&["project_id", "metadata.project_id", "metadata.user_api_key_project_id"]),
        customer: fields.word(&["end_user", "metadata.user_api_key_end_user_id"]),
        team: fields.word(&[
            "team_alias",
            "metadata.user_api_key_team_alias",
            "team_id",
            "metadata.user_api_key_team_id",
        ]),
        service_tier: if fields.is_true(&["cache_hit"]) { GATEWAY_CACHE.to_owned() } else { String::new() },
        origin: UsageOrigin::Gateway,
        ..UsageKey::default()
    }
}

/// A row of a daily table has no id: it is what it sums, and it only ever grows.
fn daily_id(fields: &Fields<'_>, row: &TokenUsageRow) -> RecordId {
    let names: [&[&'static str]; 11] = [
        &["date"],
        &["api_key"],
        &["model"],
        &["model_group"],
        &["custom_llm_provider"],
        &["mcp_namespaced_tool_name"],
        &["endpoint"],
        &["user_id"],
        &["team_id"],
        &["organization_id"],
        &["tag", "end_user_id", "agent_id"],
    ];
    let id = names.map(|names| fields.word(names)).join("\u{1f}");
    let grown = format!("{:020}{:020}", row.requests.unwrap_or_default(), row.tokens.total());
    RecordId::new("litellm daily", &id, &grown)
}

fn row(fields: &Fields<'_>) -> Result<TokenUsageRow, FieldError> {
    let daily = fields.find(&["api_requests"]).is_some();
    let written = fields.class(CACHE_WRITE)?;
    let longer = fields.class(CACHE_WRITE_1H)?.min(written);
    let cached = [fields.class(CACHE_READ)?, written - longer, longer];
    let mut row = usage_row(key(fields), fields.day(&["startTime", "start_time", "date"])?, fields.place());
    row.requests = if daily { fields.optional(&["api_requests"])? } else { Some(1) };
    row.tokens = Tokens {
        input: fields.fresh(PROMPT, cached)?,
        cache_read: cached[0],
        cache_write_5m: cached[1],
        cache_write_1h: cached[2],
        output: fields.needed(COMPLETION)?,
    };
    row.reasoning = fields.optional(REASONING)?;
    row.record = match fields.find(&["request_id", "id"]) {
        Some((_, id)) if !daily => Some(RecordId::new("litellm", id, "")),
        _ if daily => Some(daily_id(fields, &row)),
        _ => return Err(FieldError::new("request_id", "", "the request's id; it is empty")),
    };
    Ok(row)
}

impl Reader for LiteLlm {
    fn read(&mut self, record: &Record<'_>) -> Result<Taken, FieldError> {
        let fields = Fields::open(record, &["metadata", "usage"])?;
        let mut row = row(&fields)?;
        let claim = fields.amount_or_null(&["spend", "response_cost"])?;
        row.claimed = claim.map(claimed).transpose()?;
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
