//! Marginline's own token usage CSV; columns in `docs/formats.md`.

use marginline_store::batch::{BatchTotal, Role};
use marginline_store::import::Rows;
use marginline_store::token_usage::{TokenUsageRow, Tokens, UsageKey};

use super::field::{FieldError, count, count_or_null, day};
use super::format::{Format, Reader, Shape, Table, Taken};
use super::price_rows::quantity_nanos;
use super::record::Record;
use super::usage::Usage;

/// Token usage CSV.
pub static TOKEN_USAGE: Format = Format {
    id: "token-usage",
    label: "Token usage",
    role: Role::Usage,
    append_only: false,
    shapes: &[Shape::Table(Table {
        required: &[&["date"], &["provider"], &["model"], &["input_tokens"], &["output_tokens"]],
        telling: &["date", "provider", "model", "input_tokens", "cache_read_tokens", "output_tokens"],
        open: |_| Box::new(TokenUsage::default()),
    })],
};

#[derive(Default)]
struct TokenUsage {
    usage: Usage,
}

fn must(record: &Record<'_>, name: &'static str) -> Result<String, FieldError> {
    record
        .text(&[name])
        .map(str::to_owned)
        .ok_or_else(|| FieldError::new(name, "", format!("the {name}'s name; it is empty")))
}

/// A token class that the file leaves out or empty was not used by that source.
fn class(record: &Record<'_>, name: &'static str) -> Result<u64, FieldError> {
    Ok(optional(record, name)?.unwrap_or(0))
}

/// Unit and quantity of a row that counts something else than tokens.
fn thing(record: &Record<'_>) -> Result<(String, Option<i64>), FieldError> {
    let unit = record.word(&["unit"]).trim().to_lowercase();
    match (unit.as_str(), record.text(&["quantity"])) {
        ("" | "tokens", None) => Ok((String::new(), None)),
        ("" | "tokens", Some(text)) => Err(FieldError::new("quantity", text, "nothing in a row of tokens, or a unit")),
        (_, text) => {
            let nanos = quantity_nanos("quantity", text.unwrap_or_default())?;
            Ok((unit, Some(i64::try_from(nanos).unwrap_or(i64::MAX))))
        }
    }
}

/// Tokens in a row of things are a mistake.
fn none(record: &Record<'_>, name: &'static str) -> Result<u64, FieldError> {
    match optional(record, name)?.unwrap_or(0) {
        0 => Ok(0),
        _ => Err(FieldError::new(name, record.word(&[name]), "nothing, or 0, in a row with a unit")),
    }
}

fn optional(record: &Record<'_>, name: &'static str) -> Result<Option<u64>, FieldError> {
    count_or_null(name, record.word(&[name]))
}

impl Reader for TokenUsage {
    fn read(&mut self, record: &Record<'_>) -> Result<Taken, FieldError> {
        let word = |name: &'static str| record.word(&[name]).to_owned();
        let (unit, quantity_nanos) = thing(record)?;
        // What is no token needs no columns of tokens.
        let needed =
            |name: &'static str| if unit.is_empty() { count(name, record.word(&[name])) } else { none(record, name) };
        let row = TokenUsageRow {
            key: UsageKey {
                provider: must(record, "provider")?,
                model: must(record, "model")?,
                project: word("project"),
                customer: word("customer"),
                region: word("region"),
                service_tier: word("service_tier"),
                team: word("team"),
                context_window: word("context_window"),
                unit: unit.clone(),
                ..UsageKey::default()
            },
            usage_date: day("date", record.word(&["date"]))?,
            requests: optional(record, "requests")?,
            tokens: Tokens {
                input: needed("input_tokens")?,
                cache_read: class(record, "cache_read_tokens")?,
                cache_write_5m: class(record, "cache_write_5m_tokens")?,
                cache_write_1h: class(record, "cache_write_1h_tokens")?,
                output: needed("output_tokens")?,
            },
            reasoning: optional(record, "reasoning_tokens")?,
            quantity_nanos,
            claimed: None,
            record: None,
            place: record.place,
        };
        self.usage.push(row);
        Ok(Taken::Kept)
    }

    fn take(&mut self) -> Vec<Rows> {
        vec![self.usage.take()]
    }

    fn totals(&self) -> Vec<BatchTotal> {
        self.usage.totals()
    }
}
