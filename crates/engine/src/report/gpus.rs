//! What GPUs did: utilisation, memory and power by month and model, host, workload or GPU.
//!
//! Means are weighted by time. A sample stands until the next one of its GPU; where that is more than three typical
//! steps away the time between is a gap, neither busy nor idle, and the sample stands for one step. The typical step of
//! a GPU is the median time between two samples of it.
//!
//! Where the ledger holds GPU hours, their cost stands beside: [`cost`] parts each pool's bill into used and idle.

mod cost;

use std::collections::{BTreeMap, BTreeSet};

pub(crate) use cost::is_of_pool;
use cost::{Costs, GpuMoney};
use marginline_model::Month;
use marginline_model::percentile::nearest_rank;
use marginline_store::gpu_sample::{Clock, GpuSample, Moment};
use serde_json::Value;

use super::Span;
use super::measured::{self, Head};
use crate::Engine;
use crate::convert::Conversion;
use crate::error::{EngineError, Result};
use crate::number;
use crate::view::{Cell, Column, ColumnKind, MonthBasis, Row, RowKind, Table};

/// Grouping keys besides the month: the first four of samples, the first and the last four of GPU hours.
pub const KEYS: [(&str, &str); 8] = [
    ("model", "Model"),
    ("host", "Host"),
    ("workload", "Workload"),
    ("gpu", "GPU"),
    ("pool", "Pool"),
    ("region", "Region"),
    ("provider", "Provider"),
    ("project", "Project"),
];

/// What is asked.
#[derive(Debug, Clone, Default)]
pub struct GpusRequest {
    /// First month; as far as samples go when absent.
    pub from: Option<Month>,
    /// Last month, included.
    pub to: Option<Month>,
    /// Grouping key; by model when absent.
    pub by: Option<String>,
}

/// A gap is longer than this many typical steps.
const LONGEST_STEP: i64 = 3;
/// utilisation, gr_engine_active, sm_active, tensor_active, dram_active, memory used, memory total, power.
const MEASURES: usize = 8;

/// A mean in the making.
#[derive(Debug, Clone, Copy, Default)]
struct Mean {
    weighted: f64,
    weight: f64,
    plain: f64,
    values: u64,
}

impl Mean {
    fn add(&mut self, value: f64, seconds: Option<f64>) {
        self.plain += value;
        self.values += 1;
        if let Some(seconds) = seconds {
            self.weighted += value * seconds;
            self.weight += seconds;
        }
    }

    /// Weighted by time where time is known, else the mean of the values.
    fn value(self) -> Option<f64> {
        if self.weight > 0.0 {
            Some(self.weighted / self.weight)
        } else if self.values > 0 {
            Some(self.plain / self.values as f64)
        } else {
            None
        }
    }
}

#[derive(Debug, Clone, Default)]
struct Group {
    gpus: BTreeSet<(String, String)>,
    models: BTreeSet<String>,
    samples: u64,
    first: Option<Moment>,
    last: Option<Moment>,
    seconds: f64,
    means: [Mean; MEASURES],
    idle: u64,
    idle_known: u64,
}

impl Group {
    fn add(&mut self, sample: &GpuSample, seconds: Option<f64>) {
        self.gpus.insert((sample.key.gpu.clone(), sample.key.slice.clone()));
        if !self.models.contains(&sample.key.model) {
            self.models.insert(sample.key.model.clone());
        }
        self.samples += 1;
        if let Some(moment) = sample.moment {
            let first = self.first.get_or_insert(moment);
            if moment.ms < first.ms {
                *first = moment;
            }
            let last = self.last.get_or_insert(moment);
            if moment.ms > last.ms {
                *last = moment;
            }
        }
        self.seconds += seconds.unwrap_or(0.0);
        for (mean, value) in self.means.iter_mut().zip(sample.measures.values()) {
            if let Some(value) = value {
                mean.add(value, seconds);
            }
        }
        // Slices have no utilisation of their own; their engine is idle or not all the same.
        if let Some(busy) = sample.measures.utilisation.or(sample.measures.gr_engine_active) {
            self.idle_known += 1;
            self.idle += u64::from(busy == 0.0);
        }
    }
}

