//! Cost of scenarios over requests a month, and the volumes at which each earns the most.

use std::sync::Arc;

use marginline_model::scenario::{Sheet, at_volume};

use super::{colour, source, whole_usd};
use crate::chart::{self, Curves, Series, Stretch, Turn, Unit};
use crate::error::Result;
use crate::number;
use crate::scenario::compare::CostByVolume;
use crate::scenario::{Comparison, Run};
use crate::screen::charts::Look;
use crate::view::{Chart, ScenarioInfo};

/// Volumes at which each line is drawn.
const POINTS: usize = 301;

/// Cost of the first month by requests, a line a scenario, shaded where one of them earns more than every other.
///
/// # Errors
/// When there are fewer than two scenarios or their months differ, or a size that cannot be drawn.
pub fn draw_cost_by_volume(comparison: &Comparison, infos: &[ScenarioInfo], look: Look) -> Result<Chart> {
    look.check()?;
    comparison.check()?;
    let mut found = comparison.cost_by_volume(POINTS);
    let widest = found.requests.last().copied().unwrap_or_default();
    let kept = worth_drawing(&found, &leads(&comparison.runs, widest));
    found.requests.truncate(kept);
    found.lines.iter_mut().for_each(|line| line.cost_usd.truncate(kept));
    let most = found.requests.last().copied().unwrap_or_default();
    let series = comparison.runs.iter().zip(&found.lines).map(|(run, line)| Series {
        name: line.name.clone(),
        colour: colour(infos, run),
        values: served(run, &found.requests, &line.cost_usd),
        shown: line.cost_usd.iter().map(|usd| whole_usd(*usd)).collect(),
        ..Series::default()
    });
    let ahead: Vec<(&Run, Vec<(f64, f64)>)> = (0..comparison.runs.len())
        .map(|place| (&*comparison.runs[place], ahead(&comparison.runs, place, most)))
        .collect();
    let stretches = ahead.iter().flat_map(|(run, stretches)| {
        let shade = |(from, to): &(f64, f64)| Stretch {
            from: *from,
            to: *to,
            label: run.resolved.name.clone(),
            colour: colour(infos, run),
        };
        stretches.iter().map(shade).collect::<Vec<_>>()
    });
    let curves = Curves {
        x: found.requests.clone(),
        x_shown: found.requests.iter().map(|requests| number::short_count(requests.round() as u64)).collect(),
        x_title: "requests a month".into(),
        x_unit: Unit::Count,
        series: series.collect(),
        unit: Unit::Currency("USD".into()),
        stretches: stretches.collect(),
        places: places(&comparison.runs),
        turns: turns(&ahead, lasting(&comparison.runs), infos),
    };
    let start = comparison.runs.first().map(|run| run.resolved.inputs.start.label()).unwrap_or_default();
    let mut frame = look.frame(
        "cost-by-volume",
        title(&ahead, most),
        format!("cost a month, USD · prices of {start} · shaded: earns the most"),
        ahead.iter().map(|(run, stretches)| told(run, stretches, most)).collect::<Vec<_>>().join("; "),
    );
    frame.source = source(comparison.runs.iter().map(|run| &run.resolved));
    Ok(chart::curves(&frame, &curves)?)
}

/// `Cost by volume: Own H100 earns the most from 104 M requests`, of the one that leads at the largest volume.
fn title(ahead: &[(&Run, Vec<(f64, f64)>)], most: f64) -> String {
    let last = |(run, stretches): &(&Run, Vec<(f64, f64)>)| {
        let (from, _) = stretches.last().filter(|(_, to)| *to >= most)?;
        let place = match *from > 0.0 {
            true => format!("from {} requests", short(*from)),
            false => "at every volume".to_owned(),
        };
        Some(format!("Cost by volume: {} earns the most {place}", run.resolved.name))
    };
    ahead.iter().find_map(last).unwrap_or_else(|| "Cost by volume".to_owned())
}

/// The volume from which one scenario earns more than every other for good, if there is any.
fn lasting(runs: &[Arc<Run>]) -> Option<f64> {
    let last = |place: usize| ahead(runs, place, f64::INFINITY).pop().filter(|(_, to)| *to == f64::INFINITY);
    (0..runs.len()).find_map(last).map(|(from, _)| from)
}

