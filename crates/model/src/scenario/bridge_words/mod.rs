//! The sentence of each driver: what moved, from which value to which, in its unit. What moved is found by looking at
//! the inputs themselves; what it did to the margin is [`super::bridge`]'s.

mod component;
mod demand;
mod figure;
mod line;

#[cfg(test)]
mod tests;

use super::Inputs;
use crate::Money;
use crate::bridge::Driver;

/// Inputs that are told with both their values; of more the names are told.
const MOST_VALUES: usize = 3;
/// Inputs that are named.
const MOST_NAMES: usize = 6;

/// An input that is not the same on both sides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Moved {
    /// What it is; empty where the driver's own label says it.
    name: String,
    /// Its value before and after; `None` is what no one value tells, such as a series.
    ends: Option<(String, String)>,
    /// What both values count; empty where they say it themselves.
    unit: &'static str,
    /// More values are told than the usual number: it is what the driver is about.
    is_main: bool,
}

impl Moved {
    /// Told with both values.
    fn between(name: &str, from: String, to: String) -> Self {
        Self { name: name.to_owned(), ends: Some((from, to)), unit: "", is_main: false }
    }

    /// Told by its name.
    fn named(name: &str) -> Self {
        Self { name: name.to_owned(), ends: None, unit: "", is_main: false }
    }

    /// Told with both values whatever else moved.
    fn main(self) -> Self {
        Self { is_main: true, ..self }
    }

    fn words(&self) -> String {
        let Some((from, to)) = &self.ends else { return format!("{} moved", self.name) };
        let told = format!("{} from {from} to {to} {}", self.name, self.unit);
        told.trim().to_owned()
    }
}

/// What a driver did, in one sentence: its label, what moved, and its effect on gross margin.
pub(super) fn sentence(driver: Driver, effect: Money, from: &Inputs, to: &Inputs) -> String {
    let sign = if effect > Money::ZERO { "+" } else { "" };
    format!("{}: gross margin {sign}{}", what(driver, from, to), effect.shown(0))
}

fn what(driver: Driver, from: &Inputs, to: &Inputs) -> String {
    let label = driver.label();
    let mut told = told(&moved(driver, from, to));
    let (new, ended) = match driver {
        Driver::Mix => super::bridge::new_and_ended(from, to),
        Driver::OtherCost => line::new_and_ended(from, to),
        _ => Default::default(),
    };
    for (word, names) in [("new", new), ("ended", ended)] {
        if !names.is_empty() {
            told.push(format!("{word} {}", names.join(", ")));
        }
    }
    match told.split_first() {
        // Nothing but places in a list can be left, such as lines of cost in another order.
        None => format!("{label}, by the order of what is listed"),
        Some((first, rest)) => {
            let comma = if first.starts_with("from ") { "" } else { "," };
            let rest: String = rest.iter().map(|each| format!(", {each}")).collect();
            format!("{label}{comma} {first}{rest}")
        }
    }
}

/// Few inputs with their values, many by name.
fn told(moved: &[Moved]) -> Vec<String> {
    if moved.len() <= MOST_VALUES {
        return moved.iter().map(Moved::words).collect();
    }
    let (main, others): (Vec<&Moved>, Vec<&Moved>) = moved.iter().partition(|each| each.is_main);
    let mut told: Vec<String> = main.into_iter().map(Moved::words).collect();
    let mut names: Vec<String> = others.iter().take(MOST_NAMES).map(|each| each.name.clone()).collect();
    if others.len() > MOST_NAMES {
        names.push(format!("{} more", others.len() - MOST_NAMES));
    }
    match names.split_last() {
        None => {}
        Some((only, [])) => told.push(format!("{only} moved")),
        Some((last, rest)) => told.push(format!("{} and {last} moved", rest.join(", "))),
    }
    told
}

/// Inputs that a driver takes from the second and that are not the same there.
fn moved(driver: Driver, from: &Inputs, to: &Inputs) -> Vec<Moved> {
    match driver {
        Driver::Requests | Driver::RevenueVolume => demand::requests(&from.demand, &to.demand),
        Driver::TokensPerRequest => demand::tokens(from.demand.tokens, to.demand.tokens),
        Driver::CacheHit => demand::cache(from.demand.tokens, to.demand.tokens),
        Driver::RevenuePrice => demand::revenue(&from.revenue, &to.revenue),
        Driver::ExchangeRates => line::exchange(from, to),
        Driver::OtherCost => line::lines(from, to),
        _ => component::moved(driver, from, to),
    }
}
