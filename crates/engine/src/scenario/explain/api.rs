//! The requests of a component, as they come to it and pass on, and what an API asks for them.

use marginline_model::scenario::{Api, Component, Evidence, Serving, TokenPrices};

use super::demand::{exchanged, grown, requests, retried, tokens};
use super::expression::{Expression, Ref, add, less, number, over, times, value};
use super::fleet;
use super::line::At;
use super::steps::Steps;
use crate::scenario::file::ComponentFile;

/// The share of the requests that a component is to serve: what the file states, or what the others leave. `None` where it
/// is the only one.
fn share(steps: &mut Steps, at: At, place: usize) -> Option<Expression> {
    let (files, inputs) = (at.run.resolved.file.components(), &at.run.resolved.inputs);
    let stated = |place: usize| files.get(place).is_some_and(|(_, file)| file.share_percent.is_some());
    let of = |steps: &mut Steps, place: usize, name: &str| {
        let path = files.get(place).map_or("", |(path, _)| path.as_str());
        value(steps.input(&format!("{path}.share_percent"), name, "share", inputs.components[place].share))
    };
    if stated(place) {
        return Some(of(steps, place, "share of the requests"));
    }
    let others: Vec<usize> = (0..inputs.components.len()).filter(|other| stated(*other)).collect();
    if others.is_empty() {
        return None;
    }
    let parts: Vec<Expression> = others
        .iter()
        .map(|other| of(steps, *other, &format!("share of {}", inputs.components[*other].label)))
        .collect();
    Some(value(steps.step("share that the others leave", "share", less(number(1.0), add(parts)))))
}

/// A component's name before a step of it that stands in another's line.
fn called(at: At, place: usize, own: usize, what: &str) -> String {
    match place == own {
        true => what.to_owned(),
        false => format!("{}: {what}", at.run.resolved.inputs.components[place].label),
    }
}

/// Share of the month in which a component is live, where that is a part of it or nothing.
pub(super) fn live(steps: &mut Steps, at: At, place: usize) -> Option<Expression> {
    let component = &at.run.resolved.inputs.components[place];
    let share = component.until_live.map_or(1.0, |_| component.live_share(at.index));
    if share >= 1.0 {
        return None;
    }
    let path = at.run.resolved.file.components().get(place).map_or(String::new(), |(path, _)| path.clone());
    let months =
        steps.input(&format!("{path}.weeks_to_live"), "months until it is live", "months", component.live_after_months);
    if share <= 0.0 {
        let why = "it is not live yet";
        return Some(value(steps.of_run("share of the month in which it is live", "share", 0.0, (why, value(months)))));
    }
    let left = less(number(f64::from(at.index) + 1.0), value(months));
    Some(value(steps.step("share of the month in which it is live", "share", left)))
}

/// Requests that come to a component, for the line of `own`: its share, and what earlier ones pass on.
fn arrived(steps: &mut Steps, at: At, place: usize, own: usize) -> Expression {
    let components = &at.run.resolved.inputs.components;
    let mut parts = Vec::new();
    if components[place].share > 0.0 {
        let mut factors = vec![value(requests(steps, at))];
        factors.extend(share(steps, at, place));
        parts.push(times(factors));
    }
    for (earlier, from) in components[..place].iter().enumerate() {
        let links = [from.until_live, from.fallback, overflow_of(from)];
        if links.contains(&Some(place)) {
            parts.extend(passed(steps, at, (earlier, place), own));
        }
    }
    add(parts)
}

