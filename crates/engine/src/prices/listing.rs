//! One list of all prices: those of the ledger, the GPU catalogue and the bundled token prices. Nothing is chosen
//! here: who asks for a price to compute with asks the price book.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use marginline_model::prices::{Price, Purchase, Resource};

use super::bundled::list;
use super::{catalogue, list_prices};
use crate::Engine;
use crate::error::{EngineError, Result};
use crate::subject::plain_name;

/// Where a price of the list is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// In the ledger.
    Ledger {
        /// Its number; a later one was given later.
        id: i64,
        /// Batch that brought it.
        batch: i64,
    },
    /// In the bundled catalogue of GPUs, or among the bundled list prices.
    Catalogue,
    /// In the bundled token prices, which tell what holds on a day and not since when.
    Bundled,
}

/// A price of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Where it is kept.
    pub origin: Origin,
    /// The price.
    pub price: Price,
}

/// What tells things that are sold from one another: all of a price but its amount, its days and its source.
pub type Thing = (Resource, [String; 7], Purchase, u64, String);

impl Listed {
    /// What is sold.
    #[must_use]
    pub fn thing(&self) -> Thing {
        let price = &self.price;
        let words = [
            price.provider.clone(),
            plain_name(&price.item),
            price.class.clone(),
            price.region.to_lowercase(),
            price.service_tier.clone(),
            format!("{} {}", price.currency, price.per),
            price.contract.clone(),
        ];
        let window = price.window.map(|window| window.to_string()).unwrap_or_default();
        (price.resource, words, price.purchase, price.above_tokens, window)
    }

    /// Who says so, without what differs between versions of one list.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.price.source
    }

    /// Its first day, where that is known.
    #[must_use]
    pub fn valid_from(&self) -> Option<NaiveDate> {
        (self.origin != Origin::Bundled).then_some(self.price.valid_from)
    }
}

/// Which prices are wanted; what is `None` does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PriceFilter {
    /// What is sold.
    pub resource: Option<Resource>,
    /// Who sells it.
    pub provider: Option<String>,
    /// Model, GPU, type or service; part of its name is enough unless `exact`.
    pub item: Option<String>,
    /// The whole name of the item, case and punctuation apart.
    pub exact: bool,
    /// Region; empty is wherever no price names one.
    pub region: Option<String>,
    /// Service tier; `standard` is the one without a name.
    pub tier: Option<String>,
    /// Token class, instance type or destination.
    pub class: Option<String>,
    /// How it is bought.
    pub purchase: Option<Purchase>,
    /// Part of the source's name.
    pub source: Option<String>,
}

impl PriceFilter {
    /// The resource and way of buying by their words.
    ///
    /// # Errors
    /// When a word is none.
    pub fn with_words(self, resource: Option<&str>, purchase: Option<&str>) -> Result<Self> {
        fn read<T: std::str::FromStr<Err: std::fmt::Display>>(what: &str, text: Option<&str>) -> Result<Option<T>> {
            let told = |text: &str| {
                text.parse().map_err(|error: T::Err| {
                    EngineError::usage(format!("{text:?} is no {what}")).then(format!("write {error}"))
                })
            };
            text.map(told).transpose()
        }
        Ok(Self { resource: read("resource", resource)?, purchase: read("way of buying", purchase)?, ..self })
    }

    fn names(&self, item: &str) -> bool {
        let Some(wanted) = &self.item else { return true };
        let (gpu, _) = catalogue::gpu_of(wanted);
        let (item, wanted) = (plain_name(item), plain_name(wanted));
        if self.exact { item == wanted || item == plain_name(&gpu) } else { item.contains(&wanted) }
    }

    fn sells(&self, provider: &str) -> bool {
        self.provider.as_deref().is_none_or(|wanted| crate::import::provider_id(wanted) == provider)
    }

    /// Is a price wanted?
    #[must_use]
    pub fn takes(&self, price: &Price) -> bool {
        let is = |wanted: &Option<String>, found: &str| wanted.as_deref().is_none_or(|w| w.eq_ignore_ascii_case(found));
        let tier = self.tier.as_deref().map(|tier| if tier.eq_ignore_ascii_case("standard") { "" } else { tier });
        let source = |wanted: &String| price.source.to_lowercase().contains(&wanted.to_lowercase());
        self.resource.is_none_or(|resource| resource == price.resource)
            && self.sells(&price.provider)
            && self.names(&price.item)
            && is(&self.region, &price.region)
            && tier.is_none_or(|tier| tier.eq_ignore_ascii_case(&price.service_tier))
            && is(&self.class, &price.class)
            && self.purchase.is_none_or(|purchase| purchase == price.purchase)
            && self.source.as_ref().is_none_or(source)
    }

