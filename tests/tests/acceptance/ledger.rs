//! What the ledger promises whatever is imported: taking back restores, twice is once, a newer export replaces
//! what it covers, and a crash leaves nothing.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::atomic::Ordering;
use std::sync::{Arc, mpsc};

use bigdecimal::BigDecimal;
use marginline_engine::import::{ImportOptions, Watch};
use marginline_engine::{Engine, ErrorKind};
use marginline_tests::cli::{Desk, fixture, now, text};
use proptest::prelude::*;
use serde_json::{Value, json};

/// An export: an account, a month, and a list of days of that month with an amount in cents.
#[derive(Debug, Clone)]
struct Export {
    account: u8,
    month: u32,
    charges: Vec<(u32, i64)>,
}

impl Export {
    fn csv(&self) -> String {
        let mut text = String::from(
            "BilledCost,EffectiveCost,BillingCurrency,BillingPeriodStart,ChargePeriodStart,ChargeCategory,ProviderName,BillingAccountId,SubAccountId,ServiceName,RegionId\n",
        );
        for (day, cents) in &self.charges {
            let (account, month) = (self.account, self.month);
            text.push_str(&format!(
                "{cents}E-2,{cents}E-2,USD,2026-{month:02}-01,2026-{month:02}-{day:02},Usage,AWS,{account},{account},EC2,r\n"
            ));
        }
        text
    }

    /// The days it covers, the first and the last.
    fn days(&self) -> (u32, u32) {
        let days = || self.charges.iter().map(|(day, _)| *day);
        (days().min().unwrap(), days().max().unwrap())
    }
}

/// Cents by account, month and day: what the ledger should hold. A day without a row is absent.
type Books = BTreeMap<(u8, u32, u32), i64>;

/// A newer export replaces the days it covers in its account and month, and adds every row it has.
fn book(books: &Books, export: &Export) -> Books {
    let (first, last) = export.days();
    let mut books = books.clone();
    books.retain(|(account, month, day), _| {
        (*account, *month) != (export.account, export.month) || !(first..=last).contains(day)
    });
    for (day, cents) in &export.charges {
        *books.entry((export.account, export.month, *day)).or_default() += cents;
    }
    books
}

/// What the ledger holds, as the report tells it.
fn books_of(desk: &Desk) -> Books {
    let answer = desk.run(&["report", "costs", "--by", "account,day", "--json"]);
    if answer.code != 0 {
        assert!(answer.err.contains("holds no cost"), "{answer:#?}");
        return Books::new();
    }
    let number = |text: &str| text.parse::<u32>().unwrap();
    let row = |row: &Value| {
        let day: Vec<u32> = text(row, "day").split('-').map(number).collect();
        ((number(text(row, "account")) as u8, day[1], day[2]), cents(text(row, "billed")))
    };
    answer.json()["rows"].as_array().unwrap().iter().map(row).collect()
}

fn decimal(text: &str) -> BigDecimal {
    text.parse().unwrap_or_else(|_| panic!("{text:?} is no decimal"))
}

fn cents(amount: &str) -> i64 {
    (decimal(amount) * BigDecimal::from(100)).to_plain_string().split('.').next().unwrap().parse().unwrap()
}

fn export() -> impl Strategy<Value = Export> {
    (1u8..=2, 9u32..=10, prop::collection::vec((1u32..=28, -50_000i64..=500_000), 1..8))
        .prop_map(|(account, month, charges)| Export { account, month, charges })
}

/// Usage of some days of a month, and GPU hours of the same days; each number makes a row. What is even is left out
/// where a file may leave it out.
#[derive(Debug, Clone)]
struct Count {
    month: u32,
    rows: Vec<(u32, u32)>,
}

impl Count {
    fn tokens(&self) -> String {
        let mut text = String::from("date,provider,model,project,customer,requests,input_tokens,output_tokens\n");
        for (day, number) in &self.rows {
            let requests = if number % 2 == 0 { String::new() } else { number.to_string() };
            let (month, project) = (self.month, number % 3);
            text.push_str(&format!("2026-{month:02}-{day:02},openai,gpt-5-mini,{project},c,{requests},{number},1\n"));
        }
        text
    }

