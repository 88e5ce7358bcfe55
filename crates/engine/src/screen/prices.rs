//! The prices screen: what holds on a day, by thing, seller, region and tier. Which of several sources counts is told
//! as the price book chooses; the others are named as conflicts.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;
use marginline_model::prices::{Purchase, Resource, TokenClass};

use super::price_item::{per_words, since};
use crate::Engine;
use crate::error::{EngineError, Result};
use crate::facts::Pricing;
use crate::number;
use crate::prices::listing::{Listed, Origin, PriceFilter};
use crate::prices::{catalogue, regions};
use crate::subject::plain_name;
use crate::view::{
    Cell, Choice, Column, ColumnKind, MonthBasis, Notice, PriceItem, PricesQuery, PricesView, Row, RowKind, Table, Tone,
};

/// What the screen was asked, read.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub resource: Resource,
    pub day: NaiveDate,
    pub filter: PriceFilter,
}

/// Things in use, by seller and plain name.
type Used = BTreeMap<(String, String), InUse>;

/// A thing in use.
struct InUse {
    /// The name it is used under.
    name: String,
    /// Does its cost wait for a price? What a bill covers does not.
    needs_price: bool,
}

impl Engine {
    /// The prices screen; `today` is shown where nothing else tells the day.
    ///
    /// # Errors
    /// A word or day that is none; a ledger that cannot be read.
    pub async fn prices_view(&self, query: &PricesQuery, today: Option<NaiveDate>) -> Result<PricesView> {
        let asked = self.asked_prices(query, today).await?;
        let used = self.used(asked.resource).await?;
        let all = if query.all {
            self.prices_as_of(&asked.filter, asked.day).await?
        } else {
            self.used_prices(&asked, &used).await?
        };
        let ranks = self.price_ranks().await?;
        let all = ranks.sorted(all);
        let none = if query.all { Vec::new() } else { unpriced(&used, &all, &asked) };
        let (table, items) = table(&all, &asked, &none);
        let item = match &query.item {
            Some(item) => Some(self.price_item_view(item, &asked, &ranks).await?),
            None => None,
        };
        let everywhere = PriceFilter { region: None, provider: None, ..asked.filter.clone() };
        let wide = if query.provider.is_none() && query.region.is_none() {
            all
        } else if query.all {
            self.prices_as_of(&everywhere, asked.day).await?
        } else {
            self.used_prices(&Asked { filter: everywhere, ..asked.clone() }, &used).await?
        };
        let providers: BTreeSet<&str> = wide.iter().map(|one| one.price.provider.as_str()).collect();
        let sold: BTreeSet<(&str, &str)> =
            wide.iter().map(|one| (one.price.provider.as_str(), one.price.region.as_str())).collect();
        Ok(PricesView {
            resource: asked.resource.id().into(),
            resources: RESOURCES.iter().map(|(id, label)| choice(id.id(), label)).collect(),
            as_of: asked.day.to_string(),
            providers: providers.into_iter().map(|id| choice(id, id)).collect(),
            regions: region_choices(&sold),
            notices: self.price_notices(&asked, &table).await?,
            table,
            items,
            item,
        })
    }

    /// What is asked, with the day that is shown where none is named: the last day of the last month with data, but
    /// none that is still to come.
    pub(super) async fn asked_prices(&self, query: &PricesQuery, today: Option<NaiveDate>) -> Result<Asked> {
        let day = match query.as_of.as_deref() {
            Some(text) => text
                .parse()
                .map_err(|_| EngineError::usage(format!("{text:?} is not a day")).then("write it as 2026-10-31"))?,
            None => {
                let months = self.facts().await?.months(MonthBasis::UsageDate);
                let end = months.last().and_then(|month| month.plus(1).first_day().pred_opt());
                let day = match (end, today) {
                    (Some(end), Some(today)) => Some(end.min(today)),
                    (end, today) => end.or(today),
                };
                day.ok_or_else(|| EngineError::usage("no day was named").then("choose the day whose prices are shown"))?
            }
        };
        let resource = query.resource.as_deref().unwrap_or("tokens");
        let filter =
            PriceFilter { provider: query.provider.clone(), region: query.region.clone(), ..Default::default() }
                .with_words(Some(resource), None)?;
        Ok(Asked { resource: filter.resource.unwrap_or(Resource::Tokens), day, filter })
    }

