//! Scenarios side by side from the command line: who wins, what differs, value and payback, how hard it is to undo, two-way
//! tables and workbooks.

use marginline_engine::Engine;
use marginline_engine::view::{CompareQuery, Override, TableRequest};
use marginline_tests::cli::{Desk, text};
use serde_json::Value;

/// A million requests at a cent. From the API a request costs 0.0015 USD, 1,500 a month.
const API: &str = r#"
[scenario]
name = "API only"
start = "2026-11"
months = 12

[demand]
requests_per_month = 1000000
input_tokens_per_request = 1000
output_tokens_per_request = 100

[revenue]
usd_per_request = 0.01

[architecture]
kind = "api"
provider = "anthropic"
model = "claude-haiku-4-5"
priced_at = "2026-10-31"
portable = false
"#;

/// One GPU of 50 tokens a second at 1 USD: 720 to 744 USD a month.
const OWN: &str = r#"
[scenario]
name = "Own GPUs"
start = "2026-11"
months = 12

[demand]
requests_per_month = { value = 1000000, low = 900000, high = 1100000 }
input_tokens_per_request = 1000
output_tokens_per_request = 100

[revenue]
usd_per_request = 0.01

[architecture]
kind = "own-gpus"
gpu = "H100 SXM"
output_tokens_per_s_per_gpu = { value = 50, source = "own load test", evidence = "measured" }
usd_per_gpu_hour = { value = 1, source = "offer", evidence = "published" }
gpus = 1
portable = true
quality = { task = "answers", score = 0.8, source = "own cases" }
committed = [{ gpus = 1, usd_per_gpu_hour = 1, upfront_percent = 100 }]
exit = { people_weeks = 1, usd_per_person_week = 4000, re_evaluation_usd = 500 }

[migration]
usd = 2280
"#;

fn pair(desk: &Desk, own: &str) -> (String, String) {
    (desk.file("api.toml", API), desk.file("own.toml", own))
}

fn compare(desk: &Desk, own: &str) -> Value {
    let (api, own) = pair(desk, own);
    desk.json(&["scenario", "compare", &api, &own, "--undo-month", "3"])
}

/// November has 720 hours, October 744; 8,760 in the year.
#[test]
fn gain_payback_cash_and_leaving_by_hand() {
    let found = compare(&Desk::new(), OWN);
    let own = &found["scenarios"][1];
    // Summed in Python: −2280 + Σ (10000 − hours) ÷ 1.1^(t/12), and the same of 1500 − hours.
    assert_eq!(text(own, "npv"), "103403.87");
    let against = &own["against_first"];
    assert_eq!(text(against, "npv"), "6499.73");
    // 780, 756, 756 gained by January, less 2,280 for moving in.
    assert_eq!(text(against, "margin_gained_by_undo_month"), "12");
    let payback = against["payback_months"].as_f64().unwrap();
    assert!((payback - (2.0 + (2_280.0 - 780.0 - 756.0) / 756.0)).abs() < 1e-6, "{payback}");
    assert_eq!(text(&own["cash"], "total"), "11040", "8,760 for the GPU and 2,280 for moving in");
    assert_eq!(own["cash"]["months"][0], "11040", "all of it is paid at the start");
    assert_eq!(own["cash"]["months"][1], "0");
    assert_eq!(own["commitment_coverage_percent"], 100.0);

    let exit = &own["exit"];
    assert_eq!(exit["portable"], true);
    let january = &exit["months"][2];
    assert_eq!(january["contract_remainder"], "6552", "8,760 hours less the 2,208 of three months");
    assert_eq!((&january["people"], &january["re_evaluation"]), (&"4000".into(), &"500".into()));
    assert_eq!(january["egress"], Value::Null, "not stated is not known");
    assert_eq!((&january["total"], &january["is_lower_bound"]), (&"11052".into(), &true.into()));
    let api = &found["scenarios"][0]["exit"]["months"][2];
    assert_eq!((&api["total"], &found["scenarios"][0]["exit"]["portable"]), (&Value::Null, &false.into()));
}

