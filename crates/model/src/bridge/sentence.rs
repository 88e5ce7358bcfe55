//! One sentence a driver: what moved, and what that did to gross margin.

use crate::Money;

use super::driver::Driver;
use super::tree::{DriverMonth, LinePrice, TokenLine, own_cost, shared, was_placed_elsewhere};

/// What some drivers did, in a sentence.
pub(super) fn sentence(drivers: &[Driver], effect: Money, from: &DriverMonth, to: &DriverMonth) -> String {
    let what: Vec<String> = drivers.iter().map(|driver| what(*driver, from, to)).collect();
    format!("{}: gross margin {}.", what.join("; "), signed(effect))
}

fn signed(amount: Money) -> String {
    let sign = if amount > Money::ZERO { "+" } else { "" };
    format!("{sign}{}", amount.shown(2))
}

fn what(driver: Driver, from: &DriverMonth, to: &DriverMonth) -> String {
    let label = driver.label();
    match driver {
        Driver::Requests => moved(label, from.requests, to.requests, " requests"),
        Driver::TokensPerRequest => moved(label, per_request(from, to, from), per_request(from, to, to), ""),
        Driver::Mix => {
            of_lines(label, from, to, |line, month| Some(line.tokens / tokens(from, to, month) * 100.0), " %")
        }
        Driver::CacheHit => of_lines(label, from, to, |line, _| in_api(line, |_, hit, _| hit * 100.0), " %"),
        Driver::ListPrice => of_lines(label, from, to, |line, _| in_api(line, |list, _, _| list), " per Mtok"),
        Driver::NegotiatedRate => {
            of_lines(label, from, to, |line, _| in_api(line, |_, _, paid| paid * 100.0), " % of list")
        }
        Driver::GpuRate => of_lines(label, from, to, |line, _| on_gpu(line, |rate, _| rate), " per GPU hour"),
        Driver::GpuUtilisation => of_lines(label, from, to, |line, _| on_gpu(line, |_, busy| busy * 100.0), " %"),
        Driver::Placement => placed(label, from, to),
        Driver::ExchangeRates => {
            let both =
                from.rates.iter().filter_map(|(currency, a)| Some((currency.as_str(), *a, *to.rates.get(currency)?)));
            most_moved(label, both.map(|(name, a, b)| (name, a, b, (b / a - 1.0).abs())), "")
        }
        Driver::OtherCost => moved(label, from.other_cost, to.other_cost, ""),
        Driver::RevenuePrice => moved(label, from.revenue_price, to.revenue_price, " per unit"),
        Driver::RevenueVolume => moved(label, from.revenue_volume, to.revenue_volume, " units"),
        Driver::New => named(label, to.lines.keys().filter(|name| !from.lines.contains_key(*name))),
        Driver::Ended => named(label, from.lines.keys().filter(|name| !to.lines.contains_key(*name))),
        Driver::Unexplained => format!("{label}, the actual margin moved beyond all of these"),
    }
}

/// Tokens of a month over the lines of both.
fn tokens(from: &DriverMonth, to: &DriverMonth, month: &DriverMonth) -> f64 {
    let is_from = std::ptr::eq(month, from);
    let sum: f64 = shared(from, to).iter().map(|(_, a, b)| if is_from { a.tokens } else { b.tokens }).sum();
    if sum > 0.0 { sum } else { 1.0 }
}

fn per_request(from: &DriverMonth, to: &DriverMonth, month: &DriverMonth) -> f64 {
    let is_from = std::ptr::eq(month, from);
    let sum: f64 = shared(from, to).iter().map(|(_, a, b)| if is_from { a.tokens } else { b.tokens }).sum();
    if month.requests > 0.0 { sum / month.requests } else { 0.0 }
}

fn in_api(line: &TokenLine, figure: impl Fn(f64, f64, f64) -> f64) -> Option<f64> {
    match line.price {
        LinePrice::Api { list_per_mtok, cache_hit, negotiated, .. } => {
            Some(figure(list_per_mtok, cache_hit, negotiated))
        }
        LinePrice::Gpu { .. } => None,
    }
}

