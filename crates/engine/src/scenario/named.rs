//! What the model refuses, told by the keys of the file.

use marginline_model::scenario::{InputError, Inputs};

use super::file::ScenarioFile;
use super::lines::{first_of_file, owners};
use super::scale::Scale;

/// The error in words of the file: its key, and figures in its unit.
pub(super) fn told(error: &InputError, file: &ScenarioFile, inputs: &Inputs) -> String {
    let (path, scale) = path_of(&error.path, file, inputs);
    match error.figures {
        Some([found, least, most]) => {
            let of = |figure: f64| shown(scale.to_file(figure));
            format!("{path} is {}, expected {} to {}", of(found), of(least), of(most))
        }
        None => format!("{path} is {}, expected {}", error.found, error.expected),
    }
}

/// A figure without the digits that a change of unit leaves.
fn shown(figure: f64) -> String {
    let rounded = (figure * 1e6).round() / 1e6;
    let is_close = rounded != 0.0 && (rounded - figure).abs() <= figure.abs() * 1e-9;
    if is_close { rounded.to_string() } else { figure.to_string() }
}

fn path_of(path: &str, file: &ScenarioFile, inputs: &Inputs) -> (String, Scale) {
    if let Some((place, key)) = placed(path, "component[") {
        let (key, scale) = component_key(key);
        let components = file.components();
        let owner = components.get(place).map_or("component", |(owner, _)| owner.as_str());
        return (format!("{owner}.{key}"), scale);
    }
    if let Some((place, key)) = placed(path, "cost[") {
        let first = first_of_file(file, inputs);
        let Some(own) = place.checked_sub(first) else {
            let label = inputs.other.get(place).map_or("", |line| line.label.as_str());
            return (format!("base.keep_lines {label:?}: {key}"), Scale::WHOLE);
        };
        let lines = owners(file);
        let Some((owner, _, line)) = lines.get(own) else { return (path.to_owned(), Scale::WHOLE) };
        if let Some((at, of)) = placed(key, "parts[") {
            let parts = line.parts();
            let stated = parts.get(at).and_then(|part| if of == "quantity" { part.quantity } else { part.price });
            let (key, scale) = stated.unwrap_or((if of == "quantity" { "quantity" } else { "price" }, Scale::WHOLE));
            return (format!("{owner}.{key}"), scale);
        }
        let (key, scale) = line_key(key);
        return (format!("{owner}.{key}"), scale);
    }
    let (owner, key) = path.split_once('.').unwrap_or(("", path));
    match owner {
        "demand" | "revenue" => {
            let (key, scale) = demand_key(key);
            (format!("{owner}.{key}"), scale)
        }
        _ if path == "months" => ("scenario.months".into(), Scale::WHOLE),
        _ => (path.to_owned(), Scale::WHOLE),
    }
}

/// `component[2].rest` is (2, rest).
fn placed<'a>(path: &'a str, before: &str) -> Option<(usize, &'a str)> {
    let (place, rest) = path.strip_prefix(before)?.split_once("].")?;
    Some((place.parse().ok()?, rest))
}

/// A key of the model whose figures are shares, that the file states in percent.
fn in_percent(key: &str) -> (String, Scale) {
    (key.to_owned(), Scale::PERCENT)
}

fn demand_key(key: &str) -> (String, Scale) {
    match key {
        "growth_per_month" => in_percent("growth_percent_per_month"),
        "churn_per_month" => in_percent("churn_percent_per_month"),
        "retry_share" => in_percent("retry_percent"),
        "level" => in_percent("level_percent"),
        "change_per_month" => in_percent("price_change_percent_per_month"),
        _ => match key.strip_prefix("month_of_year") {
            Some(month) => in_percent(&format!("month_of_year_percent{month}")),
            None => (key.to_owned(), Scale::WHOLE),
        },
    }
}

fn line_key(key: &str) -> (String, Scale) {
    match key {
        "revenue_share" => in_percent("revenue_percent"),
        "change_per_month" => in_percent("price_change_percent_per_month"),
        "schedule.every" => ("every_months".into(), Scale::WHOLE),
        "copies" => ("per_copy".into(), Scale::WHOLE),
        _ => (key.to_owned(), Scale::WHOLE),
    }
}

fn component_key(key: &str) -> (String, Scale) {
    let whole = |key: &str| (key.to_owned(), Scale::WHOLE);
    let own = key.strip_prefix("api.").or_else(|| key.strip_prefix("gpus.")).unwrap_or(key);
    match own {
        "share" => in_percent("share_percent"),
        "failed_share" => in_percent("failed_percent"),
        "fallback" => whole("fallback_to"),
        "overflow" => whole("overflow_to"),
        "live_after_months" => ("weeks_to_live".into(), Scale::WEEKS),
        "batch_share" => in_percent("batch_percent"),
        "change_per_month" => in_percent("price_change_percent_per_month"),
        "price_level" => in_percent("price_level_percent"),
        "stated_gpus" => whole("gpus"),
        "spot.share" => in_percent("spot.share_percent"),
        "spot.useful_share" => in_percent("spot.useful_percent"),
        "waiting.longest" => whole("waiting.longest_in_service_times"),
        "waiting.share_in_time" => in_percent("waiting.in_time_percent"),
        "waiting.max_occupancy" => in_percent("waiting.max_occupancy_percent"),
        _ => match placed(own, "committed[") {
            // Places are counted from 1 in the file.
            Some((place, rest)) => whole(&format!("committed.{}.{rest}", place + 1)),
            None => whole(own),
        },
    }
}
