//! Latency at a percentile: the band of the serving model, or what was measured, against each limit.
//!
//! The serving model gives means of runs, and a limit is over requests. Between the two stands the spread that runs had:
//! see [`tail`]. What a request waits for a free place before it is worked on is in the time to first token where the file
//! says how many places there are.

use marginline_model::gpu_mix::RequestSize;
use marginline_model::scenario::Serving;
use marginline_model::serving::{self, Answer, Band, Deployment, Gpu};

use super::super::file::{ComponentFile, Kind, Latency, LatencyLimit, MeasuredPoint};
use super::wait::{self, Held, Wait};
use super::{AT_RISK, Asked, FAILS, MEETS, Place, Served, ServingKnown, UNKNOWN, Verdict, over};

/// Points within this of the requests in flight are taken as measured there.
const NEAR: f64 = 0.05;
/// Further units that are tried to shorten a wait.
const MOST_MORE: u32 = 1_000;
/// Lengths of requests within this of the demand's are alike.
const LIKE: f64 = 0.25;
/// Factors within which a measured figure comes back where the model's class is not known: of configurations that were
/// run again, nine of ten lay within 24.5 % from the fastest to the slowest run (docs/accuracy.md); √1.245 = 1.116.
const AGAIN: (f64, f64) = (0.896, 1.116);

/// Within what a percentile over requests lies, as factors on the mean or median of its run.
///
/// From 22 runs of vLLM published by InferenceX (GLM-5, MiniMax-M2.5, Qwen3.5; February 2026): the 99th percentile over
/// the median lay between 1.4 and 5.3 for the time to first token and between 1.25 and 2.9 for the time per output token
/// in eight of ten runs. Lower percentiles follow as those of a lognormal: the power is z₉₅ ÷ z₉₉ = 0.707, z₉₀ ÷ z₉₉ =
/// 0.551.
pub(in super::super) fn tail(of: Latency, percentile: u32) -> (f64, f64) {
    match (of, percentile) {
        (Latency::Ttft, 90) => (1.204, 2.507),
        (Latency::Ttft, 95) => (1.269, 3.252),
        (Latency::Ttft, 99) => (1.4, 5.3),
        (Latency::Tpot, 90) => (1.131, 1.798),
        (Latency::Tpot, 95) => (1.171, 2.123),
        (Latency::Tpot, 99) => (1.25, 2.9),
        _ => (1.0, 1.0),
    }
}

/// A latency in milliseconds with its band, and where it comes from.
#[derive(Debug, Clone, PartialEq)]
struct Seen {
    low: f64,
    high: f64,
    words: String,
    /// Waiting that is in it already.
    held: Held,
}

/// One verdict for each latency that is limited.
pub(super) fn verdicts(asked: &Asked<'_>) -> Vec<Verdict> {
    let limits = asked.resolved.file.limits.latencies();
    limits
        .iter()
        .filter_map(|limit| over(asked, |at, place| place.is_loaded.then(|| of(asked, (at, place), limit))))
        .collect()
}

fn of(asked: &Asked<'_>, (at, place): (usize, &Place<'_>), limit: &LatencyLimit) -> Verdict {
    let wait = (limit.of == Latency::Ttft).then(|| wait::longest(asked, at, limit.percentile, 0)).flatten();
    if wait == Some(Wait::Endless) {
        let reason = "more requests arrive in the busiest hour than are ever done, so waits grow without end";
        return Verdict::new(limit.key, FAILS, reason).mended(more_units(asked, (at, place), limit));
    }
    let Some(alone) = seen(asked, (at, place), limit) else { return unknown(place, limit) };
    let more_s = match wait {
        Some(Wait::Seconds(wait_s)) => alone.held.beyond(wait_s),
        _ => 0.0,
    };
    let seen = if more_s > 0.0 { waited(asked, (at, place), limit, (&alone, more_s)) } else { alone.clone() };
    let band = (seen.low, seen.high);
    let verdict = match (seen.high <= limit.ms, seen.low <= limit.ms) {
        (true, _) => MEETS,
        (false, true) => AT_RISK,
        (false, false) => FAILS,
    };
    let value = format!("{:.1} to {:.1} ms", seen.low, seen.high);
    let reason = format!("{}: {value} against {} ms", seen.words, limit.ms);
    let found = Verdict::new(limit.key, verdict, reason).valued(value).within(band);
    let mend = || match alone.high <= limit.ms {
        true => more_units(asked, (at, place), limit),
        false => mend(place, limit),
    };
    match verdict {
        MEETS => found,
        AT_RISK => {
            let at = place
                .served()
                .map_or(String::new(), |served| format!(" at {:.0} requests in flight", served.in_flight));
            let measure = format!("measure {} of {}{at}", limit.key, place.called());
            found.mended(mend()).measured(measure)
        }
        _ => found.mended(mend()),
    }
}

