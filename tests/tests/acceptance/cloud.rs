//! Bills of AWS (legacy CUR and 2.0) and Azure, on files that can be added up by hand.
//!
//! `fixtures/cur/good.csv`, in USD; list is the public on-demand cost:
//!
//! | line | billed | effective | list |
//! |---|---|---|---|
//! | on demand | 10 | 10 | 12 |
//! | storage | 9.984 × 10⁻⁷ | the same | the same |
//! | covered by a reservation | 0 | 6 | 8 |
//! | the reservation's fee, 4 of it unused | 10 | 4 | 0 |
//! | covered by a savings plan | 20 | 14 | 20 |
//! | its negation | −20 | 0 | none |
//! | the plan's fee, 1 of it unused | 15 | 1 | 0 |
//! | the plan's upfront fee | 100 | 0 | 0 |
//! | the reservation's upfront fee | 50 | 0 | 0 |
//! | another fee | 13 | 13 | 13 |
//! | tax | 7 | 7 | |
//! | credit | −5 | −5 | |
//! | refund of use in September | −2 | −2 | |
//! | refund of the savings plan | −3 | 0 | |
//! | discount of an agreement | −1 | −1 | |
//! | a pod's share of an instance | left out | | |
//! | spot | 3 | 3 | 9 |
//! | **sum** | **197** + 9.984 × 10⁻⁷ | **50** + | **62** + |

use marginline_tests::cli::{Desk, fixture, text};
use serde_json::{Value, json};

fn with(names: &[&str]) -> Desk {
    let desk = Desk::new();
    for name in names {
        desk.import(&[&fixture(name)]);
    }
    desk
}

fn batch(name: &str) -> Value {
    Desk::new().import(&[&fixture(name)])[0].clone()
}

/// Groups of a cost report with one of their amounts.
fn groups(desk: &Desk, by: &str, amount: &str) -> Vec<(String, String)> {
    let report = desk.json(&["report", "costs", "--by", by]);
    let rows = report["rows"].as_array().unwrap().iter();
    let group = |row: &Value| (row[by].as_str().unwrap_or("-").to_owned(), text(row, amount).to_owned());
    let mut groups: Vec<_> = rows.map(group).collect();
    groups.sort();
    groups
}

fn pairs(of: &[(&str, &str)]) -> Vec<(String, String)> {
    of.iter().map(|(name, amount)| ((*name).to_owned(), (*amount).to_owned())).collect()
}

#[test]
fn every_dialect_is_recognised_and_adds_up() {
    let cases = [
        (
            "cur/good.csv",
            "cur",
            17,
            16,
            json!([{"currency": "USD", "billed": "197.0000009984", "effective": "50.0000009984", "list": "62.0000009984"}]),
        ),
        // Athena's snake case, another currency, a tax line without one, a dollar sign, a type that is new.
        ("cur/lenient.csv", "cur", 4, 4, json!([{"currency": "NOK", "billed": "17.5", "effective": "21.5"}])),
        // 12 + 20 − 20 + 15 + 8 billed, 12 + 14 + 0 + 1 + 8 effective, 12 + 20 + 8 at list.
        ("cur2/good.csv", "cur2", 6, 5, json!([{"currency": "USD", "billed": "35", "effective": "35", "list": "40"}])),
        // 15 + 5 − 4 + 10⁻³⁰, under semicolons.
        (
            "cur2/lenient.csv",
            "cur2",
            4,
            4,
            json!([{
                "currency": "USD",
                "billed": "16.000000000000000000000000000001", "billed_residue": "0.000000000000000000000000000001",
                "effective": "16.000000000000000000000000000001", "effective_residue": "0.000000000000000000000000000001",
            }]),
        ),
        // 10 + 0.06 + 0 + 100 − 30 − 2 + 5 + 0.01 + 7; list 24 × 0.50 + 3 × 0.02.
        (
            "azure/good.csv",
            "azure",
            9,
            9,
            json!([{"currency": "USD", "billed": "90.07", "effective": "90.07", "list": "12.06"}]),
        ),
        // The same month with 48 used and 12 unused instead of 100 bought and 30 given back.
        (
            "azure/amortized.csv",
            "azure",
            8,
            8,
            json!([{"currency": "USD", "billed": "80.07", "effective": "80.07", "list": "12.06"}]),
        ),
        // 6 + 2 + 4.40; the last is priced in EUR, so its list cost is unknown.
        (
            "azure/mca.csv",
            "azure",
            3,
            3,
            json!([{"currency": "USD", "billed": "12.4", "effective": "12.4", "list": "12"}]),
        ),
        ("azure/lenient.csv", "azure", 2, 2, json!([{"currency": "EUR", "billed": "1.575", "effective": "1.575"}])),
    ];
    for (name, format, read, stored, totals) in cases {
        let batch = batch(name);
        assert_eq!((&batch["format"], &batch["role"]), (&json!(format), &json!("bill")), "{name}");
        assert_eq!((&batch["rows_read"], &batch["rows_stored"]), (&json!(read), &json!(stored)), "{name}: {batch:#}");
        assert_eq!(batch["problems"], json!([]), "{name}");
        assert_eq!(batch["totals"], totals, "{name}");
    }
}

