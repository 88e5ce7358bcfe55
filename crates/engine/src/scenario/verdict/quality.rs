//! Scores against the floor of each task; a model swap without a score is unknown.

use super::{AT_RISK, Asked, FAILS, MEETS, Place, UNKNOWN, Verdict, over, worst};
use crate::subject::plain_name;

const LIMIT: &str = "quality";

/// The worst over loaded components and tasks; nothing where no floor is stated and no model swapped.
pub(super) fn verdict(asked: &Asked<'_>) -> Option<Verdict> {
    let floors = &asked.resolved.file.limits.quality_floor;
    over(asked, |_, place| {
        if !place.is_loaded {
            return None;
        }
        if floors.is_empty() {
            return swap(place, &asked.resolved.findings.base_models);
        }
        worst(false, floors.iter().map(|floor| against(place, &floor.task, floor.score)).collect())
    })
}

fn against(place: &Place<'_>, task: &str, floor: f64) -> Verdict {
    let model = place.model().unwrap_or("its model");
    let scored = place.file.quality.iter().find(|score| plain_name(&score.task) == plain_name(task));
    let Some(score) = scored else {
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

/// A model that did not serve before and has no score.
fn swap(place: &Place<'_>, before: &[String]) -> Option<Verdict> {
    if before.is_empty() || !place.file.quality.is_empty() {
        return None;
    }
    let were = before.join(", ");
    let found = match place.model() {
        None => {
            let reason = format!("{} does not say which model it serves, and {were} served before", place.called());
            Verdict::new(LIMIT, UNKNOWN, reason).measured("state model and its score")
        }
        Some(model) if before.iter().any(|known| is_same_model(known, model)) => return None,
        Some(model) => Verdict::new(LIMIT, UNKNOWN, format!("a model swap without a score: {model} instead of {were}"))
            .measured(format!("state quality of {model} and limits.quality_floor")),
    };
    Some(found)
}

/// Are these names of one model? A seller before it, a date or `latest` behind it, case and punctuation do not matter.
fn is_same_model(one: &str, other: &str) -> bool {
    bare(one) == bare(other)
}

fn bare(name: &str) -> String {
    let name = name.rsplit('/').next().unwrap_or(name);
    let name = name.split('@').next().unwrap_or(name).to_lowercase();
    let name = name.trim_end_matches("-latest");
    let mut parts: Vec<&str> = name.split('-').collect();
    let digits = |part: &&str, count: usize| part.len() == count && part.chars().all(|c| c.is_ascii_digit());
    let is_date = |parts: &[&str]| match parts {
        [.., last] if digits(last, 8) => 1,
        [.., year, month, day] if digits(year, 4) && digits(month, 2) && digits(day, 2) => 3,
        _ => 0,
    };
    let dated = is_date(&parts);
    if parts.len() > dated {
        parts.truncate(parts.len() - dated);
    }
    plain_name(&parts.join("-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_one_model() {
        assert!(is_same_model("claude-haiku-4-5", "anthropic/claude-haiku-4-5-20251001"));
        assert!(is_same_model("gpt-4o-2024-08-06", "GPT-4o"));
        assert!(!is_same_model("claude-haiku-4-5", "claude-haiku-4"));
        assert!(!is_same_model("llama-3.1-8b", "llama-3.1-70b"));
    }
}
