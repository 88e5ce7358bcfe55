//! Do two samples come from one distribution? The test of Kolmogorov and Smirnov, and whether a mix of lengths has moved.

mod mix;

use std::f64::consts::PI;

pub use mix::{Drift, DriftError, Lengths, MOVED_D, MOVED_PSI, drift, psi};

/// Which differences count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alternative {
    /// Either way.
    TwoSided,
    /// The first sample's distribution function lies above.
    Greater,
    /// The first sample's distribution function lies below.
    Less,
}

/// Largest distance of two distribution functions, and how likely it is by chance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Distance {
    /// Distance, 0 to 1. In large samples everything is significant: set thresholds on this one.
    pub d: f64,
    /// Probability of at least this distance between samples of one distribution, for large samples.
    pub p: f64,
}

/// Compares two samples that are not empty.
///
/// Two-sided probabilities are those of one sample of `n m ÷ (n + m)` values by the expansion of Pelz and Good (1976, as
/// given by Simard and L'Ecuyer 2011); one-sided ones are Hodges' (1958, 5.3). Both are what SciPy calls asymptotic.
#[must_use]
pub fn ks(a: &[f64], b: &[f64], alternative: Alternative) -> Distance {
    let (above, below) = distances(a, b);
    let d = match alternative {
        Alternative::TwoSided => above.max(below),
        Alternative::Greater => above,
        Alternative::Less => below,
    };
    let (m, n) = (a.len().max(b.len()) as f64, a.len().min(b.len()) as f64);
    let size = m * n / (m + n);
    let p = match alternative {
        Alternative::TwoSided => two_sided(d, size.round().max(1.0)),
        _ => {
            let z = size.sqrt() * d;
            libm::exp(-2.0 * z * z - 2.0 * z * (m + 2.0 * n) / (m * n * (m + n)).sqrt() / 3.0)
        }
    };
    Distance { d, p: p.clamp(0.0, 1.0) }
}

/// How far the first distribution function lies above the second at most, and how far below.
fn distances(a: &[f64], b: &[f64]) -> (f64, f64) {
    let sorted = |values: &[f64]| {
        let mut values = values.to_vec();
        values.sort_by(f64::total_cmp);
        values
    };
    let (a, b) = (sorted(a), sorted(b));
    let (mut i, mut j, mut above, mut below) = (0, 0, 0.0f64, 0.0f64);
    while i < a.len() && j < b.len() {
        let value = a[i].min(b[j]);
        i += a[i..].iter().take_while(|each| **each <= value).count();
        j += b[j..].iter().take_while(|each| **each <= value).count();
        // As one fraction: the difference of two quotients would lose digits.
        let apart = (i as f64 * b.len() as f64 - j as f64 * a.len() as f64) / (a.len() as f64 * b.len() as f64);
        above = above.max(apart);
        below = below.max(-apart);
    }
    (above, below)
}

/// Probability that the distance of a sample of `n` values from its own distribution is above `d`.
fn two_sided(d: f64, n: f64) -> f64 {
    let z = n.sqrt() * d;
    if z <= 0.05 {
        return 1.0;
    }
    if z > 2.5 {
        // Here the rest of the series is below the last digit.
        return 2.0 * libm::exp(-2.0 * z * z);
    }
    1.0 - pelz_good(z, n)
}

/// The four terms of the expansion in 1 ÷ √n.
fn pelz_good(z: f64, n: f64) -> f64 {
    let (z2, z4, z6) = (z * z, z.powi(4), z.powi(6));
    let pi2 = PI * PI;
    let half_pi = (PI / 2.0).sqrt();
    let mut k = [0.0f64; 4];
    let (mut whole2, mut whole3) = (0.0, 0.0);
    for step in 0..40 {
        let at = f64::from(step) + 0.5;
        // Both signs of the index give the same term.
        let h = pi2 * at * at;
        let weight = 2.0 * libm::exp(-h / (2.0 * z2));
        k[0] += weight;
        k[1] += weight * (h - z2);
        k[2] += weight * ((6.0 * z6 + 2.0 * z4) + (2.0 * z4 - 5.0 * z2) * h + (1.0 - 2.0 * z2) * h * h);
        k[3] += weight
            * ((5.0 - 30.0 * z2) * h * h * h + (-60.0 * z2 + 212.0 * z4) * h * h + (135.0 * z4 - 96.0 * z6) * h
                - (30.0 * z6 + 90.0 * z4 * z4));
        let w = pi2 * f64::from(step) * f64::from(step);
        let weight = 2.0 * libm::exp(-w / (2.0 * z2));
        whole2 += weight * w;
        whole3 += weight * (3.0 * w * z2 - w * w);
    }
    let k0 = half_pi / z * k[0];
    let k1 = half_pi / (6.0 * z4) * k[1];
    let k2 = half_pi / (72.0 * z6 * z) * k[2] - half_pi / (36.0 * z2 * z) * whole2;
    let k3 = half_pi / (6_480.0 * z6 * z4) * k[3] + half_pi / (216.0 * z6) * whole3;
    let root = n.sqrt();
    k0 + k1 / root + k2 / n + k3 / (n * root)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `count` values at even distances, both ends included.
    fn even(first: f64, last: f64, count: usize) -> Vec<f64> {
        (0..count).map(|index| first + (last - first) * index as f64 / (count - 1) as f64).collect()
    }

    #[test]
    fn the_vector_of_scipy() {
        let (n1, n2) = (10_000, 11_000);
        let a: Vec<f64> = even(1.0, 200.0, n1).iter().map(|x| x - 1.0 / n1 as f64 / n2 as f64 / 4.0).collect();
        let b = even(2.0, 200.0, n2);
        let both = ks(&a, &b, Alternative::TwoSided);
        assert!((both.d - 563.0 / 110_000.0).abs() < 1e-15, "{both:?}");
        assert!((both.p - 0.999_066_010_896_657_6).abs() < 1e-9, "{both:?}");
        let greater = ks(&a, &b, Alternative::Greater);
        assert!((greater.p - 0.756_185_187_742_067_3).abs() < 1e-9, "{greater:?}");
    }

    #[test]
    fn equal_samples_are_at_no_distance_and_parted_ones_at_the_largest() {
        let a = even(0.0, 1.0, 50);
        assert_eq!(ks(&a, &a, Alternative::TwoSided), Distance { d: 0.0, p: 1.0 });
        let far = ks(&a, &even(5.0, 6.0, 40), Alternative::TwoSided);
        assert!(far.d == 1.0 && far.p < 1e-15, "{far:?}");
    }
}