/// Where another one takes the lead, from left to right, at its cost; of several the lasting one is named.
fn turns(ahead: &[(&Run, Vec<(f64, f64)>)], lasting: Option<f64>, infos: &[ScenarioInfo]) -> Vec<Turn> {
    let sheet = &mut Sheet::default();
    let all = || ahead.iter().flat_map(|(run, stretches)| stretches.iter().map(move |(from, _)| (*run, *from)));
    let count = all().filter(|(_, from)| *from > 0.0).count();
    let mut found = Vec::with_capacity(count);
    for (run, from) in all().filter(|(_, from)| *from > 0.0) {
        let good = if count > 1 && lasting == Some(from) { " for good" } else { "" };
        found.push(Turn {
            x: from,
            y: at_volume(&run.resolved.inputs, 0, from, sheet).cost_usd,
            shown: format!("{}{good}", short(from)),
            said: format!("{} earns the most{good} from {} requests a month", run.resolved.name, short(from)),
            colour: colour(infos, run),
        });
    }
    found.sort_by(|a, b| a.x.total_cmp(&b.x));
    found
}

fn short(requests: f64) -> String {
    number::short_count(requests.ceil() as u64)
}

/// Where each scenario earns more than every other, up to `most` requests a month.
fn leads(runs: &[Arc<Run>], most: f64) -> Vec<Vec<(f64, f64)>> {
    (0..runs.len()).map(|place| ahead(runs, place, most)).collect()
}

/// Volumes from the first on that are worth drawing: a little beyond the largest month and the last change of the lead.
/// They reach from 0 to twice the largest month.
fn worth_drawing(found: &CostByVolume, leads: &[Vec<(f64, f64)>]) -> usize {
    let largest = found.requests.last().copied().unwrap_or_default() / 2.0;
    let turn = leads.iter().flatten().map(|(from, _)| *from).fold(0.0, f64::max);
    let most = (largest * 1.2).max(turn * 1.15);
    found.requests.iter().take_while(|requests| **requests <= most).count().max(2)
}

/// Cost at each volume; unknown where a stated number of GPUs cannot serve it all.
fn served(run: &Run, requests: &[f64], cost_usd: &[f64]) -> Vec<Option<f64>> {
    let sheet = &mut Sheet::default();
    let mut serves = |volume: f64| at_volume(&run.resolved.inputs, 0, volume, sheet).unserved_requests <= volume * 1e-9;
    requests.iter().zip(cost_usd).map(|(volume, usd)| serves(*volume).then_some(*usd)).collect()
}

/// Volumes up to `most` at which one scenario earns more than every other.
fn ahead(runs: &[Arc<Run>], place: usize, most: f64) -> Vec<(f64, f64)> {
    let others = runs.iter().enumerate().filter(|(other, _)| *other != place);
    let stretches = |(_, other): (usize, &Arc<Run>)| -> Vec<(f64, f64)> {
        let found = runs[place].by_volume().ahead_of(other.by_volume());
        found.into_iter().map(|(from, to)| (from, to.unwrap_or(f64::INFINITY))).collect()
    };
    others.map(stretches).fold(vec![(0.0, most)], |kept, other| common(&kept, &other))
}

/// What lies in both lists of stretches.
fn common(one: &[(f64, f64)], other: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let pairs = one.iter().flat_map(|a| other.iter().map(move |b| (a.0.max(b.0), a.1.min(b.1))));
    let mut found: Vec<(f64, f64)> = pairs.filter(|(from, to)| from < to).collect();
    found.sort_by(|a, b| a.0.total_cmp(&b.0));
    found
}

/// The demand of the first and of the last month, where all scenarios have the same.
fn places(runs: &[Arc<Run>]) -> Vec<(f64, String)> {
    let demand = |run: &Run, index: usize| run.projected.get(index).map(|month| month.totals.requests);
    let Some(first) = runs.first() else { return Vec::new() };
    let last = first.projected.len().saturating_sub(1);
    let shared = |index: usize| {
        let of_first = demand(first, index)?;
        runs.iter()
            .all(|run| demand(run, index) == Some(of_first))
            .then_some((of_first, format!("month {}", index + 1)))
    };
    let mut places: Vec<(f64, String)> = shared(0).into_iter().collect();
    places.extend(shared(last).filter(|_| last > 0));
    places
}

fn told(run: &Run, stretches: &[(f64, f64)], most: f64) -> String {
    let name = &run.resolved.name;
    match stretches {
        [] => format!("{name} never earns the most up to {} requests a month", short(most)),
        [(from, to)] => format!("{name} earns the most from {} to {} requests a month", short(*from), short(*to)),
        [(from, _), .., (_, to)] => format!(
            "{name} earns the most in {} stretches between {} and {} requests a month",
            stretches.len(),
            short(*from),
            short(*to)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::common;

    #[test]
    fn what_two_lists_have_in_common() {
        let found = common(&[(0.0, 5.0), (8.0, f64::INFINITY)], &[(1.0, 2.0), (4.0, 9.0), (10.0, 11.0)]);
        assert_eq!(found, [(1.0, 2.0), (4.0, 5.0), (8.0, 9.0), (10.0, 11.0)]);
        assert!(common(&[(0.0, 1.0)], &[(1.0, 2.0)]).is_empty(), "touching is not overlapping");
    }
}
