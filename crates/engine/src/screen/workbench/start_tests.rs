//! From actuals to a plan in the window: a scenario begun, explained, adopted, compared with what came, calibrated.

use std::path::Path;

use chrono::{DateTime, Utc};
use marginline_store::document::DocumentKind;

use crate::Engine;
use crate::import::{ImportOptions, Watch};
use crate::view::{
    ActualsQuery, ExplainQuery, NewQuery, Override, PatchQuery, PlanQuery, RowKind, Table, TableRequest,
};

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_000_000, 0).unwrap()
}

async fn import(engine: &Engine, folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    let report = engine.import(&[path], &ImportOptions::plain(now()), &Watch::nobody()).await.unwrap();
    assert!(report.batches.iter().all(|batch| batch.rows_quarantined == 0), "{report:?}");
}

/// Requests of 1,000 tokens in and 100 out at 1 and 5 USD a million: 1,500 USD of cost a million, 6,000 of revenue.
async fn workspace(folder: &Path, millions: &[(&str, u64)]) -> Engine {
    let engine = Engine::open(&folder.join("w.db")).await.unwrap();
    let mut usage = "date,provider,model,project,customer,region,service_tier,requests,input_tokens,cache_read_tokens,cache_write_5m_tokens,cache_write_1h_tokens,output_tokens,reasoning_tokens\n".to_owned();
    let mut revenue =
        "invoice_id,invoice_date,customer,product,plan,region,kind,service_start,service_end,currency,amount\n"
            .to_owned();
    for (day, count) in millions {
        usage.push_str(&format!(
            "{day},anthropic,claude-haiku-4-5,chat,Alder,us-east-1,,{count}000000,{count}000000000,0,0,0,{count}00000000,0\n"
        ));
        let month: marginline_model::Month = day[..7].parse().unwrap();
        let (from, to, amount) = (month.first_day(), month.plus(1).first_day(), count * 6_000);
        revenue.push_str(&format!("A-{day},{from},Alder,Chat,Pro,,subscription,{from},{to},USD,{amount}\n"));
    }
    import(&engine, folder, "token-usage.csv", &usage).await;
    import(&engine, folder, "revenue.csv", &revenue).await;
    engine
}

const QUARTER: [(&str, u64); 3] = [("2026-08-31", 1), ("2026-09-30", 2), ("2026-10-31", 3)];

fn actuals(from: &str, to: &str, start: &str) -> NewQuery {
    let query = ActualsQuery {
        from: from.into(),
        to: to.into(),
        name: Some(" As in summer ".into()),
        start: Some(start.into()),
        months: 3,
        ..ActualsQuery::default()
    };
    NewQuery::Actuals { query }
}

fn patch(base: &str, patch: &str) -> PatchQuery {
    PatchQuery { base: base.into(), patch: patch.into(), ..PatchQuery::default() }
}

fn value<'a>(table: &'a Table, key: &str, column: &str) -> Option<&'a str> {
    let at = table.columns.iter().position(|each| each.id == column).unwrap();
    let row = table.rows.iter().find(|row| row.key == key).unwrap_or_else(|| panic!("no row {key} in {table:?}"));
    row.cells[at].value.as_deref()
}

