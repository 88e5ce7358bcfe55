//! Coordinate descent with restarts, for spaces that are too large to try everything.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::uncertainty::Stream;

/// How far is looked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Descent {
    /// Places from which a descent starts: the first value of every axis, then places drawn by the seed.
    pub starts: u32,
    /// Seed of the starts; the same gives the same answer on any number of threads.
    pub seed: u64,
    /// Places that are tried at most, over all starts. A batch of one axis is finished.
    pub most: usize,
}

/// Number of places of a space whose axes have so many values; it stops at the largest number there is.
#[must_use]
pub fn places(sizes: &[usize]) -> usize {
    sizes.iter().copied().fold(1, usize::saturating_mul)
}

/// The `index`th place, the last axis turning fastest.
#[must_use]
pub fn place(sizes: &[usize], mut index: usize) -> Vec<usize> {
    let mut found = vec![0; sizes.len()];
    for (axis, size) in sizes.iter().enumerate().rev() {
        found[axis] = index % (*size).max(1);
        index /= (*size).max(1);
    }
    found
}

/// Tries every place of a space in its order.
///
/// # Errors
/// The first that `evaluate` gives, in the order of the places that it was asked.
pub fn every<E: Send, X: Send>(
    sizes: &[usize],
    evaluate: impl Fn(&[usize]) -> Result<E, X> + Sync,
) -> Result<BTreeMap<Vec<usize>, E>, X> {
    let found: Vec<Result<(Vec<usize>, E), X>> = (0..places(sizes))
        .into_par_iter()
        .map(|index| {
            let at = place(sizes, index);
            evaluate(&at).map(|found| (at, found))
        })
        .collect();
    // Gathered in order, so that the first of several errors is the same on any number of threads.
    found.into_iter().collect()
}

/// From each start: all values of one axis are tried with the others held, the best is taken, and so on axis by axis
/// until none gets better. What was tried is added to `tried`, and nothing is tried twice. `better` says `Less` where the
/// left one is better. It is no proof: a better place may lie where two axes move together.
///
/// # Errors
/// What `evaluate` gives.
pub fn descend<E: Send, X: Send>(
    sizes: &[usize],
    asked: Descent,
    tried: &mut BTreeMap<Vec<usize>, E>,
    evaluate: impl Fn(&[usize]) -> Result<E, X> + Sync,
    better: impl Fn(&E, &E) -> Ordering,
) -> Result<(), X> {
    if sizes.contains(&0) {
        return Ok(());
    }
    for start in 0..asked.starts {
        let mut at = started(sizes, asked.seed, start);
        let mut still = 0;
        let mut axis = 0;
        while still < sizes.len().max(1) && tried.len() < asked.most {
            let row: Vec<Vec<usize>> = match sizes.get(axis) {
                Some(size) => (0..*size).map(|value| with(&at, axis, value)).collect(),
                None => vec![at.clone()],
            };
            let open: Vec<&Vec<usize>> = row.iter().filter(|place| !tried.contains_key(*place)).collect();
            let found: Vec<Result<(Vec<usize>, E), X>> =
                open.into_par_iter().map(|place| Ok((place.clone(), evaluate(place)?))).collect();
            tried.extend(found.into_iter().collect::<Result<Vec<_>, X>>()?);
            let value = |place: &Vec<usize>| &tried[place];
            let best = row.iter().fold(&at, |best, place| match better(value(place), value(best)) {
                Ordering::Less => place,
                _ => best,
            });
            still = if *best == at { still + 1 } else { 1 };
            at = best.clone();
            axis = (axis + 1) % sizes.len().max(1);
        }
    }
    Ok(())
}

fn with(at: &[usize], axis: usize, value: usize) -> Vec<usize> {
    let mut place = at.to_vec();
    place[axis] = value;
    place
}

/// The first start is the first value of every axis.
fn started(sizes: &[usize], seed: u64, start: u32) -> Vec<usize> {
    if start == 0 {
        return vec![0; sizes.len()];
    }
    let mut stream = Stream::new(seed, None, "optimise", u64::from(start));
    // A share lies between 0 and 1, both left out, so the product stays below the size.
    sizes.iter().map(|size| (stream.share() * *size as f64) as usize).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ASKED: Descent = Descent { starts: 4, seed: 1, most: 1_000 };

    fn best(sizes: &[usize], asked: Descent, of: impl Fn(&[usize]) -> i64 + Sync) -> (Vec<usize>, usize) {
        let mut tried = BTreeMap::new();
        descend(sizes, asked, &mut tried, |place| Ok::<_, ()>(of(place)), |a: &i64, b: &i64| a.cmp(b)).unwrap();
        let found = tried.iter().min_by_key(|(_, value)| **value).unwrap().0.clone();
        (found, tried.len())
    }

    #[test]
    fn places_are_counted_with_the_last_axis_turning_fastest() {
        assert_eq!(places(&[2, 3]), 6);
        let all: Vec<Vec<usize>> = (0..6).map(|index| place(&[2, 3], index)).collect();
        assert_eq!(all, [[0, 0], [0, 1], [0, 2], [1, 0], [1, 1], [1, 2]]);
        assert_eq!(every(&[2, 3], |at| Ok::<_, ()>(at.iter().sum::<usize>())).unwrap().len(), 6);
        assert_eq!(every(&[2, 3], |at| if at == [1, 0] { Err("no") } else { Ok(()) }), Err("no"));
    }

    #[test]
    fn a_bowl_is_walked_down_axis_by_axis() {
        // (x − 7)² + (y − 2)²: from (0, 0) along x to 7, along y to 2. One row and one column of 10 share a corner.
        let bowl = |at: &[usize]| (at[0] as i64 - 7).pow(2) + (at[1] as i64 - 2).pow(2);
        assert_eq!(best(&[10, 10], Descent { starts: 1, ..ASKED }, bowl), (vec![7, 2], 19 + 9));
    }

    #[test]
    fn it_stops_when_enough_was_tried() {
        let (_, tried) = best(&[50, 50, 50], Descent { most: 60, ..ASKED }, |at| at.iter().sum::<usize>() as i64);
        assert!((60..=149).contains(&tried), "the axis under way is finished: {tried}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn where_axes_do_not_meddle_it_finds_the_least_of_all(
            costs in proptest::collection::vec(proptest::collection::vec(0..100i64, 1..6), 1..5), seed in 0..9u64,
        ) {
            let sizes: Vec<usize> = costs.iter().map(Vec::len).collect();
            let of = |at: &[usize]| at.iter().zip(&costs).map(|(value, axis)| axis[*value]).sum::<i64>();
            let (found, _) = best(&sizes, Descent { seed, ..ASKED }, of);
            let least: i64 = costs.iter().map(|axis| axis.iter().min().unwrap()).sum();
            prop_assert_eq!(of(&found), least);
        }
    }
}
