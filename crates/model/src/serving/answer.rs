//! Questions and answers: the equations, moved by measured points, with a band and the evidence.

use super::step::ideal_end_to_end_s;
use super::{
    Band, Bound, Calibration, Constants, Deployment, Estimate, Front, Gpu, Load, Measured, Model, Parts, ServingError,
    Timing, TtftRange, batch_max, timing,
};
use crate::scenario::Evidence;

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The model.
    pub model: &'a Model,
    /// The GPU.
    pub gpu: &'a Gpu,
    /// How it runs.
    pub deployment: Deployment,
    /// Under what load.
    pub load: Load,
}

/// What is known about it. Every figure is finite and above 0.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// Seconds from sending a request to its last token.
    pub end_to_end_s: Estimate,
    /// Seconds between two tokens of a request.
    pub tpot_s: Estimate,
    /// Seconds to the first token: a range, not a promise.
    pub ttft_s: (f64, f64),
    /// Output tokens per second and GPU.
    pub tokens_per_s_per_gpu: Estimate,
    /// Seconds below which no run can be.
    pub ideal_end_to_end_s: f64,
    /// Most requests that run at once on the replica.
    pub batch_max: f64,
    /// Requests that do run at once.
    pub batch: f64,
    /// What takes most of the time.
    pub bound: Bound,
    /// Where the modelled time goes.
    pub parts: Parts,
    /// Between measured points `measured`, else `modelled`.
    pub evidence: Evidence,
    /// How near measured points are: 0 for none, below 1 where they only pull, 1 between them.
    pub pull: f64,
    /// What a reader must know, in plain words.
    pub notes: Vec<&'static str>,
}

const QUEUED: &str = "memory holds fewer requests than are in flight: the rest wait";
const INDEXER: &str = "the choice of tokens in sparse attention has no time of its own here: one such model took a \
                       third longer than predicted";
const PREFIX: &str = "no measured run used a prefix cache: its effect follows from the equations alone";
const OUTSIDE: &str = "the concurrency is outside the measured points of this deployment: the model was asked instead";

/// Answers with the constants of the model's class.
///
/// Between two measured points of the same deployment and request lengths, the answer is interpolated and the model
/// gives only the bound and the range of time to first token. Elsewhere points of the same model, GPU, precision and
/// engine move the prediction.
///
/// # Errors
/// A figure out of range, weights larger than memory, or a measured point of something else.
pub fn answer(question: &Question, measured: &[Measured]) -> Result<Answer, ServingError> {
    answer_with(question, measured, &Constants::of(question.model.class()))
}

/// The same with constants of the caller's, such as those of a fit that left a model out.
///
/// # Errors
/// As [`answer`].
pub fn answer_with(question: &Question, measured: &[Measured], constants: &Constants) -> Result<Answer, ServingError> {
    let Question { model, gpu, deployment, load } = question;
    let modelled = timing(model, gpu, deployment, load, constants)?;
    for (index, point) in measured.iter().enumerate() {
        point.check(index, deployment)?;
    }
    let ideal = ideal_end_to_end_s(model, gpu, deployment, load)?;
    let mut notes = Vec::new();
    let (between, outside) = interpolated(question, measured);
    let (time, evidence, pull) = if let Some(time) = between {
        (spread(time, Band::between_points(model.class()).factors(0.0), 0.0), Evidence::Measured, 1.0)
    } else {
        let calibration = Calibration::new(model, gpu, constants, measured)?;
        let pull = calibration.pull(deployment, load);
        let factors = Band::of(model.class()).factors(pull.weight);
        (spread(modelled.end_to_end_s * pull.ratio, factors, ideal), Evidence::Modelled, pull.weight)
    };
    if outside {
        notes.push(OUTSIDE);
    }
    if modelled.rounds > 1.0 {
        notes.push(QUEUED);
    }
    if let super::Attention::Latent { indexer: Some(_), .. } = model.attention {
        notes.push(INDEXER);
    }
    if load.prefix_hit_share > 0.0 {
        notes.push(PREFIX);
    }
    told(question, &modelled, time, Told { ideal, evidence, pull, notes })
}

struct Told {
    ideal: f64,
    evidence: Evidence,
    pull: f64,
    notes: Vec<&'static str>,
}

fn told(question: &Question, modelled: &Timing, time: Estimate, told: Told) -> Result<Answer, ServingError> {
    let Question { model, gpu, deployment, load } = question;
    let tokens = load.concurrency * load.output_tokens / f64::from(deployment.gpus());
    let scaled = |factor: f64| modelled.tpot_s * factor / modelled.end_to_end_s;
    Ok(Answer {
        end_to_end_s: time,
        tpot_s: Estimate { low: scaled(time.low), value: scaled(time.value), high: scaled(time.high) },
        ttft_s: first_token(model, deployment, modelled, &time),
        tokens_per_s_per_gpu: Estimate { low: tokens / time.high, value: tokens / time.value, high: tokens / time.low },
        ideal_end_to_end_s: told.ideal,
        batch_max: batch_max(model, gpu, deployment, load)?,
        batch: modelled.batch,
        bound: modelled.parts.bound(),
        parts: modelled.parts,
        evidence: told.evidence,
        pull: told.pull,
        notes: told.notes,
    })
}

fn spread(value: f64, (low, high): (f64, f64), floor: f64) -> Estimate {
    let value = value.max(floor);
    Estimate { low: (value * low).max(floor), value, high: value * high }
}

fn first_token(model: &Model, deployment: &Deployment, modelled: &Timing, time: &Estimate) -> (f64, f64) {
    let range = TtftRange::of(model.class());
    let others = (modelled.batch / f64::from(deployment.data_parallel) - 1.0).max(0.0);
    let own = modelled.own_prompt_s * (1.0 + range.per_request * others);
    let waiting = modelled.parts.waiting_s;
    let high = (range.high * own + waiting).min(time.high);
    ((range.low * own + waiting).min(high), high)
}

/// End-to-end seconds between measured points of this very deployment and these lengths, and whether there are such
/// points but not around this concurrency.
fn interpolated(question: &Question, measured: &[Measured]) -> (Option<f64>, bool) {
    let Question { deployment, load, .. } = question;
    let tokens = load.output_tokens / f64::from(deployment.gpus());
    let same: Vec<(f64, f64)> = measured
        .iter()
        .filter(|point| point.deployment == *deployment)
        .filter(|point| Load { concurrency: load.concurrency, ..point.load } == *load)
        .map(|point| (point.load.concurrency, point.load.concurrency * tokens / point.end_to_end_s))
        .collect();
    let Some(front) = Front::new(&same) else { return (None, false) };
    let between = front.at_concurrency(load.concurrency).map(|rate| load.concurrency * tokens / rate);
    (between, between.is_none())
}
