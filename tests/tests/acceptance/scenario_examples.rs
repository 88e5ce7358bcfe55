//! Ready examples and the schema: every example runs, compares and fits the schema that editors use.

use marginline_tests::cli::{Desk, fixture, text};
use serde_json::Value;

const EXAMPLES: [&str; 7] =
    ["api-only", "own-h100", "hybrid", "reserved", "two-region-eu", "night-batch", "smaller-model-with-router"];

fn schema() -> Value {
    let printed = marginline_tests::cli::marginline(["scenario", "schema"]).ends(0).out;
    serde_json::from_str(&printed).expect("a JSON document")
}

fn files_of(folder: &str) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(fixture(folder)).expect("a folder of fixtures");
    let files = entries.map(|entry| entry.expect("a file").path());
    files.filter(|path| path.extension().is_some_and(|extension| extension == "toml")).collect()
}

#[test]
fn examples_run_in_an_empty_workspace_and_compare() {
    let desk = Desk::new();
    let files: Vec<String> = EXAMPLES.iter().map(|name| fixture(&format!("scenarios/{name}.toml"))).collect();
    let mut words = vec!["scenario", "compare"];
    words.extend(files.iter().map(String::as_str));
    let found = desk.json(&words);
    let scenarios = found["scenarios"].as_array().unwrap();
    assert_eq!(scenarios.len(), EXAMPLES.len());
    let mut run = vec!["scenario", "run"];
    run.extend(files.iter().map(String::as_str));
    let runs = desk.json(&run);
    let first = |at: usize| {
        let months = runs[at]["months"].as_array().unwrap();
        assert_eq!((months.len(), text(&months[0], "month")), (24, "2026-12"), "{}", EXAMPLES[at]);
        months[0].clone()
    };
    // By hand: 0.00663 USD a request by API; 5 GPUs x 744 h x 6.88 and 45,000 of people; a half of two EU prices.
    assert_eq!(text(&first(0), "cogs"), "132600");
    assert_eq!(text(&first(1), "cogs"), "65474.88", "(3 + 1 spare) x 744 x 6.88 + 45,000");
    // 20,000,000 x (0.00221 x 0.875 + 0.00663 x 0.125 + 0.00005): who fails on the small one is paid on the large one.
    assert_eq!(text(&first(6), "cogs"), "56250");
    let verdict = |at: usize, limit: &str| {
        let verdicts = runs[at]["verdicts"].as_array().unwrap();
        verdicts.iter().find(|each| each["limit"] == limit).map(|each| text(each, "verdict").to_owned())
    };
    assert_eq!(verdict(4, "residency").as_deref(), Some("meets"));
    for at in 0..EXAMPLES.len() {
        let verdicts = runs[at]["verdicts"].as_array().unwrap();
        assert!(verdicts.iter().all(|each| each["verdict"] != "fails"), "{}: {verdicts:?}", EXAMPLES[at]);
    }
    // Nothing crosses at a volume that no company has: 1,000 billion requests a month are rounding, and not an answer.
    for pair in found["break_even"].as_array().unwrap() {
        for volumes in pair["volumes"].as_array().unwrap() {
            let ends = ["from", "to"].map(|end| volumes[end].as_f64().unwrap_or(0.0));
            assert!(ends.iter().all(|end| *end < 1e12), "{pair}");
        }
    }
}

#[test]
fn the_committed_schema_is_the_one_that_the_command_prints() {
    let printed = marginline_tests::cli::marginline(["scenario", "schema"]).ends(0).out;
    let committed = include_str!("../../../docs/scenario.schema.json");
    assert!(printed == committed, "run `marginline scenario schema > docs/scenario.schema.json`");
    assert_eq!(schema()["$schema"], "https://json-schema.org/draft/2020-12/schema");
}

