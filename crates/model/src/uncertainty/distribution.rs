//! Distributions of an input: what each is, its mean, and its quantiles.

use super::UncertaintyError;
use super::beta::Beta;
use super::error::{LARGEST, above_zero, usable};
use super::normal::{density, normal_share_below, quantile};

/// Bounds that a value cannot leave, such as 0 for a price.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
    low: f64,
    high: f64,
}

impl Bounds {
    /// 0 or more: a price, a count, a time.
    pub const AT_LEAST_ZERO: Self = Self { low: 0.0, high: LARGEST };
    /// 0 to 1: a share, a utilisation, a hit rate.
    pub const SHARE: Self = Self { low: 0.0, high: 1.0 };

    /// Bounds of one's own; an absent one is none.
    ///
    /// # Errors
    /// [`UncertaintyError::Figure`] for a bound that is no number, or a lower one that is not below the upper.
    pub fn new(low: Option<f64>, high: Option<f64>) -> Result<Self, UncertaintyError> {
        let low = low.map_or(Ok(-LARGEST), |low| usable("at_least", low))?;
        let high = high.map_or(Ok(LARGEST), |high| usable("at_most", high))?;
        rising(("at_least", low), ("at_most", high), "a number below at_most")?;
        Ok(Self { low, high })
    }

    fn hold(self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }
}

