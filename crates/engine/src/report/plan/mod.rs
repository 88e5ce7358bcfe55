//! Plan against actual: each month of the plan that the ledger holds, driver by driver, and what it measured of the
//! plan's assumptions. The effects are those of the bridge between scenarios, over one month, with the plan on one side
//! and the same month as it was on the other; they add up to the cent.

mod inputs;
mod show;

use marginline_model::bridge::{Driver, cents, of_cents};
use marginline_model::scenario::{Capacity, Inputs, Sheet, Totals, month, scenario_bridge_of_month};
use marginline_model::{Money, Month};
use marginline_store::plan::AdoptedPlan;

use crate::Engine;
use crate::convert::Conversion;
use crate::error::{EngineError, Result};
use crate::report::Period;
use crate::scenario::calibrate::{Measured, measured};
use crate::scenario::observed::Observed;
use crate::scenario::resolve::Resolved;
use crate::view::MonthBasis;

/// One side of a month.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Side {
    /// Requests, tokens, revenue and cost.
    pub totals: Totals,
    /// Tokens of a request of all classes.
    pub tokens_per_request: f64,
    /// Share of the prompt that the cache served.
    pub cache_hit_share: f64,
    /// Own GPUs, where there are any.
    pub capacity: Option<Capacity>,
    /// Gross margin in whole cents.
    pub margin: Money,
}

/// What one driver did to gross margin.
#[derive(Debug, Clone, PartialEq)]
pub struct Effect {
    /// The driver's word.
    pub word: String,
    /// As a person reads it.
    pub label: String,
    /// Change of gross margin against plan.
    pub effect: Money,
    /// In a sentence.
    pub sentence: String,
}

/// A month of the plan beside the same month as it was.
#[derive(Debug, Clone)]
pub struct PlanMonth {
    /// The month.
    pub month: Month,
    /// As planned.
    pub plan: Side,
    /// As it was.
    pub actual: Side,
    /// Why the margins differ; these add up to the difference.
    pub effects: Vec<Effect>,
    /// Assumptions beside what the month measured.
    pub measured: Vec<Measured>,
    /// What keeps the figures from being complete.
    pub notes: Vec<String>,
}

/// The plan against what came.
#[derive(Debug, Clone)]
pub struct PlanReport {
    /// The plan in force.
    pub plan: AdoptedPlan,
    /// Its name for people.
    pub name: String,
    /// Months of the plan that the ledger holds, oldest first.
    pub months: Vec<PlanMonth>,
    /// Why the plan is no longer what it was when it was adopted, if so.
    pub moved: Option<String>,
}

impl Engine {
    /// The plan against one month, or against each that the ledger holds.
    ///
    /// # Errors
    /// When there is no plan, it cannot be run, or none of its months is in the ledger.
    pub async fn plan_report(&self, wanted: Option<Month>) -> Result<PlanReport> {
        let standing = self.standing_plan().await?.ok_or_else(|| {
            EngineError::failed("the workspace has no plan yet")
                .then("adopt a scenario with `marginline scenario adopt FILE`")
        })?;
        let (start, last) = (standing.start, standing.last);
        if let Some(month) = wanted.filter(|month| *month < start || *month > last) {
            return Err(EngineError::usage(format!("the plan runs from {start} to {last}, and not in {month}"))
                .then("name a month of the plan"));
        }
        let here = wanted.map_or_else(|| standing.months.clone(), |month| vec![month]);
        if here.is_empty() {
            return Err(EngineError::failed(format!(
                "the ledger holds no month of the plan, which runs from {start} to {last}"
            ))
            .then("import a bill or usage of a month of it"));
        }
        let StandingPlan { plan, resolved, .. } = standing;
        let product = resolved.file.base.as_ref().and_then(|base| base.product.clone());
        let periods: Vec<Period> = here.into_iter().map(|month| Period { from: month, to: month }).collect();
        let observed = self.observed_each(&periods, product.as_deref()).await?;
        let found = observed.iter().map(|each| compared(&resolved, each, each.period.from)).collect::<Result<_>>()?;
        let moved = (resolved.hash != plan.hash).then(|| {
            "the plan's base month or its prices have changed since it was adopted: its figures are those of today"
                .to_owned()
        });
        Ok(PlanReport { plan, name: resolved.name.clone(), months: found, moved })
    }

