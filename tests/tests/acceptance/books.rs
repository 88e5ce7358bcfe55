//! Google Cloud's bill, OpenCost's claims, Stripe's revenue, the general ledger and received invoices, on files small
//! enough to be added up by hand.
//!
//! The bill (`fixtures/gcp/good.csv` and `.jsonl`), October 2026, USD:
//!
//! | row | cost | discounts | present | billed | list |
//! |---|---|---|---|---|---|
//! | compute, team search | 100 | −10 | −20 | 70 | 120 |
//! | Gemini, team chat | 50 | | | 50 | 50 |
//! | storage | 5 | | −5 | 0 | 5 |
//! | tax | 7.50 | | | 7.50 | |
//! | rounding | −0.01 | | | −0.01 | |
//! | correction of September | −3 | | | −3 | |
//! | compute of 30 September, late | 1 | | | 1 | |
//! | **all** | **160.49** | **−10** | **−25** | **125.49** | **175** |

use marginline_tests::cli::{Desk, fixture, text};
use serde_json::{Value, json};

/// Imports one file and answers its batch.
fn import(desk: &Desk, name: &str) -> Value {
    let batches = desk.import(&[&fixture(name)]);
    let [batch] = batches.as_slice() else { panic!("{name}: one file is one batch: {batches:?}") };
    batch.clone()
}

fn rows(batch: &Value) -> [u64; 3] {
    ["rows_read", "rows_stored", "rows_quarantined"].map(|name| batch[name].as_u64().unwrap())
}

fn problems(batch: &Value) -> Vec<(u64, String)> {
    let problems = batch["problems"].as_array().unwrap();
    problems.iter().map(|one| (one["line"].as_u64().unwrap(), text(one, "column").to_owned())).collect()
}

fn row<'a>(report: &'a Value, key: &str, value: &str) -> &'a Value {
    let rows = report["rows"].as_array().unwrap();
    rows.iter().find(|row| row[key] == value).unwrap_or_else(|| panic!("no row with {key} {value} in {report:#}"))
}

const RULES: &str = r#"version = 1
currency = "USD"

[[line]]
name = "Support"
class = "cost_of_revenue"
match = { source = "general ledger", sku = "5100" }

[[line]]
name = "Payment fees"
class = "cost_of_revenue"
match = { source = "general ledger", service = "Payment fees" }

[[map]]
target = "product"
from = "tag:product"
"#;

#[test]
fn google_clouds_bill_is_cost_and_credits_in_csv_and_json() {
    for name in ["gcp/good.csv", "gcp/good.jsonl"] {
        let desk = Desk::new();
        let batch = import(&desk, name);
        assert_eq!((&batch["format"], &batch["role"]), (&json!("gcp"), &json!("bill")), "{name}");
        assert_eq!(rows(&batch), [7, 7, 0], "{name}: {batch:#}");
        let total = json!([{"currency": "USD", "billed": "125.49", "effective": "125.49", "list": "175"}]);
        assert_eq!(batch["totals"], total, "{name}");
        let report = desk.json(&["report", "costs", "--by", "tag:team"]);
        assert_eq!(
            text(&report["total"], "billed"),
            "125.49",
            "{name}: presents are lines of their own, and all is there"
        );
        assert_eq!(report["total"]["rows"], 9, "{name}: seven rows, two of them with a present");
        assert_eq!(text(row(&report, "tag:team", "search"), "billed"), "68", "{name}: 70 − 3 + 1");
        assert_eq!(text(row(&report, "tag:team", "chat"), "list"), "50", "{name}");
    }
}

#[test]
fn both_shapes_of_google_clouds_bill_give_the_same_reports() {
    let [csv, json] = ["gcp/good.csv", "gcp/good.jsonl"].map(|name| {
        let desk = Desk::new();
        import(&desk, name);
        desk.everything()
    });
    assert_eq!(csv, json);
}

