//! LiteLLM's price map, `model_prices_and_context_window.json`: an object with a model a key and US dollars per token.
//!
//! Source: BerriAI/litellm, the map itself. It has no dates, so its prices hold from the day of the list. Names are
//! those that LiteLLM logs, so provider and model are read as from its logs. Classes that are charged by the second,
//! image or character, and audio and image tokens, are not token prices of the price book and are passed over.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use marginline_model::prices::{Per, Price, Resource, TokenClass};
use marginline_model::{Exact, Money};
use marginline_store::batch::{BatchTotal, Role};
use marginline_store::import::Rows;

use super::field::{FieldError, known};
use super::format::{Format, Json, Reader, Shape, Taken, Told};
use super::litellm_off_peak::off_peak;
use super::node::Node;
use super::price_rows::{Found, Gathered, list_price, of_tokens, says_nothing, whole};
use super::provider_name::{SELF_HOSTED, provider_and_model};
use super::record::Record;
use crate::error::Result as Answer;

/// LiteLLM's price map.
pub static LITELLM_PRICES: Format = Format {
    id: "litellm-prices",
    label: "LiteLLM price map",
    role: Role::Reference,
    append_only: false,
    shapes: &[Shape::Json(Json { likeness, records, open: || Box::new(Map::default()) })],
};

/// Whose the prices are; `[prices] order` of the rules names it so.
const SOURCE: &str = "litellm";
/// The key of an entry, put beside its fields.
const NAME: &str = "(model)";

/// How fields begin, the longer before what it begins with, and the class they price.
const CLASSES: [(&str, TokenClass); 7] = [
    ("output_cost_per_reasoning_token", TokenClass::Reasoning),
    ("cache_creation_input_token_cost_above_1hr", TokenClass::CacheWrite1h),
    ("cache_creation_input_token_cost", TokenClass::CacheWrite5m),
    ("cache_read_input_token_cost", TokenClass::CacheRead),
    ("input_cost_per_token_cache_hit", TokenClass::CacheRead),
    ("input_cost_per_token", TokenClass::Input),
    ("output_cost_per_token", TokenClass::Output),
];
/// How fields end, and the service tier.
const TIERS: [(&str, &str); 6] = [
    ("", ""),
    ("_batches", "batch"),
    ("_flex", "flex"),
    ("_priority", "priority"),
    ("_balanced", "balanced"),
    ("_ultrafast", "ultrafast"),
];

/// What a field prices: class, prompt length, tier.
fn meaning(field: &str) -> Option<(TokenClass, u64, &'static str)> {
    let (class, rest) = CLASSES.iter().find_map(|(start, class)| Some((*class, field.strip_prefix(start)?)))?;
    let (above, rest) = match rest.strip_prefix("_above_") {
        None => (0, rest),
        Some(rest) => {
            let (thousands, rest) = rest.split_once("k_tokens")?;
            (thousands.parse::<u32>().ok().map(|count| u64::from(count) * 1_000)?, rest)
        }
    };
    TIERS.iter().find(|(end, _)| *end == rest).map(|(_, tier)| (class, above, *tier))
}

fn likeness(document: &Node) -> usize {
    let Node::Object(entries) = document else { return 0 };
    let told = |entry: &&Node| entry.get("litellm_provider").is_some() && entry.get("mode").is_some();
    let any = entries.values().take(200).any(|entry| told(&entry));
    if any { 6 } else { 0 }
}

fn records(document: Node) -> Vec<Node> {
    let Node::Object(entries) = document else { return Vec::new() };
    entries
        .into_iter()
        .map(|(name, entry)| match entry {
            Node::Object(mut fields) => {
                fields.insert(NAME.to_owned(), Node::Text(name));
                Node::Object(fields)
            }
            other => other,
        })
        .collect()
}

#[derive(Default)]
struct Map {
    gathered: Gathered,
    observed: NaiveDate,
}

