//! Hard limits of a scenario: what it must keep, and who accepted in writing what nobody knows.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{one_or_many, span};
use crate::prices::regions;

/// Hard limits. What is not stated is not judged; memory, capacity and what is sold where are always told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Time to first token in milliseconds, at the median of requests.
    pub ttft_ms_p50: Option<f64>,
    /// At the 90th percentile.
    pub ttft_ms_p90: Option<f64>,
    /// At the 95th percentile.
    pub ttft_ms_p95: Option<f64>,
    /// At the 99th percentile.
    pub ttft_ms_p99: Option<f64>,
    /// Time per output token after the first in milliseconds, at the median of requests.
    pub tpot_ms_p50: Option<f64>,
    /// At the 90th percentile.
    pub tpot_ms_p90: Option<f64>,
    /// At the 95th percentile.
    pub tpot_ms_p95: Option<f64>,
    /// At the 99th percentile.
    pub tpot_ms_p99: Option<f64>,
    /// Least headroom in the busiest hour.
    pub headroom_percent: Option<f64>,
    /// Where requests may be served: legal areas (`EU`, `EEA`, `UK`, `CH`, `US`), countries or single regions.
    #[serde(default)]
    pub residency: Vec<String>,
    /// Least scores by task.
    #[serde(default, deserialize_with = "one_or_many")]
    #[schemars(with = "super::schema::OneOrMany<QualityFloor>")]
    pub quality_floor: Vec<QualityFloor>,
    /// Why, and by whom, it was accepted that something is unknown.
    pub accept_unknown: Option<String>,
}

/// The least score of a task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct QualityFloor {
    /// The task, as the scores name it.
    pub task: String,
    /// Its least score, on the same scale as the scores; higher is better.
    pub score: f64,
}

/// What a latency measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Latency {
    /// Time to first token.
    Ttft,
    /// Time per output token after the first.
    Tpot,
}

/// A latency that a share of the requests must keep.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LatencyLimit {
    /// Its key in the file.
    pub key: &'static str,
    /// What is measured.
    pub of: Latency,
    /// Percentile over requests, 50 to 99.
    pub percentile: u32,
    /// Milliseconds.
    pub ms: f64,
}

impl Limits {
    /// The latencies that are limited.
    #[must_use]
    pub fn latencies(&self) -> Vec<LatencyLimit> {
        use Latency::{Tpot, Ttft};
        [
            ("ttft_ms_p50", Ttft, 50, self.ttft_ms_p50),
            ("ttft_ms_p90", Ttft, 90, self.ttft_ms_p90),
            ("ttft_ms_p95", Ttft, 95, self.ttft_ms_p95),
            ("ttft_ms_p99", Ttft, 99, self.ttft_ms_p99),
            ("tpot_ms_p50", Tpot, 50, self.tpot_ms_p50),
            ("tpot_ms_p90", Tpot, 90, self.tpot_ms_p90),
            ("tpot_ms_p95", Tpot, 95, self.tpot_ms_p95),
            ("tpot_ms_p99", Tpot, 99, self.tpot_ms_p99),
        ]
        .into_iter()
        .filter_map(|(key, of, percentile, ms)| Some(LatencyLimit { key, of, percentile, ms: ms? }))
        .collect()
    }

    /// What is wrong with it.
    #[must_use]
    pub fn fault(&self) -> Option<String> {
        let latency = self.latencies().into_iter();
        let latency = latency.filter_map(|limit| span::fault("Limits", limit.key, Some(limit.ms))).next();
        let headroom = || span::fault("Limits", "headroom_percent", self.headroom_percent);
        if let Some(fault) = latency.or_else(headroom) {
            return Some(format!("limits.{fault}"));
        }
        if let Some(unknown) = self.residency.iter().find(|place| !regions::is_known(place)) {
            return Some(format!(
                "limits.residency names {unknown:?}, which is no legal area, country or region that is known; write EU, \
                 EEA, UK, CH or US, a country such as DE, or a region such as aws/eu-central-1"
            ));
        }
        let low = |floor: &QualityFloor| {
            let fault = span::fault("QualityFloor", "score", Some(floor.score))?;
            Some(format!("limits.quality_floor of {:?}: {fault}", floor.task))
        };
        if let Some(fault) = self.quality_floor.iter().find_map(low) {
            return Some(fault);
        }
        if self.quality_floor.iter().any(|floor| floor.task.trim().is_empty()) {
            return Some("limits.quality_floor names no task".into());
        }
        let is_empty = |why: &String| why.trim().is_empty();
        self.accept_unknown
            .as_ref()
            .filter(|why| is_empty(why))
            .map(|_| "limits.accept_unknown is empty; write why, and who accepts it".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Limits {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn a_floor_is_one_or_a_list() {
        let one = read("quality_floor = { task = \"answers\", score = 0.8 }");
        let many = read("quality_floor = [{ task = \"answers\", score = 0.8 }, { task = \"code\", score = 0.5 }]");
        assert_eq!((one.quality_floor.len(), many.quality_floor.len()), (1, 2));
        assert_eq!(one.quality_floor[0], many.quality_floor[0]);
    }

    #[test]
    fn the_percentile_is_in_the_name() {
        let limits = read("ttft_ms_p95 = 800\ntpot_ms_p50 = 40");
        let found: Vec<_> = limits.latencies().iter().map(|limit| (limit.key, limit.percentile, limit.ms)).collect();
        assert_eq!(found, [("ttft_ms_p95", 95, 800.0), ("tpot_ms_p50", 50, 40.0)]);
        assert!(toml::from_str::<Limits>("ttft_ms_p42 = 1").is_err());
    }

    #[test]
    fn what_cannot_be_is_named() {
        let says = |text: &str, words: &str| {
            let fault = read(text).fault().unwrap_or_default();
            assert!(fault.contains(words), "{text}: {fault}");
        };
        says("residency = [\"EU\", \"Europe\"]", "limits.residency names \"Europe\"");
        says("ttft_ms_p95 = 0", "limits.ttft_ms_p95 is 0");
        says("tpot_ms_p99 = nan", "limits.tpot_ms_p99 is NaN");
        says("headroom_percent = 101", "limits.headroom_percent is 101");
        says("quality_floor = { task = \"x\", score = -1 }", "limits.quality_floor of \"x\": score is -1");
        says("accept_unknown = \" \"", "limits.accept_unknown is empty");
        let residency =
            "residency = [\"EU\", \"eea\", \"uk\", \"CH\", \"us\", \"DE\", \"aws/eu-central-1\", \"eu-west-1\"]";
        assert_eq!(read(residency).fault(), None);
    }
}
