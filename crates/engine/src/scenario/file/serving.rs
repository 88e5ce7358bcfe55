//! How a model runs on own GPUs, for the serving model, and points that somebody measured.

use std::fmt;

use marginline_model::serving::{Backend, CachePrecision, Deployment, Model, Precision};
use schemars::JsonSchema;
use serde::de::value::SeqAccessDeserializer;
use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::limits::Latency;
use super::span;

/// Most measured points of a component: they are solved together.
const MOST_POINTS: usize = 200;
/// Most requests in flight on a replica.
pub const MOST_IN_FLIGHT: u32 = 8_192;

/// Format of the weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Weights {
    /// Two bytes a weight.
    Bf16,
    /// One byte.
    Fp8,
    /// Four bits, in the format of the model's own checkpoints.
    Fp4,
    /// Four bits with a scale for each 16.
    Nvfp4,
    /// Four bits with a scale for each 32.
    Mxfp4,
    /// Four-bit integers.
    Int4,
}

/// Format of the key-value cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum CacheFormat {
    /// Two bytes a value.
    #[default]
    Bf16,
    /// One byte.
    Fp8,
}

/// The serving engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ServingBackend {
    /// vLLM.
    Vllm,
    /// SGLang.
    Sglang,
    /// TensorRT-LLM.
    Trtllm,
    /// Another.
    #[default]
    Other,
}

/// How a model runs on a replica.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ServingFile {
    /// One of the models whose architecture is known, such as `Llama-3.1-70B`.
    pub model: String,
    /// GPUs over which a rank is split.
    pub tensor_parallel: Option<u32>,
    /// Ranks that hold requests of their own.
    pub data_parallel: Option<u32>,
    /// GPUs over which experts are spread.
    pub expert_parallel: Option<u32>,
    /// Format of the weights.
    pub weights: Weights,
    /// Format of the cache.
    #[serde(default)]
    pub cache: CacheFormat,
    /// The serving engine.
    #[serde(default)]
    pub backend: ServingBackend,
    /// Requests at work on a replica at a time; as many as the latency limits allow when absent.
    pub in_flight: Option<u32>,
}

impl ServingFile {
    /// GPUs of a replica.
    #[must_use]
    pub fn gpus(&self) -> u32 {
        self.tensor_parallel.unwrap_or(1).saturating_mul(self.data_parallel.unwrap_or(1))
    }

    /// As the serving model takes it.
    #[must_use]
    pub fn deployment(&self, model: &Model) -> Deployment {
        Deployment {
            tensor_parallel: self.tensor_parallel.unwrap_or(1),
            data_parallel: self.data_parallel.unwrap_or(1),
            expert_parallel: self.expert_parallel.unwrap_or(1),
            weights: match self.weights {
                Weights::Bf16 => Precision::Bf16,
                Weights::Fp8 => Precision::Fp8,
                Weights::Fp4 => model.fp4_format,
                Weights::Nvfp4 => Precision::Nvfp4,
                Weights::Mxfp4 => Precision::Mxfp4,
                Weights::Int4 => Precision::Int4,
            },
            cache: match self.cache {
                CacheFormat::Bf16 => CachePrecision::Bf16,
                CacheFormat::Fp8 => CachePrecision::Fp8,
            },
            backend: match self.backend {
                ServingBackend::Vllm => Backend::Vllm,
                ServingBackend::Sglang => Backend::Sglang,
                ServingBackend::Trtllm => Backend::TrtLlm,
                ServingBackend::Other => Backend::Other,
            },
        }
    }

    fn fault(&self) -> Option<String> {
        let gpus = self.gpus();
        if !(1..=8).contains(&gpus) {
            return Some(format!("serving: a replica of {gpus} GPUs, expected 1 to 8: the model covers one node"));
        }
        let flight = span::fault("ServingFile", "in_flight", self.in_flight.map(f64::from));
        flight.map(|fault| format!("serving.{fault}"))
    }
}

