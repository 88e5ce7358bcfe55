//! A candidate tried in every future, kept in few figures: twenty thousand whole runs would not fit into memory.

use std::sync::atomic::{AtomicUsize, Ordering};

use marginline_model::Money;
use toml::Table;

use super::ground::Ground;
use super::judge::{Standing, standing};
use crate::error::{EngineError, Result};
use crate::scenario::compare::{UNDO_MONTH, cents};
use crate::scenario::{Run, ServingKnown};

/// Hears how many runs of how many are done, and says whether to go on.
pub type Tell<'a> = &'a (dyn Fn(usize, usize) -> bool + Send + Sync);

/// Revenue and cost of all months.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sums {
    pub(super) revenue: Money,
    pub(super) cost: Money,
}

impl Sums {
    pub(super) fn margin(self) -> Money {
        self.revenue - self.cost
    }
}

/// What came of a candidate.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Trial {
    /// The worst of all futures.
    pub(super) standing: Standing,
    /// By future, the file as it stands first; empty where it is refused in any.
    pub(super) sums: Vec<Sums>,
    /// Time to first token of the file as it stands, where it is known.
    pub(super) latency_ms: Option<f64>,
    /// Cost to leave, where it is known.
    pub(super) cost_to_undo: Option<Money>,
}

/// Tries candidates and counts.
pub(super) struct Bench<'a> {
    pub(super) ground: &'a Ground<'a>,
    tell: Tell<'a>,
    of: usize,
    done: AtomicUsize,
}

impl<'a> Bench<'a> {
    /// A bench for about `of` runs.
    pub(super) fn new(ground: &'a Ground<'a>, of: usize, tell: Tell<'a>) -> Self {
        Self { ground, tell, of, done: AtomicUsize::new(0) }
    }

    /// Tries a patch.
    ///
    /// # Errors
    /// Only when somebody asks to stop: what a candidate lacks is in its trial.
    pub(super) fn trial(&self, patch: impl Fn() -> Result<Table>) -> Result<Trial> {
        let mut trial = Trial { standing: Standing::Meets, sums: Vec::new(), latency_ms: None, cost_to_undo: None };
        for (future, (name, _)) in self.ground.futures.iter().enumerate() {
            let said = |standing: Standing| if future == 0 { standing } else { standing.in_future(name) };
            let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
            if !(self.tell)(done.min(self.of), self.of) {
                return Err(EngineError::cancelled());
            }
            match patch().and_then(|patch| self.ground.run_patch(patch, future)) {
                Ok(run) => {
                    let (revenue, cost) = run.totals();
                    trial.sums.push(Sums { revenue, cost });
                    trial.standing = trial.standing.or_worse(said(standing(&run)));
                    if future == 0 {
                        trial.latency_ms = latency_ms(&run);
                        trial.cost_to_undo = cost_to_undo(&run);
                    }
                }
                Err(error) => {
                    let not_sold = patch().ok().and_then(|patch| self.ground.not_sold(patch, future));
                    trial.standing = said(match not_sold {
                        Some(why) => Standing::Fails { reason: "sold_where".into(), why },
                        None => Standing::Refused { why: error.what },
                    });
                    trial.sums.clear();
                    return Ok(trial);
                }
            }
        }
        Ok(trial)
    }
}

/// What a candidate promises on the first latency that the file limits, in ms: the upper end of its band, of the slowest
/// component that gets any load. Without such a limit, the time to first token of the serving model, at most. `None`
/// where a component does not tell.
pub(super) fn latency_ms(run: &Run) -> Option<f64> {
    let latencies = run.resolved.file.limits.latencies();
    match latencies.first() {
        Some(limit) => {
            let verdict = run.verdicts.iter().find(|verdict| verdict.limit == limit.key)?;
            verdict.band.map(|(_, high)| high)
        }
        None => {
            let mut slowest: Option<f64> = None;
            for (place, finding) in run.resolved.findings.components.iter().enumerate() {
                let is_loaded =
                    run.projected.iter().any(|month| month.sheet.requests.get(place).is_some_and(|n| *n > 0.0));
                if is_loaded {
                    let ServingKnown::Asked(served) = &finding.serving else { return None };
                    let ttft_ms = served.found.as_ref().ok()?.ttft_s.1 * 1e3;
                    slowest = Some(slowest.map_or(ttft_ms, |slowest| slowest.max(ttft_ms)));
                }
            }
            slowest.filter(|ms| ms.is_finite())
        }
    }
}

/// Cost to leave by the month that a comparison names, where every part of it is known.
pub(super) fn cost_to_undo(run: &Run) -> Option<Money> {
    let month = UNDO_MONTH.min(run.resolved.inputs.months);
    let costs = run.exit_costs().ok()?;
    let cost = costs.get(month.checked_sub(1)? as usize)?;
    let usd = cost.known_usd().filter(|_| cost.unknown().is_empty())?;
    cents(usd).ok()
}
