//! The price book: what tokens and GPUs cost on a day, from prices of the ledger and from the bundled list.
//!
//! Layers are asked in one order, and the first that has the class wins: contracts, the company's own list, then price
//! lists in the order of the rules. [`marginline_model::prices::choice`] chooses within a layer. What no layer has is
//! *unpriced* with the reason: an unknown service tier is never the standard tier, and a class that has no price is
//! never billed at another one's.

mod bundled;
pub mod catalogue;
pub mod compare;
mod dearest;
pub mod edit;
pub mod gpu_offers;
pub mod history;
mod kept;
mod layers;
pub mod list_prices;
pub mod listing;
mod named;
pub mod regions;
pub mod table;

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::NaiveDate;
use marginline_model::prices::choice::{Asked, Found, discount, discounted, fee, ladder, single};
use marginline_model::prices::tokens::{DAY, Hours, Ladder, TokenPrices};
use marginline_model::prices::{ANY_REGION, Price, Purchase, Resource, TokenClass};
use marginline_model::{Currency, Money, Month};

pub use bundled::{BEGINS, Bundled, SOURCE, standard};
use layers::Layer;
pub use layers::Layers;
pub use marginline_model::prices::tokens::{Estimate, TokenCost};
pub(crate) use named::Names;

use crate::Engine;
use crate::error::Result;

/// Prices of a model at a provider, in a service tier and region on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The prices.
    pub prices: TokenPrices,
    /// Model as the price list calls it, or else as it was asked for.
    pub model: String,
}

impl Offer {
    /// Price of a million tokens of a class for a prompt of this length, evenly over the day; and its currency.
    ///
    /// # Errors
    /// Why it has none.
    pub fn at(&self, class: TokenClass, prompt: u64) -> std::result::Result<(Money, Currency), String> {
        let mut sum: Option<(Money, Currency)> = None;
        for hours in &self.prices.hours {
            let ladder = hours.class(class)?;
            let amount = ladder.at(prompt).and_then(|amount| match hours.minutes {
                DAY => Some(amount),
                minutes => amount.times(i128::from(minutes), i128::from(DAY)),
            });
            let amount = amount.ok_or_else(|| "its price is out of range".to_owned())?;
            sum = Some((sum.map_or(Money::ZERO, |(sum, _)| sum) + amount, ladder.currency));
        }
        sum.ok_or_else(|| "it has no price".to_owned())
    }

    /// Does its price depend on the length of the prompt?
    #[must_use]
    pub fn is_tiered(&self) -> bool {
        self.prices.hours.iter().flat_map(|hours| hours.classes.iter().flatten()).any(|ladder| ladder.steps.len() > 1)
    }

    /// Is a price of a class that of the bundled list, on a day of which that list cannot speak?
    #[must_use]
    pub fn is_before_list(&self, class: TokenClass, day: NaiveDate) -> bool {
        let of_list = |hours: &Hours| hours.class(class).is_ok_and(|ladder| ladder.source.starts_with(SOURCE));
        day < bundled::BEGINS && self.prices.hours.iter().any(of_list)
    }

    /// Lengths of a prompt above which a price is another, ascending; empty where there is one for all.
    #[must_use]
    pub fn steps(&self) -> BTreeSet<u64> {
        let ladders = self.prices.hours.iter().flat_map(|hours| hours.classes.iter().flatten());
        ladders.flat_map(|ladder| ladder.steps.iter().map(|(above, _)| *above)).filter(|above| *above > 0).collect()
    }

    /// Who says so, each once.
    #[must_use]
    pub fn sources(&self) -> BTreeSet<&str> {
        let ladders = self.prices.hours.iter().flat_map(|hours| hours.classes.iter().flatten());
        ladders.map(|ladder| ladder.source.as_str()).collect()
    }
}

/// For what prices are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Model<'a> {
    /// Provider id.
    pub provider: &'a str,
    /// Model id.
    pub model: &'a str,
    /// Service tier; empty is standard.
    pub tier: &'a str,
    /// Region; empty is unknown.
    pub region: &'a str,
}

