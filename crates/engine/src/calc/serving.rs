//! `serving`: a deployment in words, and how fast it is.

use marginline_model::serving::{
    self as model, Attention, Backend, CachePrecision, Deployment, Estimate, FeedForward, Gpu, Load, Measured, Model,
    Precision, Question, ServingError, Windows,
};

use super::Refusal;
use super::answer::{Answer, figure};
use super::field::{Field, Notes};
use super::replicas::{count, or};

type Read<T> = Result<T, Refusal>;

/// Fields of a deployment and its load, which a measured point can state anew.
const RUN: [&str; 10] = [
    "tensor_parallel",
    "data_parallel",
    "expert_parallel",
    "weights",
    "cache",
    "backend",
    "input_tokens",
    "output_tokens",
    "concurrency",
    "prefix_hit_share",
];
/// Most measured points: they are solved together.
const MOST_POINTS: usize = 200;

fn gpu(field: &Field, notes: &mut Notes) -> Read<Gpu> {
    if let Ok(name) = field.text() {
        return model::gpu(name).ok_or_else(|| {
            let known: Vec<String> = model::gpus().into_iter().map(|gpu| gpu.name).collect();
            field.refuse(format!("one of {}, or an object with its figures", known.join(", ")))
        });
    }
    let known = ["name", "hbm_gb", "hbm_gb_s", "bf16_tflops", "fp8_tflops", "fp4_tflops", "link_gb_s"];
    field.knows(&known, notes)?;
    let tflops = |key: &str| field.get(key).there().map(|field| Ok(field.positive()? * 1e12)).transpose();
    Ok(Gpu {
        name: or(&field.get("name"), "the GPU".to_owned(), |name| name.text().map(str::to_owned))?,
        hbm_bytes: field.get("hbm_gb").positive()? * 1e9,
        hbm_bytes_per_s: field.get("hbm_gb_s").positive()? * 1e9,
        bf16_flops: field.get("bf16_tflops").positive()? * 1e12,
        fp8_flops: tflops("fp8_tflops")?,
        fp4_flops: tflops("fp4_tflops")?,
        link_bytes_per_s: field.get("link_gb_s").positive()? * 1e9,
    })
}

fn attention(field: &Field, notes: &mut Notes) -> Read<Attention> {
    let heads = field.get("heads").whole_number()?;
    if let Some(latent) = field.get("latent").there() {
        latent.knows(&["q_rank", "kv_rank", "rope_dim", "nope_dim", "v_dim"], notes)?;
        let size = |key: &str| latent.get(key).whole_number();
        return Ok(Attention::Latent {
            heads,
            q_rank: size("q_rank")?,
            kv_rank: size("kv_rank")?,
            rope_dim: size("rope_dim")?,
            nope_dim: size("nope_dim")?,
            v_dim: size("v_dim")?,
            indexer: None,
        });
    }
    let windows = match field.get("windows").there() {
        None => None,
        Some(some) => {
            some.knows(&["layers", "tokens"], notes)?;
            Some(Windows { layers: some.get("layers").whole_number()?, tokens: some.get("tokens").whole_number()? })
        }
    };
    Ok(Attention::Grouped {
        heads,
        kv_heads: field.get("kv_heads").whole_number()?,
        head_dim: field.get("head_dim").whole_number()?,
        windows,
        linear: None,
    })
}

fn feed_forward(field: &Field, notes: &mut Notes) -> Read<FeedForward> {
    let experts = field.get("experts");
    let Some(experts) = experts.there() else {
        return Ok(FeedForward::Dense { width: field.get("ffn").whole_number()? });
    };
    experts.knows(&["count", "active", "width", "shared", "dense_layers", "dense_width"], notes)?;
    let none = |key: &str| or(&experts.get(key), 0.0, Field::amount);
    Ok(FeedForward::Experts {
        experts: experts.get("count").whole_number()?,
        active: experts.get("active").whole_number()?,
        width: experts.get("width").whole_number()?,
        shared: none("shared")?,
        dense_layers: none("dense_layers")?,
        dense_width: none("dense_width")?,
    })
}

