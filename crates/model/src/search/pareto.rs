//! The front of any two measures.

use std::cmp::Ordering;

/// Places of the points that no other is at least as good as in both measures, in rising order of the first. `first` and
/// `second` say `Less` where the left point is better. Of points that are equal in both, the first given stays.
#[must_use]
pub fn pareto<T>(points: &[T], first: impl Fn(&T, &T) -> Ordering, second: impl Fn(&T, &T) -> Ordering) -> Vec<usize> {
    let mut order: Vec<usize> = (0..points.len()).collect();
    order.sort_by(|a, b| {
        let (left, right) = (&points[*a], &points[*b]);
        first(left, right).then_with(|| second(left, right)).then(a.cmp(b))
    });
    let mut best: Option<usize> = None;
    order.retain(|place| {
        let is_better = best.is_none_or(|best| second(&points[*place], &points[best]) == Ordering::Less);
        if is_better {
            best = Some(*place);
        }
        is_better
    });
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn front(points: &[(i32, i32)]) -> Vec<usize> {
        pareto(points, |a, b| a.0.cmp(&b.0), |a, b| a.1.cmp(&b.1))
    }

    #[test]
    fn a_front_by_hand() {
        // (2, 5) is beaten by (1, 5), (3, 4) by (3, 2); of the two (1, 5) the first stays.
        assert_eq!(front(&[(3, 4), (1, 5), (2, 5), (3, 2), (1, 5), (9, 1)]), [1, 3, 5]);
        assert_eq!(front(&[]), [0; 0]);
    }

    proptest! {
        #[test]
        fn nothing_on_the_front_is_beaten_and_everything_else_is(
            points in proptest::collection::vec((0..12i32, 0..12i32), 1..40),
        ) {
            let found = front(&points);
            for (place, point) in points.iter().enumerate() {
                let beats = |other: &(i32, i32)| other.0 <= point.0 && other.1 <= point.1 && other != point;
                let is_beaten = points.iter().any(beats) || points[..place].contains(point);
                prop_assert_eq!(found.contains(&place), !is_beaten, "{:?}", point);
            }
        }
    }
}
