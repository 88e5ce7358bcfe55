//! OpenAI's usage: pages of the Usage API (all ten endpoints), files of its dashboard, and the older activity file.
//!
//! Source: OpenAI API reference, organization usage. Input tokens hold those that the cache served and stored;
//! counts of text, audio and image tokens are parts of the totals and are never added.

use marginline_store::batch::{BatchTotal, Role};
use marginline_store::import::Rows;
use marginline_store::token_usage::{TokenUsageRow, Tokens, UsageKey};

use super::ai::{Fields, nanos, page_likeness, results, usage_row};
use super::field::FieldError;
use super::format::{Format, Json, Reader, Shape, Table, Taken};
use super::record::Record;
use super::usage::Usage;

/// OpenAI's usage.
pub static OPENAI_USAGE: Format = Format {
    id: "openai-usage",
    label: "OpenAI usage",
    role: Role::Usage,
    append_only: false,
    shapes: &[
        Shape::Json(Json {
            likeness: |first| page_likeness(first, "start_time", false),
            records: |document| results(document, "start_time"),
            open: || Box::new(OpenAiUsage::default()),
        }),
        Shape::Table(Table {
            required: &[&["start_time"], &["end_time"], &["start_time_iso"]],
            telling: &["start_time", "end_time", "start_time_iso", "end_time_iso", "num_model_requests"],
            open: |_| Box::new(OpenAiUsage::default()),
        }),
        Shape::Table(Table {
            required: &[&["n_context_tokens_total"], &["n_generated_tokens_total"], &["timestamp"]],
            telling: &["n_context_tokens_total", "n_generated_tokens_total", "timestamp", "num_requests", "operation"],
            open: |_| Box::new(Activity::default()),
        }),
    ],
};

/// What is counted beside tokens: field, unit, endpoint.
const OTHERS: [(&str, &str, &str); 6] = [
    ("images", "images", "images"),
    ("characters", "characters", "audio_speeches"),
    ("seconds", "seconds", "audio_transcriptions"),
    ("usage_bytes", "bytes", "vector_stores"),
    ("num_sessions", "sessions", "code_interpreter_sessions"),
    ("num_requests", "calls", "searches"),
];
const TIMES: [&str; 4] = ["start_time", "end_time", "start_time_iso", "end_time_iso"];

#[derive(Default)]
struct OpenAiUsage {
    usage: Usage,
}

/// Audio tokens have prices of their own, which one count of tokens does not show, so the tier says it.
fn tier(fields: &Fields<'_>) -> Result<String, FieldError> {
    if fields.class(&["input_audio_tokens"])? + fields.class(&["output_audio_tokens"])? > 0 {
        return Ok("audio".to_owned());
    }
    Ok(if fields.is_true(&["batch"]) { "batch".to_owned() } else { fields.word(&["service_tier"]) })
}

/// Each endpoint is an export of its own: a file of one says nothing of another's rows.
fn endpoint(fields: &Fields<'_>, otherwise: &str) -> String {
    let object = fields.word(&["object"]);
    let named = object.strip_prefix("organization.usage.").and_then(|rest| rest.strip_suffix(".result"));
    named.unwrap_or(otherwise).to_owned()
}

fn key(fields: &Fields<'_>, feed: &str) -> Result<UsageKey, FieldError> {
    Ok(UsageKey {
        provider: "openai".to_owned(),
        model: fields.word(&["model"]),
        project: fields.word(&["project_id"]),
        service_tier: tier(fields)?,
        feed: endpoint(fields, feed),
        ..UsageKey::default()
    })
}

/// A row of things that are no tokens. Bytes past what a row holds are kept as gigabytes, exactly.
fn other(mut row: TokenUsageRow, name: &str, unit: &str, quantity: u64) -> Result<TokenUsageRow, FieldError> {
    (row.key.unit, row.quantity_nanos) = match (unit, i64::try_from(quantity)) {
        ("bytes", Ok(nanos)) if nanos > 9_223_372_036 => ("gigabytes".to_owned(), Some(nanos)),
        _ => (unit.to_owned(), Some(nanos(name, quantity)?)),
    };
    Ok(row)
}

