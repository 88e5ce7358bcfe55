//! Gross and contribution margin of a period, with credits and without, and with disputed lines on either side.
//!
//! Gross margin = revenue − cost of revenue; contribution margin = revenue − variable cost. Which lines are cost of
//! revenue is a mapping that people argue about: free-tier inference, fine-tuning and evals. Such a line says where
//! else it could stand, and every margin comes back both ways.

use thiserror::Error;

use crate::Money;
use crate::money::ATTOS;

/// Where a cost stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Takes part in gross margin.
    CostOfRevenue,
    /// Work on what may be sold one day, such as training of future models; in neither margin.
    ResearchAndDevelopment,
    /// Selling and running the company: not in gross margin; in contribution margin where it varies.
    Other,
    /// Not a cost of this period at all.
    Excluded,
}

/// A line of cost, or a credit against cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its name.
    pub name: String,
    /// EffectiveCost; of a credit what it takes off, as a positive amount.
    pub amount: Money,
    /// Where it stands.
    pub class: Class,
    /// Does it grow with what is sold?
    pub varies: bool,
    /// Is it a promotional credit, which will end?
    pub is_credit: bool,
    /// Where others would put it; `None` where nobody disputes it.
    pub otherwise: Option<Class>,
}

/// Margins of one reading of the lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Margins {
    /// Recognised revenue.
    pub revenue: Money,
    /// Cost of revenue.
    pub cost_of_revenue: Money,
    /// Cost that varies, of revenue or other.
    pub variable_cost: Money,
}

impl Margins {
    /// Revenue − cost of revenue.
    #[must_use]
    pub fn gross(self) -> Money {
        self.revenue - self.cost_of_revenue
    }

    /// Revenue − variable cost.
    #[must_use]
    pub fn contribution(self) -> Money {
        self.revenue - self.variable_cost
    }

    /// Gross margin as a share of revenue; `None` without revenue.
    #[must_use]
    pub fn gross_share(self) -> Option<f64> {
        self.share(self.gross())
    }

    /// Contribution margin as a share of revenue; `None` without revenue.
    #[must_use]
    pub fn contribution_share(self) -> Option<f64> {
        self.share(self.contribution())
    }

    fn share(self, margin: Money) -> Option<f64> {
        (self.revenue > Money::ZERO).then(|| margin.to_f64() / self.revenue.to_f64())
    }
}

/// A reading with credits taken off, and without them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// With credits.
    pub with_credits: Margins,
    /// Without them: what margin will be when they end.
    pub without_credits: Margins,
}

/// Margins of a period, every way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrossMargin {
    /// Every line where the mapping has it.
    pub as_mapped: Reading,
    /// Every disputed line where others would put it.
    pub all_flipped: Reading,
    /// Each disputed line flipped alone, by its index.
    pub one_flipped: Vec<(usize, Reading)>,
}

/// Input that has no margin.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MarginError {
    /// More money than a sum holds.
    #[error("{0} is beyond 10^15 units of currency; give a smaller amount")]
    TooLarge(String),
    /// More lines than make sense.
    #[error("{0} lines; give at most 10,000")]
    TooMany(usize),
    /// A credit below zero.
    #[error("credit {0} is below zero; give what it takes off as a positive amount")]
    NegativeCredit(String),
}

/// Margins of some revenue and lines of cost, all in one currency.
///
/// # Errors
/// When an amount is beyond 10^15 units, a credit is negative, or there are more than 10,000 lines.
pub fn gross_margin(revenue: Money, lines: &[Line]) -> Result<GrossMargin, MarginError> {
    const LARGEST: u128 = ATTOS.unsigned_abs() * 1_000_000_000_000_000;
    if lines.len() > 10_000 {
        return Err(MarginError::TooMany(lines.len()));
    }
    if revenue.attos().unsigned_abs() > LARGEST {
        return Err(MarginError::TooLarge("revenue".to_owned()));
    }
    for line in lines {
        if line.amount.attos().unsigned_abs() > LARGEST {
            return Err(MarginError::TooLarge(line.name.clone()));
        }
        if line.is_credit && line.amount < Money::ZERO {
            return Err(MarginError::NegativeCredit(line.name.clone()));
        }
    }
    let disputed = |index: &usize| lines[*index].otherwise.is_some();
    Ok(GrossMargin {
        as_mapped: reading(revenue, lines, |_| false),
        all_flipped: reading(revenue, lines, |_| true),
        one_flipped: (0..lines.len())
            .filter(disputed)
            .map(|one| (one, reading(revenue, lines, |index| index == one)))
            .collect(),
    })
}

