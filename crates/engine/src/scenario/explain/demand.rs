//! Requests of a month, the tokens of one, what they earn and what other currencies are worth: the steps that lines share.

use marginline_model::Currency;
use marginline_model::scenario::{Composition, along};

use super::expression::{Expression, Ref, less, number, one_and, over, times, value};
use super::line::At;
use super::steps::Steps;

/// A number to the power of the months gone by.
pub(super) fn to_the(base: Expression, months: u32) -> Expression {
    Expression::Power(Box::new(base), Box::new(number(f64::from(months))))
}

/// (1 + change) to the power of the months gone by; nothing where there is no change.
pub(super) fn grown(steps: &mut Steps, path: &str, change: f64, months: u32) -> Option<Expression> {
    if change == 0.0 || months == 0 {
        return None;
    }
    let change = steps.input(path, "change a month", "share", change);
    Some(value(steps.step("price over that of the first month", "", to_the(one_and(change), months))))
}

/// Requests of the month.
pub(super) fn requests(steps: &mut Steps, at: At) -> Ref {
    let demand = &at.run.resolved.inputs.demand;
    let (stated, past) = along(demand.requests_per_month, &demand.by_month, at.index);
    let mut parts = vec![value(match demand.by_month.is_empty() {
        true => steps.input("demand.requests_per_month", "requests in the first month", "requests", stated),
        false => steps.input("demand.requests_by_month", "requests stated for the month", "requests", stated),
    })];
    if past > 0 && demand.growth_per_month != 0.0 {
        let growth = steps.input("demand.growth_percent_per_month", "growth a month", "share", demand.growth_per_month);
        parts.push(to_the(one_and(growth), past));
    }
    if past > 0 && demand.churn_per_month != 0.0 {
        let churn = steps.input("demand.churn_percent_per_month", "churn a month", "share", demand.churn_per_month);
        parts.push(to_the(less(number(1.0), value(churn)), past));
    }
    let season = demand.month_of_year[at.month.month.of_year() % 12];
    if demand.by_month.is_empty() && season != 1.0 {
        parts.push(value(steps.input("demand.month_of_year_percent", "season", "share", season)));
    }
    parts.extend(steps.factor("demand.level_percent", "all requests over those stated", "share", demand.level));
    let why = "as the run has it";
    steps.checked("requests", "requests", Expression::Product(parts), (at.month.totals.requests, why))
}

/// 1 + the retries, where there are any.
pub(super) fn retried(steps: &mut Steps, at: At) -> Option<Expression> {
    let retry = at.run.resolved.inputs.demand.retry_share;
    (retry != 0.0).then(|| one_and(steps.input("demand.retry_percent", "retries", "share", retry)))
}

/// Classes of tokens as the file has them: key and name.
const CLASSES: [(&str, &str); 4] = [
    ("demand.input_tokens_per_request", "input tokens"),
    ("demand.cache_read_tokens_per_request", "cached tokens"),
    ("demand.cache_write_tokens_per_request", "cache writes"),
    ("demand.output_tokens_per_request", "output tokens"),
];

/// Tokens of a request of the demand by class: input, cache reads, cache writes, output; `None` of a class that is not used.
pub(super) fn tokens(steps: &mut Steps, at: At) -> [Option<Ref>; 4] {
    let demand = &at.run.resolved.inputs.demand;
    let used = [demand.tokens.input, demand.tokens.cache_read, demand.tokens.cache_write, demand.tokens.output];
    let made_of = demand.composition.filter(|of| of.prompt.is_some() || of.cache_hit_share.is_some());
    let mut found: [Option<Ref>; 4] = [None; 4];
    let mut formulas = made_of.map(|of| composed(steps, &of));
    for (place, tokens) in used.into_iter().enumerate().filter(|(_, tokens)| *tokens > 0.0) {
        let (key, name) = CLASSES[place];
        let formula = formulas.as_mut().and_then(|formulas| formulas.get_mut(place)?.take());
        found[place] = Some(match formula {
            Some(formula) => steps.checked(name, "tokens", formula, (tokens, "as the run has them")),
            None => steps.input(key, name, "tokens", tokens),
        });
    }
    found
}

