//! Who wins: by gross margin, less what moving in costs and what waiting forgoes, among those that may win. What fails a limit is not ranked; what has an unknown verdict never
//! ranks first unless its file accepts that in writing (design §7). Only the verdicts of a run are asked.

use marginline_model::Money;

use super::Comparison;
use crate::number;
use crate::scenario::Run;

/// A scenario's place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ranked {
    /// Scenario id.
    pub scenario: String,
    /// 1 is the best; `None` is not ranked.
    pub rank: Option<u32>,
    /// Why it stands there, in words.
    pub why: String,
}

/// What is asked of a scenario.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Scenario id.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// Gross margin of all months, less what moving in costs once and what is forgone until it is live.
    pub margin: Money,
    /// Is anything paid once, or waited for?
    pub moves_in: bool,
    /// Limits that it fails.
    pub fails: Vec<String>,
    /// Limits of which nothing is known.
    pub unknown: Vec<String>,
    /// Limits that it may not keep.
    pub at_risk: Vec<String>,
    /// Why unknown verdicts are accepted, if they are.
    pub accept_unknown: Option<String>,
}

/// Where a scenario stands before its margin is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Standing {
    /// May win.
    Open,
    /// Something is unknown: behind all that may win.
    Unknown,
    /// Fails.
    Out,
}

impl Candidate {
    /// What a run brings to the ranking; `margin` and whether that counts moving in are its own.
    fn of(run: &Run, (margin, moves_in): (Money, bool)) -> Self {
        let limits = |word: &str| -> Vec<String> {
            let named = run.verdicts.iter().filter(|verdict| verdict.verdict == word);
            named.map(|verdict| verdict.limit.to_string()).collect()
        };
        Self {
            id: run.resolved.id.clone(),
            name: run.resolved.name.clone(),
            margin,
            moves_in,
            fails: limits("fails"),
            unknown: limits("unknown"),
            at_risk: limits("at_risk"),
            accept_unknown: run.resolved.file.limits.accept_unknown.clone().filter(|why| !why.trim().is_empty()),
        }
    }

    fn standing(&self) -> Standing {
        match (self.fails.is_empty(), self.unknown.is_empty() || self.accept_unknown.is_some()) {
            (false, _) => Standing::Out,
            (true, false) => Standing::Unknown,
            (true, true) => Standing::Open,
        }
    }

    fn why(&self, rank: Option<u32>, first: Option<&Self>) -> String {
        let mut words = Vec::new();
        match (self.standing(), first) {
            (Standing::Out, _) => words.push(format!("fails {}", self.fails.join(", "))),
            (Standing::Unknown, _) => {
                words.push(format!("{} unknown, and nobody accepted that in writing", self.unknown.join(", ")));
            }
            (Standing::Open, Some(_)) if rank == Some(1) => words.push("earns the most of those that may win".into()),
            _ => {}
        }
        if let Some(first) = first.filter(|_| rank != Some(1)) {
            words.push(match self.margin > first.margin {
                true => format!("earns {} more than {}", short(self.margin - first.margin), first.name),
                false => format!("earns {} less than {}", short(first.margin - self.margin), first.name),
            });
        }
        if !self.at_risk.is_empty() {
            words.push(format!("{} at risk", self.at_risk.join(", ")));
        }
        if let (Some(why), false) = (&self.accept_unknown, self.unknown.is_empty()) {
            words.push(format!("{} unknown, accepted: {why}", self.unknown.join(", ")));
        }
        words.join("; ")
    }
}

/// May a run be ranked first? What fails a limit may not, and what is unknown only where its file accepts that.
pub(crate) fn may_win(run: &Run) -> bool {
    Candidate::of(run, (Money::ZERO, false)).standing() == Standing::Open
}

fn short(amount: Money) -> String {
    number::short_money(amount, "USD")
}