#[tokio::test]
async fn a_quarters_mean_month_is_shown_kept_and_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let engine = workspace(folder.path(), &QUARTER).await;
    let choices = engine.new_choices().await.unwrap();
    assert_eq!(choices.periods[0].label, "August 2026 – October 2026");
    assert_eq!((choices.start, choices.months, choices.patches.len()), (None, 24, 3));
    assert_eq!(choices.starts.last().unwrap().id, "2027-10", "a year after the ledger's last month");

    // (1 + 2 + 3) ÷ 3 = 2 million requests a month: 12,000 of revenue and 3,000 of cost.
    let query = actuals("2026-08", "2026-10", "2026-11");
    let shown = engine.new_preview(&query).await.unwrap();
    assert_eq!(shown.name, "As in summer");
    let kpis: Vec<_> = shown.kpis.iter().map(|kpi| (kpi.value.as_deref().unwrap(), kpi.note.as_str())).collect();
    assert_eq!(
        kpis,
        [("12000.00", "scenario: $12,000"), ("3000.00", "scenario: $3,000"), ("75.0000", "scenario: 75.0%")]
    );
    let table = shown.table.unwrap();
    assert_eq!(value(&table, "claude-haiku-4-5", "actual"), Some("3000.00"));
    assert_eq!(value(&table, "claude-haiku-4-5", "difference"), Some("0.00"));

    let kept = engine.keep_new(&query).await.unwrap();
    assert_eq!((kept.done.as_str(), kept.scenario.as_deref()), ("added As in summer", Some("as-in-summer")));
    let written = engine.ledger().document(DocumentKind::Scenario, "as-in-summer").await.unwrap();
    assert_eq!(written.as_ref(), Some(&shown.text), "what was shown is what was kept");
    let choices = engine.new_choices().await.unwrap();
    assert_eq!((choices.start.as_deref(), choices.months), (Some("2026-11"), 3), "the next one runs the same months");
    engine.write_scenarios(&kept.before).await.unwrap();
    assert!(engine.scenario_cards().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_patch_is_shown_with_what_it_does_to_margin() {
    let folder = tempfile::tempdir().unwrap();
    let engine = workspace(folder.path(), &QUARTER).await;
    engine.keep_new(&actuals("2026-10", "2026-10", "2026-11")).await.unwrap();
    let ask = async |query: PatchQuery| engine.new_preview(&NewQuery::Patch { query }).await;

    // Batch prices are half: 30% of 4,500 a month saves 675, over three months 2,025.
    let batch = ask(patch("as-in-summer", "batch")).await.unwrap();
    assert_eq!(batch.name, "As in summer: a batch for what can wait");
    let values: Vec<_> = batch.kpis.iter().map(|kpi| kpi.value.as_deref().unwrap()).collect();
    assert_eq!(values, ["40500", "2025", "42525"], "3 × (18,000 − 4,500)");
    assert!(batch.table.is_none() && batch.text.contains("batch_percent"), "{}", batch.text);

    let says = |found: crate::EngineError, words: &str| assert!(found.to_string().contains(words), "{words}: {found}");
    says(ask(patch("as-in-summer", "own-gpus")).await.unwrap_err(), "the base has no GPUs of its own");
    says(ask(patch("as-in-summer", "magic")).await.unwrap_err(), "there is no patch \"magic\"");
    says(ask(patch("none", "batch")).await.unwrap_err(), "there is no such scenario");
    let typed = |price: &str| PatchQuery {
        gpu: Some("H100 SXM".into()),
        usd_per_gpu_hour: Some(price.into()),
        output_tokens_per_s_per_gpu: Some("1,000".into()),
        name: Some("Own".into()),
        ..patch("as-in-summer", "own-gpus")
    };
    for wrong in ["0", "-2", "NaN", "inf", "two"] {
        says(ask(typed(wrong)).await.unwrap_err(), "USD per GPU hour is");
    }
    let own = ask(typed("2.5")).await.unwrap();
    assert!(own.text.contains("value = 1000,") && own.text.contains("value = 2.5,"), "{}", own.text);
    let model = PatchQuery { model: Some("haiku".into()), ..patch("as-in-summer", "cheaper-model") };
    says(ask(model).await.unwrap_err(), "the model is \"haiku\"");
    let kept = engine.keep_new(&NewQuery::Patch { query: typed("2.5") }).await.unwrap();
    assert_eq!(engine.scenario_cards().await.unwrap()[1].base.as_deref(), Some("as-in-summer"), "{kept:?}");
}

#[tokio::test]
async fn what_cannot_begin_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let engine = Engine::open(&folder.path().join("w.db")).await.unwrap();
    let none = engine.new_choices().await.unwrap();
    assert!(none.periods.is_empty() && none.products.is_empty() && none.starts.is_empty());
    let error = engine.new_preview(&actuals("2026-10", "2026-10", "2026-10")).await.unwrap_err().to_string();
    assert!(error.contains("no requests that a scenario could serve"), "{error}");
    let error = engine.new_preview(&actuals("2026-10", "2026-08", "2026-10")).await.unwrap_err().to_string();
    assert!(error.contains("before it begins"), "{error}");
    let NewQuery::Actuals { query } = actuals("2026-10", "2026-10", "2026-10") else { panic!("made of actuals") };
    for months in [0, 121] {
        let query = NewQuery::Actuals { query: ActualsQuery { months, ..query.clone() } };
        assert!(engine.new_preview(&query).await.unwrap_err().to_string().contains("no run"));
    }
}