    /// What the workspace uses of a kind.
    async fn used(&self, resource: Resource) -> Result<Used> {
        let facts = self.facts().await?;
        let mut used = Used::new();
        match resource {
            Resource::Tokens | Resource::Request | Resource::Throughput => {
                for fact in &facts.usage {
                    let columns = &facts.subjects[fact.subject].columns;
                    let word = |name: &str| columns.get(name).cloned().unwrap_or_default();
                    let (provider, model) = (word("provider"), word("model"));
                    if !model.is_empty() {
                        let place = (provider, plain_name(&model));
                        let entry = used.entry(place).or_insert(InUse { name: model, needs_price: false });
                        entry.needs_price |= matches!(fact.pricing, Pricing::Unpriced(..));
                    }
                }
            }
            Resource::Gpu => {
                for sum in &facts.gpu_hours {
                    let gpu = catalogue::gpu_of(&sum.key.gpu).0;
                    let place = (sum.key.provider.clone(), plain_name(&gpu));
                    used.insert(place, InUse { name: gpu, needs_price: true });
                }
            }
            _ => {}
        }
        Ok(used)
    }

    /// Prices of things in use. Of GPUs those of every seller, since that is what one compares.
    async fn used_prices(&self, asked: &Asked, used: &Used) -> Result<Vec<Listed>> {
        let names: BTreeSet<&str> = used.keys().map(|(_, name)| name.as_str()).collect();
        let wanted = |one: &Listed| match asked.resource {
            Resource::Tokens => used.contains_key(&(one.price.provider.clone(), plain_name(&one.price.item))),
            Resource::Gpu => names.contains(plain_name(&one.price.item).as_str()),
            _ => true,
        };
        let mut found = self.dated_prices_as_of(&asked.filter, asked.day).await?;
        found.retain(wanted);
        if asked.resource == Resource::Tokens {
            let models: Vec<(String, String)> =
                used.iter().map(|((provider, _), model)| (provider.clone(), model.name.clone())).collect();
            found.extend(self.bundled_prices_of(models, &asked.filter, asked.day).await?);
        }
        Ok(found)
    }

    async fn price_notices(&self, asked: &Asked, table: &Table) -> Result<Vec<Notice>> {
        let mut notices = Vec::new();
        let none = table.rows.iter().filter(|row| row.kind == RowKind::Unassigned).count();
        if none > 0 {
            notices.push(Notice {
                id: "unpriced".into(),
                text: match none {
                    1 => "one thing in use has no price on this day".into(),
                    _ => format!("{none} things in use have no price on this day"),
                },
                tone: Tone::Warn,
            });
        }
        let conflicts = self.price_conflicts(&asked.filter, asked.day).await?.len();
        if conflicts > 0 {
            let text = match conflicts {
                1 => "sources differ about one price".into(),
                _ => format!("sources differ about {} prices", number::count(conflicts as u64)),
            };
            notices.push(Notice { id: "conflicts".into(), text, tone: Tone::Neutral });
        }
        Ok(notices)
    }

    /// In which order sources are asked.
    pub(super) async fn price_ranks(&self) -> Result<Ranks> {
        let formats = self.ledger().batches().await?.into_iter().map(|batch| (batch.id, batch.format)).collect();
        Ok(Ranks { formats, order: self.rules().await?.prices.order().iter().map(|name| plain_name(name)).collect() })
    }
}

