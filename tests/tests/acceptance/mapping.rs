//! Tables that no format knows, read through mappings (`fixtures/mapped/`). By hand:
//!
//! | file | rows | comes to |
//! |---|---|---|
//! | `german.csv` | 4, below three lines of preamble | 1,000.50 + 200.25 + 99.25 − 50 = EUR 1,250 |
//! | `cents.csv` | 3, in cents | 12.50 + 7.50 − 2 = USD 18 |
//! | `credits-positive.csv` | 3, costs below zero | 100 + 20 − 5 = USD 115 |
//! | `errors.csv` | 2 of 9 | 10 + 20 = EUR 30 |
//! | `usage.csv` | 2 | 1,500 input and 300 output tokens, USD 0.75 claimed |
//! | `revenue.csv` | 2 | 3,100 − 100 = USD 3,000 |
//! | `ledger.csv` | 3 | 120 − 20 + 400 = USD 500 |

use std::fs;

use marginline_engine::Engine;
use marginline_engine::view::MappingPreview;
use marginline_tests::cli::{Desk, fixture, text};
use serde_json::{Value, json};

fn mapped(name: &str) -> String {
    fixture(&format!("mapped/{name}"))
}

/// Imports a table together with its mapping.
fn import(desk: &Desk, name: &str) -> Value {
    let batches = desk.import(&[&mapped(&format!("{name}.toml")), &mapped(&format!("{name}.csv"))]);
    assert_eq!(batches.len(), 1);
    batches[0].clone()
}

fn rules(desk: &Desk, currency: &str) {
    let rules = desk.file("rules.toml", format!("version = 1\ncurrency = \"{currency}\"\n"));
    desk.run(&["map", &rules]).ends(0);
}

fn preview(desk: &Desk, file: &str, with: Option<&str>) -> MappingPreview {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(async {
        let engine = Engine::open(&desk.workspace()).await.unwrap();
        engine.preview_mapping(file.as_ref(), with).await.unwrap()
    })
}

