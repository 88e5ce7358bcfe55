//! The rules file: tags that the company wishes rows had (`tag`), which columns and tags mean which product,
//! customer, team and region (`map`), which rows are cost of revenue and under which line (`line`), how shared cost
//! is shared out (`allocate`), and which usage a bill already covers (`billed`).
//!
//! First match wins. What no rule reaches is *unassigned* and stays in sight.

mod check;
mod columns;
mod matching;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use marginline_model::{Month, Zone};
use serde::Deserialize;

pub use columns::Columns;
pub use matching::{Match, Pattern, Unless, value};

use crate::alias::{Alias, Aliases};
use crate::error::{EngineError, Result};

/// What a cost is to the margin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CostClass {
    /// Counts against gross margin.
    CostOfRevenue,
    /// Research and development, such as training of future models.
    RAndD,
    /// Below gross margin.
    Other,
    /// In no margin at all, such as recoverable tax.
    Excluded,
}

impl CostClass {
    /// Words for people.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::CostOfRevenue => "cost of revenue",
            Self::RAndD => "R&D",
            Self::Other => "other cost",
            Self::Excluded => "excluded",
        }
    }
}

/// What a row can be given to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// Product.
    Product,
    /// Customer.
    Customer,
    /// Team.
    Team,
    /// Region.
    Region,
}

/// The quantity that shared cost follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AllocationKey {
    /// Tokens of all classes.
    Tokens,
    /// Input tokens of all classes.
    InputTokens,
    /// Output tokens.
    OutputTokens,
    /// Requests.
    Requests,
    /// Busy GPU hours.
    BusyGpuHours,
    /// Recognised revenue.
    Revenue,
}

impl AllocationKey {
    /// Words for people.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Tokens => "tokens",
            Self::InputTokens => "input tokens",
            Self::OutputTokens => "output tokens",
            Self::Requests => "requests",
            Self::BusyGpuHours => "busy GPU hours",
            Self::Revenue => "revenue",
        }
    }
}

/// A tag that rows do not carry themselves.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TagRule {
    /// Its name, without `tag:`.
    pub name: String,
    /// A fixed value.
    #[serde(default)]
    pub value: Option<String>,
    /// Or the column to take the value from.
    #[serde(default)]
    pub from: Option<String>,
    /// Other names for values taken from a column.
    #[serde(default)]
    pub values: BTreeMap<String, String>,
    /// Rows that get it.
    #[serde(default, rename = "match")]
    pub when: Match,
}

/// Names a cost line.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LineRule {
    /// The line.
    pub name: String,
    /// Its class.
    pub class: CostClass,
    /// Rows it names.
    #[serde(default, rename = "match")]
    pub when: Match,
}

/// Gives a row its product, customer, team or region.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MapRule {
    /// What it gives.
    pub target: Target,
    /// Column to take the value from.
    #[serde(default)]
    pub from: Option<String>,
    /// A fixed value instead.
    #[serde(default)]
    pub value: Option<String>,
    /// Other names for values taken from a column.
    #[serde(default)]
    pub values: BTreeMap<String, String>,
    /// Rows it speaks of.
    #[serde(default, rename = "match")]
    pub when: Match,
}

/// Shares out what no map rule gave to anybody.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AllocateRule {
    /// What it is shared out to.
    pub target: Target,
    /// In proportion to this quantity.
    #[serde(default)]
    pub by: Option<AllocationKey>,
    /// Or in fixed shares, decimal strings of any scale.
    #[serde(default)]
    pub shares: BTreeMap<String, String>,
    /// Only usage with these values is the key.
    #[serde(default)]
    pub usage: Match,
    /// Rows it speaks of.
    #[serde(default, rename = "match")]
    pub when: Match,
}

/// Usage whose cost stands on a bill already.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BilledRule {
    /// Cost line whose bill holds it, for readers of the rules; it must be one of the line rules.
    #[serde(default)]
    pub line: Option<String>,
    /// Rows it speaks of.
    #[serde(default, rename = "match")]
    pub when: Match,
}

/// How money of other currencies is converted.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FxRules {
    /// Month whose average rates hold for all months, such as `2026-01`.
    #[serde(default)]
    pub hold: Option<String>,
}

/// Which price lists are asked, and in what order.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriceRules {
    /// Names of lists, the one asked first first; `marginline` and `genai-prices` are the bundled ones.
    #[serde(default)]
    pub order: Option<Vec<String>>,
}

impl PriceRules {
    /// The order, or the default one.
    #[must_use]
    pub fn order(&self) -> Vec<String> {
        let default = || ["marginline", "genai-prices", "litellm", "models.dev"].map(str::to_owned).to_vec();
        self.order.clone().unwrap_or_else(default)
    }
}

