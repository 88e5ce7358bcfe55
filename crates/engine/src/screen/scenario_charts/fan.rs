//! What margin can be by month: the median of the draws, and the bands in which most of them lie.

use marginline_model::uncertainty::Summary;

use super::{colour, percent, period, short_usd, source, whole_usd};
use crate::chart::{self, Fan, FanBand, FanSeries, Series, Unit};
use crate::error::Result;
use crate::number;
use crate::scenario::Comparison;
use crate::scenario::simulate::{Draws, Outlook};
use crate::screen::charts::Look;
use crate::view::{Chart, ScenarioInfo};

/// Gross margin of scenarios by month with the bands of their draws: in percent, or in USD where a draw of a month has no
/// revenue.
///
/// # Errors
/// As [`Comparison::simulate`], or a size that cannot be drawn.
pub fn draw_fan(comparison: &Comparison, infos: &[ScenarioInfo], asked: Draws, look: Look) -> Result<Chart> {
    look.check()?;
    if comparison.runs.len() > 1 {
        comparison.check()?;
    }
    let simulation = comparison.simulate(asked)?;
    let in_percent = simulation.outlooks.iter().all(|each| each.months_percent.iter().all(Option::is_some));
    let is_alone = simulation.outlooks.len() == 1;
    let series = simulation.outlooks.iter().map(|each| FanSeries {
        bands: bands(each, in_percent, is_alone),
        end: end(each, in_percent),
        line: line(each, infos, in_percent),
    });
    let target = number::rounded(&asked.target_percent.to_string(), 1);
    let target = target.strip_suffix(".0").unwrap_or(&target).to_owned();
    let fan = Fan {
        labels: (1..=comparison.runs.first().map_or(0, |run| run.months.len()))
            .map(|month| month.to_string())
            .collect(),
        series: series.collect(),
        unit: if in_percent { Unit::Percent } else { Unit::Currency("USD".into()) },
        target: in_percent.then(|| (asked.target_percent, format!("target {target}%"))),
    };
    let names: Vec<&str> = simulation.outlooks.iter().map(|each| each.run.resolved.name.as_str()).collect();
    let title = match names.as_slice() {
        [one] => match simulation.outlooks[0].reaches {
            Some(chance) => {
                format!("What the margin of {one} can be: {target}% or more in {} of draws", likely(chance.share))
            }
            None => format!("What the margin of {one} can be"),
        },
        _ => surest(&simulation.outlooks, &target).unwrap_or_else(|| "What margin can be".to_owned()),
    };
    let unit = if in_percent { "%" } else { "USD" };
    let when = comparison.runs.first().map(|run| period(run)).unwrap_or_default();
    let mut frame = look.frame(
        "fan",
        title,
        format!("gross margin, {unit} · {when} · P: chance of {target}% or more over all of it"),
        simulation.outlooks.iter().map(|each| alt(each, &target)).collect::<Vec<_>>().join("; "),
    );
    frame.source = source(comparison.runs.iter().map(|run| &run.resolved));
    Ok(chart::fan(&frame, &fan)?)
}

/// The figures of each month, in the unit of the chart.
fn months(outlook: &Outlook, in_percent: bool) -> Vec<Option<Summary>> {
    if in_percent { outlook.months_percent.clone() } else { outlook.months.iter().copied().map(Some).collect() }
}

fn words(value: f64, in_percent: bool) -> String {
    if in_percent { percent(Some(value)) } else { short_usd(value) }
}

fn line(outlook: &Outlook, infos: &[ScenarioInfo], in_percent: bool) -> Series {
    let months = months(outlook, in_percent);
    let said = |found: &Summary| {
        let [low, median, high] = [found.p10, found.p50, found.p90].map(|value| words(value, in_percent));
        format!("{median} (P10 {low}, P90 {high})")
    };
    Series {
        name: outlook.run.resolved.name.clone(),
        colour: colour(infos, &outlook.run),
        shown: months.iter().map(|found| found.as_ref().map(said).unwrap_or_default()).collect(),
        values: months.iter().map(|found| found.map(|found| found.p50)).collect(),
        ..Series::default()
    }
}

/// What stands beside the end of a line: its last median, and how likely the target is.
fn end(outlook: &Outlook, in_percent: bool) -> String {
    let median = months(outlook, in_percent).last().copied().flatten();
    let median = median.map_or_else(|| number::UNKNOWN.into(), |found| words(found.p50, in_percent));
    match outlook.reaches {
        Some(chance) => format!("{median}, P {}", likely(chance.share)),
        None => median,
    }
}

/// A probability in whole percent; what is neither certain nor impossible does not read so.
fn likely(share: f64) -> String {
    match 100.0 * share {
        percent if percent > 0.0 && percent < 0.5 => "<1%".into(),
        percent if (99.5..100.0).contains(&percent) => ">99%".into(),
        percent => format!("{percent:.0}%"),
    }
}

fn bands(outlook: &Outlook, in_percent: bool, is_alone: bool) -> Vec<FanBand> {
    let months = months(outlook, in_percent);
    let last = months.last().copied().flatten();
    let band = |low: fn(&Summary) -> f64, high: fn(&Summary) -> f64, names: Option<[&str; 2]>| FanBand {
        low: months.iter().map(|found| found.as_ref().map(low)).collect(),
        high: months.iter().map(|found| found.as_ref().map(high)).collect(),
        edges: names.zip(last.as_ref()).map(|([lower, upper], last)| {
            (format!("{lower} {}", words(low(last), in_percent)), format!("{upper} {}", words(high(last), in_percent)))
        }),
    };
    let mut bands = vec![band(|found| found.p10, |found| found.p90, is_alone.then_some(["P10", "P90"]))];
    if is_alone {
        bands.push(band(|found| found.p25, |found| found.p75, None));
    }
    bands
}

/// `What margin can be: Own H100 reaches 60% most surely`, where one of them does.
fn surest(outlooks: &[Outlook], target: &str) -> Option<String> {
    let share = |outlook: &Outlook| outlook.reaches.map_or(-1.0, |chance| chance.share);
    let best = outlooks.iter().max_by(|a, b| share(a).total_cmp(&share(b))).filter(|best| share(best) > 0.0)?;
    let is_alone = outlooks.iter().filter(|other| share(other) >= share(best)).count() == 1;
    let (name, likely) = (&best.run.resolved.name, likely(share(best)));
    is_alone.then(|| format!("What margin can be: {name} reaches {target}% most surely, P {likely}"))
}

fn alt(outlook: &Outlook, target: &str) -> String {
    let all = &outlook.margin_usd;
    let chance = outlook
        .reaches
        .map(|chance| format!(", {target}% or more in {} of the draws", likely(chance.share)))
        .unwrap_or_default();
    format!(
        "{}: gross margin of all months {}, P10 {}, P90 {}{chance}",
        outlook.run.resolved.name,
        whole_usd(all.p50),
        whole_usd(all.p10),
        whole_usd(all.p90)
    )
}
