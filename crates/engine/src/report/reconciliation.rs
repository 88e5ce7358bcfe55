//! Reconciliation: what the price book makes of usage, beside what its provider billed, by provider, day, model and
//! project, as finely as the bill tells. The gap of each line is parted into what has no price, what was billed at
//! another price, what was billed for other tokens, and what nobody can explain; the parts add up to it exactly.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use marginline_model::prices::tokens::Estimate;
use marginline_model::{Currency, Money, Month};
use marginline_store::cost::{CostKey, CostSum, Detail, Grain, Origin};
use marginline_store::token_usage::UsageKey;

use super::Period;
use crate::Engine;
use crate::alias::Aliases;
use crate::error::Result;
use crate::facts::{Pricing, day_of, free, priced_usage};
use crate::import::{GATEWAY_CACHE, provider_id};
use crate::prices::{Model, PriceBook};
use crate::roles::Counted;
use crate::subject::{billed_model, is_provider, plain_name};

mod show;

/// What a line is of; what the bill does not tell is `None`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Provider id.
    pub provider: String,
    /// Month.
    pub month: Month,
    /// Day, where the bill has days.
    pub day: Option<NaiveDate>,
    /// Model, as the price list calls it.
    pub model: Option<String>,
    /// Project, workspace or account.
    pub project: Option<String>,
}

/// Billed and computed cost of a line, in USD.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line {
    /// What the bill says; `None` where it has no line.
    pub billed: Option<Money>,
    /// What the bill says it would have cost at list prices; `None` where some line does not tell.
    pub list: Option<Money>,
    /// Tokens on the bill; `None` where some line does not tell.
    pub billed_tokens: Option<u64>,
    /// What the price book makes of the usage that has a price; `None` without such usage.
    pub computed: Option<Estimate>,
    /// Tokens of the usage.
    pub used_tokens: u64,
    /// Of these, without a price.
    pub unpriced_tokens: u64,
    /// Why.
    pub reasons: BTreeSet<String>,
}

/// A gap and its parts, which add up to it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Gap {
    /// Billed less computed.
    pub gap: Money,
    /// Some of the usage has no price, so what was billed for it was not computed.
    pub unpriced: Money,
    /// The same tokens at another price: a discount, a tier that usage does not tell, a price that is not known.
    pub price: Money,
    /// Other tokens than usage tells.
    pub tokens: Money,
    /// Neither.
    pub unexplained: Money,
}

impl Gap {
    fn add(&mut self, other: Self) {
        self.gap += other.gap;
        self.unpriced += other.unpriced;
        self.price += other.price;
        self.tokens += other.tokens;
        self.unexplained += other.unexplained;
    }
}

impl Line {
    /// The gap, parted.
    #[must_use]
    pub fn parted(&self) -> Gap {
        let computed = self.computed.map_or(Money::ZERO, |cost| cost.point.total());
        let gap = self.billed.unwrap_or_default() - computed;
        let whole = Gap { gap, ..Gap::default() };
        if !self.reasons.is_empty() {
            return Gap { unpriced: gap, ..whole };
        }
        let Some(billed) = self.billed else { return Gap { tokens: gap, ..whole } };
        let Some(cost) = self.computed else {
            // Nobody told of any use.
            return match self.billed_tokens {
                Some(_) => Gap { tokens: gap, ..whole },
                None => Gap { unexplained: gap, ..whole },
            };
        };
        if let Some(tokens) = self.billed_tokens.filter(|_| self.used_tokens > 0) {
            let more = i128::from(tokens) - i128::from(self.used_tokens);
            if let Some(of_tokens) = computed.times(more, i128::from(self.used_tokens)) {
                return Gap { tokens: of_tokens, price: gap - of_tokens, ..whole };
            }
        }
        if !cost.is_known() && cost.low.total() <= billed && billed <= cost.high.total() {
            return Gap { price: gap, ..whole };
        }
        match self.list {
            Some(list) => Gap { price: billed - list, unexplained: list - computed, ..whole },
            None => Gap { unexplained: gap, ..whole },
        }
    }
}

/// Computed beside billed.
#[derive(Debug, Clone)]
pub struct ReconciliationReport {
    /// The months shown.
    pub period: Period,
    /// In order of provider and time.
    pub rows: Vec<(Place, Line)>,
    /// Bills in other currencies than USD, which are not compared: currency and how many lines.
    pub other_currencies: BTreeMap<String, u64>,
}

/// Bill lines and usage before it is known how finely they can be compared.
#[derive(Default)]
struct Sides {
    rows: Vec<(Place, Line)>,
}

