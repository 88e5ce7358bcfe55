//! Every command as a person and as a program see it: the line, the exit code, stdout and stderr, as snapshots.
//!
//! `cargo insta review`, or `INSTA_UPDATE=always cargo test --workspace --test acceptance commands::`, takes a change
//! that was meant; the difference of the `.snap` files then shows it to whoever reads the commit.

use marginline_tests::cli::{Answer, Desk, fixture, marginline, sample};

/// What differs between machines and versions is named instead of shown.
fn told(desk: Option<&Desk>, line: &str, answer: &Answer) -> String {
    let mut text = format!("$ marginline {line}\nexit code {}\n", answer.code);
    for (name, part) in [("stdout", &answer.out), ("stderr", &answer.err)] {
        if !part.is_empty() {
            text.push_str(&format!("--- {name}\n{}\n", part.trim_end_matches('\n')));
        }
    }
    text = text.replace(&fixture(""), "fixtures/");
    if let Some(desk) = desk {
        text = text.replace(&desk.path("").display().to_string(), "desk/");
    }
    text
}

fn settled(check: impl FnOnce()) {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.add_filter(r"\b[0-9a-f]{64}\b", "[hash]");
    settings.add_filter(r"\[env: MARGINLINE_WORKSPACE=[^\]]*\]", "[env: MARGINLINE_WORKSPACE]");
    settings.add_filter(r"\.tmp\w+", "[temporary file]");
    settings.add_filter(&regex_of(env!("CARGO_PKG_VERSION")), "[version]");
    settings.bind(check);
}

/// The version as a word, its points meaning points.
fn regex_of(version: &str) -> String {
    format!(r"\bmarginline(-\w+)? {}\b", version.replace('.', r"\."))
}

/// Runs a line on a workspace and compares what it answers; `{fixtures}` and `{desk}` stand for the two folders.
fn see(desk: &Desk, name: &str, line: &str) {
    let folders = [("{fixtures}/", fixture("")), ("{desk}/", desk.path("").display().to_string())];
    let full = |word: &str| folders.iter().fold(word.to_owned(), |word, (short, full)| word.replace(short, full));
    let words: Vec<String> = line.split(' ').map(full).collect();
    let answer = desk.run(&words.iter().map(String::as_str).collect::<Vec<_>>());
    let shown = line.replace("{fixtures}", "fixtures").replace("{desk}", "desk");
    settled(|| insta::assert_snapshot!(name, told(Some(desk), &shown, &answer)));
}

#[test]
fn demo() {
    see(sample(), "demo-table", "demo");
    see(sample(), "batches-sample-table", "batches");
}

#[test]
fn the_demo_writes_charts_and_tables() {
    let desk = Desk::with_sample();
    let out = desk.path("out").display().to_string();
    desk.run(&["demo", "--quiet", "--out", &out]).ends(0);
    let mut names: Vec<String> = std::fs::read_dir(&out)
        .unwrap()
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    settled(|| insta::assert_snapshot!("demo-out-files", names.join("\n")));
    for name in names {
        let bytes = std::fs::read(desk.path("out").join(&name)).unwrap();
        let begins: &[u8] = match name.rsplit('.').next() {
            Some("svg") => b"<svg",
            Some("png") => b"\x89PNG\r\n\x1a\n",
            _ => b"",
        };
        assert!(bytes.starts_with(begins) && bytes.len() > 100, "{name} is what its name says, and not empty");
    }
    let table = std::fs::read_to_string(desk.path("out").join("margin-by-month.csv")).unwrap();
    settled(|| insta::assert_snapshot!("demo-out-margin-by-month", table));
}

