//! An alternative to begin with: a file that changes another scenario, with the figures to be settled as ranges.

use std::fmt::Write;

use marginline_model::scenario::{Inputs, Serving, TokensPerRequest};

use super::text::{digits, quoted};
use crate::Engine;
use crate::error::{EngineError, Result};
use crate::prices::catalogue::gpu_of;
use crate::prices::{Model, PriceBook};
use crate::scenario::api_prices::api_prices;
use crate::scenario::component::ratios;
use crate::scenario::file::{Assumption, ComponentFile, Kind, ScenarioFile, Shape};
use crate::scenario::resolve::Resolved;
use crate::subject::plain_name;

/// Which alternative.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alternative {
    /// Everything on own GPUs, counted by load.
    OwnGpus,
    /// The dearest model replaced by a cheaper one.
    CheaperModel,
    /// What can wait at batch prices.
    Batch,
}

impl Alternative {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::OwnGpus, Self::CheaperModel, Self::Batch];

    /// Its word on the command line and in the window's questions.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::OwnGpus => "own-gpus",
            Self::CheaperModel => "cheaper-model",
            Self::Batch => "batch",
        }
    }

    /// Its name for people.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::OwnGpus => "All on own GPUs",
            Self::CheaperModel => "A cheaper model",
            Self::Batch => "Batch for what can wait",
        }
    }

    /// What it changes, in one line.
    #[must_use]
    pub fn about(self) -> &'static str {
        match self {
            Self::OwnGpus => "everything from GPUs like those of the base, counted by load, with one spare",
            Self::CheaperModel => "the cheapest model of the base, or one that you name, where the dearest is",
            Self::Batch => "30% of the work at batch prices, or on GPUs when they are free; a range of 10 to 50%",
        }
    }
}

/// What is asked.
#[derive(Debug, Clone)]
pub struct PatchRequest {
    /// Which alternative.
    pub alternative: Alternative,
    /// Scenario that it changes, by id.
    pub base: String,
    /// Name for people.
    pub name: Option<String>,
    /// Provider and model to change to.
    pub model: Option<(String, String)>,
    /// GPU type.
    pub gpu: Option<String>,
    /// USD of one GPU for an hour.
    pub usd_per_gpu_hour: Option<f64>,
    /// Output tokens per second of one GPU.
    pub output_tokens_per_s_per_gpu: Option<f64>,
}

impl Engine {
    /// Writes a patch on a scenario; `texts` holds it and those below it that the workspace does not hold.
    ///
    /// # Errors
    /// When the base cannot be run, or has nothing that the alternative could change.
    pub async fn new_patch(&self, texts: &[(String, String)], request: &PatchRequest) -> Result<String> {
        let prices = self.price_book().await?;
        let base = self.resolved_of(texts, &request.base).await?.resolved;
        let (name, body) = match request.alternative {
            Alternative::OwnGpus => own_gpus(&base, request)?,
            Alternative::CheaperModel => cheaper_model(&base, request, &prices)?,
            Alternative::Batch => batch(&base, &prices)?,
        };
        let name = request.name.clone().unwrap_or_else(|| format!("{}: {name}", base.name));
        Ok(format!("[scenario]\nname = {}\n\n[base]\nscenario = {}\n{body}", quoted(&name), quoted(&request.base)))
    }
}

/// The head of a component's entry: several are found by name, one alone is the architecture.
fn entry(file: &ScenarioFile, component: &ComponentFile) -> String {
    match (&file.architecture, &component.name) {
        (None, Some(name)) => format!("\n[[component]]\nname = {}\n", quoted(name)),
        _ => "\n[architecture]\n".to_owned(),
    }
}

fn assumed(key: &str, value: f64, range: Option<(f64, f64)>, source: &str) -> String {
    let range = range.map_or(String::new(), |(low, high)| format!(", low = {}, high = {}", digits(low), digits(high)));
    format!("{key} = {{ value = {}{range}, source = {}, evidence = \"assumed\" }}\n", digits(value), quoted(source))
}

