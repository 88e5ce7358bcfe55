//! Time zones: they move GPU hours, which are counted by the hour, and nothing that is counted by the day.
//!
//! Eight GPUs are paid for in every hour from 27 March to 2 April 2026 in UTC, half of them at work. In Berlin the
//! clocks go forward on 29 March, in New York they had gone already, on Lord Howe they go back by half an hour on
//! 5 April, and India is five and a half hours ahead.

use marginline_tests::cli::{Desk, fixture, text};
use serde_json::{Value, json};

const ZONES: [&str; 5] = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"];

fn file_of_hours(days: &[&str]) -> String {
    let mut text = "hour,provider,region,gpu,pool,allocated_gpu_hours,busy_gpu_hours\n".to_owned();
    for day in days {
        for hour in 0..24 {
            text.push_str(&format!("{day}T{hour:02}:00:00Z,aws,eu-1,H100,inference,8,4\n"));
        }
    }
    text
}

fn desk() -> Desk {
    let desk = Desk::new();
    let days = ["2026-03-27", "2026-03-28", "2026-03-29", "2026-03-30", "2026-03-31", "2026-04-01", "2026-04-02"];
    let hours = desk.file("hours.csv", file_of_hours(&days));
    desk.run(&["import", &hours]).ends(0);
    desk
}

fn move_to(desk: &Desk, zone: &str) {
    let rules = desk.file("rules.toml", format!("version = 1\ncurrency = \"USD\"\ntime_zone = \"{zone}\"\n"));
    desk.run(&["map", &rules]).ends(0);
}

fn day<'a>(report: &'a Value, date: &str) -> &'a Value {
    let rows = report["rows"].as_array().unwrap();
    rows.iter().find(|row| row["day"] == date).unwrap_or_else(|| panic!("no {date} in {report:#}"))
}

fn allocated(value: &Value) -> u64 {
    text(value, "allocated_gpu_hours").parse().unwrap()
}

fn sum_of_days(report: &Value) -> u64 {
    report["rows"].as_array().unwrap().iter().map(allocated).sum()
}

#[test]
fn a_day_on_which_clocks_change_has_23_or_25_hours() {
    let desk = desk();
    let utc = desk.json(&["report", "hours"]);
    assert_eq!(utc["time_zone"], "UTC", "where the rules name no zone");
    assert_eq!((text(day(&utc, "2026-03-29"), "hours_in_day"), allocated(day(&utc, "2026-03-29"))), ("24", 192));
    move_to(&desk, "Europe/Berlin");
    let berlin = desk.json(&["report", "hours"]);
    let short = day(&berlin, "2026-03-29");
    assert_eq!((text(short, "hours_in_day"), allocated(short)), ("23", 184), "23 hours of eight GPUs");
    assert_eq!((text(short, "busy_gpu_hours"), text(short, "utilisation_percent")), ("92", "50"));
    assert_eq!(allocated(day(&berlin, "2026-03-27")), 184, "the first hour of the file is 01:00 in Berlin");
    assert_eq!(allocated(day(&berlin, "2026-04-03")), 16, "and its last two are 00:00 and 01:00 of the day after");
    let autumn = desk.file("autumn.csv", file_of_hours(&["2026-10-24", "2026-10-25", "2026-10-26"]));
    desk.run(&["import", &autumn]).ends(0);
    let long = desk.json(&["report", "hours", "--month", "2026-10"]);
    let long = day(&long, "2026-10-25");
    assert_eq!((text(long, "hours_in_day"), allocated(long)), ("25", 200));
    let table = desk.run(&["report", "hours", "--by", "pool,gpu"]).ends(0).out;
    assert!(table.contains("days of Europe/Berlin") && table.contains("inference"), "{table}");
}

