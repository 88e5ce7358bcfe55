//! Do weights and cache fit into the memory of a replica, by the serving model, or because it ran?

use marginline_model::scenario::Evidence;
use marginline_model::serving::{self, Deployment};

use super::super::file::Kind;
use super::{AT_RISK, Asked, FAILS, MEETS, Place, Served, ServingKnown, UNKNOWN, Verdict, over};

const LIMIT: &str = "memory";
/// Engines differ by about this much in the memory that they leave to the cache: their setting for it is usually 0.85
/// to 0.95 of the GPU's, and the serving model takes 0.9.
const APART: f64 = 0.1;

/// The worst over fleets that get any load.
pub(super) fn verdict(asked: &Asked<'_>) -> Option<Verdict> {
    over(asked, |_, place| (place.file.kind == Kind::OwnGpus && place.is_loaded).then(|| of(place)))
}

fn of(place: &Place<'_>) -> Verdict {
    match place.served() {
        Some(served) => modelled(served),
        None => shown(place),
    }
}

/// What ran on a GPU fitted into it.
fn shown(place: &Place<'_>) -> Verdict {
    if place.finding.operating.is_some() {
        return Verdict::new(LIMIT, MEETS, "it fitted when its tokens/s were measured");
    }
    let rate = place.file.output_tokens_per_s_per_gpu.as_ref();
    let evidence = rate.map_or(Evidence::Assumed, |rate| rate.evidence);
    if evidence <= Evidence::Published {
        let reason = format!("its tokens/s on this GPU are {}: it fitted", evidence.word());
        return Verdict::new(LIMIT, MEETS, reason);
    }
    let reason = match &place.finding.serving {
        ServingKnown::NoFigures(reason) => reason.clone(),
        _ => format!("tokens/s are {} and nothing says how the model runs", evidence.word()),
    };
    Verdict::new(LIMIT, UNKNOWN, reason).measured("state serving, or tokens/s that were measured")
}

fn modelled(served: &Served) -> Verdict {
    let answer = match &served.found {
        Ok(answer) => answer,
        Err(error) => return Verdict::new(LIMIT, FAILS, error.to_string()).mended(larger(served, 1.0)),
    };
    let (held, flight) = (answer.batch_max, served.in_flight);
    let band = (held * (1.0 - APART), held * (1.0 + APART));
    let words = format!("a replica holds {held:.0} requests at once, and {flight:.0} are in flight");
    let found =
        |verdict| Verdict::new(LIMIT, verdict, words.clone()).valued(format!("{held:.0} requests")).within(band);
    if flight <= band.0 {
        found(MEETS)
    } else if flight <= band.1 {
        found(AT_RISK).measured("read the cache size that the serving engine prints when it starts")
    } else {
        let fewer = band.0.floor();
        let fewer = (fewer >= 1.0).then(|| format!("serving.in_flight = {fewer:.0}"));
        found(FAILS).mended(fewer.or_else(|| larger(served, flight)))
    }
}

/// More GPUs for a replica, then a larger GPU, that holds so many requests.
fn larger(served: &Served, in_flight: f64) -> Option<String> {
    let holds = |gpu: &serving::Gpu, deployment: Deployment| {
        served.at(gpu, deployment, in_flight).is_ok_and(|answer| in_flight <= answer.batch_max * (1.0 - APART))
    };
    let ranks = served.deployment.data_parallel;
    let wider = [2, 4, 8].into_iter().filter(|split| *split > served.deployment.tensor_parallel && split * ranks <= 8);
    for tensor_parallel in wider {
        if holds(&served.gpu, Deployment { tensor_parallel, ..served.deployment }) {
            return Some(format!("serving.tensor_parallel = {tensor_parallel}"));
        }
    }
    let other =
        serving::gpus().into_iter().find(|gpu| gpu.hbm_bytes > served.gpu.hbm_bytes && holds(gpu, served.deployment));
    other.map(|gpu| format!("gpu = \"{}\"", super::latency::gpu_words(&gpu.name)))
}
