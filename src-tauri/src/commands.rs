//! Commands of the window, five lines each; a decision found here is a bug.

use std::path::PathBuf;
use std::sync::atomic::Ordering;

use chrono::Utc;
use marginline_engine::chart::png;
use marginline_engine::export;
use marginline_engine::import::{ImportOptions, Watch};
use marginline_engine::screen::charts::Look;
use marginline_engine::view::{
    BridgeQuery, BridgeView, CapacityView, CapacityWeekQuery, Chart, ChartRequest, CompareQuery, CompareView,
    CostsQuery, CostsView, DifferenceView, ExplainQuery, ExplainView, ImportsView, MappingPreview, MarginQuery,
    MarginView, MendedRow, NewChoices, NewPreview, NewQuery, Override, PlanChanged, PlanInfo, PlanQuery, PlanView,
    PriceDraft, PriceEffect, PricesQuery, PricesView, Problem, QuarantineView, RiskQuery, RiskView, ScenarioCard,
    ScenarioQuery, ScenarioText, ScenariosChanged, SensitivityView, Size, Start, TableRequest, Theme, Workspace,
};
use serde::Deserialize;
use specta::Type;
use tauri::{AppHandle, Emitter};
use tauri_plugin_dialog::DialogExt;

use crate::{State, place};

type Shared<'a> = tauri::State<'a, State>;
type Answer<T> = Result<T, Problem>;

/// Form of an exported table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum TableForm {
    /// Exact values, comma separated.
    Csv,
    /// An Excel workbook.
    Xlsx,
}

/// Form of an exported chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum ChartForm {
    /// Vector picture.
    Svg,
    /// Pixel picture, two pixels a point.
    Png,
}

/// Endings of what can be imported.
const EXPORTS: [&str; 13] =
    ["csv", "tsv", "txt", "gz", "zip", "zst", "parquet", "json", "jsonl", "ndjson", "prom", "log", "toml"];

fn told(error: marginline_engine::EngineError) -> Problem {
    error.problem()
}

#[tauri::command]
#[specta::specta]
pub async fn start(state: Shared<'_>) -> Answer<Start> {
    if state.launch.wants_sample() && !state.started.swap(true, Ordering::Relaxed) {
        state.engine.open_sample(Utc::now(), &Watch::nobody()).await.map_err(told)?;
    }
    let launch_files = state.launch.files.iter().map(|path| path.display().to_string()).collect();
    let workspace = state.engine.workspace().await.map_err(told)?;
    Ok(Start { workspace, launch_files, version: env!("CARGO_PKG_VERSION").into() })
}

#[tauri::command]
#[specta::specta]
pub async fn open_sample(state: Shared<'_>) -> Answer<Workspace> {
    state.engine.open_sample(Utc::now(), &Watch::nobody()).await.map_err(told)?;
    state.engine.workspace().await.map_err(told)
}

#[tauri::command]
#[specta::specta]
pub async fn margin(state: Shared<'_>, query: MarginQuery) -> Answer<MarginView> {
    state.engine.margin_view(&query).await.map_err(told)
}

#[tauri::command]
#[specta::specta]
pub async fn costs(state: Shared<'_>, query: CostsQuery) -> Answer<CostsView> {
    state.engine.costs_view(&query).await.map_err(told)
}

#[tauri::command]
#[specta::specta]
pub async fn scenarios(state: Shared<'_>) -> Answer<Vec<ScenarioCard>> {
    state.engine.scenario_cards().await.map_err(told)
}

#[tauri::command]
#[specta::specta]
pub async fn compare(state: Shared<'_>, query: CompareQuery) -> Answer<CompareView> {
    state.engine.compare_view(&query).await.map_err(told)
}

#[tauri::command]
#[specta::specta]
pub async fn bridge(state: Shared<'_>, query: BridgeQuery) -> Answer<BridgeView> {
    state.engine.bridge_view(&query).await.map_err(told)
}

#[tauri::command]
#[specta::specta]
pub async fn sensitivity(state: Shared<'_>, query: ScenarioQuery) -> Answer<SensitivityView> {
    state.engine.sensitivity_view(&query).await.map_err(told)
}

#[tauri::command]
#[specta::specta]
pub async fn risk(state: Shared<'_>, query: RiskQuery) -> Answer<RiskView> {
    state.engine.risk_view(&query).await.map_err(told)
}

#[tauri::command]
#[specta::specta]
pub async fn capacity(state: Shared<'_>, query: CapacityWeekQuery) -> Answer<CapacityView> {
    state.engine.capacity_view(&query).await.map_err(told)
}

#[tauri::command]
#[specta::specta]
pub async fn start_optimise(app: AppHandle, state: Shared<'_>, query: ScenarioQuery) -> Answer<u32> {
    // A window that is closing hears no more; the job ends by itself.
    Ok(state.jobs.optimise(state.engine.clone(), query, move |progress| drop(app.emit("optimise", progress))))
}

#[tauri::command]
#[specta::specta]
pub async fn keep_best(state: Shared<'_>, query: ScenarioQuery, name: String) -> Answer<ScenariosChanged> {
    state.engine.keep_best(&query, &name).await.map_err(told)
}