#[test]
fn a_german_bill_below_a_preamble() {
    let desk = Desk::new();
    rules(&desk, "EUR");
    let batch = import(&desk, "german");
    assert_eq!(batch["format"], "mapped:beispiel-wolke");
    assert_eq!((&batch["role"], &batch["rows_read"], &batch["rows_stored"]), (&json!("bill"), &json!(4), &json!(4)));
    assert_eq!(batch["totals"], json!([{"currency": "EUR", "billed": "1250", "effective": "1250"}]));
    let costs = desk.json(&["report", "costs", "--by", "day,service,account"]);
    let rows: Vec<[&str; 4]> = costs["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| ["day", "service", "account", "billed"].map(|field| text(row, field)))
        .collect();
    assert_eq!(
        rows,
        [
            ["2026-10-01", "Rechenzeit", "Suche", "1000.5"],
            ["2026-10-13", "Rechenzeit", "Suche", "200.25"],
            ["2026-10-14", "Speicher", "Chat", "99.25"],
            ["2026-10-31", "Gutschrift", "Chat", "-50"],
        ]
    );
    let by_tag = desk.json(&["report", "costs", "--by", "tag:project,provider"]);
    assert_eq!(by_tag["rows"][0]["tag:project"], "Chat");
    assert_eq!(by_tag["rows"][0]["provider"], "Beispiel Wolke", "a constant holds for every row");
}

#[test]
fn amounts_in_cents_and_costs_below_zero() {
    let desk = Desk::new();
    let cents = import(&desk, "cents");
    assert_eq!(cents["totals"], json!([{"currency": "USD", "billed": "18", "effective": "18"}]));
    let turned = import(&desk, "credits-positive");
    assert_eq!(turned["totals"], json!([{"currency": "USD", "billed": "115", "effective": "115"}]));
    let costs = desk.json(&["report", "costs", "--by", "service"]);
    let credit = costs["rows"].as_array().unwrap().iter().find(|row| row["service"] == "Goodwill credit").unwrap();
    assert_eq!(credit["billed"], "-5", "what stood above zero is money back");
    assert_eq!(costs["total"]["billed"], "133");
}

#[test]
fn usage_revenue_and_postings() {
    let desk = Desk::new();
    let usage = import(&desk, "usage");
    assert_eq!((&usage["role"], &usage["format"]), (&json!("usage"), &json!("mapped:own-gateway")));
    let totals = usage["totals"].as_array().unwrap();
    assert_eq!(totals[0], json!({"currency": "USD", "claimed": "0.75"}));
    assert_eq!((&totals[1]["input_tokens"], &totals[1]["output_tokens"]), (&json!("1500"), &json!("300")));
    let days = preview(&desk, &mapped("usage.csv"), None);
    let dates: Vec<_> = days.rows.iter().map(|row| row.date.clone().unwrap()).collect();
    assert_eq!(dates, ["2026-09-30", "2026-10-01"], "midnight UTC is the evening before, two hours west");

    let revenue = import(&desk, "revenue");
    assert_eq!(
        (&revenue["role"], &revenue["totals"]),
        (&json!("revenue"), &json!([{"currency": "USD", "amount": "3000"}]))
    );

    let ledger = import(&desk, "ledger");
    assert_eq!(ledger["totals"], json!([{"currency": "USD", "amount": "500"}]));
    let rules = "version = 1\ncurrency = \"USD\"\n[[line]]\nname = \"Support staff\"\nclass = \"cost_of_revenue\"\n\
                 match = { source = \"general ledger\", account = \"6000\" }\n";
    desk.run(&["map", &desk.file("rules.toml", rules)]).ends(0);
    let margin = desk.json(&["report", "margin", "--by", "month", "--month", "2026-10"]);
    let lines = margin["total"]["lines"].as_array().unwrap();
    let staff = lines.iter().find(|line| line["line"] == "Support staff").unwrap();
    assert_eq!(staff["amount"], "400", "an account counts where a rule gives it a line: {margin:#}");
    assert_eq!(margin["total"]["revenue"], "3000");
}

#[test]
fn bad_cells_are_named_with_line_and_column() {
    let desk = Desk::new();
    let batch = import(&desk, "errors");
    assert_eq!(batch["totals"], json!([{"currency": "EUR", "billed": "30", "effective": "30"}]));
    let problems: Vec<(u64, &str, &str)> = batch["problems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|problem| (problem["line"].as_u64().unwrap(), text(problem, "column"), text(problem, "found")))
        .collect();
    assert_eq!(
        problems,
        [
            (3, "Datum", "31.02.2026"),
            (4, "Betrag", "12.50"),
            (5, "Betrag", ""),
            (6, "Währung", "Euro"),
            (7, "Betrag", "1,00 USD"),
            (8, "(row)", "3 fields"),
            (9, "Datum", ""),
        ]
    );
    let expected = |index: usize| text(&batch["problems"][index], "expected").to_owned();
    assert!(expected(0).contains("day first"), "{}", expected(0));
    assert!(expected(1).contains("comma as decimal mark"), "{}", expected(1));
    assert!(expected(4).contains("EUR"), "{}", expected(4));
}

#[test]
fn a_kept_mapping_reads_the_next_file_of_its_header() {
    let desk = Desk::new();
    let first = mapped("cents.csv");
    let unknown = desk.run(&["import", &first]).ends(1);
    assert!(unknown.err.contains("header of no known format: day, item, amount_cents"), "{}", unknown.err);
    assert!(unknown.err.contains("marginline map"), "{}", unknown.err);
    let kept = desk.run(&["map", &mapped("cents.toml")]).ends(0);
    assert!(kept.out.contains("the mapping cents is kept"), "{}", kept.out);
    assert_eq!(desk.import(&[&first])[0]["rows_stored"], 3);
    let again = &desk.import(&[&first])[0];
    assert_eq!((&again["rows_stored"], &again["rows_duplicate"]), (&json!(0), &json!(3)), "the same file is a no-op");

    // A later export of the same month: other case and spaces in the header, one day more.
    let later = desk.file(
        "later.csv",
        "Day,Item,Amount Cents\n2026-10-01,API,1250\n2026-10-02,API,750\n2026-10-03,Storage,-200\n2026-10-04,API,100\n",
    );
    let batch = &desk.import(&[&later])[0];
    assert_eq!(batch["format"], "mapped:cents");
    assert_eq!(batch["replaced"], json!([{"batch": 1, "rows": 3}]));
    assert_eq!(desk.json(&["report", "costs"])["total"]["billed"], "19");

    // Another order of columns is another header.
    let other = desk.file("other.csv", "item,day,amount_cents\nAPI,2026-10-01,1250\n");
    assert!(desk.run(&["import", &other]).ends(1).err.contains("no known format"));
    let forced = desk.run(&["import", "--as", "mapped:cents", "--dry-run", "--json", &other]).ends(0).json();
    assert_eq!(forced["batches"][0]["totals"][0]["billed"], "12.5", "columns are found by name when asked for");
}

#[test]
fn undo_and_redo_find_the_mapping_again() {
    for name in ["german", "usage", "revenue", "ledger"] {
        let desk = Desk::new();
        // Lines of the books are in a report once a rule makes them a cost.
        let line = "[[line]]\nname = \"Fees\"\nclass = \"cost_of_revenue\"\nmatch = { source = \"general ledger\" }\n";
        let kept = desk.file("rules.toml", format!("version = 1\ncurrency = \"EUR\"\n{line}"));
        desk.run(&["map", &kept]).ends(0);
        import(&desk, name);
        let before = desk.everything();
        desk.run(&["undo", "1"]).ends(0);
        assert_ne!(desk.everything(), before, "{name}");
        let redone = desk.run(&["redo", "--json"]).ends(0).json();
        assert!(text(&redone["batches"][0], "format").starts_with("mapped:"), "{redone:#}");
        assert_eq!(desk.everything(), before, "{name}");
    }
}

#[test]
fn a_mapping_that_is_wrong_says_what_is_wrong() {
    let good = fs::read_to_string(mapped("cents.toml")).unwrap();
    let wrong = |from: &str, to: &str| {
        assert!(good.contains(from), "{from}");
        good.replace(from, to)
    };
    let cases = [
        (wrong("service = \"item\"", "servise = \"item\""), "\"servise\", which a bill has not", "service"),
        (
            wrong("\"amount_cents\"\n\n[con", "\"amount\"\n\n[con"),
            "column \"amount\", which the table has not",
            "day, item",
        ),
        (wrong("billed = \"amount_cents\"\n", ""), "does not tell billed", "[columns]"),
        (wrong("currency = \"USD\"\n", ""), "does not tell the currency", "EUR"),
        (wrong("currency = \"USD\"", "currency = \"dollar\""), "currency \"dollar\"", "three letters"),
        (wrong("\"0.01\"", "\"-1\""), "multiplier \"-1\"", "sign"),
        (wrong("name = \"cents\"", "name = \"a b\""), "name \"a b\"", "letters"),
        (wrong("[columns]\n", "time_zone = \"Berlin\"\n[columns]\n"), "time zone \"Berlin\"", "+02:00"),
        (wrong("[columns]\n", "delimiter = \"ab\"\n[columns]\n"), "delimiter \"ab\"", "one character"),
        (wrong("[columns]\n", "dates = \"iso\"\n[columns]\n"), "cannot be read at line 7", "docs/mapping.md"),
        (wrong("provider =", "service ="), "tells service by a column and by a constant", "leave one"),
        (
            wrong("provider = \"Penny Cloud\"", "usage_date = \"soon\""),
            "usage_date by a column and by a constant",
            "leave",
        ),
        (wrong("header = [\"day\", \"item\", \"amount_cents\"]", "header = \"abc\""), "no fingerprint", "64 digits"),
    ];
    let desk = Desk::new();
    for (body, what, next) in cases {
        let file = desk.file("wrong.toml", &body);
        for line in [vec!["import", &file], vec!["map", &file]] {
            let refused = desk.run(&line).ends(1);
            assert!(refused.err.contains("wrong.toml"), "where: {}", refused.err);
            assert!(refused.err.contains(what) && refused.err.contains(next), "{what} … {next}: {}", refused.err);
        }
    }
    // One that fits its own header but not the file it is forced on.
    desk.run(&["map", &mapped("german.toml")]).ends(0);
    let short = desk.run(&["import", "--as", "mapped:beispiel-wolke", &mapped("revenue.csv")]).ends(1);
    assert!(short.err.contains("no table below line 3") && short.err.contains("skip_lines"), "{}", short.err);
    let forced = desk.run(&["import", "--as", "mapped:beispiel-wolke", &mapped("errors.csv")]).ends(1);
    assert!(forced.err.contains("reads a column") && forced.err.contains("its columns are"), "{}", forced.err);
    let nobody = desk.run(&["import", "--as", "mapped:nobody", &mapped("cents.csv")]).ends(2);
    assert!(
        nobody.err.contains("no mapping \"nobody\"") && nobody.err.contains("mapped:beispiel-wolke"),
        "{}",
        nobody.err
    );
    // Two for one header: somebody has to say.
    desk.run(&["map", &mapped("cents.toml")]).ends(0);
    desk.run(&["map", &desk.file("twin.toml", good.replace("\"cents\"", "\"twin\""))]).ends(0);
    let two = desk.run(&["import", &mapped("cents.csv")]).ends(1);
    assert!(two.err.contains("mapped:cents or mapped:twin"), "{}", two.err);
    assert_eq!(desk.import(&["--as", "mapped:twin", &mapped("cents.csv")])[0]["format"], "mapped:twin");
}

#[test]
fn an_unknown_table_is_guessed_and_the_guess_can_be_kept() {
    let desk = Desk::new();
    let out = desk.path("guess.toml").display().to_string();
    let answer = desk.run(&["map", &mapped("german.csv"), "--write", &out]).ends(0);
    for line in [
        "[mapping]",
        "target = \"bill\"",
        "skip_lines = 3",
        "delimiter = \";\"",
        "decimal = \",\" # 1.00",
        "date_format = \"day-first\" # 1.00",
        "usage_date = \"Datum\"",
        "billed = \"Nettobetrag\"",
        "currency = \"Währung\"",
        "2026-10-13",
        "1000.5",
    ] {
        assert!(answer.out.contains(line), "{line}: {}", answer.out);
    }
    assert!(
        answer.out.lines().skip_while(|line| !line.starts_with("# The first rows")).all(|line| line.starts_with('#')),
        "the preview is a comment, so that the output is a mapping: {}",
        answer.out
    );
    let batches = desk.import(&[&out, &mapped("german.csv")]);
    assert_eq!(batches[0]["totals"], json!([{"currency": "EUR", "billed": "1250", "effective": "1250"}]));

    let view = desk.json(&["map", &mapped("german.csv")]);
    assert_eq!((&view["guessed"], &view["saved"]), (&json!(false), &json!("german")), "now it is kept");
    assert_eq!(view["columns"][0]["fields"], json!(["usage_date"]));
    assert_eq!(view["rows"][1]["line"], 6, "line numbers are the file's");
}

#[test]
fn the_preview_shows_what_is_read_and_what_is_not() {
    let desk = Desk::new();
    let guessed = preview(&desk, &mapped("errors.csv"), None);
    assert!(guessed.guessed && guessed.problem.is_none(), "{guessed:#?}");
    let lines: Vec<u32> = guessed.problems.iter().map(|problem| problem.line).collect();
    assert_eq!(lines, [3, 4, 5, 6, 7, 8, 9]);
    assert_eq!(guessed.rows[0].amount.as_deref(), Some("10"));
    assert_eq!(guessed.rows[0].cells[2], "10,00", "the cell as written beside the amount as read");
    assert!(guessed.rows[1].problem.as_deref().unwrap().starts_with("Datum: expected a date"));

    // Another mapping is tried without being kept.
    let other = fs::read_to_string(mapped("errors.toml")).unwrap().replace("day-first", "month-first");
    let tried = preview(&desk, &mapped("errors.csv"), Some(&other));
    assert_eq!(tried.rows[0].date.as_deref(), Some("2026-01-10"));
    assert_eq!(tried.saved, None);

    // A mapping that cannot be used still shows the columns.
    let broken = preview(&desk, &mapped("errors.csv"), Some(&other.replace("billed", "bills")));
    assert!(broken.problem.unwrap().what.contains("\"bills\""));
    assert_eq!(broken.columns.len(), 4);

    // Somebody who says what the rows are gets the fields of that, also before its columns are named.
    let bare = "[mapping]\nname = \"x\"\ntarget = \"revenue\"\nheader = [\"Datum\"]\n";
    let asked = preview(&desk, &mapped("errors.csv"), Some(bare));
    assert!(asked.problem.is_some() && asked.target == "revenue", "{asked:#?}");
    assert!(asked.fields.iter().any(|field| field.id == "invoice_date" && field.needed));
    assert_eq!(asked.columns[0].guess.as_deref(), Some("invoice_date"));

    // No day above 12: somebody has to say.
    let vague = desk.file("vague.csv", "Date,Cost,Currency\n01/02/2026,1.00,USD\n03/04/2026,2.00,USD\n");
    let asked = preview(&desk, &vague, None);
    assert!(asked.notices.iter().any(|notice| notice.id == "dates"), "{asked:#?}");
    assert!(asked.text.contains("# 0.50, uncertain"), "{}", asked.text);
}

#[test]
fn a_mapping_by_fingerprint() {
    let desk = Desk::new();
    let print = preview(&desk, &mapped("cents.csv"), None).fingerprint;
    let names = "header = [\"day\", \"item\", \"amount_cents\"]";
    let body = fs::read_to_string(mapped("cents.toml")).unwrap().replace(names, &format!("header = \"{print}\""));
    desk.run(&["map", &desk.file("print.toml", body)]).ends(0);
    assert_eq!(desk.import(&[&mapped("cents.csv")])[0]["rows_stored"], 3);
}