/// Another name of a model.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AliasRule {
    /// The name as bill or usage has it; case does not matter.
    pub name: String,
    /// The model's id.
    pub model: String,
    /// First day on which the name means that model, such as `2025-10-01`.
    #[serde(default)]
    pub from: Option<String>,
    /// The day on which it ceases to, excluded.
    #[serde(default)]
    pub to: Option<String>,
}

/// A rules file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// Version of this grammar; 1.
    pub version: u32,
    /// Reporting currency.
    pub currency: String,
    /// Time zone of hours and days in views of usage; UTC when absent.
    #[serde(default)]
    pub time_zone: Option<String>,
    /// Exchange rates.
    #[serde(default)]
    pub fx: FxRules,
    /// Price lists.
    #[serde(default)]
    pub prices: PriceRules,
    /// Virtual tags.
    #[serde(default)]
    pub tag: Vec<TagRule>,
    /// Cost lines.
    #[serde(default)]
    pub line: Vec<LineRule>,
    /// What columns mean.
    #[serde(default)]
    pub map: Vec<MapRule>,
    /// How shared cost is shared out.
    #[serde(default)]
    pub allocate: Vec<AllocateRule>,
    /// Usage that a bill covers.
    #[serde(default)]
    pub billed: Vec<BilledRule>,
    /// Other names of models.
    #[serde(default)]
    pub alias: Vec<AliasRule>,
}

/// What holds in a workspace without a rules file.
pub const DEFAULT_RULES: &str = r#"version = 1
currency = "USD"

[[line]]
name = "Tax"
class = "excluded"
match = { charge_category = "Tax" }

[[line]]
name = "Credits"
class = "cost_of_revenue"
match = { charge_category = "Credit" }

[[map]]
target = "product"
from = "tag:product"

[[map]]
target = "product"
from = "project"

[[map]]
target = "customer"
from = "tag:customer"

[[map]]
target = "customer"
from = "customer"

[[map]]
target = "team"
from = "tag:team"

[[map]]
target = "region"
from = "region"

[[billed]]
match = { provider = "self-hosted" }
"#;

impl Rules {
    /// Reads a rules file.
    ///
    /// # Errors
    /// When it is not TOML of this grammar, names a column that does not exist, or shares nothing.
    pub fn parse(text: &str) -> Result<Self> {
        let rules: Self = toml::from_str(text).map_err(|error| {
            let line = error.span().map_or(1, |span| text[..span.start.min(text.len())].lines().count().max(1));
            EngineError::failed(format!("the rules cannot be read at line {line}: {}", error.message()))
                .then("see docs/rules.md")
        })?;
        check::check(&rules)?;
        rules.check_settings()?;
        rules.alias.iter().try_for_each(|rule| rule.read().map(|_| ()))?;
        Ok(rules)
    }

    fn check_settings(&self) -> Result<()> {
        let bad = |what: String| Err(EngineError::failed(format!("the rules say {what}")).then("see docs/rules.md"));
        match (self.time_zone.as_deref().map(str::parse::<Zone>), self.fx.hold.as_deref().map(str::parse::<Month>)) {
            (Some(Err(error)), _) => bad(format!("time_zone = {error}")),
            (_, Some(Err(error))) => bad(format!("fx.hold = {error}")),
            _ => Ok(()),
        }
    }

    /// Time zone of hours and days in views of usage.
    #[must_use]
    pub fn zone(&self) -> Zone {
        self.time_zone.as_deref().and_then(|name| name.parse().ok()).unwrap_or(Zone::UTC)
    }

    /// Month whose rates hold for all months, if any.
    #[must_use]
    pub fn hold(&self) -> Option<Month> {
        self.fx.hold.as_deref().and_then(|month| month.parse().ok())
    }

    /// Does a rule ask for a column that outlines of bill lines do not hold?
    #[must_use]
    pub fn asks_for_detail(&self) -> bool {
        self.names().into_iter().any(|column| matches!(column, "resource" | "sku" | "invoice" | "model"))
    }

    /// Line and class of a row. What no rule names falls under its own category; tax is left out, because it
    /// is recoverable unless a rule says otherwise.
    #[must_use]
    pub fn line(&self, columns: &Columns) -> (String, CostClass) {
        if let Some(rule) = self.line.iter().find(|rule| rule.when.fits(columns)) {
            return (rule.name.clone(), rule.class);
        }
        let word = |name: &str| columns.get(name).map(String::as_str);
        match (word("charge_category"), word("source")) {
            (Some("Tax"), _) => ("Tax".into(), CostClass::Excluded),
            (Some("Credit"), _) => ("Credits".into(), CostClass::CostOfRevenue),
            // The general ledger holds the cloud's cost too: an account counts where a rule gives it a line.
            (_, Some("general ledger")) => ("General ledger without a line".into(), CostClass::Excluded),
            (_, Some("token usage")) => ("AI providers".into(), CostClass::CostOfRevenue),
            _ => (word("category").unwrap_or("Uncategorised").to_owned(), CostClass::CostOfRevenue),
        }
    }

