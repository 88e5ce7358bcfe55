//! Prices remembered in the workspace: reading and matching the whole price list takes longer than a report, so what
//! an import brings is asked once and kept. What is not found here, or was kept from another list, is asked as ever.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::NaiveDate;
use marginline_model::prices::tokens::{Hours, Ladder};
use marginline_model::{Currency, Money, Month};
use marginline_store::cost::Grain;
use marginline_store::token_usage::UsageKey;
use serde::{Deserialize, Serialize};

use super::bundled::{Bundled, Known, Listed, Period};
use super::{SOURCE, standard};
use crate::Engine;
use crate::error::Result;

/// Name of the fact in the workspace.
const FACT: &str = "prices";

/// Counts up when [`super::bundled`] comes to ask otherwise.
const EDITION: u32 = 2;

/// The text that the workspace keeps. Prices of the ledger are not among it: they are read with every book.
#[derive(Serialize, Deserialize)]
struct Kept {
    source: String,
    edition: u32,
    /// Provider, model and service tier, and what the list says of them.
    prices: Vec<([String; 3], Vec<KeptMonth>)>,
    /// Provider and month, and the dearest price of each class.
    dearest: Vec<KeptDearest>,
}

/// Provider and month, and the dearest price of each class.
type KeptDearest = ((String, String), [Option<String>; 6]);

/// A month, and the days from which a price holds.
type KeptMonth = (String, Vec<(NaiveDate, std::result::Result<KeptListed, String>)>);

/// From which minute of the day on which prices hold, and the list's name of the model.
type KeptListed = (Vec<(u16, KeptHours)>, String);

/// How many minutes; USD per million tokens by class and prompt length, or why there is none; the fee of a request.
type KeptHours = (u16, [std::result::Result<KeptSteps, String>; 6], Option<KeptSteps>);

type KeptSteps = Vec<(u64, String)>;

fn kept_steps(ladder: &Ladder) -> KeptSteps {
    ladder.steps.iter().map(|(above, amount)| (*above, amount.to_string())).collect()
}

/// `None` where a number is damaged.
fn recalled_steps(steps: KeptSteps) -> Option<Ladder> {
    let steps: Option<Vec<(u64, Money)>> =
        steps.into_iter().map(|(above, amount)| Some((above, Money::parse(&amount).ok()?))).collect();
    Some(Ladder { steps: steps?, currency: Currency::USD, source: SOURCE.to_owned(), free: 0 })
}

fn kept(listed: &Listed) -> KeptListed {
    let hours = |hours: &Hours| {
        let classes = hours.classes.each_ref().map(|class| class.as_ref().map(kept_steps).map_err(Clone::clone));
        (hours.minutes, classes, hours.request.as_ref().map(kept_steps))
    };
    (listed.hours.iter().map(|(start, part)| (*start, hours(part))).collect(), listed.model.clone())
}

fn recalled((hours, model): KeptListed) -> Option<Listed> {
    let part = |(start, (minutes, classes, request)): (u16, KeptHours)| {
        let mut found: [Option<std::result::Result<Ladder, String>>; 6] = [const { None }; 6];
        for (place, class) in found.iter_mut().zip(classes) {
            *place = match class {
                Ok(steps) => Some(Ok(recalled_steps(steps)?)),
                Err(reason) => Some(Err(reason)),
            };
        }
        let request = match request {
            Some(steps) => Some(recalled_steps(steps)?),
            None => None,
        };
        let classes = found.map(|class| class.unwrap_or_else(|| Err(String::new())));
        Some((start, Hours { minutes, classes, request }))
    };
    let hours: Option<Vec<_>> = hours.into_iter().map(part).collect();
    Some(Listed { hours: hours?, model })
}

/// May the list have a price for it?
fn is_listed(key: &UsageKey) -> bool {
    key.unit.is_empty() && !key.model.is_empty()
}

impl Known {
    fn to_text(&self) -> serde_json::Result<String> {
        let month = |(month, periods): (&Month, &Vec<Period>)| {
            let of = |period: &Period| (period.from, period.listed.as_deref().map(kept).map_err(Clone::clone));
            (Month::to_string(month), periods.iter().map(of).collect())
        };
        let mut prices: Vec<([String; 3], Vec<KeptMonth>)> = self
            .names
            .iter()
            .map(|((provider, model, tier), months)| {
                ([provider.clone(), model.clone(), tier.clone()], months.iter().map(month).collect())
            })
            .collect();
        prices.sort_by(|a, b| a.0.cmp(&b.0));
        let amounts = |amounts: &[Option<Money>; 6]| amounts.map(|amount| amount.map(|amount| amount.to_string()));
        let mut dearest: Vec<_> = self
            .dearest
            .iter()
            .map(|((provider, month), most)| ((provider.clone(), month.to_string()), amounts(most)))
            .collect();
        dearest.sort();
        serde_json::to_string(&Kept { source: SOURCE.to_owned(), edition: EDITION, prices, dearest })
    }

