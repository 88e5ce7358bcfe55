//! `replicas`: a pool of replicas, and how many of them hold a latency target.

use marginline_model::capacity::{CapacityError, Lengths, Pool, Predicted, Routing, Service, Target};

use super::Refusal;
use super::answer::{Answer, figure, maybe};
use super::field::{Field, Notes};

type Read<T> = Result<T, Refusal>;
/// Seconds that a prompt takes, from the fastest to the slowest, where that is told.
pub(super) type Prefill = Option<(f64, f64)>;

/// Most requests that a replica runs at once.
const MOST_SLOTS: u32 = 1_000_000;

/// A refusal of the model's, at the field it names.
pub(super) fn refused(error: CapacityError) -> Refusal {
    match error {
        CapacityError::Figure { field, found, expected } => {
            Refusal { path: field.to_owned(), found, expected: expected.to_owned(), name: None }
        }
        CapacityError::TooMany { load, most } => Refusal {
            path: "$".to_owned(),
            found: format!("a load of {load}"),
            expected: format!("one for at most {most} units"),
            name: Some("too_many"),
        },
        error @ CapacityError::Unobserved { .. } => {
            Refusal { path: "$".to_owned(), found: error.to_string(), expected: "a whole week".to_owned(), name: None }
        }
    }
}

/// A whole number from `least` to `most`.
pub(super) fn count(field: &Field, least: u32, most: u32) -> Read<u32> {
    let number = field.number()?;
    if number.fract() == 0.0 && number >= f64::from(least) && number <= f64::from(most) {
        return Ok(number as u32);
    }
    Err(field.refuse(format!("a whole number from {least} to {most}")))
}

/// A figure, or what stands for it when it is absent.
pub(super) fn or<'a, T>(field: &Field<'a>, default: T, read: impl Fn(&Field<'a>) -> Read<T>) -> Read<T> {
    field.there().map_or(Ok(default), read)
}

fn squared(field: &Field) -> Read<f64> {
    let cv = or(field, 1.0, Field::amount)?;
    if cv <= 1e3 { Ok(cv * cv) } else { Err(field.refuse("a coefficient of variation of at most 1000")) }
}
/// A refusal of the model's, with its field inside another.
pub(super) fn within(field: &Field, error: CapacityError) -> Refusal {
    match error {
        CapacityError::Figure { field: name, found, expected } => field.get(name).refuse_as(found, expected),
        other => refused(other),
    }
}
/// Fields of a pool.
pub(super) const SERVICE: [&str; 13] = [
    "service_s",
    "tpot_s",
    "output_tokens",
    "output_cv",
    "slots",
    "arrival_cv",
    "service_cv",
    "pooled",
    "wait_s",
    "ttft_s",
    "prefill_s",
    "percentile",
    "max_occupancy",
];

/// Seconds from the fastest to the slowest prompt: one number, or two.
fn prefill(field: &Field) -> Read<Prefill> {
    if field.there().is_none() {
        return Ok(None);
    }
    if let Ok(items) = field.items() {
        let [low, high] = items.as_slice() else { return Err(field.refuse("a number of seconds, or [low, high]")) };
        let (from, to) = (low.amount()?, high.amount()?);
        return if from <= to { Ok(Some((from, to))) } else { Err(high.refuse(format!("at least {from}"))) };
    }
    let seconds = field.amount()?;
    Ok(Some((seconds, seconds)))
}

/// Time in a slot and its squared coefficient of variation: stated, or from the prompt and the length of answers.
fn service_time(field: &Field, prefill_s: Prefill) -> Read<(f64, f64)> {
    let (stated, tpot) = (field.get("service_s"), field.get("tpot_s"));
    match (stated.there(), tpot.there()) {
        (Some(_), Some(both)) => Err(both.refuse("nothing, since service_s is given")),
        (None, Some(tpot)) => {
            let (low, high) = prefill_s.ok_or_else(|| field.get("prefill_s").refuse("the seconds of a prompt"))?;
            let output =
                Lengths { mean: field.get("output_tokens").positive()?, scv: squared(&field.get("output_cv"))? };
            let time = Service::time(f64::midpoint(low, high), tpot.positive()?, output);
            let time = time.map_err(|error| within(field, error))?;
            Ok((time.mean, time.scv))
        }
        (_, None) => Ok((stated.positive()?, squared(&field.get("service_cv"))?)),
    }
}

