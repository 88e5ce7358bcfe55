//! The FOCUS import, on ten rows that can be added up by hand (`fixtures/focus/plain.csv`):
//!
//! | row | billed | effective | contracted | list |
//! |---|---|---|---|---|
//! | compute hours | 10.50 | 10.50 | 10.50 | 12 |
//! | the same row again | 10.50 | 10.50 | 10.50 | 12 |
//! | savings plan bought | 100 | 0 | 100 | 100 |
//! | savings plan used | 0 | 75.25 | 90 | 110 |
//! | savings plan unused | 0 | 20.25 | 0 | 0 |
//! | credit | −5 | −5 | −5 | −5 |
//! | correction of August | −3.20 | −3.20 | −3.20 | −3.20 |
//! | tax | 7.77 | 7.77 | 7.77 | 7.77 |
//! | storage | 10⁻³⁰ | 10⁻³⁰ | 0 | 0 |
//! | **USD** | **120.57** + 10⁻³⁰ | **116.07** + 10⁻³⁰ | **210.57** | **233.57** |
//! | database pods, **EUR** | 20 | 20 | 20 | 20 |
//!
//! `lenient.csv` and `semicolon.csv` say the same in another dialect.

use marginline_tests::cli::{Answer, Desk, fixture, text};
use serde_json::{Value, json};

const DIALECTS: [&str; 3] = ["focus/plain.csv", "focus/lenient.csv", "focus/semicolon.csv"];

fn with_plain() -> Desk {
    let desk = Desk::new();
    desk.run(&["import", &fixture("focus/plain.csv")]).ends(0);
    desk
}

fn row<'a>(report: &'a Value, key: &str, value: &str) -> &'a Value {
    let rows = report["rows"].as_array().unwrap();
    rows.iter().find(|row| row[key] == value).unwrap_or_else(|| panic!("no row with {key} {value} in {report:#}"))
}

#[test]
fn totals_are_those_added_up_by_hand_whatever_the_dialect() {
    for name in DIALECTS {
        let desk = Desk::new();
        let batches = desk.import(&[&fixture(name)]);
        let [batch] = batches.as_slice() else { panic!("{name}: one file is one batch: {batches:?}") };
        assert_eq!((&batch["format"], &batch["role"]), (&json!("focus"), &json!("bill")), "{name}");
        assert_eq!((&batch["rows_read"], &batch["rows_stored"]), (&json!(10), &json!(10)), "{name}: {batch:#}");
        assert_eq!(batch["problems"], json!([]), "{name}");
        assert_eq!(
            batch["totals"],
            json!([
                {"currency": "EUR", "billed": "20", "effective": "20", "contracted": "20", "list": "20"},
                {
                    "currency": "USD",
                    "billed": "120.570000000000000000000000000001",
                    "billed_residue": "0.000000000000000000000000000001",
                    "effective": "116.070000000000000000000000000001",
                    "effective_residue": "0.000000000000000000000000000001",
                    "contracted": "210.57",
                    "list": "233.57",
                },
            ]),
            "{name}: totals are the file's own, to the thirtieth decimal, and what the ledger rounds off is named"
        );
    }
}

#[test]
fn every_dialect_gives_the_same_reports() {
    let reports = DIALECTS.map(|name| {
        let desk = Desk::new();
        desk.run(&["import", &fixture(name)]).ends(0);
        desk.everything()
    });
    assert_eq!(reports[0], reports[1], "BOM, CRLF, NULL, spaces in dates, exponents and column order change nothing");
    assert_eq!(reports[0], reports[2], "semicolons change nothing");
}

#[test]
fn the_version_is_told_by_the_columns() {
    let headline = |name: &str| Desk::new().run(&["import", &fixture(name)]).ends(0).out;
    assert!(headline("focus/plain.csv").contains("FOCUS 1.0"), "43 columns of 1.0");
    assert!(headline("focus/lenient.csv").contains("FOCUS 1.2"), "InvoiceId and SubAccountType came with 1.2");
}

#[test]
fn two_currencies_are_never_added() {
    let report = with_plain().json(&["report", "costs"]);
    assert_eq!(
        report["total"],
        json!({"billed": "120.57", "effective": "116.07", "low": "116.07", "high": null, "contracted": "110.57",
            "list": "133.57", "priced_share": null, "rows": 9}),
        "the nine rows in USD; contracted and list leave out the 100 of the savings plan, whose use is listed already"
    );
    assert_eq!(
        report["unconverted"],
        json!([{"currency": "EUR", "billed": "20", "effective": "20", "issuers": ["Vektor GmbH"], "to": "USD", "months": ["2024-09"]}]),
        "the row in EUR is named beside the total, with who bills it"
    );
    let table = with_plain().run(&["report", "costs"]).ends(0).out;
    assert!(
        table.contains("EUR 20.00 billed by Vektor GmbH is not converted to USD"),
        "the table says so too: {table}"
    );
}

#[test]
fn two_equal_rows_both_count() {
    let report = with_plain().json(&["report", "costs", "--by", "day", "--filter", "service=Amazon EC2"]);
    let day = row(&report, "day", "2024-09-03");
    assert_eq!(text(day, "billed"), "121", "10.50 twice and the savings plan's 100");
    assert_eq!(day["rows"], 5, "two equal rows, plan bought, used and unused");
}

