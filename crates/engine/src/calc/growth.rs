//! `growth`.

use marginline_model::growth::{self as model, Growth};
use serde_json::json;

use super::Refusal;
use super::answer::{Answer, figure};
use super::field::{Field, Notes};

/// Customers and revenue of months to come.
pub(super) fn growth(input: &Field, notes: &mut Notes) -> Result<Answer, Refusal> {
    let known = [
        "customers",
        "new_customers",
        "new_growth_monthly",
        "churn_monthly",
        "price",
        "price_decline_yearly",
        "months",
    ];
    input.knows(&known, notes)?;
    let or_zero = |key: &str| input.get(key).there().map_or(Ok(0.0), Field::number);
    let plan = Growth {
        customers: input.get("customers").amount()?,
        new_customers: or_zero("new_customers")?,
        new_growth_monthly: or_zero("new_growth_monthly")?,
        churn_monthly: or_zero("churn_monthly")?,
        price: input.get("price").amount()?,
        price_decline_yearly: or_zero("price_decline_yearly")?,
        months: input.get("months").whole_number()? as usize,
    };
    let months = model::growth(plan).map_err(|error| input.get(error.field).refuse(error.expected))?;
    let revenue: f64 = months.iter().map(|month| month.revenue).sum();
    let shown = months.iter().map(|month| {
        json!({
            "month": month.month,
            "new_customers": figure(month.new_customers),
            "lost_customers": figure(month.lost_customers),
            "customers": figure(month.customers),
            "price": figure(month.price),
            "revenue": figure(month.revenue),
        })
    });
    Ok(Answer::of("growth")
        .put_in("customers at the end of each month; currency of the price", "months", shown.collect())
        .put_in("currency of the price, all months", "revenue", figure(revenue)))
}
