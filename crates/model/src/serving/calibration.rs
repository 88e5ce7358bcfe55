//! Measured points of the same model, GPU, precision and engine move a prediction towards themselves.
//!
//! The ratio of a measured to a predicted time is applied shrunk by a power: near 1 where the point is like the
//! question, smaller the further it is in requests in flight, grid and lengths. Several points share their pull as in
//! simple kriging of the log ratio, so that ten runs of one configuration do not count ten times.

use super::{Constants, Deployment, Gpu, Load, Model, ServingError, timing};

/// The power for a point that equals the question; the rest is what repeated runs differ by.
const PULL: f64 = 0.95;
/// What the power loses per doubling of the requests in flight, the GPUs, the attention ranks and the lengths.
const PER_CONCURRENCY: f64 = 0.2;
const PER_GPUS: f64 = 0.15;
const PER_RANKS: f64 = 0.3;
const PER_LENGTH: f64 = 0.05;

/// One measured run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measured {
    /// How it ran.
    pub deployment: Deployment,
    /// Under what load.
    pub load: Load,
    /// Mean seconds from sending a request to its last token.
    pub end_to_end_s: f64,
}

impl Measured {
    pub(super) fn check(&self, index: usize, deployment: &Deployment) -> Result<(), ServingError> {
        super::error::positive("measured end_to_end_s", self.end_to_end_s)?;
        for (what, same) in [
            ("precision of weights", self.deployment.weights == deployment.weights),
            ("serving engine", self.deployment.backend == deployment.backend),
        ] {
            if !same {
                return Err(ServingError::Foreign { index: index + 1, what });
            }
        }
        Ok(())
    }
}

/// What measured points say about one question.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pull {
    /// Factor on the predicted time.
    pub ratio: f64,
    /// How near the points are, 0 (nothing measured) to below 1.
    pub weight: f64,
}

/// Measured points with what the model says of each.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibration {
    points: Vec<([f64; 5], f64)>,
}

impl Calibration {
    /// Holds each point against the model.
    ///
    /// # Errors
    /// A point that cannot be predicted, or that belongs to another precision or engine than the first one.
    pub fn new(model: &Model, gpu: &Gpu, constants: &Constants, points: &[Measured]) -> Result<Self, ServingError> {
        let mut held = Vec::with_capacity(points.len());
        for (index, point) in points.iter().enumerate() {
            point.check(index, &points[0].deployment)?;
            let predicted = timing(model, gpu, &point.deployment, &point.load, constants)?.end_to_end_s;
            held.push((place(&point.deployment, &point.load), libm::log(point.end_to_end_s / predicted)));
        }
        Ok(Self { points: held })
    }

    /// The factor for a question.
    #[must_use]
    pub fn pull(&self, deployment: &Deployment, load: &Load) -> Pull {
        let here = place(deployment, load);
        let near: Vec<f64> = self.points.iter().map(|(there, _)| power(&here, there)).collect();
        let weights = solve(self.matrix(), near.clone());
        let ln_ratio: f64 = weights.iter().zip(&self.points).map(|(weight, (_, ratio))| weight * ratio).sum();
        let explained: f64 = weights.iter().zip(&near).map(|(weight, near)| weight * near).sum();
        Pull { ratio: libm::exp(ln_ratio), weight: explained.clamp(0.0, PULL * PULL).sqrt() }
    }

    fn matrix(&self) -> Vec<Vec<f64>> {
        let row = |i: usize| {
            let cell = |j: usize| if i == j { 1.0 } else { power(&self.points[i].0, &self.points[j].0) };
            (0..self.points.len()).map(cell).collect()
        };
        (0..self.points.len()).map(row).collect()
    }
}

fn place(deployment: &Deployment, load: &Load) -> [f64; 5] {
    let gpus = f64::from(deployment.gpus());
    let ranks = f64::from(deployment.data_parallel);
    [load.concurrency, gpus, ranks, load.input_tokens, load.output_tokens].map(libm::log2)
}

fn power(a: &[f64; 5], b: &[f64; 5]) -> f64 {
    let rates = [PER_CONCURRENCY, PER_GPUS, PER_RANKS, PER_LENGTH, PER_LENGTH];
    let far: f64 = rates.iter().zip(a.iter().zip(b)).map(|(rate, (a, b))| rate * (a - b).abs()).sum();
    PULL * libm::exp(-far)
}

/// Solves a positive definite system by elimination; its diagonal is 1 and all else at most [`PULL`], so no pivot is
/// near 0.
fn solve(mut matrix: Vec<Vec<f64>>, mut right: Vec<f64>) -> Vec<f64> {
    let size = right.len();
    for pivot in 0..size {
        let (above, below) = matrix.split_at_mut(pivot + 1);
        let lead = &above[pivot];
        for (offset, row) in below.iter_mut().enumerate() {
            let factor = row[pivot] / lead[pivot];
            for (cell, lead) in row.iter_mut().zip(lead).skip(pivot) {
                *cell -= factor * lead;
            }
            right[pivot + 1 + offset] -= factor * right[pivot];
        }
    }
    for row in (0..size).rev() {
        let known: f64 = (row + 1..size).map(|column| matrix[row][column] * right[column]).sum();
        right[row] = (right[row] - known) / matrix[row][row];
    }
    right
}
