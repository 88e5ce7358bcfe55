//! One row of the comparison: its cells, and which of them is the best.

use marginline_model::Money;

use super::Comparison;
use super::ranking::may_win;
use crate::error::Result;
use crate::number;
use crate::scenario::Run;
use crate::view::{Cell, Row, RowKind, Tone};

/// How to tell the best of a row.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Better {
    Higher,
    Lower,
    Neither,
}

/// What a row is called, and how its figures are read.
#[derive(Clone, Copy)]
pub(super) struct Measure<'a> {
    pub key: &'a str,
    pub label: &'a str,
    pub unit: &'a str,
    pub places: u32,
    pub better: Better,
}

/// A figure of a cell: its decimal string, a mark before it, and a word more.
#[derive(Default)]
pub(super) struct Figure {
    pub value: Option<String>,
    pub mark: &'static str,
    pub note: Option<String>,
}

impl From<Option<String>> for Figure {
    fn from(value: Option<String>) -> Self {
        Self { value, ..Self::default() }
    }
}

impl From<Money> for Figure {
    fn from(amount: Money) -> Self {
        Some(amount.to_string()).into()
    }
}

/// What cannot be computed is unknown, and the cell says why.
pub(super) fn figure<T: Into<Figure>>(found: Result<T>) -> Figure {
    match found {
        Ok(found) => found.into(),
        Err(error) => Figure { note: Some(error.to_string()), ..Figure::default() },
    }
}

/// A figure of a projection, with six decimals.
pub(super) fn decimal(value: Option<f64>) -> Option<String> {
    value.map(|value| number::fixed(value, 6))
}

impl Comparison {
    /// The best of a row by place, for the window, the terminal, JSON and the workbook alike: of those whose figure is known
    /// and that may win, because what fails is never cheap and what is unknown never wins (design §7). All that are equal
    /// are the best, unless all of them are.
    fn best(&self, better: Better, figures: &[Option<Money>]) -> Vec<usize> {
        let known: Vec<(usize, Money)> = figures
            .iter()
            .zip(&self.runs)
            .enumerate()
            .filter(|(_, (_, run))| may_win(run))
            .filter_map(|(place, (figure, _))| Some((place, (*figure)?)))
            .collect();
        let values = || known.iter().map(|(_, value)| *value);
        let best = match better {
            Better::Higher => values().max(),
            Better::Lower => values().min(),
            Better::Neither => None,
        };
        match best {
            Some(best) if values().any(|value| value != best) => {
                known.into_iter().filter(|(_, value)| *value == best).map(|(place, _)| place).collect()
            }
            _ => Vec::new(),
        }
    }

    /// A row with its best marked.
    pub(super) fn row<T: Into<Figure>>(&self, of: Measure<'_>, value: impl Fn(usize, &Run) -> T) -> Row {
        let figures: Vec<Figure> = self.runs.iter().enumerate().map(|(at, run)| value(at, run).into()).collect();
        let order = |figure: &Figure| figure.value.as_ref().and_then(|text| Money::parse_wide(text).ok());
        let best = self.best(of.better, &figures.iter().map(order).collect::<Vec<_>>());
        let mut cells = vec![Cell { value: Some(of.label.to_owned()), shown: of.label.to_owned(), ..Cell::default() }];
        cells.extend(figures.iter().enumerate().map(|(place, figure)| Cell {
            best: best.contains(&place),
            shown: shown(figure, of),
            value: figure.value.clone(),
            note: figure.note.clone(),
            ..Cell::default()
        }));
        Row { key: of.key.to_owned(), kind: RowKind::Row, cells }
    }

    /// A row of words.
    pub(super) fn words_row(&self, key: &str, label: &str, of: impl Fn(&Run) -> Cell) -> Row {
        let mut cells = vec![Cell { value: Some(label.to_owned()), shown: label.to_owned(), ..Cell::default() }];
        cells.extend(self.runs.iter().map(|run| of(run)));
        Row { key: key.to_owned(), kind: RowKind::Row, cells }
    }

    /// A row for each limit that any scenario states or has, in the order in which they come.
    pub(super) fn verdict_rows(&self) -> Vec<Row> {
        let told = || self.runs.iter().flat_map(|run| &run.verdicts);
        let mut limits: Vec<String> = told()
            .find(|verdict| verdict.limit == "capacity")
            .map(|verdict| verdict.limit.to_owned())
            .into_iter()
            .collect();
        for verdict in told() {
            if !limits.iter().any(|limit| verdict.limit == *limit) {
                limits.push(verdict.limit.to_string());
            }
        }
        limits.iter().map(|limit| self.words_row(limit, &limit_label(limit), |run| verdict_cell(run, limit))).collect()
    }
}

fn shown(figure: &Figure, of: Measure<'_>) -> String {
    let Some(value) = &figure.value else { return number::UNKNOWN.into() };
    let number = number::rounded(value, of.places);
    let number = match of.unit {
        "%" => format!("{number}%"),
        "USD" => match number.strip_prefix('\u{2212}') {
            Some(rest) => format!("\u{2212}${rest}"),
            None => format!("${number}"),
        },
        _ => number,
    };
    format!("{}{number}", figure.mark)
}

/// `Capacity`, `Time to first token, P95`.
fn limit_label(limit: &str) -> String {
    match limit {
        "ttft_ms_p95" => "Time to first token, P95".into(),
        "tpot_ms_p95" => "Time per output token, P95".into(),
        other => {
            let words = other.replace('_', " ");
            let mut letters = words.chars();
            letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
        }
    }
}

fn verdict_cell(run: &Run, limit: &str) -> Cell {
    let Some(verdict) = run.verdicts.iter().find(|verdict| verdict.limit == limit) else {
        let note = match limit {
            "capacity" => "the scenario states no rate limit, so none is checked",
            _ => "the scenario does not state this limit",
        };
        return Cell { shown: number::UNKNOWN.into(), note: Some(note.into()), ..Cell::default() };
    };
    let value = verdict.value.as_ref().map_or_else(String::new, |value| format!(" ({value})"));
    Cell {
        value: Some(verdict.verdict.to_owned()),
        shown: verdict.verdict.replace('_', " "),
        tone: match verdict.verdict {
            "meets" => Tone::Good,
            "fails" => Tone::Bad,
            _ => Tone::Warn,
        },
        note: Some(format!("{}{value}", verdict.reason)),
        ..Cell::default()
    }
}