#[test]
fn presents_and_corrections_stay_in_sight() {
    let desk = Desk::new();
    import(&desk, "gcp/good.csv");
    let margin = desk.json(&["report", "margin"]);
    let lines = margin["total"]["lines"].as_array().unwrap();
    let credits = lines.iter().find(|line| line["line"] == "Credits").unwrap_or_else(|| panic!("{margin:#}"));
    assert_eq!(text(credits, "amount"), "-25", "the promotion of 20 and the free tier of 5");
    assert_eq!(text(&margin["total"], "cost_of_revenue"), "117.99", "125.49 without the tax of 7.50");
    assert_eq!(
        margin["corrections"],
        json!([{"billing_month": "2026-10", "usage_month": "2026-09", "effective": "-3"}]),
        "an adjustment corrects the month of use"
    );
    let used = desk.json(&["report", "costs", "--by", "month", "--basis", "usage-date"]);
    assert_eq!(text(row(&used, "month", "2026-09"), "billed"), "-2", "−3 and the late 1 belong to September's use");
    let services = desk.json(&["report", "costs", "--by", "category"]);
    assert_eq!(text(row(&services, "category", "AI and Machine Learning"), "billed"), "50");
}

#[test]
fn google_clouds_bill_as_python_prints_it() {
    let desk = Desk::new();
    let batch = import(&desk, "gcp/lenient.csv");
    assert_eq!(rows(&batch), [3, 3, 0], "BOM, CRLF, a blank line, names with underscores: {batch:#}");
    assert_eq!(batch["totals"], json!([{"currency": "USD", "billed": "120", "effective": "120"}]), "70 + 50 + 0");
    let report = desk.json(&["report", "costs", "--by", "tag:team"]);
    assert_eq!(text(row(&report, "tag:team", "search"), "billed"), "70", "labels as Python prints them");
}

#[test]
fn bad_rows_of_google_clouds_bill_are_named() {
    let batch = import(&Desk::new(), "gcp/errors.csv");
    assert_eq!(rows(&batch), [13, 2, 11]);
    let expected = [
        (3, "cost"),
        (4, "usage_start_time"),
        (5, "invoice.month"),
        (6, "invoice.month"),
        (7, "credits"),
        (8, "credits"),
        (9, "currency"),
        (10, "(row)"),
        (11, "cost"),
        (12, "labels"),
        (13, "export_time"),
    ];
    assert_eq!(problems(&batch), expected.map(|(line, column)| (line, column.to_owned())));
}

#[test]
fn google_clouds_rows_grow_by_day_of_export() {
    let whole = std::fs::read_to_string(fixture("gcp/good.csv")).unwrap();
    let lines: Vec<&str> = whole.lines().collect();
    let part = |rows: &[usize]| {
        let picked: Vec<&str> = rows.iter().map(|index| lines[*index]).collect();
        format!("{}\n{}\n", lines[0], picked.join("\n"))
    };
    let desk = Desk::new();
    let billed = |desk: &Desk| text(&desk.json(&["report", "costs"])["total"], "billed").to_owned();
    desk.import(&[&desk.file("first.csv", part(&[1, 2]))]);
    assert_eq!(billed(&desk), "120", "70 and 50, exported on 6 October");
    desk.import(&[&desk.file("later.csv", part(&[6]))]);
    assert_eq!(billed(&desk), "117", "exported on 8 October: it adds, although its day of use is in September");
    desk.import(&[&desk.file("again.csv", part(&[1, 2, 3]))]);
    assert_eq!(billed(&desk), "117", "6 October again, with the free storage: its rows are replaced");
    desk.run(&["undo", "3"]).ends(0);
    desk.run(&["undo", "2"]).ends(0);
    assert_eq!(billed(&desk), "120");
}

