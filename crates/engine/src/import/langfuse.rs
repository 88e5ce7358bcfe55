//! Langfuse's observations. Only generations count: what holds them repeats them. Of one id the version updated last
//! counts, since neighbouring windows share rows and a row changes until its trace has ended.
//!
//! Source: Langfuse's export fields and its documentation of usage types. The classes of `usage_details` share no
//! token and `total` is their sum; a total of input and output alone says that the other classes are parts of those.

use std::collections::HashMap;

use marginline_model::{Currency, Exact};
use marginline_store::batch::{BatchTotal, Role};
use marginline_store::import::Rows;
use marginline_store::token_usage::{RecordId, TokenUsageRow, Tokens, UsageKey, UsageOrigin};

use super::ai::{Fields, claimed, first_item, items, usage_row};
use super::field::{FieldError, count, moment};
use super::format::{Format, Json, Reader, Shape, Table, Taken};
use super::node::Node;
use super::provider_name::provider_and_model;
use super::record::Record;
use super::usage::Usage;

/// Langfuse's observations.
pub static LANGFUSE: Format = Format {
    id: "langfuse",
    label: "Langfuse observations",
    role: Role::Claim,
    append_only: true,
    shapes: &[
        Shape::Table(Table {
            required: &[&["id"], &["type"], &["start_time"], &["usage_details", "usage"]],
            telling: &["id", "trace_id", "type", "start_time", "usage_details", "total_cost", "provided_model_name"],
            open: |_| Box::new(Langfuse::default()),
        }),
        Shape::Json(Json {
            likeness: |document| {
                let has = |name| first_item(document).is_some_and(|item| item.get(name).is_some());
                let traced = (has("trace_id") || has("traceId")) && has("type");
                let used = ["usage_details", "usageDetails", "cost_details", "costDetails"].into_iter().any(has);
                usize::from(traced || used) * 6
            },
            records: items,
            open: || Box::new(Langfuse::default()),
        }),
    ],
};

const DETAILS: &[&str] = &["usage_details", "usageDetails", "usage"];
const START: &[&str] = &["start_time", "startTime"];
const MODEL: &[&str] = &["provided_model_name", "providedModelName", "model"];
const COST: &[&str] = &["total_cost", "totalCost", "cost_details.total", "costDetails.total", "calculatedTotalCost"];
const OPENED: &[&str] = &["usage_details", "usageDetails", "usage", "cost_details", "costDetails", "metadata"];

/// What a row added to the totals, to be taken off again when a later version comes.
type Added = (String, Tokens, Option<(Currency, Exact)>);

#[derive(Default)]
struct Langfuse {
    usage: Usage,
    latest: HashMap<[u8; 16], Added>,
}

/// Tokens by class, and of them those of reasoning where it is a class of its own.
fn tokens(details: &Node) -> Result<(Tokens, Option<u64>), FieldError> {
    let Node::Object(classes) = details else {
        return Err(FieldError::new(DETAILS[0], &details.to_string(), "an object of counts by usage type"));
    };
    let (mut found, mut reasoning, mut total, mut plain) = (Tokens::default(), None, None, [0, 0]);
    for (name, node) in classes {
        let Some(text) = node.text().filter(|_| name != "unit") else { continue };
        let (small, quantity) = (name.to_lowercase(), count(name, text)?);
        match small.as_str() {
            "total" => {
                total = Some(quantity);
                continue;
            }
            "input" => plain[0] = quantity,
            "output" => plain[1] = quantity,
            _ => {}
        }
        let written = small.contains("creation") || small.contains("write");
        let class = match () {
            () if small.starts_with("output") => &mut found.output,
            () if written && small.contains("1h") => &mut found.cache_write_1h,
            () if written => &mut found.cache_write_5m,
            () if small.contains("cache") => &mut found.cache_read,
            () => &mut found.input,
        };
        *class += quantity;
        if small.contains("reasoning") {
            *reasoning.get_or_insert(0) += quantity;
        }
    }
    let cached = found.cache_read + found.cache_write_5m + found.cache_write_1h;
    if total == Some(plain[0] + plain[1]) && total != Some(found.total()) {
        let expected =
            || FieldError::new("input", &plain[0].to_string(), format!("at least the {cached} tokens of the cache"));
        found.input = plain[0].checked_sub(cached).ok_or_else(expected)?;
        found.output = plain[1];
    }
    Ok((found, reasoning))
}

/// When it was changed last, in a form that sorts.
fn version(fields: &Fields<'_>) -> Result<String, FieldError> {
    let changed = fields.find(&["updated_at", "updatedAt"]);
    let shown = |(name, text)| Ok(moment(name, text)?.format("%Y-%m-%dT%H:%M:%S%.9f").to_string());
    changed.map_or_else(|| Ok(String::new()), shown)
}

fn row(fields: &Fields<'_>) -> Result<TokenUsageRow, FieldError> {
    let details =
        fields.node(DETAILS).ok_or_else(|| FieldError::new(DETAILS[0], "", "counts by usage type; it is empty"))?;
    let (tokens, reasoning) = tokens(&details)?;
    let named = fields.word(&["metadata.ls_provider", "metadata.provider"]);
    let (provider, model) = provider_and_model(&named, &fields.word(MODEL));
    let key = UsageKey {
        provider,
        model,
        project: fields.word(&["project_id", "projectId"]),
        origin: UsageOrigin::Tracer,
        ..UsageKey::default()
    };
    let mut row = usage_row(key, fields.day(START)?, fields.place());
    row.requests = Some(1);
    (row.tokens, row.reasoning) = (tokens, reasoning);
    let id = fields.find(&["id"]).ok_or_else(|| FieldError::new("id", "", "the observation's id; it is empty"))?;
    row.record = Some(RecordId::new("langfuse", id.1, &version(fields)?));
    Ok(row)
}

impl Reader for Langfuse {
    fn read(&mut self, record: &Record<'_>) -> Result<Taken, FieldError> {
        if record.text(&["type"]).is_some_and(|kind| !kind.eq_ignore_ascii_case("GENERATION")) {
            return Ok(Taken::Skipped);
        }
        let fields = Fields::open(record, OPENED)?;
        let mut row = row(&fields)?;
        let claim = fields.amount_or_null(COST)?;
        row.claimed = claim.map(claimed).transpose()?;
        if let Some(id) = &row.record {
            let added = row.claimed.zip(claim).map(|((currency, _), exact)| (currency, exact));
            let news = (id.version.clone(), row.tokens, added);
            match self.latest.get(&id.id) {
                Some((version, ..)) if *version >= id.version => return Ok(Taken::Skipped),
                Some((_, tokens, claim)) => self.usage.retract(*tokens, row.requests, *claim)?,
                None => {}
            }
            self.latest.insert(id.id, news);
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
