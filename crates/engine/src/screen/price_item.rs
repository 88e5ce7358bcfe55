//! One thing of the prices screen: its prices with their sources, who says otherwise, its history, where it is sold,
//! and a price set by hand.

use chrono::{DateTime, Days, Utc};
use marginline_model::prices::{Per, Price, Resource};

use super::charts::Look;
use super::prices::{Asked, Ranks};
use crate::Engine;
use crate::chart::{self, Frame, HeatMap, HeatRow};
use crate::error::{EngineError, Result};
use crate::number;
use crate::prices::compare::RegionTable;
use crate::prices::edit::PriceEdit;
use crate::prices::listing::{Listed, Origin, PriceFilter};
use crate::prices::table;
use crate::view::{Chart, PriceDraft, PriceEffect, PriceItem, PriceItemView, PriceLine, PricesQuery, Size, Theme};

/// Rows of the heat map; more cannot be read.
const MOST_REGIONS: usize = 24;
/// Columns of it.
const MOST_GPUS: usize = 12;
/// How far back a history goes.
const HISTORY: Days = Days::new(730);

/// What one amount buys, short.
pub(super) fn per_words(per: Per) -> &'static str {
    match per {
        Per::Mtok => "Mtok",
        Per::GpuHour => "GPU h",
        Per::Hour => "h",
        Per::GbMonth => "GB month",
        Per::Gb => "GB",
        Per::Request => "request",
        Per::UnitHour => "unit h",
        Per::Month => "month",
        Per::Item => "item",
        Per::Percent => "percent",
    }
}

/// Since when a price holds, or when it was seen.
pub(super) fn since(one: &Listed) -> String {
    match one.origin {
        Origin::Bundled => "on that day".into(),
        _ if one.price.valid_from == one.price.observed => format!("seen {}", one.price.observed),
        _ => format!("since {}", one.price.valid_from),
    }
}

impl Engine {
    pub(super) async fn price_item_view(
        &self,
        item: &PriceItem,
        asked: &Asked,
        ranks: &Ranks,
    ) -> Result<PriceItemView> {
        let filter = closely(item, asked);
        let all = ranks.sorted(self.prices_as_of(&filter, asked.day).await?);
        let sellers: std::collections::BTreeSet<&str> = all.iter().map(|one| one.price.provider.as_str()).collect();
        let conflicts = self.price_conflicts(&filter, asked.day).await?;
        let places: std::collections::BTreeSet<&str> = all.iter().map(|one| one.price.region.as_str()).collect();
        let mut seen = std::collections::BTreeSet::new();
        let lines = all.iter().filter(|one| seen.insert(one.thing())).map(|one| line(one, sellers.len() > 1));
        let sold = match sellers.len() {
            0 => "no price is known".to_owned(),
            1..=6 => format!("sold by {}", sellers.iter().copied().collect::<Vec<_>>().join(", ")),
            many => format!("sold by {many} sellers"),
        };
        Ok(PriceItemView {
            title: item.item.clone(),
            subtitle: format!("{sold} · {}", asked.day.format("%-d %B %Y")),
            lines: lines.collect(),
            conflicts: table::conflicts(&conflicts, asked.day),
            has_history: matches!(asked.resource, Resource::Tokens | Resource::Gpu) && !all.is_empty(),
            has_regions: asked.resource == Resource::Gpu || places.len() > 1,
        })
    }

    /// How the prices of one thing moved in the two years before the day shown.
    ///
    /// # Errors
    /// When no thing is named, nothing has a price under its name, or the size cannot be drawn.
    pub async fn price_history_chart(&self, query: &PricesQuery, look: Look) -> Result<Chart> {
        let asked = self.asked_prices(query, None).await?;
        let filter = PriceFilter { tier: Some(String::new()), ..closely(&item_of(query)?, &asked) };
        let from = asked.day.checked_sub_days(HISTORY).unwrap_or(asked.day);
        let mut history = self.price_history(&filter, from, asked.day).await?;
        // Several sellers, regions and units do not fit one picture: the seller looked at, prompts of any length.
        history.lines.retain(|_, steps| {
            steps.last().is_some_and(|step| step.listed.price.above_tokens == 0 && step.listed.price.window.is_none())
        });
        let mut chart = history.chart(look)?;
        chart.id = "price-history".into();
        Ok(chart)
    }