/// What an earlier component passes on to a later one: while it is not live, what failed, and what it has no room for.
fn passed(steps: &mut Steps, at: At, (from, to): (usize, usize), own: usize) -> Vec<Expression> {
    let component = &at.run.resolved.inputs.components[from];
    let formula = arrived(steps, at, from, own);
    let arrive = value(steps.step(&called(at, from, own, "requests that arrive"), "requests", formula));
    let live = live(steps, at, from);
    let mut parts = Vec::new();
    if let (Some(live), true) = (&live, component.until_live == Some(to)) {
        parts.push(times(vec![arrive.clone(), less(number(1.0), live.clone())]));
    }
    if component.fallback == Some(to) && component.failed_share > 0.0 {
        let path = at.run.resolved.file.components().get(from).map_or(String::new(), |(path, _)| path.clone());
        let name = called(at, from, own, "share that fails");
        let failed = steps.input(&format!("{path}.failed_percent"), &name, "share", component.failed_share);
        parts.push(times([vec![arrive.clone()], live.clone().into_iter().collect(), vec![value(failed)]].concat()));
    }
    if overflow_of(component) == Some(to) {
        parts.extend(overflow(steps, at, from, own));
    }
    parts
}

/// Who takes what a component has no room for.
fn overflow_of(component: &Component) -> Option<usize> {
    match &component.serving {
        Serving::OwnGpus(gpus) => gpus.overflow,
        Serving::Api(_) => None,
    }
}

/// What a stated number of GPUs has no room for.
fn overflow(steps: &mut Steps, at: At, from: usize, own: usize) -> Option<Expression> {
    let component = &at.run.resolved.inputs.components[from];
    let Serving::OwnGpus(gpus) = &component.serving else { return None };
    let served = served(steps, at, from, own);
    let before = steps.value_of(served);
    let beyond = if before > 0.0 { 1.0 - at.month.sheet.requests[from] / before } else { 0.0 };
    if beyond <= 1e-12 {
        return None;
    }
    let why = "load of each hour of the week over the GPUs that there are";
    let path = at.run.resolved.file.components().get(from).map_or(String::new(), |(path, _)| path.clone());
    let rests_on = fleet::busy(steps, at, from, (&path, gpus), value(served));
    let peak = fleet::peak(steps, at, from, &path);
    let name = called(at, from, own, "share beyond its GPUs");
    let share = steps.of_run(&name, "share", beyond, (why, times(vec![rests_on, value(peak)])));
    Some(times(vec![value(served), value(share)]))
}

/// Requests that a component serves, or is asked to, for the line of `own`: live, and not failed.
pub(super) fn served(steps: &mut Steps, at: At, place: usize, own: usize) -> Ref {
    let component = &at.run.resolved.inputs.components[place];
    let arrive = arrived(steps, at, place, own);
    let mut factors: Vec<Expression> = live(steps, at, place).into_iter().collect();
    if component.fallback.is_some() && component.failed_share > 0.0 {
        let path = at.run.resolved.file.components().get(place).map_or(String::new(), |(path, _)| path.clone());
        let name = called(at, place, own, "share that fails");
        let failed = steps.input(&format!("{path}.failed_percent"), &name, "share", component.failed_share);
        factors.push(less(number(1.0), value(failed)));
    }
    let formula = match factors.is_empty() {
        true => arrive,
        false => {
            let arrive = steps.step(&called(at, place, own, "requests that arrive"), "requests", arrive);
            factors.insert(0, value(arrive));
            times(factors)
        }
    };
    let name = called(at, place, own, "requests served");
    let run = at.month.sheet.requests[place];
    match &component.serving {
        // What a stated number of GPUs has no room for is taken off only afterwards.
        Serving::OwnGpus(gpus) if gpus.stated_gpus.is_some() => steps.step(&name, "requests", formula),
        _ => steps.checked(&name, "requests", formula, (run, "as the run has them")),
    }
}

/// Requests that a component is paid for, retries included.
pub(super) fn attempts(steps: &mut Steps, at: At, place: usize) -> Ref {
    let served = served(steps, at, place, place);
    match retried(steps, at) {
        None => served,
        Some(retried) => steps.step("requests paid", "requests", Expression::Product(vec![value(served), retried])),
    }
}

