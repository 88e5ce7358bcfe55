//! The steps of own GPUs: seconds of a request, GPUs in the busiest hour, commitments, spot and what an hour costs.

use marginline_model::scenario::{Evidence, OwnGpus, along};

use super::api::{attempts, classes, live};
use super::demand::{exchanged, grown, to_the};
use super::expression::{Expression, Ref, add, less, number, one_and, over, times, value};
use super::line::At;
use super::steps::Steps;
use crate::scenario::file::Week;

/// Hours of the month.
pub(super) fn hours(steps: &mut Steps, at: At) -> Ref {
    let days = number(at.month.month.days() as f64);
    steps.step("hours of the month", "h", Expression::Product(vec![days, number(24.0)]))
}

/// Load of the busiest hour over the mean, and how well it is known: a measured week, a published one, or an assumption.
pub(super) fn peak(steps: &mut Steps, at: At, place: usize, path: &str) -> Ref {
    let component = &at.run.resolved.inputs.components[place];
    let file = &at.run.resolved.file;
    let files = file.components();
    let own = files.get(place).and_then(|(_, of)| of.hour_of_week.as_ref());
    let (key, week) = match own {
        Some(week) => (format!("{path}.hour_of_week"), Some(week)),
        None => ("demand.hour_of_week".to_owned(), file.demand.hour_of_week.as_ref()),
    };
    let evidence = match week {
        Some(Week::Named(name)) if name == "actuals" => Evidence::Measured,
        Some(Week::Named(name)) if name == "consumer-chat" => Evidence::Published,
        _ => Evidence::Assumed,
    };
    let told = match week {
        Some(week) => format!("{key}: {}", week.words()),
        None => format!("{key}, not stated: even over the week"),
    };
    let name = "busiest hour over the mean";
    let batch = files.get(place).and_then(|(_, of)| of.batch_percent.as_ref().map(|batch| batch.value / 100.0));
    match batch {
        Some(batch) => {
            let batch = steps.input(&format!("{path}.batch_percent"), "share in batches", "share", batch);
            let week = steps.given("hours of the week", "", 1.0, (&told, evidence));
            let why = format!("{key}, with work that can wait in its hours");
            steps.of_run(name, "", component.load.peak(), (&why, times(vec![value(batch), value(week)])))
        }
        None => steps.given(name, "", component.load.peak(), (&told, evidence)),
    }
}

/// GPU seconds of a request.
fn seconds(steps: &mut Steps, at: At, place: usize, (path, gpus): (&str, &OwnGpus)) -> Ref {
    let component = &at.run.resolved.inputs.components[place];
    let used = classes(steps, at, component, path);
    let rate = steps.input(
        &format!("{path}.output_tokens_per_s_per_gpu"),
        "output tokens/s of a GPU",
        "tokens/s",
        gpus.output_tokens_per_s_per_gpu,
    );
    let mut time = used[3].map_or(number(0.0), |output| over(value(output), value(rate)));
    if let Some(input) = gpus.input_tokens_per_s_per_gpu {
        let path = format!("{path}.input_tokens_per_s_per_gpu");
        let input = steps.input(&path, "prompt tokens/s of a GPU", "tokens/s", input);
        let prompt: Vec<Expression> = [used[0], used[2]].into_iter().flatten().map(value).collect();
        if !prompt.is_empty() {
            time = Expression::Sum(vec![over(Expression::Sum(prompt), value(input)), time]);
        }
    }
    if let Some(faster) = steps.factor(&format!("{path}.speedup"), "speed-up of the engine", "", gpus.speedup) {
        time = over(time, faster);
    }
    steps.step("GPU seconds a request", "s", time)
}

/// GPUs that requests keep busy on average.
pub(super) fn busy(steps: &mut Steps, at: At, place: usize, of: (&str, &OwnGpus), requests: Expression) -> Expression {
    let hours = hours(steps, at);
    let seconds = seconds(steps, at, place, of);
    let mut time = vec![value(hours), number(3_600.0)];
    // While it is live for a part of the month, its requests come in that part.
    time.extend(live(steps, at, place));
    over(Expression::Product(vec![requests, value(seconds)]), Expression::Product(time))
}

