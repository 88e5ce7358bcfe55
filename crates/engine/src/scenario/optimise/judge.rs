//! Hard limits first: whether a candidate may win, by the verdicts of its run alone.

use crate::scenario::Run;
use crate::scenario::verdict::{AT_RISK, FAILS, UNKNOWN, Verdict};

/// What a candidate's limits say, from the best to the worst.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Every limit is kept.
    Meets,
    /// The band of a figure straddles a limit. It is ranked; of equals, one that meets goes before.
    AtRisk {
        /// The limit and why.
        why: String,
    },
    /// There is no evidence. It is never ranked, unless the file accepts that in writing.
    Unknown {
        /// The limit.
        reason: String,
        /// Why.
        why: String,
    },
    /// A limit is broken: never ranked.
    Fails {
        /// The limit.
        reason: String,
        /// Why.
        why: String,
    },
    /// It is no scenario: a price is missing, or keys do not belong together.
    Refused {
        /// What was said of it.
        why: String,
    },
}

impl Standing {
    /// Its word in JSON.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Meets => "meets",
            Self::AtRisk { .. } => "at_risk",
            Self::Unknown { .. } => "unknown",
            Self::Fails { .. } => "fails",
            Self::Refused { .. } => "refused",
        }
    }

    /// Why it is not the best there is; `None` where every limit is kept.
    #[must_use]
    pub fn why(&self) -> Option<&str> {
        match self {
            Self::Meets => None,
            Self::AtRisk { why } | Self::Unknown { why, .. } | Self::Fails { why, .. } | Self::Refused { why } => {
                Some(why)
            }
        }
    }

    /// Whether it may be ranked.
    #[must_use]
    pub fn may_win(&self) -> bool {
        matches!(self, Self::Meets | Self::AtRisk { .. })
    }

    /// From what may win down to what is no scenario.
    pub(super) fn class(&self) -> u8 {
        match self {
            Self::Meets | Self::AtRisk { .. } => 0,
            Self::Unknown { .. } => 1,
            Self::Fails { .. } => 2,
            Self::Refused { .. } => 3,
        }
    }

    /// The order of severity: at risk lies behind meets.
    fn severity(&self) -> u8 {
        if *self == Self::Meets { 0 } else { self.class() + 1 }
    }

    /// The worse of two; of equals the first.
    pub(super) fn or_worse(self, other: Self) -> Self {
        if other.severity() > self.severity() { other } else { self }
    }

    /// The same, said of a future.
    pub(super) fn in_future(self, future: &str) -> Self {
        let told = |why: String| format!("{why} (in future {future:?})");
        match self {
            Self::Meets => Self::Meets,
            Self::AtRisk { why } => Self::AtRisk { why: told(why) },
            Self::Unknown { reason, why } => Self::Unknown { reason, why: told(why) },
            Self::Fails { reason, why } => Self::Fails { reason, why: told(why) },
            Self::Refused { why } => Self::Refused { why: told(why) },
        }
    }
}

/// The order in which broken limits are told: where it may not be before what it lacks.
const ORDER: [&str; 6] = ["residency", "sold_where", "memory", "latency", "quality", "capacity"];

/// Where a reason stands in that order.
pub(super) fn place(reason: &str) -> usize {
    ORDER.iter().position(|known| *known == reason).unwrap_or(ORDER.len())
}

/// The reason that a limit belongs to: latency at any percentile is one.
#[must_use]
pub fn reason(limit: &str) -> String {
    let latency = ["ttft", "tpot", "latency", "end_to_end"];
    match latency.iter().any(|word| limit.starts_with(word)) {
        true => "latency".to_owned(),
        false => limit.replace([' ', '-'], "_"),
    }
}

/// What the limits of a run say together.
#[must_use]
pub fn standing(run: &Run) -> Standing {
    judged(&run.verdicts.iter().collect::<Vec<_>>(), accepts_unknown(run))
}

/// The same, whatever its capacity.
pub(super) fn standing_but_for_capacity(run: &Run) -> Standing {
    let others: Vec<&Verdict> = run.verdicts.iter().filter(|verdict| reason(verdict.limit) != "capacity").collect();
    judged(&others, accepts_unknown(run))
}

/// Whether the file accepts in writing what is not known.
fn accepts_unknown(run: &Run) -> bool {
    run.resolved.file.limits.accept_unknown.is_some()
}

fn judged(verdicts: &[&Verdict], accepts_unknown: bool) -> Standing {
    let worst = |wanted: &str| {
        let of = verdicts.iter().filter(|verdict| verdict.verdict == wanted);
        let told = of.map(|verdict| (reason(verdict.limit), verdict.reason.clone()));
        told.min_by_key(|(reason, _)| place(reason))
    };
    if let Some((reason, why)) = worst(FAILS) {
        return Standing::Fails { reason, why };
    }
    match worst(UNKNOWN) {
        Some((reason, why)) if !accepts_unknown => return Standing::Unknown { reason, why },
        _ => {}
    }
    match worst(AT_RISK) {
        Some((reason, why)) => Standing::AtRisk { why: format!("{reason}: {why}") },
        None => Standing::Meets,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(limit: &'static str, verdict: &'static str) -> Verdict {
        Verdict::new(limit, verdict, format!("{limit} is {verdict}"))
    }

    #[test]
    fn the_worst_verdict_counts_and_where_it_may_not_be_comes_first() {
        let fails = [verdict("capacity", "fails"), verdict("residency", "fails"), verdict("quality", "unknown")];
        let judged = |verdicts: &[Verdict], accepts| judged(&verdicts.iter().collect::<Vec<_>>(), accepts);
        assert_eq!(
            judged(&fails, true),
            Standing::Fails { reason: "residency".into(), why: "residency is fails".into() }
        );
        let unknown = [verdict("capacity", "meets"), verdict("ttft_ms_p95", "unknown"), verdict("memory", "at_risk")];
        assert_eq!(
            judged(&unknown, false),
            Standing::Unknown { reason: "latency".into(), why: "ttft_ms_p95 is unknown".into() }
        );
        assert_eq!(judged(&unknown, true), Standing::AtRisk { why: "memory: memory is at_risk".into() });
        assert_eq!(judged(&[verdict("capacity", "meets")], false), Standing::Meets);
    }

    #[test]
    fn a_future_makes_it_worse_and_never_better() {
        let broken = Standing::Fails { reason: "capacity".into(), why: "short".into() };
        let told = Standing::Meets.or_worse(broken.clone().in_future("boom"));
        assert_eq!(told, Standing::Fails { reason: "capacity".into(), why: "short (in future \"boom\")".into() });
        assert_eq!(broken.clone().or_worse(Standing::Meets), broken);
        let risk = Standing::AtRisk { why: "near".into() };
        assert_eq!(Standing::Meets.or_worse(risk.clone()), risk);
    }
}
