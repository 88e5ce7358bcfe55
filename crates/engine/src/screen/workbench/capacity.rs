//! The capacity view: GPUs, or units of a further line, needed and provided by month, and what is short.

use marginline_model::scenario::{Capacity, UnitsOfLine};

use super::{badges, info_of};
use crate::Engine;
use crate::error::{EngineError, Result};
use crate::number;
use crate::scenario::{Pool, Run, RunMonth};
use crate::view::{
    CapacityView, CapacityWeekQuery, Cell, Choice, Column, ColumnKind, Kpi, Notice, Row, RowKind, Table, Tone,
};

/// What is looked at, month by month; `None` in a month in which it is not there.
enum Looked {
    Gpus(Vec<Option<Capacity>>),
    Units(Vec<Option<UnitsOfLine>>),
}

impl Engine {
    /// Capacity of a scenario of the workspace.
    ///
    /// # Errors
    /// When it is not there or cannot be run, or has no such month or fleet.
    pub async fn capacity_view(&self, query: &CapacityWeekQuery) -> Result<CapacityView> {
        let mut workbench = self.workbench().await?;
        let run = workbench.run(&query.scenario, &query.overrides)?;
        let scenario = info_of(&workbench, &query.scenario)?;
        drop(workbench);
        let last = u32::try_from(run.months.len()).unwrap_or(u32::MAX);
        let month = query.month.unwrap_or(last);
        let place = month.wrapping_sub(1) as usize;
        if place >= run.months.len() {
            return Err(EngineError::usage(format!("the scenario has no month {month}"))
                .at("month")
                .then(format!("use 1 to {last}")));
        }
        let label = |(place, each): (usize, &RunMonth)| Choice {
            id: (place + 1).to_string(),
            label: format!("{}, month {}", each.month.label(), place + 1),
        };
        let short = badges(&run).into_iter().filter(|badge| badge.limit.contains("capacity"));
        let mut notices: Vec<Notice> =
            short.map(|badge| Notice { id: "short".into(), text: badge.reason, tone: badge.tone }).collect();
        let pools = run.pools();
        if pools.is_empty() {
            notices.push(Notice {
                id: "none".into(),
                text: "this scenario owns no GPUs; a provider's rate limits are not in it".into(),
                tone: Tone::Warn,
            });
        }
        let (fleet, looked) = looked(&run, query.fleet.as_deref(), &pools)?;
        Ok(CapacityView {
            month,
            months: run.months.iter().enumerate().map(label).collect(),
            fleets: choices(&pools),
            kpis: kpis(&looked, place),
            table: table(&run, &fleet, &looked),
            fleet,
            scenario,
            notices,
        })
    }
}

/// All fleets together where there are several, each fleet, and each line with units.
fn choices(pools: &[(String, Pool)]) -> Vec<Choice> {
    let several = pools.iter().filter(|(_, pool)| matches!(pool, Pool::Fleet(_))).count() > 1;
    let all = several.then(|| Choice { id: String::new(), label: "all GPUs".into() });
    let one = |(name, pool): &(String, Pool)| Choice {
        id: name.clone(),
        label: match pool {
            Pool::Fleet(_) => name.clone(),
            Pool::Line(_) => format!("{name}, units"),
        },
    };
    all.into_iter().chain(pools.iter().map(one)).collect()
}

/// What is asked for, and its name; empty for several fleets together.
fn looked(run: &Run, fleet: Option<&str>, pools: &[(String, Pool)]) -> Result<(String, Looked)> {
    if pools.is_empty() {
        return Ok((String::new(), Looked::Gpus(Vec::new())));
    }
    let meant = run.pools_named(fleet.filter(|fleet| !fleet.is_empty()))?;
    let [(name, pool)] = meant.as_slice() else {
        return Ok((String::new(), Looked::Gpus(run.months.iter().map(|month| month.capacity).collect())));
    };
    let sheets = run.projected.iter().map(|month| &month.sheet);
    let looked = match pool {
        Pool::Fleet(at) => Looked::Gpus(sheets.map(|sheet| sheet.capacity.get(*at).copied().flatten()).collect()),
        Pool::Line(at) => Looked::Units(sheets.map(|sheet| sheet.units.get(*at).copied().flatten()).collect()),
    };
    Ok((name.clone(), looked))
}

fn percent(share: f64) -> (String, String) {
    let value = format!("{:.4}", share * 100.0);
    let shown = format!("{}%", number::rounded(&value, 1));
    (value, shown)
}

