//! Fits the constants: the mean absolute log error of end-to-end time, with factors held towards 1.

use marginline_model::serving::{Class, Constants, timing};

use super::left_out::{Fit, constants, numbers};
use super::runs::Run;

/// How strongly a factor is held towards 1, by class. Chosen by leaving models out, among 0.0001 to 0.02.
fn hold(class: Class) -> f64 {
    if class == Class::Dense { 0.0005 } else { 0.002 }
}

/// A constant by its place in [`numbers`], and whether it is a factor beside 1.
type Free = (usize, bool);

/// Dense models: the efficiencies, time per layer and sequence, the link, and two factors on arithmetic.
const DENSE: &[Free] = &[(0, false), (3, false), (7, false), (11, false), (12, false), (1, true), (2, true)];
/// Experts: the efficiencies, time per layer and all-reduce, the link, and factors by precision and engine.
const EXPERTS: &[Free] = &[
    (0, false),
    (3, false),
    (7, false),
    (10, false),
    (11, false),
    (8, true),
    (9, true),
    (4, true),
    (5, true),
    (6, true),
];

/// Fits both classes, each with all models and with every model left out, and tells of each as it is done.
pub fn all(runs: &[Run], mut tell: impl FnMut(&Fit)) -> Vec<Fit> {
    let mut fits = Vec::new();
    for class in [Class::Dense, Class::Experts] {
        let mut names: Vec<&str> =
            runs.iter().filter(|run| run.model.class() == class).map(|run| run.model.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        for left_out in std::iter::once("").chain(names) {
            let seen = |run: &&Run| run.model.class() == class && run.model.name != left_out && !run.unusually_fast;
            let seen: Vec<&Run> = runs.iter().filter(seen).collect();
            let fit = Fit { class, left_out: left_out.to_owned(), constants: fit(class, &seen) };
            tell(&fit);
            fits.push(fit);
        }
    }
    fits
}

fn fit(class: Class, runs: &[&Run]) -> Constants {
    let free = if class == Class::Dense { DENSE } else { EXPERTS };
    let start = numbers(&Constants::of(class));
    let at = |point: &[f64]| {
        let mut all = start;
        for ((place, _), value) in free.iter().zip(point) {
            all[*place] = value.exp();
        }
        constants(all)
    };
    let loss = |point: &[f64]| {
        let constants = at(point);
        let held: f64 = free.iter().zip(point).filter(|((_, factor), _)| *factor).map(|(_, value)| value * value).sum();
        let over = (constants.memory_share - 0.95).max(0.0) + (constants.compute_share - 0.95).max(0.0);
        mean_error(runs, &constants) + hold(class) * held / 0.04 + 10.0 * over
    };
    let mut point: Vec<f64> = free.iter().map(|(place, _)| start[*place].ln()).collect();
    for scale in [0.1, 0.05, 0.02] {
        point = downhill(&loss, &point, scale, 150 * free.len());
    }
    at(&point)
}

/// Mean absolute log error, rounded off near 0 so that the fit has a slope there.
fn mean_error(runs: &[&Run], constants: &Constants) -> f64 {
    let one = |run: &&Run| {
        let measured = &run.measured;
        timing(&run.model, &run.gpu, &measured.deployment, &measured.load, constants).map_or(1.0, |predicted| {
            let error = (predicted.end_to_end_s / measured.end_to_end_s).ln();
            (error * error + 0.0009).sqrt()
        })
    };
    runs.iter().map(one).sum::<f64>() / runs.len().max(1) as f64
}

/// The simplex method of Nelder and Mead, with the coefficients of Gao and Han for many dimensions.
fn downhill(loss: &impl Fn(&[f64]) -> f64, start: &[f64], scale: f64, evaluations: usize) -> Vec<f64> {
    let size = start.len() as f64;
    let (grow, shrink_in, shrink) = (1.0 + 2.0 / size, 0.75 - 0.5 / size, 1.0 - 1.0 / size);
    let mut simplex: Vec<(f64, Vec<f64>)> = vec![(loss(start), start.to_vec())];
    for axis in 0..start.len() {
        let mut corner = start.to_vec();
        corner[axis] += scale;
        simplex.push((loss(&corner), corner));
    }
    let mut used = simplex.len();
    while used < evaluations {
        simplex.sort_by(|a, b| a.0.total_cmp(&b.0));
        let last = simplex.len() - 1;
        let centre: Vec<f64> = (0..start.len())
            .map(|axis| simplex[..last].iter().map(|(_, corner)| corner[axis]).sum::<f64>() / size)
            .collect();
        let away = |by: f64| -> Vec<f64> {
            centre.iter().zip(&simplex[last].1).map(|(centre, worst)| centre + by * (centre - worst)).collect()
        };
        let tried = |point: Vec<f64>| (loss(&point), point);
        let reflected = tried(away(1.0));
        used += 2;
        let (best, next_worst, worst) = (simplex[0].0, simplex[last - 1].0, simplex[last].0);
        let better = if reflected.0 < best {
            let further = tried(away(grow));
            if further.0 < reflected.0 { further } else { reflected }
        } else if reflected.0 < next_worst {
            used -= 1;
            reflected
        } else {
            tried(away(if reflected.0 < worst { shrink_in } else { -shrink_in }))
        };
        if better.0 < worst {
            simplex[last] = better;
            continue;
        }
        let anchor = simplex[0].1.clone();
        for corner in &mut simplex[1..] {
            let point = anchor.iter().zip(&corner.1).map(|(a, c)| a + shrink * (c - a)).collect();
            *corner = tried(point);
        }
        used += start.len();
    }
    simplex.sort_by(|a, b| a.0.total_cmp(&b.0));
    simplex.swap_remove(0).1
}
