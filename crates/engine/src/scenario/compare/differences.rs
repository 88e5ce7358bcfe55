//! Inputs that are not the same in all scenarios: what a comparison is about, told before its figures.

use serde_json::{Value, json};

use super::Comparison;
use super::apart::apart;
use super::inputs::inputs_of;
use crate::number;
use crate::scenario::file::{Series, series};
use crate::screen::compare::{label_of, shown};
use crate::view::{Cell, Row, RowKind, Table};

impl Comparison {
    /// Inputs that are not the same in all scenarios.
    #[must_use]
    pub fn differences(&self) -> Table {
        let rows = self.differing().into_iter().map(|(name, values)| {
            let mut cells = vec![Cell { value: Some(name.clone()), shown: name.clone(), ..Cell::default() }];
            let told = apart(&values);
            cells.extend(values.into_iter().zip(told).map(|(value, told)| {
                let shown = told.unwrap_or_else(|| number::UNKNOWN.into());
                let note = value.clone().filter(|whole| *whole != shown);
                Cell { shown, value, note, ..Cell::default() }
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
