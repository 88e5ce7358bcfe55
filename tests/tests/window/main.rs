//! The real window, as a person meets it: opened, clicked, read. Run by `cargo xtask test`, which builds the window
//! and says where it is.
//!
//! What it shows is held against the command line, against the files it was given and against the files it wrote,
//! never against itself.
#![cfg(target_os = "linux")]

mod scenarios;

use fantoccini::key::Key;
use marginline_tests::Failure;
use marginline_tests::bill::{Charge, bill};
use marginline_tests::page::Cells;
use marginline_tests::window::{Machine, Window, story};
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Command;

/// A figure as it is in JSON, where money is text.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The same number without zeros that say nothing: `12.50` and `12.5` are one amount.
fn number(figure: &str) -> &str {
    if figure.contains('.') { figure.trim_end_matches('0').trim_end_matches('.') } else { figure }
}

/// Runs a script of `tests/`, which shares no code with the product.
fn python(script: &str, file: &Path) -> Result<Value, Failure> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join(script);
    let output = Command::new("python3").arg(&script).arg(file).output();
    let output = output.map_err(|why| format!("cannot start python3: {why}; `cargo xtask test` installs it"))?;
    if !output.status.success() {
        return Err(format!("{} failed: {}", script.display(), String::from_utf8_lossy(&output.stderr)));
    }
    serde_json::from_slice(&output.stdout).map_err(|why| format!("{} printed no JSON: {why}", script.display()))
}

fn charge(day: u32, billed: &str, effective: &str) -> Charge {
    Charge { day, billed: billed.to_owned(), effective: effective.to_owned() }
}

/// A launch argument.
fn argument(file: &Path) -> String {
    file.to_string_lossy().into_owned()
}

async fn open_sample(window: &Window) -> Result<(), Failure> {
    window.click("open-sample").await?;
    window.figure("gross_margin").await.map(|_| ())
}

#[test]
fn the_first_start_opens_the_sample_and_shows_the_margin_that_the_command_line_reports() -> Result<(), Failure> {
    story("first-start", Machine::new()?, &[], async |window| {
        open_sample(window).await?;
        // The window opens on the last month of the ledger.
        let year = window.machine.cli(&["report", "margin", "--by", "month"])?;
        let month = text(year.pointer("/rows/11/month").ok_or("the sample company has twelve months")?);
        let report = window.machine.cli(&["report", "margin", "--month", &month])?;
        for (shown, reported) in
            [("gross_margin", "gross_margin_percent"), ("revenue", "revenue"), ("cost", "cost_of_revenue")]
        {
            let reported_value = report.pointer(&format!("/total/{reported}"));
            let reported_value =
                reported_value.ok_or_else(|| format!("the report has no total.{reported}: {report}"))?;
            assert_eq!(
                window.figure(shown).await?,
                text(reported_value),
                "kpi-{shown} of the window and total.{reported} of the command line are one figure ({month})"
            );
        }
        Ok(())
    })
}

#[test]
fn a_bill_given_as_launch_argument_is_imported_to_the_last_digit() -> Result<(), Failure> {
    let machine = Machine::new()?;
    // Amounts that a float, or 28 digits, would bend; a credit; and an amount far below a cent.
    let charges = (1..=28).map(|day| charge(day, &format!("{day}.000000000000{day:03}"), &format!("0.{day:09}1")));
    let more = [charge(29, "-7.25", "-7.25"), charge(30, "0.0000000004", "0.0000000004"), charge(31, "1e3", "99.1e1")];
    let file = machine.file("october.csv", &bill(charges.chain(more)))?;
    let words = [argument(&file)];
    story("launch-argument", machine, &words, async |window| {
        let sums = python("sum_focus.py", &file)?;
        window.import_ended("done").await?;
        window.go("costs").await?;
        for cost in ["effective", "billed"] {
            let (figure, sum) = (window.figure(cost).await?, text(&sums[cost]));
            assert_eq!(number(&figure), number(&sum), "{cost}: the window and the sum of the file's own column");
        }
        Ok(())
    })
}

#[test]
fn two_scenarios_stand_side_by_side_and_the_chart_can_be_walked_by_keys() -> Result<(), Failure> {
    story("compare", Machine::new()?, &[], async |window| {
        open_sample(window).await?;
        window.go("scenarios").await?;
        let rows = window.table("compare").await?;
        let columns = rows.iter().map(|(_, cells)| cells.values().flatten().count()).max();
        assert!(columns >= Some(3), "a row has a name and a figure of at least two scenarios: {rows:?}");
        let chart = "[data-testid=\"marks-compare\"]";
        window.press(chart, Key::Right).await?;
        let first = window.words("tip").await?;
        assert!(first.contains(|letter: char| letter.is_ascii_digit()), "the tip tells a figure: {first}");
        let spoken = window.words("spoken-compare").await?;
        assert!(spoken.contains(|letter: char| letter.is_ascii_digit()), "a screen reader hears it too: {spoken}");
        window.press(chart, Key::Right).await?;
        let moved = format!("return document.querySelector('[data-testid=\"tip\"]')?.innerText.trim() !== {first:?}");
        window.wait("the next mark after another arrow", &moved).await.map(|_| ())
    })
}