    /// The plan in force with its months; `None` when there is none.
    ///
    /// # Errors
    /// When it cannot be resolved any more.
    pub(crate) async fn standing_plan(&self) -> Result<Option<StandingPlan>> {
        let Some(plan) = self.plan().await? else { return Ok(None) };
        let place = |error: EngineError| error.at(format!("plan {}", plan.scenario));
        let texts = [(plan.scenario.clone(), plan.body.clone())];
        let resolved = self.resolved_of(&texts, &plan.scenario).await.map_err(place)?.resolved;
        let facts = self.facts_in(Conversion::default(), MonthBasis::BillingMonth).await?;
        let (start, months) = (resolved.inputs.start, resolved.inputs.months);
        let last = start.plus(i32::try_from(months).unwrap_or(0) - 1);
        let known = facts.months(MonthBasis::BillingMonth);
        let months = known.into_iter().filter(|month| (start..=last).contains(month)).collect();
        Ok(Some(StandingPlan { plan, resolved, start, last, months }))
    }
}

/// The plan in force, resolved.
pub(crate) struct StandingPlan {
    pub(crate) plan: AdoptedPlan,
    pub(crate) resolved: Resolved,
    /// Its first month.
    pub(crate) start: Month,
    /// Its last month, included.
    pub(crate) last: Month,
    /// Its months that the ledger holds, oldest first.
    pub(crate) months: Vec<Month>,
}

fn compared(resolved: &Resolved, observed: &Observed, month: Month) -> Result<PlanMonth> {
    let index = u32::try_from(month.since(resolved.inputs.start)).unwrap_or(0);
    let inputs::Aligned { plan, actual, mut notes } = inputs::aligned(resolved, observed, index)?;
    let too_large =
        || EngineError::failed("a margin is beyond counting in cents").then("check growth and prices of the plan");
    let bridge =
        scenario_bridge_of_month(&plan, &actual, index).map_err(|error| EngineError::failed(error.to_string()))?;
    let mut effects: Vec<Effect> = bridge
        .effects
        .iter()
        .map(|each| Effect {
            word: each.driver.word().to_owned(),
            label: each.driver.label().to_owned(),
            effect: each.effect,
            sentence: each.sentence.clone(),
        })
        .collect();
    for (label, usd) in &observed.below_zero {
        let effect = of_cents(cents(-usd).ok_or_else(too_large)?);
        let sentence = format!("{label}: gross margin +{}; a scenario has no cost below zero", effect.shown(0));
        effects.push(Effect { word: "below_zero".to_owned(), label: label.clone(), effect, sentence });
    }
    let margin = of_cents(cents(observed.revenue_usd - observed.cost_usd).ok_or_else(too_large)?);
    let told: Money = effects.iter().map(|each| each.effect).sum();
    let rest = margin - bridge.from - told;
    if rest != Money::ZERO {
        effects.push(Effect {
            word: Driver::Unexplained.word().to_owned(),
            label: Driver::Unexplained.label().to_owned(),
            effect: rest,
            sentence: "cost of what a scenario cannot hold, and rounding".to_owned(),
        });
    }
    notes.extend(observed.left_out.iter().map(|what| format!("left out of {month}: {what}")));
    notes.extend(
        bridge.placed_elsewhere.iter().map(|what| format!("{what} stands elsewhere and takes its prices with it")),
    );
    let planned = side(&plan, index, bridge.from);
    // What moved nothing is not told, rounded digits of a file above all.
    effects.retain(|each| each.effect != Money::ZERO);
    let mut was = side(&actual, index, margin);
    was.totals.cost_usd = observed.cost_usd;
    if let Some(capacity) = &mut was.capacity {
        // As measured; the formula's own follows from rounded GPUs.
        let measured = observed.fleets.iter().filter_map(|fleet| Some((fleet.mean_gpus, fleet.utilisation?)));
        let (gpus, busy) = measured.fold((0.0, 0.0), |(gpus, busy), (more, share)| (gpus + more, busy + more * share));
        if gpus > 0.0 {
            capacity.utilisation = busy / gpus;
        }
    }
    Ok(PlanMonth { month, plan: planned, actual: was, effects, measured: measured(resolved, observed, index), notes })
}

fn side(inputs: &Inputs, index: u32, margin: Money) -> Side {
    let mut sheet = Sheet::default();
    let totals = month(inputs, index, &mut sheet);
    let tokens = inputs.demand.tokens;
    Side {
        totals,
        tokens_per_request: tokens.total(),
        cache_hit_share: tokens.cache_hit_share(),
        capacity: sheet.capacity.iter().flatten().copied().filter(|each| each.gpus_provided > 0).reduce(Capacity::with),
        margin,
    }
}
