//! The steps of one line of a month: of an API, of own GPUs, of a further line, of revenue.

use marginline_model::scenario::{
    Api, Component, MonthResult, OtherLine, OwnGpus, Part, Per, Schedule, Serving, TokenPrices,
};

use super::expression::{Expression, Ref, number, one_and, over, value};
use super::steps::{Steps, is_near};
use crate::scenario::Run;
use crate::scenario::file::ComponentFile;

/// A month of a run.
#[derive(Clone, Copy)]
pub(super) struct At<'a> {
    pub(super) run: &'a Run,
    pub(super) month: &'a MonthResult,
    pub(super) index: u32,
}

/// What the last step of a line is called.
const LINE: &str = "cost or revenue";
const PASSED: &str = "what components pass on to each other is in it: live, failed and overflowing requests";

/// (1 + change) to the power of the months gone by; nothing where there is no change.
fn factor(steps: &mut Steps, path: &str, change: f64, index: u32) -> Option<Expression> {
    if change == 0.0 || index == 0 {
        return None;
    }
    let change = steps.input(path, "change a month", "share", change);
    let base = Expression::Power(Box::new(one_and(change)), Box::new(number(f64::from(index))));
    Some(value(steps.step("price over that of the first month", "", base)))
}

/// Requests of the month.
pub(super) fn requests(steps: &mut Steps, at: At) -> Ref {
    let demand = &at.run.resolved.inputs.demand;
    let first =
        steps.input("demand.requests_per_month", "requests in the first month", "requests", demand.requests_per_month);
    let mut parts = vec![value(first)];
    let power = |inner: Expression| Expression::Power(Box::new(inner), Box::new(number(f64::from(at.index))));
    if at.index > 0 {
        let growth = steps.input("demand.growth_percent_per_month", "growth a month", "share", demand.growth_per_month);
        parts.push(power(one_and(growth)));
        if demand.churn_per_month != 0.0 {
            let churn = steps.input("demand.churn_percent_per_month", "churn a month", "share", demand.churn_per_month);
            parts.push(power(Expression::Difference(Box::new(number(1.0)), Box::new(value(churn)))));
        }
    }
    let season = demand.month_of_year[at.month.month.of_year() % 12];
    if season != 1.0 {
        let season = steps.input("demand.month_of_year_percent", "season", "share", season);
        parts.push(value(season));
    }
    let why = "as the run has it: stated month by month";
    steps.checked("requests", "requests", Expression::Product(parts), at.month.totals.requests, why)
}

/// Requests that a component serves, retries included.
fn attempts(steps: &mut Steps, at: At, place: usize, path: &str) -> Ref {
    let requests = requests(steps, at);
    let component = &at.run.resolved.inputs.components[place];
    let share = steps.input(&format!("{path}.share_percent"), "share of the requests", "share", component.share);
    let served = at.month.sheet.requests[place];
    let product = Expression::Product(vec![value(requests), value(share)]);
    let served = steps.checked("requests served", "requests", product, served, PASSED);
    let retry = at.run.resolved.inputs.demand.retry_share;
    if retry == 0.0 {
        return served;
    }
    let retry = steps.input("demand.retry_percent", "retries", "share", retry);
    steps.step("requests paid", "requests", Expression::Product(vec![value(served), one_and(retry)]))
}

