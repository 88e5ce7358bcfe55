//! What exports of AI providers, gateways and tracers have in common: counts and times under several names, JSON in
//! a cell, pages of buckets, claims, and what a line of an AI bill is.

use std::collections::{BTreeMap, HashSet};

use chrono::NaiveDate;
use marginline_model::{Currency, Exact, Money};
use marginline_store::cost::CostKey;
use marginline_store::import::Place;
use marginline_store::token_usage::{RecordId, TokenUsageRow, Tokens, UsageKey};

use super::field::{self, FieldError, count, loose_number, money, unix_moment};
use super::node::Node;
use super::record::Record;

/// The service tier of requests that a gateway answered from its own cache: no provider was called, so the tokens
/// cost nothing.
pub const GATEWAY_CACHE: &str = "gateway-cache";

/// A record whose fields may hold JSON as text, which is read as if the fields had been objects.
pub struct Fields<'a> {
    record: Record<'a>,
    inner: Vec<(&'static str, Node)>,
}

impl<'a> Fields<'a> {
    /// Opens the fields of these names.
    ///
    /// # Errors
    /// When one begins like a JSON object and is none.
    pub fn open(record: &Record<'a>, names: &[&'static str]) -> Result<Self, FieldError> {
        let mut inner = Vec::new();
        for name in names {
            if let Some(text) = record.text(&[name]).filter(|text| text.starts_with('{')) {
                let node = Node::parse(text).map_err(|_| FieldError::new(name, text, "a whole JSON object"))?;
                inner.push((*name, node));
            }
        }
        Ok(Self { record: *record, inner })
    }

    /// Where the record stands.
    pub fn place(&self) -> Place {
        self.record.place
    }

    /// The first of these fields that is known, and which it was; a path such as `usage.total` looks into objects.
    pub fn find(&self, names: &[&'static str]) -> Option<(&'static str, &str)> {
        names.iter().find_map(|name| {
            let plain = self.record.text(&[name]);
            let text = plain.or_else(|| {
                self.inner.iter().find_map(|(outer, node)| {
                    let path = name.strip_prefix(outer)?.strip_prefix('.')?;
                    field::known(node.at(path)?.text()?)
                })
            });
            Some((*name, text?))
        })
    }

    /// A structure.
    pub fn node(&self, names: &[&'static str]) -> Option<Node> {
        let opened = self.inner.iter().find(|(name, _)| names.contains(name)).map(|(_, node)| node.clone());
        opened.or_else(|| self.record.node(names).map(std::borrow::Cow::into_owned))
    }

    /// The first of these fields, and nothing for null.
    pub fn word(&self, names: &[&'static str]) -> String {
        self.find(names).map_or_else(String::new, |(_, text)| text.to_owned())
    }

    /// Does one of these fields say yes?
    pub fn is_true(&self, names: &[&'static str]) -> bool {
        self.find(names).is_some_and(|(_, text)| text.eq_ignore_ascii_case("true"))
    }

    /// The UTC date of a time, be it written as a date or as seconds since 1970.
    ///
    /// # Errors
    /// When it is missing or none.
    pub fn day(&self, names: &[&'static str]) -> Result<NaiveDate, FieldError> {
        let (name, text) = self.find(names).unwrap_or((names.first().copied().unwrap_or_default(), ""));
        if text.len() >= 9 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
            return unix_moment(name, text).map(|moment| moment.date());
        }
        field::day(name, text)
    }

    /// A count that must be there.
    ///
    /// # Errors
    /// When it is null or no count.
    pub fn needed(&self, names: &[&'static str]) -> Result<u64, FieldError> {
        let (name, text) = self.find(names).unwrap_or((names.first().copied().unwrap_or_default(), ""));
        count(name, text)
    }

    /// A count, or null.
    ///
    /// # Errors
    /// When it is neither.
    pub fn optional(&self, names: &[&'static str]) -> Result<Option<u64>, FieldError> {
        self.find(names).map(|(name, text)| count(name, text)).transpose()
    }

    /// A count of which null means none.
    ///
    /// # Errors
    /// When it is neither null nor a count.
    pub fn class(&self, names: &[&'static str]) -> Result<u64, FieldError> {
        Ok(self.optional(names)?.unwrap_or(0))
    }

    /// Input tokens that no cache served or stored, where the count of input tokens holds those too.
    ///
    /// # Errors
    /// When the input is missing, no count, or less than the cache served and stored.
    pub fn fresh(&self, names: &[&'static str], cached: [u64; 3]) -> Result<u64, FieldError> {
        let (total, cached) = (self.needed(names)?, cached.iter().sum::<u64>());
        total.checked_sub(cached).ok_or_else(|| {
            let name = self.find(names).map_or("", |(name, _)| name);
            FieldError::new(name, &total.to_string(), format!("at least the {cached} tokens of the cache"))
        })
    }

    /// An amount that must be there.
    ///
    /// # Errors
    /// When it is null or no number.
    pub fn amount(&self, names: &[&'static str]) -> Result<Exact, FieldError> {
        let (name, text) = self.find(names).unwrap_or((names.first().copied().unwrap_or_default(), ""));
        loose_number(name, text)
    }

    /// An amount, or null.
    ///
    /// # Errors
    /// When it is neither.
    pub fn amount_or_null(&self, names: &[&'static str]) -> Result<Option<Exact>, FieldError> {
        self.find(names).map(|(name, text)| loose_number(name, text)).transpose()
    }
}

/// US dollars, which every claim is in.
///
/// # Errors
/// Never in practice.
pub fn usd() -> Result<Currency, FieldError> {
    field::currency("currency", "USD")
}

/// An amount that somebody says it cost.
///
/// # Errors
/// When it is too large for a row.
pub fn claimed(exact: Exact) -> Result<(Currency, Money), FieldError> {
    Ok((usd()?, money("cost", &exact.to_string(), exact)?))
}

/// A row of usage without any quantity yet.
pub fn usage_row(key: UsageKey, usage_date: NaiveDate, place: Place) -> TokenUsageRow {
    TokenUsageRow {
        key,
        usage_date,
        requests: None,
        tokens: Tokens::default(),
        reasoning: None,
        quantity_nanos: None,
        claimed: None,
        record: None,
        place,
    }
}

/// Things counted as the ledger keeps quantities.
///
/// # Errors
/// When there are more than it holds.
pub fn nanos(name: &str, quantity: u64) -> Result<i64, FieldError> {
    i64::try_from(quantity)
        .ok()
        .and_then(|quantity| quantity.checked_mul(1_000_000_000))
        .ok_or_else(|| FieldError::new(name, &quantity.to_string(), "at most 9,223,372,036"))
}

/// Ids that a file has shown.
#[derive(Default)]
pub struct Seen(HashSet<[u8; 16]>);

impl Seen {
    /// Is it here for the first time? What has no id always is.
    pub fn first(&mut self, record: Option<&RecordId>) -> bool {
        record.is_none_or(|record| self.0.insert(record.id))
    }
}

/// A line of an AI provider's bill: what all of them have in common.
pub fn ai_key(provider: &str, service: &str) -> CostKey {
    CostKey {
        provider: provider.to_owned(),
        publisher: provider.to_owned(),
        issuer: provider.to_owned(),
        category: "AI and Machine Learning".to_owned(),
        service: service.to_owned(),
        charge_category: "Usage".to_owned(),
        ..CostKey::default()
    }
}

/// Names a key's model.
pub fn name_model(key: &mut CostKey, model: &str) {
    if !model.is_empty() {
        key.resource = model.to_owned();
        key.resource_type = "Model".to_owned();
    }
}

/// Tags as JSON, without those that are unknown.
pub fn tags(pairs: &[(&str, String)]) -> String {
    let known: BTreeMap<&str, &str> =
        pairs.iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| (*name, value.as_str())).collect();
    if known.is_empty() { String::new() } else { serde_json::to_string(&known).unwrap_or_default() }
}

/// The items of a list, of a page with `data`, or the one object that a line is.
pub fn items(document: Node) -> Vec<Node> {
    match document {
        Node::List(items) => items,
        Node::Object(mut fields) => match fields.remove("data") {
            Some(Node::List(items)) => items,
            Some(data) => {
                fields.insert("data".to_owned(), data);
                vec![Node::Object(fields)]
            }
            None => vec![Node::Object(fields)],
        },
        other => vec![other],
    }
}

/// The first item, to recognise a format by.
pub fn first_item(document: &Node) -> Option<&Node> {
    match document {
        Node::List(items) => items.first(),
        other => Some(other.get("data").and_then(|data| data.items().first()).unwrap_or(other)),
    }
}

/// Is a field there, be it null? What a log's first record does not know tells the log all the same.
pub fn names(item: &Node, path: &str) -> bool {
    let within = |node: &Node, name: &str| matches!(node, Node::Object(fields) if fields.contains_key(name));
    match path.rsplit_once('.') {
        Some((outer, name)) => item.at(outer).is_some_and(|node| within(node, name)),
        None => within(item, path),
    }
}

/// Results in the buckets of a page or of several, each with the time its bucket starts at. Empty buckets have none.
pub fn results(document: Node, time: &str) -> Vec<Node> {
    let pages = match document {
        Node::List(pages) => pages,
        page => vec![page],
    };
    let mut found = Vec::new();
    for mut page in pages {
        let buckets = page.remove("data").map_or_else(|| vec![page], Node::into_items);
        for mut bucket in buckets {
            let start = bucket.remove(time);
            for result in bucket.remove("results").map_or_else(Vec::new, Node::into_items) {
                found.push(match (result, &start) {
                    (Node::Object(mut fields), Some(start)) => {
                        fields.entry(time.to_owned()).or_insert_with(|| start.clone());
                        Node::Object(fields)
                    }
                    (other, _) => other,
                });
            }
        }
    }
    found
}

/// Is it a page of buckets whose start has this name, with amounts of money in it or without?
pub fn page_likeness(document: &Node, time: &str, money: bool) -> usize {
    let pages = if let Node::List(pages) = document { pages.as_slice() } else { std::slice::from_ref(document) };
    let buckets: Vec<&Node> = pages
        .iter()
        .flat_map(|page| page.get("data").map_or(std::slice::from_ref(page), Node::items))
        .filter(|bucket| bucket.get("results").is_some() && bucket.get(time).is_some())
        .collect();
    let pays = |bucket: &&Node| {
        let results = bucket.get("results").map_or(&[][..], Node::items);
        results.iter().any(|result| result.get("amount").is_some())
    };
    if buckets.is_empty() || buckets.iter().any(pays) != money { 0 } else { 5 }
}
