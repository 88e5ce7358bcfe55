//! How well a figure is known.

use serde::{Deserialize, Serialize};

/// Where a figure comes from, strongest first. A sum is labelled by the weakest part above 5 % of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    /// On a bill.
    Billed,
    /// Measured by the user.
    Measured,
    /// Published by its seller or a named source.
    Published,
    /// Computed from a model or a price list.
    Modelled,
    /// Somebody's assumption.
    Assumed,
}

impl Evidence {
    /// Every kind, the strongest first.
    pub const ALL: [Self; 5] = [Self::Billed, Self::Measured, Self::Published, Self::Modelled, Self::Assumed];

    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Billed => "billed",
            Self::Measured => "measured",
            Self::Published => "published",
            Self::Modelled => "modelled",
            Self::Assumed => "assumed",
        }
    }

    /// From its word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|each| each.word() == word)
    }
}

/// The share of a figure above which what it rests on counts (design §1: a sum is labelled by the weakest part above 5 %).
pub const LEAST_SHARE: f64 = 0.05;

/// How much of a figure rests on evidence of each kind.
///
/// What is multiplied carries all of a product, so a product is as weak as its weakest factor; what is added carries its
/// part of the sum. A number that needs no evidence, such as hours of a day or a count that the user decides, carries
/// nothing.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct EvidenceShares {
    /// Share of the figure, 0 to 1, that rests on evidence of this kind or a weaker one; in the order of [`Evidence::ALL`].
    so_weak: [f64; 5],
}

impl EvidenceShares {
    /// A figure that rests on evidence of one kind alone.
    #[must_use]
    pub fn of(evidence: Evidence) -> Self {
        Self { so_weak: Evidence::ALL.map(|each| if each <= evidence { 1.0 } else { 0.0 }) }
    }

    /// Both multiplied: the parts of the one times those of the other, each as weak as the weaker of the two.
    #[must_use]
    pub fn times(self, other: Self) -> Self {
        let both = |at: usize| 1.0 - (1.0 - self.so_weak[at]) * (1.0 - other.so_weak[at]);
        Self { so_weak: std::array::from_fn(both) }
    }

    /// Multiplied with itself so many times, as growth over months is; `times` is at least 0.
    #[must_use]
    pub fn power(self, times: f64) -> Self {
        Self { so_weak: self.so_weak.map(|share| 1.0 - libm::pow(1.0 - share, times.max(0.0))) }
    }

    /// Parts with their amounts, what is taken off among them, that come to a whole. Parts may be larger than a whole of
    /// which something is taken off; none carries more than all of it. A whole of nothing rests on all of its parts.
    #[must_use]
    pub fn sum(parts: &[(f64, Self)], whole: f64) -> Self {
        let carried = |at: usize| {
            if whole == 0.0 {
                return parts.iter().map(|(_, part)| part.so_weak[at]).fold(0.0, f64::max);
            }
            let of = |(amount, part): &(f64, Self)| amount.abs() * part.so_weak[at];
            (parts.iter().map(of).sum::<f64>() / whole.abs()).min(1.0)
        };
        Self { so_weak: std::array::from_fn(carried) }
    }

    /// Share of the figure, 0 to 1, that rests on evidence of this kind.
    #[must_use]
    pub fn share(self, evidence: Evidence) -> f64 {
        let at = evidence as usize;
        let weaker = self.so_weak.get(at + 1).copied().unwrap_or(0.0);
        (self.so_weak[at] - weaker).max(0.0)
    }

