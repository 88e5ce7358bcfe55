//! The scenario file: TOML with units in its names, where each assumption may carry source, date, evidence and range.

mod assumption;
mod availability;
mod base_models;
mod check;
mod component;
mod cost;
mod demand;
mod edit;
mod edited;
mod exchange;
mod exit;
mod left_behind;
pub mod limits;
mod names;
mod observed;
mod optimise;
mod patch;
pub mod quality;
mod read_error;
pub mod schema;
mod series;
pub mod serving;
mod span;
mod week;
mod write;
mod written;

use std::collections::BTreeMap;

pub use assumption::{Assumption, Shape};
pub use availability::{Availability, OUTAGE};
pub use base_models::{BaseModel, SharedModel};
pub(super) use base_models::{note_swap, shares};
pub(super) use check::check;
pub use component::{CommittedFile, ComponentFile, Kind, RateLimitFile, Scope, SpotFile, WaitingFile};
pub use cost::{CostFile, NetworkFile, RetrainingFile, Topology, UnitsFile};
pub use demand::{Demand, Revenue};
pub(super) use edit::document_of;
pub(crate) use edit::{item_at, state};
pub use edit::{with_series, with_value};
pub use edited::edited;
pub use exchange::RateFile;
pub use exit::{ExitFile, FinanceFile, MigrationFile};
pub use limits::{Latency, LatencyLimit, Limits, QualityFloor};
pub use optimise::{
    BucketFile, FleetFile, FleetGpuFile, FutureFile, Goal, OptimiseFile, OptionFile, VaryFile, WhenFile,
};
pub(super) use patch::lay_over;
pub use patch::{base_of, patched, root_of, starts_from_month};
pub use quality::QualityFile;
use quality::one_or_many;
use read_error::read_error;
pub use series::Series;
pub use serving::{MeasuredFile, MeasuredPoint, ServingFile};
pub use span::{Span, span_of};
pub use week::{BatchHours, Week};
pub use write::write;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::lock::Lock;
use crate::error::Result;

/// A scenario file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
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
    /// USD for one unit of other currencies, by their codes.
    #[serde(default)]
    pub exchange_rates: BTreeMap<String, RateFile>,
    /// How requests are served, by one component.
    pub architecture: Option<ComponentFile>,
    /// How requests are served, by several, in the order in which work moves on.
    #[serde(default)]
    pub component: Vec<ComponentFile>,
    /// Further lines of cost.
    #[serde(default)]
    pub cost: Vec<CostFile>,
    /// How much of the time it is there.
    #[serde(default)]
    pub availability: Availability,
    /// Hard limits.
    #[serde(default)]
    pub limits: Limits,
    /// What leaving it costs, beside its components.
    pub exit: Option<ExitFile>,
    /// What moving in takes.
    pub migration: Option<MigrationFile>,
    /// Discount rate.
    pub finance: Option<FinanceFile>,
    /// What may vary, for `scenario optimise`; nothing else reads it.
    pub optimise: Option<OptimiseFile>,
}

/// Name and period.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Base {
    /// Month of the ledger.
    pub month: Option<String>,
    /// Another scenario, by id; this file changes it.
    pub scenario: Option<String>,
    /// The hash of that scenario that this file needs; another is refused.
    pub hash: Option<String>,
    /// Models that served before; those of the base when absent. Another model, or more of one, needs a score.
    #[serde(default)]
    pub models: Vec<BaseModel>,
    /// Models whose cost is unknown and left out, while the revenue holds theirs: margins are then upper bounds.
    #[serde(default)]
    pub unpriced: Vec<String>,
    /// Only this product.
    pub product: Option<String>,
    /// Cost lines of that month that go on, in proportion to requests.
    #[serde(default)]
    pub keep_lines: Vec<String>,
}

impl ScenarioFile {
    /// Its components with their paths: `architecture`, or `component.NAME` of several.
    #[must_use]
    pub fn components(&self) -> Vec<(String, &ComponentFile)> {
        let named = |component: &ComponentFile| format!("component.{}", component.name.as_deref().unwrap_or_default());
        let one = self.architecture.iter().map(|component| ("architecture".to_owned(), component));
        one.chain(self.component.iter().map(|component| (named(component), component))).collect()
    }

