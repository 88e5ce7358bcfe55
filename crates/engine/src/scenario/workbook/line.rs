//! The column of a further line, and that of its units.

use marginline_model::scenario::{OtherLine, UnitsOfLine};

use super::book::{Near, Style};
use super::expression::{Expression, add, over, times};
use super::inputs::LineInputs;
use super::months::{Filling, Spec, money, revenue};

/// A further line; its column comes back.
pub fn fill(filling: &mut Filling<'_>, at: usize, (requests, hours): (u16, u16)) -> u16 {
    let of = filling.run.resolved.inputs.other[at].clone();
    let inputs = filling.inputs.lines[at].clone();
    let components = filling.run.resolved.inputs.components.len();
    let units = of.units.map(|_| {
        filling.column(&format!("{}: units", of.label), Style::Count, Near::Digits, |filling, month| {
            let found = filling.run.projected[month as usize].sheet.units[at];
            found.map_or(Spec::Empty, |found| units_of(filling, &inputs, found, (month, requests, hours)))
        })
    });
    let column = filling.column(&of.label, Style::Money, Near::Cent, |filling, month| {
        let expected = money(filling.run.months[month as usize].lines[components + at].1);
        if !of.schedule.runs(month) {
            return Spec::Value(expected);
        }
        let formula = usd_of_line(filling, (&of, &inputs), (month, requests), units);
        Spec::Formula(Expression::Cents(Box::new(formula)), expected)
    });
    let expected = money(filling.run.months.iter().map(|month| month.lines[components + at].1).sum());
    filling.sum(column, Style::Money, expected, Near::Cent);
    column
}

fn units_of(
    filling: &Filling<'_>,
    inputs: &LineInputs,
    found: UnitsOfLine,
    (month, requests, hours): (u32, u16, u16),
) -> Spec {
    let expected = f64::from(found.provided);
    if let Some(stated) = inputs.stated {
        return Spec::Formula(stated.into(), expected);
    }
    let (Some(carries), Some(peak)) = (inputs.carries, inputs.peak) else { return Spec::Value(expected) };
    let mut factors = vec![filling.at(month, requests).into(), peak.into()];
    factors.extend(filling.attempts());
    let seconds = times(vec![filling.at(month, hours).into(), 3_600.0.into(), carries.into()]);
    let mut units = vec![Expression::Up(Box::new(over(times(factors), seconds)))];
    units.extend(inputs.spare.map(Expression::Cell));
    Spec::Formula(add(units), expected)
}

fn usd_of_line(
    filling: &Filling<'_>,
    (of, inputs): (&OtherLine, &LineInputs),
    (month, requests): (u32, u16),
    units: Option<u16>,
) -> Expression {
    let asked = || Expression::Cell(filling.at(month, requests));
    let mut priced: Vec<Expression> = Vec::new();
    if of.schedule.is_due(month) {
        priced.extend(inputs.usd_per_month.map(Expression::Cell));
    }
    priced.extend(inputs.usd_per_request.map(|usd| times(vec![asked(), usd.into()])));
    if let (Some(usd), Some(tokens)) = (inputs.usd_per_mtok, filling.inputs.tokens) {
        priced.push(over(times(vec![asked(), tokens.into(), usd.into()]), 1e6));
    }
    if let (Some(units), Some(usd)) = (units, inputs.usd_per_unit) {
        priced.push(times(vec![filling.at(month, units).into(), usd.into()]));
    }
    let mut terms = Vec::new();
    if !priced.is_empty() {
        let mut factors = vec![add(priced)];
        factors.extend(filling.since(inputs.change, month));
        terms.push(times(factors));
    }
    if let Some(share) = inputs.revenue {
        terms.push(times(vec![revenue(filling, requests, month), over(share, 100.0)]));
    }
    if terms.is_empty() { 0.0.into() } else { add(terms) }
}
