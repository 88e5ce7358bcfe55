//! `scenario optimise`: every candidate is a patch of the scenario's file, run as `scenario run` runs it; hard limits go
//! before the goal, and the best becomes a scenario.

mod answer;
mod field;
mod fleet;
mod ground;
mod judge;
mod path;
mod rank;
mod space;
mod trial;
mod written;

#[cfg(test)]
mod limits_properties;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use marginline_model::Money;
use marginline_model::search::places;
use marginline_store::document::DocumentKind;

pub use fleet::FleetFound;
pub use ground::Given;
pub use judge::{Standing, reason, standing};
pub use path::Settings;
pub use trial::Tell;

use super::bridge::Bridge;
use super::file::{Goal, OptimiseFile, ScenarioFile, parse, root_of};
use super::verdict::Verdict;
use super::{Comparison, Run};
use crate::Engine;
use crate::convert::Conversion;
use crate::error::{EngineError, Result};
use crate::view::MonthBasis;

use field::Field;
use ground::Ground;
use space::Space;
use trial::Bench;

/// Runs up to which every candidate is tried.
pub const RUNS: u32 = 20_000;
/// Candidates that are told.
const TOLD: usize = 20;

/// A candidate and what it comes to.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// 1 is the best; `None` where something about its limits is unknown.
    pub rank: Option<usize>,
    /// Its choices in words.
    pub name: String,
    /// What it changes in the file, by dotted path.
    pub set: Settings,
    /// Gross margin over all months, USD.
    pub margin: Money,
    /// In percent of revenue; `None` without revenue.
    pub margin_percent: Option<String>,
    /// Cost of revenue over all months, USD.
    pub cost: Money,
    /// The largest loss of margin against the best candidate of each future, USD; `None` where there is one future.
    pub regret: Option<Money>,
    /// Time to first token, ms; `None` where the run does not know it.
    pub latency_ms: Option<f64>,
    /// Cost to leave it again, USD; `None` where the run does not know it.
    pub cost_to_undo: Option<Money>,
    /// Limits of the file as it stands.
    pub verdicts: Vec<Verdict>,
    /// What its limits say over all futures.
    pub standing: Standing,
    /// On the front of margin against latency or against cost to undo.
    pub on_front: bool,
    /// Further candidates with the same figures and limits, later in the file: they are not told one by one.
    pub alike: usize,
}

/// Why candidates did not win.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lost {
    /// `residency`, `sold_where`, `memory`, `latency`, `quality`, `capacity`, another limit, `refused` or `beaten`.
    pub reason: String,
    /// `fails`, `unknown`, `refused`, or `meets` of those that are beaten.
    pub verdict: &'static str,
    /// How many.
    pub candidates: usize,
    /// What was said of the first of them.
    pub example: Option<String>,
}

/// What was found.
#[derive(Debug, Clone)]
pub struct Optimised {
    /// Id of the scenario.
    pub scenario: String,
    /// Its name.
    pub name: String,
    /// Its hash.
    pub hash: String,
    /// What the best is.
    pub goal: Goal,
    /// Candidates that there are.
    pub candidates: usize,
    /// Candidates that were tried.
    pub tried: usize,
    /// Futures, the file as it stands first.
    pub futures: Vec<String>,
    /// Whether every candidate was tried, so that none can be better.
    pub proven: bool,
    /// Revenue and cost of the file as it stands, USD.
    pub stated: (Money, Money),
    /// What its limits say.
    pub stated_standing: Standing,
    /// The best; `None` where no candidate keeps every limit.
    pub winner: Option<Candidate>,
    /// The best twenty with figures of their own, the winner first, then those that are not ranked because something is unknown.
    pub ranked: Vec<Candidate>,
    /// By reason; with the winner they are all that were tried.
    pub lost: Vec<Lost>,
    /// Margin against latency, the fastest first.
    pub latency_front: Vec<Candidate>,
    /// Margin against cost to undo, the easiest to leave first.
    pub undo_front: Vec<Candidate>,
    /// From the best candidate with other figures to the winner, driver by driver.
    pub bridge: Option<Bridge>,
    /// The fleet, where one was asked for.
    pub fleet: Option<FleetFound>,
    /// The winner as a scenario file that changes this one.
    pub result: Option<String>,
}

