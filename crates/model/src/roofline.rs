//! How fast a model can run on a GPU: what must be computed and what must be read, each at a stated efficiency, plus
//! fixed times per layer.
//!
//! A dense or mixture-of-experts transformer with grouped-query or latent attention under tensor parallelism. With
//! efficiencies of 1 and no fixed times this is the ideal, which no measured run beats; the largest term that such an
//! ideal leaves out is the fixed time per layer and step.

/// Latent attention (MLA): one compressed vector for all heads is cached.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Latent {
    /// Width of the compressed keys and values.
    pub kv_rank: f64,
    /// Width of the part that carries positions.
    pub rope_dim: f64,
}

/// Experts of a layer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Experts {
    /// How many there are.
    pub count: f64,
    /// How many a token uses.
    pub active: f64,
    /// Inner width of one.
    pub ffn: f64,
}

/// A model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Model {
    /// Layers.
    pub layers: f64,
    /// Width of the residual stream.
    pub hidden: f64,
    /// Query heads.
    pub heads: f64,
    /// Heads of keys and values.
    pub kv_heads: f64,
    /// Width of a head.
    pub head_dim: f64,
    /// Inner width of the feed-forward part; not used where every layer has experts.
    pub ffn: f64,
    /// Entries of the vocabulary.
    pub vocab: f64,
    /// Are input and output embedding one matrix?
    pub tied_embeddings: bool,
    /// Bytes of a weight.
    pub weight_bytes: f64,
    /// Bytes of a weight of the embeddings.
    pub embedding_bytes: f64,
    /// Bytes of a cached value.
    pub kv_bytes: f64,
    /// Matrices of the feed-forward part: 3 when gated, else 2.
    pub mlp_matrices: f64,
    /// Count attention over the whole square, not the causal half?
    pub full_attention_flops: bool,
    /// Experts in every layer.
    pub experts: Option<Experts>,
    /// Latent attention.
    pub latent: Option<Latent>,
}

impl Model {
    /// Weights of attention in one layer. For latent attention the queries are taken without a compression of their
    /// own, which is above the truth for models that have one.
    fn attention_params(&self) -> f64 {
        let (h, q, d) = (self.hidden, self.heads, self.head_dim);
        match self.latent {
            None => 2.0 * h * q * d + 2.0 * h * self.kv_heads * d,
            Some(Latent { kv_rank, rope_dim }) => {
                h * q * (d + rope_dim) + h * (kv_rank + rope_dim) + 2.0 * kv_rank * q * d + q * d * h
            }
        }
    }

    /// Weights outside of experts in one layer, and of all experts, and of those that a token uses.
    fn layer_params(&self) -> (f64, f64, f64) {
        let attention = self.attention_params();
        match self.experts {
            None => (attention + self.mlp_matrices * self.hidden * self.ffn, 0.0, 0.0),
            Some(Experts { count, active, ffn }) => {
                let one = self.mlp_matrices * self.hidden * ffn;
                // The router is a small matrix that every token passes.
                (attention + self.hidden * count, count * one, active * one)
            }
        }
    }

    fn embedding(&self) -> f64 {
        self.vocab * self.hidden
    }

    /// Bytes of all weights, norms and biases left out.
    #[must_use]
    pub fn weights_bytes(&self) -> f64 {
        let (dense, experts, _) = self.layer_params();
        let matrices = if self.tied_embeddings { 1.0 } else { 2.0 };
        self.layers * (dense + experts) * self.weight_bytes + matrices * self.embedding() * self.embedding_bytes
    }

    /// Bytes read in a step over `tokens` tokens: all matrices but the input embedding; of experts those that at least
    /// one token uses, `1 − (1 − active ÷ count)^tokens` of them when each is as likely.
    #[must_use]
    pub fn bytes_read(&self, tokens: f64) -> f64 {
        let (dense, experts, _) = self.layer_params();
        let used = self.experts.map_or(0.0, |all| 1.0 - libm::pow(1.0 - all.active / all.count, tokens));
        self.layers * (dense + experts * used) * self.weight_bytes + self.embedding() * self.embedding_bytes
    }

    /// Weights that a token is multiplied by, the output embedding included.
    #[must_use]
    pub fn active_params(&self) -> f64 {
        let (dense, _, active) = self.layer_params();
        self.layers * (dense + active) + self.embedding()
    }

