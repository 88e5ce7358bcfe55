//! Prices beside each other: sources that disagree, and what one thing costs where.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use marginline_model::prices::{Price, Purchase, Resource};
use marginline_model::{Currency, Money};

use super::bundled::list;
use super::catalogue;
use super::listing::{Listed, Origin, PriceFilter, Thing, holding};
use super::regions::{self, Region};
use crate::Engine;
use crate::error::{EngineError, Result};
use crate::subject::plain_name;

/// A currency by its code.
///
/// # Errors
/// When it is none.
pub fn currency(code: &str) -> Result<Currency> {
    Currency::parse(code).map_err(|error| EngineError::usage(format!("{code:?} is not {error}")))
}

/// One thing that two sources or more price differently on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceConflict {
    /// The prices, the lowest first.
    pub prices: Vec<Listed>,
}

/// Where something is sold, and for how much.
#[derive(Debug, Clone, PartialEq)]
pub struct RegionRow {
    /// Who sells it.
    pub provider: String,
    /// Region; empty where the price names none.
    pub region: String,
    /// What is known of the region.
    pub about: Option<&'static Region>,
    /// The lowest price a column; `None`: nobody says that it is sold there.
    pub prices: Vec<Option<Listed>>,
}

/// What things cost where: a row a region, a column a GPU or a class of tokens.
#[derive(Debug, Clone, PartialEq)]
pub struct RegionTable {
    /// The day.
    pub date: NaiveDate,
    /// What the columns are: GPUs, or classes of the model.
    pub columns: Vec<String>,
    /// The model, where columns are its classes.
    pub model: Option<String>,
    /// Currency of every price.
    pub currency: Currency,
    /// How it is bought.
    pub purchase: Purchase,
    /// Regions by provider.
    pub rows: Vec<RegionRow>,
    /// Prices in other currencies, which are not compared.
    pub other_currencies: usize,
}

impl PriceConflict {
    /// How much dearer the dearest is than the cheapest, percent to ten decimals; `None` when the cheapest is free.
    #[must_use]
    pub fn spread_percent(&self) -> Option<String> {
        let (low, high) = (self.prices.first()?.price.amount, self.prices.last()?.price.amount);
        crate::number::percent(high - low, low)
    }
}

