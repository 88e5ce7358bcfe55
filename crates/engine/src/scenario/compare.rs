//! Scenarios side by side: figures with the best of each row marked, inputs that differ, and when one
//! overtakes another.

use marginline_model::Money;
use marginline_model::breakeven::{cumulative_month, months_ahead, volumes_ahead};
use marginline_store::document::DocumentKind;
use serde_json::{Value, json};

use super::file::{Kind, ScenarioFile, assumptions, base_of, parse, patched, with_value};
use super::resolve::resolve;
use super::{Run, RunMonth};
use crate::Engine;
use crate::convert::Conversion;
use crate::error::{EngineError, Result};
use crate::number;
use crate::view::{BreakEven, Cell, Column, ColumnKind, MonthBasis, Override, Row, RowKind, Table, Tone};

/// Units looked at when volumes are compared.
const MOST_UNITS: u32 = 1_024;

/// Scenarios that have run, in column order.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// The runs.
    pub runs: Vec<Run>,
}

impl Engine {
    /// Runs scenario texts given as (id, text).
    ///
    /// # Errors
    /// When one cannot be read or resolved.
    pub async fn run_scenarios(&self, texts: &[(String, String)]) -> Result<Comparison> {
        let texts = self.standing(texts).await?;
        let files: Vec<(String, ScenarioFile)> = texts
            .iter()
            .map(|(id, text)| Ok((id.clone(), parse(text).map_err(|error| error.at(format!("scenario {id}")))?)))
            .collect::<Result<_>>()?;
        let files = self.with_benchmarks(files).await?;
        let facts = match files.iter().any(|(_, file)| file.base.as_ref().is_some_and(|base| base.month.is_some())) {
            true => Some(self.facts_in(Conversion::default(), MonthBasis::BillingMonth).await?),
            false => None,
        };
        let prices = self.price_book().await?;
        let runs = files
            .iter()
            .map(|(id, file)| Run::of(resolve(id, file, facts.as_deref(), &prices)?))
            .collect::<Result<_>>()?;
        Ok(Comparison { runs })
    }

    /// Texts that stand by themselves: each with the scenarios that it changes below it, found among the texts first and
    /// in the workspace then.
    ///
    /// # Errors
    /// When a scenario that one changes is not there, or has another hash than the one that it needs.
    pub async fn standing(&self, texts: &[(String, String)]) -> Result<Vec<(String, String)>> {
        if texts.iter().all(|(_, text)| base_of(text).is_none()) {
            return Ok(texts.to_vec());
        }
        let kept = self.ledger().documents(DocumentKind::Scenario).await?;
        let text_of = |wanted: &str| {
            let found = texts.iter().chain(&kept).find(|(id, _)| id == wanted);
            found.map(|(_, text)| text.clone())
        };
        texts.iter().map(|(id, text)| Ok((id.clone(), patched(id, text, &text_of)?))).collect()
    }
}

/// Scenario texts with numbers changed.
///
/// # Errors
/// When a change names a number that is not there.
pub fn apply(texts: &[(String, String)], overrides: &[Override]) -> Result<Vec<(String, String)>> {
    texts
        .iter()
        .map(|(id, text)| {
            let mut mine = overrides.iter().filter(|change| change.scenario == *id);
            let changed = mine.try_fold(text.clone(), |text, change| with_value(&text, &change.path, &change.value))?;
            Ok((id.clone(), changed))
        })
        .collect()
}

/// How to tell the best of a row.
#[derive(Clone, Copy, PartialEq)]
enum Better {
    Higher,
    Lower,
    Neither,
}

impl Comparison {
    /// At least two?
    ///
    /// # Errors
    /// When there is nothing to compare, or the periods differ.
    pub fn check(&self) -> Result<()> {
        if self.runs.len() < 2 {
            return Err(EngineError::usage("a comparison needs two scenarios").then("name two or more"));
        }
        let period = |run: &Run| (run.resolved.inputs.start, run.resolved.inputs.months);
        if let Some(other) = self.runs.iter().find(|run| period(run) != period(&self.runs[0])) {
            return Err(EngineError::usage(format!(
                "{} runs {} months from {}, {} runs {} from {}",
                self.runs[0].resolved.id,
                self.runs[0].resolved.inputs.months,
                self.runs[0].resolved.inputs.start,
                other.resolved.id,
                other.resolved.inputs.months,
                other.resolved.inputs.start
            ))
            .then("give them the same start and months"));
        }
        Ok(())
    }

