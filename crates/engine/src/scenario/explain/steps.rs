//! An explanation in the making: inputs with where they are from, and steps over them.

use marginline_model::scenario::{Evidence, EvidenceShares};

use super::expression::{Expression, Ref};
use crate::scenario::Run;
use crate::scenario::file::{Assumption, Series, assumptions, series};

/// Keys that the base month gives where the file does not state them.
const OF_BASE: [&str; 6] = [
    "demand.requests_per_month",
    "demand.input_tokens_per_request",
    "demand.cache_read_tokens_per_request",
    "demand.cache_write_tokens_per_request",
    "demand.output_tokens_per_request",
    "revenue.usd_per_request",
];

/// One value of an explanation: an input, or a step over earlier ones.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// What it is.
    pub name: String,
    /// Its unit; empty for a plain number.
    pub unit: &'static str,
    /// What it comes to.
    pub value: f64,
    /// How it follows from earlier values; `None` for an input.
    pub expression: Option<Expression>,
    /// Earlier values on which an input rests that the run computes and no plain formula gives.
    pub rests_on: Option<Expression>,
    /// Where an input is from.
    pub source: String,
    /// How well an input is known by itself; `None` for a step, for what the user decides, and for a line of which nothing
    /// is due.
    pub evidence: Option<Evidence>,
    /// Is it a line of which nothing is due this month? Its source says why.
    pub is_nothing_due: bool,
    /// How much of it rests on evidence of each kind.
    pub(super) known: EvidenceShares,
}

impl Step {
    fn new(name: &str, unit: &'static str, value: f64) -> Self {
        Self {
            name: name.to_owned(),
            unit,
            value,
            expression: None,
            rests_on: None,
            source: String::new(),
            evidence: None,
            is_nothing_due: false,
            known: EvidenceShares::default(),
        }
    }

    /// Is it a number of the whole scenario, and not of one line?
    pub(super) fn is_of_all(&self) -> bool {
        ["demand.", "revenue.", "exchange_rates.", "actuals of "].iter().any(|start| self.source.starts_with(start))
    }
}

/// What inputs are looked up in: the file with its assumptions, read once for all lines.
pub(in crate::scenario) struct Stated<'a> {
    run: &'a Run,
    assumptions: Vec<(String, Assumption)>,
    series: Vec<(String, Series)>,
    /// The file as it is written, for keys that carry no source of their own, such as a list of seasons.
    written: toml::Table,
}

impl<'a> Stated<'a> {
    pub(in crate::scenario) fn of(run: &'a Run) -> Self {
        let file = &run.resolved.file;
        // A file that was read can be written; were it not so, a key would be told as not stated.
        let written = toml::Table::try_from(file).unwrap_or_default();
        Self { run, assumptions: assumptions(file), series: series(file), written }
    }

    /// Does the file state this key, as an assumption or as a plain list or number?
    fn is_written(&self, path: &str) -> bool {
        let found = path.split_once('.').and_then(|(table, key)| self.written.get(table)?.get(key));
        found.is_some()
    }

    /// Is there an assumption of this path?
    fn holds(&self, path: &str) -> bool {
        self.assumptions.iter().any(|(known, _)| known == path)
    }

    /// Where a number is from, and how well it is known.
    fn origin(&self, path: &str) -> (String, Evidence) {
        let told = |source: &Option<String>, observed: &Option<String>| {
            let words = [Some(path.to_owned()), source.clone(), observed.clone()];
            words.into_iter().flatten().collect::<Vec<_>>().join(" · ")
        };
        if let Some((_, stated)) = self.assumptions.iter().find(|(known, _)| known == path) {
            return (told(&stated.source, &stated.observed), stated.evidence);
        }
        if let Some((_, stated)) = self.series.iter().find(|(known, _)| known == path) {
            return (told(&stated.source, &stated.observed), stated.evidence);
        }
        let base = self.run.resolved.file.base.as_ref().and_then(|base| base.month.as_ref());
        match base {
            _ if self.is_written(path) => (format!("{path}, stated without a source"), Evidence::Assumed),
            Some(month) if OF_BASE.contains(&path) => (format!("actuals of {month}"), Evidence::Measured),
            _ => (format!("{path}, not stated"), Evidence::Assumed),
        }
    }
}

/// Steps of one line.
pub(super) struct Steps<'a> {
    stated: &'a Stated<'a>,
    pub(super) steps: Vec<Step>,
    values: Vec<f64>,
    known: Vec<EvidenceShares>,
}

impl<'a> Steps<'a> {
    pub(super) fn of(stated: &'a Stated<'a>) -> Self {
        Self { stated, steps: Vec::new(), values: Vec::new(), known: Vec::new() }
    }

    /// Adds a value; one that is there already is used again.
    fn push(&mut self, mut step: Step) -> Ref {
        let by_itself = step.evidence.map_or_else(EvidenceShares::default, EvidenceShares::of);
        let from = step.expression.as_ref().or(step.rests_on.as_ref());
        let from = from.map_or_else(EvidenceShares::default, |from| from.known(&self.values, &self.known));
        step.known = by_itself.times(from);
        if let Some(place) = self.steps.iter().position(|known| *known == step) {
            return place;
        }
        self.values.push(step.value);
        self.known.push(step.known);
        self.steps.push(step);
        self.steps.len() - 1
    }

