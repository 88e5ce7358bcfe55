//! The scenario file: TOML with units in its names, where each assumption may carry source, date, evidence and range.

mod assumption;
mod base_models;
mod component;
mod edit;
mod exit;
pub mod limits;
mod patch;
pub mod quality;
pub mod schema;
pub mod serving;

pub use assumption::{Assumption, Shape};
pub use component::{CommittedFile, ComponentFile, Kind, RateLimitFile, Scope, SpotFile, WaitingFile};
pub(crate) use edit::item_at;
pub use edit::with_value;
pub use exit::{ExitFile, FinanceFile, MigrationFile};
pub use limits::{Latency, LatencyLimit, Limits, QualityFloor};
pub use patch::{base_of, patched};
pub use quality::QualityFile;
use quality::one_or_many;
pub use serving::{MeasuredFile, MeasuredPoint, ServingFile};

use marginline_model::Month;
use schemars::JsonSchema;
use serde::Deserialize;

use super::lock::Lock;
use crate::error::{EngineError, Result};

/// A scenario file.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScenarioFile {
    /// What it is.
    pub scenario: About,
    /// Actuals to start from.
    pub base: Option<Base>,
    /// What it came to when it was locked.
    pub lock: Option<Lock>,
    /// Demand where it is stated.
    #[serde(default)]
    pub demand: Demand,
    /// Revenue where it is stated.
    #[serde(default)]
    pub revenue: Revenue,
    /// How requests are served, by one component.
    pub architecture: Option<ComponentFile>,
    /// How requests are served, by several, in the order in which work moves on.
    #[serde(default)]
    pub component: Vec<ComponentFile>,
    /// Further lines of cost.
    #[serde(default)]
    pub cost: Vec<CostFile>,
    /// Hard limits.
    #[serde(default)]
    pub limits: Limits,
    /// What leaving it costs, beside its components.
    pub exit: Option<ExitFile>,
    /// What moving in takes.
    pub migration: Option<MigrationFile>,
    /// Discount rate.
    pub finance: Option<FinanceFile>,
}

/// Name and period.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct About {
    /// Name for people.
    pub name: String,
    /// First month, `YYYY-MM`.
    pub start: String,
    /// Number of months.
    #[serde(default = "two_years")]
    pub months: u32,
}

fn two_years() -> u32 {
    24
}

/// Actuals to start from.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Base {
    /// Month of the ledger.
    pub month: Option<String>,
    /// Another scenario, by id; this file changes it.
    pub scenario: Option<String>,
    /// The hash of that scenario that this file needs; another is refused.
    pub hash: Option<String>,
    /// Models that served before; those of the base when absent. Another model needs a score.
    #[serde(default)]
    pub models: Vec<String>,
    /// Only this product.
    pub product: Option<String>,
    /// Cost lines of that month that go on, in proportion to requests.
    #[serde(default)]
    pub keep_lines: Vec<String>,
}

/// Stated demand; what is absent comes from the base.
#[derive(Debug, Clone, PartialEq, Deserialize, Default, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Demand {
    /// Requests in the first month.
    pub requests_per_month: Option<Assumption>,
    /// Growth of requests.
    pub growth_percent_per_month: Option<Assumption>,
    /// Uncached input tokens of a request.
    pub input_tokens_per_request: Option<Assumption>,
    /// Tokens of a request that the prompt cache serves.
    pub cache_read_tokens_per_request: Option<Assumption>,
    /// Tokens of a request that the prompt cache stores.
    pub cache_write_tokens_per_request: Option<Assumption>,
    /// Output tokens of a request.
    pub output_tokens_per_request: Option<Assumption>,
    /// Share of the prompt that the cache serves, whatever the base; the prompt's length stays.
    pub cache_hit_percent: Option<Assumption>,
    /// Tokens of the prompt, whatever the base; its composition stays.
    pub prompt_tokens_per_request: Option<Assumption>,
    /// Requests sent again, per hundred.
    pub retry_percent: Option<Assumption>,
    /// Requests lost per month, apart from growth.
    pub churn_percent_per_month: Option<Assumption>,
    /// Requests of January to December relative to the trend, in percent: 12 numbers.
    pub month_of_year_percent: Option<Vec<f64>>,
    /// `flat`, `consumer-chat` or `actuals` (hours of the day at which the GPUs of the base were busy).
    pub hour_of_week: Option<String>,
}

/// Stated revenue; what is absent comes from the base.
#[derive(Debug, Clone, PartialEq, Deserialize, Default, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Revenue {
    /// Recognised revenue per request.
    pub usd_per_request: Option<Assumption>,
    /// Change of that price per month.
    pub price_change_percent_per_month: Option<Assumption>,
}

