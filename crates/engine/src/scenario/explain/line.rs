//! The steps of one line of a month: of a component, of a further line, of revenue.

use marginline_model::scenario::{Evidence, MonthResult, Serving};

use super::expression::{Expression, value};
use super::steps::{Stated, Step, Steps, is_near};
use super::{api, demand, fleet, further};
use crate::scenario::Run;

/// A month of a run.
#[derive(Clone, Copy)]
pub(super) struct At<'a> {
    pub(super) run: &'a Run,
    pub(super) month: &'a MonthResult,
    pub(super) index: u32,
}

/// What the last step of a line is called.
const LINE: &str = "cost or revenue";
/// What the steps do not tell apart; nothing of the examples is in it.
const FURTHER: &str = "further parts of this line";

/// The steps of revenue, and of each cost line with its label in the order of the run's.
pub(super) fn all<'a>(stated: &Stated, at: At<'a>) -> (Vec<Step>, Vec<(&'a str, Vec<Step>)>) {
    let filled = |fill: &dyn Fn(&mut Steps)| {
        let mut steps = Steps::of(stated);
        fill(&mut steps);
        steps.steps
    };
    let inputs = &at.run.resolved.inputs;
    let components = inputs.components.iter().enumerate();
    let mut lines: Vec<(&str, Vec<Step>)> =
        components.map(|(place, of)| (of.label.as_str(), filled(&|steps| component(steps, at, place)))).collect();
    let others = inputs.other.iter().enumerate();
    lines.extend(others.map(|(place, of)| (of.label.as_str(), filled(&|steps| other(steps, at, place)))));
    (filled(&|steps| revenue(steps, at)), lines)
}

/// The steps of a component's line.
fn component(steps: &mut Steps, at: At, place: usize) {
    let files = at.run.resolved.file.components();
    let Some((path, file)) = files.get(place) else { return };
    let component = &at.run.resolved.inputs.components[place];
    let usd = at.month.sheet.lines[place];
    let expression = match &component.serving {
        Serving::Api(api) => api::line(steps, at, place, (path, file), api),
        Serving::OwnGpus(gpus) => fleet::line(steps, at, place, path, gpus),
    };
    finish(steps, expression, usd);
}

/// The steps of a further line.
fn other(steps: &mut Steps, at: At, place: usize) {
    let inputs = &at.run.resolved.inputs;
    let (line, usd) = (&inputs.other[place], at.month.sheet.lines[inputs.components.len() + place]);
    if let Some(why) = further::not_due(at, line, usd) {
        return steps.nothing(LINE, "USD", why);
    }
    let expression = further::line(steps, at, place, line);
    finish(steps, expression, usd);
}

/// The steps of revenue.
fn revenue(steps: &mut Steps, at: At) {
    let expression = demand::revenue(steps, at);
    finish(steps, expression, at.month.totals.revenue_usd);
}

/// The last step: the line itself. What the steps do not tell apart stands in it as a value of its own.
fn finish(steps: &mut Steps, expression: Expression, usd: f64) {
    let found = steps.comes_to(&expression);
    if is_near(found, usd) {
        // Also where the formula is that of an earlier step: the line has the last word.
        steps.last(LINE, "USD", expression);
        return;
    }
    let why = "computed by the run from keys that are not told apart here";
    let rest = steps.given(FURTHER, "USD", usd - found, (why, Evidence::Modelled));
    // A line of which no step tells anything is its further parts alone.
    let parts =
        if matches!(&expression, Expression::Sum(parts) if parts.is_empty()) { vec![] } else { vec![expression] };
    steps.last(LINE, "USD", Expression::Sum([parts, vec![value(rest)]].concat()));
}