/// Kinds that the screen offers.
const RESOURCES: [(Resource, &str); 5] = [
    (Resource::Tokens, "Tokens"),
    (Resource::Gpu, "GPUs"),
    (Resource::Instance, "Instances"),
    (Resource::Storage, "Storage"),
    (Resource::Discount, "Discounts"),
];

/// Which of several sources counts.
pub(super) struct Ranks {
    formats: HashMap<i64, String>,
    order: Vec<String>,
}

impl Ranks {
    /// Lower counts first: contracts, the company's own prices, then lists in the order of the rules.
    fn rank(&self, one: &Listed) -> usize {
        let list = |name: &str| self.order.iter().position(|each| plain_name(name).starts_with(each.as_str()));
        match one.origin {
            Origin::Ledger { .. } if !one.price.contract.is_empty() => 0,
            Origin::Ledger { batch, .. } => {
                let format = self.formats.get(&batch).map_or("prices", String::as_str);
                match format {
                    "prices" | "price-edit" => 1,
                    format => 2 + list(format).unwrap_or(self.order.len()),
                }
            }
            Origin::Bundled => 2 + list("genai-prices").unwrap_or(self.order.len()),
            Origin::Catalogue => 3 + self.order.len(),
        }
    }

    /// In the order of what is sold; of one thing the price that counts first.
    pub(super) fn sorted(&self, mut all: Vec<Listed>) -> Vec<Listed> {
        let place = |one: &Listed| {
            let price = &one.price;
            (
                plain_name(&price.item),
                price.provider.clone(),
                price.service_tier.clone(),
                price.region.clone(),
                price.above_tokens,
            )
        };
        all.sort_by_cached_key(|one| {
            let age = if let Origin::Ledger { id, .. } = one.origin { id } else { 0 };
            (place(one), self.rank(one), std::cmp::Reverse((one.price.valid_from, age)))
        });
        all
    }
}

fn choice(id: &str, label: &str) -> Choice {
    Choice { id: id.into(), label: label.into() }
}

fn region_choices(sold: &BTreeSet<(&str, &str)>) -> Vec<Choice> {
    let mut choices: Vec<Choice> = Vec::new();
    for (provider, region) in sold.iter().filter(|(_, region)| !region.is_empty()) {
        if choices.iter().all(|choice| choice.id != *region) {
            let place = regions::find(provider, region).map(|about| format!("{region} · {}", about.place));
            choices.push(choice(region, &place.unwrap_or_else(|| (*region).to_owned())));
        }
    }
    choices.sort_by(|a, b| a.id.cmp(&b.id));
    choices
}

/// Things in use that nobody prices.
fn unpriced(used: &Used, all: &[Listed], asked: &Asked) -> Vec<PriceItem> {
    if !matches!(asked.resource, Resource::Tokens | Resource::Gpu) || asked.filter.region.is_some() {
        return Vec::new();
    }
    let of_seller = |provider: &str| asked.filter.provider.as_deref().is_none_or(|wanted| wanted == provider);
    used.iter()
        .filter(|((provider, name), thing)| {
            thing.needs_price
                && of_seller(provider)
                && !all.iter().any(|one| {
                    plain_name(&one.price.item) == *name
                        && (asked.resource == Resource::Gpu || one.price.provider == *provider)
                })
        })
        .map(|((provider, _), thing)| PriceItem { provider: provider.clone(), item: thing.name.clone() })
        .collect()
}

/// Ways of buying, in the order of the table.
const PURCHASES: [(Purchase, &str); 5] = [
    (Purchase::OnDemand, "On demand"),
    (Purchase::Spot, "Spot"),
    (Purchase::Reserved1y, "1 year"),
    (Purchase::Reserved3y, "3 years"),
    (Purchase::CapacityBlock, "Block"),
];

/// A row: item, seller, tier, region, prompt length, class where columns are ways of buying, contract.
type Place = (String, String, String, String, u64, String, String);

