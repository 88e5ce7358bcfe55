//! `search`.

use marginline_model::search::{self as model, Demand, Latency, Limits, SearchError, Served, Space, Unserved};
use marginline_model::serving::{
    Backend, CachePrecision, Deployment, Gpu, Load, Model, Precision, Question, ServingError, answer, gpu, gpus,
    model as known_model, models,
};
use serde_json::Value;

use super::Refusal;
use super::answer::{Answer, figure, named};
use super::field::{Field, Notes};

/// Most configurations; a second or so of work.
const MOST: usize = 100_000;

const FIELDS: [&str; 13] = [
    "model",
    "precision",
    "cache",
    "backend",
    "gpus",
    "groups",
    "in_flight",
    "input_tokens",
    "output_tokens",
    "prefix_hit_share",
    "limits",
    "requests_per_s",
    "latency",
];

const PRECISIONS: [(&str, Precision); 5] = [
    ("bf16", Precision::Bf16),
    ("fp8", Precision::Fp8),
    ("nvfp4", Precision::Nvfp4),
    ("mxfp4", Precision::Mxfp4),
    ("int4", Precision::Int4),
];
const CACHES: [(&str, CachePrecision); 2] = [("bf16", CachePrecision::Bf16), ("fp8", CachePrecision::Fp8)];
const BACKENDS: [(&str, Backend); 4] =
    [("vllm", Backend::Vllm), ("sglang", Backend::Sglang), ("trtllm", Backend::TrtLlm), ("other", Backend::Other)];

/// A price: type of GPU, region, purchase, USD per hour.
type Offer = (String, String, String, f64);

/// Every configuration, the front of cost against latency, and why others lost.
pub(super) fn search(input: &Field, notes: &mut Notes) -> Result<Answer, Refusal> {
    input.knows(&FIELDS, notes)?;
    let name = input.get("model");
    let llm = known_model(name.text()?).ok_or_else(|| {
        let all: Vec<String> = models().into_iter().map(|model| model.name).collect();
        name.refuse(format!("a model whose name means one of {}", all.join(", ")))
    })?;
    let (hardware, offers) = offered(&input.get("gpus"), notes)?;
    let space = space(input, &offers)?;
    let limits = limits(&input.get("limits"), notes)?;
    let demand = match input.get("requests_per_s").there() {
        Some(rate) => Demand::RequestsPerS(rate.amount()?),
        None => Demand::FullLoad,
    };
    let latencies = [("tpot", Latency::Tpot), ("ttft", Latency::Ttft), ("end_to_end", Latency::EndToEnd)];
    let latency = input.get("latency").there().map_or(Ok(Latency::Tpot), |field| field.choice(&latencies))?;
    let asked = Asked::read(input)?;
    let serving = |name: &str, group: u32, in_flight: u32| asked.served(&llm, &hardware, (name, group, in_flight));
    let price = |gpu: &str, region: &str, purchase: &str| {
        let offer = offers.iter().find(|offer| (&*offer.0, &*offer.1, &*offer.2) == (gpu, region, purchase));
        offer.map(|offer| offer.3)
    };
    let found = model::search(&space, &limits, (demand, latency), serving, price).map_err(|error| match &error {
        SearchError::Figure { field, .. } => input.get(field).refuse_as(error.to_string(), "a figure of usual size"),
        SearchError::Size(_) => input.refuse_as(error.to_string(), "values to combine"),
    })?;
    let unit = match demand {
        Demand::FullLoad => "USD per million output tokens",
        Demand::RequestsPerS(_) => "USD per hour",
    };
    let lost = found.lost.iter().map(|(reason, count)| (reason.word(), Value::from(*count)));
    Ok(Answer::of("search")
        .put_in(
            "from the fastest to the cheapest; cost in that of `cost`",
            "front",
            found.front.iter().map(candidate).collect(),
        )
        .put("cost", unit.into())
        .put_in("configurations, each by the first reason that holds", "lost", named(lost))
        .put("tried", found.tried.into()))
}

fn candidate(one: &model::Candidate) -> Value {
    named([
        ("gpu", one.gpu.as_str().into()),
        ("group", one.group.into()),
        ("in_flight", one.in_flight.into()),
        ("region", one.region.as_str().into()),
        ("purchase", one.contract.as_str().into()),
        ("replicas", one.replicas.into()),
        ("usd_per_gpu_hour", figure(one.usd_per_gpu_hour)),
        ("cost", figure(one.cost)),
        ("ttft_s", figure(one.served.ttft_s)),
        ("tpot_s", figure(one.served.tpot_s)),
        ("end_to_end_s", figure(one.served.end_to_end_s)),
        ("requests_per_s", figure(one.served.requests_per_s)),
    ])
}

/// How the model runs, and what it is asked.
struct Asked {
    weights: Precision,
    cache: CachePrecision,
    backend: Backend,
    input_tokens: f64,
    output_tokens: f64,
    prefix_hit_share: f64,
}

