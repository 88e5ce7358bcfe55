//! Measured points of one deployment under one request shape: throughput between them without any model.

/// A monotone curve through measured points: output tokens per second and GPU over requests in flight, both in
/// logarithms, by Steffen's rule, which never overshoots the points between which it runs.
///
/// Source: M. Steffen, "A simple method for monotonic interpolation in one dimension", Astronomy and Astrophysics 239
/// (1990), 443–450.
#[derive(Debug, Clone, PartialEq)]
pub struct Front {
    points: Vec<(f64, f64)>,
    slopes: Vec<f64>,
}

impl Front {
    /// A curve through pairs of requests in flight and tokens per second and GPU. Runs of the same concurrency are
    /// taken together (mean of the logarithms). `None` for fewer than two concurrencies, or figures not above 0.
    #[must_use]
    pub fn new(pairs: &[(f64, f64)]) -> Option<Self> {
        if pairs.iter().any(|(x, y)| !(*x > 0.0 && *y > 0.0 && x.is_finite() && y.is_finite())) {
            return None;
        }
        let mut sorted: Vec<(f64, f64)> = pairs.iter().map(|(x, y)| (libm::log(*x), libm::log(*y))).collect();
        sorted.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let mut points: Vec<(f64, f64)> = Vec::new();
        for group in sorted.chunk_by(|a, b| a.0 == b.0) {
            let mean = group.iter().map(|(_, y)| y).sum::<f64>() / group.len() as f64;
            points.push((group[0].0, mean));
        }
        if points.len() < 2 {
            return None;
        }
        let slopes = slopes(&points);
        Some(Self { points, slopes })
    }

    /// Tokens per second and GPU at so many requests in flight; `None` outside the measured points.
    #[must_use]
    pub fn at_concurrency(&self, concurrency: f64) -> Option<f64> {
        let x = libm::log(concurrency);
        let last = self.points.len() - 1;
        let index = self.points.iter().position(|point| x <= point.0)?.min(last);
        if index == 0 {
            return (x == self.points[0].0).then(|| libm::exp(self.points[0].1));
        }
        let ((x0, y0), (x1, y1)) = (self.points[index - 1], self.points[index]);
        let (width, t) = (x1 - x0, x - x0);
        let chord = (y1 - y0) / width;
        let (s0, s1) = (self.slopes[index - 1], self.slopes[index]);
        let a = (s0 + s1 - 2.0 * chord) / (width * width);
        let b = (3.0 * chord - 2.0 * s0 - s1) / width;
        Some(libm::exp(((a * t + b) * t + s0) * t + y0))
    }

    /// Tokens per second and GPU where each user gets so many tokens per second; `gpus` are those of the replica.
    /// `None` outside the measured points. The largest concurrency that keeps the rate is found by halving.
    #[must_use]
    pub fn at_interactivity(&self, tokens_per_s_per_user: f64, gpus: f64) -> Option<f64> {
        let (mut low, mut high) = (self.points.first()?.0, self.points.last()?.0);
        let user = |x: f64| self.at_concurrency(libm::exp(x)).map(|each| each * gpus / libm::exp(x));
        // Logarithms of the ends do not always come back to themselves: step inside by less than any measurement.
        (low, high) = (low + 1e-12, high - 1e-12);
        if user(low)? < tokens_per_s_per_user || user(high)? > tokens_per_s_per_user {
            return None;
        }
        for _ in 0..60 {
            let middle = f64::midpoint(low, high);
            if user(middle)? >= tokens_per_s_per_user { low = middle } else { high = middle }
        }
        self.at_concurrency(libm::exp(low))
    }
}

/// Steffen's slopes: limited to twice the smaller neighbouring chord, 0 at a turn.
fn slopes(points: &[(f64, f64)]) -> Vec<f64> {
    let widths: Vec<f64> = points.windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
    let chords: Vec<f64> =
        points.windows(2).zip(&widths).map(|(pair, width)| (pair[1].1 - pair[0].1) / width).collect();
    let mut slopes = vec![0.0; points.len()];
    for index in 1..points.len() - 1 {
        let (before, after) = (chords[index - 1], chords[index]);
        let (w0, w1) = (widths[index - 1], widths[index]);
        let parabola = (before * w1 + after * w0) / (w0 + w1);
        let limit = before.abs().min(after.abs()).min(parabola.abs() / 2.0);
        slopes[index] = (sign(before) + sign(after)) * limit;
    }
    slopes[0] = end(chords.first().copied(), chords.get(1).copied(), widths.first(), widths.get(1));
    let back = chords.len();
    slopes[back] = end(
        chords.last().copied(),
        chords.get(back.wrapping_sub(2)).copied(),
        widths.last(),
        widths.get(back.wrapping_sub(2)),
    );
    slopes
}

/// The slope at an end: of the parabola through the three last points, held between 0 and twice the chord.
fn end(chord: Option<f64>, next: Option<f64>, width: Option<&f64>, next_width: Option<&f64>) -> f64 {
    let (Some(chord), Some(width)) = (chord, width) else { return 0.0 };
    let (Some(next), Some(next_width)) = (next, next_width) else { return chord };
    let share = width / (width + next_width);
    let slope = chord * (1.0 + share) - next * share;
    if slope * chord <= 0.0 {
        0.0
    } else if slope.abs() > 2.0 * chord.abs() {
        2.0 * chord
    } else {
        slope
    }
}

fn sign(value: f64) -> f64 {
    if value > 0.0 {
        1.0
    } else if value < 0.0 {
        -1.0
    } else {
        0.0
    }
}
