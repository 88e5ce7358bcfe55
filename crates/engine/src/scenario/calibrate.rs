//! What a month measured of a scenario's assumptions, and the file with it written in.

use marginline_model::scenario::Evidence;
use serde_json::{Value, json};
use toml_edit::{DocumentMut, Item};

use super::file::{ComponentFile, Kind, ScenarioFile, assumptions, document_of, item_at, state};
use super::lock::refuse_locked;
use super::new::{digits, quoted};
use super::observed::{Fleet, Observed, Served};
use super::resolve::Resolved;
use crate::Engine;
use crate::error::{EngineError, Result};
use crate::report::Period;
use crate::subject::plain_name;
use marginline_model::Month;

/// One assumption beside what was measured.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// Dotted path in the file.
    pub path: String,
    /// What the file says; `None` where it leaves it to its base.
    pub stated: Option<f64>,
    /// What the month measured; `None` where the ledger does not tell it.
    pub measured: Option<f64>,
    /// Where that is from, or why it is not known.
    pub source: String,
    /// How well it is known.
    pub evidence: Evidence,
}

impl Measured {
    /// As JSON has it.
    #[must_use]
    pub fn json(&self) -> Value {
        let number = |value: Option<f64>| value.map(digits);
        json!({"path": self.path, "stated": number(self.stated), "measured": number(self.measured), "source": self.source,
            "evidence": self.measured.map(|_| self.evidence.word())})
    }

    /// Is there a measured figure that the file does not have yet?
    #[must_use]
    pub fn differs(&self) -> bool {
        self.measured.is_some_and(|measured| self.stated.is_none_or(|stated| digits(stated) != digits(measured)))
    }
}

/// A file with measured figures written into it.
#[derive(Debug, Clone)]
pub struct Calibrated {
    /// The file.
    pub text: String,
    /// What was written.
    pub written: Vec<Measured>,
    /// What could be known and was not written: not stated in the file, or not measured.
    pub left: Vec<Measured>,
    /// Models and fleets that served in the month and are no component of the scenario, in words.
    pub missing: Vec<String>,
}

/// The observed model of an API component.
pub(crate) fn served_of<'a>(component: &ComponentFile, observed: &'a Observed) -> Option<(usize, &'a Served)> {
    let is_same = |each: &&Served| {
        Some(&each.provider) == component.provider.as_ref() && Some(&each.model) == component.model.as_ref()
    };
    let tier = component.service_tier.as_deref().unwrap_or_default();
    let exact = observed.served.iter().position(|each| is_same(&each) && each.tier == tier);
    let place = exact.or_else(|| observed.served.iter().position(|each| is_same(&each)))?;
    Some((place, &observed.served[place]))
}

/// The observed fleet of a component of own GPUs: of its type, or the only one there is.
pub(crate) fn fleet_of<'a>(component: &ComponentFile, observed: &'a Observed) -> Option<(usize, &'a Fleet)> {
    let name = plain_name(component.gpu.as_deref().unwrap_or_default());
    let is_same = |fleet: &Fleet| {
        let own = plain_name(&fleet.gpu);
        !own.is_empty() && (name.starts_with(&own) || own.starts_with(&name))
    };
    let place = observed.fleets.iter().position(is_same)?;
    Some((place, &observed.fleets[place]))
}