    /// The figures, one row a measure.
    #[must_use]
    pub fn table(&self) -> Table {
        let last = |run: &Run| run.months.last().cloned();
        let text = |value: Option<String>| value;
        let n = self.runs.first().map_or(0, |run| run.resolved.inputs.months);
        let mut rows = vec![
            self.row("margin_percent_first", "Gross margin, month 1", "%", 1, Better::Higher, |run| {
                run.months.first().and_then(RunMonth::margin_percent)
            }),
            self.row("margin_percent_last", &format!("Gross margin, month {n}"), "%", 1, Better::Higher, |run| {
                last(run).and_then(|m| m.margin_percent())
            }),
            self.row("margin_total", &format!("Gross margin, {n} months"), "USD", 0, Better::Higher, |run| {
                let (revenue, cogs) = run.totals();
                text(Some((revenue - cogs).to_string()))
            }),
            self.row("cost_total", &format!("Cost of revenue, {n} months"), "USD", 0, Better::Lower, |run| {
                Some(run.totals().1.to_string())
            }),
            self.row("usd_per_mtok_first", "Cost per M tokens, month 1", "USD", 3, Better::Lower, |run| {
                run.months.first().and_then(RunMonth::usd_per_mtok)
            }),
            self.row("usd_per_mtok_last", &format!("Cost per M tokens, month {n}"), "USD", 3, Better::Lower, |run| {
                last(run).and_then(|m| m.usd_per_mtok())
            }),
            self.row("gpus_last", &format!("GPUs, month {n}"), "", 0, Better::Neither, |run| {
                last(run).and_then(|m| m.capacity).map(|c| c.gpus_provided.to_string())
            }),
            self.row("utilisation_last", &format!("GPU utilisation, month {n}"), "%", 1, Better::Neither, |run| {
                last(run).and_then(|m| m.capacity).map(|c| format!("{:.4}", c.utilisation * 100.0))
            }),
        ];
        rows.push(self.capacity_row());
        Table {
            id: "compare".into(),
            title: format!("Compare {} scenarios", self.runs.len()),
            subtitle: self.period_label(),
            columns: self.columns("Measure"),
            rows,
            notes: self
                .runs
                .iter()
                .flat_map(|run| run.resolved.notes.iter().map(|note| format!("{}: {note}", run.resolved.name)))
                .collect(),
        }
    }

    /// `24 months from November 2026`.
    #[must_use]
    pub fn period_label(&self) -> String {
        self.runs.first().map_or_else(String::new, |run| {
            format!("{} months from {}", run.resolved.inputs.months, run.resolved.inputs.start.label())
        })
    }

    fn columns(&self, first: &str) -> Vec<Column> {
        let column = |id: &str, label: &str, kind: ColumnKind| Column {
            id: id.into(),
            label: label.into(),
            unit: String::new(),
            kind,
        };
        std::iter::once(column("measure", first, ColumnKind::Text))
            .chain(self.runs.iter().map(|run| column(&run.resolved.id, &run.resolved.name, ColumnKind::Money)))
            .collect()
    }

    fn row(
        &self,
        key: &str,
        label: &str,
        unit: &str,
        places: u32,
        better: Better,
        value: impl Fn(&Run) -> Option<String>,
    ) -> Row {
        let values: Vec<Option<String>> = self.runs.iter().map(value).collect();
        let order = |text: &String| Money::parse_wide(text).ok();
        let known = values.iter().flatten().filter_map(order);
        let best = match better {
            Better::Higher => known.max(),
            Better::Lower => known.min(),
            Better::Neither => None,
        };
        let tied = values.iter().flatten().filter_map(order).all(|value| Some(value) == best);
        let mut cells = vec![Cell { value: Some(label.to_owned()), shown: label.to_owned(), ..Cell::default() }];
        cells.extend(values.into_iter().map(|value| {
            let number = number::rounded_or_unknown(value.as_deref(), places);
            let shown = match unit {
                _ if value.is_none() => number,
                "%" => format!("{number}%"),
                "USD" if number.starts_with('\u{2212}') => {
                    format!("\u{2212}${}", number.trim_start_matches('\u{2212}'))
                }
                "USD" => format!("${number}"),
                _ => number,
            };
            Cell {
                best: !tied && best.is_some() && value.as_ref().and_then(order) == best,
                value,
                shown,
                ..Cell::default()
            }
        }));
        Row { key: key.to_owned(), kind: RowKind::Row, cells }
    }

