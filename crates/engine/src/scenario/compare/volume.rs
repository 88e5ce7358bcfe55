//! Cost of every scenario by volume, for the chart where their lines cross.

use marginline_model::scenario::{Sheet, at_volume};

use super::Comparison;

/// Cost and margin of every scenario over a range of volumes, in the first month.
#[derive(Debug, Clone, PartialEq)]
pub struct CostByVolume {
    /// Requests a month, ascending from 0, evenly apart.
    pub requests: Vec<f64>,
    /// One line for each scenario, in column order.
    pub lines: Vec<VolumeLine>,
    /// Where one begins or ceases to earn more than another, inside the range, ascending.
    pub crossings: Vec<VolumeCrossing>,
}

/// One scenario by volume.
#[derive(Debug, Clone, PartialEq)]
pub struct VolumeLine {
    /// Scenario id.
    pub scenario: String,
    /// Its name.
    pub name: String,
    /// Cost of revenue of the first month in USD, one for each volume.
    pub cost_usd: Vec<f64>,
    /// Gross margin of the first month in USD, one for each volume.
    pub margin_usd: Vec<f64>,
}

/// A volume at which the lead changes.
#[derive(Debug, Clone, PartialEq)]
pub struct VolumeCrossing {
    /// Scenario id that earns more from this volume on.
    pub winner: String,
    /// Scenario id that earned more up to it.
    pub loser: String,
    /// Requests a month.
    pub requests: f64,
    /// Cost of the winner there, in USD.
    pub cost_usd: f64,
}

impl Comparison {
    /// Cost by volume at so many points (at least 2), from no request to twice the largest month of any scenario.
    #[must_use]
    pub fn cost_by_volume(&self, points: usize) -> CostByVolume {
        let months = self.runs.iter().flat_map(|run| &run.projected);
        let largest = months.map(|month| month.totals.requests).fold(1.0, f64::max);
        let last = points.max(2) - 1;
        let requests: Vec<f64> = (0..=last).map(|at| 2.0 * largest * at as f64 / last as f64).collect();
        let sheet = &mut Sheet::default();
        let mut lines = Vec::with_capacity(self.runs.len());
        for run in &self.runs {
            let totals = |volume: &f64| at_volume(&run.resolved.inputs, 0, *volume, sheet);
            let found: Vec<_> = requests.iter().map(totals).collect();
            lines.push(VolumeLine {
                scenario: run.resolved.id.clone(),
                name: run.resolved.name.clone(),
                cost_usd: found.iter().map(|totals| totals.cost_usd).collect(),
                margin_usd: found.iter().map(marginline_model::scenario::Totals::margin_usd).collect(),
            });
        }
        CostByVolume { crossings: self.crossings_by_volume(2.0 * largest), requests, lines }
    }

    fn crossings_by_volume(&self, most: f64) -> Vec<VolumeCrossing> {
        let sheet = &mut Sheet::default();
        let mut found = Vec::new();
        for winner in &self.runs {
            for loser in self.runs.iter().filter(|loser| loser.resolved.id != winner.resolved.id) {
                let ahead = winner.by_volume().ahead_of(loser.by_volume());
                for (requests, _) in ahead.into_iter().filter(|(from, _)| *from > 0.0 && *from <= most) {
                    found.push(VolumeCrossing {
                        winner: winner.resolved.id.clone(),
                        loser: loser.resolved.id.clone(),
                        requests,
                        cost_usd: at_volume(&winner.resolved.inputs, 0, requests, sheet).cost_usd,
                    });
                }
            }
        }
        found.sort_by(|a, b| a.requests.total_cmp(&b.requests));
        found
    }
}
