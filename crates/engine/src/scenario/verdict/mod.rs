//! Hard limits and whether they are kept: one verdict a limit, the worst of its components (design §7).
//!
//! *Meets* when the whole band lies inside, *at risk* when it straddles, *fails* when it lies outside, *unknown* without
//! evidence. A verdict follows from what a run has found; nothing here moves money.

mod capacity;
mod latency;
mod memory;
mod quality;
mod residency;
mod sold_where;
mod wait;

use marginline_model::scenario::MonthResult;
use serde_json::{Value, json};

use super::complete::Finding;
use super::file::ComponentFile;
use super::{Resolved, Served, ServingKnown};

pub(super) use latency::tail;
pub(super) use quality::{LIMIT as QUALITY, unknown as unknown_quality};

/// The whole band lies inside the limit.
pub const MEETS: &str = "meets";
/// The band straddles the limit.
pub const AT_RISK: &str = "at_risk";
/// The band lies outside.
pub const FAILS: &str = "fails";
/// There is no evidence.
pub const UNKNOWN: &str = "unknown";

/// A hard limit and whether it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// What is limited: `capacity`, `memory`, `sold_where`, `residency`, `quality`, or the key of a latency limit.
    pub limit: &'static str,
    /// [`MEETS`], [`AT_RISK`], [`FAILS`] or [`UNKNOWN`].
    pub verdict: &'static str,
    /// The component that decides it, where there are several.
    pub component: Option<String>,
    /// Value found, in words.
    pub value: Option<String>,
    /// Within what it lies, in the unit of the limit.
    pub band: Option<(f64, f64)>,
    /// Why.
    pub reason: String,
    /// The nearest change that mends it.
    pub mend: Option<String>,
    /// The measurement, or statement, that would settle it.
    pub measure: Option<String>,
}

impl Verdict {
    pub(super) fn new(limit: &'static str, verdict: &'static str, reason: impl Into<String>) -> Self {
        let reason = reason.into();
        Self { limit, verdict, component: None, value: None, band: None, reason, mend: None, measure: None }
    }

    fn valued(self, value: impl Into<String>) -> Self {
        Self { value: Some(value.into()), ..self }
    }

    /// A band with an end that is no number says nothing and is left out.
    fn within(self, band: (f64, f64)) -> Self {
        Self { band: (band.0.is_finite() && band.1.is_finite()).then_some(band), ..self }
    }

    fn mended(self, mend: Option<String>) -> Self {
        Self { mend, ..self }
    }

    fn measured(self, measure: impl Into<String>) -> Self {
        Self { measure: Some(measure.into()), ..self }
    }

    /// What stands above what, the worst highest: what is unknown may be anything, what is at risk may still be kept.
    #[must_use]
    pub fn gravity(&self) -> u8 {
        match self.verdict {
            FAILS => 3,
            UNKNOWN => 2,
            AT_RISK => 1,
            _ => 0,
        }
    }

    /// As `scenario run --json` has it.
    #[must_use]
    pub fn json(&self) -> Value {
        json!({
            "limit": self.limit,
            "verdict": self.verdict,
            "component": self.component,
            "value": self.value,
            "band": self.band.map(|(low, high)| [low, high]),
            "reason": self.reason,
            "mend": self.mend,
            "measure": self.measure,
        })
    }

    /// In one line for people.
    #[must_use]
    pub fn words(&self) -> String {
        let mend = self.mend.as_ref().map_or(String::new(), |mend| format!("; {mend} mends it"));
        let measure = self.measure.as_ref().map_or(String::new(), |measure| format!("; to settle it, {measure}"));
        let verdict = self.verdict.replace('_', " ");
        format!("{}: {verdict} ({}{mend}{measure})", self.limit.replace('_', " "), self.reason)
    }
}

/// A component with what was found about it.
struct Place<'a> {
    /// Its name, empty where there is one component only.
    name: &'a str,
    file: &'a ComponentFile,
    finding: &'a Finding,
    /// Does any request reach it in any month?
    is_loaded: bool,
}