    /// The models whose revenue is in and whose cost is unknown, in words: cost is then at least, and margin at most, what
    /// a run comes to.
    #[must_use]
    pub fn unpriced(&self) -> Option<String> {
        let open = &self.base.as_ref()?.unpriced;
        (!open.is_empty()).then(|| open.join(", "))
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
    let file: ScenarioFile = toml::from_str(text).map_err(|error| read_error(text, &error))?;
    names::check_texts(text)?;
    check::check(&file)?;
    Ok(file)
}

/// Every assumption of a file with its dotted path.
#[must_use]
pub fn assumptions(file: &ScenarioFile) -> Vec<(String, Assumption)> {
    let (demand, revenue, availability) = (&file.demand, &file.revenue, &file.availability);
    let mut found: Vec<(String, Assumption)> = [
        ("demand.requests_per_month", &demand.requests_per_month),
        ("demand.level_percent", &demand.level_percent),
        ("demand.growth_percent_per_month", &demand.growth_percent_per_month),
        ("demand.churn_percent_per_month", &demand.churn_percent_per_month),
        ("demand.input_tokens_per_request", &demand.input_tokens_per_request),
        ("demand.cache_read_tokens_per_request", &demand.cache_read_tokens_per_request),
        ("demand.cache_write_tokens_per_request", &demand.cache_write_tokens_per_request),
        ("demand.output_tokens_per_request", &demand.output_tokens_per_request),
        ("demand.prompt_tokens_per_request", &demand.prompt_tokens_per_request),
        ("demand.cache_hit_percent", &demand.cache_hit_percent),
        ("demand.retry_percent", &demand.retry_percent),
        ("revenue.usd_per_request", &revenue.usd_per_request),
        ("revenue.level_percent", &revenue.level_percent),
        ("revenue.price_change_percent_per_month", &revenue.price_change_percent_per_month),
    ]
    .into_iter()
    .filter_map(|(path, assumption)| assumption.clone().map(|assumption| (path.to_owned(), assumption)))
    .collect();
    let rates = file.exchange_rates.iter().filter_map(|(code, rate)| Some((code, rate.whole()?)));
    found.extend(rates.map(|(code, rate)| (format!("exchange_rates.{code}"), rate.clone())));
    for (path, component) in file.components() {
        let of = component.assumptions().into_iter();
        found.extend(of.map(|(key, assumption)| (format!("{path}.{key}"), assumption.clone())));
    }
    for cost in &file.cost {
        let of = cost.assumptions().into_iter();
        found.extend(of.map(|(key, assumption)| (format!("cost.{}.{key}", cost.label), assumption.clone())));
    }
    for (key, assumption) in [
        ("hours_down_per_year", &availability.hours_down_per_year),
        ("percent", &availability.percent),
        ("revenue_at_risk_percent", &availability.revenue_at_risk_percent),
    ] {
        found.extend(assumption.clone().map(|assumption| (format!("availability.{key}"), assumption)));
    }
    found
}

/// Every series of a file with its dotted path.
#[must_use]
pub fn series(file: &ScenarioFile) -> Vec<(String, Series)> {
    let mut found = vec![
        ("demand.requests_by_month".to_owned(), &file.demand.requests_by_month),
        ("revenue.usd_per_request_by_month".to_owned(), &file.revenue.usd_per_request_by_month),
    ];
    for (path, component) in file.components() {
        found.push((format!("{path}.usd_per_gpu_hour_by_month"), &component.usd_per_gpu_hour_by_month));
    }
    found.extend(file.cost.iter().map(|cost| (format!("cost.{}.usd_by_month", cost.label), &cost.usd_by_month)));
    let stated = found.into_iter().filter_map(|(path, series)| Some((path, series.clone()?)));
    let rates = file.exchange_rates.iter().filter_map(|(code, rate)| Some((code, rate.months()?)));
    stated.chain(rates.map(|(code, rates)| (format!("exchange_rates.{code}"), rates.clone()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use marginline_model::scenario::Evidence;

    /// One component, comments, and a number with all that can be said of it.
    pub(super) const OWN: &str = r#"# kept
[scenario]
name = "Own H100"
start = "2026-11"

[demand]
requests_per_month = { value = 1000, source = "traffic log", observed = "2026-10-31", evidence = "measured", low = 900, high = 1200 }
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
        let changed = with_value(&changed, "demand.requests_per_month", "1100").unwrap();
        assert!(changed.contains("value = 1100, source"), "{changed}");
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

    #[test]
    fn an_assumption_that_cannot_be_read_names_its_key() {
        let file = |growth: &str| {
            format!(
                "[scenario]\nname = \"a\"\nstart = \"2026-11\"\nmonths = 2\n\
                 [demand]\nrequests_per_month = 1\ngrowth_percent_per_month = {growth}\n"
            )
        };
        let says = |growth: &str| parse(&file(growth)).unwrap_err().to_string();
        let unknown = says("{ value = 4, lwo = 2 }");
        assert!(unknown.contains("at line 7: unknown field `lwo`, expected one of `value`"), "{unknown}");
        assert!(says("{ low = 2 }").contains("missing field `value`"), "{}", says("{ low = 2 }"));
        let word = says("\"four\"");
        assert!(word.contains("invalid type: string \"four\", expected a number, or a table such as"), "{word}");
        let long = says(&format!("{{ value = 4, {} = 2 }}", "x".repeat(20_000)));
        assert!(long.len() < 600 && long.contains(" … ") && long.contains("`shape`"), "{long}");
    }
}
