//! The GPUs and models that the fit used, from `crates/model/data`, with the source of each figure.

use super::{Attention, FeedForward, Gpu, Indexer, LinearLayers, Model, Precision, Windows};

const GPUS: &str = include_str!("../../data/serving_gpus.csv");
const MODELS: &str = include_str!("../../data/serving_models.csv");

/// A line of a table of ours: no field holds a comma or a quote.
struct Line<'a> {
    header: Vec<&'a str>,
    fields: Vec<&'a str>,
}

impl<'a> Line<'a> {
    fn text(&self, column: &str) -> &'a str {
        let index = self.header.iter().position(|name| *name == column);
        index.and_then(|index| self.fields.get(index)).copied().unwrap_or_default()
    }

    fn number(&self, column: &str) -> Option<f64> {
        self.text(column).parse().ok()
    }

    /// The number, or 0 where the architecture has no such thing.
    fn count(&self, column: &str) -> f64 {
        self.number(column).unwrap_or(0.0)
    }
}

fn lines(text: &'static str) -> Vec<Line<'static>> {
    let mut rows = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let header = rows.next().unwrap_or_default();
    rows.map(|fields| Line { header: header.clone(), fields }).collect()
}

/// The built-in GPUs.
#[must_use]
pub fn gpus() -> Vec<Gpu> {
    let lines = lines(GPUS);
    let mut names: Vec<&str> = lines.iter().map(|line| line.text("gpu")).collect();
    names.dedup();
    names.into_iter().map(|name| read_gpu(&lines, name)).collect()
}

fn read_gpu(lines: &[Line<'_>], name: &str) -> Gpu {
    let figure = |figure: &str| {
        let mut of = lines.iter().filter(|line| line.text("gpu") == name && line.text("figure") == figure);
        of.next().and_then(|line| line.number("value"))
    };
    Gpu {
        name: name.to_owned(),
        hbm_bytes: figure("hbm_bytes").unwrap_or(0.0),
        hbm_bytes_per_s: figure("hbm_bytes_per_s").unwrap_or(0.0),
        bf16_flops: figure("bf16_flops").unwrap_or(0.0),
        fp8_flops: figure("fp8_flops"),
        fp4_flops: figure("fp4_flops"),
        link_bytes_per_s: figure("link_bytes_per_s").unwrap_or(0.0),
    }
}

/// A built-in GPU by its name.
#[must_use]
pub fn gpu(name: &str) -> Option<Gpu> {
    gpus().into_iter().find(|gpu| gpu.name == name)
}

/// Where a figure of a built-in GPU comes from, such as `source("h200_sxm", "hbm_bytes")`.
#[must_use]
pub fn source(gpu: &str, figure: &str) -> Option<&'static str> {
    let mut of = lines(GPUS).into_iter().filter(|line| line.text("gpu") == gpu && line.text("figure") == figure);
    of.next().map(|line| line.text("source"))
}

/// The built-in models.
#[must_use]
pub fn models() -> Vec<Model> {
    lines(MODELS).iter().map(read_model).collect()
}

/// The built-in model that a name or path such as `nvidia/DeepSeek-R1-NVFP4` means.
#[must_use]
pub fn model(path: &str) -> Option<Model> {
    let path = path.to_lowercase();
    let means = |line: &&Line<'_>| line.text("matches").split(';').any(|part| path.contains(part));
    lines(MODELS).iter().find(means).map(read_model)
}

fn read_model(line: &Line<'_>) -> Model {
    Model {
        name: line.text("name").to_owned(),
        layers: line.count("layers"),
        hidden: line.count("hidden"),
        vocabulary: line.count("vocabulary"),
        attention: read_attention(line),
        feed_forward: read_feed_forward(line),
        fp4_format: if line.text("fp4_format") == "mxfp4" { Precision::Mxfp4 } else { Precision::Nvfp4 },
    }
}

fn read_attention(line: &Line<'_>) -> Attention {
    let heads = line.count("heads");
    if let Some(kv_rank) = line.number("kv_rank") {
        return Attention::Latent {
            heads,
            q_rank: line.count("q_rank"),
            kv_rank,
            rope_dim: line.count("rope_dim"),
            nope_dim: line.count("nope_dim"),
            v_dim: line.count("v_dim"),
            indexer: line.number("index_heads").map(|heads| Indexer { heads, top_k: line.count("index_top_k") }),
        };
    }
    Attention::Grouped {
        heads,
        kv_heads: line.count("kv_heads"),
        head_dim: line.count("head_dim"),
        windows: line.number("window_layers").map(|layers| Windows { layers, tokens: line.count("window") }),
        linear: line.number("linear_layers").map(|layers| LinearLayers {
            layers,
            heads: line.count("linear_heads"),
            key_heads: line.count("linear_key_heads"),
            head_dim: line.count("linear_dim"),
        }),
    }
}

fn read_feed_forward(line: &Line<'_>) -> FeedForward {
    let width = line.count("ffn");
    line.number("experts").map_or(FeedForward::Dense { width }, |experts| FeedForward::Experts {
        experts,
        active: line.count("active_experts"),
        width: line.count("expert_ffn"),
        shared: line.count("shared_experts"),
        dense_layers: line.count("dense_layers"),
        dense_width: width,
    })
}
