//! May every component that gets any request, in any month, serve it where it stands? One that work may move on to counts
//! as well: whether it does depends on numbers that are only assumed, and the law on where it goes.

use super::super::file::{Assumption, ComponentFile, Kind, Scope};
use super::{Asked, FAILS, MEETS, Place, UNKNOWN, Verdict, over};
use crate::prices::regions::{self, Region, cloud_ids};

const LIMIT: &str = "residency";

/// The worst over loaded components; nothing where residency is not limited.
pub(super) fn verdict(asked: &Asked<'_>) -> Option<Verdict> {
    let allowed = &asked.resolved.file.limits.residency;
    if allowed.is_empty() {
        return None;
    }
    let paths = paths(asked);
    let found = over(asked, |at, place| match &paths[at] {
        _ if place.is_loaded => Some(of(place, allowed)),
        // No GPU serves nothing, wherever it is not.
        Some(path) if place.file.gpus != Some(0) => {
            let found = of(place, allowed);
            let reason = format!("{}, and {path}", found.reason);
            Some(Verdict { reason, ..found })
        }
        _ => None,
    });
    // Nothing is served at all.
    found.or_else(|| Some(Verdict::new(LIMIT, MEETS, "no request is served anywhere")))
}

/// For each component how work may come to it at some value of what is assumed, in words; `None` where it cannot.
fn paths(asked: &Asked<'_>) -> Vec<Option<String>> {
    let may = |number: &Option<Assumption>| {
        number.as_ref().is_some_and(|number| number.value > 0.0 || number.high.is_some_and(|high| high > 0.0))
    };
    let mut found: Vec<Option<String>> = vec![None; asked.places.len()];
    for at in 0..asked.places.len() {
        let place = &asked.places[at];
        if found[at].is_none() && may(&place.file.share_percent) {
            found[at] = Some("it may get a share of the requests".to_owned());
        }
        if !place.is_loaded && found[at].is_none() {
            continue;
        }
        let file = place.file;
        let links = [
            (&file.overflow_to, true, "what does not fit on"),
            (&file.fallback_to, may(&file.failed_percent), "what fails on"),
            (&file.until_live, may(&file.weeks_to_live), "until it is live, what is meant for"),
        ];
        for (to, open, words) in links {
            // Work moves on to later components only.
            let later = (at + 1..asked.places.len()).find(|later| Some(asked.places[*later].name) == to.as_deref());
            if let Some(later) = later.filter(|_| open) {
                found[later].get_or_insert_with(|| format!("{words} {} goes there", place.called()));
            }
        }
    }
    found
}

fn of(place: &Place<'_>, allowed: &[String]) -> Verdict {
    let limits = allowed.join(", ");
    let file = place.file;
    let mend = || Some(format!("a region of {limits} for {}", place.called()));
    let scope = match (file.kind, file.scope) {
        (Kind::Api, Some(scope)) => scope,
        (Kind::Api, None) if file.region.is_none() => Scope::Global,
        _ => Scope::Region,
    };
    let endpoint = match scope {
        Scope::Global => Some("a global endpoint"),
        Scope::CrossRegion => Some("a cross-region endpoint"),
        Scope::Region => None,
    };
    if let Some(endpoint) = endpoint {
        let reason = format!("{endpoint} may serve a request anywhere, and only {limits} is allowed");
        return Verdict::new(LIMIT, FAILS, reason).mended(mend());
    }
    let Some(region) = file.region.as_deref() else {
        return Verdict::new(LIMIT, UNKNOWN, format!("the region of {} is not stated", place.called()))
            .measured("state region");
    };
    match is_allowed(file, region, allowed) {
        Some(true) => Verdict::new(LIMIT, MEETS, format!("{region} lies in {limits}")).valued(region),
        Some(false) => {
            Verdict::new(LIMIT, FAILS, format!("{region} does not lie in {limits}")).valued(region).mended(mend())
        }
        None => Verdict::new(LIMIT, UNKNOWN, format!("it is not known in which country {region} lies"))
            .valued(region)
            .measured(format!("ask the seller where {region} is, and write it as a country")),
    }
}

/// Regions that a component's region may mean: those of its cloud or provider, else those of any cloud.
fn meant(file: &ComponentFile, region: &str) -> Vec<&'static Region> {
    let seller = file.cloud.as_deref().or(file.provider.as_deref());
    let of_seller = |known: &&Region| seller.is_some_and(|seller| cloud_ids(seller).contains(&known.provider));
    let all: Vec<&'static Region> = regions::all_named(region).collect();
    let own: Vec<&'static Region> = all.iter().copied().filter(|region| of_seller(region)).collect();
    // A cloud's own region that is not in the table is not another cloud's of the same name.
    let is_cloud = |id: &String| regions::regions().iter().any(|known| known.provider == *id);
    let known_seller = seller.is_some_and(|seller| cloud_ids(seller).iter().any(is_cloud));
    if known_seller { own } else { all }
}

/// `None` where nobody knows.
fn is_allowed(file: &ComponentFile, region: &str, allowed: &[String]) -> Option<bool> {
    let is_named = |known: &&Region| allowed.iter().any(|place| regions::all_named(place).any(|one| one == *known));
    let meant = meant(file, region);
    if meant.is_empty() {
        // An endpoint may be named by its area, such as `eu`.
        if !regions::is_area(region) {
            let is_same = allowed.iter().any(|place| place.eq_ignore_ascii_case(region));
            return is_same.then_some(true);
        }
        return Some(allowed.iter().any(|area| regions::area_is_within(region, area)));
    }
    let answers: Vec<Option<bool>> = meant
        .iter()
        .map(|known| {
            if is_named(known) {
                return Some(true);
            }
            known.legal_area.as_ref()?;
            Some(allowed.iter().any(|area| regions::lies_in(known, area)))
        })
        .collect();
    // Where several clouds have a region of that name, all must agree.
    answers.iter().all(|answer| *answer == answers[0]).then_some(answers[0]).flatten()
}
