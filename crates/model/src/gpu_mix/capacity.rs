//! What a replica carries at a latency target, by the serving model.

use crate::serving::{Answer, Deployment, Gpu, Load, Measured, Model, Question, ServingError, answer};

/// The size of a bucket's requests, in mean tokens.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RequestSize {
    /// Prompt tokens, cached ones included.
    pub input_tokens: f64,
    /// Generated tokens.
    pub output_tokens: f64,
    /// Share of the prompt that a prefix cache serves, 0 to below 1.
    pub prefix_hit_share: f64,
}

/// Latency that every request must meet on average; an absent one is no limit.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct LatencyTarget {
    /// Seconds to the first token.
    pub ttft_s: Option<f64>,
    /// Seconds between two tokens.
    pub tpot_s: Option<f64>,
}

/// How much of the stated band must lie within the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Stance {
    /// The estimate; for time to first token, of which there is only a range, the middle of it.
    #[default]
    Estimate,
    /// All of it.
    WholeBand,
}

/// Requests in flight on a replica beyond which no engine goes.
const MOST_IN_FLIGHT: f64 = 8_192.0;

/// Requests per second that one replica carries of requests of one size while it meets the target, and the requests in
/// flight at which it does: the rate at the largest whole number in flight, up to what memory holds, that still meets
/// it. `None` where even a single request misses the target.
///
/// # Errors
/// A figure out of range, weights larger than memory, a target that is no number above 0, or a measured point of
/// something else.
pub fn capacity_from_serving(
    (model, gpu, deployment): (&Model, &Gpu, Deployment),
    size: RequestSize,
    target: LatencyTarget,
    stance: Stance,
    measured: &[Measured],
) -> Result<Option<(f64, f64)>, ServingError> {
    for (field, limit) in [("target.ttft_s", target.ttft_s), ("target.tpot_s", target.tpot_s)] {
        if let Some(limit) = limit.filter(|limit| !(limit.is_finite() && *limit > 0.0)) {
            let expected = "a finite number of seconds above 0";
            return Err(ServingError::Figure { field, found: limit.to_string(), expected });
        }
    }
    let asked = |concurrency: f64| {
        let RequestSize { input_tokens, output_tokens, prefix_hit_share } = size;
        let load = Load { input_tokens, output_tokens, concurrency, prefix_hit_share };
        answer(&Question { model, gpu, deployment, load }, measured)
    };
    let one = asked(1.0)?;
    if !meets(&one, target, stance) {
        return Ok(None);
    }
    // Latency rises with requests in flight: the largest that meets the target lies where halving ends.
    let (mut fits, mut best) = (1.0, one.clone());
    let mut above = one.batch_max.clamp(1.0, MOST_IN_FLIGHT).floor() + 1.0;
    while above - fits > 1.0 {
        let middle = f64::midpoint(fits, above).floor();
        let found = asked(middle)?;
        if meets(&found, target, stance) {
            (fits, best) = (middle, found);
        } else {
            above = middle;
        }
    }
    let seconds = if stance == Stance::WholeBand { best.end_to_end_s.high } else { best.end_to_end_s.value };
    Ok(Some((fits / seconds, fits)))
}

fn meets(found: &Answer, target: LatencyTarget, stance: Stance) -> bool {
    let (ttft, tpot) = match stance {
        Stance::Estimate => (f64::midpoint(found.ttft_s.0, found.ttft_s.1), found.tpot_s.value),
        Stance::WholeBand => (found.ttft_s.1, found.tpot_s.high),
    };
    target.ttft_s.is_none_or(|limit| ttft <= limit) && target.tpot_s.is_none_or(|limit| tpot <= limit)
}
