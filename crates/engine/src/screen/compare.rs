//! The scenarios screen: which there are, and two or more side by side.

use crate::Engine;
use crate::error::Result;
use crate::number;
use crate::prices::{BEGINS, Model, PriceBook};
use crate::scenario::file::{
    Assumption as Stated, ComponentFile, Kind, ScenarioFile, assumptions, parse, patched, span_of,
};
use crate::scenario::lock::stated_lock;
use crate::scenario::{Comparison, Run, Workbench, knob_of};
use crate::screen::workbench::{card, explained_rows, info_of};
use crate::view::{
    Assumption, CompareQuery, CompareView, Notice, Override, ScenarioCard, ScenarioInfo, ScenarioLock, Tone,
};
use marginline_model::prices::TokenClass;

/// Name and unit of an assumption for people; those of a named component or line carry its name.
#[must_use]
pub fn label_of(path: &str) -> (String, &'static str) {
    let (owner, key) = path.rsplit_once('.').unwrap_or(("", path));
    let (label, unit) = match key {
        "requests_per_month" | "requests_by_month" => ("Requests", "/month"),
        "growth_percent_per_month" => ("Traffic growth", "%/month"),
        "churn_percent_per_month" => ("Churn", "%/month"),
        "input_tokens_per_request" => ("Input tokens", "/request"),
        "cache_read_tokens_per_request" => ("Cached tokens", "/request"),
        "cache_write_tokens_per_request" => ("Cache writes", "/request"),
        "output_tokens_per_request" => ("Output tokens", "/request"),
        "prompt_tokens_per_request" => ("Prompt tokens", "/request"),
        "cache_hit_percent" => ("Cache hits", "%"),
        "retry_percent" => ("Retries", "%"),
        "usd_per_request" | "usd_per_request_by_month" if owner == "revenue" => ("Product price", "$/request"),
        "price_change_percent_per_month" if owner == "revenue" => ("Product price change", "%/month"),
        "usd_per_gpu_hour" | "usd_per_gpu_hour_by_month" => ("GPU price", "$/h"),
        "output_tokens_per_s_per_gpu" => ("Tokens/s per GPU", ""),
        "input_tokens_per_s_per_gpu" => ("Prompt tokens/s per GPU", ""),
        "share_percent" => ("Share of requests", "%"),
        "tokenizer_ratio" => ("Tokenizer ratio", ""),
        "verbosity" => ("Verbosity", ""),
        "input_ratio" => ("Input ratio", ""),
        "cache_read_ratio" => ("Cached tokens ratio", ""),
        "cache_write_ratio" => ("Cache writes ratio", ""),
        "weeks_to_live" => ("Weeks to live", ""),
        "failed_percent" => ("Failed requests", "%"),
        "batch_percent" => ("Batch", "%"),
        "price_change_percent_per_month" => ("Price change", "%/month"),
        "usd_per_month" | "usd_by_month" => ("Fixed cost", "$/month"),
        "usd_per_request" => ("Cost per request", "$/request"),
        "usd_per_mtok" => ("Cost per Mtok", "$/Mtok"),
        "revenue_percent" => ("Share of revenue", "%"),
        "level_percent" if owner == "revenue" => ("Revenue level", "%"),
        "level_percent" => ("Request level", "%"),
        "price_level_percent" => ("Price level", "%"),
        "speedup" => ("Engine speed-up", ""),
        "useful_percent" => ("Useful spot time", "%"),
        "longest_in_service_times" => ("Longest wait", "service times"),
        "in_time_percent" => ("Served in time", "%"),
        "max_occupancy_percent" => ("Highest occupancy", "%"),
        "people" => ("People", ""),
        "usd_per_person_month" => ("Cost per person", "$/month"),
        "usd_per_person_week" => ("Cost per person", "$/week"),
        "people_weeks" => ("Work", "weeks"),
        "gpu_hours" => ("Training", "GPU hours"),
        "sampled_percent" => ("Sampled requests", "%"),
        "usd_per_sampled_request" => ("Cost per sampled request", "$/request"),
        "gb_per_request" => ("Data", "GB/request"),
        "usd_per_gb_month" => ("Storage price", "$/GB/month"),
        "usd_per_gb" => ("Network price", "$/GB"),
        "gateways" => ("Gateways", ""),
        "usd_per_hour" => ("Gateway price", "$/h"),
        "requests_per_s_per_unit" => ("Requests/s per unit", ""),
        "usd_per_unit_month" => ("Unit price", "$/month"),
        "hours_down_per_year" => ("Hours down", "/year"),
        "percent" if owner == "availability" => ("Availability", "%"),
        "revenue_at_risk_percent" => ("Revenue at risk", "%"),
        _ if owner == "exchange_rates" => return (format!("{key} in USD"), "$"),
        _ => ("Assumption", ""),
    };
    let named = owner.strip_prefix("component.").or_else(|| owner.strip_prefix("cost."));
    (named.map_or_else(|| label.to_owned(), |name| format!("{name}: {}", within(label))), unit)
}