/// As a component has it, with its range and source.
pub(super) fn taken(key: &str, from: &Assumption) -> String {
    let mut text = format!("{key} = {{ value = {}", digits(from.value));
    if let Some((low, high)) = from.range() {
        let _ = write!(text, ", low = {}, high = {}", digits(low), digits(high));
        if from.shape != Shape::Pert {
            let _ = write!(text, ", shape = {}", quoted(from.shape.word()));
        }
    }
    for (name, word) in [("source", &from.source), ("observed", &from.observed)] {
        if let Some(word) = word {
            let _ = write!(text, ", {name} = {}", quoted(word));
        }
    }
    let _ = writeln!(text, ", evidence = {} }}", quoted(from.evidence.word()));
    text
}

fn own_gpus(base: &Resolved, request: &PatchRequest) -> Result<(String, String)> {
    let there = base.file.components();
    let is_gpu = |component: &&ComponentFile| match (&request.gpu, &component.gpu) {
        (Some(asked), Some(own)) => plain_name(&gpu_of(asked).0) == plain_name(&gpu_of(own).0),
        (asked, _) => asked.is_none(),
    };
    // What was measured and billed of one GPU says nothing of another.
    let mut fleets = there.iter().map(|(_, component)| *component).filter(|component| component.kind == Kind::OwnGpus);
    let owned = fleets.find(is_gpu);
    let gpu = request.gpu.clone().or_else(|| owned?.gpu.clone());
    let figure = |key: &str, stated: Option<f64>, kept: Option<&Assumption>| match (stated, kept) {
        (Some(value), _) => Some(assumed(key, value, None, "stated by hand when the scenario was begun")),
        (None, Some(kept)) => Some(taken(key, kept)),
        (None, None) => None,
    };
    let rate = figure(
        "output_tokens_per_s_per_gpu",
        request.output_tokens_per_s_per_gpu,
        owned.and_then(|own| own.output_tokens_per_s_per_gpu.as_ref()),
    );
    let price =
        figure("usd_per_gpu_hour", request.usd_per_gpu_hour, owned.and_then(|own| own.usd_per_gpu_hour.as_ref()));
    let (Some(gpu), Some(rate), Some(price)) = (gpu, rate, price) else {
        let which = request.gpu.as_ref().map_or("GPUs".to_owned(), Clone::clone);
        return Err(EngineError::usage(format!("the base has no {which} of its own, so what one makes and costs is not known"))
            .at(format!("scenario {}", request.base))
            .then("state a GPU (--gpu), its output tokens per second (--output-tokens-per-s-per-gpu) and its price (--usd-per-gpu-hour)"));
    };
    let mut body = String::new();
    for component in &base.file.component {
        let name = component.name.clone().unwrap_or_default();
        let _ = write!(body, "\n[[component]]\nname = {}\nremove = true\n", quoted(&name));
    }
    let unit = owned.and_then(|own| own.gpus_per_unit).unwrap_or(1);
    let _ = write!(
        body,
        "\n# Everything on own GPUs, counted by load: quality, latency and memory are to be settled.\n[[component]]\n\
         name = \"own fleet\"\nkind = \"own-gpus\"\ngpu = {}\n{rate}{price}gpus_per_unit = {unit}\nspare_units = 1\n",
        quoted(&gpu)
    );
    Ok((format!("all on own {gpu}"), body))
}

/// A model with its prices for some tokens, a request.
fn usd_per_request(inputs: &Inputs, place: usize) -> Option<f64> {
    let component = inputs.components.get(place)?;
    match &component.serving {
        Serving::Api(api) => Some(api.usd_per_request(component.tokens(inputs.demand.tokens), 0)),
        Serving::OwnGpus(_) => None,
    }
}

/// The API model that costs the most of a month. One that no list knows has no day whose prices another could be
/// compared at.
fn dearest(base: &Resolved, there: &[(String, &ComponentFile)]) -> Option<usize> {
    let cost = |place: usize| {
        there.get(place)?.1.priced_at.as_ref()?;
        Some(usd_per_request(&base.inputs, place)? * base.inputs.components.get(place)?.share)
    };
    let known = (0..there.len()).filter_map(|place| Some((place, cost(place)?)));
    known.max_by(|a, b| a.1.total_cmp(&b.1)).map(|(place, _)| place)
}