    /// Bytes that one token keeps in the cache: `2 × layers × kv heads × head × bytes`, or the latent vector.
    #[must_use]
    pub fn kv_bytes_per_token(&self) -> f64 {
        let values = match self.latent {
            None => 2.0 * self.kv_heads * self.head_dim,
            Some(Latent { kv_rank, rope_dim }) => kv_rank + rope_dim,
        };
        values * self.layers * self.kv_bytes
    }

    /// Operations to read a prompt of `tokens`: `2 × weights × tokens` and attention. The head counts for every token,
    /// as llm-analysis has it.
    #[must_use]
    pub fn prefill_flops(&self, tokens: f64) -> f64 {
        let width = match self.latent {
            None => 2.0 * self.head_dim,
            Some(Latent { rope_dim, .. }) => 2.0 * self.head_dim + rope_dim,
        };
        let causal = tokens * tokens * width * self.heads * self.layers;
        let attention = if self.full_attention_flops { 2.0 * causal } else { causal };
        2.0 * self.active_params() * tokens + attention
    }

    /// Operations of a step that writes one token for each of `batch` sequences of `context` tokens.
    fn decode_flops(&self, batch: f64, context: f64) -> f64 {
        let per_context_token = match self.latent {
            None => 4.0 * self.heads * self.head_dim * self.layers,
            Some(Latent { kv_rank, rope_dim }) => 2.0 * (2.0 * kv_rank + rope_dim) * self.heads * self.layers,
        };
        batch * (2.0 * self.active_params() + context * per_context_token)
    }
}

/// GPUs that hold one replica, and what of their speed is reached.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Machine {
    /// GPUs of a replica, the degree of tensor parallelism.
    pub gpus: f64,
    /// Dense operations per second of one GPU.
    pub flops: f64,
    /// Bytes per second of one GPU's memory.
    pub bytes_per_s: f64,
    /// Bytes of one GPU's memory, where known.
    pub memory_bytes: Option<f64>,
    /// Share of the operations per second that is reached.
    pub mfu: f64,
    /// Share of the memory's speed that is reached.
    pub mbu: f64,
    /// How often a step reads the cache: once; llm-analysis counts twice.
    pub kv_passes: f64,
    /// Fixed seconds of a layer and step.
    pub per_layer_s: f64,
    /// Fixed seconds of a layer and step more when several GPUs share a layer.
    pub per_layer_tp_s: f64,
}

/// What one replica is asked to do.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Load {
    /// Sequences at once.
    pub batch: f64,
    /// Tokens of a prompt.
    pub prompt: f64,
    /// Tokens of an answer.
    pub output: f64,
}

/// How fast it goes; seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Speed {
    /// Reading one prompt.
    pub prefill_s: f64,
    /// Writing one token for each sequence, half-way through the answer.
    pub decode_step_s: f64,
    /// Time per output token with the prompts of others read in between.
    pub tpot_s: f64,
    /// One request, without waiting: prompt, then every further token.
    pub e2e_s: f64,
    /// Output tokens per second of one GPU.
    pub tokens_per_s_per_gpu: f64,
    /// Is a decoding step bound by computing, and not by reading?
    pub is_compute_bound: bool,
}

impl Machine {
    fn fixed_s(&self, model: &Model) -> f64 {
        let shared = if self.gpus > 1.0 { self.per_layer_tp_s } else { 0.0 };
        model.layers * (self.per_layer_s + shared)
    }

    /// Seconds for operations, and for bytes.
    fn seconds(&self, flops: f64, bytes: f64) -> (f64, f64) {
        (flops / (self.gpus * self.flops * self.mfu), bytes / (self.gpus * self.bytes_per_s * self.mbu))
    }

    /// How fast a model runs here.
    #[must_use]
    pub fn speed(&self, model: &Model, load: &Load) -> Speed {
        let fixed = self.fixed_s(model);
        let (computing, reading) = self.seconds(model.prefill_flops(load.prompt), model.bytes_read(load.prompt));
        let prefill_s = computing.max(reading) + fixed;
        let context = load.prompt + load.output / 2.0;
        let cache = self.kv_passes * load.batch * context * model.kv_bytes_per_token();
        let (computing, reading) =
            self.seconds(model.decode_flops(load.batch, context), model.bytes_read(load.batch) + cache);
        let decode_step_s = computing.max(reading) + fixed;
        let tpot_s = decode_step_s + load.batch / load.output * prefill_s;
        Speed {
            prefill_s,
            decode_step_s,
            tpot_s,
            e2e_s: prefill_s + (load.output - 1.0) * tpot_s,
            tokens_per_s_per_gpu: load.batch / (tpot_s * self.gpus),
            is_compute_bound: computing > reading,
        }
    }