#[test]
fn who_wins_is_told_first_then_what_differs() {
    let desk = Desk::new();
    let (api, own) = pair(&desk, OWN);
    let shown = desk.run(&["scenario", "compare", &api, &own, "--undo-month", "3"]).ends(0).out;
    let place = |words: &str| shown.find(words).unwrap_or_else(|| panic!("{words}: {shown}"));
    assert!(place("Own GPUs wins by $6.96\u{a0}k over 12 months, moving in and waiting counted") == 0, "{shown}");
    assert!(place("Differences of input") < place("Measure"));
    place("margin gained by month 3 against API only: $12.00; cost to leave then: ≥ $11,052");
    place("cost to leave then: unknown");
    place("proprietary: API · claude-haiku-4-5");
    // 2 GPU seconds at 1 USD an hour are 0.000556 USD, and the API asks for 0.0015.
    place("a GPU's tokens cost what the API's do at 37.0% utilisation");

    let found = compare(&desk, OWN);
    assert_eq!(found["ranking"][0]["scenario"], "own");
    assert_eq!(found["ranking"][0]["rank"], 1);
    let names: Vec<&str> = found["differences"].as_array().unwrap().iter().map(|row| text(row, "input")).collect();
    assert!(
        names.contains(&"Served by") && names.contains(&"Committed GPUs") && names.contains(&"Portable"),
        "{names:?}"
    );
    assert!(!names.contains(&"Input tokens"), "what is alike is left out: {names:?}");
    let even = &found["break_even"][0];
    assert!((even["utilisation_of_a_gpu"].as_f64().unwrap() - 0.370_370_370).abs() < 1e-6, "{even}");
    assert!(even["volumes"].as_array().is_some_and(|list| !list.is_empty()), "{even}");
    assert_eq!(even["utilisation"]["of"], "own", "{even}");
}

#[test]
fn what_fails_is_not_ranked_and_unknown_is_never_first() {
    let desk = Desk::new();
    let short = compare(&desk, &OWN.replace("value = 50", "value = 30"));
    let own = short["ranking"].as_array().unwrap().iter().find(|each| each["scenario"] == "own").unwrap();
    assert_eq!(own["rank"], Value::Null, "{own}");
    assert!(text(own, "why").starts_with("fails capacity"), "{own}");
    assert!(text(&short, "headline").contains("Own GPUs cannot be ranked: fails capacity"));

    let limit = "[limits]\nttft_ms_p95 = 500\n";
    let unknown = compare(&desk, &format!("{OWN}{limit}"));
    let own = unknown["ranking"].as_array().unwrap().iter().find(|each| each["scenario"] == "own").unwrap().clone();
    assert_ne!(own["rank"], 1, "{own}");
    let accepted = compare(&desk, &format!("{OWN}{limit}accept_unknown = \"load test of May\"\n"));
    assert_eq!(accepted["ranking"][0]["scenario"], "own");
    assert!(text(&accepted["ranking"][0], "why").contains("accepted: load test of May"));
}

#[test]
fn waiting_forgoes_margin_and_delays_payback() {
    let desk = Desk::new();
    let late = compare(&desk, &OWN.replace("usd = 2280", "usd = 2280\nweeks_to_live = 4.348214285714286"));
    let against = &late["scenarios"][1]["against_first"];
    // The first month's 780 is not gained: 756, 756 and 828 follow.
    assert_eq!(text(against, "margin_forgone_while_waiting"), "780");
    let payback = against["payback_months"].as_f64().unwrap();
    assert!((payback - (3.0 + (2_280.0 - 1_512.0) / 828.0)).abs() < 1e-6, "{payback}");
}

#[test]
fn a_target_is_drawn_only_when_it_is_asked() {
    let desk = Desk::new();
    assert_eq!(compare(&desk, OWN)["chances"], Value::Null);
    let (api, own) = pair(&desk, OWN);
    let asked = ["scenario", "compare", &api, &own, "--draws", "200", "--target-percent", "80"];
    let found = desk.json(&asked);
    assert_eq!(found["chances"]["scenarios"][0]["reaches_target"], Value::Null, "no range, no draw");
    assert_eq!(found["chances"]["scenarios"][1]["reaches_target"]["probability"], 1.0, "92 % at the least");
    desk.run(&["scenario", "compare", &api, &own, "--seed", "2"]).ends(2);
    desk.run(&["scenario", "compare", &api, &own, "--undo-month", "13"]).ends(2);
}