/// What a month measured, by path; `index` is the month's place in the run, 0 the first.
#[must_use]
pub fn measured(plan: &Resolved, observed: &Observed, index: u32) -> Vec<Measured> {
    let stated = assumptions(&plan.file);
    let of = |path: &str| stated.iter().find(|(known, _)| known == path).map(|(_, assumption)| assumption.value);
    let mut found = Vec::new();
    let mut add = |path: String, measured: Option<f64>, source: &str, evidence: Evidence| {
        found.push(Measured { stated: of(&path), path, measured, source: source.to_owned(), evidence });
    };
    let (usage, tokens) = (&observed.sources.usage, observed.tokens());
    if index == 0 {
        add("demand.requests_per_month".into(), Some(observed.requests()), usage, Evidence::Measured);
    }
    let demand = &plan.file.demand;
    let has_composition = demand.prompt_tokens_per_request.is_some() || demand.cache_hit_percent.is_some();
    if has_composition {
        if demand.prompt_tokens_per_request.is_some() {
            add("demand.prompt_tokens_per_request".into(), Some(tokens.prompt()), usage, Evidence::Measured);
        }
        if demand.cache_hit_percent.is_some() {
            let hit = tokens.cache_hit_share() * 100.0;
            add("demand.cache_hit_percent".into(), Some(hit), usage, Evidence::Measured);
        }
    } else {
        let hit = tokens.cache_hit_share() * 100.0;
        add("demand.cache_hit_percent".into(), Some(hit), usage, Evidence::Measured);
        for (key, value) in
            [("input", tokens.input), ("cache_read", tokens.cache_read), ("cache_write", tokens.cache_write)]
        {
            add(format!("demand.{key}_tokens_per_request"), Some(value), usage, Evidence::Measured);
        }
    }
    add("demand.output_tokens_per_request".into(), Some(tokens.output), usage, Evidence::Measured);
    let no_retries = "the ledger counts requests and does not tell which were sent again";
    add("demand.retry_percent".into(), None, no_retries, Evidence::Assumed);
    let price = observed.revenue_usd / observed.requests();
    add("revenue.usd_per_request".into(), Some(price), &observed.sources.revenue, Evidence::Billed);
    for (path, component) in plan.file.components() {
        of_component(&path, component, observed, &mut add);
    }
    for cost in &plan.file.cost {
        let kept = observed.kept.iter().find(|kept| kept.label == cost.label);
        if let (Some(kept), true) = (kept, cost.usd_per_request.is_some()) {
            let value = kept.usd / observed.requests();
            add(format!("cost.{}.usd_per_request", cost.label), Some(value), &observed.sources.cost, kept.evidence);
        }
    }
    found
}

fn of_component(
    path: &str,
    component: &ComponentFile,
    observed: &Observed,
    add: &mut impl FnMut(String, Option<f64>, &str, Evidence),
) {
    let (usage, all) = (&observed.sources.usage, observed.tokens());
    let (requests, tokens) = match component.kind {
        Kind::Api => match served_of(component, observed) {
            Some((_, each)) => (each.requests, each.tokens),
            None => return,
        },
        Kind::OwnGpus => match fleet_of(component, observed) {
            Some((_, fleet)) => {
                let source = fleet.rate_source(&observed.sources.gpu_hours);
                let rate = fleet.utilisation.map(|_| fleet.output_tokens_per_s_per_gpu);
                add(format!("{path}.output_tokens_per_s_per_gpu"), rate, &source, Evidence::Measured);
                let price = Some(fleet.usd_per_gpu_hour(observed.months())).filter(|price| *price > 0.0);
                add(format!("{path}.usd_per_gpu_hour"), price, &observed.sources.cost, Evidence::Billed);
                (fleet.requests, fleet.tokens)
            }
            None => return,
        },
    };
    if component.share_percent.is_some() {
        let share = requests / observed.requests() * 100.0;
        add(format!("{path}.share_percent"), Some(share), usage, Evidence::Measured);
    }
    for (key, is_stated, own, all) in [
        ("input_ratio", component.input_ratio.is_some(), tokens.input, all.input),
        ("cache_read_ratio", component.cache_read_ratio.is_some(), tokens.cache_read, all.cache_read),
        ("cache_write_ratio", component.cache_write_ratio.is_some(), tokens.cache_write, all.cache_write),
        ("verbosity", component.verbosity.is_some(), tokens.output, all.output),
    ] {
        // A class that only some components use needs its ratio, or the others would be asked for its price.
        if all > 0.0 && (is_stated || digits(own / all) != "1") {
            add(format!("{path}.{key}"), Some(own / all), usage, Evidence::Measured);
        }
    }
}

impl Engine {
    /// Writes what a month measured into a scenario's text; what the text does not state stays with its base.
    ///
    /// # Errors
    /// When the scenario cannot be run, is locked, or the month holds no usage.
    pub async fn calibrate(&self, texts: &[(String, String)], id: &str, month: Month) -> Result<Calibrated> {
        let run = self.run_only(texts, id).await?;
        let missing = || EngineError::usage(format!("there is no scenario {id:?}"));
        let text = texts.iter().find(|(name, _)| name == id).map(|(_, text)| text).ok_or_else(missing)?;
        let product = run.resolved.file.base.as_ref().and_then(|base| base.product.clone());
        let observed = self.observed(Period { from: month, to: month }, product.as_deref()).await?;
        let index = u32::try_from(month.since(run.resolved.inputs.start)).unwrap_or(u32::MAX);
        let found = measured(&run.resolved, &observed, index);
        let mut written = write(text, &found, &observed.last_day().to_string())?;
        written.missing = missing_of(&run.resolved.file, &observed);
        let standing: Vec<(String, String)> = texts
            .iter()
            .map(|(name, old)| (name.clone(), if name == id { written.text.clone() } else { old.clone() }))
            .collect();
        self.run_only(&standing, id).await.map_err(|error| {
            let place = error.place.clone().unwrap_or_else(|| format!("scenario {id}"));
            let what = format!("with what {month} measured the scenario cannot be run: {}", error.what);
            EngineError::failed(what).at(place).then(match written.missing.as_slice() {
                [] => "change the scenario by hand".to_owned(),
                missing => format!("add a component for {}", missing.join(", ")),
            })
        })?;
        Ok(written)
    }
}