#[test]
fn opencost_claims_and_is_in_no_report() {
    for (name, read, claimed) in [
        ("opencost/good.csv", 3, "3.5"),
        ("opencost/good.json", 3, "4"),
        ("opencost/good-cloud.json", 3, "25"),
        ("opencost/lenient.csv", 2, "3.5"),
    ] {
        let desk = Desk::new();
        import(&desk, "gcp/good.csv");
        let before = desk.everything();
        let batch = import(&desk, name);
        assert_eq!((&batch["format"], &batch["role"]), (&json!("opencost"), &json!("claim")), "{name}");
        assert_eq!(rows(&batch), [read, read, 0], "{name}: {batch:#}");
        assert_eq!(batch["totals"], json!([{"currency": "USD", "claimed": claimed}]), "{name}");
        assert_eq!(desk.everything(), before, "{name}: somebody else's computed cost is never added");
        desk.run(&["check"]).ends(0);
    }
}

#[test]
fn bad_rows_of_opencost_are_named() {
    let batch = import(&Desk::new(), "opencost/errors.csv");
    let expected = [(3, "Date"), (4, "TotalCost"), (5, "TotalCost"), (6, "(row)")];
    assert_eq!(problems(&batch), expected.map(|(line, column)| (line, column.to_owned())));
    let batch = import(&Desk::new(), "opencost/errors.json");
    assert_eq!(rows(&batch), [4, 2, 2]);
    assert_eq!(problems(&batch), [(2, "Date".to_owned()), (3, "TotalCost".to_owned())], "records count from 1");
}