/// Tokens of a request by class, as a component has them.
pub(super) fn classes(steps: &mut Steps, at: At, component: &Component, path: &str) -> [Option<Ref>; 4] {
    const RATIOS: [(&str, &str); 4] = [
        ("input_ratio", "input ratio"),
        ("cache_read_ratio", "cached ratio"),
        ("cache_write_ratio", "cache writes ratio"),
        ("verbosity", "verbosity"),
    ];
    const HERE: [&str; 4] = ["input tokens here", "cached tokens here", "cache writes here", "output tokens here"];
    let ratios = component.ratios;
    let own = [ratios.input, ratios.cache_read, ratios.cache_write, component.verbosity];
    let mut found = tokens(steps, at);
    for (place, class) in found.iter_mut().enumerate() {
        let Some(tokens) = class.filter(|_| own[place] > 0.0) else {
            *class = None;
            continue;
        };
        let cut = &format!("{path}.tokenizer_ratio");
        let mut parts = vec![value(tokens)];
        parts.extend(steps.factor(cut, "tokenizer ratio", "", component.tokenizer_ratio));
        let (key, name) = RATIOS[place];
        parts.extend(steps.factor(&format!("{path}.{key}"), name, "", own[place]));
        if parts.len() > 1 {
            *class = Some(steps.step(HERE[place], "tokens", Expression::Product(parts)));
        }
    }
    found
}

fn per_request(steps: &mut Steps, used: [Option<Ref>; 4], prices: TokenPrices, source: &str, name: &str) -> Ref {
    let named = [
        ("input price", prices.input_usd_per_mtok),
        ("cached price", prices.cache_read_usd_per_mtok),
        ("cache write price", prices.cache_write_usd_per_mtok),
        ("output price", prices.output_usd_per_mtok),
    ];
    let mut parts = Vec::new();
    for (tokens, (what, price)) in used.into_iter().zip(named) {
        if let Some(tokens) = tokens {
            let price = steps.given(what, "USD/Mtok", price, (source, Evidence::Published));
            parts.push(Expression::Product(vec![value(tokens), value(price)]));
        }
    }
    steps.step(name, "USD", over(Expression::Sum(parts), number(1e6)))
}

/// The line of an API.
pub(super) fn line(
    steps: &mut Steps,
    at: At,
    place: usize,
    (path, file): (&str, &ComponentFile),
    api: &Api,
) -> Expression {
    let component = &at.run.resolved.inputs.components[place];
    let attempts = attempts(steps, at, place);
    let mut parts = vec![value(attempts)];
    parts.push(each(steps, (at, component), (path, file), api));
    let level = format!("{path}.price_level_percent");
    parts.extend(steps.factor(&level, "prices over those listed", "share", api.price_level));
    parts.extend(grown(steps, &format!("{path}.price_change_percent_per_month"), api.change_per_month, at.index));
    parts.extend(exchanged(steps, at, component.currency));
    Expression::Product(parts)
}

/// What a request costs at list prices, batches and fees in it.
fn each(
    steps: &mut Steps,
    (at, component): (At, &Component),
    (path, file): (&str, &ComponentFile),
    api: &Api,
) -> Expression {
    let fee = |steps: &mut Steps, what: &str| {
        value(steps.input(&format!("{path}.usd_per_request"), what, "USD", api.usd_per_request))
    };
    if file.is_unlisted() {
        return fee(steps, "cost of a request");
    }
    let used = classes(steps, at, component, path);
    let (model, day) = (file.model.as_deref().unwrap_or_default(), file.priced_at.as_deref().unwrap_or_default());
    let source = format!("list price of {model} on {day}");
    let one = per_request(steps, used, api.prices, &source, "USD a request");
    let mut each = value(one);
    if api.batch_share > 0.0 {
        let batch = per_request(steps, used, api.batch_prices, &format!("{source}, batch"), "USD a request in a batch");
        let share = steps.input(&format!("{path}.batch_percent"), "share in batches", "share", api.batch_share);
        let mixed = Expression::Sum(vec![
            Expression::Product(vec![value(one), less(number(1.0), value(share))]),
            Expression::Product(vec![value(batch), value(share)]),
        ]);
        each = value(steps.step("USD a request, batches mixed in", "USD", mixed));
    }
    if api.usd_per_request > 0.0 {
        each = Expression::Sum(vec![each, fee(steps, "fee a request")]);
    }
    each
}
