//! Requests that reach a component, as they rise with the requests of the month.

/// A line of straight pieces that never falls, from (0, 0) on.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Rising {
    /// Where pieces begin, ascending; the first at 0.
    knots: Vec<(f64, f64)>,
    /// Of the last piece, which never ends.
    slope: f64,
}

impl Rising {
    /// A straight line of this slope.
    pub fn straight(slope: f64) -> Self {
        Self { knots: vec![(0.0, 0.0)], slope }
    }

    /// Places at which it bends.
    pub fn bends(&self) -> impl Iterator<Item = f64> + '_ {
        self.knots.iter().skip(1).map(|(at, _)| *at)
    }

    pub fn at(&self, place: f64) -> f64 {
        let next = self.knots.partition_point(|(at, _)| *at <= place);
        let (from, value) = self.knots[next.saturating_sub(1)];
        value + self.slope_from(next.saturating_sub(1)) * (place - from)
    }

    fn slope_from(&self, knot: usize) -> f64 {
        match self.knots.get(knot + 1) {
            Some((to, value)) => (value - self.knots[knot].1) / (to - self.knots[knot].0),
            None => self.slope,
        }
    }

    /// Where it first has a value; `None` where it never does.
    pub fn first_at(&self, value: f64) -> Option<f64> {
        let next = self.knots.partition_point(|(_, has)| *has < value);
        let knot = next.saturating_sub(1);
        let (from, has) = self.knots[knot];
        let slope = self.slope_from(knot);
        if has >= value {
            return Some(from);
        }
        (slope > 0.0).then(|| from + (value - has) / slope)
    }

    /// The same, so many times as high.
    pub fn times(&self, factor: f64) -> Self {
        Self { knots: self.knots.iter().map(|(at, value)| (*at, value * factor)).collect(), slope: self.slope * factor }
    }

    /// Both together.
    pub fn and(&self, other: &Self) -> Self {
        let mut places: Vec<f64> = self.knots.iter().chain(&other.knots).map(|(at, _)| *at).collect();
        places.sort_by(f64::total_cmp);
        places.dedup();
        let knots = places.into_iter().map(|at| (at, self.at(at) + other.at(at))).collect();
        Self { knots, slope: self.slope + other.slope }
    }

    /// What a further line makes of its values: that line bends at `bends` (ascending values of this one) and is straight
    /// between and behind them.
    pub fn then(&self, bends: &[f64], line: impl Fn(f64) -> f64) -> Self {
        let mut places: Vec<f64> = bends.iter().filter_map(|bend| self.first_at(*bend)).collect();
        places.extend(self.knots.iter().map(|(at, _)| *at));
        places.sort_by(f64::total_cmp);
        places.dedup();
        let knots: Vec<(f64, f64)> = places.iter().map(|at| (*at, line(self.at(*at)))).collect();
        // Behind the last bend, over as far again.
        let last = bends.last().copied().unwrap_or(0.0).max(1.0);
        let slope = (line(3.0 * last) - line(2.0 * last)) / last * self.slope;
        Self { knots, slope }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_overflows_a_tank_of_ten() {
        let half = Rising::straight(0.5);
        let over = half.then(&[10.0], |value| (value - 10.0).max(0.0));
        assert_eq!(over.bends().collect::<Vec<_>>(), [20.0]);
        assert_eq!((over.at(20.0), over.at(30.0), over.at(100.0)), (0.0, 5.0, 40.0));
        assert_eq!((over.first_at(5.0), over.first_at(0.0)), (Some(30.0), Some(0.0)));
        assert_eq!(Rising::straight(0.0).first_at(1.0), None, "nothing ever comes");
        let all = over.and(&half.times(2.0));
        assert_eq!((all.at(10.0), all.at(30.0), all.first_at(35.0)), (10.0, 35.0, Some(30.0)));
    }
}
