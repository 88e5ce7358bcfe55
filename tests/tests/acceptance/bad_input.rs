//! Bad input: what it says, where and what now; the ledger unchanged or the row in quarantine; never a panic.
//!
//! One file for each problem in `fixtures/errors/`. Files of rows hold a good row of 10 before the bad one and a
//! good row of 20 behind it, so the good ones come to 30.

use marginline_tests::cli::{Desk, fixture, text};
use serde_json::{Value, json};

/// A workspace that holds something which a failed import could spoil.
fn with_history() -> Desk {
    let desk = Desk::new();
    desk.run(&["import", &fixture("focus/plain.csv")]).ends(0);
    desk
}

/// Ledger, batches and kept files as one text.
fn state(desk: &Desk) -> String {
    format!("{}{:#}{:?}", desk.everything(), desk.json(&["batches"]), desk.kept_files())
}

#[test]
fn a_file_that_cannot_be_taken_changes_nothing() {
    let cases: [(&str, &[&str]); 13] = [
        ("nothing.csv", &["there is no such file", "check the path"]),
        ("empty.csv", &["is empty", "export it again"]),
        ("blank.csv", &["is empty", "export it again"]),
        ("bom-only.csv", &["is empty", "export it again"]),
        ("text.txt", &["no known format", "--as"]),
        ("unknown-header.csv", &["no known format: when, who, how much", "--as", "token-usage"]),
        ("missing-column.csv", &["FOCUS", "no column EffectiveCost", "export it with that column"]),
        ("missing-columns-revenue.csv", &["looks like", "evenue", "service_end, currency", "export it with"]),
        ("zip.csv", &["zip that cannot be read", "download it again"]),
        ("binary.csv", &["not text", "choose a CSV, JSON or Parquet export"]),
        ("rows.json", &["JSON of no known format", "--as"]),
        ("neither.toml", &["neither a rules file nor a scenario", "[scenario] table"]),
        ("rules-syntax.toml", &["line 4", "expected `]`"]),
    ];
    let desk = with_history();
    let before = state(&desk);
    for (name, parts) in cases {
        let path = fixture(&format!("errors/{name}"));
        let refused = desk.run(&["import", &path]).ends(1);
        assert_eq!(refused.out, "", "{name}: no result on stdout");
        assert!(refused.err.starts_with("error: ") && refused.err.contains(name), "{name}: where: {}", refused.err);
        assert_eq!(refused.err.lines().count(), 1, "{name}: one line, no backtrace: {}", refused.err);
        for part in parts {
            assert!(refused.err.contains(part), "{name}: says {part:?}: {}", refused.err);
        }
        // A program gets the same three parts.
        let told: Value = serde_json::from_str(&desk.run(&["import", "--json", &path]).ends(1).err).unwrap();
        assert!(text(&told["error"], "place").contains(name), "{name}: {told:#}");
        assert!(!text(&told["error"], "what").is_empty(), "{name}: {told:#}");
    }
    assert_eq!(state(&desk), before, "the ledger, its batches and its kept files are as before");
}

/// Old spreadsheets write UTF-16 or one byte a character; exports come packed. The money is the same.
#[test]
fn other_encodings_and_packed_files_are_read_as_they_are() {
    for (name, billed, note) in [
        ("utf16", "10", Some("read as UTF-16")),
        ("utf16-without-mark", "10", Some("read as UTF-16")),
        ("latin1", "50", Some("read as Windows-1252, because its beginning is not UTF-8")),
        ("gzip", "10", None),
    ] {
        let desk = Desk::new();
        let batch = desk.json(&["import", &fixture(&format!("errors/{name}.csv"))])["batches"][0].clone();
        assert_eq!(batch["totals"][0]["billed"], billed, "{name}: {batch:#}");
        assert_eq!(batch["note"].as_str(), note, "{name}: {batch:#}");
    }
    let desk = Desk::new();
    desk.json(&["import", &fixture("errors/latin1.csv")]);
    let costs = desk.json(&["report", "costs", "--by", "service"]);
    let services: Vec<_> = costs["rows"].as_array().unwrap().iter().map(|row| text(row, "service")).collect();
    assert_eq!(services, ["Compute", "Datenbank für Köln"]);
}

