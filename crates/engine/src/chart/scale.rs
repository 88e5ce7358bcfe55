//! Positions: round ticks around the values, and things of equal height pushed apart.

/// A vertical axis with round ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Axis {
    /// Value at the bottom.
    pub lo: f64,
    /// Value at the top.
    pub hi: f64,
    /// Distance of two ticks, in the chart's unit.
    pub step: f64,
}

impl Axis {
    /// The smallest round axis around `min..=max` with about `ticks` steps; values that hardly differ get room.
    pub(super) fn around(min: f64, max: f64, ticks: f64, whole: bool) -> Self {
        let largest = min.abs().max(max.abs());
        let (min, max) = if max - min > largest * 1e-5 {
            (min, max)
        } else if largest == 0.0 {
            (0.0, 1.0)
        } else {
            (min - largest * 0.05, max + largest * 0.05)
        };
        let step = nice((max - min) / ticks.max(1.0), whole);
        Self { lo: (min / step + 1e-9).floor() * step, hi: (max / step - 1e-9).ceil() * step, step }
    }

    /// The tick values, bottom first.
    pub(super) fn ticks(&self) -> Vec<f64> {
        let first = (self.lo / self.step).round();
        let count = ((self.hi - self.lo) / self.step).round().clamp(0.0, 50.0) as u32;
        (0..=count).map(|index| (first + f64::from(index)) * self.step).collect()
    }

    /// Distance from the top in CSS pixels, on an axis from `top` down to `bottom`.
    pub(super) fn y(&self, value: f64, top: f64, bottom: f64) -> f64 {
        bottom - (value - self.lo) / (self.hi - self.lo) * (bottom - top)
    }
}

fn nice(raw: f64, whole: bool) -> f64 {
    let power = 10f64.powf(raw.log10().floor());
    let digit = raw / power;
    let round = [1.0, 2.0, 5.0].into_iter().find(|&step| digit <= step * 1.000_001).unwrap_or(10.0);
    let step = round * power;
    if whole { step.max(1.0) } else { step }
}

/// Moves `ys` as little as needed so that any two are `gap` apart and all lie in `lo..=hi`; order is kept, and
/// equal ones keep the order given. A gap too large for the room shrinks.
pub(super) fn spread(ys: &[f64], gap: f64, lo: f64, hi: f64) -> Vec<f64> {
    struct Cluster {
        members: Vec<usize>,
        wish: f64,
        start: f64,
    }
    let room = (hi - lo).max(0.0);
    let gap = if ys.len() > 1 { gap.min(room / (ys.len() - 1) as f64) } else { gap };
    let mut order: Vec<usize> = (0..ys.len()).collect();
    order.sort_by(|&a, &b| ys[a].total_cmp(&ys[b]).then(a.cmp(&b)));
    let settle = |cluster: &mut Cluster| {
        let count = cluster.members.len() as f64;
        let last = (hi - (count - 1.0) * gap).max(lo);
        cluster.start = (cluster.wish / count).clamp(lo, last);
    };
    let mut clusters: Vec<Cluster> = Vec::new();
    for index in order {
        let mut cluster = Cluster { members: vec![index], wish: ys[index], start: 0.0 };
        settle(&mut cluster);
        while let Some(mut above) = clusters.pop() {
            let length = above.members.len() as f64 * gap;
            if above.start + length <= cluster.start + 1e-9 {
                clusters.push(above);
                break;
            }
            above.wish += cluster.wish - length * cluster.members.len() as f64;
            above.members.append(&mut cluster.members);
            settle(&mut above);
            cluster = above;
        }
        clusters.push(cluster);
    }
    let mut placed = vec![0.0; ys.len()];
    for cluster in clusters {
        for (place, index) in cluster.members.into_iter().enumerate() {
            placed[index] = cluster.start + place as f64 * gap;
        }
    }
    placed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_enclose_the_values() {
        let axis = Axis::around(57.4, 64.4, 4.0, false);
        assert_eq!((axis.lo, axis.hi, axis.step), (56.0, 66.0, 2.0));
        assert_eq!(axis.ticks(), vec![56.0, 58.0, 60.0, 62.0, 64.0, 66.0]);
        let flat = Axis::around(60.0, 60.0, 4.0, false);
        assert!(flat.lo < 60.0 && flat.hi > 60.0);
        let zero = Axis::around(0.0, 0.0, 4.0, true);
        assert_eq!((zero.lo, zero.hi, zero.step), (0.0, 1.0, 1.0));
        let huge = Axis::around(1e12, 1e12 + 1.0, 4.0, false);
        assert!(huge.ticks().len() < 12);
    }

    #[test]
    fn crowded_places_move_apart_and_stay_inside() {
        let placed = spread(&[100.0, 101.0, 20.0, 100.0], 14.0, 0.0, 110.0);
        let mut sorted = placed.clone();
        sorted.sort_by(f64::total_cmp);
        assert!(sorted.windows(2).all(|pair| pair[1] - pair[0] >= 13.999));
        assert!(sorted.iter().all(|y| (0.0..=110.0).contains(y)));
        assert_eq!(placed[2], 20.0, "what has room stays");
        assert!(placed[0] < placed[3] && placed[3] < placed[1], "order is kept");
    }
}
