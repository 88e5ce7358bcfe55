//! Formulas as a tree: written as a spreadsheet has them, and computed here, so that no formula is written that does not
//! give the engine's figure.

use super::book::Book;

/// A cell of the workbook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct At {
    /// Place of its page.
    pub page: usize,
    /// Row, 0 the first.
    pub row: u32,
    /// Column, 0 the first.
    pub column: u16,
}

/// A formula.
#[derive(Debug, Clone, PartialEq)]
pub enum Expression {
    /// A number.
    Number(f64),
    /// A cell.
    Cell(At),
    /// The sum of the cells of a column between two, both included.
    Sum(At, At),
    /// The largest of them.
    Most(At, At),
    /// All together.
    Add(Vec<Expression>),
    /// One less the other.
    Less(Box<Expression>, Box<Expression>),
    /// All multiplied.
    Times(Vec<Expression>),
    /// One by the other.
    Over(Box<Expression>, Box<Expression>),
    /// One to the power of the other.
    Power(Box<Expression>, Box<Expression>),
    /// The larger.
    Max(Box<Expression>, Box<Expression>),
    /// Rounded to whole cents.
    Cents(Box<Expression>),
    /// Rounded up to a whole number; a quotient that is whole but for its tenth decimal is whole.
    Up(Box<Expression>),
    /// One by the other, empty where the other is not above zero.
    Ratio(Box<Expression>, Box<Expression>),
}

use Expression as E;

impl From<At> for Expression {
    fn from(at: At) -> Self {
        E::Cell(at)
    }
}

impl From<f64> for Expression {
    fn from(number: f64) -> Self {
        E::Number(number)
    }
}

/// Sum of terms.
pub fn add(terms: Vec<E>) -> E {
    match <[E; 1]>::try_from(terms) {
        Ok([only]) => only,
        Err(terms) => E::Add(terms),
    }
}

/// Product of factors.
pub fn times(factors: Vec<E>) -> E {
    match <[E; 1]>::try_from(factors) {
        Ok([only]) => only,
        Err(factors) => E::Times(factors),
    }
}

/// Difference.
pub fn less(from: impl Into<E>, what: impl Into<E>) -> E {
    E::Less(Box::new(from.into()), Box::new(what.into()))
}

/// Quotient.
pub fn over(what: impl Into<E>, by: impl Into<E>) -> E {
    E::Over(Box::new(what.into()), Box::new(by.into()))
}

/// Power.
pub fn power(base: impl Into<E>, exponent: impl Into<E>) -> E {
    E::Power(Box::new(base.into()), Box::new(exponent.into()))
}

/// A number of percent as a factor beside 1: `(1+x/100)`.
pub fn grown(percent: At) -> E {
    add(vec![1.0.into(), over(percent, 100.0)])
}

fn round(value: f64, places: i32) -> f64 {
    let scale = 10f64.powi(places);
    (value * scale).round() / scale
}

impl Expression {
    /// What it comes to; `None` where a cell holds no number, or the result is none.
    pub fn value(&self, book: &Book) -> Option<f64> {
        let of = |expression: &E| expression.value(book);
        let column = |from: &At, to: &At| -> Vec<f64> {
            (from.row..=to.row).filter_map(|row| book.number(At { row, ..*from })).collect()
        };
        let found = match self {
            E::Number(number) => *number,
            E::Cell(at) => book.number(*at)?,
            E::Sum(from, to) => column(from, to).iter().sum(),
            E::Most(from, to) => column(from, to).into_iter().reduce(f64::max)?,
            E::Add(terms) => terms.iter().map(of).sum::<Option<f64>>()?,
            E::Less(from, what) => of(from)? - of(what)?,
            E::Times(factors) => factors.iter().map(of).product::<Option<f64>>()?,
            E::Over(what, by) => of(what)? / of(by)?,
            E::Power(base, exponent) => of(base)?.powf(of(exponent)?),
            E::Max(one, other) => of(one)?.max(of(other)?),
            E::Cents(inner) => round(of(inner)?, 2),
            E::Up(inner) => round(of(inner)?, 9).ceil(),
            E::Ratio(what, by) => {
                let by = of(by)?;
                if by <= 0.0 {
                    return None;
                }
                of(what)? / by
            }
        };
        found.is_finite().then_some(found)
    }

    /// As a spreadsheet has it, without the equals sign; cells of another page than `own` carry its name.
    pub fn text(&self, own: usize, book: &Book) -> String {
        let of = |expression: &E| expression.text(own, book);
        let inner = |expression: &E| match expression {
            E::Add(_) | E::Less(..) => format!("({})", of(expression)),
            _ => of(expression),
        };
        let factor = |expression: &E| match expression {
            E::Times(_) | E::Over(..) | E::Power(..) => format!("({})", of(expression)),
            _ => inner(expression),
        };
        let joined =
            |all: &[E], sign: &str, each: &dyn Fn(&E) -> String| all.iter().map(each).collect::<Vec<_>>().join(sign);
        let range = |from: &At, to: &At| format!("{}:{}", book.name(*from, own), Book::local(*to));
        match self {
            E::Number(number) => format!("{number}"),
            E::Cell(at) => book.name(*at, own),
            E::Sum(from, to) => format!("SUM({})", range(from, to)),
            E::Most(from, to) => format!("MAX({})", range(from, to)),
            E::Add(terms) => joined(terms, "+", &of),
            E::Less(from, what) => format!("{}-{}", of(from), inner(what)),
            E::Times(factors) => joined(factors, "*", &|each| match each {
                E::Over(..) => factor(each),
                _ => inner(each),
            }),
            E::Over(what, by) => format!("{}/{}", inner(what), factor(by)),
            E::Power(base, exponent) => format!("{}^{}", factor(base), factor(exponent)),
            E::Max(one, other) => format!("MAX({},{})", of(one), of(other)),
            E::Cents(inner) => format!("ROUND({},2)", of(inner)),
            E::Up(inner) => format!("ROUNDUP(ROUND({},9),0)", of(inner)),
            E::Ratio(what, by) => format!("IF({}>0,{}/{},\"\")", of(by), inner(what), factor(by)),
        }
    }
}