    fn capacity_row(&self) -> Row {
        let mut cells = vec![Cell { value: Some("Capacity".into()), shown: "Capacity".into(), ..Cell::default() }];
        cells.extend(self.runs.iter().map(|run| match run.verdicts.iter().find(|v| v.limit == "capacity") {
            None => Cell {
                value: Some("unknown".into()),
                shown: "unknown".into(),
                tone: Tone::Warn,
                note: Some("the provider's rate limits are not in the scenario".into()),
                ..Cell::default()
            },
            Some(verdict) => Cell {
                value: Some(verdict.verdict.into()),
                shown: verdict.verdict.replace('_', " "),
                tone: if verdict.verdict == "meets" { Tone::Good } else { Tone::Bad },
                note: Some(verdict.reason.clone()),
                ..Cell::default()
            },
        }));
        Row { key: "capacity".into(), kind: RowKind::Row, cells }
    }

    /// Inputs that are not the same in all scenarios.
    #[must_use]
    pub fn differences(&self) -> Table {
        let inputs: Vec<Vec<(String, String)>> = self.runs.iter().map(inputs_of).collect();
        let mut names: Vec<&str> = Vec::new();
        for (name, _) in inputs.iter().flatten() {
            if !names.contains(&name.as_str()) {
                names.push(name);
            }
        }
        let value = |inputs: &Vec<(String, String)>, name: &str| {
            inputs.iter().find(|(n, _)| *n == name).map(|(_, v)| v.clone())
        };
        let rows = names
            .into_iter()
            .filter(|name| {
                let first = value(&inputs[0], name);
                inputs.iter().any(|other| value(other, name) != first)
            })
            .map(|name| {
                let mut cells = vec![Cell { value: Some(name.into()), shown: name.into(), ..Cell::default() }];
                cells.extend(inputs.iter().map(|inputs| {
                    let value = value(inputs, name);
                    Cell { shown: value.clone().unwrap_or_else(|| number::UNKNOWN.into()), value, ..Cell::default() }
                }));
                Row { key: name.into(), kind: RowKind::Row, cells }
            })
            .collect();
        Table {
            id: "differences".into(),
            title: "Differences of input".into(),
            subtitle: self.period_label(),
            columns: self.columns("Input"),
            rows,
            notes: Vec::new(),
        }
    }

    /// Gross margin month by month, one column a scenario.
    #[must_use]
    pub fn months(&self) -> Table {
        let months = self.runs.first().map_or(0, |run| run.months.len());
        let rows = (0..months)
            .map(|index| {
                let month = self.runs[0].months[index].month.to_string();
                let mut cells = vec![Cell { value: Some(month.clone()), shown: month.clone(), ..Cell::default() }];
                cells.extend(self.runs.iter().map(|run| {
                    let margin = run.months[index].margin();
                    Cell { value: Some(margin.to_string()), shown: margin.shown(0), ..Cell::default() }
                }));
                Row { key: month, kind: RowKind::Row, cells }
            })
            .chain(std::iter::once({
                let mut cells = vec![Cell { value: Some("Total".into()), shown: "Total".into(), ..Cell::default() }];
                cells.extend(self.runs.iter().map(|run| {
                    let (revenue, cogs) = run.totals();
                    Cell {
                        value: Some((revenue - cogs).to_string()),
                        shown: (revenue - cogs).shown(0),
                        ..Cell::default()
                    }
                }));
                Row { key: "total".into(), kind: RowKind::Total, cells }
            }))
            .collect();
        let mut columns = self.columns("Month");
        for column in columns.iter_mut().skip(1) {
            column.unit = "USD".into();
        }
        Table {
            id: "compare-months".into(),
            title: "Gross margin by month".into(),
            subtitle: format!("{} · USD", self.period_label()),
            columns,
            rows,
            notes: Vec::new(),
        }
    }

