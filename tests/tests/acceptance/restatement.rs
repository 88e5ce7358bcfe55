//! A file that restates what is there: shown as a difference before it counts; and rows that were refused: mended,
//! set aside, and taken back.

use marginline_engine::import::{ImportOptions, Watch};
use marginline_engine::{Asks, Engine};
use marginline_tests::cli::{Desk, now, text};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

const HEADER: &str = "BilledCost,EffectiveCost,BillingCurrency,BillingPeriodStart,ChargePeriodStart,ChargePeriodEnd,ChargeCategory,InvoiceIssuerName,BillingAccountId,ServiceName\n";

/// Lines of October 2026: day, amount, service.
fn bill(lines: &[(u32, &str, &str)]) -> String {
    lines.iter().fold(HEADER.to_owned(), |csv, (day, amount, service)| {
        csv + &format!(
            "{amount},{amount},USD,2026-10-01,2026-10-{day:02},2026-10-{:02},Usage,Example Cloud,7,{service}\n",
            day + 1
        )
    })
}

/// Four lines of a bill, and the bill as it was restated: one line as it was, one dearer, one gone, two new.
fn before() -> String {
    bill(&[(1, "10", "Storage"), (1, "10", "Storage"), (2, "5", "Compute"), (3, "1", "Network")])
}

fn after() -> String {
    bill(&[(1, "10", "Storage"), (1, "12", "Storage"), (2, "5", "Compute"), (3, "4", "Tape"), (3, "2", "Tape")])
}

fn billed(desk: &Desk) -> String {
    text(&desk.json(&["report", "costs"])["total"], "billed").to_owned()
}

fn difference() -> Value {
    json!({
        "added": 2,
        "gone": 1,
        "changed": 1,
        "same": 2,
        "moved": [
            {"subject": "Tape", "month": "2026-10", "unit": "USD", "before": "0", "after": "6", "change": "6"},
            {"subject": "Storage", "month": "2026-10", "unit": "USD", "before": "20", "after": "22", "change": "2"},
            {"subject": "Network", "month": "2026-10", "unit": "USD", "before": "1", "after": "0", "change": "-1"},
        ],
        "total": [{"unit": "USD", "before": "21", "after": "28", "change": "7"}],
    })
}

#[test]
fn a_restated_bill_is_a_difference_by_line() {
    let desk = Desk::new();
    desk.json(&["import", &desk.file("first.csv", before())]);
    let second = desk.file("second.csv", after());
    let kept = desk.kept_files();

    let rehearsed = desk.json(&["import", "--dry-run", &second]);
    assert_eq!(rehearsed["batches"][0]["difference"], difference());
    assert_eq!((billed(&desk), desk.kept_files()), ("26".to_owned(), kept), "a dry run leaves no trace");

    let imported = desk.json(&["import", &second]);
    assert_eq!(imported["batches"][0]["difference"], difference());
    assert_eq!(imported["batches"][0]["replaced"], json!([{"batch": 1, "rows": 4}]));
    assert_eq!(billed(&desk), "33");
    let mut told = desk.json(&["difference", "2"]);
    assert_eq!(told["batch"].take(), 2);
    told.as_object_mut().unwrap().remove("batch");
    assert_eq!(told, difference(), "and it can be looked at later");
    assert!(desk.run(&["difference", "2"]).ends(0).out.contains("2 added, 1 gone, 1 changed, 2 as they were"));

    desk.run(&["undo", "2"]).ends(0);
    assert_eq!(billed(&desk), "26", "undo brings the first bill back");
    desk.run(&["difference", "1"]).ends(1);
    desk.run(&["redo"]).ends(0);
    assert_eq!(billed(&desk), "33");
    desk.run(&["check"]).ends(0);
}