/// Scenarios in the order of their places, those without one last; of equal margins the one named first stands first.
///
/// Unknown ones take places only behind one that may win: where none may, nobody is ranked.
#[must_use]
pub fn rank(candidates: &[Candidate]) -> Vec<Ranked> {
    let mut order: Vec<&Candidate> = candidates.iter().collect();
    order.sort_by(|a, b| a.standing().cmp(&b.standing()).then(b.margin.cmp(&a.margin)));
    let first = order.first().copied().filter(|best| best.standing() == Standing::Open);
    let place = |(at, candidate): (usize, &&Candidate)| {
        let is_ranked = first.is_some() && candidate.standing() != Standing::Out;
        let rank = is_ranked.then(|| u32::try_from(at).unwrap_or(u32::MAX) + 1);
        Ranked { scenario: candidate.id.clone(), rank, why: candidate.why(rank, first) }
    };
    order.iter().enumerate().map(place).collect()
}

/// The ranking in a sentence.
#[must_use]
pub fn words(candidates: &[Candidate], months: u32) -> String {
    let of = |standing: Standing| {
        let mut found: Vec<&Candidate> = candidates.iter().filter(|each| each.standing() == standing).collect();
        found.sort_by_key(|each| std::cmp::Reverse(each.margin));
        found
    };
    let (open, unknown, out) = (of(Standing::Open), of(Standing::Unknown), of(Standing::Out));
    let mut said = vec![match open.as_slice() {
        [] => "no scenario can be ranked first".to_owned(),
        [only] => format!("{} wins, the only one that may", only.name),
        [first, second, ..] if first.margin == second.margin => {
            format!("{} and {} earn the same over {months} months", first.name, second.name)
        }
        [first, second, ..] => {
            let lead = short(first.margin - second.margin);
            format!("{} wins by {lead} over {months} months", first.name)
        }
    }];
    if open.len() > 1 && open.iter().any(|each| each.moves_in) {
        said[0].push_str(", moving in and waiting counted");
    }
    if let Some(first) = open.first() {
        if !first.at_risk.is_empty() {
            said[0].push_str(&format!(", with {} at risk", first.at_risk.join(", ")));
        }
        if let (Some(why), false) = (&first.accept_unknown, first.unknown.is_empty()) {
            said[0].push_str(&format!(", with {} unknown, accepted: {why}", first.unknown.join(", ")));
        }
    }
    for each in unknown {
        let lead = open.first().map_or(Money::ZERO, |first| each.margin - first.margin);
        let more = if lead > Money::ZERO { format!(" earns {} more but", short(lead)) } else { String::new() };
        said.push(format!("{}{more} cannot be ranked first: {} unknown", each.name, each.unknown.join(", ")));
    }
    said.extend(out.iter().map(|each| format!("{} cannot be ranked: fails {}", each.name, each.fails.join(", "))));
    said.join("; ")
}

impl Comparison {
    /// Every scenario's place, from the verdicts of its run alone.
    #[must_use]
    pub fn ranking(&self) -> Vec<Ranked> {
        rank(&self.candidates())
    }

    /// The ranking in a sentence: who wins, by how much, and who cannot and why.
    #[must_use]
    pub fn ranking_words(&self) -> String {
        words(&self.candidates(), self.runs.first().map_or(0, |run| run.resolved.inputs.months))
    }