    /// The weakest kind that carries more than [`LEAST_SHARE`] of the figure; where none does, the one that carries most.
    /// `None` where nothing needs evidence.
    #[must_use]
    pub fn label(self) -> Option<Evidence> {
        let found = Evidence::ALL.into_iter().rev().find(|each| self.share(*each) > LEAST_SHARE);
        let most = || Evidence::ALL.into_iter().max_by(|a, b| self.share(*a).total_cmp(&self.share(*b)));
        found.or_else(|| most().filter(|each| self.share(*each) > 0.0))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ALL: [Evidence; 5] = Evidence::ALL;

    #[test]
    fn what_is_multiplied_carries_all_and_what_is_added_its_part() {
        let (measured, published, assumed) = (
            EvidenceShares::of(Evidence::Measured),
            EvidenceShares::of(Evidence::Published),
            EvidenceShares::of(Evidence::Assumed),
        );
        // 1,000 measured requests × a published price.
        assert_eq!(measured.times(published).label(), Some(Evidence::Published));
        assert_eq!(measured.times(published).times(assumed).label(), Some(Evidence::Assumed));
        // 95 published and 5 assumed of 100: a twentieth is not more than a twentieth.
        let mixed =
            |assumed_usd: f64| EvidenceShares::sum(&[(100.0 - assumed_usd, published), (assumed_usd, assumed)], 100.0);
        assert_eq!(mixed(5.0).label(), Some(Evidence::Published));
        assert_eq!(mixed(6.0).label(), Some(Evidence::Assumed));
        assert!((mixed(6.0).share(Evidence::Published) - 0.94).abs() < 1e-12);
        // A margin of 100 of 1,000 measured less 900, of which 10 are assumed: a tenth of the margin is.
        let cost = EvidenceShares::sum(&[(890.0, measured), (10.0, assumed)], 900.0);
        let margin = EvidenceShares::sum(&[(1_000.0, measured), (-900.0, cost)], 100.0);
        assert!((margin.share(Evidence::Assumed) - 0.1).abs() < 1e-12);
        assert_eq!((cost.label(), margin.label()), (Some(Evidence::Measured), Some(Evidence::Assumed)));
    }

    #[test]
    fn assumed_growth_counts_as_it_adds_up() {
        // 2 % a month: a fiftieth of the second month, a third of what is there after two years.
        let month = EvidenceShares::sum(
            &[(1.0, EvidenceShares::default()), (0.02, EvidenceShares::of(Evidence::Assumed))],
            1.02,
        );
        let requests = EvidenceShares::of(Evidence::Measured);
        assert_eq!(requests.times(month).label(), Some(Evidence::Measured));
        let later = requests.times(month.power(24.0));
        assert_eq!(later.label(), Some(Evidence::Assumed));
        // 1 − 1.02⁻²⁴ = 0.378, by Python: 1 - 1.02**-24.
        assert!((later.share(Evidence::Assumed) - 0.378_278_51).abs() < 1e-6, "{later:?}");
    }

    #[test]
    fn what_needs_no_evidence_has_no_label() {
        assert_eq!(EvidenceShares::default().label(), None);
        assert_eq!(EvidenceShares::sum(&[], 0.0).label(), None);
        let nothing = EvidenceShares::sum(&[(0.0, EvidenceShares::of(Evidence::Assumed))], 0.0);
        assert_eq!(nothing.label(), Some(Evidence::Assumed), "a line of nothing rests on what makes it nothing");
    }

    fn any_evidence() -> impl Strategy<Value = Evidence> {
        (0..ALL.len()).prop_map(|at| ALL[at])
    }

    proptest! {
        /// The label of a product is the weakest of its factors, and that of a sum no weaker than the weakest part and no
        /// stronger than the strongest; shares stay between 0 and 1.
        #[test]
        fn no_figure_is_better_known_than_its_weakest_factor(
            parts in prop::collection::vec((0.0..1e6, any_evidence()), 1..6),
        ) {
            let kinds: Vec<Evidence> = parts.iter().map(|(_, kind)| *kind).collect();
            let weakest = kinds.iter().max().copied();
            let product = kinds.iter().fold(EvidenceShares::default(), |all, kind| all.times(EvidenceShares::of(*kind)));
            prop_assert_eq!(product.label(), weakest);
            let whole: f64 = parts.iter().map(|(amount, _)| amount).sum();
            let told: Vec<(f64, EvidenceShares)> =
                parts.iter().map(|(amount, kind)| (*amount, EvidenceShares::of(*kind))).collect();
            let sum = EvidenceShares::sum(&told, whole);
            prop_assert!(sum.label() <= weakest && sum.label() >= kinds.iter().min().copied());
            let shares: f64 = ALL.iter().map(|kind| sum.share(*kind)).sum();
            prop_assert!((shares - 1.0).abs() < 1e-9);
            // By hand: the weakest kind whose amounts are more than a twentieth.
            let amount = |kind: Evidence| -> f64 {
                parts.iter().filter(|(_, other)| *other == kind).map(|(amount, _)| amount).sum()
            };
            if let Some(counts) = ALL.iter().rev().find(|kind| amount(**kind) > 0.050_001 * whole) {
                prop_assert!(sum.label() >= Some(*counts));
            }
        }
    }
}