    /// When each scenario overtakes each other one.
    #[must_use]
    pub fn break_even(&self) -> Vec<BreakEven> {
        let mut found = Vec::new();
        for (i, b) in self.runs.iter().enumerate() {
            for (j, a) in self.runs.iter().enumerate() {
                let months = months_ahead(&a.projected, &b.projected);
                let from_start = months.first().is_some_and(|(first, _)| *first == 1);
                // Told once for each pair: by the one that overtakes, or the earlier column when nothing crosses.
                if i == j || months.is_empty() || (from_start && !months_ahead(&b.projected, &a.projected).is_empty()) {
                    continue;
                }
                found.push(BreakEven {
                    winner: a.resolved.id.clone(),
                    loser: b.resolved.id.clone(),
                    text: words(a, b, &months),
                    months,
                });
            }
        }
        found
    }

    /// The JSON document of `scenario compare`.
    #[must_use]
    pub fn json(&self) -> Value {
        let break_even: Vec<Value> = self
            .break_even()
            .iter()
            .map(|b| json!({"winner": b.winner, "loser": b.loser, "months": b.months, "text": b.text}))
            .collect();
        json!({
            "scenarios": self.runs.iter().map(Run::json).collect::<Vec<_>>(),
            "break_even": break_even,
        })
    }
}

fn words(a: &Run, b: &Run, months: &[(u32, u32)]) -> String {
    let n = a.resolved.inputs.months;
    let spans: Vec<String> = months
        .iter()
        .map(|(from, to)| match (from, to) {
            (1, to) if *to == n => "in every month".into(),
            (from, to) if *to == n => format!("from month {from} on"),
            (from, to) if from == to => format!("in month {from}"),
            (from, to) => format!("in months {from}–{to}"),
        })
        .collect();
    let mut text = format!("{} earns more than {} {}", a.resolved.name, b.resolved.name, spans.join(", "));
    match cumulative_month(&a.projected, &b.projected) {
        Some(month) if months.first().is_some_and(|(first, _)| *first > 1) => {
            text.push_str(&format!("; it has made up for the months before by month {month}"));
        }
        Some(_) => {}
        None => text.push_str(&format!("; over {n} months it has not made up for the rest")),
    }
    text.push_str(&volume_words(&volumes_ahead(&a.resolved.inputs, &b.resolved.inputs, MOST_UNITS)));
    text
}

/// At which volumes one is ahead: from where first, and from where on for good, if for good.
fn volume_words(volumes: &[(f64, Option<f64>)]) -> String {
    let short = |requests: f64| number::short_count(requests.ceil() as u64);
    match volumes {
        [] => String::new(),
        [(from, None)] => format!("; by volume from {} requests a month on", short(*from)),
        [(from, Some(to))] => format!("; by volume from {} to {} requests a month", short(*from), short(*to)),
        [(from, _), .., (settled, None)] => format!(
            "; by volume first at {} requests a month, for good from {} (whole GPUs make the lines cross {} times)",
            short(*from),
            short(*settled),
            2 * volumes.len() - 1
        ),
        [(from, _), .., (_, Some(to))] => format!(
            "; by volume between {} and {} requests a month, in {} stretches",
            short(*from),
            short(*to),
            volumes.len()
        ),
    }
}

fn inputs_of(run: &Run) -> Vec<(String, String)> {
    let mut found = vec![("Served by".to_owned(), run.resolved.kind.clone())];
    for (_, component) in run.resolved.file.components() {
        if component.kind == Kind::OwnGpus {
            found.push(("GPUs come in units of".into(), component.gpus_per_unit.unwrap_or(1).to_string()));
            found.push(("Spare units".into(), component.spare_units.unwrap_or(0).to_string()));
        }
    }
    for (path, assumption) in assumptions(&run.resolved.file) {
        let (label, unit) = crate::screen::compare::label_of(&path);
        found.push((label, crate::screen::compare::shown(assumption.value, unit)));
    }
    found
}
