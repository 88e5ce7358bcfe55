//! Revenue and cost lines over all months of a scenario: each is the sum of its months, which are explained one by one.

use marginline_model::Money;
use marginline_model::scenario::EvidenceShares;

use super::expression::{Expression, value};
use super::steps::{Stated, Steps};
use super::{ExplainedLine, REVENUE};
use crate::scenario::evidence::{FigureEvidence, Known};
use crate::scenario::{Run, RunMonth};

/// The amount of a month, where there is one, and what it rests on.
type Amount<'a> = dyn Fn(&RunMonth, &Known) -> Option<(Money, EvidenceShares)> + 'a;

/// Revenue first, then cost by line, each over all months.
pub(super) fn lines(run: &Run, stated: &Stated) -> Vec<ExplainedLine> {
    let known = run.evidence();
    let mut labels: Vec<&str> = Vec::new();
    for (label, ..) in run.months.iter().flat_map(|month| &month.lines) {
        if !labels.contains(&label.as_str()) {
            labels.push(label);
        }
    }
    let of_month = |month: &RunMonth, known: &Known| Some((month.revenue, known.revenue.shares()));
    let revenue = summed((run, stated), REVENUE, &of_month, known.whole.revenue.clone());
    let own = labels.into_iter().enumerate().map(|(at, label)| {
        let known = known.whole.lines.get(at).cloned().unwrap_or_default();
        summed((run, stated), label, &|month, known| due(month, known, label), known)
    });
    std::iter::once(revenue).chain(own).collect()
}

/// A line's amount in a month, where it has one.
fn due(month: &RunMonth, known: &Known, label: &str) -> Option<(Money, EvidenceShares)> {
    let found = month.lines.iter().zip(&known.lines).find(|((known, _), _)| known == label);
    found.map(|((_, amount), known)| (*amount, known.shares()))
}

fn summed((run, stated): (&Run, &Stated), label: &str, of: &Amount<'_>, evidence: FigureEvidence) -> ExplainedLine {
    let mut steps = Steps::of(stated);
    let mut parts = Vec::new();
    for (month, known) in run.months.iter().zip(&run.evidence().months) {
        if let Some((amount, known)) = of(month, known) {
            let from = ("of that month, in whole cents", known);
            parts.push(value(steps.sum(&month.month.to_string(), "USD", amount.to_f64(), from)));
        }
    }
    steps.last(label, "USD", Expression::Sum(parts));
    ExplainedLine { label: label.to_owned(), steps: steps.steps, evidence }
}
