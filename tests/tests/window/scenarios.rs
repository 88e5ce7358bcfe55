//! The scenario workbench in the real window: eight scenarios side by side, a slider under the mouse, undo.
//!
//! Every margin that it shows is held against the command line on the same files.

use super::number;
use fantoccini::actions::{InputSource, MOUSE_BUTTON_LEFT, MouseActions, PointerAction};
use fantoccini::key::Key;
use marginline_tests::Failure;
use marginline_tests::page::Cells;
use marginline_tests::window::{Machine, Window, story};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The scenarios of the sample company, as they lie in the tree.
fn files() -> Result<Vec<PathBuf>, Failure> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/demo/scenarios");
    let entries = fs::read_dir(&folder).map_err(|why| format!("cannot read {}: {why}", folder.display()))?;
    let mut files: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.sort();
    Ok(files)
}

/// What the command line says of these files.
fn compared(window: &Window, files: &[PathBuf]) -> Result<Value, Failure> {
    let names: Vec<String> = files.iter().map(|file| file.to_string_lossy().into_owned()).collect();
    let mut words = vec!["scenario", "compare"];
    words.extend(names.iter().map(String::as_str));
    window.machine.cli(&words)
}

fn cell<'a>(rows: &'a [(String, Cells)], key: &str, column: &str) -> Result<&'a str, Failure> {
    let row = rows.iter().find(|(of, _)| of == key).ok_or_else(|| format!("there is no row {key}: {rows:?}"))?;
    let cell = row.1.get(column).and_then(Option::as_deref);
    cell.ok_or_else(|| format!("row {key} has nothing in {column}: {row:?}"))
}

/// Holds every monthly margin on screen against those of the command line.
fn agrees(months: &[(String, Cells)], told: &Value, which: &str) -> Result<(), Failure> {
    let runs = told["scenarios"].as_array().ok_or("the comparison has scenarios")?;
    let run = runs.iter().find(|run| run["scenario"] == which).ok_or_else(|| format!("no {which} in {told}"))?;
    for month in run["months"].as_array().ok_or("a run has months")? {
        let (name, margin) = (month["month"].as_str().unwrap_or_default(), month["gross_margin"].as_str());
        assert_eq!(Some(cell(months, name, which)?), margin, "margin of {which} in {name}");
    }
    let total = run["summary"]["gross_margin"].as_str();
    assert_eq!(Some(cell(months, "total", which)?), total, "margin of {which} over all months");
    Ok(())
}

