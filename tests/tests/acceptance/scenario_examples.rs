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