impl<'a> Model<'a> {
    /// At the standard tier, in no region.
    #[must_use]
    pub fn plain(provider: &'a str, model: &'a str) -> Self {
        Self { provider, model, tier: "", region: "" }
    }
}

/// Prices of the ledger over the bundled list.
#[derive(Debug, Clone, Default)]
pub struct PriceBook {
    bundled: Arc<Bundled>,
    layers: Arc<Layers>,
}

impl PriceBook {
    /// The bundled list under these layers.
    #[must_use]
    pub fn new(bundled: Arc<Bundled>, layers: Layers) -> Self {
        Self { bundled, layers: Arc::new(layers) }
    }

    /// Prices of a model on a day, or the reason why there are none.
    ///
    /// # Errors
    /// The reason, for people.
    pub fn offer(&self, of: Model<'_>, day: NaiveDate) -> std::result::Result<Arc<Offer>, String> {
        let of = Model { tier: standard(of.tier), ..of };
        let listed = self.layers.has_bundled().then(|| self.bundled.listed(of.provider, of.model, of.tier, day));
        let own = match self.layers.may_have(of.provider, of.tier, of.region) {
            true => self.layers.of(of.provider, &self.names(of, day)),
            false => Vec::new(),
        };
        if own.is_empty() {
            return match listed {
                Some(Ok(listed)) => {
                    let hours = listed.hours.iter().map(|(_, hours)| hours.clone()).collect();
                    Ok(Arc::new(Offer { prices: merged(hours), model: listed.model.clone() }))
                }
                Some(Err(reason)) => Err(reason),
                None => Err(format!("no price list has model {:?} of {}", of.model, of.provider)),
            };
        }
        let mut cuts: BTreeSet<u16> = [0].into();
        if let Some(Ok(listed)) = &listed {
            cuts.extend(listed.hours.iter().map(|(start, _)| *start));
        }
        for window in own.iter().flat_map(|layer| &layer.prices).filter_map(|price| price.window) {
            cuts.extend([window.start, window.end].into_iter().filter(|minute| *minute < DAY));
        }
        let cuts: Vec<u16> = cuts.into_iter().collect();
        let hours: Vec<Hours> = cuts
            .iter()
            .enumerate()
            .map(|(index, start)| {
                let minutes = cuts.get(index + 1).copied().unwrap_or(DAY) - start;
                let asked = Asked { service_tier: of.tier, region: of.region, day, minute: *start };
                composed(&own, listed.as_ref(), asked, minutes)
            })
            .collect();
        if hours.iter().all(|hours| hours.classes.iter().all(std::result::Result::is_err))
            && let Some(Err(reason)) = hours.first().map(|hours| hours.classes[0].clone())
        {
            return Err(reason);
        }
        let model = listed.and_then(|listed| listed.ok().map(|listed| listed.model.clone()));
        Ok(Arc::new(Offer { prices: merged(hours), model: model.unwrap_or_else(|| of.model.to_owned()) }))
    }

    /// What a model may be called in lists: as asked for, and as the bundled list calls it.
    fn names(&self, of: Model<'_>, day: NaiveDate) -> Vec<String> {
        let mut names = vec![of.model.to_owned()];
        if let Ok(listed) = self.bundled.listed(of.provider, of.model, "", day)
            && !listed.model.eq_ignore_ascii_case(of.model)
        {
            names.push(listed.model.clone());
        }
        names
    }

    /// The first day of a model's prices in the ledger and the bundled list prices, where that is after a day.
    #[must_use]
    pub fn first_after(&self, of: Model<'_>, day: NaiveDate) -> Option<NaiveDate> {
        let layers = self.layers.of(of.provider, &self.names(of, day));
        let prices = layers.iter().flat_map(|layer| &layer.prices);
        let tokens = prices.filter(|price| price.resource == Resource::Tokens && !price.is_withdrawal());
        tokens.map(|price| price.valid_from).min().filter(|first| *first > day)
    }

