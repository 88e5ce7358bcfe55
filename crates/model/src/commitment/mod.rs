//! Commitments: what they promise, what they cover and cost by month, how much of them to buy, and what they brought.
//!
//! [`Contract`] is the one type that they all are: reserved instances, savings plans, committed-use discounts, capacity
//! blocks, provisioned throughput, enterprise spend commitments, take-or-pay, own hardware and spot. [`waterfall`]
//! lays commitments over an hour in a provider's order, [`schedule`] spreads their cost exactly, [`best_level`],
//! [`best_portfolio`] and [`best_blend`] say how much to buy, [`Figures`] what it brought.

mod amortise;
mod blend;
mod contract;
mod figures;
mod kinds;
mod level;
mod month;
mod owned;
mod portfolio;
mod savings;
mod sustained;
mod waterfall;

pub use amortise::{AmortisedHour, Commitment, MonthAmortised, ScheduleError, hour_parts, hours_of, schedule};
pub use blend::{Blend, BlendPrices, best_blend};
pub use contract::{Contract, ContractError, Per, Promise, Shortfall, Step, Terms, What};
pub use figures::{Figures, figures};
pub use level::{Level, best_level};
pub use month::{Carried, Demand, MonthOfContract};
pub use owned::{OwnedHardware, OwnedMonth};
pub use portfolio::{Offer, Portfolio, PortfolioError, Purchase, best_portfolio};
pub use savings::{Charge, Savings, SavingsRow, Status, effective_savings_rate};
pub use sustained::{SUSTAINED_N1, sustained_use};
pub use waterfall::{
    By, Commitments, Covered, Hour, Line, Provider, WaterfallError, compute_plan_need, waterfall, waterfall_of,
};

#[cfg(test)]
mod tests;
