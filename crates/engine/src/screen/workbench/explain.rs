//! How a figure of a scenario comes about, as the window shows it: the numbers on screen, saved or not. And which figures
//! of a comparison have such an explanation.

use marginline_model::Month;

use super::info_of;
use crate::Engine;
use crate::error::{EngineError, Result};
use crate::number;
use crate::scenario::explain::{
    ALL_MONTHS, COST, COST_PER_MTOK, COST_PER_REQUEST, ExplainedLine, MARGIN, MARGIN_PERCENT, REVENUE,
};
use crate::scenario::{Comparison, Run};
use crate::screen::choices;
use crate::view::{Choice, ExplainQuery, ExplainView, ExplainedRow, Kpi, Tone};

impl Engine {
    /// Explains a figure of a scenario of the workspace.
    ///
    /// # Errors
    /// When it is not there, cannot be run, or has no such month or line.
    pub async fn explain_view(&self, query: &ExplainQuery) -> Result<ExplainView> {
        let mut workbench = self.workbench().await?;
        let run = workbench.run(&query.scenario, &query.overrides)?;
        let line = query.line.clone().unwrap_or_else(|| COST.to_owned());
        let found = run.explain_of(query.month.as_deref(), Some(&line))?;
        let explained = found.lines.first().ok_or_else(|| EngineError::failed("the line was lost"))?;
        let (formula, numbers) = explained.last_formula().unwrap_or_default();
        let figure = Kpi {
            id: "figure".into(),
            label: explained.label.clone(),
            shown: shown(explained),
            value: Some(explained.amount()),
            note: format!("{} · {} · projected", found.period(), explained.unit()),
            tone: Tone::Neutral,
        };
        let months: Vec<Month> = run.months.iter().map(|month| month.month).collect();
        let all = Choice { id: ALL_MONTHS.into(), label: format!("all {} months", months.len()) };
        let is_all = query.month.as_deref() == Some(ALL_MONTHS);
        Ok(ExplainView {
            scenario: info_of(&workbench, &query.scenario)?,
            month: if is_all { ALL_MONTHS.into() } else { found.month.to_string() },
            months: std::iter::once(all).chain(choices(&months)).collect(),
            line: explained.label.clone(),
            lines: lines(&run),
            figure,
            formula,
            numbers,
            table: found.table(),
            text: found.text(),
        })
    }
}

/// A figure with its unit.
fn shown(line: &ExplainedLine) -> String {
    let amount = line.amount();
    let dollars = |places| format!("${}", number::rounded(&amount, places)).replace("$\u{2212}", "\u{2212}$");
    match line.unit() {
        "%" => format!("{}%", number::rounded(&amount, 2)),
        "USD/Mtok" => format!("{} per M tokens", dollars(4)),
        "USD/request" => format!("{} per request", dollars(6)),
        _ => dollars(2),
    }
}

/// Sums and what is divided from them first, then revenue and the cost lines as the run has them.
fn lines(run: &Run) -> Vec<Choice> {
    let own = run.months.first().into_iter().flat_map(|month| month.lines.iter().map(|(label, ..)| label.as_str()));
    let sums = [MARGIN, MARGIN_PERCENT, COST, COST_PER_MTOK, COST_PER_REQUEST, REVENUE];
    sums.into_iter().chain(own).map(|name| Choice { id: name.to_owned(), label: name.to_owned() }).collect()
}

/// Rows of the comparison's tables whose figures have an explanation; a figure that is not known has none.
pub(in crate::screen) fn explained_rows(comparison: &Comparison) -> Vec<ExplainedRow> {
    let months: Vec<String> = comparison
        .runs
        .first()
        .map_or_else(Vec::new, |run| run.months.iter().map(|month| month.month.to_string()).collect());
    let (Some(first), Some(last)) = (months.first(), months.last()) else { return Vec::new() };
    let told = |table: &str, row: &str, line: &str, month: &str| ExplainedRow {
        table: table.to_owned(),
        row: row.to_owned(),
        line: line.to_owned(),
        month: month.to_owned(),
    };
    let figures = [
        ("margin_percent_first", MARGIN_PERCENT, first.as_str()),
        ("margin_percent_last", MARGIN_PERCENT, last),
        ("margin_percent_total", MARGIN_PERCENT, ALL_MONTHS),
        ("margin_total", MARGIN, ALL_MONTHS),
        ("cost_total", COST, ALL_MONTHS),
        ("usd_per_mtok_first", COST_PER_MTOK, first),
        ("usd_per_mtok_last", COST_PER_MTOK, last),
        ("usd_per_request_first", COST_PER_REQUEST, first),
        ("usd_per_request_last", COST_PER_REQUEST, last),
    ];
    let figures = figures.into_iter().map(|(row, line, month)| told("compare", row, line, month));
    let by_month = months.iter().map(|month| told("compare-months", month, MARGIN, month));
    let total = told("compare-months", "total", MARGIN, ALL_MONTHS);
    figures.chain(by_month).chain([total]).collect()
}
