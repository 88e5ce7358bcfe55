//! Predicts every run in several ways and compares.

use std::collections::BTreeMap;

use marginline_model::serving::{
    Band, Calibration, Class, Constants, Front, Measured, Pull, Question, answer_with, fixed_efficiency_s,
};

use super::left_out::{Fit, unseen};
use super::runs::Run;
use crate::Failure;

/// One prediction held against its run.
#[derive(Debug, Clone, Copy)]
pub struct Error {
    /// Predicted over measured end-to-end time, less 1.
    pub of_time: f64,
    /// How much it counts.
    pub weight: f64,
    /// Whether the measured time lies in the stated band; `None` where no band is stated.
    pub inside: Option<bool>,
}

/// A set of predictions, summed up. Shares, not percent.
#[derive(Debug, Clone, Copy, Default)]
pub struct Summary {
    /// Runs predicted.
    pub runs: usize,
    /// Median of the absolute error.
    pub median: f64,
    /// Ninth decile of the absolute error.
    pub p90: f64,
    /// Median of the signed error.
    pub bias: f64,
    /// Median absolute error of tokens per second and GPU.
    pub rate_median: f64,
    /// Share of runs inside the stated band, if one is stated.
    pub covered: Option<f64>,
}

/// What one run came to.
#[derive(Debug, Clone)]
pub struct Scored<'a> {
    /// The run.
    pub run: &'a Run,
    /// Uncalibrated end-to-end seconds, by constants that have not seen the model.
    pub predicted_s: f64,
    /// With the shipped constants, which have seen the models of the table.
    pub shipped_s: f64,
    /// By fixed efficiencies.
    pub fixed_s: f64,
    /// Interpolated between other runs of the same deployment and lengths, where they surround it.
    pub between_s: Option<f64>,
    /// The time below which no run can be.
    pub ideal_s: f64,
    /// Whether the measured time lies in the uncalibrated band.
    pub inside: bool,
    /// Whether the measured time to first token lies in its range.
    pub first_token_inside: bool,
    /// The constants that have not seen the model.
    pub constants: Constants,
}

/// Predicts every run.
///
/// # Errors
/// A run that cannot be predicted, by its id.
pub fn scored<'a>(runs: &'a [Run], fits: &[Fit]) -> Result<Vec<Scored<'a>>, Failure> {
    let fronts = series(runs);
    runs.iter().map(|run| one(run, fits, &fronts).map_err(|why| format!("{}: {why}", run.id))).collect()
}

fn one<'a>(
    run: &'a Run,
    fits: &[Fit],
    fronts: &BTreeMap<String, Vec<&Run>>,
) -> Result<Scored<'a>, marginline_model::serving::ServingError> {
    let Measured { deployment, load, end_to_end_s } = run.measured;
    let question = Question { model: &run.model, gpu: &run.gpu, deployment, load };
    let constants = unseen(fits, &run.model);
    let answer = answer_with(&question, &[], &constants)?;
    let shipped = answer_with(&question, &[], &Constants::of(run.model.class()))?;
    let others: Vec<(f64, f64)> = fronts[&run.series()]
        .iter()
        .filter(|other| !std::ptr::eq(**other, run))
        .map(|other| (other.measured.load.concurrency, other.tokens_per_s_per_gpu(other.measured.end_to_end_s)))
        .collect();
    let rate = Front::new(&others).and_then(|front| front.at_concurrency(load.concurrency));
    let tokens = run.tokens_per_s_per_gpu(1.0);
    let within = |value: f64, low: f64, high: f64| value >= low && value <= high;
    Ok(Scored {
        run,
        predicted_s: answer.end_to_end_s.value,
        shipped_s: shipped.end_to_end_s.value,
        fixed_s: fixed_efficiency_s(&run.model, &run.gpu, &deployment, &load)?,
        between_s: rate.map(|rate| tokens / rate),
        ideal_s: answer.ideal_end_to_end_s,
        inside: within(end_to_end_s, answer.end_to_end_s.low, answer.end_to_end_s.high),
        first_token_inside: within(run.ttft_s, answer.ttft_s.0, answer.ttft_s.1),
        constants,
    })
}

