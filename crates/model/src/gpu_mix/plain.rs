//! The programme as published: GPU types with one price each.

use good_lp::{Expression, ProblemVariables, Solution, SolverModel, Variable, constraint, microlp, variable};

/// A type of GPU.
#[derive(Debug, Clone, PartialEq)]
pub struct Gpu {
    /// USD per hour.
    pub usd_per_hour: f64,
    /// Requests per second that one carries, for each bucket of sizes alone; 0 where it cannot serve them.
    pub capacity: Vec<f64>,
}

/// How many GPUs of each type.
#[derive(Debug, Clone, PartialEq)]
pub struct Mix {
    /// In the order of the types.
    pub counts: Vec<u64>,
    /// USD per hour.
    pub usd_per_hour: f64,
    /// Where requests go: for each bucket, the share of it that each type serves. The shares of a bucket add up to 1, or to
    /// 0 where it has no requests.
    pub shares: Vec<Vec<f64>>,
}

/// Loads that differ from a whole number by rounding alone are whole.
const ROUNDING: f64 = 1e-9;

/// The mix of least cost that serves `rates` (requests per second of each bucket). Each bucket is cut into `slices`
/// equal slices and a slice goes to one type; finer cuts find cheaper mixes. `None` when a bucket has no type that can
/// serve it.
///
/// Slices of a bucket are alike, so the programme counts them instead of placing each: whole numbers
/// `n(bucket, type)` that add up to `slices`, and `Σ n × load ≤ count(type)`. It is never dearer than one type alone.
#[must_use]
pub fn cheapest_mix(rates: &[f64], gpus: &[Gpu], slices: u32) -> Option<Mix> {
    let single = gpus.iter().enumerate().filter_map(|(index, gpu)| {
        let load = (0..rates.len()).map(|bucket| load(rates, gpu, bucket, 1.0)).sum::<Option<f64>>()?;
        let mut loads = vec![0.0; gpus.len()];
        loads[index] = load;
        let mut shares = vec![vec![0.0; gpus.len()]; rates.len()];
        for bucket in (0..rates.len()).filter(|bucket| rates[*bucket] > 0.0) {
            shares[bucket][index] = 1.0;
        }
        Some(mix(&loads, shares, gpus))
    });
    single.chain(solved(rates, gpus, slices)).min_by(|a, b| a.usd_per_hour.total_cmp(&b.usd_per_hour))
}

/// A type that would take more GPUs than this cannot serve a bucket: no solver counts so far.
const MOST: f64 = 1e9;

/// GPUs of a type taken by a share of a bucket; `None` where it cannot serve it.
fn load(rates: &[f64], gpu: &Gpu, bucket: usize, share: f64) -> Option<f64> {
    match (rates[bucket], gpu.capacity[bucket]) {
        (0.0, _) => Some(0.0),
        (rate, capacity) if rate > MOST * capacity => None,
        (rate, capacity) => Some(rate * share / capacity),
    }
}

/// Whole GPUs for loads.
fn mix(loads: &[f64], shares: Vec<Vec<f64>>, gpus: &[Gpu]) -> Mix {
    let counts: Vec<u64> = loads.iter().map(|load| (load - ROUNDING).ceil().max(0.0) as u64).collect();
    let usd_per_hour = counts.iter().zip(gpus).map(|(count, gpu)| *count as f64 * gpu.usd_per_hour).sum();
    Mix { counts, usd_per_hour, shares }
}

