//! The scenario file: TOML with units in its names, where each assumption may carry source, date and evidence.

use marginline_model::Month;
use marginline_model::scenario::Evidence;
use serde::Deserialize;
use toml_edit::{DocumentMut, Item, Value};

use crate::error::{EngineError, Result};

/// A number, with where it comes from.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(from = "AssumptionShape")]
pub struct Assumption {
    /// The number, in the unit that its name says.
    pub value: f64,
    /// Who says so.
    pub source: Option<String>,
    /// When it was so.
    pub observed: Option<String>,
    /// How well it is known.
    pub evidence: Evidence,
}

#[derive(Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum AssumptionShape {
    Plain(f64),
    Full {
        value: f64,
        source: Option<String>,
        observed: Option<String>,
        #[serde(default = "assumed")]
        evidence: Evidence,
    },
}

fn assumed() -> Evidence {
    Evidence::Assumed
}

impl From<AssumptionShape> for Assumption {
    fn from(shape: AssumptionShape) -> Self {
        match shape {
            AssumptionShape::Plain(value) => Self { value, source: None, observed: None, evidence: Evidence::Assumed },
            AssumptionShape::Full { value, source, observed, evidence } => Self { value, source, observed, evidence },
        }
    }
}

impl Assumption {
    /// Source, date and evidence in words.
    #[must_use]
    pub fn provenance(&self) -> String {
        let mut words = vec![self.evidence.word().to_owned()];
        words.extend(self.source.clone());
        words.extend(self.observed.clone());
        words.join(" · ")
    }
}

/// A scenario file.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScenarioFile {
    /// What it is.
    pub scenario: About,
    /// Actuals to start from.
    pub base: Option<Base>,
    /// Demand where it is stated.
    #[serde(default)]
    pub demand: Demand,
    /// Revenue where it is stated.
    #[serde(default)]
    pub revenue: Revenue,
    /// How requests are served.
    pub architecture: ArchitectureFile,
    /// Further lines of cost.
    #[serde(default)]
    pub cost: Vec<CostFile>,
    /// Hard limits.
    #[serde(default)]
    pub limits: Limits,
}

/// Name and period.
#[derive(Debug, Clone, PartialEq, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Base {
    /// Month of the ledger.
    pub month: String,
    /// Only this product.
    pub product: Option<String>,
    /// Cost lines of that month that go on, in proportion to requests.
    #[serde(default)]
    pub keep_lines: Vec<String>,
}

/// Stated demand; what is absent comes from the base.
#[derive(Debug, Clone, PartialEq, Deserialize, Default)]
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
    /// `flat`, `consumer-chat` or `actuals` (hours of the day at which the GPUs of the base were busy).
    pub hour_of_week: Option<String>,
}

/// Stated revenue; what is absent comes from the base.
#[derive(Debug, Clone, PartialEq, Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct Revenue {
    /// Recognised revenue per request.
    pub usd_per_request: Option<Assumption>,
}

/// How requests are served.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum ArchitectureFile {
    /// A provider's API.
    Api {
        /// Provider id of the price list.
        provider: String,
        /// Model id.
        model: String,
        /// Date whose prices hold for the whole run.
        priced_at: String,
    },
    /// Own or rented GPUs.
    OwnGpus {
        /// GPU type.
        gpu: String,
        /// Model they serve.
        model: Option<String>,
        /// Output tokens per second of one GPU at the latency target.
        output_tokens_per_s_per_gpu: Assumption,
        /// Price of one GPU hour.
        usd_per_gpu_hour: Assumption,
        /// GPUs come in units of this many.
        #[serde(default = "one")]
        gpus_per_unit: u32,
        /// Units beyond what the load needs.
        #[serde(default)]
        spare_units: u32,
        /// A fixed number instead of what the load needs.
        gpus: Option<u32>,
    },
}

fn one() -> u32 {
    1
}

/// A further line of cost.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CostFile {
    /// Its name.
    pub label: String,
    /// Fixed part.
    pub usd_per_month: Option<Assumption>,
    /// Part that grows with requests.
    pub usd_per_request: Option<Assumption>,
}

/// Hard limits.
#[derive(Debug, Clone, PartialEq, Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Time to first token at the 95th percentile.
    pub ttft_ms_p95: Option<f64>,
    /// Least headroom in the busiest hour.
    pub headroom_percent: Option<f64>,
}

