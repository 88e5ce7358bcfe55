//! The plan view: months as planned and as they were, why they differ, and what was measured beside the assumptions.

use marginline_model::{Money, Month};

use super::info_of;
use crate::Engine;
use crate::error::{EngineError, Result};
use crate::number;
use crate::report::plan::{PlanMonth, PlanReport, Side, StandingPlan};
use crate::scenario::calibrate::Measured;
use crate::screen::compare::{label_of, shown};
use crate::screen::{choices, month_or_none};
use crate::view::{
    Calibration, Cell, Column, ColumnKind, Kpi, Notice, PlanCompared, PlanQuery, PlanView, Row, RowKind, Table, Tone,
};

impl Engine {
    /// The plan against what came; what is missing is told where there is no plan, or no month of it yet.
    ///
    /// # Errors
    /// When the plan cannot be resolved or compared, or the month asked for is none that can be.
    pub async fn plan_view(&self, query: &PlanQuery) -> Result<PlanView> {
        let Some(standing) = self.standing_plan().await? else {
            let waits = "a scenario that is adopted is what each imported month is compared with".to_owned();
            return Ok(PlanView { plan: None, compared: None, waits, notices: Vec::new() });
        };
        let plan = Some(self.info_of_plan(&standing).await?);
        if standing.months.is_empty() {
            let waits = format!(
                "the plan runs from {} to {}, and the ledger holds no month of it; import a bill, usage or revenue of one",
                standing.start.label(),
                standing.last.label()
            );
            return Ok(PlanView { plan, compared: None, waits, notices: Vec::new() });
        }
        // On the heap, as below: what a plan, a run and the facts need together is more than a thread's stack should hold.
        let (compared, notices) = Box::pin(self.compared_with(&standing, query)).await?;
        Ok(PlanView { plan, compared: Some(compared), waits: String::new(), notices })
    }

    /// The tables of the plan view, for a file.
    ///
    /// # Errors
    /// As [`Engine::plan_view`], and when there is nothing to compare.
    pub async fn plan_compared(&self, query: &PlanQuery) -> Result<PlanCompared> {
        let view = self.plan_view(query).await?;
        view.compared.ok_or_else(|| EngineError::failed("there is nothing to compare with the plan").then(view.waits))
    }

    async fn compared_with(&self, standing: &StandingPlan, query: &PlanQuery) -> Result<(PlanCompared, Vec<Notice>)> {
        let wanted = month_or_none(query.month.as_deref())?;
        let report = Box::pin(self.plan_report(None)).await?;
        let by_month = by_month(&report);
        let months: Vec<Month> = report.months.iter().map(|month| month.month).collect();
        let asked = |month: &&PlanMonth| wanted.is_none_or(|wanted| month.month == wanted);
        let one = report.months.iter().rev().find(asked).cloned().ok_or_else(|| {
            let known: Vec<String> = months.iter().map(Month::to_string).collect();
            EngineError::usage("the ledger holds nothing of that month of the plan")
                .at(query.month.clone().unwrap_or_default())
                .then(format!("choose one of {}", known.join(", ")))
        })?;
        let notice = |id: &str, text: &String| Notice { id: id.into(), text: text.clone(), tone: Tone::Warn };
        let mut notices: Vec<Notice> = report.moved.iter().map(|text| notice("moved", text)).collect();
        notices.extend(one.notes.iter().map(|text| notice("incomplete", text)));
        let calibration = Box::pin(self.calibration(&standing.plan.scenario, &standing.resolved.name, one.month)).await;
        // The notes are on the screen already.
        let only = PlanReport { months: vec![one.clone()], moved: None, ..report };
        let compared = PlanCompared {
            months: choices(&months),
            month: one.month.to_string(),
            kpis: kpis(&one),
            by_month,
            drivers: Table { notes: Vec::new(), ..only.drivers() },
            measured: measured(&one),
            calibration,
        };
        Ok((compared, notices))
    }

    /// What taking the month's measured figures into the scenario would write.
    async fn calibration(&self, id: &str, adopted_as: &str, month: Month) -> Calibration {
        let name = match self.workbench().await {
            Ok(workbench) => info_of(&workbench, id).ok().map(|info| info.name),
            Err(_) => None,
        };
        let Some(name) = name else {
            let note = Some("the scenario is no longer in the workspace".to_owned());
            return Calibration { scenario: id.to_owned(), name: adopted_as.to_owned(), writes: 0, note };
        };
        let (writes, note) = match self.calibrated(id, month).await {
            Ok(found) => {
                let elsewhere = found.left.iter().filter(|each| each.stated.is_some() && each.differs()).count();
                let note = (elsewhere > 0)
                    .then(|| format!("{elsewhere} more are stated by the scenario that it changes, and stay there"));
                (found.written.len(), note)
            }
            Err(error) => (0, Some(error.to_string())),
        };
        Calibration { scenario: id.to_owned(), name, writes: u32::try_from(writes).unwrap_or(u32::MAX), note }
    }
}

fn tone_of(amount: Money) -> Tone {
    match amount.cmp(&Money::ZERO) {
        std::cmp::Ordering::Less => Tone::Bad,
        std::cmp::Ordering::Equal => Tone::Neutral,
        std::cmp::Ordering::Greater => Tone::Good,
    }
}

fn percent(side: &Side) -> String {
    side.totals
        .margin_percent()
        .map_or_else(|| number::UNKNOWN.into(), |percent| format!("{}%", number::rounded(&format!("{percent:.6}"), 1)))
}