/// A further line of cost.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CostFile {
    /// Its name.
    pub label: String,
    /// Fixed part.
    pub usd_per_month: Option<Assumption>,
    /// Part that grows with requests.
    pub usd_per_request: Option<Assumption>,
    /// Part that grows with tokens.
    pub usd_per_mtok: Option<Assumption>,
    /// Part that is a share of revenue.
    pub revenue_percent: Option<Assumption>,
    /// Part that is bought in whole units.
    pub units: Option<UnitsFile>,
    /// First month of the scenario in which it is due, counted from 1.
    pub from_month: Option<u32>,
    /// Last month.
    pub to_month: Option<u32>,
    /// Its fixed part is due every so many months.
    pub every_months: Option<u32>,
    /// Change of its prices per month.
    pub price_change_percent_per_month: Option<Assumption>,
}

/// Something bought in whole units: a database, a vector store, a gateway.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UnitsFile {
    /// Requests per second that one carries.
    pub requests_per_s_per_unit: f64,
    /// USD of one for a month.
    pub usd_per_unit_month: f64,
    /// Units beyond what the load needs.
    #[serde(default)]
    pub spare_units: u32,
    /// A fixed number instead of what the load needs.
    pub units: Option<u32>,
}

impl ScenarioFile {
    /// Its components with their paths: `architecture`, or `component.NAME` of several.
    #[must_use]
    pub fn components(&self) -> Vec<(String, &ComponentFile)> {
        let named = |component: &ComponentFile| format!("component.{}", component.name.as_deref().unwrap_or_default());
        let one = self.architecture.iter().map(|component| ("architecture".to_owned(), component));
        one.chain(self.component.iter().map(|component| (named(component), component))).collect()
    }

    /// What serves it, in words.
    #[must_use]
    pub fn kind(&self) -> String {
        let words: Vec<String> = self.components().iter().map(|(_, component)| component.words()).collect();
        words.join(" + ")
    }
}

/// Reads a scenario file that stands by itself; a file that changes another is [`patched`] first.
///
/// # Errors
/// When it is not TOML of this grammar, or a number in it cannot be.
pub fn parse(text: &str) -> Result<ScenarioFile> {
    let file: ScenarioFile = toml::from_str(text).map_err(|error| {
        let line = error.span().map_or(1, |span| text[..span.start.min(text.len())].lines().count().max(1));
        EngineError::failed(format!("the scenario cannot be read at line {line}: {}", error.message()))
            .then("see docs/scenarios.md")
    })?;
    check(&file)?;
    Ok(file)
}

fn bad<T>(what: String) -> Result<T> {
    Err(EngineError::failed(what).then("correct it in the scenario file"))
}

fn check(file: &ScenarioFile) -> Result<()> {
    let start: std::result::Result<Month, _> = file.scenario.start.parse();
    if let Err(error) = start {
        return bad(format!("scenario.start: {error}"));
    }
    if !(1..=120).contains(&file.scenario.months) {
        return bad(format!("scenario.months is {}, expected 1 to 120", file.scenario.months));
    }
    for amount in file.cost.iter().flat_map(|cost| [&cost.usd_per_month, &cost.usd_per_request]).flatten() {
        if !(0.0..=1e12).contains(&amount.value) {
            return bad(format!("a [[cost]] amount is {}, expected 0 to 1,000,000,000,000", amount.value));
        }
    }
    for (path, assumption) in assumptions(file) {
        let (least, most) = match path.rsplit('.').next().unwrap_or_default() {
            "growth_percent_per_month" | "price_change_percent_per_month" => (-99.0, 200.0),
            "churn_percent_per_month" => (0.0, 99.0),
            "retry_percent" => (0.0, 10_000.0),
            "share_percent" | "cache_hit_percent" | "failed_percent" | "batch_percent" | "revenue_percent" => {
                (0.0, 100.0)
            }
            _ => (0.0, 1e15),
        };
        if !(least..=most).contains(&assumption.value) {
            return bad(format!("{path} is {}, expected {least} to {most}", assumption.value));
        }
        if let Some(fault) = assumption.fault() {
            return bad(format!("{path}: {fault}"));
        }
    }
    check_components(file)?;
    if let Some(fault) = exit::fault(file) {
        return bad(fault);
    }
    if file.demand.month_of_year_percent.as_ref().is_some_and(|months| months.len() != 12) {
        return bad("demand.month_of_year_percent holds 12 numbers, January to December".into());
    }
    file.limits.fault().map_or(Ok(()), bad)
}