    fn gpu_hours(&self) -> String {
        let mut text = String::from("hour,provider,region,gpu,pool,allocated_gpu_hours,busy_gpu_hours\n");
        for (day, number) in &self.rows {
            let busy = if number % 2 == 0 { "" } else { "0.5" };
            let (month, hour, pool) = (self.month, number % 24, number % 2);
            text.push_str(&format!("2026-{month:02}-{day:02}T{hour:02}:00:00Z,aws,r,H100,{pool},{number},{busy}\n"));
        }
        text
    }
}

fn count() -> impl Strategy<Value = Count> {
    (9u32..=10, prop::collection::vec((1u32..=28, 1u32..=50), 1..8)).prop_map(|(month, rows)| Count { month, rows })
}

/// What the reports say of usage and GPUs by month.
fn months_of(desk: &Desk) -> String {
    let asked: [&[&str]; 2] = [&["report", "units", "--by", "model", "--json"], &["report", "gpus", "--json"]];
    asked.map(|line| desk.run(line).out).concat()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10, failure_persistence: None, ..ProptestConfig::default() })]

    /// Any history of exports, one by one: the ledger holds what the books say after each, and undoing them from
    /// the last to the first walks back through the very same states.
    #[test]
    fn a_newer_export_replaces_the_days_it_covers_and_undo_walks_back(exports in prop::collection::vec(export(), 1..5)) {
        let desk = Desk::new();
        let (mut books, mut history) = (Books::new(), vec![(Books::new(), desk.everything())]);
        for (index, export) in exports.iter().enumerate() {
            let file = desk.file(&format!("export-{index}.csv"), export.csv());
            let done = desk.import(&[&file]);
            if done[0]["rows_duplicate"] == 0 {
                books = book(&books, export);
            }
            prop_assert_eq!(books_of(&desk), books.clone(), "after export {}", index);
            history.push((books.clone(), desk.everything()));
        }
        desk.run(&["check"]).ends(0);
        for (books, everything) in history.iter().rev().skip(1) {
            let batches = desk.json(&["batches"]);
            let Some(last) = batches["batches"].as_array().unwrap().iter().find(|batch| batch["state"] != "undone") else { break };
            desk.run(&["undo", &last["id"].to_string()]).ends(0);
            prop_assert_eq!(&books_of(&desk), books, "undo brings the old rows back");
            prop_assert_eq!(&desk.everything(), everything, "and every report says what it said before");
        }
    }

    /// Any history of usage and GPU hours: the sums by month that reports read agree with the rows after each import,
    /// each undo and each redo.
    #[test]
    fn usage_by_month_keeps_step_with_its_rows(counts in prop::collection::vec(count(), 1..5)) {
        let desk = Desk::new();
        let nothing = months_of(&desk);
        for (index, count) in counts.iter().enumerate() {
            let files = [("tokens", count.tokens()), ("gpus", count.gpu_hours())];
            let files = files.map(|(name, csv)| desk.file(&format!("{name}-{index}.csv"), csv));
            for file in &files {
                desk.import(&[file]);
                desk.run(&["check"]).ends(0);
            }
        }
        let batches = desk.json(&["batches"])["batches"].as_array().unwrap().len();
        let mut states = vec![months_of(&desk)];
        for batch in (1..=batches).rev() {
            desk.run(&["undo", &batch.to_string()]).ends(0);
            desk.run(&["check"]).ends(0);
            states.push(months_of(&desk));
        }
        prop_assert_eq!(states.last(), Some(&nothing), "nothing is left");
        for state in states.iter().rev().skip(1) {
            desk.run(&["redo"]).ends(0);
            desk.run(&["check"]).ends(0);
            prop_assert_eq!(&months_of(&desk), state, "redo goes back the way undo came");
        }
    }

    /// Importing a file once more, under whatever name, changes nothing.
    #[test]
    fn import_twice_is_import_once(export in export()) {
        let desk = Desk::new();
        let csv = export.csv();
        let first = desk.import(&[&desk.file("a.csv", &csv)]);
        prop_assert_eq!(&first[0]["rows_stored"], &json!(export.charges.len()), "every row counts, equal or not");
        let (once, batches) = (desk.everything(), desk.json(&["batches"]));
        for name in ["a.csv", "renamed.csv"] {
            let again = desk.import(&[&desk.file(name, &csv)]);
            prop_assert_eq!(&again[0]["rows_stored"], &json!(0), "{}", name);
            prop_assert_eq!(&again[0]["rows_duplicate"], &first[0]["rows_stored"], "{}", name);
            prop_assert_eq!(desk.everything(), once.clone(), "{}", name);
            prop_assert_eq!(desk.json(&["batches"]), batches.clone(), "{}", name);
        }
    }

    /// Files of one delivery are parts of it: they add up, even over the same days.
    #[test]
    fn files_imported_together_never_replace_each_other(mut parts in prop::collection::vec(export(), 2..4)) {
        let desk = Desk::new();
        let mut expected = Books::new();
        for (index, part) in parts.iter_mut().enumerate() {
            part.charges.push((28, 1 + index as i64)); // no two parts are the same file
            for (day, cents) in &part.charges {
                *expected.entry((part.account, part.month, *day)).or_default() += cents;
            }
        }
        let files: Vec<String> = parts.iter().enumerate().map(|(i, part)| desk.file(&format!("{i}.csv"), part.csv())).collect();
        desk.import(&files.iter().map(String::as_str).collect::<Vec<_>>());
        prop_assert_eq!(books_of(&desk), expected);
    }
}

