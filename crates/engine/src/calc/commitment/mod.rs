//! Commitments: `commit-waterfall`, `amortise` and `commit-level` here, contracts, portfolios and savings beside.

mod contract;
mod portfolio;
mod savings;

pub(super) use contract::{commitment, owned_hardware};
pub(super) use portfolio::{commit_blend, commit_portfolio};
pub(super) use savings::{effective_savings_rate, sustained_use};

use marginline_model::commitment::{self as model, By, Commitment, Commitments, Line, Provider};
use serde_json::{Value, json};

use super::Refusal;
use super::answer::{Answer, figure, maybe, named};
use super::field::{Field, Notes};

/// What commitments cover in an hour, and what the hour costs.
pub(super) fn commit_waterfall(input: &Field, notes: &mut Notes) -> Result<Answer, Refusal> {
    input.knows(&["usage", "reserved", "instance_plans", "compute_plan", "provider"], notes)?;
    let providers = [("aws", Provider::Aws), ("azure", Provider::Azure), ("google", Provider::Google)];
    let provider = input.get("provider").there().map_or(Ok(Provider::Aws), |field| field.choice(&providers))?;
    let usage = lines(&input.get("usage"), notes)?;
    let mut commitments = Commitments::default();
    if let Some(reserved) = input.get("reserved").there() {
        for (sku, quantity) in reserved.amounts_by_name()? {
            if !usage.iter().any(|line| line.sku == sku) {
                notes.tell(format!("{} is reserved and not used in this hour", reserved.get(sku).path()));
            }
            commitments.reserved.push((sku.to_owned(), quantity));
        }
        notes.tell("fees of reservations are not in the input and not in total_usd");
    }
    for plan in input.get("instance_plans").there().map_or(Ok(Vec::new()), Field::items)? {
        plan.knows(&["family", "commit_usd_per_hour"], notes)?;
        let committed = plan.get("commit_usd_per_hour").amount()?;
        commitments.instance_plans.push((plan.get("family").text()?.to_owned(), committed));
    }
    if let Some(plan) = input.get("compute_plan").there() {
        plan.knows(&["commit_usd_per_hour"], notes)?;
        commitments.compute_plan = plan.get("commit_usd_per_hour").amount()?;
    }
    let hour = model::waterfall_of(provider, &usage, &commitments)
        .map_err(|error| input.get("instance_plans").refuse_as(error.to_string(), "none at this provider"))?;
    let by = |by: By| match by {
        By::Reserved => "reserved",
        By::InstancePlan => "instance_plan",
        By::ComputePlan => "compute_plan",
    };
    let covered = hour.covered.iter().map(
        |each| json!({ "sku": each.sku, "qty": figure(each.quantity), "by": by(each.by), "usd": figure(each.usd) }),
    );
    let unused = hour.unused_reserved.iter().map(|(sku, quantity)| (sku.as_str(), figure(*quantity)));
    Ok(Answer::of("commit-waterfall")
        .put_in("USD per hour", "compute_plan_need", figure(model::compute_plan_need(&usage)))
        .put_in("qty in units, usd of the plan that it takes", "covered", Value::from_iter(covered))
        .put_in("USD of plans", "unused", figure(hour.unused))
        .put_in("units", "unused_reserved", named(unused))
        .put("on_demand_usd", figure(hour.on_demand_usd))
        .put("total_usd", figure(hour.total_usd)))
}

fn lines(field: &Field, notes: &mut Notes) -> Result<Vec<Line>, Refusal> {
    let mut lines = Vec::new();
    for item in field.items()? {
        item.knows(&["sku", "qty", "od", "csp", "isp", "family"], notes)?;
        let rate = |key: &str| item.get(key).there().map(Field::amount).transpose();
        let line = Line {
            sku: item.get("sku").text()?.to_owned(),
            quantity: item.get("qty").amount()?,
            on_demand: item.get("od").amount()?,
            compute_rate: rate("csp")?,
            instance_rate: rate("isp")?,
            family: item.get("family").there().map(Field::text).transpose()?.map(str::to_owned),
        };
        if line.instance_rate.is_some() && line.family.is_none() {
            return Err(item.get("family").refuse("a family, since isp is given"));
        }
        lines.push(line);
    }
    Ok(lines)
}

/// How a commitment's cost is spread over its hours.
pub(super) fn amortise(input: &Field, notes: &mut Notes) -> Result<Answer, Refusal> {
    let eligible = "eligible_usd_per_hour_at_plan_rate";
    input.knows(&["usd_per_hour", "hours", "upfront_share", eligible, "on_demand_ratio"], notes)?;
    let commitment = Commitment {
        usd_per_hour: input.get("usd_per_hour").amount()?,
        hours: input.get("hours").positive()?,
        upfront_share: input.get("upfront_share").share()?,
        on_demand_ratio: input.get("on_demand_ratio").there().map_or(Ok(1.0), Field::amount)?,
    };
    let eligible = input.get(eligible);
    let amounts = eligible.amounts()?;
    if amounts.len() as f64 > commitment.hours {
        return Err(eligible.refuse(format!("at most {} hours", commitment.hours)));
    }
    if (amounts.len() as f64) < commitment.hours {
        notes.tell(format!(
            "{} of {} hours are given; hours and invariant are of those",
            amounts.len(),
            commitment.hours
        ));
    }
    let hours: Vec<_> = amounts.into_iter().map(|eligible| commitment.hour(eligible)).collect();
    let shown = hours.iter().map(|hour| {
        json!({
            "used": figure(hour.used),
            "unused": figure(hour.unused),
            "standard": figure(hour.standard),
            "billed": figure(hour.billed),
        })
    });
    let purchase = json!({ "billed": figure(commitment.purchase_billed()), "effective": figure(0.0) });
    Ok(Answer::of("amortise")
        .put_in("USD: BilledCost and EffectiveCost", "purchase", purchase)
        .put_in(
            "USD: EffectiveCost used and unused, on demand, and BilledCost of the hour",
            "hours",
            Value::from_iter(shown),
        )
        .put_in(
            "USD, Σ EffectiveCost − Σ BilledCost of the commitment",
            "invariant",
            figure(commitment.invariant(&hours)),
        ))
}

/// How much to commit to.
pub(super) fn commit_level(input: &Field, notes: &mut Notes) -> Result<Answer, Refusal> {
    input.knows(&["demand", "on_demand", "committed"], notes)?;
    let demand = input.get("demand").amounts()?;
    let on_demand = input.get("on_demand").positive()?;
    let committed = input.get("committed").amount()?;
    let best = model::best_level(&demand, on_demand, committed);
    let all = best.cost + best.saving;
    Ok(Answer::of("commit-level")
        .put_in("units in every hour", "level", figure(best.level))
        .put_in("USD over the hours given", "cost", figure(best.cost))
        .put_in("USD below all on demand", "saving", figure(best.saving))
        .put_in("share of all on demand", "saving_share", maybe((all > 0.0).then(|| best.saving / all)))
        .put_in("share of the commitment", "utilisation", maybe(best.utilisation))
        .put_in("share of the demand", "coverage", maybe(best.coverage)))
}
