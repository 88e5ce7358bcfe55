//! Imported benchmark results as measured points of a component.

use std::collections::BTreeSet;

use marginline_store::benchmark::BenchmarkRow;

use super::super::file::serving::{ServingBackend, Weights};
use super::super::file::{ComponentFile, MeasuredFile, MeasuredPoint, ScenarioFile};
use crate::Engine;
use crate::error::{EngineError, Result};
use crate::prices::catalogue;
use crate::scenario::model_name::is_same_model;
use crate::subject::plain_name;

/// Most runs of one component: they are solved together.
const MOST: usize = 200;

impl Engine {
    /// Puts the benchmark results that files name into them.
    ///
    /// # Errors
    /// When the workspace holds none of that name that fits the component.
    pub(crate) async fn with_benchmarks(
        &self,
        mut files: Vec<(String, ScenarioFile)>,
    ) -> Result<Vec<(String, ScenarioFile)>> {
        if !files.iter().any(|(_, file)| names_benchmark(file)) {
            return Ok(files);
        }
        let rows = self.ledger().benchmarks().await?;
        for (id, file) in &mut files {
            fill(file, &rows).map_err(|error| error.at(format!("scenario {id}")))?;
        }
        Ok(files)
    }
}

/// Does a component of the file name imported benchmark results?
fn names_benchmark(file: &ScenarioFile) -> bool {
    let is_named = |(_, component): &(String, &ComponentFile)| matches!(component.measured, MeasuredFile::Benchmark(_));
    file.components().iter().any(is_named)
}

/// Puts the benchmark results that a file names into it.
///
/// # Errors
/// When there is none of that name that fits the component.
pub(in crate::scenario) fn fill(file: &mut ScenarioFile, rows: &[BenchmarkRow]) -> Result<()> {
    for component in file.architecture.iter_mut().chain(&mut file.component) {
        let MeasuredFile::Benchmark(name) = &component.measured else { continue };
        let points = points(name, component, rows)?;
        component.measured = MeasuredFile::Points(points);
    }
    Ok(())
}

fn is_named(row: &BenchmarkRow, name: &str) -> bool {
    let model = row.key.model.rsplit('/').next().unwrap_or_default();
    [row.key.model.as_str(), model, &row.key.tool, &row.run].iter().any(|known| plain_name(known) == plain_name(name))
}

/// Is it a run of the model that is served? Whoever names the run by its model says so; by its tool or id, nobody does.
fn measured_it(row: &BenchmarkRow, name: &str, component: &ComponentFile) -> bool {
    let model = &row.key.model;
    let served = component.served_model();
    model.is_empty() || is_same_model(model, name) || served.is_none_or(|served| is_same_model(model, served))
}

fn weights_word(weights: Weights) -> &'static str {
    match weights {
        Weights::Bf16 => "bf16",
        Weights::Fp8 => "fp8",
        Weights::Fp4 | Weights::Nvfp4 | Weights::Mxfp4 => "fp4",
        Weights::Int4 => "int4",
    }
}

fn engine_word(backend: ServingBackend) -> &'static str {
    match backend {
        ServingBackend::Vllm => "vllm",
        ServingBackend::Sglang => "sglang",
        ServingBackend::Trtllm => "trt",
        ServingBackend::Other => "",
    }
}

/// Does a run fit the component's GPU, format of weights and engine? What a tool does not tell is no reason against it.
fn fits(row: &BenchmarkRow, component: &ComponentFile) -> bool {
    let gpu = |name: &str| plain_name(&catalogue::gpu_of(name).0);
    let same_gpu = row.key.gpu.is_empty() || component.gpu.as_deref().is_some_and(|own| gpu(own) == gpu(&row.key.gpu));
    let same_weights = component.serving.as_ref().is_none_or(|serving| {
        let told = row.key.precision.to_lowercase();
        told.is_empty() || told.contains(weights_word(serving.weights))
    });
    let same_engine = component.serving.as_ref().is_none_or(|serving| {
        let told = plain_name(&row.key.engine);
        told.is_empty() || serving.backend == ServingBackend::Other || told.contains(engine_word(serving.backend))
    });
    let gpus =
        degree(&row.key.parallelism, "tp").unwrap_or(1).saturating_mul(degree(&row.key.parallelism, "dp").unwrap_or(1));
    // The serving model covers one node.
    let one_node = component.serving.is_none() || gpus <= 8;
    same_gpu && same_weights && same_engine && one_node && row.key.mode != "disagg"
}

