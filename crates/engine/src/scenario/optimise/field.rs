//! All that were tried, and what is asked of them together.

use std::collections::BTreeMap;

use marginline_model::Money;
use marginline_model::search::{Descent, descend, every, places, regrets_against};
use rayon::prelude::*;
use toml::Table;

use super::ground::Ground;
use super::judge::{self, Standing};
use super::rank::{ahead, front, regrets};
use super::space::{Chosen, Space};
use super::trial::{Bench, Trial};
use super::{Candidate, Lost};
use crate::error::{EngineError, Result};
use crate::number;
use crate::scenario::Run;
use crate::scenario::file::Goal;

/// Starts of a descent where there are too many candidates to try each.
const STARTS: u32 = 32;

/// A candidate that is no place of a space: a patch with its own name.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) chosen: Chosen,
    pub(super) patch: Table,
}

/// Where candidates come from.
enum Source<'a> {
    Space(&'a Space, Vec<Vec<usize>>),
    Plans(Vec<Plan>),
}

/// Candidates that were tried, in the order in which the file states them.
pub(super) struct Field<'a> {
    pub(super) trials: Vec<Trial>,
    /// Candidates that there are.
    pub(super) candidates: usize,
    /// Whether each of them was tried.
    pub(super) proven: bool,
    regrets: Option<Vec<Money>>,
    source: Source<'a>,
}

impl<'a> Field<'a> {
    /// Tries plans.
    pub(super) fn of_plans(bench: &Bench<'_>, plans: Vec<Plan>) -> Result<Self> {
        let trials: Vec<Result<Trial>> = plans.par_iter().map(|plan| bench.trial(|| Ok(plan.patch.clone()))).collect();
        let trials: Vec<Trial> = trials.into_iter().collect::<Result<_>>()?;
        Ok(Self::new(bench, trials, (plans.len(), true), Source::Plans(plans)))
    }

    /// Tries a space: all of it up to `most` candidates, else what descents from many starts come across.
    pub(super) fn of_space(
        bench: &Bench<'_>,
        space: &'a Space,
        (goal, most, seed): (Goal, usize, u64),
    ) -> Result<Self> {
        let sizes = space.sizes();
        let ground = bench.ground;
        let evaluate = |place: &[usize]| {
            bench.trial(|| ground.names.patch(&space.chosen(place, &ground.names, &ground.whole).set))
        };
        let all = places(&sizes);
        let (tried, proven) = if all <= most {
            (every(&sizes, evaluate)?, true)
        } else {
            let mut tried = BTreeMap::new();
            descents(&sizes, (goal, ground.futures.len()), (most, seed), &mut tried, evaluate)?;
            (tried, false)
        };
        let (places, trials): (Vec<_>, Vec<_>) = tried.into_iter().unzip();
        Ok(Self::new(bench, trials, (all, proven), Source::Space(space, places)))
    }

    fn new(bench: &Bench<'_>, trials: Vec<Trial>, (candidates, proven): (usize, bool), source: Source<'a>) -> Self {
        let regrets = (bench.ground.futures.len() > 1).then(|| regrets(&trials.iter().collect::<Vec<_>>()));
        Self { trials, candidates, proven, regrets, source }
    }

    /// Is there anything to rank?
    ///
    /// # Errors
    /// When every candidate is refused, with what was said of the first.
    pub(super) fn check(&self) -> Result<()> {
        let refused = |trial: &Trial| matches!(trial.standing, Standing::Refused { .. });
        match self.trials.first().map(|trial| &trial.standing) {
            Some(Standing::Refused { why }) if self.trials.iter().all(refused) => {
                Err(EngineError::failed(format!("no candidate can be run; the first: {why}"))
                    .then("correct [optimise] in the scenario file"))
            }
            None => Err(EngineError::failed("there is no candidate").then("state what may vary in [optimise]")),
            _ => Ok(()),
        }
    }

    fn regret(&self, place: usize) -> Money {
        self.regrets.as_ref().map_or(Money::ZERO, |regrets| regrets[place])
    }

    /// Places of those that are ranked, the best first, then of those about which something is unknown.
    pub(super) fn order(&self, goal: Goal) -> Vec<usize> {
        let told = |place: &usize| self.trials[*place].standing.class() <= 1;
        let mut order: Vec<usize> = (0..self.trials.len()).filter(told).collect();
        let with = |place: usize| (&self.trials[place], self.regret(place));
        order.sort_by(|a, b| ahead(goal, with(*a), with(*b)).then(a.cmp(b)));
        order
    }

    /// Further places with the same trial. Equal trials stand side by side in the order, so neighbours are looked at.
    pub(super) fn alike(&self, order: &[usize], place: usize) -> usize {
        let at = order.iter().position(|other| *other == place).unwrap_or(order.len());
        let same = |other: &&usize| self.trials[**other] == self.trials[place];
        order.iter().skip(at + 1).take_while(same).count()
    }

    /// Whether no place before it in the order has the same trial.
    pub(super) fn is_first_alike(&self, order: &[usize], place: usize) -> bool {
        let at = order.iter().position(|other| *other == place).unwrap_or(0);
        at == 0 || self.trials[order[at - 1]] != self.trials[place]
    }

