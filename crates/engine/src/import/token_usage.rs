//! Marginline's own token usage CSV; columns in `docs/formats.md`.

use marginline_store::batch::{BatchTotal, Role};
use marginline_store::import::{Place, Rows};
use marginline_store::token_usage::{TokenUsageRow, Tokens, UsageKey};

use super::field::{FieldError, count, count_or_null, day, known};
use super::format::{Fields, Format, RowReader};
use super::header::Header;

/// Token usage CSV.
pub static TOKEN_USAGE: Format = Format {
    id: "token-usage",
    label: "Token usage",
    role: Role::Usage,
    required: &[&["date"], &["provider"], &["model"], &["input_tokens"], &["output_tokens"]],
    telling: &["date", "provider", "model", "input_tokens", "cache_read_tokens", "output_tokens"],
    open: |header| Box::new(Reader::new(header)),
};

struct Reader {
    date: usize,
    words: [Option<usize>; 6],
    counts: [Option<usize>; 7],
    rows: Vec<TokenUsageRow>,
    requests: u128,
    totals: [u128; 5],
}

const COUNTS: [&str; 7] = [
    "input_tokens",
    "cache_read_tokens",
    "cache_write_5m_tokens",
    "cache_write_1h_tokens",
    "output_tokens",
    "requests",
    "reasoning_tokens",
];

impl Reader {
    fn new(header: &Header) -> Self {
        Self {
            date: header.find(&["date"]).unwrap_or_default(),
            words: ["provider", "model", "project", "customer", "region", "service_tier"]
                .map(|name| header.find(&[name])),
            counts: COUNTS.map(|name| header.find(&[name])),
            rows: Vec::new(),
            requests: 0,
            totals: [0; 5],
        }
    }

    fn must(&self, fields: &Fields<'_>, index: usize, name: &str) -> Result<String, FieldError> {
        self.words[index]
            .and_then(|i| known(fields[i]))
            .map(str::to_owned)
            .ok_or_else(|| FieldError::new(name, "", format!("the {name}'s name; it is empty")))
    }

    /// A token class that the file leaves out or empty was not used by that source.
    fn tokens(&self, fields: &Fields<'_>, index: usize) -> Result<u64, FieldError> {
        match self.counts[index] {
            Some(i) if index == 0 || index == 4 => count(COUNTS[index], fields[i]),
            Some(i) => Ok(count_or_null(COUNTS[index], fields[i])?.unwrap_or(0)),
            None => Ok(0),
        }
    }

    fn optional(&self, fields: &Fields<'_>, index: usize) -> Result<Option<u64>, FieldError> {
        self.counts[index].map_or(Ok(None), |i| count_or_null(COUNTS[index], fields[i]))
    }
}

impl RowReader for Reader {
    fn read(&mut self, fields: &Fields<'_>, place: Place) -> Result<(), FieldError> {
        let word = |index: usize| self.words[index].and_then(|i| known(fields[i])).unwrap_or_default().to_owned();
        let row = TokenUsageRow {
            key: UsageKey {
                provider: self.must(fields, 0, "provider")?,
                model: self.must(fields, 1, "model")?,
                project: word(2),
                customer: word(3),
                region: word(4),
                service_tier: word(5),
            },
            usage_date: day("date", fields[self.date])?,
            requests: self.optional(fields, 5)?,
            tokens: Tokens {
                input: self.tokens(fields, 0)?,
                cache_read: self.tokens(fields, 1)?,
                cache_write_5m: self.tokens(fields, 2)?,
                cache_write_1h: self.tokens(fields, 3)?,
                output: self.tokens(fields, 4)?,
            },
            reasoning: self.optional(fields, 6)?,
            place,
        };
        let tokens = row.tokens;
        let classes = [tokens.input, tokens.cache_read, tokens.cache_write_5m, tokens.cache_write_1h, tokens.output];
        for (total, class) in self.totals.iter_mut().zip(classes) {
            *total += u128::from(class);
        }
        self.requests += u128::from(row.requests.unwrap_or(0));
        self.rows.push(row);
        Ok(())
    }

    fn take(&mut self) -> Rows {
        Rows::TokenUsage(std::mem::take(&mut self.rows))
    }

    fn totals(&self) -> Vec<BatchTotal> {
        let total = |unit: &str, measure: &str, value: u128| BatchTotal {
            unit: unit.to_owned(),
            measure: measure.to_owned(),
            total: value.to_string(),
            residue: "0".to_owned(),
        };
        let mut totals: Vec<_> =
            COUNTS.iter().zip(self.totals).map(|(name, value)| total("tokens", name, value)).collect();
        totals.push(total("requests", "requests", self.requests));
        totals
    }
}
