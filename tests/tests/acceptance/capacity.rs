//! `report capacity`: what was asked of one's own GPUs by hour of the week beside what was there. Every figure is
//! stated by hand beside the file it follows from.

use std::fmt::Write;

use marginline_tests::cli::Desk;
use serde_json::{Value, json};

/// Eight GPUs in every hour of Monday 2 to Sunday 8 November 2026, six busy before noon and two after, and one day of
/// tokens more than the GPUs were measured on.
fn week(desk: &Desk) {
    let mut hours = "hour,provider,region,gpu,pool,project,allocated_gpu_hours,busy_gpu_hours\n".to_owned();
    let mut usage = "date,provider,model,project,customer,region,service_tier,requests,input_tokens,cache_read_tokens,\
         cache_write_5m_tokens,cache_write_1h_tokens,output_tokens,reasoning_tokens\n"
        .to_owned();
    for day in 2..=8 {
        for hour in 0..24 {
            let busy = if hour < 12 { 6 } else { 2 };
            writeln!(hours, "2026-11-{day:02}T{hour:02}:00:00Z,aws,eu-west-1,H100,inference,,8,{busy}").unwrap();
            writeln!(hours, "2026-11-{day:02}T{hour:02}:00:00Z,aws,eu-west-1,H100,training,,4,4").unwrap();
        }
        // 96 busy GPU hours a day of 360,000 tokens: 100 per second and busy GPU.
        writeln!(usage, "2026-11-{day:02},self-hosted,llama-3.3-70b,chat,,,,1000,9,0,0,0,34560000,").unwrap();
        // Somebody else's GPUs are not ours.
        writeln!(usage, "2026-11-{day:02},openai,gpt-5-mini,chat,,,,1000,9,0,0,0,99999999,").unwrap();
    }
    usage.push_str("2026-11-09,self-hosted,llama-3.3-70b,chat,,,,1000,9,0,0,0,34560000,\n");
    desk.import(&[&desk.file("gpu-hours.csv", hours), &desk.file("token-usage.csv", usage)]);
}

fn figures(row: &Value, expected: &[(&str, Value)]) {
    for (name, value) in expected {
        let found = row[name].as_f64().map_or_else(|| row[name].clone(), |figure| json!(figure));
        assert_eq!(found, *value, "{name} in {row:#}");
    }
}