fn architecture(field: &Field, notes: &mut Notes) -> Read<Model> {
    if let Ok(name) = field.text() {
        return model::model(name).ok_or_else(|| {
            let known: Vec<String> = model::models().into_iter().map(|model| model.name).collect();
            field.refuse(format!("one of {}, or an object with its architecture", known.join(", ")))
        });
    }
    let known = [
        "name",
        "layers",
        "hidden",
        "vocabulary",
        "heads",
        "kv_heads",
        "head_dim",
        "windows",
        "latent",
        "ffn",
        "experts",
    ];
    field.knows(&known, notes)?;
    Ok(Model {
        name: or(&field.get("name"), "the model".to_owned(), |name| name.text().map(str::to_owned))?,
        layers: field.get("layers").whole_number()?,
        hidden: field.get("hidden").whole_number()?,
        vocabulary: field.get("vocabulary").whole_number()?,
        attention: attention(field, notes)?,
        feed_forward: feed_forward(field, notes)?,
        fp4_format: Precision::Nvfp4,
    })
}

fn deployment(field: &Field, model: &Model, base: Option<Deployment>) -> Read<Deployment> {
    let degree = |key: &str, base: Option<u32>| or(&field.get(key), base.unwrap_or(1), |field| count(field, 1, 1_024));
    let precisions = [
        ("bf16", Precision::Bf16),
        ("fp8", Precision::Fp8),
        ("fp4", model.fp4_format),
        ("nvfp4", Precision::Nvfp4),
        ("mxfp4", Precision::Mxfp4),
        ("int4", Precision::Int4),
    ];
    let backends =
        [("vllm", Backend::Vllm), ("sglang", Backend::Sglang), ("trtllm", Backend::TrtLlm), ("other", Backend::Other)];
    let caches = [("bf16", CachePrecision::Bf16), ("fp8", CachePrecision::Fp8)];
    let weights = match (field.get("weights").there(), base) {
        (None, Some(base)) => base.weights,
        _ => field.get("weights").choice(&precisions)?,
    };
    let cache = base.map_or(CachePrecision::Bf16, |base| base.cache);
    let backend = base.map_or(Backend::Other, |base| base.backend);
    Ok(Deployment {
        tensor_parallel: degree("tensor_parallel", base.map(|base| base.tensor_parallel))?,
        data_parallel: degree("data_parallel", base.map(|base| base.data_parallel))?,
        expert_parallel: degree("expert_parallel", base.map(|base| base.expert_parallel))?,
        weights,
        cache: or(&field.get("cache"), cache, |field| field.choice(&caches))?,
        backend: or(&field.get("backend"), backend, |field| field.choice(&backends))?,
    })
}

fn load(field: &Field, base: Option<Load>) -> Read<Load> {
    let figure = |key: &str, base: Option<f64>| match (field.get(key).there(), base) {
        (None, Some(base)) => Ok(base),
        _ => field.get(key).positive(),
    };
    let hit = base.map_or(0.0, |base| base.prefix_hit_share);
    Ok(Load {
        input_tokens: figure("input_tokens", base.map(|base| base.input_tokens))?,
        output_tokens: figure("output_tokens", base.map(|base| base.output_tokens))?,
        concurrency: figure("concurrency", base.map(|base| base.concurrency))?,
        prefix_hit_share: or(&field.get("prefix_hit_share"), hit, Field::share_below_1)?,
    })
}