/// What GPUs did, by month and group.
#[derive(Debug, Clone)]
pub struct GpusReport {
    by: &'static (&'static str, &'static str),
    rows: BTreeMap<(Option<String>, String), Group>,
    total: Group,
    gaps: u64,
    untimed: u64,
    alone: u64,
    local: u64,
    /// Cost of GPU hours, where the ledger has them.
    costs: Option<Costs>,
}

/// Samples of one GPU on one clock, each with the seconds it stands for, and the number of gaps among them. A single
/// sample has no step, so how long it stands for is unknown.
fn weigh(moments: &[i64]) -> (Vec<Option<f64>>, u64) {
    let mut steps: Vec<i64> = moments.windows(2).map(|pair| pair[1] - pair[0]).filter(|step| *step > 0).collect();
    steps.sort_unstable();
    let Some(typical) = nearest_rank(&steps, 50) else { return (vec![None; moments.len()], 0) };
    let mut gaps = 0;
    let weights = (0..moments.len())
        .map(|at| {
            let until_next = moments.get(at + 1).map_or(typical, |next| next - moments[at]);
            let gap = until_next > LONGEST_STEP * typical;
            gaps += u64::from(gap);
            Some(if gap { typical } else { until_next } as f64 / 1_000.0)
        })
        .collect();
    (weights, gaps)
}

fn month_of(moment: Option<Moment>) -> Option<String> {
    moment.and_then(Moment::date).map(|date| date.format("%Y-%m").to_string())
}

impl Engine {
    /// What GPUs did.
    ///
    /// # Errors
    /// An unknown grouping key, a period that holds no sample.
    pub async fn gpus(&self, request: &GpusRequest) -> Result<GpusReport> {
        let asked = request.by.as_deref().unwrap_or("model");
        let by = KEYS.iter().find(|(id, _)| *id == asked).ok_or_else(|| {
            EngineError::usage(format!("GPUs cannot be grouped by {asked:?}"))
                .then("use model, host, workload, gpu, pool, region, provider or project")
        })?;
        // Samples name a model, a host, a workload and a GPU; GPU hours a type, a pool and where it stands.
        let has_samples = matches!(by.0, "model" | "host" | "workload" | "gpu");
        let samples = if has_samples { self.ledger().gpu_samples().await? } else { Vec::new() };
        let mut report = report(&samples, request, by);
        let facts = self.facts_in(Conversion::default(), MonthBasis::UsageDate).await?;
        let span = Span { from: request.from, to: request.to };
        report.costs = match by.0 {
            "host" | "workload" | "gpu" => cost::sampled(&facts, span, &report.rows),
            by => cost::costs(&facts, span, by),
        };
        if report.rows.is_empty() && report.costs.is_none() {
            return Err(match has_samples {
                true => EngineError::failed("the workspace holds no GPU samples of that time")
                    .then("import a DCGM scrape, a Prometheus answer or an nvidia-smi log"),
                false => EngineError::failed("the workspace holds no GPU hours of that time")
                    .then("import a file of GPU hours"),
            });
        }
        Ok(report)
    }
}