#[test]
fn every_scenario_of_the_repository_fits_the_schema_and_wrong_ones_do_not() {
    let schema = schema();
    let check = jsonschema::validator_for(&schema).unwrap();
    let read = |text: &str| -> Value { serde_json::to_value(text.parse::<toml::Table>().unwrap()).unwrap() };
    let files: Vec<_> = files_of("scenarios").into_iter().chain(files_of("demo/scenarios")).collect();
    assert!(files.len() >= 12, "{}", files.len());
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let errors: Vec<String> =
            check.iter_errors(&read(&text)).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(errors.is_empty(), "{}: {errors:?}", file.display());
    }
    let own = std::fs::read_to_string(fixture("scenarios/api-only.toml")).unwrap();
    for (from, to, why) in [
        ("growth_percent_per_month", "growth_percent", "a key that nobody knows"),
        ("start = \"2026-12\"", "", "no first month"),
        ("kind = \"api\"", "kind = \"cloud\"", "a kind that nobody knows"),
        ("months = 24", "months = \"two years\"", "a text for a number"),
        ("evidence = \"assumed\"", "evidence = \"guessed\"", "an evidence that nobody knows"),
    ] {
        let wrong = own.replacen(from, to, 1);
        assert_ne!(wrong, own, "{why}");
        assert!(!check.is_valid(&read(&wrong)), "{why} is let through");
    }
    // A change of another scenario needs less, and may take entries away.
    assert!(check.is_valid(&read("[base]\nscenario = \"api-only\"\n[[component]]\nname = \"api\"\nremove = true\n")));
}

/// Every key tells what it is; every number tells its unit, or is one of those that have none.
#[test]
fn every_key_of_the_schema_is_described() {
    let schema = schema();
    let mut bare = Vec::new();
    let tables = schema["$defs"].as_object().unwrap().iter().map(|(name, table)| (name.as_str(), table));
    for (name, table) in tables.chain([("file", &schema)]) {
        for (key, of) in table["properties"].as_object().into_iter().flatten() {
            if of["description"].as_str().unwrap_or_default().is_empty() {
                bare.push(format!("{name}.{key}"));
            }
        }
    }
    assert!(bare.is_empty(), "without a description: {bare:?}");
    let unit =
        |table: &str, key: &str| schema["$defs"][table]["properties"][key]["description"].as_str().unwrap().to_owned();
    assert!(unit("ComponentFile", "usd_per_gpu_hour").contains("USD per GPU and hour"));
    assert!(unit("Demand", "growth_percent_per_month").contains("percent a month"));
}

/// A minus before nothing but noughts, that no reader and no spreadsheet wants: `-0`, `-0.00`, `−0`.
fn minus_nothing(text: &str) -> Option<String> {
    let letters: Vec<char> = text.chars().collect();
    (0..letters.len()).find_map(|at| {
        let begins = matches!(letters[at], '-' | '\u{2212}') && (at == 0 || !letters[at - 1].is_alphanumeric());
        let digits = || letters[at + 1..].iter().take_while(|sign| sign.is_ascii_digit() || matches!(sign, '.' | ','));
        let found: String = if begins { digits().collect() } else { String::new() };
        let is_nothing = found.starts_with('0') && found.chars().all(|sign| matches!(sign, '0' | '.' | ','));
        let from = at.saturating_sub(60);
        is_nothing.then(|| letters[from..(at + 20).min(letters.len())].iter().collect())
    })
}