impl Asked {
    fn read(input: &Field) -> Result<Self, Refusal> {
        let tokens = |name: &str| {
            let field = input.get(name);
            let tokens = field.positive()?;
            let fits = (1.0..=1e7).contains(&tokens);
            if fits { Ok(tokens) } else { Err(field.refuse("mean tokens of a request from 1 to 1e7")) }
        };
        Ok(Self {
            weights: input.get("precision").there().map_or(Ok(Precision::Bf16), |field| field.choice(&PRECISIONS))?,
            cache: input.get("cache").there().map_or(Ok(CachePrecision::Bf16), |field| field.choice(&CACHES))?,
            backend: input.get("backend").there().map_or(Ok(Backend::Vllm), |field| field.choice(&BACKENDS))?,
            input_tokens: tokens("input_tokens")?,
            output_tokens: tokens("output_tokens")?,
            prefix_hit_share: input.get("prefix_hit_share").there().map_or(Ok(0.0), Field::share_below_1)?,
        })
    }

    /// The estimates, and the upper end of the range of time to first token.
    fn served(
        &self,
        llm: &Model,
        hardware: &[Gpu],
        (name, group, in_flight): (&str, u32, u32),
    ) -> Result<Served, Unserved> {
        let gpu = hardware.iter().find(|gpu| gpu.name == name).ok_or(Unserved::Unknown)?;
        let deployment = Deployment {
            tensor_parallel: group,
            data_parallel: 1,
            expert_parallel: 1,
            weights: self.weights,
            cache: self.cache,
            backend: self.backend,
        };
        let load = Load {
            input_tokens: self.input_tokens,
            output_tokens: self.output_tokens,
            concurrency: f64::from(in_flight),
            prefix_hit_share: self.prefix_hit_share,
        };
        let found = answer(&Question { model: llm, gpu, deployment, load }, &[]).map_err(|error| match error {
            ServingError::Memory { .. } => Unserved::Memory,
            _ => Unserved::Unknown,
        })?;
        let requests_per_s = f64::from(in_flight) / found.end_to_end_s.value;
        Ok(Served {
            ttft_s: found.ttft_s.1,
            tpot_s: found.tpot_s.value,
            end_to_end_s: found.end_to_end_s.value,
            requests_per_s,
            output_tokens_per_s: requests_per_s * self.output_tokens,
        })
    }
}

fn offered(field: &Field, notes: &mut Notes) -> Result<(Vec<Gpu>, Vec<Offer>), Refusal> {
    let (mut hardware, mut offers) = (Vec::<Gpu>::new(), Vec::<Offer>::new());
    for each in field.some_items()? {
        each.knows(&["name", "offers"], notes)?;
        let name = each.get("name");
        let known = gpu(name.text()?).ok_or_else(|| {
            let all: Vec<String> = gpus().into_iter().map(|gpu| gpu.name).collect();
            name.refuse(format!("one of {}", all.join(", ")))
        })?;
        if hardware.contains(&known) {
            return Err(name.refuse("each name once"));
        }
        for offer in each.get("offers").some_items()? {
            offer.knows(&["region", "purchase", "usd_per_hour"], notes)?;
            let (region, purchase) = (offer.get("region").text()?, offer.get("purchase").text()?);
            if offers.iter().any(|other| (&*other.0, &*other.1, &*other.2) == (&known.name, region, purchase)) {
                return Err(offer.refuse("each region and purchase once"));
            }
            let usd = offer.get("usd_per_hour");
            let price = usd.amount()?;
            if price > 1e9 {
                return Err(usd.refuse("USD per GPU and hour of at most 1e9"));
            }
            offers.push((known.name.clone(), region.to_owned(), purchase.to_owned(), price));
        }
        hardware.push(known);
    }
    Ok((hardware, offers))
}

fn space(input: &Field, offers: &[Offer]) -> Result<Space, Refusal> {
    let distinct = |of: fn(&Offer) -> &String| {
        let mut found: Vec<String> = Vec::new();
        for offer in offers {
            if !found.contains(of(offer)) {
                found.push(of(offer).clone());
            }
        }
        found
    };
    let whole = |name: &str, most: f64, absent: &[u32]| -> Result<Vec<u32>, Refusal> {
        let field = input.get(name);
        if field.there().is_none() {
            return Ok(absent.to_vec());
        }
        let mut found = Vec::new();
        for item in field.some_items()? {
            let number = item.whole_number()?;
            if number > most || found.contains(&(number as u32)) {
                return Err(item.refuse(format!("whole numbers from 1 to {most}, each once")));
            }
            found.push(number as u32);
        }
        Ok(found)
    };
    let space = Space {
        gpus: distinct(|offer| &offer.0),
        groups: whole("groups", 8.0, &[1, 2, 4, 8])?,
        in_flight: whole("in_flight", 100_000.0, &[1, 2, 4, 8, 16, 32, 64, 128, 256])?,
        regions: distinct(|offer| &offer.1),
        contracts: distinct(|offer| &offer.2),
    };
    if space.configurations() > MOST {
        let found = format!("{} configurations", space.configurations());
        return Err(input.refuse_as(found, format!("at most {MOST}")));
    }
    Ok(space)
}

fn limits(field: &Field, notes: &mut Notes) -> Result<Limits, Refusal> {
    if field.there().is_none() {
        return Ok(Limits::default());
    }
    field.knows(&["ttft_s", "tpot_s", "end_to_end_s", "regions"], notes)?;
    let seconds = |name: &str| field.get(name).there().map(Field::positive).transpose();
    let regions = field.get("regions");
    let words = |field: &Field| field.items()?.iter().map(|word| word.text().map(str::to_owned)).collect();
    Ok(Limits {
        ttft_s: seconds("ttft_s")?,
        tpot_s: seconds("tpot_s")?,
        end_to_end_s: seconds("end_to_end_s")?,
        regions: regions.there().map(words).transpose()?,
    })
}
