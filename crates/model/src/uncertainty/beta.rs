//! The regularised incomplete beta function and its inverse, by `libm` alone, for the shapes of a PERT distribution.
//!
//! statrs has both, but over the platform's own `pow` and `exp`, whose last digits differ between platforms.

/// A beta distribution on 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Beta {
    a: f64,
    b: f64,
    /// Logarithm of the beta function at a and b.
    ln_beta: f64,
}

impl Beta {
    /// For shapes of 1 or more.
    pub(super) fn new(a: f64, b: f64) -> Self {
        Self { a, b, ln_beta: libm::lgamma(a) + libm::lgamma(b) - libm::lgamma(a + b) }
    }

    fn mirrored(self) -> Self {
        Self { a: self.b, b: self.a, ..self }
    }

    /// Probability below `x`.
    pub(super) fn share_below(self, x: f64) -> f64 {
        if x <= 0.0 {
            0.0
        } else if x >= 1.0 {
            1.0
        } else if x < (self.a + 1.0) / (self.a + self.b + 2.0) {
            self.series(x)
        } else {
            1.0 - self.mirrored().series(1.0 - x)
        }
    }

    pub(super) fn density(self, x: f64) -> f64 {
        let power = |base: f64, shape: f64| if shape == 1.0 { 1.0 } else { libm::pow(base, shape - 1.0) };
        power(x, self.a) * power(1.0 - x, self.b) * libm::exp(-self.ln_beta)
    }

    /// Probability below `x`, which lies below the mean or so. Continued fraction 26.5.8 of Abramowitz and Stegun,
    /// evaluated from the front by Lentz's method.
    fn series(self, x: f64) -> f64 {
        const TINY: f64 = 1e-300;
        let Self { a, b, ln_beta } = self;
        let away = |value: f64| if value.abs() < TINY { TINY } else { value };
        let front = libm::exp(a * libm::log(x) + b * libm::log1p(-x) - ln_beta) / a;
        let (mut c, mut d) = (1.0, 1.0 / away(1.0 - (a + b) * x / (a + 1.0)));
        let mut fraction = d;
        for step in 1..300 {
            let m = f64::from(step);
            let mut factor = 1.0;
            let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
            let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
            for term in [even, odd] {
                d = 1.0 / away(1.0 + term * d);
                c = away(1.0 + term / c);
                factor = c * d;
                fraction *= factor;
            }
            if (factor - 1.0).abs() < 1e-16 {
                break;
            }
        }
        front * fraction
    }

    /// The value below which lie `below` of all, `above` being the rest: a caller that knows the small one of the two
    /// loses no digits.
    pub(super) fn quantile(self, below: f64, above: f64) -> f64 {
        if below <= above { self.small_quantile(below) } else { 1.0 - self.mirrored().small_quantile(above) }
    }

    /// Newton's method between bounds that close in.
    fn small_quantile(self, share: f64) -> f64 {
        let (mut low, mut high) = (0.0, 1.0);
        let mut x = self.a / (self.a + self.b);
        for _ in 0..200 {
            let miss = self.share_below(x) - share;
            if miss > 0.0 {
                high = x
            } else {
                low = x
            }
            let stepped = x - miss / self.density(x);
            let next = if stepped > low && stepped < high { stepped } else { f64::midpoint(low, high) };
            let moved = (next - x).abs();
            x = next;
            if moved <= 1e-16 * x || high - low <= 1e-16 * high {
                break;
            }
        }
        x
    }
}
