//! Why a total moved: price, volume and mix by line. [`crate::bridge`] has drivers that work together.

mod exact;

pub use exact::{CentParts, ExactSold, VarianceError, price_volume_mix_cents};

/// Quantity and price of a line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sold {
    /// Quantity.
    pub quantity: f64,
    /// Price of a unit.
    pub price: f64,
}

impl Sold {
    /// Quantity × price.
    #[must_use]
    pub fn amount(self) -> f64 {
        self.quantity * self.price
    }
}

/// Parts of a change.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Parts {
    /// Because the price differs: `(p1 − p0) × q1`.
    pub price: f64,
    /// Because all lines together sold more, at the budget's mix: `(Q1 − Q0) × share0 × p0`.
    pub volume: f64,
    /// Because this line's share differs: `(q1 − Q1 × share0) × p0`.
    pub mix: f64,
    /// All of a line that the budget did not have.
    pub new: f64,
    /// All of a line that is no more, negative.
    pub ended: f64,
}

impl Parts {
    /// The whole change.
    #[must_use]
    pub fn total(self) -> f64 {
        self.price + self.volume + self.mix + self.new + self.ended
    }

    /// Part by part.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            price: self.price + other.price,
            volume: self.volume + other.volume,
            mix: self.mix + other.mix,
            new: self.new + other.new,
            ended: self.ended + other.ended,
        }
    }
}

/// Price, volume and mix of each line, given as (budget, actual).
///
/// A line on one side only has no price on the other: it is `new` or `ended` as a whole, and counts in no total
/// quantity. All quantities must be in one unit.
#[must_use]
pub fn price_volume_mix(lines: &[(Option<Sold>, Option<Sold>)]) -> Vec<Parts> {
    let both = || lines.iter().filter_map(|(budget, actual)| Some(((*budget)?, (*actual)?)));
    let (before, after) = both()
        .fold((0.0, 0.0), |(before, after), (budget, actual)| (before + budget.quantity, after + actual.quantity));
    let parts = |line: &(Option<Sold>, Option<Sold>)| match *line {
        (Some(budget), Some(actual)) => {
            let share = if before > 0.0 { budget.quantity / before } else { 0.0 };
            Parts {
                price: (actual.price - budget.price) * actual.quantity,
                volume: (after - before) * share * budget.price,
                mix: (actual.quantity - after * share) * budget.price,
                ..Parts::default()
            }
        }
        (None, Some(actual)) => Parts { new: actual.amount(), ..Parts::default() },
        (Some(budget), None) => Parts { ended: -budget.amount(), ..Parts::default() },
        (None, None) => Parts::default(),
    };
    lines.iter().map(parts).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sold() -> impl Strategy<Value = Option<Sold>> {
        proptest::option::weighted(
            0.8,
            (0.0..1e4f64, 0.01..100.0f64).prop_map(|(quantity, price)| Sold { quantity, price }),
        )
    }

    proptest! {
        #[test]
        fn the_parts_add_up_to_the_change(lines in proptest::collection::vec((sold(), sold()), 1..8)) {
            let amount = |sold: Option<Sold>| sold.map_or(0.0, Sold::amount);
            for ((budget, actual), parts) in lines.iter().zip(price_volume_mix(&lines)) {
                let change = amount(*actual) - amount(*budget);
                prop_assert!((parts.total() - change).abs() < 1e-6);
            }
        }
    }
}