#[test]
fn import_undo_redo_and_quarantine() {
    let desk = Desk::new();
    see(&desk, "batches-empty-table", "batches");
    see(&desk, "import-dry-run", "import --dry-run {fixtures}/focus/plain.csv");
    see(&desk, "import-table", "import {fixtures}/focus/plain.csv");
    see(&desk, "import-again-table", "import {fixtures}/focus/plain.csv");
    see(&desk, "import-again-json", "import --json {fixtures}/focus/plain.csv");
    see(&desk, "import-quarantine-table", "import {fixtures}/errors/ragged.csv");
    see(&desk, "import-replaces-json", "import --json {fixtures}/errors/nan-number.csv");
    see(
        &desk,
        "import-other-formats-table",
        &format!("import {}", OTHERS.map(|name| format!("{{fixtures}}/{name}")).join(" ")),
    );
    see(&desk, "quarantine-table", "quarantine 2");
    see(&desk, "quarantine-json", "quarantine 2 --json");
    see(&desk, "undo-refused", "undo 2");
    see(&desk, "undo-refused-json", "undo 2 --json");
    see(&desk, "undo-table", "undo 3");
    see(&desk, "batches-undone-table", "batches");
    see(&desk, "batches-undone-json", "batches --json");
    see(&desk, "redo-table", "redo");
    see(&desk, "undo-json", "undo 1 --json");
    see(&desk, "redo-json", "redo --json");
    see(&desk, "check-table", "check");
    see(&desk, "check-json", "check --json");
}

const OTHERS: [&str; 4] =
    ["token_usage/october.csv", "gpu_hours/october.csv", "revenue/october.csv", "budget/october.csv"];

#[test]
fn a_small_company_from_our_own_formats() {
    let desk = Desk::new();
    let files: Vec<String> = OTHERS.iter().map(|name| fixture(name)).collect();
    desk.import(&files.iter().map(String::as_str).collect::<Vec<_>>());
    see(&desk, "small-margin-table", "report margin");
    see(&desk, "small-margin-customer-json", "report margin --by customer --json");
    see(&desk, "small-units-json", "report units --json");
    see(&desk, "small-costs-json", "report costs --json");
}

#[test]
fn map() {
    let desk = Desk::new();
    see(&desk, "map-default", "map");
    see(&desk, "map-file", "map {fixtures}/demo/rules.toml");
    see(&desk, "map-file-json", "map --json {fixtures}/demo/rules.toml");
    let kept = desk.run(&["map"]).ends(0).out;
    assert_eq!(
        kept,
        std::fs::read_to_string(fixture("demo/rules.toml")).unwrap(),
        "the rules are kept as they were written"
    );
}

#[test]
fn report_costs() {
    see(sample(), "costs-category-table", "report costs --by category");
    see(sample(), "costs-category-csv", "report costs --by category --format csv");
    see(sample(), "costs-service-region-json", "report costs --by service,region --month 2026-03 --json");
    see(
        sample(),
        "costs-tag-usage-date-table",
        "report costs --by tag:team --basis usage-date --from 2026-09 --to 2026-10",
    );
}

#[test]
fn report_margin() {
    see(sample(), "margin-month-table", "report margin");
    see(sample(), "margin-month-csv", "report margin --format csv");
    see(sample(), "margin-product-table", "report margin --month 2026-10");
    see(sample(), "margin-product-json", "report margin --month 2026-10 --json");
    see(sample(), "margin-customer-table", "report margin --by customer");
    see(sample(), "margin-strict", "report margin --by region --month 2026-10 --strict --quiet");
}

#[test]
fn allocate() {
    see(sample(), "allocate-table", "allocate --month 2026-10");
}

#[test]
fn report_units() {
    see(sample(), "units-month-table", "report units --from 2026-08");
    see(sample(), "units-month-csv", "report units --from 2026-08 --format csv");
    see(sample(), "units-product-json", "report units --by product --month 2026-10 --json");
    see(sample(), "units-model-table", "report units --by model --month 2026-10");
}

const HAIKU: &str = "{fixtures}/demo/scenarios/api-haiku.toml";
const OWN: &str = "{fixtures}/demo/scenarios/own-h100.toml";

#[test]
fn scenario_run_and_compare() {
    see(sample(), "scenario-run-table", &format!("scenario run {OWN}"));
    see(sample(), "scenario-run-csv", &format!("scenario run {HAIKU} --format csv"));
    see(sample(), "scenario-compare-table", &format!("scenario compare {HAIKU} {OWN}"));
    see(sample(), "scenario-compare-json", &format!("scenario compare {HAIKU} {OWN} --json"));
    see(sample(), "scenario-compare-one", &format!("scenario compare {HAIKU}"));
}

