//! Prices of the ledger in the order in which they are asked.

use std::collections::{BTreeSet, HashMap};

use chrono::NaiveDate;
use marginline_model::prices::{Price, Resource, Weekdays};
use marginline_model::{Currency, Money};
use marginline_store::prices::StoredPrice;

use super::dearest::Dearest;
use super::{list_prices, standard};
use crate::import::provider_id;

/// What the rules call the bundled list.
pub const BUNDLED: &str = "genai-prices";
/// What the rules call the project's own bundled list prices.
pub const LIST_PRICES: &str = "marginline";

/// Formats that hold the company's own list.
const OWN: [&str; 2] = ["prices", "price-edit"];

/// Where a price stands among the layers: a contract, the own list, or a list of others by its place in the order.
const CONTRACT: usize = 0;
const OWN_LIST: usize = 1;
const LISTS: usize = 2;

/// Prices of the ledger by provider, and the order of their layers.
#[derive(Debug, Clone, Default)]
pub struct Layers {
    by_provider: HashMap<String, Vec<(usize, Price)>>,
    /// Layer of the bundled list; `None` where the rules leave it out.
    bundled: Option<usize>,
    /// Layer of the project's own bundled list prices; `None` where the rules leave it out.
    list_prices: Option<usize>,
    layers: usize,
    is_given: bool,
    /// Where these are some prices of the ledger: the dearest of all of them.
    dearest: Dearest,
}

/// One layer's prices of one item.
#[derive(Debug, Clone)]
pub(super) struct Layer<'a> {
    /// Agreed in a contract, so that no discount is taken off.
    pub is_contract: bool,
    /// The bundled list stands here.
    pub is_bundled: bool,
    /// In the order given.
    pub prices: Vec<&'a Price>,
    /// Discounts on list prices.
    pub discounts: Vec<&'a Price>,
}

/// Letters and digits only, so that `models.dev` and `models-dev` are the same.
fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
}

impl Layers {
    /// From prices of the ledger in the order given, the format of each batch, and the order of lists in the rules.
    #[must_use]
    pub fn new(prices: Vec<StoredPrice>, formats: &[(i64, String)], order: &[String]) -> Self {
        let mut lists: Vec<String> = order.iter().map(|name| plain(name)).collect();
        let bundled = lists.iter().position(|name| *name == plain(BUNDLED)).map(|place| LISTS + place);
        let own = lists.iter().position(|name| *name == plain(LIST_PRICES)).map(|place| LISTS + place);
        // Lists that the rules do not name come after those that they do, by name.
        let others: BTreeSet<String> = formats
            .iter()
            .map(|(_, format)| plain(format))
            .filter(|format| !OWN.contains(&format.as_str()) && format != "priceedit")
            .filter(|format| !lists.iter().any(|name| format.starts_with(name.as_str())))
            .collect();
        lists.extend(others);
        let layer_of = |format: &str| match OWN.contains(&format) {
            true => OWN_LIST,
            false => {
                let format = plain(format);
                LISTS + lists.iter().position(|name| format.starts_with(name.as_str())).unwrap_or(lists.len())
            }
        };
        let of_batch: HashMap<i64, usize> = formats.iter().map(|(id, format)| (*id, layer_of(format))).collect();
        // A list names each seller thousands of times.
        let mut ids: HashMap<String, String> = HashMap::new();
        let mut by_provider: HashMap<String, Vec<(usize, Price)>> = HashMap::new();
        for StoredPrice { batch, mut price, .. } in prices {
            let listed = || of_batch.get(&batch).copied().unwrap_or(OWN_LIST);
            let layer = if price.contract.is_empty() { listed() } else { CONTRACT };
            if standard(&price.service_tier) != price.service_tier {
                price.service_tier = standard(&price.service_tier).to_owned();
            }
            if !ids.contains_key(&price.provider) {
                ids.insert(price.provider.clone(), provider_id(&price.provider));
            }
            match by_provider.get_mut(&ids[&price.provider]) {
                Some(all) => all.push((layer, price)),
                None => {
                    by_provider.insert(ids[&price.provider].clone(), vec![(layer, price)]);
                }
            }
        }
        let dearest = Dearest::default();
        Self { by_provider, bundled, list_prices: own, layers: LISTS + lists.len() + 1, is_given: true, dearest }
    }

    /// These are some prices of a ledger whose dearest ones are told.
    pub(super) fn beside(self, dearest: Dearest) -> Self {
        Self { dearest, ..self }
    }

