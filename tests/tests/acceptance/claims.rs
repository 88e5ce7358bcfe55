//! The same dollar counts once: a bill covers usage, and nothing else does. And a part of a delivery that is taken
//! back and brought again is still a part of it.

use marginline_tests::cli::{Desk, text};
use serde_json::{Value, json};

const BILL: &str = "BilledCost,EffectiveCost,BillingCurrency,BillingPeriodStart,ChargePeriodStart,ChargeCategory,\
                    ProviderName,PublisherName,InvoiceIssuerName,BillingAccountId\n";

fn bill(category: &str, cost: &str, provider: &str, publisher: &str) -> String {
    format!("{BILL}{cost},{cost},USD,2026-10-01,2026-10-05,{category},{provider},{publisher},{provider},1\n")
}

/// A thousand million input tokens of a model at 0.25 USD per million: 250 USD by the price list.
fn usage(provider: &str, model: &str) -> String {
    format!("date,provider,model,input_tokens,output_tokens\n2026-10-20,{provider},{model},1000000000,0\n")
}

/// Cost of revenue of October after these files.
fn cost(files: &[String]) -> (String, Desk) {
    let desk = Desk::new();
    for (index, content) in files.iter().enumerate() {
        desk.import(&[&desk.file(&format!("{index}.csv"), content)]);
    }
    let report = desk.json(&["report", "margin", "--month", "2026-10"]);
    (text(&report["total"], "cost_of_revenue").to_owned(), desk)
}

#[test]
fn usage_without_a_bill_is_an_accrual_that_leaves_when_the_bill_arrives() {
    let tokens = usage("openai", "gpt-5-mini");
    assert_eq!(cost(std::slice::from_ref(&tokens)).0, "250", "1,000 million tokens at 0.25");
    let invoice = bill("Usage", "240", "OpenAI LLC", "OpenAI");
    let (both, desk) = cost(&[tokens.clone(), invoice.clone()]);
    assert_eq!(both, "240", "the bill counts, the price list's 250 is compared and not added");
    assert_eq!(cost(&[invoice, tokens]).0, "240", "in whatever order they come");
    let claims = desk.json(&["report", "margin", "--month", "2026-10"])["claims"].clone();
    assert_eq!(text(&claims[0], "claimed"), "250", "{claims:#}");
}

#[test]
fn neither_tax_nor_a_marketplace_line_hides_usage() {
    let tokens = usage("openai", "gpt-5-mini");
    assert_eq!(cost(&[tokens.clone(), bill("Tax", "10", "OpenAI", "OpenAI")]).0, "250", "tax is no bill for usage");
    assert_eq!(cost(&[tokens.clone(), bill("Usage", "0", "OpenAI", "OpenAI")]).0, "250", "nor is a line of nothing");
    assert_eq!(
        cost(&[tokens, bill("Usage", "1", "AWS", "OpenAI")]).0,
        "251",
        "what AWS sells of OpenAI is another purchase"
    );
}

#[test]
fn a_biller_of_another_name_bills_its_own_usage() {
    let (both, _) = cost(&[usage("azure", "gpt-5-mini"), bill("Usage", "240", "Microsoft", "Microsoft")]);
    assert_eq!(both, "240", "Microsoft bills azure");
}

#[test]
fn a_claim_without_a_price_is_unknown_and_not_zero() {
    let (_, desk) = cost(&[usage("openai", "no-such-model"), bill("Usage", "240", "OpenAI", "OpenAI")]);
    let claims = desk.json(&["report", "margin", "--month", "2026-10"])["claims"].clone();
    assert!(claims[0]["claimed"].is_null(), "{claims:#}");
}

#[test]
fn a_part_of_a_delivery_comes_back_as_a_part_of_it() {
    let desk = Desk::new();
    let first = desk.file("p1.csv", bill("Usage", "100", "AWS", "AWS"));
    let second = desk.file("p2.csv", bill("Usage", "200", "AWS", "AWS"));
    desk.import(&[&first, &second]);
    let billed = || text(&desk.json(&["report", "costs"])["total"], "billed").to_owned();
    assert_eq!(billed(), "300", "two parts of one export");
    desk.run(&["undo", "2"]).ends(0);
    assert_eq!(billed(), "100");
    desk.run(&["redo"]).ends(0);
    assert_eq!(billed(), "300", "undo and redo are the identity");
}

#[test]
fn a_failed_delivery_leaves_what_was_undone_before_it() {
    let desk = Desk::new();
    let good = desk.file("good.csv", bill("Usage", "100", "AWS", "AWS"));
    let endless = desk.file("endless.csv", format!("{BILL}\"{}", "x".repeat(70 << 20)));
    desk.import(&[&good]);
    desk.run(&["undo", "1"]).ends(0);
    desk.run(&["import", &good, &endless]).ends(1);
    desk.run(&["redo"]).ends(0);
    assert_eq!(text(&desk.json(&["report", "costs"])["total"], "billed"), "100");
}