/// A degree of parallelism in words such as `tp4 dp2`.
fn degree(words: &str, name: &str) -> Option<u32> {
    words.split_whitespace().find_map(|word| word.strip_prefix(name)?.parse().ok())
}

/// Output tokens per second: as told, or from requests in flight, the first token and those after it (each request gives
/// its output in TTFT + (output − 1) × TPOT).
fn rate(row: &BenchmarkRow) -> Option<f64> {
    let derived = || {
        let (flight, output) = (row.concurrency?, row.output_tokens_mean?);
        let ttft_ms = row.ttft_ms.mean.or(row.ttft_ms.p50)?;
        let tpot_ms = row.tpot_ms.mean.or(row.tpot_ms.p50)?;
        let seconds = (ttft_ms + (output - 1.0).max(0.0) * tpot_ms) / 1e3;
        (seconds > 0.0).then(|| flight * output / seconds)
    };
    row.output_tokens_per_second.or_else(derived).filter(|rate| rate.is_finite() && *rate > 0.0)
}

fn point(row: &BenchmarkRow) -> Option<MeasuredPoint> {
    let above = |value: Option<f64>| value.filter(|value| value.is_finite() && *value > 0.0);
    let source = [row.key.tool.as_str(), row.run.as_str()].into_iter().filter(|word| !word.is_empty());
    let point = MeasuredPoint {
        input_tokens: above(row.input_tokens_mean),
        output_tokens: above(row.output_tokens_mean),
        concurrency: above(row.concurrency),
        requests_per_s: above(row.requests_per_second),
        // All of them sent at once wait for one another, and nobody says at what rate.
        holds_waiting: (row.requests_per_second == Some(f64::INFINITY) && row.concurrency.is_none()).then_some(true),
        gpus: row.gpus.and_then(|gpus| u32::try_from(gpus).ok()).filter(|gpus| *gpus > 0),
        tensor_parallel: degree(&row.key.parallelism, "tp"),
        data_parallel: degree(&row.key.parallelism, "dp"),
        output_tokens_per_s: Some(rate(row)?),
        ttft_ms_mean: above(row.ttft_ms.mean),
        ttft_ms_p50: above(row.ttft_ms.p50),
        ttft_ms_p90: above(row.ttft_ms.p90),
        ttft_ms_p95: above(row.ttft_ms.p95),
        ttft_ms_p99: above(row.ttft_ms.p99),
        tpot_ms_mean: above(row.tpot_ms.mean),
        tpot_ms_p50: above(row.tpot_ms.p50),
        tpot_ms_p90: above(row.tpot_ms.p90),
        tpot_ms_p95: above(row.tpot_ms.p95),
        tpot_ms_p99: above(row.tpot_ms.p99),
        source: Some(source.collect::<Vec<_>>().join(" ")),
        observed: row.measured_on.map(|day| day.to_string()),
        cache_hit_percent: None,
    };
    point.fault().is_none().then_some(point)
}

fn points(name: &str, component: &ComponentFile, rows: &[BenchmarkRow]) -> Result<Vec<MeasuredPoint>> {
    let (named, others): (Vec<&BenchmarkRow>, Vec<&BenchmarkRow>) =
        rows.iter().filter(|row| is_named(row, name)).partition(|row| measured_it(row, name, component));
    if let (true, Some(other)) = (named.is_empty(), others.first()) {
        let (served, measured) = (component.served_model().unwrap_or_default(), &other.key.model);
        return Err(EngineError::failed(format!("the benchmark {name:?} measured {measured}, and {served} is served"))
            .then(format!("import a run of {served}, or write \"benchmark {measured}\" if they are the same")));
    }
    if named.is_empty() {
        let there: BTreeSet<&str> = rows.iter().map(|row| row.key.model.as_str()).collect();
        let there = there.into_iter().take(5).collect::<Vec<_>>().join(", ");
        let next = if there.is_empty() {
            "import the result of a serving benchmark".to_owned()
        } else {
            format!("name one of {there}, or import its results")
        };
        return Err(EngineError::failed(format!("the workspace holds no benchmark {name:?}")).then(next));
    }
    let fitting = named.iter().filter(|row| fits(row, component)).filter_map(|row| point(row));
    let points: Vec<MeasuredPoint> = fitting.take(MOST).collect();
    if points.is_empty() {
        let gpu = component.gpu.as_deref().unwrap_or_default();
        return Err(EngineError::failed(format!("no run of the benchmark {name:?} fits {gpu} and its weights"))
            .then("see `marginline report benchmarks`, and name the GPU as it was measured"));
    }
    Ok(points)
}