/// 12 months of a million requests at 0.008 to 0.012 USD, less 8,760 hours at 0.8 to 1.2 USD.
#[test]
fn a_two_way_table_in_every_form() {
    let desk = Desk::new();
    let (_, own) = pair(&desk, &OWN.replace("committed", "# committed"));
    let paths = ["revenue.usd_per_request", "architecture.usd_per_gpu_hour"];
    let words = ["scenario", "sensitivity", &own, "--two-way", paths[0], paths[1], "--steps", "3"];
    let found = desk.json(&words);
    let cell = |y: usize, x: usize| found["cells"][y][x]["gross_margin"].as_f64().unwrap();
    assert!((cell(0, 0) - (96_000.0 - 8_760.0 * 0.8)).abs() < 1e-6);
    assert!((cell(2, 2) - (144_000.0 - 8_760.0 * 1.2)).abs() < 1e-6);
    let shown = desk.run(&words).ends(0).out;
    assert!(shown.contains("GPU price ↓ Product price →") && shown.contains("133,488"), "{shown}");
    for form in ["csv", "xlsx"] {
        let file = desk.path(&format!("two.{form}")).display().to_string();
        desk.run(&[&words[..], &["-o", &file]].concat()).ends(0);
        assert!(std::fs::metadata(&file).unwrap().len() > 100);
    }
    desk.run(&["scenario", "sensitivity", &own, "--two-way", paths[0], paths[0]]).ends(2);
    desk.run(&["scenario", "sensitivity", &own, "--steps", "5"]).ends(2);
}

#[test]
fn workbooks_are_written_for_a_run_and_a_comparison() {
    let desk = Desk::new();
    let (api, own) = pair(&desk, OWN);
    let sheets = |words: &[&str]| {
        let file = desk.path("book.xlsx").display().to_string();
        desk.run(&[words, &["-o", &file]].concat()).ends(0);
        let mut archive = zip::ZipArchive::new(std::fs::File::open(&file).unwrap()).unwrap();
        let mut part = archive.by_name("xl/workbook.xml").unwrap();
        let mut text = String::new();
        std::io::Read::read_to_string(&mut part, &mut text).unwrap();
        text.matches("<sheet ").count()
    };
    assert_eq!(sheets(&["scenario", "run", &own]), 2, "inputs and months");
    assert_eq!(sheets(&["scenario", "compare", &api, &own]), 5, "compare, differences, inputs and two of months");
    desk.run(&["scenario", "compare", &api, &own, "--format", "xlsx"]).ends(2);
}

/// What the window exports of a comparison is the file that `scenario compare -o` writes, to the last byte: of the same
/// files, and with the number that is on screen where the file on disk has it.
#[test]
fn the_window_exports_the_workbook_of_the_command_line() {
    let desk = Desk::new();
    let (api, own) = pair(&desk, OWN);
    let written = |api: &str, own: &str| {
        let file = desk.path("book.xlsx").display().to_string();
        desk.run(&["scenario", "compare", api, own, "-o", &file]).ends(0);
        std::fs::read(&file).unwrap()
    };
    let told = written(&api, &own);
    desk.run(&["import", &api, &own]).ends(0);
    let exported = |overrides: Vec<Override>| {
        let query = CompareQuery { scenarios: vec!["api".into(), "own".into()], overrides };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let engine = Engine::open(&desk.workspace()).await.unwrap();
            engine.xlsx(&TableRequest::Compare { query }, Some(&[1])).await.unwrap()
        })
    };
    assert!(exported(Vec::new()) == told, "the window's bytes");
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(&told)).unwrap();
    let mut about = String::new();
    std::io::Read::read_to_string(&mut archive.by_name("docProps/core.xml").unwrap(), &mut about).unwrap();
    assert!(about.contains("2000-01-01T00:00:00Z"), "no time of writing is in it: {about}");

    // As saving writes it: a number set on screen says so, and is no published one any more.
    let was = r#"{ value = 1, source = "offer", evidence = "published" }"#;
    let now = r#"{ value = 2.5, source = "set by hand, was 1: offer", evidence = "assumed" }"#;
    let dearer = desk.file("own.toml", OWN.replace(was, now));
    let price = Override { scenario: "own".into(), path: "architecture.usd_per_gpu_hour".into(), value: "2.5".into() };
    let told_dearer = written(&api, &dearer);
    assert!(told_dearer != told, "the price stands in the file as this test expects it");
    assert!(exported(vec![price]) == told_dearer, "the window's bytes with the number on screen");
}
