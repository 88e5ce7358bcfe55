//! How a figure of a scenario comes about: for each line of a month the steps with the numbers put in, and where each
//! input is from. The steps come to the same figure as the run.

mod api;
mod demand;
mod expression;
mod fleet;
mod further;
mod line;
mod months;
mod steps;
mod total;
mod words;

pub use expression::Expression;
pub use steps::Step;
pub use total::{COST, COST_PER_MTOK, COST_PER_REQUEST, MARGIN, MARGIN_PERCENT, REVENUE};

use line::At;
use marginline_model::Month;
use marginline_model::scenario::Evidence;
use serde_json::{Value, json};
use steps::Stated;
use total::Sums;

use super::evidence::{Carried, FigureEvidence, RunEvidence};
use super::{Run, Verdict};
use crate::error::{EngineError, Result};
use crate::number;
use crate::screen::month_or_none;
use crate::view::{Cell, Column, ColumnKind, Row, RowKind, Table};

/// What names all months together where a month is asked for.
pub const ALL_MONTHS: &str = "all";

/// One line, explained.
#[derive(Debug, Clone, PartialEq)]
pub struct ExplainedLine {
    /// Its name.
    pub label: String,
    /// Inputs and steps in order; the last is the line itself, in its unit before it is rounded.
    pub steps: Vec<Step>,
    /// How well it is known.
    pub evidence: FigureEvidence,
}

/// How well every figure of a run is known, by the steps of each line of each month.
pub(super) fn evidence(run: &Run) -> RunEvidence {
    let stated = Stated::of(run);
    let of_month = |(index, month)| {
        let (revenue, lines) = line::all(&stated, line::At { run, month, index });
        let known = |steps: Vec<Step>| known(&steps);
        (known(revenue), lines.into_iter().map(|(_, steps)| known(steps)).collect())
    };
    RunEvidence::of(run, (0..).zip(&run.projected).map(of_month))
}

/// What the last of some steps rests on.
fn known(steps: &[Step]) -> FigureEvidence {
    let Some(last) = steps.last() else { return FigureEvidence::default() };
    let values: Vec<f64> = steps.iter().map(|step| step.value).collect();
    let mut weights = vec![0.0; steps.len()];
    weights[steps.len() - 1] = 1.0;
    for (place, step) in steps.iter().enumerate().rev() {
        let weight = weights[place];
        for from in step.expression.iter().chain(&step.rests_on).filter(|_| weight > 0.0) {
            from.carry(weight, &values, &mut weights);
        }
    }
    let carried = |(step, share): (&Step, &f64)| {
        let evidence = step.evidence.filter(|_| *share > 0.0)?;
        Some(Carried { name: step.name.clone(), is_of_all: step.is_of_all(), evidence, share: *share })
    };
    FigureEvidence::new(last.known, steps.iter().zip(&weights).filter_map(carried).collect())
}

impl ExplainedLine {
    fn of(label: &str, steps: Vec<Step>) -> Self {
        let evidence = known(&steps);
        Self { label: label.to_owned(), steps, evidence }
    }

    /// The line's figure, in [`ExplainedLine::unit`].
    #[must_use]
    pub fn value(&self) -> f64 {
        self.steps.last().map_or(0.0, |step| step.value)
    }

    /// `USD`, but for a margin in percent and a cost per token or request.
    #[must_use]
    pub fn unit(&self) -> &'static str {
        self.steps.last().map_or("USD", |step| step.unit)
    }

    /// The figure as a decimal string: cents of money, six digits of what is divided.
    #[must_use]
    pub fn amount(&self) -> String {
        let places = if self.unit() == "USD" { 2 } else { 6 };
        number::fixed(self.value(), places)
    }
}

/// A month of a scenario, explained.
#[derive(Debug, Clone, PartialEq)]
pub struct Explained {
    /// Scenario id.
    pub scenario: String,
    /// Its name.
    pub name: String,
    /// Hash of its inputs.
    pub hash: String,
    /// The month, or the first of all.
    pub month: Month,
    /// The last month: the same one, unless all are explained together.
    pub to: Month,
    /// Revenue first, then cost by line.
    pub lines: Vec<ExplainedLine>,
    /// How the latencies that are limited come about, waiting that is in them or added to them included.
    pub latencies: Vec<String>,
}

