//! The workbench on a workspace of its own: what is on screen, what is written, and what takes that back.

use crate::Engine;
use crate::scenario::compare::Asked;
use crate::view::{
    BridgeQuery, CapacityWeekQuery, CompareQuery, ExplainQuery, Override, RiskQuery, ScenarioQuery, ScenarioText,
    TableRequest,
};
use marginline_store::document::DocumentKind;

const OWN: &str = r#"# by hand
[scenario]
name = "Own H100"
start = "2026-11"
months = 3

[demand]
requests_per_month = { value = 1000000, low = 900000, high = 1200000, source = "traffic log", evidence = "measured" }
input_tokens_per_request = 1000
output_tokens_per_request = 100

[revenue]
usd_per_request = 0.01

[architecture]
kind = "own-gpus"
gpu = "H100 SXM"
output_tokens_per_s_per_gpu = 500
usd_per_gpu_hour = 2
"#;

/// Two GPUs more at all times.
const SPARE: &str = "[scenario]\nname = \"Spare\"\n\n[base]\nscenario = \"own\"\n\n[architecture]\nspare_units = 2\n";

async fn workspace(folder: &tempfile::TempDir) -> Engine {
    let engine = Engine::open(&folder.path().join("w.db")).await.unwrap();
    engine.ledger().keep_document(DocumentKind::Scenario, "own", OWN).await.unwrap();
    engine.ledger().keep_document(DocumentKind::Scenario, "a-spare", SPARE).await.unwrap();
    engine
}

fn change(scenario: &str, path: &str, value: &str) -> Override {
    Override { scenario: scenario.into(), path: path.into(), value: value.into() }
}

async fn text(engine: &Engine, id: &str) -> Option<String> {
    engine.ledger().document(DocumentKind::Scenario, id).await.unwrap()
}

#[tokio::test]
async fn a_number_of_the_base_moves_those_that_stand_on_it() {
    let folder = tempfile::tempdir().unwrap();
    let engine = workspace(&folder).await;
    let margins = async |overrides: Vec<Override>| {
        let query = CompareQuery { scenarios: Vec::new(), overrides };
        let comparison = engine.comparison(&query).await.unwrap().0;
        comparison.runs.iter().map(|run| (run.totals().0 - run.totals().1).to_string()).collect::<Vec<_>>()
    };
    // 1 M × 100 ÷ 720 h is 38.6 tokens/s: one GPU. November to January have 2,208 hours at 2 USD; revenue is 30,000.
    let rest = margins(Vec::new()).await;
    assert_eq!(rest, ["25584", "16752"], "30,000 − 4,416 of one GPU, and − 13,248 of three");
    let price = change("own", "architecture.usd_per_gpu_hour", "3");
    assert_eq!(margins(vec![price]).await, ["23376", "10128"], "at 3 USD: − 6,624 and − 19,872");
    assert_eq!(margins(Vec::new()).await, rest, "nothing of a change is left");
}

#[tokio::test]
async fn cards_stand_in_the_order_in_which_scenarios_were_first_kept() {
    let folder = tempfile::tempdir().unwrap();
    let engine = workspace(&folder).await;
    let cards = engine.scenario_cards().await.unwrap();
    let shown: Vec<_> =
        cards.iter().map(|card| (card.info.id.as_str(), card.info.colour, card.note.as_str())).collect();
    assert_eq!(shown, [("own", 0, "month 3"), ("a-spare", 1, "month 3")]);
    assert_eq!(cards[1].base.as_deref(), Some("own"));
    assert_eq!(cards[0].spark.len(), 3);
    assert!(
        cards
            .iter()
            .all(|card| card.badges.iter().all(|badge| badge.verdict != "fails") && card.info.problem.is_none()),
        "{cards:?}"
    );
}