    /// The first day of a price of anything else there, wherever that is in force, where it is after a day.
    #[must_use]
    pub fn first_single_after(&self, of: Single<'_>, day: NaiveDate) -> Option<NaiveDate> {
        let layers = self.layers.of(of.provider, &[of.item.to_owned()]);
        let fits = |price: &&&Price| {
            let is_here =
                price.region.eq_ignore_ascii_case(of.region) || price.region.is_empty() || price.region == ANY_REGION;
            price.resource == of.resource && price.class == of.class && is_here && !price.is_withdrawal()
        };
        let first = layers.iter().flat_map(|layer| &layer.prices).filter(fits).map(|price| price.valid_from).min();
        first.filter(|first| *first > day)
    }

    /// Days after the first and up to the last on which some price of a provider in the ledger or the bundled list prices begins or ends.
    #[must_use]
    pub fn changes(&self, provider: &str, first: NaiveDate, last: NaiveDate) -> BTreeSet<NaiveDate> {
        self.layers.changes(provider).into_iter().filter(|day| first < *day && *day <= last).collect()
    }

    /// Does a model cost the same on every day from the first to the last, both in one month?
    #[must_use]
    pub fn is_even(&self, of: Model<'_>, first: NaiveDate, last: NaiveDate) -> bool {
        let tier = standard(of.tier);
        let mut days: BTreeSet<NaiveDate> =
            self.bundled.changes(of.provider, of.model, tier, Month::of(first)).into_iter().collect();
        if !tier.is_empty() && self.layers.may_have(of.provider, tier, of.region) {
            // What the bundled list calls the model, which other lists are asked for, it says of the standard tier.
            days.extend(self.bundled.changes(of.provider, of.model, "", Month::of(first)));
        }
        days.extend(self.layers.changes(of.provider));
        if self.layers.has_weekdays(of.provider) {
            days.extend(first.iter_days().take_while(|day| *day <= last));
        }
        let within: Vec<NaiveDate> = days.into_iter().filter(|day| first < *day && *day <= last).collect();
        let begins = (!within.is_empty()).then(|| self.offer(of, first));
        within.into_iter().all(|day| begins.as_ref() == Some(&self.offer(of, day)))
    }

    /// Price of one of anything without token classes, less its discount; `None` where no layer has it.
    #[must_use]
    pub fn single(&self, of: Single<'_>, day: NaiveDate) -> Found<(Money, Price)> {
        let asked = Asked { service_tier: "", region: of.region, day, minute: 0 };
        for layer in self.layers.of(of.provider, &[of.item.to_owned()]) {
            let fits = |price: &&&Price| price.resource == of.resource && price.class == of.class;
            let prices: Vec<&Price> = layer.prices.iter().filter(fits).copied().collect();
            match single(&prices, of.purchase, asked) {
                Found::Nothing => {}
                Found::Withdrawn(reason) => return Found::Withdrawn(reason),
                Found::Price(price) => {
                    let off = if layer.is_contract { None } else { discount(&layer.discounts, of.class, asked) };
                    let amount = off.map_or(Some(price.amount), |off| discounted(price.amount, off));
                    return match amount {
                        Some(amount) => Found::Price((amount, price.clone())),
                        None => Found::Withdrawn("its discount is no percentage".to_owned()),
                    };
                }
            }
        }
        Found::Nothing
    }

    /// The dearest known price of a million tokens of a class: in the ledger on that day, and in the bundled list of
    /// the provider, or of all providers where the list does not know it. In USD.
    #[must_use]
    pub fn dearest(&self, provider: &str, class: TokenClass, day: NaiveDate) -> Option<Money> {
        let listed = self.bundled.dearest(provider, Month::of(day))[class as usize];
        listed.max(self.layers.dearest(Resource::Tokens, provider, class.id(), day))
    }