#[test]
fn nothing_ever_has_a_minus() {
    assert!(minus_nothing("{\"a\":-0.0}").is_some() && minus_nothing("\u{2212}0 USD").is_some());
    assert_eq!(minus_nothing("-0.5 2026-00 e-0 -1"), None);
    let desk = Desk::new();
    let idle = "[scenario]\nname = \"Idle\"\nstart = \"2026-11\"\nmonths = 3\n\
         [demand]\nrequests_per_month = 0\ninput_tokens_per_request = 0\noutput_tokens_per_request = 100\n\
         [revenue]\nusd_per_request = 0\n\
         [architecture]\nkind = \"own-gpus\"\ngpu = \"H100 SXM\"\noutput_tokens_per_s_per_gpu = 50\n\
         usd_per_gpu_hour = { value = 2, low = 1, high = 3 }\n\
         [[cost]]\nlabel = \"audit\"\nusd_per_month = 0\nevery_months = 2\n\
         [[cost]]\nlabel = \"late\"\nusd_per_month = 300\nfrom_month = 3\n";
    let plain = desk.file("idle.toml", idle);
    let other = desk.file("other.toml", idle.replace("months = 3", "months = 3\n# The same."));
    let mut pairs = vec![(plain, other)];
    let example = |name: &str| fixture(&format!("scenarios/{name}.toml"));
    pairs.extend([("api-only", "own-h100"), ("hybrid", "two-region-eu")].map(|(a, b)| (example(a), example(b))));
    for (one, two) in &pairs {
        let lines: [&[&str]; 9] = [
            &["scenario", "run", one],
            &["scenario", "compare", one, two],
            &["scenario", "compare", one, two, "--draws", "50"],
            &["scenario", "bridge", one, two],
            &["scenario", "sensitivity", one],
            &["scenario", "simulate", one, "--draws", "50"],
            &["scenario", "explain", one],
            &["scenario", "explain", one, "--line", "Gross margin"],
            &["scenario", "explain", two],
        ];
        for words in lines {
            for form in ["", "--json"] {
                let line: Vec<&str> = words.iter().copied().chain((!form.is_empty()).then_some(form)).collect();
                let told = desk.run(&line);
                // What has no range cannot be drawn, and says so.
                assert!(matches!(told.code, 0 | 1), "{line:?}: {told:#?}");
                assert_eq!(minus_nothing(&told.out), None, "{line:?}");
            }
        }
    }
}

/// Every example that the repository holds, in three of its months: no line says "further parts", which is where an
/// explanation gives up.
#[test]
fn no_example_has_a_line_that_its_steps_do_not_tell() {
    let desk = Desk::new();
    desk.run(&["demo"]).ends(0);
    let files: Vec<_> = files_of("scenarios").into_iter().chain(files_of("demo/scenarios")).collect();
    assert!(files.len() >= 20, "{}", files.len());
    let mut lines = 0;
    for file in files {
        let file = file.to_string_lossy().into_owned();
        let run = desk.json(&["scenario", "run", &file]);
        let run = run.as_array().map_or(&run, |runs| &runs[0]);
        let months: Vec<&str> = run["months"].as_array().unwrap().iter().map(|month| text(month, "month")).collect();
        let wanted: std::collections::BTreeSet<&str> =
            [0, months.len() / 2, months.len() - 1].into_iter().map(|at| months[at]).collect();
        for month in wanted {
            let told = desk.json(&["scenario", "explain", &file, "--month", month]);
            for line in told["lines"].as_array().unwrap() {
                let steps = line["steps"].as_array().unwrap();
                let left = steps.iter().any(|step| step["name"] == "further parts of this line");
                assert!(!left, "{file} {month}: {line}");
                lines += 1;
            }
        }
    }
    assert!(lines > 200, "{lines}");
}

/// A file that states every key.
const EVERY_KEY: &str = include_str!("../../../crates/engine/src/scenario/tests/every_key.toml");

/// Follows a reference of the schema.
fn followed<'a>(whole: &'a Value, mut node: &'a Value) -> Vec<&'a Value> {
    let mut found = vec![node];
    while let Some(name) = node["$ref"].as_str() {
        node = whole.pointer(name.trim_start_matches('#')).expect("a definition");
        found.push(node);
    }
    let choices: Vec<&Value> = found.iter().filter_map(|node| node["anyOf"].as_array()).flatten().collect();
    found.extend(choices.into_iter().flat_map(|choice| followed(whole, choice)));
    found
}

/// Every number of a file with the ranges that the schema has for it: where it stands, and figures outside.
fn outside(whole: &Value, node: &Value, file: &Value, place: &str, found: &mut Vec<(String, Value)>) {
    let nodes = followed(whole, node);
    match file {
        Value::Object(keys) => {
            for (key, child) in keys {
                let own = nodes.iter().flat_map(|node| [&node["properties"][key], &node["additionalProperties"]]);
                for told in own.filter(|told| told.is_object()) {
                    outside(whole, told, child, &format!("{place}/{key}"), found);
                }
            }
        }
        Value::Array(items) => {
            for (at, child) in items.iter().enumerate() {
                for told in nodes.iter().map(|node| &node["items"]).filter(|told| told.is_object()) {
                    outside(whole, told, child, &format!("{place}/{at}"), found);
                }
            }
        }
        Value::Number(_) => {
            for node in nodes {
                let is_whole = node["type"] == "integer";
                let by = |end: f64| if is_whole { 1.0 } else { end.abs().max(1.0) * 1e-3 };
                let figure = |end: f64| if is_whole { Value::from(end as i64) } else { Value::from(end) };
                let ends = [
                    node["minimum"].as_f64().map(|end| end - by(end)),
                    node["exclusiveMinimum"].as_f64(),
                    node["maximum"].as_f64().map(|end| end + by(end)),
                    node["exclusiveMaximum"].as_f64(),
                ];
                found.extend(ends.into_iter().flatten().map(|end| (place.to_owned(), figure(end))));
            }
        }
        _ => {}
    }
}