#[test]
fn what_is_exported_is_what_is_shown() -> Result<(), Failure> {
    story("export", Machine::new()?, &[], async |window| {
        open_sample(window).await?;
        let shown: Vec<Cells> = window.table("margin").await?.into_iter().map(|(_, cells)| cells).collect();
        window.export("export-margin", "export-margin-csv").await?;
        let file = window.exported("csv")?;
        let written: Vec<Cells> = serde_json::from_value(python("read_csv.py", &file)?)
            .map_err(|why| format!("{} is not a table: {why}", file.display()))?;
        assert_eq!(sorted(written), sorted(shown), "every cell of {} is the cell in the window", file.display());

        window.export("export-chart-margin_trend", "export-chart-svg").await?;
        let svg = fs::read_to_string(window.exported("svg")?).map_err(|why| why.to_string())?;
        assert!(svg.contains("<svg") && svg.trim_end().ends_with("</svg>"), "the SVG is whole");
        window.export("export-chart-margin_trend", "export-chart-png").await?;
        let png = fs::read(window.exported("png")?).map_err(|why| why.to_string())?;
        assert!(png.starts_with(b"\x89PNG\r\n\x1a\n"), "the PNG has its signature");
        assert!(png.ends_with(b"IEND\xaeB`\x82"), "the PNG is whole");
        Ok(())
    })
}

/// The order of rows is the reader's choice in both places.
fn sorted(mut rows: Vec<Cells>) -> Vec<Cells> {
    rows.sort();
    rows
}

#[test]
fn a_cancelled_import_leaves_the_ledger_as_it_was() -> Result<(), Failure> {
    let machine = Machine::new()?;
    let small = machine.file("small.csv", &bill([charge(1, "1.5", "1.5")]))?;
    machine.cli(&["import", &argument(&small)])?;
    let (batches, costs) = (machine.cli(&["batches"])?, machine.cli(&["report", "costs"])?);
    // Large enough to be at work when somebody finds the button.
    let large = machine.file("large.csv", &bill((0..400_000).map(|row| charge(row % 31 + 1, "0.25", "0.25"))))?;
    story("cancel", machine, &[argument(&large)], async |window| {
        window.click("job-cancel").await?;
        window.import_ended("cancelled").await?;
        assert_eq!(window.machine.cli(&["batches"])?, batches, "no batch came or went");
        assert_eq!(window.machine.cli(&["report", "costs"])?, costs, "no amount came or went");
        Ok(())
    })
}

#[test]
fn a_bad_row_is_mended_in_the_window_and_undo_and_redo_follow() -> Result<(), Failure> {
    let machine = Machine::new()?;
    let rows = [charge(1, "1.5", "1.5"), charge(2, "twelve", "12"), charge(3, "2.5", "2.5")];
    let file = machine.file("one-bad-row.csv", &bill(rows))?;
    story("quarantine", machine, &[argument(&file)], async |window| {
        window.import_ended("done").await?;
        billed(window, "4", "1.5 + 2.5: the good rows are stored").await?;
        window.go("imports").await?;
        window.click_first("[data-testid^=\"quarantine-\"]").await?;
        let told = window.words("raw-row").await?;
        for part in ["Line 3", "BilledCost", "twelve", "expected"] {
            assert!(told.contains(part), "line 3, its column and what was found are told ({part}): {told}");
        }
        // Still wrong: said at the field, and nothing is stored.
        window.fill("raw-1", "a dozen").await?;
        window.press("[data-testid=\"raw-1\"]", Key::Enter).await?;
        let told = window.words("field-error").await?;
        assert!(told.contains("a dozen"), "it says what is still wrong: {told}");
        window.fill("raw-1", "12").await?;
        window.press("[data-testid=\"raw-1\"]", Key::Enter).await?;
        // ListCost holds the same word; the next field at fault is told in its turn.
        window.find("[data-testid=\"raw-24\"][aria-invalid=\"true\"]").await?;
        window.fill("raw-24", "12").await?;
        window.press("[data-testid=\"raw-24\"]", Key::Enter).await?;
        window.find("[data-testid^=\"refused-\"][data-state=\"readmitted\"]").await?;
        billed(window, "16", "1.5 + 12 + 2.5: the mended row is stored").await?;
        window.go("imports").await?;
        window.click("back").await?;
        window.click("undo").await?;
        window.find("[data-testid=\"redo\"]:not(:disabled)").await?;
        billed(window, "4", "undo takes the mended row back").await?;
        window.go("imports").await?;
        window.click("redo").await?;
        window.find("[data-testid=\"redo\"]:disabled").await?;
        billed(window, "16", "redo brings it back").await
    })
}

