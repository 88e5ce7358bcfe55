//! GPU hours by civil day in the workspace's time zone. A row of an hour counts on the day it begins on; a day on
//! which clocks change is 23 or 25 hours long.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use marginline_model::{Money, Month, Zone};
use marginline_store::gpu_hours::{GpuHour, GpuHoursSum, GpuKey};
use serde_json::{Map, Value, json};

use super::Period;
use crate::Engine;
use crate::error::{EngineError, Result};
use crate::number;
use crate::view::{Cell, Column, ColumnKind, Row, RowKind, Table, Tone};

/// Grouping keys beside the day.
pub const KEYS: [&str; 5] = ["pool", "gpu", "region", "provider", "project"];

/// What is asked.
#[derive(Debug, Clone, Default)]
pub struct HoursRequest {
    /// First month; as far as the ledger goes when absent.
    pub from: Option<Month>,
    /// Last month, included.
    pub to: Option<Month>,
    /// Grouping keys.
    pub by: Vec<String>,
}

/// GPU hours of a group, in nanos.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HoursSums {
    /// Paid for.
    pub allocated: i128,
    /// At work, over the rows that measure it.
    pub busy: i128,
    /// Paid for in those rows.
    pub measured: i128,
}

impl HoursSums {
    fn add(&mut self, row: &GpuHour) {
        self.allocated += i128::from(row.allocated_nanos);
        self.busy += i128::from(row.busy_nanos);
        self.measured += i128::from(row.measured_nanos);
    }

    /// Allocated and busy hours and utilisation in percent; what nothing measures is unknown.
    fn figures(self) -> [Option<String>; 3] {
        let hours = |nanos: i128| Money::from_attos(nanos * 1_000_000_000);
        [
            Some(hours(self.allocated).to_string()),
            (self.measured > 0).then(|| hours(self.busy).to_string()),
            number::percent(Money::from_attos(self.busy), Money::from_attos(self.measured)),
        ]
    }
}

/// GPU hours of a period by civil day.
#[derive(Debug, Clone)]
pub struct HoursReport {
    /// The period, in civil months.
    pub period: Period,
    /// Time zone of the days.
    pub zone: Zone,
    /// Grouping keys.
    pub by: Vec<String>,
    /// Day and keys, oldest first.
    pub rows: Vec<(NaiveDate, Vec<String>, HoursSums)>,
    /// All of them.
    pub total: HoursSums,
}

/// GPU hours by key, civil month and civil hour, for views that show hours of use.
#[must_use]
pub fn civil_sums(rows: Vec<GpuHour>, zone: Zone) -> Vec<GpuHoursSum> {
    let mut sums: BTreeMap<(Month, [String; 5], u32), GpuHoursSum> = BTreeMap::new();
    for row in rows {
        let (date, hour) = zone.civil(row.date, row.hour);
        let month = Month::of(date);
        let words = KEYS.map(|key| word(&row.key, key).to_owned());
        let sum = sums.entry((month, words, hour)).or_insert_with(|| GpuHoursSum {
            key: row.key,
            month: month.to_string(),
            hour,
            allocated_nanos: 0,
            busy_nanos: 0,
            measured_nanos: 0,
        });
        sum.allocated_nanos = sum.allocated_nanos.saturating_add(row.allocated_nanos);
        sum.busy_nanos = sum.busy_nanos.saturating_add(row.busy_nanos);
        sum.measured_nanos = sum.measured_nanos.saturating_add(row.measured_nanos);
    }
    sums.into_values().collect()
}

fn word<'a>(key: &'a GpuKey, name: &str) -> &'a str {
    match name {
        "pool" => &key.pool,
        "gpu" => &key.gpu,
        "region" => &key.region,
        "provider" => &key.provider,
        _ => &key.project,
    }
}

impl Engine {
    /// GPU hours by civil day.
    ///
    /// # Errors
    /// An unknown grouping key, a period that is none, a ledger without GPU hours.
    pub async fn hours(&self, request: &HoursRequest) -> Result<HoursReport> {
        if let Some(key) = request.by.iter().find(|key| !KEYS.contains(&key.as_str())) {
            return Err(EngineError::usage(format!("GPU hours cannot be grouped by {key:?}"))
                .then(format!("use {}", KEYS.join(", "))));
        }
        let zone = self.rules().await?.zone();
        let rows: Vec<(NaiveDate, GpuHour)> = self
            .ledger()
            .gpu_hours_by_hour()
            .await?
            .into_iter()
            .map(|row| (zone.civil(row.date, row.hour).0, row))
            .collect();
        let months: BTreeSet<Month> = rows.iter().map(|(date, _)| Month::of(*date)).collect();
        let (Some(first), Some(last)) = (months.first(), months.last()) else {
            return Err(EngineError::failed("the workspace holds no GPU hours yet").then("import a file of GPU hours"));
        };
        let period = Period { from: request.from.unwrap_or(*first), to: request.to.unwrap_or(*last) };
        period.check()?;
        let mut groups: BTreeMap<(NaiveDate, Vec<String>), HoursSums> = BTreeMap::new();
        let mut total = HoursSums::default();
        for (date, row) in rows.iter().filter(|(date, _)| period.has(Month::of(*date))) {
            let group = request.by.iter().map(|key| word(&row.key, key).to_owned()).collect();
            groups.entry((*date, group)).or_default().add(row);
            total.add(row);
        }
        let rows = groups.into_iter().map(|((date, group), sums)| (date, group, sums)).collect();
        Ok(HoursReport { period, zone, by: request.by.clone(), rows, total })
    }
}

