//! What a rules file must hold beyond its grammar.

use super::{Match, Rules};
use crate::error::{EngineError, Result};

const COLUMNS: [&str; 26] = [
    "source",
    "provider",
    "publisher",
    "issuer",
    "service",
    "category",
    "region",
    "account",
    "account_name",
    "billing_account",
    "charge_category",
    "charge_class",
    "sku",
    "invoice",
    "resource",
    "resource_type",
    "pricing_category",
    "commitment",
    "commitment_status",
    "model",
    "project",
    "customer",
    "service_tier",
    "team",
    "origin",
    "line",
];

/// Checks a rules file.
///
/// # Errors
/// When it names a column that does not exist, refers to nothing, or shares nothing.
pub fn check(rules: &Rules) -> Result<()> {
    if rules.currency.len() != 3 || !rules.currency.bytes().all(|b| b.is_ascii_uppercase()) {
        return Err(EngineError::failed(format!("the rules name the currency {:?}", rules.currency))
            .then("write three capital letters, such as USD"));
    }
    if rules.version != 1 {
        return Err(
            EngineError::failed(format!("rules of version {} are not known", rules.version)).then("use version = 1")
        );
    }
    for column in rules.names() {
        if !COLUMNS.contains(&column) && !column.starts_with("tag:") && column != "pool" {
            return Err(EngineError::failed(format!("the rules name a column {column:?} that does not exist"))
                .then(format!("use one of {}, pool or tag:KEY", COLUMNS.join(", "))));
        }
    }
    if let Some(column) = rules.whens().find_map(Match::hopeless) {
        return Err(EngineError::failed(format!("the rules match {column} with an empty list, which nothing fits"))
            .then("name the values it may have"));
    }
    if rules.line.iter().any(|rule| rule.when.names().contains(&"line")) {
        return Err(EngineError::failed("a line rule matches on line, which it is itself to find")
            .then("match on other columns"));
    }
    check_tags(rules)?;
    let named = |line: &str| rules.line.iter().any(|rule| rule.name == line);
    if let Some(rule) = rules.billed.iter().find(|rule| rule.line.as_deref().is_some_and(|line| !named(line))) {
        return Err(EngineError::failed(format!(
            "a billed rule names the line {:?}, which no line rule has",
            rule.line.as_deref().unwrap_or_default()
        ))
        .then("name the cost line whose bill holds that usage"));
    }
    for rule in &rules.map {
        if rule.from.is_some() == rule.value.is_some() {
            return Err(EngineError::failed("a map rule needs either from or value").then("see docs/rules.md"));
        }
    }
    check_allocations(rules)
}

fn check_tags(rules: &Rules) -> Result<()> {
    for rule in &rules.tag {
        let name = &rule.name;
        if name.trim().is_empty() || name.starts_with("tag:") {
            return Err(EngineError::failed(format!("a tag rule has the name {name:?}"))
                .then("write the tag's name without tag:, such as env"));
        }
        if rule.from.is_some() == rule.value.is_some() {
            return Err(EngineError::failed(format!("the tag rule {name:?} needs either from or value"))
                .then("see docs/rules.md"));
        }
        if rule.when.names().contains(&"line") || rule.from.as_deref() == Some("line") {
            return Err(EngineError::failed(format!("the tag rule {name:?} asks for line, which is found after tags"))
                .then("match on other columns"));
        }
    }
    Ok(())
}

fn check_allocations(rules: &Rules) -> Result<()> {
    for rule in &rules.allocate {
        let nothing = |weights: Vec<(String, u64)>| weights.iter().all(|(_, weight)| *weight == 0);
        if rule.by.is_some() != rule.shares.is_empty() || (rule.by.is_none() && rule.weights().is_none_or(nothing)) {
            return Err(EngineError::failed(
                "an allocate rule needs either by or shares, shares being decimals from 0 to 1,000,000 with at most 9 places, not all 0",
            )
            .then("see docs/rules.md"));
        }
    }
    Ok(())
}

impl Rules {
    fn whens(&self) -> impl Iterator<Item = &Match> {
        let tags = self.tag.iter().map(|rule| &rule.when);
        let lines = self.line.iter().map(|rule| &rule.when).chain(self.map.iter().map(|rule| &rule.when));
        let shares = self.allocate.iter().flat_map(|rule| [&rule.when, &rule.usage]);
        tags.chain(lines).chain(shares).chain(self.billed.iter().map(|rule| &rule.when))
    }

    /// Every column that a rule asks for.
    pub(super) fn names(&self) -> Vec<&str> {
        let from = self.map.iter().map(|rule| &rule.from).chain(self.tag.iter().map(|rule| &rule.from));
        self.whens().flat_map(Match::names).chain(from.filter_map(Option::as_deref)).collect()
    }
}
