//! What the price book holds of a cloud's GPUs: whether one is sold in a region in a way of buying, and for how much.
//!
//! The ledger's prices come before the bundled catalogue's. What the book does not hold is not sold only where the book
//! knows the cloud well enough to say so; of a cloud that it does not know nothing is said.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use marginline_model::prices::choice::Found;
use marginline_model::prices::{ANY_REGION, Price, Purchase, Resource};
use marginline_model::scenario::Evidence;
use marginline_model::{Currency, Money};

use super::regions::{cloud_ids, find, lies_in};
use super::{Model, PriceBook, Single, catalogue};
use crate::subject::plain_name;

/// A GPU for which the book is asked.
#[derive(Debug, Clone, Copy)]
pub struct GpuAsked<'a> {
    /// Who sells it.
    pub cloud: &'a str,
    /// Which one, under any of its names.
    pub gpu: &'a str,
    /// Where; empty is not said.
    pub region: &'a str,
    /// How it is bought.
    pub purchase: Purchase,
    /// Day of the price, where one is asked for.
    pub day: Option<NaiveDate>,
}

/// Is something sold so?
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sold {
    /// Yes; who says so.
    Yes {
        /// In words.
        reason: String,
    },
    /// No.
    No {
        /// What the book holds instead.
        reason: String,
        /// The nearest thing that is sold.
        mend: Option<String>,
    },
    /// The book cannot tell.
    Unknown {
        /// Why not.
        reason: String,
        /// What would settle it.
        measure: String,
    },
}

/// Price of a GPU hour.
#[derive(Debug, Clone, PartialEq)]
pub struct GpuPrice {
    /// USD of one GPU for an hour.
    pub usd: Money,
    /// Instance type; empty where the seller names none.
    pub class: String,
    /// Who says so.
    pub source: String,
    /// When it was seen.
    pub observed: NaiveDate,
    /// How well it is known.
    pub evidence: Evidence,
    /// Instance types that were offered at other prices.
    pub others: usize,
    /// GPUs of one instance; `None` where that is not known.
    pub gpus: Option<u32>,
}

impl GpuPrice {
    /// USD of a whole instance for an hour, in words; of one GPU where its number is not known.
    #[must_use]
    pub fn whole(&self) -> String {
        let whole = self.usd.times(i128::from(self.gpus.unwrap_or(1)), 1);
        whole.map_or_else(|| "an unknown number of".to_owned(), |whole| whole.to_string())
    }
}

/// `on-demand`, as files write it.
#[must_use]
pub fn bought_words(purchase: Purchase) -> String {
    purchase.id().replace('_', "-")
}

fn listed<'a>(names: impl IntoIterator<Item = &'a String>, most: usize) -> String {
    let all: BTreeSet<&String> = names.into_iter().collect();
    let shown: Vec<&str> = all.iter().take(most).map(|name| name.as_str()).collect();
    let more = if all.len() > most { format!(" and {} more", all.len() - most) } else { String::new() };
    format!("{}{more}", shown.join(", "))
}

impl GpuAsked<'_> {
    fn is_gpu(&self, item: &str) -> bool {
        plain_name(&catalogue::gpu_of(item).0) == plain_name(&catalogue::gpu_of(self.gpu).0)
    }

    fn is_here(&self, price: &Price) -> bool {
        price.region.eq_ignore_ascii_case(self.region)
    }

    fn words(&self) -> String {
        format!("{} {}", self.cloud, self.region).trim().to_owned()
    }
}

/// GPUs of an instance whose name says so: `gpu_8x_h100_sxm5`, `gpu-h100-sxm_8gpu-128vcpu-1600gb`, `n3-H100-SXM5x8`,
/// `8x-H100_SXM-32-65536`; `None` of any other.
fn named_size(class: &str) -> Option<u32> {
    let number = |digits: &str| digits.parse::<u32>().ok().filter(|size| (1..=1_024).contains(size));
    let parts = || class.split(['_', '-']);
    let before = parts().find_map(|part| number(part.strip_suffix("gpu").or_else(|| part.strip_suffix('x'))?));
    before.or_else(|| parts().find_map(|part| number(part.rsplit_once('x')?.1)))
}

/// GPUs of an instance type of a cloud; `None` where neither the catalogue nor its name says it.
fn gpus_of_class(cloud: &str, class: &str) -> Option<u32> {
    let known = catalogue::gpus_of_instance(&cloud_ids(cloud)[0], class);
    known.and_then(|(_, count)| u32::try_from(count).ok()).or_else(|| named_size(class))
}