fn cheaper_model(base: &Resolved, request: &PatchRequest, prices: &PriceBook) -> Result<(String, String)> {
    let there = base.file.components();
    let nothing = || {
        EngineError::usage("the base serves nothing by an API at list prices")
            .at(format!("scenario {}", request.base))
            .then("name another alternative")
    };
    let place = dearest(base, &there).ok_or_else(nothing)?;
    let old = there[place].1;
    let tokens = base.inputs.components[place].tokens(base.inputs.demand.tokens);
    let old_usd = usd_per_request(&base.inputs, place).unwrap_or(0.0);
    // A contract is with the provider; what another asks is its list price.
    let level = old.price_level_percent.as_ref().map_or(1.0, |level| level.value / 100.0);
    let stays = |provider: &str| old.provider.as_deref() == Some(provider);
    let paid = |provider: &str, usd: f64| if stays(provider) { usd * level } else { usd };
    let date = old.priced_at.clone().unwrap_or_default();
    let day = date.parse().map_err(|_| EngineError::failed(format!("priced_at is {date:?}")))?;
    let usd_of = |provider: &str, model: &str| {
        let asked = Model { provider, model, tier: "", region: "" };
        let (prompt, writes) = match api_prices(prices, asked, day, tokens, &mut Vec::new()) {
            Ok((found, _)) => return Ok((found.usd_per_request(tokens), false)),
            // A provider that stores prompts without a price of its own charges them as input.
            Err(_) if tokens.cache_write > 0.0 => (tokens.input + tokens.cache_write, 0.0),
            Err(error) => return Err(error),
        };
        let tokens = TokensPerRequest { input: prompt, cache_write: writes, ..tokens };
        Ok((api_prices(prices, asked, day, tokens, &mut Vec::new())?.0.usd_per_request(tokens), true))
    };
    let (provider, model, merges) = match &request.model {
        Some((provider, model)) => (provider.clone(), model.clone(), usd_of(provider, model)?.1),
        None => {
            let others = there.iter().filter(|(_, each)| each.kind == Kind::Api && each.model != old.model);
            let known = others.filter_map(|(_, each)| {
                let (provider, model) = (each.provider.clone()?, each.model.clone()?);
                let (usd, merges) = usd_of(&provider, &model).ok()?;
                let usd = paid(&provider, usd);
                (usd < old_usd).then_some((usd, provider, model, merges))
            });
            let (_, provider, model, merges) = known.min_by(|a, b| a.0.total_cmp(&b.0)).ok_or_else(|| {
                EngineError::usage("no other model of the base is cheaper")
                    .at(format!("scenario {}", request.base))
                    .then("name a model as PROVIDER/MODEL (--model)")
            })?;
            (provider, model, merges)
        }
    };
    let was = old.model.clone().unwrap_or_default();
    let mut body = entry(&base.file, old);
    let _ = writeln!(body, "provider = {}\nmodel = {}", quoted(&provider), quoted(&model));
    if old.price_level_percent.is_some() && !stays(&provider) {
        body.push_str(&assumed("price_level_percent", 100.0, None, &format!("list price of {provider}")));
    }
    body.push_str(&assumed(
        "tokenizer_ratio",
        1.0,
        Some((0.9, 1.35)),
        "to be measured: another tokenizer cuts the same text otherwise, up to 35% more tokens",
    ));
    let verbosity = old.verbosity.as_ref().map_or(1.0, |each| each.value);
    body.push_str(&assumed(
        "verbosity",
        verbosity,
        Some((verbosity * 0.8, verbosity * 1.3)),
        &format!("as {was}; to be measured: another model answers at another length"),
    ));
    if merges {
        body.push_str(&writes_as_input(base, old));
    }
    Ok((format!("{model} instead of {was}"), body))
}

