//! The serving model's answer about a component, and the rate of its GPUs where the file leaves it open.

use marginline_model::gpu_mix::{LatencyTarget, RequestSize, Stance, capacity_from_serving};
use marginline_model::scenario::{Evidence, TokensPerRequest};
use marginline_model::serving::{
    self as model, Answer, Deployment, Gpu, Load, Measured, Model, Question, ServingError, answer,
};

use super::super::file::serving::MOST_IN_FLIGHT;
use super::super::file::{Assumption, ComponentFile, Latency, LatencyLimit, MeasuredFile, MeasuredPoint, Shape};
use super::super::verdict::tail;
use super::{found, operating, tokens_of};
use crate::error::{EngineError, Result};
use crate::prices::catalogue;
use crate::subject::plain_name;

/// What the serving model says of a component.
#[derive(Debug, Clone, PartialEq)]
pub enum ServingKnown {
    /// The file does not say how the model runs.
    NotStated,
    /// The serving model has no figures of the GPU; which.
    NoFigures(String),
    /// It was asked.
    Asked(Box<Served>),
}

/// A deployment under its load.
#[derive(Debug, Clone, PartialEq)]
pub struct Served {
    /// The model.
    pub model: Model,
    /// The GPU.
    pub gpu: Gpu,
    /// How it runs.
    pub deployment: Deployment,
    /// The size of a request.
    pub size: RequestSize,
    /// Measured runs of the same model, GPU, precision and engine.
    pub measured: Vec<Measured>,
    /// Requests at work on a replica at a time.
    pub in_flight: f64,
    /// What is known about it; nothing where the weights do not fit into memory, and why.
    pub found: std::result::Result<Answer, ServingError>,
}

impl Served {
    /// Are its requests in flight searched for, under latency limits?
    pub(in crate::scenario) fn searches(&self, component: &ComponentFile) -> bool {
        component.serving.as_ref().is_some_and(|serving| serving.in_flight.is_none())
    }

    /// What is known of another way of running it; points of this GPU do not speak for another.
    ///
    /// # Errors
    /// Weights larger than memory, or a figure out of range.
    pub fn at(&self, gpu: &Gpu, deployment: Deployment, in_flight: f64) -> std::result::Result<Answer, ServingError> {
        let measured = if *gpu == self.gpu { self.measured.as_slice() } else { &[] };
        asked((&self.model, gpu, deployment), self.size, in_flight, measured)
    }
}

fn asked(
    (model, gpu, deployment): (&Model, &Gpu, Deployment),
    size: RequestSize,
    in_flight: f64,
    measured: &[Measured],
) -> std::result::Result<Answer, ServingError> {
    let RequestSize { input_tokens, output_tokens, prefix_hit_share } = size;
    let load = Load { input_tokens, output_tokens, concurrency: in_flight, prefix_hit_share };
    answer(&Question { model, gpu, deployment, load }, measured)
}

fn refused(error: &ServingError) -> EngineError {
    EngineError::failed(format!("serving: {error}")).then("correct serving or measured in the scenario file")
}

/// The figures of a GPU: those that the fit used, or for a replica of one GPU those of the catalogue.
fn gpu_named(name: &str, gpus: u32, notes: &mut Vec<String>) -> std::result::Result<Gpu, String> {
    let (known, _) = catalogue::gpu_of(name);
    let plain = plain_name(&known);
    let fitted = model::gpus().into_iter().find(|gpu| {
        let own = plain_name(&gpu.name);
        own == plain || own == format!("{plain}sxm")
    });
    if let Some(gpu) = fitted {
        return Ok(gpu);
    }
    let figure = |wanted: &str| {
        let of = catalogue::gpu_figures().iter().find(|figure| figure.gpu == known && figure.figure == wanted)?;
        of.value.to_string().parse::<f64>().ok()
    };
    let figures = (figure("hbm_bytes"), figure("hbm_gb_per_second"), figure("bf16_dense_tflops"));
    let (Some(hbm_bytes), Some(hbm_gb_per_s), Some(bf16_tflops)) = figures else {
        return Err(format!("the serving model has no figures of {name}"));
    };
    if gpus > 1 {
        return Err(format!("the serving model has no figure of the link between GPUs of {name}"));
    }
    notes.push(format!("the serving model was fitted to no run on {name}: its answers rest on published peaks alone"));
    Ok(Gpu {
        name: known.clone(),
        hbm_bytes,
        hbm_bytes_per_s: hbm_gb_per_s * 1e9,
        bf16_flops: bf16_tflops * 1e12,
        fp8_flops: figure("fp8_dense_tflops").map(|tflops| tflops * 1e12),
        fp4_flops: figure("fp4_dense_tflops").map(|tflops| tflops * 1e12),
        // Not read: a replica of one GPU reduces nothing over a link.
        link_bytes_per_s: 1e9,
    })
}