    /// The dearest known price of a GPU hour on a day, in USD.
    #[must_use]
    pub fn dearest_gpu(&self, day: NaiveDate) -> Option<Money> {
        self.layers.dearest(Resource::Gpu, "", "", day)
    }
}

/// What else is bought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Single<'a> {
    /// What it is.
    pub resource: Resource,
    /// Provider id.
    pub provider: &'a str,
    /// Which one.
    pub item: &'a str,
    /// Class, where it has some.
    pub class: &'a str,
    /// Region; empty is unknown.
    pub region: &'a str,
    /// How it is bought.
    pub purchase: Purchase,
}

/// Prices at a moment: for each class those of the first layer that has it.
fn composed(
    layers: &[Layer<'_>],
    listed: Option<&std::result::Result<Arc<bundled::Listed>, String>>,
    asked: Asked<'_>,
    minutes: u16,
) -> Hours {
    let at = |listed: &Arc<bundled::Listed>| {
        listed.hours.iter().rfind(|(start, _)| *start <= asked.minute).map(|(_, hours)| hours.clone())
    };
    let there = listed.map(|listed| listed.as_ref().map(at).map_err(Clone::clone));
    let class = |class: TokenClass| -> std::result::Result<Ladder, String> {
        for layer in layers {
            if layer.is_bundled {
                if let Some(Ok(Some(hours))) = &there
                    && let Ok(found) = hours.class(class)
                {
                    return layer.less(found.clone(), class.id(), asked);
                }
                continue;
            }
            match ladder(&layer.prices, class, asked) {
                Found::Price(found) => return layer.less(found, class.id(), asked),
                Found::Withdrawn(reason) => return Err(reason),
                Found::Nothing => {}
            }
        }
        Err(match &there {
            Some(Ok(Some(hours))) => hours.class(class).err().unwrap_or_default().to_owned(),
            Some(Err(reason)) => reason.clone(),
            _ => "no price list has it".to_owned(),
        })
    };
    let all: [TokenClass; 6] = std::array::from_fn(|index| TokenClass::ALL[index]);
    let request = layers.iter().find_map(|layer| {
        if layer.is_bundled {
            return there.as_ref().and_then(|there| there.as_ref().ok()?.as_ref()?.request.clone());
        }
        match fee(&layer.prices, asked) {
            Found::Price(found) => Some(found),
            Found::Withdrawn(_) | Found::Nothing => None,
        }
    });
    Hours { minutes, classes: all.map(class), request }
}

impl Layer<'_> {
    /// A ladder less the discount that the contract gives on list prices.
    fn less(&self, mut found: Ladder, class: &str, asked: Asked<'_>) -> std::result::Result<Ladder, String> {
        if self.is_contract {
            return Ok(found);
        }
        let Some(off) = discount(&self.discounts, class, asked) else { return Ok(found) };
        for (_, amount) in &mut found.steps {
            *amount = discounted(*amount, off)
                .ok_or_else(|| format!("the discount of {} in {} is no percentage", off.amount, off.contract))?;
        }
        found.source = format!("{} less {}% ({})", found.source, off.amount, off.contract);
        Ok(found)
    }
}

/// Parts of a day that have the same prices are one.
fn merged(hours: Vec<Hours>) -> TokenPrices {
    let mut merged: Vec<Hours> = Vec::new();
    for part in hours {
        match merged.iter_mut().find(|had| had.classes == part.classes && had.request == part.request) {
            Some(had) => had.minutes += part.minutes,
            None => merged.push(part),
        }
    }
    TokenPrices { hours: merged }
}

impl Engine {
    /// The price book as the ledger has it now.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn price_book(&self) -> Result<PriceBook> {
        let prices = self.ledger().prices(None).await?;
        let formats = if prices.is_empty() { Vec::new() } else { self.ledger().price_formats().await? };
        let order = self.rules().await?.prices.order();
        Ok(PriceBook::new(self.bundled_prices().clone(), Layers::new(prices, &formats, &order)))
    }
}

#[cfg(test)]
#[path = "prices/tests.rs"]
mod tests;
