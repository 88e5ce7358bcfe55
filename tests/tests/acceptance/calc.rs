//! `marginline calc`: published figures and sums by hand, each file of `fixtures/calc` naming its source; and what the
//! command says of input that it cannot work with.

use std::collections::BTreeSet;

use marginline_tests::cli::{Desk, fixture};
use serde_json::Value;

/// Does the answer hold what a case says of one of its fields?
///
/// An object is a number with its tolerance, `within` absolutely or `within_share` of it; anything else stands there
/// as it is.
fn agrees(found: &Value, expected: &Value) -> bool {
    let Some(value) = expected.get("value").and_then(Value::as_f64) else { return found == expected };
    let Some(found) = found.as_f64() else { return false };
    let within =
        expected["within"].as_f64().unwrap_or_else(|| expected["within_share"].as_f64().unwrap() * value.abs());
    (found - value).abs() <= within
}

#[test]
fn every_published_case_is_answered_within_its_tolerance() {
    let desk = Desk::new();
    let mut answered = BTreeSet::new();
    let mut wrong = Vec::new();
    for entry in std::fs::read_dir(fixture("calc")).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        let cases: Value = serde_json::from_str(&text).unwrap();
        let name = cases["function"].as_str().unwrap();
        assert!(cases["source"].as_str().is_some_and(|source| !source.is_empty()), "{name} names its source");
        for case in cases["cases"].as_array().unwrap() {
            let what = &case["what"];
            let file = desk.file("input.json", case["input"].to_string());
            let answer = desk.run(&["calc", name, &file]).ends(0).json();
            for field in ["formula", "evidence"] {
                assert!(answer[field].is_string(), "{name}: {what} has no {field}: {answer}");
            }
            for (place, expected) in case["answers"].as_object().unwrap() {
                match answer.pointer(place) {
                    Some(found) if agrees(found, expected) => {}
                    found => wrong.push(format!("{name}, {what}: {place} is {found:?}, not {expected}")),
                }
            }
        }
        answered.insert(name.to_owned());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let known: BTreeSet<String> = marginline_engine::calc::names().map(str::to_owned).collect();
    // It reads files, and has a test of its own below.
    answered.insert("forecast-score".to_owned());
    assert_eq!(answered, known, "every function has cases");
}

#[test]
fn every_formula_is_explained_in_the_glossary() {
    let glossary = std::fs::read_to_string(fixture("../docs/glossary.md")).unwrap();
    for name in marginline_engine::calc::names() {
        assert!(glossary.contains(&format!("`{name}`")), "docs/glossary.md does not explain `{name}`");
    }
}

#[test]
fn bad_input_is_one_json_error_with_place_found_and_expected() {
    let desk = Desk::new();
    let file = desk.file("bad.json", r#"{"tokens":{"input":-3},"usd_per_mtok":{"input":1}}"#);
    let answer = desk.run(&["calc", "token-cost", &file]).ends(1);
    assert_eq!(answer.out, "", "a script reads nothing that looks like an answer");
    let error: Value = serde_json::from_str(&answer.err).unwrap();
    assert_eq!(error["error"]["path"], "tokens.input");
    assert_eq!(error["error"]["found"], "-3");
    assert_eq!(error["error"]["expected"], "a finite number of 0 or more");
    let missing = desk.run(&["calc", "token-cost", "no-such-file.json"]).ends(1);
    let error: Value = serde_json::from_str(&missing.err).unwrap();
    assert_eq!(error["error"]["expected"], "a file with one JSON object");
}

#[test]
fn an_unknown_function_is_wrong_usage_and_lists_what_there_is() {
    let answer = Desk::new().run(&["calc", "token-costs"]).ends(2);
    assert!(answer.err.contains("token-cost, cache-break-even"), "{answer:?}");
}

#[test]
fn forecasts_are_scored_over_files_of_series() {
    let desk = Desk::new();
    // Two series of two seasons each, with a heading as M4 has it and a shorter line filled up with empty fields.
    let train = desk.file("train.csv", "id,V2,V3,V4,V5\n\"A\",1,2,3,5\nB,10,20,30,\n");
    let test = desk.file("test.csv", "id,V2,V3\nA,4,6\nB,20,10\n");
    let score = |method: &str, train: &str| {
        let input = serde_json::json!({
            "train": train, "test": test, "method": method, "season": 2, "horizon": 2,
        });
        desk.run(&["calc", "forecast-score", &desk.file("input.json", input.to_string())])
    };
    let near = |value: &Value, expected: f64| assert!((value.as_f64().unwrap() - expected).abs() < 1e-12, "{value}");
    let answer = score("seasonal-naive", &train).ends(0).json();
    // A: 3, 5 against 4, 6, errors 1 over changes of 2 and 3. B: 20, 30 against 20, 10, errors 0 and 20 over one of 20.
    near(&answer["smape"], ((200.0 / 7.0 + 200.0 / 11.0) / 2.0 + 50.0) / 2.0);
    near(&answer["mase"], f64::midpoint(1.0 / 2.5, 0.5));
    assert_eq!(answer["series"], 2);
    let answer = score("naive", &train).ends(0).json();
    near(&answer["mase"], f64::midpoint(1.0 / 2.5, 0.75));
    let wrong = desk.file("wrong.csv", "A,1,2\nB,1,x\n");
    let error: Value = serde_json::from_str(&score("naive", &wrong).ends(1).err).unwrap();
    assert_eq!(error["error"]["path"], "train");
    assert_eq!(error["error"]["found"], "\"x\" in line 2, field 3");
}