fn reading(revenue: Money, lines: &[Line], is_flipped: impl Fn(usize) -> bool) -> Reading {
    let margins = |credits_count: bool| {
        let mut margins = Margins { revenue, ..Margins::default() };
        for (index, line) in lines.iter().enumerate().filter(|(_, line)| credits_count || !line.is_credit) {
            let class = if is_flipped(index) { line.otherwise.unwrap_or(line.class) } else { line.class };
            let cost = if line.is_credit { -line.amount } else { line.amount };
            if class == Class::CostOfRevenue {
                margins.cost_of_revenue += cost;
            }
            if line.varies && matches!(class, Class::CostOfRevenue | Class::Other) {
                margins.variable_cost += cost;
            }
        }
        margins
    };
    Reading { with_credits: margins(true), without_credits: margins(false) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn line(name: &str, units: i64, class: Class, varies: bool) -> Line {
        Line { name: name.into(), amount: Money::from_units(units), class, varies, is_credit: false, otherwise: None }
    }

    #[test]
    fn a_month_both_ways() {
        // Revenue 1,000; GPUs 300, support 100 (fixed), fine-tuning 50 (or R&D), a credit of 40 on the GPUs.
        let mut lines = vec![
            line("gpus", 300, Class::CostOfRevenue, true),
            line("support", 100, Class::CostOfRevenue, false),
            line("fine-tuning", 50, Class::CostOfRevenue, true),
            line("credit", 40, Class::CostOfRevenue, true),
            line("training", 500, Class::ResearchAndDevelopment, false),
            line("payment fees", 20, Class::Other, true),
        ];
        lines[2].otherwise = Some(Class::ResearchAndDevelopment);
        lines[3].is_credit = true;
        let found = gross_margin(Money::from_units(1_000), &lines).unwrap();
        let share = |reading: Reading| (reading.with_credits.gross_share(), reading.without_credits.gross_share());
        assert_eq!(share(found.as_mapped), (Some(0.59), Some(0.55)));
        assert_eq!(share(found.all_flipped), (Some(0.64), Some(0.6)));
        assert_eq!(found.one_flipped.len(), 1);
        assert_eq!(share(found.one_flipped[0].1), share(found.all_flipped));
        assert_eq!(found.as_mapped.with_credits.contribution(), Money::from_units(670), "300 + 50 − 40 + 20 vary");
        assert_eq!(found.all_flipped.with_credits.contribution(), Money::from_units(720));
    }

    #[test]
    fn published_margins() {
        // SaaS guides: revenue 10M and cost of revenue 2M are 80 %; 2,900 and 339 are 88.3 %.
        for (revenue, cost, expected) in [(10_000_000, 2_000_000, 0.8), (2_900, 339, 0.883)] {
            let lines = [line("hosting", cost, Class::CostOfRevenue, true)];
            let found = gross_margin(Money::from_units(revenue), &lines).unwrap();
            assert!((found.as_mapped.with_credits.gross_share().unwrap() - expected).abs() < 5e-4);
        }
    }

    #[test]
    fn without_revenue_there_is_no_share_and_bad_amounts_are_named() {
        let found = gross_margin(Money::ZERO, &[line("gpus", 1, Class::CostOfRevenue, true)]).unwrap();
        assert_eq!(found.as_mapped.with_credits.gross_share(), None);
        assert_eq!(found.as_mapped.with_credits.gross(), Money::from_units(-1));
        let huge = line("gpus", 2_000_000_000_000_000, Class::CostOfRevenue, true);
        assert_eq!(gross_margin(Money::ZERO, &[huge]), Err(MarginError::TooLarge("gpus".to_owned())));
        let credit = Line { is_credit: true, ..line("credit", -1, Class::CostOfRevenue, true) };
        assert_eq!(gross_margin(Money::ZERO, &[credit]), Err(MarginError::NegativeCredit("credit".to_owned())));
    }

    proptest! {
        #[test]
        fn flipping_all_is_the_sum_of_flipping_each(
            amounts in proptest::collection::vec((0..1_000_000i64, any::<bool>(), any::<bool>()), 1..12),
        ) {
            let lines: Vec<Line> = amounts
                .into_iter()
                .map(|(units, varies, disputed)| Line {
                    otherwise: disputed.then_some(Class::Other),
                    ..line("a line", units, Class::CostOfRevenue, varies)
                })
                .collect();
            let found = gross_margin(Money::from_units(5), &lines).unwrap();
            let base = found.as_mapped.with_credits.gross();
            let sum = found.one_flipped.iter().map(|(_, one)| one.with_credits.gross() - base).sum::<Money>();
            prop_assert_eq!(base + sum, found.all_flipped.with_credits.gross());
            prop_assert_eq!(found.as_mapped.with_credits, found.as_mapped.without_credits, "there are no credits");
        }
    }
}
