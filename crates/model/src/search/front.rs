//! The front of cost against latency.

use super::Served;

/// A configuration within all limits.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Point {
    pub(super) shape: usize,
    pub(super) place: usize,
    pub(super) usd_per_gpu_hour: f64,
    pub(super) replicas: u64,
    pub(super) cost: f64,
    pub(super) latency_s: f64,
    pub(super) served: Served,
}

/// Points that no other is at least as good as in both, ordered by rising latency.
pub(super) fn front(mut points: Vec<Point>) -> Vec<Point> {
    let in_order = |point: &Point| (point.shape, point.place);
    points.sort_by(|a, b| {
        let by_latency = a.latency_s.total_cmp(&b.latency_s);
        by_latency.then(a.cost.total_cmp(&b.cost)).then_with(|| in_order(a).cmp(&in_order(b)))
    });
    let mut least = f64::INFINITY;
    points.retain(|point| {
        let is_cheaper = point.cost < least;
        least = least.min(point.cost);
        is_cheaper
    });
    points
}
