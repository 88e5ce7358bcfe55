//! Cost, margin, unit costs, cash and present value of each month, with their totals.

use super::book::{Near, Style};
use super::expression::{At, Expression, add, grown, less, over, power, times};
use super::months::{Filling, Months, Spec, money};
use crate::error::Result;
use crate::scenario::RunMonth;

fn ratio(what: At, by: At) -> Expression {
    Expression::Ratio(Box::new(what.into()), Box::new(by.into()))
}

fn share(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| part / whole)
}

/// A formula, or nothing where there is no figure.
fn spec(formula: Expression, expected: Option<f64>) -> Spec {
    expected.map_or(Spec::Empty, |found| Spec::Formula(formula, found))
}

/// Fills the columns.
///
/// # Errors
/// When cash is beyond what is counted.
pub fn fill(filling: &mut Filling<'_>, (requests, revenue): (u16, u16), costs: &[u16]) -> Result<Months> {
    let run = filling.run;
    let of = |month: u32| &run.months[month as usize];
    let cost = filling.column("Cost of revenue", Style::Money, Near::Cent, |filling, month| {
        let lines: Vec<Expression> = costs.iter().map(|column| filling.at(month, *column).into()).collect();
        Spec::Formula(add(lines), money(of(month).cogs))
    });
    let margin = filling.column("Gross margin", Style::Money, Near::Cent, |filling, month| {
        Spec::Formula(less(filling.at(month, revenue), filling.at(month, cost)), money(of(month).margin()))
    });
    let margin_share = filling.column("Margin", Style::Percent, Near::Digits, |filling, month| {
        let expected = share(money(of(month).margin()), money(of(month).revenue));
        spec(ratio(filling.at(month, margin), filling.at(month, revenue)), expected)
    });
    let (mtok, usd_per_mtok, usd_per_request) = unit_costs(filling, requests, cost);
    let cash = cash(filling, cost)?;
    let discounted = discounted(filling, margin);
    let (page, count) = (filling.page, filling.months());
    let months = Months {
        page,
        count,
        revenue,
        cost,
        margin,
        margin_share,
        usd_per_mtok,
        usd_per_request,
        cash,
        discounted,
        gpus: Vec::new(),
    };
    totals(filling, &months, (requests, mtok));
    Ok(months)
}

/// Million tokens, USD per million, USD per request.
fn unit_costs(filling: &mut Filling<'_>, requests: u16, cost: u16) -> (u16, u16, u16) {
    let run = filling.run;
    let of = |month: u32| &run.months[month as usize];
    let mtok = filling.column("Million tokens", Style::Number, Near::Digits, |filling, month| {
        let expected = of(month).tokens / 1e6;
        match filling.inputs.tokens {
            Some(tokens) => {
                let asked = filling.at(month, requests).into();
                Spec::Formula(over(times(vec![asked, tokens.into()]), 1e6), expected)
            }
            None => Spec::Value(expected),
        }
    });
    let usd_per_mtok = filling.column("USD per million tokens", Style::UnitCost, Near::Digits, |filling, month| {
        let expected = share(money(of(month).cogs), of(month).tokens / 1e6);
        spec(ratio(filling.at(month, cost), filling.at(month, mtok)), expected)
    });
    let usd_per_request = filling.column("USD per request", Style::UnitCost, Near::Digits, |filling, month| {
        let expected = share(money(of(month).cogs), of(month).requests);
        spec(ratio(filling.at(month, cost), filling.at(month, requests)), expected)
    });
    (mtok, usd_per_mtok, usd_per_request)
}

/// The discount factor of each month, and the margin times it; the column of the latter comes back.
fn discounted(filling: &mut Filling<'_>, margin: u16) -> u16 {
    let run = filling.run;
    let of = |month: u32| &run.months[month as usize];
    let (rate, _) = run.resolved.file.yearly_rate();
    let factor = |month: u32| (1.0 + rate).powf(-(f64::from(month) + 1.0) / 12.0);
    let discount = filling.column("Discount factor", Style::Number, Near::Digits, |filling, month| {
        let Some(rate) = filling.inputs.discount else { return Spec::Value(factor(month)) };
        let years = over(filling.at(month, 1), 12.0);
        Spec::Formula(over(1.0, power(grown(rate), years)), factor(month))
    });
    let column = filling.column("Discounted margin", Style::Money, Near::Digits, |filling, month| {
        let formula = times(vec![filling.at(month, margin).into(), filling.at(month, discount).into()]);
        Spec::Formula(formula, money(of(month).margin()) * factor(month))
    });
    let present = (0..filling.months()).map(|month| money(of(month).margin()) * factor(month)).sum();
    filling.sum(column, Style::Money, present, Near::Cent);
    column
}

/// The row of totals.
fn totals(filling: &mut Filling<'_>, months: &Months, (requests, mtok): (u16, u16)) {
    let run = filling.run;
    let (revenue, cost) = run.totals();
    let margin = revenue - cost;
    let sum = |each: &dyn Fn(&RunMonth) -> f64| run.months.iter().map(each).sum::<f64>();
    let (asked, tokens) = (sum(&|month| month.requests), sum(&|month| month.tokens / 1e6));
    filling.sum(requests, Style::Count, asked, Near::Digits);
    filling.sum(mtok, Style::Number, tokens, Near::Digits);
    filling.sum(months.revenue, Style::Money, money(revenue), Near::Cent);
    filling.sum(months.cost, Style::Money, money(cost), Near::Cent);
    filling.sum(months.margin, Style::Money, money(margin), Near::Cent);
    let ratios = [
        (months.margin_share, months.margin, months.revenue, Style::Percent, share(money(margin), money(revenue))),
        (months.usd_per_mtok, months.cost, mtok, Style::UnitCost, share(money(cost), tokens)),
        (months.usd_per_request, months.cost, requests, Style::UnitCost, share(money(cost), asked)),
    ];
    for (column, what, by, style, expected) in ratios {
        if let Some(expected) = expected {
            let formula = ratio(months.total(what), months.total(by));
            filling.book.formula(months.total(column), formula, (expected, Near::Digits), style);
        }
    }
}

/// Cash: the cost, and what is paid at another time than it costs.
fn cash(filling: &mut Filling<'_>, cost: u16) -> Result<u16> {
    let run = filling.run;
    let paid = run.cash()?;
    let moved: Vec<f64> = paid.iter().zip(&run.months).map(|(paid, month)| money(*paid - month.cogs)).collect();
    let elsewhen = moved.iter().any(|usd| *usd != 0.0).then(|| {
        let head = "Paid at another time than it costs, moving in included";
        filling.column(head, Style::Money, Near::Cent, |_, month| Spec::Value(moved[month as usize]))
    });
    let column = filling.column("Cash paid", Style::Money, Near::Cent, |filling, month| {
        let mut terms = vec![filling.at(month, cost).into()];
        terms.extend(elsewhen.map(|column| filling.at(month, column).into()));
        Spec::Formula(add(terms), money(paid[month as usize]))
    });
    filling.sum(column, Style::Money, money(paid.iter().copied().sum()), Near::Cent);
    Ok(column)
}
