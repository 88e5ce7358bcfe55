//! Scenarios: one function makes money, [`month()`], for run, compare, break-even, slider, optimiser and Monte Carlo
//! alike (design §7).
//!
//! Requests become tokens by class, tokens become load by hour of week, load becomes GPUs, and everything becomes
//! money by line. This is a projection, so it is in `f64`; the ledger never sees it. [`Inputs::check`] is the door:
//! what it lets in comes out finite and never negative.

mod bridge;
mod bridge_words;
mod cash;
mod cents;
mod check;
mod component;
mod coverage;
mod demand;
mod evidence;
mod exchange;
mod exit;
mod gain;
mod knob;
mod line;
mod load;
mod month;
mod part;
mod price_step;
mod series;
mod simulation;
mod units;
mod week;

pub use bridge::{ScenarioBridge, ScenarioBridgeError, ScenarioEffect, scenario_bridge, scenario_bridge_of_month};
pub use cash::{Upfront, cash_usd};
pub use cents::{InCents, in_cents};
pub use check::InputError;
pub use component::{Api, ClassRatios, Committed, Component, OwnGpus, Serving, Spot, TokenPrices, Unpriced, Waiting};
pub use coverage::{commitment_coverage, holds_commitments};
pub use demand::{Composition, Demand, Revenue, TokensPerRequest};
pub use evidence::{Evidence, EvidenceShares, LEAST_SHARE};
pub use exchange::ExchangeRate;
pub use exit::{DataOut, Exit, ExitCost, ExitError, ExitPlan, People, ReEmbedding, contract_remainder_usd, exit_costs};
pub use gain::{Change, Gain, gain, lasting_payback, live_share, margin_live_at_once};
pub use knob::{Knob, KnobError};
pub use line::{OtherLine, Schedule, UnitPrice};
pub use load::{CONSUMER_CHAT_DAY, Load, week_of};
pub use month::{Capacity, Line, MonthResult, Sheet, Totals, UnitsOfLine, at_volume, month, run};
pub use part::{HOURS_PER_YEAR, Part, Per};
pub use price_step::PriceStep;
pub use series::along;
pub use simulation::{Simulated, SimulationError, Uncertain, simulate, simulate_as_given, simulate_following};
pub use week::{FleetWeek, HourOfWeek, LineWeek, week, week_of_units};

use crate::Month;

/// Everything [`month()`] needs.
#[derive(Debug, Clone, PartialEq)]
pub struct Inputs {
    /// First month.
    pub start: Month,
    /// Number of months.
    pub months: u32,
    /// Requests and their tokens.
    pub demand: Demand,
    /// What they earn.
    pub revenue: Revenue,
    /// How requests are served: each serves its share of them.
    pub components: Vec<Component>,
    /// Further lines.
    pub other: Vec<OtherLine>,
    /// What other currencies are worth.
    pub exchange: Vec<ExchangeRate>,
}

#[cfg(test)]
mod bridge_pairs_tests;
#[cfg(test)]
mod bridge_tests;
#[cfg(test)]
mod exit_tests;
#[cfg(test)]
mod line_tests;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod simulation_tests;
#[cfg(test)]
mod tests;