#[test]
fn credits_corrections_and_tax_keep_their_sign() {
    let desk = with_plain();
    let services = desk.json(&["report", "costs", "--by", "service"]);
    assert_eq!(text(row(&services, "service", "AWS Credits"), "billed"), "-5");
    assert_eq!(text(row(&services, "service", "Tax"), "effective"), "7.77");
    let days = desk.json(&["report", "costs", "--by", "day"]);
    assert_eq!(text(row(&days, "day", "2024-08-20"), "billed"), "-3.2", "a correction keeps the day it corrects");
    let margin = desk.json(&["report", "margin"]);
    assert_eq!(
        margin["corrections"],
        json!([{"billing_month": "2024-09", "usage_month": "2024-08", "effective": "-3.2"}]),
        "and the margin report names it"
    );
}

#[test]
fn a_report_names_its_month_and_both_bases_hold_every_row() {
    let desk = with_plain();
    let billing = desk.json(&["report", "costs", "--by", "month"]);
    assert_eq!(billing["month_basis"], "billing_month", "the default");
    assert_eq!(
        text(row(&billing, "month", "2024-09"), "effective"),
        "116.07",
        "all nine rows are on the bill of September"
    );
    let usage = desk.json(&["report", "costs", "--by", "month", "--basis", "usage-date"]);
    assert_eq!(usage["month_basis"], "usage_date");
    assert_eq!(text(row(&usage, "month", "2024-08"), "effective"), "-3.2", "the correction belongs to August's use");
    assert_eq!(text(row(&usage, "month", "2024-09"), "effective"), "119.27", "116.07 + 3.20");
    assert_eq!(usage["total"], billing["total"], "the two bases share out the same money");
}

#[test]
fn ids_are_text_and_tags_are_keys() {
    let desk = with_plain();
    let accounts = desk.json(&["report", "costs", "--by", "account"]);
    assert_eq!(accounts["rows"].as_array().unwrap().len(), 1, "one account: {accounts:#}");
    let account = text(&accounts["rows"][0], "account");
    assert!(
        account.contains("0007") || account == "serving",
        "zeros in front are kept, or the name is shown: {account}"
    );
    let teams = desk.json(&["report", "costs", "--by", "tag:team"]);
    assert_eq!(text(row(&teams, "tag:team", "search"), "effective"), "88.05", "21 + 75.25 − 5 − 3.20 carry the tag");
    let untold: Vec<&Value> =
        teams["rows"].as_array().unwrap().iter().filter(|row| row["tag:team"].is_null()).collect();
    assert_eq!(untold.len(), 1, "rows without the tag are a group of their own: {teams:#}");
    assert_eq!(text(untold[0], "effective"), "28.02", "20.25 unused + 7.77 tax");
}

#[test]
fn a_stated_format_must_fit() {
    let desk = Desk::new();
    let plain = fixture("focus/plain.csv");
    let refused: Answer = desk.run(&["import", "--as", "revenue", &plain]).ends(1);
    for part in ["plain.csv", "evenue", "invoice_date", "customer"] {
        assert!(refused.err.contains(part), "what is missing is named ({part}): {}", refused.err);
    }
    let unknown = desk.run(&["import", "--as", "no-such-format", &plain]).ends(2);
    assert!(unknown.err.contains("use one of focus"), "the formats there are: {}", unknown.err);
    desk.run(&["import", "--as", "focus", &plain]).ends(0);
}

#[test]
fn a_dry_run_tells_all_and_keeps_nothing() {
    let desk = Desk::new();
    let plain = fixture("focus/plain.csv");
    let dry = desk.run(&["import", "--dry-run", "--json", &plain]).ends(0);
    assert_eq!(dry.json()["batches"][0]["rows_stored"], 10, "as the import would");
    assert!(dry.err.contains("nothing was stored"), "and it says that it is a dry run: {}", dry.err);
    assert_eq!(desk.json(&["batches"])["batches"], json!([]), "no batch is left");
    assert_eq!(desk.kept_files(), Vec::<String>::new(), "and no file");
}

#[test]
fn a_bad_row_has_its_own_line_number_whatever_ends_the_lines() {
    let header = "date,provider,model,input_tokens,output_tokens";
    let (good, bad) = ("2026-10-01,openai,gpt-5,10,1", "2026-10-01,openai,gpt-5,10,many");
    for end in ["\n", "\r\n"] {
        let desk = Desk::new();
        let file = desk.file("u.csv", [header, good, "", bad, good].join(end));
        let batch = desk.run(&["import", "--json", &file]).ends(3).json()["batches"][0].clone();
        assert_eq!((&batch["rows_read"], &batch["rows_stored"]), (&json!(3), &json!(2)), "{end:?}: {batch:#}");
        assert_eq!(batch["problems"][0]["line"], 4, "{end:?}: the header is 1 and a blank line counts");
        assert_eq!(text(&batch["problems"][0], "found"), "many", "{end:?}");
    }
}
