//! What is counted and is no token: searches, images, hours of a container, gigabytes that leave a region.

use chrono::NaiveDate;
use marginline_model::Money;
use marginline_model::prices::choice::Found;
use marginline_model::prices::{Per, Price, Purchase, Resource};
use marginline_store::token_usage::UsageKey;

use crate::prices::{PriceBook, Single};

/// What a unit of usage may be sold as, and per what.
fn sold_as(unit: &str) -> &'static [(Resource, &'static [Per])] {
    match unit {
        "hours" => &[(Resource::Session, &[Per::Hour])],
        "gb" => &[(Resource::Egress, &[Per::Gb])],
        "gb_months" => &[(Resource::Storage, &[Per::GbMonth]), (Resource::VectorStore, &[Per::GbMonth])],
        "unit_hours" => &[(Resource::Throughput, &[Per::UnitHour])],
        _ => &[(Resource::Request, &[Per::Request, Per::Item])],
    }
}

/// Price of one on a day. A request is looked for under its model with its unit as class, then under the unit alone,
/// where a fee is the same for every model.
///
/// # Errors
/// Why it has none, for people.
pub(super) fn price_of(
    key: &UsageKey,
    model: &str,
    prices: &PriceBook,
    day: NaiveDate,
) -> Result<(Money, Price), String> {
    let UsageKey { provider, unit, region, .. } = key;
    for (resource, units) in sold_as(unit) {
        let class = if *resource == Resource::Request { unit.as_str() } else { "" };
        let names = [(model, class), (unit.as_str(), "")];
        for (item, class) in names.into_iter().take(if *resource == Resource::Request { 2 } else { 1 }) {
            let purchase = Purchase::OnDemand;
            match prices.single(Single { resource: *resource, provider, item, class, region, purchase }, day) {
                Found::Price((_, price)) if !units.contains(&price.per) => {
                    return Err(format!(
                        "{} has a price per {} for it, and {unit} are counted",
                        price.source, price.per
                    ));
                }
                Found::Price(found) => return Ok(found),
                Found::Withdrawn(reason) => return Err(reason),
                Found::Nothing => {}
            }
        }
    }
    Err(format!("the price list has no price for {unit}"))
}
