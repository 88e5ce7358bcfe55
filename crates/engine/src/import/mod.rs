//! Import: detect → parse as a stream → check → quarantine bad rows → store good rows in one transaction →
//! control totals. One file for each format.

pub(crate) use ai::GATEWAY_CACHE;

mod ai;
mod anthropic_costs;
mod anthropic_usage;
mod aws_price_list;
mod azure;
mod azure_prices;
mod benchmark;
mod bill;
mod budget;
mod content;
mod cur;
mod cur2;
mod cur_key;
mod dcgm;
mod detect;
mod document;
mod doubt;
mod exchange_rates;
mod field;
mod focus;
mod format;
#[cfg(test)]
mod fuzz;
mod gcp;
mod gcp_prices;
mod general_ledger;
mod gpu_hours;
mod gpuhunt_catalog;
mod header;
mod helicone;
mod invoices;
mod json;
mod langfuse;
mod layout;
mod litellm;
mod litellm_off_peak;
mod litellm_prices;
mod literal;
mod manifest;
mod mapping;
mod memo;
mod models_dev;
mod node;
mod nvidia_smi;
mod openai_costs;
mod openai_usage;
mod opencost;
mod openrouter;
mod parquet;
mod parts;
mod pipeline;
mod price_rows;
mod prices;
mod prometheus;
mod provider_name;
mod quarantine;
mod read;
mod readers;
mod record;
mod rehearsed;
mod report;
mod request_trace;
mod revenue;
mod runs;
mod samples;
mod skypilot_catalog;
mod split;
mod stripe;
mod table;
mod tags;
mod token_usage;
mod tried;
mod undo;
mod usage;

pub use format::Format;
use marginline_store::import::BlankAccount;
pub use pipeline::{ImportOptions, Progress, Watch};
pub(crate) use provider_name::{SELF_HOSTED, provider_id};
pub use quarantine::{Mended, Quarantine, Refused};
pub use report::{
    BatchReport, DifferenceReport, DocumentReport, ImportReport, MovedReport, ReplacedReport, RowProblem,
    totals_as_objects,
};

/// Every format that can be imported.
pub static FORMATS: &[&Format] = &[
    &focus::FOCUS,
    &cur::CUR,
    &cur2::CUR2,
    &azure::AZURE,
    &gcp::GCP,
    &opencost::OPENCOST,
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
    &dcgm::DCGM,
    &prometheus::PROMETHEUS,
    &nvidia_smi::NVIDIA_SMI,
    &request_trace::REQUEST_TRACE,
    &benchmark::BENCHMARK,
    &revenue::REVENUE,
    &stripe::STRIPE,
    &budget::BUDGET,
    &exchange_rates::EXCHANGE_RATES,
    &prices::PRICES,
    &prices::PRICE_EDIT,
    &litellm_prices::LITELLM_PRICES,
    &models_dev::MODELS_DEV,
    &skypilot_catalog::SKYPILOT_CATALOG,
    &gpuhunt_catalog::GPUHUNT_CATALOG,
    &aws_price_list::AWS_PRICE_LIST,
    &azure_prices::AZURE_PRICES,
    &gcp_prices::GCP_PRICES,
    &general_ledger::GENERAL_LEDGER,
    &invoices::INVOICES,
];

/// What it means when a file of this format names no account. Exports of AI providers name their organization in some
/// shapes and not in others, and split usage by project only where asked to.
fn blank_account(format: &str) -> BlankAccount {
    let is = |formats: &[&Format]| formats.iter().any(|one| one.id == format);
    if is(&[&openai_costs::OPENAI_COSTS, &anthropic_costs::ANTHROPIC_COSTS]) {
        BlankAccount::Unknown
    } else if is(&[&openai_usage::OPENAI_USAGE, &anthropic_usage::ANTHROPIC_USAGE]) {
        BlankAccount::All
    } else {
        BlankAccount::Own
    }
}

/// Are files of this format tables that the company made itself, and no export of a provider?
pub(crate) fn is_own_table(format: &str) -> bool {
    format == token_usage::TOKEN_USAGE.id || mapping::is_id(format)
}

/// A format's name for people, with the version that a header tells.
fn label_of(format: &Format, header: &header::Header) -> String {
    if format.id == focus::FOCUS.id { focus::version(header).to_owned() } else { format.label.to_owned() }
}

/// A format's name for people.
#[must_use]
pub fn format_label(id: &str) -> &str {
    FORMATS.iter().find(|format| format.id == id).map_or(id, |format| format.label)
}
