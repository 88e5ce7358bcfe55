//! An explanation in the making: inputs with where they are from, and steps over them.

use super::expression::{Expression, Ref};
use crate::scenario::Run;
use crate::scenario::file::{Assumption, assumptions};

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
    /// Where an input is from.
    pub source: String,
    /// How well an input is known; `None` for a step, and for a line of which nothing is due.
    pub evidence: Option<&'static str>,
}

/// Steps of one line.
pub(super) struct Steps<'a> {
    run: &'a Run,
    stated: Vec<(String, Assumption)>,
    /// The file as it is written, for keys that carry no source of their own, such as a list of seasons.
    written: toml::Table,
    pub(super) steps: Vec<Step>,
}

impl Step {
    /// Is it a line of which nothing is due this month? Its source says why.
    #[must_use]
    pub fn is_nothing_due(&self) -> bool {
        self.expression.is_none() && self.evidence.is_none()
    }
}

impl<'a> Steps<'a> {
    pub(super) fn of(run: &'a Run) -> Self {
        let file = &run.resolved.file;
        // A file that was read can be written; were it not so, a key would be told as not stated.
        let written = toml::Table::try_from(file).unwrap_or_default();
        Self { run, stated: assumptions(file), written, steps: Vec::new() }
    }

    fn push(&mut self, step: Step) -> Ref {
        self.steps.push(step);
        self.steps.len() - 1
    }

    pub(super) fn value_of(&self, place: Ref) -> f64 {
        self.steps.get(place).map_or(0.0, |step| step.value)
    }

    /// Does the file state this key, as an assumption or as a plain list or number?
    fn is_written(&self, path: &str) -> bool {
        let found = path.split_once('.').and_then(|(table, key)| self.written.get(table)?.get(key));
        found.is_some()
    }

    /// An input of the file by its path; what the file does not state is from its base month.
    pub(super) fn input(&mut self, path: &str, name: &str, unit: &'static str, value: f64) -> Ref {
        let found = self.stated.iter().find(|(known, _)| known == path).map(|(_, assumption)| assumption);
        let base = self.run.resolved.file.base.as_ref().and_then(|base| base.month.as_ref());
        let (source, evidence) = match (found, base) {
            (Some(stated), _) => {
                let words = [Some(path.to_owned()), stated.source.clone(), stated.observed.clone()];
                (words.into_iter().flatten().collect::<Vec<_>>().join(" · "), stated.evidence.word())
            }
            (None, _) if self.is_written(path) => (format!("{path}, stated without a source"), "assumed"),
            (None, Some(month)) if path.starts_with("demand.") || path.starts_with("revenue.") => {
                (format!("actuals of {month}"), "measured")
            }
            (None, _) if path.ends_with(".share_percent") => ("the rest of the requests".to_owned(), "assumed"),
            // A line that goes on has no entry of its own in the file.
            (None, Some(month)) if path.starts_with("cost.") => (format!("actuals of {month}"), "billed"),
            (None, _) => (format!("{path}, not stated"), "assumed"),
        };
        self.push(Step { name: name.to_owned(), unit, value, expression: None, source, evidence: Some(evidence) })
    }

    /// An input from elsewhere.
    pub(super) fn given(
        &mut self,
        name: &str,
        unit: &'static str,
        value: f64,
        (source, evidence): (&str, &'static str),
    ) -> Ref {
        let (name, source) = (name.to_owned(), source.to_owned());
        self.push(Step { name, unit, value, expression: None, source, evidence: Some(evidence) })
    }

    /// A line that costs nothing this month, and why.
    pub(super) fn nothing(&mut self, name: &str, unit: &'static str, why: &str) {
        let (name, source) = (name.to_owned(), why.to_owned());
        self.push(Step { name, unit, value: 0.0, expression: None, source, evidence: None });
    }

    /// A step over earlier values.
    pub(super) fn step(&mut self, name: &str, unit: &'static str, expression: Expression) -> Ref {
        let values: Vec<f64> = self.steps.iter().map(|step| step.value).collect();
        let value = expression.evaluate(&values);
        let (name, source) = (name.to_owned(), String::new());
        self.push(Step { name, unit, value, expression: Some(expression), source, evidence: None })
    }

    /// A step that must come to what the run has; where it does not, the run's figure stands as it is and says why.
    pub(super) fn checked(
        &mut self,
        name: &str,
        unit: &'static str,
        expression: Expression,
        run: f64,
        why: &str,
    ) -> Ref {
        let place = self.step(name, unit, expression);
        if is_near(self.value_of(place), run) {
            return place;
        }
        self.steps.pop();
        self.given(name, unit, run, (why, "modelled"))
    }
}

/// Equal but for the last digits of a binary number.
pub(super) fn is_near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1e-9)
}

#[cfg(test)]
mod tests {
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
        assert_eq!(season.evidence, Some("assumed"));
    }
}
