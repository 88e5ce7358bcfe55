//! The equations: what a decode step, a prompt and a whole request take.
//!
//! ```text
//! step   = max(memory, compute) + layers·layer_s + all-reduces + batch·sequence_s
//! prompt = operations of one prompt over all GPUs + its all-reduces + the step's fixed time per rank
//! e2e    = rounds·( max(ranks, batch/output)·prompt + (output − 1)·(step + batch/output·prompt) )
//! ```
//!
//! `batch` is what fits into memory of the requests in flight, and `rounds` how often that happens: requests in flight
//! over batch. Prompts of other requests interrupt decoding, one for each answer that ends.

use super::model::Shape;
use super::{Class, Constants, Deployment, FeedForward, Gpu, Load, Model, Precision, ServingError};

/// Share of the memory that engines take by default.
const MEMORY_USED: f64 = 0.9;
/// Bytes on each GPU for activations and graphs.
const RESERVED_BYTES: f64 = 2e9;
/// The output head stays in BF16.
const HEAD_BYTES: f64 = 2.0;

/// A value with the band that is stated with it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// Lower end.
    pub low: f64,
    /// The estimate.
    pub value: f64,
    /// Upper end.
    pub high: f64,
}

/// Where a request's time goes, in seconds of the whole request. They add up to its end-to-end time.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Parts {
    /// Weights and cache read while decoding, where that outlasts the arithmetic.
    pub memory_s: f64,
    /// Arithmetic of decoding, where that outlasts the reading.
    pub compute_s: f64,
    /// Fixed time per layer and step.
    pub layers_s: f64,
    /// All-reduces between GPUs while decoding.
    pub reduce_s: f64,
    /// Time per sequence and step.
    pub sequences_s: f64,
    /// Its own prompt and those of other requests.
    pub prompts_s: f64,
    /// Waiting because memory holds fewer requests than are in flight.
    pub waiting_s: f64,
}

/// What takes the largest part of a request's time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Bound {
    /// Reading weights and cache.
    Memory,
    /// Arithmetic of decoding.
    Compute,
    /// Fixed time per layer and sequence.
    Overhead,
    /// All-reduces.
    Link,
    /// Prompts.
    Prefill,
    /// Too little memory for the requests in flight.
    Capacity,
}

impl Bound {
    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Compute => "compute",
            Self::Overhead => "overhead",
            Self::Link => "link",
            Self::Prefill => "prefill",
            Self::Capacity => "capacity",
        }
    }
}

impl Parts {
    /// Their sum.
    #[must_use]
    pub fn total_s(&self) -> f64 {
        self.by_bound().iter().map(|(_, part)| part).sum()
    }

    /// What takes most.
    #[must_use]
    pub fn bound(&self) -> Bound {
        let mut most = (Bound::Overhead, -1.0);
        for (bound, part) in self.by_bound() {
            if part > most.1 {
                most = (bound, part);
            }
        }
        most.0
    }

    fn by_bound(&self) -> [(Bound, f64); 6] {
        [
            (Bound::Memory, self.memory_s),
            (Bound::Compute, self.compute_s),
            (Bound::Overhead, self.layers_s + self.sequences_s),
            (Bound::Link, self.reduce_s),
            (Bound::Prefill, self.prompts_s),
            (Bound::Capacity, self.waiting_s),
        ]
    }
}

/// What the equations give before any measured point is asked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Timing {
    /// Seconds from sending a request to its last token.
    pub end_to_end_s: f64,
    /// Seconds between two tokens of a request, prompts of others included.
    pub tpot_s: f64,
    /// Seconds of a request's own prompt on its rank, when nothing else runs.
    pub own_prompt_s: f64,
    /// Requests that run at once on the replica.
    pub batch: f64,
    /// Requests in flight for each that runs: 1 while memory suffices.
    pub rounds: f64,
    /// Where the time goes.
    pub parts: Parts,
}

/// The figures of one question that every equation shares.
pub(super) struct Terms<'a> {
    shape: Shape,
    gpu: &'a Gpu,
    deployment: &'a Deployment,
    load: &'a Load,
    layers: f64,
    hidden: f64,
    gpus: f64,
    ranks: f64,
    split: f64,
    attention_precision: Precision,
}

/// Reading and arithmetic of one decode step, in seconds.
struct Work {
    memory_s: f64,
    compute_s: f64,
}