fn report(samples: &[GpuSample], request: &GpusRequest, by: &'static (&'static str, &'static str)) -> GpusReport {
    let mut report = GpusReport {
        by,
        rows: BTreeMap::new(),
        total: Group::default(),
        gaps: 0,
        untimed: 0,
        alone: 0,
        local: 0,
        costs: None,
    };
    let mut series: BTreeMap<(&str, &str, Option<&str>), Vec<&GpuSample>> = BTreeMap::new();
    for sample in samples {
        let clock = sample.moment.map(|moment| moment.clock.word());
        series.entry((&sample.key.gpu, &sample.key.slice, clock)).or_default().push(sample);
    }
    let (from, to) = (request.from.map(|month| month.to_string()), request.to.map(|month| month.to_string()));
    for of_gpu in series.values() {
        let moments: Vec<i64> = of_gpu.iter().filter_map(|sample| sample.moment.map(|moment| moment.ms)).collect();
        let (weights, gaps) = weigh(&moments);
        report.gaps += gaps;
        for (index, sample) in of_gpu.iter().enumerate() {
            let month = month_of(sample.moment);
            let bounded = from.is_some() || to.is_some();
            let outside =
                |month: &String| from.as_ref().is_some_and(|f| month < f) || to.as_ref().is_some_and(|t| month > t);
            if month.as_ref().map_or(bounded, outside) {
                continue;
            }
            let weight = weights.get(index).copied().flatten();
            match sample.moment {
                None => report.untimed += 1,
                Some(moment) => {
                    report.alone += u64::from(weight.is_none());
                    report.local += u64::from(moment.clock == Clock::Local);
                }
            }
            let key = &sample.key;
            let value = match by.0 {
                "host" => &key.host,
                "workload" => &key.workload,
                "gpu" => &key.gpu,
                _ => &key.model,
            };
            report.rows.entry((month, value.clone())).or_default().add(sample, weight);
            report.total.add(sample, weight);
        }
    }
    report
}

const HEADS: [Head; 14] = [
    ("gpus", "GPUs", "", ColumnKind::Count),
    ("samples", "Samples", "", ColumnKind::Count),
    ("first", "First", "", ColumnKind::Text),
    ("last", "Last", "", ColumnKind::Text),
    ("observed_gpu_hours", "Observed", "GPU h", ColumnKind::Measure),
    ("utilisation_percent", "Utilisation", "%", ColumnKind::Percent),
    ("gr_engine_active_percent", "Engine active", "%", ColumnKind::Percent),
    ("sm_active_percent", "SM active", "%", ColumnKind::Percent),
    ("tensor_active_percent", "Tensor active", "%", ColumnKind::Percent),
    ("dram_active_percent", "DRAM active", "%", ColumnKind::Percent),
    ("memory_used_mib", "Memory used", "MiB", ColumnKind::Measure),
    ("memory_total_mib", "Memory", "MiB", ColumnKind::Measure),
    ("power_watts", "Power", "W", ColumnKind::Measure),
    ("idle_samples_percent", "Idle samples", "%", ColumnKind::Percent),
];

fn cells(head: [Cell; 2], group: &Group) -> Vec<Cell> {
    let mean = |at: usize| group.means[at].value();
    let mut cells = Vec::from(head);
    cells.extend([
        measured::count(group.gpus.len() as u64),
        measured::count(group.samples),
        measured::moment(group.first),
        measured::moment(group.last),
        measured::figure((group.seconds > 0.0).then_some(group.seconds / 3_600.0), 2),
    ]);
    cells.extend((0..5).map(|at| measured::percent(mean(at))));
    cells.extend([measured::figure(mean(5), 0), measured::figure(mean(6), 0), measured::figure(mean(7), 1)]);
    cells.push(measured::percent((group.idle_known > 0).then(|| group.idle as f64 / group.idle_known as f64)));
    cells
}

impl GpusReport {
    /// The JSON document of `report gpus`.
    #[must_use]
    pub fn json(&self) -> Value {
        measured::json(&self.table())
    }