    /// The product, customer, team or region of a row, if a rule tells.
    #[must_use]
    pub fn target(&self, target: Target, columns: &Columns) -> Option<String> {
        self.mapped(target, columns).map(|(_, value)| value)
    }

    /// As [`Rules::target`], with the position of the rule among the map rules.
    #[must_use]
    pub fn mapped(&self, target: Target, columns: &Columns) -> Option<(usize, String)> {
        let fitting = self.map.iter().enumerate().filter(|(_, rule)| rule.target == target && rule.when.fits(columns));
        fitting.into_iter().find_map(|(index, rule)| {
            Some((index, given(rule.value.as_ref(), rule.from.as_deref(), &rule.values, columns)?))
        })
    }

    /// Gives a row its virtual tags. Of the rules of one name the first that fits wins, also over a tag that the row
    /// carries itself; a rule sees the tags of the rules before it.
    pub fn tag(&self, columns: &mut Columns) {
        let mut done: Vec<String> = Vec::new();
        for rule in &self.tag {
            let name = format!("tag:{}", rule.name);
            if done.iter().any(|had| had.eq_ignore_ascii_case(&name)) || !rule.when.fits(columns) {
                continue;
            }
            if let Some(value) = given(rule.value.as_ref(), rule.from.as_deref(), &rule.values, columns) {
                columns.retain(|have| !have.eq_ignore_ascii_case(&name));
                columns.insert(name.clone().into(), value);
                done.push(name);
            }
        }
    }

    /// Names of models.
    #[must_use]
    pub fn aliases(&self) -> Aliases {
        Aliases::new(self.alias.iter().filter_map(|rule| rule.read().ok()).collect())
    }

    /// Does a bill already hold the cost of this usage?
    #[must_use]
    pub fn billed(&self, columns: &Columns) -> bool {
        self.billed.iter().any(|rule| rule.when.fits(columns))
    }

    /// How a row without a target is shared out.
    #[must_use]
    pub fn allocation(&self, target: Target, columns: &Columns) -> Option<(usize, &AllocateRule)> {
        self.allocate.iter().enumerate().find(|(_, rule)| rule.target == target && rule.when.fits(columns))
    }
}

impl AliasRule {
    fn read(&self) -> Result<Alias> {
        let day = |text: &Option<String>| -> Result<Option<NaiveDate>> {
            text.as_ref().map(|text| text.parse()).transpose().map_err(|_| {
                EngineError::failed(format!("the alias {:?} has a date that is none", self.name))
                    .then("write it as from = \"2025-10-01\"")
            })
        };
        let alias =
            Alias { name: self.name.clone(), model: self.model.clone(), from: day(&self.from)?, to: day(&self.to)? };
        if self.name.is_empty() || self.model.is_empty() {
            return Err(EngineError::failed("an alias rule needs a name and a model").then("see docs/rules.md"));
        }
        if matches!((alias.from, alias.to), (Some(from), Some(to)) if to <= from) {
            return Err(EngineError::failed(format!("the alias {:?} ends before it begins", self.name))
                .then("to is the first day on which it does not hold"));
        }
        Ok(alias)
    }
}

impl AllocateRule {
    /// Fixed shares as whole weights; `None` when one is not a decimal of 0 or more.
    #[must_use]
    pub fn weights(&self) -> Option<Vec<(String, u64)>> {
        self.shares
            .iter()
            .map(|(name, share)| {
                let share = marginline_model::Money::parse(share).ok()?;
                let (nanos, below) = share.parts();
                let weight = u64::try_from(nanos).ok()?;
                (below == 0 && weight <= 1_000_000_000_000_000).then(|| (name.clone(), weight))
            })
            .collect()
    }
}

/// What a rule gives: its value, or what the row has in a column, under another name where one is given.
fn given(
    value: Option<&String>,
    from: Option<&str>,
    names: &BTreeMap<String, String>,
    columns: &Columns,
) -> Option<String> {
    match (value, from) {
        (Some(value), _) => Some(value.clone()),
        (None, Some(from)) => matching::value(columns, from).map(|found| names.get(found).unwrap_or(found).clone()),
        (None, None) => None,
    }
}

#[cfg(test)]
mod tests;