#[tokio::test]
async fn saving_copying_renaming_and_deleting_are_taken_back_to_the_byte() {
    let folder = tempfile::tempdir().unwrap();
    let engine = workspace(&folder).await;
    let saved = engine.save_scenario(&[change("own", "architecture.usd_per_gpu_hour", "2.5")]).await.unwrap();
    assert_eq!(saved.done, "saved Own H100");
    assert!(text(&engine, "own").await.unwrap().contains("usd_per_gpu_hour = 2.5\n"));
    engine.write_scenarios(&saved.before).await.unwrap();
    assert_eq!(text(&engine, "own").await.as_deref(), Some(OWN));
    engine.write_scenarios(&saved.after).await.unwrap();
    assert!(text(&engine, "own").await.unwrap().contains("usd_per_gpu_hour = 2.5\n"), "redo");

    let copied = engine
        .copy_scenario("own", "Cheaper GPUs: 2 USD", &[change("own", "architecture.usd_per_gpu_hour", "2")])
        .await
        .unwrap();
    assert_eq!(copied.scenario.as_deref(), Some("cheaper-gpus-2-usd"));
    let again = engine.copy_scenario("own", "Cheaper GPUs, 2 USD", &[]).await.unwrap();
    assert_eq!(again.scenario.as_deref(), Some("cheaper-gpus-2-usd-2"), "no other scenario's id");
    let written = text(&engine, "cheaper-gpus-2-usd").await.unwrap();
    assert!(written.contains("scenario = \"own\"") && written.contains("usd_per_gpu_hour = 2\n"), "{written}");
    engine.write_scenarios(&copied.before).await.unwrap();
    assert_eq!(text(&engine, "cheaper-gpus-2-usd").await, None);

    let renamed = engine.rename_scenario("own", "Own, renamed").await.unwrap();
    assert_eq!(engine.scenario_cards().await.unwrap()[0].info.name, "Own, renamed");
    engine.write_scenarios(&renamed.before).await.unwrap();

    let deleted = engine.delete_scenario("a-spare").await.unwrap();
    let colours = async || {
        let cards = engine.scenario_cards().await.unwrap();
        cards.into_iter().map(|card| (card.info.id, card.info.colour)).collect::<Vec<_>>()
    };
    assert_eq!(colours().await.len(), 2);
    engine.write_scenarios(&deleted.before).await.unwrap();
    assert_eq!(colours().await[1], ("a-spare".to_owned(), 1), "it comes back to its place and colour");
    assert_eq!(text(&engine, "a-spare").await.as_deref(), Some(SPARE));
}

#[tokio::test]
async fn what_would_break_another_scenario_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let engine = workspace(&folder).await;
    let says = |error: crate::EngineError, words: &str| assert!(error.to_string().contains(words), "{words}: {error}");
    says(engine.delete_scenario("own").await.unwrap_err(), "Own H100 is the base of a-spare");
    says(engine.delete_scenario("none").await.unwrap_err(), "there is no such scenario");
    says(engine.copy_scenario("own", "  ", &[]).await.unwrap_err(), "a scenario's name is 1 to 80 letters");
    let error = engine.save_scenario(&[change("own", "architecture.output_tokens_per_s_per_gpu", "-1")]).await;
    says(error.unwrap_err(), "scenario own");
    let error = engine.save_scenario(&[change("none", "demand.requests_per_month", "1")]).await;
    says(error.unwrap_err(), "there is no such scenario");
}

