//! The scenarios screen: which there are, and two or more side by side.

use marginline_model::prices::TokenClass;
use marginline_store::document::DocumentKind;

use crate::Engine;
use crate::error::{EngineError, Result};
use crate::number;
use crate::prices::{Model, PriceBook};
use crate::scenario::compare::{Comparison, apply};
use crate::scenario::file::{ArchitectureFile, assumptions, parse};
use crate::view::{Assumption, CompareQuery, CompareView, Notice, Override, ScenarioInfo, Tone};

/// Name and unit of an assumption for people.
#[must_use]
pub fn label_of(path: &str) -> (&'static str, &'static str) {
    match path {
        "demand.requests_per_month" => ("Requests", "/month"),
        "demand.growth_percent_per_month" => ("Traffic growth", "%/month"),
        "demand.input_tokens_per_request" => ("Input tokens", "/request"),
        "demand.cache_read_tokens_per_request" => ("Cached tokens", "/request"),
        "demand.cache_write_tokens_per_request" => ("Cache writes", "/request"),
        "demand.output_tokens_per_request" => ("Output tokens", "/request"),
        "revenue.usd_per_request" => ("Product price", "$/request"),
        "architecture.usd_per_gpu_hour" => ("GPU price", "$/h"),
        "architecture.output_tokens_per_s_per_gpu" => ("Tokens/s per GPU", ""),
        _ => ("Assumption", ""),
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
        let prices = self.price_book().await?;
        Ok(texts.iter().enumerate().map(|(index, (id, text))| info(index, id, text, &prices)).collect())
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
        let prices = self.price_book().await?;
        let infos: Vec<ScenarioInfo> =
            texts.iter().enumerate().map(|(index, (id, text))| info(index, id, text, &prices)).collect();
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
        let comparison = self.run_scenarios(&apply(&chosen, &query.overrides)?).await?;
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

/// A scenario in a line; the index is its colour.
#[must_use]
pub fn info(index: usize, id: &str, text: &str, prices: &PriceBook) -> ScenarioInfo {
    let colour = u32::try_from(index % 8).unwrap_or_default();
    match parse(text) {
        Ok(file) => ScenarioInfo {
            id: id.to_owned(),
            problem: unpriced(&file.architecture, prices),
            name: file.scenario.name,
            kind: match file.architecture {
                ArchitectureFile::Api { model, .. } => format!("API · {model}"),
                ArchitectureFile::OwnGpus { gpu, .. } => format!("own GPUs · {gpu}"),
            },
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

/// Why an architecture has no price, so that the scenario cannot be run.
fn unpriced(architecture: &ArchitectureFile, prices: &PriceBook) -> Option<String> {
    let ArchitectureFile::Api { provider, model, priced_at } = architecture else { return None };
    let offer = prices.offer(Model::plain(provider, model), priced_at.parse().ok()?);
    let lacks = offer.and_then(|offer| {
        [TokenClass::Input, TokenClass::Output].into_iter().try_for_each(|class| offer.at(class, 1).map(|_| ()))
    });
    lacks.err().map(|reason| format!("unpriced: {reason}"))
}

fn sliders(run: &crate::scenario::Run) -> Vec<Assumption> {
    assumptions(&run.resolved.file)
        .into_iter()
        .map(|(path, assumption)| {
            let (label, unit) = label_of(path);
            let growth = path == "demand.growth_percent_per_month";
            let most = if growth { 30.0 } else { nice_double(assumption.value) };
            Assumption {
                scenario: run.resolved.id.clone(),
                path: path.to_owned(),
                label: label.to_owned(),
                value: format!("{}", assumption.value),
                unit: unit.to_owned(),
                min: if growth {
                    -10.0
                } else if path.ends_with("per_s_per_gpu") {
                    most / 100.0
                } else {
                    0.0
                },
                max: most.max(assumption.value),
                step: if growth { 0.5 } else { most / 100.0 },
                shown: shown(assumption.value, unit),
                provenance: assumption.provenance(),
            }
        })
        .collect()
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
