//! Why a total moved: price, volume and mix by line, and Shapley effects of drivers.

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

/// Shapley effects of `drivers` (at most 20) drivers: each one's mean effect over all orders of moving them from the
/// first state to the second. `value` answers for a set of drivers that stand in the second state, given as bits.
///
/// The effects add up to `value(all) − value(none)`, depend on no order, and change their signs with the sides.
#[must_use]
pub fn shapley(drivers: usize, value: impl Fn(u32) -> f64) -> Vec<f64> {
    let values: Vec<f64> = (0..1u32 << drivers).map(value).collect();
    // The share of orders in which exactly the drivers of a set of `size` come before a given one.
    let mut weights = vec![1.0 / drivers.max(1) as f64; drivers];
    for size in 1..drivers {
        weights[size] = weights[size - 1] * size as f64 / (drivers - size) as f64;
    }
    let effect = |driver: usize| {
        let bit = 1usize << driver;
        let without = (0..values.len()).filter(|set| set & bit == 0);
        without.map(|set| weights[set.count_ones() as usize] * (values[set | bit] - values[set])).sum()
    };
    (0..drivers).map(effect).collect()
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

    fn product(values: &[f64], other: &[f64], set: u32) -> f64 {
        values
            .iter()
            .zip(other)
            .enumerate()
            .map(|(at, (from, to))| if set >> at & 1 == 1 { to } else { from })
            .product()
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

        #[test]
        fn effects_add_up_flip_with_the_sides_and_leave_still_drivers_alone(
            mut from in proptest::collection::vec(0.1..10.0f64, 2..7), seed in 1.1..2.0f64,
        ) {
            let mut to: Vec<f64> = from.iter().enumerate().map(|(at, each)| each * seed + at as f64).collect();
            to[0] = from[0];
            let forth = shapley(from.len(), |set| product(&from, &to, set));
            let total: f64 = to.iter().product::<f64>() - from.iter().product::<f64>();
            prop_assert!((forth.iter().sum::<f64>() - total).abs() <= 1e-9 * total.abs().max(1.0));
            prop_assert_eq!(forth[0], 0.0);
            std::mem::swap(&mut from, &mut to);
            let back = shapley(from.len(), |set| product(&from, &to, set));
            for (one, other) in forth.iter().zip(&back) {
                prop_assert!((one + other).abs() <= 1e-9 * total.abs().max(1.0));
            }
        }
    }
}