    /// May a model of the bundled list be wanted?
    pub(super) fn may_name(&self, provider: &str, model: &str) -> bool {
        self.may_be_bundled() && self.sells(provider) && self.names(model)
    }

    /// May a bundled token price be wanted at all?
    fn may_be_bundled(&self) -> bool {
        self.resource.is_none_or(|resource| resource == Resource::Tokens)
            && self.region.as_deref().is_none_or(str::is_empty)
    }
}

impl Engine {
    /// Every price that is wanted: those of the ledger and the catalogue on all days, and the bundled token prices as
    /// they are on `date`. In the order of what is sold, of one thing the newest first.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn listed_prices(&self, filter: &PriceFilter, date: NaiveDate) -> Result<Vec<Listed>> {
        let mut found = self.dated_prices(filter).await?;
        if filter.may_be_bundled() {
            let models = list::models(|provider, model| filter.may_name(provider, model));
            let asked = models.iter().flat_map(|(provider, model)| list::prices(provider, model, date));
            let asked = asked.filter(|price| filter.takes(price));
            found.extend(asked.map(|price| Listed { origin: Origin::Bundled, price }));
        }
        sort(&mut found);
        Ok(found)
    }

    /// As [`Engine::prices_as_of`], without the bundled token prices.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn dated_prices_as_of(&self, filter: &PriceFilter, date: NaiveDate) -> Result<Vec<Listed>> {
        Ok(holding(self.dated_prices(filter).await?, date))
    }

    /// Bundled prices of some models by provider, under the names they are asked for.
    ///
    /// # Errors
    /// When asking ends unexpectedly.
    pub async fn bundled_prices_of(
        &self,
        models: Vec<(String, String)>,
        filter: &PriceFilter,
        date: NaiveDate,
    ) -> Result<Vec<Listed>> {
        let wanted = filter.clone();
        let asked = tokio::task::spawn_blocking(move || {
            let prices = models.iter().flat_map(|(provider, model)| list::prices(provider, model, date));
            let wanted = prices.filter(|price| wanted.takes(price));
            wanted.map(|price| Listed { origin: Origin::Bundled, price }).collect()
        });
        asked.await.map_err(|_| EngineError::failed("asking for prices stopped unexpectedly").then("ask again"))
    }

    /// As [`Engine::listed_prices`], without the bundled token prices.
    pub(super) async fn dated_prices(&self, filter: &PriceFilter) -> Result<Vec<Listed>> {
        let stored = self.ledger().prices(filter.resource).await?.into_iter();
        let stored =
            stored.map(|one| Listed { origin: Origin::Ledger { id: one.id, batch: one.batch }, price: one.price });
        let catalogue = catalogue::gpu_prices().iter().chain(list_prices::all()).cloned();
        let catalogue = catalogue.map(|price| Listed { origin: Origin::Catalogue, price });
        let mut found: Vec<Listed> = stored.chain(catalogue).filter(|one| filter.takes(&one.price)).collect();
        sort(&mut found);
        Ok(found)
    }

    /// The prices that hold on a day: of one thing and source the newest.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn prices_as_of(&self, filter: &PriceFilter, date: NaiveDate) -> Result<Vec<Listed>> {
        Ok(holding(self.listed_prices(filter, date).await?, date))
    }
}

/// Those that hold on a day; of one thing and source the newest.
pub(super) fn holding(all: Vec<Listed>, date: NaiveDate) -> Vec<Listed> {
    let mut newest: BTreeMap<(Thing, String), Listed> = BTreeMap::new();
    for one in all.into_iter().filter(|one| one.price.holds_on(date)) {
        let key = (one.thing(), list_of(&one.price.source).to_owned());
        match newest.get(&key) {
            Some(had) if age(had) >= age(&one) => {}
            _ => {
                newest.insert(key, one);
            }
        }
    }
    let mut found: Vec<Listed> = newest.into_values().collect();
    sort(&mut found);
    found
}

/// Edits are one source, whatever reason each gives.
fn list_of(source: &str) -> &str {
    if source.starts_with("edit: ") { "edit" } else { source }
}

fn age(one: &Listed) -> (NaiveDate, i64) {
    let id = if let Origin::Ledger { id, .. } = one.origin { id } else { 0 };
    (one.price.valid_from, id)
}

fn sort(all: &mut [Listed]) {
    all.sort_by_cached_key(|one| (one.thing(), std::cmp::Reverse(age(one)), one.price.source.clone()));
}
