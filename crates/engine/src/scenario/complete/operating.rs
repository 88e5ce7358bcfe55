//! The measured point at which GPUs work, where points are all that is known of them.

use marginline_model::scenario::{Evidence, TokensPerRequest};

use super::super::file::{Assumption, ComponentFile, LatencyLimit, MeasuredPoint};
use super::found;

/// Lengths that differ by more than this from the demand's are told.
const MOST_APART: f64 = 0.1;

fn per_gpu(component: &ComponentFile, point: &MeasuredPoint) -> Option<f64> {
    let gpus = point.gpus.or(component.gpus_per_unit).unwrap_or(1).max(1);
    Some(point.output_tokens_per_s? / f64::from(gpus))
}

/// The point with the highest rate among those whose measured latencies keep the limits; where none does, the slowest
/// point, which is the one nearest to keeping them.
pub(super) fn choose(component: &ComponentFile, limits: &[LatencyLimit]) -> Option<usize> {
    let keeps = |point: &MeasuredPoint| {
        limits.iter().all(|limit| point.latency_ms(limit.of, limit.percentile).is_none_or(|ms| ms <= limit.ms))
    };
    let rated = component.measured.points().iter().enumerate();
    let rated: Vec<(usize, f64, bool)> =
        rated.filter_map(|(place, point)| Some((place, per_gpu(component, point)?, keeps(point)))).collect();
    let by_rate = |a: &&(usize, f64, bool), b: &&(usize, f64, bool)| a.1.total_cmp(&b.1);
    let best = rated.iter().filter(|(.., keeps)| *keeps).max_by(by_rate);
    best.or_else(|| rated.iter().min_by(by_rate)).map(|(place, ..)| *place)
}

/// Its rate as an assumption; `None` where the point has none.
pub(super) fn rate(
    component: &ComponentFile,
    place: usize,
    tokens: TokensPerRequest,
    notes: &mut Vec<String>,
) -> Option<Assumption> {
    let point = component.measured.points().get(place)?;
    let value = per_gpu(component, point)?;
    let source = point.source.clone().unwrap_or_else(|| "measured point of the file".to_owned());
    let flight = point.concurrency.map_or(String::new(), |flight| format!(" at {flight:.0} requests in flight"));
    notes.push(format!("tokens/s of a GPU are those measured{flight}: {value:.1} ({source})"));
    if point.gpus.is_none() {
        let gpus = component.gpus_per_unit.unwrap_or(1).max(1);
        notes.push(format!("{source} does not say on how many GPUs: taken as {gpus}, those that come together"));
    }
    let apart = |measured: Option<f64>, asked: f64| {
        measured.is_some_and(|measured| asked > 0.0 && (measured / asked - 1.0).abs() > MOST_APART)
    };
    if apart(point.input_tokens, tokens.prompt()) || apart(point.output_tokens, tokens.output) {
        notes.push(format!(
            "measured at {:.0} tokens in and {:.0} out, and a request has {:.0} and {:.0}: tokens/s change with lengths",
            point.input_tokens.unwrap_or(tokens.prompt()),
            point.output_tokens.unwrap_or(tokens.output),
            tokens.prompt(),
            tokens.output
        ));
    }
    let mut stated = found(value, source, Evidence::Measured);
    stated.observed = point.observed.clone();
    Some(stated)
}