const FIGURES: [(&str, &str, &str, ColumnKind); 3] = [
    ("allocated_gpu_hours", "Allocated", "GPU h", ColumnKind::Money),
    ("busy_gpu_hours", "Busy", "GPU h", ColumnKind::Money),
    ("utilisation_percent", "Utilisation", "%", ColumnKind::Percent),
];

impl HoursReport {
    /// The JSON document of `report hours`.
    #[must_use]
    pub fn json(&self) -> Value {
        let figures = |sums: HoursSums| {
            FIGURES
                .iter()
                .zip(sums.figures())
                .map(|((id, ..), value)| ((*id).to_owned(), value.map_or(Value::Null, Value::from)))
        };
        let rows = self.rows.iter().map(|(date, group, sums)| {
            let mut row = Map::new();
            row.insert("day".into(), date.to_string().into());
            row.insert("hours_in_day".into(), self.zone.hours_of(*date).into());
            for (key, value) in self.by.iter().zip(group) {
                let value = if value.is_empty() { Value::Null } else { Value::from(value.as_str()) };
                row.insert(key.clone(), value);
            }
            row.extend(figures(*sums));
            Value::from(row)
        });
        json!({
            "period": self.period.words(),
            "time_zone": self.zone.to_string(),
            "by": self.by,
            "rows": rows.collect::<Vec<_>>(),
            "total": figures(self.total).collect::<Map<_, _>>(),
        })
    }

    /// The table shown and exported.
    #[must_use]
    pub fn table(&self) -> Table {
        let column = Column::new;
        let mut columns =
            vec![column("day", "Day", "", ColumnKind::Text), column("hours_in_day", "Long", "h", ColumnKind::Money)];
        columns.extend(self.by.iter().map(|key| column(key, &super::units::title_case(key), "", ColumnKind::Text)));
        columns.extend(FIGURES.map(|(id, label, unit, kind)| column(id, label, unit, kind)));
        let mut rows: Vec<Row> = self
            .rows
            .iter()
            .map(|(date, group, sums)| {
                let length = self.zone.hours_of(*date);
                self.row(&date.to_string(), Some(length), group, *sums, RowKind::Row)
            })
            .collect();
        rows.push(self.row("Total", None, &vec![String::new(); self.by.len()], self.total, RowKind::Total));
        let mut notes = vec!["an hour counts on the day on which it begins".to_owned()];
        if self.total.measured < self.total.allocated {
            notes.push("some hours do not say how busy they were; utilisation is that of the others".to_owned());
        }
        Table {
            id: "hours".into(),
            title: "GPU hours by day".into(),
            subtitle: format!("{} · days of {}", self.period.label(), self.zone),
            columns,
            rows,
            notes,
        }
    }

    fn row(&self, name: &str, length: Option<String>, group: &[String], sums: HoursSums, kind: RowKind) -> Row {
        let text = |value: &str| Cell { value: Some(value.to_owned()), shown: value.to_owned(), ..Cell::default() };
        let changed = length.as_deref().is_some_and(|length| length != "24");
        let mut cells = vec![
            text(name),
            Cell {
                shown: length.clone().unwrap_or_default(),
                value: length,
                note: changed.then(|| "clocks change on this day".to_owned()),
                ..Cell::default()
            },
        ];
        cells.extend(group.iter().map(|value| text(value)));
        for (value, places) in sums.figures().into_iter().zip([2, 2, 1]) {
            let tone = if value.is_none() { Tone::Warn } else { Tone::Neutral };
            cells.push(Cell {
                shown: number::rounded_or_unknown(value.as_deref(), places),
                value,
                tone,
                ..Cell::default()
            });
        }
        let key = std::iter::once(name).chain(group.iter().map(String::as_str)).collect::<Vec<_>>().join("\u{1f}");
        Row { key, kind, cells }
    }
}
