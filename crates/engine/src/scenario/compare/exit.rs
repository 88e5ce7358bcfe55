//! Gain beside what leaving costs: the sentence and the table by month.

use marginline_model::Money;
use marginline_model::scenario::ExitCost;
use serde_json::{Value, json};

use super::Comparison;
use super::figures::cents;
use crate::error::{EngineError, Result};
use crate::number;
use crate::scenario::Run;
use crate::view::{Cell, Column, ColumnKind, Row, RowKind, Table};

/// The month that is looked at when none is named.
pub(in crate::scenario) const UNDO_MONTH: u32 = 18;

/// The mark of a lower bound.
const AT_LEAST: &str = "\u{2265} ";

/// What a part of the cost to leave is called.
fn label(part: &str) -> &'static str {
    match part {
        "egress" => "Egress",
        "re_embedding" => "Embedding again",
        "parallel_run" => "Parallel run",
        "re_evaluation" => "Evaluation",
        "people" => "People",
        _ => "Contract remainder",
    }
}

/// An amount with the mark of a lower bound where parts are not stated; `None` where nothing is known of it.
pub(super) fn bounded(cost: &ExitCost) -> Result<Option<(Money, &'static str)>> {
    let mark = if cost.unknown().is_empty() { "" } else { AT_LEAST };
    Ok(cost.known_usd().map(cents).transpose()?.map(|usd| (usd, mark)))
}

impl Comparison {
    /// The month at whose end leaving is looked at: as asked, else the 18th, or the last of fewer.
    ///
    /// # Errors
    /// When the scenarios do not run that long.
    pub fn undo_month(&self, asked: Option<u32>) -> Result<u32> {
        let months = self.runs.first().map_or(0, |run| run.resolved.inputs.months);
        match asked {
            None => Ok(UNDO_MONTH.min(months)),
            Some(month) if (1..=months).contains(&month) => Ok(month),
            Some(month) => Err(EngineError::usage(format!("month {month} is not among the {months} of the scenarios"))
                .then(format!("name 1 to {months}"))),
        }
    }

    /// For each scenario: what it has gained over the first by then, and what leaving costs then.
    ///
    /// # Errors
    /// When an amount is beyond what is counted.
    pub fn undo_words(&self, month: u32) -> Result<Vec<String>> {
        let mut said = Vec::with_capacity(self.runs.len());
        for (place, run) in self.runs.iter().enumerate() {
            let costs = run.exit_costs()?;
            let Some(cost) = costs.get(month as usize - 1) else { continue };
            let usd = bounded(cost)?.map(|(usd, mark)| format!("{mark}{}", number::money(usd, "USD")));
            let usd = usd.unwrap_or_else(|| "unknown".into());
            let open: Vec<String> = cost.unknown().into_iter().map(|part| run.open_words(part)).collect();
            let open = if open.is_empty() { String::new() } else { format!(" (not stated: {})", open.join(", ")) };
            let leaving = format!("cost to leave then: {usd}{open}");
            let (_, portable) = run.resolved.file.portability();
            let gained = match (self.gained_by(place, month)?, self.runs.first()) {
                (Some(gained), Some(first)) => format!(
                    "margin gained by month {month} against {}: {}; ",
                    first.resolved.name,
                    number::money(gained, "USD")
                ),
                _ => format!("month {month}: "),
            };
            said.push(format!("{}: {gained}{leaving}; {portable}", run.resolved.name));
        }
        Ok(said)
    }
}

impl Run {
    /// A part of leaving that is not stated whole, with the components that lack it where others state it.
    fn open_words(&self, part: &str) -> String {
        let plan = self.resolved.file.exit_plan();
        let name = label(part).to_lowercase();
        let lacking = plan.lacking(part);
        if lacking.len() == plan.components.len() {
            return name;
        }
        let components = self.resolved.file.components();
        let of = lacking.iter().filter_map(|place| components.get(*place)?.1.name.clone()).collect::<Vec<_>>();
        format!("{name} of {}", of.join(" and "))
    }

