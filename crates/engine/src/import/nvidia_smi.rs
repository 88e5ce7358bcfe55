//! Logs of `nvidia-smi --query-gpu=… --format=csv`, with or without their header and their units.
//!
//! Times are local and the file does not tell the zone: they are kept as civil time. Without a header only what its
//! shape tells is read: time, address, and, in the order of fields that NVIDIA's own guide asks for, the rest.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use chrono::{Datelike, NaiveDateTime};
use marginline_store::batch::{BatchTotal, Role};
use marginline_store::gpu_sample::{Clock, GpuMeasures, GpuSampleKey, GpuSampleRow, Moment};
use marginline_store::import::{Place, Rows};

use super::field::FieldError;
use super::format::{Format, Lines, Reader, Shape, Table, Taken};
use super::record::Record;
use super::samples::total;

/// nvidia-smi log.
pub static NVIDIA_SMI: Format = Format {
    id: "nvidia-smi",
    label: "nvidia-smi log",
    role: Role::Measurement,
    append_only: true,
    shapes: &[
        Shape::Table(Table {
            required: &[
                &["timestamp"],
                &["pci.bus_id", "gpu_bus_id", "uuid", "gpu_uuid", "index"],
                &[
                    "utilization.gpu [%]",
                    "utilization.gpu",
                    "memory.used [MiB]",
                    "memory.used",
                    "power.draw [W]",
                    "power.draw",
                ],
            ],
            telling: &["timestamp", "pci.bus_id", "utilization.gpu [%]", "memory.used [MiB]", "power.draw [W]"],
            open: |_| Box::new(Named::default()),
        }),
        Shape::Lines(Lines { likeness, skip: is_header, open: || Box::new(Bare::default()) }),
    ],
};

/// A first line with a time in its first field and the address of a GPU in another.
fn likeness(start: &str) -> usize {
    let first = start.lines().next().unwrap_or_default();
    let mut fields = first.split(',').map(str::trim);
    let timed = fields.next().is_some_and(|field| parse_time(field).is_some());
    if timed && fields.any(is_address) { 9 } else { 0 }
}

fn is_header(line: &str) -> bool {
    line.split(',').any(|field| field.trim().eq_ignore_ascii_case("timestamp"))
}

/// `00000000:3B:00.0`
fn is_address(field: &str) -> bool {
    let parts: Vec<&str> = field.split([':', '.']).collect();
    let hex = |text: &str, digits: usize| text.len() == digits && text.bytes().all(|b| b.is_ascii_hexdigit());
    matches!(parts.as_slice(), [domain, bus, device, function]
        if hex(domain, 8) && hex(bus, 2) && hex(device, 2) && hex(function, 1))
}

fn parse_time(text: &str) -> Option<NaiveDateTime> {
    let moment = NaiveDateTime::parse_from_str(text, "%Y/%m/%d %H:%M:%S%.f").ok()?;
    Some(moment).filter(|moment| (1970..=2200).contains(&moment.year()))
}

fn time(text: &str) -> Result<Moment, FieldError> {
    let expected = || FieldError::new("timestamp", text, "a local time such as 2026/10/31 23:00:00.000");
    let moment = parse_time(text).ok_or_else(expected)?;
    Ok(Moment { ms: moment.and_utc().timestamp_millis(), clock: Clock::Local })
}

/// A value with its unit or without; `None` where the driver does not give it, which it says in brackets.
fn value(column: &'static str, text: &str, unit: &str, most: f64) -> Result<Option<f64>, FieldError> {
    let text = text.trim();
    if text.is_empty() || text.starts_with('[') || text == "N/A" {
        return Ok(None);
    }
    let expected = || FieldError::new(column, text, format!("a number of 0 or more in {unit}, or [N/A]"));
    let number = text.strip_suffix(unit).unwrap_or(text).trim();
    let value: f64 = number.parse().map_err(|_| expected())?;
    if (0.0..=most).contains(&value) && value.is_finite() { Ok(Some(value)) } else { Err(expected()) }
}

fn share(column: &'static str, text: &str) -> Result<Option<f64>, FieldError> {
    value(column, text, "%", 100.0).map(|share| share.map(|percent| percent / 100.0))
}

fn mib(column: &'static str, text: &str) -> Result<Option<f64>, FieldError> {
    value(column, text, "MiB", f64::MAX)
}

fn watts(column: &'static str, text: &str) -> Result<Option<f64>, FieldError> {
    value(column, text, "W", f64::MAX)
}

/// Rows kept; the same GPU and moment counts once.
#[derive(Default)]
struct Log {
    rows: Vec<GpuSampleRow>,
    keys: HashMap<(String, String), (u32, Arc<GpuSampleKey>)>,
    seen: HashSet<(u32, i64)>,
    stored: u64,
}

