//! Reads a file of measured runs and cleans it: what was dropped, what was mended, and why.

use std::collections::{BTreeMap, HashMap};

use marginline_model::serving::{
    Backend, CachePrecision, Deployment, Gpu, Load, Measured, Model, Precision, batch_max, gpu, model,
};

use crate::Failure;

/// One run that can be scored.
#[derive(Debug, Clone)]
pub struct Run {
    /// The file's own id.
    pub id: String,
    /// The model.
    pub model: Model,
    /// The GPU.
    pub gpu: Gpu,
    /// The engine as the file writes it.
    pub backend: String,
    /// Precision as the file writes it; empty is `bf16`.
    pub precision: String,
    /// How it ran, under what load, and how long requests took.
    pub measured: Measured,
    /// Seconds to the first token.
    pub ttft_s: f64,
    /// Whether another run of the same configuration took 1.35 times as long or more: left out of a fit, since it may
    /// have used speculative decoding without saying so.
    pub unusually_fast: bool,
}

impl Run {
    /// Output tokens per second and GPU when a request takes this long.
    #[must_use]
    pub fn tokens_per_s_per_gpu(&self, end_to_end_s: f64) -> f64 {
        let load = &self.measured.load;
        load.concurrency * load.output_tokens / (end_to_end_s * f64::from(self.measured.deployment.gpus()))
    }

    /// What one calibration point must share with another run.
    #[must_use]
    pub fn group(&self) -> (String, String, String, String) {
        (self.model.name.clone(), self.gpu.name.clone(), self.precision.clone(), self.backend.clone())
    }

    /// Everything but the request's concurrency.
    #[must_use]
    pub fn series(&self) -> String {
        let Deployment { tensor_parallel, data_parallel, .. } = self.measured.deployment;
        let Load { input_tokens, output_tokens, .. } = self.measured.load;
        format!("{:?} {tensor_parallel} {data_parallel} {input_tokens} {output_tokens}", self.group())
    }
}

/// A file after cleaning.
#[derive(Debug, Default)]
pub struct Runs {
    /// Rows of the file.
    pub rows: usize,
    /// What can be scored.
    pub runs: Vec<Run>,
    /// Rows left out, by reason.
    pub dropped: BTreeMap<String, usize>,
    /// Rows kept with a mended figure, by reason.
    pub mended: BTreeMap<String, usize>,
}

/// Reads and cleans a file.
///
/// # Errors
/// When it is no CSV or lacks a column.
pub fn read(text: &[u8]) -> Result<Runs, Failure> {
    let mut reader = csv::Reader::from_reader(text);
    let header = reader.headers().map_err(|why| format!("cannot read the header: {why}"))?.clone();
    let mut columns = HashMap::new();
    for name in COLUMNS {
        let index = header.iter().position(|column| column == *name);
        columns.insert(*name, index.ok_or_else(|| format!("the file has no column {name}"))?);
    }
    let mut cleaned = Runs::default();
    for record in reader.records() {
        let record = record.map_err(|why| format!("cannot read row {}: {why}", cleaned.rows + 2))?;
        cleaned.rows += 1;
        let row = Row { record: &record, columns: &columns };
        match row.run() {
            Ok((run, mended)) => {
                for why in mended {
                    *cleaned.mended.entry(why.to_owned()).or_default() += 1;
                }
                cleaned.runs.push(run);
            }
            Err(why) => *cleaned.dropped.entry(why).or_default() += 1,
        }
    }
    drop_repeats(&mut cleaned);
    mark_fast(&mut cleaned.runs);
    Ok(cleaned)
}

const COLUMNS: &[&str] = &[
    "id",
    "backend",
    "model_path",
    "system",
    "precision",
    "mode",
    "isl",
    "osl",
    "batch_size",
    "tp_size",
    "attention_dp_size",
    "moe_tp_size",
    "moe_ep_size",
    "concurrency",
    "ttft_ms",
    "tpot_ms",
];

struct Row<'a> {
    record: &'a csv::StringRecord,
    columns: &'a HashMap<&'static str, usize>,
}

/// Degrees of parallelism after mending.
#[derive(Clone, Copy)]
struct Grid {
    gpus: u32,
    ranks: u32,
    mended: Option<&'static str>,
}

