//! A scenario that begins in the window: from actuals or as a ready patch on another, shown before it is kept.

use std::sync::Arc;

use marginline_model::Money;

use super::badges;
use crate::Engine;
use crate::error::{EngineError, Result};
use crate::number;
use crate::report::Period;
use crate::scenario::Run;
use crate::scenario::new::{Alternative, NewRequest, PatchRequest, Reproduced};
use crate::screen::{month, month_or_none};
use crate::view::{ActualsQuery, Kpi, NewPreview, NewQuery, Notice, PatchQuery, ScenariosChanged, Table, Tone};

/// An id that no scenario of a workspace has.
const UNKEPT: &str = "(new)";

/// What a question comes to: the same for showing it and for keeping it.
struct Begun {
    text: String,
    kpis: Vec<Kpi>,
    table: Option<Table>,
    run: Arc<Run>,
}

impl Engine {
    /// What a new scenario would be.
    ///
    /// # Errors
    /// When the period holds no requests, the base cannot be run, the patch has nothing to change, or what comes of it
    /// cannot be run.
    pub async fn new_preview(&self, query: &NewQuery) -> Result<NewPreview> {
        let begun = Box::pin(self.begun(query)).await?;
        let name = begun.run.resolved.name.clone();
        let notice = |badge: crate::view::Badge| Notice {
            id: badge.verdict.clone(),
            text: format!("{} is {}: {}", badge.limit, badge.verdict.replace('_', " "), badge.reason),
            tone: badge.tone,
        };
        let notices = badges(&begun.run).into_iter().map(notice).collect();
        Ok(NewPreview { name, text: begun.text, kpis: begun.kpis, table: begun.table, notices })
    }

    /// Keeps a new scenario, as [`Engine::new_preview`] shows it.
    ///
    /// # Errors
    /// As there, and when the name is too long.
    pub async fn keep_new(&self, query: &NewQuery) -> Result<ScenariosChanged> {
        let begun = Box::pin(self.begun(query)).await?;
        self.add_scenario(&begun.run.resolved.name, begun.text).await
    }

    async fn begun(&self, query: &NewQuery) -> Result<Begun> {
        match query {
            NewQuery::Actuals { query } => self.begun_on_actuals(query).await,
            NewQuery::Patch { query } => self.begun_on_a_base(query).await,
        }
    }

    async fn begun_on_actuals(&self, query: &ActualsQuery) -> Result<Begun> {
        if !(1..=120).contains(&query.months) {
            return Err(EngineError::usage(format!("{} months are no run", query.months))
                .at("months")
                .then("use 1 to 120"));
        }
        let request = NewRequest {
            period: Period { from: month(&query.from)?, to: month(&query.to)? },
            product: query.product.clone(),
            name: named(query.name.as_deref()),
            kind: None,
            start: month_or_none(query.start.as_deref())?,
            months: query.months,
        };
        let found = self.new_scenario(UNKEPT, &request).await?;
        let run = self.only_run(UNKEPT, &found.text).await?;
        let table = found.reproduced.table();
        Ok(Begun { text: found.text, kpis: reproduced(&found.reproduced), table: Some(table), run })
    }

    async fn begun_on_a_base(&self, query: &PatchQuery) -> Result<Begun> {
        let alternative = Alternative::ALL.into_iter().find(|each| each.word() == query.patch).ok_or_else(|| {
            EngineError::usage(format!("there is no patch {:?}", query.patch))
                .then(format!("use one of {}", Alternative::ALL.map(Alternative::word).join(", ")))
        })?;
        let base = self.workbench().await?.run(&query.base, &[])?;
        let model = named(query.model.as_deref()).map(|text| {
            text.split_once('/').map(|(provider, model)| (provider.to_owned(), model.to_owned())).ok_or_else(|| {
                EngineError::usage(format!("the model is {text:?}"))
                    .at("model")
                    .then("write provider and model, such as anthropic/claude-haiku-4-5")
            })
        });
        let request = PatchRequest {
            alternative,
            base: query.base.clone(),
            name: named(query.name.as_deref()),
            model: model.transpose()?,
            gpu: named(query.gpu.as_deref()),
            usd_per_gpu_hour: positive("USD per GPU hour", query.usd_per_gpu_hour.as_deref())?,
            output_tokens_per_s_per_gpu: positive(
                "output tokens per second of a GPU",
                query.output_tokens_per_s_per_gpu.as_deref(),
            )?,
        };
        let text = self.new_patch(&[], &request).await?;
        let run = self.only_run(UNKEPT, &text).await?;
        Ok(Begun { text, kpis: changed(&base, &run), table: None, run })
    }

