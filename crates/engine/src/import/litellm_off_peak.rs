//! `off_peak_pricing` of LiteLLM's price map: prices that take the place of the usual ones in some hours of the week.
//!
//! Source: LiteLLM's documentation, off-peak pricing. Hours are UTC; days of the week are those of `weekday_timezone`,
//! UTC without it. Inside a window one flat price holds, whatever the length of the prompt; a class that the block does
//! not name keeps its usual price. LiteLLM passes over a schedule that it cannot read; here such an entry is
//! quarantined, because a list without its discount would overstate the cost in silence.

use chrono::{Datelike, Weekday};
use marginline_model::Zone;
use marginline_model::prices::{Price, TokenClass, Weekdays, Window};

use super::field::{FieldError, known};
use super::node::Node;
use super::price_rows::{Found, of_tokens};

/// Fields of the block, and the classes they price.
const CLASSES: [(&str, TokenClass); 5] = [
    ("input_cost_per_token", TokenClass::Input),
    ("output_cost_per_token", TokenClass::Output),
    ("output_cost_per_reasoning_token", TokenClass::Reasoning),
    ("cache_read_input_token_cost", TokenClass::CacheRead),
    ("cache_creation_input_token_cost", TokenClass::CacheWrite5m),
];

/// Prices in the windows of a block.
///
/// # Errors
/// When hours, days, the zone or an amount cannot be read.
pub fn off_peak(block: &Node, base: &Price) -> Result<Vec<Found>, FieldError> {
    let windows = windows(block, base.observed.year())?;
    let mut found = Vec::new();
    for (field, class) in CLASSES {
        let Some(text) = block.get(field).and_then(Node::text).and_then(known) else { continue };
        for window in &windows {
            let base = Price { window: Some(*window), ..base.clone() };
            found.push(of_tokens(&base, class, &format!("off_peak_pricing.{field}"), text, 6)?);
        }
    }
    Ok(found)
}

/// Every window of a block, in UTC, each once.
fn windows(block: &Node, year: i32) -> Result<Vec<Window>, FieldError> {
    let ahead = ahead(block, year)?;
    let mut all = Vec::new();
    if let Some(hours) = block.get("hours_utc") {
        let days = days(block.get("weekdays"))?;
        add(&mut all, hours, days, ahead)?;
    }
    for rule in block.get("windows").map_or(&[][..], Node::items) {
        let days = days(rule.get("weekdays"))?;
        let hours = rule.get("hours_utc").ok_or_else(|| bad("hours_utc", "", "hours of the day"))?;
        add(&mut all, hours, days, ahead)?;
    }
    all.sort_unstable();
    all.dedup();
    Ok(all)
}

fn bad(field: &str, found: &str, expected: &str) -> FieldError {
    FieldError::new(&format!("off_peak_pricing.{field}"), found, expected)
}

fn add(all: &mut Vec<Window>, hours: &Node, days: Weekdays, ahead: i32) -> Result<(), FieldError> {
    let one = std::slice::from_ref(hours);
    for text in if hours.items().is_empty() { one } else { hours.items() } {
        let text = text.text().unwrap_or_default();
        let window: Window = text.parse().map_err(|_| bad("hours_utc", text, "hours such as `16:30-00:30`"))?;
        all.extend(Window { days, ..window }.by_clock_ahead(ahead));
    }
    Ok(())
}

/// Minutes by which the clock of the days of the week is ahead of UTC.
fn ahead(block: &Node, year: i32) -> Result<i32, FieldError> {
    let Some(name) = block.get("weekday_timezone").and_then(Node::text).and_then(known) else { return Ok(0) };
    let zone = name.parse::<Zone>().ok().and_then(|zone| zone.minutes_ahead_through(year));
    zone.ok_or_else(|| bad("weekday_timezone", name, "a time zone whose clocks are not changed within the year"))
}

/// Days by ISO number (1 is Monday) or English name; all of them where none are named.
fn days(list: Option<&Node>) -> Result<Weekdays, FieldError> {
    let Some(list) = list else { return Ok(Weekdays::ALL) };
    let day = |node: &Node| -> Result<Weekday, FieldError> {
        let text = node.text().unwrap_or_default();
        let named = match text.parse::<u8>() {
            Ok(number) => number.checked_sub(1).and_then(|index| Weekday::try_from(index).ok()),
            Err(_) => text.parse().ok(),
        };
        named.ok_or_else(|| bad("weekdays", text, "a day of the week, such as 1 or `mon`"))
    };
    let days = list.items().iter().map(day).collect::<Result<Vec<_>, _>>()?;
    if days.is_empty() { Err(bad("weekdays", "", "days of the week")) } else { Ok(Weekdays::of(days)) }
}