/// GPUs in the busiest hour, by load, with the spares and in all copies.
fn needed(steps: &mut Steps, at: At, place: usize, (path, gpus): (&str, &OwnGpus)) -> Expression {
    let attempts = attempts(steps, at, place);
    let mean = busy(steps, at, place, (path, gpus), value(attempts));
    let mean = steps.step("GPUs busy on average", "GPUs", mean);
    let peak = peak(steps, at, place, path);
    let unit = steps.decided(&format!("{path}.gpus_per_unit"), "GPUs in a unit", "GPUs", f64::from(gpus.gpus_per_unit));
    let load = over(Expression::Product(vec![value(mean), value(peak)]), value(unit));
    let units = match &gpus.waiting {
        None => steps.step("units needed", "units", Expression::Ceiling(Box::new(load))),
        Some(waiting) => {
            let key = |key: &str| format!("{path}.waiting.{key}");
            let slots = f64::from(waiting.slots_per_unit);
            let slots = steps.decided(&key("slots_per_unit"), "requests that a unit works on", "requests", slots);
            let longest = "longest wait, in times of service";
            let longest = steps.input(&key("longest_in_service_times"), longest, "", waiting.longest);
            let in_time = steps.input(&key("in_time_percent"), "share in time", "share", waiting.share_in_time);
            let taken = key("max_occupancy_percent");
            let taken = steps.factor(&taken, "most of the places that may be taken", "share", waiting.max_occupancy);
            let of: Vec<Expression> =
                [load].into_iter().chain([slots, longest, in_time].map(value)).chain(taken).collect();
            let units = at.month.sheet.capacity[place].map_or(0, |capacity| capacity.gpus_needed);
            let units = f64::from(units) / f64::from(gpus.gpus_per_unit.saturating_mul(gpus.copies).max(1));
            let why = "the fewest that keep the target for waiting, by Erlang C";
            steps.of_run("units needed", "units", units, (why, Expression::Product(of)))
        }
    };
    let spare = steps.decided(&format!("{path}.spare_units"), "spare units", "units", f64::from(gpus.spare_units));
    let both = Expression::Sum(vec![value(units), value(spare)]);
    Expression::Product([vec![both, value(unit)], copies(steps, path, gpus)].concat())
}

fn copies(steps: &mut Steps, path: &str, gpus: &OwnGpus) -> Vec<Expression> {
    let copies = f64::from(gpus.copies);
    let decided = (gpus.copies != 1).then(|| steps.decided(&format!("{path}.copies"), "copies", "", copies));
    decided.into_iter().map(value).collect()
}

/// USD of an hour of a GPU that is not committed.
fn hourly(steps: &mut Steps, (path, gpus): (&str, &OwnGpus), index: u32) -> Vec<Expression> {
    let (stated, past) = along(gpus.usd_per_gpu_hour, &gpus.by_month, index);
    let key = if gpus.by_month.is_empty() { "usd_per_gpu_hour" } else { "usd_per_gpu_hour_by_month" };
    let price = steps.input(&format!("{path}.{key}"), "USD a GPU hour", "USD/h", stated);
    let change = format!("{path}.price_change_percent_per_month");
    let mut parts = vec![value(price)];
    parts.extend(grown(steps, &change, gpus.change_per_month, past));
    if let Some(spot) = gpus.spot {
        let share = steps.input(&format!("{path}.spot.share_percent"), "share on spot", "share", spot.share);
        let path = |key: &str| format!("{path}.spot.{key}");
        let taken = steps.input(&path("usd_per_gpu_hour"), "USD a spot GPU hour", "USD/h", spot.usd_per_gpu_hour);
        let useful = steps.input(
            &path("useful_percent"),
            "share of spot hours that interruptions leave",
            "share",
            spot.useful_share,
        );
        let mut spot = vec![value(taken)];
        if gpus.change_per_month != 0.0 && index > 0 {
            let change = steps.input(&change, "change a month", "share", gpus.change_per_month);
            spot.push(to_the(one_and(change), index));
        }
        let useful = over(times(spot), value(useful));
        let useful = steps.step("USD a useful spot GPU hour", "USD/h", useful);
        let mixed = Expression::Sum(vec![
            Expression::Product([parts, vec![less(number(1.0), value(share))]].concat()),
            Expression::Product(vec![value(useful), value(share)]),
        ]);
        parts = vec![value(steps.step("USD a GPU hour, spot mixed in", "USD/h", mixed))];
    }
    let level = format!("{path}.price_level_percent");
    parts.extend(steps.factor(&level, "prices over those stated", "share", gpus.price_level));
    parts
}

