//! The scenarios screen: which there are, and two or more side by side.

use marginline_model::prices::TokenClass;
use marginline_store::document::DocumentKind;

use crate::Engine;
use crate::error::{EngineError, Result};
use crate::number;
use crate::prices::{Model, PriceBook};
use crate::scenario::compare::{Comparison, apply};
use crate::scenario::file::ScenarioFile;
use crate::scenario::file::{Assumption as Stated, ComponentFile, Kind, assumptions, parse, patched};
use crate::view::{Assumption, CompareQuery, CompareView, Notice, Override, ScenarioInfo, Tone};

/// Name and unit of an assumption for people; those of a named component or line carry its name.
#[must_use]
pub fn label_of(path: &str) -> (String, &'static str) {
    let (owner, key) = path.rsplit_once('.').unwrap_or(("", path));
    let (label, unit) = match key {
        "requests_per_month" => ("Requests", "/month"),
        "growth_percent_per_month" => ("Traffic growth", "%/month"),
        "churn_percent_per_month" => ("Churn", "%/month"),
        "input_tokens_per_request" => ("Input tokens", "/request"),
        "cache_read_tokens_per_request" => ("Cached tokens", "/request"),
        "cache_write_tokens_per_request" => ("Cache writes", "/request"),
        "output_tokens_per_request" => ("Output tokens", "/request"),
        "prompt_tokens_per_request" => ("Prompt tokens", "/request"),
        "cache_hit_percent" => ("Cache hits", "%"),
        "retry_percent" => ("Retries", "%"),
        "usd_per_request" if owner == "revenue" => ("Product price", "$/request"),
        "price_change_percent_per_month" if owner == "revenue" => ("Product price change", "%/month"),
        "usd_per_gpu_hour" => ("GPU price", "$/h"),
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
        "usd_per_month" => ("Fixed cost", "$/month"),
        "usd_per_request" => ("Cost per request", "$/request"),
        "usd_per_mtok" => ("Cost per Mtok", "$/Mtok"),
        "revenue_percent" => ("Share of revenue", "%"),
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
    let places = if value == 0.0 || value.fract() == 0.0 {
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
        Some(per) => format!("${digits} {per}"),
        None if unit.is_empty() => digits,
        None => format!("{digits} {unit}"),
    }
}

impl Engine {
    async fn scenario_texts(&self) -> Result<Vec<(String, String)>> {
        Ok(self.ledger().documents(DocumentKind::Scenario).await?)
    }

    /// Scenarios of the workspace, by id; the index in this list is the colour.
    ///
    /// # Errors
    /// When the workspace cannot be read.
    pub async fn scenario_list(&self) -> Result<Vec<ScenarioInfo>> {
        let texts = self.scenario_texts().await?;
        Ok(infos(&texts, &self.price_book().await?))
    }

    /// Writes changed numbers into the scenarios.
    ///
    /// # Errors
    /// When a change names a scenario or a number that is not there.
    pub async fn save_scenario(&self, overrides: &[Override]) -> Result<Vec<ScenarioInfo>> {
        let texts = self.scenario_texts().await?;
        if let Some(unknown) = overrides.iter().find(|change| !texts.iter().any(|(id, _)| *id == change.scenario)) {
            return Err(EngineError::usage("there is no such scenario").at(unknown.scenario.clone()));
        }
        for ((id, before), (_, after)) in texts.iter().zip(apply(&texts, overrides)?) {
            if *before != after {
                // A patch is sound when what it stands on takes it.
                let text_of = |wanted: &str| texts.iter().find(|(id, _)| id == wanted).map(|(_, text)| text.clone());
                parse(&patched(id, &after, &text_of)?)?;
                self.ledger().keep_document(DocumentKind::Scenario, id, &after).await?;
            }
        }
        self.scenario_list().await
    }

    /// Runs the scenarios of a query.
    ///
    /// # Errors
    /// When there are fewer than two, one is not there, or one cannot be run.
    pub async fn comparison(&self, query: &CompareQuery) -> Result<(Comparison, Vec<ScenarioInfo>)> {
        let texts = self.scenario_texts().await?;
        let infos = infos(&texts, &self.price_book().await?);
        let wanted: Vec<String> = if query.scenarios.is_empty() {
            infos.iter().filter(|info| info.problem.is_none()).map(|info| info.id.clone()).collect()
        } else {
            query.scenarios.clone()
        };
        let mut chosen = Vec::new();
        for id in &wanted {
            let found = texts.iter().find(|(name, _)| name == id);
            chosen.push(found.cloned().ok_or_else(|| {
                EngineError::usage("there is no such scenario").at(id.clone()).then("import its file")
            })?);
        }
        let comparison = self.run_scenarios(&apply(&self.standing(&chosen).await?, &query.overrides)?).await?;
        comparison.check()?;
        let infos = wanted.iter().filter_map(|id| infos.iter().find(|info| info.id == *id).cloned()).collect();
        Ok((comparison, infos))
    }

    /// Two or more scenarios side by side.
    ///
    /// # Errors
    /// As [`Engine::comparison`].
    pub async fn compare_view(&self, query: &CompareQuery) -> Result<CompareView> {
        let (comparison, scenarios) = self.comparison(query).await?;
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
            assumptions: comparison.runs.iter().flat_map(sliders).collect(),
            break_even: comparison.break_even(),
            notices,
            scenarios,
        })
    }
}

/// Scenarios in a line each; the place in the list is the colour.
#[must_use]
pub fn infos(texts: &[(String, String)], prices: &PriceBook) -> Vec<ScenarioInfo> {
    let text_of = |wanted: &str| texts.iter().find(|(id, _)| id == wanted).map(|(_, text)| text.clone());
    let line = |(index, (id, text)): (usize, &(String, String))| {
        info(index, id, patched(id, text, &text_of).and_then(|text| parse(&text)), prices)
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
        },
        Err(error) => ScenarioInfo {
            id: id.to_owned(),
            name: id.to_owned(),
            kind: String::new(),
            colour,
            problem: Some(error.to_string()),
        },
    }
}

/// Why a component has no price, so that the scenario cannot be run.
fn unpriced(component: &ComponentFile, prices: &PriceBook) -> Option<String> {
    let (Kind::Api, Some(provider), Some(model)) = (component.kind, &component.provider, &component.model) else {
        return None;
    };
    let tier = component.service_tier.as_deref().unwrap_or_default();
    let region = component.region.as_deref().unwrap_or_default();
    let offer = prices.offer(Model { provider, model, tier, region }, component.priced_at.as_ref()?.parse().ok()?);
    let lacks = offer.and_then(|offer| {
        [TokenClass::Input, TokenClass::Output].into_iter().try_for_each(|class| offer.at(class, 1).map(|_| ()))
    });
    lacks.err().map(|reason| format!("unpriced: {reason}"))
}

fn sliders(run: &crate::scenario::Run) -> Vec<Assumption> {
    let slider = |(path, assumption): (String, Stated)| {
        let (label, unit) = label_of(&path);
        let (min, max, step) = span(&path, assumption.value);
        Assumption {
            scenario: run.resolved.id.clone(),
            path,
            label,
            value: format!("{}", assumption.value),
            unit: unit.to_owned(),
            min,
            max,
            step,
            shown: shown(assumption.value, unit),
            provenance: assumption.provenance(),
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
            (least, most.max(value), most / 100.0)
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