#[test]
fn a_date_of_another_age_is_one_bad_row_and_locks_nothing() {
    for date in ["+12345-01-01 00:00:00", "9999-12-31T23:00:00-05:00", "0001-01-01"] {
        let desk = Desk::new();
        let row = format!("5,5,USD,2026-10-01,{date},Usage,AWS,AWS,AWS,1\n");
        let file = desk.file("age.csv", bill("Usage", "100", "AWS", "AWS") + &row);
        let batch = desk.run(&["import", "--json", &file]).ends(3).json()["batches"][0].clone();
        assert_eq!(text(&batch["problems"][0], "column"), "ChargePeriodStart", "{date}");
        assert_eq!(text(&desk.json(&["report", "costs"])["total"], "billed"), "100", "{date}");
    }
}

#[test]
fn a_billing_period_keeps_its_month_whatever_the_offset_and_the_spelling() {
    for start in ["2026-10-01T00:00:00+02:00", "2026-10-1 00:00:00", "2026-10-01T00:00:00Z"] {
        let desk = Desk::new();
        let file = desk.file("month.csv", format!("{BILL}5,5,USD,{start},2026-10-02,Usage,AWS,AWS,AWS,1\n"));
        desk.import(&[&file]);
        let rows = desk.json(&["report", "costs", "--by", "month"])["rows"].clone();
        assert_eq!(text(&rows[0], "month"), "2026-10", "{start}");
    }
}

#[test]
fn a_quantity_too_large_for_its_column_keeps_its_money() {
    let desk = Desk::new();
    let header = BILL.trim_end().to_owned() + ",ConsumedQuantity\n";
    let file = desk.file("tokens.csv", header + "500,500,USD,2026-10-01,2026-10-02,Usage,AWS,AWS,AWS,1,12000000000\n");
    assert_eq!(text(&desk.import(&[&file])[0]["totals"][0], "billed"), "500");
}

#[test]
fn totals_beyond_nine_billion_add_up() {
    let desk = Desk::new();
    let row = "9000000000,9000000000,USD,2026-10-01,2026-10-02,Usage,AWS,AWS,AWS,1\n";
    let file = desk.file("large.csv", format!("{BILL}{row}{row}{row}"));
    desk.import(&[&file]);
    assert_eq!(
        text(&desk.json(&["report", "costs"])["total"], "billed"),
        "27000000000",
        "each row fits, and so does the sum"
    );
    desk.run(&["check"]).ends(0);
}

#[test]
fn a_copy_of_the_one_file_is_the_whole_workspace() {
    let desk = Desk::new();
    desk.import(&[&desk.file("b.csv", bill("Usage", "100", "AWS", "AWS"))]);
    let copy = desk.path("copy.db");
    std::fs::copy(desk.workspace(), &copy).unwrap();
    let answer =
        marginline_tests::cli::marginline(["--workspace", copy.to_str().unwrap(), "--json", "report", "costs"]);
    assert_eq!(text(&answer.ends(0).json()["total"], "billed"), "100", "nothing waits in a log beside it");
}

/// Mistral's list price of mistral-large-4 rose from 0.68 to 1.36 USD per million input tokens on 2026-10-20.
#[test]
fn a_price_that_changes_inside_a_month_changes_on_its_day() {
    let header = "date,provider,model,input_tokens,output_tokens\n";
    let day = |date: &str| format!("{date},mistral,mistral-large-4,1000000000,0\n");
    let rows = ["2026-10-01", "2026-10-19", "2026-10-20", "2026-10-31"].map(day).concat();
    assert_eq!(cost(&[format!("{header}{rows}")]).0, "4080", "two days at 680 and two at 1,360");
}

#[test]
fn revenue_without_any_bill_has_an_unknown_cost_and_not_a_margin_of_a_hundred() {
    let header = "invoice_date,customer,product,kind,service_start,service_end,currency,amount\n";
    let (cost, desk) = cost(&[format!("{header}2026-10-01,A,P,usage,2026-10-01,2026-11-01,USD,5\n")]);
    assert_eq!(cost, "0", "nothing is known of it");
    let report = desk.json(&["report", "margin", "--month", "2026-10"]);
    assert_eq!(report["total"]["cost_is_lower_bound"], true, "and the report says that it is only a bound");
    let shown = desk.run(&["report", "margin", "--month", "2026-10"]).out;
    assert!(shown.contains("≤ 100.0") && shown.contains("unknown, not zero"), "{shown}");
}

#[test]
fn a_log_is_known_although_its_first_request_has_no_cost() {
    let line = |id: &str, spend: Value| {
        json!({"request_id": id, "spend": spend, "prompt_tokens": 10, "completion_tokens": 2, "model": "gpt-5-mini",
            "startTime": "2026-10-03T10:00:00", "custom_llm_provider": "openai"})
    };
    let desk = Desk::new();
    let lines = format!("{}\n{}\n", line("r1", Value::Null), line("r2", json!(0.5)));
    let batches = desk.import(&[&desk.file("log.jsonl", lines)]);
    assert_eq!((&batches[0]["format"], &batches[0]["rows_stored"]), (&json!("litellm"), &json!(2)), "{batches:#?}");
    let totals = batches[0]["totals"].as_array().unwrap();
    let claimed = totals.iter().find(|total| total["currency"] == json!("USD"));
    assert_eq!(claimed.map(|total| &total["claimed"]), Some(&json!("0.5")), "the other is unknown: {totals:#?}");
    let page = json!([line("r3", Value::Null), line("r4", json!(1))]).to_string();
    assert_eq!(desk.import(&[&desk.file("log.json", page)])[0]["rows_stored"], json!(2), "a list as well");
}