#[test]
fn what_lies_outside_of_a_range_is_refused_by_the_schema_and_by_the_door() {
    let schema = schema();
    let check = jsonschema::validator_for(&schema).unwrap();
    let whole: Value = serde_json::to_value(EVERY_KEY.parse::<toml::Table>().unwrap()).unwrap();
    assert!(
        check.is_valid(&whole),
        "{:?}",
        check.iter_errors(&whole).map(|error| error.to_string()).collect::<Vec<_>>()
    );
    let mut wrong = Vec::new();
    outside(&schema, &schema, &whole, "", &mut wrong);
    wrong.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.to_string().cmp(&b.1.to_string())));
    wrong.dedup();
    // Every key that has a range has two ends; `[optimise]` is looked at when it is asked for.
    wrong.retain(|(place, _)| !place.starts_with("/optimise"));
    let places: std::collections::BTreeSet<&String> = wrong.iter().map(|(place, _)| place).collect();
    assert!(places.len() > 100, "{}: {places:?}", places.len());
    let desk = Desk::new();
    for (place, figure) in &wrong {
        let mut file = whole.clone();
        *file.pointer_mut(place).unwrap() = figure.clone();
        assert!(!check.is_valid(&file), "the schema takes {place} = {figure}");
        let written = toml::to_string(&toml::Table::try_from(&file).unwrap()).unwrap();
        let path = desk.file("wrong.toml", written);
        let told = desk.run(&["scenario", "run", &path]);
        assert_ne!(told.code, 0, "the door takes {place} = {figure}");
        let key = place.rsplit('/').find(|part| part.parse::<usize>().is_err() && !part.starts_with("value")).unwrap();
        let told_of = told.err.contains(key)
            || ["expected a whole number", "a replica of"].iter().any(|words| told.err.contains(words));
        assert!(told_of, "{place} = {figure}: {}", told.err);
    }
}

#[test]
fn months_hours_and_names_have_the_form_that_the_door_reads() {
    let schema = schema();
    let check = jsonschema::validator_for(&schema).unwrap();
    let desk = Desk::new();
    let plain = std::fs::read_to_string(fixture("scenarios/api-only.toml")).unwrap();
    let whole: toml::Table = plain.parse().unwrap();
    let mut tried = 0;
    for (place, good, bad) in [
        ("/scenario/start", ["2026-01", "2026-12"], ["2026-13", "soon"]),
        ("/demand/hour_of_week", ["flat", "consumer-chat"], ["night", "Flat"]),
        ("/demand/requests_per_month/observed", ["2026-10", "2026-10-31"], ["yesterday", "31.10.2026"]),
    ] {
        for (value, is_good) in good.into_iter().map(|good| (good, true)).chain(bad.map(|bad| (bad, false))) {
            let mut file = serde_json::to_value(&whole).unwrap();
            if place.ends_with("observed") {
                file["demand"]["requests_per_month"] = serde_json::json!({"value": 1_000_000, "observed": value});
            } else {
                let (table, key) = place[1..].split_once('/').unwrap();
                file[table][key] = value.into();
            }
            assert_eq!(check.is_valid(&file), is_good, "the schema on {place} = {value}");
            let written = toml::to_string(&toml::Table::try_from(&file).unwrap()).unwrap();
            let told = desk.run(&["scenario", "run", &desk.file("form.toml", written)]);
            assert_eq!(told.code == 0, is_good, "the door on {place} = {value}: {}", told.err);
            tried += 1;
        }
    }
    assert_eq!(tried, 12);
}