#[test]
fn the_reports_of_an_aws_month_follow_its_lines() {
    let desk = with(&["cur/good.csv"]);
    desk.run(&["check"]).ends(0);
    assert_eq!(
        groups(&desk, "service", "effective"),
        pairs(&[
            // 10 + 6 + 4 + 14 + 7 − 5 − 2 − 1 + 3, the covered use at what the commitments cost.
            ("Amazon Elastic Compute Cloud", "36"),
            ("Amazon Registrar", "13"),
            ("Amazon Simple Storage Service", "0.0000009984"),
            ("Savings Plans for AWS Compute usage", "1"),
        ])
    );
    assert_eq!(
        groups(&desk, "tag:team", "effective"),
        pairs(&[("-", "20.0000009984"), ("search", "16"), ("serving", "14")])
    );
    assert_eq!(groups(&desk, "tag:cost_category:Unit", "billed")[1], ("Search".into(), "10".into()));
    assert_eq!(groups(&desk, "tag:aws:createdBy", "billed")[1], ("IAMUser:ann".into(), "10".into()));
    let accounts = groups(&desk, "account", "billed");
    assert_eq!(accounts[1], ("000000000043".into(), "3".into()), "zeros in front are part of the id");
    let total = desk.json(&["report", "costs"])["total"].clone();
    assert_eq!(text(&total, "list"), "62.0000009984");
    assert_eq!(total["list_missing_rows"], 4, "tax, credit, a refund and a discount have no list cost: {total:#}");
    let margin = desk.json(&["report", "margin"]);
    assert_eq!(
        margin["corrections"],
        json!([
            {"billing_month": "2026-10", "usage_month": "2026-09", "effective": "-2"},
            {"billing_month": "2026-10", "usage_month": "2026-10", "effective": "0"},
        ]),
        "the refund belongs to September's use; that of the savings plan was amortised nowhere"
    );
}

#[test]
fn maps_of_cur_2_are_tags_and_products() {
    let desk = with(&["cur2/good.csv"]);
    assert_eq!(groups(&desk, "tag:team", "effective"), pairs(&[("-", "9"), ("search", "12"), ("serving", "14")]));
    assert_eq!(
        groups(&desk, "service", "effective"),
        pairs(&[
            ("Amazon Bedrock", "12"),
            ("Amazon Elastic Compute Cloud", "14"),
            ("ComputeSavingsPlans", "1"),
            ("Northwind Large", "8")
        ])
    );
    assert_eq!(groups(&desk, "region", "effective"), pairs(&[("-", "9"), ("us-east-1", "26")]), "of the zone too");
    let lenient = with(&["cur2/lenient.csv"]);
    assert_eq!(groups(&lenient, "tag:Team", "billed")[1], ("search".into(), "-4".into()), "`user:` is taken off");
}

#[test]
fn the_reports_of_an_azure_month_follow_its_lines() {
    let desk = with(&["azure/good.csv"]);
    desk.run(&["check"]).ends(0);
    assert_eq!(
        groups(&desk, "region", "billed"),
        pairs(&[("-", "-17.99"), ("eastus", "108.06")]),
        "`US East`, `EastUS` and `eastus` are one region"
    );
    assert_eq!(groups(&desk, "tag:team", "billed"), pairs(&[("-", "82.07"), ("search", "8")]), "tags without braces");
    let months = desk.json(&["report", "costs", "--by", "month"]);
    assert_eq!(months["rows"].as_array().unwrap().len(), 1, "the refund of September is on October's bill: {months:#}");
    let payg = with(&["azure/lenient.csv"]).json(&["report", "costs"]);
    assert_eq!(
        payg["unconverted"],
        json!([{
            "currency": "EUR",
            "billed": "1.575",
            "effective": "1.575",
            "issuers": ["Microsoft"],
            "to": "USD",
            "months": ["2026-10"],
        }])
    );
}

#[test]
fn actual_and_amortised_cost_of_a_month_replace_each_other() {
    let billed = |desk: &Desk| text(&desk.json(&["report", "costs"])["total"], "billed").to_owned();
    let desk = with(&["azure/good.csv"]);
    let second = desk.import(&[&fixture("azure/amortized.csv")]);
    assert_eq!(second[0]["replaced"], json!([{"batch": 1, "rows": 9}]), "never both");
    assert_eq!(billed(&desk), "80.07");
    desk.run(&["undo", "2"]).ends(0);
    assert_eq!(billed(&desk), "90.07");
    let other = desk.import(&[&fixture("azure/mca.csv")]);
    assert!(other[0].get("replaced").is_none(), "another billing account: {other:#?}");
}

