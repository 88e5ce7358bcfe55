//! Figures of a sentence, with their unit: few digits, but as many as tell the two apart.

use super::Moved;

/// In which unit a figure is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum As {
    /// A plain number and what it counts: `tokens`, `a month`; empty for nothing.
    Number(&'static str),
    /// A share, told in percent, and of what; empty for nothing.
    Percent(&'static str),
    /// An amount in USD (or the line's own currency), and for what: `an hour`.
    Usd(&'static str),
}

/// Significant digits that are tried, from few to many.
const DIGITS: [usize; 3] = [4, 6, 10];

/// Both figures, if they are not the same.
pub(super) fn between(name: &str, from: f64, to: f64, unit: As) -> Option<Moved> {
    if from == to {
        return None;
    }
    let (before, after) = pair(from, to, unit);
    let (As::Number(of) | As::Percent(of) | As::Usd(of)) = unit;
    Some(Moved { unit: of, ..Moved::between(name, before, after) })
}

/// Both figures in words, with as few digits as tell them apart.
pub(super) fn pair(from: f64, to: f64, unit: As) -> (String, String) {
    let told = |digits: Option<usize>| {
        let (from, to) = (figure(from, unit, digits), figure(to, unit, digits));
        match unit {
            As::Usd(_) => dollars((&from, &to)),
            As::Percent(_) => (format!("{from}%"), format!("{to}%")),
            As::Number(_) => (from, to),
        }
    };
    let apart = DIGITS.into_iter().map(|digits| told(Some(digits))).find(|(from, to)| from != to);
    apart.unwrap_or_else(|| told(None))
}

/// A figure without its unit; all its digits where no number of them is asked for.
fn figure(value: f64, unit: As, digits: Option<usize>) -> String {
    match (unit, digits) {
        (As::Percent(_), Some(_)) => digits_of(100.0 * value, digits),
        (As::Percent(_), None) => format!("{}", 100.0 * value),
        _ => digits_of(value, digits),
    }
}

/// Amounts; with cents on both sides where one has any.
fn dollars((from, to): (&str, &str)) -> (String, String) {
    let decimals = |figure: &str| figure.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    let has_cents = decimals(from).max(decimals(to)) > 0;
    let told = |figure: &str| {
        let pad = match decimals(figure) {
            0 if has_cents => ".00",
            1 => "0",
            _ => "",
        };
        match figure.strip_prefix('\u{2212}') {
            Some(rest) => format!("\u{2212}${rest}{pad}"),
            None => format!("${figure}{pad}"),
        }
    };
    (told(from), told(to))
}

/// `1,250,000`, `0.0039`, `−3.6`; whole digits are never rounded away.
fn digits_of(value: f64, digits: Option<usize>) -> String {
    let rounded = match digits {
        Some(_) if value.abs() >= 1e15 => value,
        Some(digits) => {
            // Through the shortest decimal text: the same on every platform.
            let whole = format!("{:.0}", value.abs()).len();
            let most = digits.max(if value.abs() >= 1.0 { whole } else { 1 });
            format!("{value:.*e}", most.saturating_sub(1)).parse().unwrap_or(value)
        }
        None => value,
    };
    let text = format!("{}", rounded.abs());
    let (whole, decimals) = text.split_once('.').unwrap_or((&text, ""));
    let mut grouped = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let minus = if rounded < 0.0 { "\u{2212}" } else { "" };
    if decimals.is_empty() { format!("{minus}{grouped}") } else { format!("{minus}{grouped}.{decimals}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn figures_are_short_and_have_their_unit() {
        let told = |from, to, unit| between("", from, to, unit).unwrap().words();
        assert_eq!(told(1_250_000.4, 1_300_000.0, As::Number("a month")), "from 1,250,000 to 1,300,000 a month");
        assert_eq!(told(2.35, 2.0, As::Usd("an hour")), "from $2.35 to $2.00 an hour");
        assert_eq!(told(5.0, 15.0, As::Usd("")), "from $5 to $15");
        assert_eq!(told(0.003_912_34, 0.1, As::Usd("")), "from $0.003912 to $0.10");
        assert_eq!(told(0.06, -0.025, As::Percent("a month")), "from 6% to \u{2212}2.5% a month");
    }

    #[test]
    fn what_differs_late_is_told_with_more_digits() {
        assert_eq!(pair(1.00001, 1.00002, As::Number("")), ("1.00001".to_owned(), "1.00002".to_owned()));
        assert_eq!(pair(1_000_000.0, 1_000_000.5, As::Number("")).1, "1,000,000.5");
        assert_eq!(between("x", 0.0, -0.0, As::Number("")), None, "the same number");
    }

    proptest! {
        #[test]
        fn figures_that_differ_are_told_apart(a in -1e15..1e15f64, b in prop_oneof![-1e15..1e15f64, Just(0.0)], near in 1e-9..1e-3f64) {
            for (a, b) in [(a, b), (a, a * (1.0 + near))] {
                if a != b {
                    let (from, to) = pair(a, b, As::Number(""));
                    prop_assert_ne!(from, to);
                }
            }
        }
    }
}