/// Waits until the table of months is another one than this.
async fn other_than(window: &Window, before: &[(String, Cells)]) -> Result<Vec<(String, Cells)>, Failure> {
    for _ in 0..100 {
        window.settle().await?;
        let now = window.table("compare-months").await?;
        if now != before {
            return Ok(now);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Err("the margins never changed".to_owned())
}

#[test]
fn eight_scenarios_follow_a_slider_and_undo_brings_them_back() -> Result<(), Failure> {
    story("workbench", Machine::new()?, &[], async |window| {
        window.click("open-sample").await?;
        window.figure("gross_margin").await?;
        window.go("scenarios").await?;
        window.table("compare").await?;
        window.settle().await?;
        window.click("tab-months").await?;
        let before = window.table("compare-months").await?;
        let files = files()?;
        assert_eq!(files.len(), 8, "the sample company brings eight scenarios");
        let told = compared(window, &files)?;
        for file in &files {
            agrees(&before, &told, &file.file_stem().unwrap_or_default().to_string_lossy())?;
        }

        // The slider of one of them, held by the mouse.
        let chosen = "const select = document.querySelector('[data-testid=\"assumptions-of\"]');
            select.value = 'own-h100'; select.dispatchEvent(new Event('change', { bubbles: true }));";
        window.script(chosen, Vec::new()).await?;
        let price = "own-h100-architecture.usd_per_gpu_hour";
        let slider = window.part(&format!("slider-{price}")).await?;
        window.script("document.querySelector(`[data-testid=\"slider-own-h100-architecture.usd_per_gpu_hour\"]`).scrollIntoView({ block: 'center' })", Vec::new()).await?;
        let (x, y, width, height) = slider.rectangle().await.map_err(|why| why.to_string())?;
        let at = |part: f64| PointerAction::MoveTo {
            duration: Some(Duration::from_millis(60)),
            x: x + width * part,
            y: y + height / 2.0,
        };
        let mouse = MouseActions::new("mouse".to_owned())
            .then(at(0.47))
            .then(PointerAction::Down { button: MOUSE_BUTTON_LEFT })
            .then(at(0.6))
            .then(at(0.75))
            .then(PointerAction::Up { button: MOUSE_BUTTON_LEFT });
        window.client.perform_actions(mouse).await.map_err(|why| format!("cannot drag: {why}"))?;
        let dragged = other_than(window, &before).await?;

        // The same number in a file of the same name, and those that stand on it.
        let script = format!("return document.querySelector('[data-testid=\"assumption-{price}\"]')?.dataset.value");
        let value = window.wait("the number under the mouse", &script).await?;
        let value = value.as_str().ok_or("a number is text")?;
        let text = fs::read_to_string(
            &files[files.iter().position(|file| file.ends_with("own-h100.toml")).ok_or("own-h100.toml")?],
        );
        let text = text.map_err(|why| why.to_string())?;
        let changed = text.replacen("{ value = 2.35, low = 2.1, high = 2.7", &format!("{{ value = {value}"), 1);
        assert_ne!(text, changed, "the price stands in the file as this test expects it");
        let folder = window.machine.path("files");
        for file in &files {
            let name = file.file_name().unwrap_or_default();
            let body = if name == "own-h100.toml" {
                changed.clone()
            } else {
                fs::read_to_string(file).map_err(|why| why.to_string())?
            };
            fs::write(folder.join(name), body).map_err(|why| why.to_string())?;
        }
        let moved: Vec<PathBuf> = files.iter().filter_map(|file| Some(folder.join(file.file_name()?))).collect();
        let told = compared(window, &moved)?;
        for which in ["own-h100", "own-h100-reserved", "api-haiku"] {
            agrees(&dragged, &told, which)?;
        }
        assert_ne!(
            cell(&dragged, "total", "own-h100")?,
            cell(&before, "total", "own-h100")?,
            "the margin of the scenario moved with its slider"
        );

        window.click("undo-change").await?;
        let back = other_than(window, &dragged).await?;
        assert_eq!(back, before, "undo brings every margin back to the last digit");
        Ok(())
    })
}

/// Adds a scenario from the actuals that the dialog offers first, and waits for its card.
async fn begin(window: &Window, name: &str, start: &str) -> Result<(), Failure> {
    window.click("new-scenario").await?;
    window.part("new-preview").await?;
    let choose = "const select = document.querySelector('[data-testid=\"new-start\"]');
        select.value = arguments[0]; select.dispatchEvent(new Event('change', { bubbles: true }));";
    window.script(choose, vec![Value::from(start)]).await?;
    window.fill("new-name", name).await?;
    let ready = format!(
        "return document.querySelector('[data-testid=\"new-text\"]')?.textContent.includes('{name}')
            && document.querySelector('[data-testid=\"new-text\"]').textContent.includes('start = \"{start}\"')
            && document.querySelector('[data-testid=\"new-keep\"]').disabled === false"
    );
    window.wait("the file that will be written", &ready).await.map(|_| ())
}

#[test]
fn a_scenario_from_actuals_is_taken_back_and_another_becomes_the_plan() -> Result<(), Failure> {
    story("begin", Machine::new()?, &[], async |window| {
        window.click("open-sample").await?;
        window.figure("gross_margin").await?;
        window.go("scenarios").await?;

        // What it would write is what the command line writes of the same months.
        begin(window, "As in summer", "2026-11").await?;
        let quarter = ["scenario", "new", "--from", "2026-08", "--to", "2026-10", "--start", "2026-11"];
        let told = window.machine.cli(&[&quarter[..], &["--name", "As in summer"]].concat())?;
        let text = window.script("return document.querySelector('[data-testid=\"new-text\"]').textContent", Vec::new());
        assert_eq!(text.await?, told["text"], "the text before it is kept");
        let shown = window.table("scenario-new").await?;
        for line in told["reproduced"]["lines"].as_array().ok_or("what was reproduced has lines")? {
            let label = line["label"].as_str().unwrap_or_default();
            assert_eq!(Some(cell(&shown, label, "actual")?), line["actual"].as_str(), "{label} in the ledger");
        }
        window.click("new-keep").await?;
        window.part("card-as-in-summer").await?;
        window.click("undo-change").await?;
        let gone = "return document.querySelector('[data-testid=\"card-as-in-summer\"]') === null";
        window.wait("the card to be gone", gone).await?;

        // One that begins with a month of the ledger can be compared with it.
        begin(window, "Since October", "2026-10").await?;
        window.click("new-keep").await?;
        window.part("card-since-october").await?;
        window.click("card-menu-since-october").await?;
        window.click("adopt-since-october").await?;
        window.part("plan-mark").await?;
        window.click("view-plan").await?;
        let months = window.table("plan-months").await?;
        let told = window.machine.cli(&["report", "plan"])?;
        let month = &told["months"][0];
        assert_eq!(told["plan"]["scenario"], "since-october");
        for (column, side) in [("margin_plan", &month["plan"]), ("margin_actual", &month["actual"])] {
            assert_eq!(Some(cell(&months, "2026-10", column)?), side["gross_margin"].as_str(), "{column}");
        }
        assert_eq!(Some(cell(&months, "2026-10", "margin_difference")?), month["difference"].as_str());

        // Why: the formula of its cost, and the line behind a part of it.
        window.click("card-menu-since-october").await?;
        window.click("explain-since-october").await?;
        window.click("explain-line-own GPUs").await?;
        let line = "return document.querySelector('[data-testid=\"explain-line\"]')?.value === 'own GPUs'
            && document.querySelector('[data-testid=\"explain-value\"]')?.dataset.value";
        let usd = window.wait("the line to be explained", line).await?;
        let run = window.table("explain").await?;
        assert_eq!(
            usd.as_str().map(|usd| usd.split('.').next()),
            Some(cell(&run, &run[run.len() - 1].0, "value")?.split('.').next())
        );
        Ok(())
    })
}

#[test]
fn scenarios_without_a_bill_open_and_a_figure_leads_to_why_and_a_lock_is_seen_and_taken_off() -> Result<(), Failure> {
    let machine = Machine::new()?;
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/scenarios");
    for name in ["api-only.toml", "own-h100.toml"] {
        let text = fs::read_to_string(fixtures.join(name)).map_err(|why| format!("{name}: {why}"))?;
        machine.file(name, &text)?;
    }
    let paths: Vec<String> = ["own-h100.toml", "api-only.toml"]
        .map(|name| machine.path("files").join(name).to_string_lossy().into_owned())
        .into();
    machine.cli(&["scenario", "lock", &paths[0], &paths[1]])?;
    machine.cli(&["import", &paths[1], &paths[0]])?;
    story("unbilled", machine, &[], async |window| {
        // Nothing was asked for: the window opens where there is something to see.
        let shown = window.table("compare").await?;
        window.go("margin").await?;
        assert!(window.words("empty").await?.contains("No bill yet"), "margin says what it waits for");
        window.go("scenarios").await?;

        // A figure leads to why, and why comes to the figure.
        window.click("why-margin_total-own-h100").await?;
        let value = "return document.querySelector('[data-testid=\"explain-value\"]')?.dataset.value";
        let usd = window.wait("the margin of all months to be explained", value).await?;
        assert_eq!(usd.as_str().map(number), Some(number(cell(&shown, "margin_total", "own-h100")?)));
        window.press("[data-testid=\"explain\"]", Key::Escape).await?;

        // What was locked by the command line is read only here, says so, and opens with undo.
        let lock = window.script("return document.querySelector('[data-testid=\"lock-own-h100\"]')?.title", Vec::new());
        let told = fs::read_to_string(&paths[0]).map_err(|why| why.to_string())?;
        let told = told.split("[lock]").nth(1).and_then(|lock| lock.split('"').nth(1)).ok_or("the file has a hash")?;
        let lock = lock.await?.as_str().map(str::to_owned).unwrap_or_default();
        assert!(lock.contains(&told[..12]), "the card tells the hash of the file: {lock}, {told}");
        let choose = "const select = document.querySelector('[data-testid=\"assumptions-of\"]');
            select.value = 'own-h100'; select.dispatchEvent(new Event('change', { bubbles: true }));";
        window.script(choose, Vec::new()).await?;
        window.part("locked").await?;
        let open =
            "return [...document.querySelectorAll('[data-testid^=\"slider-own-h100\"]')].every((one) => !one.disabled)";
        assert_eq!(window.script(open, Vec::new()).await?, Value::Bool(false), "no slider moves a locked number");
        window.click("unlock").await?;
        window.wait("its sliders to move again", open).await?;
        window.click("undo-change").await?;
        window.part("locked").await.map(|_| ())
    })
}
