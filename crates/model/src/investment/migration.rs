//! Is a migration worth its price? Monthly flows, a yearly rate, an exit that is paid at the end.

use thiserror::Error;

use super::{FirstFlow, internal_rates, payback};

/// Most months of a plan: a century.
const MOST_MONTHS: usize = 1_200;
/// Largest amount that is taken: a thousand million million units of currency.
const LARGEST: f64 = 1e15;

/// A migration as planned. Amounts are of one currency; what is paid is positive in `one_off`, `run_cost` and `exit`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Migration<'a> {
    /// Paid now: engineers, egress, re-evaluation, early termination.
    pub one_off: f64,
    /// What each month no longer costs, at its end.
    pub saving: &'a [f64],
    /// What each month costs instead, at its end; a parallel run counts here.
    pub run_cost: &'a [f64],
    /// Paid at the end of the last month to get out again.
    pub exit: f64,
    /// Discount rate per year, above −1.
    pub yearly_rate: f64,
}

/// Input that no plan can have.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum MigrationError {
    /// No month, or more than a century.
    #[error("the plan has {0} months; give 1 to {MOST_MONTHS}")]
    Months(usize),
    /// Savings and costs of different lengths.
    #[error("savings cover {saving} months and run costs {run_cost}; give both for the same months")]
    Uneven {
        /// Months of savings.
        saving: usize,
        /// Months of run costs.
        run_cost: usize,
    },
    /// A rate at which nothing can be discounted.
    #[error("the yearly rate is {0}; give a number above -1, up to 100")]
    Rate(f64),
    /// An amount that is no number, or too large.
    #[error("{0} is no amount up to 10^15; give a number")]
    Amount(&'static str),
}

/// Why there is no single internal rate.
#[derive(Debug, Clone, PartialEq)]
pub enum NoRate {
    /// At no rate is the value zero.
    NoRoot,
    /// At each of these yearly rates it is.
    SeveralRoots(Vec<f64>),
}

/// A month of the plan.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MigrationMonth {
    /// 1 is the first.
    pub month: usize,
    /// Saving − run cost, less the exit in the last month.
    pub net: f64,
    /// That, discounted to now.
    pub discounted: f64,
    /// Sum of the flows so far, the one-off payment included.
    pub cumulative: f64,
    /// The same, discounted.
    pub cumulative_discounted: f64,
}

/// What a migration is worth.
#[derive(Debug, Clone, PartialEq)]
pub struct MigrationValue {
    /// Net present value: the last month's discounted sum.
    pub npv: f64,
    /// Yearly rate at which the value is zero.
    pub irr: Result<f64, NoRate>,
    /// Months until the flows add up to zero, linear inside a month; `None` is never.
    pub payback_months: Option<f64>,
    /// The same with discounted flows.
    pub discounted_payback_months: Option<f64>,
    /// Month by month.
    pub months: Vec<MigrationMonth>,
}

/// Values a migration: `−one_off − exit ÷ (1 + r)^(T/12) + Σ (saving − run cost) ÷ (1 + r)^(t/12)`, t in months.
///
/// # Errors
/// When lengths differ, or an amount or the rate is out of range.
pub fn migration(plan: Migration<'_>) -> Result<MigrationValue, MigrationError> {
    let flows = flows(plan)?;
    let monthly = libm::expm1(libm::log1p(plan.yearly_rate) / 12.0);
    let (mut cumulative, mut cumulative_discounted) = (0.0, 0.0);
    let mut months = Vec::with_capacity(flows.len());
    for (month, net) in flows.iter().copied().enumerate() {
        let discounted = discounted(net, plan.yearly_rate, month);
        cumulative += net;
        cumulative_discounted += discounted;
        months.push(MigrationMonth { month, net, discounted, cumulative, cumulative_discounted });
    }
    let yearly: Vec<f64> =
        internal_rates(&flows).into_iter().map(|rate| libm::expm1(12.0 * libm::log1p(rate))).collect();
    let irr = match yearly.as_slice() {
        [one] => Ok(*one),
        [] => Err(NoRate::NoRoot),
        _ => Err(NoRate::SeveralRoots(yearly)),
    };
    Ok(MigrationValue {
        npv: cumulative_discounted,
        irr,
        payback_months: payback(0.0, &flows, FirstFlow::Now),
        discounted_payback_months: payback(monthly, &flows, FirstFlow::Now),
        months: months.split_off(1),
    })
}

/// Net present value alone, as [`migration`] has it.
///
/// # Errors
/// As [`migration`].
pub fn present_value(plan: Migration<'_>) -> Result<f64, MigrationError> {
    let discounted = |(month, net): (usize, &f64)| discounted(*net, plan.yearly_rate, month);
    Ok(flows(plan)?.iter().enumerate().map(discounted).sum())
}

/// A flow at the end of a month, now.
fn discounted(net: f64, yearly_rate: f64, month: usize) -> f64 {
    net / libm::pow(1.0 + yearly_rate, month as f64 / 12.0)
}