/// With what a request waits first. At the lower end the prompt takes what it takes in half of the requests; at the upper
/// end the slow prompts are those that wait long.
fn waited(
    asked: &Asked<'_>,
    (at, place): (usize, &Place<'_>),
    limit: &LatencyLimit,
    (alone, more_s): (&Seen, f64),
) -> Seen {
    let ms = more_s * 1e3;
    let median = seen(asked, (at, place), &LatencyLimit { percentile: 50, ..*limit });
    let more = if alone.held == Held::NONE { "" } else { " more" };
    let low = ms + median.map_or(0.0, |median| median.low);
    Seen {
        low: low.max(alone.low),
        high: alone.high + ms,
        words: format!("{}, and {ms:.1} ms{more} of waiting for a place", alone.words),
        held: alone.held,
    }
}

/// The fewest further units with which the whole band lies inside.
fn more_units(asked: &Asked<'_>, (at, place): (usize, &Place<'_>), limit: &LatencyLimit) -> Option<String> {
    let gpus = match &asked.resolved.inputs.components.get(at)?.serving {
        Serving::OwnGpus(gpus) => gpus,
        Serving::Api(_) => return None,
    };
    let alone = seen(asked, (at, place), limit)?;
    let holds = |more: u32| {
        let wait = wait::longest(asked, at, limit.percentile, more);
        matches!(wait, Some(Wait::Seconds(wait_s)) if alone.high + alone.held.beyond(wait_s) * 1e3 <= limit.ms)
    };
    // More units never wait longer.
    let (mut short, mut more) = (0, MOST_MORE);
    if !holds(more) {
        return None;
    }
    while more - short > 1 {
        let middle = u32::midpoint(short, more);
        if holds(middle) { more = middle } else { short = middle }
    }
    Some(match gpus.stated_gpus {
        Some(stated) => format!("gpus = {}", stated.saturating_add(more.saturating_mul(gpus.gpus_per_unit))),
        None => format!("spare_units = {}", gpus.spare_units.saturating_add(more)),
    })
}

fn unknown(place: &Place<'_>, limit: &LatencyLimit) -> Verdict {
    let reason = match (&place.finding.serving, &place.served().map(|served| &served.found)) {
        (_, Some(Err(error))) => error.to_string(),
        (ServingKnown::NoFigures(reason), _) => reason.clone(),
        _ => format!("nothing tells the {} of {}", words(limit), place.called()),
    };
    let measure = format!("measure {} of {} in its busiest hour, and state it in measured", limit.key, place.called());
    Verdict::new(limit.key, UNKNOWN, reason).measured(measure)
}

fn words(limit: &LatencyLimit) -> &'static str {
    match limit.of {
        Latency::Ttft => "time to first token",
        Latency::Tpot => "time per output token",
    }
}

fn seen(asked: &Asked<'_>, (at, place): (usize, &Place<'_>), limit: &LatencyLimit) -> Option<Seen> {
    let held = |point: &MeasuredPoint| match limit.of {
        Latency::Ttft => wait::held(asked, at, point, limit.percentile),
        Latency::Tpot => Held::NONE,
    };
    match place.served() {
        Some(served) => near(place.file, served, limit, &held).or_else(|| {
            let answer = served.found.as_ref().ok()?;
            Some(modelled(answer, limit))
        }),
        None => alone(place, limit, &held),
    }
}

fn modelled(answer: &Answer, limit: &LatencyLimit) -> Seen {
    let (low, high) = match limit.of {
        Latency::Ttft => answer.ttft_s,
        Latency::Tpot => (answer.tpot_s.low, answer.tpot_s.high),
    };
    let (least, most) = tail(limit.of, limit.percentile);
    Seen { low: low * 1e3 * least, high: high * 1e3 * most, words: "by the serving model".into(), held: Held::NONE }
}

/// What a point says of a latency: as measured at that percentile, or from its median or mean.
fn told(point: &MeasuredPoint, limit: &LatencyLimit, (less, more): (f64, f64)) -> Option<(f64, f64, bool)> {
    if let Some(ms) = point.latency_ms(limit.of, limit.percentile) {
        return Some((ms * less, ms * more, true));
    }
    let centre = point.latency_ms(limit.of, 50).or_else(|| point.mean_ms(limit.of))?;
    let (least, most) = tail(limit.of, limit.percentile);
    Some((centre * least * less, centre * most * more, false))
}

fn seen_of(point: &MeasuredPoint, limit: &LatencyLimit, again: (f64, f64), held: Held) -> Option<Seen> {
    let (low, high, is_measured) = told(point, limit, again)?;
    let source = point.source.as_deref().map_or(String::new(), |source| format!(" ({source})"));
    let how = if is_measured { "measured" } else { "from the measured median or mean" };
    Some(Seen { low, high, words: format!("{how}{source}{}", held.words()), held })
}

fn is_like(point: &MeasuredPoint, size: RequestSize) -> bool {
    let like =
        |measured: Option<f64>, asked: f64| measured.is_none_or(|measured| (measured / asked - 1.0).abs() <= LIKE);
    like(point.input_tokens, size.input_tokens) && like(point.output_tokens, size.output_tokens)
}

