//! The standard normal distribution, by `libm` alone: the same bytes on every platform.

/// Half of the middle range in which [`central`] holds.
const MIDDLE: f64 = 0.425;

/// Coefficients of Wichura's algorithm PPND16, numerators and denominators by rising power; the middle, the tails and
/// the far tails.
#[rustfmt::skip]
mod coefficients {
    #![allow(clippy::excessive_precision, clippy::unreadable_literal, reason = "as published")]

    pub(super) const A: [f64; 8] = [
        3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4,
        4.5921953931549871457e4, 6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3,
    ];
    pub(super) const B: [f64; 8] = [
        1.0, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3,
        2.1213794301586595867e4, 3.9307895800092710610e4, 2.8729085735721942674e4, 5.2264952788528545610e3,
    ];
    pub(super) const C: [f64; 8] = [
        1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0, 3.64784832476320460504e0,
        1.27045825245236838258e0, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4,
    ];
    pub(super) const D: [f64; 8] = [
        1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
        1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4, 1.05075007164441684324e-9,
    ];
    pub(super) const E: [f64; 8] = [
        6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0, 2.96560571828504891230e-1,
        2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7,
    ];
    pub(super) const F: [f64; 8] = [
        1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
        7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15,
    ];
}
use coefficients::{A, B, C, D, E, F};

fn polynomial(coefficients: &[f64; 8], x: f64) -> f64 {
    coefficients.iter().rev().fold(0.0, |sum, coefficient| sum * x + coefficient)
}

/// The quantile for a share between 0.075 and 0.925; nonsense, but a number, outside.
fn central(share: f64) -> f64 {
    let q = share - 0.5;
    let r = MIDDLE * MIDDLE - q * q;
    q * polynomial(&A, r) / polynomial(&B, r)
}

/// The quantile for a share outside of that range.
fn tail(share: f64) -> f64 {
    let r = libm::sqrt(-libm::log(share.min(1.0 - share)));
    let size = if r <= 5.0 {
        polynomial(&C, r - 1.6) / polynomial(&D, r - 1.6)
    } else {
        polynomial(&E, r - 5.0) / polynomial(&F, r - 5.0)
    };
    if share < 0.5 { -size } else { size }
}

fn is_central(share: f64) -> bool {
    (share - 0.5).abs() <= MIDDLE
}

/// The value that a standard normal variable stays below with probability `share`, to about 10⁻¹⁶ of itself. `None`
/// unless `share` lies between 0 and 1, both excluded.
///
/// Source: M. J. Wichura, "Algorithm AS 241: The Percentage Points of the Normal Distribution", Applied Statistics 37
/// (1988), 477–484.
#[must_use]
pub fn normal_quantile(share: f64) -> Option<f64> {
    (share > 0.0 && share < 1.0).then(|| quantile(share))
}

/// As [`normal_quantile`], for a share known to lie between 0 and 1.
pub(super) fn quantile(share: f64) -> f64 {
    if is_central(share) { central(share) } else { tail(share) }
}

/// Turns shares into quantiles in place.
pub(super) fn quantiles(shares: &mut [f64]) {
    // Five of six shares are central. Without a branch in between the compiler computes several at once.
    let mut outside = [0_u16; super::CHUNK];
    for block in shares.chunks_mut(outside.len()) {
        let mut count = 0;
        for (index, share) in block.iter().enumerate() {
            outside[count] = index as u16;
            count += usize::from(!is_central(*share));
        }
        let mut kept = [0.0; super::CHUNK];
        for (kept, index) in kept.iter_mut().zip(&outside[..count]) {
            *kept = block[usize::from(*index)];
        }
        block.iter_mut().for_each(|share| *share = central(*share));
        for (kept, index) in kept.iter().zip(&outside[..count]) {
            block[usize::from(*index)] = tail(*kept);
        }
    }
}

/// The probability that a standard normal variable is below `z`.
#[must_use]
pub fn normal_share_below(z: f64) -> f64 {
    0.5 * libm::erfc(-z * std::f64::consts::FRAC_1_SQRT_2)
}

/// The density of the standard normal distribution.
pub(super) fn density(z: f64) -> f64 {
    const ROOT: f64 = 2.506_628_274_631_000_5;
    libm::exp(-0.5 * z * z) / ROOT
}