#[tauri::command]
#[specta::specta]
pub async fn save_scenario(state: Shared<'_>, overrides: Vec<Override>) -> Answer<ScenariosChanged> {
    state.engine.save_scenario(&overrides).await.map_err(told)
}

#[tauri::command]
#[specta::specta]
pub async fn copy_scenario(
    state: Shared<'_>,
    of: String,
    name: String,
    overrides: Vec<Override>,
) -> Answer<ScenariosChanged> {
    state.engine.copy_scenario(&of, &name, &overrides).await.map_err(told)
}

#[tauri::command]
#[specta::specta]
pub async fn rename_scenario(state: Shared<'_>, scenario: String, name: String) -> Answer<ScenariosChanged> {
    state.engine.rename_scenario(&scenario, &name).await.map_err(told)
}

#[tauri::command]
#[specta::specta]
pub async fn delete_scenario(state: Shared<'_>, scenario: String) -> Answer<ScenariosChanged> {
    state.engine.delete_scenario(&scenario).await.map_err(told)
}

#[tauri::command]
#[specta::specta]
pub async fn lock_scenario(state: Shared<'_>, scenario: String) -> Answer<ScenariosChanged> {
    state.engine.lock_kept_scenario(&scenario, Utc::now()).await.map_err(told)
}

#[tauri::command]
#[specta::specta]
pub async fn unlock_scenario(state: Shared<'_>, scenario: String) -> Answer<ScenariosChanged> {
    state.engine.unlock_scenario(&scenario).await.map_err(told)
}

#[tauri::command]
#[specta::specta]
pub async fn write_scenarios(state: Shared<'_>, texts: Vec<ScenarioText>) -> Answer<()> {
    state.engine.write_scenarios(&texts).await.map_err(told)
}

#[tauri::command]
#[specta::specta]
pub async fn new_choices(state: Shared<'_>) -> Answer<NewChoices> {
    state.engine.new_choices().await.map_err(told)
}

#[tauri::command]
#[specta::specta]
pub async fn preview_new(state: Shared<'_>, query: NewQuery) -> Answer<NewPreview> {
    state.engine.new_preview(&query).await.map_err(told)
}

#[tauri::command]
#[specta::specta]
pub async fn keep_new(state: Shared<'_>, query: NewQuery) -> Answer<ScenariosChanged> {
    state.engine.keep_new(&query).await.map_err(told)
}

#[tauri::command]
#[specta::specta]
pub async fn explain_scenario(state: Shared<'_>, query: ExplainQuery) -> Answer<ExplainView> {
    state.engine.explain_view(&query).await.map_err(told)
}

#[tauri::command]
#[specta::specta]
pub async fn plan_info(state: Shared<'_>) -> Answer<Option<PlanInfo>> {
    state.engine.plan_info().await.map_err(told)
}

#[tauri::command]
#[specta::specta]
pub async fn plan(state: Shared<'_>, query: PlanQuery) -> Answer<PlanView> {
    state.engine.plan_view(&query).await.map_err(told)
}

#[tauri::command]
#[specta::specta]
pub async fn adopt_plan(state: Shared<'_>, scenario: String) -> Answer<PlanChanged> {
    state.engine.adopt_scenario(&scenario, Utc::now()).await.map_err(told)
}

#[tauri::command]
#[specta::specta]
pub async fn undo_plan(state: Shared<'_>) -> Answer<PlanChanged> {
    state.engine.take_plan_back().await.map_err(told)
}

#[tauri::command]
#[specta::specta]
pub async fn redo_plan(state: Shared<'_>) -> Answer<PlanChanged> {
    state.engine.adopt_again().await.map_err(told)
}

#[tauri::command]
#[specta::specta]
pub async fn calibrate(state: Shared<'_>, scenario: String, month: String) -> Answer<ScenariosChanged> {
    state.engine.calibrate_scenario(&scenario, &month).await.map_err(told)
}

#[tauri::command]
#[specta::specta]
pub async fn prices(state: Shared<'_>, query: PricesQuery) -> Answer<PricesView> {
    state.engine.prices_view(&query, Some(Utc::now().date_naive())).await.map_err(told)
}

#[tauri::command]
#[specta::specta]
pub async fn price_effect(state: Shared<'_>, draft: PriceDraft) -> Answer<PriceEffect> {
    state.engine.price_effect(&draft, Utc::now()).await.map_err(told)
}

#[tauri::command]
#[specta::specta]
pub async fn set_price(state: Shared<'_>, draft: PriceDraft) -> Answer<u32> {
    state.engine.keep_price(&draft, Utc::now()).await.map_err(told)
}

#[tauri::command]
#[specta::specta]
pub async fn chart(state: Shared<'_>, request: ChartRequest, size: Size, theme: Theme) -> Answer<Chart> {
    state.engine.chart(&request, Look { size, theme, titled: false }).await.map_err(told)
}

#[tauri::command]
#[specta::specta]
pub async fn imports(state: Shared<'_>) -> Answer<ImportsView> {
    state.engine.imports_view().await.map_err(told)
}

