//! Lines of bills: FOCUS columns, narrow.
//!
//! A line is read once and never stored alone: lines of one description and day are summed into a row of `cost`
//! ([`fold`]), their places are packed ([`block`]), and reports read sums by month ([`month`]).

mod block;
mod consumed;
mod fold;
mod key;
mod month;
mod sums;
mod twice;

pub(crate) use block::Packer;
pub use block::{PackedLine, unpack};
pub use consumed::ConsumedTokens;
pub(crate) use fold::Fold;
pub use key::{CostKey, Origin};
pub(crate) use month::{make_months, outline_missing_keys};
pub use sums::{CostSum, Detail, Grain, StoredBillSum};
pub use twice::Twice;

use chrono::NaiveDate;
use marginline_model::{Currency, Money, Month};

use crate::import::Place;

/// One line of a bill.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CostRow {
    /// What describes it: a number that the reader gave to a [`CostKey`].
    pub key: u32,
    /// Month of BillingPeriodStart.
    pub billing_month: Month,
    /// Civil date of ChargePeriodStart.
    pub usage_date: NaiveDate,
    /// The day by which a later file replaces the line: of use, or of export in feeds that only ever grow.
    pub covered_on: NaiveDate,
    /// BillingCurrency.
    pub currency: Currency,
    /// BilledCost.
    pub billed: Money,
    /// EffectiveCost.
    pub effective: Money,
    /// ContractedCost; null in some exports.
    pub contracted: Option<Money>,
    /// ListCost; null in some exports.
    pub list: Option<Money>,
    /// ConsumedQuantity in its unit.
    pub consumed: Option<Money>,
    /// Where it stood.
    pub place: Place,
}

/// Lines of a bill, with the descriptions that came up since the lines before.
#[derive(Debug, Clone, Default)]
pub struct CostRows {
    /// New descriptions with their numbers, which count up from 0 over the whole file.
    pub keys: Vec<CostKey>,
    /// Lines.
    pub rows: Vec<CostRow>,
}