/// Cache writes as input, of a provider that stores prompts without a price of its own.
fn writes_as_input(base: &Resolved, old: &ComponentFile) -> String {
    let (demand, own) = (base.inputs.demand.tokens, ratios(old));
    let input = demand.input * own.input + demand.cache_write * own.cache_write;
    let why = "the provider has no price for cache writes: they are input";
    let mut text = String::new();
    if demand.input > 0.0 {
        text.push_str(&assumed("input_ratio", input / demand.input, None, why));
    }
    text.push_str(&assumed("cache_write_ratio", 0.0, None, why));
    text
}

fn batch(base: &Resolved, prices: &PriceBook) -> Result<(String, String)> {
    let mut body = String::new();
    for (place, (_, component)) in base.file.components().iter().enumerate() {
        let can = match component.kind {
            Kind::Api => {
                let text = |word: &Option<String>| word.clone().unwrap_or_default();
                let (provider, model) = (text(&component.provider), text(&component.model));
                let asked = Model { provider: &provider, model: &model, tier: "batch", region: "" };
                let tokens = base.inputs.components[place].tokens(base.inputs.demand.tokens);
                let day = text(&component.priced_at).parse().ok();
                day.is_some_and(|day| api_prices(prices, asked, day, tokens, &mut Vec::new()).is_ok())
            }
            Kind::OwnGpus => component.gpus.is_none(),
        };
        if can {
            body.push_str(&entry(&base.file, component));
            body.push_str(&assumed(
                "batch_percent",
                30.0,
                Some((10.0, 50.0)),
                "to be settled: what of the work may wait up to a day",
            ));
        }
    }
    if body.is_empty() {
        return Err(EngineError::usage("nothing of the base has batch prices, or GPUs counted by load")
            .at(format!("scenario {}", base.id))
            .then("name another alternative"));
    }
    Ok(("a batch for what can wait".to_owned(), body))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::file::parse;
    use crate::scenario::resolve::resolve;

    const BASE: &str = "[scenario]\nname = \"T\"\nstart = \"2026-11\"\n[demand]\nrequests_per_month = 1\n\
         output_tokens_per_request = 1\ninput_tokens_per_request = 1\n[revenue]\nusd_per_request = 1\n[[component]]\n\
         name = \"fleet\"\nkind = \"own-gpus\"\ngpu = \"H100 SXM\"\ngpus_per_unit = 8\n\
         usd_per_gpu_hour = { value = 5.53, source = \"bill\", evidence = \"billed\" }\n\
         output_tokens_per_s_per_gpu = { value = 462.6, source = \"GPU hours\", evidence = \"measured\" }\n";

    fn patch(gpu: Option<&str>, figures: Option<(f64, f64)>) -> Result<String> {
        let base = resolve("base", &parse(BASE)?, None, &PriceBook::default())?;
        let request = PatchRequest {
            alternative: Alternative::OwnGpus,
            base: "base".into(),
            name: None,
            model: None,
            gpu: gpu.map(str::to_owned),
            usd_per_gpu_hour: figures.map(|figures| figures.0),
            output_tokens_per_s_per_gpu: figures.map(|figures| figures.1),
        };
        own_gpus(&base, &request).map(|(_, body)| body)
    }

    #[test]
    fn another_gpu_takes_no_figure_of_the_one_that_is_owned() {
        for same in [None, Some("H100"), Some("h100 sxm")] {
            let body = patch(same, None).unwrap();
            assert!(body.contains("value = 462.6") && body.contains("gpus_per_unit = 8"), "{body}");
            assert!(body.contains("evidence = \"billed\"") && body.contains("evidence = \"measured\""), "{body}");
        }
        let error = patch(Some("H200"), None).unwrap_err().to_string();
        assert!(error.contains("the base has no H200 of its own, so what one makes and costs is not known"), "{error}");
        let body = patch(Some("H200"), Some((7.9, 600.0))).unwrap();
        assert!(body.contains("gpu = \"H200\"") && body.contains("value = 600"), "{body}");
        assert!(!body.contains("measured") && !body.contains("billed") && body.contains("gpus_per_unit = 1"), "{body}");
    }
}