#[tauri::command]
#[specta::specta]
pub async fn quarantine(state: Shared<'_>, batch: u32) -> Answer<QuarantineView> {
    state.engine.quarantine_view(i64::from(batch)).await.map_err(told)
}

#[tauri::command]
#[specta::specta]
pub async fn dismiss(state: Shared<'_>, batch: u32, rows: Vec<u32>, dismissed: bool) -> Answer<QuarantineView> {
    let rows: Vec<i64> = rows.into_iter().map(i64::from).collect();
    state.engine.dismiss(i64::from(batch), &rows, dismissed).await.map_err(told)?;
    state.engine.quarantine_view(i64::from(batch)).await.map_err(told)
}

#[tauri::command]
#[specta::specta]
pub async fn readmit(state: Shared<'_>, batch: u32, rows: Vec<MendedRow>) -> Answer<QuarantineView> {
    state.engine.readmit_rows(i64::from(batch), &rows, Utc::now()).await.map_err(told)?;
    state.engine.quarantine_view(i64::from(batch)).await.map_err(told)
}

#[tauri::command]
#[specta::specta]
pub async fn difference(state: Shared<'_>, batch: u32) -> Answer<DifferenceView> {
    state.engine.difference_view(i64::from(batch)).await.map_err(told)
}

#[tauri::command]
#[specta::specta]
pub async fn choose_files(app: AppHandle) -> Answer<Vec<String>> {
    let kinds =
        app.dialog().file().add_filter("Exports, rules and scenarios", &EXPORTS).add_filter("All files", &["*"]);
    let chosen = kinds.blocking_pick_files().unwrap_or_default();
    Ok(chosen.into_iter().filter_map(|path| path.into_path().ok()).map(|path| path.display().to_string()).collect())
}

#[tauri::command]
#[specta::specta]
pub async fn start_import(
    app: AppHandle,
    state: Shared<'_>,
    paths: Vec<String>,
    format: Option<String>,
    review: bool,
) -> Answer<u32> {
    let options = ImportOptions { format, review, ..ImportOptions::plain(Utc::now()) };
    let paths = paths.into_iter().map(PathBuf::from).collect();
    // A window that is closing hears no more; the job ends by itself.
    Ok(state.jobs.start(state.engine.clone(), paths, options, move |progress| drop(app.emit("job", progress))))
}

#[tauri::command]
#[specta::specta]
pub async fn preview_mapping(state: Shared<'_>, path: String, text: Option<String>) -> Answer<MappingPreview> {
    state.engine.preview_mapping(&PathBuf::from(path), text.as_deref()).await.map_err(told)
}

#[tauri::command]
#[specta::specta]
pub async fn save_mapping(state: Shared<'_>, text: String) -> Answer<String> {
    state.engine.save_mapping(&text).await.map_err(told)
}

#[tauri::command]
#[specta::specta]
pub async fn cancel_job(state: Shared<'_>, job: u32) -> Answer<()> {
    state.jobs.cancel(job);
    Ok(())
}

#[tauri::command]
#[specta::specta]
pub async fn undo(state: Shared<'_>, batch: u32) -> Answer<ImportsView> {
    state.engine.undo(i64::from(batch)).await.map_err(told)?;
    state.engine.imports_view().await.map_err(told)
}

#[tauri::command]
#[specta::specta]
pub async fn redo(state: Shared<'_>) -> Answer<ImportsView> {
    state.engine.redo(Utc::now(), &Watch::nobody()).await.map_err(told)?;
    state.engine.imports_view().await.map_err(told)
}

#[tauri::command]
#[specta::specta]
pub async fn export_table(
    app: AppHandle,
    state: Shared<'_>,
    request: TableRequest,
    rows: Option<Vec<u32>>,
    format: TableForm,
) -> Answer<Option<String>> {
    let (bytes, kind) = match format {
        TableForm::Csv => (state.engine.csv(&request, rows.as_deref()).await.map_err(told)?, "csv"),
        TableForm::Xlsx => (state.engine.xlsx(&request, rows.as_deref()).await.map_err(told)?, "xlsx"),
    };
    save(&app, &state, &export::file_name(&request, kind), &bytes)
}

#[tauri::command]
#[specta::specta]
pub async fn export_chart(
    app: AppHandle,
    state: Shared<'_>,
    request: ChartRequest,
    size: Size,
    theme: Theme,
    format: ChartForm,
) -> Answer<Option<String>> {
    let chart =
        state.engine.chart(&request, Look { size: export::slide(size), theme, titled: true }).await.map_err(told)?;
    let (bytes, kind) = match format {
        ChartForm::Svg => (chart.svg.into_bytes(), "svg"),
        ChartForm::Png => (png(&chart.svg, 2.0).map_err(|error| told(error.into()))?, "png"),
    };
    save(&app, &state, &format!("{}.{kind}", export::safe(&chart.id)), &bytes)
}

fn save(app: &AppHandle, state: &State, name: &str, bytes: &[u8]) -> Answer<Option<String>> {
    let Some(path) = place::file(app, &state.launch, name) else { return Ok(None) };
    export::replace(&path, bytes).map_err(told)?;
    Ok(Some(path.display().to_string()))
}