/// The largest number that both are whole multiples of.
#[must_use]
pub fn common_divisor(a: u32, b: u32) -> u32 {
    let (mut divisor, mut rest) = (a, b);
    while rest > 0 {
        (divisor, rest) = (rest, divisor % rest);
    }
    divisor
}

/// What tells GPUs on sale from one another.
fn thing(price: &Price) -> (&str, &str, &str, Purchase) {
    (&price.item, &price.class, &price.region, price.purchase)
}

impl PriceBook {
    /// All prices of GPUs of a cloud that have not ended, of the ledger and of the catalogue; what the ledger takes off
    /// the list is not among them.
    fn gpus_of(&self, cloud: &str, day: Option<NaiveDate>) -> Vec<&Price> {
        let ids = cloud_ids(cloud);
        let own: Vec<&Price> = ids.iter().flat_map(|id| self.layers.of_resource(id, Resource::Gpu)).collect();
        let mut last: BTreeMap<_, &Price> = BTreeMap::new();
        for price in &own {
            let newest = last.entry(thing(price)).or_insert(price);
            if newest.valid_from <= price.valid_from {
                *newest = price;
            }
        }
        let gone = |price: &&Price| last.get(&thing(price)).is_some_and(|last| last.is_withdrawal());
        let ended = |price: &&Price| day.is_some_and(|day| price.valid_to.is_some_and(|end| end <= day));
        let bundled = catalogue::gpu_prices().iter().filter(|price| ids.contains(&price.provider));
        own.iter().copied().chain(bundled).filter(|price| !gone(price) && !ended(price)).collect()
    }

    /// Is a GPU sold by a cloud in a region in this way?
    #[must_use]
    pub fn gpu_sale(&self, asked: GpuAsked<'_>) -> Sold {
        let all = self.gpus_of(asked.cloud, asked.day);
        let (gpu, place) = (asked.gpu, asked.words());
        let unknown = |reason: String, measure: String| Sold::Unknown { reason, measure };
        if all.is_empty() {
            return unknown(
                format!("the price book holds no GPU of {}", asked.cloud),
                format!("import the price list of {}", asked.cloud),
            );
        }
        let of_gpu: Vec<&Price> = all.iter().copied().filter(|price| asked.is_gpu(&price.item)).collect();
        if asked.region.is_empty() {
            return unknown(format!("the region of {gpu} at {} is not stated", asked.cloud), "state region".into());
        }
        let here: Vec<&Price> = of_gpu.iter().copied().filter(|price| asked.is_here(price)).collect();
        let way = bought_words(asked.purchase);
        if let Some(price) = here.iter().find(|price| price.purchase == asked.purchase) {
            let (source, seen) = (&price.source, price.observed);
            return Sold::Yes { reason: format!("{place} sells {gpu} {way} ({source}, seen {seen})") };
        }
        if !here.is_empty() {
            let ways: BTreeSet<String> = here.iter().map(|price| bought_words(price.purchase)).collect();
            let ways = ways.into_iter().collect::<Vec<_>>().join(", ");
            if all.iter().all(|price| price.purchase != asked.purchase) {
                let measure = format!("import the {way} prices of {}", asked.cloud);
                return unknown(
                    format!("the price book holds no {way} price of {}, of anything", asked.cloud),
                    measure,
                );
            }
            let reason = format!("{place} sells {gpu} {ways}, and not {way}");
            return Sold::No {
                reason,
                mend: Some(format!("purchase = \"{}\"", ways.split(", ").next().unwrap_or(&ways))),
            };
        }
        // A legal area or a country is where any of its regions is.
        let within = |price: &&&Price| {
            price.purchase == asked.purchase
                && find(&price.provider, &price.region).is_some_and(|region| lies_in(region, asked.region))
        };
        if let Some(price) = of_gpu.iter().find(within) {
            let (region, source, seen) = (&price.region, &price.source, price.observed);
            return Sold::Yes { reason: format!("{place} sells {gpu} {way}, in {region} ({source}, seen {seen})") };
        }
        if of_gpu.iter().any(|price| price.region.is_empty() || price.region == ANY_REGION) {
            let reason = format!("{} sells {gpu}, and its list does not say in which regions", asked.cloud);
            return unknown(reason, format!("ask {} for {}", asked.cloud, asked.region));
        }
        if !of_gpu.is_empty() {
            return Sold::No {
                reason: format!(
                    "{place} does not sell {gpu}; {} sells it in {}",
                    asked.cloud,
                    listed(of_gpu.iter().map(|price| &price.region), 6)
                ),
                mend: nearest(&asked, &of_gpu).map(|region| format!("region = \"{region}\"")),
            };
        }
        let others: Vec<&Price> = all.iter().copied().filter(|price| asked.is_here(price)).collect();
        if !others.is_empty() {
            let sold = listed(others.iter().map(|price| &price.item), 6);
            return Sold::No { reason: format!("{place} does not sell {gpu}; it sells {sold}"), mend: None };
        }
        unknown(
            format!("the price book knows neither {gpu} nor the region {} of {}", asked.region, asked.cloud),
            format!("import the price list of {}", asked.cloud),
        )
    }

