//! What a run was given, one label and value each: what a comparison looks for differences in.
//!
//! The inputs that people ask for first are told in words here; everything else that a file states follows from the file
//! itself, so that no key can differ unseen.

use std::collections::HashSet;

use toml::Value;

use crate::scenario::Run;
use crate::scenario::file::{ComponentFile, Kind, ScenarioFile, Week, assumptions, series};
use crate::screen::compare::{label_of, shown};

/// Keys that are told in words, as assumptions or as series, that only name something, or that no run reads.
const TOLD: [&str; 17] = [
    "kind",
    "name",
    "label",
    "provider",
    "priced_at",
    "service_tier",
    "region",
    "overflow_to",
    "fallback_to",
    "gpus_per_unit",
    "spare_units",
    "gpus",
    "autoscaled",
    "committed",
    "spot",
    "portable",
    "exit",
];

/// Further ones, told with a default or a unit.
const IN_WORDS: [&str; 2] = ["demand.hour_of_week", "limits.headroom_percent"];

/// What stands where a file states nothing: the same as if it did.
const DEFAULTS: [(&str, &str); 11] = [
    ("purchase", "on-demand"),
    ("copies", "1"),
    ("currency", "USD"),
    ("unlisted", "no"),
    ("per_copy", "no"),
    ("from_month", "1"),
    ("every_months", "1"),
    ("retraining.every_months", "1"),
    ("units.spare_units", "0"),
    ("units.replicas", "0"),
    ("serving.tensor_parallel", "1"),
];

/// Every input of a run with its label and its value in words, series of months apart.
pub(super) fn inputs_of(run: &Run) -> Vec<(String, String)> {
    let file = &run.resolved.file;
    let mut found = vec![("Served by".to_owned(), run.resolved.kind.clone())];
    if let Some(base) = &file.base {
        let named = [("Base month", &base.month), ("Base product", &base.product)];
        found.extend(named.into_iter().filter_map(|(label, value)| Some((label.to_owned(), value.clone()?))));
        if !base.keep_lines.is_empty() {
            found.push(("Lines kept".into(), base.keep_lines.join(", ")));
        }
    }
    let week = match &file.demand.hour_of_week {
        None => "flat".to_owned(),
        Some(Week::Named(name)) => name.clone(),
        Some(Week::Hours(hours)) => hours.iter().map(|hour| shown(*hour, "")).collect::<Vec<_>>().join(", "),
    };
    found.push(("Load by hour".into(), week));
    for (path, component) in &file.components() {
        of_component(component, &owner(file, path), &mut found);
    }
    found.extend(stated(file));
    for (path, assumption) in assumptions(file) {
        let (label, unit) = label_of(&path);
        found.push((label, shown(assumption.value, unit)));
    }
    if let Some(headroom) = file.limits.headroom_percent {
        found.push(("Least headroom".into(), shown(headroom, "%")));
    }
    for (key, number) in file.exit.iter().flat_map(|exit| exit.numbers()) {
        let (words, unit) = leaving(key);
        found.push((format!("Leaving: {words}"), shown(number.value, unit)));
    }
    for (key, number) in file.migration.iter().flat_map(|moving| moving.numbers()) {
        let (words, unit) = leaving(key);
        found.push((format!("Moving in: {words}"), shown(number.value, unit)));
    }
    let (rate, _) = file.yearly_rate();
    found.push(("Discount rate".into(), shown(100.0 * rate, "%/year")));
    found
}

fn of_component(component: &ComponentFile, owner: &str, found: &mut Vec<(String, String)>) {
    let mut add = |label: &str, value: String| found.push((format!("{owner}{label}"), value));
    let words = [
        ("Provider", &component.provider),
        ("Prices of", &component.priced_at),
        ("Service tier", &component.service_tier),
        ("Region", &component.region),
        ("Overflow to", &component.overflow_to),
        ("Fallback to", &component.fallback_to),
    ];
    for (label, value) in words {
        if let Some(value) = value {
            add(label, value.clone());
        }
    }
    if component.kind == Kind::OwnGpus {
        add("GPUs come in units of", component.gpus_per_unit.unwrap_or(1).to_string());
        add("Spare units", component.spare_units.unwrap_or(0).to_string());
        if let Some(gpus) = component.gpus {
            add("GPUs, stated", gpus.to_string());
        }
        if component.autoscaled == Some(true) {
            add("Autoscaled", "yes".into());
        }
        let held = component.committed.iter().map(|held| {
            let to = held.to_month.map_or_else(|| "the end".to_owned(), |to| to.to_string());
            let upfront = held.upfront_percent.map_or_else(String::new, |share| format!(", {share}% upfront"));
            format!("{} at ${} /h, months {} to {to}{upfront}", held.gpus, held.usd_per_gpu_hour.value, held.from_month)
        });
        let held: Vec<String> = held.collect();
        if !held.is_empty() {
            add("Committed GPUs", held.join("; "));
        }
        if let Some(spot) = &component.spot {
            add("Spot", format!("{}% at ${} /h", spot.share_percent.value, spot.usd_per_gpu_hour.value));
        }
    }
    if let Some(portable) = component.portable {
        add("Portable", if portable { "portable" } else { "proprietary" }.into());
    }
    for (key, number) in component.exit.iter().flat_map(|exit| exit.numbers()) {
        let (words, unit) = leaving(key);
        add(&format!("Leaving: {words}"), shown(number.value, unit));
    }
}

