//! Gross margin of scenarios by month.

use marginline_model::breakeven::months_ahead;

use super::{percent, source};
use crate::chart::{self, Band, Lines, Series, Unit};
use crate::error::Result;
use crate::scenario::compare::may_win;
use crate::scenario::{Comparison, Run};
use crate::screen::charts::Look;
use crate::view::{Chart, ScenarioInfo};

/// Pairs of scenarios whose break-even is marked.
const MOST_PAIRS: usize = 2;

/// Gross margin of scenarios by month, with the band where one overtakes another.
///
/// # Errors
/// A size that cannot be drawn.
pub fn draw_comparison(comparison: &Comparison, infos: &[ScenarioInfo], look: Look) -> Result<Chart> {
    look.check()?;
    let n = comparison.runs.first().map_or(0, |run| run.months.len());
    // A line on top that does not win would contradict the headline; where nobody may win, there is none.
    let some_win = comparison.runs.iter().any(|run| may_win(run));
    let is_barred = |run: &Run| some_win && !may_win(run);
    let series = comparison
        .runs
        .iter()
        .zip(infos)
        .map(|(run, info)| {
            let values: Vec<Option<f64>> = run.projected.iter().map(|month| month.totals.margin_percent()).collect();
            Series {
                name: info.name.clone(),
                colour: info.colour as usize,
                shown: values.iter().copied().map(percent).collect(),
                values,
                dashed: is_barred(run),
                ..Series::default()
            }
        })
        .collect();
    let barred = if comparison.runs.iter().any(|run| is_barred(run)) { " · dashed: may not win" } else { "" };
    let bands = overtaking(comparison, infos);
    let mut frame = look.frame(
        "compare",
        format!("Gross margin by month: {}", message(comparison)),
        format!(
            "percent of revenue · {}{}{barred}",
            comparison.period_label(),
            match bands.len() {
                0 => "",
                1 => " · band: break-even",
                _ => " · bands: break-even",
            }
        ),
        comparison.break_even().iter().map(|b| b.text.clone()).collect::<Vec<_>>().join("; "),
    );
    frame.source = source(comparison.runs.iter().map(|run| &run.resolved));
    let labels = (1..=n).map(|month| month.to_string()).collect();
    Ok(chart::lines(&frame, &Lines { labels, series, unit: Unit::Percent, bands })?)
}

/// A month from which another of a pair is ahead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Overtaking {
    /// Number of the month, 2 or more.
    month: u32,
    /// Place of the one that is ahead from then on, in the pair.
    by: usize,
    /// It stays ahead to the end.
    lasts: bool,
}

/// Each month in which the lead of a pair changes, from the months in which either is ahead; whole GPUs make several.
fn overtakings(ahead: [&[(u32, u32)]; 2], months: u32) -> Vec<Overtaking> {
    let of = |by: usize| {
        let begun = ahead[by].iter().filter(|(from, _)| *from > 1);
        begun.map(move |(from, to)| Overtaking { month: *from, by, lasts: *to == months })
    };
    let mut found: Vec<Overtaking> = of(0).chain(of(1)).collect();
    found.sort_by_key(|each| each.month);
    found
}

/// Where one scenario overtakes another: every month of a pair, the last named; two pairs at most, as more would hide the
/// lines. Those of the winner come first.
fn overtaking(comparison: &Comparison, infos: &[ScenarioInfo]) -> Vec<Band> {
    let runs = &comparison.runs;
    let months = runs.first().map_or(0, |run| run.resolved.inputs.months);
    let first = comparison.ranking().into_iter().find(|each| each.rank == Some(1)).map(|each| each.scenario);
    let mut pairs: Vec<(bool, Vec<Band>)> = Vec::new();
    for (place, one) in runs.iter().enumerate() {
        for (beyond, other) in runs.iter().enumerate().skip(place + 1) {
            let (mine, theirs) =
                (months_ahead(&one.projected, &other.projected), months_ahead(&other.projected, &one.projected));
            let found = overtakings([&mine, &theirs], months);
            let count = found.len();
            let band = |(at, each): (usize, &Overtaking)| {
                let [winner, loser] = if each.by == 0 { [place, beyond] } else { [beyond, place] };
                let words = match runs.len() {
                    2 => "break-even".to_owned(),
                    _ => format!("{} overtakes {}", runs[winner].resolved.name, runs[loser].resolved.name),
                };
                let label = match (at + 1 == count, count, each.lasts) {
                    (false, ..) => String::new(),
                    (true, 1, _) => words,
                    (true, _, true) => format!("{words} to the end"),
                    (true, _, false) => format!("last {words}"),
                };
                let colour = infos.get(winner).map_or(0, |info| info.colour as usize);
                Band { from: f64::from(each.month) - 2.0, to: f64::from(each.month) - 1.0, label, colour }
            };
            let concerns_first = [one, other].iter().any(|run| Some(&run.resolved.id) == first.as_ref());
            let bands: Vec<Band> = found.iter().enumerate().map(band).collect();
            pairs.extend((!bands.is_empty()).then_some((concerns_first, bands)));
        }
    }
    // Stable: beside that in the order of the scenarios.
    pairs.sort_by_key(|(concerns_first, _)| !concerns_first);
    let mut bands: Vec<Band> = Vec::new();
    let mut named = 0;
    for (_, pair) in pairs {
        let is_new = |band: &&Band| bands.iter().all(|other| (other.to - band.to).abs() > 0.5);
        // A pair whose named month is marked already adds nothing that could be told apart.
        if named < MOST_PAIRS && pair.last().is_some_and(|last| is_new(&last)) {
            let fresh: Vec<Band> = pair.iter().filter(is_new).cloned().collect();
            bands.extend(fresh);
            named += 1;
        }
    }
    bands
}

/// Who wins and by how much, the first of what the ranking says.
fn message(comparison: &Comparison) -> String {
    let words = comparison.ranking_words();
    words.split_once("; ").map_or(words.as_str(), |(first, _)| first).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first leads in months 2 to 3 and from 6 on, the second in month 1 and months 4 to 5.
    #[test]
    fn every_change_of_the_lead_is_found_and_the_lasting_one_known() {
        let found = overtakings([&[(2, 3), (6, 9)], &[(1, 1), (4, 5)]], 9);
        let told: Vec<(u32, usize, bool)> = found.iter().map(|each| (each.month, each.by, each.lasts)).collect();
        assert_eq!(told, [(2, 0, false), (4, 1, false), (6, 0, true)]);
        assert!(overtakings([&[(1, 9)], &[]], 9).is_empty(), "ahead from the start is no change");
        assert!(!overtakings([&[(2, 8)], &[(1, 1)]], 9)[0].lasts, "alike in the last month");
    }
}