    /// Sequences of full length that fit beside the weights into nine tenths of the memory; none where its size is not
    /// known.
    #[must_use]
    pub fn most_sequences(&self, model: &Model, load: &Load) -> Option<f64> {
        let room = self.gpus * self.memory_bytes? * 0.9 - model.weights_bytes();
        Some((room / ((load.prompt + load.output) * model.kv_bytes_per_token())).floor().max(0.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Llama-2-70B at 16 bits.
    fn llama() -> Model {
        Model {
            layers: 80.0,
            hidden: 8_192.0,
            heads: 64.0,
            kv_heads: 8.0,
            head_dim: 128.0,
            ffn: 28_672.0,
            vocab: 32_000.0,
            tied_embeddings: false,
            weight_bytes: 2.0,
            embedding_bytes: 2.0,
            kv_bytes: 2.0,
            mlp_matrices: 3.0,
            full_attention_flops: false,
            experts: None,
            latent: None,
        }
    }

    fn a100(gpus: f64, mfu: f64, mbu: f64) -> Machine {
        Machine {
            gpus,
            flops: 312e12,
            bytes_per_s: 2_039e9,
            memory_bytes: Some(80e9),
            mfu,
            mbu,
            kv_passes: 1.0,
            per_layer_s: 0.0,
            per_layer_tp_s: 0.0,
        }
    }

    #[test]
    fn known_figures() {
        assert_eq!(llama().kv_bytes_per_token(), 327_680.0, "320 KiB");
        let load = Load { batch: 1.0, prompt: 512.0, output: 512.0 };
        assert_eq!(a100(2.0, 1.0, 1.0).most_sequences(&llama(), &load), Some(18.0), "two A100 of 80 GB");
        // Qwen3-235B has 235.09 billion weights, norms included.
        let experts = Experts { count: 128.0, active: 8.0, ffn: 1_536.0 };
        let qwen =
            Model { layers: 94.0, hidden: 4_096.0, kv_heads: 4.0, vocab: 151_936.0, experts: Some(experts), ..llama() };
        assert!((qwen.weights_bytes() / 2.0 / 235.09e9 - 1.0).abs() < 1e-4);
        let latent = Latent { kv_rank: 512.0, rope_dim: 64.0 };
        let deepseek = Model { layers: 61.0, kv_bytes: 1.0, latent: Some(latent), ..llama() };
        assert_eq!(deepseek.kv_bytes_per_token(), 35_136.0, "DeepSeek-R1 at one byte a value");
    }

    proptest! {
        #[test]
        fn efficiency_scales_time_exactly_and_faster_memory_never_slows(
            batch in 1.0..256.0f64, prompt in 1.0..8_000.0f64, output in 1.0..4_000.0f64, share in 0.05..1.0f64,
        ) {
            let load = Load { batch, prompt, output };
            let ideal = a100(4.0, 1.0, 1.0).speed(&llama(), &load);
            let real = a100(4.0, share, share).speed(&llama(), &load);
            prop_assert!((real.e2e_s * share / ideal.e2e_s - 1.0).abs() < 1e-9);
            let faster = Machine { bytes_per_s: 3_350e9, ..a100(4.0, 1.0, 1.0) };
            prop_assert!(faster.speed(&llama(), &load).decode_step_s <= ideal.decode_step_s);
            let slower = Machine { per_layer_s: 6e-5, ..a100(4.0, 1.0, 1.0) };
            prop_assert!(slower.speed(&llama(), &load).e2e_s > ideal.e2e_s, "the ideal is never above");
        }

        #[test]
        fn a_larger_batch_never_makes_a_decoded_token_dearer(batch in 1.0..512.0f64, prompt in 1.0..4_000.0f64) {
            let step = |batch: f64| {
                a100(8.0, 1.0, 1.0).speed(&llama(), &Load { batch, prompt, output: 200.0 }).decode_step_s / batch
            };
            prop_assert!(step(batch + 1.0) <= step(batch) * (1.0 + 1e-12));
        }
    }
}