/// Measured at these requests in flight on such a replica, or on a straight line between two points around them.
fn near(
    file: &ComponentFile,
    served: &Served,
    limit: &LatencyLimit,
    held: &dyn Fn(&MeasuredPoint) -> Held,
) -> Option<Seen> {
    let again = Band::between_points(served.model.class()).factors(0.0);
    let own = served.deployment;
    let flight = |point: &MeasuredPoint| {
        let is_same = point.tensor_parallel.is_none_or(|split| split == own.tensor_parallel)
            && point.data_parallel.is_none_or(|ranks| ranks == own.data_parallel);
        let replicas = f64::from(point.gpus.unwrap_or(own.gpus())) / f64::from(own.gpus());
        (is_same && is_like(point, served.size)).then(|| point.concurrency.map(|flight| flight / replicas)).flatten()
    };
    let mut seen: Vec<(f64, Seen)> = file
        .measured
        .points()
        .iter()
        .filter_map(|point| Some((flight(point)?, seen_of(point, limit, again, held(point))?)))
        .collect();
    seen.sort_by(|a, b| a.0.total_cmp(&b.0));
    if let Some((_, seen)) = seen.iter().find(|(at, _)| (at / served.in_flight - 1.0).abs() <= NEAR) {
        return Some(seen.clone());
    }
    let around = |pair: &&[(f64, Seen)]| pair[0].0 <= served.in_flight && served.in_flight <= pair[1].0;
    let pair = seen.windows(2).find(around)?;
    let share = (served.in_flight - pair[0].0) / (pair[1].0 - pair[0].0).max(f64::MIN_POSITIVE);
    let between = |low: f64, high: f64| low + share * (high - low);
    let held = pair[0].1.held.between(pair[1].1.held, share);
    Some(Seen {
        low: between(pair[0].1.low, pair[1].1.low),
        high: between(pair[0].1.high, pair[1].1.high),
        words: format!("between measured points{}", held.words()),
        held,
    })
}

/// At the point at which GPUs work; of an API the slowest point that was measured.
fn alone(place: &Place<'_>, limit: &LatencyLimit, held: &dyn Fn(&MeasuredPoint) -> Held) -> Option<Seen> {
    let points = place.file.measured.points();
    if place.file.kind == Kind::Api {
        let all = points.iter().filter_map(|point| seen_of(point, limit, AGAIN, Held::NONE));
        return all.max_by(|a, b| a.high.total_cmp(&b.high));
    }
    let point = points.get(place.finding.operating?)?;
    seen_of(point, limit, AGAIN, held(point))
}

/// The nearest change after which the whole band lies inside: fewer requests in flight, a wider replica, another GPU.
fn mend(place: &Place<'_>, limit: &LatencyLimit) -> Option<String> {
    let served = place.served()?;
    let keeps = |gpu: &Gpu, deployment: Deployment, flight: f64| {
        served.at(gpu, deployment, flight).is_ok_and(|answer| modelled(&answer, limit).high <= limit.ms)
    };
    let mut most = served.in_flight;
    if keeps(&served.gpu, served.deployment, 1.0) {
        let mut held = 1.0;
        // Latency rises with requests in flight.
        while most - held > 1.0 {
            let middle = f64::midpoint(held, most).floor();
            if keeps(&served.gpu, served.deployment, middle) { held = middle } else { most = middle }
        }
        if held < served.in_flight {
            return Some(format!("serving.in_flight = {held:.0}"));
        }
    }
    let ranks = served.deployment.data_parallel;
    let wider = [2, 4, 8].into_iter().filter(|split| *split > served.deployment.tensor_parallel && split * ranks <= 8);
    for tensor_parallel in wider {
        if keeps(&served.gpu, Deployment { tensor_parallel, ..served.deployment }, served.in_flight) {
            return Some(format!("serving.tensor_parallel = {tensor_parallel}"));
        }
    }
    let other =
        serving::gpus().into_iter().find(|gpu| *gpu != served.gpu && keeps(gpu, served.deployment, served.in_flight));
    other.map(|gpu| format!("gpu = \"{}\"", gpu_words(&gpu.name)))
}

/// `H200` of `h200_sxm`, as files and price lists name it.
pub(super) fn gpu_words(name: &str) -> String {
    name.trim_end_matches("_sxm").to_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Powers of the factors of the 99th percentile: z90 = 1.281552, z95 = 1.644854, z99 = 2.326348.
    #[test]
    fn lower_percentiles_are_those_of_a_lognormal() {
        for of in [Latency::Ttft, Latency::Tpot] {
            let last = tail(of, 99);
            for (percentile, z) in [(50, 0.0), (90, 1.281_552), (95, 1.644_854)] {
                let power: f64 = z / 2.326_348;
                let (low, high) = tail(of, percentile);
                assert!((low - last.0.powf(power)).abs() < 1e-3, "{of:?} {percentile}");
                assert!((high - last.1.powf(power)).abs() < 2e-3, "{of:?} {percentile}: {high} {}", last.1.powf(power));
            }
        }
    }
}
