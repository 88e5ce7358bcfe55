//! Revenue and cost lines over all months of a scenario: each is the sum of its months, which are explained one by one.

use marginline_model::Money;

use super::ExplainedLine;
use super::expression::{Expression, value};
use super::steps::Steps;
use crate::scenario::{Run, RunMonth};

/// Revenue first, then cost by line, each over all months.
pub(super) fn lines(run: &Run) -> Vec<ExplainedLine> {
    let mut labels: Vec<&str> = Vec::new();
    for (label, ..) in run.months.iter().flat_map(|month| &month.lines) {
        if !labels.contains(&label.as_str()) {
            labels.push(label);
        }
    }
    let revenue = summed(run, "Revenue", &|month| Some((month.revenue, "modelled")));
    let own = labels.into_iter().map(|label| summed(run, label, &|month| due(month, label)));
    std::iter::once(revenue).chain(own).collect()
}

/// A line's amount in a month, where it has one.
fn due(month: &RunMonth, label: &str) -> Option<(Money, &'static str)> {
    let found = month.lines.iter().find(|(known, ..)| known == label);
    found.map(|(_, amount, evidence)| (*amount, *evidence))
}

fn summed(run: &Run, label: &str, of: &dyn Fn(&RunMonth) -> Option<(Money, &'static str)>) -> ExplainedLine {
    let mut steps = Steps::of(run);
    let mut parts = Vec::new();
    for month in &run.months {
        if let Some((amount, evidence)) = of(month) {
            let from = ("of that month, in whole cents", evidence);
            parts.push(value(steps.given(&month.month.to_string(), "USD", amount.to_f64(), from)));
        }
    }
    steps.step(label, "USD", Expression::Sum(parts));
    ExplainedLine { label: label.to_owned(), steps: steps.steps }
}