    /// The price of a GPU hour on the day asked for: of the ledger where it has one, else of the catalogue; of several
    /// instance types the one stated, else the cheapest of those with as many GPUs as come together, else of those of
    /// which several hold as many, else of all.
    ///
    /// # Errors
    /// Why there is none, for people.
    pub fn gpu_price(&self, asked: GpuAsked<'_>, instance: Option<&str>, unit: u32) -> Result<GpuPrice, String> {
        let day = asked.day.ok_or_else(|| "no day is stated whose price holds".to_owned())?;
        let (way, place) = (bought_words(asked.purchase), asked.words());
        if let Sold::No { reason, .. } = self.gpu_sale(asked) {
            return Err(format!("unpriced: {reason}"));
        }
        let fits = |price: &&Price| {
            asked.is_gpu(&price.item)
                && price.purchase == asked.purchase
                && price.currency == Currency::USD
                && instance.is_none_or(|wanted| price.class.eq_ignore_ascii_case(wanted))
        };
        let mut of_gpu: Vec<&Price> = self.gpus_of(asked.cloud, asked.day).into_iter().filter(fits).collect();
        if of_gpu.iter().any(|price| asked.is_here(price)) {
            of_gpu.retain(|price| asked.is_here(price));
        } else {
            of_gpu.retain(|price| price.region.is_empty() || price.region == ANY_REGION);
        }
        let first = of_gpu.iter().map(|price| price.valid_from).min();
        let held: Vec<GpuPrice> = self.own_prices(&asked, &of_gpu, day).unwrap_or_else(|| bundled_prices(&of_gpu, day));
        let count = |price: &GpuPrice| gpus_of_class(asked.cloud, &price.class);
        let is_unit = |price: &&GpuPrice| count(price) == Some(unit);
        let divides = |price: &&GpuPrice| count(price).is_some_and(|count| count > 0 && unit.is_multiple_of(count));
        let others = held.iter().map(|price| price.usd).collect::<BTreeSet<_>>().len().saturating_sub(1);
        let cheapest = held.iter().filter(is_unit).min_by_key(|price| price.usd);
        let cheapest = cheapest.or_else(|| held.iter().filter(divides).min_by_key(|price| price.usd));
        let cheapest = cheapest.or_else(|| held.iter().min_by_key(|price| price.usd));
        match (cheapest, first) {
            (Some(price), _) => Ok(GpuPrice { others, gpus: count(price), ..price.clone() }),
            (None, Some(first)) if first > day => Err(format!(
                "unpriced: the first {way} price of {} in {place} that the price book holds is of {first}, after {day}",
                asked.gpu
            )),
            _ => Err(format!("unpriced: the price book holds no {way} price of {} in {place} on {day}", asked.gpu)),
        }
    }

    /// The number in which a cloud sells a GPU in a region, where it sells it in whole instances only, with the smallest of
    /// its instance types; `instance` names the one that is meant. `None` where one GPU can be had, or where the sizes are
    /// not known.
    #[must_use]
    pub fn gpus_together(&self, asked: GpuAsked<'_>, instance: Option<&str>) -> Option<(u32, String)> {
        let fits = |price: &&Price| {
            asked.is_gpu(&price.item)
                && asked.is_here(price)
                && instance.is_none_or(|wanted| price.class.eq_ignore_ascii_case(wanted))
        };
        let here: Vec<&Price> = self.gpus_of(asked.cloud, asked.day).into_iter().filter(fits).collect();
        let bought: Vec<&Price> = here.iter().copied().filter(|price| price.purchase == asked.purchase).collect();
        // A contract that the book has no price of is for the instances that it sells in other ways.
        let sold = if bought.is_empty() { here } else { bought };
        let mut sizes: Vec<(u32, &str)> = Vec::with_capacity(sold.len());
        for price in sold {
            sizes.push((gpus_of_class(asked.cloud, &price.class)?, &price.class));
        }
        let together = sizes.iter().map(|(size, _)| *size).reduce(common_divisor).filter(|size| *size > 1)?;
        let (_, class) = sizes.into_iter().min()?;
        Some((together, class.to_owned()))
    }