impl Run {
    /// Explains one line, or all of them: of the first month where none is named, of all months together where
    /// [`ALL_MONTHS`] is, else of a month as `YYYY-MM`.
    ///
    /// # Errors
    /// When there is no such month or line.
    pub fn explain_of(&self, month: Option<&str>, label: Option<&str>) -> Result<Explained> {
        match month {
            Some(ALL_MONTHS) => {
                let inputs = &self.resolved.inputs;
                let period = (inputs.start, inputs.month(inputs.months.saturating_sub(1)));
                let stated = Stated::of(self);
                self.explained(period, months::lines(self, &stated), (&Sums::of(self, None), &stated), label)
            }
            month => self.explain(month_or_none(month)?, label),
        }
    }

    /// Explains one line of a month, or all of them; the first month when none is named. Sums such as [`COST`] and
    /// [`MARGIN`], and what is divided from them, are explained where they are named.
    ///
    /// # Errors
    /// When the month or the line is not in the scenario.
    pub fn explain(&self, month: Option<Month>, label: Option<&str>) -> Result<Explained> {
        let start = self.resolved.inputs.start;
        let month = month.unwrap_or(start);
        let index = u32::try_from(month.since(start)).ok();
        let found = index.and_then(|index| Some((index, self.projected.get(index as usize)?)));
        let (index, projected) = found.ok_or_else(|| {
            let last = self.resolved.inputs.month(self.resolved.inputs.months.saturating_sub(1));
            EngineError::usage(format!("{month} is no month of the scenario"))
                .at(format!("scenario {}", self.resolved.id))
                .then(format!("name one of {start} to {last}"))
        })?;
        let at = At { run: self, month: projected, index };
        let stated = Stated::of(self);
        let (revenue, lines) = line::all(&stated, at);
        let lines = std::iter::once((REVENUE, revenue)).chain(lines);
        let lines = lines.map(|(label, steps)| ExplainedLine::of(label, steps)).collect();
        let sums = (&Sums::of(self, Some(index as usize)), &stated);
        self.explained((month, month), lines, sums, label)
    }

    /// Those lines of a period that are asked for; sums only where they are named.
    fn explained(
        &self,
        (month, to): (Month, Month),
        mut lines: Vec<ExplainedLine>,
        (sums, stated): (&Sums, &Stated),
        label: Option<&str>,
    ) -> Result<Explained> {
        let place = |error: EngineError| error.at(format!("scenario {}", self.resolved.id));
        if let Some(label) = label {
            let mut names: Vec<String> = lines.iter().map(|line| line.label.clone()).collect();
            lines.retain(|line| line.label == label);
            if lines.is_empty() {
                lines.extend(total::explained(stated, sums, label).map_err(place)?);
            }
            if lines.is_empty() {
                names.extend([COST, MARGIN, MARGIN_PERCENT, COST_PER_MTOK, COST_PER_REQUEST].map(str::to_owned));
                return Err(place(
                    EngineError::usage(format!("there is no line {label:?}"))
                        .then(format!("use one of {}", names.join(", "))),
                ));
            }
        }
        let (scenario, name) = (self.resolved.id.clone(), self.resolved.name.clone());
        let limited = self.resolved.file.limits.latencies();
        let is_latency = |verdict: &&Verdict| limited.iter().any(|limit| limit.key == verdict.limit);
        let latencies = self.verdicts.iter().filter(is_latency).map(Verdict::words).collect();
        Ok(Explained { scenario, name, hash: self.resolved.hash.clone(), month, to, lines, latencies })
    }
}