/// Replicas with slots, and how long a prompt takes.
pub(super) fn pool(field: &Field) -> Read<(Pool, Prefill)> {
    let prefill_s = prefill(&field.get("prefill_s"))?;
    let (wait, ttft) = (field.get("wait_s"), field.get("ttft_s"));
    let wait_s = match (wait.there(), ttft.there()) {
        (Some(_), Some(both)) => return Err(both.refuse("nothing, since wait_s is given")),
        (Some(wait), None) => wait.amount()?,
        (None, Some(ttft)) => {
            let target = ttft.amount()?;
            let slow = prefill_s.ok_or_else(|| field.get("prefill_s").refuse("the seconds that a prompt takes"))?.1;
            if slow > target {
                return Err(ttft.refuse(format!("at least the {slow} s that a prompt takes alone")));
            }
            target - slow
        }
        (None, None) => return Err(ttft.refuse("a target: ttft_s with prefill_s, or wait_s")),
    };
    let (service_s, service_scv) = service_time(field, prefill_s)?;
    let is_pooled = or(&field.get("pooled"), true, Field::flag)?;
    let service = Service {
        service_s,
        slots: count(&field.get("slots"), 1, MOST_SLOTS)?,
        arrival_scv: squared(&field.get("arrival_cv"))?,
        service_scv,
        routing: if is_pooled { Routing::Pooled } else { Routing::Apart },
    };
    let target = Target {
        wait_s,
        percentile: field.get("percentile").share_below_1()?,
        max_occupancy: or(&field.get("max_occupancy"), 1.0, Field::some_share)?,
    };
    Ok((Pool::new(service, target).map_err(refused)?, prefill_s))
}

/// Fewest replicas for a latency target, or what a stated number gives.
pub(super) fn replicas(input: &Field, notes: &mut Notes) -> Read<Answer> {
    let known: Vec<&str> = SERVICE.into_iter().chain(["arrivals_per_s", "replicas"]).collect();
    input.knows(&known, notes)?;
    let arrivals = input.get("arrivals_per_s");
    let rate = arrivals.amount()?;
    let (pool, prefill_s) = pool(input)?;
    let too_many = || arrivals.refuse(format!("a load for at most {} replicas", pool.most_replicas()));
    let needed = |pool: Pool| pool.replicas_needed(rate).ok_or_else(too_many);
    let (replicas, apart) = (needed(pool)?, needed(pool.routed(Routing::Apart))?);
    let stated = input.get("replicas");
    let there = or(&stated, replicas, |field| count(field, 0, pool.most_replicas()))?;
    let predicted: Option<Predicted> =
        if there == 0 { None } else { Some(pool.predict(there, rate).map_err(refused)?) };
    if predicted.is_some_and(|predicted| predicted.mean_wait_s.is_none()) {
        notes.tell("the slots cannot keep up: waiting grows without end");
    }
    let latency = match prefill_s {
        Some(prefill_s) if there > 0 => pool.latency(there, rate, prefill_s).map_err(refused)?,
        _ => None,
    };
    let of = |figure: fn(&Predicted) -> Option<f64>| maybe(predicted.as_ref().and_then(figure));
    Ok(Answer::of("replicas")
        .put("replicas", replicas.into())
        .put_in("replicas, with a queue in front of each", "replicas_without_pooling", apart.into())
        .put_in("replicas that the figures below are for", "replicas_there", there.into())
        .put("servers", (u64::from(there) * u64::from(pool.service().slots)).into())
        .put_in("erlangs", "load", figure(rate * pool.service().service_s))
        .put_in("share of slots busy", "occupancy", of(|it| Some(it.occupancy)))
        .put_in("share of requests", "waiting_probability", of(|it| Some(it.waiting_probability)))
        .put_in("s; null when it grows without end", "wait_mean_s", of(|it| it.mean_wait_s))
        .put_in("s at the percentile", "wait_s", of(|it| it.wait_at_percentile_s))
        .put_in("share of requests within the target", "share_in_time", of(|it| Some(it.share_in_time)))
        .put_in("s at the percentile, one queue", "ttft_low_s", maybe(latency.map(|range| range.low_s)))
        .put_in("s at the percentile, a queue each", "ttft_high_s", maybe(latency.map(|range| range.high_s))))
}
