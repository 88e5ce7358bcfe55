//! Marginline's own GPU hours CSV; columns in `docs/formats.md`.

use chrono::Timelike;
use marginline_model::Money;
use marginline_store::batch::{BatchTotal, Role};
use marginline_store::gpu_hours::{GpuHoursRow, GpuKey};
use marginline_store::import::Rows;

use super::field::{FieldError, known, moment, money, number, number_or_null};
use super::format::{Control, Format, Reader, Shape, Table, Taken};
use super::header::Header;
use super::record::Record;

/// GPU hours CSV.
pub static GPU_HOURS: Format = Format {
    id: "gpu-hours",
    label: "GPU hours",
    role: Role::Usage,
    append_only: false,
    shapes: &[Shape::Table(Table {
        required: &[&["hour"], &["provider"], &["gpu"], &["allocated_gpu_hours"]],
        telling: &["hour", "gpu", "pool", "allocated_gpu_hours", "busy_gpu_hours"],
        open: |header| Box::new(GpuHours::new(header)),
    })],
};

struct GpuHours {
    hour: usize,
    allocated: usize,
    busy: Option<usize>,
    words: [Option<usize>; 5],
    rows: Vec<GpuHoursRow>,
    totals: [Control; 2],
}

impl GpuHours {
    fn new(header: &Header) -> Self {
        Self {
            hour: header.find(&["hour"]).unwrap_or_default(),
            allocated: header.find(&["allocated_gpu_hours"]).unwrap_or_default(),
            busy: header.find(&["busy_gpu_hours"]),
            words: ["provider", "region", "gpu", "pool", "project"].map(|name| header.find(&[name])),
            rows: Vec::new(),
            totals: Default::default(),
        }
    }
}

impl Reader for GpuHours {
    fn read(&mut self, record: &Record<'_>) -> Result<Taken, FieldError> {
        let (fields, place) = (record.fields(), record.place);
        let word = |index: usize| self.words[index].and_then(|i| known(fields[i])).unwrap_or_default().to_owned();
        let at = moment("hour", fields[self.hour])?;
        let text = fields[self.allocated];
        let allocated = number("allocated_gpu_hours", text)?;
        if allocated.is_negative() {
            return Err(FieldError::new("allocated_gpu_hours", text, "GPU hours of 0 or more"));
        }
        if marginline_model::Money::parse(text.trim()).is_ok_and(|hours| hours > Money::from_units(100_000)) {
            return Err(FieldError::new("allocated_gpu_hours", text, "at most 100,000 GPU hours in an hour"));
        }
        let busy_text = self.busy.map_or("", |index| fields[index]);
        let busy = number_or_null("busy_gpu_hours", busy_text)?;
        if busy.is_some_and(marginline_model::Exact::is_negative) {
            return Err(FieldError::new("busy_gpu_hours", busy_text, "GPU hours of 0 or more"));
        }
        let stored = money("allocated_gpu_hours", text, allocated)?;
        let stored_busy = busy.map(|busy| money("busy_gpu_hours", busy_text, busy)).transpose()?;
        if stored_busy.is_some_and(|busy| busy > stored) {
            return Err(FieldError::new("busy_gpu_hours", busy_text, format!("at most the {stored} hours allocated")));
        }
        let row = GpuHoursRow {
            key: GpuKey { provider: word(0), region: word(1), gpu: word(2), pool: word(3), project: word(4) },
            usage_date: at.date(),
            hour: at.hour(),
            allocated_nanos: stored.parts().0,
            busy_nanos: stored_busy.map(|busy| busy.parts().0),
            place,
        };
        // Hours are kept to the nano; what lies below goes to the residue.
        self.totals[0].add(allocated, Money::from_parts(row.allocated_nanos, 0));
        if let (Some(exact), Some(nanos)) = (busy, row.busy_nanos) {
            self.totals[1].add(exact, Money::from_parts(nanos, 0));
        }
        self.rows.push(row);
        Ok(Taken::Kept)
    }

    fn take(&mut self) -> Vec<Rows> {
        vec![Rows::GpuHours(std::mem::take(&mut self.rows))]
    }

    fn totals(&self) -> Vec<BatchTotal> {
        vec![
            self.totals[0].total("GPU hours", "allocated_gpu_hours"),
            self.totals[1].total("GPU hours", "busy_gpu_hours"),
        ]
    }
}