impl Engine {
    /// Looks for the best candidate of a scenario with `[optimise]`: the first of the texts, given as (id, text). Further
    /// texts are scenarios that it may stand on. `goal` goes before that of the file. `tell` hears of the progress and
    /// says whether to go on.
    ///
    /// # Errors
    /// When the file cannot be run as it stands, nothing varies, a list of `[optimise]` is wrong, no candidate can be run
    /// at all, or `tell` says to stop.
    pub async fn optimise(&self, texts: &[(String, String)], goal: Option<Goal>, tell: Tell<'_>) -> Result<Optimised> {
        let standing = self.standing(texts).await?;
        let (Some((id, text)), Some((_, own))) = (standing.first(), texts.first()) else {
            return Err(EngineError::usage("no scenario is named").then("name a file with [optimise]"));
        };
        let place = |error: EngineError| if error.place.is_none() { error.at(format!("scenario {id}")) } else { error };
        let file = parse(text).map_err(place)?;
        let kept = self.ledger().documents(DocumentKind::Scenario).await?;
        let root = root_of(own, &|wanted| {
            let found = texts.iter().chain(&kept).find(|(id, _)| id == wanted);
            found.map(|(_, text)| text.clone())
        });
        let facts = match file.base.as_ref().is_some_and(|base| base.month.is_some()) {
            true => Some(self.facts_in(Conversion::default(), MonthBasis::BillingMonth).await?),
            false => None,
        };
        let (prices, benchmarks) = (self.price_book().await?, self.ledger().benchmarks().await?);
        let given = Given { facts: facts.as_deref(), prices: &prices, benchmarks: &benchmarks };
        optimise((id, (text, &root, &file)), given, (goal, tell)).map_err(place)
    }
}