fn kpis(looked: &Looked, place: usize) -> Vec<Kpi> {
    let kpi = |id: &str, label: &str, (value, shown): (String, String), note: &str, tone: Tone| Kpi {
        id: id.into(),
        label: label.into(),
        value: Some(value),
        shown,
        note: note.into(),
        tone,
    };
    let count = |units: u32| (units.to_string(), number::count(u64::from(units)));
    match looked {
        Looked::Gpus(months) => {
            let Some(capacity) = months.get(place).copied().flatten() else { return Vec::new() };
            let (tone, note) = match capacity.headroom < 0.0 {
                true => (Tone::Bad, "short in the busiest hour"),
                false => (Tone::Neutral, "left in the busiest hour"),
            };
            vec![
                kpi("needed", "GPUs needed", count(capacity.gpus_needed), "in the busiest hour", Tone::Neutral),
                kpi("provided", "GPUs provided", count(capacity.gpus_provided), "at hand in that hour", Tone::Neutral),
                kpi("utilisation", "Utilisation", percent(capacity.utilisation), "mean of the month", Tone::Neutral),
                kpi("headroom", "Headroom", percent(capacity.headroom), note, tone),
            ]
        }
        Looked::Units(months) => {
            let Some(units) = months.get(place).copied().flatten() else { return Vec::new() };
            let short = months.iter().position(|month| month.is_some_and(UnitsOfLine::is_short));
            let (tone, first) = match short {
                Some(at) => (Tone::Bad, ((at + 1).to_string(), format!("month {}", at + 1))),
                None => (Tone::Good, ("none".to_owned(), "none".to_owned())),
            };
            vec![
                kpi("needed", "Units needed", count(units.needed), "in the busiest hour, with replicas", Tone::Neutral),
                kpi("provided", "Units provided", count(units.provided), "with replicas", Tone::Neutral),
                kpi("headroom", "Headroom", percent(units.headroom), "of the busiest hour", tone_of(units)),
                kpi("short", "First month short", first, "needed over provided", tone),
            ]
        }
    }
}

fn tone_of(units: UnitsOfLine) -> Tone {
    if units.is_short() { Tone::Bad } else { Tone::Neutral }
}

fn figure(value: Option<String>, places: u32) -> Cell {
    Cell { shown: number::rounded_or_unknown(value.as_deref(), places), value, ..Cell::default() }
}

fn table(run: &Run, fleet: &str, looked: &Looked) -> Table {
    let column = Column::new;
    let month = column("month", "Month", "", ColumnKind::Text);
    let columns = match looked {
        Looked::Gpus(_) => vec![
            month,
            column("needed", "GPUs needed", "", ColumnKind::Count),
            column("provided", "GPUs provided", "", ColumnKind::Count),
            column("utilisation", "Utilisation", "%", ColumnKind::Percent),
            column("headroom", "Headroom", "%", ColumnKind::Percent),
            column("peak", "Load in the busiest hour", "tokens/s", ColumnKind::Measure),
        ],
        Looked::Units(_) => vec![
            month,
            column("needed", "Units needed", "", ColumnKind::Count),
            column("provided", "Units provided", "", ColumnKind::Count),
            column("headroom", "Headroom", "%", ColumnKind::Percent),
        ],
    };
    let cells: Vec<Option<Vec<Cell>>> = match looked {
        Looked::Gpus(months) => months.iter().map(|month| month.as_ref().map(of_gpus)).collect(),
        Looked::Units(months) => months.iter().map(|month| month.map(of_units)).collect(),
    };
    let row = |(month, cells): (&RunMonth, Option<Vec<Cell>>)| {
        let name = month.month.to_string();
        let first = Cell { value: Some(name.clone()), shown: name.clone(), ..Cell::default() };
        Some(Row { key: name, kind: RowKind::Row, cells: std::iter::once(first).chain(cells?).collect() })
    };
    let of = if fleet.is_empty() { String::new() } else { format!(" · {fleet}") };
    Table {
        id: "scenario-capacity".into(),
        title: "Capacity by month".into(),
        subtitle: format!("{}{of} · projected", run.resolved.name),
        columns,
        rows: run.months.iter().zip(cells).filter_map(row).collect(),
        notes: Vec::new(),
    }
}

fn of_gpus(capacity: &Capacity) -> Vec<Cell> {
    let mut headroom = figure(Some(number::fixed(capacity.headroom * 100.0, 4)), 1);
    if capacity.headroom < 0.0 {
        headroom.tone = Tone::Bad;
        headroom.note = Some("fewer GPUs than the busiest hour needs".into());
    }
    vec![
        figure(Some(capacity.gpus_needed.to_string()), 0),
        figure(Some(capacity.gpus_provided.to_string()), 0),
        figure(Some(format!("{:.4}", capacity.utilisation * 100.0)), 1),
        headroom,
        figure(Some(format!("{:.4}", capacity.peak_output_tokens_per_s)), 0),
    ]
}

fn of_units(units: UnitsOfLine) -> Vec<Cell> {
    let mut provided = figure(Some(units.provided.to_string()), 0);
    let mut headroom = figure(Some(number::fixed(units.headroom * 100.0, 4)), 1);
    if units.is_short() {
        provided.tone = Tone::Bad;
        provided.note = Some("fewer units than the busiest hour needs".into());
        headroom.tone = Tone::Bad;
    }
    vec![figure(Some(units.needed.to_string()), 0), provided, headroom]
}