/// Prices side by side: a row a thing, a column a class of tokens or a way of buying.
fn table(all: &[Listed], asked: &Asked, none: &[PriceItem]) -> (Table, Vec<PriceItem>) {
    let tokens = asked.resource == Resource::Tokens;
    let kinds: Vec<(&str, &str)> = if tokens {
        TokenClass::ALL.iter().map(|class| (class.id(), class_label(*class))).collect()
    } else {
        PURCHASES.iter().map(|(purchase, label)| (purchase.id(), *label)).collect()
    };
    let mut rows: Vec<(Place, BTreeMap<&str, &Listed>)> = Vec::new();
    let mut places: HashMap<Place, usize> = HashMap::new();
    for one in all {
        let price = &one.price;
        let kind = if tokens { price.class.as_str() } else { price.purchase.id() };
        let Some((kind, _)) = kinds.iter().find(|(id, _)| *id == kind) else { continue };
        let place: Place = (
            price.item.clone(),
            price.provider.clone(),
            price.service_tier.clone(),
            price.region.clone(),
            price.above_tokens,
            if tokens { String::new() } else { price.class.clone() },
            price.contract.clone(),
        );
        let at = *places.entry(place.clone()).or_insert_with(|| {
            rows.push((place, BTreeMap::new()));
            rows.len() - 1
        });
        // The first of one thing is the one that counts.
        rows[at].1.entry(kind).or_insert(one);
    }
    let filled = |kind: &str| rows.iter().any(|(_, prices)| prices.contains_key(kind));
    let kinds: Vec<(&str, &str)> = kinds.into_iter().filter(|(id, _)| filled(id)).collect();
    let columns = Columns::of(&rows);
    let unit = rows.iter().flat_map(|(_, prices)| prices.values()).next().map(|one| unit(one)).unwrap_or_default();
    let mut lines: Vec<Row> = rows.iter().map(|(place, prices)| columns.row(place, prices, &kinds, &unit)).collect();
    let mut items: Vec<PriceItem> =
        rows.iter().map(|(place, _)| PriceItem { provider: place.1.clone(), item: place.0.clone() }).collect();
    for item in none {
        let place: Place =
            (item.item.clone(), item.provider.clone(), String::new(), String::new(), 0, String::new(), String::new());
        let mut row = columns.row(&place, &BTreeMap::new(), &kinds, &unit);
        row.kind = RowKind::Unassigned;
        lines.push(row);
        items.push(item.clone());
    }
    let table = Table {
        id: "prices".into(),
        title: format!("Prices of {}", thing(asked.resource)),
        subtitle: format!("{unit} on {}", asked.day.format("%-d %B %Y")),
        columns: columns.heads(&kinds, &unit, tokens),
        rows: lines,
        notes: Vec::new(),
    };
    (table, items)
}

fn unit(one: &Listed) -> String {
    match one.price.resource {
        Resource::Discount => "%".into(),
        _ => format!("{}/{}", one.price.currency, per_words(one.price.per)),
    }
}

fn thing(resource: Resource) -> &'static str {
    match resource {
        Resource::Tokens => "tokens",
        Resource::Gpu => "GPUs",
        Resource::Instance => "instances",
        Resource::Storage => "storage",
        Resource::Discount => "contracts: percent off list",
        _ => "everything else",
    }
}

fn class_label(class: TokenClass) -> &'static str {
    match class {
        TokenClass::Input => "Input",
        TokenClass::CacheRead => "Cache read",
        TokenClass::CacheWrite5m => "Write 5 min",
        TokenClass::CacheWrite1h => "Write 1 h",
        TokenClass::Output => "Output",
        TokenClass::Reasoning => "Reasoning",
    }
}

/// Descriptive columns that tell rows apart; the others are left out.
struct Columns {
    tier: bool,
    region: bool,
    above: bool,
    class: bool,
    contract: bool,
    since: bool,
}

