//! When one scenario earns more than another: by month, by volume, and by utilisation of its GPUs.

use marginline_model::breakeven::{UtilisationAhead, Whose, break_even_utilisation, cumulative_month, months_ahead};
use marginline_model::scenario::{Inputs, Serving};
use rayon::prelude::*;
use serde_json::{Value, json};

use super::Comparison;
use crate::number;
use crate::scenario::Run;
use crate::view::BreakEven;

/// Where one scenario of a pair is ahead of the other.
#[derive(Debug, Clone, PartialEq)]
pub struct Crossing {
    /// Place of the scenario that is ahead there.
    pub winner: usize,
    /// Place of the other.
    pub loser: usize,
    /// Months (1 the first) in which it earns more, as closed intervals.
    pub months: Vec<(u32, u32)>,
    /// Requests a month from which and up to which it earns more, in the first month; the last may be open.
    pub volumes: Vec<(f64, Option<f64>)>,
    /// Those volumes are exact, and not to about 3 % from a grid.
    pub is_exact: bool,
    /// The same by utilisation; `None` where no GPUs are in the pair, or units do not come at even distances.
    pub utilisation: Option<Utilisation>,
    /// Utilisation at which a GPU's tokens cost what the API's do, where it is GPUs against an API; above 1 it is never.
    pub of_a_gpu: Option<f64>,
}

/// Utilisation of the GPUs of one of a pair.
#[derive(Debug, Clone, PartialEq)]
pub struct Utilisation {
    /// Place of the scenario whose GPUs are looked at: the one that is ahead, or the one that has any.
    pub of: usize,
    /// Stretches in which the winner earns more, fleet by fleet, up to twice the largest month's requests.
    pub ahead: Vec<UtilisationAhead>,
}

impl Comparison {
    /// When each scenario overtakes each other one; told once for each pair: by the one that overtakes, or the one that is
    /// ahead in every month.
    #[must_use]
    pub fn crossings(&self) -> Vec<Crossing> {
        // On all processors: first what each costs by volume, then the pairs that stand on it.
        self.runs.par_iter().for_each(|run| {
            run.by_volume();
        });
        let places = 0..self.runs.len();
        let pairs: Vec<(usize, usize)> = places.clone().flat_map(|b| places.clone().map(move |a| (a, b))).collect();
        let told = |(winner, loser): &(usize, usize)| {
            let (a, b) = (&self.runs[*winner].projected, &self.runs[*loser].projected);
            let months = months_ahead(a, b);
            let from_start = months.first().is_some_and(|(first, _)| *first == 1);
            let is_told_by_the_other = from_start && !months_ahead(b, a).is_empty();
            let is_told = winner != loser && !months.is_empty() && !is_told_by_the_other;
            is_told.then(|| self.crossing((*winner, *loser), months))
        };
        pairs.par_iter().filter_map(told).collect()
    }

    fn crossing(&self, (winner, loser): (usize, usize), months: Vec<(u32, u32)>) -> Crossing {
        let pair = [&self.runs[winner], &self.runs[loser]];
        let (a, b) = (&pair[0].resolved.inputs, &pair[1].resolved.inputs);
        let (mine, theirs) = (pair[0].by_volume(), pair[1].by_volume());
        let requests = pair.iter().flat_map(|run| &run.projected).map(|month| month.totals.requests);
        let most = 2.0 * requests.fold(1.0, f64::max);
        let utilisation = [(winner, a, Whose::Own), (loser, b, Whose::Others)]
            .into_iter()
            .find(|(_, inputs, _)| has_gpus(inputs))
            .and_then(|(of, _, whose)| {
                mine.utilisation_ahead(theirs, whose, most).map(|ahead| Utilisation { of, ahead })
            });
        Crossing {
            winner,
            loser,
            months,
            volumes: mine.ahead_of(theirs),
            is_exact: mine.is_exact() && theirs.is_exact(),
            utilisation,
            of_a_gpu: break_even_utilisation(a, b).or_else(|| break_even_utilisation(b, a)),
        }
    }

    /// When each scenario overtakes each other one, in words.
    #[must_use]
    pub fn break_even(&self) -> Vec<BreakEven> {
        let told = |crossing: Crossing| {
            let (a, b) = (&self.runs[crossing.winner], &self.runs[crossing.loser]);
            BreakEven {
                winner: a.resolved.id.clone(),
                loser: b.resolved.id.clone(),
                text: words(a, b, &crossing),
                months: crossing.months,
            }
        };
        self.crossings().into_iter().map(told).collect()
    }

