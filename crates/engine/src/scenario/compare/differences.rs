//! Inputs that are not the same in all scenarios: what a comparison is about, told before its figures.

use serde_json::{Value, json};

use super::Comparison;
use crate::number;
use crate::scenario::Run;
use crate::scenario::file::{ComponentFile, Kind, Week, assumptions};
use crate::screen::compare::{label_of, shown};
use crate::view::{Cell, Row, RowKind, Table};

impl Comparison {
    /// Inputs that are not the same in all scenarios.
    #[must_use]
    pub fn differences(&self) -> Table {
        let rows = self.differing().into_iter().map(|(name, values)| {
            let mut cells = vec![Cell { value: Some(name.clone()), shown: name.clone(), ..Cell::default() }];
            cells.extend(values.into_iter().map(|value| Cell {
                shown: value.clone().unwrap_or_else(|| number::UNKNOWN.into()),
                value,
                ..Cell::default()
            }));
            Row { key: name, kind: RowKind::Row, cells }
        });
        Table {
            id: "differences".into(),
            title: "Differences of input".into(),
            subtitle: self.period_label(),
            columns: self.columns("Input"),
            rows: rows.collect(),
            notes: Vec::new(),
        }
    }

    /// Each input that differs, with its value in every scenario; `None` where it is not stated.
    fn differing(&self) -> Vec<(String, Vec<Option<String>>)> {
        let inputs: Vec<Vec<(String, String)>> = self.runs.iter().map(|run| inputs_of(run)).collect();
        let mut names: Vec<&String> = Vec::new();
        for (name, _) in inputs.iter().flatten() {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let value = |inputs: &Vec<(String, String)>, name: &String| {
            inputs.iter().find(|(other, _)| other == name).map(|(_, value)| value.clone())
        };
        let all = names.into_iter().map(|name| (name.clone(), inputs.iter().map(|of| value(of, name)).collect()));
        all.filter(|(_, values): &(String, Vec<Option<String>>)| values.iter().any(|value| *value != values[0]))
            .collect()
    }

    /// The `differences` of the JSON document.
    pub(super) fn differences_json(&self) -> Vec<Value> {
        let told = |(name, values): (String, Vec<Option<String>>)| {
            let named = self.runs.iter().zip(values).map(|(run, value)| (run.resolved.id.clone(), Value::from(value)));
            json!({"input": name, "values": named.collect::<serde_json::Map<String, Value>>()})
        };
        self.differing().into_iter().map(told).collect()
    }
}

fn inputs_of(run: &Run) -> Vec<(String, String)> {
    let file = &run.resolved.file;
    let mut found = vec![("Served by".to_owned(), run.resolved.kind.clone())];
    if let Some(base) = &file.base {
        let named = [("Base month", &base.month), ("Base product", &base.product)];
        found.extend(named.into_iter().filter_map(|(label, value)| Some((label.to_owned(), value.clone()?))));
        if !base.keep_lines.is_empty() {
            found.push(("Lines kept".into(), base.keep_lines.join(", ")));
        }
    }
    found.push((
        "Load by hour".into(),
        file.demand.hour_of_week.as_ref().map_or_else(|| "flat".to_owned(), Week::words),
    ));
    let components = file.components();
    for (path, component) in &components {
        let owner = match (components.len(), path.strip_prefix("component.")) {
            (2.., Some(name)) => format!("{name}: "),
            _ => String::new(),
        };
        of_component(component, &owner, &mut found);
    }
    for (path, assumption) in assumptions(file) {
        let (label, unit) = label_of(&path);
        found.push((label, shown(assumption.value, unit)));
    }
    if let Some(headroom) = file.limits.headroom_percent {
        found.push(("Least headroom".into(), shown(headroom, "%")));
    }
    let named = |owner: &str, key: &str| format!("{owner}: {}", key.replace('_', " "));
    for (key, number) in file.exit.iter().flat_map(|exit| exit.numbers()) {
        found.push((named("Leaving", key), shown(number.value, "")));
    }
    for (key, number) in file.migration.iter().flat_map(|moving| moving.numbers()) {
        found.push((named("Moving in", key), shown(number.value, "")));
    }
    let (rate, _) = file.yearly_rate();
    found.push(("Discount rate".into(), shown(100.0 * rate, "%/year")));
    found
}

fn of_component(component: &ComponentFile, owner: &str, found: &mut Vec<(String, String)>) {
    let mut add = |label: &str, value: String| found.push((format!("{owner}{label}"), value));
    let words = [
        ("Provider", &component.provider),
        ("Prices of", &component.priced_at),
        ("Service tier", &component.service_tier),
        ("Region", &component.region),
        ("Overflow to", &component.overflow_to),
        ("Fallback to", &component.fallback_to),
    ];
    for (label, value) in words {
        if let Some(value) = value {
            add(label, value.clone());
        }
    }
    if component.kind == Kind::OwnGpus {
        add("GPUs come in units of", component.gpus_per_unit.unwrap_or(1).to_string());
        add("Spare units", component.spare_units.unwrap_or(0).to_string());
        if let Some(gpus) = component.gpus {
            add("GPUs, stated", gpus.to_string());
        }
        if component.autoscaled == Some(true) {
            add("Autoscaled", "yes".into());
        }
        let held = component.committed.iter().map(|held| {
            let to = held.to_month.map_or_else(|| "the end".to_owned(), |to| to.to_string());
            let upfront = held.upfront_percent.map_or_else(String::new, |share| format!(", {share}% upfront"));
            format!("{} at ${} /h, months {} to {to}{upfront}", held.gpus, held.usd_per_gpu_hour.value, held.from_month)
        });
        let held: Vec<String> = held.collect();
        if !held.is_empty() {
            add("Committed GPUs", held.join("; "));
        }
        if let Some(spot) = &component.spot {
            add("Spot", format!("{}% at ${} /h", spot.share_percent.value, spot.usd_per_gpu_hour.value));
        }
    }
    if let Some(portable) = component.portable {
        add("Portable", if portable { "portable" } else { "proprietary" }.into());
    }
    for (key, number) in component.exit.iter().flat_map(|exit| exit.numbers()) {
        add(&format!("Leaving: {}", key.replace('_', " ")), shown(number.value, ""));
    }
}
