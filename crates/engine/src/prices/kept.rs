//! Prices remembered in the workspace: reading and matching the whole price list takes longer than a report, so what
//! an import brings is asked once and kept. What is not found here, or was kept from another list, is asked as ever.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use marginline_model::{Money, Month};
use marginline_store::cost::Grain;
use marginline_store::token_usage::UsageKey;
use serde::{Deserialize, Serialize};

use super::{Known, Months, Period, PriceBook, SOURCE, TokenPrice, has_price};
use crate::Engine;
use crate::error::Result;

/// Name of the fact in the workspace.
const FACT: &str = "prices";

/// Counts up when [`super::ask`] comes to ask otherwise.
const EDITION: u32 = 1;

/// The text that the workspace keeps.
#[derive(Serialize, Deserialize)]
struct Kept {
    source: String,
    edition: u32,
    prices: Vec<(String, String, Vec<KeptMonth>)>,
}

/// A month, and the days from which a price holds.
type KeptMonth = (String, Vec<(NaiveDate, std::result::Result<KeptPrice, String>)>);

/// USD per million tokens by class, whether long prompts cost more, and the list's name of the model.
type KeptPrice = ([Option<String>; 5], bool, String);

fn kept(price: &TokenPrice) -> KeptPrice {
    let classes = [price.input, price.cache_read, price.cache_write_5m, price.cache_write_1h, price.output];
    (classes.map(|class| class.map(|money| money.to_string())), price.tiered, price.model.clone())
}

/// `None` where a number is damaged.
fn recalled((classes, tiered, model): KeptPrice) -> Option<TokenPrice> {
    let mut parsed = [None; 5];
    for (class, text) in parsed.iter_mut().zip(classes) {
        *class = text.map(|text| Money::parse(&text).ok()).map_or(Some(None), |money| money.map(Some))?;
    }
    let [input, cache_read, cache_write_5m, cache_write_1h, output] = parsed;
    Some(TokenPrice { input, cache_read, cache_write_5m, cache_write_1h, output, tiered, model })
}

/// May the list have a price for it?
fn is_listed(key: &UsageKey) -> bool {
    key.unit.is_empty() && !key.model.is_empty() && has_price(&key.service_tier).is_ok()
}

impl Known {
    fn to_text(&self) -> serde_json::Result<String> {
        let month = |(month, periods): (&_, &Vec<Period>)| {
            let of = |period: &Period| (period.from, period.price.as_ref().map(kept).map_err(Clone::clone));
            (Month::to_string(month), periods.iter().map(of).collect())
        };
        let prices = self.prices.iter().flat_map(|(provider, models)| {
            models
                .iter()
                .map(move |(model, months)| (provider.clone(), model.clone(), months.iter().map(month).collect()))
        });
        serde_json::to_string(&Kept { source: SOURCE.to_owned(), edition: EDITION, prices: prices.collect() })
    }

    /// Takes up what was kept, unless it is of another list or damaged.
    fn take_up(&mut self, text: &str) {
        let Ok(kept) = serde_json::from_str::<Kept>(text) else { return };
        if kept.source != SOURCE || kept.edition != EDITION {
            return;
        }
        for (provider, model, months) in kept.prices {
            let known: &mut Months = self.prices.entry(provider).or_default().entry(model).or_default();
            for (month, periods) in months {
                let period = |(from, price): (NaiveDate, std::result::Result<KeptPrice, String>)| {
                    let price = price.map(recalled).map_or_else(|reason| Some(Err(reason)), |price| price.map(Ok))?;
                    Some(Period { from, price })
                };
                let periods: Option<Vec<Period>> = periods.into_iter().map(period).collect();
                if let (Ok(month), Some(periods)) = (month.parse(), periods)
                    && !periods.is_empty()
                {
                    known.insert(month, periods);
                }
            }
        }
    }
}

impl PriceBook {
    /// Takes up what a workspace keeps; once.
    fn recall(&self, text: Option<&str>) {
        let mut known = self.known();
        if !std::mem::replace(&mut known.is_recalled, true)
            && let Some(text) = text
        {
            known.take_up(text);
        }
    }

    fn is_recalled(&self) -> bool {
        self.known().is_recalled
    }

    /// What to keep, where something came up since it was kept last.
    fn news(&self) -> Option<String> {
        let mut known = self.known();
        if std::mem::take(&mut known.is_new) { known.to_text().ok() } else { None }
    }
}

impl Engine {
    /// Takes up the prices that the workspace keeps.
    pub(crate) async fn recall_prices(&self) -> Result<()> {
        if !self.price_book().is_recalled() {
            self.price_book().recall(self.ledger().fact(FACT).await?.as_deref());
        }
        Ok(())
    }

    /// Asks for the prices of all usage in the ledger and keeps them.
    pub(crate) async fn keep_prices(&self) -> Result<()> {
        self.recall_prices().await?;
        let (keys, aliases) = (self.ledger().usage_keys().await?, self.rules().await?.aliases());
        let mut days = BTreeSet::new();
        for sum in self.ledger().usage_sums(Grain::Month).await? {
            if let Some(key) = keys.get(&sum.key).filter(|key| is_listed(key)) {
                days.insert((&key.provider, &key.model, sum.first_day, sum.last_day));
            }
        }
        for (provider, model, first, last) in &days {
            let (Ok(first), Ok(last)) = (first.parse::<NaiveDate>(), last.parse::<NaiveDate>()) else { continue };
            let names: BTreeSet<&str> =
                first.iter_days().take_while(|day| *day <= last).map(|day| aliases.model(model, day)).collect();
            for name in names {
                self.price_book().of_month(provider, name, Month::of(first), |_| ());
            }
        }
        match self.price_book().news() {
            Some(text) => Ok(self.ledger().set_fact(FACT, &text).await?),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_comes_back_as_it_was() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let book = PriceBook::default();
        let asked = [("anthropic", "claude-haiku-4-5"), ("openai", "gpt-5-mini"), ("openai", "none"), ("lumen", "l")];
        let said = |book: &PriceBook| asked.map(|(provider, model)| book.price(provider, model, "", day("2026-10-15")));
        let before = said(&book);
        let text = book.news().unwrap();
        assert_eq!(book.news(), None, "nothing came up since");

        let again = PriceBook::default();
        again.recall(Some(&text));
        assert_eq!(said(&again), before);
        assert_eq!(again.news(), None, "nothing had to be asked");

        for useless in ["", "{}", &text.replace(SOURCE, "another list")] {
            let other = PriceBook::default();
            other.recall(Some(useless));
            assert_eq!(said(&other), before);
            assert!(other.news().is_some(), "asked anew");
        }
    }

    /// What is kept is known by the list's version, so that must be the true one.
    #[test]
    fn the_source_names_the_version_in_use() {
        let lock = include_str!("../../../../Cargo.lock");
        let version = lock.split("name = \"genai-prices\"\nversion = \"").nth(1).unwrap().split('"').next().unwrap();
        assert!(SOURCE.contains(&format!("genai-prices {version},")), "{SOURCE} but {version}");
    }
}
