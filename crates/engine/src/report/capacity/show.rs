//! Capacity as a table, as JSON and as a picture.

use serde_json::{Value, json};

use super::{CapacityReport, DemandFrom, Slot};
use crate::chart::{self, Frame, HeatMap, HeatRow};
use crate::error::Result;
use crate::number;
use crate::report::measured::{self, Head};
use crate::screen::charts::Look;
use crate::view::{Cell, Chart, ColumnKind, Row, RowKind, Table};

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

const HEADS: [Head; 12] = [
    ("day", "Day", "", ColumnKind::Text),
    ("hour", "Hour", "", ColumnKind::Text),
    ("hours", "Hours", "", ColumnKind::Count),
    ("output_tokens_per_s", "Demand", "tok/s", ColumnKind::Measure),
    ("output_tokens_per_s_peak", "Peak", "tok/s", ColumnKind::Measure),
    ("gpus_needed", "Needed", "GPUs", ColumnKind::Count),
    ("gpus_provided", "Provided", "GPUs", ColumnKind::Measure),
    ("gpus_provided_least", "Least provided", "GPUs", ColumnKind::Measure),
    ("busy_percent", "Busy", "%", ColumnKind::Percent),
    ("utilisation_percent", "Utilisation", "%", ColumnKind::Percent),
    ("headroom_percent", "Headroom", "%", ColumnKind::Percent),
    ("hours_short", "Short", "h", ColumnKind::Count),
];

fn mean(sum: f64, count: u32) -> Option<f64> {
    (count > 0).then(|| sum / f64::from(count))
}

impl CapacityReport {
    /// Mean demand ÷ what the GPUs of the same hours carry.
    fn utilisation(&self, slot: &Slot) -> Option<f64> {
        let carried = self.tokens_per_gpu_second? * slot.asked_gpus;
        (slot.asked_hours > 0 && carried > 0.0).then(|| slot.asked / carried)
    }

    fn cells(&self, day: &str, hour: &str, slot: &Slot) -> Vec<Cell> {
        let asked = slot.asked_hours > 0;
        let known = |count: Option<u32>| count.map_or_else(measured::unknown, |count| measured::count(count.into()));
        vec![
            measured::words(day),
            Cell { value: Some(hour.to_owned()), shown: hour.to_owned(), ..Cell::default() },
            measured::count(slot.hours.into()),
            measured::figure(mean(slot.asked, slot.asked_hours), 1),
            measured::figure(asked.then_some(slot.most_asked), 1),
            known(slot.needed),
            measured::figure(mean(slot.gpus, slot.hours), 2),
            measured::figure((slot.hours > 0).then_some(slot.least_gpus), 2),
            measured::percent((slot.measured > 0.0).then(|| slot.busy / slot.measured)),
            measured::percent(self.utilisation(slot)),
            measured::percent(slot.headroom),
            known(slot.hours_short),
        ]
    }

    /// The JSON document of `report capacity`.
    #[must_use]
    pub fn json(&self) -> Value {
        let mut json = measured::json(&self.table());
        json["period"] = json!(self.period.words());
        json["time_zone"] = self.zone.to_string().into();
        json["pools"] = json!(self.pools);
        json["demand_from"] = json!(self.demand_from.map(DemandFrom::word));
        json["demand_evidence"] = json!(self.demand_from.map(|from| match from {
            DemandFrom::Usage => "modelled",
            DemandFrom::Trace => "measured",
        }));
        json["tokens_per_gpu_second"] = json!(self.tokens_per_gpu_second);
        json["tokens_per_gpu_second_is"] =
            json!(self.tokens_per_gpu_second.map(|_| if self.stated { "stated" } else { "observed" }));
        json["first_short"] = json!(self.first_short);
        json
    }

