//! How tools write a benchmark run. Latencies come in seconds or milliseconds; rows hold milliseconds.

use chrono::NaiveDate;
use marginline_store::benchmark::{BenchmarkKey, BenchmarkRow, Latency};

use super::field::{FieldError, count, count_or_null, day, known, number, unix_moment};
use super::node::Node;
use super::record::Record;

/// Columns of measured runs.
pub const MODEL: &[&str] = &["model_path", "model"];
/// Columns that name the GPU.
pub const SYSTEM: &[&str] = &["system", "gpu", "hardware"];
/// Columns of the time to first token.
pub const TTFT: &[&str] = &["ttft_ms", "silicon_ttft_ms"];
/// Columns of the time per output token.
pub const TPOT: &[&str] = &["tpot_ms", "silicon_tpot_ms"];

/// Names of one latency: mean, p50, p90, p95, p99.
type Names = [&'static [&'static str]; 5];

fn measured_value(name: &str, text: &str) -> Result<Option<f64>, FieldError> {
    if known(text).is_none() {
        return Ok(None);
    }
    let value: f64 = number(name, text)?.to_string().parse().map_err(|_| FieldError::new(name, text, "a number"))?;
    if value < 0.0 { Err(FieldError::new(name, text, "a measurement of 0 or more")) } else { Ok(Some(value)) }
}

fn value(record: &Record<'_>, names: &[&'static str]) -> Result<Option<f64>, FieldError> {
    measured_value(names[0], record.word(names))
}

fn positive(record: &Record<'_>, names: &[&'static str]) -> Result<f64, FieldError> {
    let expected = || FieldError::new(names[0], record.word(names), "a number above 0");
    value(record, names)?.filter(|value| *value > 0.0).ok_or_else(expected)
}

fn must(record: &Record<'_>, names: &[&'static str]) -> Result<String, FieldError> {
    let text = record.text(names).map(str::to_owned);
    text.ok_or_else(|| FieldError::new(names[0], "", format!("the {}; it is empty", names[0])))
}

fn latency(record: &Record<'_>, names: Names, ms_in_one: f64) -> Result<Latency, FieldError> {
    let ms = |names| Ok(value(record, names)?.map(|value| value * ms_in_one));
    let [mean, p50, p90, p95, p99] = names;
    Ok(Latency { mean: ms(mean)?, p50: ms(p50)?, p90: ms(p90)?, p95: ms(p95)?, p99: ms(p99)? })
}

/// The first latency that is there: in milliseconds where the name says so, else in seconds.
fn latency_of(record: &Record<'_>, in_ms: Names, in_s: Names) -> Result<Latency, FieldError> {
    let found = latency(record, in_ms, 1.0)?;
    if found == Latency::default() { latency(record, in_s, 1_000.0) } else { Ok(found) }
}

fn words(parts: &[&str]) -> String {
    parts.iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join(" ")
}

