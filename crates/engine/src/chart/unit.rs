//! Axis ticks: a round value as a person reads it, with its unit.
//!
//! Only ticks; figures that are reported come in as `shown`.

/// Unit of a chart's values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unit {
    /// A share in percent, 63.1 meaning 63.1 %.
    Percent,
    /// A difference of two percentages, in percentage points.
    Points,
    /// Money, by ISO code (`USD`).
    Currency(String),
    /// A number of things.
    Count,
    /// Money per million tokens, by ISO code.
    PerMtok(String),
}

const MINUS: char = '\u{2212}';

impl Unit {
    /// A tick at `value` on an axis whose ticks are `step` apart.
    pub(super) fn tick(&self, value: f64, step: f64) -> String {
        let value = if value.abs() < step * 1e-6 { 0.0 } else { value };
        let size = value.abs();
        let sign = if value < 0.0 { MINUS.to_string() } else { String::new() };
        match self {
            Self::Percent => format!("{sign}{}%", plain(size, step, 0)),
            Self::Points => format!("{sign}{} pp", plain(size, step, 0)),
            Self::Count => format!("{sign}{}", plain(size, step, 0)),
            Self::Currency(code) | Self::PerMtok(code) => {
                format!("{sign}{}{}", symbol(code), plain(size, step, 2))
            }
        }
    }

    /// A value as words when the caller gave none.
    pub(super) fn words(&self, value: f64) -> String {
        let step = 10f64.powf(value.abs().max(1e-9).log10().floor() - 2.0);
        self.tick((value / step).round() * step, step)
    }

    /// What the ticks alone do not say, for a line above the axis.
    pub(super) fn caption(&self) -> Option<String> {
        match self {
            Self::PerMtok(code) => Some(format!("{code} per million tokens")),
            _ => None,
        }
    }

    /// Only whole values make sense between large ones.
    pub(super) fn is_whole(&self) -> bool {
        matches!(self, Self::Count)
    }
}

fn symbol(code: &str) -> String {
    match code {
        "USD" => "$".to_owned(),
        "EUR" => "€".to_owned(),
        "GBP" => "£".to_owned(),
        "JPY" => "¥".to_owned(),
        other => format!("{}\u{a0}", super::text::clean(other)),
    }
}

/// `1.5k`, `2M`, `0.25`: as many decimals as the step needs; `cents` if it needs any at all.
fn plain(size: f64, step: f64, cents: usize) -> String {
    const SCALES: [(f64, &str); 4] = [(1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k")];
    if size >= 1e15 {
        return format!("{size:.1e}");
    }
    if let Some((scale, suffix)) = SCALES.iter().find(|(scale, _)| size >= *scale) {
        return format!("{:.*}{suffix}", decimals(size / scale, step / scale), size / scale);
    }
    let needed = if size == 0.0 && step >= 1.0 { 0 } else { decimals(step, step) };
    format!("{:.*}", if needed > 0 { needed.max(cents) } else { 0 }, size)
}

/// Decimals that show `value` without loss, where steps of `step` matter.
fn decimals(value: f64, step: f64) -> usize {
    (0..9)
        .find(|&places| {
            let shifted = value * 10f64.powi(places as i32);
            (shifted - shifted.round()).abs() < step * 10f64.powi(places as i32) * 1e-3
        })
        .unwrap_or(9)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_carry_their_unit_and_no_more_digits_than_the_step_needs() {
        let usd = Unit::Currency("USD".into());
        assert_eq!(Unit::Percent.tick(40.0, 10.0), "40%");
        assert_eq!(Unit::Percent.tick(40.0, 0.5), "40.0%");
        assert_eq!(Unit::Percent.tick(-2.5, 2.5), "−2.5%");
        assert_eq!(Unit::Points.tick(-2.0, 1.0), "−2 pp");
        assert_eq!(usd.tick(1_200_000.0, 200_000.0), "$1.2M");
        assert_eq!(usd.tick(800_000.0, 200_000.0), "$800k");
        assert_eq!(usd.tick(1_000_000.0, 200_000.0), "$1M");
        assert_eq!(usd.tick(0.0, 200_000.0), "$0");
        assert_eq!(usd.tick(1.5, 0.5), "$1.50");
        assert_eq!(usd.tick(-3e12, 1e12), "−$3T");
        assert_eq!(Unit::Currency("CHF".into()).tick(5.0, 5.0), "CHF\u{a0}5");
        assert_eq!(Unit::Currency("EUR".into()).tick(20.0, 5.0), "€20");
        assert_eq!(Unit::Count.tick(1_500.0, 500.0), "1.5k");
        assert_eq!(Unit::PerMtok("USD".into()).tick(0.02, 0.01), "$0.02");
        assert_eq!(usd.words(1.866_6), "$1.87");
        assert_eq!(usd.tick(-0.000_000_1, 1.0), "$0", "no minus zero");
    }
}
