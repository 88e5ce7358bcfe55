//! The page of a scenario's months: requests, lines of cost, margin, all from the page of inputs.

use marginline_model::Money;

use super::book::{Book, Content, Near, Style};
use super::component::Part;
use super::expression::{At, Expression, add, grown, less, over, power, times};
use super::inputs::Inputs;
use super::{line, totals};
use crate::error::Result;
use crate::scenario::Run;

/// Row of the heads, and that of the first month.
const HEAD: u32 = 3;
const FIRST: u32 = 4;

/// Where a scenario's months stand.
#[derive(Debug, Clone)]
pub struct Months {
    /// The page.
    pub page: usize,
    /// How many.
    pub count: u32,
    /// Column of revenue.
    pub revenue: u16,
    /// Column of the cost of revenue.
    pub cost: u16,
    /// Column of the margin.
    pub margin: u16,
    /// Column of the margin as a share of revenue.
    pub margin_share: u16,
    /// Column of USD per million tokens.
    pub usd_per_mtok: u16,
    /// Column of USD per request.
    pub usd_per_request: u16,
    /// Column of cash.
    pub cash: u16,
    /// Column of the discounted margin.
    pub discounted: u16,
    /// Columns of GPUs provided, one a fleet.
    pub gpus: Vec<u16>,
}

impl Months {
    /// The cell of a month (0 the first).
    pub fn at(&self, month: u32, column: u16) -> At {
        At { page: self.page, row: FIRST + month, column }
    }

    /// The cell of the total.
    pub fn total(&self, column: u16) -> At {
        self.at(self.count, column)
    }
}

/// One cell of a column.
pub enum Spec {
    /// A formula with the figure that it must come to.
    Formula(Expression, f64),
    /// A figure of the engine.
    Value(f64),
    /// Nothing.
    Empty,
}

/// A page of months while it is filled.
pub struct Filling<'a> {
    pub book: &'a mut Book,
    pub run: &'a Run,
    pub inputs: &'a Inputs,
    pub page: usize,
    next: u16,
}

impl Filling<'_> {
    pub fn months(&self) -> u32 {
        u32::try_from(self.run.months.len()).unwrap_or(u32::MAX)
    }

    /// The cell of a month (0 the first).
    pub fn at(&self, month: u32, column: u16) -> At {
        At { page: self.page, row: FIRST + month, column }
    }

    /// A column with its head and a cell a month.
    pub fn column(&mut self, head: &str, style: Style, near: Near, cell: impl Fn(&Self, u32) -> Spec) -> u16 {
        let column = self.next;
        self.next += 1;
        self.book.text(At { page: self.page, row: HEAD, column }, head, Style::Head);
        for month in 0..self.months() {
            let at = self.at(month, column);
            match cell(self, month) {
                Spec::Formula(formula, expected) => self.book.formula(at, formula, (expected, near), style),
                Spec::Value(value) => self.book.put(at, Content::Value(value), style),
                Spec::Empty => at,
            };
        }
        column
    }

    /// The sum of a column below it, where it comes to what is expected.
    pub fn sum(&mut self, column: u16, style: Style, expected: f64, near: Near) {
        let (from, to) = (self.at(0, column), self.at(self.months() - 1, column));
        self.book.formula(self.at(self.months(), column), Expression::Sum(from, to), (expected, near), style);
    }

    /// `(1+x/100)^(n−1)`, or nothing where nothing changes.
    pub fn since(&self, change: Option<At>, month: u32) -> Option<Expression> {
        Some(power(grown(change?), less(self.at(month, 1), 1.0)))
    }

    /// The share of attempts over requests: `1 + retries`.
    pub fn attempts(&self) -> Option<Expression> {
        self.inputs.retry.map(grown)
    }
}

pub fn money(amount: Money) -> f64 {
    amount.to_f64()
}