/// The one-off payment, then each month's net; checked.
fn flows(plan: Migration<'_>) -> Result<Vec<f64>, MigrationError> {
    let Migration { one_off, saving, run_cost, exit, yearly_rate } = plan;
    if saving.is_empty() || saving.len() > MOST_MONTHS {
        return Err(MigrationError::Months(saving.len()));
    }
    if saving.len() != run_cost.len() {
        return Err(MigrationError::Uneven { saving: saving.len(), run_cost: run_cost.len() });
    }
    // A rate next to −1 makes the last months worth more than a number holds.
    if !(yearly_rate > -1.0 && yearly_rate <= 100.0) {
        return Err(MigrationError::Rate(yearly_rate));
    }
    let is_amount = |amount: &f64| amount.is_finite() && amount.abs() <= LARGEST;
    for (name, amounts) in
        [("one_off", &[one_off][..]), ("saving", saving), ("run_cost", run_cost), ("exit", &[exit][..])]
    {
        if !amounts.iter().all(is_amount) {
            return Err(MigrationError::Amount(name));
        }
    }
    let mut flows = vec![-one_off];
    flows.extend(saving.iter().zip(run_cost).map(|(saving, run_cost)| saving - run_cost));
    if let Some(last) = flows.last_mut() {
        *last -= exit;
    }
    if libm::pow(1.0 + yearly_rate, saving.len() as f64 / 12.0) < 1e-200 {
        return Err(MigrationError::Rate(yearly_rate));
    }
    Ok(flows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_year_without_discount_is_a_sum() {
        let plan =
            Migration { one_off: 100.0, saving: &[30.0; 12], run_cost: &[10.0; 12], exit: 20.0, yearly_rate: 0.0 };
        let value = migration(plan).unwrap();
        assert_eq!(value.npv, 120.0, "12 × 20 − 100 − 20");
        assert_eq!(value.payback_months, Some(5.0));
        assert_eq!(value.discounted_payback_months, Some(5.0));
        assert_eq!(value.months[11].net, 0.0, "the last month pays the exit");
    }

    #[test]
    fn two_years_at_ten_percent_as_numpy_financial_has_them() {
        // Summed in Python: 150,000 now, 24 months of 30,000 − 12,000, exit 10,000, (1 + 0.1)^(t/12); irr by
        // numpy-financial 1.0, made yearly.
        let plan = Migration {
            one_off: 150_000.0,
            saving: &[30_000.0; 24],
            run_cost: &[12_000.0; 24],
            exit: 10_000.0,
            yearly_rate: 0.1,
        };
        let value = migration(plan).unwrap();
        assert!((value.npv - 233497.7553252645).abs() < 1e-6, "{}", value.npv);
        assert!((value.irr.unwrap() - 2.478903756793011).abs() < 1e-9);
        assert!((value.discounted_payback_months.unwrap() - 8.658_354_398_418_796).abs() < 1e-9);
    }

    #[test]
    fn an_exit_above_the_last_month_makes_two_rates() {
        let plan =
            Migration { one_off: 100.0, saving: &[230.0, 0.0], run_cost: &[0.0; 2], exit: 132.0, yearly_rate: 0.0 };
        let Err(NoRate::SeveralRoots(rates)) = migration(plan).unwrap().irr else { panic!("10 % and 20 % a month") };
        assert!((rates[0] - (libm::pow(1.1, 12.0) - 1.0)).abs() < 1e-6 && rates.len() == 2, "{rates:?}");
    }

    #[test]
    fn what_no_plan_can_have_is_refused() {
        let plan = Migration { one_off: 1.0, saving: &[1.0], run_cost: &[1.0], exit: 0.0, yearly_rate: 0.1 };
        assert_eq!(migration(Migration { saving: &[], ..plan }).unwrap_err(), MigrationError::Months(0));
        let uneven = migration(Migration { run_cost: &[1.0, 2.0], ..plan }).unwrap_err();
        assert_eq!(uneven.to_string(), "savings cover 1 months and run costs 2; give both for the same months");
        assert_eq!(migration(Migration { yearly_rate: -1.0, ..plan }).unwrap_err(), MigrationError::Rate(-1.0));
        assert_eq!(migration(Migration { exit: f64::NAN, ..plan }).unwrap_err(), MigrationError::Amount("exit"));
        assert_eq!(migration(plan).unwrap().irr, Err(NoRate::NoRoot), "nothing ever comes back");
    }

    proptest! {
        #[test]
        fn figures_are_numbers_and_the_months_add_up(
            one_off in -1e15..1e15f64, months in proptest::collection::vec((-1e15..1e15f64, -1e15..1e15f64), 1..80),
            exit in -1e15..1e15f64, yearly_rate in -0.999_999..100.0f64,
        ) {
            let (saving, run_cost): (Vec<f64>, Vec<f64>) = months.into_iter().unzip();
            let plan = Migration { one_off, saving: &saving, run_cost: &run_cost, exit, yearly_rate };
            let value = migration(plan).unwrap();
            prop_assert!(value.npv.is_finite() && value.months.iter().all(|month| month.cumulative.is_finite()));
            prop_assert!(value.payback_months.is_none_or(|months| months >= 0.0 && months <= saving.len() as f64));
            let sum = -one_off + value.months.iter().map(|month| month.discounted).sum::<f64>();
            let size = one_off.abs() + value.months.iter().map(|month| month.discounted.abs()).sum::<f64>();
            prop_assert!((sum - value.npv).abs() <= 1e-12 * size.max(1.0));
        }

        #[test]
        fn without_discount_both_paybacks_agree(
            one_off in 1.0..1e6f64, saving in proptest::collection::vec(0.0..1e5f64, 1..60),
        ) {
            let run_cost = vec![0.0; saving.len()];
            let plan = Migration { one_off, saving: &saving, run_cost: &run_cost, exit: 0.0, yearly_rate: 0.0 };
            let value = migration(plan).unwrap();
            prop_assert_eq!(value.payback_months, value.discounted_payback_months);
        }
    }
}
