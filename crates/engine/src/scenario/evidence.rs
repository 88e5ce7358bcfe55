//! How well each figure of a run is known: what it multiplies carries all of it, what it sums its part of the money, and
//! the weakest that carries more than 5 % is its label (design §1 and §7). One answer for run, compare, explanation,
//! window and workbook; it is that of the formula which [`super::explain`] tells.

use std::borrow::Cow;

use marginline_model::Money;
use marginline_model::scenario::{Evidence, EvidenceShares, LEAST_SHARE};
use serde_json::{Value, json};

use super::Run;

/// Inputs that are named as the reason; more are counted.
const NAMED: usize = 3;

/// An input of a figure.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Carried {
    /// Its name.
    pub(super) name: String,
    /// Is it one of the whole scenario, and not of one line?
    pub(super) is_of_all: bool,
    /// How well it is known.
    pub(super) evidence: Evidence,
    /// Share of the figure that rests on it, 0 to 1.
    pub(super) share: f64,
}

/// What a figure rests on.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FigureEvidence {
    shares: EvidenceShares,
    inputs: Vec<Carried>,
}

impl FigureEvidence {
    pub(super) fn new(shares: EvidenceShares, inputs: Vec<Carried>) -> Self {
        Self { shares, inputs }
    }

    /// How much of it rests on evidence of each kind.
    #[must_use]
    pub fn shares(&self) -> EvidenceShares {
        self.shares
    }

    /// The weakest kind that carries more than 5 % of it; `None` where nothing needs evidence, such as a line of nothing.
    #[must_use]
    pub fn label(&self) -> Option<Evidence> {
        self.shares.label()
    }

    /// The label as a word of the JSON documents; a figure that is as it is because the user decides so is `assumed` by
    /// nobody, and has none.
    #[must_use]
    pub fn word(&self) -> Option<&'static str> {
        self.label().map(Evidence::word)
    }

    /// The inputs that make the label what it is, those first that carry most.
    #[must_use]
    pub fn from(&self) -> Vec<&str> {
        let Some(label) = self.label() else { return Vec::new() };
        let mut found: Vec<&Carried> = self.inputs.iter().filter(|input| input.evidence == label).collect();
        found.sort_by(|a, b| b.share.total_cmp(&a.share));
        let counts = found.iter().filter(|input| input.share > LEAST_SHARE).count().max(1);
        found.into_iter().take(counts).map(|input| input.name.as_str()).collect()
    }

    /// The label and where it comes from: `assumed: requests in the first month`.
    #[must_use]
    pub fn words(&self) -> String {
        let (Some(word), from) = (self.word(), self.from()) else { return String::new() };
        let mut named = from.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
        if from.len() > NAMED {
            named = format!("{named} and {} more", from.len() - NAMED);
        }
        if named.is_empty() { word.to_owned() } else { format!("{word}: {named}") }
    }

    /// Its part of a JSON document: label, the inputs behind it, and the share of each kind.
    #[must_use]
    pub fn json(&self) -> Value {
        let share = |kind: &Evidence| (kind.word().to_owned(), json!((self.shares.share(*kind) * 1e4).round() / 1e4));
        let shares: serde_json::Map<String, Value> =
            Evidence::ALL.iter().filter(|kind| self.shares.share(**kind) > 0.0).map(share).collect();
        json!({"label": self.word(), "from": self.from(), "shares": shares})
    }

    /// Parts with their amounts, what is taken off among them, that come to a whole. Inputs of one line are named with it.
    pub(super) fn sum(parts: &[(Money, &Self, Option<&str>)], whole: Money) -> Self {
        let usd = |amount: &Money| amount.to_f64();
        let shares: Vec<(f64, EvidenceShares)> =
            parts.iter().map(|(amount, part, _)| (usd(amount), part.shares)).collect();
        let of = usd(&whole).abs();
        let mut inputs: Vec<Carried> = Vec::new();
        for (amount, part, line) in parts {
            let weight = if of > 0.0 { usd(amount).abs() / of } else { 1.0 };
            for input in &part.inputs {
                let name = match line.filter(|_| !input.is_of_all) {
                    Some(line) => Cow::Owned(format!("{line}: {}", input.name)),
                    None => Cow::Borrowed(input.name.as_str()),
                };
                let share = (input.share * weight).min(1.0);
                let known = inputs.iter_mut().find(|known| known.name == name && known.evidence == input.evidence);
                match known {
                    Some(known) => known.share = (known.share + share).min(1.0),
                    // From here on it has the name of its line.
                    None => inputs.push(Carried { name: name.into_owned(), is_of_all: true, share, ..input.clone() }),
                }
            }
        }
        Self { shares: EvidenceShares::sum(&shares, usd(&whole)), inputs }
    }
}