impl Place<'_> {
    fn served(&self) -> Option<&Served> {
        if let ServingKnown::Asked(served) = &self.finding.serving { Some(served) } else { None }
    }

    /// The model it serves, where the file says.
    fn model(&self) -> Option<&str> {
        self.file.served_model()
    }

    /// What it is called in a sentence.
    fn called(&self) -> &str {
        match self.name {
            "" => self.file.gpu.as_deref().or(self.file.model.as_deref()).unwrap_or("the component"),
            name => name,
        }
    }
}

/// What verdicts are made from.
struct Asked<'a> {
    resolved: &'a Resolved,
    projected: &'a [MonthResult],
    places: Vec<Place<'a>>,
}

/// All verdicts of a scenario: memory, capacity and what is sold where in any case, the others where they are limited.
#[must_use]
pub fn verdicts(resolved: &Resolved, projected: &[MonthResult]) -> Vec<Verdict> {
    let asked = Asked::of(resolved, projected);
    let mut found = Vec::new();
    found.extend(capacity::verdict(&asked));
    found.extend(memory::verdict(&asked));
    found.extend(sold_where::verdict(&asked));
    found.extend(latency::verdicts(&asked));
    found.extend(residency::verdict(&asked));
    found.extend(quality::verdict(&asked));
    found
}

/// Why what serves is too little; `None` where it is not.
pub(super) fn fails_capacity(resolved: &Resolved, projected: &[MonthResult]) -> Option<String> {
    let found = capacity::verdict(&Asked::of(resolved, projected))?;
    (found.verdict == FAILS).then_some(found.reason)
}

impl<'a> Asked<'a> {
    fn of(resolved: &'a Resolved, projected: &'a [MonthResult]) -> Self {
        let components = resolved.file.component.iter();
        let files = resolved.file.architecture.iter().chain(components);
        let places = files.zip(&resolved.findings.components).enumerate().map(|(at, (file, finding))| Place {
            name: file.name.as_deref().unwrap_or_default(),
            file,
            finding,
            is_loaded: is_loaded(resolved, projected, at),
        });
        Self { resolved, projected, places: places.collect() }
    }
}

/// A request that fails has reached a component, too; one that always fails is served by none and still counts.
fn is_loaded(resolved: &Resolved, projected: &[MonthResult], at: usize) -> bool {
    let serves = |month: &MonthResult| month.sheet.requests.get(at).is_some_and(|requests| *requests > 0.0);
    let fails_all = resolved.inputs.components.get(at).is_some_and(|component| component.failed_share >= 1.0);
    fails_all || projected.iter().any(serves)
}

/// The worst of several as one; those that are as bad are told with it.
fn worst(several: bool, mut found: Vec<Verdict>) -> Option<Verdict> {
    let gravest = found.iter().map(Verdict::gravity).max()?;
    found.retain(|verdict| verdict.gravity() == gravest);
    let told = |verdict: &Verdict| match &verdict.component {
        Some(name) if several => format!("{name}: {}", verdict.reason),
        _ => verdict.reason.clone(),
    };
    let mut reasons: Vec<String> = Vec::new();
    for reason in found.iter().map(told) {
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    let first = found.into_iter().next()?;
    Some(Verdict { reason: reasons.join("; "), ..first })
}

/// One verdict over the components that `judge` says something of.
fn over(asked: &Asked<'_>, judge: impl Fn(usize, &Place<'_>) -> Option<Verdict>) -> Option<Verdict> {
    let several = asked.places.len() > 1;
    let named = |(at, place): (usize, &Place<'_>)| {
        let name = (!place.name.is_empty()).then(|| place.name.to_owned());
        judge(at, place).map(|verdict| Verdict { component: name, ..verdict })
    };
    worst(several, asked.places.iter().enumerate().filter_map(named).collect())
}

#[cfg(test)]
mod capacity_tests;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
