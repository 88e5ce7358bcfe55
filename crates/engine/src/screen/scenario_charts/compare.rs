//! Gross margin of scenarios by month.

use marginline_model::breakeven::months_ahead;

use super::percent;
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
    let frame = look.frame(
        "compare",
        "Gross margin by month".into(),
        format!(
            "percent of revenue · {}{}",
            comparison.period_label(),
            if bands.is_empty() { "" } else { "; band where one overtakes the other" }
        ),
        comparison.break_even().iter().map(|b| b.text.clone()).collect::<Vec<_>>().join("; "),
    );
    let labels = (1..=n).map(|month| month.to_string()).collect();
    Ok(chart::lines(&frame, &Lines { labels, series, unit: Unit::Percent, bands })?)
}

/// Where one scenario overtakes another, two places at most: more would hide the lines.
fn overtaking(comparison: &Comparison, infos: &[ScenarioInfo]) -> Vec<Band> {
    let mut bands: Vec<Band> = Vec::new();
    for (winner, info) in comparison.runs.iter().zip(infos) {
        for loser in &comparison.runs {
            let ahead = months_ahead(&winner.projected, &loser.projected);
            let crossing = ahead.first().map(|(from, _)| f64::from(*from) - 1.0).filter(|at| *at > 0.0);
            if let Some(at) = crossing.filter(|at| bands.iter().all(|band| (band.to - at).abs() > 0.5)) {
                bands.push(Band { from: at - 1.0, to: at, label: "break-even".into(), colour: info.colour as usize });
            }
        }
    }
    bands.truncate(2);
    bands
}