    /// Takes up what was kept, unless it is of another list or damaged.
    fn take_up(&mut self, text: &str) {
        let Ok(kept) = serde_json::from_str::<Kept>(text) else { return };
        if kept.source != SOURCE || kept.edition != EDITION {
            return;
        }
        for ([provider, model, tier], months) in kept.prices {
            let known = self.names.entry((provider, model, tier)).or_default();
            for (month, periods) in months {
                let period = |(from, listed): (NaiveDate, std::result::Result<KeptListed, String>)| {
                    let listed = match listed {
                        Ok(listed) => Ok(Arc::new(recalled(listed)?)),
                        Err(reason) => Err(reason),
                    };
                    Some(Period { from, listed })
                };
                let periods: Option<Vec<Period>> = periods.into_iter().map(period).collect();
                if let (Ok(month), Some(periods)) = (month.parse(), periods)
                    && !periods.is_empty()
                {
                    known.insert(month, periods);
                }
            }
        }
        for ((provider, month), amounts) in kept.dearest {
            let Ok(month) = month.parse() else { continue };
            let most = amounts.map(|amount| amount.and_then(|amount| Money::parse(&amount).ok()));
            self.dearest.insert((provider, month), most);
        }
    }
}

impl Bundled {
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
        if !self.bundled_prices().is_recalled() {
            self.bundled_prices().recall(self.ledger().fact(FACT).await?.as_deref());
        }
        Ok(())
    }

    /// Asks for the prices of all usage in the ledger and keeps them.
    pub(crate) async fn keep_prices(&self) -> Result<()> {
        self.recall_prices().await?;
        self.keep_dearest_prices().await?;
        let has_prices = self.ledger().has_prices().await?;
        let (keys, aliases) = (self.ledger().usage_keys().await?, self.rules().await?.aliases());
        let mut days = BTreeSet::new();
        for sum in self.ledger().usage_sums(Grain::Month).await? {
            if let Some(key) = keys.get(&sum.key).filter(|key| is_listed(key)) {
                let tier = standard(&key.service_tier);
                days.insert((&key.provider, &key.model, tier, sum.first_day, sum.last_day));
            }
        }
        for (provider, model, tier, first, last) in &days {
            let (Ok(first), Ok(last)) = (first.parse::<NaiveDate>(), last.parse::<NaiveDate>()) else { continue };
            let names: BTreeSet<&str> =
                first.iter_days().take_while(|day| *day <= last).map(|day| aliases.model(model, day)).collect();
            for name in names {
                let month = Month::of(first);
                let lacks = |periods: &[Period]| periods.iter().any(|period| period.listed.is_err());
                if self.bundled_prices().of_month(provider, name, tier, month, lacks) {
                    // What has no price is bounded by the dearest one, which takes longest to find.
                    self.bundled_prices().dearest(provider, month);
                }
                if has_prices {
                    // Lists of the ledger are asked for what the bundled list calls the model at its standard tier.
                    self.bundled_prices().of_month(provider, name, "", month, |_| ());
                }
            }
        }
        match self.bundled_prices().news() {
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
        let book = Bundled::default();
        let asked = [
            ("anthropic", "claude-haiku-4-5", ""),
            ("anthropic", "claude-haiku-4-5", "batch"),
            ("openai", "gpt-5.6-sol", "flex"),
            ("deepseek", "deepseek-chat", ""),
            ("openai", "none", ""),
            ("lumen", "l", ""),
        ];
        let said =
            |book: &Bundled| asked.map(|(provider, model, tier)| book.listed(provider, model, tier, day("2026-10-15")));
        let before = said(&book);
        let text = book.news().unwrap();
        assert_eq!(book.news(), None, "nothing came up since");

        let again = Bundled::default();
        again.recall(Some(&text));
        assert_eq!(said(&again), before);
        assert_eq!(again.news(), None, "nothing had to be asked");

        for useless in ["", "{}", &text.replace(SOURCE, "another list")] {
            let other = Bundled::default();
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