    pub(super) fn value_of(&self, place: Ref) -> f64 {
        self.values.get(place).copied().unwrap_or_default()
    }

    /// What a formula comes to.
    pub(super) fn comes_to(&self, expression: &Expression) -> f64 {
        expression.evaluate(&self.values)
    }

    /// An input of the file by its path; what the file does not state is from its base month.
    pub(super) fn input(&mut self, path: &str, name: &str, unit: &'static str, value: f64) -> Ref {
        let (source, evidence) = self.stated.origin(path);
        self.push(Step { source, evidence: Some(evidence), ..Step::new(name, unit, value) })
    }

    /// A factor of the file by its path; `None` where it is 1 because nobody states it.
    pub(super) fn factor(&mut self, path: &str, name: &str, unit: &'static str, value: f64) -> Option<Expression> {
        let counts = value != 1.0 || self.stated.holds(path);
        counts.then(|| Expression::Value(self.input(path, name, unit, value)))
    }

    /// A number that the user decides, such as a count of GPUs: it is as it is, and needs no evidence.
    pub(super) fn decided(&mut self, path: &str, name: &str, unit: &'static str, value: f64) -> Ref {
        self.push(Step { source: format!("{path}, decided in the file"), ..Step::new(name, unit, value) })
    }

    /// An input from elsewhere.
    pub(super) fn given(
        &mut self,
        name: &str,
        unit: &'static str,
        value: f64,
        (source, evidence): (&str, Evidence),
    ) -> Ref {
        self.push(Step { source: source.to_owned(), evidence: Some(evidence), ..Step::new(name, unit, value) })
    }

    /// A sum that is explained under its own name, with what it rests on.
    pub(super) fn sum(
        &mut self,
        name: &str,
        unit: &'static str,
        value: f64,
        (source, known): (&str, EvidenceShares),
    ) -> Ref {
        let step = Step { source: source.to_owned(), evidence: known.label(), ..Step::new(name, unit, value) };
        let place = self.push(step);
        (self.known[place], self.steps[place].known) = (known, known);
        place
    }

    /// A figure that the run computes from others and no plain formula gives.
    pub(super) fn of_run(
        &mut self,
        name: &str,
        unit: &'static str,
        value: f64,
        (why, rests_on): (&str, Expression),
    ) -> Ref {
        self.push(Step {
            source: why.to_owned(),
            evidence: Some(Evidence::Modelled),
            rests_on: Some(rests_on),
            ..Step::new(name, unit, value)
        })
    }

    /// A line that costs nothing this month, and why.
    pub(super) fn nothing(&mut self, name: &str, unit: &'static str, why: &str) {
        self.push(Step { source: why.to_owned(), is_nothing_due: true, ..Step::new(name, unit, 0.0) });
    }

    /// A step over earlier values.
    pub(super) fn step(&mut self, name: &str, unit: &'static str, expression: Expression) -> Ref {
        let value = self.comes_to(&expression);
        self.push(Step { expression: Some(expression), ..Step::new(name, unit, value) })
    }

    /// The last step, which has the last word even where an earlier one says the same.
    pub(super) fn last(&mut self, name: &str, unit: &'static str, expression: Expression) {
        let value = self.comes_to(&expression);
        let known = expression.known(&self.values, &self.known);
        self.values.push(value);
        self.known.push(known);
        self.steps.push(Step { expression: Some(expression), known, ..Step::new(name, unit, value) });
    }

    /// A step that must come to what the run has; where it does not, the run's figure stands as it is and says why.
    pub(super) fn checked(
        &mut self,
        name: &str,
        unit: &'static str,
        expression: Expression,
        (run, why): (f64, &str),
    ) -> Ref {
        match is_near(self.comes_to(&expression), run) {
            true => self.step(name, unit, expression),
            false => self.of_run(name, unit, run, (why, expression)),
        }
    }
}

/// Equal but for the last digits of a binary number.
pub(super) fn is_near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1e-9)
}

#[cfg(test)]
mod tests {
    use marginline_model::scenario::Evidence;

    use crate::scenario::tests::{PLAIN, run};

    /// Seasons are a plain list: what the user typed is neither taken from actuals nor left out.
    #[test]
    fn what_the_file_states_without_a_source_is_told_so() {
        let seasons = "month_of_year_percent = [90, 95, 100, 105, 100, 100, 80, 80, 110, 110, 115, 115]\n\n[revenue]";
        let text = PLAIN.replacen("[revenue]", seasons, 1);
        let found = run(&text).explain(None, Some("Revenue")).unwrap();
        let season = found.lines[0].steps.iter().find(|step| step.name == "season").unwrap();
        assert!((season.value - 1.15).abs() < 1e-12, "November is the eleventh: {season:?}");
        assert_eq!(season.source, "demand.month_of_year_percent, stated without a source");
        assert_eq!(season.evidence, Some(Evidence::Assumed));
    }
}