#[test]
fn the_window_asks_before_it_replaces() {
    let desk = Desk::new();
    let (first, second) = (desk.file("first.csv", before()), desk.file("second.csv", after()));
    let import = |file: &str, review: bool| {
        let options = ImportOptions { review, ..ImportOptions::plain(now()) };
        Runtime::new().unwrap().block_on(async {
            let engine = Engine::open(&desk.workspace()).await.unwrap();
            let report = engine.import(&[file.into()], &options, &Watch::nobody()).await;
            engine.ledger().close().await;
            report
        })
    };
    assert!(!import(&first, true).unwrap().held, "what replaces nothing needs no question");
    let held = import(&second, true).unwrap();
    assert!(held.held);
    assert_eq!(serde_json::to_value(&held.batches[0].difference).unwrap(), difference());
    assert_eq!(billed(&desk), "26", "nothing is stored until somebody says so");
    import(&second, false).unwrap();
    assert_eq!(billed(&desk), "33");
    assert_eq!(desk.kept_files().len(), 2, "both files are kept, and what was only looked at is not kept twice");
    let unknown = desk.file("unknown.csv", "when,who,how much\n2026-10-01,me,3\n");
    assert_eq!(import(&unknown, true).unwrap_err().asks, Asks::Mapping, "what only a person can decide is asked");
}

/// A bill whose second line has a date that does not exist and whose fourth has no amount.
fn broken() -> String {
    let good = bill(&[(1, "10", "Storage"), (2, "5", "Compute"), (3, "1", "Network"), (4, "7", "Tape")]);
    good.replace("2026-10-02,2026-10-03", "2026-10-32,2026-10-03").replace("7,7,USD", ",7,USD")
}

#[test]
fn refused_rows_are_mended_and_taken_back() {
    let desk = Desk::new();
    desk.run(&["import", &desk.file("broken.csv", broken())]).ends(3);
    assert_eq!(billed(&desk), "11");
    let out = desk.path("mended.csv");
    let out = out.to_str().unwrap();
    desk.run(&["quarantine", "1", "--write", out]).ends(0);
    let written = std::fs::read_to_string(out).unwrap();
    assert!(written.contains("2026-10-32") && written.contains(",7,USD"), "{written}");

    let still = desk.run(&["quarantine", "1", "--readmit", out]).ends(1);
    assert!(still.err.contains("line 3: ChargePeriodStart is still not right"), "{}", still.err);
    assert_eq!(billed(&desk), "11", "as long as one row is wrong, none is stored");

    std::fs::write(out, written.replace("2026-10-32", "2026-10-02").replace(",7,USD", "7,7,USD")).unwrap();
    desk.run(&["quarantine", "1", "--readmit", out]).ends(0);
    assert_eq!(billed(&desk), "23");
    let rows = desk.json(&["quarantine", "1"]);
    let states: Vec<_> = rows["problems"].as_array().unwrap().iter().map(|row| text(row, "state")).collect();
    assert_eq!(states, ["readmitted", "readmitted"]);
    assert_eq!(desk.json(&["batches"])["batches"][1]["quarantine_open"], 0);

    let locked = desk.run(&["undo", "1"]).ends(1);
    assert!(locked.err.contains("batch 2 holds rows of it that were mended"), "{}", locked.err);
    desk.run(&["undo", "2"]).ends(0);
    assert_eq!(billed(&desk), "11", "undo takes the mended rows back");
    assert_eq!(desk.json(&["batches"])["batches"][1]["quarantine_open"], 2, "and they are open again");
    desk.run(&["check"]).ends(0);
}

#[test]
fn refused_rows_are_set_aside_and_taken_up_again() {
    let desk = Desk::new();
    desk.run(&["import", &desk.file("broken.csv", broken())]).ends(3);
    let open = || desk.json(&["batches"])["batches"][0]["quarantine_open"].clone();
    desk.run(&["quarantine", "1", "--dismiss", "3"]).ends(0);
    assert_eq!(open(), 1);
    desk.run(&["quarantine", "1", "--dismiss", "all"]).ends(0);
    assert_eq!(open(), 0);
    desk.run(&["quarantine", "1", "--restore", "5"]).ends(0);
    assert_eq!(open(), 1);
    let none = desk.run(&["quarantine", "1", "--dismiss", "2"]).ends(2);
    assert!(none.err.contains("no refused row stands on line 2"), "{}", none.err);
    assert_eq!(billed(&desk), "11", "what is set aside is in no total");
}