    /// Prices that the ledger has, less their discounts; `None` where it has none.
    fn own_prices(&self, asked: &GpuAsked<'_>, fitting: &[&Price], day: NaiveDate) -> Option<Vec<GpuPrice>> {
        let is_bundled = |price: &Price| catalogue::gpu_prices().iter().any(|known| std::ptr::eq(known, price));
        let mut found = Vec::new();
        for price in fitting.iter().filter(|price| !is_bundled(price)) {
            let single = Single {
                resource: Resource::Gpu,
                provider: &price.provider,
                item: &price.item,
                class: &price.class,
                region: asked.region,
                purchase: asked.purchase,
            };
            if let Found::Price((usd, held)) = self.single(single, day)
                && held.currency == Currency::USD
            {
                let source = held.source.clone();
                let (class, observed, evidence) = (held.class.clone(), held.observed, held.evidence);
                found.push(GpuPrice { usd, class, source, observed, evidence, others: 0, gpus: None });
            }
        }
        (!found.is_empty()).then_some(found)
    }

    /// Is a model sold in a region, as far as price lists name regions?
    #[must_use]
    pub fn model_sale(&self, of: Model<'_>, day: NaiveDate) -> Sold {
        let Model { provider, model, region, .. } = of;
        if region.is_empty() {
            return Sold::Yes { reason: format!("{model} of {provider} is on the price list of {day}") };
        }
        let layers = self.layers.of(provider, &self.names(of, day));
        let named: Vec<&String> = layers
            .iter()
            .flat_map(|layer| &layer.prices)
            .filter(|price| price.resource == Resource::Tokens && price.holds_on(day) && !price.is_withdrawal())
            .map(|price| &price.region)
            .filter(|named| !named.is_empty() && *named != ANY_REGION && !named.eq_ignore_ascii_case("global"))
            .collect();
        if named.iter().any(|named| named.eq_ignore_ascii_case(region)) {
            return Sold::Yes { reason: format!("a price list of {day} names {region} for {model} of {provider}") };
        }
        if named.is_empty() {
            return Sold::Unknown {
                reason: format!("no price list says in which regions {provider} sells {model}"),
                measure: format!("import a price list of {provider} that names regions"),
            };
        }
        let reason = format!("{provider} sells {model} in {}, and not in {region}", listed(named.iter().copied(), 6));
        Sold::No { reason, mend: named.first().map(|named| format!("region = \"{named}\"")) }
    }
}

/// Prices of the catalogue that hold on a day: of each instance type the newest.
fn bundled_prices(fitting: &[&Price], day: NaiveDate) -> Vec<GpuPrice> {
    let holding: Vec<&&Price> = fitting.iter().filter(|price| price.holds_on(day)).collect();
    let is_newest = |price: &&&&Price| {
        !holding.iter().any(|other| other.class == price.class && other.valid_from > price.valid_from)
    };
    let told = |price: &&&Price| GpuPrice {
        usd: price.amount,
        class: price.class.clone(),
        source: price.source.clone(),
        observed: price.observed,
        evidence: price.evidence,
        others: 0,
        gpus: None,
    };
    holding.iter().filter(is_newest).map(told).collect()
}

/// The nearest region that sells it, in the same legal area first; by name where places are unknown.
fn nearest(asked: &GpuAsked<'_>, sold: &[&Price]) -> Option<String> {
    let here = cloud_ids(asked.cloud).iter().find_map(|id| find(id, asked.region));
    let far = |price: &&&Price| {
        let there = find(&price.provider, &price.region);
        let area = here.zip(there).is_some_and(|(a, b)| a.legal_area.is_some() && a.legal_area == b.legal_area);
        let kilometres = here.zip(there).and_then(|(a, b)| a.kilometres_to(b)).unwrap_or(f64::MAX);
        (!area, kilometres.round() as u64, price.region.clone())
    };
    sold.iter().min_by_key(far).map(|price| price.region.clone())
}

#[cfg(test)]
#[path = "gpu_offers_tests.rs"]
mod tests;