fn series(runs: &[Run]) -> BTreeMap<String, Vec<&Run>> {
    let mut series: BTreeMap<String, Vec<&Run>> = BTreeMap::new();
    for run in runs {
        series.entry(run.series()).or_default().push(run);
    }
    series
}

/// Errors of one way of predicting, where it answers at all.
pub fn errors<'a, 's: 'a>(
    scored: impl Iterator<Item = &'a Scored<'s>>,
    predicted: impl Fn(&Scored<'s>) -> Option<f64>,
) -> Vec<Error> {
    scored
        .filter_map(|each| {
            let of_time = predicted(each)? / each.run.measured.end_to_end_s - 1.0;
            Some(Error { of_time, weight: 1.0, inside: None })
        })
        .collect()
}

/// Errors of plain interpolation, with its band.
pub fn between<'a, 's: 'a>(scored: impl Iterator<Item = &'a Scored<'s>>) -> Vec<Error> {
    scored
        .filter_map(|each| {
            let (low, high) = Band::between_points(each.run.model.class()).factors(0.0);
            let (measured, predicted) = (each.run.measured.end_to_end_s, each.between_s?);
            let inside = Some(measured >= predicted * low && measured <= predicted * high);
            Some(Error { of_time: predicted / measured - 1.0, weight: 1.0, inside })
        })
        .collect()
}

/// Uncalibrated errors with the band.
pub fn uncalibrated<'a, 's: 'a>(scored: impl Iterator<Item = &'a Scored<'s>>) -> Vec<Error> {
    scored
        .map(|each| Error {
            of_time: each.predicted_s / each.run.measured.end_to_end_s - 1.0,
            weight: 1.0,
            inside: Some(each.inside),
        })
        .collect()
}