#[test]
fn a_week_of_tokens_on_eight_gpus() {
    let desk = Desk::new();
    week(&desk);
    let report = desk.json(&["report", "capacity", "--month", "2026-11", "--pool", "inference"]);
    let rows = report["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 169, "168 hours of the week and all of them");
    // Before noon 600 tokens/s on eight GPUs: 75 each is the best hour, so that all eight are needed there.
    figures(&report, &[("tokens_per_gpu_second", json!(75.0)), ("first_short", Value::Null)]);
    assert_eq!(report["demand_from"], "usage");
    assert_eq!(
        (&rows[0]["day"], &rows[0]["hour"], &rows[23]["hour"]),
        (&json!("Mon"), &json!("00:00"), &json!("23:00"))
    );
    figures(
        &rows[0],
        &[
            ("hours", json!(1.0)),
            ("output_tokens_per_s", json!(600.0)),
            ("gpus_needed", json!(8.0)),
            ("gpus_provided", json!(8.0)),
            ("busy_percent", json!(75.0)),
            ("utilisation_percent", json!(100.0)),
            ("headroom_percent", json!(0.0)),
            ("hours_short", json!(0.0)),
        ],
    );
    // After noon 200 tokens/s: 2.67 GPUs, so three.
    figures(&rows[13], &[("output_tokens_per_s", json!(200.0)), ("gpus_needed", json!(3.0))]);
    figures(&rows[168], &[("hours", json!(168.0)), ("output_tokens_per_s", json!(400.0)), ("hours_short", json!(0.0))]);
}

/// Both pools in a scenario: before noon ten of twelve GPUs are busy and make 34,560,000 x 10 / 192 tokens an hour, 41.67 a
/// GPU and second, which they did carry. If a GPU did as much in every second as in its busy ones it would be more: eight days
/// of tokens over the busy hours of seven are 8 x 34,560,000 / (7 x 192 x 3,600) = 57.14.
#[test]
fn a_scenario_rates_a_fleet_as_the_report_does() {
    let desk = Desk::new();
    week(&desk);
    let file = desk.path("new.toml").display().to_string();
    desk.run(&["scenario", "new", "--month", "2026-11", "-o", &file]).ends(0);
    let text = std::fs::read_to_string(&file).unwrap();
    let line = text.lines().find(|line| line.starts_with("output_tokens_per_s_per_gpu")).unwrap();
    let rate: toml::Table = line.parse().unwrap();
    let rate = &rate["output_tokens_per_s_per_gpu"];
    let of = |key: &str| rate[key].as_float().unwrap();
    // A part in a hundred million more, so that rounding leaves no GPU short.
    assert!((of("value") - 500.0 / 12.0).abs() < 1e-5 && of("value") >= 500.0 / 12.0, "{line}");
    assert_eq!(of("low"), of("value"), "{line}");
    assert!((of("high") - 400.0 / 7.0).abs() < 1e-6, "{line}");
    let report = desk.json(&["report", "capacity", "--month", "2026-11"]);
    assert!((report["tokens_per_gpu_second"].as_f64().unwrap() - of("value")).abs() < 1e-5, "{report}");
    assert_eq!(rate["evidence"].as_str(), Some("measured"));
    assert!(rate["source"].as_str().unwrap().starts_with("best hour, as report capacity rates it"), "{line}");
}

#[test]
fn a_stated_throughput_can_show_a_shortage() {
    let desk = Desk::new();
    week(&desk);
    let asked = ["report", "capacity", "--pool", "inference", "--tokens-per-gpu-second", "60"];
    let report = desk.json(&asked);
    let rows = report["rows"].as_array().unwrap();
    // 600 ÷ 60 = 10 of 8 GPUs in 84 hours.
    figures(&rows[0], &[("gpus_needed", json!(10.0)), ("headroom_percent", json!(-25.0)), ("hours_short", json!(1.0))]);
    figures(&rows[168], &[("hours_short", json!(84.0))]);
    assert_eq!(report["first_short"], "2026-11-02 00:00");
    for bad in ["0", "-1", "NaN", "inf"] {
        desk.run(&["report", "capacity", "--pool", "inference", &format!("--tokens-per-gpu-second={bad}")]).ends(2);
    }
    desk.run(&["report", "capacity", "--pool", "nowhere"]).ends(2);
    desk.run(&["report", "capacity", "--month", "2026-10"]).ends(1);
}

#[test]
fn hours_are_those_of_the_workspace() {
    let desk = Desk::new();
    week(&desk);
    let rules = "version = 1\ncurrency = \"USD\"\ntime_zone = \"America/New_York\"\n[[line]]\nname = \"Training\"\nclass = \"r_and_d\"\n\
                 match = { pool = \"training\" }\n[[line]]\nname = \"GPUs\"\nclass = \"cost_of_revenue\"\n\
                 match = { pool = \"*\" }\n";
    desk.run(&["map", &desk.file("rules.toml", rules)]).ends(0);
    let report = desk.json(&["report", "capacity"]);
    assert_eq!(report["pools"], json!(["inference"]), "training is no cost of revenue");
    let rows = report["rows"].as_array().unwrap();
    // Noon in UTC is 07:00 in New York in winter; Monday 00:00 UTC is Sunday 19:00, and the last hour Sunday 18:00.
    figures(&rows[6], &[("output_tokens_per_s", json!(600.0))]);
    figures(&rows[7], &[("output_tokens_per_s", json!(200.0))]);
    figures(&rows[6 * 24 + 19], &[("output_tokens_per_s", json!(600.0)), ("hours", json!(1.0))]);
}

#[test]
fn hours_that_nothing_measured_are_unknown_and_not_zero() {
    let desk = Desk::new();
    let hours = "hour,provider,region,gpu,pool,project,allocated_gpu_hours,busy_gpu_hours\n\
                 2026-11-02T05:00:00Z,aws,eu-west-1,H100,inference,,8,\n";
    desk.import(&[&desk.file("gpu-hours.csv", hours)]);
    let report = desk.json(&["report", "capacity"]);
    let rows = report["rows"].as_array().unwrap();
    for row in [&rows[5], &rows[6], &rows[168]] {
        for name in ["output_tokens_per_s", "gpus_needed", "busy_percent", "utilisation_percent", "hours_short"] {
            assert_eq!(row[name], Value::Null, "{name} in {row:#}");
        }
    }
    figures(&rows[5], &[("gpus_provided", json!(8.0))]);
    assert_eq!(rows[6]["gpus_provided"], Value::Null, "no hour of it is in the ledger");
    assert!(report["demand_from"].is_null() && report["tokens_per_gpu_second"].is_null());
}

#[test]
fn it_is_exported_and_drawn_like_the_others() {
    let desk = Desk::new();
    week(&desk);
    let csv = desk.run(&["report", "capacity", "--pool", "inference", "--format", "csv"]).ends(0).out;
    assert_eq!(csv.lines().count(), 170);
    let file = desk.file("capacity.svg", "");
    desk.run(&["chart", "capacity", "--month", "2026-11", "-o", &file]).ends(0);
    let svg = std::fs::read_to_string(&file).unwrap();
    assert!(
        svg.contains("GPUs needed by hour of the week") && svg.contains(">Sun<"),
        "the picture has its title and days"
    );
}
