//! Gathering samples: values of one GPU at one moment come apart, by metric, by series, by scrape job, and are one row.

use std::collections::HashMap;
use std::sync::Arc;

use marginline_store::batch::BatchTotal;
use marginline_store::gpu_sample::{Clock, GpuMeasures, GpuSampleKey, GpuSampleRow, Moment};
use marginline_store::import::{Place, Rows};

use super::field::FieldError;
use super::format::{Taken, count_total};

/// What a value of DCGM measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metric {
    /// DCGM_FI_DEV_GPU_UTIL, 0 to 100.
    Utilisation,
    /// DCGM_FI_PROF_GR_ENGINE_ACTIVE, 0 to 1.
    GrEngine,
    /// DCGM_FI_PROF_SM_ACTIVE, 0 to 1.
    Sm,
    /// DCGM_FI_PROF_PIPE_TENSOR_ACTIVE, 0 to 1.
    Tensor,
    /// DCGM_FI_PROF_DRAM_ACTIVE, 0 to 1.
    Dram,
    /// DCGM_FI_DEV_FB_USED, MiB.
    MemoryUsed,
    /// DCGM_FI_DEV_FB_FREE, MiB.
    MemoryFree,
    /// DCGM_FI_DEV_FB_RESERVED, MiB.
    MemoryReserved,
    /// DCGM_FI_DEV_FB_TOTAL, MiB.
    MemoryTotal,
    /// DCGM_FI_DEV_POWER_USAGE, W.
    Power,
}

impl Metric {
    /// By DCGM's name; `None` for what no report asks.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        Some(match name {
            "DCGM_FI_DEV_GPU_UTIL" => Self::Utilisation,
            "DCGM_FI_PROF_GR_ENGINE_ACTIVE" => Self::GrEngine,
            "DCGM_FI_PROF_SM_ACTIVE" => Self::Sm,
            "DCGM_FI_PROF_PIPE_TENSOR_ACTIVE" => Self::Tensor,
            "DCGM_FI_PROF_DRAM_ACTIVE" => Self::Dram,
            "DCGM_FI_DEV_FB_USED" => Self::MemoryUsed,
            "DCGM_FI_DEV_FB_FREE" => Self::MemoryFree,
            "DCGM_FI_DEV_FB_RESERVED" => Self::MemoryReserved,
            "DCGM_FI_DEV_FB_TOTAL" => Self::MemoryTotal,
            "DCGM_FI_DEV_POWER_USAGE" => Self::Power,
            _ => return None,
        })
    }

    /// A value as text; `None` for a gap, which is `NaN` or infinite.
    ///
    /// # Errors
    /// When it is no number, or beyond what the metric can be.
    pub fn read(self, name: &str, text: &str) -> Result<Option<f64>, FieldError> {
        let value: f64 = text.parse().map_err(|_| FieldError::new(name, text, "a number"))?;
        if !value.is_finite() {
            return Ok(None);
        }
        let (most, expected) = match self {
            Self::Utilisation => (100.0, "a share of 0 to 100"),
            Self::GrEngine | Self::Sm | Self::Tensor | Self::Dram => (1.0, "a share of 0 to 1"),
            Self::Power => (f64::MAX, "watts of 0 or more"),
            _ => (f64::MAX, "MiB of 0 or more"),
        };
        if (0.0..=most).contains(&value) { Ok(Some(value)) } else { Err(FieldError::new(name, text, expected)) }
    }
}

/// What describes a GPU, from the labels of a metric; `None` where they name no GPU.
#[must_use]
pub fn labelled<'a>(label: impl Fn(&str) -> Option<&'a str>) -> Option<GpuSampleKey> {
    let first = |names: &[&str]| names.iter().find_map(|name| label(name).filter(|text| !text.is_empty()));
    let host = first(&["Hostname", "hostname"]);
    let gpu = match first(&["UUID", "uuid"]) {
        Some(uuid) => uuid.to_owned(),
        None => {
            let number = first(&["gpu"])?;
            format!("{}/{number}", host.or_else(|| first(&["instance"])).unwrap_or_default())
        }
    };
    // A scrape that keeps its own labels moves the workload's to `exported_`; what is left is then the exporter's pod.
    let moved = first(&["exported_pod", "exported_namespace", "exported_container"]).is_some();
    let (namespace, pod) = if moved {
        (first(&["exported_namespace"]), first(&["exported_pod"]))
    } else {
        (first(&["namespace"]), first(&["pod"]).filter(|pod| !pod.contains("dcgm-exporter")))
    };
    let workload = match (namespace, pod) {
        (Some(namespace), Some(pod)) => format!("{namespace}/{pod}"),
        (None, Some(pod)) => pod.to_owned(),
        (_, None) => String::new(),
    };
    Some(GpuSampleKey {
        gpu,
        slice: first(&["GPU_I_ID", "gpu_i_id"]).unwrap_or_default().to_owned(),
        model: first(&["modelName", "model_name"]).unwrap_or_default().to_owned(),
        host: host.unwrap_or_default().to_owned(),
        workload,
    })
}