impl Row<'_> {
    fn text(&self, column: &str) -> &str {
        self.columns.get(column).and_then(|index| self.record.get(*index)).unwrap_or_default().trim()
    }

    fn number(&self, column: &str) -> Option<f64> {
        self.text(column).parse().ok().filter(|value: &f64| value.is_finite())
    }

    /// A degree of parallelism; 0 and nothing mean 1.
    fn degree(&self, column: &str) -> u32 {
        self.number(column).map_or(1, |value| (value as u32).max(1))
    }

    fn positive(&self, column: &str) -> Result<f64, String> {
        self.number(column).filter(|value| *value > 0.0).ok_or_else(|| format!("no {column}"))
    }

    fn run(&self) -> Result<(Run, Vec<&'static str>), String> {
        if self.text("mode") != "agg" {
            return Err("not aggregated serving".to_owned());
        }
        let mut mended = Vec::new();
        let (input, output) = (self.positive("isl")?, self.positive("osl")?);
        let (ttft, tpot) = (self.positive("ttft_ms")? / 1e3, self.positive("tpot_ms")? / 1e3);
        let model = model(self.text("model_path")).ok_or("model not in the table")?;
        let gpu = gpu(self.text("system")).ok_or("GPU not in the table")?;
        let precision = match self.text("precision") {
            "" => "bf16",
            other => other,
        };
        let weights = weights(precision, &model).ok_or_else(|| format!("precision {precision} not known"))?;
        let concurrency = self.replica_concurrency(&mut mended)?;
        if gpu.name == "gb200" && model.name == "Qwen3-32B" {
            return Err("GB200 runs of Qwen3-32B, whose number of replicas is unclear".to_owned());
        }
        let load = Load { input_tokens: input, output_tokens: output, concurrency, prefix_hit_share: 0.0 };
        let deployment = self.deployment(&model, &gpu, weights, &load, &mut mended)?;
        let measured = Measured { deployment, load, end_to_end_s: ttft + (output - 1.0) * tpot };
        let run = Run {
            id: self.text("id").to_owned(),
            model,
            gpu,
            backend: self.text("backend").to_owned(),
            precision: precision.to_owned(),
            measured,
            ttft_s: ttft,
            unusually_fast: false,
        };
        Ok((run, mended))
    }

    /// Requests in flight on one replica: the file's concurrency may span several.
    fn replica_concurrency(&self, mended: &mut Vec<&'static str>) -> Result<f64, String> {
        let concurrency = self.positive("concurrency")?;
        let own = self.number("batch_size").map(|batch| batch * f64::from(self.degree("attention_dp_size")));
        match own {
            Some(own) if own >= 1.0 && concurrency >= 2.0 * own => {
                mended.push("concurrency of several replicas: that of one taken");
                Ok(own)
            }
            _ => Ok(concurrency),
        }
    }

    fn deployment(
        &self,
        model: &Model,
        gpu: &Gpu,
        weights: Precision,
        load: &Load,
        mended: &mut Vec<&'static str>,
    ) -> Result<Deployment, String> {
        let backend = match self.text("backend") {
            "vllm" => Backend::Vllm,
            "sglang" => Backend::Sglang,
            "trtllm" => Backend::TrtLlm,
            _ => Backend::Other,
        };
        let cache = if weights == Precision::Bf16 { CachePrecision::Bf16 } else { CachePrecision::Fp8 };
        let made = |grid: Grid| Deployment {
            tensor_parallel: (grid.gpus / grid.ranks).max(1),
            data_parallel: grid.ranks,
            expert_parallel: 1,
            weights,
            cache,
            backend,
        };
        let grid = self.grid();
        if grid.gpus > 8 {
            return Err("more GPUs than a node has: looks like a job over several nodes".to_owned());
        }
        mended.extend(grid.mended);
        let deployment = made(grid);
        if batch_max(model, gpu, &deployment, load).is_ok() {
            return Ok(deployment);
        }
        let experts = self.degree("moe_tp_size") * self.degree("moe_ep_size");
        let wider = made(Grid { gpus: experts, ranks: (experts / self.degree("tp_size")).max(1), mended: None });
        if experts > grid.gpus && experts <= 8 && batch_max(model, gpu, &wider, load).is_ok() {
            mended.push("weights larger than the stated GPUs hold: the GPUs of the expert grid taken");
            return Ok(wider);
        }
        Err("weights larger than the stated GPUs hold".to_owned())
    }

    /// GPUs and attention ranks. A degree that the file counts twice is counted once: a node has eight GPUs.
    fn grid(&self) -> Grid {
        let (tensor, ranks) = (self.degree("tp_size"), self.degree("attention_dp_size"));
        let (expert_tensor, experts) = (self.degree("moe_tp_size"), self.degree("moe_ep_size"));
        let gpus = tensor.saturating_mul(ranks);
        let stated = self.number("attention_dp_size").is_some();
        if stated && experts > 1 && expert_tensor == experts && gpus == experts * experts {
            let ranks = if ranks > 1 { experts } else { 1 };
            return Grid { gpus: experts, ranks, mended: Some("GPUs counted as tensor × expert parallel") };
        }
        if ranks > 1 && tensor == ranks && expert_tensor * experts == ranks * ranks {
            return Grid { gpus: ranks, ranks, mended: Some("GPUs counted as tensor × data parallel") };
        }
        Grid { gpus, ranks, mended: None }
    }
}

fn weights(precision: &str, model: &Model) -> Option<Precision> {
    Some(match precision {
        "bf16" | "fp16" => Precision::Bf16,
        "fp8" => Precision::Fp8,
        "fp4" => model.fp4_format,
        "int4" => Precision::Int4,
        _ => return None,
    })
}

/// The same run stands in several dumps: equal configuration, end-to-end time within 0.2 %, first token within 1 %.
fn drop_repeats(cleaned: &mut Runs) {
    let mut seen: HashMap<String, Vec<(f64, f64)>> = HashMap::new();
    let before = cleaned.runs.len();
    cleaned.runs.retain(|run| {
        let times = seen.entry(format!("{} {}", run.series(), run.measured.load.concurrency)).or_default();
        let (time, first) = (run.measured.end_to_end_s, run.ttft_s);
        let known = times.iter().any(|(t, f)| (time / t - 1.0).abs() < 0.002 && (first / f - 1.0).abs() < 0.01);
        if !known {
            times.push((time, first));
        }
        !known
    });
    let repeats = before - cleaned.runs.len();
    if repeats > 0 {
        cleaned.dropped.insert("the same run as another row".to_owned(), repeats);
    }
}

fn mark_fast(runs: &mut [Run]) {
    let mut slowest: HashMap<String, f64> = HashMap::new();
    let key = |run: &Run| format!("{} {}", run.series(), run.measured.load.concurrency);
    for run in runs.iter() {
        let slow = slowest.entry(key(run)).or_insert(0.0);
        *slow = slow.max(run.measured.end_to_end_s);
    }
    for run in runs {
        run.unusually_fast = run.measured.end_to_end_s < slowest[&key(run)] / 1.35;
    }
}
