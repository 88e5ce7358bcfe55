//! The architecture of a model, and what follows from it: parameters, cache, arithmetic.

use super::error::{ServingError, positive};
use super::{Class, Precision};

/// Width of one key of a sparse-attention indexer, from the published configurations.
const INDEX_KEY_WIDTH: f64 = 128.0;
/// Values of the recurrent state are kept as FP32.
const STATE_BYTES: f64 = 4.0;

/// A decoder-only transformer by its published configuration. Counts are exact integers held as `f64`.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// Its name.
    pub name: String,
    /// Layers.
    pub layers: f64,
    /// Width of the residual stream.
    pub hidden: f64,
    /// Tokens of the vocabulary.
    pub vocabulary: f64,
    /// How layers look back.
    pub attention: Attention,
    /// What follows attention in each layer.
    pub feed_forward: FeedForward,
    /// The format that a four-bit floating-point checkpoint of this model has.
    pub fp4_format: Precision,
}

/// How layers look back.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Attention {
    /// Multi-head or grouped-query attention.
    Grouped {
        /// Query heads.
        heads: f64,
        /// Key-value heads.
        kv_heads: f64,
        /// Width of a head.
        head_dim: f64,
        /// Layers that only look at a window, if any.
        windows: Option<Windows>,
        /// Layers with a recurrent state in place of attention, if any. The other layers then gate their output.
        linear: Option<LinearLayers>,
    },
    /// Multi-head latent attention.
    Latent {
        /// Query heads.
        heads: f64,
        /// Rank of the compressed query.
        q_rank: f64,
        /// Rank of the compressed key and value.
        kv_rank: f64,
        /// Width of the rotated part of a head.
        rope_dim: f64,
        /// Width of the rest of a head.
        nope_dim: f64,
        /// Width of a value head.
        v_dim: f64,
        /// Chooses the tokens that are looked at, if any. Its own time has no term: answers are too fast.
        indexer: Option<Indexer>,
    },
}

/// Layers of sliding-window attention.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Windows {
    /// How many layers.
    pub layers: f64,
    /// Tokens they look back.
    pub tokens: f64,
}

/// Layers of linear attention (gated delta rule).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LinearLayers {
    /// How many layers.
    pub layers: f64,
    /// Heads of the state.
    pub heads: f64,
    /// Heads of query and key.
    pub key_heads: f64,
    /// Width of a head; a state holds its square.
    pub head_dim: f64,
}

/// Sparse attention's choice of tokens.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Indexer {
    /// Its heads.
    pub heads: f64,
    /// Tokens it lets through.
    pub top_k: f64,
}

/// What follows attention in each layer: gated, three matrices.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum FeedForward {
    /// One for all tokens.
    Dense {
        /// Its inner width.
        width: f64,
    },
    /// A mixture of experts.
    Experts {
        /// Experts of a layer.
        experts: f64,
        /// Experts that a token passes.
        active: f64,
        /// Inner width of an expert.
        width: f64,
        /// Experts of that width that every token passes, besides.
        shared: f64,
        /// First layers that are dense.
        dense_layers: f64,
        /// Inner width of those.
        dense_width: f64,
    },
}

/// What the equations need of an architecture. Counts of parameters over all layers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Shape {
    pub experts: f64,
    pub active: f64,
    /// Attention, shared experts, router and first dense layers: split over one attention rank.
    pub attention_side: f64,
    /// Feed-forward of a dense model: split over all GPUs.
    pub feed_forward: f64,
    /// All experts: split over all GPUs.
    pub expert_weights: f64,
    pub head: f64,
    /// Cached values per token on layers that look at everything, and on layers with a window.
    pub kv_values: f64,
    pub windowed_kv_values: f64,
    pub window: f64,
    /// Tokens that an indexer lets through; infinite without one.
    pub top_k: f64,
    /// Bytes of indexer keys per token.
    pub index_bytes: f64,
    /// Bytes of recurrent state per sequence.
    pub state_bytes: f64,
    /// GPUs over which the cache can be split.
    pub kv_splits: f64,
    /// Operations of causal attention over a prompt, per squared token.
    pub prefill_attention: f64,
}

impl Model {
    /// Dense or mixture of experts: the two have their own constants.
    #[must_use]
    pub fn class(&self) -> Class {
        match self.feed_forward {
            FeedForward::Dense { .. } => Class::Dense,
            FeedForward::Experts { .. } => Class::Experts,
        }
    }

    /// All parameters, input embedding included and norms left out.
    #[must_use]
    pub fn parameters(&self) -> f64 {
        let shape = self.shape();
        shape.attention_side + shape.feed_forward + shape.expert_weights + 2.0 * shape.head
    }