fn whole_month(account: u8, cents: i64) -> Export {
    Export { account, month: 10, charges: (1..=28).map(|day| (day, cents)).collect() }
}

#[test]
fn a_restated_month_replaces_and_a_batch_below_it_cannot_be_undone() {
    let desk = Desk::new();
    desk.import(&[&desk.file("first.csv", whole_month(1, 100).csv())]);
    desk.import(&[&desk.file("other.csv", whole_month(2, 7).csv())]);
    let second = desk.import(&[&desk.file("second.csv", whole_month(1, 200).csv())]);
    assert_eq!(second[0]["replaced"], json!([{"batch": 1, "rows": 28}]), "the import says what it replaces");
    let total = || text(&desk.json(&["report", "costs"])["total"], "billed").to_owned();
    assert_eq!(total(), "57.96", "28 days at 2.00, and 28 × 0.07 of the other account, which stays");

    let refused = desk.run(&["undo", "1"]).ends(1);
    for part in ["batch 1", "batch 3 replaced rows of it", "undo batch 3 first"] {
        assert!(refused.err.contains(part), "{part}: {}", refused.err);
    }
    assert_eq!(total(), "57.96", "a refused undo changes nothing");

    let days = Export { account: 1, month: 10, charges: vec![(3, 900), (4, 900)] };
    let third = desk.import(&[&desk.file("days.csv", days.csv())]);
    assert_eq!(third[0]["replaced"], json!([{"batch": 3, "rows": 2}]), "a partial export takes over its two days only");
    assert_eq!(total(), "71.96", "57.96 − 2 × 2.00 + 2 × 9.00");
    desk.run(&["undo", "4"]).ends(0);
    desk.run(&["undo", "3"]).ends(0);
    assert_eq!(total(), "29.96", "28 × 1.00 of the first export are back, and 1.96");
    let again = desk.run(&["undo", "3"]).ends(1);
    assert!(again.err.contains("undone already"), "{}", again.err);
}