#[tokio::test]
async fn a_locked_scenario_keeps_its_numbers_its_name_and_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let engine = workspace(&folder).await;
    let texts = [("own".to_owned(), OWN.to_owned()), ("a-spare".to_owned(), SPARE.to_owned())];
    let day = "2026-11-02T09:30:00Z".parse().unwrap();
    let locked = engine.lock_scenario(&texts, "a-spare", day, false).await.unwrap().0;
    let write = async |text: String| {
        let text = ScenarioText { id: "a-spare".into(), text: Some(text), place: None };
        engine.write_scenarios(&[text]).await.unwrap();
    };
    write(locked.clone()).await;
    let says = |error: crate::EngineError| {
        let error = error.to_string();
        assert!(error.contains("the scenario is locked") && error.contains("unlock"), "{error}");
    };
    says(engine.rename_scenario("a-spare", "Another").await.unwrap_err());
    says(engine.delete_scenario("a-spare").await.unwrap_err());
    says(engine.save_scenario(&[change("a-spare", "architecture.usd_per_gpu_hour", "3")]).await.unwrap_err());
    assert_eq!(text(&engine, "a-spare").await.as_deref(), Some(locked.as_str()));
    let cards = engine.scenario_cards().await.unwrap();
    let lock = cards[1].info.lock.clone().unwrap();
    assert_eq!((lock.locked_on.as_str(), lock.hash.len()), ("2026-11-02", 12));
    assert!(locked.contains(&lock.hash), "the card tells the hash of the file");
    let copy = engine.copy_scenario("a-spare", "A copy", &[]).await.unwrap();
    let locks = async || -> Vec<bool> {
        engine.scenario_cards().await.unwrap().iter().map(|card| card.info.lock.is_some()).collect()
    };
    assert_eq!(locks().await, [false, true, false], "a copy of a locked one is open");
    engine.write_scenarios(&copy.before).await.unwrap();

    // Opened, taken back, and opened again: to the byte.
    let opened = engine.unlock_scenario("a-spare").await.unwrap();
    assert_eq!(opened.done, "unlocked Spare");
    assert_eq!(locks().await, [false, false]);
    engine.write_scenarios(&opened.before).await.unwrap();
    assert_eq!(text(&engine, "a-spare").await.as_deref(), Some(locked.as_str()));
    assert_eq!(locks().await, [false, true]);
    engine.unlock_scenario("a-spare").await.unwrap();
    let error = engine.unlock_scenario("a-spare").await.unwrap_err().to_string();
    assert!(error.contains("the scenario is not locked") && error.contains("a-spare"), "{error}");
    engine.rename_scenario("a-spare", "Another").await.unwrap();

    // The window locks as the command line does, and what is locked still runs.
    let again = engine.lock_kept_scenario("a-spare", day).await.unwrap();
    assert_eq!(again.done, "locked Another");
    assert_eq!(locks().await, [false, true]);
    assert_eq!(engine.scenario_cards().await.unwrap()[1].info.problem, None);
    says(engine.delete_scenario("a-spare").await.unwrap_err());
}

#[tokio::test]
async fn every_figure_that_says_it_can_be_explained_is_explained_as_it_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let engine = workspace(&folder).await;
    let query = CompareQuery { scenarios: vec!["own".into(), "a-spare".into()], overrides: Vec::new() };
    let view = engine.compare_view(&query).await.unwrap();
    let figures = view.table.rows.iter().filter(|row| view.explained.iter().any(|of| of.row == row.key)).count();
    assert_eq!(figures, 9, "the figures of margin and cost; what is not explained is not told to be");
    assert_eq!(view.explained.len(), 9 + view.months.rows.len(), "every month and the total");
    for told in &view.explained {
        let table = [&view.table, &view.months].into_iter().find(|table| table.id == told.table).unwrap();
        let row = table.rows.iter().find(|row| row.key == told.row).unwrap();
        for (cell, column) in row.cells.iter().zip(&table.columns).skip(1) {
            let asked = ExplainQuery {
                scenario: column.id.clone(),
                overrides: Vec::new(),
                month: Some(told.month.clone()),
                line: Some(told.line.clone()),
            };
            let explained = engine.explain_view(&asked).await.unwrap();
            let number = |text: &Option<String>| text.as_ref().unwrap().parse::<f64>().unwrap();
            let (shown, told) = (number(&cell.value), number(&explained.figure.value));
            assert!((shown - told).abs() < 1e-6, "{} of {}: {shown} and {told}", row.key, column.id);
        }
    }
}