impl Log {
    fn push(&mut self, gpu: &str, model: &str, moment: Moment, measures: GpuMeasures, place: Place) -> Taken {
        let number = u32::try_from(self.keys.len()).unwrap_or(u32::MAX);
        let (number, key) = self.keys.entry((gpu.to_owned(), model.to_owned())).or_insert_with(|| {
            let key = GpuSampleKey { gpu: gpu.to_owned(), model: model.to_owned(), ..GpuSampleKey::default() };
            (number, Arc::new(key))
        });
        if !self.seen.insert((*number, moment.ms)) {
            return Taken::Skipped;
        }
        self.rows.push(GpuSampleRow { key: key.clone(), moment: Some(moment), measures, place });
        self.stored += 1;
        Taken::Kept
    }

    fn take(&mut self) -> Vec<Rows> {
        vec![Rows::GpuSample(std::mem::take(&mut self.rows))]
    }
}

/// Under a header.
#[derive(Default)]
struct Named {
    log: Log,
}

impl Reader for Named {
    fn read(&mut self, record: &Record<'_>) -> Result<Taken, FieldError> {
        // A log that was restarted repeats its header.
        if record.word(&["timestamp"]).eq_ignore_ascii_case("timestamp") {
            return Ok(Taken::Skipped);
        }
        let moment = time(record.word(&["timestamp"]))?;
        let gpu = record
            .text(&["uuid", "gpu_uuid", "pci.bus_id", "gpu_bus_id", "index"])
            .ok_or_else(|| FieldError::new("pci.bus_id", "", "what names the GPU: its UUID, address or index"))?;
        let power = ["power.draw [W]", "power.draw", "power.draw.average [W]", "power.draw.instant [W]"];
        let memory = |names: &[&'static str]| record.word(names);
        share("utilization.memory", record.word(&["utilization.memory [%]", "utilization.memory"]))?;
        let measures = GpuMeasures {
            utilisation: share("utilization.gpu", record.word(&["utilization.gpu [%]", "utilization.gpu"]))?,
            memory_used_mib: mib("memory.used", memory(&["memory.used [MiB]", "memory.used"]))?,
            memory_total_mib: mib("memory.total", memory(&["memory.total [MiB]", "memory.total"]))?,
            power_watts: watts("power.draw", record.word(&power))?,
            ..GpuMeasures::default()
        };
        let model = record.word(&["name", "gpu_name"]);
        Ok(self.log.push(gpu, model, moment, measures, record.place))
    }

    fn take(&mut self) -> Vec<Rows> {
        self.log.take()
    }

    fn totals(&self) -> Vec<BatchTotal> {
        total(self.log.stored)
    }
}

/// Without a header.
#[derive(Default)]
struct Bare {
    log: Log,
    fields: usize,
}

/// Fields of the query in NVIDIA's guide to useful queries: `timestamp,name,pci.bus_id,driver_version,pstate,
/// pcie.link.gen.max,pcie.link.gen.current,temperature.gpu,utilization.gpu,utilization.memory,memory.total,
/// memory.free,memory.used`.
const GUIDE: usize = 13;

impl Reader for Bare {
    fn read(&mut self, record: &Record<'_>) -> Result<Taken, FieldError> {
        let text = record.fields().first().copied().unwrap_or_default();
        let fields: Vec<&str> = text.split(',').map(str::trim).collect();
        if self.fields == 0 {
            self.fields = fields.len();
        }
        if fields.len() != self.fields {
            let expected = format!("{} fields as in the first line", self.fields);
            return Err(FieldError::new("(row)", &format!("{} fields", fields.len()), expected));
        }
        let moment = time(fields[0])?;
        let gpu = fields.iter().copied().find(|field| is_address(field));
        let gpu =
            gpu.ok_or_else(|| FieldError::new("pci.bus_id", text, "the GPU's address, such as 00000000:3B:00.0"))?;
        for field in fields.iter().filter(|field| field.ends_with('%')) {
            share("(share)", field)?;
        }
        let guided = fields.len() == GUIDE && is_address(fields[2]) && fields[10..].iter().all(|f| f.ends_with("MiB"));
        let mut measures = GpuMeasures::default();
        if guided {
            measures.utilisation = share("utilization.gpu", fields[8])?;
            measures.memory_total_mib = mib("memory.total", fields[10])?;
            measures.memory_used_mib = mib("memory.used", fields[12])?;
        }
        let mut powers = fields.iter().filter(|field| field.ends_with(" W"));
        if let (Some(only), None) = (powers.next(), powers.next()) {
            measures.power_watts = watts("power.draw", only)?;
        }
        let model = fields.iter().copied().find(|field| field.starts_with("NVIDIA ") || field.starts_with("Tesla "));
        Ok(self.log.push(gpu, model.unwrap_or_default(), moment, measures, record.place))
    }

    fn take(&mut self) -> Vec<Rows> {
        self.log.take()
    }

    fn totals(&self) -> Vec<BatchTotal> {
        total(self.log.stored)
    }
}
