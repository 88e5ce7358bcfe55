//! Which cost is whose: of a model, a fleet, a provider as a whole, or a line that goes on.

use std::collections::BTreeMap;

use marginline_model::Money;
use marginline_model::scenario::Evidence;

use super::paid::listed;
use super::{Observed, Served, mean};
use crate::error::Result;
use crate::facts::{CostFact, Facts};
use crate::import::SELF_HOSTED;
use crate::number;
use crate::report::gpus::is_of_pool;
use crate::report::margin::{self, MarginSums, weakest};
use crate::rules::CostClass;
use crate::scenario::model_name::is_same_model;
use crate::subject::{is_provider, plain_name};
use crate::view::{MarginBy, MonthBasis};

/// A line of cost that no model and no fleet makes.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    /// Its name.
    pub label: String,
    /// USD of a month.
    pub usd: f64,
    /// How well it is known.
    pub evidence: Evidence,
}

/// Whose a cost is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Owner {
    /// Token usage that no bill covers: a model in one tier.
    Usage(usize),
    /// A bill that names the model, whatever its tiers; the first of them.
    Model(usize),
    /// A provider whose bill names no model.
    Provider(String),
    /// A provider's model that usage does not have by that name.
    OtherModel(String),
    Fleet(usize),
    Kept,
}

fn owner(found: &Observed, facts: &Facts, fact: &CostFact) -> Owner {
    let columns = &facts.subjects[fact.subject].columns;
    let word = |name: &str| columns.get(name).map_or("", String::as_str);
    let of_provider = |provider: &str| {
        [word("provider"), word("issuer")]
            .iter()
            .any(|name| !name.is_empty() && is_provider(&plain_name(name), provider))
    };
    let model = word("model");
    let served = |is: &dyn Fn(&Served) -> bool| found.served.iter().position(is);
    match (word("provider"), word("source")) {
        (SELF_HOSTED, _) => {}
        (provider, "token usage") => {
            let tier = word("service_tier");
            let place = served(&|each| each.provider == provider && each.model == model && each.tier == tier);
            if let Some(place) = place {
                return Owner::Usage(place);
            }
        }
        _ => {
            let place = served(&|each| of_provider(&each.provider) && is_same_model(&each.model, model));
            if let Some(place) = place.filter(|_| !model.is_empty()) {
                return Owner::Model(place);
            }
            let is_model = word("category") == "AI and Machine Learning";
            if let Some(place) = served(&|each| is_model && of_provider(&each.provider)) {
                let provider = found.served[place].provider.clone();
                return if model.is_empty() { Owner::Provider(provider) } else { Owner::OtherModel(provider) };
            }
        }
    }
    let fleet = found.fleets.iter().position(|fleet| {
        fleet.pools.iter().any(|[provider, region, pool]| is_of_pool(facts, fact, [provider, region, pool]))
    });
    fleet.map_or(Owner::Kept, Owner::Fleet)
}

