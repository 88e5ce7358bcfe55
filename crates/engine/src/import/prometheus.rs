//! Answers of Prometheus' query and query_range, as far as they hold metrics of DCGM.

use std::sync::Arc;

use marginline_store::batch::{BatchTotal, Role};
use marginline_store::gpu_sample::GpuSampleKey;
use marginline_store::import::Rows;

use super::dcgm::in_range;
use super::field::{FieldError, unix_moment};
use super::format::{Format, Json, Reader, Shape, Taken};
use super::node::Node;
use super::record::Record;
use super::samples::{Metric, Samples, labelled};

/// Prometheus query answer.
pub static PROMETHEUS: Format = Format {
    id: "prometheus",
    label: "Prometheus query",
    role: Role::Measurement,
    append_only: true,
    shapes: &[Shape::Json(Json { likeness, records, open: || Box::new(Prometheus::default()) })],
};

fn name(series: &Node) -> Option<&str> {
    series.get("metric")?.get("__name__")?.text()
}

/// A matrix or vector that holds a metric of DCGM; without one there is nothing in it to import.
fn likeness(document: &Node) -> usize {
    let data = document.get("data");
    let kind = data.and_then(|data| data.get("resultType")?.text());
    let series = data.and_then(|data| data.get("result")).map(Node::items).unwrap_or_default();
    let about_gpus = series.iter().any(|series| name(series).is_some_and(|name| name.starts_with("DCGM_")));
    if matches!(kind, Some("matrix" | "vector")) && about_gpus { 9 } else { 0 }
}

/// A record a value: the labels, which only the first value of a series carries, and the pair of moment and value.
fn records(mut document: Node) -> Vec<Node> {
    let series = document.remove("data").and_then(|mut data| data.remove("result")).map(Node::into_items);
    let mut records = Vec::new();
    for mut series in series.unwrap_or_default() {
        let mut labels = series.remove("metric").unwrap_or(Node::Object(Default::default()));
        let values = match (series.remove("values"), series.remove("value")) {
            (Some(values), _) => values.into_items(),
            (None, value) => value.into_iter().collect(),
        };
        for value in values {
            records.push(Node::List(vec![std::mem::replace(&mut labels, Node::Null), value]));
        }
    }
    records
}

#[derive(Default)]
struct Prometheus {
    samples: Samples,
    series: Series,
}

/// The series that values belong to until the next one begins.
#[derive(Default)]
struct Series {
    name: String,
    key: Option<Arc<GpuSampleKey>>,
    of_gpu: bool,
}

impl Prometheus {
    fn begin(&mut self, labels: &Node) {
        self.series = Series {
            name: labels.get("__name__").and_then(Node::text).unwrap_or_default().to_owned(),
            key: labelled(|name| labels.get(name).and_then(Node::text)).map(Arc::new),
            of_gpu: labels.get("UUID").is_some(),
        };
    }
}

impl Reader for Prometheus {
    fn read(&mut self, record: &Record<'_>) -> Result<Taken, FieldError> {
        let node = record.value().unwrap_or(&Node::Null);
        let [labels, pair] = node.items() else { return Ok(Taken::Skipped) };
        if *labels != Node::Null {
            self.begin(labels);
        }
        let series = &self.series;
        if series.name.is_empty() && series.of_gpu {
            let expected = "the name of a metric; rate() and averages drop it, so query the metric itself";
            return Err(FieldError::new("__name__", "", expected));
        }
        let Some(metric) = Metric::of(&series.name) else { return Ok(Taken::Skipped) };
        let [moment, value] = pair.items() else {
            return Err(FieldError::new("value", &pair.to_string(), "a pair of moment and value"));
        };
        let Some(value) = metric.read(&series.name, value.text().unwrap_or_default())? else {
            return Ok(Taken::Skipped);
        };
        let key = series.key.as_ref().ok_or_else(|| {
            let expected = "the label UUID, or gpu and Hostname; a sum over GPUs is no measurement of one";
            FieldError::new("UUID", "", expected)
        })?;
        let text = moment.text().unwrap_or_default();
        let ms = unix_moment("moment", text)?.and_utc().timestamp_millis();
        if !in_range(ms) {
            return Err(FieldError::new("moment", text, "seconds since 1970, such as 1767225600"));
        }
        Ok(self.samples.add(key, Some(ms), (metric, value), record.place))
    }

    fn finish(&mut self) {
        self.samples.finish();
    }

    fn take(&mut self) -> Vec<Rows> {
        vec![self.samples.take()]
    }

    fn totals(&self) -> Vec<BatchTotal> {
        self.samples.totals()
    }
}
