//! The door itself: what it refuses, and how it says so.

use serde_json::{Value, json};

use super::*;

fn asked(name: &str, input: &str) -> std::result::Result<Value, Refusal> {
    calc(name, input).unwrap()
}

fn refused(name: &str, input: &str) -> Refusal {
    asked(name, input).expect_err("bad input is refused")
}

#[test]
fn a_figure_that_is_no_number_is_refused_at_its_place() {
    let break_even = |write: &str| format!(r#"{{"write_mult": {write}, "read_mult": 0.1}}"#);
    for bad in ["NaN", "Infinity", "-Infinity", "1e999", "\"1.25\"", "-1", "[1]", "null"] {
        let refusal = refused("cache-break-even", &break_even(bad));
        assert_eq!(refusal.path, "write_mult", "{bad}");
        assert_eq!(refusal.expected, "a finite number of 0 or more", "{bad}");
    }
    assert_eq!(refused("cache-break-even", &break_even("NaN")).found, "\"NaN\"");
}

#[test]
fn text_that_is_no_object_is_refused_as_a_whole() {
    for bad in ["", "[]", "3", "{", r#"{"write_mult": }"#, "nan"] {
        assert_eq!(refused("cache-break-even", bad).path, "$", "{bad}");
    }
}

#[test]
fn words_inside_strings_are_left_alone() {
    let answer = asked("cache-break-even", r#"{"write_mult":1.25,"read_mult":0.1,"note \" NaN":"NaN, 1e999"}"#);
    let answer = answer.unwrap();
    assert_eq!(answer["reads"], json!(1));
    assert_eq!(answer["warnings"], json!([r#"note " NaN is not known here and was not used"#]));
}

#[test]
fn what_is_too_large_to_be_a_number_does_not_get_out() {
    let input = r#"{"usd_per_gpu_hour":1e300,"gpus":1e300,"tokens_per_s":1,"utilisation":1}"#;
    let refusal = refused("self-host-cost", input);
    assert_eq!(refusal.name, Some("out_of_range"));
}

#[test]
fn an_unknown_function_is_wrong_usage() {
    assert_eq!(calc("token-costs", "{}").unwrap_err().kind, crate::ErrorKind::Usage);
}

#[test]
fn tokens_without_a_price_are_refused_and_never_free() {
    let refusal = refused("token-cost", r#"{"tokens":{"cache_read":10},"usd_per_mtok":{"input":1}}"#);
    assert_eq!(refusal.path, "usd_per_mtok.cache_read");
    let free = asked("token-cost", r#"{"tokens":{"input":10},"usd_per_mtok":{"input":0}}"#).unwrap();
    assert_eq!(free["usd"], json!(0.0));
}

#[test]
fn every_function_says_formula_unit_and_evidence_and_survives_an_empty_object() {
    for name in names() {
        let refusal = refused(name, "{}");
        assert!(!refusal.path.is_empty() && !refusal.expected.is_empty(), "{name}: {refusal:?}");
    }
}

#[test]
fn rates_that_are_none_or_several_are_named() {
    let irr = |flows: &str| refused("irr", &format!(r#"{{"flows":{flows},"first_flow":"now"}}"#));
    assert_eq!(irr("[1, 2, 3]").name, Some("no_root"));
    let several = irr("[-100, 230, -132]");
    assert_eq!((several.name, several.path.as_str()), (Some("several_roots"), "flows"));
    assert!(several.found.contains("0.100000, 0.200000"), "{}", several.found);
}

#[test]
fn a_division_by_zero_is_refused() {
    let refusal = refused("bridge", r#"{"from":{"a":1,"b":0},"to":{"a":2,"b":1},"expression":"a/b"}"#);
    assert_eq!(refusal.name, Some("out_of_range"));
}

#[test]
fn lists_tell_which_item_is_wrong() {
    let refusal = refused("npv", r#"{"rate":0.1,"flows":[-1,NaN],"first_flow":"now"}"#);
    assert_eq!((refusal.path.as_str(), refusal.found.as_str()), ("flows[1]", "\"NaN\""));
    let refusal = refused("schedule-cost", r#"{"steps":[[1,2],[1]],"per_unit":1,"usd_per_hour":1}"#);
    assert_eq!((refusal.path.as_str(), refusal.found.as_str()), ("steps[1]", "a list of 1"));
}

#[test]
fn contracts_say_where_they_cannot_be() {
    let ask = |promise: &str, demand: &str| {
        let input = format!(
            r#"{{"start":"2025-01","months":12,"on_demand":1,"promise":{{"what":"hours","rate":1,{promise}}},"demand":{demand}}}"#
        );
        refused("commitment", &input)
    };
    let place = |promise: &str, demand: &str| ask(promise, demand).path;
    let fine = r#""per":"hour","amount":1"#;
    assert_eq!(place(r#""per":"week","amount":1"#, r#"{"level":[1]}"#), "promise.per");
    assert_eq!(place(r#""per":"hour""#, r#"{"level":[1]}"#), "promise.amount");
    assert_eq!(place(r#""per":{"months":5},"amount":1"#, r#"{"level":[1]}"#), "promise.per");
    assert_eq!(place(r#""per":"hour","amount":1,"shortfall":"make_up""#, r#"{"level":[1]}"#), "promise.shortfall");
    let prepaid = r#""per":"hour","amount":1,"shortfall":"fee","shortfall_share":0.5,"prepaid_share":0.6"#;
    assert_eq!(place(prepaid, r#"{"level":[1]}"#), "promise.prepaid_share");
    assert_eq!(place(fine, r#"{"level":[1,-1]}"#), "demand.level[1]");
    assert_eq!(place(fine, r#"{"hourly":[1,2]}"#), "demand.hourly");
    assert_eq!(ask(fine, r#"{"hourly":[1,2]}"#).expected, "whole months; month 0 has 744 hours");
    assert_eq!(place(fine, r#"{}"#), "demand");
    assert_eq!(place(fine, r#"{"monthly":[1,1,1,1,1,1,1,1,1,1,1,1,1]}"#), "demand");
}

#[test]
fn a_bill_that_cannot_be_shared_is_refused_at_its_place() {
    let place = |rest: &str| refused("gpu-cost", &format!(r#"{{"gpu_usd":1,"gpu_hours":1,{rest}}}"#)).path;
    assert_eq!(place(r#""workloads":[{"name":"a","gpu_hours":2}]"#), "gpu_hours");
    assert_eq!(place(r#""workloads":[{"name":"a","gpu_hours":1,"used_gpu_hours":2}]"#), "workloads[0].used_gpu_hours");
    assert_eq!(place(r#""workloads":[{"name":"a","gpu_hours":1,"fraction":[8,7]}]"#), "workloads[0].fraction");
    assert_eq!(place(r#""workloads":[{"name":"a","gpu_hours":1,"fraction":{"mig":"big"}}]"#), "workloads[0].fraction");
    let by_use = r#""overhead_usd":1,"share_overhead":"used","workloads":[{"name":"a","gpu_hours":1}]"#;
    assert_eq!(place(by_use), "workloads[0].utilisation");
    assert_eq!(place(r#""overhead_usd":1,"share_overhead":"even","workloads":[]"#), "share_overhead");
}

#[test]
fn what_cannot_be_drawn_or_searched_is_told_with_its_place() {
    let simulated =
        |inputs: &str, rest: &str| refused("simulate", &format!(r#"{{"inputs":{inputs},"expression":"a/b"{rest}}}"#));
    let one = r#"{"distribution":"uniform","low":1,"high":2}"#;
    let peak = r#"{"distribution":"triangular","low":1,"mode":5,"high":2}"#;
    assert_eq!(simulated(&format!(r#"{{"a":{peak},"b":1}}"#), "").path, "inputs.a.mode");
    assert_eq!(simulated(r#"{"a":NaN,"b":1}"#, "").path, "inputs.a");
    assert_eq!(simulated(&format!(r#"{{"a":{one}}}"#), "").path, "expression", "there is no b");
    let zero = simulated(&format!(r#"{{"a":{one},"b":0}}"#), "");
    assert_eq!((zero.path.as_str(), zero.name), ("expression", Some("out_of_range")));
    let three = format!(r#"{{"a":{one},"b":{one},"c":{one}}}"#);
    let pair = |first: &str, second: &str, rank: f64| json!({"first": first, "second": second, "rank": rank});
    let contrary = json!([pair("a", "b", 0.9), pair("b", "c", 0.9), pair("a", "c", -0.9)]);
    let refusal = simulated(&three, &format!(r#","correlations":{contrary}"#));
    assert_eq!((refusal.path.as_str(), refusal.name), ("correlations", Some("indefinite")));
    let repaired =
        format!(r#"{{"inputs":{three},"expression":"a/b","correlations":{contrary},"indefinite":"repair"}}"#);
    assert!(asked("simulate", &repaired).unwrap()["warnings"][0].as_str().unwrap().contains("replaced by near ones"));
    let refusal = refused("sobol", &format!(r#"{{"inputs":{three},"expression":"a*b","samples":100}}"#));
    assert_eq!(refusal.path, "samples");
    assert_eq!(refused("search", r#"{"model":"no such model"}"#).path, "model");
    let unknown = r#"{"model":"Llama-3.1-70B","gpus":[{"name":"h1000"}]}"#;
    assert_eq!(refused("search", unknown).path, "gpus[0].name");
    let mix = r#"{"request_rate":1,"distribution":[[1]],"gpus":[{"name":"a","usd_per_hour":1,"tputs":[[1]]}],"residency":[]}"#;
    assert_eq!(refused("gpu-mix", mix).path, "residency");
}

/// Inputs of the published cases, by function.
fn published() -> Vec<(String, Value)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/calc");
    let mut inputs = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let file: Value = serde_json::from_str(&std::fs::read_to_string(entry.unwrap().path()).unwrap()).unwrap();
        for case in file["cases"].as_array().unwrap() {
            inputs.push((file["function"].as_str().unwrap().to_owned(), case["input"].clone()));
        }
    }
    inputs
}

/// The numbers of an input, one after the other.
fn numbers<'a>(value: &'a mut Value, found: &mut Vec<&'a mut Value>) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| numbers(item, found)),
        Value::Object(fields) => fields.values_mut().for_each(|field| numbers(field, found)),
        Value::Number(_) => found.push(value),
        _ => {}
    }
}

/// Names of figures that are money spent or probabilities, and can never be negative.
const NEVER_NEGATIVE: [&str; 24] = [
    "usd",
    "low",
    "high",
    "usd_per_mtok",
    "usd_per_hour",
    "cost",
    "revenue",
    "on_demand_usd",
    "total_usd",
    "unused",
    "service_level",
    "occupancy",
    "waiting_probability",
    "p",
    "billed",
    "effective",
    "prepayment",
    "idle_usd",
    "overhead_usd",
    "usd_per_unit_hour",
    "usd_per_month",
    "on_demand_cost",
    "break_even_utilisation",
    "coverage",
];

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(400))]

    #[test]
    fn whatever_stands_in_a_field_the_answer_is_numbers_or_a_refusal(
        which in 0..usize::MAX, changed in proptest::collection::vec((0..usize::MAX, 0..13usize), 1..3),
    ) {
        let mut inputs = published();
        let count = inputs.len();
        let (name, input) = &mut inputs[which % count];
        for (place, what) in changed {
            let mut places = Vec::new();
            numbers(input, &mut places);
            let count = places.len().max(1);
            if let Some(number) = places.into_iter().nth(place % count) {
                let extremes = [0.0, 1e-308, 1e-9, 0.1, 0.999_999, 1.0, 2.0, 7.5, 1e4, 1e9, 1e15, 1e308, -1.0];
                *number = json!(extremes[what]);
            }
        }
        match asked(name, &input.to_string()) {
            Ok(answer) => {
                for field in NEVER_NEGATIVE {
                    let negative = answer[field].as_f64().is_some_and(|figure| figure < -1e-9);
                    proptest::prop_assert!(!negative, "{name}: {field} of {input} is {}", answer[field]);
                }
            }
            Err(refusal) => proptest::prop_assert!(!refusal.path.is_empty() && !refusal.expected.is_empty()),
        }
    }
}