    /// Is the bundled list among them? It is where nobody said otherwise.
    pub(super) fn has_bundled(&self) -> bool {
        !self.is_given || self.bundled.is_some()
    }

    /// May there be a price of a provider's tokens, in the ledger or among the bundled list prices?
    pub(super) fn may_have(&self, provider: &str, tier: &str, region: &str) -> bool {
        let provider = provider_id(provider);
        self.by_provider.contains_key(&provider)
            || self.listed(&provider).is_some_and(|listed| listed.may_serve(tier, region))
    }

    /// The bundled list prices of a provider, by its id; none where the rules leave them out.
    fn listed(&self, provider: &str) -> Option<&'static list_prices::OfProvider> {
        self.list_prices.and_then(|_| list_prices::of(provider))
    }

    /// Layers with prices of an item under one of its names, first asked first, the bundled list in its place; none
    /// where neither the ledger nor the bundled list prices have a price or a discount for it.
    pub(super) fn of(&self, provider: &str, names: &[String]) -> Vec<Layer<'_>> {
        let provider = provider_id(provider);
        let all = self.by_provider.get(&provider).map_or(&[][..], Vec::as_slice);
        let listed = self.listed(&provider);
        if all.is_empty() && listed.is_none() {
            return Vec::new();
        }
        let is = |price: &Price, name: &str| price.item.eq_ignore_ascii_case(name);
        let discounts: Vec<&Price> = all
            .iter()
            .map(|(_, price)| price)
            .filter(|price| price.resource == Resource::Discount)
            .filter(|price| price.item.is_empty() || names.iter().any(|name| is(price, name)))
            .collect();
        let of_list = |layer: usize, name: &str| match listed {
            Some(listed) if self.list_prices == Some(layer) => listed.prices(name).to_vec(),
            _ => Vec::new(),
        };
        let mut layers: Vec<Layer<'_>> = Vec::new();
        let mut any = !discounts.is_empty();
        for layer in 0..self.layers {
            let here = || all.iter().filter(move |(at, price)| *at == layer && price.resource != Resource::Discount);
            let found = names.iter().find_map(|name| {
                let mut prices = of_list(layer, name);
                prices.extend(here().map(|(_, price)| price).filter(|price| is(price, name)));
                (!prices.is_empty()).then_some(prices)
            });
            let is_bundled = self.bundled == Some(layer);
            any |= found.is_some();
            if found.is_some() || is_bundled {
                layers.push(Layer {
                    is_contract: layer == CONTRACT,
                    is_bundled,
                    prices: found.unwrap_or_default(),
                    discounts: discounts.clone(),
                });
            }
        }
        if any { layers } else { Vec::new() }
    }

    /// Every price of a provider of one resource, in the ledger.
    pub(super) fn of_resource(&self, provider: &str, resource: Resource) -> impl Iterator<Item = &Price> {
        let all = self.by_provider.get(&provider_id(provider)).into_iter().flatten();
        all.map(|(_, price)| price).filter(move |price| price.resource == resource)
    }

    /// Days on which some price of a provider begins or ends.
    pub(super) fn changes(&self, provider: &str) -> Vec<NaiveDate> {
        let provider = provider_id(provider);
        let prices = self.by_provider.get(&provider).into_iter().flatten();
        let own = prices.flat_map(|(_, price)| [Some(price.valid_from), price.valid_to]).flatten();
        own.chain(self.listed(&provider).into_iter().flat_map(|listed| listed.days.iter().copied())).collect()
    }

    /// Has a provider a price that holds on some days of the week only?
    pub(super) fn has_weekdays(&self, provider: &str) -> bool {
        let prices = self.by_provider.get(&provider_id(provider)).into_iter().flatten();
        prices.filter_map(|(_, price)| price.window).any(|window| window.days != Weekdays::ALL)
    }

    /// The dearest price of a class on a day in USD: of the ledger whoever sells it, of the bundled ones the provider's.
    pub(super) fn dearest(&self, resource: Resource, provider: &str, class: &str, day: NaiveDate) -> Option<Money> {
        let prices = self.by_provider.values().flatten().map(|(_, price)| price);
        let own = prices
            .filter(|price| price.resource == resource && price.class == class && price.holds_on(day))
            .filter(|price| price.currency == Currency::USD)
            .map(|price| price.amount)
            .max();
        let listed = self.listed(&provider_id(provider)).and_then(|listed| listed.dearest(resource, class, day));
        own.max(listed).max(self.dearest.on(resource, class, day))
    }
}
