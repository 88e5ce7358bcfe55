//! How a model is run, and what it is asked to do.

use super::error::{ServingError, at_least};

/// Format of weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Precision {
    /// Two bytes a weight.
    Bf16,
    /// One byte a weight.
    Fp8,
    /// Four bits with an FP8 scale for each 16.
    Nvfp4,
    /// Four bits with an eight-bit scale for each 32.
    Mxfp4,
    /// Four-bit integers with scales, widened to BF16 for the product.
    Int4,
}

impl Precision {
    /// Bytes a weight takes, scales included.
    #[must_use]
    pub fn bytes(self) -> f64 {
        match self {
            Self::Bf16 => 2.0,
            Self::Fp8 => 1.0,
            Self::Nvfp4 | Self::Int4 => 0.5625,
            Self::Mxfp4 => 0.53125,
        }
    }

    /// Whether checkpoints of experts in this format leave attention and shared experts in BF16.
    #[must_use]
    pub fn keeps_attention_wide(self) -> bool {
        matches!(self, Self::Nvfp4 | Self::Mxfp4 | Self::Int4)
    }
}

/// Format of the key-value cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CachePrecision {
    /// Two bytes a value.
    Bf16,
    /// One byte a value.
    Fp8,
}

impl CachePrecision {
    /// Bytes a cached value takes.
    #[must_use]
    pub fn bytes(self) -> f64 {
        match self {
            Self::Bf16 => 2.0,
            Self::Fp8 => 1.0,
        }
    }
}

/// The serving engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Backend {
    /// vLLM.
    Vllm,
    /// SGLang.
    Sglang,
    /// TensorRT-LLM.
    TrtLlm,
    /// Another one, or unknown: taken as vLLM, which lies between the other two.
    Other,
}

/// One replica of a model on the GPUs of one node.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Deployment {
    /// GPUs over which one attention rank is split.
    pub tensor_parallel: u32,
    /// Attention ranks that each hold their own requests (1 = no attention data parallelism).
    pub data_parallel: u32,
    /// GPUs over which whole experts are spread; the rest of the grid splits each expert. Recorded and checked only:
    /// measured runs show no difference that survives leaving a model out.
    pub expert_parallel: u32,
    /// Format of the weights; of the experts, where there are any.
    pub weights: Precision,
    /// Format of the key-value cache.
    pub cache: CachePrecision,
    /// The serving engine.
    pub backend: Backend,
}

impl Deployment {
    /// GPUs of the replica.
    #[must_use]
    pub fn gpus(&self) -> u32 {
        self.tensor_parallel.saturating_mul(self.data_parallel)
    }

    /// Whether the degrees make a grid inside one node.
    ///
    /// # Errors
    /// A degree of 0, more than 8 GPUs in a node, or experts over more GPUs than there are.
    pub fn check(&self) -> Result<(), ServingError> {
        let degree = |field, degree: u32| {
            let expected = "a whole number from 1";
            if degree == 0 { Err(ServingError::Figure { field, found: "0".to_owned(), expected }) } else { Ok(()) }
        };
        degree("deployment.tensor_parallel", self.tensor_parallel)?;
        degree("deployment.data_parallel", self.data_parallel)?;
        degree("deployment.expert_parallel", self.expert_parallel)?;
        let gpus = self.gpus();
        if gpus > 8 {
            return Err(ServingError::Figure {
                field: "deployment.tensor_parallel × deployment.data_parallel",
                found: gpus.to_string(),
                expected: "at most 8 GPUs: the model covers one node",
            });
        }
        if !gpus.is_multiple_of(self.expert_parallel) {
            return Err(ServingError::Figure {
                field: "deployment.expert_parallel",
                found: self.expert_parallel.to_string(),
                expected: "a divisor of the replica's GPUs",
            });
        }
        Ok(())
    }
}

/// A steady closed load on one replica: so many requests in flight, each as long as the mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Load {
    /// Mean prompt tokens of a request, cached ones included.
    pub input_tokens: f64,
    /// Mean generated tokens of a request.
    pub output_tokens: f64,
    /// Requests in flight on the replica.
    pub concurrency: f64,
    /// Share of the prompt's tokens that a prefix cache serves, 0 to below 1.
    pub prefix_hit_share: f64,
}

impl Load {
    /// Whether it can be computed with.
    ///
    /// # Errors
    /// The first figure out of range.
    pub fn check(&self) -> Result<(), ServingError> {
        at_least("load.input_tokens", self.input_tokens, 1.0, "at least 1")?;
        at_least("load.output_tokens", self.output_tokens, 1.0, "at least 1")?;
        at_least("load.concurrency", self.concurrency, 1.0, "at least 1")?;
        at_least("load.prefix_hit_share", self.prefix_hit_share, 0.0, "0 to below 1")?;
        for (field, value) in [
            ("load.input_tokens", self.input_tokens),
            ("load.output_tokens", self.output_tokens),
            ("load.concurrency", self.concurrency),
        ] {
            if value > 1e9 {
                return Err(ServingError::Figure { field, found: value.to_string(), expected: "at most a billion" });
            }
        }
        if self.prefix_hit_share >= 1.0 {
            let found = self.prefix_hit_share.to_string();
            return Err(ServingError::Figure { field: "load.prefix_hit_share", found, expected: "0 to below 1" });
        }
        Ok(())
    }

    /// Mean tokens that a step finds in a request's cache: the prompt and half of the answer.
    #[must_use]
    pub fn context_tokens(&self) -> f64 {
        self.input_tokens + self.output_tokens / 2.0
    }
}
