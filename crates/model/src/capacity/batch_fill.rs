//! Work that can wait, put into hours that are paid for and idle.
//!
//! Earliest deadline first, hour by hour. For work that can be cut and stopped at any hour this places as much as any
//! order could (Glover 1967, convex bipartite matching), so *does not fit* is never a matter of order.

use super::CapacityError;
use super::error::amount;

/// Work that can wait.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Batch {
    /// Unit-hours of work.
    pub unit_hours: f64,
    /// First hour in which it may run, counted from 0.
    pub from_hour: usize,
    /// The hour before which it must be done.
    pub before_hour: usize,
}

/// Where it went.
#[derive(Debug, Clone, PartialEq)]
pub struct Filled {
    /// Units at batch work by hour.
    pub by_hour: Vec<f64>,
    /// Unit-hours of each batch that do not fit; 0 where it fits.
    pub unplaced: Vec<f64>,
    /// Unit-hours placed: their marginal cost on committed capacity is 0.
    pub placed_unit_hours: f64,
    /// Unit-hours that stay idle.
    pub idle_unit_hours: f64,
}

/// Below this share of its work a remainder is noise of adding.
const NOISE: f64 = 1e-9;

/// Free units by hour: capacity less what interactive load takes, never below 0.
///
/// # Errors
/// A figure that is negative or no number, or lists of different lengths.
pub fn free(capacity: &[f64], interactive: &[f64]) -> Result<Vec<f64>, CapacityError> {
    if capacity.len() != interactive.len() {
        return Err(CapacityError::Figure {
            field: "interactive",
            found: format!("{} hours", interactive.len()),
            expected: "as many hours as capacity",
        });
    }
    let each = capacity.iter().zip(interactive);
    each.map(|(all, taken)| Ok((amount("capacity", *all)? - amount("interactive", *taken)?).max(0.0))).collect()
}

/// Fills idle hours with batches.
///
/// # Errors
/// A figure that is negative or no number, or a window that holds no hour of the horizon.
pub fn fill(free: &[f64], batches: &[Batch]) -> Result<Filled, CapacityError> {
    for units in free {
        amount("free", *units)?;
    }
    for batch in batches {
        amount("unit_hours", batch.unit_hours)?;
        if batch.from_hour >= batch.before_hour || batch.before_hour > free.len() {
            return Err(CapacityError::Figure {
                field: "before_hour",
                found: format!("hours {} to {}", batch.from_hour, batch.before_hour),
                expected: "a window of at least one hour inside the horizon",
            });
        }
    }
    let mut order: Vec<usize> = (0..batches.len()).collect();
    order.sort_by_key(|index| batches[*index].before_hour);
    let mut left: Vec<f64> = batches.iter().map(|batch| batch.unit_hours).collect();
    let mut by_hour = vec![0.0; free.len()];
    for (hour, units) in free.iter().enumerate() {
        let mut room = *units;
        for index in &order {
            let Batch { from_hour, before_hour, .. } = batches[*index];
            if room > 0.0 && from_hour <= hour && hour < before_hour {
                let placed = left[*index].min(room);
                left[*index] -= placed;
                room -= placed;
            }
        }
        by_hour[hour] = units - room;
    }
    for (rest, batch) in left.iter_mut().zip(batches) {
        if *rest <= batch.unit_hours * NOISE {
            *rest = 0.0;
        }
    }
    let placed_unit_hours = by_hour.iter().sum();
    let idle_unit_hours = free.iter().zip(&by_hour).map(|(free, used)| (free - used).max(0.0)).sum();
    Ok(Filled { by_hour, unplaced: left, placed_unit_hours, idle_unit_hours })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn batch(unit_hours: f64, from_hour: usize, before_hour: usize) -> Batch {
        Batch { unit_hours, from_hour, before_hour }
    }

    #[test]
    fn the_earlier_deadline_goes_first() {
        // Two units are free in each of four hours. Three unit-hours are due after two, four after four.
        let filled = fill(&[2.0; 4], &[batch(4.0, 0, 4), batch(3.0, 0, 2)]).unwrap();
        assert_eq!(filled.unplaced, [0.0, 0.0], "the other order would leave a unit-hour of the urgent one");
        assert_eq!(filled.by_hour, [2.0, 2.0, 2.0, 1.0]);
        assert!((filled.idle_unit_hours - 1.0).abs() < 1e-12);
    }

    #[test]
    fn what_does_not_fit_is_told() {
        let filled = fill(&[2.0, 0.0, 5.0], &[batch(3.0, 0, 2)]).unwrap();
        assert_eq!(filled.unplaced, [1.0], "the five free units come too late");
        assert!((filled.placed_unit_hours - 2.0).abs() < 1e-12);
    }

    #[test]
    fn interactive_load_comes_first() {
        assert_eq!(free(&[10.0, 10.0], &[4.0, 12.0]).unwrap(), [6.0, 0.0]);
        assert!(free(&[1.0], &[1.0, 2.0]).is_err());
        assert!(free(&[f64::NAN], &[1.0]).is_err());
        assert!(fill(&[1.0], &[batch(1.0, 0, 2)]).is_err());
        assert!(fill(&[1.0], &[batch(f64::INFINITY, 0, 1)]).is_err());
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_no_hour_overflows(
            free in proptest::collection::vec(0.0..20.0f64, 1..40),
            jobs in proptest::collection::vec((0.0..50.0f64, 0..1_000usize, 1..30usize), 0..12),
        ) {
            let batches: Vec<Batch> = jobs.iter().map(|(work, from, length)| {
                let from = from % free.len();
                batch(*work, from, (from + length).min(free.len()))
            }).collect();
            let filled = fill(&free, &batches).unwrap();
            let work: f64 = batches.iter().map(|batch| batch.unit_hours).sum();
            prop_assert!((filled.placed_unit_hours + filled.unplaced.iter().sum::<f64>() - work).abs() < 1e-6);
            prop_assert!(filled.by_hour.iter().zip(&free).all(|(used, free)| *used >= 0.0 && *used <= free + 1e-9));
            // Hall's condition: what any two ends enclose, less their free hours, cannot be placed by anybody; and
            // the worst such excess of one window is at most what was left.
            for from in 0..free.len() {
                for before in from + 1..=free.len() {
                    let room: f64 = free[from..before].iter().sum();
                    let inside: f64 = batches.iter().filter(|b| b.from_hour >= from && b.before_hour <= before)
                        .map(|b| b.unit_hours).sum();
                    prop_assert!(filled.unplaced.iter().sum::<f64>() >= inside - room - 1e-6);
                }
            }
            // And where no window is overfull, everything fits.
            let overfull = (0..free.len()).any(|from| (from + 1..=free.len()).any(|before| {
                let room: f64 = free[from..before].iter().sum();
                let inside: f64 = batches.iter().filter(|b| b.from_hour >= from && b.before_hour <= before)
                    .map(|b| b.unit_hours).sum();
                inside > room
            }));
            prop_assert!(overfull || filled.unplaced.iter().all(|left| *left < 1e-6));
        }
    }
}