/// Tokens of a class of a request, as a component has them.
fn tokens(steps: &mut Steps, path: &str, class: (&str, &'static str, f64), ratios: &[(&str, &str, f64)]) -> Ref {
    let (key, name, demand) = class;
    let first = steps.input(&format!("demand.{key}_tokens_per_request"), name, "tokens", demand);
    let mut parts = vec![value(first)];
    for (key, name, ratio) in ratios {
        if *ratio != 1.0 {
            parts.push(value(steps.input(&format!("{path}.{key}"), name, "", *ratio)));
        }
    }
    match parts.len() {
        1 => first,
        _ => steps.step(&format!("{name} here"), "tokens", Expression::Product(parts)),
    }
}

/// Classes of a component's tokens that are used, with their place.
fn classes(steps: &mut Steps, at: At, component: &Component, path: &str) -> [Option<Ref>; 4] {
    let demand = at.run.resolved.inputs.demand.tokens;
    let cut = ("tokenizer_ratio", "tokenizer ratio", component.tokenizer_ratio);
    let ratios = component.ratios;
    let of = |steps: &mut Steps, class: (&str, &'static str, f64), ratio: (&str, &str, f64)| {
        (class.2 * ratio.2 > 0.0).then(|| tokens(steps, path, class, &[cut, ratio]))
    };
    [
        of(steps, ("input", "input tokens", demand.input), ("input_ratio", "input ratio", ratios.input)),
        of(
            steps,
            ("cache_read", "cached tokens", demand.cache_read),
            ("cache_read_ratio", "cached ratio", ratios.cache_read),
        ),
        of(
            steps,
            ("cache_write", "cache writes", demand.cache_write),
            ("cache_write_ratio", "cache writes ratio", ratios.cache_write),
        ),
        of(steps, ("output", "output tokens", demand.output), ("verbosity", "verbosity", component.verbosity)),
    ]
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
            let price = steps.given(what, "USD/Mtok", price, (source, "published"));
            parts.push(Expression::Product(vec![value(tokens), value(price)]));
        }
    }
    steps.step(name, "USD", over(Expression::Sum(parts), number(1e6)))
}

fn of_api(steps: &mut Steps, at: At, place: usize, (path, file): (&str, &ComponentFile), api: &Api) -> Expression {
    let component = &at.run.resolved.inputs.components[place];
    let attempts = attempts(steps, at, place, path);
    let used = classes(steps, at, component, path);
    let mut parts = vec![value(attempts)];
    parts.push(each_of_api(steps, used, (path, file), api));
    if api.price_level != 1.0 {
        let path = format!("{path}.price_level_percent");
        parts.push(value(steps.input(&path, "prices over those listed", "share", api.price_level)));
    }
    parts.extend(factor(steps, &format!("{path}.price_change_percent_per_month"), api.change_per_month, at.index));
    Expression::Product(parts)
}

/// What a request costs at list prices, batches and fees in it.
fn each_of_api(
    steps: &mut Steps,
    used: [Option<Ref>; 4],
    (path, file): (&str, &ComponentFile),
    api: &Api,
) -> Expression {
    let fee = |steps: &mut Steps, what: &str| {
        value(steps.input(&format!("{path}.usd_per_request"), what, "USD", api.usd_per_request))
    };
    if file.is_unlisted() {
        return fee(steps, "cost of a request");
    }
    let (model, day) = (file.model.as_deref().unwrap_or_default(), file.priced_at.as_deref().unwrap_or_default());
    let source = format!("list price of {model} on {day}");
    let one = per_request(steps, used, api.prices, &source, "USD a request");
    let mut each = value(one);
    if api.batch_share > 0.0 {
        let batch = per_request(steps, used, api.batch_prices, &format!("{source}, batch"), "USD a request in a batch");
        let share = steps.input(&format!("{path}.batch_percent"), "share in batches", "share", api.batch_share);
        let rest = Expression::Difference(Box::new(number(1.0)), Box::new(value(share)));
        let mixed = Expression::Sum(vec![
            Expression::Product(vec![value(one), rest]),
            Expression::Product(vec![value(batch), value(share)]),
        ]);
        each = value(steps.step("USD a request, batches mixed in", "USD", mixed));
    }
    if api.usd_per_request > 0.0 {
        each = Expression::Sum(vec![each, fee(steps, "fee a request")]);
    }
    each
}