/// Gives each cost to its owner; the rules share it out among products as in `report margin`.
pub(super) fn add(found: &mut Observed, facts: &Facts) -> Result<()> {
    let mut parts: BTreeMap<Owner, Vec<CostFact>> = BTreeMap::new();
    for fact in facts.costs.iter().filter(|fact| found.period.has(fact.billing_month)) {
        if facts.subjects[fact.subject].class == CostClass::CostOfRevenue {
            parts.entry(owner(found, facts, fact)).or_default().push(fact.clone());
        }
    }
    let others: Vec<Owner> = parts.keys().filter(|owner| matches!(owner, Owner::OtherModel(_))).cloned().collect();
    for owner in others {
        let Owner::OtherModel(provider) = &owner else { continue };
        let known = is_known(found, provider, &parts);
        let costs = parts.remove(&owner).unwrap_or_default();
        // A model that usage calls otherwise is paid all the same; where the bill names each of those that served, the
        // others are something else, such as pictures that no usage counts.
        let bearer = if known { Owner::Kept } else { Owner::Provider(provider.clone()) };
        parts.entry(bearer).or_default().extend(costs);
    }
    let months = found.months();
    let whole = sums(found, facts)?;
    found.revenue_usd = mean(whole.revenue, months);
    found.cost_usd = mean(whole.cost(), months);
    let mut slim = facts.clone();
    for (owner, costs) in parts {
        slim.costs = costs;
        let sums = sums(found, &slim)?;
        let usd = mean(sums.cost(), months);
        let usd = match below_zero(&owner, found) {
            Some(name) if usd < 0.0 => {
                let shown = number::money(sums.cost(), "USD");
                found.below_zero.push((name.clone(), usd));
                found.left_out.push(format!("{name} of {shown}: a scenario has no cost below zero"));
                0.0
            }
            _ => usd,
        };
        match owner {
            Owner::Usage(place) => bear(found, &[place], usd, evidence(&sums)),
            Owner::Model(place) => {
                let of = &found.served[place];
                let is_tier = |each: &Served| each.provider == of.provider && is_same_model(&each.model, &of.model);
                let tiers: Vec<usize> = (0..found.served.len()).filter(|at| is_tier(&found.served[*at])).collect();
                bear(found, &tiers, usd, evidence(&sums));
            }
            Owner::Provider(provider) | Owner::OtherModel(provider) => found.providers.push((provider, usd)),
            Owner::Fleet(place) => found.fleets[place].cost_usd = usd,
            Owner::Kept => {
                for (label, parts) in &sums.lines {
                    let amount: Money = parts.values().copied().sum();
                    if amount < Money::ZERO {
                        let shown = number::money(amount, "USD");
                        found.below_zero.push((label.clone(), mean(amount, months)));
                        found.left_out.push(format!("{label} of {shown}: a scenario has no cost below zero"));
                    } else if amount > Money::ZERO {
                        let usd = mean(amount, months);
                        found.kept.push(Kept { label: label.clone(), usd, evidence: weakest(parts) });
                    }
                }
            }
        }
    }
    Ok(())
}

/// Does the bill name each model of a provider that served?
fn is_known(found: &Observed, provider: &str, parts: &BTreeMap<Owner, Vec<CostFact>>) -> bool {
    let named = |each: &Served| {
        parts.keys().any(|owner| match owner {
            Owner::Model(place) => {
                let of = &found.served[*place];
                of.provider == provider && is_same_model(&of.model, &each.model)
            }
            _ => false,
        })
    };
    found.served.iter().filter(|each| each.provider == provider).all(named)
}

/// Some models bear a cost together: by their list prices, or by requests where one of them has none.
fn bear(found: &mut Observed, places: &[usize], usd: f64, evidence: Evidence) {
    let value = |place: &usize| listed(&found.served[*place]);
    let listed: Option<Vec<f64>> = places.iter().map(value).collect();
    let listed = listed.filter(|listed| listed.iter().sum::<f64>() > 0.0);
    let weights = listed.unwrap_or_else(|| places.iter().map(|place| found.served[*place].requests).collect());
    let all: f64 = weights.iter().sum();
    for (place, weight) in places.iter().zip(weights) {
        let served = &mut found.served[*place];
        served.evidence = served.cost_usd.map_or(evidence, |_| served.evidence.max(evidence));
        // A tier without requests is none, so that the weights never add up to 0.
        served.cost_usd = Some(served.cost_usd.unwrap_or(0.0) + usd * weight / all);
    }
}

/// Name under which a cost below zero stands apart; kept lines are looked at one by one.
fn below_zero(owner: &Owner, found: &Observed) -> Option<String> {
    match owner {
        Owner::Usage(place) | Owner::Model(place) => Some(found.served[*place].model.clone()),
        Owner::Provider(provider) | Owner::OtherModel(provider) => Some(provider.clone()),
        Owner::Fleet(place) => Some(format!("own {}", found.fleets[*place].gpu)),
        Owner::Kept => None,
    }
}

fn evidence(sums: &MarginSums) -> Evidence {
    sums.lines.values().map(weakest).max().unwrap_or(Evidence::Billed)
}

/// The product's sums, or the total.
fn sums(found: &Observed, facts: &Facts) -> Result<MarginSums> {
    let report = margin::report(facts, found.period, MonthBasis::BillingMonth, MarginBy::Product)?;
    Ok(match &found.product {
        None => report.total,
        Some(product) => report
            .rows
            .into_iter()
            .find(|(name, _)| name.as_ref() == Some(product))
            .map(|(_, sums)| sums)
            .unwrap_or_default(),
    })
}
