//! Sums and products of named drivers, such as `a*b*(c+d)`: numbers, names, `+`, `-`, `*`, `/` and brackets.

/// A parsed expression.
#[derive(Debug, PartialEq)]
pub(super) enum Expression {
    Number(f64),
    /// The driver at this index.
    Driver(usize),
    Negative(Box<Expression>),
    Both(char, Box<Expression>, Box<Expression>),
}

/// Brackets and signs inside one another; more would only serve to exhaust the stack.
const DEEPEST: usize = 64;
/// Letters of an expression.
const LONGEST: usize = 2_000;

impl Expression {
    /// Parses a text whose names are drivers.
    ///
    /// The error says what is expected.
    pub(super) fn parse(text: &str, drivers: &[&str]) -> Result<Self, String> {
        if text.len() > LONGEST {
            return Err(format!("at most {LONGEST} letters"));
        }
        let mut parser = Parser { rest: text.trim_start(), whole: text, drivers, depth: 0 };
        let found = parser.sum()?;
        if parser.rest.is_empty() { Ok(found) } else { Err(parser.expected("an operator or the end")) }
    }

    /// Its value, given that of each driver.
    pub(super) fn value(&self, driver: &impl Fn(usize) -> f64) -> f64 {
        match self {
            Self::Number(number) => *number,
            Self::Driver(index) => driver(*index),
            Self::Negative(inner) => -inner.value(driver),
            Self::Both(operator, left, right) => {
                let (left, right) = (left.value(driver), right.value(driver));
                match operator {
                    '+' => left + right,
                    '-' => left - right,
                    '*' => left * right,
                    _ => left / right,
                }
            }
        }
    }
}

struct Parser<'a> {
    rest: &'a str,
    whole: &'a str,
    drivers: &'a [&'a str],
    depth: usize,
}

impl<'a> Parser<'a> {
    fn expected(&self, what: &str) -> String {
        format!("{what} at letter {}", self.whole.len() - self.rest.len() + 1)
    }

    /// Takes this many bytes, and the blanks behind them.
    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(length);
        self.rest = rest.trim_start();
        taken
    }

    fn take_one_of(&mut self, operators: &[char]) -> Option<char> {
        let first = self.rest.chars().next().filter(|first| operators.contains(first))?;
        self.take(first.len_utf8());
        Some(first)
    }

    fn sum(&mut self) -> Result<Expression, String> {
        let mut left = self.product()?;
        while let Some(operator) = self.take_one_of(&['+', '-']) {
            left = Expression::Both(operator, Box::new(left), Box::new(self.product()?));
        }
        Ok(left)
    }

    fn product(&mut self) -> Result<Expression, String> {
        let mut left = self.factor()?;
        while let Some(operator) = self.take_one_of(&['*', '/']) {
            left = Expression::Both(operator, Box::new(left), Box::new(self.factor()?));
        }
        Ok(left)
    }

    fn factor(&mut self) -> Result<Expression, String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(format!("at most {DEEPEST} brackets inside one another"));
        }
        let found = match self.take_one_of(&['(', '-']) {
            Some('(') => {
                let inner = self.sum()?;
                self.take_one_of(&[')']).ok_or_else(|| self.expected("a closing bracket"))?;
                inner
            }
            Some(_) => Expression::Negative(Box::new(self.factor()?)),
            None => self.word()?,
        };
        self.depth -= 1;
        Ok(found)
    }

    fn word(&mut self) -> Result<Expression, String> {
        let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.');
        let length = self.rest.find(|c| !is_part(c)).unwrap_or(self.rest.len());
        let word = &self.rest[..length];
        let is_number = word.starts_with(|first: char| first.is_ascii_digit() || first == '.');
        let found = if is_number {
            word.parse().ok().filter(|number: &f64| number.is_finite()).map(Expression::Number)
        } else {
            self.drivers.iter().position(|driver| *driver == word).map(Expression::Driver)
        };
        let found = found.ok_or_else(|| self.expected("a driver, a number or a bracket"))?;
        self.take(length);
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Result<f64, String> {
        let drivers = [("a", 2.0), ("b", 3.0), ("per_mtok", 5.0)];
        let names: Vec<&str> = drivers.iter().map(|(name, _)| *name).collect();
        Expression::parse(text, &names).map(|parsed| parsed.value(&|index| drivers[index].1))
    }

    #[test]
    fn sums_and_products_bind_as_usual() {
        assert_eq!(value("a*b*(a+per_mtok)"), Ok(42.0));
        assert_eq!(value(" a + b * 2 - -1 "), Ok(9.0));
        assert_eq!(value("12/a/b"), Ok(2.0));
    }

    #[test]
    fn what_cannot_be_read_is_told_with_its_place() {
        assert_eq!(value("a*c"), Err("a driver, a number or a bracket at letter 3".to_owned()));
        assert_eq!(value("(a+b"), Err("a closing bracket at letter 5".to_owned()));
        assert_eq!(value("a b"), Err("an operator or the end at letter 3".to_owned()));
        assert!(value("").is_err() && value("a+").is_err() && value("1e999").is_err());
        assert!(value(&"(".repeat(1_000)).is_err(), "no stack is exhausted");
    }
}