    /// Places on the front of margin against a measure.
    pub(super) fn front<M: PartialOrd + Copy>(&self, measure: impl Fn(&Trial) -> Option<M>) -> Vec<usize> {
        front(&self.trials.iter().collect::<Vec<_>>(), measure)
    }

    fn chosen(&self, ground: &Ground<'_>, place: usize) -> Chosen {
        match &self.source {
            Source::Space(space, places) => space.chosen(&places[place], &ground.names, &ground.whole),
            Source::Plans(plans) => plans[place].chosen.clone(),
        }
    }

    /// What a candidate changes in the file.
    pub(super) fn patch(&self, ground: &Ground<'_>, place: usize) -> Result<Table> {
        match &self.source {
            Source::Space(..) => ground.names.patch(&self.chosen(ground, place).set),
            Source::Plans(plans) => Ok(plans[place].patch.clone()),
        }
    }

    /// A candidate in full, and its run.
    pub(super) fn candidate(
        &self,
        ground: &Ground<'_>,
        place: usize,
        (rank, on_front): (Option<usize>, bool),
    ) -> Result<(Candidate, Run)> {
        let Chosen { name, set } = self.chosen(ground, place);
        let mut run = ground.run_patch(self.patch(ground, place)?, 0)?;
        run.resolved.name.clone_from(&name);
        let (revenue, cost) = run.totals();
        let trial = &self.trials[place];
        let candidate = Candidate {
            rank,
            name,
            set,
            margin: revenue - cost,
            margin_percent: number::percent(revenue - cost, revenue),
            cost,
            regret: self.regrets.as_ref().map(|regrets| regrets[place]),
            latency_ms: trial.latency_ms,
            cost_to_undo: trial.cost_to_undo,
            verdicts: run.verdicts.clone(),
            standing: trial.standing.clone(),
            on_front,
            alike: 0,
        };
        Ok((candidate, run))
    }

    /// Why the others did not win, in the order in which limits are asked; what is beaten comes last.
    pub(super) fn lost(&self, winner: Option<usize>) -> Vec<Lost> {
        let mut lost: BTreeMap<(u8, usize, String), Lost> = BTreeMap::new();
        for (place, trial) in self.trials.iter().enumerate().filter(|(place, _)| Some(*place) != winner) {
            let (last, reason, why) = match &trial.standing {
                Standing::Refused { why } => (0, "refused", Some(why)),
                Standing::Fails { reason, why } => (1, reason.as_str(), Some(why)),
                Standing::Unknown { reason, why } => (2, reason.as_str(), Some(why)),
                Standing::Meets | Standing::AtRisk { .. } => (3, "beaten", None),
            };
            let verdict = ["refused", "fails", "unknown", "meets"][usize::from(last)];
            let found = lost.entry((last, judge::place(reason), reason.to_owned())).or_insert_with(|| Lost {
                reason: reason.to_owned(),
                verdict,
                candidates: 0,
                example: why.map(|why| format!("{}: {why}", self.name_of(place))),
            });
            found.candidates += 1;
        }
        lost.into_values().collect()
    }

    fn name_of(&self, place: usize) -> String {
        match &self.source {
            Source::Space(space, places) => space.name(&places[place]),
            Source::Plans(plans) => plans[place].chosen.name.clone(),
        }
    }
}

/// Descents by the goal. Regret needs the best of each future first: a descent by the margin of each finds it, and then
/// one by regret against these.
fn descents(
    sizes: &[usize],
    (goal, futures): (Goal, usize),
    (most, seed): (usize, u64),
    tried: &mut BTreeMap<Vec<usize>, Trial>,
    evaluate: impl Fn(&[usize]) -> Result<Trial> + Sync,
) -> Result<()> {
    let asked = |share: usize, of: usize| Descent { starts: STARTS, seed, most: most * share / of };
    if goal != Goal::Regret {
        return descend(sizes, asked(1, 1), tried, &evaluate, |a, b| ahead(goal, (a, Money::ZERO), (b, Money::ZERO)));
    }
    for future in 0..futures {
        let margin = |trial: &Trial| trial.sums.get(future).map(|sums| sums.margin());
        let better =
            |a: &Trial, b: &Trial| a.standing.class().cmp(&b.standing.class()).then_with(|| margin(b).cmp(&margin(a)));
        descend(sizes, asked(future + 1, futures + 1), tried, &evaluate, better)?;
    }
    let best: Vec<Option<Money>> = (0..futures)
        .map(|future| {
            let may_win = tried.values().filter(|trial| trial.standing.may_win());
            may_win.filter_map(|trial| trial.sums.get(future).map(|sums| sums.margin())).max()
        })
        .collect();
    let regret = |trial: &Trial| {
        let margins: Vec<Money> = trial.sums.iter().map(|sums| sums.margin()).collect();
        regrets_against(&[margins], &best).first().copied().unwrap_or(Money::ZERO)
    };
    descend(sizes, asked(1, 1), tried, &evaluate, |a, b| ahead(goal, (a, regret(a)), (b, regret(b))))
}