/// Reads a scenario file.
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

fn check(file: &ScenarioFile) -> Result<()> {
    let bad = |what: String| Err(EngineError::failed(what).then("correct it in the scenario file"));
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
        let least = if path == "demand.growth_percent_per_month" { -99.0 } else { 0.0 };
        let most = if path == "demand.growth_percent_per_month" { 200.0 } else { 1e15 };
        if !(least..=most).contains(&assumption.value) {
            return bad(format!("{path} is {}, expected {least} to {most}", assumption.value));
        }
    }
    if let ArchitectureFile::OwnGpus { output_tokens_per_s_per_gpu, gpus_per_unit, spare_units, gpus, .. } =
        &file.architecture
    {
        if output_tokens_per_s_per_gpu.value <= 0.0 || !(1..=1_024).contains(gpus_per_unit) {
            return bad("architecture: tokens per second must be above 0 and gpus_per_unit 1 to 1024".into());
        }
        if *spare_units > 10_000 || gpus.is_some_and(|gpus| gpus > 1_000_000) {
            return bad("architecture: at most 10,000 spare units and 1,000,000 GPUs".into());
        }
    }
    let limits = [(file.limits.headroom_percent, 100.0), (file.limits.ttft_ms_p95, 1e9)];
    if limits.iter().any(|(limit, most)| limit.is_some_and(|limit| !(0.0..=*most).contains(&limit))) {
        return bad("limits: headroom is 0 to 100 percent, a time to first token 0 to 1,000,000,000 ms".into());
    }
    Ok(())
}

/// Every assumption of a file with its dotted path.
#[must_use]
pub fn assumptions(file: &ScenarioFile) -> Vec<(&'static str, Assumption)> {
    let demand = &file.demand;
    let mut found = vec![
        ("demand.requests_per_month", &demand.requests_per_month),
        ("demand.growth_percent_per_month", &demand.growth_percent_per_month),
        ("demand.input_tokens_per_request", &demand.input_tokens_per_request),
        ("demand.cache_read_tokens_per_request", &demand.cache_read_tokens_per_request),
        ("demand.cache_write_tokens_per_request", &demand.cache_write_tokens_per_request),
        ("demand.output_tokens_per_request", &demand.output_tokens_per_request),
        ("revenue.usd_per_request", &file.revenue.usd_per_request),
    ]
    .into_iter()
    .filter_map(|(path, assumption)| assumption.clone().map(|assumption| (path, assumption)))
    .collect::<Vec<_>>();
    if let ArchitectureFile::OwnGpus { output_tokens_per_s_per_gpu, usd_per_gpu_hour, .. } = &file.architecture {
        found.push(("architecture.usd_per_gpu_hour", usd_per_gpu_hour.clone()));
        found.push(("architecture.output_tokens_per_s_per_gpu", output_tokens_per_s_per_gpu.clone()));
    }
    found
}

/// The file with one number changed; its comments and order stay.
///
/// # Errors
/// When there is no such number in the file, or the value is no number.
pub fn with_value(text: &str, path: &str, value: &str) -> Result<String> {
    let number: f64 = value.parse().ok().filter(|number: &f64| number.is_finite()).ok_or_else(|| {
        EngineError::usage(format!("{value:?} is not a number")).at(path.to_owned()).then("type digits with a point")
    })?;
    let mut document: DocumentMut =
        text.parse().map_err(|error| EngineError::failed(format!("the scenario cannot be read: {error}")))?;
    let missing = || EngineError::usage("there is no such number in the scenario").at(path.to_owned());
    let mut item: &mut Item = document.as_item_mut();
    for part in path.split('.') {
        item = item.get_mut(part).ok_or_else(missing)?;
    }
    if item.is_inline_table() || item.is_table() {
        item = item.get_mut("value").ok_or_else(missing)?;
    }
    let Some(old) = item.as_value_mut() else { return Err(missing()) };
    let decor = old.decor().clone();
    *old = if number.fract() == 0.0 && number.abs() < 1e15 { Value::from(number as i64) } else { Value::from(number) };
    *old.decor_mut() = decor;
    let changed = document.to_string();
    parse(&changed)?;
    Ok(changed)
}

#[cfg(test)]
mod tests {
    use super::*;

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