#[test]
fn one_bad_file_of_two_stops_both_before_anything_is_stored() {
    let desk = with_history();
    let before = state(&desk);
    for bad in ["empty.csv", "missing-column.csv", "nothing.csv"] {
        desk.run(&["import", &fixture("errors/formula.csv"), &fixture(&format!("errors/{bad}"))]).ends(1);
        assert_eq!(state(&desk), before, "{bad}: the good file was not stored either");
    }
}

/// A bad row: line, column, a part of what was found, a part of what was expected.
type Bad = (u64, &'static str, &'static str, &'static str);

#[test]
fn a_bad_row_goes_to_quarantine_and_the_good_ones_are_stored() {
    const NUMBER: &str = "a decimal number with a point, such as -12.50";
    const DIGITS: &str = "at most 38 digits with an exponent between -60 and 60";
    const DATE: &str = "a date that exists, such as 2026-10-31";
    let cases: [(&str, &[Bad]); 17] = [
        ("comma-number", &[(3, "BilledCost", "1,5", NUMBER)]),
        ("word-number", &[(3, "BilledCost", "abc", NUMBER)]),
        ("plus-number", &[(3, "BilledCost", "+3", NUMBER)]),
        ("empty-number", &[(3, "BilledCost", "", "it is empty")]),
        ("nan-number", &[(3, "BilledCost", "NaN", NUMBER), (5, "BilledCost", "Infinity", NUMBER)]),
        ("too-large", &[(3, "BilledCost", "9300000000", "between -9,223,372,036 and 9,223,372,036")]),
        ("too-many-digits", &[(3, "BilledCost", "11111", DIGITS)]),
        ("absurd-exponent", &[(3, "BilledCost", "1E999999999", DIGITS), (5, "BilledCost", "1E-9999", DIGITS)]),
        ("impossible-date", &[(3, "ChargePeriodStart", "2023-02-01T30:00:00Z", DATE)]),
        ("impossible-day", &[(3, "ChargePeriodStart", "2026-02-30", DATE)]),
        ("bad-currency", &[(3, "BillingCurrency", "US Dollars", "three letters, such as USD")]),
        ("bad-tags", &[(3, "Tags", "team=search", "a JSON object such as")]),
        ("mixed-encodings", &[(3, "field 9", "Datenbank", "text in UTF-8")]),
        ("ragged", &[(3, "(row)", "4 fields", "11 fields as in the header"), (5, "(row)", "13 fields", "11 fields")]),
        ("truncated-line", &[(4, "(row)", "5 fields", "the line may be cut short")]),
        ("truncated-quote", &[(4, "Tags", "sea", "a JSON object")]),
        ("mixed-currencies", &[]),
    ];
    for (name, bad) in cases {
        let desk = Desk::new();
        let answer = desk.run(&["import", "--json", &fixture(&format!("errors/{name}.csv"))]);
        let expected = if bad.is_empty() { 0 } else { 3 };
        let batch = answer.ends(expected).json()["batches"][0].clone();
        assert_eq!(batch["rows_quarantined"], bad.len(), "{name}: {batch:#}");
        let usd = batch["totals"].as_array().unwrap().iter().find(|total| total["currency"] == "USD").unwrap();
        assert_eq!(text(usd, "billed"), "30", "{name}: the good rows of 10 and 20, and no part of the bad one");
        assert_eq!(text(&desk.json(&["report", "costs"])["total"], "billed"), "30", "{name}: and so the report");
        let kept = desk.json(&["quarantine", "1"]);
        assert_eq!(kept["problems"], batch["problems"], "{name}: the quarantine holds what the import told");
        for (index, (line, column, found, expected)) in bad.iter().enumerate() {
            let problem = &kept["problems"][index];
            assert_eq!((&problem["line"], &problem["column"]), (&json!(line), &json!(column)), "{name}: where");
            assert!(text(problem, "found").contains(found), "{name}: what was found: {problem:#}");
            assert!(text(problem, "expected").contains(expected), "{name}: what was expected: {problem:#}");
        }
        desk.run(&["check"]).ends(0);
    }
}

#[test]
fn people_are_shown_the_row_at_once() {
    let told = Desk::new().run(&["import", &fixture("errors/comma-number.csv")]).ends(3).out;
    for part in
        ["2 of 3 rows stored, 1 in quarantine", "line 3, BilledCost: found \"1,5\"", "see `marginline quarantine 1`"]
    {
        assert!(told.contains(part), "{part}: {told}");
    }
}

#[test]
fn two_currencies_in_one_file_stay_apart() {
    let desk = Desk::new();
    let totals = desk.import(&[&fixture("errors/mixed-currencies.csv")])[0]["totals"].clone();
    let billed: Vec<_> = totals.as_array().unwrap().iter().map(|t| (text(t, "currency"), text(t, "billed"))).collect();
    assert_eq!(billed, [("EUR", "7"), ("USD", "30")], "a total for each currency");
    let report = desk.run(&["report", "costs", "--json", "--strict"]).ends(3).json();
    assert_eq!(text(&report["total"], "billed"), "30");
    assert_eq!(text(&report["unconverted"][0], "billed"), "7", "the EUR 7 are named, and --strict answers 3 for them");
}

#[test]
fn the_other_formats_quarantine_as_well() {
    let cases: [(&str, usize, &[Bad]); 4] = [
        (
            "revenue-rows",
            1,
            &[
                (3, "kind", "gift", "subscription, usage, prepaid, prepaid_use, one_off or credit_note"),
                (4, "service_end", "2026-10-01", "ends after it begins"),
                (5, "amount", "31", "a negative amount"),
                (6, "invoice_date", "01.10.2026", "such as 2026-10-31"),
            ],
        ),
        (
            "usage-rows",
            1,
            &[
                (3, "input_tokens", "-5", "a whole number of 0 or more"),
                (4, "input_tokens", "1.5", "a whole number"),
                (5, "provider", "", "the provider's name"),
                (6, "model", "", "the model's name"),
                (7, "input_tokens", "", "a whole number"),
                (8, "input_tokens", "99999999999999999999", "at most 10,000,000,000,000"),
            ],
        ),
        (
            "gpu-rows",
            1,
            &[
                (3, "hour", "2026-10-01T24:30:00Z", "a date that exists"),
                (4, "allocated_gpu_hours", "-8", "GPU hours of 0 or more"),
                (5, "busy_gpu_hours", "many", "a decimal number"),
                (6, "busy_gpu_hours", "9", "at most the 8 hours allocated"),
            ],
        ),
        (
            "budget-rows",
            1,
            &[
                (3, "month", "2026-13", "a month such as 2026-10"),
                (4, "measure", "profit", "revenue or cost_of_revenue"),
                (5, "currency", "dollars", "three letters"),
                (6, "amount", "1 000", "a decimal number with a point"),
            ],
        ),
    ];
    for (name, stored, bad) in cases {
        let batch = Desk::new().import(&[&fixture(&format!("errors/{name}.csv"))])[0].clone();
        assert_eq!(batch["rows_stored"], stored, "{name}: {batch:#}");
        assert_eq!(batch["problems"].as_array().unwrap().len(), bad.len(), "{name}: {batch:#}");
        for (problem, (line, column, found, expected)) in batch["problems"].as_array().unwrap().iter().zip(bad) {
            assert_eq!((&problem["line"], &problem["column"]), (&json!(line), &json!(column)), "{name}: {problem:#}");
            assert!(text(problem, "found").contains(found), "{name}: {problem:#}");
            assert!(text(problem, "expected").contains(expected), "{name}: {problem:#}");
        }
    }
}

#[test]
fn a_charge_category_that_focus_does_not_know_counts_all_the_same() {
    let batch = Desk::new().import(&[&fixture("errors/unknown-category.csv")])[0].clone();
    assert_eq!(batch["rows_quarantined"], 0, "{batch:#}");
    assert_eq!(text(&batch["totals"][0], "billed"), "40", "10 + 20 + the 10 of the unknown category");
    assert!(batch["totals"][0].get("contracted").is_none(), "a column that no row has is unknown, not zero");
}

#[test]
fn ten_megabytes_in_one_field_are_one_bad_row() {
    let desk = Desk::new();
    let plain = std::fs::read_to_string(fixture("errors/comma-number.csv")).unwrap();
    let lines: Vec<&str> = plain.lines().collect();
    let large = lines[1].replace("Compute", &"x".repeat(10_000_000));
    let file = desk.file("large.csv", format!("{}\n{}\n{large}\n{}\n", lines[0], lines[1], lines[3]));
    let batch = desk.import(&[&file])[0].clone();
    assert_eq!((&batch["rows_stored"], &batch["rows_quarantined"]), (&json!(2), &json!(1)), "{}", batch["rows_stored"]);
    let problem = &batch["problems"][0];
    assert_eq!(problem["line"], 3);
    assert!(text(problem, "found").contains("10000000 bytes in field 9"), "{problem:#}");
    assert!(text(problem, "expected").contains("at most 1 MiB"), "{problem:#}");
}

#[test]
fn a_quote_that_is_never_closed_is_told_with_its_line() {
    let desk = with_history();
    let plain = std::fs::read_to_string(fixture("errors/comma-number.csv")).unwrap();
    let lines: Vec<&str> = plain.lines().collect();
    // A short rest is a bad row that names the quote …
    let open = lines[1].replace("Compute", "\"Compute");
    let file = desk.file("short.csv", format!("{}\n{}\n{open}\n{}\n", lines[0], lines[1], lines[3]));
    let batch = desk.import(&[&file])[0].clone();
    let problem = &batch["problems"][0];
    assert_eq!(problem["line"], 3, "the line on which the quote opens: {batch:#}");
    assert!(text(problem, "expected").contains("a quote opened on this line may not be closed"), "{problem:#}");
    desk.run(&["undo", "2"]).ends(0);
    // … and 70 MB behind a quote are no row at all.
    let before = desk.everything();
    let mut endless = format!("{}\n{}\n{open}", lines[0], lines[1]);
    endless.push_str(&format!("{}\n", lines[1]).repeat(70_000_000 / lines[1].len()));
    let refused = desk.run(&["import", &desk.file("endless.csv", endless)]).ends(1);
    for part in ["endless.csv, line 3", "a quote is opened and never closed", "export the file again"] {
        assert!(refused.err.contains(part), "{part}: {}", refused.err);
    }
    assert_eq!(desk.everything(), before, "and the ledger is as before");
}

#[test]
fn text_that_looks_like_a_formula_stays_text() {
    let desk = Desk::new();
    desk.run(&["import", &fixture("errors/formula.csv")]).ends(0);
    let report = desk.json(&["report", "costs", "--by", "service"]);
    assert!(
        report["rows"].as_array().unwrap().iter().any(|row| row["service"] == "=HYPERLINK(\"http://x\",\"y\")"),
        "{report:#}"
    );
    let csv = desk.run(&["report", "costs", "--by", "service", "--format", "csv"]).ends(0).out;
    for line in csv.lines() {
        let cell = line.trim_start_matches('"');
        assert!(!cell.starts_with(['=', '@', '+', '-']), "a spreadsheet would run this cell: {line}");
    }
}

#[test]
fn bad_rules_and_scenarios_are_refused_and_the_kept_ones_stay() {
    let desk = Desk::with_sample();
    let before = desk.json(&["map"]);
    for (name, parts) in [
        ("rules-column", &["\"colour\"", "does not exist", "use one of source, provider"][..]),
        ("rules-class", &["unknown variant `free`", "cost_of_revenue", "docs/rules.md"]),
        ("rules-allocate", &["shares being decimals from 0 to 1,000,000", "docs/rules.md"]),
        ("rules-syntax", &["expected `]`", "docs/rules.md"]),
    ] {
        let path = fixture(&format!("errors/{name}.toml"));
        let refused = desk.run(&["map", &path]).ends(1);
        desk.run(&["import", &path]).ends(1);
        for part in parts.iter().chain([&"toml"]) {
            assert!(refused.err.contains(part), "{name}: says {part:?}: {}", refused.err);
        }
    }
    assert_eq!(desk.json(&["map"]), before, "the rules in force are as before");
    for (name, parts) in [
        ("scenario-no-price", &["unpriced", "\"lumen\" is not in the price list"][..]),
        ("scenario-date", &["architecture.priced_at is \"last week\"", "2026-10-31"]),
        ("scenario-months", &["scenario.months is 0", "expected 1 to 120"]),
        ("scenario-key", &["line 17", "unknown field `request`", "requests_per_month"]),
        ("scenario-product", &["base.product \"Nothing\" is not in 2026-10", "report margin --by product"]),
    ] {
        let refused = desk.run(&["scenario", "run", &fixture(&format!("errors/{name}.toml"))]).ends(1);
        for part in parts.iter().chain([&name]) {
            assert!(refused.err.contains(part), "{name}: says {part:?}: {}", refused.err);
        }
    }
}

#[test]
fn a_wrong_command_line_ends_with_2_and_says_what_is_right() {
    let desk = with_history();
    for (line, parts) in [
        (&["report", "costs", "--by", "colour"][..], &["\"colour\" is not a grouping key", "tag:KEY"][..]),
        (&["report", "costs", "--month", "2026-13"], &["\"2026-13\" is not a month", "2026-10"]),
        (&["report", "costs", "--from", "2026-10", "--to", "2026-09"], &["before it begins", "swap the months"]),
        (&["report", "costs", "--filter", "service"], &["\"service\" is not a filter", "service=Storage"]),
        (&["report", "margin", "--by", "plan"], &["\"plan\"", "month, product, customer or region"]),
        (&["report", "units", "--by", "region"], &["\"region\"", "month, product, customer or model"]),
        (&["report", "costs", "--format", "xlsx"], &["a workbook needs a file", "-o FILE.xlsx"]),
        (&["chart", "costs", "-o", "costs.gif"], &["costs.gif", ".svg or .png"]),
        (&["import"], &["required arguments", "PATHS"]),
        (&["frobnicate"], &["unrecognized subcommand", "--help"]),
    ] {
        let refused = desk.run(line).ends(2);
        assert_eq!(refused.out, "", "{line:?}");
        for part in parts {
            assert!(refused.err.contains(part), "{line:?} says {part:?}: {}", refused.err);
        }
    }
    for (line, parts) in [
        (&["undo", "99"][..], &["batch 99", "no such batch", "marginline batches"][..]),
        (&["quarantine", "99"], &["batch 99", "no such batch"]),
        (&["redo"], &["nothing was undone"]),
    ] {
        let refused = desk.run(line).ends(1);
        for part in parts {
            assert!(refused.err.contains(part), "{line:?} says {part:?}: {}", refused.err);
        }
    }
    let empty = Desk::new().run(&["report", "margin"]).ends(1);
    assert!(
        empty.err.contains("import a file, or run `marginline demo`"),
        "an empty workspace says what to do: {}",
        empty.err
    );
}