/// A label behind a colon: its first letter small, unless it begins an abbreviation.
fn within(label: &str) -> String {
    let mut letters = label.chars();
    match (letters.next(), letters.next()) {
        (Some(first), Some(second)) if second.is_lowercase() => {
            first.to_lowercase().chain(label.chars().skip(1)).collect()
        }
        _ => label.to_owned(),
    }
}

/// A number of an assumption with its unit.
#[must_use]
pub fn shown(value: f64, unit: &str) -> String {
    // A tenth of a million is not what a person reads.
    let places = if value == 0.0 || value.fract() == 0.0 || value.abs() >= 1e6 {
        0
    } else if value.abs() >= 100.0 {
        1
    } else if value.abs() >= 0.1 {
        2
    } else {
        5
    };
    let digits = number::rounded(&format!("{value:.9}"), places);
    match unit.strip_prefix('$') {
        Some("") => format!("${digits}"),
        Some(per) => format!("${digits} {per}"),
        None if unit.is_empty() => digits,
        None => format!("{digits} {unit}"),
    }
}

impl Engine {
    /// Runs the scenarios of a query.
    ///
    /// # Errors
    /// When there are fewer than two, one is not there, or one cannot be run.
    pub async fn comparison(&self, query: &CompareQuery) -> Result<(Comparison, Vec<ScenarioInfo>)> {
        let (comparison, infos) = self.scenarios_run(&query.scenarios, &query.overrides).await?;
        comparison.check()?;
        Ok((comparison, infos))
    }

    /// Runs scenarios of the workspace in the order named, one or more, with the numbers changed on screen; all that can
    /// be run when none is named.
    ///
    /// # Errors
    /// When one is not there, or one cannot be run.
    pub async fn scenarios_run(
        &self,
        wanted: &[String],
        overrides: &[Override],
    ) -> Result<(Comparison, Vec<ScenarioInfo>)> {
        side_by_side(&mut *self.workbench().await?, wanted, overrides)
    }

    /// Two or more scenarios side by side.
    ///
    /// # Errors
    /// As [`Engine::comparison`].
    pub async fn compare_view(&self, query: &CompareQuery) -> Result<CompareView> {
        let mut workbench = self.workbench().await?;
        let (comparison, scenarios) = side_by_side(&mut workbench, &query.scenarios, &query.overrides)?;
        comparison.check()?;
        let notices = comparison
            .runs
            .iter()
            .flat_map(|run| {
                run.verdicts.iter().filter(|verdict| verdict.verdict == "fails").map(|verdict| Notice {
                    id: "fails".into(),
                    text: format!("{} fails on {}: {}", run.resolved.name, verdict.limit, verdict.reason),
                    tone: Tone::Bad,
                })
            })
            .collect();
        Ok(CompareView {
            period_label: comparison.period_label(),
            currency: "USD".into(),
            table: comparison.table(),
            differences: comparison.differences(),
            months: comparison.months(),
            explained: explained_rows(&comparison),
            cards: cards(&workbench, &comparison, &scenarios),
            assumptions: sliders_of(&mut workbench, &comparison),
            break_even: comparison.break_even(),
            notices,
            scenarios,
        })
    }
}

fn side_by_side(
    workbench: &mut Workbench,
    wanted: &[String],
    overrides: &[Override],
) -> Result<(Comparison, Vec<ScenarioInfo>)> {
    let able = workbench.infos().iter().filter(|info| info.problem.is_none());
    let wanted: Vec<String> = match wanted {
        [] => able.map(|info| info.id.clone()).collect(),
        ids => ids.to_vec(),
    };
    let comparison = Comparison::of(workbench.comparison(&wanted, overrides)?.runs);
    let infos = wanted.iter().map(|id| info_of(workbench, id)).collect::<Result<_>>()?;
    let infos = comparison.infos_named(infos);
    Ok((comparison, infos))
}

fn cards(workbench: &Workbench, comparison: &Comparison, infos: &[ScenarioInfo]) -> Vec<ScenarioCard> {
    let base = |id: &str| workbench.base(id).map(str::to_owned);
    comparison.runs.iter().zip(infos).map(|(run, info)| card(info.clone(), run, base(&info.id))).collect()
}

/// The numbers of scenarios. A slider's ends are those of the number as it is kept, so that they stand still under the
/// hand that moves it.
fn sliders_of(workbench: &mut Workbench, comparison: &Comparison) -> Vec<Assumption> {
    let kept = |id: &str| workbench.run(id, &[]).map(|run| assumptions(&run.resolved.file)).unwrap_or_default();
    let kept: Vec<Vec<(String, Stated)>> =
        comparison.runs.iter().map(|run| run.resolved.id.as_str()).map(kept).collect();
    comparison.runs.iter().zip(&kept).flat_map(|(run, kept)| sliders(run, kept)).collect()
}