/// What served and is in no component.
fn missing_of(file: &ScenarioFile, observed: &Observed) -> Vec<String> {
    let components = file.components();
    let share = |requests: f64| {
        let percent = crate::number::rounded(&format!("{:.9}", 100.0 * requests / observed.requests()), 1);
        format!("{percent}% of requests")
    };
    let mut found = Vec::new();
    for (place, each) in observed.served.iter().enumerate() {
        let is_there =
            components.iter().any(|(_, component)| served_of(component, observed).is_some_and(|(at, _)| at == place));
        if !is_there {
            found.push(format!("{} ({})", each.placement(), share(each.requests)));
        }
    }
    for (place, fleet) in observed.fleets.iter().enumerate().filter(|(_, fleet)| fleet.requests > 0.0) {
        let is_there =
            components.iter().any(|(_, component)| fleet_of(component, observed).is_some_and(|(at, _)| at == place));
        if !is_there {
            found.push(format!("own {} ({})", fleet.gpu, share(fleet.requests)));
        }
    }
    found
}

/// A text with measured figures where it states them; comments and order stay.
fn write(text: &str, found: &[Measured], observed: &str) -> Result<Calibrated> {
    refuse_locked(text)?;
    let mut document = document_of(text)?;
    let (mut written, mut left) = (Vec::new(), Vec::new());
    for each in found {
        if each.stated.is_none() && each.measured.is_some() && is_ratio(&each.path) {
            state_ratio(&mut document, &each.path);
        }
        let item = item_at(document.as_table_mut(), &each.path);
        match (item, each.measured) {
            (Some(item), Some(value)) if each.differs() => {
                replace(item, value, each, observed)?;
                written.push(each.clone());
            }
            (Some(_), Some(_)) => {}
            _ => left.push(each.clone()),
        }
    }
    Ok(Calibrated { text: document.to_string(), written, left, missing: Vec::new() })
}

fn is_ratio(path: &str) -> bool {
    path.ends_with("_ratio") || path.ends_with(".verbosity")
}

/// Makes room for a ratio in a component that this text has; one of its base's stays with the base.
fn state_ratio(document: &mut DocumentMut, path: &str) {
    let owner = path.rsplit_once('.').map_or(path, |(owner, _)| owner);
    let is_here = match owner.split_once('.') {
        Some(_) => item_at(document.as_table_mut(), &format!("{owner}.name")).is_some(),
        None => document.contains_table(owner),
    };
    if is_here && item_at(document.as_table_mut(), path).is_none() {
        // A path that cannot be stated is left, and told among those that are.
        let _ = state(document.as_table_mut(), path);
    }
}

/// Replaces an assumption whole; its range stays where the measured figure lies in it.
fn replace(item: &mut Item, value: f64, each: &Measured, observed: &str) -> Result<()> {
    let end = |name: &str| {
        item.get(name).and_then(|end| end.as_float().or_else(|| end.as_integer().map(|whole| whole as f64)))
    };
    let range = match (end("low"), end("high")) {
        (Some(low), Some(high)) if low <= value && value <= high => {
            let shape = item.get("shape").and_then(Item::as_str).map(|shape| format!(", shape = {}", quoted(shape)));
            format!(", low = {}, high = {}{}", digits(low), digits(high), shape.unwrap_or_default())
        }
        _ => String::new(),
    };
    let whole = format!(
        "{{ value = {}{range}, source = {}, observed = {}, evidence = {} }}",
        digits(value),
        quoted(&each.source),
        quoted(observed),
        quoted(each.evidence.word())
    );
    let table: toml_edit::Value =
        whole.parse().map_err(|error| EngineError::failed(format!("{} cannot be written: {error}", each.path)))?;
    let decor = item.as_value().map(|old| old.decor().clone());
    *item = Item::Value(table);
    if let (Some(decor), Some(new)) = (decor, item.as_value_mut()) {
        *new.decor_mut() = decor;
    }
    Ok(())
}
