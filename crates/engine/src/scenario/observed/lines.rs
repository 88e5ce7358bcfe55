//! Which cost is whose: of a model, a fleet, a provider as a whole, or a line that goes on.

use std::collections::BTreeMap;

use marginline_model::Money;
use marginline_model::scenario::Evidence;

use super::{Observed, mean};
use crate::error::Result;
use crate::facts::{CostFact, Facts};
use crate::import::SELF_HOSTED;
use crate::number;
use crate::report::gpus::is_of_pool;
use crate::report::margin::{self, MarginSums, weakest};
use crate::rules::CostClass;
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
    Model(usize),
    /// A provider whose bill names no model.
    Provider(String),
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
    let named = |each: &super::Served| {
        !model.is_empty()
            && each.model == model
            && (each.tier == word("service_tier") || word("source") != "token usage")
    };
    if word("provider") != SELF_HOSTED {
        let is_usage = word("source") == "token usage";
        let place = found.served.iter().position(|each| {
            named(each) && if is_usage { each.provider == word("provider") } else { of_provider(&each.provider) }
        });
        if let Some(place) = place {
            return Owner::Model(place);
        }
        let is_model = word("category") == "AI and Machine Learning" && model.is_empty() && !is_usage;
        if let Some(each) = found.served.iter().find(|each| is_model && of_provider(&each.provider)) {
            return Owner::Provider(each.provider.clone());
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
    let months = found.months();
    let whole = sums(found, facts)?;
    found.revenue_usd = mean(whole.revenue, months);
    found.cost_usd = mean(whole.cost(), months);
    let mut slim = facts.clone();
    for (owner, costs) in parts {
        slim.costs = costs;
        let sums = sums(found, &slim)?;
        let usd = mean(sums.cost(), months);
        match owner {
            Owner::Model(place) => {
                found.served[place].cost_usd = Some(usd);
                found.served[place].evidence = evidence(&sums);
            }
            Owner::Provider(provider) => found.providers.push((provider, usd)),
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