/// Points of the file as the serving model takes them; those without requests in flight say nothing to it.
fn points_for(points: &[MeasuredPoint], deployment: Deployment, size: RequestSize) -> Result<Vec<Measured>> {
    let mut measured = Vec::new();
    // Requests in flight of a point that holds waiting are not all at work: it says nothing to the serving model.
    for point in points.iter().filter(|point| point.holds_waiting != Some(true)) {
        let Some((concurrency, rate)) = point.concurrency.zip(point.output_tokens_per_s) else { continue };
        let run = Deployment {
            tensor_parallel: point.tensor_parallel.unwrap_or(deployment.tensor_parallel),
            data_parallel: point.data_parallel.unwrap_or(deployment.data_parallel),
            ..deployment
        };
        let replicas = f64::from(point.gpus.unwrap_or(run.gpus())) / f64::from(run.gpus().max(1));
        if replicas < 1.0 {
            return Err(EngineError::failed(format!(
                "measured: {} GPUs are fewer than the {} of a replica",
                point.gpus.unwrap_or_default(),
                run.gpus()
            ))
            .then("state tensor_parallel and data_parallel of the measurement"));
        }
        let output_tokens = point.output_tokens.unwrap_or(size.output_tokens);
        let load = Load {
            input_tokens: point.input_tokens.unwrap_or(size.input_tokens),
            output_tokens,
            concurrency: (concurrency / replicas).max(1.0),
            prefix_hit_share: point.cache_hit_percent.map_or(size.prefix_hit_share, |hit| hit / 100.0),
        };
        let end_to_end_s = concurrency * output_tokens / rate;
        measured.push(Measured { deployment: run, load, end_to_end_s });
    }
    Ok(measured)
}

/// The mean that a limit at a percentile amounts to, halfway through the spread that runs had.
fn target(limits: &[LatencyLimit]) -> LatencyTarget {
    let least = |of: Latency| {
        let seconds = limits.iter().filter(|limit| limit.of == of).map(|limit| {
            let (low, high) = tail(of, limit.percentile);
            limit.ms / 1e3 / (low * high).sqrt()
        });
        seconds.reduce(f64::min)
    };
    LatencyTarget { ttft_s: least(Latency::Ttft), tpot_s: least(Latency::Tpot) }
}

/// Requests in flight: as stated, as many as the latency limits allow, or nine tenths of what memory holds.
fn in_flight(
    component: &ComponentFile,
    (model, gpu, deployment): (&Model, &Gpu, Deployment),
    (size, measured): (RequestSize, &[Measured]),
    limits: &[LatencyLimit],
) -> std::result::Result<f64, ServingError> {
    if let Some(stated) = component.serving.as_ref().and_then(|serving| serving.in_flight) {
        return Ok(f64::from(stated));
    }
    if limits.is_empty() {
        let one = asked((model, gpu, deployment), size, 1.0, measured)?;
        return Ok((one.batch_max * 0.9).floor().clamp(1.0, f64::from(MOST_IN_FLIGHT)));
    }
    let held = capacity_from_serving((model, gpu, deployment), size, target(limits), Stance::Estimate, measured)?;
    Ok(held.map_or(1.0, |(_, in_flight)| in_flight))
}

/// Asks the serving model, and fills in the rate that the file leaves open: from the serving model with its band, or
/// from one measured point.
///
/// # Errors
/// When the rate is left open and neither gives one, or a figure is out of range.
pub(super) fn fill(
    component: &mut ComponentFile,
    demand: TokensPerRequest,
    limits: &[LatencyLimit],
    notes: &mut Vec<String>,
) -> Result<(ServingKnown, Option<usize>)> {
    if let MeasuredFile::Benchmark(name) = &component.measured {
        return Err(EngineError::failed(format!("measured names the benchmark {name:?}, which was not read"))
            .then("import its results into the workspace"));
    }
    let tokens = tokens_of(component, demand);
    let is_open = component.output_tokens_per_s_per_gpu.is_none();
    let known = ask(component, tokens, limits, notes)?;
    if let ServingKnown::Asked(served) = &known {
        let replica = served.deployment.gpus();
        component.gpus_per_unit.get_or_insert(replica);
        match &served.found {
            Ok(answer) if is_open => component.output_tokens_per_s_per_gpu = Some(rate(served, answer, notes)),
            Err(error) if is_open => return Err(refused(error)),
            _ => {}
        }
        return Ok((known, None));
    }
    let operating = operating::choose(component, limits);
    if component.output_tokens_per_s_per_gpu.is_none() {
        let Some(place) = operating else {
            let reason =
                if let ServingKnown::NoFigures(reason) = &known { reason.as_str() } else { "nothing is measured" };
            return Err(EngineError::failed(format!("output_tokens_per_s_per_gpu cannot be found: {reason}"))
                .then("state it, or a measured point of these GPUs"));
        };
        component.output_tokens_per_s_per_gpu = operating::rate(component, place, tokens, notes);
    }
    Ok((known, operating))
}

