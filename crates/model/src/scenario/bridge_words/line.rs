//! Further lines of cost, and what currencies are worth.

use super::Moved;
use super::figure::{As, between};
use crate::Currency;
use crate::scenario::{Inputs, OtherLine, Part, Per, UnitPrice};

/// Lines that only the second has, and those that only the first has.
pub(super) fn new_and_ended(from: &Inputs, to: &Inputs) -> (Vec<String>, Vec<String>) {
    let names = |one: &Inputs, other: &Inputs| -> Vec<String> {
        let is_in = |line: &&OtherLine| !other.other.iter().any(|each| each.label == line.label);
        one.other.iter().filter(is_in).map(|line| line.label.clone()).collect()
    };
    (names(to, from), names(from, to))
}

/// What moved in lines that both have.
pub(super) fn lines(from: &Inputs, to: &Inputs) -> Vec<Moved> {
    let mut moved = Vec::new();
    for line in &from.other {
        if let Some(other) = to.other.iter().find(|other| other.label == line.label) {
            moved.extend(in_line(line, other));
        }
    }
    moved
}

fn in_line(from: &OtherLine, to: &OtherLine) -> Vec<Moved> {
    let named = |part: &str| format!("{} {part}", from.label);
    let mut moved = Vec::new();
    let mut figure = |part: &str, a: f64, b: f64, unit| moved.extend(between(&named(part), a, b, unit));
    figure("fixed part", from.usd_per_month, to.usd_per_month, As::Usd("a month"));
    figure("cost of a request", from.usd_per_request, to.usd_per_request, As::Usd(""));
    figure("cost of a million tokens", from.usd_per_mtok, to.usd_per_mtok, As::Usd(""));
    figure("share of revenue", from.revenue_share, to.revenue_share, As::Percent(""));
    figure("price change", from.change_per_month, to.change_per_month, As::Percent("a month"));
    figure("copies", f64::from(from.copies), f64::from(to.copies), As::Number(""));
    if from.by_month != to.by_month {
        moved.push(Moved::named(&named("by month")));
    }
    match (from.units, to.units) {
        (Some(a), Some(b)) => moved.extend(in_units(&from.label, a, b)),
        (None, None) => {}
        _ => moved.push(Moved::named(&named("units"))),
    }
    moved.extend(in_parts(from, to));
    if from.schedule != to.schedule {
        moved.push(Moved::named(&named("months in which it is due")));
    }
    moved.extend(currency(&from.label, from.currency, to.currency));
    if moved.is_empty() && from != to {
        moved.push(Moved::named(&named("evidence")));
    }
    moved
}

fn in_units(label: &str, from: UnitPrice, to: UnitPrice) -> Vec<Moved> {
    let named = |part: &str| format!("{label} {part}");
    let mut moved = Vec::new();
    let rates = (from.requests_per_s_per_unit, to.requests_per_s_per_unit);
    moved.extend(between(&named("requests a second of a unit"), rates.0, rates.1, As::Number("")));
    let prices = (from.usd_per_unit_month, to.usd_per_unit_month);
    moved.extend(between(&named("price of a unit"), prices.0, prices.1, As::Usd("a month")));
    let count = |name: &str, a: u32, b: u32| between(&named(name), f64::from(a), f64::from(b), As::Number(""));
    moved.extend(count("spare units", from.spare_units, to.spare_units));
    moved.extend(count("replicas", from.replicas, to.replicas));
    moved.extend(counted(&named("units"), from.stated_units, to.stated_units));
    moved
}

/// A stated number, or as many as the load needs.
pub(super) fn counted(name: &str, from: Option<u32>, to: Option<u32>) -> Option<Moved> {
    let words = |stated: Option<u32>| stated.map_or_else(|| "as many as needed".to_owned(), |count| count.to_string());
    (from != to).then(|| Moved::between(name, words(from), words(to)))
}

fn in_parts(from: &OtherLine, to: &OtherLine) -> Vec<Moved> {
    let is_alike = |(a, b): (&Part, &Part)| a.per == b.per;
    if from.parts.len() != to.parts.len() || !from.parts.iter().zip(&to.parts).all(is_alike) {
        return vec![Moved::named(&format!("{} parts", from.label))];
    }
    let mut moved = Vec::new();
    for (a, b) in from.parts.iter().zip(&to.parts) {
        let (quantity, price) = names(a.per);
        let named = |part: &str| format!("{} {part}", from.label);
        moved.extend(between(&named(quantity), a.quantity, b.quantity, As::Number("")));
        let unit = if a.is_of_revenue() { As::Percent("") } else { As::Usd("") };
        moved.extend(between(&named(price), a.price, b.price, unit));
        moved.extend(between(&named("free quantity"), a.free, b.free, As::Number("")));
    }
    moved
}

/// What quantity and price of a part are.
fn names(per: Per) -> (&'static str, &'static str) {
    match per {
        Per::Due { .. } => ("quantity", "price"),
        Per::Hour => ("count", "price of an hour"),
        Per::Request => ("quantity of a request", "price"),
        Per::Stored { .. } => ("gigabytes of a request", "price of a gigabyte"),
        Per::HoursDown => ("hours down a year", "revenue at risk"),
        Per::Availability => ("availability", "revenue at risk"),
    }
}

/// The currency of prices.
pub(super) fn currency(of: &str, from: Option<Currency>, to: Option<Currency>) -> Option<Moved> {
    let words = |currency: Option<Currency>| currency.map_or_else(|| "USD".to_owned(), |currency| currency.to_string());
    let name = if of.is_empty() { "currency".to_owned() } else { format!("{of} currency") };
    (from != to).then(|| Moved::between(&name, words(from), words(to)))
}

/// Rates of currencies that both have.
pub(super) fn exchange(from: &Inputs, to: &Inputs) -> Vec<Moved> {
    let mut moved = Vec::new();
    for rate in &from.exchange {
        let Some(other) = to.exchange.iter().find(|other| other.currency == rate.currency) else { continue };
        if rate.by_month == other.by_month {
            moved.extend(between(&rate.currency.to_string(), rate.usd_per_unit, other.usd_per_unit, As::Usd("")));
        } else {
            moved.push(Moved::named(&format!("{} by month", rate.currency)));
        }
    }
    moved
}