impl Columns {
    fn of(rows: &[(Place, BTreeMap<&str, &Listed>)]) -> Self {
        let any = |told: fn(&Place) -> bool| rows.iter().any(|(place, _)| told(place));
        Self {
            tier: any(|place| !place.2.is_empty()),
            region: any(|place| !place.3.is_empty()),
            above: any(|place| place.4 > 0),
            class: any(|place| !place.5.is_empty()),
            contract: any(|place| !place.6.is_empty()),
            since: rows.iter().any(|(_, prices)| prices.values().any(|one| one.valid_from().is_some())),
        }
    }

    fn heads(&self, kinds: &[(&str, &str)], unit: &str, tokens: bool) -> Vec<Column> {
        let text = |id: &str, label: &str| Column {
            id: id.into(),
            label: label.into(),
            unit: String::new(),
            kind: ColumnKind::Text,
        };
        let mut heads = vec![text("item", if tokens { "Model" } else { "What" }), text("provider", "Seller")];
        let more = [
            (self.tier, "service_tier", "Tier"),
            (self.region, "region", "Region"),
            (self.above, "above_tokens", "Prompts"),
            (self.class, "class", "Kind"),
            (self.contract, "contract", "Contract"),
        ];
        heads.extend(more.into_iter().filter(|(wanted, ..)| *wanted).map(|(_, id, label)| text(id, label)));
        heads.extend(kinds.iter().map(|(id, label)| Column {
            id: (*id).into(),
            label: (*label).into(),
            unit: unit.into(),
            kind: ColumnKind::UnitCost,
        }));
        heads.extend(self.since.then(|| text("since", "Since")));
        heads.push(text("source", "Source"));
        heads
    }

    fn row(&self, place: &Place, prices: &BTreeMap<&str, &Listed>, kinds: &[(&str, &str)], usual: &str) -> Row {
        let text = |value: &str, shown: &str| Cell {
            value: Some(value.into()),
            shown: if value.is_empty() { shown.into() } else { value.into() },
            ..Cell::default()
        };
        let above = if place.4 == 0 { "any".into() } else { format!("above {}", number::count(place.4)) };
        let mut cells = vec![text(&place.0, ""), text(&place.1, "")];
        let more = [
            (self.tier, text(&place.2, "standard")),
            (self.region, text(&place.3, "any")),
            (self.above, Cell { value: Some(place.4.to_string()), shown: above, ..Cell::default() }),
            (self.class, text(&place.5, "–")),
            (self.contract, text(&place.6, "list")),
        ];
        cells.extend(more.into_iter().filter(|(wanted, _)| *wanted).map(|(_, cell)| cell));
        cells.extend(kinds.iter().map(|(id, _)| match prices.get(id) {
            None => Cell { shown: number::UNKNOWN.into(), ..Cell::default() },
            Some(one) => {
                let unit = unit(one);
                let shown = number::money_at(one.price.amount, 2);
                let exact = one.price.amount.to_string();
                let short = if shown.replace(',', "").trim_end_matches('0').trim_end_matches('.') == exact {
                    shown
                } else {
                    exact.clone()
                };
                Cell {
                    value: Some(exact),
                    shown: if unit == usual { short } else { format!("{short} {unit}") },
                    note: Some(format!("{}, {}", one.price.source, since(one))),
                    ..Cell::default()
                }
            }
        }));
        let sources: BTreeSet<&str> = prices.values().map(|one| one.price.source.as_str()).collect();
        let first = prices.values().filter_map(|one| one.valid_from()).max();
        if self.since {
            cells.push(text(&first.map(|day| day.to_string()).unwrap_or_default(), "–"));
        }
        let sources = sources.into_iter().collect::<Vec<_>>().join("; ");
        cells.push(Cell { note: None, ..text(&sources, "no price list has it") });
        let words = [&place.1, &place.0, &place.2, &place.3, &place.5, &place.6].map(String::as_str);
        Row { key: format!("{}\u{1f}{}", words.join("\u{1f}"), place.4), kind: RowKind::Row, cells }
    }
}