#[tokio::test]
async fn scenarios_alone_make_no_empty_workspace() {
    let folder = tempfile::tempdir().unwrap();
    let bare = Engine::open(&folder.path().join("bare.db")).await.unwrap().workspace().await.unwrap();
    assert_eq!((bare.empty, bare.imports), (true, 0));
    let held = workspace(&folder).await.workspace().await.unwrap();
    assert_eq!((held.empty, held.imports), (false, 0), "two scenarios and no bill");
}

#[tokio::test]
async fn every_view_agrees_with_the_comparison() {
    let folder = tempfile::tempdir().unwrap();
    let engine = workspace(&folder).await;
    let bridge = BridgeQuery { from: "own".into(), to: "a-spare".into(), overrides: Vec::new() };
    let view = engine.bridge_view(&bridge).await.unwrap();
    let values: Vec<_> = view.kpis.iter().map(|kpi| kpi.value.clone().unwrap()).collect();
    assert_eq!(values, ["25584", "-8832", "16752"]);
    assert_eq!(view.words.len(), 1, "GPUs are all that differs: {:?}", view.words);

    let query = ScenarioQuery { scenario: "own".into(), overrides: Vec::new() };
    let view = engine.sensitivity_view(&query).await.unwrap();
    assert!(view.paths.iter().any(|path| path.id == "architecture.usd_per_gpu_hour"), "{:?}", view.paths);
    assert_eq!(view.paths.len(), view.table.rows.len());

    let query = RiskQuery {
        scenarios: vec!["own".into(), "a-spare".into()],
        overrides: Vec::new(),
        draws: Some(200),
        seed: None,
        target_percent: Some("10".into()),
    };
    let view = engine.risk_view(&query).await.unwrap();
    assert_eq!(view.kpis[0].value.as_deref(), Some("100.000000"));
    assert_eq!(view.beats.rows[0].cells[2].value.as_deref(), Some("100.000000"), "spare GPUs only cost");
    assert_eq!(view.beats.rows[1].cells[1].value.as_deref(), Some("0.000000"));
    let error = engine.risk(&RiskQuery { draws: Some(0), ..query.clone() }).await.unwrap_err().to_string();
    assert!(error.contains("use 1 to 200,000"), "{error}");
    // What the window leaves open is what the command line takes.
    let open = engine.risk_view(&RiskQuery { draws: None, target_percent: None, ..query }).await.unwrap();
    assert_eq!((open.draws, open.seed, open.target_percent.as_str()), (10_000, 1, "60"));

    let capacity = CapacityWeekQuery { scenario: "a-spare".into(), month: Some(1), ..CapacityWeekQuery::default() };
    let view = engine.capacity_view(&capacity).await.unwrap();
    assert_eq!(view.kpis[0].value.as_deref(), Some("1"));
    assert_eq!(view.kpis[1].value.as_deref(), Some("3"));
    let error = engine.capacity_view(&CapacityWeekQuery { month: Some(4), ..capacity }).await.unwrap_err();
    assert!(error.to_string().contains("no month 4"), "{error}");
}

/// Two fleets of one model each and a database, of which one unit is too few: 1 M requests in 720 h are 0.386 a second, and
/// a unit takes 0.2.
const FLEETS: &str = r#"[scenario]
name = "Two fleets"
start = "2026-11"
months = 2

[demand]
requests_per_month = 1000000
input_tokens_per_request = 1000
output_tokens_per_request = 100

[revenue]
usd_per_request = 0.01

[[component]]
name = "large"
kind = "own-gpus"
gpu = "H100 SXM"
share_percent = 75
output_tokens_per_s_per_gpu = 10
usd_per_gpu_hour = 2

[[component]]
name = "small"
kind = "own-gpus"
gpu = "L40S"
share_percent = 25
output_tokens_per_s_per_gpu = 10
usd_per_gpu_hour = 1

