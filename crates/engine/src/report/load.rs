//! What load traces hold: how often requests came and how many tokens they had. A trace is one imported file.

use std::collections::BTreeMap;

use marginline_model::capacity::Moments;
use marginline_model::percentile::nearest_rank;
use marginline_store::gpu_sample::Moment;
use marginline_store::request_trace::TracedRequest;
use serde_json::Value;

use super::measured::{self, Head};
use crate::Engine;
use crate::error::{EngineError, Result};
use crate::view::{ColumnKind, Row, RowKind, Table};

/// Grouping keys within a trace.
pub const KEYS: [(&str, &str); 2] = [("model", "Model"), ("kind", "Kind")];

#[derive(Debug, Clone, Default)]
struct Group {
    trace: String,
    value: String,
    first: Option<Moment>,
    last: Option<Moment>,
    /// Requests by minute since the first; minutes without one are not in it.
    minutes: BTreeMap<i64, u64>,
    input: Vec<u64>,
    output: Vec<u64>,
    /// Seconds between two requests.
    gaps: Moments,
}

/// Load by trace.
#[derive(Debug, Clone)]
pub struct LoadReport {
    by: Option<&'static (&'static str, &'static str)>,
    groups: Vec<Group>,
}

impl Group {
    fn add(&mut self, request: &TracedRequest) {
        let first = *self.first.get_or_insert(request.moment);
        if let Some(last) = self.last.replace(request.moment) {
            // Requests come in order of time; what is no gap is left out rather than counted as 0.
            let _ = self.gaps.add((request.moment.ms - last.ms) as f64 / 1_000.0);
        }
        *self.minutes.entry((request.moment.ms - first.ms).div_euclid(60_000)).or_insert(0) += 1;
        self.input.push(request.input_tokens);
        self.output.push(request.output_tokens);
    }

    fn seconds(&self) -> Option<f64> {
        let span = self.last?.ms - self.first?.ms;
        (span > 0).then_some(span as f64 / 1_000.0)
    }

    /// Requests a second in the minute at a percentile; minutes without a request count as such.
    fn busy(&self, percent: u8) -> Option<f64> {
        let last = *self.minutes.keys().last()?;
        let all = usize::try_from(last).ok()? + 1;
        let mut counts: Vec<u64> = self.minutes.values().copied().collect();
        counts.sort_unstable();
        let rank = (usize::from(percent) * all).div_ceil(100).max(1);
        let empty = all - counts.len();
        let requests = if rank <= empty { 0 } else { counts[rank - empty - 1] };
        Some(requests as f64 / 60.0)
    }
}

impl Engine {
    /// What load traces hold, a row a trace, or a row for each model or kind of request in it.
    ///
    /// # Errors
    /// An unknown grouping key, a workspace without traces.
    pub async fn load(&self, by: Option<&str>) -> Result<LoadReport> {
        let by = match by {
            None | Some("trace") => None,
            Some(asked) => Some(KEYS.iter().find(|(id, _)| *id == asked).ok_or_else(|| {
                EngineError::usage(format!("load cannot be grouped by {asked:?}")).then("use trace, model or kind")
            })?),
        };
        let requests = self.ledger().traced_requests().await?;
        if requests.is_empty() {
            return Err(EngineError::failed("the workspace holds no request trace yet")
                .then("import one, such as an LLM inference trace of Azure or BurstGPT"));
        }
        let names: BTreeMap<i64, String> =
            self.ledger().batches().await?.into_iter().map(|batch| (batch.id, batch.file_name)).collect();
        let mut groups: BTreeMap<(i64, String), Group> = BTreeMap::new();
        for request in &requests {
            let value = match by {
                None => String::new(),
                Some(("model", _)) => request.key.model.clone(),
                Some(_) => request.key.kind.clone(),
            };
            let group = groups.entry((request.batch, value.clone())).or_insert_with(|| Group {
                trace: names.get(&request.batch).cloned().unwrap_or_default(),
                value,
                ..Group::default()
            });
            group.add(request);
        }
        let mut groups: Vec<Group> = groups.into_values().collect();
        for group in &mut groups {
            group.input.sort_unstable();
            group.output.sort_unstable();
        }
        Ok(LoadReport { by, groups })
    }
}

