//! Every fitted constant, in one place.
//!
//! Fitted to 1,458 public runs of ten models on H100, H200, B200 and B300 (`docs/accuracy.md` says which, how they were
//! cleaned, and how far off each model was while it was left out). The fit makes the mean absolute log error of
//! end-to-end time small; factors beside 1 are held towards 1 by a penalty, because a factor that fits the models at
//! hand often misses the next one. `cargo xtask accuracy FILE --fit` repeats it.
//!
//! These are constants of this model's equations, not properties of hardware: `compute_share` of experts, for one,
//! mixes the low efficiency of grouped products with prompts that interrupt decoding.

use super::{Backend, Precision};

/// Kinds of models with constants of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Class {
    /// Every token passes every weight.
    Dense,
    /// Mixture of experts.
    Experts,
}

/// One set of constants.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Constants {
    /// Share of the peak operations per second that is reached.
    pub compute_share: f64,
    /// Factor on it with FP8 weights.
    pub compute_fp8: f64,
    /// Factor on it with four-bit floating-point weights.
    pub compute_fp4: f64,
    /// Share of the peak memory bandwidth that is reached.
    pub memory_share: f64,
    /// Factor on it with FP8 weights.
    pub memory_fp8: f64,
    /// Factor on it with four-bit floating-point weights.
    pub memory_fp4: f64,
    /// Factor on it with four-bit integer weights.
    pub memory_int4: f64,
    /// Seconds per layer and step, whatever the batch: launches, norms, small kernels.
    pub layer_s: f64,
    /// Factor on it with TensorRT-LLM.
    pub layer_trtllm: f64,
    /// Factor on it with SGLang.
    pub layer_sglang: f64,
    /// Seconds per all-reduce, times log₂ of the GPUs.
    pub reduce_s: f64,
    /// Share of the link's bandwidth that all-reduces reach.
    pub link_share: f64,
    /// Seconds per sequence and step: scheduling, sampling.
    pub sequence_s: f64,
}

/// A band that held 80 % of left-out runs, as factors on a predicted time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Band {
    /// Natural logarithm of the lower factor, below 0.
    pub ln_low: f64,
    /// Natural logarithm of the upper factor, above 0.
    pub ln_high: f64,
    /// By how much of itself the band narrows for a measured point that pulls with all its weight.
    pub narrowing: f64,
}

/// Where time to first token lay, as factors on the time that a request's own prefill takes, per request already in
/// flight on its rank: 80 % of runs. It is wide: bursts at the start of a run and scheduling decide it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TtftRange {
    /// Lower factor.
    pub low: f64,
    /// Upper factor.
    pub high: f64,
    /// What each further request in flight adds, as a share.
    pub per_request: f64,
}

impl Constants {
    /// The constants of a class.
    #[must_use]
    pub fn of(class: Class) -> Self {
        match class {
            Class::Dense => Self {
                compute_share: 0.6607,
                compute_fp8: 0.7107,
                compute_fp4: 0.838,
                memory_share: 0.9328,
                memory_fp8: 1.0,
                memory_fp4: 1.0,
                memory_int4: 1.0,
                layer_s: 6.760e-5,
                layer_trtllm: 1.0,
                layer_sglang: 1.0,
                reduce_s: 0.0,
                link_share: 0.5772,
                sequence_s: 3.085e-5,
            },
            Class::Experts => Self {
                compute_share: 0.3851,
                compute_fp8: 1.0,
                compute_fp4: 1.0,
                memory_share: 0.8122,
                memory_fp8: 0.9208,
                memory_fp4: 1.133,
                memory_int4: 0.9118,
                layer_s: 7.698e-5,
                layer_trtllm: 0.8901,
                layer_sglang: 1.14,
                reduce_s: 5.236e-6,
                link_share: 0.194,
                sequence_s: 0.0,
            },
        }
    }

    pub(super) fn compute_factor(&self, weights: Precision) -> f64 {
        match weights {
            Precision::Bf16 | Precision::Int4 => 1.0,
            Precision::Fp8 => self.compute_fp8,
            Precision::Nvfp4 | Precision::Mxfp4 => self.compute_fp4,
        }
    }

    pub(super) fn memory_factor(&self, weights: Precision) -> f64 {
        match weights {
            Precision::Bf16 => 1.0,
            Precision::Fp8 => self.memory_fp8,
            Precision::Nvfp4 | Precision::Mxfp4 => self.memory_fp4,
            Precision::Int4 => self.memory_int4,
        }
    }

    pub(super) fn layer_factor(&self, backend: Backend) -> f64 {
        match backend {
            Backend::Vllm | Backend::Other => 1.0,
            Backend::Sglang => self.layer_sglang,
            Backend::TrtLlm => self.layer_trtllm,
        }
    }
}

impl Band {
    /// The band of a class, from the errors of models that were left out of the fit.
    #[must_use]
    pub fn of(class: Class) -> Self {
        match class {
            Class::Dense => Self { ln_low: -0.164, ln_high: 0.167, narrowing: 0.5 },
            Class::Experts => Self { ln_low: -0.268, ln_high: 0.330, narrowing: 0.3 },
        }
    }

    /// The band of a value interpolated between measured points. For experts it is wide, because runs of one
    /// configuration at different times differ as much: engines and their builds moved fast.
    #[must_use]
    pub fn between_points(class: Class) -> Self {
        let width = if class == Class::Dense { 0.035 } else { 0.27 };
        Self { ln_low: -width, ln_high: width, narrowing: 0.0 }
    }

    /// Factors on a time, when measured points pull with `pull` of their weight (0 = none).
    #[must_use]
    pub fn factors(&self, pull: f64) -> (f64, f64) {
        let width = 1.0 - self.narrowing * pull;
        (libm::exp(self.ln_low * width), libm::exp(self.ln_high * width))
    }
}

impl TtftRange {
    /// The range of a class.
    #[must_use]
    pub fn of(class: Class) -> Self {
        match class {
            Class::Dense => Self { low: 1.12, high: 7.2, per_request: 0.05 },
            Class::Experts => Self { low: 1.23, high: 7.9, per_request: 0.05 },
        }
    }
}
