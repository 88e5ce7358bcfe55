//! Figures and words of a comparison beyond margin: units with a capacity, the best of each row, names that are alike,
//! present value with the wait, and bases that lie beside a file.

use marginline_engine::Engine;
use marginline_engine::view::CompareQuery;
use marginline_tests::cli::{Desk, fixture, text};
use serde_json::Value;

/// A million requests at a cent, 0.0015 USD each from the API; 10 % more each month, over 720, 744 and 744 hours.
fn api(name: &str, more: &str) -> String {
    format!(
        "[scenario]\nname = \"{name}\"\nstart = \"2026-11\"\nmonths = 3\n\n[demand]\nrequests_per_month = 1000000\n\
         growth_percent_per_month = 10\ninput_tokens_per_request = 1000\noutput_tokens_per_request = 100\n\n[revenue]\n\
         usd_per_request = 0.01\n\n[architecture]\nkind = \"api\"\nprovider = \"anthropic\"\n\
         model = \"claude-haiku-4-5\"\npriced_at = \"2026-10-31\"\n{more}"
    )
}

/// Units of 0.2 requests a second: 1.929, 2.053 and 2.259 are busy in the three months.
fn databases(units: &str) -> String {
    format!(
        "\n[[cost]]\nlabel = \"Databases\"\nunits = {{ requests_per_s_per_unit = 0.2, usd_per_unit_month = 50{units} }}\n"
    )
}

fn row<'a>(found: &'a Value, key: &str) -> &'a Value {
    let rows = found["rows"].as_array().unwrap();
    rows.iter().find(|row| row["row"] == key).unwrap_or_else(|| panic!("{key}: {rows:#?}"))
}

/// Two units are short from December on, when three are needed; five never are, and who has no database says so.
#[test]
fn units_have_needed_provided_headroom_and_first_month_short() {
    let desk = Desk::new();
    let two = desk.file("two.toml", api("Two units", &databases(", units = 2")));
    let five = desk.file("five.toml", api("Five units", &databases(", units = 5")));
    let none = desk.file("none.toml", api("No database", ""));
    let found = desk.json(&["scenario", "compare", &two, &five, &none]);
    let values = |key: &str| row(&found, &format!("{key}:Databases"))["values"].clone();
    assert_eq!(values("units_needed_peak"), serde_json::json!(["3", "3", null]));
    assert_eq!(values("units_provided_peak"), serde_json::json!(["2", "5", null]));
    assert_eq!(values("units_first_short"), serde_json::json!(["2", null, null]), "the second month, never, unknown");
    // 1 − 1,210,000 ÷ (744 × 3,600 × 0.2) ÷ 2, and ÷ 5, in Python.
    assert_eq!(values("units_headroom_least"), serde_json::json!(["-12.940562", "54.823775", null]));
    let told = &found["scenarios"][0]["units"][0];
    assert_eq!(
        (&told["line"], &told["needed_peak"], &told["first_month_short"]),
        (&"Databases".into(), &3.into(), &2.into())
    );
    assert_eq!(found["scenarios"][2]["units"], serde_json::json!([]));

    let shown = desk.run(&["scenario", "compare", &two, &five, &none]).ends(0).out;
    let line =
        |label: &str| shown.lines().find(|line| line.starts_with(label)).unwrap_or_else(|| panic!("{label}: {shown}"));
    assert!(
        line("Databases: first month short").split_whitespace().eq("Databases: first month short 2 – –".split(' '))
    );
    assert!(line("Databases: least headroom").contains("\u{2212}12.9%"), "{shown}");
    let place = |label: &str| shown.find(label).unwrap();
    assert!(place("\nCovered by commitments") < place("\nDatabases: units needed"), "next to the GPUs");
    assert!(place("\nDatabases: first month short") < place("\nCash paid"), "next to the GPUs");

    let run = desk.json(&["scenario", "run", &two]);
    let month = &run["months"][1]["units"][0];
    assert_eq!((&month["needed"], &month["provided"]), (&3.into(), &2.into()));
    let shown = desk.run(&["scenario", "run", &two]).ends(0).out;
    assert!(shown.contains("Databases, units needed") && shown.contains("Databases, units"), "{shown}");
    let told = "Databases: 3 units needed at the peak, 2 provided at the most, least headroom \u{2212}12.9%, short from month 2";
    assert!(shown.contains(told), "{shown}");
}