/// A number for people: whole thousands without decimals, and small ones with six digits that count, so that a formula
/// done again by hand comes to its figure.
fn shown(value: f64) -> String {
    let size = value.abs();
    if value.fract() == 0.0 || size >= 1e6 {
        return number::rounded(&format!("{value:.9}"), 0);
    }
    if size >= 100.0 {
        return number::rounded(&format!("{value:.9}"), 2);
    }
    let mut places = if size < 1.0 { 5 } else { 4 };
    let mut least = 1.0;
    while size < least && places < 12 {
        (places, least) = (places + 1, least / 10.0);
    }
    let text = number::rounded(&format!("{value:.12}"), places);
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

impl ExplainedLine {
    /// A step's formula in words, and with its numbers for machines: `*`, `/`, `^` and `ceil` over plain numbers.
    fn formula(&self, step: &Step) -> Option<(String, String, String)> {
        let expression = step.expression.as_ref()?;
        let name = |place: usize| self.steps.get(place).map_or_else(String::new, |step| step.name.clone());
        let figure = |place: usize| self.steps.get(place).map_or_else(String::new, |step| shown(step.value));
        let exact = |place: usize| {
            let value = self.steps.get(place).map_or(0.0, |step| step.value);
            if value < 0.0 { format!("({value})") } else { format!("{value}") }
        };
        Some((
            expression.text(&name, ("×", "÷")),
            expression.text(&figure, ("×", "÷")),
            expression.text(&exact, ("*", "/")),
        ))
    }
}

impl Explained {
    /// The JSON document of `scenario explain`.
    #[must_use]
    pub fn json(&self) -> Value {
        let line = |line: &ExplainedLine| {
            let steps: Vec<Value> = line
                .steps
                .iter()
                .map(|step| match line.formula(step) {
                    Some((words, _, exact)) => {
                        json!({"name": step.name, "unit": step.unit, "value": step.value, "formula": words, "expression": exact})
                    }
                    None => json!({"name": step.name, "unit": step.unit, "value": step.value, "source": step.source, "evidence": step.evidence.map(Evidence::word)}),
                })
                .collect();
            let mut told = json!({
                "label": line.label,
                "amount": line.amount(),
                "evidence": line.evidence.word(),
                "evidence_from": line.evidence.from(),
                "steps": steps,
            });
            if line.unit() != "USD" {
                told["unit"] = line.unit().into();
            }
            told
        };
        let mut told = json!({
            "scenario": self.scenario,
            "hash": self.hash,
            "month": self.month.to_string(),
            "currency": "USD",
            "lines": self.lines.iter().map(line).collect::<Vec<_>>(),
            "latencies": self.latencies,
        });
        if self.to != self.month {
            told["to"] = self.to.to_string().into();
        }
        told
    }

    /// The month, or the first and the last one, in words.
    #[must_use]
    pub fn period(&self) -> String {
        match self.to == self.month {
            true => self.month.label(),
            false => format!("{} – {}", self.month.label(), self.to.label()),
        }
    }

    /// The table of `scenario explain`.
    #[must_use]
    pub fn table(&self) -> Table {
        let text = |shown: &str| Cell { value: Some(shown.to_owned()), shown: shown.to_owned(), ..Cell::default() };
        let mut rows = Vec::new();
        for line in &self.lines {
            let last = line.steps.len().saturating_sub(1);
            for (at, step) in line.steps.iter().enumerate() {
                let (formula, from) = match line.formula(step) {
                    Some((words, figures, _)) => (words, figures),
                    None => (String::new(), step.source.clone()),
                };
                let name = if at == last { line.label.as_str() } else { step.name.as_str() };
                let kind = if at == last { RowKind::Total } else { RowKind::Row };
                let figure = if step.is_nothing_due { number::UNKNOWN.to_owned() } else { shown(step.value) };
                let value = Cell { value: Some(format!("{}", step.value)), shown: figure, ..Cell::default() };
                rows.push(Row {
                    key: format!("{} {at}", line.label),
                    kind,
                    cells: vec![
                        text(name),
                        value,
                        text(step.unit),
                        text(&formula),
                        text(&from),
                        text(&if at == last {
                            line.evidence.words()
                        } else {
                            step.evidence.map_or(String::new(), |of| of.word().to_owned())
                        }),
                    ],
                });
            }
        }
        let column = Column::new;
        Table {
            id: "explain".into(),
            title: format!("How {} comes about", self.name),
            subtitle: format!("{} · USD · projected · hash {}", self.period(), &self.hash[..12]),
            columns: vec![
                column("name", "Figure", "", ColumnKind::Text),
                column("value", "Value", "", ColumnKind::Measure),
                column("unit", "Unit", "", ColumnKind::Text),
                column("formula", "Formula", "", ColumnKind::Text),
                column("from", "Numbers or source", "", ColumnKind::Text),
                column("evidence", "Evidence", "", ColumnKind::Text),
            ],
            rows,
            notes: self.latencies.clone(),
        }
    }
}

#[cfg(test)]
mod story_tests;

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn a_figure_has_as_many_digits_as_its_formula_needs() {
        for (value, expected) in [
            (171_964_837.3, "171,964,837"),
            (72.0, "72"),
            (308_765.89, "308,765.89"),
            (900.5, "900.50"),
            (5.764, "5.764"),
            (0.057_768_5, "0.0577685"),
            (0.000_006_63, "0.00000663"),
            (-0.5, "−0.5"),
            (0.0, "0"),
        ] {
            assert_eq!(shown(value), expected);
        }
        assert_eq!(shown(1e-20), "0", "less than a figure has digits for");
    }
}