    /// Whether its figures can be computed with.
    ///
    /// # Errors
    /// The first figure that is not above 0, or does not fit the others.
    pub fn check(&self) -> Result<(), ServingError> {
        positive("model.layers", self.layers)?;
        positive("model.hidden", self.hidden)?;
        positive("model.vocabulary", self.vocabulary)?;
        match self.attention {
            Attention::Grouped { heads, kv_heads, head_dim, windows, linear } => {
                positive("model.heads", heads)?;
                positive("model.kv_heads", kv_heads)?;
                positive("model.head_dim", head_dim)?;
                let special = windows.map_or(0.0, |some| some.layers) + linear.map_or(0.0, |some| some.layers);
                within("model.window_layers", special, 0.0, self.layers, "at most the model's layers")?;
            }
            Attention::Latent { heads, kv_rank, v_dim, .. } => {
                positive("model.heads", heads)?;
                positive("model.kv_rank", kv_rank)?;
                positive("model.v_dim", v_dim)?;
            }
        }
        match self.feed_forward {
            FeedForward::Dense { width } => positive("model.ffn", width).map(|_| ()),
            FeedForward::Experts { experts, active, width, dense_layers, .. } => {
                positive("model.experts", experts)?;
                positive("model.expert_ffn", width)?;
                within("model.active_experts", active, 1.0, experts, "1 to the number of experts")?;
                within("model.dense_layers", dense_layers, 0.0, self.layers, "at most the model's layers")
            }
        }?;
        positive("model's parameters", self.parameters()).map(|_| ())
    }

    pub(super) fn shape(&self) -> Shape {
        let mut shape = self.attention_shape();
        match self.feed_forward {
            FeedForward::Dense { width } => shape.feed_forward = self.layers * 3.0 * self.hidden * width,
            FeedForward::Experts { experts, active, width, shared, dense_layers, dense_width } => {
                let sparse_layers = self.layers - dense_layers;
                let expert = 3.0 * self.hidden * width;
                shape.experts = experts;
                shape.active = active;
                shape.expert_weights = sparse_layers * experts * expert;
                shape.attention_side += sparse_layers * (shared * expert + experts * self.hidden)
                    + dense_layers * 3.0 * self.hidden * dense_width;
            }
        }
        shape
    }

    fn attention_shape(&self) -> Shape {
        let (hidden, layers) = (self.hidden, self.layers);
        let mut shape = Shape {
            experts: 1.0,
            active: 1.0,
            attention_side: 0.0,
            feed_forward: 0.0,
            expert_weights: 0.0,
            head: self.vocabulary * hidden,
            kv_values: 0.0,
            windowed_kv_values: 0.0,
            window: f64::INFINITY,
            top_k: f64::INFINITY,
            index_bytes: 0.0,
            state_bytes: 0.0,
            kv_splits: 1.0,
            prefill_attention: 0.0,
        };
        match self.attention {
            Attention::Grouped { heads, kv_heads, head_dim, windows, linear } => {
                let full = layers - linear.map_or(0.0, |some| some.layers);
                let windowed = windows.map_or(0.0, |some| some.layers);
                // Models with linear layers gate the output of the others: a second query projection.
                let queries = if linear.is_some() { 2.0 } else { 1.0 };
                shape.attention_side =
                    full * ((queries + 1.0) * hidden * heads * head_dim + 2.0 * hidden * kv_heads * head_dim);
                shape.kv_values = 2.0 * kv_heads * head_dim * (full - windowed);
                shape.windowed_kv_values = 2.0 * kv_heads * head_dim * windowed;
                shape.window = windows.map_or(f64::INFINITY, |some| some.tokens);
                shape.kv_splits = kv_heads;
                shape.prefill_attention = 2.0 * heads * head_dim * full;
                if let Some(linear) = linear {
                    let values = linear.heads * linear.head_dim;
                    let inside = 2.0 * linear.key_heads * linear.head_dim + 2.0 * values;
                    shape.attention_side += linear.layers * hidden * (inside + values);
                    shape.state_bytes = linear.layers * linear.heads * linear.head_dim * linear.head_dim * STATE_BYTES;
                }
            }
            Attention::Latent { heads, q_rank, kv_rank, rope_dim, nope_dim, v_dim, indexer } => {
                let query = hidden * q_rank + q_rank * heads * (nope_dim + rope_dim);
                let value = hidden * (kv_rank + rope_dim) + kv_rank * heads * (nope_dim + v_dim);
                let index = indexer.map_or(0.0, |some| {
                    q_rank * some.heads * INDEX_KEY_WIDTH + hidden * INDEX_KEY_WIDTH + hidden * some.heads
                });
                shape.attention_side = layers * (query + value + heads * v_dim * hidden + index);
                shape.kv_values = (kv_rank + rope_dim) * layers;
                shape.top_k = indexer.map_or(f64::INFINITY, |some| some.top_k);
                shape.index_bytes = indexer.map_or(0.0, |_| INDEX_KEY_WIDTH * layers);
                shape.prefill_attention = (nope_dim + rope_dim + v_dim) * heads * layers;
            }
        }
        shape
    }
}

fn within(field: &'static str, value: f64, least: f64, most: f64, expected: &'static str) -> Result<(), ServingError> {
    if value >= least && value <= most {
        return Ok(());
    }
    Err(ServingError::Figure { field, found: value.to_string(), expected })
}
