//! `roofline`.

use marginline_model::roofline::{Experts, Latent, Load, Machine, Model};

use super::Refusal;
use super::answer::{Answer, figure, maybe};
use super::field::{Field, Notes};

/// Bands of the time of a request in which four of five measured runs lay, dense and with experts, when efficiencies
/// and fixed times were fitted to other models (accuracy study, leave one model out).
const DENSE: (f64, f64) = (0.87, 1.19);
const EXPERTS: (f64, f64) = (0.75, 1.35);

/// How fast a model runs on a GPU.
pub(super) fn roofline(input: &Field, notes: &mut Notes) -> Result<Answer, Refusal> {
    let known = ["model", "gpu", "tp", "batch", "isl", "osl", "mfu", "mbu", "kv_passes", "overhead"];
    input.knows(&known, notes)?;
    let model = model(&input.get("model"), notes)?;
    let machine = machine(input, notes)?;
    let load = Load {
        batch: input.get("batch").whole_number()?,
        prompt: input.get("isl").whole_number()?,
        output: input.get("osl").whole_number()?,
    };
    let speed = machine.speed(&model, &load);
    let ideal = Machine { mfu: 1.0, mbu: 1.0, per_layer_s: 0.0, per_layer_tp_s: 0.0, ..machine };
    let lower = ideal.speed(&model, &load).e2e_s;
    let is_ideal = ideal == machine;
    let band = if model.experts.is_some() { EXPERTS } else { DENSE };
    let (low, high) =
        if is_ideal { (lower, None) } else { ((speed.e2e_s * band.0).max(lower), Some(speed.e2e_s * band.1)) };
    if is_ideal {
        notes.tell("mfu and mbu of 1 without overhead are the ideal: every time is a lower bound");
    }
    let most = machine.most_sequences(&model, &load);
    match most {
        None => notes.tell("gpu.hbm_bytes or gpu.hbm_gb is not given: batch_max is not known"),
        Some(most) if most < load.batch => {
            notes.tell(format!("a batch of {} does not fit: at most {most} sequences of this length do", load.batch));
        }
        Some(_) => {}
    }
    let ms = |seconds: f64| figure(seconds * 1e3);
    Ok(Answer::of("roofline")
        .put("weights_bytes", figure(model.weights_bytes()))
        .put("weights_bytes_read_per_step", figure(model.bytes_read(load.batch)))
        .put("kv_bytes_per_token", figure(model.kv_bytes_per_token()))
        .put_in("operations of one prompt", "prefill_flops", figure(model.prefill_flops(load.prompt)))
        .put_in("ms, one prompt", "prefill_ms", ms(speed.prefill_s))
        .put_in(
            "ms, one token for each sequence, half-way through the answer",
            "decode_step_ms",
            ms(speed.decode_step_s),
        )
        .put_in("ms, with the prompts of other requests read in between", "tpot_ms", ms(speed.tpot_s))
        .put_in("ms, without waiting", "ttft_ms", ms(speed.prefill_s))
        .put_in("ms, without waiting", "e2e_ms", ms(speed.e2e_s))
        .put_in("output tokens per second and GPU", "tokens_per_s_per_gpu", figure(speed.tokens_per_s_per_gpu))
        .put_in("sequences that fit into nine tenths of the memory", "batch_max", maybe(most))
        .put_in("of a decoding step", "bound", if speed.is_compute_bound { "compute" } else { "memory" }.into())
        .put_in("ms, of e2e_ms", "low", ms(low))
        .put_in("ms, of e2e_ms; null is not known", "high", maybe(high.map(|high| high * 1e3))))
}

fn model(field: &Field, notes: &mut Notes) -> Result<Model, Refusal> {
    let known = [
        "layers",
        "hidden",
        "heads",
        "kv_heads",
        "head_dim",
        "ffn",
        "vocab",
        "tied_embeddings",
        "weight_bytes",
        "kv_bytes",
        "mlp_matrices",
        "embedding_bytes",
        "full_attention_flops",
        "experts",
        "active_experts",
        "expert_ffn",
        "mla_kv_rank",
        "mla_rope_dim",
    ];
    field.knows(&known, notes)?;
    let size = |key: &str| field.get(key).whole_number();
    let weight_bytes = field.get("weight_bytes").positive()?;
    let ffn = size("ffn")?;
    let experts = match field.get("experts").there() {
        None => None,
        Some(experts) => {
            let count = experts.whole_number()?;
            let active = size("active_experts")?;
            if active > count {
                return Err(field.get("active_experts").refuse(format!("at most the {count} experts")));
            }
            Some(Experts { count, active, ffn: field.get("expert_ffn").there().map_or(Ok(ffn), Field::whole_number)? })
        }
    };
    let latent = match field.get("mla_kv_rank").there() {
        None => None,
        Some(rank) => Some(Latent { kv_rank: rank.whole_number()?, rope_dim: size("mla_rope_dim")? }),
    };
    Ok(Model {
        layers: size("layers")?,
        hidden: size("hidden")?,
        heads: size("heads")?,
        kv_heads: size("kv_heads")?,
        head_dim: size("head_dim")?,
        ffn,
        vocab: size("vocab")?,
        tied_embeddings: field.get("tied_embeddings").flag()?,
        weight_bytes,
        embedding_bytes: field.get("embedding_bytes").there().map_or(Ok(weight_bytes), Field::positive)?,
        kv_bytes: field.get("kv_bytes").positive()?,
        mlp_matrices: field.get("mlp_matrices").there().map_or(Ok(3.0), Field::whole_number)?,
        full_attention_flops: field.get("full_attention_flops").flag()?,
        experts,
        latent,
    })
}

fn machine(input: &Field, notes: &mut Notes) -> Result<Machine, Refusal> {
    let gpu = input.get("gpu");
    gpu.knows(&["tflops", "hbm_gb_s", "hbm_bytes", "hbm_gb"], notes)?;
    let memory_bytes = match (gpu.get("hbm_bytes").there(), gpu.get("hbm_gb").there()) {
        (Some(_), Some(both)) => return Err(both.refuse("nothing, since hbm_bytes is given")),
        (Some(bytes), None) => Some(bytes.positive()?),
        (None, Some(gb)) => Some(gb.positive()? * 1e9),
        (None, None) => None,
    };
    let overhead = input.get("overhead");
    if let Some(overhead) = overhead.there() {
        overhead.knows(&["per_layer_us", "per_layer_tp_us"], notes)?;
    }
    let share = |key: &str| input.get(key).there().map_or(Ok(1.0), Field::some_share);
    let fixed = |key: &str| overhead.get(key).there().map_or(Ok(0.0), |field| Ok(field.amount()? * 1e-6));
    Ok(Machine {
        gpus: input.get("tp").whole_number()?,
        flops: gpu.get("tflops").positive()? * 1e12,
        bytes_per_s: gpu.get("hbm_gb_s").positive()? * 1e9,
        memory_bytes,
        mfu: share("mfu")?,
        mbu: share("mbu")?,
        kv_passes: input.get("kv_passes").there().map_or(Ok(1.0), Field::positive)?,
        per_layer_s: fixed("per_layer_us")?,
        per_layer_tp_s: fixed("per_layer_tp_us")?,
    })
}