    /// The table shown and exported.
    #[must_use]
    pub fn table(&self) -> Table {
        let mut heads = vec![("month", "Month", "", ColumnKind::Text), (self.by.0, self.by.1, "", ColumnKind::Text)];
        heads.extend(HEADS);
        // The GPU is a grouping key and a count at once.
        if self.by.0 == "gpu" {
            heads[2].1 = "Number";
        }
        let none = Group::default();
        // Rows of samples and of GPU hours; those of hours alone have no sample.
        let mut groups: BTreeMap<(Option<String>, String), &Group> =
            self.rows.iter().map(|(place, group)| (place.clone(), group)).collect();
        for (month, value) in self.costs.iter().flat_map(|costs| costs.rows.keys()) {
            groups.entry((Some(month.clone()), value.clone())).or_insert(&none);
        }
        let mut rows: Vec<Row> = groups
            .into_iter()
            .map(|((month, value), group)| {
                let head = [
                    month.as_deref().map_or_else(|| shown("(time unknown)"), measured::words),
                    measured::words(&value),
                ];
                let key = format!("{}\u{1f}{value}", month.as_deref().unwrap_or("\u{0}"));
                let mut cells = cells(head, group);
                if let Some(costs) = &self.costs {
                    let place = month.map(|month| (month, value));
                    cells.extend(GpuMoney::cells(place.and_then(|place| costs.rows.get(&place))));
                }
                Row { key, kind: RowKind::Row, cells }
            })
            .collect();
        let head = [measured::words("Total"), Cell { value: Some(String::new()), ..Cell::default() }];
        let mut total = cells(head, &self.total);
        let mut columns = measured::columns(&heads);
        if let Some(costs) = &self.costs {
            total.extend(GpuMoney::cells(Some(&costs.total)));
            columns.extend(cost::HEADS.map(|(id, label, kind)| Column {
                id: id.into(),
                label: label.into(),
                unit: if kind == ColumnKind::Money { costs.currency.clone() } else { "GPU h".into() },
                kind,
            }));
        }
        rows.push(Row { key: "total".into(), kind: RowKind::Total, cells: total });
        Table {
            id: "gpus".into(),
            title: format!("GPUs by month and {}", self.by.1.to_lowercase().replace("gpu", "GPU")),
            subtitle: "means weighted by time".into(),
            columns,
            rows,
            notes: self.notes(),
        }
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = vec![
            "a sample stands until the next one of its GPU; a time of more than three typical steps between two samples \
             is a gap, which counts as neither busy nor idle"
                .to_owned(),
            "utilisation is the share of time in which any kernel ran; tensor and DRAM activity tell how much of the chip \
             worked; a sample is idle where utilisation is 0"
                .to_owned(),
        ];
        let mut tell = |count: u64, what: &str, then: &str| {
            if count > 0 {
                notes.push(format!("{what}: {}{then}", number::count(count)));
            }
        };
        tell(self.gaps, "gaps that were not bridged", "");
        tell(
            self.untimed,
            "samples that do not tell their time",
            "; where a row has no others, its means are of samples and not of time",
        );
        tell(self.alone, "samples that are the only one of their GPU", "; how long they stand for is unknown");
        tell(self.local, "samples in local time", "; their file does not tell the zone");
        if let Some(costs) = &self.costs {
            notes.push(
                "cost is the effective cost of the pools' bill lines, or the accrual of hours that no bill covers; used + idle \
                 + not measured is that cost. By host, workload and GPU a month's cost parts by the hours that samples \
                 observed. Commitment that nothing used, credits and shared cost are in no pool"
                    .to_owned(),
            );
            notes.extend(costs.reasons.iter().map(|reason| format!("cost unknown in part: {reason}")));
        }
        notes
    }
}

fn shown(text: &str) -> Cell {
    Cell { value: None, shown: text.into(), ..Cell::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_is_neither_bridged_nor_zero() {
        // Every 10 s, then nothing for 70 s: the sample before the gap and the last one stand for one step each.
        let (weights, gaps) = weigh(&[0, 10_000, 20_000, 90_000, 100_000]);
        assert_eq!(weights, [Some(10.0), Some(10.0), Some(10.0), Some(10.0), Some(10.0)]);
        assert_eq!(gaps, 1);
        // Three steps are no gap.
        let (weights, gaps) = weigh(&[0, 10_000, 20_000, 50_000]);
        assert_eq!(weights, [Some(10.0), Some(10.0), Some(30.0), Some(10.0)]);
        assert_eq!(gaps, 0);
        assert_eq!(weigh(&[5]), (vec![None], 0));
    }
}