/// The bill's total on the costs screen, once it is this.
async fn billed(window: &Window, sum: &str, why: &str) -> Result<(), Failure> {
    window.go("costs").await?;
    let mut figure = String::new();
    for _ in 0..50 {
        figure = window.figure("billed").await?;
        if number(&figure) == sum {
            return Ok(());
        }
        window.settle().await?;
    }
    Err(format!("{why}: the window shows {figure}, not {sum}"))
}

#[test]
fn a_restated_bill_is_shown_as_a_difference_before_it_replaces_the_old_one() -> Result<(), Failure> {
    let machine = Machine::new()?;
    let old = machine.file("october.csv", &bill([charge(1, "1.5", "1.5"), charge(2, "2.5", "2.5")]))?;
    machine.cli(&["import", &argument(&old)])?;
    let before = machine.cli(&["report", "costs"])?;
    let rows = [charge(1, "1.5", "1.5"), charge(2, "3", "3"), charge(3, "4", "4")];
    let new = machine.file("october-restated.csv", &bill(rows))?;
    story("review", machine, &[argument(&new)], async |window| {
        window.import_ended("review").await?;
        let told = window.words("difference-totals").await?;
        assert!(told.contains("4.00 → 8.50"), "1.5 + 2.5 becomes 1.5 + 3 + 4: {told}");
        let rows = window.words("difference-rows").await?;
        assert!(rows.contains("1 added") && rows.contains("1 as they were"), "{rows}");
        assert_eq!(window.machine.cli(&["report", "costs"])?, before, "nothing is replaced before somebody says so");
        window.click("replace").await?;
        window.import_ended("done").await?;
        billed(window, "8.5", "the new one has replaced the old one").await?;
        window.go("imports").await?;
        window.click_first("[data-testid^=\"difference-\"]").await?;
        assert_eq!(window.words("difference-totals").await?, told, "the history tells the same difference");
        Ok(())
    })
}

#[test]
fn an_ambiguous_file_is_imported_as_what_a_person_says() -> Result<(), Failure> {
    let machine = Machine::new()?;
    let both = "month,measure,product,currency,amount,hour,provider,gpu,pool,allocated_gpu_hours,busy_gpu_hours\n\
                2026-10,revenue,Search,USD,12.5,2026-10-01T00:00:00Z,Example,H100,a,8,4\n";
    let file = machine.file("both.csv", both)?;
    story("asks", machine, &[argument(&file)], async |window| {
        window.import_ended("asks").await?;
        let told = window.words("asks").await?;
        assert!(
            told.contains("both.csv") && told.contains("budget"),
            "it says which file and what it could be: {told}"
        );
        window.click("format-budget").await?;
        window.click("import-as").await?;
        window.import_ended("done").await?;
        let batches = window.machine.cli(&["batches"])?;
        assert!(batches.to_string().contains("12.5"), "it is the budget it was said to be: {batches}");
        Ok(())
    })
}

#[test]
fn an_unknown_table_is_mapped_and_imported() -> Result<(), Failure> {
    let machine = Machine::new()?;
    let table = "Datum;Dienst;Nettobetrag;Währung\n31.10.2026;Rechenzeit;1.000,50;EUR\n01.10.2026;Speicher;99,25;EUR\n";
    let file = machine.file("wolke.csv", table)?;
    story("mapping", machine, &[argument(&file)], async |window| {
        window.import_ended("asks").await?;
        window.click("job-map").await?;
        let shown = window.words("preview").await?;
        for part in ["2026-10-31", "1000.5", "1.000,50", "99.25"] {
            assert!(shown.contains(part), "rows as read stand beside rows as written ({part}): {shown}");
        }
        window.click("save-mapping").await?;
        window.import_ended("done").await?;
        let batches = window.machine.cli(&["batches"])?;
        assert!(batches.to_string().contains("1099.75"), "1000.50 + 99.25: {batches}");
        Ok(())
    })
}

#[test]
fn a_file_of_no_use_is_refused_with_what_and_what_now() -> Result<(), Failure> {
    let machine = Machine::new()?;
    let file = machine.file("holiday.json", "{\"two weeks\": \"by the sea\"}\n")?;
    let words = [argument(&file)];
    story("unknown-file", machine, &words, async |window| {
        window.import_ended("failed").await?;
        let told = window.words("error").await?;
        assert!(told.contains("holiday.json"), "it says which file: {told}");
        assert!(told.contains("Next"), "it says what to do now: {told}");
        let batches = window.machine.cli(&["batches"])?;
        assert!(!batches.to_string().contains("holiday"), "nothing was stored: {batches}");
        Ok(())
    })
}
