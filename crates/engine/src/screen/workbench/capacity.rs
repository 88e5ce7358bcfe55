//! The capacity view: GPUs needed and provided by month, and what is short.

use super::{badges, info_of};
use crate::Engine;
use crate::error::{EngineError, Result};
use crate::number;
use crate::scenario::{Run, RunMonth};
use crate::view::{
    CapacityView, CapacityWeekQuery, Cell, Choice, Column, ColumnKind, Kpi, Notice, Row, RowKind, Table, Tone,
};

impl Engine {
    /// Capacity of a scenario of the workspace.
    ///
    /// # Errors
    /// When it is not there or cannot be run, or has no such month.
    pub async fn capacity_view(&self, query: &CapacityWeekQuery) -> Result<CapacityView> {
        let mut workbench = self.workbench().await?;
        let run = workbench.run(&query.scenario, &query.overrides)?;
        let scenario = info_of(&workbench, &query.scenario)?;
        drop(workbench);
        let last = u32::try_from(run.months.len()).unwrap_or(u32::MAX);
        let month = query.month.unwrap_or(last);
        let shown = run.months.get(month.wrapping_sub(1) as usize).ok_or_else(|| {
            EngineError::usage(format!("the scenario has no month {month}"))
                .at("month")
                .then(format!("use 1 to {last}"))
        })?;
        let label = |(place, each): (usize, &RunMonth)| Choice {
            id: (place + 1).to_string(),
            label: format!("{}, month {}", each.month.label(), place + 1),
        };
        let short = badges(&run).into_iter().filter(|badge| badge.limit.contains("capacity"));
        let mut notices: Vec<Notice> =
            short.map(|badge| Notice { id: "short".into(), text: badge.reason, tone: badge.tone }).collect();
        if shown.capacity.is_none() {
            notices.push(Notice {
                id: "none".into(),
                text: "this scenario owns no GPUs; a provider's rate limits are not in it".into(),
                tone: Tone::Warn,
            });
        }
        Ok(CapacityView {
            month,
            months: run.months.iter().enumerate().map(label).collect(),
            kpis: kpis(shown),
            table: table(&run),
            scenario,
            notices,
        })
    }
}

fn percent(share: f64) -> (String, String) {
    let value = format!("{:.4}", share * 100.0);
    let shown = format!("{}%", number::rounded(&value, 1));
    (value, shown)
}

fn kpis(month: &RunMonth) -> Vec<Kpi> {
    let Some(capacity) = month.capacity else { return Vec::new() };
    let kpi = |id: &str, label: &str, (value, shown): (String, String), note: &str, tone: Tone| Kpi {
        id: id.into(),
        label: label.into(),
        value: Some(value),
        shown,
        note: note.into(),
        tone,
    };
    let count = |gpus: u32| (gpus.to_string(), number::count(u64::from(gpus)));
    let is_short = capacity.headroom < 0.0;
    let (tone, note) = match is_short {
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

fn table(run: &Run) -> Table {
    let column = Column::new;
    let columns = vec![
        column("month", "Month", "", ColumnKind::Text),
        column("needed", "GPUs needed", "", ColumnKind::Count),
        column("provided", "GPUs provided", "", ColumnKind::Count),
        column("utilisation", "Utilisation", "%", ColumnKind::Percent),
        column("headroom", "Headroom", "%", ColumnKind::Percent),
        column("peak", "Load in the busiest hour", "tokens/s", ColumnKind::Measure),
    ];
    let figure = |value: Option<String>, places: u32| Cell {
        shown: number::rounded_or_unknown(value.as_deref(), places),
        value,
        ..Cell::default()
    };
    let rows = run.months.iter().filter(|month| month.capacity.is_some()).map(|month| {
        let of = |value: &dyn Fn(&marginline_model::scenario::Capacity) -> String| month.capacity.as_ref().map(value);
        let mut headroom = figure(of(&|c| format!("{:.4}", c.headroom * 100.0)), 1);
        if month.capacity.is_some_and(|capacity| capacity.headroom < 0.0) {
            headroom.tone = Tone::Bad;
            headroom.note = Some("fewer GPUs than the busiest hour needs".into());
        }
        let name = month.month.to_string();
        let cells = vec![
            Cell { value: Some(name.clone()), shown: name.clone(), ..Cell::default() },
            figure(of(&|c| c.gpus_needed.to_string()), 0),
            figure(of(&|c| c.gpus_provided.to_string()), 0),
            figure(of(&|c| format!("{:.4}", c.utilisation * 100.0)), 1),
            headroom,
            figure(of(&|c| format!("{:.4}", c.peak_output_tokens_per_s)), 0),
        ];
        Row { key: name, kind: RowKind::Row, cells }
    });
    Table {
        id: "scenario-capacity".into(),
        title: "Capacity by month".into(),
        subtitle: format!("{} · projected", run.resolved.name),
        columns,
        rows: rows.collect(),
        notes: Vec::new(),
    }
}
