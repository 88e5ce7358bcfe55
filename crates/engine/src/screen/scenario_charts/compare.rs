//! Gross margin of scenarios by month.

use marginline_model::breakeven::months_ahead;

use super::{percent, source};
use crate::chart::{self, Band, Lines, Series, Unit};
use crate::error::Result;
use crate::scenario::Comparison;
use crate::screen::charts::Look;
use crate::view::{Chart, ScenarioInfo};

/// Gross margin of scenarios by month, with the band where one overtakes another.
///
/// # Errors
/// A size that cannot be drawn.
pub fn draw_comparison(comparison: &Comparison, infos: &[ScenarioInfo], look: Look) -> Result<Chart> {
    look.check()?;
    let n = comparison.runs.first().map_or(0, |run| run.months.len());
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
                ..Series::default()
            }
        })
        .collect();
    let bands = overtaking(comparison, infos);
    let mut frame = look.frame(
        "compare",
        format!("Gross margin by month: {}", message(comparison)),
        format!(
            "percent of revenue · {}{}",
            comparison.period_label(),
            if bands.is_empty() { "" } else { " · band: break-even" }
        ),
        comparison.break_even().iter().map(|b| b.text.clone()).collect::<Vec<_>>().join("; "),
    );
    frame.source = source(comparison.runs.iter().map(|run| &run.resolved));
    let labels = (1..=n).map(|month| month.to_string()).collect();
    Ok(chart::lines(&frame, &Lines { labels, series, unit: Unit::Percent, bands })?)
}

/// Where one scenario overtakes another, two places at most: more would hide the lines. Those of the winner come first.
fn overtaking(comparison: &Comparison, infos: &[ScenarioInfo]) -> Vec<Band> {
    let first = comparison.ranking().into_iter().find(|each| each.rank == Some(1)).map(|each| each.scenario);
    let mut found: Vec<(bool, Band)> = Vec::new();
    for (winner, info) in comparison.runs.iter().zip(infos) {
        for loser in &comparison.runs {
            let ahead = months_ahead(&winner.projected, &loser.projected);
            let crossing = ahead.first().map(|(from, _)| f64::from(*from) - 1.0).filter(|at| *at > 0.0);
            let Some(at) = crossing else { continue };
            let label = match comparison.runs.len() {
                2 => "break-even".to_owned(),
                _ => format!("{} overtakes {}", winner.resolved.name, loser.resolved.name),
            };
            let concerns_first = [winner, loser].iter().any(|run| Some(&run.resolved.id) == first.as_ref());
            let band = Band { from: at - 1.0, to: at, label, colour: info.colour as usize };
            found.push((concerns_first, band));
        }
    }
    // Stable: beside that in the order of the scenarios.
    found.sort_by_key(|(concerns_first, _)| !concerns_first);
    let mut bands: Vec<Band> = Vec::new();
    for (_, band) in found {
        if bands.iter().all(|other| (other.to - band.to).abs() > 0.5) {
            bands.push(band);
        }
    }
    bands.truncate(2);
    bands
}

/// Who wins and by how much, the first of what the ranking says.
fn message(comparison: &Comparison) -> String {
    let words = comparison.ranking_words();
    words.split_once("; ").map_or(words.as_str(), |(first, _)| first).to_owned()
}
