//! Replay: usage of a period at the prices of one day instead of each day's own. Quantities are the same on both sides,
//! so all of the difference is price.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use marginline_model::Money;
use serde_json::{Value, json};

use super::{Period, Span};
use crate::Engine;
use crate::convert::Conversion;
use crate::error::{EngineError, Result};
use crate::facts::{Facts, Pricing};
use crate::number;
use crate::view::MonthBasis;

/// A model's usage at both prices; `None` where some of it has no price.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Replayed {
    /// At each day's own.
    pub own: Option<Money>,
    /// At those of the day asked for.
    pub then: Option<Money>,
}

/// Usage of a period at the prices of one day.
#[derive(Debug, Clone)]
pub struct Replay {
    /// The day.
    pub day: NaiveDate,
    /// Currency.
    pub currency: String,
    /// By provider and model.
    pub rows: BTreeMap<(String, String), Replayed>,
}

/// The day of `own`, `today` or a date; `None` is each day's own prices.
///
/// # Errors
/// When it is none of them.
pub fn priced_on(text: &str, today: NaiveDate) -> Result<Option<NaiveDate>> {
    match text {
        "own" => Ok(None),
        "today" => Ok(Some(today)),
        date => date.parse().map(Some).map_err(|_| {
            EngineError::usage(format!("{date:?} is no day of prices"))
                .then("use own, today or a date such as 2026-10-31")
        }),
    }
}

impl Engine {
    /// Usage of a period at its own prices and at those of the conversion's day; `None` without such a day.
    ///
    /// # Errors
    /// As the facts of either.
    pub async fn replay(&self, span: Span, conversion: Conversion, basis: MonthBasis) -> Result<Option<Replay>> {
        let Some(day) = conversion.prices_on else { return Ok(None) };
        let then = self.facts_in(conversion, basis).await?;
        let own = self.facts_in(Conversion { prices_on: None, ..conversion }, basis).await?;
        let period = Period::resolve(&then, basis, span.from, span.to)?;
        let mut rows: BTreeMap<(String, String), Replayed> = BTreeMap::new();
        for (name, cost) in by_model(&own, period) {
            rows.entry(name).or_default().own = cost;
        }
        for (name, cost) in by_model(&then, period) {
            rows.entry(name).or_default().then = cost;
        }
        Ok(Some(Replay { day, currency: then.rules.currency.clone(), rows }))
    }
}

/// Cost of priced usage by provider and model; `None` where some of it has no price.
fn by_model(facts: &Facts, period: Period) -> BTreeMap<(String, String), Option<Money>> {
    let mut sums: BTreeMap<(String, String), Option<Money>> = BTreeMap::new();
    for fact in facts.usage.iter().filter(|fact| period.has(fact.month)) {
        let cost = match &fact.pricing {
            Pricing::Priced(cost) => Some(cost.point.total()),
            Pricing::Unpriced(_) | Pricing::Claimed(..) | Pricing::Unconverted(_) => None,
            Pricing::OnBill => continue,
        };
        let columns = &facts.subjects[fact.subject].columns;
        let word = |name: &str| columns.get(name).cloned().unwrap_or_default();
        let sum = sums.entry((word("provider"), word("model"))).or_insert(Some(Money::ZERO));
        *sum = sum.zip(cost).map(|(sum, more)| sum + more);
    }
    sums
}

impl Replayed {
    /// What the other prices add; `None` where a side is not known.
    #[must_use]
    pub fn difference(&self) -> Option<Money> {
        Some(self.then? - self.own?)
    }
}

impl Replay {
    /// The difference over the models that both sides price.
    #[must_use]
    pub fn difference(&self) -> Money {
        self.rows.values().filter_map(Replayed::difference).sum()
    }

    /// As JSON has it.
    #[must_use]
    pub fn json(&self) -> Value {
        let text = |money: Option<Money>| money.map_or(Value::Null, |money| Value::from(money.to_string()));
        let rows: Vec<Value> = self
            .rows
            .iter()
            .map(|((provider, model), row)| {
                json!({
                    "provider": provider,
                    "model": model,
                    "own": text(row.own),
                    "replayed": text(row.then),
                    "difference": text(row.difference()),
                })
            })
            .collect();
        json!({"prices_on": self.day.to_string(), "difference": self.difference().to_string(), "by_model": rows})
    }

    /// In sentences: the whole, then the models whose price differs.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        let mut notes = vec![format!(
            "usage that no bill covers is at the prices of {}; price alone adds {} to what it cost at its own",
            self.day,
            number::money(self.difference(), &self.currency)
        )];
        for ((_, model), row) in &self.rows {
            match (row.own, row.then) {
                (Some(own), Some(then)) if own != then => notes.push(format!(
                    "{model}: {} at its own prices, {} at those",
                    number::money(own, &self.currency),
                    number::money(then, &self.currency)
                )),
                (Some(_), None) => notes.push(format!("{model} has no price on {}", self.day)),
                (None, Some(_)) => notes.push(format!("{model} has no price of its own days")),
                _ => {}
            }
        }
        notes
    }
}