/// One measured load.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MeasuredPoint {
    /// Prompt tokens of a request, cached ones included; those of the demand when absent.
    pub input_tokens: Option<f64>,
    /// Output tokens of a request; those of the demand when absent.
    pub output_tokens: Option<f64>,
    /// Share of the prompt that a prefix cache served.
    pub cache_hit_percent: Option<f64>,
    /// Requests let in at a time, on all GPUs of the measurement together.
    pub concurrency: Option<f64>,
    /// Requests sent a second to all these GPUs; the time to first token holds the waiting at that rate.
    pub requests_per_s: Option<f64>,
    /// Does the time to first token hold the wait for a place? `true` without a rate: that of its own busiest hour.
    pub holds_waiting: Option<bool>,
    /// GPUs of the measurement; those of a replica or a unit when absent.
    pub gpus: Option<u32>,
    /// GPUs over which a rank was split; as in `serving` when absent.
    pub tensor_parallel: Option<u32>,
    /// Ranks with requests of their own; as in `serving` when absent.
    pub data_parallel: Option<u32>,
    /// Output tokens per second of all these GPUs together.
    pub output_tokens_per_s: Option<f64>,
    /// Mean time to first token.
    pub ttft_ms_mean: Option<f64>,
    /// Median.
    pub ttft_ms_p50: Option<f64>,
    /// 90th percentile over requests.
    pub ttft_ms_p90: Option<f64>,
    /// 95th percentile.
    pub ttft_ms_p95: Option<f64>,
    /// 99th percentile.
    pub ttft_ms_p99: Option<f64>,
    /// Mean time per output token after the first.
    pub tpot_ms_mean: Option<f64>,
    /// Median.
    pub tpot_ms_p50: Option<f64>,
    /// 90th percentile over requests.
    pub tpot_ms_p90: Option<f64>,
    /// 95th percentile.
    pub tpot_ms_p95: Option<f64>,
    /// 99th percentile.
    pub tpot_ms_p99: Option<f64>,
    /// Who measured.
    pub source: Option<String>,
    /// When.
    pub observed: Option<String>,
}

impl MeasuredPoint {
    /// A latency at a percentile over requests, in milliseconds, where it was measured.
    #[must_use]
    pub fn latency_ms(&self, of: Latency, percentile: u32) -> Option<f64> {
        match (of, percentile) {
            (Latency::Ttft, 50) => self.ttft_ms_p50,
            (Latency::Ttft, 90) => self.ttft_ms_p90,
            (Latency::Ttft, 95) => self.ttft_ms_p95,
            (Latency::Ttft, 99) => self.ttft_ms_p99,
            (Latency::Tpot, 50) => self.tpot_ms_p50,
            (Latency::Tpot, 90) => self.tpot_ms_p90,
            (Latency::Tpot, 95) => self.tpot_ms_p95,
            (Latency::Tpot, 99) => self.tpot_ms_p99,
            _ => None,
        }
    }

    /// Its mean, in milliseconds.
    #[must_use]
    pub fn mean_ms(&self, of: Latency) -> Option<f64> {
        match of {
            Latency::Ttft => self.ttft_ms_mean,
            Latency::Tpot => self.tpot_ms_mean,
        }
    }

    /// What is wrong with it.
    #[must_use]
    pub fn fault(&self) -> Option<String> {
        let figures = [
            ("output_tokens_per_s", self.output_tokens_per_s),
            ("input_tokens", self.input_tokens),
            ("output_tokens", self.output_tokens),
            ("concurrency", self.concurrency),
            ("requests_per_s", self.requests_per_s),
            ("gpus", self.gpus.map(f64::from)),
            ("tensor_parallel", self.tensor_parallel.map(f64::from)),
            ("data_parallel", self.data_parallel.map(f64::from)),
            ("ttft_ms_mean", self.ttft_ms_mean),
            ("ttft_ms_p50", self.ttft_ms_p50),
            ("ttft_ms_p90", self.ttft_ms_p90),
            ("ttft_ms_p95", self.ttft_ms_p95),
            ("ttft_ms_p99", self.ttft_ms_p99),
            ("tpot_ms_mean", self.tpot_ms_mean),
            ("tpot_ms_p50", self.tpot_ms_p50),
            ("tpot_ms_p90", self.tpot_ms_p90),
            ("tpot_ms_p95", self.tpot_ms_p95),
            ("tpot_ms_p99", self.tpot_ms_p99),
        ];
        let all = figures.into_iter().chain([("cache_hit_percent", self.cache_hit_percent)]);
        let fault = all.filter_map(|(key, figure)| span::fault("MeasuredPoint", key, figure)).next();
        fault.map(|fault| format!("measured: {fault}"))
    }
}