impl<'a> Terms<'a> {
    pub(super) fn new(
        model: &'a Model,
        gpu: &'a Gpu,
        deployment: &'a Deployment,
        load: &'a Load,
    ) -> Result<Self, ServingError> {
        model.check()?;
        gpu.check()?;
        deployment.check()?;
        load.check()?;
        let wide =
            matches!(model.feed_forward, FeedForward::Experts { .. }) && deployment.weights.keeps_attention_wide();
        let terms = Self {
            shape: model.shape(),
            gpu,
            deployment,
            load,
            layers: model.layers,
            hidden: model.hidden,
            gpus: f64::from(deployment.gpus()),
            ranks: f64::from(deployment.data_parallel),
            split: f64::from(deployment.tensor_parallel),
            attention_precision: if wide { Precision::Bf16 } else { deployment.weights },
        };
        let needed = terms.weights_per_gpu();
        if needed > gpu.hbm_bytes {
            return Err(ServingError::Memory {
                model: model.name.clone(),
                gpu: gpu.name.clone(),
                needed_gb: needed / 1e9,
                there_gb: gpu.hbm_bytes / 1e9,
            });
        }
        Ok(terms)
    }

    /// Bytes of attention, shared experts and head, which every attention rank reads in every step.
    fn attention_bytes(&self) -> f64 {
        self.shape.attention_side * self.attention_precision.bytes() + self.shape.head * HEAD_BYTES
    }

    fn weights_per_gpu(&self) -> f64 {
        let spread = (self.shape.feed_forward + self.shape.expert_weights) * self.deployment.weights.bytes();
        self.attention_bytes() / self.split + spread / self.gpus
    }

    /// Bytes of a sequence's cache on one GPU, with `seen` of its tokens on layers that look at everything.
    fn cache_bytes(&self, seen: f64, state_passes: f64) -> f64 {
        let context = self.load.context_tokens();
        let values = seen * self.shape.kv_values + context.min(self.shape.window) * self.shape.windowed_kv_values;
        values * self.deployment.cache.bytes() / self.split.min(self.shape.kv_splits)
            + context * self.shape.index_bytes
            + state_passes * self.shape.state_bytes / self.split
    }

    /// Bytes a step reads for one sequence on one GPU; a recurrent state is read and written.
    fn read_per_sequence(&self) -> f64 {
        self.cache_bytes(self.load.context_tokens().min(self.shape.top_k), 2.0)
    }

    /// Sequences that the replica's memory holds beside the weights; never fewer than one for each rank.
    fn capacity(&self) -> f64 {
        let room = MEMORY_USED * self.gpu.hbm_bytes - RESERVED_BYTES - self.weights_per_gpu();
        let stored = self.cache_bytes(self.load.context_tokens(), 1.0);
        self.ranks * (room / stored.max(1.0)).floor().max(1.0)
    }

    fn rank_batch(&self, batch: f64) -> f64 {
        (batch / self.ranks).max(1.0)
    }

    /// Parameters that a token passes outside the attention side.
    fn active_weights(&self) -> f64 {
        self.shape.feed_forward + self.shape.expert_weights * self.shape.active / self.shape.experts
    }

    fn work(&self, batch: f64, constants: &Constants) -> Work {
        let precision = self.deployment.weights;
        let missed = libm::pow(1.0 - self.shape.active / self.shape.experts, batch);
        let spread = self.shape.feed_forward + self.shape.expert_weights * (1.0 - missed);
        let bytes = self.attention_bytes() / self.split
            + spread * precision.bytes() / self.gpus
            + self.rank_batch(batch) * self.read_per_sequence();
        let share = (constants.memory_share * constants.memory_factor(precision)).min(1.0);
        let reached = constants.compute_share * constants.compute_factor(precision);
        let attention_side = 2.0 * self.rank_batch(batch) * (self.shape.attention_side + self.shape.head)
            / (self.split * self.gpu.peak_flops(self.attention_precision));
        let rest = 2.0 * batch * self.active_weights() / (self.gpus * self.gpu.peak_flops(precision));
        Work { memory_s: bytes / (self.gpu.hbm_bytes_per_s * share), compute_s: (attention_side + rest) / reached }
    }

    /// Seconds of arithmetic for one prompt over all GPUs; what a prefix cache serves costs nothing.
    fn prompt_compute(&self, constants: &Constants) -> f64 {
        let (input, hit) = (self.load.input_tokens, self.load.prefix_hit_share);
        let fresh = input * (1.0 - hit);
        let factor = constants.compute_factor(self.deployment.weights);
        let products = 2.0 * self.shape.attention_side * fresh
            / (self.gpu.peak_flops(self.attention_precision) * factor)
            + 2.0 * self.active_weights() * fresh / (self.gpu.peak_flops(self.deployment.weights) * factor);
        let looking_back = input * input * (1.0 - hit * hit) * self.shape.prefill_attention / self.gpu.bf16_flops;
        (products + looking_back) / (self.gpus * constants.compute_share)
    }

