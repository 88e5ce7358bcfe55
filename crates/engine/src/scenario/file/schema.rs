//! The JSON schema of scenario files, for editors: made from the types that read them, so that it knows every key they
//! know. TOML editors such as Taplo check and complete by it.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value, json};

use super::series::MOST_MONTHS;
use super::span::{Span, of_assumption, of_number};
use super::week::WEEKS;
use super::{MeasuredPoint, ScenarioFile};

/// Where editors find the schema of this version.
pub const SCHEMA_FILE: &str = "docs/scenario.schema.json";

/// How well a figure is known.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum EvidenceWord {
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

/// One table, or a list of them.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub enum OneOrMany<T> {
    /// One.
    One(T),
    /// Several.
    Many(Vec<T>),
}

/// Measured points, or the name of an imported benchmark.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub enum MeasuredWritten {
    /// `benchmark NAME`.
    Benchmark(String),
    /// One point.
    Point(Box<MeasuredPoint>),
    /// Several.
    Points(Vec<MeasuredPoint>),
}

/// Tables that a file laid over another may state in part, with the keys that a file of its own needs of them.
const IN_PART: [(&str, &[&str]); 2] = [("ComponentFile", &["kind"]), ("CostFile", &["label"])];

/// The schema, draft 2020-12.
///
/// A file that changes another (`base.scenario`) states only what differs, and may take entries of lists away; one that
/// stands by itself needs a name, a first month and something that serves.
#[must_use]
pub fn schema() -> Value {
    let settings = SchemaSettings::draft2020_12();
    let made: Schema = settings.into_generator().into_root_schema_for::<ScenarioFile>();
    let mut whole = made.to_value();
    plain(&mut whole);
    told(&mut whole, None);
    ranged(&mut whole);
    let Some(root) = whole.as_object_mut() else { return whole };
    root.insert("title".into(), "Marginline scenario".into());
    let needed = json!({
        "required": ["scenario"],
        "properties": {
            "scenario": {"required": ["name", "start"]},
            "component": {"items": {"required": ["name", "kind"]}},
            "architecture": {"required": ["kind"]},
        },
        "anyOf": [{"required": ["architecture"]}, {"required": ["component"]}],
    });
    root.remove("required");
    root.insert("if".into(), json!({"required": ["base"], "properties": {"base": {"required": ["scenario"]}}}));
    root.insert("else".into(), needed);
    let definitions = root.get_mut("$defs").and_then(Value::as_object_mut);
    for (name, definition) in definitions.into_iter().flatten() {
        let Some(table) = definition.as_object_mut() else { continue };
        if name == "About" {
            table.remove("required");
        }
        if IN_PART.iter().any(|(known, _)| known == name) {
            table.remove("required");
            let remove = json!({"type": "boolean", "const": true,
                "description": "Takes the entry of this name away from the scenario that the file changes."});
            if let Some(keys) = table.get_mut("properties").and_then(Value::as_object_mut) {
                keys.insert("remove".into(), remove);
            }
        }
    }
    whole
}

/// The schema as a file.
#[must_use]
pub fn schema_text() -> String {
    let text = serde_json::to_string_pretty(&schema()).unwrap_or_default();
    format!("{text}\n")
}

/// Takes `null` out, which TOML has not, and formats that say how Rust holds a number.
fn plain(value: &mut Value) {
    match value {
        Value::Object(table) => {
            if let Some(Value::Array(types)) = table.get_mut("type") {
                types.retain(|kind| kind != "null");
                if let [one] = types.as_slice() {
                    let one = one.clone();
                    table.insert("type".into(), one);
                }
            }
            if let Some(Value::Array(choices)) = table.get_mut("anyOf") {
                choices.retain(|choice| choice != &json!({"type": "null"}));
                if let [Value::Object(one)] = choices.as_slice() {
                    let one: Map<String, Value> = one.clone();
                    table.remove("anyOf");
                    table.extend(one);
                }
            }
            if table.get("default") == Some(&Value::Null) {
                table.remove("default");
            }
            table.remove("format");
            table.values_mut().for_each(plain);
        }
        Value::Array(list) => list.iter_mut().for_each(plain),
        _ => {}
    }
}