fn kpis(one: &PlanMonth) -> Vec<Kpi> {
    let kpi = |id: &str, label: &str, amount: Money, note: String, tone| Kpi {
        id: id.into(),
        label: label.into(),
        value: Some(amount.to_string()),
        shown: number::money(amount, "USD"),
        note,
        tone,
    };
    let moved = one.actual.margin - one.plan.margin;
    let of = |side: &Side| format!("{} of revenue, {}", percent(side), one.month.label());
    vec![
        kpi("plan", "Margin planned", one.plan.margin, of(&one.plan), Tone::Neutral),
        kpi("moved", "Difference", moved, "sum of the drivers, exact".into(), tone_of(moved)),
        kpi("actual", "Margin as it was", one.actual.margin, of(&one.actual), Tone::Neutral),
    ]
}

/// A projected amount in whole cents; `None` where it is beyond counting.
fn in_cents(usd: f64) -> Option<Money> {
    Money::parse(&format!("{usd:.2}")).ok()
}

fn money_cell(amount: Option<Money>, tone: Tone) -> Cell {
    Cell {
        value: amount.map(|amount| amount.to_string()),
        shown: amount.map_or_else(|| number::UNKNOWN.into(), |amount| amount.shown(0)),
        tone,
        ..Cell::default()
    }
}

fn text_cell(text: &str) -> Cell {
    Cell { value: Some(text.to_owned()), shown: text.to_owned(), ..Cell::default() }
}

/// Planned and actual amounts of a month: revenue, cost, margin. The drivers of margin are told beside them.
type Amounts = [[Option<Money>; 2]; 3];

fn amounts(month: &PlanMonth) -> Amounts {
    let of = |pick: &dyn Fn(&Side) -> Option<Money>| [pick(&month.plan), pick(&month.actual)];
    [
        of(&|side| in_cents(side.totals.revenue_usd)),
        of(&|side| in_cents(side.totals.cost_usd)),
        of(&|side| Some(side.margin)),
    ]
}

/// Cells of a row: plan, actual and difference of each; more cost is worse, more revenue and margin better.
fn cells(amounts: &Amounts) -> Vec<Cell> {
    let mut cells = Vec::new();
    for (at, [plan, actual]) in amounts.iter().enumerate() {
        let moved = plan.zip(*actual).map(|(plan, actual)| actual - plan);
        let welcome = moved.map(|moved| if at == 1 { Money::ZERO - moved } else { moved });
        cells.push(money_cell(*plan, Tone::Neutral));
        cells.push(money_cell(*actual, Tone::Neutral));
        cells.push(money_cell(moved, welcome.map_or(Tone::Neutral, tone_of)));
    }
    cells
}

/// Every month of the plan that the ledger holds, and their sums.
fn by_month(report: &PlanReport) -> Table {
    let mut columns = vec![Column::new("month", "Month", "", ColumnKind::Text)];
    for (id, name) in [("revenue", "Revenue"), ("cost", "Cost"), ("margin", "Margin")] {
        for (side, words) in [("plan", " plan"), ("actual", ""), ("difference", " ±")] {
            let (id, label) = (format!("{id}_{side}"), format!("{name}{words}"));
            columns.push(Column::new(&id, &label, "USD", ColumnKind::Money));
        }
    }
    let row = |kind, key: &str, label: &str, amounts: &Amounts| {
        let own = std::iter::once(text_cell(label)).chain(cells(amounts));
        Row { key: key.to_owned(), kind, cells: own.collect() }
    };
    let mut rows = Vec::new();
    let mut total: Amounts = [[Some(Money::ZERO); 2]; 3];
    for month in &report.months {
        let own = amounts(month);
        for (sums, more) in total.iter_mut().flatten().zip(own.iter().flatten()) {
            *sums = sums.zip(*more).map(|(sum, more)| sum + more);
        }
        rows.push(row(RowKind::Row, &month.month.to_string(), &month.month.label(), &own));
    }
    if rows.len() > 1 {
        rows.push(row(RowKind::Total, "total", "All months", &total));
    }
    Table {
        id: "plan-months".into(),
        title: "Plan and actual by month".into(),
        subtitle: "billing month · effective cost · USD · ± is actual less plan".into(),
        columns,
        rows,
        notes: Vec::new(),
    }
}

/// Assumptions of the plan beside what the month measured.
fn measured(month: &PlanMonth) -> Table {
    let row = |each: &Measured| {
        let (label, unit) = label_of(&each.path);
        let number = |value: Option<f64>, tone| Cell {
            value: value.map(|value| format!("{value}")),
            shown: value.map_or_else(|| number::UNKNOWN.into(), |value| shown(value, unit)),
            tone,
            ..Cell::default()
        };
        let is_other = each.stated.map(|value| shown(value, unit)) != each.measured.map(|value| shown(value, unit));
        let tone = if each.measured.is_some() && is_other { Tone::Warn } else { Tone::Neutral };
        let evidence = if each.measured.is_some() { each.evidence.word() } else { "" };
        Row {
            key: each.path.clone(),
            kind: RowKind::Row,
            cells: vec![
                text_cell(&label),
                number(each.stated, Tone::Neutral),
                number(each.measured, tone),
                text_cell(&each.source),
                text_cell(evidence),
            ],
        }
    };
    Table {
        id: "plan-measured".into(),
        title: "Assumptions and what was measured".into(),
        subtitle: month.month.label(),
        columns: vec![
            Column::new("assumption", "Assumption", "", ColumnKind::Text),
            Column::new("plan", "Plan", "", ColumnKind::Measure),
            Column::new("measured", "Measured", "", ColumnKind::Measure),
            Column::new("source", "Source", "", ColumnKind::Text),
            Column::new("evidence", "Evidence", "", ColumnKind::Text),
        ],
        rows: month.measured.iter().filter(|each| each.stated.is_some()).map(row).collect(),
        notes: Vec::new(),
    }
}
