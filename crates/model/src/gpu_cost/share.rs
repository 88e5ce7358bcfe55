//! Rules by which a cost that nobody holds is shared.

use super::GpuCostError;
use super::fraction::Part;
use crate::Money;
use crate::allocate::split;

/// How a cost is shared over holdings.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Share {
    /// Not at all: it stays a line of its own.
    #[default]
    Kept,
    /// The same for each.
    Even,
    /// By GPU hours held, fractions counted as such.
    ByAllocated,
    /// By GPU hours at work.
    ByUsed,
    /// By stated weights, one for each holding.
    Stated(Vec<u64>),
}

impl Share {
    /// Shares an amount; what is kept comes back.
    pub(super) fn give(
        &self,
        what: &'static str,
        amount: Money,
        parts: &[Part],
        mut to: impl FnMut(usize, Money),
    ) -> Result<Money, GpuCostError> {
        let weights = match self {
            Self::Kept => return Ok(amount),
            Self::Even => vec![1; parts.len()],
            Self::ByAllocated => parts.iter().map(|part| part.held).collect(),
            Self::ByUsed => {
                let used = |(index, part): (usize, &Part)| part.used.ok_or(GpuCostError::UseUnknown { what, index });
                parts.iter().enumerate().map(used).collect::<Result<Vec<u64>, _>>()?
            }
            Self::Stated(weights) if weights.len() != parts.len() => {
                return Err(GpuCostError::Shares { what, found: weights.len(), expected: parts.len() });
            }
            Self::Stated(weights) => weights.clone(),
        };
        if amount == Money::ZERO {
            return Ok(Money::ZERO);
        }
        if weights.iter().all(|weight| *weight == 0) {
            return Err(GpuCostError::Nobody { what });
        }
        let shares = split(amount, &weights).ok_or(GpuCostError::TooFine)?;
        for (index, share) in shares.into_iter().enumerate() {
            to(index, share);
        }
        Ok(Money::ZERO)
    }
}
