//! What describes cost and usage: columns by name, for the rules to match, and who bills whose usage.

use std::collections::BTreeMap;

use marginline_store::cost::{CostKey, Origin};
use marginline_store::token_usage::UsageKey;

use crate::import::provider_id;
use crate::rules::{self, Columns, CostClass, Target};

/// A distinct description of cost or usage, and what the rules make of it.
#[derive(Debug, Clone)]
pub struct Subject {
    /// Its columns and tags.
    pub columns: Columns,
    /// Cost line.
    pub line: String,
    /// Class of that line.
    pub class: CostClass,
    /// Product, customer, team and region where a map rule tells.
    pub targets: BTreeMap<Target, String>,
}

/// Source of a line of a bill.
pub(crate) const BILL: &str = "bill";
/// Source of a line of the general ledger.
pub(crate) const GENERAL_LEDGER: &str = "general ledger";
impl Subject {
    /// What it has under a grouping key: product, customer and team as the map rules say, anything else as it stands.
    #[must_use]
    pub fn value(&self, key: &str) -> Option<&String> {
        match key {
            "product" => self.targets.get(&Target::Product),
            "customer" => self.targets.get(&Target::Customer),
            "team" => self.targets.get(&Target::Team),
            _ => rules::value(&self.columns, key),
        }
    }
}

/// A name without case and punctuation.
pub(crate) fn plain_name(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Billers whose name is not that of the provider whose usage they bill.
const SELLERS: [(&str, &str); 3] = [("microsoft", "azure"), ("amazonwebservices", "aws"), ("google", "google")];

/// Does this biller's name, without punctuation, stand for the provider of usage, whatever its file calls it?
pub(crate) fn is_provider(issuer: &str, provider: &str) -> bool {
    let provider = plain_name(&provider_id(provider));
    let sells = |(biller, sold): &(&str, &str)| issuer.starts_with(biller) && provider == *sold;
    SELLERS.iter().any(sells) || issuer == provider || (provider.len() >= 5 && issuer.starts_with(&provider))
}

/// The model that a bill line names, as the bill calls it; empty where it names none.
pub(crate) fn billed_model(key: &CostKey) -> &str {
    if key.resource_type == "Model" { &key.resource } else { "" }
}

/// Columns of a bill line; `model` is the one it names, by its id.
pub(crate) fn bill_columns(key: &CostKey, model: &str) -> Columns {
    let words = [
        ("source", if key.origin == Origin::Books { GENERAL_LEDGER } else { BILL }),
        ("provider", &key.provider),
        ("publisher", &key.publisher),
        ("issuer", &key.issuer),
        ("service", &key.service),
        ("category", &key.category),
        ("region", &key.region),
        ("account", &key.account),
        ("account_name", &key.account_name),
        ("billing_account", &key.billing_account),
        ("sku", &key.sku),
        ("invoice", &key.invoice),
        ("charge_category", &key.charge_category),
        ("charge_class", &key.charge_class),
        ("resource", &key.resource),
        ("resource_type", &key.resource_type),
        ("pricing_category", &key.pricing_category),
        ("commitment", &key.commitment),
        ("commitment_status", &key.commitment_status),
        ("model", model),
    ];
    let mut columns = known_words(&words);
    let tags: BTreeMap<String, serde_json::Value> = serde_json::from_str(&key.tags).unwrap_or_default();
    for (name, value) in tags {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        if !text.is_empty() {
            columns.insert(format!("tag:{name}").into(), text);
        }
    }
    columns
}

/// Columns of token usage; `model` is the one it names, by its id.
pub(crate) fn usage_columns(key: &UsageKey, model: &str) -> Columns {
    known_words(&[
        ("source", "token usage"),
        ("category", "AI and Machine Learning"),
        ("service", "Tokens, not billed yet"),
        ("provider", &key.provider),
        ("model", model),
        ("project", &key.project),
        ("customer", &key.customer),
        ("region", &key.region),
        ("service_tier", &key.service_tier),
        ("team", &key.team),
        ("origin", key.origin.word()),
    ])
}

fn known_words(words: &[(&'static str, &str)]) -> Columns {
    words.iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| (*name, (*value).to_owned())).collect()
}
