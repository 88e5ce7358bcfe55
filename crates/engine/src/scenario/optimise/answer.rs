//! What was found, as a table and as JSON.

use std::cmp::Ordering;

use marginline_model::Money;
use serde_json::{Map, Value, json};

use super::{Candidate, Lost, Optimised, Settings, Standing};
use crate::number;
use crate::scenario::file::Goal;
use crate::scenario::simulate::figure;
use crate::scenario::verdict::Verdict;
use crate::view::{Cell, Column, ColumnKind, Row, RowKind, Table, Tone};

impl Candidate {
    fn json(&self) -> Value {
        let verdicts: Vec<Value> = self.verdicts.iter().map(Verdict::json).collect();
        json!({
            "rank": self.rank,
            "name": self.name,
            "set": set_json(&self.set),
            "gross_margin": self.margin.to_string(),
            "gross_margin_percent": self.margin_percent,
            "cogs": self.cost.to_string(),
            "regret": self.regret.map(|regret| regret.to_string()),
            "latency_ms": self.latency_ms,
            "cost_to_undo": self.cost_to_undo.map(|cost| cost.to_string()),
            "standing": self.standing.word(),
            "why": self.standing.why(),
            "verdicts": verdicts,
            "on_front": self.on_front,
            "alike": self.alike,
        })
    }
}

fn set_json(set: &Settings) -> Value {
    Value::Object(set.iter().map(|(path, value)| (path.clone(), toml_json(value))).collect::<Map<_, _>>())
}

/// A TOML value in JSON; dates become text.
fn toml_json(value: &toml::Value) -> Value {
    match value {
        toml::Value::String(text) => json!(text),
        toml::Value::Integer(number) => json!(number),
        toml::Value::Float(number) => json!(number),
        toml::Value::Boolean(flag) => json!(flag),
        toml::Value::Datetime(date) => json!(date.to_string()),
        toml::Value::Array(values) => values.iter().map(toml_json).collect(),
        toml::Value::Table(table) => {
            Value::Object(table.iter().map(|(key, value)| (key.clone(), toml_json(value))).collect())
        }
    }
}

/// `120 USD more gross margin`, or less, or as much.
fn more(gain: Money) -> String {
    match gain.cmp(&Money::ZERO) {
        Ordering::Greater => format!("{} USD more gross margin", gain.shown(0)),
        Ordering::Less => format!("{} USD less gross margin", (Money::ZERO - gain).shown(0)),
        Ordering::Equal => "as much gross margin".to_owned(),
    }
}

fn was(standing: &Standing) -> &'static str {
    match standing {
        Standing::Fails { .. } => "fails:",
        Standing::Unknown { .. } => "is unknown:",
        _ => "is at risk:",
    }
}

impl Lost {
    fn words(&self) -> String {
        let what = match self.verdict {
            "fails" => format!("fail on {}", self.reason.replace('_', " ")),
            "unknown" => format!("are unknown on {}", self.reason.replace('_', " ")),
            "refused" => "cannot be run".to_owned(),
            _ => "are beaten".to_owned(),
        };
        let example = self.example.as_ref().map_or(String::new(), |example| format!(", such as {example}"));
        format!("{} {what}{example}", self.candidates)
    }
}

impl Optimised {
    /// The JSON document of `scenario optimise`.
    #[must_use]
    pub fn json(&self) -> Value {
        let all = |candidates: &[Candidate]| candidates.iter().map(Candidate::json).collect::<Vec<_>>();
        let lost: Vec<Value> = self
            .lost
            .iter()
            .map(|lost| {
                json!({"reason": lost.reason, "verdict": lost.verdict, "candidates": lost.candidates, "example": lost.example})
            })
            .collect();
        let (revenue, cost) = self.stated;
        json!({
            "scenario": self.scenario,
            "name": self.name,
            "hash": self.hash,
            "currency": "USD",
            "goal": self.goal.word(),
            "candidates": self.candidates,
            "tried": self.tried,
            "proven": self.proven,
            "futures": self.futures,
            "stated": {
                "revenue": revenue.to_string(),
                "cogs": cost.to_string(),
                "gross_margin": (revenue - cost).to_string(),
                "gross_margin_percent": number::percent(revenue - cost, revenue),
                "standing": self.stated_standing.word(),
                "why": self.stated_standing.why(),
            },
            "winner": self.winner.as_ref().map(Candidate::json),
            "ranked": all(&self.ranked),
            "front": {"latency": all(&self.latency_front), "cost_to_undo": all(&self.undo_front)},
            "lost": lost,
            "why": self.why(),
            "bridge": self.bridge.as_ref().map(crate::scenario::bridge::Bridge::json),
            "fleet": self.fleet.as_ref().map(super::FleetFound::json),
            "result": self.result,
        })
    }

