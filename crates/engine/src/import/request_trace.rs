//! Load traces: a row a request, with its moment and its tokens in and out.
//!
//! Azure's LLM inference traces, BurstGPT, Mooncake, and tables of the same columns. Traces of rates by window, such as
//! ServeGen's, hold no requests and are none.

use marginline_model::money::ATTOS;
use marginline_store::batch::{BatchTotal, Role};
use marginline_store::gpu_sample::{Clock, Moment};
use marginline_store::import::Rows;
use marginline_store::request_trace::{RequestTraceKey, RequestTraceRow};

use super::field::{FieldError, count, moment, number};
use super::format::{Format, Json, Reader, Shape, Table, Taken, count_total};
use super::node::Node;
use super::record::Record;

/// Load trace.
pub static REQUEST_TRACE: Format = Format {
    id: "request-trace",
    label: "Request trace",
    role: Role::Measurement,
    append_only: true,
    shapes: &[
        Shape::Table(Table {
            required: &[TIME, INPUT, OUTPUT],
            telling: &["ContextTokens", "GeneratedTokens", "Request tokens", "Response tokens", "arrival_time"],
            open: |_| Box::new(RequestTrace::new(false)),
        }),
        Shape::Json(Json {
            likeness: |document| {
                let first = document.items().first().unwrap_or(document);
                let has = |name: &str| first.get(name).is_some();
                if has("timestamp") && has("input_length") && has("output_length") { 5 } else { 0 }
            },
            records: |document| match document {
                Node::List(items) => items,
                one => vec![one],
            },
            open: || Box::new(RequestTrace::new(true)),
        }),
    ],
};

const TIME: &[&str] = &["TIMESTAMP", "arrival_time", "arrived_at"];
const INPUT: &[&str] = &["ContextTokens", "Request tokens", "input_tokens", "prompt_tokens", "input_length"];
const OUTPUT: &[&str] = &["GeneratedTokens", "Response tokens", "output_tokens", "completion_tokens", "output_length"];

/// From here on a number of seconds is a date, since no trace is thirty years long.
const FIRST_DATE_S: i64 = 1_000_000_000;
const LAST_DATE_S: i64 = 7_258_118_400;

struct RequestTrace {
    rows: Vec<RequestTraceRow>,
    /// Mooncake counts milliseconds.
    in_ms: bool,
    totals: [u64; 3],
}

impl RequestTrace {
    fn new(in_ms: bool) -> Self {
        Self { rows: Vec::new(), in_ms, totals: [0; 3] }
    }

    fn moment(&self, text: &str) -> Result<Moment, FieldError> {
        let Ok(exact) = number("timestamp", text) else {
            let ms = moment("timestamp", text)?.and_utc().timestamp_millis();
            return Ok(Moment { ms, clock: Clock::Utc });
        };
        let expected = || FieldError::new("timestamp", text, "a date, or seconds of 0 or more since the trace began");
        let shift = if self.in_ms { 0 } else { 3 };
        let ms = exact.shifted(shift).to_wide_money().map_err(|_| expected())?.attos() / ATTOS;
        let ms = i64::try_from(ms).ok().filter(|ms| !exact.is_negative() && *ms < LAST_DATE_S * 1_000);
        let ms = ms.ok_or_else(expected)?;
        Ok(Moment { ms, clock: if ms >= FIRST_DATE_S * 1_000 { Clock::Utc } else { Clock::Trace } })
    }
}

fn tokens(record: &Record<'_>, names: &[&'static str]) -> Result<u64, FieldError> {
    count(names[0], record.word(names))
}

impl Reader for RequestTrace {
    fn read(&mut self, record: &Record<'_>) -> Result<Taken, FieldError> {
        let row = RequestTraceRow {
            key: RequestTraceKey {
                model: record.word(&["Model", "model_name"]).to_owned(),
                kind: record.word(&["Log Type", "type"]).to_owned(),
            },
            moment: self.moment(record.word(if self.in_ms { &["timestamp"] } else { TIME }))?,
            input_tokens: tokens(record, INPUT)?,
            output_tokens: tokens(record, OUTPUT)?,
            place: record.place,
        };
        for (total, more) in self.totals.iter_mut().zip([1, row.input_tokens, row.output_tokens]) {
            *total += more;
        }
        self.rows.push(row);
        Ok(Taken::Kept)
    }

    fn take(&mut self) -> Vec<Rows> {
        vec![Rows::RequestTrace(std::mem::take(&mut self.rows))]
    }

    fn totals(&self) -> Vec<BatchTotal> {
        let [requests, input, output] = self.totals;
        if requests == 0 {
            return Vec::new();
        }
        vec![
            count_total("requests", "requests", requests),
            count_total("tokens", "input_tokens", input),
            count_total("tokens", "output_tokens", output),
        ]
    }
}
