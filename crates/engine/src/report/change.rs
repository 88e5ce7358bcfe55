//! Why margin moved since the month before: each cost line's share of revenue, which adds up exactly and
//! needs no order of steps.
//!
//! margin % = 100 − Σ line ÷ revenue × 100, so the change is Σ (share before − share now): one figure a line.

use marginline_model::{Money, Month};

use super::Period;
use super::margin::{MarginReport, MarginSums, report};
use crate::error::Result;
use crate::facts::{Facts, Pricing};
use crate::number;
use crate::rules::Target;
use crate::view::{MarginBy, MonthBasis, Sentence, Tone};

/// Change of one line's share of revenue, in percentage points of margin; negative lowers margin.
#[derive(Debug, Clone, PartialEq)]
pub struct LineChange {
    /// Cost line.
    pub line: String,
    /// Points of margin, 10 decimals.
    pub points: String,
    /// The same for ordering and drawing.
    pub value: f64,
    /// Cost before.
    pub before: Money,
    /// Cost now.
    pub now: Money,
}

/// Margin of two months and what lies between.
#[derive(Debug, Clone)]
pub struct MarginChange {
    /// The month before.
    pub before: MarginReport,
    /// The month asked for.
    pub now: MarginReport,
    /// One entry a line, the largest movement first.
    pub lines: Vec<LineChange>,
}

/// The change from the month before, if that month has revenue.
///
/// # Errors
/// As the margin report.
pub fn change(facts: &Facts, month: Month, basis: MonthBasis) -> Result<Option<MarginChange>> {
    let single = |month: Month| report(facts, Period { from: month, to: month }, basis, MarginBy::Product);
    let (before, now) = (single(month.plus(-1))?, single(month)?);
    if before.total.revenue <= Money::ZERO || now.total.revenue <= Money::ZERO {
        return Ok(None);
    }
    let mut names = now.line_names();
    names.extend(before.line_names().into_iter().filter(|name| !now.total.lines.contains_key(name)));
    let mut lines: Vec<LineChange> = names
        .into_iter()
        .map(|line| {
            let (was, is) = (before.total.line(&line), now.total.line(&line));
            let share =
                |cost: Money, revenue: Money| number::percent(cost, revenue).and_then(|p| Money::parse_wide(&p).ok());
            let points =
                share(was, before.total.revenue).unwrap_or_default() - share(is, now.total.revenue).unwrap_or_default();
            LineChange { line, points: points.to_string(), value: points.to_f64(), before: was, now: is }
        })
        .collect();
    lines.sort_by(|a, b| b.value.abs().total_cmp(&a.value.abs()));
    Ok(Some(MarginChange { before, now, lines }))
}

/// Quantities of a month that explain cost.
#[derive(Debug, Clone, Default)]
struct Quantities {
    requests: u64,
    input: u64,
    tokens: u64,
    cost: Money,
    gpu_allocated: i128,
    gpu_busy: i128,
}

fn quantities(facts: &Facts, month: Month, product: Option<&str>) -> Quantities {
    let mut sum = Quantities::default();
    for fact in facts.usage.iter().filter(|fact| fact.month == month) {
        let subject = &facts.subjects[fact.subject];
        let belongs =
            product.is_none_or(|product| subject.targets.get(&Target::Product).is_some_and(|is| is == product));
        if let (true, Pricing::Priced(cost)) = (belongs, &fact.pricing) {
            sum.requests += fact.requests;
            sum.input += fact.tokens.all_input();
            sum.tokens += fact.tokens.total();
            sum.cost += cost.point.total();
        }
    }
    for hours in facts.gpu_hours.iter().filter(|hours| hours.month == month.to_string()) {
        sum.gpu_allocated += i128::from(hours.measured_nanos);
        sum.gpu_busy += i128::from(hours.busy_nanos);
    }
    sum
}

impl MarginChange {
    /// In words: each cost line that moved margin, then what moved in the quantities behind it.
    #[must_use]
    pub fn words(&self, facts: &Facts) -> Vec<Sentence> {
        let mut words: Vec<Sentence> = self
            .lines
            .iter()
            .filter(|line| line.value.abs() >= 0.05)
            .take(4)
            .map(|line| Sentence {
                text: format!(
                    "{} {} {}",
                    line.line,
                    if line.now >= line.before { "rose to" } else { "fell to" },
                    number::money(line.now, &self.now.currency)
                ),
                shown: format!("{} pp", number::signed(&line.points, 1)),
                tone: if line.value < 0.0 { Tone::Bad } else { Tone::Good },
            })
            .collect();
        words.extend(self.quantity_words(facts));
        words
    }

    fn quantity_words(&self, facts: &Facts) -> Vec<Sentence> {
        let (was, is) = (self.before.period.from, self.now.period.from);
        let mut found: Vec<(f64, Sentence)> = Vec::new();
        for product in self.now.rows.iter().filter_map(|(name, _)| name.as_deref()) {
            let (before, now) = (quantities(facts, was, Some(product)), quantities(facts, is, Some(product)));
            let ratio =
                |q: &Quantities, part: f64, whole: u64| (q.requests > 0 && whole > 0).then(|| part / whole as f64);
            let pairs = [
                (
                    "input tokens per request",
                    ratio(&before, before.input as f64, before.requests),
                    ratio(&now, now.input as f64, now.requests),
                ),
                (
                    "API price per million tokens, by mix",
                    ratio(&before, before.cost.to_f64(), before.tokens),
                    ratio(&now, now.cost.to_f64(), now.tokens),
                ),
            ];
            for (what, before, now) in pairs {
                let (Some(before), Some(now)) = (before, now) else { continue };
                let moved = 100.0 * (now / before - 1.0);
                if before > 0.0 && moved.abs() >= 5.0 {
                    found.push((moved.abs(), sentence(format!("{product}: {what}"), moved, "%")));
                }
            }
        }
        let (before, now) = (quantities(facts, was, None), quantities(facts, is, None));
        if before.gpu_allocated > 0 && now.gpu_allocated > 0 {
            let busy = |q: &Quantities| 100.0 * q.gpu_busy as f64 / q.gpu_allocated as f64;
            let moved = busy(&now) - busy(&before);
            if moved.abs() >= 1.0 {
                let mut words = sentence(
                    format!("GPUs busy {:.0}% of paid hours, was {:.0}%", busy(&now), busy(&before)),
                    moved,
                    " pp",
                );
                words.tone = if moved < 0.0 { Tone::Bad } else { Tone::Good };
                found.push((moved.abs(), words));
            }
        }
        found.sort_by(|a, b| b.0.total_cmp(&a.0));
        found.into_iter().take(4).map(|(_, words)| words).collect()
    }
}

fn sentence(text: String, moved: f64, unit: &str) -> Sentence {
    Sentence {
        text,
        shown: format!("{}{unit}", number::signed(&format!("{moved:.4}"), 0)),
        tone: if moved > 0.0 { Tone::Bad } else { Tone::Good },
    }
}

/// The total of a month, for charts: margin percent, or `None` without revenue.
#[must_use]
pub fn percent_of(sums: &MarginSums) -> Option<f64> {
    sums.margin_percent().and_then(|text| text.parse().ok())
}