/// A row of measured runs. Without the concurrency no throughput follows from the time of a token.
///
/// # Errors
/// The first field at fault.
pub fn measured(record: &Record<'_>) -> Result<BenchmarkRow, FieldError> {
    let (model, gpu) = (must(record, MODEL)?, must(record, SYSTEM)?);
    let input_tokens_mean = Some(positive(record, &["isl"])?);
    let output_tokens_mean = Some(positive(record, &["osl"])?);
    let concurrency = match record.text(&["concurrency"]) {
        Some(_) => positive(record, &["concurrency"])?,
        None => noted_concurrency(record)?,
    };
    let size = |names: &[&'static str]| count_or_null(names[0], record.word(names));
    let (tensor, pipeline) = (size(&["tp_size"])?, size(&["pp_size"])?);
    let (data, expert) = (size(&["attention_dp_size"])?, size(&["moe_ep_size"])?);
    let part = |name: &str, size: Option<u64>| size.filter(|n| *n > 0).map(|n| format!("{name}{n}"));
    let parallelism = [part("tp", tensor), part("pp", pipeline), part("dp", data), part("ep", expert)];
    // GPUs that read and GPUs that write are counted apart, in columns of their own; their sum is not told here.
    let mode = record.word(&["mode"]).to_owned();
    let gpus = tensor.filter(|_| mode != "disagg").map(|tp| tp * pipeline.unwrap_or(1) * data.unwrap_or(1).max(1));
    let date = record.word(&["measured", "date"]);
    let run = [record.word(&["id"]).to_owned(), all_fields(record)].into_iter().find(|run| !run.is_empty());
    Ok(BenchmarkRow {
        key: BenchmarkKey {
            tool: "measured runs".to_owned(),
            model,
            gpu,
            engine: record.word(&["backend", "engine"]).to_owned(),
            engine_version: record.word(&["backend_version", "engine_version"]).to_owned(),
            precision: record.word(&["precision"]).to_owned(),
            mode,
            parallelism: parallelism.into_iter().flatten().collect::<Vec<_>>().join(" "),
        },
        run: run.unwrap_or_default(),
        measured_on: known(date).map(|date| day("measured", date)).transpose()?,
        gpus,
        input_tokens_mean,
        output_tokens_mean,
        concurrency: Some(concurrency),
        ttft_ms: Latency { mean: Some(positive(record, TTFT)?), ..Latency::default() },
        tpot_ms: Latency { mean: Some(positive(record, TPOT)?), ..Latency::default() },
        place: record.place,
        ..BenchmarkRow::default()
    })
}

/// What tells a run from others where it has no id: all that was set and all that came out.
fn all_fields(record: &Record<'_>) -> String {
    record.fields().join(",")
}

/// aiconfigurator notes the concurrency inside a text: `…, silicon_concurrency=128, …`.
fn noted_concurrency(record: &Record<'_>) -> Result<f64, FieldError> {
    let text = record.word(&["silicon_data_source"]);
    let noted = text
        .split_once("silicon_concurrency=")
        .map_or("", |(_, rest)| rest.split(|c: char| !(c.is_ascii_digit() || c == '.')).next().unwrap_or_default());
    measured_value("concurrency", noted)?.filter(|value| *value > 0.0).ok_or_else(|| {
        FieldError::new("concurrency", text, "the number of requests at work; without it no throughput follows")
    })
}

/// `inf` asks for everything at once.
fn rate(record: &Record<'_>, name: &'static str) -> Result<Option<f64>, FieldError> {
    match record.word(&[name]) {
        "inf" | "Infinity" => Ok(Some(f64::INFINITY)),
        text => measured_value(name, text),
    }
}

/// A result of `vllm bench serve`, SGLang's bench_serving, or InferenceX. Names without `_ms` are in seconds.
///
/// # Errors
/// The first field at fault.
pub fn serve(record: &Record<'_>) -> Result<BenchmarkRow, FieldError> {
    let model = must(record, &["model_id"])?;
    let duration = positive(record, &["duration"])?;
    let requests = at_least_one(record, "completed")?;
    let output_tokens = at_least_one(record, "total_output_tokens")?;
    let input_tokens = count_or_null("total_input_tokens", record.word(&["total_input_tokens"]))?;
    let mean = |tokens: u64| tokens as f64 / requests as f64;
    let in_ms = record.text(&["median_ttft_ms", "mean_ttft_ms", "p99_ttft_ms"]).is_some();
    let date = record.word(&["date"]);
    let run = [date, record.word(&["request_rate"]), record.word(&["max_concurrency"]), record.word(&["duration"])];
    Ok(BenchmarkRow {
        key: BenchmarkKey {
            tool: if in_ms { "bench serve" } else { "InferenceX" }.to_owned(),
            model,
            gpu: record.word(&["hw", "gpu"]).to_owned(),
            engine: record.word(&["framework", "backend"]).to_owned(),
            precision: record.word(&["precision"]).to_owned(),
            parallelism: record.text(&["tp"]).map(|tp| format!("tp{tp}")).unwrap_or_default(),
            ..BenchmarkKey::default()
        },
        run: words(&run),
        measured_on: compact_day(date),
        gpus: count_or_null("num_gpus", record.word(&["num_gpus"]))?,
        input_tokens_mean: input_tokens.map(mean),
        output_tokens_mean: Some(mean(output_tokens)),
        concurrency: value(record, &["max_concurrency"])?,
        requests_per_second: rate(record, "request_rate")?,
        requests: Some(requests),
        duration_seconds: Some(duration),
        output_tokens_per_second: value(record, &["output_throughput"])?.or(Some(output_tokens as f64 / duration)),
        ttft_ms: latency_of(
            record,
            [
                &["mean_ttft_ms"],
                &["median_ttft_ms", "p50_ttft_ms"],
                &["p90_ttft_ms"],
                &["p95_ttft_ms"],
                &["p99_ttft_ms"],
            ],
            [&["mean_ttft"], &["median_ttft", "p50_ttft"], &["p90_ttft"], &["p95_ttft"], &["p99_ttft"]],
        )?,
        tpot_ms: latency_of(
            record,
            [
                &["mean_tpot_ms"],
                &["median_tpot_ms", "p50_tpot_ms"],
                &["p90_tpot_ms"],
                &["p95_tpot_ms"],
                &["p99_tpot_ms"],
            ],
            [&["mean_tpot"], &["median_tpot", "p50_tpot"], &["p90_tpot"], &["p95_tpot"], &["p99_tpot"]],
        )?,
        place: record.place,
    })
}

fn at_least_one(record: &Record<'_>, name: &'static str) -> Result<u64, FieldError> {
    let text = record.word(&[name]);
    let number = count(name, text)?;
    if number == 0 { Err(FieldError::new(name, text, "a number above 0")) } else { Ok(number) }
}

/// The day of `20260213-135636`, on the clock of the machine that measured.
fn compact_day(text: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(text.get(..8)?, "%Y%m%d").ok()
}

/// GuideLLM's benchmarks, a record each, with the report's own arguments beside it.
#[must_use]
pub fn guidellm_records(mut document: Node) -> Vec<Node> {
    let runs = document.remove("benchmarks").map(Node::into_items).unwrap_or_default();
    let arguments = document.remove("args").unwrap_or(Node::Null);
    runs.into_iter()
        .map(|mut run| {
            if let Node::Object(fields) = &mut run {
                fields.insert("report_args".to_owned(), arguments.clone());
            }
            run
        })
        .collect()
}

/// A benchmark of GuideLLM, over the requests that succeeded. Latencies are in milliseconds.
///
/// # Errors
/// The first field at fault.
pub fn guidellm(record: &Record<'_>) -> Result<BenchmarkRow, FieldError> {
    let requests = at_least_one(record, "metrics.request_totals.successful")?;
    let start = record.word(&["start_time", "run_stats.start_time", "scheduler_metrics.start_time"]);
    let concurrency = ["config.strategy.max_concurrency", "config.strategy.streams", "args.strategy.streams"];
    let measured = "metrics.request_concurrency.successful.mean";
    let rate = value(record, &["config.strategy.rate", "args.strategy.rate"])?;
    let concurrency = value(record, &[concurrency[0], concurrency[1], concurrency[2], measured])?;
    let run = [
        start.to_owned(),
        record.word(&["id_", "run_id", "config.run_id"]).to_owned(),
        format!("{rate:?} {concurrency:?}"),
    ];
    let model = ["config.backend.model", "worker.backend_model", "report_args.model", "benchmarker.backend.model"];
    Ok(BenchmarkRow {
        key: BenchmarkKey {
            tool: "GuideLLM".to_owned(),
            model: record.word(&model).to_owned(),
            ..BenchmarkKey::default()
        },
        run: words(&[&run[0], &run[1], &run[2]]),
        measured_on: known(start).map(|start| unix_moment("start_time", start)).transpose()?.map(|at| at.date()),
        input_tokens_mean: value(record, &["metrics.prompt_token_count.successful.mean"])?,
        output_tokens_mean: value(record, &["metrics.output_token_count.successful.mean"])?,
        concurrency,
        requests_per_second: rate,
        requests: Some(requests),
        duration_seconds: value(record, &["duration"])?,
        output_tokens_per_second: value(record, &["metrics.output_tokens_per_second.successful.mean"])?,
        ttft_ms: latency(
            record,
            [
                &["metrics.time_to_first_token_ms.successful.mean"],
                &["metrics.time_to_first_token_ms.successful.median"],
                &["metrics.time_to_first_token_ms.successful.percentiles.p90"],
                &["metrics.time_to_first_token_ms.successful.percentiles.p95"],
                &["metrics.time_to_first_token_ms.successful.percentiles.p99"],
            ],
            1.0,
        )?,
        // What others call TPOT leaves the first token out; GuideLLM calls that inter-token latency.
        tpot_ms: latency(
            record,
            [
                &["metrics.inter_token_latency_ms.successful.mean"],
                &["metrics.inter_token_latency_ms.successful.median"],
                &["metrics.inter_token_latency_ms.successful.percentiles.p90"],
                &["metrics.inter_token_latency_ms.successful.percentiles.p95"],
                &["metrics.inter_token_latency_ms.successful.percentiles.p99"],
            ],
            1.0,
        )?,
        place: record.place,
        ..BenchmarkRow::default()
    })
}

/// A stage or summary of inference-perf, over the requests that succeeded. Latencies are in seconds, and the model is
/// not told.
///
/// # Errors
/// The first field at fault.
pub fn inference_perf(record: &Record<'_>) -> Result<BenchmarkRow, FieldError> {
    let requests = at_least_one(record, "successes.count")?;
    let rate = ["load_summary.requested_rate", "load_summary.achieved_rate"];
    let duration = record.word(&["load_summary.send_duration"]);
    Ok(BenchmarkRow {
        key: BenchmarkKey {
            tool: "inference-perf".to_owned(),
            model: record.word(&["model", "model_name"]).to_owned(),
            ..BenchmarkKey::default()
        },
        run: words(&[record.word(&rate), duration, record.word(&["successes.latency.request_latency.mean"])]),
        input_tokens_mean: value(record, &["successes.prompt_len.mean"])?,
        output_tokens_mean: value(record, &["successes.output_len.mean"])?,
        concurrency: value(record, &["load_summary.concurrency"])?,
        requests_per_second: value(record, &["load_summary.requested_rate"])?,
        requests: Some(requests),
        duration_seconds: value(record, &["load_summary.send_duration"])?,
        output_tokens_per_second: value(record, &["successes.throughput.output_tokens_per_sec"])?,
        ttft_ms: latency(
            record,
            [
                &["successes.latency.time_to_first_token.mean"],
                &["successes.latency.time_to_first_token.median"],
                &["successes.latency.time_to_first_token.p90"],
                &["successes.latency.time_to_first_token.p95"],
                &["successes.latency.time_to_first_token.p99"],
            ],
            1_000.0,
        )?,
        tpot_ms: latency(
            record,
            [
                &["successes.latency.time_per_output_token.mean"],
                &["successes.latency.time_per_output_token.median"],
                &["successes.latency.time_per_output_token.p90"],
                &["successes.latency.time_per_output_token.p95"],
                &["successes.latency.time_per_output_token.p99"],
            ],
            1_000.0,
        )?,
        place: record.place,
        ..BenchmarkRow::default()
    })
}