[[cost]]
label = "database"
units = { requests_per_s_per_unit = 0.2, usd_per_unit_month = 50, units = 1 }
"#;

#[tokio::test]
async fn every_fleet_and_every_line_with_units_has_its_capacity() {
    let folder = tempfile::tempdir().unwrap();
    let engine = workspace(&folder).await;
    engine.ledger().keep_document(DocumentKind::Scenario, "fleets", FLEETS).await.unwrap();
    let of = async |fleet: Option<&str>| {
        let query = CapacityWeekQuery {
            scenario: "fleets".into(),
            month: Some(1),
            fleet: fleet.map(str::to_owned),
            ..CapacityWeekQuery::default()
        };
        engine.capacity_view(&query).await
    };
    let all = of(None).await.unwrap();
    let choices: Vec<(&str, &str)> =
        all.fleets.iter().map(|choice| (choice.id.as_str(), choice.label.as_str())).collect();
    assert_eq!(
        choices,
        [("", "all GPUs"), ("large", "large"), ("small", "small"), ("database", "database, units")],
        "all of them, then each"
    );
    let needed = |view: &crate::view::CapacityView| view.kpis[0].value.clone().unwrap();
    // 38.58 tokens a second, ten a GPU: three quarters are 2.89 GPUs and a quarter 0.96.
    assert_eq!((all.fleet.as_str(), needed(&all)), ("", "4".to_owned()));
    let (large, small) = (of(Some("large")).await.unwrap(), of(Some("small")).await.unwrap());
    assert_eq!((needed(&large), needed(&small), large.fleet.as_str()), ("3".to_owned(), "1".to_owned(), "large"));
    assert!(large.table.subtitle.contains("large"), "{}", large.table.subtitle);

    let database = of(Some("database")).await.unwrap();
    let shown: Vec<&str> = database.kpis.iter().map(|kpi| kpi.shown.as_str()).collect();
    // 1 − 1.929 units busy ÷ 1.
    assert_eq!(shown, ["2", "1", "\u{2212}92.9%", "month 1"]);
    assert_eq!(database.table.rows[0].cells[2].note.as_deref(), Some("fewer units than the busiest hour needs"));
    let error = of(Some("spare")).await.unwrap_err().to_string();
    assert!(
        error.contains("there is no fleet") && error.contains("large (GPUs), small (GPUs), database (units)"),
        "{error}"
    );

    let cards = engine.scenario_cards().await.unwrap();
    assert!(cards.iter().all(|card| card.has_capacity), "all of these own GPUs");
}

#[tokio::test]
async fn a_comparison_goes_out_as_the_workbook_that_computes() {
    let folder = tempfile::tempdir().unwrap();
    let engine = workspace(&folder).await;
    let price = change("own", "architecture.usd_per_gpu_hour", "3");
    let query = CompareQuery { scenarios: vec!["own".into(), "a-spare".into()], overrides: vec![price] };
    let table = TableRequest::Compare { query: query.clone() };
    // Only a row is asked for: a workbook that computes has them all.
    let found = engine.xlsx(&table, Some(&[0])).await.unwrap();
    let comparison = engine.comparison(&query).await.unwrap().0;
    let asked = Asked { undo_month: Some(3), chances: None };
    assert!(found == comparison.workbook(&asked).unwrap(), "with the number on screen, left in month 3 of 3");
    let kept = CompareQuery { overrides: Vec::new(), ..query.clone() };
    let before = engine.xlsx(&TableRequest::CompareMonths { query: kept }, None).await.unwrap();
    assert!(found != before, "the number on screen is in the file");
    let plain = engine.xlsx(&TableRequest::Differences { query }, Some(&[])).await.unwrap();
    assert!(plain.starts_with(b"PK") && plain.len() < found.len(), "any other table is the table");
}