/// Writes how far each number, date and name may go, from where the file's door looks it up.
fn ranged(whole: &mut Value) {
    let rates = whole.pointer_mut("/properties/exchange_rates").and_then(Value::as_object_mut);
    if let Some(rates) = rates {
        rates.insert("propertyNames".into(), json!({"pattern": "^[A-Z]{3}$"}));
        if let Some(rate) = rates.get_mut("additionalProperties").and_then(Value::as_object_mut) {
            stated_within(rate, of_assumption("RateFile", ""));
        }
    }
    let definitions = whole.get_mut("$defs").and_then(Value::as_object_mut);
    for (table, definition) in definitions.into_iter().flatten() {
        if let Some(choices) = definition.get_mut("anyOf").and_then(Value::as_array_mut) {
            choices.iter_mut().for_each(|choice| shaped(table, choice));
        }
        let keys = definition.get_mut("properties").and_then(Value::as_object_mut);
        for (key, told) in keys.into_iter().flatten() {
            let Some(told) = told.as_object_mut() else { continue };
            match told.get("$ref").and_then(Value::as_str) {
                Some("#/$defs/Assumption" | "#/$defs/Series") => stated_within(told, of_assumption(table, key)),
                _ => plain_within(told, (table, key)),
            }
        }
    }
}

/// An assumption or a series, written plainly or as a table.
fn stated_within(told: &mut Map<String, Value>, span: Span) {
    let (figure, series) = (Value::Object(span.words()), (1, MOST_MONTHS));
    told.extend(span.words());
    told.insert("items".into(), figure.clone());
    told.insert("minItems".into(), series.0.into());
    told.insert("maxItems".into(), series.1.into());
    let values = json!({"items": figure, "minItems": series.0, "maxItems": series.1});
    told.insert("properties".into(), json!({"value": figure, "values": values}));
}

/// A plain number, a list of them, or a text of which the door knows the form.
fn plain_within(told: &mut Map<String, Value>, (table, key): (&str, &str)) {
    let kind = told.get("type").and_then(Value::as_str).unwrap_or_default();
    if let (Some(span), "number" | "integer" | "array") = (of_number(table, key), kind) {
        match told.get_mut("items").and_then(Value::as_object_mut) {
            Some(items) => items.extend(span.words()),
            None => {
                // A span says more than that a whole number is not below 0.
                told.remove("minimum");
                told.extend(span.words());
            }
        }
    }
    let pattern = match (table, key) {
        ("About", "start") | ("Base", "month") => MONTH,
        (_, "priced_at") => DAY,
        (_, "currency") => "^[A-Z]{3}$",
        ("Demand", "month_of_year_percent") => {
            told.insert("minItems".into(), 12.into());
            told.insert("maxItems".into(), 12.into());
            return;
        }
        _ => return,
    };
    told.insert("pattern".into(), pattern.into());
}

/// The forms of what is written in more than one: a week, hours of batches, an assumption with the day when it was so.
fn shaped(table: &str, choice: &mut Value) {
    let Some(choice) = choice.as_object_mut() else { return };
    let is = |kind: &str| choice.get("type").and_then(Value::as_str) == Some(kind);
    match table {
        "Week" if is("string") => drop(choice.insert("enum".into(), json!(WEEKS))),
        "Week" if is("array") => {
            choice.insert("items".into(), json!({"type": "number", "minimum": 0, "maximum": 1_000_000_000_000_i64}));
            choice
                .insert("anyOf".into(), json!([{"minItems": 24, "maxItems": 24}, {"minItems": 168, "maxItems": 168}]));
        }
        "BatchHours" if is("string") => drop(choice.insert("pattern".into(), HOURS.into())),
        "BatchHours" if is("array") => {
            choice.insert("items".into(), json!({"type": "integer", "minimum": 0, "maximum": 23}));
            choice.insert("minItems".into(), 1.into());
        }
        _ => {
            if let Some(observed) = choice.get_mut("properties").and_then(|keys| keys.get_mut("observed")) {
                observed["pattern"] = OBSERVED.into();
            }
        }
    }
}