/// GPUs in the busiest hour, by load.
fn gpus_needed(steps: &mut Steps, at: At, place: usize, path: &str, gpus: &OwnGpus, hours: Ref) -> Ref {
    let component = &at.run.resolved.inputs.components[place];
    let attempts = attempts(steps, at, place, path);
    let used = classes(steps, at, component, path);
    let rate = steps.input(
        &format!("{path}.output_tokens_per_s_per_gpu"),
        "output tokens/s of a GPU",
        "tokens/s",
        gpus.output_tokens_per_s_per_gpu,
    );
    let mut time = used[3].map_or(number(0.0), |output| over(value(output), value(rate)));
    if let Some(input) = gpus.input_tokens_per_s_per_gpu {
        let input =
            steps.input(&format!("{path}.input_tokens_per_s_per_gpu"), "prompt tokens/s of a GPU", "tokens/s", input);
        let prompt: Vec<Expression> = [used[0], used[2]].into_iter().flatten().map(value).collect();
        time = Expression::Sum(vec![over(Expression::Sum(prompt), value(input)), time]);
    }
    let seconds = steps.step("GPU seconds a request", "s", time);
    let mean = over(
        Expression::Product(vec![value(attempts), value(seconds)]),
        Expression::Product(vec![value(hours), number(3_600.0)]),
    );
    let mean = steps.step("GPUs busy on average", "GPUs", mean);
    let peak =
        steps.given("busiest hour over the mean", "", component.load.peak(), ("demand.hour_of_week", "modelled"));
    let unit = steps.given(
        "GPUs in a unit",
        "GPUs",
        f64::from(gpus.gpus_per_unit),
        (&format!("{path}.gpus_per_unit"), "assumed"),
    );
    let load = over(Expression::Product(vec![value(mean), value(peak)]), value(unit));
    let units = steps.step("units needed", "units", Expression::Ceiling(Box::new(load)));
    let spare =
        steps.given("spare units", "units", f64::from(gpus.spare_units), (&format!("{path}.spare_units"), "assumed"));
    let both = Expression::Sum(vec![value(units), value(spare)]);
    let provided = at.month.sheet.capacity[place].map_or(0.0, |capacity| f64::from(capacity.gpus_provided));
    let why = "as the run counts them: by a target for waiting, commitments or the part of the month that is live";
    steps.checked("GPUs", "GPUs", Expression::Product(vec![both, value(unit)]), provided, why)
}

fn of_gpus(steps: &mut Steps, at: At, place: usize, path: &str, gpus: &OwnGpus) -> Expression {
    let hours = (at.month.month.days() * 24) as f64;
    let hours = steps.given("hours of the month", "h", hours, ("calendar", "measured"));
    let provided = match gpus.stated_gpus {
        Some(stated) => steps.given("GPUs", "GPUs", f64::from(stated), (&format!("{path}.gpus"), "assumed")),
        None => gpus_needed(steps, at, place, path, gpus, hours),
    };
    let price = steps.input(&format!("{path}.usd_per_gpu_hour"), "USD a GPU hour", "USD/h", gpus.usd_per_gpu_hour);
    let mut parts = vec![value(price)];
    parts.extend(factor(steps, &format!("{path}.price_change_percent_per_month"), gpus.change_per_month, at.index));
    let held: Vec<_> =
        gpus.committed.iter().filter(|held| at.index >= held.from && held.to.is_none_or(|to| at.index <= to)).collect();
    if held.is_empty() {
        return Expression::Product([vec![value(provided), value(hours)], parts].concat());
    }
    let source = format!("{path}.committed");
    let mut committed = Vec::new();
    let mut open = value(provided);
    for each in held {
        let count = steps.given("GPUs committed", "GPUs", f64::from(each.gpus), (&source, "assumed"));
        let price = steps.given("USD a committed GPU hour", "USD/h", each.usd_per_gpu_hour, (&source, "assumed"));
        committed.push(Expression::Product(vec![value(count), value(price)]));
        open = Expression::Difference(Box::new(open), Box::new(value(count)));
    }
    let committed_usd = steps.step("USD an hour of commitments", "USD/h", Expression::Sum(committed));
    let on_demand = Expression::Product([vec![open], parts].concat());
    Expression::Product(vec![value(hours), Expression::Sum(vec![value(committed_usd), on_demand])])
}

/// Why a line costs nothing in a month in which nothing of it is due; `None` where something is.
fn not_due(at: At, line: &OtherLine, usd: f64) -> Option<&'static str> {
    let later = |each: &Part| {
        matches!(each.per, Per::Due { every } if !Schedule { every, ..line.schedule }.is_due(at.index))
            && each.price != 0.0
    };
    let has_fixed = line.usd_per_month != 0.0 || !line.by_month.is_empty();
    let waits = (has_fixed && !line.schedule.is_due(at.index)) || line.parts.iter().any(later);
    match (usd == 0.0, line.schedule.runs(at.index)) {
        (false, _) => None,
        (true, false) => Some("not there in this month"),
        (true, true) => waits.then_some("not due in this month"),
    }
}