/// Prices by class, prompt length and tier; what came first counts.
type Prices = BTreeMap<(TokenClass, u64, &'static str), Found>;

/// Adds the prices that an object's fields hold, all of them for prompts longer than `above`.
fn add(prices: &mut Prices, base: &Price, fields: &BTreeMap<String, Node>, above: u64) -> Result<(), FieldError> {
    for (field, node) in fields {
        let Some((class, longer, tier)) = meaning(field) else { continue };
        let Some(text) = node.text().and_then(known) else { continue };
        let base = Price { above_tokens: longer.max(above), service_tier: tier.to_owned(), ..base.clone() };
        let found = of_tokens(&base, class, field, text, 6)?;
        prices.entry((class, longer.max(above), tier)).or_insert(found);
    }
    Ok(())
}

/// `tiered_pricing`: a list of ranges of the prompt's length, each with fields of its own.
fn add_ranges(prices: &mut Prices, base: &Price, ranges: &[Node]) -> Result<(), FieldError> {
    for range in ranges {
        let Node::Object(fields) = range else { continue };
        let start = range.get("range").and_then(|range| range.items().first()).and_then(Node::text);
        let above = match start {
            Some(text) => match (whole(text), Exact::parse(text).ok()) {
                (Some(above), _) => above,
                (None, Some(zero)) if zero.to_money() == Ok(Money::ZERO) => 0,
                _ => return Err(FieldError::new("tiered_pricing", text, "a prompt length in whole tokens")),
            },
            None => continue,
        };
        add(prices, base, fields, above)?;
    }
    Ok(())
}

/// Where something else of the same side is charged for, a 0 says that tokens are not how it is charged.
fn drop_stand_ins(prices: &mut Prices, fields: &BTreeMap<String, Node>) {
    let charged_otherwise = |side: &str| {
        fields.iter().any(|(field, node)| {
            field.starts_with(side)
                && meaning(field).is_none()
                && node.text().and_then(|text| Exact::parse(text).ok()).is_some_and(|exact| exact.parts().0 > 0)
        })
    };
    let (input, output) = (charged_otherwise("input_cost_per_"), charged_otherwise("output_cost_per_"));
    prices.retain(|(class, ..), found| {
        let side = if matches!(class, TokenClass::Output | TokenClass::Reasoning) { output } else { input };
        found.price.amount != Money::ZERO || !side
    });
}

/// A factor above 0 that the map writes instead of prices. The price book holds the products.
fn factor(entry: &Node, path: &str) -> Option<Exact> {
    let factor = entry.at(path).and_then(Node::text).and_then(|text| Exact::parse(text).ok());
    factor.filter(|factor| factor.parts().0 > 0)
}

/// Regions with factors of their own.
fn premiums(entry: &Node) -> Vec<(&'static str, Exact)> {
    let of = |region: &'static str, paths: [&str; 2]| {
        paths.into_iter().find_map(|path| factor(entry, path)).map(|factor| (region, factor))
    };
    [
        of("us", ["provider_specific_entry.us", "regional_processing_uplift_multiplier_us"]),
        of("eu", ["provider_specific_entry.eu", "regional_processing_uplift_multiplier_eu"]),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Who prices inference inside the United States by a tier of that name, as its usage says it, and not by a region.
const US_INFERENCE: (&str, &str) = ("anthropic", "us inference");

/// Is it a region's id, such as `us-east-1` or `us-gov-west-1`?
fn is_region(word: &str) -> bool {
    let mut parts = word.rsplit('-');
    let numbered = parts.next().is_some_and(|last| !last.is_empty() && last.bytes().all(|byte| byte.is_ascii_digit()));
    let words: Vec<&str> = parts.collect();
    numbered
        && words.len() >= 2
        && words.iter().all(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase()))
}

/// Provider, region and model of a key; nothing for capacity that is bought by the month.
fn place(provider: &str, name: &str) -> Option<(String, String, String)> {
    let (provider, model) = provider_and_model(provider, name);
    let mut region = String::new();
    let mut model = model.as_str();
    let zones: &[&str] = &["eu", "us", "apac", "us-gov", "global", "global-standard"];
    if let Some((first, rest)) = model.split_once('/')
        && ((provider == "aws" && is_region(first)) || (provider == "azure" && zones.contains(&first)))
    {
        region = first.trim_end_matches("-standard").to_owned();
        model = rest;
    }
    if model.contains("-month-commitment/") {
        return None;
    }
    Some((provider, region, model.to_owned()))
}

impl Map {
    fn prices(&self, entry: &Node, fields: &BTreeMap<String, Node>) -> Result<Vec<Found>, FieldError> {
        let text = |name: &str| entry.get(name).and_then(Node::text).unwrap_or_default();
        let name = text(NAME);
        // The first entry is the map's own documentation.
        if name == "sample_spec" {
            return Ok(Vec::new());
        }
        let Some((provider, region, model)) = place(text("litellm_provider"), name) else { return Ok(Vec::new()) };
        if provider == SELF_HOSTED {
            return Ok(Vec::new());
        }
        let base = list_price(Resource::Tokens, &provider, &model, Per::Mtok, SOURCE, self.observed);
        let base = Price { region, ..base };
        let mut prices = Prices::new();
        add(&mut prices, &base, fields, 0)?;
        add_ranges(&mut prices, &base, entry.get("tiered_pricing").map_or(&[], Node::items))?;
        if provider.is_empty() && !prices.is_empty() {
            return Err(FieldError::new("litellm_provider", "", "who sells the model"));
        }
        drop_stand_ins(&mut prices, fields);
        let mut found: Vec<Found> = prices.into_values().collect();
        if says_nothing(&found, &model) {
            return Ok(Vec::new());
        }
        if let Some(block) = entry.get("off_peak_pricing") {
            found.extend(off_peak(block, &base)?);
        }
        if let Some(factor) = factor(entry, "provider_specific_entry.fast") {
            let usual = found.iter().filter(|one| one.price.service_tier.is_empty());
            let faster = usual.map(|one| dearer(one, factor, |price| price.service_tier = "fast".to_owned()));
            let faster = faster.collect::<Result<Vec<_>, _>>()?;
            found.extend(faster);
        }
        for (region, factor) in premiums(entry).into_iter().filter(|_| base.region.is_empty()) {
            let there = found
                .iter()
                .filter(|one| one.price.region.is_empty() && !one.price.service_tier.contains(US_INFERENCE.1));
            let there = there.map(|one| dearer(one, factor, |price| place_in(price, region)));
            let there = there.collect::<Result<Vec<_>, _>>()?;
            found.extend(there);
        }
        Ok(found)
    }
}

/// A price times a factor, with what else differs.
fn dearer(found: &Found, factor: Exact, change: impl Fn(&mut Price)) -> Result<Found, FieldError> {
    let bad = |_| FieldError::new(&found.column, &found.text, "a price that can be multiplied by its factor");
    let exact = Exact::parse(&found.price.amount.to_string()).and_then(|amount| amount.times(factor)).map_err(bad)?;
    let mut price = Price { amount: exact.to_money().map_err(bad)?, ..found.price.clone() };
    change(&mut price);
    Ok(Found { price, ..found.clone() })
}

/// Gives a price its region, or the tier by which the provider's usage says it.
fn place_in(price: &mut Price, region: &str) {
    if (price.provider.as_str(), region) == (US_INFERENCE.0, "us") {
        let words = [price.service_tier.as_str(), US_INFERENCE.1];
        price.service_tier = words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(", ");
    } else {
        region.clone_into(&mut price.region);
    }
}

impl Reader for Map {
    fn told(&mut self, told: &Told) -> Answer<()> {
        self.observed = told.observed;
        Ok(())
    }

    fn read(&mut self, record: &Record<'_>) -> Result<Taken, FieldError> {
        let Some(entry @ Node::Object(fields)) = record.value() else {
            return Err(FieldError::new("(record)", "", "an object of a model's prices"));
        };
        let found = self.prices(entry, fields)?;
        self.gathered.keep(found, record.place)
    }

    fn take(&mut self) -> Vec<Rows> {
        self.gathered.take()
    }

    fn totals(&self) -> Vec<BatchTotal> {
        self.gathered.totals()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_name_class_length_and_tier() {
        use TokenClass::{CacheRead, CacheWrite1h, CacheWrite5m, Input, Output};
        for (field, told) in [
            ("input_cost_per_token", Some((Input, 0, ""))),
            ("output_cost_per_token_above_272k_tokens_priority", Some((Output, 272_000, "priority"))),
            ("cache_creation_input_token_cost_above_1hr_above_200k_tokens", Some((CacheWrite1h, 200_000, ""))),
            ("cache_creation_input_token_cost_above_200k_tokens", Some((CacheWrite5m, 200_000, ""))),
            ("cache_read_input_token_cost_batches", Some((CacheRead, 0, "batch"))),
            ("cache_creation_input_token_cost_above_12hr", None),
            ("input_cost_per_token_of_tomorrow", None),
            ("input_cost_per_audio_token", None),
        ] {
            assert_eq!(meaning(field), told, "{field}");
        }
    }

    #[test]
    fn keys_name_provider_region_and_model() {
        for (provider, key, told) in [
            ("bedrock", "bedrock/us-gov-west-1/anthropic.claude-3", ["aws", "us-gov-west-1", "anthropic.claude-3"]),
            ("azure", "azure/eu/gpt-4o", ["azure", "eu", "gpt-4o"]),
            ("azure", "azure/global-standard/gpt-4o", ["azure", "global", "gpt-4o"]),
            ("gemini", "gemini/gemini-2.5-pro", ["google", "", "gemini-2.5-pro"]),
            ("openai", "gpt-5", ["openai", "", "gpt-5"]),
        ] {
            let (provider, region, model) = place(provider, key).unwrap();
            assert_eq!([provider, region, model], told.map(str::to_owned), "{key}");
        }
        assert_eq!(place("bedrock", "bedrock/us-east-1/1-month-commitment/cohere.command"), None);
    }
}
