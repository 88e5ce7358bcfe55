//! What keeps a total from being complete: usage without a price, and money in other currencies. Neither is
//! ever zero; both are named.

use std::collections::{BTreeMap, BTreeSet};

use marginline_model::exact::ratio;
use marginline_model::{Money, Month};
use serde::Serialize;

use super::Period;
use crate::facts::{Facts, Pricing};
use crate::number;
use crate::subject::Subject;
use crate::view::{MonthBasis, Notice, Tone};

/// A model whose usage has no price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unpriced {
    /// Provider.
    pub provider: String,
    /// Model.
    pub model: String,
    /// Why.
    pub reason: String,
    /// Tokens of all classes.
    pub tokens: String,
    /// Requests.
    pub requests: String,
    /// Months concerned.
    pub months: Vec<String>,
}

/// Cost in a currency that is not converted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unconverted {
    /// Currency.
    pub currency: String,
    /// BilledCost.
    pub billed: String,
    /// EffectiveCost.
    pub effective: String,
    /// Recognised revenue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revenue: Option<String>,
    /// Who bills it.
    pub issuers: Vec<String>,
    /// Reporting currency that it has no rate to.
    pub to: String,
    /// Months without a rate.
    pub months: Vec<String>,
}

/// Gaps of a period.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Gaps {
    /// Priced tokens as percent of all; `None` without usage.
    pub priced_share: Option<String>,
    /// Usage without a price.
    pub unpriced: Vec<Unpriced>,
    /// Money not converted.
    pub unconverted: Vec<Unconverted>,
    /// Usage that its provider's bill covers, beside what the price list says of it.
    pub claims: Vec<Claim>,
}

/// A provider's bill beside the price list's figure for the same month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Claim {
    /// Provider id of the usage.
    pub provider: String,
    /// Month.
    pub month: String,
    /// What the price list says; compared, never added. `None` where nothing of it has a price.
    pub claimed: Option<String>,
    /// Some of the usage has no price.
    pub has_unpriced: bool,
}

impl Gaps {
    /// Is the cost a lower bound?
    #[must_use]
    pub fn cost_is_a_bound(&self) -> bool {
        !self.unpriced.is_empty() || self.unconverted.iter().any(|gap| !gap.issuers.is_empty())
    }

    /// As notices for the screen.
    #[must_use]
    pub fn notices(&self, currency: &str) -> Vec<Notice> {
        let mut notices = Vec::new();
        for gap in &self.unpriced {
            let tokens = gap.tokens.parse().map_or_else(|_| gap.tokens.clone(), number::short_count);
            notices.push(Notice {
                id: "unpriced".into(),
                text: format!("{} has no price: {tokens} tokens are in no cost ({})", gap.model, gap.reason),
                tone: Tone::Warn,
            });
        }
        for gap in &self.unconverted {
            let mut parts = Vec::new();
            if !gap.issuers.is_empty() {
                parts.push(format!(
                    "{} {} billed by {}",
                    gap.currency,
                    number::rounded(&gap.effective, 2),
                    gap.issuers.join(", ")
                ));
            }
            parts.extend(
                gap.revenue
                    .as_ref()
                    .map(|revenue| format!("{} {} of revenue", gap.currency, number::rounded(revenue, 2))),
            );
            notices.push(Notice {
                id: "unconverted".into(),
                text: format!(
                    "{} is not converted to {currency} and in no total: no exchange rate from {} for {}",
                    parts.join(" and "),
                    gap.currency,
                    gap.months.join(", ")
                ),
                tone: Tone::Warn,
            });
        }
        // The price list is in USD, whatever the report is in.
        let unit = if currency == "USD" { "" } else { "USD " };
        for claim in &self.claims {
            notices.push(Notice {
                id: "claim".into(),
                text: format!(
                    "a bill of {} covers {}, so its usage is not priced again; the price list {}",
                    claim.provider,
                    claim.month,
                    match (&claim.claimed, claim.has_unpriced) {
                        (None, _) => "has no price for it".to_owned(),
                        (Some(claimed), true) => format!("says ≥ {unit}{}", number::rounded(claimed, 2)),
                        (Some(claimed), false) => format!("says {unit}{}", number::rounded(claimed, 2)),
                    }
                ),
                tone: Tone::Neutral,
            });
        }
        notices
    }
}