#[test]
fn redo_brings_back_what_undo_took_from_the_kept_file() {
    let desk = Desk::new();
    let file = desk.file("bill.csv", whole_month(1, 100).csv());
    desk.import(&[&file]);
    let before = desk.everything();
    desk.run(&["undo", "1"]).ends(0);
    assert_eq!(books_of(&desk), Books::new(), "undo leaves no row");
    std::fs::remove_file(file).unwrap();
    desk.run(&["redo"]).ends(0);
    assert_eq!(desk.everything(), before, "the original file is not needed");
    desk.run(&["redo"]).ends(1);
}

#[test]
fn redo_goes_back_the_way_undo_came() {
    let desk = Desk::new();
    desk.import(&[&desk.file("first.csv", whole_month(1, 100).csv())]);
    desk.import(&[&desk.file("second.csv", whole_month(1, 200).csv())]);
    let before = desk.everything();
    for line in [&["undo", "2"][..], &["undo", "1"], &["redo"], &["redo"]] {
        desk.run(line).ends(0);
    }
    assert_eq!(
        desk.everything(),
        before,
        "what was undone last comes first, so the restated month stands on top again"
    );
}

#[test]
fn a_delivery_that_fails_leaves_nothing_of_its_earlier_files() {
    let desk = Desk::new();
    desk.import(&[&desk.file("there.csv", whole_month(2, 7).csv())]);
    // Every row of this one is bad, so it stores none; it was there before the failing delivery and stays.
    let bad = desk.file("bad.csv", Export { account: 1, month: 10, charges: vec![(32, 1)] }.csv());
    desk.import(&[&bad]);
    let (before, batches, rules) = (desk.everything(), desk.json(&["batches"]), desk.json(&["map"]));
    let good = desk.file("good.csv", whole_month(1, 100).csv());
    let mut endless = whole_month(1, 100).csv();
    endless.push_str(&format!("\"{}", "x\n".repeat(35_000_000)));
    let endless = desk.file("endless.csv", endless);
    let refused = desk.run(&["import", &fixture("demo/rules.toml"), &bad, &good, &endless]).ends(1);
    assert!(refused.err.contains("endless.csv"), "{}", refused.err);
    assert_eq!(desk.everything(), before, "no row of the good file");
    assert_eq!(desk.json(&["batches"]), batches, "no batch, live or undone, and the one that was there is live");
    assert_eq!(desk.json(&["map"]), rules, "and no rules");
    desk.run(&["redo"]).ends(1);
}