/// A GPU, or a slice of one, at a moment.
type Id = (String, String, Option<i64>);

#[derive(Debug)]
struct Open {
    row: GpuSampleRow,
    free: Option<f64>,
    reserved: Option<f64>,
}

/// Samples in the making. They are held until the file ends, since a value of any of them may still come.
#[derive(Debug, Default)]
pub struct Samples {
    open: HashMap<Id, usize>,
    samples: Vec<Open>,
    ended: bool,
    stored: u64,
}

impl Samples {
    /// Adds a value. The first value of a metric counts: a second one comes from another scrape of the same GPU.
    pub fn add(
        &mut self,
        key: &Arc<GpuSampleKey>,
        moment_ms: Option<i64>,
        (metric, value): (Metric, f64),
        place: Place,
    ) -> Taken {
        let id = (key.gpu.clone(), key.slice.clone(), moment_ms);
        let (index, taken) = match self.open.get(&id) {
            Some(&index) => (index, Taken::Skipped),
            None => {
                let moment = moment_ms.map(|ms| Moment { ms, clock: Clock::Utc });
                let row = GpuSampleRow { key: key.clone(), moment, measures: GpuMeasures::default(), place };
                self.samples.push(Open { row, free: None, reserved: None });
                self.open.insert(id, self.samples.len() - 1);
                self.stored += 1;
                (self.samples.len() - 1, Taken::Kept)
            }
        };
        let open = &mut self.samples[index];
        if open.row.key.workload.is_empty() && !key.workload.is_empty() {
            open.row.key = key.clone();
        }
        let measures = &mut open.row.measures;
        let (slot, value) = match metric {
            Metric::Utilisation => (&mut measures.utilisation, value / 100.0),
            Metric::GrEngine => (&mut measures.gr_engine_active, value),
            Metric::Sm => (&mut measures.sm_active, value),
            Metric::Tensor => (&mut measures.tensor_active, value),
            Metric::Dram => (&mut measures.dram_active, value),
            Metric::MemoryUsed => (&mut measures.memory_used_mib, value),
            Metric::MemoryTotal => (&mut measures.memory_total_mib, value),
            Metric::MemoryFree => (&mut open.free, value),
            Metric::MemoryReserved => (&mut open.reserved, value),
            Metric::Power => (&mut measures.power_watts, value),
        };
        slot.get_or_insert(value);
        taken
    }

    /// No value comes any more.
    pub fn finish(&mut self) {
        self.ended = true;
    }

    /// Samples, once the file has ended.
    pub fn take(&mut self) -> Rows {
        if !self.ended {
            return Rows::GpuSample(Vec::new());
        }
        self.open.clear();
        let whole = |mut open: Open| {
            let measures = &mut open.row.measures;
            if measures.memory_total_mib.is_none() {
                // Drivers that do not tell the reserved part count it as used.
                let parts = measures.memory_used_mib.zip(open.free);
                measures.memory_total_mib = parts.map(|(used, free)| used + free + open.reserved.unwrap_or(0.0));
            }
            open.row
        };
        Rows::GpuSample(std::mem::take(&mut self.samples).into_iter().map(whole).collect())
    }

    /// How many there are.
    #[must_use]
    pub fn totals(&self) -> Vec<BatchTotal> {
        total(self.stored)
    }
}

/// The control total of samples; of none there is no total.
#[must_use]
pub fn total(samples: u64) -> Vec<BatchTotal> {
    if samples == 0 { Vec::new() } else { vec![count_total("samples", "samples", samples)] }
}
