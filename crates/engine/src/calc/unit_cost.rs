//! `self-host-cost`, `fleet-day`, `margin` and `schedule-cost`.

use marginline_model::unit_cost::{self as model, Earned, Schedule};

use super::Refusal;
use super::answer::{Answer, figure, maybe, named};
use super::field::{Field, Notes};

/// What a million tokens cost on machines of one's own.
pub(super) fn self_host_cost(input: &Field, notes: &mut Notes) -> Result<Answer, Refusal> {
    input.knows(&["usd_per_gpu_hour", "gpus", "tokens_per_s", "utilisation"], notes)?;
    let usd_per_gpu_hour = input.get("usd_per_gpu_hour").amount()?;
    let gpus = input.get("gpus").positive()?;
    let tokens_per_s = input.get("tokens_per_s").positive()?;
    let utilisation = input.get("utilisation").some_share()?;
    let per_mtok = model::self_host_usd_per_mtok(usd_per_gpu_hour, gpus, tokens_per_s, utilisation);
    Ok(Answer::of("self-host-cost")
        .put_in("USD per million of the tokens counted in tokens_per_s", "usd_per_mtok", figure(per_mtok))
        .put("usd_per_hour", figure(usd_per_gpu_hour * gpus)))
}

/// What a fleet cost, and what its tokens are worth at a price list.
pub(super) fn fleet_day(input: &Field, notes: &mut Notes) -> Result<Answer, Refusal> {
    let known = ["avg_nodes", "gpus_per_node", "usd_per_gpu_hour", "hours", "tokens", "usd_per_mtok"];
    input.knows(&known, notes)?;
    let cost = input.get("avg_nodes").amount()?
        * input.get("gpus_per_node").positive()?
        * input.get("usd_per_gpu_hour").amount()?
        * input.get("hours").positive()?;
    let tokens = input.get("tokens").amounts_by_name()?;
    let prices = input.get("usd_per_mtok");
    prices.amounts_by_name()?;
    let mut by_class = Vec::new();
    for (class, tokens) in &tokens {
        by_class.push((*class, tokens / 1e6 * prices.get(class).amount()?));
    }
    let earned = Earned { cost, revenue: by_class.iter().map(|(_, usd)| usd).sum() };
    let all: f64 = tokens.iter().map(|(_, tokens)| tokens).sum();
    let is_output = |class: &str| matches!(class, "output" | "reasoning");
    let output: f64 = tokens.iter().filter(|(class, _)| is_output(class)).map(|(_, tokens)| tokens).sum();
    let per_mtok = |tokens: f64| maybe((tokens > 0.0).then(|| cost / (tokens / 1e6)));
    Ok(Answer::of("fleet-day")
        .put_in("USD", "cost", figure(cost))
        .put_in("USD", "revenue", figure(earned.revenue))
        .put_in("share of revenue", "gross_margin", maybe(earned.gross_margin()))
        .put_in("share of cost", "markup", maybe(earned.markup()))
        .put_in("USD of revenue", "by_class", named(by_class.into_iter().map(|(class, usd)| (class, figure(usd)))))
        .put_in("USD per million tokens of all classes", "usd_per_mtok_all", per_mtok(all))
        .put_in("USD per million tokens of output", "usd_per_mtok_output", per_mtok(output)))
}

/// Margin of each class of token, and of mixes of them.
pub(super) fn margin(input: &Field, notes: &mut Notes) -> Result<Answer, Refusal> {
    input.knows(&["price", "cost", "mixes"], notes)?;
    let (price, cost) = (input.get("price"), input.get("cost"));
    for (class, _) in cost.fields()? {
        price.get(class).amount()?;
    }
    let mut by_class = Vec::new();
    for (class, price) in price.amounts_by_name()? {
        let margin = Earned { revenue: price, cost: cost.get(class).amount()? }.gross_margin();
        by_class.push((class, maybe(margin)));
    }
    let mut blended = Vec::new();
    for mix in input.get("mixes").items()? {
        let mut weighted = Vec::new();
        for (class, weight) in mix.amounts_by_name()? {
            if price.get(class).there().is_none() {
                return Err(mix.get(class).refuse_as(format!("a class {class:?}"), "a class that price and cost hold"));
            }
            weighted.push((weight, price.get(class).amount()?, cost.get(class).amount()?));
        }
        blended.push(maybe(model::blended_margin(&weighted)));
    }
    Ok(Answer::of("margin").put_in("share of price; null without one", "by_class", named(by_class)).put_in(
        "share of revenue, 1 − Σ cost ÷ Σ price",
        "blended",
        blended.into(),
    ))
}

/// What a varying number of units costs beside the peak all the time.
pub(super) fn schedule_cost(input: &Field, notes: &mut Notes) -> Result<Answer, Refusal> {
    input.knows(&["steps", "per_unit", "usd_per_hour"], notes)?;
    let mut steps = Vec::new();
    for step in input.get("steps").some_items()? {
        let [hours, units] = step.items()?.try_into().map_err(|_| step.refuse("a pair [hours, units]"))?;
        steps.push((hours.amount()?, units.amount()?));
    }
    let per_unit_hour = input.get("per_unit").positive()? * input.get("usd_per_hour").amount()?;
    let schedule = Schedule::of(&steps);
    let cost = schedule.unit_hours * per_unit_hour;
    let fixed = schedule.peak * schedule.hours * per_unit_hour;
    Ok(Answer::of("schedule-cost")
        .put_in("unit hours", "unit_hours", figure(schedule.unit_hours))
        .put_in("units", "mean", maybe(schedule.mean()))
        .put_in("units", "peak", figure(schedule.peak))
        .put_in("USD", "cost", figure(cost))
        .put_in("USD", "cost_fixed_peak", figure(fixed))
        .put_in("USD", "saving", figure(fixed - cost))
        .put_in("share of cost_fixed_peak", "saving_share", maybe((fixed > 0.0).then(|| 1.0 - cost / fixed)))
        .put_in("ratio", "peak_to_mean", maybe(schedule.peak_to_mean())))
}
