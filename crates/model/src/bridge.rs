//! Why gross margin moved between two months: one fixed tree of drivers, each one's effect by Shapley, in whole cents.
//!
//! Tokens cost what ten drivers make together; revenue has two; other cost, new and ended lines only add. A line that
//! was placed elsewhere takes its prices with it, because nobody sells one place at another's price; drivers that have
//! no value apart for another reason, such as a currency without a rate in one month, are joined, and it is said which.

mod cents;
mod driver;
mod sentence;
mod shapley;
mod tree;

use thiserror::Error;

use crate::Money;

pub use cents::{CENT, cents, of_cents, whole_cents};
pub use driver::Driver;
pub use shapley::{MOST_DRIVERS, Moved, ShapleyError, shapley, shapley_where_priced};
pub use tree::{DriverMonth, LinePrice, TokenLine, TreeError};

/// What a driver, or several that only move together, did to gross margin.
#[derive(Debug, Clone, PartialEq)]
pub struct DriverEffect {
    /// The drivers.
    pub drivers: Vec<Driver>,
    /// Change of gross margin, whole cents of the reporting currency.
    pub effect: Money,
    /// The same in a sentence.
    pub sentence: String,
}

/// A bridge between two months.
#[derive(Debug, Clone, PartialEq)]
pub struct DriverBridge {
    /// Gross margin of the first month, by the tree's figures or, where both months tell it, as the books have it.
    pub from: Money,
    /// Gross margin of the second month.
    pub to: Money,
    /// Effects in the order of the tree; they add up to `to − from`. Unexplained is there only where the actual margins
    /// are known.
    pub effects: Vec<DriverEffect>,
    /// Lines whose prices moved with their placement.
    pub placed_elsewhere: Vec<String>,
}

/// No bridge.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum BridgeError {
    /// A figure out of range.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// A state without a value.
    #[error(transparent)]
    Shapley(#[from] ShapleyError),
    /// The actual margin of one month only.
    #[error("the actual gross margin is given for one month only; give both or neither")]
    OneActual,
}

/// Why gross margin moved.
///
/// # Errors
/// When a figure is out of range, or the actual margin is given for one month only.
pub fn driver_bridge(from: &DriverMonth, to: &DriverMonth) -> Result<DriverBridge, BridgeError> {
    from.check("from")?;
    to.check("to")?;
    if from.actual_gross_margin.is_some() != to.actual_gross_margin.is_some() {
        return Err(BridgeError::OneActual);
    }
    let moved = shapley_where_priced(Driver::TOKEN_COST.len(), |set| tree::token_cost(from, to, set))?;
    let mut effects: Vec<(Vec<Driver>, f64)> = moved
        .into_iter()
        .map(|moved| (moved.drivers.iter().map(|at| Driver::TOKEN_COST[*at]).collect(), -moved.effect))
        .collect();
    let only = |one: &DriverMonth, other: &DriverMonth| -> f64 {
        let lines = one.lines.iter().filter(|(name, _)| !other.lines.contains_key(*name));
        lines.filter_map(|(_, line)| tree::own_cost(one, line)).sum()
    };
    // The effect of two factors is Shapley's too: each one's change at the mean of the other.
    let price = (to.revenue_price - from.revenue_price) * f64::midpoint(from.revenue_volume, to.revenue_volume);
    let volume = (to.revenue_volume - from.revenue_volume) * f64::midpoint(from.revenue_price, to.revenue_price);
    effects.extend([
        (vec![Driver::OtherCost], from.other_cost - to.other_cost),
        (vec![Driver::RevenuePrice], price),
        (vec![Driver::RevenueVolume], volume),
        (vec![Driver::New], -only(to, from)),
        (vec![Driver::Ended], only(from, to)),
    ]);
    let (mut before, mut after) = (modelled(from), modelled(to));
    if let (Some(first), Some(second)) = (from.actual_gross_margin, to.actual_gross_margin) {
        effects.push((vec![Driver::Unexplained], (second - first) - (after - before)));
        (before, after) = (first, second);
    }
    let (before, after) = (cents(before).ok_or(TreeError::TooLarge)?, cents(after).ok_or(TreeError::TooLarge)?);
    let sizes: Vec<f64> = effects.iter().map(|(_, effect)| *effect).collect();
    let whole = whole_cents(&sizes, after - before).ok_or(TreeError::TooLarge)?;
    let told = |((drivers, _), cents): ((Vec<Driver>, f64), i64)| {
        let effect = of_cents(cents);
        let sentence = sentence::sentence(&drivers, effect, from, to);
        DriverEffect { drivers, effect, sentence }
    };
    let elsewhere = tree::shared(from, to).into_iter().filter(|(_, a, b)| tree::was_placed_elsewhere(a, b));
    Ok(DriverBridge {
        from: of_cents(before),
        to: of_cents(after),
        placed_elsewhere: elsewhere.map(|(name, ..)| name.to_owned()).collect(),
        effects: effects.into_iter().zip(whole).map(told).collect(),
    })
}

/// Gross margin of a month by the tree's figures.
fn modelled(month: &DriverMonth) -> f64 {
    let tokens: f64 = month.lines.values().filter_map(|line| tree::own_cost(month, line)).sum();
    month.revenue_volume * month.revenue_price - month.other_cost - tokens
}

#[cfg(test)]
mod tests;
