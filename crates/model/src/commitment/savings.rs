//! The effective savings rate of FOCUS rows.

use crate::Money;

/// FOCUS ChargeCategory, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Charge {
    /// Usage.
    Usage,
    /// Purchase: its List- and ContractedCost are those of the usage it covers, so it is left out.
    Purchase,
    /// Tax, credit, adjustment: no usage.
    Other,
}

/// Whether a row belongs to a commitment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// CommitmentDiscountStatus Used.
    Used,
    /// CommitmentDiscountStatus Unused: it cost, and replaces no use.
    Unused,
    /// Usage at the standard price.
    Standard,
}

/// A FOCUS row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SavingsRow {
    /// ChargeCategory.
    pub charge: Charge,
    /// Part of a commitment or not.
    pub status: Status,
    /// EffectiveCost.
    pub effective: Money,
    /// ContractedCost, where the row has it.
    pub contracted: Option<Money>,
    /// ListCost, where the row has it.
    pub list: Option<Money>,
}

/// Sums of a savings rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Savings {
    /// Σ EffectiveCost of used, unused and standard usage.
    pub effective: Money,
    /// Σ ContractedCost of used and standard usage; `None` where a row lacks it.
    pub contracted: Option<Money>,
    /// Σ ListCost of the same; `None` where a row lacks it.
    pub list: Option<Money>,
    /// Rows left out: purchases and what is no usage.
    pub left_out: usize,
}

impl Savings {
    /// 1 − Σ effective ÷ Σ contracted: what commitments save against negotiated prices ("vs contracted").
    #[must_use]
    pub fn vs_contracted(&self) -> Option<f64> {
        rate(self.effective, self.contracted)
    }

    /// 1 − Σ effective ÷ Σ list: what commitments and negotiated prices save ("vs list").
    #[must_use]
    pub fn vs_list(&self) -> Option<f64> {
        rate(self.effective, self.list)
    }
}

fn rate(effective: Money, reference: Option<Money>) -> Option<f64> {
    let reference = reference.filter(|reference| *reference > Money::ZERO)?;
    Some((reference - effective).to_f64() / reference.to_f64())
}

/// Sums rows for the effective savings rate: usage alone, as FOCUS asks on an accrual basis. A purchase also carries
/// List- and ContractedCost and would count twice. Unused cost is in the cost and not in what it is held against.
/// Source: FOCUS 1.2, and the FinOps Foundation's effective savings rate over it.
#[must_use]
pub fn effective_savings_rate(rows: &[SavingsRow]) -> Savings {
    let mut sums = Savings { contracted: Some(Money::ZERO), list: Some(Money::ZERO), ..Savings::default() };
    for row in rows {
        if row.charge != Charge::Usage {
            sums.left_out += 1;
            continue;
        }
        sums.effective += row.effective;
        if row.status != Status::Unused {
            sums.contracted = sums.contracted.zip(row.contracted).map(|(sum, more)| sum + more);
            sums.list = sums.list.zip(row.list).map(|(sum, more)| sum + more);
        }
    }
    sums
}