fn solved(rates: &[f64], gpus: &[Gpu], slices: u32) -> Option<Mix> {
    let slices = f64::from(slices);
    let mut variables = ProblemVariables::new();
    let counts: Vec<Variable> = gpus.iter().map(|_| variables.add(variable().integer().min(0))).collect();
    let mut taken: Vec<Expression> = gpus.iter().map(|_| Expression::from(0.0)).collect();
    let mut wholes = Vec::new();
    let mut placed: Vec<(usize, usize, f64, Variable)> = Vec::new();
    for bucket in (0..rates.len()).filter(|bucket| rates[*bucket] > 0.0) {
        let mut whole = Expression::from(0.0);
        for (index, gpu) in gpus.iter().enumerate() {
            let Some(each) = load(rates, gpu, bucket, 1.0 / slices) else { continue };
            let number = variables.add(variable().integer().min(0).max(slices));
            whole += number;
            taken[index] += each * number;
            placed.push((bucket, index, each, number));
        }
        wholes.push(whole);
    }
    let cost: Expression = counts.iter().zip(gpus).map(|(count, gpu)| gpu.usd_per_hour * *count).sum();
    let mut problem = variables.minimise(cost).using(microlp);
    for whole in wholes {
        problem = problem.with(constraint!(whole == slices));
    }
    for (taken, count) in taken.into_iter().zip(&counts) {
        problem = problem.with(constraint!(taken <= *count));
    }
    let solution = problem.solve().ok()?;
    let mut loads = vec![0.0; gpus.len()];
    let mut shares = vec![vec![0.0; gpus.len()]; rates.len()];
    for (bucket, index, each, number) in placed {
        // The solver answers whole numbers to some digits.
        let number = solution.value(number).round();
        loads[index] += each * number;
        shares[bucket][index] = number / slices;
    }
    Some(mix(&loads, shares, gpus))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn gpu(usd_per_hour: f64, capacity: &[f64]) -> Gpu {
        Gpu { usd_per_hour, capacity: capacity.to_vec() }
    }

    #[test]
    fn the_example_of_its_authors() {
        let rates = [6.0, 3.0, 15.0, 6.0];
        let gpus = [gpu(1.01, &[2.0, 1.0, 5.0, 2.0]), gpu(3.67, &[20.0, 20.0, 40.0, 20.0])];
        let found = cheapest_mix(&rates, &gpus, 1).unwrap();
        assert_eq!(found.counts, [3, 1], "{found:?}");
        assert!((found.usd_per_hour - 6.70).abs() < 1e-9);
        assert_eq!(cheapest_mix(&rates, &gpus, 2).unwrap().counts, [2, 1]);
    }

    #[test]
    fn the_shares_of_a_mix_fit_into_its_counts() {
        let rates = [6.0, 3.0, 15.0, 0.0];
        let gpus = [gpu(1.01, &[2.0, 1.0, 5.0, 2.0]), gpu(3.67, &[20.0, 20.0, 40.0, 20.0])];
        for slices in [1, 2, 4, 8] {
            let found = cheapest_mix(&rates, &gpus, slices).unwrap();
            let sums: Vec<f64> = found.shares.iter().map(|shares| shares.iter().sum()).collect();
            assert_eq!(sums, [1.0, 1.0, 1.0, 0.0], "{found:?}");
            for (index, gpu) in gpus.iter().enumerate() {
                let taken = |bucket: usize| rates[bucket] * found.shares[bucket][index] / gpu.capacity[bucket];
                let load: f64 = (0..rates.len()).map(taken).sum();
                assert!(load <= found.counts[index] as f64 + 1e-9, "{slices} slices, type {index}: {load}, {found:?}");
            }
        }
    }

    #[test]
    fn no_demand_costs_nothing_and_nobody_serves_what_no_type_can() {
        let gpus = [gpu(1.0, &[1.0, 0.0])];
        assert_eq!(cheapest_mix(&[0.0, 0.0], &gpus, 4).unwrap().usd_per_hour, 0.0);
        assert_eq!(cheapest_mix(&[1.0, 1.0], &gpus, 4), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        #[test]
        fn never_dearer_than_one_type_and_finer_slices_never_dearer(
            rates in proptest::collection::vec(0.1..8.0f64, 3),
            capacities in proptest::collection::vec(0.5..4.0f64, 6),
            prices in proptest::collection::vec(0.5..5.0f64, 2),
        ) {
            let gpus = [gpu(prices[0], &capacities[..3]), gpu(prices[1], &capacities[3..])];
            let coarse = cheapest_mix(&rates, &gpus, 1).unwrap();
            let fine = cheapest_mix(&rates, &gpus, 2).unwrap();
            prop_assert!(fine.usd_per_hour <= coarse.usd_per_hour + 1e-9);
            for (index, gpu) in gpus.iter().enumerate() {
                let load: f64 = rates.iter().zip(&gpu.capacity).map(|(rate, capacity)| rate / capacity).sum();
                prop_assert!(coarse.usd_per_hour <= (load - 1e-9).ceil() * gpu.usd_per_hour + 1e-9, "type {index}");
            }
        }
    }
}