#[tokio::test]
async fn a_figure_on_screen_is_explained_with_the_numbers_on_screen() {
    let folder = tempfile::tempdir().unwrap();
    let engine = workspace(folder.path(), &QUARTER).await;
    engine.keep_new(&actuals("2026-10", "2026-10", "2026-11")).await.unwrap();
    let ask = ExplainQuery { scenario: "as-in-summer".into(), ..ExplainQuery::default() };
    let view = engine.explain_view(&ask).await.unwrap();
    assert_eq!((view.line.as_str(), view.month.as_str()), ("Cost of revenue", "2026-11"));
    assert_eq!(view.figure.value.as_deref(), Some("4500.00"), "3 million requests at 1,500 a million");
    let lines: Vec<_> = view.lines.iter().map(|line| line.id.as_str()).collect();
    let sums = ["Gross margin", "Gross margin in percent", "Cost of revenue", "Cost per M tokens", "Cost per request"];
    assert_eq!(lines, [&sums[..], &["Revenue", "claude-haiku-4-5"]].concat());
    for line in &lines {
        let asked = ExplainQuery { line: Some((*line).to_owned()), ..ask.clone() };
        let found = engine.explain_view(&asked).await.unwrap();
        assert!(found.text.contains(&found.numbers) && !found.formula.is_empty(), "{line}: {found:?}");
        assert_eq!(found.table.rows.last().unwrap().kind, RowKind::Total);
    }
    let change =
        Override { scenario: "as-in-summer".into(), path: "demand.requests_per_month".into(), value: "1000000".into() };
    let moved = engine.explain_view(&ExplainQuery { overrides: vec![change], ..ask.clone() }).await.unwrap();
    assert_eq!(moved.figure.value.as_deref(), Some("1500.00"), "not saved yet, and explained as it is on screen");
    let other = ExplainQuery { line: Some("GPUs".into()), ..ask };
    let error = engine.explain_view(&other).await.unwrap_err().to_string();
    assert!(error.contains("there is no line"), "{error}");
}

