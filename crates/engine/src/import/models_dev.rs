//! The list of models.dev, `api.json`: an object with a provider a key, each with its models; US dollars per million
//! tokens.
//!
//! Source: models.dev, its schema. It has no dates of prices, so they hold from the day of the list. Its one price of
//! cache writes is that of five minutes. Audio tokens are passed over.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use marginline_model::prices::{Per, Price, Resource, TokenClass};
use marginline_store::batch::{BatchTotal, Role};
use marginline_store::import::Rows;

use super::field::{FieldError, known};
use super::format::{Format, Json, Reader, Shape, Taken, Told};
use super::node::Node;
use super::price_rows::{Found, Gathered, list_price, of_tokens, says_nothing, whole};
use super::provider_name::SELF_HOSTED;
use super::record::Record;
use crate::error::Result as Answer;

/// The list of models.dev.
pub static MODELS_DEV: Format = Format {
    id: "models-dev",
    label: "models.dev",
    role: Role::Reference,
    append_only: false,
    shapes: &[Shape::Json(Json { likeness, records, open: || Box::new(List::default()) })],
};

/// Whose the prices are; `[prices] order` of the rules names it so.
const SOURCE: &str = "models.dev";
/// Keys of an entry, put beside its fields.
const PROVIDER: &str = "(provider)";
const MODEL: &str = "(model)";

const CLASSES: [(&str, TokenClass); 5] = [
    ("input", TokenClass::Input),
    ("output", TokenClass::Output),
    ("reasoning", TokenClass::Reasoning),
    ("cache_read", TokenClass::CacheRead),
    ("cache_write", TokenClass::CacheWrite5m),
];

fn likeness(document: &Node) -> usize {
    let Node::Object(entries) = document else { return 0 };
    let told = |entry: &Node| matches!(entry.get("models"), Some(Node::Object(_))) && entry.get("id").is_some();
    if entries.values().take(20).any(told) { 6 } else { 0 }
}

fn records(document: Node) -> Vec<Node> {
    let Node::Object(providers) = document else { return Vec::new() };
    let mut records = Vec::new();
    for (provider, mut entry) in providers {
        let Some(Node::Object(models)) = entry.remove("models") else { continue };
        for (model, entry) in models {
            let mut fields = if let Node::Object(fields) = entry { fields } else { BTreeMap::new() };
            fields.insert(PROVIDER.to_owned(), Node::Text(provider.clone()));
            fields.insert(MODEL.to_owned(), Node::Text(model));
            records.push(Node::Object(fields));
        }
    }
    records
}

#[derive(Default)]
struct List {
    gathered: Gathered,
    observed: NaiveDate,
}

/// The prices of one set of costs, for prompts longer than `above`.
fn costs(base: &Price, costs: &Node, above: u64, found: &mut Vec<Found>) -> Result<(), FieldError> {
    for (name, class) in CLASSES {
        if let Some(text) = costs.get(name).and_then(Node::text).and_then(known) {
            let base = Price { above_tokens: above, ..base.clone() };
            found.push(of_tokens(&base, class, &format!("cost.{name}"), text, 0)?);
        }
    }
    Ok(())
}

impl List {
    fn prices(&self, entry: &Node) -> Result<Vec<Found>, FieldError> {
        let text = |name: &str| entry.get(name).and_then(Node::text).unwrap_or_default();
        let (provider, model) = (super::provider_id(text(PROVIDER)), text(MODEL));
        let Some(cost) = entry.get("cost").filter(|_| provider != SELF_HOSTED) else { return Ok(Vec::new()) };
        let base = list_price(Resource::Tokens, &provider, model, Per::Mtok, SOURCE, self.observed);
        let mut found = Vec::new();
        costs(&base, cost, 0, &mut found)?;
        let tiers = cost.get("tiers").map_or(&[][..], Node::items);
        for tier in tiers.iter().filter(|tier| tier.at("tier.type").and_then(Node::text).is_none_or(|t| t == "context"))
        {
            let size = tier.at("tier.size").and_then(Node::text).unwrap_or_default();
            let above =
                whole(size).ok_or_else(|| FieldError::new("cost.tiers", size, "a tier's size in whole tokens"))?;
            costs(&base, tier, above, &mut found)?;
        }
        if let Some(long) = cost.get("context_over_200k").filter(|_| tiers.is_empty()) {
            costs(&base, long, 200_000, &mut found)?;
        }
        Ok(if says_nothing(&found, model) { Vec::new() } else { found })
    }
}

impl Reader for List {
    fn told(&mut self, told: &Told) -> Answer<()> {
        self.observed = told.observed;
        Ok(())
    }

    fn read(&mut self, record: &Record<'_>) -> Result<Taken, FieldError> {
        let entry = record.value().ok_or_else(|| FieldError::new("(record)", "", "an object of a model"))?;
        self.gathered.keep(self.prices(entry)?, record.place)
    }

    fn take(&mut self) -> Vec<Rows> {
        self.gathered.take()
    }

    fn totals(&self) -> Vec<BatchTotal> {
        self.gathered.totals()
    }
}
