//! `erlang` and `staffing`.

use marginline_model::queueing::{self as model, Target};
use serde_json::Value;

use super::Refusal;
use super::answer::{Answer, figure};
use super::field::{Field, Notes};

/// Most servers that are looked at; a second of work.
const MOST: u64 = 20_000_000;
/// Most servers over a whole table.
const MOST_OF_ALL: f64 = 100_000_000.0;

/// How many servers answer in time.
pub(super) fn erlang(input: &Field, notes: &mut Notes) -> Result<Answer, Refusal> {
    let known = [
        "arrivals",
        "interval_min",
        "service_min",
        "target_answer_s",
        "target_answer_min",
        "target_service_level",
        "max_occupancy",
        "shrinkage",
    ];
    input.knows(&known, notes)?;
    let arrivals = input.get("arrivals");
    let service_min = input.get("service_min").positive()?;
    let load = arrivals.amount()? / input.get("interval_min").positive()? * service_min;
    let (seconds, minutes) = (input.get("target_answer_s"), input.get("target_answer_min"));
    let answer_min = match (seconds.there(), minutes.there()) {
        (Some(_), Some(minutes)) => return Err(minutes.refuse("nothing, since target_answer_s is given")),
        (_, Some(minutes)) => minutes.amount()?,
        (_, None) => seconds.amount()? / 60.0,
    };
    let level = input.get("target_service_level").share_below_1()?;
    let max_occupancy = input.get("max_occupancy").there().map_or(Ok(1.0), Field::some_share)?;
    let shrinkage = input.get("shrinkage").there().map_or(Ok(0.0), Field::share_below_1)?;
    let target = Target { load, answer: answer_min / service_min, service_level: level, max_occupancy, shrinkage };
    let too_many =
        || arrivals.refuse_as(format!("a load of {load} erlangs"), format!("one for at most {MOST} servers"));
    if load >= MOST as f64 {
        return Err(too_many());
    }
    let found = model::sizing(&target, MOST).ok_or_else(too_many)?;
    Ok(Answer::of("erlang")
        .put_in("servers at work", "raw_positions", found.raw_positions.into())
        .put_in("servers, with those that are not there", "positions", found.positions.into())
        .put_in("share answered in time", "service_level", figure(found.service_level))
        .put_in("share of time", "occupancy", figure(found.occupancy))
        .put_in("share of arrivals", "waiting_probability", figure(found.waiting_probability)))
}

/// Servers by load and by the share that may wait.
pub(super) fn staffing(input: &Field, notes: &mut Notes) -> Result<Answer, Refusal> {
    input.knows(&["loads", "delay_probabilities", "method"], notes)?;
    let (loads, shares) = (input.get("loads"), input.get("delay_probabilities"));
    let numbers = loads.amounts()?;
    let is_exact = input.get("method").choice(&[("exact", true), ("sqrt", false)])?;
    let shares = shares.some_items()?.iter().map(Field::some_share).collect::<Result<Vec<_>, _>>()?;
    if numbers.iter().sum::<f64>() * shares.len() as f64 > MOST_OF_ALL {
        return Err(
            loads.refuse_as("loads that are too large", format!("at most {MOST_OF_ALL} erlangs over all answers"))
        );
    }
    let mut rows = Vec::new();
    for delayed in shares {
        let mut row: Vec<Value> = Vec::new();
        for load in &numbers {
            row.push(if is_exact {
                let servers = model::staffing(*load, delayed, u64::MAX >> 12);
                servers.ok_or_else(|| loads.refuse("loads that servers can carry"))?.into()
            } else {
                Value::from(model::staffing_by_square_root(*load, delayed) as u64)
            });
        }
        rows.push(Value::from(row));
    }
    Ok(Answer::of("staffing").put_in(
        "servers; a row for each delay probability, a column for each load",
        "servers",
        rows.into(),
    ))
}