/// Scenarios in a line each; the place in the list is the colour.
#[must_use]
pub fn infos(texts: &[(String, String)], prices: &PriceBook) -> Vec<ScenarioInfo> {
    let text_of = |wanted: &str| texts.iter().find(|(id, _)| id == wanted).map(|(_, text)| text.clone());
    let line = |(index, (id, text)): (usize, &(String, String))| {
        let told = info(index, id, patched(id, text, &text_of).and_then(|text| parse(&text)), prices);
        // A lock is on a text itself, and stays one when what the text says cannot be read.
        ScenarioInfo { lock: lock_shown(text), ..told }
    };
    texts.iter().enumerate().map(line).collect()
}

fn info(index: usize, id: &str, file: Result<ScenarioFile>, prices: &PriceBook) -> ScenarioInfo {
    let colour = u32::try_from(index % 8).unwrap_or_default();
    match file {
        Ok(file) => ScenarioInfo {
            id: id.to_owned(),
            problem: file.components().iter().find_map(|(_, component)| unpriced(component, prices)),
            kind: file.kind(),
            name: file.scenario.name,
            colour,
            lock: None,
        },
        Err(error) => ScenarioInfo {
            id: id.to_owned(),
            name: id.to_owned(),
            kind: String::new(),
            colour,
            problem: Some(error.to_string()),
            lock: None,
        },
    }
}

fn lock_shown(text: &str) -> Option<ScenarioLock> {
    let (hash, locked_on) = stated_lock(text)?;
    Some(ScenarioLock { hash, locked_on })
}

/// Why a component has no price, so that the scenario cannot be run.
fn unpriced(component: &ComponentFile, prices: &PriceBook) -> Option<String> {
    let (Kind::Api, Some(provider), Some(model)) = (component.kind, &component.provider, &component.model) else {
        return None;
    };
    let tier = component.service_tier.as_deref().unwrap_or_default();
    let region = component.region.as_deref().unwrap_or_default();
    let day = component.priced_at.as_ref()?.parse().ok()?;
    let offer = prices.offer(Model { provider, model, tier, region }, day);
    let lacks = offer.and_then(|offer| {
        let classes = [TokenClass::Input, TokenClass::Output];
        if classes.into_iter().any(|class| offer.is_before_list(class, day)) {
            return Err(format!("the price list with {model} is of {BEGINS}, after {day}"));
        }
        classes.into_iter().try_for_each(|class| offer.at(class, 1).map(|_| ()))
    });
    lacks.err().map(|reason| format!("unpriced: {reason}"))
}

fn sliders(run: &Run, kept: &[(String, Stated)]) -> Vec<Assumption> {
    let slider = |(path, assumption): (String, Stated)| {
        let (label, unit) = label_of(&path);
        let kept = kept.iter().find(|(other, _)| *other == path).map(|(_, kept)| kept.value);
        let rests = kept.unwrap_or(assumption.value);
        let (least, most, step) = span(&path, rests);
        let (min, max) = (least.min(assumption.value), most.max(assumption.value));
        Assumption {
            scenario: run.resolved.id.clone(),
            label,
            value: format!("{}", assumption.value),
            kept: kept.map(|value| format!("{value}")),
            unit: unit.to_owned(),
            min,
            max,
            step,
            shown: shown(assumption.value, unit),
            provenance: assumption.provenance(),
            evidence: assumption.evidence.word().to_owned(),
            low: assumption.low.map(|end| format!("{end}")),
            high: assumption.high.map(|end| format!("{end}")),
            shape: assumption.shape.word().to_owned(),
            drawable: knob_of(&run.resolved, &path).is_some(),
            source: assumption.source,
            observed: assumption.observed,
            path,
        }
    };
    assumptions(&run.resolved.file).into_iter().map(slider).collect()
}

/// Ends and step of a slider.
fn span(path: &str, value: f64) -> (f64, f64, f64) {
    let key = path.rsplit('.').next().unwrap_or_default();
    match key {
        "growth_percent_per_month" | "price_change_percent_per_month" => (-10.0, value.max(30.0), 0.5),
        "share_percent" | "cache_hit_percent" | "failed_percent" | "batch_percent" | "revenue_percent" => {
            (0.0, 100.0, 1.0)
        }
        _ => {
            let most = nice_double(value);
            let least = if key.ends_with("per_s_per_gpu") { most / 100.0 } else { 0.0 };
            // What the file would refuse is out of reach.
            let span = span_of(path);
            (least.max(span.least), most.max(value).min(span.most), most / 100.0)
        }
    }
}

/// Twice a value, rounded up to one leading digit: the far end of a slider.
fn nice_double(value: f64) -> f64 {
    if value <= 0.0 {
        return 1.0;
    }
    let mut scale = 1.0;
    while value * 2.0 > scale * 10.0 {
        scale *= 10.0;
    }
    while value * 2.0 <= scale {
        scale /= 10.0;
    }
    (value * 2.0 / scale).ceil() * scale
}