    /// Why the winner won, a sentence each: what it gains, what of it the drivers explain, and why the others lost.
    #[must_use]
    pub fn why(&self) -> Vec<String> {
        let mut why = Vec::new();
        let stated = self.stated.0 - self.stated.1;
        match &self.winner {
            Some(best) => {
                let but = match self.stated_standing.why() {
                    Some(limit) => format!(", which {} {limit}", was(&self.stated_standing)),
                    None => String::new(),
                };
                why.push(format!("{} earns {} than the file as it stands{but}", best.name, more(best.margin - stated)));
                if best.alike > 0 {
                    why.push(format!(
                        "{} further candidates come to the same; the first in the file's order is named",
                        best.alike
                    ));
                }
                if let Some(limit) = best.standing.why() {
                    why.push(format!("{} is at risk on {limit}", best.name));
                }
            }
            None => why.push("no candidate keeps every limit, so none is the best".to_owned()),
        }
        if let Some(bridge) = &self.bridge {
            let from = &bridge.from.resolved.name;
            why.push(format!("it earns {} than {from}", more(bridge.bridge.to - bridge.bridge.from)));
            let mut effects: Vec<_> = bridge.bridge.effects.iter().filter(|each| each.effect != Money::ZERO).collect();
            effects.sort_by_key(|effect| std::cmp::Reverse(effect.effect.attos().unsigned_abs()));
            why.extend(effects.iter().take(3).map(|effect| effect.sentence.clone()));
        }
        why.extend(self.lost.iter().map(Lost::words));
        why
    }

    /// The table of `scenario optimise`.
    #[must_use]
    pub fn table(&self) -> Table {
        let column = Column::new;
        let has = |of: &dyn Fn(&Candidate) -> bool| self.ranked.iter().any(of);
        let (regret, latency, undo) = (
            has(&|each| each.regret.is_some()),
            has(&|each| each.latency_ms.is_some()),
            has(&|each| each.cost_to_undo.is_some()),
        );
        let mut columns = vec![
            column("rank", "Rank", "", ColumnKind::Count),
            column("candidate", "Candidate", "", ColumnKind::Text),
            column("gross_margin", "Gross margin", "USD", ColumnKind::Money),
            column("gross_margin_percent", "Margin", "%", ColumnKind::Percent),
            column("cogs", "Cost of revenue", "USD", ColumnKind::Money),
        ];
        columns.extend(regret.then(|| column("regret", "Regret", "USD", ColumnKind::Money)));
        columns.extend(latency.then(|| column("latency_ms", "First token", "ms", ColumnKind::Count)));
        columns.extend(undo.then(|| column("cost_to_undo", "Cost to leave", "USD", ColumnKind::Money)));
        columns.push(column("limits", "Limits", "", ColumnKind::Text));
        let rows = self.ranked.iter().map(|each| {
            let money =
                |amount: Money| Cell { value: Some(amount.to_string()), shown: amount.shown(0), ..Cell::default() };
            let known = |amount: Option<Money>| {
                amount.map_or_else(|| Cell { shown: number::UNKNOWN.into(), ..Cell::default() }, money)
            };
            let text = |shown: String| Cell { value: Some(shown.clone()), shown, ..Cell::default() };
            let mut cells = vec![
                each.rank.map_or_else(|| Cell { shown: "–".into(), ..Cell::default() }, |rank| text(rank.to_string())),
                text(match each.alike {
                    0 => each.name.clone(),
                    alike => format!("{} (and {alike} alike)", each.name),
                }),
                money(each.margin),
                Cell {
                    shown: number::rounded_or_unknown(each.margin_percent.as_deref(), 1),
                    value: each.margin_percent.clone(),
                    ..Cell::default()
                },
                money(each.cost),
            ];
            cells.extend(regret.then(|| known(each.regret)));
            cells.extend(latency.then(|| figure(each.latency_ms.map(|ms| (ms, 0)))));
            cells.extend(undo.then(|| known(each.cost_to_undo)));
            let mut limits = text(each.standing.word().replace('_', " "));
            if let Some(why) = each.standing.why() {
                limits.tone = if each.standing.word() == "unknown" { Tone::Warn } else { Tone::Bad };
                limits.note = Some(why.to_owned());
            }
            cells.push(limits);
            Row { key: each.name.clone(), kind: RowKind::Row, cells }
        });
        Table {
            id: "optimise".into(),
            title: format!("The best of {}", self.name),
            subtitle: format!("by {} · all months · USD · projected", self.by()),
            columns,
            rows: rows.collect(),
            notes: self.notes(),
        }
    }

    fn by(&self) -> &'static str {
        match self.goal {
            Goal::Margin => "gross margin",
            Goal::Cost => "lowest cost",
            Goal::Regret => "smallest regret",
        }
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = vec![match self.proven {
            true => format!("{} candidates, each of them tried: none is better", self.candidates),
            false => format!(
                "{} of {} candidates were tried, from many starts: a better one may be left",
                self.tried, self.candidates
            ),
        }];
        if let Some(fleet) = &self.fleet {
            let gpus: Vec<String> = fleet.gpus.iter().map(|(name, gpus)| format!("{gpus} × {name}")).collect();
            notes.push(format!(
                "cheapest fleet for {} requests a second in {}: {}, {} USD an hour",
                number::rounded(&format!("{:.6}", fleet.requests_per_s), 2),
                fleet.month,
                gpus.join(" + "),
                number::rounded(&format!("{:.6}", fleet.usd_per_hour), 2)
            ));
            let gap = fleet.bound_usd_per_hour.filter(|bound| *bound < fleet.usd_per_hour * (1.0 - 1e-6));
            notes.extend(gap.map(|bound| {
                format!("not proven to be the cheapest: no fleet costs less than {bound:.2} USD an hour")
            }));
            notes.extend(fleet.rounded.clone());
            notes.extend(
                fleet
                    .left_out
                    .iter()
                    .map(|(name, standing)| format!("{name} is left out: {}", standing.why().unwrap_or_default())),
            );
        }
        notes.extend(self.why());
        if self.futures.len() > 1 {
            notes.push(format!("regret is the largest loss over the futures: {}", self.futures.join(", ")));
        }
        notes
    }
}
