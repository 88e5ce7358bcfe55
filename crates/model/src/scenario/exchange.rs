//! Exchange rates of a scenario: its money is in USD, and a line may be stated in another currency.

use super::Inputs;
use super::series::along;
use crate::Currency;

/// What one unit of a currency is worth.
#[derive(Debug, Clone, PartialEq)]
pub struct ExchangeRate {
    /// Which.
    pub currency: Currency,
    /// USD for one unit of it.
    pub usd_per_unit: f64,
    /// The same month by month instead, the last of them to the end; empty where one rate holds in all months.
    pub by_month: Vec<f64>,
}

impl ExchangeRate {
    /// USD for one unit in the `index`th month, 0 the first.
    #[must_use]
    pub fn at(&self, index: u32) -> f64 {
        along(self.usd_per_unit, &self.by_month, index).0
    }
}

impl Inputs {
    /// USD for one unit of the currency of a line in the `index`th month; 1 where it is in USD.
    #[must_use]
    pub(super) fn usd_per_unit(&self, currency: Option<Currency>, index: u32) -> f64 {
        // That a currency in use has a rate is checked at the door.
        let rate = currency.and_then(|wanted| self.exchange.iter().find(|rate| rate.currency == wanted));
        rate.map_or(1.0, |rate| rate.at(index))
    }

    /// Every currency that a line, a component or revenue is stated in, with the path that names it.
    pub(super) fn currencies(&self) -> impl Iterator<Item = (String, Currency)> {
        let components = self.components.iter().enumerate();
        let components = components.map(|(place, each)| (format!("component[{place}].currency"), each.currency));
        let lines =
            self.other.iter().enumerate().map(|(place, line)| (format!("cost[{place}].currency"), line.currency));
        let revenue = std::iter::once(("revenue.currency".to_owned(), self.revenue.currency));
        revenue.chain(components).chain(lines).filter_map(|(path, currency)| Some((path, currency?)))
    }
}