fn check_components(file: &ScenarioFile) -> Result<()> {
    match (&file.architecture, file.component.is_empty()) {
        (None, true) => return bad("nothing serves the requests: state [architecture] or [[component]]".into()),
        (Some(_), false) => return bad("both [architecture] and [[component]] are stated: name each component".into()),
        _ => {}
    }
    let mut names: Vec<&str> = Vec::new();
    for component in &file.component {
        match component.name.as_deref().map(str::trim) {
            None | Some("") => return bad("a [[component]] has no name".into()),
            Some(name) if names.contains(&name) => return bad(format!("two components are named {name:?}")),
            Some(name) => names.push(name),
        }
    }
    for (path, component) in file.components() {
        if let Some(fault) = component.fault() {
            return bad(format!("{path}: {fault}"));
        }
    }
    Ok(())
}

/// Every assumption of a file with its dotted path.
#[must_use]
pub fn assumptions(file: &ScenarioFile) -> Vec<(String, Assumption)> {
    let demand = &file.demand;
    let mut found: Vec<(String, Assumption)> = [
        ("demand.requests_per_month", &demand.requests_per_month),
        ("demand.growth_percent_per_month", &demand.growth_percent_per_month),
        ("demand.churn_percent_per_month", &demand.churn_percent_per_month),
        ("demand.input_tokens_per_request", &demand.input_tokens_per_request),
        ("demand.cache_read_tokens_per_request", &demand.cache_read_tokens_per_request),
        ("demand.cache_write_tokens_per_request", &demand.cache_write_tokens_per_request),
        ("demand.output_tokens_per_request", &demand.output_tokens_per_request),
        ("demand.prompt_tokens_per_request", &demand.prompt_tokens_per_request),
        ("demand.cache_hit_percent", &demand.cache_hit_percent),
        ("demand.retry_percent", &demand.retry_percent),
        ("revenue.usd_per_request", &file.revenue.usd_per_request),
        ("revenue.price_change_percent_per_month", &file.revenue.price_change_percent_per_month),
    ]
    .into_iter()
    .filter_map(|(path, assumption)| assumption.clone().map(|assumption| (path.to_owned(), assumption)))
    .collect();
    for (path, component) in file.components() {
        let of = component.assumptions().into_iter();
        found.extend(of.map(|(key, assumption)| (format!("{path}.{key}"), assumption.clone())));
    }
    for cost in &file.cost {
        let amounts = [("usd_per_month", &cost.usd_per_month), ("usd_per_request", &cost.usd_per_request)];
        let more = [("usd_per_mtok", &cost.usd_per_mtok), ("revenue_percent", &cost.revenue_percent)];
        for (key, assumption) in amounts.into_iter().chain(more) {
            found.extend(assumption.clone().map(|assumption| (format!("cost.{}.{key}", cost.label), assumption)));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use marginline_model::scenario::Evidence;

    const OWN: &str = r#"# kept
[scenario]
name = "Own H100"
start = "2026-11"

[demand]
requests_per_month = { value = 1000000, source = "traffic log", observed = "2026-10-31", evidence = "measured" }
growth_percent_per_month = 6 # a guess
input_tokens_per_request = 1000
output_tokens_per_request = 100

[revenue]
usd_per_request = 0.01

[architecture]
kind = "own-gpus"
gpu = "H100 SXM"
output_tokens_per_s_per_gpu = 500
usd_per_gpu_hour = 2.35
"#;

    #[test]
    fn a_number_is_changed_in_place_and_the_rest_stays() {
        let changed = with_value(OWN, "demand.growth_percent_per_month", "7.5").unwrap();
        assert!(changed.contains("growth_percent_per_month = 7.5 # a guess"), "{changed}");
        let changed = with_value(&changed, "demand.requests_per_month", "2000000").unwrap();
        assert!(changed.contains("value = 2000000, source"), "{changed}");
        assert_eq!(parse(&changed).unwrap().demand.requests_per_month.unwrap().evidence, Evidence::Measured);
        assert!(changed.starts_with("# kept"));
    }

    #[test]
    fn bad_files_say_what_is_bad() {
        let error = parse(&OWN.replace("2026-11", "soon")).unwrap_err().to_string();
        assert!(error.contains("scenario.start"), "{error}");
        let error = parse(&OWN.replace("gpu = ", "gpus_type = ")).unwrap_err().to_string();
        assert!(error.contains("gpu"), "{error}");
        let error = parse(&OWN.replace("= 500", "= -1")).unwrap_err().to_string();
        assert!(error.contains("output_tokens_per_s_per_gpu"), "{error}");
        assert!(with_value(OWN, "demand.nothing", "1").is_err());
        assert!(with_value(OWN, "demand.growth_percent_per_month", "many").is_err());
    }
}