/// The purchase of a commitment as some exports write it: without a currency, and with an hour that does not exist.
#[test]
fn a_purchase_without_a_currency_needs_to_be_told_one() {
    let csv = "BillingPeriodStart,BillingPeriodEnd,ChargePeriodStart,ChargePeriodEnd,ChargeCategory,BilledCost,EffectiveCost,CommitmentDiscountId\n\
        2026-01-01T00:00:00Z,2026-02-01T00:00:00Z,2026-01-01T00:00:00Z,2027-01-01T00:00:00Z,Purchase,1200.00,0.00,plan-1\n\
        2026-01-01T00:00:00Z,2026-02-01T00:00:00Z,2026-01-01T20:00:00Z,2026-01-01T30:00:00Z,Purchase,1.00,0.00,plan-1\n";
    let desk = Desk::new();
    let file = desk.file("purchase.csv", csv);
    let refused = desk.run(&["import", &file]).ends(1);
    assert!(refused.err.contains("--currency"), "a currency is not guessed: {}", refused.err);
    let bad = desk.run(&["import", &file, "--currency", "dollars"]).ends(2);
    assert!(bad.err.contains("three letters"), "{}", bad.err);

    let batch = desk.run(&["import", "--json", &file, "--currency", "eur"]).ends(3).json()["batches"][0].clone();
    assert_eq!(batch["totals"][0], json!({"currency": "EUR", "billed": "1200", "effective": "0"}));
    assert_eq!(
        (&batch["problems"][0]["line"], &batch["problems"][0]["column"]),
        (&json!(3), &json!("ChargePeriodEnd"))
    );
    desk.run(&["undo", "1"]).ends(0);
    desk.run(&["redo"]).ends(3);
    let again = desk.json(&["batches"]);
    assert!(again["batches"][0]["totals"][0].to_string().contains("1200"), "redo knows the currency: {again:#}");
}

/// A correction of September, billed in October: it nets out against what it corrects, and it stays in sight.
#[test]
fn corrections_net_out_and_are_visible() {
    let csv = "BilledCost,EffectiveCost,BillingCurrency,BillingPeriodStart,ChargePeriodStart,ChargeCategory,ChargeClass,InvoiceIssuerName,ServiceName\n\
        10,10,USD,2026-09-01,2026-09-05,Usage,,Example Cloud,Storage\n\
        -4,-4,USD,2026-10-01,2026-09-05,Usage,Correction,Example Cloud,Storage\n";
    let desk = Desk::new();
    desk.json(&["import", &desk.file("corrected.csv", csv)]);
    assert_eq!(billed(&desk), "6");
    let used = desk.json(&["report", "costs", "--month", "2026-09", "--basis", "usage-date"]);
    assert_eq!(text(&used["total"], "billed"), "6", "September as it turned out");
    let invoiced = desk.json(&["report", "costs", "--month", "2026-09"]);
    assert_eq!(text(&invoiced["total"], "billed"), "10", "September as it was invoiced");
    let classes = desk.json(&["report", "costs", "--by", "charge_class"]);
    let class = |index: usize| {
        (classes["rows"][index]["charge_class"].clone(), text(&classes["rows"][index], "billed").to_owned())
    };
    assert_eq!([class(0), class(1)], [(Value::Null, "10".to_owned()), (json!("Correction"), "-4".to_owned())]);
    let margin = desk.json(&["report", "margin"]);
    assert_eq!(margin["corrections"][0]["effective"], "-4", "{:#}", margin["corrections"]);
}