/// How finely bills of a provider and month tell.
#[derive(Default)]
struct Grains {
    days: BTreeSet<NaiveDate>,
    models: bool,
    projects: bool,
}

impl Engine {
    /// Computed cost beside billed cost of every provider and month that has a bill and usage.
    ///
    /// # Errors
    /// A period that is none, an empty ledger.
    pub async fn reconciliation(&self, from: Option<Month>, to: Option<Month>) -> Result<ReconciliationReport> {
        let facts = self.facts().await?;
        let period = Period::resolve(&facts, crate::view::MonthBasis::UsageDate, from, to)?;
        let (prices, aliases) = (self.price_book().await?, facts.rules.aliases());
        let names = Names { prices: &prices, aliases: &aliases };
        let keys = self.ledger().usage_keys().await?;
        let sums = self.ledger().usage_sums(Grain::Day).await?;
        let counted = Counted::of(&keys, &sums);
        let providers: BTreeSet<String> = keys.values().map(|key| provider_id(&key.provider)).collect();
        let (mut bills, mut other_currencies) = (Sides::default(), BTreeMap::new());
        let consumed: BTreeMap<(i64, String), (u64, u64)> = self
            .ledger()
            .consumed_tokens()
            .await?
            .into_iter()
            .map(|consumed| ((consumed.key, consumed.day), (consumed.tokens, consumed.missing)))
            .collect();
        let cost_keys = self.ledger().cost_keys(Detail::Full).await?;
        for sum in self.ledger().cost_sums(Detail::Full, Grain::Day).await? {
            let Some(key) = cost_keys.get(&sum.key).filter(|key| is_ai(key)) else { continue };
            let Some(provider) = billed_provider(key, &providers) else { continue };
            let day = day_of(&sum.used)?;
            if !period.has(Month::of(day)) {
                continue;
            }
            if sum.currency != Currency::USD.code() {
                *other_currencies.entry(sum.currency.clone()).or_default() += sum.rows;
                continue;
            }
            let told = consumed.get(&(sum.key, sum.used.clone())).copied();
            bills.rows.push(billed_line(key, provider, day, &sum, told, &names));
        }
        let mut used = Sides::default();
        let free = free::of(&keys, &sums, &counted, &prices, (&aliases, None))?;
        for (sum, free) in sums.iter().zip(&free) {
            let Some(key) = keys.get(&sum.key).filter(|key| key.service_tier != GATEWAY_CACHE) else { continue };
            let day = day_of(&sum.first_day)?;
            if period.has(Month::of(day)) && counted.has(key, sum) {
                let model = aliases.model(&key.model, day);
                used.rows.push(used_line(
                    key,
                    day,
                    priced_usage(key, model, sum, free, (&prices, None))?,
                    sum.tokens.total(),
                    &names,
                ));
            }
        }
        Ok(ReconciliationReport { period, rows: matched(bills, used), other_currencies })
    }
}

/// How models are called on both sides.
struct Names<'a> {
    prices: &'a PriceBook,
    aliases: &'a Aliases,
}

impl Names<'_> {
    /// As the price list calls it, which is the same for every spelling that it knows.
    fn model(&self, provider: &str, name: &str, day: NaiveDate) -> Option<String> {
        let name = self.aliases.model(name, day);
        let listed = self.prices.offer(Model::plain(provider, name), day).ok();
        Some(listed.map_or_else(|| name.to_owned(), |offer| offer.model.clone())).filter(|name| !name.is_empty())
    }
}

fn is_ai(key: &CostKey) -> bool {
    key.origin == Origin::Bill
        && key.category == "AI and Machine Learning"
        && matches!(key.charge_category.as_str(), "Usage" | "Purchase")
}

/// The provider of usage whose bill this is.
fn billed_provider<'a>(key: &CostKey, providers: &'a BTreeSet<String>) -> Option<&'a String> {
    let names = [plain_name(&key.provider), plain_name(&key.issuer)];
    providers.iter().find(|provider| names.iter().any(|name| is_provider(name, provider)))
}

fn billed_line(
    key: &CostKey,
    provider: &str,
    day: NaiveDate,
    sum: &CostSum,
    told: Option<(u64, u64)>,
    names: &Names<'_>,
) -> (Place, Line) {
    let tags: BTreeMap<String, serde_json::Value> = serde_json::from_str(&key.tags).unwrap_or_default();
    let tagged = tags.get("project").and_then(|value| value.as_str()).unwrap_or_default();
    let project = [tagged, &key.account].into_iter().find(|name| !name.is_empty()).map(str::to_owned);
    let place = Place {
        provider: provider.to_owned(),
        month: Month::of(day),
        day: Some(day),
        model: names.model(provider, billed_model(key), day),
        project,
    };
    let line = Line {
        billed: Some(sum.billed),
        list: (sum.list_missing == 0).then_some(sum.list),
        billed_tokens: told.and_then(|(tokens, missing)| (missing == 0).then_some(tokens)),
        ..Line::default()
    };
    (place, line)
}