#[tokio::test]
async fn a_plan_is_adopted_compared_calibrated_and_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let engine = workspace(folder.path(), &QUARTER).await;
    let view = engine.plan_view(&PlanQuery::default()).await.unwrap();
    assert!(view.plan.is_none() && view.compared.is_none() && !view.waits.is_empty());
    // September's 2 million requests are the plan from October on, and October had 3 million.
    engine.keep_new(&actuals("2026-09", "2026-09", "2026-10")).await.unwrap();
    let adopted = engine.adopt_scenario("as-in-summer", now()).await.unwrap();
    assert_eq!((adopted.done.as_str(), adopted.changed), ("As in summer is the plan", true));
    let plan = adopted.plan.unwrap();
    assert_eq!((plan.scenario.as_str(), plan.since), ("as-in-summer", None));
    assert_eq!(plan.period, "October 2026 – December 2026");
    let again = engine.adopt_scenario("as-in-summer", now()).await.unwrap();
    assert_eq!((again.done.as_str(), again.changed), ("As in summer is the plan already", false));

    let view = engine.plan_view(&PlanQuery::default()).await.unwrap();
    let compared = view.compared.unwrap();
    let values: Vec<_> = compared.kpis.iter().map(|kpi| kpi.value.as_deref().unwrap()).collect();
    assert_eq!(values, ["9000", "4500", "13500"], "2 and 3 million requests at 4,500 of margin a million");
    let drivers: i64 = compared
        .drivers
        .rows
        .iter()
        .filter(|row| row.kind == RowKind::Row)
        .map(|row| row.cells[4].value.as_deref().unwrap().parse::<i64>().unwrap())
        .sum();
    assert_eq!(drivers, 4_500, "the drivers add up to the difference");
    for (column, expected) in [
        ("revenue_plan", "12000"),
        ("revenue_actual", "18000"),
        ("cost_plan", "3000"),
        ("cost_difference", "1500"),
        ("margin_difference", "4500"),
    ] {
        assert_eq!(value(&compared.by_month, "2026-10", column), Some(expected), "{column}");
    }
    assert_eq!(value(&compared.measured, "demand.requests_per_month", "plan"), Some("2000000"));
    assert_eq!(value(&compared.measured, "demand.requests_per_month", "measured"), Some("3000000"));
    assert_eq!((compared.calibration.writes, compared.calibration.note), (1, None), "requests alone differ");
    let file = engine.table(&TableRequest::PlanMonths { query: PlanQuery::default() }).await.unwrap();
    assert_eq!(file, compared.by_month);
    let error = engine.plan_view(&PlanQuery { month: Some("2026-12".into()) }).await.unwrap_err().to_string();
    assert!(error.contains("choose one of 2026-10"), "{error}");

    let done = engine.calibrate_scenario("as-in-summer", "2026-10").await.unwrap();
    assert_eq!(done.done, "took 1 number measured in October 2026 into As in summer");
    let text = engine.ledger().document(DocumentKind::Scenario, "as-in-summer").await.unwrap().unwrap();
    assert!(text.contains("requests_per_month = { value = 3000000,"), "{text}");
    let since = engine.plan_info().await.unwrap().unwrap().since.unwrap();
    assert!(since.contains("changed since"), "{since}");
    let error = engine.calibrate_scenario("as-in-summer", "2026-10").await.unwrap_err().to_string();
    assert!(error.contains("measured nothing otherwise"), "{error}");
    engine.write_scenarios(&done.before).await.unwrap();
    assert_eq!(engine.plan_info().await.unwrap().unwrap().since, None, "undone, it is the plan's file again");

    engine.delete_scenario("as-in-summer").await.unwrap();
    let view = engine.plan_view(&PlanQuery::default()).await.unwrap();
    assert!(view.plan.unwrap().since.unwrap().contains("deleted since"));
    assert_eq!(view.compared.unwrap().calibration.writes, 0);
    assert_eq!(engine.take_plan_back().await.unwrap().plan, None);
    assert!(engine.take_plan_back().await.is_err());
    assert!(engine.adopt_again().await.unwrap().plan.is_some());
}

#[tokio::test]
async fn a_plan_of_months_to_come_waits_for_them() {
    let folder = tempfile::tempdir().unwrap();
    let engine = workspace(folder.path(), &QUARTER).await;
    engine.keep_new(&actuals("2026-10", "2026-10", "2026-11")).await.unwrap();
    engine.adopt_scenario("as-in-summer", now()).await.unwrap();
    let view = engine.plan_view(&PlanQuery::default()).await.unwrap();
    assert!(view.plan.is_some() && view.compared.is_none());
    assert!(view.waits.contains("November 2026 to January 2027"), "{}", view.waits);
    let error = engine.table(&TableRequest::Plan { query: PlanQuery::default() }).await.unwrap_err().to_string();
    assert!(error.contains("nothing to compare"), "{error}");
}
