//! The price book of what a company uses: a list names thousands of models, and reading all of them takes longer than a
//! report.

use std::collections::{BTreeSet, HashMap};

use chrono::NaiveDate;
use marginline_model::Month;
use marginline_model::prices::Price;
use marginline_store::gpu_hours::GpuHoursSum;
use marginline_store::prices::StoredPrice;
use marginline_store::token_usage::{UsageKey, UsageSum};

use super::PriceBook;
use super::bundled::Period;
use super::dearest::Dearest;
use super::edit::FORMAT;
use super::layers::Layers;
use crate::Engine;
use crate::alias::Aliases;
use crate::error::Result;

/// Batch of what no batch has brought.
const LAID: i64 = -1;

/// Names under which prices are asked.
#[derive(Debug, Clone, Default)]
pub(crate) struct Names {
    items: BTreeSet<String>,
    /// Provider, model and month of use, for the bundled list may call it otherwise.
    models: BTreeSet<(String, String, Month)>,
}

impl Names {
    /// Everything that a price may be asked for: usage at its own prices, or at those of one day.
    pub fn of(
        keys: &HashMap<i64, UsageKey>,
        sums: &[UsageSum],
        gpus: &[GpuHoursSum],
        aliases: &Aliases,
        prices_on: Option<NaiveDate>,
    ) -> Self {
        let mut names = Self::default();
        names.items.extend(gpus.iter().map(|sum| sum.key.gpu.clone()));
        for sum in sums {
            let Some(key) = keys.get(&sum.key) else { continue };
            names.items.insert(key.unit.clone());
            for model in aliases.all(&key.model) {
                names.items.insert(model.to_owned());
                for day in [&sum.first_day, &sum.last_day] {
                    let Some(day) = prices_on.or_else(|| day.parse().ok()) else { continue };
                    names.models.insert((key.provider.clone(), model.to_owned(), Month::of(day)));
                }
            }
        }
        names.items.remove("");
        names
    }
}

impl Engine {
    /// The price book as the ledger has it now, with the prices of these names only; it answers questions about them as
    /// the whole one does. Over them lie prices as if they had been set by hand.
    pub(crate) async fn price_book_of(&self, names: Names, order: &[String], laid: Vec<Price>) -> Result<PriceBook> {
        let bundled = self.bundled_prices();
        let has_prices = self.ledger().has_prices().await?;
        let (mut prices, mut formats, mut dearest) = (Vec::new(), Vec::new(), Dearest::default());
        if has_prices {
            let Names { mut items, models } = names;
            for (provider, model, month) in &models {
                let called = |periods: &[Period]| -> Vec<String> {
                    periods.iter().filter_map(|period| Some(period.listed.as_ref().ok()?.model.clone())).collect()
                };
                items.extend(bundled.of_month(provider, model, "", *month, called));
            }
            prices = self.ledger().prices_named(&items.into_iter().collect::<Vec<_>>()).await?;
            formats = self.ledger().price_formats().await?;
            dearest = self.dearest_prices().await?;
        }
        if !laid.is_empty() {
            formats.push((LAID, FORMAT.to_owned()));
            prices.extend(laid.into_iter().map(|price| StoredPrice { id: i64::MAX, batch: LAID, price }));
        }
        Ok(PriceBook::new(bundled.clone(), Layers::new(prices, &formats, order).beside(dearest)))
    }
}

#[cfg(test)]
#[path = "named_tests.rs"]
mod tests;