fn of_other(steps: &mut Steps, at: At, place: usize, line: &OtherLine) -> Expression {
    let path = format!("cost.{}", line.label);
    let factor = factor(steps, &format!("{path}.price_change_percent_per_month"), line.change_per_month, at.index);
    let with = |parts: Vec<Expression>| Expression::Product(parts.into_iter().chain(factor.clone()).collect());
    let mut parts = Vec::new();
    if line.usd_per_month != 0.0 && line.schedule.is_due(at.index) {
        let fixed = steps.input(&format!("{path}.usd_per_month"), "fixed part", "USD", line.usd_per_month);
        parts.push(with(vec![value(fixed)]));
    }
    if line.usd_per_request != 0.0 {
        let requests = requests(steps, at);
        let each = steps.input(&format!("{path}.usd_per_request"), "USD a request", "USD", line.usd_per_request);
        parts.push(with(vec![value(requests), value(each)]));
    }
    if line.usd_per_mtok != 0.0 {
        let mtok = steps.given(
            "million tokens",
            "Mtok",
            at.month.totals.tokens / 1e6,
            ("requests and tokens of the demand", "modelled"),
        );
        let each = steps.input(&format!("{path}.usd_per_mtok"), "USD a million tokens", "USD/Mtok", line.usd_per_mtok);
        parts.push(with(vec![value(mtok), value(each)]));
    }
    if line.revenue_share != 0.0 {
        let revenue = steps.given("revenue", "USD", at.month.totals.revenue_usd, ("the line Revenue", "modelled"));
        let share = steps.input(&format!("{path}.revenue_percent"), "share of revenue", "share", line.revenue_share);
        parts.push(Expression::Product(vec![value(revenue), value(share)]));
    }
    if let (Some(price), Some(units)) = (line.units, at.month.sheet.units[place]) {
        let source = format!("{path}.units: load of the busiest hour / what one carries, rounded up, and spares");
        let units = steps.given("units", "units", f64::from(units.provided), (&source, "modelled"));
        let each =
            steps.given("USD a unit and month", "USD", price.usd_per_unit_month, (&format!("{path}.units"), "assumed"));
        parts.push(with(vec![value(units), value(each)]));
    }
    Expression::Sum(parts)
}

/// The steps of a component's line.
pub(super) fn component(steps: &mut Steps, at: At, place: usize) {
    let files = at.run.resolved.file.components();
    let Some((path, file)) = files.get(place) else { return };
    let expression = match &at.run.resolved.inputs.components[place].serving {
        Serving::Api(api) => of_api(steps, at, place, (path, file), api),
        Serving::OwnGpus(gpus) => of_gpus(steps, at, place, path, gpus),
    };
    finish(steps, expression, at.month.sheet.lines[place]);
}

/// The steps of a further line.
pub(super) fn other(steps: &mut Steps, at: At, place: usize) {
    let inputs = &at.run.resolved.inputs;
    let (line, usd) = (&inputs.other[place], at.month.sheet.lines[inputs.components.len() + place]);
    if let Some(why) = not_due(at, line, usd) {
        return steps.nothing(LINE, "USD", why);
    }
    let expression = of_other(steps, at, place, line);
    finish(steps, expression, usd);
}

/// The steps of revenue.
pub(super) fn revenue(steps: &mut Steps, at: At) {
    let requests = requests(steps, at);
    let revenue = &at.run.resolved.inputs.revenue;
    let price = steps.input("revenue.usd_per_request", "USD a request", "USD", revenue.usd_per_request);
    let mut parts = vec![value(requests), value(price)];
    parts.extend(factor(steps, "revenue.price_change_percent_per_month", revenue.change_per_month, at.index));
    finish(steps, Expression::Product(parts), at.month.totals.revenue_usd);
}

/// The last step: the line itself. What the steps do not tell apart stands in it as a value of its own.
fn finish(steps: &mut Steps, expression: Expression, usd: f64) {
    let place = steps.step(LINE, "USD", expression.clone());
    if is_near(steps.value_of(place), usd) {
        return;
    }
    let found = steps.value_of(place);
    steps.steps.pop();
    let why = "computed by the run from keys that are not told apart here";
    let rest = steps.given("further parts of this line", "USD", usd - found, (why, "modelled"));
    // A line of which no step tells anything is its further parts alone.
    let parts =
        if matches!(&expression, Expression::Sum(parts) if parts.is_empty()) { vec![] } else { vec![expression] };
    steps.step(LINE, "USD", Expression::Sum([parts, vec![value(rest)]].concat()));
}
