//! Arithmetic that can be read and done again: names for people, numbers for machines.

/// A value of an explanation by its place.
pub(super) type Ref = usize;

/// A formula over values that come before it.
#[derive(Debug, Clone, PartialEq)]
pub enum Expression {
    /// A value.
    Value(Ref),
    /// A number of the formula itself.
    Number(f64),
    /// All added.
    Sum(Vec<Self>),
    /// All multiplied.
    Product(Vec<Self>),
    /// The first less the second.
    Difference(Box<Self>, Box<Self>),
    /// The first over the second.
    Quotient(Box<Self>, Box<Self>),
    /// The first to the power of the second.
    Power(Box<Self>, Box<Self>),
    /// Rounded up to a whole number; a last binary digit above a whole one is not.
    Ceiling(Box<Self>),
}

use Expression::{Ceiling, Difference, Number, Power, Product, Quotient, Sum, Value};

pub(super) fn value(place: Ref) -> Expression {
    Value(place)
}

pub(super) fn number(number: f64) -> Expression {
    Number(number)
}

pub(super) fn over(above: Expression, below: Expression) -> Expression {
    Quotient(Box::new(above), Box::new(below))
}

/// 1 + a value.
pub(super) fn one_and(place: Ref) -> Expression {
    Sum(vec![Number(1.0), Value(place)])
}

impl Expression {
    /// What it comes to, given the values.
    pub(super) fn evaluate(&self, values: &[f64]) -> f64 {
        let of = |each: &Self| each.evaluate(values);
        match self {
            Value(place) => values.get(*place).copied().unwrap_or_default(),
            Number(number) => *number,
            // From 0 up: a sum of nothing is 0 and not −0.
            Sum(parts) => parts.iter().map(of).fold(0.0, |sum, part| sum + part),
            Product(parts) => parts.iter().map(of).product(),
            Difference(a, b) => of(a) - of(b),
            Quotient(a, b) => of(a) / of(b),
            Power(a, b) => of(a).powf(of(b)),
            Ceiling(inner) => (of(inner) * (1.0 - 1e-12)).ceil(),
        }
    }

    /// As text, with a word for each value; `signs` are those of multiplication and division.
    pub(super) fn text(&self, word: &dyn Fn(Ref) -> String, signs: (&str, &str)) -> String {
        let of = |each: &Self| match each {
            Sum(_) | Difference(..) => format!("({})", each.text(word, signs)),
            _ => each.text(word, signs),
        };
        let joined = |parts: &[Self], sign: &str| parts.iter().map(of).collect::<Vec<_>>().join(sign);
        match self {
            Value(place) => word(*place),
            Number(number) => format!("{number}"),
            Sum(parts) => parts.iter().map(|part| part.text(word, signs)).collect::<Vec<_>>().join(" + "),
            Product(parts) => {
                // What is divided stands in brackets, so that reading from left to right is right.
                let part = |each: &Self| match each {
                    Quotient(..) => format!("({})", each.text(word, signs)),
                    _ => of(each),
                };
                parts.iter().map(part).collect::<Vec<_>>().join(&format!(" {} ", signs.0))
            }
            Difference(a, b) => joined(&[(**a).clone(), (**b).clone()], " - "),
            Quotient(a, b) => {
                let below = match **b {
                    Value(_) | Number(_) => of(b),
                    _ => format!("({})", b.text(word, signs)),
                };
                format!("{} {} {below}", of(a), signs.1)
            }
            Power(a, b) => {
                let below = match **a {
                    Value(_) | Number(_) => of(a),
                    _ => format!("({})", a.text(word, signs)),
                };
                format!("{below} ^ {}", of(b))
            }
            Ceiling(inner) => format!("ceil({})", inner.text(word, signs)),
        }
    }
}