    /// Prices by region, as a heat map: of GPUs all that are listed, the one looked at first; of a model its classes.
    ///
    /// # Errors
    /// When nothing has a price, or the size cannot be drawn.
    pub async fn price_regions_chart(&self, query: &PricesQuery, look: Look) -> Result<Chart> {
        look.check()?;
        let asked = self.asked_prices(query, None).await?;
        let currency = marginline_model::Currency::USD;
        let filter = PriceFilter { provider: query.provider.clone(), ..PriceFilter::default() };
        let (items, first) = match (asked.resource, &query.item) {
            (Resource::Gpu, item) => (Vec::new(), item.as_ref().map(|item| item.item.clone())),
            (_, Some(item)) => (vec![item.item.clone()], None),
            (_, None) => return Err(EngineError::usage("no thing was named").then("choose a model or a GPU")),
        };
        let table = self.price_regions(&items, &filter, asked.day, currency).await?;
        Ok(chart::heat_map(&frame(&table, look), &heat_map(&table, first.as_deref()))?)
    }

    /// What a price would change, before it is kept.
    ///
    /// # Errors
    /// When a field is not right, or the workspace cannot be read.
    pub async fn price_effect(&self, draft: &PriceDraft, now: DateTime<Utc>) -> Result<PriceEffect> {
        let change = self.try_price(&edit(draft)?, now).await?;
        let months = table::change(&change);
        let text = match change.months.len() {
            0 => "No month’s cost of revenue would move.".to_owned(),
            1 => "The cost of revenue of one month would move.".to_owned(),
            many => format!("The cost of revenue of {many} months would move."),
        };
        let notes = change.notes.iter().map(|note| format!(" {note}.")).collect::<String>();
        Ok(PriceEffect { text: text + &notes, months })
    }

    /// Keeps a price set by hand; answers with its batch.
    ///
    /// # Errors
    /// When a field is not right, or the workspace cannot be written.
    pub async fn keep_price(&self, draft: &PriceDraft, now: DateTime<Utc>) -> Result<u32> {
        let report = self.set_price(&edit(draft)?, now).await?;
        let batch = report.batches.first().and_then(|batch| u32::try_from(batch.id).ok());
        batch.ok_or_else(|| EngineError::failed("the price was not stored").then("try again"))
    }
}

fn item_of(query: &PricesQuery) -> Result<PriceItem> {
    query.item.clone().ok_or_else(|| EngineError::usage("no thing was named").then("choose a model or a GPU"))
}

/// Prices of one thing only.
fn closely(item: &PriceItem, asked: &Asked) -> PriceFilter {
    let provider = Some(item.provider.clone()).filter(|provider| !provider.is_empty());
    PriceFilter {
        resource: Some(asked.resource),
        item: Some(item.item.clone()),
        exact: true,
        provider,
        ..PriceFilter::default()
    }
}

fn line(one: &Listed, several: bool) -> PriceLine {
    let price = &one.price;
    let above = if price.above_tokens == 0 {
        String::new()
    } else {
        format!("prompts above {}", number::count(price.above_tokens))
    };
    let purchase = if price.purchase.id() == "on_demand" { "" } else { price.purchase.id() };
    let window = price.window.map(|window| format!("{window} UTC")).unwrap_or_default();
    let class = price.class.replace('_', " ");
    let parts = [
        if several { price.provider.as_str() } else { "" },
        &class,
        &price.region,
        &price.service_tier,
        &above,
        &purchase.replace('_', " "),
        &window,
        &price.contract,
    ];
    let named: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    let amount = if price.resource == Resource::Discount {
        format!("{} % off list", price.amount)
    } else {
        let free = match price.free_per_month_nanos {
            0 => String::new(),
            nanos => format!(", {} a month free", number::of_nanos(nanos)),
        };
        format!("{}{} per {}{free}", number::sign(price.currency.code()), price.amount, per_words(price.per))
    };
    PriceLine {
        label: if named.is_empty() { price.item.clone() } else { named.join(", ") },
        shown: amount,
        source: format!("{}, {}", price.source, since(one)),
        draft: draft(price),
    }
}

fn draft(price: &Price) -> PriceDraft {
    let free = match price.free_per_month_nanos {
        0 => String::new(),
        nanos => number::of_nanos(nanos),
    };
    PriceDraft {
        resource: price.resource.id().into(),
        provider: price.provider.clone(),
        item: price.item.clone(),
        class: price.class.clone(),
        region: price.region.clone(),
        purchase: price.purchase.id().into(),
        service_tier: price.service_tier.clone(),
        above_tokens: price.above_tokens.to_string(),
        window: price.window.map(|window| window.to_string()).unwrap_or_default(),
        amount: price.amount.to_string(),
        free_per_month: free,
        currency: price.currency.code().into(),
        per: price.per.id().into(),
        contract: price.contract.clone(),
        valid_from: price.valid_from.to_string(),
        valid_to: price.valid_to.map(|day| day.to_string()).unwrap_or_default(),
        reason: String::new(),
    }
}