    /// The `break_even` of the JSON document.
    pub(super) fn break_even_json(&self) -> Vec<Value> {
        let id = |place: usize| &self.runs[place].resolved.id;
        let told = |crossing: &Crossing| {
            let volumes: Vec<Value> =
                crossing.volumes.iter().map(|(from, to)| json!({"from": from, "to": to})).collect();
            let utilisation = crossing.utilisation.as_ref().map(|found| {
                let ahead: Vec<Value> = found
                    .ahead
                    .iter()
                    .map(|each| {
                        json!({"gpus": each.gpus, "from": each.from, "to": each.to,
                            "from_requests": each.requests.0, "to_requests": each.requests.1})
                    })
                    .collect();
                json!({"of": id(found.of), "ahead": ahead})
            });
            json!({
                "winner": id(crossing.winner),
                "loser": id(crossing.loser),
                "months": crossing.months,
                "volumes": volumes,
                "volumes_exact": crossing.is_exact,
                "utilisation": utilisation,
                "utilisation_of_a_gpu": crossing.of_a_gpu,
                "text": words(&self.runs[crossing.winner], &self.runs[crossing.loser], crossing),
            })
        };
        self.crossings().iter().map(told).collect()
    }
}

fn has_gpus(inputs: &Inputs) -> bool {
    inputs.components.iter().any(|component| matches!(component.serving, Serving::OwnGpus(_)))
}

fn words(a: &Run, b: &Run, crossing: &Crossing) -> String {
    let months = &crossing.months;
    let n = a.resolved.inputs.months;
    let spans: Vec<String> = months
        .iter()
        .map(|(from, to)| match (from, to) {
            (1, to) if *to == n => "in every month".into(),
            (from, to) if *to == n => format!("from month {from} on"),
            (from, to) if from == to => format!("in month {from}"),
            (from, to) => format!("in months {from}–{to}"),
        })
        .collect();
    // The months are those of a scenario that is live; moving in and waiting are counted where the winner is named.
    let once = if a.resolved.file.wait_months() > 0.0 { ", once live," } else { "" };
    let mut text = format!("{}{once} earns more than {} {}", a.resolved.name, b.resolved.name, spans.join(", "));
    match cumulative_month(&a.projected, &b.projected) {
        Some(month) if months.first().is_some_and(|(first, _)| *first > 1) => {
            text.push_str(&format!("; it has made up for the months before by month {month}"));
        }
        Some(_) => {}
        None => text.push_str(&format!("; over {n} months it has not made up for the rest")),
    }
    text.push_str(&volume_words(&crossing.volumes, crossing.is_exact));
    match crossing.of_a_gpu {
        Some(share) if share <= 1.0 => {
            let percent = number::rounded(&(100.0 * share).to_string(), 1);
            text.push_str(&format!("; a GPU's tokens cost what the API's do at {percent}% utilisation"));
        }
        Some(_) => text.push_str("; at no utilisation do a GPU's tokens cost less than the API's"),
        None => {}
    }
    text
}

/// At which volumes one is ahead: from where first, and from where on for good, if for good.
fn volume_words(volumes: &[(f64, Option<f64>)], is_exact: bool) -> String {
    let about = if is_exact { "" } else { "about " };
    let short = |requests: f64| format!("{about}{}", number::short_count(requests.ceil() as u64));
    match volumes {
        [] => String::new(),
        [(from, None)] if *from == 0.0 => "; by volume at any number of requests".to_owned(),
        [(from, None)] => format!("; by volume from {} requests a month on", short(*from)),
        [(from, Some(to))] if *from == 0.0 => format!("; by volume up to {} requests a month", short(*to)),
        [(from, Some(to))] => format!("; by volume from {} to {} requests a month", short(*from), short(*to)),
        [(from, _), .., (settled, None)] => format!(
            "; by volume first at {} requests a month, for good from {} (whole GPUs make the lines cross {} times)",
            short(*from),
            short(*settled),
            2 * volumes.len() - 1
        ),
        [(from, _), .., (_, Some(to))] => format!(
            "; by volume between {} and {} requests a month, in {} stretches",
            short(*from),
            short(*to),
            volumes.len()
        ),
    }
}
