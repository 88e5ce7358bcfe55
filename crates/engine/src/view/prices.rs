//! What the prices screen asks and shows.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::{Choice, Notice, Table};

/// A model, GPU or other thing that has prices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type, Default)]
pub struct PriceItem {
    /// Who sells it; empty: whoever does.
    pub provider: String,
    /// Model, GPU, instance type, storage class or service.
    pub item: String,
}

/// What the prices screen asks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type, Default)]
pub struct PricesQuery {
    /// Kind of thing: `tokens`, `gpu`, `instance` …; tokens when absent.
    pub resource: Option<String>,
    /// Day whose prices are shown, `YYYY-MM-DD`; the last day with data, else today, when absent.
    pub as_of: Option<String>,
    /// Only of this seller.
    pub provider: Option<String>,
    /// Only in this region.
    pub region: Option<String>,
    /// All that is known, not only what the workspace uses.
    pub all: bool,
    /// What is looked at closely.
    pub item: Option<PriceItem>,
}

/// The prices screen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct PricesView {
    /// Kind of thing shown.
    pub resource: String,
    /// Kinds that have prices.
    pub resources: Vec<Choice>,
    /// Day whose prices are shown.
    pub as_of: String,
    /// Sellers of this kind.
    pub providers: Vec<Choice>,
    /// Regions of this kind.
    pub regions: Vec<Choice>,
    /// Prices, one row for each thing, seller, region and tier.
    pub table: Table,
    /// What each row of the table is, in the same order.
    pub items: Vec<PriceItem>,
    /// What is looked at closely.
    pub item: Option<PriceItemView>,
    /// What needs a look: usage without a price, sources that differ.
    pub notices: Vec<Notice>,
}

/// One thing and everything that is known of its prices.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct PriceItemView {
    /// Its name.
    pub title: String,
    /// Its sellers, in words.
    pub subtitle: String,
    /// Prices that hold on the day, each with its source.
    pub lines: Vec<PriceLine>,
    /// Sources that say otherwise.
    pub conflicts: Table,
    /// Did a price ever change, or is more than one known?
    pub has_history: bool,
    /// Is it sold in more than one region?
    pub has_regions: bool,
}

/// A price that holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct PriceLine {
    /// What is bought: `output, batch, prompts above 200,000 tokens`.
    pub label: String,
    /// As a person reads it, with unit.
    pub shown: String,
    /// Who says so, and since when.
    pub source: String,
    /// The same as fields, to begin a change from.
    pub draft: PriceDraft,
}

/// A price as a person types it; texts, so that nothing is lost before it is checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type, Default)]
pub struct PriceDraft {
    /// Kind of thing.
    pub resource: String,
    /// Who sells it.
    pub provider: String,
    /// Model, GPU, instance type, storage class or service.
    pub item: String,
    /// Token class or destination.
    pub class: String,
    /// Region; empty: everywhere.
    pub region: String,
    /// How it is bought.
    pub purchase: String,
    /// Service tier; empty: standard.
    pub service_tier: String,
    /// Prompts longer than this; `0` from the first token.
    pub above_tokens: String,
    /// Hours of the day and days of the week, UTC, such as `16:30-00:30 mon-fri`; empty: all.
    pub window: String,
    /// Price of one.
    pub amount: String,
    /// How many of them are free each month; empty: none.
    pub free_per_month: String,
    /// Currency.
    pub currency: String,
    /// What one amount buys.
    pub per: String,
    /// Contract; empty: a list price.
    pub contract: String,
    /// First day, `YYYY-MM-DD`.
    pub valid_from: String,
    /// First day on which it does not hold any more; empty: open.
    pub valid_to: String,
    /// Why it is changed, or where it was read.
    pub reason: String,
}

/// What a price would change, before it is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct PriceEffect {
    /// In a sentence.
    pub text: String,
    /// Months whose cost moves: before, after, difference.
    pub months: Table,
}