#[test]
fn stripes_lines_are_revenue_in_units_of_their_currency() {
    let desk = Desk::new();
    let batch = import(&desk, "stripe/good.json");
    assert_eq!((&batch["format"], &batch["role"]), (&json!("stripe"), &json!("revenue")));
    assert_eq!(rows(&batch), [9, 7, 0], "a draft and a void invoice are read and ask for nothing");
    assert_eq!(
        batch["totals"],
        json!([
            {"currency": "JPY", "amount": "5000"},
            {"currency": "KWD", "amount": "12.5"},
            {"currency": "USD", "amount": "867.5"},
        ]),
        "310 + 12.50 − 155 + (620 − 20) + 100 without its tax of 19; yen have no decimals and dinars three"
    );
    let report = desk.json(&["report", "revenue", "--from", "2026-09", "--to", "2026-11"]);
    let months: Vec<(&str, &str, &str, &str)> = report["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (text(row, "month"), text(row, "invoiced"), text(row, "recognised"), text(row, "deferred")))
        .collect();
    // October: 310, −155 for the days left of it, 600 × 16/31 and 100 × 25/31; September: the 12.50 of metered use.
    assert_eq!(months[0], ("2026-09", "0", "12.5", "-12.5"), "used in September, invoiced in October");
    assert_eq!(months[1], ("2026-10", "867.5", "545.322580645161290322", "309.677419354838709678"));
    assert_eq!(months[2], ("2026-11", "0", "309.677419354838709678", "0"), "all is earned");
}

#[test]
fn stripes_tables_are_told_apart_by_their_columns() {
    let desk = Desk::new();
    let sigma = import(&desk, "stripe/good.csv");
    assert_eq!(rows(&sigma), [3, 3, 0]);
    assert_eq!(
        sigma["totals"],
        json!([{"currency": "JPY", "amount": "5000"}, {"currency": "USD", "amount": "155"}]),
        "Sigma writes the smallest unit: 310 − 155"
    );
    let dashboard = import(&Desk::new(), "stripe/lenient.csv");
    assert_eq!(rows(&dashboard), [3, 2, 0], "the draft is no revenue: {dashboard:#}");
    assert_eq!(
        dashboard["totals"],
        json!([{"currency": "EUR", "amount": "90"}, {"currency": "USD", "amount": "310"}]),
        "the dashboard writes decimals: total less tax"
    );
}

#[test]
fn stripes_credit_notes_take_revenue_off() {
    let desk = Desk::new();
    let batch = import(&desk, "stripe/good-credit-notes.json");
    assert_eq!(rows(&batch), [3, 2, 0], "a void one takes nothing off: {batch:#}");
    assert_eq!(batch["totals"], json!([{"currency": "USD", "amount": "-57.5"}]), "−50 and −(10 − 2.50)");
    let november = desk.json(&["report", "revenue", "--month", "2026-11"]);
    assert_eq!(text(&november["total"], "recognised"), "-7.5", "its lines name no period, so it counts on its day");
}

#[test]
fn stripe_and_own_revenue_do_not_replace_each_other() {
    let desk = Desk::new();
    import(&desk, "revenue/october.csv");
    let batch = import(&desk, "stripe/good.csv");
    assert_eq!(batch["replaced"].as_array().map_or(0, Vec::len), 0, "{batch:#}");
    let total = &desk.json(&["report", "revenue", "--month", "2026-10"])["total"];
    assert_eq!(text(total, "invoiced"), "5096.5", "4941.50 of the one and 155 of the other");
}

#[test]
fn bad_lines_of_stripe_are_named() {
    let batch = import(&Desk::new(), "stripe/errors.csv");
    assert_eq!(rows(&batch), [8, 1, 7]);
    let expected = [
        (3, "amount"),
        (4, "currency"),
        (5, "period_start"),
        (6, "period_end"),
        (7, "currency"),
        (8, "amount"),
        (9, "(row)"),
    ];
    assert_eq!(problems(&batch), expected.map(|(line, column)| (line, column.to_owned())));
    let batch = import(&Desk::new(), "stripe/errors.json");
    assert_eq!(problems(&batch), [(2, "lines".to_owned()), (3, "amount".to_owned())], "an invoice cut short is named");
}

#[test]
fn the_general_ledger_counts_only_where_a_rule_says_so() {
    let desk = Desk::new();
    import(&desk, "gcp/good.csv");
    let costs = desk.json(&["report", "costs"]);
    let batch = import(&desk, "general_ledger/good.csv");
    assert_eq!((&batch["format"], &batch["role"]), (&json!("general-ledger"), &json!("bill")));
    assert_eq!(
        batch["totals"],
        json!([{"currency": "EUR", "amount": "7"}, {"currency": "USD", "amount": "174.49"}]),
        "40 + 10 − 1 + 125.49"
    );
    assert_eq!(desk.json(&["report", "costs"]), costs, "the cloud's cost is in the ledger once more and counts once");
    let margin = desk.json(&["report", "margin"]);
    assert_eq!(margin["headline"], "Infrastructure margin", "no line of the ledger is a cost of revenue yet");
    assert_eq!(
        margin["outside"],
        json!([{"class": "excluded", "effective": "181.99"}]),
        "7.50 of tax and 174.49 of the ledger are named beside the margin"
    );
    assert_eq!(text(&margin["total"], "cost_of_revenue"), "117.99");

    desk.run(&["map", &desk.file("rules.toml", RULES)]).ends(0);
    let margin = desk.json(&["report", "margin", "--month", "2026-10"]);
    assert_eq!(margin["headline"], "Gross margin", "support and payment fees are in it");
    assert_eq!(text(&margin["total"], "cost_of_revenue"), "166.99", "117.99 + 40 + 9");
    let line = |name: &str| {
        let lines = margin["total"]["lines"].as_array().unwrap();
        text(lines.iter().find(|line| line["line"] == name).unwrap(), "amount").to_owned()
    };
    assert_eq!((line("Support").as_str(), line("Payment fees").as_str()), ("40", "9"));
    assert_eq!(text(&desk.json(&["report", "costs", "--month", "2026-10"])["total"], "effective"), "174.49");
    let products = desk.json(&["report", "margin", "--month", "2026-10", "--by", "product"]);
    let search = row(&products, "product", "Search");
    assert_eq!(text(search, "cost_of_revenue"), "40", "the ledger's line names the product it supports");
    let table = desk.run(&["report", "margin", "--month", "2026-10"]).ends(0).out;
    assert!(table.starts_with("Gross margin"), "{table}");
    assert!(!table.contains("without a general ledger"), "{table}");
}

#[test]
fn debit_and_credit_are_an_amount() {
    let desk = Desk::new();
    let batch = import(&desk, "general_ledger/lenient.csv");
    assert_eq!(rows(&batch), [4, 4, 0], "semicolons, dates in two styles, `$1,040.00` and `(1)`: {batch:#}");
    assert_eq!(batch["totals"], json!([{"currency": "USD", "amount": "1050"}]), "1040 + 10 + 1 − 1");
    let batch = import(&Desk::new(), "general_ledger/errors.csv");
    assert_eq!(rows(&batch), [8, 2, 6]);
    let expected = [(3, "period"), (4, "account"), (5, "debit"), (6, "currency"), (7, "debit"), (8, "(row)")];
    assert_eq!(problems(&batch), expected.map(|(line, column)| (line, column.to_owned())));
}

#[test]
fn bills_are_held_against_received_invoices() {
    let desk = Desk::new();
    desk.run(&["report", "tie-out"]).ends(1);
    desk.import(&[&fixture("gcp/good.csv"), &fixture("opencost/good.csv"), &fixture("general_ledger/good.csv")]);
    let verdict = |desk: &Desk| desk.json(&["report", "tie-out"])["rows"][0]["verdict"].clone();
    assert_eq!(verdict(&desk), "not received");
    let batch = import(&desk, "invoices/good.csv");
    assert_eq!((&batch["format"], &batch["role"]), (&json!("invoices"), &json!("reference")));
    assert_eq!(
        batch["totals"],
        json!([{"currency": "EUR", "net": "20", "tax": "3.8"}, {"currency": "USD", "net": "237.99", "tax": "31.5"}])
    );
    let report = desk.json(&["report", "tie-out", "--month", "2026-10"]);
    assert_eq!(
        report["rows"],
        json!([
            {
                "month": "2026-10", "issuer": "Amazon Web Services, Inc.", "currency": "USD", "billed": null,
                "invoiced": "120", "difference": null, "billed_tax": null, "invoiced_tax": "24", "invoices": 2,
                "verdict": "no bill",
            },
            {
                "month": "2026-10", "issuer": "Google Cloud", "currency": "USD", "billed": "117.99",
                "invoiced": "117.99", "difference": "0", "billed_tax": "7.5", "invoiced_tax": "7.5", "invoices": 1,
                "verdict": "ties",
            },
            {
                "month": "2026-10", "issuer": "Vektor GmbH", "currency": "EUR", "billed": null,
                "invoiced": "20", "difference": null, "billed_tax": null, "invoiced_tax": "3.8", "invoices": 1,
                "verdict": "no bill",
            },
        ]),
        "claims and the general ledger are on no invoice; names meet whatever their case; a missing side is unknown"
    );
    desk.run(&["report", "tie-out", "--strict"]).ends(3);
    let csv = desk.run(&["report", "tie-out", "--format", "csv"]).ends(0).out;
    assert!(csv.contains("2026-10,Google Cloud,USD,117.99,117.99,0,7.5,7.5,ties"), "{csv}");
    assert!(csv.contains("2026-10,Vektor GmbH,EUR,,20,,,3.8,no bill"), "{csv}");
    let workbook = desk.path("tie-out.xlsx").display().to_string();
    desk.run(&["report", "tie-out", "-o", &workbook]).ends(0);
    let before = desk.json(&["report", "tie-out"]);
    // The later register writes the issuer otherwise, and is the whole of its month all the same.
    let late = "issuer,number,month,net,currency\nGoogle Cloud,G-78,2026-10,120,USD\n";
    desk.import(&[&desk.file("late.csv", late)]);
    let report = desk.json(&["report", "tie-out"]);
    let google = report["rows"].as_array().unwrap().iter().filter(|row| row["issuer"] == "Google Cloud");
    assert_eq!(google.clone().count(), 1);
    for row in google {
        assert_eq!(
            (text(row, "difference"), text(row, "verdict")),
            ("-2.01", "differs"),
            "the register's month is replaced"
        );
        assert_eq!(row["invoiced_tax"], Value::Null, "one register does not tell the tax");
    }
    desk.run(&["undo", "5"]).ends(0);
    assert_eq!(desk.json(&["report", "tie-out"]), before, "undo brings the register back");
}

#[test]
fn the_register_of_invoices_in_another_dialect_and_its_bad_rows() {
    let batch = import(&Desk::new(), "invoices/lenient.csv");
    assert_eq!(rows(&batch), [2, 2, 0], "{batch:#}");
    assert_eq!(
        batch["totals"],
        json!([{"currency": "EUR", "net": "-20"}, {"currency": "USD", "net": "1125.49"}]),
        "tax is not told, so it is in no total"
    );
    let batch = import(&Desk::new(), "invoices/errors.csv");
    assert_eq!(rows(&batch), [9, 1, 8]);
    let expected = [
        (3, "issuer"),
        (4, "invoice_number"),
        (5, "month"),
        (6, "net"),
        (7, "tax"),
        (8, "currency"),
        (9, "received"),
        (10, "(row)"),
    ];
    assert_eq!(problems(&batch), expected.map(|(line, column)| (line, column.to_owned())));
}

/// 3 invoices: a year of 365 days for 365 from 1 October, a prepaid credit of 100, of which 30 and 50 are used.
const DEFERRED: &str = "invoice_id,invoice_date,customer,product,kind,service_start,service_end,currency,amount\n\
    Y-1,2026-10-01,Alder,Search,subscription,2026-10-01,2027-10-01,USD,365\n\
    P-1,2026-10-10,Birch,Search,prepaid,2026-10-10,2027-10-10,USD,100\n\
    ,2026-10-31,Birch,Search,prepaid_use,2026-10-01,2026-11-01,USD,30\n\
    ,2026-11-30,Birch,Chat,prepaid_use,2026-11-01,2026-12-01,USD,50\n\
    O-1,2026-11-15,Birch,Search,one_off,2026-11-15,2026-11-16,USD,7\n\
    N-1,2026-11-20,Alder,Search,credit_note,2026-11-01,2026-12-01,USD,-5\n";

#[test]
fn recognised_invoiced_and_deferred_reconcile_each_month() {
    let desk = Desk::new();
    desk.import(&[&desk.file("revenue.csv", DEFERRED)]);
    let report = desk.json(&["report", "revenue", "--from", "2026-10", "--to", "2026-12"]);
    assert_eq!(
        report["rows"],
        json!([
            {"month": "2026-10", "deferred_before": "0", "invoiced": "465", "recognised": "61", "deferred": "404"},
            {"month": "2026-11", "deferred_before": "404", "invoiced": "2", "recognised": "82", "deferred": "324"},
            {"month": "2026-12", "deferred_before": "324", "invoiced": "0", "recognised": "31", "deferred": "293"},
        ]),
        "October earns 31 days and 30 of the credit; November 30 days, 50 of the credit, 7 at once, less 5"
    );
    assert_eq!(
        report["total"],
        json!({"deferred_before": "0", "invoiced": "467", "recognised": "174", "deferred": "293"})
    );
    let november = desk.json(&["report", "revenue", "--month", "2026-11", "--by", "customer"]);
    let birch = row(&november, "customer", "Birch");
    assert_eq!((text(birch, "deferred_before"), text(birch, "deferred")), ("70", "20"), "of the credit of 100");
    assert_eq!(text(row(&november, "customer", "Alder"), "deferred"), "304");
    let margin = desk.json(&["report", "margin", "--month", "2026-11"]);
    assert_eq!(text(&margin["total"], "revenue"), "82", "the margin report recognises the same");
    let table = desk.run(&["report", "revenue", "--by", "product,customer"]).ends(0).out;
    assert!(table.contains("Deferred before USD"), "{table}");
    desk.run(&["report", "revenue", "--by", "planet"]).ends(2);
}