fn edit(draft: &PriceDraft) -> Result<PriceEdit> {
    let is_discount = draft.per == Per::Percent.id() || draft.resource == Resource::Discount.id();
    let (amount, percent) = if is_discount { ("", draft.amount.as_str()) } else { (draft.amount.as_str(), "") };
    let fields = [
        ("resource", if is_discount { Resource::Discount.id() } else { &draft.resource }),
        ("provider", &draft.provider),
        ("item", &draft.item),
        ("class", &draft.class),
        ("region", &draft.region),
        ("purchase", if is_discount { "" } else { &draft.purchase }),
        ("service_tier", &draft.service_tier),
        ("above_tokens", &draft.above_tokens),
        ("window", &draft.window),
        ("free_per_month", &draft.free_per_month),
        ("per", if is_discount { "" } else { &draft.per }),
        ("amount", amount),
        ("discount_percent", percent),
        ("currency", if is_discount { "" } else { &draft.currency }),
        ("contract", &draft.contract),
        ("valid_from", &draft.valid_from),
        ("valid_to", &draft.valid_to),
        ("reason", &draft.reason),
    ];
    fields.into_iter().try_fold(PriceEdit::default(), |edit, (name, value)| edit.with(name, value))
}

fn frame(table: &RegionTable, look: Look) -> Frame {
    let per = if table.model.is_some() { "Mtok" } else { "GPU h" };
    let Look { size, theme, titled }: Look = look;
    let (size, theme): (Size, Theme) = (size, theme);
    Frame {
        id: "price-regions".into(),
        title: table.model.as_ref().map_or_else(|| "GPU prices by region".into(), |model| format!("{model} by region")),
        subtitle: format!(
            "lowest {} price, {}/{per}, on {}",
            table.purchase.id().replace('_', " "),
            table.currency,
            table.date.format("%-d %B %Y")
        ),
        alt: format!("{} regions, {} columns", table.rows.len(), table.columns.len()),
        source: String::new(),
        size,
        theme,
        titled,
    }
}

/// Regions as rows; the thing looked at in the first column, and regions that sell it before the others.
fn heat_map(table: &RegionTable, first: Option<&str>) -> HeatMap {
    let mut columns: Vec<usize> = (0..table.columns.len()).collect();
    let sold = |column: &usize| table.rows.iter().filter(|row| row.prices[*column].is_some()).count();
    columns.sort_by_key(|column| (Some(table.columns[*column].as_str()) != first, std::cmp::Reverse(sold(column))));
    if table.model.is_none() {
        columns.truncate(MOST_GPUS);
    }
    let mut rows: Vec<usize> = (0..table.rows.len()).collect();
    let count = |row: &usize| columns.iter().filter(|column| table.rows[*row].prices[**column].is_some()).count();
    let lead = |row: &usize| columns.first().is_some_and(|column| table.rows[*row].prices[*column].is_some());
    rows.sort_by_key(|row| (!lead(row), std::cmp::Reverse(count(row))));
    let left_out = rows.len().saturating_sub(MOST_REGIONS);
    rows.truncate(MOST_REGIONS);
    let more = if left_out > 0 { format!("; {left_out} more regions in the table") } else { String::new() };
    HeatMap {
        columns: columns.iter().map(|column| table.columns[*column].replace('_', " ")).collect(),
        rows: rows
            .iter()
            .map(|row| {
                let row = &table.rows[*row];
                let place = if row.region.is_empty() { "any region" } else { &row.region };
                let amounts = || columns.iter().map(|column| row.prices[*column].as_ref().map(|one| one.price.amount));
                HeatRow {
                    name: format!("{} {place}", row.provider),
                    values: amounts().map(|amount| amount.map(marginline_model::Money::to_f64)).collect(),
                    shown: amounts().map(|a| a.map(|a| number::money_at(a, 2)).unwrap_or_default()).collect(),
                    ..HeatRow::default()
                }
            })
            .collect(),
        legend: format!(
            "darker is dearer, the least of a row is framed; empty: nobody says that it is sold there{more}"
        ),
        absent: "nobody says that it is sold there".into(),
        ..HeatMap::default()
    }
}