/// A bill of 40,000 rows on the first of October: enough that an import is under way for a while.
fn large() -> String {
    Export { account: 1, month: 10, charges: vec![(1, 100); 40_000] }.csv()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_import_that_is_dropped_or_cancelled_leaves_no_trace() {
    let desk = Desk::new();
    let small = desk.file("small.csv", whole_month(1, 100).csv());
    aside(&desk, |desk| desk.import(&[&small])).await;
    let (before, batches, kept) = (desk_everything(&desk).await, desk_batches(&desk).await, desk.kept_files());
    let large = desk.path("large.csv");
    std::fs::write(&large, self::large()).unwrap();
    let options = ImportOptions::plain(now());

    // Dropped: the task is aborted while the first rows stand in the open transaction.
    let engine = Engine::open(&desk.workspace()).await.unwrap();
    let (started, has_started) = mpsc::channel::<()>();
    let (abort, aborted) = mpsc::channel::<()>();
    let aborted = std::sync::Mutex::new(aborted);
    let watch = Watch {
        progress: Arc::new(move |_| {
            let _ = started.send(());
            let _ = aborted.lock().unwrap().recv();
        }),
        ..Watch::nobody()
    };
    let (worker, files, with) = (engine.clone(), vec![large.clone()], options.clone());
    let import = tokio::spawn(async move { worker.import(&files, &with, &watch).await });
    tokio::task::spawn_blocking(move || has_started.recv()).await.unwrap().unwrap();
    import.abort();
    drop(abort);
    assert!(import.await.unwrap_err().is_cancelled(), "the import was dropped on its way");
    assert_eq!(desk_everything(&desk).await, before, "the reports are as before");
    assert_eq!(desk_batches(&desk).await, batches, "and there is no batch of it");

    // Cancelled: somebody raises the flag after the first chunk.
    let mut watch = Watch::nobody();
    let cancel = watch.cancel.clone();
    watch.progress = Arc::new(move |_| cancel.store(true, Ordering::Relaxed));
    let error = engine.import(&[large], &options, &watch).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Cancelled, "{error}");
    assert!(error.to_string().contains("nothing was imported"), "{error}");
    assert_eq!(desk_everything(&desk).await, before);
    assert_eq!(desk_batches(&desk).await, batches);

    // What was kept of the large file goes with the next import.
    let next = desk.path("next.csv");
    std::fs::write(&next, whole_month(2, 7).csv()).unwrap();
    engine.import(&[next], &options, &Watch::nobody()).await.unwrap();
    let left = desk.kept_files();
    assert_eq!(left.len(), kept.len() + 1, "the small file and the next one, nothing of the large one: {left:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_changes_the_ledger_waits_for_who_is_writing() {
    let desk = Desk::new();
    let small = desk.file("small.csv", whole_month(1, 100).csv());
    let stored = aside(&desk, |desk| desk.import(&[&small])[0].clone()).await;
    let batch = stored["id"].as_i64().unwrap();
    let (writing, engine) =
        (Engine::open(&desk.workspace()).await.unwrap(), Engine::open(&desk.workspace()).await.unwrap());
    let held = writing.ledger().lock().await.unwrap();
    let mut undo = tokio::spawn(async move { engine.undo(batch).await });
    // Whoever is refused is so at once; whoever waits does so for as long as the lock is held.
    let over = tokio::time::timeout(std::time::Duration::from_millis(500), &mut undo).await;
    assert!(over.is_err(), "over while somebody else was writing: {over:?}");
    drop(held);
    assert_eq!(undo.await.unwrap().unwrap(), stored["rows_stored"].as_u64().unwrap());
}

async fn aside<T: Send + 'static>(desk: &Desk, ask: impl FnOnce(&Desk) -> T + Send) -> T {
    // The command line starts threads of its own, which it cannot do inside another runtime.
    tokio::task::block_in_place(|| std::thread::scope(|scope| scope.spawn(|| ask(desk)).join().unwrap()))
}

async fn desk_everything(desk: &Desk) -> String {
    aside(desk, Desk::everything).await
}

async fn desk_batches(desk: &Desk) -> Value {
    aside(desk, |desk| desk.json(&["batches"])).await
}

const CHILD: &str = "MARGINLINE_TEST_CHILD_FOLDER";

/// Not a test of its own: the process that `a_killed_process_leaves_no_trace` kills runs here.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_process_that_is_killed() {
    let Some(folder) = std::env::var_os(CHILD).map(std::path::PathBuf::from) else { return };
    let engine = Engine::open(&folder.join("work.db")).await.unwrap();
    let progress = |_| loop {
        println!("under way");
        std::thread::sleep(std::time::Duration::from_secs(60));
    };
    let watch = Watch { progress: Arc::new(progress), ..Watch::nobody() };
    let options = ImportOptions::plain(now());
    engine.import(&[folder.join("large.csv")], &options, &watch).await.unwrap();
}

#[test]
fn a_killed_process_leaves_no_trace() {
    let desk = Desk::new();
    desk.import(&[&desk.file("small.csv", whole_month(1, 100).csv())]);
    let (before, batches) = (desk.everything(), desk.json(&["batches"]));
    let large = desk.file("large.csv", large());
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "ledger::the_process_that_is_killed", "--nocapture"])
        .env(CHILD, desk.path(""))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    assert!(lines.into_iter().any(|line| line.contains("under way")), "the import began");
    child.kill().unwrap();
    child.wait().unwrap();

    assert_eq!(desk.everything(), before, "the reports are as before");
    assert_eq!(desk.json(&["batches"]), batches, "and there is no batch of it");
    desk.run(&["check"]).ends(0);
    assert_eq!(desk.import(&[&large])[0]["rows_stored"], 40_000, "and the same file can be imported afterwards");
}