/// The API costs 1,500 a month of ten thousand; 1,000 and 3,000 more make it 2,500 and 4,500.
fn three(desk: &Desk, dearer: &str) -> [String; 3] {
    let with = |usd: u32, more: &str| format!("\n[[cost]]\nlabel = \"Rest\"\nusd_per_month = {usd}\n{more}");
    [
        desk.file("a.toml", api("A", "")),
        desk.file("b.toml", api("B", &with(1_000, ""))),
        desk.file("c.toml", api("C", &with(3_000, dearer))),
    ]
}

#[test]
fn the_best_of_each_row_is_marked_everywhere_alike() {
    let desk = Desk::new();
    let [a, b, c] = three(&desk, "");
    let found = desk.json(&["scenario", "compare", &a, &b, &c]);
    let best = |found: &Value, key: &str| row(found, key)["best"].clone();
    assert_eq!(best(&found, "margin_total"), serde_json::json!([0]));
    assert_eq!(best(&found, "cost_total"), serde_json::json!([0]), "the lowest cost");
    assert_eq!(best(&found, "gpus_last"), serde_json::json!([]), "unknown is no best");
    let shown = desk.run(&["scenario", "compare", &a, &b, &c]).ends(0).out;
    let line = shown.lines().find(|line| line.starts_with("Cost of revenue")).unwrap();
    assert_eq!(line.matches('*').count(), 1, "{line}");
    assert!(line.find('*').unwrap() < line.rfind("$4,965").unwrap() && line.contains("* $4,965"), "{line}");
    assert!(shown.contains("· * is the best of its row, of the scenarios that may win"), "{shown}");

    // The window shows the very cells.
    desk.run(&["import", &a, &b, &c]).ends(0);
    let query = CompareQuery { scenarios: vec!["a".into(), "b".into(), "c".into()], overrides: Vec::new() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let view =
        runtime.block_on(async { Engine::open(&desk.workspace()).await.unwrap().compare_view(&query).await.unwrap() });
    for row in &view.table.rows {
        let marked: Vec<usize> =
            row.cells[1..].iter().enumerate().filter(|(_, cell)| cell.best).map(|(place, _)| place).collect();
        assert_eq!(best(&found, &row.key), serde_json::json!(marked), "{}", row.key);
    }

    // Two that are equal are both the best; three that are equal are none.
    let twin = desk.file("twin.toml", api("Twin", ""));
    let tied = desk.json(&["scenario", "compare", &a, &twin, &c]);
    assert_eq!(best(&tied, "margin_total"), serde_json::json!([0, 1]));
    let other = desk.file("other.toml", api("Other", ""));
    let alike = desk.json(&["scenario", "compare", &a, &twin, &other]);
    assert_eq!(best(&alike, "margin_total"), serde_json::json!([]));
}

#[test]
fn what_fails_or_is_unknown_is_never_marked() {
    let desk = Desk::new();
    let [_, b, c] = three(&desk, "");
    // Cheapest, and one unit where three are needed.
    let fails = desk.file("a.toml", api("A", &databases(", units = 1")));
    let found = desk.json(&["scenario", "compare", &fails, &b, &c]);
    assert_eq!(row(&found, "margin_total")["best"], serde_json::json!([1]));
    let limit = "\n[limits]\nttft_ms_p95 = 500\n";
    let unknown = desk.file("a.toml", api("A", limit));
    let found = desk.json(&["scenario", "compare", &unknown, &b, &c]);
    assert_eq!(row(&found, "margin_total")["best"], serde_json::json!([1]), "unknown is never a winner");
    let accepted = desk.file("a.toml", api("A", &format!("{limit}accept_unknown = \"load test of May\"\n")));
    let found = desk.json(&["scenario", "compare", &accepted, &b, &c]);
    assert_eq!(row(&found, "margin_total")["best"], serde_json::json!([0]));
}

#[test]
fn the_workbook_marks_the_best_by_a_style() {
    let desk = Desk::new();
    let [a, b, c] = three(&desk, "");
    let part = |files: &[&str], name: &str| {
        let book = desk.path("book.xlsx").display().to_string();
        desk.run(&[&["scenario", "compare"], files, &["-o", &book]].concat()).ends(0);
        let mut archive = zip::ZipArchive::new(std::fs::File::open(&book).unwrap()).unwrap();
        let mut text = String::new();
        std::io::Read::read_to_string(&mut archive.by_name(name).unwrap(), &mut text).unwrap();
        text
    };
    let styles = part(&[&a, &b, &c], "xl/styles.xml");
    assert!(styles.contains("FFE2F0D9"), "a ground of its own: {styles}");
    let twin = desk.file("twin.toml", api("Twin", ""));
    assert!(!part(&[&a, &twin], "xl/styles.xml").contains("FFE2F0D9"), "nothing is better, nothing is marked");
}

#[test]
fn two_scenarios_of_one_name_are_told_apart_by_their_files() {
    let desk = Desk::new();
    let cheap = desk.file("cheap.toml", api("Mine", ""));
    let dear = desk.file("dear.toml", api("Mine", "\n[[cost]]\nlabel = \"Rest\"\nusd_per_month = 900\n"));
    let files = [cheap.as_str(), dear.as_str()];
    let told = |words: &[&str]| desk.run(&[words, &files].concat()).ends(0).out;
    let compared = told(&["scenario", "compare"]);
    assert!(compared.starts_with("Mine (cheap) wins by"), "{compared}");
    assert!(compared.contains("Mine (cheap) earns more than Mine (dear) in every month"), "{compared}");
    assert!(compared.contains("Present value against Mine (cheap)"), "{compared}");
    let rest = compared.replace("Mine (cheap)", "").replace("Mine (dear)", "");
    assert!(!rest.contains("Mine"), "none is called by its name alone: {rest}");
    let bridged = told(&["scenario", "bridge"]);
    assert!(bridged.contains("From Mine (cheap) to Mine (dear)"), "{bridged}");
    let picture = desk.path("p.svg").display().to_string();
    let says = desk.json(&["chart", "compare", &cheap, &dear, "-o", &picture]);
    assert!(text(&says, "says").contains("Mine (cheap) earns more than Mine (dear)"), "{says}");
    let svg = std::fs::read_to_string(&picture).unwrap();
    assert!(svg.contains("Mine (dear)") && svg.contains("Mine (cheap)"), "labels of the lines");

    let found = desk.json(&["scenario", "compare", &cheap, &dear]);
    assert_eq!((&found["scenarios"][0]["name"], &found["scenarios"][1]["name"]), (&"Mine".into(), &"Mine".into()));
    let alone = desk.run(&["scenario", "run", &dear]).ends(0).out;
    assert!(alone.starts_with("Mine\n"), "alone it has its own name: {alone}");
}

/// One GPU at 1 USD an hour, live a month late: 8,500 from the API first, then 10,000 less the hours.
#[test]
fn present_value_counts_the_wait_as_the_gain_does() {
    let desk = Desk::new();
    let twelve = |text: String| {
        text.replace("months = 3", "months = 12")
            .replace("growth_percent_per_month = 10", "growth_percent_per_month = 0")
    };
    let today = desk.file("today.toml", twelve(api("Today", "")));
    let own = "[scenario]\nname = \"Own\"\nstart = \"2026-11\"\nmonths = 12\n\n[demand]\nrequests_per_month = 1000000\n\
               input_tokens_per_request = 1000\noutput_tokens_per_request = 100\n\n[revenue]\nusd_per_request = 0.01\n\n\
               [architecture]\nkind = \"own-gpus\"\ngpu = \"H100 SXM\"\noutput_tokens_per_s_per_gpu = 50\n\
               usd_per_gpu_hour = 1\ngpus = 1\n\n[migration]\nusd = 2280\nweeks_to_live = 4.348214285714286\n";
    let own = desk.file("own.toml", own);
    let found = desk.json(&["scenario", "compare", &today, &own]);
    let npv = |place: usize| text(&found["scenarios"][place], "npv").parse::<f64>().unwrap();
    // In Python: −2280 + Σ margin ÷ 1.1^(t/12) with 8,500 in the first month and 10,000 − hours then; 8,500 in every one.
    assert!((npv(1) - 102_630.04).abs() < 0.005, "{}", npv(1));
    assert!((npv(0) - 96_904.15).abs() < 0.005, "{}", npv(0));
    let gain: f64 = text(&found["scenarios"][1]["against_first"], "npv").parse().unwrap();
    assert!((npv(1) - npv(0) - gain).abs() < 0.011, "the two rows agree: {} {gain}", npv(1) - npv(0));
    assert_eq!(row(&found, "npv")["label"], "Present value, moving in and waiting counted");
    let alone = desk.json(&["scenario", "run", &own]);
    let notes = alone["notes"].to_string();
    assert!(notes.contains("as if live from the first month"), "alone nothing goes on until then: {notes}");
}

/// What `run` and `compare` find beside a patch is found by everything that is asked of it, from a workspace that never
/// saw either.
#[test]
fn a_patch_finds_its_base_beside_it_whatever_is_asked() {
    let desk = Desk::new();
    for name in ["hybrid-overflow", "hybrid-four-gpus"] {
        std::fs::copy(fixture(&format!("scenarios/{name}.toml")), desk.path(&format!("{name}.toml"))).unwrap();
    }
    let patch = desk.path("hybrid-four-gpus.toml").display().to_string();
    let plain = desk.file(
        "plain.toml",
        "[base]\nscenario = \"hybrid-four-gpus\"\n[scenario]\nname = \"On a patch\"\n[demand]\nretry_percent = 1\n",
    );
    for file in [patch.as_str(), plain.as_str()] {
        let out = |name: &str| desk.path(name).display().to_string();
        let (book, picture) = (out("book.xlsx"), out("picture.svg"));
        let tornado = desk.json(&["scenario", "sensitivity", file]);
        assert!(tornado["bars"].as_array().is_some_and(|bars| !bars.is_empty()), "{tornado}");
        desk.run(&["scenario", "run", file, "-o", &book]).ends(0);
        desk.run(&["scenario", "explain", file]).ends(0);
        desk.run(&["scenario", "simulate", file, "--draws", "20"]).ends(0);
        for chart in ["tornado", "two-way", "fan", "capacity-week"] {
            desk.run(&["chart", chart, file, "-o", &picture]).ends(0);
        }
    }
    let book = desk.path("both.xlsx").display().to_string();
    desk.run(&["scenario", "compare", &patch, &plain, "-o", &book]).ends(0);
    for chart in ["compare", "bridge", "cost-by-volume"] {
        let picture = desk.path("both.svg").display().to_string();
        desk.run(&["chart", chart, &patch, &plain, "-o", &picture]).ends(0);
    }
}

/// Four GPUs at 2 USD against two at a price of their own: every driver says what moved, and nothing is cut.
#[test]
fn sentences_of_a_bridge_are_whole() {
    let desk = Desk::new();
    let file = |name: &str| fixture(&format!("scenarios/{name}.toml"));
    let dearer = desk.file(
        "dearer.toml",
        "[base]\nscenario = \"hybrid-overflow\"\n[scenario]\nname = \"Dearer\"\n[demand]\ngrowth_percent_per_month = 3\n\
         [[component]]\nname = \"own\"\ngpus = 4\nusd_per_gpu_hour = 2.5\nspare_units = 1\noutput_tokens_per_s_per_gpu = 12\n\
         [[cost]]\nlabel = \"A rather long name of a further line of cost\"\nusd_per_month = 10\n",
    );
    let words = ["scenario", "bridge", &file("hybrid-overflow"), &dearer];
    let found = desk.json(&words);
    let shown = desk.run(&words).ends(0).out;
    assert!(!shown.contains('…'), "{shown}");
    let flat = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    for effect in found["effects"].as_array().unwrap() {
        let sentence = text(effect, "sentence");
        assert!([" from ", " moved", " new "].iter().any(|word| sentence.contains(word)), "{sentence}");
        let last = sentence.rsplit(' ').next().unwrap();
        assert!(flat.contains(last), "{sentence} to its end: {shown}");
    }
    assert!(shown.lines().all(|line| line.chars().count() <= 130), "{shown}");
}