    /// Seconds of all-reduced bytes per token: two in each layer, of two bytes a value.
    fn reduce_per_token(&self, constants: &Constants) -> f64 {
        8.0 * self.layers * self.hidden * (self.gpus - 1.0)
            / self.gpus
            / (self.gpu.link_bytes_per_s * constants.link_share)
    }
}

/// The equations with one set of constants.
///
/// # Errors
/// A figure out of range, or weights larger than memory.
pub fn timing(
    model: &Model,
    gpu: &Gpu,
    deployment: &Deployment,
    load: &Load,
    constants: &Constants,
) -> Result<Timing, ServingError> {
    let terms = Terms::new(model, gpu, deployment, load)?;
    let batch = load.concurrency.min(terms.capacity());
    let rounds = load.concurrency / batch;
    let work = terms.work(batch, constants);
    let layers_s = terms.layers * constants.layer_s * constants.layer_factor(deployment.backend);
    let latency_s = 2.0 * terms.layers * constants.reduce_s * libm::log2(terms.gpus);
    let per_token_s = terms.reduce_per_token(constants);
    let compute_s = terms.prompt_compute(constants);
    let fresh = load.input_tokens * (1.0 - load.prefix_hit_share);
    let prompt_s = compute_s + fresh * per_token_s + (layers_s + latency_s) / terms.ranks;
    let others = batch / load.output_tokens;
    let steps = load.output_tokens - 1.0;
    let reads = work.memory_s >= work.compute_s;
    let mut parts = Parts {
        memory_s: if reads { steps * work.memory_s } else { 0.0 },
        compute_s: if reads { 0.0 } else { steps * work.compute_s },
        layers_s: steps * layers_s,
        reduce_s: steps * (latency_s + batch * per_token_s),
        sequences_s: steps * batch * constants.sequence_s,
        prompts_s: (terms.ranks.max(others) + steps * others) * prompt_s,
        waiting_s: 0.0,
    };
    let served_s = parts.total_s();
    parts.waiting_s = (rounds - 1.0) * served_s;
    let step_s =
        work.memory_s.max(work.compute_s) + layers_s + latency_s + batch * (per_token_s + constants.sequence_s);
    Ok(Timing {
        end_to_end_s: rounds * served_s,
        tpot_s: step_s + others * prompt_s,
        own_prompt_s: terms.ranks * (compute_s + fresh * per_token_s) + layers_s + latency_s,
        batch,
        rounds,
        parts,
    })
}

/// Most requests that run at once on the replica, from memory.
///
/// # Errors
/// As [`timing`].
pub fn batch_max(model: &Model, gpu: &Gpu, deployment: &Deployment, load: &Load) -> Result<f64, ServingError> {
    Terms::new(model, gpu, deployment, load).map(|terms| terms.capacity())
}

/// Seconds below which no run can be: every byte and operation at the published peak, no fixed time, prompts hidden
/// behind decoding, and all requests in flight held by memory.
///
/// # Errors
/// As [`timing`].
pub fn ideal_end_to_end_s(model: &Model, gpu: &Gpu, deployment: &Deployment, load: &Load) -> Result<f64, ServingError> {
    let terms = Terms::new(model, gpu, deployment, load)?;
    let peak = peaks(1.0, 1.0);
    let reading = (load.output_tokens - 1.0) * terms.work(load.concurrency, &peak).memory_s;
    Ok(reading.max(load.concurrency * terms.prompt_compute(&peak)))
}

/// End-to-end seconds of the usual rule of thumb, for comparison: half of the peak arithmetic, 60 % of the bandwidth
/// (45 % for experts), and nothing else.
///
/// # Errors
/// As [`timing`].
pub fn fixed_efficiency_s(model: &Model, gpu: &Gpu, deployment: &Deployment, load: &Load) -> Result<f64, ServingError> {
    let memory = if model.class() == Class::Dense { 0.6 } else { 0.45 };
    timing(model, gpu, deployment, load, &peaks(0.5, memory)).map(|timing| timing.end_to_end_s)
}

fn peaks(compute_share: f64, memory_share: f64) -> Constants {
    Constants {
        compute_share,
        compute_fp8: 1.0,
        compute_fp4: 1.0,
        memory_share,
        memory_fp8: 1.0,
        memory_fp4: 1.0,
        memory_int4: 1.0,
        layer_s: 0.0,
        layer_trtllm: 1.0,
        layer_sglang: 1.0,
        reduce_s: 0.0,
        link_share: f64::INFINITY,
        sequence_s: 0.0,
    }
}