/// Requests of a size at work.
struct Worked {
    size: RequestSize,
    measured: Vec<Measured>,
    /// Requests in flight, and what is known about them.
    found: std::result::Result<(f64, Answer), ServingError>,
}

fn worked(
    component: &ComponentFile,
    deployed: (&Model, &Gpu, Deployment),
    tokens: TokensPerRequest,
    limits: &[LatencyLimit],
) -> Result<Worked> {
    let size = RequestSize {
        input_tokens: tokens.prompt(),
        output_tokens: tokens.output,
        // The model takes shares below 1: a last token of the prompt is always computed.
        prefix_hit_share: tokens.cache_hit_share().min(0.999),
    };
    let measured = points_for(component.measured.points(), deployed.2, size)?;
    let flight = in_flight(component, deployed, (size, &measured), limits);
    let found = flight.and_then(|flight| Ok((flight, asked(deployed, size, flight, &measured)?)));
    Ok(Worked { size, measured, found })
}

/// Output tokens per second of a GPU for requests of another size: what [`fill`] gives for a file with them.
///
/// # Errors
/// When the serving model has no answer.
pub(in crate::scenario) fn rate_at(
    component: &ComponentFile,
    served: &Served,
    tokens: TokensPerRequest,
    limits: &[LatencyLimit],
) -> Result<f64> {
    let deployed = (&served.model, &served.gpu, served.deployment);
    let (_, answer) = worked(component, deployed, tokens, limits)?.found.map_err(|error| refused(&error))?;
    Ok(answer.tokens_per_s_per_gpu.value)
}

fn ask(
    component: &ComponentFile,
    tokens: TokensPerRequest,
    limits: &[LatencyLimit],
    notes: &mut Vec<String>,
) -> Result<ServingKnown> {
    let Some(serving) = &component.serving else { return Ok(ServingKnown::NotStated) };
    let known = || model::models().into_iter().map(|model| model.name).collect::<Vec<_>>().join(", ");
    let Some(model) = model::model(&serving.model) else {
        return Err(EngineError::failed(format!(
            "serving.model is {:?}, whose architecture is not known",
            serving.model
        ))
        .then(format!("name one of {}, or state output_tokens_per_s_per_gpu without serving", known())));
    };
    let name = component.gpu.clone().unwrap_or_default();
    let gpu = match gpu_named(&name, serving.gpus(), notes) {
        Ok(gpu) => gpu,
        Err(reason) => return Ok(ServingKnown::NoFigures(reason)),
    };
    let deployment = serving.deployment(&model);
    let Worked { size, measured, found } = worked(component, (&model, &gpu, deployment), tokens, limits)?;
    if component.measured.points().iter().any(|point| point.holds_waiting == Some(true)) {
        notes.push("measured points that hold waiting do not calibrate the serving model".into());
    }
    let (in_flight, found) = match found {
        Ok((flight, answer)) => (flight, Ok(answer)),
        Err(error @ ServingError::Memory { .. }) => (serving.in_flight.map_or(1.0, f64::from), Err(error)),
        Err(error) => return Err(refused(&error)),
    };
    Ok(ServingKnown::Asked(Box::new(Served { model, gpu, deployment, size, measured, in_flight, found })))
}

/// Output tokens per second of a GPU, with the band that held four of five runs.
fn rate(served: &Served, answer: &Answer, notes: &mut Vec<String>) -> Assumption {
    let Served { model, gpu, deployment, in_flight, .. } = served;
    let (ranks, split) = (deployment.data_parallel, deployment.tensor_parallel);
    let points = match served.measured.len() {
        0 => String::new(),
        1 => ", calibrated by one measured point".to_owned(),
        more => format!(", calibrated by {more} measured points"),
    };
    let source = format!(
        "serving model: {} on {} of {split} x {ranks} GPUs, {in_flight:.0} requests in flight{points}",
        model.name, gpu.name
    );
    notes.push(source.clone());
    notes.extend(answer.notes.iter().map(|note| format!("serving: {note}")));
    let estimate = answer.tokens_per_s_per_gpu;
    let evidence = if answer.evidence == Evidence::Measured { Evidence::Measured } else { Evidence::Modelled };
    Assumption {
        low: Some(estimate.low),
        high: Some(estimate.high),
        // The band held eight of ten runs: one of ten lies below it, one above.
        shape: Shape::Lognormal,
        ..found(estimate.value, source, evidence)
    }
}
