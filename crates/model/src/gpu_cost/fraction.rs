//! Parts of a GPU, and the whole numbers that a bill is shared by.

use thiserror::Error;

use super::Holding;

/// How much of a GPU one device is: 3 of 7 slices, 1 of 4 time slices, the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fraction {
    parts: u32,
    whole: u32,
}

/// Not a part of a GPU.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FractionError {
    /// None of it, or more than all.
    #[error("{parts} of {whole} is no part of a GPU; give at least 1 part and at most the whole, of at most 1,000")]
    Range {
        /// Parts.
        parts: u32,
        /// Of how many.
        whole: u32,
    },
    /// Not the name of a MIG profile.
    #[error("{found:?} is no MIG profile; write it as nvidia-smi does, such as 3g.40gb")]
    Profile {
        /// What stood there.
        found: String,
    },
}

impl Default for Fraction {
    fn default() -> Self {
        Self::WHOLE
    }
}

impl Fraction {
    /// All of it.
    pub const WHOLE: Self = Self { parts: 1, whole: 1 };

    /// So many of so many equal parts.
    ///
    /// # Errors
    /// [`FractionError::Range`]: none, more than all, or of more than 1,000 parts.
    pub fn new(parts: u32, whole: u32) -> Result<Self, FractionError> {
        if parts == 0 || parts > whole || whole > 1_000 {
            return Err(FractionError::Range { parts, whole });
        }
        Ok(Self { parts, whole })
    }

    /// A slice by the name of its MIG profile: `3g.40gb` is 3 compute slices of the GPU's (7 on A100, H100 and B200, 4
    /// on A30). Compute slices and not memory slices, because those of every valid layout add up to at most the GPU;
    /// what a layout cannot use (one of 7 beside two of `3g`) is held by nobody.
    /// Source: NVIDIA Multi-Instance GPU user guide, "Supported MIG Profiles", fraction of SMs.
    ///
    /// # Errors
    /// [`FractionError`]: no such name, or more slices than the GPU has.
    pub fn mig(profile: &str, slices: u32) -> Result<Self, FractionError> {
        let bad = || FractionError::Profile { found: profile.chars().take(40).collect() };
        // Compute instances inside a GPU instance have names such as 1c.3g.40gb; the first number is what they hold.
        let name = profile.trim().trim_start_matches("MIG ");
        let first = name.split('.').next().unwrap_or_default();
        let parts = first.strip_suffix('g').or_else(|| first.strip_suffix('c')).ok_or_else(bad)?;
        if !name.contains('.') {
            return Err(bad());
        }
        Self::new(parts.parse().map_err(|_| bad())?, slices)
    }

    /// One of so many time slices of a GPU (`replicas` of NVIDIA's device plugin for Kubernetes): an equal share of its
    /// time, though none of it is kept for one holder.
    ///
    /// # Errors
    /// [`FractionError::Range`]: no slice, or more than 1,000.
    pub fn time_slice(replicas: u32) -> Result<Self, FractionError> {
        Self::new(1, replicas)
    }

    /// As a number, 0 to 1.
    #[must_use]
    pub fn share(self) -> f64 {
        f64::from(self.parts) / f64::from(self.whole)
    }
}

/// A holding in whole numbers of one unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part {
    /// Held.
    pub held: u64,
    /// At work, where known.
    pub used: Option<u64>,
}

/// Hours provided and held in one unit that all fractions divide, so that sevenths and thirds share without rounding.
/// `None` when their sum is beyond 2⁶², which the exact split could not multiply.
pub(super) fn weights(provided_nanos: u64, holdings: &[Holding]) -> Option<(u64, Vec<Part>)> {
    let mut whole: u128 = 1;
    for holding in holdings {
        let of = u128::from(holding.fraction.whole);
        whole = (whole / gcd(whole, of)).checked_mul(of)?;
    }
    let of = |nanos: u64, fraction: Fraction| {
        let unit = whole / u128::from(fraction.whole);
        u128::from(nanos).checked_mul(u128::from(fraction.parts))?.checked_mul(unit)
    };
    let provided = of(provided_nanos, Fraction::WHOLE)?;
    let mut parts = Vec::with_capacity(holdings.len());
    let (mut common, mut sum) = (provided, 0u128);
    for holding in holdings {
        let held = of(holding.held_nanos, holding.fraction)?;
        let used = holding.used_nanos.map(|used| of(used, holding.fraction));
        let used = match used {
            Some(used) => Some(used?),
            None => None,
        };
        common = gcd(common, held);
        common = gcd(common, used.unwrap_or(0));
        sum = sum.checked_add(held)?;
        parts.push((held, used));
    }
    let common = common.max(1);
    if sum.max(provided) / common >= 1 << 62 {
        return None;
    }
    let small = |value: u128| u64::try_from(value / common).ok();
    let parts = parts
        .into_iter()
        .map(|(held, used)| {
            let used = match used {
                Some(used) => Some(small(used)?),
                None => None,
            };
            Some(Part { held: small(held)?, used })
        })
        .collect::<Option<Vec<_>>>()?;
    Some((small(provided)?, parts))
}

fn gcd(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}