    /// The table shown and exported: 168 hours of the week, and all of them.
    #[must_use]
    pub fn table(&self) -> Table {
        let hour = |(at, slot): (usize, &Slot)| Row {
            key: at.to_string(),
            kind: RowKind::Row,
            cells: self.cells(DAYS[at / 24], &format!("{:02}:00", at % 24), slot),
        };
        let mut rows: Vec<Row> = self.slots.iter().enumerate().map(hour).collect();
        rows.push(Row { key: "total".into(), kind: RowKind::Total, cells: self.cells("Total", "", &self.total) });
        Table {
            id: "capacity".into(),
            title: "Capacity by hour of the week".into(),
            subtitle: format!("{} · hours of {} · {}", self.period.label(), self.zone, self.pool_words()),
            columns: measured::columns(&HEADS),
            rows,
            notes: self.notes(),
        }
    }

    fn pool_words(&self) -> String {
        let words: Vec<&str> = self.pools.iter().map(|pool| if pool.is_empty() { "no pool" } else { pool }).collect();
        format!("GPUs of {}", words.join(", "))
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        notes.push(match self.demand_from {
            Some(DemandFrom::Usage) => {
                "demand: a day's output tokens of self-hosted models, spread over its hours as busy \
                GPU hours are; days that are not measured in all 24 hours are left out"
                    .to_owned()
            }
            Some(DemandFrom::Trace) => "demand: output tokens of load traces in the hours that they cover".to_owned(),
            None => {
                "demand is unknown: no day has both output tokens of self-hosted models and busy GPU hours in all of \
                its hours, and no load trace in universal time covers these hours"
                    .to_owned()
            }
        });
        notes.push(match self.tokens_per_gpu_second {
            Some(rate) => {
                let rate = number::rounded(&measured::decimal(rate), 1);
                let which = if self.stated { "as stated" } else { "the best hour of the period" };
                format!("needed: the busiest hour's demand over {rate} output tokens per second and GPU, {which}")
            }
            None => {
                "needed is unknown: nothing tells what a GPU carries; state it with --tokens-per-gpu-second".to_owned()
            }
        });
        if let Some(at) = &self.first_short {
            notes.push(format!("the first hour with fewer GPUs than needed: {at}"));
        }
        let unknown = self.total.hours - self.total.asked_hours;
        if self.demand_from.is_some() && unknown > 0 {
            notes.push(format!("hours of unknown demand: {}", number::count(unknown.into())));
        }
        notes
    }

    /// GPUs needed by day and hour of the week; GPUs busy where needed is not known.
    ///
    /// # Errors
    /// A size that cannot be drawn.
    pub fn chart(&self, look: Look) -> Result<Chart> {
        look.check()?;
        let is_needed = self.total.needed.is_some();
        let value = |slot: &Slot| {
            if is_needed {
                slot.needed.map(f64::from)
            } else {
                mean(slot.busy, slot.hours).filter(|_| slot.measured > 0.0)
            }
        };
        let row = |(day, slots): (usize, &[Slot])| HeatRow {
            name: DAYS[day].into(),
            values: slots.iter().map(value).collect(),
            shown: slots
                .iter()
                .map(|slot| value(slot).map(|gpus| number::rounded(&measured::decimal(gpus), 0)).unwrap_or_default())
                .collect(),
            ..HeatRow::default()
        };
        let what = if is_needed { "GPUs needed" } else { "GPUs busy" };
        let map = HeatMap {
            columns: (0..24).map(|hour| format!("{hour:02}")).collect(),
            rows: self.slots.chunks(24).enumerate().map(row).collect(),
            legend: format!("{what}: dark is many; the quietest hour of a day is framed"),
            absent: "not known".into(),
            ..HeatMap::default()
        };
        let peak = self.slots.iter().filter_map(value).fold(0.0, f64::max);
        let frame = Frame {
            id: "capacity".into(),
            title: format!("{what} by hour of the week"),
            subtitle: format!("{} · hours of {} · {}", self.period.label(), self.zone, self.pool_words()),
            alt: format!(
                "{what} by day and hour of the week; at most {}",
                number::rounded(&measured::decimal(peak), 0)
            ),
            source: String::new(),
            size: look.size,
            theme: look.theme,
            titled: look.titled,
        };
        Ok(chart::heat_map(&frame, &map)?)
    }
}