/// What an input can be. Every value and every quantile is a finite number.
#[derive(Debug, Clone, PartialEq)]
pub struct Distribution {
    pub(super) shape: Shape,
    /// Bounds, and the share of the untruncated distribution below each.
    pub(super) truncated: Option<Truncated>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Truncated {
    bounds: Bounds,
    below: f64,
    within: f64,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Shape {
    Fixed(f64),
    Uniform {
        low: f64,
        high: f64,
    },
    Triangular {
        low: f64,
        mode: f64,
        high: f64,
    },
    Pert {
        low: f64,
        high: f64,
        beta: Beta,
        a: f64,
        b: f64,
    },
    Normal {
        mean: f64,
        sd: f64,
    },
    Lognormal {
        mu: f64,
        sigma: f64,
    },
    /// Ascending.
    Empirical(Vec<f64>),
}

/// The least share of a distribution that bounds may leave.
const LEAST_SHARE: f64 = 1e-6;
/// The largest normal score of a draw, and a little.
const FARTHEST_SCORE: f64 = 8.3;
/// Squares of narrower ranges would vanish.
const NARROWEST: f64 = 1e-60;
/// ln 10¹⁰⁰: draws of a lognormal input stay below it.
const LARGEST_LOG: f64 = 230.0;

fn rising(
    (field, low): (&'static str, f64),
    (_, high): (&'static str, f64),
    expected: &'static str,
) -> Result<(), UncertaintyError> {
    if low < high { Ok(()) } else { Err(UncertaintyError::Figure { field, found: low, expected }) }
}

fn three(low: f64, mode: f64, high: f64) -> Result<(), UncertaintyError> {
    usable("high", high)?;
    rising(("low", usable("low", low)?), ("high", high - NARROWEST), "a number below high")?;
    if low <= mode && mode <= high {
        return Ok(());
    }
    Err(UncertaintyError::Figure { field: "mode", found: mode, expected: "a number from low to high" })
}

impl Distribution {
    fn of(shape: Shape) -> Self {
        Self { shape, truncated: None }
    }

    /// Always this value.
    ///
    /// # Errors
    /// [`UncertaintyError::Figure`] for what is no usable number, as for all of them.
    pub fn fixed(value: f64) -> Result<Self, UncertaintyError> {
        Ok(Self::of(Shape::Fixed(usable("value", value)?)))
    }

    /// Every value from `low` to `high` alike.
    ///
    /// # Errors
    /// Also when `low` is not below `high`.
    pub fn uniform(low: f64, high: f64) -> Result<Self, UncertaintyError> {
        three(low, low, high)?;
        Ok(Self::of(Shape::Uniform { low, high }))
    }

    /// Rising straight from `low` to `mode`, falling straight to `high`.
    ///
    /// # Errors
    /// Also when the three are not in order, or all the same.
    pub fn triangular(low: f64, mode: f64, high: f64) -> Result<Self, UncertaintyError> {
        three(low, mode, high)?;
        Ok(Self::of(Shape::Triangular { low, mode, high }))
    }

    /// PERT: a beta distribution from `low` to `high` whose mean is (low + 4 mode + high) ÷ 6. Narrower than the
    /// triangular one with the same three figures.
    ///
    /// Source: D. G. Malcolm et al., "Application of a Technique for Research and Development Program Evaluation",
    /// Operations Research 7 (1959), 646–669; shapes 1 + 4 (mode − low) ÷ (high − low) and 1 + 4 (high − mode) ÷ (high −
    /// low).
    ///
    /// # Errors
    /// Also when the three are not in order, or all the same.
    pub fn pert(low: f64, mode: f64, high: f64) -> Result<Self, UncertaintyError> {
        three(low, mode, high)?;
        let a = 1.0 + 4.0 * (mode - low) / (high - low);
        let b = 6.0 - a;
        Ok(Self::of(Shape::Pert { low, high, beta: Beta::new(a, b), a, b }))
    }

    /// Normal with a mean and a standard deviation above 0. It reaches below 0: truncate a price or a share with
    /// [`Self::within`].
    ///
    /// # Errors
    /// Also when the standard deviation is not above 0.
    pub fn normal(mean: f64, sd: f64) -> Result<Self, UncertaintyError> {
        Ok(Self::of(Shape::Normal { mean: usable("mean", mean)?, sd: above_zero("sd", sd)? }))
    }

    /// Lognormal with a mean and a standard deviation of the value itself: σ² = ln(1 + (sd ÷ mean)²), μ = ln mean −
    /// σ² ÷ 2.
    ///
    /// # Errors
    /// Also when one is not above 0, or draws could pass 10¹⁰⁰.
    pub fn lognormal(mean: f64, sd: f64) -> Result<Self, UncertaintyError> {
        let spread = above_zero("sd", sd)? / above_zero("mean", mean)?;
        let variance = libm::log1p(spread * spread);
        Self::logarithms(libm::log(mean) - variance / 2.0, libm::sqrt(variance), ("sd", sd))
    }

    /// Lognormal that lies below `p10` in one case of ten and above `p90` in one of ten.
    ///
    /// # Errors
    /// Also when they are not above 0 and in order, or draws could pass 10¹⁰⁰.
    pub fn lognormal_between(p10: f64, p90: f64) -> Result<Self, UncertaintyError> {
        let (low, high) = (libm::log(above_zero("p10", p10)?), libm::log(above_zero("p90", p90)?));
        rising(("p10", p10), ("p90", p90), "a number below p90")?;
        Self::logarithms(f64::midpoint(low, high), (high - low) / (2.0 * quantile(0.9)), ("p90", p90))
    }

    fn logarithms(mu: f64, sigma: f64, (field, found): (&'static str, f64)) -> Result<Self, UncertaintyError> {
        if sigma > 0.0 && mu + FARTHEST_SCORE * sigma <= LARGEST_LOG && mu + sigma * sigma / 2.0 <= LARGEST_LOG {
            return Ok(Self::of(Shape::Lognormal { mu, sigma }));
        }
        Err(UncertaintyError::Figure { field, found, expected: "a spread whose draws stay between 0 and 1e100" })
    }

    /// One of these values, each as likely as the others: what was observed happens again.
    ///
    /// # Errors
    /// [`UncertaintyError::Empty`] without values.
    pub fn empirical(values: &[f64]) -> Result<Self, UncertaintyError> {
        let mut sorted = values.iter().map(|value| usable("values", *value)).collect::<Result<Vec<_>, _>>()?;
        if sorted.is_empty() {
            return Err(UncertaintyError::Empty);
        }
        sorted.sort_by(f64::total_cmp);
        Ok(Self::of(Shape::Empirical(sorted)))
    }

    /// The same, given that the value lies within `bounds` (truncation: what lies outside is spread over the rest, not
    /// heaped at the bound). It replaces earlier bounds.
    ///
    /// # Errors
    /// [`UncertaintyError::Outside`] when less than a millionth of the distribution lies within them.
    pub fn within(mut self, bounds: Bounds) -> Result<Self, UncertaintyError> {
        let outside = |share: f64| UncertaintyError::Outside { share, low: bounds.low, high: bounds.high };
        self.truncated = None;
        if let Shape::Empirical(values) = &mut self.shape {
            values.retain(|value| bounds.hold(*value));
            return if values.is_empty() { Err(outside(0.0)) } else { Ok(self) };
        }
        if let Shape::Fixed(value) = self.shape {
            return if bounds.hold(value) { Ok(self) } else { Err(outside(0.0)) };
        }
        let below = self.share_below(bounds.low);
        let within = self.share_below(bounds.high) - below;
        if within < LEAST_SHARE {
            return Err(outside(within.max(0.0)));
        }
        if below > 0.0 || within < 1.0 {
            self.truncated = Some(Truncated { bounds, below, within });
        }
        Ok(self)
    }

    /// Probability of a value below `x`, before truncation.
    fn share_below(&self, x: f64) -> f64 {
        match &self.shape {
            Shape::Fixed(value) => f64::from(u8::from(*value < x)),
            Shape::Uniform { low, high } => ((x - low) / (high - low)).clamp(0.0, 1.0),
            Shape::Triangular { low, .. } if x <= *low => 0.0,
            Shape::Triangular { high, .. } if x >= *high => 1.0,
            Shape::Triangular { low, mode, high } if x < *mode => (x - low) / (high - low) * ((x - low) / (mode - low)),
            Shape::Triangular { low, mode, high } => 1.0 - (high - x) / (high - low) * ((high - x) / (high - mode)),
            Shape::Pert { low, high, beta, .. } => beta.share_below((x - low) / (high - low)),
            Shape::Normal { mean, sd } => normal_share_below((x - mean) / sd),
            Shape::Lognormal { .. } if x <= 0.0 => 0.0,
            Shape::Lognormal { mu, sigma } => normal_share_below((libm::log(x) - mu) / sigma),
            Shape::Empirical(values) => values.partition_point(|value| *value < x) as f64 / values.len() as f64,
        }
    }

    /// The value that a share of all draws stays below.
    ///
    /// # Errors
    /// [`UncertaintyError::Figure`] unless `share` lies between 0 and 1, both excluded.
    pub fn quantile(&self, share: f64) -> Result<f64, UncertaintyError> {
        if share > 0.0 && share < 1.0 {
            return Ok(self.at(share));
        }
        Err(UncertaintyError::Figure { field: "share", found: share, expected: "a share between 0 and 1" })
    }

    /// As [`Self::quantile`], for a share known to lie between 0 and 1.
    pub(super) fn at(&self, share: f64) -> f64 {
        let Some(Truncated { bounds, below, within }) = self.truncated else { return self.untruncated(share) };
        let share = (below + share * within).clamp(f64::MIN_POSITIVE, 1.0 - f64::EPSILON / 2.0);
        self.untruncated(share).clamp(bounds.low, bounds.high)
    }

    fn untruncated(&self, share: f64) -> f64 {
        match &self.shape {
            Shape::Fixed(value) => *value,
            Shape::Uniform { low, high } => low + share * (high - low),
            Shape::Triangular { low, mode, high } => {
                let (width, rise) = (high - low, mode - low);
                if share * width < rise {
                    low + libm::sqrt(share * width * rise)
                } else {
                    high - libm::sqrt((1.0 - share) * width * (high - mode))
                }
            }
            Shape::Pert { low, high, beta, .. } => low + (high - low) * beta.quantile(share, 1.0 - share),
            Shape::Normal { mean, sd } => mean + sd * quantile(share),
            Shape::Lognormal { mu, sigma } => libm::exp(mu + sigma * quantile(share)),
            Shape::Empirical(values) => {
                let rank = libm::ceil(share * values.len() as f64) as usize;
                values[rank.clamp(1, values.len()) - 1]
            }
        }
    }

    /// Does it never vary?
    #[must_use]
    pub fn is_fixed(&self) -> bool {
        matches!(self.shape, Shape::Fixed(_))
    }

    /// The mean, truncation included, in closed form.
    ///
    /// Source of the truncated ones: N. L. Johnson, S. Kotz and N. Balakrishnan, "Continuous Univariate Distributions"
    /// vol. 1 (1994), §13.10 and §14.
    #[must_use]
    pub fn mean(&self) -> f64 {
        let (low, high, within) = match self.truncated {
            Some(Truncated { bounds, within, .. }) => (bounds.low, bounds.high, within),
            None => (-LARGEST, LARGEST, 1.0),
        };
        match &self.shape {
            Shape::Fixed(value) => *value,
            Shape::Uniform { low: from, high: to } => f64::midpoint(low.max(*from), high.min(*to)),
            Shape::Triangular { low: from, mode, high: to } => {
                triangular_mean((*from, *mode, *to), low.max(*from), high.min(*to)) / within
            }
            Shape::Pert { low: from, high: to, a, b, .. } => {
                let width = to - from;
                let lifted = Beta::new(a + 1.0, *b);
                let part = lifted.share_below((high - from) / width) - lifted.share_below((low - from) / width);
                from + width * a / (a + b) * part / within
            }
            Shape::Normal { mean, sd } => {
                let (below, above) = ((low - mean) / sd, (high - mean) / sd);
                (mean + sd * (density(below) - density(above)) / within).clamp(low, high)
            }
            Shape::Lognormal { mu, sigma } => {
                let score = |x: f64| if x > 0.0 { (libm::log(x) - mu) / sigma } else { f64::NEG_INFINITY };
                let above = if self.truncated.is_some() { score(high) } else { f64::INFINITY };
                let part = normal_share_below(sigma - score(low)) - normal_share_below(sigma - above);
                libm::exp(mu + sigma * sigma / 2.0) * part / within
            }
            Shape::Empirical(values) => values.iter().sum::<f64>() / values.len() as f64,
        }
    }
}

/// ∫ x f(x) from `low` to `high` of a triangular density, which is straight on each side of its mode.
fn triangular_mean((from, mode, to): (f64, f64, f64), low: f64, high: f64) -> f64 {
    // Where f(x) = (x − foot)·slope: with y = x − foot, ∫ (foot·y + y²)·slope.
    let side = |foot: f64, width: f64, low: f64, high: f64| {
        if low >= high {
            return 0.0;
        }
        let slope = 2.0 / ((to - from) * width);
        let term = |x: f64| (x - foot) * (x - foot) * (foot / 2.0 + (x - foot) / 3.0) * slope;
        term(high) - term(low)
    };
    side(from, mode - from, low, high.min(mode)) - side(to, to - mode, low.max(mode), high)
}
