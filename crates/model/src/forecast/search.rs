//! The least of a function inside a box: the simplex of Nelder and Mead (1965), the same steps everywhere.

/// Point inside `bounds` at which `cost` is least as far as found, starting from `start`. A cost that is no number is
/// the worst.
pub(super) fn least(start: &[f64], bounds: &[(f64, f64)], cost: impl Fn(&[f64]) -> f64) -> Vec<f64> {
    let inside = |point: Vec<f64>| -> Vec<f64> {
        point.into_iter().zip(bounds).map(|(value, (low, high))| value.clamp(*low, *high)).collect()
    };
    let rated = |point: Vec<f64>| {
        let point = inside(point);
        let value = cost(&point);
        (if value.is_finite() { value } else { f64::MAX }, point)
    };
    let mut simplex = vec![rated(start.to_vec())];
    for (at, (low, high)) in bounds.iter().enumerate() {
        let mut corner = start.to_vec();
        let step = 0.25 * (high - low);
        corner[at] += if corner[at] + step > *high { -step } else { step };
        simplex.push(rated(corner));
    }
    let size = bounds.len() as f64;
    for _ in 0..400 {
        simplex.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (best, worst) = (simplex[0].0, simplex[simplex.len() - 1].0);
        let extent = (1..simplex.len()).flat_map(|at| {
            simplex[at].1.iter().zip(&simplex[0].1).map(|(one, other)| (one - other).abs()).collect::<Vec<_>>()
        });
        if worst - best <= 1e-14 * best.abs() && extent.fold(0.0, f64::max) < 1e-9 {
            break;
        }
        let last = simplex.len() - 1;
        let centre: Vec<f64> = (0..bounds.len())
            .map(|at| simplex[..last].iter().map(|(_, point)| point[at]).sum::<f64>() / size)
            .collect();
        let towards = |by: f64| {
            let point = centre.iter().zip(&simplex[last].1).map(|(centre, worst)| centre + by * (centre - worst));
            rated(point.collect())
        };
        let reflected = towards(1.0);
        let better = if reflected.0 < best {
            let expanded = towards(2.0);
            Some(if expanded.0 < reflected.0 { expanded } else { reflected })
        } else if reflected.0 < simplex[last - 1].0 {
            Some(reflected)
        } else {
            let contracted = towards(if reflected.0 < worst { 0.5 } else { -0.5 });
            (contracted.0 < worst.min(reflected.0)).then_some(contracted)
        };
        match better {
            Some(better) => simplex[last] = better,
            None => shrink(&mut simplex, rated),
        }
    }
    simplex.sort_by(|a, b| a.0.total_cmp(&b.0));
    simplex.swap_remove(0).1
}

/// Every point half-way to the best.
fn shrink(simplex: &mut [(f64, Vec<f64>)], rated: impl Fn(Vec<f64>) -> (f64, Vec<f64>)) {
    let best = simplex[0].1.clone();
    for each in &mut simplex[1..] {
        *each = rated(each.1.iter().zip(&best).map(|(one, best)| f64::midpoint(*one, *best)).collect());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bowl_and_a_corner() {
        let found = least(&[0.1, 0.9], &[(0.0, 1.0), (0.0, 1.0)], |p| (p[0] - 0.3) * (p[0] - 0.3) + (p[1] - 0.6).abs());
        assert!((found[0] - 0.3).abs() < 1e-6 && (found[1] - 0.6).abs() < 1e-6, "{found:?}");
        let found = least(&[0.5], &[(0.0, 1.0)], |p| p[0]);
        assert!(found[0] < 1e-6, "{found:?}");
    }
}
