//! Customers and revenue of months to come: new customers, churn, a price that falls.

use thiserror::Error;

/// Assumptions; rates are shares of one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Growth {
    /// Customers at the start.
    pub customers: f64,
    /// New customers in the first month.
    pub new_customers: f64,
    /// By what share the number of new customers grows each month, above −1.
    pub new_growth_monthly: f64,
    /// Share of the customers of a month's start that leave in it, 0 to 1.
    pub churn_monthly: f64,
    /// What a customer pays in the first month.
    pub price: f64,
    /// By what share the price falls each year; below zero it rises.
    pub price_decline_yearly: f64,
    /// Months to look ahead.
    pub months: usize,
}

/// One month.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GrowthMonth {
    /// 1 is the first.
    pub month: usize,
    /// Customers who came.
    pub new_customers: f64,
    /// Customers who left.
    pub lost_customers: f64,
    /// Customers at the end, who pay the month.
    pub customers: f64,
    /// Price of the month.
    pub price: f64,
    /// Customers × price.
    pub revenue: f64,
}

/// An assumption out of range.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
#[error("{field} is {found}; give {expected}")]
pub struct GrowthError {
    /// Which one.
    pub field: &'static str,
    /// What was given.
    pub found: f64,
    /// What can be given.
    pub expected: &'static str,
}

/// Month by month: customers × (1 − churn) + new customers; price × (1 − decline)^(t/12) from the first month on.
///
/// # Errors
/// When an assumption is out of range, or makes more than 10^15 of anything.
pub fn growth(plan: Growth) -> Result<Vec<GrowthMonth>, GrowthError> {
    let amount = "a number of 0 or more, up to 10^12";
    let held = |field: &'static str, found: f64, expected: &'static str, holds: bool| {
        if holds { Ok(()) } else { Err(GrowthError { field, found, expected }) }
    };
    for (field, found) in [("customers", plan.customers), ("new_customers", plan.new_customers), ("price", plan.price)]
    {
        held(field, found, amount, (0.0..=1e12).contains(&found))?;
    }
    let (grows, falls) = (plan.new_growth_monthly, plan.price_decline_yearly);
    held("new_growth_monthly", grows, "a share above -1, up to 1", grows > -1.0 && grows <= 1.0)?;
    held("churn_monthly", plan.churn_monthly, "a share from 0 to 1", (0.0..=1.0).contains(&plan.churn_monthly))?;
    held("price_decline_yearly", falls, "a share from -10, below 1", (-10.0..1.0).contains(&falls))?;
    held("months", plan.months as f64, "1 to 600 months", (1..=600).contains(&plan.months))?;
    let mut customers = plan.customers;
    let mut months = Vec::with_capacity(plan.months);
    for month in 1..=plan.months {
        let before = (month - 1) as f64;
        let new_customers = plan.new_customers * libm::pow(1.0 + grows, before);
        let lost_customers = customers * plan.churn_monthly;
        customers += new_customers - lost_customers;
        let price = plan.price * libm::pow(1.0 - falls, before / 12.0);
        let revenue = customers * price;
        for (field, found) in [("new_growth_monthly", customers), ("price_decline_yearly", price), ("price", revenue)] {
            let expected = "assumptions that stay below 10^24 in every month";
            held(field, found, expected, found.is_finite() && found <= 1e24)?;
        }
        months.push(GrowthMonth { month, new_customers, lost_customers, customers, price, revenue });
    }
    Ok(months)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PLAN: Growth = Growth {
        customers: 100.0,
        new_customers: 20.0,
        new_growth_monthly: 0.5,
        churn_monthly: 0.1,
        price: 10.0,
        price_decline_yearly: 0.0,
        months: 2,
    };

    #[test]
    fn two_months_by_hand() {
        let months = growth(PLAN).unwrap();
        assert_eq!((months[0].lost_customers, months[0].customers, months[0].revenue), (10.0, 110.0, 1_100.0));
        assert_eq!((months[1].new_customers, months[1].customers), (30.0, 129.0), "110 − 11 + 30");
    }

    #[test]
    fn a_price_that_halves_in_a_year_is_half_in_the_thirteenth_month() {
        let months = growth(Growth { price_decline_yearly: 0.5, months: 13, ..PLAN }).unwrap();
        assert_eq!((months[0].price, months[12].price), (10.0, 5.0));
    }

    #[test]
    fn what_is_out_of_range_is_named() {
        let error = growth(Growth { churn_monthly: 1.5, ..PLAN }).unwrap_err();
        assert_eq!(error.to_string(), "churn_monthly is 1.5; give a share from 0 to 1");
        assert_eq!(growth(Growth { price: f64::NAN, ..PLAN }).unwrap_err().field, "price");
        let boom = growth(Growth { new_growth_monthly: 1.0, price: 0.5, months: 600, ..PLAN }).unwrap_err();
        assert_eq!(boom.field, "new_growth_monthly");
    }

    proptest! {
        #[test]
        fn customers_come_and_go_and_none_is_lost_count_of(
            customers in 0.0..1e9f64, new_customers in 0.0..1e6f64, new_growth_monthly in -0.5..0.05f64,
            churn_monthly in 0.0..=1.0f64, price in 0.0..1e6f64, price_decline_yearly in -0.5..0.9f64,
        ) {
            let plan = Growth {
                customers, new_customers, new_growth_monthly, churn_monthly, price, price_decline_yearly, months: 60,
            };
            let mut before = customers;
            for month in growth(plan).unwrap() {
                let now = before + month.new_customers - month.lost_customers;
                prop_assert!((now - month.customers).abs() <= 1e-9 * now.max(1.0));
                prop_assert!(month.revenue >= 0.0 && month.revenue.is_finite());
                before = month.customers;
            }
        }
    }
}
