//! Scores against the floor of each task; a model swap without a score is unknown.
//!
//! A model that serves no larger share of the requests than in the base is accepted as it was there.

use super::super::file::{BaseModel, shares};
use super::{AT_RISK, Asked, FAILS, MEETS, Place, UNKNOWN, Verdict, over, worst};
use crate::scenario::Resolved;
use crate::scenario::model_name::is_same_model;
use crate::scenario::model_size::SAME;
use crate::subject::plain_name;

pub(in crate::scenario) const LIMIT: &str = "quality";

/// The worst over loaded components and tasks; nothing where no floor is stated and no model swapped.
pub(super) fn verdict(asked: &Asked<'_>) -> Option<Verdict> {
    let floors = &asked.resolved.file.limits.quality_floor;
    over(asked, |_, place| {
        if !place.is_loaded {
            return None;
        }
        let standing = standing(asked, place);
        if floors.is_empty() {
            return swap(asked, place, standing);
        }
        worst(false, floors.iter().map(|floor| against(place, standing, &floor.task, floor.score)).collect())
    })
}

/// What a model served before.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Standing {
    /// Nothing, or nobody says.
    New,
    /// A smaller share of the requests: from and to.
    More(f64, f64),
    /// The same, or more.
    Kept,
    /// It served; nobody says how much.
    Unsaid,
}

fn standing(asked: &Asked<'_>, place: &Place<'_>) -> Standing {
    let Some(model) = place.model() else { return Standing::New };
    let base = &asked.resolved.findings.base_models;
    let mut before = base.iter().filter(|known| is_same_model(known.name(), model)).peekable();
    if before.peek().is_none() {
        return Standing::New;
    }
    let Some(before) = before.map(BaseModel::share).sum::<Option<f64>>() else {
        return Standing::Unsaid;
    };
    let served = asked.resolved.shares_by_model();
    let now: f64 = served.iter().filter(|(name, _)| is_same_model(name, model)).map(|(_, share)| share).sum();
    if now > before + SAME { Standing::More(before, now) } else { Standing::Kept }
}

impl Resolved {
    /// The model of each component that names one, with the share of the requests that it ends up with.
    pub(in crate::scenario) fn shares_by_model(&self) -> Vec<(String, f64)> {
        let inputs = &self.inputs.components;
        let parts: Vec<_> = inputs.iter().map(|each| (each.share, each.failed_share, each.fallback)).collect();
        let files = self.file.architecture.iter().chain(&self.file.component);
        let named =
            files.zip(shares(&parts)).filter_map(|(file, share)| Some((file.served_model()?.to_owned(), share)));
        named.collect()
    }
}

/// Models of the base that serve no more.
fn gone<'a>(asked: &'a Asked<'_>) -> Vec<&'a str> {
    let now: Vec<&str> = asked.places.iter().filter(|place| place.is_loaded).filter_map(Place::model).collect();
    let names = asked.resolved.findings.base_models.iter().map(BaseModel::name);
    names.filter(|known| !now.iter().any(|model| is_same_model(known, model))).collect()
}

fn against(place: &Place<'_>, standing: Standing, task: &str, floor: f64) -> Verdict {
    let model = place.model().unwrap_or("its model");
    let scored = place.file.quality.iter().find(|score| plain_name(&score.task) == plain_name(task));
    let Some(score) = scored else {
        if standing == Standing::Kept {
            let reason =
                format!("{model} serves no larger share of the requests than in the base, and is accepted as there");
            return Verdict::new(LIMIT, MEETS, reason);
        }
        return Verdict::new(LIMIT, UNKNOWN, format!("{model} has no score in {task}, whose floor is {floor}"))
            .measured(format!("score {model} in {task}"));
    };
    let (low, high) = score.band();
    let verdict = match (low >= floor, high >= floor) {
        (true, _) => MEETS,
        (false, true) => AT_RISK,
        (false, false) => FAILS,
    };
    let source = score.source.as_deref().map_or(String::new(), |source| format!(" ({source})"));
    let reason = format!("{model} scores {} in {task}{source}, and the floor is {floor}", score.score);
    let found = Verdict::new(LIMIT, verdict, reason).valued(format!("{}", score.score)).within((low, high));
    match verdict {
        AT_RISK => found.measured(format!("score {model} in {task} with more cases")),
        FAILS => found.mended(Some(format!("a model that scores {floor} or more in {task}"))),
        _ => found,
    }
}

/// A model without a score that did not serve before, or that takes the requests of one that serves no more.
fn swap(asked: &Asked<'_>, place: &Place<'_>, standing: Standing) -> Option<Verdict> {
    let before = &asked.resolved.findings.base_models;
    if before.is_empty() || !place.file.quality.is_empty() {
        return None;
    }
    let were = before.iter().map(BaseModel::name).collect::<Vec<_>>().join(", ");
    let Some(model) = place.model() else {
        let reason = format!("{} does not say which model it serves, and {were} served before", place.called());
        return Some(Verdict::new(LIMIT, UNKNOWN, reason).measured("state model and its score"));
    };
    let gone = gone(asked);
    let reason = match standing {
        Standing::New => format!("a model swap without a score: {model} instead of {were}"),
        Standing::Unsaid | Standing::More(..) if !gone.is_empty() => {
            format!("a model swap without a score: {model} takes requests of {}", gone.join(", "))
        }
        Standing::More(from, to) if is_swapped(asked) || takes_from_larger(asked, model) => {
            let (from, to) = (from * 100.0, to * 100.0);
            format!("a model swap without a score: {model} serves {to:.1}% of the requests instead of {from:.1}%")
        }
        _ => return None,
    };
    Some(unknown(model, reason))
}

/// Of a model without a score.
pub(in crate::scenario) fn unknown(model: &str, reason: String) -> Verdict {
    let measure = format!("state quality of {model} and limits.quality_floor, or base.models if it serves today");
    Verdict::new(LIMIT, UNKNOWN, reason).measured(measure)
}

/// Does another model lose requests that is not known to be the smaller one?
fn takes_from_larger(asked: &Asked<'_>, model: &str) -> bool {
    let sizes = asked.resolved.model_sizes();
    let Some(own) = sizes.iter().flatten().find(|size| size.is(model)) else { return true };
    let served = asked.resolved.shares_by_model();
    let base = &asked.resolved.findings.base_models;
    sizes.iter().flatten().filter(|other| !other.is(model)).any(|other| {
        let now: f64 = served.iter().filter(|(name, _)| other.is(name)).map(|(_, share)| share).sum();
        let before = base.iter().filter(|known| other.is(known.name())).map(BaseModel::share).sum::<Option<f64>>();
        before.is_some_and(|before| before > now + SAME) && own.is_smaller_than(other) != Some(false)
    })
}

/// Does a model serve that did not before?
fn is_swapped(asked: &Asked<'_>) -> bool {
    let loaded = asked.places.iter().filter(|place| place.is_loaded);
    loaded.into_iter().any(|place| standing(asked, place) == Standing::New)
}