/// How well the figures of a month, or of all months together, are known.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Known {
    /// Revenue.
    pub revenue: FigureEvidence,
    /// Cost lines, in the order of the run's.
    pub lines: Vec<FigureEvidence>,
    /// Cost of revenue.
    pub cogs: FigureEvidence,
    /// Gross margin.
    pub margin: FigureEvidence,
}

/// How well the figures of a run are known.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RunEvidence {
    /// Month by month.
    pub months: Vec<Known>,
    /// All months together.
    pub whole: Known,
}

impl RunEvidence {
    /// From the explanation of each line of each month: revenue, then the cost lines.
    pub(super) fn of(run: &Run, explained: impl Iterator<Item = (FigureEvidence, Vec<FigureEvidence>)>) -> Self {
        let mut months = Vec::with_capacity(run.months.len());
        for (month, (revenue, lines)) in run.months.iter().zip(explained) {
            let parts: Vec<(Money, &FigureEvidence, Option<&str>)> =
                month.lines.iter().zip(&lines).map(|((label, usd), of)| (*usd, of, Some(label.as_str()))).collect();
            let cogs = FigureEvidence::sum(&parts, month.cogs);
            let margin = margin((month.revenue, &revenue), (month.cogs, &cogs));
            months.push(Known { revenue, lines, cogs, margin });
        }
        let whole = whole(run, &months);
        Self { months, whole }
    }
}

fn margin(revenue: (Money, &FigureEvidence), cost: (Money, &FigureEvidence)) -> FigureEvidence {
    FigureEvidence::sum(&[(revenue.0, revenue.1, None), (cost.0, cost.1, None)], revenue.0 - cost.0)
}

fn whole(run: &Run, months: &[Known]) -> Known {
    let (revenue, cogs) = run.totals();
    let sum = |of: &dyn Fn(usize) -> Option<(Money, FigureEvidence)>, whole: Money| {
        let parts: Vec<(Money, FigureEvidence)> = (0..months.len()).filter_map(of).collect();
        let parts: Vec<(Money, &FigureEvidence, Option<&str>)> =
            parts.iter().map(|(usd, part)| (*usd, part, None)).collect();
        FigureEvidence::sum(&parts, whole)
    };
    let line = |at: usize| {
        let usd = |month: usize| run.months.get(month).and_then(|month| month.lines.get(at)).map(|line| line.1);
        let all: Money = (0..months.len()).filter_map(usd).sum();
        // Inside of one line no name needs it.
        sum(&|month| Some((usd(month)?, months[month].lines.get(at)?.clone())), all)
    };
    let lines = run.months.first().map_or(0, |month| month.lines.len());
    let known_revenue = sum(&|month| Some((run.months.get(month)?.revenue, months[month].revenue.clone())), revenue);
    let known_cogs = sum(&|month| Some((run.months.get(month)?.cogs, months[month].cogs.clone())), cogs);
    let margin = margin((revenue, &known_revenue), (cogs, &known_cogs));
    Known { revenue: known_revenue, lines: (0..lines).map(line).collect(), cogs: known_cogs, margin }
}