/// A month, a day, either of them, and a span of hours, as the door reads them.
const MONTH: &str = "^[0-9]{4}-(0[1-9]|1[0-2])$";
const DAY: &str = "^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}$";
const OBSERVED: &str = "^[0-9]{4}-[0-9]{1,2}(-[0-9]{1,2})?$";
const HOURS: &str = "^ *(0?[0-9]|1[0-9]|2[0-4]) *- *(0?[0-9]|1[0-9]|2[0-4]) *$";

/// Writes the unit of each number behind its description.
fn told(value: &mut Value, key: Option<&str>) {
    match value {
        Value::Object(table) => {
            let is_key = key.is_some() && (table.contains_key("type") || table.contains_key("$ref"));
            if let (true, Some(unit)) = (is_key, key.and_then(unit_of)) {
                let words = table.get("description").and_then(Value::as_str).unwrap_or_default();
                let words = format!("{words} Unit: {unit}.").trim_start().to_owned();
                table.insert("description".into(), words.into());
            }
            for (name, child) in table.iter_mut() {
                match (name.as_str(), child) {
                    ("properties", Value::Object(keys)) => {
                        keys.iter_mut().for_each(|(name, child)| told(child, Some(name)));
                    }
                    ("$defs", Value::Object(keys)) => keys.values_mut().for_each(|child| told(child, None)),
                    (_, child @ (Value::Array(_) | Value::Object(_))) => told(child, None),
                    _ => {}
                }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(|child| told(child, None)),
        _ => {}
    }
}

/// The unit of a key, as its name says it.
fn unit_of(key: &str) -> Option<&'static str> {
    const ENDINGS: [(&str, &str); 38] = [
        ("percent_per_month", "percent a month"),
        ("percent_per_year", "percent a year"),
        ("_percent", "percent"),
        ("usd_per_gpu_hour", "USD per GPU and hour"),
        ("usd_per_unit_month", "USD per unit and month"),
        ("usd_per_person_week", "USD per person and week"),
        ("usd_per_person_month", "USD per person and month"),
        ("usd_per_mtok", "USD per million tokens"),
        ("usd_per_gb_month", "USD per gigabyte and month"),
        ("usd_per_gb", "USD per gigabyte"),
        ("usd_per_request", "USD per request"),
        ("usd_per_sampled_request", "USD per sampled request"),
        ("usd_per_month", "USD per month"),
        ("usd_per_hour", "USD per hour"),
        ("tokens_per_request", "tokens per request"),
        ("tokens_per_s_per_gpu", "tokens per second and GPU"),
        ("tokens_per_s", "tokens per second"),
        ("tokens_per_minute", "tokens per minute"),
        ("requests_per_month", "requests per month"),
        ("requests_per_s_per_unit", "requests per second and unit"),
        ("requests_per_minute", "requests per minute"),
        ("requests_per_s", "requests per second"),
        ("gb_per_request", "gigabytes per request"),
        ("_gb", "gigabytes"),
        ("_mtok", "million tokens"),
        ("_ms_p50", "ms"),
        ("_ms_p90", "ms"),
        ("_ms_p95", "ms"),
        ("_ms_p99", "ms"),
        ("people_weeks", "person-weeks"),
        ("weeks_to_live", "weeks"),
        ("_months", "months"),
        ("_usd", "USD"),
        ("_tokens", "tokens"),
        ("from_month", "month of the scenario, 1 the first"),
        ("to_month", "month of the scenario, 1 the first"),
        ("_ratio", "ratio"),
        ("hours_down_per_year", "hours per year"),
    ];
    let whole = match key {
        "usd" => Some("USD"),
        "months" => Some("months"),
        "gpus" | "gpus_per_unit" => Some("GPUs"),
        "spare_units" => Some("units"),
        "verbosity" | "tokenizer_ratio" => Some("ratio"),
        _ => None,
    };
    whole.or_else(|| ENDINGS.iter().find(|(ending, _)| key.ends_with(ending)).map(|(_, unit)| *unit))
}