/// What AWS and Microsoft write as FOCUS claims the same account and month.
#[test]
fn a_focus_export_of_the_same_month_replaces_the_native_one() {
    let focus = |issuer: &str, account: &str, days: [&str; 2]| {
        let header = "BilledCost,EffectiveCost,BillingCurrency,BillingPeriodStart,ChargePeriodStart,ChargeCategory,InvoiceIssuerName,BillingAccountId\n";
        let row = |day: &str| format!("1,1,USD,2026-10-01,{day},Usage,\"{issuer}\",{account}\n");
        format!("{header}{}", days.map(row).concat())
    };
    for (native, issuer, account, rows) in [
        ("cur2/good.csv", "Amazon Web Services, Inc.", "000123456789", 5),
        ("azure/good.csv", "Microsoft", "/providers/Microsoft.Billing/billingAccounts/9900001", 9),
    ] {
        let desk = with(&[native]);
        let file = desk.file("focus.csv", focus(issuer, account, ["2026-09-20", "2026-10-31"]));
        assert_eq!(desk.import(&[&file])[0]["replaced"], json!([{"batch": 1, "rows": rows}]), "{native}");
        assert_eq!(text(&desk.json(&["report", "costs"])["total"], "billed"), "2", "{native}");
    }
}

/// Line, column, part of what was found, part of what was expected.
type Bad = (u64, &'static str, &'static str, &'static str);

const NUMBER: &str = "a decimal number";
const DATE: &str = "a date";
const FIELDS: &str = "fields as in the header";

/// The bad rows of each format's `errors.csv`.
const BAD_ROWS: [(&str, &[Bad]); 3] = [
    (
        "cur",
        &[
            (2, "CurrencyCode", "", "the rows above do not have one currency"),
            (4, "UnblendedCost", "1,5", NUMBER),
            (5, "UsageStartDate", "2026-02-30", DATE),
            (6, "LineItemType", "", "the type of line"),
            (7, "SavingsPlanEffectiveCost", "", "it is empty"),
            (8, "EffectiveCost", "", "it is empty"),
            (9, "CurrencyCode", "dollars", "three letters"),
            (10, "BillingPeriodStartDate", "", DATE),
            (11, "publicOnDemandCost", "many", NUMBER),
            (12, "(row)", "5 fields", FIELDS),
            (13, "UnusedRecurringFee", "x", NUMBER),
            (14, "TotalCommitmentToDate", "1 000", NUMBER),
            (15, "UnblendedCost", "", "it is empty"),
        ],
    ),
    (
        "cur2",
        &[
            (3, "resource_tags", "{user_team}", "a JSON object"),
            (4, "product", "[\"p\"]", "a JSON object"),
            (5, "UsageStartDate", "1759276800000", DATE),
            (6, "BillingPeriodStartDate", "2026-13-01", DATE),
            (7, "UnblendedCost", "true", NUMBER),
        ],
    ),
    (
        "azure",
        &[
            (3, "Cost", "abc", NUMBER),
            (4, "Date", "31/10/2026", "month first"),
            (5, "BillingCurrency", "MC", "three letters"),
            (6, "Cost", "", "it is empty"),
            (7, "Tags", "\"team\" \"search\"", "a JSON object"),
            (8, "Quantity", "many", NUMBER),
            (9, "PayGPrice", "x", NUMBER),
            (10, "(row)", "3 fields", FIELDS),
            (11, "BillingPeriodStartDate", "13/01/2026", "month first"),
            (12, "Cost", "", "it is empty"),
        ],
    ),
];

#[test]
fn bad_rows_go_to_quarantine_with_their_line_and_column() {
    for (format, bad) in BAD_ROWS {
        let batch = batch(&format!("{format}/errors.csv"));
        assert_eq!(batch["format"], format);
        assert_eq!(text(&batch["totals"][0], "billed"), "30", "{format}: the good rows of 10 and 20");
        let problems = batch["problems"].as_array().unwrap();
        for (problem, (line, column, found, expected)) in problems.iter().zip(bad) {
            assert_eq!((&problem["line"], &problem["column"]), (&json!(line), &json!(column)), "{format}: {problem:#}");
            assert!(text(problem, "found").contains(found), "{format}: {problem:#}");
            assert!(text(problem, "expected").contains(expected), "{format}: {problem:#}");
        }
        assert_eq!(problems.len(), bad.len(), "{format}");
    }
}