/// Errors after calibration by one other run of the same model, GPU, precision and engine: every such run in turn, so
/// that a run counts once however many there are. With `exact`, only runs of the same grid calibrate.
pub fn one_point(scored: &[&Scored<'_>], exact: bool) -> Vec<Error> {
    let mut groups: BTreeMap<_, Vec<&Scored<'_>>> = BTreeMap::new();
    for each in scored {
        let deployment = &each.run.measured.deployment;
        let grid = exact.then_some((deployment.gpus(), deployment.data_parallel));
        groups.entry((each.run.group(), grid)).or_default().push(each);
    }
    let mut errors = Vec::new();
    for group in groups.into_values().filter(|group| group.len() > 1) {
        let weight = 1.0 / (group.len() - 1) as f64;
        for (index, point) in group.iter().enumerate() {
            let run = point.run;
            let Ok(calibration) = Calibration::new(&run.model, &run.gpu, &point.constants, &[run.measured]) else {
                continue;
            };
            for (_, each) in group.iter().enumerate().filter(|(other, _)| *other != index) {
                errors.push(pulled(each, calibration_pull(&calibration, each), weight));
            }
        }
    }
    errors
}

/// Errors after calibration by the eight nearest other runs of the same model, GPU, precision and engine.
pub fn all_points(scored: &[&Scored<'_>]) -> Vec<Error> {
    let mut groups: BTreeMap<_, Vec<&Scored<'_>>> = BTreeMap::new();
    for each in scored {
        groups.entry(each.run.group()).or_default().push(each);
    }
    let mut errors = Vec::new();
    for group in groups.into_values().filter(|group| group.len() > 1) {
        for (index, each) in group.iter().enumerate() {
            let near = nearest(&group, index, 8);
            let run = each.run;
            let Ok(calibration) = Calibration::new(&run.model, &run.gpu, &each.constants, &near) else { continue };
            errors.push(pulled(each, calibration_pull(&calibration, each), 1.0));
        }
    }
    errors
}

/// The points that pull most; the rest adds nothing that could be seen.
fn nearest(group: &[&Scored<'_>], index: usize, count: usize) -> Vec<Measured> {
    let here = &group[index].run.measured;
    let far = |there: &Measured| {
        let doublings = |a: f64, b: f64| (a / b).log2().abs();
        4.0 * doublings(here.load.concurrency, there.load.concurrency)
            + 3.0 * doublings(f64::from(here.deployment.gpus()), f64::from(there.deployment.gpus()))
            + 6.0 * doublings(f64::from(here.deployment.data_parallel), f64::from(there.deployment.data_parallel))
            + doublings(here.load.input_tokens, there.load.input_tokens)
            + doublings(here.load.output_tokens, there.load.output_tokens)
    };
    let mut others: Vec<Measured> = (0..group.len()).filter(|i| *i != index).map(|i| group[i].run.measured).collect();
    others.sort_by(|a, b| far(a).total_cmp(&far(b)));
    others.truncate(count);
    others
}

fn calibration_pull(calibration: &Calibration, each: &Scored<'_>) -> Pull {
    calibration.pull(&each.run.measured.deployment, &each.run.measured.load)
}

fn pulled(each: &Scored<'_>, pull: Pull, weight: f64) -> Error {
    let measured = each.run.measured.end_to_end_s;
    let predicted = (each.predicted_s * pull.ratio).max(each.ideal_s);
    let (low, high) = Band::of(each.run.model.class()).factors(pull.weight);
    let inside = measured >= (predicted * low).max(each.ideal_s) && measured <= predicted * high;
    Error { of_time: predicted / measured - 1.0, weight, inside: Some(inside) }
}

/// Sums errors up; the number of runs is the sum of the weights.
#[must_use]
pub fn summary(errors: &[Error]) -> Summary {
    let total: f64 = errors.iter().map(|error| error.weight).sum();
    let with_band: Vec<&Error> = errors.iter().filter(|error| error.inside.is_some()).collect();
    let band_weight: f64 = with_band.iter().map(|error| error.weight).sum();
    let held: f64 = with_band.iter().filter(|error| error.inside == Some(true)).map(|error| error.weight).sum();
    Summary {
        runs: total.round() as usize,
        median: quantile(errors, 0.5, |error| error.of_time.abs()),
        p90: quantile(errors, 0.9, |error| error.of_time.abs()),
        bias: quantile(errors, 0.5, |error| error.of_time),
        rate_median: quantile(errors, 0.5, |error| (1.0 / (1.0 + error.of_time) - 1.0).abs()),
        covered: (band_weight > 0.0).then(|| held / band_weight),
    }
}

/// The value below which this share of the weight lies; not a number of no errors.
#[must_use]
pub fn quantile(errors: &[Error], share: f64, of: impl Fn(&Error) -> f64) -> f64 {
    let mut sorted: Vec<(f64, f64)> = errors.iter().map(|error| (of(error), error.weight)).collect();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let wanted = share * sorted.iter().map(|(_, weight)| weight).sum::<f64>();
    let mut reached = 0.0;
    for (value, weight) in &sorted {
        reached += weight;
        if reached >= wanted - 1e-9 {
            return *value;
        }
    }
    f64::NAN
}

/// Pairs of runs of the same model, lengths and concurrency whose measured tokens per second and GPU differ by 15 % or
/// more: how many there are, and how many a way of predicting puts in the right order.
pub fn order<'s>(scored: &[&Scored<'s>], predicted: impl Fn(&Scored<'s>) -> f64) -> (usize, usize) {
    let mut groups: BTreeMap<String, Vec<(f64, f64)>> = BTreeMap::new();
    for each in scored {
        let (run, load) = (each.run, each.run.measured.load);
        let key = format!("{} {} {} {}", run.model.name, load.input_tokens, load.output_tokens, load.concurrency);
        let measured = run.tokens_per_s_per_gpu(run.measured.end_to_end_s);
        groups.entry(key).or_default().push((measured, run.tokens_per_s_per_gpu(predicted(each))));
    }
    let (mut pairs, mut right) = (0, 0);
    for group in groups.values() {
        for (index, a) in group.iter().enumerate() {
            for b in &group[index + 1..] {
                if a.0.max(b.0) >= 1.15 * a.0.min(b.0) {
                    pairs += 1;
                    right += usize::from((a.0 > b.0) == (a.1 > b.1) && a.1 != b.1);
                }
            }
        }
    }
    (pairs, right)
}

/// Runs of a class.
#[must_use]
pub fn of_class<'r, 's>(scored: &'r [Scored<'s>], class: Class) -> Vec<&'r Scored<'s>> {
    scored.iter().filter(|each| each.run.model.class() == class).collect()
}