/// What was measured: points, or the name of imported benchmark results.
#[derive(Debug, Clone, PartialEq)]
pub enum MeasuredFile {
    /// Points of the file.
    Points(Vec<MeasuredPoint>),
    /// Runs of the workspace with this model, tool or run id.
    Benchmark(String),
}

impl Default for MeasuredFile {
    fn default() -> Self {
        Self::Points(Vec::new())
    }
}

impl MeasuredFile {
    /// Is nothing measured?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Points(points) if points.is_empty())
    }

    /// The points of the file.
    #[must_use]
    pub fn points(&self) -> &[MeasuredPoint] {
        if let Self::Points(points) = self { points } else { &[] }
    }
}

struct Written;

impl<'de> Visitor<'de> for Written {
    type Value = MeasuredFile;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list of points, or \"benchmark NAME\"")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
        let name = text.trim().strip_prefix("benchmark ").map(str::trim).filter(|name| !name.is_empty());
        let name = name.ok_or_else(|| E::custom(format!("measured is {text:?}, expected \"benchmark NAME\"")))?;
        Ok(MeasuredFile::Benchmark(name.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(list)).map(MeasuredFile::Points)
    }
}

impl Serialize for MeasuredFile {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Points(points) => points.serialize(to),
            Self::Benchmark(name) => to.serialize_str(&format!("benchmark {name}")),
        }
    }
}

impl<'de> Deserialize<'de> for MeasuredFile {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Written)
    }
}

/// What is wrong with how own GPUs serve, or with what was measured on them.
pub(super) fn fault(serving: Option<&ServingFile>, measured: &MeasuredFile) -> Option<String> {
    if let Some(fault) = serving.and_then(ServingFile::fault) {
        return Some(fault);
    }
    if measured.points().len() > MOST_POINTS {
        return Some(format!("measured holds more than {MOST_POINTS} points"));
    }
    measured.points().iter().find_map(MeasuredPoint::fault)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct Holder {
        measured: MeasuredFile,
    }

    fn read(text: &str) -> Result<MeasuredFile, String> {
        toml::from_str::<Holder>(text).map(|holder| holder.measured).map_err(|error| error.message().to_owned())
    }

    #[test]
    fn measured_is_points_or_the_name_of_a_benchmark() {
        let points = read("[[measured]]\noutput_tokens_per_s = 800\nttft_ms_p95 = 420").unwrap();
        assert_eq!(points.points()[0].latency_ms(Latency::Ttft, 95), Some(420.0));
        assert_eq!(
            read("measured = \"benchmark acme/tiny-7b\"").unwrap(),
            MeasuredFile::Benchmark("acme/tiny-7b".into())
        );
        assert!(read("measured = \"acme\"").unwrap_err().contains("expected \"benchmark NAME\""));
        let unknown = read("[[measured]]\ntokens = 1").unwrap_err();
        assert!(unknown.contains("unknown field `tokens`"), "{unknown}");
    }

    #[test]
    fn a_replica_lies_in_one_node() {
        let serving = |text: &str| toml::from_str::<ServingFile>(text).unwrap();
        let wide = serving("model = \"m\"\nweights = \"fp8\"\ntensor_parallel = 4\ndata_parallel = 4");
        assert!(wide.fault().unwrap().contains("16 GPUs"));
        let none = serving("model = \"m\"\nweights = \"fp8\"\nin_flight = 0");
        assert!(none.fault().unwrap().contains("in_flight is 0"));
        assert_eq!(serving("model = \"m\"\nweights = \"int4\"\ntensor_parallel = 2").gpus(), 2);
    }
}
