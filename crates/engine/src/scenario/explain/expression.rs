//! Arithmetic that can be read and done again: names for people, numbers for machines.

use marginline_model::scenario::EvidenceShares;

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
    /// The largest of them.
    Most(Vec<Self>),
}

use Expression::{Ceiling, Difference, Most, Number, Power, Product, Quotient, Sum, Value};

pub(super) fn value(place: Ref) -> Expression {
    Value(place)
}

pub(super) fn number(number: f64) -> Expression {
    Number(number)
}

pub(super) fn over(above: Expression, below: Expression) -> Expression {
    Quotient(Box::new(above), Box::new(below))
}

pub(super) fn less(a: Expression, b: Expression) -> Expression {
    Difference(Box::new(a), Box::new(b))
}

/// All multiplied; one alone is itself.
pub(super) fn times(mut parts: Vec<Expression>) -> Expression {
    if parts.len() == 1 { parts.remove(0) } else { Product(parts) }
}

/// All added; one alone is itself.
pub(super) fn add(mut parts: Vec<Expression>) -> Expression {
    if parts.len() == 1 { parts.remove(0) } else { Sum(parts) }
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
            Most(parts) => parts.iter().map(of).fold(f64::NEG_INFINITY, f64::max),
        }
    }

    /// How much of it rests on evidence of each kind, given the values and what they rest on: all factors carry all of a
    /// product, parts their part of a sum. Of what is the larger, both count: either could be it.
    pub(super) fn known(&self, values: &[f64], known: &[EvidenceShares]) -> EvidenceShares {
        let of = |each: &Self| each.known(values, known);
        let sum = |parts: &[&Self]| {
            let told: Vec<(f64, EvidenceShares)> = parts.iter().map(|part| (part.evaluate(values), of(part))).collect();
            EvidenceShares::sum(&told, self.evaluate(values))
        };
        let all = |parts: &[Self]| parts.iter().fold(EvidenceShares::default(), |all, part| all.times(of(part)));
        match self {
            Value(place) => known.get(*place).copied().unwrap_or_default(),
            Number(_) => EvidenceShares::default(),
            Sum(parts) => sum(&parts.iter().collect::<Vec<_>>()),
            Difference(a, b) => sum(&[a, b]),
            Product(parts) | Most(parts) => all(parts),
            Quotient(a, b) => of(a).times(of(b)),
            Power(a, b) => of(a).power(b.evaluate(values)).times(of(b)),
            Ceiling(inner) => of(inner),
        }
    }

    /// Adds to each value what share of a figure it carries, where this expression carries `weight` of it.
    pub(super) fn carry(&self, weight: f64, values: &[f64], weights: &mut [f64]) {
        let mut shared = |parts: &[&Self]| {
            let whole = self.evaluate(values).abs();
            for part in parts {
                let share = if whole == 0.0 { 1.0 } else { (part.evaluate(values).abs() / whole).min(1.0) };
                part.carry(weight * share, values, weights);
            }
        };
        match self {
            Value(place) => {
                if let Some(carried) = weights.get_mut(*place) {
                    *carried = (*carried + weight).min(1.0);
                }
            }
            Number(_) => {}
            Sum(parts) => shared(&parts.iter().collect::<Vec<_>>()),
            Difference(a, b) => shared(&[a, b]),
            Product(parts) | Most(parts) => parts.iter().for_each(|part| part.carry(weight, values, weights)),
            Quotient(a, b) => {
                a.carry(weight, values, weights);
                b.carry(weight, values, weights);
            }
            Power(a, b) => {
                // It is multiplied with itself so many times.
                a.carry(weight * b.evaluate(values).max(1.0), values, weights);
                b.carry(weight, values, weights);
            }
            Ceiling(inner) => inner.carry(weight, values, weights),
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
            // A sum of nothing is told as what it comes to.
            Sum(parts) if parts.is_empty() => "0".to_owned(),
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
            Most(parts) => {
                let parts: Vec<String> = parts.iter().map(|part| part.text(word, signs)).collect();
                format!("max({})", parts.join(", "))
            }
        }
    }
}
