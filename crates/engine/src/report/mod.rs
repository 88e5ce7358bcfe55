//! Reports: each is computed once, from the same facts, and shown as a table everywhere.

pub mod allocate;
pub mod anomalies;
pub mod benchmarks;
pub mod capacity;
pub mod change;
pub mod commitments;
pub mod costs;
pub mod gaps;
pub mod gpus;
pub mod headline;
pub mod hours;
pub mod load;
pub mod margin;
mod measured;
pub mod plan;
pub mod priced;
pub mod reconciliation;
pub mod replay;
pub mod revenue;
pub mod tie_out;
pub mod units;

use marginline_model::Month;
use serde::Serialize;

use crate::error::{EngineError, Result};
use crate::facts::Facts;
use crate::screen::month_or_none;
use crate::view::MonthBasis;

/// Months of a report, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// First month.
    pub from: Month,
    /// Last month.
    pub to: Month,
}

/// A period as asked for; an open end is as far as the ledger goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Span {
    /// First month.
    pub from: Option<Month>,
    /// Last month, included.
    pub to: Option<Month>,
}

impl Span {
    /// From texts: a month such as `2026-10`, a quarter such as `2026-Q1`, or two months.
    ///
    /// # Errors
    /// When a text is none.
    pub fn parse(month: Option<&str>, quarter: Option<&str>, from: Option<&str>, to: Option<&str>) -> Result<Self> {
        if let Some(quarter) = quarter {
            let (first, last) = Month::quarter_from(quarter).map_err(|error| EngineError::usage(format!("{error}")))?;
            return Ok(Self { from: Some(first), to: Some(last) });
        }
        Ok(Self { from: month_or_none(month.or(from))?, to: month_or_none(month.or(to))? })
    }
}

/// A period as JSON has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PeriodWords {
    /// First month.
    pub from: String,
    /// Last month, included.
    pub to: String,
}

impl Period {
    /// The period asked for; where an end is open, as far as the ledger goes.
    ///
    /// # Errors
    /// When the end is before the beginning, or the ledger is empty and the period open.
    pub fn resolve(facts: &Facts, basis: MonthBasis, from: Option<Month>, to: Option<Month>) -> Result<Self> {
        let months = facts.months(basis);
        let empty = || {
            EngineError::failed("the workspace holds no cost, usage or revenue yet")
                .then("import a file, or run `marginline demo`")
        };
        let from = from.or_else(|| months.first().copied()).ok_or_else(empty)?;
        let to = to.or_else(|| months.last().copied()).ok_or_else(empty)?;
        let period = Self { from, to };
        period.check()?;
        Ok(period)
    }

    /// Does it end after it begins?
    ///
    /// # Errors
    /// When it does not.
    pub fn check(self) -> Result<()> {
        let Self { from, to } = self;
        if to < from {
            return Err(EngineError::usage(format!("the period ends in {to}, before it begins in {from}"))
                .then("swap the months"));
        }
        Ok(())
    }

    /// Is a month in it?
    #[must_use]
    pub fn has(self, month: Month) -> bool {
        self.from <= month && month <= self.to
    }

    /// Its months.
    pub fn months(self) -> impl Iterator<Item = Month> {
        self.from.through(self.to)
    }

    /// `October 2026`, or `November 2025 – October 2026`.
    #[must_use]
    pub fn label(self) -> String {
        if self.from == self.to { self.from.label() } else { format!("{} – {}", self.from.label(), self.to.label()) }
    }

    /// As JSON has it.
    #[must_use]
    pub fn words(self) -> PeriodWords {
        PeriodWords { from: self.from.to_string(), to: self.to.to_string() }
    }
}