#[test]
fn days_add_up_to_the_month_and_the_quarter_in_every_zone() {
    let desk = desk();
    for zone in ZONES {
        move_to(&desk, zone);
        let report = |line: &[&str]| desk.json(&[&["report", "hours"], line].concat());
        let (march, first) = (report(&["--month", "2026-03"]), report(&["--quarter", "2026-Q1"]));
        let (april, second) = (report(&["--month", "2026-04"]), report(&["--quarter", "2026-Q2"]));
        for (month, quarter) in [(&march, &first), (&april, &second)] {
            assert_eq!(sum_of_days(month), allocated(&month["total"]), "{zone}: days are the month");
            assert_eq!(allocated(&month["total"]), allocated(&quarter["total"]), "{zone}: the month is the quarter");
        }
        assert_eq!(allocated(&first["total"]) + allocated(&second["total"]), 7 * 24 * 8, "{zone}: nothing is lost");
    }
    move_to(&desk, "America/New_York");
    let march = desk.json(&["report", "hours", "--month", "2026-03"]);
    assert_eq!(allocated(&march["total"]), (5 * 24 + 4) * 8, "four hours of 1 April in UTC are March in New York");
}

#[test]
fn rows_of_a_day_never_move() {
    let desk = desk();
    for file in ["focus/plain.csv", "revenue/october.csv", "token_usage/october.csv"] {
        desk.run(&["import", &fixture(file)]).ends(0);
    }
    let told = |zone: &str| {
        move_to(&desk, zone);
        [
            desk.json(&["report", "costs", "--by", "day,service"]),
            desk.json(&["report", "costs", "--by", "month", "--basis", "usage-date"]),
            desk.json(&["report", "margin", "--by", "month"]),
            desk.json(&["report", "units", "--by", "model"])["rows"].clone(),
        ]
    };
    let utc = told("UTC");
    for zone in ZONES {
        assert_eq!(told(zone), utc, "{zone}");
    }
}

#[test]
fn days_of_cost_add_up_to_the_month_and_the_quarter() {
    let desk = Desk::new();
    desk.run(&["import", &fixture("focus/plain.csv")]).ends(0);
    for basis in ["billing-month", "usage-date"] {
        let total = |line: &[&str]| {
            let report = desk.json(&[&["report", "costs", "--basis", basis], line].concat());
            report["total"]["effective"].clone()
        };
        assert_eq!(total(&["--month", "2024-09", "--by", "day"]), total(&["--month", "2024-09"]), "{basis}");
        assert_eq!(total(&["--quarter", "2024-q3"]), total(&["--from", "2024-07", "--to", "2024-09"]), "{basis}");
    }
    let refused = desk.run(&["report", "costs", "--quarter", "2024-Q5"]).ends(2);
    assert!(refused.err.contains("write it as 2026-Q1"), "{refused:?}");
    desk.run(&["report", "costs", "--quarter", "2024-Q3", "--month", "2024-09"]).ends(2);
}

#[test]
fn the_hours_of_the_day_that_units_tell_are_the_zones() {
    let desk = Desk::new();
    for file in ["gpu_hours/october.csv", "token_usage/october.csv"] {
        desk.run(&["import", &fixture(file)]).ends(0);
    }
    let note = |desk: &Desk| text(&json!({"note": desk.json(&["report", "units"])["gpu_use"][0]}), "note").to_owned();
    assert!(note(&desk).ends_with("UTC"), "{}", note(&desk));
    move_to(&desk, "Asia/Kolkata");
    assert!(note(&desk).ends_with("Asia/Kolkata"), "{}", note(&desk));
}

#[test]
fn a_zone_that_does_not_exist_is_refused() {
    let desk = Desk::new();
    let rules = desk.file("rules.toml", "version = 1\ncurrency = \"USD\"\ntime_zone = \"Europe/Atlantis\"\n");
    let refused = desk.run(&["map", &rules]).ends(1);
    assert!(refused.err.contains("Europe/Atlantis") && refused.err.contains("docs/rules.md"), "{refused:?}");
    let rules = desk.file("rules.toml", "version = 1\ncurrency = \"USD\"\n[fx]\nhold = \"January\"\n");
    let refused = desk.run(&["map", &rules]).ends(1);
    assert!(refused.err.contains("fx.hold"), "{refused:?}");
    let empty = desk.run(&["report", "hours"]).ends(1);
    assert!(empty.err.contains("no GPU hours"), "{empty:?}");
}
