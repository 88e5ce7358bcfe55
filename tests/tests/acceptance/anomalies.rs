//! `marginline report anomalies`: a day that cost three times as much is found, with its money and what moved.

use chrono::{Days, NaiveDate};
use marginline_tests::cli::{Desk, sample};

const HEADER: &str = "BilledCost,EffectiveCost,BillingCurrency,BillingPeriodStart,ChargePeriodStart,ChargeCategory,\
                      ProviderName,InvoiceIssuerName,BillingAccountId,ServiceCategory,ServiceName\n";

/// The day this many days after 1 September 2026, a Tuesday.
fn day(at: u64) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 9, 1).unwrap() + Days::new(at)
}

/// 61 days of a bill: compute costs 100 a day and 60 on days 5 and 6 of seven, with a little wobble; storage 20; on
/// 15 October compute costs 300. Support is bought once a month. 20 October is missing.
fn bill() -> String {
    let mut text = HEADER.to_owned();
    for at in (0..61).filter(|at| *at != 49) {
        let date = day(at);
        let month = date.format("%Y-%m-01");
        let usual = if at % 7 >= 5 { 60 } else { 100 } + at * 5 % 3;
        let compute = if at == 44 { 300 } else { usual };
        let mut line = |amount: u64, charge: &str, service: &str| {
            text.push_str(&format!(
                "{amount},{amount},USD,{month},{date},{charge},Stratus,Stratus,1,Compute,{service}\n"
            ));
        };
        line(compute, "Usage", "Compute");
        line(20, "Usage", "Storage");
        if at == 30 {
            line(5_000, "Purchase", "Support");
        }
    }
    text
}

#[test]
fn a_day_at_three_times_the_cost_is_found_and_nothing_else() {
    let desk = Desk::new();
    desk.import(&[&desk.file("bill.csv", bill())]);
    let found = desk.json(&["report", "anomalies", "--month", "2026-10"]);
    let rows = found["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 1, "the purchase, the missing day and the weekends are none: {found}");
    assert_eq!((&rows[0]["day"], &rows[0]["service"]), (&"2026-10-15".into(), &"Compute".into()));
    assert_eq!(rows[0]["actual"], "300");
    let impact: f64 = rows[0]["impact"].as_str().unwrap().parse().unwrap();
    assert!((impact - 200.0).abs() < 5.0, "{impact}");
    assert_eq!(found["watched"], 2);
    let quiet = desk.json(&["report", "anomalies", "--month", "2026-10", "--direction", "down"]);
    assert_eq!(quiet["rows"].as_array().unwrap().len(), 0);
    let september = desk.json(&["report", "anomalies", "--month", "2026-09"]);
    assert_eq!(september["rows"].as_array().unwrap().len(), 0);
}

#[test]
fn table_and_csv_say_the_same_and_bad_input_is_wrong_usage() {
    let desk = Desk::new();
    desk.import(&[&desk.file("bill.csv", bill())]);
    let table = desk.run(&["report", "anomalies"]).ends(0);
    assert!(table.out.contains("2026-10-15") && table.out.contains("2 series"), "{}", table.out);
    let csv = desk.run(&["report", "anomalies", "--format", "csv"]).ends(0);
    assert!(csv.out.contains("2026-10-15") && csv.out.contains(",300,"), "{}", csv.out);
    let error = desk.run(&["report", "anomalies", "--threshold", "NaN"]).ends(2);
    assert!(error.err.contains("--threshold is NaN"), "{}", error.err);
    let empty = Desk::new().run(&["report", "anomalies"]).ends(1);
    assert!(empty.err.contains("no cost by day yet"), "{}", empty.err);
}

#[test]
fn tokens_tell_why_a_model_became_dear() {
    // Usage without a bill is priced by the list; on day 50 each request has five times the tokens.
    let mut text = "date,provider,model,requests,input_tokens,output_tokens\n".to_owned();
    for at in 0..61 {
        let requests = 1_000 + at * 7 % 5;
        let tokens = requests * if at == 50 { 500_000 } else { 100_000 };
        text.push_str(&format!("{},openai,gpt-5-mini,{requests},{tokens},{}\n", day(at), requests * 1_000));
    }
    let desk = Desk::new();
    desk.import(&[&desk.file("tokens.csv", text)]);
    let found = desk.json(&["report", "anomalies", "--month", "2026-10"]);
    let rows = found["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 1, "{found}");
    assert_eq!((&rows[0]["day"], &rows[0]["model"]), (&"2026-10-21".into(), &"gpt-5-mini".into()));
    assert!(rows[0]["driver"]["name"].as_str().unwrap().starts_with("tokens"), "{found}");
}

#[test]
fn the_sample_company_is_watched_and_every_impact_is_what_was_not_expected() {
    let desk = sample();
    let found = desk.json(&["report", "anomalies", "--month", "2026-10"]);
    assert!(found["watched"].as_u64().unwrap() > 0, "{found}");
    let rows = found["rows"].as_array().unwrap();
    for row in rows {
        let [actual, expected, impact] =
            ["actual", "expected", "impact"].map(|field| row[field].as_str().unwrap().parse::<f64>().unwrap());
        assert!((actual - expected - impact).abs() < 1e-5, "{row}");
        assert!(impact.abs() >= 10.0 && row["score"].as_f64().unwrap().abs() > 3.5, "{row}");
        assert!(row["day"].as_str().unwrap().starts_with("2026-10"), "{row}");
    }
}