/// What a number of leaving or moving in is called, and its unit.
fn leaving(key: &str) -> (&str, &str) {
    match key {
        "data_gb" => ("data to move", "GB"),
        "gb_per_request" => ("data to move", "GB/request"),
        "egress_usd_per_gb" => ("egress", "$/GB"),
        "re_embedding_mtok" => ("tokens to embed again", "Mtok"),
        "re_embedding_usd_per_mtok" => ("embedding again", "$/Mtok"),
        "parallel_run_months" => ("running both", "months"),
        "re_evaluation_usd" => ("evaluating again", "$"),
        "usd" => ("paid once", "$"),
        "weeks_to_live" => ("until it is live", "weeks"),
        "people_weeks" => ("work", "weeks"),
        "usd_per_person_week" => ("cost per person", "$/week"),
        other => (other, ""),
    }
}

/// Whose an input is: the name of one of several components.
fn owner(file: &ScenarioFile, path: &str) -> String {
    match (file.components().len(), path.strip_prefix("component.")) {
        (2.., Some(name)) => format!("{name}: "),
        _ => String::new(),
    }
}

/// What the file states beside assumptions, series and what is told in words.
fn stated(file: &ScenarioFile) -> Vec<(String, String)> {
    let Ok(Value::Table(whole)) = Value::try_from(file) else { return Vec::new() };
    let known: HashSet<String> = assumptions(file)
        .into_iter()
        .map(|(path, _)| path)
        .chain(series(file).into_iter().map(|(path, _)| path))
        .collect();
    let mut found = Vec::new();
    let mut of = |path: &str, owner: &str, entry: &Value| {
        let mut leaves = Vec::new();
        keys("", entry, &mut leaves);
        for (key, value) in leaves {
            let first = key.split('.').next().unwrap_or_default();
            let whole = format!("{path}.{key}");
            let is_told = known.contains(&whole) || IN_WORDS.contains(&whole.as_str()) || TOLD.contains(&first);
            if is_told || DEFAULTS.contains(&(key.as_str(), value.as_str())) {
                continue;
            }
            // Keys that a component may have, too.
            let name = if matches!(path, "revenue" | "availability") { label(&whole) } else { label(&key) };
            found.push((format!("{owner}{name}"), value));
        }
    };
    for section in ["demand", "revenue", "availability", "limits", "architecture"] {
        if let Some(entry) = whole.get(section) {
            of(section, "", entry);
        }
    }
    for (list, named) in [("component", "name"), ("cost", "label")] {
        for entry in whole.get(list).and_then(Value::as_array).into_iter().flatten() {
            let name = entry.get(named).and_then(Value::as_str).unwrap_or_default();
            let path = format!("{list}.{name}");
            let owner = if list == "cost" { format!("{name}: ") } else { owner(file, &path) };
            of(&path, &owner, entry);
        }
    }
    found
}

/// The keys of a table and of those within it, dotted, with their values in words. What is empty states nothing.
fn keys(above: &str, value: &Value, found: &mut Vec<(String, String)>) {
    match value {
        // An assumption or a series is one key, however much is said of it.
        Value::Table(table) if !table.contains_key("value") && !table.contains_key("values") => {
            for (key, inner) in table {
                let path = if above.is_empty() { key.clone() } else { format!("{above}.{key}") };
                keys(&path, inner, found);
            }
        }
        Value::Array(list) if list.is_empty() => {}
        other => found.push((above.to_owned(), words(other))),
    }
}

/// A value in words: lists with commas, tables as `key value`, without who said it.
fn words(value: &Value) -> String {
    const SAID: [&str; 3] = ["source", "observed", "evidence"];
    match value {
        Value::String(text) => text.clone(),
        Value::Boolean(true) => "yes".to_owned(),
        Value::Boolean(false) => "no".to_owned(),
        Value::Float(number) => shown(*number, ""),
        Value::Array(list) => list.iter().map(words).collect::<Vec<_>>().join(", "),
        Value::Table(table) => {
            let told = table.iter().filter(|(key, _)| !SAID.contains(&key.as_str()));
            told.map(|(key, value)| format!("{} {}", key.replace('_', " "), words(value))).collect::<Vec<_>>().join(" ")
        }
        Value::Integer(_) | Value::Datetime(_) => value.to_string(),
    }
}