/// Usage of one model that has no price.
#[derive(Default)]
struct OpenUsage {
    reason: String,
    tokens: u64,
    requests: u64,
    months: BTreeSet<Month>,
}

/// Money of one currency that has no rate.
#[derive(Default)]
struct OpenMoney {
    billed: Money,
    effective: Money,
    revenue: Money,
    issuers: BTreeSet<String>,
    months: BTreeSet<Month>,
}

impl Facts {
    /// Gaps of a period.
    #[must_use]
    pub fn gaps(&self, period: Period, basis: MonthBasis) -> Gaps {
        self.gaps_of(period, basis, &|_| true)
    }

    /// Gaps of a period among some descriptions only.
    #[must_use]
    pub fn gaps_of(&self, period: Period, basis: MonthBasis, wanted: &dyn Fn(&Subject) -> bool) -> Gaps {
        let (mut all, mut priced) = (0u64, 0u64);
        let mut open: BTreeMap<(String, String), OpenUsage> = BTreeMap::new();
        for fact in self.usage.iter().filter(|fact| period.has(fact.month) && wanted(&self.subjects[fact.subject])) {
            let tokens = fact.tokens.total();
            all += tokens;
            let Pricing::Unpriced(reason) = &fact.pricing else {
                priced += tokens;
                continue;
            };
            let word = |name: &str| self.subjects[fact.subject].columns.get(name).cloned().unwrap_or_default();
            let entry = open
                .entry((word("provider"), word("model")))
                .or_insert_with(|| OpenUsage { reason: reason.clone(), ..OpenUsage::default() });
            entry.tokens += tokens;
            entry.requests += fact.requests;
            entry.months.insert(fact.month);
        }
        let whole = |count: u64| Money::from_attos(i128::from(count));
        Gaps {
            priced_share: ratio(whole(priced), whole(all), 100, 10),
            unpriced: open
                .into_iter()
                .map(|((provider, model), usage)| Unpriced {
                    provider,
                    model,
                    reason: usage.reason,
                    tokens: usage.tokens.to_string(),
                    requests: usage.requests.to_string(),
                    months: usage.months.iter().map(ToString::to_string).collect(),
                })
                .collect(),
            unconverted: self.unconverted(period, basis, wanted),
            claims: self
                .claims
                .iter()
                .filter(|((_, month), _)| period.has(*month))
                .map(|((provider, month), claimed)| Claim {
                    provider: provider.clone(),
                    month: month.to_string(),
                    claimed: (claimed.priced != Money::ZERO || !claimed.has_unpriced)
                        .then(|| claimed.priced.to_string()),
                    has_unpriced: claimed.has_unpriced,
                })
                .collect(),
        }
    }

    fn unconverted(&self, period: Period, basis: MonthBasis, wanted: &dyn Fn(&Subject) -> bool) -> Vec<Unconverted> {
        let mut open: BTreeMap<&str, OpenMoney> = BTreeMap::new();
        let rate_of = |month: Month| self.exchange.hold.unwrap_or(month);
        for fact in self.costs.iter().filter(|fact| {
            fact.currency != self.rules.currency
                && period.has(fact.month(basis))
                && wanted(&self.subjects[fact.subject])
        }) {
            let entry = open.entry(&fact.currency).or_default();
            entry.billed += fact.billed.unwrap_or_default();
            entry.effective += fact.effective;
            entry.months.insert(rate_of(fact.month(basis)));
            let columns = &self.subjects[fact.subject].columns;
            entry.issuers.extend(columns.get("issuer").or_else(|| columns.get("provider")).cloned());
        }
        for fact in self.revenue.iter().filter(|fact| fact.currency != self.rules.currency && period.has(fact.month)) {
            let entry = open.entry(&fact.currency).or_default();
            entry.revenue += fact.amount;
            entry.months.insert(rate_of(fact.month));
        }
        open.into_iter()
            .map(|(currency, money)| Unconverted {
                currency: currency.to_owned(),
                billed: money.billed.to_string(),
                effective: money.effective.to_string(),
                revenue: (money.revenue != Money::ZERO).then(|| money.revenue.to_string()),
                issuers: money.issuers.into_iter().collect(),
                to: self.rules.currency.clone(),
                months: money.months.iter().map(ToString::to_string).collect(),
            })
            .collect()
    }
}