    /// Cost to undo by month, part by part.
    ///
    /// # Errors
    /// When an amount is beyond what is counted.
    pub fn exit_table(&self) -> Result<Table> {
        let mut columns = vec![Column::new("month", "Month", "", ColumnKind::Text)];
        let parts = ExitCost::PARTS;
        columns.extend(parts.iter().map(|part| Column::new(part, label(part), "USD", ColumnKind::Money)));
        columns.push(Column::new("total", "Cost to leave", "USD", ColumnKind::Money));
        let amount = |usd: Option<Money>, mark: &str| match usd {
            Some(usd) => {
                Cell { value: Some(usd.to_string()), shown: format!("{mark}{}", usd.shown(0)), ..Cell::default() }
            }
            None => Cell { shown: number::UNKNOWN.into(), note: Some("not stated".into()), ..Cell::default() },
        };
        let mut rows = Vec::with_capacity(self.months.len());
        for (month, cost) in self.months.iter().zip(self.exit_costs()?) {
            let name = month.month.to_string();
            let mut cells = vec![Cell { value: Some(name.clone()), shown: name.clone(), ..Cell::default() }];
            let open = cost.unknown();
            for (part, usd) in cost.parts() {
                let mark = if open.contains(&part) { AT_LEAST } else { "" };
                cells.push(amount(usd.map(cents).transpose()?, mark));
            }
            let total = bounded(&cost)?;
            cells.push(amount(total.map(|(usd, _)| usd), total.map_or("", |(_, mark)| mark)));
            rows.push(Row { key: name, kind: RowKind::Row, cells });
        }
        Ok(Table {
            id: "exit".into(),
            title: format!("Cost to leave {}", self.resolved.name),
            subtitle: "at the end of each month · USD · projected".into(),
            columns,
            rows,
            notes: vec![self.resolved.file.portability().1],
        })
    }

    /// Cost to undo by month as JSON: parts that nobody stated are null; with one that is not stated of
    /// every component the total is a lower bound.
    ///
    /// # Errors
    /// When an amount is beyond what is counted.
    pub fn exit_json(&self) -> Result<Value> {
        let mut months = Vec::with_capacity(self.months.len());
        for (month, cost) in self.months.iter().zip(self.exit_costs()?) {
            let mut told = serde_json::Map::new();
            told.insert("month".into(), month.month.to_string().into());
            for (part, usd) in cost.parts() {
                told.insert(part.into(), usd.map(cents).transpose()?.map(|usd| usd.to_string()).into());
            }
            told.insert("total".into(), bounded(&cost)?.map(|(usd, _)| usd.to_string()).into());
            told.insert("is_lower_bound".into(), (!cost.unknown().is_empty()).into());
            told.insert("not_stated".into(), cost.unknown().into());
            months.push(Value::from(told));
        }
        let file = &self.resolved.file;
        let sources = |owner: &str, numbers: Vec<(&'static str, &crate::scenario::file::Assumption)>| -> Vec<Value> {
            let told = |(key, number): (&str, &crate::scenario::file::Assumption)| {
                json!({"path": format!("{owner}.{key}"), "value": number.value, "source": number.source,
                    "observed": number.observed, "evidence": number.evidence.word()})
            };
            numbers.into_iter().map(told).collect()
        };
        let mut assumptions: Vec<Value> = file.exit.iter().flat_map(|exit| sources("exit", exit.numbers())).collect();
        for (path, component) in file.components() {
            let owner = format!("{path}.exit");
            assumptions.extend(component.exit.iter().flat_map(|exit| sources(&owner, exit.numbers())));
        }
        let (portable, words) = file.portability();
        Ok(json!({"portable": portable, "portability": words, "months": months, "assumptions": assumptions}))
    }
}
