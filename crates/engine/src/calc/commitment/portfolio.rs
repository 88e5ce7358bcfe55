//! `commit-portfolio` and `commit-blend`: what to buy of several offers, and how much to leave to spot.

use marginline_model::Month;
use marginline_model::commitment::{BlendPrices, ContractError, Offer, PortfolioError, best_blend, best_portfolio};
use serde_json::{Value, json};

use super::contract::months;
use crate::calc::Refusal;
use crate::calc::answer::{Answer, figure, maybe};
use crate::calc::field::{Field, Notes};

/// Hours of a month where no calendar is given: 8,760 ÷ 12.
const MEAN_HOURS: f64 = 730.0;

/// The cheapest purchases of several offers over the months of a horizon.
pub(in crate::calc) fn commit_portfolio(input: &Field, notes: &mut Notes) -> Result<Answer, Refusal> {
    input.knows(&["demand", "months", "start", "on_demand", "offers", "yearly_rate"], notes)?;
    let demand = demand(&input.get("demand"), &input.get("months"))?;
    let hours: Vec<f64> = match input.get("start").there() {
        None => vec![MEAN_HOURS; demand.len()],
        Some(start) => {
            let first: Month = start.text()?.parse().map_err(|_| start.refuse("a month such as 2026-10"))?;
            (0..demand.len()).map(|month| first.plus(month as i32).days() as f64 * 24.0).collect()
        }
    };
    let mut offers = Vec::new();
    for offer in input.get("offers").some_items()? {
        offer.knows(&["name", "months", "rate", "prepaid_share"], notes)?;
        offers.push(Offer {
            name: offer.get("name").text()?.to_owned(),
            months: months(&offer.get("months"))?,
            rate: offer.get("rate").amount()?,
            prepaid_share: offer.get("prepaid_share").there().map_or(Ok(0.0), Field::share)?,
        });
    }
    let on_demand = input.get("on_demand").positive()?;
    let yearly = input.get("yearly_rate").there().map_or(Ok(0.0), Field::amount)?;
    let best = best_portfolio(&demand, &hours, on_demand, &offers, yearly).map_err(|error| {
        let PortfolioError::Field { field, found, expected } = error;
        Refusal { path: field, found: found.to_string(), expected: expected.to_owned(), name: None }
    })?;
    if best.beyond_horizon > 0.0 {
        notes.tell("some terms end after the last month of the demand; they are paid in full (beyond_horizon)");
    }
    let purchases = best.purchases.iter().map(
        |bought| json!({ "offer": offers[bought.offer].name, "month": bought.month, "units": figure(bought.units) }),
    );
    let single = best.best_single.map(
        |(offer, level, cost)| json!({ "offer": offers[offer].name, "level": figure(level), "cost": figure(cost) }),
    );
    Ok(Answer::of("commit-portfolio")
        .put_in("month from 0, units in every hour of the term", "purchases", purchases.collect())
        .put_in("USD, present value", "cost", figure(best.cost))
        .put_in("USD, present value", "on_demand_cost", figure(best.on_demand_cost))
        .put_in("USD below all on demand", "saving", figure((best.on_demand_cost - best.cost).max(0.0)))
        .put_in("one offer renewed at one level; null where none saves", "best_single", single.unwrap_or(Value::Null))
        .put_in("USD inside cost, for terms after the last month", "beyond_horizon", figure(best.beyond_horizon))
        .put_in("share of the commitments", "utilisation", maybe(best.utilisation))
        .put_in("share of the demand", "coverage", maybe(best.coverage)))
}

/// Levels of each month: a list of lists, or one list that stands for each of so many months.
fn demand(field: &Field, count: &Field) -> Result<Vec<Vec<f64>>, Refusal> {
    let items = field.some_items()?;
    if items[0].items().is_ok() {
        if count.there().is_some() {
            return Err(count.refuse("nothing, since demand is given by month"));
        }
        return items.iter().map(Field::amounts).collect();
    }
    let levels = field.amounts()?;
    let count = count.there().map_or(Ok(1), months)?;
    Ok(vec![levels; count as usize])
}

/// The cheapest split of a demand over reserved, spot and on demand.
pub(in crate::calc) fn commit_blend(input: &Field, notes: &mut Notes) -> Result<Answer, Refusal> {
    input.knows(&["demand", "on_demand", "reserved", "spot", "spot_lost_share", "spot_share"], notes)?;
    let prices = BlendPrices {
        on_demand: input.get("on_demand").positive()?,
        reserved: input.get("reserved").amount()?,
        spot: input.get("spot").amount()?,
        spot_lost_share: input.get("spot_lost_share").there().map_or(Ok(0.0), Field::share)?,
        spot_share: input.get("spot_share").share()?,
    };
    let blend = best_blend(&input.get("demand").amounts()?, &prices).map_err(|error| match error {
        ContractError::Field { field, expected, .. } => input.get(field).refuse(expected),
        other => input.refuse(other.to_string()),
    })?;
    Ok(Answer::of("commit-blend")
        .put_in("units in every hour", "reserved", figure(blend.reserved))
        .put("reserved_usd", figure(blend.reserved_usd))
        .put_in("unit-hours of work", "spot_hours", figure(blend.spot_hours))
        .put("spot_usd", figure(blend.spot_usd))
        .put_in("unit-hours", "on_demand_hours", figure(blend.on_demand_hours))
        .put("on_demand_usd", figure(blend.on_demand_usd))
        .put_in("USD over the hours given", "cost", figure(blend.cost))
        .put_in("USD over the hours given", "all_on_demand_usd", figure(blend.all_on_demand_usd)))
}