#[test]
fn scenario_run_tells_a_program_the_same_bytes_each_time() {
    let own = fixture("demo/scenarios/own-h100.toml");
    let first = sample().run(&["scenario", "run", &own, "--json"]).ends(0);
    let mut document = first.json();
    let months = document["months"].as_array().unwrap().clone();
    assert_eq!(months.len(), 24);
    document["months"] = serde_json::json!([months[0], "… 22 months …", months[23]]);
    let short = Answer { out: serde_json::to_string_pretty(&document).unwrap(), ..first.clone() };
    settled(|| insta::assert_snapshot!("scenario-run-json", told(None, "scenario run own-h100.toml --json", &short)));
    assert_eq!(sample().run(&["scenario", "run", &own, "--json"]).out, first.out, "a re-run gives the same bytes");
}

#[test]
fn charts() {
    let desk = Desk::with_sample();
    for (name, line) in [
        ("margin-trend", "chart margin-trend --month 2026-10"),
        ("margin-change", "chart margin-change --month 2026-10"),
        ("costs", "chart costs --by category"),
        ("compare", &format!("chart compare {HAIKU} {OWN}")),
    ] {
        see(&desk, &format!("chart-{name}-json"), &format!("{line} -o {{desk}}/{name}.svg --json"));
        let svg = std::fs::read_to_string(desk.path(&format!("{name}.svg"))).unwrap();
        // The words on the picture: what it says, whatever a later hand does to its lines and colours.
        let mut words: Vec<String> = svg
            .split("<text")
            .skip(1)
            .filter_map(|part| part.split_once('>')?.1.split("</text>").next().map(|word| word.trim().to_owned()))
            .collect();
        words.dedup();
        settled(|| insta::assert_snapshot!(format!("chart-{name}-words"), words.join("\n")));
    }
    see(&desk, "chart-png", "chart costs --dark --by provider -o {desk}/costs.png");
    assert!(std::fs::read(desk.path("costs.png")).unwrap().starts_with(b"\x89PNG"), "a PNG is a PNG");
    see(&desk, "chart-gif", "chart costs -o {desk}/costs.gif");
}

#[test]
fn reports_are_written_to_files() {
    let desk = Desk::with_sample();
    see(&desk, "report-to-file", "report margin --month 2026-10 -o {desk}/margin.csv");
    let csv = std::fs::read_to_string(desk.path("margin.csv")).unwrap();
    let same = desk.run(&["report", "margin", "--month", "2026-10", "--format", "csv"]).ends(0).out;
    assert_eq!(csv, same, "the file holds what stdout would");
    see(&desk, "report-to-workbook", "report margin --month 2026-10 -o {desk}/margin.xlsx");
    assert!(std::fs::read(desk.path("margin.xlsx")).unwrap().starts_with(b"PK"), "a workbook is a zip");
    see(&desk, "report-to-nowhere", "report costs -o {desk}/none/costs.xlsx");
}

#[test]
fn help_and_completions() {
    for line in [
        "--help",
        "demo --help",
        "import --help",
        "batches --help",
        "undo --help",
        "redo --help",
        "quarantine --help",
        "map --help",
        "allocate --help",
        "report --help",
        "report costs --help",
        "report margin --help",
        "report units --help",
        "report revenue --help",
        "report tie-out --help",
        "report gpus --help",
        "report load --help",
        "report capacity --help",
        "report benchmarks --help",
        "report anomalies --help",
        "scenario --help",
        "scenario run --help",
        "scenario compare --help",
        "prices --help",
        "prices list --help",
        "prices import --help",
        "prices history --help",
        "prices regions --help",
        "prices set --help",
        "chart --help",
        "calc --help",
        "check --help",
        "completions --help",
        "--version",
        "frobnicate",
    ] {
        let name = format!("help-{}", line.replace("--", "").replace(' ', "-").trim_matches('-'));
        settled(|| insta::assert_snapshot!(name, told(None, line, &marginline(line.split(' ')))));
    }
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = marginline(["completions", shell]).ends(0).out;
        let first = script.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
        settled(|| insta::assert_snapshot!(format!("completions-{shell}"), first));
        assert!(script.contains("quarantine"), "{shell} completes every command");
    }
}
