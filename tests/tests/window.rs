//! The real window, as a person meets it: opened, clicked, read. Run by `cargo xtask test`, which builds the window
//! and says where it is.
//!
//! What it shows is held against the command line, against the files it was given and against the files it wrote,
//! never against itself.
#![cfg(target_os = "linux")]

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
fn a_bad_row_goes_to_quarantine_and_is_shown_with_its_reason() -> Result<(), Failure> {
    let machine = Machine::new()?;
    let rows = [charge(1, "1.5", "1.5"), charge(2, "twelve", "12"), charge(3, "2.5", "2.5")];
    let file = machine.file("one-bad-row.csv", &bill(rows))?;
    story("quarantine", machine, &[argument(&file)], async |window| {
        window.import_ended("done").await?;
        window.go("costs").await?;
        assert_eq!(number(&window.figure("billed").await?), "4", "1.5 + 2.5: the good rows are stored");
        window.go("imports").await?;
        window.click_first("[data-testid^=\"quarantine-\"]").await?;
        let rows = window.table("quarantine").await?;
        assert_eq!(rows.len(), 1, "one row is bad: {rows:?}");
        let told: Vec<&str> = rows[0].1.values().flatten().map(String::as_str).collect();
        for part in ["3", "BilledCost", "twelve"] {
            assert!(told.contains(&part), "line 3, its column and what was found are told: {told:?}");
        }
        Ok(())
    })
}

#[test]
fn an_unknown_file_is_refused_with_what_and_what_now() -> Result<(), Failure> {
    let machine = Machine::new()?;
    let file = machine.file("holiday.txt", "two weeks by the sea\n")?;
    let words = [argument(&file)];
    story("unknown-file", machine, &words, async |window| {
        window.import_ended("failed").await?;
        let told = window.words("error").await?;
        assert!(told.contains("holiday.txt"), "it says which file: {told}");
        assert!(told.contains("Next"), "it says what to do now: {told}");
        let batches = window.machine.cli(&["batches"])?;
        assert!(!batches.to_string().contains("holiday"), "nothing was stored: {batches}");
        Ok(())
    })
}
