//! The risk view: what margin can be, how likely the target is, and which scenario earns more than which.

use std::sync::Arc;

use marginline_model::uncertainty;

use super::info_of;
use crate::Engine;
use crate::error::{EngineError, Result};
use crate::number;
use crate::scenario::simulate::{DRAWS, Draws, Outlook, SEED, Simulation, TARGET_PERCENT};
use crate::scenario::{Comparison, Run};
use crate::view::{
    Cell, Column, ColumnKind, Kpi, Notice, RiskQuery, RiskView, Row, RowKind, ScenarioInfo, Table, Tone,
};

/// More draws than this take longer than anybody waits, and tell nothing more.
const MOST_DRAWS: u32 = 200_000;

impl Engine {
    /// Draws scenarios of the workspace; those without a range are left out.
    ///
    /// # Errors
    /// When one is not there or cannot be run, none has a range, or what is asked is out of bounds.
    pub async fn risk(&self, query: &RiskQuery) -> Result<Simulation> {
        let draws = draws_of(query)?;
        let runs = self.workbench().await?.comparison(&query.scenarios, &query.overrides)?.runs;
        let drawn: Vec<Arc<Run>> = runs.into_iter().filter(|run| has_range(run)).collect();
        if drawn.is_empty() {
            return Err(EngineError::failed("no assumption has a range, so there is nothing to draw")
                .then("give an assumption a low and a high"));
        }
        let comparison = Comparison { runs: drawn };
        // Seconds of arithmetic: not on a thread that answers others meanwhile.
        let work = tokio::task::spawn_blocking(move || comparison.simulate(draws));
        work.await.map_err(|error| EngineError::failed(format!("the draws were broken off: {error}")))?
    }

    /// The same as the window shows it.
    ///
    /// # Errors
    /// As [`Engine::risk`].
    pub async fn risk_view(&self, query: &RiskQuery) -> Result<RiskView> {
        let found = self.risk(query).await?;
        let (asked, target) = (found.asked, found.asked.target_percent.to_string());
        let workbench = self.workbench().await?;
        let named = query.scenarios.iter().map(|id| info_of(&workbench, id)).collect::<Result<Vec<ScenarioInfo>>>()?;
        let named = named_as_drawn(named, &found);
        let is_drawn = |info: &ScenarioInfo| found.outlooks.iter().any(|outlook| outlook.run.resolved.id == info.id);
        let (scenarios, fixed): (Vec<_>, Vec<_>) = named.into_iter().partition(is_drawn);
        let notices = fixed.iter().map(|info| Notice {
            id: "fixed".into(),
            text: format!("{} has no range and is not drawn; give one of its assumptions a low and a high", info.name),
            tone: Tone::Warn,
        });
        Ok(RiskView {
            notices: notices.collect(),
            kpis: found.outlooks.iter().map(|outlook| kpi(outlook, &target)).collect(),
            table: found.table()?,
            beats: beats(&found)?,
            scenarios,
            fixed,
            draws: u32::try_from(asked.draws).unwrap_or(u32::MAX),
            seed: u32::try_from(asked.seed).unwrap_or(u32::MAX),
            target_percent: target,
        })
    }
}

/// Scenarios called as the draws call them.
fn named_as_drawn(mut infos: Vec<ScenarioInfo>, found: &Simulation) -> Vec<ScenarioInfo> {
    for info in &mut infos {
        if let Some(outlook) = found.outlooks.iter().find(|outlook| outlook.run.resolved.id == info.id) {
            info.name.clone_from(&outlook.run.resolved.name);
        }
    }
    infos
}

/// What is drawn for a query: what it says, and for the rest what the command line takes.
///
/// # Errors
/// When the draws are none or too many, or the target is no number.
pub(in crate::screen) fn draws_of(query: &RiskQuery) -> Result<Draws> {
    let draws = query.draws.unwrap_or(DRAWS);
    if !(1..=MOST_DRAWS).contains(&draws) {
        return Err(EngineError::usage(format!("{draws} draws cannot be made"))
            .at("draws")
            .then(format!("use 1 to {}", number::count(u64::from(MOST_DRAWS)))));
    }
    let read = |text: &String| text.trim().parse().ok().filter(|target: &f64| target.abs() <= 1e6);
    let target = query.target_percent.as_ref();
    let target_percent = target.map_or(Some(TARGET_PERCENT), read).ok_or_else(|| {
        EngineError::usage(format!("{:?} is no margin in percent", target.map_or("", String::as_str)))
            .at("target")
            .then("use a number such as 60")
    })?;
    Ok(Draws { draws: draws as usize, seed: u64::from(query.seed.unwrap_or(SEED)), target_percent })
}

fn has_range(run: &Run) -> bool {
    crate::scenario::file::assumptions(&run.resolved.file).iter().any(|(_, assumption)| assumption.range().is_some())
}

/// Probability of the target, and between which ends margin lies in eight of ten draws.
fn kpi(outlook: &Outlook, target: &str) -> Kpi {
    let percent = |value: f64| format!("{}%", number::rounded(&format!("{value:.6}"), 1));
    let between = outlook.margin_percent.as_ref().map_or_else(
        || format!("P(≥ {target}%) · no revenue in some draws"),
        |found| format!("P(≥ {target}%) · P10 {}, P90 {}", percent(found.p10), percent(found.p90)),
    );
    let reaches = outlook.reaches.map(|chance| 100.0 * chance.share);
    Kpi {
        id: outlook.run.resolved.id.clone(),
        label: outlook.run.resolved.name.clone(),
        value: reaches.map(|share| format!("{share:.6}")),
        shown: reaches.map_or_else(|| number::UNKNOWN.into(), percent),
        note: between,
        tone: Tone::Neutral,
    }
}

/// Every scenario against every other.
fn beats(found: &Simulation) -> Result<Table> {
    let margins: Vec<Vec<f64>> = found.outlooks.iter().map(|each| each.simulated.total_margin_usd()).collect();
    let name = |place: usize| found.outlooks[place].run.resolved.name.clone();
    let text = |words: String| Cell { value: Some(words.clone()), shown: words, ..Cell::default() };
    let mut columns = vec![Column::new("scenario", "Earns more than", "", ColumnKind::Text)];
    let mut rows = Vec::with_capacity(margins.len());
    for (first, mine) in margins.iter().enumerate() {
        let id = &found.outlooks[first].run.resolved.id;
        columns.push(Column::new(id, &name(first), "%", ColumnKind::Percent));
        let mut cells = vec![text(name(first))];
        for (second, other) in margins.iter().enumerate() {
            if first == second {
                cells.push(Cell { shown: String::new(), ..Cell::default() });
                continue;
            }
            let chance = uncertainty::compare(mine, other).map_err(|error| EngineError::failed(error.to_string()))?;
            let share = 100.0 * chance.first_larger.share;
            let interval = [100.0 * chance.first_larger.low, 100.0 * chance.first_larger.high]
                .map(|end| number::rounded(&format!("{end:.6}"), 1));
            cells.push(Cell {
                value: Some(format!("{share:.6}")),
                shown: format!("{}%", number::rounded(&format!("{share:.6}"), 1)),
                note: Some(format!("95% interval of the draws: {}% to {}%", interval[0], interval[1])),
                ..Cell::default()
            });
        }
        rows.push(Row { key: id.clone(), kind: RowKind::Row, cells });
    }
    Ok(Table {
        id: "beats".into(),
        title: "Which earns more".into(),
        subtitle: "share of draws in which the row's scenario earns more than the column's, over all months".into(),
        columns,
        rows,
        notes: Vec::new(),
    })
}