/// As [`Engine::optimise`], of a file that stands by itself: its text, that of the file at the bottom of those that it
/// changes, and what was read of it.
///
/// # Errors
/// As there.
pub fn optimise(
    (id, whole): (&str, (&str, &str, &ScenarioFile)),
    given: Given<'_>,
    (goal, tell): (Option<Goal>, Tell<'_>),
) -> Result<Optimised> {
    let file = whole.2;
    let asked = file.optimise.as_ref().ok_or_else(|| {
        EngineError::usage("the file has no [optimise]").then("state what may vary, see docs/scenarios.md")
    })?;
    let goal = goal.or(asked.goal).unwrap_or_default();
    let runs = asked.runs.unwrap_or(RUNS);
    if !(1..=1_000_000).contains(&runs) {
        return Err(EngineError::failed(format!("optimise.runs is {runs}, expected 1 to 1,000,000")));
    }
    let mut ground = Ground::new(id, whole, given)?;
    let stated = ground.run(&[], 0)?;
    ground.futures.extend(futures(asked, goal, &ground)?);
    match &asked.fleet {
        Some(fleet) if asked.vary.is_empty() && asked.option.is_empty() && asked.when.is_empty() => {
            let (found, plans) = fleet::fleets(fleet, &ground, &stated)?;
            let bench = Bench::new(&ground, plans.len() * ground.futures.len(), tell);
            let field = Field::of_plans(&bench, plans)?;
            told(&ground, &stated, goal, (field, Some(found)))
        }
        Some(_) => Err(EngineError::failed("[optimise.fleet] stands with vary, option or when")
            .then("choose the fleet in a file of its own, and vary its result")),
        None => {
            let space = Space::of(asked, &ground.whole)?;
            let sizes = space.sizes();
            if sizes.is_empty() {
                return Err(EngineError::failed("nothing varies in [optimise]")
                    .then("state [[optimise.vary]], [[optimise.option]] or [optimise.fleet]"));
            }
            let most = runs as usize / ground.futures.len();
            let of = places(&sizes).min(most).saturating_mul(ground.futures.len());
            let bench = Bench::new(&ground, of, tell);
            let field = Field::of_space(&bench, &space, (goal, most, asked.seed.unwrap_or(1)))?;
            told(&ground, &stated, goal, (field, None))
        }
    }
}

/// The futures of a file; they count for regret alone.
fn futures(asked: &OptimiseFile, goal: Goal, ground: &Ground<'_>) -> Result<Vec<(String, Settings)>> {
    let mut found: Vec<(String, Settings)> = Vec::new();
    for future in &asked.future {
        let place = |error: EngineError| error.at(format!("optimise.future {:?}", future.name));
        let taken = found.iter().chain(&ground.futures).any(|(name, _)| *name == future.name);
        if future.name.trim().is_empty() || taken {
            let what = format!("the name {:?} is empty, given twice, or that of the file as it stands", future.name);
            return Err(place(EngineError::failed(what).then("give each future a name of its own")));
        }
        let set = path::settings(&future.set);
        if set.is_empty() {
            return Err(place(EngineError::failed("set is empty").then("state what is other in this future")));
        }
        ground::readable(&ground.whole, &ground.names, &set)?;
        found.push((future.name.clone(), set));
    }
    match goal {
        Goal::Regret if found.is_empty() => {
            Err(EngineError::failed("regret is taken over futures, and none is stated")
                .then("state [[optimise.future]] with a name and what it sets"))
        }
        Goal::Regret => Ok(found),
        Goal::Margin | Goal::Cost => Ok(Vec::new()),
    }
}

/// Ranks what was tried and tells the best of it.
fn told(
    ground: &Ground<'_>,
    stated: &Run,
    goal: Goal,
    (field, fleet): (Field<'_>, Option<FleetFound>),
) -> Result<Optimised> {
    field.check()?;
    let order = field.order(goal);
    let latency = field.front(|trial| trial.latency_ms);
    let undo = field.front(|trial| trial.cost_to_undo);
    let fronts: Vec<usize> = latency.iter().chain(&undo).copied().collect();
    let candidate = |place: usize| -> Result<(Candidate, Run)> {
        let rank = order.iter().position(|at| *at == place).filter(|_| field.trials[place].standing.may_win());
        let (mut told, run) = field.candidate(ground, place, (rank.map(|rank| rank + 1), fronts.contains(&place)))?;
        told.alike = field.alike(&order, place);
        Ok((told, run))
    };
    let own = order.iter().filter(|place| field.is_first_alike(&order, **place));
    let listed = own.take(TOLD).map(|place| candidate(*place)).collect::<Result<Vec<_>>>()?;
    let winner = listed.first().filter(|(first, _)| first.standing.may_win());
    let bridge = match (winner, listed.get(1).filter(|(second, _)| second.standing.may_win())) {
        (Some((_, winner)), Some((_, second))) => {
            Some(Comparison { runs: vec![Arc::new(second.clone()), Arc::new(winner.clone())] }.bridge()?)
        }
        _ => None,
    };
    let result = match winner {
        Some((best, _)) => Some(written::written(stated, (best, &field.patch(ground, order[0])?), goal, &field)),
        None => None,
    };
    let alone = |places: &[usize]| places.iter().map(|place| Ok(candidate(*place)?.0)).collect::<Result<Vec<_>>>();
    Ok(Optimised {
        scenario: ground.id.to_owned(),
        name: stated.resolved.name.clone(),
        hash: stated.resolved.hash.clone(),
        goal,
        candidates: field.candidates,
        tried: field.trials.len(),
        futures: ground.futures.iter().map(|(name, _)| name.clone()).collect(),
        proven: field.proven,
        stated: stated.totals(),
        stated_standing: standing(stated),
        winner: winner.map(|(best, _)| best.clone()),
        lost: field.lost(winner.map(|_| order[0])),
        latency_front: alone(&latency)?,
        undo_front: alone(&undo)?,
        ranked: listed.into_iter().map(|(candidate, _)| candidate).collect(),
        bridge,
        fleet,
        result,
    })
}
