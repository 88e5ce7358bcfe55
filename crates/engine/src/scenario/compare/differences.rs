//! Inputs that are not the same in all scenarios: what a comparison is about, told before its figures.

use serde_json::{Value, json};

use super::Comparison;
use crate::number;
use crate::scenario::Run;
use crate::scenario::file::{ComponentFile, Kind, Series, Week, assumptions, series};
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
        let mut found: Vec<_> = all
            .filter(|(_, values): &(String, Vec<Option<String>>)| values.iter().any(|value| *value != values[0]))
            .collect();
        found.extend(self.differing_series());
        found
    }

    /// Series of months that differ: told by the first month that does, and by how many do.
    fn differing_series(&self) -> Vec<(String, Vec<Option<String>>)> {
        let stated: Vec<Vec<(String, Series)>> = self.runs.iter().map(|run| series(&run.resolved.file)).collect();
        let mut paths: Vec<&String> = Vec::new();
        for (path, _) in stated.iter().flatten() {
            if !paths.contains(&path) {
                paths.push(path);
            }
        }
        let of = |path: &String| -> Vec<Option<&[f64]>> {
            let values = |all: &Vec<(String, Series)>| all.iter().position(|(other, _)| other == path);
            stated.iter().map(|all| values(all).map(|at| all[at].1.values.as_slice())).collect()
        };
        paths.into_iter().filter_map(|path| of_months(path, &of(path))).collect()
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

/// A series in every scenario: where all state it, the figures of the first month that is not the same; where one does
/// not, from which month's figure to which it goes.
fn of_months(path: &str, all: &[Option<&[f64]>]) -> Option<(String, Vec<Option<String>>)> {
    let (label, unit) = label_of(path);
    let figure = |value: f64| shown(value, unit);
    if all.iter().any(Option::is_none) {
        let told = |months: &[f64]| match months {
            [] => "no month".to_owned(),
            [one] => figure(*one),
            [first, .., last] => format!("{} months, {} to {}", months.len(), figure(*first), figure(*last)),
        };
        return Some((format!("{label}, by month"), all.iter().map(|months| months.map(told)).collect()));
    }
    let of = |month: usize| all.iter().map(|months| months.and_then(|months| months.get(month)).copied()).collect();
    let months = all.iter().flatten().map(|months| months.len()).max().unwrap_or(0);
    let differing = (0..months).map(|month| (month, of(month)));
    let differing =
        differing.filter(|(_, figures): &(usize, Vec<Option<f64>>)| figures.iter().any(|each| *each != figures[0]));
    let differing: Vec<(usize, Vec<Option<f64>>)> = differing.collect();
    let (first, figures) = differing.first()?;
    let count = match differing.len() {
        1 => "the one month that differs".to_owned(),
        more => format!("the first of {more} months that differ"),
    };
    let told = |each: &Option<f64>| Some(each.map_or_else(|| "goes on from the last".to_owned(), figure));
    Some((format!("{label}, month {}, {count}", first + 1), figures.iter().map(told).collect()))
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
    for (key, number) in file.exit.iter().flat_map(|exit| exit.numbers()) {
        let (words, unit) = leaving(key);
        found.push((format!("Leaving: {words}"), shown(number.value, unit)));
    }
    for (key, number) in file.migration.iter().flat_map(|moving| moving.numbers()) {
        let (words, unit) = leaving(key);
        found.push((format!("Moving in: {words}"), shown(number.value, unit)));
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
        let (words, unit) = leaving(key);
        add(&format!("Leaving: {words}"), shown(number.value, unit));
    }
}

/// What a number of leaving or moving in is called, and its unit.
fn leaving(key: &str) -> (&str, &str) {
    match key {
        "data_gb" => ("data to move", "GB"),
        "gb_per_request" => ("data to move", "GB/request"),
        "egress_usd_per_gb" => ("egress", "$/GB"),
        "re_embedding_mtok" => ("tokens to embed again", "Mtok"),
        "re_embedding_usd_per_mtok" => ("embedding again", "$/Mtok"),
        "parallel_run_months" => ("running both", "months"),
        "re_evaluation_usd" => ("evaluating again", "$"),
        "usd" => ("paid once", "$"),
        "weeks_to_live" => ("until it is live", "weeks"),
        "people_weeks" => ("work", "weeks"),
        "usd_per_person_week" => ("cost per person", "$/week"),
        other => (other, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn series_differ_by_their_first_month_and_by_how_many() {
        let path = "demand.requests_by_month";
        let told = |all: &[Option<&[f64]>]| {
            of_months(path, all).map(|(label, values)| {
                (label, values.into_iter().map(|value| value.unwrap_or_else(|| "-".into())).collect::<Vec<_>>())
            })
        };
        let (a, b): (&[f64], &[f64]) = (&[10.0, 20.0, 30.0], &[10.0, 25.0, 31.0]);
        assert_eq!(told(&[Some(a), Some(a)]), None);
        let (label, values) = told(&[Some(a), Some(b)]).unwrap();
        assert!(label.ends_with(", month 2, the first of 2 months that differ"), "{label}");
        assert!(values[0].contains("20") && values[1].contains("25"), "{values:?}");
        let (label, values) = told(&[Some(a), Some(&a[..2])]).unwrap();
        assert!(label.ends_with(", month 3, the one month that differs"), "{label}");
        assert_eq!(values[1], "goes on from the last");
        let (label, values) = told(&[Some(a), None]).unwrap();
        assert!(label.ends_with(", by month") && values[0].starts_with("3 months, "), "{label} {values:?}");
        assert_eq!(values[1], "-");
    }
}
