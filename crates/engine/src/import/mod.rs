//! Import: detect → parse as a stream → check → quarantine bad rows → store good rows in one transaction →
//! control totals. One file for each format.

mod ai;
mod anthropic_costs;
mod anthropic_usage;
mod bill;
mod budget;
mod content;
mod detect;
mod document;
mod field;
mod focus;
mod format;
mod gpu_hours;
mod header;
mod helicone;
mod langfuse;
mod litellm;
mod mapping;
mod memo;
mod node;
mod openai_costs;
mod openai_usage;
mod openrouter;
mod parquet;
mod parts;
mod pipeline;
mod provider_name;
mod read;
mod record;
mod revenue;
mod token_usage;
mod usage;

pub(crate) use ai::GATEWAY_CACHE;
pub use format::Format;
pub use pipeline::{
    BatchReport, DocumentReport, ImportOptions, ImportReport, Progress, ReplacedReport, Watch, totals_as_objects,
};
pub(crate) use provider_name::{SELF_HOSTED, provider_id};

/// Every format that can be imported.
pub static FORMATS: [&Format; 13] = [
    &focus::FOCUS,
    &openai_costs::OPENAI_COSTS,
    &anthropic_costs::ANTHROPIC_COSTS,
    &openrouter::OPENROUTER,
    &token_usage::TOKEN_USAGE,
    &openai_usage::OPENAI_USAGE,
    &anthropic_usage::ANTHROPIC_USAGE,
    &litellm::LITELLM,
    &langfuse::LANGFUSE,
    &helicone::HELICONE,
    &gpu_hours::GPU_HOURS,
    &revenue::REVENUE,
    &budget::BUDGET,
];

/// A format's name for people, with the version that a header tells.
fn label_of(format: &Format, header: &header::Header) -> String {
    if format.id == focus::FOCUS.id { focus::version(header).to_owned() } else { format.label.to_owned() }
}

/// A format's name for people.
#[must_use]
pub fn format_label(id: &str) -> &str {
    FORMATS.iter().find(|format| format.id == id).map_or(id, |format| format.label)
}