/// What a key is called.
fn label(key: &str) -> String {
    let known = match key {
        "gpu" => "GPU",
        "hour_of_week" => "Own load by hour",
        "month_of_year_percent" => "Season, January to December, %",
        "quality_floor" => "Quality floor",
        "accept_unknown" => "Unknown accepted",
        "unlisted" => "No price list",
        "until_live" => "Until live by",
        "scope" => "Endpoint",
        "purchase" => "Bought",
        _ => "",
    };
    if !known.is_empty() {
        return known.to_owned();
    }
    if let Some((of, at)) = key.split_once("_ms_p")
        && let Some(what) =
            [("ttft", "Time to first token"), ("tpot", "Time per output token")].into_iter().find(|(of_, _)| *of_ == of)
    {
        return format!("{}, P{at}, ms", what.1);
    }
    let words = key.replace('.', ", ").replace('_', " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::super::super::file::parse;
    use super::*;

    const OWN: &str = "[scenario]\nname = \"a\"\nstart = \"2026-11\"\nmonths = 3\n[demand]\nrequests_per_month = 5\n\
        input_tokens_per_request = 1\noutput_tokens_per_request = 1\n[revenue]\nusd_per_request = 1\n";
    const GPUS: &str = "kind = \"own-gpus\"\ngpu = \"H100\"\noutput_tokens_per_s_per_gpu = 1\nusd_per_gpu_hour = 1\n";

    fn told(text: &str) -> Vec<(String, String)> {
        stated(&parse(&format!("{OWN}{text}")).unwrap())
    }

    fn value(of: &[(String, String)], label: &str) -> String {
        let found = of.iter().find(|(name, _)| name == label);
        found.unwrap_or_else(|| panic!("no {label} in {of:?}")).1.clone()
    }

    #[test]
    fn limits_and_serving_are_inputs() {
        let found = told(&format!(
            "[architecture]\n{GPUS}model = \"m\"\ngpus_per_unit = 2\nserving = {{ model = \"Llama-3.1-70B\", weights = \"fp8\", tensor_parallel = 2, \
             in_flight = 64 }}\n[limits]\nresidency = [\"EU\", \"CH\"]\nheadroom_percent = 20\nttft_ms_p95 = 800\n\
             quality_floor = {{ task = \"answers\", score = 0.8 }}\n"
        ));
        assert_eq!(value(&found, "Residency"), "EU, CH");
        assert_eq!(value(&found, "Time to first token, P95, ms"), "800");
        assert_eq!(value(&found, "Quality floor"), "score 0.80 task answers");
        assert_eq!(value(&found, "Serving, weights"), "fp8");
        assert_eq!(value(&found, "Serving, in flight"), "64");
        assert_eq!(value(&found, "Serving, tensor parallel"), "2");
        assert_eq!((value(&found, "Model"), value(&found, "GPU")), ("m".into(), "H100".into()));
        assert!(found.iter().all(|(label, _)| label != "Least headroom"), "it is told before: {found:?}");
    }

    #[test]
    fn an_assumption_is_told_once_and_not_here_whatever_is_said_of_it() {
        let full = GPUS
            .replace("usd_per_gpu_hour = 1", "usd_per_gpu_hour = { value = 1, low = 0.5, high = 2, source = \"a\" }");
        let labels: Vec<String> =
            told(&format!("[architecture]\n{full}")).into_iter().map(|(label, _)| label).collect();
        assert_eq!(labels, ["GPU"]);
    }

    #[test]
    fn one_of_several_components_is_named_and_a_default_is_as_if_unstated() {
        let two = format!(
            "[[component]]\nname = \"own\"\n{GPUS}purchase = \"on-demand\"\n[[component]]\nname = \"api\"\nkind = \"api\"\n\
             provider = \"p\"\nmodel = \"m\"\npriced_at = \"2026-10-31\"\nrate_limit = {{ requests_per_minute = 5 }}\n\
             share_percent = 10\n[[cost]]\nlabel = \"DB\"\nper_copy = true\nunits = {{ requests_per_s_per_unit = 1, usd_per_unit_month = 1, replicas = 1 }}\n"
        );
        let found = told(&two);
        assert_eq!(value(&found, "api: Model"), "m");
        assert_eq!(value(&found, "api: Rate limit, requests per minute"), "5");
        assert_eq!((value(&found, "DB: Per copy"), value(&found, "DB: Units, replicas")), ("yes".into(), "1".into()));
        assert!(found.iter().all(|(label, _)| label != "own: Bought"), "{found:?}");
        assert!(found.iter().all(|(label, _)| !label.contains("Requests per s per unit")), "assumptions are apart");
    }
}