fn used_line(key: &UsageKey, day: NaiveDate, pricing: Pricing, tokens: u64, names: &Names<'_>) -> (Place, Line) {
    let place = Place {
        provider: provider_id(&key.provider),
        month: Month::of(day),
        day: Some(day),
        model: names.model(&key.provider, &key.model, day),
        project: (!key.project.is_empty()).then(|| key.project.clone()),
    };
    let mut line = Line { used_tokens: tokens, ..Line::default() };
    match pricing {
        Pricing::Priced(cost) if cost.currency == Currency::USD => line.computed = Some(cost),
        Pricing::Priced(cost) | Pricing::Unconverted(cost) => {
            line.unpriced_tokens = tokens;
            line.reasons.insert(format!("priced in {}", cost.currency));
        }
        Pricing::Claimed(_, reason) => {
            line.unpriced_tokens = tokens;
            line.reasons.insert(reason);
        }
        Pricing::Unpriced(gap) => {
            line.unpriced_tokens = tokens;
            line.reasons.insert(gap.reason);
        }
        Pricing::OnBill => {}
    }
    (place, line)
}

/// Both sides under the same places, told as finely as the bill of the provider and month does.
fn matched(bills: Sides, used: Sides) -> Vec<(Place, Line)> {
    let mut grains: BTreeMap<(String, Month), Grains> = BTreeMap::new();
    for (place, _) in &bills.rows {
        let grain = grains.entry((place.provider.clone(), place.month)).or_default();
        grain.days.extend(place.day);
        grain.models |= place.model.is_some();
        grain.projects |= place.project.is_some();
    }
    let mut rows: BTreeMap<Place, Line> = BTreeMap::new();
    for (mut place, line) in bills.rows.into_iter().chain(used.rows) {
        // Usage of a month without a bill is accrued, and there is nothing to hold it against.
        let Some(grain) = grains.get(&(place.provider.clone(), place.month)) else { continue };
        place.day = place.day.filter(|_| grain.days.len() > 1);
        place.model = place.model.filter(|_| grain.models);
        place.project = place.project.filter(|_| grain.projects);
        rows.entry(place).and_modify(|sum| sum.add(&line)).or_insert(line);
    }
    rows.into_iter().collect()
}

impl Line {
    fn add(&mut self, other: &Self) {
        let (had, has) = (self.billed.is_some(), other.billed.is_some());
        // What one line of the bill does not tell is not known of their sum.
        self.billed_tokens = match (had, has) {
            (true, true) => self.billed_tokens.zip(other.billed_tokens).map(|(a, b)| a + b),
            (true, false) => self.billed_tokens,
            (false, _) => other.billed_tokens,
        };
        self.list = match (had, has) {
            (true, true) => self.list.zip(other.list).map(|(a, b)| a + b),
            (true, false) => self.list,
            (false, _) => other.list,
        };
        if let Some(more) = other.billed {
            self.billed = Some(self.billed.unwrap_or_default() + more);
        }
        match (&mut self.computed, other.computed) {
            (Some(sum), Some(more)) => sum.add(&more),
            (None, Some(more)) => self.computed = Some(more),
            (_, None) => {}
        }
        self.used_tokens += other.used_tokens;
        self.unpriced_tokens += other.unpriced_tokens;
        self.reasons.extend(other.reasons.iter().cloned());
    }
}

impl ReconciliationReport {
    /// The gap of all lines, parted.
    #[must_use]
    pub fn total(&self) -> Gap {
        let mut total = Gap::default();
        self.rows.iter().for_each(|(_, line)| total.add(line.parted()));
        total
    }

    /// Billed and computed of all lines.
    #[must_use]
    pub fn sums(&self) -> (Money, Money) {
        let of = |(_, line): &(Place, Line)| {
            (line.billed.unwrap_or_default(), line.computed.map_or(Money::ZERO, |cost| cost.point.total()))
        };
        self.rows.iter().map(of).fold((Money::ZERO, Money::ZERO), |sum, more| (sum.0 + more.0, sum.1 + more.1))
    }

    /// Is anything left that nobody can explain, or without a price?
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.rows.iter().any(|(_, line)| {
            let gap = line.parted();
            !line.reasons.is_empty() || gap.unexplained != Money::ZERO
        })
    }
}