impl Reader for OpenAiUsage {
    fn read(&mut self, record: &Record<'_>) -> Result<Taken, FieldError> {
        // A range without usage is a row of times; a table alone has columns to ask for.
        if !record.fields().is_empty() && record.columns("").iter().all(|(name, _)| TIMES.contains(name)) {
            return Ok(Taken::Skipped);
        }
        let fields = Fields::open(record, &[])?;
        let day = fields.day(&["start_time", "start_time_iso"])?;
        let requests = fields.optional(&["num_model_requests"])?;
        let (input, output) = (fields.find(&["input_tokens"]), fields.find(&["output_tokens"]));
        if input.is_some() || output.is_some() {
            let cached = [fields.class(&["input_cached_tokens"])?, fields.class(&["input_cache_write_tokens"])?, 0];
            let feed = if output.is_some() { "completions" } else { "embeddings" };
            let mut row = usage_row(key(&fields, feed)?, day, fields.place());
            row.requests = requests;
            row.tokens = Tokens {
                input: fields.fresh(&["input_tokens"], cached)?,
                cache_read: cached[0],
                cache_write_5m: cached[1],
                cache_write_1h: 0,
                output: fields.class(&["output_tokens"])?,
            };
            self.usage.push(row);
            return Ok(Taken::Kept);
        }
        for (name, unit, feed) in OTHERS {
            if let Some(quantity) = fields.optional(&[name])? {
                let mut row = usage_row(key(&fields, feed)?, day, fields.place());
                row.requests = requests;
                self.usage.push(other(row, name, unit, quantity)?);
                return Ok(Taken::Kept);
            }
        }
        Err(FieldError::new("(row)", "no count", "tokens, images, characters, seconds, bytes, sessions or calls"))
    }

    fn take(&mut self) -> Vec<Rows> {
        vec![self.usage.take()]
    }

    fn totals(&self) -> Vec<BatchTotal> {
        self.usage.totals()
    }
}

/// The older activity file: tokens, images and characters in columns of one row.
#[derive(Default)]
struct Activity {
    usage: Usage,
}

const CONTEXT: &[&str] = &["n_context_tokens_total"];
const GENERATED: &[&str] = &["n_generated_tokens_total"];
const CACHED: &[&str] = &["n_cached_context_tokens_total"];
const AUDIO: [&[&str]; 2] = [&["n_context_audio_tokens_total"], &["n_generated_audio_tokens_total"]];

impl Activity {
    fn rows(fields: &Fields<'_>) -> Result<Vec<TokenUsageRow>, FieldError> {
        let day = fields.day(&["timestamp"])?;
        let audio = fields.class(AUDIO[0])? + fields.class(AUDIO[1])? > 0;
        let key = UsageKey {
            provider: "openai".to_owned(),
            model: fields.word(&["model"]),
            project: fields.word(&["project_id", "project_name"]),
            service_tier: if audio { "audio".to_owned() } else { String::new() },
            ..UsageKey::default()
        };
        let mut rows = Vec::new();
        if fields.find(CONTEXT).is_some() || fields.find(GENERATED).is_some() {
            let cache_read = fields.class(CACHED)?;
            let mut row = usage_row(key.clone(), day, fields.place());
            row.tokens = Tokens {
                input: fields.fresh(CONTEXT, [cache_read, 0, 0])?,
                cache_read,
                output: fields.needed(GENERATED)?,
                ..Tokens::default()
            };
            rows.push(row);
        }
        for (name, unit) in [("num_images", "images"), ("num_characters", "characters")] {
            if let Some(quantity) = fields.optional(&[name])? {
                rows.push(other(usage_row(key.clone(), day, fields.place()), name, unit, quantity)?);
            }
        }
        let requests = fields.optional(&["num_requests"])?;
        match rows.first_mut() {
            Some(row) => row.requests = requests,
            None => return Err(FieldError::new("(row)", "no count", "tokens, images or characters")),
        }
        // The requests stand in the first row; the others are of the same ones.
        rows.iter_mut().skip(1).for_each(|row| row.requests = requests.map(|_| 0));
        Ok(rows)
    }
}

impl Reader for Activity {
    fn read(&mut self, record: &Record<'_>) -> Result<Taken, FieldError> {
        for row in Self::rows(&Fields::open(record, &[])?)? {
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
