//! Anthropic's usage: pages of the Admin API's message usage report, and the token file of its console.
//!
//! Source: Anthropic Admin API, usage report. Input counts leave out what the cache served and stored, the opposite
//! of OpenAI's. Requests are not counted.

use marginline_store::batch::{BatchTotal, Role};
use marginline_store::import::Rows;
use marginline_store::token_usage::{Tokens, UsageKey};

use super::ai::{Fields, nanos, page_likeness, results, usage_row};
use super::field::FieldError;
use super::format::{Format, Json, Reader, Shape, Table, Taken};
use super::record::Record;
use super::usage::Usage;

/// Anthropic's usage.
pub static ANTHROPIC_USAGE: Format = Format {
    id: "anthropic-usage",
    label: "Anthropic usage",
    role: Role::Usage,
    append_only: false,
    shapes: &[
        Shape::Json(Json {
            likeness: |first| page_likeness(first, "starting_at", false),
            records: |document| results(document, "starting_at"),
            open: || Box::new(AnthropicUsage::default()),
        }),
        Shape::Table(Table {
            required: &[&["usage_date_utc"], &["usage_input_tokens_no_cache"], &["usage_output_tokens"]],
            telling: &[
                "usage_date_utc",
                "model_version",
                "workspace",
                "usage_input_tokens_no_cache",
                "usage_input_tokens_cache_read",
                "usage_output_tokens",
            ],
            open: |_| Box::new(AnthropicUsage::default()),
        }),
    ],
};

const WRITE_5M: &[&str] = &[
    "cache_creation.ephemeral_5m_input_tokens",
    "usage_input_tokens_cache_write_5m",
    "cache_creation_5m_input_tokens",
    "cache_creation_input_tokens",
];
const WRITE_1H: &[&str] = &[
    "cache_creation.ephemeral_1h_input_tokens",
    "usage_input_tokens_cache_write_1h",
    "cache_creation_1h_input_tokens",
];
const SEARCHES: &[&str] = &["server_tool_use.web_search_requests", "web_search_count"];

#[derive(Default)]
struct AnthropicUsage {
    usage: Usage,
}

/// Fast inference and inference inside the United States have prices of their own, so the tier says them; what it says
/// then has no standard price.
fn tier(fields: &Fields<'_>) -> String {
    let mut words = vec![fields.word(&["service_tier", "usage_type"])];
    words.push(fields.word(&["speed"]).replace("standard", ""));
    if fields.word(&["inference_geo"]) == "us" {
        words.push("us inference".to_owned());
    }
    words.retain(|word| !matches!(word.as_str(), "" | "standard" | "message"));
    words.join(", ")
}

impl Reader for AnthropicUsage {
    fn read(&mut self, record: &Record<'_>) -> Result<Taken, FieldError> {
        let fields = Fields::open(record, &[])?;
        let day = fields.day(&["starting_at", "usage_date_utc"])?;
        let geo = fields.word(&["inference_geo"]);
        let key = UsageKey {
            provider: "anthropic".to_owned(),
            model: fields.word(&["model", "model_version"]),
            project: fields.word(&["workspace_id", "workspace"]),
            region: if geo == "not_available" { String::new() } else { geo },
            service_tier: tier(&fields),
            context_window: fields.word(&["context_window"]),
            ..UsageKey::default()
        };
        let mut row = usage_row(key.clone(), day, fields.place());
        row.tokens = Tokens {
            input: fields.needed(&["uncached_input_tokens", "usage_input_tokens_no_cache"])?,
            cache_read: fields.class(&["cache_read_input_tokens", "usage_input_tokens_cache_read"])?,
            cache_write_5m: fields.class(WRITE_5M)?,
            cache_write_1h: fields.class(WRITE_1H)?,
            output: fields.needed(&["output_tokens", "usage_output_tokens"])?,
        };
        let searches = fields.class(SEARCHES)?;
        let quantity = nanos(SEARCHES[0], searches)?;
        self.usage.push(row);
        if searches > 0 {
            let key = UsageKey {
                unit: "searches".to_owned(),
                service_tier: String::new(),
                context_window: String::new(),
                ..key
            };
            let mut row = usage_row(key, day, fields.place());
            row.quantity_nanos = Some(quantity);
            self.usage.push(row);
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