#[cfg(test)]
mod tests {
    use super::*;
    use marginline_store::benchmark::{BenchmarkKey, Latency};

    fn row(gpu: &str, mode: &str) -> BenchmarkRow {
        BenchmarkRow {
            key: BenchmarkKey {
                tool: "vllm bench serve".into(),
                model: "acme/tiny-7b".into(),
                gpu: gpu.into(),
                mode: mode.into(),
                parallelism: "tp4 pp1 dp2".into(),
                ..BenchmarkKey::default()
            },
            gpus: Some(8),
            concurrency: Some(10.0),
            output_tokens_mean: Some(101.0),
            ttft_ms: Latency { mean: Some(10.0), p95: Some(15.0), ..Latency::default() },
            tpot_ms: Latency { mean: Some(10.0), ..Latency::default() },
            ..BenchmarkRow::default()
        }
    }

    fn component(gpu: &str) -> ComponentFile {
        toml::from_str(&format!(
            "kind = \"own-gpus\"\ngpu = \"{gpu}\"\nusd_per_gpu_hour = 2\nmeasured = \"benchmark x\""
        ))
        .unwrap()
    }

    #[test]
    fn a_run_of_another_model_is_not_taken_unless_its_model_is_named() {
        let rows = [row("h100_sxm", "agg")];
        let mut large = component("H100 SXM");
        large.model = Some("acme/big-70b".into());
        let error = points("vllm bench serve", &large, &rows).unwrap_err().to_string();
        assert!(error.contains("measured acme/tiny-7b, and acme/big-70b is served"), "{error}");
        assert_eq!(points("tiny-7b", &large, &rows).unwrap().len(), 1, "by its name");
        large.model = Some("Tiny-7B".into());
        assert_eq!(points("vllm bench serve", &large, &rows).unwrap().len(), 1, "the same");
    }

    /// 10 requests give 101 tokens each in 10 + 100 × 10 = 1,010 ms: 1,000 tokens a second.
    #[test]
    fn a_run_becomes_a_point_and_its_rate_follows_from_latencies() {
        let found = points("tiny-7b", &component("H100 SXM"), &[row("h100_sxm", "agg")]).unwrap();
        assert!((found[0].output_tokens_per_s.unwrap() - 1_000.0).abs() < 1e-9);
        assert_eq!((found[0].tensor_parallel, found[0].data_parallel, found[0].gpus), (Some(4), Some(2), Some(8)));
        assert_eq!(found[0].ttft_ms_p95, Some(15.0));
    }

    #[test]
    fn the_rate_at_which_requests_were_sent_is_that_of_the_waiting_in_it() {
        let load = |rate: Option<f64>, concurrency: Option<f64>| {
            let row = BenchmarkRow {
                requests_per_second: rate,
                concurrency,
                output_tokens_per_second: Some(1_000.0),
                ..row("h100_sxm", "agg")
            };
            let point = points("tiny-7b", &component("H100 SXM"), &[row]).unwrap().remove(0);
            (point.requests_per_s, point.holds_waiting)
        };
        assert_eq!(load(Some(4.0), None), (Some(4.0), None));
        assert_eq!(load(Some(f64::INFINITY), Some(64.0)), (None, None), "as many at work as were let in");
        assert_eq!(load(Some(f64::INFINITY), None), (None, Some(true)), "all at once");
        assert_eq!(load(None, Some(64.0)), (None, None));
    }

    #[test]
    fn runs_of_another_gpu_or_of_parted_replicas_do_not_fit() {
        let rows = [row("h200_sxm", "agg"), row("h100_sxm", "disagg")];
        let error = points("acme/tiny-7b", &component("H100"), &rows).unwrap_err().to_string();
        assert!(error.contains("no run of the benchmark \"acme/tiny-7b\" fits H100"), "{error}");
        let error = points("other", &component("H100"), &rows).unwrap_err().to_string();
        assert!(error.contains("holds no benchmark \"other\"") && error.contains("acme/tiny-7b"), "{error}");
    }
}