fn measured(field: &Field, question: &Question, notes: &mut Notes) -> Read<Vec<Measured>> {
    let Some(field) = field.there() else { return Ok(Vec::new()) };
    let items = field.items()?;
    if items.len() > MOST_POINTS {
        return Err(field.refuse(format!("at most {MOST_POINTS} points")));
    }
    let mut points = Vec::new();
    for point in items {
        let known: Vec<&str> = RUN.into_iter().chain(["end_to_end_s", "tokens_per_s_per_gpu"]).collect();
        point.knows(&known, notes)?;
        let deployment = deployment(&point, question.model, Some(question.deployment))?;
        let load = load(&point, Some(question.load))?;
        let (time, rate) = (point.get("end_to_end_s"), point.get("tokens_per_s_per_gpu"));
        let end_to_end_s = match (time.there(), rate.there()) {
            (Some(_), Some(both)) => return Err(both.refuse("nothing, since end_to_end_s is given")),
            (None, Some(rate)) => {
                load.concurrency * load.output_tokens / (rate.positive()? * f64::from(deployment.gpus()))
            }
            (_, None) => time.positive()?,
        };
        points.push(Measured { deployment, load, end_to_end_s });
    }
    Ok(points)
}

fn refused(error: &ServingError) -> Refusal {
    let (path, found, expected, name) = match error {
        ServingError::Figure { field, found, expected } => {
            // The door has the fields of deployment and load at the top.
            let place = field.trim_start_matches("deployment.").trim_start_matches("load.");
            (place.to_owned(), found.clone(), (*expected).to_owned(), None)
        }
        ServingError::Memory { .. } => {
            ("gpu".to_owned(), error.to_string(), "memory for the weights".to_owned(), Some("too_little_memory"))
        }
        ServingError::Foreign { index, what } => {
            let expected = format!("the {what} of the question");
            (format!("measured[{}]", index - 1), format!("another {what}"), expected, None)
        }
    };
    Refusal { path, found, expected, name }
}

/// Throughput and latency of a deployment.
pub(super) fn serving(input: &Field, notes: &mut Notes) -> Read<Answer> {
    let known: Vec<&str> = RUN.into_iter().chain(["model", "gpu", "measured"]).collect();
    input.knows(&known, notes)?;
    let model = architecture(&input.get("model"), notes)?;
    let gpu = gpu(&input.get("gpu"), notes)?;
    let deployment = deployment(input, &model, None)?;
    let question = Question { model: &model, gpu: &gpu, deployment, load: load(input, None)? };
    let points = measured(&input.get("measured"), &question, notes)?;
    let found = model::answer(&question, &points).map_err(|error| refused(&error))?;
    for note in &found.notes {
        notes.tell(*note);
    }
    let band = |answer: Answer, unit: &str, name: &str, estimate: Estimate, scale: f64| {
        let [low, high] = ["low", "high"].map(|end| format!("{name}_{end}"));
        answer
            .put_in(unit, name, figure(estimate.value * scale))
            .put_in(unit, &low, figure(estimate.low * scale))
            .put_in(unit, &high, figure(estimate.high * scale))
    };
    let answer = Answer::of("serving").evidence(found.evidence.word());
    let answer =
        band(answer, "output tokens per second and GPU", "tokens_per_s_per_gpu", found.tokens_per_s_per_gpu, 1.0);
    let answer = band(answer, "ms from sending to the last token", "e2e_ms", found.end_to_end_s, 1e3);
    let answer = band(answer, "ms between two tokens", "tpot_ms", found.tpot_s, 1e3);
    Ok(answer
        .put_in("ms: a range, not a promise", "ttft_low_ms", figure(found.ttft_s.0 * 1e3))
        .put_in("ms: a range, not a promise", "ttft_high_ms", figure(found.ttft_s.1 * 1e3))
        .put_in("ms: no run can be faster", "ideal_e2e_ms", figure(found.ideal_end_to_end_s * 1e3))
        .put_in("requests that memory holds at once", "batch_max", figure(found.batch_max))
        .put_in("requests that run at once", "batch", figure(found.batch))
        .put("gpus", deployment.gpus().into())
        .put_in("what takes most of the time", "bound", found.bound.word().into())
        .put_in("0 for no measured point near, 1 between two", "calibration", figure(found.pull)))
}