/// GPUs under commitments that are held in the month, and what they cost an hour.
fn committed(steps: &mut Steps, (path, gpus): (&str, &OwnGpus), index: u32) -> (Vec<Expression>, Vec<Expression>) {
    let held = gpus.committed.iter().enumerate();
    let held = held.filter(|(_, held)| index >= held.from && held.to.is_none_or(|to| index <= to));
    let (mut counts, mut usd) = (Vec::new(), Vec::new());
    for (place, each) in held {
        let path = format!("{path}.committed.{}", place + 1);
        let count = steps.decided(&format!("{path}.gpus"), "GPUs committed", "GPUs", f64::from(each.gpus));
        let price = format!("{path}.usd_per_gpu_hour");
        let price = steps.input(&price, "USD a committed GPU hour", "USD/h", each.usd_per_gpu_hour);
        counts.push(value(count));
        usd.push(Expression::Product(vec![value(count), value(price)]));
    }
    (counts, usd)
}

/// The line of own GPUs.
pub(super) fn line(steps: &mut Steps, at: At, place: usize, path: &str, gpus: &OwnGpus) -> Expression {
    let component = &at.run.resolved.inputs.components[place];
    let of = (path, gpus);
    let hours = hours(steps, at);
    let live = live(steps, at, place);
    let is_live = component.until_live.is_none_or(|_| component.live_share(at.index) > 0.0);
    let wanted = match gpus.stated_gpus {
        Some(stated) => {
            let gpus_stated = steps.decided(&format!("{path}.gpus"), "GPUs", "GPUs", f64::from(stated));
            times([vec![value(gpus_stated)], copies(steps, path, gpus)].concat())
        }
        None if is_live => needed(steps, at, place, of),
        None => number(0.0),
    };
    let (counts, committed_usd) = committed(steps, of, at.index);
    let price = hourly(steps, of, at.index);
    let mut exchange: Vec<Expression> = exchanged(steps, at, component.currency).into_iter().collect();
    let committed_usd = (!committed_usd.is_empty())
        .then(|| value(steps.step("USD an hour of commitments", "USD/h", Expression::Sum(committed_usd))));
    let open = match gpus.is_autoscaled && gpus.stated_gpus.is_none() && is_live {
        true => {
            let (counts, committed_usd) = (&counts, committed_usd.as_ref());
            autoscaled(
                steps,
                at,
                place,
                Paid { wanted, counts, committed_usd, price: &price, hours, exchange: &exchange },
            )
        }
        false => fixed(steps, at, place, (wanted, counts), live.clone()),
    };
    match committed_usd {
        None => Expression::Product([vec![open, value(hours)], price, exchange].concat()),
        Some(committed) => {
            let all = Expression::Sum(vec![committed, Expression::Product([vec![open], price].concat())]);
            exchange.splice(0..0, [value(hours), all]);
            Expression::Product(exchange)
        }
    }
}

/// GPUs beside the commitments that are paid for the whole month, or the part of it that is live.
fn fixed(
    steps: &mut Steps,
    at: At,
    place: usize,
    (wanted, counts): (Expression, Vec<Expression>),
    live: Option<Expression>,
) -> Expression {
    let provided = at.month.sheet.capacity[place].map_or(0.0, |capacity| f64::from(capacity.gpus_provided));
    let all = match counts.is_empty() {
        true => wanted,
        false => Expression::Most(vec![wanted, add(counts.clone())]),
    };
    let all = match all {
        Expression::Value(_) => all,
        formula => value(steps.checked("GPUs", "GPUs", formula, (provided, "as the run counts them"))),
    };
    let open = match counts.is_empty() {
        true => all,
        false => counts.into_iter().fold(all, less),
    };
    times([vec![open], live.into_iter().collect()].concat())
}

/// What a fleet that follows the hours is paid for, beside its GPUs.
struct Paid<'a> {
    wanted: Expression,
    counts: &'a [Expression],
    committed_usd: Option<&'a Expression>,
    price: &'a [Expression],
    hours: Ref,
    exchange: &'a [Expression],
}

/// GPUs beside the commitments where each hour of the week has what it needs: the mean that the line was paid for.
fn autoscaled(steps: &mut Steps, at: At, place: usize, paid: Paid) -> Expression {
    let product = |steps: &Steps, parts: &[Expression]| steps.comes_to(&Expression::Product(parts.to_vec()));
    let hour_usd = at.month.sheet.lines[place] / (steps.value_of(paid.hours) * product(steps, paid.exchange));
    let beside = hour_usd - paid.committed_usd.map_or(0.0, |committed| steps.comes_to(committed));
    let each = product(steps, paid.price);
    let open = if each > 0.0 { (beside / each).max(0.0) } else { 0.0 };
    let why = "the mean over the hours of the week of what each needs beside the commitments";
    let rests_on = Expression::Product([vec![paid.wanted], paid.counts.to_vec()].concat());
    value(steps.of_run("GPUs paid by the hour, on average", "GPUs", open, (why, rests_on)))
}