    /// The run of a text that nobody has kept yet.
    async fn only_run(&self, id: &str, text: &str) -> Result<Arc<Run>> {
        let mut comparison = self.run_scenarios(&[(id.to_owned(), text.to_owned())]).await?;
        comparison.runs.pop().ok_or_else(|| EngineError::failed("the scenario was lost"))
    }
}

/// Words that were typed; blanks are none.
fn named(text: Option<&str>) -> Option<String> {
    text.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// A number that was typed.
fn positive(what: &str, text: Option<&str>) -> Result<Option<f64>> {
    let Some(text) = named(text) else { return Ok(None) };
    let plain: String = text.chars().filter(|letter| !matches!(letter, ',' | '_' | ' ')).collect();
    match plain.parse::<f64>() {
        Ok(value) if value.is_finite() && value > 0.0 => Ok(Some(value)),
        _ => Err(EngineError::usage(format!("{what} is {text:?}")).at(what.to_owned()).then("type a number above 0")),
    }
}

fn kpi(id: &str, label: &str, value: Option<String>, shown: String, note: String) -> Kpi {
    Kpi { id: id.into(), label: label.into(), value, shown, note, tone: Tone::Neutral }
}

/// Revenue, cost and margin of a month by the ledger, each with the scenario's own below it.
fn reproduced(found: &Reproduced) -> Vec<Kpi> {
    let usd = |value: Option<f64>| value.map(|usd| number::fixed(usd, 2));
    let shown = |value: Option<&str>| match value {
        Some(value) => format!("${}", number::rounded(value, 0)),
        None => number::UNKNOWN.into(),
    };
    let percent = |revenue: Option<f64>, cost: Option<f64>| {
        let (revenue, cost) = (revenue?, cost?);
        (revenue > 0.0).then(|| number::fixed((revenue - cost) / revenue * 100.0, 4))
    };
    let told = |value: Option<&str>| match value {
        Some(value) => format!("{}%", number::rounded(value, 1)),
        None => number::UNKNOWN.into(),
    };
    let (revenue, cost) = (&found.revenue, &found.cost);
    let [was, is] = [(revenue.actual_usd, cost.actual_usd), (revenue.scenario_usd, cost.scenario_usd)]
        .map(|(revenue, cost)| percent(revenue, cost));
    let money = |id: &str, label: &str, actual: Option<f64>, scenario: Option<f64>| {
        let (actual, scenario) = (usd(actual), usd(scenario));
        let note = format!("scenario: {}", shown(scenario.as_deref()));
        kpi(id, label, actual.clone(), shown(actual.as_deref()), note)
    };
    vec![
        money("revenue", "Revenue of a month, ledger", revenue.actual_usd, revenue.scenario_usd),
        money("cost", "Cost of revenue, ledger", cost.actual_usd, cost.scenario_usd),
        kpi(
            "margin",
            "Gross margin, ledger",
            was.clone(),
            told(was.as_deref()),
            format!("scenario: {}", told(is.as_deref())),
        ),
    ]
}

/// Margin over all months of the base, of the patch on it, and between them.
fn changed(base: &Run, patch: &Run) -> Vec<Kpi> {
    let margin = |run: &Run| {
        let (revenue, cost) = run.totals();
        (revenue - cost, number::percent(revenue - cost, revenue))
    };
    let money = |id: &str, label: &str, amount: Money, note: String, tone| Kpi {
        tone,
        ..kpi(id, label, Some(amount.to_string()), number::money(amount, "USD"), note)
    };
    let told = |percent: Option<String>, run: &Run| {
        let percent =
            percent.map_or_else(|| number::UNKNOWN.to_owned(), |value| format!("{}%", number::rounded(&value, 1)));
        format!("{percent} of revenue, {} months", run.months.len())
    };
    let ((was, was_percent), (is, is_percent)) = (margin(base), margin(patch));
    let moved = is - was;
    let tone = match moved.cmp(&Money::ZERO) {
        std::cmp::Ordering::Less => Tone::Bad,
        std::cmp::Ordering::Equal => Tone::Neutral,
        std::cmp::Ordering::Greater => Tone::Good,
    };
    vec![
        money("base", "Margin of the base", was, told(was_percent, base), Tone::Neutral),
        money("moved", "Difference", moved, "over the same months".into(), tone),
        money("patch", "Margin of the new one", is, told(is_percent, patch), Tone::Neutral),
    ]
}