impl Engine {
    /// Things that sources price differently on a day. Bundled token prices take part for models that the ledger
    /// prices too.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn price_conflicts(&self, filter: &PriceFilter, date: NaiveDate) -> Result<Vec<PriceConflict>> {
        let mut all = holding(self.dated_prices(filter).await?, date);
        let models: BTreeSet<(String, String)> = all
            .iter()
            .filter(|one| one.price.resource == Resource::Tokens)
            .map(|one| (one.price.provider.clone(), one.price.item.clone()))
            .collect();
        let wanted = filter.clone();
        let asked = tokio::task::spawn_blocking(move || {
            let named = models.iter().filter(|(provider, model)| wanted.may_name(provider, model));
            named
                .flat_map(|(provider, model)| list::prices(provider, model, date))
                .filter(|price| wanted.takes(price))
                .collect::<Vec<Price>>()
        });
        let asked = asked.await.map_err(|_| EngineError::failed("asking for prices stopped unexpectedly"))?;
        all.extend(asked.into_iter().map(|price| Listed { origin: Origin::Bundled, price }));
        let mut things: BTreeMap<Thing, Vec<Listed>> = BTreeMap::new();
        for one in all.into_iter().filter(|one| one.price.resource != Resource::Discount) {
            things.entry(one.thing()).or_default().push(one);
        }
        let differ = |prices: &Vec<Listed>| prices.iter().any(|one| one.price.amount != prices[0].price.amount);
        let conflicts = things.into_values().filter(differ).map(|mut prices| {
            prices.sort_by(|a, b| (a.price.amount, a.source()).cmp(&(b.price.amount, b.source())));
            PriceConflict { prices }
        });
        Ok(conflicts.collect())
    }

    /// What GPUs, or one model, cost by region on a day. Without names: every GPU of the list.
    ///
    /// # Errors
    /// When nothing is sold under a name, GPUs and models are mixed, or the ledger cannot be read.
    pub async fn price_regions(
        &self,
        items: &[String],
        filter: &PriceFilter,
        date: NaiveDate,
        currency: Currency,
    ) -> Result<RegionTable> {
        let gpus = PriceFilter { resource: Some(Resource::Gpu), item: None, ..filter.clone() };
        let of_gpus = holding(self.dated_prices(&gpus).await?, date);
        let known = |item: &String| {
            let gpu = catalogue::gpu_of(item).0;
            of_gpus.iter().find(|one| plain_name(&one.price.item) == plain_name(&gpu)).map(|one| one.price.item.clone())
        };
        let found: Vec<Option<String>> = items.iter().map(known).collect();
        let purchase = filter.purchase.unwrap_or(Purchase::OnDemand);
        if found.iter().all(Option::is_some) {
            let mut columns: Vec<String> = found.into_iter().flatten().collect();
            if columns.is_empty() {
                let all: BTreeSet<String> = of_gpus.iter().map(|one| one.price.item.clone()).collect();
                columns = all.into_iter().collect();
            }
            return Ok(table(of_gpus, columns, None, purchase, currency, date));
        }
        let [model] = items else {
            return Err(EngineError::usage("several items are compared, and not all of them are GPUs with a price")
                .then("name GPUs, or one model"));
        };
        let wanted = PriceFilter {
            resource: Some(Resource::Tokens),
            item: Some(model.clone()),
            exact: true,
            tier: Some(filter.tier.clone().unwrap_or_default()),
            ..filter.clone()
        };
        let prices = holding(self.listed_prices(&wanted, date).await?, date);
        let prices: Vec<Listed> = prices.into_iter().filter(|one| one.price.above_tokens == 0).collect();
        if prices.is_empty() {
            return Err(EngineError::failed(format!("nothing has a price under the name {model:?} on {date}"))
                .then("see `marginline prices list --item` with part of the name"));
        }
        let classes = marginline_model::prices::TokenClass::ALL.iter().map(|class| class.id().to_owned());
        let columns = classes.filter(|class| prices.iter().any(|one| one.price.class == *class)).collect();
        Ok(table(prices, columns, Some(model.clone()), purchase, currency, date))
    }
}

/// The lowest price by place and column.
fn table(
    prices: Vec<Listed>,
    columns: Vec<String>,
    model: Option<String>,
    purchase: Purchase,
    currency: Currency,
    date: NaiveDate,
) -> RegionTable {
    let mut rows: BTreeMap<(String, String), Vec<Option<Listed>>> = BTreeMap::new();
    let mut other_currencies = 0;
    for one in prices {
        let of = if model.is_some() { &one.price.class } else { &one.price.item };
        let Some(column) = columns.iter().position(|column| column == of) else { continue };
        // A GPU without the machine around it is no price of an hour of work.
        if one.price.purchase != purchase || one.price.class == catalogue::WITHOUT_HOST {
            continue;
        }
        if one.price.currency != currency {
            other_currencies += 1;
            continue;
        }
        let row = rows.entry((one.price.provider.clone(), one.price.region.clone()));
        let cell = &mut row.or_insert_with(|| vec![None; columns.len()])[column];
        if cell.as_ref().is_none_or(|had| one.price.amount < had.price.amount) {
            *cell = Some(one);
        }
    }
    let rows = rows
        .into_iter()
        .map(|((provider, region), prices)| RegionRow {
            about: regions::find(&provider, &region),
            provider,
            region,
            prices,
        })
        .collect();
    RegionTable { date, columns, model, currency, purchase, rows, other_currencies }
}

impl RegionTable {
    /// Only regions inside a legal area; those of which nobody knows are left out, and counted.
    #[must_use]
    pub fn within(mut self, area: &str) -> (Self, usize) {
        let unknown = |row: &RegionRow| row.about.and_then(|region| region.is_within(area)).is_none();
        let left_out = self.rows.iter().filter(|row| unknown(row)).count();
        self.rows.retain(|row| row.about.and_then(|region| region.is_within(area)) == Some(true));
        (self, left_out)
    }

    /// The lowest amount of a column.
    #[must_use]
    pub fn lowest(&self, column: usize) -> Option<Money> {
        self.rows.iter().filter_map(|row| row.prices.get(column)?.as_ref()).map(|one| one.price.amount).min()
    }
}