const HEADS: [Head; 19] = [
    ("requests", "Requests", "", ColumnKind::Count),
    ("first", "First", "", ColumnKind::Text),
    ("last", "Last", "", ColumnKind::Text),
    ("duration_seconds", "Duration", "s", ColumnKind::Measure),
    ("requests_per_second_mean", "Mean", "req/s", ColumnKind::Measure),
    ("requests_per_second_p95_minute", "p95 minute", "req/s", ColumnKind::Measure),
    ("requests_per_second_p99_minute", "p99 minute", "req/s", ColumnKind::Measure),
    ("input_tokens_mean", "Input mean", "tok", ColumnKind::Measure),
    ("input_tokens_p50", "Input p50", "tok", ColumnKind::Count),
    ("input_tokens_p95", "Input p95", "tok", ColumnKind::Count),
    ("input_tokens_p99", "Input p99", "tok", ColumnKind::Count),
    ("output_tokens_mean", "Output mean", "tok", ColumnKind::Measure),
    ("output_tokens_p50", "Output p50", "tok", ColumnKind::Count),
    ("output_tokens_p95", "Output p95", "tok", ColumnKind::Count),
    ("output_tokens_p99", "Output p99", "tok", ColumnKind::Count),
    ("tokens_per_request", "Tokens per request", "tok", ColumnKind::Measure),
    ("arrival_cv", "Arrival CV", "", ColumnKind::Measure),
    ("input_tokens_cv", "Input CV", "", ColumnKind::Measure),
    ("output_tokens_cv", "Output CV", "", ColumnKind::Measure),
];

fn mean(values: &[u64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().map(|value| *value as f64).sum::<f64>() / values.len() as f64)
}

/// Coefficient of variation: 0 is constant, 1 is random.
fn spread(moments: Moments) -> Option<f64> {
    moments.lengths().map(|lengths| lengths.scv.sqrt())
}

fn spread_of(values: &[u64]) -> Option<f64> {
    let mut moments = Moments::default();
    values.iter().try_for_each(|value| moments.add(*value as f64)).ok()?;
    spread(moments)
}

impl LoadReport {
    /// The JSON document of `report load`.
    #[must_use]
    pub fn json(&self) -> Value {
        measured::json(&self.table())
    }

    /// The table shown and exported.
    #[must_use]
    pub fn table(&self) -> Table {
        let mut heads: Vec<Head> = vec![("trace", "Trace", "", ColumnKind::Text)];
        heads.extend(self.by.map(|(id, label)| (*id, *label, "", ColumnKind::Text)));
        heads.extend(HEADS);
        let rows = self.groups.iter().enumerate().map(|(at, group)| self.row(at, group)).collect();
        Table {
            id: "load".into(),
            title: self.by.map_or_else(|| "Load by trace".into(), |(id, _)| format!("Load by trace and {id}")),
            subtitle: "requests per second, tokens per request".into(),
            columns: measured::columns(&heads),
            rows,
            notes: vec![
                "percentiles are by nearest rank: a value that occurred".into(),
                "minutes count from the first request to the last, those without a request too; the mean is requests over \
                 that time"
                    .into(),
                "CV: standard deviation over mean, of the time between requests and of tokens; 1 is a random stream"
                    .into(),
            ],
        }
    }

    fn row(&self, at: usize, group: &Group) -> Row {
        let requests = group.input.len() as u64;
        let mut cells = vec![measured::words(&group.trace)];
        cells.extend(self.by.map(|_| measured::words(&group.value)));
        cells.extend([
            measured::count(requests),
            measured::moment(group.first),
            measured::moment(group.last),
            measured::figure(group.seconds(), 0),
            measured::figure(group.seconds().map(|seconds| requests as f64 / seconds), 3),
            measured::figure(group.busy(95), 3),
            measured::figure(group.busy(99), 3),
        ]);
        for tokens in [&group.input, &group.output] {
            cells.push(measured::figure(mean(tokens), 1));
            let at = |percent| nearest_rank(tokens, percent).map_or_else(measured::unknown, measured::count);
            cells.extend([50, 95, 99].map(at));
        }
        let both = mean(&group.input).zip(mean(&group.output)).map(|(input, output)| input + output);
        cells.push(measured::figure(both, 1));
        cells.push(measured::figure(spread(group.gaps), 2));
        cells.extend([&group.input, &group.output].map(|tokens| measured::figure(spread_of(tokens), 2)));
        Row { key: format!("{at}\u{1f}{}\u{1f}{}", group.trace, group.value), kind: RowKind::Row, cells }
    }
}