fn on_gpu(line: &TokenLine, figure: impl Fn(f64, f64) -> f64) -> Option<f64> {
    match line.price {
        LinePrice::Gpu { per_gpu_hour, utilisation, .. } => Some(figure(per_gpu_hour, utilisation)),
        LinePrice::Api { .. } => None,
    }
}

/// A figure of lines that stayed where they were, told by the line whose change weighs most.
fn of_lines(
    label: &str,
    from: &DriverMonth,
    to: &DriverMonth,
    figure: impl Fn(&TokenLine, &DriverMonth) -> Option<f64>,
    unit: &str,
) -> String {
    let is_mix = label == Driver::Mix.label();
    let changes = shared(from, to).into_iter().filter_map(|(name, a, b)| {
        if was_placed_elsewhere(a, b) && !is_mix {
            return None;
        }
        let (before, after) = (figure(a, from)?, figure(b, to)?);
        let share = (after - before).abs() / before.abs().max(after.abs()).max(f64::MIN_POSITIVE);
        let size = own_cost(from, a).unwrap_or(0.0) + own_cost(to, b).unwrap_or(0.0);
        Some((name, before, after, share * size.max(f64::MIN_POSITIVE)))
    });
    most_moved(label, changes, unit)
}

/// The change that weighs most, and how many others there are.
fn most_moved<'a>(label: &str, changes: impl Iterator<Item = (&'a str, f64, f64, f64)>, unit: &str) -> String {
    let mut changes: Vec<_> = changes.filter(|(_, before, after, _)| before != after).collect();
    changes.sort_by(|a, b| b.3.total_cmp(&a.3).then(a.0.cmp(b.0)));
    let Some((name, before, after, _)) = changes.first() else { return format!("{label} did not move") };
    let others = match changes.len() - 1 {
        0 => String::new(),
        1 => " and 1 other".to_owned(),
        more => format!(" and {more} others"),
    };
    format!("{label}, {name} from {} to {}{unit}{others}", short(*before), short(*after))
}

fn moved(label: &str, before: f64, after: f64, unit: &str) -> String {
    if before == after {
        return format!("{label} did not move");
    }
    let share = if before > 0.0 { format!(" ({:+.1} %)", (after / before - 1.0) * 100.0) } else { String::new() };
    format!("{label} from {} to {}{unit}{share}", short(before), short(after))
}

fn placed(label: &str, from: &DriverMonth, to: &DriverMonth) -> String {
    let lines = shared(from, to);
    let moves: Vec<String> = lines
        .iter()
        .filter(|(_, a, b)| was_placed_elsewhere(a, b))
        .map(|(name, a, b)| format!("{name} from {} to {} with its prices", a.placement, b.placement))
        .collect();
    let faster = |(_, a, b): &&(&str, &TokenLine, &TokenLine)| match (a.price, b.price) {
        (LinePrice::Gpu { tokens_per_gpu_hour: a, .. }, LinePrice::Gpu { tokens_per_gpu_hour: b, .. }) => a != b,
        _ => false,
    };
    match (moves.len(), lines.iter().filter(faster).count()) {
        (0, 0) => format!("{label} did not move"),
        (0, speeds) => {
            format!("{label}, tokens per GPU hour of {speeds} {}", if speeds == 1 { "line" } else { "lines" })
        }
        _ => format!("{label}, {}", moves.join(", ")),
    }
}

fn named<'a>(label: &str, names: impl Iterator<Item = &'a String>) -> String {
    let names: Vec<&str> = names.map(String::as_str).collect();
    if names.is_empty() { format!("{label}, none") } else { format!("{label}, {}", names.join(", ")) }
}

/// A figure with at most four digits that count, thousands in groups.
fn short(figure: f64) -> String {
    if figure.abs() >= 1_000.0 && figure.abs() < 1e17 {
        let digits = format!("{:.0}", figure.abs());
        let sign = if figure < 0.0 { "\u{2212}" } else { "" };
        return format!("{sign}{}", crate::money::group(&digits));
    }
    let text = format!("{figure:.4}");
    text.trim_end_matches('0').trim_end_matches('.').replace('-', "\u{2212}")
}