/// Input, cache reads and cache writes of a prompt whose length or cached share is stated over its counts.
fn composed(steps: &mut Steps, of: &Composition) -> [Option<Expression>; 3] {
    let count = |steps: &mut Steps, place: usize, tokens: f64| {
        let (key, name) = CLASSES[place];
        (tokens > 0.0).then(|| value(steps.input(key, &format!("{name} as counted"), "tokens", tokens)))
    };
    let cached = [count(steps, 1, of.cache_read), count(steps, 2, of.cache_write)];
    let prompt = of
        .prompt
        .map(|tokens| value(steps.input("demand.prompt_tokens_per_request", "tokens of the prompt", "tokens", tokens)));
    let held: Vec<Expression> = cached.iter().flatten().cloned().collect();
    let cached_tokens = of.cache_read + of.cache_write;
    let input = match (of.input, &prompt) {
        (Some(tokens), _) => count(steps, 0, tokens),
        (None, Some(_)) if cached_tokens >= of.prompt.unwrap_or(0.0) => None,
        (None, prompt) => prompt.clone().map(|prompt| less(prompt, Expression::Sum(held.clone()))),
    };
    let [read, write] = cached;
    let mut parts = [input, read, write];
    let is_sized = of.input.is_some() || cached_tokens > of.prompt.unwrap_or(f64::INFINITY);
    if let Some(prompt) = prompt.filter(|_| is_sized) {
        let counted: Vec<Expression> = parts.iter().flatten().cloned().collect();
        match counted.is_empty() {
            true => parts[0] = Some(prompt),
            false => {
                let size = steps.step("prompt over that counted", "", over(prompt, Expression::Sum(counted)));
                parts = parts.map(|part| part.map(|part| times(vec![part, value(size)])));
            }
        }
    }
    let Some(share) = of.cache_hit_share else { return parts };
    let hit = value(steps.input("demand.cache_hit_percent", "share of the prompt from the cache", "share", share));
    let all: Vec<Expression> = parts.iter().flatten().cloned().collect();
    let whole = value(steps.step("prompt", "tokens", Expression::Sum(all)));
    let missed = value(steps.step(
        "prompt that the cache does not serve",
        "tokens",
        times(vec![whole.clone(), less(number(1.0), hit.clone())]),
    ));
    let [input, _, write] = parts;
    let read = Some(times(vec![whole, hit]));
    match (input, write) {
        (Some(input), Some(write)) => {
            let rest = Expression::Sum(vec![input, write.clone()]);
            let written = value(steps.step("share of it that is written to the cache", "share", over(write, rest)));
            let kept = times(vec![missed.clone(), less(number(1.0), written.clone())]);
            [Some(kept), read, Some(times(vec![missed, written]))]
        }
        (None, Some(_)) => [None, read, Some(missed)],
        (_, None) => [Some(missed), read, None],
    }
}

/// USD for one unit of a currency; nothing where it is USD.
pub(super) fn exchanged(steps: &mut Steps, at: At, currency: Option<Currency>) -> Option<Expression> {
    let currency = currency?;
    let rate = at.run.resolved.inputs.exchange.iter().find(|rate| rate.currency == currency)?;
    let (path, name) = (format!("exchange_rates.{}", currency.code()), format!("USD for one {}", currency.code()));
    Some(value(steps.input(&path, &name, "USD", rate.at(at.index))))
}

/// What requests earn.
pub(super) fn revenue(steps: &mut Steps, at: At) -> Expression {
    let revenue = &at.run.resolved.inputs.revenue;
    let (stated, past) = along(revenue.usd_per_request, &revenue.by_month, at.index);
    let requests = requests(steps, at);
    let path = match revenue.by_month.is_empty() {
        true => "revenue.usd_per_request",
        false => "revenue.usd_per_request_by_month",
    };
    let (name, unit) = match revenue.currency {
        None => ("USD a request".to_owned(), "USD"),
        Some(currency) => (format!("{} a request", currency.code()), ""),
    };
    let price = steps.input(path, &name, unit, stated);
    let mut parts = vec![value(requests), value(price)];
    parts.extend(grown(steps, "revenue.price_change_percent_per_month", revenue.change_per_month, past));
    parts.extend(steps.factor("revenue.level_percent", "revenue over that stated", "share", revenue.level));
    parts.extend(exchanged(steps, at, revenue.currency));
    Expression::Product(parts)
}

/// Revenue of the month as a step of another line.
pub(super) fn revenue_step(steps: &mut Steps, at: At) -> Ref {
    let formula = revenue(steps, at);
    steps.checked("revenue", "USD", formula, (at.month.totals.revenue_usd, "the line Revenue"))
}