    fn candidates(&self) -> Vec<Candidate> {
        self.runs.iter().enumerate().map(|(place, run)| Candidate::of(run, self.margin_moved_in(place))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn candidate(name: &str, margin: i64) -> Candidate {
        Candidate {
            id: name.to_lowercase(),
            name: name.to_owned(),
            margin: Money::from_units(margin),
            moves_in: false,
            fails: vec![],
            unknown: vec![],
            at_risk: vec![],
            accept_unknown: None,
        }
    }

    fn ranks(candidates: &[Candidate]) -> Vec<(String, Option<u32>)> {
        rank(candidates).into_iter().map(|ranked| (ranked.scenario, ranked.rank)).collect()
    }

    #[test]
    fn the_best_margin_wins_and_failing_is_never_ranked() {
        let failing = Candidate { fails: vec!["residency".into()], ..candidate("API", 9_000_000) };
        let all = [failing, candidate("Reserved", 2_800_000), candidate("Own", 4_000_000)];
        assert_eq!(ranks(&all), [("own".into(), Some(1)), ("reserved".into(), Some(2)), ("api".into(), None)]);
        assert_eq!(words(&all, 24), "Own wins by $1.20\u{a0}M over 24 months; API cannot be ranked: fails residency");
        assert_eq!(rank(&all)[1].why, "earns $1.20\u{a0}M less than Own");
        assert_eq!(rank(&all)[2].why, "fails residency; earns $5.00\u{a0}M more than Own");
    }

    #[test]
    fn unknown_stands_behind_until_it_is_accepted_in_writing() {
        let unknown = Candidate { unknown: vec!["quality".into()], ..candidate("Small model", 6_000_000) };
        let all = [unknown.clone(), candidate("Large model", 5_000_000)];
        assert_eq!(ranks(&all), [("large model".into(), Some(1)), ("small model".into(), Some(2))]);
        assert!(
            words(&all, 24).contains("Small model earns $1.00\u{a0}M more but cannot be ranked first: quality unknown")
        );
        let accepted = Candidate { accept_unknown: Some("pilot of May".into()), ..unknown.clone() };
        let found = rank(&[accepted, candidate("Large model", 5_000_000)]);
        assert_eq!((found[0].scenario.as_str(), found[0].rank), ("small model", Some(1)));
        assert!(found[0].why.contains("quality unknown, accepted: pilot of May"), "{}", found[0].why);
        assert_eq!(ranks(&[unknown]), [("small model".into(), None)], "nobody is first, so nobody is ranked");
    }

    #[test]
    fn the_sentence_tells_what_it_counts_and_what_is_not_settled() {
        let moved = Candidate { moves_in: true, ..candidate("Own", 4_000_000) };
        let all = [moved.clone(), candidate("API", 2_800_000)];
        assert_eq!(words(&all, 24), "Own wins by $1.20\u{a0}M over 24 months, moving in and waiting counted");
        let risky = Candidate { at_risk: vec!["tpot_ms_p95".into()], ..moved.clone() };
        assert!(words(&[risky, all[1].clone()], 24).ends_with("counted, with tpot_ms_p95 at risk"));
        let accepted = Candidate {
            unknown: vec!["quality".into()],
            accept_unknown: Some("agreed by the CFO".into()),
            ..candidate("Own", 4_000_000)
        };
        let told = words(&[accepted, all[1].clone()], 24);
        assert!(told.ends_with("over 24 months, with quality unknown, accepted: agreed by the CFO"), "{told}");
    }

    prop_compose! {
        fn any_candidate()(
            margin in -50..50i64, fails in any::<bool>(), unknown in any::<bool>(), accepts in any::<bool>(), risk in any::<bool>(),
        ) -> Candidate {
            let limit = |is: bool| if is { vec!["capacity".to_owned()] } else { vec![] };
            Candidate {
                fails: limit(fails), unknown: limit(unknown), at_risk: limit(risk),
                accept_unknown: accepts.then(|| "tried".to_owned()), ..candidate("any", margin)
            }
        }
    }

    proptest! {
        #[test]
        fn failing_is_never_ranked_and_unknown_never_first(found in prop::collection::vec(any_candidate(), 1..8)) {
            let all: Vec<Candidate> =
                found.into_iter().enumerate().map(|(at, each)| Candidate { id: at.to_string(), ..each }).collect();
            let ranking = rank(&all);
            prop_assert_eq!(ranking.len(), all.len());
            for ranked in &ranking {
                let each = &all[ranked.scenario.parse::<usize>().unwrap()];
                prop_assert!(each.fails.is_empty() || ranked.rank.is_none());
                let is_open = each.unknown.is_empty() || each.accept_unknown.is_some();
                prop_assert!(is_open || ranked.rank != Some(1));
                prop_assert!(!ranked.why.is_empty() || ranked.rank != Some(1));
            }
            let meets = |each: &Candidate| each.fails.is_empty() && each.unknown.is_empty();
            if let Some(best) = all.iter().filter(|each| meets(each)).map(|each| each.margin).max() {
                let first = ranking.iter().find(|ranked| ranked.rank == Some(1)).unwrap();
                let first = &all[first.scenario.parse::<usize>().unwrap()];
                prop_assert!(first.margin >= best, "the winner earns at least as much as any that meets all");
            }
            let places: Vec<u32> = ranking.iter().filter_map(|ranked| ranked.rank).collect();
            prop_assert!(places.iter().enumerate().all(|(at, place)| *place as usize == at + 1), "1, 2, 3 and so on");
        }
    }
}
