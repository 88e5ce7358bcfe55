//! A scrape of NVIDIA's DCGM exporter, in the text format of Prometheus.

use std::collections::HashMap;
use std::sync::Arc;

use marginline_store::batch::{BatchTotal, Role};
use marginline_store::gpu_sample::GpuSampleKey;
use marginline_store::import::Rows;

use super::field::FieldError;
use super::format::{Format, Lines, Reader, Shape, Taken};
use super::record::Record;
use super::samples::{Metric, Samples, labelled};

/// DCGM exporter scrape.
pub static DCGM: Format = Format {
    id: "dcgm",
    label: "DCGM exporter scrape",
    role: Role::Measurement,
    append_only: true,
    shapes: &[Shape::Lines(Lines { likeness, skip: |line| line.starts_with('#'), open: || Box::new(Dcgm::default()) })],
};

/// A line that begins as a metric of DCGM with labels.
fn likeness(start: &str) -> usize {
    let is_metric = |line: &str| {
        let name = line.split('{').next().unwrap_or_default();
        line.contains('{') && name.starts_with("DCGM_") && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    };
    if start.lines().any(is_metric) { 9 } else { 0 }
}

#[derive(Default)]
struct Dcgm {
    samples: Samples,
    keys: HashMap<String, Option<Arc<GpuSampleKey>>>,
}

/// A line of the text format: name, labels between the braces, value, moment in milliseconds.
struct Line<'a> {
    name: &'a str,
    labels: &'a str,
    value: &'a str,
    moment: Option<&'a str>,
}

/// Where the labels end: the brace outside quotes.
fn closing(labels: &str) -> Option<usize> {
    let (mut quoted, mut escaped) = (false, false);
    for (at, byte) in labels.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'}' if !quoted => return Some(at),
            _ => {}
        }
    }
    None
}

fn parse(line: &str) -> Option<Line<'_>> {
    let end = line.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | ':')))?;
    let (name, rest) = line.split_at(end);
    let (labels, rest) = match rest.strip_prefix('{') {
        Some(inner) => inner.split_at(closing(inner)?),
        None => ("", rest),
    };
    let mut words = rest.trim_start_matches('}').split_ascii_whitespace();
    let (value, moment) = (words.next()?, words.next());
    let whole = moment.is_none_or(|text| text.parse::<i64>().is_ok()) && words.next().is_none();
    (whole && !name.is_empty()).then_some(Line { name, labels, value, moment })
}

/// Labels by name, without the escapes of their values; `None` where they are not written as such.
fn pairs(mut labels: &str) -> Option<Vec<(&str, String)>> {
    let mut found = Vec::new();
    loop {
        labels = labels.trim_start_matches([',', ' ']);
        if labels.is_empty() {
            return Some(found);
        }
        let (name, rest) = labels.split_once('=')?;
        let quoted = rest.trim_start().strip_prefix('"')?;
        let (mut value, mut escaped, mut end) = (String::new(), false, None);
        for (at, c) in quoted.char_indices() {
            match c {
                'n' if escaped => value.push('\n'),
                '\\' if !escaped => {
                    escaped = true;
                    continue;
                }
                '"' if !escaped => {
                    end = Some(at);
                    break;
                }
                other => value.push(other),
            }
            escaped = false;
        }
        found.push((name.trim(), value));
        labels = &quoted[end? + 1..];
    }
}

impl Dcgm {
    fn key(&mut self, labels: &str) -> Option<Arc<GpuSampleKey>> {
        if let Some(known) = self.keys.get(labels) {
            return known.clone();
        }
        let found = pairs(labels).and_then(|pairs| {
            labelled(|name| pairs.iter().find(|(label, _)| *label == name).map(|(_, value)| value.as_str()))
        });
        let key = found.map(Arc::new);
        self.keys.insert(labels.to_owned(), key.clone());
        key
    }
}

impl Reader for Dcgm {
    fn read(&mut self, record: &Record<'_>) -> Result<Taken, FieldError> {
        let text = record.fields().first().copied().unwrap_or_default().trim();
        let expected = "a metric as NAME{labels} VALUE, with a moment in milliseconds or without";
        let line = parse(text).ok_or_else(|| FieldError::new("(line)", text, expected))?;
        let Some(metric) = Metric::of(line.name) else { return Ok(Taken::Skipped) };
        let Some(value) = metric.read(line.name, line.value)? else { return Ok(Taken::Skipped) };
        let key = self
            .key(line.labels)
            .ok_or_else(|| FieldError::new("UUID", line.labels, "the label UUID, or gpu and Hostname"))?;
        let moment = line.moment.and_then(|text| text.parse().ok());
        if let Some(text) = line.moment.filter(|_| !moment.is_some_and(in_range)) {
            return Err(FieldError::new("(moment)", text, "milliseconds since 1970, such as 1767225600000"));
        }
        Ok(self.samples.add(&key, moment, (metric, value), record.place))
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

/// Is it a moment from 1970 to 2200, in milliseconds?
pub(super) fn in_range(ms: i64) -> bool {
    (0..7_258_118_400_000).contains(&ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_may_hold_what_parts_them() {
        let line = parse(r#"DCGM_FI_DEV_GPU_UTIL{gpu="0",note="a}\"b,c\\"} 5 1700000000000"#).unwrap();
        assert_eq!((line.value, line.moment), ("5", Some("1700000000000")));
        let found = pairs(line.labels).unwrap();
        assert_eq!(found, [("gpu", "0".to_owned()), ("note", "a}\"b,c\\".to_owned())]);
        for bad in ["", "{} 1", "name{gpu=\"0\" 5", "name", "name 1 2 3", "name 1 soon"] {
            assert!(parse(bad).is_none(), "{bad}");
        }
        assert!(pairs("gpu=0").is_none() && pairs("gpu=\"0").is_none());
    }
}