/// Fills the page of a scenario; `None` for a scenario without months, which there is none of.
///
/// # Errors
/// When cash is beyond what is counted.
pub fn fill(book: &mut Book, run: &Run, inputs: &Inputs, place: usize) -> Result<Months> {
    let page = book.page(&format!("Months {}", place + 1), (FIRST, 1));
    book.text(At { page, row: 0, column: 0 }, &run.resolved.name, Style::Title);
    let told = format!("{} · USD · projected · hash {}", run.resolved.kind, run.resolved.hash);
    book.text(At { page, row: 1, column: 0 }, &told, Style::Text);
    let mut filling = Filling { book, run, inputs, page, next: 1 };
    let count = filling.months();
    filling.book.text(At { page, row: HEAD, column: 0 }, "Month", Style::Title);
    for (index, month) in (0..).zip(&run.months) {
        let at = filling.at(index, 0);
        filling.book.text(at, &month.month.to_string(), Style::Text);
    }
    let at = filling.at(count, 0);
    filling.book.text(at, "Total", Style::Title);
    filling.column("No.", Style::Count, Near::Digits, |_, month| Spec::Value(f64::from(month) + 1.0));
    let hours = filling.column("Hours", Style::Count, Near::Digits, |filling, month| {
        Spec::Value(filling.run.resolved.inputs.hours(month))
    });
    let requests = requests(&mut filling);
    let revenue = filling.column("Revenue", Style::Money, Near::Cent, |filling, month| {
        let expected = money(filling.run.months[month as usize].revenue);
        Spec::Formula(Expression::Cents(Box::new(revenue(filling, requests, month))), expected)
    });
    let (mut costs, mut gpus) = (Vec::new(), Vec::new());
    for at in 0..run.resolved.inputs.components.len() {
        let component = Part { place: at, requests, hours };
        costs.push(component.fill(&mut filling, &mut gpus));
    }
    for at in 0..run.resolved.inputs.other.len() {
        costs.push(line::fill(&mut filling, at, (requests, hours)));
    }
    evidence(&mut filling, revenue, &costs);
    let months = totals::fill(&mut filling, (requests, revenue), &costs)?;
    Ok(Months { gpus, ..months })
}

/// Below the total of revenue and of each cost line, how well it is known.
fn evidence(filling: &mut Filling<'_>, revenue: u16, costs: &[u16]) {
    let row = filling.months() + 1;
    let run = filling.run;
    let known = &run.evidence().whole;
    let at = filling.at(row, 0);
    filling.book.text(at, "Evidence", Style::Text);
    for (column, known) in std::iter::once((revenue, &known.revenue)).chain(costs.iter().copied().zip(&known.lines)) {
        let at = filling.at(row, column);
        filling.book.text(at, &known.words(), Style::Text);
    }
}

/// `requests × ((1+growth)·(1−churn))^(n−1) × season`.
fn requests(filling: &mut Filling<'_>) -> u16 {
    let seasons = filling.run.resolved.inputs.demand.month_of_year;
    let season = seasons.iter().any(|factor| *factor != 1.0).then(|| {
        filling.column("Season", Style::Number, Near::Digits, |filling, month| {
            Spec::Value(seasons[filling.run.resolved.inputs.month(month).of_year() % 12])
        })
    });
    filling.column("Requests", Style::Count, Near::Digits, |filling, month| {
        let expected = filling.run.projected[month as usize].totals.requests;
        let (Some(first), Some(growth)) = (filling.inputs.requests, filling.inputs.growth) else {
            return Spec::Value(expected);
        };
        let mut trend = vec![grown(growth)];
        trend.extend(filling.inputs.churn.map(|churn| less(1.0, over(churn, 100.0))));
        let mut factors = vec![first.into(), power(times(trend), less(filling.at(month, 1), 1.0))];
        factors.extend(season.map(|column| filling.at(month, column).into()));
        Spec::Formula(times(factors), expected)
    })
}

/// Revenue before it is rounded.
pub fn revenue(filling: &Filling<'_>, requests: u16, month: u32) -> Expression {
    let mut terms = Vec::new();
    if let Some(price) = filling.inputs.price {
        let mut factors = vec![filling.at(month, requests).into(), price.into()];
        factors.extend(filling.since(filling.inputs.price_change, month));
        terms.push(times(factors));
    }
    terms.extend(filling.inputs.fixed_revenue.map(Expression::Cell));
    if terms.is_empty() { 0.0.into() } else { add(terms) }
}
